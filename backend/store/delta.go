package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"gatehouse/backend/iam"
)

// Delta is the difference between a complete read and the open rows of its
// source. Base is the Write it was compared against.
type Delta struct {
	Source iam.ID
	Base   iam.Seq
	Counts []DeltaCount
	Digest string // SHA-256 over the changes, in hex
}

// DeltaCount counts the changes of one noun in one direction.
type DeltaCount struct {
	Noun string // account, entitlement, membership, unresolved
	Op   string // added, changed, removed
	N    int64
}

// Total is how many rows of the nouns accounts, entitlements and memberships
// have the operation.
func (d Delta) Total(op string) int64 {
	var n int64
	for _, c := range d.Counts {
		if c.Op == op && c.Noun != "unresolved" {
			n += c.N
		}
	}
	return n
}

// resolve turns references into grants and unresolved members.
var resolve = []string{
	`INSERT OR IGNORE INTO grants SELECT m.sid, r.sid FROM members m JOIN refs r ON r.ref = m.ref WHERE r.sid > 0 AND m.sid IN (SELECT sid FROM entitlements) ORDER BY 1, 2`,
	`INSERT OR IGNORE INTO unresolved SELECT m.sid, m.value,
	   CASE WHEN m.ref = '' THEN 'malformed' WHEN r.sid = -1 THEN 'ambiguous' WHEN r.sid = -2 THEN 'skipped' WHEN m.outside = 1 THEN 'outsideScope' ELSE 'dangling' END
	 FROM members m LEFT JOIN refs r ON r.ref = m.ref WHERE coalesce(r.sid, 0) <= 0 AND m.sid IN (SELECT sid FROM entitlements)`,
	`DROP TABLE members`,
	`DELETE FROM grants WHERE group_sid NOT IN (SELECT sid FROM entitlements)`,
}

// compare fills the delta tables. kept is the database, read-only; ? is the
// source.
var compare = []string{
	`UPDATE objects SET object_id = coalesce((SELECT k.id FROM kept.objects k WHERE k.source_id = ?1 AND k.external_id = objects.external_id), 0)`,
	`CREATE INDEX objects_id ON objects (object_id) WHERE object_id > 0`,

	`INSERT INTO delta_objects SELECT CASE WHEN k.id IS NULL THEN 'added' ELSE 'changed' END, 'account', a.sid, o.object_id
	 FROM accounts a JOIN objects o ON o.sid = a.sid LEFT JOIN kept.open_accounts k ON k.id = o.object_id WHERE k.id IS NULL OR k.digest <> a.digest`,
	`INSERT INTO delta_objects SELECT 'removed', 'account', 0, k.id FROM kept.open_accounts k
	 WHERE k.source_id = ?1 AND NOT EXISTS (SELECT 1 FROM objects o JOIN accounts a ON a.sid = o.sid WHERE o.object_id = k.id AND o.object_id > 0)`,

	`INSERT INTO delta_objects SELECT CASE WHEN k.id IS NULL THEN 'added' ELSE 'changed' END, 'entitlement', e.sid, o.object_id
	 FROM entitlements e JOIN objects o ON o.sid = e.sid LEFT JOIN kept.open_entitlements k ON k.id = o.object_id WHERE k.id IS NULL OR k.digest <> e.digest`,
	`INSERT INTO delta_objects SELECT 'removed', 'entitlement', 0, k.id FROM kept.open_entitlements k
	 WHERE k.source_id = ?1 AND NOT EXISTS (SELECT 1 FROM objects o JOIN entitlements e ON e.sid = o.sid WHERE o.object_id = k.id AND o.object_id > 0)`,

	`INSERT INTO delta_grants SELECT 'added', g.group_sid, g.member_sid, og.object_id, om.object_id
	 FROM grants g CROSS JOIN objects og ON og.sid = g.group_sid CROSS JOIN objects om ON om.sid = g.member_sid
	 WHERE og.object_id = 0 OR om.object_id = 0 OR NOT EXISTS (SELECT 1 FROM kept.open_grants k WHERE k.entitlement_id = og.object_id AND k.member_id = om.object_id)`,
	`INSERT INTO delta_grants SELECT 'removed', 0, 0, k.entitlement_id, k.member_id
	 FROM kept.objects ko CROSS JOIN kept.open_grants k ON k.entitlement_id = ko.id
	 WHERE ko.source_id = ?1 AND ko.noun = 'entitlement' AND NOT EXISTS (SELECT 1 FROM objects og JOIN objects om JOIN grants g ON g.group_sid = og.sid AND g.member_sid = om.sid
	   WHERE og.object_id = k.entitlement_id AND og.object_id > 0 AND om.object_id = k.member_id AND om.object_id > 0)`,

	`INSERT INTO delta_unresolved SELECT 'added', u.group_sid, o.object_id, u.value, u.reason FROM unresolved u JOIN objects o ON o.sid = u.group_sid
	 WHERE NOT EXISTS (SELECT 1 FROM kept.open_unresolved k WHERE k.entitlement_id = o.object_id AND k.value = u.value AND k.reason = u.reason)`,
	`INSERT INTO delta_unresolved SELECT 'removed', 0, k.entitlement_id, k.value, k.reason FROM kept.objects ko CROSS JOIN kept.open_unresolved k ON k.entitlement_id = ko.id
	 WHERE ko.source_id = ?1 AND ko.noun = 'entitlement' AND NOT EXISTS (SELECT 1 FROM objects o JOIN unresolved u ON u.group_sid = o.sid
	   WHERE o.object_id = k.entitlement_id AND o.object_id > 0 AND u.value = k.value AND u.reason = k.reason)`,
}

