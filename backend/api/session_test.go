package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/iam"
)

func decode[T any](w *httptest.ResponseRecorder) T {
	var v T
	_ = json.Unmarshal(w.Body.Bytes(), &v)
	return v
}

func TestSessionBegins(t *testing.T) {
	h := newHouse(t)
	token, _, err := h.sessions.NewLink(iam.WithOrigin(system(), iam.Origin{Actor: iam.Local("ann"), OSUser: "ann", Permissions: iam.Auditor()}), "browser")
	if err != nil {
		t.Fatal(err)
	}
	scenarios(t, h, []Scenario{
		{Name: "none yet", Method: "GET", URL: "/session", Status: 401, Contains: []string{"gatehouse link"}},
		{Name: "an unknown link", Method: "POST", URL: "/session", Body: `{"token":"unknown"}`, Status: 403, Contains: []string{"used already or is older than five minutes"}, Audited: []string{"session.start refused"}},
	})
	w := h.ask(nobody, http.MethodPost, "/session", `{"token":"`+token+`"}`)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies: %v", cookies)
	}
	c := cookies[0]
	if c.Name != "gatehouse_test" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || len(c.Value) < 22 {
		t.Errorf("the cookie is %+v", c)
	}
	if c.Value == token || strings.Contains(w.Body.String(), c.Value) {
		t.Error("the secret is the token, or is told in the answer")
	}
	h.cookies["ann"] = c.Value
	who := decode[Session](h.ask("ann", http.MethodGet, "/session", ""))
	if who.Actor != "local:ann" || who.Name != "ann" || who.Channel != "browser" || !slices.Equal(who.Permissions, []string{"audit.read", "directory.read", "report.run"}) || !who.Demo || !who.FirstStart {
		t.Errorf("%+v", who)
	}
	scenarios(t, h, []Scenario{
		{Name: "the link again", Method: "POST", URL: "/session", Body: `{"token":"` + token + `"}`, Status: 403, Audited: []string{"session.start refused"}},
		{Name: "the session's secret is no link", Method: "POST", URL: "/session", Body: `{"token":"` + c.Value + `"}`, Status: 403, Audited: []string{"session.start refused"}},
		{Name: "end it", Method: "DELETE", URL: "/session", As: "ann", Status: 204, Audited: []string{"session.end done"}},
		{Name: "it is over", Method: "GET", URL: "/overview", As: "ann", Status: 401},
		{Name: "end it again", Method: "DELETE", URL: "/session", As: "ann", Status: 204},
	})
	for _, e := range h.events(t) {
		for _, secret := range []string{token, c.Value} {
			if b, _ := json.Marshal(e); strings.Contains(string(b), secret) {
				t.Errorf("a secret is in event %d", e.Seq)
			}
		}
	}
	if log := h.log.String(); strings.Contains(log, token) || strings.Contains(log, c.Value) {
		t.Error("a secret is in the log")
	}
}

// TestForeignCookies: a cookie of another installation, of another port of this
// computer, or made up, opens nothing.
func TestForeignCookies(t *testing.T) {
	h := demoHouse(t)
	good := h.cookies[administrator]
	for _, cookie := range []string{
		"gatehouse_other=" + good, "gatehouse=" + good, "Gatehouse_Test=" + good, "gatehouse_test=", "gatehouse_test=" + good[1:], "gatehouse_test=" + good + "x",
		"gatehouse_test=x; gatehouse_test=" + good, // the first counts
	} {
		r := httptest.NewRequest(http.MethodGet, Root+"/overview", nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", strings.ReplaceAll(cookie, good, "GOOD"), w.Code)
		}
	}
	// Nor does a secret anywhere else but in the cookie.
	for _, header := range []string{"Authorization", "X-Session", "X-Gatehouse-Session"} {
		r := httptest.NewRequest(http.MethodGet, Root+"/overview?gatehouse_test="+good+"&token="+good, nil)
		r.Header.Set(header, "Bearer "+good)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", header, w.Code)
		}
	}
}
