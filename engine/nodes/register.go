package nodes

// The register of node types and neuron kinds.

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/nodes/mcpclient"
	"ranvier/engine/pathway"
)

// Deps are what nodes need from outside. The zero value works: it guards
// egress with no exception and has no key.
type Deps struct {
	// Transport carries all outbound HTTP. Its owner closes its idle
	// connections at the end. nil: NewTransport(nil).
	Transport http.RoundTripper
	// OpenAIBaseURL is where llm neurons without a base_url call, up to and
	// with the version ("https://api.openai.com/v1", the default).
	OpenAIBaseURL string
	// OpenAIKey is sent to OpenAIBaseURL and never to any other place.
	OpenAIKey string
	// MaxResponse bounds the body of an answer in bytes. 0: 1 MiB.
	MaxResponse int64
	// HTTPTimeout bounds one HTTP call of a node that has no timeout of its
	// own. 0: one minute.
	HTTPTimeout time.Duration
	// ModelSilence is how long a model's service may be silent, before its
	// answer or inside it. 0: two minutes.
	ModelSilence time.Duration
	// MCP are the servers whose tools models may call. Its owner closes it at
	// the end. nil: there are none.
	MCP *mcpclient.Clients
}

// Types knows every node type and neuron kind. It implements pathway.Types, is
// immutable and safe for concurrent use.
type Types struct {
	deps   Deps
	client *http.Client
	nodes  map[string]func(jsontext.Value) (Node, pathway.Problems)
	kinds  map[string]func(jsontext.Value) (Neuron, pathway.Problems)
}

// New makes the register. It starts nothing.
func New(d Deps) *Types {
	if d.Transport == nil {
		d.Transport = NewTransport(nil)
	}
	d.OpenAIBaseURL = cmp.Or(d.OpenAIBaseURL, "https://api.openai.com/v1")
	d.MaxResponse = cmp.Or(d.MaxResponse, 1<<20)
	d.HTTPTimeout = cmp.Or(d.HTTPTimeout, time.Minute)
	d.ModelSilence = cmp.Or(d.ModelSilence, 2*time.Minute)
	t := &Types{deps: d, client: &http.Client{Transport: d.Transport, CheckRedirect: checkRedirect}}
	t.nodes = map[string]func(jsontext.Value) (Node, pathway.Problems){
		"delay":      newDelay,
		"end":        newEnd,
		"http":       func(raw jsontext.Value) (Node, pathway.Problems) { return newHTTP(t, raw) },
		"human":      newHuman,
		"map":        newMap,
		"neuron":     func(raw jsontext.Value) (Node, pathway.Problems) { return newNeuronNode(t, raw) },
		"pathway":    newPathwayNode,
		"switch":     newSwitch,
		"transform":  newTransform,
		"wait_event": newWaitEvent,
		"worker":     newWorkerNode,
	}
	t.kinds = map[string]func(jsontext.Value) (Neuron, pathway.Problems){
		"echo":   newEcho,
		"http":   func(raw jsontext.Value) (Neuron, pathway.Problems) { return newHTTP(t, raw) },
		"llm":    func(raw jsontext.Value) (Neuron, pathway.Problems) { return newLLM(t, raw) },
		"worker": newWorker,
	}
	return t
}

// Kinds lists the node types, sorted.
func (t *Types) Kinds() []string { return slices.Sorted(maps.Keys(t.nodes)) }

// Settings decodes the settings of a node: raw is the node's JSON object
// without the fields that all nodes have. The result is a Node. The paths of
// problems are relative to the node.
func (t *Types) Settings(kind string, raw jsontext.Value) (any, pathway.Problems) {
	read, ok := t.nodes[kind]
	if !ok {
		return nil, problem("/type", "there is no node type %.40q; there are %s", kind, strings.Join(t.Kinds(), ", "))
	}
	n, problems := read(raw)
	if len(problems) > 0 {
		return nil, problems
	}
	return n, nil
}

// NeuronKinds lists the kinds of neurons, sorted.
func (t *Types) NeuronKinds() []string { return slices.Sorted(maps.Keys(t.kinds)) }

// Neuron checks a neuron's kind and config and makes its behaviour. The paths
// of problems are /kind and below /config.
func (t *Types) Neuron(kind string, config []byte) (Neuron, pathway.Problems) {
	read, ok := t.kinds[kind]
	if !ok {
		return nil, problem("/kind", "there is no kind %.40q; there are %s", kind, strings.Join(t.NeuronKinds(), ", "))
	}
	if len(config) == 0 {
		config = []byte("{}")
	}
	n, problems := read(config)
	if len(problems) > 0 {
		return nil, problems.Under("/config")
	}
	return n, nil
}

// problem makes a single problem.
func problem(path, format string, args ...any) pathway.Problems {
	return pathway.Problems{{Path: path, Message: fmt.Sprintf(format, args...)}}
}
