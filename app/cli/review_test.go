package cli

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/api"
)

// each are the lines of JSON that a command line answers.
func each[T any](d demoFolder, args ...string) []T {
	d.t.Helper()
	r := d.called(append(args, "--json")...)
	if r.code != 0 {
		d.t.Fatalf("%v: exit %d: %s", args, r.code, r.err)
	}
	var all []T
	for line := range strings.Lines(r.out) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			d.t.Fatalf("%v: %v: %s", args, err, line)
		}
		all = append(all, v)
	}
	return all
}

// A review of the demo company by command line: planned, frozen, decided,
// assigned, closed and proven.
func TestAReviewByCommandLine(t *testing.T) {
	d := demoFolder{t, filepath.Join(t.TempDir(), "data")}
	_, stop := d.serve()
	defer stop()
	d.settle()
	if r := d.called("review", "list"); r.code != 0 || !strings.Contains(r.err, "There is no campaign") {
		t.Errorf("%+v", r)
	}
	person := func(words string) string {
		for _, hit := range each[api.SearchHit](d, "find", words) {
			if hit.Ref.Kind == "identity" {
				return "id:" + hit.Ref.ID
			}
		}
		t.Fatalf("nobody is %s", words)
		return ""
	}
	ragna, intern := person("rsolheim"), person("mlaasen")

	scope := []string{"--privileged", "--effective", "--reviewers", "named", "--reviewer", "rsolheim", "--fallback", person("habdullahi"), "--exclude", "serviceAccounts=reviewed on their own"}
	plan := answer[api.ReviewPlan](d, append([]string{"review", "create", "--dry-run"}, scope...)...)
	if plan.Arithmetic.InScope == 0 || plan.Arithmetic.Read != plan.Arithmetic.InScope+plan.Arithmetic.Excluded || plan.GroupCount == 0 {
		t.Fatalf("%+v", plan)
	}
	if r := d.called("review", "list"); !strings.Contains(r.err, "There is no campaign") {
		t.Errorf("a dry run froze something: %+v", r)
	}
	c := answer[api.CampaignDetail](d, append([]string{"review", "create", "--name", "Privileged, Q1", "--due", "2099-06-30"}, scope...)...)
	if c.Arithmetic != plan.Arithmetic || c.State != "open" || c.DueAt != "2099-06-30T23:59:59Z" {
		t.Errorf("%+v, planned %+v", c, plan)
	}
	if list := each[api.Campaign](d, "review", "list"); len(list) != 1 || list[0].ID != c.ID {
		t.Errorf("%+v", list)
	}
	if r := d.called("review", "show", c.ID); r.code != 0 || !strings.Contains(r.out, "Privileged, Q1: open") || !strings.Contains(r.out, "refused 0") || !strings.Contains(r.out, "excluded "+number(c.Arithmetic.Excluded)) {
		t.Errorf("%+v", r)
	}

	items := each[api.ReviewItem](d, "review", "items", "Privileged, Q1")
	if int64(len(items)) != c.Arithmetic.InScope {
		t.Errorf("%d items, %d in scope", len(items), c.Arithmetic.InScope)
	}
	own := slices.IndexFunc(items, func(i api.ReviewItem) bool { return i.Login == "mlaasen" && i.Group.Name == "Administrators" })
	if own < 0 {
		t.Fatal("the intern is not there")
	}
	n := number(items[own].Item)
	if r := d.called("review", "items", c.ID); r.code != 0 || !strings.Contains(r.out, "calib-interns > calib-lab") {
		t.Errorf("%+v", r)
	}

	// What is refused exits 1 and says why.
	for _, x := range []struct{ args, want string }{
		{"--verdict revoke --by " + ragna, "needs a reason"},
		{"--verdict keep --by " + intern, "reviewer's own"},
		{"--verdict keep --by solheim-nobody", "There is no person"},
		{"--verdict keep --seen 3 --by " + ragna, "Nobody has decided this item yet"},
		{"--verdict keep --by a", `"a" fits`},
	} {
		if r := d.called(append([]string{"review", "decide", c.ID, "--item", n}, strings.Fields(x.args)...)...); r.code != 1 || !strings.Contains(r.err, x.want) {
			t.Errorf("%s: %+v", x.args, r)
		}
	}
	revoked := answer[api.Decided](d, "review", "decide", "Privileged, Q1", "--item", n, "--verdict", "revoke", "--by", ragna, "--reason", "nested by mistake")
	if len(revoked.Recorded) != 1 || revoked.Arithmetic.Revoke != 1 || revoked.Arithmetic.Open != 1 {
		t.Errorf("%+v", revoked)
	}
	again := answer[api.Decided](d, "review", "decide", c.ID, "--item", n, "--verdict", "revoke", "--by", ragna, "--reason", "nested by mistake, really")
	if again.Recorded[0].Decision != 2 {
		t.Errorf("a change of mind: %+v", again)
	}
	if r := d.called("review", "decide", c.ID, "--item", n, "--item", "99999", "--verdict", "revoke", "--by", ragna, "--reason", "nested by mistake"); r.code != 1 || !strings.Contains(r.out, "for 1 items") || !strings.Contains(r.err, "no item 99999") {
		t.Errorf("one of two: %+v", r)
	}
	if r := d.called("review", "removals", c.ID); r.code != 0 || !strings.Contains(r.out, "not read since the decision") || !strings.Contains(r.out, "open sessions may last") {
		t.Errorf("%+v", r)
	}
	if run := answer[syncLine](d, "sync"); run.State != "applied" {
		t.Errorf("%+v", run)
	}
	removals := each[api.Removal](d, "review", "removals", c.ID, "--state", "stillThere")
	if len(removals) != 1 || !strings.Contains(removals[0].Text, "still in by calib-interns › calib-lab › lab-operations › infra-operators › Administrators (run ") || removals[0].Edge == nil {
		t.Errorf("%+v", removals)
	}
	if changes := each[api.LaterChange](d, "review", "changes", c.ID); len(changes) != 0 {
		t.Errorf("%+v", changes)
	}

	assigned := answer[api.ItemsAssigned](d, "review", "assign", c.ID, "--from", ragna, "--to", intern, "--reason", "on leave")
	if assigned.Assigned == 0 || assigned.Refused == 0 {
		t.Errorf("%+v", assigned)
	}
	if left := each[api.ReviewItem](d, "review", "items", c.ID, "--reviewer", intern, "--verdict", "undecided"); int64(len(left)) != assigned.Assigned {
		t.Errorf("%d items, assigned %d", len(left), assigned.Assigned)
	}
	if r := d.called("review", "close", c.ID, "--signer", ragna, "--statement", "I have seen it"); r.code != 1 || !strings.Contains(r.err, "undecided") {
		t.Errorf("%+v", r)
	}
	closed := answer[api.CampaignDetail](d, "review", "close", c.ID, "--signer", ragna, "--statement", "I have seen it", "--reason", "the quarter is over")
	if closed.State != "closed" || closed.Arithmetic.Complete || closed.Signer == nil || closed.CloseReason != "the quarter is over" {
		t.Errorf("%+v", closed)
	}
	if r := d.called("review", "decide", c.ID, "--item", n, "--verdict", "keep", "--by", ragna); r.code != 1 || !strings.Contains(r.err, "was closed by") {
		t.Errorf("%+v", r)
	}
	if r := d.called("review", "show", "no such"); r.code != 1 || !strings.Contains(r.err, "Name one of: Privileged, Q1.") {
		t.Errorf("%+v", r)
	}
	if verdict := answer[api.AuditVerdict](d, "audit", "verify"); !verdict.OK {
		t.Errorf("%+v", verdict)
	}
}

