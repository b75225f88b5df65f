// Package sync measures reading a large OpenLDAP directory against ldapsearch
// and go-ldap in the same run: in full, again, and the changes alone; the memory
// it takes; and the latencies of pages and answers at that size: go run ./build
// bench sync.
package sync

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	ldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend"
	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// users is the size of the budgets; GATEHOUSE_BENCH_USERS makes it smaller.
func users() int {
	if n, err := strconv.Atoi(os.Getenv("GATEHOUSE_BENCH_USERS")); err == nil && n > 0 {
		return n
	}
	return 100_000
}

func company(users int) directorytest.Company {
	return directorytest.Company{Users: users, Groups: users / 20, Memberships: users * 10, Depth: 5, Dangling: users / 1000}
}

// console is a data folder with a client.
type console struct {
	*http.Client
	b *testing.B
}

func (c console) call(method, path string, in, out any) {
	c.b.Helper()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			c.b.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, backend.Address+api.Root+path, body)
	if err != nil {
		c.b.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.Do(req)
	if err != nil {
		c.b.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		c.b.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, raw, err)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			c.b.Fatal(err)
		}
	}
}

// read reads the source to the end of its run and returns the time it took.
func (c console) read(source string, full bool) (api.Run, time.Duration) {
	c.b.Helper()
	began := time.Now()
	var run api.Run
	c.call("POST", "/sources/"+source+"/runs", map[string]bool{"full": full}, &run)
	for run.State == string(iam.Reading) {
		// Often at first, so that a short reading is not made longer by asking.
		time.Sleep(max(5*time.Millisecond, min(50*time.Millisecond, time.Since(began)/20)))
		c.call("GET", "/runs/"+run.ID, nil, &run)
	}
	return run, time.Since(began)
}

// dump is the time ldapsearch needs for the same tree, to nowhere.
func dump(b *testing.B, s *directorytest.Slapd) time.Duration {
	b.Helper()
	cmd := exec.Command("ldapsearch", "-x", "-LLL", "-H", s.URL, "-D", s.ReaderDN, "-w", directorytest.ReaderPassword,
		"-b", s.Suffix, "-E", "pr=1000/noprompt", "(objectClass=*)", "*", "+")
	began := time.Now()
	if err := cmd.Run(); err != nil { // standard output goes to the null device
		b.Fatalf("ldapsearch: %v", err)
	}
	return time.Since(began)
}

// goLDAP is the time the Go client needs for the same tree, page by page, with
// nothing done with what it decodes.
func goLDAP(b *testing.B, s *directorytest.Slapd) time.Duration {
	b.Helper()
	conn, err := ldap.DialURL(s.URL)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Bind(s.ReaderDN, directorytest.ReaderPassword); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	page := ldap.NewControlPaging(1000)
	for {
		res := conn.SearchAsync(context.Background(), ldap.NewSearchRequest(s.Suffix, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{"*", "+"}, []ldap.Control{page}), 64)
		var cookie []byte
		for res.Next() {
			if c, ok := ldap.FindControl(res.Controls(), ldap.ControlTypePaging).(*ldap.ControlPaging); ok {
				cookie = c.Cookie
			}
		}
		if res.Err() != nil {
			b.Fatal(res.Err())
		}
		if len(cookie) == 0 {
			return time.Since(began)
		}
		page.SetCookie(cookie)
	}
}

// connect opens an empty data folder and connects the directory to it.
func connect(b *testing.B, slapd *directorytest.Slapd) (c console, dir, source string) {
	b.Helper()
	dir = b.TempDir()
	client, closeFolder, err := backend.Connect(context.Background(), backend.Config{Dir: dir, KeyFile: filepath.Join(dir, "key")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := closeFolder(); err != nil {
			b.Error(err)
		}
	})
	c = console{client, b}
	draft := api.SourceDraft{Name: "big", Kind: "ldap", Secret: directorytest.ReaderPassword,
		Config: iam.SourceConfig{URL: slapd.URL, BindDN: slapd.ReaderDN, BaseDN: slapd.Suffix}}
	var report api.CheckReport
	c.call("POST", "/sources/check", draft, &report)
	draft.Config = report.Config
	var added api.Source
	c.call("POST", "/sources", draft, &added)
	return c, dir, added.ID
}

// applied reads and insists that what was read was applied.
func (c console) applied(source string, full bool) (api.Run, time.Duration) {
	c.b.Helper()
	run, took := c.read(source, full)
	if run.State != string(iam.Applied) {
		c.b.Fatalf("the read is %s: %s", run.State, run.Error)
	}
	return run, took
}

