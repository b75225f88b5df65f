package ldap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// ipaSchema is as much of FreeIPA's schema as is read, under numbers of our own.
func ipaSchema() string {
	var b strings.Builder
	b.WriteString("dn: cn=schema\nchangetype: modify\nadd: attributeTypes\n")
	n := 0
	attribute := func(name, rest string) {
		n++
		fmt.Fprintf(&b, "attributeTypes: ( 1.3.6.1.4.1.99999.1.%d NAME '%s' %s )\n", n, name, rest)
	}
	for _, name := range []string{"krbPasswordExpiration", "krbLastPwdChange", "krbPrincipalExpiration", "krbLastFailedAuth", "krbLastSuccessfulAuth"} {
		attribute(name, "EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE")
	}
	for _, name := range []string{"krbLoginFailedCount", "krbPwdMaxFailure", "krbPwdLockoutDuration", "krbMaxPwdLife"} {
		attribute(name, "EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE")
	}
	for _, name := range []string{"krbPrincipalName", "ipaUniqueID"} {
		attribute(name, "EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15")
	}
	attribute("krbPwdPolicyReference", "EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 SINGLE-VALUE")
	attribute("krbPrincipalKey", "SYNTAX 1.3.6.1.4.1.1466.115.121.1.40")
	b.WriteString("-\nadd: objectClasses\n")
	for i, class := range []string{
		"'krbPrincipalAux' AUXILIARY MAY ( krbPrincipalName $ krbPasswordExpiration $ krbLastPwdChange $ krbPrincipalExpiration $ krbLastFailedAuth $ krbLastSuccessfulAuth $ krbLoginFailedCount $ krbPwdPolicyReference $ krbPrincipalKey )",
		"'krbPwdPolicy' MUST cn MAY ( krbPwdMaxFailure $ krbPwdLockoutDuration $ krbMaxPwdLife )",
		"'ipaObject' AUXILIARY MUST ipaUniqueID", "'nestedGroup' AUXILIARY MAY ( member )", "'ipaUserGroup' AUXILIARY",
	} {
		fmt.Fprintf(&b, "objectClasses: ( 1.3.6.1.4.1.99999.2.%d NAME %s )\n", i+1, class)
	}
	return b.String() + "\n"
}

// ipaTree is a small FreeIPA: people with every sort of state, a group, a role,
// a group of one's own, and the second appearance of it all.
func ipaTree(now time.Time) string {
	var b strings.Builder
	entry := func(dn string, lines ...string) {
		fmt.Fprintf(&b, "dn: %s,dc=demo,dc=example\nchangetype: add\n%s\n\n", dn, strings.Join(lines, "\n"))
	}
	for _, container := range []string{"cn=accounts", "cn=users,cn=accounts", "cn=groups,cn=accounts", "cn=roles,cn=accounts", "cn=compat", "cn=users,cn=compat", "cn=kerberos"} {
		entry(container, "objectClass: nsContainer")
	}
	entry("cn=global_policy,cn=kerberos", "objectClass: krbPwdPolicy", "krbPwdMaxFailure: 3", "krbPwdLockoutDuration: 600", "krbMaxPwdLife: 7776000")
	n := 0
	user := func(login string, lines ...string) {
		n++
		entry("uid="+login+",cn=users,cn=accounts", append([]string{
			"objectClass: posixAccount", "objectClass: inetOrgPerson", "objectClass: krbPrincipalAux", "objectClass: ipaObject",
			"sn: S", "cn: " + login, "homeDirectory: /", fmt.Sprint("uidNumber: ", n), fmt.Sprint("gidNumber: ", 5000+n), fmt.Sprint("ipaUniqueID: 00000000-0000-4000-8000-00000000000", n),
			"krbPrincipalName: " + login + "@DEMO.EXAMPLE", "krbPrincipalKey:: " + "Q0FOQVJZLTdmM2E=", "userPassword: " + canary + "-password",
		}, lines...)...)
	}
	at := func(d time.Duration) string { return generalizedTime(now.Add(d)) }
	user("well", "krbPasswordExpiration: "+at(30*24*time.Hour), "krbLastPwdChange: "+at(-60*24*time.Hour), "krbLoginFailedCount: 0", "krbLastSuccessfulAuth: "+at(-time.Hour))
	user("reset", "krbPasswordExpiration: "+at(-time.Hour), "krbLastPwdChange: "+at(-time.Hour))
	user("locked", "krbLoginFailedCount: 3", "krbLastFailedAuth: "+at(-time.Minute))
	user("was-locked", "krbLoginFailedCount: 3", "krbLastFailedAuth: "+at(-time.Hour))
	user("off", "nsAccountLock: TRUE", "krbPrincipalExpiration: "+at(-24*time.Hour))
	entry("cn=admins,cn=groups,cn=accounts", "objectClass: groupOfNames", "objectClass: nestedGroup", "objectClass: ipaUserGroup", "objectClass: ipaObject", "objectClass: posixGroup",
		"ipaUniqueID: 10000000-0000-4000-8000-000000000001", "gidNumber: 4000", "member: uid=well,cn=users,cn=accounts,dc=demo,dc=example")
	entry("cn=well,cn=groups,cn=accounts", "objectClass: posixGroup", "objectClass: ipaObject", "ipaUniqueID: 10000000-0000-4000-8000-000000000002", "gidNumber: 5001")
	entry("cn=helpdesk,cn=roles,cn=accounts", "objectClass: groupOfNames", "objectClass: nestedGroup", "member: cn=admins,cn=groups,cn=accounts,dc=demo,dc=example")
	entry("uid=well,cn=users,cn=compat", "objectClass: posixAccount", "objectClass: account", "cn: well", "uidNumber: 1", "gidNumber: 5001", "homeDirectory: /")
	return b.String()
}

