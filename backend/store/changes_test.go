package store

import (
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// A directory that lives: it is changed a little at a time, and tells what
// changed as real ones do. Some links follow a renamed entry without whoever has
// them having changed, and vanish with a deleted one; plain names do neither.

type plant struct {
	r       *rand.Rand
	entries map[string]*entry
	skipped map[string]bool // references
	born    int
	changed map[string]bool // since the last reading
	newSkip bool
}

type entry struct {
	account                             bool
	name, unit, nick, number, dept, gid string
	sort                                iam.Sort
	enabled                             iam.Tri
	lastSignIn                          iam.Moment
	privileged                          bool
	members                             []link
	boss, owner                         link
	modified                            int64
}

// link names a member: the entry itself, whatever it is called, or a reference.
type link struct{ id, ref string }

func (e *entry) dn() string    { return "cn=" + e.name + ",ou=" + e.unit + ",dc=x" }
func (e *entry) outside() bool { return e.unit == "outside" }

func newPlant(seed uint64) *plant {
	p := &plant{r: rand.New(rand.NewPCG(seed, 1)), entries: map[string]*entry{}, skipped: map[string]bool{}, changed: map[string]bool{}}
	for range 60 {
		p.add()
	}
	for range 120 {
		p.change()
	}
	return p
}

func (p *plant) one(of ...string) string { return of[p.r.IntN(len(of))] }

// some is a random entry that meets a condition, nil if there is none.
func (p *plant) some(fits func(*entry) bool) (string, *entry) {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(p.entries)) {
		if fits(p.entries[id]) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return "", nil
	}
	id := ids[p.r.IntN(len(ids))]
	return id, p.entries[id]
}

func (p *plant) add() {
	p.born++
	id := fmt.Sprint("id", p.born)
	e := &entry{
		account: p.r.IntN(3) > 0, name: p.freeName(), unit: p.one("a", "b"), nick: p.one("n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"), number: p.one("", "", "1", "2", "3", "4", "5", "6"),
		dept: p.one("Sales", "Labs"), gid: p.one("", "", "10", "11", "12", "13", "14", "15"), sort: iam.Sort(p.one("person", "person", "person", "service")), enabled: iam.Tri(p.r.IntN(2)),
		lastSignIn: iam.Never, privileged: p.r.IntN(4) == 0,
	}
	p.entries[id] = e
	p.changed[id] = true
}

// freeName is a name that no entry has; there are few, so that names come back.
func (p *plant) freeName() string {
	for {
		name := fmt.Sprint("x", p.r.IntN(110))
		if taken, _ := p.some(func(e *entry) bool { return e.name == name }); taken == "" && !p.skipped[dnRef+"cn="+name+",ou=a,dc=x"] && !p.skipped[dnRef+"cn="+name+",ou=b,dc=x"] {
			return name
		}
	}
}

func isGroup(e *entry) bool   { return !e.account }
func isAccount(e *entry) bool { return e.account }

// change does one random thing to the directory.
func (p *plant) change() {
	id, e := p.some(func(*entry) bool { return true })
	// What happens outside the base is seen where a group says its new name.
	if e.outside() {
		for other, g := range p.entries {
			if slices.ContainsFunc(g.members, func(l link) bool { return l.id == id }) || g.boss.id == id || g.owner.id == id {
				p.changed[other] = true
			}
		}
	}
	touch := func() { p.changed[id] = true; e.modified++ }
	switch p.r.IntN(18) {
	case 0, 1:
		if len(p.entries) < 90 {
			p.add()
		}
	case 2:
		if len(p.entries) > 40 {
			delete(p.entries, id)
			for _, g := range p.entries { // links vanish and whoever had them does not tell
				g.members = slices.DeleteFunc(g.members, func(l link) bool { return l.id == id })
				for _, l := range []*link{&g.boss, &g.owner} {
					if l.id == id {
						*l = link{}
					}
				}
			}
			touch()
		}
	case 3:
		e.name = p.freeName()
		touch()
	case 4:
		e.unit = p.one("a", "b", "b", "outside")
		if p.skipped[dnRef+e.dn()] {
			e.name = p.freeName()
		}
		touch()
	case 5:
		e.nick = p.one("n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9")
		touch()
	case 6:
		e.gid = p.one("", "10", "11", "12", "13", "14", "15")
		touch()
	case 7:
		if id, e = p.some(isAccount); e != nil {
			e.number, e.dept = p.one("", "1", "2", "3", "4", "5", "6"), p.one("Sales", "Labs")
			touch()
		}
	case 8:
		if id, e = p.some(isAccount); e != nil {
			e.enabled, e.lastSignIn = iam.Tri(p.r.IntN(2)), iam.Moment(1_700_000_000_000_000+int64(p.r.IntN(1000)))
			touch()
		}
	case 9:
		if p.r.IntN(3) == 0 && len(p.skipped) < 4 {
			p.skipped[dnRef+"cn="+p.freeName()+",ou="+p.one("a", "b")+",dc=x"] = true
			p.newSkip = true
		}
	case 10:
		if id, e = p.some(isGroup); e != nil {
			e.privileged = !e.privileged
			touch()
		}
	case 11:
		if id, e = p.some(isAccount); e != nil {
			e.boss = p.superior()
			touch()
		}
	case 12:
		e.owner = p.superior()
		touch()
	default:
		if id, e = p.some(isGroup); e != nil {
			p.changeMembers(e)
			touch()
		}
	}
}

