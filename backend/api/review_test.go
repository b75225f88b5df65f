package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// reviewHouse is a console of its own on the demo company, for tests that
// freeze.
func reviewHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	if err := h.readCompany(); err != nil {
		t.Fatal(err)
	}
	return h
}

// freeze creates a campaign that is due in three weeks.
func (h *house) freeze(t *testing.T, name, scope, reviewers string) CampaignDetail {
	t.Helper()
	return send[CampaignDetail](t, h, "POST", "/reviews", campaign(name, scope, reviewers))
}

func campaign(name, scope, reviewers string) string {
	return `{"name":"` + name + `","dueAt":"2026-03-31T16:00:00Z","scope":` + scope + `,"reviewers":` + reviewers + `}`
}

// idOf finds a person or a group by name.
func (h *house) idOf(t *testing.T, list, name string) string {
	t.Helper()
	for _, row := range get[Page[struct{ ID, Name string }]](t, h, "/"+list+"?q="+strings.ReplaceAll(name, " ", "+")).Items {
		if row.Name == name {
			return row.ID
		}
	}
	t.Fatalf("there is no %s among the %s", name, list)
	return ""
}

const owners, everything = `{"kind":"owners"}`, `{"privileged":true,"effective":true}`

// TestFreezeNamesWhatIsWrong: each refusal names the field, and nothing is
// frozen.
func TestFreezeNamesWhatIsWrong(t *testing.T) {
	h := reviewHouse(t)
	h.freeze(t, "Taken", everything, owners)
	person := h.idOf(t, "identities", "Ragna Solheim")
	for _, c := range []struct {
		name, body, location string
		status               int
	}{
		{"no group by that id", campaign("x y z", `{"groups":["999999"]}`, owners), "body.scope.groups", 422},
		{"an account is no group", campaign("x y z", `{"groups":["`+person+`"]}`, owners), "body.scope.groups", 422},
		{"no id at all", campaign("x y z", `{"groups":["Administrators"]}`, owners), "body.scope.groups", 422},
		{"no source by that id", campaign("x y z", `{"source":"999999"}`, owners), "body.scope.source", 422},
		{"nothing fits", campaign("x y z", `{"words":"no such group anywhere"}`, owners), "body.scope", 422},
		{"a rule that is none", campaign("x y z", `{"exclude":[{"rule":"friends","reason":"because"}]}`, owners), "body.scope.exclude[0].rule", 422},
		{"an exclusion without a reason", campaign("x y z", `{"exclude":[{"rule":"nestedGroups","reason":"   "}]}`, owners), "body.scope.exclude", 422},
		{"nobody named", campaign("x y z", everything, `{"kind":"named"}`), "body.reviewers.named", 422},
		{"somebody unknown", campaign("x y z", everything, `{"kind":"named","named":["`+person+`","999999"]}`), "body.reviewers.named", 422},
		{"an unknown fallback", campaign("x y z", everything, `{"kind":"owners","fallback":"999999"}`), "body.reviewers.fallback", 422},
		{"no rule", campaign("x y z", everything, `{"kind":"chance"}`), "body.reviewers.kind", 422},
		{"the name is taken", campaign("Taken", everything, owners), "body.name", 409},
		{"a name of spaces", campaign("    ", everything, owners), "body.name", 422},
		{"due later today", strings.ReplaceAll(campaign("x y z", everything, owners), "2026-03-31", "2026-03-10"), "", 200},
		{"due yesterday", strings.ReplaceAll(campaign("x y zz", everything, owners), "2026-03-31", "2026-03-09"), "body.dueAt", 422},
		{"due at no time", strings.ReplaceAll(campaign("x y zz", everything, owners), "2026-03-31", "soon"), "body.dueAt", 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := get[Page[Campaign]](t, h, "/reviews").Total
			w := h.ask(administrator, "POST", "/reviews", c.body)
			if w.Code != c.status {
				t.Fatalf("%d, want %d: %s", w.Code, c.status, w.Body)
			}
			if c.status == 200 {
				return
			}
			if p := isProblem(t, w); !slices.ContainsFunc(p.Errors, func(f ProblemField) bool { return f.Location == c.location }) {
				t.Errorf("does not name %s: %s", c.location, w.Body)
			}
			if after := get[Page[Campaign]](t, h, "/reviews").Total; after != before {
				t.Errorf("%d campaigns became %d", before, after)
			}
		})
	}
}

