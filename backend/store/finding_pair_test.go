//go:build scale

package store

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// TestSecondSourceAtScale measures what it takes to apply a second source of
// 20,000 accounts beside one of as many where one takes
// long. It runs with the tag scale.
func TestSecondSourceAtScale(t *testing.T) {
	const people = 20_000
	s := newStore(t)
	for side, name := range []string{"corp", "cloud"} {
		var all []directory.Record
		for i := range people {
			number, given, surname := fmt.Sprint(100_000+i), fmt.Sprintf("Ann%d", i%97), fmt.Sprintf("Number%d", i/97)
			login := fmt.Sprintf("%s%d", name[:2], i)
			mail := login + "@corp.example"
			if side == 1 && i%2 == 0 {
				number = "" // nothing but the name and the mail tells who it is
			}
			if i%20 == 0 {
				mail = "office@corp.example" // many share one
			}
			all = append(all, directory.Account{ExternalID: login, DN: "uid=" + login + ",dc=" + name, Refs: []string{"dn:uid=" + login + ",dc=" + name},
				Contact: iam.Contact{Mail: mail},
				Facts: iam.AccountFacts{Login: login, Name: given + " " + surname, GivenName: given, Surname: surname, Sort: iam.Person, EmployeeNumber: number,
					Department: fmt.Sprint("Department ", i%40), Enabled: iam.Yes, LastSignIn: iam.Never, CreatedAt: iam.NotCollectedMoment, EndDate: iam.NotCollectedMoment,
					StartDate: iam.NotCollectedMoment, AccountExpires: iam.NotCollectedMoment, PasswordExpires: iam.NotCollectedMoment}})
		}
		at := time.Now()
		apply(t, s, addSource(t, s, name), all)
		took := time.Since(at)
		t.Logf("%s: %v", name, took)
		if took > 15*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	t.Log(rows(t, s, `SELECT kind || ' ' || count(*) FROM open_findings GROUP BY kind`))
}
