package projections

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ranvier/events"
)

// BenchmarkRebuild folds the history of jobs with one step each: five events
// in two commits.
func BenchmarkRebuild(b *testing.B) {
	const jobs, window = 40_000, 64
	h := newHistory(b)
	subject := func(i int) events.Subject { return events.JobSubject("main", jobID(i)) }
	for i := range jobs + window { // as many jobs are under way at a time
		h.now = h.now.Add(250 * time.Microsecond)
		if i < jobs {
			h.add(subject(i), submit(events.JobSubmitted{
				PathwayID: "pathway-1", PathwayVersion: 3, Labels: events.PayloadOf(map[string]string{"customer": "acme"}),
			})...)
		}
		if i >= window {
			h.add(subject(i-window), succeed()...)
		}
	}
	dir := b.TempDir()
	b.ReportAllocs()
	var cpu time.Duration // of the whole process, both cores: says more on a busy machine
	for n := 0; b.Loop(); n++ {
		before := cpuTime(b)
		path := filepath.Join(dir, strconv.Itoa(n))
		s, err := Open(Config{Path: path}, h.log)
		if err != nil {
			b.Fatal(err)
		}
		r := run(b, s)
		r.catchUp()
		r.end()
		cpu += cpuTime(b) - before
	}
	b.ReportMetric(float64(b.N*jobs*5)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(b.N*jobs*5)/cpu.Seconds(), "events/cpu-s")
}

func cpuTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkInterventions reads a workspace in which 10,000 jobs each ask a
// question.
func BenchmarkInterventions(b *testing.B) {
	const jobs = 10_000
	h := newHistory(b)
	for i := range jobs {
		s := events.JobSubject("main", jobID(i))
		h.now = h.now.Add(time.Millisecond)
		h.add(s, submit(events.JobSubmitted{PathwayID: "pathway-1", TraceID: strconv.Itoa(i % 100)})...)
		h.add(s, &events.NodeWaiting{Attempt: 1, Node: "step", Visit: 1}, &events.InterventionOpened{
			ID: jobID(jobs + i), Node: "step", Prompt: events.PayloadOf("Go on?"), Actions: []string{"yes", "no"}, Required: 1, Visit: 1,
		}, &events.JobWaiting{})
	}
	r := start(b, testPath(b), h.log)
	r.catchUp()
	for name, f := range map[string]InterventionFilter{
		"first page": {Status: "pending", Limit: 20},
		"last page":  {Status: "pending", Limit: 20, Offset: jobs - 20},
		"two facets": {Status: "pending", TraceID: "7", Limit: 20},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if list, _, err := r.Interventions(b.Context(), "main", f); err != nil || len(list) != 20 {
					b.Fatalf("%d, %v", len(list), err)
				}
			}
		})
	}
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Intervention(b.Context(), "main", jobID(jobs+7)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("summary", func(b *testing.B) {
		for b.Loop() {
			if sum, err := r.SummariseInterventions(b.Context(), "main", InterventionFilter{Status: "pending"}); err != nil || sum.ByStatus["pending"] != jobs {
				b.Fatalf("%v, %v", sum, err)
			}
		}
	})
}
