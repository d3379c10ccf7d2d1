package conformance

import (
	"context"
	"slices"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// givenObjects returns the objects that a case finds in S3: those of s3Objects, by bucket and key, and those that its setup puts.
func givenObjects(doc value.Value) task.Objects {
	objects := &task.MemoryObjects{}
	put := func(bucket, key, body string) {
		_ = objects.Put(context.Background(), task.ObjectName{Bucket: bucket, Key: key}, []byte(body)) // memory takes everything
	}
	for bucket, keys := range get(doc, "s3Objects").All() {
		for key, body := range keys.All() {
			put(bucket, key, body.Str())
		}
	}
	for _, call := range slices.Concat(get(doc, "setup").Elems(), get(doc, "otherServices").Elems()) {
		if r := get(call, "request"); str(call, "service") == "s3" && str(call, "operation") == "PutObject" {
			put(str(r, "Bucket"), str(r, "Key"), str(r, "Body"))
		}
	}
	return objects
}
