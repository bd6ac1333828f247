package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ranvier/config"
	"ranvier/events"
	"ranvier/events/natslog"
)

const benchKey = "a-key-for-benchmarks-only"

// benchService starts a server on a fresh directory with the default settings.
func benchService(b *testing.B) *service {
	b.Helper()
	cfg := config.Default()
	cfg.DataDir, cfg.Listen, cfg.BootstrapKey = b.TempDir(), "127.0.0.1:0", benchKey
	s, err := start(b.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.stop(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// oneStep is a job of one echo step.
const oneStep = `{"pathway":{"nodes":[{"id":"say","type":"neuron","kind":"echo","config":{}}],"edges":[]},"input":{"message":"hello"}}`

func (s *service) benchPost(client *http.Client, wait bool) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url+"/v1/jobs", strings.NewReader(oneStep))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+benchKey)
	req.Header.Set("Content-Type", "application/json")
	want := http.StatusAccepted
	if wait {
		req.Header.Set("Prefer", "wait=60")
		want = http.StatusOK
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != want || (wait && !bytes.Contains(body, []byte(`"status":"completed"`))) {
		return fmt.Errorf("answer %d: %s", resp.StatusCode, body)
	}
	return nil
}

func benchClient(clients int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}}
}

// inParallel does n things with so many clients and gives how long each took.
func inParallel(b *testing.B, clients, n int, do func(i int) error) []time.Duration {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	took := make([]time.Duration, n)
	for range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				began := time.Now()
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took
}

// BenchmarkOneStepJob measures whole jobs through HTTP, in the default durable
// mode, in turn with the bare appends that the same jobs need: a job of one
// step is two commits. "ratio" is jobs a second over what the bare appends
// would have allowed, both over all rounds.
func BenchmarkOneStepJob(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := benchService(b)
			client := benchClient(clients)
			defer client.CloseIdleConnections()
			bare := newBareLog(b)
			inParallel(b, clients, clients, func(int) error { return s.benchPost(client, true) })
			round := 16 * clients
			var took []time.Duration
			var ours, theirs time.Duration
			b.ResetTimer()
			for left := b.N; left > 0; left -= round {
				n := min(left, round)
				began := time.Now()
				took = append(took, inParallel(b, clients, n, func(int) error { return s.benchPost(client, true) })...)
				ours += time.Since(began)
				b.StopTimer()
				theirs += bare.appendJobs(b, clients, n)
				b.StartTimer()
			}
			slices.Sort(took)
			b.ReportMetric(float64(b.N)/ours.Seconds(), "jobs/s")
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(theirs.Microseconds())/float64(2*b.N)*float64(clients), "append-µs")
		})
	}
}

// BenchmarkDrain submits 20,000 jobs as fast as 64 clients can and measures
// until the last has completed.
func BenchmarkDrain(b *testing.B) {
	const jobs = 20_000
	for b.Loop() {
		b.StopTimer()
		s := benchService(b)
		client := benchClient(64)
		theirs := newBareLog(b).appendJobs(b, 64, jobs)
		b.StartTimer()
		began := time.Now()
		done := make(chan time.Duration, 1)
		go func() { done <- s.benchDrained(b, jobs, began) }()
		inParallel(b, 64, jobs, func(int) error { return s.benchPost(client, false) })
		accepted := time.Since(began)
		drained := <-done
		rate := jobs / drained.Seconds()
		b.ReportMetric(jobs/accepted.Seconds(), "accepted/s")
		b.ReportMetric(rate, "jobs/s")
		b.ReportMetric(theirs.Seconds()/drained.Seconds(), "ratio")
		client.CloseIdleConnections()
	}
}

// benchDrained follows the log until so many jobs have completed, and reports
// how long each took from its submission.
func (s *service) benchDrained(b *testing.B, jobs int, began time.Time) time.Duration {
	submitted := make(map[events.Subject]time.Time, jobs)
	took := make([]time.Duration, 0, jobs)
	for batch, err := range s.log.Tail(b.Context(), events.Jobs, 0) {
		if err != nil {
			b.Error(err)
			return 0
		}
		for _, c := range batch {
			for i := range c.Events {
				switch c.Events[i].Fact.(type) {
				case *events.JobSubmitted:
					submitted[c.Subject] = c.At().Time
				case *events.JobCompleted:
					took = append(took, c.At().Sub(submitted[c.Subject]))
				}
			}
		}
		if len(took) >= jobs {
			break
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "p99-ms")
	return time.Since(began)
}

// bareLog is a log with nothing else around it.
type bareLog struct {
	log  *natslog.Log
	jobs int
}

func newBareLog(b *testing.B) *bareLog {
	b.Helper()
	log, err := natslog.Open(b.Context(), natslog.Config{Dir: filepath.Join(b.TempDir(), "bare")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := log.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return &bareLog{log: log}
}

// appendJobs appends the two commits of n one-step jobs from so many
// goroutines, and gives how long it took.
func (l *bareLog) appendJobs(b *testing.B, clients, n int) time.Duration {
	b.Helper()
	graph, input := events.PayloadOf(map[string]string{"graph": strings.Repeat("x", 90)}), events.PayloadOf("hello")
	first := l.jobs
	l.jobs += n
	began := time.Now()
	inParallel(b, clients, n, func(i int) error {
		d := events.Draft{Subject: events.JobSubject("default", fmt.Sprintf("01a20a17-a179-7c27-89c9-%012d", first+i)), ID: "first", At: events.At(began)}
		c, err := events.Seal(d, &events.JobSubmitted{Graph: graph, Input: input, Nodes: 1}, &events.JobStarted{},
			&events.NodeStarted{Attempt: 1, Kind: "neuron", Node: "say", Visit: 1})
		if err != nil {
			return err
		}
		if err := l.log.Append(b.Context(), c); err != nil {
			return err
		}
		d.Head, d.ID = c.Head(), "second"
		if c, err = events.Seal(d, &events.NodeSucceeded{Attempt: 1, Node: "say", Output: input, Visit: 1}, &events.JobCompleted{Result: input}); err != nil {
			return err
		}
		return l.log.Append(b.Context(), c)
	})
	return time.Since(began)
}
