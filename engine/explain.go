package engine

import (
	"context"
	"fmt"
	"time"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// Explain says why a job is where it is, from its history in the log. Errors
// are *job.Refusal for an unknown job, or wrap one of the log's.
func (e *Engine) Explain(ctx context.Context, s events.Subject) (*job.Explanation, error) {
	a := job.NewAccount(s)
	for c, err := range e.log.Load(ctx, s, 0) {
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", s, err)
		}
		a.Apply(c)
	}
	if !a.Exists() {
		return nil, &job.Refusal{Code: job.RefusedUnknown, Message: "there is no such job"}
	}
	g := &pathway.Graph{}
	if !a.Status.Terminal() {
		var err error
		if g, err = e.graph(a.Graph); err != nil {
			return nil, fmt.Errorf("explain %s: %w", s, err)
		}
	}
	return a.Explain(ctx, g, events.At(time.Now()))
}
