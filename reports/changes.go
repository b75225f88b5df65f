package reports

import (
	"context"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

var changesReport = Definition{
	Name: "changes", Title: "Changes", Period: true,
	Question: "What changed in the directories between two dates, and when was it observed?",
	Test:     "A change of a privileged group, or of a group that leads to one, was approved. No approval is recorded, so the test cannot conclude there; other changes are not applicable.",
	Controls: []string{
		"PCI DSS 8.2.4: additions, changes and removals of accounts are authorised. The data shows that they happened; the authorisation is not in a directory.",
		"SOX access provisioning (customary): each grant was approved before it was given. The data is the population to sample from.",
		"NIST SP 800-53 AC-2 (4): changes of accounts are audited.",
		"ISO/IEC 27001 A.5.18: rights are given, changed and removed by a process.",
	},
	Tables: []Table{{Name: "changes", Title: "Changes", Columns: []Column{
		at("observedAt", "Observed at"), count("event", "Event"), linked("run", "Run", "run", "runId"), text("source", "Source"), text("noun", "What"), text("op", "Change"),
		text("member", "Name"), text("login", "Login"), linked("group", "Group", "group", "groupId"), text("privileged", "Leads to privileged"),
		text("field", "Field"), text("before", "Before"), text("after", "After"), text("reason", "Reason"), at("sourceTime", "Source's own time"),
		outcome("outcome", "Approved"), text("why", "Why"), ident("recordId", "Record id"), ident("groupId", "Group id"), ident("runId", "Run id"), text("dn", "DN"),
	}}},
	open: openChanges,
}

// balance is how many records of a noun there were, came and went.
type balance struct{ added, removed int64 }

func openChanges(ctx context.Context, x *extract) (content, error) {
	lead, err := x.r.LeadToPrivileged(ctx, x.span.fromSeq, x.span.seq)
	if err != nil {
		return content{}, err
	}
	// What a source had is counted even if it is not connected any more.
	names, err := x.r.SourcesBetween(ctx, x.span.fromSeq, x.span.seq)
	if err != nil {
		return content{}, err
	}
	moved := map[string]*balance{}
	return content{
		rows: []produce{func(ctx context.Context, put func([]sheet.Value) error) error {
			for _, n := range changedNouns {
				moved[n.noun] = &balance{}
			}
			row := make([]sheet.Value, 0, len(x.def.Tables[0].Columns))
			for c, err := range x.r.ChangesBetween(ctx, x.span.fromSeq, x.span.seq, x.span.sourceID) {
				if err != nil {
					return err
				}
				switch c.Op {
				case "added":
					moved[c.Noun].added++
				case "removed":
					moved[c.Noun].removed++
				}
				fields := c.Fields
				if len(fields) == 0 {
					fields = []store.FieldChange{{}}
				}
				for _, f := range fields {
					row = changeRow(row[:0], c, f, names[c.Source], lead[c.Group])
					if err := put(row); err != nil {
						return err
					}
				}
			}
			return nil
		}},
		sums: func(ctx context.Context, _ []sheet.Written) ([]Sum, error) {
			was, err := x.countsOf(ctx, names, x.span.fromSeq)
			if err != nil {
				return nil, err
			}
			is, err := x.countsOf(ctx, names, x.span.seq)
			if err != nil {
				return nil, err
			}
			var out []Sum
			for _, n := range changedNouns {
				m := moved[n.noun]
				out = append(out, Sum{n.words + " before + added - removed = " + n.words + " after", n.of(was) + m.added - m.removed, n.of(is)})
			}
			return out, nil
		},
		notes: []Fact{{Name: "Not told", Text: "Who made a change, and changes that came and went between two reads."}},
	}, nil
}

var changedNouns = []struct {
	noun, words string
	of          func(store.CountsAt) int64
}{
	{"account", "accounts", func(c store.CountsAt) int64 { return c.Accounts }},
	{"entitlement", "groups", func(c store.CountsAt) int64 { return c.Groups }},
	{"membership", "memberships", func(c store.CountsAt) int64 { return c.Memberships }},
	{"unresolved", "unresolved members", func(c store.CountsAt) int64 { return c.Unresolved }},
}

// countsOf adds up what several sources had. One that was not connected then
// had nothing.
func (x *extract) countsOf(ctx context.Context, sources map[iam.ID]string, seq iam.Seq) (store.CountsAt, error) {
	var total store.CountsAt
	for id := range sources {
		if x.span.sourceID != 0 && id != x.span.sourceID {
			continue
		}
		c, err := x.r.CountsAt(ctx, id, seq)
		if err != nil {
			return total, err
		}
		total.Accounts += c.Accounts
		total.Groups += c.Groups
		total.Memberships += c.Memberships
		total.Unresolved += c.Unresolved
	}
	return total, nil
}

func changeRow(row []sheet.Value, c store.ChangeAt, f store.FieldChange, source string, leads bool) []sheet.Value {
	name, privileged := c.Name, sheet.TextOf("")
	if c.Noun == "unresolved" {
		name = c.Value
	}
	result, why := sheet.NotApplicable, ""
	if c.Noun != "account" {
		privileged = yesNo(leads)
		if leads {
			result, why = sheet.CannotConclude, "no approval is recorded"
		}
	}
	reason := endWords[c.Reason]
	if c.Noun == "unresolved" {
		reason = unresolvedWords[iam.Unresolved(c.Reason)]
	}
	told := sheet.WordOf("not told")
	if c.SourceAt.Known() {
		told = sheet.TimeOf(int64(c.SourceAt))
	}
	group := c.GroupName
	run := sheet.WordOf("none")
	if c.Run != 0 {
		run = sheet.TextOf(c.Run.String())
	}
	return append(row, sheet.TimeOf(c.At), sheet.NumberOf(int64(c.Seq)), run, sheet.TextOf(source), sheet.TextOf(nounWords[c.Noun]), sheet.TextOf(c.Op),
		sheet.TextOf(name), sheet.TextOf(c.Login), sheet.TextOf(group), privileged, sheet.TextOf(f.Field), sheet.TextOf(f.Before), sheet.TextOf(f.After),
		sheet.TextOf(reason), told, sheet.OutcomeOf(result), sheet.TextOf(why), idOf(c.ID), idOf(c.Group), idOf(c.Run), sheet.TextOf(c.DN))
}

var nounWords = map[string]string{"account": "account", "entitlement": "group", "membership": "membership", "unresolved": "unresolved member"}

var endWords = map[string]string{
	string(iam.NotReturned): "no longer returned by the directory", string(iam.Deleted): "deleted, proven by the directory", "sourceRemoved": "the source was removed",
}
