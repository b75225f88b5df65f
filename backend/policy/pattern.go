package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a text of a policy made ready to be compared: literal text,
// wildcards and variables. It never changes; what a variable stands for is
// looked up in the request anew each time and always compared literally.
type pattern struct {
	shape     shape
	fold      bool // capitals do not count
	variables bool // some piece is a variable
	text      string
	pieces    []piece
}

// shape is the cheapest way to compare a pattern.
type shape uint8

const (
	exactly    shape = iota // equal to text
	starting                // begins with text
	everything              // anything at all
	composed                // piece by piece
)

// piece is one part of a pattern.
type piece struct {
	kind pieceKind
	text string
	v    variable
}

type pieceKind uint8

const (
	plain   pieceKind = iota
	anyRun            // *: any characters, none and line breaks included
	anyOne            // ?: exactly one character
	instead           // ${key}
)

// dialect says what has a meaning in a text and what is only text.
type dialect struct {
	wildcards bool
	variables bool
	fold      bool
}

// newPattern reads a text of a policy.
func newPattern(text string, d dialect) pattern {
	p := pattern{fold: d.fold}
	var run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			p.pieces = append(p.pieces, piece{kind: plain, text: run.String()})
			run.Reset()
		}
	}
	for text != "" {
		if d.variables && strings.HasPrefix(text, "${") {
			if v, literal, rest, ok := readVariable(text); ok {
				if text = rest; literal != "" {
					run.WriteString(literal)
					continue
				}
				flush()
				p.pieces = append(p.pieces, piece{kind: instead, v: v})
				p.variables = true
				continue
			}
		}
		c := text[0]
		text = text[1:]
		switch {
		case d.wildcards && c == '*':
			flush()
			if n := len(p.pieces); n == 0 || p.pieces[n-1].kind != anyRun {
				p.pieces = append(p.pieces, piece{kind: anyRun})
			}
		case d.wildcards && c == '?':
			flush()
			p.pieces = append(p.pieces, piece{kind: anyOne})
		default:
			run.WriteByte(c)
		}
	}
	flush()
	p.shape, p.text = shapeOf(p.pieces)
	return p
}

func shapeOf(pieces []piece) (shape, string) {
	switch {
	case len(pieces) == 0:
		return exactly, ""
	case len(pieces) == 1 && pieces[0].kind == plain:
		return exactly, pieces[0].text
	case len(pieces) == 1 && pieces[0].kind == anyRun:
		return everything, ""
	case len(pieces) == 2 && pieces[0].kind == plain && pieces[1].kind == anyRun:
		return starting, pieces[0].text
	}
	return composed, ""
}

// match compares the pattern with a text of the request.
func (p *pattern) match(s string, c *Context) truth {
	switch p.shape {
	case everything:
		return yes
	case exactly:
		if !p.fold {
			return whether(s == p.text)
		}
		return whether(foldedPrefix(s, p.text) == len(s))
	case starting:
		if !p.fold {
			return whether(strings.HasPrefix(s, p.text))
		}
		return whether(foldedPrefix(s, p.text) >= 0)
	}
	result := yes
	if p.variables {
		for i := range p.pieces {
			if p.pieces[i].kind != instead {
				continue
			}
			if _, known := p.pieces[i].v.value(c); known < result {
				result = known
			}
		}
	}
	// A variable that is not known yet may become any text: if not even that
	// helps, the answer is no.
	if result == no || !p.walk(s, c) {
		return no
	}
	return result
}

// walk compares piece by piece. On a mismatch it goes back to the last run of
// anything and lets it take one character more.
func (p *pattern) walk(s string, c *Context) bool {
	at, i := 0, 0
	back, from := -1, 0 // the piece behind the last run, and where it was tried
	for {
		if i == len(p.pieces) {
			if at == len(s) {
				return true
			}
		} else {
			next := &p.pieces[i]
			width := -1
			text, run := next.text, next.kind == anyRun
			if next.kind == instead {
				var known truth
				text, known = next.v.value(c)
				run = known == unsure
			}
			switch {
			case run:
				i++
				back, from = i, at
				continue
			case next.kind == anyOne:
				if at < len(s) {
					_, width = utf8.DecodeRuneInString(s[at:])
				}
			case p.fold:
				width = foldedPrefix(s[at:], text)
			case strings.HasPrefix(s[at:], text):
				width = len(text)
			}
			if width >= 0 {
				at += width
				i++
				continue
			}
		}
		if back < 0 || from >= len(s) {
			return false
		}
		_, width := utf8.DecodeRuneInString(s[from:])
		from += width
		at, i = from, back
	}
}

// foldedPrefix is how many bytes of s are prefix if capitals do not count, or
// -1 if s does not begin with it.
func foldedPrefix(s, prefix string) int {
	n := 0
	for len(prefix) > 0 {
		if n == len(s) {
			return -1
		}
		a, b := s[n], prefix[0]
		if a < utf8.RuneSelf && b < utf8.RuneSelf {
			if a != b && lowerByte(a) != lowerByte(b) {
				return -1
			}
			n++
			prefix = prefix[1:]
			continue
		}
		x, wx := utf8.DecodeRuneInString(s[n:])
		y, wy := utf8.DecodeRuneInString(prefix)
		if x != y && !sameFolded(x, y) {
			return -1
		}
		n += wx
		prefix = prefix[wy:]
	}
	return n
}

func lowerByte(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func sameFolded(x, y rune) bool {
	for r := unicode.SimpleFold(x); r != x; r = unicode.SimpleFold(r) {
		if r == y {
			return true
		}
	}
	return false
}
