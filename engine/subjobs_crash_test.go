package engine_test

// Sub-jobs and processes that end at any moment, and ends that race.

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/events"
)

// dying is a log that takes so many appends and then nothing any more: with a
// last one of which the writer never hears.
type dying struct {
	events.Log
	left   atomic.Int32
	answer bool // the last append is answered
}

func (l *dying) Append(ctx context.Context, c *events.Commit) error {
	switch left := l.left.Add(-1); {
	case left < 0:
		return fmt.Errorf("made to fail: %w", events.ErrUnavailable)
	case left == 0 && !l.answer:
		if err := l.Log.Append(ctx, c); err != nil {
			return err
		}
		return fmt.Errorf("made to be lost: %w", events.ErrUnknown)
	}
	return l.Log.Append(ctx, c)
}

// unfinished lists the jobs of a log that have not ended.
func unfinished(t testing.TB, log events.Log) (jobs []events.Subject) {
	t.Helper()
	for _, s := range everyJob(t, log) {
		run := job.NewRun(s)
		for c, err := range log.Load(t.Context(), s, 0) {
			if err != nil {
				t.Fatal(err)
			}
			run.Apply(c)
		}
		if run.Unfinished() {
			jobs = append(jobs, s)
		}
	}
	return jobs
}

// TestSubJobsSurviveEveryCrash lets the process die after each of the commits of
// a job with sub-jobs, in turn.
func TestSubJobsSurviveEveryCrash(t *testing.T) {
	const graph = `{"nodes":[
		{"id":"first","type":"pathway","pathway":"sub","input":{"n":1}},
		{"id":"second","type":"pathway","pathway":"fails","retry":{"max_attempts":2,"initial":"1m"},"on_error":"continue"},
		{"id":"sum","type":"transform","output":"{{ [nodes.first.output.twice, nodes.second.output.error.code] }}"}],
		"edges":[{"from":"first","to":"second"},{"from":"second","to":"sum"}]}`
	crashes := 0
	for _, answer := range []bool{true, false} {
		first := int32(1)
		if !answer {
			first = 2 // who submits must hear of it
		}
		for last, over := first, false; !over; last++ {
			synctest.Test(t, func(t *testing.T) {
				mem := events.NewMemLog()
				r := start(t, mem, engine.Config{})
				r.pathway("", "sub", `{"nodes":[{"id":"nap","type":"delay","for":"1m"},{"id":"twice","type":"transform","output":{"twice":"{{ input.n * 2 }}"}}],
					"edges":[{"from":"nap","to":"twice"}]}`)
				r.pathway("", "fails", echo(`{"fail":"no words"}`))
				r.stop()

				log := &dying{Log: mem, answer: answer}
				log.left.Store(last)
				r = start(t, log, engine.Config{})
				s := r.submit(graph, `null`)
				pass(10 * time.Minute)
				over = log.left.Load() >= 0 // it has lived to its end
				r.stop()

				r = start(t, mem, engine.Config{}, unfinished(t, mem)...)
				run := r.until(s, ended)
				if string(run.Result) != `[2,"ECHO_FAILED"]` {
					t.Fatalf("after commit %d: %s with %s: %+v", last, run.Status, run.Result, run.Error)
				}
				synctest.Wait()
				children := r.children(s)
				if len(children) != 3 || len(unfinished(t, mem)) != 0 || r.ends(s) != 1 {
					t.Fatalf("after commit %d: sub-jobs %v", last, children)
				}
				for _, c := range children {
					if r.ends(c) != 1 {
						t.Fatalf("after commit %d: %s ended %d times", last, c, r.ends(c))
					}
				}
				crashes++
			})
		}
	}
	if crashes < 30 {
		t.Errorf("%d crashes only", crashes)
	}
}

// TestSubJobsAreCancelledAfterEveryCrash is the same for a job that is cancelled
// while the next process takes it up.
func TestSubJobsAreCancelledAfterEveryCrash(t *testing.T) {
	for _, answer := range []bool{true, false} {
		first := int32(1)
		if !answer {
			first = 2 // who submits must hear of it
		}
		for last, over := first, false; !over; last++ {
			synctest.Test(t, func(t *testing.T) {
				mem := events.NewMemLog()
				r := start(t, mem, engine.Config{})
				r.pathway("", "leaf", asks)
				r.pathway("", "sub", `{"nodes":[{"id":"call","type":"pathway","pathway":"leaf"}],"edges":[]}`)
				r.stop()

				log := &dying{Log: mem, answer: answer}
				log.left.Store(last)
				r = start(t, log, engine.Config{})
				s := r.submit(fmt.Sprintf(calls, ""), `{"n":1}`)
				synctest.Wait()
				_, _ = r.eng.Do(t.Context(), s, tester, &job.Cancel{}) // it may not be heard
				pass(10 * time.Minute)
				over = log.left.Load() >= 0
				r.stop()

				// The first to be known are those furthest from their parents.
				jobs := unfinished(t, mem)
				r = start(t, mem, engine.Config{Workers: 1}, jobs...)
				if _, err := r.eng.Do(t.Context(), s, tester, &job.Cancel{}); err != nil && !refusedWith(err, job.RefusedFinished) {
					t.Fatal(err)
				}
				synctest.Wait()
				if left := unfinished(t, mem); len(left) != 0 {
					t.Fatalf("after commit %d: of %v not ended: %v", last, jobs, left)
				}
				for _, s := range everyJob(t, mem) {
					if r.ends(s) != 1 {
						t.Fatalf("after commit %d: %s ended %d times", last, s, r.ends(s))
					}
				}
			})
		}
	}
}

func TestCancelRacingTheEndOfASubJob(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	r.pathway("", "sub", doubles)
	const races = 200
	completed, cancelled := 0, 0
	for i := range races {
		s := r.submit(fmt.Sprintf(calls, ""), `{"n":1}`)
		if i%2 == 0 {
			r.child(s, "call")
		}
		if _, err := r.eng.Do(t.Context(), s, tester, &job.Cancel{}); err != nil && !refusedWith(err, job.RefusedFinished) {
			t.Fatal(err)
		}
		if run := r.until(s, ended); run.Status == job.Completed {
			completed++
		} else {
			cancelled++
		}
		if r.ends(s) != 1 {
			t.Fatal("not one end")
		}
	}
	for _, s := range everyJob(t, r.log) {
		r.until(s, ended)
		if r.ends(s) != 1 {
			t.Fatal("not one end")
		}
	}
	t.Logf("%d parents had completed, %d were cancelled", completed, cancelled)
}
