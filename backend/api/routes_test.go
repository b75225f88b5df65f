package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/backend/iam"
)

// TestRoutesDeclarePermissions: a line of the table without a permission, or
// with one that is no permission, is no line.
func TestRoutesDeclarePermissions(t *testing.T) {
	known := []iam.Permission{iam.Public, iam.ReadDirectory, iam.ReadNow, iam.ManageSources, iam.ReadAudit, iam.RunReports,
		iam.ManageFactors, iam.VerifyCallers, iam.ManageReviews, iam.DecideReviews, iam.ManageFindings, iam.Manage}
	public := []string{"getSession", "startSession", "endSession"}
	seen := map[string]bool{}
	for _, r := range (&server{}).routes() {
		if !slices.Contains(known, r.permission) {
			t.Errorf("%s %s declares the permission %q", r.method, r.path, r.permission)
		}
		if (r.permission == iam.Public) != slices.Contains(public, r.id) {
			t.Errorf("%s %s is %s", r.method, r.path, r.permission)
		}
		if r.method == http.MethodGet && !slices.Contains([]iam.Permission{iam.Public, iam.ReadDirectory, iam.ReadAudit, iam.RunReports}, r.permission) {
			t.Errorf("GET %s needs %s: a GET changes nothing, so reading it must do", r.path, r.permission)
		}
		for _, key := range []string{r.id, r.method + " " + r.path} {
			if seen[key] {
				t.Errorf("%s is there twice", key)
			}
			seen[key] = true
		}
	}
}

// bodies are the least bodies that pass the schema, for routes that take one.
var bodies = map[string]string{
	"startSession": `{"token":"x"}`, "addSource": `{"name":"","kind":"plain","config":{"url":"","baseDn":"","mapping":` + noMapping + `}}`,
	"checkSource":    `{"name":"","kind":"plain","config":{"url":"","baseDn":"","mapping":` + noMapping + `}}`,
	"changeSource":   `{"name":"x","kind":"plain","config":{"url":"","baseDn":"","mapping":` + noMapping + `}}`,
	"changeSchedule": `{"every":60,"cron":"","fullEvery":10080,"privilegedEvery":0,"windows":[],"live":false}`,
	"startRun":       `{}`, "releaseRun": `{"holdHash":"x","reason":"because"}`, "verifyAudit": `{}`, "startExport": `{"kind":"audit"}`,
	"changeSettings": `{}`, "recoverVault": `{"recoveryKey":"nonsense-nonsense"}`,
	"addVaultSlot": `{"kind":"passphrase","passphrase":"short"}`, "rekeyVault": `{}`, "unlockVault": `{"passphrase":"no such passphrase"}`,
	"enrolFactor": `{"name":"phone"}`, "proveFactor": `{"code":"123456"}`, "handFactor": `{"how":"keyCopied"}`, "revokeFactor": `{"reason":"because"}`,
	"newRecoveryCodes": `{"reason":"because"}`, "verifyCaller": `{"code":"123456"}`,
	"planReview":   `{"scope":{},"reviewers":{"kind":"owners"}}`,
	"createReview": `{"name":"Q1","dueAt":"2000-01-01T00:00:00Z","scope":{},"reviewers":{"kind":"owners"}}`,
	"decideItems":  `{"items":[{"item":1,"decision":0}],"verdict":"keep","decidedBy":"999999"}`, "assignItems": `{"to":"999999","reason":"because"}`,
	"sendFile":      "id;name\n1;Ann\n",
	"mergeIdentity": `{"into":"999998","reason":"because"}`, "splitIdentity": `{"accounts":["1"],"reason":"because"}`, "undoMerge": `{"reason":"because"}`,
	"changeCorrelation":  `{"authoritative":false,"rules":[{"name":"x","on":["mail"],"effect":"ask","confidence":50}],"mailAliases":[],"loginPatterns":[]}`,
	"previewCorrelation": `{"authoritative":false,"rules":[{"name":"x","on":["mail"],"effect":"ask","confidence":50}],"mailAliases":[],"loginPatterns":[]}`,
	"decideCase":         `{"decision":"left","reason":"because"}`, "startOwnershipExport": `{}`, "importOwnership": `{"workbook":"eA=="}`, "changeOwnership": `{"purpose":"backups"}`,
	"closeReview": `{"signer":"999999","statement":"seen"}`, "startReport": `{"format":"csv"}`,
	"changeFindingRules": `{"dormantDays":90,"neverUsedDays":30,"nestingSteps":3}`, "acceptFindings": `{"ids":["999999"],"reason":"because"}`,
	"acceptBaseline": `{"name":"first","upTo":"low","count":7}`, "reopenFinding": `{"reason":"because"}`,
}

