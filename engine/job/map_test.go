package job_test

// Maps: when their items begin and end, and what becomes of the map.

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
	"ranvier/events"
)

// mapped is a map over one node, and z after it.
const mapped = `{"nodes":[{"id":"m","type":"map","node":{"type":"x"}},{"id":"z","type":"x"}],"edges":[{"from":"m","to":"z"}],"output":"{{ nodes.m.output }}"}`

// mapsInMaps has a loop around a map of maps, whose items race.
const mapsInMaps = `{"nodes":[{"id":"m","type":"map","retry":{"max_attempts":2,"initial":"1s"},"timeout":"80s","on_error":"z","graph":{"nodes":[
		{"id":"n","type":"map","on_error":"continue","node":{"id":"k","type":"x","retry":{"max_attempts":2,"initial":"5s"}}},{"id":"y","type":"x"},
		{"id":"j","type":"x","join":"any","join_rest":"cancel"}],"edges":[{"from":"n","to":"j"},{"from":"y","to":"j"},{"from":"j","to":"n","when":"nodes.j.output == 1","max_visits":1}]}},
	{"id":"z","type":"x"},{"id":"w","type":"x"}],"edges":[{"from":"m","to":"w"},{"from":"z","to":"w"},{"from":"w","to":"m","when":"nodes.w.output == 1","max_visits":2}]}`

// mapAndMore has a map that a join may not need any more, and a condition on its items.
const mapAndMore = `{"nodes":[{"id":"a","type":"x"},{"id":"m","type":"map","graph":{"nodes":[{"id":"p","type":"x","if":"item > 0"},{"id":"q","type":"x","on_error":"continue"},{"id":"e","type":"end"}],
		"edges":[{"from":"p","to":"q"},{"from":"q","to":"e","when":"nodes.q.output == 1"},{"from":"q","to":"p","when":"index == 1","max_visits":1}],"output":"{{ item }}"}},
	{"id":"j","type":"x","join":"any","join_rest":"cancel"}],"edges":[{"from":"a","to":"j"},{"from":"m","to":"j"}]}`

// fan gives a map its list of n numbers.
func (s *story) fan(node string, n int, change ...func(*job.Fan)) string {
	s.t.Helper()
	list := make([]int, n)
	for i := range list {
		list[i] = 10 * i
	}
	c := &job.Fan{Attempt: s.at(node), Items: events.PayloadOf(list).JSON(), Total: n, MinSuccess: -1, Concurrency: 2}
	for _, f := range change {
		f(c)
	}
	return s.do(c)
}

func least(n int) func(*job.Fan)      { return func(c *job.Fan) { c.MinSuccess = n } }
func atOnce(n int) func(*job.Fan)     { return func(c *job.Fan) { c.Concurrency = n } }
func rest(what string) func(*job.Fan) { return func(c *job.Fan) { c.Rest = what } }

func TestMap(t *testing.T) {
	s := submitted(t, mapped)
	s.want(s.fan("m", 3), "fanned:m/3", "started:m/0/item/1/1", "started:m/1/item/1/1")
	s.want(s.ok("m/1/item", `"one"`), "succeeded:m/1/item", "done:m/1", "started:m/2/item/1/1")
	if st := s.view.Step("m"); st.Status != job.StepWaiting || st.Items != (job.Items{Total: 3, Succeeded: 1}) || s.view.Status != job.Running {
		t.Fatalf("the map is %+v, the job %s", st, s.view.Status)
	}
	if len(s.view.Steps) != 1 || s.view.Progress < 16 || s.view.Progress > 17 {
		t.Fatalf("the job has %d steps and progress %v", len(s.view.Steps), s.view.Progress)
	}
	s.want(s.ok("m/2/item", `"two"`), "succeeded:m/2/item", "done:m/2")
	s.want(s.ok("m/2/item", `"two"`), "refused STALE")
	s.want(s.ok("m/0/item", `"zero"`), "succeeded:m/0/item", "done:m/0", "succeeded:m+0", "started:z/1/1")
	s.want(s.ok("z", `1`), "succeeded:z", `completed:["zero","one","two"]`)
	holds(t, s)
}

