package httpapi

// What steps and jobs gave, as it is and however large.

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"ranvier/engine/job"
	"ranvier/events"
)

// maxNodePath bounds the path of a node in bytes.
const maxNodePath = 4096

// getOutput answers the output with which a step ended last, or in one visit.
func (s *Server) getOutput(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	q := queryOf(r)
	visit := q.number("visit", 0, 0, 1<<31-1)
	if err := q.err(); err != nil {
		return err
	}
	node, err := url.PathUnescape(mux.Vars(r)["node"])
	if err != nil || len(node) > maxNodePath {
		return fail(codeNotFound, "this is no name of a node")
	}
	if _, err := s.job(r, subject); err != nil {
		return err
	}
	p, err := s.outputOf(r, subject, node, visit)
	if err != nil {
		return err
	}
	if p.IsZero() {
		return fail(codeNotFound, "the step has no output: it has not ended, was skipped, failed, or there is no such node")
	}
	return s.servePayload(w, r, subject, p)
}

// getResult answers the result of a job that has completed.
func (s *Server) getResult(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	j, err := s.job(r, subject)
	if err != nil {
		return err
	}
	if j.Status != job.Completed {
		return fail(codeConflict, "the job is %s: a job has a result once it is completed", j.Status)
	}
	for c, err := range s.log.Load(r.Context(), subject, 0) {
		if err != nil {
			return fmt.Errorf("reading a job's history: %w", err)
		}
		for i := range c.Events {
			if f, ok := c.Events[i].Fact.(*events.JobCompleted); ok && !f.Result.Erased() {
				return s.servePayload(w, r, subject, f.Result)
			}
		}
	}
	return job.Gone()
}

// outputOf finds an output in a job's history: that of a node by its path, or
// of an item of a map by "<map>/<index>"; of the last visit when visit is 0.
func (s *Server) outputOf(r *http.Request, subject events.Subject, path string, visit int) (found events.Payload, err error) {
	inner := map[string]events.Payload{} // of what may be the output of an item
	for c, err := range s.log.Load(r.Context(), subject, 0) {
		if err != nil {
			return found, fmt.Errorf("reading a job's history: %w", err)
		}
		if c.Deletes() {
			return found, job.Gone()
		}
		for i := range c.Events {
			var node string
			var at int
			var output events.Payload
			switch f := c.Events[i].Fact.(type) {
			case *events.NodeSucceeded:
				node, at, output = f.Node, f.Visit, f.Output
			case *events.NodeFailed: // with an output its error goes on as data
				node, at, output = f.Node, f.Visit, f.Output
			case *events.NodeReused:
				node, output = f.Node, f.Output
			case *events.ItemSucceeded:
				node, at, output = f.Node+"/"+strconv.Itoa(f.Index), f.Visit, f.Output
				if f.From != "" {
					output = inner[node+"/"+f.From]
				}
			default:
				continue
			}
			if node == path && (visit == 0 || at == visit) {
				found = output
			} else if strings.HasPrefix(node, path+"/") {
				inner[node] = output
			}
		}
	}
	return found, nil
}

// outputURL is where the output of a visit of a node is.
func outputURL(subject events.Subject, node string, visit int) string {
	u := "/v1/jobs/" + subject.ID + "/steps/" + url.PathEscape(node) + "/output"
	if visit > 0 {
		u += "?visit=" + strconv.Itoa(visit)
	}
	return u
}

// servePayload answers with data as it is stored; its digest is the ETag. A
// client must take each piece of it within the time for a frame.
func (s *Server) servePayload(w http.ResponseWriter, r *http.Request, subject events.Subject, p events.Payload) error {
	var data io.ReadSeeker = bytes.NewReader(p.JSON())
	if p.Apart != nil {
		stored, err := s.log.OpenBlob(r.Context(), subject, p.Sum)
		if err != nil {
			return fmt.Errorf("reading an output: %w", err)
		}
		data = stored
	}
	if !oneRange(r.Header.Values("Range"), p.Size()) {
		r.Header.Del("Range") // a server may ignore it (RFC 9110, section 14.2)
	}
	w.Header().Set("Content-Type", mediaJSON)
	w.Header().Set("ETag", `"`+p.Sum.String()+`"`)
	paced := &pacedWriter{ResponseWriter: w, control: http.NewResponseController(w), timeout: s.cfg.WriteTimeout}
	http.ServeContent(paced, r, "", time.Time{}, data) // when data fails the answer is too short, and the connection cut
	return nil
}

var plainRange = regexp.MustCompile(`^bytes=(\d{1,18})-(\d{0,18})$`)

// oneRange tells whether a client asks for one range that there is.
func oneRange(headers []string, size int64) bool {
	if len(headers) != 1 {
		return false
	}
	m := plainRange.FindStringSubmatch(headers[0])
	if m == nil {
		return false
	}
	from, _ := strconv.ParseInt(m[1], 10, 64)
	to := size
	if m[2] != "" {
		to, _ = strconv.ParseInt(m[2], 10, 64)
	}
	return from < size && from <= to
}

// pacedWriter gives each write a deadline of its own.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
}

// Write implements http.ResponseWriter.
func (w *pacedWriter) Write(b []byte) (int, error) {
	// A writer without deadlines, as in tests, is no reason not to answer.
	_ = w.control.SetWriteDeadline(time.Now().Add(w.timeout))
	return w.ResponseWriter.Write(b)
}
