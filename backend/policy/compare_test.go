package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// identityOf is a set of one identity policy, from statements in JSON.
func identityOf(t testing.TB, statements string) Set {
	t.Helper()
	d, err := Parse([]byte(`{"Version":"2012-10-17","Statement":[` + statements + `]}`))
	if err != nil {
		t.Fatalf("%v: %s", err, statements)
	}
	return Set{Identity: []Named{{Name: "policy", Document: d}}}
}

func says(effect, action, resource string, condition ...string) string {
	text := fmt.Sprintf(`{"Effect":%q,"Action":%s,"Resource":%s`, effect, listText(action), listText(resource))
	if len(condition) > 0 {
		text += `,"Condition":{` + strings.Join(condition, ",") + `}`
	}
	return text + "}"
}

func listText(words string) string { return `["` + strings.Join(strings.Fields(words), `","`) + `"]` }

func TestCompare(t *testing.T) {
	all := says("Allow", "*", "*")
	for _, c := range []struct {
		name, old, new, want string
		gained, lost         string // witnesses, "action resource [key=value …]"
	}{
		{"nothing and nothing", "", "", "same", "", ""},
		{"one text", all, all, "same", "", ""},
		{"an action more", says("Allow", "s3:GetObject", "*"), says("Allow", "s3:GetObject s3:PutObject", "*"), "wider", "s3:PutObject *", ""},
		{"an action less", says("Allow", "s3:GetObject s3:PutObject", "*"), says("Allow", "s3:GetObject", "*"), "narrower", "", "s3:PutObject *"},
		{"another action", says("Allow", "s3:GetObject", "*"), says("Allow", "s3:PutObject", "*"), "incomparable", "s3:PutObject *", "s3:GetObject *"},
		{"capitals of actions", says("Allow", "S3:getobject", "*"), says("Allow", "s3:GetObject", "*"), "same", "", ""},
		{"one statement split in two", says("Allow", "s3:Get* s3:Put*", "*"), says("Allow", "s3:Get*", "*") + "," + says("Allow", "s3:Put*", "*"), "same", "", ""},
		{"a pattern and what it covers", says("Allow", "s3:* s3:Get*", "*"), says("Allow", "s3:*", "*"), "same", "", ""},
		{"a pattern that is wider", says("Allow", "s3:Get*", "*"), says("Allow", "s3:*", "*"), "wider", "s3:AbortMultipartUpload *", ""},
		{"patterns that overlap", says("Allow", "s3:Get*", "*"), says("Allow", "s3:*Object", "*"), "incomparable", "s3:DeleteObject *", "s3:GetAccelerateConfiguration *"},
		{"single characters", says("Allow", "s3:???Object", "*"), says("Allow", "s3:*Object", "*"), "wider", "s3:DeleteObject *", ""},
		{"resources", says("Allow", "s3:GetObject", "arn:aws:s3:::a/*"), says("Allow", "s3:GetObject", "arn:aws:s3:::a/* arn:aws:s3:::b/*"), "wider", "s3:GetObject arn:aws:s3:::b/x", ""},
		{"capitals of resources", says("Allow", "s3:GetObject", "arn:aws:s3:::a"), says("Allow", "s3:GetObject", "arn:aws:s3:::A"), "incomparable", "s3:GetObject arn:aws:s3:::A", "s3:GetObject arn:aws:s3:::a"},
		{"all resources and all ARNs", says("Allow", "s3:ListAllMyBuckets", "arn:*:*:*:*:*"), says("Allow", "s3:ListAllMyBuckets", "*"), "wider", "s3:ListAllMyBuckets *", ""},
		{"a deny", all, all + "," + says("Deny", "iam:*", "*"), "narrower", "", "iam:CreateUser *"},
		{"a deny of what is not allowed", says("Allow", "s3:*", "*"), says("Allow", "s3:*", "*") + "," + says("Deny", "iam:*", "*"), "same", "", ""},
		{"NotAction", says("Allow", "*", "*") + "," + says("Deny", "iam:*", "*"), `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, "same", "", ""},
		{"NotResource", says("Allow", "s3:*", "*") + "," + says("Deny", "s3:*", "arn:aws:s3:::a"), `{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::a"}`, "same", "", ""},
		{"a condition more", all, says("Allow", "*", "*", `"Bool":{"aws:SecureTransport":"true"}`), "narrower", "", "s3:GetObject *"},
		{"a condition negated", says("Allow", "*", "*", `"StringNotEquals":{"aws:PrincipalTag/team":"a"}`), says("Allow", "*", "*", `"StringEquals":{"aws:PrincipalTag/team":"a"}`), "incomparable",
			"s3:GetObject * aws:principaltag/team=a", "s3:GetObject *"},
		{"values in another order", says("Allow", "*", "*", `"StringLike":{"s3:prefix":["a*","b*"]}`), says("Allow", "*", "*", `"StringLike":{"S3:Prefix":["b*","a*","ab"]}`), "same", "", ""},
		{"both sides of a condition", says("Allow", "*", "*", `"Null":{"aws:x":"true"}`) + "," + says("Allow", "*", "*", `"Null":{"aws:x":"false"}`), all, "same", "", ""},
		{"numbers", says("Allow", "*", "*", `"NumericLessThan":{"s3:max-keys":"10"}`), says("Allow", "*", "*", `"NumericLessThanEquals":{"s3:max-keys":"10"}`), "wider", "s3:GetObject * s3:max-keys=10", ""},
		{"numbers written otherwise", says("Allow", "*", "*", `"NumericEquals":{"s3:max-keys":"10"}`), says("Allow", "*", "*", `"NumericEquals":{"s3:max-keys":10.0}`), "same", "", ""},
		{"dates", says("Allow", "*", "*", `"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}`), says("Allow", "*", "*", `"DateLessThan":{"aws:CurrentTime":"2026-01-01T01:00:00+01:00"}`), "same", "", ""},
		{"networks", says("Allow", "*", "*", `"IpAddress":{"aws:SourceIp":["10.0.0.0/9","10.128.0.0/9"]}`), says("Allow", "*", "*", `"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`), "same", "", ""},
		{"a network more", says("Allow", "*", "*", `"IpAddress":{"aws:SourceIp":"10.0.0.0/9"}`), says("Allow", "*", "*", `"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`), "wider", "s3:GetObject * aws:sourceip=10.128.0.0", ""},
		{"ARNs are no text", says("Allow", "*", "*", `"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:1:a"}`), says("Allow", "*", "*", `"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:1:a"}`), "same", "", ""},
		{"sets", says("Allow", "*", "*", `"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`), says("Allow", "*", "*", `"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`), "incomparable",
			"s3:GetObject * aws:tagkeys=[x,a]", "s3:GetObject *"},
		{"one variable", says("Allow", "*", "arn:aws:s3:::b/${aws:username}/*"), says("Allow", "*", "arn:aws:s3:::b/${aws:username}/*"), "same", "", ""},
		{"a variable against a star", says("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}/*"), says("Allow", "s3:*", "arn:aws:s3:::b/*"), "wider", "s3:GetObject arn:aws:s3:::b/someone/x", ""},
		{"a variable against a text", says("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}/*"), says("Allow", "s3:*", "arn:aws:s3:::b/anna/*"), "incomparable", "s3:GetObject arn:aws:s3:::b/anna/x", "s3:GetObject arn:aws:s3:::b/someone/x aws:username=someone"},
		{"a variable that a condition fixes", says("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}", `"StringEquals":{"aws:username":"anna"}`), says("Allow", "s3:*", "arn:aws:s3:::b/anna", `"StringEquals":{"aws:username":"anna"}`), "undecided", "", ""},
	} {
		got, err := Compare(identityOf(t, c.old), identityOf(t, c.new))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if gained, lost := requestText(got.Gained), requestText(got.Lost); got.Relation.String() != c.want || gained != c.gained || lost != c.lost {
			t.Errorf("%s: %s, gained %q, lost %q, doubts %q %q; want %s, %q, %q", c.name, got.Relation, gained, lost, got.GainDoubts, got.LossDoubts, c.want, c.gained, c.lost)
		}
	}
}

// requestText is the first witness on a line.
func requestText(list []Witness) string {
	if len(list) == 0 {
		return ""
	}
	r := list[0].Request
	text := r.Action + " " + r.Resource.ARN
	var keys []string
	for k, v := range r.Context.Keys {
		value := strings.Join(v.Values, ",")
		if v.Multi {
			value = "[" + value + "]"
		}
		keys = append(keys, " "+k+"="+value)
	}
	slices.Sort(keys)
	return text + strings.Join(keys, "")
}

// TestCompareLaws draws sets and requests from the small world of the laws of
// the engine.
func TestCompareLaws(t *testing.T) {
	relations := map[Relation]int{}
	rapid.Check(t, func(t *rapid.T) {
		old, new := drawComparable(t), drawComparable(t)
		if rapid.Bool().Draw(t, "grown") {
			new = old
			new.Identity = append(slices.Clone(old.Identity), drawNamed(t, LayerIdentity)...)
		}
		got, err := Compare(old, new)
		if err != nil {
			t.Fatal(err)
		}
		relations[got.Relation]++
		confirmed(t, old, new, got)
		back, err := Compare(new, old)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[Relation]Relation{Same: Same, Wider: Narrower, Narrower: Wider, Incomparable: Incomparable, Undecided: Undecided}[got.Relation]; back.Relation != want {
			t.Fatalf("one way it is %v, the other way %v", got.Relation, back.Relation)
		}
		if self, err := Compare(old, old); err != nil || self.Relation != Same {
			t.Fatalf("compared with itself: %v, %v", self, err)
		}
		p, _ := Compile(old)
		q, _ := Compile(new)
		var before, after Decision
		for range 60 {
			r := drawRequest(t)
			r.Principal, r.Resource.Account = userOf(ownAccount), ""
			p.Decide(r, &before)
			q.Decide(r, &after)
			was, is := before.Verdict == Allowed, after.Verdict == Allowed
			if is && !was && (got.Relation == Same || got.Relation == Narrower) || was && !is && (got.Relation == Same || got.Relation == Wider) {
				t.Fatalf("%v, but %+v is answered %v before and %v after", got.Relation, r, before.Verdict, after.Verdict)
			}
		}
	})
	t.Log(relations)
}

// drawComparable draws a set without a resource policy.
func drawComparable(t *rapid.T) Set {
	set := Set{Identity: drawNamed(t, LayerIdentity)}
	if rapid.IntRange(0, 3).Draw(t, "bounded") == 0 {
		set.Boundary = &Named{Document: drawDocument(t, LayerBoundary)}
	}
	if rapid.IntRange(0, 3).Draw(t, "organized") == 0 {
		set.SCP = [][]Named{{{Document: drawDocument(t, LayerSCP)}}}
	}
	return set
}

// confirmed asks the evaluator about every witness.
func confirmed(t *rapid.T, old, new Set, c Comparison) {
	p, _ := Compile(old)
	q, _ := Compile(new)
	for i, w := range append(slices.Clone(c.Gained), c.Lost...) {
		var before, after Decision
		p.Decide(&w.Request, &before)
		q.Decide(&w.Request, &after)
		gained := i < len(c.Gained)
		if before.Verdict != w.Old || after.Verdict != w.New || (after.Verdict == Allowed) != gained || (before.Verdict == Allowed) == gained {
			t.Fatalf("the witness %+v is answered %v and %v", w, before.Verdict, after.Verdict)
		}
	}
}
