package job

import (
	"maps"
	"slices"
	"strings"
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
	Outcome events.Payload // the result, where Job has a preview of a large one
	Request events.Hash    // digest of the request when an Idempotency-Key named the job
	Channel string         // with ReceptorID: by which channel it was fired

	Origin *events.Parent // of a sub-job

	ConcurrencyKey   string
	ConcurrencyLimit int // the job's own; 0 leaves it to the workspace

	fetch    Fetch // reads what is stored apart
	timeout  events.Millis
	deadline *events.Time
	root     frame // the job's own graph
	around   *around
	remind   map[string]events.Millis // by intervention: how long it stays unanswered until a reminder
	received int                      // signals
	signals  []signal                 // that nobody has taken yet, in order
	keyed    []keyed                  // the latest signals that came with a key
	tasks    tasks
	children []child // sub-jobs that have not ended as far as is known
	pausedBy string  // kind of who paused the job last

	cut map[Attempt]bool // at work when the job ended, and not known to have ended since
}

// node is what a run remembers of a node beside its Step.
type node struct {
	output    events.Payload // of the last visit that ended; zero when there is none
	until     *events.Time   // when a wait for a time, a retry's delay, or what a map may take, ends
	runner    string         // the engine that runs the current attempt
	failures  int            // failed attempts of the current visit, lost ones not counted
	triggered bool           // a back edge led here and the visit has not begun
	items     *items         // of a map: those of its current visit, nil when there are none at work
	recorded  []events.Fact  // steps of the current visit of a re-entrant node; see Recorded
	visits    map[string]int // of a map: highest visit of each node inside of it; never changed, see items.visits
}

// NewRun is the run of a job without history.
func NewRun(s events.Subject) *Run {
	return &Run{Job: Job{ID: s.ID, Workspace: s.Workspace}, root: frame{nodes: map[string]*node{}, edges: map[int]bool{}, loops: map[int]int{}}, around: &around{}, remind: map[string]events.Millis{}}
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
	r.annotated(e)
	ended := r.Status.Terminal()
	if !ended {
		r.foldTask(e)
	}
	r.Job.apply(s, e)
	if ended {
		return
	}
	applyStep(e, func(path string) *[]Step {
		if at, _ := cutPath(path); at != "" {
			if f := r.own(at); f != nil {
				return &f.steps
			}
		}
		return nil // the Job has it
	})
	r.forgetTasks()
	r.family(e)
	r.foldReflex(e)
	switch f := e.Fact.(type) {
	case *events.JobSubmitted:
		r.Graph, r.Input, r.Request, r.timeout = f.Graph, f.Input, f.Request, f.Timeout
		r.Channel = f.Channel
		r.ConcurrencyKey, r.ConcurrencyLimit = f.ConcurrencyKey, f.ConcurrencyLimit
	case *events.JobStarted:
		r.deadline, r.around = f.Deadline, &around{}
	case *events.JobCompleted:
		r.Outcome = f.Result
	case *events.NodeStarted:
		n := r.node(f.Node)
		if f.Attempt == 1 {
			n.failures = 0
		}
		n.runner, n.until, n.triggered, n.items = f.Runner, nil, false, nil
		if inside(f.Node) {
			r.visited(f.Node, f.Visit)
		}
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
		n.failures, n.until, n.items = n.failures+1, &until, nil
	case *events.NodeFanned:
		r.fan(f)
	case *events.ItemSucceeded:
		r.itemEnded(f.Node, f.Index, func(item *frame) outcome {
			if f.From != "" {
				return outcome{entry: item.look(f.From).output}
			}
			return outcome{entry: f.Output}
		})
	case *events.ItemFailed:
		r.itemEnded(f.Node, f.Index, func(*frame) outcome {
			return outcome{entry: failedEntry(f.Code, f.Message), failed: true, reason: f.Code + ": " + f.Message}
		})
	case *events.NodeSucceeded:
		r.settle(f.Node, f.Output, f.Taken, f.Dead)
		if n := r.node(f.Node); n.items != nil && n.items.rest == RestIgnore {
			n.items.decided, n.items.ended = true, nil
			n.forget()
		} else {
			n.items = nil
		}
	case *events.NodeFailed:
		r.settle(f.Node, f.Output, f.Taken, f.Dead)
		r.node(f.Node).items = nil
	case *events.NodeReused:
		r.settle(f.Node, f.Output, f.Taken, f.Dead)
	case *events.NodeSkipped:
		r.settle(f.Node, events.Payload{}, nil, f.Dead)
	case *events.NodeCancelled:
		r.settle(f.Node, events.Payload{}, nil, f.Dead)
		r.node(f.Node).items = nil
	case *events.SignalReceived:
		r.receive(f)
	case *events.SignalTaken:
		r.signals = slices.DeleteFunc(r.signals, func(s signal) bool { return s.n == f.N })
	case *events.InterventionOpened:
		if f.RemindAfter > 0 {
			r.remind[f.ID] = f.RemindAfter
		}
	case *events.NodeLooped:
		at, _ := cutPath(f.Node)
		in := r.own(at)
		if in == nil {
			return
		}
		in.loops[f.Edge] = f.Times
		for _, i := range f.Edges {
			delete(in.edges, i)
		}
		for _, path := range f.Reset {
			n := r.node(path)
			n.until, n.failures, n.triggered, n.items = nil, 0, path == f.Node, nil
		}
	}
}

