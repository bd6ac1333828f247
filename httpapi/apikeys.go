package httpapi

// API keys: list, make, revoke. The text of a key is answered once, when it is
// made; afterwards only its hash is known.

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// shownPrefix is how many characters of a key's text stay known, to recognise
// it: rv_live_ and four more. The other 39 random ones hold 232 bits.
const shownPrefix = len(keyPrefix) + 4

// apiKey is a key as clients see it.
type apiKey struct {
	ID         string       `json:"id"`
	Workspace  string       `json:"workspace_id"`
	Name       string       `json:"name"`
	Role       catalog.Role `json:"role"`
	Prefix     string       `json:"prefix"`   // how its text begins; empty for a key that was not made here
	Instance   bool         `json:"instance"` // may also make workspaces
	CreatedAt  events.Time  `json:"created_at"`
	ExpiresAt  *events.Time `json:"expires_at"`
	LastUsedAt *events.Time `json:"last_used_at"` // to the minute, since the process began; null for never
}

// newAPIKey is a key right after it was made: the one answer with its text.
type newAPIKey struct {
	apiKey
	Key string `json:"key"`
}

// apiKeyList is one page of keys.
type apiKeyList struct {
	Keys   []apiKey `json:"api_keys"`
	Total  int      `json:"total"`
	Limit  int      `json:"limit"`
	Offset int      `json:"offset"`
}

func (s *Server) keyView(k *catalog.Key) apiKey {
	return apiKey{
		ID: k.ID, Workspace: k.Workspace, Name: k.Name, Role: k.Role, Prefix: k.Prefix, Instance: k.Instance,
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, LastUsedAt: s.use.of(k),
	}
}

// listKeys answers a page of the workspace's keys, newest first. Expired keys
// are listed until they are revoked.
func (s *Server) listKeys(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	limit, offset := q.page()
	if err := q.err(); err != nil {
		return err
	}
	keys, err := s.store.Keys(r.Context(), workspace(r))
	if err != nil {
		return fmt.Errorf("listing keys: %w", err)
	}
	slices.Reverse(keys)
	list := &apiKeyList{Total: len(keys), Limit: limit, Offset: offset}
	for _, k := range window(keys, limit, offset) {
		list.Keys = append(list.Keys, s.keyView(k))
	}
	return writeJSON(w, http.StatusOK, list)
}

// window gives a page of a list.
func window[T any](list []T, limit, offset int) []T {
	list = list[min(offset, len(list)):]
	return list[:min(limit, len(list))]
}

// keyRequest is the body of POST /v1/api-keys.
type keyRequest struct {
	scoped
	Name      string       `json:"name"`
	Role      catalog.Role `json:"role"`
	ExpiresIn *span        `json:"expires_in"`
}

func (s *Server) createKey(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	var body keyRequest
	if _, err := s.decode(w, r, required, &body); err != nil {
		return err
	}
	problems := checkTexts(body.Name, "", "")
	if !body.Role.Allows(catalog.Viewer) {
		problems = append(problems, pathway.Problem{Path: "/role", Message: "a role is needed: viewer, operator or admin"})
	}
	var expires *events.Time
	if body.ExpiresIn != nil {
		if time.Duration(*body.ExpiresIn) < time.Second {
			problems = append(problems, pathway.Problem{Path: "/expires_in", Message: "a key is valid for at least 1s"})
		}
		expires = events.AtPtr(time.Now().Add(time.Duration(*body.ExpiresIn)))
	}
	if len(problems) > 0 {
		return invalid(problems)
	}
	text := NewKey()
	id, seq, err := s.engine.CreateKey(r.Context(), workspace(r), actor(r), &catalog.CreateKey{
		Name: body.Name, Role: body.Role, Hash: events.HashOf([]byte(text)), Prefix: text[:shownPrefix], ExpiresAt: expires,
	})
	if err != nil {
		return err
	}
	made, err := s.newKey(r, workspace(r), id, seq)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, &newAPIKey{apiKey: *made, Key: text})
}

// newKey reads a key that was stored just now.
func (s *Server) newKey(r *http.Request, workspace, id string, seq uint64) (*apiKey, error) {
	if err := s.shown(r, seq); err != nil {
		return nil, err
	}
	keys, err := s.store.Keys(r.Context(), workspace)
	if err != nil {
		return nil, fmt.Errorf("reading a new key: %w", err)
	}
	i := slices.IndexFunc(keys, func(k *catalog.Key) bool { return k.ID == id })
	if i < 0 {
		return nil, fail(codeConflict, "the key was revoked as soon as it was made")
	}
	made := s.keyView(keys[i])
	return &made, nil
}

// revokeKey ends a key: its next request is refused, its open streams end.
func (s *Server) revokeKey(w http.ResponseWriter, r *http.Request) error {
	return s.define(w, r, func(id string) catalog.Command { return &catalog.RevokeKey{ID: id} })
}
