package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"gatehouse/backend/api"
)

// ownFolder runs command lines on an empty data folder, in process.
type ownFolder struct {
	*testing.T
	dir string
}

func (d ownFolder) called(args ...string) result {
	d.Helper()
	var out, complaints bytes.Buffer
	p := &program{web: fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}, in: strings.NewReader(""), out: &sink{w: &out}, err: &complaints}
	p.connect = p.connectFolder
	code := p.run(d.Context(), append([]string{"--data", filepath.Join(d.dir, "data")}, args...))
	return result{code, out.String(), complaints.String()}
}

// done is the output of a command line that must succeed.
func (d ownFolder) done(args ...string) string {
	d.Helper()
	r := d.called(args...)
	if r.code != done {
		d.Fatalf("%q: exit %d\n%s%s", args, r.code, r.out, r.err)
	}
	return r.out
}

// file writes one of the files that sources are read from.
func (d ownFolder) file(name, text string) string {
	d.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.Fatal(err)
	}
	return path
}

// linesOf are the answers of a command, one a line.
func linesOf[T any](d ownFolder, args ...string) (all []T) {
	d.Helper()
	for line := range strings.Lines(d.done(append(args, "--json")...)) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			d.Fatalf("%q: %v: %s", args, err, line)
		}
		all = append(all, v)
	}
	return all
}

// leavers are the logins that still work although their people have left, and why.
func (d ownFolder) leavers() []string {
	d.Helper()
	var out []string
	for _, f := range linesOf[api.Finding](d, "findings", "--kind", "leaverActive") {
		out = append(out, f.Subject.Name+", "+f.Detail)
	}
	slices.Sort(out)
	return out
}

const (
	staffTable = "Employee ID,First Name,Last Name,Email,Exit Date\n" +
		"17,Tom,Berg,tom@x.example,2020-03-31\n18,Eva,Lang,,2021-06-30\n19,Ann,Weiss,ann@x.example,\n20,Jo,Roth,jo@x.example,2099-12-31\n"
	accountTable = "id,login,givenName,surname,mail,number,status\n" +
		"a1,tberg,Tom,Berg,tom@x.example,,active\na2,elang,Eva,Lang,,0018,active\na3,aweiss,Ann,Weiss,ann@x.example,19,active\na4,jroth,Jo,Roth,jo@x.example,20,active\n"
)

func (d ownFolder) addStaff() {
	d.Helper()
	d.done("source", "add", "file", "staff", "--path", d.file("staff.csv", staffTable), "--key", "Employee ID", "--column", "employeeNumber=Employee ID",
		"--column", "givenName=First Name", "--column", "surname=Last Name", "--column", "mail=Email", "--column", "endDate=Exit Date")
	d.done("sync", "staff")
}

func (d ownFolder) addAccounts() {
	d.Helper()
	d.done("source", "add", "file", "crm", "--path", d.file("crm.csv", accountTable), "--key", "id", "--column", "login=login", "--column", "givenName=givenName", "--column", "surname=surname",
		"--column", "mail=mail", "--column", "employeeNumber=number", "--column", "status=status", "--state", "active=enabled", "--state", "locked=disabled")
	d.done("sync", "crm")
}

// TestLeaversOfAStaffTable: a table of people with end dates, and an export of
// accounts, make findings of those whose accounts still work, in whichever order
// they are read and without any setting.
func TestLeaversOfAStaffTable(t *testing.T) {
	want := []string{"Eva Lang, left 2021-06-30, says staff", "Tom Berg, left 2020-03-31, says staff"}
	for name, add := range map[string][]func(ownFolder){"people first": {ownFolder.addStaff, ownFolder.addAccounts}, "accounts first": {ownFolder.addAccounts, ownFolder.addStaff}} {
		t.Run(name, func(t *testing.T) {
			d := ownFolder{t, t.TempDir()}
			for _, a := range add {
				a(d)
			}
			if got := d.leavers(); !slices.Equal(got, want) {
				t.Fatalf("leavers: %q", got)
			}
			// The login that people know, not the empty one of the table.
			if i := linesOf[api.Identity](d, "identity", "show", "elang")[0]; i.Login != "elang" || i.EmployeeNumber != "0018" || len(i.Accounts) != 2 {
				t.Errorf("Eva: %+v", i)
			}
			d.file("crm.csv", strings.Replace(accountTable, "0018,active", "0018,locked", 1))
			d.done("sync", "crm")
			if got := d.leavers(); !slices.Equal(got, want[1:]) {
				t.Errorf("after one account was locked: %q", got)
			}
			d.file("staff.csv", strings.Replace(staffTable, "2020-03-31", "2099-03-31", 1))
			d.done("sync", "staff")
			if got := d.leavers(); len(got) != 0 {
				t.Errorf("after he stayed: %q", got)
			}
		})
	}
}

