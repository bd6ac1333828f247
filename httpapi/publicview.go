package httpapi

// What a share token shows of a job: everything that its people may see, and
// nothing of whom or what is behind it. All that is hidden is hidden here; what
// is shown is listed field by field, so that nothing new gets out by itself.

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
	"ranvier/events"
)

// publicJob is a job without its workspace, input, labels, definitions, errors'
// texts, responders and costs.
type publicJob struct {
	ID            string               `json:"job_id"`
	Status        job.Status           `json:"status"`
	Progress      float64              `json:"progress"`
	CurrentStep   job.Ref              `json:"current_step"`
	FailedReason  job.Ref              `json:"failedReason"`
	Result        jsontext.Value       `json:"result"`
	ResultBytes   int64                `json:"result_bytes,omitzero"` // of a large result: no more of it is shown
	WaitingFor    *job.Awaited         `json:"waitingFor"`
	CreatedAt     events.Time          `json:"created_at"`
	ProcessedAt   *events.Time         `json:"processed_at"`
	FinishedAt    *events.Time         `json:"finished_at"`
	Cursor        events.Cursor        `json:"cursor"`
	Error         *job.Error           `json:"error"`
	Steps         []publicStep         `json:"steps"`
	Interventions []publicIntervention `json:"interventions"`
	Nodes         int                  `json:"nodes"`
}

// publicStep is a job.Step without its error.
type publicStep struct {
	NodeID     string         `json:"node_id"`
	Type       string         `json:"type"`
	Status     job.StepStatus `json:"status"`
	Visits     int            `json:"visits"`
	Attempts   int            `json:"attempts"`
	StartedAt  *events.Time   `json:"started_at"`
	FinishedAt *events.Time   `json:"finished_at"`
}

// publicIntervention is a job.Intervention without its responses.
type publicIntervention struct {
	job.Question
	Status    string      `json:"status"`
	CreatedAt events.Time `json:"created_at"`
}

func publicView(j *job.Job) *publicJob {
	p := &publicJob{
		ID: j.ID, Status: j.Status, Progress: j.Progress, CurrentStep: j.CurrentStep, WaitingFor: publicAwaited(j),
		CreatedAt: j.CreatedAt, ProcessedAt: j.ProcessedAt, FinishedAt: j.FinishedAt, Cursor: j.Cursor, Nodes: j.Nodes,
		Result: publicOutput(j, j.Result), ResultBytes: j.ResultBytes, Error: publicError(j.Error), FailedReason: publicReason(j.FailedReason, j.Error),
	}
	for _, st := range j.Steps {
		p.Steps = append(p.Steps, publicStep{st.NodeID, st.Type, st.Status, st.Visits, st.Attempts, st.StartedAt, st.FinishedAt})
	}
	for _, iv := range j.Interventions {
		p.Interventions = append(p.Interventions, publicIntervention{questionInPublic(&iv), iv.Status, iv.CreatedAt})
	}
	return p
}

// showJob answers with a job as the request's credential may see it; its
// cursor is the ETag.
func showJob(w http.ResponseWriter, r *http.Request, j *job.Job) error {
	if !isShared(r) {
		return writeStatus(w, j)
	}
	w.Header().Set("ETag", etag(j.Cursor))
	return writeJSON(w, http.StatusOK, publicView(j))
}

// What is said in place of the text of an error. Its code stays.
const (
	publicFailure   = "the job failed"
	publicCancelled = "cancelled"
	publicStepError = "the step failed"
)

func publicError(e *job.Error) *job.Error {
	if e == nil {
		return nil
	}
	return &job.Error{Code: e.Code, Message: string(publicReason(job.Ref(e.Message), e)), NodeID: e.NodeID}
}

// publicReason stands for the reason with which a job failed, if it did.
func publicReason(reason job.Ref, e *job.Error) job.Ref {
	switch {
	case reason == "" && e == nil:
		return ""
	case e != nil && e.Code == job.CodeCancelled:
		return publicCancelled
	}
	return publicFailure
}

// publicMessages stand for what refusals say of a job, a target or a workspace.
var publicMessages = map[string]string{
	codeNotFound:          nothingOpened,
	codeConflict:          "this cannot be done now",
	codeRateLimit:         "this cannot be done now: try again later",
	job.RefusedAnswered:   "this was answered already",
	job.RefusedNotWaiting: "no answer is awaited any more",
}

