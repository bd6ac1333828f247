package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"
)

const (
	envPrefix = "RANVIER_"
	fileFlag  = "config"
	fileEnv   = envPrefix + "CONFIG"
)

// notSettings are variables with the prefix that something else reads.
var notSettings = []string{
	fileEnv,            // names the file
	"RANVIER_NO_MOUNT", // tells the tests that cut power that they may not mount
}

// BindFlags adds a flag for each setting that may have one, with the values of
// base as the defaults that --help shows, and the flag that names the file.
func BindFlags(fs *pflag.FlagSet, base Config) {
	fs.String(fileFlag, "", "TOML `file` with settings (environment: "+fileEnv+")")
	for _, s := range settings {
		if s.Flag() == "" {
			continue
		}
		// Each flag writes to a Config of its own: what was given is read
		// back by Load, which knows the order of the sources.
		own := base
		fs.Var(s.in(&own), s.Flag(), s.Doc)
	}
}

// Load gives base overlaid with the file, the environment ("NAME=value", as
// os.Environ gives it) and the flags that were set, and checked. The file is
// the one that the flag --config or else RANVIER_CONFIG names; without either
// none is read. fs must have been through BindFlags and be parsed. An empty
// variable counts as not set. The error tells all problems, one a line, and
// quotes no value.
func Load(base Config, fs *pflag.FlagSet, environ []string) (Config, error) {
	env := variables(environ)
	path := env[fileEnv]
	if f := fs.Lookup(fileFlag); f != nil && f.Changed {
		path = f.Value.String()
	}

	var problems []error
	c := base
	if path != "" {
		problems = append(problems, c.overlayFile(path)...)
	}
	problems = append(problems, c.overlayEnv(env)...)
	problems = append(problems, c.overlayFlags(fs)...)
	// What could be read is checked even when something else could not, so
	// that nobody has to come twice.
	if err := errors.Join(append(problems, c.Validate())...); err != nil {
		return Config{}, err
	}
	return c, nil
}

func (c *Config) overlayFile(path string) []error {
	text, err := os.ReadFile(path)
	if err != nil {
		return []error{fmt.Errorf("read the settings: %w", err)}
	}
	var keys map[string]any
	if _, err := toml.Decode(string(text), &keys); err != nil {
		// The parser's own message may quote a value.
		if p, ok := errors.AsType[toml.ParseError](err); ok {
			return []error{fmt.Errorf("%s: line %d is not TOML (text stands in double quotes, a key only once)", path, p.Position.Line)}
		}
		return []error{fmt.Errorf("%s is not TOML", path)}
	}
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		s, known := byName(key)
		if !known {
			problems = append(problems, fmt.Errorf("%s: %.60q is no setting%s", path, key, hint(key, settingNames())))
			continue
		}
		value, err := fileText(keys[key])
		if err == nil {
			err = s.in(c).Set(value)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %s %w", path, key, err))
		}
	}
	return problems
}

// fileText gives a TOML value the form that it has in a variable or a flag.
func fileText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return "", fmt.Errorf("must be a list of strings; entry %d is none", i+1)
			}
			parts[i] = s
		}
		return strings.Join(parts, ","), nil
	default:
		return "", errors.New("must be a string, a whole number or a list of strings")
	}
}

func (c *Config) overlayEnv(env map[string]string) []error {
	var problems []error
	known := slices.Clone(notSettings)
	for _, s := range settings {
		known = append(known, s.Env())
		if value := env[s.Env()]; value != "" {
			if err := s.in(c).Set(value); err != nil {
				problems = append(problems, fmt.Errorf("%s %w", s.Env(), err))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !slices.Contains(known, name) {
			problems = append(problems, fmt.Errorf("the environment: %.60q is no setting%s", name, hint(name, known)))
		}
	}
	return problems
}

func (c *Config) overlayFlags(fs *pflag.FlagSet) []error {
	var problems []error
	for _, s := range settings {
		f := fs.Lookup(s.Flag())
		if s.Flag() == "" || f == nil || !f.Changed {
			continue
		}
		if err := s.in(c).Set(f.Value.String()); err != nil {
			problems = append(problems, fmt.Errorf("--%s %w", s.Flag(), err))
		}
	}
	return problems
}

// variables gives those with our prefix. The last of a name counts.
func variables(environ []string) map[string]string {
	env := map[string]string{}
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, envPrefix) {
			env[name] = value
		}
	}
	return env
}

func settingNames() []string {
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = s.Name
	}
	return names
}
