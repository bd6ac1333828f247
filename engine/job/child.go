package job

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
)

// Sub-jobs: jobs of their own that a node has started and waits for.

// Parent is where a sub-job comes from.
type Parent struct {
	JobID  string `json:"job_id"`
	NodeID string `json:"node_id"`
}

// MaxDepth is how many jobs may be above a sub-job.
const MaxDepth = 20

// child is a sub-job that a run waits for.
type child struct {
	attempt Attempt
	job     string
	call    string       // the tool call of a model that it answers; empty: its end is the visit's
	until   *events.Time // when the node's timeout ends the wait
}

// SubJob is a sub-job that was submitted.
type SubJob struct {
	ID   string
	Call string // the tool call of a model that it answers; empty: its end is the visit's
}

// Spawned is the outcome of an attempt that waits for sub-jobs.
type Spawned struct {
	Attempt Attempt
	Jobs    []SubJob // one at least
}

// ChildEnded tells a job that a sub-job has ended. One that it does not wait
// for (any more) is nothing to it.
type ChildEnded struct {
	Job     string
	Code    string         // of a failure; empty: it has completed
	Message string         // of a failure
	Result  jsontext.Value // else
	Large   events.Payload // the result before Result was read, where it is stored apart
}

// Follow pauses a sub-job because its parent is, or lets it go on. One that a
// client has paused stays so.
type Follow struct{ Paused bool }

func parent(p *events.Parent) *Parent {
	if p == nil {
		return nil
	}
	return &Parent{JobID: p.Job, NodeID: p.Node}
}

func (c *Spawned) decide(d *decision) error {
	if !d.run.Current(c.Attempt) {
		return stale(c.Attempt)
	}
	for _, sub := range c.Jobs {
		f := &events.NodeSpawned{Attempt: c.Attempt.Attempt, Call: sub.Call, Child: sub.ID, Node: c.Attempt.Node, Visit: c.Attempt.Visit}
		if timeout := d.def(c.Attempt.Node).Timeout; timeout > 0 && sub.Call == "" {
			t := d.after(timeout)
			f.Until = &t
		}
		d.happen(f)
	}
	d.advance(nil)
	return nil
}

func (c *ChildEnded) decide(d *decision) error {
	i := slices.IndexFunc(d.run.children, func(sub child) bool { return sub.job == c.Job })
	if i < 0 {
		return nil
	}
	sub := d.run.children[i]
	switch {
	case sub.call != "":
		return d.callEnded(&sub, c)
	case c.Code != "":
		d.failed(&Fail{Attempt: sub.attempt, Code: c.Code, Message: fmt.Sprintf("sub-job %s: %s", c.Job, c.Message)})
	default:
		result, err := events.NewPayload(c.Result)
		if err != nil {
			return fmt.Errorf("result of sub-job %s: %w", c.Job, err)
		}
		d.succeed(sub.attempt, result, events.Usage{})
	}
	d.advance(nil)
	return nil
}

func (c *Follow) decide(d *decision) error {
	switch s := d.run.Status; {
	case s.Terminal():
	case c.Paused && s != Paused:
		d.happen(&events.JobPaused{})
	case !c.Paused && d.run.PausedByParent():
		d.happen(&events.JobResumed{})
		d.advance(nil)
	}
	return nil
}

// PausedByParent tells whether the job is paused because its parent was.
func (r *Run) PausedByParent() bool {
	return r.Status == Paused && r.Origin != nil && r.pausedBy == "engine"
}

// Children lists the sub-jobs that the run waits for.
func (r *Run) Children() []string {
	ids := make([]string, len(r.children))
	for i := range r.children {
		ids[i] = r.children[i].job
	}
	return ids
}

// Depth is how many jobs are above the run's.
func (r *Run) Depth() int {
	if r.Origin == nil {
		return 0
	}
	return r.Origin.Depth
}

// Failures counts the failed attempts of a node's current visit.
func (r *Run) Failures(node string) int { return r.look(node).failures }

