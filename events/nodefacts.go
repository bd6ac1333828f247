package events

// The facts of what a job is made of: nodes, their questions, tasks and tool calls.

// NodeStarted: an attempt of a visit of a node began. It is stored before the
// node's effect happens.
type NodeStarted struct {
	Attempt   int    `json:"attempt"`            // from 1 within the visit
	Continued bool   `json:"continued,omitzero"` // what the attempt before waited for has come; this one goes on from it and does not count
	Kind      string `json:"kind"`               // the node's type
	Node      string `json:"node"`               //
	Recovered bool   `json:"recovered,omitzero"` // the attempt before was lost with its process; this one does not count
	Runner    string `json:"runner"`             // the engine process that runs it
	Visit     int    `json:"visit"`              // from 1
}

// Usage counts what an attempt consumed.
type Usage struct {
	CostMicroUSD int64 `json:"cost_micro_usd,omitzero"`
	InputTokens  int64 `json:"input_tokens,omitzero"`
	ModelCalls   int64 `json:"model_calls,omitzero"`
	OutputTokens int64 `json:"output_tokens,omitzero"`
	ToolCalls    int64 `json:"tool_calls,omitzero"`
}

// Add sums what two attempts consumed.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		CostMicroUSD: u.CostMicroUSD + v.CostMicroUSD,
		InputTokens:  u.InputTokens + v.InputTokens,
		ModelCalls:   u.ModelCalls + v.ModelCalls,
		OutputTokens: u.OutputTokens + v.OutputTokens,
		ToolCalls:    u.ToolCalls + v.ToolCalls,
	}
}

// NodeSucceeded ends a visit with an output. Dead and Taken number the node's
// outgoing edges by their place in the resolved graph: what its conditions
// answered is recorded, so a replay evaluates nothing.
type NodeSucceeded struct {
	Attempt int     `json:"attempt"`
	Dead    []int   `json:"dead,omitempty"`
	Node    string  `json:"node"`
	Output  Payload `json:"output"`
	Taken   []int   `json:"taken,omitempty"`
	Usage   Usage   `json:"usage,omitzero"`
	Visit   int     `json:"visit"`
}

// NodeFailed ends a visit with an error. When the node's on_error goes on,
// Taken has the edges that are followed and Output the error as data.
type NodeFailed struct {
	Attempt int     `json:"attempt"`
	Code    string  `json:"code"`
	Dead    []int   `json:"dead,omitempty"`
	Message string  `json:"message"`
	Node    string  `json:"node"`
	Output  Payload `json:"output"`
	Taken   []int   `json:"taken,omitempty"`
	Usage   Usage   `json:"usage,omitzero"`
	Visit   int     `json:"visit"`
}

// NodeRetrying: an attempt failed and another will be made at At.
type NodeRetrying struct {
	At      Time   `json:"at"`
	Attempt int    `json:"attempt"` // the one that failed
	Code    string `json:"code"`
	Message string `json:"message"`
	Node    string `json:"node"`
	Usage   Usage  `json:"usage,omitzero"`
	Visit   int    `json:"visit"`
}

// NodeSkipped: every edge into the node is dead, so it will not run.
type NodeSkipped struct {
	Dead []int  `json:"dead,omitempty"` // its outgoing edges, all dead
	Kind string `json:"kind"`
	Node string `json:"node"`
}

// NodeWaiting: an attempt started and now waits, for a time, an answer or a
// signal; it holds no worker meanwhile.
type NodeWaiting struct {
	Attempt int      `json:"attempt"`
	Events  []string `json:"events,omitempty"` // the signals that it waits for: the first that comes ends it
	Fresh   bool     `json:"fresh,omitzero"`   // those that came before are dropped
	Node    string   `json:"node"`
	Until   *Time    `json:"until,omitzero"` // when a timer ends it; with Events the wait then has failed
	Visit   int      `json:"visit"`
}

// NodeLooped: a back edge was taken. The nodes of Reset begin anew: what they
// were doing is void and their next visit has a higher number.
type NodeLooped struct {
	Edge  int      `json:"edge"`  // place of the back edge in the resolved graph
	Edges []int    `json:"edges"` // the edges out of the nodes of Reset: no longer taken or dead
	Node  string   `json:"node"`  // where it leads
	Reset []string `json:"reset"` // every node reachable from there, sorted
	Times int      `json:"times"` // how often the edge was taken, this time included
}

