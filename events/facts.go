package events

import "time"

// Fact is something that happened. The set is closed: only the structs of
// this file are facts. A stored fact is never changed and its type never
// means anything else; fields are only added (see the package comment).
//
// Fields stand in the order of their JSON names, so that what is written is
// already canonical (chain.go); a test holds them to it.
type Fact interface {
	// Type is the dotted past-tense name under which the fact is stored.
	Type() string
	// payloads lists the places of the fact's user data, always in the same order.
	payloads() []*Payload
}

// blank makes an empty fact for each type that can be read back.
var blank = map[string]func() Fact{
	"job.submitted":         func() Fact { return new(JobSubmitted) },
	"job.started":           func() Fact { return new(JobStarted) },
	"job.waiting":           func() Fact { return new(JobWaiting) },
	"job.paused":            func() Fact { return new(JobPaused) },
	"job.resumed":           func() Fact { return new(JobResumed) },
	"job.completed":         func() Fact { return new(JobCompleted) },
	"job.failed":            func() Fact { return new(JobFailed) },
	"job.cancelled":         func() Fact { return new(JobCancelled) },
	"job.deleted":           func() Fact { return new(JobDeleted) },
	"job.erased":            func() Fact { return new(JobErased) },
	"node.started":          func() Fact { return new(NodeStarted) },
	"node.succeeded":        func() Fact { return new(NodeSucceeded) },
	"node.failed":           func() Fact { return new(NodeFailed) },
	"node.retrying":         func() Fact { return new(NodeRetrying) },
	"node.skipped":          func() Fact { return new(NodeSkipped) },
	"node.waiting":          func() Fact { return new(NodeWaiting) },
	"node.looped":           func() Fact { return new(NodeLooped) },
	"node.reused":           func() Fact { return new(NodeReused) },
	"node.cancelled":        func() Fact { return new(NodeCancelled) },
	"signal.received":       func() Fact { return new(SignalReceived) },
	"signal.taken":          func() Fact { return new(SignalTaken) },
	"intervention.opened":   func() Fact { return new(InterventionOpened) },
	"intervention.answered": func() Fact { return new(InterventionAnswered) },
	"intervention.expired":  func() Fact { return new(InterventionExpired) },
	"intervention.reminded": func() Fact { return new(InterventionReminded) },
	"workspace.created":     func() Fact { return new(WorkspaceCreated) },
	"neuron.stored":         func() Fact { return new(NeuronStored) },
	"neuron.deleted":        func() Fact { return new(NeuronDeleted) },
	"pathway.stored":        func() Fact { return new(PathwayStored) },
	"pathway.deleted":       func() Fact { return new(PathwayDeleted) },
	"key.created":           func() Fact { return new(KeyCreated) },
	"key.revoked":           func() Fact { return new(KeyRevoked) },
	"receptor.stored":       func() Fact { return new(ReceptorStored) },
	"receptor.skipped":      func() Fact { return new(ReceptorSkipped) },
	"receptor.deleted":      func() Fact { return new(ReceptorDeleted) },
	"share.created":         func() Fact { return new(ShareCreated) },
	"share.revoked":         func() Fact { return new(ShareRevoked) },
	"workspace.configured":  func() Fact { return new(WorkspaceConfigured) },
}

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

