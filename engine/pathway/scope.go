package pathway

import (
	"fmt"
	"maps"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What expressions see.

// Scope holds the variables of expressions: input, nodes, job, trace and,
// inside a map, item and index. JSON is decoded when an expression first looks
// at it, and once. A Scope is for one goroutine at a time; clones are
// independent of each other and share what was decoded.
type Scope struct {
	input lazy
	job   lazy
	trace lazy
	nodes map[string]lazy
	away  map[string]*away // those of nodes that are not in memory
	item  lazy             // nil outside of a map
	index int

	body, headers lazy // of a message; nil otherwise
}

// lazy gives a value, decoded at the first call; safe for concurrent use. The
// value is a *types.Err when there is something wrong with its JSON.
type lazy func() ref.Val

// lazyJSON decodes raw when it is needed; what names it in an error.
func lazyJSON(what string, raw jsontext.Value) lazy {
	return sync.OnceValue(func() ref.Val {
		if len(raw) == 0 {
			return types.NullValue
		}
		v, err := decode(raw)
		if err != nil {
			return types.NewErr("%s is no JSON that expressions can read: %v", what, err)
		}
		return v
	})
}

// NewScope makes the scope of a job. job holds the members of the variable
// job: constants of the run, with a JSON form. The Scope keeps input and job;
// the caller must not change them. No input is null.
func NewScope(input jsontext.Value, job map[string]any, traceID string) *Scope {
	return &Scope{
		input: lazyJSON("the input", input),
		job: sync.OnceValue(func() ref.Val {
			raw, err := json.Marshal(job)
			if err != nil {
				return types.NewErr("the job's facts have no JSON form: %v", err)
			}
			return lazyJSON("job", raw)()
		}),
		trace: func() ref.Val {
			return types.NewRefValMap(types.DefaultTypeAdapter, map[ref.Val]ref.Val{types.String("id"): types.String(traceID)})
		},
		nodes: map[string]lazy{},
	}
}

// NewMessage makes the scope of expressions that CompileMessageExpr compiled:
// the body of a message and its headers by their names in lower case. The Scope
// keeps both; the caller must not change them.
func NewMessage(body jsontext.Value, headers map[string]string) *Scope {
	return &Scope{
		body:    lazyJSON("the body", body),
		headers: func() ref.Val { return types.NewStringStringMap(types.DefaultTypeAdapter, headers) },
	}
}

// SetNode sets nodes.<id>.output, in place of an earlier one. The Scope keeps
// output; the caller must not change it. No output is null.
func (s *Scope) SetNode(id string, output jsontext.Value) {
	decoded := lazyJSON(fmt.Sprintf("the output of node %.64q", id), output)
	s.nodes[id] = func() ref.Val { return object{"output": decoded} }
	delete(s.away, id)
}

// UnsetNode makes a node one that has no output.
func (s *Scope) UnsetNode(id string) {
	delete(s.nodes, id)
	delete(s.away, id)
}

// Clone makes an independent Scope of the same values.
func (s *Scope) Clone() *Scope {
	c := *s
	c.nodes, c.away = maps.Clone(s.nodes), maps.Clone(s.away)
	return &c
}

// WithItem is a Clone that also has item and index, counted from 0.
func (s *Scope) WithItem(item jsontext.Value, index int) *Scope {
	c := s.Clone()
	c.item = lazyJSON("the item", item)
	c.index = index
	return c
}

// activation is a Scope during one evaluation.
type activation struct {
	scope  *Scope
	missed string // the last id that was looked up in nodes in vain
	seen   bool   // missed is set
}

// ResolveName gives a variable to the evaluation.
func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case "input":
		return a.scope.input(), true
	case "nodes":
		return nodeOutputs{object(a.scope.nodes), a}, true
	case "job":
		return a.scope.job(), true
	case "trace":
		return a.scope.trace(), true
	case "body":
		return a.scope.body(), true
	case "headers":
		return a.scope.headers(), true
	case "item":
		if a.scope.item != nil {
			return a.scope.item(), true
		}
	case "index":
		if a.scope.item != nil {
			return types.Int(a.scope.index), true
		}
	}
	return nil, false
}

// Parent is for nested activations; there are none.
func (a *activation) Parent() cel.Activation { return nil }

// explain makes CEL's reason for a failed evaluation one for authors.
func (a *activation) explain(reason string) string {
	if key, ok := strings.CutPrefix(reason, "no such key: "); ok {
		if a.seen && key == a.missed {
			return fmt.Sprintf("node %.64q has no output: it has not run, or was skipped; has(nodes['%.64s']) tells", key, key)
		}
		return fmt.Sprintf("there is no field %.64q; has() tells, and .?%.64s.orValue() gives a default", key, key)
	}
	if name, ok := strings.CutPrefix(reason, "no such attribute(s): "); ok {
		return fmt.Sprintf("%.64s is known inside a map only", name)
	}
	if strings.HasPrefix(reason, "no such overload") {
		return "two values do not fit together, or one does not fit its function; string(), int() and double() convert"
	}
	if strings.Contains(reason, "hash of unhashable type") { // CEL checks the keys that it knows only
		return "names of an object's members are text, numbers, true or false"
	}
	return bounded(reason, 300)
}
