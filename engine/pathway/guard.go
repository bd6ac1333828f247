package pathway

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// Guards of single calls. CEL charges a call after it was made and looks at
// the clock between calls. Some functions can do too much within one call:
// 'x'.replace('', text) makes text of any size, indexOf and distinct take time
// in the square of their input. A guard looks at the arguments first.

const (
	maxItems    = 100_000 // elements of a list that a function makes
	maxDistinct = 2_000   // elements that are compared each with each
	maxSearch   = 1 << 24 // text times pattern, in bytes, for indexOf
	maxMatch    = 128 << 10
)

// guards gives an error for arguments that are too large, nil for others; also
// for arguments that do not fit the function at all, which says so itself.
var guards = map[string]func(args []ref.Val) ref.Val{
	"replace":               guardReplace,
	"join":                  guardJoin,
	"format":                guardFormat,
	"split":                 guardSplit,
	"indexOf":               guardSearch,
	"lastIndexOf":           guardSearch,
	"matches":               guardMatch,
	"flatten":               guardFlatten,
	"sort":                  guardItems(maxItems),
	"@sortByAssociatedKeys": guardItems(maxItems),
	"distinct":              guardItems(maxDistinct),
	"hasAny":                guardPairs,
	"hasAll":                guardPairs,
	"hasOnly":               guardPairs,
	"hasExactly":            guardPairs,
	"regex.extract":         guardMatch,
	"regex.extractAll":      guardMatch,
	"regex.replace":         guardRegexReplace,
	"cel.@mapInsert":        guardInsert,
}

// guarded lays guards around functions and lets numbers of both kinds be mixed
// in arithmetic: 2 * 0.5 is 1.0.
func guarded() cel.ProgramOption {
	var all []*functions.Overload
	wrap := func(name string, with func(functions.FunctionOp) functions.FunctionOp) {
		bindings, err := celEnv().Functions()[name].Bindings()
		if err != nil || len(bindings) == 0 {
			panic("pathway: no function " + name + " to guard")
		}
		for _, o := range bindings {
			all = append(all, rebind(o, with))
		}
	}
	for name, guard := range guards {
		wrap(name, func(do functions.FunctionOp) functions.FunctionOp {
			return func(args ...ref.Val) ref.Val {
				if err := guard(args); err != nil {
					return err
				}
				return do(args...)
			}
		})
	}
	for _, op := range []string{"_+_", "_-_", "_*_", "_/_"} {
		wrap(op, arithmetic)
	}
	return cel.Functions(all...) //nolint:staticcheck // the only way to lay something around a library's function
}

// rebind makes an overload whose implementation is what with makes of o's.
func rebind(o *functions.Overload, with func(functions.FunctionOp) functions.FunctionOp) *functions.Overload {
	n := *o
	switch {
	case o.Unary != nil:
		do := with(func(args ...ref.Val) ref.Val { return o.Unary(args[0]) })
		n.Unary = func(v ref.Val) ref.Val { return do(v) }
	case o.Binary != nil:
		do := with(func(args ...ref.Val) ref.Val { return o.Binary(args[0], args[1]) })
		n.Binary = func(x, y ref.Val) ref.Val { return do(x, y) }
	}
	if o.Function != nil {
		n.Function = with(o.Function)
	}
	return &n
}

// arithmetic makes an int beside a double a double, and bounds text.
func arithmetic(do functions.FunctionOp) functions.FunctionOp {
	return func(args ...ref.Val) ref.Val {
		x, y := args[0], args[1]
		switch a := x.(type) {
		case types.Int:
			if _, ok := y.(types.Double); ok {
				x = types.Double(a)
			}
		case types.Double:
			if b, ok := y.(types.Int); ok {
				y = types.Double(b)
			}
		case types.String:
			if b, ok := y.(types.String); ok && len(a)+len(b) > maxText {
				return tooLong()
			}
		case types.Bytes:
			if b, ok := y.(types.Bytes); ok && len(a)+len(b) > maxText {
				return tooLong()
			}
		}
		return do(x, y)
	}
}

func tooLong() ref.Val { return types.NewErr("the text would have more than %d bytes", maxText) }

func tooMany() ref.Val { return types.NewErr("the list would have more than %d elements", maxItems) }

func guardReplace(args []ref.Val) ref.Val {
	s, ok := args[0].(types.String)
	old, okOld := args[1].(types.String)
	by, okBy := args[2].(types.String)
	if !ok || !okOld || !okBy {
		return nil
	}
	if grow := len(by) - len(old); grow > 0 && len(s)+strings.Count(string(s), string(old))*grow > maxText {
		return tooLong()
	}
	return nil
}

func guardJoin(args []ref.Val) ref.Val {
	list, ok := args[0].(traits.Lister)
	if !ok {
		return nil
	}
	between := 0
	if len(args) > 1 {
		sep, _ := args[1].(types.String)
		between = len(sep)
	}
	total := 0
	size, _ := list.Size().(types.Int)
	for i := range size {
		s, _ := list.Get(i).(types.String)
		if total += len(s) + between; total > maxText+between {
			return tooLong()
		}
	}
	return nil
}

