package job

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// Moment is what a decision may know beside the job: nothing else makes two
// decisions differ.
type Moment struct {
	Now    events.Time
	Room   int     // how many attempts may be started
	Held   bool    // other jobs of its concurrency key keep it from beginning
	Runner string  // the engine that will run them
	Rand   float64 // in [0,1), for the jitter of retries

	Fetch     Fetch // reads outputs that are stored apart; nil: there are none
	MaxOutput int   // bytes of the list that a map gives; 0: half a commit
}

// Decide answers a command with the facts that shall happen, in order, or
// with a *Refusal. It changes nothing, and does no I/O beside the evaluation
// of the graph's expressions; what these answer is part of the facts. No facts
// and no error means that there is nothing to do. g is the job's resolved
// graph.
func Decide(ctx context.Context, r *Run, g *pathway.Graph, m Moment, c Command) ([]events.Fact, error) {
	if _, submit := c.(*Submit); !submit {
		if !r.Exists() {
			return nil, refuse(RefusedUnknown, "there is no such job")
		}
		if _, erased := c.(*Erased); r.Deleted() && !erased {
			return nil, Gone()
		}
	}
	d := &decision{ctx: ctx, run: r.clone(), graph: g, moment: m, looked: map[string]bool{}}
	d.watch()
	err := c.decide(d)
	if cut := ctx.Err(); cut != nil {
		return nil, fmt.Errorf("deciding: %w", cut) // an expression that was cut off has not failed
	}
	if d.fault != nil {
		return nil, fmt.Errorf("deciding: %w", d.fault) // nor one whose data could not be read
	}
	if err != nil {
		return nil, err
	}
	return d.facts, nil
}

// decision is a run on which facts are tried before they happen.
type decision struct {
	ctx    context.Context
	run    *Run
	graph  *pathway.Graph
	moment Moment
	facts  []events.Fact
	fault  error          // what is stored apart could not be read
	scope  *pathway.Scope // of a frame of run as it is; nil after outputs changed
	seen   string         // the frame of scope

	// The frames in which something may have become possible, and, while the job
	// is let go on, what can start by frame, in the order in which it was found.
	unsettled, order []string
	looked           map[string]bool // those in unsettled
	ready            map[string][]*pathway.Node
	narrow           bool // the command makes nothing possible but where its facts are
}

// happen adds a fact and folds it.
func (d *decision) happen(f events.Fact) {
	d.facts = append(d.facts, f)
	d.run.apply(events.JobSubject(d.run.Workspace, d.run.ID), &events.Event{At: d.moment.Now, Fact: f})
	d.scope = nil
	d.touch(f)
}

// def gives a node's definition by its path. Where the graph is not known any
// more it is that of a node that says nothing of itself.
func (d *decision) def(path string) *pathway.Node {
	if n := d.graph.Node(path); n != nil {
		return n
	}
	return &pathway.Node{OnError: "fail"}
}

// after is the time that lies x ahead. Now was cut to milliseconds, so one is
// added: a timer is never early.
func (d *decision) after(x time.Duration) events.Time { return d.moment.Now.Add(x + time.Millisecond) }

// see gives the scope of a frame.
func (d *decision) see(frame string) *pathway.Scope {
	if d.scope == nil || d.seen != frame {
		d.scope, d.seen = d.run.scope(frame), frame
	}
	return d.scope
}

func (c *Submit) decide(d *decision) error {
	if d.run.Exists() {
		return refuse(RefusedExists, "the job exists")
	}
	f := c.Job
	d.happen(&f)
	for _, reused := range c.Reuse {
		d.happen(reused)
	}
	d.advance(nil)
	return nil
}

func (c *Advance) decide(d *decision) error {
	if d.run.Status.Terminal() {
		return nil
	}
	now := d.moment.Now
	if due(d.run.deadline, now) {
		d.happen(&events.JobFailed{Code: CodeTimeout, Message: "the job did not end within its timeout of " + d.run.timeout.Duration().String()})
		return nil
	}
	// What happens to one of them may end the job, or lead back to before
	// another: each is looked at as it is when its turn comes.
	for _, a := range d.run.overtime(now) {
		switch st := d.run.step(a.Node); {
		case d.run.Status.Terminal(), st == nil, st.Status != StepWaiting, st.attempt() != a:
		case d.run.look(a.Node).items != nil:
			d.outOfTime(a)
		default:
			d.succeed(a, events.PayloadOf(struct{}{}), events.Usage{})
		}
	}
	for !d.run.Status.Terminal() {
		node, ok := d.run.overdue(now)
		if !ok {
			break
		}
		d.unheard(node)
	}
	d.lateTasks()
	d.outwaited()
	for i := 0; i < len(d.run.Interventions) && !d.run.Status.Terminal(); i++ {
		if iv := d.run.Interventions[i]; iv.Open() && due(iv.ExpiresAt, now) {
			d.expire(&iv)
		}
	}
	for i := 0; i < len(d.run.Interventions) && !d.run.Status.Terminal(); i++ {
		if iv := &d.run.Interventions[i]; iv.Open() && due(d.run.reminder(iv), now) {
			d.happen(&events.InterventionReminded{ID: iv.InterventionID, Times: iv.Reminders + 1})
		}
	}
	d.advance(c.Lost)
	return nil
}

