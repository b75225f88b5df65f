package api

import (
	"context"
	"strings"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// FindingChoice says which findings: named ones, or all that fit a filter, whose
// number confirms that both mean the same.
type FindingChoice struct {
	IDs    []string `json:"ids,omitempty" maxItems:"500"`
	Kind   string   `json:"kind,omitempty" maxLength:"32"`
	Risk   string   `json:"risk,omitempty" enum:"low,medium,high,critical"`
	Source string   `json:"source,omitempty" maxLength:"32"`
	Group  string   `json:"group,omitempty" maxLength:"32"`
	Count  int64    `json:"count,omitempty" minimum:"0" doc:"How many open findings fit, as confirmed."`
}

// AcceptFindings accepts findings.
type AcceptFindings struct {
	Body struct {
		FindingChoice
		Reason string `json:"reason" minLength:"3" maxLength:"500"`
		Until  string `json:"until,omitempty" format:"date-time" doc:"At most 366 days from now; 90 days if not given."`
		Ticket string `json:"ticket,omitempty" maxLength:"100"`
	}
}

// AcceptBaseline accepts what is open now, so that what is new shows.
type AcceptBaseline struct {
	Body struct {
		Name   string `json:"name" minLength:"3" maxLength:"100"`
		Until  string `json:"until,omitempty" format:"date-time" doc:"At most 366 days from now; 90 days if not given."`
		UpTo   string `json:"upTo" enum:"low,medium,high,critical" doc:"Riskier findings stay open."`
		Source string `json:"source,omitempty" maxLength:"32"`
		Count  int64  `json:"count" minimum:"1" doc:"How many open findings fit, as confirmed."`
		Reason string `json:"reason,omitempty" maxLength:"500"`
		Ticket string `json:"ticket,omitempty" maxLength:"100"`
	}
}

// Accepted says how many findings were accepted, and until when.
type Accepted struct {
	Count int64  `json:"count"`
	Until string `json:"until" format:"date-time"`
	Event int64  `json:"event"`
}

// ReopenFinding ends an acceptance.
type ReopenFinding struct {
	IDPath
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"500"`
	}
}

func (s *server) acceptFindings(ctx context.Context, in *AcceptFindings) (*body[Accepted], error) {
	c := in.Body.FindingChoice
	if len(c.IDs) > 0 && (c.Kind != "" || c.Risk != "" || c.Source != "" || c.Group != "") {
		return nil, iam.Errorf(iam.Invalid, "Name findings, or a filter, not both.").In("ids")
	}
	if len(c.IDs) == 0 && c.Count == 0 {
		return nil, iam.Errorf(iam.Invalid, "Name the findings, or confirm how many fit the filter.").In("count")
	}
	f, err := (&ListFindings{Kind: c.Kind, Risk: c.Risk, Source: c.Source, Group: c.Group}).filter()
	if err != nil {
		return nil, err
	}
	var ids []iam.ID
	seen := map[iam.ID]bool{}
	for _, text := range c.IDs {
		id, err := iam.ParseID(text)
		if err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return s.accept(ctx, "finding.accept", ids, f, c.Count, in.Body.Until, iam.Acceptance{Reason: strings.TrimSpace(in.Body.Reason), Ticket: strings.TrimSpace(in.Body.Ticket)})
}

func (s *server) acceptBaseline(ctx context.Context, in *AcceptBaseline) (*body[Accepted], error) {
	source, err := optionalID(in.Body.Source)
	if err != nil {
		return nil, err
	}
	a := iam.Acceptance{Baseline: strings.TrimSpace(in.Body.Name), Reason: strings.TrimSpace(in.Body.Reason), Ticket: strings.TrimSpace(in.Body.Ticket)}
	if a.Reason == "" {
		a.Reason = "Baseline " + a.Baseline
	}
	return s.accept(ctx, "finding.baseline", nil, store.FindingFilter{UpTo: iam.RiskOf(in.Body.UpTo), Source: source}, in.Body.Count, in.Body.Until, a)
}

func (s *server) accept(ctx context.Context, action string, ids []iam.ID, f store.FindingFilter, count int64, until string, a iam.Acceptance) (*body[Accepted], error) {
	var err error
	if a.Until, err = acceptUntil(until, s.store.Now()); err != nil {
		return nil, err
	}
	if len(a.Reason) < 3 {
		return nil, iam.Errorf(iam.Invalid, "A reason is missing.").In("reason")
	}
	v := Accepted{Until: stamp(a.Until)}
	seq, err := s.store.Write(ctx, action, func(t *store.Tx) (err error) {
		v.Count, err = t.AcceptFindings(ctx, ids, f, count, a)
		return err
	})
	v.Event = int64(seq)
	return answer(v, err)
}

// acceptUntil reads the end of an acceptance, which lies ahead and not too far.
func acceptUntil(text string, now time.Time) (int64, error) {
	if text == "" {
		return now.AddDate(0, 0, iam.AcceptDays).UnixMicro(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, iam.Errorf(iam.Invalid, "%q is no date such as 2026-06-30T00:00:00Z.", text).In("until")
	}
	if !at.After(now) || at.After(now.AddDate(0, 0, iam.MostAcceptDays)) {
		return 0, iam.Errorf(iam.Invalid, "A finding can be accepted from now until %s at most.", now.AddDate(0, 0, iam.MostAcceptDays).UTC().Format("2 January 2006")).In("until").Fix("Choose a nearer date, and look at it again then.")
	}
	return at.UnixMicro(), nil
}

func (s *server) reopenFinding(ctx context.Context, in *ReopenFinding) (*body[FindingRow], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Write(ctx, "finding.reopen", func(t *store.Tx) error { return t.ReopenFinding(ctx, id, strings.TrimSpace(in.Body.Reason)) }); err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (FindingRow, error) {
		f, err := r.Finding(ctx, id)
		return findingRow(f), err
	})
}
