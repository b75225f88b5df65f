package file

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// The filters proposed for LDIF files, by class. A file has no schema that would
// tell that every inetOrgPerson is a person.
const (
	proposedUsers  = "(|(objectClass=person)(objectClass=organizationalPerson)(objectClass=inetOrgPerson)(objectClass=posixAccount)(objectClass=account)(objectClass=simpleSecurityObject)(objectClass=user))"
	proposedGroups = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=groupOfMembers)(objectClass=group))"
)

// proposedMapping are the attributes that commonly hold what a field means.
func proposedMapping(m iam.Mapping) iam.Mapping {
	if m.UserFilter != "" {
		return m
	}
	return iam.Mapping{
		UserFilter: proposedUsers, GroupFilter: proposedGroups, Login: "uid", Name: "cn", GivenName: "givenName", Surname: "sn", Mail: "mail",
		Phone: "telephoneNumber", EmployeeNumber: "employeeNumber", EmployeeType: "employeeType", Department: "departmentNumber", Title: "title",
		Location: "l", Manager: "manager", Owner: "owner", EndDate: "schacExpiryDate", GroupName: "cn", Service: m.Service, Shared: m.Shared, Privileged: m.Privileged,
	}
}

// neverRead are attributes that hold a secret, a picture or a private address.
var neverRead = []string{
	"userpassword", "unicodepwd", "clearpassword", "sambantpassword", "sambalmpassword", "authpassword", "krbprincipalkey", "ms-mcs-admpwd",
	"mslaps-password", "mslaps-encryptedpassword", "jpegphoto", "thumbnailphoto", "photo", "homephone", "homepostaladdress", "pwdhistory",
}

// mappedTexts are the attributes of a mapping by the field's name in the API.
func mappedTexts(m iam.Mapping) map[string]string {
	return map[string]string{
		"login": m.Login, "name": m.Name, "givenName": m.GivenName, "surname": m.Surname, "mail": m.Mail, "phone": m.Phone, "employeeNumber": m.EmployeeNumber,
		"employeeType": m.EmployeeType, "department": m.Department, "title": m.Title, "location": m.Location, "manager": m.Manager, "owner": m.Owner,
		"endDate": m.EndDate, "lastSignIn": m.LastSignIn, "groupName": m.GroupName,
	}
}

func validMapping(m iam.Mapping, f iam.FileConfig) error {
	for field, text := range map[string]string{"userFilter": m.UserFilter, "groupFilter": m.GroupFilter} {
		if text == "" {
			continue
		}
		if _, err := parseFilter(text); err != nil {
			return iam.Errorf(iam.Invalid, "The filter %q cannot be used for a file. It looks like (objectClass=person), or several of those in (|…), (&…) and (!…).", text).In("mapping." + field)
		}
	}
	texts := mappedTexts(m)
	for field, attr := range texts {
		if slices.Contains(neverRead, strings.ToLower(attr)) {
			return iam.Errorf(iam.Invalid, "Gatehouse never reads %s: it holds a secret, a picture or a private address. Choose another attribute.", attr).In("mapping." + field)
		}
	}
	if f.Format == formatLDIF && slices.Contains(neverRead, strings.ToLower(f.KeyColumn)) {
		return iam.Errorf(iam.Invalid, "Gatehouse never reads %s. Choose another attribute as the key.", f.KeyColumn).In("file.keyColumn")
	}
	return nil
}

// ldifReader makes records of entries.
type ldifReader struct {
	m             iam.Mapping
	key           string
	users, groups filter
	known         *keys // the ids
	total         int64
	withID        int64
}

func (s *source) ldif() (*ldifReader, error) {
	r := &ldifReader{m: s.cfg.Mapping, key: s.file.KeyColumn, known: &keys{seed: maphash.MakeSeed()}}
	var err error
	if r.users, err = parseFilter(r.m.UserFilter); err == nil {
		r.groups, err = parseFilter(r.m.GroupFilter)
	}
	return r, err
}

