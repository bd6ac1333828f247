package engine_test

// Tasks of workers, against a running engine; engine/job tests the decisions.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/events"
)

// work is a graph of one worker node with more settings.
func work(settings string) string {
	return `{"nodes":[{"id":"do","type":"worker","queue":"q"` + settings + `}],"edges":[]}`
}

func (r *rig) ask(queue, worker string, limit int) engine.Lease {
	return engine.Lease{Workspace: workspace, Queue: queue, Worker: worker, Limit: limit, Actor: tester}
}

// lease leases at once.
func (r *rig) lease(l engine.Lease) []engine.Leased {
	r.t.Helper()
	now, cancel := context.WithCancel(r.t.Context())
	cancel()
	leased, err := r.eng.Lease(r.t.Context(), now, l)
	if err != nil {
		r.t.Fatal(err)
	}
	return leased
}

// leaseOne waits for a task.
func (r *rig) leaseOne(worker string) engine.Leased {
	r.t.Helper()
	leased, err := r.eng.Lease(r.t.Context(), r.t.Context(), r.ask("q", worker, 1))
	if err != nil || len(leased) != 1 {
		r.t.Fatalf("leased %+v (%v)", leased, err)
	}
	return leased[0]
}

func (r *rig) complete(l engine.Leased, output string) error {
	_, err := r.eng.Do(r.t.Context(), events.JobSubject(workspace, l.JobID), tester, &job.CompleteTask{Task: l.ID, Lease: l.JobTask.Lease, Output: jsontext.Value(output)})
	return err
}

func refused(err error, code string) bool {
	var r *job.Refusal
	return errors.As(err, &r) && r.Code == code
}

func TestLeaseOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		submit := func(input string, priority int) {
			t.Helper()
			if _, err := r.eng.Submit(t.Context(), engine.Submission{
				Workspace: workspace, Actor: tester, Graph: jsontext.Value(work(``)), Input: jsontext.Value(input), Priority: priority, TraceID: "t1",
			}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			time.Sleep(time.Second) //nolint:forbidigo // synctest: virtual time
		}
		for i, priority := range []int{0, 0, 9, 0, 9} {
			submit(fmt.Sprint(i+1), priority)
		}
		got := ""
		for _, l := range append(r.lease(r.ask("q", "", 2)), r.lease(r.ask("q", "", 9))...) {
			got += string(l.Input)
			if l.Key != l.JobID+"/do/1" || l.TraceID != "t1" || l.JobTask.Lease != 1 || l.Attempt != 1 || l.NodeID != "do" || l.ExpiresAt == nil {
				t.Errorf("%+v", l)
			}
		}
		if got != "35124" {
			t.Errorf("leased in the order %s", got)
		}
		if more := r.lease(r.ask("q", "", 1)); len(more) != 0 {
			t.Errorf("and %+v", more)
		}
		if more := r.lease(r.ask("other", "", 1)); len(more) != 0 {
			t.Errorf("of another queue %+v", more)
		}
		elsewhere := r.ask("q", "", 1)
		elsewhere.Workspace = "elsewhere"
		time.Sleep(time.Hour) //nolint:forbidigo // synctest: all leases run out
		if more := r.lease(elsewhere); len(more) != 0 {
			t.Errorf("of another workspace %+v", more)
		}
		if again := r.lease(r.ask("q", "", 100)); len(again) != 5 || string(again[0].Input) != "3" || again[0].JobTask.Lease != 2 {
			t.Errorf("again %+v", again)
		}
	})
}

