package nodes

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// This file is what was said in a conversation before: an invocation of a
// neuron is a turn of it, the input from the user, the output from the
// assistant.

// Role is who said something.
type Role string

// The roles of a conversation, in the words of the models' services.
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one thing said.
type Message struct {
	Role    Role
	Content string
}

// Said is the user's message of an invocation with that input: what a model
// was sent.
func Said(input jsontext.Value) (Message, error) {
	text, err := message(input)
	return Message{User, text}, err
}

// Answered is the assistant's message of an invocation with that output: its
// member "text" if that is a string, else what [Said] would make of it.
func Answered(output jsontext.Value) (Message, error) {
	if output.Kind() == '{' {
		var o struct {
			Text jsontext.Value `json:"text"`
		}
		if err := json.Unmarshal(output, &o); err == nil && o.Text.Kind() == '"' {
			output = o.Text
		}
	}
	text, err := message(output)
	return Message{Assistant, text}, err
}
