package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/events"
	"ranvier/events/natslog"
)

// BenchmarkMap runs maps of 1,000 and of 10,000 items on a log on disk, in the
// default durable mode. "ratio" is the time of an item among 10,000 over that
// of one among 1,000: about 1 when the work grows with the items alone.
func BenchmarkMap(b *testing.B) {
	for _, concurrency := range []int{10, 100, 1_000} {
		b.Run(fmt.Sprintf("concurrency=%d", concurrency), func(b *testing.B) {
			log, err := natslog.Open(b.Context(), natslog.Config{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := log.Close(context.Background()); err != nil {
					b.Error(err)
				}
			}()
			r := start(b, log, engine.Config{})
			defer r.stop()
			var took [2]time.Duration
			var size, most, facts int
			sizes := [2]int{1_000, 10_000}
			for b.Loop() {
				for i, n := range sizes {
					graph, input := manyItems(n, concurrency, `,"min_success":0`)
					began := time.Now()
					s := r.submit(graph, input)
					if run := r.until(s, ended); run.Status != job.Completed {
						b.Fatalf("%+v", run.Error)
					}
					took[i] += time.Since(began)
					size, most, facts = r.measure(s)
				}
			}
			small, large := took[0].Seconds()/float64(b.N*sizes[0]), took[1].Seconds()/float64(b.N*sizes[1])
			b.ReportMetric(1/large, "items/s")
			b.ReportMetric(large/small, "ratio")
			b.ReportMetric(float64(size)/float64(sizes[1]), "log-B/item")
			b.ReportMetric(float64(most), "largest-commit-B")
			b.ReportMetric(float64(facts), "largest-commit-events")
			b.ReportMetric(resident(b), "RSS-MB")
		})
	}
}

// measure gives the bytes of a job's log, and the largest commit.
func (r *rig) measure(s events.Subject) (size, most, facts int) {
	for c, err := range r.log.Load(r.t.Context(), s, 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		size += len(c.Bytes())
		most, facts = max(most, len(c.Bytes())), max(facts, len(c.Events))
	}
	return size, most, facts
}

// resident is what the process has had in memory at most, in MB.
func resident(b *testing.B) float64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := bytes.Cut(raw, []byte("VmHWM:"))
	kb, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	if err != nil {
		b.Fatal(err)
	}
	return float64(kb) / 1024
}
