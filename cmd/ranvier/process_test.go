package main

// The server in a process of its own, for tests that kill it.

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
)

// process is "ranvier serve" in a process of its own, which is killed and
// started again on the same data.
type process struct {
	dir, key string
	address  atomic.Value // where it listens now, a string
	cmd      *exec.Cmd
	stderr   *bufio.Scanner
}

// start starts it and returns once it listens.
func (p *process) start() error {
	p.cmd = exec.Command("ranvier", "serve", "--listen", "127.0.0.1:0", "--data-dir", p.dir, "--log-format", "json")
	p.cmd.Env = append(os.Environ(), "RANVIER_BOOTSTRAP_KEY="+p.key)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	var said []string
	p.stderr = bufio.NewScanner(stderr)
	for p.stderr.Scan() {
		said = append(said, p.stderr.Text())
		var line struct {
			Msg string `json:"msg"`
			URL string `json:"url"`
		}
		if json.Unmarshal(p.stderr.Bytes(), &line) == nil && line.Msg == "serving" {
			p.address.Store(strings.TrimPrefix(line.URL, "http://"))
			return nil
		}
	}
	return fmt.Errorf("it did not start: %w\n%s", p.cmd.Wait(), strings.Join(said, "\n"))
}

// complaints gives what it logs as errors from now to its end.
func (p *process) complaints() <-chan []string {
	out := make(chan []string, 1)
	go func() {
		var bad []string
		for p.stderr.Scan() {
			if strings.Contains(p.stderr.Text(), `"level":"ERROR"`) {
				bad = append(bad, p.stderr.Text())
			}
		}
		out <- bad
	}()
	return out
}

// kill is kill -9.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	if err := p.cmd.Wait(); p.cmd.ProcessState.Exited() {
		return fmt.Errorf("it ended before it was killed: %w", err)
	}
	return nil
}

// client gives one that finds the process wherever it listens.
func (p *process) client() *client {
	c := newClient("http://ranvier.test", p.key)
	c.retry = 20 * time.Millisecond
	c.http.Transport = &http.Transport{
		MaxIdleConnsPerHost: crashClients,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, p.address.Load().(string))
		},
	}
	return c
}

// ready waits until it has taken up its data.
func (p *process) ready(c *client) error {
	var err error
	if !eventually(func() bool {
		err = c.call(context.Background(), http.MethodGet, "/readyz", nil, nil, nil)
		return err == nil
	}) {
		return fmt.Errorf("it does not get ready: %w", err)
	}
	return nil
}
