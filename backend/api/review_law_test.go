package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"gatehouse/backend/iam"
)

// The laws of campaigns, on random ones.

var (
	officeGroups = []string{"ops", "lab", "tools"}
	officePeople = []string{"p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"}
	officeLogins = append([]string{"p1-adm", "svc"}, officePeople...)
)

// shuffle gives the office other members, and lets some not be returned.
func (o *office) shuffle(r *rand.Rand, all bool) {
	for _, g := range officeGroups {
		if !all && r.IntN(2) == 0 {
			continue
		}
		o.group[g] = []string{}
		for _, who := range slices.Concat(officeLogins, officeGroups, []string{"stranger"}) {
			if who != g && r.IntN(3) == 0 {
				o.group[g] = append(o.group[g], who)
			}
		}
	}
	clear(o.gone)
	for _, who := range append([]string{"p4", "p5", "svc"}, officeGroups...) {
		if r.IntN(8) == 0 {
			o.gone[who] = true
		}
	}
}

// inside are the accounts and the groups that are in a group, by a walk of its
// own.
func (o *office) inside(group string, seen map[string]bool) map[string]bool {
	if o.gone[group] {
		return seen
	}
	for _, who := range o.group[group] {
		if !o.gone[who] && who != "stranger" && !seen[who] {
			seen[who] = true
			if o.group[who] != nil {
				o.inside(who, seen)
			}
		}
	}
	return seen
}

// grants is how many grants groups have: every direct one, and, if they were
// asked for, each account that is in by nesting only.
func (o *office) grants(effective bool, groups ...string) (n int64) {
	for _, g := range groups {
		n += int64(len(o.group[g]))
		for who := range o.inside(g, map[string]bool{}) {
			if effective && o.group[who] == nil && !slices.Contains(o.group[g], who) {
				n++
			}
		}
	}
	return n
}

// law is a campaign beside a model of what was decided of it.
type law struct {
	*campaignTest
	r       *rand.Rand
	groups  []string
	frozen  string
	verdict map[int64]string
	seen    map[int64]int64
	closed  bool
	states  map[string]int // of removals that were checked
}

func TestLawsOfCampaigns(t *testing.T) {
	o := newOffice(t)
	states := map[string]int{}
	for n := range uint64(200) {
		r := rand.New(rand.NewPCG(n, 3))
		if n%4 == 0 {
			o.shuffle(r, true)
			o.readNow()
		}
		l := o.law(r, n)
		if l == nil {
			continue // no group is there
		}
		l.states = states
		for range 2 + r.IntN(4) {
			l.step()
			l.check()
		}
		if frozen := l.frozenRows(); frozen != l.frozen {
			t.Fatalf("campaign %d: what was frozen is now\n%s\nwas\n%s", n, frozen, l.frozen)
		}
		if n%40 == 39 {
			o.whole()
		}
		if t.Failed() {
			t.Fatalf("campaign %d", n)
		}
	}
	for _, state := range []string{"waiting", "removed", "alreadyGone", "stillThere", "unproven"} {
		if states[state] == 0 {
			t.Errorf("no removal was %s: the test does not see what it looks for", state)
		}
	}
	t.Logf("removals checked: %v", states)
}

// law freezes a random campaign and ties its totals to the directory.
func (o *office) law(r *rand.Rand, n uint64) *law {
	o.t.Helper()
	scope := ReviewScope{Effective: r.IntN(2) == 0}
	var groups []string
	for _, g := range officeGroups {
		if !o.gone[g] && r.IntN(3) > 0 {
			groups, scope.Groups = append(groups, g), append(scope.Groups, o.groupID(g))
		}
	}
	if len(groups) == 0 {
		return nil
	}
	for _, rule := range []string{"serviceAccounts", "nestedGroups", "unresolvedMembers"} {
		if r.IntN(3) == 0 {
			scope.Exclude = append(scope.Exclude, Exclusion{Rule: rule, Reason: "on their own"})
		}
	}
	text, _ := json.Marshal(scope)
	c := send[CampaignDetail](o.t, o.house, "POST", "/reviews", fmt.Sprintf(`{"name":"Campaign %d","dueAt":"2030-05-01T00:00:00Z","scope":%s,"reviewers":{"kind":"named","named":[%q],"fallback":%q}}`,
		n, text, o.person("p9"), o.person("p8")))
	if want := o.grants(scope.Effective, groups...); c.Arithmetic.Read != want || c.Sources[0].DirectIn+c.Sources[0].EffectiveIn != want {
		o.t.Errorf("%+v: read, the directory has %d grants", c.Arithmetic, want)
	}
	l := &law{campaignTest: &campaignTest{o, "/reviews/" + c.ID, c.Name}, r: r, groups: groups, verdict: map[int64]string{}, seen: map[int64]int64{}}
	for n := range c.Arithmetic.InScope {
		l.verdict[n+1] = string(iam.Undecided)
	}
	l.frozen = l.frozenRows()
	return l
}

// frozenRows are the items without what may change of them.
func (l *law) frozenRows() string {
	items := slices.Concat(get[Page[ReviewItem]](l.t, l.house, l.at+"/items").Items, get[Page[ReviewItem]](l.t, l.house, l.at+"/items?excluded=true").Items)
	for i := range items {
		items[i].Reviewer, items[i].Relation, items[i].Verdict, items[i].Decision, items[i].Until = nil, "", "", 0, ""
	}
	text, _ := json.Marshal(items)
	return string(text) + get[CampaignDetail](l.t, l.house, l.at).Digest
}

