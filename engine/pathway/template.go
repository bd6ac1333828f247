package pathway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/go-json-experiment/json/jsontext"
)

// JSON with expressions inside its strings.

// Value is JSON whose strings may hold expressions: "Hello {{ input.name }}".
// A string that is one {{ expression }} and nothing else becomes the result
// with its JSON type. Inside text a result is printed: strings as they are,
// all else as compact JSON. Names of objects are taken as they are. A Value is
// immutable and safe for concurrent use; the zero Value is absent.
type Value struct {
	root part
}

// maxExpressions bounds the expressions in one Value.
const maxExpressions = 256

// part is a place in a Value. Just one of its kinds is set.
type part struct {
	literal jsontext.Value // holds no expression
	whole   *Expr          // a string that is one expression
	text    []run
	array   []part
	object  []member
}

type member struct {
	name  string
	value part
}

// run is a piece of text: an expression, a secret, or the text as it is.
type run struct {
	expr   *Expr
	secret string // its name; see SecretText
	text   string
}

// UnmarshalJSON reads any JSON and compiles the expressions in it. Its error
// is Problems, with pointers to the places inside.
func (v *Value) UnmarshalJSON(b []byte) error { return v.read(b, false) }

func (v *Value) read(b []byte, secrets bool) error {
	r := valueReader{secrets: secrets}
	if !r.wellFormed(b, len(b), maxValueDepth) {
		return r.problems
	}
	r.dec = jsontext.NewDecoder(bytes.NewBuffer(b))
	root, err := r.next("")
	if err != nil {
		return err // not of well-formed JSON
	}
	if len(r.problems) > 0 {
		return r.problems
	}
	v.root = root
	return nil
}

// IsZero tells whether v was never read.
func (v *Value) IsZero() bool {
	p := &v.root
	return p.literal == nil && p.whole == nil && p.text == nil && p.array == nil && p.object == nil
}

// Eval evaluates to compact JSON; the zero Value to null. Errors are as for
// Expr.Value, and name the place inside; see At. The result may share memory with v; the caller must not change
// it.
func (v *Value) Eval(ctx context.Context, s *Scope) (jsontext.Value, error) {
	if v.IsZero() {
		return jsontext.Value("null"), nil
	}
	if v.root.literal != nil {
		return v.root.literal, nil
	}
	if v.root.whole != nil {
		return v.root.whole.pass(ctx, s)
	}
	return v.root.append(ctx, s, nil)
}

// placed is an error at a place inside a Value.
type placed struct {
	place string // as an expression would name it: .to[0]['in copy']
	err   error
}

func (p *placed) Error() string { return "at " + p.place + ": " + p.err.Error() }

func (p *placed) Unwrap() error { return p.err }

// inside adds the last step to the place of an error.
func inside(step string, err error) error {
	var p *placed
	if errors.As(err, &p) {
		return &placed{bounded(step+p.place, 200), p.err}
	}
	return &placed{bounded(step, 200), err}
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// memberStep is how an expression reaches a member.
func memberStep(name string) string {
	if plainName.MatchString(name) {
		return "." + name
	}
	return fmt.Sprintf("['%s']", bounded(name, 60))
}

// At says in the error of a Value in what field it is: "body.to[0]: ...".
func At(field string, err error) error {
	var p *placed
	if errors.As(err, &p) {
		return fmt.Errorf("%s%s: %w", field, p.place, p.err)
	}
	return fmt.Errorf("%s: %w", field, err)
}

// Text evaluates to text, for URLs, headers and prompts: a string as it is,
// the zero Value as "", all else as compact JSON.
func (v *Value) Text(ctx context.Context, s *Scope) (string, error) {
	switch p := &v.root; {
	case v.IsZero():
		return "", nil
	case p.whole != nil:
		return p.whole.text(ctx, s)
	case p.text != nil:
		return printed(ctx, s, p.text)
	case p.literal.Kind() == '"':
		b, err := jsontext.AppendUnquote(nil, p.literal)
		return string(b), err
	}
	b, err := v.Eval(ctx, s)
	return string(b), err
}

// printed evaluates a template inside text.
func printed(ctx context.Context, s *Scope, runs []run) (string, error) {
	var b strings.Builder
	for _, r := range runs {
		t := r.text
		if r.expr != nil {
			var err error
			if t, err = r.expr.text(ctx, s); err != nil {
				return "", err
			}
		}
		if b.Len()+len(t) > maxText {
			return "", errResult
		}
		b.WriteString(t)
	}
	return b.String(), nil
}

func (p *part) append(ctx context.Context, s *Scope, b []byte) ([]byte, error) {
	var err error
	switch {
	case p.literal != nil:
		b = append(b, p.literal...)
	case p.whole != nil:
		var v ref.Val
		if v, err = p.whole.eval(ctx, s); err != nil {
			return nil, err
		}
		if b, err = appendJSON(b, v, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", quoted(p.whole.source), err)
		}
	case p.text != nil:
		var t string
		if t, err = printed(ctx, s, p.text); err != nil {
			return nil, err
		}
		if b, err = appendJSON(b, types.String(t), 0); err != nil {
			return nil, err
		}
	case p.array != nil:
		b = append(b, '[')
		for i := range p.array {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = p.array[i].append(ctx, s, b); err != nil {
				return nil, inside(fmt.Sprintf("[%d]", i), err)
			}
		}
		b = append(b, ']')
	default:
		b = append(b, '{')
		for i := range p.object {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = jsontext.AppendQuote(b, p.object[i].name); err != nil {
				return nil, err
			}
			b = append(b, ':')
			if b, err = p.object[i].value.append(ctx, s, b); err != nil {
				return nil, inside(memberStep(p.object[i].name), err)
			}
		}
		b = append(b, '}')
	}
	if len(b) > maxText {
		return nil, errResult
	}
	return b, nil
}

// valueReader reads a Value and collects what is wrong with its expressions.
type valueReader struct {
	reader
	dec     *jsontext.Decoder
	count   int
	secrets bool // they may be used, in the outermost string
}

func (r *valueReader) next(path string) (part, error) {
	switch r.dec.PeekKind() {
	case '"':
		raw, err := r.dec.ReadValue()
		if err != nil {
			return part{}, err
		}
		return r.text(path, raw)
	case '[':
		if _, err := r.dec.ReadToken(); err != nil {
			return part{}, err
		}
		var elems []part
		for i := 0; r.dec.PeekKind() != ']'; i++ {
			e, err := r.next(path + at(i))
			if err != nil {
				return part{}, err
			}
			elems = append(elems, e)
		}
		_, err := r.dec.ReadToken()
		return joinElements(elems), err
	case '{':
		if _, err := r.dec.ReadToken(); err != nil {
			return part{}, err
		}
		var members []member
		for r.dec.PeekKind() != '}' {
			t, err := r.dec.ReadToken()
			if err != nil {
				return part{}, err
			}
			name := t.String()
			e, err := r.next(path + at(name))
			if err != nil {
				return part{}, err
			}
			members = append(members, member{name, e})
		}
		_, err := r.dec.ReadToken()
		return joinMembers(members), err
	}
	raw, err := r.dec.ReadValue()
	return part{literal: raw.Clone()}, err
}

// joinElements makes one literal of an array without expressions.
func joinElements(elems []part) part {
	if slices.ContainsFunc(elems, func(p part) bool { return p.literal == nil }) {
		return part{array: elems}
	}
	b := []byte{'['}
	for i, e := range elems {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, e.literal...)
	}
	return part{literal: append(b, ']')}
}

