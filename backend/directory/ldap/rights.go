package ldap

import (
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
)

// rights lists what the bind account lacks and what it should not have.
func (k *checker) rights() {
	for _, step := range []func() error{k.missingMembers, k.missingState, k.missingUnits, k.readableSecrets, k.writeRights} {
		if err := step(); err != nil {
			k.fail("rights", "Rights", "looking at rights", err)
			return
		}
	}
}

func (k *checker) missingMembers() error {
	if k.groups == 0 {
		return nil
	}
	for _, attr := range memberAttributes {
		seen, err := look(k.conn, k.srv.schema, k.cfg.BaseDN, k.cfg.Mapping.GroupFilter, attr)
		if err != nil || seen == visible {
			return err
		}
	}
	found := k.say(directory.Failed, "rights", "Right missing", "member, uniqueMember and memberUid are not readable: every group would look empty")
	found.Copy = k.grant(k.cfg.BaseDN, "entry,member,uniqueMember,memberUid")
	return nil
}

// meanings are what the account attributes stand for.
func (k *checker) meanings() []struct {
	what  string
	attrs []string
} {
	return []struct {
		what  string
		attrs []string
	}{
		{"disabled and lock state", []string{"pwdAccountLockedTime", "nsAccountLock", "loginDisabled", "accountUnlockTime", "krbLoginFailedCount", "krbLastFailedAuth"}},
		{"password age and expiry", []string{"pwdChangedTime", "pwdPolicySubentry", "shadowLastChange", "shadowMax", "passwordExpirationTime", "krbPasswordExpiration", "krbLastPwdChange"}},
		{"forced password change", []string{"pwdReset"}},
		{"account expiry", []string{"pwdEndTime", "shadowExpire", "krbPrincipalExpiration"}},
		{"end dates", []string{k.cfg.Mapping.EndDate}},
		{"times of creation and change", []string{"createTimestamp", "modifyTimestamp"}},
	}
}

func (k *checker) missingState() error {
	if !k.srv.schema.readable() {
		k.say(directory.Missing, "rights", "Right missing", "the schema is not readable: what this server does not support will say not collected").
			Copy = "dn: olcDatabase={-1}frontend,cn=config\nchangetype: modify\nadd: olcAccess\nolcAccess: {0}to dn.base=\"cn=Subschema\" by * read\n"
	}
	var err error
	if k.sights, k.rules, err = prepare(k.conn, k.srv, k.cfg.BaseDN, k.source.base, k.cfg.Mapping); err != nil {
		return err
	}
	for _, meaning := range k.meanings() {
		var lost []string
		for _, attr := range meaning.attrs {
			if attr == "" || k.sights[lowerASCII(attr)] == unsupported {
				continue
			}
			returned, err := k.returned(attr)
			if err != nil {
				return err
			}
			if k.sights[lowerASCII(attr)] == hidden || !returned {
				lost = append(lost, attr)
			}
		}
		if len(lost) > 0 {
			k.say(directory.Missing, "rights", "Right missing", fmt.Sprintf("%s is not readable: %s will say not collected", strings.Join(lost, ", "), meaning.what)).
				Copy = k.grant(k.cfg.BaseDN, "entry,"+strings.Join(lost, ","))
		}
	}
	if err := k.missingSignIn(); err != nil {
		return err
	}
	if k.sights["pwdchangedtime"] == visible && k.rules.fallback == nil {
		k.say(directory.Missing, "rights", "Right missing", "no default password policy entry is readable: password expiry will say not collected").
			Remedy = "Let the bind account read the entries of class pwdPolicy."
	}
	return nil
}

// missingSignIn tells a server that does not record sign-ins from one that does
// not show them.
func (k *checker) missingSignIn() error {
	attr := k.cfg.Mapping.LastSignIn
	if attr == "" || k.sights[lowerASCII(attr)] != hidden {
		return nil
	}
	seen, err := look(k.conn, k.srv.schema, k.cfg.BaseDN, k.cfg.Mapping.UserFilter, attr)
	if err != nil {
		return err
	}
	if seen == visible {
		found := k.say(directory.Missing, "rights", "Setting missing", fmt.Sprintf("no account has %s: last sign-in will say not collected", attr))
		found.Remedy = "Let the server record sign-ins, if you want to see who no longer signs in."
		if k.srv.vendor == "OpenLDAP" {
			found.Copy = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcLastBind\nolcLastBind: TRUE\n"
		}
		return nil
	}
	k.say(directory.Missing, "rights", "Right missing", fmt.Sprintf("%s is not readable: last sign-in will say not collected", attr)).
		Copy = k.grant(k.cfg.BaseDN, "entry,"+attr)
	return nil
}

// returned is false where entries match (attr=*) and do not show the attribute:
// the right to search it is there, the right to read it is not.
func (k *checker) returned(attr string) (bool, error) {
	matched, shown := false, false
	_, err := k.conn.search(query{base: k.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, limit: 1, typesOnly: true, attrs: []string{attr},
		filter: "(&" + k.cfg.Mapping.UserFilter + "(" + attr + "=*))"},
		func(e *entry) error { matched, shown = true, shown || len(e.attributes) > 0; return nil }, nil)
	return !matched || shown, broken(err)
}

// unitCap bounds how many organisational units a Check looks into.
const unitCap = 300

