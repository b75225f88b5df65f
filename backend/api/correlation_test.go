package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

func anAccount(id, login, given, surname, number, mail string, sort iam.Sort) directory.Record {
	return directory.Account{ExternalID: id, DN: "uid=" + login + ",o=" + id, Refs: []string{"dn:uid=" + login + ",o=" + id}, Contact: iam.Contact{Mail: mail}, Facts: iam.AccountFacts{
		Login: login, GivenName: given, Surname: surname, Name: strings.TrimSpace(given + " " + surname), EmployeeNumber: number, Sort: sort, Enabled: iam.Yes, LastSignIn: iam.Never}}
}

// twoDirectories is a console on two directories that share some people.
func twoDirectories(t *testing.T) (*house, [2]string) {
	h := newHouse(t)
	var ids [2]string
	for i, records := range [][]directory.Record{{
		anAccount("p1", "anna", "Anna", "Müller", "0017", "anna@x.example", iam.Person), anAccount("p2", "tom", "Tom", "Berg", "", "tom@x.example", iam.Person),
		anAccount("p3", "eva", "Eva", "Lang", "", "", iam.Person), anAccount("s1", "svc-backup", "", "Backup", "", "", iam.Service), anAccount("s2", "svc-print", "", "Print", "", "", iam.Service),
	}, {
		anAccount("q1", "amueller", "Anna", "Mueller", "17", "", iam.Person), anAccount("q2", "tberg", "Tom", "Berg", "", "tom@y.example", iam.Person), anAccount("q3", "elang", "Eva", "Lang", "", "", iam.Person),
	}} {
		h.plain.records = records
		ids[i] = send[Source](t, h, "POST", "/sources", fmt.Sprintf(`{"name":"dir %d","kind":"plain","config":{"url":"x%d","baseDn":"","mapping":%s}}`, i, i, noMapping)).ID
		id, err := iam.ParseID(ids[i])
		if err == nil {
			err = h.read(id)
		}
		if err != nil {
			t.Fatal(err, h.log)
		}
	}
	return h, ids
}

func identityNamed(t *testing.T, h *house, login string) IdentityRow {
	t.Helper()
	for _, i := range get[Page[IdentityRow]](t, h, "/identities?q="+login).Items {
		if i.Login == login {
			return i
		}
	}
	t.Fatalf("nobody has the first login %s", login)
	return IdentityRow{}
}

// TestMatching: what is sure is linked with its reasons, what is not waits, a
// decision can be undone, and a merged id leads on.
func TestMatching(t *testing.T) {
	h, sources := twoDirectories(t)
	anna := identityNamed(t, h, "anna")
	links := get[IdentityLinks](t, h, "/identities/"+anna.ID+"/links")
	if anna.Accounts != 2 || !slices.ContainsFunc([]Linked{links.Links[get[Identity](t, h, "/identities/"+anna.ID).Accounts[1].ID]}, func(l Linked) bool {
		return l.How == "rule" && l.Rule == "Number and name" && slices.Contains(l.Reasons, "employee number 17 equal")
	}) {
		t.Errorf("anna has %d accounts, linked by %+v", anna.Accounts, links)
	}
	cases := get[Page[CorrelationCase]](t, h, "/correlation/cases")
	if len(cases.Items) != 2 || cases.Items[0].Candidates[0].Rule != "Name alone" {
		t.Fatalf("cases: %+v", cases)
	}
	c := cases.Items[0]
	if c.Mine.Name != "Tom Berg" || c.Candidates[0].Side.Login != "tom" {
		t.Errorf("%+v", c)
	}
	was := identityNamed(t, h, "tberg")
	scenarios(t, h, []Scenario{
		{Name: "not a candidate", Method: "POST", URL: "/correlation/cases/" + c.ID + "/decision", Body: `{"decision":"same","identity":"` + anna.ID + `","reason":"I know him."}`, As: administrator, Status: 422},
		{Name: "an auditor decides nothing", Method: "POST", URL: "/correlation/cases/" + c.ID + "/decision", Body: `{"decision":"left","reason":"I know him."}`, As: auditor, Status: 403, Audited: []string{"request.refuse refused"}},
	})
	done := send[CaseDecided](t, h, "POST", "/correlation/cases/"+c.ID+"/decision", `{"decision":"same","identity":"`+c.Candidates[0].Identity.ID+`","reason":"I know him."}`)
	if i := get[Identity](t, h, "/identities/"+was.ID); i.RedirectedFrom != was.ID || i.ID != c.Candidates[0].Identity.ID || len(i.Accounts) != 2 {
		t.Errorf("the merged id answers %+v", i)
	}
	if m := get[IdentityLinks](t, h, "/identities/"+was.ID+"/links"); len(m.Merges) != 1 || m.Merges[0].ID != done.Merge || !slices.Equal(m.Former, []string{was.ID}) {
		t.Errorf("merges: %+v", m)
	}
	rules := get[Correlation](t, h, "/sources/"+sources[1]+"/correlation")
	if len(rules.Records) != 2 || rules.Records[0].Rule != "Name alone" || rules.Records[0].Precision != 100 || len(rules.Lessons) < 2 || *rules.Lessons[0].Alias != (MailAlias{"y.example", "x.example"}) {
		t.Errorf("taught: %+v %+v", rules.Records, rules.Lessons)
	}
	send[Relinked](t, h, "POST", "/merges/"+done.Merge+"/undo", `{"reason":"I was wrong."}`)
	if i := identityNamed(t, h, "tberg"); i.ID != was.ID || i.Accounts != 1 {
		t.Errorf("after the undo: %+v", i)
	}
	again := get[Page[CorrelationCase]](t, h, "/correlation/cases")
	if again.Total != 2 {
		t.Errorf("%d cases after the undo", again.Total)
	}
	send[CaseDecided](t, h, "POST", "/correlation/cases/"+c.ID+"/decision", `{"decision":"different","reason":"Two people."}`)
	// Saying so stands, whatever the rules become.
	preview := send[CorrelationPreview](t, h, "POST", "/sources/"+sources[1]+"/correlation/preview", `{"authoritative":false,"rules":[{"name":"By mail","on":["mail","surname"],"effect":"link","confidence":90}],"mailAliases":[{"domain":"x.example","other":"y.example"}],"loginPatterns":[]}`)
	if preview.Matched != 0 || preview.Accounts != 3 || preview.Ambiguous != 0 {
		t.Errorf("preview: %+v", preview)
	}
	if v := send[AuditVerdict](t, h, "POST", "/audit/verify", `{}`); !v.OK {
		t.Errorf("%+v", v)
	}
}