// NodeStarted: an attempt of a visit of a node began. It is stored before the
// node's effect happens.
type NodeStarted struct {
	Attempt   int    `json:"attempt"`            // from 1 within the visit
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

// WorkspaceCreated is the first fact of a catalog.
type WorkspaceCreated struct {
	Name string `json:"name"`
}

// NeuronStored: a neuron was made or got a new version.
type NeuronStored struct {
	Definition Payload `json:"definition"`
	ID         string  `json:"id"`
	Slug       string  `json:"slug"`
	Version    int     `json:"version"` // from 1
}

// NeuronDeleted: the neuron can no longer be named by new work.
type NeuronDeleted struct {
	ID string `json:"id"`
}

// PathwayStored: a pathway was made or got a new version.
type PathwayStored struct {
	Definition Payload `json:"definition"`
	ID         string  `json:"id"`
	Slug       string  `json:"slug"`
	Version    int     `json:"version"` // from 1
}

// PathwayDeleted: the pathway can no longer be named by new work.
type PathwayDeleted struct {
	ID string `json:"id"`
}

// KeyCreated: an API key was made. Only its hash is known afterwards.
type KeyCreated struct {
	ExpiresAt *Time  `json:"expires_at,omitzero"`
	Hash      Hash   `json:"hash"` // SHA-256 of the key's text
	ID        string `json:"id"`
	Instance  bool   `json:"instance,omitzero"` // may also make workspaces
	Name      string `json:"name"`
	Prefix    string `json:"prefix,omitzero"` // how the key's text begins, to recognise it; empty for a key that was not made here
	Role      string `json:"role"`            // viewer, operator or admin
}

// KeyRevoked: the key is refused from now on.
type KeyRevoked struct {
	ID string `json:"id"`
}

// ReceptorStored: a receptor was made or changed.
type ReceptorStored struct {
	Definition Payload  `json:"definition"` // all but the secrets
	ID         string   `json:"id"`
	Secrets    []string `json:"secrets,omitempty"` // what signs its webhooks, each sealed with the instance's master key
	Slug       string   `json:"slug"`
	Version    int      `json:"version"` // from 1
}

// ReceptorSkipped: a time of the receptor's schedule passed without a job,
// because one of an earlier time had not ended or for another reason.
type ReceptorSkipped struct {
	ID     string `json:"id"`
	Job    string `json:"job"`             // the one that had not ended; empty with Reason
	Reason string `json:"reason,omitzero"` // why there was no job, when it was not Job
	Since  *Time  `json:"since,omitzero"`  // every time after this one and up to Tick passed, not Tick alone
	Tick   Time   `json:"tick"`            // the time that passed
}

// ReceptorDeleted: the receptor starts nothing any more.
type ReceptorDeleted struct {
	ID string `json:"id"`
}

// ShareCreated: a share token was made. Only its hash is known afterwards.
type ShareCreated struct {
	ExpiresAt *Time  `json:"expires_at,omitzero"`
	Hash      Hash   `json:"hash"` // SHA-256 of the token's text
	ID        string `json:"id"`
	Job       string `json:"job,omitzero"`       // with Kind intervention: the job that asks
	Kind      string `json:"kind"`               // what it opens: receptor, job or intervention
	Responder string `json:"responder,omitzero"` // with Kind intervention: in whose name it answers
	Target    string `json:"target"`             // id of what it opens
}

// ShareRevoked: the token is refused from now on.
type ShareRevoked struct {
	ID string `json:"id"`
}

// WorkspaceConfigured: the workspace has new limits, in place of all earlier ones.
type WorkspaceConfigured struct {
	Name     string  `json:"name,omitzero"` // empty: as it was
	Settings Payload `json:"settings"`
}

// Millis is a duration in whole milliseconds, a plain number in JSON.
type Millis int64

// Duration is m as a time.Duration.
func (m Millis) Duration() time.Duration { return time.Duration(m) * time.Millisecond }

func (*JobSubmitted) Type() string         { return "job.submitted" }
func (*JobStarted) Type() string           { return "job.started" }
func (*JobWaiting) Type() string           { return "job.waiting" }
func (*JobPaused) Type() string            { return "job.paused" }
func (*JobResumed) Type() string           { return "job.resumed" }
func (*JobCompleted) Type() string         { return "job.completed" }
func (*JobFailed) Type() string            { return "job.failed" }
func (*JobCancelled) Type() string         { return "job.cancelled" }
func (*JobDeleted) Type() string           { return "job.deleted" }
func (*JobErased) Type() string            { return "job.erased" }
func (*NodeStarted) Type() string          { return "node.started" }
func (*NodeSucceeded) Type() string        { return "node.succeeded" }
func (*NodeFailed) Type() string           { return "node.failed" }
func (*NodeRetrying) Type() string         { return "node.retrying" }
func (*NodeSkipped) Type() string          { return "node.skipped" }
func (*NodeWaiting) Type() string          { return "node.waiting" }
func (*NodeLooped) Type() string           { return "node.looped" }
func (*NodeReused) Type() string           { return "node.reused" }
func (*NodeCancelled) Type() string        { return "node.cancelled" }
func (*SignalReceived) Type() string       { return "signal.received" }
func (*SignalTaken) Type() string          { return "signal.taken" }
func (*InterventionOpened) Type() string   { return "intervention.opened" }
func (*InterventionAnswered) Type() string { return "intervention.answered" }
func (*InterventionExpired) Type() string  { return "intervention.expired" }
func (*InterventionReminded) Type() string { return "intervention.reminded" }
func (*WorkspaceCreated) Type() string     { return "workspace.created" }
func (*NeuronStored) Type() string         { return "neuron.stored" }
func (*NeuronDeleted) Type() string        { return "neuron.deleted" }
func (*PathwayStored) Type() string        { return "pathway.stored" }
func (*PathwayDeleted) Type() string       { return "pathway.deleted" }
func (*KeyCreated) Type() string           { return "key.created" }
func (*KeyRevoked) Type() string           { return "key.revoked" }
func (*ReceptorStored) Type() string       { return "receptor.stored" }
func (*ReceptorSkipped) Type() string      { return "receptor.skipped" }
func (*ReceptorDeleted) Type() string      { return "receptor.deleted" }
func (*ShareCreated) Type() string         { return "share.created" }
func (*ShareRevoked) Type() string         { return "share.revoked" }
func (*WorkspaceConfigured) Type() string  { return "workspace.configured" }

func (f *JobSubmitted) payloads() []*Payload         { return []*Payload{&f.Graph, &f.Input, &f.Labels} }
func (*JobStarted) payloads() []*Payload             { return nil }
func (*JobWaiting) payloads() []*Payload             { return nil }
func (*JobPaused) payloads() []*Payload              { return nil }
func (*JobResumed) payloads() []*Payload             { return nil }
func (f *JobCompleted) payloads() []*Payload         { return []*Payload{&f.Result} }
func (*JobFailed) payloads() []*Payload              { return nil }
func (*JobCancelled) payloads() []*Payload           { return nil }
func (*JobDeleted) payloads() []*Payload             { return nil }
func (*JobErased) payloads() []*Payload              { return nil }
func (*NodeStarted) payloads() []*Payload            { return nil }
func (f *NodeSucceeded) payloads() []*Payload        { return []*Payload{&f.Output} }
func (f *NodeFailed) payloads() []*Payload           { return []*Payload{&f.Output} }
func (*NodeRetrying) payloads() []*Payload           { return nil }
func (*NodeSkipped) payloads() []*Payload            { return nil }
func (*NodeWaiting) payloads() []*Payload            { return nil }
func (*NodeLooped) payloads() []*Payload             { return nil }
func (f *NodeReused) payloads() []*Payload           { return []*Payload{&f.Output} }
func (*NodeCancelled) payloads() []*Payload          { return nil }
func (f *SignalReceived) payloads() []*Payload       { return []*Payload{&f.Data} }
func (*SignalTaken) payloads() []*Payload            { return nil }
func (f *InterventionOpened) payloads() []*Payload   { return []*Payload{&f.Fields, &f.Prompt} }
func (f *InterventionAnswered) payloads() []*Payload { return []*Payload{&f.Answer} }
func (*InterventionExpired) payloads() []*Payload    { return nil }
func (*InterventionReminded) payloads() []*Payload   { return nil }
func (*WorkspaceCreated) payloads() []*Payload       { return nil }
func (f *NeuronStored) payloads() []*Payload         { return []*Payload{&f.Definition} }
func (*NeuronDeleted) payloads() []*Payload          { return nil }
func (f *PathwayStored) payloads() []*Payload        { return []*Payload{&f.Definition} }
func (*PathwayDeleted) payloads() []*Payload         { return nil }
func (*KeyCreated) payloads() []*Payload             { return nil }
func (*KeyRevoked) payloads() []*Payload             { return nil }
func (f *ReceptorStored) payloads() []*Payload       { return []*Payload{&f.Definition} }
func (*ReceptorSkipped) payloads() []*Payload        { return nil }
func (*ReceptorDeleted) payloads() []*Payload        { return nil }
func (*ShareCreated) payloads() []*Payload           { return nil }
func (*ShareRevoked) payloads() []*Payload           { return nil }
func (f *WorkspaceConfigured) payloads() []*Payload  { return []*Payload{&f.Settings} }
