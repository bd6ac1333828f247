package pathway

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Writing into a graph document what it names.

// Pinned is a neuron as a run pins it: what its definition was when the job
// was submitted.
type Pinned struct {
	ID           string         `json:"id"`
	Slug         string         `json:"slug"`
	Version      int            `json:"version"`
	Kind         string         `json:"kind"`
	Config       jsontext.Value `json:"config,omitzero"`
	InputSchema  jsontext.Value `json:"input_schema,omitzero"`
	OutputSchema jsontext.Value `json:"output_schema,omitzero"`
}

// PinnedPathway is a pathway as a run pins it: which version of it its nodes of
// type "pathway" run.
type PinnedPathway struct {
	ID      string `json:"id"`
	Slug    string `json:"slug"`
	Version int    `json:"version"`
}

// Definitions finds what a graph may name, by id or slug.
type Definitions struct {
	Neuron  func(idOrSlug string) (Pinned, bool)
	Pathway func(idOrSlug string) (PinnedPathway, bool)
	Server  func(name string) error // why tools of an MCP server cannot be used, nil when they can; nil: any can
}

// Resolve pins every neuron that the nodes of type "neuron" name, and every
// pathway that those of type "pathway" do: it adds "pinned" to such a node and
// gives the new document, compact. Inline neurons stay as they are. What
// Definitions does not know is a problem, and so is a "pinned" that was there
// before. So it is with the nodes inside maps, and with the tools of models. Of the graph Resolve checks
// nothing else; that is for Parse.
func Resolve(raw []byte, known Definitions) ([]byte, Problems) {
	var r reader
	if !r.wellFormed(raw, maxDocument, maxDepth) {
		return nil, r.problems
	}
	doc, ok := r.object("", raw)
	if !ok {
		return nil, r.problems
	}
	r.pinAll("", doc, known)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	out := doc.rest()
	if err := out.Compact(); err != nil {
		r.syntax("", err)
		return nil, r.problems
	}
	if !r.wellFormed(out, maxDocument, maxDepth) {
		for i := range r.problems {
			r.problems[i].Message = "with its neurons written into it, the graph " + r.problems[i].Message
		}
		return nil, r.problems
	}
	return out, nil
}

// pinAll pins what the nodes of a graph name.
func (r *reader) pinAll(path string, graph *fields, known Definitions) {
	if nodes := graph.values["nodes"]; nodes.Kind() == '[' {
		list, _ := r.list(path+"/nodes", nodes)
		for i, node := range list {
			list[i] = r.pin(path+at("nodes", i), node, known)
		}
		graph.values["nodes"] = array(list)
	}
}

// pinItems pins what a map's node, or the nodes of its graph, name.
func (r *reader) pinItems(path string, o *fields, known Definitions) jsontext.Value {
	if node, ok := o.values["node"]; ok {
		o.values["node"] = r.pin(path+"/node", node, known)
	}
	if raw := o.values["graph"]; raw.Kind() == '{' {
		if graph, ok := r.object(path+"/graph", raw); ok {
			r.pinAll(path+"/graph", graph, known)
			o.values["graph"] = graph.rest()
		}
	}
	return o.rest()
}

// pin gives a node with what it names.
func (r *reader) pin(path string, raw jsontext.Value, known Definitions) jsontext.Value {
	if raw.Kind() != '{' {
		return raw
	}
	o, ok := r.object(path, raw)
	if !ok {
		return raw
	}
	var kind string
	var find func(string) (any, bool)
	switch string(o.values["type"]) {
	case `"map"`:
		return r.pinItems(path, o, known)
	case `"neuron"`:
		place := path + "/neuron"
		kind, find = "neuron", func(name string) (any, bool) {
			neuron, ok := known.Neuron(name)
			neuron.Config = r.toolsOf(place, &neuron, known, []string{neuron.Slug})
			return neuron, ok
		}
		if inline := ""; unquote(o.values["kind"], &inline) {
			o.values["config"] = r.pinTools(path+"/config", inline, o.values["config"], known, nil, func(place, format string, args ...any) {
				r.bad(path+"/config"+place, format, args...)
			})
			return o.rest()
		}
	case `"pathway"`:
		kind, find = "pathway", func(name string) (any, bool) { return known.Pathway(name) }
	default:
		return raw
	}
	if _, ok := o.values["pinned"]; ok {
		r.bad(path+"/pinned", "is written by the service; leave it out")
		return raw
	}
	name, ok := o.values[kind]
	if !ok || name.Kind() != '"' {
		return raw
	}
	path += "/" + kind
	id, ok := r.text(path, name)
	if !ok {
		return raw
	}
	definition, ok := find(id)
	if !ok {
		r.bad(path, "there is no %s %.64q", kind, id)
		return raw
	}
	pinned, err := json.Marshal(definition)
	if err != nil {
		r.bad(path, "%s %.64q has a config or schema that is no JSON", kind, id)
		return raw
	}
	o.names = append(o.names, "pinned")
	o.values["pinned"] = pinned
	return o.rest()
}

func array(elems []jsontext.Value) jsontext.Value {
	b := []byte{'['}
	for i, e := range elems {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, e...)
	}
	return append(b, ']')
}
