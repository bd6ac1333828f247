package nodes

// llm: a neuron that is a language model behind the OpenAI chat API, as many
// services and local servers speak it.

import (
	"context"
	"errors"
	"io"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	openai "github.com/sashabaranov/go-openai"

	"ranvier/engine/pathway"
)

// llmSettings are a model's config. Expressions see the neuron's input.
type llmSettings struct {
	Model          string         `json:"model"`           // required
	Instructions   template       `json:"instructions"`    // the system message
	Temperature    *float64       `json:"temperature"`     // 0 to 2; absent: the service's default
	MaxTokens      *int           `json:"max_tokens"`      // of the answer; absent: the service's default
	ResponseFormat jsontext.Value `json:"response_format"` // JSON Schema that the answer must fit
	BaseURL        string         `json:"base_url"`        // absent: the instance's
	APIKeySecret   string         `json:"api_key_secret"`  // not available yet
	MaxTurns       jsontext.Value `json:"max_turns"`       // not available yet
	Tools          jsontext.Value `json:"tools"`           // not available yet
}

// llm is a language model.
type llm struct {
	llmSettings
	types  *Types
	base   *url.URL
	key    string          // goes to base only
	format *pathway.Schema // nil: any text
}

func newLLM(t *Types, raw jsontext.Value) (Neuron, pathway.Problems) {
	n := &llm{types: t}
	found := decode(raw, &n.llmSettings)
	if n.Model == "" || len(n.Model) > 200 {
		found.bad("/model", "must name a model, in 200 bytes at most")
	}
	if n.Temperature != nil && (*n.Temperature < 0 || *n.Temperature > 2) {
		found.bad("/temperature", "must be 0 to 2")
	}
	if n.MaxTokens != nil && (*n.MaxTokens < 1 || *n.MaxTokens > math.MaxInt32) {
		found.bad("/max_tokens", "must be at least 1")
	}
	n.ResponseFormat = n.ResponseFormat.Clone()
	if n.ResponseFormat.Kind() == 'n' {
		n.ResponseFormat = nil
	}
	n.format = found.schema("/response_format", n.ResponseFormat)
	if n.APIKeySecret != "" {
		found.bad("/api_key_secret", "named secrets are not available yet; leave it out")
	}
	if n.MaxTurns != nil {
		found.bad("/max_turns", "is not available yet; leave it out")
	}
	if n.Tools != nil {
		found.bad("/tools", "are not available yet; leave them out")
	}
	var err error
	if n.BaseURL == "" {
		// The instance's key goes to the instance's service, never to an
		// address that the author of a neuron chose.
		n.key = t.deps.OpenAIKey
		if n.base, err = parseURL(t.deps.OpenAIBaseURL); err != nil {
			found.bad("", "the instance's own base URL for models %s; its operator must correct it", err)
		}
	} else if n.base, err = parseURL(n.BaseURL); err != nil {
		found.bad("/base_url", "%s", err)
	} else if n.base.User != nil || n.base.RawQuery != "" {
		found.bad("/base_url", "must hold no user and no query")
	}
	return n, found.Problems
}

// Answer asks the model and streams its words.
func (n *llm) Answer(ctx context.Context, r *Request, input jsontext.Value) (Done, error) {
	request, err := n.request(ctx, r, input)
	if err != nil {
		return Done{}, err
	}
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil) // also ends the upstream request when the answer is abandoned
	call := &modelCall{llm: n, outer: ctx, inner: inner, idempotency: r.Key}
	watchdog := time.AfterFunc(n.types.deps.ModelSilence, func() { cancel(errSlow) })
	defer watchdog.Stop()

	config := openai.DefaultConfig(n.key)
	config.BaseURL = strings.TrimSuffix(n.base.String(), "/")
	config.HTTPClient = call
	config.EmptyMessagesLimit = math.MaxInt32 // comments keep a stream alive; boundedBody limits them
	stream, err := openai.NewClientWithConfig(config).CreateChatCompletionStream(inner, request)
	if err != nil {
		return Done{}, call.failure(err)
	}
	defer stream.Close()

	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return call.finish()
		}
		if err != nil {
			return Done{}, call.failure(err)
		}
		watchdog.Reset(n.types.deps.ModelSilence)
		if err := call.take(&chunk, r.Token); err != nil {
			return Done{}, err
		}
	}
}

// request puts the settings, what was said before and the input into the
// service's words.
func (n *llm) request(ctx context.Context, r *Request, input jsontext.Value) (openai.ChatCompletionRequest, error) {
	request := openai.ChatCompletionRequest{
		Model:         n.Model,
		StreamOptions: &openai.StreamOptions{IncludeUsage: true},
	}
	if n.Instructions.given() {
		text, err := n.Instructions.text(ctx, pathway.NewScope(input, nil, ""), "instructions")
		if err != nil {
			return request, err
		}
		if text != "" {
			request.Messages = append(request.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleSystem, Content: text})
		}
	}
	if r.History != nil {
		said, err := r.History(ctx)
		if err != nil {
			return request, err
		}
		for _, m := range said {
			request.Messages = append(request.Messages, openai.ChatCompletionMessage{Role: string(m.Role), Content: m.Content})
		}
	}
	text, err := message(input)
	if err != nil {
		return request, err
	}
	request.Messages = append(request.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: text})
	if n.Temperature != nil {
		// The library leaves a zero out, which would mean the default.
		request.Temperature = max(float32(*n.Temperature), math.SmallestNonzeroFloat32)
	}
	if n.MaxTokens != nil {
		if n.newWords() {
			request.MaxCompletionTokens = *n.MaxTokens
		} else {
			request.MaxTokens = *n.MaxTokens //nolint:staticcheck // deprecated at OpenAI, all that many other servers know
		}
	}
	if n.ResponseFormat != nil {
		request.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "output", Schema: n.ResponseFormat},
		}
	}
	return request, nil
}

// newWords tells whether the limit of tokens is called max_completion_tokens:
// OpenAI's newer models refuse max_tokens, many other servers know nothing else.
func (n *llm) newWords() bool {
	if n.base.Hostname() == "api.openai.com" {
		return true
	}
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(n.Model, prefix) {
			return true
		}
	}
	return false
}
