package pathway

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Reading what a map runs for each item: a graph inside the graph.

// maxMaps is how many maps may be inside of each other.
const maxMaps = 4

// singleID names the one node of a map that has just one, unless it says so.
const singleID = "item"

// items reads a map's "graph", or the "node" that stands for a graph of one node.
func (p *parser) items(path string, o *fields) *Graph {
	node, graph := o.take("node"), o.take("graph")
	switch {
	case node == nil && graph == nil:
		p.bad(path+"/node", "is missing: the node that runs for each item, or \"graph\" with several")
		return nil
	case node != nil && graph != nil:
		p.bad(path+"/graph", "cannot stand beside \"node\": a map has one of them")
		return nil
	}
	in := parser{types: p.types, kinds: p.kinds, ids: map[string]int{}, used: p.used, outer: p, depth: p.depth + 1}
	if in.depth > maxMaps {
		p.bad(path, "is the %dth map inside of another, and %d is the most", in.depth, maxMaps)
		return nil
	}
	if graph != nil {
		in.read(graph)
		p.problems = append(p.problems, in.problems.Under(path+"/graph")...)
	} else {
		in.read(in.single(node))
		for _, problem := range in.problems {
			problem.Path = path + "/node" + strings.TrimPrefix(problem.Path, at("nodes", 0))
			p.problems = append(p.problems, problem)
		}
	}
	if len(in.problems) > 0 {
		return nil
	}
	in.graph.link()
	return &in.graph
}

// single makes the graph of one node, which needs no id.
func (p *parser) single(node jsontext.Value) jsontext.Value {
	if o, ok := (&reader{}).object("", node); ok && o.values["id"] == nil {
		id := singleID
		for n := 2; p.outer.knows(id); n++ {
			id = fmt.Sprint(singleID, n)
		}
		o.names = append(o.names, "id")
		o.values["id"] = jsontext.Value(`"` + id + `"`)
		node = o.rest()
	}
	return append(append(jsontext.Value(`{"nodes":[`), node...), `]}`...)
}

// knows tells whether an expression can name a node: one of the graph, or of
// those around it.
func (p *parser) knows(id string) bool {
	for ; p != nil; p = p.outer {
		if _, ok := p.ids[id]; ok {
			return true
		}
	}
	return false
}
