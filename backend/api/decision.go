package api

import (
	"context"
	"slices"
	"time"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/review"
	"gatehouse/backend/store"
)

// Decide records one verdict for one or many items.
type Decide struct {
	ReviewPath
	Body struct {
		Items     []ItemSeen `json:"items" minItems:"1" maxItems:"2000"`
		Verdict   string     `json:"verdict" enum:"undecided,keep,revoke,modify,exception,defer,dontKnow" doc:"undecided withdraws."`
		Until     string     `json:"until,omitempty" format:"date-time" doc:"Of an exception, in the future."`
		Reason    string     `json:"reason,omitempty" maxLength:"1000" doc:"Required to revoke, modify, defer and for an exception."`
		DecidedBy string     `json:"decidedBy" maxLength:"32" doc:"The identity that decides. Never the subject's own."`
	}
}

// ItemSeen is an item with the newest decision the reviewer saw.
type ItemSeen struct {
	Item     int64 `json:"item" minimum:"1"`
	Decision int64 `json:"decision" minimum:"0"`
}

// Decided says what was recorded and what not. If nothing was, the answer is a
// problem instead.
type Decided struct {
	Recorded    []ReviewItem  `json:"recorded"`
	NotRecorded []NotRecorded `json:"notRecorded"`
	Event       int64         `json:"event"`
	Arithmetic  Arithmetic    `json:"arithmetic"`
}

// NotRecorded is an item of the request whose decision was not recorded.
type NotRecorded struct {
	Item ReviewItem `json:"item" doc:"As it is now."`
	Why  string     `json:"why" enum:"race,selfReview,unknown"`
	Text string     `json:"text"`
}

// AssignItems gives items to another reviewer.
type AssignItems struct {
	ReviewPath
	Body struct {
		Items  []int64 `json:"items,omitempty" maxItems:"5000"`
		From   string  `json:"from,omitempty" maxLength:"32" doc:"Instead of items: all undecided items of this identity, or nobody."`
		To     string  `json:"to" maxLength:"32" doc:"An identity."`
		Reason string  `json:"reason" minLength:"3" maxLength:"500"`
	}
}

// ItemsAssigned says how many were.
type ItemsAssigned struct {
	Assigned int64 `json:"assigned"`
	Refused  int64 `json:"refused" doc:"Items about the new reviewer's own accounts."`
	Event    int64 `json:"event"`
}

// CloseReview ends a campaign for good.
type CloseReview struct {
	ReviewPath
	Body struct {
		Signer    string `json:"signer" maxLength:"32" doc:"The identity that signs off."`
		Statement string `json:"statement" minLength:"3" maxLength:"1000" doc:"What the signer acknowledges."`
		Reason    string `json:"reason,omitempty" maxLength:"1000" doc:"Required if items are deferred, not known or undecided."`
	}
}

// ListRemovals asks for the tracked removals of a campaign.
type ListRemovals struct {
	ReviewPath
	Offset int    `query:"offset" minimum:"0" default:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
	State  string `query:"state" enum:"waiting,removed,alreadyGone,stillThere,unproven"`
}

// Removal is what later reads say of a revoked grant.
type Removal struct {
	Item      ReviewItem `json:"item"`
	State     string     `json:"state" enum:"waiting,removed,alreadyGone,stillThere,unproven" doc:"waiting: not read since the decision. unproven: it is gone from sight, but no complete read of the group proves it."`
	Text      string     `json:"text" doc:"Such as: removed and proven by run 7."`
	Run       string     `json:"run,omitempty"`
	At        string     `json:"at,omitempty" format:"date-time"`
	Edge      *Edge      `json:"edge,omitempty" doc:"The membership to remove."`
	DecidedAt string     `json:"decidedAt" format:"date-time"`
	Reason    string     `json:"reason"`
}

// ListLaterChanges asks what came and went after the freeze.
type ListLaterChanges struct {
	ReviewPath
	Offset int    `query:"offset" minimum:"0" default:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
	Op     string `query:"op" enum:"joined,departed"`
}

// LaterChange is a grant that came or went after the freeze.
type LaterChange struct {
	Op      string `json:"op" enum:"joined,departed"`
	Subject Ref    `json:"subject"`
	Login   string `json:"login"`
	Basis   string `json:"basis" enum:"direct,group,effective,unresolved"`
	Group   Ref    `json:"group"`
	Item    int64  `json:"item,omitempty" doc:"Of a departure."`
	At      string `json:"at" format:"date-time" doc:"When it was observed."`
	Run     string `json:"run,omitempty"`
	Path    []Ref  `json:"path"`
}

