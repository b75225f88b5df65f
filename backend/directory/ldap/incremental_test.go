package ldap

import (
	"context"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// company is the part of a server's tree that the tests below change.
const company = "ou=company,dc=demo,dc=example"

// roots are the entries that a Tree needs.
const roots = `dn: ou=company,dc=demo,dc=example
objectClass: organizationalUnit
ou: company

dn: ou=outside,dc=demo,dc=example
objectClass: organizationalUnit
ou: outside

`

const unlimited = `limits dn.exact="cn=gatehouse-read,ou=service,dc=demo,dc=example" size=unlimited size.prtotal=unlimited`

func slapdTree(t *testing.T, o directorytest.Options) (*directorytest.Slapd, *directorytest.Tree) {
	t.Helper()
	o.LDIF = directorytest.Company{Extra: roots, Policy: o.Policy}.WriteFile
	if o.Limits == nil {
		o.Limits = []string{unlimited}
	}
	slapd := directorytest.Start(t, o)
	tree := &directorytest.Tree{Root: company, Outside: "ou=outside,dc=demo,dc=example", Modify: slapd.Modify, Placeholder: "cn=nobody"}
	if o.Policy {
		tree.Disable = "replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z"
		tree.Enable = "delete: pwdAccountLockedTime"
	}
	return slapd, tree
}

func subjectOf(cfg iam.SourceConfig, tree *directorytest.Tree) directorytest.Subject {
	cfg.BaseDN, cfg.PageSize = tree.Root, 7
	return directorytest.Subject{
		Open:   func(t *testing.T) directory.Source { return opened(t, cfg, directorytest.ReaderPassword) },
		Change: tree.Change, Verbs: tree.Verbs(),
	}
}

// OpenLDAP with content synchronisation tells everything.
func TestChangesOfOpenLDAP(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Sync: true, Policy: true})
	s := subjectOf(config(slapd), tree)
	s.Verbs = append(s.Verbs, directorytest.RenameUnit)
	s.Changes, s.Deletions = true, true
	for seed := range directorytest.Seeds(2) {
		s.ProveChanges(t, uint64(seed), 200)
	}
}

// Without it, times of change tell what changed, and a list of ids what is gone.
func TestChangesByTimes(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Policy: true})
	s := subjectOf(config(slapd), tree)
	s.Verbs = append(s.Verbs, directorytest.RenameUnit)
	s.ProveChanges(t, 1, 200)
	if r := directorytest.ReadAll(t.Context(), s.Open(t), nil); !strings.Contains(string(r.Ends[0].Cursor), `"times"`) {
		t.Errorf("cursor %s", r.Ends[0].Cursor)
	}
}

// password sets the reader's password, and lifts what the policy does with it.
func password(slapd *directorytest.Slapd, to string) {
	slapd.Modify("dn: " + slapd.ReaderDN + "\nchangetype: modify\nreplace: userPassword\nuserPassword: " + to + "\n\n")
	slapd.Modify("dn: " + slapd.ReaderDN + "\nchangetype: modify\ndelete: pwdReset\n\n")
}

func faultsOf(slapd *directorytest.Slapd, cfg iam.SourceConfig) []directorytest.Fault {
	quick := cfg
	quick.TimeoutSec, quick.PageSize = 1, 2
	stranger := cfg
	stranger.URL, stranger.CAPEM = slapd.TLSURL, ""
	open := func(cfg iam.SourceConfig, secret string) func(t *testing.T) directory.Source {
		return func(t *testing.T) directory.Source { return opened(t, cfg, secret) }
	}
	return []directorytest.Fault{
		{Name: "the server freezes", Open: open(quick, directorytest.ReaderPassword), Kind: iam.Unavailable, Says: "did not answer",
			Begin: func(testing.TB) { slapd.Freeze() }, Heal: func(testing.TB) { slapd.Thaw() }},
		{Name: "the server dies", Open: open(quick, directorytest.ReaderPassword), Kind: iam.Unavailable, Says: "",
			Begin: func(testing.TB) { slapd.Kill() }, Heal: func(testing.TB) { slapd.Restart() }},
		{Name: "a certificate nobody knows", Open: open(stranger, directorytest.ReaderPassword), Kind: iam.Unavailable, Says: "certificate"},
		{Name: "a wrong password", Open: open(cfg, "wrong"), Kind: iam.Denied, Says: "password is wrong"},
		{Name: "the password is changed during a read", Open: open(quick, directorytest.ReaderPassword), Kind: iam.Denied, Says: "password is wrong", Later: true,
			Begin: func(testing.TB) { password(slapd, "another") }, Heal: func(testing.TB) { password(slapd, directorytest.ReaderPassword) }},
	}
}

