package nodes

// The egress guard: which addresses outbound calls may reach.
//
// Whoever may write a graph may make this process call any URL, and it stands
// inside a network where others trust it. So the address that is really dialled
// is checked, after DNS and on every redirect, and only public ones pass.

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// NewTransport makes the transport for all outbound calls. It refuses every
// address that is not public (private, loopback, link-local, multicast,
// unspecified, shared, reserved, so also those of cloud metadata services)
// unless one of allow holds it; then calls fail with a *refusedError inside.
// Proxies of the environment are not used: behind one the guard would see the
// proxy only. The caller owns it and ends with CloseIdleConnections.
func NewTransport(allow []netip.Prefix) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: guard(allow)}
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// guard makes the check of an address that is about to be dialled.
func guard(allow []netip.Prefix) func(network, address string, c syscall.RawConn) error {
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	guardian := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return func(network, address string, c syscall.RawConn) error {
		if err := guardian.Safe(network, address, c); err != nil {
			return &refusedError{err}
		}
		return nil
	}
}

// refusedError says which address was refused; that is for logs, since the
// addresses behind a name are not everybody's business.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return "egress: " + e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

const maxRedirects = 5

var (
	errRedirects = errors.New("too many redirects")
	errScheme    = errors.New("a redirect to something that is not http or https")
)

// Headers that may go along to another origin; all others may hold a secret.
var harmless = []string{"Accept", "Content-Type", "Idempotency-Key", "User-Agent"}

// checkRedirect bounds redirects. What the settings say in headers was meant
// for the first origin: once a redirect leads elsewhere they stay behind.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errRedirects
	}
	if next.URL.Scheme != "http" && next.URL.Scheme != "https" {
		return errScheme
	}
	elsewhere := !sameOrigin(next, via[0])
	for _, r := range via[1:] {
		elsewhere = elsewhere || !sameOrigin(r, via[0])
	}
	if elsewhere {
		kept := http.Header{}
		for _, name := range harmless {
			if v := next.Header.Values(name); len(v) > 0 {
				kept[name] = v
			}
		}
		clear(next.Header)
		for name, v := range kept {
			next.Header[name] = v
		}
	}
	return nil
}

func sameOrigin(a, b *http.Request) bool {
	return a.URL.Scheme == b.URL.Scheme && strings.EqualFold(a.URL.Host, b.URL.Host)
}
