package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// This file fires receptors by their schedules.

// Fired tells what came of a receptor's schedule so far. It knows all that was
// durable when it was called. It is called from many goroutines.
type Fired func(ctx context.Context, workspace, receptor string) (Ticks, error)

// Ticks is what came of a schedule so far: the jobs that it started.
type Ticks struct {
	Last time.Time // the last time of the schedule for which there is a job; zero: none
	Open []string  // the jobs of ticks that have not ended, the newest first
}

// triggers follows the receptors of all workspaces and fires those that have a
// schedule. What is done of a schedule is in the log only: the jobs of its
// ticks, and the ticks that were skipped. A tick's job has an id that follows
// from the tick, so that it is made once whoever tries.
type triggers struct {
	e      *Engine
	timers *timers[receptorKey]

	mu       sync.Mutex
	at       uint64                      // sequence in the stream Catalog up to which all is folded in
	moved    chan struct{}               // closed and made anew when at grows
	catalogs map[string]*catalog.Catalog // by workspace; only what is about receptors
	changed  map[receptorKey]bool        // their clocks are to be looked at
	clocks   map[receptorKey]*clock      // of the receptors with a schedule
}

type receptorKey struct{ workspace, id string }

// clock is a receptor with a schedule.
type clock struct {
	done time.Time // the last tick that was handled here; belongs to who is at it

	// guarded by triggers.mu
	busy     bool              // somebody is at it: its ticks are handled in turn
	receptor *catalog.Receptor // nil when it does not fire
	schedule Schedule
}

// newTriggers makes triggers that fire until ctx ends.
func newTriggers(ctx context.Context, e *Engine) *triggers {
	t := &triggers{
		e: e, moved: make(chan struct{}), catalogs: map[string]*catalog.Catalog{},
		changed: map[receptorKey]bool{}, clocks: map[receptorKey]*clock{},
	}
	t.timers = newTimers(func(k receptorKey) { t.look(ctx, k) })
	return t
}

// follow keeps the receptors as the log has them until ctx ends. The error is
// the log's.
func (t *triggers) follow(ctx context.Context) error {
	for batch, err := range t.e.log.Tail(ctx, events.Catalog, 0) {
		if err != nil {
			return fmt.Errorf("follow the receptors: %w", err)
		}
		for _, c := range batch {
			t.e.catalogs.notice(c)
		}
		t.fold(batch)
	}
	return nil
}

// notice forgets a catalog that another process has changed.
func (c *catalogs) notice(m *events.Commit) {
	c.mu.Lock()
	en := c.entries[m.Subject.Workspace]
	c.mu.Unlock()
	if en == nil {
		return
	}
	en.mu.Lock()
	defer en.mu.Unlock()
	if en.current != nil && en.current.Head.Seq < m.Seq {
		en.current = nil
	}
}

// fold takes in commits of the catalogs. The clocks that they change are looked
// at once the end of the log is reached.
func (t *triggers) fold(batch []*events.Commit) {
	end := t.e.log.Last(events.Catalog)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range batch {
		t.apply(c)
		t.at = c.Seq
	}
	close(t.moved)
	t.moved = make(chan struct{})
	if t.at < end {
		return
	}
	for k := range t.changed {
		t.timers.set(k, time.Now())
	}
	clear(t.changed)
}

