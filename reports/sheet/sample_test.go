package sheet

import (
	"fmt"
	"iter"
	"time"
)

// rowsOf are rows that lie ready.
func rowsOf(rows ...[]Value) iter.Seq2[[]Value, error] {
	return func(yield func([]Value, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// micros is a moment given as text.
func micros(s string) int64 {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	return t.UnixMicro()
}

// company is a table such as a company has, n rows long.
func company(n int) Table {
	people := []string{
		"Marguerite-Élisabeth von Hohenstein-Wittgenstein", "Ann Lee", "王小明", "Zoë O’Brien-Fitzgerald", "محمد عبد الله",
		"Siân Llewellyn", "दीपिका शर्मा", "Bot 🤖 for nightly backups", "Jose\u0301 Nu\u0301n\u0303ez", "שרה כהן",
	}
	groups := []string{"Finance › Payables › Approvers", "Domain Admins", "Backup Operators › Restore › Site West", "VPN users", "=HYPERLINK(\"http://example.com\")"}
	outcomes := []Result{Pass, Pass, Fail, CannotConclude, NotApplicable, Pass}
	words := []string{"never", "unknown", "not collected", "not supported"}
	return Table{
		Name: "accounts", Title: "Accounts",
		Columns: []Column{
			{Name: "person", Title: "Person"}, {Name: "employee", Title: "Employee number", Kind: ID},
			{Name: "account", Title: "Account"}, {Name: "path", Title: "Path to the group"},
			{Name: "source", Title: "Source"}, {Name: "logons", Title: "Sign-ins", Kind: Number},
			{Name: "created", Title: "Created", Kind: Time}, {Name: "seen", Title: "Last sign-in", Kind: Time},
			{Name: "outcome", Title: "Idle for less than 90 days", Kind: Outcome},
		},
		Rows: func(yield func([]Value, error) bool) {
			row := make([]Value, 9)
			for i := range n {
				row[0] = TextOf(people[i%len(people)])
				row[1] = IDOf(fmt.Sprintf("%012d", i*7919))
				row[2] = TextOf(fmt.Sprintf("uid=user%05d,ou=people,dc=example,dc=com", i))
				row[3] = TextOf(groups[i%len(groups)])
				row[4] = TextOf("Example Directory (Prague)")
				row[5] = NumberOf(int64(i) * 1237)
				row[6] = TimeOf(micros("2019-03-31 23:59:59") + int64(i)*86_461_000_000)
				row[7] = TimeOf(micros("2026-01-31 08:15:00") - int64(i)*3_661_000_000)
				if i%4 == 3 {
					row[7] = WordOf(words[i/4%len(words)])
				}
				row[8] = OutcomeOf(outcomes[i%len(outcomes)])
				if !yield(row, nil) {
					return
				}
			}
		},
	}
}

// companyBook is a report on it with all that a page can have.
func companyBook(n int) Book {
	return Book{
		Title: "Accounts of Example Company, 31 January 2026", Created: micros("2026-01-31 09:00:00"),
		Front: []Page{{Title: "Sign-off", Blocks: []Block{
			{Text: "Each person below confirms that the decisions in this workbook are complete and were taken on what the sheets show.\n\nSigning does not change the record; it is kept beside it."},
			{Heading: "Signatures", Sign: []string{"Reviewed by", "Approved by", "Control owner"}},
		}}},
		Tables: []Table{company(n)},
		Back: func(written []Written) ([]Page, error) {
			return []Page{
				{Title: "Information", Blocks: []Block{
					{Heading: "What this is", Lines: []Line{
						{Label: "Question", Value: TextOf("Which accounts exist, whom do they belong to, and were they used in the last 90 days?")},
						{Label: "As of", Value: TimeOf(micros("2026-01-31 08:59:30"))},
						{Label: "Sources", Value: TextOf("Example Directory (Prague), complete, read 31 January 2026 08:55:12 UTC\nExample Tenant, partial: 2 of 3 organisational units could be read")},
						{Label: "Oldest sign-in", Value: WordOf("not collected")},
						{Label: "Rows", Value: NumberOf(written[0].Rows)},
						{Label: "Coverage", Value: OutcomeOf(CannotConclude)},
					}},
					{Heading: "To perform it again", Text: "Run the command below on the same data folder. The dataset hash must be the same.", Lines: []Line{
						{Label: "Command", Value: TextOf("gatehouse report run accounts --as-of 2026-01-31T08:59:30Z --format xlsx --out accounts.xlsx"), Mono: true},
						{Label: "Dataset hash (SHA-256)", Value: TextOf(written[0].SHA256), Mono: true},
						{Label: "Event number", Value: NumberOf(48211), Mono: true},
					}},
				}},
				{Title: "Arithmetic", Blocks: []Block{{Heading: "The population closes", Grid: &Grid{
					Columns: []Column{
						{Name: "source", Title: "Source"}, {Name: "frozen", Title: "Frozen", Kind: Number}, {Name: "kept", Title: "Kept", Kind: Number},
						{Name: "revoked", Title: "Revoked", Kind: Number}, {Name: "left", Title: "Not decided", Kind: Number}, {Name: "closes", Title: "Closes", Kind: Outcome},
					},
					Rows: [][]Value{
						{TextOf("Example Directory (Prague)"), NumberOf(12840), NumberOf(12001), NumberOf(839), NumberOf(0), OutcomeOf(Pass)},
						{TextOf("Example Tenant"), NumberOf(310), NumberOf(200), NumberOf(9), NumberOf(101), OutcomeOf(Fail)},
						{TextOf("Old payroll"), WordOf("not collected"), WordOf("unknown"), WordOf("unknown"), WordOf("unknown"), OutcomeOf(CannotConclude)},
					},
				}}}},
			}, nil
		},
	}
}
