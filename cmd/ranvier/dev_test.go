package main

// The dev command at a terminal, and the parts that it is made of.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"ranvier/config"
)

// terminal is a pseudo-terminal and what was shown on it.
type terminal struct {
	*os.File
	mu    sync.Mutex
	shown bytes.Buffer
}

// onTerminal starts ranvier at a terminal of its own.
func onTerminal(t *testing.T, scratch string, args ...string) (*terminal, *exec.Cmd) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 100}); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	cmd := exec.Command("ranvier", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.Env = append(os.Environ(), "NO_COLOR=", "TERM=xterm", "TMPDIR="+scratch)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty := &terminal{File: master}
	var reading sync.WaitGroup
	reading.Go(func() {
		b := make([]byte, 4<<10)
		for {
			n, err := master.Read(b)
			tty.mu.Lock()
			tty.shown.Write(b[:n])
			tty.mu.Unlock()
			if err != nil {
				return // the other side is closed
			}
		}
	})
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		reading.Wait()
		master.Close()
	})
	return tty, cmd
}

// await waits until some text was shown.
func (tty *terminal) await(t *testing.T, want string) {
	t.Helper()
	if !eventually(func() bool { return strings.Contains(tty.text(), want) }) {
		t.Fatalf("%q was not shown but\n%s", want, tty.text())
	}
}

func (tty *terminal) text() string {
	tty.mu.Lock()
	defer tty.mu.Unlock()
	return tty.shown.String()
}

func (tty *terminal) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := tty.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// ended checks that the command ended well and left nothing behind.
func ended(t *testing.T, tty *terminal, cmd *exec.Cmd, scratch string) {
	t.Helper()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, tty.text())
	}
	left, err := os.ReadDir(scratch)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

const ctrlC = "\x03"

// TestDevAtTerminal is the command as a person sees it.
func TestDevAtTerminal(t *testing.T) {
	scratch := t.TempDir()
	tty, cmd := onTerminal(t, scratch, "dev", "--listen", "127.0.0.1:0")
	tty.await(t, "█")                              // the bar
	tty.await(t, "\x1b[36m  second  \x1b[0mEvery") // words as they come
	tty.await(t, "[a]pprove / [r]eject ? ")
	tty.press(t, "perhaps\n") // is no answer, so it asks again
	tty.await(t, "perhaps\r\n\x1b[36m[a]pprove / [r]eject ? ")
	tty.press(t, "R\n")
	tty.await(t, `"delivered": false`)
	tty.await(t, "The server stays up until Ctrl-C.")
	tty.press(t, ctrlC)
	ended(t, tty, cmd, scratch)
	if strings.Contains(tty.text(), "The sink received") {
		t.Error("the summary was rejected, and delivered")
	}
}

// TestDevInterrupted: Ctrl-C is taken at any moment.
func TestDevInterrupted(t *testing.T) {
	for _, moment := range []string{"Ranvier, for trials", "third", "[a]pprove"} {
		t.Run(moment, func(t *testing.T) {
			scratch := t.TempDir()
			tty, cmd := onTerminal(t, scratch, "dev", "--listen", "127.0.0.1:0")
			tty.await(t, moment)
			tty.press(t, ctrlC)
			ended(t, tty, cmd, scratch)
		})
	}
}

// TestDevPortTaken: whoever has the default port, the command finds another.
func TestDevPortTaken(t *testing.T) {
	listener, err := net.Listen("tcp", config.Default().Listen)
	switch {
	case err == nil:
		defer listener.Close()
	case !errors.Is(err, syscall.EADDRINUSE): // somebody else's will do as well
		t.Fatal(err)
	}
	out, err := exec.Command("ranvier", "dev", "--once").CombinedOutput()
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"127.0.0.1:8080 is taken, so this takes a free port.\n", "The job completed: "} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("it did not say %q but\n%s", want, out)
		}
	}
}

// TestScreen: what is painted is what remains, whatever is said meanwhile.
func TestScreen(t *testing.T) {
	var out bytes.Buffer
	s := &screen{w: &out, live: true, width: func() int { return 40 }}
	s.paint("one", "two")
	s.say("said")
	s.paint("three")
	s.paint()
	s.paint("ask? ")
	s.entered()
	s.say("end")
	want := "one\ntwo" +
		"\r\x1b[1A\x1b[J" + "said\n" + "one\ntwo" +
		"\r\x1b[1A\x1b[J" + "three" +
		"\r\x1b[J" + "ask? " + "end\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("live: -want +got\n%s", diff)
	}

	out.Reset()
	s = newScreen(&out)
	s.paint("one", "two")
	s.say("%s", s.style(bold, "said"))
	if got := out.String(); got != "said\n" {
		t.Errorf("plain: %q", got)
	}
}

