package httpapi

// The reference is whole: each part that the page names is served, may be
// kept, and nothing is from elsewhere.

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestDocs(t *testing.T) {
	w := newWorld(t)
	page := w.call("GET", "/docs", "", "", "Accept: text/html,application/xhtml+xml,*/*;q=0.8").want(200)
	if got := page.header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("the page is %q", got)
	}
	var parts []string
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllSubmatch(page.body, -1) {
		switch part := string(m[1]); {
		case strings.HasPrefix(part, "docs/"):
			parts = append(parts, "/"+part)
		case part != "data:," && part != "v1/openapi.yaml":
			t.Errorf("the page names %q", part)
		}
	}
	if len(parts) != 3 {
		t.Fatalf("the page is made of %q", parts)
	}
	for _, path := range append(parts, "/docs") {
		a := w.call("GET", path, "", "", "Accept-Encoding: identity").want(200)
		if policy := a.header.Get("Content-Security-Policy"); policy != docsPolicy || strings.Contains(policy, "://") || strings.Contains(policy, "unsafe-eval") {
			t.Errorf("%s: Content-Security-Policy is %q", path, policy)
		}
		if a.header.Get("Cache-Control") != "no-cache" || len(a.body) == 0 {
			t.Errorf("%s: %v and %d bytes", path, a.header, len(a.body))
		}
		again := w.call("GET", path, "", "", "If-None-Match: "+a.header.Get("ETag")).want(304)
		if len(again.body) != 0 {
			t.Errorf("%s: a 304 with %d bytes", path, len(again.body))
		}
		w.call("GET", path, "", "", `If-None-Match: "x"`).want(200)
	}
	for _, path := range []string{"/docs/", "/docs/index.html", "/docs/redoc.js.gz", "/docs/..%2Fopenapi.yaml", "/docs/README.md", "/docs/%00"} {
		w.call("GET", path, "", "").want(404, codeNotFound)
	}
	w.call("GET", "/docs?x=1", "", "").want(400, codeInvalid)
}

// The viewer is sent as it is stored to those who take it.
func TestDocsPacked(t *testing.T) {
	w := newWorld(t)
	plain := w.call("GET", "/docs/redoc.js", "", "", "Accept-Encoding: gzip;q=0, br").want(200)
	packed := w.call("GET", "/docs/redoc.js", "", "", "Accept-Encoding: br, gzip").want(200)
	if packed.header.Get("Content-Encoding") != "gzip" || plain.header.Get("Content-Encoding") != "" {
		t.Fatalf("%v and %v", packed.header, plain.header)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain.body) {
		t.Errorf("%d bytes, %v; plain %d", len(got), err, len(plain.body))
	}
	if a, b := packed.header.Get("ETag"), plain.header.Get("ETag"); a != b || !strings.HasPrefix(a, "W/") {
		t.Errorf("tags %s and %s", a, b)
	}
	if w.call(http.MethodHead, "/docs/redoc.js", "", "").want(200).header.Get("Content-Length") == "" {
		t.Error("HEAD tells no length")
	}
}
