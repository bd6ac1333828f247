package httpapi

// Explanations, over HTTP; engine/job tests what they say.

import (
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	w := newWorld(t)
	explain := func(id string) *reply {
		t.Helper()
		return w.call("GET", "/v1/jobs/"+id+"/explain", viewerKey, "").want(200)
	}
	id, question := w.waiting()
	status := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200)
	x := explain(id)
	if x.text("/status") != "waiting" || x.text("/cursor") != status.text("/cursor") || x.text("/reasons/0/kind") != "intervention" ||
		x.text("/reasons/0/interventionId") != question || !strings.Contains(x.text("/summary"), question) {
		t.Errorf("%s", x.body)
	}
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, `{"reason":"enough"}`).want(200)
	if x = explain(id); x.text("/reasons/0/kind") != "cancelled" || x.text("/reasons/0/by/id") != keyID(operatorKey) {
		t.Errorf("%s", x.body)
	}

	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+echoGraph+`,"delay":"1h"}`).want(202)
	if x = explain(a.text("/job_id")); x.text("/reasons/0/kind") != "run_at" || x.text("/reasons/0/since") != a.text("/cursor") {
		t.Errorf("%s", x.body)
	}
	w.call("POST", "/v1/jobs/"+a.text("/job_id")+"/pause", operatorKey, "").want(200)
	if x = explain(a.text("/job_id")); x.text("/reasons/0/kind") != "paused" || x.text("/reasons/0/by/kind") != "key" {
		t.Errorf("%s", x.body)
	}

	foreign := w.call("GET", "/v1/jobs/"+id+"/explain", otherKey, "", "X-Request-Id: same").want(404, codeNotFound)
	unknown := w.call("GET", "/v1/jobs/019a1c2e-7f00-7000-8000-000000000000/explain", otherKey, "", "X-Request-Id: same").want(404, codeNotFound)
	if string(foreign.body) != string(unknown.body) {
		t.Errorf("foreign and unknown differ:\n%s\n%s", foreign.body, unknown.body)
	}
	w.call("GET", "/v1/jobs/"+id+"/explain?verbose=1", viewerKey, "").want(400, codeInvalid)
}
