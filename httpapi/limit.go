package httpapi

// Rate limits: of each key and share token, and of each address that sends bad
// credentials.

import (
	"errors"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// codeRateLimit refuses what comes too fast.
const codeRateLimit = "RATE_LIMIT"

// bucketGeneration is how many buckets one generation holds.
const bucketGeneration = 10_000

// buckets is a token bucket for each name. The older of two generations is
// forgotten whole, so at most twice bucketGeneration are held; a bucket that
// was forgotten is full again.
type buckets[K comparable] struct {
	perSecond, burst int

	mu         sync.Mutex
	young, old map[K]*rate.Limiter
}

// newBuckets gives nil, which never refuses, when nothing is limited. A burst
// of 0 is as many as there are a second.
func newBuckets[K comparable](perSecond, burst int) *buckets[K] {
	if perSecond <= 0 {
		return nil
	}
	if burst <= 0 {
		burst = perSecond
	}
	return &buckets[K]{perSecond: perSecond, burst: burst, young: map[K]*rate.Limiter{}}
}

// level is how full a bucket is.
type level struct {
	limit int           // what it holds when it is full
	left  int           // what may be taken at once now
	full  time.Duration // until it is full
	next  time.Duration // until one may be taken; 0: now
}

// take takes one from a bucket, and tells whether there was one.
func (b *buckets[K]) take(name K, now time.Time) (level, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.young[name]
	if l == nil {
		if l = b.old[name]; l == nil {
			l = rate.NewLimiter(rate.Limit(b.perSecond), b.burst)
		}
		if len(b.young) >= bucketGeneration {
			b.old, b.young = b.young, make(map[K]*rate.Limiter, bucketGeneration)
		}
		b.young[name] = l
	}
	ok := l.AllowN(now, 1)
	tokens := l.TokensAt(now)
	until := func(n float64) time.Duration {
		return time.Duration(max(0, n-tokens) / float64(b.perSecond) * float64(time.Second))
	}
	return level{limit: b.burst, left: max(0, int(tokens)), full: until(float64(b.burst)), next: until(1)}, ok
}

// seconds rounds up, for headers.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// limitKey counts a request of a key, and refuses what is too much.
func (s *Server) limitKey(w http.ResponseWriter, key *catalog.Key) error {
	return limit(w, s.keyRates, key.Hash, byKey)
}

// limit counts a request of a credential, tells the client where it stands, and
// refuses what is too much. The headers are those of
// draft-ietf-httpapi-ratelimit-headers-06: Reset is when all is there again.
func limit(w http.ResponseWriter, rates *credentialBuckets, hash events.Hash, kind string) error {
	if rates == nil {
		return nil
	}
	at, ok := rates.take(hash, time.Now())
	head := w.Header()
	head.Set("RateLimit-Limit", strconv.Itoa(at.limit))
	head.Set("RateLimit-Remaining", strconv.Itoa(at.left))
	head.Set("RateLimit-Reset", strconv.Itoa(seconds(at.full)))
	if ok {
		return nil
	}
	return tooFast(at, "this %s makes more requests than it may: %d a second and %d at once", kind, rates.perSecond, rates.burst)
}

// limitFailure counts an authentication that failed.
func (s *Server) limitFailure(r *http.Request, err error) error {
	var f *failure
	if !errors.As(err, &f) || f.code != codeAuth || r.Header.Get("Authorization") == "" {
		return err
	}
	return s.limitAddress(r, err)
}

// limitAddress counts a bad credential, and gives err while there are not too
// many. The address is not asked before: behind a proxy it is everybody's, and
// a good credential must get through.
func (s *Server) limitAddress(r *http.Request, err error) error {
	if s.badCredentials == nil {
		return err
	}
	at, ok := s.badCredentials.take(addressOf(r.RemoteAddr), time.Now())
	if ok {
		return err
	}
	return tooFast(at, "too many bad credentials came from this address")
}

func tooFast(at level, format string, args ...any) error {
	f := fail(codeRateLimit, format, args...)
	f.retryAfter = max(1, seconds(at.next))
	return f
}

// addressOf is the client's address; of IPv6 the network, since one client has
// all of its 2^64 addresses. What is no address, as in tests, is one client.
func addressOf(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	addr := at.Addr().Unmap()
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	network, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// credentialBuckets are those of API keys or share tokens, by the hash of the
// text.
type credentialBuckets = buckets[events.Hash]

// addressBuckets are those of clients' addresses.
type addressBuckets = buckets[netip.Prefix]
