package nodes

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"
)

// Re-entrant nodes: what an attempt did before it ended is recorded step by
// step, and the next attempt of the visit goes on from there. A step that is
// recorded is never done again.

// Step is a recorded part of a visit: Turn, Call, Answer, Asked, Verdict or
// Spawned.
type Step interface{ step() }

// Turn is what a model said, and what it asked for.
type Turn struct {
	N     int            // from 1 within the visit
	Reply jsontext.Value // what the node needs to go on from it
	Usage Usage
}

// Call is a tool that a model asked for. It is recorded before it is made.
type Call struct {
	Turn      int
	ID        string // names it within the visit
	Name      string // of the tool
	Arguments jsontext.Value
}

// Answer is what a call came to.
type Answer struct {
	Call   string
	Code   string         // why there is no result; empty: there is
	Result jsontext.Value // with Code: {"code", "message"} and what else is known
	Usage  Usage
}

// Asked is a question for a call that was asked and not settled yet.
type Asked struct{ Call string }

// Verdict is how the question for a call was settled.
type Verdict struct {
	Call, Action, Comment string
	Expired               bool // nobody answered: Action is what stands for an answer
}

// Spawned is a sub-job that was started for a call and has not ended.
type Spawned struct{ Call string }

func (Turn) step()    {}
func (Call) step()    {}
func (Answer) step()  {}
func (Asked) step()   {}
func (Verdict) step() {}
func (Spawned) step() {}

// Recorder stores steps, of which only Turn, Call and Answer can be stored, in
// one commit, and returns when they are durable. It may be called from many
// goroutines of an attempt. After an error the attempt must end with it.
type Recorder func(ctx context.Context, steps ...Step) error

// Await leaves the visit open and ends the attempt. Another one is made when
// something that was asked for has come: a question settled, or all sub-jobs
// ended. Both may be empty when earlier attempts asked for what is awaited.
type Await struct {
	Ask   []Question // each with a Call
	Spawn []SubJob   // each with a Call
}

func (Await) outcome() {}
