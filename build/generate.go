package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The typed SQL: sqlc reads the queries and the schema, and writes the package
// db. INPUTS.sha256 beside it holds the digests of both, because compiling
// sqlc takes minutes and is not wanted for every check.
const (
	sqlcConfig = "backend/store/sqlc.yaml"
	sqlcModule = "github.com/sqlc-dev/sqlc"
	sqlcOutput = "backend/store/db"
	sqlcSums   = sqlcOutput + "/INPUTS.sha256"
)

// generate writes all generated code again.
func generate(ctx context.Context) error {
	if _, err := os.Stat(sqlcConfig); err == nil {
		if err := generateSQL(ctx); err != nil {
			return err
		}
	}
	if err := generateReference(ctx); err != nil {
		return err
	}
	if err := step(ctx, "", nil, "go", "test", "./backend/api", "-run", "OpenAPI", "-update"); err != nil {
		return err
	}
	if err := frontendModules(ctx); err != nil {
		return err
	}
	return step(ctx, frontend, nil, "npm", "run", "--silent", "gen")
}

func generateSQL(ctx context.Context) error {
	sqlc, err := tool(ctx, sqlcModule, sqlcModule+"/cmd/sqlc")
	if err != nil {
		return err
	}
	if err := step(ctx, filepath.Dir(sqlcConfig), nil, sqlc, "generate"); err != nil {
		return err
	}
	sums, err := sqlSums(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(sqlcSums, []byte(sums), 0o644)
}

// sqlSums are the digests of what sqlc reads, its version included, and of what
// it wrote.
func sqlSums(ctx context.Context) (string, error) {
	version, err := output(ctx, "go", "list", "-modfile=build/tools.mod", "-m", "-f", "{{.Version}}", sqlcModule)
	if err != nil {
		return "", err
	}
	in := []string{sqlcConfig}
	err = filepath.WalkDir(filepath.Dir(sqlcConfig), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".sql") {
			in = append(in, path)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	out, err := filepath.Glob(sqlcOutput + "/*.go")
	if err != nil {
		return "", err
	}
	inputs, err := digest(in)
	if err != nil {
		return "", err
	}
	outputs, err := digest(out)
	return fmt.Sprintf("sqlc %s\n%s  inputs\n%s  outputs\n", version, inputs, outputs), err
}

// checkGenerated compares the generated code with its sources. The API's
// description is compared by the Go tests.
func checkGenerated(ctx context.Context) result {
	return both(both(checkSQL(ctx), checkReference()), checkSchema(ctx))
}

func checkSQL(ctx context.Context) result {
	if _, err := os.Stat(sqlcConfig); errors.Is(err, fs.ErrNotExist) {
		return failed("%s is missing", sqlcConfig)
	}
	now, err := sqlSums(ctx)
	if err != nil {
		return failed("%v", err)
	}
	then, err := os.ReadFile(sqlcSums)
	if err != nil || string(then) != now {
		return failed("%s is not what the SQL says: run `go run ./build generate`", sqlcOutput)
	}
	return passed()
}

func checkSchema(ctx context.Context) result {
	if err := frontendModules(ctx); err != nil {
		return failed("%v", err)
	}
	r := check(ctx, frontend, nil, "npm", "run", "--silent", "gen", "--", "--check")
	if r.failed > 0 {
		r.log += "\nfrontend/src/api/schema.d.ts is not what backend/api/openapi.json says: run `go run ./build generate`"
	}
	return r
}
