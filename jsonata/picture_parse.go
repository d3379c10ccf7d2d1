package jsonata

import (
	"math"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

func fnToMillis(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text := args[0].Str()
	if picture := optional(args, 1); picture.Kind() == value.String {
		return s.parseDate(text, picture.Str())
	}
	if slots, err := isoShape.find(s, units(text), 0); err != nil || slots == nil {
		if err == nil {
			err = failValue("D3110", args[0])
		}
		return undefined, err
	}
	return value.FromFloat(parseISO(text)), nil
}

// isoShape is the loose test of the reference: year, then months, days and times in any number, then a fraction and an offset.
var isoShape = mustRegex(`^\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?$`)

// parseISO reads the date formats that JavaScript engines agree on. NaN for the others. Dates without a time are UTC; times
// without an offset too, for this package knows no local time.
func parseISO(t string) float64 {
	rest := t
	take := func(n int) float64 {
		f, _ := strconv.ParseFloat(rest[:n], 64)
		rest = rest[n:]
		return f
	}
	year, month, day := take(4), 1.0, 1.0
	if strings.HasPrefix(rest, "-") && len(rest) >= 3 {
		rest = rest[1:]
		month = take(2)
		if strings.HasPrefix(rest, "-") && len(rest) >= 3 {
			rest = rest[1:]
			day = take(2)
		}
	}
	var hour, minute, second, ms, offset float64
	if strings.HasPrefix(rest, "T") && len(rest) >= 9 {
		hour, minute, second = number2(rest[1:3]), number2(rest[4:6]), number2(rest[7:9])
		rest = rest[9:]
		if strings.HasPrefix(rest, ".") {
			n := 1
			for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
				n++
			}
			digits := (rest[1:n] + "000")[:3]
			ms, _ = strconv.ParseFloat(digits, 64)
			rest = rest[n:]
		}
		switch {
		case rest == "Z":
			rest = ""
		case len(rest) >= 5:
			mm := rest[len(rest)-2:]
			offset = number2(rest[1:3])*60 + number2(mm)
			if number2(rest[1:3]) > 23 || number2(mm) > 59 {
				return math.NaN()
			}
			if rest[0] == '-' {
				offset = -offset
			}
			rest = ""
		}
	}
	midnight := hour == 24 && minute == 0 && second == 0 && ms == 0
	if rest != "" || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 && !midnight || minute > 59 || second > 59 {
		return math.NaN()
	}
	return makeDate(year, month-1, day, hour, minute, second, ms) - offset*60_000
}

