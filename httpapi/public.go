package httpapi

// What a share token opens of jobs: the status and the stream, as the public
// may see them.

import (
	"net/http"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

// sharedJob lets in who has a share token of the job in the path, or of the
// receptor that started it. A trace_id must be the job's.
func (s *Server) sharedJob(w http.ResponseWriter, r *http.Request) (*job.Job, error) {
	var j *job.Job
	err := s.enter(w, r, queryToken(r), func(share *catalog.Share) (bool, error) {
		id, err := pathID(r)
		switch {
		case err != nil:
			return false, err
		case share.Kind == catalog.ShareJob && share.Target != id, share.Kind == catalog.ShareIntervention:
			return false, nil
		}
		j, err = s.job(r, events.JobSubject(share.Workspace, id))
		if err != nil {
			if share.Kind == catalog.ShareReceptor && failureOf(err).code == codeGone {
				return false, nil // whose it was is not known any more
			}
			return false, err
		}
		for _, trace := range r.URL.Query()["trace_id"] {
			if trace != string(j.TraceID) {
				return false, nil
			}
		}
		return share.Kind == catalog.ShareJob || string(j.ReceptorID) == share.Target, nil
	})
	return j, err
}

// getPublicStatus answers GET /v1/public/jobs/{id}/status.
func (s *Server) getPublicStatus(w http.ResponseWriter, r *http.Request) error {
	j, err := s.sharedJob(w, r)
	if err != nil {
		return err
	}
	q := queryOf(r)
	q.all("t")
	q.all("trace_id")
	if err := q.err(); err != nil {
		return err
	}
	if preferWait(r) > 0 {
		if j, err = s.jobNow(w, r, events.JobSubject(j.Workspace, j.ID)); err != nil {
			return err
		}
	}
	if matches(r.Header.Values("If-None-Match"), etag(j.Cursor)) {
		w.Header().Set("ETag", etag(j.Cursor))
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return showJob(w, r, j)
}

// streamPublic answers GET /v1/public/jobs/{id}/stream.
func (s *Server) streamPublic(w http.ResponseWriter, r *http.Request) error {
	j, err := s.sharedJob(w, r)
	if err != nil {
		return err
	}
	r, release, err := s.hold(r)
	if err != nil {
		return err
	}
	defer release()
	return s.streamJobOf(w, r, events.JobSubject(j.Workspace, j.ID))
}
