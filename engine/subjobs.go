package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// This file runs sub-jobs: jobs that a step of another job has started.
//
// A step that needs a sub-job submits it within its attempt, under an id that
// only depends on which try of which visit it is for; that it has is recorded
// after. So an attempt that was lost in between finds its sub-job again. When a
// sub-job ends its parent is told; what a parent wants of its sub-jobs follows
// from its state and is said to them again until they do it. Who loads one of
// both looks at the other, so nothing depends on this process having seen both.

// codeSubJob is the code of a node whose sub-job cannot be started.
const codeSubJob = "SUB_JOB_REFUSED"

// codeDeleted is the code of a node whose sub-job was deleted before its
// outcome was known.
const codeDeleted = "SUB_JOB_DELETED"

// kin is a sub-job that has not ended, as its parent sees it.
type kin struct {
	subject events.Subject
	parent  events.Subject
	origin  events.Parent
	wanted  will // what the parent wants of it
	told    will // what it was told last
	telling bool // a goroutine tells it
	reason  string
}

// will is what a parent wants of a sub-job.
type will byte

const (
	toRun will = iota
	toPause
	toEnd
)

// families are the sub-jobs that have not ended and are known to this process,
// by parent.
type families struct {
	mu sync.Mutex
	of map[events.Subject]map[events.Subject]*kin
}

// add notes a sub-job; it tells whether it is new. told is what it does now.
func (f *families) add(parent, child events.Subject, origin *events.Parent, told will) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of[parent][child] != nil {
		return false
	}
	if f.of == nil {
		f.of = map[events.Subject]map[events.Subject]*kin{}
	}
	if f.of[parent] == nil {
		f.of[parent] = map[events.Subject]*kin{}
	}
	f.of[parent][child] = &kin{subject: child, parent: parent, origin: *origin, wanted: told, told: told}
	return true
}

// remove forgets a sub-job that has ended; it tells whether it was known.
func (f *families) remove(parent, child events.Subject) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of[parent][child] == nil {
		return false
	}
	delete(f.of[parent], child)
	if len(f.of[parent]) == 0 {
		delete(f.of, parent)
	}
	return true
}

// decide lets a parent say what it wants of each sub-job, and gives those that
// somebody must be sent to.
func (f *families) decide(parent events.Subject, want func(*kin) (will, string)) []*kin {
	f.mu.Lock()
	defer f.mu.Unlock()
	var untold []*kin
	for _, k := range f.of[parent] {
		k.wanted, k.reason = want(k)
		if k.wanted != k.told && !k.telling {
			k.telling = true
			untold = append(untold, k)
		}
	}
	return untold
}

// next gives what a sub-job is to be told now, false when it knows.
func (f *families) next(k *kin, told will) (will, string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k.told = told
	k.telling = k.told != k.wanted
	return k.wanted, k.reason, k.telling
}

// relate sees to it that a job whose state is known and its relatives know of
// each other; en.mu is held, so nobody else's state is looked at here.
func (e *Engine) relate(en *entry) {
	r := en.run
	if p := r.Origin; p != nil {
		parent := events.JobSubject(en.subject.Workspace, p.Job)
		switch {
		case r.Status.Terminal():
			if e.families.remove(parent, en.subject) {
				e.report(parent, endOf(r))
			}
		case e.families.add(parent, en.subject, p, does(r)):
			e.apart(parent, func() error { return e.look(parent) })
		}
	}
	untold := e.families.decide(en.subject, func(k *kin) (will, string) {
		switch {
		case r.Status.Terminal():
			return toEnd, fmt.Sprintf("its parent job %s %s", r.ID, endedAs(r))
		case !wants(r, k):
			return toEnd, fmt.Sprintf("node %s of its parent job %s needs it no more", k.origin.Node, r.ID)
		case r.Status == job.Paused:
			return toPause, ""
		}
		return toRun, ""
	})
	for _, k := range untold {
		e.apart(k.subject, func() error { return e.tell(k) })
	}
}

// endedAs says how a job has ended.
func endedAs(r *job.Run) string {
	switch {
	case r.Deleted():
		return "was deleted"
	case r.Status == job.Completed:
		return "has completed"
	case r.Error.Cancelled():
		return "was cancelled"
	}
	return "has failed"
}

// does is what a sub-job does as if its parent wanted so.
func does(r *job.Run) will {
	if r.PausedByParent() {
		return toPause
	}
	return toRun
}