// TestLeaseWaits: who asked first gets the first task, who went away none.
func TestLeaseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		var mu sync.Mutex
		got := map[string]string{} // by input: the worker
		var waiting sync.WaitGroup
		wait := func(ctx context.Context, worker string) {
			waiting.Go(func() {
				leased, err := r.eng.Lease(t.Context(), ctx, r.ask("q", worker, 3))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				for _, l := range leased {
					got[string(l.Input)] = worker
				}
			})
			synctest.Wait() // the order is that in which they wait
		}
		gone, leave := context.WithCancel(t.Context())
		wait(t.Context(), "a")
		wait(gone, "b")
		wait(t.Context(), "c")
		if n := r.eng.Tasks().Waiting; n != 3 {
			t.Errorf("%d wait", n)
		}
		leave()
		synctest.Wait()
		for i := range 2 {
			r.submit(work(``), fmt.Sprint(i))
			synctest.Wait()
		}
		waiting.Wait()
		if got["0"] != "a" || got["1"] != "c" || len(got) != 2 {
			t.Errorf("leased by %v", got)
		}
		if n := r.eng.Tasks(); n != (engine.Tasks{Leased: 2}) {
			t.Errorf("counted %+v", n)
		}
		// Many at once are shared by those who wait.
		wait(t.Context(), "d")
		wait(t.Context(), "e")
		s := r.submit(`{"nodes":[{"id":"a","type":"worker","queue":"q","input":"a"},{"id":"b","type":"worker","queue":"q","input":"b"}],"edges":[]}`, `0`)
		waiting.Wait()
		if got[`"a"`] == got[`"b"`] {
			t.Errorf("leased by %v", got)
		}
		if _, err := r.eng.Do(t.Context(), s, tester, &job.Cancel{}); err != nil {
			t.Fatal(err)
		}
		if n := r.eng.Tasks(); n != (engine.Tasks{Leased: 2}) {
			t.Errorf("counted %+v", n)
		}
	})
}

// TestWorkersCrash: workers that stop at any time lose no task and end none
// twice.
func TestWorkersCrash(t *testing.T) {
	const jobs, workers = 200, 8
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		var subjects []events.Subject
		for i := range jobs {
			subjects = append(subjects, r.submit(work(`,"lease":"10s","max_leases":1000,"retry":{"max_attempts":100,"initial":"1s"}`), fmt.Sprint(i)))
		}
		var mu sync.Mutex
		crashes, late, lost := 0, 0, 0
		completed := map[string]int{}
		count := func(n *int) { mu.Lock(); *n++; mu.Unlock() }
		ctx, cancel := context.WithCancel(t.Context())
		var at sync.WaitGroup
		for w := range workers {
			rnd := rand.New(rand.NewPCG(7, uint64(w)))
			at.Go(func() {
				for ctx.Err() == nil {
					leased, err := r.eng.Lease(t.Context(), ctx, r.ask("q", fmt.Sprint("w", w), 1+rnd.IntN(3)))
					if err != nil {
						t.Error(err)
					}
					for _, l := range leased {
						s := events.JobSubject(workspace, l.JobID)
						if rnd.IntN(4) == 0 { // it crashes, and somebody believes that it did not
							count(&crashes)
							at.Go(func() {
								time.Sleep(30 * time.Second) //nolint:forbidigo // synctest: virtual time
								switch err := r.complete(l, `"late"`); {
								case refused(err, job.RefusedLease):
									count(&late)
								default:
									t.Errorf("a late result: %v", err)
								}
							})
							continue
						}
						for range rnd.IntN(4) {
							time.Sleep(4 * time.Second) //nolint:forbidigo // synctest: virtual time
							if _, err := r.eng.DoTask(t.Context(), s, tester, l.ID, &job.ExtendTask{Task: l.ID, Lease: l.JobTask.Lease}); err != nil && !refused(err, job.RefusedLease) {
								t.Error(err)
							}
						}
						switch err := r.complete(l, string(l.Input)); {
						case err == nil:
							mu.Lock()
							completed[l.JobID]++
							mu.Unlock()
						case refused(err, job.RefusedLease): // it took several, and worked on another for too long
							count(&lost)
						default:
							t.Error(err)
						}
					}
				}
			})
		}
		for i, s := range subjects {
			run := r.until(s, ended)
			if run.Status != job.Completed || string(run.Result) != fmt.Sprint(i) || r.ends(s) != 1 {
				t.Errorf("%s: %s %s %+v", s, run.Status, run.Result, run.Error)
			}
		}
		cancel()
		at.Wait()
		if len(completed) != jobs {
			t.Errorf("%d of %d jobs were completed by a worker", len(completed), jobs)
		}
		for id, n := range completed {
			if n != 1 {
				t.Errorf("%s was completed %d times", id, n)
			}
		}
		if crashes == 0 || late != crashes {
			t.Errorf("%d crashes, and %d late results were refused", crashes, late)
		}
		t.Logf("%d crashes, %d leases lost otherwise", crashes, lost)
		if n := r.eng.Tasks(); n != (engine.Tasks{}) {
			t.Errorf("left: %+v", n)
		}
	})
}

