package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// compareMembers fills delta_grants and delta_unresolved.
func (st *Staging) compareMembers(ctx context.Context) error {
	// A group of a full reading that lists nobody has no members.
	if err := st.execAll(ctx, `INSERT OR IGNORE INTO sets SELECT sid, x'', x'' FROM objects WHERE ?2 = 0 AND ?1 > 0 AND noun = 'entitlement' AND state IN ('staged', 'same')`,
		// Members of what is no group, or of one that is not read any more.
		`DELETE FROM sets WHERE sid IN (SELECT o.sid FROM sets s JOIN objects o ON o.sid = s.sid WHERE NOT (
		   o.noun = 'entitlement' AND o.state IN ('staged', 'same')
		   OR (o.state = 'present' OR o.state = 'named' AND ?2 = 1) AND EXISTS (SELECT 1 FROM kept.open_entitlements k WHERE k.id = o.object_id AND k.source_id = ?1)))`); err != nil {
		return err
	}
	if err := st.wantLate(ctx); err != nil {
		return err
	}
	if err := st.resolve(ctx); err != nil {
		return err
	}
	if err := st.compareSets(ctx); err != nil {
		return err
	}
	if err := st.execAll(ctx, compareUnresolved...); err != nil {
		return err
	}
	if st.end.Changes {
		if err := st.execAll(ctx, findTurned...); err != nil {
			return err
		}
	}
	if err := st.execAll(ctx, primaries...); err != nil {
		return err
	}
	if err := st.resolve(ctx); err != nil {
		return err
	}
	if err := st.primaryGroups(ctx); err != nil {
		return err
	}
	if err := st.unpack(ctx, `sid IN (SELECT sid FROM primary_groups)`); err != nil {
		return err
	}
	return st.execAll(ctx, comparePrimaries...)
}

// resolve finds what each reference in wanted stands for, by the DNs of this
// reading where they are enough.
func (st *Staging) resolve(ctx context.Context) error {
	if err := st.execAll(ctx, `DELETE FROM wanted WHERE ref IN (SELECT ref FROM resolved)`); err != nil {
		return err
	}
	if st.whole() {
		left, err := st.resolveByName(ctx)
		if err != nil || left == 0 {
			return err
		}
	}
	if err := st.execAll(ctx, lookUp...); err != nil {
		return err
	}
	return st.learn(ctx)
}

// resolveByName answers what is wanted by the names of this reading, and returns
// how many references are left: those that several objects have.
func (st *Staging) resolveByName(ctx context.Context) (left int, err error) {
	refs, err := st.texts(ctx, `SELECT ref FROM wanted`)
	if err != nil {
		return 0, err
	}
	for _, r := range refs {
		sid := int64(st.names[keyOf(r)])
		if sid == severalObjects {
			left++
			continue
		}
		if sid == 0 {
			if err := st.query(ctx, `SELECT CASE WHEN EXISTS (SELECT 1 FROM skipped_refs WHERE ref = ?) THEN ? ELSE 0 END`, r, skippedEntry).Scan(&sid); err != nil {
				return 0, err
			}
		}
		st.exec(ctx, `INSERT INTO resolved VALUES (?, ?)`, r, sid)
		st.exec(ctx, `DELETE FROM wanted WHERE ref = ?`, r)
	}
	return left, st.err
}

