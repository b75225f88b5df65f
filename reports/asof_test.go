package reports

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/reconcile"
	"gatehouse/backend/store"
)

// The past as a report tells it, held against a replay that knows nothing of
// the store: plain maps of what each read returned.

var ann = iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.Local("ann")})

// office is what one read returns: logins and groups, and who is in a group by
// reference, whether there is such an entry or not.
type office struct {
	accounts map[string]iam.AccountFacts
	groups   map[string]bool // privileged
	members  map[string]map[string]bool
}

func (o office) clone() office {
	c := office{maps.Clone(o.accounts), maps.Clone(o.groups), map[string]map[string]bool{}}
	for g, ms := range o.members {
		c.members[g] = maps.Clone(ms)
	}
	return c
}

func (o office) has(name string) bool {
	_, account := o.accounts[name]
	_, group := o.groups[name]
	return account || group
}

func (o office) Check(context.Context) directory.Report { return directory.Report{} }

func (o office) Read(context.Context, directory.Cursor) iter.Seq2[directory.Record, error] {
	return func(yield func(directory.Record, error) bool) {
		n := 0
		for _, name := range slices.Sorted(maps.Keys(o.accounts)) {
			n++
			if !yield(directory.Account{ExternalID: "x-" + name, DN: "uid=" + name, Refs: []string{"dn:" + name}, Facts: o.accounts[name]}, nil) {
				return
			}
		}
		for _, name := range slices.Sorted(maps.Keys(o.groups)) {
			n++
			if !yield(directory.Entitlement{ExternalID: "x-" + name, Kind: iam.Group, Name: name, DN: "cn=" + name, Refs: []string{"dn:" + name}, Facts: iam.EntitlementFacts{Privileged: o.groups[name]}}, nil) {
				return
			}
			ms := directory.Members{ExternalID: "x-" + name}
			for _, m := range slices.Sorted(maps.Keys(o.members[name])) {
				ms.Members = append(ms.Members, directory.Member{Ref: "dn:" + m, Value: m})
			}
			if !yield(ms, nil) {
				return
			}
		}
		yield(directory.End{Claimed: int64(n), Server: "office"}, nil)
	}
}

// change does something to the office by chance.
func (o office) change(r *rand.Rand) {
	for range 1 + r.IntN(8) {
		login, group, other := fmt.Sprintf("u%02d", r.IntN(14)), fmt.Sprintf("g%d", r.IntN(7)), fmt.Sprintf("g%d", r.IntN(7))
		switch r.IntN(10) {
		case 0, 1:
			o.accounts[login] = iam.AccountFacts{Login: login, Name: "Name " + login, Sort: iam.Person, EmployeeNumber: login, Enabled: iam.TriOf(r.IntN(3) > 0),
				Department: fmt.Sprint("D", r.IntN(3)), LastSignIn: iam.NotSupportedMoment, CreatedAt: iam.UnknownMoment,
				LockedUntil: iam.NotSupportedMoment, AccountExpires: iam.Never, PasswordExpires: iam.Never, PasswordChanged: iam.UnknownMoment, EndDate: iam.Never}
		case 2:
			delete(o.accounts, login)
		case 3, 4:
			if _, ok := o.groups[group]; !ok {
				o.groups[group], o.members[group] = r.IntN(4) == 0, map[string]bool{}
			}
		case 5:
			if r.IntN(3) == 0 {
				delete(o.groups, group)
				delete(o.members, group)
			}
		case 6:
			if _, ok := o.groups[group]; ok && group != other {
				o.members[group][other] = true
			}
		case 7:
			if ms := o.members[group]; len(ms) > 0 {
				delete(ms, slices.Sorted(maps.Keys(ms))[r.IntN(len(ms))])
			}
		default:
			if _, ok := o.groups[group]; ok {
				o.members[group][login] = true
			}
		}
	}
}

// age is the office as a read found it, with what a replay knows of its past.
type age struct {
	office
	at    int64
	since map[[2]string]int64 // of each membership, also unresolved ones
	first map[string]int64    // of each account
}

type archive struct {
	store *store.Store
	ages  []age // oldest first
	begun int64
	now   int64
}

