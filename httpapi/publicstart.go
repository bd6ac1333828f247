package httpapi

// Shared receptors: what they are for, and starting it, without a key.

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/mux"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/projections"
)

// publicReceptor is a receptor as whoever has its share token sees it.
type publicReceptor struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	InputSchema jsontext.Value `json:"input_schema"` // JSON Schema of what its neuron takes, or null
}

// sharedReceptor lets in who has the share token of the receptor in the path:
// .../{workspace_slug}/{id or slug} or .../by-id/{id}.
func (s *Server) sharedReceptor(w http.ResponseWriter, r *http.Request, token string) (*catalog.Receptor, error) {
	var rc *catalog.Receptor
	err := s.enter(w, r, token, func(share *catalog.Share) (bool, error) {
		id, err := pathID(r)
		if err != nil || share.Kind != catalog.ShareReceptor {
			return false, err
		}
		rc, err = s.store.Receptor(r.Context(), share.Workspace, share.Target)
		if err != nil {
			return false, found(err, "receptor")
		}
		workspace, scoped := mux.Vars(r)["workspace_slug"]
		switch {
		case rc.ID != share.Target:
			return false, nil
		case scoped:
			return workspace == share.Workspace && (id == rc.ID || id == rc.Slug), nil
		}
		return id == rc.ID, nil
	})
	return rc, err
}

// onlyToken refuses every parameter but the token.
func onlyToken(r *http.Request) error {
	q := queryOf(r)
	q.all("t")
	return q.err()
}

func (s *Server) getPublicReceptor(w http.ResponseWriter, r *http.Request) error {
	rc, err := s.sharedReceptor(w, r, queryToken(r))
	if err != nil {
		return err
	}
	if err := onlyToken(r); err != nil {
		return err
	}
	view := &publicReceptor{Name: rc.Name, Description: rc.Description, InputSchema: jsontext.Value("null")}
	if rc.Target.Kind == "neuron" {
		n, err := s.store.Neuron(r.Context(), rc.Workspace, rc.Target.ID)
		switch {
		case errors.Is(err, projections.ErrNotFound): // a start says so
		case err != nil:
			return fmt.Errorf("reading a shared receptor's neuron: %w", err)
		default:
			view.InputSchema = orElse(n.InputSchema, "null")
		}
	}
	return writeJSON(w, http.StatusOK, view)
}

// publicStart is the body of POST /v1/public/receptors/.../execute.
type publicStart struct {
	unscoped
	Input      jsontext.Value `json:"input"`
	Data       jsontext.Value `json:"data"`
	TraceID    string         `json:"trace_id"`
	ShareToken string         `json:"share_token"`
}

// executeShared starts what a shared receptor starts.
func (s *Server) executeShared(w http.ResponseWriter, r *http.Request) error {
	var rc *catalog.Receptor
	var err error
	inQuery := r.URL.Query().Has("t")
	if inQuery { // a bad token costs no body
		if rc, err = s.sharedReceptor(w, r, queryToken(r)); err != nil {
			return err
		}
	}
	var body publicStart
	if _, err := s.decode(w, r, optional, &body); err != nil {
		return err
	}
	if !inQuery {
		if rc, err = s.sharedReceptor(w, r, body.ShareToken); err != nil {
			return err
		}
	} else if body.ShareToken != "" {
		return invalidAt("/share_token", "give the token once: here or in the query")
	}
	if err := onlyToken(r); err != nil {
		return err
	}
	options := runOptions{Input: body.Input, Data: body.Data, TraceID: body.TraceID}
	if problems := options.problems(); len(problems) > 0 {
		return invalid(problems)
	}
	sub := options.submission(r)
	sub.Receptor, sub.Channel = rc.ID, catalog.ChannelPublic
	// The token is no part of what is asked for: it may be another one the next time.
	asked, err := json.Marshal(publicStart{Input: orElse(sub.Input, "null"), Data: jsontext.Value("null"), TraceID: sub.TraceID})
	if err != nil {
		return fmt.Errorf("reading a start: %w", err)
	}
	if err := name(r, &sub, "public/receptors/"+rc.ID, digest(asked)); err != nil {
		return err
	}
	return s.startJob(w, r, sub)
}

// publicStarted is the answer to a start by a share token. The places are
// without the token, which whoever started the job has.
type publicStarted struct {
	started
	StatusURL string `json:"status_url"`
	StreamURL string `json:"stream_url"`
}

// statusPath is where the request's credential reads a job.
func statusPath(r *http.Request, id string) string {
	if isShared(r) {
		return publicPrefix + "jobs/" + id + "/status"
	}
	return "/v1/jobs/" + id + "/status"
}

// showStarted answers a start that is not held.
func (s *Server) showStarted(w http.ResponseWriter, r *http.Request, receipt engine.Receipt) error {
	answer := started{JobID: receipt.Job, Status: job.Pending, Cursor: receipt.Cursor}
	if !isShared(r) {
		return writeJSON(w, http.StatusAccepted, &answer)
	}
	at := s.publicURL(r) + publicPrefix + "jobs/" + receipt.Job
	return writeJSON(w, http.StatusAccepted, &publicStarted{started: answer, StatusURL: at + "/status", StreamURL: at + "/stream"})
}
