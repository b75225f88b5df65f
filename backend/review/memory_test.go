package review

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// What is remembered of a campaign is what would be found anew, whatever
// happens; and it is found anew only if something happened that it depends on.
func TestMemory(t *testing.T) {
	r := newRig(t)
	src := r.addSource(t, "plain")
	left := map[string]bool{}
	read := func() {
		var records []directory.Record
		var members []string
		for i := range 6 {
			id := fmt.Sprint("u", i)
			records = append(records, account(id, id, iam.AccountFacts{EmployeeNumber: id, Enabled: iam.Yes}))
			if !left[id] {
				members = append(members, "uid="+id)
			}
		}
		r.read(t, src, append(records, group("ops", iam.EntitlementFacts{Privileged: true}, members...)...))
		r.pass(time.Minute)
	}
	read()
	f, other := r.freeze(t, "2026 Q1", all(true)), r.freeze(t, "2026 Q2", all(true))
	m := NewMemory()
	var removals []Removal
	var later []LaterChange
	look := func(when string, foundAnew bool) {
		t.Helper()
		must(t, r.View(ann, func(v *store.Reader) error {
			c, err := v.Campaign(ann, f.UUID)
			must(t, err)
			got, n, err := m.Removals(ann, v, c, "", 0, 100)
			must(t, err)
			want, total, err := Removals(ann, v, c, "", 0, 100)
			must(t, err)
			if fmt.Sprint(got, n) != fmt.Sprint(want, total) {
				t.Errorf("%s: removals are\n%v, want\n%v", when, got, want)
			}
			counts, err := m.RemovalCounts(ann, v, c)
			must(t, err)
			if fmt.Sprint(counts) != fmt.Sprint(countStates(want)) {
				t.Errorf("%s: %v removals, want %v", when, counts, want)
			}
			changes, err := m.LaterChanges(ann, v, c)
			must(t, err)
			wanted, err := LaterChanges(ann, v, c)
			must(t, err)
			joined, departed, err := m.LaterCounts(ann, v, c)
			must(t, err)
			if fmt.Sprint(changes) != fmt.Sprint(wanted) || joined+departed != int64(len(wanted)) {
				t.Errorf("%s: %d joined, %d departed, %v, want %v", when, joined, departed, changes, wanted)
			}
			kept, err := m.standings(ann, v, c)
			must(t, err)
			if same := len(kept) == len(removals) && (len(kept) == 0 || &kept[0] == &removals[0]); same == foundAnew {
				t.Errorf("%s: found anew: %v", when, !same)
			}
			removals, later = kept, changes
			return nil
		}))
	}
	standing := map[string]int64{}
	decide := func(campaign string, verdict iam.Verdict, items ...int64) {
		t.Helper()
		v := Verdict{Campaign: campaign, Verdict: verdict, Reason: "because", By: f.items[5].Identity.ID}
		for _, i := range items {
			k := fmt.Sprint(campaign, i)
			v.Items = append(v.Items, Seen{i, standing[k]})
			standing[k]++
		}
		_, err := Decide(ann, r.Store, v)
		must(t, err)
		r.pass(time.Minute)
	}
	look("at first", false)
	decide(f.UUID, iam.Revoke, 1, 2)
	look("revoked", true)
	decide(f.UUID, iam.Keep, 3)
	look("another kept", false)
	decide(other.UUID, iam.Revoke, 1)
	look("another campaign", false)
	decide(f.UUID, iam.Revoke, 4)
	decide(f.UUID, iam.Keep, 1)
	look("as many, but not the same", true)
	decide(f.UUID, iam.Undecided, 2)
	look("one withdrawn", true)
	left["u3"], left["u0"] = true, true
	read()
	look("a read", true)
	if len(later) != 2 {
		t.Errorf("%v", later)
	}
	must(t, Close(ann, r.Store, SignOff{Campaign: f.UUID, Signer: f.items[5].Identity.ID, Statement: "I have seen it", Reason: "because"}))
	look("closed", false)
	left["u1"] = true
	read()
	look("a read after the closing", true)
	_, err := r.Write(ann, "source.remove", func(tx *store.Tx) error { return tx.RemoveSource(ann, src.ID) })
	must(t, err)
	look("the source is gone", true)
}
