package lint

import (
	"slices"
	"strings"

	"gatehouse/backend/policy"
)

// Policies of organizations (orgs_manage_policies_scps_syntax.html,
// orgs_manage_policies_rcps_syntax.html in the AWS Organizations User Guide).

func (l *linter) checkOrganization(s *statement) {
	switch l.kind {
	case policy.ServiceControlPolicy:
		if s.principal.there() {
			l.report("SCP_SYNTAX_ERROR_PRINCIPAL", s.principal.name, s.principal.name.Text).
				fix("Remove the "+s.principal.name.Text, drop(s.principal.value))
		}
	case policy.ResourceControlPolicy:
		l.checkRCP(s)
	}
}

func (l *linter) checkRCP(s *statement) {
	everyone := !s.principal.not && len(s.principals) == 1 && s.principals[0].key == "*"
	if s.principal.there() && !everyone {
		f := l.report("RCP_SYNTAX_ERROR_PRINCIPAL", s.principal.name)
		if !s.principal.not && len(s.principals) == 1 && s.principals[0].everyone() {
			f.fix("Write *", replace(s.principal.value, `"*"`))
		}
	}
	if s.effect == "Allow" {
		all := func(e element) bool { return !e.not && len(e.values) == 1 && e.values[0].Text == "*" }
		if !all(s.action) || !all(s.resource) || !everyone || s.node.Member("Condition") != nil {
			l.report("RCP_SYNTAX_ERROR_ALLOW", s.node.Member("Effect"))
		}
	}
	if s.action.not {
		l.report("RCP_SYNTAX_ERROR_NOTACTION", s.action.name)
		return
	}
	for _, n := range s.action.values {
		prefix, _, found := strings.Cut(n.Text, ":")
		if l.data == nil || !found {
			continue
		}
		if service := l.data.Service(prefix); service != nil && !service.RCP {
			l.report("RCP_SYNTAX_ERROR_ACTION", n, n.Text, service.Name)
		}
	}
}

// The keys of a data perimeter: those of the caller, and those of the resource
// on whose behalf a service calls.
var (
	perimeterCaller = strings.Fields("aws:principalorgid aws:principalorgpaths aws:principalaccount")
	perimeterSource = strings.Fields("aws:sourceorgid aws:sourceorgpaths aws:sourceaccount")
)

// checkPerimeter looks at denials of all who are not of the organization. A
// service has no principal of an account, and a person no source: each denial
// must say whom it means (orgs_manage_policies_rcps_examples.html).
func (l *linter) checkPerimeter(s *statement) {
	if l.kind != policy.ResourceControlPolicy || s.effect != "Deny" {
		return
	}
	service := s.conditionsOf("aws:principalisawsservice")
	says := func(value string) bool {
		return slices.ContainsFunc(service, func(c *condition) bool { return c.is("Bool", value) })
	}
	negated := func(keys []string) *condition {
		for _, c := range s.conditionsOf(keys...) {
			if c.operator.negated {
				return c
			}
		}
		return nil
	}
	if c := negated(perimeterCaller); c != nil && !says("false") {
		f := l.report("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", c.keyName, c.key)
		if len(service) == 0 && s.node.Member("Condition").Member("BoolIfExists") == nil {
			f.fix("Add the condition", l.addMember(s.node.Member("Condition"), "BoolIfExists", `{"aws:PrincipalIsAWSService": "false"}`))
		}
	}
	c := negated(perimeterSource)
	if c == nil {
		return
	}
	if !says("true") {
		f := l.report("RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", c.keyName, c.key)
		if len(service) == 0 && s.node.Member("Condition").Member("Bool") == nil {
			f.fix("Add the condition", l.addMember(s.node.Member("Condition"), "Bool", `{"aws:PrincipalIsAWSService": "true"}`))
		}
	}
	present := func(c *condition) bool { return c.is("Null", "false") }
	if !slices.ContainsFunc(s.conditionsOf("aws:sourceaccount", "aws:sourcearn"), present) {
		f := l.report("RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", c.keyName, c.key)
		if s.node.Member("Condition").Member("Null") == nil {
			f.fix("Add the condition", l.addMember(s.node.Member("Condition"), "Null", `{"aws:SourceAccount": "false"}`))
		}
	}
}
