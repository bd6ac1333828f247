package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// catalogs holds the catalogs of the workspaces in memory.
type catalogs struct {
	mu      sync.Mutex
	entries map[string]*catalogEntry
}

type catalogEntry struct {
	mu      sync.Mutex       // held from deciding to folding
	current *catalog.Catalog // nil until loaded; replaced, never changed, once shared
}

func (c *catalogs) entry(workspace string) *catalogEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	en := c.entries[workspace]
	if en == nil {
		en = &catalogEntry{}
		c.entries[workspace] = en
	}
	return en
}

// catalog gives the workspace's catalog as it is now. Nobody changes it.
func (e *Engine) catalog(ctx context.Context, workspace string) (*catalog.Catalog, error) {
	en := e.catalogs.entry(workspace)
	en.mu.Lock()
	defer en.mu.Unlock()
	return e.loadCatalog(ctx, workspace, en)
}

func (e *Engine) loadCatalog(ctx context.Context, workspace string, en *catalogEntry) (*catalog.Catalog, error) {
	if en.current != nil {
		return en.current, nil
	}
	c := catalog.New(workspace)
	for m, err := range e.log.Load(ctx, events.CatalogSubject(workspace), 0) {
		if err != nil {
			return nil, fmt.Errorf("load the catalog of %s: %w", workspace, err)
		}
		c.Apply(m)
	}
	en.current = c
	e.limits(c)
	e.endpointLimits(c)
	return c, nil
}

// Define changes a workspace's definitions and gives the sequence of the
// change in the stream Catalog. When it returns nil the change is durable.
// Errors are *catalog.Refusal, or wrap one of the log's. Neurons and pathways
// are stored by StoreNeuron and StorePathway, which check them.
func (e *Engine) Define(ctx context.Context, workspace string, by events.Actor, cmd catalog.Command) (uint64, error) {
	en := e.catalogs.entry(workspace)
	en.mu.Lock()
	defer en.mu.Unlock()
	for {
		c, err := e.loadCatalog(ctx, workspace, en)
		if err != nil {
			return 0, err
		}
		facts, err := c.Decide(cmd)
		if err != nil || len(facts) == 0 {
			return c.Head.Seq, err
		}
		commit, err := events.Seal(events.Draft{
			Subject: events.CatalogSubject(workspace), Head: c.Head, ID: newID(), At: events.At(time.Now()), Actor: by,
		}, facts...)
		if err != nil {
			return 0, err
		}
		err = e.log.Append(ctx, commit)
		if err != nil {
			en.current = nil // whatever the log says now is the truth
			if errors.Is(err, events.ErrConflict) {
				continue
			}
			return 0, fmt.Errorf("append to the catalog of %s: %w", workspace, err)
		}
		next := c.Clone()
		next.Apply(commit)
		en.current = next
		if _, ok := cmd.(*catalog.Configure); ok {
			e.limits(next)
			e.endpointLimits(next)
		}
		return commit.Seq, nil
	}
}

// StoreNeuron checks and stores a neuron and gives its id beside what Define
// gives. Errors are also pathway.Problems with pointers into the definition.
func (e *Engine) StoreNeuron(ctx context.Context, workspace string, by events.Actor, cmd *catalog.StoreNeuron) (string, uint64, error) {
	if problems := e.CheckNeuron(&cmd.Spec); len(problems) > 0 {
		return "", 0, problems
	}
	now, err := e.catalog(ctx, workspace)
	if err != nil {
		return "", 0, err
	}
	c := *cmd
	if c.New {
		c.ID = newID()
	} else if n := now.Neuron(c.ID); n != nil {
		c.ID = n.ID
	}
	seq, err := e.Define(ctx, workspace, by, &c)
	return c.ID, seq, err
}

// CheckNeuron gives every problem of a neuron, as JSON pointers into its
// definition.
func (e *Engine) CheckNeuron(s *catalog.NeuronSpec) pathway.Problems {
	_, problems := e.types.Neuron(s.Kind, s.Config)
	check := func(path string, schema jsontext.Value) {
		if len(schema) == 0 || string(schema) == "null" {
			return
		}
		if _, err := pathway.CompileSchema(schema); err != nil {
			problems = append(problems, pathway.Problem{Path: path, Message: err.Error()})
		}
	}
	check("/input_schema", s.InputSchema)
	check("/output_schema", s.OutputSchema)
	return problems
}

