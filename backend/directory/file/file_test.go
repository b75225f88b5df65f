package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

const staff = `Personalnummer;Nachname;Vorname;E-Mail;Abteilung;Vorgesetzter;Eintritt;Austritt;Status;Rollen
10001;Bai;Xiaoyu;xbai@halden.example;Optik;;01.02.2019;;aktiv;VPN|Prüfstand
10002;Haugen;"Per ""Skip""";phaugen@halden.example;Prüffeld;10001;2021-05-17;31.12.9999;aktiv;VPN
10003;Lund;Hilde;hlund@halden.example;Optik;10001;15.08.2014;31.03.2026;ausgetreten;
10004;Østby;Maiken;mostby@halden.example;;10002;01.06.2020;;ruhend;VPN|Labor
`

// put writes a file of the test's own and returns its path.
func put(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func config(path string, change func(*iam.FileConfig)) iam.SourceConfig {
	f := &iam.FileConfig{Path: path, KeyColumn: "Personalnummer", GroupSeparator: "|", Columns: map[string]string{
		"employeeNumber": "Personalnummer", "surname": "Nachname", "givenName": "Vorname", "mail": "E-Mail", "department": "Abteilung",
		"manager": "Vorgesetzter", "startDate": "Eintritt", "endDate": "Austritt", "status": "Status", "groups": "Rollen",
	}, States: map[string]string{"aktiv": "enabled", "Ausgetreten": "disabled"}}
	if change != nil {
		change(f)
	}
	return iam.SourceConfig{File: f}
}

func open(t testing.TB, cfg iam.SourceConfig) directory.Source {
	t.Helper()
	s, err := Kind(t.TempDir()).Open(cfg, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func readAll(t testing.TB, cfg iam.SourceConfig) directorytest.Reading {
	t.Helper()
	return directorytest.ReadAll(context.Background(), open(t, cfg), nil)
}

// What a row says, and what no file says.
func TestRowsBecomeAccounts(t *testing.T) {
	r := readAll(t, config(put(t, "staff.csv", staff), nil))
	if !r.Complete() || len(r.Accounts) != 4 || len(r.Skipped) != 0 {
		t.Fatalf("%d accounts, skipped %+v, %v", len(r.Accounts), r.Skipped, r.Err)
	}
	day := func(y int, m time.Month, d int) iam.Moment {
		return iam.MomentOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
	}
	lund := r.Accounts[2]
	want := iam.AccountFacts{
		Name: "Hilde Lund", GivenName: "Hilde", Surname: "Lund", Sort: iam.Person, EmployeeNumber: "10003", Department: "Optik", ManagerRef: "key:10001",
		Enabled: iam.No, Locked: iam.NotSupportedTri, MustChange: iam.NotSupportedTri, LockedUntil: iam.NotSupportedMoment, AccountExpires: iam.NotSupportedMoment,
		PasswordExpires: iam.NotSupportedMoment, PasswordChanged: iam.NotSupportedMoment, LastSignIn: iam.NotSupportedMoment,
		StartDate: day(2014, 8, 15), EndDate: day(2026, 3, 31), CreatedAt: iam.NotSupportedMoment, ModifiedAt: iam.NotSupportedMoment,
	}
	if !reflect.DeepEqual(lund.Facts, want) || lund.ExternalID != "10003" || lund.DN != "Personalnummer=10003" || lund.Contact.Mail != "hlund@halden.example" {
		t.Errorf("read as %+v", lund)
	}
	if f := r.Accounts[1].Facts; f.GivenName != `Per "Skip"` || f.EndDate != iam.Never {
		t.Errorf("31.12.9999 is read as %v of %q", f.EndDate, f.GivenName)
	}
	if f := r.Accounts[3].Facts; f.Enabled != iam.UnknownTri {
		t.Errorf("a word that nobody explained is read as %v", f.Enabled)
	}
	var members []string
	for _, m := range r.MembersOf("VPN") {
		members = append(members, m.Ref)
	}
	if !slices.Equal(members, []string{"key:10001", "key:10002", "key:10004"}) || len(r.Entitlements) != 3 {
		t.Errorf("VPN has %v of %d groups", members, len(r.Entitlements))
	}
}

// A column that is not mapped is not supported; an empty cell is unknown, or
// never for an end.
func TestWhatAFileDoesNotTell(t *testing.T) {
	path := put(t, "a.csv", "id,name\n1,Ann\n2,Bo\n")
	f := readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: path, KeyColumn: "id", Columns: map[string]string{"name": "name"}}}).Accounts[0].Facts
	if f.Enabled != iam.NotSupportedTri || f.StartDate != iam.NotSupportedMoment || f.EndDate != iam.NotSupportedMoment {
		t.Errorf("%v %v %v", f.Enabled, f.StartDate, f.EndDate)
	}
	path = put(t, "b.csv", "id,from,to,s\n1,,,\n")
	f = readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: path, KeyColumn: "id", Columns: map[string]string{"startDate": "from", "endDate": "to", "status": "s"}}}).Accounts[0].Facts
	if f.Enabled != iam.UnknownTri || f.StartDate != iam.UnknownMoment || f.EndDate != iam.Never || f.Name != "1" {
		t.Errorf("%v %v %v %q", f.Enabled, f.StartDate, f.EndDate, f.Name)
	}
}

