package api

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// exported asks for a report as a file and fetches it.
func (h *house) exported(t *testing.T, as, name, body string) (Export, []byte) {
	t.Helper()
	w := h.ask(as, "POST", "/reports/"+name+"/exports", body)
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", name, body, w.Code, w.Body)
	}
	var e Export
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
		t.Fatal(err)
	}
	for e.State == "writing" {
		e = get[Export](t, h, "/exports/"+e.ID+"?wait=10s")
	}
	if e.State != "ready" {
		t.Fatalf("%s %s: %+v", name, body, e)
	}
	content := h.ask(as, "GET", "/exports/"+e.ID+"/content", "")
	if content.Code != http.StatusOK || int64(content.Body.Len()) != e.Bytes || !strings.Contains(content.Header().Get("Content-Disposition"), e.FileName) {
		t.Fatalf("%s: %d, %d bytes of %d, %v", name, content.Code, content.Body.Len(), e.Bytes, content.Header())
	}
	return e, content.Body.Bytes()
}

// rowsOf reads a csv file into rows by heading.
func rowsOf(t *testing.T, content []byte) (out []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, heading := range all[0] {
			row[heading] = line[i]
		}
		out = append(out, row)
	}
	return out
}

// reviewed is the demo company with a review that is decided and closed, and
// read once more.
func reviewed(t *testing.T) (h *house, id string) {
	t.Helper()
	h = newHouse(t)
	if err := h.readCompany(); err != nil {
		t.Fatal(err)
	}
	h.clock.pass(time.Hour)
	var boss, fallback string
	for _, i := range get[Page[IdentityRow]](t, h, "/identities?limit=2").Items {
		boss, fallback = i.ID, boss
	}
	c := send[CampaignDetail](t, h, "POST", "/reviews", `{"name":"First quarter","dueAt":"2026-04-01T00:00:00Z",
	  "scope":{"privileged":true,"effective":true,"exclude":[{"rule":"serviceAccounts","reason":"reviewed by their owners in May"}]},"reviewers":{"kind":"named","named":["`+boss+`"],"fallback":"`+fallback+`"}}`)
	h.clock.pass(time.Hour)
	for i, verdict := range []string{`"keep"`, `"revoke"`, `"exception","until":"2026-06-30T00:00:00Z"`, `"modify"`, `"defer"`, `"dontKnow"`, `"keep"`} {
		h.ask(administrator, "POST", "/reviews/"+c.ID+"/decisions", fmt.Sprintf(`{"items":[{"item":%d,"decision":0}],"verdict":%s,"reason":"=because(%d)","decidedBy":"%s"}`, i+1, verdict, i+1, boss))
	}
	// A decision that nobody saw coming is refused, and told.
	h.ask(administrator, "POST", "/reviews/"+c.ID+"/decisions", `{"items":[{"item":1,"decision":0}],"verdict":"revoke","reason":"too late","decidedBy":"`+boss+`"}`)
	send[CampaignDetail](t, h, "POST", "/reviews/"+c.ID+"/close", `{"signer":"`+boss+`","statement":"Access remains appropriate.","reason":"the rest follows in April"}`)
	h.clock.pass(time.Hour)
	if err := h.read(h.halden); err != nil {
		t.Fatal(err)
	}
	return h, c.ID
}