func TestReviewCommandsThatAreWrong(t *testing.T) {
	h := owner{"GET /reviews": `{"items":[{"id":"1","name":"Q1"}]}`, "GET /identities": `{"items":[{"id":"7","login":"ann"}]}`}.mux()
	for _, c := range []struct{ args, want string }{
		{"review", "name a command of gatehouse review"},
		{"review decide Q1 --item 1 --by ann", `required flag(s) "verdict" not set`},
		{"review decide Q1 --verdict keep --by ann", `required flag(s) "item" not set`},
		{"review decide Q1 --verdict keep --by ann --item 4-", "--item 4-: write a number"},
		{"review decide Q1 --verdict keep --by ann --item 9-4", "--item 9-4: write a number"},
		{"review decide Q1 --verdict keep --by ann --item 1-99999", "at most 2000 items"},
		{"review decide Q1 --verdict exception --by ann --item 1 --until soon", "--until soon is no date"},
		{"review create --due 2026-01-01 --reviewers owners", "name the campaign with --name"},
		{"review create --name Q1 --reviewers owners", "--due"},
		{"review create --name Q1 --due 2026-01-01", "--reviewers"},
		{"review create --name Q1 --due 2026-01-01 --reviewers chance", "managers, owners or named"},
		{"review create --name Q1 --due 2026-01-01 --reviewers named", "--reviewer"},
		{"review create --name Q1 --due 2026-01-01 --reviewers owners --reviewer ann", "--reviewers named"},
		{"review create --name Q1 --due 2026-01-01 --reviewers owners --group a --privileged", "not both"},
		{"review create --name Q1 --due 2026-01-01 --reviewers owners --exclude nestedGroups", "write RULE=REASON"},
		{"review assign Q1 --to ann --reason because", "--from"},
		{"review close Q1 --signer ann", `required flag(s) "statement" not set`},
	} {
		t.Run(c.args, func(t *testing.T) {
			called(t, h, "", strings.Fields(c.args)...).want(t, 2, "", "gatehouse: ", c.want, " --help shows how to use it.\n")
		})
	}
}

