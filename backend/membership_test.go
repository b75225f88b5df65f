//go:build linux

package backend_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// knots are the shapes of nesting that are easy to get wrong, as LDIF: a
// diamond, a cycle, a group in itself, a ladder with more than a hundred ways
// up, and names that can be written in more than one way.
func knots(c directorytest.Company) string {
	var b strings.Builder
	group := func(class, name string, lines ...string) {
		fmt.Fprintf(&b, "dn: cn=%s,ou=groups,%s\nobjectClass: %s\ncn: %s\n", name, directorytest.DefaultSuffix, class, strings.ReplaceAll(name, "\\", ""))
		if class == "posixGroup" {
			fmt.Fprintf(&b, "gidNumber: %d\n", 300_000+b.Len())
		}
		b.WriteString(strings.Join(lines, "\n") + "\n\n")
	}
	user := func(i int) string { return "member: " + c.UserDN(i) }
	in := func(name string) string { return "member: cn=" + name + ",ou=groups," + directorytest.DefaultSuffix }

	group("groupOfNames", "diamond-low", user(11), user(12))
	group("groupOfNames", "diamond-left", in("diamond-low"), user(13))
	group("groupOfNames", "diamond-right", in("diamond-low"), user(12))
	group("groupOfNames", "diamond-top", in("diamond-left"), in("diamond-right"), user(11))

	group("groupOfNames", "ring-a", in("ring-c"), user(21))
	group("groupOfNames", "ring-b", in("ring-a"), user(22))
	group("groupOfNames", "ring-c", in("ring-b"), user(23))
	group("groupOfNames", "ring-watch", in("ring-b"))
	group("groupOfNames", "itself", in("itself"), user(24))

	group("groupOfNames", "rung1a", user(31), user(32))
	group("groupOfNames", "rung1b", user(32))
	for i := 2; i <= 7; i++ {
		for _, side := range []string{"a", "b"} {
			group("groupOfNames", fmt.Sprint("rung", i, side), in(fmt.Sprint("rung", i-1, "a")), in(fmt.Sprint("rung", i-1, "b")))
		}
	}
	group("groupOfNames", "ladder", in("rung7a"), in("rung7b"), in("rung1a"))

	fmt.Fprintf(&b, "dn: cn=\\22Skip\\22 Haugen\\2C Per+uid=skip,ou=people,%s\nobjectClass: inetOrgPerson\nuid: skip\nuid: skipper\n"+
		"cn: \"Skip\" Haugen, Per\nsn: Haugen\ndisplayName:: 2KfZhNi52LHYqNmK2Kk=\n\n", directorytest.DefaultSuffix)
	group("groupOfNames", "Sales\\, North", "member: UID=Skip+CN=\\\"skip\\\" haugen\\, per , OU=People,dc=Demo, dc=example")
	group("groupOfNames", "spelled", "member: CN=sales\\2C north, ou=Groups, dc=demo,dc=example", "member: uid=gone,ou=people,dc=demo,dc=example", "member: uid=away,dc=other,dc=example")
	group("groupOfUniqueNames", "unique", "uniqueMember: "+c.UserDN(41)+"#'0101'B", "uniqueMember: cn=spelled,ou=groups,dc=demo,dc=example", "uniqueMember: uid=away,dc=other,dc=example")
	group("posixGroup", "posix", "memberUid: skipper", "memberUid: "+directorytest.UserLogin(42), "memberUid: nobody-there")
	group("groupOfNames", "of-all-sorts", in("posix"), in("unique"), in("ring-a"))
	return b.String()
}

// Effective membership equals, for every account and with every path, what an
// independent computation makes of ldapsearch's own output; over ldaps and over
// StartTLS, through the API and by the command line.
func TestEffectiveMembershipIsExact(t *testing.T) {
	company := directorytest.Company{Users: 10_000, Groups: 500, Memberships: 20_000, Depth: 9, Dangling: 40, Outside: 30}
	company.Extra = knots(company)
	slapd := directorytest.Start(t, directorytest.Options{LDIF: company.WriteFile})
	want := truthOf(t, slapd)
	if len(want.accounts) != 10_002 || len(want.names) != 500+29 {
		t.Fatalf("the directory has %d accounts and %d groups", len(want.accounts), len(want.names))
	}
	authority := authorityFile(t, slapd)

	read := func(t *testing.T, flags ...string) folder {
		f := newFolder(t)
		f.connect(slapd, append(flags, "--ca-file", authority)...)
		line, r := f.sync()
		if r.code != 0 || line.Coverage != "complete" || line.Skipped != 0 || line.Read != int64(len(want.ids)) || line.Claimed == nil || *line.Claimed != line.Read {
			t.Fatalf("exit %d: %+v", r.code, line)
		}
		return f
	}
	t.Run("ldaps, through the API", func(t *testing.T) { everyAccount(t, read(t, "--url", slapd.TLSURL).open(), want) })
	f := read(t, "--url", slapd.URL, "--start-tls")
	t.Run("StartTLS, through the API", func(t *testing.T) {
		c := f.open()
		everyAccount(t, c, want)
		c.close()
	})
	t.Run("StartTLS, by command line", func(t *testing.T) {
		random := rand.New(rand.NewPCG(7, 7))
		logins := []string{"u000011", "u000012", "u000021", "u000024", "u000031", "u000032", "skip", "u000041", "u000042", "gatehouse-read"}
		for len(logins) < 50 {
			logins = append(logins, want.accounts[random.IntN(len(want.accounts))])
		}
		for _, login := range logins {
			if err := sameAccess(want, login, done[api.AccessAnswer](f, "access", login)); err != nil {
				t.Error(err)
			}
		}
		groups := []string{"diamond-top", "diamond-left", "ring-a", "ring-b", "ring-watch", "itself", "ladder", "rung7a", "spelled", "unique", "posix", "of-all-sorts", "Sales, North"}
		for i := 1; len(groups) < 20; i += 4 {
			groups = append(groups, fmt.Sprintf("g%05d", i))
		}
		ways := map[string]map[string][][]string{} // by group, by login
		for _, login := range want.accounts {
			for group, paths := range want.paths(login) {
				if ways[group] == nil {
					ways[group] = map[string][][]string{}
				}
				ways[group][login] = paths
			}
		}
		for _, group := range groups {
			if err := sameWhoCan(want, group, ways[group], done[api.WhoCanAnswer](f, "who-can", group)); err != nil {
				t.Error(err)
			}
		}
	})
}

