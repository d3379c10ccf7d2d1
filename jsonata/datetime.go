package jsonata

import "math"

// Dates are milliseconds since 1970 in UTC, as float64 like every number. The calendar is the Gregorian one in both directions.

const (
	msPerDay = 86_400_000
	maxTime  = 8.64e15 // beyond it a date is not a number
)

// daysFromCivil returns the days from 1970-01-01 to the first of a month; month is 0 to 11.
func daysFromCivil(year, month float64) float64 {
	y := year
	if month < 2 {
		y--
	}
	era := math.Floor(y / 400)
	yoe := y - era*400
	mp := math.Mod(month+10, 12)
	doy := math.Floor((153*mp + 2) / 5)
	doe := yoe*365 + math.Floor(yoe/4) - math.Floor(yoe/100) + doy
	return era*146097 + doe - 719468
}

// dateUTC is Date.UTC: parts may be beyond their range and carry over; years 0 to 99 mean 1900 to 1999. NaN when any part is not
// a number or the date is out of range.
func dateUTC(year, month, day, hour, minute, second, ms float64) float64 {
	sum := year + month + day + hour + minute + second + ms
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return math.NaN()
	}
	year, month = math.Trunc(year), math.Trunc(month)
	if year >= 0 && year <= 99 {
		year += 1900
	}
	return makeDate(year, month, day, hour, minute, second, ms)
}

func makeDate(year, month, day, hour, minute, second, ms float64) float64 {
	year += math.Floor(month / 12)
	month = month - math.Floor(month/12)*12
	t := (daysFromCivil(year, month)+math.Trunc(day)-1)*msPerDay +
		math.Trunc(hour)*3_600_000 + math.Trunc(minute)*60_000 + math.Trunc(second)*1000 + math.Trunc(ms)
	if math.Abs(t) > maxTime {
		return math.NaN()
	}
	return t
}

// civil is a date in its parts; month is 0 to 11, weekday 0 is Sunday.
type civil struct {
	t                                          float64
	year, month, day, hour, minute, second, ms float64
	weekday                                    int
}

func civilOf(t float64) civil {
	if math.Abs(t) > maxTime || math.IsNaN(t) {
		n := math.NaN()
		return civil{n, n, n, n, n, n, n, n, -1}
	}
	t = math.Trunc(t)
	days := math.Floor(t / msPerDay)
	rest := t - days*msPerDay
	c := civil{t: t}
	c.hour = math.Floor(rest / 3_600_000)
	c.minute = math.Mod(math.Floor(rest/60_000), 60)
	c.second = math.Mod(math.Floor(rest/1000), 60)
	c.ms = math.Mod(rest, 1000)
	c.weekday = int(math.Mod(math.Mod(days+4, 7)+7, 7))
	z := days + 719468
	era := math.Floor(z / 146097)
	doe := z - era*146097
	yoe := math.Floor((doe - math.Floor(doe/1460) + math.Floor(doe/36524) - math.Floor(doe/146096)) / 365)
	doy := doe - (365*yoe + math.Floor(yoe/4) - math.Floor(yoe/100))
	mp := math.Floor((5*doy + 2) / 153)
	c.day = doy - math.Floor((153*mp+2)/5) + 1
	c.month = math.Mod(mp+2, 12)
	c.year = yoe + era*400
	if c.month < 2 {
		c.year++
	}
	return c
}

// firstWeek returns when the first week of a year or month begins: the Monday of the week with its first Thursday.
func firstWeek(year, month float64) float64 {
	first := dateUTC(year, month, 1, 0, 0, 0, 0)
	weekday := civilOf(first).weekday
	if weekday == 0 {
		weekday = 7
	}
	if weekday > 4 {
		return first + float64(8-weekday)*msPerDay
	}
	return first - float64(weekday-1)*msPerDay
}

func nextMonth(year, month float64) (float64, float64) {
	if month == 11 {
		return year + 1, 0
	}
	return year, month + 1
}

func previousMonth(year, month float64) (float64, float64) {
	if month == 0 {
		return year - 1, 11
	}
	return year, month - 1
}

func weeks(from, to float64) float64 { return (to-from)/(msPerDay*7) + 1 }

// part returns a numeric component of a date.
func (c *civil) part(component byte) float64 {
	switch component {
	case 'Y':
		return c.year
	case 'M':
		return c.month + 1
	case 'D':
		return c.day
	case 'd':
		return (dateUTC(c.year, c.month, c.day, 0, 0, 0, 0)-dateUTC(c.year, 0, 1, 0, 0, 0, 0))/msPerDay + 1
	case 'F':
		switch c.weekday {
		case 0:
			return 7
		case -1:
			return math.NaN()
		}
		return float64(c.weekday)
	case 'W':
		return c.week(c.year, 0, c.year+1, 0, c.year-1, 0, 52)
	case 'w':
		ny, nm := nextMonth(c.year, c.month)
		py, pm := previousMonth(c.year, c.month)
		return c.week(c.year, c.month, ny, nm, py, pm, 4)
	case 'X':
		switch {
		case c.t < firstWeek(c.year, 0):
			return c.year - 1
		case c.t >= firstWeek(c.year+1, 0):
			return c.year + 1
		}
		return c.year
	case 'x':
		ny, nm := nextMonth(c.year, c.month)
		_, pm := previousMonth(c.year, c.month)
		switch {
		case c.t < firstWeek(c.year, c.month):
			return pm + 1
		case c.t >= firstWeek(ny, nm):
			return nm + 1
		}
		return c.month + 1
	case 'H':
		return c.hour
	case 'h':
		if h := math.Mod(c.hour, 12); h != 0 {
			return h
		}
		return 12
	case 'm':
		return c.minute
	case 's':
		return c.second
	case 'f':
		return c.ms
	}
	return math.NaN()
}

// week numbers the week of a period; the last days may belong to the next period, the first ones to the one before.
func (c *civil) week(year, month, nextYear, nextMonth, prevYear, prevMonth, most float64) float64 {
	today := dateUTC(c.year, c.month, c.day, 0, 0, 0, 0)
	w := weeks(firstWeek(year, month), today)
	if w > most {
		if today >= firstWeek(nextYear, nextMonth) {
			w = 1
		}
	} else if w < 1 {
		w = weeks(firstWeek(prevYear, prevMonth), today)
	}
	return math.Floor(w)
}
