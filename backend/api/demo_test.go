package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/directory/demo"
	"gatehouse/backend/iam"
)

// What the API says of the demo company, held against what was planted there.

// subject is how planted problems name a record: an account by its login, a
// group by its name.
func subject(r Ref) string {
	if r.Kind == "group" {
		return r.Name
	}
	return r.Detail
}

func TestFindingsArePlanted(t *testing.T) {
	h := demoHouse(t)
	found := get[Page[FindingRow]](t, h, "/findings?limit=500")
	if int(found.Total) != len(found.Items) {
		t.Errorf("total %d of %d items", found.Total, len(found.Items))
	}
	subjects := func(keep func(FindingRow) bool) []string {
		out := []string{}
		for _, f := range found.Items {
			if keep(f) {
				out = append(out, subject(f.Subject))
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	for _, p := range demo.Planted {
		var got []string
		want := slices.Clone(p.Subjects)
		switch {
		case p.Finding == "":
			continue // no check looks for it yet
		case p.Finding == iam.NestedPrivileged:
			// The story is of one intern; two more sit in the same group.
			want = []string{"btran", "mlaasen", "nesara"}
			got = subjects(func(f FindingRow) bool {
				return f.Kind == string(p.Finding) && f.Risk == "critical" && f.Group.Name == "Administrators"
			})
			if !slices.Contains(want, p.Subjects[0]) || len(p.Subjects) != 1 {
				t.Errorf("%s: planted %q", p.Name, p.Subjects)
			}
		case p.Finding == iam.Cycle:
			// One cycle is one finding; its detail goes once around.
			if got = subjects(func(f FindingRow) bool { return f.Kind == string(p.Finding) }); len(got) != 1 || !slices.Contains(want, got[0]) {
				t.Errorf("%s: %q", p.Name, got)
			}
			for _, f := range found.Items {
				if f.Kind == string(p.Finding) && f.Detail != "doc-authors › doc-reviewers › doc-authors" {
					t.Errorf("%s: %q", p.Name, f.Detail)
				}
			}
			continue
		case p.Finding == iam.Dormant:
			admins := strings.Contains(p.Name, "administrators")
			got = subjects(func(f FindingRow) bool { return f.Kind == string(p.Finding) && (f.Risk == "high") == admins })
		default:
			got = subjects(func(f FindingRow) bool { return f.Kind == string(p.Finding) })
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n found   %q\n planted %q", p.Name, got, want)
		}
	}
	// Staff who reach a privileged group through two nested groups or more are
	// noticed, too, below the interns.
	got := subjects(func(f FindingRow) bool { return f.Kind == string(iam.NestedPrivileged) && f.Risk == "medium" })
	if want := []string{"aaspas", "akleiven", "alefevre", "hrakotomalala", "jdvorak", "pvaisanen", "sgebremariam", "sthorsrud", "zwojcik"}; !slices.Equal(got, want) {
		t.Errorf("medium: %q, want %q", got, want)
	}
	for _, f := range found.Items {
		if f.Title == "" || f.Remedy == "" || f.Detail == "" || f.FirstSeen == "" {
			t.Errorf("a finding that does not explain itself: %+v", f)
		}
	}
}

func TestFindingsAddUp(t *testing.T) {
	h := demoHouse(t)
	all := get[Page[FindingRow]](t, h, "/findings?limit=500")
	o := get[Overview](t, h, "/overview")
	if o.FindingTotal != all.Total {
		t.Errorf("the overview counts %d findings, the list %d", o.FindingTotal, all.Total)
	}
	for _, g := range o.Findings {
		if n := get[Page[FindingRow]](t, h, "/findings?kind="+g.Kind+"&risk="+g.Risk).Total; n != g.Count {
			t.Errorf("%s %s: the overview counts %d, the list behind it %d", g.Kind, g.Risk, g.Count, n)
		}
	}
	var accounts int64
	for _, b := range o.SignIns {
		n := get[Page[AccountRow]](t, h, "/accounts?limit=1&signIn="+b.Bucket).Total
		if n != b.Count {
			t.Errorf("sign-in %s: the overview counts %d, the list behind it %d", b.Bucket, b.Count, n)
		}
		accounts += b.Count
	}
	if accounts != o.Accounts {
		t.Errorf("the buckets hold %d accounts, there are %d", accounts, o.Accounts)
	}
	people := get[Page[IdentityRow]](t, h, "/identities?limit=1").Total
	if o.Identities != people || o.Accounts != get[Page[AccountRow]](t, h, "/accounts?limit=1").Total || o.Groups != get[Page[GroupRow]](t, h, "/groups?limit=1").Total {
		t.Errorf("the overview counts %d identities, %d accounts, %d groups", o.Identities, o.Accounts, o.Groups)
	}
	if last := o.MembershipHistory[len(o.MembershipHistory)-1]; last.Memberships != o.Memberships {
		t.Errorf("the history ends with %d memberships, there are %d", last.Memberships, o.Memberships)
	}
}

// account and group look one record up by its exact name.
func account(t *testing.T, h *house, login string) AccessAnswer {
	t.Helper()
	return get[AccessAnswer](t, h, "/answers/access?login="+url.QueryEscape(login))
}

func group(t *testing.T, h *house, name string) WhoCanAnswer {
	t.Helper()
	return get[WhoCanAnswer](t, h, "/answers/who-can?group="+url.QueryEscape(name))
}

// TestInternsPath is the story of the demo: why an intern is an administrator
// since today.
func TestInternsPath(t *testing.T) {
	h := demoHouse(t)
	intern, admins := account(t, h, "mlaasen"), group(t, h, "Administrators")
	why := get[Explanation](t, h, "/accounts/"+intern.ID+"/paths?group="+admins.GroupID)
	if why.Direct || why.MorePaths || len(why.Paths) == 0 {
		t.Fatalf("direct %v, %d paths", why.Direct, len(why.Paths))
	}
	var names []string
	for _, r := range why.Paths[0] {
		names = append(names, r.Name)
	}
	chain := "calib-interns > calib-lab > lab-operations > infra-operators > Administrators"
	if got := strings.Join(names, " > "); got != chain {
		t.Errorf("the path is %s", got)
	}
	name := map[string]string{}
	for _, n := range why.Nodes {
		name[n.Ref.ID] = n.Ref.Name
		if n.Target != (n.Ref.Name == "Administrators") {
			t.Errorf("%s: target %v", n.Ref.Name, n.Target)
		}
		if n.Privileged != (n.Ref.Name == "Administrators" || n.Ref.Name == "infra-operators") {
			t.Errorf("%s: privileged %v", n.Ref.Name, n.Privileged)
		}
	}
	var fresh []string
	for _, e := range why.Edges {
		if name[e.From] == "" || name[e.To] == "" {
			t.Errorf("the edge %+v leads to no node", e)
		}
		if e.Fresh {
			fresh = append(fresh, name[e.From]+" > "+name[e.To])
		}
	}
	if !slices.Equal(fresh, []string{"lab-operations > infra-operators"}) {
		t.Errorf("fresh edges: %q", fresh)
	}
	if steps := strings.Count(why.Prove, "ldapsearch "); steps != 5 {
		t.Errorf("the proof has %d steps:\n%s", steps, why.Prove)
	}

	// The two answers for scripts say the same, from both ends.
	for _, g := range intern.Effective {
		if g.Group == "Administrators" && (g.Direct || strings.Join(g.Paths[0], " > ") != chain) {
			t.Errorf("access: %+v", g)
		}
	}
	i := slices.IndexFunc(admins.Members, func(m WhoCanMember) bool { return m.Login == "mlaasen" })
	if i < 0 || admins.Members[i].Direct || strings.Join(admins.Members[i].Paths[0], " > ") != chain {
		t.Errorf("who can: %+v", admins.Members)
	}
	if len(admins.Members) != 22 {
		t.Errorf("%d accounts are administrators, 22 are meant", len(admins.Members))
	}
	if intern.Coverage != "complete" || len(intern.Unresolved) > 0 {
		t.Errorf("coverage %s, unsure %q", intern.Coverage, intern.Unresolved)
	}
	// Who is not in a group is told so.
	Scenario{Method: "GET", URL: "/accounts/" + intern.ID + "/paths?group=" + group(t, h, "Domain Admins").GroupID, As: administrator, Status: 404,
		Contains: []string{"mlaasen is not a member of Domain Admins"}}.run(t, h)
}

// TestMembershipsAgree: the same question through four doors.
func TestMembershipsAgree(t *testing.T) {
	h := demoHouse(t)
	for _, login := range []string{"mlaasen", "mjgarcia", "dpatel-adm", "svc-archive"} {
		a := account(t, h, login)
		ms := get[Memberships](t, h, "/accounts/"+a.ID+"/memberships")
		row := get[Account](t, h, "/accounts/"+a.ID)
		if ms.Effective != len(a.Effective) || int64(ms.Effective) != row.GroupsEffective || int64(ms.Direct) != row.GroupsDirect || len(ms.Items) != ms.Effective {
			t.Errorf("%s: memberships %d/%d, answer %d, account %d/%d", login, ms.Direct, ms.Effective, len(a.Effective), row.GroupsDirect, row.GroupsEffective)
		}
		for _, m := range ms.Items {
			if m.Path[len(m.Path)-1] != m.Group || m.Steps != len(m.Path) || m.Direct != (m.Steps == 1) {
				t.Errorf("%s: %+v", login, m)
			}
		}
	}
	for _, name := range []string{"Administrators", "infra-operators", "Backup Operators", "doc-authors", "proj-fjord-2019"} {
		who := group(t, h, name)
		g := get[Group](t, h, "/groups/"+who.GroupID)
		members := get[Page[Member]](t, h, "/groups/"+who.GroupID+"/members?effective=true&limit=500")
		if int(g.Effective) != len(who.Members) || int(members.Total) != len(who.Members) || len(members.Items) != len(who.Members) {
			t.Errorf("%s: group %d, who-can %d, members %d", name, g.Effective, len(who.Members), members.Total)
		}
		direct := get[Page[Member]](t, h, "/groups/"+who.GroupID+"/members?limit=500")
		unresolved := get[Page[UnresolvedMember]](t, h, "/groups/"+who.GroupID+"/unresolved")
		if g.Direct != direct.Total+unresolved.Total || g.Unresolved != unresolved.Total {
			t.Errorf("%s: %d direct, listed %d and %d unresolved", name, g.Direct, direct.Total, unresolved.Total)
		}
	}
}

func TestUnresolvedMembersCount(t *testing.T) {
	h := demoHouse(t)
	who := group(t, h, "doc-reviewers")
	values := []string{}
	for _, u := range who.Unresolved {
		values = append(values, u.Value)
		if u.Reason != string(iam.Dangling) {
			t.Errorf("%s is %s", u.Value, u.Reason)
		}
	}
	if !slices.Contains(values, "uid=hlund,ou=people,dc=halden,dc=example") || len(values) != 2 {
		t.Errorf("unresolved: %q", values)
	}
}

func TestPrivilegedChangesOfToday(t *testing.T) {
	h := demoHouse(t)
	var got []string
	for _, c := range get[Overview](t, h, "/overview").PrivilegedChanges {
		path := ""
		for _, r := range c.Path {
			path += " > " + r.Name
		}
		got = append(got, c.Op+" "+c.MemberKind+" "+c.Member.Name+" in "+c.Group.Name+path)
		if c.Op == "added" && (c.Account == nil || c.SourceTime == "") {
			t.Errorf("%s %s cannot be explained or dated: %+v", c.Op, c.Member.Name, c)
		}
		if c.Member.Name == "lab-operations" && c.Accounts != 12 {
			t.Errorf("lab-operations brought %d accounts, 12 are meant", c.Accounts)
		}
	}
	want := []string{
		"added account svc-archive in Backup Operators",
		"added account Łukasz Kowalczyk in Domain Admins",
		"added group lab-operations in infra-operators > lab-operations > infra-operators",
		"removed account Imran Chaudhry in Domain Admins",
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestRunTellsWhatItChanged(t *testing.T) {
	h := demoHouse(t)
	runs := get[Page[Run]](t, h, "/runs")
	if len(runs.Items) != 2 || runs.Items[0].State != "applied" || runs.Items[0].Coverage != "complete" {
		t.Fatalf("%+v", runs)
	}
	run := get[RunDetail](t, h, "/runs/"+runs.Items[0].ID)
	var total int64
	for _, c := range run.Counts {
		total += c.Count
		if n := get[Page[Change]](t, h, "/runs/"+run.ID+"/changes?limit=1&noun="+c.Noun+"&op="+c.Op).Total; n != c.Count {
			t.Errorf("%s %s: %d counted, %d listed", c.Op, c.Noun, c.Count, n)
		}
	}
	if n := get[Page[Change]](t, h, "/runs/"+run.ID+"/changes?limit=1").Total; n != total {
		t.Errorf("%d changes counted, %d listed", total, n)
	}
	for _, c := range get[Page[Change]](t, h, "/runs/"+run.ID+"/changes?noun=account&op=changed").Items {
		if c.Name == "Ľubica Kováčová" {
			login := slices.IndexFunc(c.Fields, func(f FieldChange) bool { return f.Field == "login" })
			if login < 0 || c.Fields[login].Before != "ldurisova" || c.Fields[login].After != "lkovacova" {
				t.Errorf("the rename reads %+v", c.Fields)
			}
			return
		}
	}
	t.Error("the rename is not among the changes")
}

// TestSearch: by anything, in any form it is pasted in.
func TestSearch(t *testing.T) {
	h := demoHouse(t)
	jm := get[Account](t, h, "/accounts/"+account(t, h, "jmueller").ID)
	if jm.DN == "" || jm.ExternalID == "" || jm.Mail == "" || jm.Phone == "" || jm.Identity == nil {
		t.Fatalf("%+v", jm)
	}
	for _, c := range []struct{ name, words, login string }{
		{"login", "jmueller", "jmueller"},
		{"login in capitals", "JMUELLER", "jmueller"},
		{"DN", jm.DN, "jmueller"},
		{"DN in capitals, with spaces", strings.ToUpper(strings.ReplaceAll(jm.DN, ",", ", ")), "jmueller"},
		{"UUID", jm.ExternalID, "jmueller"},
		{"UUID in braces and capitals", "{" + strings.ToUpper(jm.ExternalID) + "}", "jmueller"},
		{"DOMAIN\\login", `HALDEN\jmueller`, "jmueller"},
		{"mail", jm.Mail, "jmueller"},
		{"mailto:", "mailto:" + jm.Mail, "jmueller"},
		{"mail in angle brackets", "<" + jm.Mail + ">", "jmueller"},
		{"name and mail from a letter's head", jm.Name + " <" + jm.Mail + ">", "jmueller"},
		{"phone", jm.Phone, "jmueller"},
		{"phone, written otherwise", "(" + strings.ReplaceAll(strings.TrimPrefix(jm.Phone, "+"), " ", ") ") + " ", "jmueller"},
		{"surname without marks", "Muller", "jmueller"},
		{"surname spelled out", "Mueller", "jmueller"},
		{"surname as it is", "Müller", "jmueller"},
		{"surname first", "Müller, " + strings.Fields(jm.Name)[0], "jmueller"},
		{"two letters", "jm", "jmueller"},
		{"employee number", jm.EmployeeNumber, "jmueller"},
		{"a login's beginning", "jmuel", "jmueller"},
		{"the middle of a login", "muelle", "jmueller"},
		{"quoted", `"jmueller"`, "jmueller"},
	} {
		t.Run(c.name, func(t *testing.T) {
			hits := get[SearchAnswer](t, h, "/search?limit=50&q="+url.QueryEscape(c.words))
			if !slices.ContainsFunc(hits.Items, func(x SearchHit) bool { return x.Login == c.login }) {
				t.Errorf("%q finds %+v", c.words, hits.Items)
			}
			// The list of identities finds the same person.
			list := get[Page[IdentityRow]](t, h, "/identities?q="+url.QueryEscape(c.words))
			if !slices.ContainsFunc(list.Items, func(x IdentityRow) bool { return x.ID == jm.Identity.ID }) {
				t.Errorf("%q lists %d identities without that one", c.words, list.Total)
			}
		})
	}
	for _, words := range []string{`"`, `""`, `'`, `*`, `a*`, `AND`, `a OR b`, `NEAR(a b)`, `(((`, `-x`, `text:abc`, `^abc`, `%_%`, "\x00\x00\x00", "abc\x00def", `\`, "日本語", "\u202e", `🙂🙂🙂`, ` `, strings.Repeat("x", 256)} {
		for _, list := range []string{"/search", "/identities", "/accounts", "/groups", "/events"} {
			if w := h.ask(administrator, http.MethodGet, list+"?q="+url.QueryEscape(words), ""); w.Code != http.StatusOK {
				t.Errorf("%s?q=%q: %d %s", list, words, w.Code, w.Body)
			}
		}
	}
	hits := get[SearchAnswer](t, h, "/search?q=administrators")
	if len(hits.Items) == 0 || hits.Items[0].Ref.Kind != "group" || hits.Items[0].Ref.Name != "Administrators" {
		t.Errorf("the exact name is not first: %+v", hits.Items)
	}
}

// TestListsPage: a list in stretches is the list.
func TestListsPage(t *testing.T) {
	h := demoHouse(t)
	type row struct {
		ID string `json:"id"`
	}
	for _, list := range []string{"/identities", "/identities?sort=-lastSignIn", "/identities?sort=department", "/accounts?sort=login", "/accounts?sort=-name", "/groups", "/findings", "/events", "/groups/" + group(t, h, "all-staff").GroupID + "/members"} {
		sep := "?"
		if strings.Contains(list, "?") {
			sep = "&"
		}
		whole := get[Page[row]](t, h, list+sep+"limit=500")
		var parts []row
		for offset := 0; offset < int(whole.Total); offset += 37 {
			p := get[Page[row]](t, h, list+sep+"limit=37&offset="+itoa(offset))
			if p.Total != whole.Total || !p.TotalIsExact {
				t.Errorf("%s at %d: total %d, want %d", list, offset, p.Total, whole.Total)
			}
			parts = append(parts, p.Items...)
		}
		if !slices.Equal(parts, whole.Items) || len(parts) != int(whole.Total) {
			t.Errorf("%s: %d rows in parts, %d in one", list, len(parts), len(whole.Items))
		}
		if past := get[Page[row]](t, h, list+sep+"offset=100000"); len(past.Items) != 0 || past.Total != whole.Total {
			t.Errorf("%s: past the end %+v", list, past)
		}
	}
}

// TestListsFollow: pages that follow each other by next are the list. A place
// and an offset do not go together, nor a place and another order.
func TestListsFollow(t *testing.T) {
	h := demoHouse(t)
	type row struct {
		ID  string `json:"id"`
		Seq int64  `json:"seq"`
	}
	for _, list := range []string{
		"/identities?", "/identities?sort=-lastSignIn", "/identities?sort=department&enabled=yes", "/identities?q=an", "/identities?q=halden", "/accounts?sort=login&type=person", "/accounts?sort=-lastSignIn",
		"/accounts?finding=dormant", "/groups?", "/groups?sort=-name&privileged=yes", "/events?", "/events?action=source.add", "/identities?asOf=%231", "/groups?q=nothing-of-the-sort",
	} {
		whole := get[Page[row]](t, h, list+"&limit=500")
		if whole.Next != "" {
			t.Errorf("%s: %d rows, and yet another page", list, len(whole.Items))
		}
		var parts []row
		for next := ""; ; {
			p := get[Page[row]](t, h, list+"&limit=37&after="+next)
			if p.Total != whole.Total {
				t.Errorf("%s: total %d, want %d", list, p.Total, whole.Total)
			}
			parts = append(parts, p.Items...)
			if next = p.Next; next == "" {
				break
			}
		}
		if !slices.Equal(parts, whole.Items) {
			t.Errorf("%s: %d rows in pages, %d in one", list, len(parts), len(whole.Items))
		}
	}
	next := get[Page[row]](t, h, "/identities?limit=1").Next
	for _, url := range []string{"/identities?offset=1&after=" + next, "/identities?sort=login&after=" + next, "/accounts?after=" + next, "/events?after=x", "/groups?after=W10"} {
		if w := h.ask(administrator, "GET", url, ""); w.Code != 422 || !strings.Contains(w.Body.String(), "query.after") {
			t.Errorf("%s: %d %s", url, w.Code, w.Body)
		}
	}
}

// TestTimelines: what was observed of a record, newest first.
func TestTimelines(t *testing.T) {
	h := demoHouse(t)
	renamed := account(t, h, "lkovacova").ID
	identity := get[Account](t, h, "/accounts/"+renamed).Identity.ID
	for _, c := range []struct {
		url  string
		want []string // "text about"
	}{
		{"/accounts/" + account(t, h, "svc-archive").ID, []string{"became a member of Backup Operators", "svc-archive first seen "}},
		{"/accounts/" + account(t, h, "ichaudhry-adm").ID, []string{"is no longer a member of Domain Admins"}},
		{"/groups/" + group(t, h, "Domain Admins").GroupID, []string{"gained the member Łukasz Kowalczyk", "lost the member Imran Chaudhry", "Domain Admins first seen "}},
		{"/identities/" + identity, []string{"lkovacova changed DN", "login: ldurisova → lkovacova", "lkovacova first seen "}},
	} {
		page := get[Page[TimelineEntry]](t, h, c.url+"/timeline?limit=500")
		var lines []string
		for i, e := range page.Items {
			about := ""
			if e.About != nil {
				about = e.About.Name
			}
			lines = append(lines, e.Text+" "+about)
			if e.Run == "" || e.Source == "" || e.At == "" {
				t.Errorf("%s: without run, source or time: %+v", c.url, e)
			}
			if i > 0 && e.At > page.Items[i-1].At {
				t.Errorf("%s: %s stands after %s", c.url, e.At, page.Items[i-1].At)
			}
		}
		all := strings.Join(lines, "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: lacks %q:\n%s", c.url, want, all)
			}
		}
		if int(page.Total) != len(page.Items) {
			t.Errorf("%s: total %d of %d", c.url, page.Total, len(page.Items))
		}
	}
}
