package projections

import (
	"context"
	"encoding/binary"

	"ranvier/engine/job"
	"ranvier/events"
)

// This file counts what a workspace's jobs use.
//
//	usage  workspace  events and bytes of all its jobs' commits, u64 each
//
// What a deleted job had stored does not count any more, so that views that
// never saw its payloads come to the same numbers.
var usageTable = newTable("usage")

// Usage is what a workspace uses.
type Usage struct {
	OpenJobs   int   `json:"open_jobs"`   // jobs that have not ended
	Events     int64 `json:"events"`      // of all its jobs
	EventBytes int64 `json:"event_bytes"` // of all commits of its jobs and what is stored apart from them; those of deleted ones do not count
}

// used is a change of a workspace's row.
type used struct{ events, bytes int64 }

// use counts a commit of a job.
func (v *jobsView) use(e *entry, c *events.Commit) {
	u := v.usage[c.Subject.Workspace]
	u.events += int64(len(c.Events))
	for i := range c.Events {
		if _, ok := c.Events[i].Fact.(*events.JobDeleted); ok {
			u.bytes, e.bytes = u.bytes-e.bytes, 0
		}
	}
	size := int64(len(c.Bytes())) + c.ApartBytes()
	u.bytes, e.bytes = u.bytes+size, e.bytes+size
	v.usage[c.Subject.Workspace] = u
}

// storeUsage writes what changed.
func (v *jobsView) storeUsage(w *writer) error {
	for _, ws := range sortedKeys(v.usage) {
		u, err := w.usage(ws)
		if err != nil {
			return err
		}
		b := binary.BigEndian.AppendUint64(nil, uint64(u.events+v.usage[ws].events))
		b = binary.BigEndian.AppendUint64(b, uint64(u.bytes+v.usage[ws].bytes))
		if err := w.put(usageTable, []byte(ws), b); err != nil {
			return err
		}
	}
	clear(v.usage)
	return nil
}

func (r reader) usage(workspace string) (used, error) {
	b, err := r.get(usageTable, []byte(workspace))
	if err != nil || b == nil {
		return used{}, err
	}
	if len(b) != 16 {
		return used{}, damagef("a usage has %d bytes", len(b))
	}
	return used{int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:]))}, nil
}

// Usage tells what a workspace's jobs use; nothing, for one that has none.
func (s *Store) Usage(ctx context.Context, workspace string) (Usage, error) {
	var u Usage
	err := s.read(ctx, func(r reader) error {
		row, err := r.usage(workspace)
		if err != nil {
			return err
		}
		u = Usage{Events: row.events, EventBytes: row.bytes}
		for _, st := range job.Statuses {
			if st.Terminal() {
				continue
			}
			f := statusFacets[st]
			n, err := r.count(inWorkspace(workspace, f[:]))
			if err != nil {
				return err
			}
			u.OpenJobs += int(n)
		}
		return nil
	})
	return u, err
}
