package pathway

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/go-json-experiment/json/jsontext"
)

// JSON to CEL values and back.

const (
	maxValueDepth = 256     // of JSON inside expressions
	maxText       = 1 << 20 // bytes of a string or a result that an expression makes
)

var (
	errDepth  = fmt.Errorf("nested deeper than %d", maxValueDepth)
	errResult = fmt.Errorf("the result has more than %d bytes", maxText)
)

// readMap and readList are what was read from JSON, with its text: passed on
// as a whole, the members keep their order and the numbers their digits.
type (
	readMap struct {
		traits.Mapper
		keys []ref.Val // in their order
		raw  jsontext.Value
	}
	readList struct {
		traits.Lister
		raw jsontext.Value
	}
)

// Iterator goes over the keys in their order.
func (m readMap) Iterator() traits.Iterator { return &keyIterator{keys: m.keys} }

// AggregateSize lets the map inside remember its size.
func (m readMap) AggregateSize(s types.AggregateSizer) uint32 { return sizeOf(m.Mapper, s) }

// AggregateSize lets the list inside remember its size.
func (l readList) AggregateSize(s types.AggregateSizer) uint32 { return sizeOf(l.Lister, s) }

func sizeOf(v ref.Val, s types.AggregateSizer) uint32 {
	if v, ok := v.(types.AggregateSizeVisitor); ok {
		return v.AggregateSize(s)
	}
	return s.AggregateSize(v)
}

// decode makes a CEL value of strict JSON, and keeps raw. A number without a fraction that
// fits becomes an int, any other one a double.
func decode(raw []byte) (ref.Val, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw)) // a Buffer is read in place
	v, err := decodeNext(dec, raw)
	if err != nil {
		return nil, err
	}
	if rest := bytes.TrimLeft(raw[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, errors.New("text after the value")
	}
	return v, nil
}

func decodeNext(dec *jsontext.Decoder, raw []byte) (ref.Val, error) {
	t, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case 'n':
		return types.NullValue, nil
	case 't':
		return types.True, nil
	case 'f':
		return types.False, nil
	case '"':
		return types.String(t.String()), nil
	case '0':
		return decodeNumber(t.String())
	case '[':
		start := dec.InputOffset() - 1
		if dec.StackDepth() > maxValueDepth {
			return nil, errDepth
		}
		elems := []ref.Val{}
		for dec.PeekKind() != ']' {
			e, err := decodeNext(dec, raw)
			if err != nil {
				return nil, err
			}
			elems = append(elems, e)
		}
		if _, err = dec.ReadToken(); err != nil {
			return nil, err
		}
		return readList{types.NewRefValList(types.DefaultTypeAdapter, elems), raw[start:dec.InputOffset()]}, nil
	default: // '{': the decoder refuses all else
		start := dec.InputOffset() - 1
		if dec.StackDepth() > maxValueDepth {
			return nil, errDepth
		}
		members := map[ref.Val]ref.Val{}
		var keys []ref.Val
		for dec.PeekKind() != '}' {
			name, err := dec.ReadToken()
			if err != nil {
				return nil, err
			}
			key := types.String(name.String())
			keys = append(keys, key)
			if members[key], err = decodeNext(dec, raw); err != nil {
				return nil, err
			}
		}
		if _, err = dec.ReadToken(); err != nil {
			return nil, err
		}
		return readMap{types.NewRefValMap(types.DefaultTypeAdapter, members), keys, raw[start:dec.InputOffset()]}, nil
	}
}

func decodeNumber(s string) (ref.Val, error) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return types.Int(i), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fmt.Errorf("the number %.30s is out of range", s)
	}
	// 1.0 and 1e3 are whole numbers too: JSON has one kind of number.
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return types.Int(int64(f)), nil
	}
	return types.Double(f), nil
}

// encode makes compact JSON of a CEL value. The members of an object that an
// expression made are sorted by name. It fails beyond maxText bytes.
func encode(v ref.Val) (jsontext.Value, error) {
	return appendJSON(nil, v, 0)
}

