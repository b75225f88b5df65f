package review

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

var ann = iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.Local("ann")})

// fataler is a test or a property.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rig is a store with a clock that a test moves.
type rig struct {
	*store.Store
	mu sync.Mutex
	at time.Time
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{at: time.Date(2026, 3, 10, 13, 51, 0, 0, time.UTC)}
	var err error
	r.Store, err = store.Open(ann, store.Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: func() time.Time {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.at
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, r.Close()) })
	return r
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = r.at.Add(d)
}

func (r *rig) addSource(t fataler, name string) iam.Source {
	t.Helper()
	src := iam.Source{Name: name, Kind: "plain"}
	_, err := r.Write(ann, "source.add", func(tx *store.Tx) (err error) {
		if src.ID, err = tx.NewID(ann); err != nil {
			return err
		}
		return tx.AddSource(ann, src, "")
	})
	must(t, err)
	src.ConfigVersion = 1
	return src
}

// read applies what a source is said to return.
func (r *rig) read(t fataler, src iam.Source, records []directory.Record) iam.Seq {
	t.Helper()
	run, err := r.StartRun(ann, src, "full")
	must(t, err)
	st, err := r.NewStaging(ann, run.ID)
	must(t, err)
	for _, rec := range records {
		must(t, st.Add(ann, rec))
	}
	delta, err := st.Finish(ann, src.ID)
	must(t, errors.Join(err, st.Close()))
	run.State = iam.Applied
	seq, err := r.Apply(ann, "run.apply", run, src, delta, func(*store.Tx) error { return nil })
	must(t, err)
	r.DropStaging(run.ID)
	return seq
}

// fail ends a run of a source in a state other than applied.
func (r *rig) fail(t fataler, src iam.Source, state iam.RunState) {
	t.Helper()
	run, err := r.StartRun(ann, src, "full")
	must(t, err)
	run.State = state
	_, err = r.Write(ann, "run.end", func(tx *store.Tx) error { return tx.EndRun(ann, run, src.Name, "", nil) })
	must(t, err)
}

func account(id, name string, f iam.AccountFacts) directory.Record {
	f.Login, f.Name, f.LastSignIn = id, name, iam.Never
	if f.Sort == "" {
		f.Sort = iam.Person
	}
	return directory.Account{ExternalID: id, DN: "uid=" + id, Refs: []string{"dn:uid=" + id}, Facts: f}
}

// group is a group with its members: names of accounts and groups, or words
// that name nothing.
func group(id string, f iam.EntitlementFacts, members ...string) []directory.Record {
	m := directory.Members{ExternalID: id}
	for _, name := range members {
		m.Members = append(m.Members, directory.Member{Ref: "dn:" + name, Value: name})
	}
	return []directory.Record{directory.Entitlement{ExternalID: id, Kind: iam.Group, Name: id, DN: "cn=" + id, Refs: []string{"dn:cn=" + id}, Facts: f}, m}
}

// all is every open group.
func all(effective bool) Ask {
	return Ask{Scope: store.CampaignScope{Effective: effective}, Rule: store.ReviewerRule{Kind: "owners"}, Words: func(f store.Finding) string { return f.Detail }}
}

// BenchmarkFreeze100k freezes a campaign of a little over 100,000 items: 20,000
// accounts, 1,000 groups of a hundred, some of them nested.
func BenchmarkFreeze100k(b *testing.B) {
	r := newRig(b)
	var records []directory.Record
	const accounts, groups, size = 20_000, 1000, 100
	for i := range accounts {
		records = append(records, account(fmt.Sprintf("u%d", i), fmt.Sprintf("Person Number %d", i), iam.AccountFacts{
			GivenName: "Person", Surname: fmt.Sprintf("Number %d", i), EmployeeNumber: fmt.Sprint(i), Department: fmt.Sprintf("Department %d", i%200), Title: "Engineer",
			ManagerRef: fmt.Sprintf("dn:uid=u%d", i%500), Enabled: iam.Yes,
		}))
	}
	for g := range groups {
		var members []string
		for m := range size {
			members = append(members, fmt.Sprintf("uid=u%d", (g*size+m*7)%accounts))
		}
		if g%10 > 0 && g%10 < 4 { // chains of four
			members = append(members, fmt.Sprintf("cn=group %d", g-1))
		}
		members = append(members, "nobody")
		records = append(records, group(fmt.Sprintf("group %d", g), iam.EntitlementFacts{Privileged: g%50 == 0, OwnerRef: fmt.Sprintf("dn:uid=u%d", g)}, members...)...)
	}
	r.read(b, r.addSource(b, "large"), records)
	for _, effective := range []bool{false, true} {
		b.Run(fmt.Sprintf("effective=%v", effective), func(b *testing.B) {
			var items int64
			for b.Loop() {
				ask := all(effective)
				ask.Rule.Kind = "managers"
				id, err := Freeze(ann, r.Store, Campaign{Ask: ask, Name: fmt.Sprintf("Campaign %d %v %d", b.N, effective, time.Now().UnixNano()), DueAt: r.Now().Add(time.Hour).UnixMicro()})
				if err != nil {
					b.Fatal(err)
				}
				must(b, r.View(ann, func(v *store.Reader) error {
					c, err := v.Campaign(ann, id)
					items = c.InScope
					return err
				}))
			}
			b.ReportMetric(float64(items), "items")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*100_000/float64(items), "s/100k-items")
		})
	}
}