// apply folds one commit, if it is about receptors.
func (t *triggers) apply(c *events.Commit) {
	var ids []string
	for i := range c.Events {
		switch f := c.Events[i].Fact.(type) {
		case *events.ReceptorStored:
			ids = append(ids, f.ID)
		case *events.ReceptorSkipped:
			ids = append(ids, f.ID)
		case *events.ReceptorDeleted:
			ids = append(ids, f.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	in := t.catalogs[c.Subject.Workspace]
	if in == nil {
		in = catalog.New(c.Subject.Workspace)
		t.catalogs[c.Subject.Workspace] = in
	}
	in.Apply(c)
	for _, id := range ids {
		t.wind(receptorKey{c.Subject.Workspace, id}, in.Receptor(id))
	}
}

// wind sets a receptor's clock; r is nil when there is no such receptor.
func (t *triggers) wind(k receptorKey, r *catalog.Receptor) {
	c := t.clocks[k]
	if r == nil || r.ID != k.id || !r.Scheduled() {
		if c != nil {
			c.receptor = nil
			t.changed[k] = true
		}
		return
	}
	if c == nil {
		c = &clock{}
		t.clocks[k] = c
	}
	if old := c.receptor; old == nil || old.Version != r.Version {
		schedule, err := ParseSchedule(r.Source.Schedule, r.Source.Timezone)
		if err != nil {
			t.e.logger.Error("receptor does not fire: its schedule cannot be read", "workspace", k.workspace, "receptor", k.id, "error", err)
			c.receptor = nil
			return
		}
		c.schedule, t.changed[k] = schedule, true
	}
	c.receptor = r
}

// current gives the receptor of a clock as the log has it now, nil when it does
// not fire, and its schedule. The error is ctx's.
func (t *triggers) current(ctx context.Context, c *clock) (*catalog.Receptor, Schedule, error) {
	end := t.e.log.Last(events.Catalog)
	for {
		t.mu.Lock()
		at, moved, r, s := t.at, t.moved, c.receptor, c.schedule
		t.mu.Unlock()
		if at >= end {
			return r, s, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// begin lets the caller be at a receptor's clock until end; nil when there is
// none, or somebody else is at it, who will see what has changed.
func (t *triggers) begin(k receptorKey) *clock {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.clocks[k]
	if c == nil || c.busy {
		return nil
	}
	c.busy = true
	return c
}

// end is the end of being at a clock: its receptor is done up to the next tick.
// It is false, and nothing ends, when the receptor is another one by now.
func (t *triggers) end(k receptorKey, c *clock, r *catalog.Receptor, next time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.receptor != r {
		return false
	}
	c.busy = false
	t.timers.set(k, next)
	return true
}

// look fires what is due of a receptor and sets its timer to what comes next.
func (t *triggers) look(ctx context.Context, k receptorKey) {
	c := t.begin(k)
	if c == nil {
		return
	}
	for {
		r, s, err := t.current(ctx, c)
		if err != nil {
			return
		}
		if r == nil {
			if t.end(k, c, nil, time.Time{}) {
				return
			}
			continue
		}
		horizon, open, err := t.horizon(ctx, c, r)
		if err != nil {
			return
		}
		fire, missed, why := nextTick(s, &r.Source, horizon, time.Now().Round(0))
		switch {
		case !missed.IsZero():
			err = t.skip(ctx, r, &catalog.SkipTick{ID: r.ID, Reason: why, Since: events.AtPtr(horizon), Tick: events.At(missed)})
			c.done = missed
		case !fire.IsZero():
			err = t.fire(ctx, r, fire, open)
			c.done = fire
		case t.end(k, c, r, s.Next(horizon)):
			return
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			t.e.logger.Error("a tick came to nothing", "workspace", k.workspace, "receptor", k.id, "tick", c.done, "error", err)
		}
	}
}

// horizon is the time up to which all is done of a receptor's schedule, and the
// jobs of its ticks that have not ended. The error is ctx's.
func (t *triggers) horizon(ctx context.Context, c *clock, r *catalog.Receptor) (time.Time, []string, error) {
	var ticks Ticks
	err := insist(ctx, func() error {
		var err error
		if ticks, err = t.e.fired(ctx, r.Workspace, r.ID); err != nil {
			return fmt.Errorf("%w: %w", events.ErrUnavailable, err) // it does not matter why
		}
		return nil
	})
	at := r.Since.Time
	if r.Skipped != nil && r.Skipped.After(at) {
		at = r.Skipped.Time
	}
	for _, other := range []time.Time{ticks.Last, c.done} {
		if other.After(at) {
			at = other
		}
	}
	return at, ticks.Open, err
}

// fire starts the job of a tick, or records why there is none. The error is
// ctx's, or says that neither could be stored.
func (t *triggers) fire(ctx context.Context, r *catalog.Receptor, tick time.Time, open []string) error {
	s := Submission{
		Workspace: r.Workspace, Actor: t.e.engineActor(), Receptor: r.ID, Channel: catalog.ChannelCron, Tick: tick,
		Input: r.Source.Input, Route: "cron/" + r.ID, IdempotencyKey: events.At(tick).String(),
	}
	if s.Input == nil {
		s.Input = jsontext.Value(`{"tick":"` + events.At(tick).String() + `"}`)
	}
	// Whatever becomes of the others, no two of them are at work at once.
	s.ConcurrencyKey, s.ConcurrencyLimit = "receptor:"+r.ID, 1
	switch {
	case r.Source.Overlap == catalog.OverlapQueue, madeUpFor(&r.Source, tick, time.Now()):
	case r.Source.Overlap == catalog.OverlapReplace:
		for _, id := range open {
			if err := t.replace(ctx, events.JobSubject(r.Workspace, id)); err != nil {
				return err
			}
		}
	default:
		if len(open) > 0 {
			return t.skip(ctx, r, &catalog.SkipTick{ID: r.ID, Job: open[0], Tick: events.At(tick)})
		}
	}
	err := insist(ctx, func() error {
		_, err := t.e.Submit(ctx, s)
		return err
	})
	if err == nil || ctx.Err() != nil {
		return err
	}
	t.e.logger.Warn("a tick is skipped", "workspace", r.Workspace, "receptor", r.ID, "tick", tick, "error", err)
	return t.skip(ctx, r, &catalog.SkipTick{ID: r.ID, Reason: reasonOf(err), Tick: events.At(tick)})
}

// replace cancels the job of an earlier tick.
func (t *triggers) replace(ctx context.Context, s events.Subject) error {
	err := insist(ctx, func() error {
		_, err := t.e.Do(ctx, s, t.e.engineActor(), &job.Cancel{Reason: "replaced by a later tick"})
		return err
	})
	var refusal *job.Refusal
	if errors.As(err, &refusal) { // it has ended
		return nil
	}
	return err
}

// skip records ticks without a job. A receptor that is gone needs no record.
func (t *triggers) skip(ctx context.Context, r *catalog.Receptor, cmd *catalog.SkipTick) error {
	err := insist(ctx, func() error {
		_, err := t.e.Define(ctx, r.Workspace, t.e.engineActor(), cmd)
		return err
	})
	var refusal *catalog.Refusal
	if errors.As(err, &refusal) {
		return nil
	}
	return err
}

// reasonOf is what is recorded of why a tick has no job.
func reasonOf(err error) string {
	var gone *catalog.Refusal
	var refused *job.Refusal
	var problems pathway.Problems
	switch {
	case errors.As(err, &gone):
		return gone.Message
	case errors.As(err, &refused):
		return refused.Message
	case errors.As(err, &problems):
		return fmt.Sprintf("%.500s", problems.Error())
	case errors.Is(err, events.ErrTooLarge):
		return "the job is too large to be stored"
	}
	return "an internal error; the server's log has it"
}
