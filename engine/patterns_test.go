package engine_test

// The samples of docs/patterns.md: pathways for the workflow control-flow
// patterns, each with what happens to its jobs, in virtual time.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/engine/job/jobtest"
	"ranvier/engine/nodes"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// sample is a file of testdata/patterns.
type sample struct {
	Pattern int                       `json:"pattern"`
	Name    string                    `json:"name"`
	About   string                    `json:"about"`
	Stored  map[string]jsontext.Value `json:"stored"` // pathways by slug; they may name each other
	Pathway jsontext.Value            `json:"pathway"`
	Runs    []struct {
		Case   string         `json:"case"`
		Input  jsontext.Value `json:"input"`
		Script []move         `json:"script"` // before each the job has come to a stand
		Expect expectation    `json:"expect"`
	} `json:"runs"`
}

// move is what somebody does to a job: just one of wait, signal, answer and
// order.
type move struct {
	Wait    string         `json:"wait"` // a duration
	Signal  string         `json:"signal"`
	Data    jsontext.Value `json:"data"`    // of the signal
	Answer  string         `json:"answer"`  // the node that asks
	Action  string         `json:"action"`  // of the answer
	Order   string         `json:"order"`   // "cancel"
	Refused string         `json:"refused"` // the code with which it is refused
}

// expectation is how a job ends.
type expectation struct {
	Status   job.Status                `json:"status"`
	Result   jsontext.Value            `json:"result"`
	Code     string                    `json:"code"`     // of a failure
	Steps    map[string]job.StepStatus `json:"steps"`    // all of them
	Visits   map[string]int            `json:"visits"`   // of some
	Order    []string                  `json:"order"`    // "a<b": a had ended before b started; "a<<b": before b ended
	Together [][]string                `json:"together"` // nodes that were at work at the same time
}

func TestPatterns(t *testing.T) {
	files, err := filepath.Glob("testdata/patterns/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d samples (%v)", len(files), err)
	}
	for _, file := range files {
		s := readSample(t, file)
		for _, run := range s.Runs {
			t.Run(s.Name+"/"+run.Case, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := start(t, events.NewMemLog(), engine.Config{})
					for slug := range s.Stored {
						r.pathway("", slug, `{"nodes":[{"id":"none","type":"end"}],"edges":[]}`)
					}
					for slug, graph := range s.Stored {
						r.pathway(slug, slug, string(graph))
					}
					subject := r.submit(string(s.Pathway), string(run.Input))
					for _, m := range run.Script {
						synctest.Wait()
						m.do(t, r, subject)
					}
					j := r.until(subject, ended)
					run.Expect.hold(t, &j.Job)
					run.Expect.history(t, r, subject, s.Pathway)
				})
			})
		}
	}
}

func readSample(t *testing.T, file string) *sample {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &sample{}
	if err := json.Unmarshal(raw, s, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if s.About == "" || len(s.Runs) == 0 {
		t.Fatalf("%s tells too little", file)
	}
	return s
}

func (m *move) do(t *testing.T, r *rig, s events.Subject) {
	t.Helper()
	var c job.Command
	switch {
	case m.Wait != "":
		d, err := time.ParseDuration(m.Wait)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(d) //nolint:forbidigo // synctest: virtual time
		return
	case m.Signal != "":
		c = &job.Signal{Name: m.Signal, Data: m.Data}
	case m.Answer != "":
		run := r.until(s, func(j *job.Run) bool { return slices.ContainsFunc(j.Interventions, m.asks) })
		i := slices.IndexFunc(run.Interventions, m.asks)
		c = &job.Answer{InterventionID: run.Interventions[i].InterventionID, Action: m.Action, Responder: "somebody"}
	case m.Order == "cancel":
		c = &job.Cancel{}
	default:
		t.Fatalf("a move that is none: %+v", m)
	}
	_, err := r.eng.Do(t.Context(), s, tester, c)
	var refused *job.Refusal
	if errors.As(err, &refused) != (m.Refused != "") || refused != nil && refused.Code != m.Refused || refused == nil && err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
}

func (m *move) asks(iv job.Intervention) bool { return iv.NodeID == m.Answer && iv.Open() }

// hold compares an ended job with what is expected of it.
func (x *expectation) hold(t *testing.T, j *job.Job) {
	t.Helper()
	code := ""
	if j.Error != nil {
		code = j.Error.Code
	}
	if j.Status != x.Status || code != x.Code {
		t.Errorf("the job is %s with error %+v", j.Status, j.Error)
	}
	if want, got := x.Result, j.Result.Clone(); j.Status == job.Completed {
		if err := errors.Join(want.Canonicalize(), got.Canonicalize()); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("result (-want +got):\n%s", d)
		}
	}
	steps, visits := map[string]job.StepStatus{}, map[string]int{}
	for _, st := range j.Steps {
		steps[st.NodeID] = st.Status
		if _, ok := x.Visits[st.NodeID]; ok {
			visits[st.NodeID] = st.Visits
		}
	}
	if d := cmp.Diff(x.Steps, steps); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
	if x.Visits != nil {
		if d := cmp.Diff(x.Visits, visits); d != "" {
			t.Errorf("visits (-want +got):\n%s", d)
		}
	}
}

