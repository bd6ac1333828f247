package pathway

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// The functions of the language that neither CEL nor its libraries have. What
// they make is bounded by their arguments or by a guard of their own, so that
// the cost, which is charged after a call, comes in time.

// library is these functions, each with its cost.
type library struct{}

// ProgramOptions are none.
func (library) ProgramOptions() []cel.ProgramOption { return nil }

// CompileOptions declares them.
func (library) CompileOptions() []cel.EnvOption {
	text, whole, list, object := cel.StringType, cel.IntType, cel.ListType(cel.DynType), cel.MapType(cel.DynType, cel.DynType)
	is := func(args ...*cel.Type) []*cel.Type { return args }
	value := cel.DynType
	scanned := costOf(cost.Arg(0))
	walked := func(what cost.QuantityExpr) cost.OverloadModelOption {
		return cost.EvalCost(cost.Sum(cost.Const(cost.CallCost), cost.Length(what)))
	}
	own := cost.EvalCost(cost.Sum(cost.Const(cost.CallCost), cost.StringScan(cost.Length(cost.Target()))))
	return []cel.EnvOption{
		// JSON
		cel.Function("json", cel.Overload("json_string", is(text), value, cel.UnaryBinding(fromText))),
		cel.Function("toJson", cel.Overload("to_json_dyn", is(value), text, cel.UnaryBinding(toText))),
		// text
		cel.Function("lower", cel.MemberOverload("string_lower", is(text), text, cel.UnaryBinding(ofText(strings.ToLower)))),
		cel.Function("upper", cel.MemberOverload("string_upper", is(text), text, cel.UnaryBinding(ofText(strings.ToUpper)))),
		cel.Function("truncate", cel.MemberOverload("string_truncate_int", is(text, whole), text, cel.BinaryBinding(truncate))),
		cel.Function("hash.sha256",
			cel.Overload("hash_sha256_string", is(text), text, cel.UnaryBinding(sha256Hex)),
			cel.Overload("hash_sha256_bytes", is(cel.BytesType), text, cel.UnaryBinding(sha256Hex))),
		cel.Function("base64.encode",
			cel.Overload("base64_encode_string", is(text), text, cel.UnaryBinding(ofText(func(s string) string {
				return base64.StdEncoding.EncodeToString([]byte(s))
			})))),
		cel.Function("url.encode", cel.Overload("url_encode_string", is(text), text, cel.UnaryBinding(ofText(escape)))),
		cel.Function("url.decode", cel.Overload("url_decode_string", is(text), text, cel.UnaryBinding(unescape))),
		cel.Function("url.query", cel.Overload("url_query_map", is(object), text, cel.UnaryBinding(query))),
		// objects
		cel.Function("keys", cel.MemberOverload("map_keys", is(object), list, cel.UnaryBinding(ofMembers(func(k, _ ref.Val) ref.Val { return k })))),
		cel.Function("values", cel.MemberOverload("map_values", is(object), list, cel.UnaryBinding(ofMembers(func(_, v ref.Val) ref.Val { return v })))),
		cel.Function("entries", cel.MemberOverload("map_entries", is(object), list, cel.UnaryBinding(ofMembers(entry)))),
		cel.Function("merge", cel.MemberOverload("map_merge_map", is(object, object), object, cel.BinaryBinding(merge))),
		cel.Function("@inorder",
			cel.Overload("in_order", is(cel.TypeParamType("T")), cel.TypeParamType("T"), cel.UnaryBinding(inOrder))),
		// lists
		cel.Function("sum", cel.MemberOverload("list_sum", is(list), value, cel.UnaryBinding(sum))),
		cel.Function("chunks", cel.MemberOverload("list_chunks_int", is(list, whole), cel.ListType(list), cel.BinaryBinding(chunks))),
		cel.Function("lists.zip", cel.Overload("lists_zip", is(list, list), cel.ListType(list), cel.BinaryBinding(zip))),
		// what is not there
		cel.Function("coalesce",
			cel.Overload("coalesce_2", is(value, value), value, cel.BinaryBinding(func(x, y ref.Val) ref.Val { return coalesce(x, y) })),
			cel.Overload("coalesce_3", is(value, value, value), value, cel.FunctionBinding(coalesce)),
			cel.Overload("coalesce_4", is(value, value, value, value), value, cel.FunctionBinding(coalesce))),
		// times
		cel.Function("time.format",
			cel.Overload("time_format", is(cel.TimestampType, text), text, cel.FunctionBinding(formatTime)),
			cel.Overload("time_format_zone", is(cel.TimestampType, text, text), text, cel.FunctionBinding(formatTime))),
		cel.Function("time.parse",
			cel.Overload("time_parse", is(text, text), cel.TimestampType, cel.FunctionBinding(parseTime)),
			cel.Overload("time_parse_zone", is(text, text, text), cel.TimestampType, cel.FunctionBinding(parseTime))),

		cel.CostModel(
			cost.Overload("json_string", scanned),
			cost.Overload("to_json_dyn", costOf(cost.Result())),
			cost.Overload("base64_decode_string", scanned),
			cost.Overload("base64_encode_bytes", scanned),
			cost.Overload("base64_encode_string", scanned),
			cost.MemberOverload("string_format", costOf(cost.Result())),
			cost.MemberOverload("string_lower", own),
			cost.MemberOverload("string_upper", own),
			cost.MemberOverload("string_truncate_int", own),
			cost.Overload("hash_sha256_string", scanned),
			cost.Overload("hash_sha256_bytes", scanned),
			cost.Overload("url_encode_string", scanned),
			cost.Overload("url_decode_string", scanned),
			cost.Overload("url_query_map", costOf(cost.Result())),
			cost.MemberOverload("map_keys", walked(cost.Result())),
			cost.MemberOverload("map_values", walked(cost.Result())),
			cost.MemberOverload("map_entries", walked(cost.Result())),
			cost.MemberOverload("map_merge_map", walked(cost.Result())),
			cost.MemberOverload("list_sum", walked(cost.Target())),
			cost.MemberOverload("list_chunks_int", walked(cost.Target())),
			cost.Overload("lists_zip", walked(cost.Arg(0))),
			cost.Overload("time_format", scanned),
			cost.Overload("time_format_zone", scanned),
			cost.Overload("time_parse", scanned),
			cost.Overload("time_parse_zone", scanned),
		),
	}
}

