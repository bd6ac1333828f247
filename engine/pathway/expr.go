package pathway

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Expressions, compiled and evaluated.

// evalTime bounds one evaluation; see maxCost, which normally is first.
const evalTime = 3 * time.Second

// Expr is a compiled CEL expression. It is immutable and safe for concurrent
// use. The zero Expr cannot be evaluated.
type Expr struct {
	source  string
	program cel.Program
	result  *cel.Type
	uses    uses
}

// uses is what an expression refers to.
type uses struct {
	nodes []string // ids, sorted; those known without evaluating it
	item  bool     // item or index

	whole string // the node whose output it gives as it is, if it does nothing else
}

// CompileExpr parses and checks an expression. The error says what is wrong
// and quotes at most 100 bytes of the source.
func CompileExpr(src string) (*Expr, error) {
	return compileIn(celEnv, src, "input, nodes, job and trace")
}

// CompileMessageExpr is CompileExpr for expressions over a message: see
// NewMessage.
func CompileMessageExpr(src string) (*Expr, error) {
	return compileIn(messageEnv, src, "body and headers")
}

// compileIn compiles in a language; variables names those of it that can be
// used everywhere.
func compileIn(language func() *cel.Env, src, variables string) (*Expr, error) {
	if strings.TrimSpace(src) == "" {
		return nil, errors.New("the expression is empty")
	}
	if len(src) > maxSource {
		return nil, fmt.Errorf("the expression has %d bytes, which is more than %d", len(src), maxSource)
	}
	env := language()
	parsed, issues := env.Parse(src)
	if issues.Err() != nil {
		return nil, compileError(src, issues, variables)
	}
	if loops(parsed.NativeRep()) > maxLoops { // checking their types is slow
		return nil, fmt.Errorf("%s: has more than %d loops (map, filter, all...)", quoted(src), maxLoops)
	}
	loopInOrder(parsed.NativeRep())
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return nil, compileError(src, issues, variables)
	}
	program, err := env.Program(checked, programOptions()...)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", quoted(src), bounded(err.Error(), 200))
	}
	return &Expr{source: src, program: program, result: checked.OutputType(), uses: used(checked.NativeRep())}, nil
}

// UnmarshalJSON compiles the expression in a JSON string.
func (e *Expr) UnmarshalJSON(b []byte) error {
	var src string
	if jsontext.Value(b).Kind() != '"' {
		return errors.New("must be a string with an expression")
	}
	if err := json.Unmarshal(b, &src); err != nil {
		return err
	}
	c, err := CompileExpr(src)
	if err != nil {
		return err
	}
	*e = *c
	return nil
}

// String gives the source.
func (e *Expr) String() string { return e.source }

// Bool evaluates a condition. Errors are as for Value; a result that is
// neither true nor false is one.
func (e *Expr) Bool(ctx context.Context, s *Scope) (bool, error) {
	v, err := e.eval(ctx, s)
	if err != nil {
		return false, err
	}
	b, ok := v.(types.Bool)
	if !ok {
		return false, fmt.Errorf("%s: a condition must give true or false, and this gives a %s", quoted(e.source), typeName(v))
	}
	return bool(b), nil
}

// Value evaluates to compact JSON; objects that the expression made have their
// names sorted, those that it passes on are as they were. An error names the
// expression and the reason, in bounded text; it wraps the cause of ctx when
// that ended. Any other error would be the same for the same Scope again, save
// that of a machine too busy to evaluate it within evalTime.
func (e *Expr) Value(ctx context.Context, s *Scope) (jsontext.Value, error) {
	v, err := e.eval(ctx, s)
	if err != nil {
		return nil, err
	}
	b, err := encode(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", quoted(e.source), err)
	}
	return b, nil
}

// text evaluates to printed text.
func (e *Expr) text(ctx context.Context, s *Scope) (string, error) {
	v, err := e.eval(ctx, s)
	if err != nil {
		return "", err
	}
	t, err := text(v)
	if err != nil {
		return "", fmt.Errorf("%s: %w", quoted(e.source), err)
	}
	return t, nil
}

func (e *Expr) eval(ctx context.Context, s *Scope) (ref.Val, error) {
	if e.program == nil {
		return nil, errors.New("an expression that was never compiled")
	}
	if err := s.fetch(e.uses.nodes); err != nil {
		return nil, fmt.Errorf("%s: %w", quoted(e.source), err)
	}
	limited, cancel := context.WithTimeout(ctx, evalTime)
	defer cancel()
	a := &activation{scope: s}
	v, _, err := e.program.ContextEval(limited, a)
	if err == nil {
		return v, nil
	}
	var cancelled interpreter.EvalCancelledError
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s: %w", quoted(e.source), context.Cause(ctx))
	case limited.Err() != nil:
		return nil, fmt.Errorf("%s: took longer than %v", quoted(e.source), evalTime)
	case errors.As(err, &cancelled) && cancelled.Cause == interpreter.CostLimitExceeded:
		return nil, fmt.Errorf("%s: takes too many steps", quoted(e.source))
	case errors.As(err, &cancelled) && cancelled.Cause == interpreter.MemoryLimitExceeded:
		return nil, fmt.Errorf("%s: a value in it is too large", quoted(e.source))
	}
	return nil, fmt.Errorf("%s: %s", quoted(e.source), a.explain(err.Error()))
}

