package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
	"gatehouse/backend/reconcile"
)

// office is a directory in which reviews are decided: nine people, of whom p1
// has an administrator's account too, a service account, and groups in groups:
//
//	ops   p1 p1-adm p2 … p9 svc, and a member that is no entry
//	lab   p1 p2 p3 p4
//	tools lab p2 p3 p4 p5
type office struct {
	*house
	t      *testing.T
	source iam.ID
	group  map[string][]string // members: logins, or names of groups
	gone   map[string]bool     // logins and groups that are not returned
	reads  []string            // ids of the runs, from the first on
	people map[string]string   // ids of identities by login, since the newest read
}

func newOffice(t *testing.T) *office {
	o := &office{house: newHouse(t), t: t, gone: map[string]bool{}, group: map[string][]string{
		"ops":   {"p1", "p1-adm", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "svc", "stranger"},
		"lab":   {"p1", "p2", "p3", "p4"},
		"tools": {"lab", "p2", "p3", "p4", "p5"},
	}}
	o.source, _ = iam.ParseID(send[Source](t, o.house, "POST", "/sources", draft("Office", "ldaps://one", "", "")).ID)
	o.readNow()
	return o
}

// readNow reads the directory as it is.
func (o *office) readNow() {
	o.t.Helper()
	o.clock.pass(time.Minute)
	o.prepare()
	run, err := o.runner.Start(system(), o.source, reconcile.Options{})
	if err != nil {
		o.t.Fatal(err)
	}
	o.runner.Wait(system(), run.ID)
	o.apply(run.ID)
}

// prepare is what the next read is to return.
func (o *office) prepare() {
	var records []directory.Record
	for i := 1; i <= 9; i++ {
		records = append(records, person(fmt.Sprint("u", i), fmt.Sprint("p", i), fmt.Sprint(i)))
	}
	service := person("u11", "svc", "")
	service.Facts.Sort = iam.Service
	records = append(records, person("u10", "p1-adm", "1"), service)
	if slices.Contains(o.group["ops"], "newcomer") {
		records = append(records, person("u12", "newcomer", "12"))
	}
	records = slices.DeleteFunc(records, func(r directory.Record) bool { return o.gone[r.(directory.Account).Facts.Login] })
	for _, name := range []string{"ops", "lab", "tools"} {
		if o.gone[name] {
			continue
		}
		dn := "cn=" + name + ",dc=x"
		m := directory.Members{ExternalID: name}
		for _, who := range o.group[name] {
			ref := "uid=" + who + ",dc=x"
			if o.group[who] != nil {
				ref = "cn=" + who + ",dc=x"
			}
			m.Members = append(m.Members, directory.Member{Ref: "dn:" + ref, Value: ref})
		}
		records = append(records, directory.Entitlement{ExternalID: name, Kind: iam.Group, Name: name, DN: dn, Refs: []string{"dn:" + dn}}, m)
	}
	o.plain.mu.Lock()
	o.plain.records = records
	o.plain.mu.Unlock()
}

// apply releases a read that is held.
func (o *office) apply(run iam.ID) {
	o.t.Helper()
	var err error
	detail := get[RunDetail](o.t, o.house, "/runs/"+run.String())
	if detail.State == string(iam.Held) { // what leaves, leaves on purpose
		err = o.runner.Release(system(), run, detail.HoldHash, "on purpose")
	}
	if err != nil || detail.State != string(iam.Held) && detail.State != string(iam.Applied) {
		o.t.Fatalf("%v %+v", err, detail)
	}
	o.reads, o.people = append(o.reads, detail.ID), map[string]string{}
	for _, i := range get[Page[IdentityRow]](o.t, o.house, "/identities").Items {
		o.people[i.Login] = i.ID
	}
	o.clock.pass(time.Minute)
}

// numbered puts the id of the n-th read in the place of "run n".
func (o *office) numbered(text string) string {
	for n, id := range o.reads {
		text = strings.ReplaceAll(text, fmt.Sprintf("run %d", n+1), "run #"+id)
	}
	return strings.ReplaceAll(text, "#", "")
}

// leave takes a member out of a group.
func (o *office) leave(group, who string) {
	o.group[group] = slices.DeleteFunc(slices.Clone(o.group[group]), func(m string) bool { return m == who })
}

