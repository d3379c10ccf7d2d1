package catalogue

import (
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// sdkPrefixes are the prefixes of error names of arn:aws:states:::aws-sdk:service:…, by which causes name the service too. The
// service in the resource is the prefix in lower case. Source: developer guide, "Supported AWS SDK service integrations"; the newer
// services by their clients in the AWS SDK for Java v2, whose names the prefixes are.
const sdkPrefixes = `
AccessAnalyzer Account Acm AcmPca AiOps AlexaForBusiness Amp Amplify AmplifyBackend AmplifyUiBuilder ApiGateway
ApiGatewayV2 AppConfig AppConfigData AppFabric Appflow AppIntegrations ApplicationAutoScaling ApplicationCostProfiler
ApplicationDiscovery ApplicationInsights ApplicationSignals AppMesh AppStream AppSync AppTest ArcZonalShift Artifact
Athena AuditManager AutoScaling AutoScalingPlans B2Bi Backup BackupGateway BackupSearch Batch BcmDataExports Bedrock
BedrockAgent BedrockAgentCore BedrockAgentRuntime BedrockDataAutomation BedrockRuntime BillingConductor Braket Budgets
Chatbot Chime ChimeSdkIdentity ChimeSdkMediaPipelines ChimeSdkMeetings ChimeSdkMessaging ChimeSdkVoice CleanRooms
CleanRoomsMl Cloud9 CloudControl CloudDirectory CloudFormation CloudFront CloudFrontKeyValueStore CloudHsm CloudHsmV2
CloudSearch CloudTrail CloudTrailData CloudWatch CloudWatchLogs Codeartifact CodeBuild CodeCatalyst CodeCommit
CodeConnections CodeDeploy CodeGuruProfiler CodeGuruReviewer CodeGuruSecurity CodePipeline CodeStar
CodeStarConnections CodestarNotifications CognitoIdentity CognitoIdentityProvider CognitoSync Comprehend
ComprehendMedical ComputeOptimizer Config Connect ConnectCampaigns ConnectCases ConnectContactLens ConnectParticipant
ControlTower CostAndUsageReport CostExplorer CostOptimizationHub CustomerProfiles DatabaseMigration DataBrew
DataExchange DataPipeline DataSync DataZone Dax Deadline Detective DeviceFarm DevOpsGuru DirectConnect Directory
DirectoryServiceData Dlm DocDb DocDbElastic Drs Dsql DynamoDb DynamoDbStreams Ebs Ec2 Ec2InstanceConnect Ecr EcrPublic
Ecs Efs Eks EksAuth ElastiCache ElasticBeanstalk ElasticInference ElasticLoadBalancing ElasticLoadBalancingV2
Elasticsearch ElasticTranscoder Emr EmrContainers EmrServerless EntityResolution EventBridge Evidently FinSpace
FinSpaceData Firehose Fis Fms Forecast Forecastquery FraudDetector FreeTier FSx GameLift GameLiftStreams Glacier Glue
Grafana Greengrass GreengrassV2 GroundStation GuardDuty HealthLake Honeycode Iam Identitystore Imagebuilder Inspector
Inspector2 InternetMonitor Invoicing Iot Iot1ClickProjects IoTAnalytics IotDeviceAdvisor IotEvents IotEventsData
IoTFleetHub IotFleetWise IotJobsDataPlane IoTSecureTunneling IoTSiteWise IoTThingsGraph IotTwinMaker IotWireless Ivs
Ivschat IvsRealtime Kafka KafkaConnect Kendra KendraRanking Keyspaces Kinesis KinesisAnalytics KinesisAnalyticsV2
KinesisVideo KinesisVideoArchivedMedia KinesisVideoMedia KinesisVideoSignaling Kms LakeFormation Lambda LaunchWizard
LexModelBuilding LexModelsV2 LexRuntime LexRuntimeV2 LicenseManager LicenseManagerLinuxSubscriptions
LicenseManagerUserSubscriptions Lightsail Location LookoutEquipment LookoutMetrics LookoutVision M2 Macie2 MailManager
ManagedBlockchain MarketplaceAgreement MarketplaceCatalog MarketplaceCommerceAnalytics MarketplaceDeployment
MarketplaceEntitlement MarketplaceMetering MediaConnect MediaConvert MediaLive MediaPackage MediaPackageV2
MediaPackageVod MediaStore MediaTailor MedicalImaging MemoryDB MigrationHub MigrationHubConfig
MigrationHubOrchestrator MigrationHubRefactorSpaces MigrationHubStrategy Mq MTurk Mwaa Neptune Neptunedata
NeptuneGraph NetworkFirewall NetworkManager NetworkMonitor NimbleStudio Notifications Oam Omics OpenSearch
OpenSearchServerless OpsWorks OpsWorksCm Organizations Osis Outposts Panorama PaymentCryptography
PaymentCryptographyData PcaConnectorAd PcaConnectorScep Pcs Personalize PersonalizeEvents PersonalizeRuntime Pi
Pinpoint PinpointEmail PinpointSmsVoice PinpointSmsVoiceV2 Pipes Polly Pricing PrivateNetworks Proton QApps QBusiness
QConnect Qldb QldbSession QuickSight Ram Rbin Rds RdsData Redshift RedshiftData RedshiftServerless Rekognition
RepostSpace Resiliencehub ResourceExplorer2 ResourceGroups ResourceGroupsTaggingApi RoboMaker RolesAnywhere Route53
Route53Domains Route53Profiles Route53RecoveryCluster Route53RecoveryControlConfig Route53RecoveryReadiness
Route53Resolver Rum S3 S3Control S3Outposts S3Tables S3Vectors SageMaker SageMakerA2IRuntime SagemakerEdge
SageMakerFeatureStoreRuntime SageMakerGeospatial SageMakerMetrics SageMakerRuntime Savingsplans Scheduler Schemas
SecretsManager SecurityHub SecurityLake ServerlessApplicationRepository ServiceCatalog ServiceCatalogAppRegistry
ServiceDiscovery ServiceQuotas Ses SesV2 Sfn Shield Signer SimSpaceWeaver Sms Snowball Sns Sqs Ssm SsmContacts
SsmIncidents SsmQuickSetup SsmSap Sso SsoAdmin SsoOidc StorageGateway Sts SupplyChain Support SupportApp Swf
Synthetics TaxSettings Textract TimestreamInfluxDb TimestreamQuery TimestreamWrite Tnb Transcribe Transfer Translate
VerifiedPermissions VoiceId VpcLattice Waf WafRegional Wafv2 WellArchitected Wisdom WorkDocs WorkMail
WorkMailMessageFlow WorkSpaces WorkSpacesThinClient WorkSpacesWeb XRay
`

var sdkIndex = indexedPrefixes(sdkPrefixes)

func indexedPrefixes(list string) map[string]string {
	m := map[string]string{}
	for prefix := range strings.FieldsSeq(list) {
		m[strings.ToLower(prefix)] = prefix
	}
	return m
}

// SDKPrefix returns the prefix of error names of a service of aws-sdk: "DynamoDb" for "dynamodb". A service that is not in the table
// gets a capital.
func SDKPrefix(service string) string {
	if prefix, ok := sdkIndex[service]; ok {
		return prefix
	}
	if service == "" {
		return ""
	}
	return strings.ToUpper(service[:1]) + service[1:]
}

// KnowsSDK reports whether the table has the prefix of a service of aws-sdk.
func KnowsSDK(service string) bool { return sdkIndex[service] != "" }

// sdkMissing are the calls that aws-sdk does not offer. Source: developer guide, "Supported AWS SDK service integrations".
var sdkMissing = map[string]bool{
	"comprehendmedical:detectEntities": true, "efs:createTags": true, "elastictranscoder:testRole": true, "emr:describeJobFlows": true,
	"iotdeviceadvisor:listTestCases": true, "kinesis:subscribeToShard": true, "lambda:invokeAsync": true,
	"lexruntimev2:startConversation": true, "mediapackage:rotateChannelCredentials": true, "rds:executeSql": true,
	"s3:selectObjectContent": true, "shield:deleteSubscription": true,
}

// SDKOffers reports whether arn:aws:states:::aws-sdk:service:action exists, as far as the table knows: services are added all the
// time.
func SDKOffers(service, action string) bool { return !sdkMissing[service+":"+action] }

// sdkTexts are members that a service takes as text, or as bytes, of whatever JSON a definition gives. The service's model would
// tell; these are the ones of services that Step Functions also integrates otherwise. Source: recorded executions for those of sfn
// and s3.
var sdkTexts = map[string][]string{
	"eventbridge:putEvents": {"Entries[].Detail"}, "lambda:invoke": {"Payload"}, "s3:putObject": {"Body"},
	"sfn:sendTaskSuccess": {"Output"}, "sfn:startExecution": {"Input"}, "sfn:startSyncExecution": {"Input"},
	"sns:publish": {"Message"}, "sqs:sendMessage": {"MessageBody"},
}

// SDKRequest returns the parameters of a call through aws-sdk, with objects as text where the service takes text.
func SDKRequest(service, action string, parameters value.Value) value.Value {
	for _, path := range sdkTexts[service+":"+action] {
		parameters = edit(parameters, path, false, func(v value.Value, _ bool) value.Value { return asText(v) })
	}
	return parameters
}
