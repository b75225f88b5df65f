package backend

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// The shape of the house. The sources themselves are parsed, so that a cached
// answer of the go command cannot hide a violation: what a test opens is part
// of its cache key.

// module is the path the program's own imports begin with.
const module = "gatehouse/"

// floors are the rooms from the ground up. A room imports only rooms below it,
// and those next to it that neighbours names. A room that stands on no floor
// fails.
var floors = [][]string{
	{"backend/iam"},
	{"reports/sheet", "backend/policy", "backend/policy/reference", "backend/policy/lint", "backend/access", "backend/role", "backend/audit", "backend/vault", "backend/directory"},
	{
		"backend/store", "backend/store/db", "backend/directory/ldap", "backend/directory/ad", "backend/directory/entra", "backend/directory/google",
		"backend/directory/okta", "backend/directory/aws", "backend/directory/scim", "backend/directory/file", "backend/directory/demo", "backend/directory/directorytest",
	},
	{"backend/change", "backend/mfa"},
	{"backend/reconcile", "backend/operator", "backend/helpdesk", "backend/review", "backend/lifecycle", "backend/federation", "reports"},
	{"backend/api"},
	{"backend"},
	{"app", "app/cli", "app/local", "app/windowtest", "app/windowtest/automation"},
	{"."},
}

// neighbours are the imports between rooms of one floor that are meant.
var neighbours = map[string][]string{
	"backend/policy":         {"backend/policy/reference"},
	"backend/policy/lint":    {"backend/policy", "backend/policy/reference"},
	"backend/store":          {"backend/store/db"},
	"backend/directory/ad":   {"backend/directory/ldap"},
	"backend/directory/demo": {"backend/directory/ldap"},
	"app":                    {"app/cli", "app/local", "app/windowtest/automation"}, // the last behind the tag e2e
	"app/cli":                {"app/local"},
	"app/windowtest":         {"app/windowtest/automation"},
}

// tools stand outside the house: programs of their own that build and measure
// it, each with the rooms it may import; their tests
// import what they measure.
var tools = map[string][]string{
	"build": nil, "build/icon": nil, "build/bench": nil, "build/bench/sync": nil, "build/bench/million": nil,
	"build/bench/report": {"reports/sheet"}, "build/bench/window": {"app/windowtest"}, "build/bench/window/empty": {"app/windowtest/automation"},
}

// testOnly are rooms that nothing but a test or a tool imports.
var testOnly = []string{"backend/directory/directorytest", "app/windowtest"}

// owners are the rooms that alone import a heavy module, tests included.
var owners = []struct {
	module string
	rooms  []string
}{
	{"github.com/wailsapp/wails", []string{"app", "build/bench/window/empty"}},
	{"modernc.org/sqlite", []string{"backend/store"}},
	{"github.com/pressly/goose", []string{"backend/store"}},
	{"github.com/go-ldap/ldap", []string{"backend/directory/ldap", "backend/directory/ad", "build/bench/sync"}}, // the last as the peer
	{"github.com/danielgtaylor/huma", []string{"backend/api"}},
	{"github.com/xuri/excelize", []string{"reports/sheet", "build/bench/report"}}, // the latter as the peer
	{"github.com/pquerna/otp", []string{"backend/mfa"}},
	{"github.com/skip2/go-qrcode", []string{"backend/mfa"}},
	{"github.com/spf13/cobra", []string{"app/cli"}},
	{"github.com/zalando/go-keyring", []string{"backend/vault"}},
	{"filippo.io/age", []string{"backend/vault"}},
}

// witnesses are rooms whose tests look at what they make with another's module.
var witnesses = []string{"backend/api github.com/xuri/excelize"} // owners' workbooks, changed by hand

// dumps are names that say nothing of what is inside.
var dumps = []string{"util", "utils", "common", "helper", "helpers", "misc", "types"}

// unfinished and foreign are what no text of the repository says. The first is
// put together here so that this file does not say it.
var (
	unfinished = regexp.MustCompile(`\b(` + "TO" + `DO|FIX` + `ME)\b`)
	foreign    = regexp.MustCompile(`/home/[\w.-]+/|/(?:Users|root|work|tmp)/\w|[A-Za-z]:\\Users\\|registry\.\w|proxy\.golang\.|goproxy\.|pypi\.org|npmjs\.|artifactory`)
)

// mainLines is the most that main.go may have: it embeds the pages and starts
// the program.
const mainLines = 25

// skipped are folders that hold what others wrote or what is built.
var skipped = []string{".git", "frontend/node_modules", "frontend/dist", "build/out"}

// written are the kinds of file whose text is ours.
var written = []string{".go", ".ts", ".tsx", ".css", ".html", ".sql", ".md", ".json", ".yaml", ".yml", ".mod", ".py", ".txt", ".ldif", ".sh"}

