// Package jobtest holds the histories of jobs to what must be true of every
// one: when a node may start, what a join cancels, when a map and its items end,
// and who gets a signal.
package jobtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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

	cutShort bool              // the last fact may be the end of a node that ends the job
	started  bool              // what is skipped before comes from the job that it reruns
	frames   map[string]*frame // by path; "" is the job's own graph
	maps     map[string]*fan   // by path, those whose items may be at work
	visits   map[string]int
	waits    map[string][]string // by node: the signals that it waits for
	received []string            // the names of the signals
	taken    map[int]bool        // by a signal's number

	locks  map[string]string // by the node that has it
	tasks  map[string]*task  // that are not over
	opened int               // tasks so far
	paused bool
	over   bool // the job has ended
}

// frame is a run of one graph.
type frame struct {
	graph     *pathway.Graph
	edges     map[int]bool // settled edges: taken or not
	begun     map[string]bool
	triggered map[string]bool // a back edge led here
}

// fan is a map that has its list.
type fan struct {
	*events.NodeFanned
	flight            map[int]bool
	ended             map[int]bool
	succeeded, failed int
	decided           bool
}

// New is the history of a job of a graph before it begins.
func New(t testing.TB, g *pathway.Graph) *History {
	return &History{
		t: t, graph: g, frames: map[string]*frame{"": newFrame(g)}, maps: map[string]*fan{},
		visits: map[string]int{}, waits: map[string][]string{}, taken: map[int]bool{},
		tasks: map[string]*task{},
	}
}

func newFrame(g *pathway.Graph) *frame {
	return &frame{graph: g, edges: map[int]bool{}, begun: map[string]bool{}, triggered: map[string]bool{}}
}

