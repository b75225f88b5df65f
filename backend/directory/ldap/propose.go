package ldap

import (
	"errors"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/iam"
)

// The filters proposed. They name classes rather than what a sample of entries
// carries, so that a sort of entry that first appears next month is read too.
// simpleSecurityObject are the accounts that only bind.
const (
	proposedUsers  = "(|(objectClass=person)(objectClass=posixAccount)(objectClass=account)(objectClass=simpleSecurityObject))"
	proposedGroups = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=groupOfMembers))"
)

// What is proposed for FreeIPA, which keeps everything twice: below cn=compat
// the same people and groups appear without their ids. Its roles are
// groupOfNames below cn=accounts too.
const (
	ipaAccounts = "cn=accounts"
	ipaUsers    = "(&(objectClass=posixAccount)(objectClass=krbPrincipalAux))"
	ipaGroups   = "(|(objectClass=groupOfNames)(&(objectClass=posixGroup)(objectClass=ipaObject)))"
)

// ipaPrivileged are FreeIPA's own groups and roles that give power over others.
var ipaPrivileged = []string{
	"trust admins", "User Administrator", "Security Architect", "IT Security Specialist", "IT Specialist", "helpdesk",
	"Enrollment Administrator",
}

// isFreeIPA reports whether the server keeps FreeIPA's objects.
func (s server) isFreeIPA() bool {
	return s.schema.readable() && s.schema.has("ipaUniqueID") && s.schema.has("krbPrincipalName")
}

// proposedPrivileged are the names under which groups give power over others
// nearly everywhere.
var proposedPrivileged = []string{
	"Administrators", "Domain Admins", "Enterprise Admins", "Schema Admins", "Account Operators", "Backup Operators",
	"Server Operators", "Print Operators", "Directory Administrators", "admins", "admin", "sysadmins", "ldap-admins",
	"root", "wheel", "sudo", "sudoers", "adm", "docker", "libvirt",
}

// candidates are the attributes that commonly hold what a field of the mapping
// means, best first.
var candidates = []struct {
	field func(*iam.Mapping) *string
	attrs []string
	// optional fields are proposed only where entries carry the attribute or
	// the schema knows it.
	optional bool
}{
	{func(m *iam.Mapping) *string { return &m.Login }, []string{"uid", "cn"}, false},
	{func(m *iam.Mapping) *string { return &m.Name }, []string{"displayName", "cn"}, false},
	{func(m *iam.Mapping) *string { return &m.GivenName }, []string{"givenName"}, false},
	{func(m *iam.Mapping) *string { return &m.Surname }, []string{"sn"}, false},
	{func(m *iam.Mapping) *string { return &m.Mail }, []string{"mail"}, false},
	{func(m *iam.Mapping) *string { return &m.Phone }, []string{"telephoneNumber", "mobile"}, true},
	{func(m *iam.Mapping) *string { return &m.EmployeeNumber }, []string{"employeeNumber"}, true},
	{func(m *iam.Mapping) *string { return &m.EmployeeType }, []string{"employeeType"}, true},
	{func(m *iam.Mapping) *string { return &m.Department }, []string{"department", "departmentNumber", "ou"}, true},
	{func(m *iam.Mapping) *string { return &m.Title }, []string{"title"}, true},
	{func(m *iam.Mapping) *string { return &m.Location }, []string{"l", "physicalDeliveryOfficeName"}, true},
	{func(m *iam.Mapping) *string { return &m.Manager }, []string{"manager"}, true},
	{func(m *iam.Mapping) *string { return &m.Owner }, []string{"owner"}, true},
	{func(m *iam.Mapping) *string { return &m.EndDate }, []string{"schacExpiryDate"}, true},
	{func(m *iam.Mapping) *string { return &m.LastSignIn }, []string{"authTimestamp", "pwdLastSuccess", "lastLoginTime", "krbLastSuccessfulAuth"}, true},
	{func(m *iam.Mapping) *string { return &m.GroupName }, []string{"cn"}, false},
}

// sampleSize is how many accounts are looked at to propose a mapping and to
// choose the samples of a Check.
const sampleSize = 500

