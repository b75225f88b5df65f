package directorytest

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Verb is what a Change does.
type Verb string

// The verbs, with the fields of Change that they use.
const (
	AddUnit        Verb = "add unit"           // Unit
	RenameUnit     Verb = "rename unit"        // Unit, To
	AddAccount     Verb = "add account"        // Account, Name, Unit
	ModifyAccount  Verb = "modify account"     // Account, Text
	RenameAccount  Verb = "rename account"     // Account, Name
	MoveAccount    Verb = "move account"       // Account, Unit
	DisableAccount Verb = "disable account"    // Account
	EnableAccount  Verb = "enable account"     // Account
	SetManager     Verb = "set manager"        // Account, Manager: an account, or nobody
	ChangePrimary  Verb = "change primary"     // Account, Group: one made by AddGroup with Posix
	RemoveFromView Verb = "move out of view"   // Account: it exists, outside the base
	DeleteAccount  Verb = "delete account"     // Account
	AddGroup       Verb = "add group"          // Group, Posix
	ModifyGroup    Verb = "modify group"       // Group, Text
	RenameGroup    Verb = "rename group"       // Group, To
	DeleteGroup    Verb = "delete group"       // Group
	SetOwner       Verb = "set owner"          // Group, Manager: an account, or nobody
	AddMember      Verb = "add member"         // Group, and Account or Nested
	RemoveMember   Verb = "remove member"      // Group, and Account or Nested
	AddStranger    Verb = "add unknown member" // Group, Text: a name that is no entry
)

// Change is one change of a directory in words that fit every kind. Accounts
// are known by their login, which never changes; Name is what a tree of entries
// names them by.
type Change struct {
	Verb                             Verb
	Account, Group, Nested, Unit, To string
	Name, Text, Manager              string
	Posix                            bool // the group is one that accounts name themselves
}

// oddNames are names that are easy to write wrongly, once each.
var oddNames = []string{
	`Haugen, Per`, `"Skip" Olsen`, `a+b=c`, `#1 <one>; two`, `back\slash`, `  spaced   out  `, `Åse Ærlig Ødegård`, `Łukasz Żółć`,
	`山田 太郎`, `العربية`, `🙂 smile 👩‍🔬`, `uid=x,ou=y`, `*(star)*`, `Straße`, `İstanbul`, `tab/slash/null`,
}

// Population is a set of objects with a life: it makes random changes that fit
// together, and knows what should be there afterwards.
type Population struct {
	random   *rand.Rand
	verbs    []Verb
	made     int
	units    []string
	accounts []string
	homes    map[string]string // account to unit
	disabled map[string]bool
	// entered are the units that an account moved to: slapd 2.5 refuses to rename
	// some of those ("DN index add failed").
	entered map[string]bool
	groups  []string
	posix   map[string]bool
	members map[string][]Change // of a group: the AddMember that made each
}

// NewPopulation makes a population that knows some verbs only. Two of different
// seeds share no name.
func NewPopulation(seed uint64, verbs []Verb) *Population {
	return &Population{made: int(seed) * 100_000, random: rand.New(rand.NewPCG(seed, 4)), verbs: verbs, homes: map[string]string{}, disabled: map[string]bool{}, entered: map[string]bool{},
		posix: map[string]bool{}, members: map[string][]Change{}}
}

func (p *Population) knows(v Verb) bool { return slices.Contains(p.verbs, v) }

// Begin is what a directory starts with: units, accounts, groups, members.
func (p *Population) Begin() []Change {
	var all []Change
	add := func(v Verb) {
		if c, ok := p.one(v); ok {
			all = append(all, c)
		}
	}
	for _, round := range []struct {
		verb  Verb
		times int
	}{{AddUnit, 4}, {AddGroup, 9}, {AddAccount, 40}, {AddMember, 60}, {AddStranger, 4}, {SetManager, 25}, {SetOwner, 4}} {
		for range round.times {
			add(round.verb)
		}
	}
	return all
}

// Changes are n random changes, in order.
func (p *Population) Changes(n int) []Change {
	var all []Change
	for len(all) < n {
		if c, ok := p.one(p.verbs[p.random.IntN(len(p.verbs))]); ok {
			all = append(all, c)
		}
	}
	return all
}

func (p *Population) pick(from []string) string {
	if len(from) == 0 {
		return ""
	}
	return from[p.random.IntN(len(from))]
}

func (p *Population) name() string {
	p.made++
	if p.made%4 == 0 {
		return fmt.Sprintf("%s %d", oddNames[p.made/4%len(oddNames)], p.made)
	}
	return fmt.Sprintf("%s %s %d", givenNames[p.random.IntN(len(givenNames))], surnames[p.random.IntN(len(surnames))], p.made)
}

// one makes a change with the verb; false where nothing is there to change.
func (p *Population) one(v Verb) (Change, bool) {
	if !p.knows(v) {
		return Change{}, false
	}
	switch v {
	case AddUnit, RenameUnit:
		return p.unit(v)
	case AddGroup, ModifyGroup, RenameGroup, DeleteGroup, SetOwner:
		return p.group(v)
	case AddMember, RemoveMember, AddStranger:
		return p.member(v)
	}
	return p.account(v)
}

