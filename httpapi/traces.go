package httpapi

// Traces: the jobs that carry the same trace_id, and what was said in them.

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/events"
	"ranvier/projections"
)

// traceList is one page of traces, the one with the newest job first.
type traceList struct {
	Traces []projections.Trace `json:"traces"`
	Total  int                 `json:"total"`
	Limit  int                 `json:"limit"`
	Offset int                 `json:"offset"`
}

// traceJobs is a trace with one page of its jobs, newest first.
type traceJobs struct {
	projections.Trace
	Jobs   []*job.Job `json:"jobs"`
	Total  int        `json:"total"`
	Limit  int        `json:"limit"`
	Offset int        `json:"offset"`
}

// messageList is one page of what was said in a trace, oldest first.
type messageList struct {
	Messages []message `json:"messages"`
	Total    int       `json:"total"`
	Limit    int       `json:"limit"`
	Offset   int       `json:"offset"`
}

// message is one thing said in a trace.
type message struct {
	Role    nodes.Role  `json:"role"`
	Content string      `json:"content"`
	JobID   string      `json:"job_id"`
	At      events.Time `json:"at"`
}

func (s *Server) listTraces(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	limit, offset := q.page()
	if err := q.err(); err != nil {
		return err
	}
	if err := s.catchUp(r.Context(), events.Jobs); err != nil {
		return err
	}
	list, total, err := s.store.Traces(r.Context(), workspace(r), limit, offset)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, &traceList{Traces: list, Total: total, Limit: limit, Offset: offset})
}

func (s *Server) getTrace(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	limit, offset := q.page()
	t, err := s.traceInPath(r, q)
	if err != nil {
		return err
	}
	jobs, total, err := s.store.Jobs(r.Context(), workspace(r), projections.JobFilter{TraceID: t.ID, Limit: limit, Offset: offset})
	if err != nil {
		return fmt.Errorf("listing the jobs of a trace: %w", err)
	}
	return writeJSON(w, http.StatusOK, &traceJobs{Trace: *t, Jobs: jobs, Total: total, Limit: limit, Offset: offset})
}

// listMessages answers what was said in the trace's invocations of neurons.
// Where a page begins depends on all that stands before it, so every job of
// the trace is looked at; the inputs and outputs are read of those on the page.
func (s *Server) listMessages(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	limit, offset := q.page()
	t, err := s.traceInPath(r, q)
	if err != nil {
		return err
	}
	jobs, _, err := s.store.Jobs(r.Context(), workspace(r), projections.JobFilter{TraceID: t.ID})
	if err != nil {
		return fmt.Errorf("listing the jobs of a trace: %w", err)
	}
	page := messageList{Limit: limit, Offset: offset}
	for i := len(jobs) - 1; i >= 0; i-- { // the oldest first
		turn := parts(jobs[i])
		first := page.Total
		page.Total += turn
		if page.Total <= offset || first >= offset+limit {
			continue
		}
		said, err := s.messages(r, jobs[i])
		if err != nil {
			return err
		}
		from, to := max(offset-first, 0), min(offset+limit-first, turn)
		page.Messages = append(page.Messages, said[from:to]...)
	}
	return writeJSON(w, http.StatusOK, &page)
}

// parts is how many messages a job has.
func parts(j *job.Job) int {
	switch {
	case j.NeuronID == "":
		return 0
	case j.Status == job.Completed:
		return 2
	}
	return 1
}

// messages gives what was said in a job: as many as it has parts. What was
// erased is empty.
func (s *Server) messages(r *http.Request, j *job.Job) ([]message, error) {
	turn, err := s.engine.Turn(r.Context(), j)
	if err != nil {
		return nil, fmt.Errorf("reading a turn: %w", err)
	}
	said := []message{{Role: nodes.User, JobID: j.ID, At: j.CreatedAt}}
	if parts(j) == 2 {
		said = append(said, message{Role: nodes.Assistant, JobID: j.ID, At: *j.FinishedAt})
	}
	for i, m := range turn {
		said[i].Content = m.Content
	}
	return said, nil
}

// traceInPath finds the trace in the path, after all that is durable now. The
// query is refused first when it does not fit.
func (s *Server) traceInPath(r *http.Request, q *query) (*projections.Trace, error) {
	if err := q.err(); err != nil {
		return nil, err
	}
	id, err := url.PathUnescape(mux.Vars(r)["id"])
	if err != nil || id == "" || !isLine(id, maxLine) {
		return nil, fail(codeNotFound, "there is no such trace")
	}
	if err := s.catchUp(r.Context(), events.Jobs); err != nil {
		return nil, err
	}
	t, err := s.store.Trace(r.Context(), workspace(r), id)
	if err != nil {
		return nil, found(err, "trace")
	}
	return t, nil
}
