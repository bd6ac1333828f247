package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
	"ranvier/events"
)

// This file gives tasks to workers outside.

// Lease asks for tasks.
type Lease struct {
	Workspace, Queue string
	Worker           string // what the worker calls itself; may be empty
	Limit            int    // how many it takes; 0 is 1
	Actor            events.Actor
}

// Leased is a task that was given to a worker.
type Leased struct {
	JobTask
	Input   jsontext.Value
	TraceID string
	Key     string // the idempotency key of the visit
}

// Lease gives tasks to a worker, those of jobs with the highest priority first,
// of these the oldest. It waits for the first one until waiting ends, in line
// with who asked before; none came when it gives none. ctx is for what is then
// stored.
func (e *Engine) Lease(ctx, waiting context.Context, l Lease) ([]Leased, error) {
	for {
		places := e.queues.take(waiting, queueKey{l.Workspace, l.Queue}, max(l.Limit, 1))
		if len(places) == 0 {
			return nil, nil
		}
		if e.closing.Load() || ctx.Err() != nil { // whoever asked has gone away
			e.queues.release(places)
			return nil, ErrStopping
		}
		leased, err := e.lease(ctx, l, places)
		e.queues.release(places)
		var refusal *job.Refusal
		if len(leased) > 0 || err != nil && !errors.As(err, &refusal) {
			return leased, err
		}
	}
}

// lease leases tasks that nobody else is about to lease, all that it can.
func (e *Engine) lease(ctx context.Context, l Lease, places []*place) ([]Leased, error) {
	var subjects []events.Subject
	ids := map[events.Subject][]string{}
	for _, p := range places {
		if ids[p.subject] == nil {
			subjects = append(subjects, p.subject)
		}
		ids[p.subject] = append(ids[p.subject], p.id)
	}
	given := make([][]Leased, len(subjects))
	errs := make([]error, len(subjects))
	var wg sync.WaitGroup
	for i, s := range subjects {
		wg.Go(func() { given[i], errs[i] = e.leaseOf(ctx, l, s, ids[s]) })
	}
	wg.Wait()
	var all []Leased
	for _, g := range given {
		all = append(all, g...)
	}
	if len(all) > 0 {
		return all, nil // of what could not be leased the rest of the queue hears
	}
	return nil, errors.Join(errs...)
}

// leaseOf leases tasks of one job in one commit, or one by one when not all of
// them can be.
func (e *Engine) leaseOf(ctx context.Context, l Lease, s events.Subject, ids []string) ([]Leased, error) {
	en := e.jobs.take(s)
	defer e.jobs.put(en)
	en.mu.Lock()
	defer en.mu.Unlock()
	_, err := e.do(ctx, en, l.Actor, &job.LeaseTasks{Tasks: ids, Worker: l.Worker}, 0)
	var refusal *job.Refusal
	if err == nil || len(ids) == 1 || !errors.As(err, &refusal) {
		if err != nil {
			return nil, err
		}
		return e.leased(ctx, en, ids)
	}
	var all []Leased
	for _, id := range ids {
		var one []Leased
		if _, err = e.do(ctx, en, l.Actor, &job.LeaseTasks{Tasks: []string{id}, Worker: l.Worker}, 0); err == nil {
			one, err = e.leased(ctx, en, []string{id})
		}
		all = append(all, one...)
	}
	return all, err
}

// leased shows tasks that were leased just now.
func (e *Engine) leased(ctx context.Context, en *entry, ids []string) ([]Leased, error) {
	r := en.run
	all := make([]Leased, 0, len(ids))
	for _, id := range ids {
		t := r.Task(id)
		if t == nil || t.Status != job.TaskLeased {
			continue // something was late, see job.LeaseTasks
		}
		input, err := e.read(ctx, en.subject, r.TaskInput(id))
		if err != nil {
			return all, err // the worker does not have it, and so its lease will run out
		}
		all = append(all, Leased{
			JobTask: JobTask{*t, r.ID, r.Priority}, Input: input, TraceID: string(r.TraceID), Key: callKey(r.ID, t.Attempted()),
		})
	}
	return all, nil
}

// DoTask gives a task's job a command that leaves the task leased, and shows the
// task as it is then. Errors are those of Do.
func (e *Engine) DoTask(ctx context.Context, s events.Subject, by events.Actor, id string, c job.Command) (*job.Task, error) {
	en := e.jobs.take(s)
	defer e.jobs.put(en)
	en.mu.Lock()
	defer en.mu.Unlock()
	if _, err := e.do(ctx, en, by, c, 0); err != nil {
		return nil, err
	}
	t := *en.run.Task(id)
	return &t, nil
}
