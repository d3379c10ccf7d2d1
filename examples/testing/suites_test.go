package suites

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/asltest/property"
	"github.com/gait-engine/gait/asltest/suite"
)

// The suites of this directory, as anybody would run theirs.
func TestSuites(t *testing.T) {
	for _, file := range []string{"refund.test.yaml", "thumbnails.test.yaml", "renewal.test.json"} {
		t.Run(file, func(t *testing.T) { suite.Run(t, file) })
	}
}

// corpus returns the directory of the conformance corpus, "" when it is absent.
func corpus(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("GAIT_CONFORMANCE_DIR"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		shared := filepath.Join(dir, "shared", "conformance")
		if info, err := os.Stat(shared); err == nil && info.IsDir() {
			return shared
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// Ten definitions that others published. Each suite reaches every state.
func TestPublishedDefinitions(t *testing.T) {
	files, err := suite.Find("realworld")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 10 {
		t.Errorf("%d suites, want 10", len(files))
	}
	dir := corpus(t)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			o := suite.Options{Getenv: func(string) string { return dir }}
			s, err := suite.Load(file, o)
			if err != nil {
				t.Fatal(err)
			}
			if s.Skip != "" {
				t.Skip("the conformance corpus is absent: set GAIT_CONFORMANCE_DIR, or put it in shared/conformance beside the module")
			}
			r, err := s.Run(t.Context(), suite.RunOptions{})
			if err != nil {
				t.Fatal(err)
			}
			report := &suite.Report{}
			report.Add(r)
			if !report.OK() {
				if err := report.WriteText(t.Output()); err != nil {
					t.Error(err)
				}
				t.Fail()
			}
			if covered, of := r.Coverage.Machines[0].Count(asltest.CoverState); covered < of {
				t.Errorf("%d of %d states are reached, want all", covered, of)
			}
		})
	}
}

// The tests of refund.test.yaml in Go, a few of them.
func TestRefund(t *testing.T) {
	t.Parallel()
	m := asltest.Load(t, "refund.asl.yaml", asltest.Substitutions{"Stage": "test"})
	pay := asltest.OnFunction("pay-test", asltest.After(2*time.Second, asltest.Return(`{"receipt": "r1"}`)))
	support := asltest.On("Tell support", asltest.Return(`{}`))

	t.Run("a large one is approved the next day", func(t *testing.T) {
		t.Parallel()
		m.For(t).Run(`{"order": "o1", "amount": 2000}`, pay,
			asltest.On("Ask", asltest.After(27*time.Hour, asltest.Return(`{"approved": true}`))),
		).Path("Note", "Much", "Ask", "Approved", "Pay", "Paid").Waited(27*time.Hour + 2*time.Second)
	})
	t.Run("whatever breaks, a refund is paid or refused", func(t *testing.T) {
		t.Parallel()
		m.For(t).Sweep(`{"order": "o1", "amount": 20}`, asltest.Sweep{
			Errors:     []string{"Lambda.TooManyRequestsException"},
			ErrorNames: []string{"RefundRefused"},
		}, pay, support)
	})
	t.Run("no order makes it pay twice", func(t *testing.T) {
		t.Parallel()
		inputs := property.Like(`{"order": "o1", "amount": 20}`, `{"order": "o1", "amount": 2000}`)
		property.Check(t, m, inputs, func(x *asltest.Execution) {
			if n := len(x.Inputs("Pay")); n > 1 {
				x.Failf("%d payments", n)
			}
		}, pay, support, asltest.On("Ask", asltest.Return(`{"approved": true}`)))
	})
}

func TestThumbnails(t *testing.T) {
	t.Parallel()
	m := asltest.Load(t, "thumbnails.asl.json")
	list := asltest.On("List", asltest.Return(`{"Contents": [{"Key": "a/1.png"}, {"Key": "a/2.png"}, {"Key": "a/3.png"}]}`))
	type picture struct{ Bucket, Key string }
	m.Run(`{"bucket": "b", "album": "a"}`, list, asltest.On("Lock"), asltest.On("Publish"),
		asltest.OnFunction("shrink", asltest.Func(func(p picture) (map[string]string, error) {
			return map[string]string{"key": "t/" + filepath.Base(p.Key)}, nil
		})),
	).Output(`{"thumbnails": ["t/1.png", "t/2.png", "t/3.png"]}`)
	m.Run(`{"bucket": "b", "album": "a"}`, list,
		asltest.On("Lock", asltest.ServiceError("DynamoDB", "ConditionalCheckFailedException", 400, "The conditional request failed")),
	).Failed("AlbumBusy")
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	m := asltest.Load(t, "renewal.asl.json")
	const day = 24 * time.Hour
	m.Run(`{"customer": "c1", "seconds": 28944000}`,
		asltest.On("Ask", asltest.Heartbeats(6*day, asltest.After(10*day, asltest.Return(`{"renew": true}`))), asltest.Never()),
		asltest.On("End it", asltest.Return(`"ended"`)),
	).Output(`"ended"`).Waited((335 + 10 + 335 + 7) * day).Reached("Lost interest")
}