// lookUp fills resolved: what a reference stands for among the objects of this
// reading and, of what is kept, those that it does not say anything new about.
// A DN that passed to another object is that object's.
var lookUp = []string{
	`CREATE INDEX IF NOT EXISTS refs_ref ON refs (ref)`,
	`CREATE TABLE IF NOT EXISTS pulled (ref TEXT NOT NULL, id INTEGER NOT NULL) STRICT`,
	`DELETE FROM pulled`,
	`INSERT OR IGNORE INTO holders SELECT w.ref, r.sid, 1 FROM wanted w CROSS JOIN refs r ON r.ref = w.ref JOIN objects o ON o.sid = r.sid WHERE o.state = 'staged'`,
	`INSERT INTO pulled SELECT w.ref, k.id FROM wanted w CROSS JOIN kept.accounts k ON k.source_id = ?1 AND k.dn_ref = w.ref AND k.until = 9223372036854775807
	 UNION SELECT w.ref, k.id FROM wanted w CROSS JOIN kept.entitlements k ON k.source_id = ?1 AND k.dn_ref = w.ref AND k.until = 9223372036854775807
	 UNION SELECT w.ref, k.object_id FROM wanted w CROSS JOIN kept.object_refs k ON k.source_id = ?1 AND k.ref = w.ref WHERE k.object_id > 0`,
	`DELETE FROM pulled WHERE CASE (SELECT o.state FROM objects o WHERE o.object_id = pulled.id AND o.object_id > 0)
	   WHEN 'staged' THEN 1 WHEN 'deleted' THEN 1 WHEN 'notReturned' THEN 1 WHEN 'same' THEN 0 WHEN 'present' THEN 0 ELSE ?2 = 0 AND ?1 > 0 END`,
	`INSERT INTO objects (external_id, object_id, noun, state) SELECT DISTINCT k.external_id, k.id, '', 'kept' FROM pulled p JOIN kept.objects k ON k.id = p.id
	 WHERE NOT EXISTS (SELECT 1 FROM objects o WHERE o.object_id = k.id AND o.object_id > 0)`,
	adoptNouns,
	`INSERT OR IGNORE INTO holders SELECT p.ref, o.sid, 0 FROM pulled p JOIN objects o ON o.object_id = p.id AND o.object_id > 0`,
	`DELETE FROM holders WHERE here = 0 AND ref >= 'dn:' AND ref < 'dn;' AND EXISTS (SELECT 1 FROM holders h WHERE h.ref = holders.ref AND h.here = 1)`,
	`INSERT INTO resolved SELECT w.ref, CASE count(h.sid) WHEN 1 THEN max(h.sid) WHEN 0 THEN
	   CASE WHEN EXISTS (SELECT 1 FROM skipped_refs s WHERE s.ref = w.ref) OR ?2 = 1 AND EXISTS (SELECT 1 FROM kept.object_refs k WHERE k.source_id = ?1 AND k.ref = w.ref AND k.object_id = 0) THEN -2 ELSE 0 END
	   ELSE -1 END FROM wanted w LEFT JOIN holders h ON h.ref = w.ref GROUP BY w.ref`,
	`DELETE FROM wanted`,
}

// learn reads the kept objects that have come into the file.
func (st *Staging) learn(ctx context.Context) error {
	rows, err := st.conn.QueryContext(ctx, `SELECT sid, object_id, external_id FROM objects WHERE sid > ? ORDER BY sid`, len(st.objects))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var sid, id int64
		var externalID string
		if err := rows.Scan(&sid, &id, &externalID); err != nil {
			return err
		}
		st.objects = append(st.objects, object{key: keyOf(externalID), id: id})
	}
	return rows.Err()
}

func (st *Staging) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := st.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// member is one resolved member of a group.
type member struct{ id, sid, at int64 }

// compareSets compares the members of each group, as sorted sets, with those it
// is kept to list.
func (st *Staging) compareSets(ctx context.Context) error {
	if err := st.packSets(ctx); err != nil {
		return err
	}
	sets, err := st.conn.QueryContext(ctx, `SELECT sid, found, late FROM sets WHERE sid NOT IN (SELECT sid FROM packed) ORDER BY sid`)
	if err != nil {
		return err
	}
	defer func() { _ = sets.Close() }()
	for sets.Next() {
		var group int64
		var found, late []byte
		if err := sets.Scan(&group, &found, &late); err != nil {
			return err
		}
		var listed []member
		for _, sid := range foundSids(found) {
			listed = append(listed, member{st.objects[sid-1].id, sid, 0})
		}
		for m := range lateMembers(late) {
			sid, err := st.standing(ctx, m)
			if err != nil {
				return err
			}
			if sid > 0 {
				listed = append(listed, member{st.objects[sid-1].id, sid, m.at})
			} else {
				st.exec(ctx, `INSERT OR IGNORE INTO unresolved VALUES (?, ?, ?, ?)`, group, m.value, string(m.why(sid)), m.ref)
			}
		}
		if err := st.compareSet(ctx, group, listed); err != nil {
			return err
		}
	}
	return sets.Err()
}

