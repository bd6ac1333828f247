package httpapi

// One workspace: its limits, its quotas and what it uses.

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

// namedWorld is a world whose default workspace was made as every one is.
func namedWorld(t *testing.T) *world {
	w := newWorld(t)
	w.catalogFact("default", &events.WorkspaceCreated{Name: "default"})
	w.bootstrap()
	return w
}

func TestWorkspaceSettings(t *testing.T) {
	w := namedWorld(t)
	const path = "/v1/workspaces/default"
	a := w.call("GET", path, viewerKey, "").want(200)
	if a.text("/id") != "default" || a.field("/settings/concurrency_limits") != "{}" || a.field("/quotas/open_jobs") != "null" ||
		a.field("/usage/open_jobs") != "0" || a.field("/usage/event_bytes") != "0" {
		t.Errorf("%s", a.body)
	}
	w.call("PATCH", path, operatorKey, `{"name":"x"}`).want(403, codeForbidden)
	a = w.call("PATCH", path, adminKey, `{"name":"Nerves","settings":{"concurrency_limits":{"db":1,"a/b":7}}}`).want(200)
	if a.text("/name") != "Nerves" || a.field("/settings/concurrency_limits/db") != "1" || !strings.Contains(a.field("/settings/concurrency_limits"), `"a/b":7`) {
		t.Errorf("%s", a.body)
	}
	w.call("PATCH", path, adminKey, `{"settings":{"quotas":{"open_jobs":5}}}`).want(403, codeForbidden)
	a = w.call("PATCH", path, rootKey, `{"settings":{"quotas":{"open_jobs":3,"event_bytes":1000000,"streams":null}}}`).want(200)
	if a.field("/settings/quotas/open_jobs") != "3" || a.field("/quotas/event_bytes") != "1000000" || a.field("/quotas/streams") != "null" ||
		a.field("/settings/concurrency_limits/db") != "1" {
		t.Errorf("what was not given has changed: %s", a.body)
	}
	again := w.call("PATCH", path, adminKey, `{}`).want(200)
	if d := cmp.Diff(string(a.body), string(again.body)); d != "" {
		t.Errorf("nothing was asked for (-before +after):\n%s", d)
	}

	first := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`,"concurrency_key":"db"}`).want(202).text("/job_id")
	second := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`,"concurrency_key":"db","priority":9}`).want(202).text("/job_id")
	if x := w.call("GET", "/v1/jobs/"+second+"/explain", viewerKey, "").want(200); x.text("/reasons/0/kind") != "concurrency" ||
		x.text("/reasons/0/jobs/0") != first || x.field("/reasons/0/limit") != "1" {
		t.Errorf("%s", x.body)
	}
	w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`, "Idempotency-Key: third").want(202)
	refused := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`).want(429, codeRateLimit)
	if refused.header.Get("Retry-After") == "" || refused.field("/retryAfter") != refused.header.Get("Retry-After") || !strings.Contains(refused.text("/message"), "open_jobs") {
		t.Errorf("%v %s", refused.header, refused.body)
	}
	w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`, "Idempotency-Key: third").want(202)
	u := w.call("GET", path, rootKey, "").want(200)
	if u.field("/usage/open_jobs") != "3" || u.field("/usage/events") == "0" || u.field("/usage/event_bytes") == "0" {
		t.Errorf("%s", u.body)
	}
	w.call("POST", "/v1/jobs/"+first+"/cancel", operatorKey, "").want(200)
	w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`).want(202)

	// All problems at once, each with its place.
	bad := w.call("PATCH", path, rootKey, `{"name":"","settings":{"concurrency_limits":{"a/b":0,"c":1.5,"d":"1","e":1000001},"quotas":{"open_jobs":-1,"streams":"x","more":1}},"other":1}`).want(400, codeInvalid)
	for _, at := range []string{
		"/name", "/settings/concurrency_limits/a~1b", "/settings/concurrency_limits/c", "/settings/concurrency_limits/d",
		"/settings/concurrency_limits/e", "/settings/quotas/open_jobs", "/settings/quotas/streams", "/settings/quotas/more", "/other",
	} {
		if !strings.Contains(string(bad.body), `"path":"`+at+`"`) {
			t.Errorf("%s is not named: %s", at, bad.body)
		}
	}
	w.call("PATCH", path, adminKey, `{"settings":[]}`).want(400, codeInvalid)
	for _, limits := range []string{`{"":1}`, `{"a\nb":1}`, `{"` + strings.Repeat("k", 129) + `":1}`, `[]`, manyLimits(1001)} {
		w.call("PATCH", path, adminKey, `{"settings":{"concurrency_limits":`+limits+`}}`).want(400, codeInvalid)
	}
	w.call("PATCH", path, adminKey, `{"settings":{"concurrency_limits":`+manyLimits(1000)+`}}`).want(200)
	foreign := w.call("PATCH", path, otherKey, `{"name":"mine"}`, "X-Request-Id: same").want(404, codeNotFound)
	unknown := w.call("PATCH", "/v1/workspaces/none", otherKey, `{"name":"mine"}`, "X-Request-Id: same").want(404, codeNotFound)
	if string(foreign.body) != string(unknown.body) {
		t.Errorf("%s\n%s", foreign.body, unknown.body)
	}
}

