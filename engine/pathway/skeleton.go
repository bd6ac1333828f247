package pathway

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"
)

// Types knows the settings of node types.
type Types interface {
	Settings(kind string, raw jsontext.Value) (any, Problems)
	Kinds() []string
}

// Parse reads and checks a graph document whole.
func Parse(raw []byte, types Types) (*Graph, Problems) { return nil, nil }

// Value is any JSON whose strings may hold {{ expressions }}.
type Value struct{}

func (v *Value) UnmarshalJSON(b []byte) error                               { return nil }
func (v *Value) Eval(ctx context.Context, s *Scope) (jsontext.Value, error) { return nil, nil }
func (v *Value) Text(ctx context.Context, s *Scope) (string, error)         { return "", nil }
func (v *Value) IsZero() bool                                               { return true }

// Pinned is a neuron as a run pins it.
type Pinned struct {
	ID           string         `json:"id"`
	Slug         string         `json:"slug"`
	Version      int            `json:"version"`
	Kind         string         `json:"kind"`
	Config       jsontext.Value `json:"config"`
	InputSchema  jsontext.Value `json:"input_schema"`
	OutputSchema jsontext.Value `json:"output_schema"`
}

// Resolve pins neurons.
func Resolve(raw []byte, lookup func(idOrSlug string) (Pinned, bool)) ([]byte, Problems) {
	return nil, nil
}

// Schema is a JSON Schema.
type Schema struct{}

func CompileSchema(raw []byte) (*Schema, error) { return nil, nil }
func (s *Schema) Check(value []byte) Problems   { return nil }
