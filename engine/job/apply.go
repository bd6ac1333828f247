package job

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
)

// Apply folds one commit of the job into j. It is the only place where a Job
// changes. After the job's end only its cursor moves, until it is deleted.
func (j *Job) Apply(c *events.Commit) {
	for i := range c.Events {
		j.apply(c.Subject, &c.Events[i])
	}
	j.derive()
	j.Cursor = j.Cursor.Max(c.Cursor())
}

func (j *Job) apply(s events.Subject, e *events.Event) {
	switch e.Fact.(type) {
	case *events.JobDeleted:
		if !j.Deleted() {
			j.clear(e)
		}
	case *events.JobErased:
		if j.Deleted() {
			j.ErasedAt = at(e)
		}
	}
	if j.Status.Terminal() {
		return
	}
	applyStep(e, func(path string) *[]Step {
		if inside(path) {
			return nil // a Job is small: see Step.Items
		}
		return &j.Steps
	})
	switch f := e.Fact.(type) {
	case *events.JobSubmitted:
		*j = Job{
			ID: s.ID, Workspace: s.Workspace, Status: Pending, CreatedAt: e.At,
			Result: null(), Labels: labels(f.Labels),
			PathwayID: Ref(f.PathwayID), PathwayVersion: version(f.PathwayVersion),
			NeuronID: Ref(f.NeuronID), ReceptorID: Ref(f.ReceptorID), TraceID: Ref(f.TraceID),
			RerunOf: Ref(f.RerunOf), Parent: parent(f.Parent),
			Priority: f.Priority, RunAt: f.RunAt, Tick: f.Tick, Nodes: f.Nodes,
			Steps: []Step{}, Interventions: []Intervention{}, Waits: []Wait{}, Tasks: []Task{}, Calls: []Reflex{},
		}
	case *events.JobStarted:
		j.Status, j.ProcessedAt = Running, at(e)
	case *events.JobWaiting:
		j.Status = Waiting
	case *events.JobPaused:
		j.Status = Paused
	case *events.JobResumed:
		j.Status = Running
		if j.ProcessedAt == nil {
			j.Status = Pending
		}
	case *events.JobCompleted:
		j.end(Completed, e)
		j.Result, j.Progress = f.Result.JSON(), 100
		if apart := f.Result.Apart; apart != nil {
			j.ResultBytes, j.ResultPreview, j.ResultURL = apart.Size, apart.Preview, "/v1/jobs/"+j.ID+"/result"
		}
	case *events.JobFailed:
		j.end(Failed, e)
		j.FailedReason = Ref(f.Message)
		j.Error = &Error{Code: f.Code, Message: f.Message, NodeID: Ref(f.Node)}
	case *events.JobCancelled:
		j.end(Failed, e)
		reason := "cancelled"
		if f.Reason != "" {
			reason += ": " + f.Reason
		}
		j.FailedReason = Ref(reason)
		j.Error = &Error{Code: CodeCancelled, Message: reason}

	case *events.NodeWaiting:
		j.unwait(f.Node, false)
		if len(f.Events) > 0 {
			j.Waits = append(j.Waits, Wait{
				EventWait: EventWait{Type: "event", Events: f.Events, NodeID: f.Node, ExpiresAt: f.Until}, Since: e.At,
			})
		}
	case *events.NodeStarted:
		j.unwait(f.Node, false)
	case *events.NodeRetrying:
		j.Usage.add(f.Usage)
		j.void(f.Node)
	case *events.NodeSucceeded:
		j.Usage.add(f.Usage)
		j.unwait(f.Node, false)
	case *events.NodeFailed:
		j.Usage.add(f.Usage)
		j.void(f.Node)
	case *events.NodeCancelled:
		j.void(f.Node)
	case *events.NodeLooped:
		for _, path := range f.Reset {
			j.void(path)
		}
	case *events.ItemSucceeded:
		j.void(itemPath(f.Node, f.Index))
	case *events.ItemFailed:
		j.void(itemPath(f.Node, f.Index))

	case *events.InterventionOpened:
		var prompt string
		if json.Unmarshal(f.Prompt.JSON(), &prompt) != nil {
			prompt = ""
		}
		j.Interventions = append(j.Interventions, Intervention{
			Question: Question{
				Type: "intervention", InterventionID: f.ID, NodeID: f.Node, Prompt: prompt,
				Actions: f.Actions, Fields: f.Fields.JSON(), Required: f.Required, Responders: f.Responders,
				ExpiresAt: f.ExpiresAt,
			},
			Status: InterventionPending, Responses: []Response{}, CreatedAt: e.At,
			Default: f.Default, OnExpire: f.OnExpire,
		})
	case *events.InterventionAnswered:
		if iv := j.Intervention(f.ID); iv != nil {
			r := Response{Responder: f.Responder, Action: f.Action, At: e.At}
			var given answer
			if json.Unmarshal(f.Answer.JSON(), &given) == nil {
				r.Comment, r.Fields = given.Comment, given.Fields
			}
			iv.Responses = append(iv.Responses, r)
			if f.Status != "" {
				iv.Status, iv.Action = f.Status, Ref(cmp.Or(f.Outcome, f.Action))
			}
		}
	case *events.InterventionExpired:
		if iv := j.Intervention(f.ID); iv != nil {
			iv.Status, iv.Action = InterventionExpired, Ref(f.Action)
		}
	case *events.InterventionReminded:
		if iv := j.Intervention(f.ID); iv != nil {
			iv.Reminders, iv.RemindedAt = f.Times, at(e)
		}
	}
	j.foldTasks(e)
	j.applyReflex(e)
}

