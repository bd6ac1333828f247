package httpapi

// Receptors: triggers that start a neuron or a pathway.

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/events"
)

// receptorRequest is the body of POST /v1/receptors, and what a PATCH makes of
// a receptor.
type receptorRequest struct {
	scoped
	Name        string         `json:"name"`
	Slug        string         `json:"slug"`
	Description string         `json:"description"`
	Target      catalog.Target `json:"executable_target"`
	Channels    []string       `json:"active_channels"`
	Source      sourceRequest  `json:"source_config"`
	IsActive    *bool          `json:"is_active"`
}

type sourceRequest struct {
	catalog.Source
	SigningSecret secretTexts `json:"signing_secret"`
}

// secretTexts are signing secrets: one string, or a list, the newest first.
type secretTexts []string

// UnmarshalJSONFrom reads either form. Its error quotes nothing.
func (s *secretTexts) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	const what = ownError("this must be a secret, or a list of one to five secrets")
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*s = nil
	switch v.Kind() {
	case jsontext.KindNull:
		return nil
	case jsontext.KindString:
		*s = secretTexts{""}
		return json.Unmarshal(v, &(*s)[0])
	case jsontext.KindBeginArray:
		var texts []*string
		if json.Unmarshal(v, &texts) != nil || len(texts) == 0 {
			return what
		}
		for _, t := range texts {
			if t == nil {
				return what
			}
			*s = append(*s, *t)
		}
		return nil
	}
	return what
}

// receptorView is a receptor as it is answered.
type receptorView struct {
	catalog.Receptor
	Source   sourceView   `json:"source_config"`
	NextTick *events.Time `json:"next_tick"` // when it next fires by its schedule; null: it does not
}

type sourceView struct {
	catalog.Source
	SigningSecret string `json:"signing_secret,omitzero"` // in the answer that made it
}

func viewReceptor(rc *catalog.Receptor, now time.Time) *receptorView {
	v := &receptorView{Receptor: *rc, Source: sourceView{Source: rc.Source}}
	if next := engine.NextTick(rc, now); !next.IsZero() {
		v.NextTick = events.AtPtr(next)
	}
	return v
}

// receptorList is one page of receptors.
type receptorList struct {
	Receptors []*receptorView `json:"receptors"`
	Total     int             `json:"total"`
	Limit     int             `json:"limit"`
	Offset    int             `json:"offset"`
}

func (s *Server) listReceptors(w http.ResponseWriter, r *http.Request) error {
	f, err := definitionFilter(r)
	if err != nil {
		return err
	}
	list, total, err := s.store.Receptors(r.Context(), workspace(r), f)
	if err != nil {
		return fmt.Errorf("listing receptors: %w", err)
	}
	page := receptorList{Receptors: []*receptorView{}, Total: total, Limit: f.Limit, Offset: f.Offset}
	now := time.Now()
	for _, rc := range list {
		page.Receptors = append(page.Receptors, viewReceptor(rc, now))
	}
	return writeJSON(w, http.StatusOK, &page)
}

func (s *Server) getReceptor(w http.ResponseWriter, r *http.Request) error {
	rc, err := s.namedReceptor(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, viewReceptor(rc, time.Now()))
}

func (s *Server) createReceptor(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	body, err := s.readObject(w, r)
	if err != nil {
		return err
	}
	return s.storeReceptor(w, r, nil, body)
}

