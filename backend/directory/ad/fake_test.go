package ad

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// fake is a controller that behaves as Microsoft's does where Samba's does not.
// It speaks over net.Pipe.
type fake struct {
	name       string // default: dc1.corp.example
	invocation string // raw; default: sixteen times i
	usn        int
	bind       func() (code int, diagnostic string)
	search     func(q asked) answer
}

// asked is one search.
type asked struct {
	base, filter string
	attrs        []string
	paged        bool
	deleted      bool // deleted objects were asked for
}

func (q asked) wants(attr string) bool {
	for _, a := range q.attrs {
		if strings.EqualFold(a, attr) {
			return true
		}
	}
	return false
}

// answer is what is sent: entries as dn, name, values separated by |.
type answer struct {
	entries    [][]string
	referral   string
	code       int
	diagnostic string
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func (f fake) dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	go f.serve(server)
	return client, nil
}

func (f fake) serve(nc net.Conn) {
	defer nc.Close()
	for {
		packet, err := ber.ReadPacket(nc)
		if err != nil || len(packet.Children) < 2 {
			return
		}
		id, op := packet.Children[0].Value.(int64), packet.Children[1]
		send := func(op *ber.Packet, controls ...goldap.Control) {
			message := ber.NewSequence("")
			message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
			message.AppendChild(op)
			if len(controls) > 0 {
				list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
				for _, c := range controls {
					list.AppendChild(c.Encode())
				}
				message.AppendChild(list)
			}
			_, _ = nc.Write(message.Bytes())
		}
		result := func(tag ber.Tag, code int, diagnostic string, controls ...goldap.Control) {
			op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
			op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
			op.AppendChild(text(""))
			op.AppendChild(text(diagnostic))
			send(op, controls...)
		}
		switch op.Tag {
		case goldap.ApplicationBindRequest:
			code, diagnostic := 0, ""
			if f.bind != nil {
				code, diagnostic = f.bind()
			}
			result(goldap.ApplicationBindResponse, code, diagnostic)
		case goldap.ApplicationSearchRequest:
			q := question(packet)
			a := f.answer(q)
			for _, e := range a.entries {
				send(entryOf(e))
			}
			if a.referral != "" {
				reference := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationSearchResultReference, nil, "")
				reference.AppendChild(text(a.referral))
				send(reference)
			}
			if q.paged {
				result(goldap.ApplicationSearchResultDone, a.code, a.diagnostic, &goldap.ControlPaging{})
			} else {
				result(goldap.ApplicationSearchResultDone, a.code, a.diagnostic)
			}
		default:
			return
		}
	}
}

func question(packet *ber.Packet) (q asked) {
	op := packet.Children[1]
	q.base, _ = op.Children[0].Value.(string)
	q.filter, _ = goldap.DecompileFilter(op.Children[6])
	for _, attr := range op.Children[7].Children {
		q.attrs = append(q.attrs, attr.Value.(string))
	}
	if len(packet.Children) > 2 {
		for _, control := range packet.Children[2].Children {
			switch control.Children[0].Value {
			case goldap.ControlTypePaging:
				q.paged = true
			case goldap.ControlTypeMicrosoftShowDeleted:
				q.deleted = true
			}
		}
	}
	return q
}

func entryOf(e []string) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(text(e[0]))
	list := ber.NewSequence("")
	for i := 1; i < len(e); i += 2 {
		one := ber.NewSequence("")
		one.AppendChild(text(e[i]))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		if e[i+1] != "" {
			for value := range strings.SplitSeq(e[i+1], "|") {
				set.AppendChild(text(value))
			}
		}
		one.AppendChild(set)
		list.AppendChild(one)
	}
	op.AppendChild(list)
	return op
}

