package store

import (
	"context"
	"database/sql"

	"gatehouse/backend/iam"
)

// standing is a finding as it was accepted, or an acceptance that was ended.
type standing struct {
	Kind    iam.FindingKind `json:"kind"`
	Subject iam.ID          `json:"subject"`
	Reaches iam.ID          `json:"reaches,omitempty"`
	Risk    iam.Risk        `json:"risk,omitempty"`
	Size    int64           `json:"size,omitempty"`
	Basis   string          `json:"basis,omitempty"`
}

// acceptDetail is what the event of an acceptance keeps, so that it can be
// rebuilt from the audit log: who accepted, when, why and under which ticket
// says the event itself.
type acceptDetail struct {
	Until    int64      `json:"until"`
	Baseline string     `json:"baseline,omitempty"`
	Findings []standing `json:"findings"`
}

// reopenDetail is what the event of an end keeps.
type reopenDetail struct {
	Findings []standing `json:"findings"`
}

// AcceptFindings accepts the findings that fit, which must be want in number,
// until then. What was accepted before is accepted anew. It returns how many.
func (t *Tx) AcceptFindings(ctx context.Context, ids []iam.ID, f FindingFilter, want int64, a iam.Acceptance) (int64, error) {
	if err := t.exec(ctx, `CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY)`, `DELETE FROM temp.chosen`); err != nil {
		return 0, err
	}
	if len(ids) > 0 {
		f = FindingFilter{State: AllFindings}
	}
	w := f.where()
	w.addIf(len(ids) > 0, "f.id IN (SELECT value FROM json_each(?))", idList(ids))
	// A run that is held and a drift are mended, not accepted by the dozen.
	w.addIf(a.Baseline != "", "f.kind NOT IN ('heldRun', 'drift')")
	chosen, err := t.tx.ExecContext(ctx, `INSERT INTO temp.chosen SELECT f.id FROM open_findings f LEFT JOIN `+accepted+w.sql(), append([]any{t.Now}, w.args...)...)
	if err != nil {
		return 0, err
	}
	n, err := chosen.RowsAffected()
	switch {
	case err != nil:
		return 0, err
	case len(ids) > 0 && n != int64(len(ids)):
		return 0, iam.Errorf(iam.NotFound, "Of these %d findings %d are still there.", len(ids), n).Fix("Look at the list again; what has gone need not be accepted.")
	case len(ids) == 0 && n != want:
		return 0, iam.Errorf(iam.Conflict, "%d findings fit now, not %d.", n, want).In("count").Fix("Look at the list again, and confirm the new number.")
	case n == 0:
		return 0, iam.Errorf(iam.Invalid, "No finding fits: there is nothing to accept.").In("ids")
	}
	detail := acceptDetail{Until: a.Until, Baseline: a.Baseline}
	if detail.Findings, err = t.standings(ctx, `SELECT kind, subject_id, entitlement_id, risk, size, basis FROM temp.chosen c CROSS JOIN findings f ON f.id = c.id ORDER BY 1, 2, 3`); err != nil {
		return 0, err
	}
	actor, _ := recorder(ctx)
	args := []any{sql.Named("seq", int64(t.Seq)), sql.Named("at", t.Now), sql.Named("ends", a.Until), sql.Named("reason", a.Reason), sql.Named("ticket", a.Ticket),
		sql.Named("baseline", a.Baseline), sql.Named("actor", actor)}
	if err := t.execAll(ctx, args,
		`UPDATE finding_acceptances SET until = @seq FROM (SELECT f.kind AS k, f.subject_id AS s, f.entitlement_id AS e FROM temp.chosen c CROSS JOIN findings f ON f.id = c.id)
		 WHERE kind = k AND subject_id = s AND entitlement_id = e AND until = 9223372036854775807`,
		`INSERT INTO finding_acceptances (kind, subject_id, entitlement_id, since, until, risk, size, basis, at, until_at, reason, ticket, baseline, actor)
		 SELECT f.kind, f.subject_id, f.entitlement_id, @seq, 9223372036854775807, f.risk, f.size, f.basis, @at, @ends, @reason, @ticket, @baseline, @actor FROM temp.chosen c CROSS JOIN findings f ON f.id = c.id`); err != nil {
		return 0, err
	}
	if err := t.aboutFindings(ctx, n); err != nil {
		return 0, err
	}
	if a.Baseline != "" {
		t.AboutText("baseline", a.Baseline, a.Baseline)
	}
	t.Because(a.Reason)
	t.event.Ticket = a.Ticket
	return n, t.Detail(detail)
}

