package mcpclient

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Tool is a tool as its server describes it.
type Tool struct {
	Name, Description string
	Parameters        jsontext.Value // JSON Schema of the arguments
}

// Errors. Any other is the transport's.
var (
	// ErrUnknown: there is no such server.
	ErrUnknown = errors.New("there is no such MCP server")
	// ErrClosed: the clients were closed.
	ErrClosed = errors.New("the connections to MCP servers are closed")
)

// ToolError is what a tool says of its own failure, or its server of the call.
type ToolError struct{ Text string }

// Error gives the text.
func (e *ToolError) Error() string { return e.Text }

const (
	connectTime = 30 * time.Second // for a connection, with what both sides say first
	maxTools    = 1000             // of one server
	closeGrace  = 2 * time.Second  // for a program to end by itself
)

// Clients holds one connection to each server that was used, shared by all
// calls. One that has ended is made again for the next call. It may be used
// from any goroutine; Close must be called at the end.
type Clients struct {
	servers map[string]*server
}

// New makes the clients of some servers. Nothing is connected or started yet.
// The transport carries all HTTP.
func New(all map[string]Settings, transport http.RoundTripper) *Clients {
	c := &Clients{servers: map[string]*server{}}
	for name, s := range all {
		c.servers[name] = &server{Settings: s, transport: transport, turn: make(chan struct{}, 1)}
	}
	return c
}

// Names lists the servers, sorted. A nil Clients has none.
func (c *Clients) Names() []string {
	if c == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.servers))
}

// Close ends all connections, and the programs that were started, and waits
// until they have ended.
func (c *Clients) Close() {
	if c == nil {
		return
	}
	var wg sync.WaitGroup
	for _, s := range c.servers {
		wg.Go(s.close)
	}
	wg.Wait()
}

// Tools lists the tools of a server.
func (c *Clients) Tools(ctx context.Context, name string) ([]Tool, error) {
	s, err := c.server(name)
	if err != nil {
		return nil, err
	}
	return s.list(ctx)
}

// Call calls a tool. The result is its structured content, else its text. The
// server is told the key, by which it can know a call again that is made once
// more.
func (c *Clients) Call(ctx context.Context, name, tool, key string, args jsontext.Value) (jsontext.Value, error) {
	s, err := c.server(name)
	if err != nil {
		return nil, err
	}
	params := &mcp.CallToolParams{Name: tool, Arguments: args, Meta: mcp.Meta{"ranvier/idempotency-key": key}}
	var result *mcp.CallToolResult
	err = s.do(ctx, func(session *mcp.ClientSession) error {
		result, err = session.CallTool(ctx, params)
		return err
	})
	var refused *jsonrpc.Error
	if errors.As(err, &refused) {
		return nil, &ToolError{refused.Message}
	}
	if err != nil {
		return nil, err
	}
	return read(result)
}

func (c *Clients) server(name string) (*server, error) {
	if c == nil || c.servers[name] == nil {
		return nil, ErrUnknown
	}
	return c.servers[name], nil
}

// server is one server, and its connection while there is one.
type server struct {
	Settings
	transport http.RoundTripper

	turn chan struct{} // holds a value while somebody connects or closes

	mu      sync.Mutex // guards what follows
	closed  bool
	session *mcp.ClientSession
	tools   []Tool // nil: to be asked
	waiting sync.WaitGroup
}

// do does something with the connection. When the server turns out to have
// forgotten it, which it says before it does anything, it is made anew once.
func (s *server) do(ctx context.Context, do func(*mcp.ClientSession) error) error {
	for again := false; ; again = true {
		session, err := s.connected(ctx)
		if err != nil {
			return err
		}
		err = do(session)
		if again || !errors.Is(err, mcp.ErrSessionMissing) {
			return err
		}
		s.drop(session)
	}
}

// connected gives the connection, made when there is none.
func (s *server) connected(ctx context.Context) (*mcp.ClientSession, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	session, closed := s.session, s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return nil, ErrClosed
	case session != nil:
		return session, nil
	}
	session, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.session, s.tools = session, nil
	s.mu.Unlock()
	s.waiting.Go(func() {
		_ = session.Wait() // why it ended is told to whoever calls next
		s.drop(session)
	})
	return session, nil
}

