package store

import (
	"context"
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
type Loss struct{ Before, Gone int64 }

// GroupLoss is a group whose membership shrank.
type GroupLoss struct {
	Name, DN      string
	Privileged    bool
	Gone          bool // it is not returned itself
	Before, After int64
}

// UnitLoss is a unit some of whose entries are gone.
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
		{&l.Accounts.Before, `SELECT count(*) FROM kept.open_accounts WHERE source_id = ?1`},
		{&l.Accounts.Gone, `SELECT count(*) FROM delta_objects WHERE op = 'removed' AND noun = 'account' AND ?1 > 0`},
		{&l.Entitlements.Before, `SELECT count(*) FROM kept.open_entitlements WHERE source_id = ?1`},
		{&l.Entitlements.Gone, `SELECT count(*) FROM delta_objects WHERE op = 'removed' AND noun = 'entitlement' AND ?1 > 0`},
		{&l.Memberships.Before, `SELECT count(*) FROM kept.objects o JOIN kept.open_grants g ON g.entitlement_id = o.id WHERE o.source_id = ?1 AND o.noun = 'entitlement'`},
		{&l.Memberships.Gone, `SELECT count(*) FROM delta_grants WHERE op = 'removed' AND ?1 > 0`},
		{&l.States.Before, `SELECT count(*) FROM kept.open_accounts WHERE source_id = ?1`},
		{&l.States.Gone, `SELECT count(*) FROM delta_objects d JOIN accounts a ON a.sid = d.sid JOIN kept.open_accounts k ON k.id = d.id WHERE d.op = 'changed' AND d.noun = 'account' AND a.enabled <> k.enabled AND ?1 > 0`},
		{&l.Keys.Before, `SELECT count(*) FROM kept.open_accounts WHERE source_id = ?1`},
		{&l.Keys.Gone, `SELECT count(*) FROM delta_objects d JOIN accounts a ON a.sid = d.sid JOIN kept.open_accounts k ON k.id = d.id
		   WHERE d.op = 'changed' AND d.noun = 'account' AND (a.employee_number <> k.employee_number OR a.login <> k.login) AND ?1 > 0`},
	} {
		if err := count(c.to, c.q); err != nil {
			return l, err
		}
	}
	rows, err := st.conn.QueryContext(ctx, `
	  SELECT k.name, k.dn, k.privileged, EXISTS (SELECT 1 FROM delta_objects x WHERE x.id = k.id AND x.noun = 'entitlement' AND x.op = 'removed'),
	    (SELECT count(*) FROM kept.open_grants g WHERE g.entitlement_id = k.id) AS before,
	    (SELECT count(*) FROM objects o JOIN grants g ON g.group_sid = o.sid WHERE o.object_id = k.id AND o.object_id > 0) AS after
	  FROM (SELECT DISTINCT group_id FROM delta_grants WHERE op = 'removed') d JOIN kept.open_entitlements k ON k.id = d.group_id ORDER BY k.name, k.dn`)
	if err != nil {
		return l, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var g GroupLoss
		if err := rows.Scan(&g.Name, &g.DN, &g.Privileged, &g.Gone, &g.Before, &g.After); err != nil {
			return l, err
		}
		l.Groups = append(l.Groups, g)
	}
	if err := rows.Err(); err != nil {
		return l, err
	}
	l.Units, err = st.unitLosses(ctx)
	return l, err
}

// unitLosses counts what is gone below each unit, and what is left there.
func (st *Staging) unitLosses(ctx context.Context) ([]UnitLoss, error) {
	rows, err := st.conn.QueryContext(ctx, `SELECT coalesce(a.dn_ref, e.dn_ref) FROM delta_objects d
	  LEFT JOIN kept.open_accounts a ON a.id = d.id AND d.noun = 'account' LEFT JOIN kept.open_entitlements e ON e.id = d.id AND d.noun = 'entitlement' WHERE d.op = 'removed'`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	gone := map[string]int64{}
	for rows.Next() {
		var ref string
		if err := rows.Scan(&ref); err != nil {
			return nil, err
		}
		for dn := parentDN(ref); dn != ""; dn = parentDN(dn) {
			gone[dn]++
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var out []UnitLoss
	for dn, n := range gone {
		var left int64
		if err := st.conn.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM accounts WHERE substr(dn_ref, -length(?1)) = ?1) + (SELECT count(*) FROM entitlements WHERE substr(dn_ref, -length(?1)) = ?1)`, ","+dn).Scan(&left); err != nil {
			return nil, err
		}
		out = append(out, UnitLoss{DN: dn, Before: left + n, After: left})
	}
	slices.SortFunc(out, func(a, b UnitLoss) int { return strings.Compare(a.DN, b.DN) })
	return out, nil
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
