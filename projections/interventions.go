package projections

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"ranvier/engine/job"
)

// This file lists interventions. They are parts of their jobs and are read from
// them, so the tables only say which job holds which. Their facets and counts
// are kept with those of the jobs.
//
//	interventions     workspace 0 rank        the job's rank, pathway id 0 node id
//	intervention_ids  workspace 0 id 0 rank   nothing
//
// The rank of an intervention orders a workspace's interventions, newest
// first.
var (
	interventionsTable   = newTable("interventions")
	interventionIDsTable = newTable("intervention_ids")
)

// The kinds of an intervention's facets.
const (
	ofAsked         = 'A'
	ofAskedStatus   = 'S'
	ofAskedJob      = 'J'
	ofAskedTrace    = 'T'
	ofAskedReminded = 'R' // "0" or "1"
)

var askedFacet = newFacet(ofAsked, "", "")

// askedRank is the time of the question in milliseconds, the sequence of the
// job's first commit and the question's place in the job, all so that later
// sorts first: six, six and four bytes.
func askedRank(iv *job.Intervention, first uint64, ordinal int) rank {
	const longest = 1<<48 - 1
	ms := min(max(iv.CreatedAt.UnixMilli(), 1), longest)
	var b [8]byte
	var r rank
	binary.BigEndian.PutUint64(b[:], ^uint64(ms))
	copy(r[:6], b[2:])
	binary.BigEndian.PutUint64(b[:], ^first)
	copy(r[6:12], b[2:])
	binary.BigEndian.PutUint32(r[12:], ^uint32(ordinal))
	return r
}

// ordinal is the question's place in its job.
func (r rank) ordinal() int { return int(^binary.BigEndian.Uint32(r[12:])) }

// asked is what the file has of an intervention.
type asked struct {
	id     string
	rank   rank
	facets [5]facet // the last is zero without a trace
}

// askedOf lists a job's interventions as the file shall have them.
func askedOf(j *job.Job, first uint64) []asked {
	if len(j.Interventions) == 0 {
		return nil
	}
	all := make([]asked, len(j.Interventions))
	for i := range j.Interventions {
		iv := &j.Interventions[i]
		a := asked{id: iv.InterventionID, rank: askedRank(iv, first, i)}
		a.facets[0] = askedFacet
		a.facets[1] = newFacet(ofAskedStatus, "", iv.Status)
		a.facets[2] = newFacet(ofAskedJob, "", j.ID)
		a.facets[3] = newFacet(ofAskedReminded, "", reminded(iv))
		if j.TraceID != "" {
			a.facets[4] = newFacet(ofAskedTrace, "", string(j.TraceID))
		}
		all[i] = a
	}
	return all
}

// reminded is "1" when people were reminded of iv, else "0".
func reminded(iv *job.Intervention) string {
	if iv.Reminders > 0 {
		return "1"
	}
	return "0"
}

// storeAsked brings the tables from what they have of a job's interventions to
// what the job has.
func (v *jobsView) storeAsked(w *writer, e *entry, at rank) error {
	ws := e.subject.Workspace
	now := askedOf(&e.job, e.first)
	for i, old := range e.asked {
		if i < len(now) && now[i].id == old.id && now[i].rank == old.rank {
			continue
		}
		if err := v.unask(w, ws, old); err != nil {
			return err
		}
		e.asked[i] = asked{}
	}
	for i, a := range now {
		var old asked
		if i < len(e.asked) {
			old = e.asked[i]
		}
		if old == a {
			continue
		}
		if old.id == "" {
			if err := insertAsked(w, ws, a, at, &e.job); err != nil {
				return err
			}
		}
		for k, f := range a.facets {
			if f == old.facets[k] {
				continue
			}
			if old.facets[k] != (facet{}) {
				if err := v.unlist(w, ws, old.facets[k], a.rank); err != nil {
					return err
				}
			}
			if f != (facet{}) {
				if err := w.insert(facetsTable, inWorkspace(ws, f[:], a.rank[:]), nil); err != nil {
					return err
				}
				v.counts[string(inWorkspace(ws, f[:]))]++
			}
		}
	}
	e.asked = now
	return nil
}

