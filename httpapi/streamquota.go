package httpapi

// The quota of streams: how many a workspace may have open at once.

import (
	"net/http"
	"sync"

	"ranvier/engine"
)

// quotaSeconds is when to try again what is over a quota: something must end
// first.
const quotaSeconds = 5

// openStreams counts the streams that are open, by workspace. The zero value
// is ready, and its methods may be called from any goroutine.
type openStreams struct {
	mu sync.Mutex
	of map[string]int
}

// add counts one more unless there are as many as there may be; 0 is no quota.
func (o *openStreams) add(workspace string, quota int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if quota > 0 && o.of[workspace] >= quota {
		return false
	}
	if o.of == nil {
		o.of = map[string]int{}
	}
	o.of[workspace]++
	return true
}

func (o *openStreams) remove(workspace string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.of[workspace]--; o.of[workspace] == 0 {
		delete(o.of, workspace)
	}
}

func (o *openStreams) count(workspace string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.of[workspace]
}

// countStream counts a stream of the workspace that the request's credential is
// of, or refuses it. The caller must call closed when it has ended. A stream
// that is served without an engine, as in tests, is not counted.
func (s *Server) countStream(r *http.Request) (closed func(), err error) {
	if s.engine == nil {
		return func() {}, nil
	}
	by, _ := about(r).credential()
	q, err := s.engine.Quotas(r.Context(), by.workspace)
	if err != nil {
		return nil, err
	}
	if !s.streams.add(by.workspace, q.Streams) {
		f := fail(engine.RefusedQuota, "the workspace is at its quota streams: %d are open and no more may be at once", q.Streams)
		f.retryAfter = quotaSeconds
		return nil, f
	}
	s.metrics.opened()
	return func() {
		s.streams.remove(by.workspace)
		s.metrics.closed()
	}, nil
}
