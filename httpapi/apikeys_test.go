package httpapi

// Keys and workspaces from being made to being revoked.

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// rootKey is the instance's own key.
const rootKey = "the-instance-s-own-admin-key"

// bootstrap gives the world its instance's own key.
func (w *world) bootstrap() {
	w.t.Helper()
	if _, err := w.engine.Bootstrap(w.t.Context(), "default", events.HashOf([]byte(rootKey))); err != nil {
		w.t.Fatal(err)
	}
}

// makeKey makes a key and gives its id and its text.
func (w *world) makeKey(by, body string) (id, text string) {
	w.t.Helper()
	a := w.call("POST", "/v1/api-keys", by, body).want(201)
	return a.text("/id"), a.text("/key")
}

func TestKeyFromMadeToRevoked(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/api-keys", adminKey, `{"name":"ci","role":"operator","expires_in":"24h","workspace_id":"default"}`).want(201)
	id, text := a.text("/id"), a.text("/key")
	if !strings.HasPrefix(text, "rv_live_") || !CheckKey(text) || a.text("/prefix") != text[:12] || a.field("/last_used_at") != "null" {
		t.Errorf("made %s", a.body)
	}
	expires, err := time.Parse(time.RFC3339, a.text("/expires_at"))
	created, err2 := time.Parse(time.RFC3339, a.text("/created_at"))
	if d := expires.Sub(created); errors.Join(err, err2) != nil || d < 23*time.Hour || d > 25*time.Hour {
		t.Errorf("it expires after %s (%v, %v)", d, err, err2)
	}
	session := w.call("GET", "/v1/session/context", text, "").want(200)
	if session.text("/key/id") != id || session.text("/key/role") != "operator" {
		t.Errorf("its session is %s", session.body)
	}
	w.call("POST", "/v1/api-keys", text, `{"name":"more","role":"viewer"}`).want(403, codeForbidden)

	list := w.call("GET", "/v1/api-keys?limit=1", viewerKey, "").want(200)
	if list.text("/api_keys/0/id") != id || list.text("/api_keys/0/last_used_at") == "" || list.field("/total") != "5" || list.field("/limit") != "1" {
		t.Errorf("newest first: %s", list.body)
	}
	for _, hidden := range []string{text, events.HashOf([]byte(text)).String(), `"hash"`, `"key"`} {
		if strings.Contains(string(list.body), hidden) {
			t.Errorf("the list has %s", hidden)
		}
	}
	if text[:12] != list.text("/api_keys/0/prefix") {
		t.Errorf("the prefix is lost: %s", list.body)
	}
	if strings.Contains(w.logged.String(), text) {
		t.Error("the key's text is in the log")
	}

	w.call("DELETE", "/v1/api-keys/"+id, adminKey, "").want(200)
	w.call("GET", "/v1/jobs", text, "").want(401, codeAuth)
	w.call("DELETE", "/v1/api-keys/"+id, adminKey, "").want(404, codeNotFound)
	if list := w.call("GET", "/v1/api-keys?offset=4", viewerKey, "").want(200); list.field("/total") != "4" || list.field("/api_keys") != "[]" {
		t.Errorf("a revoked key is listed: %s", list.body)
	}
}

func TestKeyRequestsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		body  string
		paths []string
	}{
		"nothing":           {`{}`, []string{"/name", "/role"}},
		"unknown role":      {`{"name":"x","role":"root"}`, []string{"/role"}},
		"expired at once":   {`{"name":"x","role":"viewer","expires_in":"0s"}`, []string{"/expires_in"}},
		"no duration":       {`{"name":"x","role":"viewer","expires_in":"soon"}`, []string{"/expires_in"}},
		"control character": {`{"name":"a\nb","role":"viewer"}`, []string{"/name"}},
		"own hash":          {`{"name":"x","role":"viewer","hash":"00"}`, []string{"/hash"}},
		"instance":          {`{"name":"x","role":"admin","instance":true}`, []string{"/instance"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range w.call("POST", "/v1/api-keys", adminKey, c.body).want(400, codeInvalid).failure().Details {
				got = append(got, p.Path)
			}
			if d := cmp.Diff(c.paths, got); d != "" {
				t.Error(d)
			}
		})
	}
	w.call("POST", "/v1/api-keys", adminKey, `{"name":"x","role":"viewer","workspace_id":"elsewhere"}`).want(403, codeForbidden)
	w.call("POST", "/v1/api-keys?x=1", adminKey, `{"name":"x","role":"viewer"}`).want(400, codeInvalid)
	w.call("GET", "/v1/api-keys?limit=0", adminKey, "").want(400, codeInvalid)
	w.call("DELETE", "/v1/api-keys/a.b", adminKey, "").want(404, codeNotFound)
}

