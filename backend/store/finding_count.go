package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"gatehouse/backend/iam"
)

// findingSum counts findings that nobody asks to tell apart.
type findingSum struct {
	kind     iam.FindingKind
	risk     iam.Risk
	source   iam.ID
	reaches  iam.ID // 0 for duplicate identities, of which each reaches another
	accepted bool

	n          int64
	first      iam.ID // the one with the smallest id
	firstSeen  int64
	privileged int64 // 1: one of them is
}

// findingSums count all findings.
func (r *Reader) findingSums(ctx context.Context) ([]findingSum, error) {
	return keptFindings(ctx, r, "counted", func(ctx context.Context, r *Reader) ([]findingSum, error) {
		return r.sumFindings(ctx, "")
	}, func(ctx context.Context, r *Reader, old []findingSum, since iam.Seq) ([]findingSum, bool, error) {
		// Only the kinds of which something has changed.
		changed, ok, err := r.findingsSince(ctx, since)
		if !ok || err != nil {
			return nil, false, err
		}
		out := slices.Clone(old)
		for kind := range changed {
			anew, err := r.sumFindings(ctx, kind)
			if err != nil {
				return nil, false, err
			}
			out = append(slices.DeleteFunc(out, func(l findingSum) bool { return l.kind == kind }), anew...)
		}
		return out, true, nil
	})
}

// sumFindings counts the findings of a kind, or of all.
func (r *Reader) sumFindings(ctx context.Context, kind iam.FindingKind) ([]findingSum, error) {
	var w where
	w.addIf(kind != "", "f.kind = ?", string(kind))
	return each(ctx, r, `SELECT f.kind, f.risk, f.source_id, CASE WHEN f.kind = 'duplicateIdentity' THEN 0 ELSE f.entitlement_id END, x.at IS NOT NULL, count(*), min(f.id), min(f.first_seen), max(f.privileged)
	  FROM open_findings f LEFT JOIN `+accepted+w.sql()+` GROUP BY 1, 2, 3, 4, 5`, append([]any{r.Now}, w.args...),
		func(rows *sql.Rows, l *findingSum) error {
			return rows.Scan(&l.kind, &l.risk, &l.source, &l.reaches, &l.accepted, &l.n, &l.first, &l.firstSeen, &l.privileged)
		})
}

// findingsSince are the subjects, by kind, of findings that were opened, closed or
// decided about after a Write; ok is false if they are many.
func (r *Reader) findingsSince(ctx context.Context, since iam.Seq) (changed map[iam.FindingKind][]iam.ID, ok bool, err error) {
	type row struct {
		kind    iam.FindingKind
		subject iam.ID
	}
	// The newest finding has the largest id.
	rows, err := each(ctx, r, `SELECT kind, subject_id FROM (SELECT kind, subject_id, since FROM findings ORDER BY id DESC LIMIT ?2) WHERE since > ?1
	  UNION ALL SELECT kind, subject_id FROM (SELECT kind, subject_id FROM findings WHERE until < 9223372036854775807 AND until > ?1 LIMIT ?2)
	  UNION ALL SELECT kind, subject_id FROM (SELECT kind, subject_id FROM finding_acceptances WHERE since > ?1 LIMIT ?2)
	  UNION ALL SELECT kind, subject_id FROM (SELECT kind, subject_id FROM finding_acceptances WHERE until < 9223372036854775807 AND until > ?1 LIMIT ?2)`, []any{since, mostRenewed},
		func(rows *sql.Rows, x *row) error { return rows.Scan(&x.kind, &x.subject) })
	changed = map[iam.FindingKind][]iam.ID{}
	for _, x := range rows {
		changed[x.kind] = append(changed[x.kind], x.subject)
	}
	return changed, len(rows) < mostRenewed, err
}

// countFindings counts the findings of a filter, whose terms are w.
func (r *Reader) countFindings(ctx context.Context, f FindingFilter, w where) (n int64, err error) {
	if f.ID != 0 || f.Subject != 0 || f.Words != "" || f.Reaches != 0 || r.memory == nil { // few, or asked once
		err = r.tx.QueryRowContext(ctx, `SELECT count(*) FROM open_findings f LEFT JOIN `+accepted+w.sql(), append([]any{r.Now}, w.args...)...).Scan(&n)
		return n, err
	}
	all, err := r.findingSums(ctx)
	for _, l := range all {
		state := f.State == AllFindings || l.accepted == (f.State == AcceptedFindings)
		if state && (f.Kind == "" || l.kind == f.Kind) && (f.Risk == 0 || l.risk == f.Risk) && (f.UpTo == 0 || l.risk <= f.UpTo) && (f.Source == 0 || l.source == f.Source) {
			n += l.n
		}
	}
	return n, err
}

// FindingGroup counts the open findings of one kind and risk, with the one that
// was seen first as an example.
type FindingGroup struct {
	Finding
	Count int64
}

