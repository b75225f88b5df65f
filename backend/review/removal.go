package review

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// The states of a revoked grant, by what later reads say of it.
const (
	Waiting     = "waiting"     // no read has begun since the decision
	Removed     = "removed"     // a read that began after the decision proves that it is gone
	AlreadyGone = "alreadyGone" // a read that began before the decision proves it
	StillThere  = "stillThere"  // a read that began after the decision returns it
	Unproven    = "unproven"    // it is out of sight, but no read proves that it is gone
)

// Removal is what later reads say of a revoked grant.
type Removal struct {
	store.Revoked
	State string
	Text  string
	Run   iam.Run // that says so; without an id: none
	Path  []iam.ID
	// Edge is the membership whose removal would end it, Others how many other
	// accounts would lose the group with it; zero if no single one does.
	Edge   access.Edge
	Others int64
}

// tracker tells how removals stand.
type tracker struct {
	*history   // nil: no membership came or went since the freeze
	runs       map[iam.Seq]iam.Run
	newest     map[iam.ID]iam.Run             // of each source
	unresolved map[grant]store.UnresolvedSpan // the newest of each
	returned   map[iam.ID][]store.Span        // groups with unresolved items
	gained     map[iam.ID]map[iam.Seq]bool    // when groups gained members
	gainedNew  map[iam.ID]map[iam.Seq]bool    // who were new or changed themselves
}

func newTracker(ctx context.Context, r *store.Reader, c store.Campaign, items []store.Revoked) (*tracker, error) {
	t := &tracker{newest: map[iam.ID]iam.Run{}, unresolved: map[grant]store.UnresolvedSpan{}}
	var members, groups, listed []iam.ID
	for _, i := range items {
		if i.Subject == 0 {
			listed = append(listed, i.Entitlement)
		} else {
			members, groups = append(members, i.Subject), append(groups, i.Entitlement)
		}
	}
	moved, err := r.Moved(ctx, c.Seq, now)
	if err != nil {
		return nil, err
	}
	if t.runs, err = r.Applied(ctx); err != nil {
		return nil, err
	}
	for _, run := range t.runs {
		if run.Seq > t.newest[run.SourceID].Seq {
			t.newest[run.SourceID] = run
		}
	}
	if !moved {
		return t, nil
	}
	if t.history, err = newHistory(ctx, r, c.Seq, unique(members), unique(groups)); err != nil {
		return nil, err
	}
	if len(listed) == 0 {
		return t, nil
	}
	spans, err := r.UnresolvedSpans(ctx, c.Seq, unique(listed))
	if err != nil {
		return nil, err
	}
	for _, u := range spans {
		t.unresolved[grant{group: u.Group, value: u.Value}] = u
	}
	if t.returned, err = r.Returned(ctx, unique(listed)); err != nil {
		return nil, err
	}
	if t.gained, err = r.Gained(ctx, store.GainedMembers, c.Seq); err != nil {
		return nil, err
	}
	t.gainedNew, err = r.Gained(ctx, store.GainedNew, c.Seq)
	return t, err
}

// stand finds the state of a revoked grant and the run that says so.
func (t *tracker) stand(i store.Revoked) Removal {
	x := Removal{Revoked: i}
	there, doubt, gone := t.whereabouts(i)
	newest, proof := t.newest[i.Source], t.runs[gone]
	if proof.State == iam.Released && newest.Seq > gone && newest.State != iam.Released {
		proof = newest // which did not return it either
	}
	switch {
	case there && newest.StartedAt >= i.At && newest.Seq > i.Seq:
		x.State, x.Run = StillThere, newest
	case there:
		x.State = Waiting
	case doubt || gone == 0 || proof.State == iam.Released:
		x.State, x.Run = Unproven, proof
	case proof.Seq > i.Seq && proof.StartedAt >= i.At:
		x.State, x.Run = Removed, proof
	default:
		x.State, x.Run = AlreadyGone, proof
	}
	return x
}

