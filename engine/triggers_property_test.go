package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/events"
)

// TestAnyTicking lets a schedule tick through restarts and troubles of the log,
// in virtual time: every tick has a job or is recorded as skipped, and never
// both.
func TestAnyTicking(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(t *testing.T) { ticking(t, rt) })
	})
}

func ticking(t *testing.T, rt *rapid.T) {
	every := rapid.SampledFrom([]struct {
		text   string
		spread time.Duration
	}{{"@every 1s", time.Second}, {"*/5 * * * * *", 5 * time.Second}, {"* * * * *", time.Minute}, {"*/20 * * * *", 20 * time.Minute}}).Draw(rt, "schedule")
	source := catalog.Source{
		Schedule: every.text, CatchUp: rapid.Bool().Draw(rt, "catch_up"),
		Overlap: rapid.SampledFrom([]string{"", catalog.OverlapSkip, catalog.OverlapQueue, catalog.OverlapReplace}).Draw(rt, "overlap"),
	}
	log := &troubled{Log: events.NewMemLog()}
	r := startTicking(t, log)
	takes := rapid.SampledFrom([]time.Duration{0, every.spread / 2, every.spread, 5 * every.spread / 2}).Draw(rt, "takes")
	target := r.lasting(takes)
	pass(time.Duration(rapid.Int64Range(0, int64(every.spread)).Draw(rt, "begin")))
	r.receptor(true, target, source)
	for range rapid.IntRange(1, 8).Draw(rt, "steps") {
		switch rapid.IntRange(0, 5).Draw(rt, "step") {
		case 0:
			r.stop()
			pass(time.Duration(rapid.Int64Range(0, 130*int64(every.spread)).Draw(rt, "away")))
			r = startTicking(t, log)
		case 1:
			r.stop()
			r = startTicking(t, log)
		case 2:
			log.failed.Store(int32(rapid.IntRange(1, 60).Draw(rt, "fail")))
		case 3:
			log.lost.Store(int32(rapid.IntRange(1, 3).Draw(rt, "lose")))
		default:
			pass(time.Duration(rapid.Int64Range(0, 20*int64(every.spread)).Draw(rt, "pass")))
		}
	}
	log.failed.Store(0)
	log.lost.Store(0)
	pass(10 * time.Second) // longer than what was tried in vain is tried again after
	pass(time.Until(time.Now().Truncate(every.spread).Add(every.spread * 3 / 2)))
	accounted(t, log)
	atMostOne(t, log)
	r.stop()
}

// accounted holds every tick of the receptor "clock" since it was stored to
// exactly one outcome.
func accounted(t *testing.T, log events.Log) {
	t.Helper()
	outcomes := map[time.Time]int{}
	c := catalog.New(workspace)
	type span struct{ since, until time.Time }
	var spans []span
	for m, err := range log.Load(t.Context(), events.CatalogSubject(workspace), 0) {
		if err != nil {
			t.Fatal(err)
		}
		c.Apply(m)
		for i := range m.Events {
			f, ok := m.Events[i].Fact.(*events.ReceptorSkipped)
			switch {
			case !ok:
			case f.Since != nil:
				spans = append(spans, span{f.Since.Time, f.Tick.Time})
			default:
				outcomes[f.Tick.Time]++
			}
		}
	}
	for m, err := range log.LoadWorkspace(t.Context(), workspace, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if f, ok := m.Events[0].Fact.(*events.JobSubmitted); ok {
			outcomes[f.Tick.Time]++
		}
	}
	receptor := c.Receptor("clock")
	s, err := engine.ParseSchedule(receptor.Source.Schedule, receptor.Source.Timezone)
	if err != nil {
		t.Fatal(err)
	}
	ticks := 0
	for at := s.Next(receptor.Since.Time); !at.After(time.Now()); at = s.Next(at) {
		ticks++
		n := outcomes[at]
		delete(outcomes, at)
		for _, sp := range spans {
			if at.After(sp.since) && !at.After(sp.until) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("the tick of %s came to %d outcomes", at, n)
		}
	}
	if len(outcomes) > 0 || ticks == 0 {
		t.Errorf("%d ticks, and outcomes for no tick: %v", ticks, outcomes)
	}
}
