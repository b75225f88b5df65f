package policy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// glob is a pattern as its characters; anyRunRune and anyOneRune stand for
// wildcards, so that a literal star is another thing than a wildcard.
type glob []rune

const (
	anyRunRune rune = -1 - iota
	anyOneRune
)

// globs are the patterns p may be, one for each way to fill in its variables; a
// nil map fills in anything.
func (p *pattern) globs(values map[string][]string) []glob {
	all := []glob{{}}
	extend := func(texts ...glob) {
		var longer []glob
		for _, g := range all {
			for _, t := range texts {
				longer = append(longer, append(slices.Clone(g), t...))
			}
		}
		all = longer
	}
	for i := range p.pieces {
		switch one := &p.pieces[i]; one.kind {
		case anyRun:
			extend(glob{anyRunRune})
		case oneAny:
			extend(glob{anyOneRune})
		case instead:
			var texts []glob
			for _, v := range values[one.v.key] {
				texts = append(texts, literal(v, p.fold))
			}
			if values == nil {
				texts = []glob{{anyRunRune}}
			} else if one.v.hasElse {
				texts = append(texts, literal(one.v.fallback, p.fold))
			}
			extend(texts...)
		default:
			extend(literal(one.text, p.fold))
		}
	}
	for i := range all {
		all[i] = all[i].tidy()
	}
	return all
}

func literal(s string, fold bool) glob {
	g := glob(s)
	for i, c := range g {
		if fold {
			g[i] = folded(c)
		}
	}
	return g
}

// folded is the one character that stands for all capitals of c.
func folded(c rune) rune {
	least := c
	for r := unicode.SimpleFold(c); r != c; r = unicode.SimpleFold(r) {
		least = min(least, r)
	}
	if least < utf8.RuneSelf {
		return unicode.ToLower(least)
	}
	return least
}

// overlap is the texts that a and b both match, as globs; ok is false where there
// are too many of them.
func overlap(a, b glob) (found []glob, ok bool) {
	if a.apart(b) {
		return nil, true
	}
	m := meeting{a: a, b: b, known: map[[2]int][]glob{}, ok: true}
	found = m.from(0, 0)
	return found, m.ok
}

// apart says that the beginnings or the ends of two globs differ, which mostly
// decides that they have nothing in common.
func (g glob) apart(o glob) bool {
	n := min(len(g), len(o))
	for i := 0; i < n && g[i] != anyRunRune && o[i] != anyRunRune; i++ {
		if g[i] != o[i] && g[i] != anyOneRune && o[i] != anyOneRune {
			return true
		}
	}
	for i := 1; i <= n; i++ {
		c, d := g[len(g)-i], o[len(o)-i]
		if c == anyRunRune || d == anyRunRune {
			break
		}
		if c != d && c != anyOneRune && d != anyOneRune {
			return true
		}
	}
	return false
}

type meeting struct {
	a, b  glob
	known map[[2]int][]glob
	ok    bool
}

// manyGlobs is how many globs one meeting of two may give.
const manyGlobs = 64

func (m *meeting) from(i, j int) []glob {
	var head glob // what both begin with, character by character
	for i < len(m.a) && j < len(m.b) && m.a[i] != anyRunRune && m.b[j] != anyRunRune {
		switch c, d := m.a[i], m.b[j]; {
		case c == anyOneRune:
			head = append(head, d)
		case d == anyOneRune || c == d:
			head = append(head, c)
		default:
			return nil
		}
		i, j = i+1, j+1
	}
	if i == len(m.a) && j == len(m.b) {
		return []glob{head}
	}
	key := [2]int{i, j}
	tails, seen := m.known[key]
	if !seen {
		tails = m.runs(i, j)
		m.known[key] = tails
	}
	if len(head) == 0 {
		return tails
	}
	found := make([]glob, len(tails))
	for k, t := range tails {
		found[k] = slices.Concat(head, t)
	}
	return found
}

// runs meets where at least one of both is at a run or at its end.
func (m *meeting) runs(i, j int) (found []glob) {
	aRun, bRun := i < len(m.a) && m.a[i] == anyRunRune, j < len(m.b) && m.b[j] == anyRunRune
	add := func(first glob, tails []glob) {
		for _, t := range tails {
			found = keep(found, slices.Concat(first, t).tidy())
		}
	}
	switch {
	case aRun && bRun:
		add(glob{anyRunRune}, m.from(i+1, j))
		add(glob{anyRunRune}, m.from(i, j+1))
	case aRun:
		add(nil, m.from(i+1, j))
		if j < len(m.b) {
			add(m.b[j:j+1], m.from(i, j+1))
		}
	case bRun:
		add(nil, m.from(i, j+1))
		if i < len(m.a) {
			add(m.a[i:i+1], m.from(i+1, j))
		}
	}
	if len(found) > manyGlobs {
		found, m.ok = found[:manyGlobs], false
	}
	return found
}

