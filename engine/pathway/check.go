package pathway

// What a graph's nodes and edges must be together: cycles, starts, reach.

// check marks the back edges and finds what is wrong with the graph as a whole.
//
// The edges without max_visits must form no cycle. An edge with max_visits is
// a back edge, and must be one: the others lead from its end to its beginning.
func (p *parser) check() {
	g := &p.graph
	forward := make([][]int, len(g.Nodes)) // by place of the node: edges
	incoming := make([]int, len(g.Nodes))
	for i := range g.Edges {
		e := &g.Edges[i]
		e.Back = e.MaxVisits > 0
		if !e.Back {
			from, to := p.ids[e.From], p.ids[e.To]
			forward[from] = append(forward[from], i)
			incoming[to]++
		}
	}
	var starts []int
	for i := range g.Nodes {
		if incoming[i] == 0 {
			starts = append(starts, i)
		}
	}
	p.joins(incoming)
	p.cycles(forward, starts)
	p.backEdges(forward)
	if p.broken {
		return
	}
	if len(starts) == 0 {
		p.bad("/nodes", "no node can be the first: each has an edge that leads to it")
		return
	}
	p.cancelled(forward)
	reached := p.reach(forward, starts...)
	for i := range g.Nodes {
		if !reached[i] {
			p.bad(at("nodes", i), "no start node leads to %q", g.Nodes[i].ID)
		}
	}
}

// joins reports the nodes that could never start, and those whose join says
// nothing, for want of edges that lead to them.
func (p *parser) joins(incoming []int) {
	if p.broken {
		return
	}
	for i := range p.graph.Nodes {
		n := &p.graph.Nodes[i]
		switch path := at("nodes", i, "join"); {
		case n.Join == 0:
		case incoming[i] < 2:
			p.bad(path, "needs at least two edges that lead to %q, edges with max_visits not counted; there are %d", n.ID, incoming[i])
		case n.Join > incoming[i]:
			p.bad(path, "%d edges cannot be awaited: %d lead to %q, edges with max_visits not counted", n.Join, incoming[i], n.ID)
		}
	}
}

// cycles reports every forward edge that closes a cycle, in a walk in depth
// from the starts, and then from whatever they do not reach, in document order.
func (p *parser) cycles(forward [][]int, starts []int) {
	const (
		fresh = iota
		open
		done
	)
	state := make([]byte, len(forward))
	var walk func(node int)
	walk = func(node int) {
		state[node] = open
		for _, i := range forward[node] {
			to := p.ids[p.graph.Edges[i].To]
			switch state[to] {
			case fresh:
				walk(to)
			case open:
				p.closes(i)
			}
		}
		state[node] = done
	}
	for _, s := range starts {
		if state[s] == fresh {
			walk(s)
		}
	}
	for n := range forward {
		if state[n] == fresh {
			walk(n)
		}
	}
}

// closes reports one edge that closes a cycle and must not.
func (p *parser) closes(i int) {
	e := &p.graph.Edges[i]
	switch {
	case e.OnError, e.Switch:
		p.bad(p.places[i], "leads back to %q and closes a cycle; only an edge in \"edges\" can, with max_visits", e.To)
	case e.From == e.To:
		p.bad(p.places[i], "leads %q to itself and so needs max_visits, which says how often it may be taken", e.To)
	default:
		p.bad(p.places[i], "leads back to %q and closes a cycle, so it needs max_visits, which says how often it may be taken", e.To)
	}
}

// backEdges reports edges with max_visits that close no cycle.
func (p *parser) backEdges(forward [][]int) {
	reached := map[int][]bool{} // by start
	for i := range p.graph.Edges {
		e := &p.graph.Edges[i]
		if !e.Back {
			continue
		}
		from, to := p.ids[e.From], p.ids[e.To]
		if reached[to] == nil {
			reached[to] = p.reach(forward, to)
		}
		if !reached[to][from] && !p.broken {
			p.bad(p.places[i]+"/max_visits", "is for an edge that closes a cycle; the edges without max_visits do not lead from %q back to %q", e.To, e.From)
		}
	}
}

// reach marks the nodes that forward edges lead to from some, these included.
func (p *parser) reach(forward [][]int, from ...int) []bool {
	reached := make([]bool, len(forward))
	queue := append([]int(nil), from...)
	for len(queue) > 0 {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if reached[n] {
			continue
		}
		reached[n] = true
		for _, i := range forward[n] {
			queue = append(queue, p.ids[p.graph.Edges[i].To])
		}
	}
	return reached
}
