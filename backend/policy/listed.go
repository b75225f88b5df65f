package policy

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Statements that come from programs may list thousands of actions or resources
// without any wildcard. Those are put in order when they are compiled, and
// looked up instead of compared one by one.

// worthListing is from how many texts looking one up is faster.
const worthListing = 6

// plainFirst puts the actions that are only text in front, in the order of that
// text without regard to case, and says how many there are. A few stay as they
// are.
func plainFirst(actions []pattern) int {
	plain := func(p *pattern) bool { return p.shape == exactly && isASCII(p.text) }
	return inFront(actions, plain, func(a, b *pattern) int { return compareFolded(a.text, b.text) })
}

// plainARNsFirst does so for the resources that are whole ARNs. One with fewer
// parts is a pattern.
func plainARNsFirst(resources []arnPattern) int {
	plain := func(p *arnPattern) bool {
		return !p.all && !p.never && p.first == nil && p.last.shape == exactly
	}
	return inFront(resources, plain, func(a, b *arnPattern) int {
		return cmp.Or(strings.Compare(a.lead, b.lead), strings.Compare(a.last.text, b.last.text))
	})
}

func inFront[T any](list []T, plain func(*T) bool, order func(a, b *T) int) (n int) {
	for i := range list {
		if plain(&list[i]) {
			n++
		}
	}
	if n < worthListing {
		return 0
	}
	slices.SortStableFunc(list, func(a, b T) int {
		switch x, y := plain(&a), plain(&b); {
		case x && y:
			return order(&a, &b)
		case x:
			return -1
		case y:
			return 1
		}
		return 0
	})
	return n
}

// inActions says whether one of the actions, which are in order, is the text.
func inActions(actions []pattern, text string) bool {
	_, found := slices.BinarySearchFunc(actions, text, func(p pattern, text string) int { return compareFolded(p.text, text) })
	return found
}

// inARNs says whether one of the resources, which are in order, is the text.
func inARNs(resources []arnPattern, a *arnText) bool {
	if len(resources) == 0 || !a.ok {
		return false
	}
	n := a.ends[arnParts-2] + 1
	lead, last := a.text[:n], a.text[n:]
	_, found := slices.BinarySearchFunc(resources, last, func(p arnPattern, last string) int {
		return cmp.Or(strings.Compare(p.lead, lead), strings.Compare(p.last.text, last))
	})
	return found
}

// compareFolded orders ASCII texts without regard to case.
func compareFolded(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := lowerByte(a[i]), lowerByte(b[i]); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
