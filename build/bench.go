package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// benchmark is one question of the budgets: a program that measures us and the
// named peer in the same run and prints the ratio.
type benchmark struct {
	name    string
	what    string
	needs   func(context.Context) string
	command []string
}

// benchmarks are run in this order, one at a time.
var benchmarks = []benchmark{
	{
		name: "sync", what: "reading 100,000 users and 1,000,000 memberships, in full and the changes alone, against ldapsearch and go-ldap; memory; latencies at that size",
		needs: needsSlapd, command: []string{"go", "test", "./build/bench/sync", "-run", "^$", "-bench", "Sync", "-benchtime", "1x", "-timeout", "30m"},
	},
	{
		name: "million", what: "pages and answers of a generated company of 1,000,000 accounts and 10,000,000 memberships, against their budgets",
		command: []string{"go", "test", "./build/bench/million", "-run", "^$", "-bench", "Million", "-benchtime", "1x", "-timeout", "60m"},
	},
	{
		name: "policy", what: "decisions, explanations and who-can of policies, against their budgets, OPA and Cedar",
		command: []string{"go", "test", "-C", "build/bench/policy", ".", "-run", "^$", "-bench", "Policy", "-benchtime", "1x", "-timeout", "20m"},
	},
	{
		name: "review", what: "a campaign of 100,000 items frozen in one Write, against a budget of 5 s",
		command: []string{"go", "test", "./backend/review", "-run", "^$", "-bench", "Freeze100k", "-benchtime", "1x", "-timeout", "10m"},
	},
	{
		name: "report", what: "a workbook of 1,000,000 rows and 10 columns, against excelize's StreamWriter alone",
		needs: needsLinux, command: []string{"go", "run", "./build/bench/report"},
	},
	{
		name: "window", what: "start to usable window, against an empty Wails window",
		needs: needsWindow, command: []string{"go", "run", "./build/bench/window"},
	},
}

// bench runs all benchmarks, or those named. One that cannot be run here is
// named with the command that would help.
func bench(ctx context.Context, names []string) error {
	for _, n := range names {
		if !slices.ContainsFunc(benchmarks, func(b benchmark) bool { return b.name == n }) {
			return fmt.Errorf("there is no benchmark %q", n)
		}
	}
	if err := frontendDist(ctx); err != nil {
		return err
	}
	var wrong []string
	for _, b := range benchmarks {
		if len(names) > 0 && !slices.Contains(names, b.name) {
			continue
		}
		fmt.Printf("\n%s: %s\n", b.name, b.what)
		if b.needs != nil {
			if missing := b.needs(ctx); missing != "" {
				fmt.Printf("  skipped: %s\n", missing)
				continue
			}
		}
		cmd := program(ctx, "", nil, b.command[0], b.command[1:]...)
		out, err := cmd.CombinedOutput()
		for line := range strings.Lines(string(out)) {
			fmt.Print("  ", line)
		}
		if err != nil {
			wrong = append(wrong, b.name)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("failed: %s", strings.Join(wrong, ", "))
	}
	return nil
}

// needsLinux says so where a measurement asks the kernel.
func needsLinux(context.Context) string {
	if runtime.GOOS == "linux" {
		return ""
	}
	return "it is measured on Linux only"
}
