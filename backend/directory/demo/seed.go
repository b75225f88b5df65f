package demo

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed company/people.txt
var peopleText string

//go:embed company/accounts.txt
var accountsText string

//go:embed company/groups.txt
var groupsText string

//go:embed company/today.ldif
var todayText string

// The branches of the tree.
const (
	ouPeople   = "ou=people," + BaseDN
	ouInterns  = "ou=interns," + ouPeople
	ouLeavers  = "ou=leavers," + ouPeople
	ouAdmins   = "ou=admins," + BaseDN
	ouService  = "ou=service," + BaseDN
	ouShared   = "ou=shared," + BaseDN
	ouGroups   = "ou=groups," + BaseDN
	ouPolicies = "ou=policies," + BaseDN
	policyDN   = "cn=default," + ouPolicies
)

// seeding turns the company's text into a tree.
type seeding struct {
	tree   *tree
	now    time.Time
	people []person
	dns    map[string]string // by login
}

// person is one row of people.txt.
type person struct {
	login, number, given, surname, title, site, manager, signIn string
	department                                                  string
	flags                                                       options
}

// options are the words of a row's last column: "intern", "ends=+112".
type options map[string]string

func (o options) has(word string) bool { _, ok := o[word]; return ok }

// present people work here: rules such as "everyone" mean them.
func (p person) present() bool { return !p.flags.has("left") }

func (p person) name() string {
	if p.flags.has("family-first") {
		return p.surname + " " + p.given
	}
	return p.given + " " + p.surname
}

// sortName is the name as lists order it.
func (p person) sortName() string { return p.surname + ", " + p.given }

func (p person) dn() string {
	branch := ouPeople
	switch {
	case p.flags.has("intern"):
		branch = ouInterns
	case p.flags.has("left"):
		branch = ouLeavers
	}
	if p.flags.has("cn-named") {
		return "cn=" + escape(p.sortName()) + "," + branch
	}
	return "uid=" + p.login + "," + branch
}

// seed builds yesterday's company as of now.
func seed(now time.Time) (*tree, error) {
	s := &seeding{tree: newTree(mustDN(BaseDN)), now: now, dns: map[string]string{}}
	for _, step := range []func() error{s.frame, s.addPeople, s.addAccounts, s.addGroups} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s.tree, nil
}

func mustDN(s string) dn {
	d, err := parseDN(s)
	if err != nil {
		panic(s + ": " + err.Error())
	}
	return d
}

// add puts an entry into the tree, checked as a client's would be. Its entryUUID
// follows from the name alone, so that every seeding gives the same. fields are
// pairs of attribute and value; an empty value is left out.
func (s *seeding) add(name string, classes []string, fields ...string) (*entry, error) {
	a := addition{dn: name, attrs: []valueChange{{attr: "objectClass", values: classes}}}
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] != "" {
			a.attrs = append(a.attrs, valueChange{attr: fields[i], values: []string{fields[i+1]}})
		}
	}
	return s.put(a)
}

func (s *seeding) put(a addition) (*entry, error) {
	if err := a.apply(s.tree, author{AdminDN, s.now}); err != nil {
		return nil, fmt.Errorf("%s: %w", a.dn, err)
	}
	e, err := s.tree.find(a.dn)
	if err != nil {
		return nil, err
	}
	e.set("entryUUID", uuidOf(e.key, "", 0))
	return e, nil
}

