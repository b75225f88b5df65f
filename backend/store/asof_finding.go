package store

import (
	"context"

	"gatehouse/backend/iam"
)

// findingsThen are the findings of a record that were open at the point, the
// riskiest first, with the names of then.
func (r *Reader) findingsThen(ctx context.Context, subject iam.ID) ([]Finding, error) {
	rows, err := r.tx.QueryContext(ctx, `
	  SELECT f.id, f.kind, f.risk, f.source_id, f.subject_id, f.detail, f.first_seen, f.entitlement_id, coalesce(s.name, '')
	  FROM findings f LEFT JOIN sources s ON s.id = f.source_id WHERE `+r.stoodWhere("f", "f.subject_id = ?1")+` ORDER BY f.risk DESC, f.kind, f.id`, subject)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []Finding
	named := []iam.ID{subject}
	for rows.Next() {
		var f Finding
		if err := rows.Scan(&f.ID, &f.Kind, &f.Risk, &f.SourceID, &f.SubjectID, &f.Detail, &f.FirstSeen, &f.Reaches, &f.Source); err != nil {
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
