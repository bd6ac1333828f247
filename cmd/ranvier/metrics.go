package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ranvier/events"
)

// countedLog is the log as the engine uses it, with what this process stored
// counted for /metrics.
type countedLog struct {
	events.Log
	seconds prometheus.Histogram
	started prometheus.Counter
	ended   *prometheus.CounterVec // status
}

func newCountedLog(log events.Log) *countedLog {
	return &countedLog{
		Log: log,
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ranvier_append_seconds", Help: "Time until a commit was durable, or was not stored.",
			Buckets: prometheus.ExponentialBuckets(0.00025, 2, 16), // to 8 s
		}),
		started: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ranvier_jobs_submitted_total", Help: "Jobs that this process accepted.",
		}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ranvier_jobs_ended_total", Help: "Jobs that this process brought to their end; a cancelled one is failed.",
		}, []string{"status"}),
	}
}

// collectors are what /metrics serves of it.
func (l *countedLog) collectors() []prometheus.Collector {
	return []prometheus.Collector{l.seconds, l.started, l.ended}
}

// Append implements events.Log.
func (l *countedLog) Append(ctx context.Context, c *events.Commit) error {
	began := time.Now()
	err := l.Log.Append(ctx, c)
	l.seconds.Observe(time.Since(began).Seconds())
	if err != nil {
		return err
	}
	for i := range c.Events {
		switch c.Events[i].Fact.(type) {
		case *events.JobSubmitted:
			l.started.Inc()
		case *events.JobCompleted:
			l.ended.WithLabelValues("completed").Inc()
		case *events.JobFailed, *events.JobCancelled:
			l.ended.WithLabelValues("failed").Inc()
		}
	}
	return nil
}
