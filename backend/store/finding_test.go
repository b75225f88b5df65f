package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// staff is an account with everything the checks look at, in its plain form.
func staff(login string, change func(*iam.AccountFacts)) directory.Account {
	dn := "uid=" + login
	a := directory.Account{ExternalID: login, DN: dn, Refs: []string{dnRef + dn}, Facts: iam.AccountFacts{
		Login: login, Name: "Name " + login, Surname: "Surname", Sort: iam.Person, EmployeeNumber: "n-" + login, Enabled: iam.Yes,
		AccountExpires: iam.Never, PasswordExpires: 1, PasswordChanged: 1, LastSignIn: iam.MomentOf(newClock().at.AddDate(0, 0, -1)), StartDate: iam.NotSupportedMoment,
		EndDate: iam.NotSupportedMoment, CreatedAt: iam.UnknownMoment, ModifiedAt: iam.UnknownMoment, LockedUntil: iam.NotSupportedMoment,
	}}
	if change != nil {
		change(&a.Facts)
	}
	return a
}

// team is a group of members with its record of them.
func team(name string, owner string, privileged bool, members ...string) []directory.Record {
	ms := directory.Members{ExternalID: name}
	for _, m := range members {
		ref := "uid=" + m
		if strings.HasPrefix(m, "@") {
			ref = "cn=" + m
		}
		ms.Members = append(ms.Members, directory.Member{Ref: dnRef + ref, Value: ref})
	}
	return []directory.Record{directory.Entitlement{ExternalID: name, Kind: iam.Group, Name: name, DN: "cn=" + name, Refs: []string{dnRef + "cn=" + name},
		Facts: iam.EntitlementFacts{OwnerRef: owner, Privileged: privileged, CreatedAt: iam.UnknownMoment, ModifiedAt: iam.UnknownMoment}}, ms}
}

// sourceOfKind is addSource for a kind.
func sourceOfKind(t fataler, s *Store, name string, kind iam.SourceKind) iam.Source {
	t.Helper()
	src := iam.Source{Name: name, Kind: kind, ConfigVersion: 1}
	_, err := s.Write(ann(), "source.add", func(x *Tx) (err error) {
		if src.ID, err = x.NewID(ann()); err != nil {
			return err
		}
		return x.AddSource(ann(), src, "")
	})
	must(t, err)
	return src
}

// feedOf is a table of people that tells when they leave.
func feedOf(t fataler, s *Store, name string) iam.Source {
	t.Helper()
	src := sourceOfKind(t, s, name, "file")
	src.Config.File = &iam.FileConfig{Columns: map[string]string{"endDate": "Austritt"}}
	_, err := s.Write(ann(), "source.change", func(x *Tx) error { return x.ChangeSource(ann(), src, "") })
	must(t, err)
	return src
}

// authoritative makes a source say who belongs to the organisation.
func authoritative(t fataler, s *Store, src iam.Source) {
	t.Helper()
	rules := iam.DefaultCorrelation()
	rules.Authoritative = true
	_, err := s.ChangeCorrelation(ann(), src, rules)
	must(t, err)
}

// openFindings are the open findings, as "kind subject risk".
const openFindings = `SELECT f.kind || ' ' || coalesce((SELECT external_id FROM objects WHERE id = f.subject_id), (SELECT name FROM open_identities WHERE id = f.subject_id), (SELECT name FROM sources WHERE id = f.subject_id))
  || CASE f.entitlement_id WHEN 0 THEN '' ELSE ' ' || coalesce((SELECT external_id FROM objects WHERE id = f.entitlement_id), (SELECT name FROM open_identities WHERE id = f.entitlement_id), '?') END || ' ' || f.risk
  FROM open_findings f ORDER BY 1`

