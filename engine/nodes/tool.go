package nodes

// Tools of a model: what it may call, and how that is set up. What carries out
// a call is in toolhttp.go, toolneuron.go and toolmcp.go; a pathway is started
// by the engine.

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// toolSettings are those of one tool, which is exactly one of HTTP, Neuron,
// Pathway and MCP.
type toolSettings struct {
	Name             string         `json:"name"`        // what the model calls it
	Description      string         `json:"description"` // what the model is told of it
	Parameters       jsontext.Value `json:"parameters"`  // JSON Schema of the arguments, an object; absent: any object
	HTTP             jsontext.Value `json:"http"`        // httpToolSettings
	Neuron           string         `json:"neuron"`      // id or slug
	Pathway          string         `json:"pathway"`     // id or slug
	MCP              *mcpTool       `json:"mcp"`
	RequiresApproval bool           `json:"requires_approval"` // a person must allow each call
	Approval         jsontext.Value `json:"approval"`          // approvalSettings; only with RequiresApproval
	Timeout          duration       `json:"timeout"`           // of a call; default one minute; not for pathways
	Pinned           jsontext.Value `json:"pinned"`            // what Neuron or Pathway meant when the job was submitted
}

// mcpTool names a tool of an MCP server that the instance's operator has set
// up. Without a tool it is all tools of the server.
type mcpTool struct {
	Server string `json:"server"`
	Tool   string `json:"tool"`
}

// approvalSettings say how a call is allowed.
type approvalSettings struct {
	Required    *int     `json:"required"`     // distinct people that must allow it; default 1
	Responders  *int     `json:"responders"`   // how many may answer at all
	ExpiresIn   duration `json:"expires_in"`   // absent: the question stays open
	OnExpire    string   `json:"on_expire"`    // "reject" (default), "approve" or "fail"
	RemindAfter duration `json:"remind_after"` // absent: nobody is reminded
}

// The actions with which a call is allowed, or not.
const (
	approve = "approve"
	reject  = "reject"
)

const (
	maxTools        = 128
	maxDescription  = 16 << 10 // bytes
	maxArguments    = 256 << 10
	maxToolTimeout  = 24 * time.Hour
	toolTimeout     = time.Minute
	maxToolsAtOnce  = 8         // calls of one turn that are made at the same time
	maxTold         = 100 << 10 // bytes of a result that a model is told
	defaultTurns    = 10
	maxTurns        = 100
	defaultCalls    = 50
	maxCalls        = 1000
	defaultMend     = 2 // corrections
	maxMend         = 10
	maxPricePerMega = 1e6
)

// toolName is what the models' services take.
var toolName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// caller carries out calls. It is immutable and safe for concurrent use.
type caller interface {
	// call makes one call. A *Failure is told to the model; any other error
	// ends the attempt. key is the call's idempotency key.
	call(ctx context.Context, r *Request, key string, args jsontext.Value) (result jsontext.Value, used Usage, err error)
}

// tool is what a model may call.
type tool struct {
	name, description string
	parameters        jsontext.Value // JSON Schema; never nil
	schema            *pathway.Schema
	approval          *Question // what is asked before a call, without the prompt; nil: nothing
	timeout           time.Duration
	do                caller                 // nil: a pathway, or not pinned
	pathway           *pathway.PinnedPathway // nil: another tool, or not pinned
}

// toolSet is what a config has of tools.
type toolSet struct {
	fixed   []*tool
	servers []serverTools // what is known only when their server was asked
}

// serverTools are tools of an MCP server as the server describes them.
type serverTools struct {
	mcpTool
	like tool // approval and timeout of each
	name string
	desc string
}

// waits tells whether a call may have to wait for a person or a sub-job.
func (set *toolSet) waits() bool {
	return slices.ContainsFunc(set.fixed, func(t *tool) bool { return t.approval != nil || t.do == nil }) ||
		slices.ContainsFunc(set.servers, func(t serverTools) bool { return t.like.approval != nil })
}

// newTools reads the list of tools of a config.
func newTools(t *Types, list []jsontext.Value) (toolSet, pathway.Problems) {
	var set toolSet
	found := &findings{}
	if len(list) > maxTools {
		found.bad("", "a model may have %d tools at most", maxTools)
		return set, found.Problems
	}
	names := map[string]bool{}
	for i, raw := range list {
		path := fmt.Sprintf("/%d", i)
		name, problems := set.add(t, raw)
		found.Problems = append(found.Problems, problems.Under(path)...)
		if name != "" && names[name] {
			found.bad(path+"/name", "there is another tool %q", name)
		}
		names[name] = true
	}
	return set, found.Problems
}

