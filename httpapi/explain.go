package httpapi

// Why a job is where it is.

import "net/http"

func (s *Server) explainJob(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	x, err := s.engine.Explain(r.Context(), subject)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, x)
}
