package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"gatehouse/backend/iam"
)

// mostRenewed is how many changed rows are put in their places one by one: to
// make a lineup of a million anew takes as long as some ten thousand.
const mostRenewed = 5000

// changedSince are the rows of a list of which a record was opened or closed
// after a Write; many says that they are too many to count.
func (r *Reader) changedSince(ctx context.Context, l longList, since iam.Seq) (changed []iam.ID, much bool, err error) {
	table, id := "accounts", "id"
	switch {
	case l.people:
		id = "identity_id"
	case l.noun == groups.noun:
		table = "entitlements"
	}
	query := `SELECT ` + id + ` FROM ` + table + ` WHERE since > ?1 UNION SELECT ` + id + ` FROM ` + table + ` WHERE until < 9223372036854775807 AND until > ?1`
	if l.people {
		query += ` UNION SELECT id FROM identities WHERE since > ?1 UNION SELECT id FROM identities WHERE until < 9223372036854775807 AND until > ?1`
	}
	changed, err = r.ids(ctx, query+` LIMIT ?2`, since, mostRenewed+1)
	return changed, len(changed) > mostRenewed, err
}

// renewLineup brings a lineup up to date: the rows that have changed are taken
// out, and put before those that follow them now.
func (r *Reader) renewLineup(ctx context.Context, l longList, by string, old lineup, since iam.Seq) (lineup, bool, error) {
	changed, much, err := r.changedSince(ctx, l, since)
	if much || err != nil {
		return nil, false, err
	}
	k := l.ranked(Order(by))
	rows, err := r.inOrder(ctx, l, k, changed)
	if err != nil {
		return nil, false, err
	}
	gone := idSet{}
	for _, id := range changed {
		gone.add(id)
	}
	// From the end, because a row may be followed by another that has changed.
	before := make([]iam.ID, len(rows)) // the first row after it that has not; 0: the end
	next, err := r.tx.PrepareContext(ctx, `SELECT `+l.id+l.from+` AND `+k.beyond()+k.sql()+` LIMIT 1`)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = next.Close() }()
	for i := len(rows) - 1; i >= 0; i-- {
		var id iam.ID
		err := next.QueryRowContext(ctx, rows[i].keys...).Scan(&id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return nil, false, err
		case gone.has(id):
			before[i] = before[i+1]
		default:
			before[i] = id
		}
	}
	out := make(lineup, 0, len(old)+len(rows))
	for _, id := range old {
		if gone.has(id) {
			continue
		}
		for len(before) > 0 && before[0] == id {
			out, rows, before = append(out, rows[0].row), rows[1:], before[1:]
		}
		out = append(out, id)
	}
	for _, row := range rows {
		out = append(out, row.row)
	}
	return out, true, nil
}

// inOrder are those of the rows that a list has, in its order. The rows are
// looked up one by one: else SQLite takes an index of the whole list for better.
func (r *Reader) inOrder(ctx context.Context, l longList, k ranking, ids []iam.ID) ([]keyed[iam.ID], error) {
	from := listing{parts: []part{{from: `json_each(?) j CROSS JOIN ` + strings.TrimPrefix(l.from, " FROM ") + ` AND ` + l.id + ` = j.value`}}}
	w := where{args: []any{idList(ids)}}
	return rowsOf(ctx, r, from, l.id, func(id *iam.ID) []any { return []any{id} }, w, k.unindexed(), Stretch{Most: len(ids)})
}

// behind tells for each account the identity behind it, by the account's number.
func (r *Reader) behind(ctx context.Context) ([]iam.ID, error) {
	anew := func() ([]iam.ID, error) {
		const query = ` FROM (SELECT id, identity_id FROM open_accounts ORDER BY id)`
		accounts, err := r.manyIDs(ctx, `SELECT group_concat(id)`+query)
		if err != nil || len(accounts) == 0 {
			return nil, err
		}
		identities, err := r.manyIDs(ctx, `SELECT group_concat(identity_id)`+query)
		of := make([]iam.ID, accounts[len(accounts)-1]+1)
		for i, id := range accounts {
			of[id] = identities[i]
		}
		return of, err
	}
	of, known, err := renewed(ctx, r, "behind", anew, func(old []iam.ID, since iam.Seq) ([]iam.ID, bool, error) { return r.renewBehind(ctx, old, since) })
	if known || err != nil {
		return of, err
	}
	return anew()
}

func (r *Reader) renewBehind(ctx context.Context, old []iam.ID, since iam.Seq) ([]iam.ID, bool, error) {
	changed, much, err := r.changedSince(ctx, longList{noun: "accounts"}, since)
	if much || err != nil {
		return nil, false, err
	}
	type pair struct{ account, identity iam.ID }
	pairs, err := each(ctx, r, `SELECT k.id, k.identity_id FROM json_each(?) j CROSS JOIN open_accounts k ON k.id = j.value`, []any{idList(changed)},
		func(rows *sql.Rows, p *pair) error { return rows.Scan(&p.account, &p.identity) })
	of := slices.Clone(old)
	for _, id := range changed {
		if id < iam.ID(len(of)) {
			of[id] = 0
		}
	}
	for _, p := range pairs {
		if missing := int(p.account) + 1 - len(of); missing > 0 {
			of = append(of, slices.Repeat([]iam.ID{0}, missing)...)
		}
		of[p.account] = p.identity
	}
	return of, true, err
}
