package job

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// This file decides about maps: when their items begin and end, and when they
// do themselves. What happens inside an item is decided as it is in the job's
// own graph.

// Fan is the outcome of an attempt of a map that has its list.
type Fan struct {
	Attempt     Attempt
	Items       jsontext.Value // a list, strict JSON
	Total       int            // its length
	MinSuccess  int            // how many items must succeed; below 0: all
	Concurrency int            // how many may be at work
	Rest        string         // see events.NodeFanned
}

// What becomes of the items of a map that are not needed any more.
const (
	RestCancel = "cancel"
	RestIgnore = "ignore"
)

// Codes of failures of maps and their items.
const (
	CodeItems      = "ITEMS_FAILED"     // too many items of a map failed
	CodeNotAwaited = "ITEM_NOT_AWAITED" // stands for an item that the map did not wait for
	itemsTooLarge  = "the list of what the items gave is larger than one output may be: %d bytes of at most %d"
)

// maxBatch bounds the facts of one commit in which items begin.
const maxBatch = 512

func (c *Fan) decide(d *decision) error {
	d.narrow = true
	if !d.run.Current(c.Attempt) {
		return stale(c.Attempt)
	}
	list, err := events.NewPayload(c.Items)
	if err != nil {
		return fmt.Errorf("items of node %s: %w", c.Attempt.Node, err)
	}
	f := &events.NodeFanned{
		Attempt: c.Attempt.Attempt, Concurrency: max(c.Concurrency, 1), Items: list, MinSuccess: c.MinSuccess, Node: c.Attempt.Node,
		Rest: c.Rest, Total: c.Total, Visit: c.Attempt.Visit,
	}
	if f.MinSuccess < 0 {
		f.MinSuccess = c.Total
	}
	if timeout := d.def(f.Node).Timeout; timeout > 0 {
		t := d.after(timeout)
		f.Until = &t
	}
	d.happen(f)
	d.tally(f.Node)
	d.advance(nil)
	return nil
}

// touch notes where a fact may have made something possible.
func (d *decision) touch(f events.Fact) {
	var node string
	switch f := f.(type) {
	case *events.NodeSucceeded:
		node = f.Node
	case *events.NodeFailed:
		node = f.Node
	case *events.NodeSkipped:
		node = f.Node
	case *events.NodeCancelled:
		node = f.Node
	case *events.NodeLooped:
		node = f.Node
	case *events.ItemSucceeded:
		node = f.Node
	case *events.ItemFailed:
		node = f.Node
	default:
		return
	}
	frame, _ := cutPath(node)
	d.look(frame)
}

// mayBegin tells whether another item may begin.
func (it *items) mayBegin() bool { return it.next < it.total && len(it.flight) < it.concurrency }

// beginItem lets the next item of a map begin, if there is room for its first
// node. It tells whether there was one.
func (d *decision) beginItem() bool {
	if d.moment.Room <= 0 || len(d.facts) >= maxBatch || d.run.Status.Terminal() {
		return false
	}
	for f, st := range d.run.reached {
		_, id := cutPath(st.NodeID)
		if it := f.look(id).items; it != nil && it.mayBegin() {
			item := d.run.own(itemPath(st.NodeID, it.next))
			if item == nil {
				return false
			}
			d.look(item.path)
			return true
		}
	}
	return false
}

// open tells whether something is still to come in a frame in which nothing can
// start.
func (d *decision) open(frame string) bool {
	f := d.run.frame(frame)
	for i := range f.steps {
		st := &f.steps[i]
		_, id := cutPath(st.NodeID)
		if !st.Status.settled() && st.Status != StepPending || f.look(id).items != nil {
			return true
		}
	}
	return false
}

// endItem ends an item in which nothing is to come, with its result.
func (d *decision) endItem(frame string) {
	g := d.graph.At(frame)
	node, index := cutItem(frame)
	f := &events.ItemSucceeded{Index: index, Node: node, Visit: d.run.step(node).Visits}
	if g.Output == nil {
		f.From, f.Output = d.run.frame(frame).result(g, d.data)
	} else {
		v, err := g.Output.Eval(d.ctx, d.see(frame))
		if err != nil {
			d.failItem(frame, CodeExpression, pathway.At("output", err).Error())
			return
		}
		f.Output = mustPayload(v)
	}
	d.happen(f)
	d.tally(node)
}

// finishItem ends an item because a node of type end did.
func (d *decision) finishItem(frame string, output events.Payload) {
	if output.IsZero() {
		d.endItem(frame)
		return
	}
	node, index := cutItem(frame)
	d.happen(&events.ItemSucceeded{Index: index, Node: node, Output: output, Visit: d.run.step(node).Visits})
	d.tally(node)
}

// failItem ends an item with an error.
func (d *decision) failItem(frame, code, message string) {
	node, index := cutItem(frame)
	d.happen(&events.ItemFailed{Code: code, Index: index, Message: message, Node: node, Visit: d.run.step(node).Visits})
	d.tally(node)
}

// tally ends a map when it is decided.
func (d *decision) tally(node string) {
	it, st := d.run.look(node).items, d.run.step(node)
	if it == nil || it.decided {
		return
	}
	left := it.total - it.succeeded - it.failed
	switch {
	case it.succeeded+left < it.least:
		message := d.tooFew(it)
		d.giveUpItems(node)
		d.failed(&Fail{Attempt: st.attempt(), Code: CodeItems, Message: message})
		return
	case left == 0:
	case it.rest != "" && it.succeeded >= it.least:
		if it.rest == RestCancel {
			d.giveUpItems(node)
		}
	default:
		return
	}
	d.succeedMap(node)
}