// joinMembers makes one literal of an object without expressions.
func joinMembers(members []member) part {
	if slices.ContainsFunc(members, func(m member) bool { return m.value.literal == nil }) {
		return part{object: members}
	}
	b := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, m.name) // was read as a JSON name
		b = append(b, ':')
		b = append(b, m.value.literal...)
	}
	return part{literal: append(b, '}')}
}

// text compiles a JSON string.
func (r *valueReader) text(path string, raw jsontext.Value) (part, error) {
	unquoted, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return part{}, err
	}
	literal, err := jsontext.AppendQuote(nil, unquoted) // without needless escapes
	if err != nil {
		return part{}, err
	}
	pieces, err := split(string(unquoted))
	if err != nil {
		r.bad(path, "%s", err.Error())
		return part{literal: literal}, nil
	}
	var runs []run
	for _, p := range pieces {
		if !p.code {
			runs = append(runs, run{text: p.text})
			continue
		}
		if r.count++; r.count > maxExpressions {
			if r.count == maxExpressions+1 {
				r.bad(path, "there are more than %d expressions in one value", maxExpressions)
			}
			continue
		}
		if name, ok := secretName(p.text); ok && r.secrets && path == "" {
			runs = append(runs, run{secret: name})
			continue
		}
		e, err := CompileExpr(p.text)
		if err != nil {
			r.bad(path, "%s", err.Error())
			continue
		}
		runs = append(runs, run{expr: e})
	}
	switch {
	case len(runs) == 1 && runs[0].expr != nil && len(pieces) == 1:
		return part{whole: runs[0].expr}, nil
	case slices.ContainsFunc(runs, func(r run) bool { return r.expr != nil || r.secret != "" }):
		return part{text: runs}, nil
	}
	return part{literal: literal}, nil
}

// piece is a stretch of a template: text as it is, or an expression's source.
type piece struct {
	text string
	code bool
}

var errUnclosed = errors.New("an expression that {{ begins has no }} at its end; write {{ '{{' }} for the braces themselves")

// split cuts a template into text and expressions. Inside an expression, }}
// in a CEL string or in nested braces does not end it.
func split(s string) ([]piece, error) {
	var pieces []piece
	for {
		before, rest, found := strings.Cut(s, "{{")
		if before != "" {
			pieces = append(pieces, piece{text: before})
		}
		if !found {
			return pieces, nil
		}
		end := codeEnd(rest)
		if end < 0 {
			return nil, errUnclosed
		}
		pieces = append(pieces, piece{text: strings.TrimSpace(rest[:end]), code: true})
		s = rest[end+2:]
	}
}

// codeEnd finds the }} that ends an expression, -1 when there is none.
func codeEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth > 0 {
				depth--
			} else if strings.HasPrefix(s[i:], "}}") {
				return i
			}
		case '"', '\'':
			n := stringEnd(s[i:], i > 0 && (s[i-1] == 'r' || s[i-1] == 'R'))
			if n < 0 {
				return -1
			}
			i += n - 1
		}
	}
	return -1
}

// stringEnd gives the length of the CEL string literal that s begins with, in
// bytes, -1 when it does not end.
func stringEnd(s string, raw bool) int {
	quote := s[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s, triple) {
		quote = triple
	}
	for i := len(quote); i < len(s); i++ {
		if s[i] == '\\' && !raw {
			i++
		} else if strings.HasPrefix(s[i:], quote) {
			return i + len(quote)
		}
	}
	return -1
}
