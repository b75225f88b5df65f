package demo

import (
	"bytes"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"pgregory.net/rapid"
)

// Filters are built as a client encodes them (RFC 4511 section 4.5.1).
func encodeFilter(f filter) *ber.Packet {
	p := ber.Encode(ber.ClassContext, ber.TypeConstructed, f.op, nil, "")
	switch f.op {
	case filterPresent:
		return tagged(filterPresent, f.attr)
	case filterAnd, filterOr, filterNot:
		for _, sub := range f.subs {
			p.AppendChild(encodeFilter(sub))
		}
	case filterSubstrings:
		list := ber.NewSequence("")
		for _, part := range f.parts {
			list.AppendChild(tagged(part.where, part.text))
		}
		p.AppendChild(octets(f.attr))
		p.AppendChild(list)
	case filterExtensible:
		p.AppendChild(tagged(1, f.rule))
		p.AppendChild(tagged(2, f.attr))
		p.AppendChild(tagged(3, f.value))
	default:
		p.AppendChild(octets(f.attr))
		p.AppendChild(octets(f.value))
	}
	return p
}

func eq(attr, value string) filter { return filter{op: filterEqual, attr: attr, value: value} }
func present(attr string) filter   { return filter{op: filterPresent, attr: attr} }
func not(f filter) filter          { return filter{op: filterNot, subs: []filter{f}} }
func and(fs ...filter) filter      { return filter{op: filterAnd, subs: fs} }
func or(fs ...filter) filter       { return filter{op: filterOr, subs: fs} }
func ge(attr, value string) filter { return filter{op: filterGreater, attr: attr, value: value} }
func le(attr, value string) filter { return filter{op: filterLess, attr: attr, value: value} }
func sub(attr string, parts ...piece) filter {
	return filter{op: filterSubstrings, attr: attr, parts: parts}
}

