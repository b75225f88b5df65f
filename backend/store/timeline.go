package store

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// Moment of a record's history: what a Write changed of it.
type Observed struct {
	Seq      iam.Seq
	At       int64
	Run      iam.ID
	Text     string
	About    iam.ID // another record it concerns; 0 if none
	SourceAt iam.Moment
}

// Timeline is what was observed of accounts or entitlements, newest first:
// first seen, changed, gone, memberships gained and lost.
func (r *Reader) Timeline(ctx context.Context, ids []iam.ID, skip, most int) ([]Observed, int64, error) {
	const events = `
	  SELECT since AS seq, CASE WHEN since = (SELECT min(since) FROM accounts f WHERE f.id = a.id) THEN 'seen' ELSE 'changed' END AS what, a.id AS subject, 0 AS other, -2 AS source_at FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value
	  UNION ALL SELECT until, CASE end_reason WHEN 'deleted' THEN 'deleted' ELSE 'gone' END, a.id, 0, -2 FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value WHERE until < 9223372036854775807 AND end_reason <> 'superseded'
	  UNION ALL SELECT since, CASE WHEN since = (SELECT min(since) FROM entitlements f WHERE f.id = e.id) THEN 'seen' ELSE 'changed' END, e.id, 0, -2 FROM json_each(?1) j CROSS JOIN entitlements e ON e.id = j.value
	  UNION ALL SELECT until, CASE end_reason WHEN 'deleted' THEN 'deleted' ELSE 'gone' END, e.id, 0, -2 FROM json_each(?1) j CROSS JOIN entitlements e ON e.id = j.value WHERE until < 9223372036854775807 AND end_reason <> 'superseded'
	  UNION ALL SELECT since, 'joined', member_id, entitlement_id, source_at FROM json_each(?1) j CROSS JOIN grants g ON g.member_id = j.value
	  UNION ALL SELECT until, 'left', member_id, entitlement_id, -2 FROM json_each(?1) j CROSS JOIN grants g ON g.member_id = j.value WHERE until < 9223372036854775807
	  UNION ALL SELECT since, 'gained', entitlement_id, member_id, source_at FROM json_each(?1) j CROSS JOIN grants g ON g.entitlement_id = j.value
	  UNION ALL SELECT until, 'lost', entitlement_id, member_id, -2 FROM json_each(?1) j CROSS JOIN grants g ON g.entitlement_id = j.value WHERE until < 9223372036854775807`
	var total int64
	if err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM (`+events+`)`, idList(ids)).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := r.tx.QueryContext(ctx, `SELECT x.seq, x.what, x.subject, x.other, x.source_at, e.time, coalesce((SELECT id FROM runs WHERE seq = x.seq), 0)
	  FROM (`+events+`) x JOIN events e ON e.seq = x.seq ORDER BY x.seq DESC, x.what, x.other LIMIT ?2 OFFSET ?3`, idList(ids), most, skip)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	type raw struct {
		o              Observed
		what           string
		subject, other iam.ID
	}
	var found []raw
	var mentioned []iam.ID
	for rows.Next() {
		var x raw
		if err := rows.Scan(&x.o.Seq, &x.what, &x.subject, &x.other, &x.o.SourceAt, &x.o.At, &x.o.Run); err != nil {
			return nil, 0, err
		}
		found = append(found, x)
		mentioned = append(mentioned, x.subject, x.other)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	names, err := r.Names(ctx, mentioned)
	if err != nil {
		return nil, 0, err
	}
	out := make([]Observed, len(found))
	for i, x := range found {
		subject := names[x.subject].Login
		if subject == "" {
			subject = names[x.subject].Name
		}
		o := x.o
		o.About = x.other
		switch x.what {
		case "seen":
			o.Text = subject + " first seen"
		case "gone":
			o.Text = subject + " no longer returned by the directory"
		case "deleted":
			o.Text = subject + " deleted in the directory"
		case "joined":
			o.Text = "became a member of"
		case "left":
			o.Text = "is no longer a member of"
		case "gained":
			o.Text = "gained the member"
		case "lost":
			o.Text = "lost the member"
		case "changed":
			fields, err := r.changedFields(ctx, x.subject, x.o.Seq)
			if err != nil {
				return nil, 0, err
			}
			words := make([]string, len(fields))
			for i, f := range fields {
				words[i] = fmt.Sprintf("%s: %s → %s", f.Field, orNone(f.Before), orNone(f.After))
			}
			o.Text = subject + " changed " + strings.Join(words, "; ")
		}
		out[i] = o
	}
	return out, total, nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// FieldChange is one value before and after.
type FieldChange struct{ Field, Before, After string }

// changedFields compares the version that a Write opened with the one before.
func (r *Reader) changedFields(ctx context.Context, id iam.ID, seq iam.Seq) ([]FieldChange, error) {
	accounts, err := r.q.AccountVersions(ctx, int64(id))
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(accounts); i++ {
		if accounts[i].Since == int64(seq) {
			return diffFields(accountFields(accounts[i-1]), accountFields(accounts[i])), nil
		}
	}
	entitlements, err := r.q.EntitlementVersions(ctx, int64(id))
	for i := 1; i < len(entitlements); i++ {
		if entitlements[i].Since == int64(seq) {
			return diffFields(entitlementFields(entitlements[i-1]), entitlementFields(entitlements[i])), err
		}
	}
	return nil, err
}

type field struct{ name, value string }

func diffFields(before, after []field) []FieldChange {
	var out []FieldChange
	for i, b := range before {
		if b.value != after[i].value {
			out = append(out, FieldChange{b.name, b.value, after[i].value})
		}
	}
	return out
}

func accountFields(a db.Account) []field {
	at := func(m int64) string {
		if iam.Moment(m).Known() {
			return iam.Moment(m).Time().Format("2006-01-02 15:04 UTC")
		}
		return words[iam.Moment(m).State()]
	}
	yes := func(t int64) string { return words[iam.Tri(t).String()] }
	return []field{
		{"DN", a.Dn}, {"login", a.Login}, {"name", a.Name}, {"given name", a.GivenName}, {"surname", a.Surname}, {"sort", a.Sort},
		{"employee number", a.EmployeeNumber}, {"employee type", a.EmployeeType}, {"department", a.Department}, {"title", a.Title}, {"location", a.Location},
		{"manager", strings.TrimPrefix(a.ManagerRef, "dn:")}, {"owner", strings.TrimPrefix(a.OwnerRef, "dn:")}, {"description", a.Description},
		{"enabled", yes(a.Enabled)}, {"locked", yes(a.Locked)}, {"locked until", at(a.LockedUntil)}, {"account expires", at(a.AccountExpires)},
		{"password expires", at(a.PasswordExpires)}, {"password changed", at(a.PasswordChanged)}, {"must change password", yes(a.MustChange)},
		{"end date", at(a.EndDate)}, {"created", at(a.CreatedAt)},
	}
}

func entitlementFields(e db.Entitlement) []field {
	return []field{
		{"DN", e.Dn}, {"name", e.Name}, {"description", e.Description}, {"owner", strings.TrimPrefix(e.OwnerRef, "dn:")},
		{"privileged", words[iam.Tri(e.Privileged).String()]},
	}
}

var words = map[string]string{
	"yes": "yes", "no": "no", "never": "never", "unknown": "unknown", "notCollected": "not collected", "notSupported": "not supported",
}

// Change is one difference that an applied run made.
type Change struct {
	Noun, Op  string // account, entitlement, membership, unresolved; added, changed, removed
	ID, Group iam.ID
	Value     string // of an unresolved member
	Reason    string
	Fields    []FieldChange
}

// ChangesOf lists what a Write changed, filtered, a page at a time.
func (r *Reader) ChangesOf(ctx context.Context, seq iam.Seq, noun, op string, skip, most int) ([]Change, int64, error) {
	const all = `
	  SELECT 'account' AS noun, CASE WHEN EXISTS (SELECT 1 FROM accounts p WHERE p.id = a.id AND p.until = a.since AND p.end_reason = 'superseded') THEN 'changed' ELSE 'added' END AS op, a.id AS id, 0 AS grp, '' AS value, '' AS reason FROM accounts a WHERE a.since = ?1
	  UNION ALL SELECT 'account', 'removed', id, 0, '', end_reason FROM accounts WHERE until = ?1 AND until < 9223372036854775807 AND end_reason <> 'superseded'
	  UNION ALL SELECT 'entitlement', CASE WHEN EXISTS (SELECT 1 FROM entitlements p WHERE p.id = e.id AND p.until = e.since AND p.end_reason = 'superseded') THEN 'changed' ELSE 'added' END, e.id, 0, '', '' FROM entitlements e WHERE e.since = ?1
	  UNION ALL SELECT 'entitlement', 'removed', id, 0, '', end_reason FROM entitlements WHERE until = ?1 AND until < 9223372036854775807 AND end_reason <> 'superseded'
	  UNION ALL SELECT 'membership', 'added', member_id, entitlement_id, '', '' FROM grants WHERE since = ?1
	  UNION ALL SELECT 'membership', 'removed', member_id, entitlement_id, '', end_reason FROM grants WHERE until = ?1 AND until < 9223372036854775807
	  UNION ALL SELECT 'unresolved', 'added', 0, entitlement_id, value, reason FROM unresolved WHERE since = ?1
	  UNION ALL SELECT 'unresolved', 'removed', 0, entitlement_id, value, reason FROM unresolved WHERE until = ?1 AND until < 9223372036854775807`
	const filter = ` WHERE (?2 = '' OR noun = ?2) AND (?3 = '' OR op = ?3)`
	var total int64
	if err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM (`+all+`)`+filter, seq, noun, op).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := r.tx.QueryContext(ctx, `SELECT noun, op, id, grp, value, reason FROM (`+all+`)`+filter+` ORDER BY noun, op DESC, id, grp, value LIMIT ?4 OFFSET ?5`, seq, noun, op, most, skip)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	var out []Change
	for rows.Next() {
		var c Change
		if err := rows.Scan(&c.Noun, &c.Op, &c.ID, &c.Group, &c.Value, &c.Reason); err != nil {
			return nil, 0, err
		}
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	for i, c := range out {
		if c.Op == "changed" {
			if out[i].Fields, err = r.changedFields(ctx, c.ID, seq); err != nil {
				return nil, 0, err
			}
		}
	}
	return out, total, nil
}

// CountChanges counts what a Write changed, by noun and operation.
func (r *Reader) CountChanges(ctx context.Context, seq iam.Seq) ([]DeltaCount, error) {
	var out []DeltaCount
	for _, noun := range []string{"account", "entitlement", "membership", "unresolved"} {
		for _, op := range []string{"added", "changed", "removed"} {
			_, n, err := r.ChangesOf(ctx, seq, noun, op, 0, 0)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				out = append(out, DeltaCount{noun, op, n})
			}
		}
	}
	return out, nil
}
