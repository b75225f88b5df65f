package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/backend/iam"
)

func TestParse(t *testing.T) {
	tests := []struct {
		args    string
		want    arguments
		console bool
	}{
		{"", arguments{}, true},
		{"--data /d", arguments{dir: "/d"}, true},
		{"--data=/d --demo", arguments{dir: "/d", demo: true}, true},
		{"--demo --vault-key-file k", arguments{demo: true, keyFile: "k"}, true},
		{"demo", arguments{}, false},
		{"serve", arguments{}, false},
		{"--data /d sync HQ --json", arguments{}, false},
		{"--help", arguments{}, false},
		{"--data", arguments{}, false},
		{"--data=", arguments{}, false},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			if got, console := parse(strings.Fields(test.args)); got != test.want || console != test.console {
				t.Errorf("got %+v, %v", got, console)
			}
		})
	}
}

// sessions is a handler like the backend's: a session begins with a token and
// ends when it is told to.
type sessions struct {
	live   string
	tokens int
}

func (s *sessions) startToken(string) (string, error) {
	s.tokens++
	return "token" + string(rune('0'+s.tokens)), nil
}

func (s *sessions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cookie, _ := r.Cookie("gatehouse_t")
	signedIn := cookie != nil && s.live != "" && cookie.Value == s.live
	switch {
	case r.URL.Path == "/api/v1/session" && r.Method == http.MethodPost:
		var in struct{ Token string }
		json.NewDecoder(r.Body).Decode(&in)
		s.live = "session-of-" + in.Token
		http.SetCookie(w, &http.Cookie{Name: "gatehouse_t", Value: s.live, Path: "/", HttpOnly: true})
	case r.URL.Path == "/api/v1/session" && !signedIn:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/api/v1/runs":
		io.WriteString(w, `{"items":[{"state":"applied"},{"state":"reading"}]}`)
	default:
		io.WriteString(w, map[bool]string{true: "signed in", false: "nobody"}[signedIn])
	}
}

func TestWindowSession(t *testing.T) {
	s := &sessions{}
	f := &face{startToken: s.startToken, jar: newJar(s)}
	for _, step := range []struct {
		what   string
		do     func()
		tokens int
	}{
		{"the first page starts a session", func() {}, 1},
		{"a reload keeps it", func() {}, 1},
		{"an expired one is replaced", func() { s.live = "" }, 2},
	} {
		step.do()
		if got := visit(t, f, "/", "").Body.String(); got != "signed in" || s.tokens != step.tokens {
			t.Errorf("%s: %q after %d tokens", step.what, got, s.tokens)
		}
	}
	s.live = ""
	if visit(t, f, "/assets/main.js", ""); s.tokens != 2 {
		t.Error("only a page starts a session")
	}
	if !f.reading(context.Background()) {
		t.Error("a read that goes on was not noticed")
	}
}

func TestProblemPage(t *testing.T) {
	w := httptest.NewRecorder()
	writeProblem(w, iam.Errorf(iam.Conflict, "The folder <b> is in use.").Fix("Close it."))
	body := w.Body.String()
	for _, want := range []string{"The folder &lt;b&gt; is in use.", "Close it.", `<a href="/">`} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing in %s", want, body)
		}
	}
	csp := w.Header().Get("Content-Security-Policy")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("%d %q", w.Code, csp)
	}
	w = httptest.NewRecorder()
	writeProblem(w, errors.New("dial unix /secret/path"))
	if strings.Contains(w.Body.String(), "secret") {
		t.Error("an internal cause is shown")
	}
}

func TestWindowStateIsKept(t *testing.T) {
	folder := t.TempDir()
	first := loadWindowState(folder)
	if first.Width != 1440 || first.Height != 900 {
		t.Errorf("first start: %+v", first)
	}
	want := windowState{Width: 1200, Height: 800, Maximised: true}
	want.save(folder)
	if got := loadWindowState(folder); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, nonsense := range []string{"", "{", `{"width":1,"height":1}`, `{"width":99999,"height":700}`} {
		if err := os.WriteFile(filepath.Join(folder, "window.json"), []byte(nonsense), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := loadWindowState(folder); got != first {
			t.Errorf("%q gave %+v", nonsense, got)
		}
	}
}

func TestInstanceName(t *testing.T) {
	a, b := instanceName("/a"), instanceName("/b")
	if a == b || a != instanceName("/a") || strings.Trim(a, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
		t.Errorf("%s %s", a, b)
	}
}

func TestFixLocale(t *testing.T) {
	tests := []struct{ all, messages, lang, want string }{
		{"", "", "", "en_US.UTF-8"},
		{"", "", "C.UTF-8", "en_US.UTF-8"},
		{"POSIX", "", "nb_NO.UTF-8", "en_US.UTF-8"},
		{"", "", "nb_NO.UTF-8", "nb_NO.UTF-8"},
		{"", "de_DE.UTF-8", "C", "C"}, // messages decide, and they have a language
	}
	for _, test := range tests {
		t.Setenv("LC_ALL", test.all)
		t.Setenv("LC_MESSAGES", test.messages)
		t.Setenv("LANG", test.lang)
		t.Setenv("LANGUAGE", "")
		fixLocale()
		if got := os.Getenv("LANG"); got != test.want {
			t.Errorf("%+v: LANG=%s", test, got)
		}
	}
}

func TestLogFileIsPutAsideWhenFull(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "gatehouse.log")
	if err := os.WriteFile(path, make([]byte, logLimit+1), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &logFile{dir: folder}
	for range 2 {
		if _, err := io.WriteString(l, "line\n"); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "line\nline\n" {
		t.Errorf("%q %v", b, err)
	}
	if info, err := os.Stat(path + ".1"); err != nil || info.Size() != logLimit+1 {
		t.Errorf("the full file is gone: %v", err)
	}
}
