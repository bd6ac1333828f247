package engine

import (
	"context"
	"errors"
	"time"

	"ranvier/engine/catalog"
	"ranvier/engine/gate"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/events"
)

// This file joins the engine with engine/gate: calls to endpoints that have a
// limit.
//
// An attempt whose first endpoint is known waits for a place there before
// anything of it begins to count: neither its timeout nor a worker. Calls that
// are known only later wait inside their attempt, within its timeout. A place is
// for one call.

// parked is how many attempts may wait without a worker: each is a goroutine.
// Those beyond keep theirs.
const parked = 10_000

// caller is an attempt as the gates know it. It is for the attempt's goroutines.
type caller struct {
	engine    *Engine
	workspace string
	visitor   gate.Visitor
	first     chan taken // holds the place that was taken before the attempt, if one was
}

type taken struct {
	host  string
	leave func()
}

func (e *Engine) caller(s events.Subject, node string, priority int) *caller {
	return &caller{engine: e, workspace: s.Workspace, visitor: gate.Visitor{Job: s.ID, Node: node, Priority: priority}, first: make(chan taken, 1)}
}

// prepare waits for the place of the first call, if it is known where that goes.
// The caller calls done when the attempt is over. The error is the cause of ctx,
// or errShutdown as soon as the engine stops.
func (c *caller) prepare(ctx context.Context, n nodes.Node) (done func(), err error) {
	known, ok := n.(nodes.Caller)
	if !ok || known.Endpoint() == "" {
		return func() {}, nil
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(c.engine.starting, func() { stop(errShutdown) })()
	host := known.Endpoint()
	leave, err := c.wait(ctx, host)
	if err != nil {
		return nil, err
	}
	c.first <- taken{host, leave}
	return func() {
		select {
		case p := <-c.first: // it was not needed
			p.leave()
		default:
		}
	}, nil
}

// enter is nodes.Request.Enter.
func (c *caller) enter(ctx context.Context, host string) (leave func(), err error) {
	select {
	case p := <-c.first:
		if p.host == host {
			return p.leave, nil
		}
		p.leave()
	default:
	}
	return c.wait(ctx, host)
}

// wait waits for a place, and lets others have the worker meanwhile. Afterwards
// it goes on with a worker more than there are, if all are busy by then: the
// place is the scarcer of both.
func (c *caller) wait(ctx context.Context, host string) (leave func(), err error) {
	e := c.engine
	err = insist(ctx, func() error { // it holds the limits
		_, err := e.catalog(ctx, c.workspace)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.gates.Enter(ctx, gate.Endpoint{Workspace: c.workspace, Host: host}, c.visitor, func() func() {
		if e.gates.Waiting() > parked {
			return func() {}
		}
		e.room.Give(1)
		e.dispatch()
		return func() { e.room.Force(1) }
	})
}

// heed lets nobody in to an endpoint for as long as it asked for.
func (c *caller) heed(n nodes.Node, err error) {
	var failure *nodes.Failure
	known, ok := n.(nodes.Caller)
	if ok && errors.As(err, &failure) && failure.RetryAfter > 0 {
		c.engine.gates.Close(gate.Endpoint{Workspace: c.workspace, Host: known.Endpoint()}, time.Now().Add(failure.RetryAfter))
	}
}

// endpointLimits gives the gates the limits of a catalog.
func (e *Engine) endpointLimits(c *catalog.Catalog) {
	limits := make(map[string]gate.Limit, len(c.Settings.Endpoints))
	for host, l := range c.Settings.Endpoints {
		limits[host] = gate.Limit{Calls: l.Concurrency, PerMinute: l.PerMinute, Burst: l.Burst}
	}
	e.gates.Configure(c.Workspace, limits)
}

// callsInLine tells where calls of a job wait for a place.
func (e *Engine) callsInLine(s events.Subject) []job.CallInLine {
	var all []job.CallInLine
	for _, w := range e.gates.Waits(s.Workspace, s.ID) {
		c := job.CallInLine{Node: w.Node, Endpoint: w.Host, Limit: w.Limit.Calls, PerMinute: w.Limit.PerMinute, Calls: w.Calls, Ahead: w.Ahead}
		if w.Closed != nil {
			c.Until = events.AtPtr(*w.Closed)
		}
		all = append(all, c)
	}
	return all
}
