package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"pgregory.net/rapid"
)

var prefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestDefaultIsValid(t *testing.T) {
	c := Default()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string // "" when it is valid
	}{
		"any host":              {func(c *Config) { c.Listen = ":0" }, ""},
		"no port":               {func(c *Config) { c.Listen = "localhost" }, "listen must"},
		"port too high":         {func(c *Config) { c.Listen = "a:65536" }, "listen must"},
		"no directory":          {func(c *Config) { c.DataDir = "" }, "data_dir must"},
		"key of 24":             {func(c *Config) { c.BootstrapKey = "0123456789abcdefghijklmn" }, ""},
		"key of 23":             {func(c *Config) { c.BootstrapKey = "0123456789abcdefghijklm" }, "bootstrap_key must"},
		"key with space":        {func(c *Config) { c.BootstrapKey = "0123456789 abcdefghijklmn" }, "bootstrap_key must"},
		"key beyond ASCII":      {func(c *Config) { c.BootstrapKey = "0123456789éabcdefghijklmn" }, "bootstrap_key must"},
		"master key of 32":      {func(c *Config) { c.MasterKey = "0123456789abcdefghijklmnopqrstuv" }, ""},
		"master key of 31":      {func(c *Config) { c.MasterKey = "0123456789abcdefghijklmnopqrstu" }, "master_key must"},
		"no workers":            {func(c *Config) { c.Workers = 0 }, "workers must"},
		"ping too often":        {func(c *Config) { c.SSEPing = time.Second - 1 }, "sse_ping must"},
		"no write timeout":      {func(c *Config) { c.SSEWrite = 0 }, "sse_write_timeout must"},
		"no grace":              {func(c *Config) { c.ShutdownGrace = 0 }, ""},
		"negative grace":        {func(c *Config) { c.ShutdownGrace = -1 }, "shutdown_grace must"},
		"negative rate":         {func(c *Config) { c.RateLimit = -1 }, "rate_limit must"},
		"no rate, a burst":      {func(c *Config) { c.RateBurst = 5 }, ""},
		"burst beyond reason":   {func(c *Config) { c.RateBurst = maxRate + 1 }, "rate_burst must"},
		"no limit of failures":  {func(c *Config) { c.AuthFailLimit, c.AuthFailBurst = 0, 0 }, ""},
		"negative failures":     {func(c *Config) { c.AuthFailLimit = -1 }, "auth_fail_limit must"},
		"negative burst":        {func(c *Config) { c.AuthFailBurst = -1 }, "auth_fail_burst must"},
		"no limit of shares":    {func(c *Config) { c.ShareLimit, c.ShareBurst = 0, 0 }, ""},
		"negative share rate":   {func(c *Config) { c.ShareLimit = -1 }, "share_rate_limit must"},
		"negative share burst":  {func(c *Config) { c.ShareBurst = -1 }, "share_rate_burst must"},
		"public URL with path":  {func(c *Config) { c.PublicURL = "https://a.example/jobs" }, ""},
		"public URL with slash": {func(c *Config) { c.PublicURL = "https://a.example/" }, "public_url must"},
		"public URL with query": {func(c *Config) { c.PublicURL = "https://a.example?t=" }, "public_url must"},
		"public URL with user":  {func(c *Config) { c.PublicURL = "https://u@a.example" }, "public_url must"},
		"public URL of a file":  {func(c *Config) { c.PublicURL = "file://a" }, "public_url must"},
		"no quotas":             {func(c *Config) { c.QuotaOpenJobs, c.QuotaEventBytes, c.QuotaStreams = 0, 0, 0 }, ""},
		"negative quota":        {func(c *Config) { c.QuotaOpenJobs = -1 }, "quota_open_jobs must"},
		"negative stream quota": {func(c *Config) { c.QuotaStreams = -1 }, "quota_streams must"},
		"negative byte quota":   {func(c *Config) { c.QuotaEventBytes = -1 }, "quota_event_bytes must"},
		"small body":            {func(c *Config) { c.BodyLimit = 1023 }, "body_limit must"},
		"body near payload":     {func(c *Config) { c.BodyLimit = 5 << 20 }, "max_payload must be at least twice body_limit (10MiB)"},
		"payload too large":     {func(c *Config) { c.MaxPayload = 33 << 20 }, "max_payload must"},
		"inline beyond payload": {func(c *Config) { c.InlineLimit = 3 << 20 }, "inline_limit must"},
		"small output":          {func(c *Config) { c.MaxOutput, c.MaxResponse = 100<<10, 1<<10 }, "max_output must"},
		"answer beyond output":  {func(c *Config) { c.MaxResponse = 65 << 20 }, "max_response must"},
		"tiny store":            {func(c *Config) { c.MaxStore = 1 << 20 }, "max_store must"},
		"tokens of a moment":    {func(c *Config) { c.TokenAge = time.Second }, "token_age must"},
		"base URL without host": {func(c *Config) { c.OpenAIBaseURL = "/v1" }, "openai_base_url must"},
		"base URL of a file":    {func(c *Config) { c.OpenAIBaseURL = "file://h/v1" }, "openai_base_url must"},
		"cluster":               {func(c *Config) { c.NATSURL, c.NATSReplicas = "nats://a, tls://b:4", 3 }, ""},
		"cluster with user":     {func(c *Config) { c.NATSURL = "nats://a,nats://u:p@b" }, ""},
		"base URL with user":    {func(c *Config) { c.OpenAIBaseURL = "https://u:p@b" }, "openai_base_url must"},
		"cluster, bad scheme":   {func(c *Config) { c.NATSURL = "http://a" }, "nats_url must"},
		"two replicas":          {func(c *Config) { c.NATSURL, c.NATSReplicas = "nats://a", 2 }, "nats_replicas must"},
		"replicas but no URL":   {func(c *Config) { c.NATSReplicas = 3 }, "nats_replicas needs"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Default()
			tc.change(&c)
			err := c.Validate()
			if (err == nil) != (tc.want == "") || err != nil && !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one problem: %v", err)
			}
		})
	}
}

