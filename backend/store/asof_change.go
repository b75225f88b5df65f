package store

import (
	"context"
	"iter"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// ChangeAt is one difference that a Write made, with the names of then.
type ChangeAt struct {
	Seq        iam.Seq
	At         int64  // when it was observed, in microseconds
	Run        iam.ID // 0: not by a run
	Noun, Op   string // account, entitlement, membership, unresolved; added, changed, removed
	Source     iam.ID
	ID         iam.ID // account, group or member; 0: unresolved
	Name       string
	Login      string
	DN         string
	Nested     bool   // the member is a group
	Group      iam.ID // of a membership or an unresolved member
	GroupName  string
	Privileged bool // the group, then
	Value      string
	Reason     string // why it ended; why it is unresolved
	SourceAt   iam.Moment
	Fields     []FieldChange
}

// The columns of every query below: id, source, name, login, DN, nested, group,
// group's name, privileged, value, reason, source's own time; of a change also
// the fields before and after. What is gone is named as it was before, all else
// as it is after.
var changesOf = []struct{ noun, op, query string }{
	{"account", "added", `SELECT a.id, a.source_id, a.name, a.login, a.dn, 0, 0, '', 0, '', '', a.created_at FROM accounts a
	  WHERE a.since = ?1 AND NOT EXISTS (SELECT 1 FROM accounts p WHERE p.id = a.id AND p.until = a.since AND p.end_reason = 'superseded') ORDER BY a.login_fold, a.id`},
	{"account", "changed", `SELECT a.id, a.source_id, a.name, a.login, a.dn, 0, 0, '', 0, '', '', -2, ` + columnsOf("p", accountCells(&db.Account{})) + `, ` + columnsOf("a", accountCells(&db.Account{})) + `
	  FROM accounts a CROSS JOIN accounts p ON p.id = a.id AND p.until = a.since AND p.end_reason = 'superseded' WHERE a.since = ?1 ORDER BY a.login_fold, a.id`},
	{"account", "removed", `SELECT a.id, a.source_id, a.name, a.login, a.dn, 0, 0, '', 0, '', a.end_reason, -2 FROM accounts a
	  WHERE a.until = ?1 AND a.until < 9223372036854775807 AND a.end_reason <> 'superseded' ORDER BY a.login_fold, a.id`},
	{"entitlement", "added", `SELECT e.id, e.source_id, e.name, '', e.dn, 0, e.id, e.name, e.privileged, '', '', e.created_at FROM entitlements e
	  WHERE e.since = ?1 AND NOT EXISTS (SELECT 1 FROM entitlements p WHERE p.id = e.id AND p.until = e.since AND p.end_reason = 'superseded') ORDER BY e.name_fold, e.id`},
	{"entitlement", "changed", `SELECT e.id, e.source_id, e.name, '', e.dn, 0, e.id, e.name, e.privileged, '', '', -2, ` + columnsOf("p", entitlementCells(&db.Entitlement{})) + `, ` + columnsOf("e", entitlementCells(&db.Entitlement{})) + `
	  FROM entitlements e CROSS JOIN entitlements p ON p.id = e.id AND p.until = e.since AND p.end_reason = 'superseded' WHERE e.since = ?1 ORDER BY e.name_fold, e.id`},
	{"entitlement", "removed", `SELECT e.id, e.source_id, e.name, '', e.dn, 0, e.id, e.name, e.privileged, '', e.end_reason, -2 FROM entitlements e
	  WHERE e.until = ?1 AND e.until < 9223372036854775807 AND e.end_reason <> 'superseded' ORDER BY e.name_fold, e.id`},
	{"membership", "added", `SELECT g.member_id, t.source_id, coalesce(a.name, m.name, ''), coalesce(a.login, ''), coalesce(a.dn, m.dn, ''), g.nested, t.id, t.name, t.privileged, '', '', g.source_at
	  FROM opened_grants g CROSS JOIN entitlements t ON t.id = g.entitlement_id AND t.since <= ?1 AND t.until > ?1
	    LEFT JOIN accounts a ON a.id = g.member_id AND a.since <= ?1 AND a.until > ?1 LEFT JOIN entitlements m ON m.id = g.member_id AND m.since <= ?1 AND m.until > ?1
	  WHERE g.since = ?1 ORDER BY g.entitlement_id, g.member_id`},
	{"membership", "removed", `SELECT g.member_id, t.source_id, coalesce(a.name, m.name, ''), coalesce(a.login, ''), coalesce(a.dn, m.dn, ''), g.nested, t.id, t.name, t.privileged, '', g.end_reason, -2
	  FROM grants g CROSS JOIN entitlements t ON t.id = g.entitlement_id AND t.since < ?1 AND t.until >= ?1
	    LEFT JOIN accounts a ON a.id = g.member_id AND a.since < ?1 AND a.until >= ?1 LEFT JOIN entitlements m ON m.id = g.member_id AND m.since < ?1 AND m.until >= ?1
	  WHERE g.until = ?1 AND g.until < 9223372036854775807 ORDER BY g.entitlement_id, g.member_id`},
	{"unresolved", "added", `SELECT 0, t.source_id, '', '', '', 0, t.id, t.name, t.privileged, u.value, u.reason, -2
	  FROM unresolved u CROSS JOIN entitlements t ON t.id = u.entitlement_id AND t.since <= ?1 AND t.until > ?1 WHERE u.since = ?1 ORDER BY u.entitlement_id, u.value`},
	{"unresolved", "removed", `SELECT 0, t.source_id, '', '', '', 0, t.id, t.name, t.privileged, u.value, u.reason, -2
	  FROM unresolved u CROSS JOIN entitlements t ON t.id = u.entitlement_id AND t.since < ?1 AND t.until >= ?1
	  WHERE u.until = ?1 AND u.until < 9223372036854775807 ORDER BY u.entitlement_id, u.value`},
}

// cell is a column and where its value goes.
type cell struct {
	column string
	to     any
}

// accountCells are what accountFields compares.
func accountCells(a *db.Account) []cell {
	return []cell{
		{"dn", &a.Dn}, {"login", &a.Login}, {"name", &a.Name}, {"given_name", &a.GivenName}, {"surname", &a.Surname}, {"sort", &a.Sort},
		{"employee_number", &a.EmployeeNumber}, {"employee_type", &a.EmployeeType}, {"department", &a.Department}, {"title", &a.Title}, {"location", &a.Location},
		{"manager_ref", &a.ManagerRef}, {"owner_ref", &a.OwnerRef}, {"description", &a.Description},
		{"enabled", &a.Enabled}, {"locked", &a.Locked}, {"locked_until", &a.LockedUntil}, {"account_expires", &a.AccountExpires},
		{"password_expires", &a.PasswordExpires}, {"password_changed", &a.PasswordChanged}, {"must_change", &a.MustChange},
		{"end_date", &a.EndDate}, {"created_at", &a.CreatedAt}, {"start_date", &a.StartDate},
		{"principal_name", &a.PrincipalName}, {"security_id", &a.SecurityID}, {"security_history", &a.SecurityHistory}, {"service_names", &a.ServiceNames},
		{"flags", &a.Flags}, {"primary_ref", &a.PrimaryRef},
	}
}

// entitlementCells are what entitlementFields compares.
func entitlementCells(e *db.Entitlement) []cell {
	return []cell{{"dn", &e.Dn}, {"name", &e.Name}, {"description", &e.Description}, {"owner_ref", &e.OwnerRef}, {"privileged", &e.Privileged}, {"security_id", &e.SecurityID}, {"flags", &e.Flags}}
}

func columnsOf(table string, cells []cell) string {
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = table + "." + c.column
	}
	return strings.Join(names, ", ")
}

