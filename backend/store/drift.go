package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"gatehouse/backend/iam"
)

// Objects counts the different accounts and entitlements that have come, or are
// said to be there still. A directory that returned more entries than that
// returned some twice.
func (st *Staging) Objects() (n int64) {
	_ = st.settle() // its error comes again with Finish
	for _, o := range st.objects {
		if o.state == staged || o.state == same || o.state == present {
			n++
		}
	}
	return n
}

// Unsettled counts the changes of a finished reading that would take back what
// runs of the source since the moment (microseconds) told, or change it again.
func (st *Staging) Unsettled(ctx context.Context, source iam.ID, since int64) (n int64, err error) {
	var first int64
	if err := st.conn.QueryRowContext(ctx, `SELECT coalesce(min(seq), 0) FROM kept.runs WHERE source_id = ? AND state IN ('applied', 'released') AND ended_at >= ?`, source, since).
		Scan(&first); err != nil || first == 0 {
		return 0, err
	}
	err = st.conn.QueryRowContext(ctx, `
	  SELECT (SELECT count(*) FROM delta_objects d WHERE d.id > 0 AND (
	      d.noun = 'account' AND EXISTS (SELECT 1 FROM kept.accounts k WHERE k.id = d.id AND (k.since >= ?1 OR k.until >= ?1 AND k.until < 9223372036854775807))
	      OR d.noun = 'entitlement' AND EXISTS (SELECT 1 FROM kept.entitlements k WHERE k.id = d.id AND (k.since >= ?1 OR k.until >= ?1 AND k.until < 9223372036854775807))))
	    + (SELECT count(*) FROM delta_grants d WHERE d.group_id > 0 AND d.member_id > 0 AND EXISTS (SELECT 1 FROM kept.grants k
	      WHERE k.entitlement_id = d.group_id AND k.member_id = d.member_id AND (k.since >= ?1 OR k.until >= ?1 AND k.until < 9223372036854775807)))`, first).Scan(&n)
	return n, err
}

