package job

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
)

// Reflexes: the turns of models that call tools, and the calls. A visit of such
// a node is made of recorded steps; an attempt that waits for something that a
// call needs is followed by another one that goes on from them.

// Reflex is a tool call that a model asked for.
type Reflex struct {
	NodeID    string         `json:"node_id"`
	CallID    string         `json:"call_id"` // names it within the visit of the node
	Name      string         `json:"name"`    // of the tool
	Arguments jsontext.Value `json:"arguments"`
}

// CodeRejected is the code of a call that a person did not allow.
const CodeRejected = "REJECTED"

// Record stores what an attempt at work has done so far, in one commit.
type Record struct {
	Attempt Attempt
	Turn    *events.TurnCompleted
	Calls   []*events.ReflexCalled
	Answers []*events.ReflexAnswered
}

// Await is the outcome of an attempt that goes on, as another one, when what
// its calls need has come.
type Await struct {
	Attempt Attempt
	Ask     []Ask    // each with a Call
	Jobs    []SubJob // that were submitted, each with a Call
	Answers []*events.ReflexAnswered
}

func (c *Record) decide(d *decision) error {
	if !d.run.Current(c.Attempt) {
		return stale(c.Attempt)
	}
	if f := c.Turn; f != nil {
		d.happen(f)
	}
	for _, f := range c.Calls {
		d.happen(f)
	}
	d.answers(c.Attempt.Node, c.Answers)
	return nil
}

// answers records results, each once.
func (d *decision) answers(node string, all []*events.ReflexAnswered) {
	for _, f := range all {
		if d.run.unanswered(node, f.Call) {
			f.Name = d.run.callName(node, f.Call)
			d.happen(f)
		}
	}
}

// callName gives the tool of a call of a node's visit.
func (r *Run) callName(node, call string) string {
	for _, f := range r.look(node).recorded {
		if f, ok := f.(*events.ReflexCalled); ok && f.Call == call {
			return f.Name
		}
	}
	return ""
}

func (c *Await) decide(d *decision) error {
	if !d.run.Current(c.Attempt) {
		return stale(c.Attempt)
	}
	a := c.Attempt
	d.happen(&events.NodeWaiting{Attempt: a.Attempt, Node: a.Node, Visit: a.Visit})
	for i := range c.Ask {
		if err := d.ask(a, &c.Ask[i]); err != nil {
			return err
		}
	}
	d.answers(a.Node, c.Answers)
	for _, sub := range c.Jobs {
		d.happen(&events.NodeSpawned{Attempt: a.Attempt, Call: sub.Call, Child: sub.ID, Node: a.Node, Visit: a.Visit})
	}
	d.advance(nil)
	return nil
}

// foldReflex folds what a visit records, and forgets it with the visit.
func (r *Run) foldReflex(e *events.Event) {
	add := func(node string) {
		n := r.node(node)
		n.recorded = append(slices.Clip(n.recorded), e.Fact) // copies: a Run that was cloned has the old ones
	}
	forget := func(node string) {
		if r.look(node).recorded != nil {
			r.node(node).recorded = nil
		}
	}
	switch f := e.Fact.(type) {
	case *events.TurnCompleted:
		add(f.Node)
	case *events.ReflexCalled:
		add(f.Node)
	case *events.ReflexAnswered:
		add(f.Node)
	case *events.InterventionOpened:
		if f.Call != "" {
			add(f.Node)
		}
	case *events.NodeSpawned:
		if f.Call != "" {
			add(f.Node)
		}
	case *events.NodeStarted:
		if f.Attempt == 1 {
			forget(f.Node)
		}
	case *events.NodeSucceeded:
		forget(f.Node)
	case *events.NodeFailed:
		forget(f.Node)
	case *events.NodeCancelled:
		forget(f.Node)
	case *events.NodeLooped:
		for _, node := range f.Reset {
			forget(node)
		}
	}
}

// Recorded gives what the current visit of a node has recorded, in order:
// *events.TurnCompleted, *events.ReflexCalled, *events.ReflexAnswered, and of
// what was asked for *events.InterventionOpened and *events.NodeSpawned. The
// caller must not change it.
func (r *Run) Recorded(node string) []events.Fact { return r.look(node).recorded }

