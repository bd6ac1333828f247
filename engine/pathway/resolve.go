package pathway

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Writing neurons into a graph document.

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

// Resolve pins every neuron that the nodes of type "neuron" name: it adds
// "pinned" to such a node and gives the new document, compact. Inline neurons
// stay as they are. lookup finds a neuron; one that it does not know is a
// problem, and so is a "pinned" that was there before. Of the graph Resolve
// checks nothing else; that is for Parse.
func Resolve(raw []byte, lookup func(idOrSlug string) (Pinned, bool)) ([]byte, Problems) {
	var r reader
	if !r.wellFormed(raw, maxDocument, maxDepth) {
		return nil, r.problems
	}
	doc, ok := r.object("", raw)
	if !ok {
		return nil, r.problems
	}
	if nodes := doc.values["nodes"]; nodes.Kind() == '[' {
		list, _ := r.list("/nodes", nodes)
		for i, node := range list {
			list[i] = r.pin(at("nodes", i), node, lookup)
		}
		doc.values["nodes"] = array(list)
	}
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

// pin gives a node with the neuron that it names.
func (r *reader) pin(path string, raw jsontext.Value, lookup func(string) (Pinned, bool)) jsontext.Value {
	if raw.Kind() != '{' {
		return raw
	}
	o, ok := r.object(path, raw)
	if !ok || string(o.values["type"]) != `"neuron"` {
		return raw
	}
	if _, ok := o.values["pinned"]; ok {
		r.bad(path+"/pinned", "is written by the service; leave it out")
		return raw
	}
	name, ok := o.values["neuron"]
	if !ok || name.Kind() != '"' {
		return raw
	}
	id, ok := r.text(path+"/neuron", name)
	if !ok {
		return raw
	}
	neuron, ok := lookup(id)
	if !ok {
		r.bad(path+"/neuron", "there is no neuron %.64q", id)
		return raw
	}
	pinned, err := json.Marshal(neuron)
	if err != nil {
		r.bad(path+"/neuron", "neuron %.64q has a config or schema that is no JSON", id)
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
