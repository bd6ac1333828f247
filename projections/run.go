package projections

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	bolt "go.etcd.io/bbolt"
	"ranvier/events"
)

// This file follows the log: one goroutine a stream tails and thereby decodes,
// the goroutine of Run folds what is queued.

// batchEvents bounds a batch: enough that the two syncs of a transaction are
// small beside its work, little enough that readers do not wait long.
const batchEvents = 8192

// queued is what a tail hands over.
type queued struct {
	stream  events.Stream
	commits []*events.Commit
	err     error // of the log; commits is empty then
}

var (
	// errStorage: the file system refused something. It may take it later.
	errStorage = errors.New("the projection file cannot be written")
	// errLog: the log gave an error.
	errLog = errors.New("reading the log for the projections")
)

// Run tails the log and folds it until ctx ends or the store is closed, and
// then gives nil. It gives the log's error, events.ErrGap for example, after
// which it may be called again. Damage of the file is no error: the file is
// replaced and folded again. What the file system does not take is tried
// again, with growing pauses.
func (s *Store) Run(ctx context.Context) error {
	s.running.Lock()
	defer s.running.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var pause time.Duration
	replaced := 0
	for {
		before := s.snapshot()
		if before.closed || ctx.Err() != nil {
			return nil
		}
		err := s.ready()
		if err == nil {
			before = s.snapshot()
			err = s.follow(ctx)
		}
		if s.snapshot().highest > before.highest { // it came further than ever before
			pause, replaced = 0, 0
		}
		switch {
		case err == nil:
		case errors.Is(err, errDamaged):
			// The same thing again and again is not the disk's fault.
			if replaced++; replaced > maxReplaced {
				return fmt.Errorf("rebuilding the projections: given up after %d times: %w", maxReplaced, err)
			}
			s.doubt(before.db, err)
		case errors.Is(err, errStorage):
			s.cfg.Logger.Error("projections stand still", "error", err.Error())
			s.release(before.db)
			pause = min(max(2*pause, 100*time.Millisecond), 5*time.Second)
			s.rest(ctx, pause)
		default:
			return err
		}
	}
}

// maxReplaced is how often the file is replaced without coming further.
const maxReplaced = 3

// rest lets some time go by, less when the store is closed.
func (s *Store) rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for !s.snapshot().closed {
		select {
		case <-s.snapshot().changed:
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		}
	}
}

// snapshot is the store at one moment.
type snapshot struct {
	db      *bolt.DB
	state   state
	why     error
	changed <-chan struct{}
	closed  bool
	highest uint64
}

func (s *Store) snapshot() snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return snapshot{s.db, s.state, s.why, s.changed, s.closed, s.highest}
}

// follow tails from the checkpoints and folds until something is wrong.
func (s *Store) follow(ctx context.Context) error {
	start := s.snapshot()
	ctx, cancel := context.WithCancel(ctx)
	queue := make(chan queued, 8)
	ended := make(chan struct{})
	for _, stream := range streams {
		go func() {
			s.tail(ctx, stream, start.state.Checkpoints[stream].Seq, queue)
			ended <- struct{}{}
		}()
	}
	defer func() {
		cancel()
		for range streams {
			<-ended
		}
	}()
	st := start.state.clone()
	if err := s.clean(start.db, &st); err != nil { // a crash came first
		return err
	}
	for {
		now := s.snapshot()
		switch {
		case now.closed:
			return nil
		case now.db != start.db:
			return now.why
		}
		select {
		case <-ctx.Done():
			return nil
		case <-now.changed:
		case q := <-queue:
			batch := s.gather(ctx, q, queue)
			if err := s.fold(start.db, &st, batch); err != nil {
				return err
			}
			if err := s.clean(start.db, &st); err != nil {
				return err
			}
			if err := batch[len(batch)-1].err; err != nil {
				return err
			}
			s.advance(start.db, st.clone())
		}
	}
}

