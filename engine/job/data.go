package job

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// This file is about outputs that are stored apart from the job's commits: a
// run remembers where they are, and they are read when somebody needs them.

// Fetch reads the data of a payload that is stored apart.
type Fetch func(events.Payload) (jsontext.Value, error)

// errNoFetch: nobody has said how a run reads what is stored apart.
var errNoFetch = errors.New("what is stored apart cannot be read here")

// Fetching is r for one use, with another way to read what is stored apart.
func (r *Run) Fetching(f Fetch) *Run {
	c := *r
	c.fetch = f
	return &c
}

// read gives the data of a payload wherever it is, null where there is none.
func (r *Run) read(p events.Payload) (jsontext.Value, error) {
	switch {
	case p.Apart == nil:
		return p.JSON(), nil
	case r.fetch == nil:
		return nil, errNoFetch
	}
	return r.fetch(p)
}

// show sets an output in a scope.
func (r *Run) show(s *pathway.Scope, id string, output events.Payload) {
	if output.Apart == nil {
		s.SetNode(id, output.JSON())
		return
	}
	s.SetNodeAway(id, func() (jsontext.Value, error) { return r.read(output) })
}

// watch makes what could not be read the decision's error: an expression that
// needed it has not failed.
func (d *decision) watch() {
	from := d.moment.Fetch
	d.run.fetch = func(p events.Payload) (jsontext.Value, error) {
		if from == nil {
			from = func(events.Payload) (jsontext.Value, error) { return nil, errNoFetch }
		}
		raw, err := from(p)
		if err != nil {
			d.fault = err
		}
		return raw, err
	}
}

// data gives an output, wherever it is. When it cannot be read the decision
// fails.
func (d *decision) data(p events.Payload) jsontext.Value {
	raw, err := d.run.read(p)
	if err != nil {
		return null()
	}
	return raw
}

// mostOutput bounds the list that a map gives.
func (m *Moment) mostOutput() int {
	if m.MaxOutput > 0 {
		return m.MaxOutput
	}
	return events.MaxCommit / 2
}
