package nodes

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func TestTurns(t *testing.T) {
	for _, c := range []struct{ value, said, answered string }{
		{`"Hi"`, "Hi", "Hi"},
		{`{"message":"Hi","text":"Ho"}`, "Hi", "Ho"},
		{`{"text":"Ho"}`, `{"text":"Ho"}`, "Ho"},
		{`{"message":"Hi"}`, "Hi", "Hi"},
		{`{"message":1,"text":[2]}`, `{"message":1,"text":[2]}`, `{"message":1,"text":[2]}`},
		{`{"text":""}`, `{"text":""}`, ""},
		{`[1, 2]`, `[1,2]`, `[1,2]`},
		{`null`, "null", "null"},
		{`"\u00e9\n"`, "é\n", "é\n"},
	} {
		said, err := Said(jsontext.Value(c.value))
		if d := cmp.Diff(Message{User, c.said}, said); err != nil || d != "" {
			t.Errorf("said %s: %v\n%s", c.value, err, d)
		}
		answered, err := Answered(jsontext.Value(c.value))
		if d := cmp.Diff(Message{Assistant, c.answered}, answered); err != nil || d != "" {
			t.Errorf("answered %s: %v\n%s", c.value, err, d)
		}
	}
}

// What was said before stands between the instructions and the input.
func TestLLMHistory(t *testing.T) {
	types, server := model(t)
	r := request(`"And now?"`, nil)
	r.History = func(context.Context) ([]Message, error) {
		return []Message{{User, "Hi"}, {Assistant, "Hello"}}, nil
	}
	if _, err := llmNode(t, types, `{"model":"m","instructions":"Be kind."}`).Start(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Messages []struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(server.Requests()[0].Body, &sent); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range sent.Messages {
		got = append(got, m.Role+": "+m.Content)
	}
	if d := cmp.Diff([]string{"system: Be kind.", "user: Hi", "assistant: Hello", "user: And now?"}, got); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
}

// A model that cannot be told what was said before is not asked.
func TestLLMHistoryUnknown(t *testing.T) {
	types, server := model(t)
	r := request(`"Hi"`, nil)
	r.History = func(context.Context) ([]Message, error) {
		return nil, &Failure{Code: CodeNode, Message: "not now"}
	}
	_, err := llmNode(t, types, `{"model":"m"}`).Start(t.Context(), r)
	var f *Failure
	if !errors.As(err, &f) || f.Final || !strings.Contains(f.Message, "not now") {
		t.Errorf("the failure is %v", err)
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
