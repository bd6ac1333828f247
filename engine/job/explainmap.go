package job

import (
	"fmt"

	"ranvier/events"
)

// This file says how far maps are.

// ReasonItems: a map has items that have not ended.
const ReasonItems ReasonKind = "items"

// shownItems bounds how many steps inside of maps an explanation has.
const shownItems = 5

// followItems notes which commit made the steps inside of maps what they are.
func (a *Account) followItems(c *events.Commit) {
	for i := range c.Events {
		node := ""
		switch f := c.Events[i].Fact.(type) {
		case *events.ItemSucceeded:
			delete(a.inside, itemPath(f.Node, f.Index))
			continue
		case *events.ItemFailed:
			delete(a.inside, itemPath(f.Node, f.Index))
			continue
		case *events.NodeStarted:
			node = f.Node
		case *events.NodeWaiting:
			node = f.Node
		case *events.NodeRetrying:
			node = f.Node
		case *events.NodeFanned:
			node = f.Node
		case *events.NodeSpawned:
			node = f.Node
		}
		if at, id := cutPath(node); at != "" && a.frame(at) != nil {
			if a.inside[at] == nil {
				a.inside[at] = map[string]events.Cursor{}
			}
			a.inside[at][id] = c.Cursor()
		}
	}
}

// items says how far each map is and, of some of its items, what they do.
func (a *Account) items() (reasons []Reason) {
	var within []Reason
	for f, st := range a.reached {
		_, id := cutPath(st.NodeID)
		it := f.look(id).items
		if it == nil || len(reasons) > shownItems {
			continue
		}
		r := Reason{Kind: ReasonItems, NodeID: Ref(st.NodeID), Attempt: st.Attempts, Since: a.since(st.NodeID), Until: f.look(id).until}
		r.Message = fmt.Sprintf("%s has %d items: %d succeeded, %d failed, %d at work", st.NodeID, it.total, it.succeeded, it.failed, len(it.flight))
		if left := it.total - it.next; left > 0 {
			r.Message += fmt.Sprintf(", %d not begun", left)
			if it.mayBegin() {
				r.Message += "; all workers are busy"
			} else {
				r.Message += fmt.Sprintf("; %d may be at work at once", it.concurrency)
			}
		}
		if it.decided {
			r.Message += "; the map did not wait for these"
		}
		reasons = append(reasons, r)
		for _, item := range it.flight {
			for i := range item.steps {
				if len(within) == shownItems {
					break
				}
				if r, ok := a.stepReason(item, &item.steps[i]); ok {
					within = append(within, r)
				}
			}
		}
	}
	return append(reasons, within...)
}
