package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"gatehouse/backend/iam"
)

// mostRenewed is how many changed rows are put in their places one by one: to
// make a lineup of a million anew takes as long as some thousand.
const mostRenewed = 2000

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
	// Not UNION, which would read whole indexes in the order of ids.
	query := `SELECT ` + id + ` FROM ` + table + ` WHERE since > ?1 UNION ALL SELECT ` + id + ` FROM ` + table + ` WHERE until < 9223372036854775807 AND until > ?1`
	if l.people {
		query += ` UNION ALL SELECT id FROM identities WHERE since > ?1 UNION ALL SELECT id FROM identities WHERE until < 9223372036854775807 AND until > ?1`
	}
	changed, err = r.ids(ctx, query+` LIMIT ?2`, since, mostRenewed+1)
	much = len(changed) > mostRenewed
	slices.Sort(changed)
	return slices.Compact(changed), much, err
}

// observedSince are the rows of a list whose accounts readings changed after a
// Write; ok is false if it is not known.
func (r *Reader) observedSince(ctx context.Context, l longList, since iam.Seq) (rows []iam.ID, ok bool, err error) {
	rows, ok, err = r.readSince(ctx, since)
	if ok && err == nil && l.people {
		rows, err = r.ids(ctx, `SELECT k.identity_id FROM json_each(?) j CROSS JOIN open_accounts k ON k.id = j.value WHERE k.identity_id > 0`, idList(rows))
	}
	return rows, ok, err
}

// renewLineup brings a lineup up to date: the rows of which a record has changed,
// or that are known to have changed, are taken out, and put in their places among
// those that have not.
func (r *Reader) renewLineup(ctx context.Context, l longList, by string, old lineup, since iam.Seq, known []iam.ID) (lineup, bool, error) {
	changed, much, err := r.changedSince(ctx, l, since)
	if much || err != nil {
		return lineup{}, false, err
	}
	changed = append(changed, known...)
	slices.Sort(changed)
	changed = slices.Compact(changed)
	if len(changed) == 0 {
		return old, true, nil
	}
	k := l.ranked(Order(by))
	rows, err := r.sorted(ctx, l, k, changed)
	if err != nil {
		return lineup{}, false, err
	}
	gone := setOf(changed)
	out := lineup{old.ids.without(gone), old.all.without(gone)}
	ids, places := make([]iam.ID, len(rows)), make([]int, len(rows))
	for i, row := range rows {
		if places[i], err = r.firstOf(ctx, l, out.ids, k.compared(">"), row.keys...); err != nil {
			return lineup{}, false, err
		}
		ids[i] = row.row
		out.all.add(row.row)
	}
	out.ids = out.ids.with(places, ids)
	return out, true, nil
}

// sorted are those of the rows that a list has, in its order. The rows are
// looked up one by one: else SQLite takes an index of the whole list for better.
func (r *Reader) sorted(ctx context.Context, l longList, k ranking, ids []iam.ID) ([]keyed[iam.ID], error) {
	from := listing{parts: []part{{from: `json_each(?) j CROSS JOIN ` + strings.TrimPrefix(l.from, " FROM ") + ` AND ` + l.id + ` = j.value`}}}
	w := where{args: []any{idList(ids)}}
	return rowsOf(ctx, r, from, l.id, func(id *iam.ID) []any { return []any{id} }, w, k.unindexed(), Stretch{Most: len(ids)})
}

// identitiesBehind tell for each account the identity behind it, by the account's number.
var identitiesBehind = thing[[]iam.ID]{
	on: ofRecords, name: "identities behind",
	make: func(ctx context.Context, r *Reader) ([]iam.ID, error) {
		const query = ` FROM (SELECT id, identity_id FROM open_accounts ORDER BY id)`
		accounts, err := r.manyIDs(ctx, `SELECT group_concat(id)`+query)
		if err != nil || len(accounts) == 0 {
			return nil, err
		}
		identities, err := r.manyIDs(ctx, `SELECT group_concat(identity_id)`+query)
		if err != nil {
			return nil, err
		}
		of := make([]iam.ID, accounts[len(accounts)-1]+1)
		for i, id := range accounts {
			of[id] = identities[i]
		}
		return of, nil
	},
	renew: func(ctx context.Context, r *Reader, old []iam.ID, since iam.Seq) ([]iam.ID, bool, error) {
		return r.renewBehind(ctx, old, since)
	},
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
