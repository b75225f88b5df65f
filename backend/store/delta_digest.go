package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"io"
	"slices"
)

// remember reads of the objects in the file what summarise needs.
func (st *Staging) remember(ctx context.Context) error {
	if len(st.objects) > 0 {
		return nil
	}
	rows, err := st.conn.QueryContext(ctx, `SELECT o.sid, o.external_id, CASE WHEN a.sid IS NULL THEN e.digest ELSE a.digest END, a.sid IS NULL
	  FROM objects o LEFT JOIN accounts a ON a.sid = o.sid LEFT JOIN entitlements e ON e.sid = o.sid ORDER BY 1`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var sid int
		var id string
		var facts []byte
		var group bool
		if err := rows.Scan(&sid, &id, &facts, &group); err != nil {
			return err
		}
		o, n := object{key: keyOf(id)}, accountNoun
		if group {
			n = entitlementNoun
		}
		o.said = saidOf(n, o.key, facts)
		st.objects = append(append(st.objects, make([]object, sid-1-len(st.objects))...), o)
	}
	return rows.Err()
}

// saidOf is a hash of an object and of the digest of its facts.
func saidOf(n noun, of key, facts []byte) key {
	return keyOf(string(of[:]) + n.String() + string(facts))
}

// hashObjects hashes the objects that are new or changed.
func (st *Staging) hashObjects(ctx context.Context, h io.Writer) error {
	rows, err := st.conn.QueryContext(ctx, `SELECT op, group_concat(sid) FROM delta_objects WHERE op <> 'removed' GROUP BY op`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var op, sids string
		if err := rows.Scan(&op, &sids); err != nil {
			return err
		}
		var said []key
		for sid := range numbers(sids) {
			said = append(said, st.objects[sid-1].said)
		}
		writeSorted(h, op, said)
	}
	return rows.Err()
}

// hashAdded hashes the added memberships: one hash a group, over its external id
// and those of its new members.
func (st *Staging) hashAdded(ctx context.Context, h io.Writer) error {
	rows, err := st.conn.QueryContext(ctx, `
	  SELECT group_sid, by_primary, group_concat(member_sid), x'' FROM delta_grants WHERE op = 'added' GROUP BY op, group_sid, group_id, by_primary
	  UNION ALL SELECT sid, 0, '', members FROM packed`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var ranks []int32 // by sid - 1: the place of each object among all by its key
	var groups []key
	for rows.Next() {
		var group int64
		var listed string
		var byPrimary byte
		var packed []byte
		if err := rows.Scan(&group, &byPrimary, &listed, &packed); err != nil {
			return err
		}
		if ranks == nil {
			ranks = st.ranks()
		}
		members := foundSids(packed)
		for sid := range numbers(listed) {
			members = append(members, sid)
		}
		slices.SortFunc(members, func(a, b int64) int { return int(ranks[a-1] - ranks[b-1]) })
		b := append(make([]byte, 0, 17+16*len(members)), st.objects[group-1].key[:]...)
		b = append(b, byPrimary)
		for _, m := range members {
			b = append(b, st.objects[m-1].key[:]...)
		}
		sum := sha256.Sum256(b)
		groups = append(groups, key(sum[:16]))
	}
	writeSorted(h, "memberships", groups)
	return rows.Err()
}

func (st *Staging) ranks() []int32 {
	sids := make([]int32, len(st.objects))
	for i := range sids {
		sids[i] = int32(i)
	}
	slices.SortFunc(sids, func(a, b int32) int { return bytes.Compare(st.objects[a].key[:], st.objects[b].key[:]) })
	ranks := make([]int32, len(sids))
	for rank, i := range sids {
		ranks[i] = int32(rank)
	}
	return ranks
}

// hashRest hashes what ended, and members that are no account or group of ours.
func (st *Staging) hashRest(ctx context.Context, h io.Writer) error {
	for _, q := range []string{
		`SELECT 'membership', d.op, kg.external_id, km.external_id, d.reason FROM delta_grants d JOIN kept.objects kg ON kg.id = d.group_id JOIN kept.objects km ON km.id = d.member_id WHERE d.op = 'removed'`,
		`SELECT d.noun, d.op, k.external_id, '', d.reason FROM delta_objects d JOIN kept.objects k ON k.id = d.id WHERE d.op = 'removed'`,
		`SELECT 'unresolved', d.op, coalesce(o.external_id, k.external_id), d.value, d.reason
		 FROM delta_unresolved d LEFT JOIN objects o ON o.sid = d.group_sid LEFT JOIN kept.objects k ON k.id = d.group_id`,
	} {
		if err := st.hashRows(ctx, q, h); err != nil {
			return err
		}
	}
	return nil
}

func (st *Staging) hashRows(ctx context.Context, query string, h io.Writer) error {
	rows, err := st.conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var cells [5]sql.RawBytes
	into := []any{&cells[0], &cells[1], &cells[2], &cells[3], &cells[4]}
	var hashes []key
	var line []byte
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		line = line[:0]
		for _, c := range cells {
			line = append(binary.BigEndian.AppendUint32(line, uint32(len(c))), c...)
		}
		hashes = append(hashes, keyOf(string(line)))
	}
	writeSorted(h, "rows", hashes)
	return rows.Err()
}

// writeSorted writes hashes in their own order.
func writeSorted(h io.Writer, what string, keys []key) {
	slices.SortFunc(keys, func(a, b key) int { return bytes.Compare(a[:], b[:]) })
	_, _ = io.WriteString(h, what)
	for _, k := range keys {
		_, _ = h.Write(k[:])
	}
}
