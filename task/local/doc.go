// Package local is queues, topics and event buses in one process: what sqs:sendMessage, sns:publish and events:putEvents reach
// when there is no AWS.
//
//	services := local.New(local.Config{})
//	defer services.Close(ctx)
//	orders := services.Queue("orders")
//	services.Topic("alerts").Subscribe(func(ctx context.Context, m local.Message) error { … })
//	services.Register(&tasks)
//
//	m, err := orders.Receive(ctx) // or range over orders.Messages()
//
// A definition then names the queue https://sqs.us-east-1.amazonaws.com/000000000000/orders ([Queue.URL]) or the topic
// arn:aws:sns:us-east-1:000000000000:alerts ([Topic.ARN]), in every pattern that AWS has, and gets AWS's results and errors. With
// .waitForTaskToken the message carries the token, and whoever receives it answers by the engine's SendTaskSuccess.
//
// Messages live in memory. They are gone when the process ends, other than the task tokens in them, which stay good. What must not
// be lost belongs into the receiver's own store before the message is forgotten. Queues and subscriptions are bounded; one that
// is full refuses messages with an error that Retry can match.
//
// Source: AWS API references of Amazon SQS "SendMessage", Amazon SNS "Publish" and Amazon EventBridge "PutEvents"; recorded executions.
package local
