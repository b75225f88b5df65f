package ad

import (
	"errors"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// The filters proposed. Computers and managed service accounts are of class
// user too.
const (
	proposedUsers  = "(objectClass=user)"
	proposedGroups = "(objectClass=group)"
)

// proposedPrivileged are groups that give power over others and have no SID of
// their own everywhere; those that have one count whatever they are called.
var proposedPrivileged = []string{"DnsAdmins", "Organization Management", "Exchange Trusted Subsystem", "Exchange Windows Permissions", "ADSyncAdmins"}

// defaults are the attributes that hold what a field of the mapping means.
var defaults = []struct {
	field func(*iam.Mapping) *string
	attr  string
}{
	{func(m *iam.Mapping) *string { return &m.Login }, "sAMAccountName"},
	{func(m *iam.Mapping) *string { return &m.Name }, "displayName"},
	{func(m *iam.Mapping) *string { return &m.GivenName }, "givenName"},
	{func(m *iam.Mapping) *string { return &m.Surname }, "sn"},
	{func(m *iam.Mapping) *string { return &m.Mail }, "mail"},
	{func(m *iam.Mapping) *string { return &m.Phone }, "telephoneNumber"},
	{func(m *iam.Mapping) *string { return &m.EmployeeType }, "employeeType"},
	{func(m *iam.Mapping) *string { return &m.Department }, "department"},
	{func(m *iam.Mapping) *string { return &m.Title }, "title"},
	{func(m *iam.Mapping) *string { return &m.Location }, "l"},
	{func(m *iam.Mapping) *string { return &m.Manager }, "manager"},
	{func(m *iam.Mapping) *string { return &m.Owner }, "managedBy"},
	{func(m *iam.Mapping) *string { return &m.LastSignIn }, "lastLogonTimestamp"},
	{func(m *iam.Mapping) *string { return &m.GroupName }, "cn"},
}

// sampleSize is how many accounts are looked at to propose a mapping.
const sampleSize = 500

// propose fills the base and, where the operator has none, the mapping. A
// mapping with a user filter is the operator's: only what a read cannot do
// without is added to it.
func propose(s *ldap.Session, dc controller, cfg iam.SourceConfig) (iam.SourceConfig, error) {
	if cfg.BaseDN == "" {
		cfg.BaseDN = dc.domain
	}
	m := &cfg.Mapping
	fresh := m.UserFilter == ""
	if fresh {
		m.UserFilter = proposedUsers
	}
	if m.GroupFilter == "" {
		m.GroupFilter = proposedGroups
	}
	if m.Login == "" {
		m.Login = "sAMAccountName"
	}
	if m.GroupName == "" {
		m.GroupName = "cn"
	}
	if !fresh {
		return cfg, nil
	}
	for _, one := range defaults {
		if field := one.field(m); *field == "" {
			*field = one.attr
		}
	}
	var err error
	if m.EmployeeNumber == "" {
		if m.EmployeeNumber, err = carried(s, cfg, "employeeID", "employeeNumber"); err != nil {
			return cfg, err
		}
	}
	if len(m.Service) == 0 {
		if m.Service, err = unitsNamed(s, cfg.BaseDN, "service", "services", "service accounts", "serviceaccounts", "service-accounts"); err != nil {
			return cfg, err
		}
	}
	if len(m.Shared) == 0 {
		if m.Shared, err = unitsNamed(s, cfg.BaseDN, "shared", "shared accounts", "shared mailboxes", "sharedmailboxes", "functional", "kiosks"); err != nil {
			return cfg, err
		}
	}
	if len(m.Privileged) == 0 {
		m.Privileged = append([]string(nil), proposedPrivileged...)
	}
	return cfg, nil
}

// errEnough ends a paged search after a page.
var errEnough = errors.New("enough")

// carried is the attribute that most of a sample of the accounts carry, the
// first if none does.
func carried(s *ldap.Session, cfg iam.SourceConfig, attrs ...string) (string, error) {
	best, most := attrs[0], 0
	for _, attr := range attrs {
		n := 0
		q := whole(cfg.BaseDN, "(&"+cfg.Mapping.UserFilter+"("+attr+"=*))")
		q.Limit = sampleSize
		err := s.Search(q, nothing(), func(*ldap.Row) error { n++; return nil }, nil)
		if err := broken(err); err != nil {
			return "", err
		}
		if n > most {
			best, most = attr, n
		}
	}
	return best, nil
}

// unitsNamed are the organisational units with one of the names.
func unitsNamed(s *ldap.Session, base string, names ...string) (units []string, err error) {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("(ou=" + goldap.EscapeFilter(name) + ")")
	}
	q := whole(base, "(&(objectClass=organizationalUnit)(|"+b.String()+"))")
	q.Limit = 20
	err = s.Search(q, nothing(), func(r *ldap.Row) error { units = append(units, r.DN()); return nil }, nil)
	return units, broken(err)
}
