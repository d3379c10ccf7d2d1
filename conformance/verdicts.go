package conformance

import (
	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

const disputed = "the engines that voted disagree and no rule settles it"

// runVerdict asks whether a definition is accepted as a Standard state machine.
func runVerdict(doc value.Value) verdict {
	definition, ok := doc.Get("definition_text")
	text := definition.Str()
	if !ok {
		text = get(doc, "definition").JSON()
	}
	_, err := asl.Compile([]byte(text), asl.Options{})
	switch want := str(doc, "verdict"); {
	case want == "disputed":
		return skipped(disputed)
	case want == "valid" && err != nil:
		return failed("expected valid, got %s", cut(err.Error(), 600))
	case want == "invalid" && err == nil:
		return failed("expected invalid because of %s, got valid", short(get(doc, "reasons")))
	case want != "valid" && want != "invalid":
		return failed("unknown verdict %q", want)
	}
	return verdict{}
}

// runRealWorld asks whether a published definition is accepted.
func runRealWorld(doc value.Value) verdict {
	if _, err := asl.Compile([]byte(doc.JSON()), asl.Options{}); err != nil {
		return failed("expected valid, got %s", cut(err.Error(), 600))
	}
	return verdict{}
}
