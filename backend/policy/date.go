package policy

import "cmp"

// instant is a moment, exact to the nanosecond.
type instant struct {
	seconds int64 // since 1970
	nanos   int32
}

func (a instant) compare(b instant) int {
	if c := cmp.Compare(a.seconds, b.seconds); c != 0 {
		return c
	}
	return cmp.Compare(a.nanos, b.nanos)
}

// parseInstant reads the W3C forms of ISO 8601, from a year to fractions of a
// second, or seconds since 1970. Four digits are a year. A time without a zone
// is UTC (reference_policies_elements_condition_operators.html).
func parseInstant(s string) (instant, bool) {
	r := dateReader{text: s}
	if len(s) != 4 && (len(s) < 5 || s[4] != '-') {
		return r.epoch()
	}
	year, month, day := r.digits(4), 1, 1
	var at instant
	if r.take('-') {
		month = r.digits(2)
		if r.take('-') {
			day = r.digits(2)
			if r.take('T') || r.take('t') {
				at = r.clock()
			}
		}
	}
	if r.failed || r.text != "" || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return instant{}, false
	}
	at.seconds += daysSince1970(year, month, day) * 86400
	return at, true
}

// dateReader takes a date apart from the front.
type dateReader struct {
	text   string
	failed bool
}

func (r *dateReader) take(c byte) bool {
	if r.text == "" || r.text[0] != c {
		return false
	}
	r.text = r.text[1:]
	return true
}

func (r *dateReader) digits(n int) int {
	value := 0
	for range n {
		if r.text == "" || r.text[0] < '0' || r.text[0] > '9' {
			r.failed = true
			return 0
		}
		value = value*10 + int(r.text[0]-'0')
		r.text = r.text[1:]
	}
	return value
}

// fraction reads the digits behind a point; what is finer than a nanosecond is
// cut off.
func (r *dateReader) fraction() int32 {
	nanos, unit := int32(0), int32(100_000_000)
	for n := 0; ; n++ {
		if r.text == "" || r.text[0] < '0' || r.text[0] > '9' {
			r.failed = r.failed || n == 0
			return nanos
		}
		nanos += int32(r.text[0]-'0') * unit
		unit /= 10
		r.text = r.text[1:]
	}
}

// clock reads hh:mm[:ss[.s]][zone] as seconds into the day, in UTC.
func (r *dateReader) clock() instant {
	var at instant
	hour := r.digits(2)
	if !r.take(':') {
		r.failed = true
		return at
	}
	minute, second := r.digits(2), 0
	if r.take(':') {
		second = r.digits(2)
		if r.take('.') {
			at.nanos = r.fraction()
		}
	}
	r.failed = r.failed || hour > 23 || minute > 59 || second > 59
	at.seconds = int64(hour*3600 + minute*60 + second)
	switch {
	case r.text == "", r.take('Z'), r.take('z'):
	case r.take('+'):
		at.seconds -= r.offset()
	case r.take('-'):
		at.seconds += r.offset()
	}
	return at
}

func (r *dateReader) offset() int64 {
	hours := r.digits(2)
	r.take(':')
	minutes := r.digits(2)
	r.failed = r.failed || hours > 23 || minutes > 59
	return int64(hours*3600 + minutes*60)
}

// epoch reads seconds since 1970.
func (r *dateReader) epoch() (instant, bool) {
	negative := r.take('-')
	var at instant
	for n := 0; r.text != "" && r.text[0] != '.'; n++ {
		d := r.digits(1)
		if r.failed || n > 17 {
			return instant{}, false
		}
		at.seconds = at.seconds*10 + int64(d)
		r.failed = false
	}
	if r.take('.') {
		at.nanos = r.fraction()
	}
	if r.failed || r.text != "" {
		return instant{}, false
	}
	if negative {
		at.seconds = -at.seconds
		if at.nanos > 0 {
			at.seconds--
			at.nanos = 1_000_000_000 - at.nanos
		}
	}
	return at, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSince1970 counts days of the Gregorian calendar; the year begins in
// March, so that the leap day comes last.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	days := 365*year + floorDiv(year, 4) - floorDiv(year, 100) + floorDiv(year, 400) + (153*(month-3)+2)/5 + day - 1
	return int64(days) - 719468
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