// TestThresholds: each check on one that passes, one that fails, one at the
// threshold, and one of which nothing is known.
func TestThresholds(t *testing.T) {
	now := newClock().at
	ago := func(days float64) iam.Moment {
		return iam.MomentOf(now.Add(-time.Duration(days * 24 * float64(time.Hour))))
	}
	signIn := func(m iam.Moment) func(*iam.AccountFacts) {
		return func(f *iam.AccountFacts) { f.LastSignIn = m }
	}
	s := newStore(t)
	unsure := func() (n int64) {
		must(t, s.View(ann(), func(r *Reader) error {
			u, err := r.UnsureSignIns(ann(), iam.DefaultFindingRules())
			n = u.Band + u.Unknown
			return err
		}))
		return n
	}
	for _, c := range []struct {
		name   string
		kind   iam.SourceKind
		facts  func(*iam.AccountFacts)
		want   string // kind and risk, empty if none
		unsure bool
	}{
		{"used 89 days ago", "plain", signIn(ago(89)), "", false},
		{"used 90 days ago to the second", "plain", signIn(ago(90)), "", false},
		{"used 90 days and a second ago", "plain", signIn(ago(90) - 1_000_000), "dormant 1", false},
		{"used 91 days ago", "plain", signIn(ago(91)), "dormant 1", false},
		{"used 75 days ago, told late", "ad", signIn(ago(75)), "", false},
		{"used 77 days ago, told late", "ad", signIn(ago(77)), "", true},
		{"used 77 days ago, told at once", "plain", signIn(ago(77)), "", false},
		{"used 90 days ago, told late", "ad", signIn(ago(90)), "", true},
		{"used 91 days ago, told late", "ad", signIn(ago(91)), "dormant 1", false},
		{"last sign-in not collected", "ad", signIn(iam.NotCollectedMoment), "", true},
		{"last sign-in unknown", "plain", signIn(iam.UnknownMoment), "", true},
		{"last sign-in unknown, disabled", "plain", func(f *iam.AccountFacts) { f.LastSignIn, f.Enabled = iam.UnknownMoment, iam.No }, "", false},
		{"used long ago, disabled", "plain", func(f *iam.AccountFacts) { f.LastSignIn, f.Enabled = ago(400), iam.No }, "", false},
		{"used long ago, state unknown", "plain", func(f *iam.AccountFacts) { f.LastSignIn, f.Enabled = ago(400), iam.UnknownTri }, "dormant 1", false},

		{"never used for 29 days", "plain", func(f *iam.AccountFacts) { f.LastSignIn, f.CreatedAt = iam.Never, ago(29) }, "", false},
		{"never used for 30 days", "plain", func(f *iam.AccountFacts) { f.LastSignIn, f.CreatedAt = iam.Never, ago(30) }, "", false},
		{"never used for 31 days", "plain", func(f *iam.AccountFacts) { f.LastSignIn, f.CreatedAt = iam.Never, ago(31) }, "neverUsed 1", false},
		{"never used, age unknown", "plain", func(f *iam.AccountFacts) { f.LastSignIn = iam.Never }, "", false},
		{"old, use not collected", "plain", func(f *iam.AccountFacts) { f.LastSignIn, f.CreatedAt = iam.NotCollectedMoment, ago(400) }, "", true},

		{"expires tomorrow", "plain", func(f *iam.AccountFacts) { f.AccountExpires = ago(-1) }, "", false},
		{"expires now", "plain", func(f *iam.AccountFacts) { f.AccountExpires = ago(0) }, "", false},
		{"expired yesterday", "plain", func(f *iam.AccountFacts) { f.AccountExpires = ago(1) }, "expiredEnabled 2", false},
		{"expired and disabled", "plain", func(f *iam.AccountFacts) { f.AccountExpires, f.Enabled = ago(1), iam.No }, "", false},
		{"expiry unknown", "plain", func(f *iam.AccountFacts) { f.AccountExpires = iam.UnknownMoment }, "", false},

		{"leaves tomorrow", "plain", func(f *iam.AccountFacts) { f.EndDate = ago(-1) }, "", false},
		{"left yesterday", "plain", func(f *iam.AccountFacts) { f.EndDate = ago(1) }, "leaverActive 3", false},
		{"left and expired", "plain", func(f *iam.AccountFacts) { f.EndDate, f.AccountExpires = ago(1), ago(1) }, "leaverActive 3", false},
		{"end not collected", "plain", func(f *iam.AccountFacts) { f.EndDate = iam.NotCollectedMoment }, "", false},

		{"password never expires", "plain", func(f *iam.AccountFacts) { f.PasswordExpires = iam.Never }, "passwordNeverExpires 2", false},
		{"a service's password never expires", "plain", func(f *iam.AccountFacts) {
			f.PasswordExpires, f.Sort, f.OwnerRef = iam.Never, iam.Service, "uid=a"
		}, "passwordNeverExpires 1", false},
		{"a managed password", "plain", func(f *iam.AccountFacts) {
			f.PasswordExpires, f.Sort, f.OwnerRef, f.Flags = iam.Never, iam.Service, "uid=a", "managedService"
		}, "", false},
		{"password expiry unknown", "plain", func(f *iam.AccountFacts) { f.PasswordExpires = iam.UnknownMoment }, "", false},
		{"a service without owner", "plain", func(f *iam.AccountFacts) { f.Sort = iam.Service }, "noOwner 2", false},
		{"marked as administrator", "ad", func(f *iam.AccountFacts) { f.Flags = "adminCount" }, "staleAdminCount 1", false},
		{"marked otherwise", "ad", func(f *iam.AccountFacts) { f.Flags = "adminCounts" }, "", false},
		{"nobody's", "plain", func(f *iam.AccountFacts) { f.EmployeeNumber = "" }, "orphan 2", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := sourceOfKind(t, s, c.name, c.kind)
			before := unsure()
			records := []directory.Record{staff("x", c.facts), staff("a", nil), staff("b", nil), staff("c", nil)}
			records = append(records, team("admins", "uid=a", true)...)
			apply(t, s, src, records)
			got := rows(t, s, `SELECT kind || ' ' || risk FROM open_findings WHERE kind <> 'emptyGroup' AND source_id = ?`, src.ID)
			if want := strings.Fields(c.want); strings.Join(got, ", ") != strings.Join(want, " ") {
				t.Errorf("%q, want %q", got, c.want)
			}
			if n := unsure() - before; n != int64(iam.TriOf(c.unsure)) {
				t.Errorf("%d cannot be concluded", n)
			}
		})
	}
}

