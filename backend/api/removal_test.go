package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/reconcile"
)

// removals are the states and texts of a campaign's removals, by "who group".
func (c *campaignTest) removals() map[string]Removal {
	c.t.Helper()
	out := map[string]Removal{}
	for _, r := range get[Page[Removal]](c.t, c.house, c.at+"/removals").Items {
		name := r.Item.Login
		if name == "" {
			name = r.Item.Subject.Name
		}
		out[name+" "+r.Item.Group.Name] = r
		one := get[ReviewItemDetail](c.t, c.house, fmt.Sprintf("%s/items/%d", c.at, r.Item.Item)).Removal
		if one == nil || one.State != r.State || one.Text != r.Text || one.Run != r.Run {
			c.t.Errorf("the item's page says %+v, the list %+v", one, r)
		}
	}
	return out
}

// expect holds the removals to a state and the words of the text.
func (c *campaignTest) expect(when string, want map[string]string) {
	c.t.Helper()
	found := c.removals()
	counts := map[string]int64{}
	for k, r := range found {
		counts[r.State]++
		state, text, _ := strings.Cut(c.numbered(want[k]), ": ")
		if r.State != state || !strings.Contains(r.Text, text) {
			c.t.Errorf("%s: %s is %s: %s; want %s", when, k, r.State, r.Text, want[k])
		}
	}
	if len(found) != len(want) {
		c.t.Errorf("%s: %d removals, want %d", when, len(found), len(want))
	}
	a := get[CampaignDetail](c.t, c.house, c.at).Arithmetic
	if a.Revoke != int64(len(found)) || a.Removed != counts["removed"] || a.AlreadyGone != counts["alreadyGone"] ||
		a.Open != counts["waiting"]+counts["stillThere"]+counts["unproven"] || a.Refused != 0 {
		c.t.Errorf("%s: %+v, the list has %v", when, a, counts)
	}
	for state, n := range counts {
		if p := get[Page[Removal]](c.t, c.house, c.at+"/removals?limit=1&state="+state); p.Total != n || len(p.Items) != 1 || p.Items[0].State != state {
			c.t.Errorf("%s: %s: %+v, want %d", when, state, p, n)
		}
	}
}