func TestFilters(t *testing.T) {
	e := &entry{}
	e.place(mustDN("uid=jmueller," + ouPeople))
	e.set("objectClass", "top", "person", "organizationalPerson", "inetOrgPerson", "posixAccount")
	e.set("uid", "jmueller")
	e.set("cn", "Jürgen  Müller", "J. Müller")
	e.set("sn", "Straße")
	e.set("telephoneNumber", "+47 5550-4417")
	e.set("uidNumber", "14417")
	e.set("homeDirectory", "/home/JMueller")
	e.set("manager", `cn=\22Skip\22 Haugen\2C Per,`+ouPeople)
	e.set("userPassword", noPassword)
	e.set("pwdReset", "TRUE")
	e.set("authTimestamp", "20260310120000Z")
	for name, c := range map[string]struct {
		f    filter
		want tri
	}{
		"equal":                           {eq("uid", "jmueller"), isTrue},
		"equal ignores case":              {eq("UID", "JMueller"), isTrue},
		"equal folds letters":             {eq("cn", "JÜRGEN müller"), isTrue},
		"equal folds ß":                   {eq("sn", "STRASSE"), isTrue},
		"equal takes composed as split":   {eq("cn", "Ju\u0308rgen Mu\u0308ller"), isTrue},
		"spaces count once":               {eq("cn", " Jürgen   Müller "), isTrue},
		"any value":                       {eq("cn", "j. müller"), isTrue},
		"by number of the attribute":      {eq("2.5.4.3", "j. müller"), isTrue},
		"by another name":                 {eq("commonName", "j. müller"), isTrue},
		"by supertype":                    {eq("name", "Straße"), isTrue},
		"not that value":                  {eq("uid", "jmuelle"), isFalse},
		"case counts for paths":           {eq("homeDirectory", "/home/jmueller"), isFalse},
		"numbers by value":                {eq("uidNumber", "014417"), isTrue},
		"telephone ignores space, hyphen": {eq("telephoneNumber", "+4755504417"), isTrue},
		"names by meaning":                {eq("manager", `CN="x`), isFalse},
		"names in any spelling":           {eq("manager", `CN=\"skip\"  haugen\, per , OU=People,DC=halden,dc=EXAMPLE`), isTrue},
		"class":                           {eq("objectClass", "INETORGPERSON"), isTrue},
		"class by number":                 {eq("objectClass", "2.5.6.6"), isTrue},
		"class, not there":                {eq("objectClass", "account"), isFalse},
		"present":                         {present("mail"), isFalse},
		"absent":                          {not(present("mail")), isTrue},
		"unknown attribute":               {present("shoeSize"), undefined},
		"not unknown":                     {not(eq("shoeSize", "44")), undefined},
		"unknown or true":                 {or(eq("shoeSize", "44"), present("uid")), isTrue},
		"unknown and true":                {and(eq("shoeSize", "44"), present("uid")), undefined},
		"unknown and false":               {and(eq("shoeSize", "44"), present("mail")), isFalse},
		"empty and is true (RFC 4526)":    {and(), isTrue},
		"empty or is false (RFC 4526)":    {or(), isFalse},
		"passwords are not searched":      {present("userPassword"), undefined},
		"nor is a missing right":          {or(present("pwdReset"), not(present("pwdReset"))), undefined},
		"initial":                         {sub("cn", piece{0, "JÜR"}), isTrue},
		"final":                           {sub("cn", piece{2, "LLER"}), isTrue},
		"parts in order":                  {sub("cn", piece{0, "j"}, piece{1, "gen m"}, piece{2, "ler"}), isTrue},
		"parts out of order":              {sub("cn", piece{1, "ller"}, piece{1, "gen"}), isFalse},
		"parts do not overlap":            {sub("uid", piece{0, "jmuel"}, piece{2, "ueller"}), isFalse},
		"no substrings of numbers":        {sub("uidNumber", piece{0, "1"}), undefined},
		"number at least":                 {ge("uidNumber", "9999"), isTrue},
		"number at most":                  {le("uidNumber", "9999"), isFalse},
		"time at least":                   {ge("authTimestamp", "20260310130000+0100"), isTrue},
		"time at most":                    {le("authTimestamp", "20260310115959Z"), isFalse},
		"time that is none":               {ge("authTimestamp", "yesterday"), undefined},
		"no order of names":               {ge("cn", "a"), undefined},
		"approx is equal":                 {filter{op: filterApprox, attr: "uid", value: "JMUELLER"}, isTrue},
		"extensible without rule":         {filter{op: filterExtensible, attr: "uid", value: "jmueller"}, isTrue},
		"extensible, rule unknown":        {filter{op: filterExtensible, attr: "uid", rule: "1.2.3", value: "x"}, undefined},
	} {
		decoded, err := decodeFilter(ber.DecodePacket(encodeFilter(c.f).Bytes()), 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := decoded.match(e, false); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if or(present("pwdReset")).match(e, true) != isTrue {
		t.Error("the administrator does not see pwdReset")
	}
}

func TestNames(t *testing.T) {
	for _, same := range [][]string{
		{"uid=a,dc=b", "UID=A, DC=B", "userid=a;dc=b", "0.9.2342.19200300.100.1.1=a,dc=b"},
		{`cn=Smith\, Jr.\, Calvin`, `cn=Smith\2C Jr.\2c Calvin`},
		{`cn=\22Skip\22 Haugen\2C Per`, `CN=\"skip\" Haugen\, Per`},
		{`cn=\D8yvind`, ""},
		{"cn=a+uid=b,dc=c", "uid=B+cn=A,dc=c"},
		{`cn=a\20`, `cn=a`},
		{"cn=Łukasz", `cn=\C5\81ukasz`},
	} {
		first, err := parseDN(same[0])
		if same[1] == "" {
			if err == nil {
				t.Errorf("%s is no UTF-8 and was taken", same[0])
			}
			continue
		}
		for _, s := range same {
			d, err := parseDN(s)
			if err != nil || d.key() != first.key() {
				t.Errorf("%s: key %q, %v; want %q", s, d.key(), err, first.key())
			}
			if again, err := parseDN(d.String()); err != nil || again.key() != d.key() {
				t.Errorf("%s does not survive being written as %s", s, d)
			}
		}
	}
	for _, bad := range []string{"uid", "=a", "uid=a,", ",uid=a", `uid=a\`, `uid=a\zz`, `uid="a"`, "uid=#04", "u id=a", "uid=a<b"} {
		if _, err := parseDN(bad); err == nil || asFault(err).code != invalidDNSyntax {
			t.Errorf("%q: %v, want invalidDNSyntax", bad, err)
		}
	}
}

func TestAnyValueSurvivesInAName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-z ,+"\\\\<>;=#łØ'\x01-]*[a-zé]`).Draw(t, "value")
		d := dn{{{"cn", value}}, {{"dc", "halden"}}}
		back, err := parseDN(d.String())
		if err != nil || len(back) != 2 || back[0][0].value != value || back.key() != d.key() {
			t.Fatalf("%q is written %s and read %q, %v", value, d, back, err)
		}
	})
}

