package httpapi

// Tasks of workers, over HTTP; engine and engine/job test who gets them.

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"ranvier/engine"
)

const working = `{"nodes":[{"id":"scan","type":"worker","queue":"ocr","input":{"page":"{{ input.page }}"},"lease":"1h",
	"output_schema":{"type":"object","required":["text"]},"retry":{"max_attempts":2,"initial":"1ms","jitter":false}}],"edges":[]}`

func TestTask(t *testing.T) {
	w := newWorld(t)
	j := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+working+`,"input":{"page":7},"trace_id":"book"}`).want(202)
	path := "/v1/jobs/" + j.text("/job_id")
	a := w.call("POST", "/v1/workers/ocr/lease?wait=1m", operatorKey, `{"worker":"ocr-7","limit":3}`).want(200)
	id := a.text("/tasks/0/task_id")
	if a.field("/tasks/0/input") != `{"page":7}` || a.field("/tasks/0/lease") != "1" || a.text("/tasks/0/trace_id") != "book" ||
		a.text("/tasks/0/idempotency_key") != j.text("/job_id")+"/scan/1" || a.field("/tasks/0/progress") != "null" || a.field("/tasks/0/lease_ms") != "3600000" {
		t.Fatalf("%s", a.body)
	}
	if none := w.call("POST", "/v1/workers/ocr/lease", operatorKey, "").want(200); string(none.body) != `{"tasks":[]}`+"\n" {
		t.Errorf("%s", none.body)
	}
	s := w.call("GET", path, viewerKey, "").want(200)
	if s.text("/status") != "running" || s.text("/steps/0/status") != "waiting" || s.text("/tasks/0/worker") != "ocr-7" || s.text("/tasks/0/status") != "leased" {
		t.Errorf("%s", s.body)
	}
	if x := w.call("GET", path+"/explain", viewerKey, "").want(200); x.text("/reasons/0/kind") != "task" || x.text("/reasons/0/task_id") != id || !strings.Contains(x.text("/summary"), "ocr-7") {
		t.Errorf("%s", x.body)
	}
	task := "/v1/tasks/" + id
	b := w.call("POST", task+"/heartbeat", operatorKey, `{"lease":1}`).want(200)
	if b.text("/expires_at") != a.text("/tasks/0/expires_at") { // it was extended just now
		t.Errorf("%s after %s", b.body, a.body)
	}
	w.call("POST", task+"/heartbeat", operatorKey, `{"lease":2}`).want(409, "LEASE_LOST")
	w.call("POST", task+"/progress", operatorKey, `{"lease":1,"percent":40,"message":"4 of 10","data":{"next":5}}`).want(200)
	s = w.call("GET", path, viewerKey, "").want(200)
	if want := `{"percent":40,"message":"4 of 10","data":{"next":5}}`; s.field("/steps/0/task_progress") != want || s.field("/tasks/0/progress") != want {
		t.Errorf("%s", s.body)
	}
	list := w.call("GET", "/v1/tasks?queue=ocr&status=leased&job_id="+j.text("/job_id"), viewerKey, "").want(200)
	if list.field("/total") != "1" || list.text("/tasks/0/task_id") != id || list.text("/tasks/0/job_id") != j.text("/job_id") {
		t.Errorf("%s", list.body)
	}
	if none := w.call("GET", "/v1/tasks?status=open", viewerKey, "").want(200); none.field("/total") != "0" {
		t.Errorf("%s", none.body)
	}
	if q := w.call("GET", "/v1/workers", viewerKey, "").want(200); q.field("/queues") != `[{"queue":"ocr","open":0,"leased":1,"waiting":0,"oldest":null}]` {
		t.Errorf("%s", q.body)
	}
	if q := w.call("GET", "/v1/workers", otherKey, "").want(200); q.field("/queues") != `[]` {
		t.Errorf("%s", q.body)
	}

	misfit := w.call("POST", task+"/complete", operatorKey, `{"lease":1,"output":{"pages":[1]}}`).want(400, codeInvalid)
	if !strings.HasPrefix(misfit.text("/details/0/path"), "/output") {
		t.Errorf("%s", misfit.body)
	}
	f := `{"lease":1,"message":"no paper","code":"NO_PAPER"}`
	w.call("POST", task+"/fail", operatorKey, f).want(200)
	if again := w.call("POST", task+"/fail", operatorKey, f).want(200); again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%s", again.body)
	}
	w.call("POST", task+"/complete", operatorKey, `{"lease":1,"output":{"text":"x"}}`).want(409, "LEASE_LOST")

	a = w.call("POST", "/v1/workers/ocr/lease?wait=1m", operatorKey, "").want(200)
	if a.field("/tasks/0/attempt") != "2" || a.text("/tasks/0/task_id") == id {
		t.Fatalf("%s", a.body)
	}
	task = "/v1/tasks/" + a.text("/tasks/0/task_id")
	e := w.call("POST", task+"/complete", operatorKey, `{"lease":1,"output":{"text":"Hello"}}`).want(200)
	if again := w.call("POST", task+"/complete", operatorKey, ` {"output": {"text": "Hello"}, "lease": 1}`).want(200); again.header.Get("Idempotent-Replay") != "true" || e.header.Get("Idempotent-Replay") != "" {
		t.Errorf("%s", again.body)
	}
	s = w.call("GET", path, viewerKey, "").want(200)
	if s.text("/status") != "completed" || s.field("/result") != `{"text":"Hello"}` || s.field("/tasks") != "[]" {
		t.Errorf("%s", s.body)
	}
	w.call("POST", task+"/heartbeat", operatorKey, `{"lease":1}`).want(409, "LEASE_LOST")
	stream := string(w.call("GET", path+"/stream", viewerKey, "", "Accept: text/event-stream").want(200).body)
	if !strings.Contains(stream, `"type":"task.progressed","node":"scan","visit":1,"attempt":1,"task_progress":{"percent":40,`) || !strings.Contains(stream, `"type":"task.leased","node":"scan"`) {
		t.Errorf("%s", stream)
	}
	token := w.call("POST", path+"/share", operatorKey, "").want(201).text("/token")
	public := "/v1/public" + strings.TrimPrefix(path, "/v1")
	for _, a := range []*reply{
		w.call("GET", public+"/status?t="+token, "", "").want(200), w.call("GET", public+"/stream?t="+token, "", "", "Accept: text/event-stream").want(200),
	} {
		for _, secret := range []string{"ocr-7", "4 of 10", "no paper", "task_progress"} {
			if strings.Contains(string(a.body), secret) {
				t.Errorf("the public sees %q: %s", secret, a.body)
			}
		}
	}
}