func (p *Population) unit(v Verb) (Change, bool) {
	p.made++
	fresh := fmt.Sprintf("unit%d", p.made)
	if v == AddUnit {
		if len(p.units) >= 12 {
			return Change{}, false
		}
		p.units = append(p.units, fresh)
		return Change{Verb: v, Unit: fresh}, true
	}
	at := p.random.IntN(len(p.units))
	if p.entered[p.units[at]] {
		return Change{}, false
	}
	c := Change{Verb: v, Unit: p.units[at], To: fresh}
	p.units[at] = fresh
	for account, home := range p.homes {
		if home == c.Unit {
			p.homes[account] = fresh
		}
	}
	return c, true
}

func (p *Population) account(v Verb) (Change, bool) {
	c := Change{Verb: v, Account: p.pick(p.accounts)}
	if v == AddAccount {
		p.made++
		c.Account, c.Name, c.Unit = fmt.Sprintf("x%07d", p.made), p.name(), p.pick(p.units)
		p.accounts, p.homes[c.Account] = append(p.accounts, c.Account), c.Unit
		return c, true
	}
	if len(p.accounts) < 30 && (v == DeleteAccount || v == RemoveFromView) || c.Account == "" {
		return Change{}, false
	}
	switch v {
	case ModifyAccount:
		p.made++
		c.Text = fmt.Sprintf("Title %d", p.made)
	case RenameAccount:
		c.Name = p.name()
	case MoveAccount:
		if c.Unit = p.pick(p.units); c.Unit == p.homes[c.Account] {
			return Change{}, false
		}
		p.homes[c.Account], p.entered[c.Unit] = c.Unit, true
	case DisableAccount, EnableAccount:
		if p.disabled[c.Account] == (v == DisableAccount) {
			return Change{}, false
		}
		p.disabled[c.Account] = v == DisableAccount
	case SetManager:
		c.Manager = p.superior()
	case ChangePrimary:
		var posix []string
		for _, g := range p.groups {
			if p.posix[g] {
				posix = append(posix, g)
			}
		}
		if c.Group = p.pick(posix); c.Group == "" {
			return Change{}, false
		}
	case DeleteAccount, RemoveFromView:
		p.accounts = slices.DeleteFunc(p.accounts, func(a string) bool { return a == c.Account })
		delete(p.homes, c.Account)
	}
	return c, true
}

// superior is one of a few accounts, so that some have many below them; seldom
// nobody.
func (p *Population) superior() string {
	if len(p.accounts) == 0 || p.random.IntN(6) == 0 {
		return ""
	}
	return p.pick(p.accounts[:min(len(p.accounts), 8)])
}

func (p *Population) group(v Verb) (Change, bool) {
	c := Change{Verb: v, Group: p.pick(p.groups)}
	p.made++
	switch {
	case v == AddGroup:
		c.Group, c.Posix = fmt.Sprintf("grp%d", p.made), p.made%3 == 0 && p.knows(ChangePrimary)
		p.groups, p.posix[c.Group] = append(p.groups, c.Group), c.Posix
	case c.Group == "" || v == DeleteGroup && len(p.groups) < 7 || v == SetOwner && p.posix[c.Group]:
		return Change{}, false
	case v == SetOwner:
		c.Manager = p.superior()
	case v == ModifyGroup:
		c.Text = fmt.Sprintf("Description %d", p.made)
	case v == RenameGroup:
		c.To = fmt.Sprintf("grp%d é", p.made)
		p.groups[slices.Index(p.groups, c.Group)] = c.To
		p.posix[c.To], p.members[c.To] = p.posix[c.Group], p.members[c.Group]
		delete(p.members, c.Group)
		for _, members := range p.members {
			for i := range members {
				if members[i].Nested == c.Group {
					members[i].Nested = c.To
				}
			}
		}
	case v == DeleteGroup:
		p.groups = slices.DeleteFunc(p.groups, func(g string) bool { return g == c.Group })
		delete(p.members, c.Group)
	}
	return c, true
}

func (p *Population) member(v Verb) (Change, bool) {
	c := Change{Verb: v, Group: p.pick(p.groups)}
	if c.Group == "" {
		return c, false
	}
	members := p.members[c.Group]
	p.made++
	switch {
	case v == AddStranger:
		c.Text = fmt.Sprintf("gone %d", p.made)
		return c, !p.posix[c.Group]
	case v == RemoveMember:
		// Whoever was deleted may be a member still, or not: that depends on the
		// directory.
		for i, was := range members {
			if slices.Contains(p.accounts, was.Account) || slices.Contains(p.groups, was.Nested) {
				p.members[c.Group] = slices.Delete(slices.Clone(members), i, i+1)
				c.Account, c.Nested = was.Account, was.Nested
				return c, true
			}
		}
		return c, false
	case p.random.IntN(5) == 0 && !p.posix[c.Group]:
		c.Nested = p.pick(p.groups)
	default:
		c.Account = p.pick(p.accounts)
	}
	for _, was := range members {
		if was.Account == c.Account && was.Nested == c.Nested {
			return c, false
		}
	}
	if c.Nested == c.Group || c.Account == "" && c.Nested == "" {
		return c, false
	}
	p.members[c.Group] = append(members, c)
	return c, true
}
