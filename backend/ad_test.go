//go:build linux

package backend_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// connectDomain adds a domain as the source "corp", read as its administrator.
func (f folder) connectDomain(s *directorytest.Samba, base string) console {
	f.t.Helper()
	ca := filepath.Join(f.t.TempDir(), "ca.crt")
	must(f.t, os.WriteFile(ca, []byte(s.Authority.PEM), 0o600))
	must(f.t, os.WriteFile(f.password, []byte(directorytest.SambaAdminPassword), 0o600))
	done[api.Source](f, "source", "add", "ad", "corp", "--url", s.URL, "--base-dn", base, "--bind-dn", directorytest.SambaAdmin, "--password-file", f.password, "--ca-file", ca)
	return f.open()
}

// After hundreds of changes of a domain, read as they came, the database says
// what that of another data folder says, which reads everything anew.
func TestChangesOfADomainEqualAFullRead(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	domain := &directorytest.Domain{Samba: s}
	for seed := range directorytest.Seeds(1) {
		population := directorytest.NewPopulation(uint64(seed), domain.Verbs())
		domain.Change(t, population.Begin()...)
		steady, modes := newFolder(t), map[string]int{}
		c := steady.connectDomain(s, directorytest.DomainBase)
		c.settle()
		for range 5 {
			domain.Change(t, population.Changes(100)...)
			modes[c.settle()]++
		}
		fresh := newFolder(t)
		fresh.connectDomain(s, directorytest.DomainBase).settle()
		wantLines(t, fmt.Sprintf("seed %d, reads %v", seed, modes), steady.facts(), fresh.facts()...)
		if n := len(fresh.facts()); n < 80 {
			t.Errorf("only %d facts: this proves nothing", n)
		}
		t.Logf("seed %d: reads %v", seed, modes)
		if modes["incremental"] != 5 {
			t.Errorf("the reads were %v", modes)
		}
	}
}

// Whoever names a manager or an owner that is renamed, moved out of view and back,
// or deleted, says so after the next read of changes, though the directory counts
// no change of theirs.
func TestManagersInADomainAreFollowed(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	domain := &directorytest.Domain{Samba: s}
	domain.Change(t,
		directorytest.Change{Verb: directorytest.AddUnit, Unit: "managed"}, directorytest.Change{Verb: directorytest.AddUnit, Unit: "other"},
		directorytest.Change{Verb: directorytest.AddAccount, Account: "m.boss", Name: "Boss", Unit: "managed"},
		directorytest.Change{Verb: directorytest.AddAccount, Account: "m.one", Name: "One", Unit: "managed"},
		directorytest.Change{Verb: directorytest.AddAccount, Account: "m.two", Name: "Two", Unit: "other"},
		directorytest.Change{Verb: directorytest.AddGroup, Group: "managed"}, directorytest.Change{Verb: directorytest.AddMember, Group: "managed", Account: "m.one"},
		directorytest.Change{Verb: directorytest.SetManager, Account: "m.one", Manager: "m.boss"},
		directorytest.Change{Verb: directorytest.SetOwner, Group: "managed", Manager: "m.boss"})
	f := newFolder(t)
	c := f.connectDomain(s, directorytest.DomainBase)
	c.settle()
	for _, step := range []struct {
		name   string
		change func()
		want   string
	}{
		{"at first", func() {}, "dn:cn=boss,ou=managed,ou=staff,ou=company,dc=ad,dc=test"},
		{"renamed", func() {
			domain.Change(t, directorytest.Change{Verb: directorytest.RenameAccount, Account: "m.boss", Name: "Chief"})
		}, "dn:cn=chief,ou=managed,ou=staff,ou=company,dc=ad,dc=test"},
		{"in a renamed unit", func() {
			domain.Change(t, directorytest.Change{Verb: directorytest.RenameUnit, Unit: "managed", To: "kept"})
		}, "dn:cn=chief,ou=kept,ou=staff,ou=company,dc=ad,dc=test"},
		{"out of view", func() {
			s.Modify("dn: CN=Chief,OU=kept,OU=Staff," + directorytest.DomainBase + "\nchangetype: modrdn\nnewrdn: CN=Away\ndeleteoldrdn: 1\nnewsuperior: OU=Elsewhere," + directorytest.SambaDomain + "\n")
		},
			"dn:cn=away,ou=elsewhere,dc=ad,dc=test"},
		{"renamed there", func() {
			s.Modify("dn: CN=Away,OU=Elsewhere," + directorytest.SambaDomain + "\nchangetype: modrdn\nnewrdn: CN=Gone\ndeleteoldrdn: 1\n")
		}, "dn:cn=gone,ou=elsewhere,dc=ad,dc=test"},
		{"back", func() {
			s.Modify("dn: CN=Gone,OU=Elsewhere," + directorytest.SambaDomain + "\nchangetype: modrdn\nnewrdn: CN=Chief\ndeleteoldrdn: 1\nnewsuperior: OU=kept,OU=Staff," + directorytest.DomainBase + "\n")
		},
			"dn:cn=chief,ou=kept,ou=staff,ou=company,dc=ad,dc=test"},
		{"deleted", func() { domain.Change(t, directorytest.Change{Verb: directorytest.DeleteAccount, Account: "m.boss"}) }, ""},
	} {
		step.change()
		if mode := c.settle(); mode != "incremental" {
			t.Errorf("%s: read by %s", step.name, mode)
		}
		f.query(func(db *sql.DB) {
			var manager, owner string
			must(t, db.QueryRow(`SELECT (SELECT manager_ref FROM open_accounts WHERE login = 'm.one'), (SELECT owner_ref FROM open_entitlements WHERE name = 'managed')`).Scan(&manager, &owner))
			if manager != step.want || owner != step.want {
				t.Errorf("%s: the manager is %q and the owner %q, want %q", step.name, manager, owner, step.want)
			}
		})
	}
}

