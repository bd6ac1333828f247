package job

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// succeed ends a visit with an output and settles the node's edges.
func (d *decision) succeed(a Attempt, output events.Payload, usage events.Usage) {
	f := &events.NodeSucceeded{Attempt: a.Attempt, Node: a.Node, Output: output, Usage: usage, Visit: a.Visit}
	var err error
	f.Taken, f.Dead, err = d.choose(a.Node, output, false)
	d.happen(f)
	d.follow(a.Node, f.Taken, err)
}

// fail ends a visit with an error: the end of the graph's run, unless the node's
// on_error says how to go on.
func (d *decision) fail(a Attempt, code, message string, usage events.Usage) {
	f := &events.NodeFailed{Attempt: a.Attempt, Code: code, Message: message, Node: a.Node, Usage: usage, Visit: a.Visit}
	if n := d.def(a.Node); n.OnError == "fail" {
		g, _, id := d.at(a.Node)
		f.Dead = g.Out(id)
		d.happen(f)
		d.giveUp(code, message, a.Node)
		return
	}
	f.Output = events.PayloadOf(map[string]Error{"error": {Code: code, Message: message, NodeID: Ref(a.Node)}})
	var err error
	f.Taken, f.Dead, err = d.choose(a.Node, f.Output, true)
	d.happen(f)
	d.follow(a.Node, f.Taken, err)
}

// giveUp ends the run of the graph that a node is part of with an error: that of
// its item, or the job.
func (d *decision) giveUp(code, message, node string) {
	frame, _ := cutPath(node)
	if frame == "" {
		d.happen(&events.JobFailed{Code: code, Message: message, Node: node})
		return
	}
	d.failItem(frame, code, message)
}

// at gives the graph that a node is part of, the path of its frame and its id.
func (d *decision) at(node string) (g *pathway.Graph, frame, id string) {
	frame, id = cutPath(node)
	return d.graph.At(frame), frame, id
}

// choose evaluates the conditions of the edges out of a node that ended with
// output. A back edge that is taken is taken alone: it leads to before
// everything that the other edges lead to.
func (d *decision) choose(node string, output events.Payload, failed bool) (taken, dead []int, err error) {
	g, frame, id := d.at(node)
	scope := d.see(frame)
	d.run.show(scope, id, output)
	d.scope = nil // it is ahead of the run
	n := g.Node(id)
	loops := d.run.frame(frame).loops
	divert := failed && n.OnError != "continue"
	var looped, switched bool
	for _, i := range g.Out(id) {
		e := &g.Edges[i]
		yes := false
		switch {
		case looped, e.OnError != divert, e.Switch && switched, e.Back && loops[i] >= e.MaxVisits:
		case e.When == nil:
			yes = true
		default:
			if yes, err = e.When.Bool(d.ctx, scope); err != nil {
				return nil, nil, fmt.Errorf("when of the edge to %s: %w", e.To, err)
			}
		}
		if !yes {
			dead = append(dead, i)
			continue
		}
		taken = append(taken, i)
		looped = looped || e.Back
		switched = switched || e.Switch
	}
	return taken, dead, nil
}

// follow loops back when a back edge was taken, and gives up when a condition
// could not be evaluated.
func (d *decision) follow(node string, taken []int, err error) {
	if err != nil {
		d.giveUp(CodeExpression, err.Error(), node)
		return
	}
	g, frame, id := d.at(node)
	for _, i := range taken {
		e := &g.Edges[i]
		if !e.Back {
			continue
		}
		in := d.run.frame(frame)
		again := g.Again(e.To, id, in.taken)
		f := &events.NodeLooped{Edge: i, Node: within(frame, e.To), Times: in.loops[i] + 1}
		for _, id := range again {
			f.Edges = append(f.Edges, g.Out(id)...)
			f.Reset = append(f.Reset, within(frame, id))
		}
		slices.Sort(f.Edges)
		d.happen(f)
	}
}

// advance lets the job go on: begins it, starts what is ready as far as there
// is room, skips what is dead, and says whether it then runs, waits or ends.
func (d *decision) advance(lost []Attempt) {
	if d.run.Status == Pending && d.moment.Room > 0 && !d.moment.Held && !d.early() {
		d.begin()
	}
	switch d.run.Status {
	case Running, Waiting:
	case Pending, Paused, Completed, Failed:
		return
	}
	d.ready = map[string][]*pathway.Node{}
	if d.look(""); !d.narrow || locks(d.graph) {
		d.lookEverywhere()
	}
	d.settle() // first: it may cancel what was lost
	for _, a := range lost {
		if d.run.Current(a) && d.moment.Room > 0 {
			d.start(a.Node, a.Visit, a.Attempt+1, true)
		}
	}
	d.startAll()
	if d.run.Status.Terminal() {
		return
	}
	if len(d.ready) == 0 && !d.active() && d.narrow { // what had no room before may be elsewhere
		d.lookEverywhere()
		d.settle()
		d.startAll()
		if d.run.Status.Terminal() {
			return
		}
	}
	if len(d.ready) > 0 || d.active() {
		d.resume()
		return
	}
	if d.run.awaited() != nil {
		if d.run.Status == Running {
			d.happen(&events.JobWaiting{})
		}
		return
	}
	d.resume()
	d.complete()
}

