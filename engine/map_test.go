package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/events"
)

// manyItems is a map of a delay and a transform over n numbers, of which every tenth fails.
func manyItems(n, concurrency int, settings string) (graph, input string) {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	raw, _ := json.Marshal(map[string]any{"list": list})
	return fmt.Sprintf(`{"nodes":[{"id":"m","type":"map","items":"{{ input.list }}","concurrency":%d%s,"graph":{
		"nodes":[{"id":"a","type":"transform","output":"{{ item * 2 }}"},{"id":"b","type":"transform","output":"{{ nodes.a.output / (item %% 10) }}"}],
		"edges":[{"from":"a","to":"b"}],"output":"{{ index }}"}}],"output":"{{ nodes.m.output }}"}`, concurrency, settings), string(raw)
}

// outcomes counts the outcomes of a map's items in a job's history, and its
// largest commit.
func (r *rig) outcomes(s events.Subject) (of map[int]int, most int) {
	r.t.Helper()
	of = map[int]int{}
	for c, err := range r.log.Load(r.t.Context(), s, 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		most = max(most, len(c.Events))
		for i := range c.Events {
			switch f := c.Events[i].Fact.(type) {
			case *events.ItemSucceeded:
				of[f.Index]++
			case *events.ItemFailed:
				of[f.Index]++
			}
		}
	}
	return of, most
}

func TestThousandItems(t *testing.T) {
	const n = 1_000
	r := start(t, events.NewMemLog(), engine.Config{Workers: 16})
	s := r.submit(manyItems(n, 20, `,"min_success":900`))
	run := r.until(s, ended)
	if run.Status != job.Completed {
		t.Fatalf("%s: %+v", run.Status, run.Error)
	}
	checkItems(t, run, n)
	of, most := r.outcomes(s)
	if len(of) != n || most > 100 {
		t.Fatalf("%d items have an outcome, the largest commit has %d events", len(of), most)
	}
	for i, times := range of {
		if times != 1 {
			t.Fatalf("item %d has %d outcomes", i, times)
		}
	}
}

// checkItems holds the result to what manyItems gives.
func checkItems(t *testing.T, run *job.Run, n int) {
	t.Helper()
	var result []jsontext.Value
	if err := json.Unmarshal(run.Result, &result); err != nil || len(result) != n {
		t.Fatalf("%d results: %v", len(result), err)
	}
	for i, v := range result {
		var failure struct {
			Error struct{ Code, Message string }
		}
		if i%10 == 0 {
			if json.Unmarshal(v, &failure, json.MatchCaseInsensitiveNames(true)) != nil || failure.Error.Code != "EXPRESSION_ERROR" {
				t.Fatalf("item %d: %s", i, v)
			}
		} else if string(v) != fmt.Sprint(i) {
			t.Fatalf("item %d: %s", i, v)
		}
	}
	if st := run.Job.Step("m"); st.Items != (job.Items{Total: n, Succeeded: n - n/10, Failed: n / 10}) || len(run.Steps) != 1 {
		t.Fatalf("%+v", run.Steps)
	}
}

// TestItemsGoOnAfterARestart stops the engine in the middle of a map, twice.
func TestItemsGoOnAfterARestart(t *testing.T) {
	const n = 300
	log := events.NewMemLog()
	config := engine.Config{Workers: 4}
	r := start(t, log, config)
	s := r.submit(manyItems(n, 7, `,"min_success":270`))
	for _, done := range []int{50, 150} {
		r.until(s, func(run *job.Run) bool {
			st := run.Job.Step("m")
			return st != nil && st.Items.Succeeded >= done
		})
		r.stop()
		r = start(t, log, config, s)
	}
	checkItems(t, r.until(s, ended), n)
	of, _ := r.outcomes(s)
	for i := range n {
		if of[i] != 1 {
			t.Fatalf("item %d has %d outcomes", i, of[i])
		}
	}
	if r.ends(s) != 1 {
		t.Fatal("not one end")
	}
}

