package jobtest

import "ranvier/events"

// seeEnd holds a job to one end, and to nothing but annotations after it.
func (h *History) seeEnd(f events.Fact) {
	h.t.Helper()
	switch f.(type) {
	case *events.NodeStopped:
		if !h.over {
			h.t.Fatalf("%+v before the end", f)
		}
	case *events.JobDeleted, *events.JobErased:
	default:
		if h.over {
			h.t.Fatalf("%s after the end", f.Type())
		}
	}
	switch f.(type) {
	case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
		h.over = true
	}
}
