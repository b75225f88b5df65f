// Package million measures the pages and answers of a generated company of a
// million accounts and ten million memberships: go run ./build bench million.
package million

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/backend"
	"gatehouse/backend/api"
	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/reconcile"
	"gatehouse/backend/store"
)

// size is the company of the budgets; GATEHOUSE_BENCH_ACCOUNTS makes it smaller.
func size() company {
	accounts := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("GATEHOUSE_BENCH_ACCOUNTS")); err == nil && n >= 10_000 {
		accounts = n
	}
	return company{accounts: accounts, groups: accounts / 20, memberships: accounts * 10}
}

// BenchmarkMillion reads the company into a folder, as a source is read, and
// measures pages there. GATEHOUSE_BENCH_FOLDER keeps the folder, and uses one
// that was kept; GATEHOUSE_BENCH_QUESTIONS, a regular expression, leaves out
// those that it does not match.
func BenchmarkMillion(b *testing.B) {
	shape, dir := size(), os.Getenv("GATEHOUSE_BENCH_FOLDER")
	if dir == "" {
		dir = b.TempDir()
	}
	if _, err := os.Stat(filepath.Join(dir, "gatehouse.db")); err != nil {
		fill(b, dir, shape)
	}
	info, err := os.Stat(filepath.Join(dir, "gatehouse.db"))
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("database: %d MB\n\n", info.Size()>>20)

	client, closeFolder, err := backend.Connect(context.Background(), backend.Config{Dir: dir, KeyFile: filepath.Join(dir, "key")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := closeFolder(); err != nil {
			b.Error(err)
		}
	}()
	only, err := regexp.Compile(os.Getenv("GATEHOUSE_BENCH_QUESTIONS"))
	if err != nil {
		b.Fatal(err)
	}
	c := console{client, b, map[string]string{}}
	c.latencies(slices.DeleteFunc(c.questions(shape), func(q question) bool { return !only.MatchString(q.name) }))
}

// fill reads the generated company through the very code that reads sources.
func fill(b *testing.B, dir string, shape company) {
	b.Helper()
	ctx := iam.WithOrigin(b.Context(), iam.Origin{Actor: iam.System, Channel: "system", Permissions: iam.Administrator()})
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(ctx, store.Options{Dir: dir, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	source := iam.Source{Name: "example", Kind: "ldap", Config: iam.SourceConfig{URL: "ldap://localhost", BaseDN: "dc=example"}}
	if _, err := s.Write(ctx, "source.add", func(t *store.Tx) (err error) {
		if source.ID, err = t.NewID(ctx); err != nil {
			return err
		}
		return t.AddSource(ctx, source, "")
	}); err != nil {
		b.Fatal(err)
	}
	runner := reconcile.New(s, func(context.Context, iam.Source) (directory.Source, error) { return shape, nil }, slog.New(slog.DiscardHandler))
	began := time.Now()
	run, err := runner.Start(ctx, source.ID, reconcile.Options{})
	if err != nil {
		b.Fatal(err)
	}
	runner.Wait(ctx, run.ID)
	took := time.Since(began)
	if err := s.View(ctx, func(r *store.Reader) (err error) {
		run, err = r.Run(ctx, run.ID)
		return err
	}); err != nil || run.State != iam.Applied {
		b.Fatalf("the read is %s: %s %v", run.State, run.Error, err)
	}
	runner.Close()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Printf("%d accounts and groups, %d memberships stored: %.0f accounts a second, heap %d MB\n", run.Read, run.Added-run.Read, float64(shape.accounts)/took.Seconds(), memory.HeapSys>>20)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// console is a data folder with a client.
type console struct {
	*http.Client
	b      *testing.B
	places map[string]string // of pages, by what was asked for
}

func (c console) get(path string, out any) {
	c.b.Helper()
	res, err := c.Get(backend.Address + api.Root + path)
	if err != nil {
		c.b.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		c.b.Fatalf("GET %s: %d %s %v", path, res.StatusCode, raw, err)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			c.b.Fatal(err)
		}
	}
}

// questions are the pages and answers, at random places.
func (c console) questions(shape company) []question {
	random := rand.New(rand.NewPCG(1, 2))
	some := func() string { return login(random.IntN(shape.accounts)) }
	var groups api.Page[api.GroupRow]
	c.get(fmt.Sprintf("/groups?limit=500&offset=%d", shape.groups/2), &groups)
	group := func() string { return groups.Items[random.IntN(len(groups.Items))].ID }
	account := func() string {
		var hits api.Page[api.AccountRow]
		c.get("/accounts?limit=1&q="+some(), &hits)
		return hits.Items[0].ID
	}
	var largest api.Page[api.GroupRow]
	c.get("/groups?limit=1&q="+url.QueryEscape(groupName(0)), &largest)
	everybody := largest.Items[0].ID
	source := largest.Items[0].Source.ID
	family := func() string { _, f := person(random.IntN(shape.accounts)); return f }
	return []question{
		{"identities, first page", 50, func() string { return "/identities?limit=100" }},
		{"identities, random jump", 50, func() string {
			return fmt.Sprintf("/identities?limit=100&offset=%d", random.IntN(shape.accounts*98/100))
		}},
		{"identities by department, random jump", 50, func() string {
			return fmt.Sprintf("/identities?limit=100&sort=department&offset=%d", random.IntN(shape.accounts*98/100))
		}},
		{"identities, as you type, 1 letter", 50, func() string { return "/identities?limit=100&q=" + url.QueryEscape(first(family(), 1)) }},
		{"identities, as you type, 3 letters", 50, func() string { return "/identities?limit=100&q=" + url.QueryEscape(first(family(), 3)) }},
		{"identities, as you type, family name", 50, func() string { return "/identities?limit=100&q=" + url.QueryEscape(family()) }},
		{"identities, as you type, login", 50, func() string { return "/identities?limit=100&q=" + some() }},
		{"identities, as you type, in all names", 50, func() string { return "/identities?limit=100&q=example" }},
		{"identities, page after page", 50, func() string { return c.next("/identities?limit=100") }},
		{"identities, as you type, page after page", 50, func() string { return c.next("/identities?limit=100&q=alb") }},
		{"identities, by last sign-in", 50, func() string {
			return fmt.Sprintf("/identities?limit=100&sort=lastSignIn&offset=%d", random.IntN(shape.accounts*98/100))
		}},
		{"identities, signed in 30-75 days ago", 50, func() string { return "/identities?limit=100&signIn=d75" }},
		{"accounts, signed in 30-75 days ago", 50, func() string { return "/accounts?limit=100&signIn=d75" }},
		{"identities, of a kind of finding", 50, func() string { return "/identities?limit=100&finding=dormant" }},
		{"accounts, of a kind of finding", 50, func() string { return "/accounts?limit=100&finding=dormant" }},
		{"accounts, random jump", 50, func() string {
			return fmt.Sprintf("/accounts?limit=100&offset=%d", random.IntN(shape.accounts*98/100))
		}},
		{"identities, enabled, random jump", 50, func() string {
			return fmt.Sprintf("/identities?limit=100&enabled=yes&offset=%d", random.IntN(shape.accounts*9/10))
		}},
		{"accounts of a source, random jump", 50, func() string {
			return fmt.Sprintf("/accounts?limit=100&source=%s&offset=%d", source, random.IntN(shape.accounts*98/100))
		}},
		{"identities, locked", 50, func() string { return "/identities?limit=100&locked=yes" }},
		{"search box", 50, func() string { return "/search?q=" + some() }},
		{"groups, random jump", 50, func() string {
			return fmt.Sprintf("/groups?limit=100&offset=%d", random.IntN(max(1, shape.groups-100)))
		}},
		{"effective membership of an account", 10, func() string { return "/accounts/" + account() + "/memberships" }},
		{"effective members of a group", 10, func() string { return "/groups/" + group() + "/members?effective=true&limit=100" }},
		{"members of the group of everybody", 50, func() string { return "/groups/" + everybody + "/members?limit=100" }},
		{"effective members of it, random jump", 50, func() string {
			return fmt.Sprintf("/groups/%s/members?effective=true&limit=100&offset=%d", everybody, random.IntN(shape.accounts*98/100))
		}},
		{"overview", 50, func() string { return "/overview" }},
		{"findings", 50, func() string { return "/findings?limit=100" }},
		{"riskiest findings", 50, func() string { return "/findings/top?limit=20" }},
	}
}

// latencies measures answers against their budgets (p95, in milliseconds).
func (c console) latencies(questions []question) {
	fmt.Println("                                            p50      p95   budget")
	for _, q := range questions {
		paths := make([]string, 60)
		for i := range paths {
			paths[i] = q.path()
		}
		q.show(c.measure(paths))
	}
	// A change of one record makes what is kept in memory out of date.
	fmt.Println("\nright after a change")
	c.after(questions, c.change)
	fmt.Println("\nright after the reading of a small source")
	personnel := c.personnel()
	c.after(questions, func() (undo func()) {
		personnel.read()
		return func() {}
	})
	slices.Sort(personnel.took)
	fmt.Printf("%-40s %7.1fms %7.1fms\n", "(the reading itself, of 20 people)", ms(personnel.took, 50), ms(personnel.took, 95))
}

// after measures each question right after a change.
func (c console) after(questions []question, change func() (undo func())) {
	times := make([][]time.Duration, len(questions))
	for range 5 {
		for i, q := range questions {
			path := q.path()
			undo := change()
			times[i] = append(times[i], c.measure([]string{path})...)
			undo()
		}
	}
	for i, q := range questions {
		slices.Sort(times[i])
		q.show(times[i])
	}
}

// question is a page or an answer with its budget in milliseconds.
type question struct {
	name   string
	budget float64
	path   func() string
}

func (q question) show(times []time.Duration) {
	verdict := ""
	if p95 := ms(times, 95); p95 > q.budget {
		verdict = fmt.Sprintf("  %.1fx the budget", p95/q.budget)
	}
	fmt.Printf("%-40s %7.1fms %7.1fms %5.0fms%s\n", q.name, ms(times, 50), ms(times, 95), q.budget, verdict)
}

// next is the page after the one that was asked for last.
func (c console) next(path string) string {
	var page api.Page[api.IdentityRow]
	at := path
	if after := c.places[path]; after != "" {
		at += "&after=" + after
	}
	c.get(at, &page)
	c.places[path] = page.Next
	return path + "&after=" + page.Next
}

// change merges one identity into another; undo takes that back.
func (c console) change() (undo func()) {
	var two api.Page[api.IdentityRow]
	c.get("/identities?limit=2&offset=500", &two)
	c.post("/identities/"+two.Items[0].ID+"/merge", `{"into":"`+two.Items[1].ID+`","reason":"a measurement"}`, nil)
	var links api.IdentityLinks
	c.get("/identities/"+two.Items[1].ID+"/links", &links)
	return func() { c.post("/merges/"+links.Merges[0].ID+"/undo", `{"reason":"a measurement"}`, nil) }
}

// personnel is a file of some people, who are in the company as well.
type personnel struct {
	console
	path, source string
	readings     int
	took         []time.Duration // after the first
}

func (c console) personnel() *personnel {
	p := &personnel{console: c, path: filepath.Join(c.b.TempDir(), "personnel.csv")}
	p.write()
	draft, err := json.Marshal(api.SourceDraft{Name: fmt.Sprint("Personnel ", time.Now().UnixNano()), Kind: "file", Config: iam.SourceConfig{File: &iam.FileConfig{
		Path: p.path, KeyColumn: "id", Columns: map[string]string{"name": "name", "title": "title", "employeeNumber": "id", "endDate": "end"},
	}}})
	if err != nil {
		c.b.Fatal(err)
	}
	var source api.Source
	c.post("/sources", string(draft), &source)
	p.source = source.ID
	p.read()
	p.took = nil
	return p
}

// write gives everybody in the file another title, and says of some that they have
// left or have not.
func (p *personnel) write() {
	p.b.Helper()
	p.readings++
	rows := "id,name,title,end\n"
	for i := range 20 {
		first, family := person(i)
		end := ""
		if i%4 == p.readings%4 {
			end = "2026-01-31"
		}
		rows += fmt.Sprintf("%d,%s %s,%s %d,%s\n", 1_000_000+i, first, family, duties[i%len(duties)], p.readings, end)
	}
	if err := os.WriteFile(p.path, []byte(rows), 0o600); err != nil {
		p.b.Fatal(err)
	}
}

// read reads the file after another change.
func (p *personnel) read() {
	p.b.Helper()
	p.write()
	began := time.Now()
	var run api.Run
	p.post("/sources/"+p.source+"/runs", `{}`, &run)
	for run.State == string(iam.Reading) {
		time.Sleep(2 * time.Millisecond)
		p.get("/runs/"+run.ID, &run)
	}
	if run.State != string(iam.Applied) || run.Added+run.Changed == 0 {
		p.b.Fatalf("the reading is %s: %s, %d added, %d changed", run.State, run.Error, run.Added, run.Changed)
	}
	p.took = append(p.took, time.Since(began))
}

func (c console) post(path, body string, out any) {
	c.b.Helper()
	res, err := c.Post(backend.Address+api.Root+path, "application/json", strings.NewReader(body))
	if err != nil {
		c.b.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && out != nil {
		err = json.Unmarshal(raw, out)
	}
	if err != nil || res.StatusCode >= 300 {
		c.b.Fatalf("POST %s: %d %s %v", path, res.StatusCode, raw, err)
	}
}

// first are the first letters of a name, as somebody types them.
func first(name string, letters int) string { return string([]rune(name)[:letters]) }

func (c console) measure(paths []string) []time.Duration {
	times := make([]time.Duration, len(paths))
	for i, p := range paths {
		began := time.Now()
		c.get(p, nil)
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	return times
}

// ms is a percentile in milliseconds.
func ms(sorted []time.Duration, percent int) float64 {
	return float64(sorted[min(len(sorted)-1, len(sorted)*percent/100)].Microseconds()) / 1000
}
