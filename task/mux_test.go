package task_test

import (
	"context"
	"strings"
	"testing"

	"github.com/gait-engine/gait/task"
)

// named answers with its own name, so that a test sees which handler was chosen.
func named(name string) task.Handler {
	return task.HandlerFunc(func(context.Context, *task.Request) (any, error) { return name, nil })
}

func TestMuxChoosesTheMostSpecificRoute(t *testing.T) {
	t.Parallel()
	var m task.Mux
	m.Handle("gait:charge", named("exact"))
	m.Handle("gait:*", named("prefix"))
	m.Handle("gait:ch*", named("longer prefix"))
	m.HandleState("", "Pay", named("state"))
	m.HandleState("orders", "Pay", named("state of machine"))
	m.HandleLambda("resize", named("lambda"))
	m.HandleFallback(named("fallback"))
	tests := []struct{ name, machine, state, resource, want string }{
		{"exact before prefixes", "m", "S", "gait:charge", `"exact"`},
		{"longest prefix", "m", "S", "gait:check", `"longer prefix"`},
		{"shorter prefix", "m", "S", "gait:refund", `"prefix"`},
		{"state before resource", "m", "Pay", "gait:charge", `"state"`},
		{"state of one machine first", "orders", "Pay", "gait:charge", `"state of machine"`},
		{"lambda ARN", "m", "S", "arn:aws:lambda:eu-west-1:123456789012:function:resize", `"lambda"`},
		{"lambda ARN with version", "m", "S", "arn:aws-cn:lambda:cn-north-1:123456789012:function:resize:PROD", `"lambda"`},
		{"other function", "m", "S", "arn:aws:lambda:eu-west-1:123456789012:function:shrink", `"fallback"`},
		{"fallback", "m", "S", "urn:other", `"fallback"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, ok := m.Lookup(tt.machine, tt.state, tt.resource)
			if !ok {
				t.Fatalf("Lookup(%q, %q, %q) found nothing", tt.machine, tt.state, tt.resource)
			}
			got, failure := task.Call(context.Background(), r.Handler, &task.Request{Input: []byte("{}")})
			if failure != nil || string(got) != tt.want {
				t.Errorf("Lookup(%q, %q, %q) chose %s %v, want %s", tt.machine, tt.state, tt.resource, got, failure, tt.want)
			}
		})
	}
}

func TestMuxFindsNothingWithoutARoute(t *testing.T) {
	t.Parallel()
	var m task.Mux
	m.Handle("gait:a", named("a"))
	if _, ok := m.Lookup("m", "S", "gait:b"); ok {
		t.Error("Lookup found a handler for a resource that nobody registered")
	}
}

func TestOnceIsKeptWithTheRoute(t *testing.T) {
	t.Parallel()
	var m task.Mux
	m.HandleOnce("gait:pay", named("pay"))
	m.Handle("gait:ask", named("ask"))
	if r, _ := m.Lookup("m", "S", "gait:pay"); !r.Once {
		t.Error("a route made by HandleOnce has Once false")
	}
	if r, _ := m.Lookup("m", "S", "gait:ask"); r.Once {
		t.Error("a route made by Handle has Once true")
	}
}

func TestMuxPanicsOnMistakesInTheProgram(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(m *task.Mux)
		want string
	}{
		{"empty pattern", func(m *task.Mux) { m.Handle("", named("x")) }, "empty pattern"},
		{"nil handler", func(m *task.Mux) { m.Handle("gait:a", nil) }, "nil handler"},
		{"taken pattern", func(m *task.Mux) { m.Handle("a*", named("x")); m.HandleOnce("a*", named("y")) }, `"a*"`},
		{"taken state", func(m *task.Mux) { m.HandleState("", "S", named("x")); m.HandleState("", "S", named("y")) }, `"S"`},
		{"taken function", func(m *task.Mux) { m.HandleLambda("f", named("x")); m.HandleLambda("f", named("y")) }, `"f"`},
		{"taken fallback", func(m *task.Mux) { m.HandleFallback(named("x")); m.HandleFallback(named("y")) }, "fallback"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				got, _ := recover().(string)
				if !strings.Contains(got, tt.want) {
					t.Errorf("panic %q, want one that says %q", got, tt.want)
				}
			}()
			tt.do(new(task.Mux))
		})
	}
}
