package ad

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
)

// probes are attributes that every account of a domain has, unless the bind
// account may not read them.
var probes = []struct{ attr, set string }{
	{"userAccountControl", "Account Restrictions"},
	{"pwdLastSet", "Account Restrictions"},
	{"accountExpires", "Account Restrictions"},
	{"msDS-User-Account-Control-Computed", "Account Restrictions"},
	{"msDS-UserPasswordExpiryTimeComputed", "Account Restrictions"},
	{"lastLogonTimestamp", "Logon Information"},
}

// rights lists what the bind account lacks.
func (k *checker) rights() error {
	l := ldap.NewLayout()
	places := make([]int, len(probes))
	for i, one := range probes {
		places[i] = l.Want(one.attr)
	}
	found := make([]bool, len(probes))
	q := whole(k.cfg.BaseDN, k.cfg.Mapping.UserFilter)
	q.Limit = sampleSize
	err := k.session.Search(q, l, func(r *ldap.Row) error {
		for i := range probes {
			found[i] = found[i] || r.First(places[i]) != ""
		}
		return nil
	}, nil)
	if err := broken(err); err != nil {
		return err
	}
	lost := map[string][]string{}
	var sets []string
	for i, one := range probes {
		if !found[i] {
			if !slices.Contains(sets, one.set) {
				sets = append(sets, one.set)
			}
			lost[one.set] = append(lost[one.set], one.attr)
		}
	}
	for _, set := range sets {
		say := k.say(directory.Missing, "rights", "Right missing", fmt.Sprintf("%s shows on no account: what it tells will say not collected", strings.Join(lost[set], ", ")))
		say.Remedy = "Give the bind account the right to read these properties, at the domain."
		say.Copy = k.dsacls(k.dc.domain, "/I:S", "/G @:RP;"+set+";user")
	}
	if k.bundle > 0 {
		seen, err := shown(k.session, k.cfg.BaseDN, k.cfg.Mapping.GroupFilter, "member")
		if err != nil {
			return err
		}
		if !seen {
			say := k.say(directory.Failed, "rights", "Right missing", "member shows on no group: every group would look empty")
			say.Copy = k.dsacls(k.dc.domain, "/I:S", "/G @:RP;member;group")
		}
	}
	if !k.rules.fineReadable {
		container := "CN=Password Settings Container,CN=System," + k.dc.domain
		say := k.say(directory.Missing, "rights", "Right missing", "fine-grained password policies are not readable: until when an account is locked will say not collected")
		say.Remedy = "Only administrators may read them by default. This right shows nothing else."
		say.Copy = k.dsacls(container, "/I:T", "/G @:GR")
	}
	visible, why, err := k.seesDeleted()
	if err != nil {
		return err
	}
	if !visible {
		text := "missing right to read them"
		if why == noneDeleted {
			text = "none shows: missing right to list them, unless nothing was ever deleted"
		}
		container := "CN=Deleted Objects," + k.dc.contextOf(k.base)
		say := k.say(directory.Missing, "rights", "Deleted objects", text+"; each read lists the ids of all accounts and groups instead, and what is gone shows as not returned")
		say.Remedy = "Only administrators may read them by default. An administrator takes ownership of the container first."
		say.Copy = fmt.Sprintf("dsacls %q /takeownership\n%s", container, k.dsacls(container, "/G @:LCRP"))
	}
	return nil
}

// excess lists rights that a reader should not have.
func (k *checker) excess() error {
	var groups []string
	for _, sid := range k.dc.tokens {
		if isPowerful(sid) {
			groups = append(groups, sid)
		}
	}
	if len(groups) > 0 {
		names, err := k.namesOf(groups)
		if err != nil {
			return err
		}
		k.say(directory.TooMuch, "rights", "Excess right", fmt.Sprintf("the bind account is in %s: it may change what it only needs to read", strings.Join(names, ", "))).
			Remedy = "Read with an account of its own that is a member of Domain Users only."
	}
	replicates, err := k.replicates()
	if err != nil {
		return err
	}
	if replicates && len(groups) == 0 {
		k.say(directory.TooMuch, "rights", "Excess right", "may replicate all secrets (Replicating Directory Changes All): with this account every password hash can be copied").
			Remedy = "Take that right away at the domain: Gatehouse does not replicate."
	}
	for _, attr := range []string{"ms-Mcs-AdmPwd", "msLAPS-Password", "msLAPS-EncryptedPassword", "msFVE-RecoveryPassword"} {
		readable, err := shown(k.session, k.cfg.BaseDN, "(objectClass=*)", attr)
		if err != nil {
			return err
		}
		if readable {
			k.say(directory.TooMuch, "rights", "Excess right", fmt.Sprintf("may read %s; Gatehouse never asks for it, others with this account could", attr))
		}
	}
	writable, err := k.writable()
	if err != nil || len(writable) == 0 {
		if err == nil && len(groups) == 0 {
			k.say(directory.Passed, "rights", "Write rights", "none on the entry asked about")
		}
		return err
	}
	if len(groups) == 0 {
		k.say(directory.TooMuch, "rights", "Excess right", "may write "+strings.Join(writable, ", ")+"; Gatehouse asks to read only").
			Remedy = "Take the write right away from the bind account."
	}
	return nil
}

