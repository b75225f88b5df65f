package ad

import (
	"slices"
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
	directorytest.Run(t, func(t *testing.T) directory.Source { return opened(t, reader(s)) })
}

func TestDump(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	r := wantComplete(t, directorytest.ReadAll(t.Context(), opened(t, administrator(s)), nil))
	for _, a := range r.Accounts[max(0, len(r.Accounts)-12):] {
		t.Logf("%+v", a)
	}
	for _, e := range r.Entitlements {
		t.Logf("%s %+v", e.Name, e.Facts)
		if slices.Contains([]string{"Mixed", "Users", "Domain Admins", "g00001"}, e.Name) {
			t.Logf("%+v", r.MembersOf(e.Name))
		}
	}
	t.Logf("%+v %+v", r.Skipped, r.Ends)
	rep := opened(t, iam.SourceConfig{URL: s.URL, CAPEM: s.Authority.PEM, BindDN: directorytest.SambaReader}).Check(t.Context())
	for _, f := range rep.Findings {
		t.Logf("%+v", f)
	}
	t.Logf("%+v\n%+v", rep.Watchers, rep.Config.Mapping)
	rep = opened(t, iam.SourceConfig{URL: s.URL, CAPEM: s.Authority.PEM, BindDN: directorytest.SambaAdmin}).Check(t.Context())
	for _, f := range rep.Findings {
		t.Logf("%+v", f)
	}
}