// condition tells whether e can give true or false at all, and what it gives.
func (e *Expr) condition() (string, bool) {
	if e.result.IsExactType(cel.BoolType) || e.result.IsExactType(cel.DynType) {
		return "", true
	}
	return e.result.String(), false
}

// quoted names an expression in an error.
func quoted(src string) string {
	return fmt.Sprintf("expression %q", bounded(src, 100))
}

func typeName(v ref.Val) string { return v.Type().TypeName() }

// Ids that CEL reads as something else after "nodes.", and names of fields that
// are words of the language.
var (
	badID    = regexp.MustCompile(`\bnodes\.(\d[A-Za-z0-9_-]*|[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)+|in\b|true\b|false\b|null\b)`)
	badField = regexp.MustCompile(`\.(in|true|false|null)\b`)
)

// hint helps with the most common mistakes, "" where none was made.
func hint(src string) string {
	if m := badID.FindStringSubmatch(src); m != nil {
		return fmt.Sprintf("; the id %.64s is written nodes['%.64s']", m[1], m[1])
	}
	if m := badField.FindStringSubmatch(src); m != nil {
		return fmt.Sprintf("; a field %s is written ['%s']", m[1], m[1])
	}
	return ""
}

// compileError makes one line of what the compiler said, of its first two
// issues.
func compileError(src string, issues *cel.Issues, variables string) error {
	var all []string
	for _, e := range issues.Errors() {
		m, _, _ := strings.Cut(e.Message, "\n")
		if name, ok := strings.CutPrefix(m, "undeclared reference to '"); ok {
			name, _, _ = strings.Cut(name, "'")
			if name == "secret" {
				return errors.New(secretsOnly)
			}
			m = fmt.Sprintf("unknown name %.64q; the variables are %s", name, variables)
		}
		m, _, _ = strings.Cut(m, " expecting ") // a list of token names
		m = strings.NewReplacer("Syntax error: ", "syntax error: ", "mismatched input '<EOF>'", "unexpected end").Replace(m)
		m = fmt.Sprintf("column %d: %s", e.Location.Column()+1, bounded(m, 200))
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
		if len(all) == 2 {
			break
		}
	}
	return fmt.Errorf("%s: %s%s", quoted(src), strings.Join(all, "; "), hint(src))
}

// loops counts the macros that loop.
func loops(a *ast.AST) (n int) {
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.ComprehensionKind {
			n++
		}
	}))
	return n
}

// loopInOrder makes all loops over objects go by the order of their members.
// CEL leaves it open, and two evaluations would differ.
func loopInOrder(a *ast.AST) {
	made := ast.NewExprFactory()
	next := ast.MaxID(a)
	ast.PostOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.ComprehensionKind {
			return
		}
		c := e.AsComprehension()
		over := c.IterRange()
		if over.Kind() == ast.ListKind {
			return
		}
		next++
		at, _ := a.SourceInfo().GetOffsetRange(over.ID())
		a.SourceInfo().SetOffsetRange(next, at)
		e.SetKindCase(made.NewComprehensionTwoVar(e.ID(), made.NewCall(next, "@inorder", over), c.IterVar(), c.IterVar2(), c.AccuVar(),
			c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()))
	}))
}

// parseUses is usesOf a source that may be no expression at all: then it is
// said elsewhere, or the text is not meant as one.
func parseUses(src string) uses {
	if len(src) > maxSource {
		return uses{}
	}
	parsed, issues := celEnv().Parse(src)
	if issues.Err() != nil {
		return uses{}
	}
	return usesOf(parsed.NativeRep())
}

// usesOf walks an expression for nodes.<id>, nodes['<id>'], nodes.?<id> and
// nodes[?'<id>'].
func usesOf(a *ast.AST) uses {
	var u uses
	isNodes := func(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == "nodes" }
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			u.item = u.item || e.AsIdent() == "item" || e.AsIdent() == "index"
		case ast.SelectKind:
			if s := e.AsSelect(); isNodes(s.Operand()) {
				u.nodes = append(u.nodes, s.FieldName())
			}
		case ast.CallKind:
			c := e.AsCall()
			switch c.FunctionName() {
			case "_[_]", "_[?_]", "_?._":
				if args := c.Args(); len(args) == 2 && isNodes(args[0]) && args[1].Kind() == ast.LiteralKind {
					if id, ok := args[1].AsLiteral().(types.String); ok {
						u.nodes = append(u.nodes, string(id))
					}
				}
			}
		}
	}))
	slices.Sort(u.nodes)
	u.nodes = slices.Compact(u.nodes)
	return u
}