// person is the id of the identity with a login.
func (o *office) person(login string) string {
	o.t.Helper()
	if id, there := o.people[login]; there {
		return id
	}
	o.t.Fatalf("there is no %s", login)
	return ""
}

func (o *office) groupID(name string) string {
	o.t.Helper()
	for _, g := range get[Page[GroupRow]](o.t, o.house, "/groups").Items {
		if g.Name == name {
			return g.ID
		}
	}
	o.t.Fatalf("there is no %s", name)
	return ""
}

// create freezes a campaign over groups; p9 reviews, p8 what p9 may not.
func (o *office) create(name string, effective bool, groups ...string) *campaignTest {
	o.t.Helper()
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = o.groupID(g)
	}
	scope, _ := json.Marshal(ReviewScope{Groups: ids, Effective: effective})
	c := send[CampaignDetail](o.t, o.house, "POST", "/reviews", fmt.Sprintf(`{"name":%q,"dueAt":"2026-05-01T00:00:00Z","scope":%s,"reviewers":{"kind":"named","named":[%q],"fallback":%q}}`,
		name, scope, o.person("p9"), o.person("p8")))
	return &campaignTest{o, "/reviews/" + c.ID, name}
}

// campaignTest is a campaign that a test decides.
type campaignTest struct {
	*office
	at   string
	name string
}

// item is the number of a grant.
func (c *campaignTest) item(login, group string) int64 {
	c.t.Helper()
	for _, i := range get[Page[ReviewItem]](c.t, c.house, c.at+"/items").Items {
		if (i.Login == login || i.Subject.Name == login || i.Subject.Name == "uid="+login+",dc=x") && i.Group.Name == group {
			return i.Item
		}
	}
	c.t.Fatalf("%s has no %s", login, group)
	return 0
}

// verdict is the body of a decision on items that were seen undecided, unless
// told otherwise.
func (c *campaignTest) verdict(by, verdict, more string, items ...int64) string {
	seen := make([]ItemSeen, len(items))
	for i, n := range items {
		seen[i].Item = n
	}
	list, _ := json.Marshal(seen)
	return fmt.Sprintf(`{"items":%s,"verdict":%q,"decidedBy":%q%s}`, list, verdict, c.person(by), more)
}

func (c *campaignTest) decide(by, verdict, more string, items ...int64) Decided {
	c.t.Helper()
	return send[Decided](c.t, c.house, "POST", c.at+"/decisions", c.verdict(by, verdict, more, items...))
}

const because = `,"reason":"not needed any more"`

