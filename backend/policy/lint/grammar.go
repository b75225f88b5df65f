package lint

import (
	"slices"
	"strings"

	"gatehouse/backend/policy"
)

// The grammar of a document (reference_policies_grammar.html).

// elements of a document and of a statement.
var (
	documentElements  = []string{"Version", "Id", "Statement"}
	statementElements = []string{
		"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
	}
)

// readDocument reads what has the right form and reports what has not.
func (l *linter) readDocument() {
	root := l.tree.Root
	if !l.is(root, "The document", policy.Object) {
		return
	}
	l.checkRepeats(root)
	l.checkNames(root, documentElements)
	if n := root.Member("Id"); n != nil {
		l.is(n, "Id", policy.String)
	}
	l.readVersion(root)
	value := root.Member("Statement")
	var statements []*policy.Node
	switch {
	case value == nil:
		l.report("MISSING_STATEMENT", root)
	case value.Kind == policy.Array && len(value.Items) == 0:
		l.report("MISSING_STATEMENT", value)
	case value.Kind == policy.Array:
		statements = value.Items
	case l.is(value, "Statement", policy.Object):
		statements = []*policy.Node{value}
	}
	for _, n := range statements {
		if l.is(n, "A statement", policy.Object) {
			l.statements = append(l.statements, l.readStatement(n))
		}
	}
}

func (l *linter) readVersion(root *policy.Node) {
	n := root.Member("Version")
	switch {
	case n == nil:
		f := l.report("MISSING_VERSION", root)
		// A variable is mere text without a version: naming one changes what
		// such a policy says.
		if len(root.Members) > 0 && !strings.Contains(string(l.source), "${") {
			f.fix("Add Version 2012-10-17", l.addFirst(root, "Version", quoted(policy.Version2012)))
		}
	case !l.is(n, "Version", policy.String):
	case n.Text != policy.Version2008 && n.Text != policy.Version2012:
		l.report("INVALID_VERSION", n, n.Text).fix("Set Version 2012-10-17", setString(n, policy.Version2012))
	default:
		l.version, l.versionAt = n.Text, n
	}
}

// is reports a value that has none of the JSON types.
func (l *linter) is(n *policy.Node, what string, kinds ...policy.NodeKind) bool {
	if slices.Contains(kinds, n.Kind) {
		return true
	}
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = kindWords[k]
	}
	l.report("DATA_TYPE_MISMATCH", n, what, strings.Join(words, " or "), kindWords[n.Kind])
	return false
}

var kindWords = map[policy.NodeKind]string{
	policy.Object: "an object", policy.Array: "a list", policy.String: "a text",
	policy.Number: "a number", policy.Boolean: "true or false", policy.Null: "null",
}

// checkNames reports members that are no elements.
func (l *linter) checkNames(object *policy.Node, known []string) {
	for _, m := range object.Members {
		if slices.Contains(known, m.Name) {
			continue
		}
		f := l.report("INVALID_POLICY_ELEMENT", m.NameNode, m.Name)
		i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, m.Name) })
		if i >= 0 && object.Member(known[i]) == nil {
			f.fix("Write "+known[i], setString(m.NameNode, known[i]))
		}
	}
}

// checkRepeats reports members that stand twice in an object, at any depth.
func (l *linter) checkRepeats(n *policy.Node) {
	seen := make(map[string]bool, len(n.Members))
	for _, m := range n.Members {
		if seen[m.Name] {
			p := l.tree.Position(m.NameNode.Start)
			l.add("JSON_SYNTAX_ERROR", p, m.NameNode.End, []string{"The member " + m.Name + " stands twice in this object."})
		}
		seen[m.Name] = true
		l.checkRepeats(m.Value)
	}
	for _, item := range n.Items {
		l.checkRepeats(item)
	}
}

func (l *linter) readStatement(n *policy.Node) *statement {
	s := &statement{node: n}
	l.checkNames(n, statementElements)
	if sid := n.Member("Sid"); sid != nil && l.is(sid, "Sid", policy.String) {
		s.sid = sid
	}
	if effect := n.Member("Effect"); effect == nil {
		l.report("MISSING_EFFECT", n)
	} else if l.is(effect, "Effect", policy.String) {
		l.readEffect(s, effect)
	}
	s.action = l.readElement(n, "Action")
	s.resource = l.readElement(n, "Resource")
	s.principal = l.readPrincipal(s, n)
	if c := n.Member("Condition"); c != nil {
		if s.unread = !l.is(c, "Condition", policy.Object); !s.unread {
			l.readConditions(s, c)
		}
	}
	return s
}

func (l *linter) readEffect(s *statement, n *policy.Node) {
	for _, effect := range []string{"Allow", "Deny"} {
		if n.Text == effect {
			s.effect = effect
			return
		}
		if strings.EqualFold(n.Text, effect) {
			l.report("INVALID_EFFECT", n, n.Text).fix("Write "+effect, setString(n, effect))
			return
		}
	}
	l.report("INVALID_EFFECT", n, n.Text)
}

// member is an element or its Not form; one that has both is reported and the
// plain one read.
func (l *linter) member(n *policy.Node, name string) (e element) {
	for _, m := range n.Members {
		not := m.Name == "Not"+name
		if m.Name != name && !not {
			continue
		}
		switch {
		case !e.there():
			e = element{name: m.NameNode, value: m.Value, not: not}
		case e.not != not:
			l.report("UNSUPPORTED_ELEMENT_COMBINATION", m.NameNode, name, "Not"+name)
		}
	}
	return e
}