// NodeCancelled: a join further on was decided and had said that it then needs
// nothing of the rest. What the node was doing is void: its attempt is stopped,
// its question withdrawn. Nodes that had not begun are skipped.
type NodeCancelled struct {
	Attempt int    `json:"attempt"`        // the one at work, or the last that failed
	Dead    []int  `json:"dead,omitempty"` // its outgoing edges, all dead
	Kind    string `json:"kind"`
	Node    string `json:"node"`
	Visit   int    `json:"visit"`
}

// NodeReused: a rerun takes over how a node ended in the job that it repeats;
// nothing was run. Code and Message are those of a failure that the node's
// on_error went on from. Nodes that were skipped are skipped again.
type NodeReused struct {
	Code    string  `json:"code,omitzero"`
	Dead    []int   `json:"dead,omitempty"`
	Kind    string  `json:"kind"`
	Message string  `json:"message,omitzero"`
	Node    string  `json:"node"`
	Output  Payload `json:"output"`
	Taken   []int   `json:"taken,omitempty"`
}

// SignalReceived: somebody told the job something. It is kept until a node that
// waits for its name takes it.
type SignalReceived struct {
	Data    Payload `json:"data"`             // any JSON
	Key     Hash    `json:"key,omitzero"`     // digest of the Idempotency-Key, if it came with one
	N       int     `json:"n"`                // counts the job's signals from 1
	Name    string  `json:"name"`             //
	Request Hash    `json:"request,omitzero"` // with Key: digest of what it named
}

// SignalTaken: a waiting node got a signal. What follows of it is told by the
// facts of the same commit.
type SignalTaken struct {
	N     int    `json:"n"`
	Node  string `json:"node"`
	Visit int    `json:"visit"`
}

// InterventionOpened: a human node asks.
type InterventionOpened struct {
	Actions     []string `json:"actions"`
	Call        string   `json:"call,omitzero"`    // the tool call of a model that shall be allowed, if that is asked
	Default     string   `json:"default,omitzero"` // the action that a resume without input takes
	ExpiresAt   *Time    `json:"expires_at,omitzero"`
	Fields      Payload  `json:"fields"` // JSON Schema of the answer's fields, or absent
	ID          string   `json:"id"`
	Node        string   `json:"node"`
	OnExpire    string   `json:"on_expire,omitzero"`    // an action, "fail" or "continue"
	Prompt      Payload  `json:"prompt"`                // a string
	RemindAfter Millis   `json:"remind_after,omitzero"` // how long it stays unanswered until a reminder, and between two; 0: none
	Required    int      `json:"required"`              // distinct responders that must agree
	Responders  int      `json:"responders,omitzero"`   // how many may answer at all; 0: not known
	Visit       int      `json:"visit"`
}

// InterventionAnswered: one responder answered. Status is set by the answer
// that settles the question: with its own action, unless Outcome names another.
type InterventionAnswered struct {
	Action    string  `json:"action"`
	Answer    Payload `json:"answer"` // {"comment", "fields"}, what was given of them
	ID        string  `json:"id"`
	Outcome   string  `json:"outcome,omitzero"` // "undecided": no action can have enough responders any more
	Responder string  `json:"responder"`
	Status    string  `json:"status,omitzero"` // approved, rejected, answered; empty while others are awaited
}

// InterventionExpired: its time ran out.
type InterventionExpired struct {
	Action string `json:"action,omitzero"` // the action taken in place of an answer
	ID     string `json:"id"`
}

// InterventionReminded: nobody settled it for as long as it was to wait, and
// who watches shall know.
type InterventionReminded struct {
	ID    string `json:"id"`
	Times int    `json:"times"` // how often so far, this one counted
}

// NodeFanned: an attempt of a map has its list. What runs for an item is told by
// the facts of nodes, whose names then are paths: "<map>/<index>/<node>".
type NodeFanned struct {
	Attempt     int     `json:"attempt"`
	Concurrency int     `json:"concurrency"` // how many items may be begun and not ended
	Items       Payload `json:"items"`       // the list
	MinSuccess  int     `json:"min_success"` // how many must succeed
	Node        string  `json:"node"`
	Rest        string  `json:"rest,omitzero"`  // what becomes of the others once that many have succeeded: cancel or ignore; empty: they are awaited
	Total       int     `json:"total"`          // the length of the list
	Until       *Time   `json:"until,omitzero"` // when the node's timeout ends it
	Visit       int     `json:"visit"`
}

