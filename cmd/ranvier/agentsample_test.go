package main

// The sample of an agent: a model that follows a script, and a real MCP server.

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"ranvier/config"
	"ranvier/engine/nodes/modeltest"
)

// library is an MCP server with the tools find and lend. It notes its calls.
type library struct {
	mu    sync.Mutex
	calls []string
}

type book struct {
	Title string `json:"title"`
}

func (l *library) handler() http.Handler {
	server := mcp.NewServer(&mcp.Implementation{Name: "library", Version: "1"}, nil)
	for name, answer := range map[string]string{"find": "on shelf 7", "lend": "until Friday"} {
		mcp.AddTool(server, &mcp.Tool{Name: name, Description: "For one book: " + name},
			func(_ context.Context, _ *mcp.CallToolRequest, b book) (*mcp.CallToolResult, map[string]string, error) {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.calls = append(l.calls, name+" "+b.Title)
				return nil, map[string]string{"book": b.Title, "is": answer}, nil
			})
	}
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
}

func TestSampleAgent(t *testing.T) {
	books := &library{}
	tr := newTrial(t, modelled(t,
		modeltest.Reply{Calls: []modeltest.Call{{ID: "c1", Name: "find", Arguments: `{"title":"Walden"}`}}},
		modeltest.Reply{Calls: []modeltest.Call{{ID: "c2", Name: "lend", Arguments: `{"title":"Walden"}`}}},
		modeltest.Reply{Text: "It is yours until Friday."},
	), func(c *config.Config) {
		server := httptest.NewServer(books.handler())
		t.Cleanup(server.Close)
		c.MCPServers = config.Secret(fmt.Sprintf(`{"library":{"url":%q}}`, server.URL))
	})
	tr.sample("pathways", "agent.json")
	job := tr.begin("agent", map[string]string{"question": "May I borrow Walden?"})
	frames := tr.question(job)
	asked := frames[len(frames)-1].Waiting
	if !strings.Contains(asked.Prompt, "lend") || !strings.Contains(asked.Prompt, "Walden") {
		t.Errorf("asked is %s", asked.Prompt)
	}
	books.mu.Lock()
	before := append([]string(nil), books.calls...)
	books.mu.Unlock()
	if diff := cmp.Diff([]string{"find Walden"}, before); diff != "" {
		t.Errorf("-want +called before it was allowed\n%s", diff)
	}
	if err := tr.client.answer(t.Context(), job, asked.ID, "approve"); err != nil {
		t.Fatal(err)
	}
	if got := tr.result(job); got != `"It is yours until Friday."` {
		t.Errorf("the result is %s", got)
	}
	books.mu.Lock()
	defer books.mu.Unlock()
	if diff := cmp.Diff([]string{"find Walden", "lend Walden"}, books.calls); diff != "" {
		t.Errorf("-want +called\n%s", diff)
	}
	tr.audited(job)
}