// FuzzMessage feeds the server's decoder and filters what no client would send.
func FuzzMessage(f *testing.F) {
	search := application(opSearch, octets(BaseDN), integer(ber.TagEnumerated, 2), integer(ber.TagEnumerated, 0), integer(ber.TagInteger, 0),
		integer(ber.TagInteger, 0), ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, false, ""),
		encodeFilter(and(eq("uid", "a"), not(sub("cn", piece{0, "b"}, piece{2, "c"})), filter{op: filterExtensible, attr: "uid", value: "x"})), ber.NewSequence(""))
	f.Add(envelope(1, search, paging{size: 10}.encode()))
	f.Add(envelope(2, application(opBind, integer(ber.TagInteger, 3), octets(""), tagged(0, ""))))
	f.Add(envelope(3, application(opExtended, tagged(0, extendedPassword), tagged(1, "0\x00"))))
	f.Add([]byte("\x30\x84\x00\x00\x00\x05\x02\x01\x01\x42\x00"))
	f.Add([]byte("\x30\x80\x02\x01\x01\x42\x00\x00\x00"))
	e := &entry{}
	e.place(mustDN("uid=a," + ouPeople))
	e.set("uid", "a")
	f.Fuzz(func(t *testing.T, raw []byte) {
		framed, err := readMessage(bytes.NewReader(raw))
		if err == nil && len(framed) > len(raw) {
			t.Fatal("a message longer than what came")
		}
		m, err := decode(raw)
		for _, c := range m.controls {
			decodePaging(c.value) // only a panic counts
		}
		if err != nil {
			return
		}
		switch req := m.request.(type) {
		case searchRequest:
			if got := req.filter.match(e, false); got < isFalse || got > isTrue {
				t.Fatalf("a filter answers %d", got)
			}
			newTree(mustDN(BaseDN)).search(req, nil, false)
		case change:
			tree := newTree(mustDN(BaseDN))
			tree.add(e.clone())
			req.apply(tree, author{dn: AdminDN}) // only a panic counts
		case extendedRequest:
			decodePasswordChange(req.value) // only a panic counts
		}
	})
}

func TestPagesNeitherSkipNorRepeatWhileOthersWrite(t *testing.T) {
	c := open(t, t.TempDir(), storyTime)
	req := searchRequest{base: ouAdmins, scope: 1, filter: present("uid")}
	page, seen := &paging{size: 5}, map[string]int{}
	for {
		out := c.tree().search(req, page, false)
		if out.err != nil {
			t.Fatal(out.err)
		}
		for _, e := range out.entries {
			seen[e.first("entryUUID")]++
		}
		if out.next.cookie == "" {
			break
		}
		page.cookie = out.next.cookie
		for _, ch := range []change{
			removal{out.entries[0].dn.String()},
			rename{dn: out.entries[1].dn.String(), newRDN: "uid=z" + out.entries[1].first("uid"), deleteOld: true},
		} {
			if err := c.write(author{AdminDN, storyTime}, ch); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(seen) != 24 {
		t.Errorf("saw %d entries, want 24", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("saw %s %d times", id, n)
		}
	}
}
