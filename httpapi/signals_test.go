package httpapi

// Signals, over HTTP; engine/job tests who gets them.

import (
	"net/http"
	"strings"
	"testing"

	"ranvier/events"
)

const (
	inbox      = `{"nodes":[{"id":"wait","type":"wait_event","event":["paid","refused"],"timeout":"1h"}],"edges":[]}`
	twoInboxes = `{"nodes":[{"id":"one","type":"wait_event","event":"go"},{"id":"two","type":"wait_event","event":"go"}],"edges":[{"from":"one","to":"two"}]}`
)

func TestSignal(t *testing.T) {
	w := newWorld(t)
	j := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+inbox+`}`, "Prefer: wait=60").want(200)
	if j.text("/status") != "waiting" || j.text("/waitingFor/type") != "event" || j.text("/waitingFor/node_id") != "wait" ||
		j.field("/waitingFor/events") != `["paid","refused"]` || j.text("/waitingFor/expires_at") == "" || j.text("/waits/0/node_id") != "wait" {
		t.Fatalf("%s", j.body)
	}
	path := "/v1/jobs/" + j.text("/job_id")
	if x := w.call("GET", path+"/explain", viewerKey, "").want(200); x.text("/reasons/0/kind") != "event" || !strings.Contains(x.text("/summary"), "paid or refused") {
		t.Errorf("%s", x.body)
	}
	token := w.call("POST", path+"/share", operatorKey, "").want(201).text("/token")
	if p := w.call("GET", "/v1/public"+strings.TrimPrefix(path, "/v1")+"/status?t="+token, "", "").want(200); p.text("/waitingFor/type") != "event" {
		t.Errorf("%s", p.body)
	}
	other := w.call("POST", path+"/signals/late", operatorKey, `1`).want(202)
	if other.text("/status") != "waiting" || other.text("/job_id") != j.text("/job_id") {
		t.Errorf("%s", other.body)
	}
	a := w.call("POST", path+"/signals/paid", operatorKey, `{"amount":5}`, "Idempotency-Key: once").want(202)
	if a.text("/status") != "completed" || a.header.Get("Idempotent-Replay") != "" {
		t.Errorf("%s", a.body)
	}
	again := w.call("POST", path+"/signals/paid", operatorKey, ` {"amount": 5} `, "Idempotency-Key: once").want(202)
	if again.text("/cursor") != a.text("/cursor") || again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%s", again.body)
	}
	w.call("POST", path+"/signals/paid", operatorKey, `{"amount":6}`, "Idempotency-Key: once").want(409, "IDEMPOTENCY_MISMATCH")
	w.call("POST", path+"/signals/refused", operatorKey, `{"amount":5}`, "Idempotency-Key: once").want(409, "IDEMPOTENCY_MISMATCH")
	w.call("POST", path+"/signals/paid", operatorKey, `{"amount":5}`).want(409, codeConflict)

	if j = w.call("GET", path, viewerKey, "").want(200); j.field("/result") != `{"event":"paid","data":{"amount":5}}` || j.field("/waits") != `[]` || j.field("/interventions") != `[]` {
		t.Errorf("%s", j.body)
	}
	listed := string(w.call("GET", path+"/events?type=signal.received&type=signal.taken", viewerKey, "").want(200).body)
	if strings.Count(listed, `"signal.received"`) != 2 || strings.Count(listed, `"signal.taken"`) != 1 {
		t.Errorf("%s", listed)
	}
	stream := string(w.call("GET", path+"/stream", viewerKey, "", "Accept: text/event-stream").want(200).body)
	if !strings.Contains(stream, `"type":"signal.taken","node":"wait"`) || !strings.Contains(stream, `"waitingFor":{"type":"event","events":["paid","refused"],"node_id":"wait"`) {
		t.Errorf("%s", stream)
	}
}