// live lets an office live through a number of reads, some of which fail, are
// held and released, or change nothing.
func live(t *testing.T, r *rand.Rand, reads int) archive {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := store.Open(ann, store.Options{Dir: t.TempDir(), Log: log, Now: func() time.Time { return now }})
	must(err)
	here := office{map[string]iam.AccountFacts{}, map[string]bool{}, map[string]map[string]bool{}}
	runner := reconcile.New(s, func(context.Context, iam.Source) (directory.Source, error) { return here.clone(), nil }, log)
	t.Cleanup(func() { runner.Close(); must(s.Close()) })
	src := iam.Source{Name: "Office", Kind: "plain"}
	_, err = s.Write(ann, "source.add", func(x *store.Tx) (err error) {
		if src.ID, err = x.NewID(ann); err != nil {
			return err
		}
		return x.AddSource(ann, src, "")
	})
	must(err)
	a := archive{store: s, begun: now.UnixMicro()}
	record := func(id iam.ID) (run iam.Run) {
		must(s.View(ann, func(v *store.Reader) (err error) {
			run, err = v.Run(ann, id)
			return err
		}))
		return run
	}
	last := age{since: map[[2]string]int64{}, first: map[string]int64{}}
	for range reads {
		now = now.Add(time.Duration(1+r.IntN(72*60)) * time.Minute)
		for range 3 {
			here.change(r)
		}
		run, err := runner.Start(ann, src.ID, reconcile.Options{})
		must(err)
		runner.Wait(ann, run.ID)
		if run = record(run.ID); run.State == iam.Held {
			if r.IntN(3) == 0 {
				continue // it stays held until a newer one overtakes it
			}
			now = now.Add(time.Duration(1+r.IntN(600)) * time.Minute)
			must(runner.Release(ann, run.ID, run.HoldHash, "looked at it"))
			run = record(run.ID)
		}
		if run.State != iam.Applied && run.State != iam.Released {
			t.Fatalf("%+v", run)
		}
		next := age{office: here.clone(), at: now.UnixMicro(), since: map[[2]string]int64{}, first: maps.Clone(last.first)}
		for login := range next.accounts {
			if _, known := next.first[login]; !known {
				next.first[login] = next.at
			}
		}
		for g, ms := range next.members {
			for m := range ms {
				next.since[[2]string{m, g}] = next.at
				// A member that became an entry, or is none any more, is another row.
				if at, was := last.since[[2]string{m, g}]; was && last.has(m) == next.has(m) {
					next.since[[2]string{m, g}] = at
				}
			}
		}
		a.ages = append(a.ages, next)
		last = next
	}
	now = now.Add(time.Hour)
	a.now = now.UnixMicro()
	return a
}

// as is the office as of a moment.
func (a archive) as(at int64) age {
	found := age{}
	for _, x := range a.ages {
		if x.at <= at {
			found = x
		}
	}
	return found
}

