package pathway

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestValue(t *testing.T) {
	for _, c := range []struct{ src, eval, text string }{
		// nothing to evaluate
		{`null`, `null`, `null`},
		{` [ 1.0 , "a\u0062" , {"b":1, "a":[]} ] `, `[1.0,"ab",{"b":1,"a":[]}]`, `[1.0,"ab",{"b":1,"a":[]}]`},
		{`"plain"`, `"plain"`, `plain`},
		{`""`, `""`, ``},
		{`"a } b }} c { d"`, `"a } b }} c { d"`, `a } b }} c { d`},
		{`"\"\n"`, `"\"\n"`, "\"\n"},
		// one expression keeps its type
		{`"{{ input.n }}"`, `7`, `7`},
		{`"{{input.n}}"`, `7`, `7`},
		{`"{{ input.text }}"`, `"Ada"`, `Ada`},
		{`"{{ input.a }}"`, `{"y":[1.50,12345678901234567890],"x":null}`, `{"y":[1.50,12345678901234567890],"x":null}`},
		{`"{{ input.yes }}"`, `true`, `true`},
		{`"{{ input.none }}"`, `null`, `null`},
		{`"{{ input.?nope }}"`, `null`, `null`},
		{`"{{ timestamp(job.created_at) }}"`, `"2026-01-02T03:04:05Z"`, `2026-01-02T03:04:05Z`},
		{`"{{ b'hi' }}"`, `"aGk="`, `aGk=`},
		// inside text all is printed
		{`" {{ input.n }}"`, `" 7"`, ` 7`},
		{`"{{ input.n }}{{ input.n }}"`, `"77"`, `77`},
		{`"Hi {{ input.text }}, {{ input.f * 2 }} and {{ input.f }} of {{ input.list }}: {{ input.yes }} {{ input.none }} {{ {'q': 'x\"'} }}!"`,
			`"Hi Ada, 5 and 2.5 of [3,1,2]: true null {\"q\":\"x\\\"\"}!"`, `Hi Ada, 5 and 2.5 of [3,1,2]: true null {"q":"x\""}!`},
		// braces and quotes inside expressions
		{`"{{ {'a': {'b': 1}} }}"`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		{`"{{ {'a': {'b': 1}}}}"`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		{`"{{ '}}' + \"{{\" }}"`, `"}}{{"`, `}}{{`},
		{`"{{ '{{' }}x{{ '}}' }}"`, `"{{x}}"`, `{{x}}`},
		{`"{{ 'it\\'s }}' }}"`, `"it's }}"`, `it's }}`},
		{`"{{ r'\\' }}"`, `"\\"`, `\`},
		{`"{{ '''a' }}''' }}"`, `"a' }}"`, `a' }}`},
		// anywhere but in names
		{`{"{{ input.n }}":["{{ input.n }}",{"x":"<{{ input.n }}>"}],"k":1}`, `{"{{ input.n }}":[7,{"x":"<7>"}],"k":1}`, `{"{{ input.n }}":[7,{"x":"<7>"}],"k":1}`},
	} {
		var v Value
		if err := json.Unmarshal([]byte(c.src), &v); err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		eval, err := v.Eval(t.Context(), exampleScope())
		if err != nil || string(eval) != c.eval {
			t.Errorf("%s gives %s (%v), want %s", c.src, eval, err, c.eval)
		}
		text, err := v.Text(t.Context(), exampleScope())
		if err != nil || text != c.text {
			t.Errorf("%s as text gives %s (%v), want %s", c.src, text, err, c.text)
		}
		if v.IsZero() {
			t.Errorf("%s is zero", c.src)
		}
	}
}

func TestZeroValue(t *testing.T) {
	var s struct {
		V Value `json:"v"`
	}
	if err := json.Unmarshal([]byte(`{}`), &s); err != nil {
		t.Fatal(err)
	}
	eval, err := s.V.Eval(t.Context(), exampleScope())
	if !s.V.IsZero() || string(eval) != "null" || err != nil {
		t.Errorf("gives %s, %v", eval, err)
	}
	if text, err := s.V.Text(t.Context(), exampleScope()); text != "" || err != nil {
		t.Errorf("as text gives %q, %v", text, err)
	}
}

func TestValueProblems(t *testing.T) {
	for _, c := range []struct {
		src  string
		want []string
	}{
		{`{"a":["{{ 1 + }} {{ }}"],"b/c":"{{ foo }}","d":"{{ 'x }}"}`, []string{
			`/a/0: expression "1 +": column 4: syntax error: unexpected end`,
			`/a/0: the expression is empty`,
			`/b~1c: expression "foo": column 1: unknown name "foo"; the variables are input, nodes, job and trace`,
			`/d: an expression that {{ begins has no }} at its end; write {{ '{{' }} for the braces themselves`,
		}},
		{`"{{{ 1 }}"`, []string{`: an expression that {{ begins has no }} at its end; write {{ '{{' }} for the braces themselves`}},
		{`[1,`, []string{`: is no JSON at byte 3: unexpected EOF`}},
		{`{"a":1,"a":2}`, []string{`/a: the name is twice in one object`}},
		{`00`, []string{`: there is more after the JSON value`}},
		{strings.Repeat("[", 300) + strings.Repeat("]", 300), []string{strings.Repeat(`/0`, 256) + `: is nested deeper than 256`}},
	} {
		var v Value
		err := v.UnmarshalJSON([]byte(c.src))
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: error %v", c.src, err)
		}
		if diff := cmp.Diff(c.want, told(problems)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.src, diff)
		}
		if !v.IsZero() {
			t.Errorf("%s: was read all the same", c.src)
		}
	}
}

func TestValueErrors(t *testing.T) {
	for src, want := range map[string]string{
		`"{{ nodes.x.output }}"`:          `expression "nodes.x.output": node "x" has no output: it has not run, or was skipped; has(nodes['x']) tells`,
		`["a",{"b":"-{{ input.nope }}"}]`: `expression "input.nope": there is no field "nope"; has() tells, and .?nope.orValue() gives a default`,
		`"{{ int }}"`:                     `expression "int": a type has no JSON form`,
		`"-{{ int }}"`:                    `expression "int": a type has no JSON form`,
		`["{{ input.list.map(x, lists.range(100000)) }}","{{ input.list.map(x, lists.range(100000)) }}"]`: `the result has more than 1048576 bytes`,
	} {
		var v Value
		if err := v.UnmarshalJSON([]byte(src)); err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		for what, eval := range map[string]func() error{
			"eval": func() error { _, err := v.Eval(t.Context(), exampleScope()); return err },
			"text": func() error { _, err := v.Text(t.Context(), exampleScope()); return err },
		} {
			if err := eval(); err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s of %s: got %v, want %s", what, src, err, want)
			}
		}
	}
}

