package pathway

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseProblems(t *testing.T) {
	const ids = `{"nodes":[{"id":"a","type":"do"},{"id":"b","type":"do"},{"id":"c-d","type":"do"}],"edges":`
	node := func(rest string) string { return `{"nodes":[{"id":"a","type":"do",` + rest + `}]}` }
	for _, c := range []struct {
		name, doc string
		want      []string
	}{
		// the document
		{"empty", ``, []string{
			`: is empty, and must be JSON`,
		}},
		{"half", `{"nodes":[`, []string{
			`/nodes: is no JSON at byte 10: unexpected EOF`,
		}},
		{"two", `{} {}`, []string{
			`: there is more after the JSON value`,
		}},
		{"no object", `[]`, []string{
			`: must be an object`,
		}},
		{"name twice", `{"nodes":[{"id":"a","id":"b"}]}`, []string{
			`/nodes/0/id: the name is twice in one object`,
		}},
		{"not UTF-8", "{\"nodes\":[{\"id\":\"\xff\"}]}", []string{
			`/nodes/0/id: is no JSON at byte 17: invalid UTF-8`,
		}},
		{"no nodes", `{}`, []string{
			`/nodes: is missing`,
		}},
		{"nodes null", `{"nodes":null,"edges":null}`, []string{
			`/nodes: must be a list`,
		}},
		{"nodes empty", `{"nodes":[],"edges":[]}`, []string{
			`/nodes: must hold at least one node`,
		}},
		{"unknown fields", `{"nodes":[{"id":"a","type":"do"}],"edge":[],"a/b~c":1}`, []string{
			`/edge: unknown field; known are nodes, edges, output`,
			`/a~1b~0c: unknown field; known are nodes, edges, output`,
		}},
		{"deep", `{"output":` + strings.Repeat(`[`, 64) + strings.Repeat(`]`, 64) + `}`, []string{
			`/output/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0: is nested deeper than 64`,
		}},
		{"bad output", `{"nodes":[{"id":"a","type":"do"}],"output":{"x":["{{ 1 + }}","{{ nodes.z.output }}","{{","{{ item }}"]}}`, []string{
			`/output/x/0: expression "1 +": column 4: syntax error: unexpected end`,
			`/output/x/2: an expression that {{ begins has no }} at its end; write {{ '{{' }} for the braces themselves`,
			`/output/x/1: the expression reads nodes['z'], and there is no such node`,
			`/output/x/3: item and index are known inside a map only`,
		}},
		{"output reads an unknown node", `{"nodes":[{"id":"a","type":"do"}],"output":{"x":["{{ nodes.z.output }}","{{ item }}"]}}`, []string{
			`/output/x/0: the expression reads nodes['z'], and there is no such node`,
			`/output/x/1: item and index are known inside a map only`,
		}},

		// nodes
		{"node no object", `{"nodes":[7,"a",{"id":"a","type":"do"}]}`, []string{
			`/nodes/0: must be an object`,
			`/nodes/1: must be an object`,
		}},
		{"ids", `{"nodes":[{"type":"do"},{"id":7,"type":"do"},{"id":"a b","type":"do"},{"id":"","type":"do"},{"id":"a","type":"do"},{"id":"a","type":"do"}]}`, []string{
			`/nodes/0/id: is missing`,
			`/nodes/1/id: must be a string`,
			`/nodes/2/id: an id has 1 to 64 letters, digits, '_' or '-'`,
			`/nodes/3/id: an id has 1 to 64 letters, digits, '_' or '-'`,
			`/nodes/5/id: "a" is the id of /nodes/4 already`,
		}},
		{"long id", `{"nodes":[{"id":"` + strings.Repeat("x", 65) + `","type":"do"}]}`, []string{
			`/nodes/0/id: an id has 1 to 64 letters, digits, '_' or '-'`,
		}},
		{"types", `{"nodes":[{"id":"a"},{"id":"b","type":"Do"},{"id":"c","type":1}]}`, []string{
			`/nodes/0/type: is missing; there are do, neuron, switch`,
			`/nodes/1/type: there is no node type "Do"; there are do, neuron, switch`,
			`/nodes/2/type: must be a string`,
		}},
		{"settings", node(`"with":"{{ foo }}","no":1`), []string{
			`/nodes/0/with: expression "foo": column 1: unknown name "foo"; the variables are input, nodes, job and trace`,
		}},
		{"settings path", node(`"with":{"a":[{"b/c":"{{ foo }} {{ input. }}"}]}`), []string{
			`/nodes/0/with/a/0/b~1c: expression "foo": column 1: unknown name "foo"; the variables are input, nodes, job and trace`,
			`/nodes/0/with/a/0/b~1c: expression "input.": column 7: syntax error: no viable alternative at input '.'`,
		}},
		{"settings read unknown nodes", node(`"with":{"a":["{{ nodes.x.output }}", "{{ nodes['y'] }}{{ nodes.?z }}{{ nodes[?'w'] }}{{ nodes.a }}{{ item }}"]}`), []string{
			`/nodes/0/with/a/0: the expression reads nodes['x'], and there is no such node`,
			`/nodes/0/with/a/1: the expression reads nodes['y'], and there is no such node`,
			`/nodes/0/with/a/1: the expression reads nodes['z'], and there is no such node`,
			`/nodes/0/with/a/1: the expression reads nodes['w'], and there is no such node`,
			`/nodes/0/with/a/1: item and index are known inside a map only`,
		}},
		{"retry", node(`"retry":{"max_attempts":0,"initial":"1","max":"-1s","factor":0.5,"jitter":1,"delay":"1s"}`), []string{
			`/nodes/0/retry/max_attempts: must be a whole number from 1 to 100`,
			`/nodes/0/retry/initial: "1" is no duration, which is written like "90s" or "1h30m"`,
			`/nodes/0/retry/max: a duration must be above zero`,
			`/nodes/0/retry/factor: must be a number from 1 to 100`,
			`/nodes/0/retry/jitter: must be true or false`,
			`/nodes/0/retry/delay: unknown field; known are max_attempts, initial, factor, max, jitter`,
		}},
		{"retry ranges", node(`"retry":{"max_attempts":101,"initial":"25h","max":"1ns","factor":101}`), []string{
			`/nodes/0/retry/max_attempts: must be a whole number from 1 to 100`,
			`/nodes/0/retry/initial: must be at most 24h`,
			`/nodes/0/retry/factor: must be a number from 1 to 100`,
		}},
		{"retry order", node(`"retry":{"max_attempts":2.5,"initial":"2s","max":"1s","factor":"2"}`), []string{
			`/nodes/0/retry/max_attempts: must be a whole number from 1 to 100`,
			`/nodes/0/retry/max: must not be below initial`,
			`/nodes/0/retry/factor: must be a number from 1 to 100`,
		}},
		{"retry without attempts", node(`"retry":{}`), []string{
			`/nodes/0/retry/max_attempts: is missing: how often to try in all, 1 to 100`,
		}},
		{"retry no object", node(`"retry":3`), []string{
			`/nodes/0/retry: must be an object`,
		}},
		{"timeout", node(`"timeout":"0s"`), []string{
			`/nodes/0/timeout: a duration must be above zero`,
		}},
		{"timeout long", node(`"timeout":"99999999h"`), []string{
			`/nodes/0/timeout: "99999999h" is no duration, which is written like "90s" or "1h30m"`,
		}},
		{"timeout huge", node(`"timeout":"87601h"`), []string{
			`/nodes/0/timeout: must be at most 87600h`,
		}},
		{"timeout number", node(`"timeout":5`), []string{
			`/nodes/0/timeout: must be a string`,
		}},
		{"on_error unknown", node(`"on_error":"b"`), []string{
			`/nodes/0/on_error: must be "fail", "continue" or the id of a node, and there is no node "b"`,
		}},
		{"on_error self", node(`"on_error":"a"`), []string{
			`/nodes/0/on_error: cannot be the node itself; use retry`,
		}},
		{"on_error number", node(`"on_error":1`), []string{
			`/nodes/0/on_error: must be a string`,
		}},
		{"join any", node(`"join":"any","join_rest":"cancel"`), []string{
			`/nodes/0/join: needs at least two edges that lead to "a", edges with max_visits not counted; there are 0`,
		}},
		{"join of one edge", `{"nodes":[{"id":"a","type":"do"},{"id":"b","type":"do","join":1}],"edges":[{"from":"a","to":"b"},{"from":"b","to":"b","max_visits":1}]}`, []string{
			`/nodes/1/join: needs at least two edges that lead to "b", edges with max_visits not counted; there are 1`,
		}},
		{"join of too many", `{"nodes":[{"id":"a","type":"do"},{"id":"b","type":"do","on_error":"c"},{"id":"c","type":"do","join":3}],"edges":[{"from":"a","to":"c"}]}`, []string{
			`/nodes/2/join: 3 edges cannot be awaited: 2 lead to "c", edges with max_visits not counted`,
		}},
		{"join of none", node(`"join":0`), []string{
			`/nodes/0/join: must be a whole number from 1 to 5000`,
		}},
		{"join of a half", node(`"join":1.5`), []string{
			`/nodes/0/join: must be a whole number from 1 to 5000`,
		}},
		{"join else", node(`"join":"most","join_rest":1`), []string{
			`/nodes/0/join: must be "all", "any" or a number`,
			`/nodes/0/join_rest: must be "ignore" or "cancel"`,
		}},
		{"join_rest alone", node(`"join_rest":"cancel"`), []string{
			`/nodes/0/join_rest: has no effect unless join is "any" or a number: every other node waits for all its edges`,
		}},
		{"join_rest of all", node(`"join":"all","join_rest":"ignore"`), []string{
			`/nodes/0/join_rest: has no effect unless join is "any" or a number: every other node waits for all its edges`,
		}},
		{"if", node(`"if":"1 + 1"`), []string{
			`/nodes/0/if: a condition must give true or false, and this gives int`,
		}},
		{"if braces", node(`"if":"{{ true }}"`), []string{
			`/nodes/0/if: is an expression as it is: write it without {{ }}`,
		}},
		{"if null", node(`"if":null`), []string{
			`/nodes/0/if: must be a string`,
		}},
		{"if empty", node(`"if":" "`), []string{
			`/nodes/0/if: the expression is empty`,
		}},

		// edges
		{"edges no list", ids + `{}}`, []string{
			`/edges: must be a list`,
		}},
		{"edge no object", ids + `[1,{"from":"a","to":"b"},{"from":"b","to":"c-d"}]}`, []string{
			`/edges/0: must be an object`,
		}},
		{"edge ends", ids + `[{"from":"a"},{"to":"b"},{"from":"x","to":"y"},{"from":1,"to":null}]}`, []string{
			`/edges/0/to: is missing`,
			`/edges/1/from: is missing`,
			`/edges/2/from: there is no node "x"`,
			`/edges/2/to: there is no node "y"`,
			`/edges/3/from: must be a string`,
			`/edges/3/to: must be a string`,
		}},
		{"edge fields", ids + `[{"from":"a","to":"b","label":"x","When":"true"}]}`, []string{
			`/edges/0/label: unknown field; known are from, to, when, max_visits`,
			`/edges/0/When: unknown field; known are from, to, when, max_visits`,
		}},
		{"edge twice", ids + `[{"from":"a","to":"b"},{"from":"a","to":"b"},{"from":"a","to":"b","when":"true"},{"from":"a","to":"b","when":"true"}]}`, []string{
			`/edges/1: is the same edge as /edges/0`,
			`/edges/3: is the same edge as /edges/2`,
		}},
		{"edge when", ids + `[{"from":"a","to":"b","when":"nodes.a.output ="},{"from":"a","to":"c-d","when":"'x'"}]}`, []string{
			`/edges/0/when: expression "nodes.a.output =": column 16: syntax error: token recognition error at: '='`,
			`/edges/1/when: a condition must give true or false, and this gives string`,
		}},
		{"edge reads unknown node", ids + `[{"from":"a","to":"b","when":"nodes.z.output == 1"},{"from":"a","to":"c-d","when":"nodes.c-index == 1"}]}`, []string{
			`/edges/0/when: the expression reads nodes['z'], and there is no such node`,
			`/edges/1/when: the expression reads nodes['c'], and there is no such node; the id c-d is written nodes['c-d']`,
			`/edges/1/when: item and index are known inside a map only`,
		}},
		{"minus", ids + `[{"from":"a","to":"b","when":"nodes.c-d.output == 1"}]}`, []string{
			`/edges/0/when: expression "nodes.c-d.output == 1": column 9: unknown name "d"; the variables are input, nodes, job and trace; the id c-d is written nodes['c-d']`,
		}},
		{"max_visits", ids + `[{"from":"a","to":"b"},{"from":"b","to":"a","max_visits":0},{"from":"c-d","to":"c-d","max_visits":1.5},{"from":"b","to":"b","max_visits":100001}]}`, []string{
			`/edges/1/max_visits: must be a whole number from 1 to 100000`,
			`/edges/2/max_visits: must be a whole number from 1 to 100000`,
			`/edges/3/max_visits: must be a whole number from 1 to 100000`,
		}},

		// the whole
		{"self edge", ids + `[{"from":"a","to":"a"}]}`, []string{
			`/edges/0: leads "a" to itself and so needs max_visits, which says how often it may be taken`,
			`/nodes/0: no start node leads to "a"`,
		}},
		{"all in a cycle", `{"nodes":[{"id":"a","type":"do"},{"id":"b","type":"do"}],"edges":[{"from":"a","to":"b"},{"from":"b","to":"a"}]}`, []string{
			`/edges/1: leads back to "a" and closes a cycle, so it needs max_visits, which says how often it may be taken`,
			`/nodes: no node can be the first: each has an edge that leads to it`,
		}},
		{"cycle", ids + `[{"from":"a","to":"b"},{"from":"c-d","to":"b"},{"from":"b","to":"c-d"}]}`, []string{
			`/edges/1: leads back to "b" and closes a cycle, so it needs max_visits, which says how often it may be taken`,
		}},
		{"unreached", ids + `[{"from":"b","to":"c-d"},{"from":"c-d","to":"b"}]}`, []string{
			`/edges/1: leads back to "b" and closes a cycle, so it needs max_visits, which says how often it may be taken`,
			`/nodes/1: no start node leads to "b"`,
			`/nodes/2: no start node leads to "c-d"`,
		}},
		{"max_visits without a cycle", ids + `[{"from":"a","to":"b","max_visits":2},{"from":"b","to":"c-d"}]}`, []string{
			`/edges/0/max_visits: is for an edge that closes a cycle; the edges without max_visits do not lead from "b" back to "a"`,
		}},
		{"on_error cycle", `{"nodes":[{"id":"a","type":"do"},{"id":"b","type":"do","on_error":"a"}],"edges":[{"from":"a","to":"b"}]}`, []string{
			`/nodes/1/on_error: leads back to "a" and closes a cycle; only an edge in "edges" can, with max_visits`,
			`/nodes: no node can be the first: each has an edge that leads to it`,
		}},

		// switch
		{"switch without cases", `{"nodes":[{"id":"s","type":"switch","x":1}]}`, []string{
			`/nodes/0/cases: is missing: a list of {"when", "to"}`,
			`/nodes/0/x: unknown object member name`,
		}},
		{"switch empty", `{"nodes":[{"id":"s","type":"switch","cases":[],"default":7}]}`, []string{
			`/nodes/0/cases: must hold 1 to 100 cases`,
			`/nodes/0/default: must be a string`,
		}},
		{"switch cases", `{"nodes":[{"id":"s","type":"switch","cases":[1,{"when":"true"},{"to":"s"},{"when":"1","to":"t","else":1},{"when":"nodes.q","to":"u"}],"default":"v"},{"id":"t","type":"do"}]}`, []string{
			`/nodes/0/cases/0: must be an object`,
			`/nodes/0/cases/1/to: is missing`,
			`/nodes/0/cases/2/when: is missing; what is taken else is the switch's default`,
			`/nodes/0/cases/3/when: a condition must give true or false, and this gives int`,
			`/nodes/0/cases/3/else: unknown field; known are when, to`,
			`/nodes/0/cases/4/when: the expression reads nodes['q'], and there is no such node`,
			`/nodes/0/cases/4/to: there is no node "u"`,
			`/nodes/0/default: there is no node "v"`,
			`/nodes/0/cases/2/to: leads back to "s" and closes a cycle; only an edge in "edges" can, with max_visits`,
		}},
		{"switch cycle", `{"nodes":[{"id":"a","type":"do"},{"id":"s","type":"switch","cases":[{"when":"true","to":"a"}],"default":"b"},{"id":"b","type":"do"}],"edges":[{"from":"a","to":"s"}]}`, []string{
			`/nodes/1/cases/0/to: leads back to "a" and closes a cycle; only an edge in "edges" can, with max_visits`,
			`/nodes: no node can be the first: each has an edge that leads to it`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, problems := Parse([]byte(c.doc), few{})
			if g != nil {
				t.Error("a graph with problems")
			}
			if diff := cmp.Diff(c.want, told(problems)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