func TestKeysThatStay(t *testing.T) {
	w := newWorld(t)
	w.bootstrap()
	root := w.call("GET", "/v1/session/context", rootKey, "").want(200).text("/key/id")
	w.call("DELETE", "/v1/api-keys/"+root, adminKey, "").want(409, codeConflict)
	w.call("DELETE", "/v1/api-keys/"+keyID(otherKey), otherKey, "").want(409, codeConflict)
	_, second := w.makeKey(otherKey, `{"name":"second","role":"admin"}`)
	w.call("DELETE", "/v1/api-keys/"+keyID(otherKey), otherKey, "").want(200) // itself
	w.call("GET", "/v1/jobs", otherKey, "").want(401, codeAuth)
	w.call("GET", "/v1/jobs", second, "").want(200)
}

func TestWorkspaces(t *testing.T) {
	w := newWorld(t)
	w.bootstrap()
	body := `{"name":"Research","slug":"research"}`
	w.call("POST", "/v1/workspaces", adminKey, body).want(403, codeForbidden)
	a := w.call("POST", "/v1/workspaces", rootKey, body).want(201)
	key := a.text("/api_key/key")
	if a.text("/id") != "research" || a.text("/api_key/role") != "admin" || a.text("/api_key/workspace_id") != "research" ||
		a.field("/api_key/instance") != "false" || a.field("/api_key/expires_at") != "null" || a.text("/api_key/prefix") != key[:12] {
		t.Errorf("made %s", a.body)
	}
	if s := w.call("GET", "/v1/session/context", key, "").want(200); s.text("/workspace_id") != "research" {
		t.Errorf("its key's session is %s", s.body)
	}
	w.call("POST", "/v1/workspaces", rootKey, body).want(409, codeConflict)
	w.call("POST", "/v1/workspaces", rootKey, `{"name":"x","slug":"default"}`).want(409, codeConflict)
	w.call("POST", "/v1/workspaces", rootKey, `{"name":"x","slug":"elsewhere"}`).want(409, codeConflict) // it has keys
	w.call("POST", "/v1/workspaces", key, `{"name":"x","slug":"mine"}`).want(403, codeForbidden)
	for _, bad := range []string{`{"name":"x"}`, `{"slug":"x"}`, `{"name":"x","slug":"a.b"}`, `{"name":"x","slug":"by-id"}`, `{"name":"x","slug":">"}`} {
		w.call("POST", "/v1/workspaces", rootKey, bad).want(400, codeInvalid)
	}
	w.call("POST", "/v1/neurons", key, `{"name":"echo","kind":"echo"}`).want(201)
	if n := w.call("GET", "/v1/neurons", adminKey, "").want(200); n.field("/total") != "0" {
		t.Errorf("another workspace's neuron is listed: %s", n.body)
	}

	if all := w.call("GET", "/v1/workspaces", rootKey, "").want(200); all.text("/workspaces/0/slug") != "research" {
		t.Errorf("the newest is not first: %s", all.body)
	}
	if own := w.call("GET", "/v1/workspaces", key, "").want(200); own.field("/total") != "1" || own.text("/workspaces/0/name") != "Research" {
		t.Errorf("its own list is %s", own.body)
	}
	if none := w.call("GET", "/v1/workspaces", otherKey, "").want(200); none.field("/workspaces") != "[]" {
		t.Errorf("a workspace that was never made: %s", none.body)
	}
}