// TestPlanFreezesNothing: a plan is what would be frozen, and no more.
func TestPlanFreezesNothing(t *testing.T) {
	h := reviewHouse(t)
	scope := `{"privileged":true,"effective":true,"exclude":[{"rule":"serviceAccounts","reason":"their owners review them"},{"rule":"unresolvedMembers","reason":"cleaned up by hand"}]}`
	events := len(h.events(t))
	p := send[ReviewPlan](t, h, "POST", "/reviews/plan", `{"scope":`+scope+`,"reviewers":`+owners+`}`)
	if len(h.events(t)) != events || get[Page[Campaign]](t, h, "/reviews").Total != 0 {
		t.Error("the plan left a trace")
	}
	c := h.freeze(t, "As planned", scope, owners)
	if c.Arithmetic != p.Arithmetic || p.Arithmetic.Read != p.Arithmetic.InScope+p.Arithmetic.Excluded || p.Arithmetic.Excluded == 0 || p.NeedsReason {
		t.Errorf("planned %+v, frozen %+v", p.Arithmetic, c.Arithmetic)
	}
	if !slices.Equal(p.Exclusions, c.Exclusions) || p.Exclusions[0].Count+p.Exclusions[1].Count != p.Arithmetic.Excluded || !slices.Equal(p.Sources, c.Sources) {
		t.Errorf("planned %+v %+v, frozen %+v %+v", p.Exclusions, p.Sources, c.Exclusions, c.Sources)
	}
	var bases, items, theirs int64
	for _, b := range p.Bases {
		bases += b.Count
	}
	for _, g := range p.Groups {
		items += g.Items
	}
	for _, r := range p.Reviewers {
		theirs += r.Items
	}
	if in := p.Arithmetic.InScope; bases != in || items != in || theirs != in || p.GroupCount != int64(len(p.Groups)) {
		t.Errorf("%d by basis, %d by group, %d by reviewer, %d in scope", bases, items, theirs, in)
	}
}

