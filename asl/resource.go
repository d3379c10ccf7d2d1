package asl

import "strings"

// hostScheme begins the resources that a host resolves itself, such as "gait:charge".
const hostScheme = "gait:"

// The suffixes of Resource that choose a pattern.
const (
	syncSuffix  = ".sync"
	sync2Suffix = ".sync:2"
	tokenSuffix = ".waitForTaskToken"
)

// parseResource takes a Resource apart. It reports false for a text that is no ARN; the parts are then filled in as far as the
// text allows.
func parseResource(s string) (Resource, bool) {
	r := Resource{Text: s}
	switch {
	case strings.HasSuffix(s, tokenSuffix):
		r.Pattern = WaitForTaskToken
	case strings.HasSuffix(s, syncSuffix), strings.HasSuffix(s, sync2Suffix):
		r.Pattern = RunJob
	}
	part := strings.SplitN(s, ":", 6) // arn:partition:service:region:account:resource
	if len(part) < 6 || part[0] != "arn" || part[1] == "" || part[2] == "" || part[5] == "" || strings.ContainsAny(s, " \t\r\n") {
		return r, false
	}
	switch service, rest := part[2], part[5]; {
	case service == "lambda":
		r.Kind, r.Service, r.Action = LambdaFunction, "lambda", "function"
		r.Pattern = RequestResponse
		return r, strings.HasPrefix(rest, "function:") && len(rest) > len("function:")
	case service == "states" && strings.HasPrefix(rest, "activity:"):
		r.Kind, r.Service, r.Action = Activity, "states", "activity"
		r.Pattern = RequestResponse
		return r, len(rest) > len("activity:")
	case service == "states":
		cut := strings.IndexByte(rest, ':')
		if strings.HasPrefix(rest, "aws-sdk:") {
			if next := strings.IndexByte(rest[cut+1:], ':'); next >= 0 {
				cut += 1 + next
			} else {
				cut = -1
			}
		}
		if cut <= 0 || cut == len(rest)-1 {
			return r, false
		}
		r.Service, r.Action, r.Region = rest[:cut], rest[cut+1:], part[3]
		return r, true
	default: // of another service: kept for hosts that know it
		r.Service, r.Action = service, rest
		return r, true
	}
}
