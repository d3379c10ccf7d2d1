package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// CallerObjects are the objects of S3, or of what speaks like it, behind a [Caller]: it makes the calls getObject, listObjectsV2 and
// putObject of the service "s3". The bodies of objects travel as texts, so those that gzip packed need an implementation of
// [Objects] of their own.
type CallerObjects struct{ Caller Caller }

var _ Objects = CallerObjects{}

// Get implements [Objects].
func (c CallerObjects) Get(ctx context.Context, name ObjectName) (io.ReadCloser, error) {
	in := map[string]any{"Bucket": name.Bucket, "Key": name.Key}
	if name.VersionID != "" {
		in["VersionId"] = name.VersionID
	}
	var out struct{ Body string }
	if err := c.call(ctx, "getObject", in, &out); err != nil {
		return nil, err
	}
	return io.NopCloser(strings.NewReader(out.Body)), nil
}

// List implements [Objects].
func (c CallerObjects) List(ctx context.Context, bucket, prefix, after string, limit int) ([]Object, error) {
	in := map[string]any{"Bucket": bucket, "MaxKeys": limit}
	if prefix != "" {
		in["Prefix"] = prefix
	}
	if after != "" {
		in["StartAfter"] = after
	}
	var out struct {
		Contents []struct {
			Key, ETag, StorageClass string
			Size                    int64
			LastModified            objectTime
		}
	}
	if err := c.call(ctx, "listObjectsV2", in, &out); err != nil {
		return nil, err
	}
	page := make([]Object, 0, len(out.Contents))
	for _, o := range out.Contents {
		page = append(page, Object{Key: o.Key, Size: o.Size, ETag: strings.Trim(o.ETag, `"`), Modified: o.LastModified.Time, StorageClass: o.StorageClass})
	}
	return page, nil
}

// Put implements [Objects].
func (c CallerObjects) Put(ctx context.Context, name ObjectName, body []byte) error {
	return c.call(ctx, "putObject", map[string]any{"Bucket": name.Bucket, "Key": name.Key, "Body": string(body)}, &struct{}{})
}

func (c CallerObjects) call(ctx context.Context, action string, in map[string]any, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("task: objects: %w", err)
	}
	answer, err := c.Caller.Call(ctx, "s3", action, raw)
	if err == nil && len(answer) > 0 {
		err = json.Unmarshal(answer, out)
	}
	var refused *ServiceError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && refused.Code == "NoSuchBucket":
		return fmt.Errorf("%w: %.64q", ErrNoBucket, in["Bucket"])
	case errors.As(err, &refused) && (refused.Code == "NoSuchKey" || refused.Code == "NoSuchVersion"):
		return fmt.Errorf("%w: %.64q in %.64q", ErrNoObject, in["Key"], in["Bucket"])
	}
	return fmt.Errorf("task: objects: %s: %w", action, err)
}

// objectTime is a time as a Caller gives it: milliseconds since 1970, or ISO 8601.
type objectTime struct{ time.Time }

// UnmarshalJSON reads either form.
func (t *objectTime) UnmarshalJSON(src []byte) error {
	var ms float64
	if json.Unmarshal(src, &ms) == nil {
		t.Time = time.UnixMilli(int64(ms)).UTC()
		return nil
	}
	return json.Unmarshal(src, &t.Time)
}
