package events

import "fmt"

// This file is about what is left of a deleted job (docs/decisions/0011).

// Deletes tells whether c is the deletion of its subject: of the commits before
// it the payloads are erased, or will be soon.
func (c *Commit) Deletes() bool {
	for i := range c.Events {
		if _, ok := c.Events[i].Fact.(*JobDeleted); ok {
			return true
		}
	}
	return false
}

// Erased tells whether some payload of c was erased.
func (c *Commit) Erased() bool {
	for i := range c.Events {
		for _, p := range c.Events[i].Fact.payloads() {
			if p.Erased() {
				return true
			}
		}
	}
	return false
}

// Skeleton gives c without the data of its payloads: the same events with the
// same hashes, so that the chain still verifies.
func (c *Commit) Skeleton() (*Commit, error) {
	bare := *c
	bare.Events = make([]Event, len(c.Events))
	for i := range c.Events {
		e := c.Events[i]
		if err := e.open(nil, nil); err != nil {
			return nil, fmt.Errorf("event %d of %s: %w", e.N, c.Subject, err)
		}
		bare.Events[i] = e
	}
	b, err := bare.encode()
	if err != nil {
		return nil, fmt.Errorf("encoding a commit: %w", err)
	}
	bare.encoded, bare.After = b, 0
	return &bare, nil
}
