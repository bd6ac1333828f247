package mcpclient

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"
)

// asServer makes this program the server of a test.
const asServer = "RANVIER_TEST_MCP_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		_ = newServer(&atomic.Int32{}).Run(context.Background(), &mcp.StdioTransport{}) // it ends with its input
		return
	}
	goleak.VerifyTestMain(m)
}

type greeting struct {
	Name string `json:"name" jsonschema:"who is greeted"`
}

// newServer has the tools greet, which counts its calls, env, fail and die.
func newServer(calls *atomic.Int32) *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	say := func(text string) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
	}
	mcp.AddTool(s, &mcp.Tool{Name: "greet", Description: "Greets."}, func(_ context.Context, r *mcp.CallToolRequest, in greeting) (*mcp.CallToolResult, any, error) {
		calls.Add(1)
		key, _ := r.Params.Meta["ranvier/idempotency-key"].(string)
		return say("Hello " + in.Name + ", " + key)
	})
	mcp.AddTool(s, &mcp.Tool{Name: "count"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, map[string]int, error) {
		return nil, map[string]int{"calls": int(calls.Load())}, nil
	})
	mcp.AddTool(s, &mcp.Tool{Name: "env"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return say(strings.Join(os.Environ(), "\n"))
	})
	mcp.AddTool(s, &mcp.Tool{Name: "fail"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return nil, nil, errors.New("no such thing")
	})
	mcp.AddTool(s, &mcp.Tool{Name: "die"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		os.Exit(3)
		return nil, nil, nil
	})
	return s
}

// overHTTP serves the server and tells what headers came.
func overHTTP(t *testing.T, calls *atomic.Int32) (url string, header *atomic.Value) {
	t.Helper()
	header = &atomic.Value{}
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return newServer(calls) }, nil)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header.Store(r.Header.Get("Authorization"))
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, header
}

func clients(t *testing.T, all map[string]Settings) *Clients {
	t.Helper()
	transport := &http.Transport{}
	c := New(all, transport)
	t.Cleanup(func() { c.Close(); transport.CloseIdleConnections() })
	return c
}

func stdio(t *testing.T) Settings {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Settings{Command: self, Env: map[string]string{asServer: "1"}}
}

func TestServers(t *testing.T) {
	t.Setenv("RANVIER_MASTER_KEY", "canary")
	var calls atomic.Int32
	url, header := overHTTP(t, &calls)
	c := clients(t, map[string]Settings{"web": {URL: url, Headers: map[string]string{"Authorization": "Bearer t"}}, "own": stdio(t)})
	if d := cmp.Diff([]string{"own", "web"}, c.Names()); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
	for _, name := range c.Names() {
		tools, err := c.Tools(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		i := -1
		for n := range tools {
			if tools[n].Name == "greet" {
				i = n
			}
		}
		if i < 0 || tools[i].Description != "Greets." || !strings.Contains(string(tools[i].Parameters), `"who is greeted"`) {
			t.Fatalf("%s: tools %+v", name, tools)
		}
		got, err := c.Call(t.Context(), name, "greet", "key-1", jsontext.Value(`{"name":"Ada"}`))
		if err != nil || string(got) != `"Hello Ada, key-1"` {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		if got, err = c.Call(t.Context(), name, "count", "", jsontext.Value(`{}`)); err != nil || string(got) != `{"calls":1}` {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		var said *ToolError
		if _, err = c.Call(t.Context(), name, "fail", "", jsontext.Value(`{}`)); !errors.As(err, &said) || said.Text != "no such thing" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err = c.Call(t.Context(), name, "greet", "", jsontext.Value(`{"name":7}`)); !errors.As(err, &said) {
			t.Errorf("%s: arguments that do not fit: %v", name, err)
		}
		if _, err = c.Call(t.Context(), name, "nothing", "", jsontext.Value(`{}`)); !errors.As(err, &said) {
			t.Errorf("%s: an unknown tool: %v", name, err)
		}
	}
	if header.Load() != "Bearer t" {
		t.Errorf("the header is %q", header.Load())
	}
	if got, err := c.Call(t.Context(), "own", "env", "", jsontext.Value(`{}`)); err != nil || strings.Contains(string(got), "canary") || !strings.Contains(string(got), "PATH=") {
		t.Errorf("the program's environment is %s, %v", got, err)
	}
	if _, err := c.Call(t.Context(), "none", "a", "", nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown server: %v", err)
	}
	c.Close()
	if _, err := c.Call(t.Context(), "own", "env", "", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// A program that dies is started again for the next call.
func TestConnectionsAreMadeAgain(t *testing.T) {
	c := clients(t, map[string]Settings{"own": stdio(t)})
	if _, err := c.Call(t.Context(), "own", "die", "", jsontext.Value(`{}`)); err == nil {
		t.Fatal("the tool that dies gave a result")
	}
	for {
		got, err := c.Call(t.Context(), "own", "greet", "k", jsontext.Value(`{"name":"Ada"}`))
		if err == nil {
			if string(got) != `"Hello Ada, k"` {
				t.Errorf("%s", got)
			}
			return
		}
		var said *ToolError
		if errors.As(err, &said) {
			t.Fatal(err)
		}
	}
}

// A server that was restarted knows none of its sessions: the call is made in a
// new one.
func TestSessionIsForgotten(t *testing.T) {
	var calls atomic.Int32
	var handler atomic.Pointer[mcp.StreamableHTTPHandler]
	renew := func() {
		server := newServer(&calls)
		t.Cleanup(func() {
			for session := range server.Sessions() { // nobody else will end them
				_ = session.Close()
			}
		})
		handler.Store(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	}
	renew()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.Load().ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	c := clients(t, map[string]Settings{"web": {URL: s.URL}})
	for want := int32(1); want <= 2; want++ {
		if _, err := c.Call(t.Context(), "web", "greet", "", jsontext.Value(`{"name":"Ada"}`)); err != nil {
			t.Fatal(err)
		}
		if got := calls.Load(); got != want {
			t.Errorf("%d calls, want %d", got, want)
		}
		renew()
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		``:   "",
		`{}`: "",
		`{"a":{"url":"https://h/"},"b":{"command":"/bin/x","args":["1"],"env":{"K":"v"}}}`: "",
		`[]`:                                   "must be a JSON object",
		`{"a":{"uri":"x"}}`:                    "(see /a/uri)",
		`{"a":{}}`:                             `server "a" needs either url or command`,
		`{"a":{"url":"ftp://h/"}}`:             "no http or https",
		`{"a b":{"command":"x"}}`:              "a server's name has",
		`{"a":{"url":"https://h/","args":[]}}`: "neither args nor env",
		`{"a":{"command":"x","headers":{"A":"s3"}}}`: "no headers",
	} {
		_, err := Parse([]byte(text))
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3") {
			t.Errorf("%s: %v quotes a credential", text, err)
		}
	}
}
