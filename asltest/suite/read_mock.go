package suite

import (
	"fmt"
	"strings"
	"time"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
)

// mock is one member of mocks.
type mock struct {
	key     string
	pointer string
	replies []reply
}

// reply is what one call gets.
type reply struct {
	asltest.Reply
	answer *asltest.Answer // nil when it depends on the call
}

// The keys of a reply: exactly one outcome, and what may stand beside it.
var (
	outcomeKeys = []string{"return", "payload", "returnFile", "throw", "functionError", "serviceError", "httpError", "jobFailed", "submitFailed", "never"}
	besideKeys  = []string{"after", "heartbeats", "submitted", "worker", "times"}
	replyKeys   = append(append([]string{}, outcomeKeys...), besideKeys...)
)

const maxTimes = 10_000

// mocks reads an object of replies by what they answer.
func (r *reader) mocks(v value.Value, at string) []mock {
	if v.Kind() != value.Object {
		r.hint(at, "write Charge: {return: {…}} for the state Charge", "mocks must be an object of replies by state, found %s", kindOf(v))
		return nil
	}
	var all []mock
	for _, m := range v.Members() {
		at := value.AppendPointer(at, m.Key)
		one := mock{key: m.Key, pointer: at}
		list := r.list(m.Value)
		if len(list) == 0 {
			r.say(at, "the mock of %s has no reply", clip(m.Key))
		}
		for i, e := range list {
			got, times := r.reply(e, place(m.Value, at, i))
			if len(one.replies)+times > maxTimes {
				r.say(at, "more than %d replies", maxTimes)
				break
			}
			for range times {
				one.replies = append(one.replies, got)
			}
		}
		all = append(all, one)
	}
	return all
}

func (r *reader) reply(v value.Value, at string) (reply, int) {
	answer := asltest.Return("{}")
	out, times := reply{answer, &answer}, 1
	if v.Kind() != value.Object {
		r.hint(at, "write {return: …} for a result, {throw: {error: NAME, cause: TEXT}} for an error",
			"a reply must be an object, found %s", kindOf(v))
		return out, 1
	}
	r.object(v, at, "a reply", replyKeys)
	var service asltest.Reply
	outcome, found := "", 0
	var after, heartbeats time.Duration
	for _, m := range v.Members() {
		at := value.AppendPointer(at, m.Key)
		switch m.Key {
		case "after":
			after = r.duration(m.Value, at, "after")
		case "heartbeats":
			if heartbeats = r.duration(m.Value, at, "heartbeats"); heartbeats < time.Millisecond {
				r.say(at, "heartbeats must come at least a millisecond apart")
			}
		case "submitted":
			answer.Submitted = m.Value.JSON()
		case "worker":
			answer.Worker = r.text(m.Value, at, "worker")
		case "times":
			times = r.count(m.Value, at, "times", 1, maxTimes)
		default:
			a, s, ok := r.outcome(m.Key, m.Value, at)
			if !ok {
				continue // unknown: reported above
			}
			if found++; found > 1 {
				r.sayKey(at, "", "a reply has one outcome, and this has %s and %s", outcome, m.Key)
			}
			outcome, service = m.Key, s
			submitted, worker := answer.Submitted, answer.Worker
			answer = a
			answer.Submitted, answer.Worker = submitted, worker
		}
	}
	if found == 0 {
		r.hint(at, "known are "+strings.Join(outcomeKeys, ", "), "the reply does not say what comes of the call")
	}
	answer.After += after
	for t := heartbeats; heartbeats > 0 && t < answer.After; t += heartbeats {
		if len(answer.Heartbeats) == maxTimes {
			r.say(at, "more than %d heartbeats", maxTimes)
			break
		}
		answer.Heartbeats = append(answer.Heartbeats, t)
	}
	if service == nil {
		out.Reply = answer
		return out, times
	}
	if answer.Submitted != "" || answer.Worker != "" || heartbeats > 0 {
		r.say(at, "beside serviceError there may be after and times only")
	}
	return reply{asltest.After(after, service), nil}, times
}

// outcome reads what comes of a call; the Reply is not nil for one that depends on the call.
func (r *reader) outcome(key string, v value.Value, at string) (asltest.Answer, asltest.Reply, bool) {
	var a asltest.Answer
	switch key {
	case "return":
		return asltest.Return(v.JSON()), nil, true
	case "returnFile":
		return asltest.Return(r.document(v, at, key)), nil, true
	case "payload":
		return asltest.Payload(v.JSON()), nil, true
	case "jobFailed":
		return asltest.JobFailed(v.JSON()), nil, true
	case "throw", "submitFailed":
		name, cause := v.Str(), ""
		if v.Kind() != value.String {
			name, cause = r.pair(v, at, key, "error", "cause")
		} else if name == "" {
			r.say(at, "%s needs the name of an error", key)
		}
		if key == "throw" {
			return asltest.Fail(name, cause), nil, true
		}
		return asltest.SubmitFailed(name, cause), nil, true
	case "functionError":
		kind, message := r.pair(v, at, key, "type", "message")
		return asltest.FunctionError(kind, message), nil, true
	case "httpError":
		if !r.object(v, at, key, []string{"status", "body"}) {
			return a, nil, true
		}
		status, ok := v.Get("status")
		if !ok {
			r.say(at, "httpError needs a status")
		}
		body := "null"
		if b, ok := v.Get("body"); ok {
			body = b.JSON()
		}
		return asltest.HTTPError(r.count(status, at+"/status", "status", 100, 599), body), nil, true
	case "serviceError":
		if !r.object(v, at, key, []string{"service", "exception", "status", "message"}) {
			return a, nil, true
		}
		service, _ := v.Get("service")
		exception, _ := v.Get("exception")
		message, _ := v.Get("message")
		code := 400
		if status, ok := v.Get("status"); ok {
			code = r.count(status, at+"/status", "status", 100, 599)
		}
		if service.Str() == "" || exception.Str() == "" {
			r.hint(at, "write {service: DynamoDB, exception: ConditionalCheckFailedException, message: …}", "serviceError needs service and exception")
		}
		return a, asltest.ServiceError(service.Str(), exception.Str(), code, message.Str()), true
	case "never":
		if v.Kind() != value.Bool || !v.Bool() {
			r.say(at, "never can only be true, found %s", kindOf(v))
		}
		return asltest.Never(), nil, true
	}
	return a, nil, false
}

// pair reads an object of two texts, the second of which may be left out.
func (r *reader) pair(v value.Value, at, what, first, second string) (a, b string) {
	if !r.object(v, at, what, []string{first, second}) {
		return "", ""
	}
	m, ok := v.Get(first)
	if !ok {
		r.say(at, "%s needs %s", what, first)
		return "", ""
	}
	a = r.text(m, at+"/"+first, first)
	if m, ok := v.Get(second); ok {
		if b = m.Str(); m.Kind() != value.String {
			b = m.JSON() // a cause that is a document
		}
	}
	return a, b
}

// advice tells how to answer a call, as it is written in a suite.
func advice(c asltest.Call) string {
	reply := "{return: {}}"
	switch {
	case c.Token != "":
		reply = "{return: {}, after: 1h} # what SendTaskSuccess brings, and when"
	case catalogue.InvokesFunction(c.Resource):
		reply = "{payload: {}} # what the function returns"
	}
	key := c.State
	if strings.ContainsAny(key, `:#{}[],&*?|<>=!%@"'\`+"`") || strings.TrimSpace(key) != key {
		key = string(value.AppendQuoted(nil, key))
	}
	return fmt.Sprintf("  add    mocks:\n           %s: %s", key, reply)
}