// answer tells the root DSE and the database by itself.
func (f fake) answer(q asked) answer {
	name, invocation := f.name, f.invocation
	if name == "" {
		name = "DC1.corp.example"
	}
	if invocation == "" {
		invocation = "iiiiiiiiiiiiiiii"
	}
	switch q.base {
	case "":
		return answer{entries: [][]string{{"", "dnsHostName", name, "defaultNamingContext", corp, "namingContexts", corp + "|CN=Configuration," + corp,
			"configurationNamingContext", "CN=Configuration," + corp, "highestCommittedUSN", strconv.Itoa(f.usn), "domainFunctionality", "7",
			"dsServiceName", "CN=NTDS Settings", "supportedCapabilities", "1.2.840.113556.1.4.800", "currentTime", "20261122060000.0Z"}}}
	case "CN=NTDS Settings":
		return answer{entries: [][]string{{q.base, "invocationId", invocation}}}
	}
	return f.search(q)
}

const corp = "DC=corp,DC=example"

// guid is the raw id of the n-th object.
func guid(n int) string { return fmt.Sprintf("object%010d", n) }

func (f fake) source(t *testing.T, base string) directory.Source {
	t.Helper()
	m := mapping()
	m.Service, m.Shared = nil, nil
	source, err := OpenWith(iam.SourceConfig{URL: "ldap://fake", BaseDN: base, BindDN: "reader@corp.example", TimeoutSec: 2, Mapping: m}, "secret", f.dial)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// everyone answers the account search with one person, so that a read is
// believed.
func everyone(q asked) (answer, bool) {
	return answer{entries: [][]string{{"CN=Ann,OU=Staff," + corp, "objectGUID", guid(1), "sAMAccountName", "ann", "objectClass", "top|user"}}},
		strings.Contains(q.filter, "(objectClass=user)") && !strings.Contains(q.filter, "(!") && q.wants("sAMAccountName")
}

func isGroups(q asked) bool { return q.wants("groupType") }

// A long list of members comes empty, with its first part beside it, and the
// rest on request; a start past the end is refused with code 1.
func TestRangedMembers(t *testing.T) {
	const members, step = 3500, 1500
	value := func(n int) string { return fmt.Sprintf("CN=m%d,OU=Staff,%s", n, corp) }
	list := func(from, to int) string {
		var all []string
		for n := from; n < to; n++ {
			all = append(all, value(n))
		}
		return strings.Join(all, "|")
	}
	for _, shrinks := range []bool{false, true} {
		var starts []int
		f := fake{usn: 7, search: func(q asked) answer {
			if a, ok := everyone(q); ok {
				return a
			}
			switch {
			case isGroups(q):
				return answer{entries: [][]string{{"CN=All,OU=Groups," + corp, "objectGUID", guid(2), "objectClass", "group", "cn", "All",
					"member", "", "member;range=0-1499", list(0, step)}}}
			case strings.HasPrefix(q.base, "<GUID="):
				at, ok := strings.CutPrefix(q.attrs[0], "member;range=")
				from, err := strconv.Atoi(strings.TrimSuffix(at, "-*"))
				if !ok || err != nil {
					return answer{code: 2}
				}
				starts = append(starts, from)
				if shrinks && from == 3000 {
					return answer{code: goldap.LDAPResultOperationsError, diagnostic: "00000057: range"}
				}
				to, end := from+step, strconv.Itoa(from+step-1)
				if to >= members {
					to, end = members, "*"
				}
				return answer{entries: [][]string{{q.base, fmt.Sprintf("member;range=%d-%s", from, end), list(from, to)}}}
			}
			return answer{}
		}}
		r := wantComplete(t, directorytest.ReadAll(t.Context(), f.source(t, corp), nil))
		want := map[bool]int{false: members, true: 3000}[shrinks]
		if got := len(r.MembersOf("All")); got != want || fmt.Sprint(starts) != "[1500 3000]" {
			t.Errorf("%d members after asking from %v, want %d", got, starts, want)
		}
	}
}

// A page is never larger than the controller allows, and an answer that is cut
// is no read.
func TestPageLimit(t *testing.T) {
	s, err := open(iam.SourceConfig{URL: "ldaps://dc", BindDN: "a@b", PageSize: 5000}, "x", nil)
	if err != nil || s.pageSize() != 1000 {
		t.Errorf("%v: a page of %d, want 1000", err, s.pageSize())
	}
	f := fake{usn: 7, search: func(q asked) answer {
		if a, ok := everyone(q); ok {
			a.code, a.diagnostic = goldap.LDAPResultSizeLimitExceeded, "00002024"
			return a
		}
		return answer{}
	}}
	r := directorytest.ReadAll(t.Context(), f.source(t, corp), nil)
	if len(r.Ends) > 0 || r.Err == nil || !strings.Contains(r.Err.Error(), "size limit") {
		t.Errorf("%v, want the size limit", r.Err)
	}
}

// Another domain is named and not followed; the domain's own partitions are not
// worth a word.
func TestReferrals(t *testing.T) {
	f := fake{usn: 7, search: func(q asked) answer {
		a, ok := everyone(q)
		if !ok {
			return answer{}
		}
		a.referral = "ldap://child.corp.example/DC=child," + corp
		if q.paged && q.wants("userAccountControl") {
			return a
		}
		return answer{}
	}}
	r := wantComplete(t, directorytest.ReadAll(t.Context(), f.source(t, corp), nil))
	if len(r.Skipped) != 1 || r.Skipped[0].Ref != "dn:dc=child,dc=corp,dc=example" || !strings.Contains(r.Skipped[0].Reason, "never followed") {
		t.Errorf("skipped %+v", r.Skipped)
	}
	f.search = func(q asked) answer {
		a, ok := everyone(q)
		if !ok {
			a = answer{}
		} else {
			a.referral = "ldap://ForestDnsZones.corp.example/DC=ForestDnsZones," + corp
		}
		return a
	}
	if r := wantComplete(t, directorytest.ReadAll(t.Context(), f.source(t, corp), nil)); len(r.Skipped) != 0 {
		t.Errorf("skipped %+v", r.Skipped)
	}
}

// An ordinary account may not look at deleted objects, however that is told: the
// ids of all that is there are listed, what cannot be used is told again, and a
// list of nothing is not believed.
func TestDeletedObjectsAreDenied(t *testing.T) {
	for what, denied := range map[string]answer{
		"refused": {code: goldap.LDAPResultInsufficientAccessRights}, "hidden": {code: goldap.LDAPResultNoSuchObject}, "empty": {},
	} {
		bare := false
		f := fake{usn: 9, search: func(q asked) answer {
			if q.deleted {
				return denied
			}
			if a, ok := everyone(q); ok {
				return a
			}
			if q.filter == proposedUsers && !bare {
				return answer{entries: [][]string{{"CN=Ann,OU=Staff," + corp, "objectGUID", guid(1)}, {"CN=Bob,OU=Staff," + corp, "objectGUID", guid(2)}, {"CN=Eve,OU=Staff," + corp}}}
			}
			return answer{}
		}}
		source := f.source(t, corp)
		full := wantComplete(t, directorytest.ReadAll(t.Context(), source, nil))
		r := wantComplete(t, directorytest.ReadSince(t.Context(), source, full.Ends[0].Cursor, nil))
		if r.Ends[0].Changes || r.Ends[0].Note != cannotSeeDeleted || len(r.Accounts) != 1 || len(r.Skipped) != 1 {
			t.Errorf("%s: %+v, skipped %+v", what, r.Ends, r.Skipped)
		}
		if got := present(r); len(got) != 1 || got[0] == r.Account("ann").ExternalID {
			t.Errorf("%s: present are %v, want Bob alone", what, got)
		}
		bare = true
		if r := directorytest.ReadSince(t.Context(), source, full.Ends[0].Cursor, nil); iam.KindOf(r.Err) != iam.Denied || len(r.Ends) > 0 {
			t.Errorf("%s: a list of nothing: %v", what, r.Err)
		}
	}
}

// present are the ids of which a read says only that they are there.
func present(r directorytest.Reading) (ids []string) {
	for _, record := range r.Records {
		if p, ok := record.(directory.Present); ok {
			ids = append(ids, p.ExternalID)
		}
	}
	return ids
}

// A USN is never asked of another database, and never believed when it fell.
func TestFullReadAfter(t *testing.T) {
	search := func(q asked) answer {
		if a, ok := everyone(q); ok {
			return a
		}
		if strings.Contains(q.filter, "uSNChanged") {
			t.Errorf("asked %s for %s", q.base, q.filter)
		}
		return answer{}
	}
	base := fake{usn: 500, search: search}
	full := wantComplete(t, directorytest.ReadAll(t.Context(), base.source(t, corp), nil))
	for what, c := range map[string]struct {
		f    fake
		says string
	}{
		"another controller":  {fake{usn: 600, name: "DC2.corp.example", search: search}, "Another controller answered: dc2.corp.example"},
		"a restored database": {fake{usn: 600, invocation: "jjjjjjjjjjjjjjjj", search: search}, "was replaced"},
		"a USN rollback":      {fake{usn: 499, search: search}, "USN rollback"},
		"a hidden database":   {fake{usn: 600, invocation: "short", search: search}, "does not show which database"},
	} {
		r := wantComplete(t, directorytest.ReadSince(t.Context(), c.f.source(t, corp), full.Ends[0].Cursor, nil))
		if r.Ends[0].Changes || !strings.Contains(r.Ends[0].Note, c.says) || len(r.Accounts) != 1 {
			t.Errorf("%s: %+v", what, r.Ends[0])
		}
		if c.f.invocation == "short" && r.Ends[0].Cursor != "" {
			t.Errorf("%s: a cursor without a database: %s", what, r.Ends[0].Cursor)
		}
	}
}

// The times of members come from the directory itself, for privileged groups,
// and a member that was taken away and added again counts from the last time.
func TestLinkTimes(t *testing.T) {
	link := func(dn, deleted, changed string) string {
		return "<DS_REPL_VALUE_META_DATA>\n<pszAttributeName>member</pszAttributeName>\n<pszObjectDn>" + dn + "</pszObjectDn>\n<ftimeDeleted>" + deleted +
			"</ftimeDeleted>\n<ftimeCreated>2019-01-01T00:00:00Z</ftimeCreated>\n<dwVersion>3</dwVersion>\n<ftimeLastOriginatingChange>" + changed +
			"</ftimeLastOriginatingChange>\n</DS_REPL_VALUE_META_DATA>\n\x00"
	}
	ann, bob := "CN=Ann,OU=Staff,"+corp, "CN=Bob &amp; Co,OU=Staff,"+corp
	asks := 0
	f := fake{usn: 7, search: func(q asked) answer {
		if a, ok := everyone(q); ok {
			return a
		}
		sid, _ := hex.DecodeString("010500000000000515000000010000000200000003000000" + "00020000") // ...-512
		switch {
		case isGroups(q):
			return answer{entries: [][]string{
				{"CN=Chefs,CN=Users," + corp, "objectGUID", guid(2), "objectClass", "group", "cn", "Chefs", "objectSid", string(sid), "member", ann + "|CN=Bob & Co,OU=Staff," + corp},
				{"CN=Crew,CN=Users," + corp, "objectGUID", guid(3), "objectClass", "group", "cn", "Crew", "member", ann},
			}}
		case q.wants("msDS-ReplValueMetaData"):
			asks++
			return answer{entries: [][]string{{q.base, "msDS-ReplValueMetaData;range=0-1",
				link(ann, "1601-01-01T00:00:00Z", "2024-05-06T07:08:09Z") + "|" + link("CN=Gone,OU=Staff,"+corp, "2023-01-01T00:00:00Z", "2023-01-01T00:00:00Z")}}}
		case q.wants("msDS-ReplValueMetaData;range=2-*"):
			return answer{entries: [][]string{{q.base, "msDS-ReplValueMetaData;range=2-*", link(bob, "1601-01-01T00:00:00Z", "2025-01-01T00:00:00Z")}}}
		}
		return answer{}
	}}
	r := wantComplete(t, directorytest.ReadAll(t.Context(), f.source(t, corp), nil))
	got := map[string]string{}
	for _, m := range append(r.MembersOf("Chefs"), r.MembersOf("Crew")...) {
		if m.At > 0 {
			got[m.Value] = m.At.Time().Format("2006-01-02T15:04:05Z")
		}
	}
	if want := map[string]string{ann: "2024-05-06T07:08:09Z", "CN=Bob & Co,OU=Staff," + corp: "2025-01-01T00:00:00Z"}; fmt.Sprint(got) != fmt.Sprint(want) || asks != 1 {
		t.Errorf("%v after %d questions, want %v", got, asks, want)
	}
}

// Members of other domains, and members of ours outside the base, are told from
// those that are missing.
func TestMembersElsewhere(t *testing.T) {
	g := newGroupReader(mapping(), "ou=staff,dc=corp,dc=example", "dc=corp,dc=example")
	for value, want := range map[string]directory.Member{
		"CN=A,OU=Staff," + corp:        {Ref: "dn:cn=a,ou=staff,dc=corp,dc=example"},
		"CN=B,OU=Lab," + corp:          {Ref: "dn:cn=b,ou=lab,dc=corp,dc=example", OutsideScope: true},
		"CN=C,DC=child," + corp:        {Ref: "dn:cn=c,dc=child,dc=corp,dc=example", OutsideScope: true, Foreign: true},
		"CN=D,DC=other,DC=example":     {Ref: "dn:cn=d,dc=other,dc=example", OutsideScope: true, Foreign: true},
		"nonsense":                     {},
		"CN=S-1-5-11,CN=Users," + corp: {Ref: "dn:cn=s-1-5-11,cn=users,dc=corp,dc=example", OutsideScope: true},
	} {
		if want.Value = value; g.one(value) != want {
			t.Errorf("%s: %+v, want %+v", value, g.one(value), want)
		}
	}
	if m := g.one("CN=S-1-5-11,CN=ForeignSecurityPrincipals," + corp); m != (directory.Member{Ref: "sid:S-1-5-11", Value: "Authenticated Users (S-1-5-11)", Foreign: true}) {
		t.Errorf("%+v", m)
	}
}

// What Windows says of a refused bind, in words with a remedy.
func TestBindErrors(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v4563", "password is wrong"},
		{"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 533, v4563", "is disabled"},
		{"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 773, v4563", "must be changed"},
		{"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 775, v4563", "is locked"},
		{"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 532, v4563", "has expired"},
		{"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 57, v4563", "channel binding"},
		{"80090346: LdapErr: DSID-0C090597, comment: AcceptSecurityContext error, data 80090346, v4563", "channel binding"},
	} {
		f := fake{bind: func() (int, string) { return goldap.LDAPResultInvalidCredentials, c.said }}
		r := directorytest.ReadAll(t.Context(), f.source(t, corp), nil)
		if iam.KindOf(r.Err) != iam.Denied || !strings.Contains(r.Err.Error(), c.want) || strings.Contains(r.Err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", c.said, r.Err, c.want)
		}
	}
}

// A server that is no Active Directory is refused in one sentence.
func TestOtherServersAreRefused(t *testing.T) {
	f := fake{search: func(asked) answer { return answer{} }}
	dial := func(ctx context.Context) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			f.serve(rootless{server})
		}()
		return client, nil
	}
	source, err := OpenWith(iam.SourceConfig{URL: "ldap://fake", BaseDN: corp, BindDN: "a@b", TimeoutSec: 2, Mapping: mapping()}, "x", dial)
	if err != nil {
		t.Fatal(err)
	}
	r := directorytest.ReadAll(t.Context(), source, nil)
	if iam.KindOf(r.Err) != iam.Unsupported || !strings.Contains(r.Err.Error(), "no Active Directory") {
		t.Errorf("%v", r.Err)
	}
}

// rootless hides what tells an Active Directory.
type rootless struct{ net.Conn }

func (r rootless) Write(b []byte) (int, error) {
	_, err := r.Conn.Write([]byte(strings.Replace(string(b), "1.2.840.113556.1.4.800", "1.2.840.113556.1.4.999", 1)))
	return len(b), err
}
