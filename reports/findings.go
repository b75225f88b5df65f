package reports

import (
	"context"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

var findingsReport = Definition{
	Name: "findings", Title: "Findings",
	Question: "What did the checks notice, and what of it was accepted, by whom, why and until when?",
	Test: "A finding that is open fails: nobody has ended it or answered for it. One that is accepted passes as long as its acceptance holds; it ends on its date, and before if the finding gets worse. " +
		"What no check can conclude is no finding and no row.",
	Controls: []string{
		"ISO/IEC 27001 A.5.18: access rights are reviewed and removed. The data shows what was noticed and what was decided about it.",
		"NIST SP 800-53 CA-5: weaknesses are listed with what is planned about them. An acceptance is a decision with a reason and an end, not a plan.",
		"SOC 2 CC4.2: deficiencies are told to those who are responsible. The data shows since when each was known.",
		"PCI DSS 12.3.1: what is left as it is rests on a reason and is looked at again.",
	},
	Now: true, Narrows: true,
	Tables: []Table{{Name: "findings", Title: "Findings", Columns: []Column{
		text("risk", "Risk"), text("finding", "Finding"), text("about", "About"), text("detail", "Detail"), outcome("outcome", "Ended or accepted"),
		text("source", "Source"), linked("login", "Login", "account", "accountId"), linked("person", "Person", "identity", "identityId"), linked("group", "Group", "group", "groupId"),
		count("size", "Rows"), at("firstSeen", "First seen"), at("readAt", "As read"), text("remedy", "What would help"),
		text("accepted", "Accepted because"), text("acceptedBy", "Accepted by"), at("acceptedAt", "Accepted"), at("acceptedUntil", "Accepted until"), text("ticket", "Ticket"), text("baseline", "Baseline"),
		text("kind", "Check"), text("dn", "DN"), ident("findingId", "Finding id"), ident("accountId", "Account id"), ident("identityId", "Identity id"), ident("groupId", "Group id"),
	}}},
	open: openFindings,
}

// findingsAtOnce is how many findings are read in one go.
const findingsAtOnce = 5000

func openFindings(_ context.Context, x *extract) (content, error) {
	rows, counted := x.bySource(x.findings)
	return content{
		rows: []produce{rows},
		sums: func(ctx context.Context, _ []sheet.Written) ([]Sum, error) {
			var out []Sum
			for _, s := range x.sources {
				var kept int64
				filter, states, which := x.span.narrow.filter(s.ID), []store.FindingState{x.span.narrow.State}, " that fit"
				if filter.State == store.AllFindings {
					states = []store.FindingState{store.OpenFindings, store.AcceptedFindings}
				}
				if x.span.narrowed == "" {
					which = ", open and accepted"
				}
				for _, state := range states {
					filter.State = state
					_, n, err := x.r.Findings(ctx, filter, 0, 0)
					if err != nil {
						return nil, err
					}
					kept += n
				}
				out = append(out, Sum{"rows of " + s.Name + " = findings of " + s.Name + which, counted[s.ID], kept})
			}
			return out, nil
		},
		notes: []Fact{{Name: "Counts", Text: "A row is a finding, the riskiest of each source first. A person with two accounts may have two."}},
	}, nil
}

// findings puts those of a source, and counts them.
func (x *extract) findings(ctx context.Context, s source, put func([]sheet.Value) error) (n int64, err error) {
	row := make([]sheet.Value, 0, len(x.def.Tables[0].Columns))
	for {
		found, _, err := x.r.Findings(ctx, x.span.narrow.filter(s.ID), int(n), findingsAtOnce)
		if err != nil {
			return n, err
		}
		for _, f := range found {
			n++
			row = append(x.finding(row[:0], s, f), sheet.TextOf(string(f.Kind)), sheet.TextOf(f.DN), idOf(f.ID))
			row = append(row, objectsOf(f).ids()...)
			if err := put(row); err != nil {
				return n, err
			}
		}
		if len(found) < findingsAtOnce {
			return n, nil
		}
	}
}

// finding is a row without the identifiers at its end.
func (x *extract) finding(row []sheet.Value, s source, f store.Finding) []sheet.Value {
	o := objectsOf(f)
	result := sheet.Fail
	if f.Accepted != nil {
		result = sheet.Pass
	}
	read := sheet.WordOf("unknown")
	if f.ReadAt > 0 {
		read = sheet.TimeOf(f.ReadAt)
	}
	row = append(row, sheet.TextOf(f.Risk.String()), sheet.TextOf(iam.FindingTitle(f.Kind, f.Risk)), sheet.TextOf(f.SubjectName), sheet.TextOf(f.Detail), sheet.OutcomeOf(result),
		sheet.TextOf(s.Name), sheet.TextOf(f.Login), sheet.TextOf(o.identityName), sheet.TextOf(o.groupName),
		sheet.NumberOf(f.Size), sheet.TimeOf(f.FirstSeen), read, sheet.TextOf(iam.FindingOf(f.Kind).Remedy))
	if a := f.Accepted; a != nil {
		return append(row, sheet.TextOf(a.Reason), sheet.TextOf(string(a.Actor)), sheet.TimeOf(a.At), sheet.TimeOf(a.Until), sheet.TextOf(a.Ticket), sheet.TextOf(a.Baseline))
	}
	no := sheet.WordOf("none")
	return append(row, no, no, no, no, no, no)
}

// findingObjects are the records that a finding is about: what a check looked
// at, and what that reaches.
type findingObjects struct {
	account, identity, group iam.ID
	identityName, groupName  string
}

func objectsOf(f store.Finding) (o findingObjects) {
	switch f.SubjectNoun {
	case "account":
		o.account = f.SubjectID
	case "identity":
		o.identity, o.identityName = f.SubjectID, f.SubjectName
	case "entitlement":
		o.group, o.groupName = f.SubjectID, f.SubjectName
	}
	if f.Reaches != 0 && f.Kind != iam.DuplicateIdentity {
		o.group, o.groupName = f.Reaches, f.ReachesName
	}
	return o
}

func (o findingObjects) ids() []sheet.Value {
	return []sheet.Value{idOf(o.account), idOf(o.identity), idOf(o.group)}
}
