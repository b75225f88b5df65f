package policy

import (
	"fmt"
	"strings"
)

// condition is a condition of a statement in words, with what the request has
// for its key.
func (e *explainer) condition(c *Condition) string {
	op, _ := parseOperator(c.Operator)
	return conditionWords(c, op) + " (" + e.has(c.Key, op) + ")"
}

// conditionWords is what a condition demands.
func conditionWords(c *Condition, op operator) string {
	if op.family == ofPresence && op.set == single {
		var states []string
		for _, v := range c.Values {
			if b, ok := parseBool(v.Text); ok {
				states = append(states, [...]string{"present", "absent"}[b])
			}
		}
		return c.Key + " is " + join(states, "or")
	}
	var values []string
	for _, v := range c.Values {
		values = append(values, fmt.Sprintf("%q", v.Text))
	}
	subject := c.Key
	switch op.set {
	case forAll:
		subject = "every value of " + c.Key
	case forAny:
		subject = "some value of " + c.Key
	}
	words := fmt.Sprintf("%s %s %s", subject, relationWords(op), join(values, "or"))
	if op.ifExists {
		words += " or is absent"
	}
	return words
}

// relationWords is the verb of an operator.
func relationWords(op operator) string {
	verb := "is"
	switch op.family {
	case ofLike, ofARN:
		if op.negated {
			return "does not match"
		}
		return "matches"
	case ofAddress:
		verb = "is in"
		if op.negated {
			verb = "is not in"
		}
		return verb
	case ofNumber:
		verb = [...]string{"is", "is less than", "is at most", "is more than", "is at least"}[op.relation]
	case ofDate:
		verb = [...]string{"is", "is before", "is at or before", "is after", "is at or after"}[op.relation]
	}
	if op.negated {
		verb += " not"
	}
	if op.family == ofFolded {
		verb += ", in any capitals,"
	}
	return verb
}

// has is what the request has for a key.
func (e *explainer) has(key string, op operator) string {
	v, told := e.r.Context.Keys[strings.ToLower(key)]
	switch {
	case !told && e.r.Context.Incomplete:
		return "not known of the request"
	case len(v.Values) == 0:
		return "absent from the request"
	case op.set == single && op.family != ofPresence && v.Multi:
		return "a list in the request, which needs ForAnyValue or ForAllValues"
	}
	var values []string
	for i, s := range v.Values {
		if i == mostNamed {
			values = append(values, fmt.Sprintf("%d more", len(v.Values)-i))
			break
		}
		values = append(values, fmt.Sprintf("%q", s))
	}
	return join(values, "and") + " in the request"
}