// TestSlugIsTakenOnce: of many who ask at once one gets the workspace.
func TestSlugIsTakenOnce(t *testing.T) {
	w := newWorld(t)
	w.bootstrap()
	var mu sync.Mutex
	codes := map[int]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			a := w.call("POST", "/v1/workspaces", rootKey, `{"name":"One","slug":"one"}`)
			mu.Lock()
			defer mu.Unlock()
			codes[a.status]++
		})
	}
	all.Wait()
	if d := cmp.Diff(map[int]int{201: 1, 409: 7}, codes); d != "" {
		t.Error(d)
	}
}

// openStream opens the stream of a job and reads its first line.
func (w *world) openStream(job, key string) *bufio.Reader {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+"/v1/jobs/"+job+"/stream", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewReader(resp.Body)
	if line, err := lines.ReadString('\n'); resp.StatusCode != http.StatusOK || err != nil {
		w.t.Fatalf("%d, %q, %v", resp.StatusCode, line, err)
	}
	return lines
}

// quiet lets nothing but an end of the stream write to it.
func quiet(c *Config) { c.SSEPing, c.WriteTimeout = time.Hour, time.Hour }

func TestRevocationEndsStreams(t *testing.T) {
	w := newWorld(t, quiet)
	job := w.start(longGraph, "null")
	id, text := w.makeKey(adminKey, `{"name":"watcher","role":"viewer"}`)
	revoked := []*bufio.Reader{w.openStream(job, text), w.openStream(job, text)}
	kept := w.openStream(job, viewerKey)

	w.call("DELETE", "/v1/api-keys/"+id, adminKey, "").want(200)
	for _, lines := range revoked {
		if _, err := io.Copy(io.Discard, lines); err != nil {
			t.Errorf("the stream did not end regularly: %v", err)
		}
	}
	w.call("GET", "/v1/jobs/"+job+"/stream", text, "").want(401, codeAuth)

	// Another key's stream goes on, to the job's end.
	w.call("POST", "/v1/jobs/"+job+"/cancel", operatorKey, "").want(200)
	rest, err := io.ReadAll(kept)
	if err != nil || !strings.Contains(string(rest), `"type":"error"`) {
		t.Errorf("%v: %s", err, rest)
	}
	w.server.holds.mu.Lock()
	defer w.server.holds.mu.Unlock()
	if n := len(w.server.holds.open); n > 1 { // the kept one's handler may still return
		t.Errorf("%d keys are held", n)
	}
}

func TestExpiryEndsWhatIsHeld(t *testing.T) {
	w := newWorld(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/jobs/x/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	q := &request{seen: w.log.Last(events.Catalog), key: &catalog.Key{ID: "k", Workspace: "w", ExpiresAt: events.AtPtr(time.Now().Add(20 * time.Millisecond))}}
	held, release, err := w.server.hold(r.WithContext(context.WithValue(r.Context(), requestKey{}, q)))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	<-held.Context().Done()
	if cause := context.Cause(held.Context()); !errors.Is(cause, errEnded) || time.Now().Before(q.key.ExpiresAt.Time) {
		t.Errorf("it ended by %v, the key ends at %s", cause, q.key.ExpiresAt)
	}
}

// TestRevocationEndsWaiting: an answer that waits is given at once.
func TestRevocationEndsWaiting(t *testing.T) {
	w := newWorld(t)
	id, text := w.makeKey(adminKey, `{"name":"waiter","role":"operator"}`)
	answered := make(chan *reply, 1)
	go func() {
		answered <- w.call("POST", "/v1/jobs", text, `{"pathway":`+longGraph+`}`, "Prefer: wait=60")
	}()
	w.server.holds.await(t, credential{byKey, "default", id})
	w.call("DELETE", "/v1/api-keys/"+id, adminKey, "").want(200)
	(<-answered).want(202)
}

// await waits until something hangs on a key.
func (h *holds) await(t *testing.T, by credential) {
	t.Helper()
	for held := 0; held == 0 && t.Context().Err() == nil; runtime.Gosched() {
		h.mu.Lock()
		held = len(h.open[by])
		h.mu.Unlock()
	}
}

// TestHoldFindsARevocationBeforeIt: one that came after the key was looked up
// and before the answer hung on it.
func TestHoldFindsARevocationBeforeIt(t *testing.T) {
	w := newWorld(t)
	_, text := w.makeKey(adminKey, `{"name":"x","role":"viewer"}`)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/jobs/x/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+text)
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, &request{}))
	if about(r).key, err = w.server.authenticate(r); err != nil {
		t.Fatal(err)
	}
	if _, release, err := w.server.hold(r); err != nil {
		t.Errorf("a good key: %v", err)
	} else {
		release()
	}
	w.call("DELETE", "/v1/api-keys/"+about(r).key.ID, adminKey, "").want(200)
	if _, _, err := w.server.hold(r); err == nil || failureOf(err).code != codeAuth {
		t.Errorf("a revoked key holds: %v", err)
	}
	if n := len(w.server.holds.open); n != 0 {
		t.Errorf("%d keys are still held", n)
	}
}

