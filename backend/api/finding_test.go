package api

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

// Accepting findings, over HTTP.

func open(t *testing.T, h *house, query string) Page[FindingRow] {
	t.Helper()
	return get[Page[FindingRow]](t, h, "/findings?"+query)
}

func TestAcceptance(t *testing.T) {
	h := newHouse(t)
	if err := h.readCompany(); err != nil {
		t.Fatal(err)
	}
	before := open(t, h, "").Total
	dormant := open(t, h, "kind=dormant")
	first := dormant.Items[0]
	until := h.clock.now().AddDate(0, 0, 30).Format(time.RFC3339)
	scenarios(t, h, []Scenario{
		{Name: "without reason", Method: "POST", URL: "/findings/accept", Body: `{"ids":["` + first.ID + `"],"reason":""}`, As: administrator, Status: 422},
		{Name: "with blanks for a reason", Method: "POST", URL: "/findings/accept", Body: `{"ids":["` + first.ID + `"],"reason":"    "}`, As: administrator, Status: 422, Contains: []string{"body.reason"}},
		{Name: "for too long", Method: "POST", URL: "/findings/accept", Body: `{"ids":["` + first.ID + `"],"reason":"known","until":"2099-01-01T00:00:00Z"}`, As: administrator, Status: 422, Contains: []string{"body.until", "11 March 2027"}},
		{Name: "until yesterday", Method: "POST", URL: "/findings/accept", Body: `{"ids":["` + first.ID + `"],"reason":"known","until":"2026-03-09T00:00:00Z"}`, As: administrator, Status: 422, Contains: []string{"body.until"}},
		{Name: "all, unconfirmed", Method: "POST", URL: "/findings/accept", Body: `{"kind":"dormant","reason":"known"}`, As: administrator, Status: 422, Contains: []string{"body.count"}},
		{Name: "all, by a wrong number", Method: "POST", URL: "/findings/accept", Body: `{"kind":"dormant","reason":"known","count":3}`, As: administrator, Status: 409, Contains: []string{"12 findings fit now, not 3"}},
		{Name: "names and a filter", Method: "POST", URL: "/findings/accept", Body: `{"ids":["` + first.ID + `"],"kind":"dormant","reason":"known"}`, As: administrator, Status: 422, Contains: []string{"body.ids"}},
		{Name: "one that is not there", Method: "POST", URL: "/findings/accept", Body: `{"ids":["999999","` + first.ID + `"],"reason":"known"}`, As: administrator, Status: 404, Contains: []string{"Of these 2 findings 1"}},
		{Name: "by an auditor", Method: "POST", URL: "/findings/accept", Body: `{"ids":["` + first.ID + `"],"reason":"known"}`, As: auditor, Status: 403, Audited: []string{"request.refuse refused"}},
		{Name: "opened again before it was accepted", Method: "POST", URL: "/findings/" + first.ID + "/reopen", Body: `{"reason":"looked again"}`, As: administrator, Status: 409},
		{Name: "one", Method: "POST", URL: "/findings/accept", Body: `{"ids":["` + first.ID + `","` + first.ID + `"],"reason":" is on leave ","ticket":"CHG-7","until":"` + until + `"}`, As: administrator, Status: 200, Contains: []string{`"count":1`}, Audited: []string{"finding.accept done"}},
	})
	if n := open(t, h, "").Total; n != before-1 {
		t.Errorf("%d are open, want %d", n, before-1)
	}
	accepted := open(t, h, "state=accepted")
	if accepted.Total != 1 || accepted.Items[0].ID != first.ID {
		t.Fatalf("accepted: %+v", accepted)
	}
	if a := accepted.Items[0].Accepted; a == nil || a.Reason != "is on leave" || a.Ticket != "CHG-7" || a.By != "operator:administrator" || a.Until != until {
		t.Errorf("%+v", a)
	}
	if o := get[Overview](t, h, "/overview"); o.FindingTotal != before-1 {
		t.Errorf("the overview counts %d", o.FindingTotal)
	}
	if a := get[Account](t, h, "/accounts/"+first.Subject.ID); a.Finding != nil && a.Finding.Kind == "dormant" {
		t.Errorf("the account still has the tag %+v", a.Finding)
	}

	// A reading that changes nothing changes nothing.
	if err := h.read(h.halden); err != nil {
		t.Fatal(err)
	}
	if n := open(t, h, "").Total; n != before-1 {
		t.Errorf("after another reading %d are open, want %d", n, before-1)
	}

	// It comes back when its date has passed, and can be accepted again.
	h.clock.pass(31 * 24 * time.Hour)
	ctx := iam.WithOrigin(t.Context(), iam.Origin{Actor: "operator:administrator", Permissions: iam.Administrator()})
	token, _, err := h.sessions.NewLink(ctx, "window")
	if err != nil {
		t.Fatal(err)
	}
	if h.cookies[administrator], _, err = h.sessions.Start(ctx, token, ""); err != nil {
		t.Fatal(err)
	}
	if found := open(t, h, "kind=dormant"); found.Total != dormant.Total {
		t.Errorf("after the date %d are dormant, want %d", found.Total, dormant.Total)
	}
	send[Accepted](t, h, http.MethodPost, "/findings/accept", fmt.Sprintf(`{"kind":"dormant","count":%d,"reason":"known to the lab"}`, dormant.Total))
	if n := open(t, h, "kind=dormant").Total; n != 0 {
		t.Errorf("%d dormant are open", n)
	}
	again := send[FindingRow](t, h, http.MethodPost, "/findings/"+first.ID+"/reopen", `{"reason":"looked again"}`)
	if again.Accepted != nil || open(t, h, "kind=dormant").Total != 1 {
		t.Errorf("opened again: %+v", again)
	}

	// A baseline takes the rest up to a risk; held readings it leaves.
	var low int64
	for _, risk := range []string{"low", "medium"} {
		low += open(t, h, "risk="+risk).Total
	}
	done := send[Accepted](t, h, http.MethodPost, "/findings/baseline", fmt.Sprintf(`{"name":"First reading","upTo":"medium","count":%d}`, low))
	if done.Count != low || open(t, h, "risk=low").Total+open(t, h, "risk=medium").Total != 0 || open(t, h, "risk=critical").Total == 0 {
		t.Errorf("the baseline accepted %d of %d", done.Count, low)
	}
	if v := send[AuditVerdict](t, h, http.MethodPost, "/audit/verify", `{}`); !v.OK {
		t.Errorf("the log: %+v", v.Problems)
	}
}

