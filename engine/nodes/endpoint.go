package nodes

// Which endpoint a call goes to, and the place that it needs there.

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// endpoint names the host of a call in lower case, with its port unless that is
// the one of its scheme.
func endpoint(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return strings.TrimSuffix(host, ":")
}

// CheckEndpoint tells what is wrong with the name of an endpoint.
func CheckEndpoint(name string) error {
	u, err := url.Parse("x://" + name)
	if err != nil || len(name) > 260 || u.Host != name || u.Hostname() == "" || endpoint(u) != name {
		return errors.New("an endpoint is a host in lower case, with a port where it is not the usual one, such as api.example.com or 10.0.0.7:11434")
	}
	return nil
}

// Caller is a Node or Neuron that knows before it starts where it calls first.
type Caller interface {
	// Endpoint names it, see CheckEndpoint; empty: it is not known.
	Endpoint() string
}

// Endpoint is that of the URL, if no expression decides it.
func (n *httpCall) Endpoint() string {
	raw := jsontext.Value(n.URL.raw)
	if raw.Kind() != '"' {
		return ""
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return ""
	}
	text, _, open := strings.Cut(string(b), "{{")
	if open { // what comes before must hold the whole host
		scheme, rest, _ := strings.Cut(text, "://")
		host := strings.IndexAny(rest, "/?#")
		if host < 0 {
			return ""
		}
		text = scheme + "://" + rest[:host]
	}
	u, err := parseURL(text)
	if err != nil {
		return ""
	}
	return endpoint(u)
}

// Endpoint is that of the model's service.
func (n *llm) Endpoint() string {
	if n.base == nil {
		return ""
	}
	return endpoint(n.base)
}

// Endpoint is that of the neuron.
func (n *neuronNode) Endpoint() string {
	if c, ok := n.neuron.(Caller); ok {
		return c.Endpoint()
	}
	return ""
}

// enter waits for a place at the endpoint of a call. leave gives it back.
func (r *Request) enter(ctx context.Context, u *url.URL) (leave func(), err error) {
	if r.Enter == nil {
		return func() {}, nil
	}
	if leave, err = r.Enter(ctx, endpoint(u)); err != nil {
		return nil, fmt.Errorf("wait for a place at %s: %w", u.Host, err)
	}
	return leave, nil
}