const noMapping = `{"userFilter":"","groupFilter":"","login":"","name":"","givenName":"","surname":"","mail":"","phone":"","employeeNumber":"","employeeType":"","department":"","title":"","location":"","manager":"","owner":"","endDate":"","lastSignIn":"","groupName":""}`

// queries are what routes demand in the address.
var queries = map[string]string{"previewMerge": "?into=999998", "getDifference": "?from=2020-01-01", "listDifferenceRows": "?from=2020-01-01&sentence=x", "search": "?q=x", "explainMembership": "?group=999999", "getNotices": "?wait=0s", "removeSource": "?reason=because", "sendFile": "?name=staff.csv", "answerAccess": "?login=nobody", "answerWhoCan": "?group=nobody"}

// allowed are the answers to an administrator whose request names what is not
// there: everything but a refusal.
var allowed = map[string]int{
	"getSession": 200, "startSession": 403, "endSession": 204, "getNotices": 200, "getOverview": 200, "search": 200, "getHistory": 200, "getDifference": 200, "listDifferenceRows": 404,
	"listKinds": 200, "listSources": 200, "addSource": 422, "checkSource": 422, "getSource": 404, "changeSource": 404, "removeSource": 404, "startRun": 404, "sendFile": 200,
	"getSchedule": 404, "changeSchedule": 404,
	"listRuns": 200, "getRun": 404, "listRunChanges": 404, "cancelRun": 409, "releaseRun": 404,
	"listIdentities": 200, "getIdentity": 404, "listIdentityMemberships": 404, "listIdentityTimeline": 200,
	"listAccounts": 200, "getAccount": 404, "listAccountMemberships": 404, "explainMembership": 404, "listAccountTimeline": 200,
	"listGroups": 200, "getGroup": 404, "listMembers": 404, "listUnresolved": 200, "getNesting": 200, "listGroupTimeline": 200,
	"getFindingSummary": 200, "getTopFindings": 200, "getFindingRules": 200, "changeFindingRules": 200, "acceptFindings": 404, "acceptBaseline": 409, "getFinding": 404, "reopenFinding": 404,
	"listFindings": 200, "answerAccess": 404, "answerWhoCan": 404, "listEvents": 200, "verifyAudit": 200, "startExport": 200, "getExportContent": 404,
	"getSettings": 200, "changeSettings": 200, "newStartLink": 409, "addRecoveryKey": 200, "recoverVault": 422, "openDemo": 501, "resetDemo": 204, "playDemoDay": 204,
	"addVaultSlot": 422, "removeVaultSlot": 404, "unlockVault": 409, "rekeyVault": 200, "getLostLaptop": 200,
	"getIdentityLinks": 404, "previewMerge": 404, "mergeIdentity": 404, "splitIdentity": 404, "undoMerge": 404,
	"getCorrelation": 404, "changeCorrelation": 404, "previewCorrelation": 404, "listCases": 200, "decideCase": 404,
	"listOwnership": 200, "startOwnershipExport": 200, "importOwnership": 422, "getOwnership": 404, "changeOwnership": 404,
	"listFactors": 200, "getFactorCoverage": 200, "getIdentityFactors": 404, "enrolFactor": 404, "proveFactor": 404, "handFactor": 404, "revokeFactor": 404,
	"newRecoveryCodes": 404, "verifyCaller": 404,
	"listReviews": 200, "planReview": 200, "createReview": 422, "getReview": 404, "listReviewGroups": 404, "listReviewItems": 404, "getReviewItem": 404,
	"listRemovals": 404, "listLaterChanges": 404, "decideItems": 404, "assignItems": 404, "closeReview": 404,
	"listReports": 200, "previewReport": 404, "startReport": 404, "getExport": 404, "cancelExport": 404,
}

