package httpapi

// Sub-jobs and annotations as clients see them.

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ranvier/events"
)

func TestSubJobs(t *testing.T) {
	w := newWorld(t)
	w.call("POST", "/v1/pathways", adminKey, `{"name":"Sub","slug":"sub","pathway_graph":`+echoGraph+`}`).want(201)
	f := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":{"nodes":[{"id":"call","type":"pathway","pathway":"nothing"}],"edges":[]}}`).want(400, codeInvalid).failure()
	if len(f.Details) != 1 || f.Details[0].Path != "/pathway/nodes/0/pathway" || f.Details[0].Message != `there is no pathway "nothing"` {
		t.Errorf("%+v", f.Details)
	}
	parent := w.call("POST", "/v1/jobs", operatorKey,
		`{"pathway":{"nodes":[{"id":"call","type":"pathway","pathway":"sub"}],"edges":[]},"input":{"name":"Ada"}}`, "Prefer: wait=30").want(200)
	if parent.text("/status") != "completed" || parent.field("/parent") != "null" || parent.field("/usage/model_calls") != "0" {
		t.Fatalf("%s", parent.body)
	}
	child := parent.text("/steps/0/job_id")
	status := w.call("GET", "/v1/jobs/"+child, viewerKey, "").want(200)
	if status.field("/parent") != `{"job_id":"`+parent.text("/job_id")+`","node_id":"call"}` || status.field("/result") != parent.field("/result") {
		t.Errorf("%s", status.body)
	}
	list := w.call("GET", "/v1/jobs?parent_id="+parent.text("/job_id"), viewerKey, "").want(200)
	if list.field("/total") != "1" || list.text("/jobs/0/job_id") != child {
		t.Errorf("%s", list.body)
	}
	if none := w.call("GET", "/v1/jobs?parent_id="+child, viewerKey, "").want(200); none.field("/total") != "0" {
		t.Errorf("%s", none.body)
	}
	if foreign := w.call("GET", "/v1/jobs?parent_id="+parent.text("/job_id"), otherKey, "").want(200); foreign.field("/total") != "0" {
		t.Errorf("%s", foreign.body)
	}
	x := w.call("GET", "/v1/jobs/"+child+"/explain", viewerKey, "").want(200)
	if x.text("/parent/job_id") != parent.text("/job_id") {
		t.Errorf("%s", x.body)
	}
	stream := string(w.call("GET", "/v1/jobs/"+parent.text("/job_id")+"/stream", viewerKey, "", "Accept: text/event-stream").want(200).body)
	if !strings.Contains(stream, `"type":"node.spawned","node":"call","visit":1,"attempt":1`) {
		t.Errorf("%s", stream)
	}
	w.call("DELETE", "/v1/jobs/"+parent.text("/job_id"), adminKey, "").want(204)
	w.call("GET", "/v1/jobs/"+child, viewerKey, "").want(200)
}

// stopped waits until a step was told of after its job's end.
func (w *world) stopped() {
	w.t.Helper()
	for batch, err := range w.log.Tail(w.t.Context(), events.Jobs, 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		for _, c := range batch {
			if _, ok := c.Events[0].Fact.(*events.NodeStopped); ok {
				return
			}
		}
	}
}

// What is said after a job's end is in its events, and nowhere else.
func TestAnnotations(t *testing.T) {
	w := newWorld(t)
	id := w.start(`{"nodes":[{"id":"say","type":"neuron","kind":"echo","config":{"delay_ms":3600000}}],"edges":[]}`, "null")
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(200)
	w.stopped()
	told := w.call("GET", "/v1/jobs/"+id+"/events", viewerKey, "").want(200)
	if strings.Count(string(told.body), `"node.stopped"`) != 1 || !strings.Contains(string(told.body), `"outcome":"stopped"`) {
		t.Errorf("%s", told.body)
	}
	stream := string(w.call("GET", "/v1/jobs/"+id+"/stream", viewerKey, "", "Accept: text/event-stream").want(200).body)
	if strings.Contains(stream, "node.stopped") || strings.Count(stream, `"type":"job.cancelled"`) != 1 {
		t.Errorf("%s", stream)
	}
	end := stream[strings.LastIndex(stream, "id: ")+len("id: "):]
	end, _, _ = strings.Cut(end, "\n")
	w.call("GET", "/v1/jobs/"+id+"/stream", viewerKey, "", "Accept: text/event-stream", "Last-Event-ID: "+end).want(204)
	status := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200)
	if status.text("/cursor") == end {
		t.Errorf("the cursor stays at the end, %s", end)
	}
	w.call("GET", "/v1/jobs/"+id+"/stream", viewerKey, "", "Accept: text/event-stream", "Last-Event-ID: "+status.text("/cursor")).want(204)
	old := w.call("GET", "/v1/jobs/"+id+"?at="+end, viewerKey, "").want(200)
	if old.text("/status") != "failed" || old.text("/cursor") != end || old.field("/steps") != status.field("/steps") {
		t.Errorf("%s", old.body)
	}
	if verified := w.call("GET", "/v1/jobs/"+id+"/events?limit=1000", viewerKey, "").want(200); !strings.Contains(string(verified.body), `"prev_hash"`) {
		t.Errorf("%s", verified.body)
	}
}

// A cancel reaches the call that a sub-job of a sub-job is making.
func TestCancelReachesTheWorld(t *testing.T) {
	w := newWorld(t)
	began, aborted := make(chan struct{}), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		close(aborted)
	}))
	defer upstream.Close()
	w.call("POST", "/v1/pathways", adminKey, `{"name":"Leaf","slug":"leaf","pathway_graph":{"nodes":[{"id":"get","type":"http","url":"`+upstream.URL+`"}],"edges":[]}}`).want(201)
	w.call("POST", "/v1/pathways", adminKey, `{"name":"Sub","slug":"sub","pathway_graph":{"nodes":[{"id":"call","type":"pathway","pathway":"leaf"}],"edges":[]}}`).want(201)
	id := w.start(`{"nodes":[{"id":"call","type":"pathway","pathway":"sub"}],"edges":[]}`, "null")
	<-began
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(200)
	<-aborted
	w.stopped()
	child := w.call("GET", "/v1/jobs?parent_id="+id, viewerKey, "").want(200).text("/jobs/0/job_id")
	leaf := w.call("GET", "/v1/jobs?parent_id="+child, viewerKey, "").want(200)
	if want := "cancelled: its parent job " + child + " was cancelled"; leaf.text("/jobs/0/failedReason") != want {
		t.Errorf("%s", leaf.body)
	}
	for job, stops := range map[string]int{id: 0, child: 0, leaf.text("/jobs/0/job_id"): 1} {
		told := w.call("GET", "/v1/jobs/"+job+"/events", viewerKey, "").want(200)
		if n := strings.Count(string(told.body), `"type":"node.stopped"`); n != stops {
			t.Errorf("%d of %d annotations: %s", n, stops, told.body)
		}
	}
}
