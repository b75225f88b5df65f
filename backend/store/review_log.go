package store

import (
	"context"
	"iter"

	"gatehouse/backend/iam"
)

// LogLine is one line of a campaign's log: a decision, an assignment, or an
// attempt that was refused.
type LogLine struct {
	Seq        iam.Seq
	At         int64
	Item       int64
	Subject    string
	Group      string
	Kind       string // decision, assignment, refused
	Verdict    iam.Verdict
	Until      int64 // of an exception; else 0
	Reason     string
	Person     iam.ID // who decided, or was assigned to; 0: nobody, or not told
	Name       string
	Relation   string
	RecordedBy string
	Channel    string
}

// ReviewLog yields a campaign's log as it happened.
func (r *Reader) ReviewLog(ctx context.Context, c Campaign) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		rows, err := r.tx.QueryContext(ctx, `
		  SELECT x.seq, x.at, x.item, coalesce(i.subject, ''), coalesce(i.entitlement, ''), x.kind, x.verdict, x.until_at, x.reason, x.person, x.name, x.relation, x.recorded_by, x.channel FROM (
		    SELECT seq, at, item, n, 'decision' AS kind, verdict, until_at, reason, decided_by AS person, decided_name AS name, relation, recorded_by, channel FROM review_decisions WHERE campaign_id = ?1
		    UNION ALL SELECT a.seq, a.at, a.item, a.n, 'assignment', '', 0, a.reason, a.reviewer_id, a.reviewer, 'reassigned', a.recorded_by, e.channel
		      FROM review_assignments a JOIN events e ON e.seq = a.seq WHERE a.campaign_id = ?1
		    UNION ALL SELECT e.seq, e.time, n.value ->> 'item', 0, 'refused', coalesce(d.detail ->> 'verdict', ''), 0, coalesce(n.value ->> 'text', ''), 0, coalesce(d.detail ->> 'decidedName', ''), '', e.actor, e.channel
		      FROM events e CROSS JOIN event_details d ON d.seq = e.seq CROSS JOIN json_each(d.detail, '$.notRecorded') n
		      WHERE e.action = 'review.decide' AND e.seq > ?2 AND d.detail ->> 'campaign' = ?1) x
		    LEFT JOIN review_items i ON i.campaign_id = ?1 AND i.ord = x.item
		  ORDER BY x.seq, x.item, x.n, x.kind`, c.ID, c.Seq)
		if err != nil {
			yield(LogLine{}, err)
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var l LogLine
			if err := rows.Scan(&l.Seq, &l.At, &l.Item, &l.Subject, &l.Group, &l.Kind, &l.Verdict, &l.Until, &l.Reason, &l.Person, &l.Name, &l.Relation, &l.RecordedBy, &l.Channel); err != nil {
				yield(l, err)
				return
			}
			if !yield(l, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(LogLine{}, err)
		}
	}
}

// NewestDecisions are the decisions that stand, by item.
func (r *Reader) NewestDecisions(ctx context.Context, campaign iam.ID) (map[int64]Decision, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT d.item, d.n, d.seq, d.at, d.verdict, d.until_at, d.reason, d.decided_by, d.decided_name, d.relation, d.recorded_by, d.channel
	  FROM review_items i CROSS JOIN review_decisions d ON d.campaign_id = i.campaign_id AND d.item = i.ord AND d.n = i.decision WHERE i.campaign_id = ?`, campaign)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[int64]Decision{}
	for rows.Next() {
		var d Decision
		if err := rows.Scan(&d.Item, &d.N, &d.Seq, &d.At, &d.Verdict, &d.Until, &d.Reason, &d.DecidedBy, &d.DecidedName, &d.Relation, &d.RecordedBy, &d.Channel); err != nil {
			return nil, err
		}
		out[d.Item] = d
	}
	return out, rows.Err()
}
