package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// Submission asks for a run of exactly one of a stored pathway, an inline
// graph, a neuron or a job that has ended.
type Submission struct {
	Workspace string
	Actor     events.Actor

	Job string // the job's id, from NewJob; empty: one is made. Not with IdempotencyKey

	Pathway string         // id or slug
	Graph   jsontext.Value // inline
	Neuron  string         // id or slug

	RerunOf  string // id of the job; see Engine.repeat for what the new one takes over
	FromNode string // with RerunOf: where to begin; empty: the whole graph

	Input          jsontext.Value // any JSON; nil for none
	Labels         map[string]string
	TraceID        string
	RunAt          time.Time     // zero: now
	Timeout        time.Duration // 0: none
	Priority       int
	ConcurrencyKey string // jobs of one key share a limit

	// ConcurrencyLimit is the job's own limit of its key, in place of the
	// workspace's; clients cannot set it.
	ConcurrencyLimit int

	Receptor string    // id or slug of the receptor that starts it: its target, unless a pathway or neuron is named
	Channel  string    // with Receptor: on which of its channels
	Tick     time.Time // with Channel cron: the time of its schedule

	// IdempotencyKey, when not empty, names the job together with the
	// workspace and Route: a second submission gives the same job, or is
	// refused when Request, the digest of what was asked, differs.
	IdempotencyKey string
	Route          string
	Request        events.Hash
}

// NewJob makes an id for a job, for those who want to know it before it is
// submitted: to watch it from its first event on.
func NewJob() string { return newID() }

// Receipt says which job a submission made.
type Receipt struct {
	Job      string
	Cursor   events.Cursor // the job's place right after its submission
	Replayed bool          // an earlier submission with the same IdempotencyKey made it
}

// RefusedMismatch is the code of the refusal of an Idempotency-Key that named
// another request before.
const RefusedMismatch = "IDEMPOTENCY_MISMATCH"

// start is what a submission of one definition begins with.
type start struct {
	graph          events.Payload
	nodes          int
	pathwayID      string
	pathwayVersion int
	neuronID       string

	old   *events.JobSubmitted // of a rerun: how the job began that it repeats
	reuse []events.Fact        // of a rerun: what it takes over of that job's nodes
}

// Submit makes a job. When it returns nil the job is durable. Errors are
// pathway.Problems (an inline graph, pointers into it), *catalog.Refusal
// (unknown or inactive definitions), *job.Refusal, or wrap one of the log's.
func (e *Engine) Submit(ctx context.Context, s Submission) (Receipt, error) {
	if e.closing.Load() {
		return Receipt{}, ErrStopping
	}
	id := cmp.Or(s.Job, newID())
	if s.IdempotencyKey != "" {
		id = derivedID(s.Workspace, s.Route, s.IdempotencyKey)
	}
	subject := events.JobSubject(s.Workspace, id)
	if err := subject.Check(); err != nil {
		return Receipt{}, err
	}
	st, err := e.startOf(ctx, &s)
	if err != nil {
		// A definition may be gone since the key's first use; the job is not.
		return e.taken(ctx, subject, &s, err)
	}
	f, err := submitted(&s, st)
	if err != nil {
		return Receipt{}, err
	}
	at, err := e.create(ctx, subject, s.Actor, st, f)
	var refusal *job.Refusal
	switch {
	case !errors.As(err, &refusal):
	case refusal.Code == job.RefusedExists:
		return e.replay(ctx, subject, s.Request)
	case refusal.Code == RefusedQuota:
		return e.taken(ctx, subject, &s, err)
	}
	return Receipt{Job: id, Cursor: at}, err
}

// taken answers for a submission that err stands in the way of, unless the same
// Idempotency-Key made its job before: that is so whatever is refused now.
func (e *Engine) taken(ctx context.Context, subject events.Subject, s *Submission, err error) (Receipt, error) {
	if s.IdempotencyKey == "" {
		return Receipt{}, err
	}
	r, replayErr := e.replay(ctx, subject, s.Request)
	switch {
	case replayErr == nil:
		return r, nil
	case errors.Is(replayErr, events.ErrUnavailable):
		return Receipt{}, replayErr // nobody knows
	}
	return Receipt{}, err
}

// create submits a job that is most likely new: it is not looked for in the
// log first, the append finds out. It is held against the workspace's quotas.
func (e *Engine) create(ctx context.Context, s events.Subject, by events.Actor, st *start, f *events.JobSubmitted) (events.Cursor, error) {
	g, err := e.graph(st.graph)
	if err != nil {
		return events.Cursor{}, err
	}
	en := e.jobs.take(s)
	defer e.jobs.put(en)
	en.mu.Lock()
	defer en.mu.Unlock()
	if err := e.admitJob(ctx, s); err != nil {
		return events.Cursor{}, err
	}
	if en.run == nil {
		en.run, en.graph = job.NewRun(s), g
		en.claim = claim{turn: unborn(f.Priority), key: f.ConcurrencyKey, limit: f.ConcurrencyLimit}
	}
	return e.do(ctx, en, by, &job.Submit{Job: *f, Reuse: st.reuse}, 0)
}