func (c *Succeed) decide(d *decision) error {
	d.narrow = true
	if !d.run.Current(c.Attempt) {
		return stale(c.Attempt)
	}
	output, err := events.NewPayload(c.Output)
	if err != nil {
		return fmt.Errorf("output of node %s: %w", c.Attempt.Node, err)
	}
	if c.End {
		g, frame, id := d.at(c.Attempt.Node)
		d.happen(&events.NodeSucceeded{
			Attempt: c.Attempt.Attempt, Node: c.Attempt.Node, Output: output, Usage: c.Usage, Visit: c.Attempt.Visit,
			Dead: g.Out(id),
		})
		switch {
		case frame != "":
			d.finishItem(frame, output)
			d.advance(nil)
		case output.IsZero():
			d.complete()
		default:
			d.happen(&events.JobCompleted{Result: output})
		}
		return nil
	}
	d.succeed(c.Attempt, output, c.Usage)
	d.advance(nil)
	return nil
}

func (c *Fail) decide(d *decision) error {
	d.narrow = true
	if !d.run.Current(c.Attempt) {
		return stale(c.Attempt)
	}
	d.failed(c)
	d.advance(nil)
	return nil
}

// failed ends an attempt: another one is made if the node's retry says so.
func (d *decision) failed(c *Fail) {
	n := d.def(c.Attempt.Node)
	failed := d.run.look(c.Attempt.Node).failures + 1
	if c.Final || failed >= n.Retry.MaxAttempts {
		d.fail(c.Attempt, c.Code, c.Message, c.Usage)
		return
	}
	delay := max(n.Retry.Delay(failed, d.moment.Rand), c.RetryAfter)
	d.happen(&events.NodeRetrying{
		At: d.after(delay), Attempt: c.Attempt.Attempt, Code: c.Code, Message: c.Message,
		Node: c.Attempt.Node, Usage: c.Usage, Visit: c.Attempt.Visit,
	})
}

// unheard ends an attempt that has waited for a signal for as long as its
// node's timeout.
func (d *decision) unheard(node string) {
	st := d.run.step(node)
	d.failed(&Fail{
		Attempt: Attempt{st.NodeID, st.Visits, st.Attempts}, Code: CodeTimeout,
		Message: "no signal came within " + d.def(node).Timeout.String(),
	})
}

func (c *Hold) decide(d *decision) error {
	if !d.run.Current(c.Attempt) {
		return stale(c.Attempt)
	}
	w := &events.NodeWaiting{Attempt: c.Attempt.Attempt, Events: c.Events, Fresh: c.Fresh, Node: c.Attempt.Node, Visit: c.Attempt.Visit}
	timeout := d.def(c.Attempt.Node).Timeout
	switch {
	case !c.Until.IsZero():
		w.Until = events.AtPtr(c.Until.Add(time.Millisecond)) // see after
	case len(c.Events) > 0 && timeout > 0:
		t := d.after(timeout)
		w.Until = &t
	}
	d.happen(w)
	if c.Task != nil {
		if err := d.offer(c.Attempt, c.Task); err != nil {
			return err
		}
	}
	if len(c.Events) > 0 {
		d.takeKept(c.Attempt.Node, c.Events)
	}
	if c.Ask != nil {
		if err := d.ask(c.Attempt, c.Ask); err != nil {
			return err
		}
	}
	d.advance(nil)
	return nil
}

