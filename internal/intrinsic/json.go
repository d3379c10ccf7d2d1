package intrinsic

import (
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// stringToJSON is States.StringToJson(string): the document in the text; null for a blank text (recorded).
func stringToJSON(args []value.Value) (value.Value, error) {
	s, err := text(args, 0)
	if err != nil {
		return value.Value{}, err
	}
	if strings.Trim(s, " \t\n\r") == "" {
		return value.Value{}, nil
	}
	v, err := value.ParseString(s)
	if err != nil {
		return value.Value{}, failf("Invalid JSON: %s", err.Error())
	}
	if v.NumberText() == "-0" { // recorded: 0
		v = value.FromInt(0)
	}
	return v, nil
}

// jsonToString is States.JsonToString(value): its compact JSON text, members in order.
func jsonToString(args []value.Value) (value.Value, error) {
	if size := args[0].Size(); size > maxResult {
		return value.Value{}, tooLarge(size)
	}
	return value.FromString(args[0].JSON()), nil
}

// jsonMerge is States.JsonMerge(a, b, false): the members of a, replaced or followed by those of b. Deep merging is not available.
func jsonMerge(args []value.Value) (value.Value, error) {
	for i := range 2 {
		if err := want(args, i, value.Object); err != nil {
			return value.Value{}, err
		}
	}
	if err := want(args, 2, value.Bool); err != nil {
		return value.Value{}, err
	}
	if args[2].Bool() {
		return value.Value{}, failf("Deep merging is not supported: the third argument must be false")
	}
	members := make([]value.Member, 0, args[0].Len()+args[1].Len())
	members = append(members, args[0].Members()...)
	return value.FromMembers(append(members, args[1].Members()...)), nil
}
