package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime/debug"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"ranvier/events"
)

// Errors of reads.
var (
	// ErrNotFound: there is no such thing in that workspace.
	ErrNotFound = errors.New("not found")
	// ErrRebuilding: the views are being folded again and are not yet where
	// they were; the same read will do later.
	ErrRebuilding = errors.New("the projections are being rebuilt")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("the projections are closed")
)

// Config says where a store lives.
type Config struct {
	Path     string        // the bbolt file; made with its folder when missing
	Logger   *slog.Logger  // nil discards
	Patience time.Duration // how long a read waits for a rebuild before ErrRebuilding; 0 is 5 s
}

// streams are the streams that views are folded from.
var streams = []events.Stream{events.Jobs, events.Catalog}

// view is a set of tables folded from one stream. It is used by the folding
// goroutine only.
type view interface {
	name() string
	version() int // a new version is folded again from the start
	stream() events.Stream
	tables() []*table
	// fold takes the next commit of the stream; it may leave the writing to flush.
	fold(w *writer, c *events.Commit) error
	// flush writes what the batch changed.
	flush(w *writer) error
	// forget drops what is remembered of the file.
	forget()
}

func allViews() []view { return []view{newJobsView(), newDefinitionsView()} }

// Store is the views of all workspaces. All methods may be called from any
// goroutine; Run by one at a time.
type Store struct {
	cfg   Config
	log   events.Log
	views []view // of the goroutine of Run
	lock  *os.File

	running sync.Mutex   // held by Run
	reading sync.RWMutex // read-held by reads; held while free pages are overwritten

	mu      sync.Mutex
	db      *bolt.DB // nil while the file is replaced
	doubted *bolt.DB // the damaged one that Run shall replace
	why     error    // what is wrong with it
	state   state    // what db holds; only Run writes it once the store is open
	target  map[events.Stream]uint64
	highest uint64        // the largest sum of all checkpoints ever, of this file or of one before
	wanted  chan struct{} // holds one when somebody waits
	changed chan struct{} // closed and made anew when any of the above changes
	closed  bool
}

// Open opens the file, or makes it. A file that is damaged, of another version
// or ahead of the log is renamed aside and a new one begun; a file that another
// process holds, or an error of the file system, is an error. The views follow
// the log once Run runs.
func Open(cfg Config, log events.Log) (*Store, error) {
	return open(cfg, log, allViews())
}

func open(cfg Config, log events.Log, views []view) (*Store, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Patience == 0 {
		cfg.Patience = 5 * time.Second
	}
	lock, err := lockFile(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("opening projections: %w", err)
	}
	s := &Store{cfg: cfg, log: log, views: views, lock: lock, changed: make(chan struct{}), wanted: make(chan struct{}, 1)}
	if s.db, s.state, err = s.openFile(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening projections: %w", err), lock.Close())
	}
	s.target = make(map[events.Stream]uint64, len(streams))
	for _, stream := range streams {
		s.target[stream] = log.Last(stream)
	}
	return s, nil
}

// Close closes the file and waits for reads under way. Run must have returned
// or its context must have ended. Reads and waits then give ErrClosed.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.wake()
	s.mu.Unlock()

	s.running.Lock() // Run leaves when the store is closed
	defer s.running.Unlock()
	var err error
	for _, db := range []*bolt.DB{s.db, s.doubted} {
		if db != nil {
			err = errors.Join(err, closeFile(db))
		}
	}
	if err = errors.Join(err, s.lock.Close()); err != nil {
		return fmt.Errorf("closing projections: %w", err)
	}
	return nil
}

// wake lets those who wait look again. The caller holds mu.
func (s *Store) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// read runs f in a read transaction, once the views have caught up. f may run
// several times, on another file each, so it begins by clearing what it gives.
func (s *Store) read(ctx context.Context, f func(r reader) error) error {
	for {
		db, err := s.caughtUp(ctx)
		if err != nil {
			return err
		}
		s.reading.RLock()
		err = guard(func() error {
			tx, err := begin(db, false)
			if err != nil {
				return err
			}
			defer tx.Rollback() //nolint:errcheck // of a read transaction: only tells that it is closed
			return f(reader{tx})
		})
		s.reading.RUnlock()
		switch {
		case errors.Is(err, berrors.ErrDatabaseNotOpen): // it was replaced just now
		case errors.Is(err, errDamaged):
			s.doubt(db, err)
		default:
			return err
		}
	}
}

// caughtUp waits until reads no longer go backwards, and gives the file.
func (s *Store) caughtUp(ctx context.Context) (*bolt.DB, error) {
	var patience <-chan time.Time
	for {
		s.mu.Lock()
		db, changed, closed := s.db, s.changed, s.closed
		behind := db == nil
		for stream, seq := range s.target {
			behind = behind || s.state.Checkpoints[stream].Seq < seq
		}
		s.mu.Unlock()
		switch {
		case closed:
			return nil, ErrClosed
		case !behind:
			return db, nil
		}
		if patience == nil {
			timer := time.NewTimer(s.cfg.Patience)
			defer timer.Stop()
			patience = timer.C
		}
		select {
		case <-changed:
		case <-patience:
			return nil, ErrRebuilding
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrRebuilding, ctx.Err())
		}
	}
}

// doubt takes a damaged file out of use. Reads wait from now on for the new
// one to hold what this one held.
func (s *Store) doubt(db *bolt.DB, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != db {
		return
	}
	s.db, s.doubted, s.why = nil, db, why
	for stream, c := range s.state.Checkpoints {
		s.target[stream] = max(s.target[stream], c.Seq)
	}
	s.state = state{}
	s.wake()
}

// guard turns a panic, or a fault on a page that the file no longer has, into
// errDamaged: bbolt trusts its pages.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = damagef("panic: %v", r)
		}
	}()
	return f()
}

// advance publishes a batch that is stored.
func (s *Store) advance(db *bolt.DB, st state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != db { // found damaged meanwhile
		return
	}
	s.state = st
	var sum uint64
	for _, c := range st.Checkpoints {
		sum += c.Seq
	}
	s.highest = max(s.highest, sum)
	s.wake()
}

func (st state) clone() state {
	return state{Views: st.Views, Checkpoints: maps.Clone(st.Checkpoints), Tables: maps.Clone(st.Tables), Unclean: st.Unclean}
}
