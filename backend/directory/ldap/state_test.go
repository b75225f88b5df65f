package ldap

import (
	"testing"
	"time"

	"gatehouse/backend/iam"
)

// rowOf makes a row of attributes for a layout.
func rowOf(l *layout, attrs map[string]string) *row {
	var e entry
	for name, value := range attrs {
		e.attributes = append(e.attributes, attribute{[]byte(name), [][]byte{[]byte(value)}})
	}
	r := &row{}
	l.fill(r, &e)
	return r
}

func seeing(s sight, attrs ...string) sights {
	all := sights{}
	for _, attr := range attrs {
		all[lowerASCII(attr)] = s
	}
	return all
}

func TestState(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) iam.Moment { return iam.MomentOf(now.Add(d)) }
	stamp := func(d time.Duration) string { return now.Add(d).Format("20060102150405Z") }
	all := seeing(visible, stateAttributes...)
	quarter := policies{fallback: &policy{maxAge: 90 * 86400, lockoutDuration: 900}}
	forever := policies{fallback: &policy{}}

	type facts = iam.AccountFacts
	for _, c := range []struct {
		what   string
		sights sights
		rules  policies
		attrs  map[string]string
		check  func(facts) any
		want   any
	}{
		{"nothing set: enabled", all, quarter, nil, func(f facts) any { return f.Enabled }, iam.Yes},
		{"nothing set: not locked", all, quarter, nil, func(f facts) any { return f.Locked }, iam.No},
		{"nothing in the schema: enabled is not supported", sights{}, quarter, nil, func(f facts) any { return f.Enabled }, iam.NotSupportedTri},
		{"nothing in the schema: expiry is not supported", sights{}, quarter, nil, func(f facts) any { return f.PasswordExpires }, iam.NotSupportedMoment},
		{"hidden: lock state is not collected", seeing(hidden, stateAttributes...), quarter, nil, func(f facts) any { return f.Locked }, iam.NotCollectedTri},
		{"hidden: enabled is not collected", seeing(hidden, "pwdAccountLockedTime"), quarter, nil, func(f facts) any { return f.Enabled }, iam.NotCollectedTri},
		{"hidden, yet a value came", seeing(hidden, "nsAccountLock"), quarter, map[string]string{"nsAccountLock": "true"}, func(f facts) any { return f.Enabled }, iam.No},
		{"locked by an administrator is disabled", all, quarter, map[string]string{"pwdAccountLockedTime": "000001010000Z"}, func(f facts) any { return f.Enabled }, iam.No},
		{"nsAccountLock", all, quarter, map[string]string{"nsAccountLock": "TRUE"}, func(f facts) any { return f.Enabled }, iam.No},
		{"loginDisabled", all, quarter, map[string]string{"loginDisabled": "TRUE"}, func(f facts) any { return f.Enabled }, iam.No},
		{"locked until", all, quarter, map[string]string{"pwdAccountLockedTime": stamp(-5 * time.Minute)}, func(f facts) any { return f.LockedUntil }, at(10 * time.Minute)},
		{"a lock that has run out", all, quarter, map[string]string{"pwdAccountLockedTime": stamp(-time.Hour)}, func(f facts) any { return f.Locked }, iam.No},
		{"locked until an administrator unlocks", all, forever, map[string]string{"pwdAccountLockedTime": stamp(-time.Hour)}, func(f facts) any { return f.LockedUntil }, iam.Never},
		{"locked, policy not readable", all, policies{}, map[string]string{"pwdAccountLockedTime": stamp(-time.Hour)}, func(f facts) any { return f.LockedUntil }, iam.NotCollectedMoment},
		{"password changed", all, quarter, map[string]string{"pwdChangedTime": stamp(-time.Hour)}, func(f facts) any { return f.PasswordChanged }, at(-time.Hour)},
		{"password never changed under the policy", all, quarter, nil, func(f facts) any { return f.PasswordChanged }, iam.UnknownMoment},
		{"password expires by policy", all, quarter, map[string]string{"pwdChangedTime": stamp(0)}, func(f facts) any { return f.PasswordExpires }, at(90 * 24 * time.Hour)},
		{"policy without expiry", all, forever, map[string]string{"pwdChangedTime": stamp(0)}, func(f facts) any { return f.PasswordExpires }, iam.Never},
		{"no policy readable", all, policies{}, map[string]string{"pwdChangedTime": stamp(0)}, func(f facts) any { return f.PasswordExpires }, iam.NotCollectedMoment},
		{"a policy of its own", all, policies{byDN: map[string]policy{"cn=p": {maxAge: 60}}}, map[string]string{"pwdChangedTime": stamp(0), "pwdPolicySubentry": "CN=P"}, func(f facts) any { return f.PasswordExpires }, at(time.Minute)},
		{"password expires by shadow", seeing(visible, "shadowLastChange", "shadowMax"), policies{}, map[string]string{"shadowLastChange": "20000", "shadowMax": "30"}, func(f facts) any { return f.PasswordExpires }, iam.Moment(20030 * day)},
		{"shadow 99999 is never", seeing(visible, "shadowLastChange", "shadowMax"), policies{}, map[string]string{"shadowLastChange": "20000", "shadowMax": "99999"}, func(f facts) any { return f.PasswordExpires }, iam.Never},
		{"shadow 0 must change", all, quarter, map[string]string{"shadowLastChange": "0"}, func(f facts) any { return f.MustChange }, iam.Yes},
		{"pwdReset must change", all, quarter, map[string]string{"pwdReset": "TRUE"}, func(f facts) any { return f.MustChange }, iam.Yes},
		{"account never expires", all, quarter, map[string]string{"shadowExpire": "-1"}, func(f facts) any { return f.AccountExpires }, iam.Never},
		{"account expires by shadow", all, quarter, map[string]string{"shadowExpire": "20000"}, func(f facts) any { return f.AccountExpires }, iam.Moment(20000 * day)},
		{"the earlier of two expiries", all, quarter, map[string]string{"shadowExpire": "20000", "pwdEndTime": stamp(0)}, func(f facts) any { return f.AccountExpires }, iam.Moment(20000 * day)},
		{"nonsense is unknown", all, quarter, map[string]string{"pwdEndTime": "soon"}, func(f facts) any { return f.AccountExpires }, iam.UnknownMoment},
	} {
		t.Run(c.what, func(t *testing.T) {
			l := newLayout(nil)
			// Attributes outside the schema are still decoded here: the row has
			// whatever the case sets.
			columns := wantState(l, seeing(visible, stateAttributes...))
			var f iam.AccountFacts
			columns.tell(&f, rowOf(l, c.attrs), c.sights, c.rules, now)
			if got := c.check(f); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestSort(t *testing.T) {
	m := iam.Mapping{EmployeeType: "employeeType", Service: []string{"ou=Service,dc=x", "Robot"}, Shared: []string{"kiosk", "ou=shared,dc=x"}}
	a := newAccountReader(nil, m, sights{}, policies{}, time.Time{})
	for _, c := range []struct {
		what, dn, class, kind string
		want                  iam.Sort
	}{
		{"by default", "uid=a,ou=people,dc=x", "inetOrgPerson", "staff", iam.Person},
		{"below the service unit", "uid=a,ou=Jobs,OU=service,dc=x", "inetOrgPerson", "", iam.Service},
		{"the unit's name inside another", "uid=a,ou=xservice,dc=x", "inetOrgPerson", "", iam.Person},
		{"by employee type in any case", "uid=a,dc=x", "inetOrgPerson", "ROBOT", iam.Service},
		{"shared by employee type", "uid=a,dc=x", "person", "Kiosk", iam.Shared},
		{"shared by unit", "uid=a,ou=shared,dc=x", "person", "", iam.Shared},
		{"account without a person", "uid=a,dc=x", "account", "", iam.Service},
		{"an account that only binds", "cn=a,dc=x", "simpleSecurityObject", "", iam.Service},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := rowOf(a.layout, map[string]string{"objectClass": c.class, "employeeType": c.kind})
			r.dn = []byte(c.dn)
			if got := a.account(r, "id").Facts.Sort; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