func appendJSON(b []byte, v ref.Val, depth int) ([]byte, error) {
	if depth > maxValueDepth {
		return nil, errDepth
	}
	var err error
	switch v := v.(type) {
	case types.Null:
		b = append(b, "null"...)
	case types.Bool:
		b = strconv.AppendBool(b, bool(v))
	case types.Int:
		b = strconv.AppendInt(b, int64(v), 10)
	case types.Uint:
		b = strconv.AppendUint(b, uint64(v), 10)
	case types.Double:
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("the number %v has no JSON form", f)
		}
		b = append(b, jsontext.Float(f).String()...)
	case types.String:
		if len(b)+len(v) > maxText {
			return nil, errResult
		}
		if b, err = jsontext.AppendQuote(b, string(v)); err != nil {
			return nil, errors.New("a string in the result is not UTF-8")
		}
	case types.Bytes:
		if len(b)+len(v) > maxText {
			return nil, errResult
		}
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v)
		b = append(b, '"')
	case types.Timestamp, types.Duration:
		s, ok := v.ConvertToType(types.StringType).(types.String)
		if !ok {
			return nil, fmt.Errorf("a %s has no JSON form", v.Type().TypeName())
		}
		return appendJSON(b, s, depth)
	case *types.Optional:
		if !v.HasValue() {
			return append(b, "null"...), nil
		}
		return appendJSON(b, v.GetValue(), depth)
	case *types.Err:
		return nil, v
	case readMap:
		return appendRead(b, v.raw)
	case readList:
		return appendRead(b, v.raw)
	case traits.Mapper:
		return appendObject(b, v, depth)
	case traits.Lister:
		b = append(b, '[')
		size, _ := v.Size().(types.Int)
		for i := range size {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendJSON(b, v.Get(i), depth+1); err != nil {
				return nil, err
			}
		}
		b = append(b, ']')
	default:
		return nil, fmt.Errorf("a %s has no JSON form", v.Type().TypeName())
	}
	if len(b) > maxText {
		return nil, errResult
	}
	return b, nil
}

// appendRead appends the JSON that a value was read from.
func appendRead(b []byte, raw jsontext.Value) ([]byte, error) {
	b, err := jsontext.AppendFormat(b, raw)
	if err == nil && len(b) > maxText {
		return nil, errResult
	}
	return b, err
}

func appendObject(b []byte, m traits.Mapper, depth int) ([]byte, error) {
	type member struct {
		name  string
		value ref.Val
	}
	var members []member
	for it := m.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		name, ok := key.ConvertToType(types.StringType).(types.String)
		if !ok {
			return nil, fmt.Errorf("a %s cannot be a name in JSON", key.Type().TypeName())
		}
		members = append(members, member{string(name), m.Get(key)})
	}
	slices.SortFunc(members, func(x, y member) int {
		switch {
		case x.name < y.name:
			return -1
		case x.name > y.name:
			return 1
		}
		return 0
	})
	b = append(b, '{')
	for i, e := range members {
		if i > 0 {
			if members[i-1].name == e.name {
				return nil, fmt.Errorf("the name %.64q is twice in an object", e.name)
			}
			b = append(b, ',')
		}
		var err error
		if b, err = appendJSON(b, types.String(e.name), depth); err != nil {
			return nil, err
		}
		b = append(b, ':')
		if b, err = appendJSON(b, e.value, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// text is how a value is printed inside text: strings as they are, all else as
// JSON.
func text(v ref.Val) (string, error) {
	switch v := v.(type) {
	case types.String:
		if len(v) > maxText {
			return "", errResult
		}
		return string(v), nil
	case *types.Optional:
		if v.HasValue() {
			return text(v.GetValue())
		}
	case types.Bytes, types.Timestamp, types.Duration:
		b, err := encode(v)
		if err != nil {
			return "", err
		}
		return string(b[1 : len(b)-1]), nil
	}
	b, err := encode(v)
	return string(b), err
}
