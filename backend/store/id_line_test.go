package store

import (
	"slices"
	"testing"

	"gatehouse/backend/iam"
	"pgregory.net/rapid"
)

// TestLines: a line of pieces is what a slice is, and changing one leaves the
// line that it came from as it was.
func TestLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := make([]iam.ID, rapid.IntRange(0, 3*pieceLength).Draw(t, "length"))
		for i := range plain {
			plain[i] = iam.ID(i + 1)
		}
		l, next := newLine(slices.Clone(plain)), iam.ID(len(plain)+1)
		for range rapid.IntRange(1, 5).Draw(t, "changes") {
			before, kept := slices.Clone(plain), l
			gone := idSet{}
			for _, id := range rapid.SliceOfN(rapid.IntRange(0, int(next)), 0, 20).Draw(t, "gone") {
				gone.add(iam.ID(id))
			}
			if from := rapid.IntRange(0, 10).Draw(t, "from"); from < 2 { // a whole piece and more
				for id := range pieceLength + 100 {
					gone.add(iam.ID(from*pieceLength + id))
				}
			}
			l, plain = l.without(gone), slices.DeleteFunc(plain, gone.has)
			if l.length() != len(plain) {
				t.Fatalf("%d ids are left of a line, %d of a slice", l.length(), len(plain))
			}
			places := rapid.SliceOfN(rapid.IntRange(0, len(plain)), 0, 20).Draw(t, "places")
			slices.Sort(places)
			ids := make([]iam.ID, len(places))
			for i := range ids {
				ids[i], next = next, next+1
			}
			l = l.with(places, ids)
			for i := len(ids) - 1; i >= 0; i-- {
				plain = slices.Insert(plain, places[i], ids[i])
			}
			if !slices.Equal(slices.Concat(l...), plain) {
				t.Fatal("a line with more ids is not what a slice is")
			}
			if !slices.Equal(slices.Concat(kept...), before) {
				t.Fatal("the line from before has changed")
			}
			if len(plain) == 0 {
				continue
			}
			place := rapid.IntRange(0, len(plain)-1).Draw(t, "place")
			if l.at(place) != plain[place] || !slices.Equal(lineup{ids: l}.walk(false, nil, place, 0, len(plain)), plain[place:]) {
				t.Fatalf("from place %d the line is another", place)
			}
			end := rapid.IntRange(0, len(plain)).Draw(t, "end")
			if want := setOf(plain[place:max(place, end)]); !slices.Equal(l.between(place, end).among(want), want) || l.between(place, end).count() != want.count() {
				t.Fatalf("from place %d to %d the line has other ids", place, end)
			}
			slices.Reverse(plain)
			if !slices.Equal(lineup{ids: l}.walk(true, nil, place, 0, len(plain)), plain[place:]) {
				t.Fatalf("from place %d backwards the line is another", place)
			}
			slices.Reverse(plain)
		}
	})
}
