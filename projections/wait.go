package projections

import (
	"context"
	"fmt"

	"ranvier/events"
)

// Wait returns once the commit of that sequence is folded in, at once when it
// is already: a read that begins afterwards sees it. It gives the context's
// error, wrapped, or ErrClosed.
func (s *Store) Wait(ctx context.Context, stream events.Stream, seq uint64) error {
	for {
		s.mu.Lock()
		folded, changed, closed := s.state.Checkpoints[stream].Seq, s.changed, s.closed
		s.mu.Unlock()
		if closed {
			return ErrClosed
		}
		if folded >= seq {
			return nil
		}
		select {
		case s.wanted <- struct{}{}: // whoever folds need not gather any more
		default:
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the projections to reach %d of %s, they are at %d: %w", seq, stream, folded, ctx.Err())
		}
	}
}

// Folded is the last sequence of the stream that is folded in. It falls only
// when the views are folded again from the start.
func (s *Store) Folded(stream events.Stream) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Checkpoints[stream].Seq
}
