package lint

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

// example is a document of testdata: what is found in it, and where.
type example struct {
	name   string // file and line
	code   string // the code it is about
	kind   policy.Kind
	passes bool
	want   []string // "CODE line:column", sorted
	source []byte
}

// examples reads the files of a folder: below "=== CODE", documents behind
//
//	--- fails TYPE at LINE:COLUMN, also CODE at LINE:COLUMN
//	--- passes TYPE
//
// where what fails has exactly the findings named, and what passes has none.
func examples(t testing.TB, folder string) (all []example) {
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files in", folder, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var code string
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			at := fmt.Sprintf("%s:%d", filepath.Base(file), number)
			head, isHead := strings.CutPrefix(strings.TrimSpace(line), "--- ")
			if name, found := strings.CutPrefix(strings.TrimSpace(line), "=== "); found {
				code = name
			} else if isHead {
				all = append(all, readHead(t, at, code, head))
			} else if len(all) > 0 && !strings.HasPrefix(line, "#") {
				e := &all[len(all)-1]
				e.source = append(e.source, line...)
			}
		}
	}
	return all
}

func readHead(t testing.TB, at, code, head string) example {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(head, "passes "), "fails "), " ")
	e := example{name: at, code: code, kind: policy.Kind(kind), passes: strings.HasPrefix(head, "passes ")}
	if !slices.Contains(policy.Kinds, e.kind) || e.passes != (rest == "") {
		t.Fatalf("%s: --- %s is neither passes TYPE nor fails TYPE at LINE:COLUMN", at, head)
	}
	if !e.passes {
		e.want = strings.Split(code+" "+rest, ", also ")
		for i := range e.want {
			e.want[i] = strings.Replace(e.want[i], " at ", " ", 1)
		}
		slices.Sort(e.want)
	}
	return e
}

// found are the findings as an example names them.
func found(all []Finding) (texts []string) {
	for _, f := range all {
		texts = append(texts, fmt.Sprintf("%s %d:%d", f.Code, f.Line, f.Column))
	}
	slices.Sort(texts)
	return texts
}

func TestExamples(t *testing.T) {
	data := reference.Embedded()
	for _, e := range examples(t, "codes") {
		t.Run(e.name+" "+e.code, func(t *testing.T) {
			all := Lint(e.source, e.kind, data)
			if got := found(all); !slices.Equal(got, e.want) {
				t.Errorf("found\n  %s\nwant\n  %s\n%s", strings.Join(got, "\n  "), strings.Join(e.want, "\n  "), messages(all))
			}
			for _, f := range all {
				checkText(t, f)
			}
		})
	}
}

// checkText wants every place of a message filled, and a finding inside the
// document.
func checkText(t *testing.T, f Finding) {
	r, known := rules[f.Code]
	if !known || f.Class != r.Class || f.Remedy == "" {
		t.Errorf("%s is not as the table has it", f.Code)
	}
	for place := range strings.SplitSeq(r.Meaning, "{") {
		if name, _, found := strings.Cut(place, "}"); found && strings.Contains(f.Message, "{"+name+"}") {
			t.Errorf("%s: {%s} is left in %q", f.Code, name, f.Message)
		}
	}
}

func messages(all []Finding) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "%d:%d %s %s\n", f.Line, f.Column, f.Code, f.Message)
	}
	return b.String()
}

// TestEveryCodeHasExamples wants the table and the examples to cover each other:
// for each code one document that has it and one that has nothing.
func TestEveryCodeHasExamples(t *testing.T) {
	fails, passes := map[string]bool{}, map[string]bool{}
	for _, e := range examples(t, "codes") {
		if _, known := rules[e.code]; !known {
			t.Errorf("%s: there is no code %s", e.name, e.code)
		}
		if e.passes {
			passes[e.code] = true
		} else {
			fails[e.code] = true
		}
	}
	for _, r := range Rules() {
		if !fails[r.Code] || !passes[r.Code] {
			t.Errorf("%s: a failing example: %v, a passing one: %v", r.Code, fails[r.Code], passes[r.Code])
		}
		if slices.Contains(Obsolete, r.Code) || r.Meaning == "" || r.Remedy == "" || r.Page == "" {
			t.Errorf("%s has no meaning, remedy or page, or is obsolete", r.Code)
		}
	}
	if len(rules) != len(Rules()) {
		t.Errorf("%d codes have %d rules", len(rules), len(Rules()))
	}
}

// TestGoodPolicies wants nothing said of policies as they should be written.
func TestGoodPolicies(t *testing.T) {
	count := map[policy.Kind]int{}
	for _, e := range examples(t, "good") {
		count[e.kind]++
		if all := Lint(e.source, e.kind, reference.Embedded()); len(all) > 0 {
			t.Errorf("%s: %s", e.name, messages(all))
		}
	}
	if len(count) != len(policy.Kinds) {
		t.Errorf("only %v have good policies", slices.Sorted(maps.Keys(count)))
	}
}
