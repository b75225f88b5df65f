package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

// as gives somebody with these permissions a session.
func (h *house) as(t *testing.T, name string, may ...iam.Permission) {
	t.Helper()
	o := iam.Origin{Actor: iam.Actor("operator:" + name), Permissions: iam.Permissions{}}
	for _, p := range may {
		o.Permissions[p] = true
	}
	ctx := iam.WithOrigin(context.Background(), o)
	token, _, err := h.sessions.NewLink(ctx, "window")
	if err == nil {
		h.cookies[name], _, err = h.sessions.Start(ctx, token, "")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestExportsNeedTheKindsPermission: a file of the log is for those who may
// read the log, and a report for those who may run reports: to see how it
// stands, to fetch it and to end it.
func TestExportsNeedTheKindsPermission(t *testing.T) {
	h := newHouse(t)
	e := send[Export](t, h, "POST", "/exports", `{"kind":"audit"}`)
	h.as(t, "reporter", iam.ReadDirectory, iam.RunReports)
	h.as(t, "examiner", iam.ReadDirectory, iam.ReadAudit)
	other, _ := h.exported(t, "reporter", "accounts", `{"format":"csv"}`)
	for _, c := range []struct{ as, id, lacks string }{{"reporter", e.ID, "audit.read"}, {"examiner", other.ID, "report.run"}} {
		for _, r := range []struct{ method, path string }{{"GET", ""}, {"GET", "/content"}, {"DELETE", ""}} {
			Scenario{Method: r.method, URL: "/exports/" + c.id + r.path, As: c.as, Status: 403, Contains: []string{c.lacks}, Audited: []string{"request.refuse refused"}}.run(t, h)
		}
	}
	if w := h.ask("examiner", "DELETE", "/exports/"+e.ID+"x", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.ask("reporter", "DELETE", "/exports/"+other.ID, "")
	for _, as := range []string{"examiner", auditor} {
		Scenario{Method: "GET", URL: "/exports/" + e.ID, As: as, Status: 200}.run(t, h)
		Scenario{Method: "GET", URL: "/exports/" + e.ID + "/content", As: as, Status: 200}.run(t, h)
	}
	report, _ := h.exported(t, "reporter", "accounts", `{"format":"xlsx"}`)
	// A file that nobody wants any more is deleted.
	if w := h.ask(auditor, "DELETE", "/exports/"+report.ID, ""); w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	Scenario{Method: "GET", URL: "/exports/" + report.ID, As: auditor, Status: 404}.run(t, h)
	if files, err := os.ReadDir(filepath.Join(h.dir, "exports")); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

// TestCancelledExport leaves no file and no event, whoever ends it.
func TestCancelledExport(t *testing.T) {
	for _, how := range []string{"by its reader", "by the end of the program", "by a failure", "by a panic"} {
		t.Run(how, func(t *testing.T) {
			h := newHouse(t)
			e := newExports(h.store)
			var said bytes.Buffer
			e.log = slog.New(slog.NewTextHandler(&said, nil))
			life, end := context.WithCancel(context.Background())
			defer end()
			e.life = life
			begun, sealed := make(chan struct{}), false
			x, err := e.begin(system(), "x.csv", "text/csv", iam.Public, func(ctx context.Context, w io.Writer, progress func(int64)) (Export, error) {
				_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20))
				progress(7)
				close(begun)
				if how == "by a failure" {
					return Export{}, iam.Errorf(iam.Internal, "The report does not add up.").Fix("Look.")
				}
				if how == "by a panic" {
					panic("out of range")
				}
				<-ctx.Done()
				return Export{}, ctx.Err()
			}, func(context.Context, Export) error { sealed = true; return nil })
			if err != nil {
				t.Fatal(err)
			}
			<-begun
			state, why := "cancelled", ""
			switch how {
			case "by its reader":
				if v := e.wait(t.Context(), x, 0); v.State != "writing" || v.Rows != 7 {
					t.Errorf("while it is written: %+v", v)
				}
				e.drop(x)
			case "by a failure":
				state, why = "failed", "The report does not add up. Look."
			case "by a panic":
				state, why = "failed", "Gatehouse failed; its log says why."
			default:
				end()
				e.work.Wait()
			}
			v := e.wait(t.Context(), x, time.Minute)
			if v.State != state || sealed || v.Error != why || strings.Contains(said.String(), "out of range") != (how == "by a panic") {
				t.Errorf("%+v, sealed %v, the log says %s", v, sealed, &said)
			}
			if _, err := os.Stat(x.path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a file was left: %v", err)
			}
		})
	}
}
