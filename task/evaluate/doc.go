// Package evaluate answers the Task states that the AWS CDK's construct EvaluateExpression makes, without Node.js and without Lambda.
//
// The construct calls a Lambda function of its own with {"expression": "$.a + $.b", "expressionAttributeValues": {"$.a": 1, "$.b": 2}}.
// An [Evaluator] replaces the paths by their values, evaluates the JavaScript and returns its value:
//
//	e := evaluate.New(evaluate.Config{})
//	e.Register(&tasks, "*EvalFunction*") // the name that the CDK gave the function
//
// The language is JavaScript (ES2023) with its standard objects. There is nothing else: no modules, files, network, timers, console, or
// anything of Node.js. Each evaluation has a virtual machine of its own, with bounds for time, memory and call depth, so that
// expressions may come from people who are not trusted. Local time is UTC, as in Lambda.
//
// The JavaScript engine is modernc.org/quickjs. Neither package engine nor package task imports this one.
//
// Source: aws-cdk, aws-stepfunctions-tasks, evaluate-expression.ts and eval-nodejs-handler.
package evaluate
