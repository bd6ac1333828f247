package httpapi

// What happens around every handler: identification, headers, the checks that
// come before a body is read, panics, errors and the request's log line.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ranvier/engine/catalog"
)

// answerTime is how long a client may take to read an answer. Streams set a
// deadline of their own for each frame.
const answerTime = 30 * time.Second

// resource is one path of the table with the route of each of its methods.
type resource struct {
	server  *Server
	methods map[string]route
}

// ServeHTTP finds the method's route; HEAD is a GET whose body is dropped.
func (res *resource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	rt, ok := res.methods[method]
	if !ok {
		for _, rt = range res.methods {
			break // each has the path for the log line
		}
		answer := res.refuseMethod
		if isPreflight(r) {
			answer = res.preflight
		}
		res.server.wrap(rt.path, answer).ServeHTTP(w, r)
		return
	}
	res.server.wrap(rt.path, res.server.guard(rt)).ServeHTTP(w, r)
}

func (res *resource) refuseMethod(w http.ResponseWriter, r *http.Request) error {
	allow := slices.Sorted(maps.Keys(res.methods))
	if slices.Contains(allow, http.MethodGet) {
		allow = append(allow, http.MethodHead)
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	return fail(codeMethod, "this path takes %s", strings.Join(allow, ", "))
}

// guard puts the route's own checks before its handler: the key, its role and
// what the client accepts. A server that stops serves nothing but its health.
func (s *Server) guard(rt route) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if s.done.Err() != nil && strings.HasPrefix(rt.path, "/v1/") {
			return fail(codeUnavailable, "the server is stopping: try again in a moment")
		}
		if rt.role != public {
			key, err := s.authenticate(r)
			if err != nil {
				return s.limitFailure(r, err)
			}
			about(r).key = key
			if err := s.limitKey(w, key); err != nil {
				return err
			}
			if !key.Role.Allows(rt.role) {
				return fail(codeForbidden, "this needs a key with the role %s; yours is %s", rt.role, key.Role)
			}
		}
		offers := rt.produces
		if offers == nil {
			offers = jsonOnly
		}
		var ok bool
		if about(r).accepted, ok = accepts(r.Header.Values("Accept"), offers); !ok {
			return fail(codeNotAcceptable, "this is served as %s only", strings.Join(offers, " or "))
		}
		about(r).body = bodySchemas()[rt.method+" "+rt.path]
		err := rt.serve(w, r)
		if isShared(r) {
			err = publicRefusal(err)
		}
		return err
	}
}

// request is what the server knows of a request beside the request itself. It
// belongs to the request's goroutine.
type request struct {
	id       string
	key      *catalog.Key   // nil on public routes
	share    *catalog.Share // the share token of a public route; nil until it was found to open what is asked for
	seen     uint64         // the catalogs' end when the credential was looked up
	body     *bodySchema    // what the route takes, nil when that is nothing
	accepted []string       // of the route's media types those that the client takes, best first
}

type requestKey struct{}

// about gives what is known of r. It panics for a request that did not come
// through wrap.
func about(r *http.Request) *request { return r.Context().Value(requestKey{}).(*request) }

// isShared tells whether a share token opened r: whatever is shown then is what
// the public may see.
func isShared(r *http.Request) bool {
	q, _ := r.Context().Value(requestKey{}).(*request)
	return q != nil && q.share != nil
}

// wrap makes a handler an http.Handler. path is its row's path, for the log.
func (s *Server) wrap(path string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		q := &request{id: requestID(r)}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
		rec := &recorder{ResponseWriter: w}
		head := rec.Header()
		head.Set("X-Request-Id", q.id)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Cache-Control", "no-store")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		s.allowOrigin(head, r)
		defer func() {
			if p := recover(); p != nil {
				s.panicked(rec, r, p)
			}
			s.metrics.answered(r.Method, path, rec.status)
			s.logRequest(r, q, path, rec, time.Since(began))
		}()
		if err := h(rec, r); err != nil {
			s.refuse(rec, r, err)
		}
	})
}

// panicked answers a request whose handler panicked. When the answer has
// already begun, the connection is cut, so that it cannot pass for whole.
func (s *Server) panicked(w *recorder, r *http.Request, p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.logger.Error("panic in a handler", "request_id", about(r).id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	s.refuse(w, r, fail(codeInternal, internalMessage))
}

// logRequest writes one line a request. The query is left out: it can hold
// secrets.
func (s *Server) logRequest(r *http.Request, q *request, path string, w *recorder, took time.Duration) {
	level := slog.LevelDebug
	if w.status >= http.StatusInternalServerError {
		level = slog.LevelInfo
	}
	if !s.logger.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", q.id), slog.String("method", bounded(r.Method, 20)), slog.String("route", path),
		slog.String("path", loggedPath(path, r.URL.EscapedPath())), slog.Int("status", w.status),
		slog.Int64("bytes", w.bytes), slog.Duration("took", took),
	}
	if by, _ := q.credential(); by != (credential{}) {
		attrs = append(attrs, slog.String(by.kind, by.id), slog.String("workspace", by.workspace))
	}
	s.logger.LogAttrs(r.Context(), level, "request", attrs...)
}

// loggedPath is a request's path without what may be a share token: that of a
// route which takes one there, or of none, is not told.
func loggedPath(route, path string) string {
	switch {
	case strings.Contains(route, "{token}"):
		return route
	case strings.HasPrefix(path, publicPrefix) && route == "", strings.Contains(path, sharePrefix):
		return "not logged"
	}
	return bounded(path, 200)
}

// requestID keeps the client's id when it is sane.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > 64 {
		return uuid.NewString()
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return uuid.NewString()
		}
	}
	return id
}

// recorder remembers what was answered. It gives each answer a write deadline
// when it begins: one that an earlier request of the connection set is void.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
		// A writer without deadlines, as in tests, is no reason not to answer.
		_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(answerTime))
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}
