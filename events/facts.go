package events

// Fact is something that happened. The set is closed: only the structs of
// jobfacts.go, nodefacts.go and catalogfacts.go are facts. A stored fact is
// never changed and its type never means anything else; fields are only added
// (see the package comment).
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
	"node.fanned":           func() Fact { return new(NodeFanned) },
	"item.succeeded":        func() Fact { return new(ItemSucceeded) },
	"item.failed":           func() Fact { return new(ItemFailed) },
	"node.spawned":          func() Fact { return new(NodeSpawned) },
	"node.stopped":          func() Fact { return new(NodeStopped) },
	"task.opened":           func() Fact { return new(TaskOpened) },
	"task.leased":           func() Fact { return new(TaskLeased) },
	"task.extended":         func() Fact { return new(TaskExtended) },
	"task.progressed":       func() Fact { return new(TaskProgressed) },
	"task.expired":          func() Fact { return new(TaskExpired) },
	"turn.completed":        func() Fact { return new(TurnCompleted) },
	"reflex.called":         func() Fact { return new(ReflexCalled) },
	"reflex.answered":       func() Fact { return new(ReflexAnswered) },
	"secret.stored":         func() Fact { return new(SecretStored) },
	"secret.deleted":        func() Fact { return new(SecretDeleted) },
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
func (*NodeFanned) Type() string           { return "node.fanned" }
func (*ItemSucceeded) Type() string        { return "item.succeeded" }
func (*ItemFailed) Type() string           { return "item.failed" }
func (*NodeSpawned) Type() string          { return "node.spawned" }
func (*NodeStopped) Type() string          { return "node.stopped" }
func (*TaskOpened) Type() string           { return "task.opened" }
func (*TaskLeased) Type() string           { return "task.leased" }
func (*TaskExtended) Type() string         { return "task.extended" }
func (*TaskProgressed) Type() string       { return "task.progressed" }
func (*TaskExpired) Type() string          { return "task.expired" }
func (*TurnCompleted) Type() string        { return "turn.completed" }
func (*ReflexCalled) Type() string         { return "reflex.called" }
func (*ReflexAnswered) Type() string       { return "reflex.answered" }
func (*SecretStored) Type() string         { return "secret.stored" }
func (*SecretDeleted) Type() string        { return "secret.deleted" }
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
func (f *NodeFanned) payloads() []*Payload           { return []*Payload{&f.Items} }
func (f *ItemSucceeded) payloads() []*Payload        { return []*Payload{&f.Output} }
func (*ItemFailed) payloads() []*Payload             { return nil }
func (*NodeSpawned) payloads() []*Payload            { return nil }
func (*NodeStopped) payloads() []*Payload            { return nil }
func (f *TaskOpened) payloads() []*Payload           { return []*Payload{&f.Input} }
func (*TaskLeased) payloads() []*Payload             { return nil }
func (*TaskExtended) payloads() []*Payload           { return nil }
func (f *TaskProgressed) payloads() []*Payload       { return []*Payload{&f.Progress} }
func (*TaskExpired) payloads() []*Payload            { return nil }
func (f *TurnCompleted) payloads() []*Payload        { return []*Payload{&f.Reply} }
func (f *ReflexCalled) payloads() []*Payload         { return []*Payload{&f.Arguments} }
func (f *ReflexAnswered) payloads() []*Payload       { return []*Payload{&f.Result} }
func (*SecretStored) payloads() []*Payload           { return nil }
func (*SecretDeleted) payloads() []*Payload          { return nil }
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