// personID reads the id of somebody who acts in a review.
func personID(id, field string) (iam.ID, error) {
	n, err := iam.ParseID(id)
	if err != nil {
		return 0, iam.Errorf(iam.Invalid, "There is no person with the id %q.", id).In(field).Fix("Choose a person who has an account.")
	}
	return n, nil
}

func (s *server) decideItems(ctx context.Context, in *Decide) (*body[Decided], error) {
	b := in.Body
	v := review.Verdict{Campaign: in.ID, Verdict: iam.Verdict(b.Verdict), Reason: b.Reason}
	for _, i := range b.Items {
		v.Items = append(v.Items, review.Seen(i))
	}
	if b.Until != "" {
		until, err := time.Parse(time.RFC3339, b.Until)
		if err != nil {
			return nil, iam.Errorf(iam.Invalid, "%q is no time.", b.Until).In("until").Fix("Write it such as 2026-06-30T00:00:00Z.")
		}
		v.Until = until.UnixMicro()
	}
	if _, err := s.campaign(ctx, in.ID); err != nil {
		return nil, err
	}
	var err error
	if v.By, err = personID(b.DecidedBy, "decidedBy"); err != nil {
		return nil, err
	}
	d, err := review.Decide(ctx, s.store, v)
	if err != nil {
		return nil, err
	}
	decided, err := view(context.WithoutCancel(ctx), s, func(r *store.Reader) (Decided, error) {
		out := Decided{Recorded: []ReviewItem{}, NotRecorded: []NotRecorded{}, Event: int64(d.Seq)}
		c, err := r.Campaign(ctx, in.ID)
		if err != nil {
			return out, err
		}
		numbers := slices.Clone(d.Recorded)
		for _, n := range d.NotRecorded {
			numbers = append(numbers, n.Item)
		}
		named, err := itemsByNumber(ctx, r, c, numbers)
		if err != nil {
			return out, err
		}
		for _, n := range d.Recorded {
			out.Recorded = append(out.Recorded, named[n])
		}
		for _, n := range d.NotRecorded {
			item, there := named[n.Item]
			if !there {
				item = ReviewItem{Item: n.Item, Path: []Ref{}}
			}
			out.NotRecorded = append(out.NotRecorded, NotRecorded{Item: item, Why: n.Why, Text: n.Text})
		}
		out.Arithmetic, err = s.arithmetic(ctx, r, c)
		return out, err
	})
	if err != nil {
		return nil, iam.Errorf(iam.Internal, "%d decisions are recorded by event %d, but they could not be read back.", len(d.Recorded), d.Seq).Fix("Load the campaign again.").By(err)
	}
	return decided, nil
}

// campaign finds a campaign, or fails with NotFound, before anything else that
// may be wrong with a request is told.
func (s *server) campaign(ctx context.Context, uuid string) (c store.Campaign, err error) {
	err = s.store.View(ctx, func(r *store.Reader) error {
		c, err = r.Campaign(ctx, uuid)
		return err
	})
	return c, err
}

// itemsByNumber are items of a campaign as they are now.
func itemsByNumber(ctx context.Context, r *store.Reader, c store.Campaign, numbers []int64) (map[int64]ReviewItem, error) {
	listed, err := r.ItemsByOrd(ctx, c, numbers)
	if err != nil {
		return nil, err
	}
	items, err := reviewItems(listed)
	out := make(map[int64]ReviewItem, len(items))
	for _, i := range items {
		out[i.Item] = i
	}
	return out, err
}

func (s *server) assignItems(ctx context.Context, in *AssignItems) (*body[ItemsAssigned], error) {
	b := in.Body
	if _, err := s.campaign(ctx, in.ID); err != nil {
		return nil, err
	}
	a := review.Reassignment{Campaign: in.ID, Items: b.Items, All: b.From != "", Reason: b.Reason}
	var err error
	if a.All && b.From != nobodyID {
		if a.From, err = personID(b.From, "from"); err != nil {
			return nil, err
		}
	}
	if a.To, err = personID(b.To, "to"); err != nil {
		return nil, err
	}
	done, err := review.Assign(ctx, s.store, a)
	return answer(ItemsAssigned{Assigned: done.Assigned, Refused: done.Refused, Event: int64(done.Seq)}, err)
}

func (s *server) closeReview(ctx context.Context, in *CloseReview) (*body[CampaignDetail], error) {
	if _, err := s.campaign(ctx, in.ID); err != nil {
		return nil, err
	}
	signer, err := personID(in.Body.Signer, "signer")
	if err != nil {
		return nil, err
	}
	if err := review.Close(ctx, s.store, review.SignOff{Campaign: in.ID, Signer: signer, Statement: in.Body.Statement, Reason: in.Body.Reason}); err != nil {
		return nil, err
	}
	return s.readBack(ctx, in.ID, "closed")
}

