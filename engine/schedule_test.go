package engine

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSchedules(t *testing.T) {
	for _, tc := range []struct {
		name, text, zone, after string
		want                    []string
	}{
		{"five fields", "30 9 * * mon-fri", "", "2026-01-02T09:30:00Z", []string{"2026-01-05T09:30:00Z", "2026-01-06T09:30:00Z"}},
		{"six fields", "15,45 * * * * *", "", "2026-01-02T09:30:15.5Z", []string{"2026-01-02T09:30:45Z", "2026-01-02T09:31:15Z"}},
		{"either day will do", "0 0 1 * mon", "", "2026-01-28T00:00:00Z", []string{"2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"}},
		{"a name", "@daily", "America/New_York", "2026-01-02T00:00:00Z", []string{"2026-01-02T05:00:00Z", "2026-01-03T05:00:00Z"}},
		{"leap day", "0 12 29 2 *", "", "2096-03-01T00:00:00Z", []string{"2104-02-29T12:00:00Z"}},
		{"every", "@every 10s", "", "2026-01-02T00:00:00.001Z", []string{"2026-01-02T00:00:10Z", "2026-01-02T00:00:20Z"}},
		{"every, from a time of its own", "@every 10s", "", "2026-01-02T00:00:10Z", []string{"2026-01-02T00:00:20Z"}},
		{"zone", "0 9 * * *", "Asia/Kathmandu", "2026-01-02T00:00:00Z", []string{"2026-01-02T03:15:00Z", "2026-01-03T03:15:00Z"}},

		// 2026-03-08 02:00 EST becomes 03:00 EDT; 2026-11-01 02:00 EDT becomes 01:00 EST.
		{"forward over a fixed time", "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
		{"forward, fixed at the change", "0 3 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-09T07:00:00Z"}},
		{"forward over several fixed times", "0,30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-09T06:00:00Z", "2026-03-09T06:30:00Z"}},
		{"forward, by time", "*/30 * * * *", "America/New_York", "2026-03-08T06:00:00Z",
			[]string{"2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z", "2026-03-08T07:30:00Z"}},
		{"forward, by time in the hour left out", "*/30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-09T06:00:00Z"}},
		{"back over a fixed time", "30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z",
			[]string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
		{"back, between the two", "30 1 * * *", "America/New_York", "2026-11-01T06:10:00Z", []string{"2026-11-02T06:30:00Z"}},
		{"back, fixed at the change", "0 2 * * *", "America/New_York", "2026-10-31T12:00:00Z",
			[]string{"2026-11-01T07:00:00Z", "2026-11-02T07:00:00Z"}},
		{"back, by time", "*/30 1 * * *", "America/New_York", "2026-11-01T05:00:00Z",
			[]string{"2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z", "2026-11-02T06:00:00Z"}},
		{"back, hourly", "@hourly", "America/New_York", "2026-11-01T04:30:00Z",
			[]string{"2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"}},
		{"half an hour forward", "0 3 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
			[]string{"2026-10-03T16:00:00Z", "2026-10-04T16:00:00Z"}},
		{"midnight left out", "0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z",
			[]string{"2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"}},
		{"a day left out", "0 9 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z",
			[]string{"2011-12-29T19:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T19:00:00Z"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := ParseSchedule(tc.text, tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339Nano, tc.after)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tc.want {
				at = s.Next(at)
				if got := at.Format(time.RFC3339Nano); got != want {
					t.Fatalf("got %s, want %s", got, want)
				}
			}
		})
	}
}

func TestSchedulesRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "must not be empty",
		"  ":                      "must not be empty",
		"* * * *":                 "is no schedule",
		"* * * * * * *":           "is no schedule",
		"61 * * * *":              "is no schedule",
		"x * * * *":               "is no schedule",
		"H * * * *":               "is no schedule",
		"*/0 * * * *":             "is no schedule",
		"@reboot":                 "is no schedule",
		"@every":                  "is no schedule",
		"@every soon":             "no duration",
		"@every 0s":               "whole seconds",
		"@every -5s":              "whole seconds",
		"@every 999ms":            "whole seconds",
		"@every 1500ms":           "whole seconds",
		"0 0 30 2 *":              "never fires",
		"TZ=UTC * * * * *":        "time zone",
		"CRON_TZ=UTC * * * * *":   "time zone",
		strings.Repeat("* ", 200): "at most 200 bytes",
	} {
		if _, err := ParseSchedule(text, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: got %v, want %q", text, err, want)
		}
	}
	for _, zone := range []string{"Local", "Mars/Olympus", "../etc/passwd", "UTC ", "\x00", strings.Repeat("x", 100)} {
		if _, err := ParseSchedule("* * * * *", zone); !errors.Is(err, ErrTimezone) {
			t.Errorf("time zone %q: got %v", zone, err)
		}
	}
}

// Whatever the schedule: its times go forward, and from between two of them
// the later one is next.
func TestScheduleGoesForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{
			"30 2 * * *", "*/20 1-3 * * *", "0 0 29 2 *", "0 0 1 * mon", "5,10 0,1,2,3 * * *", "7 */2 * 3,11 *", "@every 7h", "59 59 23 * * *",
		}).Draw(t, "text")
		zone := rapid.SampledFrom([]string{
			"", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Pacific/Apia", "Asia/Tehran",
		}).Draw(t, "zone")
		s, err := ParseSchedule(text, zone)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1_000_000_000, 4_000_000_000).Draw(t, "after"), 0)
		for range 20 {
			next := s.Next(at)
			if !next.After(at) || next.Nanosecond() != 0 || next.Location() != time.UTC {
				t.Fatalf("after %s comes %s", at, next)
			}
			between := at.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(at))-1).Draw(t, "between")))
			if again := s.Next(between); !again.Equal(next) {
				t.Fatalf("after %s comes %s, but after %s comes %s", at, next, between, again)
			}
			at = next
		}
	})
}

func FuzzParseSchedule(f *testing.F) {
	for _, text := range []string{"* * * * *", "*/5 0 1-7 jan,feb mon-fri", "@every 1h", "59 59 23 31 12 ?", "0 0 22-2 * FRI-MON", "@weekly"} {
		f.Add(text, "Europe/Vienna")
	}
	f.Fuzz(func(t *testing.T, text, zone string) {
		s, err := ParseSchedule(text, zone)
		if err != nil {
			return
		}
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for range 3 {
			next := s.Next(at)
			if !next.After(at) {
				t.Fatalf("%q: after %s comes %s", text, at, next)
			}
			at = next
		}
	})
}