// TestSecretsAreNotPrinted tries every way a Config or a secret could come out.
func TestSecretsAreNotPrinted(t *testing.T) {
	const canary = "canary-canary-canary-canary"
	c := Default()
	c.BootstrapKey, c.MasterKey, c.OpenAIKey, c.NATSURL = canary, canary, canary, "nats://u:"+canary+"@h"

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", &c)
		fmt.Fprintf(&out, verb+"\n", c.OpenAIKey)
		fmt.Fprintf(&out, verb+"\n", struct{ S Secret }{canary})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		l := slog.New(h)
		l.Info("start", "config", c, "pointer", &c, "key", c.OpenAIKey, "wrapped", struct{ S Secret }{canary})
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	fs := pflag.NewFlagSet("ranvier", pflag.ContinueOnError)
	BindFlags(fs, c)
	out.WriteString(fs.FlagUsages())

	if strings.Contains(out.String(), "canary") || strings.Contains(out.String(), fmt.Sprintf("%x", "canary")) {
		t.Errorf("a secret was printed:\n%s", out.String())
	}
	for _, want := range []string{"listen=127.0.0.1:8080", "bootstrap_key=[27 bytes]", `"workers":"256"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if c.OpenAIKey.Reveal() != canary {
		t.Error("Reveal does not give the text")
	}
}

// TestTextRoundTrip: what a setting prints, it reads back as the same value;
// Load relies on it for flags.
func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.Custom(func(t *rapid.T) netip.Prefix {
			var a netip.Addr
			if rapid.Bool().Draw(t, "v4") {
				a = netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "bytes")))
			} else {
				a = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")))
			}
			// Only the zone-free, unmapped forms are networks.
			a = a.Unmap()
			return netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits")).Masked()
		})
		in := Config{
			Listen: rapid.String().Draw(t, "listen"), OpenAIKey: Secret(rapid.String().Draw(t, "key")),
			BodyLimit:   Size(rapid.Int64Min(0).Draw(t, "size")),
			SSEPing:     time.Duration(rapid.Int64().Draw(t, "ping")),
			Workers:     rapid.Int().Draw(t, "workers"),
			EgressAllow: rapid.SliceOf(addr).Draw(t, "networks"),
			Durability:  rapid.SampledFrom([]Durability{Always, Interval}).Draw(t, "durability"),
			LogLevel:    rapid.SampledFrom([]slog.Level{-4, 0, 4, 8}).Draw(t, "level"),
			LogFormat:   LogText,
		}
		var out Config
		for _, s := range settings {
			text := s.in(&in).String()
			if err := s.in(&out).Set(text); err != nil {
				t.Fatalf("%s %q: %v", s.Name, text, err)
			}
		}
		if len(in.EgressAllow) == 0 {
			in.EgressAllow = nil
		}
		if diff := cmp.Diff(in, out, prefixes); diff != "" {
			t.Fatalf("-in +out\n%s", diff)
		}
	})
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "1500": 1500, "1KiB": 1024, "8 MiB": 8 << 20, "2GiB": 2 << 30,
		"9223372036854775807": 1<<63 - 1,
		"":                    -1, "-1": -1, "1MB": -1, "1.5MiB": -1, "9223372036854775808": -1, "9007199254740993KiB": -1,
	} {
		got, err := ParseSize(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "", " ": "", "*": "*", "https://a.b": "https://a.b", "http://localhost:3000, https://[::1]:8": "http://localhost:3000,https://[::1]:8",
		"https://a.b/": "-", "https://A.b": "-", "HTTPS://a.b": "-", "a.b": "-", "ftp://a.b": "-", "https://u@a.b": "-", "https://": "-", "https://a.b,": "-", "null": "-",
	} {
		list, err := parseOrigins(text)
		got := strings.Join(list, ",")
		if err != nil {
			got = "-"
		}
		if got != want {
			t.Errorf("parseOrigins(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"10.0.0.1/8", "host", "10.0.0.0/33", "fe80::1%eth0", "10.0.0.0/8,,", "10.0.0.0/8;::1"} {
		if ps, err := parseNetworks(text); err == nil {
			t.Errorf("parseNetworks(%q) = %v, want an error", text, ps)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "1MiB", "10.0.0.0/8", "15s", "::1, fd00::/8", "1e9", "9223372036854775807KiB"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c Config
		for _, s := range settings {
			if s.in(&c).Set(text) != nil {
				continue
			}
			shown := s.in(&c).String()
			if err := s.in(&c).Set(shown); err != nil {
				t.Errorf("%s took %q and prints %q, which it refuses: %v", s.Name, text, shown, err)
			}
			if again := s.in(&c).String(); again != shown {
				t.Errorf("%s prints %q, then %q", s.Name, shown, again)
			}
		}
	})
}
