package httpapi

// Starting jobs: what every start has in common, and POST /v1/jobs.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

const (
	maxLabelName  = 64  // bytes
	maxLabelValue = 256 // bytes
	maxLine       = 128 // bytes of a trace id or a concurrency key
	maxIdemKey    = 255 // bytes of an Idempotency-Key
	maxPrefer     = 60  // seconds
)

// runOptions are the fields that every start takes.
type runOptions struct {
	Input          jsontext.Value    `json:"input"`
	Data           jsontext.Value    `json:"data"` // another name of Input
	TraceID        string            `json:"trace_id"`
	Labels         map[string]string `json:"labels"`
	RunAt          *events.Time      `json:"run_at"`
	Delay          *span             `json:"delay"`
	Timeout        *span             `json:"timeout"`
	Priority       int               `json:"priority"`
	ConcurrencyKey string            `json:"concurrency_key"`
}

// startRequest is the body of POST /v1/jobs.
type startRequest struct {
	scoped
	runOptions
	PathwayID string         `json:"pathway_id"`
	Pathway   jsontext.Value `json:"pathway"`
}

// started is the answer to a start that is not held.
type started struct {
	JobID  string        `json:"job_id"`
	Status job.Status    `json:"status"`
	Cursor events.Cursor `json:"cursor"`
}

// postJob starts a stored pathway or an inline graph.
func (s *Server) postJob(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	var body startRequest
	request, err := s.decode(w, r, required, &body)
	if err != nil {
		return err
	}
	sub := body.submission(r)
	if given(body.Pathway) {
		// Who writes a graph says where its secrets are sent.
		if uses := pathway.SecretUses(body.Pathway); len(uses) > 0 && !about(r).key.Role.Allows(catalog.Admin) {
			return fail(codeForbidden, "a graph that uses secrets can be started inline by an admin only; others start a stored one: see /pathway%s", uses[0].Path)
		}
		sub.Graph = body.Pathway
	} else {
		if events.CheckID(body.PathwayID) != nil {
			return fail(codeNotFound, "there is no such pathway: pathway_id is no id or slug")
		}
		sub.Pathway = body.PathwayID
	}
	if err := name(r, &sub, "jobs", request); err != nil {
		return err
	}
	return s.startJob(w, r, sub)
}

// problems is what the schema cannot say of a start.
func (b *startRequest) problems() pathway.Problems {
	problems := b.runOptions.problems()
	if (b.PathwayID != "") == given(b.Pathway) {
		problems = append(problems, pathway.Problem{Message: "exactly one of pathway_id and pathway is needed"})
	}
	return problems
}

// problems is what the schema cannot say of the options: it counts characters,
// and bytes are stored.
func (o *runOptions) problems() pathway.Problems {
	var problems pathway.Problems
	bad := func(path, format string, args ...any) {
		problems = append(problems, pathway.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	if given(o.Input) && given(o.Data) {
		bad("/data", "data is another name of input: give one of them")
	}
	if o.RunAt != nil && !o.RunAt.IsZero() && o.Delay != nil {
		bad("/delay", "give one of run_at and delay")
	}
	if o.Timeout != nil && *o.Timeout < span(time.Millisecond) {
		bad("/timeout", "this must be at least 1ms; leave it out for none")
	}
	if !isLine(o.TraceID, maxLine) {
		bad("/trace_id", "this must be at most %d bytes without control characters", maxLine)
	}
	if !isLine(o.ConcurrencyKey, maxLine) {
		bad("/concurrency_key", "this must be at most %d bytes without control characters", maxLine)
	}
	for _, k := range slices.Sorted(maps.Keys(o.Labels)) {
		path := "/labels/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(bounded(k, maxLabelName))
		switch {
		case k == "" || !isLine(k, maxLabelName):
			bad(path, "a label's name must be 1 to %d bytes without control characters", maxLabelName)
		case !isLine(o.Labels[k], maxLabelValue):
			bad(path, "a label's value must be at most %d bytes without control characters", maxLabelValue)
		}
	}
	return problems
}

// submission makes a submission of the options, all but what is to run.
func (o *runOptions) submission(r *http.Request) engine.Submission {
	sub := engine.Submission{
		Workspace: workspace(r), Actor: actor(r), Labels: o.Labels, TraceID: o.TraceID,
		Priority: o.Priority, ConcurrencyKey: o.ConcurrencyKey,
	}
	if o.Timeout != nil {
		sub.Timeout = time.Duration(*o.Timeout)
	}
	switch {
	case given(o.Data):
		sub.Input = o.Data
	case len(o.Input) > 0:
		sub.Input = o.Input
	}
	switch {
	case o.RunAt != nil && !o.RunAt.IsZero():
		sub.RunAt = o.RunAt.Time
	case o.Delay != nil:
		sub.RunAt = time.Now().Add(time.Duration(*o.Delay))
	}
	return sub
}

// name lets the request's Idempotency-Key, if it has one, name the job. The
// key counts per workspace and route.
func name(r *http.Request, sub *engine.Submission, route string, request events.Hash) error {
	key, err := idempotencyKey(r)
	if key != "" {
		sub.IdempotencyKey, sub.Route, sub.Request = key, route, request
	}
	return err
}

// idempotencyKey reads the request's Idempotency-Key, empty when it has none.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1 || values[0] == "" || !isLine(values[0], maxIdemKey):
		return "", fail(codeInvalid, "the Idempotency-Key header must be given once, with 1 to %d bytes", maxIdemKey)
	}
	return values[0], nil
}

