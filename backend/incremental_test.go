//go:build linux

package backend_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// changing is a directory whose tree the tests below change.
type changing struct {
	url, bind string
	tree      *directorytest.Tree
}

const changingRoots = `dn: ou=company,dc=demo,dc=example
objectClass: organizationalUnit
ou: company

dn: ou=outside,dc=demo,dc=example
objectClass: organizationalUnit
ou: outside

`

func changingSlapd(t *testing.T) changing {
	d, _ := startChanging(t)
	return d
}

func startChanging(t *testing.T, follow ...string) (changing, *directorytest.Slapd) {
	s := directorytest.Start(t, directorytest.Options{Sync: true, Policy: true, Follow: follow, LDIF: directorytest.Company{Policy: true, Extra: changingRoots}.WriteFile,
		Limits: []string{`limits dn.exact="` + directorytest.ReaderDN(directorytest.DefaultSuffix) + `" size=unlimited size.prtotal=unlimited`}})
	return changing{s.URL, s.ReaderDN, &directorytest.Tree{Root: "ou=company,dc=demo,dc=example", Outside: "ou=outside,dc=demo,dc=example", Modify: s.Modify, Placeholder: "cn=nobody",
		Disable: "replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z", Enable: "delete: pwdAccountLockedTime"}}, s
}

func changing389(t *testing.T) changing {
	s := directorytest.StartDS389(t)
	s.Modify(t, changingRoots)
	return changing{s.URL, s.ReaderDN, &directorytest.Tree{Root: "ou=company,dc=demo,dc=example", Outside: "ou=outside,dc=demo,dc=example",
		Modify: func(ldif string) { t.Helper(); s.Modify(t, ldif) }, Disable: "replace: nsAccountLock\nnsAccountLock: true", Enable: "delete: nsAccountLock"}}
}

// After hundreds of changes of every sort, read as they came, the database says
// what that of another data folder says, which reads everything anew.
func TestReadsOfChangesEqualAFullRead(t *testing.T) {
	for name, start := range map[string]func(t *testing.T) changing{"OpenLDAP": changingSlapd, "389": changing389} {
		t.Run(name, func(t *testing.T) {
			d := start(t)
			for seed := range directorytest.Seeds(2) {
				population := directorytest.NewPopulation(uint64(seed), append(d.tree.Verbs(), directorytest.RenameUnit))
				d.tree.Change(t, population.Begin()...)
				steady, modes := newFolder(t), map[string]int{}
				c := d.connect(steady)
				c.settle()
				for range 5 {
					d.tree.Change(t, population.Changes(100)...)
					modes[c.settle()]++
				}
				fresh := newFolder(t)
				d.connect(fresh).settle()
				wantLines(t, fmt.Sprintf("seed %d, reads %v", seed, modes), steady.facts(), fresh.facts()...)
				if n := len(fresh.facts()); n < 100 {
					t.Errorf("only %d facts: this proves nothing", n)
				}
				t.Logf("seed %d: reads %v", seed, modes)
				if name == "OpenLDAP" && modes["incremental"] != 5 {
					t.Errorf("the reads were %v", modes)
				}
			}
		})
	}
}