// FreeIPA is proposed, checked and read as what it is.
func TestFreeIPA(t *testing.T) {
	ds := directorytest.StartDS389(t)
	ds.Modify(t, ipaSchema())
	now := time.Now()
	ds.Modify(t, ipaTree(now))
	cfg, err := Kind.Propose(t.Context(), iam.SourceConfig{URL: ds.URL, BindDN: ds.ReaderDN, TimeoutSec: 10}, directorytest.ReaderPassword)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.BaseDN != "cn=accounts,dc=demo,dc=example" || cfg.Mapping.UserFilter != ipaUsers || cfg.Mapping.GroupFilter != ipaGroups || cfg.Mapping.LastSignIn != "krbLastSuccessfulAuth" {
		t.Errorf("proposed %+v", cfg)
	}
	r := wantComplete(t, read(t, cfg, directorytest.ReaderPassword))
	if len(r.Accounts) != 5 || len(r.Entitlements) != 3 || len(r.Skipped) != 0 {
		t.Fatalf("%d accounts, %d groups, skipped %v", len(r.Accounts), len(r.Entitlements), r.Skipped)
	}
	soon := func(m iam.Moment, want time.Duration) bool {
		return m.Known() && m.Time().Sub(now.Add(want)).Abs() < time.Minute
	}
	well := r.Account("well")
	if f := well.Facts; f.Enabled != iam.Yes || f.Locked != iam.No || f.MustChange != iam.No || f.AccountExpires != iam.Never ||
		!soon(f.PasswordExpires, 30*24*time.Hour) || !soon(f.PasswordChanged, -60*24*time.Hour) || !soon(f.LastSignIn, -time.Hour) {
		t.Errorf("well: %+v", f)
	}
	if i := slices.IndexFunc(r.Entitlements, func(e directory.Entitlement) bool { return slices.Contains(e.Refs, well.Primary) }); i < 0 || r.Entitlements[i].Name != "well" {
		t.Errorf("the primary group of well is %q", well.Primary)
	}
	if f := r.Account("reset").Facts; f.MustChange != iam.Yes || !soon(f.PasswordExpires, -time.Hour) {
		t.Errorf("reset: %+v", f)
	}
	if f := r.Account("locked").Facts; f.Locked != iam.Yes || !soon(f.LockedUntil, 9*time.Minute) || f.PasswordExpires != iam.Never {
		t.Errorf("locked: %+v", f)
	}
	if f := r.Account("was-locked").Facts; f.Locked != iam.No {
		t.Errorf("was-locked: %+v", f)
	}
	if f := r.Account("off").Facts; f.Enabled != iam.No || !soon(f.AccountExpires, -24*time.Hour) {
		t.Errorf("off: %+v", f)
	}
	for _, e := range r.Entitlements {
		if e.Facts.Privileged != (e.Name == "admins" || e.Name == "helpdesk") {
			t.Errorf("%s is privileged: %v", e.Name, e.Facts.Privileged)
		}
	}

	t.Run("what may not be read is not collected", func(t *testing.T) {
		ds.Modify(t, "dn: dc=demo,dc=example\nchangetype: modify\nadd: aci\n"+`aci: (targetattr = "krbLoginFailedCount || krbLastFailedAuth || krbPasswordExpiration || nsAccountLock")(version 3.0; acl "hide"; deny (all) userdn = "ldap:///`+ds.ReaderDN+`";)`+"\n\n")
		defer ds.Modify(t, "dn: dc=demo,dc=example\nchangetype: modify\ndelete: aci\n"+`aci: (targetattr = "krbLoginFailedCount || krbLastFailedAuth || krbPasswordExpiration || nsAccountLock")(version 3.0; acl "hide"; deny (all) userdn = "ldap:///`+ds.ReaderDN+`";)`+"\n\n")
		f := wantComplete(t, read(t, cfg, directorytest.ReaderPassword)).Account("locked").Facts
		if f.Locked != iam.NotCollectedTri || f.PasswordExpires != iam.NotCollectedMoment || f.MustChange != iam.NotCollectedTri || f.Enabled != iam.NotCollectedTri {
			t.Errorf("hidden: %+v", f)
		}
	})
}
