package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadGoTestCountsTestsAndReasons(t *testing.T) {
	tests := []struct {
		name           string
		events         string
		passed, failed int
		skips          []string
		log            string
	}{
		{
			name: "passed, and subtests are not counted again",
			events: `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA/sub"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}`,
			passed: 1,
		},
		{
			name: "skipped, with the reason",
			events: `{"Action":"output","Package":"p","Test":"TestS","Output":"=== RUN   TestS\n"}
{"Action":"output","Package":"p","Test":"TestS","Output":"    x_test.go:9: slapd is missing: apt-get install slapd\n"}
{"Action":"skip","Package":"p","Test":"TestS"}
{"Action":"skip","Package":"without tests"}`,
			skips: []string{"TestS: slapd is missing: apt-get install slapd"},
		},
		{
			name: "failed, with what it printed",
			events: `{"Action":"output","Package":"p","Test":"TestF","Output":"    x_test.go:9: want 1\n"}
{"Action":"fail","Package":"p","Test":"TestF"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"fail","Package":"p"}`,
			failed: 1, log: "    x_test.go:9: want 1\n",
		},
		{
			name: "a package that does not compile",
			events: `{"ImportPath":"p","Action":"build-output","Output":"x.go:1: undefined\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"fail","Package":"p","FailedBuild":"p"}`,
			failed: 1, log: "x.go:1: undefined\n",
		},
		{
			name:   "no event at all",
			events: `go: cannot find main module`,
			failed: 1, log: "go test printed what is no test event",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := readGoTest(strings.NewReader(test.events))
			if got.passed != test.passed || got.failed != test.failed || !slices.Equal(got.skips, test.skips) || !strings.HasPrefix(got.log, test.log) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestReadVitest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	report := `{"testResults":[{"assertionResults":[{"fullName":"a","status":"passed"},{"fullName":"b","status":"failed"},{"fullName":"c","status":"skipped"}]}]}`
	if err := os.WriteFile(path, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readVitest(path)
	if err != nil || got.passed != 1 || got.failed != 1 || !slices.Equal(got.skips, []string{"c"}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestChoose(t *testing.T) {
	names := func(chosen []suite) (out []string) {
		for _, s := range chosen {
			out = append(out, s.name)
		}
		return out
	}
	everything, err := choose(nil)
	if err != nil || slices.Contains(names(everything), "race") || len(everything) != len(suites)-1 {
		t.Errorf("without names: %q, %v", names(everything), err)
	}
	if got, err := choose([]string{"unit"}); err != nil || !slices.Equal(names(got), []string{"pages", "unit"}) {
		t.Errorf("a suite that needs the pages: %q, %v", names(got), err)
	}
	if got, err := choose([]string{"race", "vet"}); err != nil || !slices.Equal(names(got), []string{"vet", "race"}) {
		t.Errorf("one that is only run when asked for: %q, %v", names(got), err)
	}
	if _, err := choose([]string{"speling"}); err == nil || !strings.Contains(err.Error(), "staticcheck") {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestSummaryEndsInOneCountableLine(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	chosen := []suite{{name: "one", what: "first"}, {name: "two", what: "second"}, {name: "three", what: "third"}}
	results := []result{{passed: 3, skips: []string{"install it"}}, {passed: 1, failed: 2, log: "what went wrong"}, {skips: []string{"install that"}}}
	if failures := summarise(out, chosen, results); failures != 2 {
		t.Errorf("%d failures", failures)
	}
	b, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, want := range []string{"\n4 passed, 2 failed, 2 skipped\n", "what went wrong", "skipped in one: install it", "skipped in three: install that"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestOpensConsole(t *testing.T) {
	for args, want := range map[string]bool{
		"":                true,
		"--demo":          true,
		"--data D --demo": true,
		"--data D sync":   false,
		"access mlaasen":  false,
		"--data=D":        true,
		"demo":            false,
	} {
		if got := opensConsole(strings.Fields(args)); got != want {
			t.Errorf("%q: %v", args, got)
		}
	}
}
