package pathway

import (
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// object is a CEL map with string keys whose members are made when they are
// looked at. All but the look-ups work on the whole map, made then.
type object map[string]lazy

var _ traits.Mapper = object(nil)

func (o object) whole() traits.Mapper {
	m := make(map[ref.Val]ref.Val, len(o))
	for k, v := range o {
		m[types.String(k)] = v()
	}
	return types.NewRefValMap(types.DefaultTypeAdapter, m)
}

// Find looks up one member.
func (o object) Find(key ref.Val) (ref.Val, bool) {
	if k, ok := key.(types.String); ok {
		if v, ok := o[string(k)]; ok {
			return v(), true
		}
	}
	return nil, false
}

// Get is Find, with an error for a member that is not there.
func (o object) Get(key ref.Val) ref.Val {
	if v, ok := o.Find(key); ok {
		return v
	}
	return types.ValOrErr(key, "no such key: %v", key)
}

// Contains tells whether there is such a member.
func (o object) Contains(key ref.Val) ref.Val {
	_, ok := o.Find(key)
	return types.Bool(ok)
}

// Size counts the members.
func (o object) Size() ref.Val { return types.Int(len(o)) }

// Type is that of all CEL maps.
func (o object) Type() ref.Type { return types.MapType }

// Equal compares the whole map.
func (o object) Equal(other ref.Val) ref.Val {
	if m, ok := other.(interface{ whole() traits.Mapper }); ok {
		other = m.whole()
	}
	return o.whole().Equal(other)
}

// Iterator goes over the keys.
func (o object) Iterator() traits.Iterator { return o.whole().Iterator() }

// Value is the map for Go.
func (o object) Value() any { return o.whole().Value() }

// ConvertToNative makes a Go value of the whole map.
func (o object) ConvertToNative(t reflect.Type) (any, error) { return o.whole().ConvertToNative(t) }

// ConvertToType converts between CEL types.
func (o object) ConvertToType(t ref.Type) ref.Val { return o.whole().ConvertToType(t) }

// nodeOutputs is the variable nodes. It notes which id was not there, for a
// message about it.
type nodeOutputs struct {
	object
	noteTo *activation
}

// Find looks up one node.
func (n nodeOutputs) Find(key ref.Val) (ref.Val, bool) {
	v, ok := n.object.Find(key)
	if k, isString := key.(types.String); !ok && isString {
		n.noteTo.missed, n.noteTo.seen = string(k), true
	}
	return v, ok
}
