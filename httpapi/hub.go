package httpapi

// The hub: the one place where a process follows the log for those who watch
// jobs. It joins commits and token chunks to one order and hands each to the
// watchers of its job.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"ranvier/events"
)

// Bounds of what waits for one watcher. Beyond them the watcher reads the log.
const (
	watchItems = 256
	watchBytes = 4 << 20
)

// maxHeld bounds how many items of a stream wait for the other stream.
const maxHeld = 4096

// hub hands out what is new in the log. Its methods may be called from any
// goroutine; none of them waits for a watcher.
type hub struct {
	log     events.Log
	logger  *slog.Logger
	stopped chan struct{} // closed when run has ended

	mu       sync.Mutex
	room     sync.Cond // on mu: items were handed out, or run ends
	order    merge
	asking   bool // what the next commit waits for is being found out
	watchers map[events.Subject]map[*watcher]struct{}
	asks     sync.WaitGroup
}

// newHub gives a hub that hands out what comes after the log's present end,
// once it runs.
func newHub(log events.Log, logger *slog.Logger) *hub {
	h := &hub{
		log: log, logger: logger, stopped: make(chan struct{}),
		order:    merge{given: events.Cursor{Job: log.Last(events.Jobs), Token: log.LastChunk()}},
		watchers: make(map[events.Subject]map[*watcher]struct{}),
	}
	h.room.L = &h.mu
	return h
}

// run follows the log until ctx ends or the log fails; it may be called once.
// Whoever watches is told when it returns.
func (h *hub) run(ctx context.Context) error {
	defer close(h.stopped)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.room.Broadcast()
	})()

	ended := make(chan error, 2)
	from := h.order.given
	go func() { ended <- h.tailCommits(ctx, from.Job) }()
	go func() { ended <- h.tailChunks(ctx, from.Token) }()
	err := <-ended
	cancel()
	err = errors.Join(err, <-ended)
	h.asks.Wait()
	return err
}

func (h *hub) tailCommits(ctx context.Context, after uint64) error {
	for batch, err := range h.log.Tail(ctx, events.Jobs, after) {
		if err != nil {
			return fmt.Errorf("following the jobs: %w", err)
		}
		h.add(ctx, batch, nil)
	}
	return nil
}

func (h *hub) tailChunks(ctx context.Context, after uint64) error {
	for batch, err := range h.log.TailChunks(ctx, after) {
		if err != nil {
			return fmt.Errorf("following the token chunks: %w", err)
		}
		h.add(ctx, nil, batch)
	}
	return nil
}

// add takes a batch of one of the streams and hands out what is in order now.
// While too much of that stream waits for the other one, add waits: the rest
// is safe in the log.
func (h *hub) add(ctx context.Context, commits []*events.Commit, chunks []*events.Chunk) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.order.commits = append(h.order.commits, commits...)
	h.order.chunks = append(h.order.chunks, chunks...)
	h.handOut(ctx)
	for ctx.Err() == nil && (len(commits) > 0 && len(h.order.commits) > maxHeld || len(chunks) > 0 && len(h.order.chunks) > maxHeld) {
		h.room.Wait()
	}
}

// handOut gives to the watchers what is in order; mu is held.
func (h *hub) handOut(ctx context.Context) {
	for {
		commit, chunk := h.order.next()
		switch {
		case commit != nil:
			h.give(commit.Subject, &item{commit: commit})
		case chunk != nil:
			h.give(chunk.Subject, &item{chunk: chunk})
		default:
			if c := h.order.stuck(); c != nil && !h.asking && ctx.Err() == nil {
				h.asking = true
				given := h.order.given.Token
				h.asks.Go(func() { h.ask(ctx, c, given) })
			}
			h.room.Broadcast()
			return
		}
	}
}

func (h *hub) give(s events.Subject, it *item) {
	for w := range h.watchers[s] {
		w.push(it)
	}
	for w := range h.watchers[wholeWorkspace(s.Workspace)] {
		w.push(it)
	}
}

// wholeWorkspace stands for every job of a workspace, to those who watch them.
func wholeWorkspace(workspace string) events.Subject { return events.JobSubject(workspace, "") }

