package pathway

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A review that may send its draft back, a switch, and a rescue.
const review = `{"nodes":[
  {"id":"draft","type":"do","retry":{"max_attempts":3,"initial":"1s","factor":3,"max":"1m","jitter":true},"timeout":"2m"},
  {"id":"check","type":"do","if":"input.check"},
  {"id":"review","type":"do","on_error":"rescue"},
  {"id":"post","type":"do","on_error":"continue","join":"all"},
  {"id":"sort","type":"switch","cases":[{"when":"nodes.post.output.big","to":"big"}],"default":"small"},
  {"id":"big","type":"do"},{"id":"small","type":"do"},{"id":"rescue","type":"do"}],
 "edges":[
  {"from":"draft","to":"review"},
  {"from":"check","to":"review"},
  {"from":"review","to":"post","when":"nodes.review.output.action == 'approve'"},
  {"from":"review","to":"draft","when":"nodes.review.output.action == 'reject'","max_visits":3},
  {"from":"post","to":"sort"}],
 "output":{"status":"{{ nodes.post.output.status }}"}}`

func TestGraph(t *testing.T) {
	g := mustParse(t, review)
	var edges []string
	for i, e := range g.Edges {
		s := fmt.Sprintf("%d %s>%s", i, e.From, e.To)
		if e.When != nil {
			s += " when"
		}
		if e.Back {
			s += fmt.Sprintf(" back %d", e.MaxVisits)
		}
		if e.Switch {
			s += " switch"
		}
		if e.OnError {
			s += " on_error"
		}
		edges = append(edges, s)
	}
	want := []string{
		"0 draft>review", "1 check>review", "2 review>post when", "3 review>draft when back 3", "4 post>sort",
		"5 sort>big when switch", "6 sort>small switch", "7 review>rescue on_error",
	}
	if diff := cmp.Diff(want, edges); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"starts", g.Starts(), []string{"draft", "check"}},
		{"ends", g.Ends(), []string{"big", "small", "rescue"}},
		{"in of draft", g.In("draft"), []int(nil)},
		{"in of review", g.In("review"), []int{0, 1}},
		{"in of rescue", g.In("rescue"), []int{7}},
		{"out of review", g.Out("review"), []int{3, 2, 7}},
		{"out of sort", g.Out("sort"), []int{5, 6}},
		{"out of big", g.Out("big"), []int(nil)},
		{"reach of draft", g.Reach("draft"), []string{"big", "draft", "post", "rescue", "review", "small", "sort"}},
		{"reach of small", g.Reach("small"), []string{"small"}},
		{"reach of nobody", g.Reach("nobody"), []string(nil)},
		{"nobody", g.Node("nobody"), (*Node)(nil)},
		{"type of sort", g.Node("sort").Type, "switch"},
		{"timeout", g.Node("draft").Timeout, 2 * time.Minute},
		{"retry", g.Node("draft").Retry, Retry{MaxAttempts: 3, Initial: time.Second, Max: time.Minute, Factor: 3, Jitter: true}},
		{"no retry", g.Node("big").Retry, Retry{MaxAttempts: 1}},
		{"on_error", []string{g.Node("draft").OnError, g.Node("review").OnError, g.Node("post").OnError}, []string{"fail", "rescue", "continue"}},
		{"join", g.Node("draft").Join, 0},
		{"if", g.Node("check").If.String(), "input.check"},
		{"no if", g.Node("draft").If == nil, true},
		{"output", g.Output != nil, true},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

// A node that fails over to another one ends the graph all the same when it
// succeeds; one edge back to itself does not make it go on.
func TestEnds(t *testing.T) {
	g := mustParse(t, `{"nodes":[{"id":"a","type":"do","on_error":"b"},{"id":"b","type":"do"}],
		"edges":[{"from":"a","to":"a","when":"false","max_visits":2}]}`)
	if diff := cmp.Diff([]string{"a", "b"}, g.Ends()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a"}, g.Starts()); diff != "" {
		t.Error(diff)
	}
}

func TestLimits(t *testing.T) {
	doc := func(nodes, edges int) string {
		var b strings.Builder
		b.WriteString(`{"nodes":[`)
		for i := range nodes {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":"n%d","type":"do"}`, i)
		}
		b.WriteString(`],"edges":[`)
		for i := range edges {
			if i > 0 {
				b.WriteByte(',')
			}
			from := i % (nodes - 1)
			fmt.Fprintf(&b, `{"from":"n%d","to":"n%d","when":"%d > 0"}`, from, from+1, i)
		}
		b.WriteString(`]}`)
		return b.String()
	}
	mustParse(t, doc(maxNodes, maxNodes-1))
	many := strings.Repeat(`"{{1}}",`, maxGraphExpressions) + `"{{1}}"`
	bad := strings.Repeat(`7,`, maxNodes-1) + `7`
	for name, c := range map[string]struct{ doc, want string }{
		"nodes":       {doc(maxNodes+1, 1), "/nodes: has 1001 nodes, which is more than 1000"},
		"edges":       {strings.ReplaceAll(doc(10, maxEdges+1), `"when"`, `"When"`), "/edges: has 5001 edges, which is more than 5000"},
		"bytes":       {`{"nodes":"` + strings.Repeat("x", maxDocument) + `"}`, ": has 1048588 bytes, which is more than 1048576"},
		"expressions": {`{"nodes":[` + many + `]}`, ": there are 2001 expressions, which is more than 2000"},
		"one value":   {`{"nodes":[{"id":"a","type":"do"}],"output":[` + many[:8*maxExpressions+7] + `]}`, "/output/256: there are more than 256 expressions in one value"},
		"problems":    {`{"nodes":[` + bad + `]}`, ": there are 900 more problems"},
	} {
		_, problems := Parse([]byte(c.doc), few{})
		if got := told(problems); len(got) == 0 || got[len(got)-1] != c.want {
			t.Errorf("%s: got %.200q, want it to end with %q", name, got, c.want)
		}
	}
}

