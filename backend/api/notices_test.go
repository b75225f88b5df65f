package api

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

func TestNotices(t *testing.T) {
	h := newHouse(t)
	first := get[Notices](t, h, "/notices?wait=0s")
	if first.Epoch == "" {
		t.Fatal("no epoch")
	}
	url := func(after int64, epoch, wait string) string {
		return "/notices?after=" + itoa(int(after)) + "&epoch=" + epoch + "&wait=" + wait
	}
	ask := func(after int64, epoch, wait string) (Notices, time.Duration) {
		began := time.Now()
		n := get[Notices](t, h, url(after, epoch, wait))
		return n, time.Since(began)
	}

	// Nothing new: the answer waits as long as it may.
	if n, took := ask(first.Seq, first.Epoch, "60ms"); len(n.Topics) != 0 || n.Topics == nil || n.Seq != first.Seq || took < 60*time.Millisecond {
		t.Errorf("nothing new: %+v after %v", n, took)
	}
	// News is told at once, with what it is about.
	h.ask(administrator, http.MethodPut, "/settings", `{"organisation":"Halden"}`)
	n, took := ask(first.Seq, first.Epoch, "20s")
	if !slices.Equal(n.Topics, []string{"events", "session", "settings"}) || n.Seq <= first.Seq || took > 5*time.Second {
		t.Errorf("news: %+v after %v", n, took)
	}
	// News that comes while somebody waits ends the wait.
	told := make(chan Notices, 1)
	go func() {
		w := h.ask(administrator, http.MethodGet, url(n.Seq, n.Epoch, "20s"), "")
		told <- decode[Notices](w)
	}()
	time.Sleep(20 * time.Millisecond)
	h.store.Notices.Publish("sources")
	select {
	case got := <-told:
		if !slices.Equal(got.Topics, []string{"sources"}) {
			t.Errorf("while waiting: %+v", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("news does not end the wait")
	}
	// Another start of the program, a sequence from the future, and one too far
	// back: read everything again.
	for i := range 300 {
		h.store.Notices.Publish("runs", itoa(i))
	}
	for _, c := range []struct {
		after int64
		epoch string
	}{{n.Seq, "another"}, {n.Seq + 10_000, n.Epoch}, {n.Seq, n.Epoch}, {-1, n.Epoch}} {
		if got, took := ask(c.after, c.epoch, "20s"); !slices.Equal(got.Topics, []string{"all"}) || got.Epoch != n.Epoch || took > 5*time.Second {
			t.Errorf("after %d of %s: %+v", c.after, c.epoch, got)
		}
	}
	// A wait is bounded, whatever is asked.
	if longestWait > 30*time.Second {
		t.Errorf("waits up to %v, longer than the listener lets an answer take", longestWait)
	}
}

// TestSessionIdles: whoever does nothing for half an hour is out, and asking
// for notices is doing nothing.
func TestSessionIdles(t *testing.T) {
	h := newHouse(t)
	open := func() {
		ctx := iam.WithOrigin(system(), iam.Origin{Actor: "operator:1", OSUser: "ann", Permissions: iam.Administrator()})
		token, _, err := h.sessions.NewLink(ctx, "browser")
		if err != nil {
			t.Fatal(err)
		}
		if h.cookies["browser"], _, err = h.sessions.Start(ctx, token, ""); err != nil {
			t.Fatal(err)
		}
	}
	open()
	for range 5 { // somebody works for an hour and a half
		h.clock.pass(20 * time.Minute)
		if w := h.ask("browser", http.MethodGet, "/overview", ""); w.Code != 200 {
			t.Fatalf("active: %d", w.Code)
		}
	}
	for range 3 { // a page is open and polls
		h.clock.pass(9 * time.Minute)
		if w := h.ask("browser", http.MethodGet, "/notices?wait=0s", ""); w.Code != 200 {
			t.Fatalf("polling: %d", w.Code)
		}
	}
	h.clock.pass(4 * time.Minute)
	for _, url := range []string{"/notices?wait=0s", "/overview", "/session"} {
		Scenario{Method: "GET", URL: url, As: "browser", Status: 401, Contains: []string{"has ended", "gatehouse link"}}.run(t, h)
	}
	open()
	for range 47 { // twelve hours without a pause
		h.clock.pass(15 * time.Minute)
		if w := h.ask("browser", http.MethodGet, "/overview", ""); w.Code != 200 {
			t.Fatalf("within twelve hours: %d", w.Code)
		}
	}
	h.clock.pass(16 * time.Minute)
	Scenario{Method: "GET", URL: "/overview", As: "browser", Status: 401}.run(t, h)
}