// Finish ends the reading into the file and compares it with the open rows.
func (st *Staging) Finish(ctx context.Context, source iam.ID) (Delta, error) {
	st.exec(ctx, "COMMIT")
	if st.err != nil {
		return Delta{}, st.err
	}
	if err := st.attach(ctx); err != nil {
		return Delta{}, err
	}
	if _, err := st.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return Delta{}, err
	}
	d := Delta{Source: source}
	// One snapshot of the kept rows for the whole comparison.
	if err := st.conn.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM kept.runs WHERE source_id = ? AND state IN ('applied', 'released')", source).Scan(&d.Base); err != nil {
		return Delta{}, err
	}
	for _, q := range resolve {
		if _, err := st.conn.ExecContext(ctx, q); err != nil {
			return Delta{}, fmt.Errorf("%.60s: %w", q, err)
		}
	}
	for _, q := range compare {
		args := []any{source}
		if !strings.Contains(q, "?1") {
			args = nil
		}
		if _, err := st.conn.ExecContext(ctx, q, args...); err != nil {
			return Delta{}, fmt.Errorf("%.60s: %w", q, err)
		}
	}
	if _, err := st.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return Delta{}, err
	}
	return d, st.summarise(ctx, &d)
}

func (st *Staging) attach(ctx context.Context) error {
	_, err := st.conn.ExecContext(ctx, "ATTACH DATABASE ? AS kept", "file:"+(&url.URL{Path: st.kept}).EscapedPath()+"?mode=ro")
	return err
}

// Delta reads the difference that Finish left in the file.
func (st *Staging) Delta(ctx context.Context, source iam.ID) (Delta, error) {
	d := Delta{Source: source}
	if err := st.attach(ctx); err != nil {
		return d, err
	}
	return d, st.summarise(ctx, &d)
}