// ItemSucceeded: an item of a map is done. Its output is that of the node From,
// or Output when the map's graph makes one of its own.
type ItemSucceeded struct {
	From   string  `json:"from,omitzero"` // id within the map's graph
	Index  int     `json:"index"`         // from 0
	Node   string  `json:"node"`          // the map
	Output Payload `json:"output"`
	Visit  int     `json:"visit"` // of the map
}

// ItemFailed: an item of a map failed, or was cancelled because the map needed
// it no more.
type ItemFailed struct {
	Code    string `json:"code"`
	Index   int    `json:"index"` // from 0
	Message string `json:"message"`
	Node    string `json:"node"`  // the map
	Visit   int    `json:"visit"` // of the map
}

// NodeSpawned: an attempt started a sub-job and now waits for its end.
type NodeSpawned struct {
	Attempt int    `json:"attempt"`
	Call    string `json:"call,omitzero"` // the tool call of a model that it answers, if it does
	Child   string `json:"child"`         // the sub-job
	Node    string `json:"node"`
	Until   *Time  `json:"until,omitzero"` // when the node's timeout ends the wait
	Visit   int    `json:"visit"`
}

// NodeStopped is an annotation: the job has ended, and this is how an attempt
// that was at work then ended after it. What it gave is not used.
type NodeStopped struct {
	Attempt int    `json:"attempt"`
	Node    string `json:"node"`
	Outcome string `json:"outcome"` // stopped, succeeded, failed or timed_out
	Visit   int    `json:"visit"`
}

// TaskOpened: an attempt put a task into a queue for workers.
type TaskOpened struct {
	Attempt   int     `json:"attempt"`
	ID        string  `json:"id"`
	Input     Payload `json:"input"`
	Lease     Millis  `json:"lease_ms"`            // how long a worker has it until it must say that it is alive
	MaxLeases int     `json:"max_leases,omitzero"` // how many leases may run out; 0: any number
	Node      string  `json:"node"`
	Queue     string  `json:"queue"`
	Until     *Time   `json:"until,omitzero"` // when the node's timeout ends it
	Visit     int     `json:"visit"`
}

// TaskLeased: a worker took the task.
type TaskLeased struct {
	Expires Time   `json:"expires"`
	ID      string `json:"id"`
	Lease   int    `json:"lease"` // counts the leases of the task from 1: what fences off a late worker
	Worker  string `json:"worker,omitzero"`
}

// TaskExtended: the worker is alive and has the task for longer.
type TaskExtended struct {
	Expires Time   `json:"expires"`
	ID      string `json:"id"`
	Lease   int    `json:"lease"`
}

// TaskProgressed: the worker said how far it is.
type TaskProgressed struct {
	ID       string  `json:"id"`
	Lease    int     `json:"lease"`
	Progress Payload `json:"progress"` // {"percent", "message", "data"}, what was given of them
}

// TaskExpired: the lease ran out; the task may be leased again.
type TaskExpired struct {
	ID    string `json:"id"`
	Lease int    `json:"lease"`
}

// TurnCompleted: a model that may call tools ended a turn.
type TurnCompleted struct {
	Attempt int     `json:"attempt"`
	Node    string  `json:"node"`
	Reply   Payload `json:"reply"` // what the model said, the calls it asked for included
	Turn    int     `json:"turn"`  // from 1 within the visit
	Usage   Usage   `json:"usage,omitzero"`
	Visit   int     `json:"visit"`
}

// ReflexCalled: a model asked for a tool. It is stored before the tool is called.
type ReflexCalled struct {
	Arguments Payload `json:"arguments"`
	Attempt   int     `json:"attempt"`
	Call      string  `json:"call"` // names the call within the visit
	Name      string  `json:"name"` // of the tool
	Node      string  `json:"node"`
	Turn      int     `json:"turn"`
	Visit     int     `json:"visit"`
}

// ReflexAnswered: a tool call has its result, which the model is told: the
// tool's own, or, with Code, why there is none.
type ReflexAnswered struct {
	Attempt int     `json:"attempt"`
	Call    string  `json:"call"`
	Code    string  `json:"code,omitzero"`
	Name    string  `json:"name,omitzero"` // of the tool
	Node    string  `json:"node"`
	Result  Payload `json:"result"`
	Usage   Usage   `json:"usage,omitzero"`
	Visit   int     `json:"visit"`
}
