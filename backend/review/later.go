package review

import (
	"cmp"
	"context"
	"slices"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// LaterChange is a grant that came or went after a campaign was frozen.
type LaterChange struct {
	Joined  bool  // else departed
	Item    int64 // of a departure
	Group   iam.ID
	Subject iam.ID // 0: unresolved
	Value   string // of an unresolved member
	Basis   iam.Basis
	Path    []iam.ID // of a joiner
	Seq     iam.Seq  // the Write that observed it
	At      int64
	Run     iam.ID // 0: none, the source was disconnected
}

// grant is what makes two grants the same, whatever their paths. To be in by
// nesting only is another grant than to be a member oneself.
type grant struct {
	group, subject iam.ID
	value          string
	nested         bool
}

// LaterChanges are the grants of a campaign's groups that came and went after it
// was frozen, up to its closing, oldest first. They are never part of its
// arithmetic. What was left out by an exclusion counts as frozen.
func LaterChanges(ctx context.Context, r *store.Reader, c store.Campaign) ([]LaterChange, error) {
	until := c.ClosedSeq
	if until == 0 {
		until = now
	}
	if moved, err := r.Moved(ctx, c.Seq, until); err != nil || !moved {
		return nil, err
	}
	members, err := Population(ctx, r, c.Scope.Frozen, c.Scope.Effective, until)
	if err != nil {
		return nil, err
	}
	frozen, err := r.FrozenGrants(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	had := make(map[grant]bool, len(frozen))
	for _, f := range frozen {
		had[keyOf(f)] = true
	}
	var out []LaterChange
	has := make(map[grant]bool, len(members))
	for _, m := range members {
		k := grant{m.Entitlement, m.Subject, m.Value, m.Basis == iam.EffectiveOnly}
		has[k] = true
		direct := k
		direct.nested = false
		if !had[k] && !had[direct] { // who lost the direct way and kept the other joined nothing
			out = append(out, LaterChange{Joined: true, Group: m.Entitlement, Subject: m.Subject, Value: m.Value, Basis: m.Basis, Path: m.Path, Seq: m.Since})
		}
	}
	gone := slices.DeleteFunc(frozen, func(f store.FrozenGrant) bool { return has[keyOf(f)] })
	departed, err := departures(ctx, r, c, gone, until)
	if err != nil {
		return nil, err
	}
	out = append(out, departed...)
	if err := date(ctx, r, out); err != nil {
		return nil, err
	}
	slices.SortStableFunc(out, func(a, b LaterChange) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, nil
}

// departures finds when frozen grants that are gone were last returned.
func departures(ctx context.Context, r *store.Reader, c store.Campaign, gone []store.FrozenGrant, until iam.Seq) ([]LaterChange, error) {
	if len(gone) == 0 {
		return nil, nil
	}
	var members, groups []iam.ID
	for _, f := range gone {
		members, groups = append(members, f.Subject), append(groups, f.Entitlement)
	}
	h, err := newHistory(ctx, r, c.Seq, unique(members), unique(groups))
	if err != nil {
		return nil, err
	}
	unresolved, err := r.UnresolvedSpans(ctx, c.Seq, unique(groups))
	if err != nil {
		return nil, err
	}
	ended := map[grant]iam.Seq{}
	for _, u := range unresolved {
		if u.Until <= until {
			ended[grant{group: u.Group, value: u.Value}] = u.Until
		}
	}
	out := make([]LaterChange, len(gone))
	for i, f := range gone {
		out[i] = LaterChange{Item: f.Item, Group: f.Entitlement, Subject: f.Subject, Basis: f.Basis, Path: []iam.ID{}}
		switch {
		case f.Subject == 0:
			out[i].Value, out[i].Seq = f.Name, ended[keyOf(f)]
		case f.Basis == iam.EffectiveOnly:
			// Who became a member herself is in, but not by nesting only.
			if out[i].Seq = h.left(f.Subject, f.Entitlement, until, false); out[i].Seq == 0 {
				out[i].Seq = h.joinedDirectly(f.Subject, f.Entitlement, until)
			}
		default:
			out[i].Seq = h.leftDirectly(f.Subject, f.Entitlement, until)
		}
	}
	return out, nil
}

func keyOf(f store.FrozenGrant) grant {
	if f.Subject == 0 {
		return grant{group: f.Entitlement, value: f.Name}
	}
	return grant{f.Entitlement, f.Subject, "", f.Basis == iam.EffectiveOnly}
}

// date says when, and by which run, changes were observed.
func date(ctx context.Context, r *store.Reader, changes []LaterChange) error {
	runs, err := r.Applied(ctx)
	if err != nil {
		return err
	}
	times := map[iam.Seq]int64{}
	for i := range changes {
		c := &changes[i]
		if run, applied := runs[c.Seq]; applied {
			c.Run, c.At = run.ID, run.EndedAt
			continue
		}
		if _, known := times[c.Seq]; !known {
			if times[c.Seq], err = r.SeqTime(ctx, c.Seq); err != nil {
				return err
			}
		}
		c.At = times[c.Seq]
	}
	return nil
}