// summarise counts the changes and takes their digest: one line a change, in
// order, naming objects by the directory's ids.
func (st *Staging) summarise(ctx context.Context, d *Delta) error {
	rows, err := st.conn.QueryContext(ctx, `
	  SELECT noun, op, count(*) FROM delta_objects GROUP BY 1, 2
	  UNION ALL SELECT 'membership', op, count(*) FROM delta_grants GROUP BY 2
	  UNION ALL SELECT 'unresolved', op, count(*) FROM delta_unresolved GROUP BY 2`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c DeltaCount
		if err := rows.Scan(&c.Noun, &c.Op, &c.N); err != nil {
			return err
		}
		d.Counts = append(d.Counts, c)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	h := sha256.New()
	if err := st.hashAdded(ctx, h); err != nil {
		return err
	}
	for _, q := range []string{
		`SELECT 'membership', d.op, kg.external_id, km.external_id FROM delta_grants d JOIN kept.objects kg ON kg.id = d.group_id JOIN kept.objects km ON km.id = d.member_id
		 WHERE d.op = 'removed' ORDER BY 3, 4`,
		`SELECT d.noun, d.op, coalesce(o.external_id, k.external_id), hex(coalesce(a.digest, e.digest, ''))
		 FROM delta_objects d LEFT JOIN objects o ON o.sid = d.sid LEFT JOIN kept.objects k ON k.id = d.id
		 LEFT JOIN accounts a ON a.sid = d.sid AND d.noun = 'account' LEFT JOIN entitlements e ON e.sid = d.sid AND d.noun = 'entitlement' ORDER BY 1, 2, 3`,
		`SELECT 'unresolved', d.op, coalesce(o.external_id, k.external_id), d.value || ' ' || d.reason
		 FROM delta_unresolved d LEFT JOIN objects o ON o.sid = d.group_sid LEFT JOIN kept.objects k ON k.id = d.group_id ORDER BY 2, 3, 4`,
	} {
		if err := st.hashRows(ctx, q, h); err != nil {
			return err
		}
	}
	d.Digest = hex.EncodeToString(h.Sum(nil))
	return nil
}

// hashAdded hashes the added memberships in the order of the external ids. There
// may be millions, so pairs of ranks are sorted, and not texts.
func (st *Staging) hashAdded(ctx context.Context, h io.Writer) error {
	byRank := []string{}
	rank := make([]uint32, len(st.sids)+1)
	rows, err := st.conn.QueryContext(ctx, `SELECT sid, external_id FROM objects ORDER BY external_id`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var sid int
		var id string
		if err := rows.Scan(&sid, &id); err != nil {
			return err
		}
		for sid >= len(rank) { // the file was opened again: what has been seen is not known
			rank = append(rank, 0)
		}
		rank[sid] = uint32(len(byRank))
		byRank = append(byRank, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	added, err := st.conn.QueryContext(ctx, `SELECT group_sid, member_sid FROM delta_grants WHERE op = 'added'`)
	if err != nil {
		return err
	}
	defer func() { _ = added.Close() }()
	var pairs []uint64
	for added.Next() {
		var group, member int
		if err := added.Scan(&group, &member); err != nil {
			return err
		}
		pairs = append(pairs, uint64(rank[group])<<32|uint64(rank[member]))
	}
	if err := added.Err(); err != nil {
		return err
	}
	slices.Sort(pairs)
	for _, p := range pairs {
		if _, err := io.WriteString(h, "membership\tadded\t"+byRank[p>>32]+"\t"+byRank[uint32(p)]+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func (st *Staging) hashRows(ctx context.Context, query string, h io.Writer) error {
	rows, err := st.conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var noun, op, a, b string
		if err := rows.Scan(&noun, &op, &a, &b); err != nil {
			return err
		}
		_, _ = h.Write([]byte(noun + "\t" + op + "\t" + a + "\t" + b + "\n"))
	}
	return rows.Err()
}

// DeltaRow is one change of a run that was not applied, for people.
type DeltaRow struct {
	Noun, Op         string
	ID               iam.ID // 0 if the object is new
	Name, DN         string
	GroupID          iam.ID
	Group            string
	DNBefore, Reason string
}

// Rows lists the changes, filtered, a page at a time, with their total.
func (st *Staging) Rows(ctx context.Context, noun, op string, skip, most int) ([]DeltaRow, int64, error) {
	const union = `
	  SELECT d.noun AS noun, d.op AS op, d.id AS id, coalesce(a.name, e.name, ka.name, ke.name, '') AS name, coalesce(a.dn, e.dn, ka.dn, ke.dn, '') AS dn, 0 AS group_id, '' AS grp, coalesce(ka.dn, ke.dn, '') AS before, '' AS reason
	  FROM delta_objects d LEFT JOIN accounts a ON a.sid = d.sid AND d.noun = 'account' LEFT JOIN entitlements e ON e.sid = d.sid AND d.noun = 'entitlement'
	  LEFT JOIN kept.open_accounts ka ON ka.id = d.id AND d.noun = 'account' LEFT JOIN kept.open_entitlements ke ON ke.id = d.id AND d.noun = 'entitlement'
	  UNION ALL
	  SELECT 'membership', d.op, d.member_id, coalesce(a.name, e.name, ka.name, ke.name, ''), coalesce(a.dn, e.dn, ka.dn, ke.dn, ''), d.group_id, coalesce(g.name, kg.name, ''), '', ''
	  FROM delta_grants d LEFT JOIN accounts a ON a.sid = d.member_sid LEFT JOIN entitlements e ON e.sid = d.member_sid LEFT JOIN entitlements g ON g.sid = d.group_sid
	  LEFT JOIN kept.open_accounts ka ON ka.id = d.member_id LEFT JOIN kept.open_entitlements ke ON ke.id = d.member_id LEFT JOIN kept.open_entitlements kg ON kg.id = d.group_id
	  UNION ALL
	  SELECT 'unresolved', d.op, 0, d.value, d.value, d.group_id, coalesce(g.name, kg.name, ''), '', d.reason
	  FROM delta_unresolved d LEFT JOIN entitlements g ON g.sid = d.group_sid LEFT JOIN kept.open_entitlements kg ON kg.id = d.group_id`
	where := ` WHERE (?1 = '' OR noun = ?1) AND (?2 = '' OR op = ?2)`
	var total int64
	if err := st.conn.QueryRowContext(ctx, "SELECT count(*) FROM ("+union+")"+where, noun, op).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := st.conn.QueryContext(ctx, "SELECT noun, op, id, name, dn, group_id, grp, before, reason FROM ("+union+")"+where+" ORDER BY op DESC, noun, name, grp LIMIT ?3 OFFSET ?4", noun, op, most, skip)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	var out []DeltaRow
	for rows.Next() {
		var r DeltaRow
		if err := rows.Scan(&r.Noun, &r.Op, &r.ID, &r.Name, &r.DN, &r.GroupID, &r.Group, &r.DNBefore, &r.Reason); err != nil {
			return nil, 0, err
		}
		out = append(out, r)
	}
	return out, total, rows.Err()
}
