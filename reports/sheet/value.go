package sheet

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Result is one of the four outcomes of a test. Unknown data never passes.
type Result string

// The outcomes.
const (
	Pass           Result = "pass"
	Fail           Result = "fail"
	NotApplicable  Result = "not applicable"
	CannotConclude Result = "cannot conclude"
)

// letters of the canonical form.
const (
	text    = 't'
	id      = 'i'
	number  = 'n'
	moment  = 'd'
	outcome = 'o'
	word    = 'w'
)

// Value is what stands in one cell.
type Value struct {
	letter byte // 0: an empty text
	n      int64
	s      string
}

// TextOf is a text. What XML cannot hold (control characters other than tab
// and the line ends, bytes that are no UTF-8) becomes U+FFFD.
func TextOf(s string) Value { return Value{letter: text, s: clean(s)} }

// IDOf is an identifier: a text even if it is made of digits.
func IDOf(s string) Value { return Value{letter: id, s: clean(s)} }

// NumberOf is a number.
func NumberOf(n int64) Value { return Value{letter: number, n: n} }

// TimeOf is a moment in microseconds since 1970, UTC. It is shown to the
// second.
func TimeOf(micros int64) Value { return Value{letter: moment, n: micros} }

// WordOf says why there is no value: never, unknown, not collected, not
// supported.
func WordOf(s string) Value { return Value{letter: word, s: clean(s)} }

// OutcomeOf is an outcome.
func OutcomeOf(r Result) Value { return Value{letter: outcome, s: clean(string(r))} }

// String is the value as csv, the preview and the hash have it.
func (v Value) String() string {
	switch v.letter {
	case number, moment:
		return string(v.append(nil))
	}
	return v.s
}

// append adds what String gives to b.
func (v Value) append(b []byte) []byte {
	switch v.letter {
	case number:
		return strconv.AppendInt(b, v.n, 10)
	case moment:
		return time.UnixMicro(v.n).UTC().AppendFormat(b, time.DateTime)
	}
	return append(b, v.s...)
}

func containsUTC(s string) bool { return strings.Contains(s, "UTC") }

// clean replaces what XML cannot hold by U+FFFD, one for each character or
// byte. Most strings are returned as they are.
func clean(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' || c >= utf8.RuneSelf {
			return cleanFrom(s, i)
		}
	}
	return s
}

func cleanFrom(s string, start int) string {
	for i := start; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !holds(r, size) {
			return replaceFrom(s, i)
		}
		i += size
	}
	return s
}

func replaceFrom(s string, start int) string {
	var b strings.Builder
	b.Grow(len(s) + utf8.UTFMax)
	b.WriteString(s[:start])
	for i := start; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !holds(r, size) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

// holds says whether XML 1.0 can hold the character, which took size bytes.
func holds(r rune, size int) bool {
	switch {
	case r == utf8.RuneError:
		return size == 3 // written as such, no broken byte
	case r < ' ':
		return r == '\t' || r == '\n' || r == '\r'
	}
	return r != 0xFFFE && r != 0xFFFF
}
