package policy

import "strings"

// operator is a condition operator taken apart
// (reference_policies_elements_condition_operators.html).
type operator struct {
	family   family
	relation relation
	negated  bool
	ifExists bool
	set      setOperator
}

// family is the sort of values an operator compares.
type family uint8

const (
	ofText     family = iota + 1 // StringEquals
	ofFolded                     // StringEqualsIgnoreCase
	ofLike                       // StringLike
	ofNumber                     // Numeric…
	ofDate                       // Date…
	ofBool                       // Bool
	ofBinary                     // BinaryEquals
	ofAddress                    // IpAddress
	ofARN                        // ArnEquals, ArnLike
	ofPresence                   // Null
)

// relation is how numbers and dates are compared.
type relation uint8

const (
	equal relation = iota
	less
	lessOrEqual
	greater
	greaterOrEqual
)

func (r relation) holds(order int) bool {
	switch r {
	case less:
		return order < 0
	case lessOrEqual:
		return order <= 0
	case greater:
		return order > 0
	case greaterOrEqual:
		return order >= 0
	}
	return order == 0
}

// setOperator says which values of a multivalued key must match.
type setOperator uint8

const (
	single setOperator = iota // the key has one value
	forAll
	forAny
)

// operators are the names in lower case, without a set operator and IfExists.
var operators = map[string]operator{
	"stringequals":              {family: ofText},
	"stringnotequals":           {family: ofText, negated: true},
	"stringequalsignorecase":    {family: ofFolded},
	"stringnotequalsignorecase": {family: ofFolded, negated: true},
	"stringlike":                {family: ofLike},
	"stringnotlike":             {family: ofLike, negated: true},
	"numericequals":             {family: ofNumber},
	"numericnotequals":          {family: ofNumber, negated: true},
	"numericlessthan":           {family: ofNumber, relation: less},
	"numericlessthanequals":     {family: ofNumber, relation: lessOrEqual},
	"numericgreaterthan":        {family: ofNumber, relation: greater},
	"numericgreaterthanequals":  {family: ofNumber, relation: greaterOrEqual},
	"dateequals":                {family: ofDate},
	"datenotequals":             {family: ofDate, negated: true},
	"datelessthan":              {family: ofDate, relation: less},
	"datelessthanequals":        {family: ofDate, relation: lessOrEqual},
	"dategreaterthan":           {family: ofDate, relation: greater},
	"dategreaterthanequals":     {family: ofDate, relation: greaterOrEqual},
	"bool":                      {family: ofBool},
	"binaryequals":              {family: ofBinary},
	"ipaddress":                 {family: ofAddress},
	"notipaddress":              {family: ofAddress, negated: true},
	"arnequals":                 {family: ofARN},
	"arnnotequals":              {family: ofARN, negated: true},
	"arnlike":                   {family: ofARN},
	"arnnotlike":                {family: ofARN, negated: true},
	"null":                      {family: ofPresence},
}

// parseOperator reads an operator as a policy writes it.
func parseOperator(text string) (operator, bool) {
	name := strings.ToLower(text)
	set := single
	if before, after, ok := strings.Cut(name, ":"); ok {
		switch before {
		case "forallvalues":
			set = forAll
		case "foranyvalue":
			set = forAny
		default:
			return operator{}, false
		}
		name = after
	}
	name, ifExists := strings.CutSuffix(name, "ifexists")
	op, ok := operators[name]
	if !ok || ifExists && op.family == ofPresence {
		return operator{}, false
	}
	op.set, op.ifExists = set, ifExists
	return op, true
}
