package store

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
)

// errBack takes a Write back.
var errBack = errors.New("taken back")

// TestDecisionsRenewFindings: after a merge, a split, the undoing of a merge or a
// recorded owner, the findings are those that looking at everything would give,
// in the same Write.
func TestDecisionsRenewFindings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		s, err := openIn(tempFolder(t), c)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		sources := []iam.Source{sourceOfKind(t, s, "corp", "ad"), feedOf(t, s, "hr"), sourceOfKind(t, s, "lab", "plain")}
		if n := rapid.IntRange(0, 3).Draw(t, "authoritative"); n < 3 {
			authoritative(t, s, sources[n])
		}
		for i, src := range sources {
			apply(t, s, src, drawScene(t, fmt.Sprint(i), nil, c.now()).records())
		}
		var merges []iam.ID
		one := func(label string, ids []iam.ID) iam.ID { return rapid.SampledFrom(ids).Draw(t, label) }
		for step := range rapid.IntRange(2, 5).Draw(t, "steps") {
			at := strconv.Itoa(step)
			deed := rapid.SampledFrom([]string{"merge", "merge", "split", "undo", "own"}).Draw(t, at)
			_, err := s.Write(ann(), "identity."+deed, func(x *Tx) error {
				people, err := x.ids(ann(), `SELECT id FROM open_identities ORDER BY id`)
				must(t, err)
				switch {
				case deed == "merge" && len(people) > 1:
					from := one(at+"from", people)
					m, err := x.MergeIdentities(ann(), from, one(at+"into", slices.DeleteFunc(people, func(i iam.ID) bool { return i == from })), "known")
					must(t, err)
					merges = append(merges, m)
				case deed == "split":
					several, err := x.ids(ann(), `SELECT id FROM identity_rows WHERE accounts > 1 ORDER BY id`)
					must(t, err)
					if len(several) == 0 {
						return errBack
					}
					who := one(at+"who", several)
					own, err := x.AccountIDsOf(ann(), []iam.ID{who})
					must(t, err)
					_, err = x.SplitIdentity(ann(), who, own[who][:1], "another")
					must(t, err)
				case deed == "undo" && len(merges) > 0:
					_, err := x.UndoMerge(ann(), one(at+"merge", merges), "wrong")
					if iam.KindOf(err) == iam.Conflict {
						return errBack
					}
					must(t, err)
				case deed == "own":
					services, err := x.ids(ann(), `SELECT id FROM open_accounts WHERE sort = 'service' ORDER BY id`)
					must(t, err)
					if len(services) == 0 || len(people) == 0 {
						return errBack
					}
					id := one(at+"service", services)
					owner := one(at+"owner", append(people, 0))
					must(t, x.OwnAccounts(ann(), map[iam.ID]iam.Ownership{id: {OwnerID: owner, Purpose: "x"}}, []iam.ID{id}))
				default:
					return errBack
				}
				return nil
			})
			if err != nil && !errors.Is(err, errBack) {
				t.Fatal(err)
			}
			_, err = s.Write(ann(), "test", func(x *Tx) error {
				got := standingFindings(t, x.tx)
				must(t, x.renewAll(ann()))
				sameLines(t, deed, got, standingFindings(t, x.tx))
				return errBack
			})
			if !errors.Is(err, errBack) {
				t.Fatal(err)
			}
		}
	})
}
