package engine_test

// Outputs that are stored apart from their commits.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

// small makes outputs large that are easy to look at.
var small = engine.Limits{Inline: 1000, Output: 40_000}

// passing is a graph whose node a gives its input, and b what an expression
// gives.
func passing(b string) string {
	return fmt.Sprintf(`{"nodes":[{"id":"a","type":"transform","output":"{{ input }}"},{"id":"b","type":"transform","output":%q}],
		"edges":[{"from":"a","to":"b"}]}`, b)
}

func text(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }

// outputs gives the outputs of a job's nodes as its commits have them, and its
// result under "".
func (r *rig) outputs(s events.Subject) map[string]events.Payload {
	r.t.Helper()
	all := map[string]events.Payload{}
	for c, err := range r.log.Load(r.t.Context(), s, 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		for i := range c.Events {
			switch f := c.Events[i].Fact.(type) {
			case *events.NodeSucceeded:
				all[f.Node] = f.Output
			case *events.NodeReused:
				all[f.Node] = f.Output
			case *events.JobCompleted:
				all[""] = f.Result
			}
		}
	}
	return all
}

// apart holds that a payload is stored apart, under the job, and what it is.
func (r *rig) apart(s events.Subject, p events.Payload, want string) {
	r.t.Helper()
	if p.Apart == nil || p.Raw != nil || p.Apart.Size != int64(len(want)) || !strings.HasPrefix(want, p.Apart.Preview) || p.Sum != events.HashOf([]byte(want)) {
		r.t.Errorf("an output of %d bytes is in its commit as %d bytes, %+v", len(want), len(p.Raw), p.Apart)
		return
	}
	blob, err := r.log.OpenBlob(r.t.Context(), s, p.Sum)
	if err != nil {
		r.t.Error(err)
		return
	}
	if got, err := io.ReadAll(blob); err != nil || string(got) != want {
		r.t.Errorf("%d bytes are stored apart as %d, %v", len(want), len(got), err)
	}
}

func TestLargeOutput(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{Limits: small})
	large := text(5000)
	s := r.submit(passing("{{ size(nodes.a.output) }}"), large)
	if run := r.until(s, ended); string(run.Result) != "4998" {
		t.Fatalf("%s, %+v", run.Result, run.Error)
	}
	r.apart(s, r.outputs(s)["a"], large)

	// What is passed on is stored once; the result may be large itself.
	s = r.submit(passing("{{ nodes.a.output }}"), large)
	run := r.until(s, ended)
	if string(run.Result) != "null" || run.ResultBytes != 5000 || run.ResultPreview != large[:events.MaxPreview] || run.ResultURL != "/v1/jobs/"+s.ID+"/result" {
		t.Errorf("the result is shown as %s, %d, %s, %+v", run.Result, run.ResultBytes, run.ResultURL, run.Error)
	}
	for node, p := range r.outputs(s) {
		if p.Sum != events.HashOf([]byte(large)) {
			t.Errorf("%q gave something else", node)
		}
		r.apart(s, p, large)
	}

	// A rerun has data of its own.
	receipt, err := r.eng.Submit(t.Context(), engine.Submission{Workspace: workspace, Actor: tester, RerunOf: s.ID, FromNode: "b"})
	if err != nil {
		t.Fatal(err)
	}
	again := events.JobSubject(workspace, receipt.Job)
	r.until(again, ended)
	if err := r.eng.Delete(t.Context(), s, tester); err != nil {
		t.Fatal(err)
	}
	if _, err := r.log.OpenBlob(t.Context(), s, events.HashOf([]byte(large))); !errors.Is(err, events.ErrBlob) {
		t.Errorf("what a deleted job had stored apart: %v", err)
	}
	r.apart(again, r.outputs(again)["a"], large)
	r.apart(again, r.outputs(again)[""], large)
	if r.ends(again) != 1 {
		t.Error("the rerun has not one end")
	}
}

// TestLargeTogether: many outputs that are small alone do not make a commit
// that is too large.
func TestLargeTogether(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{Limits: engine.Limits{Inline: 10_000, Commit: 30_000}})
	var nodes []string
	for i := range 6 {
		nodes = append(nodes, fmt.Sprintf(`{"id":"n%d","type":"transform","output":"{{ input + '%d' }}"}`, i, i))
	}
	nodes = append(nodes, `{"id":"z","type":"transform","output":"{{ size(nodes.n5.output) }}"}`)
	var edges []string
	for i := range 5 {
		edges = append(edges, fmt.Sprintf(`{"from":"n%d","to":"n%d"}`, i, i+1))
	}
	edges = append(edges, `{"from":"n5","to":"z"}`)
	s := r.submit(fmt.Sprintf(`{"nodes":[%s],"edges":[%s]}`, strings.Join(nodes, ","), strings.Join(edges, ",")), text(5000))
	r.until(s, ended)
	receipt, err := r.eng.Submit(t.Context(), engine.Submission{Workspace: workspace, Actor: tester, RerunOf: s.ID, FromNode: "z"})
	if err != nil {
		t.Fatal(err)
	}
	again := events.JobSubject(workspace, receipt.Job)
	if run := r.until(again, ended); string(run.Result) != "4999" {
		t.Errorf("%s, %+v", run.Result, run.Error)
	}
	apart := 0
	for _, p := range r.outputs(again) {
		if p.Apart != nil {
			apart++
		}
	}
	if apart == 0 || apart == 6 {
		t.Errorf("%d of the 6 reused outputs are stored apart", apart)
	}
}

