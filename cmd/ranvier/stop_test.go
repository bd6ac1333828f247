package main

// What clients see of a server that is stopping: as long as its steps are at
// work it says so, and says when to come again.

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestStopping(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-release
	}))
	defer slow.Close()
	tr := newTrial(t)
	var started struct {
		ID string `json:"job_id"`
	}
	err := tr.client.call(t.Context(), http.MethodPost, "/v1/jobs", nil, map[string]any{
		"pathway": map[string]any{"nodes": []any{map[string]any{"id": "call", "type": "http", "url": slow.URL}}},
	}, &started)
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	tr.client.close()
	url, stopped := tr.service.url, make(chan error, 1)
	go func() { stopped <- tr.service.stop() }()

	// Each on a connection of its own, as it comes from a load balancer.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) (int, http.Header, string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+tr.cfg.BootstrapKey.Reveal())
		a, err := client.Do(r)
		if err != nil {
			t.Error(err)
			return 0, nil, ""
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		if err != nil {
			t.Error(err)
		}
		return a.StatusCode, a.Header, string(body)
	}
	if !eventually(func() bool { status, _, _ := get("/readyz"); return status != http.StatusOK }) {
		t.Error("/readyz is green in a server that stops")
	}
	for _, path := range []string{"/v1/jobs", "/v1/jobs/" + started.ID + "/stream", "/v1/events/stream"} {
		status, header, body := get(path)
		if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(body, `"UNAVAILABLE"`) {
			t.Errorf("%s: %d %v %s", path, status, header, body)
		}
	}
	if status, _, body := get("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d %s", status, body)
	}

	close(release)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	tr.start() // the step that was at work has ended and is not lost
	var j struct {
		Status string `json:"status"`
		Steps  []struct {
			Attempts int `json:"attempts"`
		} `json:"steps"`
	}
	if err := tr.client.call(t.Context(), http.MethodGet, "/v1/jobs/"+started.ID, map[string]string{"Prefer": "wait=30"}, nil, &j); err != nil {
		t.Fatal(err)
	}
	if j.Status != "completed" || len(j.Steps) != 1 || j.Steps[0].Attempts != 1 {
		b, _ := json.Marshal(j)
		t.Errorf("the job is %s", b)
	}
}
