package store

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// The laws of applying a read, on random directories.

// world is a directory at a moment, in the plainest form there is.
type world struct {
	accounts map[string]person
	groups   map[string]group
	skipped  []string // references of entries that could not be used
}

type person struct {
	login, nick, number, department string
	sort                            iam.Sort
	enabled                         iam.Tri
}

type group struct {
	privileged bool
	members    []string // references
}

const dnRef, nickRef = "dn:", "uid:"

// dnOf is a DN as a normalised name.
func (p person) dnOf(id string) string { return "uid=" + p.login + ",ou=" + id + ",dc=x" }

// drawWorld makes small worlds of few names, so that things meet.
func drawWorld(t *rapid.T, label string) world {
	w := world{accounts: map[string]person{}, groups: map[string]group{}}
	one := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label+what) }
	ids := []string{"a0", "a1", "a2", "a3", "a4", "a5"}
	for _, id := range ids {
		if rapid.IntRange(0, 3).Draw(t, label+id) == 0 {
			continue
		}
		w.accounts[id] = person{
			login: id + one("login", "", "", "x"), nick: one("nick", "n0", "n1", "n2", "n3"), number: one("number", "", "7", "8", "9"), department: one("dept", "Sales", "Labs"),
			sort: iam.Sort(one("sort", "person", "person", "person", "service")), enabled: iam.Tri(rapid.SampledFrom([]int{0, 1, 1}).Draw(t, label+"enabled")),
		}
	}
	for _, id := range []string{"g0", "g1", "g2", "g3"} {
		if rapid.IntRange(0, 4).Draw(t, label+id) == 0 {
			continue
		}
		g := group{privileged: rapid.Bool().Draw(t, label+"privileged")}
		for _, m := range append([]string{"g0", "g1", "g2", "g3", "lost", "outside", "", "skip", "n0", "n1", "n2"}, ids...) {
			if rapid.IntRange(0, 2).Draw(t, label+id+m) == 0 {
				g.members = append(g.members, m)
			}
		}
		w.groups[id] = g
	}
	if rapid.Bool().Draw(t, label+"skipped") {
		w.skipped = []string{dnRef + "cn=skip"}
	}
	return w
}

// refOf is how a group names a member in these worlds: by its DN, or by a nick
// that several may share.
func (w world) refOf(m string) string {
	p, isAccount := w.accounts[m]
	switch {
	case m == "":
		return ""
	case isAccount:
		return dnRef + p.dnOf(m)
	case strings.HasPrefix(m, "n"):
		return nickRef + m
	}
	return dnRef + "cn=" + m
}