// FindingGroups groups the open findings, the riskiest first.
func (r *Reader) FindingGroups(ctx context.Context) ([]FindingGroup, error) {
	groups, err := r.together(ctx, func(l findingSum) findingSum { return findingSum{kind: l.kind, risk: l.risk} })
	if err != nil {
		return nil, err
	}
	slices.SortFunc(groups, func(a, b findingSum) int {
		return cmp.Or(cmp.Compare(b.risk, a.risk), cmp.Compare(b.n, a.n), cmp.Compare(a.kind, b.kind))
	})
	return r.withExamples(ctx, groups)
}

// together puts open findings together that have one key.
func (r *Reader) together(ctx context.Context, key func(findingSum) findingSum) ([]findingSum, error) {
	all, err := r.findingSums(ctx)
	at := map[findingSum]int{}
	var out []findingSum
	for _, l := range all {
		if l.accepted {
			continue
		}
		k := key(l)
		i, known := at[k]
		if !known {
			i = len(out)
			at[k] = i
			k.first, k.firstSeen = l.first, l.firstSeen
			out = append(out, k)
		}
		g := &out[i]
		g.n, g.first, g.firstSeen, g.privileged = g.n+l.n, min(g.first, l.first), min(g.firstSeen, l.firstSeen), max(g.privileged, l.privileged)
	}
	return out, err
}

// withExamples reads of each group the finding that was seen first.
func (r *Reader) withExamples(ctx context.Context, groups []findingSum) ([]FindingGroup, error) {
	ids := make([]iam.ID, len(groups))
	for i, g := range groups {
		ids[i] = g.first
	}
	found, err := each(ctx, r, findingColumns+findingTables+` WHERE f.id IN (SELECT value FROM json_each(?))`, []any{r.Now, idList(ids)}, scanFinding)
	of := make(map[iam.ID]Finding, len(found))
	for _, f := range found {
		of[f.ID] = f
	}
	out := make([]FindingGroup, len(groups))
	for i, g := range groups {
		f := of[g.first]
		f.FirstSeen = g.firstSeen
		out[i] = FindingGroup{f, g.n}
	}
	return out, err
}

// Causes are the riskiest open findings, those with one cause together: the
// membership in one privileged group, or one sort of thing in one source. They
// are ordered by risk, then by whether a privileged group is reached, by whether
// an account is known to be enabled, by how new the reading is, and by number.
func (r *Reader) Causes(ctx context.Context, most int) ([]FindingGroup, error) {
	groups, err := r.together(ctx, func(l findingSum) findingSum {
		return findingSum{kind: l.kind, risk: l.risk, source: l.source, reaches: l.reaches}
	})
	if err != nil {
		return nil, err
	}
	worse := func(a, b findingSum) int {
		return cmp.Or(cmp.Compare(b.risk, a.risk), cmp.Compare(b.privileged, a.privileged))
	}
	slices.SortFunc(groups, worse)
	end := min(most, len(groups)) // of those that may be among them
	for end < len(groups) && worse(groups[end-1], groups[end]) == 0 {
		end++
	}
	groups = groups[:end]
	type rest struct{ enabled, day int64 }
	of := map[iam.ID]rest{}
	for _, g := range groups {
		var x rest
		if err := r.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM open_findings f LEFT JOIN `+accepted+` LEFT JOIN open_accounts a ON a.id = f.subject_id
		    WHERE x.at IS NULL AND f.kind = ?2 AND f.risk = ?3 AND f.source_id = ?4 AND (f.kind = 'duplicateIdentity' OR f.entitlement_id = ?5) AND coalesce(a.enabled, 1) = 1),
		  coalesce((SELECT at FROM finding_renewals WHERE source_id = ?4), 0) / ?6`, r.Now, g.kind, g.risk, g.source, g.reaches, int64(day)).Scan(&x.enabled, &x.day); err != nil {
			return nil, err
		}
		of[g.first] = x
	}
	slices.SortFunc(groups, func(a, b findingSum) int {
		x, y := of[a.first], of[b.first]
		return cmp.Or(worse(a, b), cmp.Compare(y.enabled, x.enabled), cmp.Compare(y.day, x.day), cmp.Compare(b.n, a.n), cmp.Compare(a.kind, b.kind), cmp.Compare(a.first, b.first))
	})
	return r.withExamples(ctx, groups[:min(most, len(groups))])
}

// FindingCount counts what stands of one kind.
type FindingCount struct {
	Kind     iam.FindingKind
	Open     int64
	Accepted int64
	Riskiest iam.Risk // of the open ones; 0 if there is none
}

// FindingCounts counts by kind.
func (r *Reader) FindingCounts(ctx context.Context) (map[iam.FindingKind]FindingCount, error) {
	all, err := r.findingSums(ctx)
	out := map[iam.FindingKind]FindingCount{}
	for _, l := range all {
		c := out[l.kind]
		c.Kind = l.kind
		if l.accepted {
			c.Accepted += l.n
		} else {
			c.Open, c.Riskiest = c.Open+l.n, max(c.Riskiest, l.risk)
		}
		out[l.kind] = c
	}
	return out, err
}
