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
	Kind      string `json:"kind" enum:"orphan,noOwner,leaverActive,dormant,cycle,danglingMember,emptyGroup,nestedPrivileged"`
	Title     string `json:"title"`
	Risk      string `json:"risk" enum:"low,medium,high,critical"`
	Subject   Ref    `json:"subject"`
	Source    Ref    `json:"source"`
	Detail    string `json:"detail"`
	Remedy    string `json:"remedy"`
	FirstSeen string `json:"firstSeen" format:"date-time"`
	// Group is what the subject reaches, for memberships that explain themselves.
	Group *Ref `json:"group,omitempty"`
}

// ListFindings asks for findings.
type ListFindings struct {
	PageQuery
	Kind   string `query:"kind" maxLength:"32"`
	Risk   string `query:"risk" enum:"low,medium,high,critical"`
	Source string `query:"source" maxLength:"32"`
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

// findingWords say what each kind of finding is and what to do about it.
var findingWords = map[iam.FindingKind]struct{ title, label, remedy string }{
	iam.Orphan:           {"Orphan account, no person behind it", "orphan", "Find out whose it is. Enter an employee number or a manager in the directory, map the entry as a service or shared account, or retire it."},
	iam.NoOwner:          {"Service or shared account without owner", "no owner", "Agree on an owner and enter it in the directory (owner or manager)."},
	iam.LeaverActive:     {"Leaver, account still enabled", "leaver, enabled", "Disable the account, or correct the end date if the person has stayed."},
	iam.Dormant:          {"Dormant account", "dormant", "Ask the owner whether it is still needed; disable it if not."},
	iam.Cycle:            {"Membership cycle", "in a cycle", "Remove one of the memberships: groups in a cycle all have the same members."},
	iam.DanglingMember:   {"Dangling member", "dangling member", "Remove the values that name no entry, or widen the base if the entries lie outside it."},
	iam.EmptyGroup:       {"Empty group", "empty", "Delete the group if nothing refers to it any more."},
	iam.NestedPrivileged: {"Reaches a privileged group by nesting", "reaches admins", "Look at the path: one of its memberships gives more than it says. Remove that one."},
}

func findingTitle(kind iam.FindingKind, risk iam.Risk) string {
	switch {
	case kind == iam.Dormant && risk >= iam.High:
		return "Dormant administrator"
	case kind == iam.NestedPrivileged && risk == iam.Critical:
		return "Temporary staff in a privileged group by nesting"
	}
	return findingWords[kind].title
}

func findingRow(f store.Finding) FindingRow {
	subject := store.Named{ID: f.SubjectID, Noun: f.SubjectNoun, Name: f.SubjectName, Login: f.Login, IdentityID: f.IdentityID}
	row := FindingRow{
		ID: f.ID.String(), Kind: string(f.Kind), Title: findingTitle(f.Kind, f.Risk), Risk: f.Risk.String(), Subject: refOf(subject),
		Source: Ref{Kind: "source", ID: f.SourceID.String(), Name: f.Source}, Detail: f.Detail, Remedy: findingWords[f.Kind].remedy, FirstSeen: stamp(f.FirstSeen),
	}
	if f.Reaches != 0 {
		row.Group = &Ref{Kind: "group", ID: f.Reaches.String(), Name: f.ReachesName}
	}
	return row
}

func findingRows(fs []store.Finding) []FindingRow {
	out := make([]FindingRow, len(fs))
	for i, f := range fs {
		out[i] = findingRow(f)
	}
	return out
}

var riskOf = map[string]iam.Risk{"low": iam.Low, "medium": iam.Medium, "high": iam.High, "critical": iam.Critical}

func (s *server) listFindings(ctx context.Context, in *ListFindings) (*body[Page[FindingRow]], error) {
	source, err := optionalID(in.Source)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Page[FindingRow], error) {
		fs, n, err := r.Findings(ctx, store.FindingFilter{Kind: iam.FindingKind(in.Kind), Risk: riskOf[in.Risk], Source: source}, in.Offset, in.Limit)
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