func (p *plant) changeMembers(g *entry) {
	if len(g.members) > 0 && p.r.IntN(3) == 0 {
		i := p.r.IntN(len(g.members))
		g.members = slices.Delete(g.members, i, i+1)
		return
	}
	other, m := p.some(func(*entry) bool { return true })
	l := link{id: other}
	switch p.r.IntN(8) {
	case 0:
		l = link{ref: dnRef + m.dn()} // a name, whoever has it
	case 1:
		l = link{ref: dnRef + fmt.Sprintf("cn=x%d,ou=%s,dc=x", p.r.IntN(110), p.one("a", "b", "outside"))}
	case 2, 3:
		l = link{ref: nickRef + p.one("n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9")}
	case 4:
		if len(p.skipped) > 0 {
			l = link{ref: slices.Sorted(maps.Keys(p.skipped))[0]}
		}
	}
	if !slices.Contains(g.members, l) {
		g.members = append(g.members, l)
	}
}

// superior is who may be a manager or an owner: an account, a name, or nobody.
func (p *plant) superior() link {
	id, e := p.some(isAccount)
	switch {
	case e == nil || p.r.IntN(5) == 0:
		return link{}
	case p.r.IntN(5) == 0:
		return link{ref: dnRef + e.dn()}
	}
	return link{id: id}
}

// named is the reference that a link is told as.
func (p *plant) named(l link) string {
	if l.id != "" {
		return dnRef + p.entries[l.id].dn()
	}
	return l.ref
}

// records are what the directory says of one id.
func (p *plant) records(id string) []directory.Record {
	e := p.entries[id]
	switch {
	case e == nil:
		return []directory.Record{directory.Deleted{ExternalID: id}}
	case e.outside():
		return []directory.Record{directory.Left{ExternalID: id}}
	case e.account:
		primary := ""
		if e.gid != "" {
			primary = "gid:" + e.gid
		}
		return []directory.Record{directory.Account{
			ExternalID: id, DN: e.dn(), Refs: []string{dnRef + e.dn(), nickRef + e.nick, "id:" + id}, Contact: iam.Contact{Mail: e.nick + "@x.example"}, Primary: primary,
			Facts: iam.AccountFacts{Login: e.name, Name: "Name " + e.name, Sort: e.sort, EmployeeNumber: e.number, Department: e.dept, ManagerRef: p.named(e.boss), OwnerRef: p.named(e.owner), Enabled: e.enabled, LastSignIn: e.lastSignIn, ModifiedAt: iam.Moment(e.modified)},
		}}
	}
	refs := []string{dnRef + e.dn()}
	if e.gid != "" {
		refs = append(refs, "gid:"+e.gid)
	}
	ms := directory.Members{ExternalID: id}
	for _, l := range e.members {
		m := directory.Member{Ref: p.named(l), Value: l.ref}
		if l.id != "" {
			m.Value = p.entries[l.id].dn()
		}
		m.OutsideScope = strings.HasSuffix(m.Ref, ",ou=outside,dc=x")
		ms.Members = append(ms.Members, m)
	}
	return []directory.Record{directory.Entitlement{
		ExternalID: id, Kind: iam.Group, Name: "Group " + e.name, DN: e.dn(), Refs: refs, Facts: iam.EntitlementFacts{Privileged: e.privileged, OwnerRef: p.named(e.owner), ModifiedAt: iam.Moment(e.modified)},
	}, ms}
}

// everything is a full reading; with present, of what did not change only that
// it is there.
func (p *plant) everything(present bool) []directory.Record {
	var out []directory.Record
	for _, id := range slices.Sorted(maps.Keys(p.entries)) {
		switch {
		case p.entries[id].outside():
		case present && !p.changed[id]:
			out = append(out, directory.Present{ExternalID: id})
		default:
			out = append(out, p.records(id)...)
		}
	}
	return append(out, p.skips()...)
}

