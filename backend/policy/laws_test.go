package policy

import (
	"math/rand"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The laws hold for sets and requests drawn from a small world, in which
// statements often concern the request and often disagree.

func pick[T any](t *rapid.T, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(t, label)
}

func drawValues(t *rapid.T, label string, from ...string) []Value {
	var values []Value
	for _, text := range rapid.SliceOfN(rapid.SampledFrom(from), 1, 3).Draw(t, label) {
		values = append(values, Value{Text: text})
	}
	return values
}

func drawStatement(t *rapid.T, kind LayerKind) Statement {
	s := Statement{Effect: pick(t, "effect", Allow, Allow, Deny)}
	s.NotAction = rapid.IntRange(0, 5).Draw(t, "notAction") == 0
	s.Actions = drawValues(t, "actions", "s3:GetObject", "s3:Get*", "S3:*", "*", "kms:Decrypt", "sts:AssumeRole", "s3:???Object")
	s.NotResource = rapid.IntRange(0, 5).Draw(t, "notResource") == 0
	s.Resources = drawValues(t, "resources", "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${aws:PrincipalTag/team, 'o'}",
		"arn:aws:s3", role.ARN, key.ARN, "arn:aws:*:*:*:*:*")
	if kind == LayerResource {
		s.NotPrincipal = rapid.IntRange(0, 4).Draw(t, "notPrincipal") == 0
		for _, v := range drawValues(t, "principals", "*", home, other, anna.ARN, session.ARN, session.Role, fed.ARN, lambda.Name) {
			p := PrincipalValue{Key: "AWS", Text: v.Text}
			if v.Text == lambda.Name {
				p.Key = "Service"
			}
			s.Principals = append(s.Principals, p)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		set := pick(t, "set", "", "", "ForAllValues:", "ForAnyValue:")
		op := pick(t, "operator", "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "ArnLike", "Bool", "NumericLessThan")
		s.Conditions = append(s.Conditions, Condition{
			Operator: pick(t, "whole", set+op, set+op, set+op+"IfExists", "Null"),
			Key:      pick(t, "key", "aws:username", "aws:PrincipalTag/team", "aws:TagKeys"),
			Values:   drawValues(t, "values", "o", "anna", "a*", "true", "false", "5", "${aws:username}", "${aws:PrincipalTag/team}", "x"),
		})
	}
	return s
}

func drawDocument(t *rapid.T, kind LayerKind) *Document {
	d := &Document{Version: pick(t, "version", Version2012, Version2012, Version2008)}
	for range rapid.IntRange(0, 3).Draw(t, "statements") {
		d.Statements = append(d.Statements, drawStatement(t, kind))
	}
	return d
}

func drawNamed(t *rapid.T, kind LayerKind) []Named {
	var list []Named
	for range rapid.IntRange(0, 2).Draw(t, "policies") {
		list = append(list, Named{Document: drawDocument(t, kind)})
	}
	return list
}

func drawOne(t *rapid.T, kind LayerKind) *Named {
	if rapid.Bool().Draw(t, "absent") {
		return nil
	}
	return &Named{Document: drawDocument(t, kind)}
}

func drawSet(t *rapid.T) Set {
	set := Set{
		Identity: drawNamed(t, LayerIdentity), Boundary: drawOne(t, LayerBoundary),
		Session: drawOne(t, LayerSession), Resource: drawOne(t, LayerResource),
	}
	full := Named{Document: &Document{Version: Version2012, Statements: []Statement{
		{Effect: Allow, Actions: []Value{{Text: "*"}}, Resources: []Value{{Text: "*"}}},
	}}}
	for range rapid.IntRange(0, 2).Draw(t, "scps") {
		set.SCP = append(set.SCP, append(drawNamed(t, LayerSCP), full))
	}
	for range rapid.IntRange(0, 1).Draw(t, "rcps") {
		set.RCP = append(set.RCP, drawNamed(t, LayerRCP))
	}
	return set
}

func drawContext(t *rapid.T) Context {
	c := Context{Keys: map[string]ContextValue{}}
	for _, k := range []string{"aws:username", "aws:principaltag/team", "aws:tagkeys"} {
		if !rapid.Bool().Draw(t, k) {
			continue
		}
		v := ContextValue{Values: []string{pick(t, "value", "o", "anna", "true", "7", "3", "")}}
		if k == "aws:tagkeys" {
			v = ContextValue{Values: rapid.SliceOfN(rapid.SampledFrom([]string{"o", "anna", "true", "", "3"}), 0, 2).Draw(t, "tags"), Multi: true}
		}
		c.Keys[k] = v
	}
	return c
}

func drawRequest(t *rapid.T) *Request {
	return &Request{
		Principal: pick(t, "who", anna, anna, session, fed, lambda, nobody),
		Action:    pick(t, "action", "s3:GetObject", "s3:GetObject", "s3:PutObject", "kms:Decrypt", "sts:AssumeRole"),
		Resource:  pick(t, "resource", object, object, foreign, role, key, Resource{ARN: "*"}),
		Context:   drawContext(t),
	}
}

func decide(t *rapid.T, s Set, r *Request) Decision {
	p, err := Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	var d Decision
	p.Decide(r, &d)
	return d
}

// documents are all documents of a set, to be changed in place.
func (s *Set) documents() []**Document {
	var all []**Document
	for _, list := range slices.Concat([][]Named{s.Identity}, s.SCP, s.RCP) {
		for i := range list {
			all = append(all, &list[i].Document)
		}
	}
	for _, n := range []*Named{s.Boundary, s.Session, s.Resource} {
		if n != nil {
			all = append(all, &n.Document)
		}
	}
	return all
}

// with is a copy of the set in which one document has been changed.
func (s Set) with(n int, change func(Document) *Document) Set {
	copied := s.copy()
	at := copied.documents()[n]
	*at = change(**at)
	return copied
}

func (s Set) copy() Set {
	s.Identity = slices.Clone(s.Identity)
	for _, levels := range []*[][]Named{&s.SCP, &s.RCP} {
		*levels = slices.Clone(*levels)
		for i := range *levels {
			(*levels)[i] = slices.Clone((*levels)[i])
		}
	}
	for _, n := range []**Named{&s.Boundary, &s.Session, &s.Resource} {
		if *n != nil {
			one := **n
			*n = &one
		}
	}
	return s
}

// anyDocument draws a document of the set, or skips what has none.
func anyDocument(t *rapid.T, s *Set) (n int, kind LayerKind) {
	all := s.documents()
	if len(all) == 0 {
		t.Skip("no document")
	}
	n = rapid.IntRange(0, len(all)-1).Draw(t, "document")
	if s.Resource != nil && all[n] == &s.Resource.Document {
		return n, LayerResource
	}
	return n, LayerIdentity
}

func added(s Statement) func(Document) *Document {
	return func(d Document) *Document {
		d.Statements = append(slices.Clone(d.Statements), s)
		return &d
	}
}

func TestLawDenyNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSet(t), drawRequest(t)
		n, kind := anyDocument(t, &s)
		extra := drawStatement(t, kind)
		extra.Effect = Deny
		before, after := decide(t, s, r), decide(t, s.with(n, added(extra)), r)
		if after.Verdict == Allowed && before.Verdict != Allowed || before.Verdict == ExplicitlyDenied && after.Verdict != ExplicitlyDenied {
			t.Fatalf("before %v, after %v", before, after)
		}
	})
}

