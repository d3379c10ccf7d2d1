package asltest

import (
	"fmt"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
)

// Mock answers task calls of an execution. A mock is a plain value: it may be used for any number of executions, each of which
// counts its calls afresh.
type Mock struct {
	label   string // how the test wrote it
	state   string // of On
	rank    rankOfMock
	match   func(*Machine, Call) bool
	replies []Reply
	lambda  bool // replies see payloads of functions
	every   *every
	nested  *nested // a machine that may be started
}

// rankOfMock orders mocks: of those that match a call the lowest rank answers, among equals the first.
type rankOfMock uint8

const (
	rankFault rankOfMock = iota
	rankState
	rankResource
	rankOtherwise
)

// Reply is what a mock gives to one call: an [Answer], or one of [Func], [Handle], [Do] and [Token], which make one of the call.
type Reply interface {
	reply(c Call) (Answer, error)
}

// On answers the calls of the Task state with this name. The n-th call of the execution gets the n-th reply; the last one
// repeats. Retries, further visits and Map iterations all count as calls.
//
//	asltest.On("Charge", asltest.Fail("Card.Busy", "try again"), asltest.Return(`{"paid": true}`))
func On(state string, replies ...Reply) Mock {
	return Mock{
		label: fmt.Sprintf("On(%q)", state), state: state, rank: rankState, replies: replies,
		match: func(_ *Machine, c Call) bool { return c.State == state },
	}
}

// OnResource answers the calls of a resource: "arn:aws:states:::sqs:sendMessage". A "*" in it stands for any text, so that
// "arn:aws:states:::aws-sdk:dynamodb:*" is every call of DynamoDB. The n-th call that this mock answers gets the n-th reply.
func OnResource(resource string, replies ...Reply) Mock {
	return Mock{
		label: fmt.Sprintf("OnResource(%q)", resource), rank: rankResource, replies: replies,
		match: func(_ *Machine, c Call) bool { return wildcard(resource, c.Resource) },
	}
}

// OnFunction answers the calls of a Lambda function by its name, whether the Resource is the function's ARN or
// "arn:aws:states:::lambda:invoke" with that FunctionName, ARN or partial ARN. The replies deal in payloads: the input of the
// function and what it returns. For lambda:invoke the result is wrapped as AWS wraps it, with StatusCode and Payload.
func OnFunction(name string, replies ...Reply) Mock {
	return Mock{
		label: fmt.Sprintf("OnFunction(%q)", name), rank: rankResource, replies: replies, lambda: true,
		match: func(_ *Machine, c Call) bool { return functionOf(c) == name },
	}
}

// Otherwise answers every call that no other mock answers.
func Otherwise(replies ...Reply) Mock {
	return Mock{
		label: "Otherwise()", rank: rankOtherwise, replies: replies,
		match: func(*Machine, Call) bool { return true },
	}
}

// wildcard matches text with a pattern in which "*" stands for any text.
func wildcard(pattern, text string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for {
		part, more, star := strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(text, part)
		}
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text, rest = text[i+len(part):], more
	}
}

// functionOf returns the name of the Lambda function that a call invokes, "" when it invokes none.
func functionOf(c Call) string {
	name := c.Resource
	if catalogue.InvokesFunction(c.Resource) {
		name = member(c.Input, "FunctionName")
	} else if !strings.Contains(name, ":lambda:") || !strings.Contains(name, ":function:") {
		return ""
	}
	if _, after, ok := strings.Cut(name, ":function:"); ok {
		name = after
	} else if _, after, ok := strings.Cut(name, "function:"); ok { // a partial ARN
		name = after
	}
	name, _, _ = strings.Cut(name, ":")
	return name
}

// member returns a string member of a JSON object, "" when it has none.
func member(text, name string) string {
	doc, err := value.ParseString(text)
	if err != nil {
		return ""
	}
	v, _ := doc.Get(name)
	return v.Str()
}

// play is the mocks of one execution at work.
type play struct {
	m     *Machine
	mocks []Mock
	used  []int // calls that each mock answered
	total int   // calls of the execution, for faults
}

func newPlay(m *Machine, mocks []Mock) *play {
	return &play{m: m, mocks: mocks, used: make([]int, len(mocks))}
}

