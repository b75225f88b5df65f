package store

import (
	"context"
	"database/sql"

	"gatehouse/backend/iam"
)

// What later reads say of frozen grants: memberships and records over time.

// Revoked is an item whose newest decision is to revoke it.
type Revoked struct {
	Item        int64
	Basis       iam.Basis
	Subject     iam.ID // 0: unresolved
	Name        string // of the subject when frozen; of an unresolved member its value
	Entitlement iam.ID
	Group       string // its name when frozen
	Source      iam.ID
	Seq         iam.Seq // of the decision
	At          int64
	Reason      string
}

// Revoked lists them by number; item 0 means all.
func (r *Reader) Revoked(ctx context.Context, campaign iam.ID, item int64) ([]Revoked, error) {
	return each(ctx, r, `
	  SELECT i.ord, i.basis, i.subject_id, i.subject, i.entitlement_id, i.entitlement, i.source_id, d.seq, d.at, d.reason
	  FROM review_items i JOIN review_decisions d ON d.campaign_id = i.campaign_id AND d.item = i.ord AND d.n = i.decision
	  WHERE i.campaign_id = ?1 AND i.excluded = 0 AND i.verdict = 'revoke' AND (i.ord = ?2 OR ?2 = 0) ORDER BY i.ord`,
		[]any{campaign, item}, func(rows *sql.Rows, x *Revoked) error {
			return rows.Scan(&x.Item, &x.Basis, &x.Subject, &x.Name, &x.Entitlement, &x.Group, &x.Source, &x.Seq, &x.At, &x.Reason)
		})
}

// Span is a time in which something was: from a Write on, up to another.
type Span struct{ Since, Until iam.Seq }

// At says whether it was, after a Write.
func (s Span) At(seq iam.Seq) bool { return s.Since <= seq && seq < s.Until }

// EdgeSpan is a direct membership over a time.
type EdgeSpan struct {
	Member, Group iam.ID
	Span
	Nested bool // the member is a group
}

// EdgeSpans are the memberships by which the members can have been in the
// groups at any time since a Write: their own and those of groups in groups.
func (r *Reader) EdgeSpans(ctx context.Context, since iam.Seq, members, groups []iam.ID) ([]EdgeSpan, error) {
	return each(ctx, r, `
	  WITH RECURSIVE
	  ended AS (SELECT member_id, entitlement_id, since, until, nested FROM grants
	    WHERE until > ?1 AND until < 9223372036854775807 AND (nested = 1 OR member_id IN (SELECT value FROM json_each(?2)))),
	  down AS (
	    SELECT value AS id FROM json_each(?3)
	    UNION SELECT member_id FROM ended WHERE nested = 1
	    UNION SELECT g.member_id FROM down JOIN grants g ON g.entitlement_id = down.id WHERE g.until = 9223372036854775807 AND g.nested = 1)
	  SELECT member_id, entitlement_id, since, until, nested FROM ended
	  UNION SELECT g.member_id, g.entitlement_id, g.since, g.until, g.nested FROM down JOIN grants g ON g.entitlement_id = down.id WHERE g.until = 9223372036854775807 AND g.nested = 1
	  UNION SELECT g.member_id, g.entitlement_id, g.since, g.until, g.nested FROM json_each(?2) j CROSS JOIN grants g ON g.member_id = j.value WHERE g.until = 9223372036854775807`,
		[]any{since, idList(members), idList(groups)}, func(rows *sql.Rows, e *EdgeSpan) error {
			return rows.Scan(&e.Member, &e.Group, &e.Since, &e.Until, &e.Nested)
		})
}

// UnresolvedSpan is a member that was no account or group of ours, over a time.
type UnresolvedSpan struct {
	Group iam.ID
	Value string
	Why   iam.Unresolved
	Span
}

// UnresolvedSpans are those of the groups that were there after a Write.
func (r *Reader) UnresolvedSpans(ctx context.Context, since iam.Seq, groups []iam.ID) ([]UnresolvedSpan, error) {
	return each(ctx, r, `SELECT u.entitlement_id, u.value, u.reason, u.since, u.until FROM json_each(?2) j CROSS JOIN unresolved u ON u.entitlement_id = j.value WHERE u.until > ?1 ORDER BY 1, 2, u.since`,
		[]any{since, idList(groups)}, func(rows *sql.Rows, u *UnresolvedSpan) error {
			return rows.Scan(&u.Group, &u.Value, &u.Why, &u.Since, &u.Until)
		})
}

// What a group can gain: unresolved members, accounts and groups, and of those
// the ones that were new or changed in the same read.
const (
	GainedUnresolved = `SELECT DISTINCT entitlement_id, since FROM unresolved WHERE since > ?`
	GainedMembers    = `SELECT DISTINCT entitlement_id, since FROM opened_grants WHERE since > ?`
	GainedNew        = `SELECT DISTINCT g.entitlement_id, g.since FROM opened_grants g WHERE g.since > ?
	  AND (EXISTS (SELECT 1 FROM accounts a WHERE a.id = g.member_id AND a.since = g.since) OR EXISTS (SELECT 1 FROM entitlements e WHERE e.id = g.member_id AND e.since = g.since))`
)

