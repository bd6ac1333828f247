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
	Skipped   *events.Time `json:"-"` // the last time of its schedule that passed without a job
}

// StoreReceptor makes a receptor (New) or changes one. The spec has been
// checked; an empty slug is made from the name.
type StoreReceptor struct {
	New     bool
	ID      string // with New the new id, else an id or a slug
	Spec    ReceptorSpec
	Secrets []string // sealed, in place of all earlier ones
}

// DeleteReceptor removes a receptor, named by id or slug, and revokes its share.
type DeleteReceptor struct{ ID string }

// SkipTick records that a time of a receptor's schedule passed without a job.
type SkipTick struct {
	ID   string // of the receptor
	Job  string // the one that had not ended
	Tick events.Time
}

func (s *StoreReceptor) decide(c *Catalog) ([]events.Fact, error) {
	f := &events.ReceptorStored{ID: s.ID, Version: 1, Secrets: s.Secrets}
	var current string
	if s.New {
		if c.Receptor(s.ID) != nil {
			return nil, takenID()
		}
	} else {
		old := c.Receptor(s.ID)
		if old == nil {
			return nil, unknown("receptor")
		}
		f.ID, f.Version, current = old.ID, old.Version+1, old.Slug
	}
	slug, err := chooseSlug(s.Spec.Slug, current, s.Spec.Name, f.ID, func(slug string) bool {
		other := c.Receptor(slug)
		return other != nil && other.ID != f.ID
	})
	if err != nil {
		return nil, err
	}
	spec := s.Spec
	spec.Slug, f.Slug = slug, slug
	if f.Definition, err = definition(spec); err != nil {
		return nil, err
	}
	return []events.Fact{f}, nil
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
	return []events.Fact{&events.ReceptorSkipped{ID: s.ID, Job: s.Job, Tick: s.Tick}}, nil
}

// storeReceptor folds. What it cannot read it leaves as it was.
func (c *Catalog) storeReceptor(at events.Time, f *events.ReceptorStored) {
	r := &Receptor{ID: f.ID, Workspace: c.Workspace, Version: f.Version, CreatedAt: at, UpdatedAt: at, Secrets: f.Secrets}
	if json.Unmarshal(f.Definition.JSON(), &r.ReceptorSpec) != nil {
		return
	}
	r.Slug = f.Slug
	if old := c.receptors[f.ID]; old != nil {
		r.CreatedAt, r.Skipped = old.CreatedAt, old.Skipped
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
func (c *Catalog) Receptor(idOrSlug string) *Receptor {
	if r := c.receptors[idOrSlug]; r != nil {
		return r
	}
	for _, r := range c.receptors {
		if r.Slug == idOrSlug {
			return r
		}
	}
	return nil
}

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
