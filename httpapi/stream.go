package httpapi

// Streams: one client follows one job, from any place in its history to its
// end. What every stream needs is at the end of the file.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"ranvier/engine/job"
	"ranvier/events"
)

// Bounds of what is read from the log at once.
const (
	pageCommits = 256
	pageChunks  = 512
	pageBytes   = 1 << 20
)

// retry is how long a client shall wait before it connects again, in
// milliseconds. It is a line of the first frame: a block of its own would be
// an empty event to some clients.
const retry = "retry: 1000\n"

const ping = ": ping\n\n"

// pieceSize is how many bytes a client must take within one write deadline: a
// slow link gets a large frame if it is steady.
const pieceSize = 64 << 10

// errStopped ends a stream because the server stops.
var errStopped = errors.New("the server stops")

// follower reads one job's items in order: history from the log until it meets
// the hub, then what the hub hands out, and the log again when it fell behind.
// It belongs to one goroutine.
//
// There is no seam: the hub is watched before the log is read, and whatever
// lies at or behind the follower's place is passed over.
type follower struct {
	log     events.Log
	hub     *hub
	watcher *watcher
	subject events.Subject
	words   bool // token chunks too
	public  bool // frames are as those see them who come with a share token

	unborn bool          // it may be watched before its first event
	job    job.Job       // folded from the beginning of the history
	folded uint64        // the last commit folded in, 0 while there is none
	at     events.Cursor // all at or behind it was given
	live   bool          // history has met the hub
}

// follow gives a follower of what comes after a place. The caller must call
// its watcher's stop.
func (s *Server) follow(subject events.Subject, after events.Cursor, words bool) *follower {
	return &follower{
		log: s.log, hub: s.hub, watcher: s.hub.watch(subject, words),
		subject: subject, words: words, at: after,
	}
}

// expect gives a follower of a job that is about to be submitted: it reads the
// job's whole history from the hub and need not look into the log.
func (s *Server) expect(subject events.Subject) *follower {
	f := s.follow(subject, events.Cursor{}, false)
	f.live, f.unborn = true, true
	return f
}

// read gives the next items without waiting for new ones. When it gives none
// and the follower is live, nothing is there. Each item must be given to
// advance, in order.
func (f *follower) read(ctx context.Context) ([]*item, error) {
	if f.live {
		items, behind := f.watcher.take()
		if !behind {
			return items, nil
		}
		f.live = false
	}
	return f.page(ctx)
}

// page reads the next part of the history.
//
// All that is named by something in the log was in the log before. So the
// commits are read first, and then the chunks, up to the first one that names
// a later commit: that commit was stored while the hub was already watched, so
// it and what follows it come from there.
func (f *follower) page(ctx context.Context) ([]*item, error) {
	var commits []*events.Commit
	whole, size, last := true, 0, f.folded
	for c, err := range f.log.Load(ctx, f.subject, f.folded) {
		if err != nil {
			return nil, err
		}
		if c.Deletes() || c.Erased() {
			return nil, job.Gone()
		}
		if len(commits) == pageCommits || size > pageBytes {
			whole = false
			break
		}
		commits, size, last = append(commits, c), size+len(c.Bytes()), c.Seq
		if c.Seq <= f.at.Job { // so is what it came after
			f.at.Token = max(f.at.Token, c.Token)
		}
	}
	var chunks []*events.Chunk
	if f.words {
		for t, err := range f.log.LoadChunks(ctx, f.subject, f.at.Token) {
			if err != nil {
				return nil, err
			}
			if t.After > last || !whole && t.Seq > commits[len(commits)-1].Token {
				break
			}
			if len(chunks) == pageChunks {
				// Commits beyond the last chunk of the page wait for the next one.
				whole = false
				for n := len(commits); n > 0 && commits[n-1].Token > chunks[len(chunks)-1].Seq; n-- {
					commits = commits[:n-1]
				}
				break
			}
			chunks = append(chunks, t)
		}
	}
	f.live = whole
	return join(commits, chunks), nil
}

