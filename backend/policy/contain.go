package policy

import "unicode/utf8"

// Contains reports whether every text that the pattern narrower matches is
// matched by wider as well. In both, * stands for any run of characters, the
// empty one included, and ? for exactly one; with fold, letters are compared
// without regard to case. The answer is exact. It knows nothing of variables:
// a pattern that has some is compared as the text it is.
func Contains(wider, narrower string, fold bool) bool {
	if decided, contains := begin(wider, narrower, fold); decided {
		return contains
	}
	return globOf(wider, fold).covers(globOf(narrower, fold))
}

// begin looks at two patterns up to the first wildcard of the wider one, which
// mostly decides.
func begin(wider, narrower string, fold bool) (decided, contains bool) {
	for i := range len(wider) {
		c := wider[i]
		switch {
		case c == '*' || c == '?' || fold && c >= utf8.RuneSelf:
			return false, false
		case i >= len(narrower):
			return true, false
		}
		if d := narrower[i]; c != d {
			if fold && d >= utf8.RuneSelf {
				return false, false
			}
			if !fold || lowerByte(c) != lowerByte(d) || d == '*' || d == '?' {
				return true, false
			}
		}
	}
	return true, len(narrower) == len(wider)
}

// Overlaps reports whether some text is matched by both patterns, in which * and
// ? stand for the same as in Contains.
func Overlaps(a, b string, fold bool) bool {
	// What stands before the first wildcard mostly decides.
	for i := 0; i < len(a) && i < len(b); i++ {
		c, d := a[i], b[i]
		if c == '*' || c == '?' || d == '*' || d == '?' || c >= utf8.RuneSelf || d >= utf8.RuneSelf {
			break
		}
		if c != d && (!fold || lowerByte(c) != lowerByte(d)) {
			return false
		}
	}
	return globOf(a, fold).meets(globOf(b, fold))
}

// globOf is a pattern of text and wildcards.
func globOf(text string, fold bool) glob {
	p := newPattern(text, dialect{wildcards: true, fold: fold})
	return p.globs(nil)[0]
}

// covers says that g matches all that o matches.
//
// What lies between two runs of g has to lie between two runs of o, because
// what a run or single wildcard of o stands for may be a character that g does
// not have. The leftmost place is the best one, and the shortest text that the
// runs of o stand for is the hardest.
func (g glob) covers(o glob) bool {
	at, i, back, from := 0, 0, -1, 0
	for {
		switch {
		case i == len(g) && at == len(o):
			return true
		case i < len(g) && g[i] == anyRunRune:
			i++
			back, from = i, at
			continue
		case i < len(g) && at < len(o) && o[at] != anyRunRune && (g[i] == anyOneRune || g[i] == o[at]):
			i, at = i+1, at+1
			continue
		case i < len(g) && at < len(o) && g.least(i):
			at++ // a run of o: one of the characters behind it will do
			continue
		}
		if back < 0 || from >= len(o) {
			return false
		}
		from++
		at, i = from, back
	}
}

// least says that a single wildcard stands before a run, with others at most
// between: it only says how many characters there must be at least.
func (g glob) least(i int) bool {
	if g[i] != anyOneRune {
		return false
	}
	for i < len(g) && g[i] == anyOneRune {
		i++
	}
	return i < len(g) && g[i] == anyRunRune
}

// tidy puts the single wildcards beside a run before it, and makes one of the
// runs that come to stand together.
func (g glob) tidy() glob {
	out := g[:0]
	run := false
	for _, c := range g {
		if run && c != anyRunRune && c != anyOneRune {
			out = append(out, anyRunRune)
			run = false
		}
		if c == anyRunRune {
			run = true
		} else {
			out = append(out, c)
		}
	}
	if run {
		out = append(out, anyRunRune)
	}
	return out
}

// meets says that some text is matched by both.
func (g glob) meets(o glob) bool {
	// can[j] says that g so far and the first j of o match a text.
	can := make([]bool, len(o)+1)
	can[0] = true
	for j, d := range o {
		can[j+1] = can[j] && d == anyRunRune
	}
	for _, c := range g {
		corner := can[0]
		can[0] = corner && c == anyRunRune
		for j, d := range o {
			up := can[j+1]
			switch {
			case c == anyRunRune || d == anyRunRune:
				can[j+1] = up || can[j]
			default:
				can[j+1] = corner && (c == d || c == anyOneRune || d == anyOneRune)
			}
			corner = up
		}
	}
	return can[len(o)]
}
