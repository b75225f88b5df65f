package ldap

import (
	"strconv"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/iam"
)

// stateAttributes tell whether an account works: OpenLDAP's password policy
// (draft-behera-ldap-password-policy), 389 Directory Server's and eDirectory's
// switches, and the shadow attributes of RFC 2307.
var stateAttributes = []string{
	"pwdAccountLockedTime", "nsAccountLock", "loginDisabled",
	"pwdChangedTime", "pwdReset", "pwdEndTime", "pwdPolicySubentry",
	"shadowExpire", "shadowLastChange", "shadowMax",
}

// sight is how much of an attribute a bind account sees.
type sight int8

const (
	unsupported sight = iota // not in the server's schema
	hidden                   // no entry shows it: a right or a setting is missing
	visible
)

// sights is sight by attribute name in lower case, and as it is written in this
// package, so that asking for it costs nothing.
type sights map[string]sight

func (s sights) set(attr string, seen sight) { s[attr], s[lowerASCII(attr)] = seen, seen }

func (s sights) of(attr string) sight {
	seen, ok := s[attr]
	if !ok {
		seen = s[lowerASCII(attr)]
	}
	return seen
}

// absent is the value of a fact that no attribute of an entry tells:
// NotSupported where the schema has none of them, NotCollected where one of
// them is hidden, else what the absence means.
func absent[T ~int8 | ~int64](s sights, meaning T, attrs ...string) T {
	seen := unsupported
	for _, attr := range attrs {
		switch s.of(attr) {
		case hidden:
			return T(iam.NotCollectedMoment)
		case visible:
			seen = visible
		}
	}
	if seen == unsupported {
		return T(iam.NotSupportedMoment)
	}
	return meaning
}

// look finds out how much of attr the accounts show. A server evaluates
// (!(attr=*)) as true only for those who may search the attribute (RFC 4511
// section 4.5.1.7: otherwise the filter is Undefined), so one entry that
// matches proves the right even where no entry has a value, and the server can
// stop at the first.
func look(c *conn, sch schema, base, filter, attr string) (sight, error) {
	if !sch.has(attr) {
		return unsupported, nil
	}
	seen := hidden
	_, err := c.search(query{base: base, scope: goldap.ScopeWholeSubtree, filter: "(&" + filter + "(|(" + attr + "=*)(!(" + attr + "=*))))",
		attrs: []string{attr}, typesOnly: true, limit: 1, seconds: max(1, int(c.timeout.Seconds()/2))},
		func(*entry) error { seen = visible; return nil }, nil)
	return seen, broken(err)
}

// lookForValue is look for an attribute that is in the schema of servers that
// do not write it: only a value counts, among the first thousand accounts. A
// search for a value nobody has would make the server read its whole tree.
func lookForValue(c *conn, sch schema, base, filter, attr string) (sight, error) {
	if !sch.has(attr) {
		return unsupported, nil
	}
	seen := hidden
	err := c.paged(query{base: base, scope: goldap.ScopeWholeSubtree, filter: filter, attrs: []string{attr}, typesOnly: true}, 1000,
		func(e *entry) error {
			if len(e.attributes) > 0 {
				seen = visible
			}
			return nil
		}, nil, func() error { return errEnough })
	if err == errEnough || err == errUnpaged {
		err = nil
	}
	return seen, broken(err)
}

// broken keeps only the errors of the connection: that a server refuses a probe
// is an answer too.
func broken(err error) error {
	if isRefusal(err) {
		return nil
	}
	return err
}

// policy is a password policy entry, durations in seconds.
type policy struct {
	maxAge          int64 // 0: passwords do not expire
	lockoutDuration int64 // 0: until an administrator unlocks
	maxFailure      int64 // failed attempts that lock; 0: none do. Kerberos alone
}

// policies are the password policies in force, as far as readable.
type policies struct {
	byDN     map[string]policy
	fallback *policy // for entries that name none
}

func (p policies) of(subentry string) *policy {
	if subentry == "" {
		return p.fallback
	}
	normal, _ := normalDN(subentry)
	if found, ok := p.byDN[normal]; ok {
		return &found
	}
	return nil
}

// readPolicies finds the policy entries of the naming context around base. An
// LDAP client cannot ask OpenLDAP which is its default; the only one there is,
// or the one called "default", is taken for it.
func readPolicies(c *conn, srv server, base string) (policies, error) {
	p := policies{byDN: map[string]policy{}}
	for _, context := range srv.contexts {
		if normal, ok := normalDN(context); ok && normal != "" && within(base, normal) {
			base = normal
		}
	}
	if err := kerberosPolicies(c, srv.schema, base, &p); err != nil || p.fallback != nil || !srv.schema.has("pwdMaxAge") {
		return p, err
	}
	found, err := c.objects(query{base: base, scope: goldap.ScopeWholeSubtree, filter: "(objectClass=pwdPolicy)", limit: 1000,
		attrs: []string{"cn", "pwdMaxAge", "pwdLockoutDuration"}})
	if err := broken(err); err != nil {
		return p, err
	}
	for _, o := range found {
		var one policy
		one.maxAge, _ = strconv.ParseInt(o.first("pwdmaxage"), 10, 64)
		one.lockoutDuration, _ = strconv.ParseInt(o.first("pwdlockoutduration"), 10, 64)
		normal, _ := normalDN(o.dn)
		p.byDN[normal] = one
		if len(found) == 1 || strings.HasPrefix(normal, "cn=default,") {
			p.fallback = &one
		}
	}
	return p, nil
}