// StorePathway checks and stores a pathway and gives its id beside what Define
// gives. Errors are also pathway.Problems with pointers into the definition.
func (e *Engine) StorePathway(ctx context.Context, workspace string, by events.Actor, cmd *catalog.StorePathway) (string, uint64, error) {
	problems, err := e.CheckGraph(ctx, workspace, cmd.Spec.Graph)
	if len(problems) > 0 {
		return "", 0, problems.Under("/pathway_graph")
	}
	if err != nil {
		return "", 0, err
	}
	now, err := e.catalog(ctx, workspace)
	if err != nil {
		return "", 0, err
	}
	c := *cmd
	if c.New {
		c.ID = newID()
	} else if p := now.Pathway(c.ID); p != nil {
		c.ID = p.ID
	}
	seq, err := e.Define(ctx, workspace, by, &c)
	return c.ID, seq, err
}

// CheckGraph gives every problem of a graph, as JSON pointers into it. The
// error is one of the log's: then nothing is known.
func (e *Engine) CheckGraph(ctx context.Context, workspace string, graph jsontext.Value) (pathway.Problems, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return nil, err
	}
	_, _, problems := e.resolve(c, graph)
	return problems, nil
}

// resolve pins the neurons and pathways that a graph names and checks it whole.
func (e *Engine) resolve(c *catalog.Catalog, graph []byte) (events.Payload, *pathway.Graph, pathway.Problems) {
	definitions := known(c)
	definitions.Server = e.types.CheckServer
	resolved, problems := pathway.Resolve(graph, definitions)
	if len(problems) > 0 {
		// What else is wrong is worth saying in the same answer.
		_, more := pathway.Parse(graph, e.types)
		for _, p := range more {
			if !slices.Contains(problems, p) {
				problems = append(problems, p)
			}
		}
		return events.Payload{}, nil, problems
	}
	p, err := events.NewPayload(resolved)
	if err != nil {
		return events.Payload{}, nil, pathway.Problems{{Message: err.Error()}}
	}
	if g, ok := e.graphs.get(p.Sum); ok {
		return p, g, nil
	}
	g, problems := pathway.Parse(p.Raw, e.types)
	if len(problems) > 0 {
		return events.Payload{}, nil, problems
	}
	e.graphs.put(p.Sum, g, len(p.Raw))
	return p, g, nil
}

// known finds what a graph may name in a catalog.
func known(c *catalog.Catalog) pathway.Definitions {
	return pathway.Definitions{
		Neuron: func(idOrSlug string) (pathway.Pinned, bool) {
			n := c.Neuron(idOrSlug)
			if n == nil || !n.IsActive {
				return pathway.Pinned{}, false
			}
			return pathway.Pinned{
				ID: n.ID, Slug: n.Slug, Version: n.Version, Kind: n.Kind, Config: n.Config,
				InputSchema: n.InputSchema, OutputSchema: n.OutputSchema,
			}, true
		},
		Pathway: func(idOrSlug string) (pathway.PinnedPathway, bool) {
			p := c.Pathway(idOrSlug)
			if p == nil || !p.IsActive {
				return pathway.PinnedPathway{}, false
			}
			return pathway.PinnedPathway{ID: p.ID, Slug: p.Slug, Version: p.Version}, true
		},
	}
}

func unknownDefinition(what string) error {
	return &catalog.Refusal{Code: "NOT_FOUND", Message: "there is no such " + what + " in this workspace"}
}

func inactive(what, id string) error {
	return &catalog.Refusal{Code: "CONFLICT", Message: fmt.Sprintf("the %s %.80q is not active", what, id)}
}

// Bootstrap sees to it that workspace exists and that key is the hash of the
// instance's own admin key; with a zero key it only tells, by found, whether
// there is one already.
func (e *Engine) Bootstrap(ctx context.Context, workspace string, key events.Hash) (found bool, err error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return false, err
	}
	if key.IsZero() {
		return c.HasBootstrapKey(), nil
	}
	_, err = e.Define(ctx, workspace, e.engineActor(), &catalog.Bootstrap{KeyID: newID(), Hash: key})
	return err == nil, err
}
