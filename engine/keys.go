package engine

import (
	"context"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// CreateWorkspace makes a workspace and its first admin key, in one commit
// that the log takes only as the first of its subject: a slug is taken once.
// The ids are made here. It gives the key's id beside what Define gives.
func (e *Engine) CreateWorkspace(ctx context.Context, slug string, by events.Actor, cmd *catalog.CreateWorkspace) (string, uint64, error) {
	c := *cmd
	c.KeyID = newID()
	seq, err := e.Define(ctx, slug, by, &c)
	return c.KeyID, seq, err
}

// CreateKey makes an API key. Its id is made here and given beside what Define
// gives.
func (e *Engine) CreateKey(ctx context.Context, workspace string, by events.Actor, cmd *catalog.CreateKey) (string, uint64, error) {
	c := *cmd
	c.ID = newID()
	seq, err := e.Define(ctx, workspace, by, &c)
	return c.ID, seq, err
}