// TestRoleMatrix asks every route of the table as everybody. It is made from
// the table, so that a new route is asked before anybody remembers to.
func TestRoleMatrix(t *testing.T) {
	h := newHouse(t)
	for _, r := range (&server{}).routes() {
		status, listed := allowed[r.id]
		if !listed {
			t.Errorf("%s: say in this test what it answers an administrator", r.id)
			continue
		}
		id := "999999"
		if strings.HasPrefix(r.path, "/exports/") || strings.HasPrefix(r.path, "/reviews/") {
			id = "0190a0a0-0000-7000-8000-000000000000"
		}
		path := strings.NewReplacer("{id}", id, "{item}", "1", "{name}", "no-such-report").Replace(r.path)
		for _, role := range []string{nobody, guest, auditor, administrator} {
			want, refused := status, false
			switch {
			case role == nobody && r.id == "getSession":
				want = http.StatusUnauthorized
			case r.id == "endSession" && role != nobody:
				continue // it would end the session the others need; TestSessionEnds asks it
			case r.permission == iam.Public:
			case role == nobody:
				want = http.StatusUnauthorized
			case !permissions[role].Allows(r.permission):
				want, refused = http.StatusForbidden, true
			}
			before := len(h.events(t))
			w := h.ask(role, r.method, path+queries[r.id], bodies[r.id])
			if w.Code != want {
				t.Errorf("%s as %q: %d, want %d: %s", r.id, role, w.Code, want, w.Body)
			}
			if w.Code >= 400 {
				p := isProblem(t, w)
				if denied := want == 401 || want == 403; denied && (p.Kind != string(iam.Denied) || p.Remedy == "") {
					t.Errorf("%s as %q: a refusal without kind or remedy: %s", r.id, role, w.Body)
				}
			}
			events := h.events(t)[before:]
			switch {
			case refused:
				if len(events) != 1 || events[0].Action != "request.refuse" || events[0].Outcome != iam.Refused || events[0].Actor != iam.Actor("operator:"+role) ||
					len(events[0].Objects) != 1 || events[0].Objects[0].ID != r.id || !strings.Contains(events[0].Reason, string(r.permission)) {
					t.Errorf("%s as %q: the refusal is recorded as %+v", r.id, role, events)
				}
			case want == http.StatusUnauthorized && len(events) > 0:
				// Whoever has no session must not be able to fill the log.
				t.Errorf("%s without a session appends %+v", r.id, events)
			case r.method == http.MethodGet && len(events) > 0:
				t.Errorf("GET %s appends %+v", r.path, events)
			}
		}
	}
	for id := range allowed {
		if !slices.ContainsFunc((&server{}).routes(), func(r route) bool { return r.id == id }) {
			t.Errorf("%s is no route any more", id)
		}
	}
}

// TestAuditorWritesNothing: after an auditor asked everything, nothing but
// events is new.
func TestAuditorWritesNothing(t *testing.T) {
	h := newHouse(t)
	before := get[Settings](t, h, "/settings")
	for _, r := range (&server{}).routes() {
		if r.permission != iam.Public && r.id != "getExportContent" {
			h.ask(auditor, r.method, strings.ReplaceAll(r.path, "{id}", "1")+queries[r.id], strings.ReplaceAll(bodies[r.id], `"url":""`, `"url":"x"`))
		}
	}
	after := get[Settings](t, h, "/settings")
	after.Head, after.Events = before.Head, before.Events
	if len(get[[]Source](t, h, "/sources")) != 0 || after.Organisation != before.Organisation || after.Listener.On || len(after.Vault.Slots) != len(before.Vault.Slots) {
		t.Errorf("an auditor changed %+v to %+v", before, after)
	}
	for _, e := range h.events(t) {
		if e.Actor == "operator:auditor" && !slices.Contains([]string{"session.start", "request.refuse", "export", "audit.verify"}, e.Action) {
			t.Errorf("an auditor did %s", e.Action)
		}
	}
}

// TestInProcess: whoever comes with an Origin is who it says, as over the
// owner's socket.
func TestInProcess(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		origin iam.Origin
		status int
	}{
		{iam.Origin{Actor: iam.Local("ann"), Permissions: iam.Administrator()}, 200},
		{iam.Origin{Actor: iam.Local("ann"), Permissions: iam.Permissions{}}, 403},
		{iam.Origin{Permissions: iam.Administrator()}, 401}, // nobody in particular
	} {
		r := httptest.NewRequest(http.MethodGet, Root+"/overview", nil)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r.WithContext(iam.WithOrigin(r.Context(), c.origin)))
		if w.Code != c.status {
			t.Errorf("%+v: %d, want %d", c.origin, w.Code, c.status)
		}
	}
}

