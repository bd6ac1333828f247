package httpapi

// Orders to a job: cancel, pause, resume, the answer to its question, and its
// deletion. Each but the last is answered with the job's status once the order
// is durable.

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

const (
	maxReason  = 500    // bytes
	maxComment = 10_000 // bytes
)

// cancelRequest is the body of POST /v1/jobs/{id}/cancel.
type cancelRequest struct {
	scoped
	Reason string `json:"reason"`
}

func (s *Server) cancelJob(w http.ResponseWriter, r *http.Request) error {
	var body cancelRequest
	return s.order(w, r, optional, &body, func() (job.Command, error) {
		if len(body.Reason) > maxReason {
			return nil, invalidAt("/reason", "this may have at most %d bytes", maxReason)
		}
		return &job.Cancel{Reason: body.Reason}, nil
	})
}

// deleteJob deletes an ended job. It answers when what the job held is erased
// from the log and from the views.
func (s *Server) deleteJob(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	if err := s.engine.Delete(r.Context(), subject, actor(r)); err != nil {
		return err
	}
	if err := s.catchUp(r.Context(), events.Jobs); err != nil { // the views hold some of it too
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) pauseJob(w http.ResponseWriter, r *http.Request) error {
	return s.order(w, r, optional, &scoped{}, func() (job.Command, error) { return &job.Pause{}, nil })
}

// resumeRequest is the body of POST /v1/jobs/{id}/resume.
type resumeRequest struct {
	scoped
	Input *response `json:"input"`
}

func (s *Server) resumeJob(w http.ResponseWriter, r *http.Request) error {
	var body resumeRequest
	return s.order(w, r, optional, &body, func() (job.Command, error) {
		if body.Input == nil {
			return &job.Resume{}, nil
		}
		a, err := body.Input.answer(r)
		return &job.Resume{Answer: a}, err
	})
}

// inputRequest is the body of POST /v1/jobs/{id}/input.
type inputRequest struct {
	scoped
	Input *response `json:"input"`
}

func (s *Server) answerJob(w http.ResponseWriter, r *http.Request) error {
	var body inputRequest
	return s.order(w, r, required, &body, func() (job.Command, error) {
		if body.Input == nil {
			return nil, invalidAt("/input", "an answer is needed: {type, interventionId, action, comment, fields}")
		}
		return body.Input.answer(r)
	})
}

// response is a human's answer to an intervention.
type response struct {
	reaction
	Type           string `json:"type"`
	InterventionID string `json:"interventionId"`
}

// reaction is what a human says to an intervention.
type reaction struct {
	Action  string         `json:"action"`
	Comment string         `json:"comment"`
	Fields  jsontext.Value `json:"fields"`
}

// check tells what is wrong with the form, as pointers from the reaction's own
// place in the body.
func (p *reaction) check() pathway.Problems {
	var problems pathway.Problems
	bad := func(path, message string) {
		problems = append(problems, pathway.Problem{Path: path, Message: message})
	}
	if p.Action == "" {
		bad("/action", "this is needed: the question names the actions that it takes")
	}
	if len(p.Comment) > maxComment {
		bad("/comment", "this may have at most 10000 bytes")
	}
	if given(p.Fields) && p.Fields.Kind() != jsontext.KindBeginObject {
		bad("/fields", "this must be an object")
	}
	return problems
}

// to makes an answer to an intervention, given by the request's key.
func (p *reaction) to(intervention string, r *http.Request) *job.Answer {
	by := actor(r)
	a := &job.Answer{InterventionID: intervention, Action: p.Action, Comment: p.Comment, Responder: by.Kind + ":" + by.ID}
	if given(p.Fields) {
		a.Fields = p.Fields
	}
	return a
}

// answer checks the form of a response; whether it fits the question is the
// job's to say.
func (p *response) answer(r *http.Request) (*job.Answer, error) {
	var problems pathway.Problems
	bad := func(path, message string) {
		problems = append(problems, pathway.Problem{Path: "/input" + path, Message: message})
	}
	if p.Type != "intervention_response" {
		bad("/type", `this must be "intervention_response"`)
	}
	if p.InterventionID == "" {
		bad("/interventionId", "this is needed: it is in the status, below waitingFor")
	}
	if problems = append(problems, p.check().Under("/input")...); len(problems) > 0 {
		return nil, invalid(problems)
	}
	return p.to(p.InterventionID, r), nil
}

// order reads the body, gives the job the command that is made of it, and
// answers with the status afterwards.
func (s *Server) order(w http.ResponseWriter, r *http.Request, n need, body interface{ named() string }, command func() (job.Command, error)) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	if _, err := s.decode(w, r, n, body); err != nil {
		return err
	}
	c, err := command()
	if err != nil {
		return err
	}
	if _, err := s.engine.Do(r.Context(), subject, actor(r), c); err != nil {
		return placed(err)
	}
	// The order is durable: the answer shall not depend on the views.
	j, err := s.fold(r.Context(), subject, func(*events.Commit) bool { return true })
	if err != nil {
		return err
	}
	return writeStatus(w, j)
}

// placed puts the problems of an answer where the answer is in the body.
func placed(err error) error {
	var refused *job.Refusal
	if errors.As(err, &refused) && len(refused.Problems) > 0 {
		return &job.Refusal{Code: refused.Code, Message: refused.Message, Problems: refused.Problems.Under("/input")}
	}
	return err
}
