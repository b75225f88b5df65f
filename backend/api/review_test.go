package api

import (
	"encoding/json"
	"fmt"
	"testing"
)

// newReviewHouse is a console of its own on the demo company, for tests that
// freeze.
func newReviewHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	if err := h.readCompany(); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestX(t *testing.T) {
	h := newReviewHouse(t)
	p := send[ReviewPlan](t, h, "POST", "/reviews/plan", `{"scope":{"privileged":true,"effective":true},"reviewers":{"kind":"owners"}}`)
	b, _ := json.MarshalIndent(p, "", " ")
	fmt.Println(string(b))
	c := send[CampaignDetail](t, h, "POST", "/reviews", `{"name":"First quarter","dueAt":"2026-04-01T00:00:00Z","scope":{"effective":true},"reviewers":{"kind":"managers"}}`)
	b, _ = json.MarshalIndent(c, "", " ")
	fmt.Println(string(b))
	items := get[Page[ReviewItem]](t, h, "/reviews/"+c.ID+"/items?limit=8")
	b, _ = json.MarshalIndent(items, "", " ")
	fmt.Println(string(b))
	d := get[ReviewItemDetail](t, h, "/reviews/"+c.ID+"/items/4")
	b, _ = json.MarshalIndent(d, "", " ")
	fmt.Println(string(b))
	fmt.Println(len(get[Page[ReviewGroup]](t, h, "/reviews/"+c.ID+"/groups?q=adm").Items))
}
