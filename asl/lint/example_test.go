package lint_test

import (
	"fmt"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asl/lint"
)

func ExampleCheck() {
	src, err := asl.Read("order.asl.yaml", []byte(`
StartAt: Charge
States:
  Charge:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Next: Paid?
  Paid?:
    Type: Choice
    Choices:
      - {Variable: $.status, StringEquals: ok, Next: Done}
    Default: Done
  Done:
    Type: Succeed
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := lint.Check(src, lint.Config{Ignore: []string{"lambda-without-retry"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range found {
		fmt.Println(f)
		fmt.Println("  hint:", f.Hint)
	}
	// Output:
	// 9:5: warning: All rules and Default lead to the same state [choice-without-effect]
	//   hint: remove the Choice, or correct the targets
	// 11:20: warning: The path $.status selects nothing: no earlier state puts it into the input [path-not-produced]
	//   hint: no document that reaches this state has "status"; what is there: ExecutedVersion, FunctionError, LogResult, Payload, SdkHttpMetadata, SdkResponseMetadata, StatusCode
}
