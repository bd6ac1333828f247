package httpapi

// Deleting jobs.

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ranvier/events"
)

const deletable = `{"pathway":{"nodes":[
	{"id":"say","type":"neuron","kind":"echo","config":{},"input":{"message":"Dear {{ input.name }}"}},
	{"id":"ask","type":"human","prompt":"Send it to {{ input.name }}?","actions":["yes"]}],
	"edges":[{"from":"say","to":"ask"}]},"input":{"name":"Canary"},"labels":{"who":"Canary"},"trace_id":"talk"}`

// gone is every route that asks for a job.
func gone(id string) []struct{ method, path, body, accept string } {
	job := "/v1/jobs/" + id
	return []struct{ method, path, body, accept string }{
		{"GET", job, "", ""},
		{"GET", job + "/status", "", ""},
		{"GET", job + "/status?at=1-0", "", ""},
		{"GET", job + "/stream", "", mediaSSE},
		{"GET", job + "/stream?after=1-0", "", mediaSSE},
		{"GET", job + "/explain", "", ""},
		{"POST", job + "/cancel", "", ""},
		{"POST", job + "/pause", "", ""},
		{"POST", job + "/resume", "", ""},
		{"POST", job + "/input", `{"input":{"type":"intervention_response","interventionId":"x","action":"yes"}}`, ""},
		{"POST", job + "/rerun", "", ""},
		{"POST", job + "/share", "", ""},
		{"DELETE", job + "/share", "", ""},
		{"POST", job + "/rerun", `{"from_node":"ask","input":{"name":"Bob"}}`, ""},
		{"DELETE", job, "", ""},
	}
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	started := w.call("POST", "/v1/jobs", operatorKey, deletable, "Prefer: wait=30", "Idempotency-Key: once").want(200)
	id, question := started.text("/job_id"), started.text("/waitingFor/interventionId")
	path := "/v1/jobs/" + id
	if w.call("DELETE", path, adminKey, "").want(409, codeConflict); w.call("GET", path, viewerKey, "").want(200).text("/status") != "waiting" {
		t.Fatal("a refused deletion changed the job")
	}
	w.call("POST", "/v1/interventions/"+question+"/respond", operatorKey, `{"action":"yes","comment":"Canary is fine"}`).want(200)
	before := w.eventPage(id, "")
	token := w.shareJob(id).token
	w.call("GET", publicStatus(id, token), "", "").want(200)

	w.call("DELETE", path, operatorKey, "").want(403, codeForbidden)
	w.call("DELETE", path+"?x=1", adminKey, "").want(400, codeInvalid)
	foreign := w.call("DELETE", path, otherKey, "", "X-Request-Id: same").want(404, codeNotFound)
	unknown := w.call("DELETE", "/v1/jobs/019a1c2e-7f00-7000-8000-000000000000", otherKey, "", "X-Request-Id: same").want(404, codeNotFound)
	if string(foreign.body) != string(unknown.body) {
		t.Errorf("foreign and unknown differ:\n%s\n%s", foreign.body, unknown.body)
	}

	if a := w.call("DELETE", path, adminKey, "").want(204); len(a.body) != 0 {
		t.Errorf("%s", a.body)
	}
	for _, g := range gone(id) {
		a := w.call(g.method, g.path, adminKey, g.body, "Accept: "+g.accept)
		if a.status != 410 || a.failure().Code != codeGone || strings.Contains(string(a.body), "Canary") {
			t.Errorf("%s %s: %d %s", g.method, g.path, a.status, a.body)
		}
		w.call(g.method, g.path, otherKey, g.body, "Accept: "+g.accept).want(404, codeNotFound)
	}
	w.call("GET", publicStatus(id, token), "", "").want(410, codeGone)
	w.call("GET", publicStream(id, token), "", "", "Accept: "+mediaSSE).want(410, codeGone)
	w.call("GET", "/v1/interventions/"+question, viewerKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/interventions/"+question+"/respond", operatorKey, `{"action":"yes"}`).want(404, codeNotFound)
	w.call("GET", "/v1/traces/talk", viewerKey, "").want(404, codeNotFound)
	for _, list := range []string{"/v1/jobs", "/v1/jobs?status=completed", "/v1/jobs?label.who=Canary", "/v1/interventions", "/v1/interventions?status=approved", "/v1/traces"} {
		if a := w.call("GET", list, viewerKey, "").want(200); a.field("/total") != "0" {
			t.Errorf("%s: %s", list, a.body)
		}
	}

	after := w.eventPage(id, "")
	types := after.prove(t)
	if n := len(before.Events); len(types) != n+2 || !slices.Equal(types[n:], []string{"job.deleted", "job.erased"}) || after.Events[n-1].Hash != before.Events[n-1].Hash {
		t.Errorf("the events of the deleted job are %v", types)
	}
	for _, format := range []string{"", mediaNDJSON} {
		if a := w.call("GET", path+"/events", viewerKey, "", "Accept: "+format).want(200); strings.Contains(string(a.body), "Canary") || strings.Contains(string(a.body), `"value"`) {
			t.Errorf("%s", a.body)
		}
	}
	if p := w.eventPage(id, "?after="+after.Events[len(after.Events)-1].Cursor); len(p.Events) != 0 {
		t.Errorf("after the end: %v", p)
	}

	again := w.call("POST", "/v1/jobs", operatorKey, deletable, "Idempotency-Key: once").want(202)
	if again.text("/job_id") != id || again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%s", again.body)
	}
	again = w.call("POST", "/v1/jobs", operatorKey, deletable, "Idempotency-Key: once", "Prefer: wait=30").want(202)
	if again.text("/job_id") != id {
		t.Errorf("%s", again.body)
	}
	w.call("POST", "/v1/jobs", operatorKey, strings.Replace(deletable, "Canary", "Bob", 1), "Idempotency-Key: once").want(409, "IDEMPOTENCY_MISMATCH")
}