// Drift counts the accounts, entitlements and memberships of a finished reading
// that differ from the open rows although their objects, by their external ids,
// are not among those that changed meanwhile. The first of them stay in the file
// for the finding.
func (st *Staging) Drift(ctx context.Context, meanwhile []string) (n int64, err error) {
	ids, err := json.Marshal(append([]string{}, meanwhile...))
	if err != nil {
		return 0, err
	}
	for _, q := range []string{
		`CREATE TEMP TABLE IF NOT EXISTS meanwhile (external_id TEXT PRIMARY KEY) WITHOUT ROWID`,
		`DELETE FROM temp.meanwhile`,
		`INSERT OR IGNORE INTO temp.meanwhile SELECT value FROM json_each(?)`,
	} {
		args := []any{string(ids)}
		if !strings.Contains(q, "?") {
			args = nil
		}
		if _, err := st.conn.ExecContext(ctx, q, args...); err != nil {
			return 0, err
		}
	}
	if err := st.conn.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM delta_objects d WHERE `+objectMissed+`) + (SELECT count(*) FROM delta_grants d WHERE `+grantMissed+`)`).Scan(&n); err != nil || n == 0 {
		return n, err
	}
	return n, st.keepDrift(ctx)
}

// What the reads of changes missed: what differs and did not change meanwhile.
var (
	objectMissed = notMeanwhile("d.sid", "d.id")
	grantMissed  = notMeanwhile("d.group_sid", "d.group_id") + " AND " + notMeanwhile("d.member_sid", "d.member_id")
)

func notMeanwhile(sid, id string) string {
	return `coalesce((SELECT external_id FROM objects o WHERE o.sid = ` + sid + `), (SELECT external_id FROM kept.objects k WHERE k.id = ` + id + `)) NOT IN (SELECT external_id FROM temp.meanwhile)`
}

// DriftRows is how many rows are kept of a drift: enough to see what is wrong.
const DriftRows = 100

// driftRow is one difference, with what the reads of changes had told and what
// the full read found.
type driftRow struct {
	noun                       string
	sid, id, groupSid, groupID int64
	name, group, told, found   string
}

// keepDrift writes the first differences into the file.
func (st *Staging) keepDrift(ctx context.Context) error {
	var rows []driftRow
	for _, noun := range []string{"account", "entitlement"} {
		table := noun + "s"
		v := versionsOf(noun)
		found, err := st.driftRows(ctx, `SELECT d.sid, d.id, y.name, `+columnsFor(noun)+` FROM delta_objects d JOIN kept.open_`+table+` x ON x.id = d.id JOIN `+table+` y ON y.sid = d.sid
		  WHERE d.op = 'changed' AND d.noun = ? AND `+objectMissed+` ORDER BY y.name, d.id LIMIT ?`, noun, DriftRows-len(rows), func(r *driftRow) ([]any, func()) {
			return append([]any{&r.sid, &r.id, &r.name}, v.places...), func() { r.told, r.found = bothSides(v.differ()) }
		})
		if err != nil {
			return err
		}
		rows = append(rows, found...)
		found, err = st.driftRows(ctx, `SELECT d.sid, d.id, coalesce(y.name, x.name, ''), CASE d.op WHEN 'added' THEN 'not known' ELSE 'there' END,
		    CASE WHEN d.op = 'added' THEN 'there' WHEN d.reason = 'deleted' THEN 'deleted' ELSE 'not returned' END
		  FROM delta_objects d LEFT JOIN kept.open_`+table+` x ON x.id = d.id AND d.op = 'removed' LEFT JOIN `+table+` y ON y.sid = d.sid AND d.op = 'added'
		  WHERE d.op <> 'changed' AND d.noun = ? AND `+objectMissed+` ORDER BY 3, 1, 2 LIMIT ?`, noun, DriftRows-len(rows), func(r *driftRow) ([]any, func()) {
			return []any{&r.sid, &r.id, &r.name, &r.told, &r.found}, nil
		})
		if err != nil {
			return err
		}
		rows = append(rows, found...)
	}
	found, err := st.driftRows(ctx, `SELECT d.member_sid, d.member_id, coalesce(a.name, e.name, ka.name, ke.name, ''), d.group_sid, d.group_id, coalesce(g.name, kg.name, ''),
	    CASE d.op WHEN 'added' THEN 'no member' ELSE 'a member' END, CASE d.op WHEN 'added' THEN 'a member' ELSE 'no member' END
	  FROM delta_grants d LEFT JOIN accounts a ON a.sid = d.member_sid LEFT JOIN entitlements e ON e.sid = d.member_sid LEFT JOIN entitlements g ON g.sid = d.group_sid
	    LEFT JOIN objects om ON om.sid = d.member_sid AND d.member_sid > 0 LEFT JOIN objects og ON og.sid = d.group_sid AND d.group_sid > 0
	    LEFT JOIN kept.open_accounts ka ON ka.id = coalesce(nullif(d.member_id, 0), om.object_id) LEFT JOIN kept.open_entitlements ke ON ke.id = coalesce(nullif(d.member_id, 0), om.object_id)
	    LEFT JOIN kept.open_entitlements kg ON kg.id = coalesce(nullif(d.group_id, 0), og.object_id)
	  WHERE ? <> '' AND `+grantMissed+` ORDER BY 6, 3, 1, 2 LIMIT ?`, "membership", DriftRows-len(rows), func(r *driftRow) ([]any, func()) {
		return []any{&r.sid, &r.id, &r.name, &r.groupSid, &r.groupID, &r.group, &r.told, &r.found}, nil
	})
	if err != nil {
		return err
	}
	for i, r := range append(rows, found...) {
		if _, err := st.conn.ExecContext(ctx, `INSERT INTO drift (ord, noun, sid, id, group_sid, group_id, name, grp, told, found) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			i, r.noun, r.sid, r.id, r.groupSid, r.groupID, r.name, r.group, r.told, r.found); err != nil {
			return err
		}
	}
	return nil
}

