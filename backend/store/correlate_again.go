package store

import (
	"context"
	"database/sql"

	"gatehouse/backend/iam"
)

// WriteWeighing is Write for a decision after which the rules look at an account
// again.
func (s *Store) WriteWeighing(ctx context.Context, action string, fn func(*Tx) error) (iam.Seq, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	detach, err := s.attachEmpty(ctx)
	if err != nil {
		return 0, err
	}
	defer detach()
	return s.write(ctx, action, fn)
}

// weigh lets the rules of its source look at an account again, with all that was
// decided of it: who is left is linked or asked about as if nobody else had ever
// fitted. An account that shares its person with others of other sources stays.
// What came of it is added to d.
func (t *Tx) weigh(ctx context.Context, a iam.Account, d *linkDetail) error {
	rules, err := t.Correlation(ctx, a.SourceID)
	if err != nil {
		return err
	}
	if err := t.stageOpen(ctx, a.SourceID, true, a.IdentityID); err != nil {
		return err
	}
	if _, err := t.correlateBy(ctx, a.SourceID, &rules); err != nil {
		return err
	}
	links, err := each(ctx, &t.Reader, `SELECT m.id, i.identity_id, 'rule', i.rule, i.confidence, i.reasons FROM stage.mine m JOIN stage.idents i ON i.ikey = m.ikey WHERE i.rule <> '' ORDER BY m.id`, nil, scanLinked)
	if err != nil {
		return err
	}
	for _, l := range links {
		d.Links = append(d.Links, l)
		d.Moves = append(d.Moves, moved{l.Account, a.IdentityID, l.Identity})
	}
	ways, err := each(ctx, &t.Reader, `SELECT from_id, into_id FROM identity_redirects WHERE from_id = ? AND since = ? AND until = 9223372036854775807`, []any{a.IdentityID, t.Seq}, func(rows *sql.Rows, r *redirected) error {
		return rows.Scan(&r.From, &r.To)
	})
	if err != nil {
		return err
	}
	d.Redirects = append(d.Redirects, ways...)
	return t.moveLinked(ctx, 0)
}