func TestTooLargeOutput(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{Limits: small})
	s := r.submit(passing("{{ nodes.a.output }}"), text(40_001))
	if run := r.until(s, ended); run.Error == nil || run.Error.Code != job.CodeTooLarge || run.Error.NodeID != "a" {
		t.Errorf("%s: %+v", run.Status, run.Error)
	}
}

// blobTrouble is a log that gives nothing apart for a while.
type blobTrouble struct {
	troubled
	asked, fails atomic.Int32
	with         error
	puts         atomic.Int32
}

func (l *blobTrouble) OpenBlob(ctx context.Context, s events.Subject, sum events.Hash) (*io.SectionReader, error) {
	l.asked.Add(1)
	if l.fails.Add(-1) >= 0 {
		return nil, fmt.Errorf("made to fail: %w", l.with)
	}
	return l.Log.OpenBlob(ctx, s, sum)
}

func (l *blobTrouble) PutBlob(ctx context.Context, s events.Subject, p events.Payload) error {
	l.puts.Add(1)
	return l.Log.PutBlob(ctx, s, p)
}

// TestLargeUnavailable: while the log cannot be read, neither an attempt nor a
// decision takes that for the failure of an expression.
func TestLargeUnavailable(t *testing.T) {
	const n = 3 << 20 // more than the engine keeps in memory
	for name, graph := range map[string]string{
		"attempt": passing("{{ size(nodes.a.output) }}"),
		"passed":  passing("{{ nodes.a.output }}"),
		"indexed": passing("{{ size(nodes[['a'][0]].output) }}"),
		"condition": `{"nodes":[{"id":"a","type":"transform","output":"{{ input }}"},{"id":"w","type":"transform","output":1},{"id":"b","type":"transform","output":2}],
			"edges":[{"from":"a","to":"w"},{"from":"w","to":"b","when":"size(nodes.a.output) > 5"}]}`,
		"output": `{"nodes":[{"id":"a","type":"transform","output":"{{ input }}"},{"id":"b","type":"transform","output":2}],
			"edges":[{"from":"a","to":"b"}],"output":"{{ size(nodes.a.output) }}"}`,
	} {
		t.Run(name, func(t *testing.T) {
			log := &blobTrouble{troubled: troubled{Log: events.NewMemLog()}, with: events.ErrUnavailable}
			log.fails.Store(3)
			r := start(t, log, engine.Config{})
			s := r.submit(graph, text(n))
			if run := r.until(s, ended); run.Status != job.Completed {
				t.Errorf("%s: %+v", run.Status, run.Error)
			}
			if log.asked.Load() < 4 {
				t.Errorf("it was asked %d times: the test tests nothing", log.asked.Load())
			}
			if r.ends(s) != 1 {
				t.Error("the job has not one end")
			}
		})
	}
}

// TestLargeEnds: the default result of several ends is made of all of them.
func TestLargeEnds(t *testing.T) {
	log := &blobTrouble{troubled: troubled{Log: events.NewMemLog()}, with: events.ErrUnavailable}
	r := start(t, log, engine.Config{})
	large := text(3 << 20)
	s := r.submit(`{"nodes":[{"id":"a","type":"transform","output":"{{ input }}"},{"id":"w","type":"wait_event","event":"go"}],"edges":[]}`, large)
	r.until(s, in(job.Waiting))
	log.fails.Store(3)
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Signal{Name: "go"}); !errors.Is(err, events.ErrUnavailable) {
		t.Errorf("a signal that cannot be decided: %v", err)
	}
	log.fails.Store(0)
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Signal{Name: "go"}); err != nil {
		t.Fatal(err)
	}
	r.until(s, ended)
	r.apart(s, r.outputs(s)[""], `{"a":`+large+`,"w":{"event":"go","data":null}}`)
}

// TestLargeDamaged: what is damaged is an error, never other data.
func TestLargeDamaged(t *testing.T) {
	log := &blobTrouble{troubled: troubled{Log: events.NewMemLog()}, with: events.ErrBlob}
	log.fails.Store(1000)
	r := start(t, log, engine.Config{})
	s := r.submit(passing("{{ size(nodes.a.output) }}"), text(3<<20))
	if run := r.until(s, ended); run.Error == nil || !strings.Contains(run.Error.Message, "missing or damaged") || run.Error.NodeID != "b" {
		t.Errorf("%s: %+v", run.Status, run.Error)
	}
}

