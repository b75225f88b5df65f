package store

import (
	"context"

	"gatehouse/backend/iam"
)

// What a campaign copies of the records that it freezes, in bulk: a hundred
// thousand grants are read with one query a sort of record.

// UnresolvedAt are the unresolved members of groups as they were after a Write.
func (r *Reader) UnresolvedAt(ctx context.Context, seq iam.Seq, groups []iam.ID) (map[iam.ID][]Unresolved, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT u.entitlement_id, u.value, u.reason, u.since FROM json_each(?1) j CROSS JOIN unresolved u ON u.entitlement_id = j.value
	  WHERE u.since <= ?2 AND u.until > ?2 ORDER BY u.entitlement_id, u.value`, idList(groups), seq)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID][]Unresolved{}
	for rows.Next() {
		var group iam.ID
		var u Unresolved
		if err := rows.Scan(&group, &u.Value, &u.Reason, &u.Since); err != nil {
			return nil, err
		}
		out[group] = append(out[group], u)
	}
	return out, rows.Err()
}

// Person is an identity by id and name; the zero Person is nobody.
type Person struct {
	ID   iam.ID
	Name string
}

// Subject is an open account or group as a campaign copies it.
type Subject struct {
	ID         iam.ID
	Group      bool
	Name       string
	Login      string
	DN         string
	Sort       iam.Sort
	Enabled    iam.Tri
	Department string
	Title      string
	Identity   Person
	SourceID   iam.ID
	Privileged bool
	Reviewer   Person // behind its manager, or of a group its owner
	LastSignIn iam.Moment
}

// Subjects are open accounts and groups by id.
func (r *Reader) Subjects(ctx context.Context, ids []iam.ID) (map[iam.ID]Subject, error) {
	rows, err := r.tx.QueryContext(ctx, `
	  SELECT a.id, 0, a.name, a.login, a.dn, a.sort, a.enabled, a.department, a.title, coalesce(i.id, 0), coalesce(i.name, ''), a.source_id, 0, coalesce(p.id, 0), coalesce(p.name, ''), coalesce(b.last_sign_in, -3)
	  FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value AND a.until = 9223372036854775807
	  LEFT JOIN identities i ON i.id = a.identity_id AND i.until = 9223372036854775807
	  LEFT JOIN accounts m ON m.source_id = a.source_id AND m.dn_ref = a.manager_ref AND m.until = 9223372036854775807 AND a.manager_ref <> ''
	  LEFT JOIN identities p ON p.id = m.identity_id AND p.until = 9223372036854775807
	  LEFT JOIN observations b ON b.object_id = a.id
	  UNION ALL
	  SELECT e.id, 1, e.name, '', e.dn, '', -4, '', '', 0, '', e.source_id, e.privileged, coalesce(p.id, 0), coalesce(p.name, ''), -4
	  FROM json_each(?1) j CROSS JOIN entitlements e ON e.id = j.value AND e.until = 9223372036854775807
	  LEFT JOIN accounts m ON m.source_id = e.source_id AND m.dn_ref = e.owner_ref AND m.until = 9223372036854775807 AND e.owner_ref <> ''
	  LEFT JOIN identities p ON p.id = m.identity_id AND p.until = 9223372036854775807`, idList(ids))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := make(map[iam.ID]Subject, len(ids))
	for rows.Next() {
		var s Subject
		if err := rows.Scan(&s.ID, &s.Group, &s.Name, &s.Login, &s.DN, &s.Sort, &s.Enabled, &s.Department, &s.Title, &s.Identity.ID, &s.Identity.Name,
			&s.SourceID, &s.Privileged, &s.Reviewer.ID, &s.Reviewer.Name, &s.LastSignIn); err != nil {
			return nil, err
		}
		out[s.ID] = s
	}
	return out, rows.Err()
}

// Team is the people of one department in one source.
type Team struct {
	Source     iam.ID
	Department string
}

// People are the enabled people who have a department.
func (r *Reader) People(ctx context.Context) (map[iam.ID]Team, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT id, source_id, department FROM open_accounts WHERE sort = 'person' AND enabled = 1 AND department <> ''`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID]Team{}
	for rows.Next() {
		var id iam.ID
		var t Team
		if err := rows.Scan(&id, &t.Source, &t.Department); err != nil {
			return nil, err
		}
		out[id] = t
	}
	return out, rows.Err()
}

