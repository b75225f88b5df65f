package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// suite is one line of the table of checks.
type suite struct {
	name string
	lane lane
	what string
	// needs names what is missing to run it here, as the one command that
	// installs it; empty if nothing is. Nil: it needs only Go and Node.
	needs func(context.Context) string
	run   func(context.Context) result
}

// lane groups suites that run one after another. The lanes of Go and Node run
// side by side; what owns a screen or times things runs after both, alone.
type lane string

const (
	pagesLane  lane = "pages"
	goLane     lane = "go"
	nodeLane   lane = "node"
	screenLane lane = "screen"
	// askedLane is run only when named: it takes too long for every time.
	askedLane lane = "asked"
)

// result is what a suite found. A plain check counts as one.
type result struct {
	passed, failed int
	skips          []string // what was not tried, and why
	log            string   // shown if something failed
	took           time.Duration
}

func passed() result { return result{passed: 1} }

func failed(format string, args ...any) result {
	return result{failed: 1, log: fmt.Sprintf(format, args...)}
}

// testAll tells the tests themselves that nothing may be missing.
const testAll = "GATEHOUSE_TEST_ALL"

func test(ctx context.Context, args []string) error {
	all := false
	var names []string
	for _, a := range args {
		if a == "--all" || a == "-all" {
			all = true
		} else {
			names = append(names, a)
		}
	}
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	if all {
		os.Setenv(testAll, "1")
	}
	results := runSuites(ctx, chosen, all)
	if summarise(os.Stdout, chosen, results) > 0 {
		return errors.New("not every check passed")
	}
	return nil
}

// choose picks the suites by name, and the build of the pages where one of
// them needs it. No names: all but those that are only run when asked for.
func choose(names []string) ([]suite, error) {
	var chosen []suite
	pages := false
	for _, s := range suites {
		if slices.Contains(names, s.name) || len(names) == 0 && s.lane != askedLane {
			chosen = append(chosen, s)
			pages = pages || s.lane == nodeLane || s.lane == screenLane
		}
	}
	for _, n := range names {
		if !slices.ContainsFunc(suites, func(s suite) bool { return s.name == n }) {
			var known []string
			for _, s := range suites {
				known = append(known, s.name)
			}
			return nil, fmt.Errorf("there is no suite %q; there are %s", n, strings.Join(known, ", "))
		}
	}
	if pages && chosen[0].lane != pagesLane {
		chosen = slices.Insert(chosen, 0, suites[0])
	}
	return chosen, nil
}

func runSuites(ctx context.Context, chosen []suite, all bool) []result {
	results := make([]result, len(chosen))
	runLane := func(l lane) {
		for i, s := range chosen {
			if s.lane == l {
				results[i] = runSuite(ctx, s, all)
			}
		}
	}
	runLane(pagesLane)
	var wg sync.WaitGroup
	wg.Go(func() { runLane(goLane) })
	wg.Go(func() { runLane(nodeLane) })
	wg.Wait()
	runLane(screenLane)
	runLane(askedLane)
	return results
}

func runSuite(ctx context.Context, s suite, all bool) result {
	start := time.Now()
	var r result
	if missing := needs(ctx, s); missing != "" {
		r = result{skips: []string{missing}}
		if all {
			r = failed("something it needs is missing: %s", missing)
		}
	} else if ctx.Err() != nil {
		r = failed("interrupted")
	} else {
		say("%-12s started: %s", s.name, s.what)
		r = s.run(ctx)
		if all && len(r.skips) > 0 {
			r.failed += len(r.skips)
			r.log += "\nskipped, which --all does not allow:\n  " + strings.Join(r.skips, "\n  ")
			r.skips = nil
		}
	}
	r.took = time.Since(start)
	say("%-12s %s after %.1f s", s.name, r.verdict(), r.took.Seconds())
	return r
}

func needs(ctx context.Context, s suite) string {
	if s.needs == nil {
		return ""
	}
	return s.needs(ctx)
}

func (r result) verdict() string {
	switch {
	case r.failed > 0:
		return "FAILED"
	case r.passed == 0:
		return "skipped"
	}
	return "passed"
}

// summarise prints what failed and why, what was skipped and what would help,
// the table, and the closing line. It returns the number of failures.
func summarise(w *os.File, chosen []suite, results []result) int {
	for i, r := range results {
		if r.failed > 0 {
			fmt.Fprintf(w, "\n--- %s: %s ---\n%s\n", chosen[i].name, chosen[i].what, strings.TrimSpace(r.log))
		}
	}
	for i, r := range results {
		for _, s := range r.skips {
			fmt.Fprintf(w, "\nskipped in %s: %s", chosen[i].name, s)
		}
	}
	var sum result
	fmt.Fprintf(w, "\n%-12s %-8s %7s %7s %8s %8s\n", "suite", "verdict", "passed", "failed", "skipped", "seconds")
	for i, r := range results {
		fmt.Fprintf(w, "%-12s %-8s %7d %7d %8d %8.1f\n",
			chosen[i].name, r.verdict(), r.passed, r.failed, len(r.skips), r.took.Seconds())
		sum.passed += r.passed
		sum.failed += r.failed
		sum.skips = append(sum.skips, r.skips...)
	}
	fmt.Fprintf(w, "\n%d passed, %d failed, %d skipped\n", sum.passed, sum.failed, len(sum.skips))
	return sum.failed
}
