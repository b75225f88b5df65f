package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// dev serves Gatehouse to a browser and follows the sources. One address, of a
// proxy in this program, leads to two servers: Vite, which replaces changed
// parts of a page while it is open, and Gatehouse, which is rebuilt and
// restarted when a Go or SQL file changes.
func dev(ctx context.Context, args []string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := frontendDist(ctx); err != nil {
		return err
	}
	pages, err := startVite(ctx)
	if err != nil {
		return err
	}
	front, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	address := "http://" + strings.Replace(front.Addr().String(), "127.0.0.1", "localhost", 1)
	var server atomic.Pointer[url.URL]
	go http.Serve(front, devProxy(&server, pages))

	var program *exec.Cmd
	opened := false
	for last := ""; ctx.Err() == nil; sleep(ctx, 500*time.Millisecond) {
		now, err := sourceState()
		if err != nil {
			return err
		}
		if now == last {
			continue
		}
		last = now
		if err := (binary{out: executable("build/out/dev/gatehouse")}).build(ctx); err != nil {
			say("build: %v; the last version stays", err)
			continue
		}
		stopProgram(program)
		var link *url.URL
		if program, link, err = startServer(ctx, args); err != nil {
			say("build: %v", err)
			continue
		}
		server.Store(&url.URL{Scheme: "http", Host: link.Host})
		say("build: serving the sources; if the page asks for a session, open %s%s#%s", address, link.Path, link.Fragment)
		if !opened {
			opened = true
			openBrowser(address + link.Path + "#" + link.Fragment)
		}
	}
	stopProgram(program)
	return nil
}

// devProxy sends data and the start link to Gatehouse and all else to Vite,
// the web socket by which it replaces modules included. Each sees its own
// address as the host, so that its checks of the host hold.
func devProxy(server *atomic.Pointer[url.URL], pages *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			target := pages
			if p := r.In.URL.Path; strings.HasPrefix(p, "/api/") || strings.HasPrefix(p, "/boot") {
				if s := server.Load(); s != nil {
					target = s
				}
			}
			r.SetURL(target)
			if r.In.Header.Get("Origin") == "http://"+r.In.Host {
				r.Out.Header.Set("Origin", "http://"+target.Host) // any other origin stays, and is refused
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "Being restarted: "+err.Error(), http.StatusBadGateway)
		},
	}
}

// startVite serves the front end's sources on a free port.
func startVite(ctx context.Context) (*url.URL, error) {
	free, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(free.Addr().String())
	if err != nil {
		return nil, err
	}
	free.Close()
	// Not through npm, which does not pass the request to end on.
	cmd := program(ctx, frontend, nil, "node", "node_modules/vite/bin/vite.js",
		"--port", port, "--strictPort", "--clearScreen", "false")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go cmd.Wait()
	address := &url.URL{Scheme: "http", Host: "localhost:" + port}
	for range 100 {
		if conn, err := net.Dial("tcp", address.Host); err == nil {
			return address, conn.Close()
		}
		sleep(ctx, 200*time.Millisecond)
	}
	return nil, errors.New("the server of the pages did not start within 20 seconds")
}

// startServer starts what was built and reads its first line, the start link.
func startServer(ctx context.Context, args []string) (*exec.Cmd, *url.URL, error) {
	path, err := filepath.Abs(executable("build/out/dev/gatehouse"))
	if err != nil {
		return nil, nil, err
	}
	cmd := program(ctx, "", nil, path, append(args, "serve")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		return nil, nil, errors.Join(errors.New("gatehouse ended before it printed its start link"), cmd.Wait())
	}
	go io.Copy(os.Stderr, lines)
	link, err := url.Parse(strings.TrimSpace(first))
	if err != nil || link.Host == "" {
		stopProgram(cmd)
		return nil, nil, fmt.Errorf("gatehouse printed %q instead of a start link", first)
	}
	return cmd, link, nil
}

// stopProgram asks cmd to close its data folder and waits until it has.
func stopProgram(cmd *exec.Cmd) {
	if cmd == nil || cmd.Process == nil {
		return
	}
	if runtime.GOOS == "windows" || cmd.Process.Signal(os.Interrupt) != nil {
		cmd.Process.Kill()
	}
	cmd.Wait()
}

// sourceState changes whenever a file changes that the program is built from.
// It is polled, because that works the same on every system.
func sourceState() (string, error) {
	var state strings.Builder
	for _, root := range []string{"go.mod", "main.go", "app", "backend"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			info, err := d.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil // it went while we looked: the next look will tell
			}
			if err == nil {
				fmt.Fprintln(&state, path, info.ModTime().UnixNano(), info.Size())
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return state.String(), nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// openBrowser shows the address where there is a display.
func openBrowser(address string) {
	if !hasDisplay() {
		return
	}
	opener := map[string][]string{
		"windows": {"rundll32", "url.dll,FileProtocolHandler"},
		"darwin":  {"open"},
	}[runtime.GOOS]
	if opener == nil {
		opener = []string{"xdg-open"}
	}
	if cmd := exec.Command(opener[0], append(opener[1:], address)...); cmd.Start() == nil {
		go cmd.Wait()
	}
}
