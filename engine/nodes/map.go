package nodes

// map: a node, or a graph of them, for each item of a list.

import (
	"bytes"
	"context"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// Limits of maps.
const (
	maxMapItems        = 100_000
	maxConcurrency     = 1_000
	defaultConcurrency = 10
)

// mapNode gives its list; what runs for the items the graph knows.
type mapNode struct {
	Items       template `json:"items"`       // gives a list; required
	Concurrency *int     `json:"concurrency"` // how many items may be at work
	MinSuccess  template `json:"min_success"` // how many must succeed; default all
	JoinRest    string   `json:"join_rest"`   // with MinSuccess: what becomes of the others then
}

func newMap(raw jsontext.Value) (Node, pathway.Problems) {
	n := &mapNode{}
	found := decode(raw, n)
	switch {
	case !n.Items.given():
		found.bad("/items", "is missing: a list, or an expression that gives one")
	case n.Items.raw.Kind() == '[':
	default:
		if _, literal := literal(n.Items.raw); literal || n.Items.raw.Kind() != '"' {
			found.bad("/items", "must be a list, or an expression that gives one")
		}
	}
	if c := n.Concurrency; c != nil && (*c < 1 || *c > maxConcurrency) {
		found.bad("/concurrency", "must be a whole number from 1 to %d", maxConcurrency)
	}
	if n.MinSuccess.given() {
		_, literal := literal(n.MinSuccess.raw)
		_, ok := least(n.MinSuccess.raw)
		if literal || n.MinSuccess.raw.Kind() != '"' && !ok {
			found.bad("/min_success", "must be a whole number from 0 to %d, or an expression that gives one", maxMapItems)
		}
	}
	switch {
	case n.JoinRest == "":
	case n.JoinRest != "cancel" && n.JoinRest != "ignore":
		found.bad("/join_rest", "must be \"cancel\" or \"ignore\"; without it all items are awaited")
	case !n.MinSuccess.given():
		found.bad("/join_rest", "has no effect without min_success: a map that needs all items waits for all")
	}
	return n, found.Problems
}

// least reads how many items must succeed.
func least(raw jsontext.Value) (int, bool) {
	n, err := strconv.Atoi(string(raw))
	return n, err == nil && raw.Kind() == '0' && n >= 0 && n <= maxMapItems
}

// Start evaluates the list.
func (n *mapNode) Start(ctx context.Context, r *Request) (Outcome, error) {
	list, err := n.Items.eval(ctx, r.Scope, "items")
	if err != nil {
		return nil, err
	}
	if list.Kind() != '[' {
		return nil, invalid("items must give a list, and gave %s", kindOf(list))
	}
	f := Fan{Items: list, Total: count(list), MinSuccess: -1, Concurrency: defaultConcurrency, Rest: n.JoinRest}
	if f.Total > maxMapItems {
		return nil, invalid("there are %d items, which is more than %d: split the list, and map over the parts in sub-jobs", f.Total, maxMapItems)
	}
	if n.Concurrency != nil {
		f.Concurrency = *n.Concurrency
	}
	if n.MinSuccess.given() {
		raw, err := n.MinSuccess.eval(ctx, r.Scope, "min_success")
		if err != nil {
			return nil, err
		}
		var ok bool
		if f.MinSuccess, ok = least(raw); !ok {
			return nil, invalid("min_success must give a whole number from 0 to %d, and gave %.40s", maxMapItems, raw)
		}
	}
	return f, nil
}

// count counts the items of a list.
func count(list jsontext.Value) (n int) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(list))
	if _, err := dec.ReadToken(); err != nil {
		return 0
	}
	for dec.PeekKind() != ']' {
		if dec.SkipValue() != nil {
			return n
		}
		n++
	}
	return n
}

// kindOf names a JSON value's kind.
func kindOf(raw jsontext.Value) string {
	switch raw.Kind() {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	}
	return "a list"
}