// Where the server itself keeps managers and owners in step with what they name,
// it counts no change of those who name them. They are read anew all the same.
func TestManagersInOpenLDAPAreFollowed(t *testing.T) {
	d, s := startChanging(t, "manager", "owner")
	const root = ",ou=company,dc=demo,dc=example"
	person := func(name, more string) string {
		return "dn: cn=" + name + root + "\nchangetype: add\nobjectClass: inetOrgPerson\ncn: " + name + "\nsn: X\nuid: " + name + "\n" + more + "\n"
	}
	s.Modify(person("boss", "") + person("two", "") + person("one", "manager: cn=boss"+root+"\n") +
		"dn: cn=team" + root + "\nchangetype: add\nobjectClass: groupOfNames\ncn: team\nmember: cn=one" + root + "\nowner: cn=boss" + root + "\n")
	f := newFolder(t)
	c := d.connect(f)
	c.settle()
	rename := func(from, to, below string) string {
		return "dn: " + from + "\nchangetype: modrdn\nnewrdn: " + to + "\ndeleteoldrdn: 1\n" + below
	}
	for _, step := range []struct{ name, change, want string }{
		{"renamed", rename("cn=boss"+root, "cn=chief", ""), "cn=chief" + root},
		{"out of view", rename("cn=chief"+root, "cn=chief", "newsuperior: ou=outside,dc=demo,dc=example\n"), "cn=chief,ou=outside,dc=demo,dc=example"},
		{"another", "dn: cn=one" + root + "\nchangetype: modify\nreplace: manager\nmanager: cn=two" + root + "\n\ndn: cn=team" + root + "\nchangetype: modify\nreplace: owner\nowner: cn=two" + root + "\n", "cn=two" + root},
		{"deleted", "dn: cn=two" + root + "\nchangetype: delete\n", ""},
	} {
		s.Modify(step.change)
		for range 100 { // the server does it a moment later
			if named := s.Search("(|(cn=one)(cn=team))", "manager", "owner"); strings.Count(named, ": "+step.want+"\n") == 2 || step.want == "" && !strings.Contains(named, "manager:") && !strings.Contains(named, "owner:") {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if mode := c.settle(); mode != "incremental" {
			t.Errorf("%s: read by %s", step.name, mode)
		}
		f.query(func(db *sql.DB) {
			var manager, owner string
			must(t, db.QueryRow(`SELECT (SELECT manager_ref FROM open_accounts WHERE login = 'one'), (SELECT owner_ref FROM open_entitlements WHERE name = 'team')`).Scan(&manager, &owner))
			if want := strings.TrimSuffix("dn:"+step.want, "dn:"); manager != want || owner != want {
				t.Errorf("%s: the manager is %q and the owner %q, want %q", step.name, manager, owner, want)
			}
		})
	}
}

// connect adds the directory to a folder and opens it.
func (d changing) connect(f folder) console {
	f.t.Helper()
	done[api.Source](f, "source", "add", "ldap", "corp", "--url", d.url, "--base-dn", d.tree.Root, "--bind-dn", d.bind, "--password-file", f.password)
	return f.open()
}

// settle reads, releases the read if it is held, and returns its mode.
func (c console) settle() string {
	c.t.Helper()
	run := c.read()
	switch run.State {
	case "held":
		c.release(run, http.StatusOK)
	case "applied":
	default:
		c.t.Fatalf("%s: %s", outcomeOf(run), run.Error)
	}
	return run.Mode
}

// facts are the open rows of accounts, groups and memberships, without what
// tells when and by which run they came.
func (f folder) facts() (lines []string) {
	f.t.Helper()
	f.query(func(db *sql.DB) {
		for table, names := range map[string]string{"open_accounts": "o.external_id", "open_entitlements": "o.external_id"} {
			lines = append(lines, rowsOf(f.t, db, table, fmt.Sprintf("SELECT %s, %%s FROM %s t JOIN objects o ON o.id = t.id", names, table),
				"id", "since", "until", "end_reason", "source_id", "identity_id", "digest")...)
		}
		lines = append(lines, rowsOf(f.t, db, "open_grants", `SELECT e.external_id, m.external_id, %s FROM open_grants t JOIN objects e ON e.id = t.entitlement_id JOIN objects m ON m.id = t.member_id`,
			"entitlement_id", "member_id", "since", "until", "end_reason", "source_at", "initial")...)
		lines = append(lines, rowsOf(f.t, db, "open_unresolved", `SELECT e.external_id, %s FROM open_unresolved t JOIN objects e ON e.id = t.entitlement_id`,
			"entitlement_id", "since", "until", "end_reason")...)
		lines = append(lines, rowsOf(f.t, db, "object_refs", `SELECT o.external_id, %s FROM object_refs t JOIN objects o ON o.id = t.object_id`, "source_id", "object_id")...)
	})
	return lines
}

// rowsOf writes each row of a table as a line; %s stands for its columns but
// some.
func rowsOf(t testing.TB, db *sql.DB, table, query string, without ...string) (lines []string) {
	t.Helper()
	columns := slices.DeleteFunc(column(t, db, "SELECT name FROM pragma_table_info(?) ORDER BY cid", table), func(name string) bool { return slices.Contains(without, name) })
	rows, err := db.Query(fmt.Sprintf(query, "t."+strings.Join(columns, ", t.")))
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Columns()
		must(t, err)
		targets := make([]any, len(values))
		for i := range targets {
			targets[i] = new(any)
		}
		must(t, rows.Scan(targets...))
		line := table
		for _, v := range targets {
			line += fmt.Sprintf(" | %v", *v.(*any))
		}
		lines = append(lines, line)
	}
	must(t, rows.Err())
	return lines
}
