package reports

import (
	"math/rand/v2"
	"testing"

	"gatehouse/backend/store"
)

// TestChangesOfARemovedSource: what came and went with a source within the
// period names the source.
func TestChangesOfARemovedSource(t *testing.T) {
	a := live(t, rand.New(rand.NewPCG(1, 7)), 3)
	if _, err := a.store.Write(ann, "source.remove", func(x *store.Tx) error {
		all, err := x.Sources(ann)
		if err != nil {
			return err
		}
		return x.RemoveSource(ann, all[0].ID)
	}); err != nil {
		t.Fatal(err)
	}
	rows := a.report(t, changesReport, Query{From: "2026-01-01"})
	removed := 0
	for _, row := range rows {
		if row["source"] != "Office" {
			t.Errorf("a row of %q: %v", row["source"], row)
		}
		if row["reason"] == "the source was removed" {
			removed++
		}
	}
	if removed == 0 {
		t.Errorf("nothing of %d rows went with the source", len(rows))
	}
}