// TestMostOfASource: what most accounts or groups of a source lack is one line
// about the source.
func TestMostOfASource(t *testing.T) {
	s := newStore(t)
	src := sourceOfKind(t, s, "corp", "plain")
	lasting := func(f *iam.AccountFacts) { f.PasswordExpires = iam.Never }
	records := []directory.Record{staff("a", nil), staff("b", lasting)}
	records = slices.Concat(records, team("g1", "uid=a", false, "a"), team("g2", "", false, "a"), team("g3", "uid=a", true, "b"))
	apply(t, s, src, records)
	sameLines(t, "half and half", rows(t, s, openFindings), []string{"ownerlessGroup g2 1", "passwordNeverExpires b 3", "privilegedNoReason b g3 1"})
	records = []directory.Record{staff("a", lasting), staff("b", lasting)}
	records = slices.Concat(records, team("g1", "", false, "a"), team("g2", "", false, "a"), team("g3", "uid=a", true, "b"))
	apply(t, s, src, records)
	sameLines(t, "most", rows(t, s, openFindings), []string{"ownerlessGroup corp 1", "passwordNeverExpires corp 1", "privilegedNoReason b g3 1"})
}

// TestFeed: what HR says of a person counts for the accounts elsewhere.
func TestFeed(t *testing.T) {
	s := newStore(t)
	past, future := iam.MomentOf(newClock().at.AddDate(0, 0, -3)), iam.MomentOf(newClock().at.AddDate(0, 0, 3))
	hr, corp := feedOf(t, s, "hr.csv"), sourceOfKind(t, s, "corp", "plain")
	at := func(end iam.Moment, enabled iam.Tri) func(*iam.AccountFacts) {
		return func(f *iam.AccountFacts) { f.EndDate, f.Enabled = end, enabled }
	}
	people := []string{"here", "left", "off", "gone", "soon", "stays"}
	feed := func(without string) (out []directory.Record) {
		facts := map[string]func(*iam.AccountFacts){
			"here": at(iam.NotSupportedMoment, iam.NotSupportedTri), "left": at(past, iam.NotSupportedTri), "off": at(iam.NotSupportedMoment, iam.No),
			"soon": at(future, iam.NotSupportedTri), "stays": at(future, iam.Yes),
		}
		for _, p := range people {
			if p != without {
				out = append(out, staff(p, facts[p]))
			}
		}
		return out
	}
	var accounts []directory.Record
	for _, p := range people {
		accounts = append(accounts, staff(p, func(f *iam.AccountFacts) {
			if p == "stays" || p == "soon" {
				f.EndDate = past
			}
		}))
	}
	apply(t, s, corp, accounts)
	sameLines(t, "without HR the directory's own end date counts", rows(t, s, openFindings), []string{"leaverActive soon 3", "leaverActive stays 3"})
	apply(t, s, hr, feed(""))
	want := []string{"expiredEnabled soon 2", "expiredEnabled stays 2", "leaverActive left 3", "leaverActive off 3"}
	sameLines(t, "with HR", rows(t, s, openFindings), want)
	apply(t, s, hr, feed("gone"))
	sameLines(t, "one is no longer in HR", rows(t, s, openFindings), slices.Sorted(slices.Values(append(want, "leaverActive gone 3"))))
	if why := rows(t, s, `SELECT detail FROM open_findings f JOIN objects o ON o.id = f.subject_id WHERE o.external_id IN ('gone', 'left', 'off') ORDER BY o.external_id`); fmt.Sprint(why) != "[no longer in hr.csv left 2026-03-07, says hr.csv disabled in hr.csv]" {
		t.Errorf("%q", why)
	}
	apply(t, s, corp, accounts)
	apply(t, s, hr, feed(""))
	sameLines(t, "all are back in HR", rows(t, s, openFindings), want)

	// A second row of the same person that nothing is known of: it may be that she stays.
	again := staff("off", at(iam.UnknownMoment, iam.UnknownTri))
	again.ExternalID, again.DN, again.Refs = "off-2", "uid=off-2", []string{dnRef + "uid=off-2"}
	apply(t, s, hr, append(feed(""), again))
	sameLines(t, "one of two rows in HR is unknown", rows(t, s, openFindings), []string{"expiredEnabled soon 2", "expiredEnabled stays 2", "leaverActive left 3"})
}

