package pathway

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchema(t *testing.T) {
	const person = `{"type":"object","required":["name","age"],"additionalProperties":false,"properties":{
		"name":{"type":"string","minLength":2,"pattern":"^[A-Z]"},
		"age":{"$ref":"#/$defs/age"},
		"mail":{"type":"string","format":"email"},
		"a/b":{"type":["string","null"]},
		"tags":{"type":"array","items":{"type":"string"},"uniqueItems":true},
		"id":{"anyOf":[{"type":"integer"},{"type":"object","required":["n"]}]}},
		"$defs":{"age":{"type":"integer","minimum":0}}}`
	s, err := CompileSchema([]byte(person))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		value string
		want  []string
	}{
		{`{"name":"Ada","age":36,"mail":"a@b.org","a/b":null,"tags":["x","y"],"id":{"n":1}}`, nil},
		{`{"name":"Ada","age":36.0}`, nil},
		{`7`, []string{`: got number, want object`}},
		{`{}`, []string{`: missing properties 'name', 'age'`}},
		{`{"name":"Ada","age":1,"x":1,"y":2}`, []string{`: additional properties 'x', 'y' not allowed`}},
		{`{"name":"a","age":-1,"a/b":1}`, []string{
			`/age: minimum: got -1, want 0`, `/a~1b: got number, want null or string`,
			`/name: 'a' does not match pattern '^[A-Z]'`, `/name: minLength: got 1, want 2`}},
		{`{"name":"Ada","age":1,"tags":["x","y","x"]}`, []string{`/tags: items at 0 and 2 are equal`}},
		{`{"name":"Ada","age":1,"mail":"nowhere"}`, []string{`/mail: 'nowhere' is not valid email: missing @`}},
		{`{"name":"Ada","age":1,"id":"x"}`, []string{`/id: fits none of the alternatives: got string, want integer; or got string, want object`}},
		{`{"name":"Ada","age":1,"id":{}}`, []string{`/id: fits none of the alternatives: got object, want integer; or missing property 'n'`}},
		{`{"name":"Ada","name":"Bob","age":1}`, []string{`/name: the name is twice in one object`}},
		{`{`, []string{`: is no JSON at byte 1: unexpected EOF`}},
		{`{"name":"Ada","age":1e400}`, []string{`/age: the number 1e400 is out of range`}},
		{`{"name":"Ada","age":1e-400}`, []string{`/age: the number 1e-400 is out of range`}},
		{`{"name":"Ada","age":0e99}`, nil},
	} {
		if diff := cmp.Diff(c.want, told(s.Check([]byte(c.value)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.value, diff)
		}
	}
}

func TestSchemaProblems(t *testing.T) {
	doubling := `{"$defs":{"a0":{"type":"string"}`
	for _, p := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"} {
		prev := map[string]string{"1": "0", "a": "9"}[p]
		if prev == "" {
			prev = string(p[0] - 1)
		}
		ref := `{"$ref":"#/$defs/a` + prev + `"}`
		doubling += `,"a` + p + `":{"allOf":[` + ref + `,` + ref + `]}`
	}
	doubling += `},"$ref":"#/$defs/af"}`
	for _, c := range []struct {
		name, schema string
		want         []string
	}{
		{"no JSON", `{`, []string{`: is no JSON at byte 1: unexpected EOF`}},
		{"no schema", `7`, []string{`: got number, want boolean or object`}},
		{"bad type", `{"properties":{"a":{"type":"text"}}}`, []string{
			`/properties/a/type: fits none of the alternatives: value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'; or got string, want array`}},
		{"bad minimum", `{"minimum":"1"}`, []string{`/minimum: got string, want number`}},
		{"remote", `{"$ref":"https://example.com/schema"}`, []string{`: a reference leads to "https://example.com/schema", and nothing outside of a schema is loaded`}},
		{"file", `{"$ref":"file:///etc/passwd"}`, []string{`: a reference leads to "file:///etc/passwd", and nothing outside of a schema is loaded`}},
		{"remote dialect", `{"$schema":"https://example.com/dialect"}`, []string{`: a reference leads to "https://example.com/dialect", and nothing outside of a schema is loaded`}},
		{"dangling", `{"$ref":"#/$defs/no"}`, []string{`: json-pointer in "urn:schema#/$defs/no" not found`}},
		{"recursive", `{"properties":{"next":{"$ref":"#"}}}`, []string{`: the schema refers to itself, which is not supported`}},
		{"doubling", doubling, []string{`: the schema has more than 2000 parts, its references followed`}},
		{"long pattern", `{"pattern":"` + strings.Repeat("a", 513) + `"}`, []string{`/pattern: `}},
		{"large pattern", `{"pattern":"(a{100}){100}"}`, []string{`/pattern: `}},
		{"large number", `{"minimum":1e9999}`, []string{`/minimum: the number 1e9999 is out of range`}},
		{"deep", strings.Repeat(`{"not":`, 65) + `{}` + strings.Repeat(`}`, 65), []string{strings.Repeat("/not", 64) + `: is nested deeper than 64`}},
	} {
		s, err := CompileSchema([]byte(c.schema))
		var problems Problems
		if s != nil || !errors.As(err, &problems) {
			t.Errorf("%s: got %v, %v", c.name, s, err)
			continue
		}
		got := told(problems)
		if strings.HasSuffix(c.want[0], "/pattern: ") && len(got) == 1 && strings.HasPrefix(got[0], c.want[0]) {
			continue // the rest quotes the pattern
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
