package httpapi

// Request bodies are held against openapi.yaml before they are decoded: the
// schemas of OpenAPI 3.1 are JSON Schema 2020-12. See
// docs/decisions/0013-openapi-at-run-time.md.

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v3"

	"ranvier/engine/pathway"
)

// bodySchema is what openapi.yaml says of the body of a route. It may be used
// from any goroutine.
type bodySchema struct {
	schema  *jsonschema.Schema
	members map[string]bool // each member that is known: whether its inside matters
}

// bodySchemas gives the schemas by "METHOD path". The document is part of the
// program, so what is wrong with it is a bug.
var bodySchemas = sync.OnceValue(func() map[string]*bodySchema {
	schemas, err := readBodySchemas(openAPI)
	if err != nil {
		panic("httpapi: openapi.yaml: " + err.Error())
	}
	return schemas
})

// graphSchema is left to the check of graphs, which knows them better and
// names all their problems at once.
const graphSchema = "Graph"

func readBodySchemas(document []byte) (map[string]*bodySchema, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(document, &doc); err != nil {
		return nil, err
	}
	object := func(v any, names ...string) map[string]any {
		m, _ := v.(map[string]any)
		for _, name := range names {
			m, _ = m[name].(map[string]any)
		}
		return m
	}
	object(doc, "components", "schemas")[graphSchema] = map[string]any{}

	const url = "urn:openapi"
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	c.AssertFormat()
	c.RegisterFormat(spanFormat)
	if err := c.AddResource(url, any(doc)); err != nil {
		return nil, err
	}
	out := map[string]*bodySchema{}
	for path, item := range object(doc, "paths") {
		for method, op := range object(item) {
			body := jsontext.Pointer("").AppendToken("paths").AppendToken(path).AppendToken(method).AppendToken("requestBody")
			described := object(op, "requestBody")
			if ref, ok := described["$ref"].(string); ok {
				body = jsontext.Pointer(strings.TrimPrefix(ref, "#"))
				described = object(doc, slices.Collect(body.Tokens())...)
			}
			if object(described, "content", mediaJSON, "schema") == nil {
				continue
			}
			body = body.AppendToken("content").AppendToken(mediaJSON).AppendToken("schema")
			schema, err := c.Compile(url + "#" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(string(body)))
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			b := &bodySchema{schema: schema, members: map[string]bool{}}
			b.learn(schema)
			out[strings.ToUpper(method)+" "+path] = b
		}
	}
	return out, nil
}

// spanFormat is the format of durations, those of Go.
var spanFormat = &jsonschema.Format{Name: "go-duration", Validate: func(v any) error {
	if text, ok := v.(string); ok {
		_, err := parseSpan(text)
		return err
	}
	return nil
}}

// learn notes the members that a schema of the whole body describes.
func (b *bodySchema) learn(s *jsonschema.Schema) {
	for name, member := range s.Properties {
		b.members[name] = b.members[name] || looksInside(member)
	}
	for _, part := range append(slices.Concat(s.AllOf, s.AnyOf, s.OneOf), s.Ref) {
		if part != nil {
			b.learn(part)
		}
	}
}

// looksInside tells whether a schema says more of an object or an array than
// that it may be one.
func looksInside(s *jsonschema.Schema) bool {
	if s.Properties != nil || s.AdditionalProperties != nil && s.AdditionalProperties != true || s.PropertyNames != nil || s.MaxProperties != nil || s.MinProperties != nil ||
		s.Required != nil || s.Items != nil || s.Items2020 != nil || s.MaxItems != nil || s.MinItems != nil || s.UniqueItems ||
		s.UnevaluatedProperties != nil || s.Enum != nil || s.Const != nil {
		return true
	}
	return slices.ContainsFunc(append(slices.Concat(s.AllOf, s.AnyOf, s.OneOf), s.Ref), func(part *jsonschema.Schema) bool {
		return part != nil && looksInside(part)
	})
}

// check gives every problem that the schema finds in a JSON object that
// checkJSON found none in. A member that is null counts as absent.
func (b *bodySchema) check(text []byte) (pathway.Problems, error) {
	body := map[string]any{}
	dec := jsontext.NewDecoder(bytes.NewBuffer(text))
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		tok, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		name := tok.String()
		inside, known := b.members[name]
		if k := dec.PeekKind(); k == jsontext.KindNull && known {
			if err := dec.SkipValue(); err != nil {
				return nil, err
			}
			continue
		}
		if body[name], err = outline(dec, inside); err != nil {
			return nil, err
		}
	}
	var misfit *jsonschema.ValidationError
	switch err := b.schema.Validate(body); {
	case err == nil:
		return nil, nil
	case !errors.As(err, &misfit):
		return nil, err
	}
	var problems pathway.Problems
	misfits(misfit, &problems)
	problems = slices.DeleteFunc(problems, b.mistaken)
	slices.SortFunc(problems, func(p, q pathway.Problem) int { // the library walks maps
		return cmp.Or(cmp.Compare(p.Path, q.Path), cmp.Compare(p.Message, q.Message))
	})
	return problems, nil
}

// mistaken: a known member passes for unknown where the schema that knows it
// found another problem (JSON Schema 2020-12, "unevaluatedProperties").
func (b *bodySchema) mistaken(p pathway.Problem) bool {
	_, known := b.members[jsontext.Pointer(p.Path).LastToken()]
	return p.Message == unknownField && known && strings.LastIndexByte(p.Path, '/') == 0
}