// TestKillInAMap: what was at work when the process died starts anew.
func TestKillInAMap(t *testing.T) {
	log := events.NewMemLog()
	r := start(t, log, engine.Config{Workers: 4})
	s := r.submit(`{"nodes":[{"id":"m","type":"map","items":[1,2,3,4,5,6],"concurrency":3,"node":{"type":"neuron","kind":"echo","config":{"delay_ms":3600000},"input":{"message":"{{ item }}"}}}]}`, `{}`)
	r.until(s, func(run *job.Run) bool { return len(run.AtWork()) == 3 })
	r.stop() // no grace: they are lost
	r = start(t, log, engine.Config{Workers: 4}, s)
	run := r.until(s, func(run *job.Run) bool {
		st := run.Step("m/2/item")
		return st != nil && st.Attempts == 2
	})
	for i := range 3 {
		if st := run.Step(fmt.Sprintf("m/%d/item", i)); st.Visits != 1 {
			t.Fatalf("%+v", st)
		}
	}
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Cancel{}); err != nil {
		t.Fatal(err)
	}
	r.until(s, ended)
}

// TestPeopleInAMap: each item asks, and the job goes on when all have answered.
func TestPeopleInAMap(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	s := r.submit(`{"nodes":[{"id":"m","type":"map","items":"{{ input }}","node":{"id":"ask","type":"human","prompt":"Is {{ item }} fine?","actions":["yes","no"]}}],
		"output":"{{ nodes.m.output.map(o, o.action) }}"}`, `["a","b"]`)
	run := r.until(s, func(run *job.Run) bool { return run.Status == job.Waiting && len(run.Interventions) == 2 })
	for i := range run.Interventions {
		iv := &run.Interventions[i]
		action := map[string]string{"m/0/ask": "yes", "m/1/ask": "no"}[iv.NodeID]
		if _, err := r.eng.Do(t.Context(), s, tester, &job.Answer{InterventionID: iv.InterventionID, Action: action, Responder: "ann"}); err != nil {
			t.Fatal(err)
		}
	}
	if run = r.until(s, ended); string(run.Result) != `["yes","no"]` {
		t.Fatalf("%s %+v", run.Result, run.Error)
	}
}

func TestWhatIsNoListFails(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	for _, c := range []struct{ settings, input, code, message string }{
		{`"items":"{{ input }}"`, `{"a":1}`, "VALIDATION_ERROR", "items must give a list, and gave an object"},
		{`"items":"{{ input.a }}"`, `{}`, "EXPRESSION_ERROR", `items: expression "input.a": there is no field "a"; has() tells, and .?a.orValue() gives a default`},
		{`"items":"{{ input }}","min_success":"{{ 0.5 }}"`, `[1]`, "VALIDATION_ERROR", "min_success must give a whole number from 0 to 100000, and gave 0.5"},
		{`"items":"{{ input }}","min_success":"{{ size(input) + 1 }}"`, `[1]`, "ITEMS_FAILED", "2 items must succeed, and there are 1"},
		{`"items":"{{ input }}"`, `[1,0]`, "ITEMS_FAILED", ""},
	} {
		s := r.submit(`{"nodes":[{"id":"m","type":"map",`+c.settings+`,"node":{"type":"transform","output":"{{ 1 / item }}"}}]}`, c.input)
		run := r.until(s, ended)
		if run.Error == nil || run.Error.Code != c.code || c.message != "" && run.Error.Message != c.message {
			t.Errorf("%s of %s: %+v", c.settings, c.input, run.Error)
		}
	}
}

func TestCancelReachesItems(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	s := r.submit(`{"nodes":[{"id":"m","type":"map","items":[1,2],"node":{"id":"n","type":"delay","for":"24h"}}]}`, `{}`)
	r.until(s, func(run *job.Run) bool {
		st := run.Step("m/1/n")
		return st != nil && st.Status == job.StepWaiting
	})
	x, err := r.eng.Explain(t.Context(), s)
	if err != nil || len(x.Reasons) < 3 {
		t.Fatalf("%+v %v", x, err)
	}
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Cancel{}); err != nil {
		t.Fatal(err)
	}
	var refusal *job.Refusal
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Cancel{}); !errors.As(err, &refusal) {
		t.Fatal(err)
	}
	if run := r.until(s, ended); run.Error.Code != job.CodeCancelled || !run.Due().Equal(time.Time{}) {
		t.Fatalf("%+v", run.Error)
	}
}
