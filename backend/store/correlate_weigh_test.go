package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// someone is the account of a person in a directory.
func someone(login, given, surname, mail string, change func(*iam.AccountFacts)) directory.Account {
	a := staff(login, func(f *iam.AccountFacts) {
		f.GivenName, f.Surname, f.Name, f.EmployeeNumber = given, surname, strings.TrimSpace(given+" "+surname), ""
		if change != nil {
			change(f)
		}
	})
	a.Contact.Mail = mail
	return a
}

// matching is how the first account of the source stands: "with LOGIN" of another
// source, or the rules that ask, with their reasons.
func matching(t fataler, s *Store, src iam.Source, login string) string {
	t.Helper()
	if with := rows(t, s, `SELECT 'with ' || b.login FROM open_accounts a JOIN open_accounts b ON b.identity_id = a.identity_id AND b.source_id <> a.source_id WHERE a.source_id = ? AND a.login = ? ORDER BY b.login`, src.ID, login); len(with) > 0 {
		return strings.Join(with, ", ")
	}
	var out []string
	for _, text := range rows(t, s, `SELECT c.candidates FROM correlation_cases c JOIN open_accounts a ON a.id = c.account_id WHERE c.until = 9223372036854775807 AND a.source_id = ? AND a.login = ?`, src.ID, login) {
		var all []Candidate
		must(t, json.Unmarshal([]byte(text), &all))
		for _, c := range all {
			out = append(out, "asks: "+c.Rule+": "+strings.Join(c.Reasons, "; "))
		}
	}
	return strings.Join(out, "\n")
}

// TestMailConfirmsBySurname: a mail address links where the surname is the same
// to the letter and one account of each source has the address; else it asks. No
// reason shows an empty value.
func TestMailConfirmsBySurname(t *testing.T) {
	const ask = "asks: Mail and surname: "
	for _, c := range []struct {
		name         string
		there, here  directory.Account
		besides      []directory.Record // here
		besidesThere []directory.Record
		want         string
	}{
		{"equal", someone("a", "Anna", "Schmidt", "x@x.example", nil), someone("b", "Anna", "Schmidt", "X@x.example ", nil), nil, nil, "with a"},
		{"folded", someone("a", "Zoë", "Müller", "x@x.example", nil), someone("b", "Zoe", "MUELLER", "x@x.example", nil), nil, nil, "with a"},
		{"in the other order", someone("a", "Anna", "Schmidt", "x@x.example", nil), someone("b", "Schmidt", "Anna", "x@x.example", nil), nil, nil, "with a"},
		{"similar", someone("a", "Anna", "Schmid", "x@x.example", nil), someone("b", "Anna", "Schmidt", "x@x.example", nil), nil, nil,
			ask + "mail x@x.example equal; name similar (Anna Schmidt, Anna Schmid); but their surnames are not equal (Schmidt, Schmid)"},
		{"no umlaut", someone("a", "Anna", "Baur", "x@x.example", nil), someone("b", "Anna", "Bauer", "x@x.example", nil), nil, nil,
			ask + "mail x@x.example equal; name equal but for spelling or order (Anna Bauer, Anna Baur); but their surnames are not equal (Bauer, Baur)"},
		{"a double name", someone("a", "Anna", "Schmidt", "x@x.example", nil), someone("b", "Anna", "Schmidt-Weber", "x@x.example", nil), nil, nil,
			ask + "mail x@x.example equal; name similar (Anna Schmidt-Weber, Anna Schmidt); but their surnames are not equal (Schmidt-Weber, Schmidt)"},
		{"a shared mailbox here", someone("a", "Anna", "Schmidt", "x@x.example", nil), someone("b", "Anna", "Schmidt", "x@x.example", nil), []directory.Record{someone("c", "Tom", "Berg", "X@x.example", nil)}, nil,
			ask + "mail x@x.example equal; name equal; but several accounts of one source have this mail: it may be a shared mailbox"},
		{"a shared mailbox there", someone("a", "Anna", "Schmidt", "x@x.example", nil), someone("b", "Anna", "Schmidt", "x@x.example", nil), nil, []directory.Record{someone("c", "Tom", "Berg", "x@x.example", nil)},
			ask + "mail x@x.example equal; name equal; but several accounts of one source have this mail: it may be a shared mailbox\nasks: Mail alone: mail x@x.example equal; names differ (Anna Schmidt, Tom Berg)"},
		{"display names alone", someone("a", "", "", "x@x.example", func(f *iam.AccountFacts) { f.Name = "Anna Berg" }), someone("b", "", "", "x@x.example", func(f *iam.AccountFacts) { f.Name = "Anna Weiss" }), nil, nil,
			"asks: Mail alone: mail x@x.example equal; given name equal or similar, surname differs (Weiss, Berg)"},
		{"no name at all there", someone("a", "", "", "x@x.example", nil), someone("b", "Anna", "Weiss", "x@x.example", nil), nil, nil,
			"asks: Mail alone: mail x@x.example equal; one of them tells no given name and surname"},
		{"a principal name alone", someone("a", "Anna", "Berg", "", func(f *iam.AccountFacts) { f.Login, f.PrincipalName = "", "aberg@corp.example" }), someone("b", "Anna", "Berg", "", func(f *iam.AccountFacts) { f.PrincipalName = "aberg@x.example" }), nil, nil, "with "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			there, here := addSource(t, s, "there"), addSource(t, s, "here")
			apply(t, s, there, append([]directory.Record{c.there}, c.besidesThere...))
			apply(t, s, here, append([]directory.Record{c.here}, c.besides...))
			if got := matching(t, s, here, "b"); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			for _, text := range rows(t, s, `SELECT reasons FROM identity_links UNION ALL SELECT candidates FROM correlation_cases`) {
				for _, empty := range []string{"()", "(, ", ", )", "  ", "login equal", "mail equal"} {
					if strings.Contains(text, empty) {
						t.Errorf("%q in %s", empty, text)
					}
				}
			}
		})
	}
}