// TestCampaignIsRead walks from the list of campaigns to one item.
func TestCampaignIsRead(t *testing.T) {
	h := reviewHouse(t)
	first := h.freeze(t, "Privileged groups, Q1 2026", everything, `{"kind":"managers"}`)
	h.freeze(t, "Another", `{"words":"backup"}`, owners)
	scenarios(t, h, []Scenario{
		{Name: "newest first", Method: "GET", URL: "/reviews", As: auditor, Status: 200, Contains: []string{`"total":2`, `"name":"Another"`}},
		{Name: "by words", Method: "GET", URL: "/reviews?q=PRIVILEGED", As: auditor, Status: 200, Contains: []string{`"total":1`, first.ID}},
		{Name: "closed ones", Method: "GET", URL: "/reviews?state=closed", As: auditor, Status: 200, Contains: []string{`"total":0`}},
		{Name: "one", Method: "GET", URL: "/reviews/" + first.ID, As: auditor, Status: 200, Contains: []string{first.Digest, `"state":"open"`, `"kind":"managers"`}},
		{Name: "no such item", Method: "GET", URL: "/reviews/" + first.ID + "/items/9999", As: auditor, Status: 404},
		{Name: "a reviewer that is no id", Method: "GET", URL: "/reviews/" + first.ID + "/items?reviewer=me", As: auditor, Status: 404},
	})
	u := "/reviews/" + first.ID
	items := get[Page[ReviewItem]](t, h, u+"/items?limit=500")
	if items.Total != first.Arithmetic.InScope || int64(len(items.Items)) != items.Total {
		t.Fatalf("%d items, %d in scope", items.Total, first.Arithmetic.InScope)
	}
	groups := get[Page[ReviewGroup]](t, h, u+"/groups").Items
	var order []string
	counts := map[string]int64{}
	for n, i := range items.Items {
		if i.Item != int64(n+1) {
			t.Fatalf("item %d stands at %d", i.Item, n)
		}
		if counts[i.Group.ID]++; counts[i.Group.ID] == 1 {
			order = append(order, i.Group.ID)
		}
	}
	for n, g := range groups {
		if n >= len(order) || order[n] != g.Group.ID || g.Items != counts[g.Group.ID] || g.Undecided != g.Items || !g.Privileged {
			t.Errorf("group %d: %+v; the items say %v", n, g, counts)
		}
	}
	// Each filter keeps what fits and nothing else, with the groups it leaves.
	reviewer := items.Items[0].Reviewer.ID
	for query, fits := range map[string]func(ReviewItem) bool{
		"reviewer=" + reviewer:            func(i ReviewItem) bool { return i.Reviewer != nil && i.Reviewer.ID == reviewer },
		"reviewer=nobody":                 func(i ReviewItem) bool { return i.Reviewer == nil },
		"basis=effective":                 func(i ReviewItem) bool { return i.Basis == "effective" },
		"basis=unresolved":                func(i ReviewItem) bool { return i.Basis == "unresolved" },
		"group=" + order[1]:               func(i ReviewItem) bool { return i.Group.ID == order[1] },
		"verdict=undecided":               func(ReviewItem) bool { return true },
		"verdict=decided":                 func(ReviewItem) bool { return false },
		"q=backup+operators":              func(i ReviewItem) bool { return strings.HasPrefix(i.Group.Name, "Backup Operators") },
		"q=mei-lin":                       func(i ReviewItem) bool { return strings.HasPrefix(i.Subject.Name, "Mei-Lin") },
		"q=MLAASEN":                       func(i ReviewItem) bool { return i.Login == "mlaasen" },
		"q=jiri":                          func(i ReviewItem) bool { return strings.Contains(i.Subject.Name, "Jiří") },
		"after=20":                        func(i ReviewItem) bool { return i.Item > 20 },
		"excluded=true":                   func(ReviewItem) bool { return false },
		"basis=direct&group=" + order[0]:  func(i ReviewItem) bool { return i.Basis == "direct" && i.Group.ID == order[0] },
		"q=" + order[0] + "&basis=direct": func(ReviewItem) bool { return false },
	} {
		var want []int64
		left := map[string]bool{}
		for _, i := range items.Items {
			if fits(i) {
				want = append(want, i.Item)
				left[i.Group.ID] = true
			}
		}
		got := get[Page[ReviewItem]](t, h, u+"/items?limit=500&"+query)
		if !slices.EqualFunc(got.Items, want, func(i ReviewItem, n int64) bool { return i.Item == n }) || got.Total != int64(len(want)) {
			t.Errorf("%s: %d items, want %v", query, got.Total, want)
		}
		if strings.HasPrefix(query, "after") {
			continue
		}
		if groups := get[Page[ReviewGroup]](t, h, u+"/groups?"+query); len(groups.Items) != len(left) {
			t.Errorf("%s: %d groups, want %d", query, len(groups.Items), len(left))
		}
	}
	paged := get[Page[ReviewItem]](t, h, u+"/items?limit=5&offset=5")
	if len(paged.Items) != 5 || paged.Items[0].Item != 6 || paged.Total != items.Total {
		t.Errorf("a page: %+v", paged)
	}
}

