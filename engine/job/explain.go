package job

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// This file says why a job is where it is.

// Explanation is why a job is where it is; its JSON form is the answer of the
// API. A job that has not ended has at least one reason unless it is just
// about to go on.
type Explanation struct {
	JobID   string        `json:"job_id"`
	Status  Status        `json:"status"`
	Cursor  events.Cursor `json:"cursor"`  // the last event that was looked at
	Parent  *Parent       `json:"parent"`  // of a sub-job: who waits for it
	Summary string        `json:"summary"` // one line
	Reasons []Reason      `json:"reasons"` // the most telling first
}

// ReasonKind is what holds a job, or ended it.
type ReasonKind string

// The kinds of reasons.
const (
	ReasonPaused       ReasonKind = "paused"       // an operator paused it
	ReasonRunAt        ReasonKind = "run_at"       // its time has not come
	ReasonRunning      ReasonKind = "running"      // a step is at work
	ReasonRetry        ReasonKind = "retry"        // a step failed and is tried again later
	ReasonDelay        ReasonKind = "delay"        // a step waits for a time
	ReasonRoom         ReasonKind = "room"         // it could go on, and all workers are busy
	ReasonConcurrency  ReasonKind = "concurrency"  // other jobs of its concurrency key have all places
	ReasonIntervention ReasonKind = "intervention" // a human is asked
	ReasonEvent        ReasonKind = "event"        // a signal is awaited
	ReasonTask         ReasonKind = "task"         // a worker outside has a task, or none took it yet
	ReasonSubJob       ReasonKind = "sub_job"      // a sub-job has not ended
	ReasonJoin         ReasonKind = "join"         // a join has not enough of its edges yet
	ReasonEndpoint     ReasonKind = "endpoint"     // a step's call waits for a place at an endpoint
	ReasonLock         ReasonKind = "lock"         // another step has a step's lock
	ReasonDeadline     ReasonKind = "deadline"     // when its timeout will fail it
	ReasonCompleted    ReasonKind = "completed"    //
	ReasonFailed       ReasonKind = "failed"       //
	ReasonCancelled    ReasonKind = "cancelled"    //
)

// Reason is one thing that holds a job, or that ended it.
type Reason struct {
	Kind           ReasonKind     `json:"kind"`
	NodeID         Ref            `json:"node_id"`
	Attempt        int            `json:"attempt,omitzero"` // of the node
	Since          *events.Cursor `json:"since"`            // the commit that made it so
	Until          *events.Time   `json:"until"`            // when it ends by itself
	InterventionID Ref            `json:"interventionId"`
	TaskID         Ref            `json:"task_id,omitzero"`
	JobID          Ref            `json:"job_id,omitzero"` // of a sub-job
	ConcurrencyKey string         `json:"concurrency_key,omitzero"`
	Endpoint       string         `json:"endpoint,omitzero"`   // host, with its port
	Limit          int            `json:"limit,omitzero"`      // of the concurrency key, or of the endpoint's calls at once
	PerMinute      int            `json:"per_minute,omitzero"` // calls to the endpoint that may begin
	Jobs           []string       `json:"jobs,omitempty"`      // those that have the key's places, or some of them
	Ahead          int            `json:"ahead,omitzero"`      // jobs of the workspace, or calls, before it in line
	By             *events.Actor  `json:"by,omitzero"`         // who paused or ended it
	Message        string         `json:"message"`             // one line
}

// Line is where a job stands that could begin, as its engine knows it.
type Line struct {
	Held   bool     // in the line of its concurrency key, not in that for room
	Limit  int      // with Held: of the key; 0: its jobs are still being counted
	Jobs   []string // with Held: those that have its places, or some of them
	Places int      // with Held: how many have one
	Ahead  int      // jobs of the workspace before it
}

// Account is a run together with when each part of it became what it is. It
// belongs to one goroutine at a time.
type Account struct {
	Run
	Line    Line              // of a pending job
	SubJobs map[string]Status // of Run.Children, those that are known
	Calls   []CallInLine      // of the job's steps
	status  events.Cursor
	by      events.Actor                        // of the commit that made the status
	steps   map[string]events.Cursor            // by node
	inside  map[string]map[string]events.Cursor // of the steps inside maps: by item, and by node
	started events.Cursor

	tasksSince map[string]events.Cursor // by task: when its status became what it is
}

