package nodes

// Reading settings strictly, and evaluating the values inside them.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// findings collects what is wrong with settings, each place once.
type findings struct{ pathway.Problems }

// bad adds a problem, unless one with the same place, a place inside it or
// one around it is known: what could not be read needs no further remarks.
func (f *findings) bad(path, format string, args ...any) {
	for _, p := range f.Problems {
		if p.Path == path || strings.HasPrefix(p.Path, path+"/") || strings.HasPrefix(path, p.Path+"/") {
			return
		}
	}
	f.Problems = append(f.Problems, problem(path, format, args...)...)
}

// schema compiles a JSON Schema that may be absent, and adds what is wrong.
func (f *findings) schema(path string, raw jsontext.Value) *pathway.Schema {
	if raw == nil || raw.Kind() == 'n' {
		return nil
	}
	s, err := pathway.CompileSchema(raw)
	if err != nil {
		f.Problems = append(f.Problems, misfit(path, err)...)
	}
	return s
}

// decode reads the members of the object raw into the fields of the struct
// that into points to, by their json tags, one by one: so every unknown or
// misfit field is found at once. null leaves a field as it is, except where
// the field takes any JSON.
func decode(raw jsontext.Value, into any) *findings {
	return &findings{members(raw, into)}
}

func members(raw jsontext.Value, into any) pathway.Problems {
	if raw.Kind() != '{' {
		return problem("", "must be an object")
	}
	target := reflect.ValueOf(into).Elem()
	places := map[string]any{}
	var names []string
	for i := range target.NumField() {
		name, _, _ := strings.Cut(target.Type().Field(i).Tag.Get("json"), ",")
		places[name] = target.Field(i).Addr().Interface()
		names = append(names, name)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.ReadToken(); err != nil {
		return misfit("", err)
	}
	var problems pathway.Problems
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return append(problems, misfit("", err)...)
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return append(problems, misfit(pointer(name), err)...)
		}
		place, known := places[name]
		if !known {
			problems = append(problems, problem(pointer(name), "%s", unknown(name, names))...)
			continue
		}
		if err := json.Unmarshal(value, place, json.RejectUnknownMembers(true)); err != nil {
			problems = append(problems, misfit(pointer(name), err)...)
		}
	}
	return problems
}

func unknown(name string, names []string) string {
	if len(names) == 0 {
		return fmt.Sprintf("unknown field %.40q; no settings are known here", name)
	}
	return fmt.Sprintf("unknown field %.40q; known are %s", name, strings.Join(names, ", "))
}

// misfit turns a decoding error into problems at or below path.
func misfit(path string, err error) pathway.Problems {
	var below pathway.Problems
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &below):
		if errors.As(err, &semantic) {
			path += string(semantic.JSONPointer)
		}
		return below.Under(path)
	case errors.As(err, &semantic):
		path += string(semantic.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return problem(path, "unknown field")
		}
		if semantic.GoType == reflect.TypeFor[duration]() && semantic.JSONKind != '"' {
			return problem(path, "must be a string with a duration, such as \"90s\"")
		}
		if semantic.Err != nil && !errors.Is(semantic.Err, strconv.ErrSyntax) {
			return problem(path, "%s", bounded(semantic.Err.Error()))
		}
		return problem(path, "must be %s", wanted(semantic.GoType))
	case errors.As(err, &syntactic):
		return problem(path+string(syntactic.JSONPointer), "%s", bounded(syntactic.Err.Error()))
	}
	return problem(path, "%s", bounded(err.Error()))
}

// wanted names the JSON that a Go type is read from.
func wanted(t reflect.Type) string {
	if t == nil {
		return "something else"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}

// maxDuration bounds every duration in settings.
const maxDuration = 10 * 365 * 24 * time.Hour

// duration is a Go duration string, positive and at most maxDuration.
type duration time.Duration

// UnmarshalText reads it.
func (d *duration) UnmarshalText(b []byte) error {
	v, err := parseDuration(string(b))
	*d = duration(v)
	return err
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%.40q is no duration, which is written like \"90s\" or \"1h30m\"", text)
	case d <= 0:
		return 0, errors.New("a duration must be above zero")
	case d > maxDuration:
		return 0, errors.New("a duration may be ten years (87600h) at most")
	}
	return d, nil
}

// literal gives the text of a JSON string in settings that holds no template,
// so that it can be checked before any run.
func literal(raw jsontext.Value) (string, bool) {
	if raw.Kind() != '"' {
		return "", false
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	text := string(b)
	return text, err == nil && !strings.Contains(text, "{{")
}

// template is a value with expressions that remembers how it was written.
type template struct {
	pathway.Value
	raw jsontext.Value
}

// UnmarshalJSON compiles it.
func (t *template) UnmarshalJSON(b []byte) error {
	t.raw = bytes.Clone(b)
	return t.Value.UnmarshalJSON(b)
}

// given tells whether the field was there.
func (t *template) given() bool { return t.raw != nil }

// eval evaluates it; field is its name for the failure's message.
func (t *template) eval(ctx context.Context, s *pathway.Scope, field string) (jsontext.Value, error) {
	v, err := t.Value.Eval(ctx, s)
	if err != nil {
		return nil, evalFailure(ctx, field, err)
	}
	return v, nil
}

// text evaluates it to text; field is its name for the failure's message.
func (t *template) text(ctx context.Context, s *pathway.Scope, field string) (string, error) {
	v, err := t.Value.Text(ctx, s)
	if err != nil {
		return "", evalFailure(ctx, field, err)
	}
	return v, nil
}

// evalFailure is final: the scope of a visit does not change, so a retry
// would evaluate to the same.
func evalFailure(ctx context.Context, field string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("evaluate %s: %w", field, context.Cause(ctx))
	}
	return &Failure{Code: CodeExpression, Final: true, Message: bounded(pathway.At(field, err).Error()), Err: err}
}

// invalid is the final failure of a value that does not fit.
func invalid(format string, args ...any) error {
	return &Failure{Code: CodeValidation, Final: true, Message: bounded(fmt.Sprintf(format, args...))}
}

// bounded cuts a message to maxMessage bytes on a rune's border, and mends
// what is no UTF-8, since messages become JSON.
func bounded(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "..."
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the JSON pointer of one name.
func pointer(name string) string { return "/" + pointerEscape.Replace(name) }
