package job

import (
	"maps"

	"ranvier/events"
)

// Annotations: what is said of a job after its end. They change nothing of it.

// Stopped says how an attempt ended that was at work when its job ended.
type Stopped struct {
	Attempt Attempt
	Outcome string // one of the Ended constants
}

// How an attempt ended after its job did.
const (
	EndedStopped   = "stopped"   // it was told to stop, and did
	EndedSucceeded = "succeeded" // it had done its work all the same
	EndedFailed    = "failed"    // it failed by itself
	EndedTimedOut  = "timed_out" // its time ran out
)

func (c *Stopped) decide(d *decision) error {
	if !d.run.cut[c.Attempt] {
		return stale(c.Attempt)
	}
	d.happen(&events.NodeStopped{Attempt: c.Attempt.Attempt, Node: c.Attempt.Node, Outcome: c.Outcome, Visit: c.Attempt.Visit})
	return nil
}

// annotated folds what was at work when the job ended, before it ends, and how
// that ended then.
func (r *Run) annotated(e *events.Event) {
	switch f := e.Fact.(type) {
	case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
		work := r.AtWork() // none when it has ended before
		if len(work) == 0 {
			return
		}
		r.cut = make(map[Attempt]bool, len(work))
		for a := range work {
			r.cut[a] = true
		}
	case *events.NodeStopped:
		r.cut = maps.Clone(r.cut) // a Run that was cloned has the old one
		delete(r.cut, Attempt{f.Node, f.Visit, f.Attempt})
	}
}
