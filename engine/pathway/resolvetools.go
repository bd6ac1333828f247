package pathway

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Writing into a model's config the neurons and pathways that are its tools.

// maxToolDepth is how many neurons may be tools of one another.
const maxToolDepth = 5

// pinTools gives a neuron's config with what its tools name. via are the stored
// neurons that lead here, the outermost first. bad tells a problem at a place
// inside the config.
func (r *reader) pinTools(path, kind string, config jsontext.Value, known Definitions, via []string, bad teller) jsontext.Value {
	if kind != "llm" || config.Kind() != '{' {
		return config
	}
	o, ok := r.object(path, config)
	if !ok || o.values["tools"].Kind() != '[' {
		return config
	}
	list, ok := r.list(path, o.values["tools"])
	if !ok {
		return config
	}
	for i, raw := range list {
		list[i] = r.pinTool(path, raw, known, via, bad.under(at("tools", i)))
	}
	o.values["tools"] = array(list)
	return o.rest()
}

// teller tells a problem at a place.
type teller func(place, format string, args ...any)

func (t teller) under(place string) teller {
	return func(inner, format string, args ...any) { t(place+inner, format, args...) }
}

// toolsOf gives the config of a stored neuron with what its tools name; path is
// where the graph names it, and where all that is wrong inside is told.
func (r *reader) toolsOf(path string, n *Pinned, known Definitions, via []string) jsontext.Value {
	return r.pinTools(path, n.Kind, n.Config, known, via, func(place, format string, args ...any) {
		r.bad(path, "neuron %.64q: at config%s: %s", n.Slug, place, fmt.Sprintf(format, args...))
	})
}

// pinTool gives a tool with what it names.
func (r *reader) pinTool(path string, raw jsontext.Value, known Definitions, via []string, bad teller) jsontext.Value {
	if raw.Kind() != '{' {
		return raw
	}
	o, ok := r.object(path, raw)
	if !ok {
		return raw
	}
	if _, ok := o.values["pinned"]; ok {
		bad("/pinned", "is written by the service; leave it out")
		return raw
	}
	r.checkServer(path, o.values["mcp"], known, bad)
	var definition any
	var name string
	switch {
	case unquote(o.values["neuron"], &name):
		neuron, ok := known.Neuron(name)
		through := append(slices.Clip(via), neuron.Slug)
		switch {
		case !ok:
			bad("/neuron", "there is no neuron %.64q", name)
			return raw
		case slices.Contains(via, neuron.Slug):
			bad("/neuron", "the neuron would be its own tool: %s", strings.Join(through, " -> "))
			return raw
		case len(through) > maxToolDepth:
			bad("/neuron", "more than %d neurons are tools of one another: %s", maxToolDepth, strings.Join(through, " -> "))
			return raw
		}
		neuron.Config = r.pinTools(path, neuron.Kind, neuron.Config, known, through, func(place, format string, args ...any) {
			bad("/neuron", "neuron %.64q: at config%s: %s", neuron.Slug, place, fmt.Sprintf(format, args...))
		})
		definition = neuron
	case unquote(o.values["pathway"], &name):
		if definition, ok = known.Pathway(name); !ok {
			bad("/pathway", "there is no pathway %.64q", name)
			return raw
		}
	default:
		return raw
	}
	pinned, err := json.Marshal(definition)
	if err != nil {
		bad("", "%.64q has a config or schema that is no JSON", name)
		return raw
	}
	o.names = append(o.names, "pinned")
	o.values["pinned"] = pinned
	return o.rest()
}

// checkServer says what is wrong with the server that a tool names.
func (r *reader) checkServer(path string, mcp jsontext.Value, known Definitions, bad teller) {
	if mcp.Kind() != '{' || known.Server == nil {
		return
	}
	o, ok := r.object(path, mcp)
	var name string
	if !ok || !unquote(o.values["server"], &name) {
		return
	}
	if err := known.Server(name); err != nil {
		bad("/mcp/server", "%s", err)
	}
}

func unquote(raw jsontext.Value, into *string) bool {
	return raw.Kind() == '"' && json.Unmarshal(raw, into) == nil && *into != ""
}
