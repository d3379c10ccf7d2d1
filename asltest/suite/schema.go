package suite

import _ "embed" // schema.json

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (2020-12) of suite files, for editors. `gait test --schema` prints it.
func Schema() []byte { return append([]byte(nil), schema...) }
