package httpapi

// Secrets from being stored to being used up.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSecretFromStoredToDeleted(t *testing.T) {
	w := newWorld(t)
	const first, second = "first-value-4711", "second-value-0815"
	made := w.call("PUT", "/v1/secrets/crm_token", adminKey, `{"value":"`+first+`","workspace_id":"default"}`).want(201)
	if made.text("/name") != "crm_token" || made.field("/version") != "1" || made.header.Get("Location") != "/v1/secrets/crm_token" {
		t.Errorf("made %s", made.body)
	}
	changed := w.call("PUT", "/v1/secrets/crm_token", adminKey, `{"value":"`+second+`"}`).want(200)
	if changed.field("/version") != "2" || changed.text("/created_at") != made.text("/created_at") {
		t.Errorf("changed %s", changed.body)
	}
	w.call("PUT", "/v1/secrets/Alone", adminKey, `{"value":"12345678"}`).want(201)
	list := w.call("GET", "/v1/secrets?limit=1&offset=1", viewerKey, "").want(200)
	if list.text("/secrets/0/name") != "crm_token" || list.field("/total") != "2" {
		t.Errorf("by name: %s", list.body)
	}
	if d := cmp.Diff(string(changed.body), string(w.call("GET", "/v1/secrets/crm_token", viewerKey, "").want(200).body)); d != "" {
		t.Errorf("read again (-stored +read):\n%s", d)
	}
	if other := w.call("GET", "/v1/secrets", otherKey, "").want(200); other.field("/secrets") != "[]" {
		t.Errorf("another workspace sees %s", other.body)
	}
	foreign := w.call("GET", "/v1/secrets/crm_token", otherKey, "", "X-Request-Id: same").want(404, codeNotFound)
	for _, name := range []string{"nothing", "9", "a.b", "%2e%2e", "a%00b"} {
		if unknown := w.call("GET", "/v1/secrets/"+name, otherKey, "", "X-Request-Id: same").want(404, codeNotFound); string(unknown.body) != string(foreign.body) {
			t.Errorf("%s is told from the foreign: %s, %s", name, unknown.body, foreign.body)
		}
	}
	w.call("DELETE", "/v1/secrets/crm_token", otherKey, "").want(404, codeNotFound)
	w.call("DELETE", "/v1/secrets/crm_token", operatorKey, "").want(403, codeForbidden)
	w.call("PUT", "/v1/secrets/crm_token", operatorKey, `{"value":"12345678"}`).want(403, codeForbidden)
	w.call("DELETE", "/v1/secrets/crm_token", adminKey, "").want(200)
	w.call("DELETE", "/v1/secrets/crm_token", adminKey, "").want(404, codeNotFound)
	if again := w.call("PUT", "/v1/secrets/crm_token", adminKey, `{"value":"`+first+`"}`).want(201); again.field("/version") != "1" {
		t.Errorf("made again: %s", again.body)
	}
	for _, value := range []string{first, second} {
		if strings.Contains(w.logged.String()+string(made.body)+string(changed.body)+string(list.body), value) {
			t.Errorf("%s was told", value)
		}
	}
}

func TestSecretsAreChecked(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ name, body, path string }{
		{"a", `{}`, "/value"},
		{"a", `{"value":""}`, "/value"},
		{"a", `{"value":"1234567"}`, "/value"},
		{"a", `{"value":12345678}`, "/value"},
		{"a", `{"value":"` + strings.Repeat("x", 64<<10+1) + `"}`, "/value"},
		{"a", `{"value":"with a \u0000 inside"}`, "/value"},
		{"a-b", `{"value":"12345678"}`, "/name"},
		{strings.Repeat("x", 65), `{"value":"12345678"}`, "/name"},
		{"a", `{"value":"12345678","name":"a"}`, "/name"},
	} {
		a := w.call("PUT", "/v1/secrets/"+c.name, adminKey, c.body).want(400, codeInvalid)
		if got := a.text("/details/0/path"); got != c.path {
			t.Errorf("%.60s: the problem is at %q, want %q: %s", c.body, got, c.path, a.body)
		}
		if strings.Contains(string(a.body), "12345678") || strings.Contains(string(a.body), "1234567") {
			t.Errorf("the value is quoted: %s", a.body)
		}
	}
	w.call("PUT", "/v1/secrets/a", adminKey, `{"value":"`+strings.Repeat("x", 64<<10)+`"}`).want(201)
}

// TestWhoUsesSecrets: who writes a graph says where its secrets go.
func TestWhoUsesSecrets(t *testing.T) {
	var heard []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = append(heard, r.Header.Get("X-Token"))
		fmt.Fprintf(w, "you said %s", r.Header.Get("X-Token"))
	}))
	defer service.Close()
	w := newWorld(t)
	w.call("PUT", "/v1/secrets/token", adminKey, `{"value":"token-of-a-test"}`).want(201)
	graph := `{"nodes":[{"id":"call","type":"http","url":"` + service.URL + `","headers":{"X-Token":"{{ secret.token }}"}}],"edges":[]}`
	refused := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+graph+`}`).want(403, codeForbidden)
	if !strings.Contains(string(refused.body), "/pathway/nodes/0/headers/X-Token") {
		t.Errorf("the place is not told: %s", refused.body)
	}
	model := `{"nodes":[{"id":"ask","type":"neuron","kind":"llm","config":{"model":"m","api_key_secret":"token","base_url":"` + service.URL + `"}}],"edges":[]}`
	w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+model+`}`).want(403, codeForbidden)
	inline := w.call("POST", "/v1/jobs", adminKey, `{"pathway":`+graph+`}`, "Prefer: wait=60").want(200)
	w.call("POST", "/v1/pathways", adminKey, `{"name":"Call","slug":"call","pathway_graph":`+graph+`}`).want(201)
	stored := w.call("POST", "/v1/jobs", operatorKey, `{"pathway_id":"call"}`, "Prefer: wait=60").want(200)
	for _, a := range []*reply{inline, stored} {
		if got := a.text("/result/body"); got != "you said ***" {
			t.Errorf("the result is %s", a.body)
		}
	}
	w.call("PUT", "/v1/secrets/token", adminKey, `{"value":"token-after-rotation"}`).want(200)
	w.call("POST", "/v1/jobs", operatorKey, `{"pathway_id":"call"}`, "Prefer: wait=60").want(200)
	w.call("DELETE", "/v1/secrets/token", adminKey, "").want(200)
	failed := w.call("POST", "/v1/jobs", operatorKey, `{"pathway_id":"call"}`, "Prefer: wait=60").want(200)
	if got := failed.text("/error/code"); got != "SECRET_UNKNOWN" {
		t.Errorf("without the secret: %s", failed.body)
	}
	if d := cmp.Diff([]string{"token-of-a-test", "token-of-a-test", "token-after-rotation"}, heard); d != "" {
		t.Errorf("what was sent (-want +got):\n%s", d)
	}
}
