package job

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
	"ranvier/events"
)

// Command is an order to a job. The set is closed: the structs of this file,
// and those of task.go for workers.
type Command interface{ decide(*decision) error }

// Submit makes the job.
type Submit struct {
	Job   events.JobSubmitted
	Reuse []events.Fact // of a rerun: what Run.Reuse gave
}

// Advance lets the job go on: what its timers have run out for happens, and as
// far as the room allows it begins, starts ready nodes, and starts lost
// attempts anew.
type Advance struct {
	Lost []Attempt // attempts that started and that no process runs any more
}

// Succeed is the outcome of an attempt that did its work.
type Succeed struct {
	Attempt Attempt
	Output  jsontext.Value // strict JSON; nil only with End
	Usage   events.Usage
	End     bool // the whole job ends with Output as its result, nil for the default
}

// Fail is the outcome of an attempt that did not.
type Fail struct {
	Attempt    Attempt
	Code       string
	Message    string
	Final      bool          // another attempt would fail too
	RetryAfter time.Duration // the earliest time for another attempt; 0 leaves it to the node's retry
	Usage      events.Usage
}

// Hold is the outcome of an attempt that waits: for a time, an answer or a
// signal.
type Hold struct {
	Attempt Attempt
	Until   time.Time // zero: no timer
	Ask     *Ask      // nil: no question
	Events  []string  // the signals of which the first ends it, within the node's timeout; nil: none
	Fresh   bool      // signals that came before are dropped
	Task    *Offer    // nil: no task for a worker
}

// Ask is the question of a human node.
type Ask struct {
	ID          string
	Call        string // with Await: the tool call that it is about
	Prompt      string
	Actions     []string
	Fields      jsontext.Value // JSON Schema, nil for none
	Required    int
	Responders  int // 0: not known
	Default     string
	ExpiresIn   time.Duration // 0: never
	OnExpire    string
	RemindAfter time.Duration // 0: never
}

// Answer answers an intervention.
type Answer struct {
	InterventionID string
	Action         string
	Comment        string
	Fields         jsontext.Value // an object, nil for none
	Responder      string
}

// Signal tells the job something. It is kept until a node waits for its name.
// One that was received before, by its Key, is refused with RefusedExists.
type Signal struct {
	Name    string
	Data    jsontext.Value // strict JSON
	Key     events.Hash    // digest of an Idempotency-Key; zero: every signal counts
	Request events.Hash    // with Key: digest of what it names
}

// Cancel ends the job.
type Cancel struct{ Reason string }

// Pause stops new steps from starting.
type Pause struct{}

// Delete deletes an ended job.
type Delete struct{}

// Erased says that what a deleted job held is no longer stored.
type Erased struct{}

// Resume lets a paused job go on, or answers a waiting one with its default
// action. With Answer it does what Answer does, after resuming.
type Resume struct{ Answer *Answer }

// Codes of failures that the engine itself gives.
const (
	CodeCancelled  = "CANCELLED"
	CodeTimeout    = "TIMEOUT"
	CodeExpression = "EXPRESSION_ERROR"
	CodeExpired    = "INTERVENTION_EXPIRED"
	CodeTooLarge   = "OUTPUT_TOO_LARGE"
)

// Codes of refusals, as the API names them.
const (
	RefusedInvalid      = "VALIDATION_ERROR"
	RefusedFinished     = "JOB_FINISHED"
	RefusedNotWaiting   = "JOB_NOT_WAITING"
	RefusedNotResumable = "JOB_NOT_RESUMABLE"
	RefusedAnswered     = "ALREADY_ANSWERED"
	RefusedConflict     = "CONFLICT"
	RefusedMismatch     = "IDEMPOTENCY_MISMATCH"
	RefusedExists       = "EXISTS"    // Submit of a job that exists, or a Signal that was received
	RefusedStale        = "STALE"     // the outcome of an attempt that is no longer at work
	RefusedUnknown      = "NOT_FOUND" // a command to a job that does not exist
	RefusedGone         = "GONE"      // a command to a job that was deleted
)

// Refusal is the answer to a command that the job's state does not allow.
// Nothing happened.
type Refusal struct {
	Code     string
	Message  string           // what was wrong and what to do, for the client
	Problems pathway.Problems // with RefusedInvalid: where, as pointers into the command's JSON form
}

// Error gives code and message.
func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// Gone is the refusal of everything that asks for a job that was deleted.
func Gone() *Refusal { return refuse(RefusedGone, "the job was deleted") }

func refuse(code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Message: fmt.Sprintf(format, args...)}
}