// records are the world as a source tells it, in the order of the map.
func (w world) records(r *rand.Rand) []directory.Record {
	var out []directory.Record
	for id, p := range w.accounts {
		dn := p.dnOf(id)
		out = append(out, directory.Account{
			ExternalID: id, DN: dn, Refs: []string{dnRef + dn, nickRef + p.nick}, Contact: iam.Contact{Mail: p.login + "@x.example"},
			Facts: iam.AccountFacts{Login: p.login, Name: "Name of " + id, Sort: p.sort, EmployeeNumber: p.number, Department: p.department, Enabled: p.enabled, LastSignIn: iam.Never},
		})
	}
	for id, g := range w.groups {
		out = append(out, directory.Entitlement{
			ExternalID: id, Kind: iam.Group, Name: "Group " + id, DN: "cn=" + id, Refs: []string{dnRef + "cn=" + id}, Facts: iam.EntitlementFacts{Privileged: g.privileged},
		})
		ms := directory.Members{ExternalID: id}
		for _, m := range g.members {
			ms.Members = append(ms.Members, directory.Member{Ref: w.refOf(m), Value: "value " + m, OutsideScope: m == "outside"})
		}
		out = append(out, ms)
	}
	for _, ref := range w.skipped {
		out = append(out, directory.Skipped{DN: ref, Ref: ref, Reason: "no id"})
	}
	slices.SortFunc(out, func(a, b directory.Record) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	if r != nil {
		r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

// lines are the open rows that the world must give, in words.
func (w world) lines() []string {
	out := []string{}
	for id, p := range w.accounts {
		out = append(out, fmt.Sprintf("account %s %s %s %s %s %s %d", id, p.dnOf(id), p.login, p.number, p.department, p.sort, p.enabled))
	}
	names := map[string][]string{}
	for id, p := range w.accounts {
		names[nickRef+p.nick] = append(names[nickRef+p.nick], id)
		names[dnRef+p.dnOf(id)] = append(names[dnRef+p.dnOf(id)], id)
	}
	for id := range w.groups {
		names[dnRef+"cn="+id] = []string{id}
	}
	for id, g := range w.groups {
		out = append(out, fmt.Sprintf("group %s %d", id, iam.TriOf(g.privileged)))
		grants := map[string]bool{}
		for _, m := range g.members {
			why, found := iam.Dangling, names[w.refOf(m)]
			switch {
			case m == "":
				why = iam.Malformed
			case m == "outside":
				why = iam.OutsideScope
			case m == "skip" && len(w.skipped) > 0:
				why = iam.SkippedEntry
			case len(found) == 1:
				grants[found[0]] = true
				continue
			case len(found) > 1:
				why = iam.Ambiguous
			}
			out = append(out, fmt.Sprintf("unresolved %s value %s %s", id, m, why))
		}
		for m := range grants {
			out = append(out, fmt.Sprintf("grant %s %s %v", id, m, strings.HasPrefix(m, "g")))
		}
	}
	slices.Sort(out)
	return out
}

// linesAsOf are the same lines from the database, as of a Write.
func linesAsOf(t fataler, s *Store, src iam.Source, at iam.Seq) []string {
	t.Helper()
	const window = ` AND x.since <= ?2 AND x.until > ?2`
	out := rows(t, s, `
	  SELECT 'account ' || o.external_id || ' ' || x.dn || ' ' || x.login || ' ' || x.employee_number || ' ' || x.department || ' ' || x.sort || ' ' || x.enabled
	    FROM accounts x JOIN objects o ON o.id = x.id WHERE x.source_id = ?1`+window+`
	  UNION ALL SELECT 'group ' || o.external_id || ' ' || x.privileged FROM entitlements x JOIN objects o ON o.id = x.id WHERE x.source_id = ?1`+window+`
	  UNION ALL SELECT 'grant ' || g.external_id || ' ' || m.external_id || CASE x.nested WHEN 1 THEN ' true' ELSE ' false' END
	    FROM grants x JOIN objects g ON g.id = x.entitlement_id JOIN objects m ON m.id = x.member_id WHERE g.source_id = ?1`+window+`
	  UNION ALL SELECT 'unresolved ' || g.external_id || ' ' || x.value || ' ' || x.reason FROM unresolved x JOIN objects g ON g.id = x.entitlement_id WHERE g.source_id = ?1`+window, src.ID, at)
	slices.Sort(out)
	return out
}

func sameLines(t fataler, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s:\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// TestApplyLaws: whatever the history of a directory, its open rows are its
// last state, every earlier state can still be asked for, reading the same
// state again changes nothing, and the order of records means nothing.
func TestApplyLaws(t *testing.T) {
	s, other := newStore(t), newStore(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		src, there := addSource(t, s, fmt.Sprint("source ", n)), addSource(t, other, fmt.Sprint("source ", n))
		order := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		history := make([]world, rapid.IntRange(2, 4).Draw(t, "steps"))
		seqs := make([]iam.Seq, len(history))
		for i := range history {
			w := drawWorld(t, fmt.Sprint(i))
			history[i] = w
			var d, e Delta
			seqs[i], d = apply(t, s, src, w.records(nil))
			sameLines(t, "open rows", linesAsOf(t, s, src, iam.Open-1), w.lines())

			// Shuffled, and with a page told twice.
			records := w.records(order)
			_, e = apply(t, other, there, append(records, records[:len(records)/2]...))
			sameLines(t, "open rows, told in another order", linesAsOf(t, other, there, iam.Open-1), w.lines())
			if d.Digest != e.Digest {
				t.Fatalf("the order of records changes the digest: %+v %+v", d, e)
			}
			checkDerived(t, s, src)
			checkCounts(t, s, seqs[i], d)

			_, again := apply(t, s, src, w.records(order))
			if len(again.Counts) != 0 {
				t.Fatalf("the same read twice changes %+v", again.Counts)
			}
		}
		for i, w := range history {
			sameLines(t, fmt.Sprintf("as of step %d", i), linesAsOf(t, s, src, seqs[i]), w.lines())
		}
		checkIntervals(t, s)
	})
	must(t, s.View(ann(), func(r *Reader) error {
		res, err := r.VerifyAudit(ann(), "")
		if !res.OK {
			t.Errorf("the log is not whole: %+v", res.Problems)
		}
		return err
	}))
}

// checkCounts: what a run changed is counted afterwards as it was before.
func checkCounts(t fataler, s *Store, seq iam.Seq, d Delta) {
	t.Helper()
	must(t, s.View(ann(), func(r *Reader) error {
		ids, err := r.ids(ann(), `SELECT id FROM runs WHERE seq = ?`, seq)
		must(t, err)
		run, err := r.Run(ann(), ids[0])
		must(t, err)
		counts, err := r.CountChanges(ann(), run)
		sameLines(t, "changes counted", countLines(counts), countLines(d.Counts))
		return err
	}))
}

func countLines(counts []DeltaCount) []string {
	var out []string
	for _, c := range counts {
		out = append(out, fmt.Sprint(c))
	}
	slices.Sort(out)
	return out
}

// checkIntervals: a record has one version at a time, and none is empty.
func checkIntervals(t fataler, s *Store) {
	t.Helper()
	for table, key := range map[string]string{"accounts": "id", "entitlements": "id", "identities": "id", "grants": "entitlement_id, member_id", "unresolved": "entitlement_id, value"} {
		for _, bad := range rows(t, s, `SELECT since || ' to ' || until || ', then ' || coalesce(next, '') FROM (
		    SELECT since, until, lead(since) OVER (PARTITION BY `+key+` ORDER BY since) AS next FROM `+table+`)
		  WHERE since >= until OR next < until`) {
			t.Errorf("%s overlap or are empty: %s", table, bad)
		}
	}
}

// checkDerived: what lists are read from agrees with the records.
func checkDerived(t fataler, s *Store, src iam.Source) {
	t.Helper()
	for what, q := range map[string][2]string{
		"identity rows": {
			`SELECT i.id || ' ' || count(*) || ' ' || ` + stateOfAll("enabled") + ` || ' ' || i.name FROM open_identities i JOIN open_accounts a ON a.identity_id = i.id GROUP BY i.id ORDER BY i.id`,
			`SELECT id || ' ' || accounts || ' ' || enabled || ' ' || name FROM identity_rows ORDER BY id`},
		"identities with accounts": {
			`SELECT DISTINCT identity_id || '' FROM open_accounts WHERE sort = 'person' ORDER BY identity_id`, `SELECT id || '' FROM open_identities ORDER BY id`},
		"searchable records": {
			`SELECT id || '' FROM (SELECT id FROM open_accounts UNION ALL SELECT id FROM open_entitlements) ORDER BY id`, `SELECT rowid || '' FROM search_text ORDER BY rowid`},
		"observed records": {
			`SELECT id || '' FROM (SELECT id FROM open_accounts UNION ALL SELECT id FROM open_entitlements) ORDER BY id`, `SELECT object_id || '' FROM observations ORDER BY object_id`},
		"contacts":         {`SELECT id || '' FROM open_accounts ORDER BY id`, `SELECT account_id || '' FROM contacts ORDER BY account_id`},
		"primary accounts": {`SELECT '' WHERE 0`, `SELECT i.id || '' FROM open_identities i WHERE NOT EXISTS (SELECT 1 FROM open_accounts a WHERE a.id = i.primary_account AND a.identity_id = i.id)`},
		"grants of what is gone": {`SELECT '' WHERE 0`, `SELECT entitlement_id || ' ' || member_id FROM open_grants g WHERE NOT EXISTS (SELECT 1 FROM open_entitlements e WHERE e.id = g.entitlement_id)
		   OR NOT EXISTS (SELECT 1 FROM open_accounts a WHERE a.id = g.member_id UNION ALL SELECT 1 FROM open_entitlements e WHERE e.id = g.member_id)`},
		"findings of what is gone": {`SELECT '' WHERE 0`, `SELECT id || ' ' || kind FROM open_findings f WHERE NOT EXISTS (SELECT 1 FROM open_accounts a WHERE a.id = f.subject_id UNION ALL SELECT 1 FROM open_entitlements e WHERE e.id = f.subject_id UNION ALL SELECT 1 FROM open_identities i WHERE i.id = f.subject_id UNION ALL SELECT 1 FROM sources s WHERE s.id = f.subject_id)`},
	} {
		sameLines(t, what, rows(t, s, q[1]), rows(t, s, q[0]))
	}
	must(t, s.View(ann(), func(r *Reader) error {
		c, err := r.SourceCounts(ann(), src.ID)
		got := fmt.Sprint(c.Accounts, " ", c.Entitlements, " ", c.Memberships)
		var want []string
		for _, table := range []string{"open_accounts", "open_entitlements"} {
			var n int64
			if err := r.tx.QueryRow(`SELECT count(*) FROM `+table+` WHERE source_id = ?`, src.ID).Scan(&n); err != nil {
				return err
			}
			want = append(want, fmt.Sprint(n))
		}
		var n int64
		if err := r.tx.QueryRow(`SELECT count(*) FROM open_grants g JOIN objects o ON o.id = g.entitlement_id WHERE o.source_id = ?`, src.ID).Scan(&n); err != nil {
			return err
		}
		if want = append(want, fmt.Sprint(n)); got != strings.Join(want, " ") {
			t.Errorf("the counts of the source are %s, counted %s", got, strings.Join(want, " "))
		}
		return err
	}))
}

// identities are the identity of each account, by "source external id".
func identities(t fataler, s *Store, sources ...iam.Source) map[string]string {
	t.Helper()
	out := map[string]string{}
	for i, src := range sources {
		for _, line := range rows(t, s, `SELECT o.external_id || '=' || a.identity_id FROM open_accounts a JOIN objects o ON o.id = a.id WHERE a.source_id = ?`, src.ID) {
			id, identity, _ := strings.Cut(line, "=")
			out[fmt.Sprint(i, " ", id)] = identity
		}
	}
	return out
}

// TestIdentityLaws: equal employee numbers are one person, over all sources;
// nobody else is; who stays keeps the identity.
func TestIdentityLaws(t *testing.T) {
	outer, n := t, 0
	var s *Store
	rapid.Check(t, func(t *rapid.T) {
		if n%50 == 0 { // the checks before are not looked through again
			s = newStore(outer)
		}
		n++
		sources := []iam.Source{addSource(t, s, fmt.Sprint("left ", n)), addSource(t, s, fmt.Sprint("right ", n))}
		draw := func(label string) world {
			w := drawWorld(t, label)
			for id, p := range w.accounts {
				if p.number != "" { // people of one check are not those of another
					p.number = fmt.Sprint(n, "-", p.number)
				}
				w.accounts[id] = p
			}
			return w
		}
		var before, now [2]world
		var had map[string]string
		for step := range 3 {
			side := step % 2
			if step == 2 {
				side = rapid.IntRange(0, 1).Draw(t, "side")
			}
			before, now[side] = now, draw(fmt.Sprint("w", step))
			apply(t, s, sources[side], now[side].records(nil))
			have := identities(t, s, sources...)
			type key struct{ at, number string }
			byNumber := map[string]string{}
			owner := map[string]key{}
			for i, w := range now {
				for id, p := range w.accounts {
					at := fmt.Sprint(i, " ", id)
					identity := have[at]
					if p.sort != iam.Person {
						if identity != "0" {
							t.Fatalf("%s is a %s account of identity %s", at, p.sort, identity)
						}
						continue
					}
					if identity == "" || identity == "0" {
						t.Fatalf("%s has no identity", at)
					}
					if p.number != "" {
						if other, ok := byNumber[p.number]; ok && other != identity {
							t.Fatalf("number %s is two identities", p.number)
						}
						byNumber[p.number] = identity
					}
					if o, ok := owner[identity]; ok && (p.number == "" || o.number != p.number) {
						t.Fatalf("%s and %s (%q, %q) are one identity", at, o.at, p.number, o.number)
					}
					owner[identity] = key{at, p.number}

					// Who was there with the same number, or had none and has
					// none, is the same identity as before.
					if was, ok := before[i].accounts[id]; ok && was.sort == iam.Person && was.number == p.number && had[at] != identity {
						t.Fatalf("%s was identity %s and is %s", at, had[at], identity)
					}
				}
			}
			had = have
		}
		// A number that is entered later names the same person.
		src := addSource(t, s, fmt.Sprint("later ", n))
		w := world{accounts: map[string]person{"a9": {login: "a9", sort: iam.Person}}}
		apply(t, s, src, w.records(nil))
		first := identities(t, s, src)
		w.accounts["a9"] = person{login: "a9", sort: iam.Person, number: fmt.Sprint(n, "-new")}
		apply(t, s, src, w.records(nil))
		if then := identities(t, s, src); !maps.Equal(first, then) {
			t.Fatalf("a number entered later makes another identity: %v, %v", first, then)
		}
		// Who was not returned once, or whose number is corrected, stays the same.
		apply(t, s, src, world{}.records(nil))
		apply(t, s, src, w.records(nil))
		if then := identities(t, s, src); !maps.Equal(first, then) {
			t.Fatalf("who comes back is another identity: %v, %v", first, then)
		}
		w.accounts["a9"] = person{login: "a9", sort: iam.Person, number: fmt.Sprint(n, "-corrected")}
		apply(t, s, src, w.records(nil))
		if then := identities(t, s, src); !maps.Equal(first, then) {
			t.Fatalf("a corrected number makes another identity: %v, %v", first, then)
		}
		checkIntervals(t, s)
	})
}

// TestSourceRemoved: what was read from it is closed, history stays.
func TestSourceRemoved(t *testing.T) {
	s := newStore(t)
	kept, gone := addSource(t, s, "kept"), addSource(t, s, "gone")
	w := world{accounts: map[string]person{
		"a0": {login: "a0", sort: iam.Person, number: "1"}, "a1": {login: "a1", sort: iam.Person, number: "2"}, "a2": {login: "a2", sort: iam.Service},
	}, groups: map[string]group{"g0": {members: []string{"a0", "g1", "lost"}}, "g1": {members: []string{"g0"}}}}
	apply(t, s, gone, w.records(nil))
	seq, _ := apply(t, s, kept, world{accounts: map[string]person{"a0": {login: "a0", sort: iam.Person, number: "1"}}}.records(nil))
	shared := identities(t, s, kept)
	_, err := s.Write(ann(), "source.remove", func(x *Tx) error { return x.RemoveSource(ann(), gone.ID) })
	must(t, err)
	if left := linesAsOf(t, s, gone, iam.Open-1); len(left) > 0 {
		t.Errorf("still open: %q", left)
	}
	sameLines(t, "before the removal", linesAsOf(t, s, gone, seq), w.lines())
	if now := identities(t, s, kept); !maps.Equal(now, shared) {
		t.Errorf("the identity of the other source's account was %v and is %v", shared, now)
	}
	if open := rows(t, s, `SELECT kind FROM open_findings WHERE source_id = ?`, gone.ID); len(open) > 0 {
		t.Errorf("findings stay: %q", open)
	}
	checkDerived(t, s, kept)
	checkIntervals(t, s)
	if counts := rows(t, s, `SELECT accounts || '' FROM identity_rows`); !slices.Equal(counts, []string{"1"}) {
		t.Errorf("identities list %q accounts", counts)
	}
}

// TestOneNameTwice: a name that passed from one entry to another while they were
// read makes the reading useless, in either order.
func TestOneNameTwice(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "source")
	twin := func(id string) directory.Record {
		return directory.Account{ExternalID: id, DN: "uid=twin", Refs: []string{dnRef + "uid=twin"}, Facts: iam.AccountFacts{Login: "twin"}}
	}
	named := directory.Members{ExternalID: "g0", Members: []directory.Member{{Ref: dnRef + "uid=twin", Value: "uid=twin"}}}
	groupItself := directory.Entitlement{ExternalID: "g0", Kind: iam.Group, Name: "g0", DN: "cn=g0", Refs: []string{dnRef + "cn=g0"}}
	for _, records := range [][]directory.Record{
		{twin("a0"), twin("a1"), groupItself, named}, {twin("a0"), groupItself, named, twin("a1")}, {groupItself, named, twin("a1"), twin("a0")},
	} {
		run, err := s.StartRun(ann(), src, "full")
		must(t, err)
		st, err := s.NewStaging(ann(), run.ID)
		must(t, err)
		for _, r := range records {
			if err == nil {
				err = st.Add(ann(), r)
			}
		}
		if err == nil {
			_, err = st.Finish(ann(), src.ID)
		}
		if err == nil { // it stands, but nobody is a member in another's place
			var granted, ambiguous int
			must(t, st.conn.QueryRowContext(ann(), `SELECT (SELECT count(*) FROM delta_grants) + (SELECT count(*) FROM packed), (SELECT count(*) FROM unresolved WHERE reason = 'ambiguous')`).Scan(&granted, &ambiguous))
			if granted != 0 || ambiguous != 1 {
				t.Errorf("%d grants, %d ambiguous members", granted, ambiguous)
			}
		} else if iam.KindOf(err) != iam.Unavailable || !strings.Contains(err.Error(), "Read it again") {
			t.Errorf("%v", err)
		}
		must(t, st.Close())
	}
}

// TestApplyOnlyWhatWasCompared: a reading that was compared with other records
// than those that are open now is refused whole.
func TestApplyOnlyWhatWasCompared(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "source")
	two := world{accounts: map[string]person{"a0": {login: "a0"}, "a1": {login: "a1"}}}
	apply(t, s, src, two.records(nil))
	one := world{accounts: map[string]person{"a0": {login: "a0"}}}
	run, d := read(t, s, src, one.records(nil))
	apply(t, s, src, two.records(nil))
	before, _ := s.head.seq, 0
	if _, err := s.Apply(ann(), "run.apply", run, src, d, nil); iam.KindOf(err) != iam.Conflict {
		t.Errorf("a stale reading: %v", err)
	}
	sameLines(t, "open rows", linesAsOf(t, s, src, iam.Open-1), two.lines())
	if s.head.seq != before {
		t.Error("the refused Apply left an event")
	}
}
