package store

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// A generated company of which it is known who is who: a personnel system and
// two directories that grew apart. Its people have namesakes, marry, are typed
// wrongly, come back under a new number, share mailboxes, inherit a leaver's
// address, and lack numbers; contractors have logins that employees have
// elsewhere.
type truth struct {
	r       *rand.Rand
	sources [3]map[string]directory.Account // by external id
	person  [3]map[string]int               // whose account it is; -1: nobody's
}

const (
	hr = iota
	ad
	lab
)

var (
	givenNames = strings.Fields("Anna Andrea Andreas Maria Mario Julia Julian Daniel Daniela Peter Petra Jörg Jürgen Björn Zoë Łukasz Nora Tim Tom Lena Lene Hans Hans-Peter Eva Ewa Marie Mary Jan Jana Paul Paula José René Renée Çelik Umut Ann Sören Karl Karla")
	surnames   = strings.Fields("Müller Mueller Miller Schmidt Schmitt Schmid Weber Huber Bauer Maier Meier Mayer Jäger Schäfer Schröder Köhler Krüger Groß Gross Weiß Øst Sørensen Åberg García Nowak Dąbrowski Öztürk Yılmaz Peters Petersen Hansen Jansen Klein Kleine Lang Lange Wolf Wolff Braun Brown Hartmann Herrmann Hermann Franke Frank Vogel Vogl Stein Steiner Roth Rothe Berg Berger Adam Adams Simon Simons Thomas Paul")
	places     = strings.Fields("Halden Oslo Bremen Linz")
	parts      = strings.Fields("Sales Labs Finance Works Legal Purchasing")
)

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

func (w *truth) add(source, person int, a directory.Account) {
	if w.sources[source] == nil {
		w.sources[source], w.person[source] = map[string]directory.Account{}, map[string]int{}
	}
	a.ExternalID = fmt.Sprintf("%d-%05d", source, len(w.person[source]))
	a.DN = "uid=" + a.Facts.Login + ",o=" + strconv.Itoa(source)
	a.Refs = []string{dnRef + a.DN}
	a.Facts.Enabled, a.Facts.LastSignIn = iam.Yes, iam.Never
	if a.Facts.Sort == "" {
		a.Facts.Sort = iam.Person
	}
	if a.Facts.Name == "" {
		a.Facts.Name = a.Facts.GivenName + " " + a.Facts.Surname
	}
	w.sources[source][a.ExternalID], w.person[source][a.ExternalID] = a, person
}

func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return -1
	}, Fold(spelled.Replace(strings.ToLower(s))))
}

// typo changes one letter or swaps two.
func typo(r *rand.Rand, s string) string {
	letters := []rune(s)
	if len(letters) < 4 {
		return s
	}
	i := 1 + r.IntN(len(letters)-2)
	if r.IntN(2) == 0 {
		letters[i], letters[i+1] = letters[i+1], letters[i]
	} else {
		letters[i] = rune('a' + r.IntN(26))
	}
	return string(letters)
}

