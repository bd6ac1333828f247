package httpapi

// The one way in which request bodies are read: strict JSON, bounded in every
// direction, with all problems named at once.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
	"ranvier/events"
)

const (
	maxDepth  = 64          // arrays and objects inside each other
	maxTokens = 200_000     // values and names of a body: each costs memory wherever it is looked into
	maxNumber = 400         // characters of a number
	maxText   = 300         // bytes of what a message repeats of a body
	bodyTime  = time.Minute // for a client to send its body
)

// need tells whether a body may be left out.
type need bool

const (
	required need = true
	optional need = false // an absent body is {}
)

// scoped is part of every body: it may name the key's workspace, no other.
type scoped struct {
	WorkspaceID string `json:"workspace_id"`
}

func (b *scoped) named() string { return b.WorkspaceID }

// decode reads the request's body into a struct that embeds scoped, and gives
// the body's digest: equal JSON values have equal digests. All that is wrong is
// told at once: what the route's schema says, what the struct does not take,
// and what its method problems says, if it has one.
func (s *Server) decode(w http.ResponseWriter, r *http.Request, n need, into interface{ named() string }) (events.Hash, error) {
	b, err := s.readBody(w, r, n)
	if err != nil {
		return events.Hash{}, err
	}
	if b == nil {
		b = []byte("{}")
	}
	if problems := checkJSON(b); len(problems) > 0 {
		return events.Hash{}, invalid(problems)
	}
	var problems pathway.Problems
	if schema := about(r).body; schema != nil {
		if problems, err = schema.check(b); err != nil {
			return events.Hash{}, fmt.Errorf("holding a body against its schema: %w", err)
		}
	}
	problems = append(problems, decodeObject(b, into)...)
	if of, ok := into.(interface{ problems() pathway.Problems }); ok {
		problems = append(problems, of.problems()...)
	}
	if len(problems) > 0 {
		return events.Hash{}, invalid(inOrder(problems))
	}
	if id := into.named(); id != "" && id != workspace(r) {
		return events.Hash{}, fail(codeForbidden, "workspace_id is not the workspace of this key")
	}
	return digest(b), nil
}

// tellMore adds what a closer look finds to the problems of a body that was
// refused. Any other error stays as it is.
func tellMore(err error, look func() (pathway.Problems, error)) error {
	var refused *failure
	if !errors.As(err, &refused) || len(refused.details) == 0 {
		return err
	}
	found, err := look()
	if err != nil {
		return err
	}
	return invalid(inOrder(append(refused.details, found...)))
}

// inOrder sorts problems by their places and keeps the first one of each.
func inOrder(problems pathway.Problems) pathway.Problems {
	slices.SortStableFunc(problems, func(p, q pathway.Problem) int { return strings.Compare(p.Path, q.Path) })
	return slices.CompactFunc(problems, func(p, q pathway.Problem) bool { return p.Path == q.Path })
}

// errSlowBody is answered although net/http ends a request's context when its
// body is late: the client is still there.
var errSlowBody = fail(codeInvalid, "the body did not come to its end in time")

// readBody reads the whole body; nil when there is none and none is needed.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, n need) ([]byte, error) {
	if r.ContentLength > s.cfg.BodyLimit {
		return nil, tooLarge(s.cfg.BodyLimit)
	}
	if r.Header.Get("Content-Encoding") != "" && !strings.EqualFold(r.Header.Get("Content-Encoding"), "identity") {
		return nil, fail(codeMediaType, "a body must be sent without Content-Encoding")
	}
	// A writer without deadlines, as in tests, is no reason not to read.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(s.bodyTime))
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.BodyLimit))
	if err == nil {
		_ = control.SetReadDeadline(time.Time{})
	} // else net/http would wait for the rest, before it answers and without an end
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge(s.cfg.BodyLimit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errSlowBody
	case err != nil:
		return nil, fail(codeInvalid, "the body could not be read to its end")
	case len(b) == 0 && n == optional:
		return nil, nil
	case len(b) == 0:
		return nil, fail(codeInvalid, "a JSON body is needed")
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := params["charset"]; err != nil || kind != mediaJSON || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return nil, fail(codeMediaType, "the body must be sent as Content-Type: application/json")
	}
	return b, nil
}

func tooLarge(limit int64) error {
	return fail(codeTooLarge, "the body is over the limit of %d bytes", limit)
}

// checkJSON tells what keeps b from being one plain JSON object.
func checkJSON(b []byte) pathway.Problems { return checkText(b, true) }

