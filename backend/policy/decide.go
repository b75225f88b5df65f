package policy

import (
	"strings"
)

// tally is what the statements of a layer say to a request.
type tally struct {
	deny  truth
	allow named // only a resource policy allows in several ways
}

// Decide answers the request (reference_policies_evaluation-logic.html). It
// takes no memory when the Decision has been used before.
//
// Unknown never becomes allowed: what is answered for an incomplete request
// holds however it is completed, and an explicit deny that has been found is
// final.
func (p *Policies) Decide(r *Request, d *Decision) {
	*d = Decision{Matched: d.Matched[:0], Missing: d.Missing[:0], tally: d.tally[:0]}
	for i := range p.layers {
		var t tally
		if p.layers[i].unread {
			t = tally{deny: unsure, allow: named{unsure, unsure, unsure}}
		}
		d.tally = append(d.tally, t)
	}
	reach := p.reachOf(r)
	p.count(r, reach, d)
	p.judge(r, reach, d)
}

// reach says which layers bear on a request.
type reach struct {
	crossAccount bool
	identity     bool // the caller has policies of its own: identity, boundary, session
	scp, rcp     bool
}

func (p *Policies) reachOf(r *Request) reach {
	c := &r.Principal
	linked := c.serviceLinked()
	out := reach{
		identity: c.isIdentity(),
		scp:      c.isIdentity() && !linked,
		rcp:      !linked && len(p.set.RCP) > 0 && controlledByRCP(r.Action),
	}
	owner := r.Resource.Account
	out.crossAccount = owner != "" && owner != c.Account && owner != "aws"
	return out
}

func (x reach) has(kind LayerKind) bool {
	switch kind {
	case LayerResource:
		return true
	case LayerSCP:
		return x.scp
	case LayerRCP:
		return x.rcp
	}
	return x.identity
}

// count goes through the statements that concern the action.
func (p *Policies) count(r *Request, x reach, d *Decision) {
	resource := newARNText(r.Resource.ARN)
	bounded := p.set.Boundary != nil
	var action actionText
	action.read(r.Action)
	last := int32(-1)
	list := p.index.candidates(&action)
	for i := range list {
		c := &list[i]
		s := &p.placed[c.statement]
		l := &p.layers[s.layer]
		if c.statement == last || !x.has(l.Kind) || !c.matches(s, &action) {
			continue
		}
		last = c.statement
		t := s.matchesResource(&resource, &r.Context)
		if t == no {
			continue
		}
		by := s.matchesPrincipal(&r.Principal, bounded, &r.Context)
		if by.any() == no {
			continue
		}
		if t == unsure {
			for i := range s.resources {
				s.resources[i].noteVariables(&r.Context, &d.Missing)
			}
		}
		t = min(t, s.met(&r.Context, &d.Missing))
		at := &d.tally[s.layer]
		for way := range by {
			by[way] = min(by[way], t)
			if s.effect == Allow {
				at.allow[way] = max(at.allow[way], by[way])
			}
		}
		if s.effect == Deny {
			at.deny = max(at.deny, by.any())
		}
		if by.any() == yes {
			d.Matched = append(d.Matched, Match{l.Layer, s.policy, s.statement, s.effect})
		}
	}
}

// judge combines the layers.
func (p *Policies) judge(r *Request, x reach, d *Decision) {
	if isCallerIdentity(r) {
		// Needs no permission and cannot be taken away
		// (API_GetCallerIdentity.html of the STS reference).
		d.Verdict = Allowed
		return
	}
	doubt := Layer{}
	for i := range p.layers {
		if !x.has(p.layers[i].Kind) {
			continue
		}
		switch d.tally[i].deny {
		case yes:
			d.Verdict, d.Blocked = ExplicitlyDenied, p.layers[i].Layer
			return
		case unsure:
			if doubt == (Layer{}) {
				doubt = p.layers[i].Layer
			}
		}
	}
	weakest, blocked := yes, Layer{}
	p.gates(r, x, d.tally, func(t truth, l Layer) {
		if t < weakest {
			weakest, blocked = t, l
		}
	})
	switch {
	case doubt != (Layer{}):
		d.Verdict, d.Blocked = Unknown, doubt
	case weakest == yes:
		d.Verdict = Allowed
	case weakest == unsure:
		d.Verdict, d.Blocked = Unknown, blocked
	default:
		d.Verdict, d.Blocked = ImplicitlyDenied, blocked
	}
}

