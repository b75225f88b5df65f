package file

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

func check(t *testing.T, cfg iam.SourceConfig) directory.Report {
	t.Helper()
	return open(t, cfg).Check(t.Context())
}

func resultOf(t *testing.T, r directory.Report, title string) directory.Result {
	t.Helper()
	for _, f := range r.Findings {
		if f.Title == title {
			return f
		}
	}
	t.Fatalf("no step %q in %+v", title, r.Findings)
	return directory.Result{}
}

// From nothing but a path the check proposes what the columns mean, in several
// languages.
func TestCheckProposesColumns(t *testing.T) {
	for language, c := range map[string]struct {
		text string
		want map[string]string
		key  string
		by   string
	}{
		"German": {staff, map[string]string{"employeeNumber": "Personalnummer", "surname": "Nachname", "givenName": "Vorname", "mail": "E-Mail",
			"department": "Abteilung", "manager": "Vorgesetzter", "startDate": "Eintritt", "endDate": "Austritt", "status": "Status", "groups": "Rollen"}, "Personalnummer", ""},
		"English": {"Employee ID,First Name,Last Name,Work Email,Job Title,Department,Manager Email,Hire Date,Termination Date,Location\n" +
			"7,Ann,Berg,ann@x.example,Engineer,Lab,,2020-01-01,2027-01-01,Bergen\n8,Bo,Dahl,bo@x.example,Engineer,Lab,ann@x.example,2020-01-01,,Bergen\n",
			map[string]string{"employeeNumber": "Employee ID", "givenName": "First Name", "surname": "Last Name", "mail": "Work Email", "title": "Job Title",
				"department": "Department", "manager": "Manager Email", "startDate": "Hire Date", "endDate": "Termination Date", "location": "Location"}, "Employee ID", "mail"},
		"French": {"Matricule;Nom;Prénom;Courriel;Service;Responsable;Date d'entrée;Date de sortie\n7;Roux;Zoé;z@x.example;Labo;8;2020-01-01;2027-01-01\n8;Petit;Léa;l@x.example;Labo;;2020-01-01;\n",
			map[string]string{"employeeNumber": "Matricule", "surname": "Nom", "givenName": "Prénom", "mail": "Courriel", "department": "Service", "manager": "Responsable",
				"startDate": "Date d'entrée", "endDate": "Date de sortie"}, "Matricule", ""},
		"Spanish": {"Número de empleado;Nombre;Apellidos;Correo electrónico;Departamento;Puesto;Fecha de alta;Fecha de baja\n7;Ana;Ruiz;a@x.example;Lab;Jefa;2020-01-01;2027-01-01\n",
			map[string]string{"givenName": "Nombre", "surname": "Apellidos", "mail": "Correo electrónico", "department": "Departamento", "title": "Puesto",
				"startDate": "Fecha de alta", "endDate": "Fecha de baja", "employeeNumber": "Número de empleado"}, "Número de empleado", ""},
	} {
		t.Run(language, func(t *testing.T) {
			r := check(t, iam.SourceConfig{File: &iam.FileConfig{Path: put(t, "staff.csv", c.text)}})
			got := r.Config.File
			if !maps.Equal(got.Columns, c.want) || got.KeyColumn != c.key || got.ManagerBy != c.by || got.HeaderRow != 1 || !r.Passed() {
				t.Errorf("proposes %v, key %q, managers by %q; %+v", got.Columns, got.KeyColumn, got.ManagerBy, r.Findings)
			}
		})
	}
}

// A column whose header says what it is has that meaning while it is empty too:
// nobody has left yet.
func TestEmptyColumnsAreMapped(t *testing.T) {
	const head = "Employee ID,Name,Email,Manager Email,Department,Start Date,End Date,Exit Date\n"
	path := put(t, "staff.csv", head+"7,Ann,a@x.example,,,,,\n8,Bo,b@x.example,,,,,\n")
	r := check(t, iam.SourceConfig{File: &iam.FileConfig{Path: path}})
	want := map[string]string{"employeeNumber": "Employee ID", "name": "Name", "mail": "Email", "manager": "Manager Email", "department": "Department", "startDate": "Start Date", "endDate": "End Date"}
	if got := r.Config.File; !maps.Equal(got.Columns, want) || got.KeyColumn != "Employee ID" || got.ManagerBy != "mail" {
		t.Errorf("proposes %v, key %q, managers by %q", got.Columns, got.KeyColumn, got.ManagerBy)
	}
	path = put(t, "staff.csv", head+"7,Ann,a@x.example,,,,,2026-03-31\n8,Bo,b@x.example,a@x.example,,,,\n")
	if got := check(t, iam.SourceConfig{File: &iam.FileConfig{Path: path}}).Config.File.Columns["endDate"]; got != "Exit Date" {
		t.Errorf("the end is %q", got)
	}
	r = check(t, iam.SourceConfig{File: &iam.FileConfig{Path: path, KeyColumn: "Employee ID", Columns: map[string]string{"name": "Name", "mail": "Email"}}})
	if got := resultOf(t, r, "Left out"); !r.Passed() || got.State != directory.Missing || !strings.HasPrefix(got.Text, "Manager Email, Exit Date: ") || got.Remedy == "" {
		t.Errorf("%+v", got)
	}
}

