package pathway

import (
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// openCalls charges the calls whose overload is known only when they are made,
// which CEL's model takes for free: most of what is done to values from JSON
// that is not text for sure.
type openCalls struct{}

// CallCost charges what a call reads and makes; nil leaves it to the model.
func (openCalls) CallCost(function, overload string, args []ref.Val, result ref.Val) *uint64 {
	if overload != "" {
		return nil
	}
	total := cost.CallCost
	for _, v := range args {
		switch v := v.(type) {
		case types.String:
			total += uint64(len(v)) / 10
		case types.Bytes:
			total += uint64(len(v)) / 10
		case traits.Lister:
			if n, _ := v.Size().(types.Int); function != "_+_" && function != "size" && function != "_[_]" { // those take no steps
				total += uint64(max(n, 0))
			}
		}
	}
	switch v := result.(type) {
	case types.String:
		total += uint64(len(v)) / 10
	case types.Bytes:
		total += uint64(len(v)) / 10
	}
	return &total
}
