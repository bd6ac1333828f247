package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/engine/seal"
	"ranvier/events"
)

// transport answers calls inside the process.
type transport func(r *http.Request) string

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(f(r))),
	}, nil
}

func box(t *testing.T, master string) *seal.Box {
	t.Helper()
	b, err := seal.New([]byte(master + strings.Repeat("-", seal.LeastMaster)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const callWithToken = `{"nodes":[{"id":"call","type":"http","url":"http://x.example/{{ secret.token }}","headers":{"X-Token":"t {{ secret.token }}"}}],"edges":[]}`

// TestSecretIsResolvedForEachCall: rotation counts at once, also after a
// restart, and what was resolved is nowhere in the log.
func TestSecretIsResolvedForEachCall(t *testing.T) {
	var sent []string
	echoes := transport(func(r *http.Request) string {
		sent = append(sent, r.Header.Get("X-Token")+" "+r.URL.Path)
		return "heard " + r.Header.Get("X-Token")
	})
	log := events.NewMemLog()
	config := engine.Config{Box: box(t, "one"), Types: nodes.New(nodes.Deps{Transport: echoes})}
	r := start(t, log, config)
	for _, value := range []string{"first-of-them", "second-of-them"} {
		if err := r.eng.StoreSecret(t.Context(), workspace, tester, "token", value); err != nil {
			t.Fatal(err)
		}
		run := r.until(r.submit(callWithToken, `null`), ended)
		if run.Status != job.Completed || !strings.Contains(string(run.Result), "heard t ***") {
			t.Errorf("it came to %s %s %v", run.Status, run.Result, run.Error)
		}
	}
	r.stop()
	r = start(t, log, config)
	r.until(r.submit(callWithToken, `null`), ended)
	want := "t first-of-them /first-of-them|t second-of-them /second-of-them|t second-of-them /second-of-them"
	if got := strings.Join(sent, "|"); got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	for c, err := range log.Load(t.Context(), events.CatalogSubject(workspace), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if b := fmt.Sprintf("%+v", c.Events[0].Fact); strings.Contains(b, "of-them") {
			t.Errorf("a secret is in clear in the log: %s", b)
		}
	}
}

// TestSecretThatCannotBeUsed: each reason is a final failure that says which
// secret it is about.
func TestSecretThatCannotBeUsed(t *testing.T) {
	types := nodes.New(nodes.Deps{Transport: transport(func(*http.Request) string { return "" })})
	log := events.NewMemLog()
	r := start(t, log, engine.Config{Box: box(t, "one"), Types: types})
	fails := func(code string) {
		t.Helper()
		run := r.until(r.submit(callWithToken, `null`), ended)
		if run.Status != job.Failed || run.Error.Code != code || run.Steps[0].Attempts != 1 || !strings.Contains(run.Error.Message, `"token"`) {
			t.Errorf("it came to %s %+v, want the code %s", run.Status, run.Error, code)
		}
	}
	fails(nodes.CodeSecretUnknown)
	if err := r.eng.StoreSecret(t.Context(), workspace, tester, "token", "value-of-token"); err != nil {
		t.Fatal(err)
	}
	// What was sealed for one name does not open under another one.
	s, err := r.eng.Secret(t.Context(), workspace, "token")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.eng.Define(t.Context(), workspace, tester, &catalog.StoreSecret{Name: "moved", Sealed: s.Sealed}); err != nil {
		t.Fatal(err)
	}
	run := r.until(r.submit(strings.ReplaceAll(callWithToken, "secret.token", "secret.moved"), `null`), ended)
	if run.Status != job.Failed || run.Error.Code != nodes.CodeSecretUnusable {
		t.Errorf("a secret that was moved: %s %+v", run.Status, run.Error)
	}
	r.stop()
	r = start(t, log, engine.Config{Box: box(t, "two"), Types: types})
	fails(nodes.CodeSecretUnusable)
	if _, err := r.eng.Define(t.Context(), workspace, tester, &catalog.DeleteSecret{Name: "token"}); err != nil {
		t.Fatal(err)
	}
	fails(nodes.CodeSecretUnknown)
}

// buffer is a log that may be written from any goroutine.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestPanicWithASecret: what a panic says is logged without the secrets of its
// attempt.
func TestPanicWithASecret(t *testing.T) {
	var logged buffer
	r := start(t, events.NewMemLog(), engine.Config{
		Box: box(t, "one"), Logger: slog.New(slog.NewTextHandler(&logged, nil)),
		Types: nodes.New(nodes.Deps{Transport: transport(func(r *http.Request) string { panic("cannot send " + r.Header.Get("X-Token")) })}),
	})
	value := "value-" + uuid.NewString()
	if err := r.eng.StoreSecret(t.Context(), workspace, tester, "token", value); err != nil {
		t.Fatal(err)
	}
	run := r.until(r.submit(callWithToken, `null`), ended)
	if run.Status != job.Failed || run.Error.Code != "INTERNAL_ERROR" {
		t.Errorf("it came to %s %+v", run.Status, run.Error)
	}
	if got := logged.String(); strings.Contains(got, value) || !strings.Contains(got, "cannot send t ***") {
		t.Errorf("logged was %s", got)
	}
}

func TestCheckSecret(t *testing.T) {
	for _, c := range []struct{ name, value, path string }{
		{"a", "12345678", ""},
		{"a", "1234567", "/value"},
		{"a", strings.Repeat("x", 64<<10), ""},
		{"a", strings.Repeat("x", 64<<10+1), "/value"},
		{"a", "with \x00 in it", "/value"},
		{"a", "with \xff in it", "/value"},
		{"a-b", "12345678", "/name"},
		{"", "12345678", "/name"},
	} {
		problems := engine.CheckSecret(c.name, c.value)
		if c.path == "" && problems == nil {
			continue
		}
		if len(problems) != 1 || problems[0].Path != c.path || strings.Contains(problems[0].Message, "12345678") {
			t.Errorf("%q %.20q: %v, want a problem at %q", c.name, c.value, problems, c.path)
		}
	}
}