// compareSet finds who is new in a group and who is not listed any more.
func (st *Staging) compareSet(ctx context.Context, group int64, listed []member) error {
	slices.SortFunc(listed, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.sid, b.sid), cmp.Compare(b.at, a.at))
	})
	listed = slices.CompactFunc(listed, func(a, b member) bool { return a.sid == b.sid })
	id := st.objects[group-1].id
	var kept []int64
	if id > 0 {
		var list sql.NullString
		if err := st.query(ctx, `SELECT group_concat(member_id) FROM kept.grants WHERE entitlement_id = ? AND until = 9223372036854775807 AND by_primary = 0`, id).Scan(&list); err != nil {
			return err
		}
		kept = slices.Collect(numbers(list.String)) // in the order of the key
	}
	var added []member
	for _, m := range listed {
		for len(kept) > 0 && kept[0] < m.id {
			st.removed(ctx, id, kept[0])
			kept = kept[1:]
		}
		if len(kept) > 0 && kept[0] == m.id {
			kept = kept[1:]
		} else {
			added = append(added, m)
		}
	}
	for _, gone := range kept {
		st.removed(ctx, id, gone)
	}
	slices.SortFunc(added, func(a, b member) int { return cmp.Compare(a.sid, b.sid) })
	if !st.pack(ctx, group, added) {
		st.keepAdded(ctx, group, id, added)
	}
	return st.err
}

// keepAdded keeps the new members of a group.
func (st *Staging) keepAdded(ctx context.Context, group, id int64, added []member) {
	// Few lengths, so that their statements are prepared once.
	for len(added) > 0 {
		part := added[:1]
		for _, most := range []int{100, 10} {
			if len(added) >= most {
				part = added[:most]
				break
			}
		}
		args := append(make([]any, 0, 302), group, id)
		for _, m := range part {
			args = append(args, m.sid, m.id, m.at)
		}
		st.exec(ctx, addGrants[len(part)], args...)
		added = added[len(part):]
	}
}

// addGrants are the statements for one, ten and a hundred.
var addGrants = func() map[int]string {
	out := map[int]string{}
	for _, n := range []int{1, 10, 100} {
		const row = `('added', ?1, ?2, ?, ?, ?, 0, '')`
		out[n] = `INSERT INTO delta_grants (op, group_sid, group_id, member_sid, member_id, at, by_primary, reason) VALUES ` + row + strings.Repeat(", "+row, n-1)
	}
	return out
}()

func (st *Staging) removed(ctx context.Context, group, member int64) {
	st.exec(ctx, `INSERT OR IGNORE INTO delta_grants (op, group_sid, group_id, member_sid, member_id, by_primary, at, reason) VALUES ('removed', 0, ?, 0, ?, 0, 0, 'notReturned')`, group, member)
}

