package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters that do not decompose into a base letter and a mark.
var plain = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "’", "'", "‘", "'", "“", `"`, "”", `"`)

// spelled is how German and Nordic letters are written out.
var spelled = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ø", "oe", "å", "aa")

// Fold is the form in which text is searched and ordered: lower case, marks
// stripped, so that Müller and Muller are one.
func Fold(s string) string {
	if isPlainASCII(s) {
		return strings.ToLower(s)
	}
	s = plain.Replace(strings.ToLower(norm.NFKC.String(s)))
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// searchable is the folded text and, where it differs, the spelled-out form,
// so that Mueller finds Müller. A part that is in those before it, as a surname is
// in a name, need not be found twice.
func searchable(parts ...string) string {
	var all string
	for _, p := range parts {
		if p = strings.ToLower(p); p != "" && !strings.Contains(all, p) {
			all += " " + p
		}
	}
	all = strings.TrimPrefix(all, " ")
	f := Fold(all)
	if isPlainASCII(all) {
		return f
	}
	if alt := Fold(spelled.Replace(norm.NFC.String(all))); alt != f {
		return f + " " + alt
	}
	return f
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// ListName is a person's name as lists order it: surname first, except in the
// scripts written from right to left, which do not turn names around.
func ListName(name, given, surname string) string {
	first, _ := utf8.DecodeRuneInString(surname)
	if given == "" || surname == "" || first >= 0x590 {
		return name
	}
	return surname + ", " + given
}
