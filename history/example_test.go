package history_test

import (
	"fmt"

	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

func ExamplePage() {
	log := history.Memory([]states.Record{
		{Type: states.ExecutionStarted, Doc: value.Obj(), HasDoc: true, At: 1_731_600_000_000},
		{Type: states.SucceedStateEntered, Name: "Done", Doc: value.Obj(), HasDoc: true, At: 1_731_600_000_001},
	})
	page, err := history.Page(log, history.PageQuery{Max: 1, Reverse: true}, history.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range page.Events {
		fmt.Println(string(e.AppendJSON(nil)))
	}
	fmt.Println("next:", page.Next)
	// Output:
	// {"timestamp":1731600000.001,"type":"SucceedStateEntered","id":2,"previousEventId":0,"stateEnteredEventDetails":{"name":"Done","input":"{}","inputDetails":{"truncated":false}}}
	// next: 1
}
