package api

import (
	"context"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// AccountRow is an account in a list.
type AccountRow struct {
	ID              string      `json:"id"`
	Login           string      `json:"login"`
	Name            string      `json:"name"`
	Sort            string      `json:"sort" enum:"person,service,shared,computer"`
	Source          Ref         `json:"source"`
	DN              string      `json:"dn"`
	Description     string      `json:"description"`
	Department      string      `json:"department"`
	Owner           *Ref        `json:"owner,omitempty"`
	OwnerText       string      `json:"ownerText" doc:"The owner as the source names it, if it is no entry of ours."`
	Enabled         Tri         `json:"enabled"`
	Locked          Tri         `json:"locked"`
	GroupsDirect    int64       `json:"groupsDirect"`
	GroupsEffective int64       `json:"groupsEffective"`
	LastSignIn      Moment      `json:"lastSignIn"`
	Finding         *FindingTag `json:"finding,omitempty"`
}

// Account is everything known about one account.
type Account struct {
	Past
	AccountRow
	Identity        *Ref         `json:"identity,omitempty"`
	ExternalID      string       `json:"externalId"`
	EmployeeNumber  string       `json:"employeeNumber"`
	EmployeeType    string       `json:"employeeType"`
	Title           string       `json:"title"`
	Location        string       `json:"location"`
	Mail            string       `json:"mail"`
	Phone           string       `json:"phone"`
	Manager         *Ref         `json:"manager,omitempty"`
	ManagerText     string       `json:"managerText"`
	LockedUntil     Moment       `json:"lockedUntil"`
	AccountExpires  Moment       `json:"accountExpires"`
	PasswordExpires Moment       `json:"passwordExpires"`
	PasswordChanged Moment       `json:"passwordChanged"`
	MustChange      Tri          `json:"mustChange"`
	StartDate       Moment       `json:"startDate"`
	EndDate         Moment       `json:"endDate"`
	PrincipalName   string       `json:"principalName" doc:"userPrincipalName of Active Directory."`
	SID             string       `json:"sid"`
	SIDHistory      []string     `json:"sidHistory" doc:"Former SIDs: each may still open doors."`
	ServiceNames    []string     `json:"serviceNames" doc:"servicePrincipalName of Active Directory."`
	Flags           []string     `json:"flags" doc:"Words that the kind of directory documents, such as passwordNeverExpires."`
	CreatedAt       Moment       `json:"createdAt"`
	ModifiedAt      Moment       `json:"modifiedAt"`
	FirstSeen       string       `json:"firstSeen" format:"date-time"`
	ObservedAt      string       `json:"observedAt" format:"date-time" doc:"When the run that is shown ended."`
	Run             string       `json:"run"`
	Findings        []FindingRow `json:"findings"`
}

// ListAccounts asks for accounts.
type ListAccounts struct {
	PageQuery
	AfterQuery
	AsOfQuery
	Type    string `query:"type" enum:"person,service,shared,computer"`
	Source  string `query:"source" maxLength:"32"`
	Enabled string `query:"enabled" enum:"yes,no"`
	SignIn  string `query:"signIn" enum:"d7,d30,d75,d90,over90,never,notCollected,notSupported,unknown"`
	Finding string `query:"finding" maxLength:"32"`
}

func (s *server) listAccounts(ctx context.Context, in *ListAccounts) (*body[Page[AccountRow]], error) {
	source, err := optionalID(in.Source)
	if err != nil {
		return nil, err
	}
	if err := store.CheckOrder(in.Sort, store.AccountOrder); err != nil {
		return nil, err
	}
	at, err := in.stretch(in.PageQuery)
	if err != nil {
		return nil, err
	}
	if err := noSignInHistory(in.AsOfQuery, in.SignIn, in.Sort); err != nil {
		return nil, err
	}
	f := store.AccountFilter{
		Words: in.Q, Sort: iam.Sort(in.Type), Source: source, Enabled: yesNo(in.Enabled), SignIn: store.SignIn(in.SignIn), Finding: iam.FindingKind(in.Finding),
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Page[AccountRow], error) {
		listed, err := r.Accounts(ctx, f, store.Order(in.Sort), at)
		if err != nil {
			return Page[AccountRow]{}, err
		}
		accounts := listed.Rows
		ids := make([]iam.ID, len(accounts))
		for i, a := range accounts {
			ids[i] = a.ID
		}
		counts, err := r.GroupCounts(ctx, ids)
		if err != nil {
			return Page[AccountRow]{}, err
		}
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return Page[AccountRow]{}, err
		}
		found, err := r.WorstFindings(ctx, ids)
		if err != nil {
			return Page[AccountRow]{}, err
		}
		out := make([]AccountRow, len(accounts))
		for i, a := range accounts {
			if out[i], err = s.accountRow(ctx, r, a, b, counts[a.ID], found); err != nil {
				return Page[AccountRow]{}, err
			}
		}
		return following(page(out, listed.Count), listed.Next), nil
	})
}

