package httpapi

// GET /metrics: what the server counts, for Prometheus.

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

// metrics are the server's own; others come with Config.Metrics. A registry
// belongs to one server, so that a process may have several.
type metrics struct {
	requests *prometheus.CounterVec // method, route, code
	streams  prometheus.Gauge
	serve    http.Handler
}

func newMetrics(s *Server, more []prometheus.Collector) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ranvier_http_requests_total", Help: "Requests that were answered, streams when they ended.",
		}, []string{"method", "route", "code"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "ranvier_streams_open", Help: "Streams of jobs that clients read now."}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.streams, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ranvier_log_healthy", Help: "1 while commits can be stored.",
	}, func() float64 {
		if s.log.Health() != nil {
			return 0
		}
		return 1
	}))
	for _, stream := range []events.Stream{events.Jobs, events.Catalog} {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "ranvier_projection_lag_commits", Help: "Commits that are durable and not yet in the views.",
			ConstLabels: prometheus.Labels{"stream": string(stream)},
		}, func() float64 {
			folded := s.store.Folded(stream) // first: the log only grows
			return float64(max(s.log.Last(stream), folded) - folded)
		}))
	}
	gauge := func(o prometheus.GaugeOpts, of func(engine.Load) int) prometheus.Collector {
		return prometheus.NewGaugeFunc(o, func() float64 { return float64(of(s.engine.Load())) })
	}
	waiting := func(reason string) prometheus.GaugeOpts {
		return prometheus.GaugeOpts{
			Name: "ranvier_jobs_waiting", Help: "Jobs in line: for a free worker (room), for a place of their key (concurrency). Calls in line for their endpoint (endpoint).",
			ConstLabels: prometheus.Labels{"reason": reason},
		}
	}
	registry.MustRegister(
		gauge(prometheus.GaugeOpts{Name: "ranvier_workers", Help: "Steps that may be at work at once."}, func(l engine.Load) int { return l.Size }),
		gauge(prometheus.GaugeOpts{Name: "ranvier_workers_busy", Help: "Steps that are at work."}, func(l engine.Load) int { return l.Used }),
		gauge(waiting("room"), func(l engine.Load) int { return l.Waiting }),
		gauge(waiting("concurrency"), func(l engine.Load) int { return l.Keys }),
		gauge(waiting("endpoint"), func(l engine.Load) int { return l.Endpoints }),
	)
	tasks := func(status string, of func(engine.Tasks) int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "ranvier_tasks", Help: "Tasks of workers that are not over: that nobody has (open), that a worker has (leased).",
			ConstLabels: prometheus.Labels{"status": status},
		}, func() float64 { return float64(of(s.engine.Tasks())) })
	}
	registry.MustRegister(
		tasks(job.TaskOpen, func(t engine.Tasks) int { return t.Open }),
		tasks(job.TaskLeased, func(t engine.Tasks) int { return t.Leased }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ranvier_task_requests_waiting", Help: "Requests of workers that wait for a task."},
			func() float64 { return float64(s.engine.Tasks().Waiting) }),
	)
	registry.MustRegister(more...)
	m.serve = promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true})
	return m
}

// answered counts a request. Its labels take few values, whatever clients send.
func (m *metrics) answered(method, path string, status int) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other"
	}
	if path == "" {
		path = "none"
	}
	m.requests.WithLabelValues(method, path, strconv.Itoa(status)).Inc()
}

// opened and closed count the streams; a stream served without a whole server,
// as in tests, is not counted.
func (m *metrics) opened() {
	if m != nil {
		m.streams.Inc()
	}
}

func (m *metrics) closed() {
	if m != nil {
		m.streams.Dec()
	}
}

// metricsRole is what GET /metrics needs: what is counted is that of the whole
// instance, so it is nobody's unless its operator says otherwise.
func (s *Server) metricsRole() catalog.Role {
	if s.cfg.MetricsPublic {
		return public
	}
	return catalog.Admin
}

func (s *Server) getMetrics(w http.ResponseWriter, r *http.Request) error {
	if key := about(r).key; key != nil && !key.Instance {
		return fail(codeForbidden, "only a key of the instance may read what the whole instance counts")
	}
	if err := noQuery(r); err != nil {
		return err
	}
	plain := r.Clone(r.Context())
	plain.Header.Set("Accept", mediaText) // the one form that is promised
	s.metrics.serve.ServeHTTP(w, plain)
	return nil
}
