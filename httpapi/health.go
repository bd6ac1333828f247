package httpapi

// Whether the process lives, and whether it can do its work.

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"ranvier/events"
)

// readyWait is how long the projections may take to reach what was durable
// when somebody asked.
const readyWait = time.Second

func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, struct {
		Status string `json:"status"`
	}{"ok"})
}

// readiness says whether the server can do its work, and what cannot.
type readiness struct {
	Status string  `json:"status"` // ready or not_ready
	Checks []check `json:"checks"`
}

type check struct {
	Name   string `json:"name"`
	Ready  bool   `json:"ready"`
	Reason string `json:"reason,omitzero"`
}

// getReady asks every part. What it answers is public, so the reasons are in
// words of this file; the rest is in the log.
func (s *Server) getReady(w http.ResponseWriter, r *http.Request) error {
	answer := readiness{Status: "ready"}
	status := http.StatusOK
	report := func(name string, err error, reason string) {
		c := check{Name: name, Ready: err == nil}
		if err != nil {
			c.Reason = reason
			answer.Status, status = "not_ready", http.StatusServiceUnavailable
			s.logger.Debug("not ready", "check", name, "error", err)
		}
		answer.Checks = append(answer.Checks, c)
	}
	report("log", s.log.Health(), "commits cannot be stored now")
	report("engine", s.engine.Ready(), "orders cannot be taken now")
	report("server", s.done.Err(), "it is stopping")
	ctx, cancel := context.WithTimeout(r.Context(), readyWait)
	defer cancel()
	for _, stream := range []events.Stream{events.Catalog, events.Jobs} {
		last := s.log.Last(stream)
		report("views of "+string(stream), s.store.Wait(ctx, stream, last),
			"folded "+strconv.FormatUint(s.store.Folded(stream), 10)+" of "+strconv.FormatUint(last, 10)+" commits")
	}
	if status != http.StatusOK {
		w.Header().Set("Retry-After", strconv.Itoa(retrySeconds))
	}
	return writeJSON(w, status, &answer)
}
