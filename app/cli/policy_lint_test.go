package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/backend/policy/lint"
)

const badPolicy = `{
	"Version": "2012-10-17",
	"Statement": {
		"Effect": "allow", "Action": ["s3:Get*", "s3:GetObject"],
		"Resource": "arn:aws:s3:::reports/*"
	}
}
`

func TestPolicyLint(t *testing.T) {
	called(t, nil, badPolicy, "policy", "lint", "-", "--type", "identity").want(t, findings,
		`standard input:4:13: ERROR INVALID_EFFECT
      "Effect": "allow", "Action": ["s3:Get*", "s3:GetObject"],
                ^^^^^^^
  The Effect allow is neither Allow nor Deny.
  Write Allow or Deny, in these letters. Fix: Write Allow.

standard input:4:44: SUGGESTION REDUNDANT_ACTION
      "Effect": "allow", "Action": ["s3:Get*", "s3:GetObject"],
                                               ^^^^^^^^^^^^^^
  s3:GetObject is covered by s3:Get*.
  Remove it. Fix: Remove s3:GetObject.

1 error, 1 suggestion; services, actions and keys as of 2026-09-26.
2 of them can be fixed: --fix prints the document.
`)
	good := strings.NewReplacer("allow", "Allow", `, "s3:GetObject"`, "").Replace(badPolicy)
	called(t, nil, badPolicy, "policy", "lint", "-", "--type", "identity", "--fix").want(t, 0, good)
	called(t, nil, good, "policy", "lint", "-", "--type", "identity", "--json").want(t, 0, "[]\n")
	called(t, nil, good, "policy", "lint", "-", "--type", "identity").want(t, 0, "Nothing found; services, actions and keys as of 2026-09-26.\n")
}

func TestPolicyLintJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(file, []byte(badPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	r := called(t, nil, "", "policy", "lint", file, "--type", "identity", "--json")
	var all []lint.Finding
	if err := json.Unmarshal([]byte(r.out), &all); err != nil || r.code != findings || strings.Count(r.out, "\n") != 1 {
		t.Fatalf("%v: %+v", err, r)
	}
	if len(all) != 2 || all[0].Code != "INVALID_EFFECT" || all[0].Line != 4 || all[0].Column != 13 || string(all[0].Fix.Apply([]byte(badPolicy))) != strings.Replace(badPolicy, "allow", "Allow", 1) {
		t.Errorf("found %+v", all)
	}
}

// Warnings and suggestions are no reason for a script to stop.
func TestPolicyLintExitCodes(t *testing.T) {
	for _, c := range []struct {
		document, flags string
		code            int
		complaint       string
	}{
		{`{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}`, "--type identity --json", done, ""},
		{`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}}`, "--type identity --json", findings, ""},
		{`{`, "--type identity --json", findings, ""},
		{`{`, "--type identity --fix", findings, "1:1: ERROR JSON_SYNTAX_ERROR"},
		{`{}`, "", misused, "name with --type"},
		{`{}`, "--type bucket", misused, "identity, resource, scp, rcp or trust"},
		{`{}`, "--type identity --reference /no/such/file", failed, "cannot be opened"},
	} {
		r := called(t, nil, c.document, append([]string{"policy", "lint", "-"}, strings.Fields(c.flags)...)...)
		if r.code != c.code || !strings.Contains(r.err, c.complaint) {
			t.Errorf("%s %s: exit %d, want %d: %s", c.document, c.flags, r.code, c.code, r.err)
		}
	}
}

func TestPolicyLintReference(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reference.json")
	text := `{"date": "2027-01-31", "services": ["future"], "globals": []}
{"prefix": "future", "name": "Future", "actions": [{"name": "Look"}], "resources": [], "keys": []}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	document := `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "future:Look", "Resource": "*"}}`
	called(t, nil, document, "policy", "lint", "-", "--type", "identity", "--reference", file).want(t, done,
		"Nothing found; services, actions and keys as of 2027-01-31.\n")
}

// The place in a long line stays in sight.
func TestExcerpt(t *testing.T) {
	source := []byte(strings.Repeat(" ", 150) + `"ä" 😀 "allow"` + strings.Repeat(" x", 100))
	at := strings.Index(string(source), `"allow"`)
	column := len([]rune(string(source[:at]))) + 1
	excerpt, mark := excerptOf(source, lint.Finding{Line: 1, Column: column, Start: at, End: at + 7})
	from := len([]rune(mark)) - 7
	if got := string([]rune(excerpt)[from : from+7]); got != `"allow"` || len([]rune(excerpt)) > widest+2 {
		t.Errorf("%s\n%s", excerpt, mark)
	}
}
