package pathway

import (
	"context"
	"fmt"
	"sync"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/go-json-experiment/json/jsontext"
)

// Outputs that are too large to be kept in memory: they are read when an
// expression needs them.

// away is an output that is somewhere else until it is needed.
type away struct {
	id   string
	read func() (jsontext.Value, error)

	mu  sync.Mutex
	raw jsontext.Value // once it was read
	val ref.Val        // once it was decoded
}

// SetNodeAway is SetNode for an output that read gives: it is called when an
// expression first needs it, from the goroutine that evaluates, and again after
// it failed. Its error is that of the evaluation.
func (s *Scope) SetNodeAway(id string, read func() (jsontext.Value, error)) {
	a := &away{id: id, read: read}
	s.nodes[id] = func() ref.Val { return object{"output": a.value} }
	if s.away == nil {
		s.away = map[string]*away{}
	}
	s.away[id] = a
}

// load gives the text.
func (a *away) load() (jsontext.Value, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.raw == nil {
		raw, err := a.read()
		if err != nil {
			return nil, fmt.Errorf("the output of node %.64q cannot be read: %w", a.id, err)
		}
		a.raw = raw
	}
	return a.raw, nil
}

// value is a lazy.
func (a *away) value() ref.Val {
	raw, err := a.load()
	if err != nil {
		return types.NewErr("%v", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.val == nil {
		a.val = lazyJSON(fmt.Sprintf("the output of node %.64q", a.id), raw)()
	}
	return a.val
}

// fetch reads what an expression names for sure, so that reading does not
// count as its time.
func (s *Scope) fetch(ids []string) error {
	if len(s.away) == 0 {
		return nil
	}
	for _, id := range ids {
		if a := s.away[id]; a != nil {
			if _, err := a.load(); err != nil {
				return err
			}
		}
	}
	return nil
}

// passesOn gives the node whose output an expression is, and nothing else:
// such an output needs not be decoded. "" for all other expressions.
func passesOn(checked *ast.AST) string {
	e := checked.Expr()
	if e.Kind() != ast.SelectKind || e.AsSelect().FieldName() != "output" || e.AsSelect().IsTestOnly() {
		return ""
	}
	if u := usesOf(checked); len(u.nodes) == 1 {
		switch of := e.AsSelect().Operand(); of.Kind() {
		case ast.SelectKind:
			if s := of.AsSelect(); !s.IsTestOnly() && s.Operand().Kind() == ast.IdentKind {
				return u.nodes[0]
			}
		case ast.CallKind:
			if c := of.AsCall(); c.FunctionName() == "_[_]" && c.Args()[0].Kind() == ast.IdentKind {
				return u.nodes[0]
			}
		}
	}
	return ""
}

// passed gives the whole of what an expression reads and changes nothing of,
// however large it is: nil for all else.
func passed(v ref.Val) (jsontext.Value, error) {
	switch v := v.(type) {
	case readMap:
		return jsontext.AppendFormat(nil, v.raw)
	case readList:
		return jsontext.AppendFormat(nil, v.raw)
	case types.String: // what an expression makes is bounded by itself
		return jsontext.AppendQuote(nil, string(v))
	}
	return nil, nil
}

// used is usesOf a checked expression, with what it passes on.
func used(checked *ast.AST) uses {
	u := usesOf(checked)
	u.whole = passesOn(checked)
	return u
}

// pass is Value for an expression that is a whole Value: what it only passes on
// may be as large as an output may be.
func (e *Expr) pass(ctx context.Context, s *Scope) (jsontext.Value, error) {
	if a := s.away[e.uses.whole]; a != nil {
		raw, err := a.load()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", quoted(e.source), err)
		}
		return raw, nil
	}
	v, err := e.eval(ctx, s)
	if err != nil {
		return nil, err
	}
	b, err := passed(v)
	if b == nil && err == nil {
		b, err = encode(v)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", quoted(e.source), err)
	}
	return b, nil
}