// A signal that comes before anybody waits for it is kept, also while the job
// is pending or paused.
func TestEarlySignal(t *testing.T) {
	w := newWorld(t)
	j := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+twoInboxes+`,"delay":"1h"}`).want(202)
	path := "/v1/jobs/" + j.text("/job_id")
	if a := w.call("POST", path+"/signals/go", operatorKey, `"first"`).want(202); a.text("/status") != "pending" {
		t.Errorf("%s", a.body)
	}
	w.call("POST", path+"/pause", operatorKey, "").want(200)
	if a := w.call("POST", path+"/signals/go", operatorKey, "").want(202); a.text("/status") != "paused" {
		t.Errorf("%s", a.body)
	}
	if j = w.call("POST", path+"/resume", operatorKey, "").want(200); j.text("/status") != "pending" {
		t.Errorf("%s", j.body)
	}

	j = w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+twoInboxes+`}`, "Prefer: wait=60").want(200)
	path = "/v1/jobs/" + j.text("/job_id")
	w.call("POST", path+"/pause", operatorKey, "").want(200)
	w.call("POST", path+"/signals/go", operatorKey, `"first"`).want(202)
	w.call("POST", path+"/signals/go", operatorKey, `"second"`).want(202)
	w.call("POST", path+"/resume", operatorKey, "").want(200)
	if j = w.call("GET", path, viewerKey, "", "Prefer: wait=60").want(200); j.field("/result") != `{"event":"go","data":"second"}` {
		t.Errorf("%s", j.body)
	}
}

func TestSignalRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+inbox+`}`, "Prefer: wait=60").want(200).text("/job_id")
	path := "/v1/jobs/" + id + "/signals/"
	last := w.log.Last(events.Jobs)
	for _, name := range []string{"%20", "a%20b", "%2e%2e", ".a", "a%2Fb", "%00", "%C3%A9", "a;b", "a:b", "$x", strings.Repeat("a", 65), "%ff"} {
		f := w.call("POST", path+name, operatorKey, `1`).want(400, codeInvalid).failure()
		if len(f.Details) != 1 || f.Details[0].Path != "/name" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for _, body := range []string{`{`, `{"a":1,"a":2}`, `1 2`, "\"\xff\"", `nul`, strings.Repeat(`[`, 65) + strings.Repeat(`]`, 65)} {
		w.call("POST", path+"paid", operatorKey, body).want(400, codeInvalid)
	}
	w.call("POST", path+"paid", operatorKey, `"`+strings.Repeat("x", 1<<20)+`"`).want(413, "PAYLOAD_TOO_LARGE")
	w.call("POST", path+"paid?x=1", operatorKey, `1`).want(400, codeInvalid)
	w.call("POST", path+"paid", operatorKey, `1`, "Idempotency-Key: "+strings.Repeat("k", 256)).want(400, codeInvalid)
	w.call("POST", path+"paid", operatorKey, `1`, "Content-Type: text/plain").want(415, "UNSUPPORTED_MEDIA_TYPE")
	w.call("POST", path+"paid", viewerKey, `1`).want(403, codeForbidden)
	w.call("GET", path+"paid", operatorKey, "").want(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
	foreign := w.call("POST", path+"paid", otherKey, `1`, "X-Request-Id: same").want(404, codeNotFound)
	unknown := w.call("POST", "/v1/jobs/019a1c2e-7f00-7000-8000-000000000000/signals/paid", otherKey, `1`, "X-Request-Id: same").want(404, codeNotFound)
	if string(foreign.body) != string(unknown.body) {
		t.Errorf("foreign and unknown differ:\n%s\n%s", foreign.body, unknown.body)
	}
	if now := w.log.Last(events.Jobs); now != last {
		t.Errorf("a refused signal was stored: the log ends at %d, was at %d", now, last)
	}
	w.call("POST", path+"refused", operatorKey, `[null,true,1.50,"x"]`).want(202)
	if j := w.call("GET", "/v1/jobs/"+id, viewerKey, "", "Prefer: wait=60").want(200); j.field("/result/data") != `[null,true,1.50,"x"]` {
		t.Errorf("%s", j.body)
	}
}