// TestRulesChangeWhatIsNoticed: a threshold counts at once, for every source.
func TestRulesChangeWhatIsNoticed(t *testing.T) {
	h := newHouse(t)
	if err := h.readCompany(); err != nil {
		t.Fatal(err)
	}
	scenarios(t, h, []Scenario{
		{Name: "too few days", Method: "PUT", URL: "/findings/rules", Body: `{"dormantDays":3,"neverUsedDays":30,"nestingSteps":3}`, As: administrator, Status: 422, Contains: []string{"body.dormantDays", "from 15 to 730"}},
		{Name: "by an auditor", Method: "PUT", URL: "/findings/rules", Body: `{"dormantDays":45,"neverUsedDays":30,"nestingSteps":3}`, As: auditor, Status: 403, Audited: []string{"request.refuse refused"}},
		{Name: "45 days", Method: "PUT", URL: "/findings/rules", Body: `{"dormantDays":45,"neverUsedDays":30,"nestingSteps":3}`, As: administrator, Status: 200, Audited: []string{"finding.rules done"}},
	})
	if n := open(t, h, "kind=dormant").Total; n <= 12 {
		t.Errorf("after 45 days %d are dormant", n)
	}
	for _, s := range get[[]FindingSummary](t, h, "/findings/summary") {
		if n := open(t, h, "kind="+s.Kind).Total; n != s.Count || s.Title == "" || s.Question == "" || s.Threshold == "" || s.Remedy == "" {
			t.Errorf("%+v, the list has %d", s, n)
		}
	}
}

// TestTop: the riskiest first, and each count opens its rows.
func TestTop(t *testing.T) {
	h := demoHouse(t)
	top := get[[]FindingCause](t, h, "/findings/top")
	if len(top) == 0 || top[0].Risk != "critical" {
		t.Fatalf("%+v", top)
	}
	order := map[string]int{"critical": 4, "high": 3, "medium": 2, "low": 1}
	var sum int64
	for i, c := range top {
		if i > 0 && order[c.Risk] > order[top[i-1].Risk] {
			t.Errorf("%s stands after %s", c.Risk, top[i-1].Risk)
		}
		q := url.Values{"kind": {c.Kind}, "risk": {c.Risk}}
		q.Set(c.Cause.Kind, c.Cause.ID)
		if n := open(t, h, q.Encode()).Total; n != c.Count {
			t.Errorf("%s %s: %d counted, %d in the list", c.Title, c.Cause.Name, c.Count, n)
		}
		sum += c.Count
	}
	if len(top) < 20 && sum != open(t, h, "").Total {
		t.Errorf("the causes hold %d findings", sum)
	}
	if got := get[[]FindingCause](t, h, "/findings/top?limit=2"); len(got) != 2 {
		t.Errorf("%d of at most 2", len(got))
	}
	// Each finding says what it rests on.
	for _, c := range top {
		f := get[Finding](t, h, "/findings/"+c.SuchAs.ID)
		if f.Question == "" || f.Threshold == "" || (f.Kind == "danglingMember" || f.Kind == "cycle" || f.Kind == "dormant") && len(f.Rows) == 0 {
			t.Errorf("%+v", f)
		}
		if f.Kind == "emptyGroup" && (f.Command == nil || f.Command.Language != "ldif") {
			t.Errorf("%+v", f.Command)
		}
	}
}

func TestRemedyCommandsQuote(t *testing.T) {
	for value, want := range map[string]string{"cn=a": "dn: cn=a", "cn=Ö": "dn:: Y249w5Y=", " x": "dn:: IHg=", "a\nb": "dn:: YQpi", ":x": "dn:: Ong="} {
		if got := ldifLine("dn", value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	if got := powershellText("CN=O'Neil,$(x)"); got != "'CN=O''Neil,$(x)'" {
		t.Error(got)
	}
}
