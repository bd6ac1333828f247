package engine

import (
	"cmp"
	"container/heap"
	"container/list"
	"context"
	"slices"
	"sync"

	"ranvier/engine/job"
	"ranvier/events"
)

// This file knows which tasks of all unfinished jobs lie in which queue, and
// who waits for one. It is what the engine remembers of its jobs, no more: only
// a job itself gives a task away, and says so in its history. So nothing is
// lost with the process, and the next one knows the same once it has taken up
// the unfinished jobs.

// queues are the queues of all workspaces. Its methods may be called from any
// goroutine.
type queues struct {
	known chan struct{} // closed once the jobs that an earlier process left are in

	mu     sync.Mutex
	queues map[queueKey]*taskQueue
	jobs   map[events.Subject]map[string]*place // by the task's id
	count  uint64
	totals Tasks
}

type queueKey struct{ workspace, name string }

// taskQueue is a queue in which something is, or for which somebody waits.
type taskQueue struct {
	ready  placeHeap
	askers list.List // of *asker, the longest waiting in front
	places int       // tasks that are not over
}

// place is a task that is not over. What stands first never changes; the rest
// belongs to the holder of mu.
type place struct {
	subject  events.Subject
	key      queueKey
	id       string
	priority int
	order    uint64 // in which they came to be known

	task  job.Task
	held  bool // its job is paused
	taken bool // somebody is about to lease it
	index int  // in ready; -1: it is not there
}

func (p *place) free() bool { return p.task.Status == job.TaskOpen && !p.held && !p.taken }

// asker waits for tasks.
type asker struct {
	limit int
	got   chan []*place // holds one
}

func newQueues() *queues {
	return &queues{known: make(chan struct{}), queues: map[queueKey]*taskQueue{}, jobs: map[events.Subject]map[string]*place{}}
}

// show takes what a job's tasks are now.
func (q *queues) show(s events.Subject, r *job.Run) {
	q.mu.Lock()
	defer q.mu.Unlock()
	places := q.jobs[s]
	if len(places) == 0 && len(r.Tasks) == 0 {
		return
	}
	for id, p := range places {
		if r.Task(id) == nil {
			q.drop(p)
			delete(places, id)
		}
	}
	if len(r.Tasks) == 0 {
		delete(q.jobs, s)
		return
	}
	if places == nil {
		places = make(map[string]*place, len(r.Tasks))
		q.jobs[s] = places
	}
	for i := range r.Tasks {
		t := &r.Tasks[i]
		p := places[t.ID]
		if p == nil {
			q.count++
			p = &place{subject: s, key: queueKey{s.Workspace, t.Queue}, id: t.ID, priority: r.Priority, order: q.count, index: -1}
			places[t.ID] = p
			q.queue(p.key).places++
		} else {
			q.totals.add(&p.task, -1)
		}
		p.task, p.held = *t, r.Status == job.Paused
		q.totals.add(&p.task, 1)
		q.sort(p)
	}
	for _, p := range places {
		q.hand(p.key)
	}
}

// queue gives a queue, made when it is not there; mu is held.
func (q *queues) queue(k queueKey) *taskQueue {
	tq := q.queues[k]
	if tq == nil {
		tq = &taskQueue{}
		q.queues[k] = tq
	}
	return tq
}

// sort sees to it that a task is ready just when it is free; mu is held.
func (q *queues) sort(p *place) {
	tq := q.queues[p.key]
	switch {
	case p.free() && p.index < 0:
		heap.Push(&tq.ready, p)
	case !p.free() && p.index >= 0:
		heap.Remove(&tq.ready, p.index)
	}
}

// drop forgets a task that is over; mu is held.
func (q *queues) drop(p *place) {
	tq := q.queues[p.key]
	if p.index >= 0 {
		heap.Remove(&tq.ready, p.index)
	}
	q.totals.add(&p.task, -1)
	tq.places--
	q.sweep(p.key)
}

// sweep forgets a queue in which nothing is and for which nobody waits; mu is
// held.
func (q *queues) sweep(k queueKey) {
	if tq := q.queues[k]; tq.places == 0 && tq.askers.Len() == 0 {
		delete(q.queues, k)
	}
}

// hand gives what is ready to those who wait, who came first first; mu is held.
// When there is more than one for each, each gets its share.
func (q *queues) hand(k queueKey) {
	tq := q.queues[k]
	if tq == nil {
		return
	}
	for tq.askers.Len() > 0 && len(tq.ready) > 0 {
		share := (len(tq.ready) + tq.askers.Len() - 1) / tq.askers.Len()
		a := tq.askers.Remove(tq.askers.Front()).(*asker)
		q.totals.Waiting--
		a.got <- tq.take(min(share, a.limit))
	}
}

// take takes the first tasks that are ready.
func (tq *taskQueue) take(n int) []*place {
	var taken []*place
	for len(tq.ready) > 0 && len(taken) < n {
		p := heap.Pop(&tq.ready).(*place)
		p.taken = true
		taken = append(taken, p)
	}
	return taken
}

