package pathway

import (
	"fmt"
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// How often and how patiently a node is tried.

// Retry is a node's patience. The zero Retry, like that of a node that says
// nothing of it, allows one attempt.
type Retry struct {
	MaxAttempts  int           // all attempts of one visit, the first included; 1: no retry
	Initial, Max time.Duration // the first delay, and the most that it grows to
	Factor       float64       // by which each delay is longer than the one before
	Jitter       bool          // spread the delays
}

const (
	maxAttempts = 100
	maxFactor   = 100
	maxDelay    = 24 * time.Hour
	maxTimeout  = 10 * 365 * 24 * time.Hour
)

// A retry's settings where the document has none.
const (
	defaultInitial = time.Second
	defaultMax     = time.Minute
	defaultFactor  = 2
)

// Delay is the time to wait after the given number of failed attempts, counted
// from 1: Initial, growing by Factor each time, at most Max. With Jitter it is
// spread evenly between the half and the whole of that; rnd, in [0,1), is the
// caller's randomness.
func (r Retry) Delay(failed int, rnd float64) time.Duration {
	whole := float64(r.Initial) * math.Pow(max(r.Factor, 1), float64(max(failed, 1)-1))
	if r.Max > 0 {
		whole = min(whole, float64(r.Max))
	}
	whole = min(whole, float64(maxDelay))
	if r.Jitter {
		whole = whole/2 + whole/2*rnd
	}
	return time.Duration(whole)
}

// retry reads the field retry of a node.
func (r *reader) retry(path string, raw jsontext.Value) Retry {
	out := Retry{MaxAttempts: 1, Initial: defaultInitial, Max: defaultMax, Factor: defaultFactor}
	o, ok := r.object(path, raw)
	if !ok {
		return out
	}
	if v := o.take("max_attempts"); v == nil {
		r.bad(path+"/max_attempts", "is missing: how often to try in all, 1 to %d", maxAttempts)
	} else if n, ok := r.integer(path+"/max_attempts", v, 1, maxAttempts); ok {
		out.MaxAttempts = n
	}
	initial, hasInitial := r.optionalDuration(path+"/initial", o.take("initial"), maxDelay)
	if hasInitial {
		out.Initial = initial
		out.Max = max(defaultMax, initial)
	}
	if most, ok := r.optionalDuration(path+"/max", o.take("max"), maxDelay); ok {
		out.Max = most
		if !hasInitial {
			out.Initial = min(defaultInitial, most)
		} else if initial > most {
			r.bad(path+"/max", "must not be below initial")
		}
	}
	if v := o.take("factor"); v != nil {
		f, ok := number(v)
		if !ok || f < 1 || f > maxFactor {
			r.bad(path+"/factor", "must be a number from 1 to %d", maxFactor)
		} else {
			out.Factor = f
		}
	}
	if v := o.take("jitter"); v != nil {
		if out.Jitter = v.Kind() == 't'; !out.Jitter && v.Kind() != 'f' {
			r.bad(path+"/jitter", "must be true or false")
		}
	}
	r.unknown(path, o, "max_attempts, initial, factor, max, jitter")
	return out
}

// optionalDuration reads a Go duration string, if there is one.
func (r *reader) optionalDuration(path string, raw jsontext.Value, most time.Duration) (time.Duration, bool) {
	if raw == nil {
		return 0, false
	}
	s, ok := r.text(path, raw)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		r.bad(path, "%.40q is no duration, which is written like \"90s\" or \"1h30m\"", s)
	case d <= 0:
		r.bad(path, "a duration must be above zero")
	case d > most:
		r.bad(path, "must be at most %s", hours(most))
	default:
		return d, true
	}
	return 0, false
}

func hours(d time.Duration) string { return fmt.Sprintf("%dh", d/time.Hour) }
