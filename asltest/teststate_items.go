package asltest

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/items"
)

// readItems returns the items in MapItemReaderData, or how reading it fails. Without data the number of items is that of a mocked
// result.
func (t *stateTest) readItems(r *asl.ItemReader) ([]states.MapItem, *states.Failure) {
	if t.Configuration == nil || t.Configuration.MapItemReaderData == nil {
		var list []states.MapItem
		for _, v := range t.result.Elems() {
			list = append(list, states.MapItem{Value: v})
		}
		return list, nil
	}
	src := items.Source{
		Bucket: "test", Key: "test", InputType: r.InputType, CSVHeaderLocation: r.CSVHeaderLocation, CSVHeaders: r.CSVHeaders,
		CSVDelimiter: r.CSVDelimiter, ItemsPointer: r.ItemsPointer,
	}
	if src.InputType != "CSV" && src.InputType != "JSONL" || strings.HasSuffix(r.Resource, ":listObjectsV2") {
		src.InputType = "JSON"
	}
	var list []states.MapItem
	for item, err := range items.Read(context.Background(), oneObject{text: *t.Configuration.MapItemReaderData}, src) {
		if err != nil {
			cause := err.Error()
			if refused, ok := errors.AsType[*items.Error](err); ok {
				cause = refused.Cause
			}
			return nil, states.ReaderFailed(cause)
		}
		m := states.MapItem{Value: item.Value}
		if item.Keyed {
			m.Key = states.Some(item.Key)
		}
		list = append(list, m)
	}
	return list, nil
}

// oneObject is a place that has the same text under every name. It is only read from.
type oneObject struct {
	task.Objects
	text string
}

func (o oneObject) Get(context.Context, task.ObjectName) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(o.text)), nil
}