// NewAccount is the account of a job without history.
func NewAccount(s events.Subject) *Account {
	return &Account{Run: *NewRun(s), steps: map[string]events.Cursor{}, inside: map[string]map[string]events.Cursor{}}
}

// Apply folds one commit of the job into a.
func (a *Account) Apply(c *events.Commit) {
	type state struct {
		status           StepStatus
		visits, attempts int
	}
	of := func(st *Step) state { return state{st.Status, st.Visits, st.Attempts} }
	before := make(map[string]state, len(a.Steps))
	for i := range a.Steps {
		before[a.Steps[i].NodeID] = of(&a.Steps[i])
	}
	status := a.Status
	a.Run.Apply(c)
	a.followTasks(c)
	a.followItems(c)
	at := c.Cursor()
	if a.Status != status {
		a.status, a.by = at, c.Events[0].Actor
	}
	if a.started == (events.Cursor{}) && a.ProcessedAt != nil {
		a.started = at
	}
	for i := range a.Steps {
		if st := &a.Steps[i]; before[st.NodeID] != of(st) {
			a.steps[st.NodeID] = at
		}
	}
}

// Explain says why the job is where it is. g is its resolved graph; it is not
// needed once the job has ended. It changes nothing and does no I/O beside the
// evaluation of the graph's expressions.
func (a *Account) Explain(ctx context.Context, g *pathway.Graph, now events.Time) (*Explanation, error) {
	x := &Explanation{JobID: a.ID, Status: a.Status, Cursor: a.Cursor, Parent: a.Parent}
	if a.Status.Terminal() {
		x.Reasons = []Reason{a.end()}
		x.Summary = x.Reasons[0].Message
		return x, nil
	}
	switch {
	case a.Status == Paused:
		why := fmt.Sprintf("by %s %s", a.by.Kind, a.by.ID)
		if a.PausedByParent() {
			why = fmt.Sprintf("because its parent job %s is", a.Origin.Job)
		}
		x.Reasons = append(x.Reasons, Reason{
			Kind: ReasonPaused, Since: ref(a.status), By: a.who(),
			Message: "paused " + why + ": no new step starts until it is resumed",
		})
	case a.Status == Pending && a.RunAt != nil && !due(a.RunAt, now):
		x.Reasons = append(x.Reasons, Reason{Kind: ReasonRunAt, Since: ref(a.status), Until: a.RunAt, Message: "it does not begin before " + a.RunAt.String()})
	case a.Status == Pending:
		x.Reasons = append(x.Reasons, a.inLine())
	}
	starting, err := a.starting(ctx, g, now)
	if err != nil {
		return nil, err
	}
	x.Reasons = append(x.Reasons, a.atWork(starting)...)
	x.Reasons = append(x.Reasons, a.items()...)
	x.Reasons = a.atGates(x.Reasons)
	x.Reasons = append(x.Reasons, a.noRoom(g, starting)...)
	x.Reasons = append(x.Reasons, a.questions()...)
	x.Reasons = append(x.Reasons, a.waits()...)
	x.Reasons = append(x.Reasons, a.subJobs()...)
	x.Reasons = append(x.Reasons, a.atWorkers()...)
	x.Reasons = append(x.Reasons, a.locked(g)...)
	x.Reasons = append(x.Reasons, a.joins(g)...)
	lines := make([]string, len(x.Reasons))
	for i := range x.Reasons {
		lines[i] = x.Reasons[i].Message
	}
	if a.deadline != nil {
		x.Reasons = append(x.Reasons, Reason{
			Kind: ReasonDeadline, Since: ref(a.started), Until: a.deadline,
			Message: "its timeout fails it at " + a.deadline.String(),
		})
	}
	x.Summary = summarise(a.Status, lines)
	return x, nil
}

// end is the one reason of a job that has ended.
func (a *Account) end() Reason {
	r := Reason{Kind: ReasonCompleted, Since: ref(a.status), By: a.who(), Message: "it completed"}
	switch {
	case a.Error.Cancelled():
		r.Kind, r.Message = ReasonCancelled, fmt.Sprintf("%s, by %s %s", a.FailedReason, a.by.Kind, a.by.ID)
	case a.Error != nil:
		r.Kind, r.NodeID = ReasonFailed, a.Error.NodeID
		r.Message = fmt.Sprintf("it failed: %s: %s", a.Error.Code, a.Error.Message)
		if r.NodeID != "" {
			r.Message = fmt.Sprintf("it failed at %s: %s: %s", r.NodeID, a.Error.Code, a.Error.Message)
		}
	}
	r.Message = oneLine(r.Message)
	return r
}