func newTruth(seed uint64, people int) *truth {
	r := rand.New(rand.NewPCG(seed, 5))
	w := &truth{r: r}
	taken := [3]map[string]bool{{}, {}, {}}
	free := func(source int, login string) string {
		for n := 1; ; n++ {
			l := login
			if n > 1 {
				l += strconv.Itoa(n)
			}
			if !taken[source][l] {
				taken[source][l] = true
				return l
			}
		}
	}
	maybe := func(percent int) bool { return r.IntN(100) < percent }
	var left []string // addresses of leavers
	type name struct{ given, surname string }
	var names []name
	for p := range people {
		n := name{pick(r, givenNames), pick(r, surnames)}
		if maybe(8) && len(names) > 0 {
			n = names[r.IntN(len(names))] // a namesake
		}
		names = append(names, n)
		contractor := maybe(12)
		number := strconv.Itoa(10_000 + p)
		mail := free(hr, ascii(n.given)+"."+ascii(n.surname)) + "@corp.example"
		switch {
		case maybe(3) && len(left) > 0:
			mail = left[len(left)-1] // inherited
		case maybe(4):
			mail = "team-" + ascii(pick(r, parts)) + "@corp.example"
		}
		facts := iam.AccountFacts{GivenName: n.given, Surname: n.surname, EmployeeNumber: number, Department: pick(r, parts), Location: pick(r, places), EmployeeType: "employee"}
		if contractor {
			facts.EmployeeType, facts.EmployeeNumber = "contractor", ""
			mail = ascii(n.given) + "@" + ascii(pick(r, surnames)) + "-consulting.example"
		}
		rehired := !contractor && maybe(3)
		if !contractor {
			f := facts
			f.Login = number
			w.add(hr, p, directory.Account{Facts: f, Contact: iam.Contact{Mail: mail}})
			if rehired { // again, under a new number
				f.EmployeeNumber, f.Login = strconv.Itoa(50_000+p), strconv.Itoa(50_000+p)
				w.add(hr, p, directory.Account{Facts: f, Contact: iam.Contact{Mail: mail}})
			}
		}
		if maybe(5) {
			left = append(left, mail)
		}
		for _, source := range []int{ad, lab} {
			if source == ad && !maybe(92) || source == lab && !maybe(50) {
				continue
			}
			f, m := facts, mail
			if maybe(6) { // married since
				f.Surname = pick(r, surnames)
			}
			if maybe(30) {
				f.GivenName, f.Surname = spelled.Replace(f.GivenName), spelled.Replace(f.Surname)
			}
			switch r.IntN(25) {
			case 0:
				f.GivenName, f.Surname = f.Surname, f.GivenName
			case 1:
				f.Surname = typo(r, f.Surname)
			case 2:
				f.GivenName = typo(r, f.GivenName)
			case 3:
				f.GivenName = string([]rune(f.GivenName)[:1]) + "."
			case 4:
				f.Surname += "-" + pick(r, surnames)
			case 5:
				f.Name, f.GivenName, f.Surname = f.GivenName+" "+f.Surname, "", ""
			}
			switch {
			case source == ad && maybe(20), source == lab && maybe(55):
				f.EmployeeNumber = ""
			case maybe(3) && f.EmployeeNumber != "":
				f.EmployeeNumber = typo(r, f.EmployeeNumber)
			case maybe(5) && f.EmployeeNumber != "":
				f.EmployeeNumber = "000" + f.EmployeeNumber
			}
			if source == lab && maybe(60) || source == ad && maybe(15) {
				f.EmployeeType = "" // not kept there
				if contractor && m == "" {
					f.EmployeeType = "contractor"
				}
			}
			if maybe(10) && !contractor {
				m = ""
			}
			if source == lab && maybe(10) {
				m = strings.Replace(m, "@corp.", "@lab.corp.", 1)
			}
			f.Login = free(source, string([]rune(ascii(n.given) + "x")[:1])+ascii(n.surname))
			if f.EmployeeNumber == "" && m == "" && contractor {
				continue
			}
			w.add(source, p, directory.Account{Facts: f, Contact: iam.Contact{Mail: m}})
		}
		if maybe(5) { // a service account that somebody registered under the own address
			w.add(ad, -1, directory.Account{Facts: iam.AccountFacts{Login: free(ad, "svc-"+ascii(n.surname)), Sort: iam.Service, GivenName: n.given, Surname: n.surname}, Contact: iam.Contact{Mail: mail}})
		}
	}
	return w
}

func (w *truth) records(source int) []directory.Record {
	var out []directory.Record
	for _, a := range w.sources[source] {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b directory.Record) int {
		return cmp.Compare(a.(directory.Account).ExternalID, b.(directory.Account).ExternalID)
	})
	return out
}