// clear leaves of a deleted job its times, and the tick that it was for: what is
// the same whether or not its payloads were erased before they were folded.
func (j *Job) clear(e *events.Event) {
	*j = Job{
		ID: j.ID, Workspace: j.Workspace, Status: j.Status, Result: null(), Labels: jsontext.Value("{}"),
		CreatedAt: j.CreatedAt, ProcessedAt: j.ProcessedAt, FinishedAt: j.FinishedAt, Cursor: j.Cursor,
		ReceptorID: j.ReceptorID, Tick: j.Tick,
		Steps: []Step{}, Interventions: []Intervention{}, DeletedAt: at(e),
	}
	if !j.Status.Terminal() { // no writer deletes such a job
		j.Status = Failed
	}
}

// derive sets what follows from the rest, once a commit: the step that fails a
// job is not progress.
func (j *Job) derive() {
	j.WaitingFor = nil
	if j.Status == Waiting {
		j.WaitingFor = j.awaited()
	}
	j.CurrentStep = ""
	finished := 0.0
	for i := range j.Steps {
		st := &j.Steps[i]
		if n := st.Items; n.Total > 0 && !st.Status.settled() {
			finished += float64(n.Succeeded+n.Failed) / float64(n.Total)
		}
		switch {
		case st.Status.settled():
			finished++
		case st.Status == StepRunning:
			j.CurrentStep = Ref(st.NodeID)
		case j.CurrentStep == "" && st.Status != StepPending:
			j.CurrentStep = Ref(st.NodeID)
		}
	}
	if !j.Status.Terminal() && j.Nodes > 0 {
		share := math.Floor(10000*finished/float64(j.Nodes)) / 100
		j.Progress = max(j.Progress, min(share, 100))
	}
}

// end closes the job: what was at work is cancelled, open questions too.
func (j *Job) end(s Status, e *events.Event) {
	j.Status, j.FinishedAt, j.Waits = s, at(e), []Wait{}
	for i := range j.Steps {
		if st := &j.Steps[i]; !st.Status.settled() && st.Status != StepPending {
			st.Status, st.FinishedAt = StepCancelled, at(e)
		}
	}
	for i := range j.Interventions {
		if iv := &j.Interventions[i]; iv.Open() {
			iv.Status = InterventionCancelled
		}
	}
}

// void closes what a node, or what is inside of it, was waiting for.
func (j *Job) void(path string) {
	j.unwait(path, true)
	j.withdraw(path)
}

// withdraw closes the open questions of a node, or of what is inside of it.
func (j *Job) withdraw(path string) {
	for i := range j.Interventions {
		if iv := &j.Interventions[i]; iv.Open() && partOf(iv.NodeID, path) {
			iv.Status = InterventionCancelled
		}
	}
}

// unwait ends a node's wait for a signal, and with all those of the nodes inside
// of it.
func (j *Job) unwait(path string, all bool) {
	if len(j.Waits) > 0 {
		j.Waits = slices.DeleteFunc(j.Waits, func(w Wait) bool { return w.NodeID == path || all && partOf(w.NodeID, path) })
	}
}

// partOf tells whether a node's path is that of a node or an item, or of a node
// inside of it.
func partOf(path, of string) bool {
	return strings.HasPrefix(path, of) && (len(path) == len(of) || path[len(of)] == '/')
}

// answer is the user data of an intervention's answer.
type answer struct {
	Comment string         `json:"comment,omitzero"`
	Fields  jsontext.Value `json:"fields,omitzero"`
}

func at(e *events.Event) *events.Time { t := e.At; return &t }

func null() jsontext.Value { return jsontext.Value("null") }

// version is a pathway's version, nil for 0, which is none.
func version(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

func labels(p events.Payload) jsontext.Value {
	if p.Raw == nil {
		return jsontext.Value("{}")
	}
	return p.Raw
}
