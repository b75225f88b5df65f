package cli

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

const checkedFile = `{"passed":true,"server":"staff.csv","results":[{"state":"missing","step":"base","title":"Rows","text":"1 of 2 can be used","remedy":"Mend it."}],
  "samples":[],"preview":{"columns":[],"rows":[],"total":2,"faulty":1,"faults":[{"row":3,"column":"Austritt","value":"31.02.2026","text":"is no day of the calendar"}],"sheets":[],"words":[]},
  "config":{"url":"","baseDn":"","mapping":{},"file":{"path":"/srv/staff.csv","format":"csv","keyColumn":"Nr"}}}`

func TestAddFile(t *testing.T) {
	mux, drafts := connecting(t, checkedFile)
	r := called(t, mux, "", "source", "add", "file", "staff", "--path", "staff.csv", "--key", "Nr", "--column", "endDate=Austritt", "--column", "name=Name, Vorname",
		"--state", "aktiv=enabled", "--date-format", "dmy", "--delimiter", ";")
	if r.code != 0 || len(*drafts) != 2 {
		t.Fatalf("%d %s%s", r.code, r.out, r.err)
	}
	abs, _ := filepath.Abs("staff.csv")
	asked := (*drafts)[0]
	f := asked.Config.File
	if asked.Kind != "file" || asked.Name != "staff" || f.Path != abs || f.KeyColumn != "Nr" || f.Columns["endDate"] != "Austritt" || f.Columns["name"] != "Name, Vorname" ||
		f.States["aktiv"] != "enabled" || f.DateFormat != "dmy" || f.Delimiter != ";" {
		t.Errorf("asked for %+v", f)
	}
	if saved := (*drafts)[1].Config.File; saved.Format != "csv" {
		t.Errorf("saved %+v, not what was proposed", saved)
	}
	for _, want := range []string{"31.02.2026", "is no day of the calendar", "1 of 2 can be used"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("does not say %q:\n%s", want, r.out)
		}
	}
}

func TestAddFileRefusals(t *testing.T) {
	for _, c := range []struct {
		says string
		args []string
	}{
		{"a file has a path", []string{"file", "x"}},
		{"a file has a path", []string{"file", "x", "--path", "a.csv", "--url", "ldap://x"}},
		{"--url", []string{"ldap", "x"}},
		{"belongs to the kind file", []string{"ldap", "x", "--url", "ldap://x", "--path", "a.csv"}},
		{"--column endDate", []string{"file", "x", "--path", "a.csv", "--column", "endDate"}},
		{"--state aktiv=", []string{"file", "x", "--path", "a.csv", "--state", "aktiv="}},
	} {
		if r := called(t, http.NewServeMux(), "", append([]string{"source", "add"}, c.args...)...); r.code != 2 || !strings.Contains(r.err, c.says) {
			t.Errorf("%v: %d %s; want %q", c.args, r.code, r.err, c.says)
		}
	}
}
