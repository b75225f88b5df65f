package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Verdict asks to record one verdict for one or many items of a campaign.
type Verdict struct {
	Campaign string // its UUID
	Items    []Seen
	Verdict  iam.Verdict // Undecided withdraws
	Until    int64       // of an exception; 0: not told
	Reason   string
	By       iam.ID // the identity that decides
}

// Seen is an item with the number of the newest decision its reviewer saw.
type Seen struct{ Item, Decision int64 }

// Decided is what came of a Verdict.
type Decided struct {
	Recorded    []int64
	NotRecorded []store.NotRecorded
	Seq         iam.Seq
}

// Why a decision is not recorded.
const (
	Race       = "race"       // another was faster
	SelfReview = "selfReview" // the item is about the reviewer's own account
	Unknown    = "unknown"    // there is no such item in scope
	Closed     = "closed"     // the campaign is over, for all items
)

// Decide records a verdict for all items that still stand as their reviewer saw
// them and are not about an account of hers. What is not recorded is told in
// the audit log, for both reviewers. If nothing is recorded it fails, with
// Conflict for a race and Denied for a self-review.
func Decide(ctx context.Context, s *store.Store, v Verdict) (Decided, error) {
	v.Reason = strings.TrimSpace(v.Reason)
	if err := v.check(); err != nil {
		return Decided{}, err
	}
	var out Decided
	var c store.Campaign
	d := store.Decision{Verdict: v.Verdict, Until: v.Until, Reason: v.Reason, DecidedBy: v.By}
	seq, err := s.Write(ctx, "review.decide", func(t *store.Tx) (err error) {
		if c, err = t.Campaign(ctx, v.Campaign); err != nil {
			return err
		}
		if v.Verdict == iam.Exception && v.Until <= t.Now {
			return iam.Errorf(iam.Invalid, "The exception would have ended already.").In("until").Fix("Name a date in the future.")
		}
		if d.DecidedName, err = nameOf(ctx, &t.Reader, v.By, "decidedBy"); err != nil {
			return err
		}
		record, not, err := v.sort(ctx, &t.Reader, c)
		if err != nil {
			return err
		}
		out.NotRecorded = not
		for _, i := range record {
			out.Recorded = append(out.Recorded, i.Item)
		}
		return t.Decide(ctx, c, d, record, not)
	})
	if err != nil {
		return Decided{}, err
	}
	out.Seq = seq
	if len(out.Recorded) == 0 {
		return out, refused(c, out.NotRecorded)
	}
	return out, nil
}

// check holds a verdict to the rules that need no campaign.
func (v Verdict) check() error {
	switch v.Verdict {
	case iam.Revoke, iam.Modify, iam.Exception, iam.Defer:
		if !says(v.Reason) {
			return iam.Errorf(iam.Invalid, "The verdict %s needs a reason.", verdictWord(v.Verdict)).In("reason").Fix("Say why, in three letters or more.")
		}
	case iam.Keep, iam.DontKnow, iam.Undecided:
	default:
		return iam.Errorf(iam.Invalid, "%q is no verdict.", v.Verdict).In("verdict").Fix("Decide keep, revoke, modify, exception, defer or dontKnow.")
	}
	switch {
	case v.Verdict != iam.Exception && v.Until != 0:
		return iam.Errorf(iam.Invalid, "Only an exception ends on a date.").In("until").Fix("Leave the date out, or decide on an exception.")
	case v.Verdict == iam.Exception && v.Until == 0:
		return iam.Errorf(iam.Invalid, "An exception needs the date on which it ends.").In("until").Fix("Name a date in the future.")
	}
	seen := map[int64]bool{}
	for _, i := range v.Items {
		if seen[i.Item] {
			return iam.Errorf(iam.Invalid, "Item %d is named twice.", i.Item).In("items").Fix("Name each item once.")
		}
		seen[i.Item] = true
	}
	return nil
}

// says whether a text says anything: three letters or digits at least.
func says(text string) bool {
	n := 0
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n >= 3
}

func verdictWord(v iam.Verdict) string {
	if v == iam.DontKnow {
		return "don't know"
	}
	return string(v)
}