func TestMapOfNothing(t *testing.T) {
	s := submitted(t, mapped)
	s.want(s.fan("m", 0), "fanned:m/0", "succeeded:m+0", "started:z/1/1")
	s.want(s.ok("z", `1`), "succeeded:z", `completed:[]`)
}

func TestHowMapsEnd(t *testing.T) {
	const cancelled = `{"error":{"code":"CANCELLED","message":"cancelled: the map was decided without it"}}`
	const oops = `{"error":{"code":"OOPS","message":"it broke"}}`
	for _, c := range []struct {
		name  string
		items int
		how   []func(*job.Fan)
		play  string // "1" item 1 is done, "1!" it fails
		want  string // what the last of them does
	}{
		{"one failure fails all", 3, nil, "0!", "failed-node:m/0/item lost:m/0=OOPS lost:m/1=CANCELLED failed-node:m-0 failed:ITEMS_FAILED"},
		{"enough are left", 3, []func(*job.Fan){least(2)}, "0!", "failed-node:m/0/item lost:m/0=OOPS started:m/2/item/1/1"},
		{"all are awaited", 3, []func(*job.Fan){least(1)}, "0 1", "succeeded:m/1/item done:m/1"},
		{"all are awaited, and one failed", 3, []func(*job.Fan){least(1)}, "0 2! 1", `succeeded:m/1/item done:m/1 succeeded:m+0 started:z/1/1 [0,1,` + oops + `]`},
		{"too few are left", 3, []func(*job.Fan){least(2)}, "0! 2 1!", "failed-node:m/1/item lost:m/1=OOPS failed-node:m-0 failed:ITEMS_FAILED"},
		{"none need succeed", 2, []func(*job.Fan){least(0)}, "0! 1!", `failed-node:m/1/item lost:m/1=OOPS succeeded:m+0 started:z/1/1 [` + oops + `,` + oops + `]`},
		{"more must succeed than there are", 1, []func(*job.Fan){least(2)}, "", "fanned:m/1 failed-node:m-0 failed:ITEMS_FAILED"},
		{"the rest is cancelled", 4, []func(*job.Fan){least(1), rest("cancel")}, "1", `succeeded:m/1/item done:m/1 lost:m/0=CANCELLED succeeded:m+0 started:z/1/1 [` + cancelled + `,1,` + cancelled + `,` + cancelled + `]`},
		{"the rest is ignored", 3, []func(*job.Fan){least(1), rest("ignore")}, "1", `succeeded:m/1/item done:m/1 succeeded:m+0 started:z/1/1 started:m/2/item/1/1 [` +
			`{"error":{"code":"ITEM_NOT_AWAITED","message":"the map did not wait for it"}},1,{"error":{"code":"ITEM_NOT_AWAITED","message":"the map did not wait for it"}}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := submitted(t, mapped)
			got := s.fan("m", c.items, c.how...)
			for _, word := range strings.Fields(c.play) {
				i, failed := strings.CutSuffix(word, "!")
				if node := "m/" + i + "/item"; failed {
					got = s.fail(node)
				} else {
					got = s.ok(node, i)
				}
			}
			if out := s.run.Output("m"); out != nil {
				got += " " + string(out)
			}
			s.want(got, c.want)
			holds(t, s)
		})
	}
}

func TestIgnoredItemsRunOn(t *testing.T) {
	s := submitted(t, mapped)
	s.fan("m", 3, least(1), rest("ignore"))
	s.want(s.ok("m/0/item", `1`), "succeeded:m/0/item", "done:m/0", "succeeded:m+0", "started:z/1/1", "started:m/2/item/1/1")
	s.want(s.ok("z", `1`), "succeeded:z")
	s.want(s.fail("m/1/item"), "failed-node:m/1/item", "lost:m/1=OOPS")
	if s.view.Status != job.Running {
		t.Fatal(s.view.Status)
	}
	got := s.ok("m/2/item", `1`)
	if !strings.HasPrefix(got, "succeeded:m/2/item done:m/2 completed:[1,{") {
		t.Fatal(got)
	}
	if st := s.view.Step("m"); st.Items != (job.Items{Total: 3, Succeeded: 2, Failed: 1}) {
		t.Fatalf("%+v", st)
	}
	holds(t, s)
}

// TestItemsAreGraphs: what the job's own graph can, that of an item can.
func TestItemsAreGraphs(t *testing.T) {
	inner := func(graph string) string {
		return `{"nodes":[{"id":"m","type":"map","graph":` + graph + `}],"output":"{{ nodes.m.output }}"}`
	}
	for _, c := range []struct {
		name, graph string
		play        []string // "node=output", or "node!" for a failure
		want        []string
	}{
		{"one after the other, item and index are known", `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x","if":"item == 10 && index == 1"}],"edges":[{"from":"a","to":"b"}]}`,
			[]string{"m/0/a=1", "m/1/a=1", "m/1/b=2"}, []string{
				"succeeded:m/0/a+0 skipped:m/0/b done:m/0", "succeeded:m/1/a+0 started:m/1/b/1/1", "succeeded:m/1/b done:m/1 succeeded:m completed:[null,2]",
			}},
		{"an output of its own", `{"nodes":[{"id":"a","type":"x"}],"output":{"is":"{{ item }}","was":"{{ nodes.a.output }}"}}`,
			[]string{"m/1/a=5", "m/0/a=6"}, []string{"succeeded:m/1/a done:m/1", `succeeded:m/0/a done:m/0 succeeded:m completed:[{"is":0,"was":6},{"is":10,"was":5}]`}},
		{"several ends", `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"}]}`,
			[]string{"m/0/a=1", "m/0/b=2", "m/1/a=3", "m/1/b=4"}, []string{
				"succeeded:m/0/a", "succeeded:m/0/b done:m/0", "succeeded:m/1/a", `succeeded:m/1/b done:m/1 succeeded:m completed:[{"a":1,"b":2},{"a":3,"b":4}]`,
			}},
		{"a loop", `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"}],"edges":[{"from":"a","to":"b"},{"from":"b","to":"a","when":"nodes.b.output == 0","max_visits":1}]}`,
			[]string{"m/1/a=1", "m/1/b=0", "m/1/a=1", "m/1/b=0"}, []string{
				"succeeded:m/1/a+0 started:m/1/b/1/1", "succeeded:m/1/b+1 looped:m/1/a,m/1/b started:m/1/a/2/1",
				"succeeded:m/1/a+0 started:m/1/b/2/1", "succeeded:m/1/b-1 done:m/1",
			}},
		{"an error that is handled", `{"nodes":[{"id":"a","type":"x","on_error":"b"},{"id":"b","type":"x"}]}`,
			[]string{"m/0/a!", "m/0/b=1"}, []string{"failed-node:m/0/a+0 started:m/0/b/1/1", "succeeded:m/0/b done:m/0"}},
		{"a race", `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"cancel"}],"edges":[{"from":"a","to":"j"},{"from":"b","to":"j"}]}`,
			[]string{"m/1/b=1"}, []string{"succeeded:m/1/b+1 cancelled-node:m/1/a/1/1-0 started:m/1/j/1/1"}},
		{"an expression that fails", `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x","if":"item.no"}],"edges":[{"from":"a","to":"b"}]}`,
			[]string{"m/0/a=1"}, []string{"succeeded:m/0/a+0 lost:m/0=EXPRESSION_ERROR lost:m/1=CANCELLED failed-node:m failed:ITEMS_FAILED"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := submitted(t, inner(c.graph))
			s.fan("m", 2)
			for i, word := range c.play {
				node, out, ok := strings.Cut(word, "=")
				if ok {
					s.want(s.ok(node, out), c.want[i])
				} else {
					s.want(s.fail(strings.TrimSuffix(word, "!")), c.want[i])
				}
			}
			holds(t, s)
		})
	}
}

