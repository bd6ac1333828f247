package projections

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"

	"ranvier/events"
)

// This file opens the bbolt file, or puts it aside and begins a new one.

// lockFile takes the lock that keeps other processes from inspecting, renaming
// or writing the file. It lies beside it because the file may be replaced.
func lockFile(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = errors.New("another process uses it")
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return f, nil
}

// openFile opens the file if nothing is wrong with it, else a new one.
func (s *Store) openFile() (*bolt.DB, state, error) {
	st, err := s.examine()
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		s.cfg.Logger.Info("projections are folded from the start", "path", s.cfg.Path)
		return s.newFile()
	case errors.Is(err, errDamaged), errors.Is(err, errOutdated):
		if err := s.setAside(err); err != nil {
			return nil, state{}, err
		}
		return s.newFile()
	default:
		return nil, state{}, err
	}
	db, err := s.openBolt()
	if errors.Is(err, errDamaged) {
		if err := s.setAside(err); err != nil {
			return nil, state{}, err
		}
		return s.newFile()
	}
	return db, st, err
}

// errOutdated: the file is sound but holds something else than is wanted.
var errOutdated = errors.New("the projection file is outdated")

// examine tells whether the file may be used, without bbolt.
func (s *Store) examine() (state, error) {
	f, err := os.Open(s.cfg.Path)
	if err != nil {
		return state{}, err
	}
	defer f.Close()
	st, err := inspect(f)
	if err != nil {
		return state{}, err
	}
	want := make(map[string]int, len(s.views))
	for _, v := range s.views {
		want[v.name()] = v.version()
	}
	if !maps.Equal(st.Views, want) {
		return state{}, fmt.Errorf("%w: it holds the views %v, not %v", errOutdated, st.Views, want)
	}
	for _, stream := range streams {
		if err := s.checkCheckpoint(stream, st.Checkpoints[stream]); err != nil {
			return state{}, err
		}
	}
	return st, nil
}

// checkCheckpoint compares a checkpoint with the log: after a loss of power the
// file can be ahead of a log that did not sync every commit.
func (s *Store) checkCheckpoint(stream events.Stream, c checkpoint) error {
	if c.Seq == 0 {
		return nil
	}
	if last := s.log.Last(stream); c.Seq > last {
		return fmt.Errorf("%w: it is at %d of %s, the log ends at %d", errOutdated, c.Seq, stream, last)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for batch, err := range s.log.Tail(ctx, stream, c.Seq-1) {
		if err != nil {
			return fmt.Errorf("%w: commit %d of %s: %w", errLog, c.Seq, stream, err)
		}
		if len(batch) == 0 {
			continue
		}
		if batch[0].Seq != c.Seq || batch[0].ID != c.ID {
			return fmt.Errorf("%w: it folded commit %q as %d of %s, the log has %q", errOutdated, c.ID, c.Seq, stream, batch[0].ID)
		}
		return nil
	}
	return fmt.Errorf("%w: commit %d of %s: it gave nothing", errLog, c.Seq, stream)
}

// newFile begins a file in which nothing is folded.
func (s *Store) newFile() (*bolt.DB, state, error) {
	for _, v := range s.views {
		v.forget()
	}
	db, err := s.openBolt()
	if err != nil {
		return nil, state{}, err
	}
	st := state{
		Views:       make(map[string]int, len(s.views)),
		Checkpoints: make(map[events.Stream]checkpoint, len(streams)),
		Tables:      map[string]total{},
	}
	for _, v := range s.views {
		st.Views[v.name()] = v.version()
	}
	err = guard(func() error {
		tx, err := begin(db, true)
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
		tables := []*table{stateTable}
		for _, v := range s.views {
			tables = append(tables, v.tables()...)
		}
		for _, t := range tables {
			if _, err := tx.CreateBucket([]byte(t.name)); err != nil {
				return fmt.Errorf("making table %s: %w", t.name, err)
			}
		}
		w := &writer{reader: reader{tx}, totals: map[*table]total{}}
		for _, v := range s.views {
			for _, t := range v.tables() {
				w.totals[t] = total{}
			}
		}
		return w.commit(&st)
	})
	if err != nil {
		return nil, state{}, errors.Join(fmt.Errorf("beginning a new projection file: %w", err), closeFile(db))
	}
	return db, st, nil
}

// openBolt opens the file with bbolt, or makes it.
func (s *Store) openBolt() (db *bolt.DB, err error) {
	err = guard(func() error {
		db, err = bolt.Open(s.cfg.Path, 0o600, &bolt.Options{
			Timeout:         time.Second,
			FreelistType:    bolt.FreelistMapType,
			NoFreelistSync:  true, // it is found again by walking the file, which was just read anyway
			InitialMmapSize: 1 << 30,
			NoStatistics:    true,
		})
		return err
	})
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%s: another process uses it", s.cfg.Path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, damagef("%w", err)
	default:
		return nil, err
	}
}

// begin is db.Begin. That reads a page while it holds locks, and when the page
// is not there any more, because the file was cut, the panic would leave them
// locked: no other transaction could end, nor the file be closed. So they are
// released here.
func begin(db *bolt.DB, writable bool) (*bolt.Tx, error) {
	returned := false
	defer func() {
		switch {
		case returned:
		case writable:
			lockOf[sync.Mutex](db, "rwlock").Unlock()
		default:
			lockOf[sync.RWMutex](db, "mmaplock").RUnlock()
			lockOf[sync.Mutex](db, "metalock").Unlock()
		}
	}()
	tx, err := db.Begin(writable)
	returned = true
	return tx, err
}

// lockOf reaches a lock of bbolt, which has no other way to release it.
func lockOf[T sync.Mutex | sync.RWMutex](db *bolt.DB, name string) *T {
	f := reflect.ValueOf(db).Elem().FieldByName(name)
	if f.Type() != reflect.TypeFor[T]() {
		panic("projections: this bbolt has no lock " + name)
	}
	return (*T)(f.Addr().UnsafePointer())
}

// closeFile waits for the transactions under way. A file whose pages are
// damaged may make bbolt panic here too.
func closeFile(db *bolt.DB) error { return guard(db.Close) }

// keptAside is how many files that were put aside are kept.
const keptAside = 3

// setAside renames the file, whatever is wrong with it, and removes the oldest
// of those that were renamed before.
func (s *Store) setAside(why error) error {
	aside := s.cfg.Path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000000000Z")
	if err := os.Rename(s.cfg.Path, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("putting the projection file aside: %w", err)
	}
	s.cfg.Logger.Warn("projections are rebuilt", "reason", why.Error(), "old_file", aside)
	old, err := filepath.Glob(globQuote(s.cfg.Path) + ".damaged-*")
	if err != nil {
		return fmt.Errorf("looking for old projection files: %w", err)
	}
	slices.Sort(old)
	for _, path := range old[:max(0, len(old)-keptAside)] {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing an old projection file: %w", err)
		}
	}
	return nil
}

// globQuote makes a pattern that only the path itself matches.
func globQuote(path string) string {
	var b []byte
	for i := range len(path) {
		switch path[i] {
		case '*', '?', '[', '\\':
			b = append(b, '\\')
		}
		b = append(b, path[i])
	}
	return string(b)
}
