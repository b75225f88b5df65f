package api

import (
	"context"
	"fmt"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// FindingSummary says how one check stands.
type FindingSummary struct {
	Kind           string `json:"kind"`
	Title          string `json:"title"`
	Label          string `json:"label"`
	Question       string `json:"question"`
	Threshold      string `json:"threshold"`
	Remedy         string `json:"remedy"`
	Outcome        string `json:"outcome" enum:"pass,fail,cannotConclude,notApplicable" doc:"What is not known never passes."`
	Count          int64  `json:"count" doc:"Open findings."`
	Accepted       int64  `json:"accepted"`
	Riskiest       string `json:"riskiest,omitempty" enum:"low,medium,high,critical"`
	CannotConclude int64  `json:"cannotConclude" doc:"Accounts about which nothing can be concluded."`
	Note           string `json:"note,omitempty"`
}

// FindingCause is one or several findings with one cause.
type FindingCause struct {
	Kind   string     `json:"kind"`
	Risk   string     `json:"risk" enum:"low,medium,high,critical"`
	Title  string     `json:"title"`
	Count  int64      `json:"count"`
	Cause  Ref        `json:"cause" doc:"The group that is reached, or the source."`
	SuchAs FindingRow `json:"suchAs"`
}

// TopFindings asks for the riskiest.
type TopFindings struct {
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

// FindingRules are the thresholds of the checks.
type FindingRules struct {
	DormantDays   int `json:"dormantDays" doc:"Days without a sign-in; 15 to 730."`
	NeverUsedDays int `json:"neverUsedDays" doc:"Days after which an account should have been used; 1 to 730."`
	NestingSteps  int `json:"nestingSteps" doc:"Steps to a privileged group; 2 to 20."`
}

// ChangeFindingRules carries new thresholds.
type ChangeFindingRules struct{ Body FindingRules }

func (s *server) getFindingSummary(ctx context.Context, _ *none) (*body[[]FindingSummary], error) {
	return view(ctx, s, func(r *store.Reader) ([]FindingSummary, error) {
		rules, err := r.FindingRules(ctx)
		if err != nil {
			return nil, err
		}
		counts, err := r.FindingCounts(ctx)
		if err != nil {
			return nil, err
		}
		unsure, err := r.UnsureSignIns(ctx, rules)
		if err != nil {
			return nil, err
		}
		runs, err := r.AppliedRuns(ctx)
		out := []FindingSummary{}
		for _, f := range iam.FindingKinds {
			c := counts[f.Kind]
			v := FindingSummary{Kind: string(f.Kind), Title: f.Title, Label: f.Label, Question: f.Question, Threshold: f.ThresholdBy(rules), Remedy: f.Remedy, Outcome: "pass", Count: c.Open, Accepted: c.Accepted}
			v.CannotConclude, v.Note = cannotConclude(f.Kind, unsure, rules)
			switch {
			case len(runs) == 0:
				v.Outcome = "notApplicable"
			case c.Open > 0:
				v.Outcome, v.Riskiest = "fail", c.Riskiest.String()
			case v.CannotConclude > 0:
				v.Outcome = "cannotConclude"
			}
			out = append(out, v)
		}
		return out, err
	})
}

// cannotConclude is of how many accounts a check says nothing, and why.
func cannotConclude(kind iam.FindingKind, u store.Unsure, rules iam.FindingRules) (int64, string) {
	switch {
	case kind == iam.Dormant && u.Band > 0 && u.Unknown > 0:
		return u.Band + u.Unknown, fmt.Sprintf("%d last used %d to %d days ago by a value that lags, of %d the last sign-in is not known", u.Band, rules.DormantDays-14, rules.DormantDays, u.Unknown)
	case kind == iam.Dormant && u.Band > 0:
		return u.Band, fmt.Sprintf("last used %d to %d days ago by a value that lags up to 14 days", rules.DormantDays-14, rules.DormantDays)
	case (kind == iam.Dormant || kind == iam.NeverUsed) && u.Unknown > 0:
		return u.Unknown, "the last sign-in is not known"
	}
	return 0, ""
}

func (s *server) getTopFindings(ctx context.Context, in *TopFindings) (*body[[]FindingCause], error) {
	return view(ctx, s, func(r *store.Reader) ([]FindingCause, error) {
		causes, err := r.Causes(ctx, in.Limit)
		out := []FindingCause{}
		for _, g := range causes {
			row := findingRow(g.Finding)
			c := FindingCause{Kind: row.Kind, Risk: row.Risk, Title: row.Title, Count: g.Count, Cause: row.Source, SuchAs: row}
			if row.Group != nil {
				c.Cause = *row.Group
			}
			out = append(out, c)
		}
		return out, err
	})
}

func (s *server) getFindingRules(ctx context.Context, _ *none) (*body[FindingRules], error) {
	return view(ctx, s, func(r *store.Reader) (FindingRules, error) {
		rules, err := r.FindingRules(ctx)
		return FindingRules(rules), err
	})
}

func (s *server) changeFindingRules(ctx context.Context, in *ChangeFindingRules) (*body[FindingRules], error) {
	rules := iam.FindingRules(in.Body)
	if err := rules.Check(); err != nil {
		return nil, err
	}
	if _, err := s.store.Write(ctx, "finding.rules", func(t *store.Tx) error { return t.PutFindingRules(ctx, rules) }); err != nil {
		return nil, err
	}
	return answer(in.Body, nil)
}
