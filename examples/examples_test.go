package examples

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExamplesRun builds every example, runs it in an empty directory and compares what it prints.
func TestExamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	t.Parallel()
	want := map[string]string{
		"embed": "SUCCEEDED \"Hello, Ada!\"\n",
		"retry": `SUCCEEDED {"card":"4242","cents":1250,"receipt":"charged 1250 cents on attempt 2"}
SUCCEEDED "the owner has reported it"
1 0 ExecutionStarted 
2 0 TaskStateEntered Charge
3 2 TaskScheduled 
4 3 TaskStarted 
5 4 TaskFailed 
6 5 TaskStateExited Charge
7 6 PassStateEntered Call the police
8 7 PassStateExited Call the police
9 8 ExecutionSucceeded 
`,
		"approval": `mail to boss@example.com: May I buy a lamp for 9900 cents?
stopped
clicked approve: 200 OK
SUCCEEDED {"paid":"a lamp"}
clicked reject: 410 Gone
`,
		"worker": `taken by another process: true
SUCCEEDED "a box of 3"
taken by another process: true
SUCCEEDED "no box holds 300 items"
`,
		"job": `SUCCEEDED "film.mp4"
SUCCEEDED "the film took too long"
stopped the job of Render
`,
		"nested": `SUCCEEDED {"parcel":"a parcel with a lamp"}
ABORTED Order.Cancelled the customer has no room for it
ABORTED  The execution of AWS Step Functions that waited for it has ended
`,
		"parallel": `{"supplier":"B","cents":1160}` + "\n",
		"resume": `reserve: delivery 1
pack: delivery 1
closed
pack: delivery 2
SUCCEEDED "packed"
`,
	}
	mains, err := filepath.Glob("*/main.go")
	if err != nil || len(mains) != len(want) {
		t.Fatalf("programs %v %v, want %d", mains, err, len(want))
	}
	for name, output := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			program := filepath.Join(dir, name+".exe")
			if out, err := exec.Command("go", "build", "-o", program, "./"+name).CombinedOutput(); err != nil {
				t.Fatalf("build: %v\n%s", err, out)
			}
			cmd := exec.Command(program)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if diff := cmp.Diff(output, string(out)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}
