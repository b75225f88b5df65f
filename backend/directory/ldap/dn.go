package ldap

import (
	"encoding/hex"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// shortTypes gives attribute types that have several names one of them
// (RFC 4514 section 3, RFC 4519, RFC 4524).
var shortTypes = map[string]string{
	"2.5.4.3": "cn", "commonname": "cn",
	"2.5.4.4": "sn", "surname": "sn",
	"2.5.4.5": "serialnumber",
	"2.5.4.6": "c", "countryname": "c",
	"2.5.4.7": "l", "localityname": "l",
	"2.5.4.8": "st", "stateorprovincename": "st",
	"2.5.4.9": "street", "streetaddress": "street",
	"2.5.4.10": "o", "organizationname": "o",
	"2.5.4.11": "ou", "organizationalunitname": "ou",
	"2.5.4.42":                   "givenname",
	"0.9.2342.19200300.100.1.1":  "uid",
	"userid":                     "uid",
	"0.9.2342.19200300.100.1.3":  "mail",
	"rfc822mailbox":              "mail",
	"0.9.2342.19200300.100.1.25": "dc",
	"domaincomponent":            "dc",
	"gn":                         "givenname",
	"emailaddress":               "email",
	"1.2.840.113549.1.9.1":       "email",
}

// normalDN is the form of a distinguished name (RFC 4514) in which equal text
// means the same entry: types short and in lower case, values prepared as for
// caseIgnoreMatch (RFC 4518: compatibility forms, case and spaces folded),
// escapes canonical, the parts of a multi-valued RDN sorted. It is idempotent.
// ok is false for what is no distinguished name. A name that already is in this
// form is returned as it is, without an allocation.
func normalDN(dn string) (normal string, ok bool) {
	if isNormalDN(dn) {
		return dn, true
	}
	var b strings.Builder
	b.Grow(len(dn) + 8)
	p := dnParser{rest: dn}
	for !p.done() {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		parts := p.rdn()
		if parts == nil {
			return "", false
		}
		sort.Strings(parts)
		for i, part := range parts {
			if i > 0 {
				b.WriteByte('+')
			}
			b.WriteString(part)
		}
	}
	return b.String(), !p.failed
}

// isNormalDN recognises the plain names most directories consist of. It may
// say no to a normal name, never yes to another.
func isNormalDN(dn string) bool {
	for i := 0; i < len(dn); {
		start := i
		for i < len(dn) && (dn[i] >= 'a' && dn[i] <= 'z' || i > start && (dn[i] >= '0' && dn[i] <= '9' || dn[i] == '-')) {
			i++
		}
		if i == start || i == len(dn) || dn[i] != '=' {
			return false
		}
		if i-start > 2 && shortTypes[dn[start:i]] != "" || dn[start:i] == "gn" {
			return false
		}
		i++
		start = i
		for i < len(dn) && dn[i] != ',' {
			switch c := dn[i]; {
			case c >= 0x7f || c < ' ' || c >= 'A' && c <= 'Z':
				return false
			case c == '\\' || c == '"' || c == '+' || c == '<' || c == '>' || c == ';':
				return false
			case c == '#' && i == start:
				return false
			case c == ' ' && (i == start || i+1 == len(dn) || dn[i+1] == ' ' || dn[i+1] == ','):
				return false
			}
			i++
		}
		if i == len(dn) {
			return true
		}
		i++ // the comma
		if i == len(dn) {
			return false
		}
	}
	return dn == ""
}

type dnParser struct {
	rest   string
	more   bool // a separator was read: another RDN must follow
	failed bool
}

func (p *dnParser) done() bool {
	if p.failed {
		return true
	}
	p.spaces()
	return p.rest == "" && !p.more
}

func (p *dnParser) spaces() { p.rest = strings.TrimLeft(p.rest, " \n\r\t") }

func (p *dnParser) fail() []string { p.failed = true; return nil }

// rdn reads one relative name as its normal "type=value" parts.
func (p *dnParser) rdn() (parts []string) {
	p.more = false
	for {
		p.spaces()
		end := strings.IndexByte(p.rest, '=')
		if end < 0 {
			return p.fail()
		}
		kind := lowerASCII(strings.TrimRight(p.rest[:end], " "))
		kind = strings.TrimPrefix(kind, "oid.")
		if !isDescriptor(kind) {
			return p.fail()
		}
		if short := shortTypes[kind]; short != "" {
			kind = short
		}
		p.rest = p.rest[end+1:]
		value, ok := p.value()
		if !ok {
			return p.fail()
		}
		parts = append(parts, kind+"="+value)
		if p.rest == "" {
			return parts
		}
		separator := p.rest[0]
		p.rest = p.rest[1:]
		if separator != '+' {
			p.more = true
			return parts
		}
	}
}

// value reads up to the next separator and returns the folded, escaped value.
func (p *dnParser) value() (string, bool) {
	p.spaces()
	if strings.HasPrefix(p.rest, "#") {
		return p.encodedValue()
	}
	quoted := strings.HasPrefix(p.rest, `"`) // RFC 2253 section 4
	i := 0
	if quoted {
		i = 1
	}
	var raw []byte
	closed := false
scan:
	for ; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\':
			if i+1 >= len(p.rest) {
				return "", false
			}
			if i+2 < len(p.rest) && isHex(p.rest[i+1]) && isHex(p.rest[i+2]) {
				pair, _ := hex.DecodeString(p.rest[i+1 : i+3])
				raw = append(raw, pair[0])
				i += 2
				continue
			}
			i++
			raw = append(raw, p.rest[i])
		case quoted && !closed && c == '"':
			closed = true
		case quoted && !closed:
			raw = append(raw, c)
		case c == ',' || c == ';' || c == '+':
			break scan
		case quoted:
			if c != ' ' {
				return "", false
			}
		case c == '"':
			return "", false
		default:
			raw = append(raw, c)
		}
	}
	if quoted && !closed {
		return "", false
	}
	p.rest = p.rest[i:]
	return escapeValue(foldValue(string(raw))), true
}

