package httpapi

// Who the client is, and where its old chat route went.

import (
	"net/http"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// session is what a client may know of its key.
type session struct {
	Workspace string     `json:"workspace_id"`
	Key       sessionKey `json:"key"`
	Version   string     `json:"version"` // of the server
}

type sessionKey struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Role      catalog.Role `json:"role"`
	Instance  bool         `json:"instance"` // may also make workspaces
	CreatedAt events.Time  `json:"created_at"`
	ExpiresAt *events.Time `json:"expires_at"`
}

func (s *Server) getSession(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	k := about(r).key
	return writeJSON(w, http.StatusOK, &session{
		Workspace: k.Workspace, Version: s.cfg.Version,
		Key: sessionKey{ID: k.ID, Name: k.Name, Role: k.Role, Instance: k.Instance, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt},
	})
}

func (s *Server) postChat(http.ResponseWriter, *http.Request) error {
	return fail(codeGone, `chat is an invocation of a neuron: POST /v1/neurons/{id}/invoke with trace_id, "stream": true and client_nonce`)
}
