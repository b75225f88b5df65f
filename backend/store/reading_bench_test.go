package store

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// BenchmarkReading is the store's part of reading a large directory: the first
// full reading, the same again, and one of a hundred changes.
func BenchmarkReading(b *testing.B) {
	users := 100_000
	if n, err := strconv.Atoi(os.Getenv("GATEHOUSE_BENCH_USERS")); err == nil && n > 0 {
		users = n
	}
	for b.Loop() {
		s := newStore(b)
		src := addSource(b, s, "source")
		for _, step := range []struct {
			name    string
			from    int
			changes bool
		}{{"first", 0, false}, {"same", 0, false}, {"changes", users - 100, true}} {
			run, err := s.StartRun(ann(), src, "full")
			must(b, err)
			began := time.Now()
			st, err := s.NewStaging(ann(), run.ID)
			must(b, err)
			for i := step.from; i < users; i++ {
				must(b, st.Add(ann(), benchAccount(i, step.name == "changes")))
			}
			groups := users / 20
			if step.changes {
				groups = 10
			}
			for g := range groups {
				for _, r := range benchGroup(g, users) {
					must(b, st.Add(ann(), r))
				}
			}
			st.Ended(directory.End{Changes: step.changes})
			if _, err := st.Affected(ann(), src.ID); err != nil {
				b.Fatal(err)
			}
			added := time.Now()
			d, err := st.Finish(ann(), src.ID)
			must(b, err)
			must(b, st.Close())
			finished := time.Now()
			run.State = iam.Applied
			_, err = s.Apply(ann(), "run.apply", run, src, d, nil)
			must(b, err)
			s.DropStaging(run.ID)
			fmt.Printf("%-8s add %v finish %v apply %v  %v\n", step.name, added.Sub(began).Round(time.Millisecond), finished.Sub(added).Round(time.Millisecond), time.Since(finished).Round(time.Millisecond), d.Counts)
		}
	}
}

func benchAccount(i int, other bool) directory.Account {
	login := fmt.Sprintf("u%06d", i)
	dn := fmt.Sprintf("uid=%s,ou=dept%03d,ou=people,dc=demo,dc=example", login, i%200)
	title := "Engineer"
	if other {
		title = "Manager"
	}
	return directory.Account{ExternalID: fmt.Sprintf("%08x-1111-2222-3333-%012x", i*7919, i), DN: dn, Refs: []string{"dn:" + dn, "uid:" + login},
		Contact: iam.Contact{Mail: login + "@demo.example", Phone: fmt.Sprintf("+49 30 %07d", i)},
		Facts: iam.AccountFacts{Login: login, Name: fmt.Sprintf("Given%d Surname%d", i%977, i%4999), GivenName: fmt.Sprintf("Given%d", i%977), Surname: fmt.Sprintf("Surname%d", i%4999), Sort: iam.Person,
			EmployeeNumber: strconv.Itoa(100000 + i), EmployeeType: "employee", Department: fmt.Sprintf("dept%03d", i%200), Title: title, Location: "Berlin",
			ManagerRef: fmt.Sprintf("dn:uid=u%06d,ou=dept%03d,ou=people,dc=demo,dc=example", i/10, (i/10)%200), Enabled: iam.Yes, LastSignIn: iam.NotCollectedMoment,
			LockedUntil: iam.Never, AccountExpires: iam.Never, PasswordExpires: iam.UnknownMoment, CreatedAt: 1_700_000_000_000_000, ModifiedAt: 1_700_000_000_000_000}}
}

func benchGroup(g, users int) []directory.Record {
	id, dn := fmt.Sprintf("%08x-aaaa-2222-3333-%012x", g*104729, g), fmt.Sprintf("cn=group%05d,ou=groups,dc=demo,dc=example", g)
	m := directory.Members{ExternalID: id}
	for j := range 200 {
		i := (g*7919 + j*104729 + j*j) % users
		dn := fmt.Sprintf("uid=u%06d,ou=dept%03d,ou=people,dc=demo,dc=example", i, i%200)
		m.Members = append(m.Members, directory.Member{Ref: "dn:" + dn, Value: dn})
	}
	if g > 0 {
		dn := fmt.Sprintf("cn=group%05d,ou=groups,dc=demo,dc=example", g/10*10+(g+1)%10)
		m.Members = append(m.Members, directory.Member{Ref: "dn:" + dn, Value: dn})
	}
	return []directory.Record{directory.Entitlement{ExternalID: id, Kind: iam.Group, Name: fmt.Sprintf("group%05d", g), DN: dn, Refs: []string{"dn:" + dn}, Facts: iam.EntitlementFacts{ModifiedAt: 1_700_000_000_000_000}}, m}
}