// TestRulesSaved: saving rules links who stands alone; the preview said so and
// changed nothing; rules that link on too little are refused.
func TestRulesSaved(t *testing.T) {
	h, sources := twoDirectories(t)
	const rules = `{"authoritative":true,"rules":[{"name":"By mail","on":["mail","surname"],"effect":"link","confidence":90}],"mailAliases":[{"domain":"x.example","other":"y.example"}],"loginPatterns":["{g}{surname}"]}`
	before := len(h.events(t))
	preview := send[CorrelationPreview](t, h, "POST", "/sources/"+sources[1]+"/correlation/preview", rules)
	if preview.Matched != 1 || preview.Already != 0 || len(h.events(t)) != before || identityNamed(t, h, "tom").Accounts != 1 {
		t.Errorf("the preview says %+v, or changed something", preview)
	}
	send[Correlation](t, h, "PUT", "/sources/"+sources[1]+"/correlation", rules)
	if tom := identityNamed(t, h, "tberg"); tom.Accounts != 2 {
		t.Errorf("tom has %d accounts", tom.Accounts)
	}
	if c := get[Correlation](t, h, "/sources/"+sources[0]+"/correlation"); c.Orphans != 1 { // Eva Lang is in no authoritative source
		t.Errorf("%d orphans", c.Orphans)
	}
	scenarios(t, h, []Scenario{
		{Name: "one sign alone", Method: "PUT", URL: "/sources/" + sources[1] + "/correlation", Body: `{"authoritative":false,"rules":[{"name":"x","on":["mail"],"effect":"link","confidence":50}],"mailAliases":[],"loginPatterns":[]}`, As: administrator, Status: 422, Contains: []string{"one sign alone"}},
		{Name: "twice", Method: "PUT", URL: "/sources/" + sources[1] + "/correlation", Body: `{"authoritative":false,"rules":[{"name":"x","on":["mail"],"effect":"ask","confidence":50},{"name":"x","on":["mail"],"effect":"ask","confidence":50}],"mailAliases":[],"loginPatterns":[]}`, As: administrator, Status: 422},
	})
	if v := send[AuditVerdict](t, h, "POST", "/audit/verify", `{}`); !v.OK {
		t.Errorf("%+v", v)
	}
}

