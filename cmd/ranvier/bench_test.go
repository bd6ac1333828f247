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

const benchKey = "a key for benchmarks only"

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
// mode, beside the bare appends that the same jobs need, in the same run: a
// job of one step is two commits. "ratio" is jobs over what the bare appends
// would have allowed.
func BenchmarkOneStepJob(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := benchService(b)
			client := benchClient(clients)
			defer client.CloseIdleConnections()
			inParallel(b, clients, clients, func(int) error { return s.benchPost(client, true) })
			bare := bareAppends(b, clients, b.N)
			b.ResetTimer()
			took := inParallel(b, clients, b.N, func(int) error { return s.benchPost(client, true) })
			rate := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate, "jobs/s")
			b.ReportMetric(rate/bare, "ratio")
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
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
		bare := bareAppends(b, 64, jobs)
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
		b.ReportMetric(rate/bare, "ratio")
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

// bareAppends appends the two commits of n one-step jobs from so many
// goroutines, with nothing else running, and gives jobs a second.
func bareAppends(b *testing.B, clients, n int) float64 {
	b.Helper()
	log, err := natslog.Open(b.Context(), natslog.Config{Dir: filepath.Join(b.TempDir(), "bare")})
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close(context.Background()) //nolint:errcheck // measured already
	graph, input := events.PayloadOf(map[string]string{"graph": strings.Repeat("x", 90)}), events.PayloadOf("hello")
	began := time.Now()
	inParallel(b, clients, n, func(i int) error {
		d := events.Draft{Subject: events.JobSubject("default", fmt.Sprintf("01a20a17-a179-7c27-89c9-%012d", i)), ID: "first", At: events.At(began)}
		c, err := events.Seal(d, &events.JobSubmitted{Graph: graph, Input: input, Nodes: 1}, &events.JobStarted{},
			&events.NodeStarted{Attempt: 1, Kind: "neuron", Node: "say", Visit: 1})
		if err != nil {
			return err
		}
		if err := log.Append(b.Context(), c); err != nil {
			return err
		}
		d.Head, d.ID = c.Head(), "second"
		if c, err = events.Seal(d, &events.NodeSucceeded{Attempt: 1, Node: "say", Output: input, Visit: 1}, &events.JobCompleted{Result: input}); err != nil {
			return err
		}
		return log.Append(b.Context(), c)
	})
	return float64(n) / time.Since(began).Seconds()
}
