package sheet

import (
	"strings"
	"unicode"
)

// Widths of columns, in characters.
const (
	narrowest = 8
	widest    = 60
	padding   = 2
	arrow     = 3 // of the filter
)

// fit is the width for a heading and the first rows of a column.
func fit(c Column, i int, rows [][]Value) float64 {
	if c.Width > 0 {
		return c.Width
	}
	most := cells(c.Heading()) + arrow
	for _, row := range rows {
		switch v := row[i]; v.letter {
		case number:
			n := len(v.String())
			most = max(most, n+(n-1)/3) // with its separators
		default:
			most = max(most, cells(v.String()))
		}
	}
	return float64(min(max(most+padding, narrowest), widest))
}

// cells is about how many characters wide the longest line of s is.
func cells(s string) int {
	most := 0
	for line := range strings.Lines(s) {
		n := 0
		for _, r := range line {
			switch {
			case r < ' ', unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
			case r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r >= 0x1F300 && r < 0x20000 || r >= 0xFF01 && r <= 0xFF60):
				n += 2
			default:
				n++
			}
		}
		most = max(most, n)
	}
	return most
}
