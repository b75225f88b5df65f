//go:build scale

package store

import (
	"testing"
	"time"

	"gatehouse/backend/iam"
)

// sizeable fills a source with 100,000 accounts, 5,000 groups and a million
// memberships, by itself so that only the findings are measured.
var sizeable = []string{
	`CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n`,
	`CREATE TEMP TABLE few AS SELECT i FROM temp.n WHERE i <= 200`,
	`CREATE TEMP TABLE teams AS SELECT i FROM temp.n WHERE i <= 5000`,
	`INSERT INTO objects SELECT 1000 + i, ?1, 'account', 'a' || i, 1 FROM temp.n`,
	`INSERT INTO accounts (id, since, until, end_reason, source_id, identity_id, dn, dn_ref, login, login_fold, name, name_fold, given_name, surname, sort, employee_number, employee_type, department, title, location, manager_ref, owner_ref,
	   description, enabled, locked, locked_until, account_expires, password_expires, password_changed, must_change, end_date, created_at, digest)
	 SELECT 1000 + i, ?2, 9223372036854775807, '', ?1, 500000 + i, 'uid=a' || i || ',ou=people,dc=corp,dc=example', 'uid=a' || i || ',ou=people,dc=corp,dc=example', 'a' || i, 'a' || i, 'Ann Number ' || i, 'number ' || i || ', ann', 'Ann', 'Number' || i, 'person', '' || i, 'employee',
	   'Department ' || (i % 300), 'Engineer', 'Trondheim', 'uid=a1,ou=people,dc=corp,dc=example', '', '', i % 20 <> 0, 0, -1, CASE i % 50 WHEN 0 THEN ?3 - i * 86400000000 / 100 ELSE -1 END, ?3 + 86400000000, ?3, 0, CASE i % 500 WHEN 0 THEN ?3 - 1 ELSE -4 END, ?3 - 86400000000 * (i % 900), randomblob(32) FROM temp.n`,
	`INSERT INTO observations SELECT 1000 + i, CASE i % 40 WHEN 0 THEN -1 WHEN 1 THEN ?3 - 86400000000 * 200 ELSE ?3 - 86400000000 * (i % 80) - i END, ?3 FROM temp.n`,
	`INSERT INTO contacts SELECT 1000 + i, 'a' || i || '@corp.example', '' FROM temp.n`,
	`INSERT INTO identities SELECT 500000 + i, ?2, 9223372036854775807, 'person', 'Ann Number ' || i, '' || i, 1000 + i FROM temp.n`,
	`INSERT INTO identity_rows SELECT 500000 + i, 'person', 'Ann Number ' || i, 'Number, Ann', 'number ' || i || ', ann', 'a' || i, 'a' || i, 'Department ' || (i % 300), '', 1, 1, 0, 0 FROM temp.n`,
	`INSERT INTO objects SELECT 200000 + i, ?1, 'entitlement', 'g' || i, 1 FROM temp.n WHERE i <= 5000`,
	`INSERT INTO entitlements (id, since, until, end_reason, source_id, kind, dn, dn_ref, name, name_fold, description, owner_ref, privileged, created_at, digest)
	 SELECT 200000 + i, ?2, 9223372036854775807, '', ?1, 'group', 'cn=g' || i, 'cn=g' || i, 'g' || i, 'g' || i, '', CASE i % 10 WHEN 0 THEN '' ELSE 'uid=a1' END, i <= 5, ?3, randomblob(32) FROM temp.n WHERE i <= 5000`,
	`INSERT INTO grants (entitlement_id, member_id, since, until, nested, end_reason, source_at)
	 SELECT 200000 + g.i, 1000 + 1 + (g.i * 37 + m.i * 499) % 100000, ?2, 9223372036854775807, 0, '', -2 FROM temp.teams g CROSS JOIN temp.few m WHERE g.i > 5 ORDER BY 1, 2`,
	`INSERT OR IGNORE INTO grants (entitlement_id, member_id, since, until, nested, end_reason, source_at)
	 SELECT 200000 + i / 3, 200000 + i, ?2, 9223372036854775807, 1, '', -2 FROM temp.n WHERE i > 5 AND i <= 12 UNION ALL SELECT 200000 + i % 900 + 100, 200000 + i, ?2, 9223372036854775807, 1, '', -2 FROM temp.n WHERE i > 1500 AND i <= 4000`,
}

// TestFindingsAtScale measures the renewal over 100,000 accounts and a million
// memberships, in full and of a hundred changes. It runs with the tag scale.
func TestFindingsAtScale(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "corp")
	_, err := s.Write(ann(), "test.fill", func(x *Tx) error {
		for _, q := range sizeable {
			if _, err := x.tx.Exec(q, src.ID, int64(x.Seq), x.Now); err != nil {
				t.Fatalf("%.60s: %v", q, err)
			}
		}
		return nil
	})
	must(t, err)
	measure := func(name string, most time.Duration, fn func(x *Tx) error) {
		t.Helper()
		_, err := s.Write(ann(), "test.renew", func(x *Tx) error {
			at := time.Now()
			err := fn(x)
			took := time.Since(at)
			t.Logf("%s: %v", name, took)
			if took > most {
				t.Errorf("%s took %v, at most %v", name, took, most)
			}
			return err
		})
		must(t, err)
	}
	measure("in full, the first time", 1400*time.Millisecond, func(x *Tx) error { return x.renewFindings(ann(), src, true) })
	measure("in full, again", 1400*time.Millisecond, func(x *Tx) error { return x.renewFindings(ann(), src, true) })
	t.Log(rows(t, s, `SELECT kind || ' ' || risk || ' ' || count(*) FROM open_findings GROUP BY kind, risk`))
	_, err = s.writer.Exec(`ATTACH DATABASE ':memory:' AS stage`)
	must(t, err)
	_, err = s.writer.Exec(`CREATE TABLE stage.changed_objects (id INTEGER PRIMARY KEY)`)
	must(t, err)
	_, err = s.writer.Exec(`CREATE TABLE stage.old_mails (mail TEXT)`)
	must(t, err)
	_, err = s.writer.Exec(`INSERT INTO stage.changed_objects SELECT id FROM objects WHERE id % 1000 = 7 AND noun = 'account'`)
	must(t, err)
	for range 3 {
		measure("a hundred changes", 60*time.Millisecond, func(x *Tx) error { return x.renewFindings(ann(), src, false) })
	}
	_, err = s.writer.Exec(`DETACH DATABASE stage`)
	must(t, err)
	measure("accepting all", 3*time.Second, func(x *Tx) error {
		_, n, err := x.Findings(ann(), FindingFilter{}, 0, 1)
		if err == nil {
			_, err = x.AcceptFindings(ann(), nil, FindingFilter{}, n, iam.Acceptance{Until: x.Now + 90*day, Reason: "first reading", Baseline: "first reading"})
		}
		return err
	})
	must(t, s.View(ann(), func(r *Reader) error {
		at := time.Now()
		_, _, err := r.Findings(ann(), FindingFilter{}, 0, 200)
		t.Logf("a page of the list: %v", time.Since(at))
		at = time.Now()
		_, err2 := r.Causes(ann(), 20)
		t.Logf("the riskiest twenty: %v", time.Since(at))
		must(t, err2)
		return err
	}))
}