// scene is a random company of two sources at a moment.
type scene struct {
	people map[string]iam.AccountFacts
	groups map[string]scenicGroup
	mail   map[string]string
}

type scenicGroup struct {
	owner      string
	privileged bool
	members    []string
}

func drawScene(t *rapid.T, label string, before *scene, now time.Time) scene {
	w := scene{people: map[string]iam.AccountFacts{}, groups: map[string]scenicGroup{}, mail: map[string]string{}}
	day := func(what string, days ...int) iam.Moment {
		d := rapid.SampledFrom(days).Draw(t, label+what)
		if d > 9000 {
			return iam.Moment(9000 - d) // -1 and so on
		}
		// On a grid, so that time alone moves it over a threshold.
		return iam.MomentOf(now.Truncate(24*time.Hour).AddDate(0, 0, -d))
	}
	one := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label+what) }
	for i := range 7 {
		id := fmt.Sprint("p", i)
		if before != nil && rapid.IntRange(0, 3).Draw(t, label+id+"keep") > 0 {
			if was, there := before.people[id]; there {
				w.people[id], w.mail[id] = was, before.mail[id]
			}
			continue
		}
		if rapid.IntRange(0, 6).Draw(t, label+id) == 0 {
			continue
		}
		w.people[id] = iam.AccountFacts{
			Login: id, Name: "Ann " + one("name", "Ash", "Birk", "Cole"), GivenName: "Ann", Surname: one("surname", "Ash", "Birk"), Department: one("dept", "", "Labs"),
			Sort: iam.Sort(one("sort", "person", "person", "person", "service")), EmployeeNumber: one("number", "", id, id, "7"), ManagerRef: one("manager", "", "", "uid=p0"),
			EmployeeType: one("type", "", "intern"), Flags: one("flags", "", "", "adminCount"), Enabled: iam.Tri(rapid.SampledFrom([]int{0, 1, 1, 1, -2}).Draw(t, label+"enabled")),
			AccountExpires: day("expires", 9001, 9001, 1, -1, -3), PasswordExpires: day("password", 9001, 9002, -20, -20), LastSignIn: day("signIn", 88, 89, 90, 91, 9001, 9001, 9003, 200),
			EndDate: day("end", 9004, 9004, 1, -1, -2), CreatedAt: day("created", 28, 29, 30, 31, 400, 9002), StartDate: iam.NotSupportedMoment, ModifiedAt: iam.UnknownMoment, LockedUntil: iam.Never,
		}
		w.mail[id] = one("mail", "", "A@x.example", "a@x.example", id+"@x.example")
	}
	for i := range 5 {
		id := fmt.Sprint("@g", i)
		if before != nil && rapid.IntRange(0, 2).Draw(t, label+id+"keep") > 0 {
			if was, there := before.groups[id]; there {
				w.groups[id] = was
			}
			continue
		}
		if rapid.IntRange(0, 5).Draw(t, label+id) == 0 {
			continue
		}
		g := scenicGroup{owner: one(id+"owner", "", "uid=p1"), privileged: rapid.IntRange(0, 3).Draw(t, label+id+"privileged") == 0}
		for _, m := range []string{"p0", "p1", "p2", "p3", "p4", "p5", "@g0", "@g1", "@g2", "@g3", "@lost"} {
			if rapid.IntRange(0, 4).Draw(t, label+id+m) == 0 {
				g.members = append(g.members, m)
			}
		}
		w.groups[id] = g
	}
	return w
}