func TestNestedMaps(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"m","type":"map","graph":{"nodes":[{"id":"n","type":"map","node":{"id":"k","type":"x"}},{"id":"y","type":"x"}],"edges":[{"from":"n","to":"y"}]}},
		{"id":"z","type":"x"}],"edges":[{"from":"m","to":"z"},{"from":"z","to":"m","when":"nodes.z.output == 0","max_visits":1}],"output":"{{ nodes.m.output }}"}`)
	s.want(s.fan("m", 2), "fanned:m/2", "started:m/0/n/1/1", "started:m/1/n/1/1")
	s.want(s.fan("m/1/n", 1), "fanned:m/1/n/1", "started:m/1/n/0/k/1/1")
	s.want(s.fan("m/0/n", 2), "fanned:m/0/n/2", "started:m/0/n/0/k/1/1", "started:m/0/n/1/k/1/1")
	s.want(s.ok("m/0/n/1/k", `1`), "succeeded:m/0/n/1/k", "done:m/0/n/1")
	s.want(s.ok("m/1/n/0/k", `2`), "succeeded:m/1/n/0/k", "done:m/1/n/0", "succeeded:m/1/n+0", "started:m/1/y/1/1")
	s.want(s.ok("m/1/y", `3`), "succeeded:m/1/y", "done:m/1")
	s.want(s.ok("m/0/n/0/k", `4`), "succeeded:m/0/n/0/k", "done:m/0/n/0", "succeeded:m/0/n+0", "started:m/0/y/1/1")
	s.want(s.ok("m/0/y", `5`), "succeeded:m/0/y", "done:m/0", "succeeded:m+0", "started:z/1/1")
	s.want(s.ok("z", `0`), "succeeded:z+1", "looped:m,z", "started:m/2/1")
	// Visits go on, so that no attempt has the name of an earlier one.
	s.want(s.fan("m", 1), "fanned:m/1", "started:m/0/n/2/1")
	s.want(s.fan("m/0/n", 3, atOnce(1)), "fanned:m/0/n/3", "started:m/0/n/0/k/2/1")
	s.want(s.ok("m/0/n/0/k", `6`), "succeeded:m/0/n/0/k", "done:m/0/n/0", "started:m/0/n/1/k/2/1")
	s.want(s.fail("m/0/n/1/k"), "failed-node:m/0/n/1/k", "lost:m/0/n/1=OOPS", "failed-node:m/0/n-0", "lost:m/0=ITEMS_FAILED", "failed-node:m-0", "failed:ITEMS_FAILED")
	holds(t, s)
}

func TestRetriesOfMaps(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"m","type":"map","retry":{"max_attempts":2,"initial":"1s"},"node":{"id":"k","type":"x","retry":{"max_attempts":2,"initial":"1s"}}}]}`)
	s.fan("m", 2)
	s.want(s.fail("m/0/k"), "retrying:m/0/k")
	s.want(s.ok("m/1/k", `1`), "succeeded:m/1/k", "done:m/1")
	s.now = s.now.Add(time.Minute)
	s.want(s.do(&job.Advance{}), "started:m/0/k/1/2")
	s.want(s.fail("m/0/k"), "failed-node:m/0/k", "lost:m/0=OOPS", "retrying:m")
	s.now = s.now.Add(time.Minute)
	s.want(s.do(&job.Advance{}), "started:m/1/2")
	s.want(s.fan("m", 1), "fanned:m/1", "started:m/0/k/2/1")
	s.want(s.ok("m/0/k", `1`), "succeeded:m/0/k", "done:m/0", "succeeded:m", "completed:[1]")
	holds(t, s)
}