// TestLargeBeforeCommit: data is stored before the commit that names it, and
// when that fails, once more or not at all.
func TestLargeBeforeCommit(t *testing.T) {
	log := &blobTrouble{troubled: troubled{Log: events.NewMemLog()}}
	r := start(t, log, engine.Config{Limits: small})
	large := text(5000)
	s := r.submit(`{"nodes":[{"id":"w","type":"wait_event","event":"go"},{"id":"a","type":"transform","output":"{{ input }}"}],
		"edges":[{"from":"w","to":"a"}]}`, large)
	r.until(s, in(job.Waiting))
	if log.puts.Load() != 0 {
		t.Errorf("%d outputs are apart already", log.puts.Load())
	}
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Signal{Name: "go"}); err != nil {
		t.Fatal(err)
	}
	r.until(s, ended)
	if got := log.puts.Load(); got != 1 {
		t.Errorf("the output and the result are one, and were stored %d times", got)
	}
	r.apart(s, r.outputs(s)["a"], large)
	r.apart(s, r.outputs(s)[""], large)

	// The commit fails after its data was stored.
	s = r.submit(`{"nodes":[{"id":"w","type":"wait_event","event":"go"},{"id":"a","type":"transform","output":"{{ input }}"}],
		"edges":[{"from":"w","to":"a"}]}`, large)
	r.until(s, in(job.Waiting))
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Signal{Name: "go"}); err != nil {
		t.Fatal(err)
	}
	log.failed.Store(2)
	if run := r.until(s, ended); run.Status != job.Completed {
		t.Errorf("%s: %+v", run.Status, run.Error)
	}
	r.apart(s, r.outputs(s)[""], large)
}

// TestLargeRestart: a run that is loaded again finds its data.
func TestLargeRestart(t *testing.T) {
	log := events.NewMemLog()
	r := start(t, log, engine.Config{Limits: small})
	large := text(5000)
	s := r.submit(`{"nodes":[{"id":"a","type":"transform","output":"{{ input }}"},{"id":"w","type":"wait_event","event":"go"},
		{"id":"b","type":"transform","output":["{{ size(nodes.a.output) }}"]}],"edges":[{"from":"a","to":"w"},{"from":"w","to":"b"}]}`, large)
	r.until(s, in(job.Waiting))
	r.stop()
	r = start(t, log, engine.Config{Limits: small}, s)
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Signal{Name: "go"}); err != nil {
		t.Fatal(err)
	}
	if run := r.until(s, ended); string(run.Result) != "[4998]" {
		t.Errorf("%s, %+v", run.Result, run.Error)
	}
}

// TestLargeItems: what the items of a map give may be large, and its list.
func TestLargeItems(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{Limits: small})
	s := r.submit(`{"nodes":[{"id":"m","type":"map","items":"{{ ['a','b','c'] }}","node":{"id":"x","type":"transform","output":"{{ item + input }}"}}],"edges":[]}`, text(3000))
	run := r.until(s, ended)
	x := strings.Repeat("x", 2998)
	want := `["a` + x + `","b` + x + `","c` + x + `"]`
	if run.Status != job.Completed {
		t.Fatalf("%s: %+v", run.Status, run.Error)
	}
	r.apart(s, r.outputs(s)["m"], want)
	r.apart(s, r.outputs(s)[""], want)
	r.apart(s, r.outputs(s)["m/1/x"], `"b`+x+`"`)

	s = r.submit(`{"nodes":[{"id":"m","type":"map","items":"{{ ['a','b','c'] }}","node":{"id":"x","type":"transform","output":"{{ item + input }}"}}],"edges":[]}`, text(15_000))
	if run := r.until(s, ended); run.Error == nil || run.Error.Code != job.CodeTooLarge || run.Error.NodeID != "m" {
		t.Errorf("a list above the limit: %s, %+v", run.Status, run.Error)
	}
}

// TestLargeResultOfASubJob: what a sub-job gave becomes its parent's own data.
func TestLargeResultOfASubJob(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{Limits: small})
	if _, err := r.eng.Define(t.Context(), workspace, tester, &catalog.StorePathway{New: true, Spec: catalog.PathwaySpec{
		Name: "Inner", Slug: "inner", Graph: jsontext.Value(passing("{{ nodes.a.output }}")), IsActive: true,
	}}); err != nil {
		t.Fatal(err)
	}
	large := text(5000)
	s := r.submit(`{"nodes":[{"id":"sub","type":"pathway","pathway":"inner","input":"{{ input }}"}],"edges":[]}`, large)
	if run := r.until(s, ended); run.Status != job.Completed {
		t.Fatalf("%s: %+v", run.Status, run.Error)
	}
	r.apart(s, r.outputs(s)["sub"], large)
	r.apart(s, r.outputs(s)[""], large)
}
