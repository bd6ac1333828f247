package main

// A client of the HTTP API, as anybody would write one: it knows nothing of
// the server but what the API says.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/tmaxmax/go-sse"
)

// client speaks to one server with one key. It may be used from any goroutine.
type client struct {
	url  string // base URL
	key  string
	http *http.Client

	retry time.Duration // between two connections of a stream
}

func newClient(url, key string) *client {
	return &client{
		url: url, key: key, retry: time.Second,
		http: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()},
	}
}

// close ends idle connections.
func (c *client) close() { c.http.CloseIdleConnections() }

// apiError is an answer that is not a 2xx.
type apiError struct {
	HTTP    int    `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Details []struct {
		Path    string `json:"path"`
		Message string `json:"message"`
	} `json:"details"`
}

// Error implements error.
func (e *apiError) Error() string {
	text := fmt.Sprintf("%d %s: %s", e.HTTP, e.Code, e.Message)
	for _, d := range e.Details {
		text += fmt.Sprintf("\n  %s %s", d.Path, d.Message)
	}
	return text
}

// send makes a request; body is sent as JSON unless it is nil. The error is an
// *apiError when the server answered with none of the 2xx. The caller closes
// the response's body.
func (c *client) send(ctx context.Context, method, path string, header map[string]string, body any) (*http.Response, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, content)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("send the request: %w", err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	refused := &apiError{Code: resp.Status}
	if b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20)); err == nil {
		_ = json.Unmarshal(b, refused) // a proxy's page is no JSON: the status alone must do
	}
	refused.HTTP = resp.StatusCode
	return nil, refused
}

// call makes a request and reads the answer's JSON into out, unless it is nil.
func (c *client) call(ctx context.Context, method, path string, header map[string]string, body, out any) error {
	resp, err := c.send(ctx, method, path, header, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

// execute starts a stored pathway under an Idempotency-Key, so that it may be
// sent again when its answer was lost, and gives the job's id.
func (c *client) execute(ctx context.Context, pathway, idempotencyKey string, input any) (string, error) {
	var started struct {
		JobID string `json:"job_id"`
	}
	err := c.call(ctx, http.MethodPost, "/v1/pathways/"+pathway+"/execute",
		map[string]string{"Idempotency-Key": idempotencyKey}, map[string]any{"input": input}, &started)
	return started.JobID, err
}

// answer answers a question of a job.
func (c *client) answer(ctx context.Context, job, intervention, action string) error {
	return c.call(ctx, http.MethodPost, "/v1/jobs/"+job+"/input", nil, map[string]any{"input": map[string]string{
		"type": "intervention_response", "interventionId": intervention, "action": action,
	}}, nil)
}

// frame is what a job's stream says at one place. Fields that its type does
// not have are empty.
type frame struct {
	Type     string  `json:"type"`
	Cursor   string  `json:"cursor"`
	Status   string  `json:"status"`
	Progress float64 `json:"progress"` // 0-100
	Step     string  `json:"current_step"`
	Waiting  *struct {
		ID      string   `json:"interventionId"`
		Prompt  string   `json:"prompt"`
		Actions []string `json:"actions"`
	} `json:"waitingFor"`

	Node    string         `json:"node_id"` // of a token or an ended step
	Visit   int            `json:"visit"`
	Attempt int            `json:"attempt"`
	Token   string         `json:"token"`
	Output  jsontext.Value `json:"output"`
	Ended   []struct {
		Node   string         `json:"node_id"`
		Output jsontext.Value `json:"output"`
	} `json:"ended"` // further steps that ended

	Events []struct {
		Type    string `json:"type"`
		Node    string `json:"node"`
		Attempt int    `json:"attempt"`
	} `json:"events"`

	Result       jsontext.Value `json:"result"`
	FailedReason string         `json:"failedReason"`

	raw string // the whole JSON
}

// parseFrame reads the data of one event of a stream.
func parseFrame(data string) (*frame, error) {
	f := &frame{raw: data}
	if err := json.Unmarshal([]byte(data), f); err != nil {
		return nil, fmt.Errorf("read a frame: %w", err)
	}
	return f, nil
}

// last tells whether nothing comes after f.
func (f *frame) last() bool { return f.Type == "complete" || f.Type == "error" }

// maxFrame is the size in bytes of the largest frame that is read: a result is
// as large as a commit may be.
const maxFrame = 64 << 20

// errEnough is returned by a reader of frames that wants no more.
var errEnough = errors.New("enough was read")

// follow reads a job's stream after a cursor ("" is the beginning) to its end
// and hands each frame to see. When the connection breaks it connects again
// with the cursor of the last frame, until ctx ends. An error of see ends it
// and is returned, errEnough as nil.
func (c *client) follow(ctx context.Context, job, after string, see func(*frame) error) error {
	for {
		at, err := c.followOnce(ctx, job, after, see)
		after = at
		var lost *lostError
		switch {
		case errors.Is(err, errEnough):
			return nil
		case !errors.As(err, &lost):
			return err
		}
		again := time.NewTimer(c.retry)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return ctx.Err()
		}
	}
}

// lostError says that a stream broke off and can be taken up again.
type lostError struct{ err error }

func (e *lostError) Error() string { return "the stream broke off: " + e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// followOnce reads one connection's part of a stream and gives the place where
// the next one begins. The error is nil at the job's end and a *lostError
// where the connection ended.
func (c *client) followOnce(ctx context.Context, job, after string, see func(*frame) error) (string, error) {
	header := map[string]string{"Accept": "text/event-stream"}
	if after != "" {
		header["Last-Event-ID"] = after
	}
	resp, err := c.send(ctx, http.MethodGet, "/v1/jobs/"+job+"/stream", header, nil)
	var refused *apiError
	switch {
	case ctx.Err() != nil:
		return after, ctx.Err()
	case errors.As(err, &refused) && refused.HTTP != http.StatusServiceUnavailable:
		return after, err
	case err != nil:
		return after, &lostError{err}
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return after, nil // all was read, the end included
	}
	for event, err := range sse.Read(resp.Body, &sse.ReadConfig{MaxEventSize: maxFrame}) {
		if err != nil {
			return after, c.broken(ctx, err)
		}
		if event.Data == "" {
			continue // only the time to wait before the next connection
		}
		f, err := parseFrame(event.Data)
		if err != nil {
			return after, err
		}
		if err := see(f); err != nil {
			return after, err
		}
		after = event.LastEventID
		if f.last() {
			return after, nil
		}
	}
	return after, c.broken(ctx, io.ErrUnexpectedEOF)
}

func (c *client) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &lostError{err}
}
