package pathway

import (
	"slices"
	"strings"
	"time"
)

// The graph as the engine walks it.

// Graph is a checked pathway. It is immutable and safe for concurrent use;
// callers must not change what it returns.
type Graph struct {
	Nodes  []Node // in document order
	Edges  []Edge // the written edges first; see Edge
	Output *Value // nil: the default result

	index  map[string]int   // node id to place in Nodes
	in     map[string][]int // without back edges
	out    map[string][]int // back edges first
	order  []int            // places in Nodes; see sort
	starts []string
	ends   []string
}

// Node is one step of a pathway.
type Node struct {
	ID, Type string
	Retry    Retry
	Timeout  time.Duration // of one attempt; 0: none of its own
	OnError  string        // "fail", "continue", or the id of the node that goes on
	Join     int           // how many of its incoming edges, once taken, start it; 0: it waits for all, and one is enough
	If       *Expr         // nil: always
	Settings any           // what Types made of the node's own fields
	Items    *Graph        // of a map: what runs for each item; nil for all others

	// CancelRest: once the join is decided, what can only lead to it is cancelled.
	CancelRest bool
	// Lock: of the nodes with this name only one is begun and not ended at any
	// time, in all of a job; empty: whenever.
	Lock string
	// Cancels are the ids of the nodes of the same graph that are ended when it
	// is this node's turn.
	Cancels []string
}

// Edge leads from one node to another. A graph's edges are the written ones in
// their order; then, node by node, those that a switch's cases and default
// stand for; then, node by node, those that an on_error stands for. So an
// edge's index is stable for one document.
type Edge struct {
	From, To  string
	When      *Expr // nil: always
	MaxVisits int   // how often it may be taken in one run; 0: it is no back edge
	Back      bool  // closes a cycle; just those edges have MaxVisits
	OnError   bool  // made from on_error: taken only when From failed
	Switch    bool  // made from a switch: the first of From's that matches wins
}

// Node gives a node by its path, nil when there is none. The path of a node is
// its id, and that of one inside a map "<map>/<index>/<id>": ids hold no '/'.
func (g *Graph) Node(path string) *Node {
	if i, ok := g.index[path]; ok {
		return &g.Nodes[i]
	}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		if g = g.At(path[:i]); g != nil {
			return g.Node(path[i+1:])
		}
	}
	return nil
}

// At gives the graph that runs for an item of a map by its path,
// "<map>/<index>", and g itself for the empty path; nil when there is none.
func (g *Graph) At(path string) *Graph {
	for path != "" {
		id, rest, _ := strings.Cut(path, "/")
		i, ok := g.index[id]
		if !ok || g.Nodes[i].Items == nil {
			return nil
		}
		g = g.Nodes[i].Items
		_, path, _ = strings.Cut(rest, "/")
	}
	return g
}

// In gives the indexes of the edges into a node, ascending, back edges left
// out: a back edge starts its target on its own.
func (g *Graph) In(id string) []int { return g.in[id] }

// Out gives the indexes of all edges out of a node, back edges first, then as
// in Edges.
func (g *Graph) Out(id string) []int { return g.out[id] }

// Starts gives the ids of the nodes that a run begins with, in document order:
// those that only back edges lead to, if any.
func (g *Graph) Starts() []string { return g.starts }

// Ends gives the ids of the nodes that nothing follows when they succeed, in
// document order: those without outgoing edges, back edges and those made from
// on_error not counted.
func (g *Graph) Ends() []string { return g.ends }

// Reach gives id and the ids of all nodes reachable from it by edges that are
// no back edges, sorted; nil when there is no such node.
func (g *Graph) Reach(id string) []string {
	if _, ok := g.index[id]; !ok {
		return nil
	}
	seen := map[string]bool{id: true}
	reached := []string{id}
	for next := 0; next < len(reached); next++ {
		for _, i := range g.out[reached[next]] {
			if e := &g.Edges[i]; !e.Back && !seen[e.To] {
				seen[e.To] = true
				reached = append(reached, e.To)
			}
		}
	}
	slices.Sort(reached)
	return reached
}

// link makes the indexes of a graph whose nodes and edges are known.
func (g *Graph) link() {
	g.index = make(map[string]int, len(g.Nodes))
	g.in = make(map[string][]int, len(g.Nodes))
	g.out = make(map[string][]int, len(g.Nodes))
	for i := range g.Nodes {
		g.index[g.Nodes[i].ID] = i
	}
	goesOn := map[string]bool{}
	for i := range g.Edges {
		e := &g.Edges[i]
		if e.Back {
			g.out[e.From] = append(g.out[e.From], i)
			continue
		}
		g.in[e.To] = append(g.in[e.To], i)
		goesOn[e.From] = goesOn[e.From] || !e.OnError
	}
	for i := range g.Edges {
		if e := &g.Edges[i]; !e.Back {
			g.out[e.From] = append(g.out[e.From], i)
		}
	}
	g.sort()
	for i := range g.Nodes {
		id := g.Nodes[i].ID
		if len(g.in[id]) == 0 {
			g.starts = append(g.starts, id)
		}
		if !goesOn[id] {
			g.ends = append(g.ends, id)
		}
	}
}
