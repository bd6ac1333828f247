package engine

import (
	"context"
	"fmt"

	"ranvier/engine/job"
	"ranvier/events"
)

// This file runs ended jobs again.

// repeat gives what a rerun begins with: the graph of the old job as it was
// pinned, and with FromNode how the nodes ended that are not run again. Errors
// are *job.Refusal, or wrap one of the log's.
func (e *Engine) repeat(ctx context.Context, s *Submission) (*start, error) {
	subject := events.JobSubject(s.Workspace, s.RerunOf)
	if err := subject.Check(); err != nil {
		return nil, err
	}
	old := job.NewRun(subject)
	var first *events.JobSubmitted
	for c, err := range e.log.Load(ctx, subject, 0) {
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", subject, err)
		}
		if f, ok := c.Events[0].Fact.(*events.JobSubmitted); ok && first == nil {
			first = f
		}
		old.Apply(c)
	}
	switch {
	case first == nil:
		return nil, &job.Refusal{Code: job.RefusedUnknown, Message: "there is no such job"}
	case !old.Status.Terminal():
		return nil, &job.Refusal{
			Code:    job.RefusedConflict,
			Message: fmt.Sprintf("the job is %s: only a job that has ended can be run again; cancel it first", old.Status),
		}
	case old.Deleted():
		return nil, job.Gone()
	}
	g, err := e.graph(old.Graph)
	if err != nil {
		return nil, fmt.Errorf("rerun %s: %w", subject, err)
	}
	st := &start{
		graph: old.Graph, nodes: len(g.Nodes), pathwayID: first.PathwayID, pathwayVersion: first.PathwayVersion,
		neuronID: first.NeuronID, old: first,
	}
	if s.FromNode != "" {
		if st.reuse, err = old.Reuse(g, s.FromNode); err != nil {
			return nil, err
		}
		for _, f := range st.reuse { // what is stored apart belongs to the old job
			if reused, ok := f.(*events.NodeReused); ok {
				if err := e.attach(ctx, subject, &reused.Output); err != nil {
					return nil, err
				}
			}
		}
	}
	return st, nil
}

// takeOver fills in what a rerun has from the job that it repeats. The receptor
// is not among it: whoever may see the receptor's jobs need not see this one.
func takeOver(f, old *events.JobSubmitted, s *Submission) {
	f.RerunOf, f.FromNode = s.RerunOf, s.FromNode
	f.ConcurrencyKey, f.ConcurrencyLimit = old.ConcurrencyKey, old.ConcurrencyLimit
	f.Labels, f.Priority, f.Timeout, f.TraceID = old.Labels, old.Priority, old.Timeout, old.TraceID
	if s.Input == nil {
		f.Input = old.Input
	}
}
