package ldap

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

func finding(r directory.Report, step string, state directory.ResultState, text string) *directory.Result {
	for i, f := range r.Findings {
		if f.Step == step && f.State == state && strings.Contains(f.Title+" "+f.Text, text) {
			return &r.Findings[i]
		}
	}
	return nil
}

func wantFinding(t *testing.T, r directory.Report, step string, state directory.ResultState, text string) *directory.Result {
	t.Helper()
	f := finding(r, step, state, text)
	if f == nil {
		t.Fatalf("no finding %s %s %q in:\n%s", step, state, text, describe(r))
	}
	return f
}

func describe(r directory.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s: %s: %s | %s\n", f.State, f.Step, f.Title, f.Text, f.Remedy)
	}
	return b.String()
}

func TestRights(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{Policy: true})
	cfg := config(slapd)
	check := func() directory.Report {
		return opened(t, cfg, directorytest.ReaderPassword).Check(t.Context())
	}
	before := wantComplete(t, read(t, cfg, directorytest.ReaderPassword))

	t.Run("an account locked by its administrator is disabled", func(t *testing.T) {
		slapd.Modify("dn: " + directorytest.Company{}.UserDN(4) + "\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n")
		r := wantComplete(t, read(t, cfg, directorytest.ReaderPassword))
		if f := r.Account("u000004").Facts; f.Enabled != iam.No {
			t.Errorf("u000004: %+v", f)
		}
		if f := r.Account("u000005").Facts; f.Enabled != iam.Yes || f.Locked != iam.No {
			t.Errorf("u000005: %+v", f)
		}
	})
	t.Run("an attribute that may not be read is not collected", func(t *testing.T) {
		slapd.Rule(fmt.Sprintf("to attrs=pwdAccountLockedTime by dn.exact=%q none by * break", slapd.ReaderDN))
		f := wantComplete(t, read(t, cfg, directorytest.ReaderPassword)).Account("u000004").Facts
		if f.Enabled != iam.NotCollectedTri || f.Locked != iam.NotCollectedTri {
			t.Errorf("u000004: enabled %s, locked %s", f.Enabled, f.Locked)
		}
		found := wantFinding(t, check(), "rights", directory.Missing, "pwdAccountLockedTime is not readable")
		slapd.Configure(found.Copy) // the text to copy is the remedy
		if found := finding(check(), "rights", directory.Missing, "pwdAccountLockedTime"); found != nil {
			t.Errorf("after the remedy: %s", found.Text)
		}
		slapd.Reveal()
		slapd.Reveal()
	})
	t.Run("a hidden unit is a complete read that sees less, and Check tells", func(t *testing.T) {
		slapd.Rule(fmt.Sprintf("to dn.children=%q by dn.exact=%q none by * break", "ou=dept001,ou=people,"+slapd.Suffix, slapd.ReaderDN))
		after := wantComplete(t, read(t, cfg, directorytest.ReaderPassword))
		if len(after.Accounts) >= len(before.Accounts) {
			t.Errorf("%d accounts before, %d after", len(before.Accounts), len(after.Accounts))
		}
		found := wantFinding(t, check(), "rights", directory.Missing, "ou=dept001,ou=people,dc=demo,dc=example has children, 0 of them readable")
		slapd.Configure(found.Copy)
		if again := wantComplete(t, read(t, cfg, directorytest.ReaderPassword)); len(again.Accounts) != len(before.Accounts) {
			t.Errorf("after the remedy: %d accounts, want %d", len(again.Accounts), len(before.Accounts))
		}
		slapd.Reveal()
		slapd.Reveal()
	})
	t.Run("a right revoked on a whole unit is a complete read that sees less", func(t *testing.T) {
		slapd.Hide("ou=dept002,ou=people," + slapd.Suffix)
		if after := wantComplete(t, read(t, cfg, directorytest.ReaderPassword)); len(after.Accounts) >= len(before.Accounts) {
			t.Errorf("%d accounts before, %d after", len(before.Accounts), len(after.Accounts))
		}
		slapd.Reveal()
	})
	t.Run("members that may not be read are no empty groups", func(t *testing.T) {
		slapd.Rule(fmt.Sprintf("to attrs=member,uniqueMember,memberUid by dn.exact=%q none by * break", slapd.ReaderDN))
		wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "may not read the members")
		wantFinding(t, check(), "rights", directory.Failed, "every group would look empty")
		slapd.Reveal()
	})
	t.Run("ids that may not be read refuse the source", func(t *testing.T) {
		slapd.Rule(fmt.Sprintf("to attrs=entryUUID by dn.exact=%q none by * break", slapd.ReaderDN))
		wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "no immutable id")
		wantFinding(t, check(), "kind", directory.Failed, "no immutable id")
		slapd.Reveal()
	})
	t.Run("the root account is too much", func(t *testing.T) {
		cfg := cfg
		cfg.BindDN = slapd.AdminDN
		report := opened(t, cfg, directorytest.AdminPassword).Check(t.Context())
		wantFinding(t, report, "rights", directory.TooMuch, "rootdn")
		wantFinding(t, report, "rights", directory.TooMuch, "userPassword")
	})
	t.Run("a reader's rights are in order", func(t *testing.T) {
		report := check()
		for _, f := range report.Findings {
			if f.State == directory.TooMuch || f.State == directory.Failed {
				t.Errorf("%s: %s", f.Title, f.Text)
			}
		}
		if report.Server != "OpenLDAP" {
			t.Errorf("server %q", report.Server)
		}
	})
	t.Run("samples have groups and managers", func(t *testing.T) {
		groups, managers := 0, 0
		for _, s := range check().Samples {
			groups += s.Groups
			if s.Manager != "" {
				managers++
			}
		}
		if groups == 0 || managers == 0 {
			t.Errorf("%d groups and %d managers in ten samples", groups, managers)
		}
	})
}