// missingUnits looks for units that say they have children and show none.
func (k *checker) missingUnits() error {
	units, err := k.conn.objects(query{base: k.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, limit: unitCap, attrs: []string{"hasSubordinates"},
		filter: "(&(|(objectClass=organizationalUnit)(objectClass=organization)(objectClass=domain)(objectClass=container))(hasSubordinates=TRUE))"})
	if err := broken(err); err != nil {
		return err
	}
	for _, unit := range units {
		if !hasValue(unit.attrs["hassubordinates"], "TRUE") {
			continue
		}
		children := 0
		_, err := k.conn.search(query{base: unit.dn, scope: goldap.ScopeSingleLevel, filter: "(objectClass=*)", attrs: []string{"1.1"}, limit: 1},
			func(*entry) error { children++; return nil }, func([]string) error { children++; return nil })
		if err := broken(err); err != nil {
			return err
		}
		if children == 0 {
			k.say(directory.Missing, "rights", "Right missing", unit.dn+" has children, 0 of them readable").
				Copy = k.grant(unit.dn, "")
		}
	}
	return nil
}

// secrets are the attributes nobody but the server should read.
var secrets = []string{"userPassword", "authPassword", "pwdHistory", "sambaNTPassword", "sambaLMPassword", "krbPrincipalKey"}

// readableSecrets asks which secrets the server would hand out, by name only:
// with typesOnly no value crosses the wire (RFC 4511 section 4.5.1.6).
func (k *checker) readableSecrets() error {
	own, _ := normalDN(k.cfg.BindDN)
	for _, attr := range secrets {
		if !k.srv.schema.has(attr) {
			continue
		}
		readable := false
		_, err := k.conn.search(query{base: k.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: "(" + attr + "=*)", attrs: []string{attr}, typesOnly: true, limit: 2},
			func(e *entry) error {
				dn, _ := normalDN(clean(e.dn))
				readable = readable || len(e.attributes) > 0 && dn != own
				return nil
			}, nil)
		if err := broken(err); err != nil {
			return err
		}
		if readable {
			k.say(directory.TooMuch, "rights", "Excess right", fmt.Sprintf("may read %s; Gatehouse never asks for it, others with this account could", attr)).
				Copy = rule(fmt.Sprintf("to attrs=%s by self =xw by anonymous auth by * none", attr))
		}
	}
	return nil
}

// controlEffectiveRights asks what an identity may do to an entry
// (draft-ietf-ldapext-acl-model; 389 Directory Server and its relatives).
const controlEffectiveRights = "1.3.6.1.4.1.42.2.27.9.5.2"

// writeRights looks for a right to write without writing.
func (k *checker) writeRights() error {
	if k.cfg.BindDN == "" {
		k.say(directory.Unknown, "rights", "Write rights", "not checked: an anonymous client is expected to have none")
		return nil
	}
	all, why, err := k.allPowerful()
	if err != nil {
		return err
	}
	if all {
		k.say(directory.TooMuch, "rights", "Excess right", k.cfg.BindDN+" "+why+": it may read and write everything; Gatehouse asks to read only").
			Remedy = "Read with an account of its own that has no other right."
		return nil
	}
	if !k.srv.controls[controlEffectiveRights] {
		k.say(directory.Unknown, "rights", "Write rights", "not checked: this server does not tell them without a write")
		return nil
	}
	writable, err := k.writable()
	if err != nil {
		return err
	}
	if len(writable) == 0 {
		k.say(directory.Passed, "rights", "Write rights", "none on the entry asked about")
		return nil
	}
	k.say(directory.TooMuch, "rights", "Excess right", "may write "+strings.Join(writable, ", ")+"; Gatehouse asks to read only").
		Remedy = "Take the write right away from " + k.cfg.BindDN + "."
	return nil
}

// allPowerful recognises the accounts that access rules do not bind: a
// superuser's usual name, or an account inside the base that can sign in though
// it has no entry, as OpenLDAP's rootdn.
func (k *checker) allPowerful() (all bool, why string, err error) {
	own, _ := normalDN(k.cfg.BindDN)
	if own == "cn=directory manager" || own == "cn=config" {
		return true, "is the server's own superuser", nil
	}
	if !within(own, k.source.base) {
		return false, "", nil
	}
	found, err := k.conn.objects(query{base: k.cfg.BindDN, scope: goldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{"1.1"}})
	if hasCode(err, goldap.LDAPResultNoSuchObject) {
		return true, "has no entry and can sign in, so it is most likely the database's root account (rootdn)", nil
	}
	if err := broken(err); err != nil {
		return false, "", err
	}
	name, _, _ := strings.Cut(own, ",")
	switch name {
	case "cn=admin", "cn=manager", "cn=root", "cn=administrator", "uid=admin", "cn=superuser":
		return len(found) > 0, "has the name of a superuser", nil
	}
	return false, "", nil
}

// writable asks the server for the effective rights of the bind account on one
// of the accounts: the attributes it may write.
func (k *checker) writable() ([]string, error) {
	control := goldap.NewControlString(controlEffectiveRights, true, "dn:"+k.cfg.BindDN)
	var writable []string
	_, err := k.conn.search(query{base: k.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: k.cfg.Mapping.UserFilter, limit: 1,
		attrs: []string{"cn", "mail", "telephoneNumber", "manager"}},
		func(e *entry) error {
			for _, a := range e.attributes {
				if lowerASCII(string(a.name)) != "attributelevelrights" {
					continue
				}
				for _, v := range a.values { // "cn:rsc, mail:rscwo"
					for _, one := range strings.Split(clean(v), ",") {
						name, rights, _ := strings.Cut(strings.TrimSpace(one), ":")
						if strings.ContainsAny(rights, "wW") {
							writable = append(writable, name)
						}
					}
				}
			}
			return nil
		}, nil, control)
	return writable, broken(err)
}
