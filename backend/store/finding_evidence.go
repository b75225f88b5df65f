package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"gatehouse/backend/iam"
)

// Evidence is one row that a finding rests on.
type Evidence struct {
	Label string
	Value string
	ID    iam.ID // of what it links to; 0 if nothing
	Noun  string // account, entitlement, identity or source
	Login string

	Told, Found string // of a drift: by the reads of changes, and by the full read
}

// FindingEvidence are the rows a finding rests on, at most a hundred.
func (r *Reader) FindingEvidence(ctx context.Context, f Finding) ([]Evidence, error) {
	switch f.Kind {
	case iam.DanglingMember:
		return r.evidence(ctx, `SELECT 'names no entry', value, 0, '', '' FROM open_unresolved WHERE entitlement_id = ? AND reason = 'dangling' ORDER BY value LIMIT 100`, f.SubjectID)
	case iam.Cycle:
		ids := "[" + strings.ReplaceAll(f.Basis, " ", ",") + "]"
		return r.evidence(ctx, `SELECT 'group', e.name, e.id, 'entitlement', '' FROM json_each(?) j JOIN open_entitlements e ON e.id = j.value ORDER BY j.key LIMIT 100`, ids)
	case iam.DuplicateIdentity:
		return r.evidence(ctx, `SELECT CASE a.identity_id WHEN ?1 THEN 'account of this identity' ELSE 'account of the other' END, a.name, a.id, 'account', a.login FROM open_accounts a WHERE a.identity_id IN (?1, ?2) ORDER BY a.identity_id = ?2, a.id LIMIT 100`, f.SubjectID, f.Reaches)
	case iam.LeaverActive, iam.ExpiredEnabled:
		return r.evidence(ctx, `SELECT 'also the person''s, in ' || s.name, a.name, a.id, 'account', a.login FROM open_accounts a JOIN sources s ON s.id = a.source_id WHERE a.identity_id = ? AND a.identity_id > 0 AND a.id <> ? ORDER BY s.name, a.id LIMIT 100`, f.IdentityID, f.SubjectID)
	case iam.Drift:
		return r.driftEvidence(ctx, f.SubjectID)
	case iam.Orphan:
		return r.evidence(ctx, `SELECT * FROM (SELECT 'says who belongs here', s.name, s.id, 'source', '' FROM sources s JOIN correlation_rules c ON c.source_id = s.id AND c.until = 9223372036854775807 AND c.authoritative = 1 WHERE s.until = 9223372036854775807 ORDER BY s.name)
		  UNION ALL SELECT * FROM (SELECT 'also the person''s, in ' || s.name, a.name, a.id, 'account', a.login FROM open_accounts a JOIN sources s ON s.id = a.source_id WHERE a.identity_id = ? AND a.identity_id > 0 AND a.id <> ? ORDER BY s.name, a.id LIMIT 100)`, f.IdentityID, f.SubjectID)
	case iam.HeldRun:
		run, err := strconv.ParseInt(f.Basis, 10, 64)
		if err != nil {
			return nil, err
		}
		holds, err := r.Holds(ctx, iam.ID(run))
		var out []Evidence
		for _, h := range holds[:min(len(holds), 100)] {
			e := Evidence{Label: h.Rule.Title(), Value: fmt.Sprintf("%d before, %d after", h.Before, h.After)}
			if h.Rule.About() != iam.OfSource { // of the whole source the title says it
				e.Value += ": " + h.Subject
			}
			out = append(out, e)
		}
		return out, err
	case iam.OwnerlessGroup:
		if f.SubjectID == f.SourceID {
			return r.evidence(ctx, `SELECT 'group', name, id, 'entitlement', '' FROM open_entitlements WHERE source_id = ? AND owner_ref = '' ORDER BY privileged DESC, name_fold LIMIT 100`, f.SourceID)
		}
	case iam.Dormant, iam.NeverUsed:
		var at, last *int64
		if err := r.tx.QueryRowContext(ctx, `SELECT a.created_at, b.last_sign_in FROM open_accounts a LEFT JOIN observations b ON b.object_id = a.id WHERE a.id = ?`, f.SubjectID).Scan(&at, &last); err != nil {
			return nil, err
		}
		return []Evidence{{Label: "last sign-in", Value: momentText(last)}, {Label: "created", Value: momentText(at)}}, nil
	}
	return nil, nil
}

func momentText(m *int64) string {
	if m == nil {
		return words[iam.UnknownMoment.State()]
	}
	if v := iam.Moment(*m); v.Known() {
		return v.Time().Format("2006-01-02 15:04 UTC")
	}
	return words[iam.Moment(*m).State()]
}

func (r *Reader) evidence(ctx context.Context, query string, args ...any) ([]Evidence, error) {
	return each(ctx, r, query, args, func(rows *sql.Rows, e *Evidence) error {
		return rows.Scan(&e.Label, &e.Value, &e.ID, &e.Noun, &e.Login)
	})
}
