package projections

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"ranvier/engine/job"
	"ranvier/events"
)

// This file is the view of jobs: each job as it is now, and what its lists
// need.
//
//	jobs        workspace 0 rank         the job's JSON
//	job_ranks   workspace 0 id           rank
//	job_facets  workspace 0 facet rank   nothing
//	job_counts  workspace 0 facet        number of jobs with the facet, u64
//	unfinished  created sequence         subject
//	usage       see usage.go
//
// The tables of interventions are written here too, see interventions.go, and
// those of traces, see traces.go.
//
// A rank orders a workspace's jobs, newest first, so that a list is a forward
// scan and a batch writes neighbours.
var (
	jobsTable       = newTable("jobs")
	ranksTable      = newTable("job_ranks")
	facetsTable     = newTable("job_facets")
	countsTable     = newTable("job_counts")
	unfinishedTable = newTable("unfinished")
)

// rank is the job's creation time in milliseconds and the sequence of its first
// commit, both so that later sorts first.
type rank [16]byte

func newRank(created time.Time, first uint64) rank {
	var r rank
	binary.BigEndian.PutUint64(r[:], ^orderedMillis(created.UnixMilli()))
	binary.BigEndian.PutUint64(r[8:], ^first)
	return r
}

// first is the sequence of the job's first commit.
func (r rank) first() uint64 { return ^binary.BigEndian.Uint64(r[8:]) }

// age is the rank's other end: a key under which older sorts first.
func (r rank) age() []byte {
	for i := range r {
		r[i] = ^r[i]
	}
	return r[:]
}

// orderedMillis keeps the order of times before 1970.
func orderedMillis(ms int64) uint64 { return uint64(ms) ^ 1<<63 }

// facet is something that jobs have in common: the digest of a kind, a name
// and a value, so that text of any length and content makes a short key.
type facet [16]byte

func newFacet(kind byte, name, value string) facet {
	var a [160]byte
	b := append(a[:0], kind)
	b = binary.AppendUvarint(b, uint64(len(name)))
	b = append(append(b, name...), value...)
	sum := sha256.Sum256(b)
	return facet(sum[:16])
}

// The kinds of facets.
const (
	ofAll      = 'a'
	ofStatus   = 's'
	ofPathway  = 'p'
	ofNeuron   = 'n'
	ofReceptor = 'r'
	ofTrace    = 't'
	ofParent   = 'u' // of a sub-job
	ofLabel    = 'l'
	ofTick     = 'c' // of a receptor's schedule
	ofOpenTick = 'o' // and not ended
)

var (
	allFacet     = newFacet(ofAll, "", "")
	statusFacets = func() map[job.Status]facet {
		m := make(map[job.Status]facet, len(job.Statuses))
		for _, s := range job.Statuses {
			m[s] = newFacet(ofStatus, "", string(s))
		}
		return m
	}()
)

// facetsOf lists a job's facets. A deleted one is in no list; only its
// receptor still knows that its tick was taken.
func facetsOf(j *job.Job, into []facet) []facet {
	if j.Deleted() {
		return tickFacets(j, into)
	}
	into = append(into, allFacet, statusFacets[j.Status])
	for _, r := range []struct {
		kind  byte
		value job.Ref
	}{{ofPathway, j.PathwayID}, {ofNeuron, j.NeuronID}, {ofReceptor, j.ReceptorID}, {ofTrace, j.TraceID}} {
		if r.value != "" {
			into = append(into, newFacet(r.kind, "", string(r.value)))
		}
	}
	if j.Parent != nil {
		into = append(into, newFacet(ofParent, "", j.Parent.JobID))
	}
	into = tickFacets(j, into)
	if len(j.Labels) > len("{}") {
		var labels map[string]string
		if json.Unmarshal(j.Labels, &labels) == nil { // else it has no labels to be found by
			for name, value := range labels {
				into = append(into, newFacet(ofLabel, name, value))
			}
		}
	}
	return into
}

// jobsView folds the stream of jobs. Jobs that are not finished are kept
// decoded between batches, in two generations of which the older is dropped.
type jobsView struct {
	young, old map[events.Subject]*entry
	dirty      []*entry
	counts     map[string]int64 // changes of countsTable
	usage      map[string]used  // changes of usageTable
	buf        bytes.Buffer
}

// entry is a job in work, and what the file has of it.
type entry struct {
	subject events.Subject
	job     job.Job
	first   uint64
	bytes   int64 // of its commits
	dirty   bool

	stored bool // the rest is set
	rank   rank
	facets []facet
	open   bool // it is in unfinished: it has not ended, or is deleted and not erased yet
	asked  []asked
	trace  job.Ref
}

