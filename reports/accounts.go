package reports

import (
	"context"
	"fmt"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

// The days without a sign-in after which two catalogues call an account unused.
// They differ, and both are shown.
const (
	idlePCI = 90
	idleCIS = 45
)

var accountsReport = Definition{
	Name: "accounts", Title: "Accounts",
	Question: "Which accounts are there, in which state, and are those that work in use?",
	Test: fmt.Sprintf("An enabled account was used in the last %d days. A disabled account is not applicable. An account that was never used fails once it is more than %d days old. "+
		"Where the last sign-in is unknown, not collected, not supported or not kept, the test cannot conclude.", idlePCI, idlePCI),
	Controls: []string{
		"PCI DSS 8.2.6: accounts that are not used for 90 days are removed or disabled. The data shows sign-ins that this directory records, not those elsewhere.",
		"CIS Controls 5.1 and 5.3: an inventory of accounts; those not used for 45 days are disabled. 45 days and 90 days are both shown, not averaged.",
		"ISO/IEC 27001 A.5.16: each identity is managed over its life. The data shows which accounts are tied to a person or an owner.",
		"NIST SP 800-53 AC-2 (3): accounts are disabled when they are unused for a set time.",
	},
	Tables: []Table{{Name: "accounts", Title: "Accounts", Columns: []Column{
		text("source", "Source"), linked("login", "Login", "account", "accountId"), text("name", "Name"), text("sort", "Sort"),
		linked("identity", "Identity", "identity", "identityId"), text("employeeNumber", "Employee number"), text("department", "Department"), text("title", "Title"),
		text("enabled", "Enabled"), text("locked", "Locked"), at("accountExpires", "Account expires"), at("passwordChanged", "Password changed"),
		at("passwordExpires", "Password expires"), at("created", "Created"), at("lastSignIn", "Last sign-in"), count("daysIdle", "Days idle"),
		count("groupsDirect", "Groups, direct"), count("groupsEffective", "Groups, effective"), text("owner", "Owner"), at("observedSince", "Observed since"),
		outcome("outcome", fmt.Sprintf("Used in %d days (PCI)", idlePCI)), outcome("cis", fmt.Sprintf("Used in %d days (CIS)", idleCIS)), text("why", "Why"),
		ident("accountId", "Account id"), ident("identityId", "Identity id"), ident("directoryId", "Directory's id"), text("dn", "DN"),
	}}},
	open: openAccounts,
}

func openAccounts(_ context.Context, x *extract) (content, error) {
	rows, counted := x.bySource(x.accounts)
	return content{
		rows: []produce{rows},
		sums: func(ctx context.Context, _ []sheet.Written) ([]Sum, error) {
			var out []Sum
			for _, s := range x.sources {
				c, err := x.r.CountsAt(ctx, s.ID, x.span.seq)
				if err != nil {
					return nil, err
				}
				out = append(out, Sum{"rows of " + s.Name + " = accounts of " + s.Name + " then", counted[s.ID], c.Accounts})
			}
			return out, nil
		},
	}, nil
}

func (x *extract) accounts(ctx context.Context, s source, put func([]sheet.Value) error) (n int64, err error) {
	nest, err := x.nesting(ctx, s)
	if err != nil {
		return 0, err
	}
	held, err := x.holdings(ctx, s)
	if err != nil {
		return 0, err
	}
	row := make([]sheet.Value, 0, len(x.def.Tables[0].Columns))
	for a, err := range x.r.AccountsAt(ctx, s.ID, x.span.seq) {
		if err != nil {
			return n, err
		}
		n++
		groups := held.of(a.ID)
		pci, why := x.used(s, a, idlePCI)
		cis, shorter := x.used(s, a, idleCIS)
		if why == "" {
			why = shorter
		}
		row = append(row[:0],
			sheet.TextOf(s.Name), sheet.TextOf(a.Login), sheet.TextOf(a.Name), sheet.TextOf(string(a.Sort)),
			identityName(a), sheet.TextOf(a.EmployeeNumber), sheet.TextOf(a.Department), sheet.TextOf(a.Title),
			triOf(a.Enabled), lockedOf(a.Account), momentOf(a.AccountExpires), momentOf(a.PasswordChanged),
			momentOf(a.PasswordExpires), momentOf(a.CreatedAt), x.lastSignIn(s, a), x.daysIdle(s, a),
			sheet.NumberOf(int64(len(groups))), sheet.NumberOf(int64(nest.reach(groups))), sheet.TextOf(a.Owner), sheet.TimeOf(a.FirstSeen),
			sheet.OutcomeOf(pci), sheet.OutcomeOf(cis), sheet.TextOf(why),
			idOf(a.ID), idOf(a.IdentityID), sheet.IDOf(a.ExternalID), sheet.TextOf(a.DN))
		if err := put(row); err != nil {
			return n, err
		}
	}
	return n, nil
}

func identityName(a store.AccountAt) sheet.Value {
	if a.IdentityID == 0 {
		return sheet.WordOf("none")
	}
	return sheet.TextOf(a.Identity)
}

// kept says whether the last sign-in of an account is known as of the report's
// moment. It has no history, but the newest one observed holds for then, too, if
// it is not later; and who never signed in had not then.
func (x *extract) kept(s source, a store.AccountAt) bool {
	return s.Next == nil || a.LastSignIn == iam.Never || a.LastSignIn.Known() && int64(a.LastSignIn) <= x.span.at
}

func (x *extract) lastSignIn(s source, a store.AccountAt) sheet.Value {
	if !x.kept(s, a) {
		return sheet.WordOf("not kept")
	}
	return momentOf(a.LastSignIn)
}

func (x *extract) daysIdle(s source, a store.AccountAt) sheet.Value {
	if v := x.lastSignIn(s, a); !x.kept(s, a) || !a.LastSignIn.Known() {
		return v
	}
	return sheet.NumberOf(x.daysSince(a.LastSignIn))
}

func (x *extract) daysSince(m iam.Moment) int64 { return max(0, (x.span.at-int64(m))/day) }

// used is the test of an account, and why it came out as it did.
func (x *extract) used(s source, a store.AccountAt, most int64) (sheet.Result, string) {
	switch {
	case s.coverage != complete:
		return sheet.CannotConclude, "the source is not covered: " + s.note
	case a.Enabled == iam.No:
		return sheet.NotApplicable, "disabled"
	case a.Enabled != iam.Yes:
		return sheet.CannotConclude, "whether it is enabled is " + spoken(a.Enabled.String())
	case !x.kept(s, a):
		return sheet.CannotConclude, "the last sign-in of then is not kept"
	case a.LastSignIn == iam.Never && !a.CreatedAt.Known():
		return sheet.CannotConclude, "never used, and when it was created is " + spoken(a.CreatedAt.State())
	case a.LastSignIn == iam.Never:
		if age := x.daysSince(a.CreatedAt); age > most {
			return sheet.Fail, fmt.Sprintf("never used and created %d days ago: disable it, or record why it stays enabled", age)
		}
		return sheet.Pass, "never used, and created lately"
	case !a.LastSignIn.Known():
		return sheet.CannotConclude, "the last sign-in is " + spoken(a.LastSignIn.State())
	}
	if idle := x.daysSince(a.LastSignIn); idle > most {
		return sheet.Fail, fmt.Sprintf("not used for %d days: disable it, or record why it stays enabled", idle)
	}
	return sheet.Pass, ""
}
