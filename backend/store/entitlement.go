package store

import (
	"context"
	"database/sql"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// Entitlement is an open entitlement with its direct numbers.
type Entitlement struct {
	iam.Entitlement
	Members    int64 // direct: accounts and groups
	Groups     int64 // groups among them
	Unresolved int64
	MemberOf   int64
}

func entitlementOf(e db.Entitlement) iam.Entitlement {
	return iam.Entitlement{
		ID: iam.ID(e.ID), SourceID: iam.ID(e.SourceID), Kind: iam.EntitlementKind(e.Kind), Name: e.Name, DN: e.Dn, Since: iam.Seq(e.Since),
		EntitlementFacts: iam.EntitlementFacts{
			Description: e.Description, OwnerRef: e.OwnerRef, Privileged: e.Privileged == 1, SID: e.SecurityID, Flags: e.Flags, CreatedAt: iam.Moment(e.CreatedAt), ModifiedAt: iam.NotCollectedMoment,
		},
	}
}

// CheckEntitlement is NotFound unless the entitlement is open.
func (r *Reader) CheckEntitlement(ctx context.Context, id iam.ID) error {
	if _, err := one(r.entitlementRow(ctx, id))("This group is not in the directory any more, as far as the last read tells."); err != nil {
		return r.missing(ctx, "entitlements", "group", id, err)
	}
	return nil
}

// Entitlement is an open entitlement, or NotFound.
func (r *Reader) Entitlement(ctx context.Context, id iam.ID) (Entitlement, error) {
	if err := r.CheckEntitlement(ctx, id); err != nil {
		return Entitlement{}, err
	}
	all, err := r.entitlementList(ctx, []iam.ID{id})
	if err != nil {
		return Entitlement{}, err
	}
	return all[0], nil
}

// entitlementList are open entitlements by id, each of which there must be.
func (r *Reader) entitlementList(ctx context.Context, ids []iam.ID) ([]Entitlement, error) {
	out, err := each(ctx, r, `SELECT e.id, e.source_id, e.kind, e.name, e.dn, e.since, e.description, e.owner_ref, e.privileged, e.security_id, e.flags, e.created_at, o.external_id, b.modified_at,
	  (SELECT count(*) FROM (SELECT 1 FROM grants g WHERE g.entitlement_id = e.id AND `+r.stood("g")+` LIMIT ?2)),
	  (SELECT count(*) FROM grants g WHERE `+r.stoodWhere("g", "g.entitlement_id = e.id AND g.nested = 1")+`),
	  (SELECT count(*) FROM unresolved u WHERE u.entitlement_id = e.id AND `+r.stood("u")+`),
	  (SELECT count(*) FROM grants g WHERE `+r.stoodWhere("g", "g.member_id = e.id")+`)
	  FROM json_each(?1) j CROSS JOIN entitlements e ON e.id = j.value AND `+r.stood("e")+` CROSS JOIN objects o ON o.id = e.id LEFT JOIN observations b ON b.object_id = e.id ORDER BY j.key`,
		[]any{idList(ids), many}, func(rows *sql.Rows, e *Entitlement) error {
			var row db.Entitlement
			var external string
			var modified *int64
			err := rows.Scan(&row.ID, &row.SourceID, &row.Kind, &row.Name, &row.Dn, &row.Since, &row.Description, &row.OwnerRef, &row.Privileged, &row.SecurityID, &row.Flags, &row.CreatedAt, &external, &modified,
				&e.Members, &e.Groups, &e.Unresolved, &e.MemberOf)
			e.Entitlement = entitlementOf(row)
			e.ExternalID = external
			if modified != nil {
				e.ModifiedAt = r.kept(iam.Moment(*modified))
			}
			return err
		})
	if err != nil {
		return nil, err
	}
	// A group of everybody takes long to count, and is counted once.
	for i, e := range out {
		if e.Members < many {
			continue
		}
		if out[i].Members, err = kept(ctx, r, thing[int64]{on: ofReadings, name: "members of " + e.ID.String(), make: func(ctx context.Context, r *Reader) (n int64, err error) {
			err = r.tx.QueryRowContext(ctx, `SELECT count(*) FROM grants g WHERE g.entitlement_id = ? AND `+r.stood("g"), e.ID).Scan(&n)
			return n, err
		}}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *Reader) entitlementRow(ctx context.Context, id iam.ID) (db.Entitlement, error) {
	if r.past {
		return r.q.EntitlementAt(ctx, db.EntitlementAtParams{ID: int64(id), Seq: int64(r.at)})
	}
	return r.q.GetEntitlement(ctx, int64(id))
}

// EntitlementsByName finds open entitlements by name, folded, over all sources.
func (r *Reader) EntitlementsByName(ctx context.Context, name string) ([]Entitlement, error) {
	var rows []db.Entitlement
	var err error
	if r.past {
		rows, err = r.q.EntitlementsByNameAt(ctx, db.EntitlementsByNameAtParams{Name: Fold(name), Seq: int64(r.at)})
	} else {
		rows, err = r.q.EntitlementsByName(ctx, Fold(name))
	}
	if err != nil {
		return nil, err
	}
	out := make([]Entitlement, len(rows))
	for i, row := range rows {
		if out[i], err = r.Entitlement(ctx, iam.ID(row.ID)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// EntitlementFilter narrows a list of entitlements; zero values do not.
type EntitlementFilter struct {
	Words      string
	Source     iam.ID
	Privileged bool
	Finding    iam.FindingKind
}

// EntitlementOrder are the columns by which entitlements can be listed.
var EntitlementOrder = map[string]string{"name": "e.name_fold"}

// groups is the list of all entitlements.
var groups = longList{noun: "groups", from: " FROM open_entitlements e WHERE true", id: "e.id", columns: EntitlementOrder, words: [2]string{"name", "name"}}

// Entitlements lists open entitlements.
func (r *Reader) Entitlements(ctx context.Context, f EntitlementFilter, order Order, at Stretch) (Listed[Entitlement], error) {
	k := groups.ranked(order)
	narrow := narrowing{words: Cleaned(f.Words), finding: f.Finding, source: f.Source}
	if f.Privileged {
		narrow.own = "e.privileged = 1"
	}
	broad, err := r.broad(ctx, groups, narrow)
	if err != nil {
		return Listed[Entitlement]{}, err
	}
	if broad {
		found, ok, err := r.stretchOf(ctx, groups, narrow, order, at)
		if err != nil {
			return Listed[Entitlement]{}, err
		}
		if ok {
			out, err := r.entitlementList(ctx, found.Rows)
			return Listed[Entitlement]{out, found.Count, found.Next}, err
		}
	}
	w := where{}
	few, err := r.narrowSource(ctx, &w, groups, f.Source)
	if err != nil {
		return Listed[Entitlement]{}, err
	}
	if few || narrow.unsorted(broad) {
		k = k.unindexed()
	}
	w.addIf(narrow.own != "", narrow.own)
	w.addIf(f.Finding != "", "e.id IN (SELECT f.subject_id FROM findings f WHERE "+r.stood("f")+" AND f.kind = ?)", string(f.Finding))
	if err := r.matching(ctx, &w, f.Words, "e.id", "e.name_fold", "e.name_fold", ""); err != nil {
		return Listed[Entitlement]{}, err
	}
	found, err := r.idsOf(ctx, r.versions("entitlements", "e", ""), "e.id", w, k, at)
	if err == nil && f == (EntitlementFilter{}) {
		found.Count, err = r.whole(ctx, groups, found.Count)
	}
	if err != nil {
		return Listed[Entitlement]{}, err
	}
	out, err := r.entitlementList(ctx, found.Rows)
	return Listed[Entitlement]{out, found.Count, found.Next}, err
}

// Unresolved is a member that is no account or entitlement of ours.
type Unresolved struct {
	Value  string
	Reason iam.Unresolved
	Since  iam.Seq
	Ref    string // what the value refers to, however it is written; empty if that is not kept
}

// Unresolved lists a group's unresolved members.
func (r *Reader) Unresolved(ctx context.Context, group iam.ID, skip, most int) ([]Unresolved, int64, error) {
	rows, n, err := r.unresolvedRows(ctx, int64(group), int64(skip), int64(most))
	out := make([]Unresolved, len(rows))
	for i, u := range rows {
		out[i] = Unresolved{u.Value, iam.Unresolved(u.Reason), iam.Seq(u.Since), u.Ref}
	}
	return out, n, err
}

func (r *Reader) unresolvedRows(ctx context.Context, group, skip, most int64) (rows []db.Unresolved, n int64, err error) {
	if r.past {
		if n, err = r.q.CountUnresolvedAt(ctx, db.CountUnresolvedAtParams{Entitlement: group, Seq: int64(r.at)}); err != nil {
			return nil, 0, err
		}
		rows, err = r.q.ListUnresolvedAt(ctx, db.ListUnresolvedAtParams{Entitlement: group, Seq: int64(r.at), Most: most, Skip: skip})
		return rows, n, err
	}
	if n, err = r.q.CountUnresolved(ctx, group); err != nil {
		return nil, 0, err
	}
	rows, err = r.q.ListUnresolved(ctx, db.ListUnresolvedParams{Entitlement: group, Most: most, Skip: skip})
	return rows, n, err
}
