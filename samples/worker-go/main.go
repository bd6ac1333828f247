// A worker of Ranvier in Go, with nothing but the standard library: it leases
// tasks of a queue, says that it is alive while it works on one, and ends it.
// Change count to what your worker shall do.
//
//	RANVIER_KEY=rv_live_... go run ./samples/worker-go words
//
// RANVIER_URL says where the server is; http://127.0.0.1:8080 when it is not
// set. The key needs the role operator.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// count is the work: it counts the words of a text.
func count(ctx context.Context, t *task) (any, error) {
	var input struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(t.Input, &input); err != nil || input.Text == "" {
		return nil, &final{"NO_TEXT", "the input has no text"}
	}
	words := strings.Fields(input.Text)
	t.progress(ctx, 50, fmt.Sprintf("%d words so far", len(words)))
	return map[string]int{"words": len(words)}, ctx.Err()
}

// final is a failure that another attempt would not mend.
type final struct{ code, message string }

func (f *final) Error() string { return f.message }

// task is what the server gives a worker.
type task struct {
	ID      string          `json:"task_id"`
	Lease   int             `json:"lease"`
	LeaseMS int             `json:"lease_ms"`
	Key     string          `json:"idempotency_key"` // hand it on to what the worker calls
	Input   json.RawMessage `json:"input"`

	worker *worker
}

// worker is one that does a task at a time. Run several for more.
type worker struct {
	url, key, queue, name string
}

func main() {
	if len(os.Args) != 2 || os.Getenv("RANVIER_KEY") == "" {
		fmt.Fprintln(os.Stderr, "usage: RANVIER_KEY=... worker-go QUEUE")
		os.Exit(2)
	}
	w := &worker{url: "http://127.0.0.1:8080", key: os.Getenv("RANVIER_KEY"), queue: os.Args[1]}
	if url := os.Getenv("RANVIER_URL"); url != "" {
		w.url = strings.TrimSuffix(url, "/")
	}
	host, _ := os.Hostname()
	w.name = fmt.Sprintf("%s-%d", host, os.Getpid())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for ctx.Err() == nil { // a task under way is done to its end
		if err := w.next(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, err)
			if e := (*refusal)(nil); errors.As(err, &e) && e.status < 500 {
				stop()
				os.Exit(1) // such as a bad key: asking again would not help
			}
			select {
			case <-time.After(2 * time.Second):
			case <-ctx.Done():
			}
		}
	}
}

// next waits for a task and works on it. The error is that of the lease.
func (w *worker) next(ctx context.Context) error {
	var got struct {
		Tasks []*task `json:"tasks"`
	}
	if err := w.post(ctx, "/v1/workers/"+w.queue+"/lease?wait=50s", map[string]any{"worker": w.name}, &got); err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	for _, t := range got.Tasks {
		t.worker = w
		if err := t.do(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintf(os.Stderr, "task %s: %v\n", t.ID, err) // its lease runs out, and somebody else does it
		}
	}
	return nil
}

// do works on a task. It ends early when the server says that the task is not
// this worker's any more.
func (t *task) do(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go t.keep(ctx, cancel)
	output, err := count(ctx, t)
	if ctx.Err() != nil {
		return errors.New("lost")
	}
	if err == nil {
		err = t.end(ctx, "complete", map[string]any{"lease": t.Lease, "output": output})
		if e := (*refusal)(nil); !errors.As(err, &e) || e.status != http.StatusBadRequest {
			return err
		}
		err = &final{"OUTPUT_INVALID", err.Error()} // it does not fit the node's output_schema
	}
	failure := map[string]any{"lease": t.Lease, "message": err.Error()}
	if f := (*final)(nil); errors.As(err, &f) {
		failure["code"], failure["retryable"] = f.code, false
	}
	return t.end(ctx, "fail", failure)
}

// keep says that the worker is alive until ctx ends.
func (t *task) keep(ctx context.Context, lost context.CancelFunc) {
	tick := time.NewTicker(time.Duration(t.LeaseMS) * time.Millisecond / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		err := t.worker.post(ctx, "/v1/tasks/"+t.ID+"/heartbeat", map[string]any{"lease": t.Lease}, nil)
		if e := (*refusal)(nil); errors.As(err, &e) && e.status < 500 {
			lost() // LEASE_LOST: the job was cancelled, or another worker has the task
			return
		}
	}
}

// progress tells people how far the worker is. That it could not be told is no
// reason to stop.
func (t *task) progress(ctx context.Context, percent float64, message string) {
	if err := t.worker.post(ctx, "/v1/tasks/"+t.ID+"/progress", map[string]any{"lease": t.Lease, "percent": percent, "message": message}, nil); err != nil {
		fmt.Fprintf(os.Stderr, "task %s: progress: %v\n", t.ID, err)
	}
}

// end says how the task ended. The same may be said twice, so it is repeated
// until there is an answer, for as long as a lease takes.
func (t *task) end(ctx context.Context, how string, body any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(t.LeaseMS)*time.Millisecond)
	defer cancel()
	for {
		err := t.worker.post(ctx, "/v1/tasks/"+t.ID+"/"+how, body, nil)
		if e := (*refusal)(nil); err == nil || errors.As(err, &e) && e.status < 500 {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return err
		}
	}
}

// refusal is an answer that is not a 2xx.
type refusal struct {
	status        int
	Code, Message string
}

func (e *refusal) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.Code, e.Message) }

// post sends a request and reads the answer into result, unless that is nil.
func (w *worker) post(ctx context.Context, path string, body, result any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if b, err = io.ReadAll(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		e := &refusal{status: resp.StatusCode}
		_ = json.Unmarshal(b, e) // what is no JSON explains nothing
		return e
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(b, result)
}