// ask finds out which chunk c really waits for. The one it names may be gone,
// since chunks are not durable; then it is the newest of its job that is still
// there. When the log cannot say, the commit goes first, because events matter
// more than words.
func (h *hub) ask(ctx context.Context, c *events.Commit, given uint64) {
	kept := uint64(0)
	for t, err := range h.log.LoadChunks(ctx, c.Subject, given) {
		if err != nil {
			if ctx.Err() == nil {
				h.logger.Warn("what a commit waits for was not found out", "job", c.Subject.ID, "commit", c.Seq, "token", c.Token, "error", err)
			}
			kept = 0
			break
		}
		if t.Seq > c.Token {
			break
		}
		kept = t.Seq
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asking = false
	h.order.answered(c, kept)
	h.handOut(ctx)
}

// merge joins the two streams to one order: a commit comes after the chunk
// that it names and a chunk after the commit that it names.
type merge struct {
	given   events.Cursor    // the last commit and the last chunk given out
	commits []*events.Commit // not given out yet, in order
	chunks  []*events.Chunk  // not given out yet, in order
	known   events.Cursor    // the commit Job is known to wait for the chunk Token only
}

// next takes what comes next, if that is known: a commit, a chunk, or neither.
//
// Every number names something that was in the log before, so a commit and a
// chunk that wait for each other contradict themselves. Then the chunk goes
// first: nothing may wait for ever.
func (m *merge) next() (*events.Commit, *events.Chunk) {
	if len(m.commits) > 0 {
		c := m.commits[0]
		if m.waitsFor(c) <= m.given.Token || len(m.chunks) > 0 && m.waitsFor(c) < m.chunks[0].Seq {
			m.commits[0], m.commits = nil, m.commits[1:]
			m.given.Job = c.Seq
			return c, nil
		}
	}
	if len(m.chunks) > 0 {
		if t := m.chunks[0]; t.After <= m.given.Job || len(m.commits) > 0 {
			m.chunks[0], m.chunks = nil, m.chunks[1:]
			m.given.Token = t.Seq
			return nil, t
		}
	}
	return nil, nil
}

// waitsFor gives the chunk after which c comes.
func (m *merge) waitsFor(c *events.Commit) uint64 {
	if m.known.Job == c.Seq {
		return m.known.Token
	}
	return c.Token
}

// stuck gives the next commit if it waits for a chunk that did not come yet
// and may be gone.
func (m *merge) stuck() *events.Commit {
	if len(m.commits) == 0 || len(m.chunks) > 0 {
		return nil
	}
	if c := m.commits[0]; c.Token > m.given.Token && m.known.Job != c.Seq {
		return c
	}
	return nil
}

// answered says for which chunk a commit that was stuck really waits.
func (m *merge) answered(c *events.Commit, token uint64) {
	m.known = events.Cursor{Job: c.Seq, Token: token}
}

// watcher is one who watches a job, or all of a workspace. It is given what the hub hands out, as
// long as it keeps up.
type watcher struct {
	hub     *hub
	subject events.Subject
	words   bool          // chunks too
	ready   chan struct{} // holds one signal: take has something to say

	mu     sync.Mutex
	queue  []*item
	size   int
	behind bool // items were dropped
}

// watch gives to the new watcher all that is handed out from now on. Whatever
// was handed out before can be loaded from the log already. The caller must
// call stop.
func (h *hub) watch(s events.Subject, words bool) *watcher {
	w := &watcher{hub: h, subject: s, words: words, ready: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers[s] == nil {
		h.watchers[s] = make(map[*watcher]struct{})
	}
	h.watchers[s][w] = struct{}{}
	return w
}

// stop ends the watching.
func (w *watcher) stop() {
	h := w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers[w.subject], w)
	if len(h.watchers[w.subject]) == 0 {
		delete(h.watchers, w.subject)
	}
}

// wait waits for something to take. The error says why there will be nothing;
// tick is a time at which to look up anyway, or nil.
func (w *watcher) wait(ctx context.Context, tick <-chan time.Time) (ticked bool, err error) {
	select {
	case <-w.ready:
		return false, nil
	case <-tick:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-w.hub.stopped:
		return false, errStopped
	}
}

// push adds an item, or drops all when there are too many.
func (w *watcher) push(it *item) {
	if it.chunk != nil && !w.words {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.behind {
		return
	}
	if len(w.queue) == watchItems || len(w.queue) > 0 && w.size+it.size() > watchBytes {
		w.queue, w.size, w.behind = nil, 0, true
	} else {
		w.queue, w.size = append(w.queue, it), w.size+it.size()
	}
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// take gives the items that wait, in order. When some were dropped it gives
// none and tells so once: from then on items are queued again, so the watcher
// misses none if it reads the log after the call.
func (w *watcher) take() (items []*item, behind bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	items, behind = w.queue, w.behind
	w.queue, w.size, w.behind = nil, 0, false
	return items, behind
}
