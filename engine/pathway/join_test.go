package pathway

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ending is few that also knows the end of a job.
type ending struct{ few }

func (ending) Kinds() []string { return []string{"do", "end", "neuron", "switch"} }

func (t ending) Settings(kind string, raw jsontext.Value) (any, Problems) {
	if kind == "end" {
		kind = "do"
	}
	return t.few.Settings(kind, raw)
}

// arrows makes a graph of lines like "a>b": a node for each letter and an edge
// for each arrow, "a!b" an on_error, "a<b2" a back edge from b to a that may be
// taken twice. "b=2" or "b=2,cancel" gives b a join, and "z" is an end.
func arrows(t testing.TB, lines string) *Graph {
	t.Helper()
	nodes, edges := map[string]string{}, []string{}
	see := func(ids ...string) {
		for _, id := range ids {
			if _, ok := nodes[id]; !ok {
				nodes[id] = ""
			}
		}
	}
	for line := range strings.FieldsSeq(lines) {
		from, to := line[:1], line[2:]
		switch line[1] {
		case '>':
			see(from, to)
			edges = append(edges, fmt.Sprintf(`{"from":%q,"to":%q}`, from, to))
		case '!':
			see(from, to)
			nodes[from] += fmt.Sprintf(`,"on_error":%q`, to)
		case '<':
			edges = append(edges, fmt.Sprintf(`{"from":%q,"to":%q,"max_visits":%s}`, to[:1], from, to[1:]))
		case '=':
			see(from)
			n, rest, ok := strings.Cut(to, ",")
			if !ok {
				rest = "ignore"
			}
			nodes[from] += fmt.Sprintf(`,"join":%s,"join_rest":%q`, n, rest)
		}
	}
	var list []string
	for id, more := range nodes {
		kind := "do"
		if id == "z" {
			kind = "end"
		}
		list = append(list, fmt.Sprintf(`{"id":%q,"type":%q%s}`, id, kind, more))
	}
	slices.Sort(list)
	g, problems := Parse([]byte(`{"nodes":[`+strings.Join(list, ",")+`],"edges":[`+strings.Join(edges, ",")+`]}`), ending{})
	if len(problems) > 0 {
		t.Fatalf("%s: %v", lines, problems)
	}
	return g
}

func TestRest(t *testing.T) {
	for _, c := range []struct{ graph, join, want string }{
		{"a>j b>j", "j", "a b"},
		{"s>a s>b a>j b>j j>k", "j", "s a b"}, // whatever is behind it
		{"a>j b>j b>k", "j", "a"},             // b has another way
		{"a>j b>c c>j c>k", "j", "a"},         // and so has what leads to it
		{"a>b b>c c>j d>j", "j", "a d b c"},   // long ways
		{"s>a s>k a>j b>j", "j", "a b"},       // s starts something else too
		{"a>j b>j a!k", "j", "b"},             // on_error is a way
		{"a>j b>j a!b", "j", "a b"},           // also one that stays inside
		{"a>j b>c c>j b<c2", "j", "a b c"},    // a loop inside
		{"s>a a>j s>b b>j s<k2 j>k", "j", "s a b"},
		{"a>j b>j b>z", "j", "a"},           // an end ends the job
		{"a>z z>j b>j", "j", "b"},           // even one with edges
		{"a>k b>k k>j c>j", "j", "a b c k"}, // another join inside
		{"a>j b>j", "a", ""},
		{"a>j", "x", ""},
	} {
		g := arrows(t, c.graph)
		got := g.Rest(c.join)
		for i, id := range got { // sources first
			for _, e := range g.In(id) {
				if at := slices.Index(got, g.Edges[e].From); at > i {
					t.Errorf("%s: %s stands before %s, which leads to it", c.graph, id, g.Edges[e].From)
				}
			}
		}
		want := strings.Fields(c.want)
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, append([]string{}, got...)); diff != "" {
			t.Errorf("%s: rest of %s (-want +got):\n%s", c.graph, c.join, diff)
		}
	}
}

