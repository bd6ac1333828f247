package httpapi

// The audit log of a job: its events with their places in the hash chain. Of a
// deleted job it is all that is left: the events with digests only.

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"

	"ranvier/engine/job"
	"ranvier/events"
)

const (
	defaultEvents = 200
	maxEvents     = 1000
)

// auditEvent is an event as auditors are served it. With "data" reduced to the
// digests of its payloads, actor, at, data, n, subject and type are what the
// hash was taken over.
type auditEvent struct {
	N         uint64        `json:"n"`
	Cursor    events.Cursor `json:"cursor"`
	Type      string        `json:"type"`
	At        events.Time   `json:"at"`
	Job       string        `json:"job_id"`
	Workspace string        `json:"workspace_id"`
	Actor     events.Actor  `json:"actor"`
	Data      events.Fact   `json:"data"`
	Prev      events.Hash   `json:"prev_hash"`
	Hash      events.Hash   `json:"hash"`
}

// eventPage is one page of the audit log.
type eventPage struct {
	Events []auditEvent   `json:"events"`
	Next   *events.Cursor `json:"next"` // where the next page begins, nil at the end
}

// eventTypes are the types that a job's history can hold.
var eventTypes = typesOf(
	(*events.JobSubmitted)(nil), (*events.JobStarted)(nil), (*events.JobWaiting)(nil), (*events.JobPaused)(nil),
	(*events.JobResumed)(nil), (*events.JobCompleted)(nil), (*events.JobFailed)(nil), (*events.JobCancelled)(nil),
	(*events.JobDeleted)(nil), (*events.JobErased)(nil),
	(*events.NodeStarted)(nil), (*events.NodeSucceeded)(nil), (*events.NodeFailed)(nil), (*events.NodeRetrying)(nil),
	(*events.NodeSkipped)(nil), (*events.NodeWaiting)(nil), (*events.NodeLooped)(nil), (*events.NodeReused)(nil),
	(*events.NodeCancelled)(nil), (*events.SignalReceived)(nil), (*events.SignalTaken)(nil),
	(*events.InterventionOpened)(nil), (*events.InterventionAnswered)(nil), (*events.InterventionExpired)(nil),
	(*events.InterventionReminded)(nil),
	(*events.NodeFanned)(nil), (*events.ItemSucceeded)(nil), (*events.ItemFailed)(nil), (*events.NodeSpawned)(nil),
	(*events.NodeStopped)(nil), (*events.TaskOpened)(nil), (*events.TaskLeased)(nil), (*events.TaskExtended)(nil),
	(*events.TaskProgressed)(nil), (*events.TaskExpired)(nil), (*events.TurnCompleted)(nil), (*events.ReflexCalled)(nil),
	(*events.ReflexAnswered)(nil),
)

func typesOf(facts ...events.Fact) []string {
	var types []string
	for _, f := range facts {
		types = append(types, f.Type())
	}
	return types
}

// listEvents answers a page of a job's events, oldest first, as one document
// or as lines. A commit is never split: its events share a cursor, and a page
// goes on after a cursor.
func (s *Server) listEvents(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	after, limit, types, err := s.eventQuery(r)
	if err != nil {
		return err
	}
	page, err := s.events(r, subject, after, limit, types)
	if err != nil {
		return err
	}
	if page.Next != nil {
		w.Header().Set("Link", fmt.Sprintf(`</v1/jobs/%s/events?%s>; rel="next"`, subject.ID, nextQuery(r, *page.Next)))
	}
	if about(r).accepted[0] == mediaNDJSON {
		return writeLines(w, page.Events)
	}
	b, err := json.Marshal(page, events.WithValues())
	if err != nil {
		return fmt.Errorf("encoding events: %w", err)
	}
	write(w, http.StatusOK, mediaJSON, append(b, '\n'))
	return nil
}

func (s *Server) eventQuery(r *http.Request) (after events.Cursor, limit int, types []string, err error) {
	q := queryOf(r)
	// An empty after is the beginning, so this is not q.text.
	switch v := q.all("after"); {
	case len(v) > 1:
		q.problem("after", "this parameter may be given once")
	case len(v) == 1:
		if after, err = events.ParseCursor(v[0]); err != nil {
			q.problem("after", "this must be a cursor")
		}
	}
	limit = q.number("limit", defaultEvents, 1, maxEvents)
	types = q.all("type")
	for _, t := range types {
		if !slices.Contains(eventTypes, t) {
			q.problem("type", "%q is no type of event", bounded(t, maxText))
		}
	}
	if err := q.err(); err != nil {
		return after, limit, types, err
	}
	return after, limit, types, s.checkCursor("/after", after)
}

// events reads a page from the log itself.
func (s *Server) events(r *http.Request, subject events.Subject, after events.Cursor, limit int, types []string) (*eventPage, error) {
	page := &eventPage{}
	exists := false
	var last events.Cursor // the last commit on the page
	for c, err := range s.log.Load(r.Context(), subject, after.Job) {
		if err != nil {
			return nil, fmt.Errorf("reading a job's history: %w", err)
		}
		exists = true
		found := auditEvents(c, types)
		if len(found) == 0 {
			continue
		}
		if len(page.Events) > 0 && len(page.Events)+len(found) > limit {
			page.Next = &last
			break
		}
		page.Events, last = append(page.Events, found...), c.Cursor()
	}
	if !exists {
		_, err := s.job(r, subject)
		var refused *job.Refusal
		if err != nil && !(errors.As(err, &refused) && refused.Code == job.RefusedGone) {
			return nil, err
		}
	}
	return page, nil
}

// auditEvents gives the events of a commit that have one of the types, or all
// when there are none.
func auditEvents(c *events.Commit, types []string) []auditEvent {
	var out []auditEvent
	for i := range c.Events {
		e := &c.Events[i]
		if len(types) > 0 && !slices.Contains(types, e.Fact.Type()) {
			continue
		}
		out = append(out, auditEvent{
			N: e.N, Cursor: c.Cursor(), Type: e.Fact.Type(), At: e.At, Job: c.Subject.ID, Workspace: c.Subject.Workspace,
			Actor: e.Actor, Data: e.Fact, Prev: e.Prev, Hash: e.Hash,
		})
	}
	return out
}

func writeLines(w http.ResponseWriter, list []auditEvent) error {
	var b bytes.Buffer
	for i := range list {
		line, err := json.Marshal(&list[i], events.WithValues())
		if err != nil {
			return fmt.Errorf("encoding an event: %w", err)
		}
		b.Write(append(line, '\n'))
	}
	write(w, http.StatusOK, mediaNDJSON, b.Bytes())
	return nil
}

// nextQuery is the request's query with another place to begin after.
func nextQuery(r *http.Request, next events.Cursor) string {
	values := r.URL.Query()
	values.Set("after", next.String())
	return values.Encode()
}