// frame adds what holds the rest: the branches, the administrator, the policy.
func (s *seeding) frame() error {
	if _, err := s.add(BaseDN, []string{"top", "organization", "dcObject"}, "o", "Halden Instruments", "dc", "halden",
		"description", "A fictional maker of measuring instruments. Nobody here exists."); err != nil {
		return err
	}
	for _, branch := range []string{ouPeople, ouInterns, ouLeavers, ouAdmins, ouService, ouShared, ouGroups, ouPolicies} {
		if _, err := s.add(branch, []string{"top", "organizationalUnit"}); err != nil {
			return err
		}
	}
	_, err := s.add(AdminDN, []string{"top", "organizationalRole", "simpleSecurityObject"},
		"userPassword", hashed(AdminPassword, []byte("halden")), "description", "Administrator of this directory")
	if err != nil {
		return err
	}
	_, err = s.add(policyDN, []string{"top", "applicationProcess", "pwdPolicy"}, "pwdAttribute", "userPassword",
		"pwdMaxAge", "7776000", "pwdMinLength", "10", "pwdLockout", "TRUE", "pwdLockoutDuration", "0",
		"pwdMaxFailure", "5", "pwdMustChange", "TRUE")
	for _, e := range s.tree.order {
		s.old(e, 2400)
	}
	return err
}

func (s *seeding) addPeople() error {
	rows, err := parseTable(peopleText, 9)
	if err != nil {
		return fmt.Errorf("people.txt: %w", err)
	}
	for _, r := range rows {
		p := person{r.cells[0], r.cells[1], r.cells[2], r.cells[3], r.cells[4], r.cells[5], r.cells[6], r.cells[7], r.section, parseOptions(r.cells[8])}
		if s.dns[p.login] != "" {
			return fmt.Errorf("people.txt: the login %s is there twice", p.login)
		}
		s.people = append(s.people, p)
		s.dns[p.login] = p.dn()
	}
	for _, p := range s.people {
		manager := s.dns[p.manager]
		if manager == "" && p.manager != "-" {
			return fmt.Errorf("people.txt: %s has the manager %q, who is not there", p.login, p.manager)
		}
		classes := []string{"top", "person", "organizationalPerson", "inetOrgPerson"}
		fields := []string{
			"uid", p.login, "cn", p.name(), "sn", p.surname, "givenName", p.given,
			"displayName", p.sortName(), "mail", p.login + "@halden.example",
			"telephoneNumber", "+47 5550 " + p.number[len(p.number)-4:],
			"employeeNumber", p.number, "employeeType", p.employment(), "title", p.title,
			"departmentNumber", p.department, "l", p.site, "manager", manager,
		}
		if end, ok := p.flags["ends"]; ok {
			days, err := strconv.Atoi(end)
			if err != nil {
				return fmt.Errorf("people.txt: %s ends in %q days", p.login, end)
			}
			classes = append(classes, "schacEntryMetadata")
			fields = append(fields, "schacExpiryDate", endOfDay(s.now, days).Format(timeForm))
		}
		if p.flags.has("shell") {
			classes = append(classes, "posixAccount")
			fields = append(fields, "uidNumber", p.number, "gidNumber", "100", "homeDirectory", "/home/"+p.login, "loginShell", "/bin/bash")
		}
		e, err := s.add(p.dn(), classes, fields...)
		if err != nil {
			return err
		}
		if err := s.lived(e, p.login, p.signIn, p.flags); err != nil {
			return err
		}
	}
	return nil
}

func (p person) employment() string {
	for _, sort := range []string{"intern", "contractor"} {
		if p.flags.has(sort) {
			return sort
		}
	}
	return "employee"
}

// lived sets what only time and the server set: creation, password, sign-in,
// lock.
func (s *seeding) lived(e *entry, login, signIn string, o options) error {
	spread := spreadOf(login)
	days := func(word string, otherwise int) int {
		if n, err := strconv.Atoi(o[word]); err == nil {
			return n
		}
		return otherwise
	}
	s.old(e, days("since", 400+int(spread/time.Minute)))
	e.set("pwdPolicySubentry", policyDN)
	e.set("pwdChangedTime", s.ago(days("pwd", 3+int(spread/time.Minute)%72), spread))
	if ago, ok := o["locked"]; ok {
		d, err := time.ParseDuration(ago)
		if err != nil {
			return fmt.Errorf("%s: locked for %q", login, ago)
		}
		e.set("pwdAccountLockedTime", s.now.Add(-d).Format(timeForm))
	}
	if o.has("left") || o.has("disabled") {
		e.set("pwdAccountLockedTime", disabledTime)
	}
	switch {
	case signIn == "never":
	case strings.HasSuffix(signIn, "d"):
		n, err := strconv.Atoi(strings.TrimSuffix(signIn, "d"))
		if err != nil {
			return fmt.Errorf("%s: signed in %q ago", login, signIn)
		}
		e.set("authTimestamp", s.ago(n, spread))
	default:
		d, err := time.ParseDuration(signIn)
		if err != nil {
			return fmt.Errorf("%s: signed in %q ago", login, signIn)
		}
		e.set("authTimestamp", s.now.Add(-d).Format(timeForm))
	}
	return nil
}