// generation is how many jobs one generation of the cache holds; larger jobs
// than cacheableBytes are not held.
const (
	generation     = 4096
	cacheableBytes = 16 << 10
)

func newJobsView() *jobsView {
	v := &jobsView{}
	v.forget()
	return v
}

func (*jobsView) name() string          { return "jobs" }
func (*jobsView) version() int          { return 4 }
func (*jobsView) stream() events.Stream { return events.Jobs }
func (*jobsView) tables() []*table {
	return []*table{jobsTable, ranksTable, facetsTable, countsTable, unfinishedTable, interventionsTable, interventionIDsTable, tracesTable, traceOrderTable, usageTable}
}

func (v *jobsView) forget() {
	v.young, v.old = map[events.Subject]*entry{}, map[events.Subject]*entry{}
	v.dirty, v.counts, v.usage = nil, map[string]int64{}, map[string]used{}
}

func (v *jobsView) fold(w *writer, c *events.Commit) error {
	e := v.young[c.Subject]
	if e == nil {
		if e = v.old[c.Subject]; e == nil {
			var err error
			if e, err = v.load(w, c); err != nil {
				return err
			}
		}
		v.young[c.Subject] = e
	}
	e.job.Apply(c)
	v.use(e, c)
	if !e.dirty {
		e.dirty = true
		v.dirty = append(v.dirty, e)
	}
	return nil
}

// load reads a commit's job from the file, or begins it.
func (v *jobsView) load(w *writer, c *events.Commit) (*entry, error) {
	e := &entry{subject: c.Subject, first: c.Seq}
	if c.Events[0].N == 1 {
		return e, nil
	}
	s := c.Subject
	r, ok, err := w.rankOf(s.Workspace, s.ID)
	if err != nil || !ok {
		return e, err
	}
	kept := &keptJob{}
	if err := w.keptAt(s.Workspace, r, kept); err != nil {
		return nil, err
	}
	e.job, e.bytes = kept.Job, kept.Bytes
	e.stored, e.rank, e.first = true, r, r.first()
	e.facets = facetsOf(&e.job, nil)
	e.asked, e.trace = askedOf(&e.job, e.first), e.job.TraceID
	e.open = e.job.Unfinished()
	return e, nil
}

