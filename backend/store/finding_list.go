package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"gatehouse/backend/iam"
)

// Finding is a finding with the names it needs to be shown.
type Finding struct {
	iam.Finding
	Reaches     iam.ID // the group that the subject reaches, or the other identity; 0 if none
	ReachesName string
	SubjectName string
	SubjectNoun string // account, entitlement, identity or source
	Login       string // of an account
	IdentityID  iam.ID
	DN          string // of an account or a group
	Source      string
	SourceKind  iam.SourceKind
	ReadAt      int64 // when the reading was made that it rests on; 0 if not known

	Accepted *iam.Acceptance // nil while it is open
}

// FindingState narrows a list of findings by what was decided about them.
type FindingState string

// The states. A finding whose acceptance has run out, or that got worse, is
// open again.
const (
	OpenFindings     FindingState = "open"
	AcceptedFindings FindingState = "accepted"
	AllFindings      FindingState = "all"
)

// FindingFilter narrows a list of findings; zero values do not. Without a state
// it is the open ones.
type FindingFilter struct {
	ID      iam.ID
	Kind    iam.FindingKind
	Risk    iam.Risk
	UpTo    iam.Risk // at most this risk
	Source  iam.ID
	Subject iam.ID
	Reaches iam.ID // the group that is reached
	Words   string
	State   FindingState
}

// accepted is the acceptance x of a finding f, as long as it holds.
const accepted = `finding_acceptances x ON x.kind = f.kind AND x.subject_id = f.subject_id AND x.entitlement_id = f.entitlement_id AND x.until = 9223372036854775807
  AND x.until_at > ? AND x.risk >= f.risk AND x.size >= f.size AND x.basis = f.basis`

const findingColumns = `SELECT f.id, f.kind, f.risk, f.source_id, f.subject_id, f.detail, f.first_seen, f.size, f.basis, f.privileged, f.entitlement_id,
  coalesce((SELECT name FROM open_entitlements WHERE id = f.entitlement_id), (SELECT name FROM open_identities WHERE id = f.entitlement_id), ''),
  coalesce(a.name, e.name, i.name, o.name, ''), CASE WHEN a.id > 0 THEN 'account' WHEN i.id > 0 THEN 'identity' WHEN o.id > 0 THEN 'source' ELSE 'entitlement' END,
  coalesce(a.login, ''), coalesce(a.identity_id, 0), coalesce(a.dn, e.dn, ''), coalesce(s.name, ''), coalesce(s.kind, ''), coalesce(w.at, 0),
  x.at, x.until_at, x.reason, x.ticket, x.baseline, x.actor`

const findingTables = ` FROM open_findings f LEFT JOIN ` + accepted + `
  LEFT JOIN open_accounts a ON a.id = f.subject_id LEFT JOIN open_entitlements e ON e.id = f.subject_id LEFT JOIN open_identities i ON i.id = f.subject_id
  LEFT JOIN sources o ON o.id = f.subject_id LEFT JOIN sources s ON s.id = f.source_id LEFT JOIN finding_renewals w ON w.source_id = f.source_id`

func (f FindingFilter) where() where {
	w := where{}
	w.addIf(f.ID != 0, "f.id = ?", int64(f.ID))
	w.addIf(f.Kind != "", "f.kind = ?", string(f.Kind))
	w.addIf(f.Risk != 0, "f.risk = ?", int64(f.Risk))
	w.addIf(f.UpTo != 0, "f.risk <= ?", int64(f.UpTo))
	w.addIf(f.Source != 0, "f.source_id = ?", int64(f.Source))
	w.addIf(f.Subject != 0, "f.subject_id = ?", int64(f.Subject))
	w.addIf(f.Reaches != 0, "f.entitlement_id = ?", int64(f.Reaches))
	if words := Fold(f.Words); words != "" {
		w.add(`EXISTS (SELECT 1 FROM open_accounts q WHERE q.id = f.subject_id AND (instr(q.name_fold, ?) > 0 OR instr(q.login_fold, ?) > 0)
		  UNION ALL SELECT 1 FROM open_entitlements q WHERE q.id = f.subject_id AND instr(q.name_fold, ?) > 0
		  UNION ALL SELECT 1 FROM identity_rows q WHERE q.id = f.subject_id AND instr(q.name_fold, ?) > 0)`, words, words, words, words)
	}
	switch f.State {
	case AllFindings:
	case AcceptedFindings:
		w.add("x.at IS NOT NULL")
	default:
		w.add("x.at IS NULL")
	}
	return w
}

// Findings lists findings, the riskiest first.
func (r *Reader) Findings(ctx context.Context, f FindingFilter, skip, most int) ([]Finding, int64, error) {
	if r.past && f.Subject != 0 {
		found, err := r.findingsThen(ctx, f.Subject)
		return found, int64(len(found)), err
	}
	w := f.where()
	args := append([]any{r.Now}, w.args...)
	total, err := r.countFindings(ctx, f, w)
	if err != nil {
		return nil, 0, err
	}
	out, err := each(ctx, r, findingColumns+findingTables+w.sql()+` ORDER BY f.risk DESC, f.kind, f.id LIMIT ? OFFSET ?`, append(args, most, skip), scanFinding)
	return out, total, err
}