// ReopenFinding ends the acceptance of a finding.
func (t *Tx) ReopenFinding(ctx context.Context, id iam.ID, reason string) error {
	f, err := t.Finding(ctx, id)
	if err != nil {
		return err
	}
	if f.Accepted == nil {
		return iam.Errorf(iam.Conflict, "This finding is open already.").Fix("Look at the list again.")
	}
	if err := t.exec(ctx, `CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY)`, `DELETE FROM temp.chosen`); err != nil {
		return err
	}
	if _, err := t.tx.ExecContext(ctx, `INSERT INTO temp.chosen VALUES (?)`, id); err != nil {
		return err
	}
	if _, err := t.tx.ExecContext(ctx, `UPDATE finding_acceptances SET until = ? WHERE kind = ? AND subject_id = ? AND entitlement_id = ? AND until = 9223372036854775807`, t.Seq, string(f.Kind), f.SubjectID, f.Reaches); err != nil {
		return err
	}
	if err := t.aboutFindings(ctx, 1); err != nil {
		return err
	}
	t.Because(reason)
	return t.Detail(reopenDetail{[]standing{{Kind: f.Kind, Subject: f.SubjectID, Reaches: f.Reaches}}})
}

func (t *Tx) exec(ctx context.Context, statements ...string) error {
	return t.execAll(ctx, nil, statements...)
}

func (t *Tx) standings(ctx context.Context, query string) ([]standing, error) {
	return each(ctx, &t.Reader, query, nil, func(rows *sql.Rows, s *standing) error {
		return rows.Scan(&s.Kind, &s.Subject, &s.Reaches, &s.Risk, &s.Size, &s.Basis)
	})
}

// aboutFindings names the subjects in the event, as far as there are few.
func (t *Tx) aboutFindings(ctx context.Context, n int64) error {
	t.Touches("findings", "overview", "identities", "accounts", "groups")
	if n > 20 {
		return nil
	}
	fs, err := each(ctx, &t.Reader, findingColumns+findingTables+` WHERE f.id IN (SELECT id FROM temp.chosen) ORDER BY f.id`, []any{t.Now}, scanFinding)
	for _, f := range fs {
		t.About(f.SubjectNoun, f.SubjectID, f.SubjectName)
	}
	return err
}

// noticeHeld opens or closes the finding that a reading of a source is held.
func (t *Tx) noticeHeld(ctx context.Context, source iam.ID) error {
	id, err := t.NewID(ctx)
	if err != nil {
		return err
	}
	return t.execAll(ctx, []any{sql.Named("id", int64(id)), sql.Named("source", int64(source)), sql.Named("seq", int64(t.Seq)), sql.Named("now", t.Now)},
		`UPDATE findings SET until = @seq WHERE kind = 'heldRun' AND subject_id = @source AND until = 9223372036854775807 AND basis <> coalesce((SELECT max(id) FROM runs WHERE source_id = @source AND state = 'held'), '')`,
		`INSERT INTO findings (id, since, until, kind, risk, source_id, subject_id, entitlement_id, detail, first_seen, size, basis, privileged)
		 SELECT @id, @seq, 9223372036854775807, 'heldRun', 2, @source, @source, 0,
		   'read ' || strftime('%Y-%m-%d %H:%M', r.started_at / 1000000, 'unixepoch') || ' UTC, held for ' || count(h.ord) || CASE count(h.ord) WHEN 1 THEN ' reason' ELSE ' reasons' END || coalesce(', such as ' || min(CASE WHEN h.subject LIKE '%=%' THEN h.subject END), ''),
		   coalesce((SELECT first_seen FROM findings WHERE kind = 'heldRun' AND subject_id = @source AND until = @seq), @now), max(count(h.ord), 1), r.id, 0
		 FROM runs r LEFT JOIN run_holds h ON h.run_id = r.id WHERE r.id = (SELECT max(id) FROM runs WHERE source_id = @source AND state = 'held')
		   AND NOT EXISTS (SELECT 1 FROM findings WHERE kind = 'heldRun' AND subject_id = @source AND until = 9223372036854775807) GROUP BY r.id`)
}
