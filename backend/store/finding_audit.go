package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
)

// acceptance is a row of finding_acceptances.
type acceptance struct {
	standing
	iam.Acceptance
	Since, Until iam.Seq
}

// accepting names an acceptance: of what, and by which Write.
type accepting struct {
	kind             iam.FindingKind
	subject, reaches iam.ID
	since            iam.Seq
}

// compareAcceptances rebuilds what was accepted from the events and compares it
// with the table.
func (r *Reader) compareAcceptances(ctx context.Context) ([]audit.Problem, error) {
	want, lost, err := r.rebuildAcceptances(ctx)
	if err != nil {
		return nil, err
	}
	have, err := each(ctx, r, `SELECT kind, subject_id, entitlement_id, risk, size, basis, since, until, at, until_at, reason, ticket, baseline, actor FROM finding_acceptances ORDER BY since, kind, subject_id, entitlement_id`, nil,
		func(rows *sql.Rows, a *acceptance) error {
			return rows.Scan(&a.Kind, &a.Subject, &a.Reaches, &a.Risk, &a.Size, &a.Basis, &a.Since, &a.Until, &a.At, &a.Acceptance.Until, &a.Reason, &a.Ticket, &a.Baseline, &a.Actor)
		})
	if err != nil {
		return nil, err
	}
	var problems []audit.Problem
	for _, h := range have {
		k := accepting{h.Kind, h.Subject, h.Reaches, h.Since}
		w, said := want[k]
		delete(want, k)
		switch {
		case !said && !lost:
			problems = append(problems, audit.Problem{Seq: h.Since, Text: fmt.Sprintf("Finding %s of %s is recorded as accepted, but no event says so.", h.Kind, h.Subject)})
		case said && w != h:
			problems = append(problems, audit.Problem{Seq: h.Since, Text: fmt.Sprintf("The acceptance of finding %s of %s is not what event %d says: it was changed.", h.Kind, h.Subject, h.Since)})
		}
	}
	for k := range want {
		problems = append(problems, audit.Problem{Seq: k.since, Text: fmt.Sprintf("Event %d tells that finding %s of %s was accepted, but the record is gone.", k.since, k.kind, k.subject)})
	}
	slices.SortStableFunc(problems, func(a, b audit.Problem) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Text, b.Text))
	})
	return problems, nil
}

// rebuildAcceptances reads the events. lost says that the detail of one is gone,
// which is a problem of its own.
func (r *Reader) rebuildAcceptances(ctx context.Context) (all map[accepting]acceptance, lost bool, err error) {
	type event struct {
		seq                           iam.Seq
		at                            int64
		action, actor, reason, ticket string
		detail                        *string
	}
	events, err := each(ctx, r, `SELECT e.seq, e.time, e.action, e.actor, e.reason, e.ticket, d.detail FROM events e LEFT JOIN event_details d ON d.seq = e.seq
	  WHERE e.action IN ('finding.accept', 'finding.baseline', 'finding.reopen') AND e.outcome = 'done' ORDER BY e.seq`, nil,
		func(rows *sql.Rows, e *event) error {
			return rows.Scan(&e.seq, &e.at, &e.action, &e.actor, &e.reason, &e.ticket, &e.detail)
		})
	all = map[accepting]acceptance{}
	newest := map[accepting]iam.Seq{} // of each finding, under since 0
	for _, e := range events {
		if e.detail == nil {
			lost = true
			continue
		}
		var d acceptDetail
		if json.Unmarshal([]byte(*e.detail), &d) != nil {
			continue // it was edited, which the chain tells
		}
		for _, s := range d.Findings {
			k := accepting{s.Kind, s.Subject, s.Reaches, 0}
			if since, open := newest[k]; open {
				old := all[accepting{s.Kind, s.Subject, s.Reaches, since}]
				old.Until = e.seq
				all[accepting{s.Kind, s.Subject, s.Reaches, since}] = old
				delete(newest, k)
			}
			if e.action == "finding.reopen" {
				continue
			}
			newest[k] = e.seq
			all[accepting{s.Kind, s.Subject, s.Reaches, e.seq}] = acceptance{s,
				iam.Acceptance{At: e.at, Until: d.Until, Reason: e.reason, Ticket: e.ticket, Baseline: d.Baseline, Actor: iam.Actor(e.actor)}, e.seq, iam.Open}
		}
	}
	return all, lost, err
}