// take waits until ctx ends for up to so many tasks, and gives none when there
// were none; release must follow.
func (q *queues) take(ctx context.Context, k queueKey, limit int) []*place {
	q.mu.Lock()
	tq := q.queue(k)
	if tq.askers.Len() == 0 && len(tq.ready) > 0 {
		defer q.mu.Unlock()
		return tq.take(limit)
	}
	if ctx.Err() != nil {
		defer q.mu.Unlock()
		q.sweep(k)
		return nil
	}
	a := &asker{limit: limit, got: make(chan []*place, 1)}
	waits := tq.askers.PushBack(a)
	q.totals.Waiting++
	q.mu.Unlock()
	select {
	case places := <-a.got:
		return places
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case places := <-a.got:
		return places
	default:
	}
	tq.askers.Remove(waits)
	q.totals.Waiting--
	q.sweep(k)
	return nil
}

// release says that nobody is about to lease these tasks any more.
func (q *queues) release(places []*place) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range places {
		p.taken = false
		if q.jobs[p.subject][p.id] == p {
			q.sort(p)
			q.hand(p.key)
		}
	}
}

// placeHeap has the one in front that is given away next: of the highest
// priority the oldest.
type placeHeap []*place

func (h placeHeap) Len() int { return len(h) }

func (h placeHeap) Less(i, j int) bool { return h[i].before(h[j]) < 0 }

func (p *place) before(o *place) int {
	return cmp.Or(cmp.Compare(o.priority, p.priority), p.task.CreatedAt.Compare(o.task.CreatedAt.Time), cmp.Compare(p.order, o.order))
}

func (h placeHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *placeHeap) Push(x any) {
	p := x.(*place)
	p.index = len(*h)
	*h = append(*h, p)
}

// Pop implements heap.Interface.
func (h *placeHeap) Pop() any {
	old := *h
	p := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	p.index = -1
	return p
}

// Tasks counts the tasks of all workspaces that are not over.
type Tasks struct {
	Open    int // that nobody has
	Leased  int // that a worker has
	Waiting int // requests of workers that wait for one
}

func (t *Tasks) add(task *job.Task, n int) {
	if task.Status == job.TaskLeased {
		t.Leased += n
	} else {
		t.Open += n
	}
}

// Tasks counts the tasks that are not over.
func (e *Engine) Tasks() Tasks {
	e.queues.mu.Lock()
	defer e.queues.mu.Unlock()
	return e.queues.totals
}

// Queue is a queue of a workspace with something in it, or for which a worker
// waits.
type Queue struct {
	Name    string       `json:"queue"`
	Open    int          `json:"open"`    // tasks that nobody has
	Leased  int          `json:"leased"`  // tasks that a worker has
	Waiting int          `json:"waiting"` // requests of workers that wait for one
	Oldest  *events.Time `json:"oldest"`  // when the longest waiting open task was put there
}

// Queues lists the queues of a workspace by name. What an earlier process left
// counts: it waits until that is known.
func (e *Engine) Queues(ctx context.Context, workspace string) ([]Queue, error) {
	if err := e.queues.wait(ctx); err != nil {
		return nil, err
	}
	q := e.queues
	q.mu.Lock()
	defer q.mu.Unlock()
	byName := map[string]*Queue{}
	for k, tq := range q.queues {
		if k.workspace == workspace {
			byName[k.name] = &Queue{Name: k.name, Waiting: tq.askers.Len()}
		}
	}
	for p := range q.of(workspace) {
		in := byName[p.task.Queue]
		if p.task.Status == job.TaskLeased {
			in.Leased++
			continue
		}
		in.Open++
		if at := p.task.CreatedAt; in.Oldest == nil || at.Before(in.Oldest.Time) {
			in.Oldest = &at
		}
	}
	list := make([]Queue, 0, len(byName))
	for _, in := range byName {
		list = append(list, *in)
	}
	slices.SortFunc(list, func(a, b Queue) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// of goes over the tasks of a workspace; mu is held.
func (q *queues) of(workspace string) func(yield func(*place) bool) {
	return func(yield func(*place) bool) {
		for s, places := range q.jobs {
			if s.Workspace != workspace {
				continue
			}
			for _, p := range places {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// wait waits until the tasks that an earlier process left are known.
func (q *queues) wait(ctx context.Context) error {
	select {
	case <-q.known:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// TaskFilter says which tasks are asked for; one must match all that is set.
type TaskFilter struct {
	Queue, Status, Job string
	Limit, Offset      int
}

// JobTask is a task and the job that it is of.
type JobTask struct {
	job.Task
	JobID    string `json:"job_id"`
	Priority int    `json:"priority"` // of the job
}

// ListTasks lists tasks that are not over in the order in which they are given
// away, and counts all that match. What an earlier process left counts: it waits
// until that is known.
func (e *Engine) ListTasks(ctx context.Context, workspace string, f TaskFilter) (list []JobTask, total int, err error) {
	if err := e.queues.wait(ctx); err != nil {
		return nil, 0, err
	}
	var found []*place
	e.queues.mu.Lock()
	for p := range e.queues.of(workspace) {
		if (f.Queue == "" || f.Queue == p.task.Queue) && (f.Status == "" || f.Status == p.task.Status) && (f.Job == "" || f.Job == p.subject.ID) {
			seen := *p
			found = append(found, &seen)
		}
	}
	e.queues.mu.Unlock()
	slices.SortFunc(found, (*place).before)
	total = len(found)
	found = found[min(f.Offset, total):]
	for _, p := range found[:min(f.Limit, len(found))] {
		list = append(list, JobTask{p.task, p.subject.ID, p.priority})
	}
	return list, total, nil
}
