package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// signInHandler sets two cookies at /in, ends one at /out, and elsewhere tells
// which cookies came.
func signInHandler(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/in":
		http.SetCookie(w, &http.Cookie{Name: "gatehouse_a", Value: "secret", Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
		w.Header().Add("Set-Cookie", "second=2; Path=/")
		w.Header().Set("X-Kept", "yes")
		w.WriteHeader(http.StatusNoContent)
	case "/silent":
		w.Header().Add("Set-Cookie", "silent=1; Path=/") // and neither WriteHeader nor Write
	case "/early":
		w.Header().Add("Set-Cookie", "early=1; Path=/")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Add("Set-Cookie", "late=1; Path=/")
		io.WriteString(w, "body")
	case "/out":
		http.SetCookie(w, &http.Cookie{Name: "gatehouse_a", Path: "/", MaxAge: -1})
		io.WriteString(w, "gone")
	default:
		io.WriteString(w, r.Header.Get("Cookie"))
	}
}

// visit asks for path and fails if any cookie reaches the page.
func visit(t *testing.T, h http.Handler, path, pageCookie string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if pageCookie != "" {
		r.Header.Set("Cookie", pageCookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, header := range []http.Header{w.Header(), w.Result().Header} {
		if got := header.Values("Set-Cookie"); len(got) > 0 {
			t.Errorf("%s: Set-Cookie reached the page: %q", path, got)
		}
	}
	return w
}

func TestJarKeepsCookiesFromThePage(t *testing.T) {
	h := newJar(http.HandlerFunc(signInHandler))
	if got := visit(t, h, "/", "").Body.String(); got != "" {
		t.Errorf("an empty jar sent %q", got)
	}
	w := visit(t, h, "/in", "")
	if w.Code != http.StatusNoContent || w.Header().Get("X-Kept") != "yes" {
		t.Errorf("the answer changed: %d %v", w.Code, w.Header())
	}
	if got := visit(t, h, "/api", "").Body.String(); got != "gatehouse_a=secret; second=2" {
		t.Errorf("the jar sent %q", got)
	}
	if got := visit(t, h, "/api", "gatehouse_a=forged").Body.String(); strings.Contains(got, "forged") {
		t.Errorf("the page's own cookie reached the handler: %q", got)
	}
	visit(t, h, "/out", "")
	if got := visit(t, h, "/api", "").Body.String(); got != "second=2" {
		t.Errorf("after signing out the jar sent %q", got)
	}
}

func TestJarTakesCookiesHoweverTheAnswerIsWritten(t *testing.T) {
	h := newJar(http.HandlerFunc(signInHandler))
	visit(t, h, "/silent", "")
	visit(t, h, "/early", "")
	got := visit(t, h, "/", "").Body.String()
	for _, want := range []string{"silent=1", "early=1", "late=1"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in the jar: %q", want, got)
		}
	}
}

func TestJarsAreApart(t *testing.T) {
	one, other := newJar(http.HandlerFunc(signInHandler)), newJar(http.HandlerFunc(signInHandler))
	visit(t, one, "/in", "")
	if got := visit(t, other, "/", "").Body.String(); got != "" {
		t.Errorf("a cookie of one jar is in the other: %q", got)
	}
}

func TestJarWriterUnwraps(t *testing.T) {
	h := newJar(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("the writer behind cannot be reached: %v", err)
		}
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}
