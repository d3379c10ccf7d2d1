package engine_test

import (
	"context"
	"testing"

	"github.com/gait-engine/gait/engine"
)

// BenchmarkNested runs parents that wait for one child each, many at once, on SQLite.
func BenchmarkNested(b *testing.B) {
	e := open(b, engine.Config{Store: openStore(b, "sqlite", b.TempDir())})
	deploy(b, e, "child", `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`)
	deploy(b, e, "parent", `{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
		"Parameters":{"StateMachineArn":"`+childARN+`","Input.$":"$"},"End":true}}}`)
	b.ReportAllocs()
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id, err := e.Start(context.Background(), "parent", []byte(`{"a":1}`))
			if err == nil {
				_, err = e.Wait(context.Background(), id)
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}
