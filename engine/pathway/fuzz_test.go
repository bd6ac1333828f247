package pathway

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// Whatever a document says, Parse gives a graph that can be walked, or
// problems whose pointers lead into the document.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		review, `{}`, `{"nodes":[{"id":"a","type":"do","with":"{{ nodes.b }}"}],"edges":[{"from":"a","to":"a","max_visits":1}]}`,
		`{"nodes":[{"id":"s","type":"switch","cases":[{"when":"true","to":"s"}],"default":"s"}]}`,
		`{"nodes":[{"id":"a","type":"do","on_error":"c"},{"id":"b","type":"do","join":"all"},{"id":"c","type":"do","join":2,"join_rest":"cancel"}],"edges":[{"from":"a","to":"c"},{"from":"b","to":"c"},{"from":"c","to":"b","max_visits":2}]}`,
		`{"nodes":[{"id":"a","type":"do","join":"any","join_rest":"ignore"},{"id":"b","type":"do","join":-1,"join_rest":null}]}`,
		`{"nodes":[{"id":"a","type":"neuron","neuron":"x","retry":{"max_attempts":1e9}}],"output":[{}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, problems := Parse(raw, few{})
		if (g == nil) == (len(problems) == 0) {
			t.Fatalf("graph %v with problems %v", g, problems)
		}
		for _, p := range problems {
			if p.Message == "" || p.Path != "" && p.Path[0] != '/' {
				t.Fatalf("problem %+v", p)
			}
		}
		if g == nil {
			return
		}
		for i := range g.Nodes {
			id := g.Nodes[i].ID
			if g.Node(id) != &g.Nodes[i] || len(g.Reach(id)) == 0 {
				t.Fatalf("node %q is not found", id)
			}
			if n := &g.Nodes[i]; n.Join > len(g.In(id)) || n.CancelRest && n.Join == 0 || slices.Contains(g.Rest(id), id) {
				t.Fatalf("node %q joins %d of %d, and leaves %v", id, n.Join, len(g.In(id)), g.Rest(id))
			}
		}
		if len(g.Starts()) == 0 || len(g.Ends()) == 0 {
			t.Fatal("no start or no end")
		}
		if out, problems := Resolve(raw, Definitions{
			Neuron:  func(string) (Pinned, bool) { return Pinned{Kind: "echo"}, true },
			Pathway: func(string) (PinnedPathway, bool) { return PinnedPathway{Version: 1}, true },
		}); len(problems) == 0 {
			if _, problems := Parse(out, few{}); len(problems) > 0 {
				t.Fatalf("resolved to %s: %v", out, problems)
			}
		}
	})
}

// Whatever an expression says, it compiles or not, and evaluates to JSON of
// bounded size or to an error of bounded length.
func FuzzExpr(f *testing.F) {
	for _, seed := range []string{
		`nodes.draft.output.text`, `input.list.map(x, x * 2.5).filter(y, y > 1)`, `has(nodes.x) ? 1 : 2u`, `json(toJson(input)).a`,
		`'%s %d %.3f'.format(['a', 1, 2.0])`, `timestamp('2026-01-01T00:00:00Z') + duration('1h')`, `[1,2].sortBy(x, -x)`, `{'a': {1: b'x'}}`,
		`input.?a.?b.orValue([])`, `"x".replace('', 'y')`, `math.least(1, 2.0)`, `[[1],[2]].flatten()`, `base64.decode('aGk=')`, `optional.none()`,
		`input.keys() + input.a.values()`, `input.entries().map(e, e.value)`, `input.a.merge({'x': 1})`, `input.list.sum()`, `[1,2,3].chunks(2)`,
		`lists.zip(input.list, ['a'])`, `coalesce(input.?a, null, 1)`, `'É'.lower().truncate(3)`, `hash.sha256(b'x')`, `url.query({'a': ['b', 1]})`,
		`url.decode('%41')`, `time.format(timestamp(job.created_at), '%Y %j', 'Europe/Berlin')`, `time.parse('12 PM', '%I %p')`,
		`regex.replace('ab', '(a)', '\\1')`, `regex.extractAll('ab', '.')`, `cel.bind(x, 1, x + x)`, `input.transformMap(k, v, v)`,
		`input.items.transformMapEntry(i, x, {x.id: i})`, `[1].hasAny([1.0])`, `input.list.first()`, `{'b': 1, 'a': 2}.map(k, k)`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := CompileExpr(src)
		if err != nil {
			if len(err.Error()) > 2000 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		v, err := e.Value(t.Context(), exampleScope())
		if err != nil {
			if len(err.Error()) > 2000 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			if strings.Contains(err.Error(), "internal error") {
				t.Fatal(err)
			}
			return
		}
		if !v.IsValid() || len(v) > maxText {
			t.Fatalf("%d bytes: %.100s", len(v), v)
		}
		again, err := e.Value(t.Context(), exampleScope())
		if err != nil || string(again) != string(v) && !strings.Contains(src, "nodes") && !strings.Contains(src, "input") {
			t.Fatalf("%s gives %s, then %s (%v)", src, v, again, err)
		}
	})
}

// Whatever a value holds, it is read or refused, and evaluates to JSON.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{
		`"{{ input.text }}"`, `{"a":["{{ '}}' }}{{ {'x': 1} }}"]}`, `"{{ r'\\' }} {{"`, `[1.0,null,"{{ '''a' }}"]`, `"{{{{1}}}}"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v Value
		if err := v.UnmarshalJSON(raw); err != nil {
			if problems := (Problems)(nil); !errors.As(err, &problems) {
				t.Fatalf("error %v", err)
			}
			return
		}
		got, err := v.Eval(t.Context(), exampleScope())
		if err == nil && !got.IsValid() {
			t.Fatalf("%s gives %s", raw, got)
		}
		text, errText := v.Text(t.Context(), exampleScope())
		if (err == nil) != (errText == nil) {
			t.Fatalf("%s: evaluates with %v, prints with %v", raw, err, errText)
		}
		if err == nil && got.Kind() != '"' && text != string(got) {
			t.Fatalf("%s gives %s and prints %s", raw, got, text)
		}
		if !jsontext.Value(raw).IsValid() {
			t.Fatalf("%s was read", raw)
		}
	})
}

// Whatever a schema is, it compiles or not, and checks any value.
func FuzzSchema(f *testing.F) {
	for _, seed := range []string{
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"enum":[1]}}}`, `true`, `{"allOf":[{"not":{}}]}`,
		`{"$dynamicRef":"#x","$dynamicAnchor":"x"}`, `{"$schema":"http://json-schema.org/draft-04/schema#","id":"x","$ref":"x"}`,
		`{"items":[{"type":"string"}],"uniqueItems":true,"multipleOf":0.1,"pattern":"a+"}`,
	} {
		f.Add([]byte(seed), []byte(`{"a":[1,"x",{"b":null}]}`))
	}
	f.Fuzz(func(t *testing.T, schema, value []byte) {
		s, err := CompileSchema(schema)
		if err != nil {
			return
		}
		for _, p := range s.Check(value) {
			if p.Message == "" {
				t.Fatalf("problem %+v", p)
			}
		}
	})
}
