package httpapi

// Outputs and results themselves.

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"ranvier/events"
)

const passGraph = `{"nodes":[{"id":"a","type":"transform","output":"{{ input }}"},{"id":"b","type":"transform","output":"{{ nodes.a.output }}"}],
	"edges":[{"from":"a","to":"b"}]}`

// passed runs a job that gives its input, and gives its id.
func (w *world) passed(input string) (job string, status *reply) {
	w.t.Helper()
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+passGraph+`,"input":`+input+`}`, "Prefer: wait=60").want(200)
	return a.text("/job_id"), a
}

func TestSmallOutput(t *testing.T) {
	w := newWorld(t)
	job, _ := w.passed(`{"b":1,"a":[1.50]}`)
	for _, path := range []string{"/steps/a/output", "/steps/b/output?visit=1", "/result"} {
		a := w.call("GET", "/v1/jobs/"+job+path, viewerKey, "").want(200)
		if string(a.body) != `{"b":1,"a":[1.50]}` || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s is %s of %s", path, a.body, a.header.Get("Content-Type"))
		}
		tag := `"` + events.HashOf(a.body).String() + `"`
		if a.header.Get("ETag") != tag {
			t.Errorf("ETag %s, want %s", a.header.Get("ETag"), tag)
		}
		if again := w.call("GET", "/v1/jobs/"+job+path, viewerKey, "", "If-None-Match: "+tag).want(304); len(again.body) != 0 {
			t.Errorf("304 with %s", again.body)
		}
	}
	for path, code := range map[string]string{
		"/steps/none/output": codeNotFound, "/steps/a/output?visit=2": codeNotFound, "/steps/a%2F0%2Fb/output": codeNotFound,
		"/steps/a/0/b/output": codeNotFound, "/steps/" + strings.Repeat("x", 5000) + "/output": codeNotFound,
	} {
		w.call("GET", "/v1/jobs/"+job+path, viewerKey, "").want(404, code)
	}
	w.call("GET", "/v1/jobs/"+job+"/steps/a/output?visit=x", viewerKey, "").want(400, codeInvalid)
	w.call("GET", "/v1/jobs/"+job+"/result", otherKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/jobs/"+job+"/steps/a/output", otherKey, "").want(404, codeNotFound)
	waits := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":{"nodes":[{"id":"ask","type":"human","prompt":"?","actions":["yes"]}]}}`, "Prefer: wait=60").want(200).text("/job_id")
	w.call("GET", "/v1/jobs/"+waits+"/result", viewerKey, "").want(409, codeConflict)
	w.call("GET", "/v1/jobs/"+waits+"/steps/ask/output", viewerKey, "").want(404, codeNotFound)
}

