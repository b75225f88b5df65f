package app

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/app/windowtest"
)

// TestWindow is the story of the real window on the demo company: it starts,
// reads, shows why the intern is in Administrators, and lets nothing in or out
// that it should not. Pictures go to GATEHOUSE_SCREENSHOTS.
func TestWindow(t *testing.T) {
	if missing := windowtest.Missing(); missing != "" {
		t.Skip(missing)
	}
	if _, err := os.Stat("../frontend/dist/index.html"); err != nil {
		t.Skip("the pages are not built: `go run ./build test window` builds them")
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
	defer stop()
	program := filepath.Join(t.TempDir(), "gatehouse")
	must(t, windowtest.Build(ctx, "gatehouse", program))
	screen, err := windowtest.OpenScreen(ctx)
	must(t, err)
	defer func() {
		if t.Failed() {
			t.Log(screen.Log())
		}
		screen.Close()
	}()
	data := filepath.Join(t.TempDir(), "data")
	w, err := screen.Start(ctx, program, "--data", data, "--demo")
	must(t, err)
	defer w.Close()
	pid, _, err := windowtest.Process(program)
	must(t, err)
	pictures := os.Getenv("GATEHOUSE_SCREENSHOTS")

	t.Run("the demo company is read", func(t *testing.T) {
		must(t, w.Await(2*time.Minute, "Overview", "DEMO", "Halden"))
		must(t, w.Screenshot(pictures, "overview"))
	})

	t.Run("nothing listens", func(t *testing.T) {
		own, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer own.Close()
		if len(listening(t, os.Getpid())) == 0 {
			t.Fatal("the test does not see its own listener, so it would see none of the window's")
		}
		// The one exception is not ours: WebDriver makes the web view listen for it.
		driver := ""
		for _, v := range environmentOf(t, pid) {
			if at, ok := strings.CutPrefix(v, "WEBKIT_INSPECTOR_SERVER="); ok {
				driver = at
			}
		}
		for _, p := range family(t, pid) {
			for _, at := range listening(t, p) {
				if at != driver {
					t.Errorf("process %d listens at %s", p, at)
				}
			}
		}
	})

	t.Run("no cookie reaches the page", func(t *testing.T) {
		var cookie string
		must(t, w.Run(&cookie, "return document.cookie"))
		if cookie != "" {
			t.Errorf("document.cookie is %q", cookie)
		}
	})

	t.Run("the content security policy holds", func(t *testing.T) {
		var ran bool
		must(t, w.Run(nil, `window.violations = [];
			document.addEventListener("securitypolicyviolation", (e) => violations.push(e.effectiveDirective));
			const s = document.createElement("script");
			s.textContent = "window.inlineRan = true";
			document.head.append(s)`))
		must(t, w.Run(&ran, "return window.inlineRan === true"))
		if ran {
			t.Error("an inline script ran")
		}
		var violations []string
		must(t, w.Run(&violations, "return violations"))
		if !slices.ContainsFunc(violations, func(v string) bool { return strings.HasPrefix(v, "script-src") }) {
			t.Errorf("the inline script was not blocked by the policy: %q", violations)
		}
	})

	t.Run("the page has these native verbs and no others", func(t *testing.T) {
		var verbs []string
		must(t, w.Run(&verbs, `return Object.entries(window.go).flatMap(([room, types]) =>
			Object.entries(types).flatMap(([type, verbs]) => Object.keys(verbs).map((v) => room + "." + type + "." + v))).sort()`))
		want := []string{"app.Native.Notify", "app.Native.OpenURL", "app.Native.PickFile", "app.Native.Reveal", "app.Native.SaveExport"}
		if !slices.Equal(verbs, want) {
			t.Errorf("got %q", verbs)
		}
	})

	t.Run("reload keeps the session", func(t *testing.T) {
		before := sessionEvents(t, w)
		if before == 0 {
			t.Fatal("the start of the window's session is not in the audit log")
		}
		must(t, w.Reload())
		must(t, w.Await(time.Minute, "Overview", "DEMO"))
		status, err := w.Fetch("/api/v1/session", nil)
		must(t, err)
		if after := sessionEvents(t, w); status != 200 || after != before {
			t.Errorf("status %d, %d session events where there were %d", status, after, before)
		}
	})

	t.Run("the intern is found by search", func(t *testing.T) {
		must(t, w.Go("#/identities?q=mlaasen"))
		must(t, w.Await(time.Minute, "Identities", "mlaasen"))
		must(t, w.Screenshot(pictures, "identities"))
	})

	t.Run("membership in Administrators is explained through four groups", func(t *testing.T) {
		must(t, w.Go("#/identities/"+identityOf(t, w, "mlaasen")+"?tab=membership"))
		must(t, w.Await(time.Minute, "Administrators", "why?"))
		must(t, w.Click(`button[aria-label="why in Administrators?"]`))
		must(t, w.Await(time.Minute, "Why Administrators?", "calib-interns", "calib-lab", "lab-operations", "infra-operators"))
		must(t, w.AwaitTrue(time.Minute, `document.querySelectorAll(".react-flow__node").length >= 6`)) // the account and five groups
		must(t, w.Screenshot(pictures, "why"))
	})

	t.Run("a second start leaves the folder to the first", func(t *testing.T) {
		second := exec.CommandContext(ctx, program, "--data", data, "--demo")
		second.Env = environmentOf(t, pid)
		out, err := second.CombinedOutput()
		if err == nil || second.ProcessState.ExitCode() != 1 {
			t.Errorf("it ended with %v: %s", err, out)
		}
		must(t, w.Await(10*time.Second, "DEMO"))
	})

	t.Run("asked to end, it closes its folder and goes", func(t *testing.T) { mustEnd(t, pid) })

	w.Close() // WebDriver drives one at a time
	own, err := screen.Start(ctx, program, "--data", data)
	must(t, err)
	defer own.Close()

	t.Run("an empty folder offers a directory or the demo company", func(t *testing.T) {
		must(t, own.Await(time.Minute, "Connect a directory", "Try the demo company"))
		must(t, own.Screenshot(pictures, "first-start"))
		must(t, own.Go("#/directories/connect"))
		must(t, own.Await(time.Minute, "Connect a directory", "Kind", "LDAP"))
		must(t, own.Screenshot(pictures, "connect"))
	})

	t.Run("the demo company opens in the same window, with a session of its own", func(t *testing.T) {
		must(t, own.Go("#/"))
		must(t, own.Await(time.Minute, "Open the demo company"))
		must(t, own.Run(nil, `[...document.querySelectorAll("button")].find((b) => b.innerText === "Open the demo company").click()`))
		must(t, own.Await(time.Minute, "DEMO", "Halden"))
		status, err := own.Fetch("/api/v1/session", nil)
		must(t, err)
		if status != 200 {
			t.Errorf("the session answers %d", status)
		}
	})

	t.Run("with both folders open, it still ends when asked", func(t *testing.T) {
		pid, _, err := windowtest.Process(program)
		must(t, err)
		mustEnd(t, pid)
	})
}

// mustEnd asks the process to end and waits until it has.
func mustEnd(t *testing.T, pid int) {
	t.Helper()
	must(t, syscall.Kill(pid, syscall.SIGTERM))
	for range 100 {
		if state, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); len(state) == 0 || strings.Contains(string(state), ") Z ") {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("it still runs after ten seconds")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sessionEvents counts the audit events about sessions.
func sessionEvents(t *testing.T, w *windowtest.Window) (n int) {
	t.Helper()
	var events struct{ Items []struct{ Action string } }
	if status, err := w.Fetch("/api/v1/events?limit=500", &events); err != nil || status != 200 {
		t.Fatalf("the audit log answers %d, %v", status, err)
	}
	for _, e := range events.Items {
		if strings.HasPrefix(e.Action, "session.") {
			n++
		}
	}
	return n
}

// identityOf is the id of the person who has the login.
func identityOf(t *testing.T, w *windowtest.Window, login string) string {
	t.Helper()
	var accounts struct{ Items []struct{ ID, Login string } }
	if status, err := w.Fetch("/api/v1/accounts?q="+login, &accounts); err != nil || status != 200 {
		t.Fatalf("the accounts answer %d, %v", status, err)
	}
	for _, a := range accounts.Items {
		var account struct{ Identity struct{ ID string } }
		if a.Login == login {
			if status, err := w.Fetch("/api/v1/accounts/"+a.ID, &account); err != nil || status != 200 {
				t.Fatalf("the account answers %d, %v", status, err)
			}
			return account.Identity.ID
		}
	}
	t.Fatalf("no account has the login %s among %v", login, accounts.Items)
	return ""
}

// environmentOf is the environment that a process was started with.
func environmentOf(t *testing.T, pid int) []string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	must(t, err)
	return strings.Split(strings.TrimRight(string(b), "\x00"), "\x00")
}

// family is a process and all that it started.
func family(t *testing.T, pid int) []int {
	t.Helper()
	out := []int{pid}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	must(t, err)
	for _, task := range tasks {
		b, _ := os.ReadFile(task) // a thread that has ended has no children
		for field := range strings.FieldsSeq(string(b)) {
			child, err := strconv.Atoi(field)
			must(t, err)
			out = append(out, family(t, child)...)
		}
	}
	return out
}

// listening are the addresses at which a process accepts TCP connections.
func listening(t *testing.T, pid int) (addresses []string) {
	t.Helper()
	sockets := map[string]bool{}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	must(t, err)
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil {
			if inode, ok := strings.CutPrefix(target, "socket:["); ok {
				sockets[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	const listen = "0A" // TCP_LISTEN, include/net/tcp_states.h
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		must(t, err)
		for lines := bufio.NewScanner(f); lines.Scan(); {
			field := strings.Fields(lines.Text())
			if len(field) > 9 && field[3] == listen && sockets[field[9]] {
				addresses = append(addresses, kernelAddress(t, field[1]))
			}
		}
		must(t, f.Close())
	}
	return addresses
}

// kernelAddress reads an address of /proc/net/tcp: the bytes of the IP address
// in hex, each group of four turned round, a colon and the port in hex.
func kernelAddress(t *testing.T, s string) string {
	t.Helper()
	host, port, _ := strings.Cut(s, ":")
	ip, err := hex.DecodeString(host)
	must(t, err)
	for group := range slices.Chunk(ip, 4) {
		slices.Reverse(group)
	}
	number, err := strconv.ParseUint(port, 16, 16)
	must(t, err)
	return net.JoinHostPort(net.IP(ip).String(), strconv.FormatUint(number, 10))
}
