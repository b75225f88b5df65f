package ad

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// accountReader makes Accounts of rows.
type accountReader struct {
	layout  *ldap.Layout
	rules   policies
	signIns bool // some account shows when it last signed in

	guid, sid, history, class, uac, computed, lockoutTime, expires, pwdLastSet, pwdExpires, resultant, created, changed,
	principal, services, adminCount, critical, primary, mailbox, cn, description int

	login, name, givenName, surname, mail, phone, employeeNumber, employeeType, department, title, location, manager,
	owner, endDate, lastSignIn int

	mapping         iam.Mapping
	service, shared ldap.Matcher
}

func newAccountReader(m iam.Mapping, rules policies, signIns bool) *accountReader {
	l := ldap.NewLayout()
	login := m.Login
	if login == "" {
		login = "sAMAccountName"
	}
	a := &accountReader{
		layout: l, rules: rules, signIns: signIns,
		guid: l.Want("objectGUID"), sid: l.Want("objectSid"), history: l.Want("sIDHistory"), class: l.Want("objectClass"),
		uac: l.Want("userAccountControl"), computed: l.Want("msDS-User-Account-Control-Computed"), lockoutTime: l.Want("lockoutTime"),
		expires: l.Want("accountExpires"), pwdLastSet: l.Want("pwdLastSet"), pwdExpires: l.Want("msDS-UserPasswordExpiryTimeComputed"),
		resultant: -1, created: l.Want("whenCreated"), changed: l.Want("whenChanged"),
		principal: l.Want("userPrincipalName"), services: l.Want("servicePrincipalName"), adminCount: l.Want("adminCount"),
		critical: l.Want("isCriticalSystemObject"), primary: l.Want("primaryGroupID"), mailbox: l.Want("msExchRecipientTypeDetails"),
		cn: l.Want("cn"), description: l.Want("description"),
		login: l.Want(login), name: l.Want(m.Name), givenName: l.Want(m.GivenName), surname: l.Want(m.Surname),
		mail: l.Want(m.Mail), phone: l.Want(m.Phone), employeeNumber: l.Want(m.EmployeeNumber), employeeType: l.Want(m.EmployeeType),
		department: l.Want(m.Department), title: l.Want(m.Title), location: l.Want(m.Location), manager: l.Want(m.Manager),
		owner: l.Want(m.Owner), endDate: l.Want(m.EndDate), lastSignIn: l.Want(m.LastSignIn),
		mapping: m, service: ldap.NewMatcher(m.Service), shared: ldap.NewMatcher(m.Shared),
	}
	if len(rules.fine) > 0 { // costs the server a closure for each account
		a.resultant = l.Want("msDS-ResultantPSO")
	}
	return a
}

// account makes a record of r; id is its objectGUID.
func (a *accountReader) account(r *ldap.Row, id string) directory.Account {
	dn := r.DN()
	ref := ldap.RefOfDN(dn)
	sid := firstSID(r, a.sid)
	f := iam.AccountFacts{
		Login: r.First(a.login), Name: r.First(a.name), GivenName: r.First(a.givenName), Surname: r.First(a.surname),
		EmployeeNumber: r.First(a.employeeNumber), EmployeeType: r.First(a.employeeType),
		Department: r.First(a.department), Title: r.First(a.title), Location: r.First(a.location), Description: r.First(a.description),
		PrincipalName: r.First(a.principal), SID: sid, StartDate: iam.NotSupportedMoment,
		CreatedAt: ldap.MomentOf(r.First(a.created)), ModifiedAt: ldap.MomentOf(r.First(a.changed)),
	}
	if f.Name == "" {
		if f.Name = r.First(a.cn); f.Name == "" {
			f.Name = f.Login
		}
	}
	if v := r.First(a.manager); v != "" {
		f.ManagerRef = ldap.RefOfDN(v)
	}
	if v := r.First(a.owner); v != "" {
		f.OwnerRef = ldap.RefOfDN(v)
	}
	f.ServiceNames = joined(r.Texts(a.services))
	var former []string
	for _, v := range r.Raw(a.history) {
		if text := sidText(v); text != "" {
			former = append(former, text)
		}
	}
	f.SIDHistory = joined(former)
	bits, hasBits := number(r.First(a.uac))
	a.state(&f, r, bits, hasBits)
	a.dates(&f, r)
	f.Sort = a.sortOf(r, ref, f, bits)
	f.Flags = a.flags(r, bits)

	record := directory.Account{ExternalID: id, DN: dn, Refs: []string{ref}, Facts: f, Contact: iam.Contact{Mail: r.First(a.mail), Phone: r.First(a.phone)}}
	if sid != "" {
		record.Refs = append(record.Refs, refOfSID(sid))
		if group := r.First(a.primary); group != "" {
			domain, _ := domainOf(sid)
			record.Primary = refOfSID(domain + "-" + group)
		}
	}
	return record
}

func firstSID(r *ldap.Row, place int) string {
	for _, v := range r.Raw(place) {
		if text := sidText(v); text != "" {
			return text
		}
	}
	return ""
}

func number(value string) (int64, bool) {
	n, err := strconv.ParseInt(value, 10, 64)
	return n, err == nil
}

