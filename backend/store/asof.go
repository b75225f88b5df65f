package store

import (
	"context"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
)

// SeqAt is the newest Write at or before a time, 0 if there was none: one
// number that fixes every record of every source as of then.
func (r *Reader) SeqAt(ctx context.Context, at int64) (iam.Seq, error) {
	var seq iam.Seq
	err := r.tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM events WHERE time <= ?`, at).Scan(&seq)
	return seq, err
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
