package demo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

// storyTime is the moment of the story: the day the laboratory became
// administrators.
var storyTime = time.Date(2026, 3, 10, 13, 51, 0, 0, time.UTC)

func open(t *testing.T, dir string, now time.Time) *Company {
	t.Helper()
	c, err := Open(dir, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func today(t *testing.T) *Company {
	t.Helper()
	c := open(t, t.TempDir(), storyTime)
	if err := c.Today(); err != nil {
		t.Fatal(err)
	}
	return c
}

// census answers questions about a tree in the plainest way there is.
type census struct {
	*tree
	now time.Time
}

func (c census) people() []*entry {
	return c.where(func(e *entry) bool { return slices.Contains(e.values("objectClass"), "inetOrgPerson") })
}

func (c census) groups() []*entry {
	return c.where(func(e *entry) bool { return strings.HasSuffix(e.key, mustDN(ouGroups).key()) && len(e.dn) == 4 })
}

func (c census) where(keep func(*entry) bool) []*entry {
	var out []*entry
	for _, e := range c.order {
		if keep(e) {
			out = append(out, e)
		}
	}
	return out
}

// members are the entries directly in the group, and the values that are none.
func (c census) members(group *entry) (found []*entry, dangling []string) {
	for _, v := range append(slices.Clone(group.values("member")), group.values("uniqueMember")...) {
		if e, err := c.find(v); err == nil {
			found = append(found, e)
		} else {
			dangling = append(dangling, v)
		}
	}
	for _, login := range group.values("memberUid") {
		hit := c.where(func(e *entry) bool { return e.first("uid") == login })
		if len(hit) == 0 {
			dangling = append(dangling, login)
		}
		found = append(found, hit...)
	}
	return found, dangling
}

// effective are the logins of all accounts in the group, nesting included.
func (c census) effective(name string) []string {
	logins, seen := map[string]bool{}, map[string]bool{}
	var walk func(e *entry)
	walk = func(e *entry) {
		if seen[e.key] {
			return
		}
		seen[e.key] = true
		members, _ := c.members(e)
		for _, m := range members {
			if m.first("uid") != "" {
				logins[m.first("uid")] = true
			} else {
				walk(m)
			}
		}
	}
	e, err := c.find(groupDN(name))
	if err != nil {
		return nil
	}
	walk(e)
	return sortedKeys(logins)
}

func sortedKeys(set map[string]bool) []string {
	var out []string
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (c census) enabled(e *entry) bool { return e.first("pwdAccountLockedTime") != disabledTime }

// daysSince is how long ago the attribute's time is, -1 without one.
func (c census) daysSince(e *entry, attr string) int {
	at, ok := parseTime(e.first(attr))
	if !ok {
		return -1
	}
	return int(c.now.Sub(at) / (24 * time.Hour))
}

func logins(entries []*entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.first("uid"))
	}
	slices.Sort(out)
	return out
}

func TestTheCompanyHasTheSizeOfItsPictures(t *testing.T) {
	for _, when := range []string{"yesterday", "today"} {
		t.Run(when, func(t *testing.T) {
			company := open(t, t.TempDir(), storyTime)
			memberships := 2914
			if when == "today" {
				company, memberships = today(t), 2919
			}
			c := census{company.tree(), storyTime}
			numbers, orphans := map[string]bool{}, 0
			for _, p := range c.people() {
				if n := p.first("employeeNumber"); n != "" {
					numbers[n] = true
				} else {
					orphans++
				}
			}
			service := c.where(func(e *entry) bool { return e.first("employeeType") == "service" })
			shared := c.where(func(e *entry) bool { return e.first("employeeType") == "shared" })
			got, gone := 0, 0
			for _, g := range c.groups() {
				found, dangling := c.members(g)
				got, gone = got+len(found)+len(dangling), gone+len(dangling)
			}
			for _, check := range []struct {
				what      string
				got, want int
			}{
				{"people with an employee number", len(numbers), 398},
				{"orphans, each an identity of its own", orphans, 5},
				{"second accounts", len(c.people()) - len(numbers) - orphans, 24},
				{"service accounts", len(service), 19},
				{"shared accounts", len(shared), 9},
				{"groups", len(c.groups()), 118},
				{"direct memberships", got, memberships},
				{"dangling members", gone, 25},
			} {
				if check.got != check.want {
					t.Errorf("%d %s, want %d", check.got, check.what, check.want)
				}
			}
		})
	}
}

func TestEveryPlantedProblemIsThere(t *testing.T) {
	c := census{today(t).tree(), storyTime}
	privileged := map[string]bool{}
	for _, name := range today(t).Config().Mapping.Privileged {
		for _, login := range c.effective(name) {
			privileged[login] = true
		}
	}
	dormant := func(admin bool) []string {
		return logins(c.where(func(e *entry) bool {
			return e.first("uid") != "" && c.enabled(e) && c.daysSince(e, "authTimestamp") > 90 && privileged[e.first("uid")] == admin
		}))
	}
	groupsWhere := func(keep func(g *entry, found []*entry, dangling []string) bool) []string {
		names := map[string]bool{}
		for _, g := range c.groups() {
			if found, dangling := c.members(g); keep(g, found, dangling) {
				names[g.first("cn")] = true
			}
		}
		return sortedKeys(names)
	}
	in := func(ou string, keep func(e *entry) bool) []string {
		return logins(c.where(func(e *entry) bool { return len(e.dn) > 3 && e.dn.within(mustDN(ou)) && keep(e) }))
	}
	finders := map[string]func() []string{
		Planted[0].Name: func() []string {
			interns := in(ouInterns, func(e *entry) bool { return e.first("uid") == "mlaasen" })
			return slices.DeleteFunc(interns, func(login string) bool { return !slices.Contains(c.effective("Administrators"), login) })
		},
		"Leavers whose account still works": func() []string {
			return logins(c.where(func(e *entry) bool { return c.enabled(e) && c.daysSince(e, "schacExpiryDate") >= 1 }))
		},
		"Dormant administrators":            func() []string { return dormant(true) },
		"Other dormant accounts":            func() []string { return dormant(false) },
		"Service accounts without an owner": func() []string { return in(ouService, func(e *entry) bool { return e.first("owner") == "" }) },
		"Shared accounts":                   func() []string { return in(ouShared, func(*entry) bool { return true }) },
		"Orphan accounts": func() []string {
			return in(ouPeople, func(e *entry) bool {
				return e.first("uid") != "" && e.first("employeeNumber") == "" && e.first("manager") == ""
			})
		},
		"Two jobs' worth of memberships": func() []string {
			teams := map[string]int{}
			for _, g := range c.groups() {
				if strings.HasPrefix(g.first("cn"), "team-") {
					found, _ := c.members(g)
					for _, m := range found {
						teams[m.first("uid")]++
					}
				}
			}
			two := map[string]bool{}
			for login, n := range teams {
				two[login] = n > 1
			}
			return slices.DeleteFunc(sortedKeys(two), func(login string) bool { return !two[login] })
		},
		"A membership cycle": func() []string {
			return groupsWhere(func(g *entry, found []*entry, _ []string) bool { return c.reaches(g, g, map[string]bool{}) })
		},
		"Dangling members": func() []string {
			return groupsWhere(func(_ *entry, _ []*entry, dangling []string) bool {
				return slices.Contains(dangling, "uid=hlund,"+ouPeople)
			})
		},
		"Empty groups": func() []string {
			return groupsWhere(func(_ *entry, found []*entry, dangling []string) bool { return len(found)+len(dangling) == 0 })
		},
		"Locked after wrong passwords": func() []string {
			return logins(c.where(func(e *entry) bool { return e.first("pwdAccountLockedTime") != "" && c.enabled(e) }))
		},
	}
	for _, p := range Planted {
		find := finders[p.Name]
		if find == nil {
			t.Errorf("nothing looks for %q", p.Name)
			continue
		}
		if got := find(); !slices.Equal(got, p.Subjects) {
			t.Errorf("%s:\n got %v\nwant %v", p.Name, got, p.Subjects)
		}
	}
}

// reaches reports whether nesting leads from g back to the group to.
func (c census) reaches(g, to *entry, seen map[string]bool) bool {
	found, _ := c.members(g)
	for _, m := range found {
		if m.key == to.key {
			return true
		}
		if !seen[m.key] {
			seen[m.key] = true
			if c.reaches(m, to, seen) {
				return true
			}
		}
	}
	return false
}

func TestTheInternsPath(t *testing.T) {
	yesterday, now := census{open(t, t.TempDir(), storyTime).tree(), storyTime}, census{today(t).tree(), storyTime}
	for _, step := range []struct {
		group         string
		before, after int // effective accounts
	}{
		{"calib-interns", 3, 3}, {"calib-lab", 9, 9}, {"lab-operations", 12, 12},
		{"infra-operators", 6, 18}, {"infra-readers", 6, 18}, {"Administrators", 10, 22},
	} {
		if got := len(yesterday.effective(step.group)); got != step.before {
			t.Errorf("yesterday %d accounts in %s, want %d", got, step.group, step.before)
		}
		if got := len(now.effective(step.group)); got != step.after {
			t.Errorf("today %d accounts in %s, want %d", got, step.group, step.after)
		}
	}
	chain := []string{"calib-interns", "calib-lab", "lab-operations", "infra-operators", "Administrators"}
	member := "uid=mlaasen," + ouInterns
	for _, name := range chain {
		g, err := now.find(groupDN(name))
		if err != nil || !g.holds(standard.attribute("member"), member) {
			t.Fatalf("%s is not directly in %s", member, name)
		}
		member = groupDN(name)
	}
	direct, effective := 0, 0
	for _, g := range now.groups() {
		if found, _ := now.members(g); slices.Contains(logins(found), "mlaasen") {
			direct++
		}
		if slices.Contains(now.effective(g.first("cn")), "mlaasen") {
			effective++
		}
	}
	if direct != 2 || effective != 8 {
		t.Errorf("mlaasen is in %d groups directly and %d in effect, want 2 and 8", direct, effective)
	}
}

func TestPeopleFromThePictures(t *testing.T) {
	tree := today(t).tree()
	for dn, want := range map[string]map[string]string{
		"uid=mlaasen,ou=interns,ou=people":      {"cn": "Mei-Lin Aasen", "employeeNumber": "20417", "employeeType": "intern", "manager": "uid=jdvorak," + ouPeople, "schacExpiryDate": "20260630220000Z"},
		"uid=tmnguyen,ou=people":                {"cn": "Nguyễn Thị Minh", "sn": "Nguyễn"},
		"uid=sobrien,ou=people":                 {"cn": `Siobhán "Shiv" O'Brien`},
		"uid=csmith2,ou=people":                 {"cn": "Calvin Smith, Jr.", "sn": "Smith, Jr.", "authTimestamp": ""},
		"uid=ahaddad,ou=people":                 {"cn": "أمل حدّاد"},
		`cn=Haugen\2C Per \22Skip\22,ou=people`: {"uid": "phaugen"},
		"uid=lkovacova,ou=people":               {"cn": "Ľubica Kováčová", "uid": "lkovacova"},
		"uid=dpatel-adm,ou=admins":              {"employeeNumber": "13017"},
		"uid=dpatel,ou=people":                  {"employeeNumber": "13017"},
		"uid=hlund,ou=leavers,ou=people":        {"pwdAccountLockedTime": disabledTime},
		"uid=jmueller,ou=people":                {"pwdAccountLockedTime": "20260310133600Z", "departmentNumber": "Mechanical design"},
		"cn=Backup Operators,ou=groups":         {"modifyTimestamp": "20260310135100Z"},
		"cn=infra-operators,ou=groups":          {"modifiersName": "uid=kdahl-adm," + ouAdmins},
		"uid=zszucs,ou=leavers,ou=people":       {"pwdAccountLockedTime": disabledTime},
		"uid=staualo,ou=people":                 {"cn": "Sione Tauā'alo", "l": "Wellington"},
		"uid=xibarra,ou=people":                 {"cn": "Xóchitl Ibarra", "departmentNumber": "Field service"},
		"cn=proj-fjord-2019,ou=groups":          {"objectClass": "top", "memberUid": ""},
		"uid=lab-kiosk-2,ou=shared":             {"owner": "uid=jdvorak," + ouPeople},
		"uid=svc-jenkins,ou=service":            {"owner": ""},
		"uid=ldangelo,ou=people":                {"cn": "Lucía D'Angelo", "authTimestamp": ""},
		"uid=objornstad,ou=people":              {"uidNumber": "11131"},
	} {
		e, err := tree.find(dn + "," + BaseDN)
		if err != nil {
			t.Errorf("%s: %v", dn, err)
			continue
		}
		for attr, value := range want {
			if got := e.first(attr); got != value {
				t.Errorf("%s: %s is %q, want %q", dn, attr, got, value)
			}
		}
	}
}

func TestSeedingIsDeterministic(t *testing.T) {
	a, b := open(t, t.TempDir(), storyTime).tree().ldif(), open(t, t.TempDir(), storyTime).tree().ldif()
	if string(a) != string(b) {
		t.Error("two seedings at one moment differ")
	}
	later := open(t, t.TempDir(), storyTime.AddDate(0, 7, 3)).tree()
	for _, e := range open(t, t.TempDir(), storyTime).tree().order {
		twin, err := later.find(e.dn.String())
		if err != nil || twin.first("entryUUID") != e.first("entryUUID") {
			t.Fatalf("%s has another entryUUID when seeded on another day", e.dn)
		}
	}
	c := census{later, storyTime.AddDate(0, 7, 3)}
	adm, _ := later.find("uid=dpatel-adm," + ouAdmins)
	if got := c.daysSince(adm, "authTimestamp"); got != 131 {
		t.Errorf("dpatel-adm signed in %d days before the seeding, want 131", got)
	}
}

func TestNamesAreUnique(t *testing.T) {
	logins, uuids := map[string]string{}, map[string]string{}
	for _, e := range today(t).tree().order {
		if other := uuids[e.first("entryUUID")]; other != "" || e.first("entryUUID") == "" {
			t.Errorf("%s and %q share an entryUUID", e.dn, other)
		}
		uuids[e.first("entryUUID")] = e.dn.String()
		if login := e.first("uid"); login != "" {
			if other := logins[login]; other != "" {
				t.Errorf("%s and %s share a login", e.dn, other)
			}
			logins[login] = e.dn.String()
		}
	}
}

func TestTheTreeIsKeptAndReset(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, storyTime)
	seeded := string(c.tree().ldif())
	if err := c.Today(); err != nil {
		t.Fatal(err)
	}
	group := groupDN("infra-operators")
	undo := modification{group, []valueChange{{op: 1, attr: "member", values: []string{groupDN("lab-operations")}}}}
	if err := c.write(author{AdminDN, storyTime}, undo); err != nil {
		t.Fatal(err)
	}
	reopened := open(t, dir, storyTime)
	if string(reopened.tree().ldif()) != string(c.tree().ldif()) {
		t.Fatal("the reopened tree differs from the one written")
	}
	if err := reopened.Today(); err != nil {
		t.Fatal(err)
	}
	if n := len((census{reopened.tree(), storyTime}).effective("infra-operators")); n != 6 {
		t.Errorf("a second Today made an undone change again: %d operators", n)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files left behind: %v", left)
	}
	if err := reopened.Reset(); err != nil {
		t.Fatal(err)
	}
	if string(reopened.tree().ldif()) != seeded {
		t.Error("Reset gives another tree than the first seeding")
	}
	if err := reopened.Today(); err != nil || len((census{reopened.tree(), storyTime}).effective("Administrators")) != 22 {
		t.Errorf("Today after Reset does not apply: %v", err)
	}
}

func TestADamagedFileIsRefused(t *testing.T) {
	for name, content := range map[string]string{
		"empty":     "",
		"no state":  "version: 1\n\ndn: dc=halden,dc=example\n",
		"no tree":   "#\n# state: seeded 20260310135100Z, today false\n",
		"attribute": "#\n# state: seeded 20260310135100Z, today false\n\ndn: dc=halden,dc=example\nfoo: bar\n",
		"dn":        "#\n# state: seeded 20260310135100Z, today false\n\ndn: halden\n",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileName), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, time.Now); iam.KindOf(err) != iam.Unavailable {
			t.Errorf("%s: %v, want Unavailable", name, err)
		}
	}
}
