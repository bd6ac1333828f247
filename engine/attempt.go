package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/engine/pathway"
	"ranvier/engine/scrub"
	"ranvier/events"
)

// Causes with which an attempt's context ends.
var (
	errStopped  = errors.New("the job no longer wants this attempt")
	errTimedOut = errors.New("the node's timeout ran out")
	errShutdown = errors.New("the engine stops")
)

// codePanic is the code of a node that panicked.
const codePanic = "INTERNAL_ERROR"

// maxMessage bounds the text of a failure that is recorded, in bytes.
const maxMessage = 2000

// launch runs a started attempt in a goroutine of its own. The job's lock is
// held, and room for the attempt is taken.
func (e *Engine) launch(en *entry, a job.Attempt, now events.Time) {
	ctx, stop := context.WithCancelCause(e.work)
	n := en.graph.Node(a.Node)
	r := &nodes.Request{
		Scope: en.run.Fetching(e.patient(ctx, en.subject)).Scope(a.Node), Job: en.subject.ID, Node: a.Node, Visit: a.Visit, Attempt: a.Attempt,
		Key: callKey(en.subject.ID, a), Now: now.Time,
		History: e.history(en.run),
	}
	w := &words{engine: e, entry: en, attempt: a}
	from := ancestryOf(en.subject, en.run, a)
	opened := &scrub.Set{}
	r.Secret, r.Hide, r.Clean = e.secretsFor(en.subject.Workspace, opened), opened.Add, opened.JSON
	said := opened.Stream(w.add)
	r.Token = said.Add
	by := e.caller(en.subject, a.Node, en.claim.turn.Priority)
	r.Enter = by.enter
	r.Steps, r.Record = stepsOf(en.run, a.Node), e.recorder(en, a, w, opened)
	en.live[a] = stop
	e.jobs.retain(en)
	e.attempts.Add(1)
	go func() {
		defer e.attempts.Done()
		defer e.jobs.put(en)
		defer stop(nil)
		outcome := e.attempt(ctx, n, r, from, opened, by)
		said.Close()
		if outcome == nil { // the process ends: the attempt is lost, as its record says
			w.close()
			return
		}
		e.record(en, a, w, outcome, endedHow(ctx, outcome))
	}()
}

// callKey names the outside calls of a visit, the same for all its attempts:
// "<job>/<node>/<visit>". Inside maps the indexes of the items come after that:
// "<job>/<map>/<node>/<visit>/<index>".
func callKey(id string, a job.Attempt) string {
	var ids, indexes []string
	for i, part := range strings.Split(a.Node, "/") {
		if i%2 == 0 {
			ids = append(ids, part)
		} else {
			indexes = append(indexes, part)
		}
	}
	key := fmt.Sprintf("%s/%s/%d", id, strings.Join(ids, "/"), a.Visit)
	return strings.Join(append([]string{key}, indexes...), "/")
}

// attempt makes one attempt and gives the command that records its outcome,
// nil when it was cut off by the engine's end. What the attempt opened of
// secrets is in opened, and not in the command.
func (e *Engine) attempt(ctx context.Context, n *pathway.Node, r *nodes.Request, from *ancestry, opened *scrub.Set, by *caller) job.Command {
	a := job.Attempt{Node: r.Node, Visit: r.Visit, Attempt: r.Attempt}
	node := n.Settings.(nodes.Node)
	done, err := by.prepare(ctx, node)
	switch {
	case errors.Is(err, errShutdown):
		return nil
	case err != nil: // nobody wants it any more
		return &job.Fail{Attempt: a, Code: nodes.CodeNode, Message: "it was stopped before its call could begin"}
	}
	defer done()
	if n.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, n.Timeout, errTimedOut)
		defer cancel()
	}
	outcome, err := e.start(ctx, node, r, opened)
	by.heed(node, err)
	outcome, err = withoutSecrets(opened, outcome, err)
	if spawn, ok := outcome.(nodes.Spawn); ok && err == nil {
		var c job.Command
		if c, err = e.spawn(ctx, from, a, spawn); err == nil {
			return c
		}
	}
	if await, ok := outcome.(nodes.Await); ok && err == nil {
		var c job.Command
		if c, err = e.suspend(ctx, from, a, await); err == nil {
			return c
		}
	}
	if err == nil {
		return succeeded(a, outcome)
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errShutdown):
		return nil
	case errors.Is(cause, errTimedOut):
		return &job.Fail{Attempt: a, Code: job.CodeTimeout, Message: "no outcome within " + n.Timeout.String(), Usage: usageOf(err)}
	}
	f := &job.Fail{Attempt: a, Code: nodes.CodeNode, Message: bounded(err.Error()), Usage: usageOf(err)}
	var failure *nodes.Failure
	if errors.As(err, &failure) {
		f.Code, f.Message, f.Final, f.RetryAfter = failure.Code, bounded(failure.Message), failure.Final, failure.RetryAfter
	}
	return f
}

