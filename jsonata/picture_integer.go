package jsonata

import (
	"math"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// integerFormat is an analysed picture of fn:format-integer. It serves dates too.
type integerFormat struct {
	style     numberStyle
	letters   letterCase
	ordinal   bool
	zero      rune // digit zero of the family
	mandatory int
	optional  int
	regular   int // distance of the separators, 0 when they are irregular
	groups    []separator
	token     string
}

type separator struct {
	position int
	char     string
}

type numberStyle uint8

const (
	decimalStyle numberStyle = iota
	lettersStyle
	romanStyle
	wordsStyle
	sequenceStyle
)

type letterCase uint8

const (
	noCase letterCase = iota
	lowerCase
	upperCase
	titleCase
)

// decimalZeros are the zeros of the decimal digit families.
var decimalZeros = []rune{
	0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
	0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
	0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
}

// parseIntegerPicture analyses a picture. Error: D3131.
func parseIntegerPicture(picture string) (*integerFormat, *Error) {
	f := &integerFormat{letters: lowerCase}
	primary := picture
	if i := strings.LastIndexByte(picture, ';'); i >= 0 {
		primary = picture[:i]
		f.ordinal = strings.HasPrefix(picture[i+1:], "o")
	}
	switch primary {
	case "A":
		f.style, f.letters = lettersStyle, upperCase
	case "a":
		f.style = lettersStyle
	case "I":
		f.style, f.letters = romanStyle, upperCase
	case "i":
		f.style = romanStyle
	case "W":
		f.style, f.letters = wordsStyle, upperCase
	case "Ww":
		f.style, f.letters = wordsStyle, titleCase
	case "w":
		f.style = wordsStyle
	default:
		return f, f.decimal(primary)
	}
	return f, nil
}

// decimal reads a decimal digit pattern from its end.
func (f *integerFormat) decimal(primary string) *Error {
	position := 0
	list := chars(primary)
	for i := len(list) - 1; i >= 0; i-- {
		r, _ := decode(list[i])
		zero := rune(0)
		for _, z := range decimalZeros {
			if r >= z && r <= z+9 {
				zero = z
				break
			}
		}
		switch {
		case zero != 0:
			f.mandatory++
			position++
			if f.zero == 0 {
				f.zero = zero
			} else if f.zero != zero {
				return fail("D3131")
			}
		case r == '#':
			position++
			f.optional++
		default:
			f.groups = append(f.groups, separator{position, list[i]})
		}
	}
	if f.mandatory == 0 {
		f.style, f.token = sequenceStyle, primary
		return nil
	}
	positions := make([]int, len(f.groups))
	for i, g := range f.groups {
		positions[i] = g.position
		if g.char != f.groups[0].char {
			return nil
		}
	}
	f.regular = regularDistance(positions)
	return nil
}

func (f *integerFormat) format(v float64) (string, *Error) {
	negative := v < 0
	v = math.Abs(v)
	var out string
	switch f.style {
	case lettersStyle:
		out = toLetters(v, f.letters == upperCase)
	case romanStyle:
		out = toRoman(v)
		if f.letters == upperCase {
			out = strings.ToUpper(out)
		}
	case wordsStyle:
		out = toWords(v, f.ordinal)
		switch f.letters {
		case upperCase:
			out = strings.ToUpper(out)
		case lowerCase:
			out = strings.ToLower(out)
		}
	case sequenceStyle:
		return "", failValue("D3130", value.FromString(f.token))
	default:
		out = f.digits(v)
	}
	if negative {
		out = "-" + out
	}
	return out, nil
}

func (f *integerFormat) digits(v float64) string {
	out := numberText(v)
	if pad := f.mandatory - len(out); pad > 0 {
		out = strings.Repeat("0", pad) + out
	}
	if f.zero != '0' {
		var b strings.Builder
		for _, c := range out {
			b.WriteRune(c + f.zero - '0')
		}
		out = b.String()
	}
	if f.regular > 0 {
		list := chars(out)
		var b strings.Builder
		for i, c := range list {
			if i > 0 && (len(list)-i)%f.regular == 0 {
				b.WriteString(f.groups[0].char)
			}
			b.WriteString(c)
		}
		out = b.String()
	} else {
		for i := len(f.groups) - 1; i >= 0; i-- {
			n := len(chars(out))
			if at := n - f.groups[i].position; at >= 0 {
				out = insert(out, at, f.groups[i].char)
			} else { // the reference counts back from the end then, and drops what is before
				out = f.groups[i].char + out[runeOffset(out, max(0, n+at)):]
			}
		}
	}
	if f.ordinal {
		list := chars(out)
		suffix := map[string]string{"1": "st", "2": "nd", "3": "rd"}[list[len(list)-1]]
		if suffix == "" || len(list) > 1 && list[len(list)-2] == "1" {
			suffix = "th"
		}
		out += suffix
	}
	return out
}

func toLetters(v float64, upper bool) string {
	base := byte('a')
	if upper {
		base = 'A'
	}
	var out []byte
	for v > 0 && len(out) < 400 {
		out = append([]byte{base + byte(math.Mod(v-1, 26))}, out...)
		v = math.Floor((v - 1) / 26)
	}
	return string(out)
}

var romanNumerals = []struct {
	value float64
	text  string
}{
	{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"},
	{5, "v"}, {4, "iv"}, {1, "i"},
}

func toRoman(v float64) string {
	var b strings.Builder
	for _, r := range romanNumerals {
		for v >= r.value && b.Len() < 1<<16 {
			b.WriteString(r.text)
			v -= r.value
		}
	}
	return b.String()
}

var (
	fewWords = []string{
		"Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve", "Thirteen",
		"Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
	}
	ordinalWords = []string{
		"Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh",
		"Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
	}
	decadeWords    = []string{"Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety", "Hundred"}
	magnitudeWords = []string{"Thousand", "Million", "Billion", "Trillion"}
)

func toWords(v float64, ordinal bool) string { return words(v, false, ordinal, 0) }

func words(v float64, behind, ordinal bool, depth int) string {
	and, comma := "", ""
	if behind {
		and, comma = " and ", ", "
	}
	switch {
	case !finite(v) || depth > 100:
		return ""
	case v <= 19:
		if ordinal {
			return and + ordinalWords[int(v)]
		}
		return and + fewWords[int(v)]
	case v < 100:
		out := and + decadeWords[int(v)/10-2]
		if rest := math.Mod(v, 10); rest > 0 {
			return out + "-" + words(rest, false, ordinal, depth+1)
		}
		if ordinal {
			return out[:len(out)-1] + "ieth"
		}
		return out
	case v < 1000:
		return remainder(comma+fewWords[int(v)/100]+" Hundred", math.Mod(v, 100), ordinal, depth)
	}
	magnitude := min(int(math.Floor(math.Log10(v)/3)), len(magnitudeWords))
	factor := math.Pow(10, float64(magnitude*3))
	count := math.Floor(v / factor)
	return remainder(comma+words(count, false, false, depth+1)+" "+magnitudeWords[magnitude-1], v-count*factor, ordinal, depth)
}

func remainder(out string, rest float64, ordinal bool, depth int) string {
	if rest > 0 {
		return out + words(rest, true, ordinal, depth+1)
	}
	if ordinal {
		return out + "th"
	}
	return out
}

// wordValues maps number words to their values, in the order in which the reference lists them.
var wordNames, wordValues = numberWords()

func numberWords() ([]string, map[string]float64) {
	var names []string
	values := map[string]float64{}
	add := func(word string, v float64) {
		word = strings.ToLower(word)
		if _, ok := values[word]; !ok {
			names = append(names, word)
		}
		values[word] = v
	}
	for i, w := range fewWords {
		add(w, float64(i))
	}
	for i, w := range ordinalWords {
		add(w, float64(i))
	}
	for i, w := range decadeWords {
		add(w, float64(i+2)*10)
		add(w[:len(w)-1]+"ieth", float64(i+2)*10)
	}
	add("hundredth", 100)
	for i, w := range magnitudeWords {
		v := math.Pow(10, float64(i+1)*3)
		add(w, v)
		add(w+"th", v)
	}
	return names, values
}

// fromWords reads a number in words; NaN when a word is unknown.
func fromWords(text string) float64 {
	segments := []float64{0}
	for _, part := range splitWords(text) {
		v, ok := wordValues[part]
		top := segments[len(segments)-1]
		switch {
		case !ok:
			segments[len(segments)-1] = math.NaN()
		case v < 100:
			if top >= 1000 {
				segments = append(segments, v)
			} else {
				segments[len(segments)-1] = top + v
			}
		default:
			segments[len(segments)-1] = top * v
		}
	}
	total := 0.0
	for _, v := range segments {
		total += v
	}
	return total
}

// splitWords cuts at a comma and a blank, at "and" between blanks, and at blanks, dashes and backslashes.
func splitWords(text string) []string {
	var out []string
	blank := func(i int) bool { return i < len(text) && strings.IndexByte(" \t\n\r\v\f", text[i]) >= 0 }
	start := 0
	for i := 0; i < len(text); {
		n := 0
		switch {
		case text[i] == ',' && blank(i+1):
			n = 2
		case blank(i) && strings.HasPrefix(text[i+1:], "and") && blank(i+4):
			n = 5
		case blank(i) || text[i] == '-' || text[i] == '\\':
			n = 1
		}
		if n == 0 {
			i++
			continue
		}
		out = append(out, text[start:i])
		i += n
		start = i
	}
	return append(out, text[start:])
}

func fromRoman(text string) float64 {
	values := map[byte]float64{'M': 1000, 'D': 500, 'C': 100, 'L': 50, 'X': 10, 'V': 5, 'I': 1}
	total, most := 0.0, 1.0
	for i := len(text) - 1; i >= 0; i-- {
		v, ok := values[text[i]]
		switch {
		case !ok:
			return math.NaN()
		case v < most:
			total -= v
		default:
			most = v
			total += v
		}
	}
	return total
}

func fromLetters(text string, base uint16) float64 {
	u := units(text)
	total := 0.0
	for i := range u {
		total += (float64(u[len(u)-1-i]) - float64(base) + 1) * power(26, float64(i))
	}
	return total
}

// parse reads a number back. Error: D3130.
func (f *integerFormat) parse(text string) (float64, *Error) {
	switch f.style {
	case lettersStyle:
		if f.letters == upperCase {
			return fromLetters(text, 'A'), nil
		}
		return fromLetters(text, 'a'), nil
	case romanStyle:
		if f.letters != upperCase {
			text = strings.ToUpper(text)
		}
		return fromRoman(text), nil
	case wordsStyle:
		return fromWords(strings.ToLower(text)), nil
	case sequenceStyle:
		return 0, failValue("D3130", value.FromString(f.token))
	}
	if f.ordinal {
		text = text[:max(0, len(text)-2)]
	}
	if f.regular > 0 {
		text = strings.ReplaceAll(text, ",", "")
	} else {
		for _, g := range f.groups {
			text = strings.ReplaceAll(text, g.char, "")
		}
	}
	if f.zero != '0' {
		text = strings.Map(func(r rune) rune { return r - f.zero + '0' }, text)
	}
	return parseLeadingInt(text), nil
}

// chargePicture accounts for the work that a picture makes: memory for its parts, time for inserting its separators.
func (s *state) chargePicture(picture string) *Error {
	n := len(picture)
	if err := s.charge(64 * n); err != nil {
		return err
	}
	return s.spend(n + n*n/64)
}

func fnFormatInteger(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	picture := stringOr(args[1], "")
	if err := s.chargePicture(picture); err != nil {
		return undefined, err
	}
	f, err := parseIntegerPicture(picture)
	if err != nil {
		return undefined, err
	}
	text, err := f.format(math.Floor(args[0].Float()))
	if err != nil {
		return undefined, err
	}
	return s.textResult(text)
}

func fnParseInteger(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	picture := stringOr(args[1], "")
	if err := s.chargePicture(picture); err != nil {
		return undefined, err
	}
	f, err := parseIntegerPicture(picture)
	if err != nil {
		return undefined, err
	}
	v, err := f.parse(args[0].Str())
	return value.FromFloat(v), err
}
