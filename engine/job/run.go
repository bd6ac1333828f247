package job

import (
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// Run is a job with all that is needed to go on with it: what the engine
// keeps of an unfinished job. It is folded from the job's whole history.
type Run struct {
	Job
	Head    events.Head    // the end of the history folded in
	Last    string         // id of the last commit folded in
	Graph   events.Payload // the resolved graph document
	Input   events.Payload
	Request events.Hash // digest of the request when an Idempotency-Key named the job
	Channel string      // with ReceptorID: by which channel it was fired

	ConcurrencyKey   string
	ConcurrencyLimit int // the job's own; 0 leaves it to the workspace

	timeout  events.Millis
	deadline *events.Time
	nodes    map[string]*node
	edges    map[int]bool             // settled edges of the current visits: taken or dead
	loops    map[int]int              // how often each back edge was taken
	remind   map[string]events.Millis // by intervention: how long it stays unanswered until a reminder
	received int                      // signals
	signals  []signal                 // that nobody has taken yet, in order
	keyed    []keyed                  // the latest signals that came with a key
}

// node is what a run remembers of a node beside its Step.
type node struct {
	output    jsontext.Value // of the last visit that ended; nil when there is none
	until     *events.Time   // when a wait for a time, or a retry's delay, ends
	runner    string         // the engine that runs the current attempt
	failures  int            // failed attempts of the current visit, lost ones not counted
	triggered bool           // a back edge led here and the visit has not begun
}

// NewRun is the run of a job without history.
func NewRun(s events.Subject) *Run {
	return &Run{Job: Job{ID: s.ID, Workspace: s.Workspace}, nodes: map[string]*node{}, edges: map[int]bool{}, loops: map[int]int{}, remind: map[string]events.Millis{}}
}

// Apply folds one commit of the job into r.
func (r *Run) Apply(c *events.Commit) {
	for i := range c.Events {
		r.apply(c.Subject, &c.Events[i])
	}
	r.derive()
	r.Cursor = r.Cursor.Max(c.Cursor())
	r.Head, r.Last = c.Head(), c.ID
}

func (r *Run) apply(s events.Subject, e *events.Event) {
	ended := r.Status.Terminal()
	r.Job.apply(s, e)
	if ended {
		return
	}
	switch f := e.Fact.(type) {
	case *events.JobSubmitted:
		r.Graph, r.Input, r.Request, r.timeout = f.Graph, f.Input, f.Request, f.Timeout
		r.Channel = f.Channel
		r.ConcurrencyKey, r.ConcurrencyLimit = f.ConcurrencyKey, f.ConcurrencyLimit
	case *events.JobStarted:
		r.deadline = f.Deadline
	case *events.NodeStarted:
		n := r.node(f.Node)
		if f.Attempt == 1 {
			n.failures = 0
		}
		n.runner, n.until, n.triggered = f.Runner, nil, false
	case *events.NodeWaiting:
		if len(f.Events) == 0 { // else see Wait
			r.node(f.Node).until = f.Until
		}
		if f.Fresh {
			r.signals = slices.DeleteFunc(r.signals, func(s signal) bool { return slices.Contains(f.Events, s.name) })
		}
	case *events.NodeRetrying:
		n := r.node(f.Node)
		until := f.At
		n.failures, n.until = n.failures+1, &until
	case *events.NodeSucceeded:
		r.settle(f.Node, f.Output, f.Taken, f.Dead)
	case *events.NodeFailed:
		r.settle(f.Node, f.Output, f.Taken, f.Dead)
	case *events.NodeReused:
		r.settle(f.Node, f.Output, f.Taken, f.Dead)
	case *events.NodeSkipped:
		r.settle(f.Node, events.Payload{}, nil, f.Dead)
	case *events.NodeCancelled:
		r.settle(f.Node, events.Payload{}, nil, f.Dead)
	case *events.SignalReceived:
		r.receive(f)
	case *events.SignalTaken:
		r.signals = slices.DeleteFunc(r.signals, func(s signal) bool { return s.n == f.N })
	case *events.InterventionOpened:
		if f.RemindAfter > 0 {
			r.remind[f.ID] = f.RemindAfter
		}
	case *events.NodeLooped:
		r.loops[f.Edge] = f.Times
		for _, i := range f.Edges {
			delete(r.edges, i)
		}
		for _, id := range f.Reset {
			n := r.node(id)
			n.until, n.failures, n.triggered = nil, 0, id == f.Node
		}
	}
}

func (r *Run) node(id string) *node {
	n := r.nodes[id]
	if n == nil {
		n = &node{}
		r.nodes[id] = n
	}
	return n
}

func (r *Run) settle(id string, output events.Payload, taken, dead []int) {
	n := r.node(id)
	n.until, n.output = nil, nil
	if !output.IsZero() {
		n.output = output.JSON()
	}
	for _, e := range taken {
		r.edges[e] = true
	}
	for _, e := range dead {
		r.edges[e] = false
	}
}

// arrived counts those of some edges that are taken, and those that still may
// be.
func (r *Run) arrived(edges []int) (taken, open int) {
	for _, e := range edges {
		switch yes, settled := r.edges[e]; {
		case yes:
			taken++
		case !settled:
			open++
		}
	}
	return taken, open
}

// taken tells whether an edge is, in its source's current visit.
func (r *Run) taken(edge int) bool { return r.edges[edge] }

// Begun tells whether the job has left pending by beginning; it may have ended since.
func (r *Run) Begun() bool { return r.ProcessedAt != nil }

// Exists tells whether the job has any history.
func (r *Run) Exists() bool { return r.Head.N > 0 }

// step gives the step of a node by its path, nil when the job has not reached it.
func (r *Run) step(path string) *Step { return r.Step(path) }

// Output gives the output of a node's last ended visit, nil when it has none.
func (r *Run) Output(node string) jsontext.Value {
	if n := r.nodes[node]; n != nil {
		return n.output
	}
	return nil
}

// Attempt names one attempt of one visit of a node.
type Attempt struct {
	Node    string
	Visit   int
	Attempt int
}

// Current tells whether a is at work now.
func (r *Run) Current(a Attempt) bool {
	st := r.Step(a.Node)
	return !r.Status.Terminal() && st != nil && st.Status == StepRunning && st.Visits == a.Visit && st.Attempts == a.Attempt
}

// AtWork lists the attempts that have started and not ended, with the engine
// that runs each.
func (r *Run) AtWork() map[Attempt]string {
	if r.Status.Terminal() {
		return nil
	}
	var work map[Attempt]string
	for i := range r.Steps {
		if st := &r.Steps[i]; st.Status == StepRunning {
			if work == nil {
				work = map[Attempt]string{}
			}
			work[Attempt{st.NodeID, st.Visits, st.Attempts}] = r.node(st.NodeID).runner
		}
	}
	return work
}

// Due is the earliest time at which a timer of the job runs out, the zero
// time when none is set. The engine lets the job [Advance] then.
func (r *Run) Due() time.Time {
	var due time.Time
	earlier := func(t *events.Time) {
		if t != nil && (due.IsZero() || t.Before(due)) {
			due = t.Time
		}
	}
	if r.Status.Terminal() {
		return due
	}
	if r.Status == Pending {
		earlier(r.RunAt)
	}
	earlier(r.deadline)
	for i := range r.Steps {
		st := &r.Steps[i]
		if st.Status == StepWaiting || (st.Status == StepRetrying && r.Status != Paused) {
			earlier(r.node(st.NodeID).until)
		}
	}
	for i := range r.Waits {
		earlier(r.Waits[i].ExpiresAt)
	}
	for i := range r.Interventions {
		if iv := &r.Interventions[i]; iv.Open() {
			earlier(iv.ExpiresAt)
			earlier(r.reminder(iv))
		}
	}
	return due
}

// maxReminders bounds how often one question is recorded as unanswered.
const maxReminders = 10

// reminder is when people are next reminded of an open question, nil when they
// are not. While the job is paused nobody is: an answer would not let it go on.
func (r *Run) reminder(iv *Intervention) *events.Time {
	after := r.remind[iv.InterventionID]
	if after == 0 || iv.Reminders >= maxReminders || r.Status == Paused {
		return nil
	}
	last := iv.CreatedAt
	if iv.RemindedAt != nil {
		last = *iv.RemindedAt
	}
	t := last.Add(after.Duration() + time.Millisecond) // times are cut to milliseconds: never early
	return &t
}

// Scope is what the job's expressions see now. It belongs to the caller.
func (r *Run) Scope() *pathway.Scope {
	about := map[string]any{"id": r.ID, "workspace_id": r.Workspace, "created_at": r.CreatedAt.String()}
	if r.ProcessedAt != nil {
		about["started_at"] = r.ProcessedAt.String()
	}
	if r.Tick != nil {
		about["tick"] = r.Tick.String()
	}
	s := pathway.NewScope(r.Input.JSON(), about, string(r.TraceID))
	for id, n := range r.nodes {
		if n.output != nil {
			s.SetNode(id, n.output)
		}
	}
	return s
}

// clone makes a Run that shares nothing that Apply changes.
func (r *Run) clone() *Run {
	c := *r
	c.Job = *r.Job.Clone()
	c.nodes = make(map[string]*node, len(r.nodes))
	for id, n := range r.nodes {
		m := *n
		c.nodes[id] = &m
	}
	c.remind = maps.Clone(r.remind)
	c.signals = slices.Clone(r.signals)
	c.keyed = slices.Clip(r.keyed) // an append copies
	c.edges = make(map[int]bool, len(r.edges))
	for i, taken := range r.edges {
		c.edges[i] = taken
	}
	c.loops = make(map[int]int, len(r.loops))
	for i, n := range r.loops {
		c.loops[i] = n
	}
	return &c
}
