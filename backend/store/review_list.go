package store

import (
	"context"
	"database/sql"
	"strings"

	"gatehouse/backend/iam"
)

// ItemFilter narrows the items of a campaign; zero values do not.
type ItemFilter struct {
	Reviewer iam.ID
	Nobody   bool        // those that are assigned to nobody
	Verdict  iam.Verdict // or Decided
	Group    iam.ID
	Basis    iam.Basis
	Excluded bool // those that an exclusion left out, instead of those in scope
	Words    string
	After    int64 // only items with a higher number
}

// Decided stands in a filter for every verdict but undecided.
const Decided iam.Verdict = "decided"

// itemsWhere is the filter as SQL over review_items i.
func (r *Reader) itemsWhere(ctx context.Context, c Campaign, f ItemFilter) (where, error) {
	w := where{}
	w.add("i.campaign_id = ?", int64(c.ID))
	if f.Excluded {
		w.add("i.ord > ?", c.InScope) // they come last
	} else {
		w.add("i.excluded = 0")
	}
	w.addIf(f.Nobody, "i.reviewer_id = 0")
	w.addIf(f.Reviewer != 0, "i.reviewer_id = ?", int64(f.Reviewer))
	w.addIf(f.Verdict == Decided, "i.verdict <> 'undecided'")
	w.addIf(f.Verdict != "" && f.Verdict != Decided, "i.verdict = ?", string(f.Verdict))
	w.addIf(f.Group != 0, "i.entitlement_id = ?", int64(f.Group))
	w.addIf(f.Basis != "", "i.basis = ?", string(f.Basis))
	w.addIf(f.After > 0, "i.ord > ?", f.After)
	words := Cleaned(f.Words)
	if words == "" {
		return w, nil
	}
	// Group names are few, and folded here as logins and subjects are there.
	groups, err := r.ReviewGroups(ctx, c, ItemFilter{Excluded: f.Excluded})
	if err != nil {
		return w, err
	}
	var named []iam.ID
	for _, g := range groups {
		if strings.Contains(Fold(g.Name), words) {
			named = append(named, g.ID)
		}
	}
	w.add("(instr(i.subject_fold, ?) > 0 OR instr(lower(i.login), ?) > 0 OR i.entitlement_id IN (SELECT value FROM json_each(?)))", words, words, idList(named))
	return w, nil
}

// ReviewGroup counts the items of one group that pass a filter.
type ReviewGroup struct {
	ID         iam.ID
	Name       string
	Source     string
	Privileged bool
	Items      int64
	Undecided  int64
}

