package policy

import (
	"strings"

	"gatehouse/backend/iam"
)

// rule is a statement made ready. It never changes.
type rule struct {
	effect       Effect
	actions      []pattern
	plainActions int // how many of them, in the order of their text, stand in front to be looked up
	notAction    bool
	resources    []arnPattern
	plainARNs    int // as plainActions
	notResource  bool
	variables    bool // some resource has variables
	anyResource  bool // the statement names none, and means what it hangs on
	principals   []principalPattern
	notPrincipal bool
	anyPrincipal bool // the statement names none, and stands for its owner
	conditions   []condition
}

// compileDocument makes the statements of a document of a layer ready.
func compileDocument(doc *Document, kind LayerKind) ([]rule, error) {
	rules := make([]rule, len(doc.Statements))
	for i := range doc.Statements {
		if err := rules[i].compile(&doc.Statements[i], kind, doc.Version == Version2012); err != nil {
			return nil, statementError(err, &doc.Statements[i], i)
		}
	}
	return rules, nil
}

func (r *rule) compile(s *Statement, kind LayerKind, variables bool) error {
	if s.Effect != Allow && s.Effect != Deny {
		return iam.Errorf(iam.Invalid, "has no effect").In("Effect").Fix(`Write "Allow" or "Deny".`)
	}
	*r = rule{
		effect: s.Effect, notAction: s.NotAction, notResource: s.NotResource, notPrincipal: s.NotPrincipal,
		anyResource:  kind == LayerResource && s.Resources == nil && !s.NotResource,
		anyPrincipal: kind != LayerResource && s.Principals == nil && !s.NotPrincipal,
	}
	for _, a := range s.Actions {
		r.actions = append(r.actions, newPattern(a.Text, dialect{wildcards: true, fold: true}))
	}
	for _, a := range s.Resources {
		p := newARNPattern(a.Text, arnRule{variables: variables, pad: kind != LayerResource})
		r.resources = append(r.resources, p)
		r.variables = r.variables || p.varies
	}
	r.plainActions, r.plainARNs = plainFirst(r.actions), plainARNsFirst(r.resources)
	for i := range s.Principals {
		r.principals = append(r.principals, newPrincipal(&s.Principals[i]))
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		op, ok := parseOperator(c.Operator)
		if !ok {
			return iam.Errorf(iam.Invalid, "uses the condition operator %q, which does not exist", c.Operator).In("Condition").
				Fix("Use an operator of the IAM User Guide, such as StringEquals.")
		}
		r.conditions = append(r.conditions, newCondition(c, op, variables))
	}
	return nil
}

// matchesAction compares an action in any capitals.
func (r *rule) matchesAction(action string) bool {
	if inActions(r.actions[:r.plainActions], action) {
		return !r.notAction
	}
	from := r.plainActions
	if !isASCII(action) {
		from = 0 // letters that are not ASCII may be capitals of ones that are
	}
	var nothing Context // an action holds no variables
	for i := from; i < len(r.actions); i++ {
		if r.actions[i].match(action, &nothing) == yes {
			return !r.notAction
		}
	}
	return r.notAction
}

func (r *rule) matchesResource(a *arnText, ctx *Context) truth {
	if r.anyResource {
		return yes
	}
	result := whether(inARNs(r.resources[:r.plainARNs], a))
	for i := r.plainARNs; i < len(r.resources) && result != yes; i++ {
		result = max(result, r.resources[i].match(a, ctx))
	}
	if r.notResource {
		return result.not()
	}
	return result
}

// matchesPrincipal says how the statement reaches the caller. Allow with
// NotPrincipal reaches everyone who is not listed in any way; Deny with
// NotPrincipal everyone who is not exempt.
func (r *rule) matchesPrincipal(p *Principal, bounded bool, ctx *Context) named {
	switch {
	case r.anyPrincipal:
		return named{directly: yes}
	case !r.notPrincipal:
		return p.namedBy(r.principals, ctx)
	case r.effect == Deny:
		return named{directly: p.exempt(r.principals, bounded, ctx).not()}
	}
	return named{directly: p.namedBy(r.principals, ctx).any().not()}
}

// met says whether all conditions hold. What they miss is noted, all of it:
// a condition that fails does not hide the next one's key.
func (r *rule) met(ctx *Context, missing *[]string) truth {
	result := yes
	for i := range r.conditions {
		c := &r.conditions[i]
		holds, absent := c.holds(ctx)
		result = min(result, holds)
		if absent {
			note(missing, c.name)
		}
		if c.variables && !absent {
			c.noteVariables(ctx, missing)
		}
	}
	return result
}

// note adds a key once.
func note(missing *[]string, key string) {
	for _, k := range *missing {
		if strings.EqualFold(k, key) {
			return
		}
	}
	*missing = append(*missing, key)
}

// noteVariables names the keys that the request lacks for the variables in the
// condition's values.
func (c *condition) noteVariables(ctx *Context, missing *[]string) {
	for i := range c.texts {
		c.texts[i].noteVariables(ctx, missing)
	}
	for i := range c.arns {
		c.arns[i].noteVariables(ctx, missing)
	}
}

// noteResources does so for the resources that would match with some text in
// the variable's place.
func (r *rule) noteResources(a *arnText, ctx *Context, missing *[]string) {
	open := Context{Keys: ctx.Keys, Incomplete: true, caller: ctx.caller}
	for i := range r.resources {
		if p := &r.resources[i]; p.varies && p.match(a, &open) == unsure {
			p.noteVariables(ctx, missing)
		}
	}
}

func (p *pattern) noteVariables(ctx *Context, missing *[]string) {
	if !p.variables {
		return
	}
	for i := range p.pieces {
		if v := &p.pieces[i].v; p.pieces[i].kind == instead {
			if found, _ := ctx.look(v.key, v.of); len(found.Values) > 0 || v.hasElse && !ctx.Incomplete {
				continue
			}
			note(missing, v.name)
		}
	}
}

func (p *arnPattern) noteVariables(ctx *Context, missing *[]string) {
	if p.first != nil {
		for i := range p.first {
			p.first[i].noteVariables(ctx, missing)
		}
	}
	p.last.noteVariables(ctx, missing)
}

// statementError says which statement an error is about.
func statementError(err error, s *Statement, i int) error {
	e, ok := err.(*iam.Error)
	if !ok {
		return err
	}
	return iam.Errorf(e.Kind, "%s %s.", statementName(s, i), e.Message).In(e.Field).Fix(e.Remedy)
}