// report is all rows of a report's main table, as texts by column.
func (a archive) report(t *testing.T, d Definition, q Query) []map[string]string {
	t.Helper()
	var out []map[string]string
	if err := a.store.View(ann, func(r *store.Reader) error {
		p, err := Open(ann, r, d, q, Run{By: "local:ann", Version: "test"})
		if err != nil {
			return err
		}
		v, err := p.Preview(ann, "", "", 1<<30)
		for _, sum := range v.Sums {
			if !sum.OK() {
				t.Errorf("%s %+v: %s: %d is not %d", d.Name, q, sum.Text, sum.Left, sum.Right)
			}
		}
		for _, row := range v.Rows {
			cells := map[string]string{}
			for i, c := range d.Tables[0].Columns {
				cells[c.Name] = row[i].String()
			}
			out = append(out, cells)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// routes are all simple paths of groups from a member up, by the group reached.
func (x age) routes(member string) map[string][][]string {
	out := map[string][][]string{}
	var climb func(from string, path []string)
	climb = func(from string, path []string) {
		for g, ms := range x.members {
			if ms[from] && !slices.Contains(path, g) {
				next := append(slices.Clone(path), g)
				out[g] = append(out[g], next)
				climb(g, next)
			}
		}
	}
	climb(member, nil)
	return out
}

func lines(rows []map[string]string, columns ...string) []string {
	out := []string{}
	for _, row := range rows {
		var cells []string
		for _, c := range columns {
			cells = append(cells, row[c])
		}
		out = append(out, strings.Join(cells, " | "))
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(want)
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s: the report has  %s", what, g)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s: the replay has  %s", what, w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, the replay has %d", what, len(got), len(want))
	}
}

func TestReportsEqualAReplay(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("history ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			a := live(t, r, 12)
			moment := func() int64 { return a.begun + r.Int64N(a.now-a.begun) }
			for range 30 {
				at := moment()
				text := time.UnixMicro(at).UTC().Format(time.RFC3339Nano)
				a.compareAccounts(t, text, a.as(at))
				a.compareMembership(t, text, a.as(at))
				from := moment()
				if from > at {
					from, at = at, from
				}
				a.compareChanges(t, from, at)
			}
		})
	}
}

func (a archive) compareAccounts(t *testing.T, at string, x age) {
	t.Helper()
	var want []string
	for login, f := range x.accounts {
		direct := 0
		for _, ms := range x.members {
			if ms[login] {
				direct++
			}
		}
		want = append(want, fmt.Sprintf("%s | %s | %s | %s | %d | %d | %s | x-%s", login, f.Name, f.Department, f.Enabled, direct, len(x.routes(login)), clock(x.first[login]), login))
	}
	same(t, "accounts as of "+at, lines(a.report(t, accountsReport, Query{AsOf: at}), "login", "name", "department", "enabled", "groupsDirect", "groupsEffective", "observedSince", "directoryId"), want)
}

func (a archive) compareMembership(t *testing.T, at string, x age) {
	t.Helper()
	rows := a.report(t, membershipReport, Query{AsOf: at})
	ids := map[string]string{}
	for _, row := range rows {
		ids[row["group"]] = row["groupId"]
	}
	byID := func(a, b []string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		for i := range a {
			if c := len(ids[a[i]]) - len(ids[b[i]]); c != 0 {
				return c
			}
			if c := strings.Compare(ids[a[i]], ids[b[i]]); c != 0 {
				return c
			}
		}
		return 0
	}
	var want []string
	add := func(member, sort string) {
		for group, paths := range x.routes(member) {
			best := slices.MinFunc(paths, byID)
			from, since := member, int64(0)
			for _, g := range best {
				since = max(since, x.since[[2]string{from, g}])
				from = g
			}
			count := fmt.Sprint(len(paths))
			if len(paths) > 100 {
				count = "more than 100"
			}
			name := member
			if sort == "person" {
				name = x.accounts[member].Name
			}
			want = append(want, fmt.Sprintf("%s | %s | %s | %s | %s | %s | %s", name, sort, group, yesNo(x.groups[group]), strings.Join(best, " > "), count, clock(since)))
		}
	}
	loose := map[string]bool{}
	for login := range x.accounts {
		add(login, "person")
	}
	for _, ms := range x.members {
		for m := range ms {
			if !x.has(m) {
				loose[m] = true
			}
		}
	}
	got := lines(rows, "member", "sort", "group", "privileged", "path", "paths", "observedSince")
	// An unresolved member stands once for each group that lists it.
	for m := range loose {
		for g, ms := range x.members {
			if !ms[m] {
				continue
			}
			only := age{office: x.office.clone(), since: x.since}
			for other := range only.members {
				if other != g {
					delete(only.members[other], m)
				}
			}
			x, full := only, x
			for group, paths := range x.routes(m) {
				best := slices.MinFunc(paths, byID)
				from, since := m, int64(0)
				for _, step := range best {
					since = max(since, full.since[[2]string{from, step}])
					from = step
				}
				count := fmt.Sprint(len(paths))
				if len(paths) > 100 {
					count = "more than 100"
				}
				want = append(want, fmt.Sprintf("%s | unresolved | %s | %s | %s | %s | %s", m, group, yesNo(full.groups[group]), strings.Join(best, " > "), count, clock(since)))
			}
		}
	}
	same(t, "membership as of "+at, got, want)
}

func (a archive) compareChanges(t *testing.T, from, to int64) {
	t.Helper()
	var want []string
	last := age{}
	for _, x := range a.ages {
		before := last
		last = x
		if x.at < from || x.at > to {
			continue
		}
		say := func(noun, op, name, group, field, old, new string) {
			want = append(want, strings.Join([]string{clock(x.at), noun, op, name, group, field, old, new}, " | "))
		}
		for login, f := range x.accounts {
			old, was := before.accounts[login]
			switch {
			case !was:
				say("account", "added", f.Name, "", "", "", "")
				continue
			case old.Department != f.Department:
				say("account", "changed", f.Name, "", "department", old.Department, f.Department)
			}
			if old.Enabled != f.Enabled {
				say("account", "changed", f.Name, "", "enabled", old.Enabled.String(), f.Enabled.String())
			}
		}
		for login, f := range before.accounts {
			if _, is := x.accounts[login]; !is {
				say("account", "removed", f.Name, "", "", "", "")
			}
		}
		for g, privileged := range x.groups {
			if old, was := before.groups[g]; !was {
				say("group", "added", g, g, "", "", "")
			} else if old != privileged {
				say("group", "changed", g, g, "privileged", iam.TriOf(old).String(), iam.TriOf(privileged).String())
			}
		}
		for g := range before.groups {
			if _, is := x.groups[g]; !is {
				say("group", "removed", g, g, "", "", "")
			}
		}
		edges := func(x age) map[string]bool {
			out := map[string]bool{}
			for g, ms := range x.members {
				for m := range ms {
					name, noun := m, "membership"
					if f, account := x.accounts[m]; account {
						name = f.Name
					} else if _, group := x.groups[m]; !group {
						noun = "unresolved member"
					}
					out[strings.Join([]string{noun, "%", name, g}, " | ")] = true
				}
			}
			return out
		}
		is, was := edges(x), edges(before)
		for e := range is {
			if !was[e] {
				want = append(want, clock(x.at)+" | "+strings.Replace(e, "%", "added", 1)+" |  |  | ")
			}
		}
		for e := range was {
			if !is[e] {
				want = append(want, clock(x.at)+" | "+strings.Replace(e, "%", "removed", 1)+" |  |  | ")
			}
		}
	}
	q := Query{From: time.UnixMicro(from).UTC().Format(time.RFC3339Nano), To: time.UnixMicro(to).UTC().Format(time.RFC3339Nano)}
	same(t, fmt.Sprintf("changes %+v", q), lines(a.report(t, changesReport, q), "observedAt", "noun", "op", "member", "group", "field", "before", "after"), want)
}