func TestMapTimeout(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"m","type":"map","timeout":"1m","on_error":"continue","node":{"type":"x"}}]}`)
	s.fan("m", 3)
	s.ok("m/0/item", `1`)
	s.now = s.now.Add(2 * time.Minute)
	if due := s.run.Due(); due.IsZero() || due.After(s.now) {
		t.Fatal(due)
	}
	s.want(s.do(&job.Advance{}), "lost:m/1=CANCELLED", "lost:m/2=CANCELLED", "failed-node:m", `completed:{"error":{"code":"TIMEOUT","message":"not enough items ended within 1m0s","node_id":"m"}}`)
	s.want(s.ok("m/1/item", `1`), "refused STALE")
	holds(t, s)
}

// TestWaitsInsideMaps: answers, signals and times reach items, first come first
// served, and a job waits when all that is begun does.
func TestWaitsInsideMaps(t *testing.T) {
	s := submitted(t, mapped)
	s.fan("m", 3)
	hold := func(node string, c *job.Hold) string {
		c.Attempt = s.at(node)
		return s.do(c)
	}
	s.want(hold("m/0/item", &job.Hold{Ask: &job.Ask{ID: "q", Actions: []string{"approve"}}}), "holds:m/0/item", "opened")
	s.want(hold("m/1/item", &job.Hold{Events: []string{"go"}}), "holds:m/1/item", "waiting")
	if w := s.view.WaitingFor; w == nil || w.NodeID != "m/0/item" {
		t.Fatalf("%+v", w)
	}
	s.want(s.do(&job.Signal{Name: "go", Data: jsontext.Value(`7`)}), "received:go#1", "taken:#1>m/1/item", "succeeded:m/1/item", "done:m/1", "resumed", "started:m/2/item/1/1")
	s.want(s.do(&job.Answer{InterventionID: "q", Action: "approve", Responder: "ann"}), "answered", "succeeded:m/0/item", "done:m/0")
	s.want(hold("m/2/item", &job.Hold{Until: s.now.Add(time.Second)}), "holds:m/2/item")
	if s.view.Status != job.Running {
		t.Fatal(s.view.Status)
	}
	s.now = s.now.Add(time.Minute)
	s.want(s.do(&job.Advance{}), "succeeded:m/2/item", "done:m/2", "succeeded:m+0", "started:z/1/1")
	holds(t, s)
}

// TestEndOfAnItemClosesItsWaits: nobody can answer what no longer matters.
func TestEndOfAnItemClosesItsWaits(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"m","type":"map","graph":{"nodes":[{"id":"q","type":"x"},{"id":"w","type":"x"},{"id":"e","type":"end"}]}},{"id":"z","type":"x"}]}`)
	s.fan("m", 1)
	s.do(&job.Hold{Attempt: s.at("m/0/q"), Ask: &job.Ask{ID: "q", Actions: []string{"approve"}}})
	s.do(&job.Hold{Attempt: s.at("m/0/w"), Events: []string{"go"}})
	s.want(s.do(&job.Succeed{Attempt: s.at("m/0/e"), Output: jsontext.Value(`9`), End: true}), "succeeded:m/0/e", "done:m/0", "succeeded:m")
	if len(s.view.Waits) > 0 || s.view.Interventions[0].Status != job.InterventionCancelled {
		t.Fatalf("%+v %+v", s.view.Waits, s.view.Interventions)
	}
	if got := string(s.run.Output("m")); got != "[9]" {
		t.Fatal(got)
	}
	holds(t, s)
}