func number2(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// parseDate reads a date by a picture: undefined when the text does not match. Errors: D3130 to D3136.
func (s *state) parseDate(text, picture string) (value.Value, *Error) {
	if err := s.chargePicture(picture); err != nil {
		return undefined, err
	}
	parts, err := parseDatePicture(picture)
	if err != nil {
		return undefined, err
	}
	var pattern strings.Builder
	pattern.WriteByte('^')
	for i := range parts {
		p, err := parts[i].pattern()
		if err != nil {
			return undefined, err
		}
		pattern.WriteString("(" + p + ")")
	}
	pattern.WriteByte('$')
	re, problem := compileRegex(pattern.String(), true, false)
	if problem != "" {
		return undefined, failValue("D3136", undefined)
	}
	in := units(text)
	slots, err := re.find(s, in, 0)
	if err != nil || slots == nil {
		return undefined, err
	}
	found := components{}
	group := 1
	for i := range parts {
		if parts[i].component != 0 {
			v, err := parts[i].read(fromUnits(in[slots[2*group]:slots[2*group+1]]))
			if err != nil {
				return undefined, err
			}
			found.set(parts[i].component, v)
		}
		group++
	}
	return s.dateFrom(&found)
}

// pattern returns the regular expression for a part of a picture. It has no groups of its own.
func (p *datePart) pattern() (string, *Error) {
	switch {
	case p.component == 0:
		return escapeRegex(p.literal), nil
	case p.component == 'Z' || p.component == 'z':
		out := "[-+][0-9]+"
		if p.component == 'z' {
			out = "GMT" + out
		}
		if p.integer != nil && p.integer.regular > 0 {
			out += p.integer.groups[0].char + "[0-9]+"
		}
		return out, nil
	case p.integer != nil:
		return p.integer.pattern(p.digits)
	case strings.IndexByte("MxFP", p.component) >= 0:
		return "[a-zA-Z]+", nil
	}
	return "", failValue("D3133", value.FromString(p.symbol))
}

func (f *integerFormat) pattern(digits int) (string, *Error) {
	switch f.style {
	case lettersStyle:
		if f.letters == upperCase {
			return "[A-Z]+", nil
		}
		return "[a-z]+", nil
	case romanStyle:
		if f.letters == upperCase {
			return "[MDCLXVI]+", nil
		}
		return "[mdclxvi]+", nil
	case wordsStyle:
		return "(?:" + strings.Join(wordNames, "|") + `|and|[\-, ])+`, nil
	case sequenceStyle:
		return "", failValue("D3130", value.FromString(f.token))
	}
	out := "[0-9]+"
	if digits > 0 {
		out = "[0-9]{" + strconv.Itoa(digits) + "}"
		if f.optional > 0 {
			out = "[0-9]{" + strconv.Itoa(digits-f.optional) + "," + strconv.Itoa(digits) + "}"
		}
	}
	if f.ordinal {
		out += "(?:th|st|nd|rd)"
	}
	return out, nil
}

func escapeRegex(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(`.*+?^${}()|[]\`, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// read returns the number that a matched part stands for.
func (p *datePart) read(text string) (float64, *Error) {
	switch {
	case p.component == 'Z' || p.component == 'z':
		return p.readZone(text), nil
	case p.integer != nil:
		return p.integer.parse(text)
	case p.component == 'P':
		return map[string]float64{"pm": 1, "PM": 1, "am": 0, "AM": 0}[text], nil
	}
	names := monthNames
	if p.component == 'F' {
		names = dayNames
	}
	for i, name := range names {
		if p.maxWidth >= 1 && p.maxWidth < float64(len(name)) {
			name = name[:int(p.maxWidth)]
		}
		if name != "" && name == text {
			if p.component == 'F' {
				return float64(i), nil
			}
			return float64(i + 1), nil
		}
	}
	return absent, nil
}

func (p *datePart) readZone(text string) float64 {
	if p.component == 'z' {
		text = text[3:]
	}
	if p.integer != nil && p.integer.regular > 0 {
		sep := p.integer.groups[0].char
		i := max(0, strings.Index(text, sep))
		return parseLeadingInt(text[:i])*60 + parseLeadingInt(text[min(len(text), i+1):])
	}
	if len(text) <= 3 {
		return parseLeadingInt(text) * 60
	}
	return parseLeadingInt(text[:3])*60 + parseLeadingInt(text[3:])
}

// absent marks a component that has no value; NaN is one.
const absent = -1 << 60

// components are the parts read, by their letter.
type components struct {
	has    [128]bool
	values [128]float64
	any    bool
}

func (c *components) set(letter byte, v float64) {
	c.any = true
	c.values[letter&127], c.has[letter&127] = v, v != absent
}

// truthy tells whether the component is there and not zero: so the reference tells which parts were given.
func (c *components) truthy(letter byte) bool {
	v := c.values[letter]
	return c.has[letter] && v != 0 && v == v
}

func (c *components) mask(letters string) int {
	m := 0
	for i := 0; i < len(letters); i++ {
		m <<= 1
		if c.truthy(letters[i]) {
			m |= 1
		}
	}
	return m
}

// fits reports that no part was given that the set lacks, and one that it has.
func fits(mask, set int) bool { return ^set&mask == 0 && set&mask != 0 }

func (s *state) dateFrom(c *components) (value.Value, *Error) {
	if !c.any {
		return undefined, nil
	}
	dates := c.mask("YXMxWwdD")
	dateB := !fits(dates, 161) && fits(dates, 130)
	dateC := fits(dates, 84)
	dateD := !dateC && fits(dates, 72)
	times := c.mask("PHhmsf")
	timeB := !fits(times, 23) && fits(times, 47)
	order := "YMD"
	switch {
	case dateB:
		order = "YD"
	case dateC:
		order = "XxwF"
	case dateD:
		order = "XWF"
	}
	if timeB {
		order += "Phmsf"
	} else {
		order += "Hmsf"
	}
	if err := s.complete(c, order); err != nil {
		return undefined, err
	}
	if dateC || dateD {
		return undefined, fail("D3136")
	}
	v := &c.values
	if v['M'] > 0 {
		v['M']--
	} else {
		v['M'] = 0
	}
	if dateB {
		day := civilOf(dateUTC(v['Y'], 0, 1, 0, 0, 0, 0) + (v['d']-1)*msPerDay)
		v['M'], v['D'] = day.month, day.day
	}
	if timeB {
		v['H'] = v['h']
		if v['h'] == 12 {
			v['H'] = 0
		}
		if v['P'] == 1 {
			v['H'] += 12
		}
	}
	t := dateUTC(v['Y'], v['M'], v['D'], v['H'], v['m'], v['s'], v['f'])
	if c.truthy('Z') {
		t -= v['Z'] * 60_000
	} else if c.truthy('z') {
		t -= v['z'] * 60_000
	}
	return value.FromFloat(t), nil
}

// complete fills in what was not given: parts before the first given one from now, parts behind the last with their least
// value. A hole between is an error.
func (s *state) complete(c *components, order string) *Error {
	var started, ended bool
	var now civil
	for i := 0; i < len(order); i++ {
		letter := order[i]
		if c.has[letter] {
			started = true
			if ended {
				return fail("D3136")
			}
			continue
		}
		if started {
			ended = true
			c.values[letter] = 0
			if letter == 'M' || letter == 'D' || letter == 'd' {
				c.values[letter] = 1
			}
		} else {
			if now.t == 0 {
				t, err := s.now()
				if err != nil {
					return err
				}
				now = civilOf(t)
			}
			c.values[letter] = now.part(letter)
			if letter == 'P' {
				c.values[letter] = math.NaN()
			}
		}
		c.has[letter] = true
	}
	return nil
}
