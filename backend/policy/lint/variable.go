package lint

import (
	"strings"

	"gatehouse/backend/policy"
)

// Variables (reference_policies_variables.html).

// checkVariablePlaces looks at the elements of a statement that may have
// variables and at those that may not.
func (l *linter) checkVariablePlaces(s *statement) {
	for _, n := range s.action.values {
		if strings.Contains(n.Text, "${") {
			l.report("VARIABLE_UNSUPPORTED_IN_ELEMENT", n, s.action.name.Text)
		}
	}
	for _, p := range s.principals {
		if strings.Contains(p.text, "${") {
			l.report("VARIABLE_UNSUPPORTED_IN_ELEMENT", p.node, s.principal.name.Text)
		}
	}
	for _, n := range s.resource.values {
		if parts := splitARN(n.Text); len(parts) == 6 && strings.Contains(strings.Join(parts[:5], ""), "${") {
			l.report("VARIABLE_UNSUPPORTED_IN_ELEMENT", n, "the first five parts of an ARN")
		}
		l.checkVariable(n)
	}
}

func (l *linter) checkVariables(_ *statement, c *condition) {
	for _, v := range c.values {
		if !strings.Contains(v.Text, "${") {
			continue
		}
		switch c.operator.family {
		case "String", "ARN":
			l.checkVariable(v)
		case "":
		default:
			l.report("INVALID_VARIABLE_FOR_OPERATOR", v, c.operatorName.Text)
		}
	}
}

// checkVariable looks at the variables of a text.
func (l *linter) checkVariable(n *policy.Node) {
	if !strings.Contains(n.Text, "${") {
		return
	}
	if l.version != policy.Version2012 {
		l.oldVersion(n)
		return // as text it has no form
	}
	for text := n.Text; ; {
		_, rest, found := strings.Cut(text, "${")
		if !found {
			return
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed {
			l.report("MISSING_BRACE_IN_VARIABLE", n, "${"+rest)
			return
		}
		l.checkName(n, inner)
		text = after
	}
}

func (l *linter) oldVersion(n *policy.Node) {
	root := l.tree.Root
	f := l.report("VARIABLE_UNSUPPORTED_IN_VERSION", n, n.Text)
	switch version := root.Member("Version"); {
	case l.versionAt != nil:
		f.fix("Set Version 2012-10-17", setString(l.versionAt, policy.Version2012))
	case version == nil && len(root.Members) > 0:
		f.fix("Add Version 2012-10-17", l.addFirst(root, "Version", quoted(policy.Version2012)))
	}
}

// checkName looks at what stands in the braces: a key and perhaps a default, or
// one of the characters that mean themselves.
func (l *linter) checkName(n *policy.Node, inner string) {
	if inner == "*" || inner == "?" || inner == "$" {
		return
	}
	name, standIn, hasDefault := strings.Cut(inner, ",")
	whole := "${" + inner + "}"
	if hasDefault {
		standIn = strings.TrimPrefix(standIn, " ")
		if len(standIn) < 2 || standIn[0] != '\'' || standIn[len(standIn)-1] != '\'' {
			l.report("MISSING_QUOTE_IN_VARIABLE", n, whole)
		}
	}
	switch {
	case strings.TrimSpace(name) == "":
		l.report("EMPTY_VARIABLE", n, whole)
	case strings.ContainsAny(name, " \t\n"):
		l.report("UNSUPPORTED_SPACE_IN_VARIABLE", n, whole).
			fix("Remove the space", setString(n, strings.Replace(n.Text, "${"+name, "${"+strings.Join(strings.Fields(name), ""), 1)))
	case strings.ContainsAny(name, "*?${'\"|\\"):
		l.report("UNSUPPORTED_SYMBOL_IN_VARIABLE", n, whole)
	case strings.EqualFold(name, "aws:arn"):
		l.report("DEPRECATED_GLOBAL_CONDITION_KEY", n, name)
	}
}
