package httpapi

// Query parameters: each is known, given once and well formed, or the request
// is refused with everything that is wrong with it.

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ranvier/engine/pathway"
	"ranvier/events"
)

const (
	defaultLimit = 20
	maxLimit     = 200
	maxOffset    = 1_000_000_000
)

// query reads a request's parameters. It remembers which it was asked for; the
// rest is unknown. A problem's path is the parameter's name after a slash.
type query struct {
	values   url.Values
	asked    map[string]bool
	problems pathway.Problems
}

func queryOf(r *http.Request) *query {
	q := &query{asked: map[string]bool{}}
	var err error
	if q.values, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		q.problems = pathway.Problems{{Message: "the query is not well formed: use % and two hex digits for special characters"}}
	}
	return q
}

func (q *query) problem(name, format string, args ...any) {
	path := strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	q.problems = append(q.problems, pathway.Problem{Path: "/" + path, Message: fmt.Sprintf(format, args...)})
}

// all gives every value of a parameter that may be repeated.
func (q *query) all(name string) []string {
	q.asked[name] = true
	return q.values[name]
}

// text gives a parameter's value, "" when it is absent. An empty value counts
// as given, and wrong.
func (q *query) text(name string) string {
	v := q.all(name)
	switch {
	case len(v) > 1:
		q.problem(name, "this parameter may be given once")
	case len(v) == 1 && v[0] == "":
		q.problem(name, "this parameter is empty: leave it out or give it a value")
	case len(v) == 1:
		return v[0]
	}
	return ""
}

// id is text that is an id.
func (q *query) id(name string) string {
	v := q.text(name)
	if v != "" && events.CheckID(v) != nil {
		q.problem(name, "%v", events.ErrID)
		return ""
	}
	return v
}

// line is text of at most so many bytes without control characters.
func (q *query) line(name string, most int) string {
	v := q.text(name)
	if v != "" && !isLine(v, most) {
		q.problem(name, "this must be at most %d bytes of UTF-8 without control characters", most)
		return ""
	}
	return v
}

// number is a whole number between least and most; absent it is absent.
func (q *query) number(name string, absent, least, most int) int {
	v := q.text(name)
	if v == "" {
		return absent
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most || v[0] == '+' {
		q.problem(name, "this must be a whole number from %d to %d", least, most)
		return absent
	}
	return n
}

// page is limit and offset of a list.
func (q *query) page() (limit, offset int) {
	return q.number("limit", defaultLimit, 1, maxLimit), q.number("offset", 0, 0, maxOffset)
}

// time is an RFC 3339 time, the zero time when absent.
func (q *query) time(name string) time.Time {
	v := q.text(name)
	if v == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil {
		q.problem(name, `this must be an RFC 3339 time such as 2026-01-02T15:04:05Z (a "+" is written as %%2B)`)
	}
	return t
}

// oneOf is one of some words; absent it is the first, which may be empty.
func (q *query) oneOf(name string, words ...string) string {
	v := q.text(name)
	if v == "" {
		return words[0]
	}
	if !slices.Contains(words, v) {
		if words[0] == "" {
			words = words[1:]
		}
		q.problem(name, "this must be one of %s", strings.Join(words, ", "))
	}
	return v
}

// labels gives the parameters label.<name>, by the label's name.
func (q *query) labels() map[string]string {
	var out map[string]string
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		label, ok := strings.CutPrefix(name, "label.")
		if !ok || label == "" || !isLine(label, maxLabelName) {
			continue // and so it is unknown
		}
		if out == nil {
			out = map[string]string{}
		}
		out[label] = q.line(name, maxLabelValue)
	}
	return out
}

// err refuses the request when something was wrong or is unknown. It is called
// last.
func (q *query) err() error {
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		if !q.asked[name] {
			q.problem(bounded(name, maxText), "this parameter is not known here; known are %s", strings.Join(slices.Sorted(maps.Keys(q.asked)), ", "))
		}
	}
	return q.wrong()
}

// wrong is err where unknown parameters are passed over.
func (q *query) wrong() error {
	if len(q.problems) > 0 {
		return invalid(q.problems)
	}
	return nil
}

// noQuery refuses every parameter.
func noQuery(r *http.Request) error {
	q := queryOf(r)
	if len(q.values) > 0 && len(q.problems) == 0 {
		for _, name := range slices.Sorted(maps.Keys(q.values)) {
			q.problem(bounded(name, maxText), "this route takes no parameters")
		}
	}
	if len(q.problems) > 0 {
		return invalid(q.problems)
	}
	return nil
}

// isLine tells whether s is short text that can be stored, indexed and shown
// on one line.
func isLine(s string, most int) bool {
	if len(s) > most || !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