// TestMergeMakesALeaver: an account that somebody says is a leaver's is a finding
// at once, and none any more once it is split off.
func TestMergeMakesALeaver(t *testing.T) {
	d := ownFolder{t, t.TempDir()}
	d.addStaff()
	d.done("source", "add", "file", "crm", "--path", d.file("crm.csv", "id,login,status\na1,root7,active\n"), "--key", "id", "--column", "login=login", "--column", "status=status", "--state", "active=enabled")
	d.done("sync", "crm")
	if got := d.leavers(); len(got) != 0 {
		t.Fatalf("before: %q", got)
	}
	merged := linesOf[api.Relinked](d, "identity", "merge", "root7", "Tom Berg", "--yes", "--reason", "he signed for it")[0]
	if got := d.leavers(); !slices.Equal(got, []string{"root7, left 2020-03-31, says staff"}) {
		t.Errorf("after the merge: %q", got)
	}
	d.done("identity", "undo", merged.Merge, "--reason", "he did not")
	if got := d.leavers(); len(got) != 0 {
		t.Errorf("after the undo: %q", got)
	}
	if r := d.called("audit", "verify"); r.code != done {
		t.Errorf("%+v", r)
	}
}

// TestThePastByCommandLine: what was so at a date, and what changed since, in
// words and in JSON.
func TestThePastByCommandLine(t *testing.T) {
	d := ownFolder{t, t.TempDir()}
	began := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	d.addStaff()
	d.addAccounts()
	between := time.Now().UTC().Format(time.RFC3339Nano)
	d.file("crm.csv", strings.Replace(accountTable, "a2,elang", "a2,eva", 1)+"a6,new,Nils,Neu,,,active\n")
	d.done("sync", "crm")

	for _, c := range []struct {
		args []string
		code int
		out  string
		err  string
	}{
		{[]string{"access", "elang", "--as-of", between}, done, "elang in crm", ""},
		{[]string{"access", "eva", "--as-of", between}, failed, "", `There is no account "eva"`},
		{[]string{"access", "elang", "--as-of", began}, failed, "", "Nothing was observed before " + time.Now().UTC().Format("2006-01-02 ")},
		{[]string{"access", "elang", "--as-of", began, "--source", "crm"}, failed, "", "Nothing of crm was observed before "},
		{[]string{"who-can", "any", "--as-of", began}, failed, "", "Nothing was observed before "},
		{[]string{"access", "elang", "--as-of", "yesterday"}, failed, "", "\"yesterday\" is no date.\nWrite it as 2026-03-31"},
		{[]string{"who-can", "any", "--as-of", "2999-01-01"}, failed, "", "lies in the future"},
		{[]string{"diff", "--from", between}, done, "Nils Neu", ""},
		{[]string{"diff", "--from", between, "--source", "staff"}, done, "Nothing differs, as far as the directories were read.", ""},
		{[]string{"diff", "--from", began, "--to", between}, done, "(nothing had been read)", ""},
		{[]string{"diff", "--from", "yesterday"}, failed, "", "\"yesterday\" is no date.\nWrite it as 2026-03-31"},
		{[]string{"diff", "--from", between, "--to", began}, failed, "", "The first moment is later than the second."},
		{[]string{"diff"}, misused, "", "--from where to begin"},
		{[]string{"identity", "show", "eva"}, done, "Eva Lang, id ", ""},
		{[]string{"identity", "show", "nobody"}, failed, "", "nobody"},
	} {
		r := d.called(c.args...)
		if r.code != c.code || !strings.Contains(r.out, c.out) || !strings.Contains(r.err, c.err) || strings.Contains(r.err, "query.") {
			t.Errorf("%q: exit %d\n%s%s", c.args, r.code, r.out, r.err)
		}
	}
	if a := linesOf[api.AccessAnswer](d, "access", "elang", "--as-of", between); len(a) != 1 || a[0].Login != "elang" || a[0].AsOf == nil || a[0].AsOf.NextObservation == "" {
		t.Errorf("as of then: %+v", a)
	}
	if all := linesOf[api.Sentence](d, "diff", "--from", between); len(all) == 0 || all[0].Text == "" {
		t.Errorf("the difference: %+v", all)
	}
	if rows := d.done("diff", "--from", between, "--rows"); !strings.Contains(rows, "elang -> eva") {
		t.Errorf("the rows of the difference: %s", rows)
	}
}