// TestNextBest: whom a person ruled out hides nobody. The next best candidate is
// linked or asked about as if the first did not exist, and what was decided
// stays decided.
func TestNextBest(t *testing.T) {
	s := newStore(t)
	one, other := addSource(t, s, "one"), addSource(t, s, "other")
	all := []directory.Record{
		someone("boli", "Bo", "Li", "", nil),                                     // same login and name
		someone("bo.li", "Bo", "Li", "bo@x.example", nil),                        // same mail and surname
		someone("bli", "Bo", "Li", "", nil), someone("bol", "Li", "Bo", "", nil), // same name
	}
	apply(t, s, one, all)
	mine := someone("boli", "Bo", "Li", "bo@x.example", nil)
	apply(t, s, other, []directory.Record{mine})
	differ := func(login string) {
		t.Helper()
		_, err := s.WriteWeighing(ann(), "correlation.decide", func(x *Tx) error {
			cases, _, err := x.Cases(ann(), 0, 0, 10)
			must(t, err)
			if len(cases) != 1 {
				t.Fatalf("%d cases", len(cases))
			}
			var of iam.ID
			if login != "" {
				ids, err := x.ids(ann(), `SELECT identity_id FROM open_accounts WHERE source_id = ? AND login = ?`, one.ID, login)
				must(t, err)
				of = ids[0]
			}
			_, err = x.DecideCase(ann(), cases[0], DifferentPeople, of, "He told me.")
			return err
		})
		must(t, err)
	}
	asked := func() []string {
		t.Helper()
		return rows(t, s, `SELECT b.login FROM correlation_cases c, json_each(c.candidates) j JOIN open_accounts b ON b.id = j.value ->> 'account' WHERE c.until = 9223372036854775807`)
	}
	if got := asked(); len(got) != 4 {
		t.Fatalf("asked about %q", got)
	}
	differ("bo.li")
	if got := asked(); !slices.Equal(got, []string{"boli", "bli", "bol"}) {
		t.Errorf("after one was ruled out it asks about %q", got)
	}
	differ("bli")
	differ("bol")
	if got := matching(t, s, other, "boli"); got != "with boli" {
		t.Errorf("the only one left by the login and full name: %s", got)
	}
	verified(t, s)
	// It stays so, whatever is read again or changes.
	mine.Facts.Department = "Labs"
	apply(t, s, other, []directory.Record{mine})
	apply(t, s, one, all[1:])
	mine.Facts.Title = "Engineer"
	mine.Contact.Mail = "bo.li@x.example"
	apply(t, s, other, []directory.Record{mine})
	if got := matching(t, s, other, "boli"); got != "" {
		t.Errorf("after the one is gone: %s", got)
	}
	verified(t, s)
}

