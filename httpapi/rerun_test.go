package httpapi

// Running ended jobs again.

import (
	"strings"
	"testing"

	"ranvier/events"
)

// twoSteps fails at its second step as long as the input says so.
const twoSteps = `{"nodes":[{"id":"say","type":"neuron","kind":"echo","config":{},"input":{"message":"Hello, {{ input.name }}"}},
	{"id":"pick","type":"transform","output":"{{ input.list[0] }} {{ nodes.say.output.text }}"}],"edges":[{"from":"say","to":"pick"}]}`

func TestRerun(t *testing.T) {
	w := newWorld(t)
	body := `{"pathway":` + twoSteps + `,"input":{"name":"Ada","list":[]},"labels":{"team":"docs"},"trace_id":"talk","priority":3,"timeout":"1h"}`
	old := w.call("POST", "/v1/jobs", operatorKey, body, "Prefer: wait=30").want(200)
	if old.text("/status") != "failed" || old.field("/rerun_of") != "null" {
		t.Fatalf("%s", old.body)
	}
	path := "/v1/jobs/" + old.text("/job_id") + "/rerun"

	again := w.call("POST", path, operatorKey, "", "Prefer: wait=30").want(200)
	if again.text("/status") != "failed" || again.text("/rerun_of") != old.text("/job_id") || again.text("/job_id") == old.text("/job_id") {
		t.Errorf("%s", again.body)
	}
	for _, pointer := range []string{"/labels", "/trace_id", "/priority", "/failedReason", "/nodes"} {
		if got, want := again.field(pointer), old.field(pointer); got != want {
			t.Errorf("%s is %s, was %s", pointer, got, want)
		}
	}

	part := w.call("POST", path, operatorKey, `{"from_node":"pick","input":{"name":"Bob","list":["Oh:"]}}`, "Prefer: wait=30").want(200)
	if part.text("/status") != "completed" || part.text("/result") != "Oh: Hello, Ada" || part.field("/steps/0/reused") != "true" {
		t.Errorf("%s", part.body)
	}
	types := string(w.call("GET", "/v1/jobs/"+part.text("/job_id")+"/events", viewerKey, "").want(200).body)
	if strings.Count(types, `"node.reused"`) != 1 || strings.Count(types, `"node.started"`) != 1 {
		t.Errorf("%s", types)
	}
	stream := string(w.call("GET", "/v1/jobs/"+part.text("/job_id")+"/stream", viewerKey, "", "Accept: text/event-stream").want(200).body)
	if !strings.Contains(stream, `"type":"node.reused","node":"say"`) || !strings.Contains(stream, `"text":"Hello, Ada"`) {
		t.Errorf("%s", stream)
	}
}

func TestRerunRefusals(t *testing.T) {
	w := newWorld(t)
	open := w.start(longGraph, "null")
	w.call("POST", "/v1/jobs/"+open+"/rerun", operatorKey, "").want(409, codeConflict)
	id := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+echoGraph+`,"input":{"name":"Ada"}}`, "Prefer: wait=30").want(200).text("/job_id")
	path := "/v1/jobs/" + id + "/rerun"
	f := w.call("POST", path, operatorKey, `{"from_node":"nowhere"}`).want(400, codeInvalid).failure()
	if len(f.Details) != 1 || f.Details[0].Path != "/from_node" || !strings.Contains(f.Message, "say") {
		t.Errorf("%+v", f)
	}
	w.call("POST", path, operatorKey, `{"fromNode":"say"}`).want(400, codeInvalid)
	w.call("POST", path, operatorKey, `{"from_node":7}`).want(400, codeInvalid)
	w.call("POST", path+"?x=1", operatorKey, "").want(400, codeInvalid)
	w.call("POST", path, viewerKey, "").want(403, codeForbidden)
	w.call("POST", path, operatorKey, `{"workspace_id":"elsewhere"}`).want(403, codeForbidden)
	foreign := w.call("POST", path, otherKey, "", "X-Request-Id: same").want(404, codeNotFound)
	unknown := w.call("POST", "/v1/jobs/019a1c2e-7f00-7000-8000-000000000000/rerun", otherKey, "", "X-Request-Id: same").want(404, codeNotFound)
	if string(foreign.body) != string(unknown.body) {
		t.Errorf("foreign and unknown differ:\n%s\n%s", foreign.body, unknown.body)
	}
	if last := w.log.Last(events.Jobs); last != 4 { // two commits of each job
		t.Errorf("a refused rerun was stored: the log ends at %d", last)
	}
}

func TestRerunIdempotency(t *testing.T) {
	w := newWorld(t)
	id := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+echoGraph+`,"input":{"name":"Ada"}}`, "Prefer: wait=30").want(200).text("/job_id")
	path := "/v1/jobs/" + id + "/rerun"
	first := w.call("POST", path, operatorKey, "{}", "Idempotency-Key: k").want(202)
	second := w.call("POST", path, operatorKey, "", "Idempotency-Key: k").want(202)
	if first.text("/job_id") != second.text("/job_id") || second.header.Get("Idempotent-Replay") != "true" || first.header.Get("Idempotent-Replay") != "" {
		t.Errorf("%s\n%s", first.body, second.body)
	}
	w.call("POST", path, operatorKey, `{"from_node":"say"}`, "Idempotency-Key: k").want(409, "IDEMPOTENCY_MISMATCH")
	if other := w.call("POST", path, operatorKey, "").want(202); other.text("/job_id") == first.text("/job_id") {
		t.Error("without a key the job is the same")
	}
}