func TestPausedMapBeginsNothing(t *testing.T) {
	s := submitted(t, mapped)
	s.fan("m", 4)
	s.do(&job.Pause{})
	s.want(s.ok("m/0/item", `1`), "succeeded:m/0/item")
	s.want(s.do(&job.Resume{}), "resumed", "done:m/0", "started:m/2/item/1/1")
	s.want(s.do(&job.Cancel{}), "cancelled")
	if s.run.AtWork() != nil || s.view.Step("m").Status != job.StepCancelled {
		t.Fatalf("%v %+v", s.run.AtWork(), s.view.Steps)
	}
	holds(t, s)
}

func TestLostItemsStartAnew(t *testing.T) {
	s := submitted(t, mapped)
	s.fan("m", 3)
	s.want(s.do(&job.Advance{Lost: []job.Attempt{s.at("m/0/item"), s.at("m/1/item")}}), "started:m/0/item/1/2!", "started:m/1/item/1/2!")
	s.room = 0
	s.want(s.ok("m/0/item", `1`), "succeeded:m/0/item", "done:m/0")
	if !s.run.CanBegin(s.graph) || s.view.Status != job.Running {
		t.Fatal("the third item could begin")
	}
	s.want(s.ok("m/1/item", `1`), "succeeded:m/1/item", "done:m/1")
	s.room = 1
	s.want(s.do(&job.Advance{}), "started:m/2/item/1/1")
	holds(t, s)
}