// TestManyRuledOut: more candidates than a case shows are not lost, and several
// who fit one person are each asked about everybody who fits.
func TestManyRuledOut(t *testing.T) {
	s := newStore(t)
	one, other := addSource(t, s, "one"), addSource(t, s, "other")
	var all []directory.Record
	for i := range 7 {
		all = append(all, someone(fmt.Sprint("p", i), "Bo", "Li", "", nil))
	}
	apply(t, s, one, all)
	apply(t, s, other, []directory.Record{someone("x", "Bo", "Li", "", nil)})
	for _, left := range []int{2, 0} {
		_, err := s.WriteWeighing(ann(), "correlation.decide", func(x *Tx) error {
			cases, _, err := x.Cases(ann(), 0, 0, 10)
			must(t, err)
			_, err = x.DecideCase(ann(), cases[0], DifferentPeople, 0, "None of them.")
			return err
		})
		must(t, err)
		if got := rows(t, s, `SELECT j.value ->> 'identity' FROM correlation_cases c, json_each(c.candidates) j WHERE c.until = 9223372036854775807`); len(got) != left {
			t.Errorf("%d are asked about, not %d", len(got), left)
		}
	}
	verified(t, s)
}

// TestWhatRulesLookAt: a change of anything that rules weigh makes them look again
// at an account that stands alone, and at none that somebody decided about.
func TestWhatRulesLookAt(t *testing.T) {
	for what, change := range map[string]func(*directory.Account){
		"mail":      func(a *directory.Account) { a.Contact.Mail = "tom@x.example" },
		"number":    func(a *directory.Account) { a.Facts.EmployeeNumber = "17" },
		"login":     func(a *directory.Account) { a.Facts.Login = "tberg" },
		"principal": func(a *directory.Account) { a.Facts.PrincipalName = "tberg@corp.example" },
		"name": func(a *directory.Account) {
			a.Facts.GivenName, a.Facts.Surname, a.Facts.Name = "Tom", "Berg", "Tom Berg"
		},
		"employee type": func(a *directory.Account) { a.Facts.EmployeeType = "employee" },
	} {
		t.Run(what, func(t *testing.T) {
			s := newStore(t)
			one, other := addSource(t, s, "one"), addSource(t, s, "other")
			there := someone("tberg", "Tom", "Berg", "tom@x.example", func(f *iam.AccountFacts) { f.EmployeeNumber, f.EmployeeType = "17", "employee" })
			mine := someone("x", "Tom", "Berg", "", nil)
			switch what {
			case "name":
				mine = someone("tberg", "Tim", "Lang", "tom@x.example", nil)
			case "employee type":
				mine = someone("x", "Tom", "Berg", "tom@x.example", func(f *iam.AccountFacts) { f.EmployeeType = "contractor" })
			}
			apply(t, s, one, []directory.Record{there})
			apply(t, s, other, []directory.Record{mine})
			if got := matching(t, s, other, mine.Facts.Login); strings.HasPrefix(got, "with") {
				t.Fatalf("before: %s", got)
			}
			change(&mine)
			apply(t, s, other, []directory.Record{mine})
			if got := matching(t, s, other, mine.Facts.Login); got != "with tberg" {
				t.Errorf("after: %s", got)
			}
			if n := rows(t, s, `SELECT count(*) || '' FROM correlation_cases WHERE until = 9223372036854775807`); n[0] != "0" {
				t.Errorf("%s cases are open", n)
			}
			checkDerived(t, s, other)
			checkIntervals(t, s)
			// Apart by a person's word, it stays apart.
			_, err := s.Write(ann(), "identity.split", func(x *Tx) error {
				ids, err := x.ids(ann(), `SELECT id FROM open_accounts WHERE source_id = ?`, other.ID)
				must(t, err)
				a, err := x.Account(ann(), ids[0])
				must(t, err)
				_, err = x.SplitIdentity(ann(), a.IdentityID, ids, "somebody else")
				return err
			})
			must(t, err)
			mine.Contact.Mail = "t.berg@x.example"
			apply(t, s, other, []directory.Record{mine})
			mine.Contact.Mail = "tom@x.example"
			apply(t, s, other, []directory.Record{mine})
			if got := matching(t, s, other, mine.Facts.Login); got != "" {
				t.Errorf("after the split: %s", got)
			}
			verified(t, s)
		})
	}
}

