package nodes

// One call of a model: what is asked of the HTTP layer, what has come so far,
// and what it comes to.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// framing is how many times larger than its text a streamed answer may be:
// each word comes inside an event of some hundred bytes.
const framing = 64

// modelCall is one call in progress. It is the library's HTTP client, because
// the library hides the headers of a refusal and reads without limits.
type modelCall struct {
	*llm
	outer, inner context.Context // the node's; the call's own, below it
	idempotency  string

	resp *http.Response // nil until the service answers
	read *boundedBody   // its body

	text, refusal strings.Builder
	asked         []askedCall
	asks          int // bytes of asked
	model         string
	reason        string // why the model stopped; "" until it did
	usage         Usage
}

// Do sends the library's request.
func (c *modelCall) Do(req *http.Request) (*http.Response, error) {
	req.Header.Set("Idempotency-Key", c.idempotency)
	req.Header.Set("User-Agent", "ranvier")
	resp, err := c.types.client.Do(req)
	if err != nil {
		return nil, err
	}
	c.usage.ModelCalls = 1
	c.read = &boundedBody{ReadCloser: resp.Body, left: framing * c.types.deps.MaxResponse}
	resp.Body = c.read
	c.resp = resp
	return resp, nil
}

// take adds a chunk to the answer and gives its words to token.
func (c *modelCall) take(chunk *openai.ChatCompletionStreamResponse, token func(string)) error {
	if chunk.Model != "" {
		c.model = chunk.Model
	}
	if chunk.Usage != nil {
		c.usage.InputTokens = max(0, int64(chunk.Usage.PromptTokens))
		c.usage.OutputTokens = max(0, int64(chunk.Usage.CompletionTokens))
		c.usage = c.Price.cost(c.usage)
	}
	for _, choice := range chunk.Choices {
		if choice.Index != 0 {
			continue
		}
		if choice.FinishReason != "" && choice.FinishReason != openai.FinishReasonNull {
			c.reason = string(choice.FinishReason)
		}
		c.refusal.WriteString(choice.Delta.Refusal)
		c.takeCalls(choice.Delta.ToolCalls)
		if words := choice.Delta.Content; words != "" {
			c.text.WriteString(words)
			token(words)
		}
	}
	if int64(c.text.Len()+c.asks) > c.types.deps.MaxResponse || len(c.asked) > maxCalls {
		return c.fail(CodeTooLarge, true, "the answer is larger than allowed")
	}
	return nil
}

// end tells whether what has come is an answer.
func (c *modelCall) end() error {
	switch {
	case c.refusal.Len() > 0:
		return c.fail(CodeModelRefused, true, "the model refused: %s", c.refusal.String())
	case c.reason == string(openai.FinishReasonContentFilter):
		return c.fail(CodeModelRefused, true, "the service's content filter stopped the answer")
	case c.reason == "":
		return c.fail(CodeModel, false, "the stream ended before the answer was finished")
	}
	return nil
}

// takeCalls adds pieces of tool calls. Most services number them; where they do
// not, a piece with an id or a name begins another call.
func (c *modelCall) takeCalls(pieces []openai.ToolCall) {
	for _, p := range pieces {
		i := len(c.asked) - 1
		switch {
		case p.Index != nil:
			i = slices.IndexFunc(c.asked, func(a askedCall) bool { return a.index == *p.Index })
		case p.ID != "" && (i < 0 || c.asked[i].ID != p.ID), p.Function.Name != "" && p.ID == "":
			i = -1
		}
		if i < 0 {
			a := askedCall{index: len(c.asked)}
			if p.Index != nil {
				a.index = *p.Index
			}
			c.asked = append(c.asked, a)
			i = len(c.asked) - 1
		}
		a := &c.asked[i]
		if p.ID != "" {
			a.ID = p.ID
		}
		if p.Function.Name != "" {
			a.Name = p.Function.Name
		}
		a.Arguments += p.Function.Arguments
		c.asks += len(p.ID) + len(p.Function.Name) + len(p.Function.Arguments)
	}
}

// askedCall is a tool call as the model asked for it.
type askedCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"` // as it wrote them, hopefully JSON
	index     int
}

// failure says what an error of the library means.
func (c *modelCall) failure(err error) error {
	var said *openai.APIError
	errors.As(err, &said)
	var call *url.Error
	switch {
	case c.outer.Err() != nil, errors.As(err, &call), c.resp != nil && c.read.broken():
		return c.withUsage(callFailure(c.outer, c.inner, CodeModel, c.base, err))
	case c.resp == nil:
		// The library itself finds that the model does not take such a request.
		return c.fail(CodeModelRefused, true, "%s", err)
	case c.resp.StatusCode >= 400:
		return c.refused(said)
	case said != nil:
		return c.fail(CodeModel, false, "the service broke off: %s", said.Message)
	}
	return c.fail(CodeModel, false, "the service sent something that is no part of a streamed chat answer")
}

// refused is the failure of an HTTP status. What a service says about a bad
// credential may quote it, so that is not repeated.
func (c *modelCall) refused(said *openai.APIError) error {
	status := c.resp.StatusCode
	text := statusText(status)
	if said != nil && said.Message != "" && status != http.StatusUnauthorized && status != http.StatusForbidden {
		text += ": " + said.Message
	}
	f := c.fail(CodeModelRefused, true, "the service answered %s", text)
	if transient(status) {
		f.Code, f.Final = CodeModel, false
		f.RetryAfter = retryAfter(c.resp.Header, time.Now())
	}
	return f
}

// fail makes a failure that names the model's service.
func (c *modelCall) fail(code string, final bool, format string, args ...any) *Failure {
	text := shown(c.base) + ": " + fmt.Sprintf(format, args...)
	if c.key != "" {
		text = strings.ReplaceAll(text, c.key, "***")
	}
	return &Failure{Code: code, Final: final, Message: bounded(text), Usage: c.usage}
}

// withUsage makes err a failure that tells what was consumed, also when the
// node was told to stop.
func (c *modelCall) withUsage(err error) error {
	var f *Failure
	if !errors.As(err, &f) {
		f = &Failure{Code: CodeNode, Message: bounded(err.Error()), Err: err}
	}
	f.Usage = c.usage
	return f
}
