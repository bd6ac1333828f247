package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const reviewed = `{"nodes":[
	{"id":"draft","type":"neuron","kind":"echo","config":{},"input":{"message":"About {{ input.topic }}"}},
	{"id":"pause","type":"delay","for":"1h"},
	{"id":"review","type":"human","prompt":"Publish {{ nodes.draft.output.text }}?","actions":["approve","reject"]},
	{"id":"post","type":"transform","output":{"posted":"{{ nodes.draft.output.text }}"}}],
	"edges":[{"from":"draft","to":"review"},{"from":"draft","to":"pause"},{"from":"pause","to":"post"},
		{"from":"review","to":"post","when":"nodes.review.output.action == 'approve'"},
		{"from":"review","to":"draft","when":"nodes.review.output.action == 'reject'","max_visits":2}]}`

func TestAJobFromStartToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		s := r.submit(reviewed, `{"topic":"nerves"}`)
		// The delay is still awaited, so the job runs while the question is open.
		run := r.until(s, func(r *job.Run) bool { return len(r.Interventions) == 1 })
		if run.Status != job.Running || run.Interventions[0].Prompt != "Publish About nerves?" {
			t.Fatalf("status %s, questions %+v", run.Status, run.Interventions)
		}
		run = r.until(s, in(job.Waiting))
		if waited := run.Cursor; waited.Job == 0 || time.Since(run.CreatedAt.Time) < time.Hour {
			t.Fatal("the delay was too short")
		}
		at, err := r.eng.Do(t.Context(), s, tester, &job.Answer{
			InterventionID: run.WaitingFor.InterventionID, Action: "approve", Responder: "ann",
		})
		if err != nil || at.Job <= run.Cursor.Job {
			t.Fatalf("answer: %v at %s", err, at)
		}
		run = r.until(s, ended)
		if got := string(run.Result); got != `{"posted":"About nerves"}` {
			t.Fatalf("result %s", got)
		}
		words := chunks(t, r.log.LoadChunks(t.Context(), s, 0))
		if len(words) != 1 || words[0].Text != "About nerves" || words[0].After != 1 {
			t.Fatalf("words %+v", words)
		}
		if r.ends(s) != 1 {
			t.Fatal("not one end")
		}
	})
}

func TestRetryWaitsAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		began := time.Now()
		s := r.submit(`{"nodes":[{"id":"say","type":"neuron","kind":"echo","config":{"fail_times":2},
			"retry":{"max_attempts":3,"initial":"1m","factor":2,"max":"1h","jitter":false}}],"edges":[]}`, `"hi"`)
		run := r.until(s, ended)
		if run.Status != job.Completed || run.Step("say").Attempts != 3 {
			t.Fatalf("%s after %d attempts: %v", run.Status, run.Step("say").Attempts, run.Error)
		}
		if took := time.Since(began); took < 3*time.Minute || took > 3*time.Minute+time.Second {
			t.Fatalf("took %s", took)
		}
	})
}

func TestNodeTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		s := r.submit(`{"nodes":[{"id":"say","type":"neuron","kind":"echo","config":{"delay_ms":60000},"timeout":"1s"}],"edges":[]}`, `"hi"`)
		run := r.until(s, ended)
		if run.Error == nil || run.Error.Code != job.CodeTimeout {
			t.Fatalf("error %+v", run.Error)
		}
	})
}

func TestJobTimeoutStopsWhatIsAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		receipt, err := r.eng.Submit(t.Context(), engine.Submission{
			Workspace: workspace, Graph: jsontext.Value(echo(`{"delay_ms":600000}`)), Timeout: time.Minute,
		})
		if err != nil {
			t.Fatal(err)
		}
		s := events.JobSubject(workspace, receipt.Job)
		run := r.until(s, ended)
		if run.Error.Code != job.CodeTimeout || run.Step("say").Status != job.StepCancelled {
			t.Fatalf("error %+v, steps %+v", run.Error, run.Steps)
		}
		r.stop() // returns at once only if the attempt was told to stop
		if time.Since(run.CreatedAt.Time) > 2*time.Minute {
			t.Fatal("the attempt went on after the job's end")
		}
	})
}

func TestRoomIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Workers: 2})
		var jobs []events.Subject
		for range 9 {
			jobs = append(jobs, r.submit(echo(`{"delay_ms":1000}`), `"hi"`))
		}
		began := time.Now()
		for _, s := range jobs {
			if run := r.until(s, ended); run.Status != job.Completed {
				t.Fatalf("%s: %+v", run.Status, run.Error)
			}
		}
		if took := time.Since(began).Round(time.Second); took != 5*time.Second {
			t.Fatalf("9 jobs of a second each with room for 2 took %s", took)
		}
	})
}

func TestCancelReachesTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Grace: time.Hour})
		s := r.submit(echo(`{"delay_ms":600000}`), `"hi"`)
		if _, err := r.eng.Do(t.Context(), s, tester, &job.Cancel{Reason: "enough"}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		r.stop()
		if time.Since(began) != 0 {
			t.Fatal("the cancelled attempt went on")
		}
		if r.ends(s) != 1 {
			t.Fatal("not one end")
		}
	})
}

func TestCancelRacingCompletion(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	const races = 300
	ended := map[job.Status]int{}
	for range races {
		s := r.submit(echo(`{}`), `"hi"`)
		_, err := r.eng.Do(t.Context(), s, tester, &job.Cancel{})
		var refusal *job.Refusal
		if err != nil && (!errors.As(err, &refusal) || refusal.Code != job.RefusedFinished) {
			t.Fatal(err)
		}
		run := r.until(s, func(r *job.Run) bool { return r.Status.Terminal() })
		if (err == nil) != (run.Status == job.Failed) {
			t.Fatalf("cancel answered %v and the job is %s", err, run.Status)
		}
		ended[run.Status]++
		if n := r.ends(s); n != 1 {
			t.Fatalf("%d ends", n)
		}
	}
	t.Logf("%d races, 0 double ends: %v", races, ended)
}

func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		first := start(t, log, engine.Config{Workers: 1})
		busy := first.submit(echo(`{"delay_ms":60000}`), `"hi"`)
		pending := first.submit(echo(`{}`), `"queued"`)
		synctest.Wait()
		first.stop() // no grace: as good as a crash for the attempt at work
		if run := first.until(busy, in(job.Running)); run.Step("say").Attempts != 1 {
			t.Fatalf("steps %+v", run.Steps)
		}
		if _, err := first.eng.Submit(t.Context(), engine.Submission{Workspace: workspace, Graph: jsontext.Value(echo(`{}`))}); !errors.Is(err, events.ErrUnavailable) {
			t.Fatalf("a stopped engine took a job: %v", err)
		}

		second := start(t, log, engine.Config{}, busy, pending)
		run := second.until(busy, ended)
		if run.Status != job.Completed || run.Step("say").Attempts != 2 {
			t.Fatalf("%s, steps %+v", run.Status, run.Steps)
		}
		if run := second.until(pending, ended); run.Status != job.Completed || run.Step("say").Attempts != 1 {
			t.Fatalf("%s, steps %+v", run.Status, run.Steps)
		}
	})
}

func TestRestartRearmsTimersAndKeepsQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		first := start(t, log, engine.Config{})
		s := first.submit(reviewed, `{"topic":"x"}`)
		began := time.Now()
		first.until(s, func(r *job.Run) bool {
			return len(r.Interventions) == 1 && r.Step("pause").Status == job.StepWaiting
		})
		first.stop()
		time.Sleep(30 * time.Minute) //nolint:forbidigo // synctest: down for a while, in virtual time
		second := start(t, log, engine.Config{}, s)
		run := second.until(s, in(job.Waiting))
		if took := time.Since(began); took < time.Hour || took > time.Hour+time.Second {
			t.Fatalf("the delay of an hour took %s", took)
		}
		if _, err := second.eng.Do(t.Context(), s, tester, &job.Resume{}); err == nil {
			t.Fatal("a question without a default was resumed")
		}
		if _, err := second.eng.Do(t.Context(), s, tester, &job.Answer{
			InterventionID: run.WaitingFor.InterventionID, Action: "approve", Responder: "ann",
		}); err != nil {
			t.Fatal(err)
		}
		if run = second.until(s, ended); run.Step("draft").Attempts != 1 {
			t.Fatal("a finished step was run again")
		}
	})
}

func TestGraceLetsAttemptsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Grace: time.Minute})
		s := r.submit(`{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{"delay_ms":2000}},
			{"id":"b","type":"neuron","kind":"echo","config":{}}],"edges":[{"from":"a","to":"b"}]}`, `"hi"`)
		synctest.Wait()
		r.stop()
		run := r.until(s, func(r *job.Run) bool { return r.Step("a").Status == job.StepSucceeded })
		if run.Step("b") != nil {
			t.Fatal("a new step started while the engine stopped")
		}
		second := start(t, r.log, engine.Config{}, s)
		if run = second.until(s, ended); run.Status != job.Completed {
			t.Fatalf("%s: %+v", run.Status, run.Error)
		}
	})
}

