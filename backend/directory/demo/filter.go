package demo

import (
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// tri is a filter's answer about one entry. An attribute that the schema does
// not know, or a rule that it does not have, is neither true nor false (RFC
// 4511 section 4.5.1.7).
type tri int8

const (
	isFalse   tri = 0
	undefined tri = 1
	isTrue    tri = 2
)

func triOf(b bool) tri {
	if b {
		return isTrue
	}
	return isFalse
}

// The choices of a filter are its context tags.
const (
	filterAnd ber.Tag = iota
	filterOr
	filterNot
	filterEqual
	filterSubstrings
	filterGreater
	filterLess
	filterPresent
	filterApprox
	filterExtensible
)

// filter is a search filter.
type filter struct {
	op    ber.Tag
	attr  string
	value string
	parts []piece
	rule  string
	subs  []filter
}

// piece is one part of a substring filter.
type piece struct {
	where ber.Tag // 0 initial, 1 any, 2 final
	text  string
}

// maxFilterDepth bounds what a client can make the server recurse into.
const maxFilterDepth = 64

func decodeFilter(p *ber.Packet, depth int) (filter, error) {
	f := filter{op: p.Tag}
	bad := faultf(protocolError, "bad filter")
	if p.ClassType != ber.ClassContext || depth > maxFilterDepth {
		return f, bad
	}
	kids := p.Children
	switch p.Tag {
	case filterAnd, filterOr, filterNot:
		if p.Tag == filterNot && len(kids) != 1 {
			return f, bad
		}
		for _, kid := range kids {
			sub, err := decodeFilter(kid, depth+1)
			if err != nil {
				return f, err
			}
			f.subs = append(f.subs, sub)
		}
	case filterEqual, filterGreater, filterLess, filterApprox:
		if len(kids) != 2 {
			return f, bad
		}
		f.attr, f.value = text(kids[0]), text(kids[1])
	case filterSubstrings:
		if len(kids) != 2 || len(kids[1].Children) == 0 {
			return f, bad
		}
		f.attr = text(kids[0])
		for i, kid := range kids[1].Children {
			first, last := i == 0, i == len(kids[1].Children)-1
			if kid.Tag > 2 || kid.Tag == 0 && !first || kid.Tag == 2 && !last {
				return f, bad
			}
			f.parts = append(f.parts, piece{kid.Tag, text(kid)})
		}
	case filterPresent:
		f.attr = text(p)
	case filterExtensible:
		for _, kid := range kids {
			switch kid.Tag {
			case 1:
				f.rule = text(kid)
			case 2:
				f.attr = text(kid)
			case 3:
				f.value = text(kid)
			}
		}
	default:
		return f, bad
	}
	return f, nil
}

// match evaluates the filter over e for a client that is the administrator or
// not: what a client may not read, its filters do not know.
func (f filter) match(e *entry, admin bool) tri {
	switch f.op {
	case filterAnd:
		all := isTrue
		for _, sub := range f.subs {
			all = min(all, sub.match(e, admin))
		}
		return all
	case filterOr:
		any := isFalse
		for _, sub := range f.subs {
			any = max(any, sub.match(e, admin))
		}
		return any
	case filterNot:
		return isTrue - f.subs[0].match(e, admin)
	}
	a := standard.attribute(f.attr)
	if a == nil || hidden(a, admin) {
		return undefined
	}
	if f.op == filterPresent {
		return triOf(some(e, a, func(*attributeType, string) bool { return true }))
	}
	test := f.test(a)
	if test == nil {
		return undefined
	}
	return triOf(some(e, a, test))
}

// some reports whether a value of a, or of a subtype of it, passes.
func some(e *entry, a *attributeType, test func(*attributeType, string) bool) bool {
	for _, have := range e.attrs {
		if !have.typ.isA(a) {
			continue
		}
		for _, v := range have.values {
			if test(have.typ, v) {
				return true
			}
		}
	}
	return false
}

// test is the comparison that the filter makes with values of a, nil if a has
// no rule for it.
func (f filter) test(a *attributeType) func(*attributeType, string) bool {
	want := a.normal(f.value)
	switch f.op {
	case filterExtensible:
		if f.rule != "" && f.rule != a.equality {
			return nil
		}
		fallthrough
	case filterEqual, filterApprox:
		if a.equality == "" {
			return nil
		}
		if a.equality == "objectIdentifierMatch" {
			return f.testClass()
		}
		return func(t *attributeType, v string) bool { return t.normal(v) == want }
	case filterGreater, filterLess:
		if a.ordering == "" || !a.valid(f.value) {
			return nil
		}
		return func(t *attributeType, v string) bool {
			c := t.compare(t.normal(v), want)
			return c == 0 || c > 0 == (f.op == filterGreater)
		}
	case filterSubstrings:
		if a.substr == "" {
			return nil
		}
		return func(t *attributeType, v string) bool { return f.substrings(t, t.normal(v)) }
	}
	return nil
}

// testClass compares object classes: a class is also what it descends from
// (RFC 4512 section 3.3), and may be written as its number.
func (f filter) testClass() func(*attributeType, string) bool {
	want := standard.classes[strings.ToLower(f.value)]
	return func(_ *attributeType, v string) bool {
		for c := standard.classes[strings.ToLower(v)]; c != nil; c = c.sup {
			if c == want {
				return true
			}
		}
		return false
	}
}

func (f filter) substrings(a *attributeType, v string) bool {
	for _, p := range f.parts {
		part := a.part(p.text)
		switch p.where {
		case 0:
			if !strings.HasPrefix(v, part) {
				return false
			}
			v = v[len(part):]
		case 1:
			i := strings.Index(v, part)
			if i < 0 {
				return false
			}
			v = v[i+len(part):]
		case 2:
			if !strings.HasSuffix(v, part) {
				return false
			}
		}
	}
	return true
}