func (s *server) accountRow(ctx context.Context, r *store.Reader, a store.Account, b *book, c store.GroupCounts, found map[iam.ID]iam.Finding) (AccountRow, error) {
	v := AccountRow{
		ID: a.ID.String(), Login: a.Login, Name: a.Name, Sort: string(a.Sort), Source: b.source(a.SourceID), DN: a.DN, Description: a.Description,
		Department: a.Department, Enabled: Tri(a.Enabled.String()), Locked: Tri(a.Locked.String()),
		GroupsDirect: c.Direct, GroupsEffective: c.Effective, LastSignIn: moment(a.LastSignIn),
	}
	v.Finding = worst(found, []iam.ID{a.ID})
	var err error
	v.Owner, v.OwnerText, err = pointed(ctx, r, a.SourceID, a.OwnerRef)
	return v, err
}

// pointed follows a manager or owner reference; what is no entry of ours is
// text.
func pointed(ctx context.Context, r *store.Reader, source iam.ID, ref string) (*Ref, string, error) {
	n, err := r.ByRef(ctx, source, ref)
	if err != nil || n == nil {
		return nil, strings.TrimPrefix(ref, "dn:"), err
	}
	link := personRef(*n)
	return &link, "", nil
}

func (s *server) getAccount(ctx context.Context, in *IDPathAt) (*body[Account], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Account, error) {
		a, err := r.Account(ctx, id)
		if err != nil {
			return Account{}, err
		}
		return s.accountOf(ctx, r, a)
	})
}

func (s *server) accountOf(ctx context.Context, r *store.Reader, a store.Account) (Account, error) {
	b, err := newBook(ctx, r, nil)
	if err != nil {
		return Account{}, err
	}
	counts, err := r.GroupCounts(ctx, []iam.ID{a.ID})
	if err != nil {
		return Account{}, err
	}
	found, err := r.WorstFindings(ctx, []iam.ID{a.ID})
	if err != nil {
		return Account{}, err
	}
	row, err := s.accountRow(ctx, r, a, b, counts[a.ID], found)
	if err != nil {
		return Account{}, err
	}
	v := Account{
		AccountRow: row, ExternalID: a.ExternalID, EmployeeNumber: a.EmployeeNumber, EmployeeType: a.EmployeeType, Title: a.Title, Location: a.Location,
		Mail: a.Contact.Mail, Phone: a.Contact.Phone, LockedUntil: moment(a.LockedUntil), AccountExpires: moment(a.AccountExpires),
		PasswordExpires: moment(a.PasswordExpires), PasswordChanged: moment(a.PasswordChanged), MustChange: Tri(a.MustChange.String()),
		StartDate: moment(a.StartDate), EndDate: moment(a.EndDate), PrincipalName: a.PrincipalName, SID: a.SID,
		SIDHistory: words(a.SIDHistory), ServiceNames: words(a.ServiceNames), Flags: words(a.Flags), CreatedAt: moment(a.CreatedAt), ModifiedAt: moment(a.ModifiedAt),
	}
	if a.IdentityID != 0 {
		i, _, err := r.Identity(ctx, a.IdentityID)
		if err != nil {
			return v, err
		}
		v.Identity = &Ref{Kind: "identity", ID: i.ID.String(), Name: i.Name}
	}
	if v.Manager, v.ManagerText, err = pointed(ctx, r, a.SourceID, a.ManagerRef); err != nil {
		return v, err
	}
	if v.Findings, err = findingsOf(ctx, r, a.ID); err != nil {
		return v, err
	}
	v.FirstSeen, v.ObservedAt, v.Run, err = observed(ctx, r, a.ID, a.SourceID)
	return v, err
}

// words are the values of a field that separates them by spaces; never nil.
func words(text string) []string { return append([]string{}, strings.Fields(text)...) }

// observed is when an object was first seen, and which run is shown.
func observed(ctx context.Context, r *store.Reader, id, source iam.ID) (firstSeen, observedAt, run string, err error) {
	seq, err := r.FirstSeen(ctx, id)
	if err != nil {
		return "", "", "", err
	}
	at, err := r.SeqTime(ctx, seq)
	if err != nil {
		return "", "", "", err
	}
	shown, _, err := runsOf(ctx, r, source)
	if err != nil || shown == nil {
		return stamp(at), stamp(at), "", err
	}
	return stamp(at), stamp(shown.EndedAt), shown.ID.String(), nil
}

// runsOf are the run of a source that is shown and its newest one, nil if there
// is none, at the point that the Reader sees.
func runsOf(ctx context.Context, r *store.Reader, source iam.ID) (shown, newest *iam.Run, err error) {
	if r.Past() {
		src, err := r.SourceThen(ctx, source)
		return src.Shown, src.Newest, err
	}
	if shown, err = r.ShownRun(ctx, source); err != nil {
		return nil, nil, err
	}
	newest, err = r.NewestRun(ctx, source)
	return shown, newest, err
}

// listTimeline is the timeline of one account or group: they share one id space.
func (s *server) listTimeline(ctx context.Context, in *ListOf) (*body[Page[TimelineEntry]], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Page[TimelineEntry], error) {
		return timeline(ctx, r, []iam.ID{id}, in.PageQuery)
	})
}
