package pathway

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// What a node's settings say about other nodes that no edge joins it to: lock
// and cancels.

// lock reads the name that keeps nodes from being at work together.
func (p *parser) lock(path string, raw jsontext.Value) string {
	if raw == nil {
		return ""
	}
	name, ok := p.text(path, raw)
	if ok && !validID.MatchString(name) {
		p.bad(path, "a lock's name has 1 to 64 letters, digits, '_' or '-'")
	}
	return name
}

// cancels reads the ids of the nodes that a node ends. What they are is checked
// with all edges: see cancelled.
func (p *parser) cancels(path string, raw jsontext.Value) []string {
	if raw == nil {
		return nil
	}
	list, ok := p.list(path, raw)
	if !ok {
		return nil
	}
	var ids []string
	for i, raw := range list {
		id, ok := p.text(path+at(i), raw)
		switch _, known := p.ids[id]; {
		case !ok:
		case !known:
			p.bad(path+at(i), "there is no node %.64q", id)
			p.broken = true
		case slices.Contains(ids, id):
			p.bad(path+at(i), "%.64q is there already", id)
		default:
			ids = append(ids, id)
		}
	}
	return ids
}

// cancelled refuses nodes that end themselves, or what they lead to: that would
// never run.
func (p *parser) cancelled(forward [][]int) {
	for i := range p.graph.Nodes {
		n := &p.graph.Nodes[i]
		if len(n.Cancels) == 0 {
			continue
		}
		reached := p.reach(forward, i)
		for k, id := range n.Cancels {
			switch path := at("nodes", i, "cancels", k); {
			case id == n.ID:
				p.bad(path, "a node cannot cancel itself")
			case reached[p.ids[id]]:
				p.bad(path, "%q comes after %q, and would never run", id, n.ID)
			}
		}
	}
}