// add reads one tool and gives its name, empty when only its server knows it.
func (set *toolSet) add(t *Types, raw jsontext.Value) (string, pathway.Problems) {
	var s toolSettings
	found := decode(raw, &s)
	n := &tool{name: s.Name, description: s.Description, timeout: toolTimeout}
	var which []string
	for name, given := range map[string]bool{"http": s.HTTP != nil, "neuron": s.Neuron != "", "pathway": s.Pathway != "", "mcp": s.MCP != nil} {
		if given {
			which = append(which, name)
		}
	}
	slices.Sort(which)
	if len(which) != 1 {
		found.bad("", "must be exactly one of http, neuron, pathway and mcp%s", is(which))
		return "", found.Problems
	}
	found.describe(t, n, &s)
	switch {
	case s.HTTP != nil:
		do, problems := newHTTPTool(t, s.HTTP)
		found.Problems = append(found.Problems, problems.Under("/http")...)
		n.do = do
	case s.Neuron != "" && s.Pinned != nil:
		n.do = found.neuronTool(t, n, s.Pinned)
	case s.Pathway != "" && s.Pinned != nil:
		found.Problems = append(found.Problems, read(s.Pinned, &n.pathway).Under("/pinned")...)
	case s.MCP != nil && (s.MCP.Tool == "" || s.Name == "" || s.Parameters == nil):
		found.schema("/parameters", n.parameters)
		set.servers = append(set.servers, serverTools{mcpTool: *s.MCP, like: *n, name: s.Name, desc: s.Description})
		return s.Name, found.Problems
	case s.MCP != nil:
		n.do = &mcpCaller{types: t, mcpTool: *s.MCP}
	}
	if n.parameters == nil {
		n.parameters = jsontext.Value(`{"type":"object"}`)
	}
	n.schema = found.schema("/parameters", n.parameters)
	set.fixed = append(set.fixed, n)
	return s.Name, found.Problems
}

// describe reads what tools of all sorts have, and says where it does not fit
// the sort.
func (f *findings) describe(t *Types, n *tool, s *toolSettings) {
	if s.Name == "" && s.MCP == nil {
		f.bad("/name", "is missing; it is what the model calls the tool")
	}
	if s.Name != "" && !toolName.MatchString(s.Name) {
		f.bad("/name", "a tool's name has 1 to 64 letters, digits, '_' or '-'")
	}
	if len(s.Description) > maxDescription {
		f.bad("/description", "may have %d bytes at most", maxDescription)
	}
	if s.Timeout != 0 {
		if s.Pathway != "" {
			f.bad("/timeout", "a pathway has no timeout here; its graph's own holds")
		}
		if time.Duration(s.Timeout) > maxToolTimeout {
			f.bad("/timeout", "may be %s at most", maxToolTimeout)
		}
		n.timeout = time.Duration(s.Timeout)
	}
	n.approval = f.approval(s)
	if s.Parameters.Kind() == 'n' {
		s.Parameters = nil
	}
	n.parameters = s.Parameters.Clone()
	if s.Pinned != nil && s.Neuron == "" && s.Pathway == "" {
		f.bad("/pinned", "belongs to a stored neuron or pathway")
	}
	if s.MCP != nil {
		f.Problems = append(f.Problems, t.checkMCP(s.MCP).Under("/mcp")...)
		if s.MCP.Tool == "" && (s.Name != "" || s.Description != "" || s.Parameters != nil) {
			f.bad("/mcp/tool", "is missing; without it the entry is all tools of the server, which have names and parameters of their own")
		}
	}
}

func is(which []string) string {
	if len(which) == 0 {
		return "; it is none"
	}
	return "; it is " + strings.Join(which, " and ")
}

// approval reads what is asked before a call.
func (f *findings) approval(s *toolSettings) *Question {
	if !s.RequiresApproval {
		if s.Approval != nil {
			f.bad("/approval", "has no effect without requires_approval")
		}
		return nil
	}
	var a approvalSettings
	if s.Approval != nil {
		f.Problems = append(f.Problems, members(s.Approval, &a).Under("/approval")...)
	}
	f.people("/approval/required", a.Required)
	f.people("/approval/responders", a.Responders)
	if a.Required != nil && a.Responders != nil && *a.Required > *a.Responders {
		f.bad("/approval/required", "%d cannot agree when only %d may answer", *a.Required, *a.Responders)
	}
	q := &Question{
		Actions: []string{approve, reject}, Required: 1, ExpiresIn: time.Duration(a.ExpiresIn), OnExpire: reject,
		RemindAfter: time.Duration(a.RemindAfter),
	}
	if a.Required != nil {
		q.Required = *a.Required
	}
	if a.Responders != nil {
		q.Responders = *a.Responders
	}
	switch a.OnExpire {
	case "":
	case approve, reject, "fail":
		q.OnExpire = a.OnExpire
		if a.ExpiresIn == 0 {
			f.bad("/approval/on_expire", "has no effect without expires_in")
		}
	default:
		f.bad("/approval/on_expire", "must be \"reject\", \"approve\" or \"fail\"")
	}
	return q
}
