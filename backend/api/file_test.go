package api

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

const sentStaff = "id;name;mail;manager;startdate;enddate\n1;Ann Berg;ann@x.example;;2019-02-01;\n2;Bo Dahl;bo@x.example;1;2020-03-02;2026-01-31\n3;Cy Moen;cy@x.example;1;31.02.2020;\n"

// send sends a file and returns its id.
func (h *house) send(t *testing.T, name, content string) string {
	t.Helper()
	return send[SentFile](t, h, http.MethodPost, "/files?name="+name, content).ID
}

func fileDraft(file string) string {
	return `{"name":"hr","kind":"file","config":{"url":"","baseDn":"","mapping":` + noMapping + `,"file":` + file + `}}`
}

// From a sent file to people: sent, checked, connected, read, and gone with its
// source.
func TestSentFile(t *testing.T) {
	h := newHouse(t)
	id := h.send(t, "hr%20export.csv", sentStaff)
	path := filepath.Join(h.dir, "files", id)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("kept as %v, %v", info, err)
	}
	checked := send[CheckReport](t, h, http.MethodPost, "/sources/check", fileDraft(`{"upload":"`+id+`","name":"hr export.csv"}`))
	if p := checked.Preview; !checked.Passed || p == nil || p.Total != 3 || p.Faulty != 1 || p.Faults[0].Row != 4 || p.Faults[0].Column != "startdate" || len(checked.Samples) != 2 {
		t.Fatalf("%+v", checked)
	}
	f := checked.Config.File
	if f.KeyColumn != "id" || f.Columns["name"] != "name" || f.Columns["mail"] != "mail" {
		t.Errorf("proposes %+v", f)
	}
	src := send[Source](t, h, http.MethodPost, "/sources", fileDraft(fmt.Sprintf(
		`{"upload":%q,"name":"hr export.csv","keyColumn":"id","columns":{"name":"name","mail":"mail","manager":"manager","startDate":"startdate","endDate":"enddate","employeeNumber":"id"}}`, id)))
	source, _ := iam.ParseID(src.ID)
	if err := h.read(source); err != nil {
		t.Fatal(err)
	}
	run := get[Page[Run]](t, h, "/runs?source="+src.ID).Items[0]
	if run.Coverage != "complete" || run.Skipped != 1 || run.Added == 0 || !strings.Contains(run.Server, "hr export.csv, 161 bytes, SHA-256 ") {
		t.Errorf("%+v", run)
	}
	if got := get[Source](t, h, "/sources/"+src.ID); got.Accounts != 2 || got.HasSecret {
		t.Errorf("%+v", got)
	}

	// The same file again: nothing of it is read, and nothing less is known.
	first := get[Source](t, h, "/sources/"+src.ID)
	h.clock.pass(time.Hour)
	if err := h.read(source); err != nil {
		t.Fatal(err)
	}
	if got := get[Source](t, h, "/sources/"+src.ID); first.Unchanged != nil || got.Unchanged == nil || got.Unchanged.Since != first.LastComplete.EndedAt || got.Unchanged.Rows != 2 || got.LastComplete.Read != 0 {
		t.Errorf("%+v, %+v", got.Unchanged, got.LastComplete)
	}

	// A newer export of the same table is no other configuration.
	newer := h.send(t, "hr.csv", strings.Replace(sentStaff, "31.02.2020", "2020-02-28", 1))
	change := fmt.Sprintf(`{"upload":%q,"name":"hr.csv","keyColumn":"id","columns":{"name":"name","mail":"mail","manager":"manager","startDate":"startdate","endDate":"enddate","employeeNumber":"id"}}`, newer)
	send[Source](t, h, http.MethodPut, "/sources/"+src.ID, fileDraft(change))
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the older file is still kept: %v", err)
	}
	if err := h.read(source); err != nil {
		t.Fatal(err)
	}
	if got := get[Source](t, h, "/sources/"+src.ID); got.Accounts != 3 || got.Status != "complete" {
		t.Errorf("%+v", got)
	}

	// A row that cannot be used any more is nobody's leaving.
	broken := h.send(t, "hr.csv", strings.Replace(sentStaff, "2020-03-02", "soon", 1))
	send[Source](t, h, http.MethodPut, "/sources/"+src.ID, fileDraft(strings.Replace(change, newer, broken, 1)))
	if err := h.read(source); err != nil {
		t.Fatal(err)
	}
	if got := get[Source](t, h, "/sources/"+src.ID); got.Accounts != 3 || got.Newest.Skipped != 2 || got.Newest.Removed != 0 {
		t.Errorf("%+v, newest %+v", got, got.Newest)
	}

	if w := h.ask(administrator, http.MethodDelete, "/sources/"+src.ID+"?reason=because", ""); w.Code != http.StatusNoContent {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if left, _ := os.ReadDir(filepath.Join(h.dir, "files")); len(left) != 0 {
		t.Errorf("still kept: %v", left)
	}
}

// A file that no source takes is deleted after an hour.
func TestSentFileThatNobodyTakes(t *testing.T) {
	h := newHouse(t)
	first := h.send(t, "a.csv", sentStaff)
	h.clock.pass(50 * time.Minute)
	second := h.send(t, "b.csv", sentStaff)
	h.clock.pass(20 * time.Minute)
	send[Source](t, h, http.MethodPost, "/sources", fileDraft(`{"upload":"`+second+`","keyColumn":"id","columns":{"name":"name"}}`))
	h.clock.pass(2 * time.Hour)
	send[Source](t, h, http.MethodPost, "/sources", strings.Replace(fileDraft(`{"upload":"`+second+`","keyColumn":"id","columns":{"name":"name"}}`), `"hr"`, `"hr2"`, 1))
	for id, want := range map[string]bool{first: false, second: true} {
		if _, err := os.Stat(filepath.Join(h.dir, "files", id)); (err == nil) != want {
			t.Errorf("file %s: %v", id, err)
		}
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	h := newHouse(t)
	if w := h.ask(administrator, http.MethodPost, "/files?name=a.csv", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an empty file: %d %s", w.Code, w.Body)
	}
	if left, _ := os.ReadDir(filepath.Join(h.dir, "files")); len(left) != 0 {
		t.Errorf("kept: %v", left)
	}
	for file, field := range map[string]string{
		`{}`: "body.file.path", `{"path":"staff.csv"}`: "body.file.path", `{"upload":"../x"}`: "body.file.upload", `{"path":"/a.csv","dateFormat":"x"}`: "body.file.dateFormat",
	} {
		w := h.ask(administrator, http.MethodPost, "/sources", fileDraft(file))
		if p := isProblem(t, w); w.Code != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Location != field {
			t.Errorf("%s: %d %s", file, w.Code, w.Body)
		}
	}
}