// outOfTime ends a map whose time is over: with what it has, if that is enough.
func (d *decision) outOfTime(a Attempt) {
	d.giveUpItems(a.Node)
	if it := d.run.look(a.Node).items; it.succeeded >= it.least {
		d.succeedMap(a.Node)
		return
	}
	d.failed(&Fail{Attempt: a, Code: CodeTimeout, Message: "not enough items ended within " + d.def(a.Node).Timeout.String()})
}

// succeedMap ends a map with the list of what its items gave.
func (d *decision) succeedMap(node string) {
	st := d.run.step(node)
	entries, size := d.run.look(node).items.entries()
	if most := d.moment.mostOutput(); size > most {
		d.giveUpItems(node)
		d.failed(&Fail{Attempt: st.attempt(), Code: CodeTooLarge, Message: fmt.Sprintf(itemsTooLarge, size, most), Final: true})
		return
	}
	d.succeed(st.attempt(), mustPayload(d.join(entries, size)), events.Usage{})
}

// giveUpItems cancels the items of a map that are at work.
func (d *decision) giveUpItems(node string) {
	visit := d.run.step(node).Visits
	for _, item := range slices.Clone(d.run.look(node).items.flight) {
		d.happen(&events.ItemFailed{Code: CodeCancelled, Index: item.index, Message: cancelledItem, Node: node, Visit: visit})
	}
}

const cancelledItem = "cancelled: the map was decided without it"

// tooFew says why a map fails.
func (d *decision) tooFew(it *items) string {
	if it.failed == 0 {
		return fmt.Sprintf("%d items must succeed, and there are %d", it.least, it.total)
	}
	var which []string
	const most = 5
	for i := range it.ended {
		if o := &it.ended[i]; o.failed {
			if len(which) == most {
				which = append(which, "...")
				break
			}
			which = append(which, fmt.Sprint(o.index))
		}
	}
	message := fmt.Sprintf("%d of %d items failed and %d must succeed; failed: %s", it.failed, it.total, it.least, strings.Join(which, ", "))
	if it.failed == 1 && it.least == it.total {
		message = fmt.Sprintf("item %s failed, and all %d must succeed", which[0], it.total)
	}
	for i := range it.ended {
		if o := &it.ended[i]; o.failed {
			return oneLine(fmt.Sprintf("%s; item %d: %s", message, o.index, o.reason))
		}
	}
	return message
}

// entries is what the items gave, in their order, and its size as a list.
func (it *items) entries() (list []events.Payload, size int) {
	list = make([]events.Payload, it.total)
	for i := range it.ended {
		list[it.ended[i].index] = it.ended[i].entry
	}
	code, message := CodeNotAwaited, "the map did not wait for it"
	if it.rest == RestCancel {
		code, message = CodeCancelled, cancelledItem
	}
	missing, none := failedEntry(code, message), events.PayloadOf(nil)
	size = len("[]")
	for i := range list {
		if e := &list[i]; i >= it.next || e.IsZero() && it.at(i) {
			*e = missing
		} else if e.IsZero() {
			*e = none
		}
		size += int(list[i].Size()) + len(",")
	}
	return list, size
}

// join makes one list of entries, of about size bytes.
func (d *decision) join(entries []events.Payload, size int) jsontext.Value {
	b := append(make([]byte, 0, size), '[')
	for i := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, d.data(entries[i])...)
	}
	return append(b, ']')
}

// at tells whether an item is at work.
func (it *items) at(index int) bool {
	_, ok := it.find(index)
	return ok
}

// nextVisit numbers the next visit of a node: visits inside a map go on over the
// visits of the map.
func (r *Run) nextVisit(node string) int {
	visits := 0
	if st := r.step(node); st != nil {
		visits = st.Visits
	}
	frame, id := cutPath(node)
	return max(visits, r.frame(frame).visits[id]) + 1
}

// Startable is how many attempts could be started with a command, if there were
// room without end, and a bound where they are many. g is the job's resolved
// graph.
func (r *Run) Startable(g *pathway.Graph, c Command) int {
	n := len(g.Nodes)
	if fan, ok := c.(*Fan); ok {
		n += min(fan.Concurrency, fan.Total) * len(g.Node(fan.Attempt.Node).Items.Nodes)
	}
	for f, st := range r.reached {
		_, id := cutPath(st.NodeID)
		if it := f.look(id).items; it != nil {
			n += min(it.concurrency, it.total-it.next+len(it.flight)) * len(g.Node(st.NodeID).Items.Nodes)
		}
	}
	return min(n, maxBatch)
}

// Unstarted tells whether there are nodes that may still start as the job is
// now. g is its resolved graph.
func (r *Run) Unstarted(g *pathway.Graph) bool {
	for f := range r.frames {
		steps := r.stepsOf(f)
		if at := g.At(f.path); at != nil && len(steps) < len(at.Nodes) {
			return true
		}
		for i := range steps {
			if st := &steps[i]; st.Status == StepPending || st.Status == StepRetrying || r.Continues(st) {
				return true
			}
			_, id := cutPath(steps[i].NodeID)
			if it := f.look(id).items; it != nil && it.mayBegin() {
				return true
			}
		}
	}
	return false
}

// CanBegin tells whether a map has items that may begin: the commit before was
// full, or there was no room. An item all of which waits for locks may not. g is
// the job's resolved graph.
func (r *Run) CanBegin(g *pathway.Graph) bool {
	for f, st := range r.reached {
		_, id := cutPath(st.NodeID)
		if it := f.look(id).items; it != nil && it.mayBegin() && r.startsFree(g, itemPath(st.NodeID, it.next)) {
			return true
		}
	}
	return false
}
