package httpapi

// Who may do what: every route of the table against every kind of key.

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ranvier/engine/catalog"
)

func TestKeys(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		k := NewKey()
		if seen[k] || !CheckKey(k) || !strings.HasPrefix(k, "rv_live_") || len(k) != 57 {
			t.Fatalf("%q is no new key", k)
		}
		seen[k] = true
	}
	if !CheckKey("any other text that an instance is started with") {
		t.Error("text of another form is judged")
	}
	for _, k := range []string{"rv_live_", "rv_live_x", "rv_live_" + strings.Repeat("0", 49), "rv_live_" + strings.Repeat("0", 300)} {
		if CheckKey(k) {
			t.Errorf("%q passes", k)
		}
	}
}

// TestKeyTypos proves that no single wrong character passes.
func TestKeyTypos(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := []byte(NewKey())
		i := rapid.IntRange(len(keyPrefix), len(k)-1).Draw(t, "place")
		c := rapid.SampledFrom([]byte(base62)).Draw(t, "character")
		same := k[i] == c
		k[i] = c
		if CheckKey(string(k)) != same {
			t.Fatalf("%s: passes %v, unchanged %v", k, !same, same)
		}
	})
}

func TestBadCredentials(t *testing.T) {
	w := newWorld(t)
	mistyped := []byte(NewKey())
	mistyped[20] ^= 1
	for name, header := range map[string]string{
		"none":         "",
		"basic":        "Basic YWRtaW46YWRtaW4=",
		"no key":       "Bearer ",
		"unknown":      "Bearer " + strings.Repeat("x", 30),
		"unknown new":  "Bearer " + NewKey(),
		"mistyped":     "Bearer " + string(mistyped),
		"expired":      "Bearer " + expiredKey,
		"long":         "Bearer " + strings.Repeat("x", 100_000),
		"two words":    "Bearer " + adminKey + " more",
		"the hash":     "Bearer " + strings.Repeat("0", 64),
		"only the key": adminKey,
	} {
		t.Run(name, func(t *testing.T) {
			a := w.call("GET", "/v1/jobs", "", "", "Authorization: "+header).want(401, codeAuth)
			challenge := a.header.Get("WWW-Authenticate")
			if !strings.HasPrefix(challenge, `Bearer realm="ranvier"`) || strings.Contains(challenge, "invalid_token") != (header != "") {
				t.Errorf("WWW-Authenticate is %q", challenge)
			}
			if len(a.body) > 500 || strings.Contains(string(a.body), "xxx") {
				t.Errorf("the answer repeats the key: %s", a.body)
			}
		})
	}
	w.call("GET", "/v1/jobs", "", "", "Authorization: bearer "+viewerKey).want(200)
	if strings.Contains(w.logged.String(), viewerKey) {
		t.Error("a key is in the log")
	}
}

// TestRevokedKey proves that a key that is revoked is refused at once.
func TestRevokedKey(t *testing.T) {
	w := newWorld(t)
	w.call("GET", "/v1/jobs", viewerKey, "").want(200)
	w.revoke("default", viewerKey)
	w.call("GET", "/v1/jobs", viewerKey, "").want(401, codeAuth)
}

// TestRoles asks every route with every key: the wrong ones are refused before
// anything is read or changed.
func TestRoles(t *testing.T) {
	w := newWorld(t)
	keys := map[string]catalog.Role{"": "", viewerKey: catalog.Viewer, operatorKey: catalog.Operator, adminKey: catalog.Admin}
	cells := 0
	for _, rt := range w.server.routes() {
		path := strings.NewReplacer("{id}", "nothing", "{traceId}", "t").Replace(rt.path)
		for key, role := range keys {
			t.Run(fmt.Sprintf("%s %s as %q", rt.method, path, role), func(t *testing.T) {
				cells++
				switch a := w.call(rt.method, path, key, ""); {
				case rt.role != public && key == "":
					a.want(401, codeAuth)
				case rt.role != public && !role.Allows(rt.role):
					a.want(403, codeForbidden)
				case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
					t.Errorf("refused: %s", a.body)
				}
			})
		}
	}
	if want := 4 * len(w.server.routes()); cells != want {
		t.Errorf("%d cells, want %d", cells, want)
	}
}

// TestIsolation asks for a workspace's things with another workspace's key.
func TestIsolation(t *testing.T) {
	w := newWorld(t)
	job := w.start(longGraph, "null")
	neuron := w.call("POST", "/v1/neurons", adminKey, `{"name":"echo","kind":"echo"}`).want(201).text("/id")
	pathway := w.call("POST", "/v1/pathways", adminKey, `{"name":"p","pathway_graph":`+longGraph+`}`).want(201).text("/id")
	before := w.call("GET", "/v1/jobs/"+job, viewerKey, "").want(200)
	bodies := map[string]string{
		"PUT /v1/neurons/{id}": `{"name":"x","kind":"echo"}`, "PUT /v1/pathways/{id}": `{"name":"x","pathway_graph":` + longGraph + `}`,
		"POST /v1/neurons/{id}/invoke": `{"message":"x"}`, "POST /v1/jobs/{id}/input": `{"input":{"type":"intervention_response","interventionId":"x","action":"y"}}`,
	}
	asked := 0
	for _, rt := range w.server.routes() {
		if !strings.Contains(rt.path, "{id}") {
			continue
		}
		asked++
		id := map[string]string{"jobs": job, "neurons": neuron, "pathways": pathway}[strings.Split(rt.path, "/")[2]]
		a := w.call(rt.method, strings.Replace(rt.path, "{id}", id, 1), otherKey, bodies[rt.method+" "+rt.path]).want(404, codeNotFound)
		b := w.call(rt.method, strings.Replace(rt.path, "{id}", "unknown", 1), otherKey, bodies[rt.method+" "+rt.path]).want(404, codeNotFound)
		if x, y := strings.ReplaceAll(a.failure().Message, id, "unknown"), b.failure().Message; x != y {
			t.Errorf("%s %s tells the unknown from the forbidden: %q, %q", rt.method, rt.path, y, x)
		}
	}
	if asked < 15 {
		t.Errorf("only %d routes were asked", asked)
	}
	after := w.call("GET", "/v1/jobs/"+job, viewerKey, "").want(200)
	if string(before.body) != string(after.body) {
		t.Errorf("the job was changed: %s, %s", before.body, after.body)
	}
}

func TestSession(t *testing.T) {
	w := newWorld(t)
	a := w.call("GET", "/v1/session/context", operatorKey, "").want(200)
	if a.text("/workspace_id") != "default" || a.text("/key/role") != "operator" || a.text("/version") != "test" {
		t.Errorf("%s", a.body)
	}
	if strings.Contains(string(a.body), "hash") {
		t.Errorf("the key's hash is shown: %s", a.body)
	}
	w.call("GET", "/v1/session/context?x=1", operatorKey, "").want(400, codeInvalid)
}

func TestChatIsGone(t *testing.T) {
	w := newWorld(t)
	f := w.call("POST", "/v1/chat/t1", viewerKey, `{"message":"hi"}`).want(410, codeGone).failure()
	for _, word := range []string{"/invoke", "trace_id", "stream", "client_nonce"} {
		if !strings.Contains(f.Message, word) {
			t.Errorf("the message does not name %s: %s", word, f.Message)
		}
	}
}
