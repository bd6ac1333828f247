package pathway

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Reading a graph document. What its nodes and edges are together is checked
// in check.go.

// Types knows the settings of node types.
type Types interface {
	// Settings decodes and checks one node's own settings strictly; raw is the
	// node's object without the fields that all nodes have. It returns the
	// node's behaviour, which pathway keeps and never looks into. The paths of
	// problems are relative to the node.
	Settings(kind string, raw jsontext.Value) (any, Problems)
	// Kinds lists the known node types, sorted. Parse refuses all others; only
	// where there are none Settings says what it knows.
	Kinds() []string
}

// Limits of a document.
const (
	maxDocument         = 1 << 20 // bytes
	maxDepth            = 64
	maxNodes            = 1_000
	maxEdges            = 5_000   // written ones
	maxCases            = 100     // of one switch
	maxVisits           = 100_000 // of one edge
	maxGraphExpressions = 2_000
	maxProblems         = 100 // that are told one by one
)

var (
	validID    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	validEvent = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$`) // "." and ".." could stand in no path
	validQueue = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// ValidEvent tells whether a signal can have a name: 1 to 64 letters, digits,
// '_', '-' or '.', not beginning with '.'.
func ValidEvent(name string) bool { return validEvent.MatchString(name) }

// ValidQueue tells whether a queue of workers can have a name: 1 to 64 letters,
// digits, '_' or '-'.
func ValidQueue(name string) bool { return validQueue.MatchString(name) }

// Parse reads and checks a graph document whole: {"nodes": [...], "edges":
// [...], "output": ...}. It gives a graph, or every problem, each with its
// pointer; beyond a hundred problems just their number. A document that is no
// strict JSON has one problem.
func Parse(raw []byte, types Types) (*Graph, Problems) {
	p := parser{types: types, kinds: types.Kinds(), ids: map[string]int{}, used: map[string]uses{}}
	p.document(raw)
	if n := len(p.problems); n > maxProblems {
		return nil, append(p.problems[:maxProblems:maxProblems], Problem{"", fmt.Sprintf("there are %d more problems", n-maxProblems)})
	}
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	p.graph.link()
	return &p.graph, nil
}

// parser is the state of one Parse.
type parser struct {
	reader
	types Types
	kinds []string
	outer *parser // of the graph around a map's
	depth int     // how many maps are around the graph

	graph   Graph
	ids     map[string]int  // node ids that exist, good or bad, to their first place
	places  []string        // pointer of each edge
	onError []string        // each node's on_error as written
	routes  [][]route       // each node's switch
	used    map[string]uses // by source
	broken  bool            // an id or an edge is unknown: what hangs together cannot be told
}

func (p *parser) document(raw []byte) {
	if !p.wellFormed(raw, maxDocument, maxDepth) {
		return
	}
	if n := expressions(raw); n > maxGraphExpressions {
		p.bad("", "there are %d expressions, which is more than %d", n, maxGraphExpressions)
		return
	}
	p.read(raw)
}

// read reads the document, or the part of it that is a map's graph.
func (p *parser) read(raw jsontext.Value) {
	doc, ok := p.object("", raw)
	if !ok {
		return
	}
	nodes, edges, output := doc.take("nodes"), doc.take("edges"), doc.take("output")
	p.unknown("", doc, "nodes, edges, output")
	p.nodes(nodes)
	p.edges(edges)
	if output != nil {
		v := &Value{}
		if err := v.UnmarshalJSON(output); err != nil {
			p.below("/output", err)
		} else {
			p.graph.Output = v
		}
		p.rawUses("/output", output)
	}
	p.check()
}

// below adds the problems of a part's own reader.
func (r *reader) below(path string, err error) {
	var inner Problems
	if errors.As(err, &inner) {
		r.problems = append(r.problems, inner.Under(path)...)
		return
	}
	r.bad(path, "%s", err.Error())
}

// expressions counts what a well-formed document may have to be compiled.
func expressions(raw []byte) (n int) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	for {
		t, err := dec.ReadToken()
		if err != nil {
			return n // the end
		}
		if t.Kind() != '"' {
			continue
		}
		switch s := t.String(); s {
		case "when", "if":
			n++
		default:
			n += strings.Count(s, "{{")
		}
	}
}

func (p *parser) nodes(raw jsontext.Value) {
	if raw == nil {
		p.bad("/nodes", "is missing")
		p.broken = true
		return
	}
	list, ok := p.list("/nodes", raw)
	switch {
	case !ok:
		p.broken = true
		return
	case len(list) == 0:
		p.bad("/nodes", "must hold at least one node")
		p.broken = true
		return
	case len(list) > maxNodes:
		p.bad("/nodes", "has %d nodes, which is more than %d", len(list), maxNodes)
		p.broken = true
		return
	}
	objects := make([]*fields, len(list))
	for i, raw := range list { // ids first: expressions name them
		if o, ok := p.object(at("nodes", i), raw); ok {
			objects[i] = o
		}
		p.id(i, objects[i])
	}
	for i, o := range objects {
		if o != nil {
			p.node(i, o)
		}
	}
}

// id reads a node's id and makes its place in the graph.
func (p *parser) id(i int, o *fields) {
	p.graph.Nodes = append(p.graph.Nodes, Node{})
	p.onError = append(p.onError, "")
	p.routes = append(p.routes, nil)
	if o == nil {
		p.broken = true
		return
	}
	path := at("nodes", i, "id")
	raw := o.take("id")
	if raw == nil {
		p.bad(path, "is missing")
		p.broken = true
		return
	}
	id, ok := p.text(path, raw)
	if !ok {
		p.broken = true
		return
	}
	if !validID.MatchString(id) {
		p.bad(path, "an id has 1 to 64 letters, digits, '_' or '-'")
	}
	if first, ok := p.ids[id]; ok {
		p.bad(path, "%.64q is the id of /nodes/%d already", id, first)
		p.broken = true
		return
	}
	if p.outer.knows(id) {
		p.bad(path, "%.64q is the id of a node outside of the map already, and expressions see both", id)
	}
	p.ids[id] = i
	p.graph.Nodes[i].ID = id
}

// node reads the rest of a node.
func (p *parser) node(i int, o *fields) {
	path := at("nodes", i)
	n := &p.graph.Nodes[i]
	n.OnError, n.Retry = "fail", Retry{MaxAttempts: 1}
	if raw := o.take("retry"); raw != nil {
		n.Retry = p.retry(path+"/retry", raw)
	}
	n.Timeout, _ = p.optionalDuration(path+"/timeout", o.take("timeout"), maxTimeout)
	if raw := o.take("on_error"); raw != nil {
		n.OnError, _ = p.text(path+"/on_error", raw)
	}
	join, rest := o.take("join"), o.values["join_rest"]
	if string(o.values["type"]) == `"map"` {
		rest = nil // it is about the items
	} else {
		o.take("join_rest")
	}
	p.join(path, n, join, rest)
	n.Lock = p.lock(path+"/lock", o.take("lock"))
	n.Cancels = p.cancels(path+"/cancels", o.take("cancels"))
	if raw := o.take("if"); raw != nil {
		n.If = p.condition(path+"/if", raw)
	}
	raw := o.take("type")
	if raw == nil {
		p.bad(path+"/type", "is missing; there are %s", strings.Join(p.kinds, ", "))
		return
	}
	kind, ok := p.text(path+"/type", raw)
	if !ok {
		return
	}
	if len(p.kinds) > 0 && !slices.Contains(p.kinds, kind) {
		p.bad(path+"/type", "there is no node type %.64q; there are %s", kind, strings.Join(p.kinds, ", "))
		return
	}
	n.Type = kind
	switch kind {
	case "switch":
		p.routes[i] = p.cases(path, o)
	case "map":
		n.Items = p.items(path, o)
	}
	settings := o.rest()
	var problems Problems
	n.Settings, problems = p.types.Settings(kind, settings)
	p.problems = append(p.problems, problems.Under(path)...)
	p.settingsUses(path, kind, o)
}

// join reads how many of the edges into a node start it. How many there are is
// known only with all edges: see joins.
func (p *parser) join(path string, n *Node, join, rest jsontext.Value) {
	switch {
	case join == nil, string(join) == `"all"`:
	case string(join) == `"any"`:
		n.Join = 1
	case join.Kind() == '0':
		n.Join, _ = p.integer(path+"/join", join, 1, maxEdges)
	default:
		p.bad(path+"/join", "must be \"all\", \"any\" or a number")
	}
	switch {
	case rest == nil:
	case string(rest) != `"ignore"` && string(rest) != `"cancel"`:
		p.bad(path+"/join_rest", "must be \"ignore\" or \"cancel\"")
	case join == nil, string(join) == `"all"`:
		p.bad(path+"/join_rest", "has no effect unless join is \"any\" or a number: every other node waits for all its edges")
	default:
		n.CancelRest = string(rest) == `"cancel"`
	}
}

// settingsUses checks what the expressions in settings refer to. It looks at
// all strings with {{, since only Types knows which of them are expressions:
// others name no node but by a strange chance.
func (p *parser) settingsUses(path, kind string, o *fields) {
	if kind == "neuron" { // a neuron's config is not the graph's
		o.take("config")
		o.take("pinned")
	}
	for _, name := range o.names {
		if raw, ok := o.values[name]; ok && bytes.Contains(raw, []byte("{{")) {
			p.rawUses(path+at(name), raw)
		}
	}
}

func (p *parser) rawUses(path string, raw jsontext.Value) {
	switch raw.Kind() {
	case '"':
		b, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return // Types said so
		}
		pieces, _ := split(string(b)) // as well
		for _, piece := range pieces {
			if !piece.code {
				continue
			}
			u, ok := p.used[piece.text]
			if !ok {
				u = parseUses(piece.text)
				p.used[piece.text] = u
			}
			p.uses(path, u)
		}
	case '[', '{':
		i := -1
		_ = each(raw, func(name string, v jsontext.Value) { // the document is well-formed
			if i++; raw.Kind() == '[' {
				p.rawUses(path+at(i), v)
			} else {
				p.rawUses(path+at(name), v)
			}
		})
	}
}

// uses checks what an expression refers to.
func (p *parser) uses(path string, u uses) {
	for _, id := range u.nodes {
		if !p.knows(id) {
			p.bad(path, "the expression reads nodes['%.64s'], and there is no such node%s", id, p.meant(id))
		}
	}
	if u.item && p.outer == nil {
		p.bad(path, "item and index are known inside a map only")
	}
}

// meant helps where an id with '-' was read as a difference.
func (p *parser) meant(id string) string {
	var like []string
	for known := range p.ids {
		if strings.HasPrefix(known, id+"-") {
			like = append(like, known)
		}
	}
	if len(like) == 0 {
		return ""
	}
	return fmt.Sprintf("; the id %[1]s is written nodes['%[1]s']", slices.Min(like))
}

// condition reads an expression that gives true or false; nil when it does
// not.
func (p *parser) condition(path string, raw jsontext.Value) *Expr {
	src, ok := p.text(path, raw)
	if !ok {
		return nil
	}
	if strings.HasPrefix(strings.TrimSpace(src), "{{") {
		p.bad(path, "is an expression as it is: write it without {{ }}")
		return nil
	}
	e, err := CompileExpr(src)
	if err != nil {
		p.bad(path, "%s", err.Error())
		return nil
	}
	if gives, ok := e.condition(); !ok {
		p.bad(path, "a condition must give true or false, and this gives %s", gives)
	}
	p.uses(path, e.uses)
	return e
}
