package httpapi

// A whole server for the tests of this package: the real engine and the real
// projections over a log in memory. Every exchange is held against
// openapi.yaml.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/engine/seal"
	"ranvier/events"
	"ranvier/projections"
)

// The keys of the world: three of the workspace "default", one of "elsewhere",
// one that has expired.
const (
	adminKey    = "admin-key-of-the-default-workspace"
	operatorKey = "operator-key-of-the-default-workspace"
	viewerKey   = "viewer-key-of-the-default-workspace"
	otherKey    = "admin-key-of-another-workspace"
	expiredKey  = "admin-key-that-has-expired"
)

// world is a running server.
type world struct {
	t      testing.TB
	url    string
	log    events.Log
	engine *engine.Engine
	store  *projections.Store
	server *Server
	client *http.Client
	logged *lockedBuffer

	stopServer func() // ends the server's Run; the rest goes on
}

// newWorld runs a server until the test ends.
func newWorld(t testing.TB, change ...func(*Config)) *world {
	return newWorldOn(t, events.NewMemLog(), change...)
}

func newWorldOn(t testing.TB, log events.Log, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, log: log, logged: &lockedBuffer{}}
	logger := textLogger(w.logged)
	w.addKey("default", adminKey, catalog.Admin, nil)
	w.addKey("default", operatorKey, catalog.Operator, nil)
	w.addKey("default", viewerKey, catalog.Viewer, nil)
	w.addKey("default", expiredKey, catalog.Admin, events.AtPtr(time.Now().Add(-time.Minute)))
	w.addKey("elsewhere", otherKey, catalog.Admin, nil)

	loopback := nodes.NewTransport([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}) // where models of tests are
	t.Cleanup(loopback.CloseIdleConnections)
	box, err := seal.New([]byte("the master key of this package's tests"))
	if err != nil {
		t.Fatal(err)
	}
	w.engine = engine.New(engine.Config{
		Box: box,
		Log: log, Types: nodes.New(nodes.Deps{Transport: loopback}), Logger: logger, Earlier: w.earlier, Usage: w.stored,
	})
	if w.store, err = projections.Open(projections.Config{Path: filepath.Join(t.TempDir(), "views.db"), Logger: logger}, log); err != nil {
		t.Fatal(err)
	}
	c := Config{Engine: w.engine, Store: w.store, Log: log, Logger: logger, Version: "test"}
	for _, f := range change {
		f(&c)
	}
	w.server = New(c)
	w.server.patience = time.Minute // a busy machine is no reason to fail
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { _ = w.engine.Run(ctx, nil) })
	parts.Go(func() { _ = w.store.Run(ctx) })
	serving, stop := context.WithCancel(ctx)
	parts.Go(func() { _ = w.server.Run(serving) })
	w.stopServer = func() {
		stop()
		<-w.server.done.Done()
	}
	front := httptest.NewServer(w.server)
	w.url, w.client = front.URL, front.Client()
	w.client.Timeout = longest
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		cancel()
		front.Close()
		parts.Wait()
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// earlier is what the program gives the engine, see engine.Earlier.
func (w *world) earlier(ctx context.Context, workspace, trace string, before time.Time, limit int) ([]*job.Job, error) {
	if err := w.store.Wait(ctx, events.Jobs, w.log.Last(events.Jobs)); err != nil {
		return nil, err
	}
	jobs, _, err := w.store.Jobs(ctx, workspace, projections.JobFilter{TraceID: trace, Status: job.Completed, CreatedBefore: before, Limit: limit})
	return jobs, err
}

// stored is what the program gives the engine, see engine.Usage.
func (w *world) stored(ctx context.Context, workspace string) (int64, error) {
	u, err := w.store.Usage(ctx, workspace)
	return u.EventBytes, err
}

// addKey appends a key to a workspace's catalog.
func (w *world) addKey(workspace, text string, role catalog.Role, expires *events.Time) {
	w.t.Helper()
	w.catalogFact(workspace, &events.KeyCreated{ID: keyID(text), Name: "a test's", Role: string(role), Hash: sha256.Sum256([]byte(text)), ExpiresAt: expires})
}

// reply is a whole answer.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// call asks the server. Headers are "Name: value"; a key in the place of "" is
// sent as the bearer.
func (w *world) call(method, path, key, body string, headers ...string) *reply {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return w.send(r, []byte(body))
}

func (w *world) send(r *http.Request, body []byte) *reply {
	w.t.Helper()
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := &reply{t: w.t, status: resp.StatusCode, header: resp.Header, body: b}
	a.checkHeaders()
	e := exchange{request: r, body: body, status: resp.StatusCode, header: resp.Header, answer: b}
	if r.Method != http.MethodHead {
		if err := e.problems(); err != nil {
			w.t.Errorf("%s %s is against openapi.yaml: %v", r.Method, r.URL, err)
		}
	}
	return a
}