// old makes the entry look as if added that many days ago and untouched since.
func (s *seeding) old(e *entry, days int) {
	when := s.ago(days, 0)
	e.set("createTimestamp", when)
	e.set("modifyTimestamp", when)
}

func (s *seeding) ago(days int, more time.Duration) string {
	return s.now.Add(-time.Duration(days)*24*time.Hour - more).Format(timeForm)
}

func endOfDay(now time.Time, days int) time.Time {
	y, m, d := now.AddDate(0, 0, days).Date()
	return time.Date(y, m, d, 22, 0, 0, 0, time.UTC)
}

// spreadOf keeps people from doing everything in the same second: minutes below
// eight hours that follow from the login.
func spreadOf(login string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(login))
	return time.Duration(h.Sum32()%480) * time.Minute
}

// addAccounts adds the accounts that are no person's first: accounts.txt.
func (s *seeding) addAccounts() error {
	rows, err := parseTable(accountsText, 5)
	if err != nil {
		return fmt.Errorf("accounts.txt: %w", err)
	}
	people := map[string]person{}
	for _, p := range s.people {
		people[p.login] = p
	}
	for _, r := range rows {
		login, name, whose, signIn, o := r.cells[0], r.cells[1], r.cells[2], r.cells[3], parseOptions(r.cells[4])
		if whose != "-" && s.dns[whose] == "" || s.dns[login] != "" {
			return fmt.Errorf("accounts.txt: %s belongs to %q, or is there twice", login, whose)
		}
		owner := s.dns[whose]
		var e *entry
		var err error
		switch r.section {
		case "administrators":
			p := people[whose]
			s.dns[login] = "uid=" + login + "," + ouAdmins
			e, err = s.add(s.dns[login], []string{"top", "person", "organizationalPerson", "inetOrgPerson"},
				"uid", login, "cn", p.name(), "sn", p.surname, "givenName", p.given, "displayName", p.sortName(),
				"employeeNumber", p.number, "employeeType", p.employment(), "departmentNumber", p.department, "l", p.site,
				"manager", s.dns[p.manager], "description", name)
		case "orphans":
			s.dns[login] = "uid=" + login + "," + ouPeople
			e, err = s.add(s.dns[login], []string{"top", "person", "organizationalPerson", "inetOrgPerson"},
				"uid", login, "cn", name, "sn", login)
		case "service", "shared":
			s.dns[login] = "uid=" + login + ",ou=" + r.section + "," + BaseDN
			e, err = s.add(s.dns[login], []string{"top", "account", "simpleSecurityObject", "extensibleObject"},
				"uid", login, "cn", login, "userPassword", noPassword, "employeeType", r.section, "description", name, "owner", owner)
		default:
			err = fmt.Errorf("accounts.txt: there is no section %q", r.section)
		}
		if err != nil {
			return err
		}
		if err := s.lived(e, login, signIn, o); err != nil {
			return err
		}
	}
	return nil
}

// Classes of groups and the attribute that holds their members.
var groupClasses = map[string][2]string{
	"names":  {"groupOfNames", "member"},
	"unique": {"groupOfUniqueNames", "uniqueMember"},
	"posix":  {"posixGroup", "memberUid"},
}