// replay answers for a job that the same Idempotency-Key made before.
func (e *Engine) replay(ctx context.Context, s events.Subject, request events.Hash) (Receipt, error) {
	for c, err := range e.log.Load(ctx, s, 0) {
		if err != nil {
			return Receipt{}, fmt.Errorf("load %s: %w", s, err)
		}
		f, ok := c.Events[0].Fact.(*events.JobSubmitted)
		if !ok {
			break
		}
		if f.Request != request {
			return Receipt{}, &job.Refusal{
				Code:    RefusedMismatch,
				Message: "this Idempotency-Key or client_nonce was used with another request; use a new one",
			}
		}
		return Receipt{Job: s.ID, Cursor: c.Cursor(), Replayed: true}, nil
	}
	return Receipt{}, &job.Refusal{Code: job.RefusedUnknown, Message: "there is no such job"}
}

func submitted(s *Submission, st *start) (*events.JobSubmitted, error) {
	f := &events.JobSubmitted{
		Channel: s.Channel, ReceptorID: s.Receptor,
		ConcurrencyKey: s.ConcurrencyKey, ConcurrencyLimit: s.ConcurrencyLimit, Graph: st.graph, NeuronID: st.neuronID, Nodes: st.nodes,
		PathwayID: st.pathwayID, PathwayVersion: st.pathwayVersion, Priority: s.Priority, Request: s.Request,
		Timeout: events.Millis(s.Timeout.Milliseconds()), TraceID: s.TraceID,
	}
	var err error
	if f.Input, err = events.NewPayload(s.Input); err != nil {
		return nil, pathway.Problems{{Path: "/input", Message: err.Error()}}
	}
	if len(s.Labels) > 0 {
		f.Labels = events.PayloadOf(s.Labels)
	}
	if !s.RunAt.IsZero() {
		f.RunAt = events.AtPtr(s.RunAt.Add(time.Millisecond - 1))
	}
	if !s.Tick.IsZero() {
		f.Tick = events.AtPtr(s.Tick)
	}
	if st.old != nil {
		takeOver(f, st.old, s)
	}
	return f, nil
}

// derivedID is the id of the job that an Idempotency-Key names: a UUID of
// version 8 (RFC 9562) out of a SHA-256.
func derivedID(workspace, route, key string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s%d %s%s", len(workspace), workspace, len(route), route, key))
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// startOf gives the resolved graph of what is to run.
func (e *Engine) startOf(ctx context.Context, s *Submission) (*start, error) {
	if s.RerunOf != "" {
		return e.repeat(ctx, s)
	}
	c, err := e.catalog(ctx, s.Workspace)
	if err != nil {
		return nil, err
	}
	if s.Graph != nil {
		// The text may be the same as the last time; what it names may not.
		key := fmt.Sprintf("graph %s %s %d", events.HashOf(s.Graph), s.Workspace, c.Head.Seq)
		return e.remember(key, func() (*start, error) {
			p, g, problems := e.resolve(c, s.Graph)
			if len(problems) > 0 {
				return nil, problems
			}
			return &start{graph: p, nodes: len(g.Nodes)}, nil
		})
	}
	if s.Receptor != "" && s.Pathway == "" && s.Neuron == "" {
		if err := aim(c, s); err != nil {
			return nil, err
		}
	}
	if s.Neuron != "" {
		n := c.Neuron(s.Neuron)
		switch {
		case n == nil:
			return nil, unknownDefinition("neuron")
		case !n.IsActive:
			return nil, inactive("neuron", s.Neuron)
		}
		return e.remember(fmt.Sprintf("neuron %s %d", n.ID, n.Version), func() (*start, error) {
			p, g, problems := e.resolve(c, invocation(n.ID))
			if len(problems) > 0 {
				return nil, fmt.Errorf("neuron %s: %w", n.ID, problems)
			}
			return &start{graph: p, nodes: len(g.Nodes), neuronID: n.ID}, nil
		})
	}
	p := c.Pathway(s.Pathway)
	switch {
	case p == nil:
		return nil, unknownDefinition("pathway")
	case !p.IsActive:
		return nil, inactive("pathway", s.Pathway)
	}
	// The neurons that it names are pinned as they are now, so any change of
	// the catalog makes it anew.
	return e.remember(fmt.Sprintf("pathway %s %d %d", p.ID, p.Version, c.Head.Seq), func() (*start, error) {
		graph, g, problems := e.resolve(c, p.Graph)
		if len(problems) > 0 {
			return nil, problems
		}
		return &start{graph: graph, nodes: len(g.Nodes), pathwayID: p.ID, pathwayVersion: p.Version}, nil
	})
}

func (e *Engine) remember(key string, make func() (*start, error)) (*start, error) {
	if st, ok := e.starts.get(key); ok {
		return st, nil
	}
	st, err := make()
	if err == nil {
		e.starts.put(key, st, len(st.graph.Raw))
	}
	return st, err
}

// invocation is the graph that runs one neuron on the job's input.
func invocation(neuron string) []byte {
	type node struct {
		ID     string `json:"id"`
		Type   string `json:"type"`
		Neuron string `json:"neuron"`
	}
	b, err := json.Marshal(struct {
		Nodes []node `json:"nodes"`
		Edges []int  `json:"edges"`
	}{Nodes: []node{{ID: "neuron", Type: "neuron", Neuron: neuron}}, Edges: []int{}})
	if err != nil {
		panic("engine: " + err.Error())
	}
	return b
}
