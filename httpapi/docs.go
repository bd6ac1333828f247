package httpapi

// GET /docs: the API reference, a page that draws openapi.yaml and works
// without any other server.

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"ranvier/events"
)

//go:embed docs/index.html docs/docs.css docs/docs.js docs/redoc.js.gz
var docsFiles embed.FS

// docsPolicy lets the page load what this server has and nothing else. The
// viewer writes its styles into the page.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsFile is a part of the page.
type docsFile struct {
	mediaType string
	packed    []byte // with gzip
	plain     []byte
	tag       string
}

// docs are the parts by their names, "" is the page.
var docs = sync.OnceValues(func() (map[string]*docsFile, error) {
	out := map[string]*docsFile{}
	for name, file := range map[string]*docsFile{
		"": {mediaType: mediaHTML}, "docs.css": {mediaType: mediaCSS}, "docs.js": {mediaType: mediaScript}, "redoc.js": {mediaType: mediaScript},
	} {
		var err error
		switch name {
		case "":
			file.plain, err = docsFiles.ReadFile("docs/index.html")
		case "redoc.js":
			if file.packed, err = docsFiles.ReadFile("docs/redoc.js.gz"); err == nil {
				file.plain, err = unpack(file.packed)
			}
		default:
			file.plain, err = docsFiles.ReadFile("docs/" + name)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the reference's %q: %w", name, err)
		}
		sum := events.HashOf(file.plain)
		file.tag = fmt.Sprintf(`"%x"`, sum[:8])
		out[name] = file
	}
	return out, nil
})

func unpack(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// getDocs answers GET /docs and its parts.
func (s *Server) getDocs(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	files, err := docs()
	if err != nil {
		return err
	}
	name, err := url.PathUnescape(mux.Vars(r)["file"])
	file := files[name]
	if err != nil || file == nil {
		return fail(codeNotFound, "there is no such file")
	}
	head := w.Header()
	head.Set("Content-Security-Policy", docsPolicy)
	head.Set("Cache-Control", "no-cache") // it may be kept, and is asked about
	head.Set("ETag", "W/"+file.tag)       // packed and plain alike
	head.Add("Vary", "Accept-Encoding")
	if matches(r.Header.Values("If-None-Match"), file.tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := file.plain
	if file.packed != nil && takesGzip(r.Header.Values("Accept-Encoding")) {
		head.Set("Content-Encoding", "gzip")
		body = file.packed
	}
	write(w, http.StatusOK, file.mediaType+"; charset=utf-8", body)
	return nil
}

// takesGzip tells whether a client takes gzip: it must name it, with any
// weight but 0.
func takesGzip(headers []string) bool {
	for text := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if name, weight := mediaRange(text); name == "gzip" && weight > 0 {
			return true
		}
	}
	return false
}
