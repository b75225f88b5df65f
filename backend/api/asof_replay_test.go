package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// A year of changes in a made-up directory, and who was in which group on any
// day of it, worked out from the log of the changes alone: no row, no sequence
// number, no interval.

// deed is one change in the directory.
type deed struct {
	read  int // the first read that could see it
	op    string
	who   string // a person's or group's external id
	group string
	name  string
}

// world is the directory at some time.
type world struct {
	logins  map[string]string // external id -> login
	groups  map[string]string // external id -> name
	members map[[2]string]bool
}

func newWorld() *world {
	return &world{logins: map[string]string{}, groups: map[string]string{}, members: map[[2]string]bool{}}
}

func (w *world) do(d deed) {
	switch d.op {
	case "account":
		w.logins[d.who] = d.name
	case "group":
		w.groups[d.who] = d.name
	case "join":
		w.members[[2]string{d.group, d.who}] = true
	case "leave":
		delete(w.members, [2]string{d.group, d.who})
	case "gone":
		delete(w.logins, d.who)
		delete(w.groups, d.who)
		maps.DeleteFunc(w.members, func(m [2]string, _ bool) bool { return m[0] == d.who || m[1] == d.who })
	}
}

// effective are the names of the groups somebody is in, by asking every group
// again and again until nothing is added.
func (w *world) effective(who ...string) []string {
	in := map[string]bool{}
	for _, id := range who {
		in[id] = true
	}
	names := map[string]bool{}
	for added := true; added; {
		added = false
		for m := range w.members {
			if in[m[1]] && !names[m[0]] {
				names[m[0]], in[m[0]], added = true, true, true
			}
		}
	}
	var out []string
	for id := range names {
		out = append(out, id+" "+w.groups[id])
	}
	slices.Sort(out)
	return out
}

// records are the directory as a read returns it.
func (w *world) records() []directory.Record {
	var out []directory.Record
	for _, id := range slices.Sorted(maps.Keys(w.logins)) {
		out = append(out, person(id, w.logins[id], numberOf(id)))
	}
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		dn := "cn=" + w.groups[id] + ",dc=x"
		out = append(out, directory.Entitlement{ExternalID: id, Kind: iam.Group, Name: w.groups[id], DN: dn, Refs: []string{"dn:" + strings.ToLower(dn)}})
		m := directory.Members{ExternalID: id}
		for _, member := range slices.SortedFunc(maps.Keys(w.members), func(a, b [2]string) int { return strings.Compare(a[1], b[1]) }) {
			if member[0] != id {
				continue
			}
			ref := "dn:uid=" + w.logins[member[1]] + ",dc=x"
			if name, nested := w.groups[member[1]]; nested {
				ref = "dn:cn=" + strings.ToLower(name) + ",dc=x"
			}
			m.Members = append(m.Members, directory.Member{Ref: ref, Value: ref[3:]})
		}
		out = append(out, m)
	}
	return out
}

// numberOf is an employee number: the second account of a person has the same.
func numberOf(id string) string { return strings.TrimSuffix(id, "x") }

const (
	people = 100
	reads  = 52
)

