package pathway

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func TestResolve(t *testing.T) {
	lookup := func(name string) (Pinned, bool) {
		switch name {
		case "writer":
			return Pinned{ID: "u1", Slug: "writer", Version: 3, Kind: "echo", Config: jsontext.Value(`{"delay_ms": 1}`), InputSchema: jsontext.Value(`{"type":"object"}`)}, true
		case "bare":
			return Pinned{ID: "u2", Slug: "bare", Version: 1, Kind: "echo"}, true
		case "broken":
			return Pinned{ID: "u3", Config: jsontext.Value(`{`)}, true
		case "huge":
			return Pinned{ID: "u4", Config: jsontext.Value(`"` + strings.Repeat("x", maxDocument) + `"`)}, true
		}
		return Pinned{}, false
	}
	pathways := func(name string) (PinnedPathway, bool) {
		return PinnedPathway{ID: "p1", Slug: "review", Version: 7}, name == "review"
	}
	for _, c := range []struct {
		name, doc, want string
		problems        []string
	}{
		{"pins", `{"nodes": [{"id":"a","type":"neuron","neuron":"writer","input":{"b":1,"a":1.0}}, {"id":"b","type":"do","neuron":"x"},
			{"id":"c","type":"neuron","kind":"echo","config":{}}, {"neuron":"bare","type":"neuron"}], "edges": [], "output": "{{ 1 }}"}`,
			`{"nodes":[{"id":"a","type":"neuron","neuron":"writer","input":{"b":1,"a":1.0},"pinned":{"id":"u1","slug":"writer","version":3,"kind":"echo","config":{"delay_ms":1},"input_schema":{"type":"object"}}},` +
				`{"id":"b","type":"do","neuron":"x"},{"id":"c","type":"neuron","kind":"echo","config":{}},` +
				`{"neuron":"bare","type":"neuron","pinned":{"id":"u2","slug":"bare","version":1,"kind":"echo"}}],"edges":[],"output":"{{ 1 }}"}`, nil},
		{"pins pathways", `{"nodes":[{"id":"a","type":"pathway","pathway":"review"},{"id":"b","type":"pathway","neuron":"writer"}]}`,
			`{"nodes":[{"id":"a","type":"pathway","pathway":"review","pinned":{"id":"p1","slug":"review","version":7}},{"id":"b","type":"pathway","neuron":"writer"}]}`, nil},
		{"leaves what is no graph to Parse", `{"nodes":[7,{"type":"neuron"},{"type":"neuron","neuron":7}],"x":1}`,
			`{"nodes":[7,{"type":"neuron"},{"type":"neuron","neuron":7}],"x":1}`, nil},
		{"no nodes", `{"nodes":{}}`, `{"nodes":{}}`, nil},
		{"problems", `{"nodes":[{"type":"neuron","neuron":"nobody"},{"type":"neuron","neuron":"writer","pinned":null},{"type":"neuron","neuron":"broken"},{"type":"pathway","pathway":"nothing"}]}`, ``, []string{
			`/nodes/0/neuron: there is no neuron "nobody"`,
			`/nodes/1/pinned: is written by the service; leave it out`,
			`/nodes/2/neuron: neuron "broken" has a config or schema that is no JSON`,
			`/nodes/3/pathway: there is no pathway "nothing"`,
		}},
		{"too large", `{"nodes":[{"type":"neuron","neuron":"huge"}]}`, ``, []string{
			`: with its neurons written into it, the graph has 1048686 bytes, which is more than 1048576`,
		}},
		{"no JSON", `{`, ``, []string{`: is no JSON at byte 1: unexpected EOF`}},
		{"no object", `1`, ``, []string{`: must be an object`}},
	} {
		got, problems := Resolve([]byte(c.doc), Definitions{Neuron: lookup, Pathway: pathways})
		if string(got) != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		if diff := cmp.Diff(c.problems, told(problems)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A pinned neuron's own braces are no business of the graph's.
func TestPinnedExpressionsAreTheNeurons(t *testing.T) {
	mustParse(t, `{"nodes":[{"id":"a","type":"neuron","neuron":"w","pinned":{"id":"1","slug":"w","version":1,"kind":"echo",
		"config":{"text":"{{ nodes.elsewhere.output }}"}}},{"id":"b","type":"neuron","kind":"echo","config":{"text":"{{ item }}"}}]}`)
}