func (s *source) readLDIF(ctx context.Context, o *opened, yield func(directory.Record) error) (int64, error) {
	r, err := s.ldif()
	if err != nil {
		return 0, err
	}
	// The first pass finds the ids that more than one entry has.
	for _, each := range []func(entry) error{r.count, func(e entry) error { return r.records(e, yield) }} {
		if _, err := o.Seek(0, io.SeekStart); err != nil {
			return 0, err
		}
		if err := readEntries(o, func(e entry) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return each(e)
		}); err != nil {
			return 0, err
		}
		if r.known.shared == nil {
			r.known.sort()
		}
	}
	if r.total == 0 {
		return 0, s.noRows()
	}
	if r.withID == 0 {
		return 0, errNoKey()
	}
	return r.total, nil
}

// count notes the id of an entry.
func (r *ldifReader) count(e entry) error {
	if id := r.id(e); id != "" && (r.users(e) || r.groups(e)) {
		r.known.add(id)
	}
	return nil
}

// records yields what an entry says. An entry that neither filter fits is not
// within what is read.
func (r *ldifReader) records(e entry, yield func(directory.Record) error) error {
	user := r.users(e)
	if !user && !r.groups(e) {
		return nil
	}
	r.total++
	id := r.id(e)
	if id != "" {
		r.withID++
	}
	reason := ""
	switch {
	case e.fault != "":
		reason = e.fault
	case e.dn == "":
		reason = fmt.Sprintf("line %d: the entry has no name", e.line)
	case id == "":
		reason = fmt.Sprintf("line %d: the entry has no immutable id (%s)", e.line, strings.Join(r.ids(), ", "))
	case r.known.twice(id):
		reason = fmt.Sprintf("line %d: another entry has the same id %s; which of them is right cannot be told, so none is used", e.line, id)
	}
	dn := clean(e.dn)
	if reason != "" {
		if err := yield(directory.Skipped{DN: dn, Ref: refOfDN(dn), Reason: reason}); err != nil {
			return err
		}
		return r.known.keep(id, yield)
	}
	if user {
		return yield(r.account(e, id, dn))
	}
	if err := yield(r.group(e, id, dn)); err != nil {
		return err
	}
	return yield(directory.Members{ExternalID: id, Members: members(e)})
}

// ids are the attributes that may hold an id, best first.
func (r *ldifReader) ids() []string {
	if r.key != "" {
		return []string{r.key}
	}
	return []string{"entryUUID", "nsUniqueId", "ipaUniqueID", "objectGUID"}
}

func (r *ldifReader) id(e entry) string {
	for _, attr := range r.ids() {
		v := e.first(attr)
		if strings.EqualFold(attr, "objectGUID") && len(v) == 16 {
			return guid([]byte(v))
		}
		if v = strings.TrimSpace(clean(v)); v != "" {
			return v
		}
	}
	return ""
}

// guid writes the sixteen bytes of an objectGUID as people know them.
func guid(b []byte) string {
	return hex.EncodeToString([]byte{b[3], b[2], b[1], b[0]}) + "-" + hex.EncodeToString([]byte{b[5], b[4]}) + "-" +
		hex.EncodeToString([]byte{b[7], b[6]}) + "-" + hex.EncodeToString(b[8:10]) + "-" + hex.EncodeToString(b[10:16])
}

func (r *ldifReader) account(e entry, id, dn string) directory.Account {
	text := func(attr string) string {
		if attr == "" {
			return ""
		}
		return clean(e.first(attr))
	}
	f := iam.AccountFacts{
		Login: text(r.m.Login), Name: text(r.m.Name), GivenName: text(r.m.GivenName), Surname: text(r.m.Surname), EmployeeNumber: number(text(r.m.EmployeeNumber)),
		EmployeeType: text(r.m.EmployeeType), Department: text(r.m.Department), Title: text(r.m.Title), Location: text(r.m.Location),
		ManagerRef: refOfDN(text(r.m.Manager)), OwnerRef: refOfDN(text(r.m.Owner)), Description: text("description"),
	}
	untold(&f)
	f.Sort = r.sortOf(dn, f.EmployeeType)
	f.Enabled = enabledOf(e)
	if r.m.EndDate != "" {
		if f.EndDate = iam.Never; text(r.m.EndDate) != "" {
			f.EndDate = ldapMoment(text(r.m.EndDate))
		}
	}
	if r.m.LastSignIn != "" {
		f.LastSignIn = ldapMoment(text(r.m.LastSignIn))
	}
	f.CreatedAt, f.ModifiedAt = ldapMoment(text("createTimestamp")), ldapMoment(text("modifyTimestamp"))
	a := directory.Account{ExternalID: id, DN: dn, Refs: []string{refOfDN(dn)}, Facts: f, Contact: iam.Contact{Mail: text(r.m.Mail), Phone: text(r.m.Phone)}}
	if f.Login != "" {
		a.Refs = append(a.Refs, refOf(managerLogin, f.Login))
	}
	a.Primary = clean(e.first("gidNumber"))
	if a.Primary != "" {
		a.Primary = "gid:" + a.Primary
	}
	return a
}

