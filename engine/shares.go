package engine

import (
	"context"
	"time"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// CreateShare makes a share token. Its id is made here and given beside what
// Define gives.
func (e *Engine) CreateShare(ctx context.Context, workspace string, by events.Actor, cmd *catalog.CreateShare) (string, uint64, error) {
	c := *cmd
	c.Share.ID, c.Now = newID(), events.At(time.Now())
	seq, err := e.Define(ctx, workspace, by, &c)
	return c.Share.ID, seq, err
}

// SharedReceptor finds a receptor by id or slug. Nobody changes it.
func (e *Engine) SharedReceptor(ctx context.Context, workspace, idOrSlug string) (*catalog.Receptor, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return nil, err
	}
	if r := c.Receptor(idOrSlug); r != nil {
		return r, nil
	}
	return nil, unknownDefinition("receptor")
}
