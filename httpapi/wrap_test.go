package httpapi

// What is around every handler, the golden errors, and failing parts.

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
	"ranvier/projections"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

// TestGoldenErrors holds the bytes of one error of each kind.
func TestGoldenErrors(t *testing.T) {
	w := newWorld(t)
	id := w.start(longGraph, "null")
	for name, ask := range map[string]func() *reply{
		"auth_required": func() *reply { return w.call("GET", "/v1/jobs", "", "", "X-Request-Id: golden") },
		"forbidden":     func() *reply { return w.call("POST", "/v1/jobs", viewerKey, "{}", "X-Request-Id: golden") },
		"workspace": func() *reply {
			return w.call("POST", "/v1/jobs/"+id+"/pause", adminKey, `{"workspace_id":"x"}`, "X-Request-Id: golden")
		},
		"no_route":   func() *reply { return w.call("GET", "/v1/nothing", "", "", "X-Request-Id: golden") },
		"no_job":     func() *reply { return w.call("GET", "/v1/jobs/nothing", viewerKey, "", "X-Request-Id: golden") },
		"no_pathway": func() *reply { return w.call("GET", "/v1/pathways/nothing", viewerKey, "", "X-Request-Id: golden") },
		"bad_id":     func() *reply { return w.call("GET", "/v1/jobs/a.b", viewerKey, "", "X-Request-Id: golden") },
		"method":     func() *reply { return w.call("PATCH", "/v1/jobs", adminKey, "", "X-Request-Id: golden") },
		"accept": func() *reply {
			return w.call("GET", "/v1/jobs", viewerKey, "", "Accept: text/html", "X-Request-Id: golden")
		},
		"content_type": func() *reply {
			return w.call("POST", "/v1/jobs", adminKey, "{}", "Content-Type: text/plain", "X-Request-Id: golden")
		},
		"encoding": func() *reply {
			return w.call("POST", "/v1/jobs", adminKey, "{}", "Content-Encoding: gzip", "X-Request-Id: golden")
		},
		"no_body":   func() *reply { return w.call("POST", "/v1/jobs", adminKey, "", "X-Request-Id: golden") },
		"no_object": func() *reply { return w.call("POST", "/v1/jobs", adminKey, "[1]", "X-Request-Id: golden") },
		"duplicate": func() *reply {
			return w.call("POST", "/v1/jobs", adminKey, `{"input":{"a":1,"a":2}}`, "X-Request-Id: golden")
		},
		"utf8": func() *reply {
			return w.call("POST", "/v1/jobs", adminKey, "{\"input\":\"\xff\"}", "X-Request-Id: golden")
		},
		"cut":      func() *reply { return w.call("POST", "/v1/jobs", adminKey, `{"input":[1,`, "X-Request-Id: golden") },
		"trailing": func() *reply { return w.call("POST", "/v1/jobs", adminKey, `{} {}`, "X-Request-Id: golden") },
		"many": func() *reply {
			return w.call("POST", "/v1/jobs", adminKey, `{"priority":"x","labels":{"a":[]},"timeout":"long","stray":1}`, "X-Request-Id: golden")
		},
		"query": func() *reply { return w.call("GET", "/v1/jobs?limit=0&stray=1", viewerKey, "", "X-Request-Id: golden") },
		"gone":  func() *reply { return w.call("POST", "/v1/chat/t", viewerKey, "", "X-Request-Id: golden") },
	} {
		t.Run(name, func(t *testing.T) {
			a := ask()
			golden(t, "errors/"+name+".json", fmt.Appendf(nil, "%d\n%s", a.status, a.body))
		})
	}
}

func TestMethods(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{
		"/v1/jobs": "GET, POST, HEAD", "/v1/jobs/x/cancel": "POST", "/v1/neurons/x": "DELETE, GET, PUT, HEAD", "/v1/pathways/validate": "POST",
	} {
		if got := w.call("PATCH", path, adminKey, "").want(405, codeMethod).header.Get("Allow"); got != want {
			t.Errorf("Allow of %s is %q, want %q", path, got, want)
		}
	}
	w.call("GET", "/v1/jobs/x/cancel", "", "").want(405, codeMethod)
	if a := w.call("HEAD", "/v1/jobs", viewerKey, "").want(200); len(a.body) != 0 || a.header.Get("Content-Length") == "0" {
		t.Errorf("%v %s", a.header, a.body)
	}
}

func TestUnknownRoutes(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{
		"/", "/v1", "/v1/", "/v1/jobs/", "/v2/jobs", "//v1/jobs", "/v1//jobs", "/v1/jobs/../jobs", "/v1/jobs/x/shares",
		"/v1/receptor", "/v1/events", "/v1/jobs/x%2Fstatus", "/V1/jobs",
	} {
		w.call("GET", path, adminKey, "").want(404, codeNotFound)
	}
}

