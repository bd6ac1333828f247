package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

// asking is a graph whose job waits for a human.
const asking = `{"nodes":[{"id":"ask","type":"human","prompt":"?","actions":["ok"]}],"edges":[]}`

// limit sets the limits of the workspace's concurrency keys.
func (r *rig) limit(limits map[string]int) {
	r.t.Helper()
	r.configure(&catalog.Configure{Concurrency: &limits})
}

func (r *rig) configure(c *catalog.Configure) {
	r.t.Helper()
	if _, err := r.eng.Bootstrap(r.t.Context(), workspace, events.HashOf([]byte("key"))); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.eng.Define(r.t.Context(), workspace, tester, c); err != nil {
		r.t.Fatal(err)
	}
	synctest.Wait() // keys are counted once the engine has taken up what was left
}

// add submits a job of the default workspace unless another is named.
func (r *rig) add(s engine.Submission) events.Subject {
	r.t.Helper()
	if s.Workspace == "" {
		s.Workspace = workspace
	}
	s.Actor = tester
	receipt, err := r.eng.Submit(r.t.Context(), s)
	if err != nil {
		r.t.Fatal(err)
	}
	return events.JobSubject(s.Workspace, receipt.Job)
}

// keyed is a job of an echo that takes so long.
func keyed(ms int, key string, priority int) engine.Submission {
	return engine.Submission{
		Graph: jsontext.Value(echo(fmt.Sprintf(`{"delay_ms":%d}`, ms))), Input: jsontext.Value(`"hi"`), ConcurrencyKey: key, Priority: priority,
	}
}

func (r *rig) cancel(s events.Subject) {
	r.t.Helper()
	if _, err := r.eng.Do(r.t.Context(), s, tester, &job.Cancel{}); err != nil {
		r.t.Fatal(err)
	}
}

// now folds a job as it is.
func (r *rig) now(s events.Subject) *job.Run {
	r.t.Helper()
	run := job.NewRun(s)
	for c, err := range r.log.Load(r.t.Context(), s, 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		run.Apply(c)
	}
	return run
}

// began lists the jobs that have begun in the order of the log, and tells how
// many had begun and not ended at once at most.
func began(t testing.TB, log events.Log, jobs []events.Subject) (order []events.Subject, most int) {
	t.Helper()
	type change struct {
		seq uint64
		job events.Subject
		by  int
	}
	var changes []change
	for _, s := range jobs {
		open := false
		for c, err := range log.Load(t.Context(), s, 0) {
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.Events {
				switch c.Events[i].Fact.(type) {
				case *events.JobStarted:
					open = true
					changes = append(changes, change{c.Seq, s, 1})
				case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
					if open {
						changes = append(changes, change{c.Seq, s, -1})
					}
				}
			}
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return int(a.seq) - int(b.seq) })
	now := 0
	for _, c := range changes {
		now += c.by
		most = max(most, now)
		if c.by > 0 {
			order = append(order, c.job)
		}
	}
	return order, most
}

func TestOneAtATimeOfAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		r.limit(map[string]int{"db": 1})
		jobs := make([]events.Subject, 200)
		var all sync.WaitGroup
		for i := range jobs {
			all.Go(func() { jobs[i] = r.add(keyed(10, "db", i%10)) })
		}
		free := r.add(keyed(0, "other", 0)) // a key without a limit
		r.until(free, ended)
		all.Wait()
		for _, s := range jobs {
			if run := r.until(s, ended); run.Status != job.Completed {
				t.Fatalf("%s: %+v", run.Status, run.Error)
			}
		}
		order, most := began(t, r.log, jobs)
		if len(order) != len(jobs) || most != 1 {
			t.Fatalf("%d began, at most %d at once", len(order), most)
		}
		if r.eng.Load().Keys != 0 {
			t.Fatal("somebody still stands in line")
		}
	})
}

func TestPriorityInTheLineOfAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		r.limit(map[string]int{"db": 1})
		first := r.add(keyed(1000, "db", 0))
		synctest.Wait()
		inOrder(t, r, first, func(priority int) events.Subject { return r.add(keyed(10, "db", priority)) })
	})
}

func TestPriorityInTheLineForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Workers: 1})
		first := r.add(keyed(1000, "", 0))
		inOrder(t, r, first, func(priority int) events.Subject { return r.add(keyed(10, "", priority)) })
	})
}

// inOrder submits jobs that cannot begin before first ends, and looks in which
// order they do.
func inOrder(t *testing.T, r *rig, first events.Subject, add func(priority int) events.Subject) {
	t.Helper()
	jobs := []events.Subject{first}
	for _, priority := range []int{0, 5, 9, 5, 0, 9} {
		jobs = append(jobs, add(priority))
	}
	for _, s := range jobs {
		r.until(s, ended)
	}
	order, _ := began(t, r.log, jobs)
	for i, n := range []int{0, 3, 6, 2, 4, 1, 5} {
		if order[i] != jobs[n] {
			t.Fatalf("the job that began as number %d was submitted as number %d, want %d", i, slices.Index(jobs, order[i]), n)
		}
	}
}

// TestPlacesAfterARestart: those that had begun are counted before any other
// begins, also one that comes before the engine has taken up anything.
func TestPlacesAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		r := start(t, log, engine.Config{})
		r.limit(map[string]int{"db": 2})
		ask := func(r *rig) events.Subject {
			return r.add(engine.Submission{Graph: jsontext.Value(asking), ConcurrencyKey: "db"})
		}
		var jobs []events.Subject
		for range 4 {
			jobs = append(jobs, ask(r))
			synctest.Wait()
		}
		r.stop()

		left := slices.Clone(jobs)
		slices.Reverse(left) // those that wait are taken up first
		r = prepare(t, log, engine.Config{}, left...)
		jobs = append(jobs, ask(r)) // nothing has been taken up
		r.run()
		synctest.Wait()
		for i, s := range jobs {
			want := job.Pending
			if i < 2 {
				want = job.Waiting
			}
			if run := r.now(s); run.Status != want {
				t.Fatalf("job %d is %s, want %s", i, run.Status, want)
			}
		}
		for _, s := range jobs { // in the order of submission
			run := r.until(s, in(job.Waiting))
			order(t, r, s, &job.Answer{InterventionID: run.WaitingFor.InterventionID, Action: "ok", Responder: "ann"})
			synctest.Wait()
		}
		for _, s := range jobs {
			r.until(s, ended)
		}
		if begun, most := began(t, log, jobs); most != 2 || !slices.Equal(begun, jobs) {
			t.Fatalf("at most %d at once, in the order %v", most, begun)
		}
	})
}

func TestAHeldJobObeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		r.limit(map[string]int{"db": 1})
		ask := engine.Submission{Graph: jsontext.Value(asking), ConcurrencyKey: "db"}
		holder, cancelled, paused, last := r.add(ask), r.add(ask), r.add(ask), r.add(ask)
		r.until(holder, in(job.Waiting))
		order(t, r, cancelled, &job.Cancel{})
		order(t, r, paused, &job.Pause{})
		if run := r.now(cancelled); run.Status != job.Failed || run.ProcessedAt != nil {
			t.Fatalf("the cancelled one is %s", run.Status)
		}
		r.cancel(holder)
		r.until(last, in(job.Waiting)) // the paused one does not hold it up
		order(t, r, paused, &job.Resume{})
		synctest.Wait()
		if run := r.now(paused); run.Status != job.Pending {
			t.Fatalf("it is %s although another has its place", run.Status)
		}
		order(t, r, last, &job.Pause{}) // what is paused keeps its place
		synctest.Wait()
		if run := r.now(paused); run.Status != job.Pending {
			t.Fatalf("it is %s although a paused job has its place", run.Status)
		}
		r.cancel(last)
		r.until(paused, in(job.Waiting))
	})
}

func TestLimitsThatChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		ask := engine.Submission{Graph: jsontext.Value(asking), ConcurrencyKey: "db"}
		var jobs []events.Subject
		add := func() { jobs = append(jobs, r.add(ask)) }
		begun := func(want int) {
			t.Helper()
			synctest.Wait()
			if order, _ := began(t, r.log, jobs); len(order) != want {
				t.Fatalf("%d have begun, want %d", len(order), want)
			}
		}
		add()
		add()
		begun(2) // without a limit they are counted all the same
		r.limit(map[string]int{"db": 1})
		add()
		begun(2)
		r.cancel(jobs[0])
		begun(2) // one is still at work
		r.cancel(jobs[1])
		begun(3)
		for range 4 {
			add()
		}
		r.limit(map[string]int{"db": 3, "more": 1})
		begun(5)
		r.limit(map[string]int{})
		begun(7)
	})
}

func TestAKeyAndATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		r.limit(map[string]int{"db": 1})
		later := keyed(1000, "db", 9)
		later.RunAt = time.Now().Add(time.Minute)
		early := r.add(later)
		now := r.add(keyed(2*60*1000, "db", 0)) // its time has come, so it begins first
		r.until(now, in(job.Running))
		third := r.add(keyed(10, "db", 0))
		for _, s := range []events.Subject{early, now, third} {
			r.until(s, ended)
		}
		jobs := []events.Subject{early, now, third}
		if order, most := began(t, r.log, jobs); most != 1 || !slices.Equal(order, []events.Subject{now, early, third}) {
			t.Fatalf("at most %d at once, in the order %v of %v", most, order, jobs)
		}
	})
}

// TestAJobsOwnLimit: a schedule's jobs queue by themselves.
func TestAJobsOwnLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		synctest.Wait()
		own := keyed(100, "receptor:1", 0)
		own.ConcurrencyLimit = 1
		var jobs []events.Subject
		for range 3 {
			jobs = append(jobs, r.add(own))
		}
		for _, s := range jobs {
			r.until(s, ended)
		}
		again := r.add(engine.Submission{RerunOf: jobs[0].ID})
		jobs = append(jobs, again, r.add(own))
		run := r.until(again, ended)
		r.until(jobs[4], ended)
		if run.ConcurrencyKey != "receptor:1" || run.ConcurrencyLimit != 1 {
			t.Fatalf("a rerun has key %q, limit %d", run.ConcurrencyKey, run.ConcurrencyLimit)
		}
		if order, most := began(t, r.log, jobs); most != 1 || !slices.Equal(order, jobs) {
			t.Fatalf("at most %d at once, in the order %v", most, order)
		}
	})
}

// TestBegunJobsFirst: what has begun goes on before anything new begins.
func TestBegunJobsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Workers: 1})
		const steps = `{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{"delay_ms":100}},
			{"id":"pause","type":"delay","for":"150ms"},
			{"id":"b","type":"neuron","kind":"echo","config":{"delay_ms":100}}],"edges":[{"from":"a","to":"pause"},{"from":"pause","to":"b"}]}`
		first := r.submit(steps, `"hi"`)
		jobs := []events.Subject{first}
		for range 50 {
			s := keyed(100, "", 9)
			jobs = append(jobs, r.add(s))
		}
		run := r.until(first, ended)
		for _, s := range jobs[1:] {
			r.until(s, ended)
		}
		begun, _ := began(t, r.log, jobs)
		before := 0
		for _, s := range begun[1:] {
			if r.now(s).ProcessedAt.Before(run.FinishedAt.Time) {
				before++
			}
		}
		if before > 3 { // those that used the room while the job waited
			t.Fatalf("%d jobs began before the first had ended", before)
		}
	})
}

// TestTheSmallDoNotWaitForTheLarge counts what a flooding workspace starts
// until the one job of another begins.
func TestTheSmallDoNotWaitForTheLarge(t *testing.T) {
	const workers, flood = 4, 5000
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		r := start(t, log, engine.Config{Workers: workers})
		large := keyed(1000, "", 9)
		large.Workspace = "large"
		for range flood {
			r.add(large)
		}
		small := keyed(0, "", 0)
		small.Workspace = "small"
		s := r.add(small)
		r.until(s, ended)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		submitted, others := false, 0
		for batch, err := range log.Tail(ctx, events.Jobs, 0) {
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range batch {
				for i := range c.Events {
					switch c.Events[i].Fact.(type) {
					case *events.JobSubmitted:
						submitted = submitted || c.Subject == s
					case *events.NodeStarted:
						if c.Subject == s {
							if others > workers {
								t.Fatalf("%d steps of the other workspace started before", others)
							}
							return // its jobs are cut off
						}
						if submitted {
							others++
						}
					}
				}
			}
		}
	})
}

func TestQuotaOfOpenJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		config := engine.Config{Quotas: catalog.Quotas{OpenJobs: 3}}
		r := start(t, log, config)
		synctest.Wait() // until then the open jobs are not counted
		r.configure(&catalog.Configure{Quotas: &catalog.Quotas{OpenJobs: 7}})
		race := func(name string) (made []events.Subject, refused int) {
			var mu sync.Mutex
			var all sync.WaitGroup
			for i := range 50 {
				all.Go(func() {
					s := engine.Submission{Workspace: workspace, Actor: tester, Graph: jsontext.Value(asking)}
					if i%2 == 0 {
						s.IdempotencyKey, s.Route = fmt.Sprint(name, i), "jobs"
					}
					receipt, err := r.eng.Submit(t.Context(), s)
					mu.Lock()
					defer mu.Unlock()
					var refusal *job.Refusal
					switch {
					case err == nil:
						made = append(made, events.JobSubject(workspace, receipt.Job))
					case errors.As(err, &refusal) && refusal.Code == engine.RefusedQuota:
						refused++
					default:
						t.Error(err)
					}
				})
			}
			all.Wait()
			return made, refused
		}
		jobs, refused := race("first")
		if len(jobs) != 7 || refused != 43 {
			t.Fatalf("%d made, %d refused", len(jobs), refused)
		}
		again := engine.Submission{Workspace: workspace, Graph: jsontext.Value(asking), IdempotencyKey: "mine", Route: "jobs"}
		r.cancel(jobs[0])
		mine := r.add(again)
		if r.add(again) != mine {
			t.Fatal("the same key gave another job at the quota")
		}
		jobs[0] = mine
		synctest.Wait()
		r.stop()
		r = prepare(t, log, config, jobs...)
		if _, err := r.eng.Submit(t.Context(), engine.Submission{Workspace: workspace, Graph: jsontext.Value(asking)}); !errors.Is(err, events.ErrUnavailable) {
			t.Fatalf("before the open jobs are counted: %v", err)
		}
		r.run()
		synctest.Wait()
		r.cancel(jobs[1])
		r.cancel(jobs[2])
		if made, _ := race("second"); len(made) != 2 || r.eng.OpenJobs(workspace) != 7 {
			t.Fatalf("%d made after a restart, %d are open", len(made), r.eng.OpenJobs(workspace))
		}
		other := engine.Submission{Workspace: "other", Graph: jsontext.Value(asking)}
		for range 3 {
			r.add(other)
		}
		if _, err := r.eng.Submit(t.Context(), other); err == nil {
			t.Fatal("the instance's own quota holds nobody")
		}
	})
}

func TestExplainSaysWhoIsInTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Workers: 13})
		r.limit(map[string]int{"db": 12})
		explain := func(s events.Subject) job.Reason {
			t.Helper()
			synctest.Wait()
			x, err := r.eng.Explain(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			return x.Reasons[0]
		}
		var jobs []events.Subject
		for range 14 {
			jobs = append(jobs, r.add(keyed(1000, "db", 0)))
		}
		x := explain(jobs[13])
		if x.Kind != job.ReasonConcurrency || x.ConcurrencyKey != "db" || x.Limit != 12 || len(x.Jobs) != 10 || x.Ahead != 1 {
			t.Errorf("%+v", x)
		}
		want := `it has not begun: 12 jobs of its concurrency key "db" have begun and not ended, and 12 may; 1 jobs of the workspace come before it`
		if x.Message != want {
			t.Errorf("it says %q", x.Message)
		}
		r.add(keyed(1000, "", 0)) // the last room
		r.add(keyed(1000, "", 9))
		free := r.add(keyed(1000, "", 0))
		if x = explain(free); x.Kind != job.ReasonRoom || x.Ahead != 1 {
			t.Errorf("%+v", x)
		}
		if l := r.eng.Load(); l.Used != 13 || l.Waiting != 2 || l.Keys != 2 {
			t.Errorf("load %+v", l)
		}
		for _, s := range append(jobs, free) {
			r.until(s, ended)
		}
		synctest.Wait()
		if l := r.eng.Load(); l.Used != 0 || l.Waiting != 0 || l.Keys != 0 {
			t.Errorf("load %+v after all have ended", l)
		}
	})
}
