package ldap

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// fake is a server that answers as told, for what no real server does on
// request. It speaks over net.Pipe.
type fake struct {
	root map[string]string // root DSE
	// page answers the n-th page asked for, counted from 0 over all searches.
	page func(n int, c fakeRequest)
	bind func(c fakeRequest)
}

type fakeRequest struct {
	net.Conn
	id int64
	op *ber.Packet
}

func (c fakeRequest) send(op *ber.Packet, controls ...goldap.Control) {
	_, _ = c.Write(envelope(int(c.id), op, controls...).Bytes())
}

func (c fakeRequest) result(tag ber.Tag, code int, diagnostic string, referral string, controls ...goldap.Control) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, diagnostic, ""))
	if referral != "" {
		urls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		urls.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, referral, ""))
		op.AppendChild(urls)
	}
	c.send(op, controls...)
}

// done ends a search page; the cookie is empty on the last.
func (c fakeRequest) done(cookie string) {
	c.result(goldap.ApplicationSearchResultDone, 0, "", "", &goldap.ControlPaging{Cookie: []byte(cookie)})
}

func (c fakeRequest) entry(dn string, attrs ...string) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, dn, ""))
	list := ber.NewSequence("")
	for i := 0; i < len(attrs); i += 2 {
		one := ber.NewSequence("")
		one.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, attrs[i], ""))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for value := range strings.SplitSeq(attrs[i+1], "|") {
			set.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, value, ""))
		}
		one.AppendChild(set)
		list.AppendChild(one)
	}
	op.AppendChild(list)
	c.send(op)
}

func (f fake) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	go f.serve(server)
	return client, nil
}

func (f fake) serve(nc net.Conn) {
	defer nc.Close()
	pages := 0
	for {
		packet, err := ber.ReadPacket(nc)
		if err != nil || len(packet.Children) < 2 {
			return
		}
		c := fakeRequest{nc, packet.Children[0].Value.(int64), packet.Children[1]}
		switch c.op.Tag {
		case goldap.ApplicationBindRequest:
			if f.bind != nil {
				f.bind(c)
			} else {
				c.result(goldap.ApplicationBindResponse, 0, "", "")
			}
		case goldap.ApplicationSearchRequest:
			base, _ := c.op.Children[0].Value.(string)
			switch {
			case base == "":
				var attrs []string
				for name, value := range f.root {
					attrs = append(attrs, name, value)
				}
				c.entry("", attrs...)
				c.result(goldap.ApplicationSearchResultDone, 0, "", "")
			case len(packet.Children) > 2 && packet.Children[2].Children[0].Children[0].Value == controlEffectiveRights:
				c.entry("uid=a,dc=demo,dc=example", "attributeLevelRights", "cn:rsc, mail:rscwo, telephoneNumber:rscWO")
				c.result(goldap.ApplicationSearchResultDone, 0, "", "")
			case len(packet.Children) > 2:
				f.page(pages, c)
				pages++
			default:
				c.result(goldap.ApplicationSearchResultDone, 0, "", "")
			}
		default:
			return
		}
	}
}

const personID = "6a20c94e-0000-4000-8000-00000000000"

func (f fake) read(t *testing.T) directorytest.Reading {
	t.Helper()
	cfg := iam.SourceConfig{URL: "ldap://fake", BaseDN: "dc=demo,dc=example", BindDN: "cn=reader,dc=demo,dc=example", TimeoutSec: 1, Mapping: people()}
	source, err := OpenWith(cfg, "secret", f.dial)
	if err != nil {
		t.Fatal(err)
	}
	source.(interface{ quicker() }).quicker()
	return directorytest.ReadAll(t.Context(), source, nil)
}

// quicker shortens the time-out below what a configuration allows.
func (s *source) quicker() { s.timeout = 100 * time.Millisecond }

