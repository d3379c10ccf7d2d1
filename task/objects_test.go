package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task"
)

func openDir(t *testing.T, dir string) *task.DirObjects {
	t.Helper()
	d, err := task.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestObjectsKeepWhatIsPut(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, objects := range map[string]task.Objects{"memory": &task.MemoryObjects{}, "directory": openDir(t, t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"b/2", "a", "b/1", "b/10", "c"} {
				if err := objects.Put(ctx, task.ObjectName{Bucket: "one", Key: key}, []byte("old")); err != nil {
					t.Fatal(err)
				}
				if err := objects.Put(ctx, task.ObjectName{Bucket: "one", Key: key}, []byte("in "+key)); err != nil {
					t.Fatal(err)
				}
			}
			body, err := objects.Get(ctx, task.ObjectName{Bucket: "one", Key: "b/1"})
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(body); err != nil || string(text) != "in b/1" {
				t.Errorf("Get: %q, %v", text, err)
			}
			if err := body.Close(); err != nil {
				t.Error(err)
			}
			var keys []string
			for after := ""; ; {
				page, err := objects.List(ctx, "one", "b/", after, 2)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				for _, o := range page {
					keys = append(keys, o.Key)
					if o.Size != int64(len("in "+o.Key)) || len(o.ETag) != 32 {
						t.Errorf("listed %+v", o)
					}
				}
				after = page[len(page)-1].Key
			}
			if diff := cmp.Diff([]string{"b/1", "b/10", "b/2"}, keys); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
			if _, err := objects.Get(ctx, task.ObjectName{Bucket: "one", Key: "z"}); !errors.Is(err, task.ErrNoObject) {
				t.Errorf("Get of a key that is not there: %v, want ErrNoObject", err)
			}
			if _, err := objects.Get(ctx, task.ObjectName{Bucket: "two", Key: "a"}); !errors.Is(err, task.ErrNoBucket) {
				t.Errorf("Get from a bucket that is not there: %v, want ErrNoBucket", err)
			}
			if _, err := objects.List(ctx, "two", "", "", 10); !errors.Is(err, task.ErrNoBucket) {
				t.Errorf("List of a bucket that is not there: %v, want ErrNoBucket", err)
			}
		})
	}
}

func TestFSObjectsAreReadOnly(t *testing.T) {
	t.Parallel()
	objects := task.FSObjects{FS: fstest.MapFS{"b/x/1": {Data: []byte("one")}, "b/2": {Data: []byte("two")}, "c": {}}}
	page, err := objects.List(t.Context(), "b", "x", "", 10)
	if err != nil || len(page) != 1 || page[0].Key != "x/1" || page[0].Size != 3 {
		t.Errorf("List: %+v, %v", page, err)
	}
	if _, err := objects.List(t.Context(), "c", "", "", 10); !errors.Is(err, task.ErrNoBucket) {
		t.Errorf("List of a file: %v, want ErrNoBucket", err)
	}
	body, err := objects.Get(t.Context(), task.ObjectName{Bucket: "b", Key: "2"})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(body); err != nil || string(text) != "two" {
		t.Errorf("Get: %q, %v", text, err)
	}
	if _, err := objects.Get(t.Context(), task.ObjectName{Bucket: "b", Key: "x"}); !errors.Is(err, task.ErrNoObject) {
		t.Errorf("Get of a directory: %v, want ErrNoObject", err)
	}
	if err := objects.Put(t.Context(), task.ObjectName{Bucket: "b", Key: "3"}, nil); err == nil {
		t.Error("Put did not fail")
	}
}

func TestCallerObjectsSpeakToS3(t *testing.T) {
	t.Parallel()
	stored := map[string]string{}
	objects := task.CallerObjects{Caller: task.CallerFunc(func(_ context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
		var in struct {
			Bucket, Key, Prefix, StartAfter, Body string
			MaxKeys                               int
		}
		if err := json.Unmarshal(input, &in); err != nil || service != "s3" {
			t.Errorf("%s:%s %s: %v", service, action, input, err)
		}
		if in.Bucket != "b" {
			return nil, &task.ServiceError{Code: "NoSuchBucket", Status: 404}
		}
		switch action {
		case "putObject":
			stored[in.Key] = in.Body
			return nil, nil
		case "getObject":
			body, ok := stored[in.Key]
			if !ok {
				return nil, &task.ServiceError{Code: "NoSuchKey", Status: 404}
			}
			return json.Marshal(map[string]any{"Body": body})
		}
		if in.Prefix != "k" || in.StartAfter != "k1" || in.MaxKeys != 7 {
			t.Errorf("%s with %s", action, input)
		}
		return json.RawMessage(`{"Contents": [{"Key": "k2", "Size": 3, "ETag": "\"e\"", "LastModified": 1000}, {"Key": "k3", "LastModified": "1970-01-01T00:00:02Z"}]}`), nil
	})}
	if err := objects.Put(t.Context(), task.ObjectName{Bucket: "b", Key: "k"}, []byte("text")); err != nil {
		t.Fatal(err)
	}
	body, err := objects.Get(t.Context(), task.ObjectName{Bucket: "b", Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(body); err != nil || string(text) != "text" {
		t.Errorf("Get: %q, %v", text, err)
	}
	page, err := objects.List(t.Context(), "b", "k", "k1", 7)
	want := []task.Object{{Key: "k2", Size: 3, ETag: "e", Modified: time.Unix(1, 0).UTC()}, {Key: "k3", Modified: time.Unix(2, 0).UTC()}}
	if diff := cmp.Diff(want, page); err != nil || diff != "" {
		t.Errorf("List: %v (-want +got):\n%s", err, diff)
	}
	if _, err := objects.Get(t.Context(), task.ObjectName{Bucket: "b", Key: "no"}); !errors.Is(err, task.ErrNoObject) {
		t.Errorf("Get of a key that is not there: %v, want ErrNoObject", err)
	}
	if _, err := objects.List(t.Context(), "no", "", "", 1); !errors.Is(err, task.ErrNoBucket) {
		t.Errorf("List of a bucket that is not there: %v, want ErrNoBucket", err)
	}
}

func TestDirObjectsStayInside(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	if err := os.MkdirAll(filepath.Join(root, "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(root, "b", "out")); err != nil {
		t.Skipf("symbolic links cannot be made here: %v", err)
	}
	d := openDir(t, root)
	for _, name := range []task.ObjectName{
		{Bucket: "..", Key: "secret"}, {Bucket: "b", Key: "../../secret"}, {Bucket: "b", Key: "out/secret"}, {Bucket: "", Key: "b/x"},
		{Bucket: "b", Key: "/etc/passwd"}, {Bucket: "b/out", Key: "secret"}, {Bucket: "b", Key: ""}, {Bucket: ".", Key: "b"},
	} {
		if _, err := d.Get(ctx, name); err == nil {
			t.Errorf("Get(%v) reached something", name)
		}
		if err := d.Put(ctx, name, []byte("x")); err == nil {
			t.Errorf("Put(%v) wrote something", name)
		}
	}
	if page, err := d.List(ctx, "b", "", "", 10); err != nil || len(page) != 0 {
		t.Errorf("List: %v, %v; want nothing", page, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "secret")); err != nil || string(text) != "s" {
		t.Errorf("the file outside: %q, %v", text, err)
	}
}
