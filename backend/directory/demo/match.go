package demo

import (
	"cmp"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Syntaxes whose values are checked on the way in (RFC 4517 section 3.3).
const (
	syntaxBoolean   = "1.3.6.1.4.1.1466.115.121.1.7"
	syntaxDN        = "1.3.6.1.4.1.1466.115.121.1.12"
	syntaxText      = "1.3.6.1.4.1.1466.115.121.1.15"
	syntaxTime      = "1.3.6.1.4.1.1466.115.121.1.24"
	syntaxIA5       = "1.3.6.1.4.1.1466.115.121.1.26"
	syntaxInteger   = "1.3.6.1.4.1.1466.115.121.1.27"
	syntaxNameAndID = "1.3.6.1.4.1.1466.115.121.1.34"
)

// timeForm is how the directory writes a time: generalized time in UTC.
const timeForm = "20060102150405Z"

// valid reports whether v may be stored under a.
func (a *attributeType) valid(v string) bool {
	switch a.syntax {
	case syntaxBoolean:
		return v == "TRUE" || v == "FALSE"
	case syntaxDN, syntaxNameAndID:
		_, err := parseDN(v)
		return err == nil
	case syntaxTime:
		_, ok := parseTime(v)
		return ok
	case syntaxInteger:
		_, ok := new(big.Int).SetString(v, 10)
		return ok
	case syntaxText:
		return v != "" && utf8.ValidString(v)
	case syntaxIA5:
		for i := range len(v) {
			if v[i] >= utf8.RuneSelf {
				return false
			}
		}
	}
	return true
}

// normal is the form in which values of a are compared: two values are equal by
// a's equality rule exactly if their normal forms are (RFC 4517 section 4.2). A
// value that does not fit the syntax stays as it is.
func (a *attributeType) normal(v string) string {
	switch a.equality {
	case "octetStringMatch":
		return v
	case "integerMatch":
		if n, ok := new(big.Int).SetString(v, 10); ok {
			return n.String()
		}
		return v
	case "generalizedTimeMatch":
		if t, ok := parseTime(v); ok {
			return t.UTC().Format("20060102150405.000000")
		}
		return v
	case "distinguishedNameMatch", "uniqueMemberMatch":
		if d, err := parseDN(v); err == nil {
			return d.key()
		}
		return v
	case "telephoneNumberMatch":
		return dropSpaces(fold(v))
	case "caseExactMatch", "caseExactIA5Match":
		return oneSpace(norm.NFKC.String(v))
	}
	return oneSpace(fold(v))
}

// part is the normal form of a piece of a substring filter. Unlike a whole
// value it keeps a space at its ends.
func (a *attributeType) part(v string) string {
	switch a.substr {
	case "telephoneNumberSubstringsMatch":
		return dropSpaces(fold(v))
	case "caseExactSubstringsMatch", "caseExactIA5SubstringsMatch":
		return norm.NFKC.String(v)
	}
	return fold(v)
}

// compare orders two normal forms by a's ordering rule.
func (a *attributeType) compare(x, y string) int {
	if a.ordering == "integerOrderingMatch" {
		m, ok1 := new(big.Int).SetString(x, 10)
		n, ok2 := new(big.Int).SetString(y, 10)
		if ok1 && ok2 {
			return m.Cmp(n)
		}
	}
	return cmp.Compare(x, y)
}

// fold prepares a string as RFC 4518 sections 2.2 and 2.3 do for rules that
// ignore case. ASCII, nearly everything in a directory, takes the short way.
func fold(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
		}
	}
	return strings.ToLower(s)
}

// oneSpace is RFC 4518 section 2.6.1: spaces at the ends do not count, and
// several count as one.
func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

func dropSpaces(s string) string { return strings.NewReplacer(" ", "", "-", "").Replace(s) }

// parseTime reads a generalized time (RFC 4517 section 3.3.13). The lock that
// never ends, 000001010000Z, is one too: its month and day are real.
func parseTime(v string) (time.Time, bool) {
	for _, form := range []string{timeForm, "200601021504Z", "2006010215Z", "20060102150405Z0700", "200601021504Z0700"} {
		if t, err := time.Parse(form, v); err == nil { // a fraction of a second is accepted by Parse itself
			return t, true
		}
	}
	return time.Time{}, false
}
