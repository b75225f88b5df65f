package ad

import (
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

func TestConformance(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	domain := &directorytest.Domain{Samba: s}
	cfg := administrator(s)
	directorytest.Subject{
		Open: func(t *testing.T) directory.Source {
			cfg := cfg
			if cfg.BaseDN = directorytest.DomainBase; !s.Has(cfg.BaseDN) {
				cfg.BaseDN = directorytest.SambaDomain
			}
			return opened(t, cfg)
		},
		Change: domain.Change, Verbs: domain.Verbs(), Changes: true, Deletions: true, Live: true,
	}.Run(t)
}