// TestOutputInside: nodes inside a map are named by their paths, and so are its
// items.
func TestOutputInside(t *testing.T) {
	w := newWorld(t)
	job := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":{"nodes":[{"id":"m","type":"map","items":"{{ input }}",
		"node":{"id":"x","type":"transform","output":"{{ item * 2 }}"}}]},"input":[1,2,3]}`, "Prefer: wait=60").want(200).text("/job_id")
	for path, want := range map[string]string{"m": "[2,4,6]", "m%2F1%2Fx": "4", "m/1/x": "4", "m%2F2": "6"} {
		if a := w.call("GET", "/v1/jobs/"+job+"/steps/"+path+"/output", viewerKey, "").want(200); string(a.body) != want {
			t.Errorf("%s gave %s, not %s", path, a.body, want)
		}
	}
}

func TestLargeOutput(t *testing.T) {
	w := newWorld(t)
	large := `"` + strings.Repeat("large ", 120_000) + `"` // above inline_limit, below the limit of a body
	job, a := w.passed(large)
	url := "/v1/jobs/" + job + "/result"
	if a.field("/result") != "null" || a.text("/result_url") != url || a.field("/result_bytes") != fmt.Sprint(len(large)) || !strings.HasPrefix(large, a.text("/result_preview")) {
		t.Errorf("the status is %s", a.body)
	}
	if len(a.body) > 8<<10 {
		t.Errorf("the status has %d bytes", len(a.body))
	}
	list := w.call("GET", "/v1/jobs", viewerKey, "").want(200)
	if len(list.body) > 8<<10 || !strings.Contains(string(list.body), url) {
		t.Errorf("the list has %d bytes", len(list.body))
	}
	for _, path := range []string{"/steps/a/output", "/steps/b/output", "/result"} {
		a := w.call("GET", "/v1/jobs/"+job+path, viewerKey, "").want(200)
		if string(a.body) != large || a.header.Get("Content-Length") != fmt.Sprint(len(large)) {
			t.Errorf("%s has %d bytes, %s", path, len(a.body), a.header.Get("Content-Length"))
		}
	}
	audit := w.call("GET", "/v1/jobs/"+job+"/events", viewerKey, "").want(200)
	if want := fmt.Sprintf(`{"sha256":%q,"apart":true,"size":%d}`, events.HashOf([]byte(large)), len(large)); strings.Count(string(audit.body), want) != 3 {
		t.Errorf("the audit log has not three times %s", want)
	}

	stream := string(w.call("GET", "/v1/jobs/"+job+"/stream?after=0", viewerKey, "").want(200).body)
	for _, want := range []string{
		`"output_preview":"\"large large`, `"output_url":"/v1/jobs/` + job + `/steps/a/output?visit=1"`, fmt.Sprintf(`"output_bytes":%d`, len(large)),
		`"result_preview":"\"large large`, `"result_url":"` + url + `"`, fmt.Sprintf(`"result_bytes":%d`, len(large)),
	} {
		if !strings.Contains(stream, want) {
			t.Errorf("the stream does not hold %s", want)
		}
	}
	if len(stream) > 16<<10 {
		t.Errorf("the stream has %d bytes", len(stream))
	}

	part := func(spec string) (int, string, http.Header) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer " + viewerKey}, "Range": {spec}}
		resp, err := w.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b), resp.Header
	}
	if status, b, h := part("bytes=600000-600011"); status != 206 || b != large[600_000:600_012] || h.Get("Content-Range") != fmt.Sprintf("bytes 600000-600011/%d", len(large)) {
		t.Errorf("a part is %d, %s of %s", status, b, h.Get("Content-Range"))
	}
	for _, spec := range []string{"bytes=9000000-", "bytes=5-2", "lines=1-2", "bytes=0-1,5-6", "bytes=-5"} {
		if status, b, _ := part(spec); status != 200 || b != large {
			t.Errorf("a part %q is %d with %d bytes", spec, status, len(b))
		}
	}

	// Another job's data is its own, and a deleted job's is gone.
	other, _ := w.passed(large)
	w.call("DELETE", "/v1/jobs/"+job, adminKey, "").want(204)
	for _, path := range []string{"/steps/a/output", "/result"} {
		w.call("GET", "/v1/jobs/"+job+path, viewerKey, "").want(410, codeGone)
	}
	w.call("GET", "/v1/jobs/"+other+"/result", viewerKey, "").want(200)
	if strings.Contains(string(w.call("GET", "/v1/jobs/"+job+"/events", viewerKey, "").want(200).body), "apart") {
		t.Error("what was erased is said to be stored apart")
	}
}

// TestLargeOutputInPublic: a share shows how large a result is, and no more.
func TestLargeOutputInPublic(t *testing.T) {
	w := newWorld(t)
	job, _ := w.passed(`"` + strings.Repeat("large ", 120_000) + `"`)
	share := w.shareJob(job)
	for _, path := range []string{"/status?t=", "/stream?after=0&t="} {
		a := w.call("GET", "/v1/public/jobs/"+job+path+share.token, "", "").want(200)
		body := string(a.body)
		if !strings.Contains(body, `"result_bytes":720002`) || strings.Contains(body, "large") || strings.Contains(body, "_url") || strings.Contains(body, "preview") {
			t.Errorf("%q shows %s", path, body)
		}
	}
}
