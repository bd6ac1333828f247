package pathway

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// JSON Schema, of untrusted authors.

// Schema is a compiled JSON Schema, draft 2020-12 unless it says otherwise.
// It is immutable and safe for concurrent use. "format" is checked and not
// just noted.
type Schema struct {
	compiled *jsonschema.Schema
}

// Limits of a schema. A schema that refers to itself, or to its parts again
// and again, could make a check take for ever.
const (
	maxSchema      = 256 << 10 // bytes
	maxSchemaParts = 2_000     // subschemas, each counted as often as it is referred to
	maxPattern     = 512       // bytes of a regular expression
	maxNumber      = 64        // digits of a number
)

// schemaURL is where a schema pretends to come from; nothing is ever loaded.
const schemaURL = "urn:schema"

// CompileSchema reads and checks a schema. References lead inside it only. The
// error is Problems, with pointers into the schema where they are known.
func CompileSchema(raw []byte) (*Schema, error) {
	var r reader
	if !r.wellFormed(raw, maxSchema, maxDepth) || !r.numbers(raw) {
		return nil, r.problems
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, Problems{{"", bounded(err.Error(), 200)}}
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(compilePattern)
	c.AssertFormat()
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, Problems{{"", bounded(err.Error(), 200)}}
	}
	s, err := c.Compile(schemaURL)
	if err != nil {
		return nil, schemaProblems(err)
	}
	w := schemaWalk{open: map[*jsonschema.Schema]bool{}}
	if err := w.walk(s); err != nil {
		return nil, Problems{{"", err.Error()}}
	}
	return &Schema{compiled: s}, nil
}

// Check gives every problem of a value, with pointers into it; none when it
// fits. A value that is no strict JSON has one problem.
func (s *Schema) Check(value []byte) Problems {
	var r reader
	if !r.wellFormed(value, len(value), maxValueDepth) || !r.numbers(value) {
		return r.problems
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		return Problems{{"", bounded(err.Error(), 200)}}
	}
	var invalid *jsonschema.ValidationError
	switch err := s.compiled.Validate(v); {
	case err == nil:
		return nil
	case errors.As(err, &invalid):
		return misfits(invalid)
	default:
		return Problems{{"", bounded(err.Error(), 200)}}
	}
}

var english = message.NewPrinter(language.English)

// misfits are the ends of a tree of errors, sorted by their places: what is
// above them only says that something below is wrong.
func misfits(e *jsonschema.ValidationError) Problems {
	var r reader
	r.causes(e)
	slices.SortFunc(r.problems, func(p, q Problem) int {
		return cmp.Or(cmp.Compare(p.Path, q.Path), cmp.Compare(p.Message, q.Message))
	})
	return r.problems
}

func (r *reader) causes(e *jsonschema.ValidationError) {
	if len(r.problems) >= maxProblems {
		return
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		slices.Sort(k.Properties) // the library gives them as a map does
	case *kind.AnyOf, *kind.OneOf:
		if len(e.Causes) > 0 {
			r.alternatives(e)
			return
		}
	}
	if len(e.Causes) == 0 {
		r.bad(place(e), "%s", bounded(e.ErrorKind.LocalizedString(english), 300))
		return
	}
	for _, c := range e.Causes {
		r.causes(c)
	}
}

