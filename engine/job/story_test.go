package job_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// anyTypes takes every node type with any settings.
type anyTypes struct{}

func (anyTypes) Settings(string, jsontext.Value) (any, pathway.Problems) { return struct{}{}, nil }
func (anyTypes) Kinds() []string                                         { return []string{"end", "human", "map", "switch", "x"} }

// story is a job played by hand: every decision is stored in a history, and
// folded from it twice, as a Run and as a Job.
type story struct {
	t       testing.TB
	graph   *pathway.Graph
	subject events.Subject
	run     *job.Run
	view    *job.Job
	history []*events.Commit
	now     time.Time
	room    int
	actor   events.Actor // of what happens next
}

func begin(t testing.TB, graph string) *story {
	t.Helper()
	g, problems := pathway.Parse([]byte(graph), anyTypes{})
	if len(problems) > 0 {
		t.Fatalf("graph: %v", problems)
	}
	s := &story{
		t: t, graph: g, subject: events.JobSubject("default", "j1"), view: &job.Job{},
		now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), room: 10, actor: events.Actor{ID: "k1", Kind: "key"},
	}
	s.run = job.NewRun(s.subject)
	return s
}

// submitted begins a story with the job submitted.
func submitted(t testing.TB, graph string) *story {
	t.Helper()
	s := begin(t, graph)
	s.do(s.submission())
	return s
}

func (s *story) submission() *job.Submit {
	return &job.Submit{Job: events.JobSubmitted{
		Graph: events.PayloadOf("the graph"), Input: events.PayloadOf(map[string]any{"n": 1}), Nodes: len(s.graph.Nodes),
	}}
}

// do gives a command and tells what happened, one fact a word.
func (s *story) do(c job.Command) string {
	s.t.Helper()
	facts, err := s.decide(c)
	if err != nil {
		var r *job.Refusal
		if !errors.As(err, &r) {
			s.t.Fatalf("%T: %v", c, err)
		}
		return "refused " + r.Code
	}
	s.happen(facts)
	return tell(facts)
}

func (s *story) decide(c job.Command) ([]events.Fact, error) {
	return job.Decide(s.t.Context(), s.run, s.graph,
		job.Moment{Now: events.At(s.now), Room: s.room, Runner: "r1", Rand: 0.5}, c)
}

func (s *story) happen(facts []events.Fact) {
	s.t.Helper()
	if len(facts) == 0 {
		return
	}
	c, err := events.Seal(events.Draft{
		Subject: s.subject, Head: s.run.Head, ID: fmt.Sprint(len(s.history)), At: events.At(s.now),
		Actor: s.actor,
	}, facts...)
	if err != nil {
		s.t.Fatal(err)
	}
	c.Seq = s.run.Head.Seq + 1
	if c, err = events.Decode(s.subject, c.Seq, c.Bytes()); err != nil {
		s.t.Fatal(err)
	}
	s.history = append(s.history, c)
	s.run.Apply(c)
	s.view.Apply(c)
	if d := cmp.Diff(&s.run.Job, s.view); d != "" {
		s.t.Fatalf("a Run and a Job fold differently (-run +job):\n%s", d)
	}
}

// want fails unless the facts told are these.
func (s *story) want(got string, facts ...string) {
	s.t.Helper()
	if want := strings.Join(facts, " "); got != want {
		s.t.Fatalf("happened: %s\nwanted:   %s", got, want)
	}
}

// at is the attempt of a node that is at work.
func (s *story) at(node string) job.Attempt {
	st := s.run.Step(node)
	if st == nil {
		return job.Attempt{Node: node, Visit: 1, Attempt: 1}
	}
	return job.Attempt{Node: node, Visit: st.Visits, Attempt: st.Attempts}
}

func (s *story) ok(node, output string) string {
	s.t.Helper()
	return s.do(&job.Succeed{Attempt: s.at(node), Output: jsontext.Value(output)})
}

func (s *story) fail(node string) string {
	s.t.Helper()
	return s.do(&job.Fail{Attempt: s.at(node), Code: "OOPS", Message: "it broke"})
}

func (s *story) ask(node string, a job.Ask) string {
	s.t.Helper()
	return s.do(&job.Hold{Attempt: s.at(node), Ask: &a})
}

// tell writes facts in short: "started:a/1/1", "succeeded:a+0-1" with the edges
// taken and dead.
func tell(facts []events.Fact) string {
	var words []string
	for _, f := range facts {
		_, w, _ := strings.Cut(f.Type(), ".")
		switch f := f.(type) {
		case *events.NodeStarted:
			w = fmt.Sprintf("started:%s/%d/%d", f.Node, f.Visit, f.Attempt)
			if f.Recovered {
				w += "!"
			}
		case *events.NodeSucceeded:
			w += ":" + f.Node + edges(f.Taken, f.Dead)
		case *events.NodeFailed:
			w += "-node:" + f.Node + edges(f.Taken, f.Dead)
		case *events.NodeReused:
			w += ":" + f.Node
			if f.Code != "" {
				w += "!"
			}
			w += edges(f.Taken, f.Dead)
		case *events.NodeRetrying:
			w += ":" + f.Node
		case *events.NodeSkipped:
			w += ":" + f.Node
		case *events.NodeCancelled:
			w += fmt.Sprintf("-node:%s/%d/%d", f.Node, f.Visit, f.Attempt) + edges(nil, f.Dead)
		case *events.SignalReceived:
			w += fmt.Sprintf(":%s#%d", f.Name, f.N)
		case *events.SignalTaken:
			w += fmt.Sprintf(":#%d>%s", f.N, f.Node)
		case *events.NodeWaiting:
			w = "holds:" + f.Node
		case *events.NodeLooped:
			w += ":" + strings.Join(f.Reset, ",")
		case *events.InterventionAnswered:
			if f.Outcome != "" {
				w += "=" + f.Outcome
			}
		case *events.InterventionReminded:
			w += fmt.Sprint(":", f.Times)
		case *events.TaskOpened:
			w = "queued:" + f.Node
		case *events.TaskLeased:
			w += fmt.Sprintf(":%s/%d", f.Worker, f.Lease)
		case *events.TaskExtended:
			w += fmt.Sprint(":", f.Lease)
		case *events.TaskProgressed:
			w += fmt.Sprint(":", f.Lease)
		case *events.TaskExpired:
			w += fmt.Sprint(":", f.Lease)
		case *events.NodeFanned:
			w += fmt.Sprintf(":%s/%d", f.Node, f.Total)
		case *events.ItemSucceeded:
			w = fmt.Sprintf("done:%s/%d", f.Node, f.Index)
		case *events.ItemFailed:
			w = fmt.Sprintf("lost:%s/%d=%s", f.Node, f.Index, f.Code)
		case *events.JobFailed:
			w += ":" + f.Code
		case *events.JobCompleted:
			w += ":" + string(f.Result.JSON())
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func edges(taken, dead []int) string {
	var b strings.Builder
	for _, i := range taken {
		fmt.Fprintf(&b, "+%d", i)
	}
	for _, i := range dead {
		fmt.Fprintf(&b, "-%d", i)
	}
	return b.String()
}