// columnsFor are the columns that versionsOf scans, of x before and y after.
func columnsFor(noun string) string {
	if noun == "account" {
		return columnsOf("x", accountCells(&db.Account{})) + ", " + columnsOf("y", accountCells(&db.Account{}))
	}
	return columnsOf("x", entitlementCells(&db.Entitlement{})) + ", " + columnsOf("y", entitlementCells(&db.Entitlement{}))
}

func placesOf(cells []cell) []any {
	out := make([]any, len(cells))
	for i, c := range cells {
		out[i] = c.to
	}
	return out
}

// versions scans the fields before and after a change.
type versions struct {
	places []any
	differ func() []FieldChange
}

func versionsOf(noun string) versions {
	if noun == "account" {
		var before, after db.Account
		return versions{placesOf(append(accountCells(&before), accountCells(&after)...)), func() []FieldChange { return diffFields(accountFields(before), accountFields(after)) }}
	}
	var before, after db.Entitlement
	return versions{placesOf(append(entitlementCells(&before), entitlementCells(&after)...)), func() []FieldChange { return diffFields(entitlementFields(before), entitlementFields(after)) }}
}

// ChangesBetween yields what the Writes after one and up to another changed, in
// their order; source 0 means all.
func (r *Reader) ChangesBetween(ctx context.Context, after, to iam.Seq, source iam.ID) iter.Seq2[ChangeAt, error] {
	return func(yield func(ChangeAt, error) bool) {
		writes, err := r.writesBetween(ctx, after, to)
		for _, w := range writes {
			for _, q := range changesOf {
				var more bool
				if more, err = r.yieldChanges(ctx, ChangeAt{Seq: w.seq, At: w.at, Run: w.run, Noun: q.noun, Op: q.op}, q.query, source, yield); err != nil {
					yield(ChangeAt{}, err)
					return
				}
				if !more {
					return
				}
			}
		}
		if err != nil {
			yield(ChangeAt{}, err)
		}
	}
}

