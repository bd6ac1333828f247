package httpapi

// Running an ended job again.

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
)

// rerunRequest is the body of POST /v1/jobs/{id}/rerun.
type rerunRequest struct {
	scoped
	FromNode string         `json:"from_node"`
	Input    jsontext.Value `json:"input"`
}

func (s *Server) rerunJob(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	var body rerunRequest
	request, err := s.decode(w, r, optional, &body)
	if err != nil {
		return err
	}
	sub := engine.Submission{Workspace: subject.Workspace, Actor: actor(r), RerunOf: subject.ID, FromNode: body.FromNode}
	if given(body.Input) {
		sub.Input = body.Input
	}
	if err := name(r, &sub, "jobs/"+subject.ID+"/rerun", request); err != nil {
		return err
	}
	return s.startJob(w, r, sub)
}
