package task

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
)

// kubernetesJob is eks:runJob: a Job resource of Kubernetes that is created, read until it is complete, and deleted when it is
// given up, by requests to the cluster's API server (eks call). Polling begins once a minute and slows down to once in five.
//
// Source: AWS Step Functions Developer Guide, "Create and manage Amazon EKS clusters"; Kubernetes API, batch/v1 Job.
type kubernetesJob struct{ target }

// cluster is the handle of a Job resource.
type cluster struct {
	Server    value.Value `json:"server"` // the parameters of eks call that name the cluster
	Path      string      `json:"path"`   // of the Job resource
	Namespace string      `json:"namespace"`
	Name      string      `json:"name"`
	Logs      value.Value `json:"logs"` // LogOptions
	Role      string      `json:"role,omitempty"`
}

// Start creates the Job resource.
func (k kubernetesJob) Start(ctx context.Context, req *Request) (Submission, error) {
	parameters, err := k.parameters(req.Input)
	if err != nil {
		return Submission{}, err
	}
	c := cluster{Namespace: "default", Role: req.RoleARN, Server: value.Obj()}
	for _, name := range []string{"ClusterName", "CertificateAuthority", "Endpoint"} {
		if v, ok := parameters.Get(name); ok {
			c.Server = c.Server.With(name, v)
		}
	}
	job, _ := parameters.Get("Job")
	if ns, ok := parameters.Get("Namespace"); ok && ns.Str() != "" {
		c.Namespace = ns.Str()
	} else if ns, ok := catalogue.At(job, "metadata.namespace"); ok && ns.Str() != "" {
		c.Namespace = ns.Str()
	}
	c.Logs, _ = parameters.Get("LogOptions")
	c.Path = "/apis/batch/v1/namespaces/" + url.PathEscape(c.Namespace) + "/jobs"
	answer, err := k.ask(k.context(ctx, req), req, c, "POST", c.Path, value.Obj(value.M("RequestBody", job)))
	if err != nil {
		return Submission{}, err
	}
	body, _ := answer.Get("ResponseBody")
	name, ok := catalogue.At(body, "metadata.name")
	if !ok {
		if name, ok = catalogue.At(job, "metadata.name"); !ok {
			return Submission{}, Errorf(TaskFailed, "the Kubernetes Job of state %q has no name", req.State)
		}
	}
	c.Name = name.Str()
	c.Path += "/" + url.PathEscape(c.Name)
	text, err := json.Marshal(c)
	if err != nil {
		return Submission{}, fmt.Errorf("task: the handle of %s: %w", req.Resource, err)
	}
	return Submission{Handle: string(text), Output: json.RawMessage(answer.JSON()), PollAfter: time.Minute}, nil
}

// ServeTask creates the Job resource and does not wait for it.
func (k kubernetesJob) ServeTask(ctx context.Context, req *Request) (any, error) {
	s, err := k.Start(ctx, req)
	return s.Output, err
}

// ask makes a request to the API server of a cluster and returns its answer, {"ResponseBody", "StatusCode", …}.
func (k kubernetesJob) ask(ctx context.Context, req *Request, c cluster, method, path string, more value.Value) (value.Value, error) {
	parameters := c.Server.With("Method", value.FromString(method)).With("Path", value.FromString(path))
	for name, v := range more.All() {
		parameters = parameters.With(name, v)
	}
	call := k.target
	call.action = "call"
	call.of, call.info = catalogue.Find("eks", "call")
	_, answer, err := call.begin(ctx, req, parameters)
	return answer, err
}

func (k kubernetesJob) open(ctx context.Context, ref JobRef) (context.Context, *Request, cluster, error) {
	var c cluster
	if err := json.Unmarshal([]byte(ref.Handle), &c); err != nil {
		return ctx, nil, c, fmt.Errorf("task: the handle of %s cannot be read: %w", ref.Resource, err)
	}
	req := &Request{
		Resource: ref.Resource, Key: ref.Key, Execution: ref.Execution, Machine: ref.Machine, State: ref.State, RoleARN: c.Role,
	}
	return k.context(ctx, req), req, c, nil
}

