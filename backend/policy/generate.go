package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"gatehouse/backend/iam"
	"gatehouse/backend/policy/reference"
)

// GenerateOptions say how a policy is made of what was used.
type GenerateOptions struct {
	Patterns  bool      // several resources under one path become that path and a star
	Current   *Document // the identity policy that the new one must not exceed; nil: none
	Reference *reference.Data
}

// Generated is a policy that allows what was used, and why.
type Generated struct {
	Document *Document
	Evidence Evidence
}

// Evidence is what a generated policy rests on. Policies hold no comments, so
// it stands beside it.
type Evidence struct {
	Statements []StatementEvidence `json:"statements"`
	NotMapped  []NotMapped         `json:"notMapped"` // used, and not in the policy
	LeftOut    []NotMapped         `json:"leftOut"`   // used, and the current policy does not allow it
	Notes      []string            `json:"notes"`
	Size       int                 `json:"size"`  // characters without white space, as the quota counts
	Quota      int                 `json:"quota"` // of a managed policy
}

// StatementEvidence is what one statement rests on.
type StatementEvidence struct {
	Sid      string        `json:"sid"`
	Count    int64         `json:"count"`
	LastUsed string        `json:"lastUsed,omitempty"`
	Uses     []UseEvidence `json:"uses"`
}

// UseEvidence is one observation that a statement allows.
type UseEvidence struct {
	Action   string `json:"action"`
	Resource string `json:"resource,omitempty"` // "" where the source does not say
	Count    int64  `json:"count"`
	LastUsed string `json:"lastUsed,omitempty"`
}

// managedQuota is the size of a managed policy (reference_iam-quotas.html).
const managedQuota = 6144

// Generate makes the least identity policy that allows what was used. It names
// each action, and each resource that the source tells; with Patterns,
// resources under one path are named by the path, which is never wider than the
// form of their type in their account.
//
// With a current policy the new one keeps its Deny statements and the
// conditions under which it allows, and is compared with it: it is an error if
// the new one is wider, or if that cannot be ruled out.
func Generate(u Usage, o GenerateOptions) (*Generated, error) {
	g := &generator{GenerateOptions: o, grants: map[string]*grant{}}
	g.evidence = Evidence{
		NotMapped: append([]NotMapped{}, u.NotMapped...), LeftOut: []NotMapped{}, Notes: []string{}, Quota: managedQuota,
	}
	if o.Current != nil {
		rules, err := compileDocument(o.Current, LayerIdentity)
		if err != nil {
			return nil, err
		}
		g.current = rules
	}
	for _, one := range u.Observed {
		g.observe(one)
	}
	if len(g.grants) == 0 {
		return nil, iam.Errorf(iam.Invalid, "Nothing was used that a policy could allow.").Fix("Give a usage that names actions, over a longer time.")
	}
	source, err := g.write(g.statements())
	if err != nil {
		return nil, err
	}
	d, err := Parse(source)
	if err != nil {
		return nil, err
	}
	if u.Failed > 0 {
		g.note("%d events that were refused or failed were passed over.", u.Failed)
	}
	for _, c := range string(source) {
		if !unicode.IsSpace(c) {
			g.evidence.Size++
		}
	}
	if g.evidence.Size > managedQuota {
		g.note("The policy has %d characters without white space; a managed policy may have %d.", g.evidence.Size, managedQuota)
	}
	if o.Current != nil {
		if err := g.prove(d); err != nil {
			return nil, err
		}
	}
	return &Generated{d, g.evidence}, nil
}

type generator struct {
	GenerateOptions
	current  []rule
	grants   map[string]*grant // by action and conditions
	evidence Evidence
}

// grant is an action under conditions, with the resources it is allowed on.
type grant struct {
	action    string
	condition string // the bytes of a Condition, "" for none
	resources []string
	uses      []UseEvidence
}

func (g *generator) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(g.evidence.Notes, text) {
		g.evidence.Notes = append(g.evidence.Notes, text)
	}
}

