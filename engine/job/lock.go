package job

import (
	"fmt"
	"slices"
	"strings"

	"ranvier/engine/pathway"
)

// This file keeps nodes with one lock from being at work together. A lock
// belongs to the job, so it holds for the items of a map too. Who has it follows
// from the steps alone.

// holder gives the path of the node that has a lock, other than the node that
// asks and the maps that it is inside of; empty when there is none. A step has
// its lock from its start to the end of its visit, also while it waits.
func (r *Run) holder(g *pathway.Graph, lock, asks string) string {
	for f, st := range r.reached {
		switch st.Status {
		case StepRunning, StepRetrying, StepWaiting:
		case StepPending, StepSucceeded, StepFailed, StepSkipped, StepCancelled:
			continue
		}
		_, id := cutPath(st.NodeID)
		if st.NodeID != asks && g.At(f.path).Node(id).Lock == lock && !strings.HasPrefix(asks, st.NodeID+"/") {
			return st.NodeID
		}
	}
	return ""
}

// unlocked leaves of the nodes of a frame that are ready those whose lock nobody
// has.
func (d *decision) unlocked(frame string, ready []*pathway.Node) []*pathway.Node {
	if !slices.ContainsFunc(ready, func(n *pathway.Node) bool { return n.Lock != "" }) {
		return ready
	}
	var free []*pathway.Node
	for _, n := range ready {
		if n.Lock == "" || d.run.holder(d.graph, n.Lock, within(frame, n.ID)) == "" {
			free = append(free, n)
		}
	}
	return free
}

// startsFree tells whether a run of an item could begin with a node whose lock
// nobody has.
func (r *Run) startsFree(g *pathway.Graph, item string) bool {
	in := g.At(item)
	return slices.ContainsFunc(in.Starts(), func(id string) bool {
		lock := in.Node(id).Lock
		return lock == "" || r.holder(g, lock, within(item, id)) == ""
	})
}

// begun gives the number of the visit that a node is in, 0 when none has begun.
func (d *decision) begun(frame, id string) int {
	st := d.run.stepIn(d.run.frame(frame), id)
	if st == nil || st.Status == StepPending {
		return 0
	}
	return st.Visits
}

// locked lists the nodes of the job's own graph whose turn it is and whose lock
// another has, in the order of the graph.
func (a *Account) locked(g *pathway.Graph) []Reason {
	var reasons []Reason
	for i := range g.Nodes {
		n := &g.Nodes[i]
		st := a.Step(n.ID)
		if n.Lock == "" || st != nil && st.Status != StepPending {
			continue
		}
		taken, open := a.root.arrived(g.In(n.ID))
		switch {
		case a.node(n.ID).triggered:
		case n.Join > 0 && taken < n.Join, n.Join == 0 && open > 0, taken == 0 && len(g.In(n.ID)) > 0:
			continue
		}
		holder := a.holder(g, n.Lock, n.ID)
		if holder == "" {
			continue
		}
		since := a.started.Max(a.steps[holder])
		for _, e := range g.In(n.ID) {
			since = since.Max(a.steps[g.Edges[e].From])
		}
		reasons = append(reasons, Reason{
			Kind: ReasonLock, NodeID: Ref(n.ID), Since: ref(since),
			Message: fmt.Sprintf("%s waits for the lock %q, which %s has", n.ID, n.Lock, holder),
		})
	}
	return reasons
}
