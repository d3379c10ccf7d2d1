// Package history shows the records of an execution as AWS shows its history: events with id, previousEventId and details, in
// the JSON of GetExecutionHistory.
//
// A history is a view. The core decides [states.Record] values, a store keeps them, and this package only words them: [Render]
// walks records and yields an [Event] for each, [Page] cuts a [Log] into pages in either direction, and [Event.AppendJSON]
// writes exactly the members that AWS writes, in the order of its API model. Package history reads no store and decides no
// event; it does not encode page tokens.
//
//	for event, err := range history.Render(records, history.Options{RoleARN: role}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(event.ID, event.Type, event.Details.Name)
//	}
//
// # Which fields of a record an event type uses
//
// At and Prev always. Of the others:
//
//	ExecutionStarted                Doc (input); Name (of the role; "": Options.RoleARN)
//	ExecutionSucceeded              Doc (output)
//	ExecutionFailed, …Aborted,      Fail; nil gives empty details
//	…TimedOut
//	ExecutionRedriven               N (redrive count)
//	…StateEntered                   Name, Doc (input)
//	…StateExited                    Name, Doc (output), Vars
//	MapStateStarted                 N (length)
//	MapIteration…                   Name (of the Map state), N (index)
//	MapRunStarted, MapRunRedriven   Name (Map Run ARN), N (redrive count)
//	MapRunFailed                    Fail
//	LambdaFunctionScheduled,        Name (resource), Doc (input), Task (timeouts, RoleARN)
//	ActivityScheduled
//	ActivityStarted                 Name (of the worker)
//	TaskScheduled                   Task, Doc (parameters)
//	TaskStarted                     Task (ResourceType, Resource)
//	…Succeeded, TaskSubmitted       Doc (output), Task for the Task family
//	…Failed, …TimedOut and alike    Fail, Task for the Task family
//	EvaluationFailed                Name (of the state), Fail with Location
//
// Types that are not listed have no details. Source: the Step Functions API model, and histories recorded from AWS.
package history
