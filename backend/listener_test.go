package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

// The tests are named for the lines of the security check list that they prove.

func TestL1LoopbackOnlyAndPortKept(t *testing.T) {
	dir := t.TempDir()
	b := listen(t, dir)
	reach := func(host string) bool {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(host, fmt.Sprint(b.port)), 2*time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}
	if !reach("127.0.0.1") {
		t.Error("127.0.0.1 does not answer")
	}
	if probe, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		_ = probe.Close()
		if !reach("::1") {
			t.Error("[::1] does not answer")
		}
	}
	others := []string{"127.0.0.2"}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if ip, _, err := net.ParseCIDR(a.String()); err == nil && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			others = append(others, ip.String())
		}
	}
	for _, host := range others {
		if reach(host) {
			t.Errorf("the listener answers on %s", host)
		}
	}
	port := b.port
	b.shut()
	if reach("127.0.0.1") {
		t.Error("it still answers after Close")
	}

	if b = listen(t, dir); b.port != port {
		t.Errorf("port %d after a restart, it was %d", b.port, port)
	}
	b.shut()

	// Taken by somebody else meanwhile: another port, which is then kept.
	taken, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	b = listen(t, dir)
	second := b.port
	b.shut()
	if second == port {
		t.Error("two listeners on one port")
	}
	_ = taken.Close()
	if b = listen(t, dir); b.port != second {
		t.Errorf("port %d, the one drawn last was %d", b.port, second)
	}
	b.shut()
}

func TestL2HostTable(t *testing.T) {
	b := listen(t, t.TempDir())
	defer b.shut()
	p := fmt.Sprintf(":%d", b.port)
	get := func(hosts ...string) string {
		request := "GET " + api.Root + "/session HTTP/1.1\r\nConnection: close\r\n"
		for _, h := range hosts {
			request += "Host: " + h + "\r\n"
		}
		return request + "\r\n"
	}
	for _, host := range []string{"localhost" + p, "127.0.0.1" + p, "[::1]" + p, "LOCALHOST" + p, "LocalHost" + p} {
		if code := b.raw(get(host)); code != http.StatusUnauthorized {
			t.Errorf("Host %q: %d, it is the console's own", host, code)
		}
	}
	for _, host := range []string{
		"localhost.evil.com" + p, "evil.com" + p, "evil.com", "127.0.0.1.nip.io" + p, "localhost.localdomain" + p, "x.localhost" + p,
		"0.0.0.0" + p, "127.0.0.2" + p, "127.1" + p, "2130706433" + p, "0x7f000001" + p, "[::]" + p, "[::ffff:7f00:1]" + p, "[::ffff:127.0.0.1]" + p, "[0:0:0:0:0:0:0:1]" + p, "::1" + p,
		"localhost." + p, "127.0.0.1." + p, "localhost", "127.0.0.1", "[::1]", "localhost:80", "localhost:0" + p[1:], "localhost" + p + "0", "localhost:",
		"wails", "wails.localhost", "gatehouse", "", p,
	} {
		if code := b.raw(get(host)); code != http.StatusMisdirectedRequest && code != http.StatusBadRequest {
			t.Errorf("Host %q: %d, want a refusal", host, code)
		}
	}
	for name, request := range map[string]string{
		"duplicate Host":             get("localhost"+p, "localhost"+p),
		"a second, foreign Host":     get("localhost"+p, "evil.com"),
		"no Host":                    get(),
		"no Host in HTTP/1.0":        "GET " + api.Root + "/session HTTP/1.0\r\n\r\n",
		"foreign absolute form":      "GET http://evil.com" + p + api.Root + "/session HTTP/1.1\r\nHost: localhost" + p + "\r\nConnection: close\r\n\r\n",
		"user information":           get("user@localhost" + p),
		"X-Forwarded-Host is no way": "GET " + api.Root + "/session HTTP/1.1\r\nHost: evil.com\r\nX-Forwarded-Host: localhost" + p + "\r\nConnection: close\r\n\r\n",
	} {
		if code := b.raw(request); code != http.StatusMisdirectedRequest && code != http.StatusBadRequest {
			t.Errorf("%s: %d, want a refusal", name, code)
		}
	}
	// The static files are behind the same guard.
	for _, path := range []string{"/", "/boot", "/assets/app.js"} {
		if code := b.raw("GET " + path + " HTTP/1.1\r\nHost: evil.com\r\nConnection: close\r\n\r\n"); code != http.StatusMisdirectedRequest {
			t.Errorf("%s for a foreign Host: %d", path, code)
		}
	}
}