// An answer that is not whole gives an error that says what happened, and no
// End.
func TestReadIsPartialWhen(t *testing.T) {
	first := func(c fakeRequest) {
		c.entry("uid=a,dc=demo,dc=example", "entryUUID", personID+"1", "uid", "a", "objectClass", "inetOrgPerson")
	}
	for _, c := range []struct {
		what string
		page func(n int, c fakeRequest)
		kind iam.Kind
		text string
	}{
		{"the server closes without a word", func(n int, c fakeRequest) { first(c); c.Close() }, iam.Unavailable, "closed the connection"},
		{"the server closes before anything", func(n int, c fakeRequest) { c.Close() }, iam.Unavailable, "closed the connection"},
		{"the server never says done", func(n int, c fakeRequest) { first(c) }, iam.Unavailable, "did not answer within"},
		{"the second page never comes", func(n int, c fakeRequest) {
			if n == 0 {
				first(c)
				c.done("more")
			} else {
				c.Close()
			}
		}, iam.Unavailable, "closed the connection"},
		{"the paging control is ignored", func(n int, c fakeRequest) {
			first(c)
			c.result(goldap.ApplicationSearchResultDone, 0, "", "")
		}, iam.Unsupported, "does not page"},
		{"the size limit is met", func(n int, c fakeRequest) {
			first(c)
			c.result(goldap.ApplicationSearchResultDone, 4, "", "")
		}, iam.Unavailable, "size limit"},
		{"the time limit is met", func(n int, c fakeRequest) { c.result(goldap.ApplicationSearchResultDone, 3, "", "") }, iam.Unavailable, "time limit"},
		{"the administrative limit is met", func(n int, c fakeRequest) { c.result(goldap.ApplicationSearchResultDone, 11, "", "") }, iam.Unavailable, "administrative limit"},
		{"the server is busy", func(n int, c fakeRequest) { c.result(goldap.ApplicationSearchResultDone, 51, "", "") }, iam.Unavailable, "busy"},
		{"the server shuts down", func(n int, c fakeRequest) {
			c.id = 0
			c.result(goldap.ApplicationExtendedResponse, 52, "going down", "")
		}, iam.Unavailable, "going down"},
		{"the base is behind a referral", func(n int, c fakeRequest) {
			c.result(goldap.ApplicationSearchResultDone, 10, "", "ldap://elsewhere.example/dc=demo")
		}, iam.Invalid, "ldap://elsewhere.example/dc=demo"},
		{"the base is not there", func(n int, c fakeRequest) { c.result(goldap.ApplicationSearchResultDone, 32, "", "") }, iam.Invalid, "does not exist"},
		{"the right is missing", func(n int, c fakeRequest) { c.result(goldap.ApplicationSearchResultDone, 50, "", "") }, iam.Denied, "may not do this"},
		{"no entry has an immutable id", func(n int, c fakeRequest) {
			c.entry("uid=a,dc=demo,dc=example", "uid", "a")
			c.done("more")
		}, iam.Unsupported, "no immutable id"},
		{"nothing is seen at all", func(n int, c fakeRequest) { c.done("") }, iam.Denied, "sees nothing"},
		{"members come in ranges", func(n int, c fakeRequest) {
			c.entry("cn=g,dc=demo,dc=example", "entryUUID", personID+string(rune('2'+n)), "cn", "g", "member;range=0-1", "uid=a,dc=x|uid=b,dc=x")
			c.done("")
		}, iam.Unsupported, "ranges"},
		{"no group shows a member", func(n int, c fakeRequest) {
			c.entry("cn=g,dc=demo,dc=example", "entryUUID", personID+string(rune('2'+n)), "cn", "g")
			c.done("")
		}, iam.Denied, "members of any group"},
		{"it is not LDAP", func(n int, c fakeRequest) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }, iam.Unavailable, "not LDAP"},
		{"a message is too large", func(n int, c fakeRequest) { _, _ = c.Write([]byte{0x30, 0x84, 0x7f, 0, 0, 0}) }, iam.Unavailable, "not LDAP"},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := fake{page: c.page}.read(t)
			if len(r.Ends) != 0 {
				t.Fatal("yielded End")
			}
			if iam.KindOf(r.Err) != c.kind || !strings.Contains(r.Err.Error(), c.text) {
				t.Errorf("%s: %v; want %s with %q", iam.KindOf(r.Err), r.Err, c.kind, c.text)
			}
		})
	}
}

func TestReadRefusesActiveDirectory(t *testing.T) {
	for _, root := range []map[string]string{
		{"supportedCapabilities": "1.2.840.113556.1.4.800"}, {"forestFunctionality": "7"}, {"domainControllerFunctionality": "7"},
	} {
		r := fake{root: root}.read(t)
		if iam.KindOf(r.Err) != iam.Unsupported || !strings.Contains(r.Err.Error(), "Active Directory") || len(r.Records) > 0 {
			t.Errorf("%v: %v", root, r.Err)
		}
	}
}

