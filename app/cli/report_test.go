package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReportList(t *testing.T) {
	body := `[{"name":"accounts","title":"Accounts","question":"Which accounts?","test":"x","controls":[],"period":false,"review":false,"tables":[{"name":"accounts","title":"Accounts","columns":[]}]},` +
		`{"name":"changes","title":"Changes","question":"What changed?","test":"x","controls":[],"period":true,"review":false,"tables":[{"name":"changes","title":"Changes","columns":[]}]},` +
		`{"name":"review-evidence","title":"Evidence","question":"What was reviewed?","test":"x","controls":[],"period":false,"review":true,"tables":[{"name":"items","title":"Items","columns":[]},{"name":"removals","title":"Removals","columns":[]}]}]`
	h := owner{"GET /reports": body}.mux()
	called(t, h, "", "report", "list").want(t, 0, `NAME             QUESTION            TAKES         TABLES
accounts         Which accounts?     --as-of       accounts
changes          What changed?       --from, --to  changes
review-evidence  What was reviewed?  --review      items, removals
`)
	if r := called(t, h, "", "report", "list", "--json"); r.code != 0 || strings.Count(r.out, "\n") != 3 || !strings.HasPrefix(r.out, `{"name":"accounts",`) {
		t.Errorf("not a line a report: %+v", r)
	}
}

const (
	writing = `{"id":"5","state":"writing","fileName":"a.csv","rows":3,"bytes":0,"event":0,"head":""}`
	ready   = `{"id":"5","state":"ready","fileName":"a.csv","rows":7,"bytes":4,"dataset":"d1","event":12,"head":"ab"}`
)

func TestReportRun(t *testing.T) {
	h := owner{"POST /reports/accounts/exports": writing, "GET /exports/5": ready, "GET /exports/5/content": "a,b\n"}.mux()
	file := filepath.Join(t.TempDir(), "a.csv")
	called(t, h, "", "report", "run", "accounts", "--format", "csv", "--out", file).want(t, 0, "", "7 rows, dataset d1, event 12, head ab\n")
	if b, err := os.ReadFile(file); err != nil || string(b) != "a,b\n" {
		t.Errorf("%q, %v", b, err)
	}
	called(t, h, "", "report", "run", "accounts", "--format", "csv", "--out", file).want(t, 1, "", "exists.\nName another one with --out.")
	called(t, h, "", "report", "run", "accounts", "--out", file+"2", "--json").want(t, 0, ready+"\n")
	called(t, h, "", "report", "run", "accounts", "--format", "pdf", "--out", file).want(t, 2, "", "--format is xlsx or csv")
	called(t, h, "", "report", "run", "accounts").want(t, 2, "", "name the new file with --out")
	called(t, h, "", "report", "run").want(t, 2, "", "accepts 1 arg")
}

// TestReportAsks: the flags are the query, names become ids.
func TestReportAsks(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"accounts --as-of 2026-03-31", `{"asOf":"2026-03-31","format":"xlsx"}`},
		{"changes --from 2026-01-01 --to 2026-03-31 --source HALDEN", `{"from":"2026-01-01","to":"2026-03-31","source":"3","format":"xlsx"}`},
		{"review-evidence --format csv --table removals --review q1", `{"review":"0190-b","format":"csv","table":"removals"}`},
		{"review-evidence --review SPRING", `{"review":"0190-d","format":"xlsx"}`},
		{"review-evidence --review 0190-a", `{"review":"0190-a","format":"xlsx"}`},
	} {
		t.Run(c.args, func(t *testing.T) {
			var asked string
			mux := owner{
				"GET /sources": `[{"id":"3","name":"halden"}]`, "GET /reviews": `{"items":[{"id":"0190-a","name":"Old"},{"id":"0190-b","name":"Q1"},{"id":"0190-c","name":"Spring"},{"id":"0190-d","name":"SPRING"}],"total":4}`, "GET /exports/5/content": "a,b\n",
			}.mux()
			mux.HandleFunc("POST /api/v1/reports/{name}/exports", func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				asked = string(b)
				_, _ = io.WriteString(w, ready)
			})
			args := append(strings.Fields("report run "+c.args), "--out", filepath.Join(t.TempDir(), "x"))
			if r := called(t, mux, "", args...); r.code != 0 || asked != c.want {
				t.Errorf("asked %s, want %s: %+v", asked, c.want, r)
			}
		})
	}
}

// TestReportFailsWithoutAFile: what went wrong is said, and nothing is left.
func TestReportFailsWithoutAFile(t *testing.T) {
	for _, c := range []struct {
		name string
		h    owner
		args string
		says string
	}{
		{"no such report", owner{"POST /reports/x/exports": `404 {"detail":"There is no report named \"x\".","kind":"notFound","remedy":"Name one of: accounts."}`}, "x", "Name one of: accounts."},
		{"it does not add up", owner{"POST /reports/x/exports": writing, "GET /exports/5": `{"id":"5","state":"failed","error":"The report does not add up."}`}, "x", "gatehouse: The report does not add up."},
		{"cancelled elsewhere", owner{"POST /reports/x/exports": writing, "GET /exports/5": `{"id":"5","state":"cancelled"}`}, "x", "gatehouse: The report was cancelled."},
		{"cut", owner{"POST /reports/x/exports": ready, "GET /exports/5/content": "a"}, "x", "cut after 1 of 4 bytes"},
		{"no such review", owner{"GET /reviews": `{"items":[{"id":"0190-a","name":"Old"}],"total":1}`}, "x --review q1", "Name one of: Old."},
		{"reviews alike but for case", owner{"GET /reviews": `{"items":[{"id":"0190-a","name":"Spring"},{"id":"0190-b","name":"SPRING"}],"total":2}`}, "x --review spring", "fits several reviews: Spring, SPRING."},
		{"no review", owner{"GET /reviews": `{"items":[],"total":0}`}, "x --review q1", "none was frozen yet"},
		{"no such source", owner{"GET /sources": `[{"id":"3","name":"halden"}]`}, "x --source lab", "Name one of: halden."},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x")
			called(t, c.h.mux(), "", append(strings.Fields("report run "+c.args), "--out", file)...).want(t, 1, "", c.says)
			if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
				t.Error("a file was left")
			}
		})
	}
}

// TestReportIsGivenUp: whoever interrupts the wait ends the work.
func TestReportIsGivenUp(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := ""
	mux := owner{"POST /reports/accounts/exports": writing}.mux()
	mux.HandleFunc("GET /api/v1/exports/5", func(_ http.ResponseWriter, r *http.Request) {
		interrupt()
		<-r.Context().Done()
	})
	mux.HandleFunc("DELETE /api/v1/exports/{id}", func(w http.ResponseWriter, r *http.Request) {
		ended = r.PathValue("id")
		w.WriteHeader(http.StatusNoContent)
	})
	file := filepath.Join(t.TempDir(), "x")
	r := calledWithin(ctx, mux, strings.NewReader(""), "report", "run", "accounts", "--out", file)
	if _, err := os.Stat(file); r.code != 1 || ended != "5" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%+v, ended %q, %v", r, ended, err)
	}
}
