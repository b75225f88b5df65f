package policy

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// side is a statement of either set.
type side struct {
	*placed
	set      int
	layer    Layer
	document *Document
	source   *Statement
	text     string // the statement as it is written
	// All that the statement says, and what of it still decides once its action
	// is known to match, then its resource, then the caller.
	rest [4]string
}

// write sets the text of the statement: everything that says what is tried for
// it and in which order.
func (s *side) write() {
	list := func(values []Value) (texts []string) {
		for _, v := range values {
			texts = append(texts, v.Text)
		}
		return texts
	}
	s.text = fmt.Sprintf("%v %d %v %q %v %q %v %q", s.layer, s.effect, s.notAction, list(s.source.Actions), s.notResource, list(s.source.Resources), s.notPrincipal, s.document.Version)
	for _, p := range s.source.Principals {
		s.text += fmt.Sprintf(" %s=%q", p.Key, p.Text)
	}
	for _, c := range s.source.Conditions {
		s.text += fmt.Sprintf(" %q %q %q", c.Operator, c.Key, list(c.Values))
	}
}

// describe writes down what the statement says, so that two that say the same
// are recognized whatever they mean.
func (s *side) describe() {
	list := func(values []Value) string {
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = fmt.Sprintf("%q", v.Text)
		}
		slices.Sort(texts)
		return strings.Join(slices.Compact(texts), ",")
	}
	var conditions []string
	variables := false
	for i, c := range s.source.Conditions {
		conditions = append(conditions, fmt.Sprintf("%s(%s)%s", strings.ToLower(c.Operator), strings.ToLower(c.Key), list(c.Values)))
		variables = variables || s.conditions[i].variables
	}
	slices.Sort(conditions)
	base := fmt.Sprint(s.layer, s.effect, variables, slices.Compact(conditions))
	escapes := func(v Value) bool { return strings.Contains(v.Text, "${") }
	if slices.ContainsFunc(s.source.Resources, escapes) || slices.ContainsFunc(s.source.Conditions, func(c Condition) bool { return slices.ContainsFunc(c.Values, escapes) }) {
		base += s.document.Version // decides whether that is text
	}
	s.rest[3] = base
	principals := make([]string, 0, len(s.source.Principals))
	for _, p := range s.source.Principals {
		principals = append(principals, fmt.Sprintf("%s=%q", p.Key, p.Text))
	}
	slices.Sort(principals)
	base += fmt.Sprint(s.anyPrincipal, s.notPrincipal, principals)
	s.rest[2] = base
	resources := fmt.Sprint(s.anyResource, s.notResource, list(s.source.Resources), s.layer.Kind == LayerResource, s.variable())
	s.rest[1] = base + resources
	s.rest[0] = s.rest[1] + fmt.Sprint(s.notAction) + strings.ToLower(list(s.source.Actions))
	if s.variable() { // whether the resource matches is then never settled
		s.rest[2] += resources
		s.rest[3] += resources
	}
}

// variable says that the statement's resources hold variables.
func (s *side) variable() bool {
	return slices.ContainsFunc(s.resources, func(p arnPattern) bool { return p.variables() })
}

// differ says what the statements that still concern a request can make
// different. What both sets say alike decides alike, and a set that only allows
// more, or denies less, takes nothing away.
func (s *comparing) differ(left []int, step int) may {
	var said [2][Deny + 1]map[string]bool
	for i := range said {
		said[i] = [Deny + 1]map[string]bool{Allow: {}, Deny: {}}
	}
	for _, i := range left {
		one := &s.sides[i]
		said[one.set][one.effect][one.rest[step]] = true
	}
	within := func(a, b map[string]bool) bool {
		for k := range a {
			if !b[k] {
				return false
			}
		}
		return true
	}
	gains := func(old, new int) bool {
		return len(said[new][Allow]) > 0 &&
			!(s.skips && within(said[new][Allow], said[old][Allow]) && within(said[old][Deny], said[new][Deny]))
	}
	return may{gains(0, 1), gains(1, 0)}
}

// fillVariables chooses texts for the keys that variables name.
func (s *comparing) fillVariables() {
	for i := range s.sides {
		add := func(key string) {
			if s.vars[key] == nil {
				s.vars[key] = []string{"someone"}
			}
		}
		for j := range s.sides[i].resources {
			s.sides[i].resources[j].variableKeys(add)
		}
		for j := range s.sides[i].conditions {
			s.sides[i].conditions[j].variableKeys(add)
		}
	}
	for i := range s.sides {
		for _, c := range s.sides[i].source.Conditions {
			key := strings.ToLower(c.Key)
			for _, v := range c.Values {
				if have := s.vars[key]; have != nil && len(have) < 3 && !strings.ContainsAny(v.Text, "*?$") {
					s.vars[key] = append(have, v.Text)
				}
			}
		}
	}
}

// keep are those of the statements that f takes; nil stands for all.
func (s *comparing) keep(from []int, f func(*rule) bool) (left []int) {
	if from == nil {
		for i := range s.sides {
			from = append(from, i)
		}
	}
	for _, i := range from {
		if f(s.sides[i].rule) {
			left = append(left, i)
		}
	}
	return left
}

func signature(left []int) string {
	var b []byte
	for _, i := range left {
		b = binary.AppendUvarint(b, uint64(i))
	}
	return string(b) + "|"
}
