package file

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

const entries = `version: 1
# what a directory wrote
#  on two lines
dn: uid=xbai,ou=people,dc=halden,dc=example
objectClass: inetOrgPerson
entryUUID: 11111111-0000-0000-0000-000000000001
uid: xbai
cn:: 55m95pmT5a6H
mail: xbai@halden.example
userPassword: secret
createTimestamp: 20190201083000Z

dn: uid=phaugen,ou=people,dc=halden,dc=example
objectClass: inetOrgPerson
entryUUID: 11111111-0000-0000-0000-000000000002
uid: phaugen
cn: Per
  Haugen
manager: UID=xbai, OU=people, DC=halden, DC=example
nsAccountLock: TRUE
schacExpiryDate: 20260331000000Z

dn: uid=svc-tide,ou=service,dc=halden,dc=example
objectClass: account
entryUUID: 11111111-0000-0000-0000-000000000003
uid: svc-tide

dn: cn=vpn,ou=groups,dc=halden,dc=example
objectClass: groupOfNames
entryUUID: 11111111-0000-0000-0000-000000000004
cn: vpn
member: uid=XBAI,ou=people,dc=halden,dc=example
member: uid=gone,ou=people,dc=halden,dc=example

dn: ou=people,dc=halden,dc=example
objectClass: organizationalUnit
ou: people
`

func ldifConfig(path string) iam.SourceConfig {
	m := proposedMapping(iam.Mapping{})
	m.Service = []string{"ou=service,dc=halden,dc=example"}
	return iam.SourceConfig{File: &iam.FileConfig{Path: path}, Mapping: m}
}

func TestEntriesBecomeAccountsAndGroups(t *testing.T) {
	r := readAll(t, ldifConfig(put(t, "halden.ldif", entries)))
	if !r.Complete() || len(r.Accounts) != 3 || len(r.Entitlements) != 1 || len(r.Skipped) != 0 {
		t.Fatalf("%d accounts, %d groups, skipped %+v, %v", len(r.Accounts), len(r.Entitlements), r.Skipped, r.Err)
	}
	bai, haugen, tide := r.Account("xbai"), r.Account("phaugen"), r.Account("svc-tide")
	if bai.Facts.Name != "白晓宇" || bai.ExternalID != "11111111-0000-0000-0000-000000000001" || bai.Facts.Enabled != iam.UnknownTri ||
		bai.Facts.CreatedAt != iam.MomentOf(time.Date(2019, 2, 1, 8, 30, 0, 0, time.UTC)) {
		t.Errorf("xbai is read as %+v", bai)
	}
	if f := haugen.Facts; f.Name != "Per Haugen" || f.ManagerRef != bai.Refs[0] || f.Enabled != iam.No || f.EndDate != iam.MomentOf(time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("phaugen is read as %+v", f)
	}
	if tide.Facts.Sort != iam.Service {
		t.Errorf("svc-tide is a %s", tide.Facts.Sort)
	}
	var refs []string
	for _, m := range r.MembersOf("vpn") {
		refs = append(refs, m.Ref)
	}
	if !slices.Equal(refs, []string{bai.Refs[0], "dn:uid=gone,ou=people,dc=halden,dc=example"}) {
		t.Errorf("vpn has %q", refs)
	}
}