func TestAnAmbiguousPersonIsListed(t *testing.T) {
	h := owner{
		"GET /reviews":    `{"items":[{"id":"1","name":"Q1"}]}`,
		"GET /identities": `{"items":[{"id":"7","name":"Ann Lee","login":"alee","department":"Labs"},{"id":"8","name":"Ann Ray","login":"aray","department":"Sales"}],"total":2}`,
	}.mux()
	called(t, h, "", "review", "close", "Q1", "--signer", "ann", "--statement", "seen").want(t, 1, "",
		"gatehouse: \"ann\" fits 2 people.\n  id:7 Ann Lee, alee, Labs\n  id:8 Ann Ray, aray, Sales\nName the person as id:NUMBER.\n")
}

// A campaign is named in full; what fits in part is listed.
func TestACampaignIsNamedInFull(t *testing.T) {
	h := owner{
		"GET /reviews":   `{"items":[{"id":"1","name":"2026 Q1","state":"open"},{"id":"2","name":"2026 Q2","state":"closed"},{"id":"3","name":"2026 q2","state":"open"},{"id":"4","name":"Q","state":"open"}]}`,
		"GET /reviews/1": `{"name":"the first"}`, "GET /reviews/2": `{"name":"the second"}`, "GET /reviews/4": `{"name":"the fourth"}`,
	}.mux()
	for name, want := range map[string]string{"2": "the second", "2026 Q2": "the second", "2026 q1": "the first", "q": "the fourth"} {
		if r := called(t, h, "", "review", "show", name); r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	called(t, h, "", "review", "close", "2026 Q", "--signer", "ann", "--statement", "seen").want(t, 1, "",
		"gatehouse: There is no campaign \"2026 Q\", but 3 are named alike.\n  1 2026 Q1, open\n  2 2026 Q2, closed\n  3 2026 q2, open\nName the campaign in full, or by its id.\n")
	if r := called(t, h, "", "review", "show", "q2"); r.code != 1 || !strings.Contains(r.err, "2 are named alike") {
		t.Errorf("%+v", r)
	}
}