// flush stores the jobs that changed. Each table is written from left to right.
func (v *jobsView) flush(w *writer) error {
	slices.SortFunc(v.dirty, func(a, b *entry) int {
		if c := strings.Compare(a.subject.Workspace, b.subject.Workspace); c != 0 {
			return c
		}
		ra, rb := newRank(a.job.CreatedAt.Time, a.first), newRank(b.job.CreatedAt.Time, b.first)
		return bytes.Compare(ra[:], rb[:])
	})
	var ranked []*entry // those whose rank is new
	for _, e := range v.dirty {
		from, known := e.rank, e.stored
		if err := v.store(w, e); err != nil {
			return err
		}
		if !known || from != e.rank {
			ranked = append(ranked, e)
		}
	}
	for _, e := range slices.Backward(ranked) { // ids mostly grow with time
		if err := w.put(ranksTable, inWorkspace(e.subject.Workspace, []byte(e.subject.ID)), e.rank[:]); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(v.counts) {
		if err := addCount(w, []byte(name), v.counts[name]); err != nil {
			return err
		}
	}
	clear(v.counts)
	if err := v.storeUsage(w); err != nil {
		return err
	}
	v.dirty = v.dirty[:0]
	if len(v.young) > generation {
		v.old, v.young = v.young, make(map[events.Subject]*entry, generation)
	}
	return nil
}

// store writes one job and what its lists need.
func (v *jobsView) store(w *writer, e *entry) error {
	e.dirty = false
	ws := e.subject.Workspace
	r := newRank(e.job.CreatedAt.Time, e.first)
	if e.stored && e.rank != r { // it was submitted twice, which no writer does
		if err := w.remove(jobsTable, inWorkspace(ws, e.rank[:])); err != nil {
			return err
		}
		for _, f := range e.facets {
			if err := v.unlist(w, ws, f, e.rank); err != nil {
				return err
			}
		}
		if e.open {
			if err := w.remove(unfinishedTable, e.rank.age()); err != nil {
				return err
			}
		}
		for _, a := range e.asked {
			if err := v.unask(w, ws, a); err != nil {
				return err
			}
		}
		e.stored, e.facets, e.open, e.asked = false, nil, false, nil
	}
	v.buf.Reset()
	if err := json.MarshalWrite(&v.buf, &keptJob{e.job, e.bytes}, ours); err != nil {
		return fmt.Errorf("encoding job %s: %w", e.subject, err)
	}
	write := w.put
	if !e.stored {
		write = w.insert
	}
	if err := write(jobsTable, inWorkspace(ws, r[:]), v.buf.Bytes()); err != nil {
		return err
	}
	var a [16]facet
	facets := facetsOf(&e.job, a[:0])
	for _, f := range e.facets {
		if !slices.Contains(facets, f) {
			if err := v.unlist(w, ws, f, r); err != nil {
				return err
			}
		}
	}
	for _, f := range facets {
		if !slices.Contains(e.facets, f) {
			if err := w.insert(facetsTable, inWorkspace(ws, f[:], r[:]), nil); err != nil {
				return err
			}
			v.counts[string(inWorkspace(ws, f[:]))]++
		}
	}
	if !e.stored || e.trace != e.job.TraceID {
		if err := v.retrace(w, ws, e.trace, e.job.TraceID); err != nil {
			return err
		}
		e.trace = e.job.TraceID
	}
	open := e.job.Unfinished()
	var err error
	switch {
	case open && !e.open:
		err = w.insert(unfinishedTable, r.age(), []byte(e.subject.String()))
	case !open && e.open:
		err = w.remove(unfinishedTable, r.age())
	}
	if err != nil {
		return err
	}
	if err := v.storeAsked(w, e, r); err != nil {
		return err
	}
	e.stored, e.rank, e.facets, e.open = true, r, append(e.facets[:0], facets...), open
	if !open || v.buf.Len() > cacheableBytes {
		delete(v.young, e.subject)
		delete(v.old, e.subject)
	}
	return nil
}

func (v *jobsView) unlist(w *writer, workspace string, f facet, r rank) error {
	v.counts[string(inWorkspace(workspace, f[:]))]--
	return w.remove(facetsTable, inWorkspace(workspace, f[:], r[:]))
}

// addCount changes a number; a zero is not kept.
func addCount(w *writer, key []byte, by int64) error {
	if by == 0 {
		return nil
	}
	n, err := w.count(key)
	if err != nil {
		return err
	}
	if n += uint64(by); n == 0 {
		return w.remove(countsTable, key)
	}
	return w.put(countsTable, key, binary.BigEndian.AppendUint64(nil, n))
}

// count reads a number of countsTable.
func (r reader) count(key []byte) (uint64, error) {
	b, err := r.get(countsTable, key)
	if err != nil || b == nil {
		return 0, err
	}
	if len(b) != 8 {
		return 0, damagef("a count has %d bytes", len(b))
	}
	return binary.BigEndian.Uint64(b), nil
}

// rankOf finds a job by its id, false when there is none.
func (r reader) rankOf(workspace, id string) (rank, bool, error) {
	b, err := r.get(ranksTable, inWorkspace(workspace, []byte(id)))
	if err != nil || b == nil {
		return rank{}, false, err
	}
	if len(b) != len(rank{}) {
		return rank{}, false, damagef("a rank has %d bytes", len(b))
	}
	return rank(b), true, nil
}

// keptJob is a job as the file has it.
type keptJob struct {
	job.Job
	Bytes int64 `json:"event_bytes"`
}

// jobAt reads the job that must be there.
func (r reader) jobAt(workspace string, at rank, into *job.Job) error {
	return r.keptAt(workspace, at, into)
}

// keptAt reads the job that must be there into a job.Job or a keptJob.
func (r reader) keptAt(workspace string, at rank, into any) error {
	b, err := r.get(jobsTable, inWorkspace(workspace, at[:]))
	if err != nil {
		return err
	}
	if b == nil {
		return damagef("a job of workspace %s is missing", workspace)
	}
	return decode(b, into)
}

// Job gives a job as it is now, or ErrNotFound, also for a job of another
// workspace. Of a deleted one hardly more is left than that it is. It belongs to
// the caller.
func (s *Store) Job(ctx context.Context, workspace, id string) (*job.Job, error) {
	var j *job.Job
	err := s.read(ctx, func(r reader) error {
		at, ok, err := r.rankOf(workspace, id)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("job %.64q: %w", id, ErrNotFound)
		}
		j = new(job.Job)
		return r.jobAt(workspace, at, j)
	})
	if err != nil {
		return nil, err
	}
	return j, nil
}

// Unfinished lists the jobs of all workspaces that have not ended, or that were
// deleted and are not erased, oldest first.
func (s *Store) Unfinished(ctx context.Context) ([]events.Subject, error) {
	var subjects []events.Subject
	err := s.read(ctx, func(r reader) error {
		subjects = nil
		return r.each(unfinishedTable, nil, func(_, value []byte) (bool, error) {
			subject, err := events.ParseSubject(string(value))
			if err != nil {
				return false, damagef("an unfinished job: %w", err)
			}
			subjects = append(subjects, subject)
			return true, nil
		})
	})
	return subjects, err
}