// TestTaskOutlivesTheEngine: what is leased stays so, what is open stays open.
func TestTaskOutlivesTheEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := start(t, events.NewMemLog(), engine.Config{})
		s := first.submit(work(``), `"mine"`)
		l := first.leaseOne("w")
		open := first.submit(work(``), `"open"`)
		first.until(open, func(r *job.Run) bool { return len(r.Tasks) == 1 })
		first.stop()

		second := prepare(t, first.log, engine.Config{}, s, open)
		known, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := second.eng.Queues(known, workspace); err == nil {
			t.Error("what is not known yet was listed")
		}
		second.run()
		queues, err := second.eng.Queues(t.Context(), workspace)
		if err != nil || len(queues) != 1 || queues[0].Leased != 1 || queues[0].Open != 1 || queues[0].Oldest == nil {
			t.Fatalf("%+v (%v)", queues, err)
		}
		list, total, err := second.eng.ListTasks(t.Context(), workspace, engine.TaskFilter{Status: job.TaskLeased, Limit: 10})
		if err != nil || total != 1 || len(list) != 1 || list[0].ID != l.ID || list[0].Worker != "w" || list[0].JobID != s.ID {
			t.Fatalf("%+v, %d (%v)", list, total, err)
		}
		if err := second.complete(l, `"done"`); err != nil {
			t.Fatal(err)
		}
		if run := second.until(s, ended); string(run.Result) != `"done"` {
			t.Fatalf("%+v", run.Error)
		}
		if l = second.leaseOne("v"); string(l.Input) != `"open"` || l.JobTask.Lease != 1 {
			t.Fatalf("%+v", l)
		}
		second.stop()

		time.Sleep(time.Hour) //nolint:forbidigo // synctest: nobody is there to see the lease run out
		third := start(t, first.log, engine.Config{}, open)
		if again := third.leaseOne("u"); again.ID != l.ID || again.JobTask.Lease != 2 {
			t.Fatalf("%+v", again)
		}
		if err := third.complete(l, `"late"`); !refused(err, job.RefusedLease) {
			t.Fatalf("a late result: %v", err)
		}
	})
}

func TestTasksOfPausedJobsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		s := r.submit(work(``), `1`)
		synctest.Wait()
		do := func(c job.Command) {
			t.Helper()
			if _, err := r.eng.Do(t.Context(), s, tester, c); err != nil {
				t.Fatal(err)
			}
		}
		do(&job.Pause{})
		if got := r.lease(r.ask("q", "w", 1)); len(got) != 0 {
			t.Fatalf("leased %+v", got)
		}
		do(&job.Resume{})
		l := r.leaseOne("w")
		do(&job.Pause{})
		time.Sleep(time.Hour) //nolint:forbidigo // synctest: virtual time
		if got := r.lease(r.ask("q", "w", 1)); len(got) != 0 {
			t.Fatalf("leased %+v", got)
		}
		do(&job.Resume{})
		if again := r.leaseOne("w"); again.ID != l.ID || again.JobTask.Lease != 2 {
			t.Fatalf("%+v", again)
		}
	})
}