// join gives the items of one job in their order: a chunk comes before a
// commit if it is not above the chunk that the commit names.
func join(commits []*events.Commit, chunks []*events.Chunk) []*item {
	items := make([]*item, 0, len(commits)+len(chunks))
	for _, c := range commits {
		for len(chunks) > 0 && chunks[0].Seq <= c.Token {
			items = append(items, &item{chunk: chunks[0]})
			chunks = chunks[1:]
		}
		items = append(items, &item{commit: c})
	}
	for _, t := range chunks {
		items = append(items, &item{chunk: t})
	}
	return items
}

// advance takes an item in: it folds a commit and moves the follower's place.
// It tells whether the client has not had the item yet. Nothing comes after
// the job's end.
func (f *follower) advance(it *item) (fresh bool) {
	if f.job.Status.Terminal() {
		return false
	}
	if t := it.chunk; t != nil {
		if fresh = t.Seq > f.at.Token; fresh {
			f.at.Token = t.Seq
		}
		return fresh
	}
	c := it.commit
	if c.Seq <= f.folded {
		return false
	}
	f.job.Apply(c)
	f.folded = c.Seq
	if fresh = c.Seq > f.at.Job; fresh {
		f.at = f.at.Max(c.Cursor())
	}
	return fresh
}

// frame gives the frame of the item that was taken in last.
func (f *follower) frame(it *item) ([]byte, error) {
	if f.public {
		return it.publicFrame(&f.job, f.at)
	}
	return it.frame(&f.job, f.at)
}

// streamJob answers GET /v1/jobs/{id}/stream.
func (s *Server) streamJob(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	r, release, err := s.hold(r)
	if err != nil {
		return err
	}
	defer release()
	return s.streamJobOf(w, r, subject)
}

// streamJobOf answers with the stream of a job. An error is returned only
// while nothing was answered yet; later the stream just ends, and the client
// comes back with the id of the last frame it read.
func (s *Server) streamJobOf(w http.ResponseWriter, r *http.Request, subject events.Subject) error {
	after, err := s.streamPlace(r)
	if err != nil {
		return err
	}
	f := s.follow(subject, after, true)
	defer f.watcher.stop()
	f.public = isShared(r)
	return s.stream(w, r, func(out *streamWriter) error {
		if err := s.pump(r.Context(), f, out, r.Method == http.MethodHead); err != nil {
			return fmt.Errorf("job %s after %s: %w", subject.ID, f.at, err)
		}
		return nil
	})
}

// streamPlace is the place after which the client wants to read.
func (s *Server) streamPlace(r *http.Request) (events.Cursor, error) {
	text, name := r.Header.Get("Last-Event-ID"), "Last-Event-ID"
	if q := r.URL.Query(); q.Has("after") {
		text, name = q.Get("after"), "after"
	}
	after, err := events.ParseCursor(text)
	if err != nil {
		return after, fail(codeInvalid, "%s: %v", name, err)
	}
	if after.Job > s.log.Last(events.Jobs) || after.Token > s.log.LastChunk() {
		return after, fail(codeInvalid, "%s: %s lies beyond the end of the log", name, after)
	}
	return after, nil
}

// pump writes frames until the job or the client ends.
func (s *Server) pump(ctx context.Context, f *follower, out *streamWriter, headOnly bool) error {
	for {
		items, err := f.read(ctx)
		if err != nil {
			return err
		}
		for _, it := range items {
			if !f.advance(it) {
				continue
			}
			frame, err := f.frame(it)
			if err != nil {
				return err
			}
			if headOnly {
				return out.flush()
			}
			if err := out.write(frame); err != nil {
				return err
			}
			if f.job.Status.Terminal() {
				return out.flush()
			}
		}
		if !f.live {
			continue
		}
		if !out.began {
			switch {
			case f.folded == 0:
				return noJob()
			case f.job.Status.Terminal():
				out.w.WriteHeader(http.StatusNoContent)
				return nil
			}
		}
		if err := out.flush(); err != nil || headOnly {
			return err
		}
		if err := out.idle(ctx, f.watcher, s.cfg.SSEPing); err != nil {
			return err
		}
	}
}