// checkText tells what keeps b from being one plain JSON value, or object.
func checkText(b []byte, object bool) pathway.Problems {
	dec := jsontext.NewDecoder(bytes.NewBuffer(b))
	at := func(format string, args ...any) pathway.Problems {
		return pathway.Problems{{Path: string(dec.StackPointer()), Message: fmt.Sprintf(format, args...)}}
	}
	for n := 0; ; n++ {
		tok, err := dec.ReadToken()
		switch {
		case errors.Is(err, io.EOF) && n > 0:
			return nil
		case errors.Is(err, io.EOF):
			return at("a JSON object is needed")
		case err != nil:
			return pathway.Problems{syntaxProblem(err)}
		case object && n == 0 && tok.Kind() != jsontext.KindBeginObject:
			return at("the body must be a JSON object, not %s", kindName(tok.Kind()))
		case dec.StackDepth() > maxDepth:
			return at("arrays and objects may be at most %d deep", maxDepth)
		case n == maxTokens:
			return at("a body may have at most %d names and values", maxTokens)
		case tok.Kind() == jsontext.KindNumber && len(tok.String()) > maxNumber:
			return at("a number may have at most %d characters", maxNumber)
		case dec.StackDepth() == 0:
			if rest := bytes.TrimLeft(b[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
				return at("there is more after the JSON object, at byte %d", len(b)-len(rest))
			}
		}
	}
}

// syntaxProblem says what is wrong with JSON text.
func syntaxProblem(err error) pathway.Problem {
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return pathway.Problem{Message: "this is not JSON: it ends too early"}
	}
	p := pathway.Problem{Path: string(syntax.JSONPointer)}
	switch {
	case errors.Is(syntax.Err, jsontext.ErrDuplicateName):
		p.Message = "this name is given twice in one object"
	case errors.Is(syntax.Err, io.ErrUnexpectedEOF):
		p.Message = "the JSON ends too early"
	default:
		p.Message = fmt.Sprintf("this is not JSON, at byte %d: %s", syntax.ByteOffset, bounded(syntax.Err.Error(), maxText))
	}
	return p
}

// decodeObject reads a checked JSON object into a struct, member by member, so
// that each bad or unknown member is named.
func decodeObject(b []byte, into any) pathway.Problems {
	var problems pathway.Problems
	dec := jsontext.NewDecoder(bytes.NewBuffer(b))
	if _, err := dec.ReadToken(); err != nil {
		return pathway.Problems{syntaxProblem(err)}
	}
	var member []byte
	for dec.PeekKind() != jsontext.KindEndObject {
		name, err := dec.ReadValue()
		if err != nil {
			return append(problems, syntaxProblem(err))
		}
		member = append(append(append(member[:0], '{'), name...), ':')
		value, err := dec.ReadValue()
		if err != nil {
			return append(problems, syntaxProblem(err))
		}
		member = append(append(member, value...), '}')
		if err := json.Unmarshal(member, into, json.RejectUnknownMembers(true)); err != nil {
			problems = append(problems, memberProblem(err))
		}
	}
	return problems
}

// memberProblem says why a member does not fit, without naming Go's types.
func memberProblem(err error) pathway.Problem {
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		return syntaxProblem(err)
	}
	p := pathway.Problem{Path: string(semantic.JSONPointer)}
	switch {
	case errors.Is(semantic.Err, json.ErrUnknownName):
		p.Message = "this field is not known"
	case isOwn(semantic.Err):
		p.Message = bounded(semantic.Err.Error(), maxText)
	default:
		p.Message = "this must be " + wanted(semantic.GoType)
		if k := semantic.JSONKind; k != 0 && kindName(k) != wanted(semantic.GoType) {
			p.Message += ", not " + kindName(k)
		}
	}
	return p
}

// ownError is an error of a field's own reader, meant for the client.
type ownError string

// Error implements error.
func (e ownError) Error() string { return string(e) }

func isOwn(err error) bool {
	var own ownError
	return errors.As(err, &own)
}

func wanted(t reflect.Type) string {
	if t == nil {
		return "of another type"
	}
	if t == reflect.TypeFor[events.Time]() {
		return aTime
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Pointer:
		return wanted(t.Elem())
	default:
		return "of another type"
	}
}

func kindName(k jsontext.Kind) string {
	switch k {
	case jsontext.KindNull:
		return "null"
	case jsontext.KindFalse, jsontext.KindTrue:
		return "true or false"
	case jsontext.KindString:
		return "a string"
	case jsontext.KindNumber:
		return "a number"
	case jsontext.KindBeginObject:
		return "an object"
	case jsontext.KindBeginArray:
		return "an array"
	default:
		return "this"
	}
}

// digest is the SHA-256 of a checked JSON text in one form: names sorted, no
// white space, floats and strings in their shortest form. Integers stay as
// they were written: beyond 2^53 two of them would become one float.
func digest(b []byte) events.Hash {
	v := jsontext.Value(bytes.Clone(b))
	if err := v.Format(jsontext.ReorderRawObjects(true), jsontext.CanonicalizeRawFloats(true), jsontext.CanonicalizeRawInts(false)); err != nil {
		panic("httpapi: digest of text that was checked: " + err.Error())
	}
	return events.HashOf(v)
}

// given tells whether a member that may be any JSON was given. null counts as
// absent, as it does for every other member.
func given(v jsontext.Value) bool { return len(v) > 0 && string(v) != "null" }

// What a message says a value must be.
const (
	aTime = "an RFC 3339 time such as 2026-01-02T15:04:05Z"
	aSpan = `a duration such as "90s" or "24h", at most ten years`
)

// span is a duration in a body, text such as "90s" or "24h".
type span time.Duration

// parseSpan reads Go's duration text, from 0 to 10 years.
func parseSpan(text string) (span, error) {
	const longest = 10 * 366 * 24 * time.Hour
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > longest {
		return 0, ownError("this must be " + aSpan)
	}
	return span(d), nil
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (d *span) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	tok, err := dec.ReadToken()
	if err != nil {
		return err
	}
	switch tok.Kind() {
	case jsontext.KindNull:
		return nil
	case jsontext.KindString:
		*d, err = parseSpan(tok.String())
		return err
	}
	return ownError("this must be " + aSpan)
}
