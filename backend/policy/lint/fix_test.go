package lint

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

// count is how often a code was found.
func count(all []Finding, code string) (n int) {
	for _, f := range all {
		if f.Code == code {
			n++
		}
	}
	return n
}

// fixed applies a fix and wants that very finding gone and the document whole.
func fixed(t interface {
	Helper()
	Fatalf(string, ...any)
}, source []byte, kind policy.Kind, all []Finding, f Finding) []byte {
	t.Helper()
	after := f.Fix.Apply(source)
	if _, err := policy.ParseTree(after); err != nil {
		t.Fatalf("%s: %q leaves no JSON: %v\n%s\n%s", f.Code, f.Fix.Title, err, source, after)
	}
	if again := Lint(after, kind, reference.Embedded()); count(again, f.Code) >= count(all, f.Code) {
		t.Fatalf("%s is still found after %q:\n%s\n%s\n%s", f.Code, f.Fix.Title, source, after, messages(again))
	}
	return after
}

func TestFixEndsItsFinding(t *testing.T) {
	fixes := map[string]bool{}
	for _, e := range examples(t, "codes") {
		all := Lint(e.source, e.kind, reference.Embedded())
		for _, f := range all {
			if f.Fix != nil {
				fixes[f.Code] = true
				fixed(t, e.source, e.kind, all, f)
			}
		}
	}
	if len(fixes) < 30 {
		t.Errorf("only %d codes have a fix", len(fixes))
	}
}

// statementsOf are the statements of all examples, by type, as they are written.
func statementsOf(t *testing.T) map[policy.Kind][]string {
	all := map[policy.Kind][]string{}
	for _, folder := range []string{"codes", "good"} {
		for _, e := range examples(t, folder) {
			tree, err := policy.ParseTree(e.source)
			if err != nil || tree.Root.Kind != policy.Object || len(e.source) > 2000 {
				continue
			}
			n := tree.Root.Member("Statement")
			if n == nil {
				continue
			}
			for _, item := range append(slices.Clone(n.Items), n) {
				if item.Kind == policy.Object {
					all[e.kind] = append(all[e.kind], string(e.source[item.Start:item.End]))
				}
			}
		}
	}
	return all
}

// TestFixesOfAnyPolicy puts policies together from statements of all examples
// and applies one fix after the other, to the end.
func TestFixesOfAnyPolicy(t *testing.T) {
	statements := statementsOf(t)
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(policy.Kinds).Draw(t, "type")
		// Statements of another type have the faults that only this type sees.
		from := rapid.SampledFrom([]policy.Kind{kind, kind, policy.IdentityPolicy, policy.ResourcePolicy}).Draw(t, "from")
		list := rapid.SliceOfN(rapid.SampledFrom(statements[from]), 1, 5).Draw(t, "statements")
		space := rapid.SampledFrom([]string{"", " ", "\n", "\r\n\t"}).Draw(t, "space")
		version := rapid.SampledFrom([]string{"", `"Version":"2008-10-17",`, `"Version":"2012-10-17",`}).Draw(t, "version")
		source := []byte("{" + space + version + space + `"Statement":[` + space + strings.Join(list, space+","+space) + space + "]}")
		for range 200 {
			all := Lint(source, kind, reference.Embedded())
			var can []Finding
			for _, f := range all {
				if f.Fix != nil {
					can = append(can, f)
				}
			}
			if len(can) == 0 {
				return
			}
			source = fixed(t, source, kind, all, rapid.SampledFrom(can).Draw(t, "fix"))
		}
		t.Fatalf("the fixes do not end:\n%s", source)
	})
}

// TestPositions wants a finding to stand where its bytes are, whatever stands
// before it.
func TestPositions(t *testing.T) {
	source := []byte("\uFEFF{\"Version\": \"2012-10-17\",\r\n \"Id\": \"ä😀\", \"Statement\": {\"Effect\": \"allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\"}}")
	all := Lint(source, policy.IdentityPolicy, reference.Embedded())
	if len(all) != 1 || all[0].Line != 2 || all[0].Column != 38 || string(source[all[0].Start:all[0].End]) != `"allow"` {
		t.Errorf("found %+v", all)
	}
}

// TestLintWithoutReference says nothing of services.
func TestLintWithoutReference(t *testing.T) {
	source := []byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "no:Such", "Resource": "arn:aws:no:::such",
		"Condition": {"StringEquals": {"no:such": "a", "aws:nosuch": "b"}}}}`)
	for _, kind := range policy.Kinds[:1] {
		if all := Lint(source, kind, nil); len(all) > 0 {
			t.Error(messages(all))
		}
	}
	for _, e := range examples(t, "codes") {
		Lint(e.source, e.kind, nil) // does not fail
	}
}

func FuzzLint(f *testing.F) {
	for _, folder := range []string{"codes", "good"} {
		for _, e := range examples(f, folder) {
			if len(e.source) < 2000 {
				f.Add(e.source, byte(slices.Index(policy.Kinds, e.kind)))
			}
		}
	}
	f.Add([]byte("\xff{"), byte(0))
	f.Add([]byte(`{"Statement": [null, [], {"Principal": null, "Condition": {"": {"": [[]]}}, "Action": {"a": 1}}]}`), byte(4))
	data := reference.Embedded()
	f.Fuzz(func(t *testing.T, source []byte, kind byte) {
		if len(source) > 1<<14 {
			return
		}
		for _, finding := range Lint(source, policy.Kinds[int(kind)%len(policy.Kinds)], data) {
			checkText(t, finding)
			if finding.Line < 1 || finding.Column < 1 || finding.Start > finding.End || finding.End > len(source) {
				t.Errorf("%s stands nowhere: %+v", finding.Code, finding)
			}
			if finding.Fix != nil {
				if _, err := policy.ParseTree(finding.Fix.Apply(source)); err != nil {
					t.Errorf("%s: %q leaves no JSON: %v", finding.Code, finding.Fix.Title, err)
				}
			}
		}
	})
}

var update = flag.Bool("update", false, "write docs/policy-lint.md anew")

// TestDocumented wants docs/policy-lint.md to be what the table says.
func TestDocumented(t *testing.T) {
	const page = "../../../docs/policy-lint.md"
	want := Page()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("%s is not what the table of codes says (%v): run `go test ./backend/policy/lint -run Documented -update`", page, err)
	}
}
