package sheet

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// titleLength is the most characters that the name of a sheet may have.
const titleLength = 31

// titles are the names of a workbook's sheets, each given once.
type titles struct{ taken []string }

// take makes a title the name of a sheet: by Excel's rules, and with a number
// behind it if it is taken.
func (t *titles) take(title string) string {
	base := cleanTitle(title)
	name := shorten(base, titleLength)
	for n := 2; slices.ContainsFunc(t.taken, func(o string) bool { return strings.EqualFold(o, name) }); n++ {
		number := fmt.Sprintf(" (%d)", n)
		name = strings.TrimRight(shorten(base, titleLength-len(number)), " ") + number
	}
	t.taken = append(t.taken, name)
	return name
}

// cleanTitle replaces what may not stand in the name of a sheet. An apostrophe
// may, but programs disagree on how to quote it.
func cleanTitle(title string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return ' '
		case strings.ContainsRune(`[]:*?/\`, r):
			return '-'
		case r == '\'':
			return '’'
		}
		return r
	}, clean(title))
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "Sheet"
	case strings.EqualFold(s, "History"): // Excel keeps it for itself
		return s + " -"
	}
	return s
}

// shorten cuts s to n UTF-16 code units without breaking a character.
func shorten(s string, n int) string {
	for i, r := range s {
		if n -= utf16.RuneLen(r); n < 0 {
			return s[:i]
		}
	}
	return s
}
