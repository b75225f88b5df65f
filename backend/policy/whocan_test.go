package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// everyGroup are the groups of a user and those above, by the plainest walk.
func (u *Universe) everyGroup(user string) map[string]bool {
	seen := map[string]bool{}
	var walk func(names []string)
	walk = func(names []string) {
		for _, name := range names {
			if !seen[name] {
				seen[name] = true
				walk(u.Groups[name].Parents)
			}
		}
	}
	walk(u.Users[user].Groups)
	return seen
}

// asked is the question for one user as Decide takes it.
func (u *Universe) asked(name string, q Question) (Set, *Request) {
	user := u.Users[name]
	set := Set{Identity: slices.Clone(user.Policies), SCP: u.SCP, Resource: u.Resources[q.Resource.ARN]}
	for g := range u.everyGroup(name) {
		set.Identity = append(set.Identity, u.Groups[g].Policies...)
	}
	keys := maps.Clone(q.Context.Keys)
	for k := range keys {
		if callerKeyOf(k) != notCaller {
			delete(keys, k)
		}
	}
	one := func(s string) ContextValue { return ContextValue{Values: []string{s}} }
	keys["aws:principalarn"], keys["aws:username"] = one(user.ARN), one(name)
	keys["aws:principalaccount"], keys["aws:principaltype"] = one(u.Account), one("User")
	keys["aws:principaltag/team"] = ContextValue{} // the universe knows who has no tag
	for k, v := range user.Tags {
		keys["aws:principaltag/"+strings.ToLower(k)] = one(v)
	}
	return set, &Request{
		Principal: Principal{Type: User, ARN: user.ARN, Account: u.Account}, Action: q.Action, Resource: q.Resource,
		Context: Context{Keys: keys, Incomplete: q.Context.Incomplete},
	}
}

func drawUniverse(t *rapid.T) *Universe {
	u := &Universe{Account: home, Users: map[string]UniverseUser{}, Groups: map[string]UniverseGroup{}, Resources: map[string]*Named{}}
	var documents []*Document
	for range 4 {
		documents = append(documents, drawDocument(t, LayerIdentity))
	}
	documents = append(documents, nil)
	policies := func(label string) (list []Named) {
		for i, d := range rapid.SliceOfN(rapid.SampledFrom(documents), 0, 2).Draw(t, label) {
			list = append(list, Named{Name: fmt.Sprint(label, i), Document: d})
		}
		return list
	}
	groups := []string{"a", "b", "c", "d"}
	names := func(label string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(groups), 0, 2, rapid.ID).Draw(t, label)
	}
	for _, g := range groups {
		u.Groups[g] = UniverseGroup{Parents: names("parents of " + g), Policies: policies("group " + g)}
	}
	for _, name := range []string{"anna", "ben", "o", "x"} {
		user := UniverseUser{ARN: "arn:aws:iam::" + home + ":user/" + name, Groups: names("groups of " + name), Policies: policies("user " + name)}
		if rapid.Bool().Draw(t, "tagged") {
			user.Tags = map[string]string{"Team": pick(t, "team", "o", "x", "")}
		}
		u.Users[name] = user
	}
	for range rapid.IntRange(0, 1).Draw(t, "scps") {
		u.SCP = append(u.SCP, drawNamed(t, LayerSCP))
	}
	if n := drawOne(t, LayerResource); n != nil {
		u.Resources[object.ARN] = n
	}
	return u
}

// The index answers as Decide does for each user.
func TestWhoCanIsDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := drawUniverse(t)
		p, err := NewPrincipals(u)
		if err != nil {
			t.Fatal(err)
		}
		r := drawRequest(t)
		q := Question{Action: r.Action, Resource: r.Resource, Context: r.Context}
		q.Context.Incomplete = rapid.IntRange(0, 3).Draw(t, "incomplete") == 0
		crowd := p.WhoCan(q)
		var want Crowd
		for _, name := range slices.Sorted(maps.Keys(u.Users)) {
			set, request := u.asked(name, q)
			d := decide(t, set, request)
			switch d.Verdict {
			case Allowed:
				want.Allowed = append(want.Allowed, name)
			case ExplicitlyDenied:
				want.ExplicitlyDenied = append(want.ExplicitlyDenied, name)
			case Unknown:
				want.Unknown = append(want.Unknown, name)
			}
			reasons := crowd.Why(name)
			effect := map[Verdict]Effect{Allowed: Allow, ExplicitlyDenied: Deny}[d.Verdict]
			matched := 0
			for _, m := range d.Matched {
				if m.Effect == effect && (effect == Deny || m.Layer.Kind != LayerSCP) {
					matched++
				}
			}
			if len(reasons) != matched {
				t.Fatalf("%s: reasons %v, matched %v", name, reasons, d.Matched)
			}
		}
		if !slices.Equal(crowd.Allowed, want.Allowed) || !slices.Equal(crowd.ExplicitlyDenied, want.ExplicitlyDenied) || !slices.Equal(crowd.Unknown, want.Unknown) {
			t.Fatalf("got %v %v %v, want %v %v %v", crowd.Allowed, crowd.ExplicitlyDenied, crowd.Unknown, want.Allowed, want.ExplicitlyDenied, want.Unknown)
		}
	})
}

