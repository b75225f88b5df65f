package review

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// frozen is a campaign as the store keeps it.
type frozen struct {
	store.Campaign
	items      []store.ReviewItem
	sources    []store.CampaignSource
	exclusions []store.Exclusion
	digest     string // over the items as they are kept
}

func (r *rig) freeze(t fataler, name string, ask Ask) frozen {
	t.Helper()
	id, err := Freeze(ann, r.Store, Campaign{Ask: ask, Name: name, DueAt: r.Now().Add(time.Hour).UnixMicro(), SourceReason: "because"})
	must(t, err)
	var f frozen
	must(t, r.View(ann, func(v *store.Reader) (err error) {
		if f.Campaign, err = v.Campaign(ann, id); err != nil {
			return err
		}
		for i, err := range v.AllItems(ann, f.ID) {
			if err != nil {
				return err
			}
			f.items = append(f.items, i)
		}
		if f.sources, err = v.CampaignSources(ann, f.ID); err != nil {
			return err
		}
		if f.exclusions, err = v.CampaignExclusions(ann, f.ID); err != nil {
			return err
		}
		f.digest, err = v.FrozenDigest(ann, f.ID)
		return err
	}))
	return f
}

// TestArithmeticCloses freezes two hundred random campaigns and counts what is
// in them by hand.
func TestArithmeticCloses(t *testing.T) {
	r := newRig(t)
	n := 0
	one := func(t *rapid.T) {
		n++
		src := r.addSource(t, fmt.Sprint("source ", n))
		f := drawFirm(t, "")
		r.read(t, src, f.records())
		ask := all(rapid.Bool().Draw(t, "effective"))
		ask.Scope.Source = src.ID
		ask.Rule.Kind = rapid.SampledFrom([]string{"managers", "owners"}).Draw(t, "reviewers")
		rules := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"serviceAccounts", "sharedAccounts", "disabledAccounts", "nestedGroups", "unresolvedMembers"}), 0, 5, rapid.ID[string]).Draw(t, "exclude")
		for _, rule := range rules {
			ask.Scope.Exclude = append(ask.Scope.Exclude, store.Exclusion{Rule: rule, Reason: "agreed"})
		}
		c := r.freeze(t, fmt.Sprint("campaign ", n), ask)

		grants := f.grants(firmGroups, ask.Scope.Effective)
		if c.Read != int64(len(grants)) || c.Read != c.InScope+c.Excluded || int64(len(c.items)) != c.Read || c.digest != c.Digest {
			t.Fatalf("read %d, in scope %d, excluded %d, rows %d; the company has %d", c.Read, c.InScope, c.Excluded, len(c.items), len(grants))
		}
		var got []string
		left := map[int64]int64{}
		for i, item := range c.items {
			if item.Ord != int64(i+1) || (item.Ord > c.InScope) != (item.Excluded > 0) {
				t.Fatalf("item %d stands at %d, excluded by %d", item.Ord, i, item.Excluded)
			}
			who := strings.TrimPrefix(item.SubjectName, "Name of ")
			got = append(got, item.EntitlementName+" "+string(item.Basis)+" "+who)
			left[item.Excluded]++
			if want := fits(f, rules, who, item.Basis); want != item.Excluded {
				t.Fatalf("%s is excluded by %d, want %d of %v", who, item.Excluded, want, rules)
			}
			checkReviewer(t, f, item, who, ask.Rule.Kind)
			checkPeers(t, f, item, who)
		}
		if !slices.IsSortedFunc(c.items[:c.InScope], byGroupAndName) || !slices.IsSortedFunc(c.items[c.InScope:], byGroupAndName) {
			t.Fatalf("the items are not in order")
		}
		slices.Sort(got)
		if !slices.Equal(got, grants) {
			t.Fatalf("\n got %v\nwant %v", got, grants)
		}
		for i, e := range c.exclusions {
			if e.Rule != rules[i] || e.Count != left[int64(i+1)] {
				t.Fatalf("exclusion %d: %+v, counted %d", i, e, left[int64(i+1)])
			}
		}
		s := c.sources[0]
		var memberships, unresolved int64
		for _, g := range f.grants(firmGroups, false) {
			if strings.Contains(g, " unresolved ") {
				unresolved++
			} else {
				memberships++
			}
		}
		if len(c.sources) != 1 || s.GroupsIn != int64(len(firmGroups)) || s.Groups != s.GroupsIn || s.Memberships != memberships || s.Unresolved != unresolved ||
			s.DirectIn != memberships+unresolved || s.DirectIn+s.EffectiveIn != c.Read || !ask.Scope.Effective && s.EffectiveIn != 0 {
			t.Fatalf("the source says %+v; %d memberships and %d unresolved", s, memberships, unresolved)
		}
	}
	for n < 200 {
		rapid.Check(t, one)
	}
}

func byGroupAndName(a, b store.ReviewItem) int {
	key := func(i store.ReviewItem) string {
		return fmt.Sprint(!i.Privileged, " ", i.EntitlementName, " ", i.SubjectFold)
	}
	return strings.Compare(key(a), key(b))
}