// inLine is why a job has not begun that could.
func (a *Account) inLine() Reason {
	l := &a.Line
	r := Reason{Kind: ReasonRoom, Since: ref(a.status), Ahead: l.Ahead, Message: "it has not begun: all workers are busy"}
	if l.Held {
		r.Kind, r.ConcurrencyKey, r.Limit, r.Jobs = ReasonConcurrency, a.ConcurrencyKey, l.Limit, l.Jobs
		r.Message = fmt.Sprintf("it has not begun: %d jobs of its concurrency key %q have begun and not ended, and %d may", l.Places, a.ConcurrencyKey, l.Limit)
		if l.Limit == 0 {
			r.Message = fmt.Sprintf("it has not begun: the server has just started and counts the jobs of its concurrency key %q", a.ConcurrencyKey)
		}
	}
	if l.Ahead > 0 {
		r.Message += fmt.Sprintf("; %d jobs of the workspace come before it", l.Ahead)
	}
	return r
}

// starting lists what would start now if there were room without end.
func (a *Account) starting(ctx context.Context, g *pathway.Graph, now events.Time) (map[string]int, error) {
	if a.Status == Pending || a.Status == Paused {
		return nil, nil
	}
	facts, err := Decide(ctx, &a.Run, g, Moment{Now: now, Room: len(g.Nodes) + 1}, &Advance{})
	if err != nil {
		return nil, fmt.Errorf("looking for what is ready: %w", err)
	}
	starting := map[string]int{}
	for _, f := range facts {
		if f, ok := f.(*events.NodeStarted); ok {
			starting[f.Node] = f.Attempt
		}
	}
	return starting, nil
}

// since is when a node's step became what it is.
func (a *Account) since(node string) *events.Cursor {
	if at, id := cutPath(node); at != "" {
		return ref(a.inside[at][id])
	}
	return ref(a.steps[node])
}

// who made the status.
func (a *Account) who() *events.Actor { by := a.by; return &by }

func ref(c events.Cursor) *events.Cursor { return &c }

// atWork lists the steps that go on by themselves: at work, tried again later,
// or until a time.
func (a *Account) atWork(starting map[string]int) []Reason {
	var running, later []Reason
	for i := range a.Steps {
		st := &a.Steps[i]
		r, ok := a.stepReason(&a.root, st)
		switch {
		case !ok, st.Status == StepRetrying && starting[st.NodeID] > 0:
		case st.Status == StepRunning:
			running = append(running, r)
		default:
			later = append(later, r)
		}
	}
	return append(running, later...)
}

// stepReason says what a step that goes on by itself does.
func (a *Account) stepReason(f *frame, st *Step) (Reason, bool) {
	_, id := cutPath(st.NodeID)
	n := f.look(id)
	r := Reason{NodeID: Ref(st.NodeID), Attempt: st.Attempts, Since: a.since(st.NodeID)}
	switch {
	case st.Status == StepRunning:
		r.Kind, r.Message = ReasonRunning, fmt.Sprintf("%s is at work, attempt %d", st.NodeID, st.Attempts)+a.calling(st.NodeID)
	case st.Status == StepRetrying:
		r.Kind, r.Until = ReasonRetry, n.until
		r.Message = fmt.Sprintf("attempt %d of %s failed and another is made", st.Attempts, st.NodeID)
		if n.until != nil {
			r.Message += " at " + n.until.String()
		}
		if st.Error != nil {
			r.Message += " " + oneLine(fmt.Sprintf("(%s: %s)", st.Error.Code, st.Error.Message))
		}
	case st.Status == StepWaiting && n.items == nil && n.until != nil:
		r.Kind, r.Until, r.Message = ReasonDelay, n.until, fmt.Sprintf("%s waits until %s", st.NodeID, n.until)
	default:
		return r, false
	}
	return r, true
}