func (s *seeding) addGroups() error {
	groups, err := parseGroups(groupsText)
	if err != nil {
		return fmt.Errorf("groups.txt: %w", err)
	}
	known := map[string]bool{}
	for _, g := range groups {
		known[g.name] = true
	}
	for i, g := range groups {
		class, ok := groupClasses[g.class]
		if !ok {
			return fmt.Errorf("groups.txt: %s is of no class %q", g.name, g.class)
		}
		var members []string
		for _, login := range s.logins(g) {
			if s.dns[login] == "" {
				return fmt.Errorf("groups.txt: %s has the member %q, which is not there", g.name, login)
			}
			if g.class != "posix" {
				login = s.dns[login]
			}
			members = append(members, login)
		}
		for _, name := range g.words["groups"] {
			if !known[name] {
				return fmt.Errorf("groups.txt: %s contains %q, which is not there", g.name, name)
			}
			members = append(members, groupDN(name))
		}
		for _, login := range g.words["gone"] {
			members = append(members, "uid="+login+","+ouPeople)
		}
		a := addition{dn: groupDN(g.name), attrs: []valueChange{
			{attr: "objectClass", values: []string{"top", class[0]}},
			{attr: "cn", values: []string{g.name}},
			{attr: "description", values: []string{g.about}},
		}}
		if g.class == "posix" {
			a.attrs = append(a.attrs, valueChange{attr: "gidNumber", values: []string{strconv.Itoa(5000 + i)}})
		} else if g.owner != "-" {
			if s.dns[g.owner] == "" {
				return fmt.Errorf("groups.txt: %s has the owner %q, who is not there", g.name, g.owner)
			}
			a.attrs = append(a.attrs, valueChange{attr: "owner", values: []string{s.dns[g.owner]}})
		}
		if len(members) > 0 {
			a.attrs = append(a.attrs, valueChange{attr: class[1], values: members})
		}
		e, err := s.put(a)
		if err != nil {
			return err
		}
		s.old(e, 120+int(spreadOf(g.name)/time.Minute))
	}
	return nil
}

func groupDN(name string) string { return "cn=" + escape(name) + "," + ouGroups }

// logins are the accounts that a group's words name, in the order of the text.
func (s *seeding) logins(g group) []string {
	var out []string
	for _, p := range s.people {
		_, all := g.words["everyone"]
		regular := !p.flags.has("intern")
		if p.present() && (all || regular && (slices.Contains(g.words["departments"], p.department) || slices.Contains(g.words["sites"], p.site))) {
			out = append(out, p.login)
		}
	}
	for _, login := range g.words["accounts"] {
		if !slices.Contains(out, login) {
			out = append(out, login)
		}
	}
	return out
}

// relative is a date in today.ldif: days from now, such as {+180d}.
var relative = regexp.MustCompile(`\{([+-]\d+)d\}`)

// applyToday makes the changes of today.ldif. Each says in a comment of its own
// who makes it; the line "# by: kdahl" stands before the changes of kdahl.
func applyToday(t *tree, now time.Time) error {
	text := relative.ReplaceAllStringFunc(todayText, func(word string) string {
		days, _ := strconv.Atoi(relative.FindStringSubmatch(word)[1])
		return endOfDay(now, days).Format(timeForm)
	})
	for _, part := range strings.Split(text, "# by: ")[1:] {
		who, body, _ := strings.Cut(part, "\n")
		blocks, err := parseLDIF(body)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			ch, err := b.change()
			if err != nil {
				return err
			}
			if err := ch.apply(t, author{who, now}); err != nil && !alreadySo(err) {
				return fmt.Errorf("%s: %w", b.lines[0].value, err)
			}
		}
	}
	return nil
}

// alreadySo reports whether a change failed because somebody made it before, or
// removed what it is about: no reason to hold up the others.
func alreadySo(err error) bool {
	code := asFault(err).code
	return code == attributeOrValueExists || code == noSuchAttribute || code == entryAlreadyExists || code == noSuchObject
}
