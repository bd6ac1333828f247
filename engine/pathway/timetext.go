package pathway

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // names of time zones mean the same on every machine

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Times as people write them: time.format and time.parse, with the directives
// of C's strftime that mean the same everywhere.

// directives are what may follow a '%', as Go's layouts say it.
var directives = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'L': "000", 'p': "PM",
	'B': "January", 'b': "Jan", 'A': "Monday", 'a': "Mon", 'j': "002", 'z': "-0700", 'Z': "MST",
	'F': "2006-01-02", 'T': "15:04:05",
}

const knownDirectives = "%Y %m %d %H %I %M %S %L %p %B %b %A %a %j %z %Z %F %T %s %%"

// eachDirective calls part for each stretch of a pattern: text, or a directive.
func eachDirective(s string, part func(text string, directive byte) error) error {
	for s != "" {
		text, rest, found := strings.Cut(s, "%")
		if text != "" {
			if err := part(text, 0); err != nil {
				return err
			}
		}
		if !found {
			return nil
		}
		if rest == "" {
			return errors.New("the pattern ends with a %; %% is the sign itself")
		}
		if directives[rest[0]] == "" && rest[0] != 's' && rest[0] != '%' {
			return fmt.Errorf("there is no %%%c; there are %s", []rune(rest)[0], knownDirectives)
		}
		if err := part("", rest[0]); err != nil {
			return err
		}
		s = rest[1:]
	}
	return nil
}

// formatTime is time.format(time, pattern) and time.format(time, pattern, zone).
func formatTime(args ...ref.Val) ref.Val {
	t, ok := args[0].(types.Timestamp)
	p, okP := args[1].(types.String)
	if !ok || !okP {
		return types.MaybeNoSuchOverloadErr(args[0])
	}
	zone, err := zoneOf(args[2:])
	if err != nil {
		return types.NewErr("time.format: %v", err)
	}
	local := t.In(zone)
	var b strings.Builder
	err = eachDirective(string(p), func(text string, directive byte) error {
		switch directive {
		case 0:
			b.WriteString(text)
		case '%':
			b.WriteByte('%')
		case 's':
			b.WriteString(strconv.FormatInt(t.Unix(), 10))
		case 'L':
			b.WriteString(local.Format(".000")[1:])
		default:
			b.WriteString(local.Format(directives[directive]))
		}
		if b.Len() > maxSource {
			return errors.New("the text would be too long")
		}
		return nil
	})
	if err != nil {
		return types.NewErr("time.format: %v", err)
	}
	return types.String(b.String())
}

// parseTime is time.parse(text, pattern) and time.parse(text, pattern, zone):
// the pattern's own text must be there as it is.
func parseTime(args ...ref.Val) ref.Val {
	s, ok := args[0].(types.String)
	p, okP := args[1].(types.String)
	if !ok || !okP {
		return types.MaybeNoSuchOverloadErr(args[0])
	}
	zone, err := zoneOf(args[2:])
	if err != nil {
		return types.NewErr("time.parse: %v", err)
	}
	t, err := readTime(string(s), string(p), zone)
	if err != nil {
		return types.NewErr("time.parse: %.60q is not like %.60q: %v", string(s), string(p), err)
	}
	if t.Year() < 1 || t.Year() > 9999 {
		return types.NewErr("time.parse: the year %d is out of range", t.Year())
	}
	return types.Timestamp{Time: t.UTC()}
}

// readTime takes the text apart by the directives, each of which has a width of
// its own or ends with its word, and lets Go read the parts.
func readTime(s, p string, zone *time.Location) (time.Time, error) {
	var layout, value strings.Builder
	var unix *time.Time
	err := eachDirective(p, func(text string, directive byte) error {
		if directive == '%' {
			text, directive = "%", 0
		}
		var piece string
		switch directive {
		case 0:
			var ok bool
			if s, ok = strings.CutPrefix(s, text); !ok {
				return fmt.Errorf("%.20q is missing before %.20q", text, s)
			}
			return nil
		case 's':
			piece, s = leading(s, 19, func(c byte) bool { return c == '-' || isDigit(c) })
			n, err := strconv.ParseInt(piece, 10, 64)
			if err != nil {
				return errors.New("there are no seconds")
			}
			t := time.Unix(n, 0).In(zone)
			unix = &t
			return nil
		case 'F', 'T':
			piece, s = leading(s, len(directives[directive]), func(byte) bool { return true })
		case 'Y', 'm', 'd', 'H', 'I', 'M', 'S', 'L', 'j':
			piece, s = leading(s, len(directives[directive]), isDigit)
		case 'z':
			if s != "" && s[0] == 'Z' {
				piece, s = "+0000", s[1:]
				break
			}
			piece, s = leading(s, 6, func(c byte) bool { return c == '+' || c == '-' || c == ':' || isDigit(c) })
			piece = strings.Replace(piece, ":", "", 1)
		default: // words
			piece, s = leading(s, 9, func(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' })
			if directive == 'p' {
				piece = strings.ToUpper(piece)
			}
		}
		if piece == "" {
			return fmt.Errorf("nothing there is %%%c", directive)
		}
		if directive == 'L' { // Go reads a fraction after a point only
			layout.WriteString("|.000")
			value.WriteString("|." + piece)
			return nil
		}
		layout.WriteString("|" + directives[directive])
		value.WriteString("|" + piece)
		return nil
	})
	switch {
	case err != nil:
		return time.Time{}, err
	case s != "":
		return time.Time{}, fmt.Errorf("%.20q is too much", s)
	case unix != nil:
		return *unix, nil
	}
	t, err := time.ParseInLocation(layout.String(), value.String(), zone)
	if err != nil {
		return time.Time{}, errors.New("there is no such time")
	}
	return t, nil
}

// leading cuts at most n bytes of a kind from the beginning of s.
func leading(s string, n int, kind func(byte) bool) (head, rest string) {
	i := 0
	for i < len(s) && i < n && kind(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// zoneOf reads a zone: a name of the IANA database, or an offset like +02:00.
// Without one it is UTC.
func zoneOf(args []ref.Val) (*time.Location, error) {
	if len(args) == 0 {
		return time.UTC, nil
	}
	name, ok := args[0].(types.String)
	if !ok || len(name) > 64 {
		return nil, errors.New("there is no such zone")
	}
	if t, err := time.Parse("-07:00", string(name)); err == nil {
		return t.Location(), nil
	}
	zone, err := time.LoadLocation(string(name))
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("there is no zone %.64q", string(name))
	}
	return zone, nil
}