// ReviewGroups are the groups of a campaign in the order of their items.
func (r *Reader) ReviewGroups(ctx context.Context, c Campaign, f ItemFilter) ([]ReviewGroup, error) {
	w, err := r.itemsWhere(ctx, c, f)
	if err != nil {
		return nil, err
	}
	rows, err := r.tx.QueryContext(ctx, `SELECT g.id, n.entitlement, n.source, n.privileged, g.items, g.undecided FROM (
	    SELECT i.entitlement_id AS id, count(*) AS items, sum(i.verdict = 'undecided') AS undecided, min(i.ord) AS first FROM review_items i`+w.sql()+` GROUP BY i.entitlement_id) g
	  CROSS JOIN review_items n ON n.campaign_id = ? AND n.ord = g.first ORDER BY g.first`, append(w.args, int64(c.ID))...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []ReviewGroup
	for rows.Next() {
		var g ReviewGroup
		if err := rows.Scan(&g.ID, &g.Name, &g.Source, &g.Privileged, &g.Items, &g.Undecided); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// ListedItem is an item with what a list shows beside it.
type ListedItem struct {
	ReviewItem
	Until int64  // of an exception; else 0
	Why   string // an exclusion's reason; empty if in scope
}

const listedItems = `SELECT ` + itemColumns + `,
  CASE WHEN verdict = 'exception' THEN coalesce((SELECT until_at FROM review_decisions d WHERE d.campaign_id = i.campaign_id AND d.item = i.ord AND d.n = i.decision), 0) ELSE 0 END,
  coalesce((SELECT reason FROM campaign_exclusions e WHERE e.campaign_id = i.campaign_id AND e.ord = i.excluded), '') FROM review_items i`

// ReviewItems lists the items of a campaign that pass a filter.
func (r *Reader) ReviewItems(ctx context.Context, c Campaign, f ItemFilter, skip, most int) ([]ListedItem, Count, error) {
	w, err := r.itemsWhere(ctx, c, f)
	if err != nil {
		return nil, Count{}, err
	}
	n, err := r.count(ctx, ` FROM review_items i`+w.sql(), w.args)
	if err != nil {
		return nil, n, err
	}
	// A reviewer's or a group's items are sorted by number from an index, instead
	// of looking for them along all numbers. (A unary plus keeps SQLite from that.)
	order := "i.ord"
	if f.Reviewer != 0 || f.Nobody || f.Group != 0 {
		order = "+i.ord"
	}
	ords, err := r.ids(ctx, `SELECT i.ord FROM review_items i`+w.sql()+` ORDER BY `+order+` LIMIT ? OFFSET ?`, append(w.args, most, skip)...)
	if err != nil {
		return nil, n, err
	}
	out, err := r.itemsByOrd(ctx, c, ords)
	return out, n, err
}

func (r *Reader) listed(ctx context.Context, query string, args ...any) ([]ListedItem, error) {
	rows, err := r.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []ListedItem
	for rows.Next() {
		var i ListedItem
		if err := rows.Scan(append(i.fields(), &i.Until, &i.Why)...); err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, rows.Err()
}

// ItemsByOrd are the items with the numbers, in their order; unknown numbers are
// left out.
func (r *Reader) ItemsByOrd(ctx context.Context, c Campaign, ords []int64) ([]ListedItem, error) {
	numbers := make([]iam.ID, len(ords))
	for i, ord := range ords {
		numbers[i] = iam.ID(ord)
	}
	return r.itemsByOrd(ctx, c, numbers)
}

func (r *Reader) itemsByOrd(ctx context.Context, c Campaign, ords []iam.ID) ([]ListedItem, error) {
	return r.listed(ctx, listedItems+` WHERE i.campaign_id = ? AND i.ord IN (SELECT value FROM json_each(?)) ORDER BY i.ord`, int64(c.ID), idList(ords))
}

// ReviewItem is one item, or NotFound.
func (r *Reader) ReviewItem(ctx context.Context, c Campaign, ord int64) (ListedItem, error) {
	found, err := r.ItemsByOrd(ctx, c, []int64{ord})
	if err == nil && len(found) == 0 {
		return ListedItem{}, iam.Errorf(iam.NotFound, "The campaign has no item %d.", ord)
	}
	if err != nil {
		return ListedItem{}, err
	}
	return found[0], nil
}

// VerdictCounts counts a campaign's items in scope by their newest verdict.
func (r *Reader) VerdictCounts(ctx context.Context, campaign iam.ID) (map[iam.Verdict]int64, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT verdict, count(*) FROM review_items WHERE campaign_id = ? AND excluded = 0 GROUP BY verdict`, campaign)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.Verdict]int64{}
	for rows.Next() {
		var v iam.Verdict
		var n int64
		if err := rows.Scan(&v, &n); err != nil {
			return nil, err
		}
		out[v] = n
	}
	return out, rows.Err()
}

// ReviewerProgress is how far one reviewer is; the zero Person stands for what
// is assigned to nobody.
type ReviewerProgress struct {
	Reviewer         Person
	Items, Undecided int64
}

// ReviewProgress is how far each reviewer is, who has most left first.
func (r *Reader) ReviewProgress(ctx context.Context, campaign iam.ID) ([]ReviewerProgress, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT p.id, (SELECT n.reviewer FROM review_items n WHERE n.campaign_id = ?1 AND n.excluded = 0 AND n.reviewer_id = p.id LIMIT 1), p.items, p.undecided FROM (
	    SELECT reviewer_id AS id, count(*) AS items, sum(verdict = 'undecided') AS undecided FROM review_items WHERE campaign_id = ?1 AND excluded = 0 GROUP BY reviewer_id) p
	  ORDER BY p.undecided DESC, p.items DESC, p.id`, campaign)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []ReviewerProgress
	for rows.Next() {
		var p ReviewerProgress
		if err := rows.Scan(&p.Reviewer.ID, &p.Reviewer.Name, &p.Items, &p.Undecided); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// ItemDecisions are the decisions of an item, oldest first.
func (r *Reader) ItemDecisions(ctx context.Context, campaign iam.ID, item int64) ([]Decision, error) {
	return each(ctx, r, `SELECT `+decisionColumns+` FROM review_decisions WHERE campaign_id = ? AND item = ? ORDER BY n`, []any{campaign, item},
		func(rows *sql.Rows, d *Decision) error { return rows.Scan(d.fields()...) })
}

// ItemAssignments are who an item was given to after the freeze, oldest first.
func (r *Reader) ItemAssignments(ctx context.Context, campaign iam.ID, item int64) ([]Assignment, error) {
	return each(ctx, r, `SELECT `+assignmentColumns+` FROM review_assignments WHERE campaign_id = ? AND item = ? ORDER BY n`, []any{campaign, item},
		func(rows *sql.Rows, a *Assignment) error { return rows.Scan(a.fields()...) })
}

// RefusedDecision is a decision that was not recorded.
type RefusedDecision struct {
	Seq     iam.Seq
	At      int64
	Verdict string
	By      string
	Why     string
}

// RefusedDecisions are those about an item, oldest first, from the log: of
// requests that were refused as a whole, and of those that were in part.
func (r *Reader) RefusedDecisions(ctx context.Context, c Campaign, item int64) ([]RefusedDecision, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT e.seq, e.time, d.detail ->> 'verdict', d.detail ->> 'decidedName', n.value ->> 'text'
	  FROM events e CROSS JOIN event_details d ON d.seq = e.seq CROSS JOIN json_each(d.detail, '$.notRecorded') n
	  WHERE e.action = 'review.decide' AND e.seq > ? AND d.detail ->> 'campaign' = ? AND n.value ->> 'item' = ? ORDER BY e.seq`, c.Seq, c.ID, item)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []RefusedDecision
	for rows.Next() {
		var d RefusedDecision
		if err := rows.Scan(&d.Seq, &d.At, &d.Verdict, &d.By, &d.Why); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// ActorOf is who a Write is by.
func (r *Reader) ActorOf(ctx context.Context, seq iam.Seq) (iam.Actor, error) {
	var a iam.Actor
	err := r.tx.QueryRowContext(ctx, `SELECT actor FROM events WHERE seq = ?`, seq).Scan(&a)
	return a, err
}

// HasUnresolved says whether a group has an unresolved member now.
func (r *Reader) HasUnresolved(ctx context.Context, group iam.ID, value string) (bool, error) {
	var has bool
	err := r.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM open_unresolved WHERE entitlement_id = ? AND value = ?)`, group, value).Scan(&has)
	return has, err
}
