package store

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// Observed is what a Write changed of a record. A read sees that something has
// changed since the read before, and not when; some sources tell the time
// themselves.
type Observed struct {
	Seq      iam.Seq
	At       int64 // when it was observed
	After    int64 // when the source was last read without it; 0 if never, or if no read observed it
	Run      iam.ID
	Text     string
	Subject  iam.ID // which of the records that were asked about
	About    iam.ID // another record it concerns; 0 if none
	End      iam.EndReason
	SourceAt iam.Moment // when it happened, as the source tells
}

// lifeOf are the moments of accounts and entitlements. A first version has the
// time the source says it was created; of a later one the source's time of
// modification is known while it is the newest.
const lifeOf = `
	  SELECT since AS seq, CASE WHEN since = (SELECT min(since) FROM accounts f WHERE f.id = a.id) THEN 'seen' ELSE 'changed' END AS what, a.id AS subject, 0 AS other,
	    CASE WHEN since = (SELECT min(since) FROM accounts f WHERE f.id = a.id) THEN a.created_at WHEN a.until = 9223372036854775807 THEN coalesce(b.modified_at, -3) ELSE -3 END AS source_at, '' AS reason
	    FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value LEFT JOIN observations b ON b.object_id = a.id
	  UNION ALL SELECT until, 'gone', a.id, 0, -2, end_reason FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value WHERE until < 9223372036854775807 AND end_reason <> 'superseded'
	  UNION ALL SELECT since, CASE WHEN since = (SELECT min(since) FROM entitlements f WHERE f.id = e.id) THEN 'seen' ELSE 'changed' END, e.id, 0,
	    CASE WHEN since = (SELECT min(since) FROM entitlements f WHERE f.id = e.id) THEN e.created_at WHEN e.until = 9223372036854775807 THEN coalesce(b.modified_at, -3) ELSE -3 END, ''
	    FROM json_each(?1) j CROSS JOIN entitlements e ON e.id = j.value LEFT JOIN observations b ON b.object_id = e.id
	  UNION ALL SELECT until, 'gone', e.id, 0, -2, end_reason FROM json_each(?1) j CROSS JOIN entitlements e ON e.id = j.value WHERE until < 9223372036854775807 AND end_reason <> 'superseded'
	  UNION ALL SELECT since, 'joined', member_id, entitlement_id, source_at, '' FROM json_each(?1) j CROSS JOIN grants g WHERE `

