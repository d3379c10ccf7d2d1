package asl_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gait-engine/gait/asl"
)

// machine20 is a machine of about 20 states of all types.
func machine20() []byte {
	var b strings.Builder
	b.WriteString(`{"StartAt":"S0","States":{`)
	for i := range 18 {
		next := fmt.Sprintf(`"Next":"S%d"`, i+1)
		switch i % 6 {
		case 0:
			fmt.Fprintf(&b, `"S%d":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f%d","Payload":{"a.$":"$.a","b.$":"States.Format('{}',$.b)","c":[1,2,{"d.$":"$$.Execution.Id"}]}},"ResultPath":"$.r%d","TimeoutSeconds":30,"Retry":[{"ErrorEquals":["A","B"],"MaxAttempts":2},{"ErrorEquals":["States.ALL"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"S18"}],%s},`, i, i, i, next)
		case 1:
			fmt.Fprintf(&b, `"S%d":{"Type":"Choice","Choices":[{"Variable":"$.x","NumericGreaterThan":%d,"Next":"S%d"},{"And":[{"Variable":"$.y","IsPresent":true},{"Variable":"$.y","StringMatches":"a*"}],"Next":"S18"}],"Default":"S%d"},`, i, i, i+1, i+1)
		case 2:
			fmt.Fprintf(&b, `"S%d":{"Type":"Pass","Parameters":{"k.$":"$.v[0].w","l":"text"},"ResultPath":"$.p",%s},`, i, next)
		case 3:
			fmt.Fprintf(&b, `"S%d":{"Type":"Wait","SecondsPath":"$.s",%s},`, i, next)
		case 4:
			fmt.Fprintf(&b, `"S%d":{"Type":"Parallel","Branches":[{"StartAt":"S%da","States":{"S%da":{"Type":"Pass","End":true}}}],%s},`, i, i, i, next)
		case 5:
			fmt.Fprintf(&b, `"S%d":{"Type":"Map","ItemsPath":"$.items","ItemSelector":{"i.$":"$$.Map.Item.Value"},"MaxConcurrency":4,"ItemProcessor":{"StartAt":"S%da","States":{"S%da":{"Type":"Pass","End":true}}},%s},`, i, i, i, next)
		}
	}
	b.WriteString(`"S18":{"Type":"Succeed"}}}`)
	return []byte(b.String())
}

func BenchmarkCompile20States(b *testing.B) {
	src := machine20()
	if _, err := asl.Compile(src, asl.Options{}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := asl.Compile(src, asl.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzCompile wants no panic, no hang, the same answer twice, and diagnostics that are sorted, bounded and placed.
func FuzzCompile(f *testing.F) {
	f.Add(machine20(), false)
	for _, s := range []string{
		"", "{", "[]", "not json", `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`, `{"a":1,"a":2}`, `{"States":{"A":1}}`,
		`{"StartAt":"A","QueryLanguage":"JSONata","States":{"A":{"Type":"Pass","Assign":{"x":"{% 1 %}"},"Output":"{% $x","End":true}}}`,
		`{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Not":{"And":[]},"Next":"B"}]}}}`,
		`{"QueryLanguage":"JSONata","StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","Arguments":{"a":["{% $x + $states.input.y[a>1] %}"]},"Output":"{% $states.result %}","Catch":[{"ErrorEquals":["States.ALL"],"Next":"T"}],"End":true}}}`,
		`{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":"$v.b","c.$":"States.Format('{}', $$.x)"},"Assign":{"v.$":"$.a[?(@.b==1)]"},"End":true}}}`,
		`{"Type":"Choice","Choices":[{"Variable":"$v","IsNull":true,"Next":"A"}],"Default":"B"}`,
		`{"StartAt":"A","States":{"A":{"Type":"Map","MaxConcurrency":1e999,"Label":"x y","Iterator":{}}}}`,
	} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, src []byte, express bool) {
		opts := asl.Options{Express: express}
		_, _ = asl.Compile(src, asl.Options{Single: "S", AnyResource: true})
		m, err := asl.Compile(src, opts)
		if (m == nil) == (err == nil) {
			t.Fatalf("machine %v and error %v", m, err)
		}
		all := asl.Validate(src, opts)
		if again := asl.Validate(src, opts); fmt.Sprint(again) != fmt.Sprint(all) {
			t.Fatalf("unstable:\n%v\n%v", all, again)
		}
		if len(all) > 100 {
			t.Fatalf("%d diagnostics", len(all))
		}
		refused := false
		for _, d := range all {
			refused = refused || d.Severity == asl.SeverityError
			if d.Line < 1 || d.Column < 1 || d.Code == "" || d.Message == "" {
				t.Fatalf("incomplete: %#v", d)
			}
		}
		if refused != (err != nil) {
			t.Fatalf("Compile says %v, Validate %v", err, all)
		}
		if err == nil && json.Valid(src) {
			for _, fl := range m.Flows {
				for i, s := range fl.States {
					if id, ok := fl.Lookup(s.Common().Name); !ok || int(id) != i {
						t.Fatalf("Lookup(%q) = %d, %v", s.Common().Name, id, ok)
					}
					for _, e := range asl.Transitions(s) {
						if !e.End && (e.Target < 0 || int(e.Target) >= len(fl.States)) {
							t.Fatalf("edge %+v of %q leaves the flow", e, s.Common().Name)
						}
					}
				}
			}
		}
	})
}