// check fails if any identity has accounts of two people, and counts the pairs
// of accounts of one person in two sources: found and there are.
func (w *truth) check(t fataler, s *Store, at string, sources [3]iam.Source) (found, all int) {
	t.Helper()
	of := map[string][]string{} // accounts by identity
	person := map[string]int{}
	identity := map[string]string{}
	for i, src := range sources {
		for _, line := range rows(t, s, `SELECT o.external_id || '=' || a.identity_id FROM open_accounts a JOIN objects o ON o.id = a.id WHERE a.source_id = ?`, src.ID) {
			id, ident, _ := strings.Cut(line, "=")
			if p := w.person[i][id]; p >= 0 {
				of[ident] = append(of[ident], id)
				person[id], identity[id] = p, ident
			} else if ident != "0" {
				t.Errorf("%s: the service account %s is identity %s", at, id, ident)
			}
		}
	}
	for ident, ids := range of {
		for _, id := range ids {
			if person[id] != person[ids[0]] {
				a, b := w.account(ids[0]), w.account(id)
				t.Errorf("%s: identity %s is two people: %s and %s", at, ident, told(a), told(b))
			}
		}
	}
	ids := map[int][]string{}
	for id, p := range person {
		ids[p] = append(ids[p], id)
	}
	for _, own := range ids {
		for i, a := range own {
			for _, b := range own[:i] {
				if a[0] != b[0] {
					all++
					if identity[a] == identity[b] {
						found++
					}
				}
			}
		}
	}
	return found, all
}

func told(a directory.Account) string {
	f := a.Facts
	return strings.Join([]string{a.ExternalID, f.Login, f.GivenName, f.Surname, f.EmployeeNumber, a.Contact.Mail, f.EmployeeType, f.Department, f.Location}, " | ")
}

func (w *truth) account(id string) directory.Account { return w.sources[id[0]-'0'][id] }

