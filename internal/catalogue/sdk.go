package catalogue

import (
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// sdkServices are the services of arn:aws:states:::aws-sdk:service:…, by the prefix of their error names, which causes name too; in a
// resource it stands in lower case. After a slash are the general codes that the service's model names itself: a for
// AccessDeniedException, t for ThrottlingException, v for ValidationException.
//
// Sources: developer guide, "Supported AWS SDK service integrations"; for newer services the names of their clients in the AWS SDK for
// Java v2; for the codes the models of the AWS SDK for Go v1.55 (Apache License 2.0).
const sdkServices = `
AccessAnalyzer/atv Account/av Acm/atv AcmPca AiOps/atv AlexaForBusiness Amp/atv Amplify AmplifyBackend
AmplifyUiBuilder/t ApiGateway ApiGatewayManagementApi ApiGatewayV2/a AppConfig AppConfigData/t AppFabric/atv
Appflow/atv AppIntegrations/at ApplicationAutoScaling/v ApplicationCostProfiler/atv ApplicationDiscovery
ApplicationInsights/av ApplicationSignals/atv AppMesh AppRunner AppStream AppSync/a AppTest/atv ArcZonalShift/atv
Artifact/atv Athena AuditManager/atv AutoScaling AutoScalingPlans/v B2Bi/atv Backup BackupGateway/atv BackupSearch/atv
Batch BcmDataExports/tv Bedrock/atv BedrockAgent/atv BedrockAgentCore/atv BedrockAgentRuntime/atv
BedrockDataAutomation/atv BedrockRuntime/atv BillingConductor/atv Braket/atv Budgets/at Chatbot Chime/a
ChimeSdkIdentity ChimeSdkMediaPipelines ChimeSdkMeetings/t ChimeSdkMessaging ChimeSdkVoice/a CleanRooms/atv
CleanRoomsMl/av Cloud9 CloudControl/t CloudDirectory/av CloudFormation CloudFront CloudFrontKeyValueStore/av CloudHsm
CloudHsmV2 CloudSearch/v CloudSearchDomain CloudTrail/at CloudTrailData CloudWatch CloudWatchEvents CloudWatchLogs/atv
Codeartifact/atv CodeBuild CodeCatalyst/atv CodeCommit CodeConnections/at CodeDeploy/t CodeGuruProfiler/tv
CodeGuruReviewer/atv CodeGuruSecurity/atv CodePipeline/v CodeStar/v CodeStarConnections/at CodestarNotifications/av
CognitoIdentity CognitoIdentityProvider CognitoSync Comprehend ComprehendMedical/v ComputeOptimizer/at Config/v
Connect/at ConnectCampaigns/atv ConnectCases/atv ConnectContactLens/at ConnectParticipant/atv ControlCatalog/atv
ControlTower/atv CostAndUsageReport/v CostExplorer CostOptimizationHub/atv CustomerProfiles/at DatabaseMigration
DataBrew/av DataExchange/atv DataPipeline DataSync DataZone/atv Dax Deadline/atv Detective/av DeviceFarm
DevOpsGuru/atv DirectConnect Directory/a DirectoryServiceData/atv Dlm DocDb DocDbElastic/atv Drs/atv Dsql/atv DynamoDb
DynamoDbStreams Ebs/av Ec2 Ec2InstanceConnect/t Ecr/v EcrPublic Ecs/a Efs/tv Eks/a EksAuth/at ElastiCache
ElasticBeanstalk ElasticInference ElasticLoadBalancing ElasticLoadBalancingV2 Elasticsearch/av ElasticTranscoder/av
Emr EmrContainers/v EmrServerless/tv EntityResolution/atv EventBridge Evidently/atv FinSpace/atv FinSpaceData/atv
Firehose Fis/v Fms Forecast Forecastquery FraudDetector/atv FreeTier/tv FSx GameLift GameLiftStreams/atv Glacier
GlobalAccelerator/a Glue/av Grafana/atv Greengrass GreengrassV2/atv GroundStation GuardDuty/a Health HealthLake/atv
Honeycode/atv Iam Identitystore/atv Imagebuilder ImportExport Inspector/a Inspector2/atv InspectorScan/atv
InternetMonitor/atv Invoicing/atv Iot/tv Iot1ClickProjects IoTAnalytics/t IotDataPlane/t IotDeviceAdvisor/v
IotEvents/t IotEventsData/t IoTFleetHub/t IotFleetWise/atv IotJobsDataPlane/t IoTSecureTunneling IoTSiteWise/atv
IoTThingsGraph/t IotTwinMaker/atv IotWireless/atv Ivs/atv Ivschat/atv IvsRealtime/av Kafka KafkaConnect Kendra/atv
KendraRanking/atv Keyspaces/av Kinesis/av KinesisAnalytics KinesisAnalyticsV2 KinesisVideo/a KinesisVideoArchivedMedia
KinesisVideoMedia KinesisVideoSignaling Kms LakeFormation/a Lambda LaunchWizard/v LexModelBuilding/a LexModelsV2/tv
LexRuntime LexRuntimeV2/atv LicenseManager/av LicenseManagerLinuxSubscriptions/tv LicenseManagerUserSubscriptions/atv
Lightsail/a Location/atv LookoutEquipment/atv LookoutMetrics/av LookoutVision/atv M2/atv MachineLearning Macie2/atv
MailManager/atv ManagedBlockchain/at ManagedBlockchainQuery/atv MarketplaceAgreement/atv MarketplaceCatalog/atv
MarketplaceCommerceAnalytics MarketplaceDeployment/atv MarketplaceEntitlement/t MarketplaceMetering/t MediaConnect
MediaConvert MediaLive MediaPackage MediaPackageV2/atv MediaPackageVod MediaStore MediaTailor MedicalImaging/atv
MemoryDB Mgn/atv MigrationHub/at MigrationHubConfig/at MigrationHubOrchestrator/atv MigrationHubRefactorSpaces/atv
MigrationHubStrategy/atv Mq MTurk Mwaa/av Neptune Neptunedata/at NeptuneGraph/atv NetworkFirewall/t NetworkManager/atv
NetworkMonitor/atv NimbleStudio/atv Notifications/atv Oam/v Omics/atv OpenSearch/av OpenSearchServerless/v OpsWorks/v
OpsWorksCm/v Organizations/a Osis/av Outposts/av Panorama/av PaymentCryptography/atv PaymentCryptographyData/atv
PcaConnectorAd/atv PcaConnectorScep/atv Pcs/atv Personalize PersonalizeEvents PersonalizeRuntime Pi Pinpoint
PinpointEmail PinpointSmsVoice PinpointSmsVoiceV2/atv Pipes/tv Polly Pricing/at PrivateNetworks/atv Proton/atv
QApps/atv QBusiness/atv QConnect/atv Qldb QldbSession QuickSight/at Ram/t Rbin/v Rds RdsData/a Redshift RedshiftData/v
RedshiftServerless/atv Rekognition/at RepostSpace/atv Resiliencehub/atv ResourceExplorer2/atv ResourceGroups
ResourceGroupsTaggingApi RoboMaker/t RolesAnywhere/av Route53/t Route53Domains Route53Profiles/atv
Route53RecoveryCluster/atv Route53RecoveryControlConfig/atv Route53RecoveryReadiness/atv Route53Resolver/atv Rum/atv
S3 S3Control S3Outposts/atv S3Tables/a S3Vectors/atv SageMaker SageMakerA2IRuntime/tv SagemakerEdge
SageMakerFeatureStoreRuntime SageMakerGeospatial/atv SageMakerMetrics SageMakerRuntime Savingsplans/v Scheduler/tv
Schemas SecretsManager SecurityHub/a SecurityLake/at ServerlessApplicationRepository ServiceCatalog
ServiceCatalogAppRegistry/tv ServiceDiscovery ServiceQuotas/a Ses SesV2 Sfn/v Shield/a Signer/atv SimSpaceWeaver/av
Sms Snowball SnowDeviceManagement/atv Sns/v Sqs Ssm SsmContacts/atv SsmIncidents/atv SsmQuickSetup/atv SsmSap/v Sso
SsoAdmin/atv SsoOidc/a StorageGateway Sts SupplyChain/atv Support/t SupportApp/av Swf Synthetics/v TaxSettings/v
Textract/atv TimestreamInfluxDb/atv TimestreamQuery/atv TimestreamWrite/atv Tnb/atv Transcribe Transfer/at Translate
TrustedAdvisor/atv VerifiedPermissions/atv VoiceId/atv VpcLattice/atv Waf WafRegional Wafv2 WellArchitected/atv
Wisdom/av WorkDocs Worklink WorkMail WorkMailMessageFlow WorkSpaces/av WorkSpacesThinClient/atv WorkSpacesWeb/atv XRay
`

// sdkService is a service of aws-sdk.
type sdkService struct{ prefix, names string }

var sdkIndex = indexedSDK(sdkServices)

func indexedSDK(list string) map[string]sdkService {
	m := map[string]sdkService{}
	for entry := range strings.FieldsSeq(list) {
		prefix, names, _ := strings.Cut(entry, "/")
		m[strings.ToLower(prefix)] = sdkService{prefix, names}
	}
	return m
}

// SDKPrefix returns the prefix of error names of a service of aws-sdk: "DynamoDb" for "dynamodb". A service that is not in the table
// gets a capital.
func SDKPrefix(service string) string {
	if known, ok := sdkIndex[service]; ok {
		return known.prefix
	}
	if service == "" {
		return ""
	}
	return strings.ToUpper(service[:1]) + service[1:]
}

// KnowsSDK reports whether the table has the prefix of a service of aws-sdk.
func KnowsSDK(service string) bool { return sdkIndex[service].prefix != "" }

// namesItself reports whether the model of a service of aws-sdk names one of the three general codes that many do. Services that the
// table lacks are new, and name them all.
func namesItself(service, code string) bool {
	letter := map[string]string{"AccessDeniedException": "a", "ThrottlingException": "t", "ValidationException": "v"}[code]
	known, ok := sdkIndex[service]
	return letter != "" && (!ok || strings.Contains(known.names, letter))
}

// sdkMissing are the calls that aws-sdk does not offer. Source: developer guide, "Supported AWS SDK service integrations".
var sdkMissing = map[string]bool{
	"comprehendmedical:detectEntities": true, "efs:createTags": true, "elastictranscoder:testRole": true, "emr:describeJobFlows": true,
	"iotdeviceadvisor:listTestCases": true, "kinesis:subscribeToShard": true, "lambda:invokeAsync": true,
	"lexruntimev2:startConversation": true, "mediapackage:rotateChannelCredentials": true, "rds:executeSql": true,
	"s3:selectObjectContent": true, "shield:deleteSubscription": true,
}

// SDKOffers reports whether arn:aws:states:::aws-sdk:service:action exists, as far as can be told: services are added all the time, but
// each is written in lower case without separators, and each action in camelCase.
//
// Source: developer guide, "Learning to use AWS service SDK integrations".
func SDKOffers(service, action string) bool {
	return service == plainName(service) && action != "" && 'a' <= action[0] && action[0] <= 'z' && !sdkMissing[service+":"+action]
}

// SDKSpelling returns how a service and an action are written in a resource of aws-sdk.
func SDKSpelling(service, action string) (string, string) {
	if action != "" {
		action = strings.ToLower(action[:1]) + action[1:]
	}
	return plainName(service), action
}

// plainName returns the letters and digits of a name in lower case.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		}
		return -1
	}, name)
}

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
