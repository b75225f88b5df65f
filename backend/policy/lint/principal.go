package lint

import (
	"regexp"
	"slices"
	"strings"

	"gatehouse/backend/policy"
)

// Principals (reference_policies_elements_principal.html).

var principalKeys = []string{"AWS", "Federated", "Service", "CanonicalUser"}

// readPrincipal reads Principal or NotPrincipal: "*", or an object of texts and
// lists of texts.
func (l *linter) readPrincipal(s *statement, n *policy.Node) element {
	e := l.member(n, "Principal")
	if !e.there() {
		return e
	}
	switch v := e.value; {
	case v.Kind == policy.String && v.Text == "*":
		s.principals = []principal{{"*", "*", v}}
	case v.Kind == policy.String:
		f := l.report("INVALID_PRINCIPAL_FORMAT", v, e.name.Text)
		if accountID.MatchString(v.Text) || iamARN.MatchString(v.Text) {
			f.fix("Write AWS before it", replace(v, `{"AWS": `+quoted(v.Text)+"}"))
		}
	case v.Kind == policy.Array:
		l.report("INVALID_PRINCIPAL_FORMAT", v, e.name.Text)
	case l.is(v, e.name.Text, policy.Object):
		for _, m := range v.Members {
			l.readPrincipals(s, m)
		}
	}
	return e
}

func (l *linter) readPrincipals(s *statement, m policy.Member) {
	if !slices.Contains(principalKeys, m.Name) {
		f := l.report("INVALID_PRINCIPAL_KEY", m.NameNode, m.Name)
		for _, key := range principalKeys {
			if strings.EqualFold(key, m.Name) && m.NameNode.Parent.Member(key) == nil {
				f.fix("Write "+key, setString(m.NameNode, key))
			}
		}
		return
	}
	if !l.is(m.Value, "What stands under "+m.Name, policy.String, policy.Array) {
		return
	}
	for _, v := range l.strings(m.Value, "A principal") {
		s.principals = append(s.principals, principal{m.Name, v.Text, v})
	}
}

var (
	iamARN = regexp.MustCompile(`^arn:[a-z-]+:(iam|sts)::[0-9]{12}:`)
	// uniqueID is how IAM names a role or user for itself
	// (reference_identifiers.html#identifiers-unique-ids).
	uniqueID = regexp.MustCompile(`^(AROA|AIDA)[A-Z0-9]{12,}$`)
)

// everyone reports whether a principal stands for everybody.
func (p principal) everyone() bool {
	return p.key == "*" || p.key == "AWS" && p.text == "*"
}

func (l *linter) checkPrincipals(s *statement) {
	if !s.principal.there() {
		return
	}
	switch {
	case l.kind == policy.IdentityPolicy:
		l.report("UNSUPPORTED_PRINCIPAL", s.principal.name, s.principal.name.Text).
			fix("Remove the "+s.principal.name.Text, drop(s.principal.value))
		return
	case l.kind == policy.ServiceControlPolicy || l.kind == policy.ResourceControlPolicy:
		return // have rules of their own
	case s.principal.not && l.kind == policy.ResourcePolicy && s.effect == "Allow":
		l.report("ALLOW_WITH_NOT_PRINCIPAL", s.principal.name)
	}
	for _, p := range s.principals {
		switch id := uniqueID.FindStringSubmatch(p.text); {
		case p.key == "Federated" && l.kind == policy.ResourcePolicy:
			l.report("FEDERATED_PRINCIPAL_NOT_SUPPORTED", p.node, p.text)
		case p.everyone() && (p.key != "*" || l.kind != policy.TrustPolicy):
		case p.key == "*":
			l.report("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", p.node)
		case strings.ContainsAny(unvaried(p.text), "*?"):
			l.report("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", p.node, p.text)
		case p.key == "Service" && !open(p.text) && !servicePrincipal.MatchString(p.text):
			l.report("INVALID_SERVICE_PRINCIPAL_FORMAT", p.node, p.text, "Principal")
		case p.key == "AWS" && id != nil && id[1] == "AROA":
			l.report("INVALID_ROLE_REFERENCE", p.node, p.text)
		case p.key == "AWS" && id != nil:
			l.report("INVALID_USER_REFERENCE", p.node, p.text)
		}
	}
}

// unvaried is a text without its variables, which are reported as such.
func unvaried(text string) string {
	before, rest, found := strings.Cut(text, "${")
	if !found {
		return text
	}
	_, after, _ := strings.Cut(rest, "}")
	return before + unvaried(after)
}

// The keys that tell on whose behalf a service acts, and those that are a
// service's own way to say it.
var (
	sourceKeys    = []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"}
	ownSourceKeys = []string{"aws:sourceowner", "kms:viaservice", "kms:calleraccount", "lambda:eventsourcetoken", "kms:encryptioncontext:"}
)

// callerKeys are of a caller with credentials and a network. A service that
// calls for itself has neither.
var callerKeys = strings.Fields(`
	aws:principalarn aws:principalaccount aws:principalorgid aws:principalorgpaths aws:principaltag/ aws:userid
	aws:username aws:multifactorauthpresent aws:multifactorauthage aws:tokenissuetime aws:sourceip aws:sourcevpc
	aws:sourcevpce aws:vpcsourceip aws:viaawsservice aws:calledvia`)

// checkServicePrincipals looks at what lets a service in: one that acts for
// anybody can be made to act for a stranger (confused-deputy.html).
func (l *linter) checkServicePrincipals(s *statement) {
	if s.effect != "Allow" || s.principal.not || len(s.principals) == 0 {
		return
	}
	others := slices.ContainsFunc(s.principals, func(p principal) bool { return p.key != "Service" })
	for _, p := range s.principals {
		if p.key != "Service" {
			continue
		}
		for _, c := range s.conditionsOf(callerKeys...) {
			if c.demands() && !others {
				l.report("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", c.keyName, c.key, p.text)
			}
		}
		if l.kind != policy.ResourcePolicy || s.tests(sourceKeys...) {
			return
		}
		code := "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL"
		if s.tests(ownSourceKeys...) {
			code = "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL"
		}
		l.report(code, p.node, p.text)
		return
	}
}
