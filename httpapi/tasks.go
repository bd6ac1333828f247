package httpapi

// Tasks: what workers outside lease, work on and end, and lists of them for
// people.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/mux"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

const (
	maxLeaseWait   = time.Minute
	maxWorker      = 128  // bytes of what a worker calls itself
	maxTaskMessage = 2000 // bytes of a failure's message
	maxProgress    = 500  // bytes of a progress message
)

// workerFailed is the code of a failure to which the worker gave none.
const workerFailed = "WORKER_FAILED"

var failureCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// leaseRequest is the body of POST /v1/workers/{queue}/lease.
type leaseRequest struct {
	scoped
	Worker string `json:"worker"`
	Limit  int    `json:"limit"`
}

func (b *leaseRequest) problems() pathway.Problems {
	if !isLine(b.Worker, maxWorker) {
		return pathway.Problems{{Path: "/worker", Message: fmt.Sprintf("this must be at most %d bytes without control characters", maxWorker)}}
	}
	return nil
}

// leasedTask is a task as the worker gets it.
type leasedTask struct {
	ID        string         `json:"task_id"`
	Lease     int            `json:"lease"`
	Term      events.Millis  `json:"lease_ms"`
	ExpiresAt *events.Time   `json:"expires_at"`
	Until     *events.Time   `json:"until"`
	Queue     string         `json:"queue"`
	JobID     string         `json:"job_id"`
	NodeID    string         `json:"node_id"`
	Visit     int            `json:"visit"`
	Attempt   int            `json:"attempt"`
	Key       string         `json:"idempotency_key"`
	TraceID   job.Ref        `json:"trace_id"`
	Input     jsontext.Value `json:"input"`    // last, with the progress: what reads the rest without a parser is not misled
	Progress  jsontext.Value `json:"progress"` // of an earlier lease
}

type leasedTasks struct {
	Tasks []leasedTask `json:"tasks"`
}

// leaseTasks gives tasks of a queue to a worker; it waits for the first one as
// long as the worker asks for.
func (s *Server) leaseTasks(w http.ResponseWriter, r *http.Request) error {
	queue, err := url.PathUnescape(mux.Vars(r)["queue"])
	if err != nil || !pathway.ValidQueue(queue) {
		return invalidAt("/queue", "the queue's name in the path has 1 to 64 letters, digits, '_' or '-'")
	}
	q := queryOf(r)
	wait := q.span("wait", maxLeaseWait)
	if err := q.err(); err != nil {
		return err
	}
	var body leaseRequest
	if _, err := s.decode(w, r, optional, &body); err != nil {
		return err
	}
	held, release, err := s.hold(r)
	if err != nil {
		return err
	}
	defer release()
	waiting, cancel := context.WithTimeout(held.Context(), wait)
	defer cancel()
	defer context.AfterFunc(s.done, cancel)() // a server that stops lets nobody wait
	leased, err := s.engine.Lease(r.Context(), waiting, engine.Lease{
		Workspace: workspace(r), Queue: queue, Worker: body.Worker, Limit: body.Limit, Actor: actor(r),
	})
	if err != nil {
		return err
	}
	answer := leasedTasks{Tasks: make([]leasedTask, len(leased))}
	for i, t := range leased {
		answer.Tasks[i] = leasedTask{
			ID: t.ID, Lease: t.Lease, Queue: t.Queue, Input: t.Input, ExpiresAt: t.ExpiresAt, Term: t.Term, Until: t.Until, Key: t.Key,
			JobID: t.JobID, NodeID: t.NodeID, Visit: t.Visit, Attempt: t.Attempt, TraceID: job.Ref(t.TraceID), Progress: t.Progress,
		}
	}
	return writeJSON(w, http.StatusOK, &answer)
}

// holder is part of every body of a worker that has a task.
type holder struct {
	scoped
	Lease int `json:"lease"`
}

// taskSubject names the task in the request's path and the job that it is of,
// neither of which need exist.
func taskSubject(r *http.Request) (id string, subject events.Subject, err error) {
	if id, err = pathID(r); err != nil {
		return "", events.Subject{}, err
	}
	of, ok := job.TaskJob(id)
	if !ok || events.CheckID(of) != nil {
		return "", events.Subject{}, errNoTask
	}
	return id, events.JobSubject(workspace(r), of), nil
}

// errNoTask is what is said of a task that does not exist, of whatever job.
var errNoTask = fail(codeNotFound, "there is no such task")

// ofTask says of what there is none.
func ofTask(err error) error {
	var refused *job.Refusal
	if errors.As(err, &refused) && refused.Code == job.RefusedUnknown {
		return errNoTask
	}
	return err
}

// readTask reads what every route of a worker that has a task begins with.
func (s *Server) readTask(w http.ResponseWriter, r *http.Request, body interface{ named() string }) (id string, subject events.Subject, err error) {
	if id, subject, err = taskSubject(r); err != nil {
		return "", events.Subject{}, err
	}
	if err := noQuery(r); err != nil {
		return "", events.Subject{}, err
	}
	_, err = s.decode(w, r, required, body)
	return id, subject, err
}

// extended is the answer to a worker that is alive.
type extended struct {
	ExpiresAt *events.Time `json:"expires_at"`
}

// keepTask gives the job a command of a worker that goes on with its task.
func (s *Server) keepTask(w http.ResponseWriter, r *http.Request, id string, subject events.Subject, c job.Command) error {
	t, err := s.engine.DoTask(r.Context(), subject, actor(r), id, c)
	if err != nil {
		return ofTask(err)
	}
	return writeJSON(w, http.StatusOK, &extended{t.ExpiresAt})
}