// TestFirstLogin: an identity is called as its account with a login, that of an
// authoritative source before others, whatever else is read.
func TestFirstLogin(t *testing.T) {
	const shown = `SELECT login || '|' || (SELECT employee_number FROM open_identities i WHERE i.id = identity_rows.id) FROM identity_rows`
	numbered := func(f *iam.AccountFacts) { f.EmployeeNumber = "17" }
	s := newStore(t)
	hr, corp, lab := addSource(t, s, "hr"), addSource(t, s, "corp"), addSource(t, s, "lab")
	noLogin := someone("p1", "Tom", "Berg", "tom@x.example", numbered)
	noLogin.Facts.Login = ""
	apply(t, s, hr, []directory.Record{noLogin})
	sameLines(t, "the feed alone", rows(t, s, shown), []string{"|17"})
	apply(t, s, corp, []directory.Record{someone("tom.berg", "Tom", "Berg", "tom@x.example", nil)})
	sameLines(t, "with a directory", rows(t, s, shown), []string{"tom.berg|17"})
	authoritative(t, s, hr)
	sameLines(t, "the feed is authoritative", rows(t, s, shown), []string{"tom.berg|17"})
	apply(t, s, lab, []directory.Record{someone("tb", "Tom", "Berg", "tom@x.example", numbered)})
	sameLines(t, "the shortest", rows(t, s, shown), []string{"tb|17"})
	authoritative(t, s, corp)
	sameLines(t, "the authoritative one's", rows(t, s, shown), []string{"tom.berg|17"})
	checkDerived(t, s, corp)
	checkIntervals(t, s)
}

// TestLinkOutlivesAbsence: an account that an operator linked, that disappears and
// comes back, is that person's, even if the person was merged meanwhile, and goes
// with it once the merge is undone.
func TestLinkOutlivesAbsence(t *testing.T) {
	s := newStore(t)
	one, other := addSource(t, s, "one"), addSource(t, s, "other")
	apply(t, s, one, []directory.Record{someone("boli", "Bo", "Li", "", nil), someone("eva", "Eva", "Lang", "", nil)})
	mine := []directory.Record{someone("b2", "Li", "Bo", "", nil)}
	apply(t, s, other, mine)
	whose := func(login string) iam.ID {
		ids := []iam.ID{}
		must(t, s.View(ann(), func(r *Reader) (err error) {
			ids, err = r.ids(ann(), `SELECT identity_id FROM open_accounts WHERE login = ?`, login)
			return err
		}))
		return ids[0]
	}
	bo, eva := whose("boli"), whose("eva")
	_, err := s.WriteWeighing(ann(), "correlation.decide", func(x *Tx) error {
		cases, _, err := x.Cases(ann(), 0, 0, 10)
		must(t, err)
		_, err = x.DecideCase(ann(), cases[0], SamePerson, bo, "she says so")
		return err
	})
	must(t, err)
	if got := whose("b2"); got != bo {
		t.Fatalf("linked to %d, not to %d", got, bo)
	}
	apply(t, s, other, nil)
	var merge iam.ID
	_, err = s.Write(ann(), "identity.merge", func(x *Tx) (err error) {
		merge, err = x.MergeIdentities(ann(), bo, eva, "one person")
		return err
	})
	must(t, err)
	apply(t, s, other, mine)
	if got := whose("b2"); got != eva {
		t.Errorf("came back as %d's, not as that of %d, whom %d became part of", got, eva, bo)
	}
	_, err = s.Write(ann(), "identity.split", func(x *Tx) error {
		_, err := x.UndoMerge(ann(), merge, "a mistake")
		return err
	})
	must(t, err)
	for _, login := range []string{"boli", "b2"} {
		if got := whose(login); got != bo {
			t.Errorf("the merge is undone, and %s is %d's", login, got)
		}
	}
	must(t, s.View(ann(), func(r *Reader) error {
		res, err := r.VerifyAudit(ann(), "")
		if !res.OK {
			t.Errorf("the log is not whole: %+v", res.Problems)
		}
		return err
	}))
}

// TestLastSignInOfSeveral: a person's last sign-in is the newest that is known of
// any account; else what is told, and only where nothing is told anywhere that it
// is not supported.
func TestLastSignInOfSeveral(t *testing.T) {
	for _, c := range []struct{ one, other, want iam.Moment }{
		{10, 20, 20}, {10, iam.Never, 10}, {iam.Never, iam.NotSupportedMoment, iam.Never}, {iam.UnknownMoment, iam.NotSupportedMoment, iam.UnknownMoment},
		{iam.Never, iam.UnknownMoment, iam.UnknownMoment}, {iam.NotSupportedMoment, iam.NotSupportedMoment, iam.NotSupportedMoment},
	} {
		s := newStore(t)
		for i, at := range []iam.Moment{c.one, c.other} {
			apply(t, s, addSource(t, s, fmt.Sprint("source ", i)), []directory.Record{someone("bo", "Bo", "Li", "bo@x.example", func(f *iam.AccountFacts) { f.LastSignIn, f.EmployeeNumber = at, "7" })})
		}
		if got := rows(t, s, `SELECT accounts || ' ' || last_sign_in FROM identity_rows`); !slices.Equal(got, []string{fmt.Sprint("2 ", int64(c.want))}) {
			t.Errorf("%d and %d: %q, not %d", c.one, c.other, got, c.want)
		}
	}
}
