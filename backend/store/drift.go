package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"gatehouse/backend/iam"
)

// Objects counts the different accounts and entitlements that have come. A
// directory that returned more entries than that returned some twice.
func (st *Staging) Objects(ctx context.Context) (n int64, err error) {
	err = st.conn.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM entitlements)`).Scan(&n)
	return n, err
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
// are not among those that changed meanwhile.
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
	const named = `coalesce((SELECT external_id FROM objects o WHERE o.sid = %s), (SELECT external_id FROM kept.objects k WHERE k.id = %s))`
	name := func(sid, id string) string { return strings.Replace(strings.Replace(named, "%s", sid, 1), "%s", id, 1) }
	err = st.conn.QueryRowContext(ctx, `SELECT
	  (SELECT count(*) FROM delta_objects d WHERE `+name("d.sid", "d.id")+` NOT IN (SELECT external_id FROM temp.meanwhile)) +
	  (SELECT count(*) FROM delta_grants d WHERE `+name("d.group_sid", "d.group_id")+` NOT IN (SELECT external_id FROM temp.meanwhile)
	    AND `+name("d.member_sid", "d.member_id")+` NOT IN (SELECT external_id FROM temp.meanwhile))`).Scan(&n)
	return n, err
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

// NoticeDrift opens the finding that reads of changes missed something, renews
// it, or closes it if there is none any more.
func (t *Tx) NoticeDrift(ctx context.Context, source iam.ID, count int64, detail string) error {
	var id, first int64
	var before string
	err := t.tx.QueryRowContext(ctx, `SELECT id, first_seen, detail FROM open_findings WHERE kind = 'drift' AND source_id = ? AND subject_id = ?`, source, source).Scan(&id, &first, &before)
	known := !errors.Is(err, sql.ErrNoRows)
	if known && err != nil {
		return err
	}
	if known && count > 0 && before == detail || !known && count == 0 {
		return nil
	}
	t.Touches("findings")
	if _, err := t.tx.ExecContext(ctx, `UPDATE findings SET until = ? WHERE until = 9223372036854775807 AND kind = 'drift' AND source_id = ?`, t.Seq, source); err != nil || count == 0 {
		return err
	}
	if !known {
		first = t.Now
	}
	fresh, err := t.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO findings (id, since, until, kind, risk, source_id, subject_id, entitlement_id, detail, first_seen)
	  VALUES (?, ?, 9223372036854775807, 'drift', ?, ?, ?, 0, ?, ?)`, fresh, t.Seq, int64(iam.Medium), source, source, detail, first)
	return err
}