// gates asks every layer that must allow, in the order of evaluation. RCPs need
// not be asked: RCPFullAWSAccess allows at every level
// (orgs_manage_policies_rcps.html).
func (p *Policies) gates(r *Request, x reach, tallies []tally, gate func(truth, Layer)) {
	if isReserved(r) {
		gate(no, Layer{Kind: LayerResource})
	}
	for i := atLevels; x.scp && i < atLevels+len(p.set.SCP); i++ {
		gate(tallies[i].allow.any(), p.layers[i].Layer)
	}
	var (
		resource = tallies[atResource].allow
		identity = tallies[atIdentity].allow.any()
		boundary = tallies[atBoundary].allow.any()
		session  = tallies[atSession].allow.any()
		direct   = resource[directly]
	)
	if r.Principal.isRoot() {
		identity = yes
	}
	if p.set.Boundary == nil {
		boundary = yes
	}
	if p.set.Session == nil {
		session = yes
	}
	switch {
	case !x.identity:
		// A service, or nobody: the resource policy alone decides.
		gate(resource.any(), Layer{Kind: LayerResource})
		return
	case x.crossAccount:
		// Both sides must allow, however the resource policy names the caller
		// (reference_policies_evaluation-logic-cross-account.html).
		gate(resource.any(), Layer{Kind: LayerResource})
		direct = no
	case isStrict(r):
		// The policy must name the caller or its account; the account is named
		// to delegate, so then the identity policies must allow as well.
		gate(resource.any(), Layer{Kind: LayerResource})
		identity = max(identity, direct, resource[byParent])
	default:
		// Either side suffices.
		identity = max(identity, direct, resource[byParent])
	}
	gate(identity, Layer{Kind: LayerIdentity})
	// A grant to the caller itself is not limited by what its boundary and its
	// session policy leave out; one to its role or user is.
	gate(max(boundary, direct), Layer{Kind: LayerBoundary})
	gate(max(session, direct), Layer{Kind: LayerSession})
}

// isStrict says whether the resource's own policy must name the caller: a
// role's trust policy and a key of KMS
// (key-policies.html of the KMS guide, reference_policies_elements_principal.html).
func isStrict(r *Request) bool {
	service, _, _ := strings.Cut(r.Action, ":")
	switch {
	case strings.EqualFold(service, "sts"):
		return isResource(r.Resource.ARN, "iam", "role/")
	case strings.EqualFold(service, "kms"):
		return isResource(r.Resource.ARN, "kms", "key/")
	}
	return false
}

// isResource says whether an ARN is of a service and its last part begins so.
func isResource(arn, service, start string) bool {
	a := newARNText(arn)
	return a.ok && a.part(2) == service && strings.HasPrefix(a.part(arnParts-1), start)
}

func isCallerIdentity(r *Request) bool {
	return r.Principal.Type != Anonymous && strings.EqualFold(r.Action, "sts:GetCallerIdentity")
}

// isReserved says whether the request changes what AWS keeps for itself: its
// managed policies, and roles it reserves.
func isReserved(r *Request) bool {
	const service = "iam:"
	if len(r.Action) < len(service) || !strings.EqualFold(r.Action[:len(service)], service) {
		return false
	}
	if !isResource(r.Resource.ARN, "iam", "role/aws-reserved/") &&
		!(strings.Contains(r.Resource.ARN, "::aws:") && isResource(r.Resource.ARN, "iam", "policy/")) {
		return false
	}
	for _, reads := range [...]string{"Get", "List", "Generate", "Simulate"} {
		if foldedPrefix(r.Action[len(service):], reads) >= 0 {
			return false
		}
	}
	return true
}