// TestItemShowsItsContext: the intern of the demo company reaches administrators
// by a chain, and her item says how, since when, and what would end it.
func TestItemShowsItsContext(t *testing.T) {
	h := reviewHouse(t)
	read := stamp(h.clock.now().UnixMicro())
	h.clock.pass(time.Hour)
	c := h.freeze(t, "Administrators", `{"groups":["`+h.idOf(t, "groups", "Administrators")+`"],"effective":true}`, `{"kind":"owners"}`)
	found := get[Page[ReviewItem]](t, h, "/reviews/"+c.ID+"/items?q=mlaasen").Items
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	d := get[ReviewItemDetail](t, h, "/reviews/"+c.ID+"/items/"+itoa(int(found[0].Item)))
	var path []string
	for _, g := range d.Path {
		path = append(path, g.Name)
	}
	if d.Basis != "effective" || strings.Join(path, " > ") != "calib-interns > calib-lab > lab-operations > infra-operators > Administrators" {
		t.Errorf("%s by %q", d.Basis, path)
	}
	if d.Edge == nil || d.Edge.Member.Name != "lab-operations" || d.Edge.Group.Name != "infra-operators" || d.Edge.Others != 11 {
		t.Errorf("what ends it: %+v", d.Edge)
	}
	if len(d.Findings) == 0 || d.Findings[0].Kind != "nestedPrivileged" || !strings.Contains(d.Findings[0].Text, "reaches Administrators through 4 nested groups") {
		t.Errorf("findings: %+v", d.Findings)
	}
	if d.GrantedAt != read || d.ObservedAt != read || c.FrozenAt == read || d.Identity == nil || d.Department == "" || d.PeersOf == 0 || d.Peers == 0 || d.LastSignIn.State == "" || d.Previous != nil {
		t.Errorf("%+v", d)
	}
	if len(d.Assignments) != 1 || d.Assignments[0].RecordedBy != "operator:administrator" || d.Assignments[0].Event != c.Event || d.Assignments[0].Relation != d.Relation ||
		len(d.Decisions) != 0 || len(d.Attempts) != 0 {
		t.Errorf("history: %+v %+v %+v", d.Assignments, d.Decisions, d.Attempts)
	}
	if d.Now == nil || !d.Now.Present || d.Now.Text != "Still in it by nesting." || d.CampaignOf != c.Arithmetic.InScope || d.Campaign.ID != c.ID {
		t.Errorf("now: %+v", d.Now)
	}
	// A decision that was refused is told beside the item it was about.
	own := `{"items":[{"item":` + itoa(int(d.Item)) + `,"decision":0}],"verdict":"keep","decidedBy":"` + d.Identity.ID + `"}`
	if w := h.ask(administrator, "POST", "/reviews/"+c.ID+"/decisions", own); w.Code < 400 {
		t.Fatalf("she decided of herself: %s", w.Body)
	}
	again := get[ReviewItemDetail](t, h, "/reviews/"+c.ID+"/items/"+itoa(int(d.Item)))
	if len(again.Attempts) != 1 || again.Attempts[0].Verdict != "keep" || again.Attempts[0].By != d.Identity.Name || again.Attempts[0].Why == "" || again.Verdict != "undecided" {
		t.Errorf("attempts: %+v", again.Attempts)
	}
	other := get[ReviewItemDetail](t, h, "/reviews/"+c.ID+"/items/"+itoa(int(d.Item%d.CampaignOf)+1))
	if len(other.Attempts) != 0 {
		t.Errorf("attempts of another item: %+v", other.Attempts)
	}
}

func TestReviewsAreManagedByWhoMay(t *testing.T) {
	h := reviewHouse(t)
	scenarios(t, h, []Scenario{
		{Name: "an auditor plans none", Method: "POST", URL: "/reviews/plan", Body: `{"scope":{},"reviewers":` + owners + `}`, As: auditor, Status: http.StatusForbidden, Audited: []string{"request.refuse refused"}},
		{Name: "an auditor freezes none", Method: "POST", URL: "/reviews", Body: campaign("By an auditor", everything, owners), As: auditor, Status: http.StatusForbidden, Audited: []string{"request.refuse refused"}},
		{Name: "an administrator does", Method: "POST", URL: "/reviews", Body: campaign("By an administrator", everything, owners), As: administrator, Status: 200, Audited: []string{"review.freeze done"}},
	})
}
