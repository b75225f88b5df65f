package directorytest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Tree writes changes as LDIF for a server that keeps POSIX accounts below
// ou=people and groups below ou=groups of Root, and that does not follow
// references to what is renamed. It makes these two itself.
type Tree struct {
	Root    string // an entry that is there
	Outside string // where accounts go that leave; empty: RemoveFromView is not known
	// Modify applies LDIF change records.
	Modify func(ldif string)
	// Disable and Enable are the lines that change an entry so; empty: not known.
	Disable, Enable string
	// Placeholder is a member of every group that must have one.
	Placeholder string

	begun    bool
	accounts map[string]*leaf
	groups   map[string]*leaf
	made     int
	out      strings.Builder
}

type leaf struct {
	rdn, unit string
	gid       int
	members   map[string]string // by Account or "group "+Nested: the value kept
}

// Verbs are those that the tree knows.
func (d *Tree) Verbs() []Verb {
	verbs := []Verb{AddUnit, AddAccount, AddAccount, ModifyAccount, RenameAccount, MoveAccount, ChangePrimary, DeleteAccount,
		SetManager, SetManager,
		AddGroup, ModifyGroup, RenameGroup, DeleteGroup, SetOwner, AddMember, AddMember, AddMember, RemoveMember, AddStranger}
	if d.Disable != "" {
		verbs = append(verbs, DisableAccount, EnableAccount)
	}
	if d.Outside != "" {
		verbs = append(verbs, RemoveFromView)
	}
	return verbs
}