// TestSplit: a wrong link is parted for good.
func TestSplit(t *testing.T) {
	h, _ := twoDirectories(t)
	anna := get[Identity](t, h, "/identities/"+identityNamed(t, h, "anna").ID)
	var other string
	for _, a := range anna.Accounts {
		if a.Login == "amueller" {
			other = a.ID
		}
	}
	scenarios(t, h, []Scenario{
		{Name: "nothing left", Method: "POST", URL: "/identities/" + anna.ID + "/split", Body: `{"accounts":["` + anna.Accounts[0].ID + `","` + anna.Accounts[1].ID + `"],"reason":"Two people."}`, As: administrator, Status: 422},
		{Name: "merged with herself", Method: "POST", URL: "/identities/" + anna.ID + "/merge", Body: `{"into":"` + anna.ID + `","reason":"the same"}`, As: administrator, Status: 409},
	})
	split := send[Relinked](t, h, "POST", "/identities/"+anna.ID+"/split", `{"accounts":["`+other+`"],"reason":"Two people."}`)
	if i := get[Identity](t, h, "/identities/"+split.Identity); len(i.Accounts) != 1 || i.Accounts[0].ID != other {
		t.Errorf("%+v", i)
	}
	p := get[MergePreview](t, h, "/identities/"+split.Identity+"/merge?into="+anna.ID)
	if len(p.Accounts) != 1 || !slices.Contains(p.Warnings, "An operator decided before that they are different people.") {
		t.Errorf("%+v", p)
	}
	send[Relinked](t, h, "POST", "/identities/"+split.Identity+"/merge", `{"into":"`+anna.ID+`","reason":"One after all."}`)
	if v := send[AuditVerdict](t, h, "POST", "/audit/verify", `{}`); !v.OK {
		t.Errorf("%+v", v)
	}
}

// TestOwnershipWorkbook: a workbook goes to owners and comes back; whatever was
// altered, doubled or lost is told, and then nothing is changed.
func TestOwnershipWorkbook(t *testing.T) {
	h, _ := twoDirectories(t)
	if n := get[Page[Ownership]](t, h, "/accounts/ownership?missing=any").Total; n != 2 {
		t.Fatalf("%d accounts without an owner", n)
	}
	x := send[Export](t, h, "POST", "/accounts/ownership/exports", `{}`)
	content := h.ask(administrator, "GET", "/exports/"+x.ID+"/content", "").Body.Bytes()
	edit := func(change func(f *excelize.File)) OwnershipImported {
		t.Helper()
		f, err := excelize.OpenReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		change(f)
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(map[string]string{"workbook": base64.StdEncoding.EncodeToString(b.Bytes())})
		if err != nil {
			t.Fatal(err)
		}
		return send[OwnershipImported](t, h, http.MethodPost, "/accounts/ownership/import", string(body))
	}
	set := func(f *excelize.File, cell, value string) {
		if err := f.SetCellStr("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, kind string
		change     func(f *excelize.File)
	}{
		{"altered", "altered", func(f *excelize.File) { set(f, "E4", "svc-other"); set(f, "I4", "anna") }},
		{"another id", "altered", func(f *excelize.File) { set(f, "A4", "1") }},
		{"no check", "missing", func(f *excelize.File) { set(f, "C5", "") }},
		{"doubled", "duplicated", func(f *excelize.File) {
			for _, column := range "ABCDEFGHIJK" {
				v, err := f.GetCellValue("Sheet1", string(column)+"4")
				if err != nil {
					t.Fatal(err)
				}
				set(f, string(column)+"5", v)
			}
		}},
		{"nobody", "owner", func(f *excelize.File) { set(f, "I4", "no-such-login") }},
		{"no date", "date", func(f *excelize.File) { set(f, "K4", "soon"); set(f, "I5", "anna") }},
	} {
		if v := edit(c.change); v.Applied || len(v.Problems) != 1 || v.Problems[0].Kind != c.kind {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
	if n := get[Page[Ownership]](t, h, "/accounts/ownership?missing=any").Total; n != 2 {
		t.Errorf("a refused workbook changed something")
	}
	v := edit(func(f *excelize.File) {
		set(f, "I4", "anna")
		set(f, "J4", "Nightly backups")
		set(f, "K4", "2020-01-31")
		if err := f.RemoveRow("Sheet1", 5); err != nil {
			t.Fatal(err)
		}
	})
	if !v.Applied || v.Changed != 1 || v.Missing != 1 {
		t.Errorf("%+v", v)
	}
	late := get[Page[Ownership]](t, h, "/accounts/ownership?missing=overdue")
	if len(late.Items) != 1 || late.Items[0].Owner == nil || late.Items[0].Owner.Name != "Anna Müller" || late.Items[0].Purpose != "Nightly backups" {
		t.Errorf("%+v", late)
	}
	// One by hand, too; a person's account has no owner but the person.
	one := get[Page[Ownership]](t, h, "/accounts/ownership?missing=owner").Items[0]
	if o := send[Ownership](t, h, "PUT", "/accounts/"+one.Account.ID+"/ownership", `{"ownerIdentity":"`+late.Items[0].Owner.ID+`","purpose":"Prints"}`); o.Purpose != "Prints" {
		t.Errorf("%+v", o)
	}
	anna := get[Identity](t, h, "/identities/"+late.Items[0].Owner.ID)
	if w := h.ask(administrator, "PUT", "/accounts/"+anna.Accounts[0].ID+"/ownership", `{"purpose":"x"}`); w.Code != 422 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if v := send[AuditVerdict](t, h, "POST", "/audit/verify", `{}`); !v.OK {
		t.Errorf("%+v", v)
	}
}
