package store

import (
	"context"
	"database/sql"
	"fmt"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
)

func (r *Reader) edges(ctx context.Context, query string, args ...any) ([]access.Edge, error) {
	rows, err := r.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []access.Edge
	for rows.Next() {
		var e access.Edge
		if err := rows.Scan(&e.Member, &e.Group, &e.Since); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// Above are the edges from the members up: every group they are in, directly or
// by nesting, and how.
func (r *Reader) Above(ctx context.Context, members ...iam.ID) ([]access.Edge, error) {
	own := r.stoodWhere("g", "g.member_id = up.id")
	return r.edges(ctx, `
	  WITH RECURSIVE up AS (
	    SELECT value AS id FROM json_each(?)
	    UNION SELECT g.entitlement_id FROM up CROSS JOIN grants g WHERE `+own+`)
	  SELECT g.member_id, g.entitlement_id, g.since FROM up CROSS JOIN grants g WHERE `+own, idList(members))
}

// Below are the edges from the groups down: everything that is in them,
// directly or by nesting. With groupsOnly the accounts are left out.
func (r *Reader) Below(ctx context.Context, groupsOnly bool, groups ...iam.ID) ([]access.Edge, error) {
	inside := r.stood("g")
	if groupsOnly {
		inside = r.nested()
	}
	return r.edges(ctx, `
	  WITH RECURSIVE down AS (
	    SELECT value AS id FROM json_each(?1)
	    UNION SELECT g.member_id FROM down CROSS JOIN grants g WHERE `+r.nested()+`)
	  SELECT g.member_id, g.entitlement_id, g.since FROM down CROSS JOIN grants g WHERE g.entitlement_id = down.id AND `+inside, idList(groups))
}

// nested are the groups g in the groups down.
func (r *Reader) nested() string {
	return r.stoodWhere("g", "g.entitlement_id = down.id AND g.nested = 1")
}

// GroupCounts are how many groups an account is in.
type GroupCounts struct{ Direct, Effective int64 }

// GroupCounts counts for each account.
func (r *Reader) GroupCounts(ctx context.Context, accounts []iam.ID) (map[iam.ID]GroupCounts, error) {
	rows, err := r.tx.QueryContext(ctx, `
	  WITH RECURSIVE up AS (
	    SELECT j.value AS start, g.entitlement_id AS id FROM json_each(?1) j CROSS JOIN grants g WHERE `+r.stoodWhere("g", "g.member_id = j.value")+`
	    UNION SELECT up.start, g.entitlement_id FROM up CROSS JOIN grants g WHERE `+r.stoodWhere("g", "g.member_id = up.id")+`)
	  SELECT start, count(*), (SELECT count(*) FROM grants d WHERE `+r.stoodWhere("d", "d.member_id = start")+`) FROM up GROUP BY start`, idList(accounts))
	return scanCounts(rows, err)
}

func scanCounts(rows *sql.Rows, err error) (map[iam.ID]GroupCounts, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID]GroupCounts{}
	for rows.Next() {
		var id iam.ID
		var c GroupCounts
		if err := rows.Scan(&id, &c.Effective, &c.Direct); err != nil {
			return nil, err
		}
		out[id] = c
	}
	return out, rows.Err()
}

// CountGroupsOf counts the distinct groups of several accounts together.
func (r *Reader) CountGroupsOf(ctx context.Context, accounts []iam.ID) (GroupCounts, error) {
	var c GroupCounts
	own := r.stoodWhere("g", "g.member_id = j.value")
	err := r.tx.QueryRowContext(ctx, `
	  WITH RECURSIVE up AS (
	    SELECT g.entitlement_id AS id FROM json_each(?1) j CROSS JOIN grants g WHERE `+own+`
	    UNION SELECT g.entitlement_id FROM up CROSS JOIN grants g WHERE `+r.stoodWhere("g", "g.member_id = up.id")+`)
	  SELECT (SELECT count(DISTINCT g.entitlement_id) FROM json_each(?1) j CROSS JOIN grants g WHERE `+own+`), (SELECT count(*) FROM up)`,
		idList(accounts)).Scan(&c.Direct, &c.Effective)
	return c, err
}

// IdentityGroupCounts counts the distinct groups of each identity over its
// accounts.
func (r *Reader) IdentityGroupCounts(ctx context.Context, identities []iam.ID) (map[iam.ID]GroupCounts, error) {
	rows, err := r.tx.QueryContext(ctx, `
	  WITH RECURSIVE direct AS (
	    SELECT DISTINCT a.identity_id AS start, g.entitlement_id AS id FROM json_each(?1) j CROSS JOIN accounts a CROSS JOIN grants g
	      WHERE `+r.stoodWhere("a", "a.identity_id = j.value")+` AND `+r.stoodWhere("g", "g.member_id = a.id")+`),
	  up AS (
	    SELECT start, id FROM direct
	    UNION SELECT up.start, g.entitlement_id FROM up CROSS JOIN grants g WHERE `+r.stoodWhere("g", "g.member_id = up.id")+`)
	  SELECT u.start, u.n, d.n FROM (SELECT start, count(*) AS n FROM up GROUP BY start) u JOIN (SELECT start, count(*) AS n FROM direct GROUP BY start) d ON d.start = u.start`, idList(identities))
	return scanCounts(rows, err)
}

// SeqTime is when a Write happened, in microseconds.
func (r *Reader) SeqTime(ctx context.Context, seq iam.Seq) (int64, error) {
	var at int64
	err := r.tx.QueryRowContext(ctx, `SELECT time FROM events WHERE seq = ?`, seq).Scan(&at)
	return at, err
}

// SomeAccountIn is one account in a group, directly or by nesting, to explain
// the group with; 0 if there is none. Enabled ones come first.
func (r *Reader) SomeAccountIn(ctx context.Context, group iam.ID) (iam.ID, error) {
	const first = `
	  WITH RECURSIVE down AS (
	    SELECT ?1 AS id
	    UNION SELECT g.member_id FROM down CROSS JOIN grants g WHERE %s)
	  SELECT a.id FROM down CROSS JOIN grants g ON g.entitlement_id = down.id CROSS JOIN accounts a ON a.id = g.member_id
	  WHERE %s AND %s AND g.nested = 0 %s LIMIT 1`
	ids, err := r.ids(ctx, fmt.Sprintf(first, r.nested(), r.stood("g"), r.stood("a"), "AND a.enabled = 1"), group)
	if err == nil && len(ids) == 0 {
		ids, err = r.ids(ctx, fmt.Sprintf(first, r.nested(), r.stood("g"), r.stood("a"), ""), group)
	}
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}