// submit starts the job. The problems of a graph are given as pointers into
// the request where the request holds the graph.
func (s *Server) submit(r *http.Request, sub engine.Submission) (engine.Receipt, error) {
	receipt, err := s.engine.Submit(r.Context(), sub)
	var problems pathway.Problems
	switch {
	case !errors.As(err, &problems):
		return receipt, err
	case sub.Graph != nil:
		return receipt, problems.Under("/pathway")
	}
	f := fail(codeConflict, "the stored pathway can no longer run as it is: %v", problems)
	f.details = problems.Under("/pathway_graph")
	return receipt, f
}

// startJob submits and answers: 202, or 200 with the status when the client
// asked to wait and the job came to an end or to a question in time.
func (s *Server) startJob(w http.ResponseWriter, r *http.Request, sub engine.Submission) error {
	seconds := preferWait(r)
	var f *follower
	if seconds > 0 && sub.IdempotencyKey == "" {
		sub.Job = engine.NewJob()
		f = s.expect(events.JobSubject(sub.Workspace, sub.Job))
		defer f.watcher.stop()
	}
	receipt, err := s.submit(r, sub)
	if err != nil {
		return err
	}
	head := w.Header()
	head.Set("Location", statusPath(r, receipt.Job))
	if receipt.Replayed {
		head.Set("Idempotent-Replay", "true")
	}
	if seconds > 0 {
		head.Set("Preference-Applied", "wait="+strconv.Itoa(seconds))
		if f == nil {
			f = s.follow(events.JobSubject(sub.Workspace, receipt.Job), events.Cursor{}, false)
			defer f.watcher.stop()
		}
		if j := s.await(r, f, seconds); j != nil && settled(j) {
			return showJob(w, r, j)
		}
	}
	return s.showStarted(w, r, receipt)
}

// settled tells whether a waiting client is answered: the job has ended or
// needs a human.
func settled(j *job.Job) bool { return j.Status.Terminal() || j.Status == job.Waiting }

// await follows a job until it is settled or the seconds are over. It gives nil
// when nothing of it could be seen: whoever waits is then answered without.
func (s *Server) await(r *http.Request, f *follower, seconds int) *job.Job {
	held, release, err := s.hold(r)
	if err != nil {
		return nil // what the key was allowed when it asked is answered, without waiting
	}
	defer release()
	limited, cancel := context.WithTimeout(held.Context(), time.Duration(seconds)*time.Second)
	defer cancel()
	j, err := f.await(limited, settled)
	if err != nil {
		s.logger.DebugContext(r.Context(), "waiting for a job ended early", "job", f.subject.ID, "error", err)
		return nil
	}
	return j
}

// preferWait reads wait=N of the Prefer header (RFC 7240), at most 60. What
// cannot be read is no preference.
func preferWait(r *http.Request) int {
	for _, line := range r.Header.Values("Prefer") {
		for p := range strings.SplitSeq(line, ",") {
			p, _, _ = strings.Cut(p, ";")
			k, v, _ := strings.Cut(p, "=")
			if !strings.EqualFold(strings.TrimSpace(k), "wait") {
				continue
			}
			n, err := strconv.Atoi(strings.Trim(strings.TrimSpace(v), `"`))
			if err != nil || n < 1 {
				return 0
			}
			return min(n, maxPrefer)
		}
	}
	return 0
}
