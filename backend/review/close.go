package review

import (
	"context"
	"slices"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Reassignment asks to give items to another reviewer: those named, or all
// undecided items of another.
type Reassignment struct {
	Campaign string // its UUID
	Items    []int64
	All      bool   // instead of Items: the undecided items of From
	From     iam.ID // 0: nobody
	To       iam.ID // an identity
	Reason   string
}

// Assigned is what came of a Reassignment.
type Assigned struct {
	Assigned, Refused int64
	Seq               iam.Seq
}

// Assign gives items to another reviewer, except those about accounts of hers,
// which are counted as refused. What she reviews already stays as it is.
func Assign(ctx context.Context, s *store.Store, a Reassignment) (Assigned, error) {
	a.Reason = strings.TrimSpace(a.Reason)
	if !says(a.Reason) {
		return Assigned{}, iam.Errorf(iam.Invalid, "A new reviewer needs a reason.").In("reason").Fix("Say why, in three letters or more.")
	}
	if a.All == (len(a.Items) > 0) {
		return Assigned{}, iam.Errorf(iam.Invalid, "It is not clear which items are meant.").In("items").Fix("Name items, or a reviewer whose undecided items are meant; not both.")
	}
	var out Assigned
	seq, err := s.Write(ctx, "review.assign", func(t *store.Tx) error {
		c, err := t.Campaign(ctx, a.Campaign)
		if err != nil {
			return err
		}
		if c.ClosedSeq != 0 {
			return closedError(c)
		}
		name, err := nameOf(ctx, &t.Reader, a.To, "to")
		if err != nil {
			return err
		}
		items, err := a.items(ctx, &t.Reader, c)
		if err != nil {
			return err
		}
		var give []store.ItemStanding
		var own []int64
		for _, i := range items {
			switch {
			case i.About(a.To):
				own = append(own, i.Item)
			case i.Reviewer != a.To:
				give = append(give, i)
			}
		}
		if len(give)+len(own) == 0 {
			return iam.Errorf(iam.Conflict, "There is nothing to assign to %s.", name).Fix("Look again: the items are decided, or assigned to this person already.")
		}
		out.Assigned, out.Refused = int64(len(give)), int64(len(own))
		return t.Assign(ctx, c, store.Assignment{Reviewer: a.To, Name: name, Reason: a.Reason}, give, own)
	})
	if err != nil {
		return Assigned{}, err
	}
	out.Seq = seq
	return out, nil
}

func (a Reassignment) items(ctx context.Context, r *store.Reader, c store.Campaign) ([]store.ItemStanding, error) {
	if a.All {
		return r.UndecidedOf(ctx, c.ID, a.From)
	}
	standing, err := r.ItemStandings(ctx, c.ID, a.Items)
	if err != nil {
		return nil, err
	}
	var out []store.ItemStanding
	for _, n := range slices.Compact(slices.Sorted(slices.Values(a.Items))) {
		i, there := standing[n]
		if !there || i.Excluded {
			return nil, iam.Errorf(iam.Invalid, "There is no item %d to review in this campaign.", n).In("items").Fix("Name items of this campaign.")
		}
		out = append(out, i)
	}
	return out, nil
}

// SignOff asks to close a campaign for good.
type SignOff struct {
	Campaign  string // its UUID
	Signer    iam.ID // an identity
	Statement string // what the signer acknowledges
	Reason    string // why it is closed incomplete
}

// Close ends a campaign. Deferred, unknown and undecided items make it
// incomplete, which needs a reason.
func Close(ctx context.Context, s *store.Store, o SignOff) error {
	o.Statement, o.Reason = strings.TrimSpace(o.Statement), strings.TrimSpace(o.Reason)
	if !says(o.Statement) {
		return iam.Errorf(iam.Invalid, "The statement says nothing.").In("statement").Fix("Say what the signer acknowledges.")
	}
	_, err := s.Write(ctx, "review.close", func(t *store.Tx) error {
		c, err := t.Campaign(ctx, o.Campaign)
		if err != nil {
			return err
		}
		if c.ClosedSeq != 0 {
			return closedError(c)
		}
		how := store.Closing{Signer: o.Signer, Statement: o.Statement, Reason: o.Reason, Read: c.Read, InScope: c.InScope, Excluded: c.Excluded}
		if how.SignerName, err = nameOf(ctx, &t.Reader, o.Signer, "signer"); err != nil {
			return err
		}
		if how.Verdicts, err = t.VerdictCounts(ctx, c.ID); err != nil {
			return err
		}
		v := how.Verdicts
		how.Complete = v[iam.Defer]+v[iam.DontKnow]+v[iam.Undecided] == 0
		if !how.Complete && !says(o.Reason) {
			return iam.Errorf(iam.Invalid, "The campaign would be closed incomplete: %d items are deferred, %d not known and %d undecided.", v[iam.Defer], v[iam.DontKnow], v[iam.Undecided]).
				In("reason").Fix("Decide them, or say why it is closed all the same.")
		}
		if how.Removals, err = RemovalCounts(ctx, &t.Reader, c); err != nil {
			return err
		}
		return t.CloseCampaign(ctx, c, how)
	})
	return err
}
