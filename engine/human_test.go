package engine_test

// Reminders of open questions, in virtual time: never early, and again after a
// restart and a pause.

import (
	"testing"
	"testing/synctest"
	"time"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/events"
)

const patient = `{"nodes":[{"id":"ask","type":"human","prompt":"?","remind_after":"1h"}],"edges":[]}`

// reminded tells whether people were reminded n times of the first question.
func reminded(n int) func(*job.Run) bool {
	return func(r *job.Run) bool { return len(r.Interventions) == 1 && r.Interventions[0].Reminders == n }
}

// since fails unless virtual time moved on by what was wanted, and a little.
func since(t *testing.T, from time.Time, wanted time.Duration) {
	t.Helper()
	if took := time.Since(from); took < wanted || took > wanted+time.Second {
		t.Fatalf("it took %s, not %s", took, wanted)
	}
}

func TestRemindersInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		s := r.submit(patient, `{}`)
		began := time.Now()
		for n := 1; n <= 10; n++ {
			r.until(s, reminded(n))
			since(t, began, time.Duration(n)*time.Hour)
		}
		time.Sleep(24 * time.Hour) //nolint:forbidigo // synctest: virtual time
		run := r.until(s, reminded(10))
		if _, err := r.eng.Do(t.Context(), s, tester, &job.Answer{InterventionID: run.WaitingFor.InterventionID, Action: "approve", Responder: "ann"}); err != nil {
			t.Fatal(err)
		}
		if run = r.until(s, ended); run.Status != job.Completed || run.Interventions[0].Reminders != 10 { // and no more
			t.Fatalf("%s: %+v", run.Status, run.Interventions)
		}
	})
}

func TestRestartRearmsReminders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		first := start(t, log, engine.Config{})
		s := first.submit(patient, `{}`)
		began := time.Now()
		first.until(s, reminded(1))
		first.stop()
		time.Sleep(30 * time.Minute) //nolint:forbidigo // synctest: down for a while, in virtual time
		second := start(t, log, engine.Config{}, s)
		second.until(s, reminded(2))
		since(t, began, 2*time.Hour)
		second.stop()
		time.Sleep(5 * time.Hour) //nolint:forbidigo // synctest: down for longer than several intervals
		up := time.Now()
		third := start(t, log, engine.Config{}, s)
		third.until(s, reminded(3))
		since(t, up, 0)
		third.until(s, reminded(4))
		since(t, up, time.Hour)
	})
}

func TestPauseKeepsRemindersBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		s := r.submit(patient, `{}`)
		r.until(s, in(job.Waiting))
		if _, err := r.eng.Do(t.Context(), s, tester, &job.Pause{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Hour) //nolint:forbidigo // synctest: virtual time
		resumed := time.Now()
		if _, err := r.eng.Do(t.Context(), s, tester, &job.Resume{}); err != nil {
			t.Fatal(err)
		}
		run := r.until(s, reminded(1))
		since(t, resumed, 0)
		if at := run.Interventions[0].RemindedAt; at.Before(resumed.Truncate(time.Millisecond)) {
			t.Fatalf("reminded at %s, while the job was paused; it was resumed at %s", at, resumed)
		}
		r.until(s, reminded(2))
		since(t, resumed, time.Hour)
	})
}
