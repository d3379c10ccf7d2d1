package nevers

// module is the import path of the module; the paths in the rules are relative to it unless they begin with a domain or name
// a package of the standard library.
const module = "github.com/gait-engine/gait"

// core are the packages that mean what they compute and nothing else: same arguments, same results.
var core = []string{"asl", "asl/lint", "internal/catalogue", "internal/intrinsic", "internal/value", "jsonata", "jsonpath", "states"}

// edge says that the packages in from must not have those in to among their imports, or, if reach is set, among the imports of
// their imports. A name that ends in "/..." covers all below it.
type edge struct {
	from   []string
	reach  bool
	to     []string
	except map[string][]string // file, relative to the module: what it may import all the same
	why    string
}

var edges = []edge{
	{
		from: core, to: []string{"os", "os/...", "net", "net/...", "log", "log/...", "syscall", "time/tzdata"},
		why: "the core does no I/O",
	},
	{
		from: core, to: []string{"math/rand", "math/rand/v2", "crypto/rand"},
		why: "entropy comes in with the step, so that a step can be repeated",
	},
	{
		from: core, to: []string{"sync", "sync/atomic"},
		except: map[string][]string{
			"asl/schema.go":           {"sync"},        // compiles the schema once
			"internal/value/value.go": {"sync/atomic"}, // the size of a document is counted once
		},
		why: "the core has no goroutines to synchronise",
	},
	{
		from: core, reach: true, to: []string{"engine", "store", "store/...", "task", "history", "asltest", "database/sql"},
		why: "the core must run without a host",
	},
	{
		from: []string{
			"asl", "asl/lint", "jsonpath", "jsonata", "internal/catalogue", "internal/intrinsic", "internal/value",
		}, reach: true, to: []string{"states"},
		why: "compiling knows nothing of running",
	},
	{
		from: []string{"jsonpath", "jsonata", "internal/intrinsic", "internal/value"}, reach: true, to: []string{"asl"},
		why: "languages know nothing of state machines",
	},
	{
		from: []string{"internal/catalogue"}, reach: true, to: []string{"asl", "jsonpath", "jsonata", "internal/intrinsic"},
		why: "the table of services is about documents alone: package task reads it too",
	},
	{
		from: []string{"internal/value"}, reach: true, to: []string{"jsonpath", "jsonata", "internal/intrinsic"},
		why: "the document type is at the bottom",
	},
	{
		from: []string{"engine"}, to: []string{"store/...", "asltest"},
		why: "the user chooses the store",
	},
	{
		from: []string{"engine"}, reach: true, to: []string{"store/sqlite", "store/memory", "asltest", "database/sql"},
		why: "a program with its own store must not link another",
	},
	{
		from: []string{"store", "store/..."}, reach: true, to: []string{"internal/pack", "engine", "task", "history"},
		why: "stores move bytes and do not know what they mean",
	},
	{
		from: []string{"history"}, reach: true, to: []string{"engine", "store", "store/...", "task"},
		why: "a history is a view of records",
	},
	{
		from: []string{"task"}, reach: true, to: []string{"engine", "store", "store/...", "states", "asl"},
		why: "handlers know neither engines nor machines",
	},
	{
		from: []string{"engine", "task"}, reach: true, to: []string{"net/http", "modernc.org/quickjs", "task/evaluate"},
		why: "a program that calls nobody and evaluates nothing must not link what does",
	},
	{
		from: []string{"worker"}, reach: true, to: []string{"engine", "store", "store/...", "states", "asl"},
		why: "a worker in another process links no engine",
	},
	{
		from: []string{"asltest"}, reach: true, to: []string{"engine", "store", "store/...", "database/sql"},
		why: "testing a state machine must not need a database",
	},
	{
		from: []string{"cmd/...", "examples/..."}, to: []string{"internal/..."},
		why: "what a program of ours needs, users need",
	},
}

// parties are the third-party modules and the only files that may import them: a file, or a directory when it ends in "/".
// Tests, "_test", may be named too. Everything that is not listed is refused.
var parties = []struct {
	prefix string
	files  []string
}{
	{"github.com/santhosh-tekuri/jsonschema/v5", []string{"asl/schema.go", "asltest/suite/schema_test.go", "asltest/property/property_test.go"}},
	{"go.yaml.in/yaml/v3", []string{"asl/yaml.go"}},
	{"modernc.org/sqlite", []string{"store/sqlite/"}},
	{"modernc.org/libc", []string{"store/sqlite/"}},
	{"modernc.org/quickjs", []string{"task/evaluate/"}},
	{"github.com/alecthomas/kong", []string{"cmd/gait/"}},
	{"github.com/google/go-cmp", []string{"_test"}},
	{"pgregory.net/rapid", []string{"asltest/property/", "internal/random/", "_test"}},
}

// testing in a program that is not a test would put its flags into every user's program.
var mayImportTesting = []string{"store/storetest"}

// names may not be used in the core: package, then name.
var names = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local", "LoadLocation"},
	"sync": {"Mutex", "RWMutex", "WaitGroup", "Map", "Pool", "Once", "Cond"}, // asl/schema.go: only OnceValue
}
