package catalog

import (
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
)

// This file is what can be ordered about receptors.

// ReceptorSpec is what a client says of a receptor, all but its secrets.
type ReceptorSpec struct {
	Name        string   `json:"name"`
	Slug        string   `json:"slug"`
	Description string   `json:"description"`
	Target      Target   `json:"executable_target"`
	Channels    []string `json:"active_channels"` // of Channels, sorted, none twice
	Source      Source   `json:"source_config"`
	IsActive    bool     `json:"is_active"`
}

// Target is what a receptor starts.
type Target struct {
	Kind string `json:"kind"` // "neuron" or "pathway"
	ID   string `json:"id"`   // id or slug
}

// The channels on which a receptor can be fired. A share token fires it
// whatever its channels are.
const (
	ChannelHTTP    = "http"
	ChannelWebhook = "webhook"
	ChannelCron    = "cron"
	ChannelPublic  = "public" // by a share token; not to be listed in active_channels
)

// What becomes of a time of the schedule while the job of an earlier one has
// not ended.
const (
	OverlapSkip    = "skip"    // it passes without a job; also when nothing is said
	OverlapQueue   = "queue"   // its job waits for the earlier ones to end
	OverlapReplace = "replace" // the earlier ones are cancelled
)

// Channels are those that a receptor may list.
var Channels = []string{ChannelCron, ChannelHTTP, ChannelWebhook}

// Source says when and how the channels fire.
type Source struct {
	Schedule string         `json:"schedule,omitzero"` // cron: 5 fields, 6 with seconds first, or "@every 10s"
	Timezone string         `json:"timezone,omitzero"` // cron: an IANA name; empty is UTC
	Overlap  string         `json:"overlap,omitzero"`  // cron: skip, queue or replace; empty is skip
	CatchUp  bool           `json:"catch_up,omitzero"` // cron: times missed while the server was down are made up for
	Input    jsontext.Value `json:"input,omitzero"`    // cron: the input of its jobs
	Dedupe   string         `json:"dedupe,omitzero"`   // webhook: CEL over body and headers; empty is the message's id
}

// Receptor is a receptor as it is now. It is never changed once folded.
type Receptor struct {
	ID        string `json:"id"`
	Workspace string `json:"workspace_id"`
	ReceptorSpec
	Version   int          `json:"version"`
	CreatedAt events.Time  `json:"created_at"`
	UpdatedAt events.Time  `json:"updated_at"`
	Secrets   []string     `json:"-"` // sealed; the newest first
	Since     events.Time  `json:"-"` // when its schedule became what it is: earlier times of it do not count
	Skipped   *events.Time `json:"-"` // the last time of its schedule that passed without a job
}

// Scheduled tells whether it fires by its schedule.
func (r *Receptor) Scheduled() bool {
	return r.IsActive && slices.Contains(r.Channels, ChannelCron)
}

// StoreReceptor makes a receptor (New) or changes one. The spec has been
// checked; an empty slug is made from the name.
type StoreReceptor struct {
	New     bool
	ID      string // with New the new id, else an id or a slug
	From    int    // the version that was changed; another one by now is refused. 0: whatever there is
	Spec    ReceptorSpec
	Secrets []string // sealed, in place of all earlier ones
}

// RefusedChanged is the code of the refusal of a change of what is no more as
// it was: read it again, and change that.
const RefusedChanged = "CHANGED"

// DeleteReceptor removes a receptor, named by id or slug, and revokes its share.
type DeleteReceptor struct{ ID string }

// SkipTick records that a time of a receptor's schedule passed without a job.
// The times of a receptor are recorded in turn: for one before the last there
// is nothing to do.
type SkipTick struct {
	ID     string       // of the receptor
	Job    string       // the one that had not ended, or
	Reason string       // why else there was no job
	Since  *events.Time // nil, or every time after this one passed, up to Tick
	Tick   events.Time
}

func (s *StoreReceptor) decide(c *Catalog) ([]events.Fact, error) {
	at, err := next(c.receptors, "receptor", s.New, s.ID, s.Spec.Slug, s.Spec.Name)
	if err != nil {
		return nil, err
	}
	if s.From != 0 && s.From != at.version-1 {
		return nil, &Refusal{RefusedChanged, "", "the receptor was changed by another request in the meantime"}
	}
	spec := s.Spec
	spec.Slug = at.slug
	d, err := definition(spec)
	if err != nil {
		return nil, err
	}
	return []events.Fact{&events.ReceptorStored{Definition: d, ID: at.id, Secrets: s.Secrets, Slug: at.slug, Version: at.version}}, nil
}

func (s *DeleteReceptor) decide(c *Catalog) ([]events.Fact, error) {
	r := c.Receptor(s.ID)
	if r == nil {
		return nil, unknown("receptor")
	}
	return append(c.revokeShares(ShareReceptor, r.ID), &events.ReceptorDeleted{ID: r.ID}), nil
}

func (s *SkipTick) decide(c *Catalog) ([]events.Fact, error) {
	r := c.receptors[s.ID]
	switch {
	case r == nil:
		return nil, unknown("receptor")
	case r.Skipped != nil && !s.Tick.After(r.Skipped.Time):
		return nil, nil
	}
	return []events.Fact{&events.ReceptorSkipped{ID: s.ID, Job: s.Job, Reason: s.Reason, Since: s.Since, Tick: s.Tick}}, nil
}

// storeReceptor folds. What it cannot read it leaves as it was.
func (c *Catalog) storeReceptor(at events.Time, f *events.ReceptorStored) {
	r := &Receptor{ID: f.ID, Workspace: c.Workspace, Version: f.Version, CreatedAt: at, UpdatedAt: at, Secrets: f.Secrets}
	if json.Unmarshal(f.Definition.JSON(), &r.ReceptorSpec) != nil {
		return
	}
	r.Slug, r.Since = f.Slug, at
	if old := c.receptors[f.ID]; old != nil {
		r.CreatedAt, r.Skipped = old.CreatedAt, old.Skipped
		if old.Scheduled() && r.Scheduled() && old.Source.Schedule == r.Source.Schedule && old.Source.Timezone == r.Source.Timezone {
			r.Since = old.Since
		}
	}
	c.receptors[f.ID] = r
}

func (c *Catalog) skipTick(f *events.ReceptorSkipped) {
	if old := c.receptors[f.ID]; old != nil {
		r := *old
		r.Skipped = &f.Tick
		c.receptors[f.ID] = &r
	}
}

// Receptor finds a receptor by id or slug, nil when there is none.
func (c *Catalog) Receptor(idOrSlug string) *Receptor { return find(c.receptors, idOrSlug) }

// Receptors gives all receptors, by id.
func (c *Catalog) Receptors() []*Receptor {
	all := make([]*Receptor, 0, len(c.receptors))
	for _, id := range slices.Sorted(maps.Keys(c.receptors)) {
		all = append(all, c.receptors[id])
	}
	return all
}

// String names the target in messages.
func (t Target) String() string { return fmt.Sprintf("%s %.80q", t.Kind, t.ID) }