func TestDecisionRules(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", false, "ops")
	p1, adm, p2, p3, p4, svc := c.item("p1", "ops"), c.item("p1-adm", "ops"), c.item("p2", "ops"), c.item("p3", "ops"), c.item("p4", "ops"), c.item("svc", "ops")
	decide := func(name, body string, status int, contains ...string) Scenario {
		s := Scenario{Name: name, Method: "POST", URL: c.at + "/decisions", Body: body, As: administrator, Status: status, Contains: contains}
		switch {
		case status == 200:
			s.Audited = []string{"review.decide done"}
		case status == 403 || status == 409:
			s.Audited = []string{"review.decide refused"}
		}
		return s
	}
	var rules []Scenario
	for _, v := range []string{"revoke", "modify", "exception", "defer"} {
		rules = append(rules,
			decide(v+" needs a reason", c.verdict("p9", v, `,"until":"2026-04-01T00:00:00Z"`, p2), 422, "body.reason"),
			decide(v+" needs a reason that says something", c.verdict("p9", v, `,"reason":" .- a "`, p2), 422, "body.reason", "three letters"))
	}
	for _, v := range []string{"keep", "revoke", "modify", "defer", "dontKnow"} {
		rules = append(rules, decide(v+" has no end", c.verdict("p9", v, because+`,"until":"2026-04-01T00:00:00Z"`, p2), 422, "body.until"))
	}
	rules = append(rules,
		decide("an exception has an end", c.verdict("p9", "exception", because, p2), 422, "body.until"),
		decide("that is not over", c.verdict("p9", "exception", because+`,"until":"2026-03-10T00:00:00Z"`, p2), 422, "body.until", "ended already"),
		decide("only a person decides", strings.Replace(c.verdict("p9", "keep", "", p2), `"decidedBy":"`+c.person("p9"), `"decidedBy":"`+"4711", 1), 422, "body.decidedBy"),
		decide("nothing to withdraw", c.verdict("p9", "undecided", "", p2), 422, "body.verdict", "nothing to withdraw", "!recorded"),
		decide("an item twice", c.verdict("p9", "keep", "", p2, p2), 422, "body.items", "twice"),
		decide("no such verdict", c.verdict("p9", "burn", "", p2), 422),
		decide("no such item", c.verdict("p9", "keep", "", 99), 404, "no item 99"),
		decide("oneself", c.verdict("p1", "keep", "", p1), 403, "reviewer's own"),
		decide("one's other account", c.verdict("p1", "keep", "", adm), 403, "reviewer's own"),
		decide("keep needs no reason", c.verdict("p9", "keep", "", p2), 200, `"verdict":"keep"`, `"decision":1`, `"keep":1`, `"undecided":11`, `"notRecorded":[]`),
		decide("don't know neither", c.verdict("p8", "dontKnow", "", p3), 200, `"dontKnow":1`),
		decide("many at once", c.verdict("p9", "revoke", because, p4, svc), 200, `"revoke":2`, `"open":2`),
		decide("some of many", c.verdict("p1", "modify", because, c.item("p5", "ops"), p1, p2, 77), 200, `"modify":1`, `"why":"selfReview"`, `"why":"race"`, `"why":"unknown"`, "p9 decided keep at"),
		decide("none of many", c.verdict("p1", "keep", "", p1, p2), 409, "None of the 2 decisions was recorded", "Item 1: ", "p9 decided keep at 13:"),
		decide("exception", c.verdict("p9", "exception", because+`,"until":"2026-04-01T00:00:00Z"`, c.item("p6", "ops")), 200, `"until":"2026-04-01T00:00:00Z"`, `"exception":1`),
		Scenario{Name: "an auditor decides nothing", Method: "POST", URL: c.at + "/decisions", Body: c.verdict("p9", "keep", "", p2), As: auditor, Status: 403, Audited: []string{"request.refuse refused"}},
	)
	for i := range rules {
		if rules[i].Name == "no such item" {
			rules[i].Audited = []string{"review.decide refused"}
		}
		if rules[i].Name == "nothing to withdraw" {
			rules[i].Contains = []string{"body.verdict", "no decision to withdraw"}
		}
	}
	scenarios(t, o.house, rules)

	// Both are told.
	item := get[ReviewItemDetail](t, o.house, fmt.Sprintf("%s/items/%d", c.at, p2))
	if len(item.Decisions) != 1 || len(item.Attempts) != 2 || item.Attempts[0].By != "p1" || item.Attempts[0].Verdict != "modify" || !strings.Contains(item.Attempts[0].Why, "p9 decided keep at") {
		t.Errorf("%+v", item)
	}
	if d := item.Decisions[0]; d.DecidedBy.Name != "p9" || d.Relation != "named" || d.RecordedBy != "operator:administrator" || d.Channel != "window" || d.N != 1 || d.Event == 0 {
		t.Errorf("%+v", d)
	}
	if d := get[ReviewItemDetail](t, o.house, fmt.Sprintf("%s/items/%d", c.at, p3)).Decisions[0]; d.Relation != "other" || d.DecidedBy.Name != "p8" {
		t.Errorf("decided by another than the reviewer: %+v", d)
	}
	if own := get[ReviewItemDetail](t, o.house, fmt.Sprintf("%s/items/%d", c.at, p1)); own.Verdict != "undecided" || len(own.Decisions) != 0 || len(own.Attempts) != 3 {
		t.Errorf("a self-review: %+v", own)
	}

	// A change of mind is appended.
	c.t = t
	withdraw := strings.Replace(c.verdict("p9", "undecided", "", p2), `"decision":0`, `"decision":1`, 1)
	if d := send[Decided](t, o.house, "POST", c.at+"/decisions", withdraw); d.Recorded[0].Verdict != "undecided" || d.Recorded[0].Decision != 2 || d.Arithmetic.Keep != 0 {
		t.Errorf("withdrawn: %+v", d)
	}
	again := strings.Replace(c.verdict("p8", "keep", "", p2), `"decision":0`, `"decision":1`, 1)
	if w := o.ask(administrator, "POST", c.at+"/decisions", again); w.Code != 409 || !strings.Contains(w.Body.String(), "p9 withdrew the decision at") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	o.whole()
}

