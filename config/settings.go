package config

import (
	"strings"

	"github.com/spf13/pflag"
)

// Setting is one row of the table: all that is known about one setting.
type Setting struct {
	Name   string // key in the file; Env and Flag follow from it
	Doc    string // one or two sentences for --help and the documentation
	Secret bool   // has no flag, because a command line is public, and is never printed

	in func(*Config) pflag.Value
}

// settings is the table, in the order of the documentation.
var settings = []Setting{
	{Name: "listen", in: func(c *Config) pflag.Value { return plain(&c.Listen, "address") },
		Doc: "TCP address of the HTTP API. Port 0 takes a free one."},
	{Name: "data_dir", in: func(c *Config) pflag.Value { return plain(&c.DataDir, "path") },
		Doc: "Directory of the log and the views, made when absent. One process at a time may use it."},
	{Name: "bootstrap_key", Secret: true, in: func(c *Config) pflag.Value { return plain(&c.BootstrapKey, "text") },
		Doc: "The instance's first admin key, at least 24 characters. When empty, one is made and printed at first start."},
	{Name: "master_key", Secret: true, in: func(c *Config) pflag.Value { return plain(&c.MasterKey, "text") },
		Doc: "Seals the secrets that are stored, such as those that sign webhooks: at least 32 bytes, hard to guess, the same on all nodes. When empty, the file master.key in data_dir is, made at first start."},

	{Name: "durability", in: func(c *Config) pflag.Value { return choice(&c.Durability, Always, Interval) },
		Doc: "When an append counts as stored: always flushes the disk before each answer; interval flushes every 100 ms, and a power cut may lose what was acknowledged since."},
	{Name: "max_payload", in: func(c *Config) pflag.Value { return size(&c.MaxPayload) },
		Doc: "Largest commit, which is what one decision writes, with inputs and outputs. At least twice body_limit, at most 32 MiB."},
	{Name: "inline_limit", in: func(c *Config) pflag.Value { return size(&c.InlineLimit) },
		Doc: "A larger output is stored apart from its commit and shown by a preview, 4 KiB to a quarter of max_payload."},
	{Name: "max_output", in: func(c *Config) pflag.Value { return size(&c.MaxOutput) },
		Doc: "Largest output of a step, at least inline_limit, at most 512 MiB. A step that gives more fails."},
	{Name: "max_store", in: func(c *Config) pflag.Value { return size(&c.MaxStore) },
		Doc: "Disk space that the log may take. 0 takes what is free at start, less a reserve."},
	{Name: "token_age", in: func(c *Config) pflag.Value { return duration(&c.TokenAge) },
		Doc: "How long the pieces of a model's answer are kept for replay. The whole answer stays in the job."},
	{Name: "nats_url", Secret: true, in: func(c *Config) pflag.Value { return plain(&c.NATSURL, "urls") },
		Doc: "External NATS servers, separated by commas, with user and password where they ask for them. When empty, the log runs inside this process."},
	{Name: "nats_replicas", in: func(c *Config) pflag.Value { return count(&c.NATSReplicas) },
		Doc: "Copies of each stream in the cluster of nats_url: 1, 3 or 5."},

	{Name: "workers", in: func(c *Config) pflag.Value { return count(&c.Workers) },
		Doc: "Steps that run at the same time, 1 to 100000."},
	{Name: "egress_allow", in: func(c *Config) pflag.Value { return networks(&c.EgressAllow) },
		Doc: "Private networks that steps may call, such as 10.1.0.0/16, separated by commas. Public addresses are always allowed, all others refused."},
	{Name: "max_response", in: func(c *Config) pflag.Value { return size(&c.MaxResponse) },
		Doc: "Largest answer that an HTTP call or a model call of a step reads, 1 KiB to max_output. Each step at work may hold several times as much in memory."},
	{Name: "openai_base_url", in: func(c *Config) pflag.Value { return plain(&c.OpenAIBaseURL, "url") },
		Doc: "Where neurons of kind llm find an OpenAI-compatible API, unless they name their own."},
	{Name: "openai_api_key", Secret: true, in: func(c *Config) pflag.Value { return plain(&c.OpenAIKey, "text") },
		Doc: "Key for openai_base_url."},
	{Name: "mcp_servers", Secret: true, in: func(c *Config) pflag.Value { return plain(&c.MCPServers, "json") },
		Doc: "MCP servers whose tools models may call, as a JSON object by name, each with url and headers, or with command, args and env: {\"files\": {\"command\": \"/usr/bin/mcp-files\", \"args\": [\"/srv\"]}}. Models can reach no others."},

	{Name: "body_limit", in: func(c *Config) pflag.Value { return size(&c.BodyLimit) },
		Doc: "Largest request body, 1 KiB to 16 MiB."},
	{Name: "rate_limit", in: func(c *Config) pflag.Value { return count(&c.RateLimit) },
		Doc: "Requests a second that each API key may make, up to 1000000. 0 is no limit."},
	{Name: "rate_burst", in: func(c *Config) pflag.Value { return count(&c.RateBurst) },
		Doc: "Requests that a key may make at once before rate_limit holds it back. 0 is as many as rate_limit."},
	{Name: "auth_fail_limit", in: func(c *Config) pflag.Value { return count(&c.AuthFailLimit) },
		Doc: "Refused credentials a second that one address may send before it is told to wait; a good key is always let through. 0 is no limit."},
	{Name: "auth_fail_burst", in: func(c *Config) pflag.Value { return count(&c.AuthFailBurst) },
		Doc: "Refused credentials that one address may send at once before auth_fail_limit holds it back. 0 is as many as auth_fail_limit."},
	{Name: "share_rate_limit", in: func(c *Config) pflag.Value { return count(&c.ShareLimit) },
		Doc: "Requests a second that each share token may make, up to 1000000. 0 is no limit."},
	{Name: "share_rate_burst", in: func(c *Config) pflag.Value { return count(&c.ShareBurst) },
		Doc: "Requests that a share token may make at once before share_rate_limit holds it back. 0 is as many as share_rate_limit."},
	{Name: "public_url", in: func(c *Config) pflag.Value { return plain(&c.PublicURL, "url") },
		Doc: "Where clients find this server, such as https://jobs.example.org: shared links begin with it. When empty, they begin with the address of the request that makes them."},
	{Name: "quota_open_jobs", in: func(c *Config) pflag.Value { return count(&c.QuotaOpenJobs) },
		Doc: "Jobs that have not ended which a workspace may have, up to 1000000, unless it has a quota of its own. 0 is no limit."},
	{Name: "quota_event_bytes", in: func(c *Config) pflag.Value { return size(&c.QuotaEventBytes) },
		Doc: "Bytes that all events of a workspace's jobs may take before it can start no more, unless it has a quota of its own. 0 is no limit."},
	{Name: "quota_streams", in: func(c *Config) pflag.Value { return count(&c.QuotaStreams) },
		Doc: "Streams that a workspace may have open at once, up to 1000000, unless it has a quota of its own. 0 is no limit."},
	{Name: "max_connections", in: func(c *Config) pflag.Value { return count(&c.MaxConnections) },
		Doc: "Connections of clients that are served at once, up to 1000000; others wait. 0 is as many as the limit of open files allows, less 256 that the log and the views keep."},
	{Name: "metrics_public", in: func(c *Config) pflag.Value { return yesNo(&c.MetricsPublic) },
		Doc: "Whether GET /metrics is served without a key. It tells how much the whole instance does; no by default, which asks for an admin key of the instance, as the bootstrap key is."},
	{Name: "cors_origins", in: func(c *Config) pflag.Value { return origins(&c.CORSOrigins) },
		Doc: "Origins whose pages may use the API in a browser, such as https://app.example.org, separated by commas; * is every origin. When empty, none may."},
	{Name: "sse_ping", in: func(c *Config) pflag.Value { return duration(&c.SSEPing) },
		Doc: "Time between two pings on an idle stream, 1s to 10m."},
	{Name: "sse_write_timeout", in: func(c *Config) pflag.Value { return duration(&c.SSEWrite) },
		Doc: "Time that a stream's client has to take one frame before it is cut off, 100ms to 10m."},
	{Name: "shutdown_grace", in: func(c *Config) pflag.Value { return duration(&c.ShutdownGrace) },
		Doc: "Time that requests and running steps have to end after SIGTERM, up to 10m."},

	{Name: "log_level", in: func(c *Config) pflag.Value { return level(&c.LogLevel) },
		Doc: "Least level of what is logged to standard error."},
	{Name: "log_format", in: func(c *Config) pflag.Value { return choice(&c.LogFormat, LogAuto, LogText, LogJSON) },
		Doc: "How log lines look: auto is text on a terminal and json elsewhere."},
}

// Env is the setting's environment variable.
func (s Setting) Env() string { return envPrefix + strings.ToUpper(s.Name) }

// Flag is the setting's flag without its dashes, "" for a secret.
func (s Setting) Flag() string {
	if s.Secret {
		return ""
	}
	return strings.ReplaceAll(s.Name, "_", "-")
}

// shown is the setting's text in c as it may be printed.
func (s Setting) shown(c *Config) string {
	text := s.in(c).String()
	if s.Secret {
		return Secret(text).String()
	}
	return text
}

// byName finds a row of the table.
func byName(name string) (Setting, bool) {
	for _, s := range settings {
		if s.Name == name {
			return s, true
		}
	}
	return Setting{}, false
}