// wants tells whether a job waits for a sub-job, or has an attempt at work that
// is about to.
func wants(r *job.Run, k *kin) bool {
	for _, id := range r.Children() {
		if id == k.subject.ID {
			return true
		}
	}
	p := &k.origin
	return r.AtWorkOn(p.Node, p.Visit) && subJobID(k.parent, p, r.Failures(p.Node)) == k.subject.ID
}

// subJobID is the id of the sub-job of a try: however often an attempt is lost,
// the next one is the same try. A tool call is one try for a whole visit.
func subJobID(parent events.Subject, p *events.Parent, failures int) string {
	if p.Call != "" {
		failures = 0
	}
	return derivedID(parent.Workspace, "sub-job of "+parent.ID, fmt.Sprintf("%s/%d/%d/%s", p.Node, p.Visit, failures, p.Call))
}

// tell gives a sub-job its orders until it has the last of them.
func (e *Engine) tell(k *kin) error {
	for told := k.told; ; {
		want, reason, again := e.families.next(k, told)
		if !again {
			return nil
		}
		var c job.Command = &job.Follow{Paused: want == toPause}
		if want == toEnd {
			c = &job.Cancel{Reason: reason}
		}
		var refusal *job.Refusal
		if _, err := e.settle(k.subject, c, 0); err != nil && !errors.As(err, &refusal) {
			return err
		}
		told = want
	}
}

// report tells a parent that a sub-job has ended.
func (e *Engine) report(parent events.Subject, c *job.ChildEnded) {
	e.apart(parent, func() error {
		if err := e.bring(parent, c); err != nil {
			return err
		}
		_, err := e.settle(parent, c, 0)
		if errors.Is(err, events.ErrTooLarge) {
			_, err = e.settle(parent, &job.ChildEnded{
				Job: c.Job, Code: job.CodeTooLarge, Message: "the result is larger than one commit may be",
			}, 0)
		}
		return err
	})
}

// endOf tells how a sub-job has ended.
func endOf(r *job.Run) *job.ChildEnded {
	c := &job.ChildEnded{Job: r.ID, Result: r.Result, Large: r.Outcome}
	switch {
	case r.Deleted():
		c.Code, c.Message = codeDeleted, "it was deleted before its outcome was known"
	case r.Error != nil:
		c.Code, c.Message = r.Error.Code, r.Error.Message
	}
	return c
}

// apart does something to a relative of a job in a goroutine of its own. When
// the engine stops meanwhile, the next process does it.
func (e *Engine) apart(s events.Subject, do func() error) {
	if e.closing.Load() {
		return
	}
	e.attempts.Add(1)
	go func() {
		defer e.attempts.Done()
		var refusal *job.Refusal
		if err := do(); err != nil && !errors.As(err, &refusal) && e.work.Err() == nil {
			e.logger.Error("a job is not told of its relative until the next start", "job", s.ID, "error", err)
		}
	}()
}

// look loads a job, so that it and its relatives know of each other.
func (e *Engine) look(s events.Subject) error {
	_, err := e.peek(s)
	return err
}

// await looks at a sub-job that a job waits for: it may have ended before the
// job knew of it, or while nobody told it.
func (e *Engine) await(parent events.Subject, id string) {
	child := events.JobSubject(parent.Workspace, id)
	e.apart(child, func() error {
		end, err := e.peek(child)
		if err == nil && end != nil {
			e.report(parent, end)
		}
		return err
	})
}

// peek loads a job and tells how it has ended, nil when it has not.
func (e *Engine) peek(s events.Subject) (end *job.ChildEnded, err error) {
	en := e.jobs.take(s)
	defer e.dispatch()
	defer e.jobs.put(en)
	err = insist(e.work, func() error {
		en.mu.Lock()
		defer en.mu.Unlock()
		if err := e.load(e.work, en); err != nil {
			return err
		}
		e.stand(en)
		switch {
		case !en.run.Exists():
			end = &job.ChildEnded{Job: s.ID, Code: codeDeleted, Message: "there is no such job"}
		case en.run.Status.Terminal():
			end = endOf(en.run)
		}
		return nil
	})
	return end, err
}

// ancestry is what a sub-job has from its parent.
type ancestry struct {
	subject  events.Subject
	depth    int
	priority int
	trace    string
	failures int // of the attempt's visit
}

// ancestryOf takes down what an attempt's sub-jobs have from their parent.
func ancestryOf(s events.Subject, r *job.Run, a job.Attempt) *ancestry {
	return &ancestry{subject: s, depth: r.Depth(), priority: r.Priority, trace: string(r.TraceID), failures: r.Failures(a.Node)}
}