// fits is the number of the first rule that leaves a grant out.
func fits(f firm, rules []string, who string, basis iam.Basis) int64 {
	a := f.facts[who]
	isAccount := basis == iam.DirectGrant || basis == iam.EffectiveOnly
	for n, rule := range rules {
		switch {
		case rule == "serviceAccounts" && a.Sort == iam.Service, rule == "sharedAccounts" && a.Sort == iam.Shared,
			rule == "disabledAccounts" && isAccount && a.Enabled == iam.No,
			rule == "nestedGroups" && basis == iam.NestedGroup, rule == "unresolvedMembers" && basis == iam.UnresolvedGrant:
			return int64(n + 1)
		}
	}
	return 0
}

// checkReviewer: the manager or the owner, if that is a person and not the one
// under review, by whichever of her accounts.
func checkReviewer(t *rapid.T, f firm, item store.ReviewItem, who, kind string) {
	same := func(a, b string) bool {
		return a == b || f.facts[a].EmployeeNumber != "" && f.facts[a].EmployeeNumber == f.facts[b].EmployeeNumber && f.facts[b].Sort == iam.Person
	}
	ref, relation := f.groups[item.EntitlementName].OwnerRef, iam.ByOwner
	if kind == "managers" {
		ref, relation = f.facts[who].ManagerRef, iam.ByManager
	}
	reviewer := strings.TrimPrefix(ref, "dn:uid=")
	if item.Excluded > 0 || f.facts[reviewer].Sort != iam.Person || f.facts[who].Sort == iam.Person && same(reviewer, who) {
		relation = iam.Unassigned
	}
	if item.Relation != relation || item.FirstRelation != relation || (item.Reviewer.ID == 0) != (relation == iam.Unassigned) || item.Reviewer != item.FirstReviewer {
		t.Fatalf("%s in %s: %s %+v, want %s %q", who, item.EntitlementName, item.Relation, item.Reviewer, relation, reviewer)
	}
}

// checkPeers counts who of the department is in the group, by nesting, too.
func checkPeers(t *rapid.T, f firm, item store.ReviewItem, who string) {
	var have, of int64
	a := f.facts[who]
	in := f.within(item.EntitlementName)
	for id, p := range f.facts {
		if a.Sort != iam.Person || a.Department == "" || p.Sort != iam.Person || p.Enabled != iam.Yes || p.Department != a.Department {
			continue
		}
		of++
		if slices.Contains(f.members[item.EntitlementName], id) || in[id] {
			have++
		}
	}
	if item.Peers != have || item.PeersOf != of {
		t.Fatalf("%s in %s: %d of %d peers, want %d of %d", who, item.EntitlementName, item.Peers, item.PeersOf, have, of)
	}
}

// small is a company of a few, with one of each sort.
func small(t fataler, r *rig) iam.Source {
	t.Helper()
	src := r.addSource(t, "small")
	records := append(group("Admins", iam.EntitlementFacts{Privileged: true, OwnerRef: "dn:uid=mei"}, "uid=mei", "uid=bot", "cn=Ops", "cn=nobody"),
		group("Ops", iam.EntitlementFacts{OwnerRef: "dn:uid=bo"}, "uid=bo")...)
	records = append(records,
		account("mei", "Mei", iam.AccountFacts{Enabled: iam.Yes, EmployeeNumber: "1", ManagerRef: "dn:uid=bo"}),
		account("mei-admin", "Mei, again", iam.AccountFacts{Enabled: iam.Yes, EmployeeNumber: "1"}),
		account("bo", "Bo", iam.AccountFacts{Enabled: iam.Yes, EmployeeNumber: "2"}),
		account("bot", "Bot", iam.AccountFacts{Enabled: iam.Yes, Sort: iam.Service}))
	r.read(t, src, records)
	return src
}

// identityOf is who stands behind an account.
func identityOf(t fataler, r *rig, login string) iam.ID {
	t.Helper()
	var id iam.ID
	must(t, r.View(ann, func(v *store.Reader) error {
		as, err := v.AccountsByLogin(ann, login)
		if err == nil {
			id = as[0].IdentityID
		}
		return err
	}))
	return id
}

// given is who reviews what, in words.
func given(items []store.ReviewItem) []string {
	var out []string
	for _, i := range items {
		out = append(out, i.EntitlementName+" "+i.SubjectName+": "+i.Reviewer.Name+" "+string(i.Relation))
	}
	return out
}