// whereabouts says whether a grant is returned now; if not, whether it is in
// doubt that it is gone, and since which Write that or its absence is so.
func (t *tracker) whereabouts(i store.Revoked) (there, doubt bool, gone iam.Seq) {
	if t.history == nil {
		return true, false, 0
	}
	if i.Subject == 0 {
		return t.listed(i)
	}
	if t.in(i.Subject, i.Entitlement, now, false) {
		return true, false, 0
	}
	doubt = t.in(i.Subject, i.Entitlement, now, true)
	return false, doubt, t.left(i.Subject, i.Entitlement, now, !doubt)
}

// listed is whereabouts of an unresolved member. One that is not listed any more
// may have become a member that is known: an account or group that is new or
// changed, or, if it was ambiguous, any.
func (t *tracker) listed(i store.Revoked) (there, doubt bool, gone iam.Seq) {
	u, known := t.unresolved[grant{group: i.Entitlement, value: i.Name}]
	if !known {
		return false, true, 0
	}
	gained := t.gainedNew
	if u.Why == iam.Ambiguous {
		gained = t.gained
	}
	return u.Until == iam.Open, !covers(t.returned[i.Entitlement], u.Until) || gained[i.Entitlement][u.Until], u.Until
}

// RemovalCounts counts the revoked grants of a campaign by state.
func RemovalCounts(ctx context.Context, r *store.Reader, c store.Campaign) (map[string]int64, error) {
	all, err := standings(ctx, r, c, 0)
	return countStates(all), err
}

func countStates(all []Removal) map[string]int64 {
	out := map[string]int64{Waiting: 0, Removed: 0, AlreadyGone: 0, StillThere: 0, Unproven: 0}
	for _, x := range all {
		out[x.State]++
	}
	return out
}

func standings(ctx context.Context, r *store.Reader, c store.Campaign, item int64) ([]Removal, error) {
	items, err := r.Revoked(ctx, c.ID, item)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	t, err := newTracker(ctx, r, c, items)
	if err != nil {
		return nil, err
	}
	out := make([]Removal, len(items))
	for k, i := range items {
		out[k] = t.stand(i)
	}
	return out, nil
}

// Removals lists the revoked grants of a campaign in one state, or in all if it
// is empty, by number, and says how many there are.
func Removals(ctx context.Context, r *store.Reader, c store.Campaign, state string, skip, most int) ([]Removal, int, error) {
	all, err := standings(ctx, r, c, 0)
	if err != nil {
		return nil, 0, err
	}
	return pageOf(ctx, r, all, state, skip, most)
}

// pageOf puts some of the removals into words.
func pageOf(ctx context.Context, r *store.Reader, all []Removal, state string, skip, most int) ([]Removal, int, error) {
	var in []Removal
	for _, x := range all {
		if state == "" || x.State == state {
			in = append(in, x)
		}
	}
	total := len(in)
	in = in[min(skip, total):]
	in = in[:min(most, len(in))]
	return in, total, explain(ctx, r, in)
}

// RemovalOf is the removal of one item, nil if it is not revoked.
func RemovalOf(ctx context.Context, r *store.Reader, c store.Campaign, item int64) (*Removal, error) {
	all, err := standings(ctx, r, c, item)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], explain(ctx, r, all)
}

// explain puts into words how removals stand.
func explain(ctx context.Context, r *store.Reader, all []Removal) error {
	var groups []iam.ID
	for _, x := range all {
		if x.Subject != 0 && (x.State == StillThere || x.State == Waiting) {
			groups = append(groups, x.Entitlement)
		}
	}
	cuts, err := cutsOf(ctx, r, unique(groups))
	if err != nil {
		return err
	}
	var mentioned []iam.ID
	for k := range all {
		x := &all[k]
		if c := cuts[x.Entitlement]; c != nil && x.Subject != 0 && (x.State == StillThere || x.State == Waiting) {
			how, _ := c.Of(x.Subject)
			x.Path, x.Edge, x.Others = how.Path, how.Edge, how.Others
		}
		mentioned = append(append(mentioned, x.Path...), x.Subject, x.Entitlement, x.Edge.Member, x.Edge.Group)
	}
	names, err := r.Names(ctx, unique(mentioned))
	if err != nil {
		return err
	}
	returned, err := r.Returned(ctx, unique(mentioned))
	for k := range all {
		all[k].Text = all[k].words(names, returned)
	}
	return err
}

