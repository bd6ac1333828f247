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
	claim claim
	kept  bool // what the job starts next is started with room that Room.Keep gave
	blind bool // the log may hold more than was folded when it was last known
	live  map[job.Attempt]context.CancelCauseFunc

	insisting int // how many repeat a command until the log takes it

	// guarded by jobs.mu
	users  int
	queued bool
	idle   *list.Element
}

// forget drops what was folded: the log knows better.
func (en *entry) forget() { en.run, en.blind = nil, true }

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
	first := uint64(0)
	for c, err := range e.log.Load(ctx, en.subject, 0) {
		if err != nil {
			return fmt.Errorf("load %s: %w", en.subject, err)
		}
		if first == 0 {
			first = c.Seq
		}
		run.Apply(c)
		en.token = max(en.token, c.Token)
	}
	en.graph = &pathway.Graph{}
	if run.Exists() && !run.Deleted() {
		g, err := e.graph(run.Graph)
		if err != nil {
			return fmt.Errorf("load %s: %w", en.subject, err)
		}
		if run.ConcurrencyKey != "" && !run.Status.Terminal() {
			if _, err := e.catalog(ctx, en.subject.Workspace); err != nil { // the places need its limits
				return err
			}
		}
		en.graph = g
		en.claim.turn.Order = first
		en.know(run)
	}
	// What was stored unknown may call for more than what is decided next.
	again := en.blind
	en.run, en.blind = run, false
	if run.Deleted() && run.Unfinished() {
		e.erase(en.subject)
	}
	if len(en.lost()) > 0 {
		// What those attempts said came before whatever is decided now.
		for c, err := range e.log.LoadChunks(ctx, en.subject, en.token) {
			if err != nil {
				en.forget()
				return fmt.Errorf("load the words of %s: %w", en.subject, err)
			}
			en.token = max(en.token, c.Seq)
		}
		again = true
	}
	if again {
		e.queue(en)
	}
	for _, id := range run.Children() {
		e.await(en.subject, id)
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

// jobs holds the jobs in memory.
type jobs struct {
	mu      sync.Mutex
	entries map[events.Subject]*entry
	idle    list.List // of *entry, the longest idle in front
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

// enqueue uses an entry once more because it stands in line for room, unless it
// does already.
func (j *jobs) enqueue(en *entry) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if en.queued {
		return false
	}
	en.queued = true
	en.users++
	return true
}

// dequeue notes that an entry has left the line; its caller uses it now.
func (j *jobs) dequeue(en *entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	en.queued = false
}

// retain uses an entry that the caller already uses once more; put must follow.
func (j *jobs) retain(en *entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	en.users++
}
