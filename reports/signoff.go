package reports

import (
	"fmt"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// The pages in front of the evidence of a review: what it is, who signs, and
// its arithmetic.

func (e *evidence) frontPage() sheet.Page {
	c := e.campaign
	p := sheet.Page{Title: "Review"}
	facts := sheet.Block{Heading: c.Name}
	say := func(label, text string) {
		facts.Lines = append(facts.Lines, sheet.Line{Label: label, Value: sheet.TextOf(text)})
	}
	if e.run.Demo {
		say("DEMO", "Made-up data of the demo company: it is evidence of nothing.")
	}
	say("Campaign", c.UUID)
	say("Scope", e.scope())
	say("Due (UTC)", clock(c.DueAt))
	say("Frozen (UTC)", fmt.Sprintf("%s, audit event %d", clock(c.FrozenAt), c.Seq))
	facts.Lines = append(facts.Lines, sheet.Line{Label: "Frozen SHA-256", Value: sheet.TextOf(c.Digest), Mono: true})
	say("Frozen values", e.untouched())
	say("Complete", e.complete())
	p.Blocks = append(p.Blocks, facts, e.sourceBlock())
	sign := sheet.Block{Heading: "Sign-off", Sign: []string{"Signer"}}
	if c.State == iam.CampaignClosed {
		sign.Sign = []string{c.Signer.Name}
		sign.Lines = append(sign.Lines, sheet.Line{Label: "Signed off by", Value: sheet.TextOf(c.Signer.Name)}, sheet.Line{Label: "Statement", Value: sheet.TextOf(c.Statement)},
			sheet.Line{Label: "Closed (UTC)", Value: sheet.TextOf(fmt.Sprintf("%s, audit event %d", clock(c.ClosedAt), c.ClosedSeq))})
		if c.CloseReason != "" {
			sign.Lines = append(sign.Lines, sheet.Line{Label: "Closed incomplete because", Value: sheet.TextOf(c.CloseReason)})
		}
	} else {
		sign.Text = "The review is open: nobody has signed it off, and decisions can still change."
	}
	return sheet.Page{Title: p.Title, Blocks: append(p.Blocks, sign, sheet.Block{Heading: "Independence", Text: independence})}
}

// sourceBlock says what each source had, and why a source that could not be
// trusted was frozen all the same.
func (e *evidence) sourceBlock() sheet.Block {
	g := &sheet.Grid{Columns: []sheet.Column{
		{Name: "source", Title: "Source"}, {Name: "coverage", Title: "Coverage"}, {Name: "note", Title: "Warning"}, {Name: "observedAt", Title: "Observed at", Kind: sheet.Time},
		{Name: "groups", Title: "Groups in scope", Kind: sheet.Number}, {Name: "direct", Title: "Direct members", Kind: sheet.Number}, {Name: "effective", Title: "By nesting only", Kind: sheet.Number},
	}}
	for _, s := range e.sources {
		g.Rows = append(g.Rows, []sheet.Value{sheet.TextOf(s.Name), sheet.TextOf(s.Coverage), nameOr(s.Note, "none"), timeOr(s.ObservedAt, "not read"),
			sheet.NumberOf(s.GroupsIn), sheet.NumberOf(s.DirectIn), sheet.NumberOf(s.EffectiveIn)})
	}
	b := sheet.Block{Heading: "Sources when it was frozen", Grid: g}
	if e.campaign.SourceReason != "" {
		b.Lines = []sheet.Line{{Label: "Frozen all the same because", Value: sheet.TextOf(e.campaign.SourceReason)}}
	}
	return b
}

func (e *evidence) scope() string {
	s := e.campaign.Scope
	var words []string
	if len(s.Groups) > 0 {
		words = append(words, fmt.Sprintf("%d named groups", len(s.Groups)))
	} else {
		words = append(words, "groups by a filter")
		if s.Privileged {
			words = append(words, "privileged ones only")
		}
		if s.Source != 0 {
			for _, of := range e.sources {
				if of.SourceID == s.Source {
					words = append(words, "of "+of.Name)
				}
			}
		}
		if s.Words != "" {
			words = append(words, "with the words "+s.Words)
		}
	}
	words = append(words, fmt.Sprintf("%d groups in all", len(s.Frozen)))
	if s.Effective {
		return strings.Join(append(words, "direct members and those by nesting"), ", ")
	}
	return strings.Join(append(words, "direct members"), ", ")
}

// untouched says whether the frozen values are what was hashed at the freeze.
func (e *evidence) untouched() string {
	if e.digest == e.campaign.Digest {
		return "hash to the same now"
	}
	return "DO NOT hash to the same now: a frozen value was changed afterwards"
}

func (e *evidence) complete() string {
	v := e.verdicts
	if open := v[iam.Defer] + v[iam.DontKnow] + v[iam.Undecided]; open > 0 {
		return fmt.Sprintf("no: %d deferred, %d not known, %d undecided", v[iam.Defer], v[iam.DontKnow], v[iam.Undecided])
	}
	if e.campaign.State == iam.CampaignOpen {
		return "everything is decided; the review is still open"
	}
	return "yes"
}

// open are revocations that no read proves.
func (e *evidence) open() int64 {
	return e.states["waiting"] + e.states["stillThere"] + e.states["unproven"]
}

// terms are the sums of a review, each term with its count, also when it is 0.
type terms struct {
	whole string
	of    int64
	parts []term
}

type term struct {
	name string
	n    int64
}

func (t terms) sum() (n int64) {
	for _, p := range t.parts {
		n += p.n
	}
	return n
}

func (e *evidence) arithmetic() []terms {
	c, v := e.campaign, e.verdicts
	read := terms{"Read", c.Read, []term{{"in scope", c.InScope}, {"excluded", c.Excluded}}}
	excluded := terms{"Excluded", c.Excluded, nil}
	for _, x := range e.exclusions {
		excluded.parts = append(excluded.parts, term{ruleWords[x.Rule] + ": " + x.Reason, x.Count})
	}
	found := terms{"Read", c.Read, nil}
	for _, s := range e.sources {
		found.parts = append(found.parts, term{s.Name + ": direct members", s.DirectIn}, term{s.Name + ": by nesting only", s.EffectiveIn})
	}
	return []terms{read, found, excluded,
		{"In scope", c.InScope, []term{{"keep", v[iam.Keep]}, {"revoke", v[iam.Revoke]}, {"modify", v[iam.Modify]}, {"exception", v[iam.Exception]},
			{"deferred", v[iam.Defer]}, {"don't know", v[iam.DontKnow]}, {"undecided", v[iam.Undecided]}}},
		{"Revoke", v[iam.Revoke], []term{{"removed and proven", e.states["removed"]}, {"already gone", e.states["alreadyGone"]}, {"open", e.open()}, {"refused", 0}}},
	}
}

func (e *evidence) arithmeticPage() sheet.Page {
	p := sheet.Page{Title: "Arithmetic"}
	for _, t := range e.arithmetic() {
		g := &sheet.Grid{Columns: []sheet.Column{{Name: "term", Title: "Term"}, {Name: "count", Title: "Count", Kind: sheet.Number}, {Name: "closes", Title: "Closes"}}}
		for _, part := range t.parts {
			g.Rows = append(g.Rows, []sheet.Value{sheet.TextOf(part.name), sheet.NumberOf(part.n), sheet.TextOf("")})
		}
		g.Rows = append(g.Rows, []sheet.Value{sheet.TextOf("together"), sheet.NumberOf(t.sum()), sheet.TextOf("")},
			[]sheet.Value{sheet.TextOf(strings.ToLower(t.whole)), sheet.NumberOf(t.of), check(t.sum() == t.of)})
		p.Blocks = append(p.Blocks, sheet.Block{Heading: t.title(), Grid: g})
	}
	joined, departed := e.movements()
	p.Blocks = append(p.Blocks, sheet.Block{Heading: "After the freeze", Text: "Listed on the sheet Later changes, never mixed in.", Lines: []sheet.Line{
		{Label: "Joined", Value: sheet.NumberOf(joined)}, {Label: "Departed", Value: sheet.NumberOf(departed)}}})
	return p
}

func (t terms) title() string {
	var names []string
	for _, p := range t.parts {
		names = append(names, p.name)
	}
	if len(names) == 0 {
		names = []string{"nothing"}
	}
	return t.whole + " = " + strings.Join(names, " + ")
}

func (e *evidence) movements() (joined, departed int64) {
	for _, l := range e.later {
		if l.Joined {
			joined++
		} else {
			departed++
		}
	}
	return joined, departed
}

// sums are the arithmetic, and the sheets held against it.
func (e *evidence) sums(written []sheet.Written) []Sum {
	var out []Sum
	for _, t := range e.arithmetic() {
		out = append(out, Sum{strings.ToLower(t.title()), t.of, t.sum()})
	}
	joined, departed := e.movements()
	return append(out, Sum{"rows of Items = in scope", written[0].Rows, e.campaign.InScope}, Sum{"rows of Exclusions = excluded", written[2].Rows, e.campaign.Excluded},
		Sum{"rows of Removals = revoke", written[3].Rows, e.verdicts[iam.Revoke]}, Sum{"rows of Later changes = joined + departed", written[4].Rows, joined + departed})
}

var (
	verdictWords = map[iam.Verdict]string{
		iam.Undecided: "undecided", iam.Keep: "keep", iam.Revoke: "revoke", iam.Modify: "modify", iam.Exception: "exception", iam.Defer: "deferred", iam.DontKnow: "don't know",
	}
	basisWords = map[iam.Basis]string{
		iam.DirectGrant: "direct", iam.NestedGroup: "group in the group", iam.EffectiveOnly: "by nesting only", iam.UnresolvedGrant: "unresolved",
	}
	removalWords = map[string]string{
		"waiting": "waiting for a read", "removed": "removed and proven", "alreadyGone": "already gone", "stillThere": "still there", "unproven": "not proven gone",
	}
	logWords  = map[string]string{"decision": "decided", "assignment": "assigned", "refused": "refused"}
	ruleWords = map[string]string{
		"serviceAccounts": "service accounts", "sharedAccounts": "shared accounts", "disabledAccounts": "disabled accounts", "nestedGroups": "nested groups", "unresolvedMembers": "unresolved members",
	}
)