func TestTroubledLog(t *testing.T) {
	for name, trouble := range map[string]func(*troubled){
		"answers lost": func(l *troubled) { l.lost.Store(1) },
		"appends fail": func(l *troubled) { l.failed.Store(3) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &troubled{Log: events.NewMemLog()}
				r := start(t, l, engine.Config{})
				s := r.submit(`{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{"delay_ms":1000}},
					{"id":"b","type":"neuron","kind":"echo","config":{"delay_ms":1000}}],"edges":[{"from":"a","to":"b"}]}`, `"hi"`)
				trouble(l) // the outcome of a
				run := r.until(s, ended)
				if run.Status != job.Completed || r.ends(s) != 1 {
					t.Fatalf("%s: %+v", run.Status, run.Error)
				}
				if run.Step("a").Attempts != 1 {
					t.Fatalf("a was run %d times", run.Step("a").Attempts)
				}
			})
		})
	}
}

func TestUnknownSubmissionIsSettledByItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &troubled{Log: events.NewMemLog()}
		r := start(t, l, engine.Config{})
		l.lost.Store(1)
		sub := engine.Submission{
			Workspace: workspace, Graph: jsontext.Value(echo(`{}`)), Input: jsontext.Value(`1`),
			IdempotencyKey: "k", Route: "jobs", Request: events.HashOf([]byte("1")),
		}
		if _, err := r.eng.Submit(t.Context(), sub); !errors.Is(err, events.ErrUnknown) {
			t.Fatalf("error %v", err)
		}
		again, err := r.eng.Submit(t.Context(), sub)
		if err != nil || !again.Replayed {
			t.Fatalf("%+v, %v", again, err)
		}
		// It runs although nobody was told that it was stored.
		if run := r.until(events.JobSubject(workspace, again.Job), ended); run.Status != job.Completed {
			t.Fatalf("%s: %+v", run.Status, run.Error)
		}
	})
}

