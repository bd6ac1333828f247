package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// leastKey is the least length of the bootstrap key in characters.
const leastKey = 24

// leastMaster is the least length of the master key in bytes.
const leastMaster = 32

// maxPayload is the most that the log takes as one commit.
const maxPayload = 32 << 20

// maxRate is the highest rate and the largest burst.
const maxRate = 1_000_000

// Validate checks what a setting's own parser cannot see: ranges, and settings
// that contradict each other. The error tells all problems, one a line, each
// with the setting's name; nil when there are none.
func (c *Config) Validate() error {
	var p problems
	p.add("listen", checkAddress(c.Listen))
	if c.DataDir == "" {
		p.say("data_dir", "must not be empty")
	}
	p.add("bootstrap_key", checkKey(c.BootstrapKey.Reveal()))
	if n := len(c.MasterKey.Reveal()); n > 0 && n < leastMaster {
		p.say("master_key", "must have at least %d bytes", leastMaster)
	}

	within(&p, "body_limit", c.BodyLimit, 1<<10, maxPayload/2)
	within(&p, "rate_limit", c.RateLimit, 0, maxRate)
	within(&p, "rate_burst", c.RateBurst, 0, maxRate)
	within(&p, "auth_fail_limit", c.AuthFailLimit, 0, maxRate)
	within(&p, "auth_fail_burst", c.AuthFailBurst, 0, maxRate)
	within(&p, "share_rate_limit", c.ShareLimit, 0, maxRate)
	within(&p, "share_rate_burst", c.ShareBurst, 0, maxRate)
	p.add("public_url", checkPublicURL(c.PublicURL))
	within(&p, "quota_open_jobs", c.QuotaOpenJobs, 0, maxRate)
	within(&p, "quota_streams", c.QuotaStreams, 0, maxRate)
	within(&p, "max_connections", c.MaxConnections, 0, maxRate)
	if c.QuotaEventBytes < 0 {
		p.say("quota_event_bytes", "must not be negative")
	}
	within(&p, "sse_ping", c.SSEPing, time.Second, 10*time.Minute)
	within(&p, "sse_write_timeout", c.SSEWrite, 100*time.Millisecond, 10*time.Minute)
	within(&p, "shutdown_grace", c.ShutdownGrace, 0, 10*time.Minute)
	within(&p, "workers", c.Workers, 1, 100_000)
	within(&p, "token_age", c.TokenAge, time.Minute, 10*365*24*time.Hour)

	// A body is stored with what it names resolved inside it, which takes more.
	if c.MaxPayload < 2*c.BodyLimit || c.MaxPayload > maxPayload {
		p.say("max_payload", "must be at least twice body_limit (%v) and at most %v", 2*c.BodyLimit, Size(maxPayload))
	}
	within(&p, "inline_limit", c.InlineLimit, 4<<10, max(c.MaxPayload/4, 4<<10))
	within(&p, "max_output", c.MaxOutput, c.InlineLimit, 512<<20)
	within(&p, "max_response", c.MaxResponse, 1<<10, c.MaxOutput)
	if c.MaxStore != 0 && c.MaxStore < 64<<20 {
		p.say("max_store", "must be 0 or at least 64MiB")
	}
	p.add("openai_base_url", checkURL(c.OpenAIBaseURL, "https", "http"))
	// This URL is printed, that of NATS is not.
	if u, err := url.Parse(c.OpenAIBaseURL); err == nil && u.User != nil {
		p.say("openai_base_url", "must not hold a user or password")
	}
	c.validateNATS(&p)
	return errors.Join(p...)
}

func (c *Config) validateNATS(p *problems) {
	switch c.NATSReplicas {
	case 1, 3, 5:
	default:
		p.say("nats_replicas", "must be 1, 3 or 5")
	}
	if c.NATSURL == "" {
		if c.NATSReplicas != 1 {
			p.say("nats_replicas", "needs nats_url: the log inside this process has one copy")
		}
		return
	}
	for one := range strings.SplitSeq(c.NATSURL.Reveal(), ",") {
		p.add("nats_url", checkURL(strings.TrimSpace(one), "nats", "tls", "ws", "wss"))
	}
}

// problems gathers what is wrong, in the order of finding.
type problems []error

func (p *problems) say(name, format string, args ...any) {
	*p = append(*p, fmt.Errorf(name+" "+format, args...))
}

func (p *problems) add(name string, err error) {
	if err != nil {
		*p = append(*p, fmt.Errorf("%s %w", name, err))
	}
}

func within[T cmp.Ordered](p *problems, name string, v, least, most T) {
	if v < least || v > most {
		p.say(name, "must be between %v and %v", least, most)
	}
}

func checkAddress(text string) error {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return errors.New(`must have the form "host:port" with a port from 0 to 65535; without a host it is all addresses`)
	}
	return nil
}

// checkKey wants what fits into an Authorization header (RFC 6750: no white
// space, visible ASCII) and cannot be guessed. No key is no problem.
func checkKey(key string) error {
	if key == "" {
		return nil
	}
	if len(key) < leastKey {
		return fmt.Errorf("must have at least %d characters", leastKey)
	}
	for _, b := range []byte(key) {
		if b <= ' ' || b > '~' {
			return errors.New("must be visible ASCII without spaces")
		}
	}
	return nil
}

// checkPublicURL wants what a path can be put behind. No URL is no problem.
func checkPublicURL(text string) error {
	if text == "" {
		return nil
	}
	if err := checkURL(text, "https", "http"); err != nil {
		return err
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil || strings.ContainsAny(text, "?#") || strings.HasSuffix(text, "/") {
		return errors.New("must not hold a user, a query or a fragment, nor end with a slash")
	}
	return nil
}

func checkURL(text string, schemes ...string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return errors.New("must be a URL with a host")
	}
	if slices.Contains(schemes, u.Scheme) {
		return nil
	}
	return fmt.Errorf("must begin with %s://", strings.Join(schemes, ":// or "))
}
