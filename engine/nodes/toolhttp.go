package nodes

// An HTTP call as a tool of a model.

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// httpToolSettings are those of a call. {{ args.name }} in the URL stands for
// an argument, escaped; beside it templates see what those of the neuron do.
type httpToolSettings struct {
	Method  string         `json:"method"` // default GET
	URL     jsontext.Value `json:"url"`
	Headers jsontext.Value `json:"headers"`
}

// httpTool makes the call with the arguments: as the query of a GET, HEAD,
// DELETE or OPTIONS, else as a JSON body.
type httpTool struct {
	*httpCall
	places []string // the arguments that the URL names
}

var argReference = regexp.MustCompile(`\{\{\s*args\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}`)

// marker stands in the URL for its i-th argument until the call is made.
func marker(i int) string { return fmt.Sprintf("--argument-%d--", i) }

func newHTTPTool(t *Types, raw jsontext.Value) (*httpTool, pathway.Problems) {
	var s httpToolSettings
	found := decode(raw, &s)
	if len(found.Problems) > 0 {
		return nil, found.Problems
	}
	n := &httpTool{}
	settings := map[string]any{}
	if s.Method != "" {
		settings["method"] = s.Method
	}
	if s.Headers != nil {
		settings["headers"] = s.Headers
	}
	if s.URL != nil {
		settings["url"] = s.URL
		if s.URL.Kind() == '"' {
			var text string
			if err := json.Unmarshal(s.URL, &text); err != nil {
				return nil, misfit("/url", err)
			}
			settings["url"] = argReference.ReplaceAllStringFunc(text, func(reference string) string {
				n.places = append(n.places, argReference.FindStringSubmatch(reference)[1])
				return marker(len(n.places) - 1)
			})
		}
	}
	b, err := json.Marshal(settings, json.Deterministic(true))
	if err != nil {
		return nil, misfit("", err)
	}
	var problems pathway.Problems
	n.httpCall, problems = newHTTP(t, b)
	for i := range problems {
		if strings.Contains(problems[i].Message, `unknown name "args"`) { // as expressions say it, which have none
			problems[i].Message = "an argument may stand in the url only, alone between its braces: {{ args.name }}"
		}
	}
	return n, problems
}

// call makes the call. The result is the body of the answer: its JSON if it is
// some, else its text.
func (n *httpTool) call(ctx context.Context, r *Request, key string, args jsontext.Value) (jsontext.Value, Usage, error) {
	inner := *r
	inner.Key = key
	req, err := n.request(ctx, &inner, r.Scope)
	if err != nil {
		return nil, Usage{}, err
	}
	if err := n.give(req, args); err != nil {
		return nil, Usage{}, err
	}
	target := req.URL
	leave, err := r.enter(ctx, target)
	if err != nil {
		return nil, Usage{}, err
	}
	defer leave()
	resp, err := n.types.client.Do(req)
	if err != nil {
		return nil, Usage{}, callFailure(ctx, ctx, CodeHTTP, target, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(&boundedBody{ReadCloser: resp.Body, left: n.types.deps.MaxResponse})
	if err != nil {
		return nil, Usage{}, callFailure(ctx, ctx, CodeHTTP, target, err)
	}
	if !n.expected(resp.StatusCode) {
		said := strings.TrimSpace(string(body))
		if said != "" {
			said = ": " + said
		}
		return nil, Usage{}, &Failure{
			Code: CodeHTTPStatus, Message: bounded(fmt.Sprintf("%s %s answered %s%s", n.Method, shown(target), statusText(resp.StatusCode), said)),
			Final: !transient(resp.StatusCode), RetryAfter: retryAfter(resp.Header, time.Now()),
		}
	}
	return toolBody(resp, body)
}

func toolBody(resp *http.Response, body []byte) (jsontext.Value, Usage, error) {
	whole, err := answer(resp, body)
	if err != nil {
		return nil, Usage{}, fmt.Errorf("write the result: %w", err)
	}
	var parts struct {
		Body     jsontext.Value `json:"body"`
		Encoding string         `json:"encoding"`
	}
	if err := json.Unmarshal(whole, &parts); err != nil {
		return nil, Usage{}, fmt.Errorf("write the result: %w", err)
	}
	if parts.Encoding != "" {
		if parts.Body, err = json.Marshal(map[string]any{"encoding": parts.Encoding, "body": parts.Body}, json.Deterministic(true)); err != nil {
			return nil, Usage{}, fmt.Errorf("write the result: %w", err)
		}
	}
	return parts.Body, Usage{}, nil
}

// give puts the arguments into the request. A model chose them, so they stay
// inside the part of the URL that the author gave them.
func (n *httpTool) give(req *http.Request, args jsontext.Value) error {
	var values map[string]jsontext.Value
	if err := json.Unmarshal(args, &values); err != nil {
		return invalid("the arguments are no object")
	}
	address := req.URL.String()
	for i, name := range n.places {
		text, err := plain(values[name])
		if err != nil || values[name] == nil {
			return invalid("the argument %q is needed for the URL, as a text, a number or a boolean", name)
		}
		if text == "" || text == "." || text == ".." {
			return invalid("the argument %q cannot be %q: it is a part of the URL", name, text)
		}
		address = strings.Replace(address, marker(i), strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), 1)
	}
	target, err := parseURL(address)
	if err != nil {
		return invalid("url: with the arguments it %s", err)
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodOptions:
		query := target.Query()
		for name, value := range values {
			if slices.Contains(n.places, name) {
				continue
			}
			texts, err := several(value)
			if err != nil {
				return err
			}
			query[name] = texts
		}
		target.RawQuery = query.Encode()
	default:
		req.Body = io.NopCloser(bytes.NewReader(args))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(args)), nil }
		req.ContentLength = int64(len(args))
		if req.Header.Get("Content-Type") == "" {
			req.Header.Set("Content-Type", "application/json")
		}
	}
	req.URL, req.Host = target, target.Host
	return nil
}

// several gives the texts of a parameter of a query: those of a list are each
// one.
func several(value jsontext.Value) ([]string, error) {
	if value.Kind() == '[' {
		var list []jsontext.Value
		if err := json.Unmarshal(value, &list); err != nil {
			return nil, fmt.Errorf("read an argument: %w", err)
		}
		texts := make([]string, len(list))
		for i, v := range list {
			text, err := plain(v)
			if err != nil {
				return []string{string(value)}, nil //nolint:nilerr // then it is told as it is
			}
			texts[i] = text
		}
		return texts, nil
	}
	if text, err := plain(value); err == nil {
		return []string{text}, nil
	}
	return []string{string(value)}, nil
}

// plain gives the text of a string, number or boolean.
func plain(value jsontext.Value) (string, error) {
	switch value.Kind() {
	case '"':
		b, err := jsontext.AppendUnquote(nil, value)
		return string(b), err
	case '0', 't', 'f':
		return string(value), nil
	}
	return "", fmt.Errorf("%s is no plain value", value.Kind())
}
