package engine

import (
	"context"
	"fmt"
	"time"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/engine/turns"
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
	if a.Deleted() {
		return nil, job.Gone()
	}
	if a.Status == job.Pending {
		a.Line = e.lineOf(s, &a.Run)
	}
	a.Calls = e.callsInLine(s)
	if err := e.lookDown(ctx, a); err != nil {
		return nil, err
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

// shownPlaces is how many of the jobs that hold another up are named.
const shownPlaces = 10

// lookDown tells an account how its sub-jobs are, as many as are named.
func (e *Engine) lookDown(ctx context.Context, a *job.Account) error {
	a.SubJobs = map[string]job.Status{}
	for i, id := range a.Children() {
		if i == shownPlaces {
			break
		}
		var child job.Job
		s := events.JobSubject(a.Workspace, id)
		for c, err := range e.log.Load(ctx, s, 0) {
			if err != nil {
				return fmt.Errorf("load %s: %w", s, err)
			}
			child.Apply(c)
		}
		a.SubJobs[id] = child.Status
	}
	return nil
}

// lineOf tells where a pending job stands.
func (e *Engine) lineOf(s events.Subject, r *job.Run) job.Line {
	if r.ConcurrencyKey != "" {
		if h, ok := e.places.Held(turns.Key{Workspace: s.Workspace, Name: r.ConcurrencyKey}, s.ID, shownPlaces); ok {
			return job.Line{Held: true, Limit: h.Limit, Jobs: h.Holders, Places: h.Places, Ahead: h.Ahead}
		}
	}
	en := e.jobs.take(s)
	defer e.jobs.put(en)
	en.mu.Lock()
	t := en.claim.turn
	en.mu.Unlock()
	ahead, _ := e.room.Ahead(s.Workspace, t)
	return job.Line{Ahead: ahead}
}
