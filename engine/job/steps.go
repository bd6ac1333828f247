package job

import "ranvier/events"

// This file folds what happens to a node into its step: the one rule for the
// steps of a job and for those of the items of its maps.

// Items counts the items of a map.
type Items struct {
	Total     int `json:"total"`
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
}

// stepIn gives the step of a node by its path, nil when it was not reached.
func stepIn(steps []Step, path string) *Step {
	for i := range steps {
		if steps[i].NodeID == path {
			return &steps[i]
		}
	}
	return nil
}

// reach gives the step of a node, made when it was not reached yet; nil when
// there are no steps to make it in.
func reach(steps *[]Step, path, kind string) *Step {
	if steps == nil {
		return nil
	}
	if st := stepIn(*steps, path); st != nil {
		return st
	}
	*steps = append(*steps, Step{NodeID: path, Type: kind})
	return &(*steps)[len(*steps)-1]
}

// applyStep folds an event into the step that it is about. among gives the
// steps that a node's is one of, nil where that is not kept.
func applyStep(e *events.Event, among func(path string) *[]Step) {
	move := func(path string, s StepStatus, ended bool) *Step {
		steps := among(path)
		if steps == nil {
			return nil
		}
		st := stepIn(*steps, path)
		if st == nil {
			return nil
		}
		st.Status = s
		if ended {
			st.FinishedAt = at(e)
		}
		return st
	}
	fail := func(st *Step, code, message string) {
		if st != nil {
			st.Error = &Error{Code: code, Message: message, NodeID: Ref(st.NodeID)}
		}
	}
	switch f := e.Fact.(type) {
	case *events.NodeStarted:
		if st := reach(among(f.Node), f.Node, f.Kind); st != nil {
			st.Status, st.Visits, st.Attempts = StepRunning, f.Visit, f.Attempt
			st.FinishedAt, st.Error, st.Reused, st.Items = nil, nil, false, Items{}
			if f.Attempt == 1 || st.StartedAt == nil {
				st.StartedAt, st.JobID = at(e), ""
			}
		}
	case *events.NodeWaiting:
		move(f.Node, StepWaiting, false)
	case *events.NodeSpawned:
		if st := move(f.Node, StepWaiting, false); st != nil && f.Call == "" {
			st.JobID = f.Child
		}
	case *events.TaskOpened:
		move(f.Node, StepWaiting, false)
	case *events.NodeFanned:
		if st := move(f.Node, StepWaiting, false); st != nil {
			st.Items = Items{Total: f.Total}
		}
	case *events.ItemSucceeded:
		if steps := among(f.Node); steps != nil {
			if st := stepIn(*steps, f.Node); st != nil {
				st.Items.Succeeded++
			}
		}
	case *events.ItemFailed:
		if steps := among(f.Node); steps != nil {
			if st := stepIn(*steps, f.Node); st != nil {
				st.Items.Failed++
			}
		}
	case *events.NodeRetrying:
		fail(move(f.Node, StepRetrying, false), f.Code, f.Message)
	case *events.NodeSucceeded:
		move(f.Node, StepSucceeded, true)
	case *events.NodeFailed:
		fail(move(f.Node, StepFailed, true), f.Code, f.Message)
	case *events.NodeReused:
		if st := reach(among(f.Node), f.Node, f.Kind); st != nil {
			st.Status, st.FinishedAt, st.Reused = StepSucceeded, at(e), true
			if f.Code != "" {
				st.Status = StepFailed
				fail(st, f.Code, f.Message)
			}
		}
	case *events.NodeSkipped:
		if st := reach(among(f.Node), f.Node, f.Kind); st != nil {
			st.Status, st.FinishedAt = StepSkipped, at(e)
		}
	case *events.NodeCancelled:
		move(f.Node, StepCancelled, true)
	case *events.NodeLooped:
		for _, path := range f.Reset {
			move(path, StepPending, false)
		}
	}
}
