package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
)

// DormantDays is how long an account goes without a sign-in before it is called
// dormant.
const DormantDays = 90

const day = 24 * 60 * 60 * 1_000_000 // microseconds

// renewFindings makes the open findings of a source those that its open rows
// give now. A finding that stays keeps its id and the time it was first seen.
func (t *Tx) renewFindings(ctx context.Context, source iam.Source, all bool) error {
	args := []any{
		sql.Named("source", int64(source.ID)), sql.Named("seq", int64(t.Seq)), sql.Named("now", t.Now),
		sql.Named("old", t.Now-DormantDays*day),
	}
	if err := t.execAll(ctx, args,
		`CREATE TEMP TABLE IF NOT EXISTS noticed (kind TEXT, risk INTEGER, subject_id INTEGER, entitlement_id INTEGER, detail TEXT, PRIMARY KEY (kind, subject_id, entitlement_id)) WITHOUT ROWID`,
		`CREATE TEMP TABLE IF NOT EXISTS powerful (account_id INTEGER, entitlement_id INTEGER, steps INTEGER, PRIMARY KEY (account_id, entitlement_id)) WITHOUT ROWID`,
		`DELETE FROM temp.noticed`, `DELETE FROM temp.powerful`); err != nil {
		return err
	}
	edges, err := t.nesting(ctx, source.ID)
	if err != nil {
		return err
	}
	if err := t.noticeNesting(ctx, source.ID, access.New(edges)); err != nil {
		return err
	}
	if err := t.execAll(ctx, args, checks...); err != nil {
		return err
	}
	var fresh int64
	if err := t.tx.QueryRowContext(ctx, `SELECT count(*) FROM temp.noticed n WHERE NOT EXISTS (
	  SELECT 1 FROM open_findings f WHERE f.kind = n.kind AND f.subject_id = n.subject_id AND f.entitlement_id = n.entitlement_id AND f.risk = n.risk AND f.detail = n.detail)`).Scan(&fresh); err != nil {
		return err
	}
	base, err := t.newIDs(ctx, fresh)
	if err != nil {
		return err
	}
	return t.execAll(ctx, append(args, sql.Named("base", int64(base))), renew...)
}

// checks are those that one query answers. Disabled accounts are left
// out; those whose state is unknown are not.
var checks = []string{
	// Where hardly anybody has an employee number its absence says nothing.
	`INSERT INTO temp.noticed SELECT 'orphan', 2, id, 0, 'no employee number and no manager' FROM open_accounts
	 WHERE source_id = @source AND sort = 'person' AND enabled <> 0 AND employee_number = '' AND manager_ref = ''
	 AND (SELECT 2 * sum(employee_number <> '') > count(*) FROM open_accounts WHERE source_id = @source AND sort = 'person')`,
	`INSERT INTO temp.noticed SELECT 'noOwner', 2, id, 0, sort || ' account, no owner is recorded' FROM open_accounts
	 WHERE source_id = @source AND sort IN ('service', 'shared') AND enabled <> 0 AND owner_ref = '' AND manager_ref = ''`,
	`INSERT INTO temp.noticed SELECT 'leaverActive', 3, id, 0, 'left ' || date(end_date / 1000000, 'unixepoch') FROM open_accounts
	 WHERE source_id = @source AND enabled <> 0 AND end_date >= 0 AND end_date < @now`,
	`INSERT INTO temp.noticed SELECT 'dormant', CASE WHEN EXISTS (SELECT 1 FROM temp.powerful p WHERE p.account_id = a.id) THEN 3 ELSE 1 END, a.id, 0,
	   'last sign-in ' || date(b.last_sign_in / 1000000, 'unixepoch')
	 FROM open_accounts a JOIN observations b ON b.object_id = a.id WHERE a.source_id = @source AND a.enabled <> 0 AND b.last_sign_in >= 0 AND b.last_sign_in < @old`,
	`INSERT INTO temp.noticed SELECT 'danglingMember', 1, u.entitlement_id, 0, count(*) || CASE WHEN count(*) = 1 THEN ' member: ' ELSE ' members, such as ' END || min(u.value)
	 FROM open_entitlements e JOIN open_unresolved u ON u.entitlement_id = e.id WHERE e.source_id = @source AND u.reason = 'dangling' GROUP BY u.entitlement_id`,
	`INSERT INTO temp.noticed SELECT 'emptyGroup', 1, e.id, 0, 'no member at all' FROM open_entitlements e WHERE e.source_id = @source
	 AND NOT EXISTS (SELECT 1 FROM open_grants g WHERE g.entitlement_id = e.id) AND NOT EXISTS (SELECT 1 FROM open_unresolved u WHERE u.entitlement_id = e.id)`,
	// Nesting is how groups are meant to work; it is noticed where it hides:
	// three steps and more, and for staff who are here for a while only.
	`INSERT INTO temp.noticed SELECT 'nestedPrivileged',
	   CASE WHEN lower(a.employee_type) IN ('intern', 'contractor', 'temporary', 'temp', 'trainee', 'student', 'external', 'consultant') THEN 4 ELSE 2 END,
	   a.id, p.entitlement_id, 'reaches ' || e.name || ' through ' || (p.steps - 1) || ' nested groups'
	 FROM temp.powerful p JOIN open_accounts a ON a.id = p.account_id JOIN open_entitlements e ON e.id = p.entitlement_id WHERE p.steps >= 3 AND a.enabled <> 0`,
}

