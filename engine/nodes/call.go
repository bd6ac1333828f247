package nodes

// What the HTTP calls of all nodes share: reading bounded answers, and turning
// what went wrong into failures that hold no secret.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// errSlow ends a call that took, or was silent for, too long.
var errSlow = errors.New("the other side is too slow")

// errLarge: an answer is larger than allowed.
var errLarge = errors.New("the answer is too large")

// callFailure says what went wrong with a call to target. outer is the
// context that the node was given: when it has ended the error is its cause
// and no failure of the call. inner is the context of the call itself. code
// is the code of a fault that has no code of its own.
func callFailure(outer, inner context.Context, code string, target *url.URL, err error) error {
	if outer.Err() != nil {
		return fmt.Errorf("call %s: %w", shown(target), context.Cause(outer))
	}
	f := &Failure{Code: code, Err: err}
	host := target.Hostname()
	var e *url.Error
	if errors.As(err, &e) {
		// After redirects it is the last hop that failed.
		if u, perr := url.Parse(e.URL); perr == nil && u.Host != "" {
			host = u.Hostname()
		}
	}
	var refused *refusedError
	switch {
	case errors.As(err, &refused):
		f.Code, f.Final = CodeEgress, true
		f.Message = fmt.Sprintf("%.100q leads to an address that is private or reserved, and calls to those are refused; "+
			"the operator can allow its network with RANVIER_EGRESS_ALLOW", host)
	case errors.Is(err, errRedirects):
		f.Final = true
		f.Message = fmt.Sprintf("%s: more than %d redirects", shown(target), maxRedirects)
	case errors.Is(err, errScheme):
		f.Final = true
		f.Message = fmt.Sprintf("%s: redirected to an address that is neither http nor https", shown(target))
	case errors.Is(err, errLarge):
		f.Code, f.Final = CodeTooLarge, true
		f.Message = shown(target) + ": the answer is larger than allowed"
	case errors.Is(context.Cause(inner), errSlow), isTimeout(err):
		f.Code = CodeTimeout
		f.Message = shown(target) + ": no answer in time"
	default:
		f.Message = fmt.Sprintf("%s: %s", shown(target), reason(err))
	}
	f.Message = bounded(f.Message)
	return f
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// reason names the usual causes; anything else stays out of what is served.
func reason(err error) string {
	var dns *net.DNSError
	var record tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the host is unknown"
	case errors.As(err, &dns):
		return "the host's name could not be resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &authority), errors.As(err, &name), errors.As(err, &cert):
		return "the TLS certificate is not valid for this host"
	case errors.As(err, &record):
		return "the other side does not speak TLS"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke"
	}
	return "the call failed"
}

// shown is a URL without what may be secret in it: user, query, fragment.
func shown(u *url.URL) string {
	s := u.Scheme + "://" + u.Host + u.EscapedPath()
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "..."
	}
	return s
}

// maxRetryAfter bounds what another side can ask for.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads a Retry-After header (RFC 9110, 10.2.3); 0 when there is
// none that makes sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	var d time.Duration
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// transient tells whether a status may be another one later.
func transient(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

// boundedBody is a body that fails with errLarge when more than left bytes
// are read from it.
type boundedBody struct {
	io.ReadCloser
	left int64
	err  error // what Read failed with; io.EOF at the end
}

// Read gives at most what is left, and asks for one byte more to learn
// whether there is any.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), errLarge
	}
	b.left -= int64(n)
	b.err = err
	return n, err
}

// broken tells whether reading ended before the body did.
func (b *boundedBody) broken() bool { return b.err != nil && !errors.Is(b.err, io.EOF) }
