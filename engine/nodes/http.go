package nodes

// http: one HTTP call, as a node type and as a kind of neuron.

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// httpSettings are those of a call. In a node the expressions see what all
// nodes' do, in a neuron its input alone.
type httpSettings struct {
	Method  string                    `json:"method"`  // default GET, with a body POST
	URL     secretTemplate            `json:"url"`     // http or https; required
	Headers map[string]secretTemplate `json:"headers"` // one value each
	Body    template                  `json:"body"`    // a string is sent as it is, all else as JSON
	Expect  []int                     `json:"expect"`  // the statuses that succeed; default all below 400
}

// httpCall is an http node or neuron.
type httpCall struct {
	httpSettings
	types *Types
}

var httpMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// The connection is ours, not the settings'.
var ownHeaders = []string{"Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Authorization",
	"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

const maxHeaders = 64

func newHTTP(t *Types, raw jsontext.Value) (*httpCall, pathway.Problems) {
	n := &httpCall{types: t}
	found := decode(raw, &n.httpSettings)
	if !n.URL.given() {
		found.bad("/url", "is missing")
	}
	if text, ok := literal(n.URL.raw); ok {
		if _, err := parseURL(text); err != nil {
			found.bad("/url", "%s", err)
		}
	}
	if n.Method == "" {
		n.Method = http.MethodGet
		if n.Body.given() {
			n.Method = http.MethodPost
		}
	}
	if !slices.Contains(httpMethods, n.Method) {
		found.bad("/method", "%.20q is none of %s", n.Method, strings.Join(httpMethods, ", "))
	}
	if len(n.Headers) > maxHeaders {
		found.bad("/headers", "more than %d headers", maxHeaders)
	}
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(n.Headers)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !validHeader(name):
			found.bad("/headers"+pointer(name), "is no header name")
		case slices.Contains(ownHeaders, canonical):
			found.bad("/headers"+pointer(name), "cannot be set: it belongs to the connection")
		case seen[canonical]:
			found.bad("/headers"+pointer(name), "is there twice, in different case")
		}
		seen[canonical] = true
	}
	if n.Expect != nil && len(n.Expect) == 0 {
		found.bad("/expect", "must name at least one status")
	}
	for i, code := range n.Expect {
		if code < 100 || code > 599 {
			found.bad(fmt.Sprintf("/expect/%d", i), "%d is no HTTP status", code)
		}
	}
	return n, found.Problems
}

// validHeader tells whether name is a token (RFC 9110, 5.6.2).
func validHeader(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return name != "" && len(name) <= 100
}

// parseURL reads the address of a call. Its error does not repeat the text,
// which may hold a password.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("is no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("must begin with http:// or https://")
	case u.Hostname() == "":
		return nil, errors.New("names no host")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, errors.New("has a port outside 1 to 65535")
		}
	}
	return u, nil
}

// Start makes the call as a node.
func (n *httpCall) Start(ctx context.Context, r *Request) (Outcome, error) {
	done, err := n.call(ctx, r, r.Scope)
	if err != nil {
		return nil, err
	}
	return done, nil
}

// Answer makes the call as a neuron.
func (n *httpCall) Answer(ctx context.Context, r *Request, input jsontext.Value) (Outcome, error) {
	return n.call(ctx, r, pathway.NewScope(input, nil, ""))
}