// startAll starts what can start and begins items, as far as there is room.
func (d *decision) startAll() {
	for {
		d.startReady()
		if !d.beginItem() {
			return
		}
		d.settle()
	}
}

// lookEverywhere puts all frames at work into the line of those to be settled.
func (d *decision) lookEverywhere() {
	for f := range d.run.frames {
		d.look(f.path)
	}
}

// locks tells whether a graph has nodes that keep out others, wherever these are.
func locks(g *pathway.Graph) bool {
	return slices.ContainsFunc(g.Nodes, func(n pathway.Node) bool { return n.Lock != "" || n.Items != nil && locks(n.Items) })
}

// look puts a frame into the line of those to be settled.
func (d *decision) look(frame string) {
	if !d.looked[frame] {
		d.looked[frame] = true
		d.unsettled = append(d.unsettled, frame)
	}
}

// settle skips what no longer can run, ends items and maps that are done, and
// notes what can start.
func (d *decision) settle() {
	for len(d.unsettled) > 0 && !d.run.Status.Terminal() {
		frame := d.unsettled[0]
		delete(d.ready, frame)
		var ready []*pathway.Node
		if d.run.frame(frame) != nil {
			ready = d.readyIn(frame)
		}
		d.unsettled = d.unsettled[1:]
		delete(d.looked, frame)
		switch {
		case d.run.Status.Terminal(), d.run.frame(frame) == nil:
		case len(ready) > 0:
			d.ready[frame] = ready
			d.order = append(d.order, frame)
		case frame != "" && !d.open(frame):
			d.endItem(frame)
		}
	}
}

// startReady starts what can start as far as there is room.
func (d *decision) startReady() {
	for len(d.order) > 0 && !d.run.Status.Terminal() {
		frame := d.order[0]
		ready := d.ready[frame]
		if d.run.frame(frame) == nil {
			ready = nil
		}
		for {
			ready = d.unlocked(frame, ready)
			if len(ready) == 0 || d.moment.Room <= 0 {
				break
			}
			d.startNext(within(frame, ready[0].ID))
			ready = ready[1:]
		}
		if len(ready) > 0 {
			d.ready[frame] = ready
			return // there is no room
		}
		delete(d.ready, frame)
		d.order = d.order[1:]
	}
}

// startNext starts the next attempt of a node whose turn it is.
func (d *decision) startNext(node string) {
	switch st := d.run.step(node); {
	case st != nil && st.Status == StepRetrying:
		d.start(node, st.Visits, st.Attempts+1, false)
	case st != nil && st.Status == StepWaiting:
		d.continued(st)
	default:
		d.start(node, d.run.nextVisit(node), 1, false)
	}
}

// early tells whether a pending job must wait for its time.
func (d *decision) early() bool { return d.run.RunAt != nil && !due(d.run.RunAt, d.moment.Now) }

func (d *decision) begin() {
	f := &events.JobStarted{}
	if d.run.timeout > 0 {
		t := d.after(d.run.timeout.Duration())
		f.Deadline = &t
	}
	d.happen(f)
}

func (d *decision) resume() {
	if d.run.Status == Waiting {
		d.happen(&events.JobResumed{})
	}
}

func (d *decision) start(node string, visit, attempt int, recovered bool) {
	d.begins(&events.NodeStarted{
		Attempt: attempt, Kind: d.def(node).Type, Node: node, Recovered: recovered,
		Runner: d.moment.Runner, Visit: visit,
	})
}

// begins starts an attempt, which takes room.
func (d *decision) begins(f *events.NodeStarted) {
	d.resume()
	d.moment.Room--
	d.happen(f)
}

// readyIn skips every node of a frame that no longer can run and lists those
// that can run now, in the order of the graph.
func (d *decision) readyIn(frame string) []*pathway.Node {
	var ready []*pathway.Node
	g := d.graph.At(frame)
	for again := true; again && !d.run.Status.Terminal(); {
		again, ready = false, ready[:0]
		for i := range g.Nodes {
			if d.run.frame(frame) == nil {
				return nil // a node's condition has failed its item
			}
			n := &g.Nodes[i]
			run, skip := d.turn(g, frame, n)
			if n.CancelRest && (run || skip) {
				again = d.cancel(g, frame, g.Rest(n.ID)) || again
			}
			if run && len(n.Cancels) > 0 && d.begun(frame, n.ID) == 0 {
				again = d.cancel(g, frame, n.Cancels) || again
			}
			switch {
			case skip:
				d.skip(g, frame, n)
				again = true
			case run:
				ready = append(ready, n)
			}
		}
	}
	return ready
}

