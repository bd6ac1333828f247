package nodes

// end: the job completes here, whatever else is still at work.

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// end completes the job.
type end struct {
	Output template `json:"output"` // the job's result; absent: the graph's own
}

func newEnd(raw jsontext.Value) (Node, pathway.Problems) {
	n := &end{}
	return n, decode(raw, n).Problems
}

// Start evaluates the result.
func (n *end) Start(ctx context.Context, r *Request) (Outcome, error) {
	if !n.Output.given() {
		return Done{End: true}, nil
	}
	output, err := n.Output.eval(ctx, r.Scope, "output")
	if err != nil {
		return nil, err
	}
	return Done{Output: output, End: true}, nil
}
