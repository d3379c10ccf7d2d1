package task

import "encoding/json"

// ActivityTask is one attempt of a Task state whose resource is an activity, as a worker gets it.
type ActivityTask struct {
	Token Token           // for the answer and for heartbeats; another one for each attempt
	Input json.RawMessage // the state's effective input; compact JSON

	// HeartbeatSeconds and TimeoutSeconds are those of the state. Both count from the moment the worker has got the task. 0 means
	// none, or that whoever brought the task does not know: GetActivityTask of AWS does not tell.
	HeartbeatSeconds, TimeoutSeconds int64
}
