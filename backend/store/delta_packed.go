package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// The members of the groups of a source of which nothing is kept yet are all
// new. They stay packed, group by group, from the reading to the open rows: in
// a first reading there may be millions.

// allNew says that nothing of the source is kept.
func (st *Staging) allNew() bool { return st.look.empty && !st.end.Changes }

// packSets packs the groups all of whose members were found as they came.
func (st *Staging) packSets(ctx context.Context) error {
	if !st.allNew() {
		return nil
	}
	return st.execAll(ctx, `INSERT INTO packed SELECT sid, found FROM sets WHERE late = x'' AND found <> x''`)
}

// pack keeps the members of a new group in the order of their sids, unless the
// source says when one of them came.
func (st *Staging) pack(ctx context.Context, group int64, added []member) bool {
	if !st.allNew() || len(added) == 0 {
		return false
	}
	sids := make([]byte, 0, 4*len(added))
	for _, m := range added {
		if m.at != 0 {
			return false
		}
		sids = binary.BigEndian.AppendUint32(sids, uint32(m.sid))
	}
	st.exec(ctx, `INSERT INTO packed VALUES (?, ?)`, group, sids)
	return true
}

// unpack turns the packed members of some groups into rows of delta_grants, for
// what looks at them one by one.
func (st *Staging) unpack(ctx context.Context, which string) error {
	type set struct {
		group int64
		sids  []int64
	}
	rows, err := st.conn.QueryContext(ctx, `SELECT sid, members FROM packed WHERE `+which+` ORDER BY sid`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var sets []set
	for rows.Next() {
		var s set
		var members []byte
		if err := rows.Scan(&s.group, &members); err != nil {
			return err
		}
		s.sids = foundSids(members)
		sets = append(sets, s)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(sets) == 0 {
		return err
	}
	st.exec(ctx, "SAVEPOINT unpack")
	for _, s := range sets {
		added := make([]member, len(s.sids))
		for i, sid := range s.sids {
			added[i].sid = sid
		}
		st.keepAdded(ctx, s.group, 0, added)
		st.exec(ctx, "DELETE FROM packed WHERE sid = ?", s.group)
	}
	st.exec(ctx, "RELEASE unpack")
	return st.err
}

// openPacked opens the packed memberships, in the order of the table's key.
func (t *Tx) openPacked(ctx context.Context, unknown int64) error {
	ids, nested, err := t.objectsBySid(ctx)
	if err != nil || ids == nil {
		return err
	}
	rows, err := t.tx.QueryContext(ctx, `SELECT p.sid, p.members, coalesce(e.modified_at, ?) FROM stage.packed p LEFT JOIN stage.entitlements e ON e.sid = p.sid ORDER BY p.sid`, unknown)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	prepared := make([]*sql.Stmt, len(openingSizes))
	defer func() {
		for _, s := range prepared {
			if s != nil {
				_ = s.Close()
			}
		}
	}()
	for rows.Next() {
		var group, at int64
		var members []byte
		if err := rows.Scan(&group, &members, &at); err != nil {
			return err
		}
		sids := foundSids(members)
		slices.SortFunc(sids, func(a, b int64) int { return int(ids[a-1] - ids[b-1]) })
		for len(sids) > 0 {
			n := 1
			for n < len(sids) && nested[sids[n]-1] == nested[sids[0]-1] {
				n++
			}
			if err := t.openRows(ctx, prepared, ids[group-1], at, nested[sids[0]-1], sids[:n], ids); err != nil {
				return err
			}
			sids = sids[n:]
		}
	}
	return rows.Err()
}

// objectsBySid are the ids of the objects of the attached reading by sid - 1,
// and whether each is a group; none if nothing is packed.
func (t *Tx) objectsBySid(ctx context.Context) (ids []int64, groups []bool, err error) {
	rows, err := t.tx.QueryContext(ctx, `SELECT sid, object_id, noun = 'entitlement' FROM stage.objects WHERE EXISTS (SELECT 1 FROM stage.packed) ORDER BY sid`)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var sid, id int64
		var group bool
		if err := rows.Scan(&sid, &id, &group); err != nil {
			return nil, nil, err
		}
		for int64(len(ids)) < sid {
			ids, groups = append(ids, 0), append(groups, false)
		}
		ids[sid-1], groups[sid-1] = id, group
	}
	return ids, groups, rows.Err()
}

// openingSizes are how many rows one statement adds: few sizes, so that each is
// prepared once.
var openingSizes = [...]int{200, 50, 10, 3, 1}

// openRows opens memberships of one group.
func (t *Tx) openRows(ctx context.Context, prepared []*sql.Stmt, group, at int64, nested bool, sids, ids []int64) (err error) {
	args := make([]any, 0, 4+openingSizes[0])
	for i, size := range openingSizes {
		for len(sids) >= size {
			if prepared[i] == nil {
				const row = `(?1, ?, ?2, 9223372036854775807, ?3, '', ?4, 0, 1)`
				if prepared[i], err = t.tx.PrepareContext(ctx, `INSERT INTO grants (entitlement_id, member_id, since, until, nested, end_reason, source_at, by_primary, initial) VALUES `+
					strings.Replace(row, "?,", "?5,", 1)+strings.Repeat(", "+row, size-1)); err != nil {
					return err
				}
			}
			args = append(args[:0], group, int64(t.Seq), nested, at)
			for _, sid := range sids[:size] {
				args = append(args, ids[sid-1])
			}
			if _, err := prepared[i].ExecContext(ctx, args...); err != nil {
				return err
			}
			sids = sids[size:]
		}
	}
	return nil
}
