package file

import (
	"bytes"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

func TestTheKindKeepsTheContract(t *testing.T) {
	for name, cfg := range map[string]iam.SourceConfig{
		"xlsx": config(put(t, "staff.xlsx", workbook(t, staff)), nil),
		"ldif": ldifConfig(put(t, "staff.ldif", entries)),
	} {
		t.Run(name, func(t *testing.T) {
			directorytest.Run(t, func(t *testing.T) directory.Source { return open(t, cfg) })
		})
	}
	t.Run("csv", func(t *testing.T) { newExport(t).subject().Run(t) })
}

// export is a csv file that is written anew after every change, as a personnel
// system does it.
type export struct {
	path  string
	keys  []string
	rows  map[string]map[string]string
	roles map[string][]string // by key
}

func newExport(t *testing.T) *export {
	e := &export{path: put(t, "export.csv", ""), rows: map[string]map[string]string{}, roles: map[string][]string{}}
	for _, key := range []string{"a", "b", "c"} {
		e.change(directorytest.Change{Verb: directorytest.AddAccount, Account: key, Name: "Person " + key, Unit: "Lab"})
		e.change(directorytest.Change{Verb: directorytest.AddMember, Account: key, Group: "staff"})
	}
	e.write(t)
	return e
}

func (e *export) subject() directorytest.Subject {
	spoil := func(content string) func(testing.TB) {
		return func(t testing.TB) {
			if err := os.WriteFile(e.path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	heal := func(t testing.TB) { e.write(t) }
	return directorytest.Subject{
		Open: func(t *testing.T) directory.Source {
			return open(t, iam.SourceConfig{File: &iam.FileConfig{Path: e.path, KeyColumn: "key", GroupSeparator: "|", States: map[string]string{"on": enabled, "off": disabled},
				Columns: map[string]string{"name": "name", "title": "text", "department": "unit", "status": "status", "groups": "roles"}}})
		},
		Change: func(t testing.TB, changes ...directorytest.Change) {
			for _, c := range changes {
				e.change(c)
			}
			e.write(t)
		},
		Verbs: []directorytest.Verb{
			directorytest.AddUnit, directorytest.AddAccount, directorytest.ModifyAccount, directorytest.RenameAccount, directorytest.DisableAccount, directorytest.EnableAccount,
			directorytest.DeleteAccount, directorytest.AddGroup, directorytest.AddMember, directorytest.RemoveMember,
		},
		Faults: []directorytest.Fault{
			{Name: "emptied while it is read", Begin: spoil(""), Heal: heal, Kind: iam.Unavailable, Says: "was it being written?"},
			{Name: "cut while it is read", Begin: spoil("key;name;text;unit;status;roles\na;An"), Heal: heal, Kind: iam.Unavailable, Says: "was it being written?"},
			{Name: "names alone", Begin: spoil("key;name;text;unit;status;roles\n"), Heal: heal, Kind: iam.Unavailable, Says: "was it being written?"},
			{Name: "gone while it is read", Kind: iam.Unavailable, Says: "", Heal: heal, Begin: func(t testing.TB) {
				if err := os.Remove(e.path); err != nil {
					t.Fatal(err)
				}
			}},
		},
	}
}

func (e *export) change(c directorytest.Change) {
	row := e.rows[c.Account]
	switch c.Verb {
	case directorytest.AddAccount:
		e.keys = append(e.keys, c.Account)
		e.rows[c.Account] = map[string]string{"name": c.Name, "unit": c.Unit, "status": "on"}
	case directorytest.ModifyAccount:
		row["text"] = c.Text
	case directorytest.RenameAccount:
		row["name"] = c.Name
	case directorytest.DisableAccount:
		row["status"] = "off"
	case directorytest.EnableAccount:
		row["status"] = "on"
	case directorytest.DeleteAccount:
		delete(e.rows, c.Account)
		e.keys = slices.DeleteFunc(e.keys, func(key string) bool { return key == c.Account })
	case directorytest.AddMember:
		if row != nil && !slices.Contains(e.roles[c.Account], c.Group) {
			e.roles[c.Account] = append(e.roles[c.Account], c.Group)
		}
	case directorytest.RemoveMember:
		e.roles[c.Account] = slices.DeleteFunc(e.roles[c.Account], func(group string) bool { return group == c.Group })
	}
}

func (e *export) write(t testing.TB) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = ';'
	lines := [][]string{{"key", "name", "text", "unit", "status", "roles"}}
	for _, key := range e.keys {
		row := e.rows[key]
		lines = append(lines, []string{key, row["name"], row["text"], row["unit"], row["status"], strings.Join(e.roles[key], "|")})
	}
	if err := w.WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(e.path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
