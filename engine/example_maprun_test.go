package engine_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// A distributed Map works on the rows of a file. What fails is tolerated, and looked at afterwards.
func ExampleEngine_ListMapRuns() {
	ctx := context.Background()
	files := &task.MemoryObjects{} // task.OpenDir for files on disk
	if err := files.Put(ctx, task.ObjectName{Bucket: "in", Key: "orders.csv"}, []byte("id,total\n1,20\n2,none\n3,5\n")); err != nil {
		log.Fatal(err)
	}
	var tasks task.Mux
	tasks.Handle("gait:charge", task.Func(func(_ context.Context, row map[string]string) (string, error) {
		if row["total"] == "none" {
			return "", task.Errorf("Order.Bad", "order %s has no total", row["id"])
		}
		return "charged " + row["total"], nil
	}))
	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks, Objects: files})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if _, err := e.Deploy(ctx, "orders", []byte(`{
		"StartAt": "Each", "States": {"Each": {
			"Type": "Map", "MaxConcurrency": 10, "ToleratedFailureCount": 1, "End": true,
			"ItemReader": {
				"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key": "orders.csv"},
				"ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}},
			"ItemProcessor": {
				"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
				"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": "gait:charge", "End": true}}}}}}`)); err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "orders", nil)
	if err != nil {
		log.Fatal(err)
	}
	r, err := e.Wait(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(r.Output))
	for run, err := range e.ListMapRuns(ctx, id) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(run.Status, run.Items.Succeeded, "of", run.Items.Total)
		for child, err := range e.List(ctx, engine.Filter{MapRun: run.ARN}) {
			if err != nil {
				log.Fatal(err)
			}
			if d, err := e.Describe(ctx, child.ID); err == nil && d.Error != "" {
				fmt.Println(d.Error, d.Cause, string(d.Input))
			}
		}
	}
	// Output:
	// ["charged 20","charged 5"]
	// SUCCEEDED 2 of 3
	// Order.Bad order 2 has no total {"id":"2","total":"none"}
}
