package nodes

// worker: a task for a program outside, which leases it over HTTP. It is both a
// node type and a neuron kind.

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// workerSettings are those of a worker node.
type workerSettings struct {
	Queue        string         `json:"queue"`         // required
	Input        template       `json:"input"`         // the worker's input; absent: the job's
	Lease        duration       `json:"lease"`         // how long a worker has it until it must say that it is alive; default 60s
	MaxLeases    *int           `json:"max_leases"`    // how many may run out before the attempt fails; default 10
	OutputSchema jsontext.Value `json:"output_schema"` // JSON Schema of the output
}

// workerConfig is that of a worker neuron.
type workerConfig struct {
	Queue     string   `json:"queue"`
	Lease     duration `json:"lease"`
	MaxLeases *int     `json:"max_leases"`
}

const (
	minLease         = time.Second
	maxLease         = time.Hour
	defaultLease     = time.Minute
	defaultMaxLeases = 10
	maxMaxLeases     = 1000
)

// queue is where tasks are put, and how they are leased. It is a Neuron.
type queue struct {
	name      string
	lease     time.Duration
	maxLeases int
}

func newQueue(found *findings, c workerConfig) *queue {
	q := &queue{name: c.Queue, lease: time.Duration(c.Lease), maxLeases: defaultMaxLeases}
	switch {
	case c.Queue == "":
		found.bad("/queue", "is missing; it names the queue that workers lease from")
	case !pathway.ValidQueue(c.Queue):
		found.bad("/queue", "a queue's name has 1 to 64 letters, digits, '_' or '-'")
	}
	switch {
	case q.lease == 0:
		q.lease = defaultLease
	case q.lease < minLease || q.lease > maxLease:
		found.bad("/lease", "must be 1s to 1h; a worker that goes on longer extends its lease")
	}
	if c.MaxLeases != nil {
		if q.maxLeases = *c.MaxLeases; q.maxLeases < 1 || q.maxLeases > maxMaxLeases {
			found.bad("/max_leases", "must be 1 to %d", maxMaxLeases)
		}
	}
	return q
}

// Answer puts a task into the queue.
func (q *queue) Answer(_ context.Context, _ *Request, input jsontext.Value) (Outcome, error) {
	return Wait{Task: &Task{Queue: q.name, Input: input, Lease: q.lease, MaxLeases: q.maxLeases}}, nil
}

// workerNode is a queue as a node.
type workerNode struct {
	queue *queue
	input template
	out   *pathway.Schema // nil: anything fits
}

func newWorkerNode(raw jsontext.Value) (Node, pathway.Problems) {
	var s workerSettings
	found := decode(raw, &s)
	n := &workerNode{input: s.Input, queue: newQueue(found, workerConfig{s.Queue, s.Lease, s.MaxLeases})}
	n.out = found.schema("/output_schema", s.OutputSchema)
	return n, found.Problems
}

func newWorker(raw jsontext.Value) (Neuron, pathway.Problems) {
	var c workerConfig
	found := decode(raw, &c)
	return newQueue(found, c), found.Problems
}

// Start puts a task into the queue.
func (n *workerNode) Start(ctx context.Context, r *Request) (Outcome, error) {
	input, err := inputOf(ctx, &n.input, r.Scope)
	if err != nil {
		return nil, err
	}
	return n.queue.Answer(ctx, r, input)
}

// CheckOutput says what of a worker's output does not fit.
func (n *workerNode) CheckOutput(output jsontext.Value) pathway.Problems {
	return checkOutput(n.out, output)
}

// CheckOutput says what of a worker's output does not fit.
func (n *neuronNode) CheckOutput(output jsontext.Value) pathway.Problems {
	return checkOutput(n.out, output)
}

func checkOutput(s *pathway.Schema, output jsontext.Value) pathway.Problems {
	if s == nil {
		return nil
	}
	return s.Check(output)
}
