package nodes

// Tools of MCP servers.

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// mcpCaller calls one tool of a server.
type mcpCaller struct {
	types *Types
	mcpTool
}

func (t *Types) checkMCP(m *mcpTool) pathway.Problems {
	return problem("", "are not available yet")
}

func (t *Types) serverTools(ctx context.Context, s *serverTools) ([]*tool, error) {
	return nil, nil
}

func (n *mcpCaller) call(ctx context.Context, r *Request, key string, args jsontext.Value) (jsontext.Value, Usage, error) {
	return nil, Usage{}, nil
}