// stateColumns are the places of the state attributes in a row.
type stateColumns struct {
	lockedTime, nsLock, disabled, changed, reset, end, subentry, shadowExpire, shadowLast, shadowMax int

	ds dsColumns
}

func wantState(l *layout, s sights) stateColumns {
	want := func(name string) int {
		if s[lowerASCII(name)] == unsupported {
			return -1
		}
		return l.want(name)
	}
	return stateColumns{
		want("pwdAccountLockedTime"), want("nsAccountLock"), want("loginDisabled"), want("pwdChangedTime"), want("pwdReset"),
		want("pwdEndTime"), want("pwdPolicySubentry"), want("shadowExpire"), want("shadowLastChange"), want("shadowMax"),
		wantDS(l, want),
	}
}

// lockedByAdministrator is the value of pwdAccountLockedTime that disables an
// account (draft-behera-ldap-password-policy section 5.3.3).
const lockedByAdministrator = "000001010000Z"

// tell fills in what a row says about the state of its account.
func (k stateColumns) tell(f *iam.AccountFacts, r *row, s sights, p policies, now time.Time) {
	rule := p.of(r.first(k.subentry))
	k.tellLock(f, r, s, rule, now)

	shadowLast, hasLast := days(r.first(k.shadowLast))
	f.PasswordChanged = absent(s, iam.UnknownMoment, "pwdChangedTime", "shadowLastChange")
	if v := r.first(k.changed); v != "" {
		f.PasswordChanged = momentOf(v)
	} else if hasLast && shadowLast > 0 {
		f.PasswordChanged = iam.Moment(shadowLast * day)
	}
	f.MustChange = absent(s, iam.No, "pwdReset", "shadowLastChange")
	if r.is(k.reset, "TRUE") || hasLast && shadowLast == 0 {
		f.MustChange = iam.Yes
	}
	f.PasswordExpires = k.passwordExpiry(f.PasswordChanged, r, s, rule)

	f.AccountExpires = absent(s, iam.Never, "pwdEndTime", "shadowExpire")
	if v := r.first(k.end); v != "" {
		f.AccountExpires = momentOf(v)
	}
	if n, ok := days(r.first(k.shadowExpire)); ok && n >= 0 {
		f.AccountExpires = earlier(f.AccountExpires, iam.Moment(n*day))
	}
	k.ds.tell(f, r, s, p, now)
}

func (k stateColumns) tellLock(f *iam.AccountFacts, r *row, s sights, rule *policy, now time.Time) {
	f.Enabled = absent(s, iam.Yes, "pwdAccountLockedTime", "nsAccountLock", "loginDisabled")
	f.Locked = absent(s, iam.No, "pwdAccountLockedTime")
	f.LockedUntil = absent(s, iam.Never, "pwdAccountLockedTime")
	if r.is(k.nsLock, "TRUE") || r.is(k.disabled, "TRUE") {
		f.Enabled = iam.No
	}
	since := r.first(k.lockedTime)
	if since == lockedByAdministrator {
		f.Enabled, f.Locked, f.LockedUntil = iam.No, iam.No, iam.Never
		return
	}
	if since == "" {
		return
	}
	at := momentOf(since)
	switch {
	case rule == nil:
		f.Locked, f.LockedUntil = iam.Yes, iam.NotCollectedMoment
	case rule.lockoutDuration == 0:
		f.Locked, f.LockedUntil = iam.Yes, iam.Never
	case !at.Known():
		f.Locked, f.LockedUntil = iam.UnknownTri, iam.UnknownMoment
	default:
		until := at + iam.Moment(rule.lockoutDuration*int64(time.Second/time.Microsecond))
		if until > iam.MomentOf(now) {
			f.Locked, f.LockedUntil = iam.Yes, until
		}
	}
}

// passwordExpiry is the earlier of what the policy and the shadow attributes
// say.
func (k stateColumns) passwordExpiry(changed iam.Moment, r *row, s sights, rule *policy) iam.Moment {
	byPolicy := absent(s, iam.NotCollectedMoment, "pwdChangedTime")
	if byPolicy == iam.NotCollectedMoment && rule != nil {
		switch {
		case rule.maxAge == 0:
			byPolicy = iam.Never
		case r.first(k.changed) != "" && changed.Known():
			byPolicy = changed + iam.Moment(rule.maxAge*int64(time.Second/time.Microsecond))
		case s["pwdchangedtime"] == visible:
			byPolicy = iam.UnknownMoment
		}
	}
	byShadow := absent(s, iam.Never, "shadowLastChange", "shadowMax")
	last, hasLast := days(r.first(k.shadowLast))
	maximum, hasMaximum := days(r.first(k.shadowMax))
	if hasLast && hasMaximum && last > 0 && maximum >= 0 && maximum < 99999 {
		byShadow = iam.Moment((last + maximum) * day)
	}
	switch {
	case byShadow.Known():
		return earlier(byPolicy, byShadow)
	case byPolicy == iam.NotSupportedMoment:
		return byShadow
	}
	return byPolicy
}

// earlier is the first of two moments; one that is no time gives way.
func earlier(a, b iam.Moment) iam.Moment {
	if !a.Known() || b.Known() && b < a {
		return b
	}
	return a
}
