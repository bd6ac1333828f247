// Package job is what a job is and how it changes, without any I/O.
//
// [Job] is what clients are shown: it is folded from the job's events by
// [Job.Apply], stored by the projections and served as it is. [Run] is a Job
// with the working memory of the engine beside it. [Decide] takes a Run and a
// [Command] and answers with the facts that shall happen, or a [Refusal].
//
// There is one fold. Decide tries its facts on a copy of the Run, with the same
// Apply, so what it decides next is based on what it decided so far. Apply is
// total: it takes any fact in any state, refuses none and is deterministic;
// time and ids come with the facts.
package job

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
)

// Status is where a job is in its life.
type Status string

// The statuses: pending -> running -> (waiting | paused -> running)* ->
// completed | failed. A cancelled job is failed.
const (
	Pending   Status = "pending"   // accepted, not begun
	Running   Status = "running"   // some step is at work, or only a timer is awaited
	Waiting   Status = "waiting"   // nothing can go on without an answer or a signal
	Paused    Status = "paused"    // an operator paused it
	Completed Status = "completed" //
	Failed    Status = "failed"    //
)

// Terminal tells whether s is an end.
func (s Status) Terminal() bool { return s == Completed || s == Failed }

// Statuses lists every status, in the order of a job's life.
var Statuses = []Status{Pending, Running, Waiting, Paused, Completed, Failed}

// Job is a job as clients see it; its JSON form is the status answer of the
// API. A Job belongs to one goroutine at a time; [Job.Clone] makes another.
type Job struct {
	ID             string         `json:"job_id"`
	Workspace      string         `json:"workspace_id"`
	Status         Status         `json:"status"`
	Progress       float64        `json:"progress"` // 0-100, never falling
	CurrentStep    Ref            `json:"current_step"`
	FailedReason   Ref            `json:"failedReason"`
	Result         jsontext.Value `json:"result"`                  // null for a large one, see ResultURL
	ResultBytes    int64          `json:"result_bytes,omitzero"`   // of a large result: what it takes,
	ResultPreview  string         `json:"result_preview,omitzero"` // how its JSON text begins,
	ResultURL      string         `json:"result_url,omitzero"`     // and where it is to be had
	WaitingFor     *Awaited       `json:"waitingFor"`
	CreatedAt      events.Time    `json:"created_at"`
	ProcessedAt    *events.Time   `json:"processed_at"`
	FinishedAt     *events.Time   `json:"finished_at"`
	Cursor         events.Cursor  `json:"cursor"` // the last event folded in
	PathwayID      Ref            `json:"pathway_id"`
	PathwayVersion *int           `json:"pathway_version"` // nil when no stored pathway runs
	NeuronID       Ref            `json:"neuron_id"`
	ReceptorID     Ref            `json:"receptor_id"`
	TraceID        Ref            `json:"trace_id"`
	RerunOf        Ref            `json:"rerun_of"`
	Parent         *Parent        `json:"parent"` // of a sub-job: the step that started it
	Labels         jsontext.Value `json:"labels"` // object of strings
	Priority       int            `json:"priority"`
	RunAt          *events.Time   `json:"run_at,omitzero"`
	Tick           *events.Time   `json:"tick,omitzero"` // the time of its receptor's schedule that started it
	Error          *Error         `json:"error"`
	Steps          []Step         `json:"steps"` // in the order in which the nodes were reached
	Interventions  []Intervention `json:"interventions"`
	Waits          []Wait         `json:"waits"`        // nodes that wait for a signal, the longest waiting first
	Tasks          []Task         `json:"tasks"`        // of workers, that are not over, the oldest first
	Calls          []Reflex       `json:"reflex_calls"` // of models, that have no result yet, in order
	Usage          Usage          `json:"usage"`
	Nodes          int            `json:"nodes"` // number of nodes in the graph, what progress is measured against

	DeletedAt *events.Time `json:"deleted_at,omitzero"` // when it was deleted; hardly more than this and its times is left then
	ErasedAt  *events.Time `json:"erased_at,omitzero"`  // when what it held was no longer stored
}

// Deleted tells whether the job was deleted: nothing of it is shown any more.
func (j *Job) Deleted() bool { return j.DeletedAt != nil }

// Unfinished tells whether there is something to do for the engine: the job has
// not ended, or it was deleted and not all of it is erased.
func (j *Job) Unfinished() bool {
	return !j.Status.Terminal() || j.DeletedAt != nil && j.ErasedAt == nil
}

// Ref is a string that is null in JSON when empty.
type Ref string

// MarshalJSONTo writes the string, or null.
func (r Ref) MarshalJSONTo(enc *jsontext.Encoder) error {
	if r == "" {
		return enc.WriteToken(jsontext.Null)
	}
	return enc.WriteToken(jsontext.String(string(r)))
}

// Error is why a job or a step failed.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	NodeID  Ref    `json:"node_id"`
}

// Cancelled tells whether it is the job's own cancellation. A step may fail
// with that code too, for its sub-job.
func (e *Error) Cancelled() bool {
	return e != nil && e.Code == CodeCancelled && e.NodeID == ""
}

// StepStatus is where a node is in its current visit.
type StepStatus string

// The statuses of a step.
const (
	StepPending   StepStatus = "pending"   // a loop led back to before it
	StepRunning   StepStatus = "running"   //
	StepRetrying  StepStatus = "retrying"  // an attempt failed, the next one has a time
	StepWaiting   StepStatus = "waiting"   // for a time, an answer or a signal
	StepSucceeded StepStatus = "succeeded" //
	StepFailed    StepStatus = "failed"    //
	StepSkipped   StepStatus = "skipped"   //
	StepCancelled StepStatus = "cancelled" // the job ended, or a join no longer needed it, while it was at work
)

