package api

import (
	"context"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Linked is why an account is an identity's.
type Linked struct {
	How        string   `json:"how" enum:"rule,operator,number,own" doc:"number: its source has two accounts with one employee number; own: it stands alone."`
	Rule       string   `json:"rule,omitempty"`
	Confidence int      `json:"confidence,omitempty"`
	Reasons    []string `json:"reasons"`
}

// Merge is a merge that made an identity what it is.
type Merge struct {
	ID       string `json:"id"`
	From     Ref    `json:"from"`
	At       string `json:"at" format:"date-time"`
	Event    int64  `json:"event"`
	Reason   string `json:"reason"`
	Accounts []Ref  `json:"accounts"`
}

// IdentityLinks are why the accounts of an identity are one, and how they can be
// parted.
type IdentityLinks struct {
	Links  map[string]Linked `json:"links" doc:"By account."`
	Merges []Merge           `json:"merges" doc:"That can be undone, the newest first."`
	Former []string          `json:"former" doc:"Ids that lead here."`
}

// MergePreview is what a merge would bring together.
type MergePreview struct {
	From        Ref      `json:"from"`
	Into        Ref      `json:"into"`
	Accounts    []Ref    `json:"accounts" doc:"That would move."`
	Factors     int64    `json:"factors" doc:"Active ones of the merged id: they stay recorded under it and are shown with the other."`
	ReviewItems int64    `json:"reviewItems" doc:"Of open campaigns, that name the merged id: they stay as frozen, and the id leads on."`
	Findings    int64    `json:"findings" doc:"About accounts that would move."`
	Owned       int64    `json:"owned" doc:"Service and shared accounts that it answers for."`
	Warnings    []string `json:"warnings"`
}

// MergePath asks what a merge would do.
type MergePath struct {
	IDPath
	Into string `query:"into" required:"true" maxLength:"32"`
}

// MergeIdentity merges one identity into another.
type MergeIdentity struct {
	IDPath
	Body struct {
		Into   string `json:"into" maxLength:"32"`
		Reason string `json:"reason" minLength:"3" maxLength:"500"`
	}
}

// SplitIdentity splits accounts off an identity.
type SplitIdentity struct {
	IDPath
	Body struct {
		Accounts []string `json:"accounts" minItems:"1" maxItems:"200"`
		Reason   string   `json:"reason" minLength:"3" maxLength:"500"`
	}
}

// UndoMerge puts everything back as it was before a merge.
type UndoMerge struct {
	IDPath
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"500"`
	}
}

// Relinked tells what came of a merge or split.
type Relinked struct {
	Merge    string `json:"merge,omitempty" doc:"By which it can be undone."`
	Identity string `json:"identity,omitempty" doc:"That the accounts belong to now."`
	Left     []Ref  `json:"left,omitempty" doc:"Accounts of the merge that were elsewhere by now and stay there."`
	Event    int64  `json:"event"`
}

func (s *server) getIdentityLinks(ctx context.Context, in *IDPath) (*body[IdentityLinks], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (IdentityLinks, error) {
		v := IdentityLinks{Links: map[string]Linked{}, Merges: []Merge{}, Former: []string{}}
		i, _, err := r.Identity(ctx, id)
		if err != nil {
			return v, err
		}
		accounts, err := r.AccountsOf(ctx, i.ID)
		if err != nil {
			return v, err
		}
		links, err := r.LinksOf(ctx, i.ID)
		if err != nil {
			return v, err
		}
		for _, a := range accounts {
			l, told := links[a.ID]
			switch {
			case told:
				v.Links[a.ID.String()] = Linked{l.How, l.Rule, l.Confidence, append([]string{}, l.Reasons...)}
			case sharesNumber(accounts, a):
				v.Links[a.ID.String()] = Linked{How: "number", Reasons: []string{"employee number " + a.EmployeeNumber + " equal"}}
			default:
				v.Links[a.ID.String()] = Linked{How: "own", Reasons: []string{}}
			}
		}
		merges, err := r.MergesInto(ctx, i.ID)
		if err != nil {
			return v, err
		}
		var moved []iam.ID
		for _, m := range merges {
			moved = append(moved, m.Accounts...)
		}
		b, err := newBook(ctx, r, moved)
		if err != nil {
			return v, err
		}
		for _, m := range merges {
			v.Merges = append(v.Merges, Merge{m.ID.String(), Ref{Kind: "identity", ID: m.From.String(), Name: m.FromName}, stamp(m.At), int64(m.Seq), m.Reason, b.refs(m.Accounts)})
		}
		former, err := r.Former(ctx, i.ID)
		v.Former = append(v.Former, texts(former)...)
		return v, err
	})
}

func sharesNumber(all []store.Account, a store.Account) bool {
	for _, x := range all {
		if x.ID != a.ID && x.SourceID == a.SourceID && x.EmployeeNumber == a.EmployeeNumber && a.EmployeeNumber != "" {
			return true
		}
	}
	return false
}

func (s *server) previewMerge(ctx context.Context, in *MergePath) (*body[MergePreview], error) {
	from, into, err := twoIDs(in.ID, in.Into)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (MergePreview, error) {
		p, err := r.PreviewMerge(ctx, from, into)
		if err != nil {
			return MergePreview{}, err
		}
		v := MergePreview{Factors: p.Factors, ReviewItems: p.ReviewItems, Findings: p.Findings, Owned: p.Owned, Warnings: append([]string{}, p.Warnings...)}
		for id, to := range map[iam.ID]*Ref{from: &v.From, into: &v.Into} {
			row, err := r.IdentityRow(ctx, id)
			if err != nil {
				return v, err
			}
			*to = Ref{Kind: "identity", ID: row.ID.String(), Name: row.Name, Detail: row.Login}
		}
		b, err := newBook(ctx, r, p.Accounts)
		if err != nil {
			return v, err
		}
		v.Accounts = b.refs(p.Accounts)
		return v, nil
	})
}

func twoIDs(a, b string) (iam.ID, iam.ID, error) {
	x, err := iam.ParseID(a)
	if err != nil {
		return 0, 0, err
	}
	y, err := iam.ParseID(b)
	return x, y, err
}

func (s *server) mergeIdentity(ctx context.Context, in *MergeIdentity) (*body[Relinked], error) {
	from, into, err := twoIDs(in.ID, in.Body.Into)
	if err != nil {
		return nil, err
	}
	var v Relinked
	seq, err := s.store.Write(ctx, "identity.merge", func(t *store.Tx) error {
		id, err := t.MergeIdentities(ctx, from, into, strings.TrimSpace(in.Body.Reason))
		if err != nil {
			return err
		}
		v.Merge = id.String()
		to, err := t.Surviving(ctx, into)
		v.Identity = to.String()
		return err
	})
	v.Event = int64(seq)
	return answer(v, err)
}

func (s *server) splitIdentity(ctx context.Context, in *SplitIdentity) (*body[Relinked], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	var accounts []iam.ID
	for _, text := range in.Body.Accounts {
		a, err := iam.ParseID(text)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	var v Relinked
	seq, err := s.store.Write(ctx, "identity.split", func(t *store.Tx) error {
		to, err := t.SplitIdentity(ctx, id, accounts, strings.TrimSpace(in.Body.Reason))
		v.Identity = to.String()
		return err
	})
	v.Event = int64(seq)
	return answer(v, err)
}

func (s *server) undoMerge(ctx context.Context, in *UndoMerge) (*body[Relinked], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	var left []iam.ID
	seq, err := s.store.Write(ctx, "identity.unmerge", func(t *store.Tx) error {
		var err error
		left, err = t.UndoMerge(ctx, id, strings.TrimSpace(in.Body.Reason))
		return err
	})
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Relinked, error) {
		b, err := newBook(ctx, r, left)
		if err != nil {
			return Relinked{}, err
		}
		return Relinked{Left: b.refs(left), Event: int64(seq)}, nil
	})
}
