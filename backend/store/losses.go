package store

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Losses is what a run would take away or turn over, for the brake to judge.
type Losses struct {
	Accounts, Entitlements, Memberships Loss
	Groups                              []GroupLoss // groups with fewer resolved members than before
	Units                               []UnitLoss  // organisational units from which entries are gone
	States                              Loss        // accounts whose enabled state differs
	Keys                                Loss        // accounts whose login or employee number differs
}

// Loss is how many of the open rows are concerned.
type Loss struct {
	Before, Gone int64
	Proven       int64 // of those gone, the ones that need no doubt
}

// GroupLoss is a group whose membership shrank.
type GroupLoss struct {
	Name, DN      string
	Privileged    bool
	Gone          bool // it is not returned itself
	Deleted       bool // and the directory says that it was deleted
	Before, After int64
}

// UnitLoss is a unit of whose entries ten or more are gone.
type UnitLoss struct {
	DN            string // normalised
	Before, After int64
}

// Losses reads them from a finished staging file.
func (st *Staging) Losses(ctx context.Context, d Delta) (Losses, error) {
	var l Losses
	src := d.Source
	count := func(to *int64, q string) error { return st.conn.QueryRowContext(ctx, q, src).Scan(to) }
	for _, c := range []struct {
		to *int64
		q  string
	}{
		{&l.Accounts.Before, `SELECT coalesce(sum(accounts), 0) FROM kept.source_counts WHERE source_id = ?1`},
		{&l.Accounts.Gone, `SELECT count(*) FROM delta_objects WHERE op = 'removed' AND noun = 'account' AND ?1 > 0`},
		{&l.Entitlements.Before, `SELECT coalesce(sum(entitlements), 0) FROM kept.source_counts WHERE source_id = ?1`},
		{&l.Entitlements.Gone, `SELECT count(*) FROM delta_objects WHERE op = 'removed' AND noun = 'entitlement' AND ?1 > 0`},
		{&l.Memberships.Before, `SELECT coalesce(sum(memberships), 0) FROM kept.source_counts WHERE source_id = ?1`},
		{&l.Memberships.Gone, `SELECT count(*) FROM delta_grants WHERE op = 'removed' AND ?1 > 0`},
		{&l.States.Before, `SELECT coalesce(sum(accounts), 0) FROM kept.source_counts WHERE source_id = ?1`},
		{&l.States.Gone, `SELECT count(*) FROM delta_objects d JOIN accounts a ON a.sid = d.sid JOIN kept.open_accounts k ON k.id = d.id WHERE d.op = 'changed' AND d.noun = 'account' AND a.enabled <> k.enabled AND ?1 > 0`},
		{&l.Keys.Before, `SELECT coalesce(sum(accounts), 0) FROM kept.source_counts WHERE source_id = ?1`},
		{&l.Keys.Gone, `SELECT count(*) FROM delta_objects d JOIN accounts a ON a.sid = d.sid JOIN kept.open_accounts k ON k.id = d.id
		   WHERE d.op = 'changed' AND d.noun = 'account' AND (a.employee_number <> k.employee_number OR a.login <> k.login) AND ?1 > 0`},
	} {
		if err := count(c.to, c.q); err != nil {
			return l, err
		}
	}
	rows, err := st.conn.QueryContext(ctx, `
	  SELECT k.name, k.dn, k.privileged, EXISTS (SELECT 1 FROM delta_objects x WHERE x.id = k.id AND x.noun = 'entitlement' AND x.op = 'removed'),
	    EXISTS (SELECT 1 FROM delta_objects x WHERE x.id = k.id AND x.noun = 'entitlement' AND x.op = 'removed' AND x.reason = 'deleted'),
	    (SELECT count(*) FROM kept.open_grants g WHERE g.entitlement_id = k.id),
	    (SELECT count(*) FROM delta_grants d JOIN objects o ON o.sid = d.group_sid WHERE d.op = 'added' AND d.group_sid IN (SELECT sid FROM objects x WHERE x.object_id = k.id AND x.object_id > 0))
	     - (SELECT count(*) FROM delta_grants d WHERE d.op = 'removed' AND d.group_sid = 0 AND d.group_id = k.id)
	  FROM (SELECT DISTINCT group_id FROM delta_grants WHERE op = 'removed') d JOIN kept.open_entitlements k ON k.id = d.group_id ORDER BY k.name, k.dn`)
	if err != nil {
		return l, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var g GroupLoss
		var difference int64
		if err := rows.Scan(&g.Name, &g.DN, &g.Privileged, &g.Gone, &g.Deleted, &g.Before, &difference); err != nil {
			return l, err
		}
		g.After = g.Before + difference
		l.Groups = append(l.Groups, g)
	}
	if err := rows.Err(); err != nil {
		return l, err
	}
	l.Units, err = st.unitLosses(ctx)
	return l, err
}

