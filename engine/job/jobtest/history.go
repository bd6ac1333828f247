// Package jobtest holds the histories of jobs to what must be true of every
// one: when a node may start, what a join cancels, and who gets a signal.
package jobtest

import (
	"slices"
	"testing"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// History is a job's history as far as it was seen, with as much of its state
// as the rules need, kept apart from the job's own fold.
type History struct {
	t     testing.TB
	graph *pathway.Graph

	started   bool         // what is skipped before comes from the job that it reruns
	edges     map[int]bool // settled edges: taken or not
	begun     map[string]bool
	triggered map[string]bool // a back edge led here
	visits    map[string]int
	waits     map[string][]string // by node: the signals that it waits for
	received  []string            // the names of the signals
	taken     map[int]bool        // by a signal's number
}

// New is the history of a job of a graph before it begins.
func New(t testing.TB, g *pathway.Graph) *History {
	return &History{
		t: t, graph: g, edges: map[int]bool{}, begun: map[string]bool{}, triggered: map[string]bool{},
		visits: map[string]int{}, waits: map[string][]string{}, taken: map[int]bool{},
	}
}

// See takes the next fact, and fails the test when it must not be the next.
func (h *History) See(f events.Fact) {
	h.t.Helper()
	switch f := f.(type) {
	case *events.JobStarted:
		h.started = true
	case *events.NodeStarted:
		h.start(f)
	case *events.NodeSucceeded:
		h.settle(f.Node, f.Taken, f.Dead)
	case *events.NodeFailed:
		h.settle(f.Node, f.Taken, f.Dead)
	case *events.NodeRetrying:
		delete(h.waits, f.Node)
	case *events.NodeReused:
		h.begun[f.Node] = true
		h.settle(f.Node, f.Taken, f.Dead)
	case *events.NodeSkipped:
		n := h.graph.Node(f.Node)
		if h.started && (h.begun[f.Node] || n.If == nil && h.satisfied(n) && !h.needless(f.Node)) {
			h.t.Fatalf("%s was skipped, and could run", f.Node)
		}
		h.begun[f.Node] = true
		h.settle(f.Node, nil, f.Dead)
	case *events.NodeCancelled:
		if !h.begun[f.Node] || !h.needless(f.Node) {
			h.t.Fatalf("%s was cancelled, and no join said so", f.Node)
		}
		h.settle(f.Node, nil, f.Dead)
	case *events.NodeLooped:
		for _, e := range f.Edges {
			delete(h.edges, e)
		}
		for _, id := range f.Reset {
			h.begun[id], h.triggered[id] = false, id == f.Node
			delete(h.waits, id)
		}
	case *events.NodeWaiting:
		if len(f.Events) > 0 {
			h.waits[f.Node] = f.Events
		}
		for i, name := range h.received {
			if f.Fresh && slices.Contains(f.Events, name) {
				h.taken[i+1] = true // dropped
			}
		}
	case *events.SignalReceived:
		if h.received = append(h.received, f.Name); f.N != len(h.received) {
			h.t.Fatalf("signal %d comes as the %d.", f.N, len(h.received))
		}
	case *events.SignalTaken:
		switch {
		case f.N < 1 || f.N > len(h.received), h.taken[f.N]:
			h.t.Fatalf("%s takes signal %d, which is not there (any more)", f.Node, f.N)
		case !slices.Contains(h.waits[f.Node], h.received[f.N-1]):
			h.t.Fatalf("%s takes %s and waits for %v", f.Node, h.received[f.N-1], h.waits[f.Node])
		}
		h.taken[f.N] = true
	}
}

// start holds a start to the node's join, and to once a visit.
func (h *History) start(f *events.NodeStarted) {
	h.t.Helper()
	if f.Attempt > 1 {
		if f.Visit != h.visits[f.Node] || !h.begun[f.Node] {
			h.t.Fatalf("attempt %d of %s without a first one", f.Attempt, f.Node)
		}
		return
	}
	n := h.graph.Node(f.Node)
	if h.begun[n.ID] || f.Visit != h.visits[n.ID]+1 {
		h.t.Fatalf("visit %d of %s begins, %d have, and the last still counts: %t", f.Visit, n.ID, h.visits[n.ID], h.begun[n.ID])
	}
	if !h.triggered[n.ID] && !h.satisfied(n) {
		h.t.Fatalf("%s started before its inputs, which are %v of %v", n.ID, h.edges, h.graph.In(n.ID))
	}
	h.begun[n.ID], h.triggered[n.ID], h.visits[n.ID] = true, false, f.Visit
}

// arrived counts the edges into a node that are taken, and those that may be.
func (h *History) arrived(id string) (taken, open int) {
	for _, e := range h.graph.In(id) {
		switch yes, settled := h.edges[e]; {
		case yes:
			taken++
		case !settled:
			open++
		}
	}
	return taken, open
}

func (h *History) satisfied(n *pathway.Node) bool {
	taken, open := h.arrived(n.ID)
	if n.Join > 0 {
		return taken >= n.Join
	}
	return open == 0 && (taken > 0 || len(h.graph.In(n.ID)) == 0)
}

// needless tells whether a node is of the rest that a decided join cancels.
func (h *History) needless(id string) bool {
	return slices.ContainsFunc(h.graph.Nodes, func(n pathway.Node) bool {
		taken, open := h.arrived(n.ID)
		decided := taken >= n.Join || taken+open < n.Join
		return n.CancelRest && decided && slices.Contains(h.graph.Rest(n.ID), id)
	})
}

func (h *History) settle(id string, taken, dead []int) {
	delete(h.waits, id)
	for _, e := range taken {
		h.edges[e] = true
	}
	for _, e := range dead {
		h.edges[e] = false
	}
}

// Between holds the job as it is between two commits to the rules.
func (h *History) Between(j *job.Job) {
	h.t.Helper()
	if len(h.waits) != len(j.Waits) && !j.Status.Terminal() {
		h.t.Fatalf("the job has the waits %+v, its history %v", j.Waits, h.waits)
	}
	if j.Status.Terminal() || j.RerunOf != "" {
		return
	}
	for i := range h.graph.Nodes {
		n := &h.graph.Nodes[i]
		if st := j.Step(n.ID); !n.CancelRest || st == nil || st.Status == job.StepPending {
			continue
		}
		for _, id := range h.graph.Rest(n.ID) {
			st := j.Step(id)
			if st == nil || st.FinishedAt == nil || st.Status == job.StepRunning || st.Status == job.StepRetrying || st.Status == job.StepWaiting {
				h.t.Fatalf("%s has begun, and of the rest %s is %+v", n.ID, id, st)
			}
		}
	}
}
