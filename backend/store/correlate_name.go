package store

import (
	"slices"
	"strings"
	"unicode"
)

// nameFit is how far two people's names agree.
type nameFit int

// From worse to better. unknownName: one of them tells no given name and
// surname, which speaks neither for nor against.
const (
	otherName nameFit = iota // both parts differ
	unknownName
	halfName // one part agrees, the other differs
	nearName // both agree, one of them not to the letter
	sameName
)

// written is a name as it is compared: folded, umlauts in one spelling, letters
// alone, in words.
func written(s string) []string {
	s = twoLetters.Replace(Fold(s))
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

// Mueller and Müller are one, folded to Muller.
var twoLetters = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u", "'", "", "’", "")

// likeness of two names, from 0 to 1: 1 is equal, wholeIn for one that
// holds the other, as a double name does, initialOnly for an initial.
func likeness(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	x, y := strings.Join(a, ""), strings.Join(b, "")
	switch {
	case x == y:
		return 1
	case len(a) != len(b) && (holds(a, b) || holds(b, a)):
		return wholeIn
	case isInitial(a[0], b[0]):
		return initialOnly
	}
	return jaroWinkler(x, y)
}

const (
	initialOnly = 0.89
	wholeIn     = 0.951
	alike       = 0.89 // from here on, two parts of a name agree
)

func isInitial(a, b string) bool {
	return (len([]rune(a)) == 1 || len([]rune(b)) == 1) && []rune(a)[0] == []rune(b)[0]
}

// holds says whether all words of part are among those of whole.
func holds(whole, part []string) bool {
	have := map[string]bool{}
	for _, w := range whole {
		have[w] = true
	}
	for _, w := range part {
		if !have[w] {
			return false
		}
	}
	return true
}

// jaroWinkler is the similarity of Jaro and Winkler, which weighs a common
// beginning: typing errors keep it.
func jaroWinkler(s, t string) float64 {
	a, b := []rune(s), []rune(t)
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	window := max(len(a), len(b))/2 - 1
	usedA, usedB := make([]bool, len(a)), make([]bool, len(b))
	matches := 0
	for i := range a {
		for j := max(0, i-window); j < min(len(b), i+window+1); j++ {
			if !usedB[j] && a[i] == b[j] {
				usedA[i], usedB[j] = true, true
				matches++
				break
			}
		}
	}
	if matches == 0 {
		return 0
	}
	swapped, j := 0, 0
	for i := range a {
		if !usedA[i] {
			continue
		}
		for !usedB[j] {
			j++
		}
		if a[i] != b[j] {
			swapped++
		}
		j++
	}
	m := float64(matches)
	jaro := (m/float64(len(a)) + m/float64(len(b)) + (m-float64(swapped)/2)/m) / 3
	common := 0
	for common < min(4, len(a), len(b)) && a[common] == b[common] {
		common++
	}
	return jaro + float64(common)*0.1*(1-jaro)
}

// person's name in its parts, as it is compared, and first and last as written.
type nameParts struct {
	given, surname []string
	first, last    string
}

func partsOf(given, surname string) nameParts {
	return nameParts{written(given), written(surname), strings.TrimSpace(given), strings.TrimSpace(surname)}
}

// sameSurname says whether two people have one surname, in either order of the
// parts of a name: the same letters, ü being u or ue. Anything less sure is
// similar: Bauer is not Baur, Schmid not Schmidt.
func (n nameParts) sameSurname(m nameParts) bool {
	return sameLetters(n.last, m.last) ||
		sameLetters(n.last, m.first) && sameLetters(n.first, m.last)
}

func sameLetters(a, b string) bool {
	for _, x := range spellings(a) {
		if x != "" && slices.Contains(spellings(b), x) {
			return true
		}
	}
	return false
}

// spellings are the letters of a name, folded, with umlauts as one letter and as
// two.
func spellings(name string) []string {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return r
			}
			return -1
		}, Fold(s))
	}
	return []string{letters(name), letters(spelled.Replace(strings.ToLower(name)))}
}

// spokenParts are the parts of a display name, where a directory tells no
// others: two or three words without a digit, the last the surname or, before a
// comma, the first.
func spokenParts(name string) nameParts {
	surname, given, turned := strings.Cut(name, ",")
	if turned {
		return partsOf(given, surname)
	}
	words := strings.Fields(name)
	if len(words) < 2 || len(words) > 3 || strings.ContainsFunc(name, unicode.IsDigit) {
		return nameParts{}
	}
	return partsOf(strings.Join(words[:len(words)-1], " "), words[len(words)-1])
}

// fit compares two names, given name and surname in either order.
func (n nameParts) fit(m nameParts) (fit nameFit, given, surname float64) {
	if len(n.surname) == 0 || len(m.surname) == 0 || len(n.given) == 0 || len(m.given) == 0 {
		return unknownName, likeness(n.given, m.given), likeness(n.surname, m.surname)
	}
	given, surname = likeness(n.given, m.given), likeness(n.surname, m.surname)
	if g, s := likeness(n.given, m.surname), likeness(n.surname, m.given); g == 1 && s == 1 && given+surname < 2 {
		return sameName, 1, 1
	}
	switch {
	case given == 1 && surname == 1:
		return sameName, given, surname
	case given >= alike && surname >= alike:
		return nearName, given, surname
	case given >= alike && given != initialOnly, surname >= alike && surname != initialOnly:
		return halfName, given, surname
	}
	return otherName, given, surname
}

// loginPatterns are the ways in which logins are commonly made of names.
var loginPatterns = []string{"{given}.{surname}", "{surname}.{given}", "{g}{surname}", "{g}.{surname}", "{surname}{g}", "{given}{surname}", "{given}{s}", "{given}_{surname}", "{given}-{surname}", "{surname}", "{given}"}

// patterned is the login that a pattern makes of a name; empty if the name lacks
// a part.
func (n nameParts) patterned(pattern string) string {
	if len(n.given) == 0 || len(n.surname) == 0 {
		return ""
	}
	given, surname := n.given[0], strings.Join(n.surname, "")
	for _, x := range [][2]string{{"{given}", given}, {"{surname}", surname}, {"{g}", string([]rune(given)[:1])}, {"{s}", string([]rune(surname)[:1])}} {
		pattern = strings.ReplaceAll(pattern, x[0], x[1])
	}
	return pattern
}
