package projections

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ranvier/engine/job"
	"ranvier/events"
)

func TestTicks(t *testing.T) {
	h := newHistory(t)
	r := start(t, testPath(t), h.log)
	check := func(workspace, receptor string, limit int, wantLast time.Time, wantOpen ...string) {
		t.Helper()
		if err := r.Wait(t.Context(), events.Jobs, h.log.Last(events.Jobs)); err != nil {
			t.Fatal(err)
		}
		last, open, err := r.Ticks(t.Context(), workspace, receptor, limit)
		if err != nil || !last.Equal(wantLast) || !slices.Equal(open, wantOpen) {
			t.Errorf("%s in %s: last %s, open %v, %v; want %s, %v", receptor, workspace, last, open, err, wantLast, wantOpen)
		}
	}
	check("main", "r", 10, time.Time{})

	tick := func(n int) events.Time {
		return events.At(h.now.Truncate(time.Hour).Add(time.Duration(n) * time.Minute))
	}
	add := func(workspace, id, receptor string, at *events.Time) events.Subject {
		h.now = h.now.Add(time.Second)
		s := events.JobSubject(workspace, id)
		h.add(s, submit(events.JobSubmitted{ReceptorID: receptor, Tick: at})...)
		return s
	}
	one, two, three := tick(1), tick(2), tick(3)
	first := add("main", jobID(1), "r", &one)
	add("main", jobID(2), "r", &two)
	add("main", jobID(3), "r", nil) // fired by hand
	add("main", jobID(4), "other", &three)
	add("side", jobID(1), "r", &three)
	check("main", "r", 10, two.Time, jobID(2), jobID(1))
	check("main", "r", 1, two.Time, jobID(2))
	check("side", "r", 10, three.Time, jobID(1))
	check("main", "unknown", 10, time.Time{})

	h.add(first, succeed()...)
	check("main", "r", 10, two.Time, jobID(2))
	h.add(events.JobSubject("main", jobID(2)), &events.JobCancelled{})
	check("main", "r", 10, two.Time)

	// A tick is not forgotten with its job.
	last := add("main", jobID(5), "r", &three)
	h.add(last, succeed()...)
	h.add(last, &events.JobDeleted{})
	check("main", "r", 10, three.Time)

	// A job that is shown has its tick.
	j, err := r.Job(t.Context(), "main", jobID(2))
	if err != nil || j.Status != job.Failed || j.Tick == nil || *j.Tick != two {
		t.Errorf("%s: tick %v, %v", fmt.Sprint(j.Status), j.Tick, err)
	}
}
