package httpapi

// Deliveries: one person looks at one question and answers it, without a key.

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/mux"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

// publicQuestion is an intervention as whom it was delivered to sees it.
type publicQuestion struct {
	Prompt    string         `json:"prompt"`
	Actions   []string       `json:"actions"`
	Fields    jsontext.Value `json:"fields"` // JSON Schema, or null
	Required  int            `json:"required"`
	ExpiresAt *events.Time   `json:"expires_at"` // when the token ends, which is not after the question
	Status    string         `json:"status"`
	Answered  bool           `json:"answered"` // by whom it was delivered to
}

// delivery is a question that a share token opens.
type delivery struct {
	share    *catalog.Share
	subject  events.Subject
	question *job.Intervention
}

// responder is in whose name the delivery answers: of the person it names,
// whatever the token, else of the token itself.
func (d *delivery) responder() string {
	if d.share.Responder != "" {
		return "person:" + d.share.Responder
	}
	return byShare + ":" + d.share.ID
}

func (d *delivery) view() *publicQuestion {
	q := d.question
	p := &publicQuestion{
		Prompt: q.Prompt, Actions: q.Actions, Fields: q.Fields, Required: q.Required, ExpiresAt: d.share.ExpiresAt, Status: q.Status,
	}
	for _, given := range q.Responses {
		p.Answered = p.Answered || given.Responder == d.responder()
	}
	return p
}

// delivered lets in who has the token in the path.
func (s *Server) delivered(w http.ResponseWriter, r *http.Request) (*delivery, error) {
	token, err := url.PathUnescape(mux.Vars(r)["token"])
	if err != nil {
		token = "none" // it was tried
	}
	var d *delivery
	err = s.enter(w, r, token, func(share *catalog.Share) (bool, error) {
		if share.Kind != catalog.ShareIntervention {
			return false, nil
		}
		d = &delivery{share: share, subject: events.JobSubject(share.Workspace, share.Job)}
		j, err := s.job(r, d.subject)
		if err != nil {
			return false, err
		}
		d.question = j.Intervention(share.Target)
		return d.question != nil, nil
	})
	if err != nil {
		return nil, err
	}
	return d, noQuery(r)
}

// getDelivery shows the question. It changes nothing: programs that look at
// links before people do must not answer by it.
func (s *Server) getDelivery(w http.ResponseWriter, r *http.Request) error {
	d, err := s.delivered(w, r)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, d.view())
}

// unscoped is part of every body that names no workspace.
type unscoped struct{}

func (unscoped) named() string { return "" }

// deliveryAnswer is the body of POST /v1/public/interventions/{token}/respond.
type deliveryAnswer struct {
	unscoped
	reaction
}

// answerDelivery answers the question, by the same rule as every other route.
func (s *Server) answerDelivery(w http.ResponseWriter, r *http.Request) error {
	d, err := s.delivered(w, r)
	if err != nil {
		return err
	}
	var body deliveryAnswer
	if _, err := s.decode(w, r, required, &body); err != nil {
		return err
	}
	if problems := body.check(); len(problems) > 0 {
		return invalid(problems)
	}
	answer := body.to(d.question.InterventionID, r)
	answer.Responder = d.responder()
	if _, err := s.engine.Do(r.Context(), d.subject, actor(r), answer); err != nil {
		return err
	}
	// The answer is durable: what is shown shall not depend on the views.
	j, err := s.fold(r.Context(), d.subject, func(*events.Commit) bool { return true })
	if err != nil {
		return err
	}
	if d.question = j.Intervention(d.share.Target); d.question == nil {
		return errors.New("a job lost an intervention that was answered")
	}
	return writeJSON(w, http.StatusOK, d.view())
}
