package main

import (
	"log/slog"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/config"
	"ranvier/engine"
	"ranvier/events"
)

// BenchmarkSmallWorkspace measures how long one job of a workspace waits until
// it begins while another workspace has 50,000 in line, on the durable log with
// 16 workers that take 200 ms for each step. "others" is how many jobs of the
// large workspace began meanwhile.
func BenchmarkSmallWorkspace(b *testing.B) {
	const flood, clients = 50_000, 256
	cfg := config.Default()
	cfg.DataDir, cfg.Listen, cfg.BootstrapKey, cfg.Workers, cfg.ShutdownGrace = b.TempDir(), "127.0.0.1:0", benchKey, 16, 0
	s, err := start(b.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.stop(); err != nil {
			b.Error(err)
		}
	}()
	const slow = `{"nodes":[{"id":"say","type":"neuron","kind":"echo","config":{"delay_ms":200}}],"edges":[]}`
	submit := func(workspace string) (events.Subject, error) {
		r, err := s.engine.Submit(b.Context(), engine.Submission{Workspace: workspace, Graph: jsontext.Value(slow), Input: jsontext.Value(`"hi"`)})
		return events.JobSubject(workspace, r.Job), err
	}
	began := time.Now()
	inParallel(b, clients, flood, func(int) error {
		_, err := submit("large")
		return err
	})
	accepted, inLine := flood/time.Since(began).Seconds(), s.engine.Load().Waiting
	others, rounds := 0, 0
	for b.Loop() {
		rounds++
		from := s.log.Last(events.Jobs)
		job, err := submit("small")
		if err != nil {
			b.Fatal(err)
		}
		others += s.startsBefore(b, from, job)
	}
	b.ReportMetric(accepted, "accepted/s")
	b.ReportMetric(float64(inLine), "in-line")
	b.ReportMetric(float64(others)/float64(rounds), "others")
}

// startsBefore follows the log until a job begins, and counts the jobs that
// began before it.
func (s *service) startsBefore(b *testing.B, from uint64, job events.Subject) int {
	n := 0
	for batch, err := range s.log.Tail(b.Context(), events.Jobs, from) {
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range batch {
			for i := range c.Events {
				if _, ok := c.Events[i].Fact.(*events.JobStarted); !ok {
					continue
				}
				if c.Subject == job {
					return n
				}
				n++
			}
		}
	}
	return n
}