// unanswered tells whether a call of a node's visit was recorded without a
// result.
func (r *Run) unanswered(node, call string) bool {
	called := false
	for _, f := range r.look(node).recorded {
		switch f := f.(type) {
		case *events.ReflexCalled:
			called = called || f.Call == call
		case *events.ReflexAnswered:
			if f.Call == call {
				return false
			}
		}
	}
	return called
}

// Continues tells whether a node whose attempt waits can go on from what has
// come: a question about a call is settled, or nothing that was asked for is
// still to come.
func (r *Run) Continues(st *Step) bool {
	if st.Status != StepWaiting {
		return false
	}
	recorded := r.look(st.NodeID).recorded
	awaits := false
	for _, f := range recorded {
		switch f := f.(type) {
		case *events.InterventionOpened:
			if !r.unanswered(st.NodeID, f.Call) {
				continue
			}
			switch iv := r.Intervention(f.ID); {
			case iv == nil, iv.Status == InterventionCancelled: // withdrawn: another one is asked in its place
			case !iv.Open():
				return true
			default:
				awaits = true
			}
		case *events.NodeSpawned:
			awaits = awaits || r.unanswered(st.NodeID, f.Call)
		}
	}
	return !awaits && len(recorded) > 0
}

// continued starts the next attempt of a visit that goes on.
func (d *decision) continued(st *Step) {
	d.begins(&events.NodeStarted{
		Attempt: st.Attempts + 1, Continued: true, Kind: d.def(st.NodeID).Type, Node: st.NodeID,
		Runner: d.moment.Runner, Visit: st.Visits,
	})
}

// applyReflex folds turns and calls into what clients see.
func (j *Job) applyReflex(e *events.Event) {
	drop := func(gone func(*Reflex) bool) {
		j.Calls = slices.DeleteFunc(j.Calls, func(c Reflex) bool { return gone(&c) })
	}
	dropNode := func(node string) {
		drop(func(c *Reflex) bool { return partOf(c.NodeID, node) })
	}
	switch f := e.Fact.(type) {
	case *events.TurnCompleted:
		j.Usage.add(f.Usage)
	case *events.ReflexCalled:
		j.Calls = append(j.Calls, Reflex{NodeID: f.Node, CallID: f.Call, Name: f.Name, Arguments: f.Arguments.JSON()})
	case *events.ReflexAnswered:
		j.Usage.add(f.Usage)
		drop(func(c *Reflex) bool { return c.NodeID == f.Node && c.CallID == f.Call })
	case *events.InterventionOpened:
		if iv := j.Intervention(f.ID); iv != nil && f.Call != "" {
			if i := slices.IndexFunc(j.Calls, func(c Reflex) bool { return c.NodeID == f.Node && c.CallID == f.Call }); i >= 0 {
				c := j.Calls[i]
				iv.Call = &c
			}
		}
	case *events.NodeSucceeded:
		dropNode(f.Node)
	case *events.NodeFailed:
		dropNode(f.Node)
	case *events.NodeCancelled:
		dropNode(f.Node)
	case *events.ItemSucceeded:
		dropNode(itemPath(f.Node, f.Index))
	case *events.ItemFailed:
		dropNode(itemPath(f.Node, f.Index))
	case *events.NodeLooped:
		for _, node := range f.Reset {
			dropNode(node)
		}
	case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
		j.Calls = []Reflex{}
	}
}

// callEnded gives a model the outcome of a tool call that was a sub-job.
func (d *decision) callEnded(sub *child, c *ChildEnded) error {
	f := &events.ReflexAnswered{
		Attempt: sub.attempt.Attempt, Call: sub.call, Code: c.Code, Node: sub.attempt.Node, Visit: sub.attempt.Visit,
		Usage: events.Usage{ToolCalls: 1},
	}
	var err error
	if f.Result, err = events.NewPayload(c.Result); err != nil {
		return fmt.Errorf("result of sub-job %s: %w", c.Job, err)
	}
	if c.Code != "" {
		f.Result = events.PayloadOf(map[string]string{"code": c.Code, "message": c.Message, "job_id": c.Job})
	}
	d.answers(f.Node, []*events.ReflexAnswered{f})
	d.advance(nil)
	return nil
}

// calling names the tools that a model at work has asked for and has no result
// of.
func (j *Job) calling(node string) string {
	var names []string
	for i := range j.Calls {
		if j.Calls[i].NodeID == node {
			names = append(names, j.Calls[i].Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", and calls " + strings.Join(names, ", ")
}
