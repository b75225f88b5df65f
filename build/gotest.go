package main

import (
	"encoding/json"
	"io"
	"regexp"
	"strings"
)

// goEvent is a line of `go test -json`: see `go doc test2json` and, for
// builds, `go help buildjson`.
type goEvent struct {
	Action     string
	Package    string
	ImportPath string // of build-output and build-fail
	Test       string
	Output     string
}

// reasonLine is what t.Skip and t.Log print: file, line, text.
var reasonLine = regexp.MustCompile(`(?m)^\s+\S+\.go:\d+: (.*)$`)

// readGoTest counts the tests of `go test -json`: subtests only where they were
// skipped, packages only where they failed without one of their tests failing.
func readGoTest(r io.Reader) result {
	var sum result
	var log strings.Builder
	said := map[string]*strings.Builder{} // what a test or package printed
	failures := map[string]int{}          // of tests, by package
	decoder := json.NewDecoder(r)
	for {
		var e goEvent
		if err := decoder.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			sum.failed++
			log.WriteString("go test printed what is no test event: " + err.Error() + "\n")
			break
		}
		key := e.Package + e.ImportPath + " " + e.Test
		if said[key] == nil {
			said[key] = &strings.Builder{}
		}
		top := e.Test != "" && !strings.Contains(e.Test, "/")
		switch e.Action {
		case "output", "build-output":
			said[key].WriteString(e.Output)
		case "build-fail":
			log.WriteString(said[key].String())
		case "pass":
			if top {
				sum.passed++
			}
		case "skip":
			if e.Test != "" {
				sum.skips = append(sum.skips, e.Test+": "+reason(said[key].String()))
			}
		case "fail":
			switch {
			case e.Test != "":
				failures[e.Package]++
				log.WriteString(said[key].String())
				if top {
					sum.failed++
				}
			case failures[e.Package] == 0:
				sum.failed++
				log.WriteString(said[key].String())
			}
		}
	}
	sum.log = log.String()
	return sum
}

// reason is why a test was skipped, from what it printed.
func reason(said string) string {
	lines := reasonLine.FindAllStringSubmatch(said, -1)
	if len(lines) == 0 {
		return "no reason given"
	}
	return lines[len(lines)-1][1]
}
