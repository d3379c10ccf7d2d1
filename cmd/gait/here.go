package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/evaluate"
	"github.com/gait-engine/gait/task/local"
)

// hereFlags say what of AWS this process stands for.
type hereFlags struct {
	Local    bool     `help:"Let tasks of sqs, sns and events send to queues, topics and buses in this process. They are there when they are named, and gone when it ends."`
	Evaluate []string `sep:"none" help:"Lambda function of the CDK's EvaluateExpression, to be evaluated here: its name, in which * is any text." placeholder:"NAME"`
}

// register lets w do what the flags ask for. The function that is returned ends it.
func (f *hereFlags) register(w *work) (end func(), err error) {
	end = func() {}
	e := evaluate.New(evaluate.Config{})
	for i, name := range f.Evaluate {
		if strings.TrimSpace(name) == "" || slices.Contains(f.Evaluate[:i], name) {
			return end, usage("--evaluate %q: expected the name of a function, each once", name)
		}
		w.mux.HandleLambda(name, w.own(e.ServeTask))
	}
	if f.Local {
		services := local.New(local.Config{})
		end = func() { services.Close(context.Background()) }
		w.mux.HandleServices(w.callHere(services), "sqs", "sns", "events", "aws-sdk:sqs", "aws-sdk:sns", "aws-sdk:eventbridge")
	}
	return end, nil
}

// callHere returns what makes calls of services in this process for the tasks of this run. Nobody here would answer a task token: a
// state that waits for one needs a --task.
func (w *work) callHere(s *local.Services) task.Caller {
	return task.CallerFunc(func(ctx context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
		req, _ := task.RequestFrom(ctx)
		if err := w.await(ctx, engine.ID(req.Execution)); err != nil {
			return nil, err
		}
		w.running.Add(1)
		defer w.running.Add(-1)
		if req.Token != "" {
			_, err := w.unanswered(ctx, req)
			return nil, err
		}
		return s.Call(ctx, service, action, named(s, input))
	})
}

// named makes what the parameters of a call name be there. Which region and account an ARN names does not matter.
func named(s *local.Services, input json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(input, &members) != nil {
		return input // it will be refused
	}
	last := func(text string) string { return text[strings.LastIndexAny(text, "/:")+1:] }
	for _, key := range []string{"QueueUrl", "TopicArn", "TargetArn"} {
		var text string
		if json.Unmarshal(members[key], &text) != nil || last(text) == "" {
			continue
		}
		if key == "QueueUrl" {
			s.Queue(last(text))
		} else if strings.HasPrefix(text, "arn:") {
			members[key], _ = json.Marshal(s.Topic(last(text)).ARN()) // a text
		}
	}
	var entries []struct{ EventBusName string }
	if json.Unmarshal(members["Entries"], &entries) == nil {
		for _, e := range entries {
			if name := last(e.EventBusName); name != "" {
				s.Bus(name)
			}
		}
	}
	changed, _ := json.Marshal(members) // what was JSON before
	return changed
}

// again returns the flags for a line that resumes a run.
func (f *hereFlags) again() (line []string) {
	if f.Local {
		line = append(line, "--local")
	}
	for _, name := range f.Evaluate {
		line = append(line, "--evaluate", quote(name))
	}
	return line
}
