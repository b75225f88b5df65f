//go:build linux

// Package windowtest starts a program with a window on a screen of its own and
// drives it by WebDriver, as a person would. Only tests and benchmarks import
// it. The program must be built with the tag e2e.
package windowtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Install is the one command that brings what Missing looks for.
const Install = "sudo apt-get install -y --no-install-recommends libgtk-3-dev libwebkit2gtk-4.1-dev" +
	" pkg-config build-essential xvfb dbus-x11 webkit2gtk-driver"

// Missing names what is needed to build a window and to drive it here, with
// the command that installs it; empty if all is there.
func Missing() string {
	var missing []string
	for _, p := range []string{"Xvfb", "dbus-run-session", "WebKitWebDriver", "pkg-config", "gcc"} {
		if _, err := exec.LookPath(p); err != nil {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 && exec.Command("pkg-config", "--exists", "gtk+-3.0", "webkit2gtk-4.1").Run() != nil {
		missing = append(missing, "the headers of GTK and WebKitGTK")
	}
	if len(missing) == 0 {
		return ""
	}
	return "missing " + strings.Join(missing, ", ") + ": " + Install
}

// Build compiles the package with the window and its automation.
func Build(ctx context.Context, pkg, out string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false",
		"-tags", "desktop,production,webkit2_41,e2e", "-o", out, pkg)
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, msg)
	}
	return nil
}

// Screen is a screen that nobody sees, with a session bus and a WebDriver
// service on it.
type Screen struct {
	display string
	driver  string // base address
	dir     string // where Xvfb keeps the picture
	xvfb    *exec.Cmd
	service *exec.Cmd
}

