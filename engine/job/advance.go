package job

import (
	"slices"

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

// fail ends a visit with an error: the job's end, unless the node's on_error
// says how to go on.
func (d *decision) fail(a Attempt, code, message string, usage events.Usage) {
	f := &events.NodeFailed{Attempt: a.Attempt, Code: code, Message: message, Node: a.Node, Usage: usage, Visit: a.Visit}
	n := d.graph.Node(a.Node)
	if n.OnError == "fail" {
		f.Dead = d.graph.Out(a.Node)
		d.happen(f)
		d.happen(&events.JobFailed{Code: code, Message: message, Node: a.Node})
		return
	}
	f.Output = events.PayloadOf(map[string]Error{"error": {Code: code, Message: message, NodeID: Ref(a.Node)}})
	var err error
	f.Taken, f.Dead, err = d.choose(a.Node, f.Output, true)
	d.happen(f)
	d.follow(a.Node, f.Taken, err)
}

// choose evaluates the conditions of the edges out of a node that ended with
// output. A back edge that is taken is taken alone: it leads to before
// everything that the other edges lead to.
func (d *decision) choose(node string, output events.Payload, failed bool) (taken, dead []int, err error) {
	scope := d.see()
	scope.SetNode(node, output.JSON())
	d.scope = nil // it is ahead of the run
	n := d.graph.Node(node)
	divert := failed && n.OnError != "continue"
	var looped, switched bool
	for _, i := range d.graph.Out(node) {
		e := &d.graph.Edges[i]
		yes := false
		switch {
		case looped, e.OnError != divert, e.Switch && switched, e.Back && d.run.loops[i] >= e.MaxVisits:
		case e.When == nil:
			yes = true
		default:
			if yes, err = e.When.Bool(d.ctx, scope); err != nil {
				return nil, nil, err
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

// follow loops back when a back edge was taken, and ends the job when a
// condition could not be evaluated.
func (d *decision) follow(node string, taken []int, err error) {
	if err != nil {
		d.happen(&events.JobFailed{Code: CodeExpression, Message: err.Error(), Node: node})
		return
	}
	for _, i := range taken {
		e := &d.graph.Edges[i]
		if !e.Back {
			continue
		}
		f := &events.NodeLooped{Edge: i, Node: e.To, Reset: d.graph.Again(e.To, node, d.run.taken), Times: d.run.loops[i] + 1}
		for _, id := range f.Reset {
			f.Edges = append(f.Edges, d.graph.Out(id)...)
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
	ready := d.ready() // first: it may cancel what was lost
	for _, a := range lost {
		if d.run.Current(a) && d.moment.Room > 0 {
			d.start(a.Node, a.Visit, a.Attempt+1, true)
		}
	}
	for _, n := range ready {
		if d.moment.Room == 0 || d.run.Status.Terminal() {
			break
		}
		st := d.run.Step(n.ID)
		switch {
		case st == nil:
			d.start(n.ID, 1, 1, false)
		case st.Status == StepRetrying:
			d.start(n.ID, st.Visits, st.Attempts+1, false)
		default:
			d.start(n.ID, st.Visits+1, 1, false)
		}
	}
	if d.run.Status.Terminal() {
		return
	}
	if len(ready) > 0 || d.active() {
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
	d.resume()
	d.moment.Room--
	d.happen(&events.NodeStarted{
		Attempt: attempt, Kind: d.graph.Node(node).Type, Node: node, Recovered: recovered,
		Runner: d.moment.Runner, Visit: visit,
	})
}

// ready skips every node that no longer can run and lists those that can run
// now, in the order of the graph.
func (d *decision) ready() []*pathway.Node {
	var ready []*pathway.Node
	for again := true; again && !d.run.Status.Terminal(); {
		again, ready = false, ready[:0]
		for i := range d.graph.Nodes {
			n := &d.graph.Nodes[i]
			run, skip := d.turn(n)
			if n.CancelRest && (run || skip) {
				again = d.cancelRest(n.ID) || again
			}
			switch {
			case skip:
				d.skip(n)
				again = true
			case run:
				ready = append(ready, n)
			}
		}
	}
	return ready
}

func (d *decision) skip(n *pathway.Node) {
	d.happen(&events.NodeSkipped{Dead: d.graph.Out(n.ID), Kind: n.Type, Node: n.ID})
}

// cancelRest ends what a join that is decided needs no more: whatever can only
// lead to it. It tells whether there was something.
func (d *decision) cancelRest(join string) (some bool) {
	for _, id := range d.graph.Rest(join) {
		st, n := d.run.step(id), d.def(id)
		switch {
		case st == nil, st.Status == StepPending:
			d.skip(n)
		case st.Status.settled():
			continue
		default:
			d.happen(&events.NodeCancelled{Attempt: st.Attempts, Dead: d.graph.Out(id), Kind: n.Type, Node: id, Visit: st.Visits})
		}
		some = true
	}
	return some
}

// turn tells whether it is a node's turn to run, or to be skipped. Both are
// false for a node that has had its turn or whose inputs are not settled.
func (d *decision) turn(n *pathway.Node) (run, skip bool) {
	if st := d.run.Step(n.ID); st != nil {
		switch st.Status {
		case StepRetrying:
			return due(d.run.node(n.ID).until, d.moment.Now), false
		case StepPending:
			if d.run.node(n.ID).triggered {
				return true, false
			}
		case StepRunning, StepWaiting, StepSucceeded, StepFailed, StepSkipped, StepCancelled:
			return false, false
		}
	}
	taken, open := d.run.arrived(d.graph.In(n.ID))
	switch {
	case n.Join == 0 && open > 0, n.Join > taken && n.Join <= taken+open:
		return false, false
	case n.Join == 0:
		run = taken > 0 || len(d.graph.In(n.ID)) == 0
	default:
		run = taken >= n.Join
	}
	if run && n.If != nil {
		yes, err := n.If.Bool(d.ctx, d.see())
		if err != nil {
			d.happen(&events.JobFailed{Code: CodeExpression, Message: err.Error(), Node: n.ID})
			return false, false
		}
		run = yes
	}
	return run, !run
}

// active tells whether something goes on without anybody's answer.
func (d *decision) active() bool {
	for i := range d.run.Steps {
		switch st := &d.run.Steps[i]; st.Status {
		case StepRunning, StepRetrying:
			return true
		case StepWaiting:
			if d.run.node(st.NodeID).until != nil {
				return true
			}
		case StepPending, StepSucceeded, StepFailed, StepSkipped, StepCancelled:
		}
	}
	return false
}

// complete ends the job with its result.
func (d *decision) complete() {
	if d.graph.Output != nil {
		v, err := d.graph.Output.Eval(d.ctx, d.see())
		if err != nil {
			d.happen(&events.JobFailed{Code: CodeExpression, Message: "output: " + err.Error()})
			return
		}
		d.happen(&events.JobCompleted{Result: mustPayload(v)})
		return
	}
	d.happen(&events.JobCompleted{Result: d.defaultResult()})
}

// defaultResult is the output of the last node, or, with several ends, the
// outputs by id of those that ran.
func (d *decision) defaultResult() events.Payload {
	ends := d.graph.Ends()
	if len(ends) == 1 {
		if out := d.run.Output(ends[0]); out != nil {
			return mustPayload(out)
		}
		return events.PayloadOf(nil)
	}
	outputs := make(map[string]any, len(ends))
	for _, id := range ends {
		if out := d.run.Output(id); out != nil {
			outputs[id] = out
		}
	}
	return events.PayloadOf(outputs)
}

// mustPayload takes JSON that was made or checked by us.
func mustPayload(raw []byte) events.Payload {
	p, err := events.NewPayload(raw)
	if err != nil {
		panic("job: " + err.Error())
	}
	return p
}
