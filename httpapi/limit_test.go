package httpapi

// Rate limits and CORS.

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestKeyRate(t *testing.T) {
	// So slow that the test ends before another request is allowed.
	w := newWorld(t, func(c *Config) { c.RateLimit, c.RateBurst = 1, 1000 })
	first := w.call("GET", "/v1/jobs", viewerKey, "").want(200)
	if l, r, s := first.header.Get("RateLimit-Limit"), first.header.Get("RateLimit-Remaining"), first.header.Get("RateLimit-Reset"); l != "1000" || r != "999" || s != "1" {
		t.Errorf("RateLimit headers %q %q %q", l, r, s)
	}
	for _, path := range []string{"/healthz", "/v1/openapi.yaml"} {
		if got := w.call("GET", path, viewerKey, "").want(200).header.Get("RateLimit-Limit"); got != "" {
			t.Errorf("%s is public and says RateLimit-Limit %q", path, got)
		}
	}
	// A refused order counts too.
	if got := w.call("POST", "/v1/jobs", viewerKey, "{}").want(403).header.Get("RateLimit-Remaining"); got == "" {
		t.Error("a request that its role does not allow is not counted")
	}
	w.call("GET", "/v1/jobs", operatorKey, "").want(200)
}

func TestKeyRateRefuses(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.RateLimit, c.RateBurst = 1, 2 })
	var refused *reply
	for refused == nil { // a second may go by between two of them
		if a := w.call("GET", "/v1/jobs", viewerKey, ""); a.status != 200 {
			refused = a.want(429, codeRateLimit)
		}
	}
	f := refused.failure()
	if refused.header.Get("Retry-After") != "1" || f.RetryAfter != 1 || refused.header.Get("RateLimit-Remaining") != "0" {
		t.Errorf("%v %s", refused.header, refused.body)
	}
	if !strings.Contains(f.Message, "1 a second") {
		t.Errorf("message %q", f.Message)
	}
	w.call("GET", "/v1/jobs", operatorKey, "").want(200) // another key
}

func TestBadCredentialsAreLimited(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AuthFailLimit, c.AuthFailBurst = 1, 3 })
	last := 0
	for range 1000 {
		if a := w.call("GET", "/v1/jobs", "no-such-key-of-anybody", ""); a.status != 401 {
			last = a.want(429, codeRateLimit).status
			break
		}
	}
	if last != 429 {
		t.Fatal("bad credentials are not limited")
	}
	w.call("GET", "/v1/jobs", viewerKey, "").want(200)                   // a good key of the same address
	w.call("GET", "/v1/jobs", "", "").want(401, codeAuth)                // nothing was tried
	w.call("POST", "/v1/jobs", viewerKey, "{}").want(403, codeForbidden) // no bad credential
}

func TestAddressOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7/32", "[::ffff:192.0.2.7]:1": "192.0.2.7/32", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1": "fe80::/64", "@": "invalid Prefix", "": "invalid Prefix",
	} {
		if got := addressOf(remote).String(); got != want {
			t.Errorf("%q is %s, want %s", remote, got, want)
		}
	}
}

// TestBuckets proves that a bucket never gives more than it may, and that what
// it says of the future is true.
func TestBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perSecond, burst := rapid.IntRange(1, 50).Draw(t, "per second"), rapid.IntRange(0, 50).Draw(t, "burst")
		b := newBuckets[string](perSecond, burst)
		begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		now, given := begin, 0
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "pause")) * time.Millisecond)
			at, ok := b.take("a", now)
			if ok {
				given++
			} else {
				if at.next <= 0 || at.next > time.Second {
					t.Fatalf("it refuses, and is to be asked again in %v", at.next)
				}
				now = now.Add(at.next + time.Microsecond)
				if _, ok := b.take("a", now); !ok {
					t.Fatalf("it refused although it was asked after the %v it named", at.next)
				}
				given++
			}
			if most := float64(b.burst) + now.Sub(begin).Seconds()*float64(perSecond); float64(given) > math.Ceil(most) {
				t.Fatalf("%d were given of %.2f", given, most)
			}
			if at.left < 0 || at.left >= at.limit || at.full <= 0 {
				t.Fatalf("%+v", at)
			}
		}
		if _, ok := b.take("another", now); !ok {
			t.Fatal("a new name is refused")
		}
	})
}

func TestBucketsAreBounded(t *testing.T) {
	b := newBuckets[int](1, 1)
	now := time.Now()
	for i := range 5 * bucketGeneration {
		b.take(i, now)
		if _, ok := b.take(-1, now); ok && i > 0 {
			t.Fatal("a bucket in use was forgotten")
		}
	}
	if n := len(b.young) + len(b.old); n > 2*bucketGeneration {
		t.Errorf("%d buckets are held", n)
	}
	if newBuckets[int](0, 7) != nil {
		t.Error("a rate of nothing limits")
	}
}

func TestCORS(t *testing.T) {
	const page, stranger = "https://app.example.org", "https://evil.example.org"
	ask := func(w *world, origin string) *reply {
		return w.call("OPTIONS", "/v1/jobs", "", "", "Origin: "+origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization")
	}
	t.Run("off", func(t *testing.T) {
		w := newWorld(t)
		ask(w, page).want(405, codeMethod)
		a := w.call("GET", "/v1/jobs", viewerKey, "", "Origin: "+page).want(200)
		for name := range a.header {
			if strings.HasPrefix(name, "Access-Control-") || name == "Vary" {
				t.Errorf("%s is sent", name)
			}
		}
	})
	t.Run("listed", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.CORSOrigins = []string{"http://localhost:3000", page} })
		a := ask(w, page).want(204)
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": page, "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": corsHeaders,
			"Access-Control-Max-Age": "600", "Access-Control-Allow-Credentials": "", "Vary": "Origin",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		ask(w, stranger).want(405, codeMethod)
		for origin, want := range map[string]string{page: page, stranger: "", "null": "", page + ".evil.org": ""} {
			for path, status := range map[string]int{"/v1/jobs": 200, "/v1/jobs/none": 404, "/no/route": 404} {
				a := w.call("GET", path, viewerKey, "", "Origin: "+origin).want(status)
				if got := a.header.Get("Access-Control-Allow-Origin"); got != want || a.header.Get("Vary") != "Origin" {
					t.Errorf("%s from %s: %q, Vary %q", path, origin, got, a.header.Get("Vary"))
				}
				if exposed := a.header.Get("Access-Control-Expose-Headers"); (exposed != "") != (want != "") {
					t.Errorf("%s from %s exposes %q", path, origin, exposed)
				}
			}
		}
		if got := w.call("GET", "/v1/jobs", "", "", "Origin: "+page).want(401).header.Get("Access-Control-Allow-Origin"); got != page {
			t.Errorf("a page cannot read why it is refused: %q", got)
		}
	})
	t.Run("all", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.CORSOrigins = []string{"*"} })
		if got := ask(w, stranger).want(204).header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("Access-Control-Allow-Origin is %q", got)
		}
	})
}