func TestSizeLimit(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{
		LDIF:   directorytest.Company{Users: 300}.WriteFile,
		Limits: []string{"sizelimit size.soft=100 size.hard=100 size.prtotal=150"},
	})
	cfg := config(slapd)
	cfg.PageSize = 50
	wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "size limit")
	f := wantFinding(t, opened(t, cfg, directorytest.ReaderPassword).Check(t.Context()), "rights", directory.Failed, "size limit stops this account after")
	slapd.Configure(f.Copy)
	wantComplete(t, read(t, cfg, directorytest.ReaderPassword))
}

func TestPropose(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{})
	cfg := config(slapd)
	cfg.BaseDN, cfg.Mapping = "", iam.Mapping{}
	proposed, err := Kind.Propose(t.Context(), cfg, directorytest.ReaderPassword)
	if err != nil {
		t.Fatal(err)
	}
	m := proposed.Mapping
	if proposed.BaseDN != slapd.Suffix || m.Login != "uid" || m.Name != "displayName" || m.Department != "departmentNumber" || m.EndDate != "" ||
		len(m.Service) != 1 || m.Service[0] != "ou=service,"+slapd.Suffix || len(m.Privileged) == 0 {
		t.Errorf("proposed %+v", proposed)
	}
	r := wantComplete(t, read(t, proposed, directorytest.ReaderPassword))
	if len(r.Accounts) != 21 || len(r.Entitlements) != 5 {
		t.Errorf("%d accounts and %d groups", len(r.Accounts), len(r.Entitlements))
	}
	if f := r.Account("gatehouse-read").Facts; f.Sort != iam.Service {
		t.Errorf("the account that only binds: %+v", f)
	}
	if f := r.Account("u000001").Facts; f.LastSignIn != iam.NotCollectedMoment {
		t.Errorf("the server does not record sign-ins: %s", f.LastSignIn.State())
	}
	again, err := Kind.Propose(t.Context(), proposed, directorytest.ReaderPassword)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(proposed) {
		t.Errorf("a second proposal differs: %+v, %v", again, err)
	}
	proposed.Mapping.Manager = ""
	if again, err := Kind.Propose(t.Context(), proposed, directorytest.ReaderPassword); err != nil || again.Mapping.Manager != "" {
		t.Errorf("what the operator emptied was filled: %q, %v", again.Mapping.Manager, err)
	}
}

