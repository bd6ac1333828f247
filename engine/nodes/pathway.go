package nodes

// pathway: the node type that runs a stored pathway as a job of its own.

import (
	"context"

	"ranvier/engine/pathway"

	"github.com/go-json-experiment/json/jsontext"
)

// Spawn leaves the visit open, holding no goroutine, until jobs that were
// started for it have ended. Without a Call there is just one, and its end is
// the visit's.
type Spawn struct{ Jobs []SubJob }

func (Spawn) outcome() {}

// SubJob is a run of a stored pathway that a node asks for.
type SubJob struct {
	Pathway string         // id
	Version int            //
	Input   jsontext.Value // any JSON; nil: none
	Call    string         // the tool call of a model that it answers; "": none
}

// pathwayNode starts a sub-job.
type pathwayNode struct {
	Pathway string                 `json:"pathway"` // id or slug; required
	Input   template               `json:"input"`   // the sub-job's input; absent: the job's
	Pinned  *pathway.PinnedPathway `json:"pinned"`  // what Pathway meant when the job was submitted
}

func newPathwayNode(raw jsontext.Value) (Node, pathway.Problems) {
	n := &pathwayNode{}
	found := decode(raw, n)
	if n.Pathway == "" {
		found.bad("/pathway", "is missing; it is the id or slug of the pathway to run")
	}
	return n, found.Problems
}

// Start asks for the sub-job.
func (n *pathwayNode) Start(ctx context.Context, r *Request) (Outcome, error) {
	if n.Pinned == nil {
		return nil, invalid("pathway %.64q is not pinned, so this graph can be checked but not run", n.Pathway)
	}
	input, err := inputOf(ctx, &n.Input, r.Scope)
	if err != nil {
		return nil, err
	}
	return Spawn{Jobs: []SubJob{{Pathway: n.Pinned.ID, Version: n.Pinned.Version, Input: input}}}, nil
}
