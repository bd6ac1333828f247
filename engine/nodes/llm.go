package nodes

// llm: a neuron that is a language model behind the OpenAI chat API, as many
// services and local servers speak it.

import (
	"context"
	"errors"
	"fmt"
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
	APIKeySecret   string         `json:"api_key_secret"`  // the secret that is the service's key
	MaxCorrections *int           `json:"max_corrections"` // how often an output that does not fit is told to the model; default 2

	Tools          []jsontext.Value `json:"tools"`            // see toolSettings
	MaxTurns       *int             `json:"max_turns"`        // of a visit, corrections included; default 10
	MaxToolCalls   *int             `json:"max_tool_calls"`   // of a visit; default 50
	MaxTokensTotal *int64           `json:"max_tokens_total"` // of a visit, both ways; absent: any number
	MaxCostUSD     *float64         `json:"max_cost_usd"`     // of a visit; absent: any
	Price          *price           `json:"price"`            // absent: costs are not counted
}

// price is what a model costs, in USD for a million tokens.
type price struct {
	Input  float64 `json:"input"`
	Output float64 `json:"output"`
}

// cost adds to u what its tokens cost; a part of a millionth counts as one.
func (p *price) cost(u Usage) Usage {
	if p != nil {
		u.CostMicroUSD = int64(math.Ceil(p.Input*float64(u.InputTokens) + p.Output*float64(u.OutputTokens)))
	}
	return u
}

// llm is a language model.
type llm struct {
	llmSettings
	types  *Types
	base   *url.URL
	key    string          // goes to base only; the secret takes its place
	format *pathway.Schema // nil: any text

	tools              toolSet
	turns, calls, mend int   // limits
	tokens, cost       int64 // limits; 0: none. The cost is in millionths of a USD
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
	if n.APIKeySecret != "" && !pathway.ValidSecret(n.APIKeySecret) {
		found.bad("/api_key_secret", "must be the name of a secret: letters, digits and '_'")
	}
	n.readLimits(found)
	var problems pathway.Problems
	n.tools, problems = newTools(t, n.Tools)
	found.Problems = append(found.Problems, problems.Under("/tools")...)
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

// readLimits reads what bounds a visit.
func (n *llm) readLimits(found *findings) {
	limit := func(name string, given *int, least, usual, most int) int {
		if given == nil {
			return usual
		}
		if *given < least || *given > most {
			found.bad("/"+name, "must be %d to %d", least, most)
		}
		return *given
	}
	n.turns = limit("max_turns", n.MaxTurns, 1, defaultTurns, maxTurns)
	n.calls = limit("max_tool_calls", n.MaxToolCalls, 1, defaultCalls, maxCalls)
	n.mend = limit("max_corrections", n.MaxCorrections, 0, defaultMend, maxMend)
	if n.MaxTokensTotal != nil {
		if n.tokens = *n.MaxTokensTotal; n.tokens < 1 {
			found.bad("/max_tokens_total", "must be at least 1")
		}
	}
	if p := n.Price; p != nil && (p.Input < 0 || p.Output < 0 || p.Input > maxPricePerMega || p.Output > maxPricePerMega) {
		found.bad("/price", "must be two numbers from 0 to %d, in USD for a million tokens", int(maxPricePerMega))
	}
	if n.MaxCostUSD != nil {
		n.cost = int64(math.Ceil(*n.MaxCostUSD * 1e6))
		switch {
		case *n.MaxCostUSD <= 0 || *n.MaxCostUSD > 1e9:
			found.bad("/max_cost_usd", "must be above 0")
		case n.Price == nil:
			found.bad("/max_cost_usd", "has no effect without price: costs are not counted")
		}
	}
}

// ask sends a request and streams the words of the answer. The call that it
// gives has ended.
func (n *llm) ask(ctx context.Context, r *Request, request openai.ChatCompletionRequest, idempotency string) (*modelCall, error) {
	key, err := n.apiKey(ctx, r)
	if err != nil {
		return nil, err
	}
	leave, err := r.enter(ctx, n.base)
	if err != nil {
		return nil, err
	}
	defer leave()
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil) // also ends the upstream request when the answer is abandoned
	call := &modelCall{llm: n, outer: ctx, inner: inner, idempotency: idempotency}
	watchdog := time.AfterFunc(n.types.deps.ModelSilence, func() { cancel(errSlow) })
	defer watchdog.Stop()

	config := openai.DefaultConfig(key)
	config.BaseURL = strings.TrimSuffix(n.base.String(), "/")
	config.HTTPClient = call
	config.EmptyMessagesLimit = math.MaxInt32 // comments keep a stream alive; boundedBody limits them
	stream, err := openai.NewClientWithConfig(config).CreateChatCompletionStream(inner, request)
	if err != nil {
		return nil, call.failure(err)
	}
	defer stream.Close()

	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return call, call.end()
		}
		if err != nil {
			return nil, call.failure(err)
		}
		watchdog.Reset(n.types.deps.ModelSilence)
		if err := call.take(&chunk, r.Token); err != nil {
			return nil, err
		}
	}
}

// apiKey gives the key for a call now.
func (n *llm) apiKey(ctx context.Context, r *Request) (string, error) {
	if n.APIKeySecret == "" {
		if r.Hide != nil && n.key != "" {
			r.Hide(n.key)
		}
		return n.key, nil
	}
	key, err := r.secret(ctx, n.APIKeySecret)
	if err == nil && !sendable(key) {
		err = &Failure{Code: CodeSecretUnusable, Final: true, Message: fmt.Sprintf("the secret %q holds control characters, such as the end of a line", n.APIKeySecret)}
	}
	return key, err
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