// Each row that cannot be used says why, with its row and column; the others
// are read.
func TestFaultyRows(t *testing.T) {
	const head = "id;name;start;end\n"
	for _, c := range []struct{ name, row, reason string }{
		{"no key", ";Ann;;", "row 2, column id: is empty; the key has to be there"},
		{"too few fields", "1;Ann", "row 2: has 2 fields; the row of names has 4"},
		{"too many fields", "1;Ann;;;x", "row 2: has 5 fields; the row of names has 4"},
		{"no date", "1;Ann;soon;", `row 2, column start: "soon" is no date; expected is 2026-12-31 or 31.12.2026`},
		{"no day", "1;Ann;31.02.2026;", `row 2, column start: "31.02.2026" is no day of the calendar: day 31 of month 2 in 2026`},
		{"two digits", "1;Ann;01.02.26;", `row 2, column start: "01.02.26" has a year of two digits, which fits two centuries; export years with four`},
		{"day or month", "1;Ann;03/04/2026;", `row 2, column start: "03/04/2026" does not say whether the day or the month comes first; choose the form of dates`},
		{"backwards", "1;Ann;2026-02-01;2026-01-01", `row 2, column end: "2026-01-01" lies before the start, 2026-02-01`},
		{"two faults", ";Ann;x;", `row 2, column id: is empty; the key has to be there; row 2, column start: "x" is no date; expected is 2026-12-31 or 31.12.2026`},
		{"a stray quotation mark", `1;A"nn;;`, "row 2: a quotation mark stands where none may"},
		{"control characters", "1;A\x01nn;;", `row 2, column name: "A�nn" holds control characters`},
		{"a key that stands for groups", "group=1;Ann;;", `row 2, column id: "group=1" begins with group=, which stands for groups`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := put(t, "a.csv", head+c.row+"\n9;Zoe;;\n")
			r := readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: path, KeyColumn: "id", Columns: map[string]string{"name": "name", "startDate": "start", "endDate": "end"}}})
			if !r.Complete() || len(r.Accounts) != 1 || len(r.Skipped) != 1 {
				t.Fatalf("%d accounts, skipped %+v, %v", len(r.Accounts), r.Skipped, r.Err)
			}
			if r.Skipped[0].Reason != c.reason {
				t.Errorf("says %s\nwant %s", r.Skipped[0].Reason, c.reason)
			}
		})
	}
}

func TestAmbiguousKeysAreNotUsed(t *testing.T) {
	path := put(t, "a.csv", "id,name\n1,Ann\n2,Bo\n1,Cy\n")
	r := readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: path, KeyColumn: "id", Columns: map[string]string{"name": "name"}}})
	if len(r.Accounts) != 1 || r.Accounts[0].ExternalID != "2" || len(r.Skipped) != 2 || r.Skipped[1].DN != "id=1" ||
		!strings.Contains(r.Skipped[1].Reason, `row 4, column id: "1" stands in more than one row`) {
		t.Errorf("%+v, skipped %+v", r.Accounts, r.Skipped)
	}
	if n := timesTold(r.Records, directory.Present{ExternalID: "1"}); n != 1 {
		t.Errorf("said to be there %d times", n)
	}
}

// What stands for no number is none, and two rows with it have nothing in common.
func TestPlaceholdersAreNoNumbers(t *testing.T) {
	for value, want := range map[string]string{
		"N/A": "", "n/a": "", "-": "", "none": "", "Unknown": "", "0": "", "0000": "", "tbd": "", "?": "", "N1": "N1", "007": "007", "none-7": "none-7", "A0": "A0",
	} {
		path := put(t, "a.csv", "id,no,boss\na,"+value+",\nb,"+value+","+value+"\n")
		r := readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: path, KeyColumn: "id", ManagerBy: "employeeNumber", Columns: map[string]string{"employeeNumber": "no", "manager": "boss"}}})
		if f := r.Accounts[1].Facts; f.EmployeeNumber != want || (f.ManagerRef == "") != (want == "") {
			t.Errorf("%q is the number %q, and the manager %q", value, f.EmployeeNumber, f.ManagerRef)
		}
	}
	path := put(t, "a.csv", "no,name\nN/A,Ann\n7,Bo\n")
	r := readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: path, KeyColumn: "no", Columns: map[string]string{"employeeNumber": "no", "name": "name"}}})
	if len(r.Accounts) != 1 || len(r.Skipped) != 1 || r.Skipped[0].Reason != `row 2, column no: "N/A" is no number; the key has to be there` {
		t.Errorf("%+v, skipped %+v", r.Accounts, r.Skipped)
	}
}

