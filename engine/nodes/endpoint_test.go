package nodes

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func TestEndpoints(t *testing.T) {
	types := New(Deps{OpenAIBaseURL: "https://models.example/v1"})
	for _, c := range []struct{ kind, raw, want string }{
		{"http", `{"url":"https://API.Example.com/x"}`, "api.example.com"},
		{"http", `{"url":"https://api.example.com:443/x"}`, "api.example.com"},
		{"http", `{"url":"http://api.example.com:443/x"}`, "api.example.com:443"},
		{"http", `{"url":"http://me:pw@10.0.0.7:8080?q"}`, "10.0.0.7:8080"},
		{"http", `{"url":"http://[::1]:80/"}`, "[::1]"},
		{"http", `{"url":"https://api.example.com/{{ input.id }}"}`, "api.example.com"},
		{"http", `{"url":"https://api.example.com?k={{ secret.k }}"}`, "api.example.com"},
		{"http", `{"url":"https://api.example.com{{ input }}"}`, ""},
		{"http", `{"url":"https://{{ input }}.example.com/"}`, ""},
		{"http", `{"url":"https://me:{{ secret.pw }}@example.com/"}`, ""},
		{"http", `{"url":"{{ input }}"}`, ""},
		{"neuron", `{"kind":"http","config":{"url":"https://a.example/"}}`, "a.example"},
		{"neuron", `{"kind":"llm","config":{"model":"m"}}`, "models.example"},
		{"neuron", `{"kind":"llm","config":{"model":"m","base_url":"http://10.0.0.7:11434/v1"}}`, "10.0.0.7:11434"},
		{"neuron", `{"kind":"echo"}`, ""},
		{"neuron", `{"neuron":"named"}`, ""},
	} {
		got := node(t, types, c.kind, c.raw).(Caller).Endpoint()
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.raw, got, c.want)
		}
		if got != "" && CheckEndpoint(got) != nil {
			t.Errorf("%q is no endpoint: %v", got, CheckEndpoint(got))
		}
	}
}

// TestCallsEnter: every call asks for its place, and gives it back.
func TestCallsEnter(t *testing.T) {
	types := register(t, nil)
	url := serve(t, status(200))
	var steps []string
	r := request(`null`, nil)
	r.Enter = func(_ context.Context, endpoint string) (func(), error) {
		steps = append(steps, "enter "+endpoint)
		return func() { steps = append(steps, "leave") }, nil
	}
	if _, err := node(t, types, "http", `{"url":"`+url+`"}`).Start(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if want := []string{"enter " + url[len("http://"):], "leave"}; !slices.Equal(steps, want) {
		t.Errorf("%q, want %q", steps, want)
	}
	r.Enter = func(context.Context, string) (func(), error) { return nil, errStop }
	for _, settings := range []string{`{"kind":"http","config":{"url":"` + url + `"}}`, `{"kind":"llm","config":{"model":"m","base_url":"` + url + `"}}`} {
		if _, err := node(t, types, "neuron", settings).Start(t.Context(), r); !errors.Is(err, errStop) {
			t.Errorf("%s: %v", settings, err)
		}
	}
}