// TestCorrelationTruth: in no generated company, read in any order and again
// after changes, do rules alone make two people one. How many accounts of one
// person they find is told; with the cases decided by somebody who knows, and
// every merge undone in turn, everything is as it was before.
func TestCorrelationTruth(t *testing.T) {
	var found, all, asked int
	n := int(seeds(3))
	for seed := range n {
		s := newStore(t)
		w := newTruth(uint64(seed), 250)
		var sources [3]iam.Source
		for i, name := range []string{"hr", "ad", "lab"} {
			sources[i] = addSource(t, s, name)
		}
		order := w.r.Perm(3)
		for _, i := range order {
			apply(t, s, sources[i], w.records(i))
			w.check(t, s, fmt.Sprintf("seed %d, order %v, after source %d", seed, order, i), sources)
		}
		// A year later: numbers are entered and corrected, people marry.
		for _, i := range []int{ad, lab} {
			for _, id := range slices.Sorted(keysOf(w.sources[i])) {
				a := w.sources[i][id]
				p := w.person[i][id]
				switch x := w.r.IntN(20); {
				case p < 0:
				case x < 2 && a.Facts.EmployeeType != "contractor" && w.isEmployee(p):
					a.Facts.EmployeeNumber = strconv.Itoa(10_000 + p)
				case x == 3 && a.Facts.Surname != "":
					a.Facts.Surname = pick(w.r, surnames)
					a.Facts.Name = a.Facts.GivenName + " " + a.Facts.Surname
				}
				w.sources[i][id] = a
			}
			apply(t, s, sources[i], w.records(i))
			w.check(t, s, fmt.Sprintf("seed %d, a year later, source %d", seed, i), sources)
		}
		f, a := w.check(t, s, fmt.Sprintf("seed %d, in the end", seed), sources)
		found, all = found+f, all+a
		asked += w.decideAndUndo(t, s, sources)
		verified(t, s)
	}
	t.Logf("%d companies: %d of %d pairs of accounts found automatically (recall %.1f %%), none wrong; %d cases asked", n, found, all, 100*float64(found)/float64(all), asked)
	if found*100 < all*70 {
		t.Errorf("rules found only %d of %d pairs", found, all)
	}
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (w *truth) isEmployee(p int) bool {
	for _, q := range w.person[hr] {
		if q == p {
			return true
		}
	}
	return false
}

func verified(t fataler, s *Store) {
	t.Helper()
	must(t, s.View(ann(), func(r *Reader) error {
		res, err := r.VerifyAudit(ann(), "")
		if !res.OK {
			t.Errorf("the log is not whole: %+v", res.Problems)
		}
		return err
	}))
}

// linkState is everything that merging and splitting may change, without when.
func linkState(t fataler, s *Store) []string {
	t.Helper()
	var out []string
	for _, q := range []string{
		`SELECT 'account ' || id || ' ' || identity_id || ' ' || hex(digest) FROM open_accounts ORDER BY id`,
		`SELECT 'identity ' || id || ' ' || sort || ' ' || name || ' ' || employee_number || ' ' || primary_account FROM open_identities ORDER BY id`,
		`SELECT 'row ' || id || ' ' || name || ' ' || list_name || ' ' || login || ' ' || accounts || ' ' || enabled || ' ' || last_sign_in FROM identity_rows ORDER BY id`,
		`SELECT 'link ' || account_id || ' ' || identity_id || ' ' || how || ' ' || rule || ' ' || confidence || ' ' || reasons FROM identity_links WHERE until = 9223372036854775807 ORDER BY account_id`,
		`SELECT 'different ' || account_id || ' ' || other_id FROM identity_differences WHERE until = 9223372036854775807 ORDER BY account_id, other_id`,
		`SELECT 'redirect ' || from_id || ' ' || into_id FROM identity_redirects WHERE until = 9223372036854775807 ORDER BY from_id`,
		`SELECT 'case ' || id || ' ' || account_id || ' ' || candidates || ' ' || confidence FROM correlation_cases WHERE until = 9223372036854775807 ORDER BY id`,
		`SELECT 'factor ' || id || ' ' || identity_id || ' ' || state FROM factors ORDER BY id`,
		`SELECT 'owner ' || account_id || ' ' || owner_id || ' ' || purpose FROM account_ownership WHERE until = 9223372036854775807 ORDER BY account_id`,
	} {
		out = append(out, rows(t, s, q)...)
	}
	return out
}

// decideAndUndo answers every case by the truth, undoes all merges and compares.
func (w *truth) decideAndUndo(t *testing.T, s *Store, sources [3]iam.Source) int {
	t.Helper()
	var cases []Case
	must(t, s.View(ann(), func(r *Reader) (err error) {
		cases, _, err = r.Cases(ann(), 0, 0, 10_000)
		return err
	}))
	person := map[iam.ID]int{}
	for i := range sources {
		for _, line := range rows(t, s, `SELECT o.external_id || '=' || o.id FROM objects o WHERE o.source_id = ? AND o.noun = 'account'`, sources[i].ID) {
			id, own, _ := strings.Cut(line, "=")
			n, err := strconv.ParseInt(own, 10, 64)
			must(t, err)
			person[iam.ID(n)] = w.person[i][id]
		}
	}
	was := linkState(t, s)
	var merges []iam.ID
	for _, c := range cases {
		for _, x := range c.Candidates {
			if person[x.Account] != person[c.Account] {
				continue
			}
			_, err := s.Write(ann(), "correlation.decide", func(tx *Tx) error {
				now, err := tx.Case(ann(), c.ID)
				if iam.KindOf(err) == iam.NotFound || err == nil && !slices.ContainsFunc(now.Candidates, func(y Candidate) bool { return y.Identity == x.Identity }) {
					return nil // an earlier decision answered it
				}
				if err != nil {
					return err
				}
				m, err := tx.DecideCase(ann(), now, SamePerson, x.Identity, "Known to be the same person.")
				merges = append(merges, m)
				return err
			})
			must(t, err)
			break
		}
	}
	w.check(t, s, "after the cases", sources)
	for _, m := range slices.Backward(merges) {
		_, err := s.Write(ann(), "identity.unmerge", func(tx *Tx) error {
			left, err := tx.UndoMerge(ann(), m, "Decided too early.")
			if len(left) > 0 {
				t.Errorf("merge %s leaves %v behind", m, left)
			}
			return err
		})
		must(t, err)
	}
	if len(merges) == 0 {
		t.Error("no case was decided")
	}
	sameLines(t, "everything after the merges were undone", linkState(t, s), was)
	return len(cases)
}
