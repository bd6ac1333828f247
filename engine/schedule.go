package engine

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // names of time zones mean the same on every machine

	"github.com/netresearch/go-cron"
)

// Schedule says when a receptor's channel cron fires. It depends on nothing
// but its text, so that every process comes to the same times.
type Schedule interface {
	// Next gives the first time after the given one, in UTC and whole seconds;
	// the zero time when there is none in the next years.
	Next(after time.Time) time.Time
}

// maxSchedule bounds the text of a schedule, in bytes.
const maxSchedule = 200

// fields reads 5 fields, or 6 with seconds first, and names like @daily. Where
// both the day of the month and the day of the week are restricted either will
// do, as in POSIX. A 29th of February may be 8 years away.
var fields = cron.MustNewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow |
	cron.Descriptor | cron.DowOrDom).WithMaxSearchYears(10)

// ParseSchedule reads "0 9 * * mon-fri", "*/30 * * * * *" (seconds first) or
// "@every 10s". The time zone is an IANA name, empty for UTC; an error about
// it is ErrTimezone.
func ParseSchedule(text, timezone string) (Schedule, error) {
	zone, err := loadZone(timezone)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.TrimSpace(text) == "":
		return nil, errors.New("must not be empty: use 5 fields, 6 fields with seconds first, or \"@every 10s\"")
	case len(text) > maxSchedule:
		return nil, fmt.Errorf("must have at most %d bytes", maxSchedule)
	case strings.Contains(text, "TZ="):
		return nil, errors.New("must not name a time zone: that is in timezone")
	}
	if every, ok := strings.CutPrefix(text, "@every "); ok {
		return parseEvery(every)
	}
	read, err := fields.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("is no schedule: %w", err)
	}
	spec, ok := read.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("is no schedule: %.80q is not known", text)
	}
	spec.Location = time.UTC
	c := &calendar{spec: spec, zone: zone, fixed: fixed(text)}
	if c.Next(time.Now()).IsZero() {
		return nil, errors.New("never fires: no such day comes")
	}
	return c, nil
}

// ErrTimezone says that a time zone is not known.
var ErrTimezone = errors.New("is no time zone: use a name like \"Europe/Vienna\", or leave it out for UTC")

func loadZone(name string) (*time.Location, error) {
	if name == "Local" || len(name) > 64 {
		return nil, ErrTimezone // what is local differs between machines
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, ErrTimezone
	}
	return zone, nil
}

// every fires at the multiples of a duration since the beginning of the year 1,
// so whatever ran before, its times are the same.
type every time.Duration

func parseEvery(text string) (Schedule, error) {
	d, err := time.ParseDuration(strings.TrimSpace(text))
	switch {
	case err != nil:
		return nil, fmt.Errorf("is no schedule: %.80q is no duration", text)
	case d < time.Second || d%time.Second != 0:
		return nil, errors.New("must be of whole seconds, one at least")
	}
	return every(d), nil
}

// Next implements Schedule.
func (e every) Next(after time.Time) time.Time {
	d := time.Duration(e)
	return after.UTC().Truncate(d).Add(d)
}

// calendar fires by what a clock on the wall shows.
type calendar struct {
	spec *cron.SpecSchedule // in UTC, which here stands for the clock on the wall
	zone *time.Location

	// fixed: minutes and hours are given, as in "30 2 * * *". When clocks go
	// back, a fixed time that comes twice counts once; when they go forward,
	// fixed times left out fire at once. Others, as "*/10 * * * *", go by the
	// time that passes.
	fixed bool
}

// fixed says whether neither minutes nor hours begin with a star.
func fixed(text string) bool {
	f := strings.Fields(text)
	if len(f) < 5 {
		return text != "@hourly" // the other names are of midnight
	}
	f = f[len(f)-5:]
	return !strings.HasPrefix(f[0], "*") && !strings.HasPrefix(f[1], "*")
}

// Next implements Schedule. It goes from one change of the clocks to the next:
// between two of them wall and time differ by a constant.
func (c *calendar) Next(after time.Time) time.Time {
	t := after.In(c.zone)
	from := wall(t) // what the wall shows comes after this
	for {
		start, end := t.ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			end = t.Add(24 * time.Hour) // on the last day of a leap year Go gives the day before
		}
		if c.fixed && !start.IsZero() {
			// What the wall showed before the clocks went back it has shown.
			if shown := wall(start.Add(-1)); from.Before(shown) {
				from = shown
			}
		}
		next := c.spec.Next(from)
		if next.IsZero() {
			return next
		}
		_, offset := t.Zone()
		at := next.Add(-time.Duration(offset) * time.Second)
		if end.IsZero() || at.Before(end) {
			return at
		}
		if c.fixed && next.Before(wall(end)) {
			return end.UTC() // the clocks go forward over it
		}
		// The clocks change first. Far from a next time that does not matter.
		t = end
		if near := at.Add(-48 * time.Hour).In(c.zone); near.After(end) {
			t = near
		}
		from = wall(t).Add(-1) // a time at the change itself counts
	}
}

// wall is what the clock on the wall shows at t, as if it were UTC.
func wall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