// ask opens a question of an attempt that waits.
func (d *decision) ask(of Attempt, a *Ask) error {
	fields, err := events.NewPayload(a.Fields)
	if err != nil {
		return fmt.Errorf("fields of node %s: %w", of.Node, err)
	}
	q := &events.InterventionOpened{
		Actions: a.Actions, Call: a.Call, Default: a.Default, Fields: fields, ID: a.ID, Node: of.Node,
		OnExpire: a.OnExpire, Prompt: events.PayloadOf(a.Prompt), Required: max(a.Required, 1), Responders: a.Responders, Visit: of.Visit,
	}
	if a.RemindAfter > 0 {
		q.RemindAfter = max(events.Millis(a.RemindAfter.Milliseconds()), 1)
	}
	if a.ExpiresIn > 0 {
		t := d.after(a.ExpiresIn)
		q.ExpiresAt = &t
	}
	d.happen(q)
	return nil
}

func (c *Answer) decide(d *decision) error {
	if err := d.answer(c); err != nil {
		return err
	}
	d.advance(nil)
	return nil
}

func (c *Cancel) decide(d *decision) error {
	if d.run.Status.Terminal() {
		return refuse(RefusedFinished, "the job has already %s", ended(d.run.Status))
	}
	d.happen(&events.JobCancelled{Reason: c.Reason})
	return nil
}

func (*Delete) decide(d *decision) error {
	if !d.run.Status.Terminal() {
		return refuse(RefusedConflict, "the job is %s: only a job that has ended can be deleted; cancel it first", d.run.Status)
	}
	d.happen(&events.JobDeleted{})
	return nil
}

func (*Erased) decide(d *decision) error {
	if !d.run.Deleted() {
		return refuse(RefusedConflict, "the job was not deleted")
	}
	if d.run.ErasedAt == nil {
		d.happen(&events.JobErased{})
	}
	return nil
}

func (*Pause) decide(d *decision) error {
	switch d.run.Status {
	case Pending, Running, Waiting:
		d.happen(&events.JobPaused{})
		return nil
	case Paused:
		return refuse(RefusedConflict, "the job is already paused")
	case Completed, Failed:
	}
	return refuse(RefusedConflict, "the job has already %s", ended(d.run.Status))
}

func (c *Resume) decide(d *decision) error {
	switch d.run.Status {
	case Paused:
		d.happen(&events.JobResumed{})
		if c.Answer != nil {
			if err := d.answer(c.Answer); err != nil {
				return err
			}
		}
	case Waiting:
		a := c.Answer
		if a == nil {
			q := d.run.openQuestion()
			if q == nil && len(d.run.Waits) > 0 {
				return refuse(RefusedNotResumable, "the job waits for the event %s: send it", strings.Join(d.run.Waits[0].Events, " or "))
			}
			if q == nil || q.Default == "" {
				return refuse(RefusedNotResumable, "the job waits for an answer to intervention %s and it has no default: answer it", open(q))
			}
			a = &Answer{InterventionID: q.InterventionID, Action: q.Default, Responder: "default"}
		}
		if err := d.answer(a); err != nil {
			return err
		}
	case Completed, Failed:
		return refuse(RefusedNotResumable, "the job has already %s", ended(d.run.Status))
	case Pending, Running:
		return refuse(RefusedNotResumable, "the job is %s, neither paused nor waiting", d.run.Status)
	}
	d.advance(nil)
	return nil
}

// answer takes one responder's answer to an intervention: the one rule for
// every way in which an answer can come.
func (d *decision) answer(c *Answer) error {
	iv := d.run.Intervention(c.InterventionID)
	switch {
	case iv == nil && (d.run.Status.Terminal() || d.run.openQuestion() == nil):
		return refuse(RefusedNotWaiting, "the job waits for no answer; it is %s", d.run.Status)
	case iv == nil:
		return invalid("/interventionId", "the job has no intervention %.80q; open is %s", c.InterventionID, open(d.run.openQuestion()))
	case iv.Status == InterventionExpired || iv.Status == InterventionCancelled:
		return refuse(RefusedNotWaiting, "intervention %s is %s", iv.InterventionID, iv.Status)
	case !iv.Open():
		return refuse(RefusedAnswered, "intervention %s is already %s", iv.InterventionID, iv.Status)
	case due(iv.ExpiresAt, d.moment.Now):
		return refuse(RefusedNotWaiting, "intervention %s has expired", iv.InterventionID)
	case slices.ContainsFunc(iv.Responses, func(r Response) bool { return r.Responder == c.Responder }):
		return refuse(RefusedAnswered, "%s has already answered intervention %s", c.Responder, iv.InterventionID)
	case !slices.Contains(iv.Actions, c.Action):
		return invalid("/action", "the action must be one of %s", strings.Join(iv.Actions, ", "))
	}
	if err := checkFields(iv, c.Fields); err != nil {
		return err
	}
	f := &events.InterventionAnswered{
		Action: c.Action, Answer: events.PayloadOf(answer{Comment: c.Comment, Fields: c.Fields}), ID: iv.InterventionID,
		Responder: c.Responder,
	}
	outcome := iv.outcome(c.Action)
	switch outcome {
	case "":
	case Undecided:
		f.Status, f.Outcome = InterventionAnswered, Undecided
	default:
		f.Status = settledBy(outcome)
	}
	d.happen(f)
	if outcome != "" {
		d.answered(iv.InterventionID, outcome)
	}
	return nil
}

