package job

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// Tasks: what an attempt of a node asks workers outside to do. A worker leases
// a task, says now and then that it is alive, and ends it. Whoever has the
// latest lease has the task: the number of a lease fences off everybody who had
// it before. All of it is in the job's history, so neither a worker's crash nor
// the server's loses anything.

// The statuses of a task.
const (
	TaskOpen   = "open"   // whoever asks first gets it
	TaskLeased = "leased" // a worker has it
)

// TaskStatuses lists every status of a task.
var TaskStatuses = []string{TaskOpen, TaskLeased}

// Task is one that is not over.
type Task struct {
	ID        string         `json:"task_id"`
	Queue     string         `json:"queue"`
	NodeID    string         `json:"node_id"`
	Visit     int            `json:"visit"`
	Attempt   int            `json:"attempt"`
	Status    string         `json:"status"`
	CreatedAt events.Time    `json:"created_at"`
	Since     events.Time    `json:"since"`               // when its status became what it is
	Lease     int            `json:"lease"`               // how often it was leased; of a leased one the lease that counts
	Worker    Ref            `json:"worker"`              // who has it, as far as it said
	ExpiresAt *events.Time   `json:"expires_at"`          // when the lease runs out
	Until     *events.Time   `json:"until"`               // when the node's timeout ends it
	Term      events.Millis  `json:"lease_ms"`            // how long a lease is
	MaxLeases int            `json:"max_leases,omitzero"` // how many may run out; 0: any number
	Progress  jsontext.Value `json:"progress"`            // what a worker said last, or null
}

// Bounds of a task.
const (
	MaxProgress = 16 << 10 // bytes of what a worker says of its progress
)

// CodeLeaseExpired is the code of a task of which as many leases ran out as may.
const CodeLeaseExpired = "LEASE_EXPIRED"

// RefusedLease is the code of the refusal of a worker that does not have the
// task any more, and shall stop.
const RefusedLease = "LEASE_LOST"

// taskID names the n-th task of a job, from 1.
func taskID(job string, n int) string { return job + "_" + strconv.Itoa(n) }

// TaskJob gives the job that a task is of, if there can be such a task.
func TaskJob(id string) (job string, ok bool) {
	i := strings.LastIndexByte(id, '_')
	if i < 1 {
		return "", false
	}
	n, err := strconv.Atoi(id[i+1:])
	return id[:i], err == nil && n > 0 && taskID(id[:i], n) == id
}

// Offer is what a node puts into a queue.
type Offer struct {
	Queue     string
	Input     jsontext.Value // strict JSON
	Lease     time.Duration
	MaxLeases int // 0: any number
}

// LeaseTasks gives tasks to a worker, all of them: it is refused unless each is
// open. It gives none when something is late in the job: that happens first.
type LeaseTasks struct {
	Tasks  []string
	Worker string // what it calls itself; may be empty
}

// ExtendTask says that the worker that has a lease is alive. It is recorded
// once half of the lease has passed.
type ExtendTask struct {
	Task  string
	Lease int
}

// ReportTask says how far a worker is; it extends the lease too.
type ReportTask struct {
	Task     string
	Lease    int
	Progress jsontext.Value // an object
}

// CompleteTask ends a task, and the visit of its node, with an output. One that
// came before is refused with RefusedExists.
type CompleteTask struct {
	Task   string
	Lease  int
	Output jsontext.Value // strict JSON
}

// FailTask ends a task, and the attempt of its node. One that came before is
// refused with RefusedExists.
type FailTask struct {
	Task       string
	Lease      int
	Code       string
	Message    string
	Final      bool          // another attempt would fail too
	RetryAfter time.Duration // the earliest time for another attempt; 0 leaves it to the node's retry
}

// Task gives the task of an id, nil when there is none that is not over. The
// pointer is into j.
func (j *Job) Task(id string) *Task {
	for i := range j.Tasks {
		if j.Tasks[i].ID == id {
			return &j.Tasks[i]
		}
	}
	return nil
}

// Attempted is the attempt that waits for the task.
func (t *Task) Attempted() Attempt { return Attempt{t.NodeID, t.Visit, t.Attempt} }

