package httpapi

// Neurons and pathways: stored, listed, run, deleted.

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNeurons(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/neurons", adminKey, `{"name":"Writer One","kind":"echo","config":{"delay_ms":1}}`).want(201)
	id := a.text("/id")
	if a.header.Get("Location") != "/v1/neurons/"+id || a.text("/slug") != "writer-one" || a.field("/version") != "1" || a.field("/is_active") != "true" {
		t.Errorf("%v %s", a.header, a.body)
	}
	for _, name := range []string{id, "writer-one"} {
		if got := w.call("GET", "/v1/neurons/"+name, viewerKey, "").want(200); string(got.body) != string(a.body) {
			t.Errorf("%s is %s, want %s", name, got.body, a.body)
		}
	}
	w.call("POST", "/v1/neurons", adminKey, `{"name":"x","slug":"writer-one","kind":"echo"}`).want(409, codeConflict)

	b := w.call("PUT", "/v1/neurons/writer-one", adminKey, `{"name":"Second","slug":"second","kind":"echo","is_active":false}`).want(200)
	if b.text("/id") != id || b.field("/version") != "2" || b.text("/slug") != "second" || b.field("/config") != "{}" || b.text("/created_at") != a.text("/created_at") {
		t.Errorf("%s", b.body)
	}
	w.call("GET", "/v1/neurons/writer-one", viewerKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/neurons/second/invoke", operatorKey, `{"message":"hi"}`).want(409, codeConflict)
	w.call("PUT", "/v1/neurons/none", adminKey, `{"name":"x","kind":"echo"}`).want(404, codeNotFound)

	if got := strings.TrimSpace(string(w.call("DELETE", "/v1/neurons/second", adminKey, "").want(200).body)); got != `{"success":true}` {
		t.Errorf("deletion is answered with %s", got)
	}
	w.call("GET", "/v1/neurons/"+id, viewerKey, "").want(404, codeNotFound)
	w.call("DELETE", "/v1/neurons/"+id, adminKey, "").want(404, codeNotFound)
}

func TestBadDefinitions(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct{ route, body, paths string }{
		"neuron, nothing":     {"neurons", `{}`, "/kind /name"},
		"neuron, slug":        {"neurons", `{"name":"x","kind":"echo","slug":"a.b"}`, "/slug"},
		"neuron, reserved":    {"neurons", `{"name":"x","kind":"echo","slug":"versions"}`, "/slug"},
		"neuron, kind":        {"neurons", `{"name":"x","kind":"magic"}`, "/kind"},
		"neuron, config":      {"neurons", `{"name":"x","kind":"echo","config":{"delay":1}}`, "/config/delay"},
		"neuron, config type": {"neurons", `{"name":"x","kind":"echo","config":[]}`, "/config"},
		"neuron, schema":      {"neurons", `{"name":"x","kind":"echo","input_schema":{"type":"nonsense"}}`, "/input_schema"},
		"neuron, all":         {"neurons", `{"slug":"*","kind":"echo","config":{"delay":1},"input_schema":{"type":"nonsense"}}`, "/config/delay /input_schema /name /slug"},
		"neuron, name":        {"neurons", `{"name":"a\u0000b","kind":"echo"}`, "/name"},
		"pathway, nothing":    {"pathways", `{}`, "/name /pathway_graph"},
		"pathway, all":        {"pathways", `{"slug":"*","pathway_graph":{"nodes":[{"id":"a","type":"zap"}],"edges":[]}}`, "/name /pathway_graph/nodes/0/type /slug"},
	} {
		t.Run(name, func(t *testing.T) {
			var paths []string
			for _, p := range w.call("POST", "/v1/"+c.route, adminKey, c.body).want(400, codeInvalid).failure().Details {
				paths = append(paths, p.Path)
			}
			if got := strings.Join(paths, " "); got != c.paths {
				t.Errorf("the problems are at %q, want %q", got, c.paths)
			}
		})
	}
}

func TestPathways(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/pathways", adminKey, `{"name":"Greet","pathway_graph":`+echoGraph+`,"pathway_data":{"x":[1]},"description":"says hello"}`).want(201)
	id := a.text("/id")
	if got := a.field("/pathway_data"); got != `{"x":[1]}` {
		t.Errorf("pathway_data is %s", got)
	}
	b := w.call("POST", "/v1/pathways/greet/execute", operatorKey, `{"input":{"name":"Bob"}}`, "Prefer: wait=30").want(200)
	if b.text("/result/text") != "Hello, Bob" || b.text("/pathway_id") != id || b.field("/pathway_version") != "1" {
		t.Errorf("%s", b.body)
	}
	w.call("POST", "/v1/jobs", operatorKey, `{"pathway_id":"greet","input":{"name":"Eve"}}`).want(202)
	w.call("PUT", "/v1/pathways/"+id, adminKey, `{"name":"Rest","pathway_graph":`+longGraph+`}`).want(200)
	c := w.call("POST", "/v1/pathways/"+id+"/execute", operatorKey, "").want(202)
	if s := w.call("GET", c.header.Get("Location"), viewerKey, "").want(200); s.field("/pathway_version") != "2" {
		t.Errorf("%s", s.body)
	}
	if got := w.call("GET", "/v1/jobs?pathway_id="+id, viewerKey, "").want(200).field("/total"); got != "3" {
		t.Errorf("%s jobs of the pathway, want 3", got)
	}
	for key, want := range map[string]string{viewerKey: "3", otherKey: "0"} {
		if got := w.call("GET", "/v1/jobs?pathway_id=greet", key, "").want(200).field("/total"); got != want {
			t.Errorf("%s jobs of the pathway by its slug, want %s", got, want)
		}
	}
	w.call("GET", "/v1/pathways/"+id, otherKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/pathways/"+id+"/execute", otherKey, "").want(404, codeNotFound)
	w.call("DELETE", "/v1/pathways/"+id, adminKey, "").want(200)
	w.call("POST", "/v1/pathways/greet/execute", operatorKey, "").want(404, codeNotFound)
}

// TestReplayOutlivesDefinition proves that a key's job is found again after
// what it ran was deleted.
func TestReplayOutlivesDefinition(t *testing.T) {
	w := newWorld(t)
	w.call("POST", "/v1/pathways", adminKey, `{"name":"Greet","pathway_graph":`+longGraph+`}`).want(201)
	a := w.call("POST", "/v1/pathways/greet/execute", operatorKey, "", "Idempotency-Key: once").want(202)
	w.call("DELETE", "/v1/pathways/greet", adminKey, "").want(200)
	b := w.call("POST", "/v1/pathways/greet/execute", operatorKey, "{}", "Idempotency-Key: once").want(202)
	if a.text("/job_id") != b.text("/job_id") {
		t.Errorf("%s is no replay of %s", b.body, a.body)
	}
}

func TestValidate(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/pathways/validate", viewerKey, `{"pathway_graph":`+echoGraph+`}`).want(200)
	if got := strings.TrimSpace(string(a.body)); got != `{"valid":true,"problems":[]}` {
		t.Errorf("%s", got)
	}
	a = w.call("POST", "/v1/pathways/validate", viewerKey, `{"pathway_graph":{"nodes":[{"id":"a","type":"zap"}],"edges":[{"from":"a","to":"b"}]}}`).want(200)
	var v validity
	a.into(&v)
	if v.Valid || len(v.Problems) < 2 {
		t.Errorf("%s", a.body)
	}
	w.call("POST", "/v1/pathways/validate", viewerKey, `{}`).want(400, codeInvalid)
}

func TestListDefinitions(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"beta", "Alpha", "gamma"} {
		w.call("POST", "/v1/neurons", adminKey, fmt.Sprintf(`{"name":%q,"kind":"echo","description":"the %s one"}`, name, name)).want(201)
		w.call("POST", "/v1/pathways", adminKey, fmt.Sprintf(`{"name":%q,"pathway_graph":%s}`, name, longGraph)).want(201)
	}
	for query, want := range map[string]string{
		"":                                 "gamma Alpha beta",
		"?sortDirection=asc":               "beta Alpha gamma",
		"?sortBy=name&sortDirection=desc":  "gamma beta Alpha",
		"?sortBy=name&sortDirection=asc":   "Alpha beta gamma",
		"?search=ALPHA":                    "Alpha",
		"?search=a&limit=1&offset=1":       "Alpha",
		"?sortBy=updated_at&search=nobody": "",
	} {
		for _, kind := range []string{"neurons", "pathways"} {
			t.Run(kind+query, func(t *testing.T) {
				var page map[string]any
				w.call("GET", "/v1/"+kind+query, viewerKey, "").want(200).into(&page)
				var names []string
				for _, d := range page[kind].([]any) {
					names = append(names, d.(map[string]any)["name"].(string))
				}
				if d := cmp.Diff(want, strings.Join(names, " ")); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
			})
		}
	}
	for _, query := range []string{"sortBy=age", "sortDirection=up", "search=", "search=" + strings.Repeat("x", 201), "limit=0", "kind=echo"} {
		w.call("GET", "/v1/neurons?"+query, viewerKey, "").want(400, codeInvalid)
	}
}

func TestInvoke(t *testing.T) {
	w := newWorld(t)
	w.call("POST", "/v1/neurons", adminKey, `{"name":"echo","kind":"echo"}`).want(201)
	const path = "/v1/neurons/echo/invoke"
	for body, want := range map[string]string{
		`{"message":"hi"}`:                        `{"text":"hi"}`,
		`{"input":{"message":"there"}}`:           `{"text":"there"}`,
		`{"data":{"message":"you"},"input":null}`: `{"text":"you"}`,
	} {
		if got := w.call("POST", path, operatorKey, body, "Prefer: wait=30").want(200).field("/result"); got != want {
			t.Errorf("%s gives %s, want %s", body, got, want)
		}
	}
	for _, body := range []string{`{}`, `{"message":"a","input":1}`, `{"input":1,"data":1}`, `{"message":1}`, `{"message":"a","neuron_task_options":{"x":1}}`} {
		w.call("POST", path, operatorKey, body).want(400, codeInvalid)
	}
	a := w.call("POST", path, operatorKey, `{"message":"hi","trace_id":"t","neuron_task_options":{"trace_type":"chat"}}`, "Prefer: wait=30").want(200)
	if a.field("/labels") != `{"trace_type":"chat"}` || a.text("/trace_id") != "t" {
		t.Errorf("%s", a.body)
	}
}

func TestClientNonce(t *testing.T) {
	w := newWorld(t)
	w.call("POST", "/v1/neurons", adminKey, `{"name":"echo","kind":"echo"}`).want(201)
	const path = "/v1/neurons/echo/invoke"
	first := w.call("POST", path, operatorKey, `{"message":"hi","trace_id":"t","client_nonce":"n"}`).want(202)
	same := w.call("POST", path, operatorKey, `{"client_nonce":"n","trace_id":"t","message":"hi","stream":true,"workspace_id":"default"}`).want(202)
	if first.text("/job_id") != same.text("/job_id") || same.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%s is no replay of %s", same.body, first.body)
	}
	other := w.call("POST", path, operatorKey, `{"message":"hi","trace_id":"t2","client_nonce":"n"}`).want(202)
	if other.text("/job_id") == first.text("/job_id") {
		t.Error("a nonce names a job of another trace")
	}
	w.call("POST", path, operatorKey, `{"message":"ho","trace_id":"t","client_nonce":"n"}`).want(409, "IDEMPOTENCY_MISMATCH")
	w.call("POST", path, operatorKey, `{"message":"hi","client_nonce":"n"}`, "Idempotency-Key: k").want(400, codeInvalid)
}

func TestInvokeStream(t *testing.T) {
	w := newWorld(t)
	w.call("POST", "/v1/neurons", adminKey, `{"name":"echo","kind":"echo"}`).want(201)
	const path = "/v1/neurons/echo/invoke"
	a := w.call("POST", path, operatorKey, `{"message":"hi there","stream":true}`, "Accept: text/event-stream").want(200)
	if got := a.header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type is %q", got)
	}
	if !strings.Contains(string(a.body), `"type":"complete"`) || !strings.HasPrefix(a.header.Get("Location"), "/v1/jobs/") {
		t.Errorf("%v %s", a.header, a.body)
	}
	w.call("POST", path, operatorKey, `{"message":"hi"}`, "Accept: text/event-stream").want(406, codeNotAcceptable)
	w.call("POST", path, operatorKey, `{"message":"hi","stream":true}`, "Accept: application/json").want(202)
}
