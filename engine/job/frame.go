package job

import (
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
)

// This file holds the state of running graphs: that of the job's own, and
// those of the items of its maps.
//
// A node is named by its path. That of a node of the job's own graph is its
// id; that of a node inside a map is "<map>/<index>/<id>", where <map> may be
// such a path itself.

// frame is a run of one graph.
type frame struct {
	of     *Run             // who may change it: others make a copy first
	path   string           // of the item, "<map>/<index>"; empty for the job's own graph
	index  int              // of the item
	steps  []Step           // of an item; those of the job's own graph are Job.Steps
	nodes  map[string]*node // by id
	edges  map[int]bool     // settled edges of the current visits: taken or dead
	loops  map[int]int      // how often each back edge was taken
	visits map[string]int   // see items.visits
}

// items is what a run remembers of a map from its list until its last item has
// ended.
type items struct {
	list        []jsontext.Value // never changed
	total       int
	least       int // how many must succeed
	concurrency int
	rest        string   // see events.NodeFanned
	next        int      // index of the first item that has not begun
	flight      []*frame // of those that have begun and not ended, by index

	// The outcomes, in the order in which the items ended. A copy of a run is
	// given up before the run goes on, so both add to one array.
	ended             []outcome
	succeeded, failed int
	decided           bool // the map has ended; what is still at work changes nothing

	// visits has, by a node's path without the map and indexes, its highest
	// visit before the map began this time: visits of one path are never
	// counted twice. It is never changed.
	visits map[string]int
}

// outcome is an entry of a map's list.
type outcome struct {
	index  int
	entry  events.Payload
	failed bool
	reason string // of a failure
}

