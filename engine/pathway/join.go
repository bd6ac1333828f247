package pathway

import "slices"

// What joins mean for the rest of a graph.

// Rest gives the ids of the nodes that can lead nowhere but to a node: every
// way onwards from them comes through it, edges made from on_error counted and
// back edges not. Once that node is decided nothing comes of them any more. A
// node of type "end" leads to the end of its job. Sources stand before those
// that they lead to.
func (g *Graph) Rest(id string) []string {
	inside := map[string]bool{}
	var rest []string
	for _, i := range slices.Backward(g.order) {
		n := &g.Nodes[i]
		if n.ID == id || n.Type == "end" {
			continue
		}
		ways, astray := 0, false
		for _, e := range g.out[n.ID] {
			if e := &g.Edges[e]; !e.Back {
				ways++
				astray = astray || e.To != id && !inside[e.To]
			}
		}
		if ways > 0 && !astray {
			inside[n.ID] = true
			rest = append(rest, n.ID)
		}
	}
	slices.Reverse(rest)
	return rest
}

// Again gives the ids of the nodes that begin anew when the run goes back to
// before a node, sorted: that node and what it leads to by edges that are no
// back edges, up to the joins that were satisfied without any of these: to
// such a join all of this comes too late, as it did before, and what it has
// cancelled stays so. taken tells whether an edge is taken. A join on the way
// to until, where a loop comes from, does begin anew; until is empty when
// nothing does so. The answer is nil when there is no such node.
func (g *Graph) Again(id, until string, taken func(edge int) bool) []string {
	if g.Node(id) == nil {
		return nil
	}
	again := map[string]bool{id: true}
	var late []string // the joins to which it comes too late
	for _, i := range g.order {
		n := &g.Nodes[i]
		reached, others := false, 0
		for _, e := range g.in[n.ID] {
			switch {
			case again[g.Edges[e].From]:
				reached = true
			case taken(e):
				others++
			}
		}
		if !reached {
			continue
		}
		satisfied := n.Join > 0 && others >= n.Join
		if !satisfied || until != "" && slices.Contains(g.Reach(n.ID), until) {
			again[n.ID] = true
		} else if n.CancelRest {
			late = append(late, n.ID)
		}
	}
	for _, join := range late {
		for _, rest := range g.Rest(join) {
			if rest != id {
				delete(again, rest)
			}
		}
	}
	ids := make([]string, 0, len(again))
	for id := range again {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// sort puts the places of all nodes in an order in which every edge, back edges
// left out, leads onwards.
func (g *Graph) sort() {
	open := make([]int, len(g.Nodes)) // by place: edges whose source is not in the order yet
	for i := range g.Nodes {
		open[i] = len(g.in[g.Nodes[i].ID])
	}
	var next []int
	for i, n := range open {
		if n == 0 {
			next = append(next, i)
		}
	}
	for ; len(next) > 0; next = next[1:] {
		g.order = append(g.order, next[0])
		for _, e := range g.out[g.Nodes[next[0]].ID] {
			if e := &g.Edges[e]; !e.Back {
				to := g.index[e.To]
				if open[to]--; open[to] == 0 {
					next = append(next, to)
				}
			}
		}
	}
}