// foldTasks folds an event into the tasks of a job that are not over.
func (j *Job) foldTasks(e *events.Event) {
	over := func(node string) {
		j.Tasks = slices.DeleteFunc(j.Tasks, func(t Task) bool { return belongs(t.NodeID, node) })
	}
	switch f := e.Fact.(type) {
	case *events.TaskOpened:
		j.Tasks = append(j.Tasks, Task{
			ID: f.ID, Queue: f.Queue, NodeID: f.Node, Visit: f.Visit, Attempt: f.Attempt, Status: TaskOpen,
			CreatedAt: e.At, Since: e.At, Until: f.Until, Term: f.Lease, MaxLeases: f.MaxLeases, Progress: null(),
		})
	case *events.TaskLeased:
		if t := j.Task(f.ID); t != nil {
			expires := f.Expires
			t.Status, t.Since, t.Lease, t.Worker, t.ExpiresAt = TaskLeased, e.At, f.Lease, Ref(f.Worker), &expires
		}
	case *events.TaskExtended:
		if t := j.Task(f.ID); t != nil {
			expires := f.Expires
			t.ExpiresAt = &expires
		}
	case *events.TaskProgressed:
		if t := j.Task(f.ID); t != nil {
			t.Progress = f.Progress.JSON()
			if st := j.Step(t.NodeID); st != nil {
				st.TaskProgress = t.Progress
			}
		}
	case *events.TaskExpired:
		if t := j.Task(f.ID); t != nil {
			t.Status, t.Since, t.Worker, t.ExpiresAt = TaskOpen, e.At, "", nil
		}
	case *events.NodeStarted:
		if st := j.Step(f.Node); st != nil && f.Attempt == 1 {
			st.TaskProgress = nil
		}
	case *events.NodeSucceeded:
		over(f.Node)
	case *events.NodeFailed:
		over(f.Node)
	case *events.NodeRetrying:
		over(f.Node)
	case *events.NodeCancelled:
		over(f.Node)
	case *events.NodeLooped:
		for _, node := range f.Reset {
			over(node)
		}
	case *events.ItemSucceeded:
		over(f.Node + "/" + strconv.Itoa(f.Index))
	case *events.ItemFailed:
		over(f.Node + "/" + strconv.Itoa(f.Index))
	case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
		j.Tasks = []Task{}
	}
}

// belongs tells whether a node's path is that of a node, or is inside it.
func belongs(path, node string) bool {
	return strings.HasPrefix(path, node) && (len(path) == len(node) || path[len(node)] == '/')
}

// tasks is what a run remembers of its tasks beside Job.Tasks.
type tasks struct {
	opened int                       // how many there were
	inputs map[string]events.Payload // of those that are not over
	over   []overTask                // the latest that a worker ended
}

// overTask is how a worker ended a task, to know it again when it is told twice.
type overTask struct {
	id    string
	lease int
	how   events.Hash // digest of the output, or of the failure
}

// maxOver bounds how many ended tasks of one job are known again.
const maxOver = 1_000

func (t tasks) clone() tasks {
	inputs := make(map[string]events.Payload, len(t.inputs))
	for id, in := range t.inputs {
		inputs[id] = in
	}
	t.inputs, t.over = inputs, slices.Clip(t.over) // an append copies
	return t
}

// foldTask folds an event before the job does, which then forgets tasks that
// are over.
func (r *Run) foldTask(e *events.Event) {
	switch f := e.Fact.(type) {
	case *events.TaskOpened:
		if r.tasks.inputs == nil {
			r.tasks.inputs = map[string]events.Payload{}
		}
		r.tasks.opened++
		r.tasks.inputs[f.ID] = f.Input
	case *events.NodeSucceeded:
		r.endTask(f.Node, f.Output.Sum)
	case *events.NodeFailed:
		r.endTask(f.Node, failureSum(f.Code, f.Message))
	case *events.NodeRetrying:
		r.endTask(f.Node, failureSum(f.Code, f.Message))
	}
}

func (r *Run) endTask(node string, how events.Hash) {
	i := slices.IndexFunc(r.Tasks, func(t Task) bool { return t.NodeID == node && t.Status == TaskLeased })
	if i < 0 {
		return
	}
	if len(r.tasks.over) >= maxOver {
		r.tasks.over = r.tasks.over[len(r.tasks.over)-maxOver+1:]
	}
	r.tasks.over = append(r.tasks.over, overTask{r.Tasks[i].ID, r.Tasks[i].Lease, how})
}

func failureSum(code, message string) events.Hash {
	return events.HashOf([]byte(code + "\x00" + message))
}

// forgetTasks drops what is remembered of tasks that are over.
func (r *Run) forgetTasks() {
	if len(r.tasks.inputs) <= len(r.Tasks) {
		return
	}
	for id := range r.tasks.inputs {
		if r.Task(id) == nil {
			delete(r.tasks.inputs, id)
		}
	}
}

// TaskInput gives the input of a task that is not over.
func (r *Run) TaskInput(id string) events.Payload { return r.tasks.inputs[id] }