func TestRequestID(t *testing.T) {
	w := newWorld(t)
	for given, kept := range map[string]bool{
		"abc-1.2_Z": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "a b": false, "a/b": false, "é": false, "": false,
	} {
		a := w.call("GET", "/v1/jobs", "", "", "X-Request-Id: "+given).want(401)
		got := a.header.Get("X-Request-Id")
		if (got == given) != kept || got == "" || a.failure().RequestID != got {
			t.Errorf("%q: the answer's is %q, kept should be %v: %s", given, got, kept, a.body)
		}
	}
}

func TestAccepts(t *testing.T) {
	for _, c := range []struct{ accept, want string }{
		{"", "application/json application/x-ndjson"},
		{"*/*", "application/json application/x-ndjson"},
		{"application/x-ndjson", "application/x-ndjson"},
		{"application/*;q=0.5, application/x-ndjson", "application/x-ndjson application/json"},
		{"application/json;q=0, */*", "application/x-ndjson"},
		{"APPLICATION/JSON", "application/json"},
		{"text/html", ""},
		{"application/json;q=0", ""},
		{"application/json;q=2", "application/json"},
		{";;;,,,;q=", ""},
	} {
		got, ok := accepts([]string{c.accept}, jsonOrLines)
		if strings.Join(got, " ") != c.want || ok != (c.want != "") {
			t.Errorf("%q gives %q, %v, want %q", c.accept, got, ok, c.want)
		}
	}
}

// TestErrorTable maps one error of each kind.
func TestErrorTable(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("doing it: %w", err) }
	secret := errors.New("disk /secret/place")
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{&job.Refusal{Code: job.RefusedFinished}, 400, "JOB_FINISHED"},
		{&job.Refusal{Code: job.RefusedNotWaiting}, 409, "JOB_NOT_WAITING"},
		{&job.Refusal{Code: job.RefusedNotResumable}, 409, "JOB_NOT_RESUMABLE"},
		{&job.Refusal{Code: job.RefusedAnswered}, 409, "ALREADY_ANSWERED"},
		{&job.Refusal{Code: job.RefusedInvalid}, 400, codeInvalid},
		{&job.Refusal{Code: job.RefusedUnknown}, 404, codeNotFound},
		{&job.Refusal{Code: job.RefusedStale}, 409, codeConflict},
		{&job.Refusal{Code: job.RefusedExists}, 409, codeConflict},
		{&catalog.Refusal{Code: "CONFLICT", Path: "/slug"}, 409, codeConflict},
		{pathway.Problems{{Path: "/x", Message: "no"}}, 400, codeInvalid},
		{projections.ErrNotFound, 404, codeNotFound},
		{projections.ErrRebuilding, 503, codeUnavailable},
		{projections.ErrClosed, 503, codeUnavailable},
		{fmt.Errorf("%w: %w", events.ErrUnavailable, secret), 503, codeUnavailable},
		{fmt.Errorf("%w: %w", events.ErrUnknown, secret), 503, codeUnavailable},
		{fmt.Errorf("%w: %w", events.ErrTooLarge, secret), 413, codeTooLarge},
		{context.DeadlineExceeded, 503, codeUnavailable},
		{events.ErrGap, 500, codeInternal},
		{secret, 500, codeInternal},
	} {
		s := New(Config{Log: events.NewMemLog()})
		rec := httptest.NewRecorder()
		s.wrap("/x", func(http.ResponseWriter, *http.Request) error { return wrapped(c.err) }).
			ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/x", nil))
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), `"code":"`+c.code+`"`) {
			t.Errorf("%v is answered with %d %s, want %d %s", c.err, rec.Code, rec.Body, c.status, c.code)
		}
		if strings.Contains(rec.Body.String(), "secret") || strings.Contains(rec.Body.String(), "doing it") {
			t.Errorf("%v leaks: %s", c.err, rec.Body)
		}
		if got := rec.Header().Get("Retry-After"); (got != "") != (c.status == 503) {
			t.Errorf("%v: Retry-After is %q", c.err, got)
		}
	}
}

// TestBoundedErrors proves that an answer stays small whatever was wrong.
func TestBoundedErrors(t *testing.T) {
	var problems pathway.Problems
	for i := range 10_000 {
		problems = append(problems, pathway.Problem{Path: strings.Repeat("/x", 1000), Message: fmt.Sprint(i, strings.Repeat("é", 1000))})
	}
	s := New(Config{Log: events.NewMemLog()})
	rec := httptest.NewRecorder()
	s.wrap("", func(http.ResponseWriter, *http.Request) error { return problems }).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/x", nil))
	if rec.Body.Len() > 100_000 || !strings.Contains(rec.Body.String(), "and 9900 more") {
		t.Errorf("%d bytes: %.300s", rec.Body.Len(), rec.Body)
	}
}

