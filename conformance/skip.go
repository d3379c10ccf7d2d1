package conformance

// What is not built yet. A case that needs one of these is skipped with the reason; a feature that lands is struck from here.
const (
	noTestState  = "TestState is not built yet"
	noAPI        = "the API endpoint is not built yet"
	noMockConfig = "mock configuration files are not built yet"
	noCore       = "executions are not built yet"
	noJSONata    = "JSONata is not built yet"
)

// unbuiltFormats are formats of which every case is skipped.
var unbuiltFormats = map[format]string{
	awsTestState:          noTestState,
	awsAPI:                noAPI,
	awsMockConfig:         noMockConfig,
	awsExecution:          noCore,
	definitionsExecution:  noCore,
	definitionsExpression: noCore,
	cdkCase:               noCore,
	jsonataRow:            noJSONata,
}
