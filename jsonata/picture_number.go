package jsonata

import (
	"math"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// fnFormatNumber follows fn:format-number of XPath, section 4.7 of its functions and operators, as far as the reference does.
func fnFormatNumber(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	if err := s.chargePicture(stringOr(args[1], "")); err != nil {
		return undefined, err
	}
	sy := defaultSymbols
	if o := optional(args, 2); isObject(o) {
		sy.override(o)
	}
	sy.family()
	if sy.pattern == "" {
		sy.pattern = "\x00"
	}
	parts := strings.Split(stringOr(args[1], ""), sy.pattern)
	if len(parts) > 2 {
		return undefined, fail("D3080")
	}
	pics := make([]subPicture, len(parts))
	for i, p := range parts {
		pics[i] = sy.split(p)
	}
	for i := range pics {
		if code := pics[i].problem(&sy); code != "" {
			return undefined, fail(code)
		}
	}
	for i := range pics {
		pics[i].analyse(&sy)
	}
	f := args[0].Float()
	pic := pics[0]
	if !(f >= 0) {
		if len(pics) == 2 {
			pic = pics[1]
		} else {
			pic.prefix = sy.minus + pic.prefix
		}
	}
	return s.textResult(pic.format(f, &sy))
}

// symbols are the properties of a decimal format.
type symbols struct {
	decimal, grouping, exponent, infinity, minus, nan, percent, perMille, zero, digit, pattern string

	digits string // the ten digits of the family
}

var defaultSymbols = symbols{
	decimal: ".", grouping: ",", exponent: "e", infinity: "Infinity", minus: "-", nan: "NaN", percent: "%", perMille: "‰",
	zero: "0", digit: "#", pattern: ";",
}

func (sy *symbols) override(o value.Value) {
	for name, p := range map[string]*string{
		"decimal-separator": &sy.decimal, "grouping-separator": &sy.grouping, "exponent-separator": &sy.exponent,
		"infinity": &sy.infinity, "minus-sign": &sy.minus, "NaN": &sy.nan, "percent": &sy.percent, "per-mille": &sy.perMille,
		"zero-digit": &sy.zero, "digit": &sy.digit, "pattern-separator": &sy.pattern,
	} {
		if v := get(o, name); v.Kind() == value.String {
			*p = v.Str()
		}
	}
}

func (sy *symbols) family() {
	zero := '0'
	for _, r := range sy.zero {
		zero = r
		break
	}
	for i := rune(0); i < 10; i++ {
		sy.digits += string(zero + i)
	}
}

func (sy *symbols) isDigit(c string) bool { return strings.Contains(sy.digits, c) }

// isActive reports whether a character has a meaning in the active part.
func (sy *symbols) isActive(c string) bool {
	return sy.isDigit(c) || c == sy.decimal || c == sy.exponent || c == sy.grouping || c == sy.digit || c == sy.pattern
}

// subPicture is one half of a picture.
type subPicture struct {
	text, prefix, suffix, active, mantissa, exponent, integer, fraction string
	hasExponent, hasActive                                              bool

	integerGroups, fractionGroups    []int
	regular                          int
	minInteger, scale                int
	minFraction, maxFraction, minExp int
}

func chars(s string) []string {
	var out []string
	for len(s) > 0 {
		_, n := decode(s)
		out = append(out, s[:n])
		s = s[n:]
	}
	return out
}

// split finds the passive ends and the parts between them.
func (sy *symbols) split(text string) subPicture {
	p := subPicture{text: text}
	list := chars(text)
	first, last := -1, -1
	at := 0
	for _, c := range list {
		if sy.isActive(c) && c != sy.exponent {
			if first < 0 {
				first = at
			}
			last = at + len(c)
		}
		at += len(c)
	}
	if first < 0 {
		return p
	}
	p.hasActive = true
	p.prefix, p.suffix, p.active = text[:first], text[last:], text[first:last]
	p.mantissa = p.active
	if i := indexFromByte(text, sy.exponent, first); i >= 0 && i <= last {
		// the reference counts the place of the separator from the start of the picture, and cuts the active part there
		p.hasExponent = true
		p.mantissa, p.exponent = cutAt(p.active, i), cutFrom(p.active, i+len(sy.exponent))
	}
	if i := strings.Index(p.mantissa, sy.decimal); i >= 0 && sy.decimal != "" {
		p.integer, p.fraction = p.mantissa[:i], p.mantissa[i+len(sy.decimal):]
	} else {
		p.integer, p.fraction = p.mantissa, p.suffix
	}
	return p
}

func indexFromByte(s, sub string, from int) int {
	if i := strings.Index(s[from:], sub); i >= 0 {
		return from + i
	}
	return -1
}

func cutAt(s string, i int) string   { return s[:min(i, len(s))] }
func cutFrom(s string, i int) string { return s[min(i, len(s)):] }

// problem returns the code of the last rule that the picture breaks: later rules win, as in the reference.
func (p *subPicture) problem(sy *symbols) string {
	if !p.hasActive {
		// The reference fails in its own way; later versions find a passive character.
		return "D3086"
	}
	code := ""
	check := func(bad bool, c string) {
		if bad {
			code = c
		}
	}
	twice := func(s string) bool { return strings.Index(p.text, s) != strings.LastIndex(p.text, s) }
	has := func(s string) bool { return strings.Contains(p.text, s) }
	check(twice(sy.decimal), "D3081")
	check(twice(sy.percent), "D3082")
	check(twice(sy.perMille), "D3083")
	check(has(sy.percent) && has(sy.perMille), "D3084")
	check(p.count(p.mantissa, sy, true) == 0, "D3085")
	passive := false
	for _, c := range chars(p.active) {
		passive = passive || !sy.isActive(c)
	}
	check(passive, "D3086")
	if i := strings.Index(p.text, sy.decimal); i >= 0 {
		check(strings.HasSuffix(p.text[:i], sy.grouping) || strings.HasPrefix(p.text[i+len(sy.decimal):], sy.grouping), "D3087")
	} else {
		check(strings.HasSuffix(p.integer, sy.grouping) && sy.grouping != "", "D3088")
	}
	check(has(sy.grouping+sy.grouping), "D3089")
	if i := strings.Index(p.integer, sy.digit); i >= 0 {
		check(p.count(p.integer[:i], sy, false) > 0, "D3090")
	}
	if i := strings.LastIndex(p.fraction, sy.digit); i >= 0 {
		check(p.count(p.fraction[i:], sy, false) > 0, "D3091")
	}
	if p.hasExponent {
		check(p.exponent != "" && (has(sy.percent) || has(sy.perMille)), "D3092")
		check(p.exponent == "" || p.count(p.exponent, sy, false) < len(chars(p.exponent)), "D3093")
	}
	return code
}

// count counts digits of the family and, when asked, optional digits.
func (p *subPicture) count(s string, sy *symbols, optional bool) int {
	n := 0
	for _, c := range chars(s) {
		if sy.isDigit(c) || optional && c == sy.digit {
			n++
		}
	}
	return n
}

func (p *subPicture) analyse(sy *symbols) {
	p.integerGroups = p.groups(p.integer, sy, false)
	p.regular = regularDistance(p.integerGroups)
	p.fractionGroups = p.groups(p.fraction, sy, true)
	p.minInteger = p.count(p.integer, sy, false)
	p.scale = p.minInteger
	p.minFraction = p.count(p.fraction, sy, false)
	p.maxFraction = p.count(p.fraction, sy, true)
	if p.minInteger == 0 && p.maxFraction == 0 {
		if p.hasExponent {
			p.minFraction, p.maxFraction = 1, 1
		} else {
			p.minInteger = 1
		}
	}
	if p.hasExponent && p.minInteger == 0 && strings.Contains(p.integer, sy.digit) {
		p.minInteger = 1
	}
	if p.minInteger == 0 && p.minFraction == 0 {
		p.minFraction = 1
	}
	p.minExp = p.count(p.exponent, sy, false)
}

// groups returns how many digits stand between each grouping separator and the decimal separator. Behind the first separator
// the reference looks for the next one in the integer part, whichever part it is in.
func (p *subPicture) groups(part string, sy *symbols, toLeft bool) []int {
	var out []int
	if sy.grouping == "" {
		return nil
	}
	at := strings.Index(part, sy.grouping)
	for at >= 0 {
		side := cutFrom(part, at)
		if toLeft {
			side = cutAt(part, at)
		}
		out = append(out, p.count(side, sy, true))
		next := strings.Index(cutFrom(p.integer, at+1), sy.grouping)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return out
}

// regularDistance returns the distance of separators that stand at all multiples of it, else 0.
func regularDistance(positions []int) int {
	if len(positions) == 0 {
		return 0
	}
	factor := positions[0]
	for _, b := range positions[1:] {
		for b != 0 {
			factor, b = b, factor%b
		}
	}
	for i := 1; i <= len(positions); i++ {
		found := false
		for _, x := range positions {
			found = found || x == i*factor
		}
		if !found {
			return 0
		}
	}
	return factor
}

func (p *subPicture) format(f float64, sy *symbols) string {
	if strings.Contains(p.text, sy.percent) {
		f *= 100
	} else if strings.Contains(p.text, sy.perMille) {
		f *= 1000
	}
	exponent := 0
	if p.minExp > 0 {
		f, exponent = p.normalise(f)
	}
	text := sy.localise(toFixed(math.Abs(roundTo(f, float64(p.maxFraction))), p.maxFraction))
	integer, fraction, _ := strings.Cut(text, ".")
	integer = trimLeft(integer, sy.zero)
	fraction = trimRight(fraction, sy.zero)
	if pad := p.minInteger - len(chars(integer)); pad > 0 {
		integer = strings.Repeat(sy.zero, pad) + integer
	}
	if pad := p.minFraction - len(chars(fraction)); pad > 0 {
		fraction += strings.Repeat(sy.zero, pad)
	}
	integer = p.groupInteger(integer, sy)
	for _, pos := range p.fractionGroups {
		fraction = insert(fraction, pos, sy.grouping)
	}
	out := integer
	if strings.Contains(p.text, sy.decimal) && fraction != "" {
		out += sy.decimal + fraction
	} else if fraction != "" {
		// without a decimal separator in the picture the reference drops the last character
		all := chars(integer + sy.decimal + fraction)
		out = strings.Join(all[:len(all)-1], "")
	}
	if p.minExp > 0 {
		e := sy.localise(toFixed(math.Abs(float64(exponent)), 0))
		if pad := p.minExp - len(chars(e)); pad > 0 {
			e = strings.Repeat(sy.zero, pad) + e
		}
		out += sy.exponent
		if exponent < 0 {
			out += sy.minus
		}
		out += e
	}
	return p.prefix + out + p.suffix
}

// normalise brings the mantissa between the bounds that the picture sets.
func (p *subPicture) normalise(f float64) (float64, int) {
	if f == 0 || !finite(f) {
		return f, 0
	}
	exponent := 0
	most, least := math.Pow(10, float64(p.scale)), math.Pow(10, float64(p.scale-1))
	sign := 1.0
	if f < 0 {
		sign, f = -1, -f
	}
	for f < least {
		f *= 10
		exponent--
	}
	for f > most {
		f /= 10
		exponent++
	}
	return sign * f, exponent
}

func (p *subPicture) groupInteger(integer string, sy *symbols) string {
	list := chars(integer)
	n := len(list)
	if p.regular > 0 {
		var b strings.Builder
		for i, c := range list {
			if i > 0 && (n-i)%p.regular == 0 {
				b.WriteString(sy.grouping)
			}
			b.WriteString(c)
		}
		return b.String()
	}
	for _, pos := range p.integerGroups {
		integer = insert(integer, sliceIndex(float64(n-pos), n), sy.grouping)
		n++
	}
	return integer
}

func insert(s string, at int, what string) string {
	i := runeOffset(s, at)
	return s[:i] + what + s[i:]
}

func trimLeft(s, zero string) string {
	for zero != "" && strings.HasPrefix(s, zero) {
		s = s[len(zero):]
	}
	return s
}

func trimRight(s, zero string) string {
	for zero != "" && strings.HasSuffix(s, zero) {
		s = s[:len(s)-len(zero)]
	}
	return s
}

// localise replaces ASCII digits by those of the family.
func (sy *symbols) localise(s string) string {
	if sy.zero == "0" {
		return s
	}
	family := chars(sy.digits)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			b.WriteString(family[s[i]-'0'])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
