package lint

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/backend/policy"
)

// What can be left out without a change of meaning.

// checkRedundantValues looks for actions and resources that others of the same
// list cover, and for numbers that a wider one covers.
func (l *linter) checkRedundantValues(s *statement) {
	if s.action.there() && s.action.value.Kind == policy.Array {
		l.checkCovered("REDUNDANT_ACTION", s.action.values, sameAction)
	}
	if s.resource.there() && s.resource.value.Kind == policy.Array {
		l.checkCovered("REDUNDANT_RESOURCE", s.resource.values, containsARN)
	}
	for i := range s.conditions {
		l.checkNumbers(&s.conditions[i])
	}
}

func sameAction(wider, narrower string) bool { return policy.Contains(wider, narrower, true) }

// containsARN reports whether a resource covers another: each of the first five
// parts, and the rest. A variable covers itself only.
func containsARN(wider, narrower string) bool {
	if wider == "*" || wider == narrower {
		return true
	}
	w, n := splitARN(wider), splitARN(narrower)
	if len(w) != 6 || len(n) != 6 {
		return false
	}
	for i := range w {
		// What a variable stands for is not known, but it is fixed text: in the
		// narrower pattern its characters are covered by a star only.
		if !policy.Contains(w[i], n[i], false) {
			return false
		}
	}
	return true
}

// checkCovered reports the values of a list that another one covers; of two that
// are equal, the later.
func (l *linter) checkCovered(code string, values []*policy.Node, covers func(wider, narrower string) bool) {
	for i, n := range values {
		for j, other := range values {
			if i == j || !covers(other.Text, n.Text) || i < j && covers(n.Text, other.Text) {
				continue
			}
			l.report(code, n, n.Text, other.Text).fix("Remove "+n.Text, drop(n))
			break
		}
	}
}

// checkNumbers reports numbers under less-than and greater-than beside a wider one.
func (l *linter) checkNumbers(c *condition) {
	less := strings.HasPrefix(c.operator.base, "NumericLess")
	if !less && !strings.HasPrefix(c.operator.base, "NumericGreater") || len(c.values) < 2 {
		return
	}
	best, at := 0.0, -1
	for i, v := range c.values {
		number, err := strconv.ParseFloat(v.Text, 64)
		if err != nil {
			return
		}
		if at < 0 || less && number > best || !less && number < best {
			best, at = number, i
		}
	}
	widest := c.values[at]
	l.report("REDUNDANT_CONDITION_VALUE_NUM", c.value, c.key, widest.Text).
		fix("Keep "+widest.Text, replace(c.value, string(l.source[widest.Start:widest.End])))
}

// alwaysThere are keys that every request has (reference_policies_condition-keys.html).
var alwaysThere = []string{"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:requestedregion", "aws:principalaccount"}

// checkAlways looks for conditions that say nothing but whether the key is
// there, or that always or never hold.
func (l *linter) checkAlways(_ *statement, c *condition) {
	o := c.operator
	if !strings.HasSuffix(o.base, "Like") || !slices.ContainsFunc(c.values, func(v *policy.Node) bool { return v.Text == "*" }) {
		return
	}
	there := slices.Contains(alwaysThere, c.low)
	switch {
	case !o.negated && (o.ifExists || o.set == "ForAllValues" || there):
		l.report("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", c.keyName, c.key).removeCondition(c)
	case !o.negated:
		l.report("EQUIVALENT_TO_NULL_FALSE", c.keyName, c.key).testNull(c, "false")
	case o.set == "ForAnyValue" && !o.ifExists || there:
		l.report("REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", c.keyName, c.key)
	default:
		l.report("EQUIVALENT_TO_NULL_TRUE", c.keyName, c.key).testNull(c, "true")
	}
}

// removeCondition offers to take a key out, with what is empty then.
func (f *Finding) removeCondition(c *condition) {
	switch whole := c.block.Parent; {
	case len(c.block.Members) > 1:
		f.fix("Remove the condition", drop(c.value))
	case len(whole.Members) > 1:
		f.fix("Remove the condition", drop(c.block))
	default:
		f.fix("Remove the condition", drop(whole))
	}
}

// testNull offers to test the presence of the key instead.
func (f *Finding) testNull(c *condition, value string) {
	if c.alone("Null") {
		f.fix("Test the presence of the key", setString(c.operatorName, "Null"), setString(c.value, value))
	}
}

// checkRedundantStatements reports statements that another one of the same
// effect covers; of two that say the same, the later.
func (l *linter) checkRedundantStatements() {
	for i, s := range l.statements {
		for j, other := range l.statements {
			if i == j || !other.coversStatement(s) || i < j && s.coversStatement(other) {
				continue
			}
			f := l.report("REDUNDANT_STATEMENT", s.node, strconv.Itoa(j+1))
			if s.node.Parent.Kind == policy.Array {
				f.fix("Remove the statement", drop(s.node))
			}
			break
		}
	}
}

// coversStatement reports whether a statement holds for all requests that
// another of its effect holds for. False may mean that it was not found out.
func (s *statement) coversStatement(n *statement) bool {
	if s.effect == "" || s.effect != n.effect || s.unread {
		return false
	}
	for i := range s.conditions {
		if !slices.ContainsFunc(n.conditions, s.conditions[i].same) {
			return false
		}
	}
	return s.action.covers(n.action, sameAction, func(a, b string) bool { return policy.Overlaps(a, b, true) }) &&
		s.resource.covers(n.resource, containsARN, func(a, b string) bool { return policy.Overlaps(unfixed(a), unfixed(b), false) }) &&
		s.coversPrincipals(n)
}

// covers reports whether the values of an element hold all that those of
// another do, where either may be what is left out.
func (e element) covers(n element, contains, overlaps func(a, b string) bool) bool {
	if e.there() != n.there() {
		return false
	}
	if !e.there() {
		return true
	}
	if len(n.values) == 0 || len(e.values) == 0 {
		return false
	}
	anyOf := func(list []*policy.Node, holds func(text string) bool) bool {
		return slices.ContainsFunc(list, func(v *policy.Node) bool { return holds(v.Text) })
	}
	switch {
	case !e.not && !n.not:
		for _, v := range n.values {
			if !anyOf(e.values, func(wider string) bool { return contains(wider, v.Text) }) {
				return false
			}
		}
		return true
	case e.not && n.not: // all that e leaves out, n leaves out
		for _, v := range e.values {
			if !anyOf(n.values, func(wider string) bool { return contains(wider, v.Text) }) {
				return false
			}
		}
		return true
	case e.not: // nothing that n names is left out by e
		for _, v := range n.values {
			if anyOf(e.values, func(left string) bool { return overlaps(left, v.Text) }) {
				return false
			}
		}
		return true
	}
	return anyOf(e.values, func(text string) bool { return text == "*" })
}

func (s *statement) coversPrincipals(n *statement) bool {
	if s.principal.there() != n.principal.there() || s.principal.not != n.principal.not {
		return false
	}
	wide, narrow := s.principals, n.principals
	if s.principal.not {
		wide, narrow = narrow, wide
	}
	if s.principal.there() && (len(wide) == 0 || len(narrow) == 0) {
		return false
	}
	for _, p := range narrow {
		if !slices.ContainsFunc(wide, func(w principal) bool { return w.everyone() || w.key == p.key && w.text == p.text }) {
			return false
		}
	}
	return true
}

// same reports whether two conditions say the same, in whatever order and case.
func (c *condition) same(o condition) bool {
	if c.operator.base == "" || c.operator != o.operator || c.low != o.low || len(c.values) != len(o.values) {
		return false
	}
	a, b := c.texts(), o.texts()
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