func TestTaskIsRefused(t *testing.T) {
	w := newWorld(t)
	j := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+working+`,"input":{"page":7}}`).want(202).text("/job_id")
	id := w.call("POST", "/v1/workers/ocr/lease?wait=1m", operatorKey, "").want(200).text("/tasks/0/task_id")
	for path, tc := range map[string][]struct{ body, at string }{
		"/v1/workers/a.b/lease":           {{``, "/queue"}},
		"/v1/workers/ocr/lease?wait=61s":  {{``, "/wait"}},
		"/v1/workers/ocr/lease?wait=-1s":  {{``, "/wait"}},
		"/v1/workers/ocr/lease?wait=soon": {{``, "/wait"}},
		"/v1/workers/ocr/lease": {
			{`{"limit":0}`, "/limit"}, {`{"limit":101}`, "/limit"}, {`{"worker":"a\nb"}`, "/worker"}, {`{"workers":1}`, "/workers"},
		},
		"/v1/tasks/" + id + "/heartbeat": {{`{}`, "/lease"}, {`{"lease":0}`, "/lease"}, {`{"lease":1,"output":1}`, "/output"}},
		"/v1/tasks/" + id + "/progress": {
			{`{"lease":1}`, ""}, {`{"lease":1,"percent":101}`, "/percent"}, {`{"lease":1,"message":"` + strings.Repeat("ü", 300) + `"}`, "/message"},
			{`{"lease":1,"data":"` + strings.Repeat("x", 17<<10) + `"}`, "/data"},
		},
		"/v1/tasks/" + id + "/complete": {{`{"output":1}`, "/lease"}},
		"/v1/tasks/" + id + "/fail":     {{`{"lease":1}`, "/message"}, {`{"lease":1,"message":"x","code":"no"}`, "/code"}, {`{"lease":1,"message":"x","retry_after":5}`, "/retry_after"}},
	} {
		for _, c := range tc {
			if a := w.call("POST", path, operatorKey, c.body).want(400, codeInvalid); a.text("/details/0/path") != c.at {
				t.Errorf("%s %s: %s", path, c.body, a.body)
			}
		}
	}
	unknown := w.call("POST", "/v1/tasks/"+j+"_2/heartbeat", operatorKey, `{"lease":1}`, "X-Request-Id: same").want(404, codeNotFound)
	for _, other := range []*reply{
		w.call("POST", "/v1/tasks/nothing/heartbeat", operatorKey, `{"lease":1}`, "X-Request-Id: same").want(404),
		w.call("POST", "/v1/tasks/"+id+"/heartbeat", otherKey, `{"lease":1}`, "X-Request-Id: same").want(404),
	} {
		if string(other.body) != string(unknown.body) {
			t.Errorf("%s, not %s", other.body, unknown.body)
		}
	}
	if a := w.call("POST", "/v1/workers/ocr/lease", otherKey, "").want(200); a.field("/tasks") != "[]" {
		t.Errorf("%s", a.body)
	}
	w.call("POST", "/v1/jobs/"+j+"/cancel", operatorKey, "").want(200)
	w.call("POST", "/v1/tasks/"+id+"/heartbeat", operatorKey, `{"lease":1}`).want(409, "LEASE_LOST")
	w.call("DELETE", "/v1/jobs/"+j, adminKey, "").want(204)
	w.call("POST", "/v1/tasks/"+id+"/heartbeat", operatorKey, `{"lease":1}`).want(410, codeGone)
}

