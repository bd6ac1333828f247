package events

import "time"

// The facts of a whole job.

// JobSubmitted is a job's first fact: a client asked for a run. The graph is
// resolved, every neuron it names is pinned inside it, so the job's own
// history says what ran.
type JobSubmitted struct {
	Channel          string  `json:"channel,omitzero"`           // with ReceptorID: http, webhook, cron or public
	ConcurrencyKey   string  `json:"concurrency_key,omitzero"`   // jobs of one key share a limit
	ConcurrencyLimit int     `json:"concurrency_limit,omitzero"` // of the key, for this job; 0 leaves it to the workspace
	FromNode         string  `json:"from_node,omitzero"`         // where a rerun begins; empty for the whole graph
	Graph            Payload `json:"graph"`                      // the resolved pathway graph
	Input            Payload `json:"input"`                      // any JSON
	Labels           Payload `json:"labels"`                     // object of strings, or absent
	NeuronID         string  `json:"neuron_id,omitzero"`         // the neuron invoked, if one was
	Nodes            int     `json:"nodes"`                      // number of nodes in the graph
	Parent           *Parent `json:"parent,omitzero"`            // the step of another job that it was started for
	PathwayID        string  `json:"pathway_id,omitzero"`        // the stored pathway, if one was named
	PathwayVersion   int     `json:"pathway_version,omitzero"`
	Priority         int     `json:"priority,omitzero"` // 0-9
	ReceptorID       string  `json:"receptor_id,omitzero"`
	Request          Hash    `json:"request,omitzero"`    // digest of the request, when an Idempotency-Key named it
	RerunOf          string  `json:"rerun_of,omitzero"`   // the job that this one repeats
	RunAt            *Time   `json:"run_at,omitzero"`     // not before
	Tick             *Time   `json:"tick,omitzero"`       // with Channel cron: the time of the schedule that it is for
	Timeout          Millis  `json:"timeout_ms,omitzero"` // from start to end; 0 is none
	TraceID          string  `json:"trace_id,omitzero"`
}

// JobStarted: the job left pending; its start nodes may run.
type JobStarted struct {
	Deadline *Time `json:"deadline,omitzero"` // when its timeout will fail it
}

// JobWaiting: nothing can go on without an answer or a signal from outside.
type JobWaiting struct{}

// JobPaused: an operator stopped new steps from starting.
type JobPaused struct{}

// JobResumed: the job runs again after waiting or a pause.
type JobResumed struct{}

// JobCompleted is a job's end with a result.
type JobCompleted struct {
	Result Payload `json:"result"`
}

// JobFailed is a job's end by an error.
type JobFailed struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Node    string `json:"node,omitzero"` // the node that failed it, if one did
}

// JobCancelled is a job's end by an order.
type JobCancelled struct {
	Reason string `json:"reason,omitzero"`
}

// JobDeleted: the ended job was deleted. The payloads of all that happened
// before are no longer shown and will be erased; digests and chain stay.
type JobDeleted struct{}

// JobErased: the payloads of the deleted job are no longer stored.
type JobErased struct{}

// Parent is where a sub-job comes from.
type Parent struct {
	Attempt int    `json:"attempt"`       // of the visit
	Call    string `json:"call,omitzero"` // the tool call of a model that it answers, if it does
	Depth   int    `json:"depth"`         // how many jobs are above it
	Job     string `json:"job"`           //
	Node    string `json:"node"`          //
	Visit   int    `json:"visit"`         //
}

// Millis is a duration in whole milliseconds, a plain number in JSON.
type Millis int64

// Duration is m as a time.Duration.
func (m Millis) Duration() time.Duration { return time.Duration(m) * time.Millisecond }
