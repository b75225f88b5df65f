package store

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

// BenchmarkAsOf asks a company of 100,000 accounts and a million memberships, in
// which a tenth of the accounts and a twentieth of the memberships changed since,
// about now and about the past.
func BenchmarkAsOf(b *testing.B) {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: b.TempDir(), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	begin := time.Now()
	for _, q := range company {
		if _, err := s.writer.Exec(q); err != nil {
			b.Fatalf("%.60s: %v", q, err)
		}
	}
	b.Logf("filled in %s", time.Since(begin).Round(time.Millisecond))
	for name, at := range map[string]Point{"now": {}, "recent": {Seq: 2, At: 2}, "long ago": {Seq: 1, At: 1}} {
		ask := func(what string, fn func(r *Reader) error) {
			b.Run(what+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if err := s.View(ctx, func(r *Reader) error {
						if at.Seq > 0 {
							r = r.At(at)
						}
						return fn(r)
					}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		ask("accounts", func(r *Reader) error { _, err := r.Accounts(ctx, AccountFilter{}, "", Stretch{Most: 200}); return err })
		ask("accounts by login, page 100", func(r *Reader) error {
			_, err := r.Accounts(ctx, AccountFilter{Sort: iam.Person}, "login", Stretch{Skip: 20_000, Most: 200})
			return err
		})
		ask("identities", func(r *Reader) error {
			_, err := r.Identities(ctx, IdentityFilter{}, "", Stretch{Most: 200})
			return err
		})
		ask("groups", func(r *Reader) error {
			_, err := r.Entitlements(ctx, EntitlementFilter{}, "", Stretch{Most: 200})
			return err
		})
		ask("groups of one", func(r *Reader) error { _, err := r.Above(ctx, 777); return err })
		ask("members of one", func(r *Reader) error { _, err := r.Below(ctx, false, 1_000_777); return err })
	}
	b.Run("difference", func(b *testing.B) {
		for b.Loop() {
			if err := s.View(ctx, func(r *Reader) error { _, err := r.Differ(ctx, 1, 2, 0); return err }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// company are its rows: Write 1 read everything, Write 2 changed one account in
// a hundred, Write 3 the rest of a tenth.
var company = []string{
	`INSERT INTO sources VALUES (1, 'Corp', 'plain', '{}', 1, '', 0, 1, 9223372036854775807)`,
	`INSERT INTO events SELECT value, 1, value, '', '', '', '', '', '', '', 'done', '', '', '', x'', x'', x'' FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 3) SELECT value FROM s)`,
	`INSERT INTO objects SELECT value, 1, 'account', 'a' || value, 1 FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 100000) SELECT value FROM s)`,
	`INSERT INTO objects SELECT 1000000 + value, 1, 'entitlement', 'g' || value, 1 FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 10000) SELECT value FROM s)`,
	version(`1, CASE WHEN value % 100 = 0 THEN 2 WHEN value % 10 = 0 THEN 3 ELSE 9223372036854775807 END, CASE WHEN value % 10 = 0 THEN 'superseded' ELSE '' END`, `value <= 100000`),
	version(`CASE WHEN value % 100 = 0 THEN 2 ELSE 3 END, 9223372036854775807, ''`, `value % 10 = 0`),
	`INSERT INTO identities SELECT id, 1, 9223372036854775807, 'person', name, '', id FROM open_accounts`,
	`INSERT INTO observations SELECT value, 5, 5 FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 100000) SELECT value FROM s)`,
	`INSERT INTO identity_rows SELECT id, 'person', name, name, name_fold, login, login_fold, department, '', 1, 1, 0, 5 FROM open_accounts`,
	`INSERT INTO entitlements (id, since, until, end_reason, source_id, kind, dn, dn_ref, name, name_fold, description, owner_ref, privileged, created_at, digest)
	 SELECT 1000000 + value, 1, 9223372036854775807, '', 1, 'group', 'cn=g' || value, 'dn:cn=g' || value, 'Group ' || value, 'group ' || value, '', '', value % 500 = 0, 0, x'' FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 10000) SELECT value FROM s)`,
	`INSERT OR IGNORE INTO grants (entitlement_id, member_id, since, until, nested, end_reason, source_at)
	 SELECT 1000001 + (value * 7919) % 10000, 1 + value % 100000, 1, CASE WHEN value % 1000 = 0 THEN 2 WHEN value % 20 = 0 THEN 3 ELSE 9223372036854775807 END, 0, '', 0 FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 1000000) SELECT value FROM s)`,
	`INSERT OR IGNORE INTO grants (entitlement_id, member_id, since, until, nested, end_reason, source_at)
	 SELECT 1000001 + value / 10, 1000001 + value, 1, 9223372036854775807, 1, '', 0 FROM (WITH RECURSIVE s(value) AS (SELECT 10 UNION ALL SELECT value + 1 FROM s WHERE value < 9999) SELECT value FROM s)`,
	`ANALYZE`,
}

func version(interval, where string) string {
	return fmt.Sprintf(`INSERT INTO accounts (id, since, until, end_reason, source_id, identity_id, dn, dn_ref, login, login_fold, name, name_fold, given_name, surname, sort,
	  employee_number, employee_type, department, title, location, manager_ref, owner_ref, description, enabled, locked, locked_until, account_expires, password_expires,
	  password_changed, must_change, end_date, created_at, digest)
	SELECT value, %s, 1, value, 'uid=u' || value || ',ou=people,dc=corp,dc=example', 'dn:uid=u' || value || ',ou=people,dc=corp,dc=example', 'u' || value, 'u' || value,
	  'Person ' || value, 'person ' || (value * 7919 %% 100000), '', '', 'person', '', 'staff', 'Department ' || (value %% 40), 'Engineer', 'Oslo', '', '', '', 1, 0, -1, -1, -1, 5, 0, -1, 5, x'01'
	FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 100000) SELECT value FROM s) WHERE %s`, interval, where)
}
