package api

import (
	"cmp"
	"context"
	"slices"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// FindingRow is something a check noticed.
type FindingRow struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"nestedPrivileged,leaverActive,expiredEnabled,dormant,neverUsed,passwordNeverExpires,privilegedNoReason,staleAdminCount,orphan,noOwner,duplicateIdentity,heldRun,drift,cycle,danglingMember,ownerlessGroup,emptyGroup"`
	Title     string `json:"title"`
	Risk      string `json:"risk" enum:"low,medium,high,critical"`
	Subject   Ref    `json:"subject"`
	Source    Ref    `json:"source"`
	Detail    string `json:"detail"`
	Remedy    string `json:"remedy"`
	FirstSeen string `json:"firstSeen" format:"date-time"`
	Size      int64  `json:"size" doc:"How many rows it is about."`
	// Group is what the subject reaches, for memberships that explain themselves.
	Group *Ref `json:"group,omitempty"`
	// Other is the identity that this one may be the same person as.
	Other    *Ref        `json:"other,omitempty"`
	ReadAt   string      `json:"readAt,omitempty" format:"date-time" doc:"When the reading was made that it rests on."`
	Accepted *Acceptance `json:"accepted,omitempty"`
}

// Acceptance says why a finding is let be, and until when.
type Acceptance struct {
	At       string `json:"at" format:"date-time"`
	Until    string `json:"until" format:"date-time"`
	By       string `json:"by"`
	Reason   string `json:"reason"`
	Ticket   string `json:"ticket,omitempty"`
	Baseline string `json:"baseline,omitempty" doc:"The name of the baseline it was accepted with."`
}

// ListFindings asks for findings.
type ListFindings struct {
	PageQuery
	Kind    string `query:"kind" maxLength:"32"`
	Risk    string `query:"risk" enum:"low,medium,high,critical"`
	Source  string `query:"source" maxLength:"32"`
	Subject string `query:"subject" maxLength:"32"`
	Group   string `query:"group" maxLength:"32" doc:"The group that is reached."`
	State   string `query:"state" enum:"open,accepted,all" default:"open"`
}

// FindingGroup counts the findings of one kind and risk.
type FindingGroup struct {
	Kind      string `json:"kind"`
	Title     string `json:"title"`
	Risk      string `json:"risk" enum:"low,medium,high,critical"`
	Count     int64  `json:"count"`
	Note      string `json:"note,omitempty" doc:"Such as '1 more cannot be concluded'."`
	SuchAs    Ref    `json:"suchAs"`
	Detail    string `json:"detail"`
	FirstSeen string `json:"firstSeen" format:"date-time"`
}

func findingRow(f store.Finding) FindingRow {
	row := FindingRow{
		ID: f.ID.String(), Kind: string(f.Kind), Title: iam.FindingTitle(f.Kind, f.Risk), Risk: f.Risk.String(), Subject: findingSubject(f),
		Source: Ref{Kind: "source", ID: f.SourceID.String(), Name: f.Source}, Detail: f.Detail, Remedy: iam.FindingOf(f.Kind).Remedy, FirstSeen: stamp(f.FirstSeen), Size: f.Size,
	}
	switch {
	case f.Reaches == 0:
	case f.Kind == iam.DuplicateIdentity:
		row.Other = &Ref{Kind: "identity", ID: f.Reaches.String(), Name: f.ReachesName}
	default:
		row.Group = &Ref{Kind: "group", ID: f.Reaches.String(), Name: f.ReachesName}
	}
	if f.ReadAt > 0 {
		row.ReadAt = stamp(f.ReadAt)
	}
	if a := f.Accepted; a != nil {
		row.Accepted = &Acceptance{At: stamp(a.At), Until: stamp(a.Until), By: string(a.Actor), Reason: a.Reason, Ticket: a.Ticket, Baseline: a.Baseline}
	}
	return row
}

// findingSubject links to what a finding is about.
func findingSubject(f store.Finding) Ref {
	switch f.SubjectNoun {
	case "identity", "source":
		return Ref{Kind: f.SubjectNoun, ID: f.SubjectID.String(), Name: f.SubjectName}
	}
	return refOf(store.Named{ID: f.SubjectID, Noun: f.SubjectNoun, Name: f.SubjectName, Login: f.Login, IdentityID: f.IdentityID})
}

func findingRows(fs []store.Finding) []FindingRow {
	out := make([]FindingRow, len(fs))
	for i, f := range fs {
		out[i] = findingRow(f)
	}
	return out
}

func findingGroup(g store.FindingGroup) FindingGroup {
	row := findingRow(g.Finding)
	return FindingGroup{Kind: row.Kind, Title: row.Title, Risk: row.Risk, Count: g.Count, SuchAs: row.Subject, Detail: row.Detail, FirstSeen: row.FirstSeen}
}

// filter is what a query narrows findings to.
func (in *ListFindings) filter() (f store.FindingFilter, err error) {
	f = store.FindingFilter{Kind: iam.FindingKind(in.Kind), Risk: iam.RiskOf(in.Risk), Words: in.Q, State: store.FindingState(in.State)}
	if f.Source, err = optionalID(in.Source); err != nil {
		return f, err
	}
	if f.Subject, err = optionalID(in.Subject); err != nil {
		return f, err
	}
	f.Reaches, err = optionalID(in.Group)
	return f, err
}

func (s *server) listFindings(ctx context.Context, in *ListFindings) (*body[Page[FindingRow]], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Page[FindingRow], error) {
		fs, n, err := r.Findings(ctx, f, in.Offset, in.Limit)
		return page(findingRows(fs), exactly(n)), err
	})
}

// findingsOf are the open findings of several records, the riskiest first.
func findingsOf(ctx context.Context, r *store.Reader, subjects ...iam.ID) ([]FindingRow, error) {
	var all []store.Finding
	for _, id := range subjects {
		fs, _, err := r.Findings(ctx, store.FindingFilter{Subject: id}, 0, 100)
		if err != nil {
			return nil, err
		}
		all = append(all, fs...)
	}
	slices.SortStableFunc(all, func(a, b store.Finding) int { return cmp.Compare(b.Risk, a.Risk) })
	return findingRows(all), nil
}
