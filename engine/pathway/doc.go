// Package pathway reads and checks the graphs that jobs run, and evaluates the
// expressions inside them. It imports no other package of this project and
// knows nothing of events, time or the network.
//
// [Parse] turns a document into a [Graph], or gives every [Problem] with a
// JSON pointer to its place. What the settings of a node mean is known to
// [Types] only. [Resolve] writes the neurons that a document names into it, so
// that a job keeps the versions it started with.
//
// An [Expr] is a CEL expression (https://cel.dev). A [Value] is JSON whose
// strings may hold such expressions in double braces. Both are compiled once,
// are immutable, and may be evaluated by many goroutines at a time, each with
// a [Scope] of its own. An evaluation does no I/O, reads no clock, and is
// bounded in steps, time and memory: its author is not trusted.
package pathway
