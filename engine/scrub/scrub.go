// Package scrub takes secrets out of what others answered before it is kept or
// shown. A secret is found as it is and in the forms that programs usually give
// a text: see forms. What was changed in other ways, such as a piece of a
// secret, is not found.
package scrub

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// Mask stands where a secret was.
const Mask = "***"

// Set is a set of secrets to be taken out. The zero Set holds none. It may be
// used from any goroutine, and cannot be printed.
type Set struct {
	mu       sync.Mutex
	patterns []string // the longest first
	first    [256]bool
}

// Add adds a secret; one shorter than Least bytes is not looked for.
func (s *Set) Add(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	patterns := slices.Clone(s.patterns) // whoever reads has the old ones
	for _, p := range forms(secret) {
		if !slices.Contains(patterns, p) {
			patterns = append(patterns, p)
			s.first[p[0]] = true
		}
	}
	slices.SortStableFunc(patterns, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	s.patterns = patterns
}

// Empty tells whether there is nothing to take out.
func (s *Set) Empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.patterns) == 0
}

// String shows nothing.
func (s *Set) String() string { return "scrub.Set" }

// GoString shows nothing.
func (s *Set) GoString() string { return s.String() }

// finder is what a Set held at one time.
type finder struct {
	patterns []string
	first    [256]bool
}

func (s *Set) finder() finder {
	s.mu.Lock()
	defer s.mu.Unlock()
	return finder{s.patterns, s.first}
}

// at gives the length of the secret that text has at i, 0 for none, and whether
// one may begin there that is longer than the text.
func (f *finder) at(text string, i int) (n int, open bool) {
	if !f.first[text[i]] {
		return 0, false
	}
	rest := text[i:]
	for _, p := range f.patterns {
		if strings.HasPrefix(rest, p) {
			return len(p), open
		}
		open = open || strings.HasPrefix(p, rest)
	}
	return 0, open
}

// leastCut is how much of a secret must be left of one that was cut off.
const leastCut = 4

// cut gives the length of what text has at i of a secret that was cut off
// there: the text ends, or goes on as a cut text does.
func (f *finder) cut(text string, i int) int {
	if !f.first[text[i]] {
		return 0
	}
	rest := text[i:]
	for _, p := range f.patterns {
		n := 0
		for n < len(rest) && n < len(p) && rest[n] == p[n] {
			n++
		}
		if n >= leastCut && (n == len(rest) || strings.HasPrefix(rest[n:], "...") || rest[n] == '"' || rest[n] == '\'') {
			return n
		}
	}
	return 0
}

// Text gives text without the secrets.
func (s *Set) Text(text string) string {
	f := s.finder()
	return f.text(text, false)
}

// Message is Text for messages, which may have been cut inside a secret: what
// is left of it there is taken out too.
func (s *Set) Message(text string) string {
	f := s.finder()
	return f.text(text, true)
}

func (f *finder) text(text string, cuts bool) string {
	if len(f.patterns) == 0 {
		return text
	}
	var b strings.Builder
	kept := 0
	for i := 0; i < len(text); {
		n, _ := f.at(text, i)
		if n == 0 && cuts {
			n = f.cut(text, i)
		}
		if n == 0 {
			i++
			continue
		}
		b.WriteString(text[kept:i])
		b.WriteString(Mask)
		i += n
		kept = i
	}
	if kept == 0 {
		return text
	}
	b.WriteString(text[kept:])
	return b.String()
}

// JSON gives JSON without the secrets: in its strings and names, however they
// are escaped, and in its numbers. With cut its strings are taken as messages.
// JSON that would still hold a secret, or that could not stay JSON, becomes the
// string Mask as a whole. raw is not changed.
func (s *Set) JSON(raw jsontext.Value, cut bool) jsontext.Value {
	f := s.finder()
	if len(f.patterns) == 0 || len(raw) == 0 {
		return raw
	}
	clean, changed, err := f.tokens(raw, cut)
	if err != nil || f.text(string(clean), false) != string(clean) {
		return jsontext.Value(`"` + Mask + `"`)
	}
	if !changed {
		return raw
	}
	return clean
}

func (f *finder) tokens(raw jsontext.Value, cut bool) (clean jsontext.Value, changed bool, err error) {
	var out bytes.Buffer
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	enc := jsontext.NewEncoder(&out)
	for {
		switch dec.PeekKind() {
		case '"', '0':
			v, err := dec.ReadValue()
			if err != nil {
				return nil, false, err
			}
			text := string(v)
			if v.Kind() == '"' {
				b, err := jsontext.AppendUnquote(nil, v)
				if err != nil {
					return nil, false, err
				}
				text = string(b)
			}
			if masked := f.text(text, cut && v.Kind() == '"'); masked != text {
				changed = true
				if v, err = jsontext.AppendQuote(nil, masked); err != nil {
					return nil, false, err
				}
			}
			if err := enc.WriteValue(v); err != nil {
				return nil, false, err
			}
		default:
			t, err := dec.ReadToken()
			if err != nil {
				return nil, false, err
			}
			if err := enc.WriteToken(t); err != nil {
				return nil, false, err
			}
		}
		if dec.StackDepth() == 0 {
			return bytes.TrimSpace(out.Bytes()), changed, nil
		}
	}
}

// Stream gives text that comes in pieces on without the secrets, also those
// that lie across pieces. What may be the beginning of one is held back. It is
// for one goroutine.
type Stream struct {
	set  *Set
	emit func(string)
	held string
}

// Stream makes one that gives what it lets through to emit.
func (s *Set) Stream(emit func(string)) *Stream { return &Stream{set: s, emit: emit} }

// Add takes the next piece.
func (t *Stream) Add(text string) { t.next(text, false) }

// Close gives on what was held back. Nothing is added afterwards.
func (t *Stream) Close() { t.next("", true) }

func (t *Stream) next(text string, last bool) {
	f := t.set.finder()
	if t.held == "" && len(f.patterns) == 0 {
		if text != "" {
			t.emit(text)
		}
		return
	}
	text = t.held + text
	t.held = ""
	var b strings.Builder
	for i := 0; i < len(text); {
		n, open := f.at(text, i)
		if open && !last {
			t.held = text[i:]
			break
		}
		if n == 0 {
			b.WriteByte(text[i])
			i++
			continue
		}
		b.WriteString(Mask)
		i += n
	}
	if b.Len() > 0 {
		t.emit(b.String())
	}
}