// TestWorkerNeuron: a stored neuron of kind worker, with schemas of both ends.
func TestWorkerNeuron(t *testing.T) {
	w := newWorld(t)
	n := w.call("POST", "/v1/neurons", adminKey, `{"name":"OCR","kind":"worker","config":{"queue":"ocr"},"output_schema":{"type":"string"}}`).want(201).text("/id")
	w.call("POST", "/v1/neurons", adminKey, `{"name":"Bad","kind":"worker","config":{"queue":"o c r"}}`).want(400, codeInvalid)
	j := w.call("POST", "/v1/neurons/"+n+"/invoke", operatorKey, `{"input":{"page":1}}`).want(202).text("/job_id")
	a := w.call("POST", "/v1/workers/ocr/lease?wait=1m", operatorKey, "").want(200)
	if a.field("/tasks/0/input") != `{"page":1}` || a.text("/tasks/0/job_id") != j {
		t.Fatalf("%s", a.body)
	}
	task := "/v1/tasks/" + a.text("/tasks/0/task_id")
	w.call("POST", task+"/complete", operatorKey, `{"lease":1,"output":7}`).want(400, codeInvalid)
	w.call("POST", task+"/complete", operatorKey, `{"lease":1,"output":"seven"}`).want(200)
	if s := w.call("GET", "/v1/jobs/"+j, viewerKey, "").want(200); s.field("/result") != `"seven"` {
		t.Errorf("%s", s.body)
	}
}

// TestLeaseEnds: a request that waits ends with the server, with its key and
// when its client goes away; none of them takes a task along.
func TestLeaseEnds(t *testing.T) {
	w := newWorld(t)
	const key = "operator-key-that-is-revoked"
	w.addKey("default", key, "operator", nil)
	waiting := func(n int) {
		t.Helper()
		for w.engine.Tasks().Waiting != n && t.Context().Err() == nil {
			runtime.Gosched()
		}
	}
	answers := make(chan *reply)
	lease := func(key string) {
		go func() { answers <- w.call("POST", "/v1/workers/q/lease?wait=1m", key, "") }()
	}
	lease(key)
	waiting(1)
	w.revoke("default", key)
	if a := (<-answers).want(200); a.field("/tasks") != "[]" {
		t.Errorf("%s", a.body)
	}
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/v1/workers/q/lease?wait=1m", nil)
		if err != nil {
			t.Error(err)
		}
		r.Header.Set("Authorization", "Bearer "+operatorKey)
		_, err = w.client.Do(r)
		gone <- err
	}()
	waiting(1)
	leave()
	if err := <-gone; err == nil {
		t.Error("a client that went away was answered")
	}
	waiting(0)
	lease(operatorKey)
	waiting(1)
	w.stopServer()
	if a := (<-answers).want(200); a.field("/tasks") != "[]" {
		t.Errorf("%s", a.body)
	}
	if n := w.engine.Tasks(); n != (engine.Tasks{}) {
		t.Errorf("left: %+v", n)
	}
}
