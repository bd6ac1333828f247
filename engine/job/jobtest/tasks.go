package jobtest

import (
	"fmt"
	"strconv"
	"strings"

	"ranvier/events"
)

// task is one that is not over, as far as its facts were seen.
type task struct {
	node   string
	lease  int
	leased bool
}

// seeTask holds the facts of tasks to their rules: one task at most of a node,
// each lease counts one further, and only the latest one counts.
func (h *History) seeTask(f events.Fact) {
	h.t.Helper()
	switch f := f.(type) {
	case *events.JobPaused:
		h.paused = true
	case *events.JobResumed:
		h.paused = false
	case *events.TaskOpened:
		if h.opened++; !strings.HasSuffix(f.ID, "_"+strconv.Itoa(h.opened)) {
			h.t.Fatalf("task %s comes as the %d.", f.ID, h.opened)
		}
		for id, t := range h.tasks {
			if t.node == f.Node {
				h.t.Fatalf("%s has the tasks %s and %s at once", f.Node, id, f.ID)
			}
		}
		h.tasks[f.ID] = &task{node: f.Node}
	case *events.TaskLeased:
		t := h.tasks[f.ID]
		if t == nil || t.leased || f.Lease != t.lease+1 || h.paused {
			h.t.Fatalf("lease %d of task %s is given out, which is %+v, paused: %t", f.Lease, f.ID, t, h.paused)
		}
		t.leased, t.lease = true, f.Lease
	case *events.TaskExtended:
		h.hasLease(f.Type(), f.ID, f.Lease)
	case *events.TaskProgressed:
		h.hasLease(f.Type(), f.ID, f.Lease)
	case *events.TaskExpired:
		h.hasLease(f.Type(), f.ID, f.Lease).leased = false
	case *events.NodeSucceeded:
		h.endTasks(f.Node)
	case *events.NodeFailed:
		h.endTasks(f.Node)
	case *events.NodeRetrying:
		h.endTasks(f.Node)
	case *events.NodeCancelled:
		h.endTasks(f.Node)
	case *events.NodeLooped:
		for _, node := range f.Reset {
			h.endTasks(node)
		}
	case *events.ItemSucceeded:
		h.endTasks(fmt.Sprint(f.Node, "/", f.Index))
	case *events.ItemFailed:
		h.endTasks(fmt.Sprint(f.Node, "/", f.Index))
	case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
		clear(h.tasks)
	}
}

// hasLease gives a task that has the lease.
func (h *History) hasLease(fact, id string, lease int) *task {
	h.t.Helper()
	t := h.tasks[id]
	if t == nil || !t.leased || t.lease != lease {
		h.t.Fatalf("%s of lease %d of task %s, which is %+v", fact, lease, id, t)
	}
	return t
}

// endTasks ends the task of a node, and of those inside it.
func (h *History) endTasks(node string) {
	for id, t := range h.tasks {
		if t.node == node || strings.HasPrefix(t.node, node+"/") {
			delete(h.tasks, id)
		}
	}
}
