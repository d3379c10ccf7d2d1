package task_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task"
)

const (
	runJob  = "arn:aws:states:::eks:runJob"
	kubeJob = `{"ClusterName":"c","CertificateAuthority":"ca","Endpoint":"https://k","Namespace":"night",` +
		`"LogOptions":{"RetrieveLogs":true,"LogParameters":{"tailLines":["20"]}},"Job":{"kind":"Job","metadata":{"name":"pi"}}}`
	server = `{"ClusterName":"c","CertificateAuthority":"ca","Endpoint":"https://k",`
)

// A Job of Kubernetes is made of requests to the cluster's API server.
func TestJobsOfKubernetes(t *testing.T) {
	t.Parallel()
	r, output, failure := startJob(t, runJob+".sync", kubeJob,
		`{"ResponseBody":{"metadata":{"name":"pi-1"}},"StatusCode":201,"StatusText":"Created"}`,
		errors.New("no route"),
		`{"ResponseBody":{"status":{"active":1}},"StatusCode":200}`,
		`{"ResponseBody":{"status":{"succeeded":1,"conditions":[{"type":"Suspended","status":"False"},{"type":"Complete","status":"True"}]}},"StatusCode":200}`,
		`{"ResponseBody":{"items":[{"metadata":{"name":"pod-1"},"spec":{"containers":[{"name":"pi"},{"name":"side"},{"name":"lost"}]}}]},"StatusCode":200}`,
		`{"ResponseBody":"[3.14]","StatusCode":200}`, `{"ResponseBody":"plain text","StatusCode":200}`,
		`{"ResponseBody":{"kind":"Status"},"StatusCode":404,"StatusText":"Not Found"}`,
	)
	if failure != nil {
		t.Fatal(failure)
	}
	if want := `{"ResponseBody":{"metadata":{"name":"pi-1"}},"StatusCode":201,"StatusText":"Created"}`; output != want {
		t.Errorf("submitted %s, want %s", output, want)
	}
	for _, want := range []string{"?EKS.SdkClientException: no route", "…",
		`{"status":{"succeeded":1,"conditions":[{"type":"Suspended","status":"False"},{"type":"Complete","status":"True"}]},` +
			`"logs":{"pods":{"pod-1":{"containers":{"pi":{"log":[3.14]},"side":{"log":"plain text"},` +
			`"lost":{"error":"EKS.404","cause":"{\"ResponseBody\":{\"kind\":\"Status\"},\"StatusCode\":404,\"StatusText\":\"Not Found\"}"}}}}}}`} {
		if got := r.poll(); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	look := `eks:call ` + server + `"Method":"GET","Path":"/apis/batch/v1/namespaces/night/jobs/pi-1"}`
	logs := func(container string) string {
		return `eks:call ` + server + `"Method":"GET","Path":"/api/v1/namespaces/night/pods/pod-1/log","QueryParameters":{"tailLines":["20"],"container":["` + container + `"]}}`
	}
	want := []string{
		`eks:call ` + server + `"Method":"POST","Path":"/apis/batch/v1/namespaces/night/jobs","RequestBody":{"kind":"Job","metadata":{"name":"pi"}}}`,
		look, look, look,
		`eks:call ` + server + `"Method":"GET","Path":"/api/v1/namespaces/night/pods","QueryParameters":{"labelSelector":["job-name=pi-1"]}}`,
		logs("pi"), logs("side"), logs("lost"),
	}
	if diff := cmp.Diff(want, r.c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestJobsOfKubernetesFailAndAreStopped(t *testing.T) {
	t.Parallel()
	const minimal = server + `"Job":{"metadata":{"name":"pi","namespace":"own"}}}`
	failed := `{"status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}}`
	r, _, failure := startJob(t, runJob+".sync", minimal, `{"ResponseBody":{},"StatusCode":201}`,
		`{"ResponseBody":`+failed+`,"StatusCode":200}`, `{"ResponseBody":{"kind":"Status"},"StatusCode":503}`,
		`{"ResponseBody":{"kind":"Status"},"StatusCode":403}`, `{"StatusCode":404}`, `{"StatusCode":500}`)
	if failure != nil {
		t.Fatal(failure)
	}
	for _, want := range []string{"!States.TaskFailed: " + failed, `?EKS.503: {"ResponseBody":{"kind":"Status"},"StatusCode":503}`,
		`!EKS.403: {"ResponseBody":{"kind":"Status"},"StatusCode":403}`} {
		if got := r.poll(); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	for n, fails := range []bool{false, true} {
		if err := task.StopJob(context.Background(), r.job, r.ref); (err != nil) != fails {
			t.Errorf("Stop %d: %v", n, err)
		}
	}
	last := r.c.calls[len(r.c.calls)-1]
	if !strings.HasSuffix(last, `"Method":"DELETE","Path":"/apis/batch/v1/namespaces/own/jobs/pi","QueryParameters":{"propagationPolicy":["Background"]}}`) {
		t.Errorf("Stop called %s", last)
	}
	if _, _, failure := startJob(t, runJob+".sync", minimal, `{"ResponseBody":{"kind":"Status"},"StatusCode":409,"StatusText":"Conflict"}`); failure == nil || failure.Name != "EKS.409" {
		t.Errorf("failure %v, want EKS.409", failure)
	}
	out, failure := serve(t, &recorder{answers: []any{`{"ResponseBody":{"metadata":{"name":"pi-1"}},"StatusCode":201}`}}, runJob, minimal)
	if failure != nil || out != `{"ResponseBody":{"metadata":{"name":"pi-1"}},"StatusCode":201}` {
		t.Errorf("request-response: %s, %v", out, failure)
	}
}

// Source: AWS Step Functions Developer Guide, "Create and manage Amazon EKS clusters".
func TestPollingOfKubernetesSlowsDown(t *testing.T) {
	t.Parallel()
	r, _, failure := startJob(t, runJob+".sync", kubeJob, `{"ResponseBody":{"metadata":{"name":"pi"}},"StatusCode":201}`)
	if failure != nil {
		t.Fatal(failure)
	}
	for polls, want := range map[int]time.Duration{0: time.Minute, 2: 3 * time.Minute, 50: 5 * time.Minute} {
		r.c.answers = []any{`{"ResponseBody":{},"StatusCode":200}`}
		r.ref.Polls = polls
		p, err := r.job.Poll(context.Background(), r.ref)
		if err != nil || p.PollAfter != want {
			t.Errorf("after %d polls: %+v, %v, want %s", polls, p, err, want)
		}
	}
}