// compareUnresolved does the same for members that could not be resolved, and
// ends what belongs to objects that end.
var compareUnresolved = []string{
	`INSERT INTO delta_unresolved SELECT 'added', u.group_sid, o.object_id, u.value, u.reason, u.ref, '' FROM unresolved u JOIN objects o ON o.sid = u.group_sid
	 WHERE NOT EXISTS (SELECT 1 FROM kept.open_unresolved k WHERE k.entitlement_id = o.object_id AND k.value = u.value AND k.reason = u.reason)`,
	`INSERT INTO delta_unresolved SELECT 'removed', 0, k.entitlement_id, k.value, k.reason, k.ref, 'notReturned' FROM sets s CROSS JOIN objects o ON o.sid = s.sid CROSS JOIN kept.open_unresolved k ON k.entitlement_id = o.object_id
	 WHERE o.object_id > 0 AND NOT EXISTS (SELECT 1 FROM unresolved u WHERE u.group_sid = o.sid AND u.value = k.value AND u.reason = k.reason)`,
	`INSERT INTO delta_unresolved SELECT 'removed', 0, k.entitlement_id, k.value, k.reason, k.ref, d.reason FROM delta_objects d CROSS JOIN kept.open_unresolved k ON k.entitlement_id = d.id
	 WHERE d.op = 'removed' AND d.noun = 'entitlement'`,

	`INSERT OR IGNORE INTO delta_grants (op, group_sid, group_id, member_sid, member_id, by_primary, at, reason) SELECT 'removed', 0, g.entitlement_id, 0, g.member_id, 0, 0, d.reason
	 FROM delta_objects d CROSS JOIN kept.grants g ON g.entitlement_id = d.id AND g.until = 9223372036854775807 WHERE d.op = 'removed' AND d.noun = 'entitlement'`,
	// One that has become another noun is still listed.
	`INSERT OR IGNORE INTO delta_grants (op, group_sid, group_id, member_sid, member_id, by_primary, at, reason) SELECT 'removed', 0, g.entitlement_id, 0, g.member_id, 0, 0, d.reason
	 FROM delta_objects d CROSS JOIN kept.grants g ON g.member_id = d.id AND g.until = 9223372036854775807
	 WHERE d.op = 'removed' AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.object_id = d.id AND o.object_id > 0 AND o.state IN ('staged', 'same'))`,
	`UPDATE delta_grants SET reason = 'deleted' WHERE op = 'removed' AND reason <> 'deleted' AND EXISTS (
	   SELECT 1 FROM delta_objects d WHERE d.op = 'removed' AND d.reason = 'deleted' AND d.id IN (delta_grants.group_id, delta_grants.member_id))`,
}

// primaries are the accounts whose primary group is to be looked at: all in a
// full reading, else those read, those in a group that is known by other names
// now, and those that a group lists newly or no longer.
var primaries = []string{
	`CREATE TABLE primaries (sid INTEGER PRIMARY KEY, ref TEXT NOT NULL) STRICT`,
	`INSERT INTO primaries SELECT a.sid, a.primary_ref FROM accounts a JOIN objects o ON o.sid = a.sid WHERE a.primary_ref <> '' OR o.object_id > 0`,
	`CREATE TABLE IF NOT EXISTS turned (ref TEXT NOT NULL, object_id INTEGER NOT NULL) STRICT`,
	`CREATE TABLE near (id INTEGER PRIMARY KEY) STRICT`,
	`INSERT OR IGNORE INTO near SELECT o.object_id FROM kept.accounts k JOIN objects o ON o.object_id = k.id AND o.object_id > 0
	 WHERE ?2 = 0 AND k.source_id = ?1 AND k.primary_ref <> '' AND k.until = 9223372036854775807 AND o.state IN ('same', 'present')`,
	`INSERT OR IGNORE INTO near SELECT k.id FROM turned t CROSS JOIN kept.accounts k ON k.source_id = ?1 AND k.primary_ref = t.ref AND k.primary_ref <> '' AND k.until = 9223372036854775807 WHERE ?2 = 1`,
	`INSERT OR IGNORE INTO near SELECT k.id FROM delta_grants d CROSS JOIN objects o ON o.sid = d.member_sid CROSS JOIN kept.open_accounts k ON k.id = o.object_id WHERE ?2 = 1 AND ?1 > 0 AND d.op = 'added' AND k.primary_ref <> ''`,
	`INSERT OR IGNORE INTO near SELECT k.id FROM delta_grants d CROSS JOIN kept.open_accounts k ON k.id = d.member_id WHERE ?2 = 1 AND ?1 > 0 AND d.op = 'removed' AND k.primary_ref <> ''`,
	`DELETE FROM near WHERE id IN (SELECT object_id FROM objects WHERE state IN ('staged', 'deleted', 'notReturned'))`,
	`INSERT INTO objects (external_id, object_id, noun, state) SELECT k.external_id, k.id, '', 'kept' FROM near n CROSS JOIN kept.objects k ON k.id = n.id
	 WHERE NOT EXISTS (SELECT 1 FROM objects o WHERE o.object_id = k.id AND o.object_id > 0)`,
	adoptNouns,
	`INSERT OR IGNORE INTO primaries SELECT o.sid, k.primary_ref FROM near n CROSS JOIN objects o ON o.object_id = n.id AND o.object_id > 0 CROSS JOIN kept.open_accounts k ON k.id = n.id`,
	`INSERT OR IGNORE INTO wanted SELECT DISTINCT ref FROM primaries WHERE ref <> ''`,
}

