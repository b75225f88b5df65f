package api

import (
	"cmp"
	"context"
	"slices"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// IdentityRow is an identity in a list.
type IdentityRow struct {
	ID              string      `json:"id"`
	Name            string      `json:"name"`
	ListName        string      `json:"listName" doc:"Surname first, as lists are ordered."`
	Login           string      `json:"login"`
	Title           string      `json:"title"`
	Department      string      `json:"department"`
	Accounts        int64       `json:"accounts"`
	GroupsDirect    int64       `json:"groupsDirect"`
	GroupsEffective int64       `json:"groupsEffective"`
	LastSignIn      Moment      `json:"lastSignIn" doc:"The latest over all accounts."`
	Enabled         Tri         `json:"enabled" doc:"Yes if any account is enabled, no only if all are known not to be."`
	Finding         *FindingTag `json:"finding,omitempty"`
}

// Identity is everything known about one identity.
type Identity struct {
	Past
	ID              string       `json:"id"`
	Sort            string       `json:"sort" enum:"person,service,shared,computer"`
	Name            string       `json:"name"`
	EmployeeNumber  string       `json:"employeeNumber"`
	Login           string       `json:"login"`
	Title           string       `json:"title"`
	Department      string       `json:"department"`
	Location        string       `json:"location"`
	EmployeeType    string       `json:"employeeType"`
	Mail            string       `json:"mail"`
	Phone           string       `json:"phone"`
	Manager         *Ref         `json:"manager,omitempty"`
	Reports         int64        `json:"reports" doc:"Accounts that name this identity as manager."`
	EndDate         Moment       `json:"endDate"`
	Enabled         Tri          `json:"enabled" doc:"Yes if any account is enabled, no only if all are known not to be."`
	Accounts        []Account    `json:"accounts"`
	GroupsDirect    int64        `json:"groupsDirect"`
	GroupsEffective int64        `json:"groupsEffective"`
	Findings        []FindingRow `json:"findings"`
	RedirectedFrom  string       `json:"redirectedFrom,omitempty" doc:"The id that was asked for, which was merged into this one."`
	CorrelatedBy    string       `json:"correlatedBy" doc:"Why these accounts are one identity."`
	FirstSeen       string       `json:"firstSeen" format:"date-time"`
}

// ListIdentities asks for identities.
type ListIdentities struct {
	PageQuery
	AfterQuery
	AsOfQuery
	Source     string `query:"source" maxLength:"32"`
	Enabled    string `query:"enabled" enum:"yes,no"`
	Locked     string `query:"locked" enum:"yes"`
	SignIn     string `query:"signIn" enum:"d7,d30,d75,d90,over90,never,notCollected,notSupported,unknown" doc:"Days since the last sign-in, or the word for why it is not known."`
	Finding    string `query:"finding" maxLength:"32"`
	Department string `query:"department" maxLength:"200"`
}

func (s *server) listIdentities(ctx context.Context, in *ListIdentities) (*body[Page[IdentityRow]], error) {
	source, err := optionalID(in.Source)
	if err != nil {
		return nil, err
	}
	if err := store.CheckOrder(in.Sort, store.IdentityOrder); err != nil {
		return nil, err
	}
	at, err := in.stretch(in.PageQuery)
	if err != nil {
		return nil, err
	}
	if err := noSignInHistory(in.AsOfQuery, in.SignIn, in.Sort); err != nil {
		return nil, err
	}
	f := store.IdentityFilter{
		Words: in.Q, Source: source, Enabled: yesNo(in.Enabled), Locked: in.Locked == "yes", SignIn: store.SignIn(in.SignIn),
		Finding: iam.FindingKind(in.Finding), Department: in.Department,
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Page[IdentityRow], error) {
		found, err := r.Identities(ctx, f, store.Order(in.Sort), at)
		if err != nil {
			return Page[IdentityRow]{}, err
		}
		rows := found.Rows
		ids := make([]iam.ID, len(rows))
		for i, row := range rows {
			ids[i] = row.ID
		}
		accounts, err := r.AccountIDsOf(ctx, ids)
		if err != nil {
			return Page[IdentityRow]{}, err
		}
		counts, err := r.IdentityGroupCounts(ctx, ids)
		if err != nil {
			return Page[IdentityRow]{}, err
		}
		var all []iam.ID
		for _, own := range accounts {
			all = append(all, own...)
		}
		risks, err := r.WorstFindings(ctx, all)
		if err != nil {
			return Page[IdentityRow]{}, err
		}
		out := make([]IdentityRow, len(rows))
		for i, row := range rows {
			out[i] = IdentityRow{
				ID: row.ID.String(), Name: row.Name, ListName: row.ListName, Login: row.Login, Title: row.Title, Department: row.Department, Accounts: row.Accounts,
				GroupsDirect: counts[row.ID].Direct, GroupsEffective: counts[row.ID].Effective,
				LastSignIn: moment(row.LastSignIn), Enabled: Tri(row.Enabled.String()), Finding: worst(risks, accounts[row.ID]),
			}
		}
		return following(page(out, found.Count), found.Next), nil
	})
}