func TestEntriesThatAreRefused(t *testing.T) {
	const good = "\n\ndn: uid=z\nobjectClass: account\nuid: z\nentryUUID: z1\n"
	for _, c := range []struct{ name, text, skipped, failed string }{
		{"a URL", "dn: uid=a\nobjectClass: account\nentryUUID: 1\nuid:< file:///etc/passwd" + good, "line 4: the value of uid lies at a URL, which is never fetched", ""},
		{"no base64", "dn: uid=a\nobjectClass: account\nentryUUID: 1\nuid:: ***" + good, "line 4: the value of uid is no base64", ""},
		{"no id", "dn: uid=a\nobjectClass: account\nuid: a" + good, "line 1: the entry has no immutable id (entryUUID, nsUniqueId, ipaUniqueID, objectGUID)", ""},
		{"changes", "dn: uid=a\nchangetype: delete" + good, "", "line 2 belongs to a change record"},
		{"no dn", "version: 1\nuid: a" + good, "", "line 2 begins an entry without its dn"},
		{"no colon", "dn: uid=a\nhello" + good, "", "line 2 is no attribute and value"},
		{"entries run together", "dn: uid=a\nuid: a\ndn: uid=b" + good, "", "line 3 begins an entry in the middle of another"},
		{"another version", "version: 2\n" + good, "", "version 2"},
		{"cut", "dn: uid=a\nobjectClass: account\nentryUUID: 1\nuid: a" + good + "cn: Z", "", "its last line does not end"},
		{"no entry that fits", "dn: ou=a\nobjectClass: organizationalUnit\n", "", "has no rows"},
		{"no entry with an id", "dn: uid=a\nobjectClass: account\nuid: a\n", "", "No column is the key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := readAll(t, ldifConfig(put(t, "a.ldif", c.text)))
			if c.failed != "" {
				if len(r.Ends) > 0 || r.Err == nil || !strings.Contains(r.Err.Error(), c.failed) {
					t.Errorf("%d ends, %v; want %q", len(r.Ends), r.Err, c.failed)
				}
				return
			}
			if !r.Complete() || len(r.Skipped) != 1 || r.Skipped[0].Reason != c.skipped {
				t.Errorf("%+v, %v; want %q", r.Skipped, r.Err, c.skipped)
			}
		})
	}
}

// Of entries with the same id none is used, whichever comes first, and what is
// known under the id stays.
func TestAmbiguousIDsAreNotUsed(t *testing.T) {
	const text = "dn: uid=a\nobjectClass: account\nentryUUID: 1\n\ndn: uid=b\nobjectClass: account\nentryUUID: 2\n\ndn: uid=c\nobjectClass: account\nentryUUID: 1\n"
	r := readAll(t, ldifConfig(put(t, "a.ldif", text)))
	if !r.Complete() || len(r.Accounts) != 1 || r.Accounts[0].ExternalID != "2" || len(r.Skipped) != 2 || r.Skipped[0].DN != "uid=a" || r.Skipped[1].DN != "uid=c" ||
		!strings.HasPrefix(r.Skipped[1].Reason, "line 9: another entry has the same id 1; which of them is right") {
		t.Errorf("%+v, skipped %+v, %v", r.Accounts, r.Skipped, r.Err)
	}
	if n := timesTold(r.Records, directory.Present{ExternalID: "1"}); n != 1 {
		t.Errorf("said to be there %d times", n)
	}
}

func TestFilters(t *testing.T) {
	e := entry{values: map[string][]string{"objectclass": {"top", "Person"}, "uid": {"a"}}}
	for text, want := range map[string]bool{
		"(objectClass=person)": true, "(objectClass=*)": true, "(cn=*)": false, "(!(cn=*))": true, "(uid=b)": false,
		"(&(objectClass=person)(uid=A))": true, "(&(objectClass=person)(uid=b))": false, "(|(uid=b)(uid=a))": true, "(|(uid=b)(!(uid=a)))": false,
	} {
		f, err := parseFilter(text)
		if err != nil || f(e) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "uid=a", "(uid=a", "(uid=a))", "(&)", "(!(a=b)(c=d))", "(uid=a*)", "(uid>=a)", "(uid~=a)", "(a:dn:=b)", "(uid=)", strings.Repeat("(!", 60) + "(a=b)" + strings.Repeat(")", 60)} {
		if _, err := parseFilter(text); err == nil {
			t.Errorf("%q passes", text)
		}
	}
}

func FuzzLDIF(f *testing.F) {
	for _, s := range []string{entries, "dn: a=b\n c\nuid:: eA==\n\n", "#x\n y\n", "\xef\xbb\xbfversion: 1\n\ndn:: *\n", "dn: a\nb:< c\n-\n", ":\n", "dn: a=b\\,c,d=e\nmember: a=\\\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := &source{cfg: iam.SourceConfig{Mapping: proposedMapping(iam.Mapping{})}}
		r, err := s.ldif()
		if err != nil {
			t.Fatal(err)
		}
		_ = readEntries(strings.NewReader(text), func(e entry) error {
			if e.line < 1 {
				t.Errorf("an entry at line %d", e.line)
			}
			return r.records(e, func(rec directory.Record) error {
				if s, ok := rec.(directory.Skipped); ok && s.Reason == "" {
					t.Error("skipped without a reason")
				}
				return nil
			})
		})
	})
}
