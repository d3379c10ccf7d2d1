package conformance

import "github.com/gait-engine/gait/asl"

// What is not built yet. A case that needs one of these is skipped with the reason; a feature that lands is struck from here.
const (
	noAPI            = "the API endpoint is not built yet"
	noDistributedMap = "distributed Map is not built yet"
)

// unbuiltFormats are formats of which every case is skipped.
var unbuiltFormats = map[format]string{
	awsAPI: noAPI,
}

// notBuilt returns why a machine cannot be run yet, "" when it can.
func notBuilt(m *asl.Machine) string {
	for _, f := range m.Flows {
		for _, s := range f.States {
			if mp, ok := s.(*asl.Map); ok && mp.Distributed {
				return noDistributedMap
			}
		}
	}
	return ""
}
