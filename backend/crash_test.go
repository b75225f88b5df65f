//go:build linux

package backend_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// Killed at any moment of a read, Gatehouse loses nothing it had acknowledged,
// closes nothing that is still there, and the next read makes it right.
func TestKilledAtAnyMoment(t *testing.T) {
	company := directorytest.Company{Users: 300, Groups: 40, Memberships: 900, Dangling: 6, Outside: 6, Extra: office}
	slapd := directorytest.Start(t, directorytest.Options{LDIF: company.WriteFile})
	f := newFolder(t)
	f.connect(slapd)
	began := time.Now()
	if line, r := f.sync(); r.code != 0 {
		t.Fatalf("exit %d: %+v", r.code, line)
	}
	span := time.Since(began)

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, one sync takes %s", seed, span.Round(time.Millisecond))
	random := rand.New(rand.NewPCG(seed, 0))
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	landed := map[string]int{}
	for round := range rounds {
		// Something to do for every read: a newcomer, a leaver, a change of names
		// and of memberships.
		slapd.Modify(turn(company, round))
		head := f.head()
		p := f.start(nil, "sync", "corp", "--json")
		delay := time.Duration(random.Int64N(int64(span)))
		time.Sleep(delay)
		p.kill()
		acknowledged := strings.Contains(p.out.String(), `"applied"`)

		c := f.open()
		run := c.read()
		newest := get[api.Page[api.Run]](c, "/runs?limit=2").Items[1].State
		landed[newest]++
		switch {
		case run.State != "applied" || run.Coverage != "complete":
			t.Errorf("round %d, killed after %s: %s %s %+v", round, delay, outcomeOf(run), run.Error, run.HoldReasons)
		case acknowledged && outcomeOf(run) != unchanged:
			t.Errorf("round %d: the read was acknowledged and lost: %s", round, outcomeOf(run))
		}
		// The head that was noted before the kill is still in the chain.
		if v := post[api.AuditVerdict](c, "/audit/verify", map[string]string{"head": head}); !v.OK {
			t.Errorf("round %d: audit: %+v", round, v)
		}
		c.close()
		if left, err := os.ReadDir(filepath.Join(f.dir, "staging")); err != nil || len(left) > 0 {
			t.Errorf("round %d: staging holds %v %v", round, left, err)
		}
		f.query(func(db *sql.DB) {
			if got := column(t, db, `PRAGMA quick_check`); !slices.Equal(got, []string{"ok"}) {
				t.Errorf("round %d: quick_check: %v", round, got)
			}
			// Only the leavers of the rounds so far are closed, each once.
			wantLines(t, fmt.Sprintf("accounts closed after round %d", round),
				column(t, db, `SELECT login || ' ' || end_reason FROM accounts WHERE end_reason NOT IN ('', 'superseded')`), leavers(round)...)
		})
		if t.Failed() {
			break
		}
	}
	t.Logf("where the kills landed, by what became of the run: %v", landed)

	want := truthOf(t, slapd)
	again := newFolder(t)
	again.connect(slapd)
	if line, r := again.sync(); r.code != 0 {
		t.Fatalf("exit %d: %+v", r.code, line)
	}
	old, fresh := f.open(), again.open()
	everyAccount(t, old, want)
	everyAccount(t, fresh, want)
	for _, q := range []string{
		`SELECT external_id || ' ' || noun FROM objects o WHERE EXISTS (SELECT 1 FROM open_accounts WHERE id = o.id) OR EXISTS (SELECT 1 FROM open_entitlements WHERE id = o.id) ORDER BY 1`,
		`SELECT login || ' ' || hex(digest) FROM open_accounts ORDER BY 1`,
		`SELECT name || ' ' || hex(digest) FROM open_entitlements ORDER BY 1`,
		`SELECT og.external_id || ' ' || om.external_id || ' ' || nested FROM open_grants g JOIN objects og ON og.id = g.entitlement_id JOIN objects om ON om.id = g.member_id ORDER BY 1`,
		`SELECT o.external_id || ' ' || value || ' ' || reason FROM open_unresolved u JOIN objects o ON o.id = u.entitlement_id ORDER BY 1`,
		`SELECT name || ' ' || employee_number || ' ' || sort FROM open_identities ORDER BY 1`,
		`SELECT name || ' ' || login || ' ' || accounts || ' ' || enabled FROM identity_rows ORDER BY 1`,
		`SELECT o.external_id || ' ' || f.kind FROM open_findings f JOIN objects o ON o.id = f.subject_id WHERE f.kind <> 'cycle' ORDER BY 1`,
		`SELECT mail || ' ' || phone FROM contacts ORDER BY 1`,
	} {
		var a, b []string
		f.query(func(db *sql.DB) { a = column(t, db, q) })
		again.query(func(db *sql.DB) { b = column(t, db, q) })
		if !slices.Equal(a, b) || len(a) == 0 && !strings.Contains(q, "findings") {
			t.Errorf("%s: %d rows after the kills, %d in a fresh folder", q, len(a), len(b))
		}
	}
	if a, b := old.source(), fresh.source(); a.Accounts != b.Accounts || a.Groups != b.Groups || a.Memberships != b.Memberships {
		t.Errorf("counts %d %d %d, in a fresh folder %d %d %d", a.Accounts, a.Groups, a.Memberships, b.Accounts, b.Groups, b.Memberships)
	}
}

// turn is what happens in the directory in one round.
func turn(c directorytest.Company, round int) string {
	const base = ",dc=demo,dc=example\n"
	var b strings.Builder
	fmt.Fprintf(&b, "dn: uid=joiner%d,ou=office%schangetype: add\nobjectClass: inetOrgPerson\nuid: joiner%d\ncn: Joiner %d\nsn: J\n\n", round, base, round, round)
	fmt.Fprintf(&b, "dn: cn=crew,ou=groups%schangetype: modify\nadd: member\nmember: uid=joiner%d,ou=office%s\n", base, round, base)
	for i := range 8 {
		fmt.Fprintf(&b, "dn: %s\nchangetype: modify\nreplace: title\ntitle: Title %d\n\n", c.UserDN(200+(round*8+i)%100), round)
	}
	fmt.Fprintf(&b, "dn: %s\nchangetype: delete\n", c.UserDN(100+round))
	return b.String()
}

// leavers are those who left in the rounds so far.
func leavers(round int) (lines []string) {
	for i := range round + 1 {
		lines = append(lines, directorytest.UserLogin(100+i)+" notReturned")
	}
	return lines
}

// head is the hash of the newest event.
func (f folder) head() (hash string) {
	f.query(func(db *sql.DB) {
		must(f.t, db.QueryRow(`SELECT lower(hex(hash)) FROM events ORDER BY seq DESC LIMIT 1`).Scan(&hash))
	})
	return hash
}
