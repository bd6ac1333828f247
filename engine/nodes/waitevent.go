package nodes

// wait_event: wait for a signal from outside.

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// waitEvent waits for the first of some signals. How long is the node's
// timeout.
type waitEvent struct {
	Event names `json:"event"` // required
	Fresh bool  `json:"fresh"` // signals that came before the wait are dropped
}

// maxEvents bounds how many signals one node waits for.
const maxEvents = 20

// names is a list of strings that may be written as its only one.
type names []string

// UnmarshalJSON reads a string or a list of them.
func (n *names) UnmarshalJSON(b []byte) error {
	if jsontext.Value(b).Kind() == '"' {
		*n = make(names, 1)
		return json.Unmarshal(b, &(*n)[0])
	}
	return json.Unmarshal(b, (*[]string)(n))
}

func newWaitEvent(raw jsontext.Value) (Node, pathway.Problems) {
	n := &waitEvent{}
	found := decode(raw, n)
	if len(n.Event) == 0 || len(n.Event) > maxEvents {
		found.bad("/event", "must name the signal to wait for, or 1 to %d of which the first that comes wins", maxEvents)
	}
	for i, name := range n.Event {
		path := "/event"
		if len(n.Event) > 1 {
			path = fmt.Sprintf("/event/%d", i)
		}
		switch {
		case !pathway.ValidEvent(name):
			found.bad(path, "a signal's name has 1 to 64 letters, digits, '_', '-' or '.', and does not begin with '.'")
		case slices.Index(n.Event, name) < i:
			found.bad(path, "%q is there twice", name)
		}
	}
	return n, found.Problems
}

// Start begins to wait.
func (n *waitEvent) Start(context.Context, *Request) (Outcome, error) {
	return Wait{Events: n.Event, Fresh: n.Fresh}, nil
}
