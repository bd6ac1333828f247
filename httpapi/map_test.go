package httpapi

// Maps, over HTTP; engine/job tests what they do.

import (
	"strings"
	"testing"
)

const mapGraph = `{"nodes":[{"id":"m","type":"map","items":"{{ input }}","min_success":1,"node":{"id":"x","type":"transform","output":"{{ 6 / item }}"}}]}`

func TestMapOverHTTP(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+mapGraph+`,"input":[1,0,3]}`, "Prefer: wait=60").want(200)
	id := a.text("/job_id")
	if a.text("/status") != "completed" || !strings.Contains(string(a.body), `"result":[6,{"error":{"code":"EXPRESSION_ERROR",`) ||
		!strings.Contains(string(a.body), `"items":{"total":3,"succeeded":2,"failed":1}`) || strings.Contains(string(a.body), "m/0") {
		t.Errorf("%s", a.body)
	}
	page := w.eventPage(id, "")
	types := map[string]int{}
	for _, e := range page.Events {
		types[e.Type]++
	}
	if types["node.fanned"] != 1 || types["item.succeeded"] != 2 || types["item.failed"] != 1 {
		t.Errorf("%v", types)
	}

	// What failed inside is not for everybody.
	token := w.shareJob(id)
	public := w.call("GET", strings.Replace(token.path(w), "/stream", "/status", 1), "", "").want(200)
	if strings.Contains(string(public.body), "division") || !strings.Contains(string(public.body), `{"error":{"code":"EXPRESSION_ERROR","message":"the step failed"}}`) {
		t.Errorf("%s", public.body)
	}
	if !strings.Contains(string(a.body), "division") {
		t.Errorf("the test looks for what nobody is told: %s", a.body)
	}

	w.call("POST", "/v1/jobs/"+id+"/rerun", operatorKey, `{"from_node":"m/0/x"}`).want(400, codeInvalid)
}

func TestMapInFlightOverHTTP(t *testing.T) {
	w := newWorld(t)
	id := w.start(`{"nodes":[{"id":"m","type":"map","items":[1,2,3],"concurrency":2,"node":{"id":"ask","type":"human","prompt":"Is {{ item }} fine?","actions":["yes"]}}]}`, "null", "Prefer: wait=60")
	status := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200)
	if status.text("/status") != "waiting" || !strings.Contains(string(status.body), `"node_id":"m/0/ask"`) || !strings.Contains(string(status.body), `"node_id":"m/1/ask"`) {
		t.Errorf("%s", status.body)
	}
	x := w.call("GET", "/v1/jobs/"+id+"/explain", viewerKey, "").want(200)
	if x.text("/reasons/0/kind") != "items" || !strings.Contains(x.text("/summary"), "m/0/ask waits for an answer") {
		t.Errorf("%s", x.body)
	}
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(200)
}

func TestMapsAreValidated(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/pathways/validate", operatorKey, `{"pathway_graph":{"nodes":[{"id":"m","type":"map","items":"{{ input }}",
		"graph":{"nodes":[{"id":"x","type":"neuron","neuron":"nobody"},{"id":"y","type":"transform","output":"{{ nodes.z.output }}"}]}}]}}`).want(200)
	for _, path := range []string{`"/nodes/0/graph/nodes/0/neuron"`, `"/nodes/0/graph/nodes/1/output"`} {
		if !strings.Contains(string(a.body), path) {
			t.Errorf("no %s in %s", path, a.body)
		}
	}
}
