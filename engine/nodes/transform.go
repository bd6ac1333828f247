package nodes

// transform: a new value from values.

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// transform's output is its evaluated setting.
type transform struct {
	Output template `json:"output"` // any JSON with expressions; required
}

func newTransform(raw jsontext.Value) (Node, pathway.Problems) {
	n := &transform{}
	found := decode(raw, n)
	if !n.Output.given() {
		found.bad("/output", "is missing; it is what the node is for")
	}
	return n, found.Problems
}

// Start evaluates.
func (n *transform) Start(ctx context.Context, r *Request) (Outcome, error) {
	output, err := n.Output.eval(ctx, r.Scope, "output")
	if err != nil {
		return nil, err
	}
	return Done{Output: output}, nil
}