// namesOf are the groups with the SIDs, by name where they show one.
func (k *checker) namesOf(sids []string) (names []string, err error) {
	for _, sid := range sids {
		name := sid
		l := ldap.NewLayout()
		cn := l.Want("cn")
		err := k.session.Search(ldap.Query{Base: "<SID=" + sid + ">", Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)"}, l,
			func(r *ldap.Row) error { name = r.First(cn); return nil }, nil)
		if err := broken(err); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// writable asks what the bind account may write on some account, without
// writing (MS-ADTS section 3.1.1.4.5.3, allowedAttributesEffective).
func (k *checker) writable() (attrs []string, err error) {
	l := ldap.NewLayout()
	allowed := l.Want("allowedAttributesEffective")
	q := whole(k.cfg.BaseDN, "(&"+k.cfg.Mapping.UserFilter+"(adminCount=1))")
	q.Limit = 1
	err = k.session.Search(q, l, func(r *ldap.Row) error { attrs = r.Texts(allowed); return nil }, nil)
	if len(attrs) > 5 {
		attrs = append(attrs[:5:5], fmt.Sprintf("%d more", len(attrs)-5))
	}
	return attrs, broken(err)
}

// replicateAll is the right Replicating Directory Changes All (MS-ADTS section
// 5.1.3.2.1).
const replicateAll = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"

// replicates reports whether the domain's access list gives somebody whom the
// session stands for the right to replicate secrets.
func (k *checker) replicates() (may bool, err error) {
	if len(k.dc.tokens) == 0 {
		return false, nil
	}
	l := ldap.NewLayout()
	place := l.Want("nTSecurityDescriptor")
	q := ldap.Query{Base: k.dc.domain, Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)",
		Controls: []goldap.Control{goldap.NewControlMicrosoftSDFlags()}}
	q.Controls[0].(*goldap.ControlMicrosoftSDFlags).ControlValue = 4 // the discretionary list only
	err = k.session.Search(q, l, func(r *ldap.Row) error {
		for _, v := range r.Raw(place) {
			may = may || grants(v, replicateAll, k.dc.tokens)
		}
		return nil
	}, nil)
	return may, broken(err)
}

// grants reports whether a self-relative security descriptor (MS-DTYP section
// 2.4.6) allows one of the SIDs the extended right.
func grants(descriptor []byte, right string, sids []string) bool {
	if len(descriptor) < 20 {
		return false
	}
	at := int(binary.LittleEndian.Uint32(descriptor[16:]))
	if at == 0 || at+8 > len(descriptor) {
		return false
	}
	list := descriptor[at:]
	count := int(binary.LittleEndian.Uint16(list[4:]))
	for list = list[8:]; count > 0 && len(list) >= 8; count-- {
		size := int(binary.LittleEndian.Uint16(list[2:]))
		if size < 8 || size > len(list) {
			return false
		}
		if allows(list[:size], right, sids) {
			return true
		}
		list = list[size:]
	}
	return false
}

// allows reads one entry of an access list: type 0 allows, type 5 allows on an
// object type (MS-DTYP sections 2.4.4.2 and 2.4.4.3).
func allows(ace []byte, right string, sids []string) bool {
	const extendedRight, all = 0x100, 0x10000000
	mask, sid := binary.LittleEndian.Uint32(ace[4:]), ace[8:]
	switch ace[0] {
	case 0:
	case 5:
		if len(ace) < 12 {
			return false
		}
		flags := binary.LittleEndian.Uint32(ace[8:])
		sid = ace[12:]
		for _, bit := range []uint32{1, 2} {
			if flags&bit == 0 {
				continue
			}
			if len(sid) < 16 {
				return false
			}
			if bit == 1 && guidText(sid[:16]) != right {
				return false
			}
			sid = sid[16:]
		}
	default:
		return false
	}
	if mask&(extendedRight|all) == 0 || len(sid) < 8 || len(sid) < 8+4*int(sid[1]) {
		return false
	}
	return slices.Contains(sids, sidText(sid[:8+4*int(sid[1])]))
}
