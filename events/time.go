package events

import (
	"fmt"
	"time"
)

// Time is an instant in UTC with millisecond precision, the only form in
// which a time is stored or served: "2026-01-02T15:04:05.000Z" (RFC 3339).
// The zero Time is no time.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000Z"

// At cuts t to milliseconds in UTC. Cutting never makes a time later.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// AtPtr is At for optional fields.
func AtPtr(t time.Time) *Time { a := At(t); return &a }

// Add is At(t + d).
func (t Time) Add(d time.Duration) Time { return At(t.Time.Add(d)) }

// String gives the stored form, "" for the zero Time.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return t.Time.UTC().Format(timeLayout)
}

// MarshalText gives the stored form.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalJSON gives the stored form as a JSON string, "" for the zero Time.
func (t Time) MarshalJSON() ([]byte, error) { return []byte(`"` + t.String() + `"`), nil }

// UnmarshalJSON reads a JSON string in any RFC 3339 form.
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return fmt.Errorf("%.40s is no RFC 3339 time", b)
	}
	return t.UnmarshalText(b[1 : len(b)-1])
}

// UnmarshalText reads any RFC 3339 time and cuts it to milliseconds in UTC.
func (t *Time) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*t = Time{}
		return nil
	}
	p, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return fmt.Errorf("%.40q is no RFC 3339 time", b)
	}
	*t = At(p)
	return nil
}
