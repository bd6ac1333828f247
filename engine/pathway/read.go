package pathway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Reading JSON by hand, so that all problems are found and each has its place.

// reader collects problems.
type reader struct {
	problems Problems
}

func (r *reader) bad(path, format string, args ...any) {
	r.problems = append(r.problems, Problem{path, fmt.Sprintf(format, args...)})
}

// fields are the members of an object that nobody has taken yet.
type fields struct {
	names  []string // in document order
	values map[string]jsontext.Value
}

// take gives a member's JSON and forgets it; nil when there is none.
func (f *fields) take(name string) jsontext.Value {
	v := f.values[name]
	delete(f.values, name)
	return v
}

// rest makes an object of the members that are left.
func (f *fields) rest() jsontext.Value {
	b := []byte{'{'}
	for _, name := range f.names {
		v, ok := f.values[name]
		if !ok {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, name) // was read as a JSON name
		b = append(b, ':')
		b = append(b, v...)
	}
	return append(b, '}')
}

// object opens an object.
func (r *reader) object(path string, raw jsontext.Value) (*fields, bool) {
	if raw.Kind() != '{' {
		r.bad(path, "must be an object")
		return nil, false
	}
	f := &fields{values: map[string]jsontext.Value{}}
	err := each(raw, func(name string, v jsontext.Value) {
		f.names = append(f.names, name)
		f.values[name] = v
	})
	if err != nil {
		r.syntax(path, err)
		return nil, false
	}
	return f, true
}

// list opens an array.
func (r *reader) list(path string, raw jsontext.Value) ([]jsontext.Value, bool) {
	if raw.Kind() != '[' {
		r.bad(path, "must be a list")
		return nil, false
	}
	elems := []jsontext.Value{}
	err := each(raw, func(_ string, v jsontext.Value) { elems = append(elems, v) })
	if err != nil {
		r.syntax(path, err)
		return nil, false
	}
	return elems, true
}

// each gives the members of an object, or the elements of an array, without
// names. The values are parts of raw.
func each(raw jsontext.Value, yield func(name string, v jsontext.Value)) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	open, err := dec.ReadToken()
	if err != nil {
		return err
	}
	named := open.Kind() == '{'
	for {
		if k := dec.PeekKind(); k == '}' || k == ']' {
			_, err := dec.ReadToken()
			return err
		}
		name := ""
		if named {
			t, err := dec.ReadToken()
			if err != nil {
				return err
			}
			name = t.String()
		}
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		yield(name, v.Clone())
	}
}

// unknown reports every field that is left.
func (r *reader) unknown(path string, f *fields, known string) {
	for _, name := range f.names {
		if _, ok := f.values[name]; ok {
			r.bad(path+at(name), "unknown field; known are %s", known)
		}
	}
}

// text reads a string.
func (r *reader) text(path string, raw jsontext.Value) (string, bool) {
	if raw.Kind() != '"' {
		r.bad(path, "must be a string")
		return "", false
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		r.syntax(path, err)
		return "", false
	}
	return string(b), true
}

// integer reads a whole number between least and most.
func (r *reader) integer(path string, raw jsontext.Value, least, most int) (int, bool) {
	if raw.Kind() == '0' {
		if n, err := strconv.Atoi(string(raw)); err == nil && n >= least && n <= most {
			return n, true
		}
	}
	r.bad(path, "must be a whole number from %d to %d", least, most)
	return 0, false
}

// number reads any number.
func number(raw jsontext.Value) (float64, bool) {
	if raw.Kind() != '0' {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	return f, err == nil
}

// syntax reports what is no JSON.
func (r *reader) syntax(path string, err error) {
	var s *jsontext.SyntacticError
	if errors.Is(err, io.EOF) && !errors.As(err, &s) {
		r.bad(path, "is empty, and must be JSON")
		return
	}
	if !errors.As(err, &s) {
		r.bad(path, "%s", bounded(err.Error(), 200))
		return
	}
	if errors.Is(s.Err, jsontext.ErrDuplicateName) {
		r.bad(path+string(s.JSONPointer), "the name is twice in one object")
		return
	}
	r.bad(path+string(s.JSONPointer), "is no JSON at byte %d: %s", s.ByteOffset, bounded(strings.TrimPrefix(s.Err.Error(), "jsontext: "), 200))
}

// wellFormed tells whether raw is one strict JSON value (RFC 8259, UTF-8, no
// name twice in an object) of bounded size and depth. Where it is not, that is
// its only problem: nothing else can be said of it.
func (r *reader) wellFormed(raw []byte, maxBytes, maxDepth int) bool {
	if len(raw) > maxBytes {
		r.bad("", "has %d bytes, which is more than %d", len(raw), maxBytes)
		return false
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	for first := true; first || dec.StackDepth() > 0; first = false {
		if _, err := dec.ReadToken(); err != nil {
			r.syntax("", err)
			return false
		}
		if dec.StackDepth() > maxDepth {
			r.bad(string(dec.StackPointer()), "is nested deeper than %d", maxDepth)
			return false
		}
	}
	if rest := bytes.TrimLeft(raw[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		r.bad("", "there is more after the JSON value")
		return false
	}
	return true
}
