// Package config is in charge of Ranvier's settings: their names, defaults,
// meaning and limits. Only cmd/ranvier imports it; every other package gets
// what it needs as plain values.
//
// A setting has one row in the table of settings.go. The row gives its key in
// a TOML file, its environment variable and its flag, and the text of --help
// and of docs/configuration.md. Flags win over the environment, which wins
// over the file, which wins over the defaults.
//
// Nothing is ignored: a name that is no setting, in the file or among the
// variables that start with RANVIER_, is an error, and Load tells all
// problems at once.
package config

import (
	"log/slog"
	"net/netip"
	"strings"
	"time"
)

// Config holds every setting. It is plain data: whoever has a copy owns it.
// Printing or logging it shows no secret.
type Config struct {
	Listen          string        // TCP address of the HTTP API, "host:port"
	DataDir         string        // directory of the log and the views
	BootstrapKey    Secret        // first admin key; empty: one is made and printed at first start
	MasterKey       Secret        // seals the secrets that are stored; empty: the file master.key in DataDir
	BodyLimit       Size          // largest request body
	RateLimit       int           // requests a second of each key; 0: no limit
	RateBurst       int           // requests that a key may make at once; 0: as many as RateLimit
	AuthFailLimit   int           // refused credentials a second of each address; 0: no limit
	AuthFailBurst   int           // refused credentials at once; 0: as many as AuthFailLimit
	ShareLimit      int           // requests a second of each share token; 0: no limit
	ShareBurst      int           // requests that a share token may make at once; 0: as many as ShareLimit
	PublicURL       string        // where clients find the server; empty: where the request found it
	QuotaOpenJobs   int           // jobs of a workspace that have not ended; 0: no limit
	QuotaEventBytes Size          // bytes of events of a workspace's jobs; 0: no limit
	QuotaStreams    int           // streams of a workspace open at once; 0: no limit
	MaxConnections  int           // of clients at once; 0: as many as file descriptors allow
	MetricsPublic   bool          // GET /metrics needs no key
	CORSOrigins     []string      // origins whose pages may use the API; "*": all
	SSEPing         time.Duration // between two pings on an idle stream
	SSEWrite        time.Duration // time a client has to take one frame
	ShutdownGrace   time.Duration // time for requests and steps to end after SIGTERM
	Workers         int           // steps that run at the same time
	EgressAllow     []netip.Prefix
	OpenAIBaseURL   string
	OpenAIKey       Secret
	MCPServers      Secret // JSON: the MCP servers whose tools models may call; empty: none
	Durability      Durability
	TokenAge        time.Duration // how long token chunks are kept
	MaxPayload      Size          // largest commit
	InlineLimit     Size          // larger outputs are stored apart from their commits
	MaxOutput       Size          // largest output of a step
	MaxResponse     Size          // largest answer that an HTTP call of a step reads
	MaxStore        Size          // disk space of the log; 0: what is free, less a reserve
	NATSURL         Secret        // external NATS servers, separated by commas; may hold a password; empty: embedded
	NATSReplicas    int           // copies of each stream in an external cluster
	LogLevel        slog.Level
	LogFormat       LogFormat
}

// Durability says when an append counts as stored.
type Durability string

// The values of Durability.
const (
	// Always: each append is flushed to disk before it is acknowledged.
	Always Durability = "always"
	// Interval: the disk is flushed every 100 ms; a power cut may lose what
	// was acknowledged since.
	Interval Durability = "interval"
)

// LogFormat is how log lines look.
type LogFormat string

// The values of LogFormat.
const (
	LogAuto LogFormat = "auto" // text on a terminal, else json
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Default gives the settings of a server that was told nothing.
func Default() Config {
	return Config{
		Listen:        "127.0.0.1:8080",
		DataDir:       "./data",
		BodyLimit:     1 << 20,
		AuthFailLimit: 50,
		AuthFailBurst: 100,
		ShareLimit:    50,
		ShareBurst:    100,
		SSEPing:       15 * time.Second,
		SSEWrite:      10 * time.Second,
		ShutdownGrace: 20 * time.Second,
		Workers:       256,
		OpenAIBaseURL: "https://api.openai.com/v1",
		Durability:    Always,
		TokenAge:      24 * time.Hour,
		MaxPayload:    8 << 20,
		InlineLimit:   256 << 10,
		MaxOutput:     64 << 20,
		MaxResponse:   1 << 20,
		NATSReplicas:  1,
		LogLevel:      slog.LevelInfo,
		LogFormat:     LogAuto,
	}
}

// String gives "name=value" for each setting, secrets as their length only.
func (c Config) String() string {
	var b strings.Builder
	for _, s := range settings {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.Name + "=" + s.shown(&c))
	}
	return b.String()
}

// GoString is String: %#v shows no secret either.
func (c Config) GoString() string { return "config.Config{" + c.String() + "}" }

// LogValue gives one attribute a setting, secrets as their length only.
func (c Config) LogValue() slog.Value {
	attrs := make([]slog.Attr, 0, len(settings))
	for _, s := range settings {
		attrs = append(attrs, slog.String(s.Name, s.shown(&c)))
	}
	return slog.GroupValue(attrs...)
}
