package pathway

import (
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
	starts []string
	ends   []string
}

// Node is one step of a pathway.
type Node struct {
	ID, Type string
	Retry    Retry
	Timeout  time.Duration // of one attempt; 0: none
	OnError  string        // "fail", "continue", or the id of the node that goes on
	Join     string        // "all"
	If       *Expr         // nil: always
	Settings any           // what Types made of the node's own fields
}

// Edge leads from one node to another. A graph's edges are the written ones in
// their order, then, node by node, those that a switch's cases and default
// stand for, then those that on_error stands for. So an edge's index is stable
// for one document.
type Edge struct {
	From, To  string
	When      *Expr // nil: always
	MaxVisits int   // how often it may be taken in one run; 0: no limit of its own
	Back      bool  // closes a cycle; has MaxVisits
	OnError   bool  // made from on_error: taken only when From failed
	Switch    bool  // made from a switch: the first of From's that matches wins
}

// Retry says how often and how patiently a node is tried.
type Retry struct {
	MaxAttempts  int // 1: no retry
	Initial, Max time.Duration
	Factor       float64
	Jitter       bool
}

// Delay is the time between the failed-th attempt and the next.
func (r Retry) Delay(failed int, rnd float64) time.Duration { return 0 }

// Node gives a node by its id, nil when there is none.
func (g *Graph) Node(id string) *Node { return nil }

// In gives the indexes of the edges into a node, back edges left out: a back
// edge starts its target on its own.
func (g *Graph) In(id string) []int { return nil }

// Out gives the indexes of all edges out of a node, back edges first, then as
// in Edges.
func (g *Graph) Out(id string) []int { return nil }

// Starts gives the ids of the nodes that a run begins with, in document order.
func (g *Graph) Starts() []string { return nil }

// Ends gives the ids of the nodes without outgoing forward edges, in document
// order.
func (g *Graph) Ends() []string { return nil }

// Reach gives id and the ids of all nodes reachable from it by forward edges,
// sorted; nil when there is no such node.
func (g *Graph) Reach(id string) []string { return nil }
