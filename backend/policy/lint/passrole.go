package lint

import (
	"strings"

	"gatehouse/backend/policy"
)

// dangers are actions whose resources must be named: who may hand any role to a
// service acts with the rights of any role (id_roles_use_passrole.html).
var dangers = []struct {
	action, code string
	every        string // what the names of all its resources begin with
	cures        []string
}{
	{"iam:PassRole", "PASS_ROLE", "role/", []string{"iam:passedtoservice"}},
	{"iam:CreateServiceLinkedRole", "CREATE_SLR", "role/aws-service-role/", []string{"iam:awsservicename"}},
}

// checkPassRole reports allowing such an action on everything, through
// whichever elements.
func (l *linter) checkPassRole(s *statement) {
	if l.kind != policy.IdentityPolicy || s.effect != "Allow" || !s.resource.there() {
		return
	}
	for _, d := range dangers {
		if !s.covers(d.action) || s.tests(d.cures...) {
			continue
		}
		wide := s.wideResource(d.every)
		if s.resource.not != (wide == nil) {
			continue // nothing is left open, or NotResource leaves all of it out
		}
		through := s.through(d.action)
		code, at := d.code, s.resource.name
		switch {
		case !s.resource.not && through == "":
			code, at = code+"_WITH_STAR_IN_RESOURCE", wide
		case !s.resource.not && through == "star":
			code, at = code+"_WITH_STAR_IN_ACTION_AND_RESOURCE", wide
		case !s.resource.not:
			code, at = code+"_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", wide
		case through == "":
			code += "_WITH_NOT_RESOURCE"
		case through == "star":
			code += "_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE"
		default:
			code += "_WITH_NOT_ACTION_AND_NOT_RESOURCE"
		}
		l.report(code, at, at.Text)
	}
}

// through says how the statement holds an action: by its name "", by a "star",
// or by "not" leaving it out.
func (s *statement) through(action string) string {
	if s.action.not {
		return "not"
	}
	for _, n := range s.action.values {
		if strings.EqualFold(n.Text, action) {
			return ""
		}
	}
	return "star"
}

// wideResource is a resource that stands for every name with a beginning.
func (s *statement) wideResource(every string) *policy.Node {
	for _, n := range s.resource.values {
		parts := splitARN(n.Text)
		if n.Text == "*" || len(parts) == 6 && policy.Contains(parts[2], "iam", false) && policy.Contains(parts[5], every+"*", false) {
			return n
		}
	}
	return nil
}