// OpenScreen starts a screen of 1440 by 900 pixels.
func OpenScreen(ctx context.Context) (*Screen, error) {
	s := &Screen{}
	if err := s.startX(ctx); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.driver = "http://127.0.0.1:" + port
	s.service = exec.Command("dbus-run-session", "--", "WebKitWebDriver", "--host=127.0.0.1", "--port="+port)
	s.service.Env = append(os.Environ(), "DISPLAY="+s.display, "LIBGL_ALWAYS_SOFTWARE=1", "NO_AT_BRIDGE=1")
	log, err := os.Create(s.log())
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	defer log.Close()
	s.service.Stdout, s.service.Stderr = log, log
	s.service.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.service.Start(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	err = within(ctx, 20*time.Second, func() error {
		_, err := s.call(ctx, http.MethodGet, "/status", nil)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the WebDriver service did not start: %w", err), s.Close())
	}
	return s, nil
}

// startX starts Xvfb, which finds a free display number itself and tells it
// through a pipe.
func (s *Screen) startX(ctx context.Context) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	if s.dir, err = os.MkdirTemp("", "gatehouse-screen-"); err != nil {
		return err
	}
	s.xvfb = exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1440x900x24", "-fbdir", s.dir, "-nolisten", "tcp")
	s.xvfb.ExtraFiles = []*os.File{w}
	err = s.xvfb.Start()
	w.Close()
	if err != nil {
		return err
	}
	r.SetReadDeadline(time.Now().Add(20 * time.Second))
	number, err := bufio.NewReader(r).ReadString('\n') // to the end, or Xvfb dies of writing the rest
	if err != nil {
		return errors.Join(fmt.Errorf("the screen did not start: %w", err), s.Close())
	}
	s.display = ":" + strings.TrimSpace(number)
	return ctx.Err()
}

// Close ends what runs on the screen, and the screen.
func (s *Screen) Close() error {
	if s.service != nil && s.service.Process != nil {
		syscall.Kill(-s.service.Process.Pid, syscall.SIGTERM)
		s.service.Wait()
	}
	if s.xvfb != nil && s.xvfb.Process != nil {
		s.xvfb.Process.Signal(syscall.SIGTERM)
		s.xvfb.Wait()
	}
	return os.RemoveAll(s.dir)
}

func (s *Screen) log() string { return filepath.Join(s.dir, "log") }

// Log is what the programs on the screen have printed.
func (s *Screen) Log() string {
	b, err := os.ReadFile(s.log())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// Window is a program's window under WebDriver.
type Window struct {
	screen  *Screen
	session string
	ctx     context.Context
}

// Start starts the program on the screen and waits until its page can be
// driven. All calls on the window end with ctx.
func (s *Screen) Start(ctx context.Context, program string, args ...string) (*Window, error) {
	if args == nil {
		args = []string{}
	}
	answer, err := s.call(ctx, http.MethodPost, "/session", map[string]any{
		"capabilities": map[string]any{"alwaysMatch": map[string]any{
			"webkitgtk:browserOptions": map[string]any{"binary": program, "args": args},
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, s.Log())
	}
	var v struct{ SessionID string }
	if err := json.Unmarshal(answer, &v); err != nil {
		return nil, err
	}
	return &Window{screen: s, session: "/session/" + v.SessionID, ctx: ctx}, nil
}

// Close ends the program. That its window has gone is no error.
func (w *Window) Close() {
	w.screen.call(context.WithoutCancel(w.ctx), http.MethodDelete, w.session, nil)
}

// Process finds the newest process that runs the program, and tells when it
// began, to a hundredth of a second.
func Process(program string) (pid int, began time.Time, err error) {
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return 0, began, err
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || target != program {
			continue
		}
		stat, err := os.ReadFile(filepath.Join(filepath.Dir(link), "stat"))
		if err != nil {
			continue // it has just ended
		}
		// proc(5): the start, in clock ticks since boot, is the 20th field after
		// the name, which stands in parentheses and may hold anything.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		ticks, err := strconv.ParseInt(fields[19], 10, 64)
		if err != nil {
			return 0, began, err
		}
		const tick = time.Second / 100 // USER_HZ, the same on every system that Go runs on
		var uptime unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &uptime); err != nil {
			return 0, began, err
		}
		if at := time.Now().Add(time.Duration(ticks)*tick - time.Duration(uptime.Nano())); at.After(began) {
			began = at
			pid, err = strconv.Atoi(filepath.Base(filepath.Dir(link)))
			if err != nil {
				return 0, began, err
			}
		}
	}
	if pid == 0 {
		return 0, began, fmt.Errorf("%s does not run", program)
	}
	return pid, began, nil
}

// Run evaluates the body of a JavaScript function in the page and decodes what
// it returns into out, unless out is nil.
func (w *Window) Run(out any, body string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	v, err := w.screen.call(w.ctx, http.MethodPost, w.session+"/execute/sync", map[string]any{"script": body, "args": args})
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(v, out)
}

// Fetch asks the API from inside the page and decodes the answer into out. It
// returns the HTTP status.
func (w *Window) Fetch(path string, out any) (int, error) {
	v, err := w.screen.call(w.ctx, http.MethodPost, w.session+"/execute/async", map[string]any{
		"script": `const done = arguments[1];
			fetch(arguments[0]).then(async (r) => done({status: r.status, text: await r.text()}), (e) => done({text: String(e)}))`,
		"args": []any{path},
	})
	if err != nil {
		return 0, err
	}
	var answer struct {
		Status int
		Text   string
	}
	if err := json.Unmarshal(v, &answer); err != nil {
		return 0, err
	}
	if answer.Status == 0 {
		return 0, fmt.Errorf("GET %s: %s", path, answer.Text)
	}
	if out == nil || answer.Status != http.StatusOK {
		return answer.Status, nil
	}
	return answer.Status, json.Unmarshal([]byte(answer.Text), out)
}

// Text is the text that a person sees in the page.
func (w *Window) Text() (string, error) {
	var text string
	return text, w.Run(&text, "return document.body.innerText")
}

// Await waits until the page shows all the words.
func (w *Window) Await(limit time.Duration, words ...string) error {
	var last string
	return within(w.ctx, limit, func() error {
		text, err := w.Text()
		if err != nil {
			return err
		}
		for _, word := range words {
			if !strings.Contains(text, word) {
				last = text
				return fmt.Errorf("the page does not show %q; it shows:\n%s", word, last)
			}
		}
		return nil
	})
}

// AwaitTrue waits until a JavaScript expression is true in the page.
func (w *Window) AwaitTrue(limit time.Duration, expression string) error {
	return within(w.ctx, limit, func() error {
		var ok bool
		err := w.Run(&ok, "return !!("+expression+")")
		if err == nil && !ok {
			err = fmt.Errorf("still not true in the page: %s", expression)
		}
		return err
	})
}

// Go leads the page to a route, as a link in it does.
func (w *Window) Go(route string) error {
	return w.Run(nil, "location.hash = arguments[0]", route)
}

// Reload loads the page again.
func (w *Window) Reload() error {
	_, err := w.screen.call(w.ctx, http.MethodPost, w.session+"/refresh", map[string]any{})
	return err
}

// Click clicks the first element that the selector finds.
func (w *Window) Click(selector string) error {
	v, err := w.screen.call(w.ctx, http.MethodPost, w.session+"/element",
		map[string]any{"using": "css selector", "value": selector})
	if err != nil {
		return err
	}
	var element map[string]string
	if err := json.Unmarshal(v, &element); err != nil {
		return err
	}
	for _, id := range element {
		_, err = w.screen.call(w.ctx, http.MethodPost, w.session+"/element/"+id+"/click", map[string]any{})
	}
	return err
}

// Screenshot writes what the screen shows to dir, as name.png, once it has come
// to rest. An empty dir writes nothing.
func (w *Window) Screenshot(dir, name string) error {
	if dir == "" {
		return nil
	}
	var last []byte
	for range 8 {
		now, err := w.screen.picture()
		if err != nil {
			return err
		}
		if bytes.Equal(now, last) {
			break
		}
		last = now
		time.Sleep(250 * time.Millisecond)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".png"), last, 0o644)
}

// picture is the screen as PNG. Xvfb keeps it in a file in the format of xwd
// (X11/XWDFile.h): a header of 32-bit big-endian numbers, a colour map of
// entries of 12 bytes, then rows of blue, green, red and one unused byte.
func (s *Screen) picture() ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, "Xvfb_screen0"))
	if err != nil {
		return nil, err
	}
	field := func(i int) int { return int(binary.BigEndian.Uint32(b[4*i:])) }
	if len(b) < 100 || field(11) != 32 || field(7) != 0 {
		return nil, errors.New("the screen is not in 32 bits a pixel, lowest byte first")
	}
	width, height, line, start := field(4), field(5), field(12), field(0)+12*field(19)
	if len(b) < start+height*line {
		return nil, errors.New("the picture of the screen is cut off")
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		row := b[start+y*line:]
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{R: row[4*x+2], G: row[4*x+1], B: row[4*x], A: 255})
		}
	}
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img)
	return out.Bytes(), err
}

// call speaks the W3C WebDriver protocol.
func (s *Screen) call(ctx context.Context, method, path string, body any) (json.RawMessage, error) {
	ctx, stop := context.WithTimeout(ctx, 60*time.Second)
	defer stop()
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.driver+path, content)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var v struct{ Value json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&v); err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, v.Value)
	}
	return v.Value, nil
}

// within repeats try until it succeeds.
func within(ctx context.Context, limit time.Duration, try func() error) error {
	end := time.Now().Add(limit)
	for {
		err := try()
		if err == nil || ctx.Err() != nil || time.Now().After(end) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// freePort is a port on which nothing listens.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
