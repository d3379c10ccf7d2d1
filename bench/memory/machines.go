package main

import (
	"encoding/json"
	"fmt"

	"github.com/gait-engine/gait/internal/value"
)

// machine is one load, as each side needs it.
type machine struct {
	name       string
	definition string // JSON text
	input      string // JSON text
	tasks      []string
	typed      bool       // Gait calls the task through task.Func, with JSON in and out, as users write it
	byHand     func() any // the same work in plain Go; what it returns is the output
}

// object spares the definitions below the quotes of map[string]any.
type object = map[string]any

// machines are the loads. Every run takes 50 to 1,001 transitions.
func machines() []machine {
	return []machine{
		{
			name: "counter", byHand: countByHand, input: `{"n":0}`,
			definition: text(object{"StartAt": "Add", "States": object{
				"Add":  object{"Type": "Pass", "Parameters": object{"n.$": "States.MathAdd($.n, 1)"}, "Next": "More"},
				"More": object{"Type": "Choice", "Choices": []any{object{"Variable": "$.n", "NumericLessThan": counted, "Next": "Add"}}, "Default": "End"},
				"End":  object{"Type": "Succeed"},
			}}),
		},
		{name: "pass chain", byHand: passByHand, input: `{"id":"a7"}`, definition: text(chain(passes, pass))},
		{name: "choices", byHand: chooseByHand, input: `{"kind":"express","weight":12,"address":{"country":"CH"}}`, definition: text(choices())},
		{name: "parallel", byHand: parallelByHand, input: `{"id":"a7"}`, definition: text(parallel())},
		{name: "map 100", byHand: mapByHand, input: items(), definition: text(mapping())},
		{name: "tasks", byHand: tasksByHand, input: taskInput, definition: text(chain(tasks, taskState)), tasks: names(tasks)},
		{name: "tasks typed", byHand: tasksByHand, input: taskInput, definition: text(chain(tasks, taskState)), tasks: names(tasks), typed: true},
	}
}

// Sizes of the loads.
const (
	counted  = 500
	passes   = 200
	forks    = 100
	branches = 10
	length   = 20 // of a branch
	mapped   = 100
	tasks    = 50
)

const taskInput = `{"id":"a7","sku":"tea","qty":3,"customer":{"name":"Ann","country":"CH"}}`

func text(of any) string {
	b, err := json.Marshal(of)
	if err != nil {
		panic(err) // the definitions above are plain data
	}
	return string(b)
}

func names(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("S%d", i)
	}
	return list
}

// chain is a machine of n states, one after the other.
func chain(n int, state func(i int) object) object {
	states := object{}
	for i, name := range names(n) {
		s := state(i)
		if i+1 < n {
			s["Next"] = fmt.Sprintf("S%d", i+1)
		} else {
			s["End"] = true
		}
		states[name] = s
	}
	return object{"StartAt": "S0", "States": states}
}

func pass(i int) object {
	return object{"Type": "Pass", "Result": i, "ResultPath": "$.last"}
}

func taskState(int) object {
	return object{
		"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:price",
		"Parameters": object{"sku.$": "$.sku", "qty.$": "$.qty"}, "ResultPath": "$.price",
	}
}

// choices is a chain of Choice states of which the last rule of four matches.
func choices() object {
	states := object{"End": object{"Type": "Succeed"}}
	for i, name := range names(forks) {
		next := "End"
		if i+1 < forks {
			next = fmt.Sprintf("S%d", i+1)
		}
		states[name] = object{"Type": "Choice", "Default": "End", "Choices": []any{
			object{"Variable": "$.kind", "StringEquals": "slow", "Next": "End"},
			object{"Variable": "$.weight", "NumericGreaterThan": 100, "Next": "End"},
			object{"Not": object{"Variable": "$.weight", "IsPresent": true}, "Next": "End"},
			object{"And": []any{
				object{"Variable": "$.address.country", "StringEquals": "CH"},
				object{"Variable": "$.weight", "NumericLessThanEquals": 30},
			}, "Next": next},
		}}
	}
	return object{"StartAt": "S0", "States": states}
}

// parallel has chains of Pass states as branches; their names must differ.
func parallel() object {
	var list []any
	for b := range branches {
		states := object{}
		for i := range length {
			s := pass(i)
			if i+1 < length {
				s["Next"] = fmt.Sprintf("B%d-%d", b, i+1)
			} else {
				s["End"] = true
			}
			states[fmt.Sprintf("B%d-%d", b, i)] = s
		}
		list = append(list, object{"StartAt": fmt.Sprintf("B%d-0", b), "States": states})
	}
	return object{"StartAt": "Fork", "States": object{"Fork": object{"Type": "Parallel", "Branches": list, "End": true}}}
}

// mapping maps items: each is rebuilt by a Pass, sorted by a Choice and marked by another Pass.
func mapping() object {
	mark := func(size string) object {
		return object{"Type": "Pass", "Result": size, "ResultPath": "$.size", "End": true}
	}
	return object{"StartAt": "Each", "States": object{"Each": object{
		"Type": "Map", "ItemsPath": "$.items", "End": true,
		"ItemProcessor": object{"StartAt": "Line", "States": object{
			"Line":  object{"Type": "Pass", "Parameters": object{"sku.$": "$.sku", "qty.$": "$.qty"}, "Next": "Large"},
			"Large": object{"Type": "Choice", "Choices": []any{object{"Variable": "$.qty", "NumericGreaterThan": 50, "Next": "Big"}}, "Default": "Small"},
			"Big":   mark("big"),
			"Small": mark("small"),
		}},
	}}}
}

func items() string {
	list := make([]any, mapped)
	for i := range list {
		list[i] = object{"sku": fmt.Sprintf("sku-%d", i), "qty": i * 31 % 97, "note": "left out"}
	}
	return text(object{"items": list})
}

// price is the function behind the tasks; side.js has it too.
func price(in value.Value) value.Value {
	sku, _ := in.Get("sku")
	qty, _ := in.Get("qty")
	n, _ := qty.Int()
	return value.Obj(value.M("sku", sku), value.M("total", value.FromInt(n*250)))
}

type (
	order struct {
		Sku string `json:"sku"`
		Qty int64  `json:"qty"`
	}
	priced struct {
		Sku   string `json:"sku"`
		Total int64  `json:"total"`
	}
)

func priceTyped(in order) priced { return priced{in.Sku, in.Qty * 250} }