// What two controllers say while replication stands and after it went on leaves
// no account and no membership that went and came back in the history.
func TestReplicationLeavesNoFalseFlips(t *testing.T) {
	p := directorytest.StartSambaPair(t)
	f := newFolder(t)
	c := f.connectDomain(p.First, directorytest.SambaDomain)
	c.settle()
	before := f.facts()
	source := get[[]api.Source](c, "/sources")[0]
	turn := func(s *directorytest.Samba) {
		t.Helper()
		cfg := source.Config
		cfg.URL, cfg.CAPEM = s.URL, s.Authority.PEM
		status, answer, err := c.request(http.MethodPut, "/sources/"+source.ID, api.SourceDraft{Name: source.Name, Kind: source.Kind, Config: cfg, Secret: directorytest.SambaAdminPassword})
		if must(t, err); status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
	}
	p.StopReplication(p.Second)
	p.First.Set("u000001", "title", "Captain")
	if mode := c.settle(); mode != "incremental" {
		t.Errorf("the first controller was read by %s", mode)
	}
	turn(p.Second) // which does not know of it
	if mode := c.settle(); mode != "full" {
		t.Errorf("the second controller was read by %s", mode)
	}
	p.ResumeReplication(p.Second)
	if mode := c.settle(); mode != "incremental" {
		t.Errorf("the second controller was read again by %s", mode)
	}
	turn(p.First)
	c.settle()
	after := f.facts()
	titles := strings.Count(strings.Join(after, "\n"), "Captain")
	if len(after) != len(before) || titles == 0 {
		t.Errorf("%d facts before and %d after; the new title is told %d times", len(before), len(after), titles)
	}
	f.query(func(db *sql.DB) {
		var ended int
		must(t, db.QueryRow(`SELECT (SELECT count(*) FROM grants WHERE until < 9223372036854775807) +
			(SELECT count(*) FROM accounts WHERE until < 9223372036854775807 AND end_reason <> 'superseded')`).Scan(&ended))
		if ended != 0 {
			t.Errorf("%d memberships and accounts ended in the history, and none did in the domain", ended)
		}
	})
}
