package pathway

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func TestResolveTools(t *testing.T) {
	model := func(id, tools string) Pinned {
		return Pinned{ID: id, Slug: id, Version: 1, Kind: "llm", Config: jsontext.Value(`{"tools":[` + tools + `]}`)}
	}
	known := Definitions{
		Neuron: func(name string) (Pinned, bool) {
			switch name {
			case "leaf":
				return Pinned{ID: "u1", Slug: "leaf", Version: 2, Kind: "echo"}, true
			case "asks":
				return model("asks", `{"name":"l","neuron":"leaf"}`), true
			case "itself":
				return model("itself", `{"name":"l","neuron":"other"}`), true
			case "other":
				return model("other", `{"name":"l","neuron":"itself"}`), true
			case "lost":
				return model("lost", `{"name":"ok","http":{}},{"name":"l","neuron":"nobody"}`), true
			case "d1", "d2", "d3", "d4", "d5", "d6":
				return model(name, `{"neuron":"d`+string(name[1]+1)+`"}`), true
			}
			return Pinned{}, false
		},
		Pathway: func(name string) (PinnedPathway, bool) {
			return PinnedPathway{ID: "p1", Slug: "review", Version: 7}, name == "review"
		},
		Server: func(name string) error {
			if name == "geo" {
				return nil
			}
			return errors.New("there is no such server")
		},
	}
	inline := func(tools string) string {
		return `{"nodes":[{"id":"a","type":"neuron","kind":"llm","config":{"tools":[` + tools + `]}}]}`
	}
	for _, c := range []struct {
		name, doc, want string // want is a part of the document
		problems        []string
	}{
		{"a neuron", inline(`{"name":"x","neuron":"leaf"}`), `{"name":"x","neuron":"leaf","pinned":{"id":"u1","slug":"leaf","version":2,"kind":"echo"}}`, nil},
		{"a pathway", inline(`{"name":"x","pathway":"review"}`), `"pathway":"review","pinned":{"id":"p1","slug":"review","version":7}}`, nil},
		{"a server", inline(`{"mcp":{"server":"geo"}}`), `{"mcp":{"server":"geo"}}`, nil},
		{"tools of tools", inline(`{"name":"x","neuron":"asks"}`), `"config":{"tools":[{"name":"l","neuron":"leaf","pinned":{"id":"u1"`, nil},
		{"of a stored one", `{"nodes":[{"id":"a","type":"neuron","neuron":"asks"}]}`, `"config":{"tools":[{"name":"l","neuron":"leaf","pinned":{"id":"u1"`, nil},
		{"inside a map", `{"nodes":[{"id":"m","type":"map","node":{"type":"neuron","neuron":"asks"}}]}`, `"neuron":"leaf","pinned"`, nil},
		{"what is no tool", inline(`7,{"neuron":7},{"mcp":{}}`), `[7,{"neuron":7},{"mcp":{}}]`, nil},
		{"another kind", `{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{"tools":[{"neuron":"leaf"}]}}]}`, `[{"neuron":"leaf"}]`, nil},
		{"problems", inline(`{"neuron":"nobody"},{"pathway":"nothing"},{"mcp":{"server":"x"}},{"neuron":"leaf","pinned":{}}`), ``, []string{
			`/nodes/0/config/tools/0/neuron: there is no neuron "nobody"`,
			`/nodes/0/config/tools/1/pathway: there is no pathway "nothing"`,
			`/nodes/0/config/tools/2/mcp/server: there is no such server`,
			`/nodes/0/config/tools/3/pinned: is written by the service; leave it out`,
		}},
		{"a problem inside", `{"nodes":[{"id":"a","type":"neuron","neuron":"lost"}]}`, ``, []string{
			`/nodes/0/neuron: neuron "lost": at config/tools/1/neuron: there is no neuron "nobody"`,
		}},
		{"a circle", `{"nodes":[{"id":"a","type":"neuron","neuron":"itself"}]}`, ``, []string{
			`/nodes/0/neuron: neuron "itself": at config/tools/0/neuron: neuron "other": at config/tools/0/neuron: the neuron would be its own tool: itself -> other -> itself`,
		}},
		{"too deep", `{"nodes":[{"id":"a","type":"neuron","neuron":"d1"}]}`, ``, []string{
			`more than 5 neurons are tools of one another: d1 -> d2 -> d3 -> d4 -> d5 -> d6`,
		}},
	} {
		got, problems := Resolve([]byte(c.doc), known)
		if !strings.Contains(string(got), c.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		said := told(problems)
		if c.name == "too deep" && len(said) == 1 && strings.HasSuffix(said[0], c.problems[0]) {
			continue
		}
		if diff := cmp.Diff(c.problems, said); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
