package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/events"
)

// A model that is invoked in a trace is told the newest turns that fit into
// these bounds; a turn is told whole or not at all.
const (
	maxTurns      = 50
	maxTurnsBytes = 128 << 10 // of text
	maxTurnsJobs  = 200       // completed jobs that are looked at
)

// Earlier gives the completed jobs of a trace that were submitted before a
// time, newest first, at most limit. It knows all that was durable when it was
// called. It is called from many goroutines.
type Earlier func(ctx context.Context, workspace, trace string, before time.Time, limit int) ([]*job.Job, error)

// history gives what a node of the run may be told of the trace's earlier
// turns, nil when there is nothing to tell. Only an invocation of a neuron is a
// turn; a pathway passes on by itself what its steps shall know.
func (e *Engine) history(r *job.Run) func(context.Context) ([]nodes.Message, error) {
	if e.earlier == nil || r.TraceID == "" || r.NeuronID == "" {
		return nil
	}
	self, workspace, trace := r.ID, r.Workspace, string(r.TraceID)
	// Whoever has a share token can name any trace: the model is told only what
	// was said through the same receptor.
	public, receptor := r.Channel == catalog.ChannelPublic, r.ReceptorID
	before := r.CreatedAt.Add(time.Millisecond) // times are whole milliseconds: turns may share one
	return func(ctx context.Context) ([]nodes.Message, error) {
		jobs, err := e.earlier(ctx, workspace, trace, before.Time, maxTurnsJobs)
		if err != nil {
			return nil, forgotten(err)
		}
		var turns [][]nodes.Message // the newest first
		left := maxTurnsBytes
		for _, j := range jobs {
			if len(turns) == maxTurns {
				break
			}
			if j.ID == self || public && j.ReceptorID != receptor {
				continue
			}
			turn, err := e.Turn(ctx, j)
			if err != nil {
				return nil, forgotten(err)
			}
			if len(turn) != 2 {
				continue
			}
			if left -= len(turn[0].Content) + len(turn[1].Content); left < 0 {
				break
			}
			turns = append(turns, turn)
		}
		slices.Reverse(turns)
		return slices.Concat(turns...), nil
	}
}

// forgotten is the failure of an attempt that needs the earlier turns.
func forgotten(err error) error {
	return &nodes.Failure{Code: nodes.CodeNode, Message: "the earlier turns of the trace cannot be read now", Err: err}
}

// Turn gives what was said in a job: its user's message and, once it has
// completed, the assistant's, unless that is stored apart. A job that is no invocation of a neuron, or whose
// data was erased, has none. Errors wrap one of the log's.
func (e *Engine) Turn(ctx context.Context, j *job.Job) ([]nodes.Message, error) {
	if j.NeuronID == "" {
		return nil, nil
	}
	input, err := e.input(ctx, events.JobSubject(j.Workspace, j.ID))
	if err != nil || input.Erased() {
		return nil, err
	}
	said, err := nodes.Said(input.JSON())
	if err != nil {
		return nil, fmt.Errorf("the input of job %s: %w", j.ID, err)
	}
	if j.Status != job.Completed || j.ResultURL != "" { // no conversation holds what is stored apart
		return []nodes.Message{said}, nil
	}
	answered, err := nodes.Answered(j.Result)
	if err != nil {
		return nil, fmt.Errorf("the output of job %s: %w", j.ID, err)
	}
	return []nodes.Message{said, answered}, nil
}

// input reads a job's input, which no view holds, from its first commit.
func (e *Engine) input(ctx context.Context, s events.Subject) (events.Payload, error) {
	for c, err := range e.log.Load(ctx, s, 0) {
		if err != nil {
			return events.Payload{}, fmt.Errorf("load %s: %w", s, err)
		}
		if f, ok := c.Events[0].Fact.(*events.JobSubmitted); ok {
			return f.Input, nil
		}
		break
	}
	return events.Payload{}, fmt.Errorf("load %s: it does not begin with its submission", s)
}