// history holds what happened, in order, to what is expected, and to what is
// true of every job.
func (x *expectation) history(t *testing.T, r *rig, s events.Subject, graph jsontext.Value) {
	t.Helper()
	g, problems := pathway.Parse(graph, nodes.New(nodes.Deps{}))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	rules := jobtest.New(t, g)
	started, ended := map[string]uint64{}, map[string]uint64{} // the first start and the first end
	once := func(m map[string]uint64, node string, n uint64) {
		if _, ok := m[node]; !ok {
			m[node] = n
		}
	}
	for c, err := range r.log.Load(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Events {
			rules.See(c.Events[i].Fact)
			switch f := c.Events[i].Fact.(type) {
			case *events.NodeStarted:
				once(started, f.Node, c.Events[i].N)
			case *events.NodeSucceeded:
				once(ended, f.Node, c.Events[i].N)
			}
		}
	}
	for _, order := range x.Order {
		first, then, strict := strings.Cut(order, "<")
		moment := started[then]
		if late, ok := strings.CutPrefix(then, "<"); ok {
			moment = ended[late]
		}
		if e := ended[first]; !strict || e == 0 || moment < e {
			t.Errorf("%s: event %d and event %d", order, e, moment)
		}
	}
	for _, nodes := range x.Together {
		for _, a := range nodes {
			for _, b := range nodes {
				if ended[a] == 0 || started[b] == 0 || ended[a] < started[b] {
					t.Errorf("%s ended at event %d, %s started at %d", a, ended[a], b, started[b])
				}
			}
		}
	}
}

// The document has every pattern once, says the same of it as its sample, and
// names every sample.
func TestPatternsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/patterns.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]+) \| (yes|partly|not yet|no) \| ([^|]+) \| (?:\[([^\]]+)\]\(([^)]+)\))? ?\|$`).FindAllStringSubmatch(string(doc), -1)
	if len(rows) != 43 {
		t.Fatalf("%d rows of 43", len(rows))
	}
	named := map[string]bool{}
	for i, row := range rows {
		number, name, support, file, link := row[1], row[2], row[3], row[5], row[6]
		if number != fmt.Sprint(i+1) {
			t.Errorf("row %d is number %s", i+1, number)
		}
		if wants := support == "yes" || support == "partly"; wants != (file != "") {
			t.Errorf("%s: %s, with the sample %q", name, support, file)
		}
		if file == "" {
			continue
		}
		named[file] = true
		s := readSample(t, filepath.Join("../docs", link))
		if s.Name != name || s.Pattern != i+1 || filepath.Base(link) != file+".json" {
			t.Errorf("%s has the sample of %d, %s", name, s.Pattern, s.Name)
		}
	}
	files, _ := filepath.Glob("testdata/patterns/*.json")
	for _, file := range files {
		if !named[strings.TrimSuffix(filepath.Base(file), ".json")] {
			t.Errorf("%s is named nowhere", file)
		}
	}
}