func (s *server) connect(ctx context.Context) (*mcp.ClientSession, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	client := mcp.NewClient(&mcp.Implementation{Name: "ranvier", Version: "1"}, &mcp.ClientOptions{
		Capabilities:           &mcp.ClientCapabilities{},
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { s.forgetTools() },
	})
	if s.URL != "" {
		return client.Connect(ctx, &mcp.StreamableClientTransport{
			Endpoint: s.URL, MaxRetries: -1,
			HTTPClient: &http.Client{
				Transport: &withHeaders{s.transport, s.Headers},
				// The headers are for this address, not for where it leads.
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			},
		}, nil)
	}
	command := exec.CommandContext(context.WithoutCancel(ctx), s.Command, s.Args...) //nolint:gosec // the operator's own; it lives as long as the connection
	// This process's environment has credentials of its own.
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		command.Env = append(command.Env, name+"="+s.Env[name])
	}
	return client.Connect(ctx, &mcp.CommandTransport{Command: command, TerminateDuration: closeGrace}, nil)
}

// drop forgets a connection that has ended, and sees to its end.
func (s *server) drop(session *mcp.ClientSession) {
	s.mu.Lock()
	if s.session == session {
		s.session, s.tools = nil, nil
	}
	s.mu.Unlock()
	_ = session.Close() // it may have ended already
}

func (s *server) forgetTools() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tools = nil
}

func (s *server) close() {
	s.turn <- struct{}{} // nobody connects meanwhile
	s.mu.Lock()
	s.closed = true
	session := s.session
	s.mu.Unlock()
	<-s.turn
	if session != nil {
		s.drop(session)
	}
	s.waiting.Wait()
}

// list gives the server's tools, as long as the connection lives without asking
// again.
func (s *server) list(ctx context.Context) ([]Tool, error) {
	s.mu.Lock()
	tools := s.tools
	s.mu.Unlock()
	if tools != nil {
		return tools, nil
	}
	err := s.do(ctx, func(session *mcp.ClientSession) error {
		tools = []Tool{}
		for t, err := range session.Tools(ctx, nil) {
			if err != nil {
				return err
			}
			schema, err := json.Marshal(t.InputSchema, json.Deterministic(true))
			if err != nil {
				return fmt.Errorf("the schema of tool %s: %w", t.Name, err)
			}
			if tools = append(tools, Tool{Name: t.Name, Description: t.Description, Parameters: schema}); len(tools) > maxTools {
				return fmt.Errorf("the server has more than %d tools", maxTools)
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.session == session {
			s.tools = tools
		}
		return nil
	})
	return tools, err
}

// read gives the result that a tool's answer holds.
func read(r *mcp.CallToolResult) (jsontext.Value, error) {
	var texts []string
	for _, part := range r.Content {
		switch part := part.(type) {
		case *mcp.TextContent:
			texts = append(texts, part.Text)
		case *mcp.ImageContent:
			texts = append(texts, "(an image, "+part.MIMEType+")")
		case *mcp.AudioContent:
			texts = append(texts, "(a sound, "+part.MIMEType+")")
		case *mcp.ResourceLink:
			texts = append(texts, part.URI)
		case *mcp.EmbeddedResource:
			if part.Resource != nil && part.Resource.Text != "" {
				texts = append(texts, part.Resource.Text)
			}
		}
	}
	text := strings.ToValidUTF8(strings.Join(texts, "\n"), "\uFFFD")
	switch {
	case r.IsError:
		if text == "" {
			text = "the tool failed and did not say why"
		}
		return nil, &ToolError{text}
	case r.NeedsInput():
		return nil, &ToolError{"the tool asks for input of its own, which it cannot be given here"}
	}
	var v any = text
	if r.StructuredContent != nil {
		v = r.StructuredContent
	}
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write the result: %w", err)
	}
	return raw, nil
}

// withHeaders adds headers to each request.
type withHeaders struct {
	http.RoundTripper
	headers map[string]string
}

// RoundTrip sends the request.
func (t *withHeaders) RoundTrip(r *http.Request) (*http.Response, error) {
	if len(t.headers) > 0 {
		r = r.Clone(r.Context())
		for name, value := range t.headers {
			r.Header.Set(name, value)
		}
	}
	return t.RoundTripper.RoundTrip(r)
}