// TestTaskOfTimedNode: the node's timeout bounds the whole wait, and its retry
// makes another task.
func TestTaskOfTimedNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		s := r.submit(work(`,"timeout":"30s","retry":{"max_attempts":2,"initial":"10s","jitter":false}`), `1`)
		l := r.leaseOne("w")
		if l.Until == nil {
			t.Fatalf("%+v", l)
		}
		again := r.leaseOne("w")
		if again.ID == l.ID || again.Attempt != 2 || again.Key != l.Key {
			t.Fatalf("%+v after %+v", again, l)
		}
		if run := r.until(s, ended); run.Error == nil || run.Error.Code != job.CodeTimeout {
			t.Fatalf("%+v", run.Error)
		}
	})
}

// TestLeaseWithoutLog: a task whose lease could not be stored is not lost.
func TestLeaseWithoutLog(t *testing.T) {
	log := &troubled{Log: events.NewMemLog()}
	r := start(t, log, engine.Config{})
	s := r.submit(work(``), `1`)
	r.until(s, func(r *job.Run) bool { return len(r.Tasks) == 1 })
	log.failed.Store(1)
	if _, err := r.eng.Lease(t.Context(), t.Context(), r.ask("q", "w", 1)); !errors.Is(err, events.ErrUnavailable) {
		t.Fatalf("%v", err)
	}
	l := r.leaseOne("w")
	if l.JobTask.Lease != 1 {
		t.Fatalf("%+v", l)
	}
	log.lost.Store(1)
	if err := r.complete(l, `2`); !errors.Is(err, events.ErrUnknown) {
		t.Fatalf("%v", err)
	}
	r.until(s, ended)
	if err := r.complete(l, `2`); !refused(err, job.RefusedExists) { // the worker asks again
		t.Fatalf("%v", err)
	}
}

// TestTasksOfAMap: each item of a map has a task of its own, as many at once as
// the map's concurrency says.
func TestTasksOfAMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		s := r.submit(`{"nodes":[{"id":"each","type":"map","items":"{{ input }}","concurrency":3,"node":{"type":"worker","queue":"q","input":"{{ item }}","retry":{"max_attempts":2,"initial":"1s"}}}],"edges":[]}`, `[10,11,12,13,14,15,16]`)
		synctest.Wait()
		first := r.lease(r.ask("q", "w", 100))
		if len(first) != 3 {
			t.Fatalf("leased %+v", first)
		}
		for _, l := range first {
			if want := s.ID + "/each/item/1/" + strconv.Itoa(int(l.Input[1]-'0')); l.Key != want {
				t.Errorf("%s of %s has the key %s, want %s", l.Input, l.NodeID, l.Key, want)
			}
		}
		if _, err := r.eng.Do(t.Context(), s, tester, &job.FailTask{Task: first[0].ID, Lease: 1, Code: "OOPS"}); err != nil {
			t.Fatal(err)
		}
		for _, l := range first[1:] {
			if err := r.complete(l, string(l.Input)); err != nil {
				t.Fatal(err)
			}
		}
		for range 5 { // the one that failed too
			l := r.leaseOne("v")
			if err := r.complete(l, string(l.Input)); err != nil {
				t.Fatal(err)
			}
		}
		if run := r.until(s, ended); string(run.Result) != `[10,11,12,13,14,15,16]` {
			t.Fatalf("%s %+v", run.Result, run.Error)
		}

		s = r.submit(`{"nodes":[{"id":"each","type":"map","items":"{{ input }}","min_success":1,"join_rest":"cancel","node":{"type":"worker","queue":"q","input":"{{ item }}"}}],"edges":[]}`, `[1,2,3]`)
		synctest.Wait()
		two := r.lease(r.ask("q", "w", 2))
		if err := r.complete(two[1], `"won"`); err != nil {
			t.Fatal(err)
		}
		r.until(s, ended)
		if err := r.complete(two[0], `"late"`); !refused(err, job.RefusedLease) {
			t.Errorf("a result that is not needed: %v", err)
		}
		if n := r.eng.Tasks(); n != (engine.Tasks{}) {
			t.Errorf("left: %+v", n)
		}
	})
}