func everyAccount(t *testing.T, c console, want *truth) {
	t.Helper()
	var wg sync.WaitGroup
	work := make(chan string)
	wrong := make(chan error, len(want.accounts))
	for range 2 {
		wg.Go(func() {
			for login := range work {
				got, err := fetch[api.AccessAnswer](c, "/answers/access?login="+url.QueryEscape(login))
				if err == nil {
					err = sameAccess(want, login, got)
				}
				if err != nil {
					wrong <- err
				}
			}
		})
	}
	for _, login := range want.accounts {
		work <- login
	}
	close(work)
	wg.Wait()
	close(wrong)
	for err := range wrong {
		if t.Error(err); len(wrong) > 20 {
			t.Fatalf("and %d more", len(wrong))
		}
	}
}

// sameAccess compares an answer with the truth: the account, each group once,
// no other, and why.
func sameAccess(want *truth, login string, got api.AccessAnswer) error {
	reached := want.paths(login)
	if got.Login != login || oneSpelling(got.DN) != want.logins[login] || got.Coverage != "complete" || len(got.Unresolved) != 0 {
		return fmt.Errorf("%s: %+v", login, got)
	}
	if len(got.Effective) != len(reached) {
		return fmt.Errorf("%s is in %d groups, not in %d: %+v", login, len(reached), len(got.Effective), got.Effective)
	}
	for _, g := range got.Effective {
		ways := reached[g.Group]
		if oneSpelling(g.DN) != want.groups[g.Group] {
			return fmt.Errorf("%s: %s is not %s", login, g.Group, g.DN)
		}
		if err := samePaths(ways, g.Paths, g.Direct, g.MorePaths); err != nil {
			return fmt.Errorf("%s in %s: %w", login, g.Group, err)
		}
		delete(reached, g.Group) // a second mention would find nothing
	}
	return nil
}

// decodeAccess compares what the command line printed with the truth.
func decodeAccess(want *truth, login string, printed []byte) error {
	var got api.AccessAnswer
	if err := json.Unmarshal(printed, &got); err != nil {
		return fmt.Errorf("access %s: %w: %q", login, err, printed)
	}
	return sameAccess(want, login, got)
}

// samePaths compares with all paths there are, shortest first.
func samePaths(all, got [][]string, direct, more bool) error {
	if len(all) == 0 {
		return errors.New("it is no member")
	}
	if direct != (len(all[0]) == 1) {
		return fmt.Errorf("direct %v, paths %v", direct, all)
	}
	if more != (len(all) > 100) || len(got) != min(100, len(all)) {
		return fmt.Errorf("%d of %d paths, more: %v", len(got), len(all), more)
	}
	real, given := map[string]bool{}, map[string]bool{}
	for _, p := range all {
		real[strings.Join(p, "\x00")] = true
	}
	for i, p := range got {
		key := strings.Join(p, "\x00")
		if !real[key] || given[key] || len(p) != len(all[i]) {
			return fmt.Errorf("path %d: %v; real %v, given twice %v, the shortest left has %d steps", i, p, real[key], given[key], len(all[i]))
		}
		given[key] = true
	}
	return nil
}

// sameWhoCan compares an answer with the truth: every account once, and once
// each of the unresolved members of the groups on the way.
func sameWhoCan(want *truth, group string, ways map[string][][]string, got api.WhoCanAnswer) error {
	if got.Group != group || oneSpelling(got.DN) != want.groups[group] || len(got.Members) != len(ways) {
		return fmt.Errorf("%s (%s): %d members, not %d", got.Group, got.DN, len(ways), len(got.Members))
	}
	seen := map[string]bool{}
	for _, m := range got.Members {
		if err := samePaths(ways[m.Login], m.Paths, m.Direct, m.MorePaths); err != nil || seen[m.Login] {
			return fmt.Errorf("%s in %s, twice %v: %w", m.Login, group, seen[m.Login], err)
		}
		seen[m.Login] = true
	}
	var unresolved, told []string
	for _, below := range want.below(want.groups[group]) {
		unresolved = append(unresolved, want.unresolved[below]...)
	}
	for _, u := range got.Unresolved {
		value := u.Value
		if strings.Contains(value, "=") {
			value = oneSpelling(value)
		}
		told = append(told, value+" "+u.Reason)
	}
	slices.Sort(unresolved)
	unresolved = slices.Compact(unresolved) // of two groups on the way, once
	slices.Sort(told)
	if !slices.Equal(unresolved, told) {
		a, _ := json.Marshal(unresolved)
		b, _ := json.Marshal(told)
		return fmt.Errorf("%s: unresolved %s, told %s", group, a, b)
	}
	return nil
}
