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

// Expr is a compiled expression.
type Expr struct{ src string }

// CompileExpr compiles.
func CompileExpr(src string) (*Expr, error)                                 { return nil, nil }
func (e *Expr) UnmarshalJSON(b []byte) error                                { return nil }
func (e *Expr) String() string                                              { return e.src }
func (e *Expr) Bool(ctx context.Context, s *Scope) (bool, error)            { return false, nil }
func (e *Expr) Value(ctx context.Context, s *Scope) (jsontext.Value, error) { return nil, nil }

// Value is any JSON whose strings may hold {{ expressions }}.
type Value struct{}

func (v *Value) UnmarshalJSON(b []byte) error                               { return nil }
func (v *Value) Eval(ctx context.Context, s *Scope) (jsontext.Value, error) { return nil, nil }
func (v *Value) Text(ctx context.Context, s *Scope) (string, error)         { return "", nil }
func (v *Value) IsZero() bool                                               { return true }

// Scope is what expressions see.
type Scope struct{}

func NewScope(input jsontext.Value, job map[string]any, traceID string) *Scope { return nil }
func (s *Scope) SetNode(id string, output jsontext.Value)                      {}
func (s *Scope) UnsetNode(id string)                                           {}
func (s *Scope) WithItem(item jsontext.Value, index int) *Scope                { return nil }

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
