// Package mcpclient speaks to MCP servers (modelcontextprotocol.io), whose tools
// models may call. Which servers there are is for the operator of the instance
// to say: a program that is started, or an address that tokens are sent to, is
// nothing for whoever may write a graph.
package mcpclient

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"

	"github.com/go-json-experiment/json"
)

// Settings are those of one server: a URL of the streamable HTTP transport, or
// a Command that speaks over its standard input and output.
type Settings struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"` // sent with each request; may hold credentials

	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"` // beside PATH and HOME; may hold credentials
}

var serverName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Parse reads the settings of all servers: a JSON object of Settings by name.
// Empty text is none. Errors quote nothing that could be a credential.
func Parse(text []byte) (map[string]Settings, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil //nolint:nilnil // there are none
	}
	var all map[string]Settings
	if err := json.Unmarshal(text, &all, json.RejectUnknownMembers(true)); err != nil {
		where := ""
		var semantic *json.SemanticError
		if errors.As(err, &semantic) && semantic.JSONPointer != "" {
			where = fmt.Sprintf(" (see %s)", semantic.JSONPointer)
		}
		return nil, fmt.Errorf(`must be a JSON object such as {"search": {"url": "https://mcp.example.org/"}, "files": {"command": "/usr/bin/mcp-files", "args": ["/srv"]}}%s`, where)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := all[name].check(); err != nil {
			return nil, fmt.Errorf("server %.64q %w", name, err)
		}
		if !serverName.MatchString(name) {
			return nil, fmt.Errorf("a server's name has 1 to 64 letters, digits, '_' or '-'; %.64q has not", name)
		}
	}
	return all, nil
}

func (s Settings) check() error {
	switch {
	case (s.URL == "") == (s.Command == ""):
		return errors.New("needs either url or command")
	case s.URL != "" && (s.Args != nil || s.Env != nil):
		return errors.New("has a url, and so neither args nor env")
	case s.Command != "" && s.Headers != nil:
		return errors.New("has a command, and so no headers")
	}
	if s.URL != "" {
		u, err := url.Parse(s.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			return errors.New("has a url that is no http or https address")
		}
	}
	return nil
}
