package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// SeqAt is the newest Write at or before a time, 0 if there was none: one
// number that fixes every record of every source as of then.
func (r *Reader) SeqAt(ctx context.Context, at int64) (iam.Seq, error) {
	ids, err := r.ids(ctx, `SELECT seq FROM events WHERE time <= ? ORDER BY time DESC, seq DESC LIMIT 1`, at)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return iam.Seq(ids[0]), nil
}

// BelowAt is Below as it was after a Write.
func (r *Reader) BelowAt(ctx context.Context, seq iam.Seq, groupsOnly bool, groups ...iam.ID) ([]access.Edge, error) {
	return r.edges(ctx, `
	  WITH RECURSIVE down AS (
	    SELECT value AS id FROM json_each(?1)
	    UNION SELECT g.member_id FROM down JOIN grants g ON g.entitlement_id = down.id WHERE g.since <= ?3 AND g.until > ?3 AND g.nested = 1)
	  SELECT g.member_id, g.entitlement_id, g.since FROM down JOIN grants g ON g.entitlement_id = down.id
	  WHERE g.since <= ?3 AND g.until > ?3 AND (g.nested = 1 OR NOT ?2)`, idList(groups), groupsOnly, seq)
}

// FirstRead is when the first reading of a source, by its name, or of any source
// was applied, and whether the Reader's moment lies before that. 0: none was.
func (r *Reader) FirstRead(ctx context.Context, source string) (at int64, before bool, err error) {
	var seq iam.Seq
	err = r.tx.QueryRowContext(ctx, `SELECT r.ended_at, r.seq FROM runs r JOIN sources s ON s.id = r.source_id
	  WHERE r.state IN ('applied', 'released') AND r.seq > 0 AND (?1 = '' OR s.name = ?1) ORDER BY r.seq LIMIT 1`, source).Scan(&at, &seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return at, r.past && r.at < seq, err
}

// SourceAt is a source as it stood after a Write. Its name and configuration
// are the present ones, which keep no history.
type SourceAt struct {
	iam.Source
	Shown  *iam.Run // the run whose reading stood; nil if none was applied yet
	Newest *iam.Run // the last that had ended, whatever it came to; nil if none
	Next   *iam.Run // the next that was applied after it; nil if none yet
}

// SourcesAt are the sources that were connected after a Write, by name.
func (r *Reader) SourcesAt(ctx context.Context, seq iam.Seq) ([]SourceAt, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT id, name, kind, config, config_version, created_at FROM sources WHERE since <= ?1 AND until > ?1 ORDER BY name, id`, seq)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []SourceAt
	for rows.Next() {
		var row db.Source
		if err := rows.Scan(&row.ID, &row.Name, &row.Kind, &row.Config, &row.ConfigVersion, &row.CreatedAt); err != nil {
			return nil, err
		}
		src, err := sourceOf(row)
		if err != nil {
			return nil, err
		}
		out = append(out, SourceAt{Source: src})
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range out {
		if err := r.runsAround(ctx, &out[i], seq); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *Reader) runsAround(ctx context.Context, s *SourceAt, seq iam.Seq) error {
	find := func(run **iam.Run, query string) error {
		ids, err := r.ids(ctx, query, s.ID, seq)
		if err != nil || len(ids) == 0 {
			return err
		}
		found, err := r.Run(ctx, ids[0])
		*run = &found
		return err
	}
	return errors.Join(
		find(&s.Shown, `SELECT id FROM runs WHERE source_id = ? AND state IN ('applied', 'released') AND seq > 0 AND seq <= ? ORDER BY seq DESC LIMIT 1`),
		find(&s.Newest, `SELECT id FROM runs WHERE source_id = ? AND seq > 0 AND seq <= ? ORDER BY seq DESC LIMIT 1`),
		find(&s.Next, `SELECT id FROM runs WHERE source_id = ? AND state IN ('applied', 'released') AND seq > ? ORDER BY seq LIMIT 1`),
	)
}

// CountsAt are the rows of a source that were open after a Write.
type CountsAt struct{ Accounts, Groups, Memberships, Unresolved int64 }

// CountsAt counts backwards: the open rows of today, less what was opened after
// the Write, plus what was closed after it. So it does not rest on the same
// comparison as the rows of then, and can be held against them.
func (r *Reader) CountsAt(ctx context.Context, source iam.ID, seq iam.Seq) (CountsAt, error) {
	var c CountsAt
	const ours = `x.entitlement_id IN (SELECT id FROM objects WHERE source_id = ?1 AND noun = 'entitlement')`
	count := func(table, of string) string {
		return `(SELECT count(*) FROM ` + table + ` x WHERE x.until = 9223372036854775807 AND ` + of + `)
		  - (SELECT count(*) FROM ` + table + ` x WHERE x.since > ?2 AND ` + of + `)
		  + (SELECT count(*) FROM ` + table + ` x WHERE x.until < 9223372036854775807 AND x.until > ?2 AND ` + of + `)`
	}
	err := r.tx.QueryRowContext(ctx, `SELECT `+count("accounts", "x.source_id = ?1")+`, `+count("entitlements", "x.source_id = ?1")+`, `+
		count("grants", ours)+`, `+count("unresolved", ours), source, seq).Scan(&c.Accounts, &c.Groups, &c.Memberships, &c.Unresolved)
	return c, err
}

// GroupAt is a group as it was after a Write.
type GroupAt struct {
	ID         iam.ID
	Name, DN   string
	Privileged bool
}

// GroupsAt are the groups of a source as they were after a Write.
func (r *Reader) GroupsAt(ctx context.Context, source iam.ID, seq iam.Seq) ([]GroupAt, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT id, name, dn, privileged FROM entitlements WHERE source_id = ?1 AND since <= ?2 AND until > ?2 ORDER BY name_fold, id`, source, seq)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []GroupAt
	for rows.Next() {
		var g GroupAt
		if err := rows.Scan(&g.ID, &g.Name, &g.DN, &g.Privileged); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// EdgesAt are the direct memberships of a source as they were after a Write:
// those of accounts, or those of groups in groups.
func (r *Reader) EdgesAt(ctx context.Context, source iam.ID, seq iam.Seq, nested bool) ([]access.Edge, error) {
	return r.edges(ctx, `SELECT g.member_id, g.entitlement_id, g.since FROM objects o CROSS JOIN grants g ON g.entitlement_id = o.id
	  WHERE o.source_id = ?1 AND o.noun = 'entitlement' AND g.since <= ?2 AND g.until > ?2 AND g.nested = ?3`, source, seq, nested)
}

// UnresolvedAt is an unresolved member as it was after a Write.
type UnresolvedAt struct {
	Group iam.ID
	Unresolved
}

// UnresolvedIn are the unresolved members of a source's groups as they were
// after a Write, by value.
func (r *Reader) UnresolvedIn(ctx context.Context, source iam.ID, seq iam.Seq) ([]UnresolvedAt, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT u.entitlement_id, u.value, u.reason, u.since FROM objects o CROSS JOIN unresolved u ON u.entitlement_id = o.id
	  WHERE o.source_id = ?1 AND o.noun = 'entitlement' AND u.since <= ?2 AND u.until > ?2 ORDER BY u.value, u.entitlement_id`, source, seq)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []UnresolvedAt
	for rows.Next() {
		var u UnresolvedAt
		if err := rows.Scan(&u.Group, &u.Value, &u.Reason, &u.Since); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

// SeqTimes are the times of Writes.
func (r *Reader) SeqTimes(ctx context.Context, seqs []iam.Seq) (map[iam.Seq]int64, error) {
	list, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	rows, err := r.tx.QueryContext(ctx, `SELECT e.seq, e.time FROM json_each(?) j CROSS JOIN events e ON e.seq = j.value`, string(list))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := make(map[iam.Seq]int64, len(seqs))
	for rows.Next() {
		var seq iam.Seq
		var at int64
		if err := rows.Scan(&seq, &at); err != nil {
			return nil, err
		}
		out[seq] = at
	}
	return out, rows.Err()
}

// Observation is an applied run that changed something, with its source's name.
type Observation struct {
	iam.Run
	SourceName string
}

// Observations are the newest applied runs that changed something, oldest
// first, whatever point the Reader sees, and when the first run of all ended.
func (r *Reader) Observations(ctx context.Context, most int) (out []Observation, first int64, err error) {
	if err := r.tx.QueryRowContext(ctx, `SELECT coalesce(min(ended_at), 0) FROM runs WHERE state IN ('applied', 'released') AND seq > 0`).Scan(&first); err != nil {
		return nil, 0, err
	}
	rows, err := r.tx.QueryContext(ctx, `SELECT * FROM (
	    SELECT r.id, r.seq, r.ended_at, r.source_id, r.added, r.changed, r.removed, s.name FROM runs r JOIN sources s ON s.id = r.source_id
	    WHERE r.state IN ('applied', 'released') AND r.seq > 0 AND r.added + r.changed + r.removed > 0 ORDER BY r.seq DESC LIMIT ?) ORDER BY seq`, most)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var o Observation
		if err := rows.Scan(&o.ID, &o.Seq, &o.EndedAt, &o.SourceID, &o.Added, &o.Changed, &o.Removed, &o.SourceName); err != nil {
			return nil, 0, err
		}
		out = append(out, o)
	}
	return out, first, rows.Err()
}

// SourcesThen are SourcesAt the point of a Reader of the past.
func (r *Reader) SourcesThen(ctx context.Context) ([]SourceAt, error) {
	var err error
	if r.then == nil {
		r.then, err = r.SourcesAt(ctx, r.at)
	}
	return r.then, err
}

// SourceThen is a source as it stood at the point of a Reader of the past.
func (r *Reader) SourceThen(ctx context.Context, id iam.ID) (SourceAt, error) {
	all, err := r.SourcesThen(ctx)
	if err != nil {
		return SourceAt{}, err
	}
	for _, s := range all {
		if s.ID == id {
			return s, nil
		}
	}
	return SourceAt{}, iam.Errorf(iam.NotFound, "This source was not connected then.")
}
