package pathway

import (
	"github.com/go-json-experiment/json/jsontext"
)

// Reading edges: those that are written, and those that nodes stand for.

// route is an edge that a switch stands for.
type route struct {
	to   string
	when *Expr
	path string
}

// cases reads the edges in a switch's settings.
func (p *parser) cases(path string, o *fields) []route {
	var routes []route
	if raw := o.take("cases"); raw == nil {
		p.bad(path+"/cases", "is missing: a list of {\"when\", \"to\"}")
	} else if list, ok := p.list(path+"/cases", raw); ok {
		if len(list) == 0 || len(list) > maxCases {
			p.bad(path+"/cases", "must hold 1 to %d cases", maxCases)
		}
		for i, raw := range list {
			place := path + at("cases", i)
			c, ok := p.object(place, raw)
			if !ok {
				continue
			}
			r := route{path: place + "/to"}
			if raw := c.take("when"); raw == nil {
				p.bad(place+"/when", "is missing; what is taken else is the switch's default")
			} else {
				r.when = p.condition(place+"/when", raw)
			}
			ok = p.end(r.path, c.take("to"), &r.to)
			p.unknown(place, c, "when, to")
			if ok {
				routes = append(routes, r)
			}
		}
	}
	if raw := o.take("default"); raw != nil {
		r := route{path: path + "/default"}
		if p.end(r.path, raw, &r.to) {
			routes = append(routes, r)
		}
	}
	return routes
}

// end reads the id of a node that an edge leads from or to.
func (p *parser) end(path string, raw jsontext.Value, id *string) bool {
	if raw == nil {
		p.bad(path, "is missing")
		p.broken = true
		return false
	}
	s, ok := p.text(path, raw)
	if ok {
		if _, known := p.ids[s]; !known {
			p.bad(path, "there is no node %.64q", s)
			ok = false
		}
	}
	if !ok {
		p.broken = true
		return false
	}
	*id = s
	return true
}

// edges reads the written edges and adds those that nodes stand for.
func (p *parser) edges(raw jsontext.Value) {
	if len(p.ids) == 0 && len(p.problems) > 0 {
		return // what an edge could lead to is not known
	}
	var list []jsontext.Value
	if raw != nil {
		l, ok := p.list("/edges", raw)
		if !ok {
			p.broken = true
		}
		if len(l) > maxEdges {
			p.bad("/edges", "has %d edges, which is more than %d", len(l), maxEdges)
			p.broken = true
			l = nil
		}
		list = l
	}
	type key struct{ from, to, when string }
	first := map[key]int{}
	for i, raw := range list {
		path := at("edges", i)
		o, ok := p.object(path, raw)
		if !ok {
			p.broken = true
			continue
		}
		var e Edge
		okFrom := p.end(path+"/from", o.take("from"), &e.From)
		okTo := p.end(path+"/to", o.take("to"), &e.To)
		k := key{from: e.From, to: e.To}
		if raw := o.take("when"); raw != nil {
			e.When = p.condition(path+"/when", raw)
			k.when = string(raw)
		}
		if raw := o.take("max_visits"); raw != nil {
			if e.MaxVisits, ok = p.integer(path+"/max_visits", raw, 1, maxVisits); !ok {
				e.MaxVisits = 1 // it is meant to be a back edge
			}
		}
		p.unknown(path, o, "from, to, when, max_visits")
		if !okFrom || !okTo {
			continue
		}
		if j, ok := first[k]; ok {
			p.bad(path, "is the same edge as /edges/%d", j)
			continue
		}
		first[k] = i
		p.addEdge(path, e)
	}
	for i, routes := range p.routes {
		for _, r := range routes {
			if p.graph.Nodes[i].ID == "" {
				break
			}
			p.addEdge(r.path, Edge{From: p.graph.Nodes[i].ID, To: r.to, When: r.when, Switch: true})
		}
	}
	for i := range p.graph.Nodes {
		n := &p.graph.Nodes[i]
		if n.ID == "" {
			continue
		}
		path := at("nodes", i, "on_error")
		switch _, known := p.ids[n.OnError]; {
		case n.OnError == "fail", n.OnError == "continue", n.OnError == "":
		case n.OnError == n.ID:
			p.bad(path, "cannot be the node itself; use retry")
		case !known:
			p.bad(path, "must be \"fail\", \"continue\" or the id of a node, and there is no node %.64q", n.OnError)
			p.broken = true
		default:
			p.addEdge(path, Edge{From: n.ID, To: n.OnError, OnError: true})
		}
	}
}

func (p *parser) addEdge(path string, e Edge) {
	p.graph.Edges = append(p.graph.Edges, e)
	p.places = append(p.places, path)
}