// year draws the changes: people come and go and come back, groups are nested,
// renamed, emptied and removed.
func year(rng *rand.Rand) []deed {
	var log []deed
	w := newWorld()
	do := func(d deed) { log = append(log, d); w.do(d) }
	for i := range people {
		id := fmt.Sprintf("p%03d", i)
		do(deed{op: "account", who: id, name: "person" + id})
		if i%5 == 0 {
			do(deed{op: "account", who: id + "x", name: "admin" + id})
		}
	}
	for i := range 40 {
		do(deed{op: "group", who: fmt.Sprintf("g%02d", i), name: fmt.Sprintf("Group %02d", i)})
	}
	any := func(m map[string]string) string { k := slices.Sorted(maps.Keys(m)); return k[rng.IntN(len(k))] }
	join := func(read int) {
		if rng.IntN(4) == 0 {
			do(deed{read: read, op: "join", who: any(w.groups), group: any(w.groups)})
			return
		}
		do(deed{read: read, op: "join", who: any(w.logins), group: any(w.groups)})
	}
	for range 200 {
		join(0)
	}
	for read := 1; read < reads; read++ {
		for range rng.IntN(14) {
			switch rng.IntN(10) {
			case 0:
				if len(w.logins) > people/2 {
					do(deed{read: read, op: "gone", who: any(w.logins)})
				}
			case 1: // somebody new, or somebody who comes back
				id := fmt.Sprintf("p%03d", rng.IntN(people))
				if w.logins[id] == "" {
					do(deed{read: read, op: "account", who: id, name: "person" + id})
				}
			case 2:
				do(deed{read: read, op: "group", who: any(w.groups), name: fmt.Sprintf("Group %02d", rng.IntN(1000)+100*read*100)})
			case 3:
				if len(w.groups) > 30 && rng.IntN(4) == 0 {
					do(deed{read: read, op: "gone", who: any(w.groups)})
				}
			case 4, 5, 6:
				all := slices.SortedFunc(maps.Keys(w.members), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
				m := all[rng.IntN(len(all))]
				do(deed{read: read, op: "leave", who: m[1], group: m[0]})
			default:
				join(read)
			}
		}
	}
	return log
}

// TestAsOfEqualsReplay: on 30 random dates of a year, what 100 people were in is
// what the log of changes says.
func TestAsOfEqualsReplay(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 30))
	h := newHouse(t)
	begin := h.clock.now()
	src := iam.Source{Name: "Year", Kind: "plain", Config: iam.SourceConfig{URL: "plain://x", BaseDN: "dc=x"}}
	if _, err := h.store.Write(system(), "source.add", func(tx *store.Tx) (err error) {
		if src.ID, err = tx.NewID(system()); err != nil {
			return err
		}
		return tx.AddSource(system(), src, "")
	}); err != nil {
		t.Fatal(err)
	}
	log := year(rng)
	readAt := make([]time.Time, reads)
	ids, identities, external := map[string]string{}, map[string]string{}, map[string]string{}
	w, next := newWorld(), 0
	for n := range reads {
		for ; next < len(log) && log[next].read <= n; next++ {
			w.do(log[next])
		}
		h.clock.pass(time.Duration(rng.IntN(14*24*60)+1) * time.Minute)
		h.plain.records = w.records()
		readAt[n] = h.clock.now()
		if err := h.signIn(); err != nil {
			t.Fatal(err)
		}
		if err := h.read(src.ID); err != nil {
			h.release(t, src.ID)
		}
		for _, a := range get[Page[AccountRow]](t, h, "/accounts?limit=500").Items {
			ids[a.Login] = a.ID
		}
		for _, g := range get[Page[GroupRow]](t, h, "/groups?limit=500").Items {
			if external[g.ID] == "" {
				external[g.ID] = get[Group](t, h, "/groups/"+g.ID).ExternalID
			}
		}
	}
	for login, id := range ids {
		identities[login] = identityEver(t, h, id)
	}
	h.clock.pass(time.Hour)
	span := h.clock.now().Sub(begin)
	var asks, nonempty int
	for range 30 {
		at := begin.Add(time.Duration(rng.Int64N(int64(span)))).Truncate(time.Microsecond)
		then := newWorld()
		for _, d := range log {
			if !readAt[d.read].After(at) {
				then.do(d)
			}
		}
		query := "?asOf=" + url.QueryEscape(at.Format(time.RFC3339Nano))
		for i := range people {
			id := fmt.Sprintf("p%03d", i)
			login, both := "person"+id, []string{}
			for _, own := range []string{id, id + "x"} {
				if then.logins[own] != "" {
					both = append(both, own)
				}
			}
			if ids[login] == "" {
				continue
			}
			questions := map[string][]string{"/accounts/" + ids[login]: {id}}
			if ids["admin"+id] != "" { // a person of two accounts
				questions["/identities/"+identities[login]] = both
			}
			asks += len(questions)
			for path, who := range questions {
				there := then.logins[id] != "" || path[1] == 'i' && len(both) > 0
				m := asked[Memberships](h, path+"/memberships"+query)
				if (m != nil) != there {
					t.Fatalf("%s at %s: answered %v, was there %v", path, at, m != nil, there)
				}
				if m == nil {
					continue
				}
				var got []string
				for _, x := range m.Items {
					got = append(got, external[x.Group.ID]+" "+x.Group.Name)
				}
				slices.Sort(got)
				got = slices.Compact(got)
				if want := then.effective(who...); !slices.Equal(got, want) {
					t.Fatalf("%s at %s: in %v, the log says %v", path, at, got, want)
				}
				if len(got) > 0 {
					nonempty++
				}
			}
		}
	}
	if asks < 3000 || nonempty < asks/3 {
		t.Fatalf("%d questions, %d with groups: the year is too empty to show anything", asks, nonempty)
	}
}

// asked is the answer to a question, nil if it is NotFound or Invalid.
func asked[T any](h *house, path string) *T {
	w := h.ask(auditor, http.MethodGet, path, "")
	if w.Code != http.StatusOK {
		return nil
	}
	var v T
	if json.Unmarshal(w.Body.Bytes(), &v) != nil {
		return nil
	}
	return &v
}

// release lets the newest run through, which the brake has held.
func (h *house) release(t *testing.T, source iam.ID) {
	t.Helper()
	newest := get[Page[Run]](t, h, "/runs?source="+source.String()+"&limit=1").Items[0]
	run := get[RunDetail](t, h, "/runs/"+newest.ID)
	if run.State != "held" {
		t.Fatalf("the run is %s", run.State)
	}
	send[RunDetail](t, h, http.MethodPost, "/runs/"+run.ID+"/release", `{"holdHash":"`+run.HoldHash+`","reason":"it was meant"}`)
}

// identityEver is the identity that an account belongs or belonged to.
func identityEver(t *testing.T, h *house, account string) string {
	t.Helper()
	id, err := iam.ParseID(account)
	if err != nil {
		t.Fatal(err)
	}
	var out iam.ID
	if err := h.store.View(system(), func(r *store.Reader) error {
		names, err := r.Names(system(), []iam.ID{id})
		out = names[id].IdentityID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
