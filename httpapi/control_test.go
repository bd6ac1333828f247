package httpapi

// Orders to jobs, and what they do to the status.

import (
	"strings"
	"testing"

	"ranvier/engine/job"
)

// waiting starts a job that asks a human and gives its id and its question's.
func (w *world) waiting() (id, question string) {
	w.t.Helper()
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+humanGraph+`}`, "Prefer: wait=30").want(200)
	return a.text("/job_id"), a.text("/waitingFor/interventionId")
}

func TestCancel(t *testing.T) {
	w := newWorld(t)
	id := w.start(longGraph, "null")
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, `{"reason":"`+strings.Repeat("x", maxReason+1)+`"}`).want(400, codeInvalid)
	a := w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, `{"reason":"changed my mind"}`).want(200)
	if a.text("/status") != "failed" || a.text("/failedReason") != "cancelled: changed my mind" {
		t.Errorf("%s", a.body)
	}
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(400, job.RefusedFinished)
	w.call("POST", "/v1/jobs/"+id+"/pause", operatorKey, "").want(409, codeConflict)
	w.call("POST", "/v1/jobs/"+id+"/resume", operatorKey, "{}").want(409, job.RefusedNotResumable)
	w.call("POST", "/v1/jobs/019a1c2e-7f00-7000-8000-000000000000/cancel", operatorKey, "").want(404, codeNotFound)
}

func TestPauseAndResume(t *testing.T) {
	w := newWorld(t)
	id := w.start(longGraph, "null")
	if got := w.call("POST", "/v1/jobs/"+id+"/pause", operatorKey, "").want(200).text("/status"); got != "paused" {
		t.Errorf("status is %s", got)
	}
	w.call("POST", "/v1/jobs/"+id+"/pause", operatorKey, "").want(409, codeConflict)
	if got := w.call("POST", "/v1/jobs/"+id+"/resume", operatorKey, "").want(200).text("/status"); got != "running" {
		t.Errorf("status is %s", got)
	}
	w.call("POST", "/v1/jobs/"+id+"/resume", operatorKey, "").want(409, job.RefusedNotResumable)
	w.call("POST", "/v1/jobs/"+id+"/pause", operatorKey, `{"hard":true}`).want(400, codeInvalid)
}

func TestInput(t *testing.T) {
	w := newWorld(t)
	id, question := w.waiting()
	path := "/v1/jobs/" + id + "/input"
	before := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200)
	for name, c := range map[string]struct {
		body  string
		paths string
	}{
		"nothing":            {`{}`, "/input"},
		"empty":              {`{"input":{}}`, "/input/action /input/interventionId /input/type"},
		"wrong intervention": {`{"input":{"type":"intervention_response","interventionId":"nope","action":"approve"}}`, "/input/interventionId"},
		"wrong action":       {`{"input":{"type":"intervention_response","interventionId":"` + question + `","action":"shred"}}`, "/input/action"},
		"wrong fields":       {`{"input":{"type":"intervention_response","interventionId":"` + question + `","action":"approve","fields":{"score":"high"}}}`, "/input/fields/score"},
		"fields no object":   {`{"input":{"type":"intervention_response","interventionId":"` + question + `","action":"approve","fields":[1]}}`, "/input/fields"},
		"unknown field":      {`{"input":{"type":"intervention_response","interventionId":"` + question + `","action":"approve","why":"x"}}`, "/input/why"},
	} {
		t.Run(name, func(t *testing.T) {
			var paths []string
			for _, p := range w.call("POST", path, operatorKey, c.body).want(400, codeInvalid).failure().Details {
				paths = append(paths, p.Path)
			}
			if got := strings.Join(paths, " "); got != c.paths {
				t.Errorf("the problems are at %q, want %q", got, c.paths)
			}
		})
	}
	after := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200)
	if string(before.body) != string(after.body) {
		t.Errorf("a refused answer changed the job:\n%s\n%s", before.body, after.body)
	}

	answer := `{"workspace_id":"default","input":{"type":"intervention_response","interventionId":"` + question + `","action":"approve","comment":"good","fields":{"score":3}}}`
	w.call("POST", path, viewerKey, answer).want(403, codeForbidden)
	w.call("POST", path, otherKey, strings.Replace(answer, "default", "elsewhere", 1)).want(404, codeNotFound)
	a := w.call("POST", path, operatorKey, answer).want(200)
	if a.text("/status") != "completed" || a.text("/interventions/0/status") != "approved" {
		t.Errorf("%s", a.body)
	}
	if got := a.text("/interventions/0/responses/0/responder"); !strings.HasPrefix(got, "key:key-") {
		t.Errorf("the responder is %q", got)
	}
	w.call("POST", path, operatorKey, answer).want(409, job.RefusedAnswered)
}

func TestInputToNobody(t *testing.T) {
	w := newWorld(t)
	id := w.start(longGraph, "null")
	w.call("POST", "/v1/jobs/"+id+"/input", operatorKey, `{"input":{"type":"intervention_response","interventionId":"x","action":"approve"}}`).
		want(409, job.RefusedNotWaiting)
	id, question := w.waiting()
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(200)
	w.call("POST", "/v1/jobs/"+id+"/input", operatorKey, `{"input":{"type":"intervention_response","interventionId":"`+question+`","action":"approve"}}`).
		want(409, job.RefusedNotWaiting)
}

func TestResumeWithAnswer(t *testing.T) {
	w := newWorld(t)
	id, question := w.waiting()
	f := w.call("POST", "/v1/jobs/"+id+"/resume", operatorKey, "").want(409, job.RefusedNotResumable).failure()
	if !strings.Contains(f.Message, question) {
		t.Errorf("the message does not name %s: %s", question, f.Message)
	}
	a := w.call("POST", "/v1/jobs/"+id+"/resume", operatorKey, `{"input":{"type":"intervention_response","interventionId":"`+question+`","action":"reject"}}`).want(200)
	if a.text("/status") != "completed" || a.text("/interventions/0/status") != "rejected" {
		t.Errorf("%s", a.body)
	}
}

func TestResumeByDefault(t *testing.T) {
	w := newWorld(t)
	graph := `{"nodes":[{"id":"ask","type":"human","prompt":"?","actions":["approve","reject"],"default":"reject"}],"edges":[]}`
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+graph+`}`, "Prefer: wait=30").want(200)
	a = w.call("POST", "/v1/jobs/"+a.text("/job_id")+"/resume", operatorKey, "").want(200)
	if a.text("/result/action") != "reject" {
		t.Errorf("%s", a.body)
	}
}
