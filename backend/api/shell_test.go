package api

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// TestL5Headers: every answer carries them, whatever it is; here for the
// handler that the window shares, in backend for the listener.
func TestL5Headers(t *testing.T) {
	h := demoHouse(t)
	nonces := map[string]bool{}
	for _, c := range []struct {
		method, path string
		status       int
		cache        string
	}{
		{"GET", "/", 200, "no-store"},
		{"GET", "/index.html", 200, "no-store"},
		{"HEAD", "/", 200, "no-store"},
		{"GET", "/boot", 200, "no-store"},
		{"GET", "/boot.js", 200, "no-store"},
		{"GET", "/assets/app.js", 200, "public, max-age=31536000, immutable"},
		{"GET", "/assets/", 404, "no-store"},
		{"GET", "/missing", 404, "no-store"},
		{"GET", "/../etc/passwd", 404, "no-store"},
		{"POST", "/", 405, "no-store"},
		{"GET", "/api/v1/overview", 401, "no-store"},
		{"GET", "/api/v1/nothing", 404, "no-store"},
		{"POST", "/api/v1/session", 400, "no-store"},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.URL.Path = c.path
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != c.status && !(c.status == 400 && w.Code == 422) && !(strings.Contains(c.path, "..") && w.Code < 400 && w.Header().Get("Location") != "") {
			t.Errorf("%s %s: %d", c.method, c.path, w.Code)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": c.cache, "Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": "",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", c.method, c.path, name, got, want)
			}
		}
		csp := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s %s: the policy %q lacks %s", c.method, c.path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || strings.Contains(csp, "http") {
			t.Errorf("%s %s: the policy is %q", c.method, c.path, csp)
		}
		if c.status == 200 && (c.path == "/" || c.path == "/index.html") {
			m := regexp.MustCompile(`'nonce-([A-Za-z0-9_-]{22,})'`).FindStringSubmatch(csp)
			if m == nil || nonces[m[1]] {
				t.Errorf("%s: no nonce of its own: %q", c.path, csp)
				continue
			}
			nonces[m[1]] = true
			if c.method == http.MethodGet && !strings.Contains(w.Body.String(), `content="`+m[1]+`"`) || strings.Contains(w.Body.String(), nonceMark) {
				t.Errorf("%s: the page does not carry the nonce %s: %s", c.path, m[1], w.Body)
			}
		}
	}
}

// TestBootKeepsTheTokenToItself: it travels in a fragment, which no server sees.
func TestBootKeepsTheTokenToItself(t *testing.T) {
	script := string(bootScript)
	for _, want := range []string{"location.hash", `history.replaceState(null, "", "/boot")`, `method: "POST"`} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %s", want)
		}
	}
	for _, not := range []string{"location.search", "localStorage", "sessionStorage", "document.cookie"} {
		if strings.Contains(script, not) {
			t.Errorf("the script uses %s", not)
		}
	}
}
