package job

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// Signals: what somebody tells a job, and the nodes that wait for it.

// EventWait is a node that waits for the first of some signals.
type EventWait struct {
	Type      string       `json:"type"` // "event"
	Events    []string     `json:"events"`
	NodeID    string       `json:"node_id"`
	ExpiresAt *events.Time `json:"expires_at"` // when its timeout fails it
}

// Wait is an EventWait and since when it is one.
type Wait struct {
	EventWait
	Since events.Time `json:"since"`
}

// Awaited is what a waiting job waits for: a Question, or with type "event" an
// EventWait. Its JSON is that of the one that it is.
type Awaited struct {
	Question
	Events []string `json:"events"`
}

// MarshalJSONTo writes the one that it is.
func (a *Awaited) MarshalJSONTo(enc *jsontext.Encoder) error {
	if a.Type == "event" {
		return json.MarshalEncode(enc, &EventWait{Type: a.Type, Events: a.Events, NodeID: a.NodeID, ExpiresAt: a.ExpiresAt})
	}
	return json.MarshalEncode(enc, &a.Question)
}

// awaited is the oldest open question or wait, nil when there is none.
func (j *Job) awaited() *Awaited {
	q := j.openQuestion()
	switch {
	case len(j.Waits) > 0 && (q == nil || j.Waits[0].Since.Before(q.CreatedAt.Time)):
		w := &j.Waits[0]
		return &Awaited{Question: Question{Type: w.Type, NodeID: w.NodeID, ExpiresAt: w.ExpiresAt}, Events: w.Events}
	case q != nil:
		return &Awaited{Question: q.Question}
	}
	return nil
}

// signal is one that was received.
type signal struct {
	n    int
	name string
	data jsontext.Value
}

// keyed is a signal that came with an Idempotency-Key.
type keyed struct{ key, request events.Hash }

// Bounds of what one job remembers.
const (
	maxSignals     = 1_000    // kept until a node takes them
	maxSignalBytes = 32 << 20 // of their data together
	maxKeyed       = 1_000    // of the latest that came with a key
)

func (r *Run) receive(f *events.SignalReceived) {
	r.received = f.N
	r.signals = append(r.signals, signal{f.N, f.Name, f.Data.JSON()})
	if f.Key.IsZero() {
		return
	}
	if len(r.keyed) >= maxKeyed {
		r.keyed = r.keyed[len(r.keyed)-maxKeyed+1:]
	}
	r.keyed = append(r.keyed, keyed{f.Key, f.Request})
}

func (c *Signal) decide(d *decision) error {
	if !pathway.ValidEvent(c.Name) {
		return invalid("/name", "a signal's name has 1 to 64 letters, digits, '_', '-' or '.', and does not begin with '.'")
	}
	if i := slices.IndexFunc(d.run.keyed, func(k keyed) bool { return k.key == c.Key }); i >= 0 && !c.Key.IsZero() {
		if d.run.keyed[i].request != c.Request {
			return refuse(RefusedMismatch, "this Idempotency-Key was used with another signal; use a new key")
		}
		return refuse(RefusedExists, "the signal was received before")
	}
	if d.run.Status.Terminal() {
		return refuse(RefusedConflict, "the job has already %s: it takes no signals", ended(d.run.Status))
	}
	data, err := events.NewPayload(c.Data)
	if err != nil {
		return fmt.Errorf("data of signal %s: %w", c.Name, err)
	}
	f := &events.SignalReceived{Data: data, Key: c.Key, N: d.run.received + 1, Name: c.Name}
	if !c.Key.IsZero() {
		f.Request = c.Request
	}
	w := d.waitFor(c.Name)
	if w == nil {
		if err := d.run.full(len(data.Raw)); err != nil {
			return err
		}
	}
	d.happen(f)
	if w != nil {
		d.take(w.NodeID, d.run.signals[len(d.run.signals)-1])
		d.advance(nil)
	}
	return nil
}

// full refuses a signal that would have to be kept when there is no place.
func (r *Run) full(bytes int) error {
	for i := range r.signals {
		bytes += len(r.signals[i].data)
	}
	switch {
	case len(r.signals) >= maxSignals:
		return refuse(RefusedConflict, "no node waits for this signal, and %d that nobody has taken are kept already: send it again later", maxSignals)
	case bytes > maxSignalBytes:
		return refuse(RefusedConflict, "no node waits for this signal, and those that nobody has taken would have more than %d MiB with it: send it again later", maxSignalBytes>>20)
	}
	return nil
}

// waitFor gives the node that has waited longest for a signal of a name, nil
// when none does.
func (d *decision) waitFor(name string) *Wait {
	for i := range d.run.Waits {
		if w := &d.run.Waits[i]; slices.Contains(w.Events, name) && !due(w.ExpiresAt, d.moment.Now) {
			return w
		}
	}
	return nil
}

// takeKept gives a node that has just begun to wait the oldest signal that it
// waits for, if one is kept.
func (d *decision) takeKept(node string, names []string) {
	i := slices.IndexFunc(d.run.signals, func(s signal) bool { return slices.Contains(names, s.name) })
	if i >= 0 {
		d.take(node, d.run.signals[i])
	}
}

// signalOutput is the output of a node that waited for a signal.
type signalOutput struct {
	Event string         `json:"event"`
	Data  jsontext.Value `json:"data"`
}

// take ends a node's wait with a signal.
func (d *decision) take(node string, s signal) {
	st := d.run.step(node)
	a := Attempt{st.NodeID, st.Visits, st.Attempts}
	d.happen(&events.SignalTaken{N: s.n, Node: a.Node, Visit: a.Visit})
	d.succeed(a, events.PayloadOf(signalOutput{s.name, s.data}), events.Usage{})
}

// overdue gives the node of a wait whose time is over.
func (r *Run) overdue(now events.Time) (string, bool) {
	for i := range r.Waits {
		if due(r.Waits[i].ExpiresAt, now) {
			return r.Waits[i].NodeID, true
		}
	}
	return "", false
}