// sort tells the items whose decision can be recorded from those whose cannot.
func (v Verdict) sort(ctx context.Context, r *store.Reader, c store.Campaign) (record []store.ItemStanding, not []store.NotRecorded, err error) {
	numbers := make([]int64, len(v.Items))
	for k, i := range v.Items {
		numbers[k] = i.Item
	}
	standing, err := r.ItemStandings(ctx, c.ID, numbers)
	if err != nil {
		return nil, nil, err
	}
	for _, seen := range v.Items {
		i, there := standing[seen.Item]
		refuse := func(why, format string, args ...any) {
			not = append(not, store.NotRecorded{Item: seen.Item, Why: why, Text: fmt.Sprintf(format, args...)})
		}
		switch {
		case !there:
			refuse(Unknown, "There is no item %d in this campaign.", seen.Item)
		case i.Excluded:
			refuse(Unknown, "Item %d was left out of this campaign when it was frozen, so it is not decided.", seen.Item)
		case c.ClosedSeq != 0:
			refuse(Closed, "%s", closedText(c))
		case i.About(v.By):
			refuse(SelfReview, "%s in %s is about an account of the reviewer's own: another must decide it.", i.Subject, i.Group)
		case i.Decision != seen.Decision:
			refuse(Race, "%s; yours was not recorded. Look again and decide anew.", lastDecision(i, r.Now))
		case v.Verdict == iam.Undecided && i.Verdict == iam.Undecided:
			return nil, nil, iam.Errorf(iam.Invalid, "Item %d is undecided: there is no decision to withdraw.", seen.Item).In("verdict").Fix("Leave it as it is.")
		default:
			record = append(record, i)
		}
	}
	return record, not, nil
}

// lastDecision says who decided an item last, what and when.
func lastDecision(i store.ItemStanding, now int64) string {
	at := time.UnixMicro(i.DecidedAt).UTC()
	when := at.Format("at 15:04:05 UTC")
	if today := time.UnixMicro(now).UTC(); at.YearDay() != today.YearDay() || at.Year() != today.Year() {
		when = at.Format("on 2 Jan 2006 at 15:04:05 UTC")
	}
	switch {
	case i.Decision == 0:
		return "Nobody has decided this item yet"
	case i.Verdict == iam.Undecided:
		return fmt.Sprintf("%s withdrew the decision %s", i.DecidedBy, when)
	}
	return fmt.Sprintf("%s decided %s %s", i.DecidedBy, verdictWord(i.Verdict), when)
}

// refused is the error of a request of which nothing was recorded.
func refused(c store.Campaign, not []store.NotRecorded) error {
	has := func(why string) bool {
		return slices.ContainsFunc(not, func(n store.NotRecorded) bool { return n.Why == why })
	}
	kind, remedy := iam.NotFound, "Name items of this campaign."
	switch {
	case has(Closed):
		return closedError(c)
	case has(Race):
		kind, remedy = iam.Conflict, ""
	case has(SelfReview):
		kind, remedy = iam.Denied, "Let another person decide, or assign the item to another."
	}
	if len(not) == 1 {
		return iam.Errorf(kind, "%s", not[0].Text).In("items").Fix(remedy)
	}
	e := noneRecorded{error: iam.Errorf(kind, "None of the %d decisions was recorded.", len(not)).In("items").Fix(remedy)}
	for _, n := range not {
		e.each = append(e.each, fmt.Sprintf("Item %d: %s", n.Item, n.Text))
	}
	return e
}

// noneRecorded says of each item why its decision was not recorded.
type noneRecorded struct {
	error
	each []string
}

func (e noneRecorded) Unwrap() error        { return e.error }
func (e noneRecorded) Candidates() []string { return e.each }

func closedText(c store.Campaign) string {
	return fmt.Sprintf("This campaign was closed by %s on %s (event %d).", c.Signer.Name, moment(c.ClosedAt), c.ClosedSeq)
}

func closedError(c store.Campaign) error {
	return iam.Errorf(iam.Conflict, "%s", closedText(c)).Fix("A closed campaign stays as it is: create a new one.")
}

func moment(at int64) string { return time.UnixMicro(at).UTC().Format("2 Jan 2006 15:04 UTC") }

// nameOf is the name of an identity that can act in a review. field is where
// the request names it.
func nameOf(ctx context.Context, r *store.Reader, id iam.ID, field string) (string, error) {
	i, _, err := r.Identity(ctx, id)
	if iam.KindOf(err) == iam.NotFound {
		return "", iam.Errorf(iam.Invalid, "There is no person with the id %s, as far as the last read tells.", id).In(field).Fix("Choose a person who has an account.")
	}
	return i.Name, err
}