// whole expects that the audit log proves everything.
func (o *office) whole() {
	o.t.Helper()
	if v := send[AuditVerdict](o.t, o.house, "POST", "/audit/verify", `{}`); !v.OK {
		o.t.Errorf("audit: %+v", v.Problems)
	}
}

// An account that came to belong to the reviewer after the freeze is her own.
func TestSelfReviewByAnAccountOfLater(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", false, "ops")
	n := c.item("p4", "ops")
	o.plain.mu.Lock()
	for i, r := range o.plain.records {
		if a, ok := r.(directory.Account); ok && a.Facts.Login == "p4" {
			a.Facts.EmployeeNumber = "5"
			o.plain.records[i] = a
		}
	}
	o.plain.mu.Unlock()
	p4, p5 := c.person("p4"), c.person("p5")
	body := c.verdict("p5", "keep", "", n)
	if err := o.read(o.source); err != nil {
		t.Fatal(err)
	}
	if w := o.ask(administrator, "POST", c.at+"/decisions", body); w.Code != 403 {
		t.Errorf("the person it belongs to now: %d %s (%s)", w.Code, w.Body, p5)
	}
	// The person it belonged to when it was frozen has no account any more, and
	// if she had, it would still be her own.
	if w := o.ask(administrator, "POST", c.at+"/decisions", strings.Replace(body, p5, p4, 1)); w.Code != 422 && w.Code != 403 {
		t.Errorf("the person it belonged to: %d %s", w.Code, w.Body)
	}
}

// Of two reviewers who decide on the same item at once, one wins and both are
// told.
func TestTwoReviewersRace(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", false, "ops")
	n := c.item("p2", "ops")
	names := []string{"p8", "p9"}
	bodies := make([]string, 2)
	for round := range int64(50) {
		for i, name := range names {
			bodies[i] = strings.Replace(c.verdict(name, []string{"keep", "dontKnow"}[i], "", n), `"decision":0`, fmt.Sprintf(`"decision":%d`, round), 1)
		}
		codes := make([]int, 2)
		texts := make([]string, 2)
		var wg sync.WaitGroup
		for i := range names {
			wg.Go(func() {
				w := o.ask(administrator, "POST", c.at+"/decisions", bodies[i])
				codes[i], texts[i] = w.Code, w.Body.String()
			})
		}
		wg.Wait()
		winner := slices.Index(codes, http.StatusOK)
		if winner < 0 || codes[1-winner] != http.StatusConflict {
			t.Fatalf("round %d: %v %s", round, codes, texts)
		}
		if want := names[winner] + " decided " + []string{"keep", "don't know"}[winner] + " at 13:"; !strings.Contains(texts[1-winner], want) {
			t.Fatalf("round %d: the other is told %s, want %s", round, texts[1-winner], want)
		}
		item := get[ReviewItemDetail](t, o.house, fmt.Sprintf("%s/items/%d", c.at, n))
		if item.Decision != round+1 || int64(len(item.Decisions)) != round+1 || int64(len(item.Attempts)) != round+1 || item.Attempts[round].By != names[1-winner] {
			t.Fatalf("round %d: %+v", round, item)
		}
	}
	o.whole()
}

