package ldap

import (
	"strings"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// accountReader makes Accounts of rows.
type accountReader struct {
	layout *layout
	ids    idColumns
	state  stateColumns
	sights sights
	rules  policies
	now    time.Time

	objectClass, uid, gidNumber, description, created, modified int

	login, name, cn, givenName, surname, mail, phone, employeeNumber, employeeType, department, title, location,
	manager, owner, endDate, lastSignIn int

	mapping         iam.Mapping
	service, shared sortRule
}

func newAccountReader(sch schema, m iam.Mapping, s sights, rules policies, now time.Time) *accountReader {
	l := newLayout(sch)
	return &accountReader{
		layout: l, ids: wantIDs(l), state: wantState(l, s), sights: s, rules: rules, now: now,
		objectClass: l.want("objectClass"), uid: l.want("uid"), gidNumber: l.want("gidNumber"), description: l.want("description"),
		created: l.want("createTimestamp"), modified: l.want("modifyTimestamp"),
		login: l.want(m.Login), name: l.want(m.Name), cn: l.want("cn"), givenName: l.want(m.GivenName), surname: l.want(m.Surname),
		mail: l.want(m.Mail), phone: l.want(m.Phone), employeeNumber: l.want(m.EmployeeNumber),
		employeeType: l.want(m.EmployeeType), department: l.want(m.Department), title: l.want(m.Title),
		location: l.want(m.Location), manager: l.want(m.Manager), owner: l.want(m.Owner),
		endDate: l.want(m.EndDate), lastSignIn: l.want(m.LastSignIn),
		mapping: m, service: newSortRule(m.Service), shared: newSortRule(m.Shared),
	}
}

// account makes a record of r; id is its immutable id.
func (a *accountReader) account(r *row, id string) directory.Account {
	dn := clean(r.dn)
	ref := refOfDN(dn)
	if ref != "" && ref[len("dn:"):] == dn {
		dn = ref[len("dn:"):] // one string instead of two
	}
	facts := iam.AccountFacts{
		Login: r.first(a.login), Name: r.first(a.name), GivenName: r.first(a.givenName), Surname: r.first(a.surname),
		EmployeeNumber: r.first(a.employeeNumber), EmployeeType: r.first(a.employeeType),
		Department: r.first(a.department), Title: r.first(a.title), Location: r.first(a.location),
		Description: r.first(a.description),
		StartDate:   iam.NotSupportedMoment,
	}
	if facts.Name == "" {
		if facts.Name = r.first(a.cn); facts.Name == "" {
			facts.Name = facts.Login
		}
	}
	if v := r.first(a.manager); v != "" {
		facts.ManagerRef = refOfDN(v)
	}
	if v := r.first(a.owner); v != "" {
		facts.OwnerRef = refOfDN(v)
	}
	a.state.tell(&facts, r, a.sights, a.rules, a.now)
	facts.LastSignIn = a.moment(r, a.lastSignIn, a.mapping.LastSignIn, iam.Never)
	facts.EndDate = a.moment(r, a.endDate, a.mapping.EndDate, iam.Never)
	facts.CreatedAt = a.moment(r, a.created, "createTimestamp", iam.UnknownMoment)
	facts.ModifiedAt = a.moment(r, a.modified, "modifyTimestamp", iam.UnknownMoment)
	facts.Sort = a.sortOf(r, ref, facts.EmployeeType)

	refs := make([]string, 0, 2)
	if ref != "" {
		refs = append(refs, ref)
	}
	logins := r.all(a.uid)
	for _, login := range logins {
		if folded := refOfLogin(clean(login)); folded != "" {
			refs = append(refs, folded)
		}
	}
	if len(logins) == 0 {
		if folded := refOfLogin(facts.Login); folded != "" {
			refs = append(refs, folded)
		}
		if facts.Login == "" { // an account that only binds is known by its cn
			facts.Login = r.first(a.cn)
		}
	}
	return directory.Account{
		ExternalID: id, DN: dn, Refs: refs, Facts: facts,
		Contact: iam.Contact{Mail: r.first(a.mail), Phone: r.first(a.phone)},
		Primary: refOfGID(r.first(a.gidNumber)),
	}
}

func (a *accountReader) moment(r *row, column int, attr string, meaning iam.Moment) iam.Moment {
	if v := r.first(column); v != "" {
		return momentOf(v)
	}
	return absent(a.sights, meaning, attr)
}

func (a *accountReader) sortOf(r *row, ref, employeeType string) iam.Sort {
	switch {
	case a.service.fits(ref, employeeType):
		return iam.Service
	case a.shared.fits(ref, employeeType):
		return iam.Shared
	case !r.is(a.objectClass, "person") && !r.is(a.objectClass, "inetOrgPerson") &&
		(r.is(a.objectClass, "account") || r.is(a.objectClass, "applicationProcess") || r.is(a.objectClass, "simpleSecurityObject")):
		return iam.Service
	}
	return iam.Person
}

// sortRule is what an operator wrote to tell service or shared accounts.
type sortRule struct {
	below []string        // normal DNs
	types map[string]bool // folded employee types
}

func newSortRule(values []string) sortRule {
	rule := sortRule{types: map[string]bool{}}
	for _, v := range values {
		if normal, ok := normalDN(strings.TrimSpace(v)); ok && normal != "" {
			rule.below = append(rule.below, normal)
		} else if folded := foldValue(v); folded != "" {
			rule.types[folded] = true
		}
	}
	return rule
}

func (rule sortRule) fits(ref, employeeType string) bool {
	for _, base := range rule.below {
		if dn, ok := strings.CutPrefix(ref, "dn:"); ok && within(dn, base) {
			return true
		}
	}
	return employeeType != "" && len(rule.types) > 0 && rule.types[foldValue(employeeType)]
}

// groupReader makes Entitlements and Members of rows.
type groupReader struct {
	layout *layout
	ids    idColumns
	sights sights
	base   string // normal form

	name, cn, gidNumber, description, owner, created, modified, member, uniqueMember, memberUID int

	privileged map[string]bool // folded names
}

// memberAttributes name direct members: RFC 4519, RFC 2307.
var memberAttributes = []string{"member", "uniqueMember", "memberUid"}

func newGroupReader(sch schema, m iam.Mapping, s sights, base string) *groupReader {
	l := newLayout(sch)
	owner := m.Owner
	if owner == "" {
		owner = "owner"
	}
	g := &groupReader{
		layout: l, ids: wantIDs(l), sights: s, base: base,
		name: l.want(m.GroupName), cn: l.want("cn"), gidNumber: l.want("gidNumber"), description: l.want("description"), owner: l.want(owner),
		created: l.want("createTimestamp"), modified: l.want("modifyTimestamp"),
		member: l.want("member"), uniqueMember: l.want("uniqueMember"), memberUID: l.want("memberUid"),
		privileged: map[string]bool{},
	}
	for _, name := range m.Privileged {
		g.privileged[foldValue(name)] = true
	}
	return g
}

func (g *groupReader) group(r *row, id string) directory.Entitlement {
	dn := clean(r.dn)
	e := directory.Entitlement{ExternalID: id, Kind: iam.Group, DN: dn, Name: r.first(g.name)}
	if e.Name == "" {
		e.Name = r.first(g.cn)
	}
	if ref := refOfDN(dn); ref != "" {
		e.Refs = []string{ref}
	}
	// Two groups may have one number: then it means both, and the reader of these
	// records says that it is ambiguous.
	if ref := refOfGID(r.first(g.gidNumber)); ref != "" {
		e.Refs = append(e.Refs, ref)
	}
	e.Facts.Description = r.first(g.description)
	if v := r.first(g.owner); v != "" {
		e.Facts.OwnerRef = refOfDN(v)
	}
	for _, column := range []int{g.name, g.cn} {
		for _, v := range r.all(column) {
			e.Facts.Privileged = e.Facts.Privileged || g.privileged[foldValue(clean(v))]
		}
	}
	e.Facts.CreatedAt = absent(g.sights, iam.UnknownMoment, "createTimestamp")
	if v := r.first(g.created); v != "" {
		e.Facts.CreatedAt = momentOf(v)
	}
	e.Facts.ModifiedAt = absent(g.sights, iam.UnknownMoment, "modifyTimestamp")
	if v := r.first(g.modified); v != "" {
		e.Facts.ModifiedAt = momentOf(v)
	}
	return e
}

// members is the union of all member attributes, each reference once. A member
// of no length is the placeholder that groupOfNames needs when empty, and names
// nobody.
func (g *groupReader) members(r *row) []directory.Member {
	direct, unique, logins := r.all(g.member), r.all(g.uniqueMember), r.all(g.memberUID)
	members := make([]directory.Member, 0, len(direct)+len(unique)+len(logins))
	for _, v := range direct {
		if len(v) > 0 {
			members = append(members, g.byDN(clean(v), false))
		}
	}
	for _, v := range unique {
		if len(v) > 0 {
			members = append(members, g.byDN(clean(v), true))
		}
	}
	for _, v := range logins {
		if login := clean(v); login != "" {
			members = append(members, directory.Member{Ref: refOfLogin(login), Value: login})
		}
	}
	return once(members)
}

func (g *groupReader) byDN(value string, unique bool) directory.Member {
	name := value
	if unique {
		name = withoutUID(value)
	}
	ref := refOfDN(name)
	if len(name) == len(value) && ref != "" && ref[len("dn:"):] == value {
		value = ref[len("dn:"):] // one string instead of two
	}
	return directory.Member{Ref: ref, Value: value, OutsideScope: ref != "" && !within(ref[len("dn:"):], g.base)}
}

// once drops members that repeat an earlier one.
func once(members []directory.Member) []directory.Member {
	if len(members) < 2 {
		return members
	}
	seen := make(map[string]struct{}, len(members))
	kept := members[:0]
	for _, m := range members {
		key := m.Ref
		if key == "" {
			key = m.Value
		}
		if _, twice := seen[key]; twice {
			continue
		}
		seen[key] = struct{}{}
		kept = append(kept, m)
	}
	return kept
}