func TestLawAllowNeverDenies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSet(t), drawRequest(t)
		n, kind := anyDocument(t, &s)
		extra := drawStatement(t, kind)
		extra.Effect = Allow
		before, after := decide(t, s, r), decide(t, s.with(n, added(extra)), r)
		if before.Verdict == Allowed && after.Verdict != Allowed || (before.Verdict == ExplicitlyDenied) != (after.Verdict == ExplicitlyDenied) {
			t.Fatalf("before %v, after %v", before, after)
		}
	})
}

func TestLawCeilingsNeverAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSet(t), drawRequest(t)
		capped := s.copy()
		ceiling := &Named{Document: drawDocument(t, LayerBoundary)}
		switch {
		case rapid.Bool().Draw(t, "scp"):
			capped.SCP = append(capped.SCP, []Named{*ceiling})
		case s.Boundary == nil:
			capped.Boundary = ceiling
		case s.Session == nil:
			capped.Session = ceiling
		default:
			t.Skip("has them all")
		}
		before, after := decide(t, s, r), decide(t, capped, r)
		if after.Verdict == Allowed && before.Verdict != Allowed {
			t.Fatalf("before %v, after %v", before, after)
		}
	})
}

func TestLawOrderIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSet(t), drawRequest(t)
		shuffled := s.copy()
		random := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		for _, list := range slices.Concat([][]Named{shuffled.Identity}, shuffled.SCP, shuffled.RCP) {
			random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		for _, at := range shuffled.documents() {
			d := **at
			d.Statements = slices.Clone(d.Statements)
			random.Shuffle(len(d.Statements), func(i, j int) { d.Statements[i], d.Statements[j] = d.Statements[j], d.Statements[i] })
			*at = &d
		}
		before, after := decide(t, s, r), decide(t, shuffled, r)
		slices.Sort(before.Missing)
		slices.Sort(after.Missing)
		if before.Verdict != after.Verdict || before.Blocked != after.Blocked || len(before.Matched) != len(after.Matched) || !slices.Equal(before.Missing, after.Missing) {
			t.Fatalf("before %v, after %v", before, after)
		}
	})
}

func TestLawExplicitDenyWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSet(t), drawRequest(t)
		if !r.Principal.isIdentity() {
			t.Skip("policies of its own and of an organization bear on identities alone")
		}
		s.RCP = nil // its service may have none
		n, kind := anyDocument(t, &s)
		extra := Statement{Effect: Deny, Actions: []Value{{Text: "*"}}, Resources: []Value{{Text: "*"}}}
		if kind == LayerResource {
			extra.Principals = []PrincipalValue{{Key: "*", Text: "*"}}
		}
		if d := decide(t, s.with(n, added(extra)), r); d.Verdict != ExplicitlyDenied {
			t.Fatal(d)
		}
	})
}

// What is answered for an incomplete request holds however it is completed,
// and what is answered while policies are unread holds whatever they say.
func TestLawUnknownNeverBecomesAllow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSet(t), drawRequest(t)
		whole := decide(t, s, r)

		part := *r
		part.Context = Context{Keys: map[string]ContextValue{}, Incomplete: true}
		for k, v := range r.Context.Keys {
			if rapid.Bool().Draw(t, "told "+k) {
				part.Context.Keys[k] = v
			}
		}
		unread := s.copy()
		for _, at := range unread.documents() {
			if rapid.IntRange(0, 3).Draw(t, "unread") == 0 {
				*at = nil
			}
		}
		for _, d := range []Decision{decide(t, s, &part), decide(t, unread, r), decide(t, unread, &part)} {
			if d.Verdict != Unknown && d.Verdict != whole.Verdict {
				t.Fatalf("said %v, is %v", d, whole)
			}
		}
	})
}

// A decision that is used again says the same as a fresh one.
func TestDecisionIsReused(t *testing.T) {
	var used Decision
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSet(t), drawRequest(t)
		p, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		p.Decide(r, &used)
		fresh := decide(t, s, r)
		if used.Verdict != fresh.Verdict || used.Blocked != fresh.Blocked || !slices.Equal(used.Matched, fresh.Matched) || !slices.Equal(used.Missing, fresh.Missing) {
			t.Fatalf("used %v, fresh %v", used, fresh)
		}
	})
}
