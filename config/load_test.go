package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
)

// load is Load over Default with a file of the given text ("" for none).
func load(t *testing.T, file string, environ, args []string) (Config, error) {
	t.Helper()
	if file != "" {
		path := filepath.Join(t.TempDir(), "ranvier.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		environ = append(environ, "RANVIER_CONFIG="+path)
	}
	fs := pflag.NewFlagSet("ranvier", pflag.ContinueOnError)
	BindFlags(fs, Default())
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Load(Default(), fs, environ)
}

func TestLoadPrecedence(t *testing.T) {
	with := func(change func(*Config)) Config {
		c := Default()
		change(&c)
		return c
	}
	for name, tc := range map[string]struct {
		file string
		env  []string
		args []string
		want Config
	}{
		"nothing given": {want: Default()},
		"file over default": {
			file: "workers = 7\nsse_ping = \"30s\"\negress_allow = [\"10.0.0.0/8\", \"192.168.1.5\"]",
			want: with(func(c *Config) {
				c.Workers, c.SSEPing = 7, 30*time.Second
				c.EgressAllow, _ = parseNetworks("10.0.0.0/8,192.168.1.5/32")
			}),
		},
		"environment over file": {
			file: "workers = 7\nbody_limit = \"2MiB\"",
			env:  []string{"RANVIER_WORKERS=8", "OTHER=1", "RANVIER_NO_MOUNT=1"},
			want: with(func(c *Config) { c.Workers, c.BodyLimit = 8, 2<<20 }),
		},
		"flag over environment": {
			file: "workers = 7",
			env:  []string{"RANVIER_WORKERS=8", "RANVIER_LOG_LEVEL=warn"},
			args: []string{"--workers=9"},
			want: with(func(c *Config) { c.Workers, c.LogLevel = 9, 4 }),
		},
		"a flag set to its default still wins": {
			env:  []string{"RANVIER_WORKERS=8"},
			args: []string{"--workers=256"},
			want: Default(),
		},
		"an empty variable is not set": {
			file: "listen = \":1\"",
			env:  []string{"RANVIER_LISTEN="},
			want: with(func(c *Config) { c.Listen = ":1" }),
		},
		"the last of a repeated variable": {
			env:  []string{"RANVIER_WORKERS=8", "RANVIER_WORKERS=9"},
			want: with(func(c *Config) { c.Workers = 9 }),
		},
		"a secret from the environment": {
			env:  []string{"RANVIER_OPENAI_API_KEY=k=v", "RANVIER_BOOTSTRAP_KEY=rv_live_0123456789abcdef"},
			want: with(func(c *Config) { c.OpenAIKey, c.BootstrapKey = "k=v", "rv_live_0123456789abcdef" }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := load(t, tc.file, tc.env, tc.args)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, prefixes, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestEverySettingFromEverySource takes a value other than the default through
// each source, so that no row of the table points at another's field.
func TestEverySettingFromEverySource(t *testing.T) {
	values := map[string]string{
		"listen": "[::1]:9", "data_dir": "/d", "bootstrap_key": strings.Repeat("k", leastKey),
		"master_key": strings.Repeat("m", leastMaster),
		"durability": "interval", "max_payload": "16MiB", "max_store": "1GiB", "token_age": "1h30m",
		"inline_limit": "64KiB", "max_output": "32MiB", "max_response": "2MiB",
		"nats_url": "nats://u:p@a:1,tls://b", "nats_replicas": "3",
		"workers": "5", "egress_allow": "fd00::/8", "openai_base_url": "http://127.0.0.1:1/v1", "openai_api_key": "k",
		"mcp_servers": `{"a":{"url":"https://h/"}}`,
		"rate_limit":  "7", "rate_burst": "9", "auth_fail_limit": "8", "auth_fail_burst": "0", "share_rate_limit": "6", "share_rate_burst": "0",
		"public_url": "http://b.example/x", "quota_open_jobs": "4", "quota_event_bytes": "2GiB", "quota_streams": "11", "max_connections": "12", "metrics_public": "yes", "cors_origins": "https://a.example,http://[::1]:3000",
		"body_limit": "3KiB", "sse_ping": "2s", "sse_write_timeout": "250ms", "shutdown_grace": "0s",
		"log_level": "debug", "log_format": "json",
	}
	var file strings.Builder
	var env, args []string
	for _, s := range settings {
		v, ok := values[s.Name]
		if !ok {
			t.Fatalf("no value for %s", s.Name)
		}
		file.WriteString(s.Name + " = '" + v + "'\n")
		env = append(env, s.Env()+"="+v)
		if s.Flag() != "" {
			args = append(args, "--"+s.Flag()+"="+v)
		}
	}
	for source, got := range map[string]func() (Config, error){
		"file":        func() (Config, error) { return load(t, file.String(), nil, nil) },
		"environment": func() (Config, error) { return load(t, "", env, nil) },
		// A cluster is needed for its replicas, and its URL has no flag.
		"flags": func() (Config, error) { return load(t, "", []string{"RANVIER_NATS_URL=nats://a"}, args) },
	} {
		t.Run(source, func(t *testing.T) {
			c, err := got()
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range settings {
				if s.Secret && source == "flags" {
					continue
				}
				if text := s.in(&c).String(); text != values[s.Name] {
					t.Errorf("%s is %q, want %q", s.Name, text, values[s.Name])
				}
			}
		})
	}
}

func TestLoadTellsAllProblemsAtOnce(t *testing.T) {
	_, err := load(t, `
lisen = "x"
workers = 1.5
egress_allow = ["10.0.0.0/8", 3]
bootstrap_key = "short"
`,
		[]string{"RANVIER_BODYLIMIT=1", "RANVIER_SSE_PING=often", "RANVIER_ZZZ=1", "RANVIER_DURABILITY=Always"},
		[]string{"--nats-replicas=2", "--openai-base-url=https://me:secret@host"})
	want := []string{
		`bootstrap_key must have at least 24 characters`,
		`egress_allow must be a list of strings; entry 2 is none`,
		`"lisen" is no setting; did you mean listen?`,
		`workers must be a string, a whole number or a list of strings`,
		`RANVIER_DURABILITY must be one of always, interval`,
		`RANVIER_SSE_PING must be a duration such as "15s" or "1h30m"`,
		`the environment: "RANVIER_BODYLIMIT" is no setting; did you mean RANVIER_BODY_LIMIT?`,
		`the environment: "RANVIER_ZZZ" is no setting`,
		`nats_replicas must be 1, 3 or 5`,
		`nats_replicas needs nats_url: the log inside this process has one copy`,
		`openai_base_url must not hold a user or password`,
	}
	if err == nil {
		t.Fatal("no error")
	}
	got := strings.Split(err.Error(), "\n")
	for i, line := range got { // the file's path differs in each run
		if _, after, ok := strings.Cut(line, ".toml: "); ok {
			got[i] = after
		}
	}
	less := func(a, b string) bool { return a < b }
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(less)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestLoadFileThatCannotBeRead(t *testing.T) {
	_, err := load(t, "", nil, []string{"--config=" + filepath.Join(t.TempDir(), "none.toml")})
	if err == nil || !strings.Contains(err.Error(), "none.toml") {
		t.Errorf("error %v does not name the file", err)
	}
}

// TestErrorsQuoteNoValue puts a secret where a slip of the pen would.
func TestErrorsQuoteNoValue(t *testing.T) {
	const canary = "canary123456789"
	for _, file := range []string{
		"openai_api_key = " + canary,
		`openai_api_key = "` + canary,
		`openai_api_key = "` + canary + `\q"`,
		`openai_api_key = "a" ` + canary,
		"openai_api_key = [ " + canary,
		"openai_api_key = true" + canary,
		`bootstrap_key = "` + canary + `"`,
		`openai_base_url = "https://u:` + canary + `@host:port"`,
		`openai_base_url = "https://u:` + canary + `@host"`,
		`nats_url = "http://u:` + canary + `@host"`,
		`workers = "` + canary + `"`,
		`sse_ping = "` + canary + `"`,
		`body_limit = "` + canary + `"`,
		`egress_allow = "` + canary + `"`,
		`durability = "` + canary + `"`,
		`log_level = "` + canary + `"`,
		`listen = "` + canary + `"`,
	} {
		_, err := load(t, file, nil, nil)
		if err == nil {
			t.Errorf("%s: no error", file)
			continue
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error quotes it: %v", file, err)
		}
	}
}

func TestHint(t *testing.T) {
	known := []string{"listen", "log_level", "log_format", "workers"}
	for name, want := range map[string]string{
		"lsten": "; did you mean listen?", "log_leve": "; did you mean log_level?",
		"worker": "; did you mean workers?", "x": "", "completely_else": "",
	} {
		if got := hint(name, known); got != want {
			t.Errorf("hint(%q) = %q, want %q", name, got, want)
		}
	}
}