// step does one random thing.
func (l *law) step() {
	l.t.Helper()
	people := slices.DeleteFunc(slices.Clone(officePeople), func(p string) bool { return l.gone[p] })
	one := func() string { return people[l.r.IntN(len(people))] }
	switch l.r.IntN(8) {
	case 0:
		l.shuffle(l.r, false)
		l.readNow()
	case 1:
		from := []string{`"from":"nobody"`, fmt.Sprintf(`"from":%q`, l.person("p9")), `"items":[1,2]`}[l.r.IntN(3)]
		l.may(l.ask(administrator, "POST", l.at+"/assignments", fmt.Sprintf(`{%s,"to":%q,"reason":"on leave"}`, from, l.person(one()))).Code)
	case 2:
		if l.r.IntN(3) == 0 {
			code := l.ask(administrator, "POST", l.at+"/close", fmt.Sprintf(`{"signer":%q,"statement":"I have seen it","reason":"it is due"}`, l.person(one()))).Code
			if (code == 200) == l.closed {
				l.t.Errorf("closed: %d", code)
			}
			l.closed = true
		}
	default:
		l.decideSome(one())
	}
}

// may expects an answer that is no failure of ours.
func (l *law) may(code int) {
	if code >= 500 || code == 200 && l.closed {
		l.t.Errorf("%s: %d", l.name, code)
	}
}

func (l *law) decideSome(by string) {
	l.t.Helper()
	var seen []ItemSeen
	verdict := []string{"keep", "revoke", "revoke", "modify", "exception", "defer", "dontKnow", "undecided"}[l.r.IntN(8)]
	for _, n := range slices.Sorted(maps.Keys(l.verdict)) {
		if l.r.IntN(3) == 0 && (verdict != "undecided" || l.verdict[n] != "undecided") {
			s := ItemSeen{Item: n, Decision: l.seen[n]}
			if l.r.IntN(6) == 0 {
				s.Decision++ // something the reviewer cannot have seen
			}
			seen = append(seen, s)
		}
	}
	if len(seen) == 0 {
		return
	}
	list, _ := json.Marshal(seen)
	more := because
	if verdict == "exception" {
		more += `,"until":"2030-04-01T00:00:00Z"`
	}
	w := l.ask(administrator, "POST", l.at+"/decisions", fmt.Sprintf(`{"items":%s,"verdict":%q,"decidedBy":%q%s}`, list, verdict, l.person(by), more))
	l.may(w.Code)
	if w.Code != 200 {
		return
	}
	var d Decided
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || len(d.Recorded)+len(d.NotRecorded) != len(seen) {
		l.t.Errorf("%v %+v", err, d)
	}
	for _, i := range d.Recorded {
		l.verdict[i.Item] = verdict
		if l.seen[i.Item]++; i.Decision != l.seen[i.Item] || i.Verdict != verdict || i.Identity != nil && i.Identity.ID == l.person(by) {
			l.t.Errorf("recorded by %s: %+v", by, i)
		}
	}
}

// check holds the campaign to its arithmetic, to the model and to the directory
// as it is.
func (l *law) check() {
	l.t.Helper()
	d := get[CampaignDetail](l.t, l.house, l.at)
	a, n := d.Arithmetic, map[string]int64{}
	for _, v := range l.verdict {
		n[v]++
	}
	want := Arithmetic{
		Read: a.Read, InScope: int64(len(l.verdict)), Excluded: a.Read - int64(len(l.verdict)),
		Keep: n["keep"], Revoke: n["revoke"], Modify: n["modify"], Exception: n["exception"], Deferred: n["defer"], DontKnow: n["dontKnow"], Undecided: n["undecided"],
		Removed: a.Removed, AlreadyGone: a.AlreadyGone, Open: a.Open, Complete: n["defer"]+n["dontKnow"]+n["undecided"] == 0,
	}
	if a != want || a.Revoke != a.Removed+a.AlreadyGone+a.Open+a.Refused {
		l.t.Errorf("%s: %+v, the model says %+v", l.name, a, want)
	}
	excluded, progress := int64(0), int64(0)
	for _, e := range d.Exclusions {
		excluded += e.Count
	}
	for _, p := range d.Reviewers {
		progress += p.Items
	}
	if excluded != a.Excluded || progress != a.InScope {
		l.t.Errorf("%s: exclusions %d, reviewers' items %d: %+v", l.name, excluded, progress, a)
	}
	removals := get[Page[Removal]](l.t, l.house, l.at+"/removals").Items
	if int64(len(removals)) != a.Revoke {
		l.t.Errorf("%s: %d removals: %+v", l.name, len(removals), a)
	}
	for _, x := range removals {
		l.states[x.State]++
		if here := x.State == "stillThere" || x.State == "waiting"; here != l.isIn(x.Item) || l.verdict[x.Item.Item] != "revoke" || x.Text == "" {
			l.t.Errorf("%s: %s in %s is %s: %s; in the directory: %v", l.name, x.Item.Subject.Name, x.Item.Group.Name, x.State, x.Text, !here)
		}
	}
}

// isIn says whether the directory has the grant, as it is now.
func (l *law) isIn(i ReviewItem) bool {
	if i.Basis == string(iam.UnresolvedGrant) {
		listed := slices.ContainsFunc(l.group[i.Group.Name], func(who string) bool {
			return (who == "stranger" || l.gone[who]) && (i.Subject.Name == "uid="+who+",dc=x" || i.Subject.Name == "cn="+who+",dc=x")
		})
		return listed && !l.gone[i.Group.Name]
	}
	return l.inside(i.Group.Name, map[string]bool{})[i.Subject.Name]
}
