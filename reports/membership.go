package reports

import (
	"context"
	"fmt"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

// reviewDays is how long a review's decision speaks for a privileged membership.
const reviewDays = 180

var membershipReport = Definition{
	Name: "effective-membership", Title: "Effective group membership",
	Question: "Who is in which group, directly or through other groups, and by which path?",
	Test: fmt.Sprintf("Membership of a privileged group was kept by a review, or by an exception that has not run out, in the last %d days. Other groups are not applicable. "+
		"Where the source is not completely covered, the test cannot conclude. Rights inside systems are not read: this is group membership, not effective access.", reviewDays),
	Controls: []string{
		"PCI DSS 7.2.4: access is reviewed at least every six months, and management acknowledges it. The data shows decisions; the acknowledgement is the campaign's sign-off.",
		"ISO/IEC 27001 A.5.18: access rights are reviewed at planned intervals and removed when they are not needed.",
		"ISO/IEC 27001 A.8.2: privileged rights are restricted and managed. The data shows every path that leads to them.",
		"NIST SP 800-53 AC-6 (7): privileges are reviewed at a set interval.",
		"SOC 2 CC6.3: access is given, changed and removed by role and least privilege.",
	},
	Tables: []Table{{Name: "memberships", Title: "Memberships", Columns: []Column{
		text("source", "Source"), linked("login", "Login", "account", "accountId"), text("member", "Member"), text("sort", "Sort"),
		linked("identity", "Identity", "identity", "identityId"), text("enabled", "Enabled"), linked("group", "Group", "group", "groupId"), text("privileged", "Privileged"),
		text("direct", "Direct"), count("steps", "Steps"), text("path", "Shortest path"), count("paths", "Paths"), at("observedSince", "Observed since"),
		text("unresolved", "Unresolved"), outcome("outcome", fmt.Sprintf("Reviewed in %d days", reviewDays)), text("why", "Why"),
		text("review", "Review"), text("verdict", "Decided"), at("decidedAt", "Decided at"),
		ident("accountId", "Account id"), ident("identityId", "Identity id"), ident("groupId", "Group id"), text("memberDn", "Member's DN"), text("groupDn", "Group's DN"),
	}}},
	open: openMembership,
}

// memberships counts what the sums need.
type memberships struct{ direct, nested, unresolved int64 }

func openMembership(ctx context.Context, x *extract) (content, error) {
	reviews, err := x.r.LastReviewsAt(ctx, x.span.seq)
	if err != nil {
		return content{}, err
	}
	found := map[iam.ID]memberships{}
	return content{
		rows: []produce{func(ctx context.Context, put func([]sheet.Value) error) error {
			clear(found)
			for _, s := range x.sources {
				b := &memberRows{extract: x, source: s, reviews: reviews, put: put}
				err := b.write(ctx)
				if found[s.ID] = b.memberships; err != nil {
					return err
				}
			}
			return nil
		}},
		sums: func(ctx context.Context, _ []sheet.Written) ([]Sum, error) {
			var out []Sum
			for _, s := range x.sources {
				c, err := x.r.CountsAt(ctx, s.ID, x.span.seq)
				if err != nil {
					return nil, err
				}
				m := found[s.ID]
				out = append(out, Sum{fmt.Sprintf("direct rows of accounts + %d groups in groups of %s = memberships of %s then", m.nested, s.Name, s.Name), m.direct + m.nested, c.Memberships},
					Sum{"direct unresolved rows of " + s.Name + " = unresolved members of " + s.Name + " then", m.unresolved, c.Unresolved})
			}
			return out, nil
		},
		notes: []Fact{{Name: "Not read", Text: "Rights inside systems, access lists and local groups. Membership is not access."}},
	}, nil
}

// memberRows writes the rows of one source.
type memberRows struct {
	*extract
	memberships
	source  source
	reviews map[store.ReviewedGrant]store.LastReview
	put     func([]sheet.Value) error
	nest    *nest
	times   map[iam.Seq]int64
	row     []sheet.Value
}

func (b *memberRows) write(ctx context.Context) (err error) {
	if b.nest, err = b.nesting(ctx, b.source); err != nil {
		return err
	}
	b.nested = int64(len(b.nest.edges))
	held, err := b.holdings(ctx, b.source)
	if err != nil {
		return err
	}
	loose, err := b.r.UnresolvedIn(ctx, b.source.ID, b.span.seq)
	if err != nil {
		return err
	}
	if err := b.timesOf(ctx, held, loose); err != nil {
		return err
	}
	for a, err := range b.r.AccountsAt(ctx, b.source.ID, b.span.seq) {
		if err != nil {
			return err
		}
		direct := held.of(a.ID)
		b.direct += int64(len(direct))
		for _, to := range b.nest.of(direct) {
			if err := b.account(a, to); err != nil {
				return err
			}
		}
	}
	for _, u := range loose {
		b.unresolved++
		for _, to := range b.nest.of([]access.Edge{{Group: u.Group, Since: u.Since}}) {
			if err := b.loose(u, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// timesOf finds the times of all Writes that the rows will name.
func (b *memberRows) timesOf(ctx context.Context, held holdings, loose []store.UnresolvedAt) (err error) {
	seen := map[iam.Seq]bool{}
	for _, list := range [][]access.Edge{held, b.nest.edges} {
		for _, e := range list {
			seen[e.Since] = true
		}
	}
	for _, u := range loose {
		seen[u.Since] = true
	}
	seqs := make([]iam.Seq, 0, len(seen))
	for seq := range seen {
		seqs = append(seqs, seq)
	}
	b.times, err = b.r.SeqTimes(ctx, seqs)
	return err
}

func (b *memberRows) account(a store.AccountAt, to reached) error {
	b.row = append(b.row[:0],
		sheet.TextOf(b.source.Name), sheet.TextOf(a.Login), sheet.TextOf(a.Name), sheet.TextOf(string(a.Sort)), identityName(a), triOf(a.Enabled))
	b.group(to, "", store.ReviewedGrant{Group: to.to, Subject: a.ID})
	b.row = append(b.row, idOf(a.ID), idOf(a.IdentityID), idOf(to.to), sheet.TextOf(a.DN), sheet.TextOf(b.nest.groups[to.to].DN))
	return b.put(b.row)
}

func (b *memberRows) loose(u store.UnresolvedAt, to reached) error {
	b.row = append(b.row[:0],
		sheet.TextOf(b.source.Name), sheet.TextOf(""), sheet.TextOf(u.Value), sheet.WordOf("unresolved"), sheet.WordOf("unknown"), sheet.WordOf("unknown"))
	b.group(to, unresolvedWords[u.Reason], store.ReviewedGrant{Group: to.to, Value: u.Value})
	b.row = append(b.row, idOf(0), idOf(0), idOf(to.to), sheet.TextOf(""), sheet.TextOf(b.nest.groups[to.to].DN))
	return b.put(b.row)
}

// group adds the cells about the group and its review.
func (b *memberRows) group(to reached, unresolved string, grant store.ReviewedGrant) {
	g := b.nest.groups[to.to]
	paths := sheet.NumberOf(int64(to.paths))
	if to.paths > access.MostPaths {
		paths = sheet.WordOf(fmt.Sprintf("more than %d", access.MostPaths))
	}
	result, why := b.reviewed(g, grant)
	b.row = append(b.row, sheet.TextOf(g.Name), yesNo(g.Privileged), yesNo(to.steps == 1), sheet.NumberOf(int64(to.steps)), sheet.TextOf(b.nest.words(to.way)), paths,
		sheet.TimeOf(b.times[to.since]), sheet.TextOf(unresolved), sheet.OutcomeOf(result), sheet.TextOf(why))
	if last, ok := b.reviews[grant]; ok {
		campaign := last.Campaign
		if !last.Closed {
			campaign += " (open)"
		}
		b.row = append(b.row, sheet.TextOf(campaign), sheet.TextOf(string(last.Verdict)), sheet.TimeOf(last.At))
	} else {
		b.row = append(b.row, sheet.WordOf("none"), sheet.WordOf("none"), sheet.WordOf("never"))
	}
}

// reviewed is the test of a membership, and why it came out as it did.
func (b *memberRows) reviewed(g store.GroupAt, grant store.ReviewedGrant) (sheet.Result, string) {
	if !g.Privileged {
		return sheet.NotApplicable, ""
	}
	if b.source.coverage != complete {
		return sheet.CannotConclude, "the source is not covered: " + b.source.note
	}
	last, ok := b.reviews[grant]
	days := (b.span.at - last.At) / day
	switch {
	case !ok:
		return sheet.Fail, "no review has decided it: put the group into a review"
	case last.Verdict == iam.Revoke || last.Verdict == iam.Modify:
		return sheet.Fail, "the last review decided " + string(last.Verdict) + ", and it is still there: remove it"
	case days > reviewDays:
		return sheet.Fail, fmt.Sprintf("last decided %d days ago: put the group into a review", days)
	case last.Verdict == iam.Exception && last.Until <= b.span.at:
		return sheet.Fail, "the exception ran out at " + clock(last.Until) + " UTC: remove it, or decide again"
	}
	return sheet.Pass, ""
}

var unresolvedWords = map[iam.Unresolved]string{
	iam.Dangling: "no such entry was returned", iam.OutsideScope: "lies outside the base", iam.Ambiguous: "fits more than one entry",
	iam.Malformed: "is no reference", iam.SkippedEntry: "the entry could not be used",
}
