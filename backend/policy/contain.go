package policy

import "unicode"

// Contains reports whether every text that the pattern narrower matches is
// matched by wider as well. In both, * stands for any run of characters, the
// empty one included, and ? for exactly one; with fold, letters are compared
// without regard to case. The answer is exact. It knows nothing of variables:
// a pattern that has some is compared as the text it is.
//
// The wider pattern is cut into the fixed pieces between its stars, each of
// which begins and ends with a letter once the ? beside a star are counted as
// what the star must at least cover. A piece has to lie within a fixed piece of
// the narrower pattern, because what a star or ? of that stands for may be a
// letter that the wider pattern does not have. The leftmost place is the best
// one, and the shortest text that the stars of the narrower pattern stand for
// is the hardest.
func Contains(wider, narrower string, fold bool) bool {
	w, n := cellsOf(wider, fold), cellsOf(narrower, fold)
	first := 0
	for first < len(w.cells) && !w.star[first] {
		first++
	}
	if first == len(w.cells) && !w.star[first] { // no star at all
		return len(n.cells) == len(w.cells) && w.lies(0, len(w.cells), n, 0) && !n.star[0] && !n.star[len(n.cells)]
	}
	last := len(w.cells)
	for !w.star[last] {
		last--
	}
	head, tail := w.trimRight(0, first), w.trimLeft(last, len(w.cells))
	end := len(n.cells) - (len(w.cells) - tail) // where the last piece must lie
	if !w.lies(0, head, n, 0) || end < 0 || !w.lies(tail, len(w.cells), n, end) {
		return false
	}
	if head > 0 && n.star[0] || tail < len(w.cells) && n.star[len(n.cells)] {
		return false
	}
	at, from := head, head // in n, in w: what is behind is placed
	for {
		to := w.trimLeft(from, tail)
		at += to - from
		if to == tail {
			return at <= end
		}
		stop := to + 1
		for stop < tail && !w.star[stop] {
			stop++
		}
		stop = w.trimRight(to, stop)
		for at+stop-to <= end && !w.lies(to, stop, n, at) {
			at++
		}
		if at += stop - to; at > end {
			return false
		}
		from = stop
	}
}

// someOne is the cell of a ?.
const someOne = -1

// cells is a pattern without its stars: star[i] says that one stands before
// cell i.
type cells struct {
	cells []rune
	star  []bool
}

func cellsOf(pattern string, fold bool) cells {
	c := cells{cells: make([]rune, 0, len(pattern)), star: make([]bool, len(pattern)+1)}
	for _, r := range pattern {
		switch {
		case r == '*':
			c.star[len(c.cells)] = true
			continue
		case r == '?':
			r = someOne
		case fold:
			r = unicode.ToLower(r)
		}
		c.cells = append(c.cells, r)
	}
	return c
}

// lies reports whether the cells from..to match what n has at a place, with no
// star of n inside.
func (c cells) lies(from, to int, n cells, at int) bool {
	if at+to-from > len(n.cells) {
		return false
	}
	for i := from; i < to; i++ {
		j := at + i - from
		if i > from && n.star[j] || c.cells[i] != someOne && c.cells[i] != n.cells[j] {
			return false
		}
	}
	return true
}

// trimRight leaves off the ? at the end of from..to, which is before a star.
func (c cells) trimRight(from, to int) int {
	for to > from && c.cells[to-1] == someOne {
		to--
	}
	return to
}

// trimLeft leaves off the ? at the beginning of from..to, which is behind a star.
func (c cells) trimLeft(from, to int) int {
	for from < to && c.cells[from] == someOne {
		from++
	}
	return from
}

// Overlaps reports whether some text is matched by both patterns, in which * and
// ? stand for the same as in Contains.
func Overlaps(a, b string, fold bool) bool {
	x, y := cellsOf(a, fold), cellsOf(b, fold)
	// can[j] says that the cells of x so far and the first j of y match a text.
	can := make([]bool, len(y.cells)+1)
	can[0] = true
	for j := range y.cells {
		can[j+1] = can[j] && x.star[0]
	}
	for i, c := range x.cells {
		corner := can[0]
		can[0] = corner && y.star[0]
		for j, d := range y.cells {
			fits := corner && (c == d || c == someOne || d == someOne)
			corner = can[j+1]
			// Beside a pair of cells, a star of one side takes a cell of the other.
			can[j+1] = fits || can[j] && x.star[i+1] || corner && y.star[j+1]
		}
	}
	return can[len(y.cells)]
}
