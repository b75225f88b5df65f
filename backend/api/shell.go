package api

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

const nonceMark = "__CSP_NONCE__"

// policy is the content security policy: nothing but our own files, and styles
// by the page's nonce.
func policy(nonce string) string {
	style := "'self'"
	if nonce != "" {
		style += " 'nonce-" + nonce + "'"
	}
	return "default-src 'none'; script-src 'self'; style-src " + style + "; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
}

// secured puts the headers on every answer, whatever makes it.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy(""))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// shell serves the built front end. It is the same for everybody and needs no
// session.
func (s *server) shell() http.Handler {
	index, err := fs.ReadFile(s.web, "index.html")
	before, after, _ := bytes.Cut(index, []byte(nonceMark))
	files := http.FileServerFS(s.web)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET is served here.", http.StatusMethodNotAllowed)
			return
		}
		switch p := path.Clean(r.URL.Path); {
		case p == "/" || p == "/index.html":
			if err != nil {
				http.Error(w, "The pages are not part of this build. Build them first: go run ./build run", http.StatusServiceUnavailable)
				return
			}
			n := nonce()
			w.Header().Set("Content-Security-Policy", policy(n))
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(before)
			_, _ = w.Write([]byte(n))
			_, _ = w.Write(after)
		case p == "/boot":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(bootPage)
		case p == "/boot.js":
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			_, _ = w.Write(bootScript)
		default:
			if info, err := fs.Stat(s.web, strings.TrimPrefix(p, "/")); err != nil || info.IsDir() {
				http.NotFound(w, r)
				return
			}
			if strings.HasPrefix(p, "/assets/") { // named by their content
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			files.ServeHTTP(w, r)
		}
	})
}

// The boot page takes the start link's token from the fragment, which no server
// or log ever sees, and exchanges it for a session.
var bootPage = []byte(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Gatehouse</title><link rel="icon" href="/favicon.svg" type="image/svg+xml">
<script src="/boot.js" defer></script></head>
<body><p id="say">Opening Gatehouse…</p></body></html>
`)

var bootScript = []byte(`const say = (text) => { document.getElementById("say").textContent = text; };
const token = new URLSearchParams(location.hash.slice(1)).get("t");
history.replaceState(null, "", "/boot");
if (!token) say("This is not a start link. Run: gatehouse link");
else fetch("/api/v1/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }) })
  .then(async (answer) => {
    if (answer.ok) { location.replace("/"); return; }
    const problem = await answer.json().catch(() => ({}));
    say((problem.detail || "The link was refused.") + " " + (problem.remedy || ""));
  })
  .catch(() => say("Gatehouse does not answer. Is it still running?"));
`)