// sharing are the memberships by number: who names one is in every group that
// has it.
func (p *plant) sharing() []string {
	var out []string
	for account, a := range p.entries {
		for group, g := range p.entries {
			if a.account && !g.account && a.gid != "" && a.gid == g.gid && !a.outside() && !g.outside() {
				out = append(out, group+" "+account)
			}
		}
	}
	slices.Sort(out)
	return out
}

func (p *plant) skips() []directory.Record {
	var out []directory.Record
	for _, ref := range slices.Sorted(maps.Keys(p.skipped)) {
		out = append(out, directory.Skipped{DN: ref, Ref: ref, Reason: "no id"})
	}
	return out
}

// since is a reading of the changes.
func (p *plant) since() []directory.Record {
	var out []directory.Record
	for _, id := range slices.Sorted(maps.Keys(p.changed)) {
		out = append(out, p.records(id)...)
	}
	if p.newSkip {
		out = append(out, p.skips()...)
	}
	if id, _ := p.some(func(e *entry) bool { return !e.outside() }); p.r.IntN(3) == 0 && !p.changed[id] { // told for no reason
		out = append(out, p.records(id)...)
	}
	return out
}

// readChanges reads as the runner does: what is affected is read anew.
func readChanges(t fataler, s *Store, src iam.Source, p *plant, records []directory.Record, end directory.End) Delta {
	t.Helper()
	run, err := s.StartRun(ann(), src, "changes")
	must(t, err)
	st, err := s.NewStaging(ann(), run.ID)
	must(t, err)
	for _, r := range records {
		must(t, st.Add(ann(), r))
	}
	st.Ended(end)
	for rounds := 0; ; rounds++ {
		again, err := st.Affected(ann(), src.ID)
		must(t, err)
		if len(again) == 0 {
			break
		}
		if rounds > 10 {
			t.Fatalf("there is no end of what is affected: %q", again)
		}
		for _, id := range again {
			for _, r := range p.records(id) {
				must(t, st.Add(ann(), r))
			}
		}
	}
	d, err := st.Finish(ann(), src.ID)
	must(t, err)
	must(t, st.Close())
	run.State = iam.Applied
	_, err = s.Apply(ann(), "run.apply", run, src, d, nil)
	must(t, err)
	s.DropStaging(run.ID)
	return d
}

// contents is everything that is open or made of it, by external ids.
func contents(t fataler, s *Store) []string {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "gatehouse.db"))
	must(t, err)
	d.SetMaxOpenConns(1)
	defer func() { must(t, d.Close()) }()
	_, err = d.Exec(`CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search_text, instance);
	  CREATE TEMP VIEW who AS SELECT id, external_id AS name FROM main.objects UNION ALL SELECT identity_id, 'person of ' || min(o.external_id) FROM main.open_accounts a JOIN main.objects o ON o.id = a.id WHERE identity_id > 0 GROUP BY identity_id`)
	must(t, err)
	var out []string
	for what, q := range map[string]string{
		"account":     `SELECT w.name || ' ' || coalesce(i.name, 'nobody') || ' ' || a.dn || ' ' || a.dn_ref || ' ' || a.primary_ref || ' ' || hex(a.digest) FROM open_accounts a JOIN who w ON w.id = a.id LEFT JOIN who i ON i.id = a.identity_id`,
		"group":       `SELECT w.name || ' ' || e.dn || ' ' || e.dn_ref || ' ' || hex(e.digest) FROM open_entitlements e JOIN who w ON w.id = e.id`,
		"grant":       `SELECT g.name || ' ' || m.name || ' ' || x.nested || ' ' || x.by_primary FROM open_grants x JOIN who g ON g.id = x.entitlement_id JOIN who m ON m.id = x.member_id`,
		"unresolved":  `SELECT g.name || ' ' || x.value || ' ' || x.reason || ' ' || x.ref FROM open_unresolved x JOIN who g ON g.id = x.entitlement_id`,
		"identity":    `SELECT w.name || ' ' || i.sort || ' ' || i.name || ' ' || i.employee_number || ' ' || p.name FROM open_identities i JOIN who w ON w.id = i.id JOIN who p ON p.id = i.primary_account`,
		"row":         `SELECT w.name || ' ' || r.name || r.list_name || r.name_fold || r.login || r.login_fold || r.department || ' ' || r.accounts || r.enabled || r.locked || ' ' || r.last_sign_in FROM identity_rows r JOIN who w ON w.id = r.id`,
		"contact":     `SELECT w.name || ' ' || c.mail || c.phone FROM contacts c JOIN who w ON w.id = c.account_id`,
		"observation": `SELECT w.name || ' ' || coalesce(b.last_sign_in, 'none') || ' ' || b.modified_at || ' ' || hex(b.sum) FROM observations b JOIN who w ON w.id = b.object_id`,
		"reference":   `SELECT coalesce(w.name, 'skipped') || ' ' || r.ref FROM object_refs r LEFT JOIN who w ON w.id = r.object_id`,
		"counts":      `SELECT accounts || ' ' || entitlements || ' ' || memberships FROM source_counts`,
		"word":        `SELECT w.name || ' ' || v.term || ' ' || v.offset FROM temp.words v JOIN who w ON w.id = v.doc`,
		// Where a cycle is said to begin depends on the ids.
		"finding": `SELECT f.kind || ' ' || f.risk || CASE f.kind WHEN 'cycle' THEN ' of ' || (length(f.detail) - length(replace(f.detail, '›', ''))) ELSE ' ' || w.name || ' ' || coalesce(e.name, '') || ' ' || f.detail END FROM open_findings f JOIN who w ON w.id = f.subject_id LEFT JOIN who e ON e.id = f.entitlement_id`,
	} {
		found, err := d.Query(q)
		must(t, err)
		for found.Next() {
			var line string
			must(t, found.Scan(&line))
			out = append(out, what+" "+line)
		}
		must(t, found.Err())
	}
	slices.Sort(out)
	return out
}

