package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

const everyHour = `{"every":60,"cron":"","fullEvery":10080,"privilegedEvery":0,"windows":[],"live":false}`

// connect adds a source named Lab of the kind plain and answers its path.
func connectPlain(t *testing.T, h *house, schedule string) string {
	t.Helper()
	if schedule != "" {
		schedule = `,"schedule":` + schedule
	}
	w := h.ask(administrator, "POST", "/sources", `{"name":"Lab","kind":"plain","config":{"url":"x","baseDn":"","mapping":`+noMapping+`}`+schedule+`}`)
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var s Source
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	return "/sources/" + s.ID
}

// TestSchedules: who may see and set when a source is read, and what is refused.
func TestSchedules(t *testing.T) {
	h := newHouse(t)
	at := connectPlain(t, h, "") + "/schedule"
	with := func(field, value string) string {
		body := everyHour
		for _, old := range []string{`"every":60`, `"cron":""`, `"fullEvery":10080`, `"windows":[]`} {
			if strings.HasPrefix(old, `"`+field+`"`) {
				body = strings.Replace(body, old, `"`+field+`":`+value, 1)
			}
		}
		return body
	}
	nights := with("windows", `[{"days":["mon","fri"],"from":"20:00","to":"06:00"}]`)
	scenarios(t, h, []Scenario{
		{"nobody said", "GET", at, "", auditor, 200, []string{`"off":true`, `"due":false`, `"every":0`, `"windows":[]`, `!"next"`}, nil},
		{"an auditor sets nothing", "PUT", at, everyHour, auditor, 403, nil, []string{"request.refuse refused"}},
		{"every hour", "PUT", at, everyHour, administrator, 200, []string{`"off":false`, `"next":"2026-03-10T14:51:00Z"`, `"nextIs":"changes"`, `"due":false`}, []string{"schedule.change done"}},
		{"it is kept", "GET", at, "", auditor, 200, []string{`"every":60`, `"fullEvery":10080`, `"setAt":"2026-03-10T13:51:00Z"`}, nil},
		{"the source says when", "GET", strings.TrimSuffix(at, "/schedule"), "", auditor, 200, []string{`"next":"2026-03-10T14:51:00Z"`, `"watched":false`}, nil},
		{"in a window", "PUT", at, nights, administrator, 200, []string{`{"days":["mon","fri"],"from":"20:00","to":"06:00"}`, `"next":"2026-03-13T20:00:00Z"`, `time window`}, []string{"schedule.change done"}},
		{"no cron expression", "PUT", at, with("cron", `"61 * * * *"`), administrator, 422, []string{`body.cron`}, nil},
		{"both", "PUT", at, with("cron", `"0 2 * * *"`), administrator, 422, []string{`body.cron`}, nil},
		{"full too often", "PUT", at, with("fullEvery", "5"), administrator, 422, []string{`body.fullEvery`}, nil},
		{"no such day", "PUT", at, with("windows", `[{"days":["xmas"],"from":"20:00","to":"06:00"}]`), administrator, 422, []string{`windows`}, nil},
		{"no such time", "PUT", at, with("windows", `[{"days":["mon"],"from":"25:00","to":"06:00"}]`), administrator, 422, []string{`windows`}, nil},
		{"less than nothing", "PUT", at, with("every", "-1"), administrator, 422, []string{`body.every`}, nil},
		{"what was refused changed nothing", "GET", at, "", auditor, 200, []string{`"every":60`, `"from":"20:00"`}, nil},
		{"off", "PUT", at, with("every", "0"), administrator, 200, []string{`"off":true`, `!"next"`}, []string{"schedule.change done"}},
		{"connecting with one that cannot be kept", "POST", "/sources", `{"name":"Other","kind":"plain","config":{"url":"x","baseDn":"","mapping":` + noMapping + `},"schedule":` + with("cron", `"x"`) + `}`, administrator, 422, []string{"cron"}, nil},
	})
}

// TestDueReads: a read that is asked for only if it is due is made when it is.
func TestDueReads(t *testing.T) {
	h := newHouse(t)
	source := connectPlain(t, h, everyHour)
	if s := get[Schedule](t, h, source+"/schedule"); s.Every != 60 || s.Due || s.SetAt == "" || s.Last != nil {
		t.Fatalf("%+v", s)
	}
	if w := h.ask(administrator, "POST", source+"/runs", `{"due":true}`); w.Code != 409 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.clock.pass(time.Hour)
	if s := get[Schedule](t, h, source+"/schedule"); !s.Due {
		t.Errorf("%+v", s)
	}
	if w := h.ask(auditor, "POST", source+"/runs", `{"due":true}`); w.Code != 403 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.ask(administrator, "POST", source+"/runs", `{"due":true}`); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.runner.Idle(system())
	s := get[Schedule](t, h, source+"/schedule")
	if s.Due || s.Last == nil || s.Last.State != string(iam.Applied) || s.Last.Mode != "full" || s.Last.Drift != nil || s.Next != "2026-03-10T15:51:00Z" {
		t.Errorf("%+v", s)
	}
	// A source that is gone has no schedule, and nothing is due.
	if w := h.ask(administrator, "DELETE", source+"?reason=because", ""); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.ask(administrator, "GET", source+"/schedule", ""); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
