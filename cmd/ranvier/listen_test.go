package main

import (
	"bufio"
	"math"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestConnections: those that come when no more are served wait, and are
// served when one ends.
func TestConnections(t *testing.T) {
	l, err := listen(t.Context(), "127.0.0.1:0", 2)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	connect := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		return c
	}
	answered := func(c net.Conn) {
		t.Helper()
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "HTTP/1.1 200") {
			t.Errorf("%q, %v", line, err)
		}
	}
	first, second := connect(), connect()
	answered(first)
	answered(second)
	third := connect() // both places are taken for as long as the connections are kept
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	answered(third)
}

func TestAffordable(t *testing.T) {
	for files, want := range map[uint64]int{0: 16, 256: 16, 300: 44, 1024: 768, 524_288: 524_032, math.MaxUint64: 1 << 20} {
		if got := affordable(files); got != want {
			t.Errorf("%d files: %d connections, want %d", files, got, want)
		}
	}
}