func TestRemovals(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", true, "ops", "lab", "tools")
	stranger := "uid=stranger,dc=x"
	o.leave("ops", "p2")
	o.readNow()
	c.decide("p9", "revoke", because, c.item("p2", "ops"), c.item("p3", "ops"), c.item("p4", "ops"), c.item("p6", "ops"), c.item(stranger, "ops"),
		c.item("p1", "tools"), c.item("p2", "tools"), c.item("p3", "tools"), c.item("lab", "tools"), c.item("p5", "tools"))
	c.expect("before a read", map[string]string{
		"p2 ops": "alreadyGone: already gone by run 2, 10 Mar 2026 13:54 UTC, before the decision",
		"p3 ops": "waiting: not read since the decision", "p4 ops": "waiting: ", "p6 ops": "waiting: ", stranger + " ops": "waiting: ",
		"p1 tools": "waiting: ", "p2 tools": "waiting: ", "p3 tools": "waiting: ", "lab tools": "waiting: ", "p5 tools": "waiting: ",
	})

	o.leave("ops", "p3")
	o.leave("tools", "p2")
	o.gone["p6"] = true
	o.readNow()
	c.expect("after a read", map[string]string{
		"p2 ops":   "alreadyGone: run 2",
		"p3 ops":   "removed: removed and proven by run 3, 10 Mar 2026 13:56 UTC",
		"p4 ops":   "stillThere: still a direct member by run 3, 10 Mar 2026 13:56 UTC",
		"p6 ops":   "unproven: p6 is not returned any more, and in the same read the group gained a member that cannot be told (run 3",
		"p1 tools": "stillThere: still in by lab › tools (run 3, 10 Mar 2026 13:56 UTC); ",
		"p2 tools": "stillThere: no direct member any more, but still in by lab › tools", "p3 tools": "stillThere: still a direct member",
		"lab tools": "stillThere: still a direct member", "p5 tools": "stillThere: still a direct member", stranger + " ops": "stillThere: still listed",
	})
	found := c.removals()
	if e := found["p4 ops"].Edge; e == nil || e.Member.Name != "p4" || e.Group.Name != "ops" || e.Others != 0 {
		t.Errorf("the edge of a direct member: %+v", e)
	}
	if e := found["lab tools"].Edge; e == nil || e.Member.Name != "lab" || e.Group.Name != "tools" {
		t.Errorf("the edge of a group: %+v", e)
	}
	if e := found["p3 tools"].Edge; e != nil {
		t.Errorf("no single edge ends a membership by two paths: %+v", e)
	}
	if e := found[stranger+" ops"].Edge; e == nil || e.Member.Name != stranger {
		t.Errorf("the edge of an unresolved member: %+v", e)
	}
	if r := found["p3 ops"]; r.Edge != nil || r.Run == "" || r.At == "" || r.DecidedAt == "" || r.Reason != "not needed any more" {
		t.Errorf("%+v", r)
	}

	// Another path ends, an account comes back without it, and what was removed
	// comes back.
	o.leave("tools", "lab")
	o.leave("ops", "stranger")
	o.leave("ops", "p6")
	delete(o.gone, "p6")
	o.group["ops"] = append(o.group["ops"], "p3")
	o.readNow()
	c.expect("after another read", map[string]string{
		"p2 ops": "alreadyGone: run 2", "p3 ops": "stillThere: still a direct member by run 4", "p4 ops": "stillThere: ",
		"p6 ops": "removed: removed and proven by run 4", stranger + " ops": "removed: removed and proven by run 4",
		"p1 tools": "removed: removed and proven by run 4", "p2 tools": "removed: run 4", "lab tools": "removed: run 4",
		"p3 tools": "stillThere: ", "p5 tools": "stillThere: ",
	})

	// A group that is gone itself proves nothing of its members; but what was
	// proven before stays so.
	o.gone["tools"] = true
	o.readNow()
	c.expect("without the group", map[string]string{
		"p2 ops": "alreadyGone: ", "p3 ops": "stillThere: ", "p4 ops": "stillThere: ", "p6 ops": "removed: run 4", stranger + " ops": "removed: run 4",
		"p1 tools": "removed: run 4", "p2 tools": "removed: run 4", "lab tools": "removed: run 4",
		"p3 tools": "unproven: the group tools is not returned any more (run 5", "p5 tools": "unproven: ",
	})
	o.leave("tools", "p3")
	delete(o.gone, "tools")
	o.readNow()
	c.expect("with the group again", map[string]string{
		"p2 ops": "alreadyGone: ", "p3 ops": "stillThere: ", "p4 ops": "stillThere: ", "p6 ops": "removed: run 4", stranger + " ops": "removed: run 4",
		"p1 tools": "removed: run 4", "p2 tools": "removed: run 4", "lab tools": "removed: run 4",
		"p3 tools": "removed: run 6", "p5 tools": "stillThere: ",
	})

	// A change of mind takes it off the list.
	back := strings.Replace(c.verdict("p9", "keep", "", c.item("p4", "ops")), `"decision":0`, `"decision":1`, 1)
	if d := send[Decided](t, o.house, "POST", c.at+"/decisions", back); d.Arithmetic.Revoke != 9 {
		t.Errorf("%+v", d.Arithmetic)
	}
	if _, there := c.removals()["p4 ops"]; there {
		t.Error("a kept grant is listed as a removal")
	}

	// A source that is disconnected proves nothing.
	if w := o.ask(administrator, "DELETE", fmt.Sprintf("/sources/%s?reason=moved", o.source), ""); w.Code >= 300 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if r := c.removals()["p5 tools"]; r.State != "unproven" || r.Run != "" {
		t.Errorf("%+v", r)
	}
	if r := c.removals()["p6 ops"]; r.State != "removed" {
		t.Errorf("%+v", r)
	}
	o.whole()
}

// An account that is deleted leaves its groups, whose lists prove it.
func TestADeletedAccountIsRemovedAndProven(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", true, "ops")
	c.decide("p9", "revoke", because, c.item("p6", "ops"))
	o.leave("ops", "p6")
	o.gone["p6"] = true
	o.readNow()
	c.expect("after a read", map[string]string{"p6 ops": "removed: removed and proven by run 2"})
}

