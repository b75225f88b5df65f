package api

import (
	"bytes"
	"context"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// fakeDirectory is a directory of the kind "plain" that holds what a test puts
// there and remembers the secrets it was shown.
type fakeDirectory struct {
	mu      sync.Mutex
	records []directory.Record
	secrets []string // "address secret" of each Check and Read
	block   chan struct{}
}

func (d *fakeDirectory) kind() directory.Kind {
	return directory.Kind{
		Name: "plain", Title: "Plain", CannotSee: []string{},
		Open: func(cfg iam.SourceConfig, secret string) (directory.Source, error) {
			if cfg.URL == "" {
				return nil, iam.Errorf(iam.Invalid, "The address is missing.").In("config.url").Fix("Enter it.")
			}
			return fakeSource{d, cfg, secret}, nil
		},
	}
}

type fakeSource struct {
	d      *fakeDirectory
	cfg    iam.SourceConfig
	secret string
}

func (s fakeSource) note() ([]directory.Record, chan struct{}) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	s.d.secrets = append(s.d.secrets, s.cfg.URL+" "+s.secret)
	return s.d.records, s.d.block
}

func (s fakeSource) Check(context.Context) directory.Report {
	s.note()
	return directory.Report{Server: "plain 1", Config: s.cfg, Findings: []directory.Result{{State: directory.Passed, Step: "bind", Title: "Bind"}}}
}

func (s fakeSource) Read(ctx context.Context, _ directory.Cursor) iter.Seq2[directory.Record, error] {
	records, block := s.note()
	return func(yield func(directory.Record, error) bool) {
		if block != nil {
			select {
			case <-block:
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			}
		}
		entries := int64(0)
		for _, r := range records {
			if _, members := r.(directory.Members); !members {
				entries++
			}
			if !yield(r, nil) {
				return
			}
		}
		yield(directory.End{Claimed: entries, Server: "plain 1"}, nil)
	}
}

// canary is a bind password that must be found nowhere but in the vault.
const canary = "c4nary-Passw0rd-7f3a"

// draft is a source of the kind "plain" as the connect page sends it.
func draft(name, url, bind, secret string) string {
	return `{"name":"` + name + `","kind":"plain","secret":"` + secret + `","config":{"url":"` + url + `","bindDn":"` + bind + `","baseDn":"dc=x","mapping":` + noMapping + `}}`
}

func person(id, login, number string) directory.Account {
	return directory.Account{ExternalID: id, DN: "uid=" + login + ",dc=x", Refs: []string{"dn:uid=" + login + ",dc=x"},
		Facts: iam.AccountFacts{Login: login, Name: login, Sort: iam.Person, EmployeeNumber: number, Enabled: iam.Yes}}
}