// Dates with slashes count only where it was said which form they have.
func TestDates(t *testing.T) {
	for _, c := range []struct{ form, value, want string }{
		{"", "2026-04-03", "2026-04-03"}, {"", "3.4.2026", "2026-04-03"}, {"", "2026-04-03T00:00:00Z", "2026-04-03"}, {"", "03.04.2026 00:00:00", "2026-04-03"},
		{"dmy", "03/04/2026", "2026-04-03"}, {"mdy", "03/04/2026", "2026-03-04"}, {"mdy", "03.04.2026", "2026-04-03"}, {"dmy", "3-4-2026", "2026-04-03"},
		{"mdy", "31/12/2026", ""}, {"", "2026/04/03", ""}, {"", "20260403", ""}, {"", "03.04.1826", ""}, {"dmy", "03/04/26", ""},
	} {
		path := put(t, "a.csv", "id,start\n1,"+c.value+"\n2,\n")
		r := readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: path, KeyColumn: "id", DateFormat: c.form, Columns: map[string]string{"startDate": "start"}}})
		got := ""
		if a := r.Accounts[0]; a.ExternalID == "1" {
			got = a.Facts.StartDate.Time().Format(time.DateOnly)
		}
		if got != c.want {
			t.Errorf("%s in form %q is read as %q, want %q", c.value, c.form, got, c.want)
		}
	}
}

// Managers are found by what the column holds.
func TestManagersBy(t *testing.T) {
	const text = "id,login,mail,no,boss\n1,ann,Ann@x.example,N1,\n2,bo,bo@x.example,N2,%s\n"
	for by, boss := range map[string]string{"": "1", "mail": "ann@X.example", "login": "ANN", "employeeNumber": "N1"} {
		path := put(t, "a.csv", strings.Replace(text, "%s", boss, 1))
		r := readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: path, KeyColumn: "id", ManagerBy: by,
			Columns: map[string]string{"login": "login", "mail": "mail", "employeeNumber": "no", "manager": "boss"}}})
		if ref := r.Accounts[1].Facts.ManagerRef; !slices.Contains(r.Accounts[0].Refs, ref) {
			t.Errorf("by %q the manager is %q, which is none of %q", by, ref, r.Accounts[0].Refs)
		}
	}
}

// Encodings and delimiters are told by the content.
func TestGuesses(t *testing.T) {
	const plain = "id;name;ort\n1;Jürgen Müller;Köln\n2;Åse;Tromsø\n"
	wide := func(order func(byte, byte) []byte) string {
		var out []byte
		for _, r := range "\ufeff" + plain {
			out = append(out, order(byte(r>>8), byte(r))...)
		}
		return string(out)
	}
	latin := strings.NewReplacer("ü", "\xfc", "ö", "\xf6", "Å", "\xc5", "ø", "\xf8").Replace(plain)
	for name, content := range map[string]string{
		"utf-8": plain, "a byte order mark": "\xef\xbb\xbf" + plain, "windows-1252": latin, "lines as Windows ends them": strings.ReplaceAll(plain, "\n", "\r\n"),
		"utf-16le": wide(func(hi, lo byte) []byte { return []byte{lo, hi} }), "utf-16be": wide(func(hi, lo byte) []byte { return []byte{hi, lo} }),
		"commas": strings.ReplaceAll(plain, ";", ","), "tabs": strings.ReplaceAll(plain, ";", "\t"), "bars": strings.ReplaceAll(plain, ";", "|"),
		"a title above": "Export vom 1.3.2026;;\n\n" + plain, "trailing delimiters": strings.ReplaceAll(plain, "\n", ";\n"), "empty rows": plain + ";;\n\n;;\n",
		"a delimiter in quotes": strings.ReplaceAll(plain, "Köln", `"Köln"`), "no end of the last line": strings.TrimSuffix(plain, "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			r := readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: put(t, "a.csv", content), KeyColumn: "id", Columns: map[string]string{"name": "name", "location": "ort"}}})
			if !r.Complete() || len(r.Accounts) != 2 || r.Accounts[0].Facts.Name != "Jürgen Müller" || r.Accounts[1].Facts.Location != "Tromsø" {
				t.Errorf("%+v, skipped %+v, %v", r.Accounts, r.Skipped, r.Err)
			}
		})
	}
}