// cut parts a path at its last "/".
func cut(path string) (before, last string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// in gives the frame of a node, which begins an item that had not begun.
func (h *History) in(node string) (*frame, string) {
	h.t.Helper()
	at, id := cut(node)
	if f := h.frames[at]; f != nil {
		return f, id
	}
	h.item(at)
	h.frames[at] = newFrame(h.graph.At(at))
	return h.frames[at], id
}

// item holds what happens in an item to the map: it may begin, or has.
func (h *History) item(path string) (*fan, int) {
	h.t.Helper()
	node, digits := cut(path)
	index, err := strconv.Atoi(digits)
	m := h.maps[node]
	switch {
	case m == nil || err != nil || index < 0 || index >= m.Total:
		h.t.Fatalf("something happens in %s, and the map has no such item at work", path)
	case m.ended[index]:
		h.t.Fatalf("something happens in %s after its end", path)
	case !m.flight[index]:
		if m.flight[index] = true; len(m.flight) > m.Concurrency {
			h.t.Fatalf("%s begins as the %d. at once of %d", path, len(m.flight), m.Concurrency)
		}
	}
	return m, index
}

// end ends an item.
func (h *History) end(path string) *fan {
	h.t.Helper()
	m, index := h.item(path)
	delete(m.flight, index)
	m.ended[index] = true
	h.drop(path)
	return m
}

// drop forgets what is inside of a node or an item.
func (h *History) drop(path string) {
	for at := range h.frames {
		if at == path || strings.HasPrefix(at, path+"/") {
			delete(h.frames, at)
		}
	}
	for at := range h.maps {
		if at == path || strings.HasPrefix(at, path+"/") {
			delete(h.maps, at)
		}
	}
	for at := range h.waits {
		if at == path || strings.HasPrefix(at, path+"/") {
			delete(h.waits, at)
		}
	}
}

// See takes the next fact, and fails the test when it must not be the next.
func (h *History) See(f events.Fact) {
	h.t.Helper()
	h.seeEnd(f)
	h.seeTask(f)
	defer func() {
		last, ok := f.(*events.NodeSucceeded)
		h.cutShort = ok && len(last.Taken) == 0 && !strings.Contains(last.Node, "/")
	}()
	h.seeLock(f)
	switch f := f.(type) {
	case *events.JobStarted:
		h.started = true
	case *events.JobCompleted:
		for path, m := range h.maps {
			if len(m.ended) < m.Total && !h.cutShort {
				h.t.Fatalf("the job completes, and of %s items are at work or never begun: %d of %d have ended", path, len(m.ended), m.Total)
			}
		}
	case *events.NodeStarted:
		h.drop(f.Node)
		h.start(f)
	case *events.NodeFanned:
		h.maps[f.Node] = &fan{NodeFanned: f, flight: map[int]bool{}, ended: map[int]bool{}}
	case *events.ItemSucceeded:
		h.end(fmt.Sprint(f.Node, "/", f.Index)).succeeded++
	case *events.ItemFailed:
		h.end(fmt.Sprint(f.Node, "/", f.Index)).failed++
	case *events.NodeSucceeded:
		h.decided(f)
		h.settle(f.Node, f.Taken, f.Dead)
	case *events.NodeFailed:
		h.drop(f.Node)
		h.settle(f.Node, f.Taken, f.Dead)
	case *events.NodeRetrying:
		h.drop(f.Node)
	case *events.NodeReused:
		in, id := h.in(f.Node)
		in.begun[id] = true
		h.settle(f.Node, f.Taken, f.Dead)
	case *events.NodeSkipped:
		in, id := h.in(f.Node)
		n := in.graph.Node(id)
		if h.started && (in.begun[id] || n.If == nil && in.satisfied(n) && !in.needless(id)) {
			h.t.Fatalf("%s was skipped, and could run", f.Node)
		}
		in.begun[id] = true
		h.settle(f.Node, nil, f.Dead)
	case *events.NodeCancelled:
		if in, id := h.in(f.Node); !in.begun[id] || !in.needless(id) {
			h.t.Fatalf("%s was cancelled, and no join said so", f.Node)
		}
		h.drop(f.Node)
		h.settle(f.Node, nil, f.Dead)
	case *events.NodeLooped:
		in, _ := h.in(f.Node)
		for _, e := range f.Edges {
			delete(in.edges, e)
		}
		for _, path := range f.Reset {
			_, id := cut(path)
			in.begun[id], in.triggered[id] = false, path == f.Node
			h.drop(path)
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

// decided holds the end of a map to the ends of its items.
func (h *History) decided(f *events.NodeSucceeded) {
	h.t.Helper()
	m := h.maps[f.Node]
	if m == nil {
		return
	}
	switch {
	case m.succeeded < m.MinSuccess:
		h.t.Fatalf("%s succeeds with %d of %d items", f.Node, m.succeeded, m.MinSuccess)
	case m.Rest == "" && len(m.ended) < m.Total && m.Until == nil:
		h.t.Fatalf("%s succeeds when %d of %d items have ended", f.Node, len(m.ended), m.Total)
	case m.Rest == "cancel" && len(m.flight) > 0:
		h.t.Fatalf("%s succeeds, and %v are at work", f.Node, m.flight)
	}
	if m.decided = true; m.Rest != "ignore" || len(m.ended) == m.Total {
		h.drop(f.Node)
	}
}

// start holds a start to the node's join, and to once a visit.
func (h *History) start(f *events.NodeStarted) {
	h.t.Helper()
	in, id := h.in(f.Node)
	if f.Attempt > 1 {
		if f.Visit != h.visits[f.Node] || !in.begun[id] {
			h.t.Fatalf("attempt %d of %s without a first one", f.Attempt, f.Node)
		}
		return
	}
	n := in.graph.Node(id)
	inside := strings.Contains(f.Node, "/")
	if in.begun[id] || f.Visit <= h.visits[f.Node] || !inside && f.Visit != h.visits[f.Node]+1 {
		h.t.Fatalf("visit %d of %s begins, %d have, and the last still counts: %t", f.Visit, f.Node, h.visits[f.Node], in.begun[id])
	}
	if !in.triggered[id] && !in.satisfied(n) {
		h.t.Fatalf("%s started before its inputs, which are %v of %v", f.Node, in.edges, in.graph.In(id))
	}
	in.begun[id], in.triggered[id], h.visits[f.Node] = true, false, f.Visit
}

// arrived counts the edges into a node that are taken, and those that may be.
func (f *frame) arrived(id string) (taken, open int) {
	for _, e := range f.graph.In(id) {
		switch yes, settled := f.edges[e]; {
		case yes:
			taken++
		case !settled:
			open++
		}
	}
	return taken, open
}

func (f *frame) satisfied(n *pathway.Node) bool {
	taken, open := f.arrived(n.ID)
	if n.Join > 0 {
		return taken >= n.Join
	}
	return open == 0 && (taken > 0 || len(f.graph.In(n.ID)) == 0)
}

// needless tells whether a node is of the rest that a decided join cancels, or
// one that another node says it ends.
func (f *frame) needless(id string) bool {
	return slices.ContainsFunc(f.graph.Nodes, func(n pathway.Node) bool {
		taken, open := f.arrived(n.ID)
		decided := taken >= n.Join || taken+open < n.Join || f.begun[n.ID]
		if slices.Contains(n.Cancels, id) && !f.begun[n.ID] && (f.triggered[n.ID] || f.satisfied(&n)) {
			return true
		}
		return n.CancelRest && decided && slices.Contains(f.graph.Rest(n.ID), id)
	})
}

func (h *History) settle(node string, taken, dead []int) {
	h.t.Helper()
	delete(h.waits, node)
	in, _ := h.in(node)
	for _, e := range taken {
		in.edges[e] = true
	}
	for _, e := range dead {
		in.edges[e] = false
	}
}

// Between holds the job as it is between two commits to the rules.
func (h *History) Between(j *job.Job) {
	h.t.Helper()
	if len(h.waits) != len(j.Waits) && !j.Status.Terminal() {
		h.t.Fatalf("the job has the waits %+v, its history %v", j.Waits, h.waits)
	}
	if len(h.tasks) != len(j.Tasks) {
		h.t.Fatalf("the job has the tasks %+v, its history %v", j.Tasks, h.tasks)
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
