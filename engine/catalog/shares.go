package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"ranvier/events"
)

// This file is what can be ordered about share tokens and about the
// workspace's limits.

// The kinds of shares: what a token opens.
const (
	ShareReceptor     = "receptor"     // fire it, and watch the jobs that it starts
	ShareJob          = "job"          // watch it
	ShareIntervention = "intervention" // answer it once
)

// maxShares is how many share tokens of one target may be valid at once.
const maxShares = 200

// Share is a share token; its text is known only by its hash. It is never
// changed once folded.
type Share struct {
	ID        string       `json:"id"`
	Workspace string       `json:"workspace_id"`
	Kind      string       `json:"kind"`
	Target    string       `json:"target"`             // id of the receptor, job or intervention
	Job       string       `json:"job_id,omitzero"`    // with ShareIntervention
	Responder string       `json:"responder,omitzero"` // with ShareIntervention
	Hash      events.Hash  `json:"hash"`
	CreatedAt events.Time  `json:"created_at"`
	ExpiresAt *events.Time `json:"expires_at"`
}

// Expired tells whether the token opens nothing any more at a time.
func (s *Share) Expired(at events.Time) bool {
	return s.ExpiresAt != nil && !at.Before(s.ExpiresAt.Time)
}

// CreateShare makes a share token. What it opens has been looked up; that a
// receptor exists is checked again here. A receptor has one at most that has
// not expired.
type CreateShare struct {
	Share  Share // all but CreatedAt and Workspace
	Rotate bool  // revokes the others of the same target; there must be one
	Now    events.Time
}

// RevokeShares ends all share tokens of one target, expired ones too. There
// must be one.
type RevokeShares struct{ Kind, Target string }

// Settings are the limits of a workspace. The zero value limits nothing.
type Settings struct {
	Concurrency map[string]int `json:"concurrency_limits,omitempty"` // jobs begun and not ended, by concurrency key
	Quotas      Quotas         `json:"quotas,omitzero"`

	Endpoints map[string]EndpointLimit `json:"endpoint_limits,omitempty"` // calls, by host or host:port
}

// EndpointLimit bounds the calls to one endpoint; 0 is without bound.
type EndpointLimit struct {
	Concurrency int `json:"concurrency,omitzero"` // at once
	PerMinute   int `json:"per_minute,omitzero"`  // that begin
	Burst       int `json:"burst,omitzero"`       // of PerMinute, that may begin at once after a pause; 0 is 1
}

// Quotas bound what one workspace may use; 0 is without bound.
type Quotas struct {
	OpenJobs   int   `json:"open_jobs,omitzero"`   // jobs that have not ended
	EventBytes int64 `json:"event_bytes,omitzero"` // of all commits ever stored of its jobs
	Streams    int   `json:"streams,omitzero"`     // open at once, in one process
}

// Or gives what is set in q, and the rest as it is in r.
func (q Quotas) Or(r Quotas) Quotas {
	return Quotas{
		OpenJobs: cmp.Or(q.OpenJobs, r.OpenJobs), EventBytes: cmp.Or(q.EventBytes, r.EventBytes), Streams: cmp.Or(q.Streams, r.Streams),
	}
}

// Configure changes the workspace's name and limits: what is not nil is put in
// the place of what was.
type Configure struct {
	Name        *string
	Concurrency *map[string]int
	Quotas      *Quotas
	Endpoints   *map[string]EndpointLimit
}

func (s *CreateShare) decide(c *Catalog) ([]events.Fact, error) {
	var facts []events.Fact
	others := slices.DeleteFunc(c.sharesOf(s.Share.Kind, s.Share.Target), func(o *Share) bool { return o.Expired(s.Now) })
	switch {
	case s.Share.Kind == ShareReceptor && c.receptors[s.Share.Target] == nil:
		return nil, unknown("receptor")
	case c.shares[s.Share.ID] != nil:
		return nil, takenID()
	case s.Rotate && len(others) == 0:
		return nil, &Refusal{"NOT_FOUND", "", "there is no share to rotate: make one"}
	case s.Rotate:
		facts = c.revokeShares(s.Share.Kind, s.Share.Target)
	case s.Share.Kind == ShareReceptor && len(others) > 0:
		return nil, &Refusal{"CONFLICT", "", "the receptor has a share already: rotate or revoke it"}
	case len(others) >= maxShares:
		return nil, &Refusal{"CONFLICT", "", fmt.Sprintf("%d share tokens for this are valid, and no more may be: revoke them or wait", maxShares)}
	}
	return append(facts, &events.ShareCreated{
		ExpiresAt: s.Share.ExpiresAt, Hash: s.Share.Hash, ID: s.Share.ID, Job: s.Share.Job,
		Kind: s.Share.Kind, Responder: s.Share.Responder, Target: s.Share.Target,
	}), nil
}

func (r *RevokeShares) decide(c *Catalog) ([]events.Fact, error) {
	facts := c.revokeShares(r.Kind, r.Target)
	if len(facts) == 0 {
		return nil, &Refusal{"NOT_FOUND", "", "there is no share to revoke"}
	}
	return facts, nil
}

func (s *Configure) decide(c *Catalog) ([]events.Fact, error) {
	if c.Head.N == 0 {
		return nil, unknown("workspace")
	}
	f := &events.WorkspaceConfigured{}
	now := c.Settings
	if s.Concurrency != nil {
		now.Concurrency = *s.Concurrency
	}
	if s.Quotas != nil {
		now.Quotas = *s.Quotas
	}
	if s.Endpoints != nil {
		now.Endpoints = *s.Endpoints
	}
	if s.Name != nil && *s.Name != c.Name {
		f.Name = *s.Name
	}
	if f.Name == "" && now.Quotas == c.Settings.Quotas && maps.Equal(now.Concurrency, c.Settings.Concurrency) && maps.Equal(now.Endpoints, c.Settings.Endpoints) {
		return nil, nil
	}
	var err error
	if f.Settings, err = definition(now); err != nil {
		return nil, err
	}
	return []events.Fact{f}, nil
}

// addShare folds. Shares that expired before are let go, so that only those
// that can still open something are held.
func (c *Catalog) addShare(at events.Time, f *events.ShareCreated) {
	maps.DeleteFunc(c.shares, func(_ string, s *Share) bool { return s.Expired(at) })
	c.shares[f.ID] = &Share{
		ID: f.ID, Workspace: c.Workspace, Kind: f.Kind, Target: f.Target, Job: f.Job, Responder: f.Responder,
		Hash: f.Hash, CreatedAt: at, ExpiresAt: f.ExpiresAt,
	}
}

// sharesOf gives the shares of one target, by id.
func (c *Catalog) sharesOf(kind, target string) []*Share {
	var found []*Share
	for _, id := range slices.Sorted(maps.Keys(c.shares)) {
		if s := c.shares[id]; s.Kind == kind && s.Target == target {
			found = append(found, s)
		}
	}
	return found
}

func (c *Catalog) revokeShares(kind, target string) []events.Fact {
	var facts []events.Fact
	for _, s := range c.sharesOf(kind, target) {
		facts = append(facts, &events.ShareRevoked{ID: s.ID})
	}
	return facts
}