// primaryGroups finds the groups that primary references stand for. Where several
// groups have one number, who has it is in each of them.
func (st *Staging) primaryGroups(ctx context.Context) error {
	return st.execAll(ctx,
		`CREATE TABLE primary_groups (ref TEXT NOT NULL, sid INTEGER NOT NULL, PRIMARY KEY (ref, sid)) STRICT, WITHOUT ROWID`,
		`INSERT INTO primary_groups SELECT w.ref, o.sid FROM (SELECT DISTINCT ref FROM primaries) w JOIN resolved r ON r.ref = w.ref JOIN objects o ON o.sid = r.sid WHERE o.noun = 'entitlement'`,
		`INSERT INTO primary_groups SELECT w.ref, o.sid FROM (SELECT DISTINCT ref FROM primaries) w JOIN resolved r ON r.ref = w.ref AND r.sid = -1
		 CROSS JOIN holders h ON h.ref = w.ref CROSS JOIN objects o ON o.sid = h.sid WHERE o.noun = 'entitlement'`,
	)
}

// comparePrimaries finds the memberships that accounts name themselves and no
// group lists.
var comparePrimaries = []string{
	`CREATE TABLE primary_grants (group_sid INTEGER NOT NULL, member_sid INTEGER NOT NULL, group_id INTEGER NOT NULL, member_id INTEGER NOT NULL, PRIMARY KEY (group_sid, member_sid)) STRICT, WITHOUT ROWID`,
	`INSERT INTO primary_grants SELECT g.sid, a.sid, g.object_id, a.object_id FROM primaries p JOIN primary_groups r ON r.ref = p.ref JOIN objects g ON g.sid = r.sid JOIN objects a ON a.sid = p.sid
	 WHERE NOT EXISTS (SELECT 1 FROM delta_grants d WHERE d.op = 'added' AND d.group_sid = g.sid AND d.group_id = g.object_id AND d.member_sid = a.sid)
	   AND NOT EXISTS (SELECT 1 FROM kept.open_grants k WHERE k.entitlement_id = g.object_id AND k.member_id = a.object_id AND k.by_primary = 0
	     AND NOT EXISTS (SELECT 1 FROM delta_grants d WHERE d.op = 'removed' AND d.group_sid = 0 AND d.group_id = k.entitlement_id AND d.member_sid = 0 AND d.member_id = k.member_id))`,
	`INSERT OR IGNORE INTO delta_grants (op, group_sid, group_id, member_sid, member_id, by_primary, at, reason) SELECT 'removed', 0, k.entitlement_id, 0, k.member_id, 0, 0, 'notReturned'
	 FROM primaries p CROSS JOIN objects a ON a.sid = p.sid CROSS JOIN kept.grants k ON k.member_id = a.object_id AND k.by_primary = 1 AND k.until = 9223372036854775807
	 WHERE a.object_id > 0 AND NOT EXISTS (SELECT 1 FROM objects g JOIN primary_grants w ON w.group_sid = g.sid AND w.member_sid = a.sid WHERE g.object_id = k.entitlement_id AND g.object_id > 0)`,
	`INSERT OR IGNORE INTO delta_grants (op, group_sid, group_id, member_sid, member_id, by_primary, at, reason) SELECT 'added', w.group_sid, w.group_id, w.member_sid, w.member_id, 1, 0, ''
	 FROM primary_grants w WHERE NOT EXISTS (SELECT 1 FROM kept.open_grants k WHERE k.entitlement_id = w.group_id AND k.member_id = w.member_id AND k.by_primary = 1)`,
}