// worst is the riskiest of the findings of several records.
func worst(found map[iam.ID]iam.Finding, subjects []iam.ID) *FindingTag {
	var top iam.Finding
	for _, id := range subjects {
		if f := found[id]; f.Risk > top.Risk {
			top = f
		}
	}
	return tag(top)
}

func (s *server) getIdentity(ctx context.Context, in *IDPathAt) (*body[Identity], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Identity, error) { return s.identityOf(ctx, r, id) })
}

func (s *server) identityOf(ctx context.Context, r *store.Reader, id iam.ID) (Identity, error) {
	i, first, err := r.Identity(ctx, id)
	if err != nil {
		return Identity{}, err
	}
	asked := id
	id = i.ID
	accounts, err := r.AccountsOf(ctx, id)
	if err != nil {
		return Identity{}, err
	}
	v := Identity{ID: id.String(), Sort: string(i.Sort), Name: i.Name, EmployeeNumber: i.EmployeeNumber, CorrelatedBy: "one account of its own"}
	if i.EmployeeNumber != "" {
		v.CorrelatedBy = "equal employee number " + i.EmployeeNumber
	}
	if asked != id {
		v.RedirectedFrom = asked.String()
	}
	var ids []iam.ID
	for _, a := range accounts {
		full, err := s.accountOf(ctx, r, a)
		if err != nil {
			return v, err
		}
		v.Accounts = append(v.Accounts, full)
		ids = append(ids, a.ID)
		ref, err := r.DNRef(ctx, a.ID)
		if err != nil {
			return v, err
		}
		reports, err := r.CountReports(ctx, a.Account, ref)
		if err != nil {
			return v, err
		}
		v.Reports += reports
		if a.ID == first {
			v.Login, v.Title, v.Department, v.Location, v.EmployeeType = a.Login, a.Title, a.Department, a.Location, a.EmployeeType
			v.Mail, v.Phone, v.Manager, v.EndDate = a.Contact.Mail, a.Contact.Phone, full.Manager, moment(a.EndDate)
		}
	}
	// The account that names the identity comes first.
	slices.SortStableFunc(v.Accounts, func(a, b Account) int {
		return cmp.Compare(b2i(b.ID == first.String()), b2i(a.ID == first.String()))
	})
	enabled, err := r.EnabledOf(ctx, id)
	if err != nil {
		return v, err
	}
	v.Enabled = Tri(enabled.String())
	c, err := r.CountGroupsOf(ctx, ids)
	if err != nil {
		return v, err
	}
	v.GroupsDirect, v.GroupsEffective = c.Direct, c.Effective
	if v.Findings, err = findingsOf(ctx, r, ids...); err != nil {
		return v, err
	}
	seq, err := r.IdentityFirstSeen(ctx, id)
	if err != nil {
		return v, err
	}
	at, err := r.SeqTime(ctx, seq)
	v.FirstSeen = stamp(at)
	return v, err
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *server) listIdentityMemberships(ctx context.Context, in *IDPathAt) (*body[Memberships], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Memberships, error) {
		i, _, err := r.Identity(ctx, id)
		if err != nil {
			return Memberships{}, err
		}
		accounts, err := r.AccountsOf(ctx, i.ID)
		if err != nil {
			return Memberships{}, err
		}
		return s.membershipsOf(ctx, r, accounts)
	})
}

// ListOf asks for a stretch of something that belongs to one record.
type ListOf struct {
	IDPath
	PageQuery
	AsOfQuery
}

func (s *server) listIdentityTimeline(ctx context.Context, in *ListOf) (*body[Page[TimelineEntry]], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Page[TimelineEntry], error) {
		id, err := r.Surviving(ctx, id)
		if err != nil {
			return Page[TimelineEntry]{}, err
		}
		accounts, err := r.AccountIDsOf(ctx, []iam.ID{id})
		if err != nil {
			return Page[TimelineEntry]{}, err
		}
		return timeline(ctx, r, accounts[id], in.PageQuery)
	})
}

func timeline(ctx context.Context, r *store.Reader, ids []iam.ID, q PageQuery) (Page[TimelineEntry], error) {
	seen, total, err := r.Timeline(ctx, ids, q.Offset, q.Limit)
	if err != nil {
		return Page[TimelineEntry]{}, err
	}
	mentioned := append([]iam.ID{}, ids...)
	for _, o := range seen {
		mentioned = append(mentioned, o.About)
	}
	b, err := newBook(ctx, r, mentioned)
	if err != nil {
		return Page[TimelineEntry]{}, err
	}
	out := make([]TimelineEntry, len(seen))
	for i, o := range seen {
		e := TimelineEntry{At: stamp(o.At), Event: int64(o.Seq), Text: o.Text, End: string(o.End)}
		if o.After > 0 {
			e.After = stamp(o.After)
		}
		if o.Run != 0 {
			e.Run = o.Run.String()
		}
		e.Source = b.sources[b.names[o.Subject].SourceID].Name
		if o.About != 0 {
			ref := b.ref(o.About)
			e.About = &ref
		}
		if o.SourceAt.Known() {
			e.SourceTime = stamp(int64(o.SourceAt))
		}
		out[i] = e
	}
	return page(out, exactly(total)), nil
}
