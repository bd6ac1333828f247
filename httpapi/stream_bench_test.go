package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"ranvier/events"
	"ranvier/events/natslog"
)

// BenchmarkTailToClient measures, with 1,000 open streams over HTTP, how long
// after an append was acknowledged a client has read its frame (p50-us,
// p99-us), and what an open stream costs (B/stream: heap and stacks of the
// process, the client's socket included, before and after a first frame).
func BenchmarkTailToClient(b *testing.B) {
	const streams = 1000
	for name, open := range map[string]func(*testing.B) events.Log{
		"memlog": func(*testing.B) events.Log { return events.NewMemLog() },
		"natslog": func(b *testing.B) events.Log {
			log, err := natslog.Open(b.Context(), natslog.Config{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				if err := log.Close(context.Background()); err != nil {
					b.Error(err)
				}
			})
			return log
		},
	} {
		for _, jobs := range []int{streams, 1} {
			b.Run(fmt.Sprintf("%s/jobs=%d", name, jobs), func(b *testing.B) {
				benchmarkTailToClient(b, open(b), streams, jobs)
			})
		}
	}
}

func benchmarkTailToClient(b *testing.B, log events.Log, streams, jobs int) {
	address := strings.TrimPrefix(listen(b, streamServer(log, Config{}), nil), "http://")
	tellers := make([]*teller, jobs)
	for i := range tellers {
		tellers[i] = newTeller(b, log, fmt.Sprint("job", i))
		tellers[i].submit()
	}
	before := memory()
	conns := make([]net.Conn, streams)
	first := make([]byte, 4096)
	for i := range conns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "GET /job%d HTTP/1.1\r\nHost: x\r\n\r\n", i%jobs); err != nil {
			b.Fatal(err)
		}
		conns[i] = conn
	}
	for _, conn := range conns {
		for read := 0; !bytes.Contains(first[:read], []byte("\ndata: ")); {
			n, err := conn.Read(first[read:])
			if err != nil {
				b.Fatal(err)
			}
			read += n
		}
	}
	perStream := float64(memory()-before) / float64(streams)

	arrived := make(chan time.Time, streams)
	for _, conn := range conns {
		go func() {
			lines := bufio.NewReader(conn)
			for {
				line, err := lines.ReadSlice('\n')
				if err != nil {
					return // the benchmark has ended
				}
				if bytes.HasPrefix(line, []byte("data: ")) {
					arrived <- time.Now()
				}
			}
		}()
	}
	var latencies []time.Duration
	turn := 0
	for b.Loop() {
		tellers[turn%jobs].commit(&events.JobPaused{})
		acked := time.Now()
		for range streams / jobs {
			latencies = append(latencies, max(0, (<-arrived).Sub(acked)))
		}
		turn++
	}
	slices.Sort(latencies)
	b.ReportMetric(float64(latencies[len(latencies)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds()), "p99-us")
	b.ReportMetric(perStream, "B/stream")
}

// memory gives the bytes of heap and stacks in use.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
