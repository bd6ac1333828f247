package engine

import (
	"context"
	"errors"
	"fmt"

	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/engine/scrub"
	"ranvier/events"
)

// This file lets attempts of models record their turns and calls, and gives
// them to the attempts that go on from there.

// stepsOf gives what the current visit of a node has recorded, and what has
// come of what it asked for.
func stepsOf(r *job.Run, node string) []nodes.Step {
	var steps []nodes.Step
	for _, f := range r.Recorded(node) {
		switch f := f.(type) {
		case *events.TurnCompleted:
			steps = append(steps, nodes.Turn{N: f.Turn, Reply: f.Reply.JSON(), Usage: used(f.Usage)})
		case *events.ReflexCalled:
			steps = append(steps, nodes.Call{Turn: f.Turn, ID: f.Call, Name: f.Name, Arguments: f.Arguments.JSON()})
		case *events.ReflexAnswered:
			steps = append(steps, nodes.Answer{Call: f.Call, Code: f.Code, Result: f.Result.JSON(), Usage: used(f.Usage)})
		case *events.NodeSpawned:
			steps = append(steps, nodes.Spawned{Call: f.Call})
		case *events.InterventionOpened:
			switch iv := r.Intervention(f.ID); {
			case iv == nil || iv.Status == job.InterventionCancelled:
			case iv.Open():
				steps = append(steps, nodes.Asked{Call: f.Call})
			default:
				steps = append(steps, verdict(f.Call, iv))
			}
		}
	}
	return steps
}

// verdict is how the question for a call was settled.
func verdict(call string, iv *job.Intervention) nodes.Verdict {
	v := nodes.Verdict{Call: call, Action: string(iv.Action), Expired: iv.Status == job.InterventionExpired}
	for _, r := range iv.Responses {
		if r.Action == v.Action && r.Comment != "" {
			v.Comment = r.Comment
		}
	}
	return v
}

// recorder stores what an attempt has done so far, however long the log is
// unavailable. What the attempt opened of secrets is in opened, and is not
// stored.
func (e *Engine) recorder(en *entry, a job.Attempt, w *words, opened *scrub.Set) nodes.Recorder {
	return func(_ context.Context, steps ...nodes.Step) error {
		c := &job.Record{Attempt: a}
		var consumed events.Usage
		for _, s := range steps {
			switch s := s.(type) {
			case nodes.Turn:
				reply, err := payload(opened, s.Reply)
				if err != nil {
					return err
				}
				c.Turn = &events.TurnCompleted{Attempt: a.Attempt, Node: a.Node, Reply: reply, Turn: s.N, Usage: usage(s.Usage), Visit: a.Visit}
				consumed = consumed.Add(c.Turn.Usage)
			case nodes.Call:
				arguments, err := payload(opened, s.Arguments)
				if err != nil {
					return err
				}
				c.Calls = append(c.Calls, &events.ReflexCalled{
					Arguments: arguments, Attempt: a.Attempt, Call: s.ID, Name: s.Name, Node: a.Node, Turn: s.Turn, Visit: a.Visit,
				})
			case nodes.Answer:
				result, err := payload(opened, s.Result)
				if err != nil {
					return err
				}
				c.Answers = append(c.Answers, answered(a, &s, result))
				consumed = consumed.Add(usage(s.Usage))
			default:
				return fmt.Errorf("a %T cannot be recorded", s)
			}
		}
		en.mu.Lock()
		w.flush(e.work)
		en.mu.Unlock()
		_, err := e.settle(en.subject, c, 0)
		var refusal *job.Refusal
		switch {
		case errors.As(err, &refusal):
			return fmt.Errorf("record steps of node %s: %w", a.Node, errStopped)
		case errors.Is(err, events.ErrTooLarge):
			return &nodes.Failure{
				Code: job.CodeTooLarge, Final: true, Usage: used(consumed),
				Message: "what the model or its tools said is larger than one commit may be",
			}
		}
		return err
	}
}

func payload(opened *scrub.Set, raw []byte) (events.Payload, error) {
	if !opened.Empty() {
		raw = opened.JSON(raw, false)
	}
	p, err := events.NewPayload(raw)
	if err != nil {
		return p, fmt.Errorf("a step's data: %w", err)
	}
	return p, nil
}

func answered(a job.Attempt, s *nodes.Answer, result events.Payload) *events.ReflexAnswered {
	return &events.ReflexAnswered{
		Attempt: a.Attempt, Call: s.Call, Code: s.Code, Node: a.Node, Result: result, Usage: usage(s.Usage), Visit: a.Visit,
	}
}

// suspend submits the sub-jobs of an attempt that goes on later, and gives the
// command that records what it waits for. A call whose sub-job is refused has
// its result at once.
func (e *Engine) suspend(ctx context.Context, from *ancestry, a job.Attempt, o nodes.Await) (job.Command, error) {
	c := &job.Await{Attempt: a}
	for i := range o.Ask {
		ask := askOf(&o.Ask[i])
		ask.Call = o.Ask[i].Call
		c.Ask = append(c.Ask, *ask)
	}
	for i := range o.Spawn {
		sub, err := e.startSub(ctx, from, a, &o.Spawn[i])
		var failure *nodes.Failure
		switch {
		case errors.As(err, &failure):
			refused := nodes.Answer{Call: o.Spawn[i].Call, Code: failure.Code}
			c.Answers = append(c.Answers, answered(a, &refused, events.PayloadOf(map[string]string{
				"code": failure.Code, "message": bounded(failure.Message),
			})))
		case err != nil:
			return nil, err
		default:
			c.Jobs = append(c.Jobs, sub)
		}
	}
	return c, nil
}

func used(u events.Usage) nodes.Usage {
	return nodes.Usage{
		InputTokens: u.InputTokens, OutputTokens: u.OutputTokens, ModelCalls: u.ModelCalls,
		ToolCalls: u.ToolCalls, CostMicroUSD: u.CostMicroUSD,
	}
}
