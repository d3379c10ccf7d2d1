package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/jsonata"
)

type evalCmd struct {
	Expression string   `arg:"" help:"Expression, path or intrinsic function; {% … %} around JSONata may be left out."`
	Input      string   `short:"i" help:"Input: JSON, @FILE, or - for standard input. Default {}." default:"{}" placeholder:"JSON"`
	Language   string   `short:"l" help:"Language: ${enum}." enum:"jsonata,jsonpath" default:"jsonata"`
	Var        []string `sep:"none" help:"Value of a variable." placeholder:"NAME=JSON"`
}

// Run runs the command.
func (c *evalCmd) Run(a *app) error {
	input, err := a.readJSON("--input", c.Input)
	if err != nil {
		return err
	}
	vars := map[string]json.RawMessage{}
	for _, v := range c.Var {
		name, text, ok := strings.Cut(v, "=")
		name = strings.TrimPrefix(name, "$")
		if !ok || name == "" {
			return usage("--var %q: expected NAME=JSON", v)
		}
		doc, err := a.readJSON("--var "+name, text)
		if err != nil {
			return err
		}
		vars[name] = doc
	}
	var out []byte
	if c.Language == "jsonpath" {
		out, err = c.jsonPath(input, vars)
	} else {
		out, err = c.jsonata(a, input, vars)
	}
	if err != nil {
		return err
	}
	return a.printDocument(out)
}

// jsonata evaluates in the dialect of AWS. As in a state, $states.input is the input; beside that, the input is the context too, so
// that expressions can be tried in the way of other JSONata tools.
func (c *evalCmd) jsonata(a *app, input []byte, vars map[string]json.RawMessage) ([]byte, error) {
	text := strings.TrimSpace(c.Expression)
	if inner, ok := strings.CutPrefix(text, "{%"); ok {
		if inner, ok = strings.CutSuffix(inner, "%}"); ok {
			text = strings.TrimSpace(inner)
		}
	}
	p, err := jsonata.Compile(text, jsonata.AWS())
	if err != nil {
		return nil, &exitError{exitInvalid, fmt.Errorf("%w", err)}
	}
	bound := map[string][]byte{}
	for name, v := range vars {
		bound[name] = v
	}
	if _, given := bound["states"]; !given {
		bound["states"] = append(append([]byte(`{"input":`), input...), '}')
	}
	out, err := p.EvalJSON(a.ctx, &jsonata.Env{Now: time.Now(), Random: rand.Uint64}, input, bound)
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	if out == nil {
		return nil, &exitError{exitFailed, errors.New("the expression selected nothing")}
	}
	return out, nil
}

// jsonPath evaluates as a payload template does: in a state of its own, after one that assigns the variables.
func (c *evalCmd) jsonPath(input []byte, vars map[string]json.RawMessage) ([]byte, error) {
	type object = map[string]any
	all := object{"Eval": object{"Type": "Pass", "Parameters": object{"value.$": c.Expression}, "End": true}}
	first := "Eval"
	if len(vars) > 0 {
		// The values come from the input: what stands in Assign itself would be taken for a template.
		assign := object{}
		for name := range vars {
			assign[name+".$"] = "$.vars." + name
		}
		first = "Assign"
		all[first] = object{"Type": "Pass", "Assign": assign, "OutputPath": "$.input", "Next": "Eval"}
		doc, err := json.Marshal(object{"vars": vars, "input": json.RawMessage(input)})
		if err != nil {
			return nil, err
		}
		input = doc
	}
	definition, err := json.Marshal(object{"StartAt": first, "States": all})
	if err != nil {
		return nil, err
	}
	m, err := asl.Compile(definition, asl.Options{})
	if refused, ok := errors.AsType[*asl.Error](err); ok {
		return nil, &exitError{exitInvalid, errors.New(refused.Diagnostics[0].Message)}
	}
	if err != nil {
		return nil, err
	}
	r, err := asltest.Run(m, string(input), asltest.Options{Start: time.Now(), Seed: seed()})
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	if r.Status != "SUCCEEDED" {
		return nil, &exitError{exitFailed, fmt.Errorf("%s: %s", textOf(r.Error), textOf(r.Cause))}
	}
	var out struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal([]byte(r.Output), &out); err != nil {
		return nil, err
	}
	return out.Value, nil
}

// seed feeds States.UUID and States.MathRandom.
func seed() (s [16]byte) {
	for i := range s {
		s[i] = byte(rand.Uint32())
	}
	return s
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
