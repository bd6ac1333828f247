package engine_test

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/events"
)

const workspace = "default"

var tester = events.Actor{Kind: "key", ID: "tester"}

// rig is an engine on a log in memory. The log outlives it, so a second rig on
// the same log is what a restart is.
type rig struct {
	t    testing.TB
	log  events.Log
	eng  *engine.Engine
	run  func() // starts Run
	stop func() // ends Run and waits for it; may be called twice
}

// start starts an engine; unfinished are the jobs that it takes up.
func start(t testing.TB, log events.Log, c engine.Config, unfinished ...events.Subject) *rig {
	t.Helper()
	r := prepare(t, log, c, unfinished...)
	r.run()
	return r
}

// prepare is start that leaves it to the caller to run the engine.
func prepare(t testing.TB, log events.Log, c engine.Config, unfinished ...events.Subject) *rig {
	t.Helper()
	c.Log = log
	if c.Types == nil {
		c.Types = nodes.New(nodes.Deps{})
	}
	r := &rig{t: t, log: log, eng: engine.New(c)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	r.run = func() {
		go func() {
			defer close(done)
			if err := r.eng.Run(ctx, unfinished); err != nil {
				t.Error(err)
			}
		}()
	}
	r.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(r.stop)
	return r
}

// submit starts a job of a graph and gives its subject.
func (r *rig) submit(graph, input string) events.Subject {
	r.t.Helper()
	receipt, err := r.eng.Submit(r.t.Context(), engine.Submission{
		Workspace: workspace, Actor: tester, Graph: jsontext.Value(graph), Input: jsontext.Value(input),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return events.JobSubject(workspace, receipt.Job)
}

// until follows a job's log until it is as wanted, and gives it.
func (r *rig) until(s events.Subject, wanted func(*job.Run) bool) *job.Run {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 24*time.Hour) // of a bubble; else the test's own limit comes first
	defer cancel()
	run := job.NewRun(s)
	for c, err := range r.log.Load(ctx, s, 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		if run.Apply(c); wanted(run) {
			return run
		}
	}
	for batch, err := range r.log.Tail(ctx, events.Jobs, run.Head.Seq) {
		if err != nil {
			r.t.Fatal(err)
		}
		for _, c := range batch {
			if c.Subject != s {
				continue
			}
			if run.Apply(c); wanted(run) {
				return run
			}
		}
	}
	r.t.Fatalf("the job never came to what was wanted: %s, steps %+v, error %+v", run.Status, run.Steps, run.Error)
	return nil
}

func ended(r *job.Run) bool { return r.Status.Terminal() }

func in(status job.Status) func(*job.Run) bool {
	return func(r *job.Run) bool { return r.Status == status }
}

// ends counts a job's terminal events and verifies its chain.
func (r *rig) ends(s events.Subject) int {
	r.t.Helper()
	n := 0
	var head events.Head
	for c, err := range r.log.Load(r.t.Context(), s, 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		if head, err = events.Verify(head, c); err != nil {
			r.t.Fatal(err)
		}
		for i := range c.Events {
			switch c.Events[i].Fact.(type) {
			case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
				n++
			}
		}
	}
	return n
}

// echo is a graph of one echo neuron with a config.
func echo(config string) string {
	return fmt.Sprintf(`{"nodes":[{"id":"say","type":"neuron","kind":"echo","config":%s}],"edges":[]}`, config)
}

func neuron(slug, config string) *catalog.StoreNeuron {
	return &catalog.StoreNeuron{New: true, Spec: catalog.NeuronSpec{
		Name: slug, Slug: slug, Kind: "echo", Config: jsontext.Value(config), IsActive: true,
	}}
}

// troubled is a log whose next appends can be made to go wrong.
type troubled struct {
	events.Log
	lost   atomic.Int32 // so many appends are stored and their answer is lost
	failed atomic.Int32 // so many appends are not stored
}

func (l *troubled) Append(ctx context.Context, c *events.Commit) error {
	if l.failed.Add(-1) >= 0 {
		return fmt.Errorf("made to fail: %w", events.ErrUnavailable)
	}
	if l.lost.Add(-1) >= 0 {
		if err := l.Log.Append(ctx, c); err != nil {
			return err
		}
		return fmt.Errorf("made to be lost: %w", events.ErrUnknown)
	}
	return l.Log.Append(ctx, c)
}

func chunks(t testing.TB, seq iter.Seq2[*events.Chunk, error]) []*events.Chunk {
	t.Helper()
	var all []*events.Chunk
	for c, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}
