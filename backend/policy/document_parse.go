package policy

import (
	"fmt"
	"strings"
)

// Parse reads a policy document by the grammar of the policy language
// (reference_policies_grammar.html). It takes what all sorts of policies may
// hold: whether a statement must name a principal or a resource depends on what
// the policy hangs on, and is the business of the checks. Empty lists are taken
// as well: nothing is in them. The error is a *SyntaxError.
//
// Names of elements and the values of Effect and Version are taken exactly as
// the grammar spells them.
func Parse(source []byte) (*Document, error) {
	tree, err := ParseTree(source)
	if err != nil {
		return nil, err
	}
	p := &parser{tree: tree}
	d := p.document()
	if p.err != nil {
		return nil, p.err
	}
	return d, nil
}

// parser keeps the first error.
type parser struct {
	tree *Tree
	err  *SyntaxError
}

func (p *parser) wrong(n *Node, format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{p.tree.Position(n.Start), fmt.Sprintf(format, args...)}
	}
}

// names are the words for the kinds of nodes.
var names = map[NodeKind]string{
	Object: "an object", Array: "a list", String: "a string", Number: "a number", Boolean: "a boolean", Null: "null",
}

// members calls each for every member of an object. An element that is not
// known or that stands there twice is an error.
func (p *parser) members(n *Node, what, known string, each func(m *Member)) {
	if n.Kind != Object {
		p.wrong(n, "%s must be an object in braces, not %s.", what, names[n.Kind])
		return
	}
	seen := map[string]bool{}
	for i := range n.Members {
		m := &n.Members[i]
		if seen[m.Name] {
			p.wrong(m.NameNode, "%s has %q twice. Put both into one.", what, m.Name)
		}
		seen[m.Name] = true
		if known != "" && !p.knows(m, what, known) {
			return
		}
		each(m)
	}
}

func (p *parser) knows(m *Member, what, known string) bool {
	list := strings.Fields(known)
	for _, k := range list {
		if k == m.Name {
			return true
		}
	}
	for _, k := range list {
		if strings.EqualFold(k, m.Name) {
			p.wrong(m.NameNode, "%s has no element %q: it is spelled %q.", what, m.Name, k)
			return false
		}
	}
	p.wrong(m.NameNode, "%s has no element %q. It may have %s.", what, m.Name, listed(list))
	return false
}

func listed(words []string) string {
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " and " + words[last]
	}
	return strings.Join(words, "")
}

func (p *parser) text(n *Node, what string) string {
	if n.Kind != String {
		p.wrong(n, "%s must be a string in double quotation marks, not %s.", what, names[n.Kind])
	}
	return n.Text
}

func (p *parser) document() *Document {
	d := &Document{Tree: p.tree}
	var statements *Node
	p.members(p.tree.Root, "A policy", "Version Id Statement", func(m *Member) {
		switch m.Name {
		case "Version":
			if d.Version = p.text(m.Value, "Version"); d.Version != Version2008 && d.Version != Version2012 {
				p.wrong(m.Value, "Version must be %q or %q: it names the policy language, not the day of the document.", Version2012, Version2008)
			}
		case "Id":
			d.ID = p.text(m.Value, "Id")
		case "Statement":
			statements = m.Value
		}
	})
	switch {
	case p.err != nil:
	case statements == nil:
		p.wrong(p.tree.Root, "The policy has no Statement.")
	case statements.Kind == Array:
		d.Statements = make([]Statement, 0, len(statements.Items))
		for _, n := range statements.Items {
			d.Statements = append(d.Statements, p.statement(n))
		}
	default:
		d.Statements = []Statement{p.statement(statements)}
	}
	return d
}

func (p *parser) statement(n *Node) Statement {
	s := Statement{Node: n}
	var action, resource, principal string // the element that stands there: either of two
	either := func(m *Member, taken *string, not bool) bool {
		if *taken != "" && *taken != m.Name {
			p.wrong(m.NameNode, "A statement has either %s or %s, not both.", *taken, m.Name)
		}
		*taken = m.Name
		return not
	}
	p.members(n, "A statement", "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition", func(m *Member) {
		not := strings.HasPrefix(m.Name, "Not")
		switch m.Name {
		case "Sid":
			s.Sid = p.text(m.Value, "Sid")
		case "Effect":
			s.Effect = p.effect(m.Value)
		case "Principal", "NotPrincipal":
			s.NotPrincipal = either(m, &principal, not)
			s.Principals = p.principals(m)
		case "Action", "NotAction":
			s.NotAction = either(m, &action, not)
			s.Actions = p.values(m, String)
		case "Resource", "NotResource":
			s.NotResource = either(m, &resource, not)
			s.Resources = p.values(m, String)
		case "Condition":
			s.Conditions = p.conditions(m.Value)
		}
	})
	if n.Kind == Object && s.Effect == 0 {
		p.wrong(n, "The statement has no Effect. It must be \"Allow\" or \"Deny\".")
	}
	if n.Kind == Object && action == "" {
		p.wrong(n, "The statement has no Action and no NotAction.")
	}
	return s
}

// effect reads a value that is case-sensitive
// (reference_policies_elements_effect.html).
func (p *parser) effect(n *Node) Effect {
	switch p.text(n, "Effect") {
	case "Allow":
		return Allow
	case "Deny":
		return Deny
	}
	p.wrong(n, "Effect must be \"Allow\" or \"Deny\", spelled so, not %q.", n.Text)
	return 0
}

// values reads one value or a list of them, of the kinds.
func (p *parser) values(m *Member, kinds ...NodeKind) []Value {
	nodes := []*Node{m.Value}
	if m.Value.Kind == Array {
		nodes = m.Value.Items
	}
	values := make([]Value, 0, len(nodes))
	for _, n := range nodes {
		fits := false
		for _, k := range kinds {
			fits = fits || n.Kind == k
		}
		if !fits {
			p.wrong(n, "A value of %s must be a string in double quotation marks, not %s.", m.Name, names[n.Kind])
		}
		values = append(values, Value{n.Text, n})
	}
	return values
}

// principals reads "*" or an object of lists
// (reference_policies_elements_principal.html). They are never nil.
func (p *parser) principals(m *Member) []PrincipalValue {
	found := []PrincipalValue{}
	if m.Value.Kind == String {
		if m.Value.Text != "*" {
			p.wrong(m.Value, "%s must be \"*\" or an object such as {\"AWS\": \"123456789012\"}, not the string %q.", m.Name, m.Value.Text)
		}
		return append(found, PrincipalValue{Key: "*", Text: m.Value.Text, Node: m.Value})
	}
	p.members(m.Value, m.Name, "AWS Federated Service CanonicalUser", func(kind *Member) {
		for _, v := range p.values(kind, String) {
			found = append(found, PrincipalValue{Key: kind.Name, Text: v.Text, Node: v.Node})
		}
	})
	return found
}

// conditions reads operators, keys and values
// (reference_policies_elements_condition.html). Numbers and booleans may stand
// without quotation marks.
func (p *parser) conditions(n *Node) []Condition {
	var found []Condition
	p.members(n, "Condition", "", func(operator *Member) {
		p.members(operator.Value, operator.Name, "", func(key *Member) {
			found = append(found, Condition{
				Operator: operator.Name, Key: key.Name, Node: key.Value,
				Values: p.values(key, String, Number, Boolean),
			})
		})
	})
	return found
}
