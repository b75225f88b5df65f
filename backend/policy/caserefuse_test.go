package policy_test

import (
	"strings"
	"testing"

	"gatehouse/backend/policy"
)

const goodCast = "anna = user arn:aws:iam::111122223333:user/anna"

const goodCases = `== A title
page: reference_policies_elements_action.html
who: anna
on: arn:aws:s3:::vault/report
identity: Read
policy Read:
  allow <pattern> on * when StringEquals aws:username = anna

pattern | action       | context             | expect
s3:Get* | s3:GetObject | aws:username = anna | allowed by identity.1.1 missing nothing
s3:Get* | s3:PutObject | -                   | implicit identity
`

// TestCaseReaderRefuses: a slip in a case fails the test instead of passing as
// a case that says less than it seems to.
func TestCaseReaderRefuses(t *testing.T) {
	var r caseReader
	if err := r.readCast("cast.txt", goodCast); err != nil {
		t.Fatal(err)
	}
	if cases, err := r.readCases("good.txt", goodCases); err != nil || len(cases) != 2 {
		t.Fatalf("the good file gave %d cases, %v", len(cases), err)
	}
	for _, slip := range []struct{ from, to, want string }{
		{"page: reference_policies_elements_action.html\n", "", "no documentation page"},
		{"who: anna", "how: anna", "no field"},
		{"who: anna", "who: anne", "no principal"},
		{"who: anna", "who: anna\nwho: anna", "said twice"},
		{"identity: Read", "identity: Raed", "no policy"},
		{"identity: Read", "identity: Read / Read", "no levels"},
		{"identity: Read", "boundary: Read, Read", "one policy"},
		{"policy Read:", "policy Read:\n  allow s3:* on *\npolicy Idle:", "uses the policy"},
		{"policy Read:", "policy Read:\npolicy Read:", "written twice"},
		{"allow <pattern>", "alow <pattern>", "begins with allow or deny"},
		{"allow <pattern> on *", "allow <pattern> on s3:vault", "is no resource"},
		{"allow <pattern> on *", "allow <pattern> in *", "not understood"},
		{"<pattern>", "s3:*", "nothing in the group says"},
		{"<pattern>", "<pattern>, <other>", "no column"},
		{"StringEquals", "StringEqual", "no operator"},
		{"StringEquals", "NullIfExists", "no operator"},
		{"aws:username = anna\n\n", "aws:username is anna\n\n", "no key followed by ="},
		{"aws:username = anna\n\n", "aws:username = anna and StringEquals aws:username = ben\n\n", "tested twice"},
		{"aws:username = anna\n\n", "aws:username = ${aws:userid\n\n", "does not end"},
		{"aws:username = anna\n\n", "aws:username = \"anna\n\n", "does not end"},
		{"s3:Get* | s3:PutObject", "s3:Get* | s3:GetObject | s3:PutObject", "5 cells"},
		{"s3:Get* | s3:PutObject | -   ", "s3:Get* | s3:GetObject | aws:username = anna", "the same question"},
		{"| s3:PutObject |", "| s3PutObject |", "no action"},
		{"on: arn:aws:s3:::vault/report", "on: vault", "no resource"},
		{"| aws:username = anna |", "| aws:username = {anna |", "do not end"},
		{"| aws:username = anna |", "| aws:username = anna; aws:UserName = ben |", "twice"},
		{"implicit identity", "implicit", "expects nothing"},
		{"implicit identity", "implicitly identity", "no verdict"},
		{"implicit identity", "implicit identities", "no verdict"},
		{"implicit identity", "implicit identity becasue", "lists nothing"},
		{"by identity.1.1", "by identity.1.2", "statement 2 of 1"},
		{"by identity.1.1", "by identity.2.1", "does not have"},
		{"by identity.1.1", "by boundary.1.1", "does not have"},
		{"by identity.1.1", "by identity.1", "no LAYER.POLICY.STATEMENT"},
		{"by identity.1.1", "by", "lists nothing"},
		{"missing nothing", "missing username", "no condition key"},
		{"pattern | action ", "pattern | acton  ", "nothing in the group says"},
	} {
		text := strings.Replace(goodCases, slip.from, slip.to, 1)
		if text == goodCases {
			t.Fatalf("%q is not in the good file", slip.from)
		}
		if _, err := r.readCases("bad.txt", text); err == nil || !strings.Contains(err.Error(), slip.want) {
			t.Errorf("%q for %q: error = %v, want one that says %q", slip.to, slip.from, err, slip.want)
		}
	}
}

// TestTerseStatements: the terse notation says what it seems to say.
func TestTerseStatements(t *testing.T) {
	for _, c := range []struct{ terse, want string }{
		{`allow s3:* on *`, `{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`},
		{`deny not iam:*, sts:* on not arn:aws:s3:::b, arn:aws:s3:::b/*`, `{"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "NotResource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}`},
		{`allow sts:AssumeRole to *`, `{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}`},
		{`allow s3:* on * to AWS "*", Service a.b, 111122223333`, `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": {"AWS": ["*", "111122223333"], "Service": "a.b"}}`},
		{`allow s3:* on * to not 111122223333`, `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "NotPrincipal": {"AWS": "111122223333"}}`},
		{`allow s3:* on * when StringLike a:b = "", x y`, ``},
		{`allow s3:* on * when StringLike a:b = "", "x y" and StringLike a:c = none and Bool a:b = true`, `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"a:b": ["", "x y"], "a:c": []}, "Bool": {"a:b": "true"}}}`},
		{`allow s3:* on arn:aws:s3:::${aws:userid, 'no one'}/*`, `{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:userid, 'no one'}/*"}`},
		{`allow s3:* on * to * when`, ``},
		{`allow s3:* on`, ``},
		{`allow , s3:* on *`, ``},
	} {
		got, err := documentJSON(policy.Version2012, []string{c.terse}, func(s string) string { return s })
		if want := `{"Version": "2012-10-17", "Statement": [` + c.want + `]}`; c.want != "" && string(got) != want || (err == nil) != (c.want != "") {
			t.Errorf("%s\n got %s, %v\nwant %s", c.terse, got, err, c.want)
		}
	}
}

// FuzzCaseReader: no text makes the reader of cases fail other than by an error.
func FuzzCaseReader(f *testing.F) {
	f.Add(goodCases)
	f.Add("== x\npage: a.html\npolicy A json:\n  {}\nwho: anonymous\naction: a:b\non: *\nscp: A / none / ?\n\nowner | expect\n1 | unknown scp2 by scp1.1.1\n")
	f.Fuzz(func(t *testing.T, text string) {
		var r caseReader
		if err := r.readCast("cast.txt", goodCast); err != nil {
			t.Fatal(err)
		}
		cases, err := r.readCases("fuzz.txt", text)
		if err == nil && strings.HasPrefix(text, "== ") && len(cases) == 0 {
			t.Fatal("a file with a group and no case was taken")
		}
	})
}