// check finds mocks that can never answer, which are mistakes of the test.
func (p *play) check() error {
	for _, mock := range p.mocks {
		if mock.match == nil && mock.every == nil && mock.nested == nil {
			return fmt.Errorf("asltest: a zero Mock answers nothing; make one with On")
		}
		if mock.state == "" {
			continue
		}
		s, ok := p.m.m.Find(mock.state)
		if !ok {
			return fmt.Errorf("asltest: %s: %s has no state with this name%s", mock.label, p.m.file, p.m.tasks())
		}
		if _, ok := s.(*asl.Task); !ok {
			return fmt.Errorf("asltest: %s: the state at %s is a %s; only a Task calls anything", mock.label,
				p.m.at(s.Common().Pointer), s.Common().Type)
		}
	}
	return nil
}

// tasks names the Task states, where there are few.
func (m *Machine) tasks() string {
	var names []string
	for _, f := range m.m.Flows {
		for _, s := range f.States {
			if _, ok := s.(*asl.Task); ok {
				names = append(names, s.Common().Name)
			}
		}
	}
	if len(names) == 0 || len(names) > 12 {
		return ""
	}
	return "; its Task states are " + strings.Join(names, ", ")
}

// resolve is the Resolver of the execution: it finds the mock that answers.
func (p *play) resolve(c Call) (Answer, error) {
	n := p.total
	p.total++
	best := -1
	for i := range p.mocks {
		mock := &p.mocks[i]
		switch {
		case mock.every != nil:
			if mock.every.hits(c, n) {
				best = i
			}
		case mock.match != nil && mock.match(p.m, c) && (best < 0 || mock.rank < p.mocks[best].rank):
			best = i
		}
		if best >= 0 && p.mocks[best].rank == rankFault {
			break
		}
	}
	if best < 0 {
		return Answer{}, ErrUnmocked
	}
	mock := &p.mocks[best]
	a, err := p.answer(mock, c, p.used[best])
	p.used[best]++
	if err != nil {
		return a, fmt.Errorf("%s: %w", mock.label, err)
	}
	return completed(taskOf(p.m.m, c.State), a), nil
}

func (p *play) answer(mock *Mock, c Call, n int) (Answer, error) {
	if len(mock.replies) == 0 {
		return Return("{}"), nil
	}
	if mock.rank == rankState {
		n = c.N
	}
	r := mock.replies[min(n, len(mock.replies)-1)]
	if r == nil {
		return Answer{}, fmt.Errorf("the reply to call %d is nil", n)
	}
	if !mock.lambda {
		return r.reply(c)
	}
	return payloadReply(r, c)
}

// payloadReply lets a reply deal in payloads of a function.
func payloadReply(r Reply, c Call) (Answer, error) {
	invoke := catalogue.InvokesFunction(c.Resource)
	if invoke {
		doc, err := value.ParseString(c.Input)
		if err != nil {
			return Answer{}, err
		}
		in, ok := doc.Get("Payload")
		if !ok {
			in = value.Obj()
		}
		c.Input = in.JSON()
	}
	a, err := r.reply(c)
	if err != nil || !invoke || a.Failure != nil || a.Never || c.Token != "" {
		return a, err
	}
	a.Output = lambdaResponse(a.Output)
	return a, nil
}

// lambdaResponse wraps a payload as lambda:invoke returns it.
func lambdaResponse(payload string) string {
	if payload == "" {
		payload = "null"
	}
	return `{"ExecutedVersion":"$LATEST","Payload":` + payload + `,"StatusCode":200}`
}

// taskOf returns the Task state with this name; nil when there is none.
func taskOf(m *asl.Machine, name string) *asl.Task {
	s, _ := m.Find(name)
	t, _ := s.(*asl.Task)
	return t
}

// completed gives an answer what AWS would add: a .sync or callback request is answered at once, before its work ends.
func completed(t *asl.Task, a Answer) Answer {
	if a.Submitted != "" || a.Unstarted || a.Failure != nil && a.Failure.Stage != 0 {
		return a
	}
	if t != nil && t.Resource.Kind == asl.Integration && t.Resource.Pattern != asl.RequestResponse {
		a.Submitted = "{}"
	}
	return a
}
