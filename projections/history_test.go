package projections

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ranvier/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// history writes a log by hand.
type history struct {
	tb    testing.TB
	log   *events.MemLog
	heads map[events.Subject]events.Head
	now   time.Time
	n     int
}

func newHistory(tb testing.TB) *history {
	return &history{
		tb: tb, log: events.NewMemLog(), heads: map[events.Subject]events.Head{},
		now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

// add appends one commit and gives its sequence.
func (h *history) add(s events.Subject, facts ...events.Fact) uint64 {
	h.tb.Helper()
	c := h.seal(s, facts...)
	if err := h.log.Append(context.Background(), c); err != nil {
		h.tb.Fatal(err)
	}
	h.heads[s] = c.Head()
	return c.Seq
}

func (h *history) seal(s events.Subject, facts ...events.Fact) *events.Commit {
	h.tb.Helper()
	h.n++
	c, err := events.Seal(events.Draft{
		Subject: s, Head: h.heads[s], ID: fmt.Sprintf("commit-%d", h.n), At: events.At(h.now),
		Actor: events.Actor{ID: "key-1", Kind: "key"},
	}, facts...)
	if err != nil {
		h.tb.Fatal(err)
	}
	return c
}

// jobID numbers ids such that they sort as they are made.
func jobID(n int) string { return fmt.Sprintf("0199e2c5-%04x-7000-8000-%012x", n>>16, n) }

// submit is the first commit of a job with one node.
func submit(f events.JobSubmitted) []events.Fact {
	f.Graph = events.PayloadOf(map[string]any{"nodes": []any{map[string]string{"id": "step", "type": "http"}}})
	f.Input = events.PayloadOf(map[string]string{"question": "how long is a piece of string?"})
	f.Nodes = 1
	return []events.Fact{
		&f, &events.JobStarted{},
		&events.NodeStarted{Attempt: 1, Kind: "http", Node: "step", Runner: "engine-1", Visit: 1},
	}
}

// succeed is the last one.
func succeed() []events.Fact {
	return []events.Fact{
		&events.NodeSucceeded{
			Attempt: 1, Node: "step", Visit: 1,
			Output: events.PayloadOf(map[string]any{"text": "twice the length from its middle", "n": 42}),
			Usage:  events.Usage{InputTokens: 11, OutputTokens: 12, ModelCalls: 1, CostMicroUSD: 1234},
		},
		&events.JobCompleted{Result: events.PayloadOf(map[string]any{"text": "twice the length from its middle", "n": 42})},
	}
}

// testPath is a file in a folder of the test's own.
func testPath(tb testing.TB) string { return filepath.Join(tb.TempDir(), "views.db") }

// running is a store with its Run.
type running struct {
	*Store
	tb   testing.TB
	stop context.CancelFunc
	done chan error
}

func run(tb testing.TB, s *Store) *running {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Store: s, tb: tb, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- s.Run(ctx) }()
	return r
}

// start opens and runs, and ends both with the test.
func start(tb testing.TB, path string, log events.Log) *running {
	tb.Helper()
	s, err := Open(Config{Path: path}, log)
	if err != nil {
		tb.Fatal(err)
	}
	r := run(tb, s)
	tb.Cleanup(r.end)
	return r
}

// end stops Run and closes; it may be called twice.
func (r *running) end() {
	r.tb.Helper()
	if r.done == nil {
		return
	}
	r.stop()
	if err := <-r.done; err != nil {
		r.tb.Error("Run:", err)
	}
	r.done = nil
	if err := r.Close(); err != nil {
		r.tb.Error("Close:", err)
	}
}

// catchUp waits for the end of the log.
func (r *running) catchUp() {
	r.tb.Helper()
	for _, stream := range streams {
		if err := r.Wait(r.tb.Context(), stream, r.log.Last(stream)); err != nil {
			r.tb.Fatal(err)
		}
	}
}

func (r *running) export() string {
	r.tb.Helper()
	var b bytes.Buffer
	if err := r.Export(r.tb.Context(), &b); err != nil {
		r.tb.Fatal(err)
	}
	return b.String()
}

// straight is the export of one fold of the whole log.
func straight(tb testing.TB, log events.Log) string {
	tb.Helper()
	r := start(tb, testPath(tb), log)
	r.catchUp()
	defer r.end()
	return r.export()
}

func wantError(tb testing.TB, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) {
		tb.Fatalf("the error is %v, not %v", err, want)
	}
}
