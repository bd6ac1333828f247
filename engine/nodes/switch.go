package nodes

// switch: a fork in the graph.

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// switchNode does nothing: its cases are edges, which the graph has taken out
// of its settings. Its output is null.
type switchNode struct{}

func newSwitch(raw jsontext.Value) (Node, pathway.Problems) {
	n := &switchNode{}
	return n, decode(raw, n).Problems
}

// Start is done at once.
func (*switchNode) Start(context.Context, *Request) (Outcome, error) {
	return Done{Output: jsontext.Value("null")}, nil
}
