package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	frontend  = "frontend"
	modules   = frontend + "/node_modules"
	indexHTML = frontend + "/dist/index.html"
	distStamp = modules + "/.gatehouse-dist" // the digest of the sources that dist was built from
)

// frontendModules installs the front end's packages unless exactly those of
// the lock file are there.
func frontendModules(ctx context.Context) error {
	if !has("npm") {
		return errors.New("the pages are built with Node 20.19 or later, which is missing: see https://nodejs.org")
	}
	same, err := installed()
	if same || err != nil {
		return err
	}
	say("build: installing the front end's packages")
	return step(ctx, frontend, nil, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
}

// installed compares the lock file with the one that npm leaves inside
// node_modules. Packages for other systems are optional and may be missing.
func installed() (bool, error) {
	want, err := readLock(frontend + "/package-lock.json")
	if err != nil {
		return false, err
	}
	have, err := readLock(modules + "/.package-lock.json")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for path, p := range want {
		if h, ok := have[path]; path != "" && h != p && (ok || !p.Optional) {
			return false, nil
		}
	}
	for path := range have {
		if _, ok := want[path]; !ok {
			return false, nil
		}
	}
	return true, nil
}

type locked struct {
	Version   string `json:"version"`
	Integrity string `json:"integrity"`
	Optional  bool   `json:"optional"`
}

func readLock(name string) (map[string]locked, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]locked `json:"packages"`
	}
	return lock.Packages, json.Unmarshal(b, &lock)
}

// frontendDist builds the pages that the program embeds, unless their sources
// are those of the last build.
func frontendDist(ctx context.Context) error {
	if err := frontendModules(ctx); err != nil {
		return err
	}
	files, err := frontendSources()
	if err != nil {
		return err
	}
	now, err := digest(files)
	if err != nil {
		return err
	}
	last, _ := os.ReadFile(distStamp)
	if _, err := os.Stat(indexHTML); err == nil && string(last) == now {
		return nil
	}
	say("build: building the pages")
	if err := step(ctx, frontend, nil, "npm", "run", "--silent", "build"); err != nil {
		return err
	}
	return os.WriteFile(distStamp, []byte(now), 0o644)
}

// frontendSources are the files that a build of the pages reads.
func frontendSources() ([]string, error) {
	files := []string{"package.json", "package-lock.json", "index.html", "vite.config.ts", "tsconfig.json"}
	for i := range files {
		files[i] = filepath.Join(frontend, files[i])
	}
	for _, dir := range []string{"public", "src"} {
		err := filepath.WalkDir(filepath.Join(frontend, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.Contains(d.Name(), ".test.") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}
