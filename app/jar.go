package app

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
)

// jar keeps the cookies that a web view does not: it takes them out of every
// answer and puts them into every request, so that the handler behind it works
// as with a browser, and nothing of a session ever reaches the page.
type jar struct {
	next    http.Handler
	cookies http.CookieJar
}

// newJar puts an empty jar around next.
func newJar(next http.Handler) *jar {
	cookies, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // only options can be wrong, and there are none
	}
	return &jar{next: next, cookies: cookies}
}

// ServeHTTP passes the request on with the jar's cookies instead of its own.
func (j *jar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := &url.URL{Scheme: "https", Host: "window", Path: r.URL.Path}
	r = r.Clone(r.Context())
	r.Header.Del("Cookie")
	for _, c := range j.cookies.Cookies(at) {
		r.AddCookie(c)
	}
	jw := &jarWriter{ResponseWriter: w, take: func(h http.Header) {
		if set := (&http.Response{Header: h}).Cookies(); len(set) > 0 {
			j.cookies.SetCookies(at, set)
		}
		h.Del("Set-Cookie")
	}}
	j.next.ServeHTTP(jw, r)
	jw.take(w.Header())
}

// jarWriter takes the cookies out before the headers leave.
type jarWriter struct {
	http.ResponseWriter
	take func(http.Header)
}

func (w *jarWriter) WriteHeader(status int) {
	w.take(w.Header())
	w.ResponseWriter.WriteHeader(status)
}

func (w *jarWriter) Write(b []byte) (int, error) {
	w.take(w.Header())
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer behind.
func (w *jarWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