func TestAgain(t *testing.T) {
	for _, c := range []struct {
		graph, id, until, taken string // taken: the edges that are, as their ends
		want                    string
	}{
		{"a>b b>c a<b2", "a", "b", "ab", "a b c"},
		{"a>j b>c c>j j>k j=1 b<c2", "b", "c", "aj", "b c"},         // j went on without them
		{"a>j b>c c>j j>k j=1 b<c2", "b", "c", "", "b c j k"},       // nobody has come yet
		{"a>j b>c c>j j>k j=1 b<c2", "b", "c", "cj", "b c j k"},     // only they came
		{"a>j b>c c>j j>k j=1 b<j2", "b", "j", "aj", "b c j k"},     // j itself goes back
		{"a>j b>c c>j j>k j=1 b<k2", "b", "k", "aj cj", "b c j k"},  // so does what is behind it
		{"a>j d>j b>c c>j j>k j=2 b<c2", "b", "c", "aj", "b c j k"}, // one is not enough
		{"a>j d>j b>c c>j j>k j=2 b<c2", "b", "c", "aj dj", "b c"},
		{"a>j b>c c>j c>k j>k j=1 b<c2", "b", "c", "aj", "b c k"}, // k waits for both
		{"a>j b>c c>j j>k b<c2", "b", "c", "aj", "b c j k"},       // all: the loop's way counts
		{"a>j x>n n>j x>y y>w j>k j=1 x<y2", "x", "y", "aj", "n w x y"},
		{"a>j x>n n>j x>y y>w j>k j=1,cancel x<y2", "x", "y", "aj", "w x y"}, // n was cancelled for j
		{"a>j x>n n>j x>y y>w j>k j=1,cancel x<y2", "x", "y", "", "j k n w x y"},
		{"a>j b>c c>j j>k j=1,cancel", "b", "", "aj", "b"}, // a rerun from what comes too late
		{"a>j b>j j>k j=1", "b", "", "aj", "b"},            // a rerun from b
		{"a>j b>j j>k j=1", "j", "", "aj", "j k"},
		{"a>b", "x", "", "", ""},
	} {
		g := arrows(t, c.graph)
		taken := func(i int) bool {
			return slices.Contains(strings.Fields(c.taken), g.Edges[i].From+g.Edges[i].To)
		}
		if diff := cmp.Diff(strings.Fields(c.want), append([]string{}, g.Again(c.id, c.until, taken)...)); diff != "" {
			t.Errorf("%s, back to %s (-want +got):\n%s", c.graph, c.id, diff)
		}
	}
}

// anyArrows draws a small graph without back edges.
func anyArrows(rt *rapid.T) string {
	const ids = "abcdefg"
	n := rapid.IntRange(2, len(ids)).Draw(rt, "nodes")
	lines := []string{"a>b"}
	for to := 1; to < n; to++ {
		for from := range to {
			switch rapid.IntRange(0, 5).Draw(rt, "edge") {
			case 0, 1:
				lines = append(lines, fmt.Sprintf("%c>%c", ids[from], ids[to]))
			case 2:
				if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, ids[from:from+1]+"!") }) {
					lines = append(lines, fmt.Sprintf("%c!%c", ids[from], ids[to]))
				}
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), " ")
}

// TestAnyRest compares with a walk over every way onwards.
func TestAnyRest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lines := anyArrows(rt)
		g := arrows(t, lines)
		join := rapid.SampledFrom(g.Nodes).Draw(rt, "join").ID
		var through func(id string) bool // all ways from id come through join, and there is one
		through = func(id string) bool {
			if id == join {
				return true
			}
			for _, e := range g.Out(id) {
				if !through(g.Edges[e].To) {
					return false
				}
			}
			return len(g.Out(id)) > 0
		}
		rest := g.Rest(join)
		for i := range g.Nodes {
			id := g.Nodes[i].ID
			if want := id != join && through(id); want != slices.Contains(rest, id) {
				t.Fatalf("%s: rest of %s is %v, %s: %v", lines, join, rest, id, want)
			}
		}
	})
}

// TestAnyAgain holds what begins anew to its meaning: closed under the edges but
// for joins that the others satisfy, and nothing that could be left out.
func TestAnyAgain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lines := anyArrows(rt)
		plain := arrows(t, lines)
		for i := range plain.Nodes {
			id := plain.Nodes[i].ID
			if n := len(plain.In(id)); n > 1 && rapid.Bool().Draw(rt, "joins") {
				lines += fmt.Sprintf(" %s=%d,%s", id, rapid.IntRange(1, n).Draw(rt, "join"), rapid.SampledFrom([]string{"ignore", "cancel"}).Draw(rt, "rest"))
			}
		}
		g := arrows(t, lines)
		from := rapid.SampledFrom(g.Nodes).Draw(rt, "from").ID
		until := rapid.SampledFrom(append(g.Reach(from), "")).Draw(rt, "until")
		taken := make([]bool, len(g.Edges))
		for i := range taken {
			taken[i] = rapid.Bool().Draw(rt, "taken")
		}
		again := g.Again(from, until, func(i int) bool { return taken[i] })
		reached := map[string]bool{from: true} // and what stays cancelled
		late := map[string]bool{}
		for range g.Nodes { // each time at least one more is found, or none
			for i := range g.Nodes {
				n := &g.Nodes[i]
				led, others := false, 0
				for _, e := range g.In(n.ID) {
					if reached[g.Edges[e].From] {
						led = true
					} else if taken[e] {
						others++
					}
				}
				onLoop := until != "" && slices.Contains(g.Reach(n.ID), until)
				late[n.ID] = led && n.Join > 0 && others >= n.Join && !onLoop
				reached[n.ID] = reached[n.ID] || led && !late[n.ID]
			}
		}
		for i := range g.Nodes {
			id := g.Nodes[i].ID
			cancelled := slices.ContainsFunc(g.Nodes, func(n Node) bool {
				return n.CancelRest && late[n.ID] && !reached[n.ID] && slices.Contains(g.Rest(n.ID), id)
			})
			if id == until && !cancelled && !reached[id] {
				t.Fatalf("%s: back to %s leaves out %s, where it comes from: %v", lines, from, until, again)
			}
			if want := id == from || reached[id] && !cancelled; slices.Contains(again, id) != want {
				t.Fatalf("%s: back to %s from %q with %v taken: %v, of which %s: %v", lines, from, until, taken, again, id, want)
			}
		}
	})
}