// The whole contract, with changes, faults and a watcher.
func TestSubjectOpenLDAP(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Sync: true, Policy: true})
	cfg := config(slapd)
	cfg.BaseDN = company
	s := subjectOf(config(slapd), tree)
	s.Change(t, directorytest.NewPopulation(99, s.Verbs).Begin()...)
	s.Faults = faultsOf(slapd, cfg)
	s.Changes, s.Deletions, s.Live = true, true, true
	s.Run(t)
}

// 389 Directory Server.
func TestSubject389(t *testing.T) {
	ds := directorytest.StartDS389(t)
	ds.Modify(t, roots)
	cfg := iam.SourceConfig{URL: ds.URL, BindDN: ds.ReaderDN, BaseDN: ds.Suffix, TimeoutSec: 10, Mapping: people()}
	tree := &directorytest.Tree{Root: company, Outside: "ou=outside,dc=demo,dc=example", Modify: func(ldif string) { t.Helper(); ds.Modify(t, ldif) },
		Disable: "replace: nsAccountLock\nnsAccountLock: true", Enable: "delete: nsAccountLock"}
	s := subjectOf(cfg, tree)
	s.Change(t, directorytest.NewPopulation(99, s.Verbs).Begin()...)
	s.Verbs = append(s.Verbs, directorytest.RenameUnit)
	s.Live = true
	s.Run(t)

	// When nothing is gone, it tells what changed alone.
	s.Changes, s.Deletions = true, true
	s.Verbs = slices.DeleteFunc(s.Verbs, func(v directorytest.Verb) bool {
		return v == directorytest.DeleteAccount || v == directorytest.DeleteGroup || v == directorytest.RemoveFromView
	})
	s.ProveChanges(t, 3, 100)
}

// A server that was restarted no longer keeps what was deleted: what changed is
// read, of the rest the ids are listed.
func TestChangesAfterARestart(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Sync: true})
	s := subjectOf(config(slapd), tree)
	// Of this seed the first changes delete none of the newest entries; where they
	// do, the server looks restored, and everything is read.
	population := directorytest.NewPopulation(6, s.Verbs)
	s.Change(t, population.Begin()...)
	known := directorytest.NewModel()
	r := wantComplete(t, directorytest.ReadAll(t.Context(), s.Open(t), nil))
	known.Apply(r)
	s.Change(t, population.Changes(20)...)
	slapd.Stop()
	slapd.Restart()
	since := wantComplete(t, directorytest.ReadSince(t.Context(), s.Open(t), r.Ends[0].Cursor, nil))
	end := since.Ends[0]
	if end.Changes || !strings.Contains(end.Note, "listed") || len(since.Accounts) == 0 || len(since.Accounts) > 20 {
		t.Errorf("%+v with %d accounts", end, len(since.Accounts))
	}
	known.Apply(since)
	full := directorytest.NewModel()
	full.Apply(wantComplete(t, directorytest.ReadAll(t.Context(), s.Open(t), nil)))
	for _, told := range known.Differences(full) {
		t.Error(told)
	}
}

