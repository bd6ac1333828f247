package main

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
)

const forWorkers = `{"nodes":[{"id":"do","type":"worker","queue":"q"}],"edges":[]}`

// ask sends a request to the server and reads its answer.
func (s *service) ask(client *http.Client, path, body string, answer any) error {
	r, err := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+benchKey)
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s: %d: %s", path, resp.StatusCode, b)
	}
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(b, answer)
}

type given struct {
	Tasks []struct {
		ID    string `json:"task_id"`
		Lease int    `json:"lease"`
	} `json:"tasks"`
}

// BenchmarkWorkers measures how many tasks 64 workers lease, and lease and
// complete, by HTTP on the durable log, while 5,000 are there.
func BenchmarkWorkers(b *testing.B) {
	const workers, tasks = 64, 5_000
	for _, complete := range []bool{false, true} {
		b.Run(fmt.Sprint("complete=", complete), func(b *testing.B) {
			s := benchService(b)
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
			defer client.CloseIdleConnections()
			var took time.Duration
			rounds := 0
			for b.Loop() {
				rounds++
				inParallel(b, workers, tasks, func(int) error {
					_, err := s.engine.Submit(b.Context(), engine.Submission{Workspace: "default", Graph: jsontext.Value(forWorkers), Input: jsontext.Value(`1`)})
					return err
				})
				var left atomic.Int64
				left.Store(tasks)
				var wg sync.WaitGroup
				began := time.Now()
				for range workers {
					wg.Go(func() {
						for left.Load() > 0 {
							var got given
							if err := s.ask(client, "/v1/workers/q/lease?wait=1s", "{}", &got); err != nil {
								b.Error(err)
								return
							}
							for _, t := range got.Tasks {
								if complete {
									if err := s.ask(client, "/v1/tasks/"+t.ID+"/complete", fmt.Sprintf(`{"lease":%d,"output":1}`, t.Lease), nil); err != nil {
										b.Error(err)
									}
								}
								if left.Add(-1) == 0 {
									took += time.Since(began)
								}
							}
						}
					})
				}
				wg.Wait()
			}
			b.ReportMetric(float64(tasks*rounds)/took.Seconds(), "tasks/s")
		})
	}
}

// BenchmarkIdleWorker measures the time from a job's start to the moment when a
// worker that waited has its task, by HTTP on the durable log.
func BenchmarkIdleWorker(b *testing.B) {
	s := benchService(b)
	client := &http.Client{}
	defer client.CloseIdleConnections()
	var took []time.Duration
	for b.Loop() {
		leased := make(chan error, 1)
		var got given
		go func() { leased <- s.ask(client, "/v1/workers/q/lease?wait=60s", "{}", &got) }()
		for s.engine.Tasks().Waiting == 0 && b.Context().Err() == nil {
			runtime.Gosched()
		}
		began := time.Now()
		if err := s.ask(client, "/v1/jobs", `{"pathway":`+forWorkers+`,"input":1}`, nil); err != nil {
			b.Fatal(err)
		}
		if err := <-leased; err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		if err := s.ask(client, "/v1/tasks/"+got.Tasks[0].ID+"/complete", `{"lease":1}`, nil); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
