// Package nodes is in charge of what each type of node and each kind of neuron
// does. It knows no job and no log: a node is given a [Request] and answers
// with an [Outcome] or an error; what becomes of either is the engine's
// decision.
//
// [Types] reads a node's settings from a graph, strictly, and makes a [Node]
// of them, or says everything that is wrong. There is one file a node type
// (human.go, http.go, ...) with its settings as a struct, and one a neuron
// kind (echo.go, llm.go; http.go is both). All outbound traffic passes the
// guard of egress.go.
//
// A node may be run more than once for one visit: the process may die between
// an outside effect and the record of it. Every outside call therefore carries
// the visit's idempotency key.
package nodes

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// Node is a node's behaviour, its settings already decoded. It is immutable
// and safe for concurrent use.
type Node interface {
	// Start makes one attempt. It returns when the attempt is over, or soon
	// after ctx ends, then with an error that wraps the cause of ctx. Any
	// error that holds no *Failure is a retryable one with code CodeNode.
	Start(ctx context.Context, r *Request) (Outcome, error)
}

// Request is one attempt of one visit of a node.
type Request struct {
	Scope     *pathway.Scope // what expressions see; owned by this call
	Job, Node string         // ids
	Visit     int            // from 1
	Attempt   int            // from 1 within the visit
	Key       string         // idempotency key, the same for every attempt of a visit
	Now       time.Time      // when the attempt started
	// Token streams words to those who watch. It is cheap, never nil, and
	// called only from the goroutine that called Start.
	Token func(text string)
	// History reads what was said earlier in the conversation that the attempt
	// belongs to, oldest first. It is nil when there is none.
	History func(ctx context.Context) ([]Message, error)
	// Secret opens a secret of the job's workspace as it is now. What is opened
	// is taken out of all that the attempt gives: tokens, outcome and error. An
	// error is a *Failure, or one of the log's. It may be called from any
	// goroutine; nil: there are no secrets.
	Secret func(ctx context.Context, name string) (string, error)
	// Hide takes a text that is secret for another reason out of what the
	// attempt gives. It may be called from any goroutine; nil: it stays.
	Hide func(secret string)
	// Enter waits until a call to an endpoint may begin, see [Caller]; leave must
	// be called when the call has ended. The error is the cause of ctx. It may be
	// called from any goroutine; nil: every call may begin.
	Enter func(ctx context.Context, endpoint string) (leave func(), err error)
	// Clean takes out of JSON what was opened or hidden so far, before somebody
	// else is told it; cut: its texts may be cut short. nil: nothing is secret.
	Clean func(raw jsontext.Value, cut bool) jsontext.Value
	// Steps is what earlier attempts of the visit recorded, and what has come of
	// what they asked for, in order. It must not be changed.
	Steps []Step
	// Record stores further steps. nil: nothing is recorded.
	Record Recorder
	// Check gives what of a neuron's output does not fit, so that it can mend it.
	// nil: anything fits.
	Check func(output jsontext.Value) pathway.Problems
}

// record stores steps if there is somebody who does.
func (r *Request) record(ctx context.Context, steps ...Step) error {
	if r.Record == nil {
		return nil
	}
	return r.Record(ctx, steps...)
}

// Outcome is what an attempt that did not fail came to: Done, Wait, Spawn or
// Await.
type Outcome interface{ outcome() }

// Done ends the visit.
type Done struct {
	Output jsontext.Value // any JSON; nil stands for null
	Usage  Usage
	// End completes the whole job at once, with Output as its result; a nil
	// Output then stands for the graph's own result.
	End bool
}

// Wait leaves the visit open, holding no goroutine. It is for one of Until, Ask,
// Events and Task.
type Wait struct {
	Until  time.Time // the visit then ends with the output {}
	Ask    *Question // the visit ends with the answer, or when the question expires
	Events []string  // the visit ends with the first of these signals; the node's timeout bounds the wait
	Fresh  bool      // those that came before the wait are dropped
	Task   *Task     // the visit ends with what a worker outside gives; the node's timeout bounds the wait
}

// Fan leaves the visit open while items are at work. It is for maps alone.
type Fan struct {
	Items       jsontext.Value // a list
	Total       int            // its length
	MinSuccess  int            // how many items must succeed; below 0: all
	Concurrency int            // how many may be at work
	Rest        string         // "cancel" or "ignore": what becomes of the others once so many have succeeded; "": they are awaited
}

func (Fan) outcome()  {}
func (Done) outcome() {}
func (Wait) outcome() {}

// Question is what a human node asks.
type Question struct {
	Call        string // with Await: the tool call of a model that it is about
	Prompt      string
	Actions     []string       // what may be answered; never empty
	Fields      jsontext.Value // JSON Schema of the answer's fields; nil: none are asked for
	Required    int            // how many distinct people must agree; at least 1
	Responders  int            // how many may answer at all; 0: not known
	Default     string         // the action that a resume without an answer takes; "": none
	ExpiresIn   time.Duration  // from when it is asked; 0: never
	OnExpire    string         // an action, "fail" or "continue"
	RemindAfter time.Duration  // from when it is asked, and between two reminders; 0: none
}

// Task is what a worker outside is asked to do.
type Task struct {
	Queue     string // where workers look for it
	Input     jsontext.Value
	Lease     time.Duration // how long a worker has it until it must say that it is alive
	MaxLeases int           // how many leases may run out; 0: any number
}

// Usage counts what an attempt consumed.
type Usage struct {
	InputTokens, OutputTokens, ModelCalls, ToolCalls, CostMicroUSD int64
}

// Codes of failures. They are data for clients and never change their meaning.
const (
	CodeNode          = "NODE_ERROR"         // any error without a code of its own; retryable
	CodeExpression    = "EXPRESSION_ERROR"   // an expression could not be evaluated; final
	CodeValidation    = "VALIDATION_ERROR"   // the input does not fit; final
	CodeOutputInvalid = "OUTPUT_INVALID"     // the output does not fit its schema; retryable
	CodeTimeout       = "TIMEOUT"            // the other side was too slow; retryable
	CodeHTTP          = "HTTP_ERROR"         // the HTTP call broke, or could not be made
	CodeHTTPStatus    = "HTTP_STATUS"        // the HTTP call was answered with an unwanted status
	CodeTooLarge      = "RESPONSE_TOO_LARGE" // the answer is larger than allowed; final
	CodeModel         = "MODEL_ERROR"        // the model's service failed or is overloaded; retryable
	CodeModelRefused  = "MODEL_REFUSED"      // the model or its service refused the request; final
	CodeEgress        = "EGRESS_REFUSED"     // the egress guard refused the address; final
	CodeAgent         = "AGENT_LIMIT"        // a model's turns, calls, tokens or costs reached their limit; final
	CodeRejected      = "REJECTED"           // of a tool call: a person did not allow it
	CodeTool          = "TOOL_UNKNOWN"       // of a tool call: the model has no such tool
	CodeMCP           = "MCP_ERROR"          // an MCP server, or its tool, failed
	CodeEcho          = "ECHO_FAILED"        // an echo neuron failed as it was told to
)

// Failure is an error with a meaning. Its code and message are stored and
// served, so they hold no secret and the message is bounded.
type Failure struct {
	Code, Message string
	Final         bool          // no retry can help
	RetryAfter    time.Duration // the other side asked for at least this pause; 0: did not
	Usage         Usage         // what was consumed nevertheless
	Err           error         // the cause, for logs; may be nil
}

// Error gives the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// maxMessage bounds a failure's message, in bytes.
const maxMessage = 500
