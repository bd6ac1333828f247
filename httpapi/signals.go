package httpapi

// Signals: what somebody tells a job.

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// signalJob tells a job something. The whole body is the signal's data; none
// stands for null.
func (s *Server) signalJob(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	name, err := url.PathUnescape(mux.Vars(r)["name"])
	if err != nil || !pathway.ValidEvent(name) {
		return invalidAt("/name", "the signal's name in the path has 1 to 64 letters, digits, '_', '-' or '.', and does not begin with '.'")
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	data, err := s.readBody(w, r, optional)
	if err != nil {
		return err
	}
	if data == nil {
		data = []byte("null")
	}
	if problems := checkText(data, false); len(problems) > 0 {
		return invalid(problems)
	}
	c := &job.Signal{Name: name, Data: data}
	if key != "" {
		c.Key, c.Request = events.HashOf([]byte(key)), events.HashOf([]byte(name+" "+digest(data).String()))
	}
	_, err = s.engine.Do(r.Context(), subject, actor(r), c)
	var refused *job.Refusal
	switch {
	case errors.As(err, &refused) && refused.Code == job.RefusedExists:
		w.Header().Set("Idempotent-Replay", "true")
	case err != nil:
		return err
	}
	// The signal is durable: the answer shall not depend on the views.
	j, err := s.fold(r.Context(), subject, func(*events.Commit) bool { return true })
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusAccepted, &started{JobID: j.ID, Status: j.Status, Cursor: j.Cursor})
}
