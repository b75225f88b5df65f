package store

import (
	"context"
	"database/sql"
	"fmt"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
)

// MostCompared is how many changed records of a sort are named; past it they are
// only counted.
const MostCompared = 50_000

// Net is what differs between two points, whatever happened in between: who
// came and went has not changed.
type Net struct {
	Objects    []ObjectChange
	Grants     []GrantChange
	Unresolved []UnresolvedChange
	// Counted has the numbers, by noun and operation, where there were too many to
	// name.
	Counted []DeltaCount
}

// ObjectChange is an account or entitlement that is there at one point only, or
// at both with other values.
type ObjectChange struct {
	Noun, Op string // account or entitlement; added, changed, removed
	ID       iam.ID
	Source   iam.ID
	Seq      iam.Seq       // the Write that made it what it is at the end
	Reason   iam.EndReason // why it ended
	Fields   []FieldChange
}

// GrantChange is a direct membership that is there at one point only.
type GrantChange struct {
	access.Edge
	Op       string // added or removed
	Nested   bool
	Seq      iam.Seq // the Write that opened or closed it
	SourceAt iam.Moment
	Reason   iam.EndReason
}

// UnresolvedChange is an unresolved member that is there at one point only.
type UnresolvedChange struct {
	Op    string
	Group iam.ID
	Value string
	Why   iam.Unresolved
	Seq   iam.Seq
}

// between are rows that were opened or closed after ?1 and up to ?2: those that
// stand at the end and did not at the beginning, or the other way round.
// Everything else that happened left no difference.
var between = map[string]string{
	"added":   `x.since > ?1 AND x.since <= ?2 AND x.until > ?2 AND NOT EXISTS (SELECT 1 FROM %[1]s p WHERE %[2]s AND p.since <= ?1 AND p.until > ?1)`,
	"removed": `x.until < 9223372036854775807 AND x.until > ?1 AND x.since <= ?1 AND x.until <= ?2 AND NOT EXISTS (SELECT 1 FROM %[1]s p WHERE %[2]s AND p.since <= ?2 AND p.until > ?2)`,
}

// Differ is what differs between two Writes, in one source or, with 0, in all.
func (r *Reader) Differ(ctx context.Context, from, to iam.Seq, source iam.ID) (Net, error) {
	var n Net
	for _, t := range []struct{ noun, table string }{{"account", "accounts"}, {"entitlement", "entitlements"}} {
		if err := r.differObjects(ctx, &n, t.noun, t.table, from, to, source); err != nil {
			return n, err
		}
	}
	for _, op := range []string{"added", "removed"} {
		if err := r.differGrants(ctx, &n, op, from, to, source); err != nil {
			return n, err
		}
		if err := r.differUnresolved(ctx, &n, op, from, to, source); err != nil {
			return n, err
		}
	}
	return n, nil
}

// some runs a query of differences, unless it would yield too many: then they
// are counted.
func (r *Reader) some(ctx context.Context, n *Net, noun, op, columns, from string, scan func(*sql.Rows) error, args ...any) error {
	var count int64
	if err := r.tx.QueryRowContext(ctx, `SELECT count(*)`+from, args...).Scan(&count); err != nil || count == 0 {
		return err
	}
	if count > MostCompared {
		n.Counted = append(n.Counted, DeltaCount{noun, op, count})
		return nil
	}
	rows, err := r.tx.QueryContext(ctx, `SELECT `+columns+from, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (r *Reader) differObjects(ctx context.Context, n *Net, noun, table string, from, to iam.Seq, source iam.ID) error {
	for _, op := range []string{"added", "removed"} {
		seq, reason := "x.since", "''"
		if op == "removed" {
			seq = fmt.Sprintf(`(SELECT max(e.until) FROM %s e WHERE e.id = x.id AND e.until <= ?2)`, table)
			reason = fmt.Sprintf(`(SELECT e.end_reason FROM %s e WHERE e.id = x.id AND e.until <= ?2 ORDER BY e.until DESC LIMIT 1)`, table)
		}
		where := fmt.Sprintf(` FROM `+table+` x WHERE `+between[op]+` AND (?3 = 0 OR x.source_id = ?3)`, table, "p.id = x.id")
		if err := r.some(ctx, n, noun, op, `x.id, x.source_id, `+seq+`, `+reason, where, func(rows *sql.Rows) error {
			o := ObjectChange{Noun: noun, Op: op}
			err := rows.Scan(&o.ID, &o.Source, &o.Seq, &o.Reason)
			n.Objects = append(n.Objects, o)
			return err
		}, from, to, source); err != nil {
			return err
		}
	}
	v := versionsOf(noun)
	var o ObjectChange
	places := append([]any{&o.ID, &o.Source, &o.Seq}, v.places...)
	return r.some(ctx, n, noun, "changed", `y.id, y.source_id, y.since, `+columnsFor(noun),
		` FROM `+table+` y CROSS JOIN `+table+` x ON x.id = y.id AND x.since <= ?1 AND x.until > ?1 WHERE y.since > ?1 AND y.since <= ?2 AND y.until > ?2 AND y.digest <> x.digest AND (?3 = 0 OR y.source_id = ?3)`,
		func(rows *sql.Rows) error {
			o = ObjectChange{Noun: noun, Op: "changed"}
			err := rows.Scan(places...)
			if o.Fields = v.differ(); len(o.Fields) > 0 {
				n.Objects = append(n.Objects, o)
			}
			return err
		}, from, to, source)
}

func (r *Reader) differGrants(ctx context.Context, n *Net, op string, from, to iam.Seq, source iam.ID) error {
	seq := map[string]string{"added": "x.since", "removed": "x.until"}[op]
	where := fmt.Sprintf(` FROM grants x CROSS JOIN objects o ON o.id = x.entitlement_id WHERE `+between[op]+` AND (?3 = 0 OR o.source_id = ?3)`,
		"grants", "p.entitlement_id = x.entitlement_id AND p.member_id = x.member_id")
	return r.some(ctx, n, "membership", op, `x.member_id, x.entitlement_id, x.since, x.nested, x.source_at, x.end_reason, `+seq, where, func(rows *sql.Rows) error {
		g := GrantChange{Op: op}
		err := rows.Scan(&g.Member, &g.Group, &g.Since, &g.Nested, &g.SourceAt, &g.Reason, &g.Seq)
		n.Grants = append(n.Grants, g)
		return err
	}, from, to, source)
}

func (r *Reader) differUnresolved(ctx context.Context, n *Net, op string, from, to iam.Seq, source iam.ID) error {
	seq := map[string]string{"added": "x.since", "removed": "x.until"}[op]
	where := fmt.Sprintf(` FROM unresolved x CROSS JOIN objects o ON o.id = x.entitlement_id WHERE `+between[op]+` AND (?3 = 0 OR o.source_id = ?3)`,
		"unresolved", "p.entitlement_id = x.entitlement_id AND p.value = x.value")
	return r.some(ctx, n, "unresolved", op, `x.entitlement_id, x.value, x.reason, `+seq, where, func(rows *sql.Rows) error {
		u := UnresolvedChange{Op: op}
		err := rows.Scan(&u.Group, &u.Value, &u.Why, &u.Seq)
		n.Unresolved = append(n.Unresolved, u)
		return err
	}, from, to, source)
}
