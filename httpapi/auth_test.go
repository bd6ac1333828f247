package httpapi

// The text of keys, and how bad credentials are refused. Who may do what is in
// matrix_test.go.

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
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
