package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// policyFiles are files of a folder, by name.
func policyFiles(t *testing.T, texts map[string]string) func(name string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) string {
		if name == "-" {
			return name
		}
		return filepath.Join(dir, name)
	}
}

func TestPolicyDiff(t *testing.T) {
	const get = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	file := policyFiles(t, map[string]string{
		"get":  get,
		"both": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}]}`,
		"mfa":  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`,
		"put":  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`,
		"me":   `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}","Condition":{"StringLike":{"aws:username":"a*"}}}]}`,
		"all":  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`,
		"one":  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"*"}]}`,
		"bad":  `{"Version":"2012-10-17","Statement":[{}]}`,
	})
	for _, c := range []struct {
		name, a, b, kind string
		code             int
		out              string
	}{
		{"same", "get", "-", "identity", done, "same\n"},
		{"wider", "get", "both", "identity", findings, "wider\ngained: s3:PutObject on arn:aws:s3:::example/example\n"},
		{"narrower", "get", "mfa", "identity", done, "narrower\nlost: s3:GetObject on arn:aws:s3:::example/example\n"},
		{"incomparable", "get", "put", "identity", findings, "incomparable\ngained: s3:PutObject on arn:aws:s3:::example/example when aws:MultiFactorAuthPresent is \"true\"\nlost: s3:GetObject on arn:aws:s3:::example/example\n"},
		{"resource policies", "one", "all", "resource", findings, "wider\ngained: s3:GetObject on arn:aws:s3:::example/example by anyone, not signed in\n"},
	} {
		got := called(t, nil, get, "policy", "diff", file(c.a), file(c.b), "--type", c.kind)
		if first := strings.Join(strings.SplitAfter(got.out, "\n")[:strings.Count(c.out, "\n")], ""); got.code != c.code || first != c.out || got.err != "" {
			t.Errorf("%s: exit %d, %s%s", c.name, got.code, got.out, got.err)
		}
	}
	if got := called(t, nil, "", "policy", "diff", file("get"), file("me")); got.code != done && got.code != findings || strings.Contains(got.out, "same\n") {
		t.Errorf("a variable: exit %d, %s", got.code, got.out)
	}
	var told comparison
	got := called(t, nil, "", "policy", "diff", file("get"), file("put"), "--json")
	if err := json.Unmarshal([]byte(got.out), &told); err != nil || told.Relation != "incomparable" || len(told.Gained) != 1 || told.Gained[0].Action != "s3:PutObject" ||
		told.Gained[0].Context["aws:multifactorauthpresent"] != "true" || told.Gained[0].Before != "ImplicitlyDenied" || told.Gained[0].After != "Allowed" ||
		len(told.Gained[0].StatementsAfter) != 1 || told.Gained[0].StatementsAfter[0] != 1 || told.Doubts == nil {
		t.Errorf("%s %v", got.out, err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{file("get"), file("bad")}, failed, "is no policy: line 1, column 38: The statement has no Effect."},
		{[]string{file("get"), file("none")}, failed, "cannot be opened"},
		{[]string{file("get"), file("get"), "--type", "x"}, misused, "--type is one of identity"},
		{[]string{"-", "-"}, misused, "only one of both"},
		{[]string{file("get")}, misused, ""},
	} {
		if got := called(t, nil, "", append([]string{"policy", "diff"}, c.args...)...); got.code != c.code || !strings.Contains(got.err, c.want) || got.out != "" {
			t.Errorf("%v: exit %d, %s", c.args, got.code, got.err)
		}
	}
}

func TestPolicyGenerate(t *testing.T) {
	file := policyFiles(t, map[string]string{
		"used":    `{"observed":[{"action":"s3:GetObject","resource":"arn:aws:s3:::b/in/1","count":2},{"action":"s3:GetObject","resource":"arn:aws:s3:::b/in/2","count":1}]}`,
		"last":    `{"ServicesLastAccessed":[{"ServiceNamespace":"sqs","LastAuthenticated":"2026-01-01T00:00:00Z"}]}`,
		"current": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/in/1"}}`,
	})
	const exact = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Used1",
      "Effect": "Allow",
      "Action": [
        "s3:GetObject"
      ],
      "Resource": [
        "arn:aws:s3:::b/in/1",
        "arn:aws:s3:::b/in/2"
      ]
    }
  ]
}
`
	called(t, nil, "", "policy", "generate", "--usage", file("used")).want(t, done, exact)
	pattern := strings.Replace(exact, "        \"arn:aws:s3:::b/in/1\",\n        \"arn:aws:s3:::b/in/2\"", "        \"arn:aws:s3:::b/in/*\"", 1)
	called(t, nil, "", "policy", "generate", "--usage", file("used"), "--resources", "pattern").want(t, done, pattern)

	evidence := file("evidence")
	got := called(t, nil, "", "policy", "generate", "--usage", file("used"), "--usage", file("last"), "--evidence", evidence)
	if got.code != done || got.out != exact || !strings.Contains(got.err, "not mapped: sqs.") {
		t.Errorf("exit %d, %s%s", got.code, got.out, got.err)
	}
	if text, err := os.ReadFile(evidence); err != nil || !strings.Contains(string(text), `"count": 3`) {
		t.Errorf("%s %v", text, err)
	}
	got = called(t, nil, "", "policy", "generate", "--usage", file("used"), "--current", file("current"))
	if got.code != done || strings.Contains(got.out, "in/2") || !strings.Contains(got.err, "left out: s3:GetObject on arn:aws:s3:::b/in/2.") || !strings.Contains(got.err, "allows nothing that the current one does not") {
		t.Errorf("exit %d, %s%s", got.code, got.out, got.err)
	}
	got = called(t, nil, "", "policy", "generate", "--usage", file("used"), "--json")
	var both struct {
		Policy   json.RawMessage
		Evidence struct{ Statements []struct{ Count int } }
	}
	if err := json.Unmarshal([]byte(got.out), &both); err != nil || len(both.Evidence.Statements) != 1 || both.Evidence.Statements[0].Count != 3 {
		t.Errorf("%s %v", got.out, err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, misused, "name with --usage"},
		{[]string{"--usage", file("used"), "--resources", "x"}, misused, "--resources is exact or pattern"},
		{[]string{"--usage", file("current")}, failed, "of no known form"},
		{[]string{"--usage", file("last")}, failed, "Nothing was used that a policy could allow."},
	} {
		if got := called(t, nil, "", append([]string{"policy", "generate"}, c.args...)...); got.code != c.code || !strings.Contains(got.err, c.want) || got.out != "" {
			t.Errorf("%v: exit %d, %s%s", c.args, got.code, got.out, got.err)
		}
	}
}
