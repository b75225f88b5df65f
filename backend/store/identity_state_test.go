package store

import (
	"fmt"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// TestStateOfAll: a person with several accounts is disabled only if all of them
// are known to be; what is not known never reads as no.
func TestStateOfAll(t *testing.T) {
	s := newStore(t)
	hr := feedOf(t, s, "hr.csv")
	all := []iam.Tri{iam.Yes, iam.No, iam.UnknownTri, iam.NotCollectedTri, iam.NotSupportedTri}
	want := func(states ...iam.Tri) iam.Tri {
		for _, first := range []iam.Tri{iam.Yes, iam.NotCollectedTri, iam.UnknownTri, iam.NotSupportedTri, iam.No} {
			for _, each := range states {
				if each == first {
					return first
				}
			}
		}
		panic("no state")
	}
	for _, field := range []string{"enabled", "locked"} {
		state := func(rows string) (got iam.Tri) {
			must(t, s.View(ann(), func(r *Reader) error {
				return r.tx.QueryRow(`WITH a(` + field + `, source_id) AS (VALUES ` + rows + `) SELECT ` + stateOfAll(field) + ` FROM a`).Scan(&got)
			}))
			return got
		}
		for _, one := range all {
			// The row of a file without a column for it is no account that could have a state.
			file := fmt.Sprintf("(%d, %d)", iam.NotSupportedTri, hr.ID)
			if got := state(fmt.Sprintf("(%d, 0), %s", one, file)); got != one {
				t.Errorf("%s %s beside a file is %s", field, one, got)
			}
			if got := state(file); got != iam.NotSupportedTri {
				t.Errorf("%s of a file alone is %s", field, got)
			}
			for _, two := range all {
				if got := state(fmt.Sprintf("(%d, 0), (%d, 0)", one, two)); got != want(one, two) {
					t.Errorf("%s %s and %s is %s", field, one, two, got)
				}
				// What a file does say of the person counts like the rest.
				third := fmt.Sprintf("(%d, 0), (%d, 0), (%d, %d)", one, two, iam.UnknownTri, hr.ID)
				if got := state(third); got != want(one, two, iam.UnknownTri) {
					t.Errorf("%s %s, %s and unknown in a file is %s", field, one, two, got)
				}
			}
		}
	}
}

// TestDisabledAndUnknown: of one person with a disabled account and one whose
// state is unknown nobody says that she is disabled, now or in the past.
func TestDisabledAndUnknown(t *testing.T) {
	s := newStore(t)
	corp, lab := sourceOfKind(t, s, "corp", "plain"), sourceOfKind(t, s, "lab", "plain")
	mei := func(enabled iam.Tri) directory.Account {
		return staff("mei", func(f *iam.AccountFacts) { f.Enabled = enabled })
	}
	apply(t, s, corp, []directory.Record{mei(iam.No)})
	then, _ := apply(t, s, lab, []directory.Record{mei(iam.UnknownTri)})
	if got := rows(t, s, `SELECT enabled || ' ' || accounts FROM identity_rows`); len(got) != 1 || got[0] != "-2 2" {
		t.Errorf("while the other is not known: %v", got)
	}
	apply(t, s, lab, []directory.Record{mei(iam.No)})
	for _, c := range []struct {
		about string
		at    iam.Seq
		want  iam.Tri
	}{{"now", 0, iam.No}, {"before", then, iam.UnknownTri}} {
		must(t, s.View(ann(), func(r *Reader) error {
			if c.at > 0 {
				r = r.At(Point{Seq: c.at})
			}
			found, err := r.Identities(ann(), IdentityFilter{}, "name", Stretch{Most: 2})
			if err != nil || len(found.Rows) != 1 || found.Rows[0].Enabled != c.want {
				t.Errorf("%s, in the list: %+v, %v", c.about, found.Rows, err)
				return err
			}
			if enabled, err := r.EnabledOf(ann(), found.Rows[0].ID); err != nil || enabled != c.want {
				t.Errorf("%s: %s, %v", c.about, enabled, err)
			}
			return nil
		}))
	}
}

// TestTimelineSaysOfWhom: what was observed of a person is told of the account it
// was observed of, for each is of a source of its own.
func TestTimelineSaysOfWhom(t *testing.T) {
	s := newStore(t)
	apply(t, s, sourceOfKind(t, s, "corp", "plain"), []directory.Record{staff("mei", nil)})
	apply(t, s, sourceOfKind(t, s, "lab", "plain"), []directory.Record{staff("mei", nil)})
	must(t, s.View(ann(), func(r *Reader) error {
		found, err := r.Identities(ann(), IdentityFilter{}, "name", Stretch{Most: 2})
		if err != nil || len(found.Rows) != 1 {
			t.Fatalf("%+v, %v", found.Rows, err)
		}
		accounts, err := r.AccountIDsOf(ann(), []iam.ID{found.Rows[0].ID})
		if err != nil {
			return err
		}
		ids := accounts[found.Rows[0].ID]
		seen, total, err := r.Timeline(ann(), ids, 0, 10)
		if err != nil || total != 2 || len(ids) != 2 || seen[0].Subject != max(ids[0], ids[1]) || seen[1].Subject != min(ids[0], ids[1]) {
			t.Errorf("%v: %+v, %v", ids, seen, err)
		}
		return nil
	}))
}