func TestSourceLife(t *testing.T) {
	h := newHouse(t)
	h.plain.records = []directory.Record{person("u1", "ann", "1"), person("u2", "bob", "2")}
	const bind, url = "cn=reader", "ldaps://one"
	scenarios(t, h, []Scenario{
		{Name: "connect", Method: "POST", URL: "/sources", Body: draft("Corp", url, bind, canary), As: administrator, Status: 200,
			Contains: []string{`"hasSecret":true`, `"readOnly":true`, `"status":"never"`, "!" + canary}, Audited: []string{"vault.slot.add done", "source.add done"}},
		{Name: "the name is taken", Method: "POST", URL: "/sources", Body: draft("Corp", url, bind, canary), As: administrator, Status: 409, Contains: []string{"body.name", "Choose another name", "!" + canary}},
		{Name: "no such kind", Method: "POST", URL: "/sources", Body: strings.ReplaceAll(draft("X", url, bind, ""), `"plain"`, `"fax"`), As: administrator, Status: 501, Contains: []string{"body.kind"}},
		{Name: "read by an auditor", Method: "GET", URL: "/sources", As: auditor, Status: 200, Contains: []string{`"hasSecret":true`, "!" + canary, "!gh1."}},
	})
	src := get[[]Source](t, h, "/sources")[0]
	at := "/sources/" + src.ID
	id, _ := iam.ParseID(src.ID)
	if err := h.read(id); err != nil {
		t.Fatal(err)
	}
	if want := []string{url + " " + canary}; !slices.Equal(h.plain.secrets, want) {
		t.Errorf("the directory was shown %q", h.plain.secrets)
	}
	check := func(draft string) string { return strings.TrimSuffix(draft, "}") + `,"sourceId":"` + src.ID + `"}` }

	// The stored password goes where it went before, and nowhere else.
	h.plain.secrets = nil
	evil := "ldaps://elsewhere"
	scenarios(t, h, []Scenario{
		{Name: "check the same server", Method: "POST", URL: "/sources/check", Body: check(draft("Corp", url, bind, "")), As: administrator, Status: 200, Contains: []string{`"passed":true`, "!" + canary}},
		{Name: "check another server", Method: "POST", URL: "/sources/check", Body: check(draft("Corp", evil, bind, "")), As: administrator, Status: 422, Contains: []string{"body.secret", "Enter the password again", "!" + canary}},
		{Name: "check another account", Method: "POST", URL: "/sources/check", Body: check(draft("Corp", url, "cn=other", "")), As: administrator, Status: 422, Contains: []string{"body.secret"}},
		{Name: "check without TLS", Method: "POST", URL: "/sources/check", Body: check(strings.ReplaceAll(draft("Corp", url, bind, ""), `"baseDn"`, `"fingerprint":"AA","baseDn"`)), As: administrator, Status: 422, Contains: []string{"body.secret"}},
		{Name: "change to another server", Method: "PUT", URL: at, Body: draft("Corp", evil, bind, ""), As: administrator, Status: 422, Contains: []string{"body.secret", "Enter the password again", "!" + canary}},
		{Name: "change to another account", Method: "PUT", URL: at, Body: draft("Corp", url, "cn=other", ""), As: administrator, Status: 422, Contains: []string{"body.secret"}},
	})
	if want := []string{url + " " + canary}; !slices.Equal(h.plain.secrets, want) {
		t.Errorf("the directories were shown %q", h.plain.secrets)
	}
	scenarios(t, h, []Scenario{
		{Name: "change the name", Method: "PUT", URL: at, Body: draft("Head office", url, bind, ""), As: administrator, Status: 200, Contains: []string{"Head office", `"hasSecret":true`, `"status":"complete"`}, Audited: []string{"source.change done"}},
		{Name: "change the base", Method: "PUT", URL: at, Body: strings.ReplaceAll(draft("Head office", url, bind, ""), "dc=x", "dc=y"), As: administrator, Status: 200, Contains: []string{`"status":"configChanged"`, `"hasSecret":true`}, Audited: []string{"source.change done"}},
		{Name: "change the server with its password", Method: "PUT", URL: at, Body: draft("Head office", "ldaps://two", bind, canary+"2"), As: administrator, Status: 200, Contains: []string{"ldaps://two", "!" + canary}, Audited: []string{"source.change done"}},
	})

	// After a change of the settings the next run is held, and let through once
	// by a decision on that very list.
	run := send[Run](t, h, "POST", at+"/runs", `{}`)
	runID, _ := iam.ParseID(run.ID)
	h.runner.Wait(system(), runID)
	held := get[RunDetail](t, h, "/runs/"+run.ID)
	if held.State != "held" || held.HoldHash == "" || len(held.HoldReasons) != 1 || held.HoldReasons[0].Rule != "configChanged" || held.HoldReasons[0].Title == "" || held.HoldReasons[0].About != "source" {
		t.Fatalf("%+v", held)
	}
	release := func(hash string) string { return `{"holdHash":"` + hash + `","reason":"looked at it with Kim"}` }
	scenarios(t, h, []Scenario{
		{Name: "answers are unsure", Method: "GET", URL: "/answers/access?login=ann", As: auditor, Status: 200, Contains: []string{"held: newer run waits"}},
		{Name: "release another list", Method: "POST", URL: "/runs/" + run.ID + "/release", Body: release("00"), As: administrator, Status: 409, Contains: []string{"body.holdHash"}},
		{Name: "release as auditor", Method: "POST", URL: "/runs/" + run.ID + "/release", Body: release(held.HoldHash), As: auditor, Status: 403, Audited: []string{"request.refuse refused"}},
		{Name: "release", Method: "POST", URL: "/runs/" + run.ID + "/release", Body: release(held.HoldHash), As: administrator, Status: 200, Contains: []string{`"state":"released"`}, Audited: []string{"run.release done"}},
		{Name: "release twice", Method: "POST", URL: "/runs/" + run.ID + "/release", Body: release(held.HoldHash), As: administrator, Status: 409},
	})
	if last := h.events(t); last[len(last)-1].Action == "run.release" && last[len(last)-1].Reason != "looked at it with Kim" {
		t.Errorf("the reason is recorded as %q", last[len(last)-1].Reason)
	}

	// One run at a time; removal waits for it; a cancelled run changes nothing.
	h.plain.mu.Lock()
	h.plain.block = make(chan struct{})
	h.plain.records = nil
	h.plain.mu.Unlock()
	run = send[Run](t, h, "POST", at+"/runs", `{}`)
	scenarios(t, h, []Scenario{
		{Name: "start twice", Method: "POST", URL: at + "/runs", Body: `{}`, As: administrator, Status: 409, Contains: []string{"is being read already"}},
		{Name: "remove while reading", Method: "DELETE", URL: at + "?reason=not+needed", As: administrator, Status: 409, Contains: []string{"Cancel the run first"}},
		{Name: "cancel", Method: "POST", URL: "/runs/" + run.ID + "/cancel", As: administrator, Status: 200, Contains: []string{`"state":"cancelled"`, "Nothing was changed"}, Audited: []string{"run.cancel done"}},
		{Name: "cancel twice", Method: "POST", URL: "/runs/" + run.ID + "/cancel", As: administrator, Status: 409},
		{Name: "still there", Method: "GET", URL: "/accounts", As: auditor, Status: 200, Contains: []string{`"total":2`}},
		{Name: "remove", Method: "DELETE", URL: at + "?reason=not+needed", As: administrator, Status: 204, Audited: []string{"source.remove done"}},
		{Name: "remove twice", Method: "DELETE", URL: at + "?reason=not+needed", As: administrator, Status: 404},
		{Name: "its records are closed", Method: "GET", URL: "/accounts", As: auditor, Status: 200, Contains: []string{`"total":0`}},
		{Name: "its people are gone", Method: "GET", URL: "/search?q=ann", As: auditor, Status: 200, Contains: []string{`"items":[]`}},
		{Name: "its counts are gone", Method: "GET", URL: "/overview", As: auditor, Status: 200, Contains: []string{`"accounts":0,"groups":0`}},
		{Name: "its runs are kept", Method: "GET", URL: "/runs", As: auditor, Status: 200, Contains: []string{`"total":3`}},
		{Name: "its name is free", Method: "POST", URL: "/sources", Body: draft("Head office", url, "", ""), As: administrator, Status: 200, Contains: []string{`"hasSecret":false`}, Audited: []string{"source.add done"}},
	})
	for _, e := range h.events(t) {
		if e.Action == "source.remove" && e.Reason != "not needed" {
			t.Errorf("the reason is recorded as %q", e.Reason)
		}
	}
	if v := send[AuditVerdict](t, h, "POST", "/audit/verify", `{}`); !v.OK {
		t.Errorf("the log is not whole: %+v", v.Problems)
	}
	secretNowhere(t, h)
}

// secretNowhere looks for the canary in the log and in every file of the folder.
func secretNowhere(t *testing.T, h *house) {
	t.Helper()
	if strings.Contains(h.log.String(), canary) {
		t.Error("the password is in the log")
	}
	files := 0
	if err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(canary)) {
			t.Errorf("the password is in %s", path)
		}
		files++
		return err
	}); err != nil || files < 3 {
		t.Errorf("%d files were looked at: %v", files, err)
	}
}