// publicRefusal is a refusal as it is told to who came with a share token.
func publicRefusal(err error) error {
	if err == nil {
		return nil
	}
	f := failureOf(err)
	message, ok := publicMessages[f.code]
	if !ok {
		return err
	}
	return &failure{code: f.code, message: message, retryAfter: f.retryAfter, cause: f.cause}
}

// publicOutput is an output or a result without what the engine itself puts
// there of actors and errors: "responder" of the responses of a human node is
// null, and "message" of the error with which a step went on is a general one.
// What the author of a graph copies from there into text is the author's to
// show.
func publicOutput(j *job.Job, v jsontext.Value) jsontext.Value {
	// The list of a map has the errors of its items, of which the job keeps none,
	// and what a sub-job gives may tell of that job's people and steps.
	foreign := slices.ContainsFunc(j.Steps, func(st job.Step) bool { return st.Type == "map" || st.JobID != "" })
	if !bytes.Contains(v, []byte(`"responder"`)) && !bytes.Contains(v, []byte(`"node_id"`)) && !foreign {
		return v
	}
	responders := map[string]bool{}
	for i := range j.Interventions {
		for _, r := range j.Interventions[i].Responses {
			responders[r.Responder] = true
		}
	}
	h := hiding{dec: jsontext.NewDecoder(bytes.NewReader(v), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	hide := func(at place, text string) { h.edits = append(h.edits, edit{at, text}) }
	err := h.walk(func(object map[string]place) {
		text := func(name string) string { return unquoted(v[object[name].from:object[name].to]) }
		if at, ok := object["responder"]; ok && (foreign || responders[text("responder")]) {
			hide(at, "null")
		}
		_, coded := object["code"]
		if at, ok := object["message"]; ok && coded && (foreign || j.Step(text("node_id")) != nil) {
			hide(at, `"`+publicStepError+`"`)
		}
	})
	if err != nil {
		return jsontext.Value("null") // it is no JSON: nothing of it is shown
	}
	return h.apply(v)
}

// place is where a value stands in a JSON text.
type place struct{ from, to int }

// edit puts a text in the place of a value.
type edit struct {
	place
	text string
}

// hiding finds the strings in the objects of a JSON text, in one pass however
// deep they are.
type hiding struct {
	dec   *jsontext.Decoder
	edits []edit
}

// watched are the members that decide what is hidden.
var watched = map[string]bool{"responder": true, "message": true, "code": true, "node_id": true}

// walk tells, at the end of each object, where its watched members stand, as
// far as they are strings.
func (h *hiding) walk(ended func(map[string]place)) error {
	var open []map[string]place // the objects and arrays around; nil for an array
	name := ""
	for {
		if h.dec.PeekKind() == jsontext.KindString {
			raw, err := h.dec.ReadValue()
			if err != nil {
				return err
			}
			switch in, n := h.dec.StackIndex(h.dec.StackDepth()); {
			case in != jsontext.KindBeginObject:
			case n%2 == 1:
				name = unquoted(raw)
			case watched[name]:
				end := int(h.dec.InputOffset())
				open[len(open)-1][name] = place{end - len(raw), end}
			}
			continue
		}
		tok, err := h.dec.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch tok.Kind() {
		case jsontext.KindBeginObject:
			open = append(open, map[string]place{})
		case jsontext.KindBeginArray:
			open = append(open, nil)
		case jsontext.KindEndObject:
			ended(open[len(open)-1])
			open = open[:len(open)-1]
		case jsontext.KindEndArray:
			open = open[:len(open)-1]
		}
	}
}

// apply gives v with all edits made.
func (h *hiding) apply(v jsontext.Value) jsontext.Value {
	slices.SortFunc(h.edits, func(a, b edit) int { return a.from - b.from })
	var out jsontext.Value
	done := 0
	for _, e := range h.edits {
		out = append(append(out, v[done:e.from]...), e.text...)
		done = e.to
	}
	return append(out, v[done:]...)
}

func unquoted(raw jsontext.Value) string {
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return ""
	}
	return string(text)
}
