package file

import (
	"strings"
	"time"
)

// refOfDN is the reference by which members and managers point at an entry: its
// distinguished name (RFC 4514) with case, and the spaces around its parts, made
// equal. Empty if value is no such name.
func refOfDN(value string) string {
	if !strings.Contains(value, "=") {
		return ""
	}
	var parts []string
	for _, rdn := range splitUnescaped(value, ',') {
		attr, v, ok := strings.Cut(rdn, "=")
		if attr = strings.TrimSpace(attr); !ok || attr == "" {
			return ""
		}
		parts = append(parts, strings.ToLower(attr)+"="+strings.Join(strings.Fields(foldText(v)), " "))
	}
	return "dn:" + strings.Join(parts, ",")
}

// splitUnescaped parts s at every sep without a backslash before it.
func splitUnescaped(s string, sep byte) []string {
	var parts []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// clockOf writes the time of day of a generalizedTime as ISO has it.
func clockOf(rest string) string {
	digits, zone := rest, ""
	if i := strings.IndexAny(rest, ".,Z+-"); i >= 0 {
		digits, zone = rest[:i], rest[i:]
	}
	if i := strings.IndexAny(zone, "Z+-"); i > 0 {
		zone = zone[i:] // fractions of a second
	}
	if len(zone) == 5 && zone[0] != 'Z' {
		zone = zone[:3] + ":" + zone[3:]
	}
	if len(digits) < 2 {
		return ""
	}
	for len(digits) < 6 {
		digits += "0"
	}
	return "T" + digits[:2] + ":" + digits[2:4] + ":" + digits[4:6] + zone
}

// parseClock reads a day with a time of day.
func parseClock(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