// outline reads a value; what is inside objects and arrays only on demand. A
// number is a float: one of many digits costs no more than others.
func outline(dec *jsontext.Decoder, inside bool) (any, error) {
	switch k := dec.PeekKind(); k {
	case jsontext.KindBeginObject, jsontext.KindBeginArray:
		if !inside {
			if k == jsontext.KindBeginArray {
				return []any{}, dec.SkipValue()
			}
			return map[string]any{}, dec.SkipValue()
		}
		var v any
		if _, err := dec.ReadToken(); err != nil {
			return nil, err
		}
		list, object := []any{}, map[string]any{}
		for dec.PeekKind() != jsontext.KindEndObject && dec.PeekKind() != jsontext.KindEndArray {
			var name string
			if k == jsontext.KindBeginObject {
				tok, err := dec.ReadToken()
				if err != nil {
					return nil, err
				}
				name = tok.String()
			}
			part, err := outline(dec, true)
			if err != nil {
				return nil, err
			}
			if k == jsontext.KindBeginObject {
				object[name] = part
			} else {
				list = append(list, part)
			}
		}
		if v = object; k == jsontext.KindBeginArray {
			v = list
		}
		_, err := dec.ReadToken()
		return v, err
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case jsontext.KindString:
		return tok.String(), nil
	case jsontext.KindNumber:
		n, _ := tok.Float() // infinite beyond all floats, which is too large for any limit
		return max(-math.MaxFloat64, min(n, math.MaxFloat64)), nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return tok.Bool(), nil
	}
	return nil, nil
}

// misfits collects the ends of a tree of errors: what is above them only says
// that something below is wrong.
func misfits(e *jsonschema.ValidationError, problems *pathway.Problems) {
	pointer := jsontext.Pointer("")
	for _, token := range e.InstanceLocation {
		pointer = pointer.AppendToken(token)
	}
	bad := func(at jsontext.Pointer, format string, args ...any) {
		*problems = append(*problems, pathway.Problem{Path: string(at), Message: fmt.Sprintf(format, args...)})
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			bad(pointer.AppendToken(name), unknownField)
		}
		return
	case *kind.Required:
		for _, name := range k.Missing {
			bad(pointer.AppendToken(name), "this is needed")
		}
		return
	case *kind.PropertyNames:
		return // the library (v6.0.3) forgets the place; runOptions.problems has the rule too
	case *kind.AnyOf, *kind.OneOf:
		// "X or null" is meant to be X.
		meant := slices.DeleteFunc(slices.Clone(e.Causes), func(cause *jsonschema.ValidationError) bool {
			k, ok := cause.ErrorKind.(*kind.Type)
			return ok && slices.Equal(k.Want, []string{"null"})
		})
		if len(meant) != 1 {
			bad(pointer, "this fits none of the forms that are allowed")
			return
		}
		misfits(meant[0], problems)
		return
	}
	if len(e.Causes) == 0 {
		bad(pointer, "%s", reason(e.ErrorKind))
		return
	}
	for _, cause := range e.Causes {
		misfits(cause, problems)
	}
}

const unknownField = "this field is not known"

// reason says why a value does not fit. It repeats nothing of the value.
func reason(why jsonschema.ErrorKind) string {
	number := func(r *big.Rat) string { return r.RatString() }
	switch k := why.(type) {
	case *kind.FalseSchema:
		return unknownField
	case *kind.Type:
		var want []string
		for _, word := range k.Want {
			if word != "null" {
				want = append(want, wordFor[word])
			}
		}
		return "this must be " + strings.Join(want, " or ") + ", not " + wordFor[k.Got]
	case *kind.Enum:
		return "this must be one of " + listed(k.Want...)
	case *kind.Const:
		return "this must be " + listed(k.Want)
	case *kind.MinLength:
		if k.Want == 1 {
			return "this must not be empty"
		}
		return fmt.Sprintf("this must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("this must have at most %d characters", k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("at most %d are kept", k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("at least %d are needed", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("this may have at most %d elements", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("this must have at least %d elements", k.Want)
	case *kind.UniqueItems:
		return "no element may be given twice"
	case *kind.Minimum:
		return "this must be at least " + number(k.Want)
	case *kind.Maximum:
		return "this must be at most " + number(k.Want)
	case *kind.Pattern:
		return "this must match " + k.Want
	case *kind.Format:
		switch k.Want {
		case "date-time":
			return "this must be " + aTime
		case spanFormat.Name:
			return "this must be " + aSpan
		}
		return "this must be of the format " + k.Want
	}
	return "this does not fit what openapi.yaml says of it"
}

// wordFor gives our words for the types of JSON Schema, as kindName does.
var wordFor = map[string]string{
	"string": "a string", "number": "a number", "integer": "a whole number", "boolean": "true or false",
	"object": "an object", "array": "an array", "null": "null",
}

func listed(values ...any) string {
	words := make([]string, len(values))
	for i, v := range values {
		if b, err := json.Marshal(v); err == nil {
			words[i] = strings.Trim(string(b), `"`)
		}
	}
	return strings.Join(words, ", ")
}