// enabledOf is what the attributes of the common servers say, unknown where the
// entry has none of them.
func enabledOf(e entry) iam.Tri {
	if v := e.first("nsAccountLock"); v != "" {
		return iam.TriOf(!strings.EqualFold(v, "true"))
	}
	if v := e.first("userAccountControl"); v != "" {
		var flags int64
		if _, err := fmt.Sscan(v, &flags); err == nil {
			return iam.TriOf(flags&2 == 0)
		}
	}
	if strings.HasPrefix(e.first("pwdAccountLockedTime"), "000001010000") {
		return iam.No
	}
	return iam.UnknownTri
}

// ldapMoment reads generalizedTime (RFC 4517 section 3.3.13) and ISO dates.
func ldapMoment(s string) iam.Moment {
	if len(s) >= 8 && strings.Trim(s[:8], "0123456789") == "" {
		s = s[:4] + "-" + s[4:6] + "-" + s[6:8] + clockOf(s[8:])
	}
	if t, ok := parseClock(s); ok {
		return iam.MomentOf(t)
	}
	t, wrong := day(sheet.Cell{Text: s}, "")
	if wrong != "" {
		return iam.UnknownMoment
	}
	return iam.MomentOf(t)
}

func (r *ldifReader) sortOf(dn, employeeType string) iam.Sort {
	fits := func(values []string) bool {
		for _, v := range values {
			if ref := refOfDN(v); v != "" && (strings.Contains(v, "=") && strings.HasSuffix(refOfDN(dn), ","+strings.TrimPrefix(ref, "dn:")) ||
				employeeType != "" && strings.EqualFold(v, employeeType)) {
				return true
			}
		}
		return false
	}
	switch {
	case fits(r.m.Service):
		return iam.Service
	case fits(r.m.Shared):
		return iam.Shared
	}
	return iam.Person
}

func (r *ldifReader) group(e entry, id, dn string) directory.Entitlement {
	attr := r.m.GroupName
	if attr == "" {
		attr = "cn"
	}
	name := clean(e.first(attr))
	if name == "" {
		name = dn
	}
	g := directory.Entitlement{
		ExternalID: id, Kind: iam.Group, Name: name, DN: dn, Refs: []string{refOfDN(dn)},
		Facts: iam.EntitlementFacts{
			Description: clean(e.first("description")), Privileged: slices.ContainsFunc(r.m.Privileged, func(s string) bool { return foldText(s) == foldText(name) }),
			CreatedAt: ldapMoment(e.first("createTimestamp")), ModifiedAt: ldapMoment(e.first("modifyTimestamp")),
		},
	}
	if r.m.Owner != "" {
		g.Facts.OwnerRef = refOfDN(clean(e.first(r.m.Owner)))
	}
	if number := clean(e.first("gidNumber")); number != "" {
		g.Refs = append(g.Refs, "gid:"+number)
	}
	return g
}

// members are the direct members that the entry lists, each once.
func members(e entry) []directory.Member {
	var out []directory.Member
	seen := map[string]bool{}
	for _, list := range []struct {
		attr string
		ref  func(string) string
	}{
		{"member", refOfDN}, {"uniquemember", refOfDN}, {"memberuid", func(v string) string { return refOf(managerLogin, v) }},
	} {
		for _, v := range e.values[list.attr] {
			m := directory.Member{Ref: list.ref(clean(v)), Value: clean(v)}
			if m.Ref != "" && seen[m.Ref] {
				continue
			}
			seen[m.Ref] = true
			out = append(out, m)
		}
	}
	return out
}
