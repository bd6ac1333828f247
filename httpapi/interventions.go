package httpapi

// Interventions as a resource: what is asked in the whole workspace, and the
// answer to it. An answer takes the same way into the job as one that is given
// to the job itself.

import (
	"errors"
	"fmt"
	"net/http"

	"ranvier/engine/job"
	"ranvier/events"
	"ranvier/projections"
)

// interventionList is one page of interventions.
type interventionList struct {
	Interventions []*projections.Intervention `json:"interventions"`
	Total         int                         `json:"total"`
	Limit         int                         `json:"limit"`
	Offset        int                         `json:"offset"`
}

// listInterventions answers a page of the workspace's interventions, newest
// first, or with summary=1 how many there are. Without a status the groups of
// a summary are those of the pending ones: what is asked now, and where.
func (s *Server) listInterventions(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	f := projections.InterventionFilter{JobID: q.id("job_id"), TraceID: q.line("trace_id", maxLine)}
	f.Reminded = q.oneOf("reminded", "", "0", "1")
	f.Status = q.oneOf("status", append([]string{""}, job.InterventionStatuses...)...)
	summary := q.oneOf("summary", "0", "1") == "1"
	if !summary {
		f.Limit, f.Offset = q.page()
	}
	if err := q.err(); err != nil {
		return err
	}
	if err := s.catchUp(r.Context(), events.Jobs); err != nil {
		return err
	}
	if summary {
		if f.Status == "" {
			f.Status = job.InterventionPending
		}
		sum, err := s.store.SummariseInterventions(r.Context(), workspace(r), f)
		if err != nil {
			return fmt.Errorf("counting interventions: %w", err)
		}
		return writeJSON(w, http.StatusOK, sum)
	}
	list, total, err := s.store.Interventions(r.Context(), workspace(r), f)
	if err != nil {
		return fmt.Errorf("listing interventions: %w", err)
	}
	return writeJSON(w, http.StatusOK, &interventionList{Interventions: list, Total: total, Limit: f.Limit, Offset: f.Offset})
}

func (s *Server) getIntervention(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	iv, err := s.intervention(r)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, iv)
}

// respondRequest is the body of POST /v1/interventions/{id}/respond.
type respondRequest struct {
	scoped
	reaction
}

// respond answers an intervention and shows it as it is then.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) error {
	if _, err := pathID(r); err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	var body respondRequest
	if _, err := s.decode(w, r, required, &body); err != nil {
		return err
	}
	if problems := body.check(); len(problems) > 0 {
		return invalid(problems)
	}
	iv, err := s.intervention(r)
	if err != nil {
		return err
	}
	subject := events.JobSubject(iv.Workspace, iv.JobID)
	if _, err := s.engine.Do(r.Context(), subject, actor(r), body.to(iv.InterventionID, r)); err != nil {
		return err
	}
	// The answer is durable: what is shown shall not depend on the views.
	j, err := s.fold(r.Context(), subject, func(*events.Commit) bool { return true })
	if err != nil {
		return err
	}
	if iv = projections.InterventionOf(j, iv.InterventionID); iv == nil {
		return errors.New("a job lost an intervention that was answered")
	}
	return writeJSON(w, http.StatusOK, iv)
}

// intervention reads the intervention in the request's path, after all that was
// durable when this was called.
func (s *Server) intervention(r *http.Request) (*projections.Intervention, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	if err := s.catchUp(r.Context(), events.Jobs); err != nil {
		return nil, err
	}
	iv, err := s.store.Intervention(r.Context(), workspace(r), id)
	if err != nil {
		return nil, found(err, "intervention")
	}
	return iv, nil
}