func TestPanic(t *testing.T) {
	var logged bytes.Buffer
	s := New(Config{Log: events.NewMemLog(), Logger: textLogger(&logged)})
	rec := httptest.NewRecorder()
	s.wrap("/x", func(http.ResponseWriter, *http.Request) error { panic("secret state") }).
		ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/x?t=token-in-query", nil))
	if rec.Code != 500 || strings.Contains(rec.Body.String(), "secret") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	id := rec.Header().Get("X-Request-Id")
	if n := strings.Count(logged.String(), "level=ERROR"); n != 1 || !strings.Contains(logged.String(), id) {
		t.Errorf("%d errors logged: %s", n, &logged)
	}
	if strings.Contains(logged.String(), "token-in-query") {
		t.Errorf("the query is in the log: %s", &logged)
	}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // what net/http compares
			t.Errorf("an answer that broke off ends with %v", p)
		}
	}()
	s.wrap("/x", func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusOK)
		panic("late")
	}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/x", nil))
}

// brokenAppends is a log whose appends fail on demand.
type brokenAppends struct {
	events.Log
	with   atomic.Pointer[error]
	ahead  atomic.Uint64 // how far Last of the jobs runs ahead of what can be folded
	health atomic.Pointer[error]
}

func (l *brokenAppends) Append(ctx context.Context, c *events.Commit) error {
	if err := l.with.Load(); err != nil {
		return *err
	}
	return l.Log.Append(ctx, c)
}

func (l *brokenAppends) Last(s events.Stream) uint64 {
	if s != events.Jobs {
		return l.Log.Last(s)
	}
	return l.Log.Last(s) + l.ahead.Load()
}

func (l *brokenAppends) Health() error {
	if err := l.health.Load(); err != nil {
		return *err
	}
	return nil
}

// TestUnavailable proves that what was not stored is no 2xx, and that the
// server heals.
func TestUnavailable(t *testing.T) {
	log := &brokenAppends{Log: events.NewMemLog()}
	w := newWorldOn(t, log)
	id := w.start(longGraph, "null")
	for err, c := range map[error]struct {
		status int
		code   string
		words  string
	}{
		events.ErrUnavailable: {503, codeUnavailable, "nothing was"},
		events.ErrUnknown:     {503, codeUnavailable, "same Idempotency-Key"},
		events.ErrTooLarge:    {413, codeTooLarge, "larger"},
	} {
		log.with.Store(&err)
		for _, ask := range []func() *reply{
			func() *reply { return w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`) },
			func() *reply { return w.call("POST", "/v1/jobs/"+id+"/pause", operatorKey, "") },
			func() *reply { return w.call("POST", "/v1/neurons", adminKey, `{"name":"x","kind":"echo"}`) },
		} {
			if f := ask().want(c.status, c.code).failure(); !strings.Contains(f.Message, c.words) {
				t.Errorf("%v: %s", err, f.Message)
			}
		}
		log.with.Store(nil)
	}
	w.call("POST", "/v1/jobs/"+id+"/pause", operatorKey, "").want(200)
	w.call("POST", "/v1/neurons", adminKey, `{"name":"x","kind":"echo"}`).want(201)
}

func TestViewsBehind(t *testing.T) {
	log := &brokenAppends{Log: events.NewMemLog()}
	w := newWorldOn(t, log)
	id := w.start(longGraph, "null")
	log.ahead.Store(1)
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(200) // orders and starts need no views
	w.start(longGraph, "null")
	patience := w.server.patience
	w.server.patience = 50 * time.Millisecond // what is waited for never comes
	a := w.call("GET", "/v1/jobs", viewerKey, "").want(503, codeUnavailable)
	if a.header.Get("Retry-After") == "" {
		t.Error("Retry-After is missing")
	}
	if a := w.call("GET", "/readyz", "", "").want(503); a.text("/status") != "not_ready" {
		t.Errorf("%s", a.body)
	}
	log.ahead.Store(0)
	w.server.patience = patience
	w.call("GET", "/v1/jobs", viewerKey, "").want(200)
}

func TestHealth(t *testing.T) {
	log := &brokenAppends{Log: events.NewMemLog()}
	w := newWorldOn(t, log)
	w.call("GET", "/healthz", "", "").want(200)
	w.call("GET", "/readyz", "", "").want(200)
	err := fmt.Errorf("%w: /secret/place is full", events.ErrUnavailable)
	log.health.Store(&err)
	w.call("GET", "/healthz", "", "").want(200)
	a := w.call("GET", "/readyz", "", "").want(503)
	if strings.Contains(string(a.body), "secret") {
		t.Errorf("the answer leaks: %s", a.body)
	}
}
