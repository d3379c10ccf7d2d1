package catalogue

import (
	"strconv"
	"strings"
)

// Failure is an ASL error: its name and its cause.
type Failure struct{ Name, Cause string }

// Problem is what a service said when it refused a call.
type Problem struct {
	Code      string // "ResourceNotFoundException"; "" for a service that was not reached
	Message   string
	Status    int // of HTTP; 0 counts as 400
	RequestID string
	HostID    string // the extended request id of S3
	Attempts  int    // calls made by an SDK; 0 counts as 1
	Unnamed   bool   // the service's model does not name the code
}

// generalCodes are codes of the front of AWS, which few services' models name; see namesItself for those that do.
var generalCodes = map[string]bool{
	"AccessDenied": true, "AccessDeniedException": true, "AuthFailure": true, "ExpiredToken": true, "ExpiredTokenException": true,
	"IncompleteSignature": true, "InternalError": true, "InternalFailure": true, "InvalidAction": true, "InvalidClientTokenId": true,
	"InvalidParameterCombination": true, "InvalidParameterValue": true, "InvalidSignatureException": true, "MalformedQueryString": true,
	"MissingAction": true, "MissingAuthenticationToken": true, "MissingAuthenticationTokenException": true, "MissingParameter": true,
	"NotAuthorized": true, "OptInRequired": true, "RequestExpired": true, "RequestLimitExceeded": true, "SerializationException": true,
	"ServiceUnavailable": true, "SignatureDoesNotMatch": true, "Throttling": true, "ThrottlingException": true,
	"UnknownOperationException": true, "UnrecognizedClientException": true, "ValidationError": true, "ValidationException": true,
}

// Failure words a refusal by the service of an optimised integration.
//
// The name is Prefix.<Code>Exception, where codes that end in Exception keep it, or Prefix.<Generic> for codes that the service's
// model does not name. Without a code the service was not reached: Prefix.SdkClientException with the message alone.
// Source: recorded executions.
func (s *Service) Failure(p Problem) Failure {
	if p.Code == "" {
		name := s.Transport
		if name == "" {
			name = s.Prefix + ".SdkClientException"
		}
		return Failure{Name: name, Cause: p.Message}
	}
	return Failure{
		Name: s.Prefix + "." + exception(s.sdkName(), s.Generic, p),
		Cause: p.Message + " (Service: " + s.Client + "; Status Code: " + p.status() + "; Error Code: " + p.Code + "; Request ID: " +
			p.RequestID + "; Proxy: null)",
	}
}

// SDKFailure words a refusal of a call through arn:aws:states:::aws-sdk:service:…. Source: recorded executions.
func SDKFailure(service string, p Problem) Failure {
	prefix := SDKPrefix(service)
	if p.Code == "" {
		return Failure{Name: prefix + ".SdkClientException", Cause: p.Message}
	}
	cause := p.Message + " (Service: " + prefix + ", Status Code: " + p.status() + ", Request ID: " + p.RequestID
	if p.HostID != "" {
		cause += ", Extended Request ID: " + p.HostID
	}
	return Failure{
		Name:  prefix + "." + exception(service, prefix+"Exception", p),
		Cause: cause + ") (SDK Attempt Count: " + strconv.Itoa(max(p.Attempts, 1)) + ")",
	}
}

func (p *Problem) status() string {
	if p.Status == 0 {
		return "400"
	}
	return strconv.Itoa(p.Status)
}

// sdkName returns the name that aws-sdk has for the service.
func (s *Service) sdkName() string {
	switch s.Name {
	case "elasticmapreduce":
		return "emr"
	case "events":
		return "eventbridge"
	case "states":
		return "sfn"
	}
	return strings.ReplaceAll(s.Name, "-", "")
}

// otherNames are codes whose exceptions have other names.
var otherNames = map[string]string{
	"NonExistentQueue":      "QueueDoesNotExistException", // of SQS before its JSON protocol
	"ParameterValueInvalid": "InvalidParameterValueException",
	"ReportExpired":         "CredentialReportExpiredException",
	"ReportNotPresent":      "CredentialReportNotPresentException",
	"ReportInProgress":      "CredentialReportNotReadyException",
}

// exception returns the name of a code's exception in the SDKs for Java: the last part of the code, with the ending Exception, also
// in place of Fault.
func exception(service, generic string, p Problem) string {
	code := p.Code
	if i := strings.LastIndexAny(code, ".#"); i >= 0 {
		code = code[i+1:] // "AWS.SimpleQueueService.NonExistentQueue", "com.amazonaws.sqs#QueueDoesNotExist"
	}
	if p.Unnamed || generalCodes[code] && !namesItself(service, code) {
		return generic
	}
	if name, ok := otherNames[code]; ok {
		return name
	}
	if strings.HasSuffix(code, "Exception") {
		return code
	}
	return strings.TrimSuffix(code, "Fault") + "Exception"
}

// NotFound reports whether a problem says that what was asked for is not there.
func (p *Problem) NotFound() bool {
	return p.Status == 404 || strings.Contains(p.Code, "NotFound") || strings.Contains(p.Code, "DoesNotExist")
}

// Transient reports whether a call that met this problem may well succeed later: throttling, trouble on the side of the service, or
// no answer at all.
func (p *Problem) Transient() bool {
	switch {
	case p.Code == "", p.Status == 429, p.Status >= 500:
		return true
	}
	return strings.Contains(p.Code, "Throttl") || strings.Contains(p.Code, "TooManyRequests") || strings.Contains(p.Code, "LimitExceeded") &&
		strings.Contains(p.Code, "Request")
}