// TestCasesByCommandLine: accounts of which the rules cannot say whose they are
// are listed with the reasons and decided, which holds and can be undone.
func TestCasesByCommandLine(t *testing.T) {
	d := ownFolder{t, t.TempDir()}
	d.addStaff()
	d.done("source", "add", "file", "crm", "--path", d.file("crm.csv", "id,login,givenName,surname\na1,tb,Tom,Berg\na2,jr,Jo,Roth\n"), "--key", "id", "--column", "login=login", "--column", "givenName=givenName", "--column", "surname=surname")
	d.done("sync", "crm")
	cases := linesOf[api.CorrelationCase](d, "identity", "cases")
	if len(cases) != 2 || len(cases[0].Candidates) != 1 || len(cases[0].Candidates[0].Reasons) == 0 {
		t.Fatalf("the cases: %+v", cases)
	}
	tom := cases[slices.IndexFunc(cases, func(c api.CorrelationCase) bool { return c.Mine.Login == "tb" })]
	jo := cases[slices.IndexFunc(cases, func(c api.CorrelationCase) bool { return c.Mine.Login == "jr" })]
	if table := d.done("identity", "cases"); !strings.Contains(table, "Tom Berg") || !strings.Contains(table, "name equal") {
		t.Errorf("the table:\n%s", table)
	}
	for _, c := range []struct {
		args []string
		code int
		err  string
	}{
		{[]string{tom.ID, "same"}, misused, "reason"},
		{[]string{tom.ID, "perhaps", "--reason", "why not"}, failed, "same"},
		{[]string{"999999", "same", "--reason", "why not"}, failed, "no question"},
		{[]string{tom.ID, "same", "--candidate", jo.Candidates[0].Identity.ID, "--reason", "why not"}, failed, "candidate"},
	} {
		if r := d.called(append([]string{"identity", "decide"}, c.args...)...); r.code != c.code || !strings.Contains(r.err, c.err) {
			t.Errorf("%q: exit %d %s%s", c.args, r.code, r.out, r.err)
		}
	}
	same := linesOf[api.CaseDecided](d, "identity", "decide", tom.ID, "same", "--candidate", tom.Candidates[0].Identity.ID, "--reason", "he says so")[0]
	if got := d.leavers(); !slices.Equal(got, []string{"Tom Berg, left 2020-03-31, says staff"}) {
		t.Errorf("after the decision: %q", got)
	}
	d.done("identity", "decide", jo.ID, "different", "--reason", "another Jo")
	d.done("sync", "crm")
	if left := linesOf[api.CorrelationCase](d, "identity", "cases"); len(left) != 0 {
		t.Errorf("decided, and asked again: %+v", left)
	}
	d.done("identity", "undo", same.Merge, "--reason", "a mistake")
	if got := d.leavers(); len(got) != 0 {
		t.Errorf("after the undo: %q", got)
	}
}
