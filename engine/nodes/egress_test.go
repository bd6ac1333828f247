package nodes

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// newServer runs a handler until the test ends.
func newServer(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestGuard(t *testing.T) {
	allow := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd12::/16")}
	for _, c := range []struct {
		address string
		passes  bool
	}{
		{"8.8.8.8:443", true},
		{"8.8.8.8:22", true},
		{"[2606:4700::1111]:443", true},
		{"10.1.2.3:80", true},
		{"[fd12::1]:80", true},
		{"10.2.0.1:80", false},
		{"172.16.0.1:80", false},
		{"192.168.1.1:80", false},
		{"127.0.0.1:80", false},
		{"127.255.0.1:80", false},
		{"0.0.0.0:80", false},
		{"100.64.0.1:80", false},
		{"169.254.169.254:80", false},
		{"224.0.0.1:80", false},
		{"240.0.0.1:80", false},
		{"255.255.255.255:80", false},
		{"198.18.0.1:80", false},
		{"[::1]:80", false},
		{"[::]:80", false},
		{"[fe80::1]:80", false},
		{"[fe80::1%eth0]:80", false},
		{"[fd00::1]:80", false},
		{"[fd00:ec2::254]:80", false},
		{"[ff02::1]:80", false},
		{"[::ffff:127.0.0.1]:80", false},
		{"[::ffff:10.2.0.1]:80", false},
		{"[64:ff9b::7f00:1]:80", false},
		{"[2002:7f00:1::1]:80", false},
		{"nonsense", false},
	} {
		network := "tcp4"
		if c.address[0] == '[' {
			network = "tcp6"
		}
		err := guard(allow)(network, c.address, nil)
		var refused *refusedError
		if passes := err == nil; passes != c.passes || !passes && !errors.As(err, &refused) {
			t.Errorf("%s: %v; want it to pass: %v", c.address, err, c.passes)
		}
	}
}

// What a URL names is resolved and dialled before the guard decides.
func TestEgressRefused(t *testing.T) {
	types := New(Deps{})
	hit := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the guard let a call through") })
	port := hit.URL[strings.LastIndex(hit.URL, ":"):]
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "169.254.169.254",
	} {
		n := node(t, types, "http", fmt.Sprintf(`{"url":"http://%s%s/x"}`, host, port))
		f := failure(t, n, `{}`)
		wantFailure(t, f, CodeEgress, true, "RANVIER_EGRESS_ALLOW")
	}
}

// A proxy of the environment would take a call where the guard does not look.
func TestEgressNoProxy(t *testing.T) {
	proxy := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the call went to the proxy") })
	t.Setenv("HTTP_PROXY", proxy.URL)
	f := failure(t, node(t, register(t, nil), "http", `{"url":"http://10.0.0.1/"}`), `{}`)
	wantFailure(t, f, CodeEgress, true, "RANVIER_EGRESS_ALLOW")
}

func TestEgressRedirectToPrivate(t *testing.T) {
	transport := NewTransport([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")})
	t.Cleanup(transport.CloseIdleConnections)
	types := New(Deps{Transport: transport})
	for _, to := range []string{"http://127.0.0.2:1/", "http://10.0.0.1/secret", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest"} {
		from := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
		f := failure(t, node(t, types, "http", `{"url":"`+from+`"}`), `{}`)
		wantFailure(t, f, CodeEgress, true, "RANVIER_EGRESS_ALLOW")
		if strings.Contains(f.Message, "secret") {
			t.Errorf("the message tells the path of the redirect: %s", f.Message)
		}
	}
	from := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	f := failure(t, node(t, types, "http", `{"url":"`+from+`"}`), `{}`)
	wantFailure(t, f, CodeHTTP, true, "neither http nor https")
}

func TestRedirectKeepsSecrets(t *testing.T) {
	types := register(t, nil)
	type seen struct {
		header http.Header
		path   string
	}
	got := make(chan seen, 2)
	home := make(chan string, 1)
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got <- seen{r.Header, r.URL.Path}
		if r.URL.Path == "/back" {
			back := <-home
			http.Redirect(w, r, back+"/end", http.StatusTemporaryRedirect)
		}
	})
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/same":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/away":
			http.Redirect(w, r, other+"/end", http.StatusTemporaryRedirect)
		case "/back":
			http.Redirect(w, r, other+"/back", http.StatusTemporaryRedirect)
		default:
			got <- seen{r.Header, r.URL.Path}
		}
	})
	call := func(path string) {
		t.Helper()
		output(t, node(t, types, "http", `{"url":"`+first+path+`?token=s3cret","headers":{"Authorization":"Bearer s3cret","X-Api-Key":"s3cret"},"body":1}`), `{}`)
	}
	check := func(where string, s seen, secrets bool) {
		t.Helper()
		for _, name := range []string{"Authorization", "X-Api-Key"} {
			if (s.header.Get(name) != "") != secrets {
				t.Errorf("%s: %s is %q; want it there: %v", where, name, s.header.Get(name), secrets)
			}
		}
		if !secrets && s.header.Get("Referer") != "" {
			t.Errorf("%s: it learns where the call came from: %s", where, s.header.Get("Referer"))
		}
		if s.header.Get("Idempotency-Key") != "job-1/n/1" {
			t.Errorf("%s: Idempotency-Key is %q", where, s.header.Get("Idempotency-Key"))
		}
	}
	call("/same")
	check("the same origin", <-got, true)
	call("/away")
	check("another origin", <-got, false)
	home <- first
	call("/back")
	check("another origin on the way", <-got, false)
	check("home again by way of another", <-got, false)
}

func TestRedirectLimit(t *testing.T) {
	types := register(t, nil)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var left int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &left); err != nil {
			t.Errorf("path %s: %v", r.URL.Path, err)
		}
		if left > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", left-1), http.StatusFound)
		}
	})
	output(t, node(t, types, "http", `{"url":"`+url+`/5"}`), `{}`)
	wantFailure(t, failure(t, node(t, types, "http", `{"url":"`+url+`/6"}`), `{}`), CodeHTTP, true, "more than 5 redirects")
}
