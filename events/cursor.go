package events

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Cursor is a place in the log of jobs: the sequence of the last job commit
// and of the last token chunk that lie behind it. Its text form is
// "<job sequence>-<token sequence>"; the zero Cursor is the beginning. Along
// one job's stream neither number ever falls.
type Cursor struct {
	Job   uint64
	Token uint64
}

// ErrCursor is returned for text that is no cursor.
var ErrCursor = errors.New(`a cursor has the form "<number>-<number>"`)

// ParseCursor reads the text form. The empty string and "0" are the
// beginning. The error is ErrCursor, wrapped with a bounded quote of the text.
func ParseCursor(s string) (Cursor, error) {
	if s == "" || s == "0" {
		return Cursor{}, nil
	}
	job, token, ok := strings.Cut(s, "-")
	if !ok || len(s) > 41 {
		return Cursor{}, badCursor(s)
	}
	j, errJ := parseDecimal(job)
	t, errT := parseDecimal(token)
	if errJ != nil || errT != nil {
		return Cursor{}, badCursor(s)
	}
	return Cursor{Job: j, Token: t}, nil
}

// parseDecimal takes digits only, with no leading zeros: one place in the log
// has one text form.
func parseDecimal(s string) (uint64, error) {
	if s == "" || (len(s) > 1 && s[0] == '0') || s[0] == '+' {
		return 0, ErrCursor
	}
	return strconv.ParseUint(s, 10, 64)
}

func badCursor(s string) error {
	if len(s) > 41 {
		s = s[:41] + "..."
	}
	return fmt.Errorf("%q: %w", s, ErrCursor)
}

// String gives the text form.
func (c Cursor) String() string {
	return string(c.append(make([]byte, 0, 41)))
}

func (c Cursor) append(b []byte) []byte {
	b = strconv.AppendUint(b, c.Job, 10)
	b = append(b, '-')
	return strconv.AppendUint(b, c.Token, 10)
}

// MarshalText gives the text form; it never fails.
func (c Cursor) MarshalText() ([]byte, error) { return c.append(nil), nil }

// UnmarshalText is ParseCursor.
func (c *Cursor) UnmarshalText(b []byte) error {
	p, err := ParseCursor(string(b))
	if err != nil {
		return err
	}
	*c = p
	return nil
}

// Max joins two places number by number: what lies behind either lies behind
// the result.
func (c Cursor) Max(d Cursor) Cursor {
	return Cursor{Job: max(c.Job, d.Job), Token: max(c.Token, d.Token)}
}
