package ldap

import (
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// company is the part of a server's tree that the tests below change.
const company = "ou=company,dc=demo,dc=example"

// roots are the entries that a Tree needs.
const roots = `dn: ou=company,dc=demo,dc=example
objectClass: organizationalUnit
ou: company

dn: ou=outside,dc=demo,dc=example
objectClass: organizationalUnit
ou: outside

`

const unlimited = `limits dn.exact="cn=gatehouse-read,ou=service,dc=demo,dc=example" size=unlimited size.prtotal=unlimited`

func slapdTree(t *testing.T, o directorytest.Options) (*directorytest.Slapd, *directorytest.Tree) {
	t.Helper()
	o.LDIF = directorytest.Company{Extra: roots, Policy: o.Policy}.WriteFile
	if o.Limits == nil {
		o.Limits = []string{unlimited}
	}
	slapd := directorytest.Start(t, o)
	tree := &directorytest.Tree{Root: company, Outside: "ou=outside,dc=demo,dc=example", Modify: slapd.Modify, Placeholder: "cn=nobody"}
	if o.Policy {
		tree.Disable = "replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z"
		tree.Enable = "delete: pwdAccountLockedTime"
	}
	return slapd, tree
}

func subjectOf(cfg iam.SourceConfig, tree *directorytest.Tree) directorytest.Subject {
	cfg.BaseDN, cfg.PageSize = tree.Root, 7
	return directorytest.Subject{
		Open:   func(t *testing.T) directory.Source { return opened(t, cfg, directorytest.ReaderPassword) },
		Change: tree.Change, Verbs: tree.Verbs(),
	}
}

// OpenLDAP with content synchronisation tells everything.
func TestChangesOfOpenLDAP(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Sync: true, Policy: true})
	s := subjectOf(config(slapd), tree)
	s.Verbs = append(s.Verbs, directorytest.RenameUnit)
	s.Changes, s.Deletions = true, true
	for seed := range directorytest.Seeds(2) {
		s.ProveChanges(t, uint64(seed), 200)
	}
}

// Without it, times of change tell all but deletions.
func TestChangesByTimes(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Policy: true})
	s := subjectOf(config(slapd), tree)
	s.Verbs = append(s.Verbs, directorytest.RenameUnit)
	s.Changes = true
	s.ProveChanges(t, 1, 200)
	if r := directorytest.ReadAll(t.Context(), s.Open(t), nil); !strings.Contains(string(r.Ends[0].Cursor), `"times"`) {
		t.Errorf("cursor %s", r.Ends[0].Cursor)
	}
}

func faultsOf(slapd *directorytest.Slapd, cfg iam.SourceConfig) []directorytest.Fault {
	quick := cfg
	quick.TimeoutSec, quick.PageSize = 1, 2
	stranger := cfg
	stranger.URL, stranger.CAPEM = slapd.TLSURL, ""
	open := func(cfg iam.SourceConfig, secret string) func(t *testing.T) directory.Source {
		return func(t *testing.T) directory.Source { return opened(t, cfg, secret) }
	}
	return []directorytest.Fault{
		{Name: "the server freezes", Open: open(quick, directorytest.ReaderPassword), Kind: iam.Unavailable, Says: "did not answer",
			Begin: func(testing.TB) { slapd.Freeze() }, Heal: func(testing.TB) { slapd.Thaw() }},
		{Name: "the server dies", Open: open(quick, directorytest.ReaderPassword), Kind: iam.Unavailable, Says: "",
			Begin: func(testing.TB) { slapd.Kill() }, Heal: func(testing.TB) { slapd.Restart() }},
		{Name: "a certificate nobody knows", Open: open(stranger, directorytest.ReaderPassword), Kind: iam.Unavailable, Says: "certificate"},
		{Name: "a wrong password", Open: open(cfg, "wrong"), Kind: iam.Denied, Says: "password is wrong"},
	}
}

// The whole contract, with changes, faults and a watcher.
func TestSubjectOpenLDAP(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Sync: true, Policy: true})
	cfg := config(slapd)
	cfg.BaseDN = company
	s := subjectOf(config(slapd), tree)
	s.Change(t, directorytest.NewPopulation(99, s.Verbs).Begin()...)
	s.Faults = faultsOf(slapd, cfg)
	s.Changes, s.Deletions, s.Live = true, true, true
	s.Run(t)
}

// 389 Directory Server.
func TestSubject389(t *testing.T) {
	ds := directorytest.StartDS389(t)
	ds.Modify(t, roots)
	cfg := iam.SourceConfig{URL: ds.URL, BindDN: ds.ReaderDN, BaseDN: ds.Suffix, TimeoutSec: 10, Mapping: people()}
	tree := &directorytest.Tree{Root: company, Outside: "ou=outside,dc=demo,dc=example", Modify: func(ldif string) { t.Helper(); ds.Modify(t, ldif) },
		Disable: "replace: nsAccountLock\nnsAccountLock: true", Enable: "delete: nsAccountLock"}
	s := subjectOf(cfg, tree)
	s.Change(t, directorytest.NewPopulation(99, s.Verbs).Begin()...)
	s.Verbs = append(s.Verbs, directorytest.RenameUnit)
	s.Live = true
	s.Run(t)
}