func (d *decision) skip(g *pathway.Graph, frame string, n *pathway.Node) {
	d.happen(&events.NodeSkipped{Dead: g.Out(n.ID), Kind: n.Type, Node: within(frame, n.ID)})
}

// cancel ends nodes of a frame that a join that is decided needs no more, or
// that another node says it ends: those at work are stopped, the others never
// begin. It tells whether there was something.
func (d *decision) cancel(g *pathway.Graph, frame string, ids []string) (some bool) {
	for _, id := range ids {
		path := within(frame, id)
		st, n := d.run.step(path), g.Node(id)
		switch {
		case st == nil, st.Status == StepPending:
			d.skip(g, frame, n)
			if n.CancelRest {
				d.cancel(g, frame, g.Rest(id))
			}
		case st.Status.settled():
			continue
		default:
			d.happen(&events.NodeCancelled{Attempt: st.Attempts, Dead: g.Out(id), Kind: n.Type, Node: path, Visit: st.Visits})
		}
		some = true
	}
	return some
}

// turn tells whether it is a node's turn to run, or to be skipped. Both are
// false for a node that has had its turn or whose inputs are not settled.
func (d *decision) turn(g *pathway.Graph, frame string, n *pathway.Node) (run, skip bool) {
	f := d.run.frame(frame)
	if st := d.run.stepIn(f, n.ID); st != nil {
		switch st.Status {
		case StepRetrying:
			return due(f.look(n.ID).until, d.moment.Now), false
		case StepPending:
			if f.look(n.ID).triggered {
				return true, false
			}
		case StepWaiting:
			return d.run.Continues(st), false
		case StepRunning, StepSucceeded, StepFailed, StepSkipped, StepCancelled:
			return false, false
		}
	}
	taken, open := f.arrived(g.In(n.ID))
	switch {
	case n.Join == 0 && open > 0, n.Join > taken && n.Join <= taken+open:
		return false, false
	case n.Join == 0:
		run = taken > 0 || len(g.In(n.ID)) == 0
	default:
		run = taken >= n.Join
	}
	if run && n.If != nil {
		yes, err := n.If.Bool(d.ctx, d.see(frame))
		if err != nil {
			d.giveUp(CodeExpression, "if: "+err.Error(), within(frame, n.ID))
			return false, false
		}
		run = yes
	}
	return run, !run
}

// active tells whether something goes on without anybody's answer.
func (d *decision) active() bool {
	if len(d.run.Tasks) > 0 {
		return true
	}
	for f, st := range d.run.reached {
		_, id := cutPath(st.NodeID)
		switch st.Status {
		case StepRunning, StepRetrying:
			return true
		case StepWaiting:
			n := f.look(id)
			if n.items == nil && n.until != nil || d.run.childOf(st.NodeID) != nil {
				return true
			}
		case StepPending, StepSucceeded, StepFailed, StepSkipped, StepCancelled:
		}
		if it := f.look(id).items; it != nil && it.mayBegin() {
			return true
		}
	}
	return false
}

// complete ends the job with its result.
func (d *decision) complete() {
	if d.graph.Output != nil {
		v, err := d.graph.Output.Eval(d.ctx, d.see(""))
		if err != nil {
			d.happen(&events.JobFailed{Code: CodeExpression, Message: pathway.At("output", err).Error()})
			return
		}
		d.happen(&events.JobCompleted{Result: mustPayload(v)})
		return
	}
	from, result := d.run.root.result(d.graph, d.data)
	if from != "" {
		result = d.run.look(from).output
	}
	d.happen(&events.JobCompleted{Result: result})
}

// result is the default result of a graph's run: the output of its last node,
// whose id is given then, or, with several ends, the outputs by id of those
// that ran.
func (f *frame) result(g *pathway.Graph, data func(events.Payload) jsontext.Value) (from string, result events.Payload) {
	ends := g.Ends()
	if len(ends) == 1 {
		if !f.look(ends[0]).output.IsZero() {
			return ends[0], result
		}
		return "", events.PayloadOf(nil)
	}
	outputs := make(map[string]any, len(ends))
	for _, id := range ends {
		if out := f.look(id).output; !out.IsZero() {
			outputs[id] = data(out)
		}
	}
	return "", events.PayloadOf(outputs)
}

// mustPayload takes JSON that was made or checked by us.
func mustPayload(raw []byte) events.Payload {
	p, err := events.NewPayload(raw)
	if err != nil {
		panic("job: " + err.Error())
	}
	return p
}
