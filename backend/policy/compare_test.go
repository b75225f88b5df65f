package policy

import (
	"bytes"
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
		{"an action more", says("Allow", "s3:GetObject", "*"), says("Allow", "s3:GetObject s3:PutObject", "*"), "wider", "s3:PutObject arn:aws:s3:::example/example", ""},
		{"an action less", says("Allow", "s3:GetObject s3:PutObject", "*"), says("Allow", "s3:GetObject", "*"), "narrower", "", "s3:PutObject arn:aws:s3:::example/example"},
		{"another action", says("Allow", "s3:GetObject", "*"), says("Allow", "s3:PutObject", "*"), "incomparable", "s3:PutObject arn:aws:s3:::example/example", "s3:GetObject arn:aws:s3:::example/example"},
		{"capitals of actions", says("Allow", "S3:getobject", "*"), says("Allow", "s3:GetObject", "*"), "same", "", ""},
		{"one statement split in two", says("Allow", "s3:Get* s3:Put*", "*"), says("Allow", "s3:Get*", "*") + "," + says("Allow", "s3:Put*", "*"), "same", "", ""},
		{"a pattern and what it covers", says("Allow", "s3:* s3:Get*", "*"), says("Allow", "s3:*", "*"), "same", "", ""},
		{"a pattern that is wider", says("Allow", "s3:Get*", "*"), says("Allow", "s3:*", "*"), "wider", "s3:AbortMultipartUpload arn:aws:s3:::example/example", ""},
		{"patterns that overlap", says("Allow", "s3:Get*", "*"), says("Allow", "s3:*Object", "*"), "incomparable", "s3:DeleteObject arn:aws:s3:::example/example", "s3:GetAccelerateConfiguration arn:aws:s3:::example"},
		{"single characters", says("Allow", "s3:???Object", "*"), says("Allow", "s3:*Object", "*"), "wider", "s3:DeleteObject arn:aws:s3:::example/example", ""},
		{"resources", says("Allow", "s3:GetObject", "arn:aws:s3:::a/*"), says("Allow", "s3:GetObject", "arn:aws:s3:::a/* arn:aws:s3:::b/*"), "wider", "s3:GetObject arn:aws:s3:::b/x", ""},
		{"capitals of resources", says("Allow", "s3:GetObject", "arn:aws:s3:::a"), says("Allow", "s3:GetObject", "arn:aws:s3:::A"), "incomparable", "s3:GetObject arn:aws:s3:::A", "s3:GetObject arn:aws:s3:::a"},
		{"all resources and all ARNs", says("Allow", "s3:ListAllMyBuckets", "arn:*:*:*:*:*"), says("Allow", "s3:ListAllMyBuckets", "*"), "wider", "s3:ListAllMyBuckets *", ""},
		{"a deny", all, all + "," + says("Deny", "iam:*", "*"), "narrower", "", "iam:CreateUser arn:aws:iam::123456789012:user/example"},
		{"a deny of what is not allowed", says("Allow", "s3:*", "*"), says("Allow", "s3:*", "*") + "," + says("Deny", "iam:*", "*"), "same", "", ""},
		{"NotAction", says("Allow", "*", "*") + "," + says("Deny", "iam:*", "*"), `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, "same", "", ""},
		{"NotResource", says("Allow", "s3:*", "*") + "," + says("Deny", "s3:*", "arn:aws:s3:::a"), `{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::a"}`, "same", "", ""},
		{"a condition more", all, says("Allow", "*", "*", `"Bool":{"aws:SecureTransport":"true"}`), "narrower", "", "s3:GetObject arn:aws:s3:::example/example"},
		{"a condition negated", says("Allow", "*", "*", `"StringNotEquals":{"aws:PrincipalTag/team":"a"}`), says("Allow", "*", "*", `"StringEquals":{"aws:PrincipalTag/team":"a"}`), "incomparable",
			"s3:GetObject arn:aws:s3:::example/example aws:principaltag/team=a", "s3:GetObject arn:aws:s3:::example/example"},
		{"values in another order", says("Allow", "*", "*", `"StringLike":{"s3:prefix":["a*","b*"]}`), says("Allow", "*", "*", `"StringLike":{"S3:Prefix":["b*","a*","ab"]}`), "same", "", ""},
		{"both sides of a condition", says("Allow", "*", "*", `"Null":{"aws:x":"true"}`) + "," + says("Allow", "*", "*", `"Null":{"aws:x":"false"}`), all, "same", "", ""},
		{"numbers", says("Allow", "*", "*", `"NumericLessThan":{"s3:max-keys":"10"}`), says("Allow", "*", "*", `"NumericLessThanEquals":{"s3:max-keys":"10"}`), "wider", "s3:GetObject arn:aws:s3:::example/example s3:max-keys=10", ""},
		{"numbers written otherwise", says("Allow", "*", "*", `"NumericEquals":{"s3:max-keys":"10"}`), says("Allow", "*", "*", `"NumericEquals":{"s3:max-keys":10.0}`), "same", "", ""},
		{"dates", says("Allow", "*", "*", `"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}`), says("Allow", "*", "*", `"DateLessThan":{"aws:CurrentTime":"2026-01-01T01:00:00+01:00"}`), "same", "", ""},
		{"networks", says("Allow", "*", "*", `"IpAddress":{"aws:SourceIp":["10.0.0.0/9","10.128.0.0/9"]}`), says("Allow", "*", "*", `"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`), "same", "", ""},
		{"a network more", says("Allow", "*", "*", `"IpAddress":{"aws:SourceIp":"10.0.0.0/9"}`), says("Allow", "*", "*", `"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`), "wider", "s3:GetObject arn:aws:s3:::example/example aws:sourceip=10.128.0.0", ""},
		{"ARNs are no text", says("Allow", "*", "*", `"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:1:a"}`), says("Allow", "*", "*", `"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:1:a"}`), "same", "", ""},
		{"sets", says("Allow", "*", "*", `"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`), says("Allow", "*", "*", `"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`), "incomparable",
			"s3:GetObject arn:aws:s3:::example/example aws:tagkeys=[x,a]", "s3:GetObject arn:aws:s3:::example/example"},
		{"one variable", says("Allow", "*", "arn:aws:s3:::b/${aws:username}/*"), says("Allow", "*", "arn:aws:s3:::b/${aws:username}/*"), "same", "", ""},
		{"a variable against a star", says("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}/*"), says("Allow", "s3:*", "arn:aws:s3:::b/*"), "wider", "s3:GetObject arn:aws:s3:::b/someone/x", ""},
		{"a variable against a text", says("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}/*"), says("Allow", "s3:*", "arn:aws:s3:::b/anna/*"), "incomparable", "s3:GetObject arn:aws:s3:::b/anna/x", "s3:GetObject arn:aws:s3:::b/someone/x aws:username=someone"},
		{"a deny by a variable", all, all + "," + says("Deny", "s3:*", "arn:aws:s3:::b/${aws:username}"), "narrower", "", "s3:GetObject arn:aws:s3:::b/someone aws:username=someone"},
		{"a condition beside a variable", says("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}"), says("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}", `"Bool":{"aws:SecureTransport":"true"}`), "narrower", "", "s3:GetObject arn:aws:s3:::b/someone aws:username=someone"},
		{"a key in two manners", says("Allow", "s3:*", "*", `"StringLike":{"aws:PrincipalTag/n":"1*"}`, `"NumericLessThan":{"aws:PrincipalTag/n":"5"}`), says("Allow", "s3:*", "*", `"Bool":{"aws:SecureTransport":"true"}`) + "," + says("Allow", "s3:*", "*", `"Null":{"aws:SecureTransport":"true"}`) + "," + says("Allow", "s3:*", "*", `"BoolIfExists":{"aws:SecureTransport":"false"}`), "wider", "s3:GetObject arn:aws:s3:::example/example", ""},
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
		back, err := Compare(identityOf(t, c.new), identityOf(t, c.old))
		if err != nil || back.Relation != mirrored[got.Relation] || !slices.Equal(back.GainDoubts, got.LossDoubts) || requestText(back.Gained) != requestText(got.Lost) {
			t.Errorf("%s: %v, the other way %v %q, %v", c.name, got.Relation, back.Relation, back.GainDoubts, err)
		}
	}
}

// mirrored is what a comparison says if the sets change places.
var mirrored = map[Relation]Relation{Same: Same, Wider: Narrower, Narrower: Wider, Incomparable: Incomparable, Undecided: Undecided}

func documentOf(t testing.TB, statements string) *Document {
	t.Helper()
	return identityOf(t, statements).Identity[0].Document
}

// TestCompareDocumentsOfResources compares what names callers.
func TestCompareDocumentsOfResources(t *testing.T) {
	to := func(principal string, more ...string) string {
		return strings.Replace(says("Allow", "s3:GetObject", "arn:aws:s3:::b/*", more...), "{", `{"Principal":`+principal+`,`, 1)
	}
	const anna, account = `{"AWS":"arn:aws:iam::111122223333:user/anna"}`, `{"AWS":"111122223333"}`
	for _, c := range []struct{ name, old, new, want, gained, lost string }{
		{"one text", to(anna), to(anna), "same", "", ""},
		{"two spellings of an account", to(account), to(`{"AWS":"arn:aws:iam::111122223333:root"}`), "same", "", ""},
		{"two spellings of everyone", to(`"*"`), to(`{"AWS":["*"]}`), "same", "", ""},
		{"a user and its account", to(anna), to(account), "wider", "s3:GetObject on arn:aws:s3:::b/x by arn:aws:iam::111122223333:user/someone", ""},
		{"an account and everyone", to(account), to(`"*"`), "wider", "s3:GetObject on arn:aws:s3:::b/x by anyone, not signed in", ""},
		{"a service", to(anna), to(`{"Service":"sns.amazonaws.com"}`), "incomparable", "s3:GetObject on arn:aws:s3:::b/x by the service sns.amazonaws.com", "s3:GetObject on arn:aws:s3:::b/x by arn:aws:iam::111122223333:user/anna"},
		{"a condition", to(`"*"`), to(`"*"`, `"StringEquals":{"aws:PrincipalOrgID":"o-1"}`), "narrower", "", "s3:GetObject on arn:aws:s3:::b/x by anyone, not signed in"},
	} {
		got, err := CompareDocuments(documentOf(t, c.old), documentOf(t, c.new), ResourcePolicy)
		if err != nil {
			t.Fatal(c.name, err)
		}
		first := func(list []Witness) string {
			if len(list) == 0 {
				return ""
			}
			return list[0].Words
		}
		if got.Relation.String() != c.want || first(got.Gained) != c.gained || first(got.Lost) != c.lost {
			t.Errorf("%s: %v, gained %q, lost %q, doubts %q %q", c.name, got.Relation, first(got.Gained), first(got.Lost), got.GainDoubts, got.LossDoubts)
		}
	}
}

func TestCompareDocumentsOfTrustAndLimits(t *testing.T) {
	trust := func(account string) *Document {
		return documentOf(t, `{"Effect":"Allow","Principal":{"AWS":"`+account+`"},"Action":"sts:AssumeRole"}`)
	}
	got, err := CompareDocuments(trust("111122223333"), trust("444455556666"), TrustPolicy)
	if err != nil || got.Relation != Incomparable || !strings.HasPrefix(got.Gained[0].Words, "sts:AssumeRole on arn:aws:iam::") {
		t.Errorf("trust: %+v, %v", got, err)
	}
	deny := `{"Effect":"Deny","Principal":"*","Action":"%s:*","Resource":"*"}`
	for _, c := range []struct{ old, new, want string }{
		{"s3", "sqs", "incomparable"}, {"s3", "s3", "same"},
		{"sns", "ec2", "same"}, // for neither are resource control policies evaluated
	} {
		got, err := CompareDocuments(documentOf(t, fmt.Sprintf(deny, c.old)), documentOf(t, fmt.Sprintf(deny, c.new)), ResourceControlPolicy)
		if err != nil || got.Relation.String() != c.want {
			t.Errorf("resource control policies on %s and %s: %v, %v", c.old, c.new, got.Relation, err)
		}
	}
}

func TestAllows(t *testing.T) {
	set := identityOf(t, says("Allow", "s3:* iam:Get*", "*")+","+says("Deny", "s3:Delete*", "*")+","+says("Allow", "ec2:RunInstances", "*", `"StringEquals":{"ec2:Region":"a"}`, `"StringNotEquals":{"ec2:Region":"a"}`))
	for _, c := range []struct {
		action, resource string
		yes              bool
	}{
		{"s3:PutObject", "", true}, {"s3:DeleteObject", "", false}, {"s3:DeleteObject*", "", false}, {"s3:D*", "", true}, {"iam:*", "", true},
		{"iam:PassRole", "", false}, {"kms:*", "", false}, {"s3:GetObject", "arn:aws:s3:::b/x", true}, {"*", "arn:aws:kms:*:*:key/*", true}, {"ec2:*", "", false},
	} {
		got, err := Allows(set, c.action, c.resource)
		if err != nil || got.Yes != c.yes || len(got.Doubts) > 0 || got.Yes != (got.Witness != nil) {
			t.Errorf("%s %s: %+v, %v", c.action, c.resource, got, err)
		}
	}
}

func TestPublic(t *testing.T) {
	to := func(principal string, more ...string) string {
		return strings.Replace(says("Allow", "s3:GetObject", "arn:aws:s3:::b/*", more...), "{", `{"Principal":`+principal+`,`, 1)
	}
	for _, c := range []struct {
		name, statements string
		yes              bool
	}{
		{"everyone", to(`"*"`), true},
		{"an account", to(`{"AWS":"111122223333"}`), false},
		{"everyone but one", strings.Replace(to(`{"AWS":"arn:aws:iam::111122223333:root"}`), "Principal", "NotPrincipal", 1), true},
		{"an organization", to(`"*"`, `"StringEquals":{"aws:PrincipalOrgID":"o-1"}`), false},
		{"any organization", to(`"*"`, `"StringLike":{"aws:PrincipalOrgID":"o-*"}`), true},
		{"a network", to(`"*"`, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), false},
		{"half of all networks", to(`"*"`, `"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}`), true},
		{"a header that everyone can send", to(`"*"`, `"StringEquals":{"aws:UserAgent":"x"}`), true},
		{"denied again", to(`"*"`) + "," + strings.Replace(to(`"*"`), "Allow", "Deny", 1), false},
		{"denied but for an organization", to(`"*"`) + "," + strings.Replace(to(`"*"`, `"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}`), "Allow", "Deny", 1), false},
		{"a missing key lets in", to(`"*"`, `"StringNotEquals":{"aws:SourceVpce":"vpce-1"}`), true},
	} {
		got, err := Public(documentOf(t, c.statements))
		if err != nil || got.Yes != c.yes || len(got.Doubts) > 0 {
			t.Errorf("%s: %+v, %v", c.name, got, err)
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

// TestCompareKnowsTheLanguage compares one text in the two versions of the
// language, of which only the newer has escapes and variables.
func TestCompareKnowsTheLanguage(t *testing.T) {
	for _, c := range []struct{ resource, want string }{
		{"arn:aws:s3:::b/${*}", "incomparable"}, {"arn:aws:s3:::b/x", "same"},
	} {
		now := documentOf(t, says("Allow", "s3:GetObject", c.resource))
		then, err := Parse(bytes.Replace(now.Tree.Source, []byte(Version2012), []byte(Version2008), 1))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := CompareDocuments(then, now, IdentityPolicy); err != nil || got.Relation.String() != c.want {
			t.Errorf("%s: %v %q %q, %v", c.resource, got.Relation, requestText(got.Gained), requestText(got.Lost), err)
		}
	}
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
		if want := mirrored[got.Relation]; back.Relation != want {
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