// That an entry is nowhere to be seen proves its deletion only to an account
// from which nothing is hidden; what moved is found.
func TestWhatBecameOfAnEntry(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Sync: true})
	s := subjectOf(config(slapd), tree)
	tree.Change(t, directorytest.Change{Verb: directorytest.AddUnit, Unit: "u"})
	for _, login := range []string{"a", "b", "c", "d", "e"} {
		tree.Change(t, directorytest.Change{Verb: directorytest.AddAccount, Account: login, Name: login, Unit: "u"})
	}
	tree.Change(t, directorytest.Change{Verb: directorytest.AddGroup, Group: "g"})
	since := func(r directorytest.Reading) directorytest.Reading {
		t.Helper()
		return wantComplete(t, directorytest.ReadSince(t.Context(), s.Open(t), r.Ends[0].Cursor, nil))
	}
	want := func(r directorytest.Reading, left, deleted string) {
		t.Helper()
		if strings.Join(r.Left, " ") != left || strings.Join(r.Deleted, " ") != deleted || !r.Ends[0].Changes {
			t.Errorf("left %q, deleted %q; want %q and %q", r.Left, r.Deleted, left, deleted)
		}
	}
	r := wantComplete(t, directorytest.ReadAll(t.Context(), s.Open(t), nil))
	ids := map[string]string{}
	for _, a := range r.Accounts {
		ids[a.Facts.Login] = a.ExternalID
	}
	tree.Change(t, directorytest.Change{Verb: directorytest.DeleteAccount, Account: "a"})
	r = since(r)
	want(r, "", ids["a"])
	tree.Change(t, directorytest.Change{Verb: directorytest.RemoveFromView, Account: "b"})
	r = since(r)
	want(r, ids["b"], "")
	slapd.Modify("dn: " + tree.DN("e") + "\nchangetype: modify\nreplace: gidNumber\ngidNumber: 7\n\n")
	if r = since(r); len(r.Accounts) != 1 || r.Accounts[0].Primary != "gid:7" {
		t.Errorf("%+v", r.Accounts)
	}
	tree.Change(t, directorytest.Change{Verb: directorytest.DeleteAccount, Account: "d"}, directorytest.Change{Verb: directorytest.AddAccount, Account: "d", Name: "d", Unit: "u"})
	r = since(r)
	want(r, "", ids["d"])
	if again := r.Account("d"); again.ExternalID == "" || again.ExternalID == ids["d"] {
		t.Errorf("who was made anew under an old name is %+v", again)
	}
	slapd.Rule(`to dn.children="ou=outside,dc=demo,dc=example" by dn.exact="` + slapd.ReaderDN + `" none by * break`)
	tree.Change(t, directorytest.Change{Verb: directorytest.DeleteAccount, Account: "c"})
	r = since(r)
	want(r, ids["c"], "")
}

// A server that freezes while it is watched is noticed.
func TestWatchNoticesAFrozenServer(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Sync: true})
	tree.Change(t, directorytest.Change{Verb: directorytest.AddUnit, Unit: "u"})
	cfg := config(slapd)
	cfg.TimeoutSec = 1
	watched, err := open(cfg, directorytest.ReaderPassword, nil)
	if err != nil {
		t.Fatal(err)
	}
	watched.probe = 100 * time.Millisecond
	cursor := wantComplete(t, directorytest.ReadAll(t.Context(), watched, nil)).Ends[0].Cursor
	ended := make(chan error, 1)
	go func() { ended <- watched.Watch(t.Context(), cursor, func() {}) }()
	select {
	case err := <-ended:
		t.Fatalf("a server that answers is given up: %v", err)
	case <-time.After(time.Second): // ten probes
	}
	slapd.Freeze()
	defer slapd.Thaw()
	select {
	case err := <-ended:
		if iam.KindOf(err) != iam.Unavailable || !strings.Contains(err.Error(), "did not answer within 1s") {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("not noticed within 5 s")
	}
}

// 389 Directory Server sends every attribute with a change, whatever was asked
// for: what is never read crosses the wire and goes no further.
func TestHashesSentUnasked(t *testing.T) {
	ds := directorytest.StartDS389(t)
	cfg := iam.SourceConfig{URL: ds.URL, BindDN: ds.AdminDN, BaseDN: ds.Suffix, TimeoutSec: 10, Mapping: people()}
	var received strings.Builder
	source, err := OpenWith(cfg, directorytest.AdminPassword, func(ctx context.Context) (net.Conn, error) {
		nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(ds.URL, "ldap://"))
		return &recorder{Conn: nc, received: &received}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	cursor := wantComplete(t, directorytest.ReadAll(t.Context(), source, nil)).Ends[0].Cursor
	dn := directorytest.Company{}.UserDN(3)
	ds.Modify(t, "dn: "+dn+"\nchangetype: modify\nreplace: userPassword\nuserPassword: "+canary+"\n-\nreplace: homePhone\nhomePhone: "+canary+"\n\n")
	received.Reset()
	r := wantComplete(t, directorytest.ReadSince(t.Context(), source, cursor, nil))
	if len(r.Accounts) != 1 || r.Accounts[0].DN != dn || !r.Ends[0].Changes {
		t.Fatalf("%+v, %+v", r.Accounts, r.Ends)
	}
	if !strings.Contains(received.String(), canary) || !strings.Contains(received.String(), "{PBKDF2") {
		t.Fatal("the server sent nothing unasked: this test proves nothing")
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), canary) || strings.Contains(string(text), "{PBKDF2") {
		t.Errorf("a never-read value is in the records: %s", text)
	}
}

