package store

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"pgregory.net/rapid"
)

// drawTown is a directory of a few people who sign in, and of groups that hold
// some of them and each other.
func drawTown(t *rapid.T) []directory.Record {
	var out []directory.Record
	var dns []string
	for i, name := range drawOffice(t) {
		dn := fmt.Sprintf("uid=%d,dc=x", i)
		dns = append(dns, dn)
		out = append(out, directory.Account{ExternalID: fmt.Sprint("a", i), DN: dn, Refs: []string{"dn:" + dn}, Facts: iam.AccountFacts{
			Login: fmt.Sprint("u", i), Name: name, Sort: iam.Person, Department: name, Enabled: rapid.SampledFrom([]iam.Tri{iam.Yes, iam.No}).Draw(t, "enabled"), StartDate: iam.NotSupportedMoment,
			LastSignIn: rapid.SampledFrom([]iam.Moment{iam.Never, iam.UnknownMoment, 1, 2, 3}).Draw(t, "sign-in"),
		}, Contact: iam.Contact{Mail: rapid.SampledFrom([]string{"", "ann@x", "bo@x"}).Draw(t, "mail")}})
	}
	slices.Sort(dns)
	for g := range 4 {
		dn := fmt.Sprintf("cn=%d,dc=x", g)
		of := rapid.SliceOfNDistinct(rapid.SampledFrom(append([]string{"cn=1,dc=x", "cn=2,dc=x"}, dns...)), 0, len(dns), rapid.ID[string]).Draw(t, "members")
		m := directory.Members{ExternalID: fmt.Sprint("g", g)}
		for _, dn := range of {
			m.Members = append(m.Members, directory.Member{Ref: "dn:" + dn, Value: dn})
		}
		out = append(out, directory.Entitlement{ExternalID: m.ExternalID, Kind: iam.Group, Name: fmt.Sprint("Team ", g), DN: dn, Refs: []string{"dn:" + dn}}, m)
	}
	return append(out, directory.End{Claimed: int64(len(out))})
}

// membersOfAll are the lists of members of every group.
func membersOfAll(t fataler, r *Reader, words string) map[string]list {
	ctx := context.Background()
	groups, err := r.ids(ctx, `SELECT id FROM open_entitlements ORDER BY id`)
	must(t, err)
	out := map[string]list{}
	for _, g := range groups {
		for _, below := range []bool{false, true} {
			out[fmt.Sprint("accounts in ", g, below)] = func(r *Reader, _ Order, at Stretch) (Listed[iam.ID], error) {
				l, err := r.AccountsIn(ctx, g, below, words, Stretch{Skip: at.Skip, Most: at.Most})
				return Listed[iam.ID]{Rows: l.Rows, Count: l.Count}, err
			}
		}
		out[fmt.Sprint("members of ", g)] = func(r *Reader, _ Order, at Stretch) (Listed[iam.ID], error) {
			ids, n, err := r.DirectMembers(ctx, g, words, at.Skip, at.Most)
			return Listed[iam.ID]{Rows: ids, Count: n}, err
		}
		out[fmt.Sprint("count of ", g)] = func(r *Reader, _ Order, _ Stretch) (Listed[iam.ID], error) {
			n, err := r.CountEffective(ctx, g)
			return Listed[iam.ID]{Count: Count{N: n}}, err
		}
	}
	return out
}

// TestKept: whatever is written, what is kept in memory answers as the tables do.
func TestKept(t *testing.T) {
	broadFrom = 5
	defer func() { broadFrom = many }()
	s, n := newStore(t), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		src, ctx := addSource(t, s, fmt.Sprint("Corp ", n)), context.Background()
		defer func() {
			_, err := s.Write(ann(), "source.remove", func(x *Tx) error { return x.RemoveSource(ctx, src.ID) })
			must(t, err)
		}()
		apply(t, s, src, drawTown(t))
		var merged iam.ID
		for range rapid.IntRange(1, 4).Draw(t, "writes") {
			switch rapid.SampledFrom([]string{"read", "merge", "undo", "accept", "nothing"}).Draw(t, "write") {
			case "read":
				apply(t, s, src, drawTown(t))
				merged = 0
			case "merge":
				_, err := s.Write(ann(), "identity.merge", func(x *Tx) (err error) {
					people, err := x.ids(ctx, `SELECT DISTINCT identity_id FROM open_accounts WHERE source_id = ? ORDER BY 1`, src.ID)
					if err != nil {
						return err
					}
					merged, err = x.MergeIdentities(ctx, people[0], people[rapid.IntRange(1, len(people)-1).Draw(t, "into")], "known")
					return err
				})
				must(t, err)
			case "undo":
				if merged != 0 {
					_, err := s.Write(ann(), "identity.unmerge", func(x *Tx) error { _, err := x.UndoMerge(ctx, merged, "wrong"); return err })
					must(t, err)
					merged = 0
				}
			case "accept":
				_, err := s.Write(ann(), "finding.accept", func(x *Tx) error {
					found, _, err := x.Findings(ctx, FindingFilter{Source: src.ID}, 0, 1)
					if err != nil || len(found) == 0 {
						return err
					}
					_, err = x.AcceptFindings(ctx, []iam.ID{found[0].ID}, FindingFilter{}, 1, iam.Acceptance{Until: x.Now + day, Reason: "known"})
					return err
				})
				must(t, err)
			}
			must(t, s.View(ctx, func(kept *Reader) error {
				bare := *kept
				bare.memory = nil
				for _, words := range []string{"", "a", "ann", "bo@x"} {
					all := lists(words)
					for what, list := range membersOfAll(t, kept, words) {
						all[what] = list
					}
					for what, list := range all {
						order := rapid.SampledFrom([]Order{"name", "-name", "login", "department", "lastSignIn", "-lastSignIn"}).Draw(t, "order")
						at := Stretch{Skip: rapid.IntRange(0, 12).Draw(t, "skip"), Most: 7}
						got, err := list(kept, order, at)
						must(t, err)
						want, err := list(&bare, order, at)
						must(t, err)
						if !slices.Equal(got.Rows, want.Rows) || got.Count != want.Count || got.Next != want.Next {
							t.Fatalf("%s %q by %q from %d: %v of %v, the tables say %v of %v", what, words, order, at.Skip, got.Rows, got.Count, want.Rows, want.Count)
						}
					}
				}
				for _, ask := range []func(*Reader) (any, error){
					func(r *Reader) (any, error) { return r.Totals(ctx) },
					func(r *Reader) (any, error) { return r.SignInCounts(ctx) },
					func(r *Reader) (any, error) { return r.MembershipHistory(ctx, 5) },
					func(r *Reader) (any, error) { return r.UnsureSignIns(ctx, iam.DefaultFindingRules()) },
					func(r *Reader) (any, error) { return r.FindingGroups(ctx) },
					func(r *Reader) (any, error) { return r.Causes(ctx, 5) },
					func(r *Reader) (any, error) { return r.FindingCounts(ctx) },
					func(r *Reader) (any, error) { return r.PrivilegedChanges(ctx, 5) },
				} {
					got, err := ask(kept)
					must(t, err)
					want, err := ask(&bare)
					must(t, err)
					if fmt.Sprint(got) != fmt.Sprint(want) {
						t.Fatalf("kept %v, the tables say %v", got, want)
					}
				}
				return nil
			}))
		}
	})
	if len(s.memory.records.made)+len(s.memory.readings.made) < 10 {
		t.Error("hardly anything was kept: the test sees the tables twice")
	}
}