// alternatives reports that none of several schemas fits, as one problem.
func (r *reader) alternatives(e *jsonschema.ValidationError) {
	path := place(e)
	var all []string
	for _, c := range e.Causes {
		for _, p := range misfits(c) {
			m := p.Message
			if p.Path != path {
				m = p.Path + " " + m
			}
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	r.bad(path, "fits none of the alternatives: %s", bounded(strings.Join(all, "; or "), 300))
}

// place is where in the value an error is.
func place(e *jsonschema.ValidationError) string {
	tokens := make([]any, len(e.InstanceLocation))
	for i, t := range e.InstanceLocation {
		tokens[i] = t
	}
	return at(tokens...)
}

// schemaProblems are what is wrong with a schema itself.
func schemaProblems(err error) Problems {
	var misfit *jsonschema.SchemaValidationError
	var invalid *jsonschema.ValidationError
	if errors.As(err, &misfit) && errors.As(misfit.Err, &invalid) {
		return misfits(invalid)
	}
	var outside *jsonschema.LoadURLError
	if errors.As(err, &outside) {
		return Problems{{"", fmt.Sprintf("a reference leads to %q, and nothing outside of a schema is loaded", bounded(outside.URL, 100))}}
	}
	return Problems{{"", bounded(err.Error(), 300)}}
}

// noLoader finds no document at any address.
type noLoader struct{}

// Load refuses.
func (noLoader) Load(string) (any, error) { return nil, errors.New("nothing is loaded") }

// pattern is a regular expression of a schema.
type pattern struct{ *regexp.Regexp }

// compilePattern is the regular expressions of schemas: RE2, of bounded size.
func compilePattern(s string) (jsonschema.Regexp, error) {
	if len(s) > maxPattern {
		return nil, fmt.Errorf("a pattern has %d bytes, which is more than %d", len(s), maxPattern)
	}
	size, err := types.RegexProgramSize(s)
	if err != nil {
		return nil, err
	}
	if size > 4*maxRegex {
		return nil, errors.New("a pattern is too large, by its repetitions")
	}
	re, err := regexp.Compile(s)
	return pattern{re}, err
}

// numbers refuses numbers that no double is near to: as fractions, which is
// how schemas compare, a short text can stand for a number of any size.
func (r *reader) numbers(raw []byte) bool {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	for {
		t, err := dec.ReadToken()
		if err != nil {
			return true // the end: raw is well-formed
		}
		if t.Kind() != '0' {
			continue
		}
		s := t.String()
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || len(s) > maxNumber || (f == 0 && s != "0" && !zero.MatchString(s)) {
			r.bad(string(dec.StackPointer()), "the number %.20s is out of range", s)
			return false
		}
	}
}

var zero = regexp.MustCompile(`^-?0(\.0+)?([eE][+-]?[0-9]{1,2})?$`)

// schemaWalk counts subschemas as a check meets them.
type schemaWalk struct {
	open  map[*jsonschema.Schema]bool
	count int
}

var (
	errRecursive = errors.New("the schema refers to itself, which is not supported")
	errParts     = fmt.Errorf("the schema has more than %d parts, its references followed", maxSchemaParts)
)

func (w *schemaWalk) walk(s *jsonschema.Schema) error {
	if s == nil {
		return nil
	}
	if w.open[s] {
		return errRecursive
	}
	if w.count++; w.count > maxSchemaParts {
		return errParts
	}
	w.open[s] = true
	defer delete(w.open, s)
	parts := []*jsonschema.Schema{
		s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else, s.PropertyNames, s.UnevaluatedProperties,
		s.Contains, s.Items2020, s.UnevaluatedItems, s.ContentSchema,
	}
	if s.DynamicRef != nil {
		parts = append(parts, s.DynamicRef.Ref)
	}
	parts = append(parts, s.AllOf...)
	parts = append(parts, s.AnyOf...)
	parts = append(parts, s.OneOf...)
	parts = append(parts, s.PrefixItems...)
	for _, p := range s.Properties {
		parts = append(parts, p)
	}
	for _, p := range s.PatternProperties {
		parts = append(parts, p)
	}
	for _, p := range s.DependentSchemas {
		parts = append(parts, p)
	}
	others := []any{s.AdditionalProperties, s.Items, s.AdditionalItems}
	for _, d := range s.Dependencies {
		others = append(others, d)
	}
	for _, o := range others {
		switch o := o.(type) {
		case *jsonschema.Schema:
			parts = append(parts, o)
		case []*jsonschema.Schema:
			parts = append(parts, o...)
		}
	}
	for _, p := range parts {
		if err := w.walk(p); err != nil {
			return err
		}
	}
	return nil
}
