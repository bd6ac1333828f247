package engine_test

// Logs that do not say what they have stored: a job goes on all the same, and
// what asks them again does not grow.

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/events"
)

// TestAWaitThatMayBeStored: the command that is refused because an earlier try
// of it was stored after all is not the last look at the job, else nobody sets
// its timer.
func TestAWaitThatMayBeStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &troubled{Log: events.NewMemLog()}
		r := start(t, holding{l, sync.OnceFunc(func() { l.failed.Store(1); l.lost.Store(1) })}, engine.Config{})
		s := r.submit(`{"nodes":[{"id":"a","type":"delay","for":"1h"}],"edges":[]}`, `null`)
		began := time.Now()
		run := r.until(s, ended)
		if took := time.Since(began); run.Status != job.Completed || took > time.Hour+time.Minute {
			t.Fatalf("%s after %s: %+v", run.Status, took, run.Error)
		}
	})
}

// holding is a log that calls a function before each try to store that a node
// waits.
type holding struct {
	*troubled
	before func()
}

func (l holding) Append(ctx context.Context, c *events.Commit) error {
	if _, ok := c.Events[0].Fact.(*events.NodeWaiting); ok {
		l.before()
	}
	return l.troubled.Append(ctx, c)
}

// TestALogThatKnowsNothing: while a log answers nothing of use, one after
// another asks it, and not more and more of them.
func TestALogThatKnowsNothing(t *testing.T) {
	for name, blind := range map[string]bool{"appends are unknown": false, "and nothing can be read": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &unknowing{Log: events.NewMemLog(), unreadable: blind}
				r := start(t, l, engine.Config{})
				s := r.submit(echo(`{"delay_ms":1000}`), `"hi"`)
				l.on.Store(true)
				pass(time.Minute)
				l.on.Store(false)
				// Two ask: who has the outcome, and who looks at the job again.
				// Each does so 7 times in the first 2.54 s, then every 2 s.
				if asked := l.asked.Load(); asked < 20 || asked > 2*(7+30) {
					t.Errorf("asked %d times in a minute", asked)
				}
				if run := r.until(s, ended); run.Status != job.Completed || r.ends(s) != 1 {
					t.Errorf("%s: %+v", run.Status, run.Error)
				}
			})
		})
	}
}

// unknowing is a log that, while it is on, stores nothing and answers that it
// does not know.
type unknowing struct {
	events.Log
	unreadable bool
	on         atomic.Bool
	asked      atomic.Int32
}

func (l *unknowing) Append(ctx context.Context, c *events.Commit) error {
	if l.on.Load() {
		l.asked.Add(1)
		return fmt.Errorf("made to be unknown: %w", events.ErrUnknown)
	}
	return l.Log.Append(ctx, c)
}

func (l *unknowing) Load(ctx context.Context, s events.Subject, after uint64) iter.Seq2[*events.Commit, error] {
	if l.on.Load() && l.unreadable && s.Stream == events.Jobs {
		return func(yield func(*events.Commit, error) bool) {
			l.asked.Add(1)
			yield(nil, fmt.Errorf("made to fail: %w", events.ErrUnavailable))
		}
	}
	return l.Log.Load(ctx, s, after)
}
