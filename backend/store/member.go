package store

import (
	"context"
	"fmt"
	"slices"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
)

// members are the accounts that are directly in one of some groups: a group, or a
// group and all that are nested in it.
type members struct {
	groups string // as idList has them; empty: a list is not narrowed by them
}

// membersOf are the accounts of a group: its own, or those of the groups below it
// as well. few says that they are soon sorted.
func (r *Reader) membersOf(ctx context.Context, group iam.ID, below bool) (m members, few bool, err error) {
	groups := []iam.ID{group}
	if below {
		if groups, err = r.groupsBelow(ctx, group); err != nil {
			return m, false, err
		}
	}
	m.groups = idList(groups)
	most := 50 * broadFrom // else all accounts would be gone through
	if r.memory != nil && !r.past {
		if there, err := accountsOf("", "name").inOrder("name").ready(ctx, r); err != nil {
			return m, false, err
		} else if most = broadFrom; there {
			most = broadFrom / 5
		}
	}
	n, err := r.atMost(ctx, ` FROM (`+r.memberIDs()+`)`, []any{m.groups}, most)
	return m, n.Exact, err
}

// groupsBelow are a group and the groups in it, directly or by nesting.
func (r *Reader) groupsBelow(ctx context.Context, group iam.ID) ([]iam.ID, error) {
	return r.ids(ctx, `
	  WITH RECURSIVE down AS (
	    SELECT ? AS id
	    UNION SELECT g.member_id FROM down CROSS JOIN grants g WHERE `+r.nested()+`)
	  SELECT id FROM down ORDER BY id`, group)
}

// memberIDs asks for the accounts of groups.
func (r *Reader) memberIDs() string {
	return `SELECT g.member_id FROM json_each(?) j CROSS JOIN grants g WHERE g.entitlement_id = j.value AND g.nested = 0 AND ` + r.stood("g")
}

// filter narrows a list by its accounts' column, each row of which is looked for
// in the groups. (Of EXISTS SQLite makes a join, and begins with all members.)
func (m members) filter(w *where, r *Reader, id string) {
	w.addIf(m.groups != "", `(SELECT count(*) FROM json_each(?) j CROSS JOIN grants g ON g.entitlement_id = j.value AND g.member_id = `+id+` WHERE g.nested = 0 AND `+r.stood("g")+`) > 0`, m.groups)
}

// set are the accounts. Those of a group of everybody take long to read, and
// change by readings alone.
func (m members) set(ctx context.Context, r *Reader) (idSet, error) {
	return kept(ctx, r, thing[idSet]{
		on: ofReadings, name: inside + m.groups,
		make: func(ctx context.Context, r *Reader) (idSet, error) {
			ids, err := r.manyIDs(ctx, `SELECT group_concat(member_id) FROM (`+r.memberIDs()+`)`, m.groups)
			return setOf(ids), err
		},
		renew: func(ctx context.Context, r *Reader, old idSet, since iam.Seq) (idSet, bool, error) {
			return m.renew(ctx, r, old, since)
		},
	})
}

// renew brings the set up to date. A group that was opened since may have come
// with members that are not found by the Write.
func (m members) renew(ctx context.Context, r *Reader, old idSet, since iam.Seq) (idSet, bool, error) {
	opened, err := r.ids(ctx, `SELECT e.id FROM json_each(?) j CROSS JOIN entitlements e ON e.id = j.value AND e.since > ? LIMIT 1`, m.groups, since)
	if err != nil || len(opened) > 0 {
		return nil, false, err
	}
	changed, err := r.ids(ctx, `SELECT member_id FROM (
	    SELECT member_id, entitlement_id FROM grants WHERE initial = 0 AND since > ?1
	    UNION ALL SELECT member_id, entitlement_id FROM grants WHERE until < 9223372036854775807 AND until > ?1 LIMIT ?2)
	  WHERE entitlement_id IN (SELECT value FROM json_each(?3))`, since, mostRenewed, m.groups)
	if err != nil || len(changed) == mostRenewed {
		return nil, false, err
	}
	still, err := r.ids(ctx, `SELECT m.value FROM json_each(?) m CROSS JOIN json_each(?) j CROSS JOIN grants g ON g.entitlement_id = j.value AND g.member_id = m.value WHERE g.nested = 0 AND `+r.stood("g"), idList(changed), m.groups)
	out := old.without(setOf(changed))
	for _, id := range still {
		out.add(id)
	}
	return out, true, err
}

