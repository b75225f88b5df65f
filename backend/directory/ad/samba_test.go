package ad

import (
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// mapping is what Propose gives for the generated domain.
func mapping() iam.Mapping {
	m := iam.Mapping{
		UserFilter: proposedUsers, GroupFilter: proposedGroups, EmployeeNumber: "employeeID",
		Service: []string{"OU=Service," + directorytest.SambaDomain}, Shared: []string{"OU=Shared," + directorytest.SambaDomain}, Privileged: []string{"DnsAdmins"},
	}
	for _, one := range defaults {
		*one.field(&m) = one.attr
	}
	return m
}

// reader is the configuration of an ordinary account.
func reader(s *directorytest.Samba) iam.SourceConfig {
	return iam.SourceConfig{URL: s.URL, CAPEM: s.Authority.PEM, BindDN: directorytest.SambaReader, BaseDN: directorytest.SambaDomain, TimeoutSec: 10, Mapping: mapping()}
}

// administrator is the configuration of an account that may read everything.
func administrator(s *directorytest.Samba) iam.SourceConfig {
	cfg := reader(s)
	cfg.BindDN = directorytest.SambaAdmin
	return cfg
}

func opened(t testing.TB, cfg iam.SourceConfig) directory.Source {
	t.Helper()
	secret := directorytest.SambaPassword
	if cfg.BindDN == directorytest.SambaAdmin {
		secret = directorytest.SambaAdminPassword
	}
	source, err := Kind.Open(cfg, secret)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func wantComplete(t testing.TB, r directorytest.Reading) directorytest.Reading {
	t.Helper()
	if !r.Complete() {
		t.Fatalf("not complete: %v", r.Err)
	}
	return r
}

// deleteOne deletes an account that nobody read, which proves to whoever may look
// at deleted objects that they show.
func deleteOne(s *directorytest.Samba) {
	dn := "CN=Gone Before,CN=Users," + directorytest.SambaDomain
	s.Modify("dn: " + dn + "\nobjectClass: user\nsAMAccountName: gone-before\n")
	s.Modify("dn: " + dn + "\nchangetype: delete\n")
}

func TestConformance(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	deleteOne(s)
	domain := &directorytest.Domain{Samba: s}
	open := func(t *testing.T) directory.Source {
		cfg := administrator(s)
		if s.Has(directorytest.DomainBase) { // from the first change on
			cfg.BaseDN = directorytest.DomainBase
		}
		return opened(t, cfg)
	}
	with := func(change func(*iam.SourceConfig)) func(*testing.T) directory.Source {
		return func(t *testing.T) directory.Source {
			cfg := reader(s)
			change(&cfg)
			return opened(t, cfg)
		}
	}
	directorytest.Subject{
		Open: open, Change: domain.Change, Verbs: domain.Verbs(), Changes: true, Deletions: true, Live: true,
		Faults: []directorytest.Fault{
			{Name: "a certificate that nobody knows", Open: with(func(cfg *iam.SourceConfig) { cfg.CAPEM = "" }), Kind: iam.Unavailable, Says: "is signed by"},
			{Name: "another certificate than the confirmed one", Open: with(func(cfg *iam.SourceConfig) { cfg.Fingerprint = strings.Repeat("00:", 31) + "00" }),
				Kind: iam.Unavailable, Says: "another certificate"},
			{Name: "no encryption", Open: with(func(cfg *iam.SourceConfig) { cfg.URL = s.PlainURL }), Kind: iam.Invalid, Says: "encrypted connection"},
			{Name: "a frozen controller", Open: with(func(cfg *iam.SourceConfig) { cfg.TimeoutSec, cfg.PageSize = 1, 5 }), Begin: func(testing.TB) { s.Freeze() }, Heal: func(testing.TB) { s.Thaw() },
				Kind: iam.Unavailable, Says: "did not answer within"},
			{Name: "the account is disabled meanwhile", Open: with(func(*iam.SourceConfig) { s.Disable("gatehouse-read") }), Kind: iam.Denied, Says: "is disabled"},
			{Name: "a controller that ends", Open: with(func(cfg *iam.SourceConfig) { cfg.BindDN, cfg.PageSize = "u000001@ad.test", 5 }), Begin: func(testing.TB) { s.Kill() }, Heal: func(testing.TB) { s.Restart() },
				Kind: iam.Unavailable},
		},
	}.Run(t)
}