// A read that had begun before the decision says nothing about what was done
// after it.
func TestARemovalWaitsForAReadOfLater(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", false, "ops")
	n := c.item("p4", "ops")
	o.plain.mu.Lock()
	o.plain.block = make(chan struct{})
	o.plain.mu.Unlock()
	run, err := o.runner.Start(system(), o.source, reconcile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.clock.pass(time.Second)
	c.decide("p9", "revoke", because, n)
	close(o.plain.block)
	o.runner.Wait(system(), run.ID)
	o.plain.block = nil
	c.expect("a read from before", map[string]string{"p4 ops": "waiting: "})
	o.readNow()
	c.expect("a read from after", map[string]string{"p4 ops": "stillThere: "})
}

// What a read finds gone that had begun before the decision was not removed for
// its sake, as far as anybody can tell.
func TestARemovalInAReadFromBeforeIsNoneOfTheDecision(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", false, "ops")
	n := c.item("p4", "ops")
	o.leave("ops", "p4")
	o.prepare()
	o.plain.mu.Lock()
	o.plain.block = make(chan struct{})
	o.plain.mu.Unlock()
	run, err := o.runner.Start(system(), o.source, reconcile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.clock.pass(time.Second)
	c.decide("p9", "revoke", because, n)
	close(o.plain.block)
	o.runner.Wait(system(), run.ID)
	o.plain.block = nil
	o.apply(run.ID)
	c.expect("a read from before", map[string]string{"p4 ops": "alreadyGone: gone by run 2, 10 Mar 2026 13:53 UTC, which began before the decision"})
	if now := get[ReviewItemDetail](t, o.house, fmt.Sprintf("%s/items/%d", c.at, n)).Now; now == nil || now.Present || now.Text != "Not returned as a member any more." {
		t.Errorf("%+v", now)
	}
	for _, list := range []string{"/reviews", c.at + "/items", c.at + "/removals", c.at + "/changes"} {
		if p := get[Page[json.RawMessage]](t, o.house, list+"?offset=9223372036854775807"); len(p.Items) != 0 || p.Total != 1 && list != c.at+"/items" {
			t.Errorf("%s behind its end: %+v", list, p)
		}
	}
	o.whole()
}

// A member that was unknown and a new account may be the same.
func TestAnUnresolvedMemberMayHaveBecomeKnown(t *testing.T) {
	o := newOffice(t)
	c := o.create("2026 Q1", false, "ops")
	c.decide("p9", "revoke", because, c.item("stranger", "ops"))
	o.leave("ops", "stranger")
	o.group["ops"] = append(o.group["ops"], "newcomer")
	o.readNow()
	c.expect("a newcomer", map[string]string{"uid=stranger,dc=x ops": "unproven: ops gained members in the same read"})
	o.whole()
}

// later is "joined who group" and the like, in order.
func (c *campaignTest) later() []string {
	c.t.Helper()
	out := []string{}
	p := get[Page[LaterChange]](c.t, c.house, c.at+"/changes")
	n := map[string]int64{}
	for _, x := range p.Items {
		out = append(out, fmt.Sprintf("%s %s %s %s run %s", x.Op, x.Subject.Name, x.Group.Name, x.Basis, x.Run))
		n[x.Op]++
		if x.At == "" || (x.Op == "departed") != (x.Item > 0) {
			c.t.Errorf("%+v", x)
		}
	}
	if d := get[CampaignDetail](c.t, c.house, c.at); d.Joined != n["joined"] || d.Departed != n["departed"] || p.Total != n["joined"]+n["departed"] {
		c.t.Errorf("%+v: the page says %d joined, %d departed", n, d.Joined, d.Departed)
	}
	for _, op := range []string{"joined", "departed"} {
		if p := get[Page[LaterChange]](c.t, c.house, c.at+"/changes?op="+op); p.Total != n[op] {
			c.t.Errorf("%s: %d, want %d", op, p.Total, n[op])
		}
	}
	return out
}

func TestLaterChanges(t *testing.T) {
	o := newOffice(t)
	direct, all, closed := o.create("direct", false, "ops", "tools"), o.create("all", true, "tools"), o.create("closed", true, "tools")
	before := get[CampaignDetail](t, o.house, all.at)
	same := func(c *campaignTest, want ...string) {
		t.Helper()
		for i := range want {
			want[i] = o.numbered(want[i])
		}
		if got := c.later(); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, want)
		}
	}
	same(direct)
	o.group["lab"] = append(o.group["lab"], "p7")
	o.leave("tools", "p2") // still in by lab
	o.leave("ops", "stranger")
	o.readNow()
	end := fmt.Sprintf(`{"signer":%q,"statement":"I have seen it","reason":"it is due"}`, o.person("p6"))
	send[CampaignDetail](t, o.house, "POST", closed.at+"/close", end)
	o.leave("lab", "p1")
	o.leave("tools", "p5")
	o.group["tools"] = append(o.group["tools"], "p8", "elsewhere")
	o.readNow()
	same(direct, "departed uid=stranger,dc=x ops unresolved run 2", "departed p2 tools direct run 2", "joined p8 tools direct run 3", "joined uid=elsewhere,dc=x tools unresolved run 3", "departed p5 tools direct run 3")
	same(all, "joined p7 tools effective run 2", "departed p2 tools direct run 2", "joined p8 tools direct run 3", "joined uid=elsewhere,dc=x tools unresolved run 3", "departed p1 tools effective run 3", "departed p5 tools direct run 3")
	same(closed, "joined p7 tools effective run 2", "departed p2 tools direct run 2")

	after := get[CampaignDetail](t, o.house, all.at)
	if after.Arithmetic != before.Arithmetic || after.Digest != before.Digest {
		t.Errorf("later changes are mixed in: %+v, before %+v", after.Arithmetic, before.Arithmetic)
	}
}