func (s *Server) heartbeatTask(w http.ResponseWriter, r *http.Request) error {
	var body holder
	id, subject, err := s.readTask(w, r, &body)
	if err != nil {
		return err
	}
	return s.keepTask(w, r, id, subject, &job.ExtendTask{Task: id, Lease: body.Lease})
}

// progress is what a worker says of its progress.
type progress struct {
	Percent *float64       `json:"percent,omitzero"`
	Message string         `json:"message,omitzero"`
	Data    jsontext.Value `json:"data,omitzero"`
}

type progressRequest struct {
	holder
	progress
}

func (b *progressRequest) problems() pathway.Problems {
	switch {
	case b.Percent == nil && b.Message == "" && !given(b.Data):
		return pathway.Problems{{Message: "one of percent, message and data is needed; POST heartbeat says that the worker is alive and no more"}}
	case len(b.Message) > maxProgress:
		return pathway.Problems{{Path: "/message", Message: fmt.Sprintf("this must be at most %d bytes", maxProgress)}}
	case len(b.Data) > job.MaxProgress:
		return pathway.Problems{{Path: "/data", Message: fmt.Sprintf("this must be at most %d bytes", job.MaxProgress)}}
	}
	return nil
}

func (s *Server) progressTask(w http.ResponseWriter, r *http.Request) error {
	var body progressRequest
	id, subject, err := s.readTask(w, r, &body)
	if err != nil {
		return err
	}
	said, err := json.Marshal(&body.progress)
	if err != nil {
		return fmt.Errorf("encoding the progress of a task: %w", err)
	}
	return s.keepTask(w, r, id, subject, &job.ReportTask{Task: id, Lease: body.Lease, Progress: said})
}

// endedTask is the answer to a worker that has ended its task.
type endedTask struct {
	ID     string        `json:"task_id"`
	JobID  string        `json:"job_id"`
	Cursor events.Cursor `json:"cursor"`
}

// endTask gives the job a command with which a worker ends its task.
func (s *Server) endTask(w http.ResponseWriter, r *http.Request, id string, subject events.Subject, c job.Command) error {
	at, err := s.engine.Do(r.Context(), subject, actor(r), c)
	var refused *job.Refusal
	switch {
	case errors.As(err, &refused) && refused.Code == job.RefusedExists:
		w.Header().Set("Idempotent-Replay", "true")
	case err != nil:
		return ofTask(err)
	}
	return writeJSON(w, http.StatusOK, &endedTask{id, subject.ID, at})
}

type completeRequest struct {
	holder
	Output jsontext.Value `json:"output"`
}

func (s *Server) completeTask(w http.ResponseWriter, r *http.Request) error {
	var body completeRequest
	id, subject, err := s.readTask(w, r, &body)
	if err != nil {
		return err
	}
	if len(body.Output) == 0 {
		body.Output = jsontext.Value("null")
	}
	return s.endTask(w, r, id, subject, &job.CompleteTask{Task: id, Lease: body.Lease, Output: body.Output})
}

type failRequest struct {
	holder
	Code       string `json:"code"`
	Message    string `json:"message"`
	Retryable  *bool  `json:"retryable"`
	RetryAfter *span  `json:"retry_after"`
}

func (b *failRequest) problems() pathway.Problems {
	if b.Code != "" && !failureCode.MatchString(b.Code) {
		return pathway.Problems{{Path: "/code", Message: "a code has 1 to 64 of A-Z, 0-9 and '_', and begins with a letter"}}
	}
	return nil
}

func (s *Server) failTask(w http.ResponseWriter, r *http.Request) error {
	var body failRequest
	id, subject, err := s.readTask(w, r, &body)
	if err != nil {
		return err
	}
	c := &job.FailTask{
		Task: id, Lease: body.Lease, Code: body.Code, Message: bounded(body.Message, maxTaskMessage),
		Final: body.Retryable != nil && !*body.Retryable,
	}
	if c.Code == "" {
		c.Code = workerFailed
	}
	if body.RetryAfter != nil {
		c.RetryAfter = time.Duration(*body.RetryAfter)
	}
	return s.endTask(w, r, id, subject, c)
}

type queueList struct {
	Queues []engine.Queue `json:"queues"`
}

// listQueues answers every queue of the workspace.
func (s *Server) listQueues(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.patience)
	defer cancel()
	queues, err := s.engine.Queues(ctx, workspace(r))
	if err != nil {
		return fmt.Errorf("listing queues: %w", err)
	}
	return writeJSON(w, http.StatusOK, &queueList{queues})
}

type taskList struct {
	Tasks  []engine.JobTask `json:"tasks"`
	Total  int              `json:"total"`
	Limit  int              `json:"limit"`
	Offset int              `json:"offset"`
}

// listTasks answers a page of the workspace's tasks that are not over.
func (s *Server) listTasks(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	f := engine.TaskFilter{Queue: q.id("queue"), Job: q.id("job_id")}
	f.Status = q.oneOf("status", append([]string{""}, job.TaskStatuses...)...)
	f.Limit, f.Offset = q.page()
	if err := q.err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.patience)
	defer cancel()
	tasks, total, err := s.engine.ListTasks(ctx, workspace(r), f)
	if err != nil {
		return fmt.Errorf("listing tasks: %w", err)
	}
	return writeJSON(w, http.StatusOK, &taskList{tasks, total, f.Limit, f.Offset})
}

// span is a duration of at most so much; absent it is 0.
func (q *query) span(name string, most time.Duration) time.Duration {
	v := q.text(name)
	if v == "" {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 || d > most {
		q.problem(name, "this must be a duration such as \"30s\", at most %s", most)
		return 0
	}
	return d
}
