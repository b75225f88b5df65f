package policy

import (
	"strconv"
	"strings"
)

// decimal is a number as its digits, so that comparing rounds nothing:
// 0.1 is 0.10, and 9007199254740993 is not 9007199254740992.
type decimal struct {
	negative bool
	digits   string // from the first that is not zero; may hold the point; "" is zero
	scale    int    // where the point stands, counted from the first digit
}

// maxExponent keeps an exponent from overflowing; no value of AWS comes near.
const maxExponent = 1 << 20

func parseDecimal(s string) (d decimal, ok bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative = s[0] == '-'
		s = s[1:]
	}
	exponent := 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > maxExponent || n < -maxExponent {
			return decimal{}, false
		}
		exponent, s = n, s[:i]
	}
	point, first, count := -1, -1, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '.' && point < 0:
			point = i
		case s[i] < '0' || s[i] > '9':
			return decimal{}, false
		default:
			count++
			if first < 0 && s[i] != '0' {
				first = i
			}
		}
	}
	if count == 0 {
		return decimal{}, false
	}
	if first < 0 { // zero has no sign
		return decimal{}, true
	}
	if point < 0 {
		point = len(s)
	}
	d.scale = point - first + exponent
	if point < first {
		d.scale++ // the point is no digit
	}
	d.digits = s[first:]
	return d, true
}

// compare is negative, zero or positive as d is smaller than, equal to or
// larger than e.
func (d decimal) compare(e decimal) int {
	switch {
	case d.digits == "" && e.digits == "":
		return 0
	case d.digits == "":
		return sign(e.negative)
	case e.digits == "" || d.negative != e.negative:
		return -sign(d.negative)
	}
	size := d.scale - e.scale
	if size == 0 {
		size = compareDigits(d.digits, e.digits)
	}
	if d.negative {
		return -size
	}
	return size
}

func sign(negative bool) int {
	if negative {
		return 1
	}
	return -1
}

func compareDigits(a, b string) int {
	i, j := 0, 0
	for {
		if i < len(a) && a[i] == '.' {
			i++
		}
		if j < len(b) && b[j] == '.' {
			j++
		}
		if i >= len(a) && j >= len(b) {
			return 0
		}
		x, y := byte('0'), byte('0')
		if i < len(a) {
			x = a[i]
		}
		if j < len(b) {
			y = b[j]
		}
		if x != y {
			return int(x) - int(y)
		}
		i++
		j++
	}
}