func TestArchitecture(t *testing.T) {
	root := os.DirFS("..")
	if _, err := fs.Stat(root, "go.mod"); err != nil {
		t.Fatal("the test does not stand in backend/ of the repository:", err)
	}
	found := violations(root)
	for _, v := range found {
		t.Error(v)
	}
}

// TestArchitectureCatches proves that each rule sees what it forbids.
func TestArchitectureCatches(t *testing.T) {
	good := map[string]string{
		"main.go":                         "package main\nimport _ \"gatehouse/app\"\n",
		"app/app.go":                      "package app\nimport (\n_ \"gatehouse/backend\"\n_ \"gatehouse/app/cli\"\n_ \"github.com/wailsapp/wails/v2\"\n)\n",
		"app/cli/cli.go":                  "package cli\n",
		"backend/backend.go":              "package backend\nimport _ \"gatehouse/backend/store\"\n",
		"backend/store/store.go":          "package store\nimport (\n_ \"gatehouse/backend/iam\"\n_ \"modernc.org/sqlite\"\n)\n",
		"backend/iam/iam.go":              "package iam\nimport _ \"time\"\n",
		"backend/directory/ldap/ldap.go":  "package ldap\n",
		"backend/directory/demo/demo.go":  "package demo\nimport _ \"gatehouse/backend/directory/ldap\"\n",
		"frontend/node_modules/util/u.go": "package util\nimport _ \"modernc.org/sqlite\"\n",
	}
	for _, c := range []struct{ name, file, text, want string }{
		{"the good house", "backend/iam/more.go", "package iam\n", ""},
		{"upwards", "backend/iam/up.go", "package iam\nimport _ \"gatehouse/backend/store\"\n", "backend/iam must not import backend/store"},
		{"sideways", "backend/directory/ldap/side.go", "package ldap\nimport _ \"gatehouse/backend/store\"\n", "backend/directory/ldap must not import backend/store"},
		{"against a named neighbour", "backend/directory/ldap/back.go", "package ldap\nimport _ \"gatehouse/backend/directory/demo\"\n", "backend/directory/ldap must not import backend/directory/demo"},
		{"another's insides", "backend/api/a.go", "package api\nimport _ \"gatehouse/backend/store/db\"\n", "backend/store/db belongs to backend/store"},
		{"nouns stand on nothing", "backend/iam/heavy.go", "package iam\nimport _ \"golang.org/x/text/cases\"\n", "only the standard library"},
		{"unlisted", "backend/cellar/c.go", "package cellar\n", "backend/cellar is on no floor"},
		{"import of an unlisted room", "backend/b.go", "package backend\nimport _ \"gatehouse/backend/cellar\"\n", "gatehouse/backend/cellar is on no floor"},
		{"a test's room", "backend/b.go", "package backend\nimport _ \"gatehouse/backend/directory/directorytest\"\n", "only tests import backend/directory/directorytest"},
		{"a test may", "backend/b_test.go", "package backend\nimport _ \"gatehouse/backend/directory/directorytest\"\n", ""},
		{"a tool imports the house", "build/main.go", "package main\nimport _ \"gatehouse/backend\"\n", "build must not import backend"},
		{"Wails", "backend/w.go", "package backend\nimport _ \"github.com/wailsapp/wails/v2/pkg/options\"\n", "github.com/wailsapp/wails belongs to app"},
		{"SQLite, behind a build tag", "app/s.go", "//go:build plan9\n\npackage app\nimport _ \"modernc.org/sqlite\"\n", "modernc.org/sqlite belongs to backend/store"},
		{"a test with the SQLite driver", "backend/api/a_test.go", "package api\nimport _ \"modernc.org/sqlite/lib\"\n", "modernc.org/sqlite belongs to backend/store"},
		{"LDAP", "backend/directory/demo/l.go", "package demo\nimport _ \"github.com/go-ldap/ldap/v3\"\n", "github.com/go-ldap/ldap belongs to backend/directory/ldap"},
		{"huma", "backend/h.go", "package backend\nimport _ \"github.com/danielgtaylor/huma/v2\"\n", "github.com/danielgtaylor/huma belongs to backend/api"},
		{"excelize", "backend/x.go", "package backend\nimport _ \"github.com/xuri/excelize/v2\"\n", "github.com/xuri/excelize belongs to reports/sheet"},
		{"a folder that says nothing", "frontend/src/lib/utils/date.ts", "", "frontend/src/lib/utils: a name that says nothing"},
		{"a file that says nothing", "backend/store/helpers_test.go", "package store\n", "backend/store/helpers_test.go: a name that says nothing"},
		{"unfinished", "docs/later.md", "FIX" + "ME: all of it\n", "docs/later.md:1: unfinished"},
		{"a machine's path", "docs/here.md", "see\n/home/" + "ann/gatehouse\n", "docs/here.md:2: names a machine or a registry"},
		{"a registry", "frontend/package-lock.json", `"https://registry.` + `npmjs.org/x"`, "frontend/package-lock.json:1: names a machine or a registry"},
		{"main grows", "main.go", "package main\n" + strings.Repeat("//\n", mainLines), "main.go has 26 lines"},
		{"not Go at all", "backend/b.go", "pakage backend\n", "backend/b.go"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for name, text := range good {
				tree[name] = &fstest.MapFile{Data: []byte(text)}
			}
			tree[c.file] = &fstest.MapFile{Data: []byte(c.text)}
			found := violations(tree)
			switch {
			case c.want == "" && len(found) > 0:
				t.Errorf("refused: %q", found)
			case c.want != "" && (len(found) != 1 || !strings.Contains(found[0], c.want)):
				t.Errorf("found %q, want the one violation %q", found, c.want)
			}
		})
	}
}