// unitLosses counts what is gone below each unit, and what is left there, where
// enough is gone for a unit to be missed.
func (st *Staging) unitLosses(ctx context.Context) ([]UnitLoss, error) {
	gone := map[string]int64{}
	if err := st.below(ctx, `SELECT coalesce(a.dn_ref, e.dn_ref) FROM delta_objects d
	  LEFT JOIN kept.open_accounts a ON a.id = d.id AND d.noun = 'account' LEFT JOIN kept.open_entitlements e ON e.id = d.id AND d.noun = 'entitlement' WHERE d.op = 'removed' AND ?1 > 0`,
		func(dn string) { gone[dn]++ }); err != nil {
		return nil, err
	}
	maps.DeleteFunc(gone, func(_ string, n int64) bool { return n < unitSize })
	if len(gone) == 0 {
		return nil, nil
	}
	// What is kept and not removed is left, except where it moved.
	left := map[string]int64{}
	for _, c := range []struct {
		by int64
		q  string
	}{
		{1, `SELECT dn_ref FROM kept.open_accounts WHERE source_id = ?1 UNION ALL SELECT dn_ref FROM kept.open_entitlements WHERE source_id = ?1`},
		{-1, `SELECT coalesce(a.dn_ref, e.dn_ref) FROM delta_objects d LEFT JOIN kept.open_accounts a ON a.id = d.id AND d.noun = 'account' LEFT JOIN kept.open_entitlements e ON e.id = d.id AND d.noun = 'entitlement'
		  WHERE d.op <> 'added' AND ?1 > 0`},
		{1, `SELECT coalesce(a.dn_ref, e.dn_ref) FROM delta_objects d LEFT JOIN accounts a ON a.sid = d.sid AND d.noun = 'account' LEFT JOIN entitlements e ON e.sid = d.sid AND d.noun = 'entitlement'
		  WHERE d.op <> 'removed' AND ?1 > 0`},
	} {
		if err := st.below(ctx, c.q, func(dn string) {
			if gone[dn] > 0 {
				left[dn] += c.by
			}
		}); err != nil {
			return nil, err
		}
	}
	var out []UnitLoss
	for dn, n := range gone {
		out = append(out, UnitLoss{DN: dn, Before: left[dn] + n, After: left[dn]})
	}
	slices.SortFunc(out, func(a, b UnitLoss) int { return strings.Compare(a.DN, b.DN) })
	return out, nil
}

// unitSize is how many entries a unit must lose before it is looked at.
const unitSize = 10

// below calls fn with each unit above each of the DNs that a query gives.
func (st *Staging) below(ctx context.Context, query string, fn func(dn string)) error {
	rows, err := st.conn.QueryContext(ctx, query, st.source)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var ref string
		if err := rows.Scan(&ref); err != nil {
			return err
		}
		for dn := parentDN(ref); dn != ""; dn = parentDN(dn) {
			fn(dn)
		}
	}
	return rows.Err()
}

// parentDN is what follows the first comma that is not escaped (RFC 4514
// section 2.4), without the mark of a reference.
func parentDN(ref string) string {
	dn := strings.TrimPrefix(ref, "dn:")
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',':
			return dn[i+1:]
		}
	}
	return ""
}