// What a server sends unasked never leaves the decoder, duplicates and entries
// without an id are named, referrals are not followed.
func TestReadDropsAndNames(t *testing.T) {
	r := fake{page: func(n int, c fakeRequest) {
		if n == 0 {
			c.entry("uid=a,dc=demo,dc=example", "entryuuid", strings.ToUpper(personID+"a"), "UID", "a", "objectClass", "inetOrgPerson",
				"userPassword", "canary", "jpegPhoto", "canary", "cn;lang-nb", "Optional", "displayName;lang-nb", "Navn", "displayName", "Name\xff\x00", "homePhone", "canary")
			c.entry("uid=a,dc=demo,dc=example", "entryUUID", personID+"a", "uid", "a")
			c.entry("uid=noid,dc=demo,dc=example", "uid", "noid")
			c.entry("no name", "entryUUID", personID+"9", "uid", "x")
			reference := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationSearchResultReference, nil, "")
			reference.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "ldap://other.example/OU=Sub,dc=demo,dc=example??sub", ""))
			c.send(reference)
		} else {
			c.entry("cn=g,dc=demo,dc=example", "entryUUID", personID+"b", "cn", "administrators", "objectClass", "groupOfNames",
				"member", "UID=A, dc=demo,dc=example|uid=a,dc=demo,dc=example|uid=gone,dc=demo,dc=example|uid=x,dc=other|nonsense|",
				"uniqueMember", "uid=u,dc=demo,dc=example#'01'B", "memberUid", "Anna|anna")
		}
		c.done("")
	}}.read(t)
	if !r.Complete() {
		t.Fatal(r.Err)
	}
	if len(r.Accounts) != 1 || r.Accounts[0].ExternalID != personID+"a" || r.Accounts[0].Facts.Name != "Name\uFFFD" {
		t.Errorf("accounts: %+v", r.Accounts)
	}
	var reasons []string
	for _, s := range r.Skipped {
		reasons = append(reasons, s.Ref+" "+s.Reason)
	}
	for i, want := range []string{"returned twice", "dn:uid=noid,dc=demo,dc=example has no immutable id", "no distinguished name", "dn:ou=sub,dc=demo,dc=example is kept by another server (ldap://other.example"} {
		if i >= len(reasons) || !strings.Contains(reasons[i], want) {
			t.Errorf("skipped %d: want %q in %q", i, want, reasons)
		}
	}
	if r.Ends[0].Claimed != 6 {
		t.Errorf("claimed %d, want 6", r.Ends[0].Claimed)
	}
	if !r.Entitlements[0].Facts.Privileged {
		t.Error("administrators is not privileged")
	}
	want := []directory.Member{
		{Ref: "dn:uid=a,dc=demo,dc=example", Value: "UID=A, dc=demo,dc=example"},
		{Ref: "dn:uid=gone,dc=demo,dc=example", Value: "uid=gone,dc=demo,dc=example"},
		{Ref: "dn:uid=x,dc=other", Value: "uid=x,dc=other", OutsideScope: true},
		{Value: "nonsense"},
		{Ref: "dn:uid=u,dc=demo,dc=example", Value: "uid=u,dc=demo,dc=example#'01'B"},
		{Ref: "uid:anna", Value: "Anna"},
	}
	got := r.Members[0].Members
	if len(got) != len(want) {
		t.Fatalf("%d members: %+v", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("member %d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

// A server that tells effective rights is asked for them instead of guessing.
func TestCheckAsksForEffectiveRights(t *testing.T) {
	f := fake{root: map[string]string{"supportedControl": goldap.ControlTypePaging + "|" + controlEffectiveRights, "vendorName": "389 Project"},
		page: func(n int, c fakeRequest) {
			c.entry("uid=a,dc=demo,dc=example", "nsUniqueId", "0b7e41c2-19", "uid", "a", "member", "uid=a,dc=demo,dc=example")
			c.done("")
		}}
	cfg := iam.SourceConfig{URL: "ldap://fake", BaseDN: "dc=demo,dc=example", BindDN: "cn=reader,dc=other", TimeoutSec: 1, Mapping: people()}
	source, err := OpenWith(cfg, "secret", f.dial)
	if err != nil {
		t.Fatal(err)
	}
	report := source.Check(t.Context())
	wantFinding(t, report, "rights", directory.TooMuch, "may write mail, telephoneNumber")
}

// beheraError is a password policy response that carries an error.
type beheraError struct{ code int }

func (beheraError) GetControlType() string { return goldap.ControlTypeBeheraPasswordPolicy }
func (beheraError) String() string         { return "" }
func (b beheraError) Encode() *ber.Packet {
	inner := ber.NewSequence("")
	inner.AppendChild(ber.NewInteger(ber.ClassContext, ber.TypePrimitive, 1, b.code, ""))
	c := ber.NewSequence("")
	c.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, b.GetControlType(), ""))
	c.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(inner.Bytes()), ""))
	return c
}

func TestBindErrors(t *testing.T) {
	for _, c := range []struct {
		what    string
		code    int
		control []goldap.Control
		text    string
	}{
		{"wrong password", 49, nil, "password is wrong, or there is no such account"},
		{"no such account", 32, nil, "There is no account"},
		{"bad name", 34, nil, "as a distinguished name"},
		{"locked", 49, []goldap.Control{beheraError{1}}, "is locked"},
		{"expired", 49, []goldap.Control{beheraError{0}}, "has expired"},
		{"must change, though the bind succeeds", 0, []goldap.Control{beheraError{2}}, "must be changed"},
		{"unwilling", 53, nil, "unwilling"},
		{"encryption wanted", 13, nil, "encrypted connection"},
	} {
		t.Run(c.what, func(t *testing.T) {
			f := fake{bind: func(r fakeRequest) { r.result(goldap.ApplicationBindResponse, c.code, "", "", c.control...) }}
			if r := f.read(t); r.Err == nil || !strings.Contains(r.Err.Error(), c.text) || strings.Contains(r.Err.Error(), "secret") {
				t.Errorf("%v, want %q", r.Err, c.text)
			}
		})
	}
}