func TestAssignments(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", false, "ops", "lab")
	p1, adm, p2 := c.item("p1", "ops"), c.item("p1-adm", "ops"), c.item("p2", "ops")
	assign := func(name, what, to string, status int, contains ...string) Scenario {
		s := Scenario{Name: name, Method: "POST", URL: c.at + "/assignments", Body: fmt.Sprintf(`{%s,"to":%q,"reason":"on leave"}`, what, c.person(to)), As: administrator, Status: status, Contains: contains}
		if status == 200 {
			s.Audited = []string{"review.assign done"}
		}
		return s
	}
	nobody := assign("nobody to assign from", `"from":"nobody"`, "p1", 409, "nothing to assign")
	unknown := assign("to whom", fmt.Sprintf(`"items":[%d]`, p2), "p1", 422, "body.to")
	unknown.Body = strings.Replace(unknown.Body, c.person("p1"), "4711", 1)
	reason := assign("a reason", fmt.Sprintf(`"items":[%d]`, p2), "p1", 422, "body.reason")
	reason.Body = strings.Replace(reason.Body, "on leave", "...", 1)
	auditing := assign("an auditor", fmt.Sprintf(`"items":[%d]`, p2), "p1", 403)
	auditing.As, auditing.Audited = auditor, []string{"request.refuse refused"}
	own := assign("only her own", fmt.Sprintf(`"items":[%d,%d]`, p1, adm), "p1", 200, `"assigned":0`, `"refused":2`)
	own.Audited = []string{"review.assign refused"}
	scenarios(t, o.house, []Scenario{
		nobody, unknown, reason, auditing, own,
		assign("which items", `"from":""`, "p1", 422, "body.items"),
		assign("not both", fmt.Sprintf(`"from":"nobody","items":[%d]`, p2), "p1", 422, "body.items"),
		assign("no such item", `"items":[77]`, "p1", 422, "no item 77"),
		assign("by item, but not her own", fmt.Sprintf(`"items":[%d,%d,%d]`, p1, adm, p2), "p1", 200, `"assigned":1`, `"refused":2`),
		assign("twice", fmt.Sprintf(`"items":[%d]`, p2), "p1", 409, "nothing to assign"),
	})
	c.decide("p9", "keep", "", c.item("p3", "ops"))
	left := int64(0)
	for _, p := range get[CampaignDetail](t, o.house, c.at).Reviewers {
		if p.Reviewer.Name == "p9" {
			left = p.Undecided
		}
	}
	scenarios(t, o.house, []Scenario{assign("all that is left", `"from":"`+c.person("p9")+`"`, "p7", 200, fmt.Sprintf(`"assigned":%d,"refused":1`, left-1))})
	item := get[ReviewItemDetail](t, o.house, fmt.Sprintf("%s/items/%d", c.at, p2))
	if len(item.Assignments) != 2 || item.Assignments[0].Reviewer.Name != "p9" || item.Assignments[1].Reviewer.Name != "p1" || item.Assignments[1].Reason != "on leave" || item.Reviewer.Name != "p1" || item.Relation != "reassigned" {
		t.Errorf("%+v", item.Assignments)
	}
	if d := c.decide("p1", "keep", "", p2); d.Recorded[0].Decision != 1 {
		t.Errorf("%+v", d)
	}
	if d := get[ReviewItemDetail](t, o.house, fmt.Sprintf("%s/items/%d", c.at, p2)).Decisions[0]; d.Relation != "reassigned" {
		t.Errorf("%+v", d)
	}
	o.whole()
}

func TestClosing(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", false, "lab")
	body := func(signer, reason string) string {
		return fmt.Sprintf(`{"signer":%q,"statement":"I have seen it","reason":%q}`, c.person(signer), reason)
	}
	p1 := c.item("p1", "lab")
	c.decide("p9", "revoke", because, p1)
	stranger := Scenario{Name: "who signs", Method: "POST", URL: c.at + "/close", Body: strings.Replace(body("p6", "due"), c.person("p6"), "4711", 1), As: administrator, Status: 422, Contains: []string{"body.signer"}}
	scenarios(t, o.house, []Scenario{
		stranger,
		{Name: "an auditor closes nothing", Method: "POST", URL: c.at + "/close", Body: body("p6", "it is due"), As: auditor, Status: 403, Audited: []string{"request.refuse refused"}},
		{Name: "incomplete without a reason", Method: "POST", URL: c.at + "/close", Body: body("p6", ""), As: administrator, Status: 422, Contains: []string{"body.reason", "3 undecided"}},
		{Name: "incomplete", Method: "POST", URL: c.at + "/close", Body: body("p6", "it is due"), As: administrator, Status: 200,
			Contains: []string{`"state":"closed"`, `"complete":false`, `"closeReason":"it is due"`, `"statement":"I have seen it"`, `"name":"p6"`, `"closedEvent":`}, Audited: []string{"review.close done"}},
		{Name: "twice", Method: "POST", URL: c.at + "/close", Body: body("p6", "it is due"), As: administrator, Status: 409, Contains: []string{"closed by p6 on 10 Mar 2026 13:"}},
		{Name: "a decision after it", Method: "POST", URL: c.at + "/decisions", Body: c.verdict("p9", "keep", "", c.item("p2", "lab")), As: administrator, Status: 409, Contains: []string{"closed by p6 on 10 Mar 2026 13:"}, Audited: []string{"review.decide refused"}},
		{Name: "an assignment after it", Method: "POST", URL: c.at + "/assignments", Body: fmt.Sprintf(`{"items":[%d],"to":%q,"reason":"because"}`, p1, c.person("p7")), As: administrator, Status: 409, Contains: []string{"closed by p6"}},
	})
	complete := o.create("2026 Q2", false, "lab")
	complete.decide("p9", "keep", "", 1, 2, 3, 4)
	if d := send[CampaignDetail](t, o.house, "POST", complete.at+"/close", body("p6", "")); !d.Arithmetic.Complete || d.Signer.Name != "p6" || d.CloseReason != "" {
		t.Errorf("%+v", d)
	}
	// Removals are tracked after the closing, too.
	o.leave("lab", "p1")
	o.readNow()
	if d := get[CampaignDetail](t, o.house, c.at); d.Arithmetic.Removed != 1 || d.Arithmetic.Open != 0 || d.Joined+d.Departed != 0 {
		t.Errorf("%+v", d)
	}
	o.whole()
}

