//go:build linux

// Command window measures the time from the start of the program to a window
// that can be used, against an empty Wails window in the same run:
//
//	go run ./build/bench/window [-data DIR] [-starts N]
//
// Without -data it starts on the demo company, whose first read is done before
// the measurement. Usable means that the overview shows its figures. The two
// programs take turns, so that both meet the same machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"gatehouse/app/windowtest"
)

const bar = 1.3 // times the empty window

func main() {
	data := flag.String("data", "", "data `folder` to start on; empty: the demo company's")
	starts := flag.Int("starts", 7, "`number` of starts of each program")
	flag.Parse()
	if err := measure(context.Background(), *data, *starts); err != nil {
		fmt.Fprintln(os.Stderr, "window:", err)
		os.Exit(1)
	}
}

// subject is one of the two programs.
type subject struct {
	name  string
	path  string
	args  []string
	ready string // a JavaScript expression that is true once the window can be used
	times []time.Duration
}

func measure(ctx context.Context, data string, starts int) error {
	if missing := windowtest.Missing(); missing != "" {
		return errors.New(missing)
	}
	dir, err := os.MkdirTemp("", "gatehouse-bench-window-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	empty := &subject{name: "empty Wails window", path: filepath.Join(dir, "empty"),
		ready: `document.querySelector("h1")?.textContent === "Ready"`}
	ours := &subject{name: "Gatehouse", path: filepath.Join(dir, "gatehouse"),
		ready: `document.querySelector("main")?.innerText.match(/\d/) && document.body.innerText.includes("Overview") && !document.querySelector("main [aria-busy=true]")`}
	ours.args = []string{"--data", data}
	if data == "" {
		ours.args = []string{"--data", filepath.Join(dir, "data"), "--demo"}
	}
	if err := windowtest.Build(ctx, "gatehouse/build/bench/window/empty", empty.path); err != nil {
		return err
	}
	if err := windowtest.Build(ctx, "gatehouse", ours.path); err != nil {
		return err
	}
	for i := range starts + 1 {
		for _, s := range []*subject{empty, ours} {
			took, err := s.start(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if i > 0 { // the first start of each fills the caches, and reads the demo company
				s.times = append(s.times, took)
			}
		}
	}
	for _, s := range []*subject{empty, ours} {
		slices.Sort(s.times)
		fmt.Printf("%-20s median %4d ms   fastest %4d   slowest %4d   of %d starts\n", s.name, s.median().Milliseconds(),
			s.times[0].Milliseconds(), s.times[len(s.times)-1].Milliseconds(), len(s.times))
	}
	fmt.Printf("ratio %.2f, bar %.1f\n", float64(ours.median())/float64(empty.median()), bar)
	return nil
}

func (s *subject) median() time.Duration { return s.times[len(s.times)/2] }

// start runs the program once on a fresh screen and returns the time from its
// start, which the kernel knows, to the moment it could be used.
func (s *subject) start(ctx context.Context) (time.Duration, error) {
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	defer stop()
	screen, err := windowtest.OpenScreen(ctx)
	if err != nil {
		return 0, err
	}
	defer screen.Close()
	w, err := screen.Start(ctx, s.path, s.args...)
	if err != nil {
		return 0, err
	}
	defer w.Close()
	for {
		var ready bool
		if err := w.Run(&ready, "return !!("+s.ready+")"); err != nil {
			return 0, err
		}
		if ready {
			break
		}
		if ctx.Err() != nil {
			return 0, errors.New("the window was not usable within three minutes")
		}
		time.Sleep(5 * time.Millisecond)
	}
	now := time.Now()
	pid, began, err := windowtest.Process(s.path)
	if err != nil {
		return 0, err
	}
	return now.Sub(began), end(pid)
}

// end waits until the program has gone, so that the next start finds its data
// folder closed.
func end(pid int) error {
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	for range 100 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("it did not end within five seconds")
}