// Poll reads the Job resource and, when it has ended, the logs of its pods if they are wanted.
func (k kubernetesJob) Poll(ctx context.Context, ref JobRef) (Progress, error) {
	ctx, req, c, err := k.open(ctx, ref)
	if err != nil {
		return Progress{Done: true, Err: err}, nil
	}
	answer, err := k.ask(ctx, req, c, "GET", c.Path, value.Obj())
	if err != nil {
		if passing(err) {
			return Progress{}, err
		}
		return Progress{Done: true, Err: err}, nil
	}
	job, _ := answer.Get("ResponseBody")
	standing, _ := (&catalogue.Job{Conditions: true}).Look(catalogue.Plan{}, job, false)
	if standing == catalogue.Running {
		return Progress{PollAfter: min(time.Duration(ref.Polls+1)*time.Minute, 5*time.Minute)}, nil
	}
	if wanted, _ := c.Logs.Get("RetrieveLogs"); wanted.Bool() {
		job = job.With("logs", k.logs(ctx, req, c))
	}
	if standing == catalogue.Failed {
		return JobFailed(json.RawMessage(job.JSON())), nil
	}
	return Done(json.RawMessage(job.JSON())), nil
}

// passing reports whether a failed look may succeed later: the API server was not reached, or is in trouble.
func passing(err error) bool {
	failure := ErrorOf(err)
	switch failure.Name {
	case "EKS.SdkClientException", "EKS.429", "EKS.500", "EKS.502", "EKS.503", "EKS.504", Timeout:
		return true
	}
	return false
}

// Stop deletes the Job resource and its pods.
func (k kubernetesJob) Stop(ctx context.Context, ref JobRef) error {
	ctx, req, c, err := k.open(ctx, ref)
	if err != nil {
		return err
	}
	background := value.FromArray([]value.Value{value.FromString("Background")})
	_, err = k.ask(ctx, req, c, "DELETE", c.Path,
		value.Obj(value.M("QueryParameters", value.Obj(value.M("propagationPolicy", background)))))
	if err != nil && passing(err) {
		return err
	}
	return nil
}

// logs returns {"pods":{pod:{"containers":{container:{"log":…}}}}}. A log that cannot be read has "error" and "cause" instead.
func (k kubernetesJob) logs(ctx context.Context, req *Request, c cluster) value.Value {
	texts := func(s string) value.Value { return value.FromArray([]value.Value{value.FromString(s)}) }
	base := "/api/v1/namespaces/" + url.PathEscape(c.Namespace) + "/pods"
	query := value.Obj(value.M("labelSelector", texts("job-name="+c.Name)))
	list, err := k.ask(ctx, req, c, "GET", base, value.Obj(value.M("QueryParameters", query)))
	if err != nil {
		return unread(err)
	}
	items, _ := catalogue.At(list, "ResponseBody.items")
	raw, _ := c.Logs.Get("RawLogs")
	pods := value.Obj()
	for _, item := range items.Elems() {
		pod, _ := catalogue.At(item, "metadata.name")
		list, _ := catalogue.At(item, "spec.containers")
		containers := value.Obj()
		for _, container := range list.Elems() {
			name, _ := container.Get("name")
			query, ok := c.Logs.Get("LogParameters")
			if !ok {
				query = value.Obj()
			}
			answer, err := k.ask(ctx, req, c, "GET", base+"/"+url.PathEscape(pod.Str())+"/log",
				value.Obj(value.M("QueryParameters", query.With("container", texts(name.Str())))))
			if err != nil {
				containers = containers.With(name.Str(), unread(err))
				continue
			}
			text, _ := answer.Get("ResponseBody")
			if doc, err := value.ParseString(text.Str()); err == nil && !raw.Bool() {
				text = doc
			}
			containers = containers.With(name.Str(), value.Obj(value.M("log", text)))
		}
		pods = pods.With(pod.Str(), value.Obj(value.M("containers", containers)))
	}
	return value.Obj(value.M("pods", pods))
}

// unread stands for a log that could not be read.
func unread(err error) value.Value {
	failure := ErrorOf(err)
	return value.Obj(value.M("error", value.FromString(failure.Name)), value.M("cause", value.FromString(failure.Cause)))
}