// guardFormat bounds what is printed, and how much of a value is walked to
// print it. A number takes at most some 410 bytes, with the longest precision.
func guardFormat(args []ref.Val) ref.Val {
	f, ok := args[0].(types.String)
	list, okList := args[1].(traits.Lister)
	if !ok || !okList {
		return nil
	}
	total := len(f)
	size, _ := list.Size().(types.Int)
	for i := range size {
		n := 512
		switch v := list.Get(i).(type) {
		case types.String:
			n = 2 * len(v) // as hex digits
		case types.Bytes:
			n = 2 * len(v)
		case traits.Lister, traits.Mapper:
			b, err := encode(v)
			if err != nil {
				return types.NewErr("format: argument %d: %v", i, err)
			}
			n = 2 * len(b)
		}
		if total += n; total > maxText {
			return tooLong()
		}
	}
	return nil
}

func guardSplit(args []ref.Val) ref.Val {
	s, ok := args[0].(types.String)
	sep, okSep := args[1].(types.String)
	if !ok || !okSep {
		return nil
	}
	parts := strings.Count(string(s), string(sep))
	if sep == "" {
		parts = utf8.RuneCountInString(string(s))
	}
	if parts >= maxItems {
		return tooMany()
	}
	return nil
}

func guardSearch(args []ref.Val) ref.Val {
	s, ok := args[0].(types.String)
	part, okPart := args[1].(types.String)
	if ok && okPart && len(s)*len(part) > maxSearch {
		return types.NewErr("the texts are too long to search one in the other; contains() has no such limit")
	}
	return nil
}

func guardMatch(args []ref.Val) ref.Val {
	if s, ok := args[0].(types.String); ok && len(s) > maxMatch {
		return types.NewErr("text of more than %d bytes cannot be matched", maxMatch)
	}
	return nil
}

// guardRegexReplace bounds the text that comes of it: each match gives the
// replacement, in which a group is at most the match.
func guardRegexReplace(args []ref.Val) ref.Val {
	if err := guardMatch(args); err != nil {
		return err
	}
	s, ok := args[0].(types.String)
	pattern, okPattern := args[1].(types.String)
	by, okBy := args[2].(types.String)
	if !ok || !okPattern || !okBy {
		return nil
	}
	re, err := regexp.Compile(string(pattern))
	if err != nil {
		return nil // the function says so
	}
	groups, total := strings.Count(string(by), `\\`), len(s)
	for _, m := range re.FindAllStringIndex(string(s), -1) {
		if total += len(by) + groups*(m[1]-m[0]); total > maxText {
			return tooLong()
		}
	}
	return nil
}

// guardPairs is for functions that compare each element with each.
func guardPairs(args []ref.Val) ref.Val {
	x, ok := args[0].(traits.Lister)
	y, okY := args[1].(traits.Lister)
	if !ok || !okY {
		return nil
	}
	m, _ := x.Size().(types.Int)
	n, _ := y.Size().(types.Int)
	if m*n > maxDistinct*maxDistinct {
		return types.NewErr("lists of %d and %d elements are too long to compare each with each", m, n)
	}
	return nil
}

// guardInsert is for what transformMapEntry puts together, which CEL takes for
// an object.
func guardInsert(args []ref.Val) ref.Val {
	if len(args) == 2 {
		if _, ok := args[1].(traits.Mapper); !ok {
			return types.NewErr("transformMapEntry makes an object of objects, and a %s is none", typeName(args[1]))
		}
	}
	return nil
}

// compileMatches compiles a constant pattern once. It is CEL's own optimisation
// with the guard, which that would go around.
var compileMatches = &interpreter.RegexOptimization{
	Function:   "matches",
	RegexIndex: 1,
	Factory: func(call interpreter.InterpretableCall, pattern string) (interpreter.InterpretableCall, error) {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, err
		}
		return interpreter.NewCall(call.ID(), call.Function(), call.OverloadID(), call.Args(), func(args ...ref.Val) ref.Val {
			if err := guardMatch(args); err != nil {
				return err
			}
			s, ok := args[0].(types.String)
			if !ok {
				return types.MaybeNoSuchOverloadErr(args[0])
			}
			return types.Bool(re.MatchString(string(s)))
		}), nil
	},
}

func guardItems(most types.Int) func(args []ref.Val) ref.Val {
	return func(args []ref.Val) ref.Val {
		if list, ok := args[0].(traits.Lister); ok {
			if size, _ := list.Size().(types.Int); size > most {
				return types.NewErr("a list of more than %d elements is too long for this", most)
			}
		}
		return nil
	}
}

func guardFlatten(args []ref.Val) ref.Val {
	list, ok := args[0].(traits.Lister)
	if !ok {
		return nil
	}
	depth := types.Int(1)
	if len(args) > 1 {
		depth, _ = args[1].(types.Int)
	}
	if left := maxItems; !flattened(list, depth, &left) {
		return tooMany()
	}
	return nil
}

// flattened counts a flattened list's elements down from left, and tells
// whether that was enough.
func flattened(list traits.Lister, depth types.Int, left *int) bool {
	size, _ := list.Size().(types.Int)
	for i := range size {
		if inner, ok := list.Get(i).(traits.Lister); ok && depth > 0 {
			if !flattened(inner, depth-1, left) {
				return false
			}
			continue
		}
		if *left--; *left < 0 {
			return false
		}
	}
	return true
}
