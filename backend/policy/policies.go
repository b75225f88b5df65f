package policy

import (
	"fmt"

	"gatehouse/backend/iam"
)

// Policies is a Set made ready to decide. It never changes, and many
// goroutines may ask it at once.
type Policies struct {
	set    Set
	layers []layer
	placed []placed // by layer, policy, statement
	index  index
}

// layer is one layer of the set.
type layer struct {
	Layer
	unread bool // a policy in it was not read: it may allow, and it may deny
}

// placed is a statement and where it stands.
type placed struct {
	*rule
	layer, policy, statement int
}

// The first layers have fixed places; behind them come the levels of the SCPs
// and then those of the RCPs.
const (
	atIdentity = iota
	atBoundary
	atSession
	atResource
	atLevels
)

// Compile makes a set ready. It refuses what has no meaning: a condition
// operator that does not exist, an effect that is none.
func Compile(set Set) (*Policies, error) { return new(Compiler).Compile(set) }

// Compiler makes many sets ready that have documents in common: each document
// is made ready once, and the sets share that. The zero Compiler is ready to be
// used by one goroutine at a time. It keeps the documents it has seen, which
// must not change.
type Compiler struct {
	known map[compiledAs][]rule
}

// compiledAs is a document and what it means in its layer: to a resource policy
// some texts mean other things than to all others.
type compiledAs struct {
	document *Document
	resource bool
}

func (c *Compiler) rules(doc *Document, kind LayerKind) ([]rule, error) {
	as := compiledAs{doc, kind == LayerResource}
	if rules, known := c.known[as]; known {
		return rules, nil
	}
	rules, err := compileDocument(doc, kind)
	if err != nil {
		return nil, err
	}
	if c.known == nil {
		c.known = map[compiledAs][]rule{}
	}
	c.known[as] = rules
	return rules, nil
}

// Compile is what the function of this name does.
func (c *Compiler) Compile(set Set) (*Policies, error) {
	p := &Policies{set: set}
	add := func(l Layer, list []Named) error {
		at := len(p.layers)
		p.layers = append(p.layers, layer{Layer: l})
		for i, n := range list {
			if n.Document == nil {
				p.layers[at].unread = true
				continue
			}
			compiled, err := c.rules(n.Document, l.Kind)
			if err != nil {
				return policyError(err, n, l)
			}
			for j := range compiled {
				p.placed = append(p.placed, placed{&compiled[j], at, i, j})
			}
		}
		return nil
	}
	err := add(Layer{Kind: LayerIdentity}, set.Identity)
	for _, one := range []struct {
		kind LayerKind
		doc  *Named
	}{{LayerBoundary, set.Boundary}, {LayerSession, set.Session}, {LayerResource, set.Resource}} {
		var list []Named
		if one.doc != nil {
			list = []Named{*one.doc}
		}
		if err == nil {
			err = add(Layer{Kind: one.kind}, list)
		}
	}
	for _, org := range []struct {
		kind   LayerKind
		levels [][]Named
	}{{LayerSCP, set.SCP}, {LayerRCP, set.RCP}} {
		for level, list := range org.levels {
			if err == nil {
				err = add(Layer{org.kind, level}, list)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	p.index = newIndex(p.placed)
	return p, nil
}

// policyError says which policy an error is about.
func policyError(err error, n Named, l Layer) error {
	e, ok := err.(*iam.Error)
	if !ok {
		return err
	}
	return iam.Errorf(e.Kind, "%s: %s", policyName(n, l), e.Message).In(e.Field).Fix(e.Remedy)
}

// policyName is what a policy is called in words.
func policyName(n Named, l Layer) string {
	name := "the " + l.Kind.String()
	if n.Name != "" {
		name += fmt.Sprintf(" %q", n.Name)
	}
	if n.Source != "" {
		name += " (" + n.Source + ")"
	}
	return name + l.where()
}

// statementName is what a statement is called in words; statements count from 1.
func statementName(s *Statement, i int) string {
	if s.Sid == "" {
		return fmt.Sprintf("statement %d", i+1)
	}
	return fmt.Sprintf("statement %d (%s)", i+1, s.Sid)
}

// layerWords are the kinds of layers in words.
var layerWords = [...]string{
	LayerIdentity: "identity policy", LayerBoundary: "permission boundary", LayerSession: "session policy",
	LayerResource: "resource policy", LayerSCP: "service control policy", LayerRCP: "resource control policy",
}

// String is the kind in words.
func (k LayerKind) String() string {
	if int(k) >= len(layerWords) || layerWords[k] == "" {
		return "no layer"
	}
	return layerWords[k]
}

// where says on which level of the organization the layer stands.
func (l Layer) where() string {
	switch {
	case l.Kind != LayerSCP && l.Kind != LayerRCP:
		return ""
	case l.Level == 0:
		return " at the organization's root"
	}
	return fmt.Sprintf(" at level %d below the organization's root", l.Level)
}

// At is the policy in which a statement that matched stands.
func (s *Set) At(m Match) *Named { return &s.named(m.Layer)[m.Policy] }

// named is the policies of a layer, as the set has them.
func (s *Set) named(l Layer) []Named {
	one := func(n *Named) []Named {
		if n == nil {
			return nil
		}
		return []Named{*n}
	}
	switch l.Kind {
	case LayerIdentity:
		return s.Identity
	case LayerBoundary:
		return one(s.Boundary)
	case LayerSession:
		return one(s.Session)
	case LayerResource:
		return one(s.Resource)
	case LayerSCP:
		return s.SCP[l.Level]
	case LayerRCP:
		return s.RCP[l.Level]
	}
	return nil
}