// costOf charges a call by the length of a text.
func costOf(text cost.QuantityExpr) cost.OverloadModelOption {
	return cost.EvalCost(cost.Sum(cost.Const(cost.CallCost), cost.StringScan(cost.Length(text))))
}

// fromText is json(text): strict JSON to a value.
func fromText(arg ref.Val) ref.Val {
	s, ok := arg.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(arg)
	}
	if len(s) > maxText {
		return types.NewErr("json: the text has more than %d bytes", maxText)
	}
	v, err := decode([]byte(s))
	if err != nil {
		return types.NewErr("json: %s", bounded(err.Error(), 200))
	}
	return v
}

// toText is toJson(value): compact JSON with sorted names.
func toText(arg ref.Val) ref.Val {
	b, err := encode(arg)
	if err != nil {
		return types.NewErr("toJson: %v", err)
	}
	return types.String(b)
}

// ofText is a function from text to text whose result is at most some times as
// long, so only that is looked at.
func ofText(do func(string) string) func(ref.Val) ref.Val {
	return func(arg ref.Val) ref.Val {
		s, ok := arg.(types.String)
		if !ok {
			return types.MaybeNoSuchOverloadErr(arg)
		}
		if len(s) > maxText {
			return tooLong()
		}
		made := do(string(s))
		if len(made) > maxText {
			return tooLong()
		}
		return types.String(made)
	}
}