// encodedValue reads a "#" value: the BER encoding in hexadecimal (RFC 4514
// section 2.4). A string inside is folded like any other.
func (p *dnParser) encodedValue() (string, bool) {
	end := strings.IndexAny(p.rest, ",;+")
	if end < 0 {
		end = len(p.rest)
	}
	digits := strings.TrimRight(p.rest[1:end], " ")
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) == 0 {
		return "", false
	}
	p.rest = p.rest[end:]
	if tag, content, rest, err := element(raw); err == nil && len(rest) == 0 {
		switch tag {
		case 0x04, 0x0c, 0x13, 0x16: // OCTET, UTF8, Printable and IA5 string
			return escapeValue(foldValue(string(content))), true
		}
	}
	return "#" + lowerASCII(digits), true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// isDescriptor accepts a keystring or a dotted OID (RFC 4512 section 1.4).
func isDescriptor(s string) bool {
	if s == "" {
		return false
	}
	numeric := s[0] >= '0' && s[0] <= '9'
	if !numeric && (s[0] < 'a' || s[0] > 'z') {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		digit := c >= '0' && c <= '9'
		if numeric && !digit && (c != '.' || s[i-1] == '.' || i == len(s)-1) {
			return false
		}
		if !numeric && !digit && c != '-' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// foldValue prepares s as for caseIgnoreMatch: compatibility forms, case and
// runs of spaces folded, no space at either end. Bytes that are no UTF-8 are
// kept.
func foldValue(s string) string {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < 0x80
	}
	if ascii {
		return foldSpaces(lowerASCII(s))
	}
	// One round is not always stable: folding may make a letter that composes.
	for range 4 {
		folded := foldSpaces(norm.NFKC.String(cases.Fold().String(s)))
		if folded == s {
			break
		}
		s = folded
	}
	return s
}

func foldSpaces(s string) string {
	s = strings.Trim(s, " ")
	if !strings.Contains(s, "  ") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != ' ' || s[i-1] != ' ' {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// escapeValue writes a folded value with the canonical escapes.
func escapeValue(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c < 0x7f && c >= ' ' && !strings.ContainsRune(`,+"\<>;`, rune(c)) && (c != '#' || i > 0)
	}
	if plain {
		return s
	}
	const digits = "0123456789abcdef"
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1, r < ' ', r == 0x7f:
			b.WriteByte('\\')
			b.WriteByte(digits[s[i]>>4])
			b.WriteByte(digits[s[i]&15])
		case strings.ContainsRune(`,+"\<>;`, r), r == '#' && i == 0:
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// within reports whether the normal name dn is base or lies below it.
func within(dn, base string) bool {
	if base == "" || dn == base {
		return true
	}
	return len(dn) > len(base) && dn[len(dn)-len(base)-1] == ',' && strings.HasSuffix(dn, base) &&
		!escapedAt(dn, len(dn)-len(base)-1)
}

// escapedAt reports whether the byte at i is escaped by an odd run of
// backslashes.
func escapedAt(s string, i int) bool {
	odd := false
	for i--; i >= 0 && s[i] == '\\'; i-- {
		odd = !odd
	}
	return odd
}

// refOfDN is the reference by which members point at the entry; empty if dn is
// no name.
func refOfDN(dn string) string {
	if isNormalDN(dn) {
		return "dn:" + dn
	}
	normal, ok := normalDN(dn)
	if !ok {
		return ""
	}
	return "dn:" + normal
}

// refOfLogin is the reference by which memberUid points at an account.
func refOfLogin(login string) string {
	folded := foldValue(login)
	if folded == "" {
		return ""
	}
	return "uid:" + folded
}

// refOfGID is the reference by which POSIX accounts point at their primary group
// (RFC 2307 gidNumber); empty if number is none.
func refOfGID(number string) string {
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil {
		return ""
	}
	return "gid:" + strconv.FormatInt(n, 10)
}

// withoutUID cuts the optional unique identifier off a NameAndOptionalUID
// (RFC 4517 section 3.3.21), as in "cn=a,o=b#'0101'B".
func withoutUID(value string) string {
	if !strings.HasSuffix(value, "'B") {
		return value
	}
	at := strings.LastIndex(value, "#'")
	if at < 0 || strings.Trim(value[at+2:len(value)-2], "01") != "" {
		return value
	}
	return value[:at]
}

// lowerASCII lowers A to Z only, without an allocation where there are none.
func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
