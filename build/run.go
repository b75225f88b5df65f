package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// built is the program's file at the root of the repository; git ignores it.
const built = "gatehouse"

// run builds what is not up to date and starts Gatehouse with args.
func run(ctx context.Context, args []string) error {
	if err := frontendDist(ctx); err != nil {
		return err
	}
	window := hasDisplay() && canBuildWindow(ctx)
	if err := (binary{out: executable(built), window: window}).build(ctx); err != nil {
		return err
	}
	if !window && opensConsole(args) {
		if hasDisplay() {
			say("build: no window here: it needs `%s`; opening the browser instead", install(windowPackages))
			args = append(args, "serve", "--open")
		} else {
			say("build: no display for a window here: open the link below in a browser on this computer")
			args = append(args, "serve")
		}
	}
	return start(args)
}

// opensConsole reports whether gatehouse started with args shows the console,
// rather than obeying one of its commands.
func opensConsole(args []string) bool {
	for i := 0; i < len(args); i++ {
		switch name, _, hasValue := strings.Cut(args[i], "="); name {
		case "--data", "--vault-key-file":
			if !hasValue {
				i++
			}
		case "--demo":
		default:
			return false
		}
	}
	return true
}

// start runs the program that was built until it ends, and gives it time to
// close its data folder.
func start(args []string) error {
	path, err := filepath.Abs(executable(built))
	if err != nil {
		return err
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	if err := cmd.Start(); err != nil {
		return err
	}
	go passOn(stop, cmd.Process)
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(max(1, exit.ExitCode())) // the program has said why
	}
	return err
}

// passOn passes a request to end on to the program. A terminal sends Ctrl-C to
// all programs in it, and a second one would end this one at once: so that is
// only passed on if the program has not ended long after it.
func passOn(stop <-chan os.Signal, program *os.Process) {
	if s := <-stop; s == os.Interrupt {
		time.Sleep(20 * time.Second)
	}
	if program.Signal(syscall.SIGTERM) != nil {
		program.Kill()
	}
}
