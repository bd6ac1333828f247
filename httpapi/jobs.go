package httpapi

// Reading jobs: the status, now and then, and the list.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
	"ranvier/projections"
)

// jobList is one page of jobs.
type jobList struct {
	Jobs   []*job.Job `json:"jobs"`
	Total  int        `json:"total"`
	Limit  int        `json:"limit"`
	Offset int        `json:"offset"`
}

// listJobs answers a page of the workspace's jobs, newest first.
func (s *Server) listJobs(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	f := q.jobs()
	f.CreatedAfter, f.CreatedBefore = q.time("created_after"), q.time("created_before")
	f.Limit, f.Offset = q.page()
	if err := q.err(); err != nil {
		return err
	}
	if err := s.resolveFilter(r, &f); err != nil {
		return err
	}
	if err := s.catchUp(r.Context(), events.Jobs); err != nil {
		return err
	}
	jobs, total, err := s.store.Jobs(r.Context(), workspace(r), f)
	if err != nil {
		return fmt.Errorf("listing jobs: %w", err)
	}
	return writeJSON(w, http.StatusOK, &jobList{Jobs: jobs, Total: total, Limit: f.Limit, Offset: f.Offset})
}

// jobs gives the filters that a list of jobs and the feed have in common.
func (q *query) jobs() projections.JobFilter {
	words := []string{""}
	for _, st := range job.Statuses {
		words = append(words, string(st))
	}
	return projections.JobFilter{
		PathwayID: q.id("pathway_id"), NeuronID: q.id("neuron_id"), ReceptorID: q.id("receptor_id"),
		TraceID: q.line("trace_id", maxLine), ParentID: q.id("parent_id"), Labels: q.labels(), Status: job.Status(q.oneOf("status", words...)),
	}
}

// resolveFilter puts ids in place of the slugs in a filter: jobs know ids only. What
// names nothing now may be the id of something that was deleted.
func (s *Server) resolveFilter(r *http.Request, f *projections.JobFilter) error {
	if f.PathwayID == "" && f.NeuronID == "" && f.ReceptorID == "" {
		return nil
	}
	if err := s.catchUp(r.Context(), events.Catalog); err != nil {
		return err
	}
	return errors.Join(
		resolve(r, &f.PathwayID, s.store.Pathway, func(p *catalog.Pathway) string { return p.ID }),
		resolve(r, &f.NeuronID, s.store.Neuron, func(n *catalog.Neuron) string { return n.ID }),
		resolve(r, &f.ReceptorID, s.store.Receptor, func(c *catalog.Receptor) string { return c.ID }),
	)
}

func resolve[T any](r *http.Request, name *string, find func(ctx context.Context, workspace, idOrSlug string) (*T, error), id func(*T) string) error {
	if *name == "" {
		return nil
	}
	switch found, err := find(r.Context(), workspace(r), *name); {
	case err == nil:
		*name = id(found)
	case !errors.Is(err, projections.ErrNotFound):
		return fmt.Errorf("resolving a filter: %w", err)
	}
	return nil
}

// getStatus answers a job's status: as it is, as it was (at), or as it will be
// once the job has ended or waits (Prefer: wait).
func (s *Server) getStatus(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	q := queryOf(r)
	at := q.text("at")
	if err := q.err(); err != nil {
		return err
	}
	var j *job.Job
	if at != "" {
		j, err = s.jobAt(r, subject, at)
	} else {
		j, err = s.jobNow(w, r, subject)
	}
	if err != nil {
		return err
	}
	if matches(r.Header.Values("If-None-Match"), etag(j.Cursor)) {
		w.Header().Set("ETag", etag(j.Cursor))
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return writeStatus(w, j)
}

// writeStatus answers with a job; its cursor is the ETag.
func writeStatus(w http.ResponseWriter, j *job.Job) error {
	w.Header().Set("ETag", etag(j.Cursor))
	return writeJSON(w, http.StatusOK, j)
}

// job reads a job after all that was durable when this was called.
func (s *Server) job(r *http.Request, subject events.Subject) (*job.Job, error) {
	if err := s.catchUp(r.Context(), events.Jobs); err != nil {
		return nil, err
	}
	j, err := s.store.Job(r.Context(), subject.Workspace, subject.ID)
	if err != nil {
		return nil, found(err, "job")
	}
	if j.Deleted() {
		return nil, job.Gone()
	}
	return j, nil
}

// jobNow is job, held back when the client prefers to wait.
func (s *Server) jobNow(w http.ResponseWriter, r *http.Request, subject events.Subject) (*job.Job, error) {
	j, err := s.job(r, subject)
	seconds := preferWait(r)
	if err != nil || seconds == 0 {
		return j, err
	}
	w.Header().Set("Preference-Applied", fmt.Sprintf("wait=%d", seconds))
	if settled(j) {
		return j, nil
	}
	f := s.follow(subject, events.Cursor{}, false)
	defer f.watcher.stop()
	if later := s.await(r, f, seconds); later != nil {
		return later, nil
	}
	return s.job(r, subject)
}

// jobAt folds a job as it was at a place in the log or at a time.
func (s *Server) jobAt(r *http.Request, subject events.Subject, at string) (*job.Job, error) {
	behind, err := s.placeOf(at)
	if err != nil {
		return nil, err
	}
	return s.fold(r.Context(), subject, behind)
}

// fold folds a job from the log, as far as its commits lie behind a place,
// unless it was deleted since.
func (s *Server) fold(ctx context.Context, subject events.Subject, behind func(*events.Commit) bool) (*job.Job, error) {
	var j job.Job
	exists, beyond := false, false
	for c, err := range s.log.Load(ctx, subject, 0) {
		if err != nil {
			return nil, fmt.Errorf("reading a job's history: %w", err)
		}
		if c.Deletes() { // what it was before is not shown either
			return nil, job.Gone()
		}
		exists = true
		if beyond = beyond || !behind(c); !beyond {
			j.Apply(c)
		}
	}
	switch {
	case !exists:
		return nil, noJob()
	case j.ID == "":
		return nil, invalidAt("/at", "the job did not exist then")
	}
	return &j, nil
}

// placeOf reads a cursor or a time, which must not lie beyond the log, and
// tells which commits lie behind it.
func (s *Server) placeOf(at string) (behind func(*events.Commit) bool, err error) {
	if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
		if t.After(time.Now()) {
			return nil, invalidAt("/at", "this time has not come yet")
		}
		return func(c *events.Commit) bool { return !c.At().After(t) }, nil
	}
	cursor, err := events.ParseCursor(at)
	if err != nil {
		return nil, invalidAt("/at", "this must be a cursor of this log or an RFC 3339 time")
	}
	if err := s.checkCursor("/at", cursor); err != nil {
		return nil, err
	}
	return func(c *events.Commit) bool { return c.Seq <= cursor.Job }, nil
}

// checkCursor refuses a place beyond the log's end.
func (s *Server) checkCursor(path string, c events.Cursor) error {
	if c.Job > s.log.Last(events.Jobs) || c.Token > s.log.LastChunk() {
		return invalidAt(path, "this cursor lies beyond the end of the log: it is from another server or made up")
	}
	return nil
}

// etag is the strong entity tag of what was folded up to a place.
func etag(c events.Cursor) string { return `"` + c.String() + `"` }

// matches tells whether If-None-Match names an entity tag (RFC 9110, section
// 13.1.2): the comparison is weak.
func matches(headers []string, want string) bool {
	for tag := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == want {
			return true
		}
	}
	return false
}
