package ldap

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNormalDN(t *testing.T) {
	for _, c := range []struct{ what, dn, want string }{
		{"plain", "uid=a,ou=people,dc=demo", "uid=a,ou=people,dc=demo"},
		{"empty", "", ""},
		{"case", "UID=Anna,OU=People,DC=Demo", "uid=anna,ou=people,dc=demo"},
		{"spaces around separators", " uid = a , ou = people ", "uid=a,ou=people"},
		{"spaces inside", "cn=Anna   Maria,ou=x", "cn=anna maria,ou=x"},
		{"escaped comma", `cn=Lund\, Hilde,ou=x`, `cn=lund\, hilde,ou=x`},
		{"hexadecimal comma", `cn=Lund\2C Hilde,ou=x`, `cn=lund\, hilde,ou=x`},
		{"quoted, RFC 2253", `cn="Lund, Hilde",ou=x`, `cn=lund\, hilde,ou=x`},
		{"quotes", `cn=\22Skip\22 Haugen\2C Per,ou=x`, `cn=\"skip\" haugen\, per,ou=x`},
		{"needless escape", `cn=\41nna,ou=x`, "cn=anna,ou=x"},
		{"UTF-8 as octets", `cn=\c3\98stby`, "cn=østby"},
		{"composed and decomposed", "cn=Ni\u0301", "cn=ní"},
		{"sharp s", "cn=Straße", "cn=strasse"},
		{"ideographic space", "cn=a\u3000b", "cn=a b"},
		{"several values, sorted", "uid=x+CN=a,dc=b", "cn=a+uid=x,dc=b"},
		{"semicolon, RFC 1779", "uid=a;dc=b", "uid=a,dc=b"},
		{"OID", "0.9.2342.19200300.100.1.1=a,2.5.4.11=b", "uid=a,ou=b"},
		{"long names", "commonName=a,organizationalUnitName=b,domainComponent=c", "cn=a,ou=b,dc=c"},
		{"BER string", "cn=#04024869", "cn=hi"},
		{"other BER", "x500=#0303", "x500=#0303"},
		{"leading number sign", `cn=\#1,dc=a`, `cn=\#1,dc=a`},
		{"equals sign in a value", "cn=a=b,dc=c", "cn=a=b,dc=c"},
		{"plus in a value", `cn=c\+\+,dc=a`, `cn=c\+\+,dc=a`},
		{"empty value", "cn=,dc=a", "cn=,dc=a"},
		{"control character", "cn=a\x01", `cn=a\01`},
		{"broken UTF-8", "cn=a\xff", `cn=a\ff`},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got, ok := normalDN(c.dn); !ok || got != c.want {
				t.Errorf("normalDN(%q) = %q, %v; want %q", c.dn, got, ok, c.want)
			}
		})
	}
	for _, dn := range []string{"anna", "=a", "uid=a,", ",uid=a", "uid=a,,dc=b", "u_d=a", `cn=a\`, `cn="a`, `cn="a"b`, "cn=#zz", "cn=#", "uid=a,nonsense", "1.=a", `cn=a"b`} {
		if got, ok := normalDN(dn); ok {
			t.Errorf("normalDN(%q) = %q, want a refusal", dn, got)
		}
	}
}

func TestNormalDNTakesPlainNamesAsTheyAre(t *testing.T) {
	dn := "uid=u000001,ou=dept001,ou=people,dc=demo,dc=example"
	if n := testing.AllocsPerRun(100, func() { normalDN(dn) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// Any spelling of the same parts has the same normal form, and the fast path
// agrees with the full one.
func TestNormalDNIsOneFormForAllSpellings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-zA-Z0-9,+"\\<>;# =äØÉ]{0,12}`).Draw(t, "value")
		spellings := []string{"", "", ""}
		for i := range len(value) {
			const digits = "0123456789ABCDEF"
			hex := string([]byte{'\\', digits[value[i]>>4], digits[value[i]&15]})
			spellings[0] += hex
			if value[i] < 0x80 && value[i] != ' ' {
				spellings[1] += "\\" + string(value[i])
			}
		}
		spellings[2] = escapeValue(foldValue(value))
		want, ok := normalDN("cn=" + spellings[0] + ",dc=a")
		if !ok {
			t.Fatalf("%q is refused", spellings[0])
		}
		if got, ok := normalDN("CN = " + spellings[2] + " , DC=A"); !ok || got != want {
			t.Fatalf("%q gives %q, want %q", spellings[2], got, want)
		}
		if again, ok := normalDN(want); !ok || again != want {
			t.Fatalf("%q is not stable: %q", want, again)
		}
	})
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		dn, base string
		want     bool
	}{
		{"dc=a", "dc=a", true}, {"uid=x,dc=a", "dc=a", true}, {"uid=x,dc=aa", "dc=a", false}, {"uid=xdc=a", "dc=a", false},
		{`cn=x\,dc=a`, "dc=a", false}, {`cn=x\\,dc=a`, "dc=a", true}, {"dc=a", "ou=b,dc=a", false}, {"anything=x", "", true},
	} {
		if got := within(c.dn, c.base); got != c.want {
			t.Errorf("within(%q, %q) = %v", c.dn, c.base, got)
		}
	}
}

func TestWithoutUID(t *testing.T) {
	for value, want := range map[string]string{
		"cn=a,dc=b#'0101'B": "cn=a,dc=b", "cn=a,dc=b#''B": "cn=a,dc=b", "cn=a,dc=b": "cn=a,dc=b",
		"cn=a#'02'B": "cn=a#'02'B", `cn=it\27s'B`: `cn=it\27s'B`,
	} {
		if got := withoutUID(value); got != want {
			t.Errorf("withoutUID(%q) = %q, want %q", value, got, want)
		}
	}
}

func FuzzNormalDN(f *testing.F) {
	for _, seed := range []string{"uid=a,dc=b", `cn=\22x\22\, y+uid=z;dc=b`, `cn="a, b",dc=c`, "cn=#04024869", "cn=ǅ\u0345,dc=ﬁ", "oid.2.5.4.3=ß"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		normal, ok := normalDN(dn)
		if !ok {
			return
		}
		again, ok := normalDN(normal)
		if !ok || again != normal {
			t.Errorf("%q: %q becomes %q, %v", dn, normal, again, ok)
		}
	})
}