// spawn submits the sub-jobs of an attempt and gives the command that records
// them. It does not return before they are submitted, refused or ctx ends.
func (e *Engine) spawn(ctx context.Context, from *ancestry, a job.Attempt, o nodes.Spawn) (job.Command, error) {
	c := &job.Spawned{Attempt: a}
	for i := range o.Jobs {
		sub, err := e.startSub(ctx, from, a, &o.Jobs[i])
		if err != nil {
			return nil, err
		}
		c.Jobs = append(c.Jobs, sub)
	}
	return c, nil
}

// startSub submits a sub-job of an attempt, however long the log is unavailable,
// until ctx ends. When it cannot be started the error is a *nodes.Failure.
func (e *Engine) startSub(ctx context.Context, from *ancestry, a job.Attempt, sub *nodes.SubJob) (job.SubJob, error) {
	p := &events.Parent{Attempt: a.Attempt, Call: sub.Call, Depth: from.depth + 1, Job: from.subject.ID, Node: a.Node, Visit: a.Visit}
	id := subJobID(from.subject, p, from.failures)
	if err := insist(ctx, func() error { return e.submitSub(ctx, from, p, id, sub) }); err != nil {
		return job.SubJob{}, refusedSub(err)
	}
	return job.SubJob{ID: id, Call: sub.Call}, nil
}

func (e *Engine) submitSub(ctx context.Context, from *ancestry, p *events.Parent, id string, sub *nodes.SubJob) error {
	if from.depth >= job.MaxDepth {
		return &nodes.Failure{Code: codeSubJob, Final: true, Message: fmt.Sprintf("there are %d jobs above this one already, and no more are allowed: does the pathway call itself without an end?", from.depth)}
	}
	st, err := e.version(ctx, from.subject.Workspace, sub.Pathway, sub.Version)
	if err != nil {
		return err
	}
	f, err := submitted(&Submission{Input: sub.Input, Priority: from.priority, TraceID: from.trace}, st)
	if err != nil {
		return err
	}
	f.Parent = p
	_, err = e.create(ctx, events.JobSubject(from.subject.Workspace, id), e.engineActor(), st, f)
	var refusal *job.Refusal
	if errors.As(err, &refusal) && refusal.Code == job.RefusedExists {
		return nil
	}
	return err
}

// refusedSub is the failure of a node whose sub-job cannot be started.
func refusedSub(err error) error {
	var failure *nodes.Failure
	var problems pathway.Problems
	var undefined *catalog.Refusal
	var refusal *job.Refusal
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &problems):
		return &nodes.Failure{Code: codeSubJob, Final: true, Message: bounded("the pathway cannot be run any more: " + problems.Error())}
	case errors.As(err, &undefined):
		return &nodes.Failure{Code: codeSubJob, Final: true, Message: bounded(undefined.Message)}
	case errors.As(err, &refusal): // a quota: there may be room later
		return &nodes.Failure{Code: refusal.Code, Message: bounded(refusal.Message)}
	}
	return err
}

// version gives the start of a pathway in a version that may not be its newest.
// One that was deleted or deactivated since does not start.
func (e *Engine) version(ctx context.Context, workspace, id string, version int) (*start, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return nil, err
	}
	p := c.Pathway(id)
	switch {
	case p == nil:
		return nil, &catalog.Refusal{Code: "NOT_FOUND", Message: fmt.Sprintf("the pathway %s was deleted", id)}
	case !p.IsActive:
		return nil, inactive("pathway", p.Slug)
	}
	return e.remember(fmt.Sprintf("pathway %s %d %d", id, version, c.Head.Seq), func() (*start, error) {
		document := p.Graph
		if p.Version != version {
			old, err := e.oldPathway(ctx, workspace, id, version)
			if err != nil {
				return nil, err
			}
			document = old.Graph
		}
		graph, g, problems := e.resolve(c, document)
		if len(problems) > 0 {
			return nil, problems
		}
		return &start{graph: graph, nodes: len(g.Nodes), pathwayID: id, pathwayVersion: version}, nil
	})
}

// oldPathway reads a former version of a pathway from the catalog's history.
func (e *Engine) oldPathway(ctx context.Context, workspace, id string, version int) (*catalog.Pathway, error) {
	c := catalog.New(workspace)
	for m, err := range e.log.Load(ctx, events.CatalogSubject(workspace), 0) {
		if err != nil {
			return nil, fmt.Errorf("load the catalog of %s: %w", workspace, err)
		}
		c.Apply(m)
		if p := c.Pathway(id); p != nil && p.ID == id && p.Version == version {
			return p, nil
		}
	}
	return nil, &catalog.Refusal{Code: "NOT_FOUND", Message: fmt.Sprintf("the pathway %s has no version %d", id, version)}
}
