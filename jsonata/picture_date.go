package jsonata

import (
	"math"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// datePart is a literal or a marker of a date picture.
type datePart struct {
	literal   string
	component byte // 0 for a literal
	symbol    string
	names     letterCase
	timezone  bool // presentation t: Z for no offset
	integer   *integerFormat
	maxWidth  float64 // NaN when absent
	hasWidth  bool
	digits    int // of the year; -1 for all
}

var defaultPresentation = map[string]string{
	"Y": "1", "M": "1", "D": "1", "d": "1", "F": "n", "W": "1", "w": "1", "X": "1", "x": "1", "H": "1", "h": "1", "P": "n",
	"m": "01", "s": "01", "f": "1", "Z": "01:01", "z": "01:01", "C": "n", "E": "n",
}

var (
	dayNames   = []string{"", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	monthNames = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
)

// parseDatePicture analyses a picture as fn:format-dateTime of XPath defines it. Errors: D3131, D3132, D3135.
func parseDatePicture(picture string) ([]datePart, *Error) {
	var parts []datePart
	literal := func(text string) {
		if text != "" {
			parts = append(parts, datePart{literal: strings.ReplaceAll(text, "]]", "]")})
		}
	}
	start, pos := 0, 0
	for pos < len(picture) {
		if picture[pos] != '[' {
			pos++
			continue
		}
		literal(picture[start:pos])
		if pos+1 < len(picture) && picture[pos+1] == '[' {
			parts = append(parts, datePart{literal: "["})
			pos += 2
			start = pos
			continue
		}
		end := strings.IndexByte(picture[pos:], ']')
		if end < 0 {
			return nil, fail("D3135")
		}
		p, err := parseMarker(picture[pos+1 : pos+end])
		if err != nil {
			return nil, err
		}
		parts = append(parts, *p)
		pos += end + 1
		start = pos
	}
	literal(picture[start:])
	return parts, nil
}

func parseMarker(marker string) (*datePart, *Error) {
	marker = strings.Join(strings.Fields(marker), "")
	p := &datePart{maxWidth: math.NaN()}
	if marker != "" {
		_, n := decode(marker)
		p.symbol = marker[:n]
		p.component = marker[0]
		marker = marker[n:]
	}
	minWidth := math.NaN()
	if i := strings.LastIndexByte(marker, ','); i >= 0 {
		p.hasWidth = true
		low, high, dash := strings.Cut(marker[i+1:], "-")
		minWidth = parseLeadingInt(low)
		if dash {
			p.maxWidth = parseLeadingInt(high)
		}
		marker = marker[:i]
	}
	modifier := byte(0)
	switch {
	case marker == "":
		marker = defaultPresentation[p.symbol]
		if marker == "" {
			return nil, failValue("D3132", value.FromString(p.symbol))
		}
	case utf16Length(marker) > 1 && strings.IndexByte("atco", marker[len(marker)-1]) >= 0:
		modifier = marker[len(marker)-1]
		marker = marker[:len(marker)-1]
	}
	p.timezone = modifier == 't'
	var err *Error
	switch {
	case marker[0] == 'n':
		p.names = lowerCase
	case marker[0] == 'N':
		p.names = upperCase
		if strings.HasPrefix(marker[1:], "n") {
			p.names = titleCase
		}
	case len(p.symbol) == 1 && strings.Contains("YMDdFWwXxHhmsf", p.symbol):
		if modifier != 0 {
			marker += ";" + string(modifier)
		}
		if p.integer, err = parseIntegerPicture(marker); err != nil {
			return nil, err
		}
		if float64(p.integer.mandatory) < minWidth {
			p.integer.mandatory = int(min(minWidth, 1<<12))
		}
		p.yearDigits()
	}
	if p.symbol == "Z" || p.symbol == "z" {
		p.integer, err = parseIntegerPicture(strings.TrimSuffix(marker, ";t"))
	}
	return p, err
}

// yearDigits sets how many digits of a year, month or day count.
func (p *datePart) yearDigits() {
	if !strings.Contains("YMD", p.symbol) {
		return
	}
	p.digits = -1
	if !math.IsNaN(p.maxWidth) {
		p.digits = int(min(p.maxWidth, 1<<12))
		p.integer.mandatory = p.digits
	} else if w := p.integer.mandatory + p.integer.optional; w >= 2 {
		p.digits = w
	}
}

// formatDate writes a date. offset is the time zone as ±hhmm, NaN for a text that is no number.
func formatDate(t float64, picture string, offset float64) (string, *Error) {
	parts, err := parseDatePicture(picture)
	if err != nil {
		return "", err
	}
	hours, minutes := math.Floor(offset/100), math.Mod(offset, 100)
	c := civilOf(t + (60*hours+minutes)*60_000)
	var b strings.Builder
	for i := range parts {
		p := &parts[i]
		if p.component == 0 {
			b.WriteString(p.literal)
			continue
		}
		text, err := p.format(&c, hours, minutes)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func (p *datePart) format(c *civil, hours, minutes float64) (string, *Error) {
	switch p.component {
	case 'Z', 'z':
		return p.formatZone(hours, minutes)
	case 'P':
		text := "am"
		if c.hour >= 12 {
			text = "pm"
		}
		if p.names == upperCase {
			text = strings.ToUpper(text)
		}
		return text, nil
	case 'C', 'E':
		return "ISO", nil
	}
	if len(p.symbol) != 1 || !strings.Contains("YMDdFWwXxHhmsf", p.symbol) {
		return "undefined", nil // what the reference makes of a component that it does not know
	}
	v := c.part(p.component)
	if p.component == 'Y' && p.digits != -1 {
		v = math.Mod(v, math.Pow(10, float64(p.digits)))
	}
	if p.names != noCase && p.component != 'f' {
		return p.name(v)
	}
	if p.integer == nil {
		return "", failValue("D3130", value.FromString(p.symbol))
	}
	return p.integer.format(v)
}

func (p *datePart) name(v float64) (string, *Error) {
	var text string
	switch {
	case math.IsNaN(v) && p.names == titleCase && strings.Contains("MxF", p.symbol):
		return "undefined", nil
	case math.IsNaN(v) && strings.Contains("MxF", p.symbol):
		return "", failValue("D3133", value.FromString(p.symbol))
	case p.component == 'M' || p.component == 'x':
		text = monthNames[int(v)-1]
	case p.component == 'F':
		text = dayNames[int(v)]
	default:
		return "", failValue("D3133", value.FromString(p.symbol))
	}
	switch p.names {
	case upperCase:
		text = strings.ToUpper(text)
	case lowerCase:
		text = strings.ToLower(text)
	}
	if float64(len(text)) > p.maxWidth {
		text = text[:int(max(0, p.maxWidth))]
	}
	return text, nil
}

func (p *datePart) formatZone(hours, minutes float64) (string, *Error) {
	if p.integer == nil {
		return "", failValue("D3130", value.FromString(p.symbol))
	}
	offset := hours*100 + minutes
	var text string
	var err *Error
	switch n := p.integer.mandatory; {
	case p.integer.regular > 0 || n == 3 || n == 4:
		text, err = p.integer.format(offset)
	case n == 1 || n == 2:
		if text, err = p.integer.format(hours); err == nil && minutes != 0 {
			two := integerFormat{zero: '0', mandatory: 2}
			rest, _ := two.format(minutes)
			text += ":" + rest
		}
	default:
		return "", failValue("D3134", value.FromFloat(float64(n)))
	}
	if err != nil {
		return "", err
	}
	if offset >= 0 {
		text = "+" + text
	}
	if p.component == 'z' {
		text = "GMT" + text
	}
	if offset == 0 && p.timezone {
		text = "Z"
	}
	return text, nil
}

const isoPicture = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"

func (s *state) formatMillis(t float64, picture, zone value.Value) (value.Value, *Error) {
	offset := 0.0
	if zone.Kind() == value.String {
		offset = parseLeadingInt(zone.Str())
	}
	if err := s.chargePicture(stringOr(picture, "")); err != nil {
		return undefined, err
	}
	text, err := formatDate(t, stringOr(picture, isoPicture), offset)
	if err != nil {
		return undefined, err
	}
	return s.textResult(text)
}

func fnFromMillis(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	return s.formatMillis(args[0].Float(), optional(args, 1), optional(args, 2))
}

func fnNow(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	t, err := s.now()
	if err != nil {
		return undefined, err
	}
	return s.formatMillis(t, optional(args, 0), optional(args, 1))
}

func fnMillis(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	t, err := s.now()
	return value.FromFloat(t), err
}
