package engine

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ranvier/engine/catalog"
)

// The newest ticks are those that are found by going through all.
func TestNewestTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"* * * * *", "*/7 * * * * *", "0 3 * * *", "30 2 * 3,10 sun", "@every 11m", "0 0 29 2 *"}).Draw(t, "schedule")
		zone := rapid.SampledFrom([]string{"", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}).Draw(t, "zone")
		s, err := ParseSchedule(text, zone)
		if err != nil {
			t.Fatal(err)
		}
		// Around a change of the clocks, and in and around the ticks of the others.
		after := time.Unix(rapid.Int64Range(1_761_400_000, 1_761_500_000).Draw(t, "after"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns")).UTC()
		spread := s.Next(s.Next(after)).Sub(s.Next(after))
		now := after.Add(time.Duration(rapid.Int64Range(-int64(spread), 300*int64(min(spread, 100*24*time.Hour))).Draw(t, "passed")))
		n := rapid.IntRange(1, 100).Draw(t, "n")

		var all []time.Time
		for at := s.Next(after); !at.After(now); at = s.Next(at) {
			all = append(all, at)
		}
		var wantBefore time.Time
		want := all
		if len(all) > n {
			wantBefore, want = all[len(all)-n-1], all[len(all)-n:]
		}
		before, ticks := newest(s, after, now, n)
		if !before.Equal(wantBefore) || !slices.EqualFunc(ticks, want, time.Time.Equal) {
			t.Fatalf("before %s, want %s; %d ticks, want %d", before, wantBefore, len(ticks), len(want))
		}
	})
}

func TestNextTick(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	hour, second := "0 * * * *", "@every 1s"
	for _, tc := range []struct {
		name         string
		source       catalog.Source
		since        time.Duration // before at, how far all is done
		late         time.Duration // after at, when it is looked at
		fire, missed time.Duration // after at; -1: none
	}{
		{"not yet", catalog.Source{Schedule: hour}, time.Second, -1, -1, -1},
		{"on time", catalog.Source{Schedule: hour}, time.Second, 0, 0, -1},
		{"done", catalog.Source{Schedule: hour}, 0, time.Minute, -1, -1},
		{"the clock was set back", catalog.Source{Schedule: hour}, 0, -time.Hour, -1, -1},
		{"just in time", catalog.Source{Schedule: hour}, time.Second, maxLate, 0, -1},
		{"too late", catalog.Source{Schedule: hour}, time.Second, maxLate + 1, -1, 0},
		{"late", catalog.Source{Schedule: hour, CatchUp: true}, time.Second, 59 * time.Minute, 0, -1},
		{"the newest", catalog.Source{Schedule: second}, time.Second, 5500 * time.Millisecond, -1, 4 * time.Second},
		{"in order", catalog.Source{Schedule: second, CatchUp: true}, time.Second, 99 * time.Second, 0, -1},
		{"bounded", catalog.Source{Schedule: second, CatchUp: true}, time.Second, 100 * time.Second, -1, 0},
		{"queued in order", catalog.Source{Schedule: second, CatchUp: true, Overlap: catalog.OverlapQueue}, time.Second, 5 * time.Second, 0, -1},
		{"replaced", catalog.Source{Schedule: second, CatchUp: true, Overlap: catalog.OverlapReplace}, time.Second, 5 * time.Second, -1, 4 * time.Second},
		{"a year later", catalog.Source{Schedule: second, CatchUp: true}, time.Second, 365 * 24 * time.Hour, -1, 365*24*time.Hour - 100*time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := ParseSchedule(tc.source.Schedule, "")
			if err != nil {
				t.Fatal(err)
			}
			fire, missed, why := nextTick(s, &tc.source, at.Add(-tc.since), at.Add(tc.late))
			after := func(got time.Time) time.Duration {
				if got.IsZero() {
					return -1
				}
				return got.Sub(at)
			}
			if after(fire) != tc.fire || after(missed) != tc.missed || (why == "") != (tc.missed < 0) {
				t.Errorf("fire %s, missed %s (%s); want %s and %s after", fire, missed, why, tc.fire, tc.missed)
			}
		})
	}
}

func TestNextTickOfAReceptor(t *testing.T) {
	r := &catalog.Receptor{ReceptorSpec: catalog.ReceptorSpec{
		Channels: []string{catalog.ChannelCron}, IsActive: true, Source: catalog.Source{Schedule: "30 2 * * *", Timezone: "Europe/Berlin"},
	}}
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	// In the night to the 29th Berlin's clocks go from 02:00 to 03:00.
	if got := NextTick(r, now); !got.Equal(time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("next is %s", got)
	}
	for what, change := range map[string]func(*catalog.Receptor){
		"inactive":      func(r *catalog.Receptor) { r.IsActive = false },
		"other channel": func(r *catalog.Receptor) { r.Channels = []string{catalog.ChannelHTTP} },
	} {
		other := *r
		change(&other)
		if got := NextTick(&other, now); !got.IsZero() {
			t.Errorf("%s: next is %s", what, got)
		}
	}
}