func TestL3Session(t *testing.T) {
	b := listen(t, t.TempDir())
	defer b.shut()

	// Without a session there is the shell and the session itself, nothing else.
	description, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Permission iam.Permission `json:"x-permission"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(description, &doc); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for path, methods := range doc.Paths {
		for method, o := range methods {
			if o.Permission == iam.Public {
				continue
			}
			asked++
			res := b.ask(strings.ToUpper(method), api.Root+strings.ReplaceAll(path, "{id}", "1"), "")
			if res.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s %s without a session: %d", method, path, res.StatusCode)
			}
		}
	}
	if asked < 30 {
		t.Errorf("only %d routes were asked", asked)
	}
	for path, want := range map[string]int{"/": 200, "/boot": 200, "/boot.js": 200, "/assets/app.js": 200, "/gatehouse.db": 404, "/lock": 404, "/exports/": 404, "/..%2flock": 404} {
		if res := b.ask("GET", path, ""); res.StatusCode != want {
			t.Errorf("%s without a session: %d, want %d", path, res.StatusCode, want)
		}
	}

	// The link opens one session, once.
	token := b.token()
	res := b.start(token)
	cookies := res.Cookies()
	if res.StatusCode != http.StatusOK || len(cookies) != 1 {
		t.Fatalf("%d %v", res.StatusCode, cookies)
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || !regexp.MustCompile(`^gatehouse_[0-9a-f]{16}$`).MatchString(c.Name) {
		t.Errorf("the cookie is %s", c)
	}
	if len(c.Value) < 22 || len(token) < 22 { // 128 bits in base64
		t.Errorf("secrets of %d and %d characters", len(token), len(c.Value))
	}
	if again := b.start(token); again.StatusCode != http.StatusForbidden || len(again.Cookies()) != 0 {
		t.Errorf("the link opened a second session: %d", again.StatusCode)
	}
	cookie := "Cookie: " + c.Name + "=" + c.Value
	var who api.Session
	res = b.ask("GET", api.Root+"/session", "", cookie)
	if err := json.NewDecoder(res.Body).Decode(&who); err != nil || who.Channel != "browser" || who.Actor != string(b.local.Actor) {
		t.Errorf("%+v %v", who, err)
	}

	// It lives five minutes.
	token = b.token()
	b.pass(5 * time.Minute)
	if res := b.start(token); res.StatusCode != http.StatusOK {
		t.Errorf("after five minutes: %d", res.StatusCode)
	}
	token = b.token()
	b.pass(5*time.Minute + time.Second)
	if res := b.start(token); res.StatusCode != http.StatusForbidden {
		t.Errorf("after more than five minutes: %d", res.StatusCode)
	}
	// A token in the address is none.
	for _, path := range []string{"/boot?t=" + token, api.Root + "/overview?t=" + token} {
		if res := b.ask("GET", path, ""); len(res.Cookies()) != 0 {
			t.Errorf("a token in the address opened a session")
		}
	}

	// Another data folder has sessions of its own.
	other := listen(t, t.TempDir())
	defer other.shut()
	if res := other.ask("GET", api.Root+"/overview", "", cookie); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session opens another folder: %d", res.StatusCode)
	}

	// No secret reaches the log.
	for _, secret := range []string{token, c.Value} {
		if strings.Contains(b.log.String(), secret) {
			t.Error("a secret is in the log")
		}
	}

	// Guessing is slowed down, for good links, too, and not for ever.
	last := 0
	for range 40 {
		last = b.start("guess").StatusCode
	}
	good := b.token()
	if res := b.start(good); last != http.StatusForbidden || res.StatusCode != http.StatusForbidden {
		t.Errorf("after forty guesses: %d, a good link %d", last, res.StatusCode)
	}
	b.pass(61 * time.Second)
	if res := b.start(good); res.StatusCode != http.StatusOK {
		t.Errorf("a minute later: %d", res.StatusCode)
	}
}

func TestL4ForeignOrigins(t *testing.T) {
	b := listen(t, t.TempDir())
	defer b.shut()
	cookie := b.cookie()
	own := "Origin: " + b.base()
	const get, post = "GET " + api.Root + "/overview", "PUT " + api.Root + "/settings"
	for _, c := range []struct {
		name    string
		request string
		header  []string
		status  int
	}{
		{"no such headers, as of a program", post, nil, 200},
		{"the console's own page", post, []string{own, "Sec-Fetch-Site: same-origin"}, 200},
		{"typed into the address bar", get, []string{"Sec-Fetch-Site: none"}, 200},
		{"the console's own page asks", get, []string{"Sec-Fetch-Site: same-origin"}, 200},
		{"foreign origin", post, []string{"Origin: https://evil.com"}, 403},
		{"foreign origin asks", get, []string{"Origin: https://evil.com"}, 403},
		{"null", post, []string{"Origin: null"}, 403},
		{"null asks", get, []string{"Origin: null"}, 403},
		{"another port of this computer", post, []string{"Origin: http://localhost:1"}, 403},
		{"another port, same site", post, []string{"Origin: http://localhost:1", "Sec-Fetch-Site: same-site"}, 403},
		{"another scheme", post, []string{"Origin: https://" + strings.TrimPrefix(b.base(), "http://")}, 403},
		{"another name of this computer", post, []string{fmt.Sprintf("Origin: http://127.0.0.1:%d", b.port)}, 403},
		{"the window's origin", post, []string{"Origin: wails://wails"}, 403},
		{"a rebound name that agrees with itself", post, []string{"Host: evil.com", "Origin: http://evil.com"}, 403},
		{"cross-site", post, []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"cross-site asks", get, []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"same-site", post, []string{"Sec-Fetch-Site: same-site"}, 403},
		{"same-site asks", get, []string{"Sec-Fetch-Site: same-site"}, 403},
		{"a made-up site", get, []string{"Sec-Fetch-Site: Same-Origin-ish"}, 403},
		{"a link on another page leads here", "GET /", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"}, 200},
		{"a form on another page", "POST /", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"preflight", "OPTIONS " + api.Root + "/settings", []string{"Origin: https://evil.com", "Access-Control-Request-Method: PUT"}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.request, " ")
			body := ""
			if method == "PUT" {
				body = `{}`
			}
			res := b.ask(method, path, body, append(c.header, cookie)...)
			if res.StatusCode != c.status {
				t.Errorf("%s %q: %d, want %d", c.request, c.header, res.StatusCode, c.status)
			}
			for name := range res.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("the answer carries %s", name)
				}
			}
		})
	}
	// A foreign page learns nothing by the upgrade of a connection.
	if res := b.ask("GET", api.Root+"/notices?wait=0s", "", cookie, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x"); res.StatusCode == http.StatusSwitchingProtocols {
		t.Error("a WebSocket is served")
	}
}

func TestL5Headers(t *testing.T) {
	b := listen(t, t.TempDir())
	defer b.shut()
	cookie := b.cookie()
	nonces := map[string]bool{}
	for _, c := range []struct {
		name, method, path string
		header             []string
		status             int
	}{
		{"page", "GET", "/", nil, 200}, {"page again", "GET", "/", nil, 200}, {"boot", "GET", "/boot", nil, 200}, {"script", "GET", "/boot.js", nil, 200},
		{"static file", "GET", "/assets/app.js", nil, 200}, {"no such file", "GET", "/x", nil, 404}, {"not a GET", "POST", "/", nil, 405},
		{"answer", "GET", api.Root + "/overview", []string{cookie}, 200}, {"no such record", "GET", api.Root + "/accounts/1", []string{cookie}, 404},
		{"no session", "GET", api.Root + "/overview", nil, 401}, {"no such route", "GET", api.Root + "/x", nil, 404}, {"bad request", "GET", api.Root + "/accounts?limit=0", []string{cookie}, 422},
		{"foreign origin", "GET", api.Root + "/overview", []string{"Origin: https://evil.com"}, 403}, {"cross-site", "POST", "/", []string{"Sec-Fetch-Site: cross-site"}, 403},
	} {
		res := b.ask(c.method, c.path, "", c.header...)
		if res.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.name, res.StatusCode, c.status)
		}
		checkHeaders(t, c.name, res.Header, c.path == "/assets/app.js")
		if nonce := regexp.MustCompile(`'nonce-([^']+)'`).FindStringSubmatch(res.Header.Get("Content-Security-Policy")); c.path == "/" && c.status == 200 {
			if nonce == nil || nonces[nonce[1]] {
				t.Errorf("%s: the nonce is not its own: %v", c.name, nonce)
			} else {
				nonces[nonce[1]] = true
			}
		}
	}
	// The guard's own refusals, too.
	r, _ := http.NewRequest("GET", b.base()+"/", nil)
	r.Host = "evil.com"
	res, err := plainClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("foreign Host: %d", res.StatusCode)
	}
	checkHeaders(t, "foreign Host", res.Header, false)

	// What bounds a caller who is slow or sends too much.
	s := b.browser.server
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("the server waits for ever: %+v", s)
	}
	if code := b.raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n"); code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 64 KB: %d", code)
	}
}

