package directorytest

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Domain writes changes as LDIF for a domain controller. What it makes lies
// below OU=Company, which is the base to read; OU=Elsewhere is out of view.
type Domain struct {
	Samba *Samba

	begun    bool
	accounts map[string]*object
	groups   map[string]*object
	units    map[string]bool
	made     int
	out      strings.Builder
}

// object is an account or a group as the domain has it.
type object struct {
	name, unit string
	token      int             // of a group: its primaryGroupToken
	primary    *object         // of an account: its primary group, nil for Domain Users
	members    map[string]bool // by account or "group "+name
}

// DomainBase is what a reader of a Domain reads.
const DomainBase = "OU=Company," + SambaDomain

// Verbs are those that the domain knows.
func (d *Domain) Verbs() []Verb {
	return []Verb{AddUnit, AddAccount, ModifyAccount, ModifyAccount, RenameAccount, MoveAccount, DisableAccount, EnableAccount, ChangePrimary,
		RemoveFromView, DeleteAccount, SetManager, SetManager, AddGroup, ModifyGroup, RenameGroup, DeleteGroup, SetOwner, AddMember, AddMember, RemoveMember, AddStranger, RenameUnit}
}

func rdn(name string) string {
	var b strings.Builder
	for i, r := range name {
		if strings.ContainsRune(`,+"\<>;=`, r) || r == ' ' && (i == 0 || i == len(name)-1) || r == '#' && i == 0 {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (d *Domain) home(unit string) string { return "OU=" + unit + ",OU=Staff," + DomainBase }

func (d *Domain) dn(o *object) string {
	if o.unit == "" {
		return "CN=" + rdn(o.name) + ",OU=Teams," + DomainBase
	}
	return "CN=" + rdn(o.name) + "," + d.home(o.unit)
}

// line writes an LDIF line, encoded (RFC 2849).
func (d *Domain) line(name, value string) {
	d.out.WriteString(name + ":: " + base64.StdEncoding.EncodeToString([]byte(value)) + "\n")
}

func (d *Domain) entry(dn string, pairs ...string) {
	d.line("dn", dn)
	d.out.WriteString("changetype: add\n")
	for i := 0; i < len(pairs); i += 2 {
		d.line(pairs[i], pairs[i+1])
	}
	d.out.WriteString("\n")
}

func (d *Domain) modify(dn, how, attr, value string) {
	d.line("dn", dn)
	fmt.Fprintf(&d.out, "changetype: modify\n%s: %s\n", how, attr)
	if value != "" {
		d.line(attr, value)
	}
	d.out.WriteString("-\n\n")
}

func (d *Domain) rename(dn, to, below string) {
	d.line("dn", dn)
	d.out.WriteString("changetype: modrdn\n")
	d.line("newrdn", to)
	d.out.WriteString("deleteoldrdn: 1\n")
	if below != "" {
		d.line("newsuperior", below)
	}
	d.out.WriteString("\n")
}

func (d *Domain) remove(dn string) {
	d.line("dn", dn)
	d.out.WriteString("changetype: delete\n\n")
}

// flush sends what was written.
func (d *Domain) flush() {
	if d.out.Len() > 0 {
		d.Samba.Modify(d.out.String())
		d.out.Reset()
	}
}

// Change applies changes; it is Subject.Change. A second population begins with
// an empty company: it does not know what the first made.
func (d *Domain) Change(t testing.TB, changes ...Change) {
	t.Helper()
	if !d.begun {
		d.begun, d.accounts, d.groups, d.units = true, map[string]*object{}, map[string]*object{}, map[string]bool{}
		for _, unit := range []string{DomainBase, "OU=Staff," + DomainBase, "OU=Teams," + DomainBase} {
			d.entry(unit, "objectClass", "organizationalUnit")
		}
	}
	for _, c := range changes {
		d.made++
		d.write(t, c)
	}
	d.flush()
}

// clear deletes what the populations before made.
func (d *Domain) clear() {
	for _, a := range d.accounts {
		d.remove(d.dn(a))
	}
	for _, g := range d.groups {
		d.remove(d.dn(g))
	}
	for unit := range d.units {
		d.remove(d.home(unit))
	}
	d.accounts, d.groups, d.units = map[string]*object{}, map[string]*object{}, map[string]bool{}
}

func (d *Domain) write(t testing.TB, c Change) {
	a := d.accounts[c.Account]
	switch c.Verb {
	case AddUnit:
		if c.Unit == "unit1" { // the first change of a population
			d.clear()
		}
		d.units[c.Unit] = true
		d.entry(d.home(c.Unit), "objectClass", "organizationalUnit")
	case RenameUnit:
		d.rename(d.home(c.Unit), "OU="+c.To, "")
		delete(d.units, c.Unit)
		d.units[c.To] = true
		for _, a := range d.accounts {
			if a.unit == c.Unit {
				a.unit = c.To
			}
		}
	case AddAccount:
		a = &object{name: c.Name, unit: c.Unit}
		d.accounts[c.Account] = a
		d.entry(d.dn(a), "objectClass", "user", "sAMAccountName", c.Account, "userPrincipalName", c.Account+"@ad.test", "displayName", c.Name,
			"userAccountControl", "544", "mail", c.Account+"@ad.test")
	case ModifyAccount:
		d.modify(d.dn(a), "replace", "title", c.Text)
	case RenameAccount:
		from := d.dn(a)
		a.name = c.Name
		d.rename(from, "CN="+rdn(a.name), "")
	case MoveAccount:
		from := d.dn(a)
		a.unit = c.Unit
		d.rename(from, "CN="+rdn(a.name), d.home(c.Unit))
	case RemoveFromView:
		if a.primary != nil { // its group could not be deleted otherwise
			d.modify(d.dn(a), "replace", "primaryGroupID", "513")
		}
		gone := fmt.Sprintf("gone%d", d.made) // frees its names
		d.modify(d.dn(a), "replace", "sAMAccountName", gone)
		d.modify(d.dn(a), "replace", "userPrincipalName", gone+"@ad.test")
		d.rename(d.dn(a), "CN="+gone, "OU=Elsewhere,"+SambaDomain)
		d.forget(c.Account)
	case DeleteAccount:
		d.remove(d.dn(a))
		d.forget(c.Account)
	case DisableAccount:
		d.modify(d.dn(a), "replace", "userAccountControl", "546")
	case EnableAccount:
		d.modify(d.dn(a), "replace", "userAccountControl", "544")
	case ChangePrimary:
		d.changePrimary(c.Account, d.groups[c.Group])
	case SetManager:
		d.name(d.dn(a), "manager", c.Manager)
	case SetOwner:
		d.name(d.dn(d.groups[c.Group]), "managedBy", c.Manager)
	case AddGroup, ModifyGroup, RenameGroup, DeleteGroup:
		d.writeGroup(c, d.groups[c.Group])
	case AddMember, RemoveMember, AddStranger:
		d.writeMember(c, d.groups[c.Group])
	default:
		t.Fatalf("the domain knows no %q", c.Verb)
	}
}

// name makes an account, or nobody, the one that an object names.
func (d *Domain) name(dn, attr, account string) {
	value := ""
	if account != "" {
		value = d.dn(d.accounts[account])
	}
	d.modify(dn, "replace", attr, value)
}

func (d *Domain) forget(account string) {
	delete(d.accounts, account)
	for _, g := range d.groups {
		delete(g.members, account)
	}
}

// changePrimary does what the directory asks for: first a member, then the
// account's own group, which then no longer lists it, while the one before does.
func (d *Domain) changePrimary(account string, g *object) {
	a := d.accounts[account]
	if a.primary == g {
		return
	}
	if !g.members[account] {
		d.modify(d.dn(g), "add", "member", d.dn(a))
	}
	if g.token == 0 {
		d.flush()
		for _, line := range strings.Split(d.Samba.Search("-b", d.dn(g), "-s", "base", "primaryGroupToken"), "\n") {
			if value, ok := strings.CutPrefix(line, "primaryGroupToken: "); ok {
				g.token, _ = strconv.Atoi(value)
			}
		}
	}
	d.modify(d.dn(a), "replace", "primaryGroupID", strconv.Itoa(g.token))
	delete(g.members, account)
	if a.primary != nil {
		a.primary.members[account] = true
	}
	a.primary = g
}

func (d *Domain) writeGroup(c Change, g *object) {
	switch c.Verb {
	case AddGroup:
		g = &object{name: c.Group, members: map[string]bool{}}
		d.groups[c.Group] = g
		d.entry(d.dn(g), "objectClass", "group", "sAMAccountName", fmt.Sprintf("%s-%d", c.Group, d.made), "groupType", "-2147483640")
	case ModifyGroup:
		d.modify(d.dn(g), "replace", "description", c.Text)
	case RenameGroup:
		from := d.dn(g)
		g.name = c.To
		d.rename(from, "CN="+rdn(g.name), "")
		delete(d.groups, c.Group)
		d.groups[c.To] = g
		for _, other := range d.groups {
			if other.members["group "+c.Group] {
				delete(other.members, "group "+c.Group)
				other.members["group "+c.To] = true
			}
		}
	case DeleteGroup:
		for _, a := range d.accounts { // a primary group cannot be deleted
			if a.primary == g {
				d.modify(d.dn(a), "replace", "primaryGroupID", "513")
				a.primary = nil
			}
		}
		d.remove(d.dn(g))
		delete(d.groups, c.Group)
		for _, other := range d.groups {
			delete(other.members, "group "+c.Group)
		}
	}
}

func (d *Domain) writeMember(c Change, g *object) {
	key, value := c.Account, ""
	switch {
	case c.Verb == AddStranger:
		key, value = c.Text, fmt.Sprintf("<SID=S-1-5-21-1111111111-2222222222-3333333333-%d>", 100_000+d.made)
	case c.Nested != "":
		key, value = "group "+c.Nested, d.dn(d.groups[c.Nested])
	default:
		value = d.dn(d.accounts[c.Account])
		if d.accounts[c.Account].primary == g {
			return // the account names the group itself
		}
	}
	if has := g.members[key]; has == (c.Verb != RemoveMember) {
		return
	}
	if c.Verb == RemoveMember {
		delete(g.members, key)
		d.modify(d.dn(g), "delete", "member", value)
		return
	}
	g.members[key] = true
	d.modify(d.dn(g), "add", "member", value)
}