// observe finds what must be allowed for one observation.
func (g *generator) observe(o Observation) {
	resource := cmp.Or(o.Resource, "*")
	prefix, name, _ := strings.Cut(o.Action, ":")
	if service := g.Reference.Service(prefix); service == nil || service.Action(name) == nil {
		g.note("The service reference does not list %s; it is allowed as it was observed.", o.Action)
	} else if len(service.Action(name).Resources) == 0 && resource != "*" {
		resource = "*"
		g.note("%s works on no resource of its own, so that it is allowed on all.", o.Action)
	}
	if strings.ContainsAny(o.Resource, "*?$") && g.version() == Version2008 {
		g.evidence.LeftOut = append(g.evidence.LeftOut, NotMapped{
			What: o.Action + " on " + resource, Count: o.Count, Why: "The name holds a wildcard, which a policy of version " + Version2008 + " cannot write as text.",
		})
		return
	}
	if g.Current == nil {
		if o.Resource == "" {
			g.note("The usage does not say on what %s was used, so that it is allowed on all resources.", o.Action)
		}
		g.grant(o, "", asText(resource))
		return
	}
	if !g.asCurrent(o, resource) {
		g.evidence.LeftOut = append(g.evidence.LeftOut, NotMapped{
			What: o.Action + " on " + resource, Count: o.Count, Why: "The current policy does not allow it.",
		})
	}
}

// asCurrent allows an observation the way in which the current policy does:
// under its conditions and, where the resource is not known, on its resources.
func (g *generator) asCurrent(o Observation, resource string) bool {
	arn := newARNText(resource)
	best := -1
	for i := range g.current {
		r := &g.current[i]
		if r.effect != Allow || !r.matchesAction(o.Action) {
			continue
		}
		if o.Resource == "" && !r.notResource && len(r.resources) > 0 {
			for _, v := range g.Current.Statements[i].Resources {
				g.grant(o, g.condition(i), v.Text)
			}
			best = i
			continue
		}
		// A variable may come to mean this resource; the statement's own
		// resources then say how.
		switch r.matchesResource(&arn, &Context{Incomplete: true}) {
		case yes:
			if best < 0 || len(r.conditions) < len(g.current[best].conditions) {
				best = i
			}
		case unsure:
			for _, v := range g.Current.Statements[i].Resources {
				g.grant(o, g.condition(i), v.Text)
			}
			return true
		}
	}
	if best < 0 {
		return false
	}
	if o.Resource != "" {
		g.grant(o, g.condition(best), asText(resource))
	}
	return true
}

// version is the policy language of the new policy: that of the current one, or
// what it says with ${…} would come to mean something else.
func (g *generator) version() string {
	if g.Current != nil && g.Current.Version != Version2012 {
		return Version2008
	}
	return Version2012
}

// asText writes a name so that nothing in it is a wildcard or a variable
// (reference_policies_variables.html).
func asText(name string) string {
	if name == "*" {
		return name
	}
	return strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(name)
}

// condition is the Condition of a statement of the current policy, as written.
func (g *generator) condition(i int) string {
	n := g.Current.Statements[i].Node.Member("Condition")
	if n == nil || len(g.current[i].conditions) == 0 {
		return ""
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, g.Current.Tree.Source[n.Start:n.End]); err != nil {
		panic(err) // it has been parsed
	}
	return compact.String()
}

func (g *generator) grant(o Observation, condition, resource string) {
	key := o.Action + "\x00" + condition
	one := g.grants[key]
	if one == nil {
		one = &grant{action: o.Action, condition: condition}
		g.grants[key] = one
	}
	if !slices.Contains(one.resources, resource) {
		one.resources = append(one.resources, resource)
	}
	use := UseEvidence(o)
	if !slices.Contains(one.uses, use) {
		one.uses = append(one.uses, use)
	}
}

// madeStatement is a statement of the new policy, in the order of its elements.
type madeStatement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition json.RawMessage `json:",omitempty"`
}