// endedHow says how an attempt has ended, should nobody want its outcome.
func endedHow(ctx context.Context, outcome job.Command) string {
	switch c := outcome.(type) {
	case *job.Succeed:
		return job.EndedSucceeded
	case *job.Fail:
		switch {
		case errors.Is(context.Cause(ctx), errStopped):
		case c.Code == job.CodeTimeout:
			return job.EndedTimedOut
		default:
			return job.EndedFailed
		}
	}
	return job.EndedStopped // one that would have waited, too
}

// start calls the node and turns a panic into a failure.
func (e *Engine) start(ctx context.Context, n nodes.Node, r *nodes.Request, opened *scrub.Set) (o nodes.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			e.logger.Error("a node panicked", "job", r.Job, "node", r.Node, "panic", opened.Message(fmt.Sprint(p)), "stack", opened.Message(string(debug.Stack())))
			err = &nodes.Failure{Code: codePanic, Message: "the node failed inside the server", Final: true}
		}
	}()
	return n.Start(ctx, r)
}

func succeeded(a job.Attempt, o nodes.Outcome) job.Command {
	switch o := o.(type) {
	case nodes.Done:
		return &job.Succeed{Attempt: a, Output: orNull(o.Output, o.End), Usage: usage(o.Usage), End: o.End}
	case nodes.Fan:
		return &job.Fan{
			Attempt: a, Items: o.Items, Total: o.Total, MinSuccess: o.MinSuccess, Concurrency: o.Concurrency, Rest: o.Rest,
		}
	case nodes.Wait:
		h := &job.Hold{Attempt: a, Until: o.Until, Events: o.Events, Fresh: o.Fresh}
		if t := o.Task; t != nil {
			h.Task = &job.Offer{Queue: t.Queue, Input: t.Input, Lease: t.Lease, MaxLeases: t.MaxLeases}
		}
		if o.Ask != nil {
			h.Ask = askOf(o.Ask)
		}
		return h
	}
	panic(fmt.Sprintf("engine: unknown outcome %T", o))
}

func askOf(q *nodes.Question) *job.Ask {
	return &job.Ask{
		ID: newID(), Prompt: q.Prompt, Actions: q.Actions, Fields: q.Fields, Required: q.Required,
		Responders: q.Responders, Default: q.Default, ExpiresIn: q.ExpiresIn, OnExpire: q.OnExpire, RemindAfter: q.RemindAfter,
	}
}

// orNull gives a node without output the output null; an end without one
// leaves the result to the graph.
func orNull(output []byte, end bool) []byte {
	if len(output) == 0 && !end {
		return []byte("null")
	}
	return output
}

func usage(u nodes.Usage) events.Usage {
	return events.Usage{
		CostMicroUSD: u.CostMicroUSD, InputTokens: u.InputTokens, ModelCalls: u.ModelCalls,
		OutputTokens: u.OutputTokens, ToolCalls: u.ToolCalls,
	}
}

func usageOf(err error) events.Usage {
	var failure *nodes.Failure
	if errors.As(err, &failure) {
		return usage(failure.Usage)
	}
	return events.Usage{}
}

// record stores an attempt's outcome, however long the log is unavailable. The
// room that the attempt held goes to what follows it in the job, or is given
// back. When the job has ended meanwhile, how the attempt ended is told.
func (e *Engine) record(en *entry, a job.Attempt, w *words, c job.Command, how string) {
	en.mu.Lock()
	w.flush(e.work)
	_, err := e.do(e.work, en, e.engineActor(), c, e.keep(en))
	if retriable(err) {
		en.mu.Unlock()
		_, err = e.settle(en.subject, c, 0)
		en.mu.Lock()
	}
	var refusal *job.Refusal
	if err != nil && !errors.As(err, &refusal) && e.work.Err() == nil {
		// What the node gave cannot be stored, and never will be.
		e.logger.Warn("an outcome that cannot be recorded", "job", en.subject.ID, "node", a.Node, "error", err)
		f := &job.Fail{Attempt: a, Code: nodes.CodeNode, Message: "the node's outcome cannot be stored", Final: true}
		if errors.Is(err, events.ErrTooLarge) {
			f.Code, f.Message = job.CodeTooLarge, fmt.Sprintf("the output is larger than %d bytes, or what comes with it larger than one commit may be", e.sizes.Output)
		}
		en.mu.Unlock()
		_, err = e.settle(en.subject, f, 0)
		en.mu.Lock()
	}
	delete(en.live, a)
	en.mu.Unlock()
	if errors.As(err, &refusal) && refusal.Code == job.RefusedStale {
		if _, err = e.settle(en.subject, &job.Stopped{Attempt: a, Outcome: how}, 0); errors.As(err, &refusal) {
			return // the job goes on without it, or was deleted
		}
	}
	if err != nil && !errors.As(err, &refusal) && e.work.Err() == nil {
		e.logger.Error("outcome not recorded", "job", en.subject.ID, "node", a.Node, "error", err)
	}
}

func retriable(err error) bool {
	return errors.Is(err, events.ErrUnavailable) || errors.Is(err, events.ErrUnknown)
}

func bounded(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxMessage {
		return s
	}
	cut := maxMessage
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