// truncate is text.truncate(n): its first n characters.
func truncate(text, most ref.Val) ref.Val {
	s, ok := text.(types.String)
	n, okN := most.(types.Int)
	switch {
	case !ok || !okN:
		return types.MaybeNoSuchOverloadErr(text)
	case n < 0:
		return types.NewErr("truncate: %d is no length", n)
	}
	for i := range string(s) {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// sha256Hex is hash.sha256(text or bytes), in hex digits.
func sha256Hex(arg ref.Val) ref.Val {
	var h [sha256.Size]byte
	switch v := arg.(type) {
	case types.String:
		h = sha256.Sum256([]byte(v))
	case types.Bytes:
		h = sha256.Sum256(v)
	default:
		return types.MaybeNoSuchOverloadErr(arg)
	}
	return types.String(hex.EncodeToString(h[:]))
}

// escape writes all but RFC 3986's unreserved characters as %XX, so that the
// text fits any part of a URL.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func unescape(arg ref.Val) ref.Val {
	s, ok := arg.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(arg)
	}
	t, err := url.QueryUnescape(string(s))
	if err != nil || !utf8.ValidString(t) {
		return types.NewErr("url.decode: the text is not encoded for a URL")
	}
	return types.String(t)
}

// query is url.query(object): name=value&..., by name; a list gives its name
// once for each element, null and what is absent nothing.
func query(arg ref.Val) ref.Val {
	m, ok := arg.(traits.Mapper)
	if !ok {
		return types.MaybeNoSuchOverloadErr(arg)
	}
	var b strings.Builder
	add := func(name string, v ref.Val) error {
		t, err := text(v)
		if err != nil {
			return err
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(name) + "=" + escape(t))
		if b.Len() > maxText {
			return errResult
		}
		return nil
	}
	for _, k := range sortedKeys(m) {
		values := []ref.Val{m.Get(k)}
		if list, ok := values[0].(traits.Lister); ok {
			values = elements(list)
		}
		name, err := text(k)
		for _, v := range values {
			if v, there := present(v); err == nil && there {
				err = add(name, v)
			}
		}
		if err != nil {
			return types.NewErr("url.query: %v", err)
		}
	}
	return types.String(b.String())
}

// ofMembers is a function from an object to a list with something of each
// member, in the object's order.
func ofMembers(of func(k, v ref.Val) ref.Val) func(ref.Val) ref.Val {
	return func(arg ref.Val) ref.Val {
		m, ok := inOrder(arg).(traits.Mapper)
		if !ok {
			return types.MaybeNoSuchOverloadErr(arg)
		}
		var made []ref.Val
		for it := m.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			made = append(made, of(k, m.Get(k)))
		}
		return listOf(made)
	}
}

func entry(k, v ref.Val) ref.Val {
	return types.NewRefValMap(types.DefaultTypeAdapter, map[ref.Val]ref.Val{types.String("key"): k, types.String("value"): v})
}

// merge is a.merge(b): the members of both, b's where both have one.
func merge(x, y ref.Val) ref.Val {
	both := map[ref.Val]ref.Val{}
	for _, arg := range []ref.Val{x, y} {
		m, ok := arg.(traits.Mapper)
		if !ok {
			return types.MaybeNoSuchOverloadErr(arg)
		}
		for it := m.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			both[k] = m.Get(k)
		}
	}
	return types.NewRefValMap(types.DefaultTypeAdapter, both)
}

// sum is list.sum(): an int when all are, else a double.
func sum(arg ref.Val) ref.Val {
	list, ok := arg.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(arg)
	}
	var total ref.Val = types.IntZero
	for _, e := range elements(list) {
		switch v := e.(type) {
		case types.Int:
			if t, ok := total.(types.Double); ok {
				total = t + types.Double(v)
			} else if total = total.(traits.Adder).Add(v); types.IsError(total) { //nolint:forcetypeassert // both are ints
				return total
			}
		case types.Double:
			switch t := total.(type) {
			case types.Int:
				total = types.Double(t) + v
			case types.Double:
				total = t + v
			}
		default:
			return types.NewErr("sum: a %s is no number", typeName(e))
		}
	}
	return total
}

