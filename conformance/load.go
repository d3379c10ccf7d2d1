package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Bounds of a corpus file. Larger ones are reported as failures.
const (
	maxFileBytes = 64 << 20
	maxFileDepth = 2000
)

// testCase is one case of a file.
type testCase struct {
	format format
	id     string // format's prefix and the id of the case: "aws/execution/base/base/echo"
	group  string // a prefix of the id
	doc    value.Value
	path   string // of the file
	broken string // why the file or the case cannot be read; "" when it can
}

// cases yields the cases of all JSON files below the directories, files in the order of their paths. A directory called
// "datasets" holds inputs that cases name, not cases. The error is of walking, or the context's.
func cases(ctx context.Context, dirs []string) iter.Seq2[testCase, error] {
	return func(yield func(testCase, error) bool) {
		for _, dir := range dirs {
			root, err := filepath.EvalSymlinks(dir)
			if err != nil {
				yield(testCase{}, fmt.Errorf("conformance: %w", err))
				return
			}
			err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
				switch {
				case err != nil:
					return err
				case ctx.Err() != nil:
					return ctx.Err()
				case d.IsDir() && d.Name() == "datasets" && path != root:
					return fs.SkipDir
				case !d.Type().IsRegular() || !strings.HasSuffix(path, ".json"):
					return nil
				}
				for _, c := range load(root, path) {
					if !yield(c, nil) {
						return fs.SkipAll
					}
				}
				return nil
			})
			if err != nil {
				yield(testCase{}, fmt.Errorf("conformance: %w", err))
				return
			}
		}
	}
}

// load reads the cases of one file.
func load(root, path string) []testCase {
	name, err := filepath.Rel(root, path)
	if err != nil || name == "." {
		name = filepath.Base(path)
	}
	name = filepath.ToSlash(name)
	doc, err := read(path)
	if err != nil {
		return []testCase{{id: "files/" + name, group: "files", path: path, broken: err.Error()}}
	}
	if doc.Kind() != value.Array {
		c := newCase(doc, path, name)
		return append([]testCase{c}, cdkVariants(c)...)
	}
	list := make([]testCase, 0, doc.Len())
	for i, e := range doc.Elems() {
		list = append(list, newCase(e, path, fmt.Sprintf("%s#%d", name, i)))
	}
	return list
}

func read(path string) (value.Value, error) {
	f, err := os.Open(path)
	if err != nil {
		return value.Value{}, err
	}
	defer f.Close() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return value.Value{}, err
	}
	if len(text) > maxFileBytes {
		return value.Value{}, errors.New("the file is larger than 64 MiB")
	}
	return value.Options{MaxDepth: maxFileDepth}.Parse(escapeHalves(string(text)))
}

// half finds escapes of surrogates in JSON text, pairs first.
var half = regexp.MustCompile(`(?i)\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2}`)

// escapeHalves makes the escape of half a surrogate pair, which no document can hold, the text of that escape. In a JSONata
// expression it then means the same.
func escapeHalves(text string) string {
	if !strings.Contains(text, `\ud`) && !strings.Contains(text, `\uD`) {
		return text
	}
	return half.ReplaceAllStringFunc(text, func(found string) string {
		if len(found) == len(`\ud800`) {
			return `\` + found
		}
		return found
	})
}

// newCase tells the format of a case from its members. name stands in for a missing id.
func newCase(doc value.Value, path, name string) testCase {
	c := testCase{format: formatOf(doc), doc: doc, path: path}
	id := str(doc, "id")
	if id == "" {
		id = strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".asl")
	}
	switch c.format {
	case unknownFormat:
		c.id, c.group, c.broken = "files/"+name, "files", "neither a case of a documented format nor a definition"
		return c
	case awsExecution, awsValidation, awsTestState, awsAPI, awsMockConfig:
		c.group = string(c.format) // the id of a recorded case begins with its kind and its group
		kind := strings.TrimPrefix(c.group, "aws/")
		if rest, ok := strings.CutPrefix(id, kind+"/"); ok {
			group, _, _ := strings.Cut(rest, "/")
			c.group += "/" + group
			c.id = "aws/" + id
			return c
		}
		c.group = "own/" + kind // written in that format, not recorded
		c.id = c.group + "/" + id
		return c
	case definitionsExpression, jsonataRow:
		c.group = string(c.format) + "/" + str(doc, "kind")
		c.id = c.group + "/" + id
		return c
	default:
		c.group = string(c.format)
	}
	c.id = string(c.format) + "/" + id
	return c
}

// format is the kind of a case, spelt as the beginning of its id.
type format string

const (
	unknownFormat         format = ""
	awsExecution          format = "aws/execution"
	awsValidation         format = "aws/validation"
	awsTestState          format = "aws/teststate"
	awsAPI                format = "aws/api"
	awsMockConfig         format = "aws/mockconfig"
	definitionsVerdict    format = "definitions/verdicts"
	definitionsRealWorld  format = "definitions/realworld"
	definitionsExecution  format = "definitions/executions"
	definitionsExpression format = "definitions/expressions"
	cdkCase               format = "cdk/cases"
	cdkCalls              format = "cdk/calls"
	cdkServices           format = "cdk/services"
	jsonataSuite          format = "jsonata/suite"
	jsonataRow            format = "jsonata/aws"
)

func formatOf(doc value.Value) format {
	has := func(names ...string) bool {
		for _, n := range names {
			if _, ok := doc.Get(n); !ok {
				return false
			}
		}
		return true
	}
	expect := get(doc, "expect")
	_, compared := expect.Get("comparison")
	switch {
	case has("StartAt", "States"):
		return definitionsRealWorld
	case has("steps", "id"):
		return awsAPI
	case has("mockConfig", "testCase"):
		return awsMockConfig
	case compared && has("definition"):
		return awsExecution
	case has("operation", "request", "expect"):
		return awsValidation
	case has("request", "expect"):
		return awsTestState
	case has("verdict") && (has("definition") || has("definition_text")):
		return definitionsVerdict
	case has("machineType", "definition", "expect"):
		return cdkCase
	case has("kind", "expr", "input", "voters") || has("kind", "expr") && isExpressionKind(str(doc, "kind")):
		return definitionsExpression
	case has("kind", "stateType"):
		return jsonataRow
	case has("definition", "input"):
		return definitionsExecution
	case has("expr", "expect"):
		return jsonataSuite
	}
	return unknownFormat
}

func isExpressionKind(kind string) bool {
	return kind == "jsonpath" || kind == "referencepath" || kind == "intrinsic" || kind == "choice"
}

// get returns a member, null when it is missing.
func get(v value.Value, name string) value.Value {
	m, _ := v.Get(name)
	return m
}

// str returns a member that is a string, "" otherwise.
func str(v value.Value, name string) string { return get(v, name).Str() }