// settled tells whether nothing more comes of the step's current visit.
func (s StepStatus) settled() bool {
	switch s {
	case StepSucceeded, StepFailed, StepSkipped, StepCancelled:
		return true
	case StepPending, StepRunning, StepRetrying, StepWaiting:
	}
	return false
}

// Step is a node of the job's own graph that the job has reached.
type Step struct {
	NodeID     string       `json:"node_id"`
	Type       string       `json:"type"`
	Status     StepStatus   `json:"status"`
	Visits     int          `json:"visits"`
	Attempts   int          `json:"attempts"` // of the current visit
	StartedAt  *events.Time `json:"started_at"`
	FinishedAt *events.Time `json:"finished_at"`
	Error      *Error       `json:"error"`
	Reused     bool         `json:"reused,omitzero"` // taken over from the job that this one reruns, without a visit
	Items      Items        `json:"items,omitzero"`  // of a map: how far it is

	TaskProgress jsontext.Value `json:"task_progress,omitzero"` // what a worker said last in the current visit, or the last
	JobID        string         `json:"job_id,omitzero"`        // the sub-job that the current visit, or the last, has started
}

// Question is what a job waits for a human to say.
type Question struct {
	Type           string         `json:"type"` // "intervention"
	InterventionID string         `json:"interventionId"`
	NodeID         string         `json:"node_id"`
	Prompt         string         `json:"prompt"`
	Actions        []string       `json:"actions"`
	Fields         jsontext.Value `json:"fields"` // JSON Schema, or null
	Required       int            `json:"required"`
	Responders     int            `json:"responders,omitzero"` // how many may answer at all
	ExpiresAt      *events.Time   `json:"expires_at"`
}

// The statuses of an intervention.
const (
	InterventionPending   = "pending"
	InterventionApproved  = "approved"
	InterventionRejected  = "rejected"
	InterventionAnswered  = "answered"
	InterventionExpired   = "expired"
	InterventionCancelled = "cancelled"
)

// InterventionStatuses lists every status of an intervention.
var InterventionStatuses = []string{
	InterventionPending, InterventionApproved, InterventionRejected, InterventionAnswered, InterventionExpired, InterventionCancelled,
}

// Undecided is the action with which an intervention ends when no action can
// have enough responders any more.
const Undecided = "undecided"

// Intervention is a question with its answers.
type Intervention struct {
	Question
	Call       *Reflex      `json:"reflex_call,omitzero"` // that it allows, or not
	Status     string       `json:"status"`
	Action     Ref          `json:"action"` // what it ended with: one of Actions or Undecided
	Responses  []Response   `json:"responses"`
	CreatedAt  events.Time  `json:"created_at"`
	Default    string       `json:"default,omitzero"`
	OnExpire   string       `json:"on_expire,omitzero"`
	Reminders  int          `json:"reminders"`   // how often it was reminded of
	RemindedAt *events.Time `json:"reminded_at"` // the last time
}

// Open tells whether it can still be answered.
func (i *Intervention) Open() bool { return i.Status == InterventionPending }

// Response is one responder's answer.
type Response struct {
	Responder string         `json:"responder"`
	Action    string         `json:"action"`
	Comment   string         `json:"comment,omitzero"`
	Fields    jsontext.Value `json:"fields,omitzero"`
	At        events.Time    `json:"at"`
}

// Usage is what a job's attempts consumed together.
type Usage struct {
	InputTokens  int64   `json:"input_tokens"`
	OutputTokens int64   `json:"output_tokens"`
	CostUSD      float64 `json:"cost_usd"`
	ModelCalls   int64   `json:"model_calls"`
	ToolCalls    int64   `json:"tool_calls"`
}

const microUSD = 1e6

func (u *Usage) add(v events.Usage) {
	u.InputTokens += v.InputTokens
	u.OutputTokens += v.OutputTokens
	u.CostUSD += float64(v.CostMicroUSD) / microUSD
	u.ModelCalls += v.ModelCalls
	u.ToolCalls += v.ToolCalls
}

// Step gives the step of a node, nil when the job has not reached it. The
// pointer is into j.
func (j *Job) Step(node string) *Step { return stepIn(j.Steps, node) }

// Intervention gives the intervention of an id, or nil. The pointer is into j.
func (j *Job) Intervention(id string) *Intervention {
	for i := range j.Interventions {
		if j.Interventions[i].InterventionID == id {
			return &j.Interventions[i]
		}
	}
	return nil
}

// openQuestion gives the oldest intervention that can be answered, or nil.
func (j *Job) openQuestion() *Intervention {
	for i := range j.Interventions {
		if j.Interventions[i].Open() {
			return &j.Interventions[i]
		}
	}
	return nil
}

// Clone makes a Job that shares nothing that Apply changes.
func (j *Job) Clone() *Job {
	c := *j
	c.Steps = append([]Step(nil), j.Steps...)
	c.Interventions = append([]Intervention(nil), j.Interventions...)
	c.Waits = slices.Clone(j.Waits)
	c.Tasks = slices.Clone(j.Tasks)
	c.Calls = slices.Clone(j.Calls)
	for i := range c.Interventions {
		r := c.Interventions[i].Responses
		c.Interventions[i].Responses = r[:len(r):len(r)] // an append copies
	}
	return &c
}
