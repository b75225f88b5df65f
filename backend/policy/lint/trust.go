package lint

import (
	"regexp"
	"slices"
	"strings"

	"gatehouse/backend/policy"
)

// Trust policies (id_roles_create_for-idp.html, reference_policies_elements_principal.html).

// The actions of a trust policy. The last three go along with any of the first.
const (
	assumeRole    = "sts:AssumeRole"
	assumeSAML    = "sts:AssumeRoleWithSAML"
	assumeWeb     = "sts:AssumeRoleWithWebIdentity"
	tagSession    = "sts:TagSession"
	sourceID      = "sts:SetSourceIdentity"
	setContext    = "sts:SetContext"
	rolesAnywhere = "rolesanywhere.amazonaws.com"
	github        = "token.actions.githubusercontent.com"
)

var trustActions = []string{assumeRole, assumeSAML, assumeWeb, tagSession, sourceID, setContext}

// checkTrustActions reports actions that let nobody assume a role.
func (l *linter) checkTrustActions(s *statement) {
	for _, n := range s.action.values {
		prefix, _, found := strings.Cut(n.Text, ":")
		if found && !strings.ContainsAny(prefix, "*?$") &&
			!slices.ContainsFunc(trustActions, func(a string) bool { return policy.Contains(n.Text, a, true) }) {
			l.report("UNSUPPORTED_ACTION_IN_POLICY", n, n.Text, "a role")
		}
	}
}

func (l *linter) checkTrust(s *statement) {
	if l.kind != policy.TrustPolicy {
		return
	}
	if s.principal.not {
		l.report("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", s.principal.name)
		return
	}
	if s.resource.there() {
		l.report("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", s.resource.name, s.resource.name.Text).
			fix("Remove the "+s.resource.name.Text, drop(s.resource.value))
	}
	for _, p := range s.principals {
		if p.key == "Federated" && !open(p.text) && p.provider() == "" {
			l.report("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", p.node, p.text)
		}
	}
	l.checkPairing(s)
	l.checkRolesAnywhere(s)
	l.checkSessions(s)
}

