package httpapi

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
	"ranvier/events"
)

// reflexCall is a tool call of a model: as it was asked for, or with its result.
type reflexCall struct {
	CallID    string         `json:"call_id"`
	Name      string         `json:"name,omitzero"`
	Arguments jsontext.Value `json:"arguments,omitzero"`
	Result    jsontext.Value `json:"result,omitzero"` // of the tool
	Preview   string         `json:"result_preview,omitzero"`
	Size      int            `json:"result_bytes,omitzero"`
	ResultURL string         `json:"result_url,omitzero"`
	Error     *job.Error     `json:"error,omitzero"` // why there is no result
}

// reflexOf gives the call that a fact is about, nil when it is about none. The
// public sees that there are calls, and neither what they were given nor what
// they gave.
func reflexOf(f events.Fact, url string, public bool) *reflexCall {
	switch f := f.(type) {
	case *events.ReflexCalled:
		c := &reflexCall{CallID: f.Call, Name: f.Name}
		if !public {
			c.Arguments = f.Arguments.JSON()
		}
		return c
	case *events.ReflexAnswered:
		c := &reflexCall{CallID: f.Call, Name: f.Name}
		switch {
		case f.Code != "":
			c.Error = &job.Error{Code: f.Code, Message: publicCallError, NodeID: job.Ref(f.Node)}
			var why struct {
				Message string `json:"message"`
			}
			if !public && json.Unmarshal(f.Result.JSON(), &why) == nil {
				c.Error.Message = why.Message
			}
		case !public:
			b := blockOf(frameEvent{}, f.Result.JSON(), url)
			c.Result, c.Preview, c.Size, c.ResultURL = b.Output, b.Preview, b.Size, b.OutputURL
		}
		return c
	}
	return nil
}

// publicCallError stands for the text of a call's error.
const publicCallError = "the call failed"

// publicApproval stands for the prompt of a question about a tool call, which
// has the call's arguments. Who it is delivered to sees it whole.
const publicApproval = "The model asks to call a tool."

// questionInPublic is a question as it is shown to others than those it is
// delivered to.
func questionInPublic(iv *job.Intervention) job.Question {
	q := iv.Question
	if iv.Call != nil {
		q.Prompt = publicApproval
	}
	return q
}

// publicAwaited is what a job waits for, as the public sees it.
func publicAwaited(j *job.Job) *job.Awaited {
	if j.WaitingFor == nil {
		return nil
	}
	iv := j.Intervention(j.WaitingFor.InterventionID)
	if iv == nil || iv.Call == nil {
		return j.WaitingFor
	}
	a := *j.WaitingFor
	a.Question = questionInPublic(iv)
	return &a
}
