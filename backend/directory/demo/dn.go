package demo

import (
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"
)

// ava is one attribute and value of a relative name.
type ava struct {
	attr  string // as written
	value string // unescaped
}

// rdn is a relative distinguished name, nearly always of one ava.
type rdn []ava

// dn is a distinguished name, the entry's own rdn first. The empty dn is the
// root.
type dn []rdn

// parseDN reads the string form of RFC 4514 section 3. It fails with
// invalidDNSyntax.
func parseDN(s string) (dn, error) {
	bad := faultf(invalidDNSyntax, "invalid DN")
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	if !utf8.ValidString(s) {
		return nil, bad
	}
	var d dn
	var r rdn
	for {
		attr, rest, ok := strings.Cut(s, "=")
		attr = strings.TrimSpace(attr)
		if !ok || !attributeName(attr) {
			return nil, bad
		}
		value, rest, ok := rdnValue(rest)
		if !ok {
			return nil, bad
		}
		r = append(r, ava{attr, value})
		if rest == "" {
			return append(d, r), nil
		}
		if rest[0] != '+' {
			d, r = append(d, r), nil
		}
		s = rest[1:]
	}
}

func attributeName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if c != '-' && c != '.' && (c < '0' || c > '9') {
				return false
			}
		}
	}
	return s != ""
}

// rdnValue reads one value up to an unescaped separator, which stays in rest.
func rdnValue(s string) (value, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	if strings.HasPrefix(s, "#") {
		return "", "", false // the BER form names attributes without a string form; there are none here
	}
	var b []byte
	end := 0 // up to here trailing spaces are escaped, thus part of the value
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ',', ';', '+':
			return trimTail(b, end), s[i:], utf8.Valid(b)
		case '"', '<', '>', 0:
			return "", "", false
		case '\\':
			if i+1 >= len(s) {
				return "", "", false
			}
			if i+2 < len(s) {
				if h, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
					b, i = append(b, h[0]), i+2
					end = len(b)
					continue
				}
			}
			if !strings.ContainsRune(` "#+,;<=>\`, rune(s[i+1])) {
				return "", "", false
			}
			b, i = append(b, s[i+1]), i+1
			end = len(b)
		default:
			b = append(b, c)
		}
	}
	return trimTail(b, end), "", utf8.Valid(b)
}

func trimTail(b []byte, end int) string {
	return string(b[:end]) + strings.TrimRight(string(b[end:]), " ")
}

// String is the form of RFC 4514 section 2.
func (d dn) String() string {
	return d.join(func(a ava) string { return a.attr + "=" + escape(a.value) })
}

// key is equal for two names exactly if they name the same entry.
func (d dn) key() string {
	return d.join(func(a ava) string {
		if t := standard.attribute(a.attr); t != nil {
			return strings.ToLower(t.name()) + "=" + escape(t.normal(a.value))
		}
		return strings.ToLower(a.attr) + "=" + escape(oneSpace(fold(a.value)))
	})
}

func (d dn) join(form func(ava) string) string {
	var b strings.Builder
	for i, r := range d {
		if i > 0 {
			b.WriteByte(',')
		}
		if len(r) == 1 {
			b.WriteString(form(r[0]))
			continue
		}
		parts := make([]string, len(r))
		for j, a := range r {
			parts[j] = form(a)
		}
		slices.Sort(parts) // a multi-valued rdn is a set
		b.WriteString(strings.Join(parts, "+"))
	}
	return b.String()
}

// parent is the name above d, the root for one component.
func (d dn) parent() dn {
	if len(d) == 0 {
		return nil
	}
	return d[1:]
}

// within reports whether d is base or lies below it.
func (d dn) within(base dn) bool {
	return len(d) >= len(base) && d[len(d)-len(base):].key() == base.key()
}

// escape writes a value as RFC 4514 section 2.4 asks. Quotes and commas become
// hex pairs, the form that every parser takes.
func escape(v string) string {
	var b strings.Builder
	for i := range len(v) {
		c := v[i]
		edge := c == ' ' && (i == 0 || i == len(v)-1) || c == '#' && i == 0
		if edge || c < ' ' || strings.IndexByte(`"+,;<>\=`, c) >= 0 {
			b.WriteByte('\\')
			b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
