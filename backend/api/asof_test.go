package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// asOfPaths are the questions that can be asked about the past, of records that
// there are at the demo company.
func asOfPaths(t *testing.T, h *house) []string {
	t.Helper()
	person := get[Page[IdentityRow]](t, h, "/identities?q=mlaasen").Items[0].ID
	account := get[Identity](t, h, "/identities/"+person).Accounts[0].ID
	m := get[Memberships](t, h, "/accounts/"+account+"/memberships").Items[0]
	group := m.Group.ID
	return []string{
		"/history", "/search?q=mlaasen", "/identities", "/identities?q=mlaasen", "/identities/" + person, "/identities/" + person + "/memberships", "/identities/" + person + "/timeline",
		"/accounts", "/accounts?type=service", "/accounts/" + account, "/accounts/" + account + "/memberships", "/accounts/" + account + "/paths?group=" + group, "/accounts/" + account + "/timeline",
		"/groups", "/groups?privileged=yes", "/groups/" + group, "/groups/" + group + "/members", "/groups/" + group + "/members?effective=true", "/groups/" + group + "/unresolved", "/groups/" + group + "/nesting", "/groups/" + group + "/timeline",
		"/answers/access?id=" + account, "/answers/who-can?id=" + group,
	}
}

func with(path, asOf string) string {
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + "asOf=" + url.QueryEscape(asOf)
}

// TestAsOfNowIsNow: every question about this very moment has the answer of now,
// but for what keeps no history and the line that says so.
func TestAsOfNowIsNow(t *testing.T) {
	h := demoHouse(t)
	now := h.clock.now().Format(time.RFC3339Nano)
	for _, path := range asOfPaths(t, h) {
		plain, then := get[map[string]any](t, h, path), get[map[string]any](t, h, with(path, now))
		basis, ok := then["asOf"].(map[string]any)
		if !ok || basis["observedAt"] == nil || basis["nextObservation"] != nil || basis["seq"] == nil || !strings.Contains(basis["note"].(string), "Nothing has been observed since") {
			t.Errorf("%s rests on %v", path, then["asOf"])
		}
		for _, v := range []map[string]any{plain, then} {
			forget(v)
		}
		if a, b := asText(plain), asText(then); a != b {
			t.Errorf("%s\nnow:  %s\nthen: %s", path, a, b)
		}
	}
}

// forget drops what keeps no history.
func forget(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range []string{"asOf", "mail", "phone"} {
			delete(v, key)
		}
		for _, each := range v {
			forget(each)
		}
	case []any:
		for _, each := range v {
			forget(each)
		}
	}
}

