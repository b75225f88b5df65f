package store

import (
	"context"

	"gatehouse/backend/iam"
)

// findingsThen are the findings of a record that were open at the point, the
// riskiest first, with the names of then.
func (r *Reader) findingsThen(ctx context.Context, subject iam.ID) ([]Finding, error) {
	rows, err := r.tx.QueryContext(ctx, `
	  SELECT f.id, f.kind, f.risk, f.source_id, f.subject_id, f.detail, f.first_seen, f.size, f.basis, f.privileged, f.entitlement_id, coalesce(s.name, ''), coalesce(s.kind, ''),
	    coalesce((SELECT u.started_at FROM runs u WHERE u.source_id = f.source_id AND u.state IN ('applied', 'released') AND u.seq <= ?2 ORDER BY u.seq DESC LIMIT 1), 0)
	  FROM findings f LEFT JOIN sources s ON s.id = f.source_id WHERE `+r.stoodWhere("f", "f.subject_id = ?1")+` ORDER BY f.risk DESC, f.kind, f.id`, subject, r.at)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []Finding
	named := []iam.ID{subject}
	for rows.Next() {
		var f Finding
		if err := rows.Scan(&f.ID, &f.Kind, &f.Risk, &f.SourceID, &f.SubjectID, &f.Detail, &f.FirstSeen, &f.Size, &f.Basis, &f.Privileged, &f.Reaches, &f.Source, &f.SourceKind, &f.ReadAt); err != nil {
			return nil, err
		}
		out, named = append(out, f), append(named, f.Reaches)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	names, err := r.Names(ctx, named)
	for i, f := range out {
		n := names[f.SubjectID]
		out[i].SubjectName, out[i].SubjectNoun, out[i].Login, out[i].IdentityID = n.Name, n.Noun, n.Login, n.IdentityID
		out[i].ReachesName = names[f.Reaches].Name
	}
	return out, err
}
