// Command build is the one way to run, check and package Gatehouse:
//
//	go run ./build run [--demo] [arguments of gatehouse]
//	go run ./build dev [--demo] [arguments of gatehouse]
//	go run ./build test [--all] [suite ...]
//	go run ./build generate
//	go run ./build bench [name ...]
//	go run ./build package
//
// It does all the set-up itself and needs only Go and Node. It uses the
// standard library alone, so that it starts at once.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: go run ./build COMMAND

  run [--demo] [...]     build what is not up to date and open Gatehouse: the window
                         where it can be built and shown, else a browser; further
                         arguments go to gatehouse
  dev [--demo] [...]     the same in a browser, and follow the sources: the pages at
                         once, the program rebuilt and restarted
  test [--all] [suite]   run every check, or the suites named; --all turns a check
                         skipped for want of a server or browser into a failure
  generate               write the generated files again: SQL, service reference, API
                         description, client
  bench [name]           measure against the named peers and print ratios
  package                portable executables with SHA-256 sums, in build/out
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() > 0 {
			fmt.Fprintln(os.Stderr, "build:", err)
			os.Exit(exit.ExitCode())
		}
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err := enterRoot(); err != nil {
		return err
	}
	switch name, rest := args[0], args[1:]; name {
	case "run":
		return run(ctx, rest)
	case "dev":
		return dev(ctx, rest)
	case "test":
		return test(ctx, rest)
	case "generate":
		return generate(ctx)
	case "bench":
		return bench(ctx, rest)
	case "package":
		return pack(ctx)
	case "help", "-h", "--help":
		fmt.Print(usage)
		return nil
	default:
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("there is no command %q", name)
	}
}

// enterRoot makes the repository's root the working folder, so that every path
// below can be written relative to it.
func enterRoot() error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module gatehouse\n") {
			return os.Chdir(dir)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return errors.New("run this inside the Gatehouse repository")
		}
		dir = parent
	}
}

// step runs a command whose output matters only if it fails or takes long: it
// goes to standard error, because standard output belongs to what is started.
func step(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := program(ctx, dir, env, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return nil
}

// output is what a command prints on standard output.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := program(ctx, "", nil, name, args...)
	var errors strings.Builder
	cmd.Stderr = &errors
	b, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, errors.String())
	}
	return strings.TrimSpace(string(b)), nil
}

// program prepares a command with env added to the environment. When ctx ends
// it is asked to stop and killed ten seconds later.
func program(ctx context.Context, dir string, env []string, name string, args ...string) *exec.Cmd {
	if name == "npm" && runtime.GOOS == "windows" {
		name = "npm.cmd"
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if runtime.GOOS != "windows" {
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	}
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func has(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
