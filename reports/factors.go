package reports

import (
	"context"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/mfa"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

var factorsReport = Definition{
	Name: "factor-coverage", Title: "Factor coverage",
	Question: "Whose sign-in does the directory guard with a second factor, and who can be verified as a caller?",
	Test: "The directory enforces a second factor at the person's sign-in. Where its kind cannot tell, the test cannot conclude. " +
		"A factor that is enrolled here verifies callers; it guards no sign-in and counts for nothing in this test.",
	Controls: []string{
		"PCI DSS 8.4.1 to 8.4.3: a second factor is enforced, not just enrolled. What guards a sign-in outside this directory is not seen.",
		"PCI DSS 8.3.3: identity is verified before a factor is changed. The enrolment column shows who could be verified by a code.",
		"NIST SP 800-53 IA-2 (1) and (2): a second factor for privileged and other accounts.",
		"CIS Controls 6.3 to 6.5: a second factor for external, remote and administrative access.",
	},
	Tables: []Table{{Name: "people", Title: "People", Columns: []Column{
		linked("person", "Person", "identity", "identityId"), text("source", "Source"), text("login", "Login"), count("accounts", "Accounts in use"),
		text("guarded", "Second factor at sign-in"), outcome("outcome", "Enforced by the directory"), text("why", "Why"),
		text("factors", "Enrolled here, to verify callers"), at("since", "Enrolled since"), ident("identityId", "Identity id"),
	}}},
	open: openFactors,
}

func openFactors(ctx context.Context, x *extract) (content, error) {
	enrolled, err := x.r.EnrolledAt(ctx, x.span.seq)
	if err != nil {
		return content{}, err
	}
	people := map[iam.ID]bool{}
	bySource := map[iam.ID]int64{}
	return content{
		rows: []produce{func(ctx context.Context, put func([]sheet.Value) error) error {
			clear(people)
			clear(bySource)
			row := make([]sheet.Value, 0, len(x.def.Tables[0].Columns))
			for _, s := range x.sources {
				state, why := mfa.OfKind(s.Kind)
				for p, err := range x.r.PeopleAt(ctx, s.ID, x.span.seq) {
					if err != nil {
						return err
					}
					people[p.ID] = true
					bySource[s.ID] += p.Accounts
					row = append(row[:0], sheet.TextOf(p.Name), sheet.TextOf(s.Name), sheet.TextOf(p.Login), sheet.NumberOf(p.Accounts),
						sheet.WordOf(spoken(state)), sheet.OutcomeOf(sheet.CannotConclude), sheet.TextOf(why))
					row = append(row, enrolment(enrolled[p.ID])...)
					row = append(row, idOf(p.ID))
					if err := put(row); err != nil {
						return err
					}
				}
			}
			return nil
		}},
		sums: func(ctx context.Context, _ []sheet.Written) ([]Sum, error) {
			var out []Sum
			for _, s := range x.sources {
				n, err := x.r.InUseOfPeopleAt(ctx, s.ID, x.span.seq)
				if err != nil {
					return nil, err
				}
				out = append(out, Sum{"accounts in the rows of " + s.Name + " = accounts of people, not known to be disabled, in " + s.Name + " then", bySource[s.ID], n})
			}
			return out, nil
		},
		notes: []Fact{{Name: "Counts", Text: "A row is a person in a source with an account that is not known to be disabled. Only what the directory enforces at sign-in could count as coverage."}},
	}, nil
}

// enrolment are the two cells about the factors that a person has here.
func enrolment(factors []store.Enrolled) []sheet.Value {
	if len(factors) == 0 {
		return []sheet.Value{sheet.WordOf("none"), sheet.WordOf("never")}
	}
	var names []string
	since := factors[0].Since
	for _, f := range factors {
		names = append(names, f.Name)
		since = min(since, f.Since)
	}
	return []sheet.Value{sheet.TextOf(strings.Join(names, ", ")), sheet.TimeOf(since)}
}