func TestWhyNamesTheShortestWay(t *testing.T) {
	read := func(action, resource string) []Named {
		return []Named{{Name: "Read", Document: written(t, `{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":"sqs:*","Resource":"*"},{"Effect":"Allow","Action":"`+action+`","Resource":"`+resource+`"}]}`)}}
	}
	p, err := NewPrincipals(&Universe{
		Account: home,
		Groups: map[string]UniverseGroup{
			"child": {Parents: []string{"parent", "long"}}, "long": {Parents: []string{"longer"}}, "longer": {Parents: []string{"top"}},
			"parent": {Parents: []string{"top", "child"}}, "top": {Policies: read("s3:GetObject", "*")},
			"homes": {Policies: read("s3:GetObject", "arn:aws:s3:::b/${aws:username}")},
		},
		Users: map[string]UniverseUser{
			"anna": {Groups: []string{"child"}}, "o": {Groups: []string{"homes"}}, "ben": {Groups: []string{"homes"}},
			"carl": {Policies: read("s3:Get*", "*")}, "dora": {},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	crowd := p.WhoCan(Question{Action: "s3:GetObject", Resource: object})
	if want := []string{"anna", "carl", "o"}; !slices.Equal(crowd.Allowed, want) {
		t.Fatalf("got %v, want %v", crowd.Allowed, want)
	}
	identity := Layer{Kind: LayerIdentity}
	for name, want := range map[string][]Reason{
		"anna": {{identity, "Read", 1, Allow, "group:child>parent>top"}},
		"carl": {{identity, "Read", 1, Allow, "user"}},
		"o":    {{identity, "Read", 1, Allow, "group:homes"}},
		"dora": nil, "nobody": nil,
	} {
		if got := crowd.Why(name); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestUniverseNamesUnknownGroups(t *testing.T) {
	_, err := NewPrincipals(&Universe{Users: map[string]UniverseUser{"anna": {Groups: []string{"gone"}}}})
	if err == nil || !strings.Contains(err.Error(), `The user "anna" is in the group "gone"`) {
		t.Error(err)
	}
}

// company has a hundred thousand users in groups nested five deep, policies
// that look at the caller, and an organization.
func company(t testing.TB, users int) *Principals {
	u := &Universe{Account: home, Groups: map[string]UniverseGroup{}, Users: map[string]UniverseUser{}, Resources: map[string]*Named{}}
	doc := func(text string) *Document { return written(t, `{"Version":"2012-10-17","Statement":[`+text+`]}`) }
	for i := range 2000 {
		name := fmt.Sprintf("g%d", i)
		g := UniverseGroup{Policies: []Named{{Name: name, Document: doc(fmt.Sprintf(
			`{"Effect":"Allow","Action":["s3:Get*","sqs:SendMessage"],"Resource":"arn:aws:s3:::team-%d/*"},
			 {"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"t%d"}}}`, i, i%50))}}}
		if i > 0 {
			g.Parents = []string{fmt.Sprintf("g%d", (i-1)/5)}
		}
		u.Groups[name] = g
	}
	u.Groups["everyone"] = UniverseGroup{Policies: []Named{{Name: "homes", Document: doc(
		`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:username}/*"},{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}`)}}}
	for i := range users {
		u.Users[fmt.Sprintf("user%06d", i)] = UniverseUser{
			Groups: []string{fmt.Sprintf("g%d", i%2000), "everyone"}, Tags: map[string]string{"team": fmt.Sprintf("t%d", i%97)},
		}
	}
	u.SCP = [][]Named{{{Name: "full", Document: written(t, allow)}}, {{Name: "full", Document: written(t, allow)}, {Name: "guard", Document: doc(
		`{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/user00000?"}}}`)}}}
	p, err := NewPrincipals(u)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func BenchmarkWhoCan(b *testing.B) {
	p := company(b, 100_000)
	for name, q := range map[string]Question{
		"one branch":  {Action: "s3:GetObject", Resource: Resource{ARN: "arn:aws:s3:::team-7/x"}},
		"everyone":    {Action: "sns:Publish", Resource: Resource{ARN: "arn:aws:sns:eu-west-1:111111111111:t"}},
		"own home":    {Action: "s3:GetObject", Resource: Resource{ARN: "arn:aws:s3:::home/user000123/x"}},
		"by tag":      {Action: "dynamodb:GetItem", Resource: Resource{ARN: "arn:aws:dynamodb:eu-west-1:111111111111:table/t"}},
		"scp by user": {Action: "iam:GetUser", Resource: Resource{ARN: "*"}},
	} {
		b.Run(name, func(b *testing.B) {
			begun := cpuTime()
			for b.Loop() {
				p.WhoCan(q)
			}
			b.ReportMetric(float64(cpuTime()-begun)/1e6/float64(b.N), "cpu-ms/op")
		})
	}
	b.Run("why", func(b *testing.B) {
		crowd := p.WhoCan(Question{Action: "sns:Publish", Resource: Resource{ARN: "*"}})
		begun := time.Now()
		for _, name := range crowd.Allowed {
			crowd.Why(name)
		}
		b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms/all")
	})
}

// cpuTime is the time this process has computed, which other programs on the
// machine do not lengthen.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
