package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/events"
)

// What a join gives up is stopped, and its room is free for what follows: here
// there is room for one attempt, and the engine would wait for it a day.
func TestTheRestIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Workers: 1, Grace: 24 * time.Hour})
		s := r.submit(`{"nodes":[{"id":"stop","type":"wait_event","event":"stop"},{"id":"search","type":"neuron","kind":"echo","config":{"delay_ms":3600000}},
			{"id":"report","type":"transform","output":"stopped","join":"any","join_rest":"cancel"}],
			"edges":[{"from":"search","to":"report"},{"from":"stop","to":"report"}]}`, `{}`)
		began := time.Now()
		r.until(s, func(j *job.Run) bool { return len(j.Waits) > 0 && len(j.AtWork()) == 1 })
		if _, err := r.eng.Do(t.Context(), s, tester, &job.Signal{Name: "stop"}); err != nil {
			t.Fatal(err)
		}
		if j := r.until(s, ended); string(j.Result) != `"stopped"` || j.Step("search").Status != job.StepCancelled {
			t.Fatalf("%s, steps %+v", j.Result, j.Steps)
		}
		r.stop()
		since(t, began, 0)
	})
}

// A wait holds nothing and outlives its process; so do signals that are kept,
// and the time at which a wait is over.
func TestWaitsOutliveTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		first := start(t, log, engine.Config{})
		s := first.submit(`{"nodes":[{"id":"a","type":"wait_event","event":"x","timeout":"2h","on_error":"late"},{"id":"nap","type":"delay","for":"1h"},{"id":"b","type":"wait_event","event":"y"},
			{"id":"late","type":"transform","output":"late"}],"edges":[{"from":"nap","to":"b"}],"output":["{{ nodes.late.output }}","{{ nodes.b.output }}"]}`, `{}`)
		began := time.Now()
		first.until(s, func(j *job.Run) bool { return len(j.Waits) == 1 })
		if _, err := first.eng.Do(t.Context(), s, tester, &job.Signal{Name: "y"}); err != nil {
			t.Fatal(err)
		}
		first.stop()
		second := start(t, log, engine.Config{}, s)
		j := second.until(s, ended)
		since(t, began, 2*time.Hour)
		if string(j.Result) != `["late",{"event":"y","data":null}]` || j.Step("a").Error.Code != job.CodeTimeout {
			t.Fatalf("%s, steps %+v", j.Result, j.Steps)
		}
	})
}