// propose fills the base and, where the operator has none, the mapping. A
// mapping with a user filter is the operator's: only what a read cannot do
// without is added to it.
func propose(c *conn, srv server, cfg iam.SourceConfig) (iam.SourceConfig, error) {
	var err error
	if cfg.BaseDN == "" {
		if cfg.BaseDN, err = proposeBase(c, srv); err != nil || cfg.BaseDN == "" {
			return cfg, err
		}
	}
	m := &cfg.Mapping
	fresh := m.UserFilter == ""
	users, groups := proposedUsers, proposedGroups
	if srv.isFreeIPA() {
		users, groups = ipaUsers, ipaGroups
	}
	if fresh {
		m.UserFilter = users
	}
	if m.GroupFilter == "" {
		m.GroupFilter = groups
	}
	if !fresh && m.Login != "" && m.GroupName != "" {
		return cfg, nil
	}
	carried, err := carriedAttributes(c, cfg)
	if err != nil {
		return cfg, err
	}
	for _, one := range candidates {
		field := one.field(m)
		if *field != "" || !fresh && field != &m.Login && field != &m.GroupName {
			continue
		}
		*field = choose(one.attrs, one.optional, srv.schema, carried)
	}
	if !fresh {
		return cfg, nil
	}
	if len(m.Service) == 0 {
		m.Service, err = unitsNamed(c, cfg.BaseDN, "service", "services", "service accounts", "serviceaccounts", "service-accounts", "system", "robots")
	}
	if len(m.Shared) == 0 && err == nil {
		m.Shared, err = unitsNamed(c, cfg.BaseDN, "shared", "shared accounts", "shared-accounts", "functional", "kiosks")
	}
	if len(m.Privileged) == 0 {
		m.Privileged = slices.Clone(proposedPrivileged)
		if srv.isFreeIPA() {
			m.Privileged = append(m.Privileged, ipaPrivileged...)
		}
	}
	return cfg, err
}

func choose(attrs []string, optional bool, sch schema, carried map[string]int) string {
	for _, attr := range attrs {
		if carried[lowerASCII(attr)] > 0 {
			return attr
		}
	}
	for _, attr := range attrs {
		if !optional || sch.readable() && sch.has(attr) {
			return attr
		}
	}
	return ""
}

// proposeBase is the naming context that has people, or the first that is not
// the server's own.
func proposeBase(c *conn, srv server) (string, error) {
	first := ""
	for _, context := range srv.contexts {
		switch lowerASCII(context) {
		case "", "cn=log", "cn=accesslog", "cn=monitor", "cn=config", "cn=changelog", "o=netscaperoot":
			continue
		}
		if first == "" {
			first = context
		}
		found := false
		_, err := c.search(query{base: context, scope: goldap.ScopeWholeSubtree, filter: "(|(objectClass=person)(objectClass=posixAccount)(objectClass=account))", attrs: []string{"1.1"}, limit: 1},
			func(*entry) error { found = true; return nil }, nil)
		if err := broken(err); err != nil {
			return "", err
		}
		if found && srv.isFreeIPA() {
			return ipaAccounts + "," + context, nil
		}
		if found {
			return context, nil
		}
	}
	return first, nil
}

// errEnough ends a paged search after a page.
var errEnough = errors.New("enough")

// carriedAttributes counts which candidates a sample of the accounts carries,
// without fetching a value.
func carriedAttributes(c *conn, cfg iam.SourceConfig) (map[string]int, error) {
	var names []string
	for _, one := range candidates {
		names = append(names, one.attrs...)
	}
	carried := map[string]int{}
	err := c.paged(query{base: cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: cfg.Mapping.UserFilter, attrs: names, typesOnly: true}, sampleSize,
		func(e *entry) error {
			for _, a := range e.attributes {
				name, _ := splitOptions(a.name)
				carried[lowerASCII(string(name))]++
			}
			return nil
		}, nil, func() error { return errEnough })
	if err == errEnough || err == errUnpaged {
		err = nil
	}
	return carried, broken(err)
}

// unitsNamed are the organisational units with one of the names.
func unitsNamed(c *conn, base string, names ...string) ([]string, error) {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("(ou=" + goldap.EscapeFilter(name) + ")")
	}
	found, err := c.objects(query{base: base, scope: goldap.ScopeWholeSubtree, limit: 20, attrs: []string{"1.1"},
		filter: "(&(objectClass=organizationalUnit)(|" + b.String() + "))"})
	var units []string
	for _, o := range found {
		units = append(units, o.dn)
	}
	return units, broken(err)
}
