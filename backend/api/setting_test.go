package api

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

func TestSettings(t *testing.T) {
	h := newHouse(t)
	scenarios(t, h, []Scenario{
		{Name: "as they are", Method: "GET", URL: "/settings", As: auditor, Status: 200, Contains: []string{`"organisation":""`, `"demo":true`, `"on":false`, `"hasRecovery":false`}},
		{Name: "a name", Method: "PUT", URL: "/settings", Body: `{"organisation":"  Halden  "}`, As: administrator, Status: 200, Contains: []string{`"organisation":"Halden"`}, Audited: []string{"setting.change done"}},
		{Name: "nothing", Method: "PUT", URL: "/settings", Body: `{}`, As: administrator, Status: 200, Contains: []string{`"organisation":"Halden"`}},
		{Name: "no link while the listener is off", Method: "POST", URL: "/settings/start-link", As: administrator, Status: 409, Contains: []string{"Turn it on"}},
		{Name: "listener on", Method: "PUT", URL: "/settings", Body: `{"listener":true}`, As: administrator, Status: 200, Contains: []string{`"on":true`, "http://localhost:4711"}},
		{Name: "a link", Method: "POST", URL: "/settings/start-link", As: administrator, Status: 200, Contains: []string{"/boot#t="}},
		{Name: "no link for an auditor", Method: "POST", URL: "/settings/start-link", As: auditor, Status: 403, Audited: []string{"request.refuse refused"}},
		{Name: "listener off", Method: "PUT", URL: "/settings", Body: `{"listener":false}`, As: administrator, Status: 200, Contains: []string{`"on":false`, `"addresses":[]`}},
		{Name: "the demo cannot be opened from within", Method: "POST", URL: "/demo/open", As: administrator, Status: 501, Contains: []string{"gatehouse demo"}},
	})
	key := send[RecoveryKey](t, h, "POST", "/vault/recovery-key", "").Key
	if len(key) < 26 {
		t.Fatalf("the recovery key is %q", key)
	}
	s := get[Settings](t, h, "/settings")
	if !s.Vault.HasRecovery || int64(len(h.events(t))) != s.Events || len(s.Head) != 64 {
		t.Errorf("%+v", s)
	}
	if strings.Contains(h.log.String(), key) {
		t.Error("the recovery key is in the log")
	}
	for _, e := range h.events(t) {
		for _, o := range e.Objects {
			if strings.Contains(o.ID+o.Name, key) {
				t.Errorf("the recovery key is in event %d", e.Seq)
			}
		}
	}
}

// TestExport: a file in the data folder for its owner alone, for an hour.
func TestExport(t *testing.T) {
	h := newHouse(t)
	before := len(h.events(t))
	e := send[Export](t, h, "POST", "/exports", `{"kind":"audit"}`)
	if int(e.Event) != before || len(e.Head) != 64 || !strings.HasPrefix(e.FileName, "DEMO-gatehouse-audit-20260310T1351") {
		t.Errorf("%+v", e)
	}
	events := h.events(t)
	if last := events[len(events)-1]; last.Action != "export" || last.Objects[0].ID != e.ID || last.Actor != "operator:administrator" {
		t.Errorf("the export is recorded as %+v", last)
	}
	w := h.ask(auditor, "GET", "/exports/"+e.ID+"/content", "")
	if w.Code != 200 || int64(w.Body.Len()) != e.Bytes || strings.Count(w.Body.String(), "\n") != before ||
		!strings.Contains(w.Header().Get("Content-Disposition"), `attachment; filename="DEMO-gatehouse-audit-`) || w.Header().Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("%d, %d bytes of %d, %v", w.Code, w.Body.Len(), e.Bytes, w.Header())
	}
	path := h.dir + "/exports/" + e.ID
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	h.clock.pass(time.Hour)
	Scenario{Method: "GET", URL: "/exports/" + e.ID + "/content", As: auditor, Status: 200}.run(t, h)
	h.clock.pass(time.Second)
	Scenario{Method: "GET", URL: "/exports/" + e.ID + "/content", As: auditor, Status: 404, Contains: []string{"Export again"}}.run(t, h)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
	// What an earlier process left is deleted by the next.
	again := send[Export](t, h, "POST", "/exports", `{"kind":"audit"}`)
	newExports(h.store)
	if _, err := os.Stat(h.dir + "/exports/" + again.ID); !os.IsNotExist(err) {
		t.Errorf("an earlier process's file is still there: %v", err)
	}
}

// TestExportIsNotForgotten: the file goes after its hour though nobody asks.
func TestExportIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		e := newExports(s)
		x, err := e.begin(t.Context(), "x", "text/plain", iam.Public,
			func(_ context.Context, w io.Writer, _ func(int64)) (Export, error) {
				_, err := w.Write([]byte("x"))
				return Export{}, err
			}, func(context.Context, Export) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		<-x.done
		path := filepath.Join(e.dir(), x.view.ID)
		time.Sleep(exportLife)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("gone too early: %v", err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("still there: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
