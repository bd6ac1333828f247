package nodes

// neuron: the node type that runs a neuron, and what a neuron is.

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// Neuron is a neuron's behaviour, its config already decoded. It is immutable
// and safe for concurrent use.
type Neuron interface {
	// Answer makes one attempt with an input. Errors are as for Node.Start.
	// The expressions of a config see nothing but the input: r.Scope is not
	// for neurons, so that one behaves alike in every graph.
	Answer(ctx context.Context, r *Request, input jsontext.Value) (Outcome, error)
}

// neuronSettings are those of a neuron node: a stored neuron by id or slug, or
// kind and config inline.
type neuronSettings struct {
	Neuron string          `json:"neuron"`
	Kind   string          `json:"kind"`
	Config jsontext.Value  `json:"config"`
	Input  template        `json:"input"`  // the neuron's input; absent: the job's
	Pinned *pathway.Pinned `json:"pinned"` // what Neuron meant when the job was submitted
}

// neuronNode runs a neuron.
type neuronNode struct {
	name    string // of a stored neuron
	neuron  Neuron // nil: named but not pinned, fit for checking only
	input   template
	in, out *pathway.Schema // nil: anything fits
}

func newNeuronNode(t *Types, raw jsontext.Value) (Node, pathway.Problems) {
	var s neuronSettings
	found := decode(raw, &s)
	n := &neuronNode{name: s.Neuron, input: s.Input}
	switch {
	case s.Neuron != "" && (s.Kind != "" || s.Config != nil):
		found.bad("", "has both a stored \"neuron\" and an inline \"kind\" with \"config\"; choose one")
	case s.Neuron == "" && s.Kind == "":
		found.bad("", "needs \"neuron\" (an id or slug), or \"kind\" with \"config\"")
	case s.Neuron == "" && s.Pinned != nil:
		found.bad("/pinned", "belongs to a stored neuron; an inline one has none")
	case s.Neuron == "":
		neuron, problems := t.Neuron(s.Kind, s.Config)
		n.neuron = neuron
		found.Problems = append(found.Problems, problems...)
	case s.Pinned != nil:
		neuron, problems := t.Neuron(s.Pinned.Kind, s.Pinned.Config)
		n.neuron = neuron
		found.Problems = append(found.Problems, problems.Under("/pinned")...)
		n.in = found.schema("/pinned/input_schema", s.Pinned.InputSchema)
		n.out = found.schema("/pinned/output_schema", s.Pinned.OutputSchema)
	}
	return n, found.Problems
}

// jobInput is the input of a neuron node that says nothing else.
var jobInput = func() *pathway.Expr {
	e, err := pathway.CompileExpr("input")
	if err != nil {
		panic("nodes: " + err.Error())
	}
	return e
}()

// Start gives the neuron its input and checks both ends.
func (n *neuronNode) Start(ctx context.Context, r *Request) (Outcome, error) {
	if n.neuron == nil {
		return nil, invalid("neuron %.64q is not pinned, so this graph can be checked but not run", n.name)
	}
	input, err := inputOf(ctx, &n.input, r.Scope)
	if err != nil {
		return nil, err
	}
	if n.in != nil {
		if p := n.in.Check(input); len(p) > 0 {
			return nil, invalid("the input does not fit the neuron's input_schema: %s", p.Error())
		}
	}
	return answerWith(ctx, n.neuron, n.out, r, input)
}

// answerWith gives a neuron its input and checks its output, if there is one yet.
func answerWith(ctx context.Context, n Neuron, out *pathway.Schema, r *Request, input jsontext.Value) (Outcome, error) {
	if out != nil {
		inner := *r
		inner.Check = func(output jsontext.Value) pathway.Problems { return out.Check(output) }
		r = &inner
	}
	outcome, err := n.Answer(ctx, r, input)
	if err != nil {
		return nil, err
	}
	done, ended := outcome.(Done)
	if !ended {
		return outcome, nil
	}
	if p := checkOutput(out, done.Output); len(p) > 0 {
		return nil, &Failure{
			Code:    CodeOutputInvalid,
			Message: bounded("the output does not fit the neuron's output_schema: " + p.Error()),
			Usage:   done.Usage,
		}
	}
	return done, nil
}

// inputOf evaluates a node's setting input, which stands for the job's input
// when it is absent.
func inputOf(ctx context.Context, input *template, s *pathway.Scope) (jsontext.Value, error) {
	if input.given() {
		return input.eval(ctx, s, "input")
	}
	v, err := jobInput.Value(ctx, s)
	if err != nil {
		return nil, evalFailure(ctx, "input", err)
	}
	return v, nil
}
