package engine

import (
	"context"
	"math"
	"slices"
	"time"

	"ranvier/engine/job"
	"ranvier/engine/turns"
	"ranvier/events"
)

// This file joins the engine with engine/turns: who may start when.
//
// A job that has something to start and no room stands in the line for room. A
// job that has not begun needs a place of its concurrency key first, and stands
// in the key's line until it gets one; only then is it in the line for room.

// claim is a job as the lines know it.
type claim struct {
	turn  turns.Turn
	key   string // concurrency key; empty: none
	limit int    // the job's own; 0: the workspace's
}

// know updates what the lines know of a job; en.mu is held.
func (en *entry) know(r *job.Run) {
	en.claim.turn.Begun, en.claim.turn.Priority = r.Begun(), r.Priority
	en.claim.key, en.claim.limit = r.ConcurrencyKey, r.ConcurrencyLimit
}

// claimed makes the job's claim to a place of its key; en.mu is held.
func (en *entry) claimed() *turns.Claim[*entry] {
	return &turns.Claim[*entry]{
		Key: turns.Key{Workspace: en.subject.Workspace, Name: en.claim.key}, Job: en.subject.ID,
		Limit: en.claim.limit, Turn: en.claim.turn, Value: en,
	}
}

// unborn is the turn of a job whose place in the log is not known yet.
func unborn(priority int) turns.Turn { return turns.Turn{Priority: priority, Order: math.MaxUint64} }

// mayBegin asks for a place of the job's key, if it needs one to do what the
// command asks for. What is not used stand gives back.
func (e *Engine) mayBegin(ctx context.Context, en *entry, c job.Command, now events.Time) (bool, error) {
	runAt := en.run.RunAt
	switch c := c.(type) {
	case *job.Submit:
		runAt = c.Job.RunAt
	case *job.Advance, *job.Resume, *job.Follow:
	default:
		return true, nil
	}
	if en.claim.key == "" || en.run.Begun() || en.run.Status.Terminal() || runAt != nil && now.Before(runAt.Time) {
		return true, nil
	}
	if _, err := e.catalog(ctx, en.subject.Workspace); err != nil { // it holds the limits
		return false, err
	}
	return e.places.Take(en.claimed()), nil
}

// stand sees to it that a job whose state is known counts where it should and,
// if it can begin, waits where it should.
func (e *Engine) stand(en *entry) {
	r := en.run
	e.queues.show(en.subject, r)
	e.open.set(en.subject, r.Exists() && !r.Status.Terminal())
	e.relate(en)
	ready := r.Status == job.Pending && (r.RunAt == nil || !time.Now().Before(r.RunAt.Time))
	if en.claim.key == "" {
		if ready {
			e.queue(en)
		}
		return
	}
	c := en.claimed()
	switch {
	case r.Begun() && !r.Status.Terminal():
		if e.places.Hold(c.Key, c.Job) {
			e.jobs.put(en)
		}
	case ready:
		placed, came := e.places.Stand(c)
		if came {
			e.jobs.retain(en)
		}
		if placed {
			e.queue(en)
		}
	default:
		granted, left := e.places.Leave(c.Key, c.Job)
		if left {
			e.jobs.put(en)
		}
		e.admit(granted)
	}
}

// admit lets jobs that have a place now stand in the line for room; dispatch
// must follow.
func (e *Engine) admit(granted []turns.Claim[*entry]) {
	for _, c := range granted {
		e.queueAs(c.Value, c.Turn)
		e.jobs.put(c.Value)
	}
}

// admitAll is admit for many jobs of many keys, which are let in in order.
func (e *Engine) admitAll(granted []turns.Claim[*entry]) {
	slices.SortFunc(granted, func(a, b turns.Claim[*entry]) int { return a.Turn.Compare(b.Turn) })
	e.admit(granted)
	e.dispatch()
}

// queue puts a job in line for room, once; en.mu is held, and dispatch must
// follow.
func (e *Engine) queue(en *entry) { e.queueAs(en, en.claim.turn) }

func (e *Engine) queueAs(en *entry, t turns.Turn) {
	if e.jobs.enqueue(en) {
		e.room.Wait(en.subject.Workspace, t, en)
	}
}

// dispatch lets jobs in line go on while there is room, each with room for one
// attempt at least.
func (e *Engine) dispatch() {
	for !e.closing.Load() {
		en, ok := e.room.Next()
		if !ok {
			return
		}
		e.jobs.dequeue(en)
		e.attempts.Add(1)
		go func() {
			defer e.attempts.Done()
			defer e.jobs.put(en)
			e.goOn(en.subject, 1)
		}()
	}
}

// keep tells whether the room of an attempt that has ended stays with its job;
// otherwise it is given to who is next in line. en.mu is held.
func (e *Engine) keep(en *entry) int {
	if en.kept = e.room.Keep(en.subject.Workspace, en.claim.turn.Priority); en.kept {
		return 1
	}
	e.room.Give(1)
	e.dispatch()
	return 0
}

// Load is how much of the engine is used.
type Load struct {
	turns.Load
	Keys      int // jobs in the lines of concurrency keys
	Endpoints int // calls in the lines of endpoints
}

// Load tells how much of the engine is used now.
func (e *Engine) Load() Load { return Load{e.room.Load(), e.places.Waiting(), e.gates.Waiting()} }
