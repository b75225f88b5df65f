package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// listener lets browsers of this computer in: on both loopback addresses, at a
// port that is drawn once for the data folder and kept.
type listener struct {
	backend *Backend
	mu      sync.Mutex
	port    int // 0 while closed
	forced  bool
	server  *http.Server
	done    chan struct{}
}

// most connections at a time; a browser uses a handful.
const mostConnections = 256

func (l *listener) open(ctx context.Context, forced bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forced = l.forced || forced
	if l.port != 0 {
		return nil
	}
	b := l.backend
	kept, err := b.setting(ctx, "port")
	if err != nil {
		return err
	}
	sockets, port, err := bindLoopback(kept)
	if err != nil {
		return iam.Errorf(iam.Unavailable, "No port of this computer could be opened for browsers.").By(err)
	}
	if drawn := strconv.Itoa(port); drawn != kept {
		if _, err := b.store.Write(iam.WithOrigin(ctx, b.local), "listener.port", func(t *store.Tx) error {
			t.AboutText("setting", "port", drawn)
			return t.PutSetting(ctx, "port", drawn)
		}); err != nil {
			return err
		}
	}
	l.server = &http.Server{
		Handler: guarded(b.handler, port), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return b.life },
	}
	l.server.RegisterOnShutdown(b.lookAgain)
	l.port, l.done = port, make(chan struct{})
	var wg sync.WaitGroup
	for _, s := range sockets {
		wg.Go(func() {
			if err := l.server.Serve(netutil.LimitListener(s, mostConnections)); !errors.Is(err, http.ErrServerClosed) {
				b.cfg.Log.Error("the listener closed", "error", err)
			}
		})
	}
	go func(done chan struct{}) { wg.Wait(); close(done) }(l.done)
	b.store.Notices.Publish("settings")
	return nil
}

// bindLoopback opens the kept port on 127.0.0.1 and, where the computer has it,
// on [::1]; a new port if the kept one is taken or none was drawn.
func bindLoopback(kept string) ([]net.Listener, int, error) {
	tries := []string{kept, "0", "0", "0"}
	if kept == "" {
		tries = tries[1:]
	}
	var last error
	for _, port := range tries {
		four, err := net.Listen("tcp4", "127.0.0.1:"+port)
		if err != nil {
			last = err
			continue
		}
		n := four.Addr().(*net.TCPAddr).Port
		six, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", n))
		if err == nil {
			return []net.Listener{four, six}, n, nil
		}
		// Somebody else's port, or no IPv6 at all?
		if probe, e := net.Listen("tcp6", "[::1]:0"); e != nil {
			return []net.Listener{four}, n, nil
		} else {
			_ = probe.Close()
		}
		_ = four.Close()
		last = err
	}
	return nil, 0, last
}

func (l *listener) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.port == 0 {
		return nil
	}
	l.port = 0
	return stop(l.server, l.done)
}

// State implements api.Browser.
func (l *listener) State() (on bool, addresses []string, forced bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.port == 0 {
		return false, nil, false
	}
	return true, []string{
		fmt.Sprintf("http://localhost:%d", l.port), fmt.Sprintf("http://127.0.0.1:%d", l.port), fmt.Sprintf("http://[::1]:%d", l.port),
	}, l.forced
}

// Turn implements api.Browser.
func (l *listener) Turn(ctx context.Context, on bool) error {
	isOn, _, forced := l.State()
	if on == isOn {
		return nil
	}
	if forced {
		return iam.Errorf(iam.Conflict, "This process was started to serve browsers.").Fix("Stop it instead.")
	}
	word := map[bool]string{true: "on", false: "off"}[on]
	if _, err := l.backend.store.Write(ctx, "listener."+word, func(t *store.Tx) error {
		t.Touches("settings")
		return t.PutSetting(ctx, "listener", word)
	}); err != nil {
		return err
	}
	if on {
		return l.open(ctx, false)
	}
	// The request that asks may have come through the listener itself.
	go func() {
		time.Sleep(200 * time.Millisecond)
		if err := l.close(); err != nil {
			l.backend.cfg.Log.Warn("the listener did not close cleanly", "error", err)
		}
	}()
	return nil
}

// Link implements api.Browser.
func (l *listener) Link(ctx context.Context) (api.StartLink, error) {
	on, addresses, _ := l.State()
	if !on {
		return api.StartLink{}, iam.Errorf(iam.Conflict, "No browser can reach this console: the listener is off.").
			Fix("Turn it on in Settings, or run: gatehouse serve")
	}
	token, expires, err := l.backend.sessions.NewLink(ctx, "browser")
	return api.StartLink{URL: addresses[0] + "/boot#t=" + token, ExpiresAt: expires.UTC().Format(time.RFC3339)}, err
}

// guarded adds what a listener needs and the window does not: an exact list of
// host names against DNS rebinding, and no requests from other origins, other
// ports of this computer included.
func guarded(next http.Handler, port int) http.Handler {
	hosts := map[string]bool{}
	for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
		hosts[fmt.Sprintf("%s:%d", name, port)] = true
	}
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		host := strings.ToLower(r.Host)
		if !hosts[host] {
			http.Error(w, "This address is not the console's.", http.StatusMisdirectedRequest)
			return
		}
		if o := r.Header.Get("Origin"); o != "" && o != "http://"+host {
			http.Error(w, "Requests from other origins are refused.", http.StatusForbidden)
			return
		}
		site := r.Header.Get("Sec-Fetch-Site")
		if strings.HasPrefix(r.URL.Path, "/api/") && site != "" && site != "same-origin" && site != "none" {
			http.Error(w, "Requests from other sites are refused.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