func TestDelay(t *testing.T) {
	r := Retry{MaxAttempts: 9, Initial: time.Second, Max: 10 * time.Second, Factor: 2}
	jitter := r
	jitter.Jitter = true
	for _, c := range []struct {
		retry  Retry
		failed int
		rnd    float64
		want   time.Duration
	}{
		{r, 1, 0.5, time.Second},
		{r, 2, 0.5, 2 * time.Second},
		{r, 4, 0.5, 8 * time.Second},
		{r, 5, 0.5, 10 * time.Second},
		{r, 5000, 0.5, 10 * time.Second},
		{r, 0, 0, time.Second},
		{r, -1, 0, time.Second},
		{jitter, 1, 0, time.Second / 2},
		{jitter, 1, 0.5, time.Second * 3 / 4},
		{jitter, 5, 0.999999999, 9999999995},
		{Retry{}, 3, 0.5, 0},
		{Retry{Initial: time.Hour, Factor: 100}, 100, 0, maxDelay},
	} {
		if got := c.retry.Delay(c.failed, c.rnd); got != c.want {
			t.Errorf("%+v after %d with %v: %v, want %v", c.retry, c.failed, c.rnd, got, c.want)
		}
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		problems Problems
		want     string
	}{
		{nil, "no problems"},
		{Problems{{"/a", "is bad"}}, "1 problem: at /a: is bad"},
		{Problems{{"", "is bad"}, {"/b", "too"}}, "2 problems: first is bad"},
	} {
		if got := c.problems.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		if got := c.problems.Err(); (got == nil) != (c.problems == nil) {
			t.Errorf("%v as an error is %v", c.problems, got)
		}
	}
}

// anyGraph draws a document that is a graph in form, often a bad one.
func anyGraph(t *rapid.T) map[string]any {
	ids := []string{"a", "b", "c", "d", "e", "f-g", "h"}[:rapid.IntRange(1, 7).Draw(t, "nodes")]
	id := rapid.SampledFrom(ids)
	var nodes, edges []any
	for _, n := range ids {
		node := map[string]any{"id": n, "type": "do"}
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			node["on_error"] = id.Draw(t, "on_error")
		case 1:
			node["type"] = "switch"
			node["cases"] = []any{map[string]any{"when": "true", "to": id.Draw(t, "case")}}
			if rapid.Bool().Draw(t, "has default") {
				node["default"] = id.Draw(t, "default")
			}
		}
		nodes = append(nodes, node)
	}
	for range rapid.IntRange(0, 10).Draw(t, "edges") {
		e := map[string]any{"from": id.Draw(t, "from"), "to": id.Draw(t, "to")}
		if rapid.IntRange(0, 2).Draw(t, "back") == 0 {
			e["max_visits"] = 2
		}
		edges = append(edges, e)
	}
	return map[string]any{"nodes": nodes, "edges": edges}
}

// What Parse accepts has no cycle of forward edges, every node is reached from
// a start, every back edge closes a cycle, and the indexes agree with the
// edges. What it refuses has a problem.
func TestAnyGraph(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(anyGraph(t))
		if err != nil {
			t.Fatal(err)
		}
		g, problems := Parse(raw, few{})
		if (g == nil) == (len(problems) == 0) {
			t.Fatalf("graph %v with problems %v", g, problems)
		}
		if g == nil {
			return
		}
		accepted++
		// The reference: reachability by repeated squaring of the edge relation.
		n := len(g.Nodes)
		place := map[string]int{}
		for i := range g.Nodes {
			place[g.Nodes[i].ID] = i
		}
		leads := make([][]bool, n)
		for i := range leads {
			leads[i] = make([]bool, n)
		}
		in, out := map[string]int{}, map[string]int{}
		for _, e := range g.Edges {
			out[e.From]++
			if !e.Back {
				in[e.To]++
				leads[place[e.From]][place[e.To]] = true
			}
			if e.Back != (e.MaxVisits > 0) {
				t.Fatalf("edge %+v", e)
			}
		}
		for k := range n {
			for i := range n {
				for j := range n {
					leads[i][j] = leads[i][j] || leads[i][k] && leads[k][j]
				}
			}
		}
		for i := range n {
			id := g.Nodes[i].ID
			if leads[i][i] {
				t.Fatalf("%s: %s is in a cycle", raw, id)
			}
			reach := []string{id}
			reached := slices.Contains(g.Starts(), id)
			for j := range n {
				if leads[i][j] {
					reach = append(reach, g.Nodes[j].ID)
				}
				reached = reached || leads[j][i] && slices.Contains(g.Starts(), g.Nodes[j].ID)
			}
			slices.Sort(reach)
			if got := g.Reach(id); !slices.Equal(got, reach) {
				t.Fatalf("%s: reach of %s is %v, want %v", raw, id, got, reach)
			}
			if !reached {
				t.Fatalf("%s: no start leads to %s", raw, id)
			}
			if len(g.In(id)) != in[id] || len(g.Out(id)) != out[id] {
				t.Fatalf("%s: %s has edges in %v, out %v", raw, id, g.In(id), g.Out(id))
			}
		}
		for _, e := range g.Edges {
			if e.Back && e.From != e.To && !leads[place[e.To]][place[e.From]] {
				t.Fatalf("%s: %+v closes no cycle", raw, e)
			}
		}
	})
	if accepted == 0 {
		t.Error("no graph was accepted: the property was not tried")
	}
}