// yieldChanges yields what a query finds of one Write, noun and operation, and
// says whether more are wanted.
func (r *Reader) yieldChanges(ctx context.Context, of ChangeAt, query string, source iam.ID, yield func(ChangeAt, error) bool) (bool, error) {
	rows, err := r.tx.QueryContext(ctx, query, of.Seq)
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }()
	var c ChangeAt
	var v versions
	if of.Op == "changed" {
		v = versionsOf(of.Noun)
	}
	places := append([]any{&c.ID, &c.Source, &c.Name, &c.Login, &c.DN, &c.Nested, &c.Group, &c.GroupName, &c.Privileged, &c.Value, &c.Reason, &c.SourceAt}, v.places...)
	for rows.Next() {
		c = of
		if err := rows.Scan(places...); err != nil {
			return false, err
		}
		if source != 0 && c.Source != source {
			continue
		}
		if v.differ != nil {
			c.Fields = v.differ()
		}
		if !yield(c, nil) {
			return false, nil
		}
	}
	return true, rows.Err()
}

// writeAt is a Write, when it was and the run that made it, 0 if none did.
type writeAt struct {
	seq iam.Seq
	at  int64
	run iam.ID
}

// writesBetween are the Writes that opened or closed records. Initial memberships
// were opened with their groups.
func (r *Reader) writesBetween(ctx context.Context, after, to iam.Seq) ([]writeAt, error) {
	rows, err := r.tx.QueryContext(ctx, `WITH writes(seq) AS (
	  SELECT since FROM accounts WHERE since > ?1 AND since <= ?2 UNION SELECT until FROM accounts WHERE until < 9223372036854775807 AND until > ?1 AND until <= ?2
	  UNION SELECT since FROM entitlements WHERE since > ?1 AND since <= ?2 UNION SELECT until FROM entitlements WHERE until < 9223372036854775807 AND until > ?1 AND until <= ?2
	  UNION SELECT since FROM grants WHERE initial = 0 AND since > ?1 AND since <= ?2 UNION SELECT until FROM grants WHERE until < 9223372036854775807 AND until > ?1 AND until <= ?2
	  UNION SELECT since FROM unresolved WHERE since > ?1 AND since <= ?2 UNION SELECT until FROM unresolved WHERE until < 9223372036854775807 AND until > ?1 AND until <= ?2)
	  SELECT e.seq, e.time, coalesce((SELECT id FROM runs WHERE seq = e.seq), 0) FROM writes w CROSS JOIN events e ON e.seq = w.seq ORDER BY 1`, after, to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []writeAt
	for rows.Next() {
		var w writeAt
		if err := rows.Scan(&w.seq, &w.at, &w.run); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// SourcesBetween are the names of the sources that were connected at some time
// between two Writes.
func (r *Reader) SourcesBetween(ctx context.Context, after, to iam.Seq) (map[iam.ID]string, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT id, name FROM sources WHERE since <= ?2 AND until > ?1`, after, to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID]string{}
	for rows.Next() {
		var id iam.ID
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		out[id] = name
	}
	return out, rows.Err()
}

// LeadToPrivileged are the groups through which, at some time between two
// Writes, a privileged group could be reached, itself included.
func (r *Reader) LeadToPrivileged(ctx context.Context, after, to iam.Seq) (map[iam.ID]bool, error) {
	ids, err := r.ids(ctx, `
	  WITH RECURSIVE down AS (
	    SELECT id FROM entitlements WHERE privileged = 1 AND since <= ?2 AND until > ?1
	    UNION SELECT g.member_id FROM down JOIN grants g ON g.entitlement_id = down.id WHERE g.nested = 1 AND g.since <= ?2 AND g.until > ?1)
	  SELECT id FROM down`, after, to)
	out := make(map[iam.ID]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