// TestAsOfRefusals: a moment that is none is refused by every question, naming
// the field and what to write instead.
func TestAsOfRefusals(t *testing.T) {
	h := demoHouse(t)
	for _, path := range asOfPaths(t, h) {
		for asOf, says := range map[string]string{"yesterday": "no date", "2026-02-30": "no date", "2026-03-11": "future", "2030-01-01T00:00:00Z": "future", "1969-01-01": "before 1970", "#0": "no event", "#99999": "no event", "#x": "no event", "#-1": "no event", "run:0": "no run", "run 99999999": "no run", "run": "no date", "run:x": "no date", "run:1": "no run 1"} {
			w := h.ask(auditor, http.MethodGet, with(path, asOf), "")
			p := isProblem(t, w)
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, says) || p.Remedy == "" || len(p.Errors) != 1 || p.Errors[0].Location != "query.asOf" {
				t.Errorf("%s as of %q: %d %s", path, asOf, w.Code, w.Body)
			}
		}
	}
	for path, field := range map[string]string{"/identities?signIn=d7": "query.signIn", "/accounts?signIn=never": "query.signIn", "/identities?sort=-lastSignIn": "query.sort", "/accounts?sort=lastSignIn": "query.sort"} {
		w := h.ask(auditor, http.MethodGet, with(path, "2026-03-10"), "")
		if p := isProblem(t, w); w.Code != http.StatusUnprocessableEntity || p.Errors[0].Location != field || !strings.Contains(p.Detail, "no history") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// TestAsOfBeforeTheFirstRead: nothing was known, and the answer says so.
func TestAsOfBeforeTheFirstRead(t *testing.T) {
	h := demoHouse(t)
	for _, asOf := range []string{"2026-03-09", "1970-01-01", "2026-03-10T13:50:59Z"} {
		for _, path := range []string{"/identities", "/accounts", "/groups", "/search?q=mlaasen"} {
			v := get[Page[struct{}]](t, h, with(path, asOf))
			if len(v.Items) != 0 || v.Total != 0 || v.AsOf == nil || v.AsOf.ObservedAt != "" || v.AsOf.Note != "No directory was connected then." {
				t.Errorf("%s as of %s: %+v", path, asOf, v)
			}
		}
		for _, path := range asOfPaths(t, h) {
			if strings.Contains(path, "/accounts/") && !strings.Contains(path, "timeline") {
				scenarios(t, h, []Scenario{{Name: path, Method: http.MethodGet, URL: with(path, asOf), As: auditor, Status: 404, Contains: []string{"was not known then: it was first seen 2026-03-10 13:51 UTC"}}})
			}
		}
	}
}

// TestAskedByNameBeforeTheFirstRead: nobody can say who there was before anything
// was read, of all sources or of one, which is another answer than nobody.
func TestAskedByNameBeforeTheFirstRead(t *testing.T) {
	h, at := aYear(t)
	first := at[0].UTC().Format("2006-01-02 15:04:05 UTC")
	before, after := at[0].Add(-time.Hour).Format(time.RFC3339), at[0].Add(time.Hour).Format(time.RFC3339)
	for _, c := range []struct{ path, asOf, says string }{
		{"/answers/access?login=ann", before, "Nothing was observed before " + first},
		{"/answers/access?login=ann&source=Corp", before, "Nothing of Corp was observed before " + first},
		{"/answers/access?login=cid", before, "Nothing was observed before " + first},
		{"/answers/who-can?group=Staff", "1970-01-01", "Nothing was observed before " + first},
		{"/answers/access?login=cid", after, `There is no account \"cid\"`},
		{"/answers/access?login=ann&source=Lab", before, `There is no account \"ann\"`},
		{"/answers/who-can?group=Nobody", after, `There is no group \"Nobody\"`},
		{"/answers/access?login=nobody", "", `There is no account \"nobody\"`},
	} {
		scenarios(t, h, []Scenario{{Name: c.path, Method: http.MethodGet, URL: with(c.path, c.asOf), As: auditor, Status: 404, Contains: []string{c.says}}})
	}
}

// TestUnresolvedOnce: a reference that several groups on the way have, however it
// is written, is one unresolved member, since it was first observed.
func TestUnresolvedOnce(t *testing.T) {
	h := newHouse(t)
	id, err := iam.ParseID(send[Source](t, h, http.MethodPost, "/sources", draft("Corp", "plain://x", "cn=r", "secret")).ID)
	if err != nil {
		t.Fatal(err)
	}
	inner, outer := in("i", "gone", "lost"), in("o", "gone", "+inner")
	outer.Members = append(outer.Members, directory.Member{Ref: "dn:uid=gone,dc=x", Value: "UID=Gone, DC=X"})
	h.plain.records = []directory.Record{aGroup("i", "Inner"), aGroup("o", "Outer"), inner, outer}
	if err := h.read(id); err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, u := range get[WhoCanAnswer](t, h, "/answers/who-can?group=Outer").Unresolved {
		values = append(values, strings.ToLower(strings.ReplaceAll(u.Value, " ", "")))
	}
	slices.Sort(values)
	if !slices.Equal(values, []string{"uid=gone,dc=x", "uid=lost,dc=x"}) {
		t.Errorf("unresolved: %q", values)
	}
}

// aYear is a directory that is read four times.
func aYear(t *testing.T) (*house, []time.Time) {
	t.Helper()
	h := newHouse(t)
	src := send[Source](t, h, http.MethodPost, "/sources", draft("Corp", "plain://x", "cn=r", "secret"))
	id, err := iam.ParseID(src.ID)
	if err != nil {
		t.Fatal(err)
	}
	ann, ben, cid := person("a", "ann", "1"), person("b", "ben", "2"), person("c", "cid", "3")
	vpn, staff := aGroup("v", "VPN-Users"), aGroup("s", "Staff")
	renamed := ben
	renamed.DN, renamed.Facts.Name, renamed.Facts.Enabled, renamed.Facts.Department = "uid=ben,ou=left,dc=x", "Ben Other", iam.No, "Sales"
	reads := [][]directory.Record{
		{ann, ben, vpn, staff, in("v", "ann"), in("s", "ben")},
		{ann, ben, cid, vpn, staff, in("v", "ann", "cid", "+Staff"), in("s", "ben")},
		{ann, renamed, cid, vpn, staff, in("v", "ann", "+Staff"), in("s", "ben", "cid")},
		{ann, renamed, vpn, staff, in("v", "ann", "+Staff"), in("s", "ben")},
	}
	var at []time.Time
	for _, records := range reads {
		h.clock.pass(24 * time.Hour)
		if err := h.signIn(); err != nil {
			t.Fatal(err)
		}
		h.plain.records = records
		if err := h.read(id); err != nil {
			t.Fatal(err)
		}
		at = append(at, h.clock.now())
	}
	h.clock.pass(time.Hour)
	return h, at
}

func aGroup(id, name string) directory.Entitlement {
	dn := "cn=" + name + ",dc=x"
	return directory.Entitlement{ExternalID: id, Kind: iam.Group, Name: name, DN: dn, Refs: []string{"dn:" + strings.ToLower(dn)}}
}

// in are the members of a group: logins, and groups with a plus before them.
func in(id string, members ...string) directory.Members {
	m := directory.Members{ExternalID: id}
	for _, name := range members {
		ref := "uid=" + name + ",dc=x"
		if g, nested := strings.CutPrefix(name, "+"); nested {
			ref = "cn=" + strings.ToLower(g) + ",dc=x"
		}
		m.Members = append(m.Members, directory.Member{Ref: "dn:" + ref, Value: ref})
	}
	return m
}

// TestAsOfStory: who there was, what they were called and what they were in, on
// each day, and where a day lies between two reads.
func TestAsOfStory(t *testing.T) {
	h, at := aYear(t)
	day := func(n int) string { return at[n].Format(time.RFC3339Nano) }
	names := func(asOf, path string) string {
		var out []string
		for _, a := range get[Page[AccountRow]](t, h, with(path, asOf)).Items {
			out = append(out, a.Name)
		}
		return strings.Join(out, " ")
	}
	for n, want := range []string{"ann ben", "ann ben cid", "ann Ben Other cid", "ann Ben Other"} {
		for _, path := range []string{"/accounts", "/identities", "/accounts?sort=login", "/identities?sort=department"} {
			got := strings.Fields(names(day(n), path))
			slices.Sort(got)
			words := strings.Fields(want)
			slices.Sort(words)
			if !slices.Equal(got, words) {
				t.Errorf("%s as of read %d: %q, want %q", path, n, got, want)
			}
		}
	}
	if got := names(day(1), "/accounts?q=ben") + "|" + names(day(1), "/accounts?q=other") + "|" + names(day(2), "/accounts?q=other") + "|" + names(day(2), "/accounts?q=cid") + "|" + names(day(0), "/accounts?q=cid"); got != "ben||Ben Other|cid|" {
		t.Errorf("searches of then find %q", got)
	}
	if got := names(day(1), "/identities?enabled=no") + "|" + names(day(2), "/identities?enabled=no&department=Sales"); got != "|Ben Other" {
		t.Errorf("filters of then find %q", got)
	}

	members := func(asOf string) string {
		var out []string
		for _, m := range get[WhoCanAnswer](t, h, with("/answers/who-can?group=VPN-Users", asOf)).Members {
			out = append(out, m.Login)
		}
		return strings.Join(out, " ")
	}
	for n, want := range []string{"ann", "ann ben cid", "ann ben cid", "ann ben"} {
		if got := members(day(n)); got != want {
			t.Errorf("VPN-Users as of read %d: %s, want %s", n, got, want)
		}
		// Until the next read the answer is the same, and says how long it stood.
		later := at[n].Add(50 * time.Minute)
		basis := get[WhoCanAnswer](t, h, with("/answers/who-can?group=VPN-Users", later.Format(time.RFC3339Nano))).AsOf
		next := ""
		if n < 3 {
			next = stamp(at[n+1].UnixMicro())
		}
		if basis.ObservedAt != stamp(at[n].UnixMicro()) || basis.NextObservation != next || len(basis.Sources) != 1 || basis.At != stamp(later.UnixMicro()) {
			t.Errorf("as of %s: %+v", later, basis)
		}
		if got := members("#" + itoa(int(basis.Seq))); got != want {
			t.Errorf("as of event %d: %s, want %s", basis.Seq, got, want)
		}
		for _, run := range []string{"run:" + basis.Sources[0].Run, "run " + basis.Sources[0].Run, "Run: " + basis.Sources[0].Run} {
			if got := members(run); got != want {
				t.Errorf("as of %s: %s, want %s", run, got, want)
			}
		}
	}

	cid := get[Page[AccountRow]](t, h, with("/accounts?q=cid", day(1))).Items[0].ID
	scenarios(t, h, []Scenario{
		{Name: "not yet", Method: "GET", URL: with("/accounts/"+cid, day(0)), As: auditor, Status: 404, Contains: []string{"This account was not known then: it was first seen 2026-03-12 13:51 UTC."}},
		{Name: "gone", Method: "GET", URL: with("/accounts/"+cid, day(3)), As: auditor, Status: 404, Contains: []string{"This account was gone then: it had ended by 2026-03-14 13:51 UTC."}},
		{Name: "there", Method: "GET", URL: with("/accounts/"+cid, day(2)), As: auditor, Status: 200, Contains: []string{`"login":"cid"`, `"noHistory":["mail","phone","lastSignIn","modifiedAt"]`}},
		{Name: "a date means its end", Method: "GET", URL: with("/accounts/"+cid, "2026-03-12"), As: auditor, Status: 200, Contains: []string{`"asked":"2026-03-12"`, `"at":"2026-03-12T23:59:59.999999Z"`}},
		{Name: "the timeline of then", Method: "GET", URL: with("/accounts/"+cid+"/timeline", day(1)), As: auditor, Status: 200, Contains: []string{"cid first seen", "!no longer", `"after":"` + stamp(at[0].UnixMicro())}},
		{Name: "the timeline of now", Method: "GET", URL: "/accounts/" + cid + "/timeline", As: auditor, Status: 200, Contains: []string{"cid no longer returned by the directory", `"end":"notReturned"`}},
	})
}

// TestDifference: what happened in between, in sentences, and their rows.
func TestDifference(t *testing.T) {
	h, at := aYear(t)
	day := func(n int) string { return url.QueryEscape(at[n].Format(time.RFC3339Nano)) }
	told := func(query string) []string {
		var out []string
		for _, s := range get[Difference](t, h, "/differences?"+query).Sentences {
			out = append(out, s.Text)
			if (s.Group == nil) != (s.Source == nil) || s.Source != nil && s.Source.Name == "" {
				t.Errorf("%s: of %+v", s.Text, s.Source)
			}
		}
		return out
	}
	same := func(name, query string, want ...string) {
		t.Helper()
		if got := told(query); !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	same("one read", "from="+day(0)+"&to="+day(1),
		"2 people gained VPN-Users, directly (1) and through Staff, which became a member of it (1).", "The account of cid appeared.")
	same("a way that changed is no gain", "from="+day(1)+"&to="+day(2), "cid gained Staff, directly.",
		"The account of Ben Other was disabled.", "The account of Ben Other was renamed.", "The account of Ben Other was moved.", "The account of Ben Other changed: department.")
	same("who left", "from="+day(2)+"&to="+day(3),
		"cid lost Staff, as the account no longer returned by the directory.", "cid lost VPN-Users, as the account no longer returned by the directory.", "The account of cid is no longer returned by the directory.")
	same("who came and went is no difference", "from="+day(0), "Ben Other gained VPN-Users, through Staff, which became a member of it.",
		"The account of Ben Other was disabled.", "The account of Ben Other was renamed.", "The account of Ben Other was moved.", "The account of Ben Other changed: department.")
	same("nothing", "from="+day(3))
	run := func(n int) string {
		return "run:" + get[WhoCanAnswer](t, h, "/answers/who-can?group=VPN-Users&asOf="+day(n)).AsOf.Sources[0].Run
	}
	same("from run to run", "from="+run(0)+"&to="+run(1), "2 people gained VPN-Users, directly (1) and through Staff, which became a member of it (1).", "The account of cid appeared.")
	same("from nothing", "from=2026-01-01&to="+day(0), "ben gained Staff, directly.", "ann gained VPN-Users, directly.", "2 accounts appeared.", "2 groups appeared.")

	vpn := get[Page[GroupRow]](t, h, "/groups?q=vpn").Items[0].ID
	same("one group", "from="+day(1)+"&to="+day(3)+"&group="+vpn, "cid lost VPN-Users, as the account no longer returned by the directory.")
	ben := get[Page[IdentityRow]](t, h, "/identities?q=ben").Items[0].ID
	same("one person", "from="+day(0)+"&to="+day(1)+"&identity="+ben, "ben gained VPN-Users, through Staff, which became a member of it.")

	rows := get[Page[DifferenceRow]](t, h, "/differences/rows?from="+day(0)+"&to="+day(1)+"&sentence="+url.QueryEscape("gained:"+vpn)).Items
	if len(rows) != 2 || rows[0].Subject.Name != "ben" || len(rows[0].Path) != 2 || rows[0].At != stamp(at[1].UnixMicro()) || rows[1].Text != "directly" {
		t.Errorf("%+v", rows)
	}
	moved := get[Page[DifferenceRow]](t, h, "/differences/rows?from="+day(1)+"&to="+day(2)+"&sentence=account:moved").Items
	if len(moved) != 1 || moved[0].Fields[0].Before != "uid=ben,dc=x" || moved[0].Fields[0].After != "uid=ben,ou=left,dc=x" {
		t.Errorf("%+v", moved)
	}
	scenarios(t, h, []Scenario{
		{Name: "backwards", Method: "GET", URL: "/differences?from=" + day(2) + "&to=" + day(1), As: auditor, Status: 422, Contains: []string{"query.from", "Swap them"}},
		{Name: "no moment", Method: "GET", URL: "/differences?from=soon", As: auditor, Status: 422, Contains: []string{"query.from", "no date"}},
		{Name: "no moment to go to", Method: "GET", URL: "/differences?from=2026-01-01&to=2030-01-01", As: auditor, Status: 422, Contains: []string{"query.to", "future"}},
		{Name: "nothing to begin with", Method: "GET", URL: "/differences", As: auditor, Status: 422, Contains: []string{"query.from"}},
		{Name: "no such sentence", Method: "GET", URL: "/differences/rows?from=" + day(0) + "&sentence=gained:1", As: auditor, Status: 404, Contains: []string{"no such difference"}},
	})
}

func asText(v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}
