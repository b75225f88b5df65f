package store

import (
	"context"
	"database/sql"
	"fmt"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
)

// Totals count the open rows of all sources.
type Totals struct{ Identities, Accounts, Entitlements, Memberships int64 }

// Totals counts them.
func (r *Reader) Totals(ctx context.Context) (Totals, error) {
	var t Totals
	if err := r.tx.QueryRowContext(ctx, `SELECT coalesce(sum(accounts), 0), coalesce(sum(entitlements), 0), coalesce(sum(memberships), 0) FROM source_counts`).
		Scan(&t.Accounts, &t.Entitlements, &t.Memberships); err != nil {
		return t, err
	}
	var err error
	t.Identities, err = kept(ctx, r, identityCount)
	return t, err
}

// identityCount is how many identities are open.
var identityCount = thing[int64]{
	on: ofRecords, name: "count of identities",
	make: func(ctx context.Context, r *Reader) (n int64, err error) {
		err = r.tx.QueryRowContext(ctx, `SELECT count(*) FROM identity_rows`).Scan(&n)
		return n, err
	},
	renew: func(ctx context.Context, r *Reader, old int64, since iam.Seq) (n int64, ok bool, err error) {
		changed, much, err := r.changedSince(ctx, people, since)
		if much || err != nil {
			return 0, false, err
		}
		err = r.tx.QueryRowContext(ctx, `SELECT ?1 + coalesce(sum((SELECT count(*) FROM identity_rows WHERE id = j.value) - (SELECT count(*) FROM identities i WHERE i.id = j.value AND i.since <= ?2 AND i.until > ?2)), 0) FROM json_each(?3) j`,
			old, since, idList(changed)).Scan(&n)
		return n, true, err
	},
}

// SignInCounts counts open accounts by the age of their last sign-in. They are kept
// in its order, so that they are counted at any moment.
func (r *Reader) SignInCounts(ctx context.Context) (map[SignIn]int64, error) {
	l := accountsOf("", "lastSignIn")
	lined, err := kept(ctx, r, l.inOrder("lastSignIn"))
	if err != nil {
		return nil, err
	}
	seen := map[int64]int64{}
	upTo := func(at int64) int64 {
		n, known := seen[at]
		if !known && err == nil {
			var first int
			first, err = r.firstOf(ctx, l, lined.ids, l.columns["lastSignIn"]+" > ?", at)
			n = int64(first)
			seen[at] = n
		}
		return n
	}
	out := map[SignIn]int64{}
	for _, b := range SignIns {
		after := int64(-1)
		if b.To > 0 {
			after = max(after, r.Now-b.To*day)
		}
		out[b.Bucket] = max(0, upTo(r.Now-b.From*day)-upTo(after))
	}
	for s, m := range signInWords {
		out[s] = upTo(int64(m)) - upTo(int64(m)-1)
	}
	return out, err
}

// MembershipPoint is how many memberships were open after a Write.
type MembershipPoint struct {
	At  int64 // microseconds
	N   int64
	Run iam.ID
}

// MembershipHistory is the number of open memberships after each of the newest
// applied runs, oldest first.
func (r *Reader) MembershipHistory(ctx context.Context, most int) ([]MembershipPoint, error) {
	return each(ctx, r, `SELECT r.id, r.ended_at, m.memberships FROM (SELECT * FROM runs WHERE state IN ('applied', 'released') ORDER BY seq DESC LIMIT ?) r JOIN run_memberships m ON m.run_id = r.id ORDER BY r.seq`, []any{most},
		func(rows *sql.Rows, p *MembershipPoint) error { return rows.Scan(&p.Run, &p.At, &p.N) })
}

// PrivilegedChange is an edge into a privileged group, or into a group below
// one, that was opened or closed after its source's first applied run.
type PrivilegedChange struct {
	Seq      iam.Seq
	At       int64
	Run      iam.ID
	Op       string // added or removed
	Member   iam.ID
	Nested   bool
	Group    iam.ID   // the privileged group that is gained or lost
	Path     []iam.ID // from the group of the edge to it; length 1 if the edge leads there
	SourceAt iam.Moment
}

// PrivilegedChanges lists them, newest first.
func (r *Reader) PrivilegedChanges(ctx context.Context, most int) ([]PrivilegedChange, error) {
	return kept(ctx, r, thing[[]PrivilegedChange]{on: ofReadings, name: fmt.Sprint("privileged changes ", most), make: func(ctx context.Context, r *Reader) ([]PrivilegedChange, error) {
		return r.privilegedChanges(ctx, most)
	}})
}

func (r *Reader) privilegedChanges(ctx context.Context, most int) ([]PrivilegedChange, error) {
	privileged, err := r.ids(ctx, `SELECT id FROM open_entitlements WHERE privileged = 1`)
	if err != nil || len(privileged) == 0 {
		return nil, err
	}
	edges, err := r.Below(ctx, true, privileged...)
	if err != nil {
		return nil, err
	}
	g := access.New(edges)
	// The nearest privileged group above each group that leads to one.
	paths := map[iam.ID][]iam.ID{}
	for _, p := range privileged {
		paths[p] = []iam.ID{p}
	}
	for _, p := range privileged {
		for _, below := range g.Members(p) {
			path := append([]iam.ID{below.ID}, below.Path...)
			if have, ok := paths[below.ID]; !ok || len(path) < len(have) {
				paths[below.ID] = path
			}
		}
	}
	within := make([]iam.ID, 0, len(paths))
	for id := range paths {
		within = append(within, id)
	}
	rows, err := r.tx.QueryContext(ctx, `
	  SELECT g.since AS seq, 'added', g.member_id, g.nested, g.entitlement_id, g.source_at, e.time, (SELECT id FROM runs WHERE seq = g.since) FROM json_each(?1) j CROSS JOIN grants g ON g.entitlement_id = j.value JOIN events e ON e.seq = g.since
	  WHERE g.since > (SELECT min(seq) FROM runs r JOIN objects o ON o.source_id = r.source_id WHERE o.id = g.entitlement_id AND r.state IN ('applied', 'released'))
	  UNION ALL
	  SELECT g.until, 'removed', g.member_id, g.nested, g.entitlement_id, -2, e.time, (SELECT id FROM runs WHERE seq = g.until) FROM json_each(?1) j CROSS JOIN grants g ON g.entitlement_id = j.value JOIN events e ON e.seq = g.until
	  WHERE g.until < 9223372036854775807 AND g.end_reason <> 'sourceRemoved' ORDER BY 1 DESC, 5, 3 LIMIT ?2`, idList(within), most)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []PrivilegedChange
	for rows.Next() {
		var c PrivilegedChange
		var group, run *iam.ID
		if err := rows.Scan(&c.Seq, &c.Op, &c.Member, &c.Nested, &group, &c.SourceAt, &c.At, &run); err != nil {
			return nil, err
		}
		if run != nil {
			c.Run = *run
		}
		c.Path = paths[*group]
		c.Group = c.Path[len(c.Path)-1]
		out = append(out, c)
	}
	return out, rows.Err()
}