// Timeline is what was observed of accounts or entitlements, newest first:
// first seen, changed, gone, memberships gained and lost.
func (r *Reader) Timeline(ctx context.Context, ids []iam.ID, skip, most int) ([]Observed, int64, error) {
	const own = `(g.member_id = j.value AND g.until = 9223372036854775807 OR g.member_id = j.value AND g.until < 9223372036854775807)`
	events := lifeOf + own + `
	  UNION ALL SELECT until, 'left', member_id, entitlement_id, -2, end_reason FROM json_each(?1) j CROSS JOIN grants g WHERE g.member_id = j.value AND until < 9223372036854775807
	  UNION ALL SELECT since, 'gained', entitlement_id, member_id, source_at, '' FROM json_each(?1) j CROSS JOIN grants g ON g.entitlement_id = j.value
	  UNION ALL SELECT until, 'lost', entitlement_id, member_id, -2, end_reason FROM json_each(?1) j CROSS JOIN grants g ON g.entitlement_id = j.value WHERE until < 9223372036854775807`
	last := iam.Open
	if r.past {
		last = r.at
	}
	var total int64
	if err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM (`+events+`) WHERE seq <= ?2`, idList(ids), last).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := r.tx.QueryContext(ctx, `SELECT x.seq, x.what, x.subject, x.other, x.source_at, x.reason, e.time, coalesce((SELECT id FROM runs WHERE seq = x.seq), 0),
	    coalesce((SELECT p.ended_at FROM runs p WHERE p.seq < x.seq AND p.seq > 0 AND p.state IN ('applied', 'released') AND p.source_id = (SELECT source_id FROM runs WHERE seq = x.seq) ORDER BY p.seq DESC LIMIT 1), 0)
	  FROM (`+events+`) x JOIN events e ON e.seq = x.seq WHERE x.seq <= ?4 ORDER BY x.seq DESC, x.what, x.other LIMIT ?2 OFFSET ?3`, idList(ids), most, skip, last)
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
		if err := rows.Scan(&x.o.Seq, &x.what, &x.subject, &x.other, &x.o.SourceAt, &x.o.End, &x.o.At, &x.o.Run, &x.o.After); err != nil {
			return nil, 0, err
		}
		// The newest time of modification is this version's only if it lies
		// where the change was observed.
		if x.what == "changed" && (int64(x.o.SourceAt) <= x.o.After || int64(x.o.SourceAt) > x.o.At) {
			x.o.SourceAt = iam.NotCollectedMoment
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
		out[i] = x.o
		out[i].Subject, out[i].About = x.subject, x.other
		if out[i].Text, err = r.observedText(ctx, x.what, names[x.subject], x.o); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

func (r *Reader) observedText(ctx context.Context, what string, n Named, o Observed) (string, error) {
	subject := n.Login
	if subject == "" {
		subject = n.Name
	}
	switch what {
	case "seen":
		return subject + " first seen", nil
	case "gone":
		return subject + " " + GoneText(o.End), nil
	case "joined":
		return "became a member of", nil
	case "left":
		return "is no longer a member of", nil
	case "gained":
		return "gained the member", nil
	case "lost":
		return "lost the member", nil
	}
	fields, err := r.changedFields(ctx, n.ID, o.Seq)
	if len(fields) == 0 {
		return subject + " belongs to another identity now", err
	}
	words := make([]string, len(fields))
	for i, f := range fields {
		words[i] = fmt.Sprintf("%s: %s → %s", f.Field, orNone(f.Before), orNone(f.After))
	}
	return subject + " changed " + strings.Join(words, "; "), err
}

// GoneText says why a record ended: not returned is not deleted.
func GoneText(why iam.EndReason) string {
	if text, ok := goneWords[why]; ok {
		return text
	}
	return "ended: " + string(why)
}

var goneWords = map[iam.EndReason]string{
	iam.Deleted:     "was deleted in the directory",
	iam.NotReturned: "no longer returned by the directory",
	"sourceRemoved": "no longer read: its source was disconnected",
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
		{"end date", at(a.EndDate)}, {"created", at(a.CreatedAt)}, {"start date", at(a.StartDate)},
		{"principal name", a.PrincipalName}, {"security id", a.SecurityID}, {"former security ids", a.SecurityHistory}, {"service names", a.ServiceNames},
		{"flags", a.Flags}, {"primary group", strings.TrimPrefix(a.PrimaryRef, "dn:")},
	}
}

func entitlementFields(e db.Entitlement) []field {
	return []field{
		{"DN", e.Dn}, {"name", e.Name}, {"description", e.Description}, {"owner", strings.TrimPrefix(e.OwnerRef, "dn:")},
		{"privileged", words[iam.Tri(e.Privileged).String()]}, {"security id", e.SecurityID}, {"flags", e.Flags},
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
	  UNION ALL SELECT 'membership', 'added', member_id, entitlement_id, '', '' FROM opened_grants WHERE since = ?1
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

// CountChanges counts what an applied run changed, by noun and operation. Of
// memberships, which may be millions, are those that the run has counted besides.
func (r *Reader) CountChanges(ctx context.Context, run iam.Run) ([]DeltaCount, error) {
	var out []DeltaCount
	count := func(noun, op string, n int64) {
		if n > 0 {
			out = append(out, DeltaCount{noun, op, n})
		}
	}
	added, removed := run.Added, run.Removed
	ended := func(table string) (superseded, ended int64, err error) {
		err = r.tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE end_reason = 'superseded'), count(*) FILTER (WHERE end_reason <> 'superseded')
		  FROM `+table+` WHERE until = ? AND until < 9223372036854775807`, run.Seq).Scan(&superseded, &ended)
		return superseded, ended, err
	}
	opened := func(table string) (n int64, err error) {
		err = r.tx.QueryRowContext(ctx, `SELECT count(*) FROM `+table+` WHERE since = ?`, run.Seq).Scan(&n)
		return n, err
	}
	for _, of := range []struct{ noun, table string }{{"account", "accounts"}, {"entitlement", "entitlements"}, {"unresolved", "unresolved"}} {
		changed, gone, err := ended(of.table)
		if err != nil {
			return nil, err
		}
		came, err := opened(of.table)
		if err != nil {
			return nil, err
		}
		if of.noun == "unresolved" {
			count("membership", "added", added)
			count("membership", "removed", removed)
		} else {
			added, removed = added-(came-changed), removed-gone
		}
		count(of.noun, "added", came-changed)
		count(of.noun, "changed", changed)
		count(of.noun, "removed", gone)
	}
	return out, nil
}
