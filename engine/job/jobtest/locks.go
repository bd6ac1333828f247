package jobtest

import (
	"strconv"
	"strings"

	"ranvier/events"
)

// seeLock holds the locks of nodes to one node at a time.
func (h *History) seeLock(f events.Fact) {
	h.t.Helper()
	switch f := f.(type) {
	case *events.NodeStarted:
		in, id := h.in(f.Node)
		lock := in.graph.Node(id).Lock
		if lock == "" {
			return
		}
		for holder, held := range h.locks {
			if held == lock && holder != f.Node && !strings.HasPrefix(f.Node, holder+"/") {
				h.t.Fatalf("%s started, and %s has the lock %q", f.Node, holder, lock)
			}
		}
		if h.locks == nil {
			h.locks = map[string]string{}
		}
		h.locks[f.Node] = lock
	case *events.NodeSucceeded:
		delete(h.locks, f.Node) // its items may go on
	case *events.NodeFailed:
		h.unlock(f.Node)
	case *events.NodeCancelled:
		h.unlock(f.Node)
	case *events.NodeLooped:
		for _, path := range f.Reset {
			h.unlock(path)
		}
	case *events.NodeRetrying:
		h.unlockInside(f.Node)
	case *events.ItemSucceeded:
		h.unlockInside(f.Node + "/" + strconv.Itoa(f.Index))
	case *events.ItemFailed:
		h.unlockInside(f.Node + "/" + strconv.Itoa(f.Index))
	}
}

func (h *History) unlock(node string) {
	delete(h.locks, node)
	h.unlockInside(node)
}

func (h *History) unlockInside(path string) {
	for holder := range h.locks {
		if strings.HasPrefix(holder, path+"/") {
			delete(h.locks, holder)
		}
	}
}
