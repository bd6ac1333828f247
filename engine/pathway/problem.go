package pathway

import (
	"fmt"
	"strconv"
	"strings"
)

// What is wrong with a document, and where.

// Problem is one thing wrong in a document. Path is a JSON pointer (RFC 6901)
// into the document; the empty Path is the document itself. Message is meant
// for the author: it says what is wrong and what to do.
type Problem struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// Problems are all that is wrong with a document, in document order as far as
// there is one. No problems is a nil slice: compare its length and not an
// error made from it, or use Err.
type Problems []Problem

// Error counts the problems and tells the first.
func (p Problems) Error() string {
	switch len(p) {
	case 0:
		return "no problems"
	case 1:
		return "1 problem: " + p[0].String()
	}
	return fmt.Sprintf("%d problems: first %s", len(p), p[0])
}

// Err is p as an error, nil when there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Under gives the same problems with every path below prefix.
func (p Problems) Under(prefix string) Problems {
	out := make(Problems, len(p))
	for i, q := range p {
		out[i] = Problem{Path: prefix + q.Path, Message: q.Message}
	}
	return out
}

// String is the message after its place.
func (p Problem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return "at " + p.Path + ": " + p.Message
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// at makes a JSON pointer of its tokens: strings are escaped, ints are indexes.
func at(tokens ...any) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		switch t := t.(type) {
		case string:
			_, _ = pointerEscape.WriteString(&b, t) // a Builder does not fail
		case int:
			b.WriteString(strconv.Itoa(t))
		default:
			panic(fmt.Sprintf("pathway: a pointer token of type %T", t))
		}
	}
	return b.String()
}

// bounded cuts user text for a message, on a rune's border.
func bounded(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