// violations are what is wrong in the tree, in words.
func violations(tree fs.FS) []string {
	var out []string
	say := func(format string, args ...any) {
		if s := fmt.Sprintf(format, args...); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	err := fs.WalkDir(tree, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && slices.Contains(skipped, file) {
			return nil // .git is a file in a linked worktree: fs.SkipDir would skip all that stands beside it
		}
		if slices.Contains(skipped, file) || d.IsDir() && file != "." && ownModule(tree, file) {
			return fs.SkipDir
		}
		stem, _, _ := strings.Cut(strings.TrimSuffix(d.Name(), path.Ext(d.Name())), "_test")
		if slices.Contains(dumps, stem) {
			say("%s: a name that says nothing", file)
		}
		if d.IsDir() || !slices.Contains(written, path.Ext(file)) {
			return nil
		}
		text, err := fs.ReadFile(tree, file)
		if err != nil {
			return err
		}
		if file != "backend/arch_test.go" {
			checkText(file, string(text), say)
		}
		if path.Ext(file) == ".go" {
			checkImports(file, text, say)
		}
		return nil
	})
	if err != nil {
		say("the sources cannot be read: %v", err)
	}
	return out
}

func checkText(file, text string, say func(string, ...any)) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if file == "main.go" && len(lines) > mainLines {
		say("main.go has %d lines, at most %d are meant", len(lines), mainLines)
	}
	for i, line := range lines {
		if unfinished.MatchString(line) {
			say("%s:%d: unfinished", file, i+1)
		}
		if m := foreign.FindString(line); m != "" {
			say("%s:%d: names a machine or a registry: %s", file, i+1, m)
		}
	}
}

func checkImports(file string, text []byte, say func(string, ...any)) {
	room, test := path.Dir(file), strings.HasSuffix(file, "_test.go")
	rooms, isTool := tools[room]
	here := floorOf(room)
	if here < 0 && !isTool {
		say("%s is on no floor: list it in backend/arch_test.go", room)
		return
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
	if err != nil {
		say("%v", err)
		return
	}
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			say("%s: %v", file, err)
			continue
		}
		for _, o := range owners {
			if (name == o.module || strings.HasPrefix(name, o.module+"/")) && !slices.Contains(o.rooms, room) {
				if test && slices.Contains(witnesses, room+" "+o.module) {
					continue
				}
				say("%s: %s belongs to %s", file, o.module, strings.Join(o.rooms, ", "))
			}
		}
		if room == "backend/iam" && !test && strings.Contains(name, ".") {
			say("%s: backend/iam imports only the standard library, not %s", file, name)
		}
		other, ours := strings.CutPrefix(name, module)
		if !ours {
			continue
		}
		there := floorOf(other)
		switch {
		case there < 0:
			say("%s: %s is on no floor", file, name)
		case slices.Contains(testOnly, other) && !test && !isTool && !slices.Contains(testOnly, room):
			say("%s: only tests import %s", file, other)
		case other == "backend/store/db" && room != "backend/store":
			say("%s: backend/store/db belongs to backend/store", file)
		case test && (isTool || there <= here), other == room:
			// A test may ask its neighbours, never the floors above; that of a
			// tool anybody.
		case isTool && !slices.Contains(rooms, other), !isTool && there >= here && !slices.Contains(neighbours[room], other):
			say("%s: %s must not import %s", file, room, other)
		}
	}
}

// ownModule says whether a folder is a module of its own, which the program
// does not stand on.
func ownModule(tree fs.FS, dir string) bool {
	_, err := fs.Stat(tree, path.Join(dir, "go.mod"))
	return err == nil
}

func floorOf(room string) int {
	return slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, room) })
}
