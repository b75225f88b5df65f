package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// windowTags are those that the window is tested with.
const windowTags = "desktop,production,webkit2_41,e2e"

// suites is the table of checks, in the order in which they are shown. The
// first must be the build of the pages.
var suites = []suite{
	{name: "pages", lane: pagesLane, what: "install the front end's packages and build the pages", run: checkPages},
	{name: "format", lane: goLane, what: "gofmt has nothing to change", run: checkFormat},
	{name: "vet", lane: goLane, what: "go vet, with and without the window", run: checkVet},
	{name: "staticcheck", lane: goLane, what: "staticcheck", run: checkStatic},
	{name: "windows", lane: goLane, what: "the program compiles for Windows", run: checkWindows},
	{name: "generated", lane: goLane, what: "generated code is what its sources say", run: checkGenerated},
	{name: "go", lane: goLane, what: "Go tests", run: func(ctx context.Context) result {
		return goTest(ctx, "-skip", "^TestWindow$", "./...")
	}},
	{name: "types", lane: nodeLane, what: "types of the front end", run: npm("types")},
	{name: "lint", lane: nodeLane, what: "Biome", run: npm("lint")},
	{name: "unit", lane: nodeLane, what: "unit tests of the front end", run: vitest("test")},
	{name: "browser", lane: screenLane, what: "end-to-end tests in a browser", needs: needsBrowser, run: checkBrowser},
	{name: "window", lane: screenLane, what: "end-to-end tests of the real window", needs: needsWindow, run: checkWindow},
	{name: "race", lane: askedLane, what: "Go tests under the race detector", run: func(ctx context.Context) result {
		return goTest(ctx, "-race", "-skip", "^TestWindow$", "./...")
	}},
}

func checkPages(ctx context.Context) result {
	if err := frontendDist(ctx); err != nil {
		return failed("%v", err)
	}
	return passed()
}

