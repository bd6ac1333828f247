package nodes

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"ranvier/engine/pathway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	_        pathway.Types = (*Types)(nil)
	now                    = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	loopback               = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
)

// register makes Types that may reach loopback addresses.
func register(t *testing.T, change func(*Deps)) *Types {
	t.Helper()
	transport := NewTransport(loopback)
	t.Cleanup(transport.CloseIdleConnections)
	d := Deps{Transport: transport}
	if change != nil {
		change(&d)
	}
	return New(d)
}

// node reads settings that must be right.
func node(t *testing.T, types *Types, kind, raw string) Node {
	t.Helper()
	v, problems := types.Settings(kind, jsontext.Value(raw))
	if len(problems) > 0 {
		t.Fatalf("settings of %s: %v", kind, problems)
	}
	return v.(Node)
}

// request is a first attempt with a scope; said collects its tokens.
func request(input string, said *[]string) *Request {
	s := pathway.NewScope(jsontext.Value(input), map[string]any{"id": "job-1"}, "trace-1")
	s.SetNode("draft", jsontext.Value(`{"text":"a draft","n":7}`))
	return &Request{
		Scope: s, Job: "job-1", Node: "n", Visit: 1, Attempt: 1, Key: "job-1/n/1", Now: now,
		Token: func(text string) {
			if said != nil {
				*said = append(*said, text)
			}
		},
	}
}

// output runs a node that must succeed.
func output(t *testing.T, n Node, input string) string {
	t.Helper()
	out, err := n.Start(t.Context(), request(input, nil))
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	return string(out.(Done).Output)
}

// failure runs a node that must fail with a Failure.
func failure(t *testing.T, n Node, input string) *Failure {
	t.Helper()
	out, err := n.Start(t.Context(), request(input, nil))
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("Start: %#v, %v; want a *Failure", out, err)
	}
	if len(f.Message) == 0 || len(f.Message) > maxMessage+3 {
		t.Errorf("the message has %d bytes", len(f.Message))
	}
	return f
}

func wantFailure(t *testing.T, f *Failure, code string, final bool, parts ...string) {
	t.Helper()
	if f.Code != code || f.Final != final {
		t.Errorf("failure %s (final %v): %s; want %s (final %v)", f.Code, f.Final, f.Message, code, final)
	}
	for _, p := range parts {
		if !strings.Contains(f.Message, p) {
			t.Errorf("message %q lacks %q", f.Message, p)
		}
	}
}

// errStop is the cause with which tests cancel.
var errStop = errors.New("told to stop")

// cancelled starts a node, cancels it once ready gives a value, and wants the
// cause back.
func cancelled(t *testing.T, n Node, input string, ready <-chan struct{}) error {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() {
		_, err := n.Start(ctx, request(input, nil))
		ended <- err
	}()
	<-ready
	cancel(errStop)
	err := <-ended
	if !errors.Is(err, errStop) {
		t.Errorf("after a cancel: %v; want its cause", err)
	}
	return err
}

// serve runs a handler on a loopback address. Its URL has no slash at the end.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	return newServer(t, h).URL
}
