package nodes

// Tools of MCP servers.

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/nodes/mcpclient"
	"ranvier/engine/pathway"
)

// mcpCaller calls one tool of a server.
type mcpCaller struct {
	types *Types
	mcpTool
}

func (*Types) checkMCP(m *mcpTool) pathway.Problems {
	if m.Server == "" {
		return problem("/server", "is missing; it names one of the servers that the instance's operator has set up")
	}
	return nil
}

// CheckServer says why tools of an MCP server cannot be used, nil when they
// can. It is for new graphs: one that runs already is told when it calls.
func (t *Types) CheckServer(name string) error {
	names := t.deps.MCP.Names()
	for _, known := range names {
		if known == name {
			return nil
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no MCP server %.64q: the instance's operator has set up none (RANVIER_MCP_SERVERS)", name)
	}
	return fmt.Errorf("there is no MCP server %.64q; the instance's operator has set up %s", name, strings.Join(names, ", "))
}

// serverTools gives tools as their server describes them.
func (t *Types) serverTools(ctx context.Context, s *serverTools) ([]*tool, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.deps.HTTPTimeout, errSlow)
	defer cancel()
	known, err := t.deps.MCP.Tools(ctx, s.Server)
	if err != nil {
		return nil, mcpFailure(ctx, s.Server, err)
	}
	var all []*tool
	for i := range known {
		k := &known[i]
		if s.Tool != "" && s.Tool != k.Name {
			continue
		}
		n := s.like
		n.name, n.description = k.Name, k.Description
		if s.name != "" {
			n.name = s.name
		}
		if s.desc != "" {
			n.description = s.desc
		}
		if !toolName.MatchString(n.name) {
			n.name = plainName(n.name)
		}
		if n.parameters == nil {
			n.parameters = k.Parameters
		}
		// A schema that we cannot read is for the server to check.
		if n.schema, err = pathway.CompileSchema(n.parameters); err != nil {
			n.schema = nil
		}
		n.do = &mcpCaller{types: t, mcpTool: mcpTool{Server: s.Server, Tool: k.Name}}
		all = append(all, &n)
	}
	if s.Tool != "" && len(all) == 0 {
		return nil, &Failure{Code: CodeMCP, Final: true, Message: bounded(fmt.Sprintf("MCP server %s has no tool %.64q", s.Server, s.Tool))}
	}
	return all, nil
}

// plainName makes a name that the models' services take of one that they do
// not.
func plainName(name string) string {
	name = strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
			return c
		}
		return '_'
	}, name)
	return name[:min(len(name), 64)]
}

// call calls the tool.
func (n *mcpCaller) call(ctx context.Context, _ *Request, key string, args jsontext.Value) (jsontext.Value, Usage, error) {
	result, err := n.types.deps.MCP.Call(ctx, n.Server, n.Tool, key, args)
	if err != nil {
		return nil, Usage{}, mcpFailure(ctx, n.Server, err)
	}
	if int64(len(result)) > n.types.deps.MaxResponse {
		return nil, Usage{}, &Failure{Code: CodeTooLarge, Final: true, Message: fmt.Sprintf("MCP server %s: the result is larger than allowed", n.Server)}
	}
	return result, Usage{}, nil
}

// mcpFailure says what went wrong with a server.
func mcpFailure(ctx context.Context, server string, err error) error {
	var said *mcpclient.ToolError
	var refused *refusedError
	f := &Failure{Code: CodeMCP, Err: err}
	switch {
	case errors.As(err, &said):
		f.Final, f.Message = true, said.Text
	case errors.Is(err, mcpclient.ErrUnknown):
		f.Final, f.Message = true, fmt.Sprintf("there is no MCP server %.64q any more", server)
	case errors.As(err, &refused):
		f.Code, f.Final = CodeEgress, true
		f.Message = fmt.Sprintf("MCP server %s has an address that is private or reserved; the operator can allow its network with RANVIER_EGRESS_ALLOW", server)
	case ctx.Err() != nil:
		f.Code, f.Message = CodeTimeout, fmt.Sprintf("MCP server %s: no answer in time", server)
		if !errors.Is(context.Cause(ctx), errSlow) {
			return fmt.Errorf("call MCP server %s: %w", server, context.Cause(ctx))
		}
	default:
		f.Message = fmt.Sprintf("MCP server %s: the call failed", server)
	}
	f.Message = bounded(f.Message)
	return f
}
