// Package catalogue is the table of the AWS services that a Task state can name: the optimised integrations, with their
// patterns, parameters, results, jobs and error names, and the services of arn:aws:states:::aws-sdk:….
//
// The table is data, one struct literal for each service in the files services_*.go, so that it can be read beside the pages of
// the AWS Step Functions Developer Guide that it follows. What applies it is here too, as functions from documents to documents:
// [Action.Check] before a call, [Action.Request] and [Action.Answer] around it, [Job.Plan] and [Job.Look] for Run-a-Job, and
// [Service.Failure] for errors. The package calls nothing and keeps no state; asl reads it to refuse what AWS does not know, the
// core to refuse parameters, package task to make the calls.
//
//	service, action := catalogue.Find("sqs", "sendMessage")
//	problems := action.Check(parameters)       // nil, or "The field 'QueueUrl' is required but was missing"
//	text := action.Request(parameters, caller) // MessageBody as text
//
// Sources: the developer guide's chapter "Integrating services", recorded executions, and the models of the services' own APIs.
package catalogue