func TestIdempotencyKey(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	for _, key := range []string{"one", "two", strings.Repeat("k", 255)} {
		sub := engine.Submission{
			Workspace: workspace, Graph: jsontext.Value(echo(`{}`)), IdempotencyKey: key, Route: "jobs", Request: events.HashOf([]byte("1")),
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		jobs, fresh := map[string]int{}, 0
		for range 20 {
			wg.Go(func() {
				receipt, err := r.eng.Submit(t.Context(), sub)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				jobs[receipt.Job]++
				if !receipt.Replayed {
					fresh++
				}
			})
		}
		wg.Wait()
		if len(jobs) != 1 || fresh != 1 {
			t.Fatalf("20 racers made %d jobs, %d of them said new", len(jobs), fresh)
		}
		sub.Request = events.HashOf([]byte("2"))
		var refusal *job.Refusal
		if _, err := r.eng.Submit(t.Context(), sub); !errors.As(err, &refusal) || refusal.Code != engine.RefusedMismatch {
			t.Fatalf("another request under the same key: %v", err)
		}
		sub.Route = "elsewhere"
		if receipt, err := r.eng.Submit(t.Context(), sub); err != nil || receipt.Replayed {
			t.Fatalf("the key counts on another route too: %+v, %v", receipt, err)
		}
	}
}

func TestDefinitions(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	ctx := t.Context()
	id, _, err := r.eng.StoreNeuron(ctx, workspace, tester, neuron("writer", `{"delay_ms":1}`))
	if err != nil {
		t.Fatal(err)
	}
	var refusal *catalog.Refusal
	if _, _, err := r.eng.StoreNeuron(ctx, workspace, tester, neuron("writer", `{}`)); !errors.As(err, &refusal) || refusal.Code != "CONFLICT" {
		t.Fatalf("a slug given twice: %v", err)
	}
	var problems pathway.Problems
	if _, _, err := r.eng.StoreNeuron(ctx, workspace, tester, neuron("bad", `{"nope":1}`)); !errors.As(err, &problems) || problems[0].Path != "/config/nope" {
		t.Fatalf("a bad config: %v", err)
	}
	graph := jsontext.Value(`{"nodes":[{"id":"w","type":"neuron","neuron":"writer"}],"edges":[]}`)
	if _, _, err := r.eng.StorePathway(ctx, workspace, tester, &catalog.StorePathway{New: true, Spec: catalog.PathwaySpec{
		Name: "Bad one", Graph: jsontext.Value(`{"nodes":[{"id":"w","type":"neuron","neuron":"nobody"}],"edges":[]}`),
	}}); !errors.As(err, &problems) || problems[0].Path != "/pathway_graph/nodes/0/neuron" {
		t.Fatalf("an unknown neuron: %v", err)
	}
	if _, _, err := r.eng.StorePathway(ctx, workspace, tester, &catalog.StorePathway{New: true, Spec: catalog.PathwaySpec{
		Name: "Writes it", Graph: graph, IsActive: true,
	}}); err != nil {
		t.Fatal(err)
	}
	run := func(sub engine.Submission) *job.Run {
		t.Helper()
		sub.Workspace, sub.Input = workspace, jsontext.Value(`"hi"`)
		receipt, err := r.eng.Submit(ctx, sub)
		if err != nil {
			t.Fatal(err)
		}
		return r.until(events.JobSubject(workspace, receipt.Job), ended)
	}
	if got := run(engine.Submission{Pathway: "writes-it"}); got.Status != job.Completed || got.PathwayVersion == nil || *got.PathwayVersion != 1 {
		t.Fatalf("%s: %+v", got.Status, got.Error)
	}
	if got := run(engine.Submission{Neuron: "writer"}); string(got.Result) != `{"text":"hi"}` || string(got.NeuronID) != id {
		t.Fatalf("%s: %+v", got.Result, got.Error)
	}
	// A new version of the neuron is what the next run takes.
	update := neuron("writer", `{"fail":"no more"}`)
	update.New, update.ID = false, "writer"
	if _, _, err := r.eng.StoreNeuron(ctx, workspace, tester, update); err != nil {
		t.Fatal(err)
	}
	if got := run(engine.Submission{Pathway: "writes-it"}); got.Status != job.Failed {
		t.Fatal("the stored pathway still runs the neuron's old version")
	}
	if _, err := r.eng.Define(ctx, workspace, tester, &catalog.DeletePathway{ID: "writes-it"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.eng.Submit(ctx, engine.Submission{Workspace: workspace, Pathway: "writes-it"}); !errors.As(err, &refusal) || refusal.Code != "NOT_FOUND" {
		t.Fatalf("a deleted pathway: %v", err)
	}
	if _, err := r.eng.Submit(ctx, engine.Submission{Workspace: "elsewhere", Neuron: "writer"}); !errors.As(err, &refusal) {
		t.Fatalf("another workspace's neuron: %v", err)
	}
}

func TestBootstrap(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	for _, step := range []struct {
		key  string
		want int // key events so far
	}{{"", 0}, {"first key", 1}, {"first key", 1}, {"second key", 3}} {
		var hash events.Hash
		if step.key != "" {
			hash = events.HashOf([]byte(step.key))
		}
		if found, err := r.eng.Bootstrap(t.Context(), workspace, hash); err != nil || found != (step.key != "") {
			t.Fatalf("%q: %t, %v", step.key, found, err)
		}
		n := 0
		for c, err := range r.log.Load(t.Context(), events.CatalogSubject(workspace), 0) {
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.Events {
				if strings.HasPrefix(c.Events[i].Fact.Type(), "key.") {
					n++
				}
			}
		}
		if n != step.want {
			t.Fatalf("%q: %d key events, not %d", step.key, n, step.want)
		}
	}
}

func TestOutputThatCannotBeStored(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{Limits: engine.Limits{Output: 4 << 20}})
	// Each output may be; the result, all outputs together, is too large.
	var list []string
	for i := range 9 {
		list = append(list, fmt.Sprintf(`{"id":"n%d","type":"neuron","kind":"echo","config":{}}`, i))
	}
	s := r.submit(`{"nodes":[`+strings.Join(list, ",")+`],"edges":[]}`, `"`+strings.Repeat("x", 1_000_000)+`"`)
	run := r.until(s, ended)
	if run.Error == nil || run.Error.Code != job.CodeTooLarge {
		t.Fatalf("%s: %+v", run.Status, run.Error)
	}
}

func TestAttemptLostDuringAPauseGoesOnAtResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := start(t, events.NewMemLog(), engine.Config{})
		s := first.submit(echo(`{"delay_ms":1000}`), `"hi"`)
		if _, err := first.eng.Do(t.Context(), s, tester, &job.Pause{}); err != nil {
			t.Fatal(err)
		}
		first.stop()
		second := start(t, first.log, engine.Config{}, s)
		synctest.Wait()
		if _, err := second.eng.Do(t.Context(), s, tester, &job.Resume{}); err != nil {
			t.Fatal(err)
		}
		if run := second.until(s, ended); run.Status != job.Completed || run.Step("say").Attempts != 2 {
			t.Fatalf("%s after %d attempts", run.Status, run.Step("say").Attempts)
		}
	})
}
