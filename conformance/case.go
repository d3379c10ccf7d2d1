package conformance

import "fmt"

// verdict is how a case went. At most one of difference and skip is set; a case that passed has neither.
type verdict struct{ difference, skip string }

func failed(format string, args ...any) verdict {
	return verdict{difference: fmt.Sprintf(format, args...)}
}

func skipped(reason string) verdict { return verdict{skip: reason} }
