package store

import (
	"context"

	"gatehouse/backend/iam"
)

// DeltaRow is one change of a run that was not applied, for people.
type DeltaRow struct {
	Noun, Op         string
	ID               iam.ID // 0 if the object is new
	Name, DN         string
	GroupID          iam.ID
	Group            string
	DNBefore, Reason string
}

// Rows lists the changes, filtered, a page at a time, with their total.
func (st *Staging) Rows(ctx context.Context, noun, op string, skip, most int) ([]DeltaRow, int64, error) {
	if err := st.unpack(ctx, "true"); err != nil {
		return nil, 0, err
	}
	const union = `
	  SELECT d.noun AS noun, d.op AS op, d.id AS id, coalesce(a.name, e.name, ka.name, ke.name, '') AS name, coalesce(a.dn, e.dn, ka.dn, ke.dn, '') AS dn, 0 AS group_id, '' AS grp, coalesce(ka.dn, ke.dn, '') AS before, '' AS reason
	  FROM delta_objects d LEFT JOIN accounts a ON a.sid = d.sid AND d.noun = 'account' LEFT JOIN entitlements e ON e.sid = d.sid AND d.noun = 'entitlement'
	  LEFT JOIN kept.open_accounts ka ON ka.id = d.id AND d.noun = 'account' LEFT JOIN kept.open_entitlements ke ON ke.id = d.id AND d.noun = 'entitlement'
	  UNION ALL
	  SELECT 'membership', d.op, d.member_id, coalesce(a.name, e.name, ka.name, ke.name, ''), coalesce(a.dn, e.dn, ka.dn, ke.dn, ''), d.group_id, coalesce(g.name, kg.name, ''), '', ''
	  FROM delta_grants d LEFT JOIN accounts a ON a.sid = d.member_sid LEFT JOIN entitlements e ON e.sid = d.member_sid LEFT JOIN entitlements g ON g.sid = d.group_sid
	  LEFT JOIN kept.open_accounts ka ON ka.id = d.member_id LEFT JOIN kept.open_entitlements ke ON ke.id = d.member_id LEFT JOIN kept.open_entitlements kg ON kg.id = d.group_id
	  UNION ALL
	  SELECT 'unresolved', d.op, 0, d.value, d.value, d.group_id, coalesce(g.name, kg.name, ''), '', d.reason
	  FROM delta_unresolved d LEFT JOIN entitlements g ON g.sid = d.group_sid LEFT JOIN kept.open_entitlements kg ON kg.id = d.group_id`
	where := ` WHERE (?1 = '' OR noun = ?1) AND (?2 = '' OR op = ?2)`
	var total int64
	if err := st.conn.QueryRowContext(ctx, "SELECT count(*) FROM ("+union+")"+where, noun, op).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := st.conn.QueryContext(ctx, "SELECT noun, op, id, name, dn, group_id, grp, before, reason FROM ("+union+")"+where+" ORDER BY op DESC, noun, name, grp LIMIT ?3 OFFSET ?4", noun, op, most, skip)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	var out []DeltaRow
	for rows.Next() {
		var r DeltaRow
		if err := rows.Scan(&r.Noun, &r.Op, &r.ID, &r.Name, &r.DN, &r.GroupID, &r.Group, &r.DNBefore, &r.Reason); err != nil {
			return nil, 0, err
		}
		out = append(out, r)
	}
	return out, total, rows.Err()
}