func TestOpen(t *testing.T) {
	good := iam.SourceConfig{URL: "ldaps://ldap.example", BindDN: "cn=r,dc=a", BaseDN: "dc=a", Mapping: people()}
	for _, c := range []struct {
		field string
		spoil func(*iam.SourceConfig)
	}{
		{"url", func(c *iam.SourceConfig) { c.URL = "" }},
		{"url", func(c *iam.SourceConfig) { c.URL = "https://ldap.example" }},
		{"url", func(c *iam.SourceConfig) { c.URL = "ldaps://user:pass@ldap.example" }},
		{"url", func(c *iam.SourceConfig) { c.URL = "ldaps://ldap.example/dc=a??sub" }},
		{"startTls", func(c *iam.SourceConfig) { c.StartTLS = true }},
		{"caPem", func(c *iam.SourceConfig) { c.CAPEM = "nonsense" }},
		{"fingerprint", func(c *iam.SourceConfig) { c.Fingerprint = "AA:BB" }},
		{"baseDn", func(c *iam.SourceConfig) { c.BaseDN = "example.com" }},
		{"bindDn", func(c *iam.SourceConfig) { c.BindDN = "reader" }},
		{"bindDn", func(c *iam.SourceConfig) { c.BindDN = "" }}, // a password without a name
		{"pageSize", func(c *iam.SourceConfig) { c.PageSize = -1 }},
		{"timeoutSec", func(c *iam.SourceConfig) { c.TimeoutSec = -1 }},
		{"mapping.userFilter", func(c *iam.SourceConfig) { c.Mapping.UserFilter = "(objectClass=person" }},
		{"mapping.groupFilter", func(c *iam.SourceConfig) { c.Mapping.GroupFilter = "cn" }},
		{"mapping.userFilter", func(c *iam.SourceConfig) { c.Mapping.UserFilter = "(&(uid=*)(!(userPassword={SSHA}a*)))" }},
		{"mapping.userFilter", func(c *iam.SourceConfig) { c.Mapping.UserFilter = "(|(jpegPhoto=*)(uid=a))" }},
		{"mapping.groupFilter", func(c *iam.SourceConfig) { c.Mapping.GroupFilter = "(homePhone:caseIgnoreMatch:=1)" }},
		{"mapping.groupFilter", func(c *iam.SourceConfig) { c.Mapping.GroupFilter = "(userPassword;x-a>=1)" }},
		{"mapping.name", func(c *iam.SourceConfig) { c.Mapping.Name = "*" }},
		{"mapping.name", func(c *iam.SourceConfig) { c.Mapping.Name = "cn;lang-en" }},
		{"mapping.title", func(c *iam.SourceConfig) { c.Mapping.Title = "userPassword" }},
		{"mapping.phone", func(c *iam.SourceConfig) { c.Mapping.Phone = "HomePhone" }},
		{"mapping.phone", func(c *iam.SourceConfig) { c.Mapping.Phone = "0.9.2342.19200300.100.1.20" }},
		{"mapping.department", func(c *iam.SourceConfig) { c.Mapping.Department = "msLAPS-Password" }},
		{"mapping.owner", func(c *iam.SourceConfig) { c.Mapping.Owner = "ms-Mcs-AdmPwd" }},
	} {
		cfg := good
		c.spoil(&cfg)
		_, err := Kind.Open(cfg, "secret")
		if e, ok := err.(*iam.Error); !ok || e.Kind != iam.Invalid || e.Field != c.field {
			t.Errorf("%+v: %v; want invalid %s", cfg, err, c.field)
		}
	}
	if _, err := Kind.Open(good, ""); err == nil || err.(*iam.Error).Field != "password" {
		t.Errorf("a bind account without a password: %v", err)
	}
	for _, fingerprint := range []string{
		strings.Repeat("AB:", 31) + "AB", strings.Repeat("ab", 32), "sha256 Fingerprint=" + strings.Repeat("AB:", 31) + "AB",
	} {
		cfg := good
		cfg.Fingerprint = fingerprint
		if _, err := Kind.Open(cfg, "secret"); err != nil {
			t.Errorf("fingerprint %s: %v", fingerprint, err)
		}
	}
}