// statements puts actions of one service with the same resources and conditions
// together.
func (g *generator) statements() []madeStatement {
	groups := map[string][]*grant{}
	for _, one := range g.grants {
		if g.Patterns {
			one.resources = collapse(one.action, one.resources, g.Reference)
		}
		if slices.Contains(one.resources, "*") {
			one.resources = []string{"*"}
		}
		slices.Sort(one.resources)
		prefix, _, _ := strings.Cut(one.action, ":")
		key := strings.Join(append([]string{prefix, one.condition}, one.resources...), "\x00")
		groups[key] = append(groups[key], one)
	}
	var ordered [][]*grant
	for _, group := range groups {
		slices.SortFunc(group, func(a, b *grant) int { return cmp.Compare(a.action, b.action) })
		ordered = append(ordered, group)
	}
	slices.SortFunc(ordered, func(a, b []*grant) int {
		return cmp.Or(cmp.Compare(a[0].action, b[0].action), slices.Compare(a[0].resources, b[0].resources), cmp.Compare(a[0].condition, b[0].condition))
	})
	var made []madeStatement
	for i, group := range ordered {
		s := madeStatement{Sid: fmt.Sprintf("Used%d", i+1), Effect: "Allow", Resource: group[0].resources, Condition: json.RawMessage(group[0].condition)}
		why := StatementEvidence{Sid: s.Sid}
		for _, one := range group {
			s.Action = append(s.Action, one.action)
			for _, use := range one.uses {
				why.Uses = append(why.Uses, use)
				why.Count += use.Count
				why.LastUsed = max(why.LastUsed, use.LastUsed)
			}
		}
		made = append(made, s)
		g.evidence.Statements = append(g.evidence.Statements, why)
	}
	return made
}

// write lays the policy out, and puts the Deny statements of the current one
// behind.
func (g *generator) write(made []madeStatement) ([]byte, error) {
	policy := struct {
		Version   string
		Statement []any
	}{Version: g.version()}
	for _, s := range made {
		policy.Statement = append(policy.Statement, s)
	}
	if g.Current != nil {
		for _, s := range g.Current.Statements {
			if s.Effect == Deny {
				policy.Statement = append(policy.Statement, json.RawMessage(g.Current.Tree.Source[s.Node.Start:s.Node.End]))
			}
		}
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(policy)
	return out.Bytes(), err
}

// prove compares the new policy with the current one.
func (g *generator) prove(d *Document) error {
	c, err := CompareDocuments(g.Current, d, IdentityPolicy)
	if err != nil {
		return err
	}
	switch {
	case len(c.Gained) > 0:
		return iam.Errorf(iam.Conflict, "The policy would be wider than the current one: it would allow %s.", c.Gained[0].Words).
			Fix("Generate it without the current policy and compare both by hand.")
	case len(c.GainDoubts) > 0:
		return iam.Errorf(iam.Conflict, "It cannot be proven that the policy is not wider than the current one. %s", c.GainDoubts[0]).
			Fix("Generate it without the current policy and compare both by hand.")
	}
	g.note("Compared with the current policy: it allows nothing that the current one does not.")
	return nil
}

// collapse names resources that stand under one path by the path and a star. A
// path is what comes before the last slash or colon of an ARN's last part. It
// stays as it is if the pattern is not of the type of the resources.
func collapse(action string, resources []string, data *reference.Data) []string {
	prefix, _, _ := strings.Cut(action, ":")
	service := data.Service(prefix)
	if service == nil {
		return resources
	}
	under := map[string][]string{}
	for _, arn := range resources {
		a := newARNText(arn)
		at := strings.LastIndexAny(arn, "/:")
		if strings.ContainsAny(arn, "*?$") || !a.ok || at <= a.ends[arnParts-2] {
			continue
		}
		under[arn[:at+1]] = append(under[arn[:at+1]], arn)
	}
	gone := map[string]bool{}
	for path, arns := range under {
		kind := typeOf(service, arns[0])
		same := func(arn string) bool { return typeOf(service, arn) == kind }
		if len(arns) > 1 && kind != "" && !slices.ContainsFunc(arns, func(a string) bool { return !same(a) }) && same(path+"x") && same(path+"x/x") {
			for _, arn := range arns {
				gone[arn] = true
			}
			resources = append(resources, path+"*")
		}
	}
	return slices.DeleteFunc(resources, func(arn string) bool { return gone[arn] })
}
