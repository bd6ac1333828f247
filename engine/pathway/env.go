package pathway

import (
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

// The language of expressions: CEL, its libraries, its variables, its limits.
// The functions that are our own are in functions.go.

// Limits of one expression. The cost limit alone bounds an evaluation in a
// way that depends on the expression and its data only; the deadline is for
// what its model misjudges, and generous because a busy machine must not make
// a good expression fail.
const (
	maxSource  = 4 << 10   // bytes of an expression's text
	maxTree    = 5_000     // nodes of its syntax tree, macros expanded
	maxLoops   = 16        // macros that loop, side by side or nested
	maxCost    = 500_000   // CEL's cost units in one evaluation
	maxSize    = 1_000_000 // parts of a value that it looks at or makes; maxTextUnit bytes of text are one
	maxRegex   = 500       // instructions of a compiled pattern
	checkEvery = 4         // iterations between looks at the deadline
	sizeEvery  = 512       // iterations between looks at the size of what a loop makes

	maxTextUnit = 16
)

// celEnv is the language. It is made at first use: it costs some milliseconds.
var celEnv = sync.OnceValue(func() *cel.Env {
	return newEnv(
		cel.Variable("input", cel.DynType),
		cel.Variable("nodes", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("job", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("trace", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("item", cel.DynType),
		cel.Variable("index", cel.DynType),
	)
})

// messageEnv is the same language over a message that came from outside.
var messageEnv = sync.OnceValue(func() *cel.Env {
	return newEnv(
		cel.Variable("body", cel.DynType),
		cel.Variable("headers", cel.MapType(cel.StringType, cel.StringType)),
	)
})

func newEnv(variables ...cel.EnvOption) *cel.Env {
	number := func(id, op string) cel.EnvOption {
		return cel.Function(op,
			cel.Overload(id+"_int64_double", []*cel.Type{cel.IntType, cel.DoubleType}, cel.DoubleType),
			cel.Overload(id+"_double_int64", []*cel.Type{cel.DoubleType, cel.IntType}, cel.DoubleType))
	}
	env, err := cel.NewEnv(append(variables,
		cel.OptionalTypes(),
		ext.Strings(ext.StringsVersion(5)),
		ext.Lists(ext.ListsVersion(5), ext.ListsMaxRangeSize(maxItems)),
		ext.Math(ext.MathVersion(2)),
		ext.Encoders(ext.EncodersVersion(0)), // later versions have laxer JSON, and YAML
		ext.Regex(ext.RegexVersion(0)),
		ext.TwoVarComprehensions(ext.TwoVarComprehensionsVersion(0)),
		ext.Bindings(ext.BindingsVersion(0)),
		cel.Lib(library{}),
		number("add", "_+_"), number("subtract", "_-_"), number("multiply", "_*_"), number("divide", "_/_"),

		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true),
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateRegexLiterals()),
		cel.ParserExpressionSizeLimit(maxSource),
		cel.ParserRecursionLimit(96),
		cel.ParserErrorRecoveryLimit(4),
		cel.ExpressionNodeLimit(maxTree),
		cel.RegexProgramSizeLimit(maxRegex),
	)...)
	if err != nil {
		panic("pathway: the language of expressions: " + err.Error())
	}
	return env
}

// programOptions are the limits of every program.
var programOptions = sync.OnceValue(func() []cel.ProgramOption {
	size := types.NewSizeCalculator(
		types.SizeCalculatorMaxDepth(4*maxValueDepth),
		types.SizeCalculatorMaxTraversal(2*maxSize),
		types.SizeCalculatorStringUnitLength(maxTextUnit),
	)
	return []cel.ProgramOption{
		cel.OptimizeRegex(compileMatches),
		cel.CostLimit(maxCost),
		cel.CostTracking(openCalls{}),
		cel.MemoryTracking(types.MemoryTrackerSizeCalculator(size), types.MemoryTrackerSampleInterval(sizeEvery)),
		cel.MemoryLimit(maxSize),
		cel.InterruptCheckFrequency(checkEvery),
		guarded(),
	}
})