func TestNamedReviewersTakeAGroupEachInTurn(t *testing.T) {
	r := newRig(t)
	small(t, r)
	ask := all(true)
	ask.Rule = store.ReviewerRule{Kind: "named", Named: []iam.ID{identityOf(t, r, "mei"), identityOf(t, r, "bo")}, Fallback: identityOf(t, r, "bo")}
	c := r.freeze(t, "named", ask)
	want := []string{
		"Admins Bo: Mei named", "Admins Bot: Mei named", "Admins cn=nobody: Mei named", "Admins Mei: Bo fallback", "Admins Ops: Mei named",
		"Ops Bo:  unassigned", // the rule and the fallback name the one under review
	}
	if got := given(c.items); !slices.Equal(got, want) {
		t.Fatalf("\n got %q\nwant %q", got, want)
	}
	if bo := c.items[0]; bo.Basis != iam.EffectiveOnly || bo.EdgeMemberName != "Ops" || bo.EdgeGroupName != "Admins" || bo.EdgeOthers != 0 || bo.MorePaths || bo.GrantedAt != c.FrozenAt {
		t.Errorf("%+v", bo)
	}
	if lost := c.items[2]; lost.Subject != 0 || lost.Unresolved != iam.Dangling || lost.EdgeGroupName != "Admins" || lost.Enabled != iam.UnknownTri || lost.LastSignIn != iam.UnknownMoment {
		t.Errorf("%+v", lost)
	}
}

// TestFrozenStaysFrozen: what a later read changes is not changed in a campaign.
func TestFrozenStaysFrozen(t *testing.T) {
	r := newRig(t)
	src := small(t, r)
	c := r.freeze(t, "before", all(true))
	r.pass(time.Hour)
	r.read(t, src, append(group("Renamed", iam.EntitlementFacts{}, "uid=bo"), account("bo", "Somebody else", iam.AccountFacts{Enabled: iam.No})))
	must(t, r.View(ann, func(v *store.Reader) error {
		digest, err := v.FrozenDigest(ann, c.ID)
		if digest != c.Digest {
			t.Errorf("the digest was %s and is %s", c.Digest, digest)
		}
		return err
	}))
}

func TestEventTellsWhatWasFrozen(t *testing.T) {
	r := newRig(t)
	small(t, r)
	ask := all(true)
	ask.Scope.Exclude = []store.Exclusion{{Rule: "nestedGroups", Reason: "reviewed by themselves"}}
	c := r.freeze(t, "told", ask)
	must(t, r.View(ann, func(v *store.Reader) error {
		for l, err := range v.Events(ann) {
			if err != nil {
				return err
			}
			if l.Record.Seq != c.Seq {
				continue
			}
			var d struct {
				UUID, Digest                      string
				Campaign, Read, InScope, Excluded int64
				Scope                             store.CampaignScope
				Exclusions                        []store.Exclusion
				Sources                           []store.CampaignSource
			}
			must(t, json.Unmarshal([]byte(l.Detail.Text), &d))
			if l.Record.Action != "review.freeze" || l.Record.Objects[0].Kind != "campaign" || l.Record.Objects[0].Name != "told" || l.Record.Reason != "because" ||
				d.UUID != c.UUID || d.Digest != c.Digest || d.Campaign != int64(c.ID) || d.Read != 6 || d.InScope != 5 || d.Excluded != 1 ||
				len(d.Scope.Frozen) != 2 || d.Exclusions[0].Count != 1 || d.Sources[0].DirectIn != 5 || d.Sources[0].EffectiveIn != 1 {
				t.Errorf("%+v %+v", l.Record, l.Detail.Text)
			}
			return nil
		}
		t.Error("no event")
		return nil
	}))
}

func TestSourcesSayHowCompleteTheyAre(t *testing.T) {
	for _, c := range []struct {
		name     string
		then     func(*rig, iam.Source)
		coverage string
		note     string
	}{
		{"read", func(*rig, iam.Source) {}, "complete", ""},
		{"six days ago", func(r *rig, _ iam.Source) { r.pass(6 * 24 * time.Hour) }, "complete", ""},
		{"eight days ago", func(r *rig, _ iam.Source) { r.pass(8 * 24 * time.Hour) }, "stale", "more than 7 days ago"},
		{"a newer run failed", func(r *rig, s iam.Source) { r.fail(t, s, iam.Partial) }, "partial", "did not finish"},
		{"a newer run was cancelled", func(r *rig, s iam.Source) { r.fail(t, s, iam.Cancelled) }, "partial", "did not finish"},
		{"a newer run is held", func(r *rig, s iam.Source) { r.fail(t, s, iam.Held) }, "held", "is held"},
		{"it is being read", func(r *rig, s iam.Source) { _, err := r.StartRun(ann, s, "full"); must(t, err) }, "complete", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			c.then(r, small(t, r))
			must(t, r.View(ann, func(v *store.Reader) error {
				p, err := Prepare(ann, v, all(false))
				if err != nil {
					return err
				}
				if s := p.Sources[0]; s.Coverage != c.coverage || !strings.Contains(s.Note, c.note) || (c.note == "") != (s.Note == "") || p.Unsure() != (c.coverage != "complete") {
					t.Errorf("%+v", s)
				}
				return nil
			}))
			_, err := Freeze(ann, r.Store, Campaign{Ask: all(false), Name: "without a reason", DueAt: r.Now().Add(time.Hour).UnixMicro()})
			if refused := iam.KindOf(err) == iam.Invalid; refused != (c.coverage != "complete") {
				t.Errorf("frozen without a reason: %v", err)
			}
		})
	}
}