// escaped writes a value of a distinguished name (RFC 4514 section 2.4), in
// turns with a backslash and with hexadecimal digits.
func (d *Tree) escaped(value string) string {
	d.made++
	var b strings.Builder
	for i, r := range value {
		special := strings.ContainsRune(`,+"\<>;=`, r) || r == ' ' && (i == 0 || i == len(value)-1) || r == '#' && i == 0
		switch {
		case special && d.made%2 == 0:
			fmt.Fprintf(&b, `\%02X`, r)
		case special:
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// line writes an LDIF line (RFC 2849), encoded if need be.
func (d *Tree) line(name, value string) {
	plain := !strings.HasPrefix(value, " ") && !strings.HasPrefix(value, ":") && !strings.HasPrefix(value, "<") && !strings.HasSuffix(value, " ")
	for _, c := range []byte(value) {
		plain = plain && c < 0x80 && c >= ' '
	}
	if plain {
		d.out.WriteString(name + ": " + value + "\n")
		return
	}
	d.out.WriteString(name + ":: " + base64.StdEncoding.EncodeToString([]byte(value)) + "\n")
}

func (d *Tree) people() string { return "ou=people," + d.Root }
func (d *Tree) home(unit string) string {
	return "ou=" + unit + "," + d.people()
}
func (d *Tree) dn(l *leaf) string {
	if l.unit == "" {
		return l.rdn + ",ou=groups," + d.Root
	}
	return l.rdn + "," + d.home(l.unit)
}

// DN is where the account is now.
func (d *Tree) DN(account string) string { return d.dn(d.accounts[account]) }

// Change applies changes; it is Subject.Change.
func (d *Tree) Change(t testing.TB, changes ...Change) {
	t.Helper()
	d.out.Reset()
	if !d.begun {
		d.begun, d.accounts, d.groups = true, map[string]*leaf{}, map[string]*leaf{}
		for _, unit := range []string{"people", "groups"} {
			d.entry("ou="+unit+","+d.Root, "organizationalUnit", "ou", unit)
		}
	}
	for _, c := range changes {
		d.write(t, c)
	}
	d.Modify(d.out.String())
}

func (d *Tree) entry(dn string, lines ...string) {
	d.line("dn", dn)
	d.out.WriteString("changetype: add\n")
	d.line("objectClass", lines[0])
	for i := 1; i < len(lines); i += 2 {
		d.line(lines[i], lines[i+1])
	}
	d.out.WriteString("\n")
}

func (d *Tree) modify(dn, how, attr, value string) {
	d.line("dn", dn)
	d.out.WriteString("changetype: modify\n")
	d.line(how, attr)
	if value != "" {
		d.line(attr, value)
	}
	d.out.WriteString("\n")
}

func (d *Tree) rename(dn, rdn, below string) {
	d.line("dn", dn)
	d.out.WriteString("changetype: modrdn\n")
	d.line("newrdn", rdn)
	d.out.WriteString("deleteoldrdn: 1\n")
	if below != "" {
		d.line("newsuperior", below)
	}
	d.out.WriteString("\n")
}

func (d *Tree) remove(dn string) {
	d.line("dn", dn)
	d.out.WriteString("changetype: delete\n\n")
}

func (d *Tree) write(t testing.TB, c Change) {
	a, g := d.accounts[c.Account], d.groups[c.Group]
	switch c.Verb {
	case AddUnit:
		d.entry(d.home(c.Unit), "organizationalUnit", "ou", c.Unit)
	case RenameUnit:
		d.rename(d.home(c.Unit), "ou="+c.To, "")
		for _, a := range d.accounts {
			if a.unit == c.Unit {
				a.unit = c.To
			}
		}
	case AddAccount:
		a = &leaf{rdn: "cn=" + d.escaped(c.Name), unit: c.Unit}
		d.accounts[c.Account] = a
		d.entry(d.dn(a), "inetOrgPerson", "objectClass", "posixAccount", "cn", c.Name, "sn", "S", "uid", c.Account, "displayName", c.Name,
			"uidNumber", fmt.Sprint(20_000+d.made), "gidNumber", "100", "homeDirectory", "/", "mail", c.Account+"@demo.example")
	case ModifyAccount:
		d.modify(d.dn(a), "replace", "title", c.Text)
	case RenameAccount:
		from := d.dn(a)
		a.rdn = "cn=" + d.escaped(c.Name)
		d.rename(from, a.rdn, "")
	case MoveAccount:
		from := d.dn(a)
		a.unit = c.Unit
		d.rename(from, a.rdn, d.home(c.Unit))
	case RemoveFromView:
		d.rename(d.dn(a), a.rdn, d.Outside)
		delete(d.accounts, c.Account)
	case DeleteAccount:
		d.remove(d.dn(a))
		delete(d.accounts, c.Account)
	case DisableAccount, EnableAccount:
		lines := d.Disable
		if c.Verb == EnableAccount {
			lines = d.Enable
		}
		d.line("dn", d.dn(a))
		d.out.WriteString("changetype: modify\n" + lines + "\n\n")
	case ChangePrimary:
		d.modify(d.dn(a), "replace", "gidNumber", fmt.Sprint(g.gid))
	case SetManager:
		d.name(d.dn(a), "manager", c.Manager)
	case SetOwner:
		d.name(d.dn(g), "owner", c.Manager)
	case AddGroup, ModifyGroup, RenameGroup, DeleteGroup:
		d.writeGroup(c, g)
	case AddMember, RemoveMember, AddStranger:
		d.writeMember(c, g)
	default:
		t.Fatalf("the tree knows no %q", c.Verb)
	}
}

// name makes an account, or nobody, the one that an entry names.
func (d *Tree) name(dn, attr, account string) {
	value := ""
	if account != "" {
		value = d.DN(account)
	}
	d.modify(dn, "replace", attr, value)
}

func (d *Tree) writeGroup(c Change, g *leaf) {
	switch c.Verb {
	case AddGroup:
		g = &leaf{rdn: "cn=" + d.escaped(c.Group), members: map[string]string{}}
		d.groups[c.Group] = g
		lines := []string{"groupOfNames", "cn", c.Group}
		if c.Posix {
			g.gid = 300_000 + d.made
			lines = []string{"posixGroup", "cn", c.Group, "gidNumber", fmt.Sprint(g.gid)}
		} else if d.Placeholder != "" {
			lines = append(lines, "member", d.Placeholder)
		}
		d.entry(d.dn(g), lines...)
	case ModifyGroup:
		d.modify(d.dn(g), "replace", "description", c.Text)
	case RenameGroup:
		from := d.dn(g)
		g.rdn = "cn=" + d.escaped(c.To)
		d.rename(from, g.rdn, "")
		delete(d.groups, c.Group)
		d.groups[c.To] = g
		for _, other := range d.groups {
			if value, ok := other.members["group "+c.Group]; ok {
				delete(other.members, "group "+c.Group)
				other.members["group "+c.To] = value
			}
		}
	case DeleteGroup:
		d.remove(d.dn(g))
		delete(d.groups, c.Group)
	}
}

func (d *Tree) writeMember(c Change, g *leaf) {
	key, attr, value := c.Account, "member", ""
	switch {
	case c.Verb == AddStranger:
		key, value = c.Text, "cn="+c.Text+","+d.people()
	case c.Nested != "":
		key, value = "group "+c.Nested, d.dn(d.groups[c.Nested])
	case g.gid != 0:
		attr, value = "memberUid", c.Account
	default:
		value = d.dn(d.accounts[c.Account])
	}
	how := "add"
	if kept, ok := g.members[key]; c.Verb == RemoveMember {
		if how = "delete"; ok {
			value = kept
		}
		delete(g.members, key)
	} else {
		g.members[key] = value
	}
	d.modify(d.dn(g), how, attr, value)
}

// Accounts are the logins of those that are there.
func (d *Tree) Accounts() []string {
	var all []string
	for login := range d.accounts {
		all = append(all, login)
	}
	slices.Sort(all)
	return all
}
