package store

import (
	"context"

	"gatehouse/backend/iam"
)

// ReviewedGrant names a grant that a review decided: Subject is 0 and Value
// set for an unresolved member.
type ReviewedGrant struct {
	Group, Subject iam.ID
	Value          string
}

// LastReview is the newest conclusion of any review about a grant.
type LastReview struct {
	Verdict  iam.Verdict
	At       int64 // microseconds
	Until    int64 // of an exception
	Campaign string
	Closed   bool // the campaign, by then
}

// LastReviewsAt are the newest conclusions about grants, as of a Write, whether
// their groups were privileged then or not. Items that were put off, not known
// or withdrawn conclude nothing.
func (r *Reader) LastReviewsAt(ctx context.Context, seq iam.Seq) (map[ReviewedGrant]LastReview, error) {
	rows, err := r.tx.QueryContext(ctx, `
	  SELECT i.entitlement_id, i.subject_id, CASE WHEN i.subject_id = 0 THEN i.subject ELSE '' END, d.verdict, d.at, d.until_at, c.name, c.closed_seq > 0 AND c.closed_seq <= ?1
	  FROM campaigns c CROSS JOIN review_items i ON i.campaign_id = c.id CROSS JOIN review_decisions d ON d.campaign_id = i.campaign_id AND d.item = i.ord
	  WHERE i.excluded = 0 AND d.verdict IN ('keep', 'revoke', 'modify', 'exception')
	    AND d.n = (SELECT max(n) FROM review_decisions x WHERE x.campaign_id = d.campaign_id AND x.item = d.item AND x.seq <= ?1)
	  ORDER BY d.seq, c.id, i.ord`, seq)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[ReviewedGrant]LastReview{}
	for rows.Next() {
		var g ReviewedGrant
		var l LastReview
		if err := rows.Scan(&g.Group, &g.Subject, &g.Value, &l.Verdict, &l.At, &l.Until, &l.Campaign, &l.Closed); err != nil {
			return nil, err
		}
		out[g] = l
	}
	return out, rows.Err()
}
