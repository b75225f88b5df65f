package policy

import "strings"

// Actor is someone who acts by policies of its own: a user, or a role that is
// assumed.
type Actor struct {
	Principal Principal // of a role: only ARN and Account matter
	Tags      map[string]string
	Identity  []Named
	Boundary  *Named
	SCP       [][]Named
	Trust     *Named    // of a role: who may assume it; nil: nobody
	RCP       [][]Named // of a role: what its account's organization forbids
}

// Chain is a way to an action: the roles that are assumed one after the other,
// none if the actor does it as itself. Unknown says that a key or policy that
// was not read decides on the way.
type Chain struct {
	Roles   []string // ARNs
	Verdict Verdict  // Allowed or Unknown
}

// Chains are the ways in which an actor can do what is asked: as itself, and
// through each role it reaches by sts:AssumeRole, the shortest way to each. At
// every step the identity policies of the side that assumes, its ceilings and
// the trust policy must allow (reference_policies_evaluation-logic-cross-account.html,
// id_roles_terms-and-concepts.html). target has the resource's policy and the
// RCPs of its account; the request's principal is replaced by each actor. A
// resource of no account is in that of the first actor.
//
// The context is that of every step, without the keys that say who asks. A
// session of a role takes no session policy along.
func Chains(from Actor, roles []Actor, r *Request, target Set) ([]Chain, error) {
	c := chainer{roles: roles, request: *r, target: target}
	if c.request.Resource.Account == "" {
		c.request.Resource.Account = from.Principal.Account
	}
	var out []Chain
	found := make([]bool, len(roles)+1)
	// First the ways that are sure, then those that may be.
	for _, verdict := range []Verdict{Allowed, Unknown} {
		ways, err := c.walk(from, verdict)
		if err != nil {
			return nil, err
		}
		for _, w := range ways {
			if found[w.at+1] {
				continue
			}
			got, err := c.acts(c.actor(from, w.at))
			if err != nil {
				return nil, err
			}
			if got == verdict || verdict == Unknown && got == Allowed {
				found[w.at+1] = true
				out = append(out, Chain{w.roles, verdict})
			}
		}
	}
	return out, nil
}

// chainer looks for chains.
type chainer struct {
	roles    []Actor
	request  Request
	target   Set
	compiler Compiler
}

// way is how a role is reached; at is its number, or -1 for the actor itself.
type way struct {
	at    int
	roles []string
}

// walk visits every role that can be assumed, the nearest first. With Unknown
// it takes steps that may be possible as well.
func (c *chainer) walk(from Actor, worst Verdict) ([]way, error) {
	ways := []way{{at: -1}}
	seen := make([]bool, len(c.roles))
	for n := 0; n < len(ways); n++ {
		w := ways[n]
		for i := range c.roles {
			if seen[i] {
				continue
			}
			v, err := c.assumes(c.actor(from, w.at), &c.roles[i])
			if err != nil {
				return nil, err
			}
			if v == Allowed || v == worst {
				seen[i] = true
				path := append(append([]string{}, w.roles...), c.roles[i].Principal.ARN)
				ways = append(ways, way{i, path})
			}
		}
	}
	return ways, nil
}

// actor is who acts at the end of a way: a role acts as a session of itself.
func (c *chainer) actor(from Actor, at int) *Actor {
	if at < 0 {
		return &from
	}
	role := c.roles[at]
	arn := role.Principal.ARN
	a := newARNText(arn)
	if a.ok {
		role.Principal = Principal{
			Type: Session, Account: role.Principal.Account, Role: arn,
			ARN: "arn:" + a.part(1) + ":sts::" + a.part(4) + ":assumed-role/" + lastSegment(arn) + "/chain",
		}
		if role.Principal.Account == "" {
			role.Principal.Account = a.part(4)
		}
	}
	return &role
}

// assumes says whether an actor may assume a role.
func (c *chainer) assumes(who, role *Actor) (Verdict, error) {
	if role.Trust == nil {
		return ImplicitlyDenied, nil
	}
	account := role.Principal.Account
	if a := newARNText(role.Principal.ARN); account == "" && a.ok {
		account = a.part(4)
	}
	return c.decide(who, "sts:AssumeRole", Resource{role.Principal.ARN, account}, Set{Resource: role.Trust, RCP: role.RCP})
}

// acts says whether an actor may do what is asked.
func (c *chainer) acts(who *Actor) (Verdict, error) {
	return c.decide(who, c.request.Action, c.request.Resource, c.target)
}

func (c *chainer) decide(who *Actor, action string, on Resource, target Set) (Verdict, error) {
	target.Identity, target.Boundary, target.SCP = who.Identity, who.Boundary, who.SCP
	p, err := c.compiler.Compile(target)
	if err != nil {
		return 0, err
	}
	var d Decision
	p.Decide(&Request{who.Principal, action, on, who.context(c.request.Context)}, &d)
	return d.Verdict, nil
}

// context is the context of a step with the keys that say who asks. Of a
// session aws:PrincipalArn is the role, and it has no aws:username.
func (a *Actor) context(c Context) Context {
	who, kind := &a.Principal, "User"
	own := UniverseUser{ARN: who.ARN, Tags: a.Tags}
	name := lastSegment(who.ARN)
	switch who.Type {
	case Session:
		own.ARN, name, kind = who.Role, "", "AssumedRole"
	case Federated:
		name, kind = "", "FederatedUser"
	}
	of := callerOf(who.Account, name, &own)
	keys := make(map[string]ContextValue, len(c.Keys)+2)
	for k, v := range c.Keys {
		if callerKeyOf(k) == notCaller && !strings.HasPrefix(k, "aws:userid") {
			keys[k] = v
		}
	}
	keys["aws:principalaccount"] = ContextValue{Values: []string{who.Account}}
	keys["aws:principaltype"] = ContextValue{Values: []string{kind}}
	return Context{Keys: keys, Incomplete: c.Incomplete, caller: &of}
}