func (a *reply) checkHeaders() {
	a.t.Helper()
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
		if name == "Cache-Control" && a.header.Get("Content-Security-Policy") == docsPolicy {
			want = "no-cache"
		}
		if got := a.header.Get(name); got != want {
			a.t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.header.Get("X-Request-Id") == "" {
		a.t.Error("X-Request-Id is missing")
	}
}

// want checks the status, and for an error the code.
func (a *reply) want(status int, code ...string) *reply {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	for _, c := range code {
		if got := a.failure().Code; got != c {
			a.t.Fatalf("code %q, want %q: %s", got, c, a.body)
		}
	}
	return a
}

func (a *reply) failure() errorBody {
	a.t.Helper()
	var f errorBody
	a.into(&f)
	return f
}

func (a *reply) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

// field gives a member of the answer by a JSON pointer of plain names, as JSON.
func (a *reply) field(pointer string) string {
	a.t.Helper()
	v := jsontext.Value(a.body)
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		var m map[string]jsontext.Value
		if v.Kind() == jsontext.KindBeginArray {
			var list []jsontext.Value
			if err := json.Unmarshal(v, &list); err != nil || name != "0" || len(list) == 0 {
				a.t.Fatalf("no %s in %s (%v)", pointer, a.body, err)
			}
			v = list[0]
			continue
		}
		if err := json.Unmarshal(v, &m); err != nil {
			a.t.Fatalf("no %s in %s: %v", pointer, a.body, err)
		}
		v = m[name]
	}
	return string(v)
}

// text is field for a string.
func (a *reply) text(pointer string) string {
	a.t.Helper()
	var s string
	if err := json.Unmarshal([]byte(a.field(pointer)), &s); err != nil {
		a.t.Fatalf("%s of %s: %v", pointer, a.body, err)
	}
	return s
}

// contract is openapi.yaml as the tests use it.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	openapi3filter.RegisterBodyDecoder(mediaSSE, openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder(mediaNDJSON, openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder(mediaYAML, openapi3filter.PlainBodyDecoder)
	for _, page := range []string{mediaHTML, mediaCSS, mediaScript} {
		openapi3filter.RegisterBodyDecoder(page, openapi3filter.PlainBodyDecoder)
	}
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(OpenAPI())
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
})

var contractRouter = sync.OnceValues(func() (routers.Router, error) {
	doc, err := contract()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// exchange is a request with its answer.
type exchange struct {
	request *http.Request
	body    []byte
	status  int
	header  http.Header
	answer  []byte
}

// problems holds an exchange against the contract: every answer must be
// described, and a request that was answered with a 2xx must be too.
func (e *exchange) problems() error {
	router, err := contractRouter()
	if err != nil {
		return err
	}
	asked := e.request.Clone(context.Background())
	asked.Body = io.NopCloser(bytes.NewReader(e.body))
	asked.URL.Scheme, asked.URL.Host = "", ""
	found, params, err := router.FindRoute(asked)
	if err != nil {
		return nil //nolint:nilerr // no such route: the answer is a plain error
	}
	input := &openapi3filter.RequestValidationInput{
		Request: asked, PathParams: params, Route: found,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
		},
	}
	if e.status < 300 {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			return fmt.Errorf("a request that was answered with %d: %w", e.status, err)
		}
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.status, Header: e.header,
		Body: io.NopCloser(bytes.NewReader(e.answer)), Options: input.Options,
	})
	if err != nil {
		return fmt.Errorf("an answer: %w\n%.500s", err, e.answer)
	}
	return nil
}

// lockedBuffer is a log that may be written from any goroutine.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func textLogger(to io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// revoke appends the revocation of a key.
func (w *world) revoke(workspace, text string) {
	w.t.Helper()
	w.catalogFact(workspace, &events.KeyRevoked{ID: keyID(text)})
}

func keyID(text string) string { return "key-" + events.HashOf([]byte(text)).String()[:8] }

// catalogFact appends a fact to a workspace's catalog.
func (w *world) catalogFact(workspace string, f events.Fact) {
	w.t.Helper()
	subject := events.CatalogSubject(workspace)
	var head events.Head
	for c, err := range w.log.Load(w.t.Context(), subject, 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		head = c.Head()
	}
	c, err := events.Seal(events.Draft{
		Subject: subject, Head: head, ID: uuid.NewString(), At: events.At(time.Now()), Actor: events.Actor{Kind: "test", ID: "test"},
	}, f)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.log.Append(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
}