func TestProgressLines(t *testing.T) {
	s := &screen{width: func() int { return 40 }}
	var p progress
	for _, step := range []struct {
		frame string
		want  []string
	}{
		{`{"type":"state_update","status":"running","progress":25,"current_step":"a","events":[{"type":"node.started","node":"b"},{"type":"node.started","node":"a"}]}`,
			[]string{"██████░░░░░░░░░░░░░░░░░░  25 % a"}},
		{`{"type":"token","node_id":"a","attempt":1,"token":"hello "}`,
			[]string{"██████░░░░░░░░░░░░░░░░░░  25 % a", "  a       hello"}},
		{`{"type":"token","node_id":"b","attempt":1,"token":"now this is much longer than the line can be"}`,
			[]string{"██████░░░░░░░░░░░░░░░░░░  25 % a", "  b       … longer than the line can be", "  a       hello"}},
		{`{"type":"token","node_id":"a","attempt":2,"token":"again\n"}`, // voids the first attempt's words
			[]string{"██████░░░░░░░░░░░░░░░░░░  25 % a", "  b       … longer than the line can be", "  a       again"}},
		{`{"type":"content_block","status":"running","progress":50,"current_step":"a","node_id":"b","output":{}}`,
			[]string{"████████████░░░░░░░░░░░░  50 % a", "  a       again"}},
		{`{"type":"weather","node_id":"a"}`,
			[]string{"████████████░░░░░░░░░░░░  50 % a", "  a       again"}},
		{`{"type":"complete","status":"completed","progress":100,"current_step":null}`,
			[]string{"████████████████████████ 100 % "}},
	} {
		f, err := parseFrame(step.frame)
		if err != nil {
			t.Fatal(err)
		}
		p.see(f)
		if diff := cmp.Diff(step.want, p.lines(s)); diff != "" {
			t.Errorf("after %s: -want +got\n%s", step.frame, diff)
		}
	}
	s.width = func() int { return 7 } // nothing overflows however narrow it is
	for _, line := range p.lines(s) {
		if n := len([]rune(strings.TrimRight(line, " "))); n > 7 {
			t.Errorf("%q is %d wide", line, n)
		}
	}
}

// TestFollowResumes cuts a stream's connection after each of its bytes: the
// reader still sees each frame once, in order.
func TestFollowResumes(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	frames := []string{"retry: 1\n\n", "id: 1-0\ndata: {\"type\":\"state_update\",\"cursor\":\"1-0\"}\n\n", ": ping\n\n",
		"id: 1-7\ndata: {\"type\":\"token\",\"cursor\":\"1-7\"}\n\n", "id: 9-7\ndata: {\"type\":\"complete\",\"cursor\":\"9-7\"}\n\n"}
	want := []string{"1-0", "1-7", "9-7"}
	for cut := range len(strings.Join(frames, "")) {
		connections := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if connections++; connections == 2 {
				http.Error(w, "starting", http.StatusServiceUnavailable) // no reason to give up
				return
			}
			rest := strings.Join(frames, "")
			if after := r.Header.Get("Last-Event-ID"); after != "" {
				_, rest, _ = strings.Cut(rest, `"cursor":"`+after+"\"}\n\n")
			}
			if connections == 1 {
				rest = rest[:cut]
			}
			_, _ = w.Write([]byte(rest))
		}))
		c := newClient(server.URL, "key")
		c.retry = time.Millisecond
		var got []string
		err := c.follow(t.Context(), "job", "", func(f *frame) error {
			got = append(got, f.Cursor)
			return nil
		})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("cut after %d bytes: %v, -want +got\n%s", cut, err, diff)
		}
		c.close()
		server.Close()
	}
}

// TestFollowGivesUp: a refusal is final, and so is the end of the context.
func TestFollowGivesUp(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, `{"code":"NOT_FOUND","message":"there is no such job"}`, http.StatusNotFound)
	}))
	c := newClient(server.URL, "key")
	defer c.close()
	err := c.follow(t.Context(), "job", "", func(*frame) error { return nil })
	if want := "404 NOT_FOUND: there is no such job"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}

	server.Close() // nobody listens any more: that is worth another try, until the caller has enough
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	c.retry = time.Millisecond
	c.http.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		if tries++; tries == 3 {
			cancel()
		}
		return nil, syscall.ECONNREFUSED
	}}
	if err := c.follow(ctx, "job", "", func(*frame) error { return nil }); !errors.Is(err, context.Canceled) || tries != 3 {
		t.Errorf("it gave up after %d tries with %v", tries, err)
	}
}
