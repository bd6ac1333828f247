package nodes

// human: a question to a person.

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// human asks and waits for the answer.
type human struct {
	Prompt      template       `json:"prompt"`       // the question; required
	Actions     []string       `json:"actions"`      // what may be answered; default approve, reject
	Fields      jsontext.Value `json:"fields"`       // JSON Schema of the answer's fields
	Required    *int           `json:"required"`     // distinct people that must agree; default 1
	Responders  *int           `json:"responders"`   // how many may answer at all; absent: any number
	Default     string         `json:"default"`      // the action that a resume without an answer takes
	ExpiresIn   duration       `json:"expires_in"`   // absent: the question stays open
	OnExpire    string         `json:"on_expire"`    // an action, "fail" (default) or "continue"
	RemindAfter duration       `json:"remind_after"` // absent: nobody is reminded
}

const (
	maxActions = 20
	maxPeople  = 100
	maxPrompt  = 64 << 10 // bytes
)

var actionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Words that mean something else where an action may stand.
var reservedActions = []string{"fail", "continue", "undecided"}

func newHuman(raw jsontext.Value) (Node, pathway.Problems) {
	n := &human{}
	found := decode(raw, n)
	if !n.Prompt.given() {
		found.bad("/prompt", "is missing; it is the question that people see")
	}
	if n.Actions == nil {
		n.Actions = []string{"approve", "reject"}
	}
	if len(n.Actions) == 0 || len(n.Actions) > maxActions {
		found.bad("/actions", "must name 1 to %d actions", maxActions)
	}
	for i, a := range n.Actions {
		path := fmt.Sprintf("/actions/%d", i)
		switch {
		case !actionName.MatchString(a):
			found.bad(path, "an action has 1 to 64 letters, digits, '_' or '-'")
		case slices.Contains(reservedActions, a):
			found.bad(path, "%q cannot be an action: the word has a meaning of its own", a)
		case slices.Index(n.Actions, a) < i:
			found.bad(path, "action %q is there twice", a)
		}
	}
	if n.Fields.Kind() == 'n' {
		n.Fields = nil
	}
	n.Fields = n.Fields.Clone()
	found.schema("/fields", n.Fields)
	found.people("/required", n.Required)
	found.people("/responders", n.Responders)
	if n.Required != nil && n.Responders != nil && *n.Required > *n.Responders {
		found.bad("/required", "%d cannot agree when only %d may answer", *n.Required, *n.Responders)
	}
	if n.Default != "" && !slices.Contains(n.Actions, n.Default) {
		found.bad("/default", "%.64q is none of the actions", n.Default)
	}
	if n.OnExpire != "" {
		if n.OnExpire != "fail" && n.OnExpire != "continue" && !slices.Contains(n.Actions, n.OnExpire) {
			found.bad("/on_expire", "must be \"fail\", \"continue\" or one of the actions")
		}
		if n.ExpiresIn == 0 {
			found.bad("/on_expire", "has no effect without expires_in")
		}
	}
	return n, found.Problems
}

// people adds a problem unless n is absent or a number of people.
func (f *findings) people(path string, n *int) {
	if n != nil && (*n < 1 || *n > maxPeople) {
		f.bad(path, "must be 1 to %d", maxPeople)
	}
}

// Start asks.
func (n *human) Start(ctx context.Context, r *Request) (Outcome, error) {
	prompt, err := n.Prompt.text(ctx, r.Scope, "prompt")
	if err != nil {
		return nil, err
	}
	if len(prompt) > maxPrompt {
		return nil, invalid("prompt: %d bytes are more than %d", len(prompt), maxPrompt)
	}
	q := &Question{
		Prompt:      prompt,
		Actions:     slices.Clone(n.Actions),
		Fields:      n.Fields,
		Required:    1,
		Default:     n.Default,
		ExpiresIn:   time.Duration(n.ExpiresIn),
		OnExpire:    "fail",
		RemindAfter: time.Duration(n.RemindAfter),
	}
	if n.Required != nil {
		q.Required = *n.Required
	}
	if n.Responders != nil {
		q.Responders = *n.Responders
	}
	if n.OnExpire != "" {
		q.OnExpire = n.OnExpire
	}
	return Wait{Ask: q}, nil
}
