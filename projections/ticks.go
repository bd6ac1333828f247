package projections

import (
	"context"
	"time"

	"ranvier/engine/job"
)

// This file finds the jobs that a receptor's schedule started, by two facets of
// jobs.

// tickFacets lists a job's facets of its receptor's schedule, none when no
// schedule started it.
func tickFacets(j *job.Job, into []facet) []facet {
	if j.Tick == nil {
		return into
	}
	into = append(into, newFacet(ofTick, "", string(j.ReceptorID)))
	if !j.Status.Terminal() {
		into = append(into, newFacet(ofOpenTick, "", string(j.ReceptorID)))
	}
	return into
}

// Ticks tells what came of a receptor's schedule: the time of it for which the
// newest job was started, zero when there is none, and the ids of the jobs of
// all its times that have not ended, newest first, limit at most.
func (s *Store) Ticks(ctx context.Context, workspace, receptor string, limit int) (last time.Time, open []string, err error) {
	err = s.read(ctx, func(r reader) error {
		last, open = time.Time{}, nil
		var j job.Job
		newest := func(kind byte, limit int, visit func()) error {
			sel := selection{facets: []facet{newFacet(kind, "", receptor)}, oldest: everOld, limit: limit}
			ranks, _, err := r.match(ctx, workspace, &sel)
			for _, at := range ranks {
				j = job.Job{}
				if err := r.jobAt(workspace, at, &j); err != nil {
					return err
				}
				if j.Tick == nil {
					return damagef("job %s is listed by a tick that it does not have", j.ID)
				}
				visit()
			}
			return err
		}
		if err := newest(ofTick, 1, func() { last = j.Tick.Time }); err != nil {
			return err
		}
		return newest(ofOpenTick, limit, func() { open = append(open, j.ID) })
	})
	return last, open, err
}
