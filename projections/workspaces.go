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
	return putWorkspace(w, &catalog.Workspace{ID: workspace, Name: f.Name, CreatedAt: at})
}

func putWorkspace(w *writer, ws *catalog.Workspace) error {
	b, err := json.Marshal(ws, ours)
	if err != nil {
		return fmt.Errorf("encoding workspace %s: %w", ws.ID, err)
	}
	return w.put(workspacesTable, []byte(ws.ID), b)
}

// configureWorkspace takes the limits as the catalog does: what it cannot read
// it leaves as it was.
func configureWorkspace(w *writer, workspace string, f *events.WorkspaceConfigured) error {
	b, err := w.get(workspacesTable, []byte(workspace))
	if err != nil || b == nil {
		return err
	}
	ws := new(catalog.Workspace)
	if err := decode(b, ws); err != nil {
		return err
	}
	var settings catalog.Settings
	if json.Unmarshal(f.Settings.JSON(), &settings) == nil {
		ws.Settings = settings
	}
	if f.Name != "" {
		ws.Name = f.Name
	}
	return putWorkspace(w, ws)
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
