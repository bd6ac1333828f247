package nodes

// A neuron as a tool of a model: it runs inside the attempt of the node, and
// nothing of it is recorded but its result.

import (
	"context"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// neuronTool runs a neuron with the arguments as its input.
type neuronTool struct {
	neuron  Neuron
	in, out *pathway.Schema // nil: anything fits
}

// neuronTool makes the tool of a pinned neuron. Parameters that the settings do
// not have are its input_schema.
func (f *findings) neuronTool(t *Types, n *tool, raw jsontext.Value) caller {
	var pinned pathway.Pinned
	if problems := read(raw, &pinned); len(problems) > 0 {
		f.Problems = append(f.Problems, problems.Under("/pinned")...)
		return nil
	}
	if pinned.Kind == "worker" {
		f.bad("/neuron", "%q is a worker, which cannot be a tool; put it into a pathway", pinned.Slug)
		return nil
	}
	neuron, problems := t.Neuron(pinned.Kind, pinned.Config)
	f.Problems = append(f.Problems, problems.Under("/pinned")...)
	if model, ok := neuron.(*llm); ok && model.tools.waits() {
		f.bad("/neuron", "%q has tools that need approval or are pathways, and so cannot be a tool itself; put it into a pathway", pinned.Slug)
	}
	if n.parameters == nil && pinned.InputSchema != nil && pinned.InputSchema.Kind() == '{' {
		n.parameters = pinned.InputSchema.Clone()
	}
	return &neuronTool{
		neuron: neuron, in: f.schema("/pinned/input_schema", pinned.InputSchema), out: f.schema("/pinned/output_schema", pinned.OutputSchema),
	}
}

// call runs the neuron. What it says is not said by the model.
func (n *neuronTool) call(ctx context.Context, r *Request, key string, args jsontext.Value) (jsontext.Value, Usage, error) {
	if n.in != nil {
		if p := n.in.Check(args); len(p) > 0 {
			return nil, Usage{}, invalid("the arguments do not fit the neuron's input_schema: %s", p.Error())
		}
	}
	inner := *r
	inner.Scope, inner.Key, inner.Token = pathway.NewScope(args, nil, ""), key, func(string) {}
	inner.History, inner.Steps, inner.Record, inner.Check = nil, nil, nil, nil
	outcome, err := answerWith(ctx, n.neuron, n.out, &inner, args)
	if err != nil {
		return nil, usageIn(err), err
	}
	done, ok := outcome.(Done)
	if !ok {
		return nil, Usage{}, invalid("the neuron waits for something, which a tool cannot")
	}
	return done.Output, done.Usage, nil
}

// read decodes what the service itself has written into a graph.
func read(raw jsontext.Value, into any) pathway.Problems {
	if err := json.Unmarshal(raw, into, json.RejectUnknownMembers(true)); err != nil {
		return misfit("", err)
	}
	return nil
}