var renew = []string{
	`UPDATE findings SET until = @seq WHERE until = 9223372036854775807 AND source_id = @source AND NOT EXISTS (
	   SELECT 1 FROM temp.noticed n WHERE n.kind = findings.kind AND n.subject_id = findings.subject_id AND n.entitlement_id = findings.entitlement_id AND n.risk = findings.risk AND n.detail = findings.detail)`,
	`INSERT INTO findings (id, since, until, kind, risk, source_id, subject_id, entitlement_id, detail, first_seen)
	 SELECT @base - 1 + row_number() OVER (ORDER BY n.kind, n.subject_id, n.entitlement_id), @seq, 9223372036854775807, n.kind, n.risk, @source, n.subject_id, n.entitlement_id, n.detail,
	   coalesce((SELECT f.first_seen FROM findings f WHERE f.until = @seq AND f.kind = n.kind AND f.subject_id = n.subject_id AND f.entitlement_id = n.entitlement_id), @now)
	 FROM temp.noticed n WHERE NOT EXISTS (SELECT 1 FROM open_findings f WHERE f.kind = n.kind AND f.subject_id = n.subject_id AND f.entitlement_id = n.entitlement_id)`,
}

// nesting are the edges between the groups of a source.
func (r *Reader) nesting(ctx context.Context, source iam.ID) ([]access.Edge, error) {
	return r.edges(ctx, `SELECT g.member_id, g.entitlement_id, g.since FROM open_entitlements e CROSS JOIN grants g ON g.entitlement_id = e.id
	  WHERE e.source_id = ? AND g.until = 9223372036854775807 AND g.nested = 1`, source)
}

