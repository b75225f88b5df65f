package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"pgregory.net/rapid"
)

// crowd is a directory of so many people that lists of them are kept in memory.
// Names are shared, so that orders have ties.
func crowd(leave int, renamed string) []directory.Record {
	given, family := strings.Fields("Anna Ben Çelik Dora Eva"), strings.Fields("Aas Bø Müller Nguyen Ochoa Xu")
	var out []directory.Record
	for i := range 3 * many {
		if i == leave {
			continue
		}
		name := given[i%len(given)] + " " + family[i/7%len(family)]
		if i == 17 && renamed != "" {
			name = renamed
		}
		sort := iam.Person
		switch {
		case i%3 == 2: // more than are worth a lineup
			sort = iam.Computer
		case i%50 == 1:
			sort = iam.Service
		}
		login, dn := fmt.Sprintf("u%d", i*7919%100_003), fmt.Sprintf("uid=%d,dc=x", i)
		out = append(out, directory.Account{ExternalID: fmt.Sprint("a", i), DN: dn, Refs: []string{"dn:" + dn}, Facts: iam.AccountFacts{
			Login: login, Name: name, Sort: sort, EmployeeNumber: fmt.Sprint(1000 + i/2), Department: fmt.Sprint("D", i%5), Enabled: iam.TriOf(i%9 > 0),
			LastSignIn: iam.Moment(1_000_000 * (i % 50)), StartDate: iam.NotSupportedMoment,
		}})
	}
	for i := range many + 100 {
		dn := fmt.Sprintf("cn=%d,dc=x", i)
		out = append(out,
			directory.Entitlement{ExternalID: fmt.Sprint("g", i), Kind: iam.Group, Name: fmt.Sprint("Team ", i%40), DN: dn, Refs: []string{"dn:" + dn}},
			directory.Members{ExternalID: fmt.Sprint("g", i)})
	}
	return append(out, directory.End{Claimed: int64(4 * many)})
}

// TestLineups: what is kept in memory answers as the tables do, before and after
// a change.
func TestLineups(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "Corp")
	for _, records := range [][]directory.Record{crowd(-1, ""), crowd(5, "Aaron Zz")} {
		apply(t, s, src, records)
		must(t, s.View(context.Background(), func(kept *Reader) error {
			bare := *kept
			bare.memory = nil
			for _, words := range []string{"", "a", "u1", "anna", "muller anna", "team", "nobody"} {
				for _, order := range []Order{"-name", "login", "-department", "lastSignIn"} {
					for _, skip := range []int{0, 1490, 2999} {
						for what, list := range lists(words) {
							got, err := list(kept, order, Stretch{Skip: skip, Most: 7})
							must(t, err)
							want, err := list(&bare, order, Stretch{Skip: skip, Most: 7})
							must(t, err)
							if !slices.Equal(got.Rows, want.Rows) || got.Count != want.Count || got.Next != want.Next {
								t.Fatalf("%s %q by %q from %d: %d of %v, the table says %d of %v", what, words, order, skip, len(got.Rows), got.Count, len(want.Rows), want.Count)
							}
						}
					}
				}
			}
			return nil
		}))
	}
	if len(s.memory.records.made) == 0 {
		t.Error("nothing was kept: the test sees the tables twice")
	}
}

// list is one of the long lists, as ids.
type list func(r *Reader, order Order, at Stretch) (Listed[iam.ID], error)

