// Package jsonata compiles and evaluates JSONata natively: compile once, evaluate many times, with limits on time, depth and memory.
//
// The language is that of the reference implementation, npm jsonata 2.0.6: paths and sequences, predicates, grouping, sorting,
// transforms, lambdas with closures and tail calls, partial application, the parent operator %, the binds @ and #, regular
// expressions with the semantics of JavaScript, and the whole function library. Errors carry the reference's codes, texts, tokens
// and positions. The option [AWS] selects the dialect of AWS Step Functions.
//
//	p, err := jsonata.Compile(`$sum(orders.(price * qty))`)
//	…
//	out, err := p.EvalJSON(ctx, nil, []byte(`{"orders": [{"price": 2, "qty": 3}]}`), nil) // 6
//
// # Values
//
// [Program.EvalJSON] takes and returns JSON, [Program.Eval] Go values, [Program.EvalInput] documents that were read once.
// [Program.EvalValue] is for the engine of this module and uses its document type; it is not covered by the compatibility promise.
// An expression that selects nothing has no result, which is not null: each entry says how it shows.
//
// Numbers are binary64. Documents that pass through whole keep the text of their numbers; the members of an object are listed as
// JavaScript lists them, names that are array indexes first. Strings are UTF-8 on the outside; inside they can hold halves of
// surrogate pairs, which leave as U+FFFD.
//
// # The world
//
// An evaluation sees nothing but its input, its variables and its [Env]. The package reads no clock and no source of randomness:
// $now() and $millis() show Env.Now, $random(), $shuffle() and $uuid() draw from Env.Random or Env.Seed, and without those they
// fail with the code U1002 instead of making something up. With the same Env an evaluation can be repeated exactly.
//
// # Limits
//
// Every evaluation is bounded by [Limits]: steps, depth, the size of a value and of all values. Hostile expressions end in an
// *[Error] with the code U1001; its Limit field says which bound it was. Time is bounded by steps and by the context or
// Env.Interrupt, which are looked at every 1,024 steps: the package starts no goroutine.
//
// # Concurrency
//
// A [Program] never changes and may be used by any number of goroutines. Documents are never modified, transforms included.
//
// # Differences from the reference
//
// Where 2.0.6 crashes in its host language or does not return, the result is that of later versions: an exponent picture and zero
// in $formatNumber, a call in tail position of what is no function (T1006). Patterns that are no regular expression are refused
// with S0303. When several members of one array or object fail, the first one's error is raised; the reference, which evaluates
// them at once, raises whichever comes first in its scheduler. Names inherited from JavaScript objects, such as constructor, are
// ordinary names. What an expression assigns in $eval stays there. Section numbers of pictures refer to XPath Functions and
// Operators 3.1.
package jsonata
