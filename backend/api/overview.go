package api

import (
	"context"
	"fmt"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Overview is the first page.
type Overview struct {
	Identities        int64              `json:"identities"`
	Accounts          int64              `json:"accounts"`
	Groups            int64              `json:"groups"`
	Memberships       int64              `json:"memberships"`
	Sources           []Source           `json:"sources"`
	PrivilegedChanges []PrivilegedChange `json:"privilegedChanges" doc:"Newest first, at most twenty."`
	PrivilegedSince   string             `json:"privilegedSince,omitempty" doc:"Since when changes are counted: the first applied run."`
	Findings          []FindingGroup     `json:"findings"`
	FindingTotal      int64              `json:"findingTotal"`
	SignIns           []SignInBucket     `json:"signIns"`
	MembershipHistory []MembershipPoint  `json:"membershipHistory"`
	CannotSee         []CannotSee        `json:"cannotSee"`
	DiskEncrypted     string             `json:"diskEncrypted" enum:"yes,no,unknown"`
}

// PrivilegedChange is a gain or loss of membership in a privileged group.
type PrivilegedChange struct {
	At         string `json:"at" format:"date-time" doc:"When it was observed."`
	SourceTime string `json:"sourceTime,omitempty" format:"date-time"`
	Op         string `json:"op" enum:"added,removed"`
	Member     Ref    `json:"member"`
	MemberKind string `json:"memberKind" enum:"account,group,unresolved"`
	Group      Ref    `json:"group"`
	Accounts   int64  `json:"accounts" doc:"Accounts that gained or lost the group by it."`
	Path       []Ref  `json:"path" doc:"From the member's group to the privileged one; empty if direct."`
	Run        string `json:"run"`
	Event      int64  `json:"event"`
	// Account is one to explain it with.
	Account *Ref `json:"account,omitempty"`
}

// SignInBucket counts accounts by the age of their last sign-in.
type SignInBucket struct {
	Bucket string `json:"bucket" enum:"d7,d30,d75,d90,over90,never,notCollected,notSupported,unknown"`
	Label  string `json:"label"`
	Count  int64  `json:"count"`
	Tone   string `json:"tone" enum:"plain,warn,unsure"`
}

// MembershipPoint is how many memberships were open after an applied run.
type MembershipPoint struct {
	At          string `json:"at" format:"date-time"`
	Memberships int64  `json:"memberships"`
	Run         string `json:"run"`
}

// CannotSee is something an answer here does not include.
type CannotSee struct {
	What   string `json:"what"`
	Why    string `json:"why" enum:"not read,right missing,not supported,skipped"`
	Source *Ref   `json:"source,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// SearchHit is something a search found.
type SearchHit struct {
	Ref    Ref    `json:"ref"`
	Login  string `json:"login,omitempty"`
	Detail string `json:"detail,omitempty"`
	Source string `json:"source,omitempty"`
}

// Search asks for anything by anything.
type Search struct {
	AsOfQuery
	Q     string `query:"q" required:"true" maxLength:"256"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"12"`
}

// SearchAnswer is what a search found.
type SearchAnswer struct {
	Past
	Items []SearchHit `json:"items"`
}

var signInLabels = map[store.SignIn]string{
	"d7": "0 to 7", "d30": "8 to 30", "d75": "31 to 75", "d90": "76 to 90", "over90": "over 90",
	"never": "never", "unknown": "unknown", "notCollected": "not collected", "notSupported": "not supported",
}

func (s *server) getOverview(ctx context.Context, _ *none) (*body[Overview], error) {
	return view(ctx, s, func(r *store.Reader) (Overview, error) {
		v := Overview{
			PrivilegedChanges: []PrivilegedChange{}, Findings: []FindingGroup{}, SignIns: []SignInBucket{}, MembershipHistory: []MembershipPoint{},
			CannotSee: []CannotSee{}, DiskEncrypted: diskEncrypted(s.store.Dir()),
		}
		t, err := r.Totals(ctx)
		if err != nil {
			return v, err
		}
		v.Identities, v.Accounts, v.Groups, v.Memberships = t.Identities, t.Accounts, t.Entitlements, t.Memberships
		if v.Sources, err = s.sourcesOf(ctx, r); err != nil {
			return v, err
		}
		for _, f := range []func(context.Context, *store.Reader, *Overview) error{s.addPrivileged, addFindings, addSignIns, addHistory, addUnseen} {
			if err := f(ctx, r, &v); err != nil {
				return v, err
			}
		}
		return v, nil
	})
}

func (s *server) addPrivileged(ctx context.Context, r *store.Reader, v *Overview) error {
	runs, err := r.AppliedRuns(ctx)
	if err != nil {
		return err
	}
	if len(runs) > 0 {
		v.PrivilegedSince = stamp(runs[0].EndedAt)
	}
	changes, err := r.PrivilegedChanges(ctx, 20)
	if err != nil {
		return err
	}
	var ids []iam.ID
	for _, c := range changes {
		ids = append(append(ids, c.Member), c.Path...)
	}
	b, err := newBook(ctx, r, ids)
	if err != nil {
		return err
	}
	for _, c := range changes {
		p := PrivilegedChange{
			At: stamp(c.At), Op: c.Op, Member: b.ref(c.Member), MemberKind: "account", Group: b.ref(c.Group), Accounts: 1, Path: []Ref{}, Event: int64(c.Seq),
		}
		if c.Run != 0 {
			p.Run = c.Run.String()
		}
		if c.SourceAt.Known() {
			p.SourceTime = stamp(int64(c.SourceAt))
		}
		if len(c.Path) > 1 {
			p.Path = b.refs(c.Path)
		}
		if c.Nested {
			p.MemberKind = "group"
			p.Path = append([]Ref{p.Member}, b.refs(c.Path)...)
			if p.Accounts, err = r.CountEffective(ctx, c.Member); err != nil {
				return err
			}
			if some, err := r.SomeAccountIn(ctx, c.Member); err != nil {
				return err
			} else if some != 0 {
				names, err := r.Names(ctx, []iam.ID{some})
				if err != nil {
					return err
				}
				ref := refOf(names[some])
				p.Account = &ref
			}
		} else if c.Op == "added" {
			p.Account = &p.Member
		}
		v.PrivilegedChanges = append(v.PrivilegedChanges, p)
	}
	return nil
}

func addFindings(ctx context.Context, r *store.Reader, v *Overview) error {
	groups, err := r.FindingGroups(ctx)
	if err != nil {
		return err
	}
	rules, err := r.FindingRules(ctx)
	if err != nil {
		return err
	}
	unsure, err := r.UnsureSignIns(ctx, rules)
	noted := false
	for _, g := range groups {
		row := findingGroup(g)
		if n, _ := cannotConclude(g.Kind, unsure, rules); g.Kind == iam.Dormant && n > 0 && !noted {
			row.Note, noted = fmt.Sprintf("%d more cannot be concluded", n), true
		}
		v.FindingTotal += g.Count
		v.Findings = append(v.Findings, row)
	}
	return err
}

func addSignIns(ctx context.Context, r *store.Reader, v *Overview) error {
	counts, err := r.SignInCounts(ctx)
	if err != nil {
		return err
	}
	add := func(b store.SignIn, tone string, always bool) {
		if counts[b] > 0 || always {
			v.SignIns = append(v.SignIns, SignInBucket{string(b), signInLabels[b], counts[b], tone})
		}
	}
	for _, b := range store.SignIns {
		tone := "plain"
		if b.Bucket == "over90" {
			tone = "warn"
		}
		add(b.Bucket, tone, true)
	}
	add("never", "warn", true)
	for _, b := range []store.SignIn{"unknown", "notCollected", "notSupported"} {
		add(b, "unsure", false)
	}
	return nil
}

func addHistory(ctx context.Context, r *store.Reader, v *Overview) error {
	points, err := r.MembershipHistory(ctx, 200)
	for _, p := range points {
		v.MembershipHistory = append(v.MembershipHistory, MembershipPoint{stamp(p.At), p.N, p.Run.String()})
	}
	return err
}

// skippedText counts what a run could not use.
func skippedText(run Run) string {
	units := map[string][2]string{"row": {"row", "rows"}, "entry": {"entry", "entries"}}[run.Unit]
	unit := units[1]
	if run.Skipped == 1 {
		unit = units[0]
	}
	return fmt.Sprintf("%d %s could not be used", run.Skipped, unit)
}

// addUnseen lists what an answer here does not include, so that nobody takes
// membership for access.
func addUnseen(ctx context.Context, r *store.Reader, v *Overview) error {
	for _, what := range []string{"Access lists on files, shares and mailboxes", "Local administrators of computers", "Roles kept inside applications"} {
		v.CannotSee = append(v.CannotSee, CannotSee{What: what, Why: "not read"})
	}
	for _, src := range v.Sources {
		ref := Ref{Kind: "source", ID: src.ID, Name: src.Name}
		for _, what := range src.CannotSee {
			v.CannotSee = append(v.CannotSee, CannotSee{What: what, Why: "not read", Source: &ref})
		}
		if src.LastComplete != nil && src.LastComplete.Skipped > 0 {
			v.CannotSee = append(v.CannotSee, CannotSee{What: skippedText(*src.LastComplete), Why: "skipped", Source: &ref})
		}
	}
	return nil
}

func (s *server) search(ctx context.Context, in *Search) (*body[SearchAnswer], error) {
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (SearchAnswer, error) {
		v := SearchAnswer{Items: []SearchHit{}}
		hits, err := r.Search(ctx, in.Q, in.Limit)
		for _, h := range hits {
			hit := SearchHit{Ref: personRef(h.Named), Login: h.Login, Source: h.Source, Detail: h.DN}
			v.Items = append(v.Items, hit)
		}
		return v, err
	})
}