func checkHeaders(t *testing.T, name string, h http.Header, mayBeKept bool) {
	t.Helper()
	csp := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("%s: the policy %q lacks %s", name, csp, want)
		}
	}
	if strings.Contains(csp, "unsafe-") {
		t.Errorf("%s: the policy is %q", name, csp)
	}
	if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%s: %v", name, h)
	}
	if kept := !slices.Contains(h.Values("Cache-Control"), "no-store"); kept != mayBeKept {
		t.Errorf("%s: Cache-Control %q", name, h.Values("Cache-Control"))
	}
	for key := range h {
		if strings.HasPrefix(key, "Access-Control-") {
			t.Errorf("%s: %s", name, key)
		}
	}
}

// TestListenerTurns: off by default, on by a setting that outlives the process.
func TestListenerTurns(t *testing.T) {
	dir := t.TempDir()
	open := func() *Backend {
		b, err := Open(t.Context(), Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := open()
	if on, _, _ := b.browser.State(); on {
		t.Error("the listener is on though nobody turned it on")
	}
	if _, err := b.StartLink(); iam.KindOf(err) != iam.Conflict {
		t.Errorf("a link while it is off: %v", err)
	}
	ctx := iam.WithOrigin(context.Background(), b.local)
	if err := b.browser.Turn(ctx, true); err != nil {
		t.Fatal(err)
	}
	if on, addresses, forced := b.browser.State(); !on || forced || len(addresses) != 3 || !strings.HasPrefix(addresses[0], "http://localhost:") {
		t.Errorf("%v %v %v", on, addresses, forced)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open()
	if on, _, _ := b.browser.State(); !on {
		t.Error("the setting did not outlive the process")
	}
	if err := b.browser.Turn(ctx, false); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if on, _, _ := b.browser.State(); !on {
			break
		}
		if time.Now().After(until) {
			t.Fatal("it stays on")
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	s := listen(t, dir) // as a server: it cannot be turned off from within
	if err := s.browser.Turn(ctx, false); iam.KindOf(err) != iam.Conflict {
		t.Errorf("a server was turned off: %v", err)
	}
	s.shut()
}