// driftRows asks for the differences of one noun; places says where the columns
// of a row go, and what is to be done when they are there.
func (st *Staging) driftRows(ctx context.Context, query, noun string, most int, places func(*driftRow) ([]any, func())) ([]driftRow, error) {
	rows, err := st.conn.QueryContext(ctx, query, noun, most)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []driftRow
	for rows.Next() {
		r := driftRow{noun: noun}
		to, then := places(&r)
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		if then != nil {
			then()
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// bothSides are the fields that differ, as they were told and as they were found.
func bothSides(fields []FieldChange) (told, found string) {
	var before, after []string
	for _, f := range fields {
		before, after = append(before, f.Field+": "+cmp.Or(f.Before, "none")), append(after, f.Field+": "+cmp.Or(f.After, "none"))
	}
	return strings.Join(before, "; "), strings.Join(after, "; ")
}

// NoticeDrift records that a reading in full differed from what readings of
// changes had led to, by so many rows, and the first of these. It is called after
// Apply's own renewal, in its Write.
func (t *Tx) NoticeDrift(ctx context.Context, source, run iam.ID, rows int64, detail string) error {
	id, err := t.NewID(ctx)
	if err != nil {
		return err
	}
	t.Touches("findings", "overview")
	return t.execAll(ctx, []any{sql.Named("id", int64(id)), sql.Named("source", int64(source)), sql.Named("run", int64(run)), sql.Named("seq", int64(t.Seq)), sql.Named("now", t.Now), sql.Named("rows", rows), sql.Named("detail", detail)},
		`UPDATE findings SET until = @seq WHERE kind = 'drift' AND subject_id = @source AND until = 9223372036854775807`,
		`INSERT INTO findings (id, since, until, kind, risk, source_id, subject_id, entitlement_id, detail, first_seen, size, basis, privileged)
		 SELECT @id, @seq, 9223372036854775807, 'drift', 2, @source, @source, 0, @detail, coalesce((SELECT first_seen FROM findings WHERE kind = 'drift' AND subject_id = @source AND until = @seq), @now), @rows, '', 0 WHERE @rows > 0`,
		`DELETE FROM drift_rows WHERE source_id = @source`,
		`INSERT INTO drift_rows (source_id, ord, run_id, noun, object_id, group_id, name, grp, told, found)
		 SELECT @source, d.ord, @run, d.noun, coalesce(nullif(d.id, 0), o.object_id, 0), coalesce(nullif(d.group_id, 0), g.object_id, 0), d.name, d.grp, d.told, d.found
		 FROM stage.drift d LEFT JOIN stage.objects o ON o.sid = d.sid AND d.sid > 0 LEFT JOIN stage.objects g ON g.sid = d.group_sid AND d.group_sid > 0`)
}

// driftEvidence are the rows behind a finding of drift.
func (r *Reader) driftEvidence(ctx context.Context, source iam.ID) ([]Evidence, error) {
	return each(ctx, r, `SELECT d.noun, d.name, d.grp, d.told, d.found, d.object_id,
	    CASE WHEN EXISTS (SELECT 1 FROM open_accounts a WHERE a.id = d.object_id) THEN 'account' WHEN EXISTS (SELECT 1 FROM open_entitlements e WHERE e.id = d.object_id) THEN 'entitlement' ELSE '' END,
	    coalesce((SELECT a.login FROM open_accounts a WHERE a.id = d.object_id), '')
	  FROM drift_rows d WHERE d.source_id = ? ORDER BY d.ord`, []any{source}, func(rows *sql.Rows, e *Evidence) error {
		var noun, group string
		if err := rows.Scan(&noun, &e.Value, &group, &e.Told, &e.Found, &e.ID, &e.Noun, &e.Login); err != nil {
			return err
		}
		switch noun {
		case "account":
			e.Label = "account"
		case "entitlement":
			e.Label = "group"
		default:
			e.Label = "in " + group
		}
		if e.Noun == "" { // it has gone since
			e.ID = 0
		}
		return nil
	})
}

// PrivilegedGroups are the external ids of a source's privileged groups and of
// the groups nested in them.
func (r *Reader) PrivilegedGroups(ctx context.Context, source iam.ID) ([]string, error) {
	rows, err := r.tx.QueryContext(ctx, `WITH RECURSIVE p (id) AS (
	    SELECT id FROM open_entitlements WHERE source_id = ?1 AND privileged = 1
	    UNION SELECT g.member_id FROM p JOIN open_grants g ON g.entitlement_id = p.id WHERE g.nested = 1)
	  SELECT o.external_id FROM p JOIN objects o ON o.id = p.id WHERE o.source_id = ?1 ORDER BY 1`, source)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
