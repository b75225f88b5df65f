package ldap

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// people is the mapping the generated companies need.
func people() iam.Mapping {
	return iam.Mapping{
		UserFilter: "(|(objectClass=inetOrgPerson)(objectClass=account))", GroupFilter: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
		Login: "uid", Name: "displayName", GivenName: "givenName", Surname: "sn", Mail: "mail", Phone: "telephoneNumber",
		EmployeeNumber: "employeeNumber", EmployeeType: "employeeType", Department: "departmentNumber", Title: "title",
		Location: "l", Manager: "manager", Owner: "owner", GroupName: "cn",
		Service: []string{"ou=service,dc=demo,dc=example", "service"}, Privileged: []string{"Administrators"},
	}
}

func config(s *directorytest.Slapd) iam.SourceConfig {
	return iam.SourceConfig{URL: s.URL, BindDN: s.ReaderDN, BaseDN: s.Suffix, TimeoutSec: 10, Mapping: people()}
}

func opened(t testing.TB, cfg iam.SourceConfig, secret string) directory.Source {
	t.Helper()
	source, err := Kind.Open(cfg, secret)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func read(t *testing.T, cfg iam.SourceConfig, secret string) directorytest.Reading {
	t.Helper()
	return directorytest.ReadAll(t.Context(), opened(t, cfg, secret), nil)
}

// wantPartial is a read that failed with words the operator can act on.
func wantPartial(t *testing.T, r directorytest.Reading, text string) {
	t.Helper()
	if len(r.Ends) != 0 {
		t.Fatal("yielded End")
	}
	if r.Err == nil || !strings.Contains(r.Err.Error(), text) {
		t.Fatalf("error %v, want %q", r.Err, text)
	}
}

func wantComplete(t *testing.T, r directorytest.Reading) directorytest.Reading {
	t.Helper()
	if !r.Complete() {
		t.Fatalf("not complete: %v", r.Err)
	}
	return r
}

func TestConformance(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{Policy: true, LDIF: directorytest.Company{Dangling: 3, Outside: 2, Groups: 20, Policy: true}.WriteFile})
	for _, pageSize := range []int{0, 3} {
		t.Run(fmt.Sprintf("page size %d", pageSize), func(t *testing.T) {
			directorytest.Run(t, func(t *testing.T) directory.Source {
				cfg := config(slapd)
				cfg.PageSize = pageSize
				return opened(t, cfg, directorytest.ReaderPassword)
			})
		})
	}
}

const canary = "CANARY-7f3a"

// A directory of oddities, read from a real server that would hand out
// everything.
func TestOddEntries(t *testing.T) {
	photo := strings.Repeat("QUJD", 4<<20) // 12 MB of ABC
	extra := `dn: cn=\22Skip\22 Haugen\2C Per+uid=skip,ou=people,dc=demo,dc=example
objectClass: inetOrgPerson
uid: skip
cn: "Skip" Haugen, Per
cn;lang-nb: Skip
sn: Haugen
displayName:: 2KfZhNi52LHYqNmK2Kk=
userPassword: ` + canary + `
homePhone: ` + canary + `
homePostalAddress: ` + canary + `
jpegPhoto:: ` + photo + `
manager: UID=u000001, OU=dept001,ou=people,dc=demo,dc=example

dn: uid=svc-tide,ou=service,dc=demo,dc=example
objectClass: account
objectClass: posixAccount
uid: svc-tide
cn: svc-tide
uidNumber: 9001
gidNumber: 9001
homeDirectory: /

dn: uid=bytes,ou=people,dc=demo,dc=example
objectClass: inetOrgPerson
uid: bytes
cn: bytes
sn: b
userSMIMECertificate:: //4A/w==

dn: cn=unique,ou=groups,dc=demo,dc=example
objectClass: groupOfUniqueNames
cn: unique
uniqueMember: uid=svc-tide,ou=service,dc=demo,dc=example#'0101'B
uniqueMember: uid=away,dc=other,dc=example

dn: cn=posix,ou=groups,dc=demo,dc=example
objectClass: posixGroup
cn: posix
gidNumber: 9001
memberUid: svc-tide
memberUid: nobody

dn: cn=Administrators,ou=groups,dc=demo,dc=example
objectClass: groupOfNames
cn: Administrators
member: CN=\22skip\22 haugen\, per+UID=Skip, OU=People,dc=demo,dc=example
member: cn=unique,ou=groups,dc=demo,dc=example
member: uid=gone,ou=people,dc=demo,dc=example

`
	slapd := directorytest.Start(t, directorytest.Options{LDIF: directorytest.Company{Extra: extra}.WriteFile,
		Access: []string{"to * by users read by anonymous auth"}})
	cfg := config(slapd)
	cfg.Mapping.Department = "userSMIMECertificate" // bytes that are no text
	r := wantComplete(t, read(t, cfg, directorytest.ReaderPassword))

	refs := map[string]string{}
	for _, a := range r.Accounts {
		for _, ref := range a.Refs {
			refs[ref] = a.Facts.Login
		}
	}
	for _, e := range r.Entitlements {
		refs[e.Refs[0]] = e.Name
	}
	resolve := func(group string) string {
		var names []string
		for _, m := range r.MembersOf(group) {
			switch {
			case m.OutsideScope:
				names = append(names, "outside:"+m.Ref)
			case refs[m.Ref] == "":
				names = append(names, "dangling:"+m.Ref)
			default:
				names = append(names, refs[m.Ref])
			}
		}
		return strings.Join(names, " ")
	}
	for group, want := range map[string]string{
		"Administrators": "skip unique dangling:dn:uid=gone,ou=people,dc=demo,dc=example",
		"unique":         "svc-tide outside:dn:uid=away,dc=other,dc=example",
		"posix":          "svc-tide dangling:uid:nobody",
	} {
		if got := resolve(group); got != want {
			t.Errorf("members of %s: %q, want %q", group, got, want)
		}
	}
	skip := r.Account("skip")
	if skip.Facts.Name != "العربية" || refs[skip.Facts.ManagerRef] != "u000001" || skip.Facts.Sort != iam.Person {
		t.Errorf("skip: %+v", skip)
	}
	if r.Account("svc-tide").Facts.Sort != iam.Service {
		t.Error("svc-tide is not a service account")
	}
	if got := r.Account("bytes").Facts.Department; got != "\uFFFD" {
		t.Errorf("bytes that are no text became %q", got)
	}
	report := opened(t, cfg, directorytest.ReaderPassword).Check(t.Context())
	wantFinding(t, report, "rights", directory.TooMuch, "may read userPassword")
	for name, all := range map[string]any{"records": r, "report": report} {
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), canary) {
			t.Errorf("a never-read value is in the %s", name)
		}
	}

	t.Run("the photo and the password do not cross the wire", func(t *testing.T) {
		var received strings.Builder
		source, err := OpenWith(cfg, directorytest.ReaderPassword, func(ctx context.Context) (net.Conn, error) {
			nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(slapd.URL, "ldap://"))
			return &recorder{Conn: nc, received: &received}, err
		})
		if err != nil {
			t.Fatal(err)
		}
		wantComplete(t, directorytest.ReadAll(t.Context(), source, nil))
		source.Check(t.Context())
		got := received.String()
		if !strings.Contains(got, "svc-tide") || len(got) > 1<<20 || strings.Contains(got, canary) {
			t.Errorf("%d bytes came, with the canary: %v", len(got), strings.Contains(got, canary))
		}
	})
}

