package nodes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"ranvier/engine/nodes/mcpclient"
	"ranvier/engine/nodes/modeltest"
)

type city struct {
	City string `json:"city"`
}

// mcpModel is a model with an MCP server "geo" that has the tools find.city and
// fail, behind a transport.
func mcpModel(t *testing.T, transport http.RoundTripper, script ...modeltest.Reply) (*Types, *modeltest.Server) {
	t.Helper()
	server := mcp.NewServer(&mcp.Implementation{Name: "geo", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "find.city", Description: "Finds a city."},
		func(_ context.Context, _ *mcp.CallToolRequest, in city) (*mcp.CallToolResult, map[string]string, error) {
			return nil, map[string]string{"found": in.City}, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "fail"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return nil, nil, errors.New("nothing found")
	})
	s := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	t.Cleanup(s.Close)
	clients := mcpclient.New(map[string]mcpclient.Settings{"geo": {URL: s.URL}}, transport)
	t.Cleanup(clients.Close)
	chat, err := modeltest.NewServer(script...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chat.Close)
	return register(t, func(d *Deps) { d.OpenAIBaseURL, d.MCP = chat.URL, clients }), chat
}

func TestAgentMCPTool(t *testing.T) {
	transport := NewTransport(loopback)
	t.Cleanup(transport.CloseIdleConnections)
	for name, c := range map[string]struct{ tools, call, args, says string }{
		"all of a server":  {`{"mcp":{"server":"geo"}}`, "find_city", `{"city":"Rome"}`, `{"found":"Rome"}`},
		"a misfit":         {`{"mcp":{"server":"geo"}}`, "find_city", `{"city":7}`, `"VALIDATION_ERROR"`},
		"one, as it is":    {`{"mcp":{"server":"geo","tool":"find.city"}}`, "find_city", `{"city":"Rome"}`, `{"found":"Rome"}`},
		"one, renamed":     {`{"name":"look","mcp":{"server":"geo","tool":"find.city"}}`, "look", `{"city":"Rome"}`, `{"found":"Rome"}`},
		"one, described":   {`{"name":"look","parameters":{"type":"object"},"mcp":{"server":"geo","tool":"find.city"}}`, "look", `{"city":"Rome"}`, `{"found":"Rome"}`},
		"checked by it":    {`{"name":"look","parameters":{"type":"object"},"mcp":{"server":"geo","tool":"find.city"}}`, "look", `{"city":7}`, `"MCP_ERROR"`},
		"one that fails":   {`{"mcp":{"server":"geo","tool":"fail"}}`, "fail", `{}`, `"message":"nothing found"`},
		"one that is none": {`{"name":"a","parameters":{},"mcp":{"server":"geo","tool":"none"}}`, "a", `{}`, `"MCP_ERROR"`},
		"another server":   {`{"name":"a","parameters":{},"mcp":{"server":"gone","tool":"none"}}`, "a", `{}`, `there is no MCP server`},
	} {
		t.Run(name, func(t *testing.T) {
			types, chat := mcpModel(t, transport, modeltest.Reply{Calls: []modeltest.Call{{ID: "c1", Name: c.call, Arguments: c.args}}}, modeltest.Reply{Text: "Done."})
			n := llmNode(t, types, `{"model":"m","tools":[`+c.tools+`]}`)
			var l ledger
			if _, err := l.attempt(t, n, `"Hi"`); err != nil {
				t.Fatal(err)
			}
			if told := messages(t, chat.Requests()[1]); !strings.Contains(told[2], c.says) {
				t.Errorf("the model is told %s", told[2])
			}
		})
	}
}

// The egress guard is for MCP servers too, and a server that is not there fails
// the attempt that needs its list.
func TestAgentMCPServerIsNotReached(t *testing.T) {
	guarded := NewTransport(nil)
	t.Cleanup(guarded.CloseIdleConnections)
	types, _ := mcpModel(t, guarded)
	wantFailure(t, failure(t, llmNode(t, types, `{"model":"m","tools":[{"mcp":{"server":"geo"}}]}`), `"Hi"`), CodeEgress, true, "geo")
	wantFailure(t, failure(t, llmNode(t, types, `{"model":"m","tools":[{"mcp":{"server":"x"}}]}`), `"Hi"`), CodeMCP, true, "no MCP server")
	if err := types.CheckServer("geo"); err != nil {
		t.Error(err)
	}
	if err := types.CheckServer("x"); err == nil || !strings.Contains(err.Error(), "geo") {
		t.Error(err)
	}
	if err := New(Deps{}).CheckServer("x"); err == nil || !strings.Contains(err.Error(), "RANVIER_MCP_SERVERS") {
		t.Error(err)
	}
	_, problems := types.Neuron("llm", []byte(`{"model":"m","tools":[{"mcp":{}},{"name":"a","mcp":{"server":"geo"}}]}`))
	if got := all(problems); !strings.Contains(got, "/config/tools/0/mcp/server: is missing") || !strings.Contains(got, "/config/tools/1/mcp/tool: is missing") {
		t.Errorf("problems %s", got)
	}
}
