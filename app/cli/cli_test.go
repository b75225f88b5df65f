package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// owner answers in place of a data folder's owner: bodies by method and path,
// as http.ServeMux takes them. A body that starts with a number is refused with
// that status.
type owner map[string]string

func (o owner) mux() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, body := range o {
		mux.HandleFunc(strings.Replace(pattern, " ", " /api/v1", 1), func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasPrefix(body, "404 "):
				w.WriteHeader(http.StatusNotFound)
			case strings.HasPrefix(body, "409 "):
				w.WriteHeader(http.StatusConflict)
			}
			io.WriteString(w, strings.TrimLeft(body, "0123456789 "))
		})
	}
	return mux
}

// inProcess carries a request to a handler.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// result is what a command line did.
type result struct {
	code     int
	out, err string
}

// called runs a command line against h.
func called(t *testing.T, h http.Handler, stdin string, args ...string) result {
	t.Helper()
	return calledWithin(t.Context(), h, strings.NewReader(stdin), args...)
}

func calledWithin(ctx context.Context, h http.Handler, stdin io.Reader, args ...string) result {
	var out, complaints bytes.Buffer
	p := &program{in: stdin, out: &sink{w: &out}, err: &complaints}
	p.connect = func(context.Context, bool) (*http.Client, func() error, error) {
		return &http.Client{Transport: inProcess{h}}, func() error { return nil }, nil
	}
	code := p.run(ctx, args)
	return result{code, out.String(), complaints.String()}
}

func (r result) want(t *testing.T, code int, out string, complaints ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit %d, want %d", r.code, code)
	}
	if r.out != out {
		t.Errorf("standard output:\n%s\nwant:\n%s", r.out, out)
	}
	if len(complaints) == 0 && r.err != "" {
		t.Errorf("standard error: %s", r.err)
	}
	for _, c := range complaints {
		if !strings.Contains(r.err, c) {
			t.Errorf("standard error:\n%s\nwant in it: %s", r.err, c)
		}
	}
}

func TestACommandLineThatIsWrongExits2(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"frobnicate", `unknown command "frobnicate"`},
		{"sync --frobnicate", "unknown flag: --frobnicate"},
		{"sync a b", "accepts at most 1 arg(s)"},
		{"source", "name a command of gatehouse source"},
		{"source frobnicate", "unknown command frobnicate"},
		{"source add ldap", "accepts 2 arg(s)"},
		{"source add ldap halden", "name the address of the directory: --url"},
		{"source add ldap halden --url ldap://x --password-file f", "--password-file needs --bind-dn"},
		{"source add ldap halden --url ldap://x --bind-dn cn=r", "use --password-file FILE, or - for standard input"},
		{"source add ldap halden --url ldap://x --map login", "write FIELD=ATTRIBUTE"},
		{"source add ldap halden --url ldap://x --map nothing=uid", `no field "nothing"`},
		{"source add ldap halden --url ldap://x --map service=uid", `no field "service"`},
		{"source add ldap halden --url ldap://x --no-check", "add --map userFilter=..."},
		{"source release halden --hash 1", `required flag(s) "reason" not set`},
		{"source remove halden --reason gone", "add --yes"},
		{"access", "name the LOGIN"},
		{"access anna --id 7", "either by LOGIN or by --id"},
		{"who-can", "name the GROUP"},
		{"find", "requires at least 1 arg(s)"},
		{"audit export --json", "name its file with --out"},
		{"vault recover", "use --recovery-key-file FILE, or - for standard input"},
	} {
		t.Run(c.args, func(t *testing.T) {
			h := owner{"GET /sources": `[{"id":"3","name":"halden"}]`}.mux()
			called(t, h, "", strings.Fields(c.args)...).want(t, 2, "", "gatehouse: ", c.want, " --help shows how to use it.\n")
		})
	}
}

func TestAPasswordInTheCommandLineIsRefusedAndNotRepeated(t *testing.T) {
	for _, given := range [][]string{{"--password", "hunter-canary"}, {"--password=hunter-canary"}, {"-w", "hunter-canary"}, {"-whunter-canary"}} {
		r := called(t, owner{}.mux(), "", append([]string{"source", "add", "ldap", "halden", "--url", "ldaps://x", "--bind-dn", "cn=r"}, given...)...)
		r.want(t, 2, "", "can be seen by others: use --password-file FILE")
		if strings.Contains(r.err, "canary") {
			t.Errorf("%s is repeated: %s", given, r.err)
		}
	}
}

func TestVersionAndHelp(t *testing.T) {
	r := called(t, owner{}.mux(), "", "version", "--json")
	if r.code != 0 || !strings.HasPrefix(r.out, "{") || !strings.Contains(r.out, `"version":"0.1.0"`) {
		t.Errorf("%+v", r)
	}
	for _, args := range [][]string{{}, {"--help"}} {
		if r := called(t, owner{}.mux(), "", args...); r.code != 0 || !strings.Contains(r.out, "Available Commands:") {
			t.Errorf("%+v", r)
		}
	}
}

func TestAFolderWithoutDataIsNotAnsweredForAsAnEmptyOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mistyped")
	var out, complaints bytes.Buffer
	code := Main(nil, []string{"--data", dir, "access", "anna"}, strings.NewReader(""), &out, &complaints)
	result{code, out.String(), complaints.String()}.want(t, 1, "",
		"gatehouse: There is no Gatehouse data in "+dir+".\nName its folder with --data, or connect a directory with gatehouse source add.\n")
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the folder was made")
	}
}

func TestAnOwnerThatIsGoneIsSaid(t *testing.T) {
	var out, complaints bytes.Buffer
	p := &program{in: strings.NewReader(""), out: &sink{w: &out}, err: &complaints}
	p.connect = func(context.Context, bool) (*http.Client, func() error, error) {
		gone := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") })
		return &http.Client{Transport: gone}, func() error { return nil }, nil
	}
	code := p.run(t.Context(), []string{"source", "list"})
	result{code, out.String(), complaints.String()}.want(t, 1, "",
		"gatehouse: The process that owns the data folder did not answer: connection refused.\nTry again")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnAnswerThatCannotBeWrittenIsNoSuccess(t *testing.T) {
	var complaints bytes.Buffer
	p := &program{in: strings.NewReader(""), out: &sink{w: fullDisk{}}, err: &complaints}
	if code := p.run(t.Context(), []string{"version"}); code != 1 || !strings.Contains(complaints.String(), "could not be written: disk full") {
		t.Errorf("exit %d: %s", code, complaints.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTextFromADirectoryCannotRewriteTheScreen(t *testing.T) {
	for in, want := range map[string]string{
		"Zoë O'Brien, ליאור":  "Zoë O'Brien, ליאור",
		"a\x1b[2Jb":           "a\uFFFD[2Jb",
		"a\tb\nc\rd":          "a\uFFFDb\uFFFDc\uFFFDd",
		"user\u202egnp.exe":   "user\uFFFDgnp.exe",
		"broken \xff\xfe end": "broken \uFFFD end",
		"csi \u009b31m":       "csi \uFFFD31m",
	} {
		if got := printable(in); got != want {
			t.Errorf("printable(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestACommandToCopyNamesTheSameFolder(t *testing.T) {
	p := &program{data: "/srv/it's here", demo: true}
	if got, want := p.command("sync", "halden"), `gatehouse --data '/srv/it'\''s here' --demo sync halden`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