// recorder keeps what is read from a connection.
type recorder struct {
	net.Conn
	received *strings.Builder
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.received.Write(p[:n])
	return n, err
}

// Attributes are found by every name the server's schema gives them.
func TestAttributeNames(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{})
	cfg := config(slapd)
	cfg.Mapping.Surname, cfg.Mapping.Mail, cfg.Mapping.Login, cfg.Mapping.Location = "surname", "rfc822Mailbox", "0.9.2342.19200300.100.1.1", "LOCALITYNAME"
	a := wantComplete(t, read(t, cfg, directorytest.ReaderPassword)).Account("u000001")
	if a.Facts.Surname != "Bai" || a.Contact.Mail != "u000001@demo.example" || a.Facts.Location != "Bergen" {
		t.Errorf("%+v", a)
	}
}

// What the password policy overlay keeps, on a server that records sign-ins.
func TestPolicy(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{Policy: true, Extra: []string{"lastbind on"}})
	cfg := config(slapd)
	cfg.Mapping.LastSignIn = "pwdLastSuccess"
	dn := directorytest.Company{}.UserDN(7)
	slapd.Modify("dn: " + dn + "\nchangetype: modify\nadd: userPassword\nuserPassword: first-secret\n")
	slapd.Modify("dn: " + dn + "\nchangetype: modify\ndelete: pwdReset\n") // the policy sets it with every reset

	user := cfg
	user.BindDN = dn
	wantComplete(t, read(t, user, "first-secret"))
	r := wantComplete(t, read(t, cfg, directorytest.ReaderPassword))
	f := r.Account("u000007").Facts
	if !f.LastSignIn.Known() || time.Since(f.LastSignIn.Time()).Abs() > time.Minute {
		t.Errorf("last sign-in %s %v", f.LastSignIn.State(), f.LastSignIn.Time())
	}
	if got := f.PasswordExpires - f.PasswordChanged; !f.PasswordChanged.Known() || got != iam.Moment(90*day) {
		t.Errorf("the password expires %d days after its change", int64(got)/day)
	}
	if got := r.Account("u000008").Facts.LastSignIn; got != iam.Never {
		t.Errorf("who never signed in: %s", got.State())
	}

	for range 4 {
		wantPartial(t, read(t, user, "wrong"), "refused")
		if f := wantComplete(t, read(t, cfg, directorytest.ReaderPassword)).Account("u000007").Facts; f.Locked == iam.Yes {
			break
		}
	}
	wantPartial(t, read(t, user, "first-secret"), "is locked")
	f = wantComplete(t, read(t, cfg, directorytest.ReaderPassword)).Account("u000007").Facts
	if f.Locked != iam.Yes || f.LockedUntil != iam.Never || f.Enabled != iam.Yes {
		t.Errorf("locked %s until %s, enabled %s", f.Locked, f.LockedUntil.State(), f.Enabled)
	}

	slapd.Modify("dn: " + dn + "\nchangetype: modify\ndelete: pwdAccountLockedTime\n-\nadd: pwdReset\npwdReset: TRUE\n")
	wantPartial(t, read(t, user, "first-secret"), "must be changed")
	wantFinding(t, opened(t, user, "first-secret").Check(t.Context()), "bind", directory.Failed, "must be changed")
	if f := wantComplete(t, read(t, cfg, directorytest.ReaderPassword)).Account("u000007").Facts; f.MustChange != iam.Yes || f.Locked != iam.No {
		t.Errorf("must change %s, locked %s", f.MustChange, f.Locked)
	}
}
