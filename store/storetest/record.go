package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gait-engine/gait/store"
)

func testRecords(t *testing.T, b Backend) {
	place := t.TempDir()
	c := open(t, b, place)
	put := func(kind, name, body string) {
		t.Helper()
		r := store.Record{Kind: kind, Name: name, Body: []byte(body)}
		if err := c.PutRecord(t.Context(), r); err != nil {
			t.Fatalf("put %s/%s: %v", kind, name, err)
		}
		clear(r.Body) // the caller's bytes are not kept
	}
	for i := range 9 {
		put("activity", fmt.Sprint("a", i), fmt.Sprint("body ", i))
	}
	put("activity", "ç", "")
	put("activity", "a3", "another body")
	put("alias", "a3", "of another kind")
	if err := c.DeleteRecord(t.Context(), "activity", "a5"); err != nil {
		t.Fatalf("delete: %v", err)
	}

	check := func() {
		t.Helper()
		for _, want := range []store.Record{
			{Kind: "activity", Name: "a0", Body: []byte("body 0")},
			{Kind: "activity", Name: "a3", Body: []byte("another body")},
			{Kind: "alias", Name: "a3", Body: []byte("of another kind")},
			{Kind: "activity", Name: "ç"},
		} {
			got, err := c.Record(t.Context(), want.Kind, want.Name)
			if err != nil {
				t.Fatalf("%s/%s: %v", want.Kind, want.Name, err)
			}
			same(t, "record", got, want)
		}
		for _, r := range []store.Record{{Kind: "activity", Name: "a5"}, {Kind: "alias", Name: "a4"}, {Kind: "tags", Name: "a3"}} {
			if _, err := c.Record(t.Context(), r.Kind, r.Name); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s/%s: %v, want ErrNotFound", r.Kind, r.Name, err)
			}
			if err := c.DeleteRecord(t.Context(), r.Kind, r.Name); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("delete %s/%s: %v, want ErrNotFound", r.Kind, r.Name, err)
			}
		}
		var names []string
		for after := ""; ; {
			page, err := c.Records(t.Context(), "activity", after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			if len(page) > 2 {
				t.Fatalf("%d records on a page of 2", len(page))
			}
			for _, r := range page {
				names = append(names, r.Name)
			}
			after = names[len(names)-1]
		}
		same(t, "names", names, []string{"a0", "a1", "a2", "a3", "a4", "a6", "a7", "a8", "ç"})
	}
	check()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, b, place)
	check()
}