func (w scene) records() (out []directory.Record) {
	for _, id := range slices.Sorted(maps.Keys(w.people)) {
		a := staff(id, func(f *iam.AccountFacts) { *f = w.people[id] })
		a.Contact.Mail = w.mail[id]
		out = append(out, a)
	}
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		out = append(out, team(id, w.groups[id].owner, w.groups[id].privileged, w.groups[id].members...)...)
	}
	return out
}

// changed are the external ids of what differs, and of the members of groups
// that do.
func (w scene) changed(before scene) []string {
	ids := map[string]bool{}
	for _, id := range slices.Concat(slices.Collect(maps.Keys(w.people)), slices.Collect(maps.Keys(before.people))) {
		a, here := w.people[id]
		b, there := before.people[id]
		if here != there || a != b || w.mail[id] != before.mail[id] {
			ids[id] = true
		}
	}
	for _, id := range slices.Concat(slices.Collect(maps.Keys(w.groups)), slices.Collect(maps.Keys(before.groups))) {
		a, here := w.groups[id]
		b, there := before.groups[id]
		if here == there && a.owner == b.owner && a.privileged == b.privileged && slices.Equal(a.members, b.members) {
			continue
		}
		ids[id] = true
		for _, m := range slices.Concat(a.members, b.members) {
			ids[m] = true
		}
	}
	for _, w := range []scene{w, before} { // a member may come or go with its own entry
		for id, g := range w.groups {
			if slices.ContainsFunc(g.members, func(m string) bool { return ids[m] }) {
				ids[id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// standingFindings are the open findings to the last column but the id.
func standingFindings(t fataler, tx *sql.Tx) []string {
	found, err := tx.Query(`SELECT kind, subject_id, entitlement_id, source_id, risk, detail, size, basis, privileged, first_seen FROM findings WHERE until = 9223372036854775807 ORDER BY 1, 2, 3`)
	must(t, err)
	defer func() { _ = found.Close() }()
	var out []string
	for found.Next() {
		var f Finding
		must(t, found.Scan(&f.Kind, &f.SubjectID, &f.Reaches, &f.SourceID, &f.Risk, &f.Detail, &f.Size, &f.Basis, &f.Privileged, &f.FirstSeen))
		out = append(out, fmt.Sprint(f.Kind, " ", f.SubjectID, " ", f.Reaches, " of ", f.SourceID, " ", f.Risk, " ", f.Detail, " ", f.Size, " ", f.Basis, " ", f.Privileged, " ", f.FirstSeen))
	}
	must(t, found.Err())
	return out
}

// TestRenewalOfChangesIsRenewalOfAll: looking only at what changed, and at what
// time changed, gives the findings that looking at everything gives.
func TestRenewalOfChangesIsRenewalOfAll(t *testing.T) {
	kinds := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		s, err := openIn(tempFolder(t), c)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		sources := []iam.Source{sourceOfKind(t, s, "corp", "ad"), feedOf(t, s, "hr")}
		if rapid.Bool().Draw(t, "authoritative") {
			authoritative(t, s, sources[rapid.IntRange(0, 1).Draw(t, "which")])
		}
		var last [2]*scene
		_, err = s.writer.Exec(`CREATE TEMP TABLE finding_before AS SELECT * FROM finding_renewals`)
		must(t, err)
		for step := range rapid.IntRange(3, 6).Draw(t, "steps") {
			side := 0
			if step == 1 || step > 1 && rapid.IntRange(0, 3).Draw(t, fmt.Sprint("side", step)) == 0 {
				side = 1
			}
			// A small source's reading in full leaves what changed.
			usual := smallPart
			if rapid.Bool().Draw(t, fmt.Sprint("small", step)) {
				smallPart = 0
			}
			w := drawScene(t, fmt.Sprint(step), last[side], c.now())
			run, d := read(t, s, sources[side], w.records())
			var before *scene
			if before = last[side]; before == nil {
				before = &scene{}
			}
			_, err := s.Apply(ann(), "run.apply", run, sources[side], d, func(x *Tx) error {
				want := standingFindings(t, x.tx)
				for _, line := range want {
					kind, _, _ := strings.Cut(line, " ")
					kinds[kind]++
				}
				// Back to before this renewal, and again by the changes, or by all.
				for _, q := range []string{
					`DELETE FROM findings WHERE since = ?`, `UPDATE findings SET until = 9223372036854775807 WHERE until = ?`,
				} {
					if _, err := x.tx.Exec(q, x.Seq); err != nil {
						return err
					}
				}
				if _, err := x.tx.Exec(`DELETE FROM finding_renewals WHERE source_id = ?`, sources[side].ID); err != nil {
					return err
				}
				if _, err := x.tx.Exec(`INSERT INTO finding_renewals SELECT * FROM finding_before WHERE source_id = ?`, sources[side].ID); err != nil {
					return err
				}
				byChanges := 0
				must(t, x.tx.QueryRow(`SELECT count(*) FROM stage.sqlite_schema WHERE name = 'changed_objects'`).Scan(&byChanges))
				if byChanges == 1 {
					if err := x.renewFindings(ann(), sources[side], true); err != nil {
						return err
					}
					sameLines(t, fmt.Sprint("all of step ", step), standingFindings(t, x.tx), want)
					return nil
				}
				if _, err := x.tx.Exec(`CREATE TABLE stage.changed_objects (id INTEGER PRIMARY KEY)`); err != nil {
					return err
				}
				if _, err := x.tx.Exec(`CREATE TABLE stage.old_mails (mail TEXT)`); err != nil {
					return err
				}
				for _, id := range w.changed(*before) {
					if _, err := x.tx.Exec(`INSERT INTO stage.old_mails SELECT lower(?)`, before.mail[id]); err != nil {
						return err
					}
					if _, err := x.tx.Exec(`INSERT OR IGNORE INTO stage.changed_objects SELECT id FROM objects WHERE source_id = ? AND external_id = ?`, sources[side].ID, id); err != nil {
						return err
					}
				}
				if err := x.renewFindings(ann(), sources[side], false); err != nil {
					return err
				}
				sameLines(t, fmt.Sprint("step ", step), standingFindings(t, x.tx), want)
				return nil
			})
			must(t, err)
			smallPart = usual
			s.DropStaging(run.ID)
			last[side] = &w
			_, err = s.writer.Exec(`DROP TABLE IF EXISTS temp.finding_before`)
			must(t, err)
			_, err = s.writer.Exec(`CREATE TEMP TABLE finding_before AS SELECT * FROM finding_renewals`)
			must(t, err)
			c.pass(time.Duration(rapid.SampledFrom([]int{1, 24, 30}).Draw(t, fmt.Sprint("hours", step))) * time.Hour)
		}
	})
	for _, f := range iam.FindingKinds {
		if kinds[string(f.Kind)] == 0 && f.Kind != iam.HeldRun && f.Kind != iam.Drift {
			t.Errorf("no company had %s", f.Kind)
		}
	}
	t.Log(slices.SortedFunc(maps.Keys(kinds), func(a, b string) int { return cmp.Compare(kinds[b], kinds[a]) }))
}

// tempFolder is a folder that rapid's checks can have many of.
func tempFolder(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "gatehouse-findings-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