func insertAsked(w *writer, workspace string, a asked, at rank, j *job.Job) error {
	place := append(at[:], string(j.PathwayID)+"\x00"+j.Interventions[a.rank.ordinal()].NodeID...)
	if err := w.insert(interventionsTable, inWorkspace(workspace, a.rank[:]), place); err != nil {
		return err
	}
	return w.insert(interventionIDsTable, askedKey(workspace, a.id, a.rank[:]), nil)
}

// unask removes what the file has of an intervention.
func (v *jobsView) unask(w *writer, workspace string, a asked) error {
	for _, f := range a.facets {
		if f == (facet{}) {
			continue
		}
		if err := v.unlist(w, workspace, f, a.rank); err != nil {
			return err
		}
	}
	if err := w.remove(interventionsTable, inWorkspace(workspace, a.rank[:])); err != nil {
		return err
	}
	return w.remove(interventionIDsTable, askedKey(workspace, a.id, a.rank[:]))
}

func askedKey(workspace, id string, r []byte) []byte {
	return inWorkspace(workspace, []byte(id), []byte{0}, r)
}

// Intervention is an intervention with what is worth knowing of its job.
type Intervention struct {
	job.Intervention
	JobID     string  `json:"job_id"`
	Workspace string  `json:"workspace_id"`
	PathwayID job.Ref `json:"pathway_id"`
	TraceID   job.Ref `json:"trace_id"`
}

// InterventionOf gives one intervention of a job, nil when it has none of that
// id.
func InterventionOf(j *job.Job, id string) *Intervention {
	iv := j.Intervention(id)
	if iv == nil {
		return nil
	}
	return &Intervention{Intervention: *iv, JobID: j.ID, Workspace: j.Workspace, PathwayID: j.PathwayID, TraceID: j.TraceID}
}

// InterventionFilter says which interventions of a workspace are asked for; one
// must match all that is set.
type InterventionFilter struct {
	Status, JobID, TraceID string
	Reminded               string // "1": people were reminded of it; "0": never

	Limit  int // 0 is no limit
	Offset int
}

// selection gives what match needs.
func (f *InterventionFilter) selection() *selection {
	sel := &selection{oldest: everOld, limit: f.Limit, offset: f.Offset}
	for _, p := range []struct {
		kind  byte
		value string
	}{{ofAskedJob, f.JobID}, {ofAskedTrace, f.TraceID}, {ofAskedReminded, f.Reminded}, {ofAskedStatus, f.Status}} {
		if p.value != "" {
			sel.facets = append(sel.facets, newFacet(p.kind, "", p.value))
		}
	}
	if len(sel.facets) == 0 {
		sel.facets = append(sel.facets, askedFacet)
	}
	return sel
}