// removalCounts fills what became of the revoked items into a campaign's
// arithmetic.
func (s *server) removalCounts(ctx context.Context, r *store.Reader, c store.Campaign, a *Arithmetic) error {
	n, err := s.reviews.RemovalCounts(ctx, r, c)
	a.Removed, a.AlreadyGone, a.Open = n[review.Removed], n[review.AlreadyGone], n[review.Waiting]+n[review.StillThere]+n[review.Unproven]
	return err
}

func (s *server) listRemovals(ctx context.Context, in *ListRemovals) (*body[Page[Removal]], error) {
	return view(ctx, s, func(r *store.Reader) (Page[Removal], error) {
		c, err := r.Campaign(ctx, in.ID)
		if err != nil {
			return Page[Removal]{}, err
		}
		found, total, err := s.reviews.Removals(ctx, r, c, in.State, in.Offset, in.Limit)
		if err != nil {
			return Page[Removal]{}, err
		}
		out, err := removalsOf(ctx, r, c, found)
		return page(out, exactly(int64(total))), err
	})
}

// removalOf is the removal of one item, nil if it is not revoked.
func removalOf(ctx context.Context, r *store.Reader, c store.Campaign, item int64) (*Removal, error) {
	found, err := review.RemovalOf(ctx, r, c, item)
	if err != nil || found == nil {
		return nil, err
	}
	out, err := removalsOf(ctx, r, c, []review.Removal{*found})
	if err != nil {
		return nil, err
	}
	return &out[0], nil
}

func removalsOf(ctx context.Context, r *store.Reader, c store.Campaign, found []review.Removal) ([]Removal, error) {
	numbers := make([]int64, len(found))
	var mentioned []iam.ID
	for k, x := range found {
		numbers[k] = x.Item
		mentioned = append(mentioned, x.Edge.Member, x.Edge.Group)
	}
	items, err := itemsByNumber(ctx, r, c, numbers)
	if err != nil {
		return nil, err
	}
	b, err := newBook(ctx, r, mentioned)
	if err != nil {
		return nil, err
	}
	out := make([]Removal, len(found))
	for k, x := range found {
		v := Removal{Item: items[x.Item], State: x.State, Text: x.Text, DecidedAt: stamp(x.At), Reason: x.Reason}
		if x.Run.ID != 0 {
			v.Run, v.At = x.Run.ID.String(), stamp(x.Run.EndedAt)
		}
		switch here := x.State == review.StillThere || x.State == review.Waiting; {
		case here && x.Subject == 0:
			v.Edge = &Edge{Member: v.Item.Subject, Group: v.Item.Group}
		case here && x.Edge != (access.Edge{}):
			v.Edge = &Edge{Member: b.ref(x.Edge.Member), Group: b.ref(x.Edge.Group), Others: x.Others}
		}
		out[k] = v
	}
	return out, nil
}

func (s *server) listLaterChanges(ctx context.Context, in *ListLaterChanges) (*body[Page[LaterChange]], error) {
	return view(ctx, s, func(r *store.Reader) (Page[LaterChange], error) {
		c, err := r.Campaign(ctx, in.ID)
		if err != nil {
			return Page[LaterChange]{}, err
		}
		all, err := s.reviews.LaterChanges(ctx, r, c)
		if err != nil {
			return Page[LaterChange]{}, err
		}
		var fit []review.LaterChange
		for _, x := range all {
			if in.Op == "" || in.Op == opOf(x) {
				fit = append(fit, x)
			}
		}
		total := len(fit)
		out, err := laterChanges(ctx, r, part(fit, in.Offset, in.Limit))
		return page(out, exactly(int64(total))), err
	})
}

func opOf(c review.LaterChange) string {
	if c.Joined {
		return "joined"
	}
	return "departed"
}

func laterChanges(ctx context.Context, r *store.Reader, found []review.LaterChange) ([]LaterChange, error) {
	var mentioned []iam.ID
	for _, x := range found {
		mentioned = append(append(mentioned, x.Subject, x.Group), x.Path...)
	}
	b, err := newBook(ctx, r, mentioned)
	out := make([]LaterChange, len(found))
	for k, x := range found {
		v := LaterChange{Op: opOf(x), Basis: string(x.Basis), Group: b.ref(x.Group), Item: x.Item, At: stamp(x.At), Path: b.refs(x.Path), Login: b.names[x.Subject].Login}
		if v.Subject = b.ref(x.Subject); x.Subject == 0 {
			v.Subject = Ref{Kind: "account", Name: x.Value}
		}
		if x.Run != 0 {
			v.Run = x.Run.String()
		}
		out[k] = v
	}
	return out, err
}
