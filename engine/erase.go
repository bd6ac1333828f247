package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"ranvier/engine/job"
	"ranvier/events"
)

// This file deletes jobs. That a job is deleted is a fact; then the log erases
// what the job held, and that this is done is another fact. Whoever loads a job
// between the two ends the erasure, so no crash leaves one half done.

// Delete deletes an ended job and erases what it held. When it returns nil the
// log holds nothing of it but digests. When ctx ends while it is being erased,
// that goes on. Errors are *job.Refusal, or wrap one of the log's.
func (e *Engine) Delete(ctx context.Context, s events.Subject, by events.Actor) error {
	if _, err := e.Do(ctx, s, by, &job.Delete{}); err != nil {
		return err
	}
	x := e.erase(s)
	select {
	case <-x.done:
		return x.err
	case <-ctx.Done():
		return fmt.Errorf("%w: %s is deleted and still being erased: %w", events.ErrUnknown, s, ctx.Err())
	}
}

// erasures are those under way, by job.
type erasures struct {
	mu    sync.Mutex
	going map[events.Subject]*erasure
}

// erasure is the erasing of one job; err is set when done is closed.
type erasure struct {
	done chan struct{}
	err  error
}

// erase begins to erase what a deleted job held, unless that is under way.
func (e *Engine) erase(s events.Subject) *erasure {
	e.erasures.mu.Lock()
	defer e.erasures.mu.Unlock()
	if x := e.erasures.going[s]; x != nil {
		return x
	}
	x := &erasure{done: make(chan struct{})}
	if e.closing.Load() { // the next process does it
		x.err = ErrStopping
		close(x.done)
		return x
	}
	if e.erasures.going == nil {
		e.erasures.going = map[events.Subject]*erasure{}
	}
	e.erasures.going[s] = x
	e.attempts.Add(1)
	go func() {
		defer e.attempts.Done()
		err := insist(e.work, func() error { return e.log.Erase(e.work, s) })
		if err == nil {
			_, err = e.settle(s, &job.Erased{}, 0)
		}
		if err != nil && !errors.Is(context.Cause(e.work), errShutdown) {
			e.logger.Error("deleted job not erased until the next start", "job", s.ID, "error", err)
		}
		e.erasures.mu.Lock()
		delete(e.erasures.going, s)
		e.erasures.mu.Unlock()
		x.err = err
		close(x.done)
	}()
	return x
}
