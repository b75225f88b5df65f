package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// TestHeldRunFinding: a reading that is held is a finding of its source, with the
// reasons and the remedy, until it is released or a newer reading is applied.
func TestHeldRunFinding(t *testing.T) {
	h := newHouse(t)
	people := func(n int) []directory.Record {
		var all []directory.Record
		for i := range n {
			all = append(all, person(fmt.Sprint("u", i), fmt.Sprint("login", i), fmt.Sprint(i)))
		}
		return all
	}
	h.plain.records = people(10)
	src := send[Source](t, h, http.MethodPost, "/sources", draft("Corp", "ldaps://one", "cn=reader", canary))
	id, _ := iam.ParseID(src.ID)
	read := func(records []directory.Record, want string) Run {
		t.Helper()
		h.plain.mu.Lock()
		h.plain.records = records
		h.plain.mu.Unlock()
		run := send[Run](t, h, http.MethodPost, "/sources/"+src.ID+"/runs", `{}`)
		runID, _ := iam.ParseID(run.ID)
		h.runner.Wait(system(), runID)
		if got := get[RunDetail](t, h, "/runs/"+run.ID); got.State != want {
			t.Fatalf("the run is %s, want %s: %+v", got.State, want, got.HoldReasons)
		}
		return run
	}
	if err := h.read(id); err != nil {
		t.Fatal(err)
	}
	none := func(when string) {
		t.Helper()
		if found := open(t, h, "kind=heldRun"); found.Total != 0 {
			t.Errorf("%s: %+v", when, found.Items)
		}
	}
	none("nothing is held")

	// Half of the people are not returned.
	run := read(people(5), "held")
	found := open(t, h, "kind=heldRun")
	if found.Total != 1 {
		t.Fatalf("%+v", found)
	}
	f := found.Items[0]
	if f.Subject.Kind != "source" || f.Subject.ID != src.ID || f.Risk != "medium" || !strings.Contains(f.Remedy, "release it") || !strings.HasSuffix(f.Detail, "held for 1 reason") {
		t.Errorf("%+v", f)
	}
	detail := get[Finding](t, h, "/findings/"+f.ID)
	if len(detail.Rows) != 1 || detail.Rows[0].Label != "More than 5 % of the accounts are not returned" || detail.Rows[0].Value != "10 before, 5 after" || detail.Total != 1 || detail.Threshold == "" {
		t.Errorf("%+v", detail)
	}

	// Held again for something else it stays one finding, seen first when it was.
	again := read(people(4), "held")
	if found = open(t, h, "kind=heldRun"); found.Total != 1 || found.Items[0].FirstSeen != f.FirstSeen || !strings.Contains(get[Finding](t, h, "/findings/"+found.Items[0].ID).Rows[0].Value, "4 after") {
		t.Errorf("%+v", found)
	}
	if again.ID == run.ID {
		t.Error("the second reading is the first")
	}

	// A newer reading that is applied ends it.
	read(people(10), "applied")
	none("a newer reading was applied")

	// So does a release.
	run = read(people(5), "held")
	if open(t, h, "kind=heldRun").Total != 1 {
		t.Error("the third held reading is no finding")
	}
	send[RunDetail](t, h, http.MethodPost, "/runs/"+run.ID+"/release", `{"holdHash":"`+get[RunDetail](t, h, "/runs/"+run.ID).HoldHash+`","reason":"they left"}`)
	none("it was released")
}