// stream answers with a stream that send writes. An error that send returns
// before it wrote anything is the answer.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, send func(*streamWriter) error) error {
	select {
	case <-s.hub.stopped:
		return fmt.Errorf("%w: %w", events.ErrUnavailable, errStopped)
	default:
	}
	closed, err := s.countStream(r)
	if err != nil {
		return err
	}
	defer closed()
	out := &streamWriter{w: w, control: http.NewResponseController(w), timeout: s.cfg.WriteTimeout}
	defer context.AfterFunc(r.Context(), out.cut)()
	err = send(out)
	if err == nil || !out.began {
		return err
	}
	level := slog.LevelWarn
	if errors.Is(err, errClient) || errors.Is(err, errStopped) || r.Context().Err() != nil {
		level = slog.LevelDebug
	}
	s.logger.Log(r.Context(), level, "stream ended early", "error", err)
	return nil
}

// streamWriter is a client as its stream sees it. It begins the answer with
// the first write or flush.
type streamWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	began   bool

	mu      sync.Mutex
	sending bool // a write may be blocked
	over    bool // nothing is sent any more
}

// errClient: the client is gone, may not read any more, or takes what it asked
// for too slowly. Its cursor resumes it.
var errClient = errors.New("the client does not read")

// cutGrace is how long a write that is under way may go on after cut: enough
// for a client that reads, little for one that does not.
const cutGrace = time.Second

// cut ends the stream from another goroutine, even one whose client does not
// read. A client that reads sees a regular end.
func (o *streamWriter) cut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	if o.sending {
		_ = o.control.SetWriteDeadline(time.Now().Add(cutGrace)) // the write that it shall end has set one before
	}
}

// send does one thing that may block for a client that does not read.
func (o *streamWriter) send(what func() error) error {
	o.mu.Lock()
	if o.over {
		o.mu.Unlock()
		return errClient
	}
	err := o.control.SetWriteDeadline(time.Now().Add(o.timeout))
	o.sending = true
	o.mu.Unlock()
	if err == nil {
		err = what()
	}
	o.mu.Lock()
	o.sending = false
	o.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%w: %w", errClient, err)
	}
	return nil
}

func (o *streamWriter) begin() error {
	if err := o.control.SetWriteDeadline(time.Now().Add(o.timeout)); err != nil {
		return fmt.Errorf("a stream needs write deadlines: %w", err)
	}
	o.began = true
	h := o.w.Header()
	h.Set("Content-Type", mediaSSE)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	o.w.WriteHeader(http.StatusOK)
	return o.write([]byte(retry))
}

// write sends b, piece by piece. Without a deadline a client that does not
// read would hold its goroutine for ever.
func (o *streamWriter) write(b []byte) error {
	if !o.began {
		if err := o.begin(); err != nil {
			return err
		}
	}
	for piece := range slices.Chunk(b, pieceSize) {
		err := o.send(func() error {
			_, err := o.w.Write(piece)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// flush sends on what the server holds back.
func (o *streamWriter) flush() error {
	if !o.began {
		if err := o.begin(); err != nil {
			return err
		}
	}
	return o.send(o.control.Flush)
}

// idle waits until there is something to read, and pings meanwhile.
func (o *streamWriter) idle(ctx context.Context, w *watcher, every time.Duration) error {
	tick := time.NewTimer(every)
	defer tick.Stop()
	for {
		ticked, err := w.wait(ctx, tick.C)
		if err != nil || !ticked {
			return err
		}
		if err := errors.Join(o.write([]byte(ping)), o.flush()); err != nil {
			return err
		}
		tick.Reset(every)
	}
}

func noJob() error { return fail(codeNotFound, "there is no such job in this workspace") }

// await follows a job until a question about it is answered with true, or ctx
// or the server ends, and gives the job as it is then. It belongs to the
// caller. The question is asked about the newest state only. The follower has
// not read yet; its caller stops its watcher.
func (f *follower) await(ctx context.Context, until func(*job.Job) bool) (*job.Job, error) {
	for known := false; ; {
		items, err := f.read(ctx)
		switch {
		case err != nil && (!known || ctx.Err() == nil):
			return nil, err
		case err != nil:
			return &f.job, nil //nolint:nilerr // the time is over: what is known is the answer
		}
		for _, it := range items {
			f.advance(it)
		}
		if !f.live {
			continue
		}
		if f.folded == 0 && !f.unborn {
			return nil, noJob()
		}
		if known = f.folded > 0; known && until(&f.job) {
			return &f.job, nil
		}
		if _, err := f.watcher.wait(ctx, nil); err != nil {
			return &f.job, nil //nolint:nilerr // the end of the waiting is no failure
		}
	}
}
