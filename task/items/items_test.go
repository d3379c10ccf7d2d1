package items_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/items"
)

func bucket(t testing.TB, objects map[string]string) *task.MemoryObjects {
	t.Helper()
	m := &task.MemoryObjects{}
	for key, body := range objects {
		if err := m.Put(context.Background(), task.ObjectName{Bucket: "b", Key: key}, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func packed(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// all reads everything: the items as JSON, those of an object as "key=JSON", and the error's text.
func all(seq iter.Seq2[items.Item, error]) (list []string, failed string) {
	for i, err := range seq {
		switch {
		case err != nil:
			failed = err.Error()
		case i.Keyed:
			list = append(list, i.Key+"="+i.Value.JSON())
		default:
			list = append(list, i.Value.JSON())
		}
	}
	return list, failed
}

func TestRead(t *testing.T) {
	t.Parallel()
	given := items.Source{InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: []string{"a", "b"}}
	with := func(s items.Source, change func(*items.Source)) items.Source {
		change(&s)
		return s
	}
	tests := []struct {
		name   string
		body   string
		src    items.Source
		want   []string
		failed string // part of the cause
	}{
		{name: "array", body: `[1, {"a": [2]}, "x"]`, want: []string{`1`, `{"a":[2]}`, `"x"`}},
		{name: "empty array", body: `[]`},
		{name: "gzip", body: packed(t, `[1]`), want: []string{`1`}},
		{name: "MaxItems", body: `[1,2,3]`, src: items.Source{MaxItems: 2}, want: []string{`1`, `2`}},
		{name: "MaxItems stops before what is broken", body: `[1,2,nonsense`, src: items.Source{MaxItems: 2}, want: []string{`1`, `2`}},
		{name: "an object", body: `{"a":1}`, failed: "Attempting to map over non-iterable node."},
		{name: "a number", body: `1`, failed: "Attempting to map over non-iterable node."},
		{name: "no JSON", body: `[1, oops]`, want: []string{`1`}, failed: "is not valid JSON"},
		{name: "cut short", body: `[1, 2`, want: []string{`1`, `2`}, failed: "is not valid JSON"},
		{name: "empty", body: ``, failed: "is not valid JSON"},
		{name: "pointer to an array", body: `{"x":{"skip":[[1],{"l":2}],"l":[{"n":1},2]}}`, src: items.Source{ItemsPointer: "/x/l"}, want: []string{`{"n":1}`, `2`}},
		{name: "pointer through an array", body: `[[0],[{"l":[1]}]]`, src: items.Source{ItemsPointer: "/1/0/l"}, want: []string{`1`}},
		{name: "pointer to an object", body: `{"x":{"a":1,"b":[2]}}`, src: items.Source{ItemsPointer: "/x"}, want: []string{`a=1`, `b=[2]`}},
		{name: "pointer with escapes", body: `{"a/b~":[1]}`, src: items.Source{ItemsPointer: "/a~1b~0"}, want: []string{`1`}},
		{name: "pointer to nothing", body: `{"x":1}`, src: items.Source{ItemsPointer: "/y"}, failed: "The provided ReaderConfig.ItemsPointer does not match"},
		{name: "pointer below a scalar", body: `{"x":1}`, src: items.Source{ItemsPointer: "/x/y"}, failed: "The provided ReaderConfig.ItemsPointer does not match"},
		{name: "pointer to a scalar", body: `{"x":1}`, src: items.Source{ItemsPointer: "/x"}, failed: "Attempting to map over non-iterable node."},

		{name: "lines", body: "{\"a\":1}\r\n\n[2]\n\"x\"", src: items.Source{InputType: "JSONL"}, want: []string{`{"a":1}`, `[2]`, `"x"`}},
		{name: "a bad line", body: "1\n{\n", src: items.Source{InputType: "JSONL"}, want: []string{`1`}, failed: "Line 2 of the object"},

		{name: "CSV", body: "a,b\n1,\"x, \"\"y\"\"\"\r\n\"\r\nz\",2\r\n", src: items.Source{InputType: "CSV", CSVHeaderLocation: "FIRST_ROW"},
			want: []string{`{"a":"1","b":"x, \"y\""}`, `{"a":"\r\nz","b":"2"}`}},
		{name: "CSV with a byte order mark", body: "\ufeffa\n1\n", src: items.Source{InputType: "CSV"}, want: []string{`{"a":"1"}`}},
		{name: "CSV rows of other lengths", body: "1,2,3\n4\n\n   \n'x',5'\"6\"", src: given,
			want: []string{`{"a":"1","b":"2"}`, `{"a":"4","b":""}`, `{"a":"","b":""}`, `{"a":"   ","b":""}`, `{"a":"'x'","b":"5'\"6\""}`}},
		{name: "CSV with tabs", body: "1\t2\n", src: with(given, func(s *items.Source) { s.CSVDelimiter = "TAB" }), want: []string{`{"a":"1","b":"2"}`}},
		{name: "CSV with an unknown delimiter", src: with(given, func(s *items.Source) { s.CSVDelimiter = "X" }), failed: "CSVDelimiter"},
		{name: "CSV without rows", body: "a,b\n", src: items.Source{InputType: "CSV"}},
		{name: "CSV with nothing", body: "", src: items.Source{InputType: "CSV"}},
		{name: "CSV with an empty header", body: "a,\n1,2\n", src: items.Source{InputType: "CSV"}, want: []string{`{"a":"1","":"2"}`}},
		{name: "CSV with a header twice", body: "a,a\n", src: items.Source{InputType: "CSV"}, failed: "CSV headers cannot contain duplicates."},
		{name: "Parquet", body: "PAR1", src: items.Source{InputType: "PARQUET"}, failed: "PARQUET is not supported"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.src.Bucket, tt.src.Key = "b", "k"
			got, failed := all(items.Read(context.Background(), bucket(t, map[string]string{"k": tt.body}), tt.src))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tt.body, diff)
			}
			if failed == "" != (tt.failed == "") || !strings.Contains(failed, tt.failed) {
				t.Errorf("%q: error %q, want %q", tt.body, failed, tt.failed)
			}
		})
	}
}

func TestReadLists(t *testing.T) {
	t.Parallel()
	objects := map[string]string{"dir/": "", "dir/b.jsonl": "3\n4\n", "dir/a.jsonl": "1\n2\n", "other": "x"}
	for i := range 2500 {
		objects[fmt.Sprintf("many/%04d", i)] = ""
	}
	b := bucket(t, objects)
	read := func(s items.Source) ([]string, string) {
		s.Bucket, s.List = "b", true
		return all(items.Read(context.Background(), b, s))
	}
	got, failed := read(items.Source{Prefix: "dir/", InputType: "JSONL", Transformation: "LOAD_AND_FLATTEN"})
	if diff := cmp.Diff([]string{"1", "2", "3", "4"}, got); diff != "" || failed != "" {
		t.Errorf("%s (-want +got):\n%s", failed, diff)
	}
	if got, _ := read(items.Source{Prefix: "many/"}); len(got) != 2500 {
		t.Errorf("%d objects listed over several pages, want 2500", len(got))
	}
	if got, _ := read(items.Source{Prefix: "many/", StartAfter: "many/2497"}); len(got) != 2 {
		t.Errorf("%d objects after the last but two, want 2", len(got))
	}
	got, _ = read(items.Source{Prefix: "other"})
	want := []string{`{"Etag":"\"9dd4e461268c8034f5c8564e155c67a6\"","LastModified":"0001-01-01T00:00:00Z","Key":"other","Size":1,"StorageClass":"STANDARD"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("an object as item (-want +got):\n%s", diff)
	}
}

func TestReadManifests(t *testing.T) {
	t.Parallel()
	b := bucket(t, map[string]string{
		"inv/manifest.json": `{"sourceBucket":"s","destinationBucket":"arn:aws:s3:::b","fileFormat":"CSV","fileSchema":"Bucket, Key, Size",
			"files":[{"key":"inv/1.csv.gz"},{"key":"inv/2.csv.gz"}]}`,
		"inv/1.csv.gz": packed(t, `"s","a","1"`+"\n"+`"s","b%20c","2"`+"\n"),
		"inv/2.csv.gz": packed(t, `"s","d","3"`+"\n"),
		"inv/orc.json": `{"fileFormat":"ORC","files":[]}`,
		"athena.csv":   "s3://b/part1\n\"s3://b/part2\"\n",
		"part1":        packed(t, "1\n"),
		"part2":        "2\n",
	})
	read := func(s items.Source) ([]string, string) {
		s.Bucket = "b"
		return all(items.Read(context.Background(), b, s))
	}
	got, failed := read(items.Source{Key: "inv/manifest.json", InputType: "MANIFEST"})
	want := []string{`{"Bucket":"s","Key":"a","Size":"1"}`, `{"Bucket":"s","Key":"b%20c","Size":"2"}`, `{"Bucket":"s","Key":"d","Size":"3"}`}
	if diff := cmp.Diff(want, got); diff != "" || failed != "" {
		t.Errorf("inventory: %s (-want +got):\n%s", failed, diff)
	}
	if _, failed := read(items.Source{Key: "inv/orc.json", ManifestType: "S3_INVENTORY"}); !strings.Contains(failed, "'ORC' is not supported") {
		t.Errorf("an inventory in ORC: %q", failed)
	}
	got, failed = read(items.Source{Key: "athena.csv", ManifestType: "ATHENA_DATA", InputType: "JSONL"})
	if diff := cmp.Diff([]string{"1", "2"}, got); diff != "" || failed != "" {
		t.Errorf("Athena: %s (-want +got):\n%s", failed, diff)
	}
}

func TestReadSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		src  items.Source
		want error
	}{
		{items.Source{Bucket: "b", Key: "no"}, task.ErrNoObject},
		{items.Source{Bucket: "no", Key: "k"}, task.ErrNoBucket},
		{items.Source{Bucket: "no", List: true}, task.ErrNoBucket},
	}
	for _, tt := range tests {
		for _, err := range items.Read(context.Background(), bucket(t, map[string]string{"k": "[]"}), tt.src) {
			var typed *items.Error
			if !errors.Is(err, tt.want) || !errors.As(err, &typed) {
				t.Errorf("%+v: %v, want an *items.Error about %v", tt.src, err, tt.want)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range items.Read(ctx, bucket(t, map[string]string{"k": "[1]"}), items.Source{Bucket: "b", Key: "k"}) {
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("after the end of the context: %v", err)
		}
	}
}

func results(list ...items.Result) iter.Seq2[items.Result, error] {
	return func(yield func(items.Result, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func TestShape(t *testing.T) {
	t.Parallel()
	name := "Bad"
	doc := func(text string) value.Value {
		v, err := value.ParseString(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	list := results(items.Result{Status: "SUCCEEDED", Output: doc(`[1,2]`)}, items.Result{Status: "FAILED", Error: &name, Name: "n"},
		items.Result{Status: "SUCCEEDED", Output: doc(`3`)})
	tests := []struct{ transformation, begin, end string }{
		{"", `[[1,2],3]`, ``},
		{"COMPACT", `[[1,2],{"Error":"Bad",`, `},3]`},
		{"FLATTEN", `[1,2,{"Error":"Bad",`, `},3]`},
		{"NONE", `[{"ExecutionArn":"",`, `"Status":"SUCCEEDED","StopDate":"0001-01-01T00:00:00.000Z"}]`},
	}
	for _, tt := range tests {
		got, _, tooLarge, err := items.Shape(list, tt.transformation, 10_000)
		if text := got.JSON(); err != nil || tooLarge || !strings.HasPrefix(text, tt.begin) || !strings.HasSuffix(text, tt.end) {
			t.Errorf("%q: %s %v, want %s … %s", tt.transformation, text, err, tt.begin, tt.end)
		}
	}
	if _, _, tooLarge, _ := items.Shape(list, "", 9); tooLarge {
		t.Error("9 bytes are too large for 9 bytes")
	}
	if _, _, tooLarge, _ := items.Shape(list, "", 8); !tooLarge {
		t.Error("9 bytes are not too large for 8 bytes")
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"a,b\n1,\"2\"\n", `[1,{"a":[]}]`, "{}\n[]\n", `{"files":[{"key":"k"}],"fileFormat":"CSV"}`, "s3://b/k\n", "\x1f\x8b"} {
		f.Add([]byte(seed), "/a")
	}
	f.Fuzz(func(t *testing.T, body []byte, pointer string) {
		m := &task.MemoryObjects{}
		if err := m.Put(context.Background(), task.ObjectName{Bucket: "b", Key: "data"}, body); err != nil {
			t.Fatal(err)
		}
		for _, s := range []items.Source{
			{InputType: "CSV"}, {InputType: "JSON", ItemsPointer: pointer}, {InputType: "JSONL"}, {InputType: "MANIFEST"},
			{ManifestType: "ATHENA_DATA", InputType: "JSONL"},
		} {
			s.Bucket, s.Key, s.MaxItems = "b", "data", 1000
			n := 0
			for _, err := range items.Read(context.Background(), m, s) {
				if n++; n > 1001 {
					t.Fatal("more items than MaxItems")
				}
				if e := new(items.Error); err != nil && !errors.As(err, &e) {
					t.Errorf("%v is no *Error", err)
				}
			}
		}
	})
}
