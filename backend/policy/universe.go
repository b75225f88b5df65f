package policy

import (
	"maps"
	"slices"
	"strings"

	"gatehouse/backend/iam"
)

// Universe is an account: its users, their groups, and the policies that bear
// on them.
type Universe struct {
	Account   string
	Users     map[string]UniverseUser
	Groups    map[string]UniverseGroup
	SCP       [][]Named         // by level, root first; nil: not in an organization
	Resources map[string]*Named // resource policies by the ARN of the resource
}

// UniverseUser is a user by what it has of its own.
type UniverseUser struct {
	ARN      string // "" is that of a user of this name without a path
	Groups   []string
	Policies []Named
	Tags     map[string]string
}

// UniverseGroup is a group. Its members have its policies and those of its
// parents, and of theirs; a cycle of parents is no error.
type UniverseGroup struct {
	Parents  []string
	Policies []Named
}

// Principals is a universe made ready to answer who can do what. It never
// changes.
type Principals struct {
	account string
	users   []user  // by name
	groups  []group // by name

	documents []document // each document once, however many it hangs on
	placed    []placed   // their statements; policy is the document
	index     index

	shared map[string]*Policies // what bears on everyone, by the ARN of a resource with a policy
	common *Policies            // the same for a resource without
}

type user struct {
	holding
	who    caller
	groups []int32
}

type group struct {
	holding
	parents, children []int32
	members           []int32 // users that are in it directly
}

// holding is what hangs on a user or a group.
type holding struct {
	name      string
	own       []Named
	documents []int32 // of own
}

// document is a document and whom it hangs on. One that was not read has no
// statements.
type document struct {
	unread        bool
	users, groups []int32
}

// NewPrincipals makes a universe ready. It refuses groups that the universe
// does not have, and policies that Compile would refuse.
func NewPrincipals(u *Universe) (*Principals, error) {
	p := &Principals{account: u.Account, shared: make(map[string]*Policies, len(u.Resources))}
	b := universeBuilder{p, map[*Document]int32{}, map[string]int32{}}
	for i, name := range slices.Sorted(maps.Keys(u.Groups)) {
		b.groups[name] = int32(i)
		p.groups = append(p.groups, group{holding: holding{name: name, own: u.Groups[name].Policies}})
	}
	for i := range p.groups {
		g := &p.groups[i]
		var err error
		if g.parents, err = b.group("group", g.name, u.Groups[g.name].Parents); err != nil {
			return nil, err
		}
		for _, parent := range g.parents {
			p.groups[parent].children = append(p.groups[parent].children, int32(i))
		}
		if err := b.hang("group", &g.holding, func(d *document) { d.groups = append(d.groups, int32(i)) }); err != nil {
			return nil, err
		}
	}
	for i, name := range slices.Sorted(maps.Keys(u.Users)) {
		told := u.Users[name]
		one := user{holding: holding{name: name, own: told.Policies}, who: callerOf(u.Account, name, &told)}
		var err error
		if one.groups, err = b.group("user", name, told.Groups); err != nil {
			return nil, err
		}
		for _, g := range one.groups {
			p.groups[g].members = append(p.groups[g].members, int32(i))
		}
		if err := b.hang("user", &one.holding, func(d *document) { d.users = append(d.users, int32(i)) }); err != nil {
			return nil, err
		}
		p.users = append(p.users, one)
	}
	p.index = newIndex(p.placed)
	return p, p.share(u)
}

// universeBuilder gives documents and groups their numbers.
type universeBuilder struct {
	*Principals
	numbers map[*Document]int32
	groups  map[string]int32
}

// group are the numbers of groups.
func (b *universeBuilder) group(kind, name string, groups []string) ([]int32, error) {
	var out []int32
	for _, g := range groups {
		at, ok := b.groups[g]
		if !ok {
			return nil, iam.Errorf(iam.Invalid, "The %s %q is in the group %q, which the universe does not have.", kind, name, g).
				In("groups").Fix("Add the group, or take it out of the list.")
		}
		out = append(out, at)
	}
	return out, nil
}

// hang compiles the documents of a holding that are new, and notes on whom they
// hang.
func (b *universeBuilder) hang(kind string, h *holding, on func(*document)) error {
	for _, n := range h.own {
		at, known := b.numbers[n.Document]
		if !known {
			at = int32(len(b.documents))
			b.numbers[n.Document] = at
			b.documents = append(b.documents, document{unread: n.Document == nil})
			if err := b.compile(n, int(at)); err != nil {
				return inHolder(err, kind, h.name)
			}
		}
		on(&b.documents[at])
		h.documents = append(h.documents, at)
	}
	return nil
}

func (b *universeBuilder) compile(n Named, at int) error {
	if n.Document == nil {
		return nil
	}
	rules, err := compileDocument(n.Document, LayerIdentity)
	if err != nil {
		return policyError(err, n, Layer{Kind: LayerIdentity})
	}
	for j := range rules {
		b.placed = append(b.placed, placed{&rules[j], atIdentity, at, j})
	}
	return nil
}

// share compiles what bears on every user: the organization's policies, with
// and without a resource's own.
func (p *Principals) share(u *Universe) (err error) {
	var c Compiler
	if p.common, err = c.Compile(Set{SCP: u.SCP}); err != nil {
		return err
	}
	for arn, n := range u.Resources {
		if p.shared[arn], err = c.Compile(Set{SCP: u.SCP, Resource: n}); err != nil {
			return inHolder(err, "resource", arn)
		}
	}
	return nil
}

// policiesOf are the policies that bear on a resource whoever asks. The policy
// of a bucket bears on the objects in it.
func (p *Principals) policiesOf(arn string) *Policies {
	if found := p.shared[arn]; found != nil {
		return found
	}
	if bucket, _, inside := strings.Cut(arn, "/"); inside && isResource(arn, "s3", "") {
		if found := p.shared[bucket]; found != nil {
			return found
		}
	}
	return p.common
}

func callerOf(account, name string, u *UniverseUser) caller {
	c := caller{arn: [1]string{u.ARN}, name: [1]string{name}}
	if u.ARN == "" {
		c.arn[0] = "arn:aws:iam::" + account + ":user/" + name
	}
	for _, key := range slices.Sorted(maps.Keys(u.Tags)) {
		c.tags = append(c.tags, tag{strings.ToLower(key), [1]string{u.Tags[key]}})
	}
	return c
}

// inHolder says whose policy an error is about.
func inHolder(err error, kind, name string) error {
	e, ok := err.(*iam.Error)
	if !ok {
		return err
	}
	return iam.Errorf(e.Kind, "The %s %q: %s", kind, name, e.Message).In(e.Field).Fix(e.Remedy)
}
