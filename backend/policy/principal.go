package policy

import "strings"

// naming is how a resource policy names a caller. It decides which ceilings
// still hold for what the policy allows
// (reference_policies_evaluation-logic_policy-eval-denyallow.html).
type naming uint8

const (
	directly  naming = iota // the caller itself, or everyone
	byParent                // the role of the session, the user of the federated session
	byAccount               // its account: the account may delegate
	namings
)

// named says for each way of naming whether a caller is named that way.
type named [namings]truth

func (n named) any() truth { return max(n[directly], n[byParent], n[byAccount]) }

// principalPattern is one entry of a Principal element. Principals know no
// wildcards but "*" for everyone (reference_policies_elements_principal.html).
type principalPattern struct {
	kind principalKind
	text string
	// Of a role: whose it is, for callers whose role is known by name only.
	account, name string
}

type principalKind uint8

const (
	everyone principalKind = iota + 1
	anAccount
	anARN
	aService
	aFederation
	aCanonical
)

func newPrincipal(v *PrincipalValue) principalPattern {
	switch {
	case v.Key == "*" || v.Text == "*" && v.Key == "AWS":
		return principalPattern{kind: everyone}
	case v.Key == "Service":
		return principalPattern{kind: aService, text: v.Text}
	case v.Key == "Federated":
		return principalPattern{kind: aFederation, text: v.Text}
	case v.Key == "CanonicalUser":
		return principalPattern{kind: aCanonical, text: v.Text}
	case isAccount(v.Text):
		return principalPattern{kind: anAccount, text: v.Text}
	}
	a := newARNText(v.Text)
	if a.ok && a.part(2) == "iam" && a.part(5) == "root" {
		return principalPattern{kind: anAccount, text: a.part(4)}
	}
	p := principalPattern{kind: anARN, text: v.Text}
	if a.ok && strings.HasPrefix(a.part(5), "role/") {
		p.account, p.name = a.part(4), lastSegment(a.part(5))
	}
	return p
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

func lastSegment(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// names says how the entry names the caller.
func (e *principalPattern) names(p *Principal, ctx *Context) (naming, truth) {
	switch e.kind {
	case everyone:
		return directly, yes
	case anAccount:
		return byAccount, whether(e.text == p.Account && p.isIdentity())
	case aService:
		return directly, whether(p.Type == Service && (e.text == p.Name || e.text == "*"))
	case aFederation:
		return directly, whether(p.Type == Federated && (e.text == p.Name || e.text == p.ARN || e.text == "*" && p.User == ""))
	case aCanonical:
		if p.Canonical == "" && ctx.Incomplete && p.isIdentity() {
			return byAccount, unsure
		}
		return byAccount, whether(p.Canonical != "" && e.text == p.Canonical)
	}
	switch {
	case !p.isIdentity():
		return directly, no
	case e.name != "" && p.Type == Session:
		return byParent, whether(e.namesRole(p))
	case p.Type == Federated && p.User != "" && e.text == p.User:
		return byParent, yes
	}
	return directly, whether(e.text == p.ARN)
}

// namesRole says whether the entry is the role of the session. A role's name
// is unique in its account whatever its path, so that a session that tells no
// more is matched by the name.
func (e *principalPattern) namesRole(p *Principal) bool {
	if strings.HasPrefix(p.Role, "arn:") {
		return e.text == p.Role
	}
	return e.account == p.Account && e.name == p.roleName()
}

// isIdentity says whether an account stands behind the caller.
func (p *Principal) isIdentity() bool {
	return p.Account != "" && (p.Type == User || p.Type == Session || p.Type == Federated)
}

// roleName is the name of the session's role.
func (p *Principal) roleName() string {
	if p.Role != "" {
		return lastSegment(p.Role)
	}
	_, rest, ok := strings.Cut(p.ARN, ":assumed-role/")
	if !ok {
		_, rest, _ = strings.Cut(p.ARN, ":role/")
		return lastSegment(rest)
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// isRoot says whether the caller is the root user of its account.
func (p *Principal) isRoot() bool { return p.Type == User && strings.HasSuffix(p.ARN, ":root") }

// serviceLinked says whether the caller is a session of a role that a service
// made for itself; policies of the organization do not reach it
// (orgs_manage_policies_scps.html, orgs_manage_policies_rcps.html).
func (p *Principal) serviceLinked() bool {
	return p.Type == Session && (strings.Contains(p.Role, ":role/aws-service-role/") ||
		strings.HasPrefix(p.roleName(), "AWSServiceRoleFor"))
}

// namedBy says how the list names the caller.
func (p *Principal) namedBy(list []principalPattern, ctx *Context) named {
	var n named
	for i := range list {
		how, t := list[i].names(p, ctx)
		n[how] = max(n[how], t)
	}
	return n
}

// exempt says whether a Deny with NotPrincipal spares the caller: the list
// must hold the caller, the role or user behind it, and its account, and the
// caller may have no permission boundary
// (reference_policies_elements_notprincipal.html).
func (p *Principal) exempt(list []principalPattern, bounded bool, ctx *Context) truth {
	own, parent, account, canonical := no, no, no, no
	for i := range list {
		how, t := list[i].names(p, ctx)
		switch {
		case list[i].kind == everyone:
			own, parent, account = yes, yes, yes
		case list[i].kind == aCanonical:
			canonical = max(canonical, t)
		case how == byParent:
			parent = max(parent, t)
		case how == byAccount:
			account = max(account, t)
		default:
			own = max(own, t)
		}
	}
	account = max(account, canonical)
	switch {
	case bounded && p.isIdentity():
		return no
	case !p.isIdentity():
		return own
	case p.isRoot():
		return account
	case p.Type == User:
		return min(own, account)
	}
	return min(own, parent, account)
}