// readElement reads Action or Resource: a text or a list of texts.
func (l *linter) readElement(n *policy.Node, name string) element {
	e := l.member(n, name)
	if e.there() && l.is(e.value, e.name.Text, policy.String, policy.Array) {
		e.values = l.strings(e.value, "An entry of "+e.name.Text)
	}
	return e
}

// strings are the texts of a value that is one or a list of them.
func (l *linter) strings(n *policy.Node, what string) (all []*policy.Node) {
	if n.Kind == policy.String {
		return []*policy.Node{n}
	}
	for _, item := range n.Items {
		if l.is(item, what, policy.String) {
			all = append(all, item)
		}
	}
	return all
}

// readConditions reads {operator: {key: value or list of values}}.
func (l *linter) readConditions(s *statement, n *policy.Node) {
	for _, block := range n.Members {
		if !l.is(block.Value, "What stands under "+block.Name, policy.Object) {
			s.unread = true
			continue
		}
		for _, m := range block.Value.Members {
			c := condition{
				operator: parseOperator(block.Name), operatorName: block.NameNode, block: block.Value,
				key: m.Name, low: strings.ToLower(m.Name), keyName: m.NameNode, value: m.Value,
			}
			values := []*policy.Node{m.Value}
			if m.Value.Kind == policy.Array {
				values = m.Value.Items
			}
			for _, v := range values {
				if l.is(v, "A value of "+m.Name, policy.String, policy.Number, policy.Boolean) {
					c.values = append(c.values, v)
				} else {
					s.unread = true
				}
			}
			s.conditions = append(s.conditions, c)
		}
	}
}

// checkElements reports elements that are missing.
func (l *linter) checkElements(s *statement) {
	if !s.action.there() {
		l.report("MISSING_ACTION", s.node)
	}
	if !s.resource.there() && l.kind != policy.TrustPolicy {
		l.report("MISSING_RESOURCE", s.node)
	}
	if s.principal.there() {
		return
	}
	switch l.kind {
	case policy.ResourcePolicy, policy.TrustPolicy:
		l.report("MISSING_PRINCIPAL", s.node)
	case policy.ResourceControlPolicy:
		f := l.report("MISSING_PRINCIPAL", s.node)
		if len(s.node.Members) > 0 {
			f.fix("Add Principal *", l.addMember(s.node, "Principal", `"*"`))
		}
	}
}

// checkEmpty reports elements that hold nothing.
func (l *linter) checkEmpty(s *statement) {
	empty := func(e element) bool {
		return e.there() && e.value.Kind == policy.Array && len(e.value.Items) == 0
	}
	if empty(s.action) {
		l.report("EMPTY_ARRAY_ACTION", s.action.value, s.action.name.Text)
	}
	if empty(s.resource) {
		l.report("EMPTY_ARRAY_RESOURCE", s.resource.value, s.resource.name.Text)
	}
	if e := s.principal; e.there() && e.value.Kind == policy.Object {
		if len(e.value.Members) == 0 {
			l.report("EMPTY_OBJECT_PRINCIPAL", e.value, e.name.Text)
		}
		for _, m := range e.value.Members {
			if m.Value.Kind == policy.Array && len(m.Value.Items) == 0 {
				l.report("EMPTY_ARRAY_PRINCIPAL", m.Value, m.Name)
			}
		}
	}
	if s.sid != nil && s.sid.Text == "" {
		l.report("EMPTY_SID_VALUE", s.sid).fix("Remove the Sid", drop(s.sid))
	}
	c := s.node.Member("Condition")
	if c == nil || c.Kind != policy.Object {
		return
	}
	if len(c.Members) == 0 {
		l.report("EMPTY_OBJECT_CONDITION", c, "Condition").fix("Remove the Condition", drop(c))
	}
	for _, block := range c.Members {
		if block.Value.Kind == policy.Object && len(block.Value.Members) == 0 {
			f := l.report("EMPTY_OBJECT_CONDITION", block.Value, block.Name)
			if len(c.Members) > 1 {
				f.fix("Remove "+block.Name, drop(block.Value))
			} else {
				f.fix("Remove the Condition", drop(c))
			}
		}
	}
}

// checkSids reports statement ids that are repeated or badly written. Policies
// of resources are held to the rules of their service, which may allow both
// (reference_policies_elements_sid.html).
func (l *linter) checkSids() {
	seen := map[string]bool{}
	for _, s := range l.statements {
		if s.sid != nil {
			seen[s.sid.Text] = false
		}
	}
	for _, s := range l.statements {
		if s.sid == nil || s.sid.Text == "" {
			continue
		}
		sid := s.sid.Text
		if seen[sid] {
			code := "UNIQUE_SIDS_REQUIRED"
			if l.kind == policy.ResourcePolicy {
				code = "UNIQUE_SIDS_RECOMMENDED"
			}
			l.report(code, s.sid, sid)
		}
		seen[sid] = true
		plain := strings.Map(func(r rune) rune {
			if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
				return r
			}
			return -1
		}, sid)
		if plain == sid || l.kind == policy.ResourcePolicy {
			continue
		}
		f := l.report("UNSUPPORTED_SID", s.sid, sid)
		if _, taken := seen[plain]; !taken && plain != "" {
			f.fix("Write "+plain, setString(s.sid, plain))
		}
	}
}
