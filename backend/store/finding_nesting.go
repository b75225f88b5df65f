package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
)

// nesting are the edges between the groups of a source.
func (r *Reader) nesting(ctx context.Context, source iam.ID) ([]access.Edge, error) {
	return r.edges(ctx, `SELECT g.member_id, g.entitlement_id, g.since FROM open_entitlements e CROSS JOIN grants g ON g.entitlement_id = e.id
	  WHERE e.source_id = ? AND g.until = 9223372036854775807 AND g.nested = 1`, source)
}

// ladder fills temp.ladder: from which group which privileged group is reached,
// in how many steps for an account in it, and whether it is the nearest one.
func (r *renewal) ladder(ctx context.Context) error {
	privileged, err := r.t.ids(ctx, `SELECT id FROM open_entitlements WHERE privileged = 1 AND source_id = ?`, r.source.ID)
	if err != nil || len(privileged) == 0 {
		return err
	}
	edges, err := r.t.Below(ctx, true, privileged...)
	if err != nil {
		return err
	}
	g := access.New(edges)
	is := map[iam.ID]bool{}
	for _, p := range privileged {
		is[p] = true
	}
	put, err := r.t.tx.PrepareContext(ctx, `INSERT INTO temp.ladder VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = put.Close() }()
	for _, p := range privileged {
		nearest := nearestBelow(edges, p, is)
		for _, below := range append([]access.Reached{{ID: p}}, g.Members(p)...) {
			if below.ID == p && len(below.Path) > 0 {
				continue // in a cycle a group is below itself
			}
			if _, err := put.ExecContext(ctx, below.ID, p, len(below.Path)+1, nearest[below.ID]); err != nil {
				return err
			}
		}
	}
	return nil
}

// nearestBelow are the groups that reach p without passing another privileged
// group, p itself included.
func nearestBelow(edges []access.Edge, p iam.ID, privileged map[iam.ID]bool) map[iam.ID]bool {
	down := map[iam.ID][]iam.ID{}
	for _, e := range edges {
		down[e.Group] = append(down[e.Group], e.Member)
	}
	near := map[iam.ID]bool{p: true}
	for queue := []iam.ID{p}; len(queue) > 0; queue = queue[1:] {
		for _, m := range down[queue[0]] {
			if !near[m] && !privileged[m] {
				near[m] = true
				queue = append(queue, m)
			}
		}
	}
	return near
}

// reachesFar says whether this Write changed the nesting below a privileged
// group, or which groups are privileged: then who reaches one may have changed
// anywhere. It also finds out whether cycles must be looked for.
func (r *renewal) reachesFar(ctx context.Context) (far bool, err error) {
	const edges = `(SELECT entitlement_id FROM opened_grants WHERE since = @seq AND nested = 1 UNION ALL SELECT entitlement_id FROM grants WHERE until = @seq AND until < 9223372036854775807 AND nested = 1)`
	const groups = `(SELECT id, privileged FROM entitlements WHERE since = @seq UNION ALL SELECT id, privileged FROM entitlements WHERE until = @seq AND until < 9223372036854775807)`
	seq := sql.Named("seq", int64(r.t.Seq))
	if err := r.t.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+edges+`)
	  OR EXISTS (SELECT 1 FROM `+groups+` k JOIN open_grants g ON g.entitlement_id = k.id AND g.nested = 1)`, seq).Scan(&r.cycles); err != nil {
		return false, err
	}
	err = r.t.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+edges+` d JOIN temp.ladder l ON l.entitlement_id = d.entitlement_id)
	  OR EXISTS (SELECT 1 FROM `+groups+` WHERE privileged = 1)`, seq).Scan(&far)
	return far, err
}

// noticeCycles finds the groups of the source that contain each other.
func (r *renewal) noticeCycles(ctx context.Context) error {
	edges, err := r.t.nesting(ctx, r.source.ID)
	if err != nil {
		return err
	}
	for _, cycle := range access.New(edges).Cycles() {
		names := make([]string, 0, len(cycle)+1)
		for _, id := range append(slices.Clip(cycle), cycle[0]) {
			e, err := r.t.q.GetEntitlement(ctx, int64(id))
			if err != nil {
				return err
			}
			names = append(names, e.Name)
		}
		if _, err := r.t.tx.ExecContext(ctx, `INSERT INTO temp.noticed VALUES ('cycle', ?, 0, ?, 1, ?, ?, ?, 0)`, cycle[0], r.source.ID, strings.Join(names, " › "), len(cycle), joinIDs(cycle)); err != nil {
			return err
		}
	}
	return nil
}

func joinIDs(ids []iam.ID) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(strconv.FormatInt(int64(id), 10))
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func scanIDs(rows *sql.Rows) ([]iam.ID, error) {
	defer func() { _ = rows.Close() }()
	var ids []iam.ID
	for rows.Next() {
		var id iam.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
