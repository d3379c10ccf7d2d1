package intrinsic_test

import (
	"testing"

	"github.com/gait-engine/gait/internal/intrinsic"
	"github.com/gait-engine/gait/internal/value"
)

func FuzzIntrinsic(f *testing.F) {
	for _, s := range []string{
		`States.Format('a {} \{\'', $.s)`, `States.StringToJson('{"a":[1]}')`, `States.JsonToString($)`, `States.Array(1, -2.5e3, true, null, $.l[?(@.k == 'x, )')])`,
		`States.ArrayPartition($.l, 2)`, `States.ArrayContains($.l, States.Array())`, `States.ArrayRange(0, 9, 3)`, `States.ArrayGetItem($.l, 0)`, `States.ArrayLength($$.l)`,
		`States.ArrayUnique($x.l)`, `States.Base64Encode($.s)`, `States.Base64Decode('w7w=')`, `States.Hash($.s, 'SHA-256')`, `States.JsonMerge($, $, false)`,
		`States.MathRandom(1, 9)`, `States.MathRandom(-1, 9223372036854775807, 3)`, `States.MathAdd(1.5, $.l[0])`, `States.StringSplit($.s, ' ,')`, `States.UUID()`,
		`States.Format('{}')`, `States.Nope()`, `States.Array(`, `States.Array('\x')`,
	} {
		f.Add(s, `{"s":"a, b","l":[1,[],{"k":"x, )"},1.0]}`)
	}
	f.Fuzz(func(t *testing.T, text, document string) {
		call, err := intrinsic.Parse(text)
		if err != nil {
			if e := err.(*intrinsic.ParseError); e.Offset < 0 || e.Offset > len(text) {
				t.Errorf("%q: offset %d", text, e.Offset)
			}
		}
		if call == nil || len(document) > 4096 {
			return
		}
		if call.String() != text {
			t.Errorf("%q prints as %q", text, call)
		}
		doc, err := value.ParseString(document)
		if err != nil {
			return
		}
		r := roots{doc, map[string]value.Value{"x": doc}}
		a, errA := call.Eval(doc, r, new(counter))
		b, errB := call.Eval(doc, r, new(counter))
		if !a.Equal(b) || (errA == nil) != (errB == nil) {
			t.Errorf("%q of %s: %s, %v and then %s, %v", text, document, a, errA, b, errB)
		}
		if errA != nil {
			if e := errA.(*intrinsic.Error); e.Name != intrinsic.Runtime && e.Name != intrinsic.IntrinsicFailure {
				t.Errorf("%q: %v", text, errA)
			}
			return
		}
		if size := len(a.JSON()); size > 262144 || size != a.Size() {
			t.Errorf("%q of %s: %d bytes, Size %d", text, document, size, a.Size())
		}
	})
}