// Interventions lists interventions, newest first, and counts all that match.
// They belong to the caller.
func (s *Store) Interventions(ctx context.Context, workspace string, f InterventionFilter) (list []*Intervention, total int, err error) {
	err = s.read(ctx, func(r reader) error {
		list = nil
		var ranks []rank
		var err error
		if ranks, total, err = r.match(ctx, workspace, f.selection()); err != nil {
			return err
		}
		jobs := map[rank]*job.Job{}
		for _, at := range ranks {
			iv, err := r.interventionAt(workspace, at, jobs)
			if err != nil {
				return err
			}
			list = append(list, iv)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// Intervention gives an intervention by its id, or ErrNotFound, also for one of
// another workspace. It belongs to the caller.
func (s *Store) Intervention(ctx context.Context, workspace, id string) (*Intervention, error) {
	var iv *Intervention
	err := s.read(ctx, func(r reader) error {
		iv = nil
		prefix := askedKey(workspace, id, nil)
		err := r.each(interventionIDsTable, prefix, func(key, _ []byte) (bool, error) {
			if len(key) != len(prefix)+len(rank{}) {
				return false, damagef("an intervention's key has %d bytes", len(key))
			}
			var err error
			iv, err = r.interventionAt(workspace, rank(key[len(prefix):]), map[rank]*job.Job{})
			return false, err
		})
		if err == nil && iv == nil {
			err = fmt.Errorf("intervention %.64q: %w", id, ErrNotFound)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return iv, nil
}

// placeOf reads which job holds an intervention, and of which pathway's node it
// is.
func (r reader) placeOf(workspace string, at rank) (in rank, pathway, node string, err error) {
	b, err := r.get(interventionsTable, inWorkspace(workspace, at[:]))
	if err != nil {
		return rank{}, "", "", err
	}
	if len(b) < len(rank{}) {
		return rank{}, "", "", damagef("an intervention of workspace %s is missing", workspace)
	}
	pathway, node, _ = strings.Cut(string(b[len(rank{}):]), "\x00")
	return rank(b[:len(rank{})]), pathway, node, nil
}

// interventionAt reads the intervention that must be there; jobs holds those
// that were read already.
func (r reader) interventionAt(workspace string, at rank, jobs map[rank]*job.Job) (*Intervention, error) {
	in, _, _, err := r.placeOf(workspace, at)
	if err != nil {
		return nil, err
	}
	j := jobs[in]
	if j == nil {
		j = new(job.Job)
		if err := r.jobAt(workspace, in, j); err != nil {
			return nil, err
		}
		jobs[in] = j
	}
	i := at.ordinal()
	if i >= len(j.Interventions) {
		return nil, damagef("job %s has no intervention %d", j.ID, i)
	}
	return &Intervention{
		Intervention: j.Interventions[i], JobID: j.ID, Workspace: j.Workspace, PathwayID: j.PathwayID, TraceID: j.TraceID,
	}, nil
}

// InterventionGroup counts the interventions of one node of one pathway; those
// of all inline graphs count as one pathway, without an id.
type InterventionGroup struct {
	PathwayID job.Ref `json:"pathway_id"`
	NodeID    string  `json:"node_id"`
	Count     int     `json:"count"`
}

// InterventionSummary counts interventions.
type InterventionSummary struct {
	ByStatus map[string]int      `json:"byStatus"` // every status; the filter's own status is left out of account
	Grouped  []InterventionGroup `json:"grouped"`  // what the whole filter matches; the largest first
}

// SummariseInterventions counts what a filter matches; its page is left out of
// account. The work grows with the number of interventions that Grouped counts.
func (s *Store) SummariseInterventions(ctx context.Context, workspace string, f InterventionFilter) (*InterventionSummary, error) {
	type group struct{ pathway, node string }
	var sum *InterventionSummary
	err := s.read(ctx, func(r reader) error {
		sum = &InterventionSummary{ByStatus: map[string]int{}}
		for _, st := range job.InterventionStatuses {
			one := f
			one.Status, one.Limit, one.Offset = st, 1, 0
			var err error
			if _, sum.ByStatus[st], err = r.match(ctx, workspace, one.selection()); err != nil {
				return err
			}
		}
		f.Limit, f.Offset = 0, 0
		ranks, _, err := r.match(ctx, workspace, f.selection())
		if err != nil {
			return err
		}
		counts := map[group]int{}
		for i, at := range ranks {
			if i%1024 == 0 && ctx.Err() != nil {
				return fmt.Errorf("counting interventions: %w", ctx.Err())
			}
			_, pathway, node, err := r.placeOf(workspace, at)
			if err != nil {
				return err
			}
			counts[group{pathway, node}]++
		}
		for g, n := range counts {
			sum.Grouped = append(sum.Grouped, InterventionGroup{PathwayID: job.Ref(g.pathway), NodeID: g.node, Count: n})
		}
		slices.SortFunc(sum.Grouped, func(a, b InterventionGroup) int {
			if a.Count != b.Count {
				return b.Count - a.Count
			}
			return bytes.Compare([]byte(string(a.PathwayID)+"\x00"+a.NodeID), []byte(string(b.PathwayID)+"\x00"+b.NodeID))
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return sum, nil
}
