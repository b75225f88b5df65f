package million

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// company is a directory made of numbers that yields the same records whenever
// it is read. Sizes are spread as in companies: a group of everybody, one a
// department, and many small ones; every fiftieth group lies in another.
type company struct{ accounts, groups, memberships int }

var (
	given    = strings.Fields("Anna Ben Clara David Elif Farid Greta Hannah Ivan Jana Kofi Lena Marco Nadia Oskar Priya Quentin Rosa Selim Tara Uwe Vera Wanda Xenia Yusuf Zoe")
	families = strings.Fields("Albrecht Baumann Çelik Dubois Eriksen Fischer García Hoffmann Ivanova Jensen Kowalski Lindqvist Müller Nguyen Okafor Petrov Quist Rossi Schmidt Tanaka Ünal Vogel Weiß Xu Yılmaz Zimmermann")
	duties   = strings.Fields("Accountant Analyst Buyer Clerk Consultant Designer Developer Driver Engineer Manager Nurse Operator Planner Technician")
)

func login(i int) string { return fmt.Sprintf("u%07d", i) }

// person is the name of account i: some thousand share each of them, and a
// number after the family name tells most of them apart.
func person(i int) (first, family string) {
	return given[i%len(given)], fmt.Sprintf("%s-%d", families[i/len(given)%len(families)], i/(len(given)*len(families))%1500)
}

func (c company) Check(context.Context) directory.Report { return directory.Report{} }

func (c company) Read(ctx context.Context, _ directory.Cursor) iter.Seq2[directory.Record, error] {
	return func(yield func(directory.Record, error) bool) {
		c.records(func(r directory.Record) bool { return ctx.Err() == nil && yield(r, nil) })
	}
}

var began = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func (c company) records(yield func(directory.Record) bool) {
	random := rand.New(rand.NewPCG(3, 4))
	for i := range c.accounts {
		if !yield(c.account(random, i)) {
			return
		}
	}
	for g := range c.groups {
		dn := groupDN(g)
		e := directory.Entitlement{ExternalID: fmt.Sprintf("g%07d", g), Kind: iam.Group, Name: groupName(g), DN: dn, Refs: []string{"dn:" + dn}, Facts: iam.EntitlementFacts{
			Description: "Access to system " + fmt.Sprint(g%900), Privileged: g%2500 == 2499, CreatedAt: iam.MomentOf(began), ModifiedAt: iam.MomentOf(began),
		}}
		if !yield(e) || !yield(directory.Members{ExternalID: e.ExternalID, Members: c.members(random, g)}) {
			return
		}
	}
	yield(directory.End{Claimed: int64(c.accounts + c.groups), Server: "generated"})
}

func (c company) account(random *rand.Rand, i int) directory.Account {
	first, family := person(i)
	dn := fmt.Sprintf("uid=%s,ou=d%03d,ou=people,dc=example", login(i), i%400)
	facts := iam.AccountFacts{
		Login: login(i), Name: first + " " + family, GivenName: first, Surname: family, Sort: iam.Person, EmployeeNumber: fmt.Sprint(1_000_000 + i),
		EmployeeType: "employee", Department: fmt.Sprintf("Department %03d", i%400), Title: duties[i%len(duties)], Location: fmt.Sprintf("Site %02d", i%40),
		Enabled: iam.TriOf(i%25 != 0), Locked: iam.TriOf(i%997 == 0), LockedUntil: iam.Never, AccountExpires: iam.Never, PasswordExpires: iam.NotSupportedMoment,
		PasswordChanged: iam.MomentOf(began.AddDate(0, 0, random.IntN(2000))), MustChange: iam.No, LastSignIn: iam.MomentOf(began.AddDate(6, 10, -random.IntN(100))),
		StartDate: iam.NotSupportedMoment, EndDate: iam.NotSupportedMoment, CreatedAt: iam.MomentOf(began), ModifiedAt: iam.MomentOf(began),
	}
	if i > 400 {
		facts.ManagerRef = fmt.Sprintf("dn:uid=%s,ou=d%03d,ou=people,dc=example", login(i%400), i%400)
	}
	if i%100 == 99 {
		facts.Sort, facts.EmployeeNumber, facts.OwnerRef = iam.Service, "", facts.ManagerRef
	}
	return directory.Account{
		ExternalID: "a" + login(i), DN: dn, Refs: []string{"dn:" + dn}, Facts: facts,
		Contact: iam.Contact{Mail: login(i) + "@example.com", Phone: fmt.Sprintf("+49 30 %07d", i)},
	}
}

func groupName(g int) string { return fmt.Sprintf("%s %05d", duties[g%len(duties)]+"s of site", g) }
func groupDN(g int) string   { return fmt.Sprintf("cn=g%06d,ou=groups,dc=example", g) }

// members of group g: everybody in the first, a department in the next 400, and
// the rest spread evenly.
func (c company) members(random *rand.Rand, g int) []directory.Member {
	var out []directory.Member
	add := func(i int) {
		dn := fmt.Sprintf("uid=%s,ou=d%03d,ou=people,dc=example", login(i), i%400)
		out = append(out, directory.Member{Ref: "dn:" + dn, Value: dn})
	}
	switch {
	case g == 0:
		for i := range c.accounts {
			add(i)
		}
	case g <= 400:
		for i := g - 1; i < c.accounts; i += 400 {
			add(i)
		}
	default:
		left := c.memberships - 2*c.accounts
		n := min(left/(c.groups-401), c.accounts/2)
		step := c.accounts/n - 1
		at := random.IntN(c.accounts)
		for range n {
			add(at % c.accounts)
			at += 1 + random.IntN(max(1, step))
		}
	}
	if g > 500 && g%50 == 0 { // chains of up to six groups
		dn := groupDN(g - 50)
		if g%300 != 0 {
			out = append(out, directory.Member{Ref: "dn:" + dn, Value: dn})
		}
	}
	return out
}
