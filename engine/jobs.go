package engine

import (
	"container/list"
	"context"
	"fmt"
	"sync"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// maxIdle is how many jobs with nothing at work are kept in memory; others
// are loaded from the log again when they are needed.
const maxIdle = 32_768

// entry is a job that the engine has in memory. run, graph and what follows
// belong to the holder of mu.
type entry struct {
	subject events.Subject

	mu    sync.Mutex
	run   *job.Run // nil until loaded
	graph *pathway.Graph
	token uint64 // sequence of the job's last token chunk
	live  map[job.Attempt]context.CancelCauseFunc

	// guarded by jobs.mu
	users  int
	queued bool
	idle   *list.Element
}

// forget drops what was folded: the log knows better.
func (en *entry) forget() { en.run = nil }

// lost lists the attempts that started and that nobody runs any more.
func (en *entry) lost() []job.Attempt {
	var lost []job.Attempt
	for a := range en.run.AtWork() {
		if en.live[a] == nil {
			lost = append(lost, a)
		}
	}
	return lost
}

// load folds the job from its history unless it is in memory.
func (e *Engine) load(ctx context.Context, en *entry) error {
	if en.run != nil {
		return nil
	}
	run := job.NewRun(en.subject)
	for c, err := range e.log.Load(ctx, en.subject, 0) {
		if err != nil {
			return fmt.Errorf("load %s: %w", en.subject, err)
		}
		run.Apply(c)
		en.token = max(en.token, c.Token)
	}
	if run.Exists() {
		g, err := e.graph(run.Graph)
		if err != nil {
			return fmt.Errorf("load %s: %w", en.subject, err)
		}
		en.graph = g
	} else {
		en.graph = &pathway.Graph{}
	}
	en.run = run
	if len(en.lost()) > 0 {
		// What those attempts said came before whatever is decided now.
		for c, err := range e.log.LoadChunks(ctx, en.subject, en.token) {
			if err != nil {
				en.forget()
				return fmt.Errorf("load the words of %s: %w", en.subject, err)
			}
			en.token = max(en.token, c.Seq)
		}
		e.queue(en)
	}
	return nil
}

// graph gives the compiled graph of a resolved document.
func (e *Engine) graph(p events.Payload) (*pathway.Graph, error) {
	if g, ok := e.graphs.get(p.Sum); ok {
		return g, nil
	}
	g, problems := pathway.Parse(p.Raw, e.types)
	if len(problems) > 0 {
		return nil, fmt.Errorf("the graph that was stored does not parse: %w", problems)
	}
	e.graphs.put(p.Sum, g, len(p.Raw))
	return g, nil
}

// jobs holds the jobs in memory and the line of those that wait for room.
type jobs struct {
	mu      sync.Mutex
	entries map[events.Subject]*entry
	idle    list.List // of *entry, the longest idle in front
	line    list.List // of *entry, the longest waiting in front
}

// take gives a job's entry; put must follow.
func (j *jobs) take(s events.Subject) *entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	en := j.entries[s]
	if en == nil {
		en = &entry{subject: s, live: map[job.Attempt]context.CancelCauseFunc{}}
		j.entries[s] = en
	}
	if en.idle != nil {
		j.idle.Remove(en.idle)
		en.idle = nil
	}
	en.users++
	return en
}

// put gives an entry back. Its lock is not held by the caller's goroutine any
// more, or is released right after.
func (j *jobs) put(en *entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	en.users--
	if en.users > 0 {
		return
	}
	if en.run == nil || !en.run.Exists() || en.run.Status.Terminal() {
		delete(j.entries, en.subject)
		return
	}
	en.idle = j.idle.PushBack(en)
	if j.idle.Len() > maxIdle {
		oldest := j.idle.Remove(j.idle.Front()).(*entry)
		oldest.idle = nil
		delete(j.entries, oldest.subject)
	}
}

// queue puts a job in line for room, once; dispatch must follow.
func (e *Engine) queue(en *entry) {
	j := &e.jobs
	j.mu.Lock()
	defer j.mu.Unlock()
	if !en.queued {
		en.queued = true
		en.users++
		j.line.PushBack(en)
	}
}

// retain uses an entry that the caller already uses once more; put must follow.
func (j *jobs) retain(en *entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	en.users++
}

// next takes the job that has waited longest out of the line; its caller uses
// it and puts it.
func (j *jobs) next() *entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	front := j.line.Front()
	if front == nil {
		return nil
	}
	en := j.line.Remove(front).(*entry)
	en.queued = false
	return en
}

// dispatch lets jobs in line go on while there is room, each with room for one
// attempt at least.
func (e *Engine) dispatch() {
	for !e.closing.Load() && e.room.take(1) == 1 {
		en := e.jobs.next()
		if en == nil {
			e.room.give(1)
			return
		}
		e.attempts.Add(1)
		go func() {
			defer e.attempts.Done()
			defer e.jobs.put(en)
			e.goOn(en.subject, 1)
		}()
	}
}

// room counts how many more attempts may be at work.
type room struct {
	mu   sync.Mutex
	free int
}

func (r *room) take(want int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := max(0, min(want, r.free))
	r.free -= n
	return n
}

func (r *room) give(n int) {
	r.mu.Lock()
	r.free += n
	r.mu.Unlock()
}