// outcome is the action with which one more answer settles the question, empty
// when it leaves it open. Only with a known number of responders is it ever
// certain that no action will have enough of them.
func (iv *Intervention) outcome(action string) string {
	votes, most := map[string]int{action: 1}, 1
	for _, r := range iv.Responses {
		votes[r.Action]++
		most = max(most, votes[r.Action])
	}
	left := iv.Responders - len(iv.Responses) - 1
	switch {
	case votes[action] >= iv.Required:
		return action
	case iv.Responders > 0 && most+left < iv.Required:
		return Undecided
	}
	return ""
}

func settledBy(action string) string {
	switch action {
	case "approve":
		return InterventionApproved
	case "reject":
		return InterventionRejected
	}
	return InterventionAnswered
}

func checkFields(iv *Intervention, fields jsontext.Value) error {
	if string(iv.Fields) == "null" {
		if fields != nil {
			return invalid("/fields", "the question takes no fields")
		}
		return nil
	}
	schema, err := pathway.CompileSchema(iv.Fields)
	if err != nil {
		return invalid("/fields", "the question's own schema is unusable: %v", err)
	}
	if fields == nil {
		fields = jsontext.Value("{}")
	}
	problems := schema.Check(fields)
	if len(problems) == 0 {
		return nil
	}
	for i := range problems {
		problems[i].Path = "/fields" + problems[i].Path
	}
	return &Refusal{Code: RefusedInvalid, Message: "the answer's fields do not fit the question's schema", Problems: problems}
}

// humanOutput is the output of a human node.
type humanOutput struct {
	Action    Ref            `json:"action"`
	Comment   Ref            `json:"comment"`
	Fields    jsontext.Value `json:"fields"`
	Responses []Response     `json:"responses"`
	Expired   bool           `json:"expired,omitzero"`
}

// answered ends the human node of a settled intervention with an action.
func (d *decision) answered(id, action string) {
	iv := d.run.Intervention(id)
	if iv.Call != nil {
		return // the node goes on by itself: see Continues
	}
	out := humanOutput{Action: Ref(action), Fields: null(), Responses: iv.Responses, Expired: iv.Status == InterventionExpired}
	for _, r := range slices.Backward(iv.Responses) {
		if r.Action == action {
			out.Comment = Ref(r.Comment)
			if r.Fields != nil {
				out.Fields = r.Fields
			}
			break
		}
	}
	st := d.run.step(iv.NodeID)
	d.succeed(Attempt{st.NodeID, st.Visits, st.Attempts}, events.PayloadOf(out), events.Usage{})
}

func (d *decision) expire(iv *Intervention) {
	f := &events.InterventionExpired{ID: iv.InterventionID}
	switch iv.OnExpire {
	case "", "fail":
		d.happen(f)
		st := d.run.step(iv.NodeID)
		d.fail(Attempt{st.NodeID, st.Visits, st.Attempts}, CodeExpired, "nobody answered in time", events.Usage{})
	case "continue":
		d.happen(f)
		d.answered(iv.InterventionID, "")
	default:
		f.Action = iv.OnExpire
		d.happen(f)
		d.answered(iv.InterventionID, f.Action)
	}
}

func stale(a Attempt) *Refusal {
	return refuse(RefusedStale, "attempt %d of visit %d of node %s is no longer at work", a.Attempt, a.Visit, a.Node)
}

func invalid(path, format string, args ...any) *Refusal {
	r := refuse(RefusedInvalid, format, args...)
	r.Problems = pathway.Problems{{Path: path, Message: r.Message}}
	return r
}

func due(t *events.Time, now events.Time) bool { return t != nil && !now.Before(t.Time) }

func ended(s Status) string {
	if s == Completed {
		return "completed"
	}
	return "failed"
}

func open(iv *Intervention) string {
	if iv == nil {
		return "none"
	}
	return strconv.Quote(iv.InterventionID)
}