// tail hands over what the log gives, until ctx ends or the log fails.
func (s *Store) tail(ctx context.Context, stream events.Stream, after uint64, queue chan<- queued) {
	for commits, err := range s.log.Tail(ctx, stream, after) {
		q := queued{stream: stream, commits: slices.Clone(commits)}
		if err != nil {
			q = queued{stream: stream, err: fmt.Errorf("%w: %s: %w", errLog, stream, err)}
		}
		select {
		case queue <- q:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// A transaction costs two syncs of the disk, which the log needs too. So while
// nobody waits for the views, a batch is gathered.
const (
	gatherTime   = 50 * time.Millisecond
	gatherEvents = 2048
)

// gather takes what is queued behind q, and waits for more until somebody
// wants the views, the batch is large, or some time is over.
func (s *Store) gather(ctx context.Context, q queued, queue <-chan queued) []queued {
	batch := drain(q, queue)
	n := 0
	for _, q := range batch {
		n += count(q)
	}
	timer := time.NewTimer(gatherTime)
	defer timer.Stop()
	for n < gatherEvents && batch[len(batch)-1].err == nil {
		select {
		case q := <-queue:
			batch = append(batch, q)
			n += count(q)
		case <-s.wanted:
			return batch
		case <-timer.C:
			return batch
		case <-ctx.Done():
			return batch
		}
	}
	return batch
}

// drain takes what is queued behind q, as much as a batch may hold. An error
// ends the batch.
func drain(q queued, queue <-chan queued) []queued {
	batch := []queued{q}
	n := count(q)
	for n < batchEvents && q.err == nil {
		select {
		case q = <-queue:
			batch = append(batch, q)
			n += count(q)
		default:
			return batch
		}
	}
	return batch
}

func count(q queued) int {
	n := 0
	for _, c := range q.commits {
		n += len(c.Events)
	}
	return n
}

// fold stores a batch and its checkpoints in one transaction. On an error st
// is not to be used.
func (s *Store) fold(db *bolt.DB, st *state, batch []queued) error {
	err := guard(func() error {
		tx, err := begin(db, true)
		if err != nil {
			return fmt.Errorf("%w: %w", errStorage, err)
		}
		defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
		w := &writer{reader: reader{tx}, totals: map[*table]total{}}
		for _, v := range s.views {
			for _, t := range v.tables() {
				b, err := w.bucket(t)
				if err != nil {
					return err
				}
				b.FillPercent = 0.9
				w.totals[t] = st.Tables[t.name]
			}
		}
		for _, q := range batch {
			for _, c := range q.commits {
				if last := st.Checkpoints[q.stream].Seq; c.Seq != last+1 {
					return fmt.Errorf("%w: %s has commit %d after %d", events.ErrGap, q.stream, c.Seq, last)
				}
				for _, v := range s.views {
					if v.stream() != q.stream {
						continue
					}
					if err := v.fold(w, c); err != nil {
						return err
					}
				}
				st.Checkpoints[q.stream] = checkpoint{c.Seq, c.ID}
				st.Unclean = st.Unclean || c.Deletes()
			}
		}
		for _, v := range s.views {
			if err := v.flush(w); err != nil {
				return err
			}
		}
		return w.commit(st)
	})
	if err != nil {
		for _, v := range s.views {
			v.forget()
		}
	}
	return err
}

// commit stores the state beside what was written, all or nothing.
func (w *writer) commit(st *state) error {
	for t, sum := range w.totals {
		st.Tables[t.name] = sum
	}
	b, err := json.Marshal(st, ours)
	if err != nil {
		return fmt.Errorf("encoding the state: %w", err)
	}
	if err := w.put(stateTable, stateKey, b); err != nil {
		return err
	}
	delete(w.totals, stateTable) // the state does not count itself
	if err := w.tx.Commit(); err != nil {
		return fmt.Errorf("%w: %w", errStorage, err)
	}
	return nil
}

// ready sees to it that there is a file: a damaged one is put aside, one that
// was released is opened again.
func (s *Store) ready() error {
	s.mu.Lock()
	db, doubted, why := s.db, s.doubted, s.why
	s.mu.Unlock()
	if db != nil {
		return nil
	}
	if doubted != nil {
		if err := closeFile(doubted); err != nil {
			s.cfg.Logger.Error("closing the damaged projection file", "error", err.Error())
		}
		if err := s.setAside(why); err != nil {
			return fmt.Errorf("%w: %w", errStorage, err)
		}
		s.mu.Lock()
		s.doubted, s.why = nil, nil
		s.mu.Unlock()
	}
	db, st, err := s.openFile()
	switch {
	case err == nil:
	case errors.Is(err, errLog), errors.Is(err, errDamaged):
		return err
	default:
		return fmt.Errorf("%w: %w", errStorage, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db, s.state = db, st
	s.wake()
	return nil
}

// release closes the file after a failed write: whether it is sound is only
// known when it was inspected again.
func (s *Store) release(db *bolt.DB) {
	s.mu.Lock()
	if s.db != db || db == nil {
		s.mu.Unlock()
		return
	}
	s.db = nil
	for stream, c := range s.state.Checkpoints {
		s.target[stream] = max(s.target[stream], c.Seq)
	}
	s.wake()
	s.mu.Unlock()
	if err := closeFile(db); err != nil {
		s.cfg.Logger.Error("closing the projection file", "error", err.Error())
	}
}