// TestReportsOfTheCompany: the beginning of each table as a file, and the hash
// of all of it, are what they were.
func TestReportsOfTheCompany(t *testing.T) {
	h, review := reviewed(t)
	for _, c := range []struct{ file, report, body string }{
		{"accounts", "accounts", ``}, {"accounts-asof", "accounts", `"asOf":"2026-03-10T13:51:30Z"`},
		{"effective-membership", "effective-membership", ``}, {"changes", "changes", `"from":"2026-03-10T13:51:30Z"`}, {"factor-coverage", "factor-coverage", ``}, {"findings", "findings", ``},
		{"review-evidence-items", "review-evidence", `"review":"` + review + `"`},
		{"review-evidence-decision-log", "review-evidence", `"table":"decision-log","review":"` + review + `"`},
		{"review-evidence-exclusions", "review-evidence", `"table":"exclusions","review":"` + review + `"`},
		{"review-evidence-removals", "review-evidence", `"table":"removals","review":"` + review + `"`},
		{"review-evidence-later-changes", "review-evidence", `"table":"later-changes","review":"` + review + `"`},
		{"review-evidence-scope", "review-evidence", `"table":"scope","review":"` + review + `"`},
	} {
		e, content := h.exported(t, auditor, c.report, strings.TrimSuffix(`{"format":"csv",`+c.body, ",")+"}")
		lines := strings.SplitAfter(string(content), "\n")
		text := strings.Join(lines[:min(25, len(lines))], "") + fmt.Sprintf("# %d rows, dataset %s\n", e.Rows, e.Dataset)
		golden := filepath.Join("..", "..", "reports", "testdata", c.file+".csv")
		if *update {
			if err := errors.Join(os.MkdirAll(filepath.Dir(golden), 0o755), os.WriteFile(golden, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != text {
			t.Errorf("%s is not as it was (%v): look at it, then run go test ./backend/api -run ReportsOfTheCompany -update\n%s", golden, err, text)
		}
	}
}

// TestFileEqualsPreview: every number of the preview is that of the file, in
// both formats, and of the event.
func TestFileEqualsPreview(t *testing.T) {
	h, review := reviewed(t)
	for _, c := range []struct{ name, query, body string }{
		{"accounts", "", ``}, {"effective-membership", "?asOf=2026-03-10T13:51:30Z", `"asOf":"2026-03-10T13:51:30Z",`},
		{"changes", "?from=2026-03-10", `"from":"2026-03-10",`}, {"factor-coverage", "", ``}, {"findings", "", ``}, {"review-evidence", "?review=" + review, `"review":"` + review + `",`},
	} {
		p := get[ReportPreview](t, h, "/reports/"+c.name+c.query)
		e, content := h.exported(t, auditor, c.name, `{`+c.body+`"format":"csv"}`)
		rows := rowsOf(t, content)
		var counted ReportOutcomes
		heading := ""
		for _, col := range p.Report.Tables[0].Columns {
			if col.Name == "outcome" {
				heading = col.Title
			}
		}
		for _, row := range rows {
			switch row[heading] {
			case "pass":
				counted.Pass++
			case "fail":
				counted.Fail++
			case "not applicable":
				counted.NotApplicable++
			case "cannot conclude":
				counted.CannotConclude++
			default:
				t.Fatalf("%s: the outcome %q", c.name, row[heading])
			}
		}
		if int64(len(rows)) != p.Total || e.Rows != p.Total || counted != p.Outcomes || p.Total == 0 {
			t.Errorf("%s: %d rows with %+v in the file, %d told, the preview has %d with %+v", c.name, len(rows), counted, e.Rows, p.Total, p.Outcomes)
		}
		for i, cells := range p.Rows {
			for k, cell := range cells {
				title := p.Report.Tables[0].Columns[k].Title
				if p.Report.Tables[0].Columns[k].Kind == "time" {
					title += " (UTC)"
				}
				if got := rows[i][title]; got != cell.Text && got != "'"+cell.Text {
					t.Fatalf("%s: row %d, %s: %q in the file, %q in the preview", c.name, i, title, got, cell.Text)
				}
			}
		}
		for _, sum := range p.Adds {
			if !sum.OK || sum.Left != sum.Right {
				t.Errorf("%s: %+v", c.name, sum)
			}
		}
		book, xlsx := h.exported(t, auditor, c.name, `{`+c.body+`"format":"xlsx"}`)
		said := ""
		for _, f := range p.Information {
			if f.Name == "Dataset SHA-256" {
				said = f.Text
			}
		}
		if e.Dataset != said || book.Dataset != said || book.Rows != p.Total {
			t.Errorf("%s: dataset %s in the preview, %s as csv, %s as xlsx", c.name, said, e.Dataset, book.Dataset)
		}
		text := unzipped(t, xlsx)
		for _, want := range []string{said, book.Head, "DEMO", p.Report.Question, "Sums that must close", "ldapsearch -LLL"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the workbook does not say %q", c.name, want)
			}
		}
		events := h.events(t)
		last := events[len(events)-1]
		if last.Action != "report.run" || last.Actor != "operator:auditor" || last.Objects[0].ID != c.name || last.Objects[1].ID != book.ID || int64(last.Seq) != book.Event+1 {
			t.Errorf("%s is recorded as %+v, the file names event %d", c.name, last, book.Event)
		}
	}
}

// unzipped is the text of all parts of a workbook.
func unzipped(t *testing.T, content []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err == nil {
			_, err = io.Copy(&text, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// TestReviewsOfOrdinaryGroups: what a review decided is told of every group, not
// of privileged ones alone.
func TestReviewsOfOrdinaryGroups(t *testing.T) {
	h := newHouse(t)
	if err := h.readCompany(); err != nil {
		t.Fatal(err)
	}
	groups := get[Page[GroupRow]](t, h, "/groups?limit=500").Items
	group := groups[slices.IndexFunc(groups, func(g GroupRow) bool { return !g.Privileged && g.Direct > 1 })]
	people := get[Page[IdentityRow]](t, h, "/identities?limit=2").Items
	c := send[CampaignDetail](t, h, "POST", "/reviews", `{"name":"Ordinary","dueAt":"2026-04-01T00:00:00Z","scope":{"groups":["`+group.ID+`"]},
	  "reviewers":{"kind":"named","named":["`+people[0].ID+`"],"fallback":"`+people[1].ID+`"}}`)
	for _, who := range people { // one of them may be in the group herself
		for item := range c.Arithmetic.InScope {
			h.ask(administrator, "POST", "/reviews/"+c.ID+"/decisions", fmt.Sprintf(`{"items":[{"item":%d,"decision":0}],"verdict":"keep","reason":"needed","decidedBy":"%s"}`, item+1, who.ID))
		}
	}
	_, content := h.exported(t, auditor, "effective-membership", `{"format":"csv"}`)
	told := int64(0)
	for _, row := range rowsOf(t, content) {
		if row["Review"] == "Ordinary (open)" && row["Decided"] == "keep" && row["Reviewed in 180 days"] == "not applicable" {
			told++
		}
	}
	if told != c.Arithmetic.InScope || told == 0 {
		t.Errorf("%d of %d decisions are told", told, c.Arithmetic.InScope)
	}
}

// TestEvidenceWithoutARule: a rule that was deleted from outside is a failure
// that is told, and not the end of the program.
func TestEvidenceWithoutARule(t *testing.T) {
	directorytest.Need(t, "sqlite3")
	h, review := reviewed(t)
	if out, err := exec.Command("sqlite3", filepath.Join(h.dir, "gatehouse.db"), "DELETE FROM campaign_exclusions").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	Scenario{Method: "GET", URL: "/reports/review-evidence?review=" + review, As: auditor, Status: 500, Contains: []string{"the review has 0 rules"}}.run(t, h)
}

// TestPreviewOfAnOutcome: the rows of one outcome are shown, and all are
// counted.
func TestPreviewOfAnOutcome(t *testing.T) {
	h, review := reviewed(t)
	all := get[ReportPreview](t, h, "/reports/review-evidence?limit=500&review="+review)
	at := slices.IndexFunc(all.Report.Tables[0].Columns, func(c ReportColumn) bool { return c.Name == "outcome" })
	for word, n := range map[string]int64{"pass": all.Outcomes.Pass, "fail": all.Outcomes.Fail, "cannotConclude": all.Outcomes.CannotConclude, "notApplicable": 0} {
		p := get[ReportPreview](t, h, "/reports/review-evidence?limit=500&review="+review+"&outcome="+word)
		if int64(len(p.Rows)) != n || n == 0 && word != "notApplicable" || p.Outcomes != all.Outcomes || p.Total != all.Total {
			t.Errorf("%s: %d rows of %d, %+v, want %d", word, len(p.Rows), p.Total, p.Outcomes, n)
		}
		for _, row := range p.Rows {
			if row[at].Kind != word {
				t.Errorf("%s: a row with %+v", word, row[at])
			}
		}
	}
	if log := get[ReportPreview](t, h, "/reports/review-evidence?table=decision-log&review="+review+"&outcome=pass"); int64(len(log.Rows)) != log.Total {
		t.Errorf("%d of %d lines of a table without outcomes", len(log.Rows), log.Total)
	}
	Scenario{Method: "GET", URL: "/reports/accounts?outcome=good", As: auditor, Status: 422, Contains: []string{"query.outcome"}}.run(t, h)
}

// TestReportsEqualTheOtherRoutes: a number has one value, wherever it is asked.
func TestReportsEqualTheOtherRoutes(t *testing.T) {
	h, review := reviewed(t)
	_, content := h.exported(t, auditor, "accounts", `{"format":"csv"}`)
	accounts := rowsOf(t, content)
	if n := get[Page[AccountRow]](t, h, "/accounts?limit=1").Total; int64(len(accounts)) != n {
		t.Errorf("%d accounts, the list has %d", len(accounts), n)
	}
	for _, a := range accounts[:40] {
		m := get[Memberships](t, h, "/accounts/"+a["Account id"]+"/memberships")
		if a["Groups, direct"] != itoa(m.Direct) || a["Groups, effective"] != itoa(m.Effective) {
			t.Errorf("%s: %s and %s groups, its page has %d and %d", a["Login"], a["Groups, direct"], a["Groups, effective"], m.Direct, m.Effective)
		}
	}
	_, content = h.exported(t, auditor, "effective-membership", `{"format":"csv"}`)
	byGroup, loose := map[string][]string{}, map[string]map[string]bool{}
	for _, m := range rowsOf(t, content) {
		group := m["Group id"]
		if loose[group] == nil {
			loose[group] = map[string]bool{}
		}
		if m["Login"] != "" {
			byGroup[group] = append(byGroup[group], m["Login"])
		} else {
			loose[group][m["Member"]] = true // directly, or by nesting, or both
		}
	}
	for _, g := range get[Page[GroupRow]](t, h, "/groups?limit=500").Items {
		who := get[WhoCanAnswer](t, h, "/answers/who-can?id="+g.ID)
		var logins []string
		for _, m := range who.Members {
			logins = append(logins, m.Login)
		}
		slices.Sort(logins)
		slices.Sort(byGroup[g.ID])
		if !slices.Equal(logins, byGroup[g.ID]) || len(who.Unresolved) != len(loose[g.ID]) {
			t.Errorf("%s: %d members and %d unresolved, its page has %d and %d", g.Name, len(byGroup[g.ID]), len(loose[g.ID]), len(logins), len(who.Unresolved))
		}
	}
	people := get[ReportPreview](t, h, "/reports/factor-coverage?limit=1")
	if c := get[FactorCoverage](t, h, "/factors/coverage"); people.Total != c.People {
		t.Errorf("%d people, the coverage counts %d", people.Total, c.People)
	}
	detail := get[CampaignDetail](t, h, "/reviews/"+review)
	evidence := get[ReportPreview](t, h, "/reports/review-evidence?review="+review)
	a := detail.Arithmetic
	for _, want := range []ReportSum{
		{Left: a.Read, Right: a.InScope + a.Excluded}, {Left: a.InScope, Right: a.Keep + a.Revoke + a.Modify + a.Exception + a.Deferred + a.DontKnow + a.Undecided},
		{Left: a.Revoke, Right: a.Removed + a.AlreadyGone + a.Open + a.Refused}, {Left: detail.Joined + detail.Departed, Right: detail.Joined + detail.Departed},
	} {
		if !slices.ContainsFunc(evidence.Adds, func(s ReportSum) bool { return s.Left == want.Left && s.Right == want.Right }) {
			t.Errorf("the evidence has no sum of %d and %d: %+v", want.Left, want.Right, evidence.Adds)
		}
	}
	if evidence.Total != a.InScope || a.Keep != 2 || a.Revoke != 1 || a.Excluded == 0 {
		t.Errorf("%d items, the review has %+v", evidence.Total, a)
	}
	log := get[ReportPreview](t, h, "/reports/review-evidence?table=decision-log&review="+review)
	if log.Total != 8 || log.Rows[7][5].Text != "refused" {
		t.Errorf("%d lines in the log: %+v", log.Total, log.Rows[len(log.Rows)-1])
	}
}

// TestBadReports: what is wrong with a question is named, and by whom it may be
// asked.
func TestBadReports(t *testing.T) {
	h := demoHouse(t)
	for _, c := range []struct {
		method, url, body string
		status            int
		says              string
	}{
		{"GET", "/reports/nothing", "", 404, "accounts, effective-membership"},
		{"GET", "/reports/accounts?asOf=2026-03-11", "", 422, "query.asOf"},
		{"GET", "/reports/accounts?asOf=yesterday", "", 422, "query.asOf"},
		{"GET", "/reports/accounts?from=2026-03-01", "", 422, "query.from"},
		{"GET", "/reports/accounts?review=0190a0a0-0000-7000-8000-000000000000", "", 422, "query.review"},
		{"GET", "/reports/accounts?table=people", "", 422, "query.table"},
		{"GET", "/reports/accounts?source=999999", "", 404, "query.source"},
		{"GET", "/reports/accounts?source=x", "", 404, "no record"},
		{"GET", "/reports/accounts?limit=501", "", 422, "query.limit"},
		{"GET", "/reports/changes", "", 422, "query.from"},
		{"GET", "/reports/changes?from=2026-03-10&to=2026-03-09", "", 422, "query.to"},
		{"GET", "/reports/changes?from=2026-03-01&asOf=2026-03-09", "", 422, "query.asOf"},
		{"GET", "/reports/changes?from=2026-04-01", "", 422, "query.from"},
		{"GET", "/reports/findings?asOf=2026-03-10", "", 422, "query.asOf"},
		{"GET", "/reports/accounts?risk=high", "", 422, "takes no filter of findings"},
		{"GET", "/reports/findings?group=999999", "", 404, "This group"},
		{"GET", "/reports/review-evidence", "", 422, "query.review"},
		{"GET", "/reports/review-evidence?review=0190a0a0-0000-7000-8000-000000000000", "", 404, "query.review"},
		{"GET", "/reports/review-evidence?review=x&asOf=2026-03-01", "", 422, "query.asOf"},
		{"POST", "/reports/nothing/exports", `{"format":"csv"}`, 404, "accounts, effective-membership"},
		{"POST", "/reports/accounts/exports", `{"format":"pdf"}`, 422, "body.format"},
		{"POST", "/reports/accounts/exports", `{}`, 422, "format"},
		{"POST", "/reports/accounts/exports", `{"format":"csv","asOf":"2027-01-01"}`, 422, "body.asOf"},
		{"POST", "/reports/accounts/exports", `{"format":"csv","table":"people"}`, 422, "body.table"},
		{"POST", "/reports/review-evidence/exports", `{"format":"xlsx","table":"items","review":"x"}`, 422, "body.table"},
	} {
		w := h.ask(administrator, c.method, c.url, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s %s: %d %s, want %d and %s", c.method, c.url, c.body, w.Code, w.Body, c.status, c.says)
		}
		isProblem(t, w)
		if w := h.ask(guest, c.method, c.url, c.body); w.Code != http.StatusForbidden && w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s %s as a guest: %d", c.method, c.url, w.Code)
		}
	}
	before := get[ReportPreview](t, h, "/reports/accounts?asOf=2026-03-01")
	if before.Total != 0 || before.Outcomes != (ReportOutcomes{}) || !slices.ContainsFunc(before.Information, func(f ReportFact) bool { return strings.Contains(f.Text, "nothing was observed yet") }) {
		t.Errorf("before the first read: %+v", before)
	}
}

// TestReportOfAcceptedFindings: a finding that somebody answered for passes, with
// who, why and until when; the others fail.
func TestReportOfAcceptedFindings(t *testing.T) {
	h := newHouse(t)
	if err := h.readCompany(); err != nil {
		t.Fatal(err)
	}
	f := get[Page[FindingRow]](t, h, "/findings?kind=noOwner").Items[0]
	send[Accepted](t, h, "POST", "/findings/accept", `{"ids":["`+f.ID+`"],"reason":"the label printer, retired in April","ticket":"CHG-7","until":"2026-04-30T00:00:00Z"}`)
	p := get[ReportPreview](t, h, "/reports/findings")
	if open := get[Page[FindingRow]](t, h, "/findings?limit=1").Total; p.Outcomes.Pass != 1 || p.Outcomes.Fail != open || p.Total != open+1 {
		t.Errorf("%+v of %d rows, %d findings are open", p.Outcomes, p.Total, open)
	}
	_, content := h.exported(t, auditor, "findings", `{"format":"csv"}`)
	for _, row := range rowsOf(t, content) {
		if mine := row["Finding id"] == f.ID; mine != (row["Ended or accepted"] == "pass") ||
			mine && (row["Accepted because"] != "the label printer, retired in April" || row["Ticket"] != "CHG-7" || row["Accepted until (UTC)"] != "2026-04-30 00:00:00") ||
			!mine && row["Accepted because"] != "none" {
			t.Errorf("%v", row)
		}
	}
}

// TestReportOfNarrowedFindings: a report narrowed as the list is holds the list's
// rows, adds up, and says by what it was narrowed.
func TestReportOfNarrowedFindings(t *testing.T) {
	h := newHouse(t)
	if err := h.readCompany(); err != nil {
		t.Fatal(err)
	}
	all := get[Page[FindingRow]](t, h, "/findings?limit=500&state=all")
	reached := slices.IndexFunc(all.Items, func(f FindingRow) bool { return f.Group != nil })
	send[Accepted](t, h, "POST", "/findings/accept", `{"ids":["`+all.Items[0].ID+`"],"reason":"known","until":"2026-04-30T00:00:00Z"}`)
	for _, c := range []struct{ query, body, says string }{
		{"state=open", `"state":"open"`, "now; findings open alone"},
		{"state=accepted", `"state":"accepted"`, "now; findings accepted alone"},
		{"risk=medium&state=all", `"risk":"medium"`, "now; findings of risk medium alone"},
		{"kind=dormant&state=open", `"kind":"dormant","state":"open"`, `now; findings open, of the check "Dormant account" alone`},
		{"q=sv&state=all", `"q":"sv"`, `now; findings whose name or login has "sv" alone`},
		{"group=" + all.Items[reached].Group.ID + "&state=all", `"group":"` + all.Items[reached].Group.ID + `"`, "now; findings that reach " + all.Items[reached].Group.Name + " alone"},
	} {
		list := get[Page[FindingRow]](t, h, "/findings?limit=500&"+c.query)
		if list.Total == 0 || list.Total == all.Total {
			t.Errorf("%s: %d of %d findings prove nothing", c.query, list.Total, all.Total)
		}
		p := get[ReportPreview](t, h, "/reports/findings?"+c.query)
		if p.Total != list.Total || !slices.Contains(p.Information, ReportFact{Name: "Asked for", Text: c.says}) || slices.ContainsFunc(p.Adds, func(s ReportSum) bool { return !s.OK }) {
			t.Errorf("%s: %d rows for %d findings, %+v, %+v", c.query, p.Total, list.Total, p.Information, p.Adds)
		}
		_, content := h.exported(t, auditor, "findings", `{"format":"csv",`+c.body+`}`)
		want := map[string]bool{}
		for _, f := range list.Items {
			want[f.ID] = true
		}
		for _, row := range rowsOf(t, content) {
			if !want[row["Finding id"]] {
				t.Errorf("%s: the file has %v", c.query, row)
			}
			delete(want, row["Finding id"])
		}
		if len(want) != 0 {
			t.Errorf("%s: the file lacks %v", c.query, want)
		}
	}
}

// TestFormulasStayText: what a spreadsheet would calculate comes out as text.
func TestFormulasStayText(t *testing.T) {
	h := newHouse(t)
	names := []string{"=cmd|'/c calc'!A1", "+1+1", "-2", "@SUM(A1)", "\tx", "\rx", "'=1", "plain, \"quoted\""}
	for i, name := range names {
		p := person(fmt.Sprint("u", i), fmt.Sprint("p", i), "")
		p.Facts.Name = name
		h.plain.records = append(h.plain.records, p)
	}
	id, _ := iam.ParseID(send[Source](t, h, "POST", "/sources", draft("=Corp", "ldaps://one", "", "")).ID)
	if err := h.read(id); err != nil {
		t.Fatal(err)
	}
	_, content := h.exported(t, auditor, "accounts", `{"format":"csv"}`)
	rows := rowsOf(t, content)
	for i, row := range rows {
		for heading, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("row %d, %s: %q would be calculated", i, heading, cell)
			}
		}
		if want := names[i]; row["Name"] != want && row["Name"] != "'"+want || row["Source"] != "'=Corp" {
			t.Errorf("%q became %q, the source %q", want, row["Name"], row["Source"])
		}
	}
	if _, xlsx := h.exported(t, auditor, "accounts", `{"format":"xlsx"}`); len(rows) != len(names) || strings.Contains(unzipped(t, xlsx), "<f>") {
		t.Errorf("%d rows, or a formula in the workbook", len(rows))
	}
}
