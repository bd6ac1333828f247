package job

import (
	"fmt"
	"slices"
	"strings"

	"ranvier/events"
)

// This file says that a step at work waits for a place at an endpoint.

// CallInLine is a call of a step that waits for a place at an endpoint.
type CallInLine struct {
	Node, Endpoint string
	Limit          int          // calls at once; 0: any number
	PerMinute      int          // calls that may begin; 0: any number
	Calls          int          // at work now
	Ahead          int          // calls before it
	Until          *events.Time // nobody is let in before; nil: it is open
}

// atGates puts the calls in line in the place of their steps being at work.
func (a *Account) atGates(reasons []Reason) []Reason {
	for i := range a.Calls {
		c := &a.Calls[i]
		at := slices.IndexFunc(reasons, func(r Reason) bool { return r.Kind == ReasonRunning && r.NodeID == Ref(c.Node) })
		if at < 0 {
			continue // another call of the same step, or one that has just ended
		}
		r := &reasons[at]
		r.Kind, r.Endpoint, r.Limit, r.PerMinute, r.Ahead, r.Until = ReasonEndpoint, c.Endpoint, c.Limit, c.PerMinute, c.Ahead, c.Until
		var bounds []string
		if c.Limit > 0 {
			bounds = append(bounds, calls(c.Limit)+" at once")
		}
		if c.PerMinute > 0 {
			bounds = append(bounds, calls(c.PerMinute)+" a minute")
		}
		r.Message = fmt.Sprintf("%s waits for a place at %s, which may have %s", c.Node, c.Endpoint, strings.Join(bounds, " and "))
		if c.Ahead > 0 {
			r.Message += fmt.Sprintf("; %s before it", calls(c.Ahead))
		}
		if c.Until != nil {
			r.Message += "; it asked for a pause until " + c.Until.String()
		}
	}
	return reasons
}

func calls(n int) string {
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}
