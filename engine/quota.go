package engine

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

// This file holds workspaces to their quotas.

// RefusedQuota is the code of the refusal of what would be over a quota.
const RefusedQuota = "RATE_LIMIT"

// Usage gives the bytes of all commits of a workspace's jobs that the views
// have counted so far. It is called from many goroutines.
type Usage func(ctx context.Context, workspace string) (eventBytes int64, err error)

// Quotas gives the quotas of a workspace: each its own, or the instance's
// where it has none. Errors wrap one of the log's.
func (e *Engine) Quotas(ctx context.Context, workspace string) (catalog.Quotas, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return catalog.Quotas{}, err
	}
	return c.Settings.Quotas.Or(e.quotas), nil
}

// admitJob counts a job that is about to be submitted as open, unless its
// workspace may have no more; what becomes of it then is for stand to count.
func (e *Engine) admitJob(ctx context.Context, s events.Subject) error {
	q, err := e.Quotas(ctx, s.Workspace)
	if err != nil {
		return err
	}
	if q.EventBytes > 0 && e.usage != nil {
		switch used, err := e.usage(ctx, s.Workspace); {
		case err != nil:
			return fmt.Errorf("%w: counting what the workspace has stored: %w", events.ErrUnavailable, err)
		case used >= q.EventBytes:
			return overQuota("event_bytes", "its jobs have stored %d bytes of events and may store %d", used, q.EventBytes)
		}
	}
	return e.open.admit(s, q.OpenJobs)
}

// overQuota names the quota of a workspace that is used up.
func overQuota(name, format string, args ...any) *job.Refusal {
	return &job.Refusal{Code: RefusedQuota, Message: fmt.Sprintf("the workspace is at its quota %s: ", name) + fmt.Sprintf(format, args...)}
}

// openJobs are the jobs that have not ended, by workspace.
type openJobs struct {
	mu      sync.Mutex
	counted bool // those that an earlier process left are among them
	of      map[string]map[string]struct{}
}

// count adds the jobs that an earlier process left. Some of them may have ended
// since; what is found out of each is told to set.
func (o *openJobs) count(jobs []events.Subject) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range jobs {
		o.add(s)
	}
	o.counted = true
}

// admit adds a job unless there are as many as there may be; 0 is no quota.
func (o *openJobs) admit(s events.Subject, quota int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, known := o.of[s.Workspace][s.ID]
	switch n := len(o.of[s.Workspace]); {
	case known:
		return nil
	case quota > 0 && !o.counted:
		return fmt.Errorf("%w: the open jobs are not counted yet", events.ErrUnavailable)
	case quota > 0 && n >= quota:
		return overQuota("open_jobs", "%d of its jobs have not ended and %d may be open at once", n, quota)
	}
	o.add(s)
	return nil
}

// set notes whether a job is open.
func (o *openJobs) set(s events.Subject, open bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if open {
		o.add(s)
		return
	}
	if of := o.of[s.Workspace]; of != nil {
		delete(of, s.ID)
		if len(of) == 0 {
			delete(o.of, s.Workspace)
		}
	}
}

func (o *openJobs) add(s events.Subject) {
	if o.of == nil {
		o.of = map[string]map[string]struct{}{}
	}
	of := o.of[s.Workspace]
	if of == nil {
		of = map[string]struct{}{}
		o.of[s.Workspace] = of
	}
	of[s.ID] = struct{}{}
}

// OpenJobs counts the jobs of a workspace that have not ended. Until Run has
// begun it knows only those that were submitted to this engine.
func (e *Engine) OpenJobs(workspace string) int {
	e.open.mu.Lock()
	defer e.open.mu.Unlock()
	return len(e.open.of[workspace])
}

// limits gives the places the limits of a catalog that is new here; the
// catalog's lock is held, so that the newest one is the last.
func (e *Engine) limits(c *catalog.Catalog) {
	e.admitAll(e.places.Configure(c.Workspace, maps.Clone(c.Settings.Concurrency)))
}
