// Package demo is the kind "demo": the fictional company Halden Instruments,
// served by a small LDAP server inside the program, so that the LDAP kind reads
// (and later writes) it as it does a real directory.
//
// The company is text in company/: people.txt, accounts.txt, groups.txt,
// schema.txt and today.ldif. Dates in it count from the moment the demo is
// seeded. Seeding makes yesterday's company; [Company.Today] adds what changed
// since, so that a first read shows a quiet directory and a second one shows
// changes in privileged groups. The problems to be found are listed in
// [Planted].
package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// FileName is the company's file in the demo's data folder: the whole tree as
// LDIF (RFC 2849).
const FileName = "demo-company.ldif"

// BaseDN is the naming context of the company.
const BaseDN = "dc=halden,dc=example"

// AdminDN may write, with AdminPassword. Neither is a secret: the directory
// lives inside the program and holds no real person.
const (
	AdminDN       = "cn=admin," + BaseDN
	AdminPassword = "halden-demo"
)

// Company is the running demo directory.
type Company struct {
	path  string
	clock func() time.Time

	mu    sync.Mutex // held while writing
	state atomic.Pointer[state]
}

// state is one version of the company. It never changes.
type state struct {
	tree   *tree
	seeded time.Time
	today  bool // Today has been applied
}

// Open loads the company kept in dir, or seeds it there if there is none. It
// fails with iam.Unavailable if the file cannot be read or written.
func Open(dir string, now func() time.Time) (*Company, error) {
	c := &Company{path: filepath.Join(dir, FileName), clock: now}
	raw, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, c.Reset()
	}
	var s *state
	if err == nil {
		s, err = load(string(raw))
	}
	if err != nil {
		return nil, iam.Errorf(iam.Unavailable, "The demo company's file %s cannot be read: %s.", c.path, err).
			Fix("Delete it to start the demo again.").By(err)
	}
	c.state.Store(s)
	return c, nil
}

// Reset seeds the company again as of now, with yesterday's state. Every change
// made since is lost.
func (c *Company) Reset() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock().UTC().Truncate(time.Second)
	t, err := seed(now)
	if err != nil {
		return iam.Errorf(iam.Internal, "The demo company's own text is wrong: %s.", err).By(err)
	}
	return c.publish(&state{tree: t, seeded: now})
}

// Today makes the changes of company/today.ldif: one nested group more in
// infra-operators, one service account more in Backup Operators, one
// administrator for another in Domain Admins, joiners, leavers and a rename. They are
// modified as if their author had sent them, all of them or none. Later calls
// change nothing until the next Reset.
func (c *Company) Today() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.state.Load()
	if was.today {
		return nil
	}
	next := &state{tree: was.tree.clone(), seeded: was.seeded, today: true}
	if err := applyToday(next.tree, c.clock()); err != nil {
		return iam.Errorf(iam.Internal, "Today's changes do not fit the demo company: %s.", err).By(err)
	}
	return c.publish(next)
}

// write makes one change and keeps it before anyone sees it.
func (c *Company) write(by author, ch change) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.state.Load()
	next := &state{tree: was.tree.clone(), seeded: was.seeded, today: was.today}
	if err := ch.apply(next.tree, by); err != nil {
		return err
	}
	return c.publish(next)
}

// tree is the directory as it is now.
func (c *Company) tree() *tree { return c.state.Load().tree }

// stateForm is the second line of the file.
const stateForm = "# state: seeded %s, today %t"

// publish writes the state to the file, then shows it. A file is replaced as a
// whole, so that a crash leaves the old or the new one.
func (c *Company) publish(s *state) error {
	head := fmt.Sprintf("# Halden Instruments, the demo company. Written by the program after every change.\n"+stateForm+"\nversion: 1\n\n",
		s.seeded.Format(timeForm), s.today)
	if err := replaceFile(c.path, append([]byte(head), s.tree.ldif()...)); err != nil {
		return iam.Errorf(iam.Unavailable, "The demo company's file %s cannot be written.", c.path).
			Fix("Check the free space and the rights of its folder.").By(err)
	}
	c.state.Store(s)
	return nil
}

func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), FileName+".*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name()) // the first error is the one that counts
	}
	return err
}

func load(text string) (*state, error) {
	s := &state{tree: newTree(mustDN(BaseDN))}
	var stamp string
	lines := strings.SplitN(text, "\n", 3)
	if len(lines) < 3 {
		return nil, errors.New("it is no tree")
	}
	if _, err := fmt.Sscanf(strings.ReplaceAll(lines[1], ",", ""), strings.ReplaceAll(stateForm, ",", ""), &stamp, &s.today); err != nil {
		return nil, errors.New("its second line does not say when it was seeded")
	}
	var ok bool
	if s.seeded, ok = parseTime(stamp); !ok {
		return nil, fmt.Errorf("%q is no time", stamp)
	}
	blocks, err := parseLDIF(text)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		e, err := b.entry()
		if err == nil && s.tree.entries[e.key] != nil {
			err = fmt.Errorf("record at line %d: %s is there twice", b.line, e.dn)
		}
		if err != nil {
			return nil, err
		}
		s.tree.add(e)
	}
	if len(s.tree.order) == 0 {
		return nil, errors.New("it holds no entries")
	}
	return s, nil
}

// Dial connects to the company: one end of a pipe whose other end is served. No
// port is opened.
func (c *Company) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := net.Pipe()
	go c.Serve(server)
	return client, nil
}

// Kind reads this company through the LDAP kind.
func (c *Company) Kind() directory.Kind {
	return directory.Kind{
		Name:  "demo",
		Title: "Demo company",
		Open: func(cfg iam.SourceConfig, secret string) (directory.Source, error) {
			return ldap.OpenWith(cfg, secret, c.Dial)
		},
		Propose: func(ctx context.Context, cfg iam.SourceConfig, secret string) (iam.SourceConfig, error) {
			return ldap.ProposeWith(ctx, cfg, secret, c.Dial)
		},
		CannotSee: ldap.Kind.CannotSee,
		Searches:  ldap.Kind.Searches,
	}
}

// SourceName is what the company's directory is called.
const SourceName = "corp.halden.example"

// Config is how the company's directory is read: anonymously, so that the demo
// needs no password.
func (c *Company) Config() iam.SourceConfig {
	return iam.SourceConfig{
		URL:    "ldap://" + SourceName,
		BaseDN: BaseDN,
		Mapping: iam.Mapping{
			UserFilter:     "(|(objectClass=inetOrgPerson)(objectClass=account))",
			GroupFilter:    "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
			Login:          "uid",
			Name:           "cn",
			GivenName:      "givenName",
			Surname:        "sn",
			Mail:           "mail",
			Phone:          "telephoneNumber",
			EmployeeNumber: "employeeNumber",
			EmployeeType:   "employeeType",
			Department:     "departmentNumber",
			Title:          "title",
			Location:       "l",
			Manager:        "manager",
			Owner:          "owner",
			EndDate:        "schacExpiryDate",
			LastSignIn:     "authTimestamp",
			GroupName:      "cn",
			Service:        []string{"ou=service," + BaseDN},
			Shared:         []string{"ou=shared," + BaseDN},
			Privileged:     []string{"Administrators", "infra-operators", "Backup Operators", "Domain Admins"},
		},
	}
}