// anyJSON draws a JSON value.
func anyJSON(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Just[any](nil),
		rapid.Bool().AsAny(),
		rapid.IntRange(-1000, 1000).AsAny(),
		rapid.Float64Range(-1e6, 1e6).AsAny(),
		rapid.String().AsAny(),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.SliceOfN(anyJSON(depth-1), 0, 3).AsAny(),
		rapid.MapOfN(rapid.String(), anyJSON(depth-1), 0, 3).AsAny())
}

// Any JSON survives being input, read by an expression, and printed: passed on
// it is the same text, taken apart and made anew it is the same value. JSON
// without braces is its own template.
// An error says where in a value it is.
func TestValueErrorPlace(t *testing.T) {
	for raw, want := range map[string]string{
		`"{{ input.nope }}"`:                            `body: expression "input.nope": there is no field`,
		`"a {{ input.nope }}"`:                          `body: expression "input.nope": there is no field`,
		`{"to":[1,{"in copy":"{{ input.nope }}"}]}`:     `body.to[1]['in copy']: expression "input.nope": there is no field`,
		`{"a":{"b":{"c":["{{ 1 / (input.n - 7) }}"]}}}`: `body.a.b.c[0]: expression "1 / (input.n - 7)": division by zero`,
	} {
		var v Value
		if err := v.UnmarshalJSON([]byte(raw)); err != nil {
			t.Fatal(err)
		}
		_, err := v.Eval(t.Context(), exampleScope())
		if err == nil || !strings.HasPrefix(At("body", err).Error(), want) {
			t.Errorf("%s: got %v, want %s", raw, At("body", err), want)
		}
	}
}

func TestValueKeepsJSON(t *testing.T) {
	whole, err := CompileExpr(`input`)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := CompileExpr(`toJson([input])`)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(anyJSON(3).Draw(t, "value"), json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		s := NewScope(raw, nil, "")
		if kind := jsontext.Value(raw).Kind(); kind == '[' || kind == '{' {
			if got, err := whole.Value(t.Context(), s); err != nil || string(got) != string(raw) {
				t.Fatalf("%s became %s (%v)", raw, got, err)
			}
		}
		got, err := parts.Value(t.Context(), s)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		var inner string
		if err := json.Unmarshal(got, &inner); err != nil {
			t.Fatal(err)
		}
		var want, have any
		if err := json.Unmarshal(append(append([]byte("["), raw...), ']'), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(inner), &have); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("%s became %s:\n%s", raw, inner, diff)
		}
		if strings.Contains(string(raw), "{{") {
			return
		}
		var v Value
		if err := v.UnmarshalJSON(raw); err != nil {
			t.Fatal(err)
		}
		if got, err := v.Eval(t.Context(), s); err != nil || string(got) != string(raw) {
			t.Fatalf("%s evaluates to %s (%v)", raw, got, err)
		}
	})
}
