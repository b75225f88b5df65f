package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"pgregory.net/rapid"
)

// TestAfter: pages that follow each other are the list, in every order and
// however it is narrowed, in memory and from the tables, now and as of then.
func TestAfter(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "Corp")
	apply(t, s, src, crowd(-1, ""))
	apply(t, s, src, crowd(5, "Aaron Zz"))
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"", "anna", "a", "u1", "muller anna", "nobody"}).Draw(t, "words")
		order := rapid.SampledFrom([]Order{"", "name", "-name", "login", "-login", "department", "-department", "lastSignIn", "-lastSignIn"}).Draw(t, "order")
		all := lists(words)
		what := rapid.SampledFrom(slices.Sorted(maps.Keys(all))).Draw(t, "list")
		most := rapid.IntRange(300, 1500).Draw(t, "most")
		must(t, s.View(context.Background(), func(r *Reader) error {
			switch rapid.SampledFrom([]string{"now", "tables", "then"}).Draw(t, "reader") {
			case "tables":
				r.memory = nil
			case "then":
				r = r.At(Point{Seq: 2, At: r.Now})
			}
			whole, err := all[what](r, order, Stretch{Most: 4 * many})
			must(t, err)
			if whole.Next != "" || int64(len(whole.Rows)) != whole.N {
				t.Fatalf("%d rows of %d, and then %q", len(whole.Rows), whole.N, whole.Next)
			}
			var got []iam.ID
			for at := (Stretch{Most: most}); ; {
				page, err := all[what](r, order, at)
				must(t, err)
				if page.Count != whole.Count {
					t.Fatalf("a page counts %v, the list %v", page.Count, whole.Count)
				}
				got = append(got, page.Rows...)
				if at.After = page.Next; at.After == "" {
					break
				}
			}
			if !slices.Equal(got, whole.Rows) {
				t.Fatalf("%s %q by %q: pages of %d hold %d rows, the list %d, or others", what, words, order, most, len(got), len(whole.Rows))
			}
			return nil
		}))
	})
}

// TestAfterAChange: what was there all the time is on one page, and on one only,
// whatever comes, goes and is renamed between them.
func TestAfterAChange(t *testing.T) {
	s, n := newStore(t), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		src := addSource(t, s, fmt.Sprint("Corp ", n))
		order := rapid.SampledFrom([]Order{"name", "-name", "login", "-login"}).Draw(t, "order")
		there, seen := map[string]string{}, map[string]int{}
		for n, at := 0, (Stretch{Most: rapid.IntRange(8, 15).Draw(t, "most")}); n == 0 || at.After != ""; n++ {
			now := drawOffice(t)
			apply(t, s, src, office(now))
			for i := range 30 {
				login := fmt.Sprint("u", i)
				if name, known := there[login]; n == 0 {
					there[login] = now[i]
				} else if known && name != now[i] {
					delete(there, login)
				}
			}
			must(t, s.View(context.Background(), func(r *Reader) error {
				page, err := r.Accounts(context.Background(), AccountFilter{Source: src.ID}, order, at)
				for _, row := range page.Rows {
					seen[row.Login]++
				}
				at.After = page.Next
				return err
			}))
		}
		for login, name := range there {
			if want := 1; name != "" && seen[login] != want {
				t.Errorf("%s, called %s all the time, is on %d pages", login, name, seen[login])
			}
		}
	})
}

// drawOffice are the names of those of thirty who are there.
func drawOffice(t *rapid.T) map[int]string {
	return rapid.MapOfN(rapid.IntRange(0, 29), rapid.SampledFrom([]string{"Ann", "Bo", "Cy"}), 15, 30).Draw(t, "office")
}

// office is a directory of a few people, by number.
func office(names map[int]string) []directory.Record {
	var out []directory.Record
	for i, name := range names {
		dn := fmt.Sprintf("uid=%d,dc=x", i)
		out = append(out, directory.Account{ExternalID: fmt.Sprint("a", i), DN: dn, Refs: []string{"dn:" + dn}, Facts: iam.AccountFacts{
			Login: fmt.Sprint("u", i), Name: name, Sort: iam.Person, Department: name, Enabled: iam.Yes, LastSignIn: iam.Never, StartDate: iam.NotSupportedMoment,
		}})
	}
	return append(out, directory.End{Claimed: int64(len(names))})
}

// TestCursorOfAnother: a cursor of another list or order, or none at all, is
// refused.
func TestCursorOfAnother(t *testing.T) {
	byName := people.ranked("name")
	good, err := byName.cursor([]any{"ann", int64(7)})
	must(t, err)
	if place, err := byName.place(good); err != nil || len(place) != 2 || place[0] != "ann" || place[1] != int64(7) {
		t.Errorf("%v, %v", place, err)
	}
	for _, k := range []ranking{people.ranked("-name"), people.ranked("login"), people.ranked("department"), groups.ranked("name"), newestFirst} {
		if _, err := k.place(good); iam.KindOf(err) != iam.Invalid {
			t.Errorf("%s takes a place of %s: %v", k.name(), byName.name(), err)
		}
	}
	for _, c := range []Cursor{"x", "!", "e30", "W10", good[:len(good)-3], Cursor("WyJpZGVudGl0aWVzIGJ5IG5hbWUiLDEuNSwyXQ"), Cursor("WyJpZGVudGl0aWVzIGJ5IG5hbWUiLHt9LDJd")} {
		if _, err := byName.place(c); iam.KindOf(err) != iam.Invalid {
			t.Errorf("%q is a place: %v", c, err)
		}
	}
}