var (
	samlARN = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:saml-provider/.+$`)
	oidcARN = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/(.+)$`)
	domain  = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[^\s*?]*)?$`)
)

// provider is "SAML" or "OIDC", or "" for what is no identity provider.
func (p principal) provider() string {
	switch {
	case samlARN.MatchString(p.text):
		return "SAML"
	case oidcARN.MatchString(p.text), domain.MatchString(p.text) && !strings.HasPrefix(p.text, "arn:"):
		return "OIDC"
	}
	return ""
}

// issuer is what the condition keys of an OIDC provider begin with, in lower case.
func (p principal) issuer() string {
	if m := oidcARN.FindStringSubmatch(p.text); m != nil {
		return strings.ToLower(m[1])
	}
	return strings.ToLower(p.text)
}

// action is how a principal assumes a role; "" where that is not known.
func (p principal) action() string {
	switch {
	case p.key == "AWS" || p.key == "Service":
		return assumeRole
	case p.key == "Federated" && p.provider() == "SAML":
		return assumeSAML
	case p.key == "Federated" && p.provider() == "OIDC":
		return assumeWeb
	}
	return ""
}

// checkPairing reports an assuming action that none of the principals does.
func (l *linter) checkPairing(s *statement) {
	if s.action.not || len(s.principals) == 0 {
		return
	}
	var own []string
	for _, p := range s.principals {
		if p.action() == "" {
			return
		}
		if !slices.Contains(own, p.action()) {
			own = append(own, p.action())
		}
	}
	for _, n := range s.action.values {
		for _, assuming := range trustActions[:3] {
			if !strings.EqualFold(n.Text, assuming) || slices.Contains(own, assuming) {
				continue
			}
			f := l.report("MISMATCHED_ACTION_FOR_PRINCIPAL", n, n.Text, strings.Join(own, " or "))
			if len(own) == 1 && !s.covers(own[0]) {
				f.fix("Write "+own[0], setString(n, own[0]))
			}
		}
	}
}

// checkRolesAnywhere wants the three actions of IAM Roles Anywhere
// (https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html).
func (l *linter) checkRolesAnywhere(s *statement) {
	if s.effect != "Allow" || s.action.not || !s.action.there() {
		return
	}
	for _, p := range s.principals {
		if p.key != "Service" || !strings.EqualFold(p.text, rolesAnywhere) {
			continue
		}
		var missing []string
		for _, a := range []string{assumeRole, sourceID, tagSession} {
			if !s.covers(a) {
				missing = append(missing, a)
			}
		}
		if missing != nil && (s.action.value.Kind == policy.String || s.action.value.Kind == policy.Array) {
			l.report("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", s.action.value, strings.Join(missing, " and ")).
				fix("Add "+strings.Join(missing, " and "), l.addItems(s.action.value, missing...))
		}
	}
}

// checkSessions reports a session that is listed beside its role.
func (l *linter) checkSessions(s *statement) {
	for _, p := range s.principals {
		parts := splitARN(p.text)
		if p.key != "AWS" || len(parts) < 6 || parts[2] != "sts" || !strings.HasPrefix(parts[5], "assumed-role/") {
			continue
		}
		role := strings.Split(parts[5], "/")[1]
		for _, other := range s.principals {
			o := splitARN(other.text)
			if other.key == "AWS" && len(o) == 6 && o[2] == "iam" && o[4] == parts[4] &&
				strings.HasPrefix(o[5], "role/") && o[5][strings.LastIndexByte(o[5], '/')+1:] == role {
				l.report("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", p.node, p.text, other.text).fix("Remove the session", drop(p.node))
				break
			}
		}
	}
}

// checkFederation looks at who of an OIDC provider's users is let in. One that
// serves everybody must be held to some of them.
func (l *linter) checkFederation(s *statement) {
	if l.kind != policy.TrustPolicy || s.effect != "Allow" || s.principal.not {
		return
	}
	for _, p := range s.principals {
		if p.key != "Federated" || p.provider() != "OIDC" {
			continue
		}
		issuer := p.issuer()
		if issuer == github {
			l.checkGitHub(s, p)
			continue
		}
		if !slices.ContainsFunc(s.conditions, func(c condition) bool { return strings.HasPrefix(c.low, issuer+":") }) {
			l.report("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", p.node, p.text)
		}
	}
}

// checkGitHub wants a repository for workflows of GitHub
// (id_roles_create_for-idp_oidc.html).
func (l *linter) checkGitHub(s *statement, p principal) {
	bound := false
	for _, c := range s.conditionsOf(github+":sub", github+":repository", github+":job_workflow_ref") {
		if !c.demands() {
			continue
		}
		bound = true
		for _, v := range c.values {
			if !strings.HasSuffix(c.low, ":sub") || !c.operator.like() {
				continue
			}
			owner, rest, _ := strings.Cut(strings.TrimPrefix(v.Text, "repo:"), "/")
			switch {
			case strings.ContainsAny(owner, "*?"):
				bound = false
			case strings.ContainsAny(rest, "*?"):
				l.report("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", v, v.Text)
			}
		}
	}
	if !bound {
		l.report("MISSING_GITHUB_REPO_CONDITION_KEY", p.node)
	}
}

// singleAudience are providers whose tokens name one audience.
var singleAudience = []string{
	github, "accounts.google.com", "cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com",
}

// checkAudience looks at a set operator on the audience of a token, of which
// most providers name one, some several.
func (l *linter) checkAudience(s *statement, c *condition) {
	if c.operator.set == "" || c.operator.base == "Null" || s.effect != "Allow" {
		return
	}
	switch single := slices.Contains(singleAudience, strings.TrimSuffix(c.low, ":aud")); {
	case !single:
		l.report("CONFIRM_AUDIENCE_CLAIM_TYPE", c.operatorName, c.key, c.operator.set)
	case c.operator.set == "ForAnyValue":
		l.report("FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", c.operatorName, c.key).unqualify(c)
	default:
		l.report("FORALLVALUES_WITH_SINGLE_VALUED_KEY", c.operatorName, c.key).unqualify(c)
	}
}
