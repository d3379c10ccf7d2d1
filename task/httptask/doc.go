// Package httptask answers http:invoke and apigateway:invoke over net/http: no AWS account is needed.
//
// A [Client] is made once and registered with a Mux; the states of any machine may then call HTTPS APIs:
//
//	client := httptask.New(httptask.Config{Connections: httptask.Static{
//		"partner": {AuthorizationType: httptask.APIKey, AuthParameters: httptask.AuthParameters{
//			APIKeyAuthParameters: &httptask.APIKeyAuth{APIKeyName: "X-Api-Key", APIKeyValue: key}}},
//	}})
//	defer client.Close()
//	client.Register(&tasks)
//
// Requests, results and error names are those of AWS Step Functions: see [Client.ServeTask]. Secrets come from [Connections], in the
// shape of EventBridge connections, and appear neither in results of this package nor in causes.
//
// # What may be called
//
// A definition decides which URL is called, so it could try to reach what only this machine can: services on the loopback
// interface, the private network, or the metadata address of a cloud. By default nothing but public addresses is called, and only
// by https. The check is made on the address that is dialled, after the name has been resolved and for every redirect, so a name
// that resolves to a private address is refused too. [Config.Allow] opens single networks, [Config.AllowPrivate] all of them.
// Proxies named by the environment are not used.
//
// The package does not run anything by itself, has no global state, and is not imported by package engine.
//
// Source: AWS Step Functions Developer Guide, "Call HTTPS APIs in Step Functions workflows" and "Create API Gateway REST APIs with
// Step Functions"; Amazon EventBridge User Guide, "Connections for HTTP endpoint targets".
package httptask