// lists are the long lists, narrowed in every way that memory knows.
func lists(words string) map[string]list {
	ctx := context.Background()
	out := map[string]list{
		"groups": func(r *Reader, order Order, at Stretch) (Listed[iam.ID], error) {
			l, err := r.Entitlements(ctx, EntitlementFilter{Words: words}, order, at)
			return Listed[iam.ID]{idsOf(l.Rows, func(e Entitlement) iam.ID { return e.ID }), l.Count, l.Next}, err
		},
	}
	for _, sort := range []iam.Sort{"", iam.Service, iam.Shared, iam.Computer} {
		if words != "" && words != "u1" {
			break
		}
		out["accounts of sort "+string(sort)] = func(r *Reader, order Order, at Stretch) (Listed[iam.ID], error) {
			l, err := r.Accounts(ctx, AccountFilter{Words: words, Sort: sort}, order, at)
			return Listed[iam.ID]{idsOf(l.Rows, func(a Account) iam.ID { return a.ID }), l.Count, l.Next}, err
		}
	}
	for _, signIn := range []SignIn{"", "over90", "never"} {
		for _, finding := range []iam.FindingKind{"", iam.Dormant} {
			if words != "" && words != "anna" && (signIn != "" || finding != "") {
				continue
			}
			of := fmt.Sprint(" ", signIn, " ", finding)
			out["people"+of] = func(r *Reader, order Order, at Stretch) (Listed[iam.ID], error) {
				l, err := r.Identities(ctx, IdentityFilter{Words: words, SignIn: signIn, Finding: finding}, order, at)
				return Listed[iam.ID]{idsOf(l.Rows, func(i IdentityRow) iam.ID { return i.ID }), l.Count, l.Next}, err
			}
			out["accounts"+of] = func(r *Reader, order Order, at Stretch) (Listed[iam.ID], error) {
				l, err := r.Accounts(ctx, AccountFilter{Words: words, Sort: iam.Person, SignIn: signIn, Finding: finding}, order, at)
				return Listed[iam.ID]{idsOf(l.Rows, func(a Account) iam.ID { return a.ID }), l.Count, l.Next}, err
			}
		}
	}
	return out
}

func idsOf[T any](rows []T, id func(T) iam.ID) []iam.ID {
	var out []iam.ID
	for _, row := range rows {
		out = append(out, id(row))
	}
	return out
}

// TestRenewedLineups: what is brought up to date is what would be made anew,
// whatever has changed.
func TestRenewedLineups(t *testing.T) {
	s, n := newStore(t), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		src := addSource(t, s, fmt.Sprint("Corp ", n))
		var all []longList
		before, behind := map[string][]iam.ID{}, []iam.ID(nil)
		var since iam.Seq
		each := func(of func(r *Reader, l longList, by string) error) {
			must(t, s.View(context.Background(), func(r *Reader) error {
				for _, l := range all {
					for by := range l.columns {
						must(t, of(r, l, by))
					}
				}
				return nil
			}))
		}
		all = []longList{people, accountsOf("", "name"), accountsOf(iam.Person, "name"), groups}
		anew := func(r *Reader, l longList, by string) ([]iam.ID, error) {
			return r.ids(context.Background(), `SELECT `+l.id+l.from+Order(by).sql(l.columns, "name", l.id))
		}
		since, _ = apply(t, s, src, office(drawOffice(t)))
		each(func(r *Reader, l longList, by string) (err error) {
			if before[l.noun+l.from+by], err = anew(r, l, by); err != nil {
				return err
			}
			behind, err = identitiesBehind.make(context.Background(), r)
			return err
		})
		for range rapid.IntRange(1, 2).Draw(t, "reads") {
			apply(t, s, src, office(drawOffice(t)))
		}
		each(func(r *Reader, l longList, by string) error {
			observed, known, err := r.observedSince(context.Background(), l, since)
			must(t, err)
			got, ok, err := r.renewLineup(context.Background(), l, by, newLineup(before[l.noun+l.from+by]), since, observed)
			must(t, err)
			if !known {
				t.Fatal("it is not known what was read")
			}
			want, err := anew(r, l, by)
			if !ok || !slices.Equal(slices.Concat(got.ids...), want) || got.all.count() != int64(len(want)) || got.count(setOf(want)) != int64(len(want)) {
				t.Fatalf("%s by %s: %v, made anew %v", l.noun, by, got.ids, want)
			}
			return err
		})
		must(t, s.View(context.Background(), func(r *Reader) error {
			want, err := identitiesBehind.make(context.Background(), r)
			must(t, err)
			got, _, err := r.renewBehind(context.Background(), behind, since)
			for len(got) > len(want) && got[len(got)-1] == 0 { // the newest accounts have gone
				got = got[:len(got)-1]
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%d are behind, made anew %d, or others", len(got), len(want))
			}
			return err
		}))
	})
}
