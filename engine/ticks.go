package engine

import (
	"fmt"
	"time"

	"ranvier/engine/catalog"
)

// This file says which times of a schedule, its ticks, are to be fired now.

const (
	// maxCatchUp is how many missed ticks of a receptor are made up for, the
	// newest ones.
	maxCatchUp = 100
	// maxLate is how late a tick may be without catch_up: a restart of the
	// server does not cost the one tick of a day.
	maxLate = time.Minute
)

// madeUpFor tells whether a tick that is fired now is one that was missed. Such
// ticks wait for each other, else they would skip each other and nothing would
// be made up for.
func madeUpFor(source *catalog.Source, tick, now time.Time) bool {
	return source.CatchUp && source.Overlap != catalog.OverlapReplace && now.Sub(tick) >= time.Second
}

// nextTick gives what comes of a schedule after the time horizon, up to which
// all is done: the tick to be fired now, zero when there is none; or, when there
// are ticks for which it is too late, the last of them and why. Those come
// before what is to be fired.
func nextTick(s Schedule, source *catalog.Source, horizon, now time.Time) (fire, missed time.Time, why string) {
	keep, why := maxCatchUp, fmt.Sprintf("missed: catch_up makes up for the newest %d only", maxCatchUp)
	switch {
	case !source.CatchUp:
		keep, why = 1, "missed: catch_up is off"
	case source.Overlap == catalog.OverlapReplace:
		keep, why = 1, "missed: a later tick replaces it"
	}
	missed, ticks := newest(s, horizon, now, keep)
	if !source.CatchUp && len(ticks) > 0 && now.Sub(ticks[0]) > maxLate {
		missed, ticks = ticks[0], nil
	}
	switch {
	case !missed.IsZero():
		return time.Time{}, missed, why
	case len(ticks) > 0:
		return ticks[0], time.Time{}, ""
	}
	return time.Time{}, time.Time{}, ""
}

// newest gives the newest ticks after a time and up to now, at most n, and the
// one before these, zero when there is none. Its work does not grow with the
// time that has passed, as long as ticks are about evenly spread.
func newest(s Schedule, after, now time.Time, n int) (before time.Time, ticks []time.Time) {
	for back := time.Minute; ; back *= 4 {
		from := now.Add(-back)
		whole := back > maxBack || !from.After(after)
		if whole {
			from = after
		}
		before, ticks = time.Time{}, ticks[:0]
		for t := s.Next(from); !t.IsZero() && !t.After(now); t = s.Next(t) {
			if len(ticks) == n {
				before = ticks[0]
				ticks = append(ticks[:0], ticks[1:]...)
			}
			ticks = append(ticks, t)
		}
		if whole || !before.IsZero() {
			return before, ticks
		}
	}
}

// maxBack is so long that whatever was before it is too far away to look for.
const maxBack = 50 * 365 * 24 * time.Hour

// NextTick is when a receptor next fires by its schedule, the zero time when it
// does not.
func NextTick(r *catalog.Receptor, now time.Time) time.Time {
	if !r.Scheduled() {
		return time.Time{}
	}
	s, err := ParseSchedule(r.Source.Schedule, r.Source.Timezone)
	if err != nil {
		return time.Time{} // it was checked when it was stored
	}
	return s.Next(now)
}
