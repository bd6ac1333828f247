package pathway

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// few knows three node types: "do" with any JSON in "with", "neuron" with the
// fields that Resolve touches, and "switch".
type few struct{}

type doSettings struct {
	With Value `json:"with"`
}

func (few) Kinds() []string { return []string{"do", "neuron", "switch"} }

func (few) Settings(kind string, raw jsontext.Value) (any, Problems) {
	var settings any
	switch kind {
	case "do":
		settings = &doSettings{}
	case "neuron":
		settings = &struct {
			Neuron string         `json:"neuron"`
			Kind   string         `json:"kind"`
			Config jsontext.Value `json:"config"`
			Input  Value          `json:"input"`
			Pinned Pinned         `json:"pinned"`
		}{}
	case "switch":
		settings = &struct{}{}
	default:
		return nil, Problems{{"/type", fmt.Sprintf("Settings was asked for %q", kind)}}
	}
	r := reader{}
	if err := json.Unmarshal(raw, settings, json.RejectUnknownMembers(true)); err != nil {
		var below Problems
		var place *json.SemanticError
		switch {
		case !errors.As(err, &place):
			r.syntax("", err)
			below = r.problems
		case errors.As(place.Err, &below):
			below = below.Under(string(place.JSONPointer))
		default:
			below = Problems{{string(place.JSONPointer), place.Err.Error()}}
		}
		return nil, below
	}
	return settings, nil
}

func mustParse(t *testing.T, doc string) *Graph {
	t.Helper()
	g, problems := Parse([]byte(doc), few{})
	if err := problems.Err(); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return g
}

// told is a list of problems as the tables write it.
func told(problems Problems) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Path+": "+p.Message)
	}
	return slices.Clip(out)
}
