package store

import (
	"context"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// KnownPerson is the name of an identity as it is, or as it was when it was last
// seen; open says which. NotFound if there never was one.
func (r *Reader) KnownPerson(ctx context.Context, id iam.ID) (name string, open bool, err error) {
	i, err := one(r.q.NewestIdentity(ctx, int64(id)))("There is no such identity.")
	return i.Name, iam.Seq(i.Until) == iam.Open, err
}

// FactorOrder are the columns by which factors can be listed.
var FactorOrder = map[string]string{"enrolledAt": "f.id"}

// ListFactors lists factors in one state, or all if it is empty. Words find them
// by the person in any form, or by the name of either.
func (r *Reader) ListFactors(ctx context.Context, state iam.FactorState, words string, order Order, skip, most int) ([]Factor, Count, error) {
	var w where
	switch state {
	case "":
	case iam.FactorPending:
		w.add("f.state = ? AND f.lapses_at > ?", string(state), r.Now)
	case iam.FactorLapsed:
		w.add("(f.state = ? OR f.state = ? AND f.lapses_at <= ?)", string(state), string(iam.FactorPending), r.Now)
	default:
		w.add("f.state = ?", string(state))
	}
	if c := Cleaned(words); c != "" {
		var person where
		if err := r.matching(ctx, &person, words, "i.id", "i.login_fold", "i.name_fold", "identity_id"); err != nil {
			return nil, Count{}, err
		}
		w.add("(instr(lower(f.name), ?) > 0 OR instr(lower(f.identity_name), ?) > 0 OR f.identity_id IN (SELECT i.id FROM identity_rows i"+person.sql()+"))",
			append([]any{c, c}, person.args...)...)
	}
	n, err := r.count(ctx, ` FROM factors f`+w.sql(), w.args)
	if err != nil {
		return nil, n, err
	}
	if order == "" {
		order = "-enrolledAt"
	}
	rows, err := r.tx.QueryContext(ctx, `SELECT f.* FROM factors f`+w.sql()+order.sql(FactorOrder, "enrolledAt", "f.id")+` LIMIT ? OFFSET ?`, append(w.args, most, skip)...)
	if err != nil {
		return nil, n, err
	}
	defer func() { _ = rows.Close() }()
	var out []Factor
	for rows.Next() {
		var f db.Factor
		if err := rows.Scan(&f.ID, &f.IdentityID, &f.IdentityName, &f.Name, &f.Kind, &f.UsedFor, &f.State, &f.Secret, &f.LastStep, &f.Replaces,
			&f.EnrolledAt, &f.LapsesAt, &f.ProvenAt, &f.EndedAt, &f.EndReason, &f.EnrolledSeq, &f.ProvenSeq, &f.EndedSeq); err != nil {
			return nil, n, err
		}
		out = append(out, factorOf(f).at(r.Now))
	}
	return out, n, rows.Err()
}

// IdentityRefs are the names and logins of the open identities among ids.
func (r *Reader) IdentityRefs(ctx context.Context, ids []iam.ID) (map[iam.ID]IdentityRow, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT i.id, i.name, i.login FROM json_each(?) j CROSS JOIN identity_rows i ON i.id = j.value`, idList(ids))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID]IdentityRow{}
	for rows.Next() {
		var i IdentityRow
		if err := rows.Scan(&i.ID, &i.Name, &i.Login); err != nil {
			return nil, err
		}
		out[i.ID] = i
	}
	return out, rows.Err()
}

// FactorCounts are people with an account that is not known to be disabled, and
// how many of them have an active factor for verifying callers.
func (r *Reader) FactorCounts(ctx context.Context) (people, callers int64, err error) {
	err = r.tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(EXISTS (SELECT 1 FROM factors f WHERE f.identity_id = i.id AND f.state = 'active' AND f.used_for = 'callers')), 0)
	  FROM identity_rows i WHERE i.sort = 'person' AND i.enabled <> 0`).Scan(&people, &callers)
	return people, callers, err
}

// PeoplesAccounts counts the accounts of people that are not known to be
// disabled, by source.
func (r *Reader) PeoplesAccounts(ctx context.Context) (map[iam.ID]int64, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT a.source_id, count(*) FROM open_accounts a JOIN open_identities i ON i.id = a.identity_id
	  WHERE i.sort = 'person' AND a.enabled <> 0 GROUP BY a.source_id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID]int64{}
	for rows.Next() {
		var source iam.ID
		var n int64
		if err := rows.Scan(&source, &n); err != nil {
			return nil, err
		}
		out[source] = n
	}
	return out, rows.Err()
}