// exempt are the accounts whose password does not expire and need not be
// changed, whatever pwdLastSet says (MS-ADTS section 3.1.1.4.5.17).
const exempt = uacNeverExpires | uacSmartCard | uacWorkstation | uacController | uacInterdomainTrust

// state fills in whether the account works. Every account of a domain has
// userAccountControl, pwdLastSet, accountExpires and the computed attributes:
// where one is absent, it may not be read.
func (a *accountReader) state(f *iam.AccountFacts, r *ldap.Row, bits int64, hasBits bool) {
	f.Enabled = iam.NotCollectedTri
	if hasBits {
		f.Enabled = iam.TriOf(bits&uacDisabled == 0)
	}
	f.Locked, f.LockedUntil = iam.NotCollectedTri, iam.NotCollectedMoment
	since := r.First(a.lockoutTime)
	if computed, ok := number(r.First(a.computed)); ok {
		f.Locked, f.LockedUntil = iam.TriOf(computed&uacLocked != 0), iam.Never
	} else if since != "" && since != "0" {
		f.Locked, f.LockedUntil = iam.UnknownTri, iam.UnknownMoment // locked once, and perhaps free again
	}
	if f.Locked == iam.Yes {
		f.LockedUntil = a.rules.of(r.First(a.resultant)).until(filetime(since, iam.UnknownMoment))
	}

	f.AccountExpires = iam.NotCollectedMoment
	if v := r.First(a.expires); v != "" {
		f.AccountExpires = filetime(v, iam.Never)
	}
	set := r.First(a.pwdLastSet)
	f.PasswordChanged, f.MustChange = iam.NotCollectedMoment, iam.NotCollectedTri
	if set != "" {
		f.PasswordChanged = filetime(set, iam.UnknownMoment) // 0 also takes the place of when it was
		f.MustChange = iam.No
		if set == "0" {
			f.MustChange = iam.UnknownTri
			if hasBits {
				f.MustChange = iam.TriOf(bits&exempt == 0)
			}
		}
	}
	f.PasswordExpires = iam.NotCollectedMoment
	if v := r.First(a.pwdExpires); v != "" {
		f.PasswordExpires = filetime(v, iam.UnknownMoment) // 0: it must be changed at once
	} else if hasBits && bits&exempt != 0 {
		f.PasswordExpires = iam.Never
	}
}

// dates fills in the last sign-in and the day somebody leaves.
func (a *accountReader) dates(f *iam.AccountFacts, r *ldap.Row) {
	f.LastSignIn = iam.NotSupportedMoment
	if a.mapping.LastSignIn != "" {
		f.LastSignIn = iam.NotCollectedMoment
		if v := r.First(a.lastSignIn); v != "" {
			f.LastSignIn = moment(v, iam.Never)
		} else if a.signIns {
			f.LastSignIn = iam.Never
		}
	}
	f.EndDate = iam.NotSupportedMoment
	if a.mapping.EndDate != "" {
		f.EndDate = moment(r.First(a.endDate), iam.Never)
	}
}

// moment is a filetime or a date in text; zero is what no value means.
func moment(value string, zero iam.Moment) iam.Moment {
	if value == "" {
		return zero
	}
	if n, ok := number(value); ok && (n < 19000101 || n > 99991231) { // not a date written as digits
		return filetime(value, zero)
	}
	return ldap.MomentOf(value)
}

// managedServices are the classes of accounts whose password the controllers
// change by themselves.
var managedServices = []string{"msDS-GroupManagedServiceAccount", "msDS-ManagedServiceAccount", "msDS-DelegatedManagedServiceAccount"}

func (a *accountReader) managed(r *ldap.Row) bool {
	return slices.ContainsFunc(managedServices, func(class string) bool { return r.Is(a.class, class) })
}

// sharedMailboxes are the values of Exchange's msExchRecipientTypeDetails for a
// shared mailbox, a room and a piece of equipment.
var sharedMailboxes = []string{"4", "16", "32"}

func (a *accountReader) sortOf(r *ldap.Row, ref string, f iam.AccountFacts, bits int64) iam.Sort {
	switch {
	case a.managed(r):
		return iam.Service
	case r.Is(a.class, "computer"):
		return iam.Computer
	case a.service.Fits(ref, f.EmployeeType):
		return iam.Service
	case a.shared.Fits(ref, f.EmployeeType), slices.Contains(sharedMailboxes, r.First(a.mailbox)):
		return iam.Shared
	case f.ServiceNames != "", bits&uacInterdomainTrust != 0:
		return iam.Service
	}
	return iam.Person
}

func (a *accountReader) flags(r *ldap.Row, bits int64) string {
	var words []string
	for _, one := range accountBits {
		if bits&one.bit != 0 {
			words = append(words, one.word)
		}
	}
	if n, ok := number(r.First(a.adminCount)); ok && n > 0 {
		words = append(words, "adminCount")
	}
	if r.Is(a.critical, "TRUE") {
		words = append(words, "critical")
	}
	if a.managed(r) {
		words = append(words, "managedService")
	}
	return joined(words)
}

// words are what an operator wrote, for comparing.
func folded(values []string) map[string]bool {
	set := map[string]bool{}
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			set[ldap.Fold(v)] = true
		}
	}
	return set
}