// AtWorkOn tells whether an attempt of a visit is at work.
func (r *Run) AtWorkOn(node string, visit int) bool {
	st := r.step(node)
	return !r.Status.Terminal() && st != nil && st.Status == StepRunning && st.Visits == visit
}

// family folds what concerns sub-jobs.
func (r *Run) family(e *events.Event) {
	switch f := e.Fact.(type) {
	case *events.JobSubmitted:
		r.Origin = f.Parent
	case *events.JobPaused:
		r.pausedBy = e.Actor.Kind
	case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
		r.children = nil
	case *events.NodeSpawned:
		r.children = append(r.children, child{Attempt{f.Node, f.Visit, f.Attempt}, f.Child, f.Call, f.Until})
	case *events.NodeStarted:
		r.disown(func(c *child) bool { return c.within(f.Node) })
	case *events.NodeRetrying:
		r.disown(func(c *child) bool { return c.within(f.Node) || c.attempt.Node == f.Node && c.call == "" })
	case *events.NodeSucceeded:
		items := r.look(f.Node).items
		goOn := items != nil && items.rest == RestIgnore // then the map's other items do
		r.disown(func(c *child) bool { return c.attempt.Node == f.Node || !goOn && c.within(f.Node) })
	case *events.NodeFailed:
		r.disownNode(f.Node)
	case *events.NodeCancelled:
		r.disownNode(f.Node)
	case *events.NodeLooped:
		for _, id := range f.Reset {
			r.disownNode(id)
		}
	case *events.ItemSucceeded:
		r.disownNode(itemPath(f.Node, f.Index))
	case *events.ItemFailed:
		r.disownNode(itemPath(f.Node, f.Index))
	case *events.ReflexAnswered:
		r.disown(func(c *child) bool { return c.attempt.Node == f.Node && c.attempt.Visit == f.Visit && c.call == f.Call })
	}
}

// disownNode forgets the sub-jobs of a node, and of all nodes inside it.
func (r *Run) disownNode(path string) {
	r.disown(func(c *child) bool { return c.attempt.Node == path || c.within(path) })
}

// within tells whether the sub-job was started inside of a map, or of an item.
func (c *child) within(path string) bool { return strings.HasPrefix(c.attempt.Node, path+"/") }

func (r *Run) disown(which func(*child) bool) {
	if len(r.children) == 0 {
		return
	}
	r.children = slices.DeleteFunc(r.children, func(c child) bool { return which(&c) })
}

// childOf gives the sub-job that a node's visit waits for, nil when there is none.
func (r *Run) childOf(node string) *child {
	for i := range r.children {
		if r.children[i].attempt.Node == node {
			return &r.children[i]
		}
	}
	return nil
}

// outwaited ends the attempts that have waited for a sub-job for as long as
// their node's timeout.
func (d *decision) outwaited() {
	for !d.run.Status.Terminal() {
		i := slices.IndexFunc(d.run.children, func(c child) bool { return due(c.until, d.moment.Now) })
		if i < 0 {
			return
		}
		c := d.run.children[i]
		d.failed(&Fail{
			Attempt: c.attempt, Code: CodeTimeout,
			Message: fmt.Sprintf("sub-job %s did not end within %s", c.job, d.def(c.attempt.Node).Timeout),
		})
	}
}

// subJobs lists the sub-jobs that are awaited.
func (a *Account) subJobs() []Reason {
	var reasons []Reason
	for i := range a.children {
		c := &a.children[i]
		r := Reason{
			Kind: ReasonSubJob, NodeID: Ref(c.attempt.Node), Attempt: c.attempt.Attempt, Since: a.since(c.attempt.Node), Until: c.until, JobID: Ref(c.job),
			Message: fmt.Sprintf("%s waits for sub-job %s", c.attempt.Node, c.job),
		}
		if s := a.SubJobs[c.job]; s != "" {
			r.Message += ", which is " + string(s)
		}
		if c.call != "" {
			r.Message += "; it answers a tool call"
		}
		reasons = append(reasons, r)
	}
	return reasons
}