// cutPath parts the path of a node into that of its frame and its id.
func cutPath(path string) (frame, id string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

// cutItem parts the path of an item into that of its map and its index.
func cutItem(path string) (node string, index int) {
	node, digits := cutPath(path)
	index, _ = strconv.Atoi(digits)
	return node, index
}

// within makes the path of a node of a frame.
func within(frame, id string) string {
	if frame == "" {
		return id
	}
	return frame + "/" + id
}

// itemPath makes the path of an item.
func itemPath(node string, index int) string { return node + "/" + strconv.Itoa(index) }

// inside tells whether a node is inside of a map.
func inside(path string) bool { return strings.IndexByte(path, '/') >= 0 }

// walk goes from the job's own frame to that of a path, and gives nil where it
// ends before. step goes into an item.
func (r *Run) walk(path string, step func(n *node, path string, index int) *frame) *frame {
	f := &r.root
	for at := 0; at < len(path); {
		id, rest, _ := strings.Cut(path[at:], "/")
		digits, _, _ := strings.Cut(rest, "/")
		at += len(id) + len("/") + len(digits)
		index, err := strconv.Atoi(digits)
		n := f.nodes[id]
		if n == nil || n.items == nil || err != nil {
			return nil
		}
		if f = step(n, path[:at], index); f == nil {
			return nil
		}
		at += len("/")
	}
	return f
}

// frame gives a frame to look at, nil when it is not at work.
func (r *Run) frame(path string) *frame {
	return r.walk(path, func(n *node, _ string, index int) *frame {
		if i, ok := n.items.find(index); ok {
			return n.items.flight[i]
		}
		return nil
	})
}

// own gives a frame to change; an item that has not begun begins. It is nil when
// there is none, or none any more.
func (r *Run) own(path string) *frame {
	return r.walk(path, func(n *node, path string, index int) *frame { return n.items.own(r, path, index) })
}

// find gives the place of an item in flight, or where it would be.
func (it *items) find(index int) (int, bool) {
	return sort.Find(len(it.flight), func(i int) int { return index - it.flight[i].index })
}

func (it *items) own(r *Run, path string, index int) *frame {
	i, ok := it.find(index)
	switch {
	case ok && it.flight[i].of == r:
	case ok:
		it.flight[i] = it.flight[i].clone(r)
	case index < it.next || index >= it.total:
		return nil
	default:
		it.next = index + 1
		it.flight = slices.Insert(it.flight, i, &frame{
			of: r, path: strings.Clone(path), index: index, nodes: map[string]*node{}, edges: map[int]bool{}, loops: map[int]int{}, visits: it.visits,
		})
	}
	return it.flight[i]
}

// clone makes a frame that a run may change.
func (f *frame) clone(r *Run) *frame {
	c := *f
	c.of = r
	c.steps = slices.Clone(f.steps)
	c.nodes = make(map[string]*node, len(f.nodes))
	for id, n := range f.nodes {
		m := *n
		if n.items != nil {
			it := *n.items
			it.flight = slices.Clone(it.flight)
			m.items = &it
		}
		c.nodes[id] = &m
	}
	c.edges, c.loops = maps.Clone(f.edges), maps.Clone(f.loops)
	return &c
}

// stepsOf gives the steps of a frame.
func (r *Run) stepsOf(f *frame) []Step {
	if f.path == "" {
		return r.Steps
	}
	return f.steps
}

// stepIn gives the step of a node of a frame by its id, nil when it was not
// reached.
func (r *Run) stepIn(f *frame, id string) *Step {
	steps, from := r.stepsOf(f), 0
	if f.path != "" {
		from = len(f.path) + len("/")
	}
	for i := range steps {
		if steps[i].NodeID[from:] == id {
			return &steps[i]
		}
	}
	return nil
}

// Step gives the step of a node by its path, nil when the job has not reached
// it, or when the item that it is part of has ended. The pointer is into r.
func (r *Run) Step(path string) *Step { return r.step(path) }

func (r *Run) step(path string) *Step {
	if !inside(path) {
		return r.Job.Step(path)
	}
	at, _ := cutPath(path)
	f := r.frame(at)
	if f == nil {
		return nil
	}
	return stepIn(f.steps, path)
}

// node gives what is remembered of a node by its path, to change it.
func (r *Run) node(path string) *node {
	at, id := cutPath(path)
	f := r.own(at)
	if f == nil {
		return &node{}
	}
	return f.node(id)
}

func (f *frame) node(id string) *node {
	n := f.nodes[id]
	if n == nil {
		n = &node{}
		f.nodes[id] = n
	}
	return n
}

// look gives what is remembered of a node by its path, to read it; never nil.
func (r *Run) look(path string) *node {
	at, id := cutPath(path)
	if f := r.frame(at); f != nil {
		return f.look(id)
	}
	return &node{}
}

func (f *frame) look(id string) *node {
	if n := f.nodes[id]; n != nil {
		return n
	}
	return &node{}
}

// frames goes over every frame at work: each before those inside it.
func (r *Run) frames(yield func(*frame) bool) { r.walkFrames(&r.root, yield) }

func (r *Run) walkFrames(f *frame, yield func(*frame) bool) bool {
	if !yield(f) {
		return false
	}
	for _, st := range r.stepsOf(f) {
		_, id := cutPath(st.NodeID)
		n := f.nodes[id]
		if n == nil || n.items == nil {
			continue
		}
		for _, item := range n.items.flight {
			if !r.walkFrames(item, yield) {
				return false
			}
		}
	}
	return true
}

// reached goes over the steps of all frames at work.
func (r *Run) reached(yield func(*frame, *Step) bool) {
	for f := range r.frames {
		steps := r.stepsOf(f)
		for i := range steps {
			if !yield(f, &steps[i]) {
				return
			}
		}
	}
}

// arrived counts those of some edges that are taken, and those that still may
// be.
func (f *frame) arrived(edges []int) (taken, open int) {
	for _, e := range edges {
		switch yes, settled := f.edges[e]; {
		case yes:
			taken++
		case !settled:
			open++
		}
	}
	return taken, open
}

// taken tells whether an edge is, in its source's current visit.
func (f *frame) taken(edge int) bool { return f.edges[edge] }

// fan begins a map's items.
func (r *Run) fan(e *events.NodeFanned) {
	at, id := cutPath(e.Node)
	f := r.own(at)
	if f == nil {
		return
	}
	it := &items{total: e.Total, least: e.MinSuccess, concurrency: e.Concurrency, rest: e.Rest, visits: map[string]int{}}
	if json.Unmarshal(e.Items.JSON(), &it.list) != nil {
		it.list = nil
	}
	n := f.node(id)
	for path, visit := range f.visits {
		if inner, ok := strings.CutPrefix(path, id+"/"); ok {
			it.visits[inner] = visit
		}
	}
	for path, visit := range n.visits {
		it.visits[path] = max(it.visits[path], visit)
	}
	n.items, n.until = it, e.Until
}

// visited notes a visit of a node inside of maps.
func (r *Run) visited(path string, visit int) {
	f := &r.root
	for {
		id, rest, ok := strings.Cut(path, "/")
		if !ok {
			return
		}
		digits, rest, _ := strings.Cut(rest, "/")
		index, _ := strconv.Atoi(digits)
		n := f.nodes[id]
		if n == nil || n.items == nil {
			return
		}
		if name := withoutIndexes(rest); n.visits[name] < visit {
			n.visits = maps.Clone(n.visits)
			if n.visits == nil {
				n.visits = map[string]int{}
			}
			n.visits[name] = visit
		}
		i, ok := n.items.find(index)
		if !ok {
			return
		}
		f, path = n.items.flight[i], rest
	}
}

// withoutIndexes leaves the ids of a path.
func withoutIndexes(path string) string {
	if !inside(path) {
		return path
	}
	var ids []string
	for i, part := range strings.Split(path, "/") {
		if i%2 == 0 {
			ids = append(ids, part)
		}
	}
	return strings.Join(ids, "/")
}

// itemEnded folds the end of an item.
func (r *Run) itemEnded(node string, index int, end func(*frame) outcome) {
	n := r.node(node)
	it := n.items
	if it == nil || r.own(itemPath(node, index)) == nil { // which begins it where it had not begun
		return
	}
	i, _ := it.find(index)
	o := end(it.flight[i])
	o.index = index
	if !it.decided {
		it.ended = append(it.ended, o)
	}
	it.flight = slices.Delete(it.flight, i, i+1)
	if o.failed {
		it.failed++
	} else {
		it.succeeded++
	}
	if it.decided {
		n.forget()
	}
}

// forget drops the items of a map that has ended, unless some are still at work.
func (n *node) forget() {
	if it := n.items; it != nil && it.next >= it.total && len(it.flight) == 0 {
		n.items = nil
	}
}

// failedEntry is what stands in a map's list for an item that failed.
func failedEntry(code, message string) events.Payload {
	type failure struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	return events.PayloadOf(map[string]failure{"error": {code, message}})
}