// manyLimits are the limits of so many keys.
func manyLimits(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"k%d":%d`, i, i+1)
	}
	return "{" + strings.Join(all, ",") + "}"
}

func TestQuotaOfEventBytes(t *testing.T) {
	w := namedWorld(t)
	w.call("PATCH", "/v1/workspaces/default", rootKey, `{"settings":{"quotas":{"event_bytes":2000}}}`).want(200)
	made := 0
	for ; made < 100; made++ {
		a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+echoGraph+`}`, "Prefer: wait=60")
		if a.status == http.StatusTooManyRequests {
			if !strings.Contains(a.text("/message"), "event_bytes") {
				t.Errorf("%s", a.body)
			}
			break
		}
		a.want(200)
	}
	if made == 0 || made == 100 {
		t.Errorf("%d jobs were made", made)
	}
}

func TestQuotaOfStreams(t *testing.T) {
	w := namedWorld(t)
	w.call("PATCH", "/v1/workspaces/default", rootKey, `{"settings":{"quotas":{"streams":2}}}`).want(200)
	id := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`).want(202).text("/job_id")
	open := func() *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/v1/jobs/"+id+"/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+viewerKey)
		resp, err := w.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	var all sync.WaitGroup
	status := make(chan int, 10)
	bodies := make(chan *http.Response, 10)
	for range 10 {
		all.Go(func() {
			resp := open()
			status <- resp.StatusCode
			bodies <- resp
		})
	}
	all.Wait()
	close(status)
	close(bodies)
	counts := map[int]int{}
	for code := range status {
		counts[code]++
	}
	if counts[200] != 2 || counts[429] != 8 {
		t.Errorf("answers %v", counts)
	}
	if got := w.call("GET", "/v1/workspaces/default", viewerKey, "").want(200).field("/usage/streams"); got != "2" {
		t.Errorf("%s streams are open", got)
	}
	for resp := range bodies {
		_ = resp.Body.Close()
	}
	for { // the server sees them end
		resp := open()
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			break
		}
	}
}

func TestEndpointLimits(t *testing.T) {
	w := namedWorld(t)
	const given = `{"10.0.0.7:11434":{"concurrency":1,"per_minute":null,"burst":null},"api.example.com":{"concurrency":null,"per_minute":60,"burst":5}}`
	a := w.call("PATCH", "/v1/workspaces/default", adminKey, `{"settings":{"endpoint_limits":{"api.example.com":{"per_minute":60,"burst":5},"10.0.0.7:11434":{"concurrency":1,"burst":null}}}}`).want(200)
	if got := a.field("/settings/endpoint_limits"); got != given {
		t.Errorf("the limits are %s", got)
	}
	w.call("PATCH", "/v1/workspaces/default", adminKey, `{"settings":{"concurrency_limits":{"crm":4}}}`).want(200)
	if got := w.call("GET", "/v1/workspaces/default", viewerKey, "").want(200).field("/settings/endpoint_limits"); got != given {
		t.Errorf("after a change of other limits they are %s", got)
	}
	for body, path := range map[string]string{
		`{"https://api.example.com":{"concurrency":1}}`: "/settings/endpoint_limits/https:~1~1api.example.com",
		`{"API.example.com":{"concurrency":1}}`:         "/settings/endpoint_limits/API.example.com",
		`{"a.example/v1":{"concurrency":1}}`:            "/settings/endpoint_limits/a.example~1v1",
		`{"me@a.example":{"concurrency":1}}`:            "/settings/endpoint_limits/me@a.example",
		`{"":{"concurrency":1}}`:                        "/settings/endpoint_limits/",
		`{"a.example":{}}`:                              "/settings/endpoint_limits/a.example",
		`{"a.example":{"burst":2,"concurrency":1}}`:     "/settings/endpoint_limits/a.example/burst",
		`{"a.example":{"concurrency":0}}`:               "/settings/endpoint_limits/a.example/concurrency",
		`{"a.example":{"per_minute":1.5}}`:              "/settings/endpoint_limits/a.example/per_minute",
		`{"a.example":{"perMinute":1}}`:                 "/settings/endpoint_limits/a.example/perMinute",
		`{"a.example":4}`:                               "/settings/endpoint_limits/a.example",
		`[]`:                                            "/settings/endpoint_limits",
	} {
		a := w.call("PATCH", "/v1/workspaces/default", adminKey, `{"settings":{"endpoint_limits":`+body+`}}`).want(400, codeInvalid)
		if got := a.text("/details/0/path"); got != path {
			t.Errorf("%s: the problem is at %q, want %q: %s", body, got, path, a.body)
		}
	}
	if got := w.call("PATCH", "/v1/workspaces/default", adminKey, `{"settings":{"endpoint_limits":{}}}`).want(200).field("/settings/endpoint_limits"); got != "{}" {
		t.Errorf("without limits they are %s", got)
	}
}
