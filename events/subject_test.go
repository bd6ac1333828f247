package events

import (
	"errors"
	"strings"
	"testing"
)

func TestParseSubject(t *testing.T) {
	for text, want := range map[string]Subject{
		"jobs.ws.job-1":                          JobSubject("ws", "job-1"),
		"catalog.A_b.definitions":                CatalogSubject("A_b"),
		"jobs." + strings.Repeat("a", 64) + ".-": JobSubject(strings.Repeat("a", 64), "-"),
	} {
		got, err := ParseSubject(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("ParseSubject(%q) is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "jobs", "jobs.ws", "jobs.ws.", "jobs..job", "jobs.ws.job.more", "tokens.ws.job", "Jobs.ws.job", ".ws.job",
		"jobs.ws.*", "jobs.>.job", "jobs.ws.a b", "jobs.ws.é", "jobs.ws.a\x00", "jobs.ws." + strings.Repeat("a", 65),
	} {
		if _, err := ParseSubject(text); !errors.Is(err, ErrID) {
			t.Errorf("ParseSubject(%q): %v, want ErrID", text, err)
		}
	}
}

func TestCheckID(t *testing.T) {
	for c := range 256 {
		id := "a" + string([]byte{byte(c)})
		good := c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if err := CheckID(id); (err == nil) != good {
			t.Errorf("CheckID(%q): %v", id, err)
		}
	}
}

// FuzzParseSubject: what is taken is written the same and is one literal
// subject of the log.
func FuzzParseSubject(f *testing.F) {
	for _, s := range []string{"jobs.ws.job", "catalog.ws.definitions", "jobs.*.>", "jobs..", "tokens.a.b", "jobs.a.b.c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSubject(text)
		if err != nil {
			if !errors.Is(err, ErrID) {
				t.Errorf("the error is not ErrID: %v", err)
			}
			return
		}
		if s.String() != text || strings.ContainsAny(text, "*> \t\r\n") || strings.Count(text, ".") != 2 {
			t.Errorf("%q was taken as %+v", text, s)
		}
	})
}
