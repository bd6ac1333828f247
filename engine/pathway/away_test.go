package pathway

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// TestAway: an output that is read when it is needed is like any other.
func TestAway(t *testing.T) {
	const output = `{"b":1,"a":[1.50,"x"]}`
	for _, template := range []string{
		`"{{ nodes.a.output }}"`, `"{{ nodes['a'].output }}"`, `"{{ nodes.a.output.b }}"`, `"{{ nodes.a.output.a[1] }}"`, `"{{ [nodes.a.output] }}"`,
		`"{{ nodes }}"`, `"{{ nodes.a }}"`, `"{{ size(nodes) }}"`, `"{{ has(nodes.a) }}"`, `"{{ has(nodes.a.output.c) }}"`, `"<{{ nodes.a.output.b }}>"`,
		`{"x":"{{ nodes.a.output }}"}`, `"{{ nodes.a.?output.?c.orValue(3) }}"`, `"{{ nodes[['a'][0]].output.b }}"`,
	} {
		var v Value
		if err := json.Unmarshal([]byte(template), &v); err != nil {
			t.Fatal(err)
		}
		here := NewScope(nil, nil, "")
		here.SetNode("a", jsontext.Value(output))
		want, err := v.Eval(t.Context(), here)
		if err != nil {
			t.Fatalf("%s: %v", template, err)
		}
		reads := 0
		away := NewScope(nil, nil, "")
		away.SetNodeAway("a", func() (jsontext.Value, error) { reads++; return jsontext.Value(output), nil })
		for range 2 {
			got, err := v.Eval(t.Context(), away.Clone())
			if err != nil || string(got) != string(want) {
				t.Errorf("%s is %s, %v; want %s", template, got, err, want)
			}
		}
		if reads > 1 {
			t.Errorf("%s read it %d times", template, reads)
		}
	}
}

// TestAwayUnread: what is not needed is not read, and an error is that of the
// evaluation, until it passes.
func TestAwayUnread(t *testing.T) {
	broken := errors.New("made to fail")
	var fails error
	s := NewScope(jsontext.Value(`{"n":1}`), nil, "")
	s.SetNodeAway("a", func() (jsontext.Value, error) { return jsontext.Value(`[7]`), fails })
	eval := func(template string) (string, error) {
		var v Value
		if err := json.Unmarshal([]byte(template), &v); err != nil {
			t.Fatal(err)
		}
		got, err := v.Eval(t.Context(), s)
		return string(got), err
	}
	fails = broken
	if got, err := eval(`"{{ input.n }}"`); got != "1" || err != nil {
		t.Errorf("another variable: %s, %v", got, err)
	}
	for _, template := range []string{`"{{ nodes.a.output }}"`, `"{{ nodes.a.output[0] }}"`, `"x{{ nodes.a.output }}"`} {
		if _, err := eval(template); !errors.Is(err, broken) {
			t.Errorf("%s: %v", template, err)
		}
	}
	if _, err := eval(`"{{ nodes[['a'][0]].output[0] }}"`); err == nil || !strings.Contains(err.Error(), "cannot be read: made to fail") {
		t.Errorf("by a name that is made: %v", err)
	}
	fails = nil
	for _, template := range []string{`"{{ nodes.a.output[0] }}"`, `"{{ nodes[['a'][0]].output[0] }}"`} {
		if got, err := eval(template); got != "7" || err != nil {
			t.Errorf("%s once it can be read: %s, %v", template, got, err)
		}
	}
	s.SetNode("a", jsontext.Value("8"))
	if got, err := eval(`"{{ nodes.a.output }}"`); got != "8" || err != nil {
		t.Errorf("set anew: %s, %v", got, err)
	}
	s.UnsetNode("a")
	if _, err := eval(`"{{ nodes.a.output }}"`); err == nil {
		t.Error("unset it still has an output")
	}
}

// TestPassedOn: what an expression only passes on may be larger than what one
// may make.
func TestPassedOn(t *testing.T) {
	long := strings.Repeat("x", maxText)
	for name, raw := range map[string]string{
		"string": `"` + long + `"`, "list": `["` + long + `"]`, "object": `{"a":"` + long + `"}`,
	} {
		s := NewScope(jsontext.Value(raw), nil, "")
		s.SetNode("a", jsontext.Value(`{"body":`+raw+`}`))
		for template, want := range map[string]string{`"{{ input }}"`: raw, `"{{ nodes.a.output.body }}"`: raw, `"{{ [input] }}"`: "", `["{{ input }}"]`: "", `"{{ input }}x"`: ""} {
			var v Value
			if err := json.Unmarshal([]byte(template), &v); err != nil {
				t.Fatal(err)
			}
			got, err := v.Eval(t.Context(), s)
			if want == "" && err == nil || want != "" && (err != nil || string(got) != want) {
				t.Errorf("%s of a %s: %d bytes, %v", template, name, len(got), err)
			}
		}
	}
}