func (s *Server) patchReceptor(w http.ResponseWriter, r *http.Request) error {
	rc, err := s.namedReceptor(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	body, err := s.readObject(w, r)
	if err != nil {
		return err
	}
	for {
		err := s.storeReceptor(w, r, rc, body)
		var refusal *catalog.Refusal
		if !errors.As(err, &refusal) || refusal.Code != catalog.RefusedChanged {
			return err
		}
		if rc, err = s.engine.SharedReceptor(r.Context(), rc.Workspace, rc.ID); err != nil {
			return err
		}
	}
}

// readObject reads a body that is a JSON object.
func (s *Server) readObject(w http.ResponseWriter, r *http.Request) (jsontext.Value, error) {
	b, err := s.readBody(w, r, required)
	if err != nil {
		return nil, err
	}
	if problems := checkJSON(b); len(problems) > 0 {
		return nil, invalid(problems)
	}
	return b, nil
}

// storeReceptor makes a receptor, or changes old by merging the body into it.
func (s *Server) storeReceptor(w http.ResponseWriter, r *http.Request, old *catalog.Receptor, body jsontext.Value) error {
	change := engine.ReceptorChange{}
	if old != nil {
		base, err := json.Marshal(old.ReceptorSpec)
		if err != nil {
			return fmt.Errorf("encoding a receptor: %w", err)
		}
		change.ID, change.From = old.ID, old.Version
		body, change.MakeSecret = mergePatch(base, body, "executable_target", "source_config"), asksNewSecret(body)
	}
	var want receptorRequest
	problems := decodeObject(body, &want)
	if id := want.named(); id != "" && id != workspace(r) {
		return fail(codeForbidden, "workspace_id is not the workspace of this key")
	}
	change.Spec = catalog.ReceptorSpec{
		Name: want.Name, Slug: want.Slug, Description: want.Description, Target: want.Target,
		Channels: want.Channels, Source: want.Source.Source, IsActive: isActive(want.IsActive),
	}
	change.Secrets = want.Source.SigningSecret
	if !given(change.Spec.Source.Input) {
		change.Spec.Source.Input = nil
	}
	if problems = append(problems, checkTexts(want.Name, want.Slug, want.Description)...); len(problems) > 0 {
		more, err := s.engine.CheckReceptor(r.Context(), workspace(r), &change)
		if err != nil {
			return err
		}
		return invalid(inOrder(append(problems, more...)))
	}
	stored, err := s.engine.StoreReceptor(r.Context(), workspace(r), actor(r), change)
	if err != nil {
		return err
	}
	if err := s.shown(r, stored.Seq); err != nil {
		return err
	}
	rc, err := s.engine.SharedReceptor(r.Context(), workspace(r), stored.ID)
	if err != nil {
		return err
	}
	view := viewReceptor(rc, time.Now())
	view.Source.SigningSecret = stored.Secret
	if old != nil {
		return writeJSON(w, http.StatusOK, view)
	}
	w.Header().Set("Location", "/v1/receptors/"+stored.ID)
	return writeJSON(w, http.StatusCreated, view)
}

// mergePatch lays a patch over an object (RFC 7396): null removes a member. Of the
// members that are objects only those named are merged in turn, others are
// replaced whole. A patch of another kind takes the object's place.
func mergePatch(object, patch jsontext.Value, inside ...string) jsontext.Value {
	if patch.Kind() != jsontext.KindBeginObject || object.Kind() != jsontext.KindBeginObject {
		return patch
	}
	merged := members(object)
	for name, v := range members(patch) {
		switch {
		case string(v) == "null":
			delete(merged, name)
		case slices.Contains(inside, name):
			merged[name] = mergePatch(merged[name], v)
		default:
			merged[name] = v
		}
	}
	b, err := json.Marshal(merged, json.Deterministic(true))
	if err != nil {
		panic("httpapi: merging JSON that was checked: " + err.Error())
	}
	return b
}

// members are those of a checked JSON object; of another value there are none.
func members(object jsontext.Value) map[string]jsontext.Value {
	m := map[string]jsontext.Value{}
	if object.Kind() == jsontext.KindBeginObject && json.Unmarshal(object, &m) != nil {
		panic("httpapi: members of JSON that was checked")
	}
	return m
}

// asksNewSecret tells whether a patch removes the signing secrets.
func asksNewSecret(patch jsontext.Value) bool {
	return string(members(members(patch)["source_config"])["signing_secret"]) == "null"
}

func (s *Server) deleteReceptor(w http.ResponseWriter, r *http.Request) error {
	rc, err := s.namedReceptor(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	if _, err := s.engine.Define(r.Context(), rc.Workspace, actor(r), &catalog.DeleteReceptor{ID: rc.ID}); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, deleted{Success: true})
}

// fireReceptor starts what a receptor is for, on its channel http.
func (s *Server) fireReceptor(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	var body executeRequest
	request, err := s.decode(w, r, optional, &body)
	if err != nil {
		return err
	}
	sub := body.submission(r)
	sub.Receptor, sub.Channel = id, catalog.ChannelHTTP
	if err := name(r, &sub, "receptors/"+id+"/fire", request); err != nil {
		return err
	}
	return s.startJob(w, r, sub)
}