// Finding is one open finding, accepted or not, or NotFound.
func (r *Reader) Finding(ctx context.Context, id iam.ID) (Finding, error) {
	fs, _, err := r.Findings(ctx, FindingFilter{ID: id, State: AllFindings}, 0, 1)
	if err == nil && len(fs) == 0 {
		err = iam.Errorf(iam.NotFound, "There is no such finding, or it has gone since.").Fix("Look at the list of findings again.")
	}
	if err != nil {
		return Finding{}, err
	}
	return fs[0], nil
}

func scanFinding(rows *sql.Rows, f *Finding) error {
	var at, until *int64
	var reason, ticket, baseline, actor *string
	if err := rows.Scan(&f.ID, &f.Kind, &f.Risk, &f.SourceID, &f.SubjectID, &f.Detail, &f.FirstSeen, &f.Size, &f.Basis, &f.Privileged, &f.Reaches, &f.ReachesName,
		&f.SubjectName, &f.SubjectNoun, &f.Login, &f.IdentityID, &f.DN, &f.Source, &f.SourceKind, &f.ReadAt, &at, &until, &reason, &ticket, &baseline, &actor); err != nil {
		return err
	}
	if at != nil {
		f.Accepted = &iam.Acceptance{At: *at, Until: *until, Reason: *reason, Ticket: *ticket, Baseline: *baseline, Actor: iam.Actor(*actor)}
	}
	return nil
}

// Unsure counts the enabled accounts about whose use nothing can be concluded:
// the last sign-in is not known, or lies so close below the threshold that it
// may be told late.
type Unsure struct{ Unknown, Band int64 }

// UnsureSignIns counts them over all sources.
func (r *Reader) UnsureSignIns(ctx context.Context, rules iam.FindingRules) (u Unsure, err error) {
	const enabled = ` CROSS JOIN open_accounts a ON a.id = b.object_id WHERE a.enabled <> 0 AND a.sort <> 'computer'`
	const unknown = enabled + ` AND b.last_sign_in IN (-2, -3, -4) AND a.source_id NOT IN (SELECT id FROM sources WHERE kind = 'file')`
	set, err := kept(ctx, r, thing[idSet]{
		on: ofReadings, name: "unknown sign-ins",
		make: func(ctx context.Context, r *Reader) (idSet, error) {
			ids, err := r.manyIDs(ctx, `SELECT group_concat(b.object_id) FROM observations b`+unknown)
			return setOf(ids), err
		},
		renew: func(ctx context.Context, r *Reader, old idSet, since iam.Seq) (idSet, bool, error) {
			return r.renewSet(ctx, old, since, `SELECT b.object_id FROM json_each(?1) j CROSS JOIN observations b ON b.object_id = j.value`+unknown)
		},
	})
	if err != nil {
		return u, err
	}
	u.Unknown = set.count()
	u.Band, err = kept(ctx, r, thing[int64]{on: ofReadings, name: fmt.Sprint("sign-ins near ", rules.DormantDays), make: func(ctx context.Context, r *Reader) (band int64, err error) {
		sources, err := r.Sources(ctx)
		for _, s := range sources {
			if lag := iam.LagDays(s.Kind); lag > 0 && err == nil {
				var n int64
				err = r.tx.QueryRowContext(ctx, `SELECT count(*) FROM finding_renewals w CROSS JOIN observations b ON b.last_sign_in >= max(w.at - ?2, 0) AND b.last_sign_in < w.at - ?3`+enabled+` AND w.source_id = ?1 AND a.source_id = ?1`,
					s.ID, int64(rules.DormantDays)*day, int64(rules.DormantDays-lag)*day).Scan(&n)
				band += n
			}
		}
		return band, err
	}})
	return u, err
}

// WorstFindings are the riskiest open finding of each subject, by subject.
func (r *Reader) WorstFindings(ctx context.Context, subjects []iam.ID) (map[iam.ID]iam.Finding, error) {
	worst, err := each(ctx, r, `SELECT f.subject_id, f.id, f.kind, max(f.risk) FROM json_each(?) j CROSS JOIN findings f LEFT JOIN `+accepted+` WHERE `+r.stoodWhere("f", "f.subject_id = j.value")+` AND x.at IS NULL GROUP BY f.subject_id`,
		[]any{idList(subjects), r.Now}, func(rows *sql.Rows, f *iam.Finding) error { return rows.Scan(&f.SubjectID, &f.ID, &f.Kind, &f.Risk) })
	out := map[iam.ID]iam.Finding{}
	for _, f := range worst {
		out[f.SubjectID] = f
	}
	return out, err
}

// where builds the filter of a list.
type where struct {
	terms []string
	args  []any
}

func (w *where) add(term string, args ...any) {
	w.terms = append(w.terms, term)
	w.args = append(w.args, args...)
}

func (w *where) addIf(when bool, term string, args ...any) {
	if when {
		w.add(term, args...)
	}
}

func (w *where) sql() string {
	if len(w.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.terms, " AND ")
}

// idList is ids as the comma-separated form json_each takes.
func idList(ids []iam.ID) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(int64(id), 10))
	}
	b.WriteByte(']')
	return b.String()
}
