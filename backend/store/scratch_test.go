package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// workingState are the tables that may change without a Write, because losing
// them loses nothing that the next read, or the next sign-in, does not bring
// back. runs is among them for the row of a run that is under way: its record
// comes with the Write that ends it. counters, because a number that is taken
// and not used is none.
var workingState = []string{"sessions", "observations", "contacts", "identity_rows", "search_text", "source_counts", "runs", "counters", "object_refs", "run_memberships"}

// atStart are the settings that opening and closing the store keeps for itself.
var atStart = []string{"Store.start", "Store.Close"}

var changes = regexp.MustCompile(`(?is)^\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM|REPLACE\s+INTO|DROP\s+TABLE|ALTER\s+TABLE)\s+(?:main\.)?([a-z_.]+)`)

// TestOnlyWritesChangeRecords reads the store's own sources: SQL that changes a
// table of records stands in a function of Tx, nowhere else.
func TestOnlyWritesChangeRecords(t *testing.T) {
	generated := generatedQueries(t)
	if len(generated) < 8 || !slices.Contains(generated["InsertEvent"], "events") {
		t.Fatalf("the generated queries read %v", generated)
	}
	files, err := filepath.Glob("*.go")
	must(t, err)
	seen := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, c := range touched(t, file, generated) {
			seen[c.function] = true
			if !c.allowed() {
				t.Errorf("%s: %s changes %s outside a Write", file, c.function, c.table)
			}
		}
	}
	for _, function := range []string{"Tx.appendEvent", "Tx.RemoveSource", "Scratch.SaveSession", "Store.StartRun"} {
		if !seen[function] {
			t.Errorf("%s changes nothing: the test does not see what it looks for", function)
		}
	}
	// What it would not let through.
	for source, want := range map[string]bool{
		`package store; func (t *Scratch) X() { t.tx.Exec("UPDATE sources SET name = ''") }`:               false,
		`package store; func (t *Scratch) X() { t.q.InsertEvent(nil, nil) }`:                               false,
		`package store; func (s *Store) X() { s.writer.Exec("DELETE FROM main.grants") }`:                  false,
		`package store; func X() { exec("INSERT OR REPLACE INTO accounts VALUES (1)") }`:                   false,
		`package store; func (r *Reader) X() { r.tx.Exec("DROP TABLE settings") }`:                         false,
		`package store; func (t *Scratch) X() { t.tx.Exec("UPDATE sessions SET kind = ''") }`:              true,
		`package store; func (t *Tx) X() { t.tx.Exec("UPDATE sources SET name = ''") }`:                    true,
		`package store; func (s *Store) X() { s.Write(func(t *Tx) { t.q.InsertEvent(nil, nil) }) }`:        true,
		`package store; func (s *Store) X() { s.Scratch(func(t *Scratch) { t.q.InsertEvent(nil, nil) }) }`: false,
	} {
		path := filepath.Join(t.TempDir(), "x.go")
		must(t, os.WriteFile(path, []byte(source), 0o600))
		found := touched(t, path, generated)
		if len(found) != 1 || found[0].allowed() != want {
			t.Errorf("%s: %+v", source, found)
		}
	}
}

// change is a table that a function changes.
type change struct{ function, receiver, table string }

func (c change) allowed() bool {
	switch {
	case c.receiver == "Tx", slices.Contains(workingState, c.table):
		return true
	case c.table == "settings":
		return slices.Contains(atStart, c.function)
	}
	return c.receiver == "Staging" || strings.HasPrefix(c.table, "stage.") || strings.HasPrefix(c.table, "temp.")
}

// generatedQueries are the tables that each generated query changes.
func generatedQueries(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	must(t, fs.WalkDir(os.DirFS("query"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join("query", path))
		for _, q := range strings.Split(string(text), "-- name: ")[1:] {
			name, sql, _ := strings.Cut(q, "\n")
			if m := changes.FindStringSubmatch(sql); m != nil {
				name, _, _ = strings.Cut(name, " ")
				out[name] = append(out[name], m[1])
			}
		}
		return err
	}))
	return out
}

// touched are the tables that the functions of a file change, each with the
// receiver of the innermost function it stands in: a closure's first parameter
// counts as one.
func touched(t *testing.T, file string, generated map[string][]string) []change {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	must(t, err)
	var out []change
	var walk func(n ast.Node, function, receiver string)
	walk = func(n ast.Node, function, receiver string) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				inner := receiver
				if p := n.Type.Params.List; len(p) > 0 && typeName(p[0].Type) != "" && typeName(p[0].Type) != "Staging" {
					inner = typeName(p[0].Type)
				}
				walk(n.Body, function, inner)
				return false
			case *ast.BasicLit:
				if m := changes.FindStringSubmatch(strings.Trim(n.Value, "`\"")); n.Kind == token.STRING && m != nil {
					out = append(out, change{function, receiver, m[1]})
				}
			case *ast.SelectorExpr:
				for _, table := range generated[n.Sel.Name] {
					if x, ok := n.X.(*ast.SelectorExpr); ok && x.Sel.Name == "q" || isQueries(n.X) {
						out = append(out, change{function, receiver, table})
					}
				}
			}
			return true
		})
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			receiver := ""
			if d.Recv != nil {
				receiver = typeName(d.Recv.List[0].Type)
			}
			walk(d.Body, receiver+"."+d.Name.Name, receiver)
		case *ast.GenDecl: // lists of statements, run by a Tx or by Staging
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					for _, name := range v.Names {
						if !slices.Contains([]string{"applyObjects", "applyEnds", "openAccounts", "openGrants", "applyRows", "applyState", "applyContacts", "changedObjects", "renewIdentities", "checks", "renew", "stagingSchema",
							"lookUp", "compareObjects", "compareUnresolved", "primaries", "comparePrimaries", "findTurned", "adoptNouns", "addGrants", "insertObject"}, name.Name) {
							walk(v, name.Name, "")
						}
					}
				}
			}
		}
	}
	return out
}

// isQueries says whether an expression is db.New(…) or a variable named q.
func isQueries(x ast.Expr) bool {
	if c, ok := x.(*ast.CallExpr); ok {
		s, ok := c.Fun.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "New"
	}
	id, ok := x.(*ast.Ident)
	return ok && id.Name == "q"
}

func typeName(x ast.Expr) string {
	if s, ok := x.(*ast.StarExpr); ok {
		x = s.X
	}
	if id, ok := x.(*ast.Ident); ok && slices.Contains([]string{"Tx", "Scratch", "Reader", "Store", "Staging"}, id.Name) {
		return id.Name
	}
	return ""
}
