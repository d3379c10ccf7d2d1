package asl

import (
	"slices"
	"strings"
)

// The patterns an optimised integration has beyond request-response.
const (
	syncJob     = 1 << iota // .sync
	syncParsed              // .sync:2
	taskToken               // .waitForTaskToken
	requestOnly = 0
)

// services are the actions of the optimised integrations, by service, with their patterns. An action that its service lacks is
// refused when the machine is created. Services that are missing here are accepted: AWS adds some every year, and hosts have
// their own. Source: AWS Step Functions Developer Guide, "Integrating services".
var services = map[string]map[string]int{
	"lambda":     {"invoke": taskToken},
	"apigateway": {"invoke": taskToken},
	"http":       {"invoke": requestOnly},
	"athena": {
		"startQueryExecution": syncJob, "getQueryExecution": requestOnly, "getQueryResults": requestOnly, "stopQueryExecution": requestOnly,
	},
	"batch":   {"submitJob": syncJob},
	"bedrock": {"invokeModel": taskToken, "createModelCustomizationJob": syncJob},
	"codebuild": {
		"startBuild": syncJob, "startBuildBatch": syncJob, "retryBuildBatch": syncJob, "stopBuild": requestOnly,
		"stopBuildBatch": requestOnly, "batchDeleteBuilds": requestOnly, "batchGetReports": requestOnly, "deleteBuildBatch": requestOnly,
	},
	"dynamodb": {"getItem": requestOnly, "putItem": requestOnly, "deleteItem": requestOnly, "updateItem": requestOnly},
	"ecs":      {"runTask": syncJob | taskToken},
	"eks": {
		"call": taskToken, "runJob": syncJob, "createCluster": syncJob, "deleteCluster": syncJob, "createNodegroup": syncJob,
		"deleteNodegroup": syncJob, "createFargateProfile": syncJob, "deleteFargateProfile": syncJob,
	},
	"elasticmapreduce": {
		"createCluster": syncJob, "setClusterTerminationProtection": requestOnly, "terminateCluster": syncJob, "addStep": syncJob,
		"cancelStep": requestOnly, "modifyInstanceFleetByName": requestOnly, "modifyInstanceGroupByName": requestOnly,
	},
	"emr-containers": {"createVirtualCluster": requestOnly, "deleteVirtualCluster": syncJob, "startJobRun": syncJob},
	"emr-serverless": {
		"createApplication": syncJob, "startApplication": syncJob, "stopApplication": syncJob, "deleteApplication": syncJob,
		"startJobRun": syncJob, "cancelJobRun": syncJob,
	},
	"events":       {"putEvents": taskToken},
	"glue":         {"startJobRun": syncJob},
	"databrew":     {"startJobRun": syncJob},
	"mediaconvert": {"createJob": syncJob},
	"sagemaker": {
		"createEndpoint": requestOnly, "createEndpointConfig": requestOnly, "createModel": requestOnly, "updateEndpoint": requestOnly,
		"createTrainingJob": syncJob, "createTransformJob": syncJob, "createHyperParameterTuningJob": syncJob,
		"createLabelingJob": syncJob, "createProcessingJob": syncJob,
	},
	"sns":    {"publish": taskToken},
	"sqs":    {"sendMessage": taskToken},
	"states": {"startExecution": syncJob | syncParsed | taskToken},
}

// known reports whether AWS would recognise an integration; resources of other kinds are known.
func (r Resource) known() bool {
	part := strings.SplitN(r.Text, ":", 4)
	if r.Kind != Integration || len(part) < 4 || part[0] != "arn" || part[2] != "states" {
		return true
	}
	action, suffix, _ := strings.Cut(r.Action, ".")
	patterns, ok := taskToken, true
	if actions, optimised := services[r.Service]; optimised {
		patterns, ok = actions[action]
	} else if !strings.HasPrefix(r.Service, "aws-sdk:") {
		return !slices.Contains(notIntegrations, r.Service)
	}
	switch "." + suffix {
	case ".":
		return ok
	case syncSuffix:
		return ok && patterns&syncJob != 0
	case sync2Suffix:
		return ok && patterns&syncParsed != 0
	case tokenSuffix:
		return ok && patterns&taskToken != 0
	default:
		return false
	}
}

// notIntegrations are the other things that have an ARN of Step Functions.
var notIntegrations = []string{"stateMachine", "execution", "express", "mapRun"}

// hint suggests the nearest action of the service.
func (r Resource) hint() string {
	action, suffix, dotted := strings.Cut(r.Action, ".")
	actions, optimised := services[r.Service]
	if _, ok := actions[action]; dotted && (ok || !optimised) {
		return r.Service + ":" + action + " does not support the pattern ." + suffix
	}
	return didYouMean(action, actions)
}