// FindingsOf are the open findings about each subject, the riskiest first.
func (r *Reader) FindingsOf(ctx context.Context, subjects []iam.ID) (map[iam.ID][]Finding, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT f.subject_id, f.id, f.kind, f.risk, f.detail, f.entitlement_id FROM json_each(?) j CROSS JOIN findings f ON f.subject_id = j.value
	  WHERE f.until = 9223372036854775807 ORDER BY f.subject_id, f.risk DESC, f.kind, f.id`, idList(subjects))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID][]Finding{}
	for rows.Next() {
		var f Finding
		if err := rows.Scan(&f.SubjectID, &f.ID, &f.Kind, &f.Risk, &f.Detail, &f.Reaches); err != nil {
			return nil, err
		}
		out[f.SubjectID] = append(out[f.SubjectID], f)
	}
	return out, rows.Err()
}

// GrantKey names a grant over all campaigns.
type GrantKey struct {
	Entitlement iam.ID
	Subject     iam.ID // 0: unresolved
	Value       string // of an unresolved member; else empty
}

// PreviousDecision is what a campaign decided of a grant.
type PreviousDecision struct {
	Verdict  iam.Verdict
	At       int64
	Campaign string
}

// PreviousDecisions are, for every grant of the groups, the decision of the
// newest campaign that decided it.
func (r *Reader) PreviousDecisions(ctx context.Context, groups []iam.ID) (map[GrantKey]PreviousDecision, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT i.entitlement_id, i.subject_id, CASE WHEN i.subject_id = 0 THEN i.subject ELSE '' END, i.verdict, d.at, c.name
	  FROM campaigns c CROSS JOIN review_items i ON i.campaign_id = c.id AND i.excluded = 0 AND i.verdict IN ('keep', 'revoke', 'modify', 'exception', 'defer', 'dontKnow')
	  JOIN review_decisions d ON d.campaign_id = i.campaign_id AND d.item = i.ord AND d.n = i.decision
	  WHERE i.entitlement_id IN (SELECT value FROM json_each(?)) ORDER BY c.id`, idList(groups))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[GrantKey]PreviousDecision{}
	for rows.Next() {
		var k GrantKey
		var p PreviousDecision
		if err := rows.Scan(&k.Entitlement, &k.Subject, &k.Value, &p.Verdict, &p.At, &p.Campaign); err != nil {
			return nil, err
		}
		out[k] = p // a newer campaign's stands over an older one's
	}
	return out, rows.Err()
}

// MatchingEntitlements are the ids of the open groups that pass a filter.
func (r *Reader) MatchingEntitlements(ctx context.Context, f EntitlementFilter) ([]iam.ID, error) {
	w := where{}
	w.addIf(f.Source != 0, "e.source_id = ?", int64(f.Source))
	w.addIf(f.Privileged, "e.privileged = 1")
	if err := r.matching(ctx, &w, f.Words, "e.id", "e.name_fold", "e.name_fold", ""); err != nil {
		return nil, err
	}
	return r.ids(ctx, `SELECT e.id FROM open_entitlements e`+w.sql()+` ORDER BY e.id`, w.args...)
}

// PopulationCount is how many grants groups of a source have.
type PopulationCount struct{ Direct, Effective int64 }

// CountPopulation counts, by source, the direct members of groups, unresolved
// ones included, and the accounts that are in them by nesting only. It asks the
// records in a way of its own, so that a campaign's arithmetic can be held
// against it.
func (r *Reader) CountPopulation(ctx context.Context, groups []iam.ID, effective bool) (map[iam.ID]PopulationCount, error) {
	out := map[iam.ID]PopulationCount{}
	tally := func(query string, add func(*PopulationCount, int64)) error {
		rows, err := r.tx.QueryContext(ctx, query, idList(groups))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var source iam.ID
			var n int64
			if err := rows.Scan(&source, &n); err != nil {
				return err
			}
			c := out[source]
			add(&c, n)
			out[source] = c
		}
		return rows.Err()
	}
	direct := func(c *PopulationCount, n int64) { c.Direct += n }
	if err := tally(`SELECT e.source_id, count(*) FROM open_entitlements e CROSS JOIN open_grants g ON g.entitlement_id = e.id
	  WHERE e.id IN (SELECT value FROM json_each(?1)) GROUP BY e.source_id`, direct); err != nil {
		return nil, err
	}
	if err := tally(`SELECT e.source_id, count(*) FROM open_entitlements e CROSS JOIN open_unresolved u ON u.entitlement_id = e.id
	  WHERE e.id IN (SELECT value FROM json_each(?1)) GROUP BY e.source_id`, direct); err != nil {
		return nil, err
	}
	if !effective {
		return out, nil
	}
	return out, tally(`
	  WITH RECURSIVE down AS (
	    SELECT value AS root, value AS id FROM json_each(?1)
	    UNION SELECT down.root, g.member_id FROM down JOIN grants g ON g.entitlement_id = down.id WHERE g.until = 9223372036854775807 AND g.nested = 1)
	  SELECT e.source_id, count(*) FROM (
	    SELECT down.root, g.member_id FROM down JOIN grants g ON g.entitlement_id = down.id WHERE g.until = 9223372036854775807 AND g.nested = 0
	    EXCEPT SELECT g.entitlement_id, g.member_id FROM json_each(?1) j JOIN grants g ON g.entitlement_id = j.value WHERE g.until = 9223372036854775807) x
	  JOIN open_entitlements e ON e.id = x.root GROUP BY e.source_id`, func(c *PopulationCount, n int64) { c.Effective += n })
}

// CountUnresolvedOf is how many unresolved members the groups of a source have.
func (r *Reader) CountUnresolvedOf(ctx context.Context, source iam.ID) (int64, error) {
	var n int64
	err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM open_entitlements e CROSS JOIN open_unresolved u ON u.entitlement_id = e.id WHERE e.source_id = ?`, source).Scan(&n)
	return n, err
}