// check is a command that has nothing to say when all is well.
func check(ctx context.Context, dir string, env []string, name string, args ...string) result {
	out, err := program(ctx, dir, append(env, "NO_COLOR=1", "CI=1"), name, args...).CombinedOutput()
	if err != nil {
		return failed("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return passed()
}

// both is the worse of two results, counted as one check.
func both(a, b result) result {
	if a.failed+b.failed > 0 {
		return failed("%s\n%s", a.log, b.log)
	}
	return passed()
}

func checkFormat(ctx context.Context) result {
	rooms := []string{"main.go", "app", "backend", "build"}
	if _, err := os.Stat("reports"); err == nil {
		rooms = append(rooms, "reports")
	}
	out, err := output(ctx, "gofmt", append([]string{"-l"}, rooms...)...)
	if err != nil || out != "" {
		return failed("gofmt would change these files: run `gofmt -w` on them\n%s\n%v", out, err)
	}
	return passed()
}

func checkVet(ctx context.Context) result {
	r := check(ctx, "", nil, "go", "vet", "./...")
	if runtime.GOOS == "linux" && canBuildWindow(ctx) {
		r = both(r, check(ctx, "", nil, "go", "vet", "-tags", windowTags, "./app/...", "."))
	}
	return r
}

func checkStatic(ctx context.Context) result {
	path, err := tool(ctx, "honnef.co/go/tools", "honnef.co/go/tools/cmd/staticcheck")
	if err != nil {
		return failed("%v", err)
	}
	r := check(ctx, "", nil, path, "./...")
	if runtime.GOOS == "linux" && canBuildWindow(ctx) {
		r = both(r, check(ctx, "", nil, path, "-tags", windowTags, "./app/..."))
	}
	return r
}

func checkWindows(ctx context.Context) result {
	env := []string{"GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0"}
	return both(
		check(ctx, "", env, "go", "build", "-buildvcs=false", "./..."),
		check(ctx, "", env, "go", "vet", "-tags", "desktop,production", "./app/..."))
}

// npm is a check that is a script of frontend/package.json.
func npm(script string) func(context.Context) result {
	return func(ctx context.Context) result {
		return check(ctx, frontend, nil, "npm", "run", script) // not silent: a missing script is then not named
	}
}

// vitest is an npm script that runs Vitest; its tests are counted one by one.
func vitest(script string, env ...string) func(context.Context) result {
	return func(ctx context.Context) result {
		dir, err := os.MkdirTemp("", "gatehouse-vitest-")
		if err != nil {
			return failed("%v", err)
		}
		defer os.RemoveAll(dir)
		report := filepath.Join(dir, "report.json")
		r := check(ctx, frontend, env, "npm", "run", "--silent", script, "--",
			"--reporter=default", "--reporter=json", "--outputFile.json="+report)
		if counted, err := readVitest(report); err == nil && counted.passed+counted.failed > 0 {
			counted.log = r.log
			counted.failed = max(counted.failed, r.failed)
			return counted
		} else if r.failed == 0 {
			return failed("Vitest wrote no report of its tests: %v", err)
		}
		return r
	}
}

// readVitest counts the tests in a report of Vitest's json reporter.
func readVitest(path string) (result, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return result{}, err
	}
	var report struct {
		TestResults []struct {
			AssertionResults []struct{ FullName, Status string }
		}
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return result{}, err
	}
	var r result
	for _, file := range report.TestResults {
		for _, t := range file.AssertionResults {
			switch t.Status {
			case "passed":
				r.passed++
			case "failed":
				r.failed++
			default:
				r.skips = append(r.skips, t.FullName)
			}
		}
	}
	return r, nil
}

// browsers are the names under which a browser that the tests can drive is
// found.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

func findBrowser() string {
	for _, b := range browsers {
		if has(b) {
			return b
		}
	}
	return ""
}

func needsBrowser(context.Context) string {
	if findBrowser() != "" {
		return ""
	}
	return install("chromium fonts-noto-core")
}

func checkBrowser(ctx context.Context) result {
	server, err := filepath.Abs(executable("build/out/test/gatehouse"))
	if err != nil {
		return failed("%v", err)
	}
	if err := (binary{out: server}).build(ctx); err != nil {
		return failed("%v", err)
	}
	return vitest("e2e", "GATEHOUSE_BINARY="+server, "GATEHOUSE_BROWSER="+findBrowser(), screenshots("browser"))(ctx)
}

// needsWindow names what is missing to build the window and to drive it on a
// screen of its own.
func needsWindow(ctx context.Context) string {
	if runtime.GOOS != "linux" {
		return "the window is driven on Linux only"
	}
	if canBuildWindow(ctx) && has("WebKitWebDriver") && has("Xvfb") && has("dbus-run-session") {
		return ""
	}
	return install(windowPackages + " xvfb dbus-x11 webkit2gtk-driver")
}

func checkWindow(ctx context.Context) result {
	os.Setenv("GATEHOUSE_SCREENSHOTS", strings.TrimPrefix(screenshots("window"), "GATEHOUSE_SCREENSHOTS="))
	return goTest(ctx, "-count=1", "-run", "^TestWindow$", "./app")
}

// needsSlapd names what is missing to start directory servers.
func needsSlapd(context.Context) string {
	_, err := os.Stat("/usr/sbin/slapd") // which is seldom in PATH
	if (has("slapd") || err == nil) && has("ldapsearch") {
		return ""
	}
	return install("slapd ldap-utils")
}

// screenshots tells the tests where to leave pictures of what they saw.
func screenshots(of string) string {
	dir, err := filepath.Abs("build/out/screenshots/" + of)
	if err != nil {
		panic(err)
	}
	return "GATEHOUSE_SCREENSHOTS=" + dir
}

// goTest runs `go test` and counts the tests one by one.
func goTest(ctx context.Context, args ...string) result {
	var stdout, stderr bytes.Buffer
	cmd := program(ctx, "", nil, "go", append([]string{"test", "-json", "-timeout", "20m"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	r := readGoTest(&stdout)
	if err != nil && r.failed == 0 {
		r.failed = 1
	}
	if r.failed > 0 {
		r.log += fmt.Sprintf("\n%s%v", stderr.String(), err)
	}
	return r
}