// cutsOf looks at each group as it is now.
func cutsOf(ctx context.Context, r *store.Reader, groups []iam.ID) (map[iam.ID]*access.Cuts, error) {
	out := map[iam.ID]*access.Cuts{}
	if len(groups) == 0 {
		return out, nil
	}
	nested, err := r.Below(ctx, true, groups...)
	if err != nil {
		return nil, err
	}
	edges, err := r.Below(ctx, false, groups...)
	if err != nil {
		return nil, err
	}
	isGroup := map[iam.ID]bool{}
	for _, id := range groups {
		isGroup[id] = true
	}
	for _, e := range nested {
		isGroup[e.Member] = true
	}
	g := access.New(edges)
	for _, id := range groups {
		out[id] = g.Cuts(id, func(id iam.ID) bool { return !isGroup[id] })
	}
	return out, nil
}

// words say how a removal stands.
func (x Removal) words(names map[iam.ID]store.Named, returned map[iam.ID][]store.Span) string {
	by := fmt.Sprintf("run %s, %s", x.Run.ID, moment(x.Run.EndedAt))
	switch x.State {
	case Removed:
		return "removed and proven by " + by
	case AlreadyGone:
		if x.Run.Seq > x.Seq {
			return "gone by " + by + ", which began before the decision"
		}
		return "already gone by " + by + ", before the decision"
	case Waiting:
		return "not read since the decision"
	case Unproven:
		return x.doubts(returned, by)
	case StillThere:
		return x.stays(names, by)
	}
	return ""
}

// doubts say why it is not proven that a grant is gone.
func (x Removal) doubts(returned map[iam.ID][]store.Span, by string) string {
	why := "a group on the way is not returned any more"
	switch {
	case x.Run.State == iam.Released:
		why = "that reading was held as doubtful and let through by hand; the next complete read proves it"
	case !covers(returned[x.Entitlement], now):
		why = fmt.Sprintf("the group %s is not returned any more", x.Group)
	case x.Subject == 0:
		why = fmt.Sprintf("%s gained members in the same read, and it may be one of them", x.Group)
	case !covers(returned[x.Subject], now):
		why = fmt.Sprintf("%s is not returned any more, and in the same read the group gained a member that cannot be told", x.Name)
	}
	if x.Run.ID != 0 {
		why += " (" + by + ")"
	}
	return "not seen, but nothing proves its removal: " + why
}

// stays say by what a grant still holds.
func (x Removal) stays(names map[iam.ID]store.Named, by string) string {
	if x.Subject == 0 {
		return "still listed in the group by " + by
	}
	direct := len(x.Path) == 1
	if direct {
		return "still a direct member by " + by
	}
	steps := make([]string, len(x.Path))
	for k, id := range x.Path {
		steps[k] = names[id].Name
	}
	text := fmt.Sprintf("still in by %s (%s)", strings.Join(steps, " › "), by)
	if x.Basis != iam.EffectiveOnly {
		text = "no direct member any more, but " + text
	}
	if x.Edge != (access.Edge{}) {
		return text + fmt.Sprintf("; %s in %s still gives it", names[x.Edge.Member].Name, names[x.Edge.Group].Name)
	}
	return text + "; no single membership gives it"
}

func unique(ids []iam.ID) []iam.ID {
	seen := make(map[iam.ID]bool, len(ids))
	out := make([]iam.ID, 0, len(ids))
	for _, id := range ids {
		if id != 0 && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}