func TestNoSuchRoute(t *testing.T) {
	h := demoHouse(t)
	for _, x := range []struct{ method, url string }{{"GET", "/nothing"}, {"PATCH", "/sources"}, {"DELETE", "/events"}, {"POST", "/identities"}, {"GET", "/sources/check/x"}} {
		for _, role := range []string{nobody, administrator} {
			if w := h.ask(role, x.method, x.url, ""); w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", x.method, x.url, w.Code)
			} else if w.Code == http.StatusNotFound {
				isProblem(t, w)
			}
		}
	}
	for _, path := range []string{"/docs", "/openapi.json", "/openapi.yaml", Root + "/openapi.json", Root + "/docs", "/schemas", Root + "/schemas/Run.json", "/debug/pprof/"} {
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestBadRequests: what is wrong in a request is named, with what to do.
func TestBadRequests(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ name, method, url, body, location string }{
		{"no JSON", "POST", "/exports", `{`, ""},
		{"nothing", "POST", "/exports", ``, ""},
		{"wrong type", "POST", "/sources", `{"name":7,"kind":"plain","config":{}}`, "body.name"},
		{"missing field", "POST", "/sources", `{"kind":"plain","config":{"url":"x","baseDn":"","mapping":` + noMapping + `}}`, "body"},
		{"unknown field", "POST", "/exports", `{"kind":"audit","more":1}`, "body.more"},
		{"not one of", "POST", "/exports", `{"kind":"everything"}`, "body.kind"},
		{"too long", "PUT", "/settings", `{"organisation":"` + strings.Repeat("x", 101) + `"}`, "body.organisation"},
		{"too short", "POST", "/runs/1/release", `{"holdHash":"x","reason":"x"}`, "body.reason"},
		{"no name", "POST", "/sources", `{"name":" ","kind":"plain","config":{"url":"x","baseDn":"","mapping":` + noMapping + `}}`, "body.name"},
		{"the kind's own check", "POST", "/sources", `{"name":"x","kind":"plain","config":{"url":"","baseDn":"","mapping":` + noMapping + `}}`, "body.config.url"},
		{"limit", "GET", "/accounts?limit=501", ``, "query.limit"},
		{"negative offset", "GET", "/accounts?offset=-1", ``, "query.offset"},
		{"no number", "GET", "/accounts?limit=many", ``, "query.limit"},
		{"filter", "GET", "/identities?enabled=maybe", ``, "query.enabled"},
		{"missing parameter", "GET", "/search", ``, "query.q"},
		{"no reason", "DELETE", "/sources/1", ``, "query.reason"},
		{"a column without an index", "GET", "/identities?sort=title", ``, "query.sort"},
		{"wait", "GET", "/notices?wait=soon", ``, "query.wait"},
		{"no such id", "GET", "/accounts/x1", ``, "404"},
		{"no UUID", "GET", "/exports/1/content", ``, "path.id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := h.ask(administrator, c.method, c.url, c.body)
			p := isProblem(t, w)
			if c.location == "404" {
				if w.Code != 404 {
					t.Errorf("%d %s", w.Code, w.Body)
				}
				return
			}
			if w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusBadRequest || p.Kind != string(iam.Invalid) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if c.location != "" && !slices.ContainsFunc(p.Errors, func(f ProblemField) bool { return f.Location == c.location && f.Message != "" }) {
				t.Errorf("does not name %s: %s", c.location, w.Body)
			}
		})
	}
	if w := h.ask(administrator, "POST", "/exports", `{"kind":"`+strings.Repeat("x", 1<<20)+`"}`); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of a megabyte: %d", w.Code)
	}
}

// unexploded are the query parameters that take several values in a form other
// than one name=value each, which is how the generated client writes them.
func unexploded(api *huma.OpenAPI) []string {
	var out []string
	for path, item := range api.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete, item.Patch} {
			if o == nil {
				continue
			}
			for _, p := range o.Parameters {
				if p.In == "query" && p.Schema != nil && p.Schema.Type == huma.TypeArray && (p.Explode == nil || !*p.Explode) {
					out = append(out, o.Method+" "+path+" "+p.Name)
				}
			}
		}
	}
	return out
}

func TestQueryArraysExplode(t *testing.T) {
	if bad := unexploded((&server{}).register(http.NewServeMux(), "1", nil).OpenAPI()); len(bad) > 0 {
		t.Errorf("say explode for: %q", bad)
	}
	// The lint sees what it looks for.
	no := false
	api := &huma.OpenAPI{Paths: map[string]*huma.PathItem{"/x": {Get: &huma.Operation{Method: "GET", Parameters: []*huma.Param{
		{Name: "kinds", In: "query", Schema: &huma.Schema{Type: huma.TypeArray}, Explode: &no}, {Name: "q", In: "query", Schema: &huma.Schema{Type: huma.TypeString}},
	}}}}}
	if bad := unexploded(api); !slices.Equal(bad, []string{"GET /x kinds"}) {
		t.Errorf("the lint finds %q", bad)
	}
}
