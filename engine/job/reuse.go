package job

import (
	"slices"
	"strings"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// Reuse gives the facts with which a rerun from a node begins: how every node
// ended that does not begin anew with it (see Graph.Again). Of those the ones
// that did not end, or whose failure ended the job, are left out and run anew.
// g is the job's resolved graph, and r has ended. The error is a *Refusal.
func (r *Run) Reuse(g *pathway.Graph, from string) ([]events.Fact, error) {
	if g.Node(from) != nil && inside(from) {
		outermost, _, _ := strings.Cut(from, "/")
		return nil, invalid("/from_node", "%.64s is inside the map %s, which runs as a whole: rerun from there", from, outermost)
	}
	again := g.Again(from, "", r.root.taken)
	if again == nil {
		return nil, invalid("/from_node", "the job's graph has no node %.64q; it has %.300s", from, strings.Join(ids(g), ", "))
	}
	switch st := r.Step(from); {
	case st == nil:
	case st.Status == StepSkipped:
		return nil, refuse(RefusedConflict, "node %s was skipped: what comes before it decided so; rerun from there", from)
	case r.gaveUp(g, st):
		return nil, refuse(RefusedConflict, "node %s was cancelled: the join behind it needed it no more; rerun from what led there", from)
	}
	var facts []events.Fact
	reused := map[string]bool{}
	for i := range r.Steps { // a step stands behind those that lead to it
		st := &r.Steps[i]
		if slices.Contains(again, st.NodeID) || !r.reusable(g, st, reused) {
			continue
		}
		reused[st.NodeID] = true
		facts = append(facts, r.reuse(g, st))
	}
	return facts, nil
}

// reusable tells whether a step ended in a way that a rerun can take over: all
// that leads to it is taken over, and all that it leads to is settled.
func (r *Run) reusable(g *pathway.Graph, st *Step, reused map[string]bool) bool {
	n := g.Node(st.NodeID)
	switch {
	case n == nil, n.Type == "end": // an end ends the rerun too
		return false
	case st.Status == StepFailed && n.OnError == "fail":
		return false
	case r.gaveUp(g, st):
	case st.Status != StepSucceeded && st.Status != StepFailed && st.Status != StepSkipped:
		return false
	}
	arrived, missing := 0, 0
	for _, e := range g.In(n.ID) {
		switch {
		case !reused[g.Edges[e].From]:
			missing++
		case r.root.taken(e):
			arrived++
		}
	}
	if missing > 0 && (n.Join == 0 || arrived < n.Join) {
		return false
	}
	for _, e := range g.Out(n.ID) {
		if taken, settled := r.root.edges[e]; !settled || (taken && g.Edges[e].Back) {
			return false
		}
	}
	return true
}

// gaveUp tells whether a step was cancelled for a join, not by the job's end: its
// edges are settled then.
func (r *Run) gaveUp(g *pathway.Graph, st *Step) bool {
	out := g.Out(st.NodeID)
	_, open := r.root.arrived(out)
	return st.Status == StepCancelled && len(out) > 0 && open == 0
}

func (r *Run) reuse(g *pathway.Graph, st *Step) events.Fact {
	if st.Status == StepSkipped || st.Status == StepCancelled {
		return &events.NodeSkipped{Dead: g.Out(st.NodeID), Kind: st.Type, Node: st.NodeID}
	}
	f := &events.NodeReused{Kind: st.Type, Node: st.NodeID, Output: r.look(st.NodeID).output}
	if st.Status == StepFailed && st.Error != nil {
		f.Code, f.Message = st.Error.Code, st.Error.Message
	}
	for _, e := range g.Out(st.NodeID) {
		if r.root.edges[e] {
			f.Taken = append(f.Taken, e)
		} else {
			f.Dead = append(f.Dead, e)
		}
	}
	return f
}

func ids(g *pathway.Graph) []string {
	var ids []string
	for i := range g.Nodes {
		ids = append(ids, g.Nodes[i].ID)
	}
	return ids
}