// noticeNesting finds cycles, and who reaches a privileged group in how many
// steps.
func (t *Tx) noticeNesting(ctx context.Context, source iam.ID, g *access.Graph) error {
	for _, cycle := range g.Cycles() {
		names := make([]string, 0, len(cycle)+1)
		for _, id := range append(cycle, cycle[0]) {
			e, err := t.q.GetEntitlement(ctx, int64(id))
			if err != nil {
				return err
			}
			names = append(names, e.Name)
		}
		if _, err := t.tx.ExecContext(ctx, `INSERT INTO temp.noticed VALUES ('cycle', 1, ?, 0, ?)`, cycle[0], strings.Join(names, " › ")); err != nil {
			return err
		}
	}
	rows, err := t.tx.QueryContext(ctx, `SELECT id FROM open_entitlements WHERE source_id = ? AND privileged = 1`, source)
	if err != nil {
		return err
	}
	privileged, err := scanIDs(rows)
	if err != nil {
		return err
	}
	for _, p := range privileged {
		below := append([]access.Reached{{ID: p}}, g.Members(p)...)
		for _, group := range below {
			steps := len(group.Path) + 1
			if _, err := t.tx.ExecContext(ctx, `INSERT INTO temp.powerful SELECT member_id, ?1, ?2 FROM grants WHERE entitlement_id = ?3 AND until = 9223372036854775807 AND nested = 0
			  ON CONFLICT DO UPDATE SET steps = min(steps, excluded.steps)`, p, steps, group.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func scanIDs(rows *sql.Rows) ([]iam.ID, error) {
	defer func() { _ = rows.Close() }()
	var ids []iam.ID
	for rows.Next() {
		var id iam.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Finding is a finding with the names it needs to be shown.
type Finding struct {
	iam.Finding
	Reaches     iam.ID // the group that the subject reaches; 0 if none
	ReachesName string
	SubjectName string
	SubjectNoun string // account or entitlement
	Login       string // of an account
	IdentityID  iam.ID
	Source      string
}

// FindingFilter narrows a list of findings; zero values do not.
type FindingFilter struct {
	Kind    iam.FindingKind
	Risk    iam.Risk
	Source  iam.ID
	Subject iam.ID
}

const findingColumns = `SELECT f.id, f.kind, f.risk, f.source_id, f.subject_id, f.detail, f.first_seen, f.entitlement_id,
  coalesce((SELECT name FROM open_entitlements WHERE id = f.entitlement_id), ''),
  coalesce(a.name, e.name, ''), CASE WHEN a.id IS NULL THEN 'entitlement' ELSE 'account' END, coalesce(a.login, ''), coalesce(a.identity_id, 0), coalesce(s.name, '')
  FROM open_findings f LEFT JOIN open_accounts a ON a.id = f.subject_id LEFT JOIN open_entitlements e ON e.id = f.subject_id LEFT JOIN sources s ON s.id = f.source_id`

// Findings lists open findings, the riskiest first.
func (r *Reader) Findings(ctx context.Context, f FindingFilter, skip, most int) ([]Finding, int64, error) {
	w := where{}
	w.addIf(f.Kind != "", "f.kind = ?", string(f.Kind))
	w.addIf(f.Risk != 0, "f.risk = ?", int64(f.Risk))
	w.addIf(f.Source != 0, "f.source_id = ?", int64(f.Source))
	w.addIf(f.Subject != 0, "f.subject_id = ?", int64(f.Subject))
	var total int64
	if err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM open_findings f`+w.sql(), w.args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := r.tx.QueryContext(ctx, findingColumns+w.sql()+` ORDER BY f.risk DESC, f.kind, f.id LIMIT ? OFFSET ?`, append(w.args, most, skip)...)
	if err != nil {
		return nil, 0, err
	}
	out, err := scanFindings(rows)
	return out, total, err
}

func scanFindings(rows *sql.Rows) ([]Finding, error) {
	defer func() { _ = rows.Close() }()
	var out []Finding
	for rows.Next() {
		var f Finding
		if err := rows.Scan(&f.ID, &f.Kind, &f.Risk, &f.SourceID, &f.SubjectID, &f.Detail, &f.FirstSeen, &f.Reaches, &f.ReachesName, &f.SubjectName, &f.SubjectNoun, &f.Login, &f.IdentityID, &f.Source); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// FindingGroup counts the findings of one kind and risk, with the one that was
// seen first as an example.
type FindingGroup struct {
	Finding
	Count int64
}

// FindingGroups groups the open findings, the riskiest first.
func (r *Reader) FindingGroups(ctx context.Context) ([]FindingGroup, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT min(id), count(*), min(first_seen) FROM open_findings GROUP BY kind, risk ORDER BY risk DESC, count(*) DESC, kind`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []FindingGroup
	for rows.Next() {
		var g FindingGroup
		if err := rows.Scan(&g.ID, &g.Count, &g.FirstSeen); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i, g := range out {
		rows, err := r.tx.QueryContext(ctx, findingColumns+` WHERE f.id = ?`, g.ID)
		if err != nil {
			return nil, err
		}
		f, err := scanFindings(rows)
		if err != nil {
			return nil, err
		}
		f[0].FirstSeen = g.FirstSeen
		out[i].Finding = f[0]
	}
	return out, nil
}

// WorstFindings are the riskiest finding of each subject, by subject.
func (r *Reader) WorstFindings(ctx context.Context, subjects []iam.ID) (map[iam.ID]iam.Finding, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT f.subject_id, f.id, f.kind, max(f.risk) FROM json_each(?) j CROSS JOIN open_findings f ON f.subject_id = j.value GROUP BY f.subject_id`, idList(subjects))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID]iam.Finding{}
	for rows.Next() {
		var f iam.Finding
		if err := rows.Scan(&f.SubjectID, &f.ID, &f.Kind, &f.Risk); err != nil {
			return nil, err
		}
		out[f.SubjectID] = f
	}
	return out, rows.Err()
}

// where builds the filter of a list.
type where struct {
	terms []string
	args  []any
}

func (w *where) add(term string, args ...any) {
	w.terms = append(w.terms, term)
	w.args = append(w.args, args...)
}

func (w *where) addIf(when bool, term string, args ...any) {
	if when {
		w.add(term, args...)
	}
}

func (w *where) sql() string {
	if len(w.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.terms, " AND ")
}

// idList is ids as the comma-separated form json_each takes.
func idList(ids []iam.ID) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(int64(id), 10))
	}
	b.WriteByte(']')
	return b.String()
}