// offer records that an attempt waits for a worker.
func (d *decision) offer(a Attempt, o *Offer) error {
	input, err := events.NewPayload(o.Input)
	if err != nil {
		return fmt.Errorf("input of the task of node %s: %w", a.Node, err)
	}
	f := &events.TaskOpened{
		Attempt: a.Attempt, ID: taskID(d.run.ID, d.run.tasks.opened+1), Input: input,
		Lease: events.Millis(o.Lease.Milliseconds()), MaxLeases: o.MaxLeases, Node: a.Node, Queue: o.Queue, Visit: a.Visit,
	}
	if timeout := d.def(a.Node).Timeout; timeout > 0 {
		t := d.after(timeout)
		f.Until = &t
	}
	d.happen(f)
	return nil
}

func (c *LeaseTasks) decide(d *decision) error {
	switch d.run.Status {
	case Paused:
		return refuse(RefusedConflict, "the job is paused: its tasks are not given out")
	case Completed, Failed:
		return refuse(RefusedConflict, "the job has already %s", ended(d.run.Status))
	case Pending, Running, Waiting:
	}
	if d.lateTasks(); len(d.facts) > 0 { // that comes first, and may be the end of them
		d.advance(nil)
		return nil
	}
	for _, id := range c.Tasks {
		t := d.run.Task(id)
		if t == nil || t.Status != TaskOpen {
			return refuse(RefusedConflict, "task %s is taken, or over", id)
		}
		d.happen(&events.TaskLeased{Expires: d.after(t.Term.Duration()), ID: id, Lease: t.Lease + 1, Worker: c.Worker})
	}
	return nil
}

// leased gives the task that a worker has by a lease, or says that it has not.
func (d *decision) leased(id string, lease int) (*Task, error) {
	t := d.run.Task(id)
	switch {
	case t == nil && !d.run.knownTask(id):
		return nil, refuse(RefusedUnknown, "there is no such task")
	case t == nil && d.run.Status.Terminal():
		return nil, refuse(RefusedLease, "the task is over: the job has %s; stop working on it", ended(d.run.Status))
	case t == nil:
		return nil, refuse(RefusedLease, "the task is over; stop working on it")
	case lease < 1 || lease > t.Lease:
		return nil, refuse(RefusedLease, "the task was never leased with lease %d", lease)
	case t.Lease > lease:
		return nil, refuse(RefusedLease, "lease %d has run out and the task was given to another worker; stop working on it", lease)
	case t.Status == TaskOpen:
		return nil, refuse(RefusedLease, "lease %d has run out; stop working on it, and lease it again", lease)
	case due(t.Until, d.moment.Now):
		return nil, refuse(RefusedLease, "the time for the task is over; stop working on it")
	}
	return t, nil
}

func (r *Run) knownTask(id string) bool {
	job, ok := TaskJob(id)
	if !ok || job != r.ID {
		return false
	}
	n, err := strconv.Atoi(id[len(job)+1:])
	return err == nil && n <= r.tasks.opened
}

// extend lets a lease begin anew, once half of it has passed.
func (d *decision) extend(t *Task) {
	if left := t.ExpiresAt.Sub(d.moment.Now.Time); left <= t.Term.Duration()/2 {
		d.happen(&events.TaskExtended{Expires: d.after(t.Term.Duration()), ID: t.ID, Lease: t.Lease})
	}
}

func (c *ExtendTask) decide(d *decision) error {
	t, err := d.leased(c.Task, c.Lease)
	if err != nil {
		return err
	}
	d.extend(t)
	return nil
}

func (c *ReportTask) decide(d *decision) error {
	t, err := d.leased(c.Task, c.Lease)
	if err != nil {
		return err
	}
	progress, err := events.NewPayload(c.Progress)
	if err != nil {
		return fmt.Errorf("progress of task %s: %w", c.Task, err)
	}
	if string(progress.JSON()) != string(t.Progress) {
		d.happen(&events.TaskProgressed{ID: t.ID, Lease: t.Lease, Progress: progress})
	}
	d.extend(d.run.Task(c.Task))
	return nil
}

// checker is a node that says what does not fit of an output that comes from
// outside. Its settings are one, if it is.
type checker interface {
	CheckOutput(output jsontext.Value) pathway.Problems
}

func (c *CompleteTask) decide(d *decision) error {
	output, err := events.NewPayload(c.Output)
	if err != nil {
		return fmt.Errorf("output of task %s: %w", c.Task, err)
	}
	t, err := d.leased(c.Task, c.Lease)
	if err != nil {
		return d.again(err, c.Task, c.Lease, output.Sum)
	}
	if by, ok := d.def(t.NodeID).Settings.(checker); ok {
		if problems := by.CheckOutput(output.JSON()); len(problems) > 0 {
			return &Refusal{Code: RefusedInvalid, Message: "the output does not fit the node's output_schema", Problems: problems.Under("/output")}
		}
	}
	d.succeed(t.Attempted(), output, events.Usage{})
	d.advance(nil)
	return nil
}

