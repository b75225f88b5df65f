package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// told is a document on a few lines, to compare with.
func told(d *Document) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s|%s", d.Version, d.ID)
	list := func(name string, not bool, values []Value) {
		if values == nil {
			return
		}
		if not {
			name = "Not" + name
		}
		fmt.Fprintf(&out, " %s", name)
		for _, v := range values {
			fmt.Fprintf(&out, " %s", v.Text)
		}
	}
	for _, s := range d.Statements {
		fmt.Fprintf(&out, "\n%s %s", s.Sid, []string{"?", "Allow", "Deny"}[s.Effect])
		if s.Principals != nil {
			fmt.Fprintf(&out, " Principal(%v)", s.NotPrincipal)
		}
		for _, p := range s.Principals {
			fmt.Fprintf(&out, " %s=%s", p.Key, p.Text)
		}
		list("Action", s.NotAction, s.Actions)
		list("Resource", s.NotResource, s.Resources)
		for _, c := range s.Conditions {
			fmt.Fprintf(&out, " %s(%s", c.Operator, c.Key)
			for _, v := range c.Values {
				fmt.Fprintf(&out, " %s", v.Text)
			}
			out.WriteString(")")
		}
	}
	return out.String()
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"one statement, single values", `{"Version":"2012-10-17","Id":"x y","Statement":{"Sid":"A","Effect":"Allow","Action":"s3:Get*","Resource":"*"}}`,
			"2012-10-17|x y\nA Allow Action s3:Get* Resource *"},
		{"lists, Not forms, no version", `{"Statement":[{"Effect":"Deny","NotAction":["a:b","c:d"],"NotResource":["arn:aws:s3:::x","arn:aws:s3:::y"]},{"Effect":"Allow","Action":[],"Resource":[]}]}`,
			"|\n Deny NotAction a:b c:d NotResource arn:aws:s3:::x arn:aws:s3:::y\n Allow Action Resource"},
		{"everybody", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}`, "|\n Allow Principal(false) *=* Action *"},
		{"principals in order", `{"Statement":{"Effect":"Allow","NotPrincipal":{"Service":"ec2.amazonaws.com","AWS":["1","2"],"Federated":[],"CanonicalUser":"c"},"Action":"*"}}`,
			"|\n Allow Principal(true) Service=ec2.amazonaws.com AWS=1 AWS=2 CanonicalUser=c Action *"},
		{"nobody", `{"Statement":{"Effect":"Allow","Principal":{},"Action":"*"}}`, "|\n Allow Principal(false) Action *"},
		{"conditions as written", `{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":{"aws:x":true},"NumericLessThan":{"A":[1.50,"2"],"B":[]},"Null":{}}}}`,
			"|\n Allow Action * Bool(aws:x true) NumericLessThan(A 1.50 2) NumericLessThan(B)"},
		{"no statement in the list", `{"Statement":[]}`, "|"},
	} {
		d, err := Parse([]byte(c.source))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := told(d); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestParseSaysWhereAValueStands(t *testing.T) {
	source := "{\"Statement\": [\n {\"Effect\": \"Allow\",\n  \"Action\": [\"s3:é\", \"s3:x\"],\n  \"Condition\": {\"Bool\": {\"k\": true}}}]}"
	d, err := Parse([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	s := d.Statements[0]
	for _, c := range []struct {
		node *Node
		want string
	}{
		{s.Node, "2:2"}, {s.Actions[1].Node, "3:22"}, {s.Conditions[0].Node, "4:31"}, {s.Conditions[0].Values[0].Node, "4:31"},
	} {
		p := d.Tree.Position(c.node.Start)
		if got := fmt.Sprintf("%d:%d", p.Line, p.Column); got != c.want {
			t.Errorf("%s stands at %s, want %s", source[c.node.Start:c.node.End], got, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	statement := func(s string) string { return `{"Statement":` + s + `}` }
	for _, c := range []struct{ source, want string }{
		{`[]`, "1:1 A policy must be an object in braces, not a list."},
		{`{}`, "1:1 The policy has no Statement."},
		{`{"Version":"2012-10-18","Statement":[]}`, `1:12 Version must be "2012-10-17" or "2008-10-17"`},
		{`{"Version":2012,"Statement":[]}`, "1:12 Version must be a string in double quotation marks, not a number."},
		{`{"Statements":[]}`, `1:2 A policy has no element "Statements". It may have Version, Id and Statement.`},
		{`{"statement":[]}`, `1:2 A policy has no element "statement": it is spelled "Statement".`},
		{`{"Statement":[],"Statement":[]}`, `1:17 A policy has "Statement" twice.`},
		{`{"Statement":"x"}`, "1:14 A statement must be an object in braces, not a string."},
		{`{"Statement":[[]]}`, "1:15 A statement must be an object in braces, not a list."},
		{statement(`{"Action":"*"}`), `1:14 The statement has no Effect.`},
		{statement(`{"Effect":"allow","Action":"*"}`), `1:24 Effect must be "Allow" or "Deny", spelled so, not "allow".`},
		{statement(`{"Effect":["Allow"],"Action":"*"}`), `1:24 Effect must be a string in double quotation marks, not a list.`},
		{statement(`{"Effect":"Allow"}`), `1:14 The statement has no Action and no NotAction.`},
		{statement(`{"Effect":"Allow","Action":"*","Effect":"Deny"}`), `1:45 A statement has "Effect" twice.`},
		{statement(`{"Effect":"Allow","Action":"*","NotAction":"*"}`), `1:45 A statement has either Action or NotAction, not both.`},
		{statement(`{"Effect":"Allow","NotResource":"*","Resource":"*","Action":"*"}`), `1:50 A statement has either NotResource or Resource, not both.`},
		{statement(`{"Effect":"Allow","NotPrincipal":"*","Principal":"*","Action":"*"}`), `1:51 A statement has either NotPrincipal or Principal, not both.`},
		{statement(`{"Effect":"Allow","Action":["*",1]}`), `1:46 A value of Action must be a string in double quotation marks, not a number.`},
		{statement(`{"Effect":"Allow","Action":"*","Resource":null}`), `1:56 A value of Resource must be a string in double quotation marks, not null.`},
		{statement(`{"Effect":"Allow","Action":"*","Resources":"*"}`), `1:45 A statement has no element "Resources".`},
		{statement(`{"Effect":"Allow","Action":"*","Principal":"x"}`), `1:57 Principal must be "*" or an object such as`},
		{statement(`{"Effect":"Allow","Action":"*","Principal":["*"]}`), `1:57 Principal must be an object in braces, not a list.`},
		{statement(`{"Effect":"Allow","Action":"*","Principal":{"aws":"*"}}`), `1:58 Principal has no element "aws": it is spelled "AWS".`},
		{statement(`{"Effect":"Allow","Action":"*","Principal":{"User":"*"}}`), `1:58 Principal has no element "User". It may have AWS, Federated, Service and CanonicalUser.`},
		{statement(`{"Effect":"Allow","Action":"*","Condition":[]}`), `1:57 Condition must be an object in braces, not a list.`},
		{statement(`{"Effect":"Allow","Action":"*","Condition":{"Bool":"x"}}`), `1:65 Bool must be an object in braces, not a string.`},
		{statement(`{"Effect":"Allow","Action":"*","Condition":{"Bool":{"a":[null]}}}`), `1:71 A value of a must be`},
		{statement(`{"Effect":"Allow","Action":"*","Condition":{"Bool":{"a":"1","a":"2"}}}`), `1:74 Bool has "a" twice.`},
		{statement(`{"Effect":"Allow","Action":"*","Condition":{"Bool":{},"Bool":{}}}`), `1:68 Condition has "Bool" twice.`},
	} {
		_, err := Parse([]byte(c.source))
		wantError(t, c.source, err, c.want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":["*"],"Condition":{"Bool":{"a":true}}}}`,
		`{"Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":["1"]},"NotAction":[]}]}`, `{"Statement":[{}]}`, `{}`, `[`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		d, err := Parse(source)
		if err != nil {
			if !errors.As(err, new(*SyntaxError)) {
				t.Fatalf("%#v", err)
			}
			return
		}
		for _, s := range d.Statements {
			if s.Effect != Allow && s.Effect != Deny || s.Actions == nil || s.Node.Kind != Object {
				t.Fatalf("%+v", s)
			}
		}
	})
}
