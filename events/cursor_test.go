package events

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseCursor(t *testing.T) {
	for text, want := range map[string]Cursor{
		"":                             {},
		"0":                            {},
		"0-0":                          {},
		"1-0":                          {1, 0},
		"0-1":                          {0, 1},
		"12-345":                       {12, 345},
		"18446744073709551615-7":       {math.MaxUint64, 7},
		"7-18446744073709551615":       {7, math.MaxUint64},
		"9007199254740993-1":           {1<<53 + 1, 1},
		strings.Repeat("9", 19) + "-0": {9999999999999999999, 0},
	} {
		got, err := ParseCursor(text)
		if err != nil || got != want {
			t.Errorf("ParseCursor(%q) is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"-", "1", "1-", "-1", "1-2-3", "01-2", "1-02", "00-0", "+1-2", "1-+2", "-1-2", "1--2", " 1-2", "1-2 ", "1- 2", "1.0-2",
		"1e3-2", "0x1-2", "1_0-2", "a-b", "١-٢", "1−2", "18446744073709551616-0", "0-18446744073709551616", "\x001-2",
		strings.Repeat("1", 100), strings.Repeat("0", 50) + "-1", strings.Repeat("-", 1<<20),
	} {
		got, err := ParseCursor(text)
		if !errors.Is(err, ErrCursor) || got != (Cursor{}) {
			t.Errorf("ParseCursor(%.60q) is %v, %v; want ErrCursor", text, got, err)
			continue
		}
		if len(err.Error()) > 400 {
			t.Errorf("the error has %d bytes", len(err.Error()))
		}
		c := Cursor{1, 2}
		if err := c.UnmarshalText([]byte(text)); !errors.Is(err, ErrCursor) || c != (Cursor{1, 2}) {
			t.Errorf("UnmarshalText(%.60q) left %v, %v", text, c, err)
		}
	}
}

func TestCursorText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Cursor{rapid.Uint64().Draw(t, "job"), rapid.Uint64().Draw(t, "token")}
		got, err := ParseCursor(c.String())
		if err != nil || got != c {
			t.Fatalf("%v reads back as %v, %v", c, got, err)
		}
		b, err := c.MarshalText()
		if err != nil || string(b) != c.String() {
			t.Fatalf("MarshalText gives %q, %v", b, err)
		}
		var u Cursor
		if err := u.UnmarshalText(b); err != nil || u != c {
			t.Fatalf("UnmarshalText gives %v, %v", u, err)
		}
		d := Cursor{rapid.Uint64().Draw(t, "job 2"), rapid.Uint64().Draw(t, "token 2")}
		m := c.Max(d)
		if m != d.Max(c) || m.Job < c.Job || m.Token < c.Token || m.Job < d.Job || m.Token < d.Token ||
			(m.Job != c.Job && m.Job != d.Job) || (m.Token != c.Token && m.Token != d.Token) {
			t.Fatalf("the maximum of %v and %v is %v", c, d, m)
		}
	})
}

// FuzzParseCursor: what is taken has exactly one text form, but for the
// beginning.
func FuzzParseCursor(f *testing.F) {
	for _, s := range []string{"", "0", "0-0", "1-2", "01-2", "18446744073709551615-18446744073709551615", "+1-2", "1-2-3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCursor(s)
		if err != nil {
			if !errors.Is(err, ErrCursor) {
				t.Errorf("the error is not ErrCursor: %v", err)
			}
			return
		}
		if c.String() != s && s != "" && s != "0" {
			t.Errorf("%q reads as %v", s, c)
		}
	})
}
