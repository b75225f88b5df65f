// Package app is the program around the backend: the window, or the command
// line, which can also serve a browser. It decides which, and owns the window;
// the data is the backend's.
package app

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"gatehouse/app/cli"
	"gatehouse/app/local"
)

// Main runs the program and returns its exit code: 0 done, 1 refused or failed,
// 2 usage. Arguments that name a command go to the command line; without one
// the console is shown, in the window where this build has one and there is a
// display, else in a browser.
func Main(web fs.FS, args []string) int {
	a, isConsole := parse(args)
	switch {
	case !isConsole:
		return cli.Main(web, args, os.Stdin, os.Stdout, os.Stderr)
	case !local.HasDisplay():
		return cli.Main(web, []string{"--help"}, os.Stdin, os.Stdout, os.Stderr)
	case !hasWindow:
		return cli.Main(web, append(args, "serve", "--open"), os.Stdin, os.Stdout, os.Stderr)
	}
	if err := showWindow(web, a); err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse:", err)
		return 1
	}
	return 0
}

// arguments are those of the console; commands read their own.
type arguments struct {
	dir     string // the data folder
	keyFile string // the vault's
	demo    bool   // show the demo company, which lies beside the data folder
}

// parse reads args as those of the console. It is false if they are a
// command's: they name one, hold a flag that the console has not, or miss a
// value.
func parse(args []string) (a arguments, isConsole bool) {
	for i := 0; i < len(args); i++ {
		name, value, hasValue := strings.Cut(args[i], "=")
		var into *string
		switch name {
		case "--data":
			into = &a.dir
		case "--vault-key-file":
			into = &a.keyFile
		case "--demo":
			a.demo = true
			continue
		default:
			return arguments{}, false
		}
		if !hasValue && i+1 < len(args) {
			i++
			value = args[i]
		}
		if value == "" {
			return arguments{}, false
		}
		*into = value
	}
	return a, true
}

// showWindow shows the console in the window until it is closed or the program
// is asked to end.
func showWindow(web fs.FS, a arguments) (err error) {
	if a.dir == "" {
		if a.dir, err = local.DataFolder(); err != nil {
			return err
		}
	}
	if a.dir, err = filepath.Abs(a.dir); err != nil {
		return err
	}
	if a.keyFile == "" {
		a.keyFile = os.Getenv(local.KeyFileVariable)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return runWindow(ctx, newConsole(web, a))
}
