package httpapi

// Workspaces: the tenants of the instance.

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
	"ranvier/events"
	"ranvier/projections"
)

// workspaceView is a workspace as clients see it. Its id is its slug.
type workspaceView struct {
	ID        string      `json:"id"`
	Slug      string      `json:"slug"`
	Name      string      `json:"name"`
	CreatedAt events.Time `json:"created_at"`
}

// newWorkspace is a workspace right after it was made, with its first key.
type newWorkspace struct {
	workspaceView
	Key newAPIKey `json:"api_key"`
}

// workspaceList is one page of workspaces.
type workspaceList struct {
	Workspaces []workspaceView `json:"workspaces"`
	Total      int             `json:"total"`
	Limit      int             `json:"limit"`
	Offset     int             `json:"offset"`
}

func viewOf(ws *catalog.Workspace) workspaceView {
	return workspaceView{ID: ws.ID, Slug: ws.ID, Name: ws.Name, CreatedAt: ws.CreatedAt}
}

// listWorkspaces answers a page of the workspaces that the key may know of,
// newest first: all for the instance's admin, the key's own for the others.
func (s *Server) listWorkspaces(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	limit, offset := q.page()
	if err := q.err(); err != nil {
		return err
	}
	visible, err := s.visibleWorkspaces(r)
	if err != nil {
		return fmt.Errorf("listing workspaces: %w", err)
	}
	slices.Reverse(visible)
	list := &workspaceList{Total: len(visible), Limit: limit, Offset: offset}
	for _, ws := range window(visible, limit, offset) {
		list.Workspaces = append(list.Workspaces, viewOf(ws))
	}
	return writeJSON(w, http.StatusOK, list)
}

func (s *Server) visibleWorkspaces(r *http.Request) ([]*catalog.Workspace, error) {
	if about(r).key.Instance {
		return s.store.Workspaces(r.Context())
	}
	ws, err := s.store.Workspace(r.Context(), workspace(r))
	if errors.Is(err, projections.ErrNotFound) { // it has keys only
		return nil, nil
	}
	return []*catalog.Workspace{ws}, err
}

// workspaceRequest is the body of POST /v1/workspaces.
type workspaceRequest struct {
	scoped
	Name string `json:"name"`
	Slug string `json:"slug"`
}

func (s *Server) createWorkspace(w http.ResponseWriter, r *http.Request) error {
	if !about(r).key.Instance {
		return fail(codeForbidden, "only the instance's own admin key makes workspaces")
	}
	if err := noQuery(r); err != nil {
		return err
	}
	var body workspaceRequest
	if _, err := s.decode(w, r, required, &body); err != nil {
		return err
	}
	problems := checkTexts(body.Name, body.Slug, "")
	if body.Slug == "" {
		problems = append(problems, pathway.Problem{Path: "/slug", Message: "a slug is needed: it is the workspace's id for ever"})
	}
	if len(problems) > 0 {
		return invalid(problems)
	}
	text := NewKey()
	id, seq, err := s.engine.CreateWorkspace(r.Context(), body.Slug, actor(r), &catalog.CreateWorkspace{
		Name: body.Name, KeyHash: events.HashOf([]byte(text)), KeyPrefix: text[:shownPrefix],
	})
	if err != nil {
		return err
	}
	key, err := s.newKey(r, body.Slug, id, seq)
	if err != nil {
		return err
	}
	ws, err := s.store.Workspace(r.Context(), body.Slug)
	if err != nil {
		return found(err, "workspace")
	}
	return writeJSON(w, http.StatusCreated, &newWorkspace{workspaceView: viewOf(ws), Key: newAPIKey{apiKey: *key, Key: text}})
}