// AccountsIn lists the accounts in a group by name: its direct members, or those
// that are in it by nesting as well.
func (r *Reader) AccountsIn(ctx context.Context, group iam.ID, below bool, words string, at Stretch) (Listed[iam.ID], error) {
	m, few, err := r.membersOf(ctx, group, below)
	if err != nil {
		return Listed[iam.ID]{}, err
	}
	if !few {
		return r.accountIDs(ctx, AccountFilter{Words: words, in: m}, "name", at)
	}
	var w where
	if err := r.matching(ctx, &w, words, "a.id", "a.login_fold", "a.name_fold", ""); err != nil {
		return Listed[iam.ID]{}, err
	}
	ids, err := r.ids(ctx, `SELECT a.id FROM (SELECT DISTINCT member_id FROM (`+r.memberIDs()+`)) m CROSS JOIN accounts a ON a.id = m.member_id AND `+r.stood("a")+w.sql()+` ORDER BY a.name_fold, a.id`,
		append([]any{m.groups}, w.args...)...)
	n := len(ids)
	return Listed[iam.ID]{Rows: ids[min(at.Skip, n):min(at.Skip+at.Most, n)], Count: Count{int64(n), true}}, err
}

// CountEffective is how many accounts are in a group, directly or by nesting.
func (r *Reader) CountEffective(ctx context.Context, group iam.ID) (int64, error) {
	m, few, err := r.membersOf(ctx, group, true)
	if err != nil {
		return 0, err
	}
	if !few && r.memory != nil && !r.past {
		set, err := m.set(ctx, r)
		return set.count(), err
	}
	var n int64
	err = r.tx.QueryRowContext(ctx, `SELECT count(DISTINCT member_id) FROM (`+r.memberIDs()+`)`, m.groups).Scan(&n)
	return n, err
}

// DirectMembers lists a group's direct members by name, groups before accounts.
func (r *Reader) DirectMembers(ctx context.Context, group iam.ID, words string, skip, most int) ([]iam.ID, Count, error) {
	var w where
	w.add(r.stoodWhere("g", fmt.Sprintf("g.entitlement_id = %d AND g.nested = 1", group)))
	c := Cleaned(words)
	w.addIf(c != "", "instr(e.name_fold, ?) > 0", c)
	groups, err := r.ids(ctx, `SELECT e.id FROM grants g CROSS JOIN entitlements e ON e.id = g.member_id AND `+r.stood("e")+w.sql()+` ORDER BY e.name_fold, e.id`, w.args...)
	if err != nil {
		return nil, Count{}, err
	}
	out := groups[min(skip, len(groups)):min(skip+most, len(groups))]
	accounts, err := r.AccountsIn(ctx, group, false, words, Stretch{Skip: max(0, skip-len(groups)), Most: most - len(out)})
	return slices.Concat(out, accounts.Rows), Count{accounts.N + int64(len(groups)), accounts.Exact}, err
}

// EdgesOf are the edges by which accounts are in a group, directly or by nesting.
func (r *Reader) EdgesOf(ctx context.Context, group iam.ID, accounts []iam.ID) ([]access.Edge, error) {
	between, err := r.Below(ctx, true, group)
	if err != nil {
		return nil, err
	}
	groups, err := r.groupsBelow(ctx, group)
	if err != nil {
		return nil, err
	}
	const few = 20 // in how many groups an account may be
	query := `FROM json_each(?) m CROSS JOIN json_each(?) j CROSS JOIN grants g ON g.entitlement_id = j.value AND g.member_id = m.value WHERE ` + r.stood("g")
	if len(groups) > few {
		query = `FROM json_each(?) m CROSS JOIN grants g WHERE ` + r.stoodWhere("g", "g.member_id = m.value") + ` AND g.entitlement_id IN (SELECT value FROM json_each(?))`
	}
	own, err := r.edges(ctx, `SELECT g.member_id, g.entitlement_id, g.since `+query, idList(accounts), idList(groups))
	return append(between, own...), err
}