// chunks is list.chunks(n): the elements in lists of n, the last with the rest.
func chunks(arg, size ref.Val) ref.Val {
	list, ok := arg.(traits.Lister)
	n, okN := size.(types.Int)
	switch {
	case !ok || !okN:
		return types.MaybeNoSuchOverloadErr(arg)
	case n < 1:
		return types.NewErr("chunks: %d is no length of a list", n)
	}
	var made []ref.Val
	for part := range slices.Chunk(elements(list), int(min(n, maxItems))) {
		made = append(made, listOf(part))
	}
	return listOf(made)
}

// zip is lists.zip(a, b): pairs of elements, as many as the shorter list has.
func zip(x, y ref.Val) ref.Val {
	a, ok := x.(traits.Lister)
	b, okB := y.(traits.Lister)
	if !ok || !okB {
		return types.MaybeNoSuchOverloadErr(x)
	}
	left, right := elements(a), elements(b)
	made := make([]ref.Val, min(len(left), len(right)))
	for i := range made {
		made[i] = listOf([]ref.Val{left[i], right[i]})
	}
	return listOf(made)
}

// coalesce gives the first argument that is there and not null.
func coalesce(args ...ref.Val) ref.Val {
	for _, arg := range args {
		if v, there := present(arg); there {
			return v
		}
	}
	return types.NullValue
}

// present gives what is in an optional, and tells whether it is something.
func present(v ref.Val) (ref.Val, bool) {
	if o, ok := v.(*types.Optional); ok {
		if !o.HasValue() {
			return nil, false
		}
		v = o.GetValue()
	}
	return v, v != types.NullValue
}

func listOf(elems []ref.Val) ref.Val { return types.NewRefValList(types.DefaultTypeAdapter, elems) }

func elements(list traits.Lister) []ref.Val {
	n, _ := list.Size().(types.Int)
	all := make([]ref.Val, n)
	for i := range n {
		all[i] = list.Get(i)
	}
	return all
}

// inOrder gives an object whose members come in an order: the one in which they
// were read, else by name. What is no object it gives as it is.
func inOrder(v ref.Val) ref.Val {
	switch m := v.(type) {
	case readMap, ordered:
		return v
	case traits.Mapper:
		return ordered{m, sortedKeys(m)}
	}
	return v
}

// sortedKeys gives the keys of an object: numbers first, then names.
func sortedKeys(m traits.Mapper) []ref.Val {
	var keys []ref.Val
	for it := m.Iterator(); it.HasNext() == types.True; {
		keys = append(keys, it.Next())
	}
	slices.SortFunc(keys, func(x, y ref.Val) int {
		if c, ok := x.(traits.Comparer); ok {
			if n, ok := c.Compare(y).(types.Int); ok {
				return int(n)
			}
		}
		return strings.Compare(fmt.Sprint(typeName(x), x), fmt.Sprint(typeName(y), y))
	})
	return keys
}

// ordered is an object whose members come in a certain order.
type ordered struct {
	traits.Mapper
	keys []ref.Val
}

// Iterator goes over the keys in their order.
func (o ordered) Iterator() traits.Iterator { return &keyIterator{keys: o.keys} }

// AggregateSize lets the object inside remember its size.
func (o ordered) AggregateSize(s types.AggregateSizer) uint32 { return sizeOf(o.Mapper, s) }

// keyIterator goes over keys. Of a value it has only what a loop asks for.
type keyIterator struct {
	ref.Val
	keys []ref.Val
}

// HasNext tells whether there is one more.
func (i *keyIterator) HasNext() ref.Val { return types.Bool(len(i.keys) > 0) }

// Next gives it.
func (i *keyIterator) Next() ref.Val {
	if len(i.keys) == 0 {
		return nil
	}
	k := i.keys[0]
	i.keys = i.keys[1:]
	return k
}