func (c *FailTask) decide(d *decision) error {
	t, err := d.leased(c.Task, c.Lease)
	if err != nil {
		return d.again(err, c.Task, c.Lease, failureSum(c.Code, c.Message))
	}
	d.failed(&Fail{
		Attempt: t.Attempted(), Code: c.Code, Message: c.Message, Final: c.Final, RetryAfter: c.RetryAfter,
	})
	d.advance(nil)
	return nil
}

// again tells a worker that did not hear the answer from one that is late.
func (d *decision) again(err error, task string, lease int, how events.Hash) error {
	var r *Refusal
	if errors.As(err, &r) && r.Code == RefusedLease && slices.Contains(d.run.tasks.over, overTask{task, lease, how}) {
		return refuse(RefusedExists, "the task was ended so before")
	}
	return err
}

// due is when something happens to the task by itself, nil when nothing does.
func (t *Task) due() *events.Time {
	if t.ExpiresAt == nil || t.Until != nil && t.Until.Before(t.ExpiresAt.Time) {
		return t.Until
	}
	return t.ExpiresAt
}

// lateTasks lets what is due happen to tasks: a lease runs out, or the time of
// the node.
func (d *decision) lateTasks() {
	now := d.moment.Now
	var late []string
	for i := range d.run.Tasks {
		if due(d.run.Tasks[i].due(), now) {
			late = append(late, d.run.Tasks[i].ID)
		}
	}
	for _, id := range late {
		t := d.run.Task(id)
		if t == nil || d.run.Status.Terminal() {
			continue // what became of another ended it
		}
		at := t.Attempted()
		if due(t.Until, now) {
			d.failed(&Fail{Attempt: at, Code: CodeTimeout, Message: "no worker completed the task within " + d.def(at.Node).Timeout.String()})
			continue
		}
		leases, most, worker := t.Lease, t.MaxLeases, t.Worker
		d.happen(&events.TaskExpired{ID: id, Lease: t.Lease})
		if most > 0 && leases >= most {
			who := "a nameless worker"
			if worker != "" {
				who = "worker " + string(worker)
			}
			message := who + " took the task and said nothing more"
			if leases > 1 {
				message = fmt.Sprintf("%d workers took the task and said nothing more, the last was %s", leases, who)
			}
			d.failed(&Fail{Attempt: at, Code: CodeLeaseExpired, Message: message})
		}
	}
}

// atWorkers lists what is in the hands of workers, or lies in a queue.
func (a *Account) atWorkers() []Reason {
	var reasons []Reason
	for i := range a.Tasks {
		t := &a.Tasks[i]
		r := Reason{Kind: ReasonTask, NodeID: Ref(t.NodeID), Attempt: t.Attempt, Since: ref(a.tasksSince[t.ID]), Until: t.due(), TaskID: Ref(t.ID)}
		switch {
		case t.Status == TaskLeased:
			r.Message = fmt.Sprintf("%s is at worker %s of queue %s, which has lease %d until %s", t.NodeID, cmp.Or(string(t.Worker), "(nameless)"), t.Queue, t.Lease, t.ExpiresAt)
		case t.Lease > 0:
			r.Message = fmt.Sprintf("%s waits for a worker of queue %s: %d leases ran out, the last at %s, and nobody has taken it since", t.NodeID, t.Queue, t.Lease, t.Since)
		default:
			r.Message = fmt.Sprintf("%s waits for a worker of queue %s: nobody has taken it since %s", t.NodeID, t.Queue, t.Since)
		}
		if t.Until != nil && t.Status == TaskOpen {
			r.Message += ", until " + t.Until.String()
		}
		r.Message = oneLine(r.Message)
		reasons = append(reasons, r)
	}
	return reasons
}

// followTasks notes which commit made each task what it is.
func (a *Account) followTasks(c *events.Commit) {
	for i := range c.Events {
		var id string
		switch f := c.Events[i].Fact.(type) {
		case *events.TaskOpened:
			id = f.ID
		case *events.TaskLeased:
			id = f.ID
		case *events.TaskExpired:
			id = f.ID
		default:
			continue
		}
		if a.tasksSince == nil {
			a.tasksSince = map[string]events.Cursor{}
		}
		a.tasksSince[id] = c.Cursor()
	}
}
