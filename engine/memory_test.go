package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/events"
)

// remembered is an engine whose trace has the given jobs, the newest first.
type remembered struct {
	log  *events.MemLog
	jobs []*job.Job
	err  error
}

func (m *remembered) earlier(_ context.Context, _, _ string, _ time.Time, limit int) ([]*job.Job, error) {
	return m.jobs[:min(limit, len(m.jobs))], m.err
}

// add puts a job before those that are there: it is the newest.
func (m *remembered) add(t *testing.T, f events.JobSubmitted, input string, ends ...events.Fact) *job.Job {
	t.Helper()
	s := events.JobSubject("default", fmt.Sprintf("job-%d", len(m.jobs)))
	var err error
	if f.Input, err = events.NewPayload([]byte(input)); err != nil {
		t.Fatal(err)
	}
	f.Graph, f.TraceID = events.PayloadOf(map[string]any{}), "t"
	c, err := events.Seal(events.Draft{Subject: s, ID: s.ID, At: events.At(time.Now()), Actor: events.Actor{Kind: "key", ID: "k"}}, append([]events.Fact{&f}, ends...)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.log.Append(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	j := new(job.Job)
	j.Apply(c)
	m.jobs = append([]*job.Job{j}, m.jobs...)
	return j
}

func completed(result string) events.Fact {
	return &events.JobCompleted{Result: events.PayloadOf(jsontext.Value(result))}
}

func TestHistory(t *testing.T) {
	invoked := events.JobSubmitted{NeuronID: "n"}
	m := &remembered{log: events.NewMemLog()}
	e := New(Config{Log: m.log, Earlier: m.earlier})
	self := &job.Run{Job: job.Job{ID: "self", Workspace: "default", NeuronID: "n", TraceID: "t"}}
	said := func() string {
		t.Helper()
		messages, err := e.history(self)(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, m := range messages {
			fmt.Fprintf(&b, "%s:%.9s ", m.Role, m.Content)
		}
		return strings.TrimSpace(b.String())
	}
	if got := said(); got != "" {
		t.Errorf("a trace without jobs says %q", got)
	}
	m.add(t, invoked, `{"message":"one"}`, completed(`{"text":"ONE"}`))
	m.add(t, events.JobSubmitted{PathwayID: "p"}, `"a pathway"`, completed(`"no turn"`))
	m.add(t, invoked, `"two"`, completed(`"TWO"`))
	self.ID = m.add(t, invoked, `"itself"`, completed(`"never"`)).ID
	if d := cmp.Diff("user:one assistant:ONE user:two assistant:TWO", said()); d != "" {
		t.Errorf("history (-want +got):\n%s", d)
	}

	// A turn that does not fit ends it, also for older ones that would.
	m.add(t, invoked, `"large"`, completed(`"`+strings.Repeat("x", maxTurnsBytes-len("large"))+`"`))
	if d := cmp.Diff("user:large assistant:xxxxxxxxx", said()); d != "" {
		t.Errorf("with one that just fits (-want +got):\n%s", d)
	}
	m.add(t, invoked, `"three"`, completed(`"THREE"`))
	if d := cmp.Diff("user:three assistant:THREE", said()); d != "" {
		t.Errorf("with one that does not fit (-want +got):\n%s", d)
	}

	for i := range maxTurns + 5 {
		m.add(t, invoked, fmt.Sprintf(`"%d"`, i), completed(`"ok"`))
	}
	if got := strings.Fields(said()); len(got) != 2*maxTurns || got[0] != "user:5" {
		t.Errorf("%d messages from %s on", len(got), got[0])
	}
}

// A share token's holder is told nothing that was not said through the same
// receptor, whatever trace it names.
func TestHistoryOfAPublicTurn(t *testing.T) {
	m := &remembered{log: events.NewMemLog()}
	e := New(Config{Log: m.log, Earlier: m.earlier})
	m.add(t, events.JobSubmitted{NeuronID: "n"}, `"private"`, completed(`"secret"`))
	m.add(t, events.JobSubmitted{NeuronID: "n", ReceptorID: "other", Channel: catalog.ChannelPublic}, `"elsewhere"`, completed(`"secret"`))
	m.add(t, events.JobSubmitted{NeuronID: "n", ReceptorID: "r", Channel: catalog.ChannelPublic}, `"before"`, completed(`"told"`))
	for channel, want := range map[string]int{catalog.ChannelPublic: 2, catalog.ChannelHTTP: 6} {
		run := &job.Run{Channel: channel, Job: job.Job{ID: "self", Workspace: "default", NeuronID: "n", TraceID: "t", ReceptorID: "r"}}
		messages, err := e.history(run)(t.Context())
		if err != nil || len(messages) != want || messages[len(messages)-1].Content != "told" {
			t.Errorf("%s: %v, %v", channel, messages, err)
		}
	}
}

func TestHistoryIsForInvocationsInTraces(t *testing.T) {
	m := &remembered{log: events.NewMemLog()}
	for name, c := range map[string]struct {
		earlier Earlier
		run     job.Job
	}{
		"no trace":   {m.earlier, job.Job{ID: "j", NeuronID: "n"}},
		"no neuron":  {m.earlier, job.Job{ID: "j", TraceID: "t"}},
		"no memory":  {nil, job.Job{ID: "j", NeuronID: "n", TraceID: "t"}},
		"a pathway":  {m.earlier, job.Job{ID: "j", PathwayID: "p", TraceID: "t"}},
		"not at all": {nil, job.Job{ID: "j"}},
	} {
		if New(Config{Log: m.log, Earlier: c.earlier}).history(&job.Run{Job: c.run}) != nil {
			t.Errorf("%s: there is a history", name)
		}
	}
}

// What cannot be read now may be read later: the attempt fails and may be
// made again.
func TestHistoryThatCannotBeRead(t *testing.T) {
	cause := errors.New("no views")
	m := &remembered{log: events.NewMemLog(), err: cause}
	e := New(Config{Log: m.log, Earlier: m.earlier})
	run := &job.Run{Job: job.Job{ID: "j", Workspace: "default", NeuronID: "n", TraceID: "t"}}
	for _, jobs := range [][]*job.Job{nil, {{ID: "gone", Workspace: "default", NeuronID: "n", Status: job.Completed}}} {
		m.jobs = jobs
		_, err := e.history(run)(t.Context())
		var f *nodes.Failure
		if !errors.As(err, &f) || f.Final || f.Code != nodes.CodeNode || strings.Contains(f.Message, "no views") {
			t.Errorf("the failure is %#v", err)
		}
		m.err = nil // then it is the job that cannot be found
	}
}

func TestTurn(t *testing.T) {
	m := &remembered{log: events.NewMemLog()}
	e := New(Config{Log: m.log})
	open := m.add(t, events.JobSubmitted{NeuronID: "n"}, `"open"`)
	failed := m.add(t, events.JobSubmitted{NeuronID: "n"}, `"failed"`, &events.JobFailed{Code: "X"})
	done := m.add(t, events.JobSubmitted{NeuronID: "n"}, `{"message":"done","x":1}`, completed(`{"text":"DONE","y":1}`))
	pathway := m.add(t, events.JobSubmitted{PathwayID: "p"}, `"p"`, completed(`1`))
	for _, c := range []struct {
		j    *job.Job
		want []nodes.Message
	}{
		{open, []nodes.Message{{Role: nodes.User, Content: "open"}}},
		{failed, []nodes.Message{{Role: nodes.User, Content: "failed"}}},
		{done, []nodes.Message{{Role: nodes.User, Content: "done"}, {Role: nodes.Assistant, Content: "DONE"}}},
		{pathway, nil},
	} {
		got, err := e.Turn(t.Context(), c.j)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.j.ID, d)
		}
	}
}
