package catalogue_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gait-engine/gait/internal/catalogue"
)

var update = flag.Bool("update", false, "rewrite docs/integrations.md")

// TestDocumentOfIntegrations keeps docs/integrations.md, which is made of the table.
func TestDocumentOfIntegrations(t *testing.T) {
	const file = "../../docs/integrations.md"
	want := document()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s differs from the table: go test ./internal/catalogue -update", file)
	}
}

func document() string {
	var b strings.Builder
	b.WriteString(`# Integrations

The optimised integrations that Gait knows, made of the table in ` + "`internal/catalogue`" + `. What registers a Caller for them is in
[tasks](tasks.md). Every action has the pattern request-response. Required parameters are bold, "…" stands for more that are not
checked. A job is followed by its description until a status is terminal.

`)
	for _, s := range catalogue.Services() {
		fmt.Fprintf(&b, "## %s\n\n", s.Name)
		errors := "`" + s.Prefix + ".…Exception`, `" + s.Prefix + "." + s.Generic + "`"
		if s.HTTP != "" {
			errors = "`" + s.HTTP + ".404`, " + errors
		}
		fmt.Fprintf(&b, "Errors: %s.\n\n", errors)
		b.WriteString("| Action | Patterns | Parameters | Job |\n|---|---|---|---|\n")
		for i := range s.Actions {
			a := &s.Actions[i]
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", a.Name, patterns(a), parameters(a), followed(a.Job))
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func patterns(a *catalogue.Action) string {
	var list []string
	for _, p := range []struct {
		bit  catalogue.Patterns
		name string
	}{{catalogue.RunJob, "`.sync`"}, {catalogue.RunJobParsed, "`.sync:2`"}, {catalogue.TaskToken, "`.waitForTaskToken`"}} {
		if a.Has(p.bit) {
			list = append(list, p.name)
		}
	}
	return strings.Join(list, " ")
}

func parameters(a *catalogue.Action) string {
	var list []string
	for _, p := range a.Params {
		name := p.Name
		if p.Required {
			name = "**" + name + "**"
		}
		list = append(list, name)
	}
	if a.Open {
		list = append(list, "…")
	}
	text := strings.Join(list, " ")
	if len(a.OneOf) > 0 {
		text += "; one of " + strings.Join(a.OneOf, ", ")
	}
	return text
}

func followed(j *catalogue.Job) string {
	switch {
	case j == nil:
		return ""
	case j.Conditions:
		return "the conditions of the Kubernetes Job"
	}
	end := strings.Join(j.Success, ", ")
	switch {
	case j.Gone:
		end = "gone"
	case j.Containers:
		end += " with every exit code 0"
	}
	text := "`" + j.Describe + "`; ends well: " + end
	if len(j.Failure) > 0 {
		text += "; fails: " + strings.Join(j.Failure, ", ")
	}
	if j.Stop != "" {
		text += "; stopped by `" + j.Stop + "`"
	}
	return text
}
