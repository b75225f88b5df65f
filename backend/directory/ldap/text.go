package ldap

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/backend/iam"
)

// clean makes a string of a value: bytes that are no UTF-8 become U+FFFD, NUL
// characters are dropped. Nothing else leaves this package.
func clean(b []byte) string {
	plain := true
	for _, c := range b {
		if c >= 0x80 || c == 0 {
			plain = false
			break
		}
	}
	if plain || utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return string(b)
	}
	return strings.ToValidUTF8(strings.ReplaceAll(string(b), "\x00", ""), "\uFFFD")
}

// splitOptions cuts the options off an attribute description (RFC 4512 section
// 2.5), as in "cn;lang-en".
func splitOptions(name []byte) (base, options []byte) {
	if i := bytes.IndexByte(name, ';'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return name, nil
}

// parseGeneralizedTime reads YYYYMMDDHH[MM[SS]][fraction](Z or +hhmm) as RFC
// 4517 section 3.3.13 defines it. Years before 1 and dates that do not exist
// are refused.
func parseGeneralizedTime(s string) (time.Time, bool) {
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if digits != 10 && digits != 12 && digits != 14 {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102150405"[:digits], s[:digits])
	if err != nil || t.Year() < 1 {
		return time.Time{}, false
	}
	unit := map[int]time.Duration{10: time.Hour, 12: time.Minute, 14: time.Second}[digits]
	s = s[digits:]
	if s != "" && (s[0] == '.' || s[0] == ',') {
		end := 1
		for end < len(s) && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		if end == 1 {
			return time.Time{}, false
		}
		fraction, err := strconv.ParseFloat("0."+s[1:min(end, 16)], 64)
		if err != nil {
			return time.Time{}, false
		}
		t = t.Add(time.Duration(fraction*float64(unit) + 0.5).Truncate(time.Microsecond))
		s = s[end:]
	}
	switch {
	case s == "Z":
		return t, true
	case len(s) == 3 || len(s) == 5:
		if s[0] != '+' && s[0] != '-' {
			return time.Time{}, false
		}
		for _, c := range s[1:] {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
		}
		hours, _ := strconv.Atoi(s[1:3])
		minutes := 0
		if len(s) == 5 {
			minutes, _ = strconv.Atoi(s[3:])
		}
		if hours > 23 || minutes > 59 {
			return time.Time{}, false
		}
		offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
		if s[0] == '+' {
			offset = -offset
		}
		return t.Add(offset), true
	}
	return time.Time{}, false
}

// generalizedTime writes a time to the second, in UTC.
func generalizedTime(t time.Time) string { return t.UTC().Format("20060102150405Z") }

// parseDate reads the forms in which directories keep a date: generalizedTime,
// RFC 3339, 2006-01-02 and 20060102. A date without a time is its first moment
// in UTC.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if t, ok := parseGeneralizedTime(s); ok {
		return t, true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02", "20060102"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// momentOf is the moment a value tells, UnknownMoment if it is none.
func momentOf(value string) iam.Moment {
	t, ok := parseDate(value)
	if !ok {
		return iam.UnknownMoment
	}
	return iam.MomentOf(t)
}

// days is a whole number of days, as the shadow attributes of RFC 2307 hold it.
func days(value string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	return n, err == nil && n < 1<<24 && n > -(1<<24)
}

const day = int64(24 * time.Hour / time.Microsecond)
