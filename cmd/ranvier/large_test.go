package main

// Outputs of tens of megabytes through the whole service: neither log, nor
// views, nor streams grow by them, and every byte comes back.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
)

// heavy is an answer of about n bytes: a list of objects, as text of one of
// which begins with its number.
func heavy(n int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"n":%d,"text":"%d canary-of-the-heavy-answer %s"}`, i, i, strings.Repeat("z", 2000))
	}
	b.WriteByte(']')
	return b.Bytes()
}

// filesWith lists the files below dir that hold some text, and the size of
// each file.
func filesWith(t *testing.T, dir, text string) (found []string, sizes map[string]int64) {
	t.Helper()
	sizes = map[string]int64{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = append(found, path)
		}
		sizes[path] = int64(len(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, sizes
}

func TestHeavyOutputs(t *testing.T) {
	answer := heavy(50 << 20)
	part := heavy(20 << 20)
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		b := answer
		if r.URL.Path == "/part" {
			b = part
		}
		_, _ = w.Write(b) // a client that has gone needs no answer
	}))
	defer outside.Close()
	tr := newTrial(t)
	tr.stop()
	_, before := filesWith(t, tr.cfg.DataDir, "-")
	tr.cfg.MaxResponse = 60 << 20
	tr.start()

	run := func(graph string) (id string) {
		t.Helper()
		var started struct {
			ID string `json:"job_id"`
		}
		body := map[string]any{"pathway": jsontext.Value(graph)}
		if err := tr.client.call(t.Context(), http.MethodPost, "/v1/jobs", nil, body, &started); err != nil {
			t.Fatal(err)
		}
		return started.ID
	}
	whole := run(fmt.Sprintf(`{"nodes":[{"id":"fetch","type":"http","url":%q},{"id":"pass","type":"transform","output":"{{ nodes.fetch.output }}"}],
		"edges":[{"from":"fetch","to":"pass"}]}`, outside.URL+"/whole"))
	frames := tr.rest(whole, "")
	total := 0
	for _, f := range frames {
		total += len(f.raw)
	}
	if last := frames[len(frames)-1]; last.Type != "complete" || total > 32<<10 {
		t.Fatalf("%d frames of %d bytes end with %.1000s", len(frames), total, last.raw)
	}
	if status := tr.get("/v1/jobs/" + whole + "/status"); len(status) > 8<<10 {
		t.Errorf("the status has %d bytes", len(status))
	}
	result := tr.get("/v1/jobs/" + whole + "/result")
	if want := `,"body":` + string(answer) + `}`; !strings.HasSuffix(result, want) || !strings.HasPrefix(result, `{"status":200,"headers":{`) {
		t.Fatalf("the result has %d bytes for an answer of %d", len(result), len(answer))
	}

	small := run(fmt.Sprintf(`{"nodes":[{"id":"fetch","type":"http","url":%q},
		{"id":"pick","type":"transform","output":"{{ nodes.fetch.output.body[3].text.substring(0, 8) }}"}],"edges":[{"from":"fetch","to":"pick"}]}`, outside.URL+"/part"))
	frames = tr.rest(small, "")
	if last := frames[len(frames)-1]; last.Type != "complete" || !strings.Contains(last.raw, `"result":"3 canary"`) {
		t.Errorf("a part of it: %.1000s", last.raw)
	}

	// The log's commits stay small, and so do the views.
	for _, id := range []string{whole, small} {
		var head events.Head
		for c, err := range tr.service.log.Load(t.Context(), events.JobSubject(defaultWorkspace, id), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if head, err = events.Verify(head, c); err != nil {
				t.Fatal(err)
			}
			if len(c.Bytes()) > 16<<10 {
				t.Errorf("a commit has %d bytes", len(c.Bytes()))
			}
		}
	}
	if u, err := tr.service.store.Usage(t.Context(), defaultWorkspace); err != nil || u.EventBytes < 70<<20 {
		t.Errorf("the workspace uses %d bytes, %v", u.EventBytes, err)
	}

	// What is stored is there after a restart, and goes with its job.
	sum := sha256.Sum256([]byte(result))
	tr.stop()
	found, sizes := filesWith(t, tr.cfg.DataDir, "canary-of-the-heavy-answer")
	views := filepath.Join(tr.cfg.DataDir, "views.db")
	if was, is := before[views], sizes[views]; was == 0 || is > was+1<<20 || len(found) == 0 {
		t.Errorf("the views have %d bytes, before %d, and the answer is in %v", is, was, found)
	}
	tr.start()
	if got := sha256.Sum256([]byte(tr.get("/v1/jobs/" + whole + "/steps/fetch/output"))); got != sum {
		t.Error("after a restart the output is another one")
	}
	for _, id := range []string{whole, small} {
		if err := tr.client.call(t.Context(), http.MethodDelete, "/v1/jobs/"+id, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	found, _ = filesWith(t, tr.cfg.DataDir, "canary-of-the-heavy-answer")
	if len(found) > 0 {
		t.Errorf("after the jobs were deleted the answer is in %v", found)
	}
}

// TestSlowReaderOfAnOutput: who does not read an output is cut off.
func TestSlowReaderOfAnOutput(t *testing.T) {
	answer := heavy(20 << 20)
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	defer outside.Close()
	tr := newTrial(t)
	tr.stop()
	tr.cfg.MaxResponse, tr.cfg.SSEWrite = 30<<20, 200e6
	tr.start()
	var started struct {
		ID string `json:"job_id"`
	}
	body := map[string]any{"pathway": jsontext.Value(fmt.Sprintf(`{"nodes":[{"id":"fetch","type":"http","url":%q}]}`, outside.URL))}
	if err := tr.client.call(t.Context(), http.MethodPost, "/v1/jobs", nil, body, &started); err != nil {
		t.Fatal(err)
	}
	tr.rest(started.ID, "")
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", strings.TrimPrefix(tr.service.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /v1/jobs/%s/result HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", started.ID, tr.cfg.BootstrapKey.Reveal())
	first := make([]byte, 1)
	if _, err := conn.Read(first); err != nil {
		t.Fatal(err)
	}
	// The server is stopped by the test's end, which waits for every answer: it
	// has to give this one up by itself.
	tr.stop()
	n, err := io.Copy(io.Discard, conn)
	if n >= int64(len(answer)) {
		t.Errorf("who did not read got %d bytes, %v", n, err)
	}
	tr.start()
}
