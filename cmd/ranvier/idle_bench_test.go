package main

// Many clients that do nothing, or little, beside one that works.

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The clients of BenchmarkIdleStreams.
const (
	idleStreams = 5000
	slowBodies  = 100 // one byte a second
	deafReaders = 100 // they ask for a feed and never read
)

// BenchmarkIdleStreams times jobs on a server in a process of its own, alone
// and beside the clients above.
func BenchmarkIdleStreams(b *testing.B) {
	for _, crowd := range []bool{false, true} {
		b.Run(map[bool]string{false: "alone", true: "crowd"}[crowd], func(b *testing.B) {
			p := &process{dir: b.TempDir(), key: benchKey}
			if err := p.start(); err != nil {
				b.Fatal(err)
			}
			complaints := p.complaints()
			defer func() {
				if err := p.kill(); err != nil {
					b.Error(err)
				}
				for _, bad := range <-complaints {
					b.Error(bad)
				}
			}()
			c := p.client()
			if err := p.ready(c); err != nil {
				b.Fatal(err)
			}
			if crowd {
				p.crowd(b, c)
			}
			s := &service{url: "http://" + p.address.Load().(string)}
			probe := benchClient(1)
			defer probe.CloseIdleConnections()
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if err := s.benchPost(probe, true); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(p.rss(b), "MiB")
			b.ReportMetric(p.files(b), "files")
		})
	}
}

// crowd opens the idle streams and begins the slow bodies and deaf readers. All
// of it ends with the benchmark.
func (p *process) crowd(b *testing.B, c *client) {
	b.Helper()
	var job struct {
		ID string `json:"job_id"`
	}
	asking := map[string]any{"pathway": map[string]any{
		"nodes": []any{map[string]any{"id": "ask", "type": "human", "prompt": "?", "actions": []string{"yes"}}}, "edges": []any{},
	}}
	if err := c.call(context.Background(), http.MethodPost, "/v1/jobs", map[string]string{"Prefer": "wait=60"}, asking, &job); err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var conns []net.Conn
	open := func(request string) net.Conn {
		conn, err := net.Dial("tcp", p.address.Load().(string))
		if err != nil {
			b.Fatal(err)
		}
		mu.Lock()
		conns = append(conns, conn)
		mu.Unlock()
		if _, err := io.WriteString(conn, request); err != nil {
			b.Fatal(err)
		}
		return conn
	}
	const head = " HTTP/1.1\r\nHost: ranvier.test\r\nAuthorization: Bearer " + benchKey + "\r\n"
	var last net.Conn
	for range idleStreams {
		last = open("GET /v1/jobs/" + job.ID + "/stream" + head + "\r\n")
		first := make([]byte, len("HTTP/1.1 200"))
		if _, err := io.ReadFull(last, first); err != nil || string(first) != "HTTP/1.1 200" {
			b.Fatalf("%q, %v", first, err)
		}
	}
	for range deafReaders {
		conn := open("GET /v1/events/stream" + head + "\r\n")
		if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			b.Fatal(err)
		}
	}
	var slow []net.Conn
	for range slowBodies {
		slow = append(slow, open("POST /v1/jobs"+head+"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"))
	}
	ended, dripped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(dripped)
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for {
			select {
			case <-ended:
				return
			case <-second.C:
			}
			for _, conn := range slow {
				_, _ = conn.Write([]byte(" ")) // the server cuts it off after a minute
			}
		}
	}()
	b.Cleanup(func() {
		close(ended)
		<-dripped
		for _, conn := range conns {
			_ = conn.Close()
		}
	})
}

// rss is the memory of the process in MiB.
func (p *process) rss(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kib) / 1024
}

// files is how many file descriptors the process has open.
func (p *process) files(b *testing.B) float64 {
	b.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	return float64(len(list))
}