// The list of changes is not paged: a limit makes the read a full one.
func TestChangesBeyondALimit(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Sync: true, Limits: []string{"sizelimit size.soft=5 size.hard=5 size.prtotal=unlimited"}})
	s := subjectOf(config(slapd), tree)
	population := directorytest.NewPopulation(1, s.Verbs)
	s.Change(t, population.Begin()...)
	cursor := wantComplete(t, directorytest.ReadAll(t.Context(), s.Open(t), nil)).Ends[0].Cursor
	s.Change(t, population.Changes(40)...)
	end := wantComplete(t, directorytest.ReadSince(t.Context(), s.Open(t), cursor, nil)).Ends[0]
	if end.Changes || !strings.Contains(end.Note, "limit") || !strings.Contains(end.Note, "olcLimits") {
		t.Errorf("%+v", end)
	}
}

func TestCookieOfSeveralServers(t *testing.T) {
	got := cookieOf([]string{"20261122052931.000000Z#000000#002#000000", "20261122052929.853268Z#000000#001#000000"})
	if got != "rid=000,csn=20261122052929.853268Z#000000#001#000000;20261122052931.000000Z#000000#002#000000" {
		t.Error(got)
	}
}

// What 389 Directory Server does not tell: a retro changelog that lacks what
// content synchronisation needs, and changes as they happen to who has no
// cookie of it.
func Test389WithoutContentSynchronisation(t *testing.T) {
	ds := directorytest.StartDS389(t)
	cfg := iam.SourceConfig{URL: ds.URL, BindDN: ds.ReaderDN, BaseDN: "ou=people," + ds.Suffix, TimeoutSec: 10, Mapping: people()}
	source := opened(t, cfg, directorytest.ReaderPassword)
	read := wantComplete(t, directorytest.ReadAll(t.Context(), source, nil))
	var from cursor
	if err := json.Unmarshal([]byte(read.Ends[0].Cursor), &from); err != nil || from.How != bySync {
		t.Fatalf("%+v %v", from, err)
	}
	describe := func(dn string) {
		ds.Modify(t, "dn: "+dn+"\nchangetype: modify\nreplace: description\ndescription: "+time.Now().String()+"\n\n")
	}
	// To who last saw entries an hour ago, an answer without any of them is what
	// such a changelog gives.
	from.Newest -= iam.Moment(time.Hour / time.Microsecond)
	describe(directorytest.Company{}.GroupDN(1)) // outside the base
	end := wantComplete(t, directorytest.ReadSince(t.Context(), source, from.encode(), nil)).Ends[0]
	if end.Changes || !strings.Contains(end.Note, "nsuniqueid:targetUniqueId") {
		t.Errorf("%+v", end)
	}

	from.How, from.Cookie = byTimes, ""
	told, ended := make(chan struct{}, 100), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		ended <- source.(directory.Watcher).Watch(ctx, from.encode(), func() { told <- struct{}{} })
	}()
	<-told
	time.Sleep(300 * time.Millisecond) // until the search has begun
	describe(directorytest.Company{}.UserDN(1))
	select {
	case <-told:
	case err := <-ended:
		t.Fatal(err)
	case <-time.After(5 * time.Second):
		t.Error("a persistent search tells nothing")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// More changes than are looked at one by one are found out in the middle of an
// answer; the full read that follows uses the same connection.
func TestTooManyChangesByTimes(t *testing.T) {
	slapd, _ := slapdTree(t, directorytest.Options{})
	source := opened(t, config(slapd), directorytest.ReaderPassword)
	first := directorytest.ReadAll(t.Context(), source, nil)
	all := maxChanges
	maxChanges = 2
	t.Cleanup(func() { maxChanges = all })
	n := 0
	for record, err := range source.Read(t.Context(), first.Ends[0].Cursor) {
		if err != nil {
			t.Fatal(err)
		}
		if end, ok := record.(directory.End); ok && (end.Changes || !strings.Contains(end.Note, "more than 2 entries")) {
			t.Errorf("it ends with %+v", end)
		}
		n++
	}
	if n < 20 {
		t.Errorf("%d records", n)
	}
}
