package projections

import (
	"bytes"
	"context"
	"fmt"

	"ranvier/engine/job"
	"ranvier/events"
)

// This file lists traces. The view of jobs keeps, beside the facet of each
// trace, the order of the traces: by their newest jobs.
//
//	traces       workspace 0 trace id  rank of the trace's newest job
//	trace_order  workspace 0 rank      trace id
//
// Both follow from the facets, so they are made anew from them whenever a job
// comes to a trace or leaves it.
var (
	tracesTable     = newTable("traces")
	traceOrderTable = newTable("trace_order")
)

// tracesCount is the facet under which the traces of a workspace are counted.
var tracesCount = newFacet('T', "", "")

// Trace is a conversation: the jobs that carry the same trace id.
type Trace struct {
	ID         string      `json:"trace_id"`
	Jobs       int         `json:"job_count"`
	FirstAt    events.Time `json:"first_at"` // when its oldest job was submitted
	LastAt     events.Time `json:"last_at"`  // when its newest job was submitted
	LastJob    string      `json:"last_job_id"`
	LastStatus job.Status  `json:"last_status"` // of its newest job
}

// retrace puts traces that a job came to or left where they now belong.
func (v *jobsView) retrace(w *writer, workspace string, traces ...job.Ref) error {
	for i, id := range traces {
		if id == "" || (i > 0 && id == traces[0]) {
			continue
		}
		if err := v.reorder(w, workspace, []byte(id)); err != nil {
			return err
		}
	}
	return nil
}

func (v *jobsView) reorder(w *writer, workspace string, id []byte) error {
	key := inWorkspace(workspace, id)
	was, err := w.get(tracesTable, key)
	if err != nil {
		return err
	}
	newest, _, err := w.span(workspace, string(id))
	if err != nil {
		return err
	}
	if newest != nil && bytes.Equal(was, newest[:]) {
		return nil
	}
	if was != nil {
		was = bytes.Clone(was)
		v.counts[string(inWorkspace(workspace, tracesCount[:]))]--
		if err := w.remove(traceOrderTable, inWorkspace(workspace, was)); err != nil {
			return err
		}
		if err := w.remove(tracesTable, key); err != nil {
			return err
		}
	}
	if newest == nil {
		return nil
	}
	v.counts[string(inWorkspace(workspace, tracesCount[:]))]++
	if err := w.put(traceOrderTable, inWorkspace(workspace, newest[:]), id); err != nil {
		return err
	}
	return w.put(tracesTable, key, newest[:])
}

// span gives the ranks of a trace's newest and oldest jobs, nil when it has none.
func (r reader) span(workspace, id string) (newest, oldest *rank, err error) {
	b, err := r.bucket(facetsTable)
	if err != nil {
		return nil, nil, err
	}
	fc := newFacet(ofTrace, "", id)
	from := &walk{cursor: b.Cursor(), prefix: inWorkspace(workspace, fc[:])}
	if err := from.to(rank{}); err != nil || from.done {
		return nil, nil, err
	}
	newest = &from.rank
	// The last one stands before the first key that is too large.
	c, to := b.Cursor(), &walk{prefix: from.prefix}
	beyond := append(bytes.Clone(from.prefix), bytes.Repeat([]byte{0xff}, len(rank{})+1)...)
	before := c.Prev
	if key, _ := c.Seek(beyond); key == nil {
		before = c.Last
	}
	key, stored := before()
	if err := to.stand(key, stored); err != nil {
		return nil, nil, err
	}
	if to.done {
		return nil, nil, damagef("a trace of workspace %s has no last job", workspace)
	}
	return newest, &to.rank, nil
}

// Traces lists the traces of a workspace, the one with the newest job first,
// and counts them all. A limit of 0 is none.
func (s *Store) Traces(ctx context.Context, workspace string, limit, offset int) (page []Trace, total int, err error) {
	err = s.read(ctx, func(r reader) error {
		page = nil
		n, err := r.count(inWorkspace(workspace, tracesCount[:]))
		if err != nil {
			return err
		}
		total = int(n)
		at := 0
		return r.each(traceOrderTable, inWorkspace(workspace), func(_, id []byte) (bool, error) {
			if at++; at > offset {
				t, err := r.trace(workspace, string(id))
				if err != nil {
					return false, err
				}
				page = append(page, *t)
			}
			return (limit == 0 || len(page) < limit) && ctx.Err() == nil, ctx.Err()
		})
	})
	if err != nil {
		return nil, 0, fmt.Errorf("listing traces: %w", err)
	}
	return page, total, nil
}

// Trace gives one trace, or ErrNotFound when no job carries its id.
func (s *Store) Trace(ctx context.Context, workspace, id string) (*Trace, error) {
	var t *Trace
	err := s.read(ctx, func(r reader) (err error) {
		t, err = r.trace(workspace, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (r reader) trace(workspace, id string) (*Trace, error) {
	newest, oldest, err := r.span(workspace, id)
	if err != nil {
		return nil, err
	}
	if newest == nil {
		return nil, fmt.Errorf("trace %.64q: %w", id, ErrNotFound)
	}
	fc := newFacet(ofTrace, "", id)
	n, err := r.count(inWorkspace(workspace, fc[:]))
	if err != nil {
		return nil, err
	}
	var first, last job.Job
	if err := r.jobAt(workspace, *oldest, &first); err != nil {
		return nil, err
	}
	if err := r.jobAt(workspace, *newest, &last); err != nil {
		return nil, err
	}
	return &Trace{
		ID: id, Jobs: int(n),
		FirstAt: first.CreatedAt, LastAt: last.CreatedAt, LastJob: last.ID, LastStatus: last.Status,
	}, nil
}
