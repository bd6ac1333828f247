package projections

import (
	"bytes"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// This file overwrites what bbolt leaves behind. A page that is no longer in use
// keeps its bytes until it is used again, and what a deleted job held must not
// lie in the file for that long.

// clean scrubs the file when a deletion was folded since it was last done. While
// the views are folded again it waits: that would do it after every batch.
func (s *Store) clean(db *bolt.DB, st *state) error {
	if !st.Unclean {
		return nil
	}
	s.mu.Lock()
	for stream, seq := range s.target {
		if st.Checkpoints[stream].Seq < seq {
			s.mu.Unlock()
			return nil
		}
	}
	s.mu.Unlock()
	s.reading.Lock() // who reads an older state reads pages that are free by now
	defer s.reading.Unlock()
	return guard(func() error {
		// The state is stored a second time, so that the one before, too, uses
		// none of these pages: bbolt goes back to it when the last is damaged.
		if err := storeState(db, st); err != nil {
			return err
		}
		if err := scrub(db); err != nil {
			return fmt.Errorf("%w: overwriting free pages: %w", errStorage, err)
		}
		st.Unclean = false
		return storeState(db, st)
	})
}

// storeState is a transaction that changes the state alone.
func storeState(db *bolt.DB, st *state) error {
	tx, err := begin(db, true)
	if err != nil {
		return fmt.Errorf("%w: %w", errStorage, err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	w := &writer{reader: reader{tx}, totals: map[*table]total{}}
	return w.commit(st)
}

// scrub writes zeros over every page that is free, unless there are some
// already. Nobody reads meanwhile.
func scrub(db *bolt.DB) error {
	tx, err := begin(db, true) // so that nobody takes a page
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was changed
	f, err := os.OpenFile(db.Path(), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it is synced below
	size := db.Info().PageSize
	zeros, page := make([]byte, size), make([]byte, size)
	wrote := false
	for id := 0; ; id++ {
		info, err := tx.Page(id)
		if err != nil {
			return err
		}
		if info == nil {
			break
		}
		if info.Type != "free" {
			continue
		}
		at := int64(id) * int64(size)
		if _, err := f.ReadAt(page, at); err != nil {
			return err
		}
		if bytes.Equal(page, zeros) {
			continue
		}
		if _, err := f.WriteAt(zeros, at); err != nil {
			return err
		}
		wrote = true
	}
	if !wrote {
		return nil
	}
	return f.Sync()
}
