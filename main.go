// Gatehouse shows who can do what in a company's directories, and by which
// path. Everything begins in package app.
package main

import (
	"embed"
	"io/fs"
	"os"

	"gatehouse/app"
)

// The pages as `go run ./build run` builds them. Without them the program still
// compiles and obeys the command line.
//
//go:embed all:frontend/dist
var dist embed.FS

func main() {
	web, err := fs.Sub(dist, "frontend/dist")
	if err != nil {
		panic(err)
	}
	os.Exit(app.Main(web, os.Args[1:]))
}