func (r *Run) settle(path string, output events.Payload, taken, dead []int) {
	at, id := cutPath(path)
	f := r.own(at)
	if f == nil {
		return
	}
	if at == "" {
		r.around = &around{}
	}
	n := f.node(id)
	n.until, n.output = nil, output
	for _, e := range taken {
		f.edges[e] = true
	}
	for _, e := range dead {
		f.edges[e] = false
	}
}

// Begun tells whether the job has left pending by beginning; it may have ended since.
func (r *Run) Begun() bool { return r.ProcessedAt != nil }

// Exists tells whether the job has any history.
func (r *Run) Exists() bool { return r.Head.N > 0 }

// Output gives the output of a node's last ended visit, nil when it has none or
// it is stored apart.
func (r *Run) Output(node string) jsontext.Value { return r.look(node).output.Raw }

// Attempt names one attempt of one visit of a node.
type Attempt struct {
	Node    string
	Visit   int
	Attempt int
}

// attempt is the current attempt of a step's current visit.
func (st *Step) attempt() Attempt { return Attempt{st.NodeID, st.Visits, st.Attempts} }

// Current tells whether a is at work now.
func (r *Run) Current(a Attempt) bool {
	st := r.step(a.Node)
	return !r.Status.Terminal() && st != nil && st.Status == StepRunning && st.Visits == a.Visit && st.Attempts == a.Attempt
}

// AtWork lists the attempts that have started and not ended, with the engine
// that runs each.
func (r *Run) AtWork() map[Attempt]string {
	if r.Status.Terminal() {
		return nil
	}
	var work map[Attempt]string
	for f, st := range r.reached {
		if st.Status == StepRunning {
			if work == nil {
				work = map[Attempt]string{}
			}
			_, id := cutPath(st.NodeID)
			work[st.attempt()] = f.look(id).runner
		}
	}
	return work
}

// overtime lists the waits for a time that is over, and the maps whose time is.
func (r *Run) overtime(now events.Time) (over []Attempt) {
	for f, st := range r.reached {
		_, id := cutPath(st.NodeID)
		if st.Status == StepWaiting && due(f.look(id).until, now) {
			over = append(over, st.attempt())
		}
	}
	return over
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
	for f, st := range r.reached {
		if st.Status == StepWaiting || (st.Status == StepRetrying && r.Status != Paused) {
			_, id := cutPath(st.NodeID)
			earlier(f.look(id).until)
		}
	}
	for i := range r.Waits {
		earlier(r.Waits[i].ExpiresAt)
	}
	for i := range r.Tasks {
		earlier(r.Tasks[i].due())
	}
	for i := range r.children {
		earlier(r.children[i].until)
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

// Scope is what the expressions of a node see now, by its path: that of its
// own graph, and those around it. It belongs to the caller.
func (r *Run) Scope(node string) *pathway.Scope {
	at, _ := cutPath(node)
	return r.scope(at)
}

// scope is what the expressions of a frame see.
func (r *Run) scope(path string) *pathway.Scope {
	if path == "" {
		s := r.outer()
		r.root.show(r, s)
		return s
	}
	s := r.base().Clone()
	for id, n := range r.root.nodes {
		if n.output.Apart != nil {
			r.show(s, id, n.output)
		}
	}
	for at := 0; at < len(path); {
		id, rest, _ := strings.Cut(path[at:], "/")
		digits, _, _ := strings.Cut(rest, "/")
		f := r.frame(path[:max(at-len("/"), 0)])
		at += len(id) + len("/") + len(digits) + len("/")
		item := r.frame(path[:at-len("/")])
		if f == nil || item == nil {
			return s
		}
		var value jsontext.Value
		if list := f.look(id).items.list; item.index < len(list) {
			value = list[item.index]
		}
		s = s.WithItem(value, item.index)
		item.show(r, s)
	}
	return s
}

// outer is what the expressions of the job's own graph see beside its nodes.
func (r *Run) outer() *pathway.Scope {
	about := map[string]any{"id": r.ID, "workspace_id": r.Workspace, "created_at": r.CreatedAt.String()}
	if r.ProcessedAt != nil {
		about["started_at"] = r.ProcessedAt.String()
	}
	if r.Tick != nil {
		about["tick"] = r.Tick.String()
	}
	return pathway.NewScope(r.Input.JSON(), about, string(r.TraceID))
}

// around is what the items of maps see of the job, kept while it stays the same:
// what one of them had decoded all have. Copies of a run share it.
type around struct{ scope *pathway.Scope }

// base gives it, without the outputs that are stored apart.
func (r *Run) base() *pathway.Scope {
	if r.around.scope == nil {
		s := r.outer()
		for id, n := range r.root.nodes {
			if !n.output.IsZero() && n.output.Apart == nil {
				r.show(s, id, n.output)
			}
		}
		r.around.scope = s
	}
	return r.around.scope
}

// show sets the outputs of a frame's nodes.
func (f *frame) show(r *Run, s *pathway.Scope) {
	for id, n := range f.nodes {
		if !n.output.IsZero() {
			r.show(s, id, n.output)
		}
	}
}

// clone makes a Run that shares nothing that Apply changes, until r goes on: see
// items.ended.
func (r *Run) clone() *Run {
	c := *r
	c.Job = *r.Job.Clone()
	c.root = *r.root.clone(&c)
	c.remind = maps.Clone(r.remind)
	c.signals = slices.Clone(r.signals)
	c.keyed = slices.Clip(r.keyed) // an append copies
	c.tasks = r.tasks.clone()
	c.children = slices.Clone(r.children)
	return &c
}
