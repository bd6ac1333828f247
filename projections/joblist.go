package projections

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"ranvier/engine/job"
)

// This file lists jobs.

// JobFilter says which jobs of a workspace are asked for; a job must match
// all that is set.
type JobFilter struct {
	PathwayID, NeuronID, ReceptorID, TraceID string
	ParentID                                 string // of sub-jobs

	Status        job.Status
	Labels        map[string]string
	CreatedAfter  time.Time // strictly
	CreatedBefore time.Time // strictly
	Limit         int       // 0 is no limit
	Offset        int
}

// facets lists what a job that matches must have; there is at least one.
func (f *JobFilter) facets() []facet {
	facets := []facet{allFacet}
	if f.Status != "" {
		facets = append(facets, newFacet(ofStatus, "", string(f.Status)))
	}
	for _, r := range []struct {
		kind  byte
		value string
	}{{ofPathway, f.PathwayID}, {ofNeuron, f.NeuronID}, {ofReceptor, f.ReceptorID}, {ofTrace, f.TraceID}, {ofParent, f.ParentID}} {
		if r.value != "" {
			facets = append(facets, newFacet(r.kind, "", r.value))
		}
	}
	for name, value := range f.Labels {
		facets = append(facets, newFacet(ofLabel, name, value))
	}
	if len(facets) > 1 {
		return facets[1:] // every job has the first
	}
	return facets
}

// Jobs lists jobs, newest first, and counts all that match. They belong to the
// caller. The work grows with the number of jobs that have the rarest of the
// properties asked for, and not at all with it when only one is asked for.
func (s *Store) Jobs(ctx context.Context, workspace string, f JobFilter) (jobs []*job.Job, total int, err error) {
	err = s.read(ctx, func(r reader) error {
		jobs = nil
		var ranks []rank
		var err error
		newest, oldest := f.span()
		if ranks, total, err = r.match(ctx, workspace, &selection{f.facets(), newest, oldest, f.Limit, f.Offset}); err != nil {
			return err
		}
		for _, at := range ranks {
			j := new(job.Job)
			if err := r.jobAt(workspace, at, j); err != nil {
				return err
			}
			jobs = append(jobs, j)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return jobs, total, nil
}

// selection is a part of a list: what has all of some facets.
type selection struct {
	facets []facet // at least one
	newest rank    // the first that is not too new
	oldest [8]byte // the first eight bytes of the first rank that is too old
	limit  int     // 0 is no limit
	offset int
}

// everOld is the oldest of a selection that nothing is too old for.
var everOld = [8]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// match finds the ranks of the page asked for, and the number of all.
func (r reader) match(ctx context.Context, workspace string, sel *selection) (page []rank, total int, err error) {
	b, err := r.bucket(facetsTable)
	if err != nil {
		return nil, 0, err
	}
	facets := slices.Clone(sel.facets)
	fewest, at := uint64(math.MaxUint64), 0
	for i, fc := range facets {
		n, err := r.count(inWorkspace(workspace, fc[:]))
		if err != nil {
			return nil, 0, err
		}
		if n < fewest {
			fewest, at = n, i
		}
	}
	if fewest == 0 {
		return nil, 0, nil
	}
	facets[0], facets[at] = facets[at], facets[0]
	walks := make([]*walk, len(facets))
	for i, fc := range facets {
		walks[i] = &walk{cursor: b.Cursor(), prefix: inWorkspace(workspace, fc[:])}
	}

	// A list by one property and no time is counted already.
	newest, oldest := sel.newest, sel.oldest
	counted := len(walks) == 1 && newest == (rank{}) && oldest == everOld
	last := math.MaxInt
	if sel.limit > 0 && sel.offset <= math.MaxInt-sel.limit {
		last = sel.offset + sel.limit
	}
	found := 0
	for w, steps := walks[0], 1; ; steps++ {
		if steps%1024 == 0 && ctx.Err() != nil {
			return nil, 0, fmt.Errorf("listing: %w", ctx.Err())
		}
		if err := w.to(newest); err != nil {
			return nil, 0, err
		}
		if w.done || bytes.Compare(w.rank[:8], oldest[:]) >= 0 {
			break
		}
		candidate := w.rank
		for _, other := range walks[1:] {
			if err := other.to(candidate); err != nil {
				return nil, 0, err
			}
			if other.done {
				return page, found, nil
			}
			if candidate = other.rank; candidate != w.rank {
				break
			}
		}
		if candidate != w.rank { // nothing matches before there
			newest = candidate
			continue
		}
		if found >= sel.offset && found < last {
			page = append(page, candidate)
		}
		if found++; counted && found >= last {
			break
		}
		newest = candidate.next()
	}
	if counted {
		if fewest > math.MaxInt || (found < last && uint64(found) != fewest) {
			return nil, 0, damagef("%d are listed of %d counted", found, fewest)
		}
		return page, int(fewest), nil
	}
	return page, found, nil
}

// span gives the first rank that is not too new, and the time part of the
// first that is too old. Created times have whole milliseconds.
func (f *JobFilter) span() (newest rank, oldest [8]byte) {
	oldest = everOld
	if !f.CreatedBefore.IsZero() {
		latest := f.CreatedBefore.Add(-1).UnixMilli() // the last millisecond that begins before it
		newest = newRank(time.UnixMilli(latest), math.MaxUint64)
	}
	if !f.CreatedAfter.IsZero() {
		binary.BigEndian.PutUint64(oldest[:], ^orderedMillis(f.CreatedAfter.UnixMilli()))
	}
	return newest, oldest
}

// next is the smallest rank that sorts behind r.
func (r rank) next() rank {
	for i := len(r) - 1; i >= 0; i-- {
		if r[i]++; r[i] != 0 {
			break
		}
	}
	return r
}

// walk goes through the ranks of one facet, forward only.
type walk struct {
	cursor *bolt.Cursor
	prefix []byte
	begun  bool
	done   bool // nothing is left
	rank   rank // where it is
}

// to goes on to the first rank that is not before at.
func (w *walk) to(at rank) error {
	if w.done || (w.begun && bytes.Compare(w.rank[:], at[:]) >= 0) {
		return nil
	}
	if w.begun { // the next one is often it
		key, stored := w.cursor.Next()
		if err := w.stand(key, stored); err != nil || w.done || bytes.Compare(w.rank[:], at[:]) >= 0 {
			return err
		}
	}
	w.begun = true
	n := len(w.prefix)
	key, stored := w.cursor.Seek(append(w.prefix[:n:n], at[:]...))
	return w.stand(key, stored)
}

// stand takes the entry under the cursor.
func (w *walk) stand(key, stored []byte) error {
	if !hasPrefix(key, w.prefix) {
		w.done = true
		return nil
	}
	if _, err := facetsTable.verify(key, stored); err != nil {
		return err
	}
	if len(key) != len(w.prefix)+len(w.rank) {
		return damagef("a facet's key has %d bytes", len(key))
	}
	w.rank = rank(key[len(w.prefix):])
	return nil
}
