package ad

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// policies are the password policies in force, as far as readable: the domain's
// own and the fine-grained ones (MS-ADTS section 3.1.1.4.5.36, MS-ADSC).
type policies struct {
	domain lockout
	fine   map[string]lockout // by the policy's normal name
	// fineReadable is false where the bind account may not read the container of
	// fine-grained policies: whether one applies is then not known.
	fineReadable bool
	appliesTo    map[string]bool // normal names of groups and accounts
	digest       string          // of all values: another digest, other answers for everybody
}

// lockout is how long a lock lasts.
type lockout struct {
	length  time.Duration
	endless bool // until an administrator unlocks
	known   bool
}

func lockoutOf(value string) lockout {
	length, endless, ok := interval(value)
	return lockout{length, endless || ok && length == 0, ok}
}

// until is when a lock that began then ends by itself.
func (l lockout) until(since iam.Moment) iam.Moment {
	switch {
	case !l.known:
		return iam.NotCollectedMoment
	case l.endless:
		return iam.Never
	case !since.Known():
		return iam.UnknownMoment
	}
	return since + iam.Moment(l.length/time.Microsecond)
}

// of is the policy of an account that names the one that applies to it, or
// names none.
func (p policies) of(resultant string) lockout {
	if resultant == "" {
		if !p.fineReadable {
			return lockout{}
		}
		return p.domain
	}
	normal, _ := ldap.NormalDN(resultant)
	return p.fine[normal]
}

// readPolicies reads the domain's policy and the fine-grained ones. What may not
// be read is left out.
func readPolicies(s *ldap.Session, dc controller) (policies, error) {
	p := policies{fine: map[string]lockout{}, appliesTo: map[string]bool{}}
	var parts []string
	l := ldap.NewLayout()
	duration, age := l.Want("lockoutDuration"), l.Want("maxPwdAge")
	err := s.Search(ldap.Query{Base: dc.domain, Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)"}, l, func(r *ldap.Row) error {
		p.domain = lockoutOf(r.First(duration))
		parts = append(parts, "domain", r.First(duration), r.First(age))
		return nil
	}, nil)
	if err := broken(err); err != nil {
		return p, err
	}
	container := "CN=Password Settings Container,CN=System," + dc.domain
	l = ldap.NewLayout()
	class, duration, age, to := l.Want("objectClass"), l.Want("msDS-LockoutDuration"), l.Want("msDS-MaximumPasswordAge"), l.Want("msDS-PSOAppliesTo")
	precedence := l.Want("msDS-PasswordSettingsPrecedence")
	err = s.Search(ldap.Query{Base: container, Scope: goldap.ScopeWholeSubtree, Filter: "(objectClass=*)"}, l, func(r *ldap.Row) error {
		if !r.Is(class, "msDS-PasswordSettings") {
			p.fineReadable = true // the container itself
			return nil
		}
		name, _ := ldap.NormalDN(r.DN())
		p.fine[name] = lockoutOf(r.First(duration))
		applies := r.Texts(to)
		slices.Sort(applies)
		for _, one := range applies {
			if normal, ok := ldap.NormalDN(one); ok {
				p.appliesTo[normal] = true
			}
		}
		parts = append(parts, name, r.First(duration), r.First(age), r.First(precedence), fmt.Sprint(applies))
		return nil
	}, nil)
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(fmt.Sprint(p.fineReadable, parts)))
	p.digest = hex.EncodeToString(sum[:8])
	return p, broken(err)
}

// broken keeps only the errors of the connection: that a server refuses a probe
// is an answer too.
func broken(err error) error {
	if _, _, refused := ldap.Refused(err); refused {
		return nil
	}
	return err
}

// shown reports whether any account shows a value of the attribute: a filter on
// what may not be read fits nothing (MS-ADTS section 3.1.1.3.1.3.1), and the
// server stops at the first that fits.
func shown(s *ldap.Session, base, filter, attr string) (bool, error) {
	found := false
	err := s.Search(ldap.Query{Base: base, Scope: goldap.ScopeWholeSubtree, Filter: "(&" + filter + "(" + attr + "=*))", Limit: 1},
		nothing(), func(*ldap.Row) error { found = true; return nil }, nil)
	return found, broken(err)
}

// nothing asks for no attribute (RFC 4511 section 4.5.1.8).
func nothing() *ldap.Layout {
	l := ldap.NewLayout()
	l.Want("1.1")
	return l
}
