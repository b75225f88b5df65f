package ldap

import (
	"strconv"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/iam"
)

// What 389 Directory Server and FreeIPA keep beside nsAccountLock: the server's
// own password policy, and the Kerberos attributes that FreeIPA goes by alone.
var dsAttributes = []string{
	"accountUnlockTime", "passwordExpirationTime", "pwdUpdateTime",
	"krbPasswordExpiration", "krbLastPwdChange", "krbPrincipalExpiration", "krbLoginFailedCount", "krbLastFailedAuth",
	"krbPwdPolicyReference",
}

// kerberosLocks are the attributes of a lock-out by Kerberos.
var kerberosLocks = []string{"krbLoginFailedCount", "krbLastFailedAuth"}

// dsColumns are the places of dsAttributes in a row.
type dsColumns struct {
	objectClass, unlock, expiration, updated, krbExpiration, krbChange, krbEnd, krbFailed, krbFailedAt, krbPolicy int
}

func wantDS(l *layout, want func(string) int) dsColumns {
	return dsColumns{
		l.want("objectClass"), want("accountUnlockTime"), want("passwordExpirationTime"), want("pwdUpdateTime"), want("krbPasswordExpiration"), want("krbLastPwdChange"),
		want("krbPrincipalExpiration"), want("krbLoginFailedCount"), want("krbLastFailedAuth"), want("krbPwdPolicyReference"),
	}
}

// epoch is the time by which 389 Directory Server means "until somebody acts".
const epoch = iam.Moment(0)

// tell adds what these servers say to what the attributes of others said.
func (k dsColumns) tell(f *iam.AccountFacts, r *row, s sights, p policies, now time.Time) {
	if s["krbpasswordexpiration"] != unsupported && r.is(k.objectClass, "krbPrincipalAux") {
		k.tellKerberos(f, r, s, p, now)
		return
	}
	if s["accountunlocktime"] != unsupported && s["pwdaccountlockedtime"] == unsupported {
		f.Locked = absent(s, iam.No, "accountUnlockTime")
		f.LockedUntil = absent(s, iam.Never, "accountUnlockTime")
		if v := r.first(k.unlock); v != "" {
			lock(f, momentOf(v), now)
		}
	}
	if s["passwordexpirationtime"] != unsupported {
		expires := absent(s, iam.UnknownMoment, "passwordExpirationTime")
		if v := r.first(k.expiration); v != "" {
			expires = momentOf(v)
		}
		switch {
		case expires == epoch:
			f.MustChange, f.PasswordExpires = iam.Yes, iam.UnknownMoment
		case expires.Known():
			f.PasswordExpires = earlier(expires, f.PasswordExpires)
		case f.PasswordExpires == iam.Never, f.PasswordExpires == iam.NotSupportedMoment:
			// No attribute of the entry sets an end; the server's policy may.
			f.PasswordExpires = expires
		}
	}
	if v := r.first(k.updated); v != "" {
		f.PasswordChanged = momentOf(v)
	}
}

// lock tells a lock-out that ends at a time, or when somebody ends it.
func lock(f *iam.AccountFacts, until iam.Moment, now time.Time) {
	switch {
	case until == epoch:
		f.Locked, f.LockedUntil = iam.Yes, iam.Never
	case !until.Known():
		f.Locked, f.LockedUntil = iam.UnknownTri, iam.UnknownMoment
	case until > iam.MomentOf(now):
		f.Locked, f.LockedUntil = iam.Yes, until
	}
}

// tellKerberos tells an account that FreeIPA rules: what the server itself or
// the shadow attributes say of its password has no effect.
func (k dsColumns) tellKerberos(f *iam.AccountFacts, r *row, s sights, p policies, now time.Time) {
	value := func(column int, meaning iam.Moment, attr string) iam.Moment {
		if v := r.first(column); v != "" {
			return momentOf(v)
		}
		return absent(s, meaning, attr)
	}
	f.PasswordExpires = value(k.krbExpiration, iam.Never, "krbPasswordExpiration")
	f.PasswordChanged = value(k.krbChange, iam.UnknownMoment, "krbLastPwdChange")
	f.AccountExpires = value(k.krbEnd, iam.Never, "krbPrincipalExpiration")
	// A password set by somebody else ends at once, so that it must be changed.
	f.MustChange = absent(s, iam.No, "krbPasswordExpiration")
	if f.PasswordExpires.Known() && f.PasswordExpires <= f.PasswordChanged {
		f.MustChange = iam.Yes
	}
	f.Locked, f.LockedUntil = absent(s, iam.No, kerberosLocks...), absent(s, iam.Never, kerberosLocks...)
	failed, err := strconv.ParseInt(r.first(k.krbFailed), 10, 64)
	if err != nil || failed == 0 {
		return
	}
	rule := p.of(r.first(k.krbPolicy))
	if rule == nil {
		f.Locked, f.LockedUntil = iam.NotCollectedTri, iam.NotCollectedMoment
		return
	}
	if rule.maxFailure == 0 || failed < rule.maxFailure {
		return
	}
	until := momentOf(r.first(k.krbFailedAt))
	if rule.lockoutDuration == 0 {
		until = epoch
	} else if until.Known() {
		until += iam.Moment(rule.lockoutDuration * int64(time.Second/time.Microsecond))
	}
	lock(f, until, now)
}

// kerberosPolicies adds FreeIPA's password policies: the global one, and those
// of groups.
func kerberosPolicies(c *conn, sch schema, base string, p *policies) error {
	if !sch.readable() || !sch.has("krbPwdMaxFailure") {
		return nil
	}
	found, err := c.objects(query{base: base, scope: goldap.ScopeWholeSubtree, filter: "(objectClass=krbPwdPolicy)", limit: 1000,
		attrs: []string{"krbMaxPwdLife", "krbPwdMaxFailure", "krbPwdLockoutDuration"}})
	if err := broken(err); err != nil {
		return err
	}
	for _, o := range found {
		var one policy
		one.maxAge, _ = strconv.ParseInt(o.first("krbmaxpwdlife"), 10, 64)
		one.maxFailure, _ = strconv.ParseInt(o.first("krbpwdmaxfailure"), 10, 64)
		one.lockoutDuration, _ = strconv.ParseInt(o.first("krbpwdlockoutduration"), 10, 64)
		normal, _ := normalDN(o.dn)
		p.byDN[normal] = one
		if strings.HasPrefix(normal, "cn=global_policy,") {
			p.fallback = &one
		}
	}
	return nil
}