func (n *httpCall) call(ctx context.Context, r *Request, s *pathway.Scope) (Done, error) {
	req, err := n.request(ctx, r, s)
	if err != nil {
		return Done{}, err
	}
	target := req.URL
	leave, err := r.enter(ctx, target)
	if err != nil {
		return Done{}, err
	}
	defer leave()
	inner, cancel := ctx, context.CancelFunc(func() {})
	if _, limited := ctx.Deadline(); !limited {
		inner, cancel = context.WithTimeoutCause(ctx, n.types.deps.HTTPTimeout, errSlow)
	}
	defer cancel()
	resp, err := n.types.client.Do(req.WithContext(inner))
	if err != nil {
		return Done{}, callFailure(ctx, inner, CodeHTTP, target, err)
	}
	defer resp.Body.Close()
	if !n.expected(resp.StatusCode) {
		return Done{}, &Failure{
			Code:       CodeHTTPStatus,
			Message:    bounded(fmt.Sprintf("%s %s answered %s", n.Method, shown(target), statusText(resp.StatusCode))),
			Final:      !transient(resp.StatusCode),
			RetryAfter: retryAfter(resp.Header, time.Now()),
		}
	}
	body, err := io.ReadAll(&boundedBody{ReadCloser: resp.Body, left: n.types.deps.MaxResponse})
	if err != nil {
		return Done{}, callFailure(ctx, inner, CodeHTTP, target, err)
	}
	output, err := answer(resp, body)
	if err != nil {
		return Done{}, fmt.Errorf("write the output: %w", err)
	}
	return Done{Output: output}, nil
}

func (n *httpCall) expected(status int) bool {
	if n.Expect != nil {
		return slices.Contains(n.Expect, status)
	}
	return status < 400
}

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// request evaluates the settings.
func (n *httpCall) request(ctx context.Context, r *Request, s *pathway.Scope) (*http.Request, error) {
	text, err := n.URL.text(ctx, r, s, "url")
	if err != nil {
		return nil, err
	}
	target, err := parseURL(text)
	if err != nil {
		return nil, invalid("url: the text that it evaluates to %s", err)
	}
	header := http.Header{"User-Agent": {"ranvier"}, "Idempotency-Key": {r.Key}}
	var body io.Reader
	if n.Body.given() {
		raw, err := n.Body.eval(ctx, s, "body")
		if err != nil {
			return nil, err
		}
		header.Set("Content-Type", "application/json")
		content := []byte(raw)
		if raw.Kind() == '"' {
			header.Set("Content-Type", "text/plain; charset=utf-8")
			if content, err = jsontext.AppendUnquote(nil, raw); err != nil {
				return nil, fmt.Errorf("read the body: %w", err)
			}
		}
		body = bytes.NewReader(content)
	}
	for _, name := range slices.Sorted(maps.Keys(n.Headers)) {
		v := n.Headers[name]
		text, err := v.text(ctx, r, s, "headers."+name)
		if err != nil {
			return nil, err
		}
		if !sendable(text) {
			return nil, invalid("headers.%s: the text that it evaluates to holds control characters", name)
		}
		header.Set(name, text)
	}
	req, err := http.NewRequestWithContext(ctx, n.Method, target.String(), body)
	if err != nil {
		return nil, invalid("url: the text that it evaluates to is no address of a call")
	}
	req.Header = header
	return req, nil
}

// answer is the output: status, headers in lower case, and the body as JSON
// when it is, else as text, else in base64. Cookies are left out: they are
// credentials, and outputs are kept.
func answer(resp *http.Response, body []byte) (jsontext.Value, error) {
	out := struct {
		Status   int               `json:"status"`
		Headers  map[string]string `json:"headers"`
		Body     jsontext.Value    `json:"body"`
		Encoding string            `json:"encoding,omitzero"`
	}{Status: resp.StatusCode, Headers: map[string]string{}, Body: jsontext.Value("null")}
	for name, values := range resp.Header {
		if name != "Set-Cookie" {
			out.Headers[strings.ToLower(name)] = strings.ToValidUTF8(strings.Join(values, ", "), "\uFFFD")
		}
	}
	var err error
	switch {
	case len(body) == 0:
	case isJSON(resp.Header.Get("Content-Type")) && jsontext.Value(body).IsValid():
		out.Body = body
	case utf8.Valid(body):
		out.Body, err = jsontext.AppendQuote(nil, body)
	default:
		out.Encoding = "base64"
		out.Body, err = jsontext.AppendQuote(nil, base64.StdEncoding.EncodeToString(body))
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(out, json.Deterministic(true))
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