// keep adds g unless one of the others says as much, and drops those that say
// no more than g.
func keep(all []glob, g glob) []glob {
	for _, o := range all {
		if o.covers(g) {
			return all
		}
	}
	all = slices.DeleteFunc(all, func(o glob) bool { return g.covers(o) })
	return append(all, g)
}

// region is texts in parts, such as ARNs: each part has its glob.
type region []glob

func (r region) key() string {
	var out strings.Builder
	for _, g := range r {
		for _, c := range g {
			out.WriteRune(c + 2) // wildcards become 0 and 1
		}
		out.WriteByte(0xff)
	}
	return out.String()
}

func (r region) overlap(o region) (found []region, ok bool) {
	for i := range r {
		if r[i].apart(o[i]) {
			return nil, true
		}
	}
	found, ok = []region{{}}, true
	for i := range r {
		globs, whole := overlap(r[i], o[i])
		ok = ok && whole
		var longer []region
		for _, f := range found {
			for _, g := range globs {
				longer = append(longer, append(slices.Clone(f), g))
			}
		}
		found = longer
	}
	return found, ok
}

// manyRegions is how many regions a comparison looks at.
const manyRegions = 4000

// corners are the regions that patterns cut out of the whole: every pattern,
// and what several of them have in common. A text that fills the wildcards of a
// corner with something that no pattern mentions is matched by those patterns
// alone that cover the corner; so the corners' texts stand for all texts there
// are. ok is false if there are too many.
func corners(whole, patterns []region) (found []region, ok bool) {
	ok = true
	seen := map[string]bool{}
	add := func(r region) {
		if k := r.key(); !seen[k] {
			seen[k] = true
			found = append(found, r)
		}
	}
	for _, r := range whole {
		add(r)
	}
	for i := 0; i < len(found); i++ {
		if len(found) > manyRegions {
			return found, false
		}
		for _, p := range patterns {
			common, all := found[i].overlap(p)
			ok = ok && all
			for _, r := range common {
				add(r)
			}
		}
	}
	return found, ok
}

// fillings are what wildcards become: the first that no pattern holds.
var fillings = []rune("x0zq8kwj7v5ʘʬʭ")

// filler fills the wildcards of corners with what no pattern holds.
type filler struct {
	char rune
	ones int // how many single wildcards the patterns have at most
}

func fillerFor(patterns []region) filler {
	used := map[rune]bool{}
	f := filler{}
	for _, r := range patterns {
		n := 0
		for _, g := range r {
			for _, c := range g {
				used[c] = true
				if c == anyOneRune {
					n++
				}
			}
		}
		f.ones = max(f.ones, n)
	}
	for _, c := range fillings {
		if f.char == 0 && !used[c] {
			f.char = c
		}
	}
	for c := rune(0x10000); f.char == 0; c++ {
		if !used[c] && unicode.IsLetter(c) {
			f.char = c
		}
	}
	return f
}

// manyTexts is how many texts one corner may need.
const manyTexts = 256

// texts are the texts that stand for a corner. One is enough unless patterns
// count characters: then a run is tried at every length that they can tell
// apart.
func (f filler) texts(r region, between string) (all []string, ok bool) {
	all = []string{""}
	extend := func(by ...string) {
		var longer []string
		for _, a := range all {
			for _, b := range by {
				longer = append(longer, a+b)
			}
		}
		all = longer
	}
	runs := []string{string(f.char)}
	if f.ones > 0 {
		runs = nil
		for n := f.ones + 1; n >= 0; n-- {
			runs = append(runs, strings.Repeat(string(f.char), n))
		}
	}
	for i, g := range r {
		if i > 0 {
			extend(between)
		}
		for _, c := range g {
			switch {
			case c == anyOneRune:
				extend(string(f.char))
			case c != anyRunRune:
				extend(string(c))
			case len(all)*len(runs) > manyTexts:
				extend(runs[0])
				ok = true // too many, said below
			default:
				extend(runs...)
			}
		}
	}
	return all, !ok
}