// deafWriter is a client that takes nothing: a write ends with its deadline.
type deafWriter struct {
	http.ResponseWriter
	writing chan struct{} // closed by the first write
	over    chan struct{} // closed by a deadline that has passed or soon will
}

func (d *deafWriter) Write([]byte) (int, error) {
	close(d.writing)
	<-d.over
	return 0, context.DeadlineExceeded
}

func (d *deafWriter) SetWriteDeadline(at time.Time) error {
	if !at.After(time.Now().Add(cutGrace)) {
		close(d.over)
	}
	return nil
}

// TestCutReachesAClientThatDoesNotRead: a revoked key's stream ends even when
// its client lets the server wait.
func TestCutReachesAClientThatDoesNotRead(t *testing.T) {
	d := &deafWriter{writing: make(chan struct{}), over: make(chan struct{})}
	out := &streamWriter{w: d, control: http.NewResponseController(d), timeout: time.Hour, began: true}
	ended := make(chan error, 1)
	go func() { ended <- out.write([]byte("data: x\n\n")) }()
	<-d.writing
	out.cut()
	if err := <-ended; !errors.Is(err, errClient) {
		t.Errorf("the write ended with %v", err)
	}
	if err := out.write([]byte("more")); !errors.Is(err, errClient) {
		t.Errorf("something is sent after the end: %v", err)
	}
}

func TestLastUse(t *testing.T) {
	var u keyUse
	k := &catalog.Key{ID: "k", Workspace: "w"}
	if at := u.of(k); at != nil {
		t.Errorf("a key that was not used: %s", at)
	}
	at := time.Date(2026, 1, 2, 15, 4, 59, 0, time.UTC)
	u.note(k, at)
	u.note(k, at.Add(time.Second))
	if got := u.of(k); !got.Equal(at.Add(time.Second)) {
		t.Errorf("last used at %s", got)
	}
	if got := u.of(&catalog.Key{ID: "k", Workspace: "other"}); got != nil {
		t.Errorf("another workspace's key of the same id: %s", got)
	}
	u.forget(keyOf(k))
	if got := u.of(k); got != nil {
		t.Errorf("after its revocation: %s", got)
	}
}

// BenchmarkRevocationEndsAStream is the time from an admin's order to the end
// that the client sees.
func BenchmarkRevocationEndsAStream(b *testing.B) {
	w := newWorld(b, quiet)
	job := w.start(longGraph, "null")
	for range b.N {
		b.StopTimer()
		id, text := w.makeKey(adminKey, `{"name":"watcher","role":"viewer"}`)
		lines := w.openStream(job, text)
		b.StartTimer()
		w.call("DELETE", "/v1/api-keys/"+id, adminKey, "").want(200)
		if _, err := io.Copy(io.Discard, lines); err != nil {
			b.Fatal(err)
		}
	}
}