func TestCheckOfAGoodFile(t *testing.T) {
	r := check(t, iam.SourceConfig{File: &iam.FileConfig{Path: put(t, "staff.csv", staff)}})
	p := r.Preview
	if p == nil || p.Total != 4 || p.Faulty != 0 || len(p.Rows) != 4 || p.Rows[1].Cells[2] != `Per "Skip"` || len(p.Columns) != 10 || p.Columns[7].Filled != 2 {
		t.Fatalf("shows %+v", p)
	}
	if !slices.Equal(p.Words, []string{"aktiv", "ausgetreten", "ruhend"}) || !maps.Equal(r.Config.File.States, map[string]string{"aktiv": "enabled", "ausgetreten": "disabled"}) {
		t.Errorf("words %v, states %v", p.Words, r.Config.File.States)
	}
	for title, want := range map[string]string{
		"Format": "csv in utf-8, fields parted by semicolons", "Columns": "named in row 1; 10 of 10 are used", "Key": "Personalnummer, different in every row",
		"Dates": "4 with a start; 1 with an end, 3 without", "Status": "2 enabled, 1 disabled, 1 unknown: it is not said what ruhend means",
		"Managers": "3 of 3 are found by their key", "Rows": "all 4 can be used",
	} {
		if got := resultOf(t, r, title); got.Text != want {
			t.Errorf("%s: %s\nwant %s", title, got.Text, want)
		}
	}
	if len(r.Samples) != 4 || r.Samples[1].Manager != "Xiaoyu Bai" || r.Samples[0].Groups != 1 {
		t.Errorf("samples %+v", r.Samples)
	}
}

func TestCheckOfAFaultyFile(t *testing.T) {
	text := staff + "10002;Twin;Ann;;;;;;aktiv;\n10006;Late;Bo;;;4711;31.02.2026;;aktiv;\n10007;Lost;Cy;;;4712;;;aktiv;\n"
	r := check(t, config(put(t, "staff.csv", text), nil))
	if !r.Passed() || r.Preview.Total != 7 || r.Preview.Faulty != 3 || len(r.Preview.Faults) != 3 {
		t.Fatalf("passed %v, %+v", r.Passed(), r.Preview)
	}
	if f := r.Preview.Faults[2]; f.Row != 7 || f.Column != "Eintritt" || f.Value != "31.02.2026" {
		t.Errorf("the third fault is %+v", f)
	}
	for title, want := range map[string]string{
		"Key": "2 rows have a key that another row has too", "Rows": "4 of 7 can be used, 3 cannot; the first: row 3, column Personalnummer",
		"Managers": "2 of 3 are found by their key; nobody is 4712",
	} {
		if got := resultOf(t, r, title); got.State != directory.Missing || !strings.Contains(got.Text, want) {
			t.Errorf("%s: %s %s\nwant %s", title, got.State, got.Text, want)
		}
	}
}

// What stands against a read fails the check.
func TestChecksThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		text, title, says string
		change            func(*iam.FileConfig)
	}{
		"no rows":       {"id;name\n", "Rows", "has no rows", nil},
		"no key":        {"colour;size\nred;1\nred;2\n", "Key", "No column is the key", nil},
		"no file":       {"", "File", "is empty", nil},
		"no such sheet": {"", "Format", "no sheet named", func(f *iam.FileConfig) { f.Path, f.Sheet = put(t, "a.xlsx", workbook(t, staff)), "Ny" }},
		"no workbook":   {"PK\x03\x04 and no more", "Format", "is no workbook", nil},
		"old workbook":  {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "Format", "password", nil},
		"nothing usable": {"id;start\n1;x\n2;y\n", "Rows", "none of 2 rows can be used", func(f *iam.FileConfig) {
			f.KeyColumn, f.Columns = "id", map[string]string{"startDate": "start"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &iam.FileConfig{Path: put(t, "a.csv", c.text)}
			if c.change != nil {
				c.change(f)
			}
			r := check(t, iam.SourceConfig{File: f})
			if got := resultOf(t, r, c.title); r.Passed() || got.State != directory.Failed || !strings.Contains(got.Text, c.says) {
				t.Errorf("passed %v: %+v", r.Passed(), got)
			}
		})
	}
}

// The bytes of a large file take time, its rows little memory.
func TestLargeFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("id;name;boss;start;end;groups\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "%d;Person %d;%d;2020-01-01;;staff\n", i, i, i/10)
	}
	began := time.Now()
	r := readAll(t, iam.SourceConfig{File: &iam.FileConfig{Path: put(t, "a.csv", b.String()), KeyColumn: "id",
		Columns: map[string]string{"name": "name", "manager": "boss", "startDate": "start", "endDate": "end", "groups": "groups"}}})
	if !r.Complete() || len(r.Accounts) != 20_000 || len(r.MembersOf("staff")) != 20_000 || r.Ends[0].Claimed != 20_000 {
		t.Fatalf("%d accounts, %v", len(r.Accounts), r.Err)
	}
	t.Logf("20,000 rows in %s", time.Since(began))
}
