//go:build linux

package backend_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// rows counts the rows of every table of the database, and how many of them are
// open.
func (f folder) rows() map[string]int64 {
	f.t.Helper()
	counts := map[string]int64{}
	f.query(func(db *sql.DB) {
		for _, table := range column(f.t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`) {
			var n int64
			must(f.t, db.QueryRow(`SELECT count(*) FROM "`+table+`"`).Scan(&n))
			counts[table] = n
		}
	})
	return counts
}

// query looks into the database itself, read-only.
func (f folder) query(fn func(*sql.DB)) {
	f.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(f.dir, "gatehouse.db")+"?mode=ro")
	must(f.t, err)
	defer db.Close()
	fn(db)
}

func column(t testing.TB, db *sql.DB, query string, args ...any) (values []string) {
	t.Helper()
	rows, err := db.Query(query, args...)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var v string
		must(t, rows.Scan(&v))
		values = append(values, v)
	}
	must(t, rows.Err())
	return values
}

// grown are the tables that have more or fewer rows than before.
func grown(before, after map[string]int64) []string {
	out := []string{}
	for table, n := range after {
		if d := n - before[table]; d != 0 {
			out = append(out, fmt.Sprintf("%s %+d", table, d))
		}
	}
	slices.Sort(out)
	return out
}

func wantLines(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		only := func(a, b []string) string {
			some := slices.DeleteFunc(slices.Clone(a), func(line string) bool { _, has := slices.BinarySearch(b, line); return has })
			return strings.Join(some[:min(len(some), 20)], "\n  ")
		}
		t.Errorf("%s: %d lines, want %d\nonly got\n  %s\nonly wanted\n  %s", what, len(got), len(want), only(got, want), only(want, got))
	}
}

// office is a small directory of people with names, beside a company.
const office = `dn: ou=office,dc=demo,dc=example
objectClass: organizationalUnit
ou: office

dn: ou=annex,dc=demo,dc=example
objectClass: organizationalUnit
ou: annex

dn: uid=ada,ou=office,dc=demo,dc=example
objectClass: inetOrgPerson
uid: ada
cn: Ada
sn: Ada

dn: uid=bob,ou=office,dc=demo,dc=example
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Bob

dn: uid=eve,ou=office,dc=demo,dc=example
objectClass: inetOrgPerson
uid: eve
cn: Eve
sn: Eve

dn: uid=kim,ou=office,dc=demo,dc=example
objectClass: inetOrgPerson
uid: kim
cn: Kim
sn: Kim

dn: cn=crew,ou=groups,dc=demo,dc=example
objectClass: groupOfNames
cn: crew
member: uid=ada,ou=office,dc=demo,dc=example
member: uid=bob,ou=office,dc=demo,dc=example
member: uid=eve,ou=office,dc=demo,dc=example
member: uid=kim,ou=office,dc=demo,dc=example

dn: cn=deck,ou=groups,dc=demo,dc=example
objectClass: groupOfNames
cn: deck
member: cn=crew,ou=groups,dc=demo,dc=example
member: uid=ada,ou=office,dc=demo,dc=example

dn: cn=logins,ou=groups,dc=demo,dc=example
objectClass: posixGroup
cn: logins
gidNumber: 7
memberUid: bob
memberUid: kim

`

// The second read of a directory that did not change writes its run and its
// event, and nothing else; what did change is told exactly.
func TestExactlyTheChangesAreTold(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{LDIF: directorytest.Company{Users: 100, Groups: 20, Dangling: 5, Outside: 4, Extra: office}.WriteFile})
	f := newFolder(t)
	f.connect(slapd)
	c := f.open()
	first := c.read()
	if first.State != "applied" || first.Changed+first.Removed != 0 {
		t.Fatalf("the first read: %s %s", outcomeOf(first), first.Error)
	}
	id := func(login string) string { return get[api.AccessAnswer](c, "/answers/access?login="+login).ID }
	bob, kim := id("bob"), id("kim")

	before := f.rows()
	if again := c.read(); outcomeOf(again) != unchanged {
		t.Errorf("the second read: %s %s", outcomeOf(again), again.Error)
	}
	wantLines(t, "tables that grew by reading twice", grown(before, f.rows()), "event_details +1", "event_objects +2", "events +1", "run_memberships +1", "runs +1")

	const base = ",dc=demo,dc=example\n"
	for _, step := range []struct {
		name, ldif string
		want       []string
	}{
		{"add", "dn: uid=lena,ou=office" + base + "changetype: add\nobjectClass: inetOrgPerson\nuid: lena\ncn: Lena\nsn: Lena\n\n" +
			"dn: cn=crew,ou=groups" + base + "changetype: modify\nadd: member\nmember: uid=lena,ou=office" + base + "\n" +
			"dn: cn=night,ou=groups" + base + "changetype: add\nobjectClass: groupOfNames\ncn: night\nmember: cn=deck,ou=groups" + base + "member: cn=logins,ou=groups" + base,
			[]string{"account added: Lena", "membership added: Lena in crew", "group added: night", "membership added: deck in night", "membership added: logins in night"}},
		// The server keeps no references: whoever is renamed is gone from groups
		// that name DNs, and from those that name logins.
		{"rename an account", "dn: uid=bob,ou=office" + base + "changetype: modrdn\nnewrdn: uid=robert\ndeleteoldrdn: 1\n",
			[]string{
				`account changed: Bob; DN "uid=bob,ou=office,dc=demo,dc=example" -> "uid=robert,ou=office,dc=demo,dc=example"; login "bob" -> "robert"`,
				"membership removed: Bob in crew", "unresolved added: uid=bob,ou=office,dc=demo,dc=example in crew",
				"membership removed: Bob in logins", "unresolved added: bob in logins",
			}},
		// Moved, and the group mended in the same moment: the membership never ended.
		{"move an account", "dn: uid=kim,ou=office" + base + "changetype: modrdn\nnewrdn: uid=kim\ndeleteoldrdn: 0\nnewsuperior: ou=annex" + base + "\n" +
			"dn: cn=crew,ou=groups" + base + "changetype: modify\ndelete: member\nmember: uid=kim,ou=office" + base + "-\nadd: member\nmember: uid=kim,ou=annex" + base,
			[]string{`account changed: Kim; DN "uid=kim,ou=office,dc=demo,dc=example" -> "uid=kim,ou=annex,dc=demo,dc=example"`}},
		{"rename a group", "dn: cn=deck,ou=groups" + base + "changetype: modrdn\nnewrdn: cn=bridge\ndeleteoldrdn: 1\n",
			[]string{
				`group changed: bridge; DN "cn=deck,ou=groups,dc=demo,dc=example" -> "cn=bridge,ou=groups,dc=demo,dc=example"; name "deck" -> "bridge"`,
				"membership removed: bridge in night", "unresolved added: cn=deck,ou=groups,dc=demo,dc=example in night",
			}},
		{"delete an account", "dn: uid=eve,ou=office" + base + "changetype: delete\n",
			[]string{"account removed: Eve", "membership removed: Eve in crew", "unresolved added: uid=eve,ou=office,dc=demo,dc=example in crew"}},
		{"delete a group", "dn: cn=night,ou=groups" + base + "changetype: delete\n",
			[]string{"group removed: night", "membership removed: logins in night", "unresolved removed: cn=deck,ou=groups,dc=demo,dc=example in night"}},
		{"change an attribute", "dn: uid=ada,ou=office" + base + "changetype: modify\nreplace: title\ntitle: Captain\n",
			[]string{`account changed: Ada; title "" -> "Captain"`}},
		{"nothing", "", nil},
	} {
		t.Run(step.name, func(t *testing.T) {
			if step.ldif != "" {
				slapd.Modify(step.ldif)
			}
			run := c.read()
			if run.State != "applied" {
				t.Fatalf("%s: %+v", outcomeOf(run), run.HoldReasons)
			}
			wantLines(t, "changes", c.changes(run.ID), step.want...)
		})
	}
	if id("robert") != bob || id("kim") != kim {
		t.Error("a renamed or moved account is another account")
	}
	if status, b, err := c.request(http.MethodGet, "/answers/access?login=eve", nil); status != http.StatusNotFound {
		t.Errorf("the deleted account answers: %d %s %v", status, b, err)
	}
}

func (c console) release(run api.RunDetail, want int) {
	c.t.Helper()
	status, b, err := c.request(http.MethodPost, "/runs/"+run.ID+"/release", map[string]string{"holdHash": run.HoldHash, "reason": "agreed with the owners"})
	if must(c.t, err); status != want {
		c.t.Errorf("release: %d %s", status, b)
	}
}

const plantSize = 12

// plant is a unit of its own whose people are a third of one group.
func plant() string {
	var people, members strings.Builder
	for i := 1; i <= plantSize; i++ {
		fmt.Fprintf(&people, "dn: uid=plant%02d,ou=plant,dc=demo,dc=example\nobjectClass: inetOrgPerson\nuid: plant%02d\ncn: Plant %d\nsn: Plant\n\n", i, i, i)
		fmt.Fprintf(&members, "member: uid=plant%02d,ou=plant,dc=demo,dc=example\n", i)
	}
	for i := 1; i <= 2*plantSize; i++ {
		fmt.Fprintf(&members, "member: %s\n", directorytest.Company{Users: 400}.UserDN(i))
	}
	return "dn: ou=plant,dc=demo,dc=example\nobjectClass: organizationalUnit\nou: plant\n\n" + people.String() +
		"dn: cn=workers,ou=groups,dc=demo,dc=example\nobjectClass: groupOfNames\ncn: workers\n" + members.String() + "\n"
}

// A lost right looks like a complete read of fewer entries. It is held, with
// the list; and whoever lets it through closes accounts as not returned, never
// as deleted.
func TestALostRightIsHeld(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{LDIF: directorytest.Company{Users: 400, Groups: 20, Memberships: 400, Extra: plant()}.WriteFile})
	want := truthOf(t, slapd)
	f := newFolder(t)
	f.connect(slapd)
	c := f.open()
	if first := c.read(); first.State != "applied" {
		t.Fatal(outcomeOf(first), first.Error)
	}
	const unit = "ou=plant,dc=demo,dc=example"
	openAccounts := func() (open, deleted, notReturned string) {
		f.query(func(db *sql.DB) {
			must(t, db.QueryRow(`SELECT (SELECT count(*) FROM open_accounts), count(*) FILTER (WHERE end_reason = 'deleted'), count(*) FILTER (WHERE end_reason = 'notReturned') FROM accounts`).
				Scan(&open, &deleted, &notReturned))
		})
		return open, deleted, notReturned
	}
	everyone := fmt.Sprint(len(want.accounts))

	slapd.Hide(unit)
	c.close() // the next read is the command line's own
	line, r := f.sync()
	if r.code != 1 || line.State != "held" || line.HoldHash == "" || line.Removed == 0 || line.Coverage != "complete" {
		t.Fatalf("exit %d: %+v\n%s", r.code, line, r.err)
	}
	c = f.open()
	run := get[api.RunDetail](c, "/runs/"+line.Run)
	var lost []string
	for i := 1; i <= plantSize; i++ {
		lost = append(lost, fmt.Sprintf("account removed: Plant %d", i), fmt.Sprintf("membership removed: Plant %d in workers", i),
			fmt.Sprintf("unresolved added: uid=plant%02d,%s in workers", i, unit))
	}
	wantLines(t, "what would be lost", c.changes(run.ID), lost...)
	// The loss is below every percentage: only the empty unit tells.
	if h := run.HoldReasons; len(h) != 1 || h[0].Rule != "unitVanished" || h[0].Subject != unit || h[0].Before != plantSize || h[0].After != 0 {
		t.Errorf("hold reasons: %+v", h)
	}
	if open, deleted, gone := openAccounts(); open != everyone || deleted != "0" || gone != "0" {
		t.Errorf("while held: %s open, %s deleted, %s not returned", open, deleted, gone)
	}
	if err := sameHeld(c, want, "plant01"); err != nil {
		t.Error(err)
	}
	if s := c.source(); s.Status != "held" || s.Accounts != int64(len(want.accounts)) {
		t.Errorf("source: %s, %d accounts", s.Status, s.Accounts)
	}

	t.Run("a newer run overtakes it", func(t *testing.T) {
		old := run
		if run = c.read(); run.State != "held" || run.HoldHash != old.HoldHash {
			t.Errorf("the same loss again: %s, hash %s then %s", outcomeOf(run), old.HoldHash, run.HoldHash)
		}
		c.release(old, http.StatusConflict)
	})
	t.Run("a decision on another list does not release it", func(t *testing.T) {
		wrong := run
		wrong.HoldHash = strings.Repeat("0", 64)
		c.release(wrong, http.StatusConflict)
		wrong.HoldHash = ""
		c.release(wrong, http.StatusConflict)
		if status, _, err := c.request(http.MethodPost, "/runs/"+run.ID+"/release", map[string]string{"holdHash": run.HoldHash}); status != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d %v", status, err)
		}
		if open, _, gone := openAccounts(); open != everyone || gone != "0" {
			t.Errorf("%s open, %s not returned", open, gone)
		}
	})
	t.Run("the decision releases it, once", func(t *testing.T) {
		var wg sync.WaitGroup
		got := make([]int, 6)
		for i := range got {
			wg.Go(func() {
				got[i], _, _ = c.request(http.MethodPost, "/runs/"+run.ID+"/release", map[string]string{"holdHash": run.HoldHash, "reason": "the unit is closed"})
			})
		}
		wg.Wait()
		slices.Sort(got)
		if got[0] != http.StatusOK || slices.Contains(got[1:], http.StatusOK) || got[len(got)-1] >= http.StatusInternalServerError {
			t.Errorf("six at once: %v", got)
		}
		c.release(run, http.StatusConflict)
		open, deleted, gone := openAccounts()
		if open != fmt.Sprint(len(want.accounts)-plantSize) || deleted != "0" || gone != fmt.Sprint(plantSize) {
			t.Errorf("%s open, %s deleted, %s not returned", open, deleted, gone)
		}
		f.query(func(db *sql.DB) {
			wantLines(t, "why rows ended", column(t, db, `SELECT DISTINCT end_reason FROM (SELECT end_reason FROM accounts UNION SELECT end_reason FROM entitlements UNION SELECT end_reason FROM grants UNION SELECT end_reason FROM unresolved) WHERE end_reason <> ''`), "notReturned")
		})
		events := get[api.Page[api.Event]](c, "/events?limit=500")
		if n := count(events.Items, func(e api.Event) bool {
			return e.Action == "run.release" && e.Outcome == "done" && e.Reason == "the unit is closed"
		}); n != 1 {
			t.Errorf("%d events of the release", n)
		}
	})
	t.Run("what comes back is what it was", func(t *testing.T) {
		slapd.Reveal()
		if run := c.read(); run.State != "applied" || run.Added != 2*plantSize {
			t.Errorf("after the right came back: %s", outcomeOf(run))
		}
		for _, login := range want.accounts {
			got, err := fetch[api.AccessAnswer](c, "/answers/access?login="+login)
			if err == nil {
				err = sameAccess(want, login, got)
			}
			if err != nil {
				t.Error(err)
			}
		}
		f.query(func(db *sql.DB) {
			if twice := column(t, db, `SELECT external_id FROM objects GROUP BY source_id, external_id HAVING count(*) > 1`); len(twice) > 0 {
				t.Errorf("objects with two ids: %v", twice)
			}
		})
	})
}

// sameHeld compares an answer while a newer run is held: the groups are those
// of the run that is shown, and the answer says so.
func sameHeld(c console, want *truth, login string) error {
	got, err := fetch[api.AccessAnswer](c, "/answers/access?login="+login)
	if err != nil {
		return err
	}
	if len(got.Unresolved) == 0 {
		return fmt.Errorf("the answer does not say that a newer run is held: %+v", got)
	}
	got.Unresolved = nil
	return sameAccess(want, login, got)
}

func count[T any](all []T, fits func(T) bool) (n int) {
	for _, x := range all {
		if fits(x) {
			n++
		}
	}
	return n
}