// sameContents names only what differs.
func sameContents(t fataler, what string, got, want []string) {
	t.Helper()
	only := func(a, b []string) (out []string) {
		for _, line := range a {
			if _, has := slices.BinarySearch(b, line); !has && len(out) < 20 {
				out = append(out, line)
			}
		}
		return out
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s: unlike a full reading into an empty folder.\nonly here:\n  %s\nonly there:\n  %s", what, strings.Join(only(got, want), "\n  "), strings.Join(only(want, got), "\n  "))
	}
}

// notMembers are those of the memberships, by group and member, that are not open.
func notMembers(t fataler, s *Store, want []string) []string {
	t.Helper()
	open := rows(t, s, `SELECT g.external_id || ' ' || m.external_id FROM open_grants x JOIN objects g ON g.id = x.entitlement_id JOIN objects m ON m.id = x.member_id`)
	return slices.DeleteFunc(want, func(line string) bool { return slices.Contains(open, line) })
}

// seeds is how many random histories a property is tried on.
func seeds(few int) uint64 {
	if n, err := strconv.Atoi(os.Getenv("GATEHOUSE_SEEDS")); err == nil && n > 0 {
		few = n
	}
	return uint64(few)
}

// TestChangesLaws: after 500 changes, read as changes in batches of any size
// and in any order, everything is as if it had been read in full into an empty
// folder.
func TestChangesLaws(t *testing.T) {
	for seed := range seeds(3) {
		p := newPlant(seed)
		s := newStore(t)
		src := addSource(t, s, "source")
		apply(t, s, src, p.everything(false))
		clear(p.changed)
		for done := 0; done < 500; {
			n := 1 + p.r.IntN(60)
			for range n {
				p.change()
			}
			done += n
			records, end, kind := p.since(), directory.End{Changes: true}, "changes"
			if p.r.IntN(5) == 0 {
				records, end, kind = p.everything(true), directory.End{}, "what is present"
			}
			p.r.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
			readChanges(t, s, src, p, records, end)
			again := readChanges(t, s, src, p, records, end)
			if len(again.Counts) > 0 {
				t.Fatalf("seed %d: the same %s twice: %+v", seed, kind, again.Counts)
			}
			clear(p.changed)
			p.newSkip = false
			if done < 500 && p.r.IntN(6) > 0 {
				continue
			}
			fresh := newStore(t)
			apply(t, fresh, addSource(t, fresh, "source"), p.everything(false))
			if wrong := notMembers(t, s, p.sharing()); len(wrong) > 0 {
				t.Fatalf("seed %d, %d changes: by their number they should be members: %q", seed, done, wrong)
			}
			sameContents(t, fmt.Sprintf("seed %d, %d changes, last read as %s", seed, done, kind), contents(t, s), contents(t, fresh))
		}
		checkIntervals(t, s)
		checkDerived(t, s, src)
		// A full reading finds nothing that those of changes left out.
		if _, d := apply(t, s, src, p.everything(false)); len(d.Counts) > 0 {
			t.Errorf("seed %d: a full reading finds %+v", seed, d.Counts)
		}
	}
}