func BenchmarkSync(b *testing.B) {
	small := directorytest.Start(b, directorytest.Options{LDIF: company(users() / 10).WriteFile, Sync: true})
	forgetPeak()
	c, _, source := connect(b, small)
	c.applied(source, true)
	peaks := []int{peak()}

	shape := company(users())
	slapd := directorytest.Start(b, directorytest.Options{LDIF: shape.WriteFile, Sync: true})
	dump(b, slapd) // warms the server's cache, so that the peer's time is its best
	peer := min(dump(b, slapd), dump(b, slapd))
	client := goLDAP(b, slapd)
	forgetPeak()
	c, dir, source := connect(b, slapd)
	run, first := c.applied(source, true)
	peaks = append(peaks, peak())
	again, second := c.applied(source, true)
	if again.Added+again.Changed+again.Removed != 0 {
		b.Fatalf("the second read changed something: %+v", again)
	}
	// A hundred people get another title.
	var ldif strings.Builder
	for i := range 100 {
		fmt.Fprintf(&ldif, "dn: %s\nchangetype: modify\nreplace: title\ntitle: Changed %d\n\n", shape.UserDN(1+i*(users()/100)), i)
	}
	c.applied(source, false) // the changes since the first read: none
	slapd.Modify(ldif.String())
	changes, third := c.applied(source, false)
	if changes.Mode != "incremental" || changes.Changed != 100 {
		b.Fatalf("the read of the changes: %+v", changes)
	}

	fmt.Printf("full read, %d accounts and groups, %d memberships: %.1fx the time of ldapsearch, store included\n", run.Read, run.Added-run.Read, ratio(first, peer))
	fmt.Printf("the same with go-ldap, decoding alone:              %.1fx\n", ratio(client, peer))
	fmt.Printf("second read, nothing changed:                       %.1fx\n", ratio(second, peer))
	fmt.Printf("100 changes:                                        %.2f s, %.1f %% of the full read\n", third.Seconds(), 100*ratio(third, first))
	fmt.Printf("ldapsearch:                                         %.1f s\n", peer.Seconds())
	fmt.Printf("most memory of this process, a tenth and all of it: %d MB and %d MB\n", peaks[0], peaks[1])
	info, err := os.Stat(filepath.Join(dir, "gatehouse.db"))
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("database:                                           %d MB\n\n", info.Size()>>20)
	c.latencies(shape)
}

// forgetPeak lets the kernel measure the most memory anew.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peak is the most memory since then, in MB; 0 where the kernel does not tell.
func peak() int {
	status, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kb, _ := strconv.Atoi(strings.Fields(after + " 0")[0])
	return kb >> 10
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

// latencies measures pages and answers at random places.
func (c console) latencies(shape directorytest.Company) {
	random := rand.New(rand.NewPCG(1, 2))
	login := func() string { return directorytest.UserLogin(1 + random.IntN(shape.Users)) }
	var groups api.Page[api.GroupRow]
	c.call("GET", "/groups?limit=500", nil, &groups)
	group := func() string { return groups.Items[random.IntN(len(groups.Items))].ID }
	account := func() string {
		var hits api.Page[api.AccountRow]
		c.call("GET", "/accounts?limit=1&q="+login(), nil, &hits)
		return hits.Items[0].ID
	}
	fmt.Println("latency                                   p50      p95    (ratio of p95 to a request that asks for nothing)")
	empty := c.measure(func() string { return "/kinds" })
	for _, q := range []struct {
		name string
		path func() string
	}{
		{"identities, first page", func() string { return "/identities?limit=100" }},
		{"identities, random jump", func() string { return fmt.Sprintf("/identities?limit=100&offset=%d", random.IntN(shape.Users)) }},
		{"identities, as you type, 5 letters", func() string { return "/identities?limit=100&q=" + url.QueryEscape(login()[:5]) }},
		{"identities, as you type, whole login", func() string { return "/identities?limit=100&q=" + login() }},
		{"search box", func() string { return "/search?q=" + login() }},
		{"groups, random page", func() string {
			return fmt.Sprintf("/groups?limit=100&offset=%d", random.IntN(max(1, shape.Groups-100)))
		}},
		{"effective membership of an account", func() string { return "/accounts/" + account() + "/memberships" }},
		{"effective members of a group", func() string { return "/groups/" + group() + "/members?effective=true&limit=100" }},
		{"overview", func() string { return "/overview" }},
	} {
		times := c.measure(q.path)
		fmt.Printf("%-38s %7.1fms %7.1fms  %6.1fx\n", q.name, ms(times, 50), ms(times, 95), ms(times, 95)/ms(empty, 95))
	}
}

func (c console) measure(path func() string) []time.Duration {
	paths := make([]string, 60)
	for i := range paths {
		paths[i] = path()
	}
	times := make([]time.Duration, len(paths))
	for i, p := range paths {
		began := time.Now()
		c.call("GET", p, nil, nil)
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	return times
}

// ms is a percentile in milliseconds.
func ms(sorted []time.Duration, percent int) float64 {
	return float64(sorted[min(len(sorted)-1, len(sorted)*percent/100)].Microseconds()) / 1000
}
