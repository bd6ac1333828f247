package pathway

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// withMaps knows maps too, whose own settings are any.
type withMaps struct{ few }

func (withMaps) Kinds() []string { return []string{"do", "map", "neuron", "switch"} }

func (w withMaps) Settings(kind string, raw jsontext.Value) (any, Problems) {
	if kind == "map" {
		return string(raw), nil
	}
	return w.few.Settings(kind, raw)
}

func TestMaps(t *testing.T) {
	g, problems := Parse([]byte(`{"nodes":[
		{"id":"a","type":"do"},
		{"id":"m","type":"map","items":"{{ nodes.a.output }}","join_rest":"cancel","graph":{
			"nodes":[{"id":"b","type":"do","with":"{{ nodes.a.output + item }}"},
				{"id":"n","type":"map","items":"{{ item }}","node":{"type":"do","with":"{{ [nodes.a, nodes.b, index] }}"}}],
			"edges":[{"from":"b","to":"n","when":"index > 0"}],"output":"{{ nodes.n.output }}"}},
		{"id":"l","type":"map","node":{"id":"z","type":"do"}}],"edges":[{"from":"a","to":"m"}]}`), withMaps{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := g.Node("m").Settings; got != `{"items":"{{ nodes.a.output }}","join_rest":"cancel"}` {
		t.Errorf("the map's own settings are %s", got)
	}
	for path, want := range map[string]string{
		"m": "m", "m/7/b": "b", "m/7/n": "n", "m/7/n/0/item": "item", "l/1/z": "z",
		"m/7/a": "", "a/0/b": "", "m/7": "", "x": "", "m/1/n/2/item/3/x": "", "": "",
	} {
		got := ""
		if n := g.Node(path); n != nil {
			got = n.ID
		}
		if got != want {
			t.Errorf("at %q is %q, not %q", path, got, want)
		}
	}
	if at := g.At("m/3/n/2"); at == nil || len(at.Nodes) != 1 || !slices.Equal(at.Ends(), []string{"item"}) || g.At("") != g || g.At("a/1") != nil {
		t.Errorf("%+v", at)
	}
}

func TestMapProblems(t *testing.T) {
	one := func(rest string) string {
		return `{"nodes":[{"id":"a","type":"do"},{"id":"m","type":"map",` + rest + `}]}`
	}
	deep := `{"type":"do"}`
	for range maxMaps + 1 {
		deep = `{"type":"map","node":` + deep + `}`
	}
	for _, c := range []struct {
		name, doc string
		want      []string
	}{
		{"nothing runs", one(`"items":[]`), []string{`/nodes/1/node: is missing: the node that runs for each item, or "graph" with several`}},
		{"two things run", one(`"node":{"type":"do"},"graph":{"nodes":[{"id":"b","type":"do"}]}`), []string{`/nodes/1/graph: cannot stand beside "node": a map has one of them`}},
		{"a bad node", one(`"node":{"type":"what","x":1}`), []string{`/nodes/1/node/type: there is no node type "what"; there are do, map, neuron, switch`}},
		{"no node", one(`"node":7`), []string{`/nodes/1/node: must be an object`}},
		{"no graph", one(`"graph":7`), []string{`/nodes/1/graph: must be an object`}},
		{"a graph without nodes", one(`"graph":{"x":1}`), []string{
			`/nodes/1/graph/x: unknown field; known are nodes, edges, output`, `/nodes/1/graph/nodes: is missing`,
		}},
		{"pointers go down", one(`"graph":{"nodes":[{"id":"b","type":"do","with":"{{ nodes.q }}"},{"id":"c","type":"map","graph":{"nodes":[{"id":"d","type":"do","if":"1 +"}]}}],"edges":[{"from":"b","to":"m"}]}`), []string{
			`/nodes/1/graph/nodes/0/with: the expression reads nodes['q'], and there is no such node`,
			`/nodes/1/graph/nodes/1/graph/nodes/0/if: expression "1 +": column 4: syntax error: unexpected end`,
			`/nodes/1/graph/edges/0/to: there is no node "m"`,
		}},
		{"ids are different", one(`"graph":{"nodes":[{"id":"a","type":"do"}]}`), []string{
			`/nodes/1/graph/nodes/0/id: "a" is the id of a node outside of the map already, and expressions see both`,
		}},
		{"what is inside is not seen outside", `{"nodes":[{"id":"m","type":"map","node":{"id":"b","type":"do"}}],"output":"{{ [nodes.b, item] }}"}`, []string{
			`/output: the expression reads nodes['b'], and there is no such node`, `/output: item and index are known inside a map only`,
		}},
		{"the list is made outside", one(`"items":"{{ item }}","node":{"type":"do"}`), []string{`/nodes/1/items: item and index are known inside a map only`}},
		{"join_rest of a map is of its items", one(`"join_rest":"cancel","node":{"type":"do"}`), nil},
		{"too deep", one(`"node":` + deep), []string{`/nodes/1` + strings.Repeat("/node", maxMaps) + `: is the 5th map inside of another, and 4 is the most`}},
		{"a cycle", one(`"graph":{"nodes":[{"id":"b","type":"do"}],"edges":[{"from":"b","to":"b"}]}`), []string{
			`/nodes/1/graph/edges/0: leads "b" to itself and so needs max_visits, which says how often it may be taken`,
			`/nodes/1/graph/nodes: no node can be the first: each has an edge that leads to it`,
		}},
	} {
		g, problems := Parse([]byte(c.doc), withMaps{})
		if diff := cmp.Diff(c.want, told(problems)); diff != "" || (g == nil) != (len(c.want) > 0) {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestResolveInsideMaps(t *testing.T) {
	known := Definitions{Neuron: func(name string) (Pinned, bool) { return Pinned{ID: "u1", Kind: "echo", Version: 2}, name == "w" }}
	got, problems := Resolve([]byte(`{"nodes":[{"id":"m","type":"map","node":{"type":"neuron","neuron":"w"}},
		{"id":"n","type":"map","graph":{"nodes":[{"id":"o","type":"map","graph":{"nodes":[{"id":"p","type":"neuron","neuron":"w"}]}}]}}]}`), known)
	const pin = `"neuron":"w","pinned":{"id":"u1","slug":"","version":2,"kind":"echo"}`
	want := `{"nodes":[{"id":"m","type":"map","node":{"type":"neuron",` + pin + `}},` +
		`{"id":"n","type":"map","graph":{"nodes":[{"id":"o","type":"map","graph":{"nodes":[{"id":"p","type":"neuron",` + pin + `}]}}]}}]}`
	if string(got) != want || len(problems) > 0 {
		t.Errorf("%v\ngot  %s\nwant %s", problems, got, want)
	}
	_, problems = Resolve([]byte(`{"nodes":[{"type":"map","graph":{"nodes":[{"type":"neuron","neuron":"x"}]}},{"type":"map","node":{"type":"neuron","neuron":"y"}}]}`), known)
	if diff := cmp.Diff([]string{`/nodes/0/graph/nodes/0/neuron: there is no neuron "x"`, `/nodes/1/node/neuron: there is no neuron "y"`}, told(problems)); diff != "" {
		t.Error(diff)
	}
}
