package lint

import (
	"strings"

	"gatehouse/backend/policy"
)

// statement is a statement as far as it can be read. What has the wrong JSON
// type is left out and was reported.
type statement struct {
	node       *policy.Node
	sid        *policy.Node
	effect     string // "Allow", "Deny" or ""
	action     element
	resource   element
	principal  element
	principals []principal
	conditions []condition
	unread     bool // a condition has the wrong JSON type
}

// element is an element that has a Not form.
type element struct {
	name   *policy.Node // nil where the statement has none
	value  *policy.Node
	not    bool
	values []*policy.Node // its strings
}

func (e element) there() bool { return e.name != nil }

// texts are the values as texts.
func (e element) texts() []string {
	all := make([]string, len(e.values))
	for i, v := range e.values {
		all[i] = v.Text
	}
	return all
}

// principal is one entry of a Principal or NotPrincipal; the bare * has the key "*".
type principal struct {
	key  string
	text string
	node *policy.Node
}

// condition is one key under one operator.
type condition struct {
	operator     operator
	operatorName *policy.Node
	block        *policy.Node // the keys under the operator
	key          string       // as written
	low          string       // in lower case
	keyName      *policy.Node
	value        *policy.Node
	values       []*policy.Node
}

// operator is a condition operator taken apart
// (reference_policies_elements_condition_operators.html).
type operator struct {
	set      string // "ForAllValues", "ForAnyValue" or ""
	base     string // "StringLike"; "" where there is none of that name
	family   string // String, Numeric, Date, Bool, Binary, IP, ARN, Null
	negated  bool
	ifExists bool
}

// operators are the names in lower case.
var operators = func() map[string]operator {
	all := map[string]operator{}
	for family, names := range map[string]string{
		"String":  "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike",
		"Numeric": "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals",
		"Date":    "DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals",
		"Bool":    "Bool", "Binary": "BinaryEquals", "IP": "IpAddress NotIpAddress",
		"ARN": "ArnEquals ArnNotEquals ArnLike ArnNotLike", "Null": "Null",
	} {
		for name := range strings.FieldsSeq(names) {
			all[strings.ToLower(name)] = operator{base: name, family: family, negated: strings.Contains(name, "Not")}
		}
	}
	return all
}()

func parseOperator(name string) operator {
	rest := strings.ToLower(name)
	set := ""
	for _, s := range []string{"ForAllValues", "ForAnyValue"} {
		if after, found := strings.CutPrefix(rest, strings.ToLower(s)+":"); found {
			rest, set = after, s
		}
	}
	rest, ifExists := strings.CutSuffix(rest, "ifexists")
	o := operators[rest]
	o.set, o.ifExists = set, ifExists
	return o
}

// name is the operator with another base.
func (o operator) name(base string) string {
	if o.set != "" {
		base = o.set + ":" + base
	}
	if o.ifExists {
		base += "IfExists"
	}
	return base
}

// like reports whether * and ? stand for other characters.
func (o operator) like() bool {
	return strings.HasSuffix(o.base, "Like") || o.family == "ARN"
}

// demands reports whether the condition can hold only if the request has the
// key, with a value that is listed.
func (c *condition) demands() bool {
	o := c.operator
	return o.base != "" && o.family != "Null" && !o.negated && !o.ifExists && o.set != "ForAllValues"
}

// conditionsOf are the conditions on a key, in lower case; one that ends in / is
// or : is the beginning of keys.
func (s *statement) conditionsOf(keys ...string) (all []*condition) {
	for i := range s.conditions {
		for _, k := range keys {
			if low := s.conditions[i].low; low == k || (strings.HasSuffix(k, "/") || strings.HasSuffix(k, ":")) && strings.HasPrefix(low, k) {
				all = append(all, &s.conditions[i])
				break
			}
		}
	}
	return all
}

// tests reports whether the statement has a condition on one of the keys.
func (s *statement) tests(keys ...string) bool { return len(s.conditionsOf(keys...)) > 0 }

func (c *condition) texts() []string {
	all := make([]string, len(c.values))
	for i, v := range c.values {
		all[i] = v.Text
	}
	return all
}

// alone reports whether the operator has no other key and the Condition no
// operator of that name, so that the operator can be changed for this key.
func (c *condition) alone(other string) bool {
	for _, m := range c.block.Parent.Members {
		if strings.EqualFold(m.Name, other) {
			return false
		}
	}
	return len(c.block.Members) == 1
}