// A file that is not whole is never taken for one: the read is partial.
func TestPartialFiles(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"empty":                {"", "is empty"},
		"names alone":          {"Personalnummer;Nachname;Vorname;E-Mail;Abteilung;Vorgesetzter;Eintritt;Austritt;Status;Rollen\n", "has no rows"},
		"cut in a row":         {staff[:len(staff)-30], "ends in the middle of its last row"},
		"cut in a quotation":   {staff + "10005;\"Berg;Ola\n1;2\n", "is not closed"},
		"another export":       {strings.Replace(staff, "Austritt", "Ende", 1), `has no column "Austritt"`},
		"two columns the same": {strings.Replace(staff, "Austritt", "Eintritt", 1), `more than one column named "Eintritt"`},
		"no names at all":      {"\n\n\n", "has no row with the names"},
	} {
		t.Run(name, func(t *testing.T) {
			r := readAll(t, config(put(t, "staff.csv", c.content), nil))
			var e *iam.Error
			if len(r.Ends) != 0 || !errors.As(r.Err, &e) || !strings.Contains(e.Message, c.says) {
				t.Errorf("%d ends, %v; want %q", len(r.Ends), r.Err, c.says)
			}
		})
	}
}

// What changes while it is read is no reading.
func TestChangedWhileRead(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"longer": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString("10009;Ny;Ann;;;;;;;\n")
			return err
		},
		"another file in its place": func(path string) error {
			if err := os.WriteFile(path+".new", []byte(staff), 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		},
		"gone": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			path := put(t, "staff.csv", staff)
			first := true
			r := directorytest.ReadAll(t.Context(), open(t, config(path, nil)), func(directory.Record) bool {
				if first {
					if err := change(path); err != nil {
						t.Fatal(err)
					}
				}
				first = false
				return true
			})
			if len(r.Ends) != 0 || r.Err == nil || !strings.Contains(r.Err.Error(), "changed while it was read") {
				t.Errorf("%d ends, %v", len(r.Ends), r.Err)
			}
		})
	}
}

// The cursor is the content: the same bytes need no second look.
func TestTheSameFileAgain(t *testing.T) {
	path := put(t, "staff.csv", staff)
	source := open(t, config(path, nil))
	cursor := directorytest.ReadAll(t.Context(), source, nil).Ends[0].Cursor
	since := func() (records []directory.Record) {
		for r, err := range source.Read(t.Context(), cursor) {
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, r)
		}
		return records
	}
	if err := os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if again := since(); len(again) != 1 || !again[0].(directory.End).Changes || again[0].(directory.End).Cursor != cursor {
		t.Errorf("the same bytes are read as %+v", again)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(staff, "Optik", "Labor", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	again := since()
	if end := again[len(again)-1].(directory.End); len(again) < 5 || end.Changes || end.Cursor == cursor {
		t.Errorf("other bytes are read as %+v", again)
	}
}

// Whoever stands in a row that cannot be used has not left.
func TestFaultyRowsKeepWhatIsKnown(t *testing.T) {
	path := put(t, "staff.csv", strings.Replace(staff, "01.06.2020", "1.6.20", 1))
	r := readAll(t, config(path, nil))
	if !r.Complete() || len(r.Skipped) != 1 || r.Skipped[0].Ref != "key:10004" || !told(r.Records, directory.Present{ExternalID: "10004"}) {
		t.Errorf("%+v, %v", r.Records, r.Err)
	}
	if members := r.MembersOf("VPN"); len(members) != 3 || members[2].Ref != "key:10004" {
		t.Errorf("VPN has %+v", members)
	}
	var again []directory.Record
	for rec, err := range open(t, config(path, nil)).(directory.Rereader).Reread(t.Context(), []string{"10004", "10002", "group=VPN", "none"}) {
		if err != nil {
			t.Fatal(err)
		}
		again = append(again, rec)
	}
	if len(again) != 5 || !told(again, directory.Left{ExternalID: "10004"}) {
		t.Errorf("read again %+v", again)
	}
}

func told(records []directory.Record, want directory.Record) bool {
	return timesTold(records, want) > 0
}

func timesTold(records []directory.Record, want directory.Record) (n int) {
	for _, r := range records {
		if reflect.DeepEqual(r, want) {
			n++
		}
	}
	return n
}
