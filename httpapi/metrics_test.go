package httpapi

// What is counted, and who may read it.

import (
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"ranvier/events"
)

// series finds the value of a series, "" when there is none.
func (a *reply) series(name string) string {
	a.t.Helper()
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindSubmatch(a.body)
	if m == nil {
		return ""
	}
	return string(m[1])
}

func TestMetrics(t *testing.T) {
	more := prometheus.NewCounter(prometheus.CounterOpts{Name: "of_another_part", Help: "x"})
	w := newWorld(t, func(c *Config) { c.Metrics = []prometheus.Collector{more} })
	w.bootstrap()
	w.call("GET", "/metrics", "", "").want(401, codeAuth)
	for _, key := range []string{viewerKey, operatorKey, adminKey, otherKey} { // a workspace's
		w.call("GET", "/metrics", key, "").want(403, codeForbidden)
	}
	w.call("GET", "/metrics?x=1", rootKey, "").want(400, codeInvalid)
	w.call("GET", "/v1/jobs/none", viewerKey, "").want(404)
	w.call("GET", "/v1/jobs/another", viewerKey, "").want(404)
	w.call("GET", "/no/"+strings.Repeat("x", 100), viewerKey, "").want(404)
	w.call("BREW", "/v1/jobs", viewerKey, "").want(405)

	// What a scraper asks for.
	a := w.call("GET", "/metrics", rootKey, "", "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1").want(200)
	if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("Content-Type is %q", got)
	}
	for series, want := range map[string]string{
		`ranvier_http_requests_total{code="404",method="GET",route="/v1/jobs/{id}"}`: "2",
		`ranvier_http_requests_total{code="404",method="GET",route="none"}`:          "1",
		`ranvier_http_requests_total{code="405",method="other",route="/v1/jobs"}`:    "1",
		`ranvier_http_requests_total{code="401",method="GET",route="/metrics"}`:      "1",
		`ranvier_workers`: "256", `ranvier_workers_busy`: "0", `ranvier_jobs_waiting{reason="room"}`: "0", `ranvier_jobs_waiting{reason="concurrency"}`: "0",
		`ranvier_streams_open`: "0", `ranvier_log_healthy`: "1", `of_another_part`: "0",
		`ranvier_projection_lag_commits{stream="` + string(events.Jobs) + `"}`:    "0",
		`ranvier_projection_lag_commits{stream="` + string(events.Catalog) + `"}`: "0",
	} {
		// A request is counted right after its answer.
		for tries := 0; a.series(series) != want && tries < 1000; tries++ {
			a = w.call("GET", "/metrics", rootKey, "").want(200)
		}
		if got := a.series(series); got != want {
			t.Errorf("%s is %q, want %q\n%s", series, got, want, a.body)
		}
	}
}

func TestMetricsPublic(t *testing.T) {
	w := newWorldOn(t, unhealthy{events.NewMemLog()}, func(c *Config) { c.MetricsPublic = true })
	resp, err := w.client.Get(w.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := &reply{t: t, status: resp.StatusCode, body: b}
	if got := a.want(http.StatusOK).series("ranvier_log_healthy"); got != "0" {
		t.Errorf("a log that is not healthy has the value %q", got)
	}
}

// unhealthy is a log that says of itself that it cannot store.
type unhealthy struct{ events.Log }

func (unhealthy) Health() error { return errors.Join(events.ErrUnavailable) }

func TestStreamsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.bootstrap()
	id := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`).want(202).text("/job_id")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/v1/jobs/"+id+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+viewerKey)
	resp, err := w.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := w.call("GET", "/metrics", rootKey, "").want(200).series("ranvier_streams_open"); got != "1" {
		t.Errorf("%s streams are open", got)
	}
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(200)
	if _, err := io.ReadAll(resp.Body); err != nil { // to its end
		t.Fatal(err)
	}
	for { // the handler ends right after its last frame
		if w.call("GET", "/metrics", rootKey, "").want(200).series("ranvier_streams_open") == "0" {
			return
		}
	}
}
