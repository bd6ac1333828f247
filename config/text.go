package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// A setting is text in all three sources, read by one parser. The functions
// below join a field of a Config with its parser; they never quote what they
// were given, because it might be a secret that was put under a wrong name.

// field is a place in a Config that is set from text. It is a pflag.Value, so
// that flags are read by the same parser as everything else.
type field[T any] struct {
	at     *T
	parse  func(string) (T, error)
	format func(T) string
	kind   string
}

var _ pflag.Value = field[int]{}

func (f field[T]) String() string { return f.format(*f.at) }

func (f field[T]) Type() string { return f.kind }

func (f field[T]) Set(text string) error {
	v, err := f.parse(text)
	if err != nil {
		return err
	}
	*f.at = v
	return nil
}

// plain takes any text, kept as a string or a Secret.
func plain[T ~string](at *T, kind string) pflag.Value {
	return field[T]{at, func(s string) (T, error) { return T(s), nil }, func(v T) string { return string(v) }, kind}
}

// choice takes one of a few words.
func choice[T ~string](at *T, of ...T) pflag.Value {
	words := make([]string, len(of))
	for i, w := range of {
		words[i] = string(w)
	}
	kind := strings.Join(words, "|")
	return field[T]{at, func(s string) (T, error) {
		if !slices.Contains(of, T(s)) {
			return "", fmt.Errorf("must be one of %s", strings.Join(words, ", "))
		}
		return T(s), nil
	}, func(v T) string { return string(v) }, kind}
}

// yesNo takes yes or no.
func yesNo(at *bool) pflag.Value {
	return field[bool]{at, func(s string) (bool, error) {
		if s != "yes" && s != "no" {
			return false, errors.New("must be yes or no")
		}
		return s == "yes", nil
	}, func(v bool) string {
		if v {
			return "yes"
		}
		return "no"
	}, "yes|no"}
}

func count(at *int) pflag.Value {
	return field[int]{at, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0, errors.New("must be a whole number")
		}
		return n, nil
	}, strconv.Itoa, "number"}
}

func duration(at *time.Duration) pflag.Value {
	return field[time.Duration]{at, func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, errors.New(`must be a duration such as "15s" or "1h30m"`)
		}
		return d, nil
	}, formatDuration, "duration"}
}

// formatDuration is d.String without the zero units at its end: "24h".
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func level(at *slog.Level) pflag.Value {
	words := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	return field[slog.Level]{at, func(s string) (slog.Level, error) {
		l, ok := words[s]
		if !ok {
			return 0, errors.New("must be one of debug, info, warn, error")
		}
		return l, nil
	}, func(l slog.Level) string { return strings.ToLower(l.String()) }, "debug|info|warn|error"}
}

func networks(at *[]netip.Prefix) pflag.Value {
	return field[[]netip.Prefix]{at, parseNetworks, func(ps []netip.Prefix) string {
		texts := make([]string, len(ps))
		for i, p := range ps {
			texts[i] = p.String()
		}
		return strings.Join(texts, ",")
	}, "networks"}
}

// parseNetworks reads networks and single addresses, separated by commas.
func parseNetworks(s string) ([]netip.Prefix, error) {
	var ps []netip.Prefix
	if strings.TrimSpace(s) == "" {
		return ps, nil
	}
	for i, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(part)
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, errAddr := netip.ParseAddr(part)
			if errAddr != nil || a.Zone() != "" {
				return nil, fmt.Errorf(`entry %d must be a network such as "10.0.0.0/8" or an address`, i+1)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		// A network written with host bits is more likely a slip than a wish.
		if p != p.Masked() {
			return nil, fmt.Errorf("entry %d has bits beyond its prefix length; the network is %s", i+1, p.Masked())
		}
		ps = append(ps, p)
	}
	return ps, nil
}

func origins(at *[]string) pflag.Value {
	return field[[]string]{at, parseOrigins, func(list []string) string { return strings.Join(list, ",") }, "origins"}
}

// parseOrigins reads origins as browsers send them (RFC 6454, section 6.2),
// separated by commas, or "*".
func parseOrigins(s string) ([]string, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	list := strings.Split(s, ",")
	for i, part := range list {
		part = strings.TrimSpace(part)
		list[i] = part
		if part == "*" {
			continue
		}
		u, err := url.Parse(part)
		// A browser sends just scheme and host, in lower case: nothing else could match.
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || part != u.Scheme+"://"+strings.ToLower(u.Host) {
			return nil, fmt.Errorf(`entry %d must be an origin such as "https://app.example.org", in lower case and without a path, or "*"`, i+1)
		}
	}
	return list, nil
}

// Size is a number of bytes. As text it is a whole number with an optional
// unit KiB, MiB or GiB.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes Size
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// ParseSize reads what String writes. Its errors do not quote the text.
func ParseSize(s string) (Size, error) {
	bad := errors.New(`must be a number of bytes such as "65536", "512KiB", "8MiB" or "2GiB"`)
	unit := Size(1)
	for _, u := range sizeUnits {
		if digits, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = strings.TrimSpace(digits), u.bytes
			break
		}
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || Size(n) > math.MaxInt64/unit {
		return 0, bad
	}
	return Size(n) * unit, nil
}

// String gives the size in the largest unit that divides it.
func (n Size) String() string {
	for _, u := range sizeUnits {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(int64(n/u.bytes), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(n), 10)
}

func size(at *Size) pflag.Value {
	return field[Size]{at, ParseSize, Size.String, "size"}
}