// An outsider with a SQLite tool is found out.
func TestEditsOfReviewsAreNamed(t *testing.T) {
	directorytest.Need(t, "sqlite3")
	o := newOffice(t)
	c := o.create("2026 Q1", false, "lab")
	o.create("2026 Q2", false, "ops")
	send[CampaignDetail](t, o.house, "POST", "/reviews", campaign("left out", `{"groups":["`+o.groupID("ops")+`"],"exclude":[{"rule":"serviceAccounts","reason":"on their own"}]}`, `{"kind":"owners"}`))
	c.decide("p9", "keep", "", 1, 2)
	event := c.decide("p9", "revoke", because, 3).Event
	send[ItemsAssigned](t, o.house, "POST", c.at+"/assignments", fmt.Sprintf(`{"items":[4],"to":%q,"reason":"on leave"}`, c.person("p7")))
	o.whole()
	const first = "campaign_id = (SELECT min(id) FROM campaigns)"
	for _, e := range []struct{ name, edit, undo, want string }{
		{"an edited decision", "UPDATE review_decisions SET reason = 'x' WHERE " + first + " AND item = 3", "UPDATE review_decisions SET reason = 'not needed any more' WHERE " + first + " AND item = 3",
			fmt.Sprintf(`The decision 1 of item 3 in campaign "2026 Q1" is not what event %d says: it was changed.`, event)},
		{"an edited verdict", "UPDATE review_decisions SET verdict = 'keep' WHERE " + first + " AND item = 3", "UPDATE review_decisions SET verdict = 'revoke' WHERE " + first + " AND item = 3",
			fmt.Sprintf(`The decision 1 of item 3 in campaign "2026 Q1" is not what event %d says: it was changed.`, event)},
		{"a deleted decision", "CREATE TABLE kept AS SELECT * FROM review_decisions WHERE item = 3; DELETE FROM review_decisions WHERE item = 3", "INSERT INTO review_decisions SELECT * FROM kept; DROP TABLE kept",
			fmt.Sprintf(`Event %d tells of the decision 1 of item 3 in campaign "2026 Q1", but it is gone.`, event)},
		{"an inserted decision", "INSERT INTO review_decisions SELECT campaign_id, 4, 1, seq, at, verdict, until_at, reason, decided_by, decided_name, relation, recorded_by, channel FROM review_decisions WHERE item = 3", "DELETE FROM review_decisions WHERE item = 4",
			`The decision 1 of item 4 in campaign "2026 Q1" is recorded, but no event says so.`},
		{"an item's verdict", "UPDATE review_items SET verdict = 'keep' WHERE " + first + " AND ord = 3", "UPDATE review_items SET verdict = 'revoke' WHERE " + first + " AND ord = 3",
			fmt.Sprintf(`The verdict of item 3 in campaign "2026 Q1" is not what event %d says: it was changed.`, event)},
		{"the verdict of an undecided item", "UPDATE review_items SET verdict = 'keep' WHERE " + first + " AND ord = 4", "UPDATE review_items SET verdict = 'undecided' WHERE " + first + " AND ord = 4",
			`The verdict of item 4 in campaign "2026 Q1" was changed, but no event says so.`},
		{"an item's reviewer", "UPDATE review_items SET reviewer = 'me' WHERE " + first + " AND ord = 4", "UPDATE review_items SET reviewer = 'p7' WHERE " + first + " AND ord = 4",
			`The reviewer of item 4 in campaign "2026 Q1" is not what event`},
		{"an assignment", "UPDATE review_assignments SET reason = 'x'", "UPDATE review_assignments SET reason = 'on leave'", `The assignment 1 of item 4 in campaign "2026 Q1" is not what event`},
		{"a frozen column", "UPDATE review_items SET login = 'x' || login WHERE " + first + " AND ord = 2", "UPDATE review_items SET login = substr(login, 2) WHERE " + first + " AND ord = 2", `What campaign "2026 Q1" froze is not what event`},
		{"an excluded item", "UPDATE review_items SET excluded = 1 WHERE " + first + " AND ord = 2", "UPDATE review_items SET excluded = 0 WHERE " + first + " AND ord = 2", `What campaign "2026 Q1" froze is not what event`},
		{"a campaign's due date", "UPDATE campaigns SET due_at = due_at + 1 WHERE name = '2026 Q2'", "UPDATE campaigns SET due_at = due_at - 1 WHERE name = '2026 Q2'", `The record of campaign "2026 Q2" is not what event`},
		{"a campaign's scope", "UPDATE campaigns SET scope = replace(scope, '[', '[1,') WHERE name = '2026 Q1'", "UPDATE campaigns SET scope = replace(scope, '[1,', '[') WHERE name = '2026 Q1'", `The record of campaign "2026 Q1" is not what event`},
		{"a campaign's rule for reviewers", "UPDATE campaigns SET reviewers = replace(reviewers, 'named', 'owners') WHERE name = '2026 Q1'", "UPDATE campaigns SET reviewers = replace(reviewers, 'owners', 'named') WHERE name = '2026 Q1'", `The record of campaign "2026 Q1" is not what event`},
		{"a source's coverage", "UPDATE campaign_sources SET coverage = 'held' WHERE " + first, "UPDATE campaign_sources SET coverage = 'complete' WHERE " + first, `The record of campaign "2026 Q1" is not what event`},
		{"a source's note", "UPDATE campaign_sources SET note = note || 'x' WHERE " + first, "UPDATE campaign_sources SET note = substr(note, 1, length(note) - 1) WHERE " + first, `The record of campaign "2026 Q1" is not what event`},
		{"a source", "CREATE TABLE kept AS SELECT * FROM campaign_sources; DELETE FROM campaign_sources", "INSERT INTO campaign_sources SELECT * FROM kept; DROP TABLE kept", `The record of campaign "2026 Q1" is not what event`},
		{"an exclusion's reason", "UPDATE campaign_exclusions SET reason = reason || 'x'", "UPDATE campaign_exclusions SET reason = substr(reason, 1, length(reason) - 1)", `The record of campaign "left out" is not what event`},
		{"an exclusion's count", "UPDATE campaign_exclusions SET count = count + 1", "UPDATE campaign_exclusions SET count = count - 1", `The record of campaign "left out" is not what event`},
		{"a digest with its item", "UPDATE campaigns SET digest = '00' WHERE name = '2026 Q2'", "", `The record of campaign "2026 Q2" is not what event`},
		{"a closing", "UPDATE campaigns SET state = 'closed', closed_at = 1, closed_seq = 1 WHERE name = '2026 Q1'", "", `Campaign "2026 Q1" is recorded as closed, but no event says so.`},
	} {
		t.Run(e.name, func(t *testing.T) {
			sqlite := func(statements string) {
				t.Helper()
				if out, err := exec.Command("sqlite3", filepath.Join(o.dir, "gatehouse.db"), statements).CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
			}
			sqlite(e.edit)
			v := send[AuditVerdict](t, o.house, "POST", "/audit/verify", `{}`)
			if v.OK || !slices.ContainsFunc(v.Problems, func(p AuditProblem) bool { return strings.HasPrefix(p.Text, e.want) }) {
				t.Errorf("%+v\nwant %s", v.Problems, e.want)
			}
			if e.undo != "" {
				sqlite(e.undo)
				o.t = t
				o.whole()
			}
		})
	}
}