// Gained are the Writes after a Write in which groups gained something.
func (r *Reader) Gained(ctx context.Context, what string, since iam.Seq) (map[iam.ID]map[iam.Seq]bool, error) {
	out := map[iam.ID]map[iam.Seq]bool{}
	_, err := each(ctx, r, what, []any{since}, func(rows *sql.Rows, _ *struct{}) error {
		var group iam.ID
		var seq iam.Seq
		err := rows.Scan(&group, &seq)
		if out[group] == nil {
			out[group] = map[iam.Seq]bool{}
		}
		out[group][seq] = true
		return err
	})
	return out, err
}

// Returned are the times in which accounts and entitlements were returned by
// their source, in order.
func (r *Reader) Returned(ctx context.Context, ids []iam.ID) (map[iam.ID][]Span, error) {
	out := map[iam.ID][]Span{}
	_, err := each(ctx, r, `
	  SELECT a.id, a.since, a.until FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value
	  UNION ALL SELECT e.id, e.since, e.until FROM json_each(?1) j CROSS JOIN entitlements e ON e.id = j.value ORDER BY 1, 2`,
		[]any{idList(ids)}, func(rows *sql.Rows, _ *struct{}) error {
			var id iam.ID
			var s Span
			if err := rows.Scan(&id, &s.Since, &s.Until); err != nil {
				return err
			}
			spans := out[id]
			if n := len(spans); n > 0 && spans[n-1].Until == s.Since {
				spans[n-1].Until = s.Until // another version of the same
			} else {
				spans = append(spans, s)
			}
			out[id] = spans
			return nil
		})
	return out, err
}

// Applied are the runs that changed the records, by their Writes, with when
// they began to read.
func (r *Reader) Applied(ctx context.Context) (map[iam.Seq]iam.Run, error) {
	out := map[iam.Seq]iam.Run{}
	_, err := each(ctx, r, `SELECT id, source_id, state, seq, started_at, ended_at FROM runs WHERE seq > 0 AND state IN ('applied', 'released')`, nil, func(rows *sql.Rows, _ *struct{}) error {
		var run iam.Run
		err := rows.Scan(&run.ID, &run.SourceID, &run.State, &run.Seq, &run.StartedAt, &run.EndedAt)
		out[run.Seq] = run
		return err
	})
	return out, err
}

// RecordsSeq is the newest Write that may have changed what is known of the
// directories: the end of a run, or a source that came or went.
func (r *Reader) RecordsSeq(ctx context.Context) (iam.Seq, error) {
	var seq iam.Seq
	err := r.tx.QueryRowContext(ctx, `SELECT max((SELECT coalesce(max(seq), 0) FROM runs), (SELECT coalesce(max(since), 0) FROM sources), (SELECT coalesce(max(until), 0) FROM sources WHERE until < 9223372036854775807))`).Scan(&seq)
	return seq, err
}

// RevokedState tells one set of revoked items of a campaign, and their
// decisions, from every other that it had: whatever is added to the set has a
// newer decision, and without one the set only shrinks.
type RevokedState struct {
	Newest iam.Seq // Write that revoked any, whether or not it still stands
	Items  int64
}

// RevokedState is that of a campaign.
func (r *Reader) RevokedState(ctx context.Context, campaign iam.ID) (RevokedState, error) {
	var s RevokedState
	err := r.tx.QueryRowContext(ctx, `SELECT coalesce((SELECT max(seq) FROM review_decisions WHERE campaign_id = ?1 AND verdict = 'revoke'), 0),
	  (SELECT count(*) FROM review_items WHERE campaign_id = ?1 AND excluded = 0 AND verdict = 'revoke')`, campaign).Scan(&s.Newest, &s.Items)
	return s, err
}

// Moved says whether any membership came or went after a Write, up to another.
func (r *Reader) Moved(ctx context.Context, after, until iam.Seq) (bool, error) {
	var moved bool
	err := r.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM opened_grants WHERE since > ?1 AND since <= ?2) OR EXISTS (SELECT 1 FROM grants WHERE until > ?1 AND until <= ?2 AND until < 9223372036854775807)
	  OR EXISTS (SELECT 1 FROM unresolved WHERE since > ?1 AND since <= ?2) OR EXISTS (SELECT 1 FROM unresolved WHERE until > ?1 AND until <= ?2 AND until < 9223372036854775807)`, after, until).Scan(&moved)
	return moved, err
}

// FrozenGrant is what an item is about.
type FrozenGrant struct {
	Item        int64
	Basis       iam.Basis
	Subject     iam.ID // 0: unresolved
	Name        string // of an unresolved member its value
	Entitlement iam.ID
}

// FrozenGrants are those of a campaign, excluded ones included, by number.
func (r *Reader) FrozenGrants(ctx context.Context, campaign iam.ID) ([]FrozenGrant, error) {
	return each(ctx, r, `SELECT ord, basis, subject_id, subject, entitlement_id FROM review_items WHERE campaign_id = ? ORDER BY ord`, []any{campaign}, func(rows *sql.Rows, g *FrozenGrant) error {
		return rows.Scan(&g.Item, &g.Basis, &g.Subject, &g.Name, &g.Entitlement)
	})
}