// TestDeletedTurns: what was said in a deleted job is said no more, neither to
// people nor to models.
func TestDeletedTurns(t *testing.T) {
	w := newWorld(t)
	w.call("POST", "/v1/neurons", adminKey, `{"name":"Parrot","slug":"parrot","kind":"echo"}`).want(201)
	invoke := func(text string) string {
		return w.call("POST", "/v1/neurons/parrot/invoke", operatorKey, `{"data":{"message":"`+text+`"},"trace_id":"talk"}`, "Prefer: wait=30").want(200).text("/job_id")
	}
	first := invoke("my name is Canary")
	invoke("what is my name?")
	if a := w.call("GET", "/v1/traces/talk/messages", viewerKey, "").want(200); a.field("/total") != "4" || !strings.Contains(string(a.body), "Canary") {
		t.Fatalf("%s", a.body)
	}
	w.call("DELETE", "/v1/jobs/"+first, adminKey, "").want(204)
	if a := w.call("GET", "/v1/traces/talk/messages", viewerKey, "").want(200); a.field("/total") != "2" || strings.Contains(string(a.body), "Canary") {
		t.Errorf("%s", a.body)
	}
	if a := w.call("GET", "/v1/traces/talk", viewerKey, "").want(200); a.field("/job_count") != "1" {
		t.Errorf("%s", a.body)
	}
	earlier, err := w.earlier(t.Context(), "default", "talk", time.Now().Add(time.Hour), 10)
	if err != nil || len(earlier) != 1 {
		t.Errorf("a model is told of %d jobs (%v)", len(earlier), err)
	}
	// The feed of the workspace does not begin with what was erased.
	for c, err := range w.log.LoadWorkspace(t.Context(), "default", 0) {
		if err != nil || c.Erased() || strings.Contains(string(c.Bytes()), "Canary") {
			t.Errorf("the feed has %s (%v)", c.Bytes(), err)
		}
	}
	if got := w.log.Last(events.Jobs); got == 0 {
		t.Error("nothing was stored")
	}
}
