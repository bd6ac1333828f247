package projections

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// This file lists the workspaces. There are some thousands of them at most,
// and a list reads them all.
//
//	workspaces  workspace  JSON
var workspacesTable = newTable("workspaces")

func storeWorkspace(w *writer, workspace string, at events.Time, f *events.WorkspaceCreated) error {
	b, err := json.Marshal(&catalog.Workspace{ID: workspace, Name: f.Name, CreatedAt: at}, ours)
	if err != nil {
		return fmt.Errorf("encoding workspace %s: %w", workspace, err)
	}
	return w.put(workspacesTable, []byte(workspace), b)
}

// Workspaces lists the workspaces of the instance, oldest first. They belong
// to the caller.
func (s *Store) Workspaces(ctx context.Context) ([]*catalog.Workspace, error) {
	var list []*catalog.Workspace
	err := s.read(ctx, func(r reader) error {
		list = nil
		return r.each(workspacesTable, nil, func(_, value []byte) (bool, error) {
			w := new(catalog.Workspace)
			list = append(list, w)
			return true, decode(value, w)
		})
	})
	if err != nil {
		return nil, err
	}
	sortByTime(list, func(w *catalog.Workspace) (events.Time, string) { return w.CreatedAt, w.ID })
	return list, nil
}

// Workspace finds a workspace by its id, or gives ErrNotFound. It belongs to
// the caller.
func (s *Store) Workspace(ctx context.Context, id string) (*catalog.Workspace, error) {
	var ws *catalog.Workspace
	err := s.read(ctx, func(r reader) error {
		b, err := r.get(workspacesTable, []byte(id))
		if err != nil {
			return err
		}
		if b == nil {
			return fmt.Errorf("workspace %.64q: %w", id, ErrNotFound)
		}
		ws = new(catalog.Workspace)
		return decode(b, ws)
	})
	if err != nil {
		return nil, err
	}
	return ws, nil
}