// TestNoCommitOfThousandsOfEvents: items that end without any work end a few at
// a time.
func TestNoCommitOfThousandsOfEvents(t *testing.T) {
	const total, most = 5_000, 600
	s := submitted(t, `{"nodes":[{"id":"m","type":"map","node":{"id":"k","type":"x","if":"item < 0"}}]}`)
	s.fan("m", total, atOnce(1_000))
	for n := 0; !s.view.Status.Terminal(); n++ {
		if facts := len(s.history[len(s.history)-1].Events); facts > most || facts == 0 || n > total {
			t.Fatalf("a commit of %d events", facts)
		}
		if !s.run.CanBegin(s.graph) {
			t.Fatal("the engine is not told to go on")
		}
		s.do(&job.Advance{})
	}
	if s.view.Status != job.Completed || s.view.Step("m").Items.Succeeded != total {
		t.Fatalf("%s, %+v", s.view.Status, s.view.Steps)
	}
	holds(t, s)
}

func TestRerunTakesMapsWhole(t *testing.T) {
	s := submitted(t, mapped)
	s.fan("m", 1)
	s.ok("m/0/item", `1`)
	s.ok("z", `1`)
	if _, err := s.run.Reuse(s.graph, "m/0/item"); err == nil || !strings.Contains(err.Error(), "inside the map m") {
		t.Fatal(err)
	}
	facts, err := s.run.Reuse(s.graph, "z")
	if err != nil {
		t.Fatal(err)
	}
	again := begin(t, mapped)
	submit := again.submission()
	submit.Reuse = facts
	again.want(again.do(submit), "submitted", "reused:m+0", "started", "started:z/1/1")
	again.want(again.ok("z", `2`), "succeeded:z", "completed:[1]")
}

func TestExplainMaps(t *testing.T) {
	s := submitted(t, mapped)
	s.fan("m", 40, atOnce(20))
	s.ok("m/3/item", `1`)
	a := job.NewAccount(s.subject)
	for _, c := range s.history {
		a.Apply(c)
	}
	x, err := a.Explain(t.Context(), s.graph, events.At(s.now))
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Reasons) != 6 {
		t.Fatalf("%d reasons: %+v", len(x.Reasons), x.Reasons)
	}
	for i, want := range []string{
		"m has 40 items: 1 succeeded, 0 failed, 19 at work, 20 not begun; all workers are busy",
		"m/0/item is at work, attempt 1", "m/1/item is at work, attempt 1",
	} {
		if got := x.Reasons[i].Message; got != want {
			t.Fatalf("%d: %s", i, got)
		}
	}
	if x.Reasons[5].Since == nil || x.Reasons[5].Since.Job != 2 {
		t.Fatal(fmt.Sprint(x.Reasons[5]))
	}
}
