package policy

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestLongListsAreComparedAsShortOnes asks statements with many actions and
// resources what each of these says alone.
func TestLongListsAreComparedAsShortOnes(t *testing.T) {
	actions := rapid.SampledFrom([]string{"s3:GetObject", "S3:getobject", "s3:Get*", "s3:PutObject", "kms:Decrypt", "\u212ams:Decrypt", "kms:Decryp", "kms:DecryptX", "sqs:?", "*", "s3:ä", "a:b", "b:a", ""})
	arns := rapid.SampledFrom([]string{"arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::", "arn:aws:s3", "arn:aws:sqs:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::a/${*}", "arn:aws:s3:::a/${aws:username}",
		"arn:aws:iam::111111111111:user/anna", "arn:*:s3:::b", "arn:aws:s3:::a:b", "arn:aws:s3:::a/anna", "arn:aws:s3:::A", "", "b"})
	rapid.Check(t, func(t *rapid.T) {
		s := Statement{Effect: Allow, NotAction: rapid.Bool().Draw(t, "notAction"), NotResource: rapid.Bool().Draw(t, "notResource")}
		for _, text := range rapid.SliceOfN(actions, 1, 20).Draw(t, "actions") {
			s.Actions = append(s.Actions, Value{Text: text})
		}
		for _, text := range rapid.SliceOfN(arns, 1, 20).Draw(t, "resources") {
			s.Resources = append(s.Resources, Value{Text: text})
		}
		kind := pick(t, "kind", LayerIdentity, LayerResource)
		var r rule
		if err := r.compile(&s, kind, true); err != nil {
			t.Fatal(err)
		}
		action, arn := actions.Draw(t, "action"), newARNText(arns.Draw(t, "resource"))
		ctx := Context{Keys: map[string]ContextValue{"aws:username": {Values: []string{"anna"}}}, Incomplete: rapid.Bool().Draw(t, "incomplete")}
		concerns, applies := no, no
		for _, v := range s.Actions {
			p := newPattern(v.Text, dialect{wildcards: true, fold: true})
			concerns = max(concerns, p.match(action, &ctx))
		}
		for _, v := range s.Resources {
			p := newARNPattern(v.Text, arnRule{variables: true, pad: kind != LayerResource})
			applies = max(applies, p.match(&arn, &ctx))
		}
		if s.NotResource {
			applies = applies.not()
		}
		if got := r.matchesAction(action); got != (concerns == yes) != s.NotAction {
			t.Errorf("%q: %v by %v of %v", action, got, concerns, s.Actions)
		}
		if got := r.matchesResource(&arn, &ctx); got != applies {
			t.Errorf("%q: got %v, want %v of %v", arn.text, got, applies, s.Resources)
		}
	})
}

// longLists is a statement with two thousand actions and as many resources.
func longLists(t testing.TB) *Policies {
	s := Statement{Effect: Allow}
	for i := range 2000 {
		s.Actions = append(s.Actions, Value{Text: fmt.Sprintf("s3:Action%d", i)})
		s.Resources = append(s.Resources, Value{Text: fmt.Sprintf("arn:aws:s3:::bucket-%d", i)})
	}
	p, err := Compile(Set{Identity: []Named{{Document: &Document{Version: Version2012, Statements: []Statement{s}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLongListsTakeNoMemory(t *testing.T) {
	p := longLists(t)
	r := Request{Principal: anna, Action: "s3:action1999", Resource: Resource{ARN: "arn:aws:s3:::bucket-0"}}
	var d Decision
	if n := testing.AllocsPerRun(10, func() { p.Decide(&r, &d) }); n != 0 || d.Verdict != Allowed {
		t.Errorf("%v after %v allocations", d.Verdict, n)
	}
}

// Sets that share documents share what is compiled of them.
func TestCompilerShares(t *testing.T) {
	document := written(t, allow)
	var c Compiler
	set := func(more ...Named) *Policies {
		p, err := c.Compile(Set{Identity: append([]Named{{Document: document}}, more...), Resource: &Named{Document: document}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b := set(), set(Named{})
	if a.placed[0].rule != b.placed[0].rule {
		t.Error("the same document was compiled twice")
	}
	if a.placed[0].rule == a.placed[1].rule {
		t.Error("as a resource policy it means something else")
	}
}

func BenchmarkLongLists(b *testing.B) {
	p := longLists(b)
	requests := []Request{
		{Principal: anna, Action: "s3:Action1999", Resource: Resource{ARN: "arn:aws:s3:::bucket-1777"}},
		{Principal: anna, Action: "s3:Action7", Resource: Resource{ARN: "arn:aws:s3:::bucket-2777"}},
	}
	var d Decision
	i, begun := 0, cpuTime()
	for b.Loop() {
		p.Decide(&requests[i%len(requests)], &d)
		i++
	}
	b.ReportMetric(float64(cpuTime()-begun)/float64(b.N), "cpu-ns/op")
}