// noRoom lists the nodes that could start, in the order of the graph.
func (a *Account) noRoom(g *pathway.Graph, starting map[string]int) []Reason {
	var reasons []Reason
	for i := range g.Nodes {
		id := g.Nodes[i].ID
		attempt, ok := starting[id]
		if !ok {
			continue
		}
		since := a.started
		for _, e := range g.In(id) {
			since = since.Max(a.steps[g.Edges[e].From])
		}
		if attempt > 1 {
			since = since.Max(a.steps[id])
		}
		reasons = append(reasons, Reason{
			Kind: ReasonRoom, NodeID: Ref(id), Attempt: attempt, Since: ref(since),
			Message: fmt.Sprintf("%s could start, and all workers are busy", id),
		})
	}
	return reasons
}

// questions lists what humans are asked.
func (a *Account) questions() []Reason {
	var reasons []Reason
	for i := range a.Interventions {
		iv := &a.Interventions[i]
		if !iv.Open() {
			continue
		}
		r := Reason{
			Kind: ReasonIntervention, NodeID: Ref(iv.NodeID), Since: a.since(iv.NodeID), Until: iv.ExpiresAt, InterventionID: Ref(iv.InterventionID),
			Message: fmt.Sprintf("%s waits for an answer to intervention %s", iv.NodeID, iv.InterventionID),
		}
		if iv.Call != nil {
			r.Message += fmt.Sprintf(": may it call the tool %s?", iv.Call.Name)
		}
		if iv.Required > 1 {
			r.Message += fmt.Sprintf(": %d must agree, %d answered so far", iv.Required, len(iv.Responses))
		}
		if iv.Responders > 0 {
			r.Message += fmt.Sprintf(" of at most %d", iv.Responders)
		}
		if iv.Reminders > 0 {
			r.Message += fmt.Sprintf(", reminded of %d times, the last at %s", iv.Reminders, iv.RemindedAt)
		}
		if iv.ExpiresAt != nil {
			r.Message += ", which expires at " + iv.ExpiresAt.String()
		}
		reasons = append(reasons, r)
	}
	return reasons
}

// waits lists the nodes that wait for a signal.
func (a *Account) waits() []Reason {
	var reasons []Reason
	for i := range a.Waits {
		w := &a.Waits[i]
		r := Reason{
			Kind: ReasonEvent, NodeID: Ref(w.NodeID), Since: a.since(w.NodeID), Until: w.ExpiresAt,
			Message: fmt.Sprintf("%s waits for the event %s", w.NodeID, strings.Join(w.Events, " or ")),
		}
		if w.ExpiresAt != nil {
			r.Message += ", until " + w.ExpiresAt.String()
		}
		r.Message = oneLine(r.Message)
		reasons = append(reasons, r)
	}
	return reasons
}

// joins lists the nodes that start with some of their edges, to which one has
// come and not yet enough, in the order of the graph.
func (a *Account) joins(g *pathway.Graph) []Reason {
	var reasons []Reason
	for i := range g.Nodes {
		n := &g.Nodes[i]
		in := g.In(n.ID)
		taken, _ := a.root.arrived(in)
		if st := a.Step(n.ID); st != nil && (st.Status != StepPending || a.node(n.ID).triggered) || taken == 0 || taken >= n.Join {
			continue
		}
		r := Reason{
			Kind: ReasonJoin, NodeID: Ref(n.ID), Since: ref(a.started),
			Message: fmt.Sprintf("%s starts when %d of the %d that lead to it have arrived: %d so far", n.ID, n.Join, len(in), taken),
		}
		for _, e := range in {
			if a.root.taken(e) {
				r.Since = ref(r.Since.Max(a.steps[g.Edges[e].From]))
			}
		}
		reasons = append(reasons, r)
	}
	return reasons
}

// summarise makes one line of what holds a job.
func summarise(s Status, lines []string) string {
	const most = 3
	switch {
	case len(lines) == 0:
		return string(s) + ": it goes on at once"
	case len(lines) > most:
		lines = append(lines[:most:most], fmt.Sprintf("and %d more", len(lines)-most))
	}
	return string(s) + ": " + strings.Join(lines, "; ")
}

// oneLine makes a short line of text that may have come from anywhere.
func oneLine(s string) string {
	const most = 300 // bytes
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
