package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
	"ranvier/events"
)

// This file keeps large outputs apart from the commits that name them
// (docs/decisions/0020).

// Limits of data. 0 stands for the default.
type Limits struct {
	Inline int // bytes; a larger output is stored apart from its commit; default 256 KiB
	Output int // bytes of one output; a larger one fails its step; default 64 MiB
	Commit int // bytes that the log takes as one commit; default events.MaxCommit
}

func (l Limits) withDefaults() Limits {
	if l.Inline == 0 {
		l.Inline = 256 << 10
	}
	if l.Output == 0 {
		l.Output = 64 << 20
	}
	if l.Commit == 0 {
		l.Commit = events.MaxCommit
	}
	return l
}

// detach stores the large outputs of facts apart and leaves their digests in
// the facts. It comes before the commit: data that no commit names is erased
// with its job, a commit whose data is missing would be a loss. Errors wrap one
// of the log's.
func (e *Engine) detach(ctx context.Context, s events.Subject, facts []events.Fact) error {
	large := events.Large(facts, e.sizes.Inline, e.sizes.Commit/2)
	var stored []events.Hash
	for _, p := range large {
		switch {
		case slices.Contains(stored, p.Sum):
			continue
		case p.Size() > int64(e.sizes.Output):
			return fmt.Errorf("%w: an output of %d bytes of at most %d", events.ErrTooLarge, p.Size(), e.sizes.Output)
		}
		if err := e.log.PutBlob(ctx, s, *p); err != nil {
			return fmt.Errorf("store an output of %s: %w", s, err)
		}
		e.keepBlob(s, p.Sum, p.Raw)
		stored = append(stored, p.Sum)
	}
	for _, p := range large {
		*p = p.Detached()
	}
	return nil
}

// blobKey names what is stored apart.
type blobKey struct {
	subject events.Subject
	sum     events.Hash
}

// maxCachedBlob bounds what is kept in memory of what is stored apart, in bytes
// of one output: the next step often needs it. Larger ones are read again.
const maxCachedBlob = cacheWeight / 4

func (e *Engine) keepBlob(s events.Subject, sum events.Hash, raw jsontext.Value) {
	if len(raw) <= maxCachedBlob {
		e.blobs.put(blobKey{s, sum}, raw, len(raw))
	}
}

// read gives the data of a payload of a job, wherever it is. The caller must not
// change it. Errors wrap one of the log's.
func (e *Engine) read(ctx context.Context, s events.Subject, p events.Payload) (jsontext.Value, error) {
	if p.Apart == nil {
		return p.JSON(), nil
	}
	if raw, ok := e.blobs.get(blobKey{s, p.Sum}); ok {
		return raw, nil
	}
	r, err := e.log.OpenBlob(ctx, s, p.Sum)
	if err != nil {
		return nil, fmt.Errorf("read an output of %s: %w", s, err)
	}
	raw := make(jsontext.Value, r.Size())
	if _, err := io.ReadFull(r, raw); err != nil {
		return nil, fmt.Errorf("read an output of %s: %w", s, err)
	}
	e.keepBlob(s, p.Sum, raw)
	return raw, nil
}

// attach is p with its data in memory.
func (e *Engine) attach(ctx context.Context, s events.Subject, p *events.Payload) error {
	if p.Apart == nil {
		return nil
	}
	raw, err := e.read(ctx, s, *p)
	if err == nil {
		*p = events.Payload{Sum: p.Sum, Raw: raw}
	}
	return err
}

// fetch reads for a decision, which is made again when the log is unavailable.
func (e *Engine) fetch(ctx context.Context, s events.Subject) job.Fetch {
	return func(p events.Payload) (jsontext.Value, error) { return e.read(ctx, s, p) }
}

// patient reads for an attempt: it waits until the log can be read, or the
// attempt is over.
func (e *Engine) patient(ctx context.Context, s events.Subject) job.Fetch {
	return func(p events.Payload) (raw jsontext.Value, err error) {
		err = insist(ctx, func() error {
			raw, err = e.read(ctx, s, p)
			return err
		})
		return raw, err
	}
}

// codeLost is the code of a node whose sub-job's result cannot be read any more.
const codeLost = "SUB_JOB_RESULT_LOST"

// bring puts a sub-job's large result into what its parent is told: there it is
// data of the parent.
func (e *Engine) bring(parent events.Subject, c *job.ChildEnded) (err error) {
	if c.Large.Apart == nil {
		return nil
	}
	c.Result, err = e.patient(e.work, events.JobSubject(parent.Workspace, c.Job))(c.Large)
	if errors.Is(err, events.ErrBlob) {
		c.Code, c.Message, err = codeLost, err.Error(), nil
	}
	return err
}
