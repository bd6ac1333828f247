package httpapi

// CORS: which pages may use the API in a browser (the Fetch standard, section
// 3.2). A key is never sent by the browser itself, so credentials in its sense
// are not needed.

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// corsHeaders are what a page may send.
var corsHeaders = strings.Join([]string{
	"Accept", "Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Last-Event-ID", "Prefer", "X-Request-Id",
}, ", ")

// corsExposed are what a page may read of an answer beside what it always may.
var corsExposed = strings.Join([]string{
	"Allow", "ETag", "Idempotent-Replay", "Location", "Preference-Applied", "RateLimit-Limit", "RateLimit-Remaining",
	"RateLimit-Reset", "Retry-After", "WWW-Authenticate", "X-Request-Id",
}, ", ")

// allowOrigin lets the page that asks read the answer, if its origin is listed,
// and tells whether it is.
func (s *Server) allowOrigin(head http.Header, r *http.Request) bool {
	if len(s.cfg.CORSOrigins) == 0 {
		return false
	}
	origin := r.Header.Get("Origin")
	switch {
	case slices.Contains(s.cfg.CORSOrigins, "*"):
		origin = "*"
	default:
		head.Add("Vary", "Origin") // also of an answer without one: a cache must not give it to the other
		if origin == "" || !slices.Contains(s.cfg.CORSOrigins, origin) {
			return false
		}
	}
	head.Set("Access-Control-Allow-Origin", origin)
	head.Set("Access-Control-Expose-Headers", corsExposed)
	return true
}

// isPreflight tells whether a browser asks before it sends what a page wants.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// preflight answers a browser. An origin that is not listed is answered like
// any other OPTIONS: the browser sees no permission.
func (res *resource) preflight(w http.ResponseWriter, r *http.Request) error {
	if w.Header().Get("Access-Control-Allow-Origin") == "" {
		return res.refuseMethod(w, r)
	}
	head := w.Header()
	head.Del("Access-Control-Expose-Headers")
	head.Set("Access-Control-Allow-Methods", strings.Join(slices.Sorted(maps.Keys(res.methods)), ", "))
	head.Set("Access-Control-Allow-Headers", corsHeaders)
	head.Set("Access-Control-Max-Age", "600") // seconds
	w.WriteHeader(http.StatusNoContent)
	return nil
}
