package jsonata

import "github.com/gait-engine/gait/internal/value"

// native is a function of the library.
type native struct {
	name  string
	sig   *signature
	arity int // parameters that the reference's function declares: what higher-order functions go by
	run   func(s *state, in value.Value, args []value.Value) (value.Value, *Error)

	// unpartial is the position of the error that the reference raises when the function is partially applied; 0 for all
	// functions but one.
	unpartial int
	evals     bool // $eval, which needs to know where it is called
	aggregate aggregate
}

// dialect is the set of functions and limits of a language variant.
type dialect struct {
	natives map[string]*native
	limits  Limits
	aws     bool
}

func (d *dialect) native(name string) *native { return d.natives[name] }

var (
	standardDialect = &dialect{natives: nativeTable(standardNatives), limits: defaultLimits}
	awsDialect      = &dialect{natives: nativeTable(standardNatives, awsNatives), limits: awsLimits, aws: true}
)

func nativeTable(lists ...[]nativeRow) map[string]*native {
	table := map[string]*native{}
	for _, list := range lists {
		for _, row := range list {
			if row.run == nil { // removed by the dialect
				delete(table, row.name)
				continue
			}
			sig, err := parseSignature(row.sig)
			if err != nil {
				panic("jsonata: signature of " + row.name)
			}
			table[row.name] = &native{name: row.name, sig: sig, arity: row.arity, run: row.run, evals: row.name == "eval", aggregate: aggregateNamed[row.name]}
		}
	}
	table["string"].unpartial = 26
	return table
}

type nativeRow struct {
	name  string
	sig   string
	arity int
	run   func(s *state, in value.Value, args []value.Value) (value.Value, *Error)
}

var standardNatives = []nativeRow{
	{"sum", "<a<n>:n>", 1, fnSum},
	{"count", "<a:n>", 1, fnCount},
	{"max", "<a<n>:n>", 1, fnMax},
	{"min", "<a<n>:n>", 1, fnMin},
	{"average", "<a<n>:n>", 1, fnAverage},
	{"string", "<x-b?:s>", 1, fnString},
	{"substring", "<s-nn?:s>", 3, fnSubstring},
	{"substringBefore", "<s-s:s>", 2, fnSubstringBefore},
	{"substringAfter", "<s-s:s>", 2, fnSubstringAfter},
	{"lowercase", "<s-:s>", 1, fnLowercase},
	{"uppercase", "<s-:s>", 1, fnUppercase},
	{"length", "<s-:n>", 1, fnLength},
	{"trim", "<s-:s>", 1, fnTrim},
	{"pad", "<s-ns?:s>", 3, fnPad},
	{"match", "<s-f<s:o>n?:a<o>>", 3, fnMatch},
	{"contains", "<s-(sf):b>", 2, fnContains},
	{"replace", "<s-(sf)(sf)n?:s>", 4, fnReplace},
	{"split", "<s-(sf)n?:a<s>>", 3, fnSplit},
	{"join", "<a<s>s?:s>", 2, fnJoin},
	{"formatNumber", "<n-so?:s>", 3, fnFormatNumber},
	{"formatBase", "<n-n?:s>", 2, fnFormatBase},
	{"formatInteger", "<n-s:s>", 2, fnFormatInteger},
	{"parseInteger", "<s-s:n>", 2, fnParseInteger},
	{"number", "<(nsb)-:n>", 1, fnNumber},
	{"floor", "<n-:n>", 1, fnFloor},
	{"ceil", "<n-:n>", 1, fnCeil},
	{"round", "<n-n?:n>", 2, fnRound},
	{"abs", "<n-:n>", 1, fnAbs},
	{"sqrt", "<n-:n>", 1, fnSqrt},
	{"power", "<n-n:n>", 2, fnPower},
	{"random", "<:n>", 0, fnRandom},
	{"boolean", "<x-:b>", 1, fnBoolean},
	{"not", "<x-:b>", 1, fnNot},
	{"map", "<af>", 2, fnMap},
	{"zip", "<a+>", 0, fnZip},
	{"filter", "<af>", 2, fnFilter},
	{"single", "<af?>", 2, fnSingle},
	{"reduce", "<afj?:j>", 3, fnReduce},
	{"sift", "<o-f?:o>", 2, fnSift},
	{"keys", "<x-:a<s>>", 1, fnKeys},
	{"lookup", "<x-s:x>", 2, fnLookup},
	{"append", "<xx:a>", 2, fnAppend},
	{"exists", "<x:b>", 1, fnExists},
	{"spread", "<x-:a<o>>", 1, fnSpread},
	{"merge", "<a<o>:o>", 1, fnMerge},
	{"reverse", "<a:a>", 1, fnReverse},
	{"each", "<o-f:a>", 2, fnEach},
	{"error", "<s?:x>", 1, fnError},
	{"assert", "<bs?:x>", 2, fnAssert},
	{"type", "<x:s>", 1, fnType},
	{"sort", "<af?:a>", 2, fnSort},
	{"shuffle", "<a:a>", 1, fnShuffle},
	{"distinct", "<x:x>", 1, fnDistinct},
	{"base64encode", "<s-:s>", 1, fnBase64Encode},
	{"base64decode", "<s-:s>", 1, fnBase64Decode},
	{"encodeUrlComponent", "<s-:s>", 1, fnEncodeURLComponent},
	{"encodeUrl", "<s-:s>", 1, fnEncodeURL},
	{"decodeUrlComponent", "<s-:s>", 1, fnDecodeURLComponent},
	{"decodeUrl", "<s-:s>", 1, fnDecodeURL},
	{"eval", "<sx?:x>", 2, fnEval},
	{"toMillis", "<s-s?:n>", 2, fnToMillis},
	{"fromMillis", "<n-s?s?:s>", 3, fnFromMillis},
	{"clone", "<(oa)-:o>", 1, fnClone},
	{"now", "<s?s?:s>", 2, fnNow},
	{"millis", "<:n>", 0, fnMillis},
}
