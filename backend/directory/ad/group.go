package ad

import (
	"strings"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// groupReader makes Entitlements and Members of rows.
type groupReader struct {
	layout *ldap.Layout
	base   string // normal form
	domain string // normal form: members elsewhere are foreign

	guid, sid, name, cn, login, description, owner, groupType, adminCount, critical, created, changed, member int

	privileged map[string]bool // folded names
}

func newGroupReader(m iam.Mapping, base, domain string) *groupReader {
	l := ldap.NewLayout()
	owner := m.Owner
	if owner == "" {
		owner = "managedBy"
	}
	return &groupReader{
		layout: l, base: base, domain: domain,
		guid: l.Want("objectGUID"), sid: l.Want("objectSid"), name: l.Want(m.GroupName), cn: l.Want("cn"), login: l.Want("sAMAccountName"),
		description: l.Want("description"), owner: l.Want(owner), groupType: l.Want("groupType"), adminCount: l.Want("adminCount"),
		critical: l.Want("isCriticalSystemObject"), created: l.Want("whenCreated"), changed: l.Want("whenChanged"), member: l.Want("member"),
		privileged: folded(m.Privileged),
	}
}

func (g *groupReader) group(r *ldap.Row, id string) directory.Entitlement {
	dn := r.DN()
	e := directory.Entitlement{ExternalID: id, Kind: iam.Group, DN: dn, Name: r.First(g.name), Refs: []string{ldap.RefOfDN(dn)}}
	if e.Name == "" {
		e.Name = r.First(g.cn)
	}
	e.Facts = iam.EntitlementFacts{
		Description: r.First(g.description), SID: firstSID(r, g.sid),
		CreatedAt: ldap.MomentOf(r.First(g.created)), ModifiedAt: ldap.MomentOf(r.First(g.changed)),
	}
	if e.Facts.SID != "" {
		e.Refs = append(e.Refs, refOfSID(e.Facts.SID))
	}
	if v := r.First(g.owner); v != "" {
		e.Facts.OwnerRef = ldap.RefOfDN(v)
	}
	e.Facts.Privileged = isPowerful(e.Facts.SID)
	for _, place := range []int{g.name, g.cn, g.login} {
		for _, v := range r.Texts(place) {
			e.Facts.Privileged = e.Facts.Privileged || g.privileged[ldap.Fold(v)]
		}
	}
	words := groupFlags(r.First(g.groupType))
	if n, ok := number(r.First(g.adminCount)); ok && n > 0 {
		words = append(words, "adminCount")
	}
	if r.Is(g.critical, "TRUE") {
		words = append(words, "critical")
	}
	e.Facts.Flags = joined(words)
	return e
}

// members are the direct members of the row, each once.
func (g *groupReader) members(values [][]byte) []directory.Member {
	members := make([]directory.Member, 0, len(values))
	seen := make(map[string]bool, len(values))
	for _, v := range values {
		m := g.one(string(v))
		key := m.Ref
		if key == "" {
			key = m.Value
		}
		if key != "" && !seen[key] {
			seen[key] = true
			members = append(members, m)
		}
	}
	return members
}

// one is the member that a value of member names. A foreign security principal
// stands for a SID of another domain or for one that all know, such as
// Authenticated Users: its SID says more than its name.
func (g *groupReader) one(value string) directory.Member {
	value = strings.ToValidUTF8(value, "\uFFFD")
	ref := ldap.RefOfDN(value)
	if ref == "" {
		return directory.Member{Value: value}
	}
	dn := ref[len("dn:"):]
	if sid := foreignSID(dn, g.domain); sid != "" {
		return directory.Member{Ref: refOfSID(sid), Value: sidName(sid), Foreign: true}
	}
	foreign := domainName(dn) != domainName(g.domain)
	return directory.Member{Ref: ref, Value: value, OutsideScope: foreign || !ldap.Within(dn, g.base), Foreign: foreign}
}

// domainName is the part of a normal name that names the domain: a child domain
// has a name below its parent's, and is another.
func domainName(dn string) string {
	at := len(dn)
	for at > 0 {
		from := strings.LastIndexByte(dn[:at], ',') + 1
		if !strings.HasPrefix(dn[from:at], "dc=") {
			break
		}
		at = max(from-1, 0)
	}
	return strings.TrimPrefix(dn[at:], ",")
}

// foreignSID is the SID in the normal name of a foreign security principal of
// the domain; empty for other names.
func foreignSID(dn, domain string) string {
	name, above, _ := strings.Cut(dn, ",")
	if above != "cn=foreignsecurityprincipals,"+domain {
		return ""
	}
	sid, ok := strings.CutPrefix(name, "cn=s-1-")
	if !ok {
		return ""
	}
	return "S-1-" + sid
}
