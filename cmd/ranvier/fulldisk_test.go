package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"golang.org/x/sys/unix"

	"ranvier/config"
	"ranvier/httpapi"
)

// TestFullDisk fills the disk under a server until it stores no more. Then it
// must say so with 503 and lose nothing that it said it had stored, and go on
// by itself once there is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=96m"); err != nil {
		if os.Getenv("RANVIER_NO_MOUNT") == "1" {
			t.Skip("RANVIER_NO_MOUNT=1: no full-disk test") //nolint:forbidigo // asked for by hand where mounting is forbidden
		}
		t.Fatalf("mount a tmpfs: %v; it needs root, or RANVIER_NO_MOUNT=1 to do without", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	cfg := config.Default()
	cfg.Listen, cfg.DataDir, cfg.BootstrapKey = "127.0.0.1:0", filepath.Join(dir, "data"), config.Secret(httpapi.NewKey())
	s, err := start(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	d := &filler{t: t, url: s.url, key: cfg.BootstrapKey.Reveal()}

	if code, _ := d.post(""); code != http.StatusAccepted {
		t.Fatalf("with room: %d", code)
	}
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)
	refused := 0
	for range 2000 {
		code, header := d.post(strings.Repeat("x", 64<<10))
		switch code {
		case http.StatusAccepted:
			continue
		case http.StatusServiceUnavailable:
			if header.Get("Retry-After") == "" {
				t.Fatal("503 without Retry-After")
			}
		default:
			t.Fatalf("on a full disk: %d", code)
		}
		if refused++; refused == 20 {
			break
		}
	}
	if refused == 0 {
		t.Fatal("the disk never filled")
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if !eventually(func() bool { code, _ := d.post(""); return code == http.StatusAccepted }) {
		t.Fatal("there is room again, and jobs are still refused")
	}
	for _, id := range d.acked {
		if !eventually(func() bool { return d.status(id) == "completed" }) {
			t.Fatalf("job %s was accepted and is %q", id, d.status(id))
		}
	}
	t.Logf("%d accepted, 0 lost; %d refused while full", len(d.acked), refused)
}

// fill writes a file until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size >= 1<<12; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, unix.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// filler starts jobs and remembers those that were accepted.
type filler struct {
	t     *testing.T
	url   string
	key   string
	acked []string
}

func (d *filler) do(method, path, body string) (int, http.Header, []byte) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.key)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, answer
}

func (d *filler) post(text string) (int, http.Header) {
	d.t.Helper()
	code, header, answer := d.do(http.MethodPost, "/v1/jobs", fmt.Sprintf(
		`{"pathway":{"nodes":[{"id":"say","type":"transform","output":"ok"}],"edges":[]},"input":%q}`, text))
	var started struct {
		JobID string `json:"job_id"`
	}
	if code == http.StatusAccepted {
		if err := json.Unmarshal(answer, &started); err != nil {
			d.t.Fatal(err)
		}
		d.acked = append(d.acked, started.JobID)
	}
	return code, header
}

// status is the job's status, or what stands in its place.
func (d *filler) status(id string) string {
	d.t.Helper()
	code, _, answer := d.do(http.MethodGet, "/v1/jobs/"+id, "")
	var j struct {
		Status string `json:"status"`
	}
	if code != http.StatusOK {
		return fmt.Sprint(code, " ", string(answer))
	}
	if err := json.Unmarshal(answer, &j); err != nil {
		d.t.Fatal(err)
	}
	return j.Status
}
